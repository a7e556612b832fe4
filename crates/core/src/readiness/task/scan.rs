//! IPv4 addresses in texts.
//!
//! What belongs here: which parts of a text are an address or a block. What must not: what is wrong with one.

use std::net::Ipv4Addr;

/// An address in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Literal<'a> {
    /// As it stands there, a block's length included.
    pub(super) text: &'a str,
    pub(super) address: Ipv4Addr,
    /// Whether it is a block, as in `10.0.0.0/8`.
    pub(super) is_block: bool,
    /// Whether it can hardly be anything but an address: the whole text, a member of a list, or the host of a URL.
    pub(super) is_sure: bool,
}

impl Literal<'_> {
    /// Whether it is somewhere else: neither this host, nor this link, nor everything; nor a network's mask.
    pub(super) fn is_elsewhere(&self) -> bool {
        let a = self.address;
        let is_none = a.octets()[0] >= 224;
        !(a.is_loopback() || a.is_link_local() || a.is_unspecified() || is_none)
    }

    /// Whether it is the address that stands for every IPv4 address of a host.
    pub(super) fn is_any(&self) -> bool {
        self.address.is_unspecified() && !self.is_block
    }
}

/// Every address in a text, from left to right. `1.2.3.4-beta` and `v1.2.3.4` are none.
pub(super) fn literals(text: &str) -> impl Iterator<Item = Literal<'_>> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let starts = text.char_indices().filter(move |(at, c)| {
        let before = text.get(..*at).and_then(|t| t.chars().next_back());
        c.is_ascii_digit() && !before.is_some_and(is_part)
    });
    starts.filter_map(move |(at, _)| literal(text, at))
}

fn literal(text: &str, at: usize) -> Option<Literal<'_>> {
    let (before, rest) = text.split_at_checked(at)?;
    let end = rest
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(rest.len());
    let (number, after) = rest.split_at_checked(end)?;
    let number = number.trim_end_matches('.');
    let joins = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if before.ends_with(joins) || after.starts_with(joins) {
        return None;
    }
    let address = number.parse().ok()?;
    let in_url = before.ends_with("//") || before.ends_with('@');
    let bits = block(after).filter(|_| !in_url);
    let length = number.len() + bits.map_or(0, |bits| bits.len() + 1);
    let text = rest.get(..length)?;
    Some(Literal {
        text,
        address,
        is_block: bits.is_some(),
        is_sure: in_url || stands_alone(before, rest.get(length..).unwrap_or_default()),
    })
}

/// The length of a block, after its slash.
fn block(after: &str) -> Option<&str> {
    let rest = after.strip_prefix('/')?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let bits = rest.get(..end)?;
    bits.parse().is_ok_and(|n: u8| n <= 32).then_some(bits)
}

/// Alone, or a member of a list; a port may follow.
fn stands_alone(before: &str, after: &str) -> bool {
    const BETWEEN: [char; 5] = [',', ';', ' ', '=', '['];
    let begins = before.is_empty() || before.ends_with(BETWEEN);
    let port = after.strip_prefix(':').map_or(after, |p| {
        p.trim_start_matches(|c: char| c.is_ascii_digit())
    });
    begins && (port.is_empty() || port.starts_with([',', ';', ' ', '/', ']']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, bool, bool)> {
        literals(text)
            .map(|l| (l.text, l.is_block, l.is_sure))
            .collect()
    }

    #[test]
    fn addresses_and_blocks_are_told_from_versions_and_names() {
        assert_eq!(found("10.0.1.5"), [("10.0.1.5", false, true)]);
        assert_eq!(found("10.0.1.5:6379"), [("10.0.1.5", false, true)]);
        assert_eq!(
            found("postgres://u:p@10.0.1.5:5432/shop"),
            [("10.0.1.5", false, true)]
        );
        assert_eq!(found("http://10.0.1.5/8"), [("10.0.1.5", false, true)]);
        assert_eq!(found("a, 10.0.0.0/8,::1"), [("10.0.0.0/8", true, true)]);
        assert_eq!(found("--bind=0.0.0.0:80"), [("0.0.0.0", false, true)]);
        assert_eq!(
            found("10.0.0.1:27017,10.0.0.2:27017"),
            [("10.0.0.1", false, true), ("10.0.0.2", false, true)]
        );
        for none in [
            "v1.2.3.4",
            "1.2.3.4-beta",
            "1.2.3",
            "1.2.3.4.5",
            "300.1.1.1",
            "ip-10-0-0-1",
            "",
            "ä1.2.3.4ö",
        ] {
            assert!(
                found(none).iter().all(|(_, _, sure)| !sure),
                "{none}: {:?}",
                found(none)
            );
        }
        assert_eq!(found("v1.2.3.4"), []);
        assert_eq!(found("app 1.2.3.4."), [("1.2.3.4", false, false)]);
    }
}
