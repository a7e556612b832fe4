//! What another account calls what tokens stand for.
//!
//! What belongs here: how names are learnt, and put in the places of tokens. What must not: which texts became tokens
//! ([`super::scrub`]).

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv6Addr,
};

use serde_json::{Map, Value};

use super::{
    scrub::EC2,
    token::{base, joined, parts, split, tokens},
};

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
            Some(place) => joined(number(known), number(&place)).to_string(),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
