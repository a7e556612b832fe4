//! Blocks of addresses, of either family.
//!
//! What belongs here: whether one is within another. What must not: which blocks matter.

use std::net::{IpAddr, Ipv6Addr};

/// Where NAT64 answers: RFC 6052.
pub(crate) const NAT64: &str = "64:ff9b::/96";
/// Everything that IPv4 reaches.
pub(crate) const ALL_IPV4: &str = "0.0.0.0/0";
/// Everything that IPv6 reaches.
pub(crate) const ALL_IPV6: &str = "::/0";

/// A block as in `10.0.0.0/8` or `2001:db8::/56`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    is_ipv6: bool,
    base: u128,
    bits: u32,
}

impl Block {
    /// An address alone is a block of one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').unwrap_or((text, ""));
        let (is_ipv6, number, most) = match address.parse().ok()? {
            IpAddr::V4(v4) => (false, u128::from(v4.to_bits()) << 96, 32),
            IpAddr::V6(v6) => (true, v6.to_bits(), 128),
        };
        let bits = if bits.is_empty() {
            most
        } else {
            bits.parse().ok()?
        };
        let this = Self {
            is_ipv6,
            base: number,
            bits,
        };
        (bits <= most).then(|| Self {
            base: number & this.mask(),
            ..this
        })
    }

    fn mask(self) -> u128 {
        u128::MAX.checked_shl(128 - self.bits).unwrap_or(0)
    }

    pub(super) fn is_ipv6(self) -> bool {
        self.is_ipv6
    }

    /// Whether all of another is in it.
    pub(super) fn holds(self, other: Self) -> bool {
        self.is_ipv6 == other.is_ipv6
            && self.bits <= other.bits
            && other.base & self.mask() == self.base
    }
}

/// What of IPv6 is in use: IANA's global unicast.
pub(super) const GLOBAL: &str = "2000::/3";

/// Whether one block, as AWS writes it, is within another.
pub(crate) fn is_within(inner: &str, outer: &str) -> bool {
    let both = Block::parse(inner).zip(Block::parse(outer));
    both.is_some_and(|(inner, outer)| outer.holds(inner))
}

/// Whether a text is a block or an address of IPv6.
pub(super) fn is_ipv6(text: &str) -> bool {
    Block::parse(text).is_some_and(Block::is_ipv6)
}

/// Somewhere in the internet: no VPC's address, and no documentation's.
pub(super) const SOMEWHERE: Ipv6Addr = Ipv6Addr::new(0x2606, 0x4700, 0, 0, 0, 0, 0, 1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_itself_and_what_is_narrower_in_it() {
        for (inner, outer, holds) in [
            ("10.1.0.0/16", "10.0.0.0/8", true),
            ("10.0.0.0/8", "10.1.0.0/16", false),
            ("10.1.2.3", "10.1.2.0/24", true),
            ("2001:db8:0:1::/64", "2001:db8::/56", true),
            ("2001:db8:1::/64", "2001:db8::/56", false),
            ("2001:db8::/56", ALL_IPV6, true),
            (NAT64, ALL_IPV6, true),
            ("10.0.0.0/8", ALL_IPV6, false),
            ("0.0.0.0/0", "0.0.0.0/0", true),
            ("::1", "::1/128", true),
            ("nonsense", ALL_IPV6, false),
            ("10.0.0.0/33", "0.0.0.0/0", false),
        ] {
            assert_eq!(is_within(inner, outer), holds, "{inner} in {outer}");
        }
    }
}
