//! The form of a token: `{word-1}`, or `{word-1:2f}` for a place in a network.
//!
//! What belongs here: how tokens are found in a text. What must not: what one stands for.

use std::{collections::BTreeSet, net::Ipv6Addr};

use serde_json::Value;

/// The bits of an IPv6 address behind the network that AWS gives to a VPC, a /56.
const BEHIND: u32 = 72;

/// The network of an address, and the place in it.
pub(super) fn split(address: Ipv6Addr) -> (u128, u128) {
    let bits = address.to_bits();
    (bits >> BEHIND, bits & ((1 << BEHIND) - 1))
}

/// The address at a place in a network.
pub(super) fn joined(network: u128, place: u128) -> Ipv6Addr {
    Ipv6Addr::from_bits((network << BEHIND) | place)
}

/// A token without the place that an address has in its network, and that place.
pub(super) fn base(token: &str) -> (String, Option<String>) {
    match token.trim_end_matches('}').split_once(':') {
        Some((base, place)) => (format!("{base}}}"), Some(place.to_owned())),
        None => (token.to_owned(), None),
    }
}

/// The tokens in a document.
pub(super) fn tokens(shape: &Value, found: &mut BTreeSet<String>) {
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
pub(super) fn literals(text: &str) -> impl Iterator<Item = &str> {
    parts(text)
        .filter(|(is_token, _)| !is_token)
        .map(|(_, part)| part)
}

/// The tokens of a text, and what is between them.
pub(super) fn parts(text: &str) -> impl Iterator<Item = (bool, &str)> {
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
