//! What names an account becomes a token.
//!
//! What belongs here: the sorts of texts that name something, found by their form. What must not: where they stand, and what
//! another account calls the same thing ([`super::names`]).
//!
//! `arn:aws:ecs:eu-central-1:123456789012:task/c/0123…` becomes `arn:aws:ecs:eu-central-1:{account-1}:task/c/{task-1}`. A
//! text that somebody else chose has no form: whoever knows of one says so ([`Scrub::hide`]).

use std::{collections::BTreeMap, net::Ipv6Addr};

use serde_json::{Map, Value};

use super::token::split;
use crate::trial::PREFIX;

/// Members whose value is a place in a list, which only who gave it can read.
const PLACES: [&str; 4] = ["NextToken", "nextToken", "Marker", "NextMarker"];
/// What EC2's ids begin with.
pub(super) const EC2: [&str; 16] = [
    "vpc",
    "subnet",
    "sg",
    "sgr",
    "igw",
    "eigw",
    "rtb",
    "rtbassoc",
    "eni",
    "acl",
    "dopt",
    "nat",
    "eipalloc",
    "vpc-cidr-assoc",
    "subnet-cidr-assoc",
    "i",
];

/// The tokens that stand for what was met so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scrub {
    /// What stands for a text.
    tokens: BTreeMap<String, String>,
    counts: BTreeMap<String, u32>,
    /// Texts that are hidden wherever they stand, longest first.
    hidden: Vec<String>,
}

impl Scrub {
    /// A token of this kind stands for the text wherever it is met.
    pub(crate) fn hide(&mut self, text: &str, kind: &str) {
        if !text.is_empty() && !self.tokens.contains_key(text) {
            self.token(text, kind);
            self.hidden.push(text.to_owned());
            self.hidden
                .sort_by_key(|text| std::cmp::Reverse(text.len()));
        }
    }

    /// A document in which tokens stand.
    pub(crate) fn value(&mut self, value: &Value) -> Value {
        self.at("", value)
    }

