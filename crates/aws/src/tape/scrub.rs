//! What names an account becomes a token, and a token becomes another account's name for the same thing.
//!
//! What belongs here: the sorts of texts that name something, found by their form. What must not: where they stand.
//!
//! `arn:aws:ecs:eu-central-1:123456789012:task/c/0123…` becomes `arn:aws:ecs:eu-central-1:{account-1}:task/c/{task-1}`. A
//! text that somebody else chose has no form: whoever knows of one says so ([`Scrub::hide`]).

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv6Addr,
};

use serde_json::{Map, Value};

use crate::trial::PREFIX;

/// Members whose value is a place in a list, which only who gave it can read.
const PLACES: [&str; 4] = ["NextToken", "nextToken", "Marker", "NextMarker"];
/// What EC2's ids begin with.
const EC2: [&str; 16] = [
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

/// The bits of an IPv6 address behind the network that AWS gives to a VPC, a /56.
const BEHIND: u32 = 72;

fn split(address: Ipv6Addr) -> (u128, u128) {
    let bits = address.to_bits();
    (bits >> BEHIND, bits & ((1 << BEHIND) - 1))
}

/// What another account calls what tokens stand for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    known: BTreeMap<String, String>,
    /// The tokens of what AWS named; whoever asked made up the others.
    of_aws: BTreeSet<String>,
}

/// A token of something that AWS named, and the other account has not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing is known there that {0} stands for")]
pub(crate) struct Unbound(pub(crate) String);

impl Names {
    /// Nothing is known yet. What of these requests and answers, in their order, is in an answer first, AWS named.
    pub(crate) fn of<'a>(calls: impl IntoIterator<Item = (&'a Value, Option<&'a Value>)>) -> Self {
        let (mut ours, mut of_aws) = (BTreeSet::new(), BTreeSet::new());
        for (request, answer) in calls {
            let mut found = BTreeSet::new();
            tokens(request, &mut found);
            ours.extend(found.difference(&of_aws).cloned());
            let mut found = BTreeSet::new();
            answer
                .into_iter()
                .for_each(|answer| tokens(answer, &mut found));
            of_aws.extend(found.difference(&ours).cloned());
        }
        Self {
            known: BTreeMap::new(),
            of_aws,
        }
    }

    /// Says what a token stands for.
    pub(crate) fn set(&mut self, token: &str, name: &str) {
        self.known.insert(token.to_owned(), name.to_owned());
    }

    /// Learns what tokens stand for from a text with tokens and the same text of another account.
    pub(crate) fn learn(&mut self, pattern: &str, text: &str) {
        let mut rest = text;
        let mut parts = parts(pattern).peekable();
        while let Some((is_token, part)) = parts.next() {
            if !is_token {
                let Some(after) = rest.strip_prefix(part) else {
                    return;
                };
                rest = after;
                continue;
            }
            let end = match parts.peek() {
                Some((false, next)) => rest.find(next),
                _ => Some(rest.len()),
            };
            let Some(end) = end else { return };
            let (name, after) = rest.split_at(end);
            let (base, place) = base(part);
            let name = match (place, name.parse::<Ipv6Addr>()) {
                (Some(_), Ok(address)) => format!("{:x}", split(address).0),
                _ => name.to_owned(),
            };
            self.known.entry(base).or_insert(name);
            rest = after;
        }
    }

    /// A request's document with names in place of its tokens.
    ///
    /// # Errors
    /// A token of something that AWS named, and the other account has not.
    pub(crate) fn value(&mut self, value: &Value) -> Result<Value, Unbound> {
        Ok(match value {
            Value::String(text) => self.text(text)?.into(),
            Value::Array(items) => {
                let items: Result<Vec<Value>, Unbound> =
                    items.iter().map(|item| self.value(item)).collect();
                items?.into()
            }
            Value::Object(members) => {
                let mut named = Map::new();
                for (name, member) in members {
                    named.insert(name.clone(), self.value(member)?);
                }
                Value::Object(named)
            }
            other => other.clone(),
        })
    }

    fn text(&mut self, text: &str) -> Result<String, Unbound> {
        let mut named = String::new();
        for (is_token, part) in parts(text) {
            if is_token {
                named += &self.name(part)?;
            } else {
                named += part;
            }
        }
        Ok(named)
    }

    fn name(&mut self, token: &str) -> Result<String, Unbound> {
        let (base, place) = base(token);
        let Some(known) = self.known.get(&base) else {
            if self.of_aws.contains(&base) {
                return Err(Unbound(base));
            }
            let made_up = made_up(&base, self.known.len());
            self.set(&base, &made_up);
            return self.name(token);
        };
        let number = |text: &str| u128::from_str_radix(text, 16).unwrap_or_default();
        Ok(match place {
            Some(place) => {
                let bits = (number(known) << BEHIND) | number(&place);
                Ipv6Addr::from_bits(bits).to_string()
            }
            None => known.clone(),
        })
    }
}