    fn at(&mut self, name: &str, value: &Value) -> Value {
        match value {
            Value::String(text) if PLACES.contains(&last(name)) => self.place(text).into(),
            Value::String(text) => self.text(text).into(),
            Value::Array(items) => items.iter().map(|item| self.at(name, item)).collect(),
            Value::Object(members) => {
                let each = members.iter().map(|(k, v)| (k.clone(), self.at(k, v)));
                Value::Object(each.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    /// A place in a list.
    pub(super) fn place(&mut self, text: &str) -> String {
        self.token(text, "place")
    }

    /// A text in which tokens stand.
    pub(crate) fn text(&mut self, text: &str) -> String {
        let found = self.hidden.iter().find_map(|hidden| {
            text.split_once(hidden.as_str())
                .map(|(a, b)| (a, hidden.clone(), b))
        });
        if let Some((before, hidden, after)) = found {
            let (before, after) = (before.to_owned(), after.to_owned());
            let token = self.token(&hidden, "");
            return self.text(&before) + &token + &self.text(&after);
        }
        let mut clean = String::new();
        for word in words(text).flat_map(parted) {
            match (word.parse::<Ipv6Addr>(), kind(word, &clean)) {
                (Ok(address), _) if word.len() > 3 => clean += &self.address(address),
                (_, Some(kind)) => clean += &self.token(word, kind),
                (_, None) => clean += word,
            }
        }
        clean
    }

    /// An IPv6 address is a network that AWS gave, and a place in it that follows from what is made there.
    fn address(&mut self, address: Ipv6Addr) -> String {
        let (network, place) = split(address);
        let token = self.token(&format!("{network:x}::"), "net");
        format!("{}:{place:x}}}", token.trim_end_matches('}'))
    }

    fn token(&mut self, text: &str, kind: &str) -> String {
        if let Some(token) = self.tokens.get(text) {
            return token.clone();
        }
        let count = self.counts.entry(kind.to_owned()).or_default();
        *count += 1;
        let token = format!("{{{kind}-{count}}}");
        self.tokens.insert(text.to_owned(), token.clone());
        token
    }
}

/// The last part of a member's name: a form has whole paths.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The parts of a text: runs of what ids and addresses consist of, and what is between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        // An IPv6 address has colons of its own, which separate everything else.
        let end = match address(rest) {
            Some(end) => end,
            None if is_part(first) => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
            None => rest.find(is_part).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

/// A word, and apart the id that it ends with, as names that AWS makes of ours do.
fn parted(word: &str) -> impl Iterator<Item = &str> {
    const UUID: usize = 36;
    let at = word
        .len()
        .checked_sub(UUID)
        .filter(|at| word.is_char_boundary(*at) && kind(&word[*at..], "") == Some("uuid"));
    let (name, id) = word.split_at(at.unwrap_or(0));
    [name, id].into_iter().filter(|part| !part.is_empty())
}

/// How long the IPv6 address is that a text begins with.
fn address(text: &str) -> Option<usize> {
    let is_part = |c: char| c.is_ascii_hexdigit() || c == ':';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let part = &text[..end];
    (part.matches(':').count() > 1 && part.parse::<Ipv6Addr>().is_ok() && part.len() > 3)
        .then_some(end)
}

/// What a word names, if it names something; `before` is what stands before it.
fn kind(word: &str, before: &str) -> Option<&'static str> {
    let is_hex = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if word.len() == 12 && is_digits(word) {
        return Some("account");
    }
    if word.contains(".elb.") {
        return Some("name");
    }
    if word.parse::<std::net::Ipv4Addr>().is_ok() {
        // 0.0.0.0 is everybody, and the networks that a trial makes are its own.
        let is_own = word == "0.0.0.0" || word.starts_with("10.66.");
        return (!is_own).then_some("ipv4");
    }
    if (word.starts_with("AKIA") || word.starts_with("ASIA")) && word.len() == 20 {
        return Some("key");
    }
    if word.len() == 36
        && word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && word.split('-').all(is_hex)
    {
        return Some("uuid");
    }
    if matches!(word.len(), 16 | 32) && is_hex(word) {
        return Some(if word.len() == 16 { "hash" } else { "task" });
    }
    // A service's revisions and deployments have numbers of their own, deployments words too.
    if word.len() > 12 && is_digits(word) {
        return Some("revision");
    }
    let is_of = |kind: &str| before.contains(kind) && before.ends_with('/');
    if is_of(":service-deployment/") && !word.starts_with(PREFIX) {
        return Some("deployment");
    }
    let (prefix, id) = word.rsplit_once('-')?;
    if matches!(id.len(), 8 | 17) && is_hex(id) {
        return EC2.iter().find(|p| **p == prefix).copied();
    }
    // A zone: a region's name and a letter. Which letters there are differs from account to account.
    let is_zone = id.len() == 2
        && id.as_bytes()[0].is_ascii_digit()
        && id.as_bytes()[1].is_ascii_lowercase()
        && prefix.matches('-').count() >= 1
        && !before.ends_with('{');
    is_zone.then_some("zone")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_names_an_account_is_a_token_and_the_same_one_for_the_same_thing() {
        let mut scrub = Scrub::default();
        let task = "arn:aws:ecs:eu-central-1:123456789012:task/c/0123456789abcdef0123456789abcdef";
        assert_eq!(
            scrub.text(task),
            "arn:aws:ecs:eu-central-1:{account-1}:task/c/{task-1}"
        );
        assert_eq!(
            scrub.text("arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/x/50dc6c495c0c9188"),
            "arn:aws:elasticloadbalancing:eu-central-1:{account-1}:loadbalancer/app/x/{hash-1}"
        );
        for (text, clean) in [
            ("vpc-0a1b2c3d4e5f60718", "{vpc-1}"),
            ("subnet-0a1b2c3d", "{subnet-1}"),
            ("vpc-cidr-assoc-0a1b2c3d4e5f60718", "{vpc-cidr-assoc-1}"),
            ("eu-central-1a", "{zone-1}"),
            ("203.0.113.7", "{ipv4-1}"),
            ("2a05:d014:abc:5600::/56", "{net-1:0}/56"),
            ("2a05:d014:abc:5601::/64", "{net-1:10000000000000000}/64"),
            ("AKIAIOSFODNN7EXAMPLE", "{key-1}"),
            ("x-123.eu-central-1.elb.amazonaws.com", "{name-1}"),
            ("5f2d1c3e-0001-4abc-8def-0123456789ab", "{uuid-1}"),
            ("sixshift-trial-k7m2xq", "sixshift-trial-k7m2xq"),
            ("x/7288496666547066428", "x/{revision-1}"),
            (
                ":service-deployment/sixshift-trial-k/sixshift-trial-k/NCWGC2ZR-taawPAYrIaU5",
                ":service-deployment/sixshift-trial-k/sixshift-trial-k/{deployment-1}",
            ),
            (
                "a-AlarmLow-5f2d1c3e-0001-4abc-8def-0123456789ab",
                "a-AlarmLow-{uuid-1}",
            ),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::/0", "::/0"),
            ("10.66.0.0/24", "10.66.0.0/24"),
            ("eu-central-1", "eu-central-1"),
        ] {
            assert_eq!(scrub.text(text), clean);
        }
    }

    #[test]
    fn what_somebody_chose_is_hidden_wherever_it_stands() {
        let mut scrub = Scrub::default();
        scrub.hide("acme/secret:v1", "image");
        let asked = json!({ "image": "acme/secret:v1", "env": "x acme/secret:v1 y" });
        assert_eq!(
            scrub.value(&asked),
            json!({ "image": "{image-1}", "env": "x {image-1} y" })
        );
    }
}