/// A name for what whoever asked made up, of the same form.
fn made_up(token: &str, count: usize) -> String {
    let kind = token.trim_matches(['{', '}']);
    let kind = kind.rsplit_once('-').map_or(kind, |(kind, _)| kind);
    match kind {
        "account" => format!("{count:012}"),
        "hash" => format!("{count:016x}"),
        "task" => format!("{count:032x}"),
        "uuid" => format!("00000000-0000-4000-8000-{count:012x}"),
        "net" => format!("fd{count:012x}"),
        "revision" => format!("{count:019}"),
        "ipv4" => format!("192.0.2.{}", count % 256),
        "image" => "ecr-public.aws.com/nginx/nginx:stable-alpine".to_owned(),
        kind if EC2.contains(&kind) => format!("{kind}-{count:017x}"),
        kind => format!("{kind}{count}"),
    }
}

/// A token without the place that an address has in its network, and that place.
fn base(token: &str) -> (String, Option<String>) {
    match token.trim_end_matches('}').split_once(':') {
        Some((base, place)) => (format!("{base}}}"), Some(place.to_owned())),
        None => (token.to_owned(), None),
    }
}

fn tokens(shape: &Value, found: &mut BTreeSet<String>) {
    match shape {
        Value::String(text) => {
            found.extend(parts(text).filter(|(is, _)| *is).map(|(_, t)| base(t).0));
        }
        Value::Array(items) => items.iter().for_each(|item| tokens(item, found)),
        Value::Object(members) => members.values().for_each(|member| tokens(member, found)),
        _ => {}
    }
}

/// What is between the tokens of a text.
pub(crate) fn literals(text: &str) -> impl Iterator<Item = &str> {
    parts(text)
        .filter(|(is_token, _)| !is_token)
        .map(|(_, part)| part)
}

/// The tokens of a text, and what is between them.
fn parts(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (is_token, end) = match next_token(rest) {
            _ if rest.is_empty() => return None,
            Some((0, end)) => (true, end),
            Some((begin, _)) => (false, begin),
            None => (false, rest.len()),
        };
        let (part, after) = rest.split_at(end);
        rest = after;
        Some((is_token, part))
    })
}

/// Where the next token begins and ends: `{word-1}` or `{word-1:2f}`.
fn next_token(text: &str) -> Option<(usize, usize)> {
    for (begin, _) in text.match_indices('{') {
        let Some(length) = text[begin..].find('}') else {
            continue;
        };
        let inside = &text[begin + 1..begin + length];
        let inside = inside.split_once(':').map_or(inside, |(base, _)| base);
        let is_token = inside.rsplit_once('-').is_some_and(|(kind, n)| {
            let is_kind = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            kind.bytes().all(is_kind) && !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())
        });
        if is_token {
            return Some((begin, begin + length + 1));
        }
    }
    None
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

    #[test]
    fn another_accounts_names_take_the_places_of_tokens() {
        let answer = json!({ "vpcId": "{vpc-1}", "block": "{net-1:0}/56" });
        let mut names = Names::of([(&json!({}), Some(&answer))]);
        let asked = json!({ "VpcId": "{vpc-1}", "Block": "{net-1:10000000000000000}/64", "Token": "{uuid-1}" });
        assert_eq!(names.value(&asked), Err(Unbound("{vpc-1}".to_owned())));
        names.learn("{vpc-1}", "vpc-7");
        names.learn("{net-1:0}/56", "2600:1f14:1:ff00::/56");
        let named = names.value(&asked).unwrap();
        assert_eq!(named["VpcId"], "vpc-7");
        assert_eq!(named["Block"], "2600:1f14:1:ff01::/64");
        assert_eq!(named["Token"].as_str().unwrap().len(), 36);
    }

    #[test]
    fn a_name_is_learnt_from_the_middle_of_a_text() {
        let pattern = "arn:aws:ecs:r:{account-1}:task/c/{task-1}";
        let mut names = Names::of([(&json!({}), Some(&json!(pattern)))]);
        names.learn(pattern, "arn:aws:ecs:r:99:task/c/ab");
        assert_eq!(names.text(pattern).unwrap(), "arn:aws:ecs:r:99:task/c/ab");
    }
}
