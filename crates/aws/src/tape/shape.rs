//! The shape of an answer: its members and their types, and nothing of what they say but tokens.
//!
//! What belongs here: how a shape is made. What must not: how two are held against each other.

use serde_json::{Map, Value};

use super::{scrub::Scrub, token};
use crate::trial::{PREFIX, RUN_TAG};

/// What may be anything: a text without a letter in it is also how XML writes an empty list.
pub(crate) const EMPTY: &str = "empty";
/// A text.
pub(crate) const TEXT: &str = "text";
/// Members that are maps: of a scalable target's tags, of a web ACL's answers.
const MAPS: [&str; 2] = ["Tags", "CustomResponseBodies"];

/// The shape of a document. A text that is an id or has one in it keeps that, as a token, if it is a name and no sentence.
pub(crate) fn of(value: &Value, scrub: &mut Scrub) -> Value {
    at("", value, scrub)
}

fn at(name: &str, value: &Value, scrub: &mut Scrub) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => "flag".into(),
        Value::Number(_) => "number".into(),
        Value::String(text) => text_shape(name, text, scrub).into(),
        Value::Array(items) => {
            let mut shapes: Vec<Value> = items.iter().map(|item| at("", item, scrub)).collect();
            shapes.dedup_by(|a, b| a.is_string() && a == b);
            shapes.into()
        }
        Value::Object(members) => {
            // Somebody chose what is in a map, and its keys are no members.
            let is_told = |key: &str| !MAPS.contains(&name) || key.starts_with(RUN_TAG);
            let there = members.iter().filter(|(k, v)| !v.is_null() && is_told(k));
            let each = there.map(|(k, v)| (k.clone(), at(k, v, scrub)));
            Value::Object(each.collect::<Map<_, _>>())
        }
    }
}

fn text_shape(name: &str, text: &str, scrub: &mut Scrub) -> String {
    if text.is_empty() {
        return EMPTY.to_owned();
    }
    if matches!(name, "nextToken" | "NextToken" | "NextMarker" | "Marker") {
        return scrub.place(text);
    }
    if text.contains(char::is_whitespace) {
        return TEXT.to_owned();
    }
    let clean = scrub.text(text);
    if clean != text && names_nobody(&clean) {
        clean
    } else {
        TEXT.to_owned()
    }
}

/// Whether nothing of it is a name that others gave: of a cluster beside the trial's, or of whoever made a service. What is
/// left beside the tokens is then the trial's own, or no word at all.
fn names_nobody(clean: &str) -> bool {
    let has_words = token::literals(clean).any(|part| part.contains(char::is_alphabetic));
    !has_words || clean.contains(PREFIX) || clean.contains(":scalable-target/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_keeps_its_members_and_types_and_the_tokens_of_what_is_the_trials() {
        let answer = json!({
            "clusterArns": [
                "arn:aws:ecs:eu-central-1:123456789012:cluster/sixshift-trial-k7m2xq",
                "arn:aws:ecs:eu-central-1:123456789012:cluster/payments",
            ],
            "createdBy": "arn:aws:iam::123456789012:role/alice",
            "vpcId": "vpc-0a1b2c3d4e5f60718",
            "message": "(service web) has started 1 tasks: (task 0123456789abcdef0123456789abcdef).",
            "count": 3,
            "open": true,
            "none": null,
            "list": "",
            "nextToken": "abc",
            "Tags": { "sixshift-trial": "k7m2xq", "payments-team": "alice" },
            "Listed": { "Tags": [{ "Key": "a", "Value": "b" }] },
            "WebACL": { "Name": "payments", "CustomResponseBodies": { "payments-down": { "Content": "sorry" } } },
        });
        assert_eq!(
            of(&answer, &mut Scrub::default()),
            json!({
                "clusterArns": [
                    "arn:aws:ecs:eu-central-1:{account-1}:cluster/sixshift-trial-k7m2xq",
                    TEXT,
                ],
                "createdBy": TEXT,
                "vpcId": "{vpc-1}",
                "message": TEXT,
                "count": "number",
                "open": "flag",
                "list": EMPTY,
                "nextToken": "{place-1}",
                "Tags": { "sixshift-trial": TEXT },
                "Listed": { "Tags": [{ "Key": TEXT, "Value": TEXT }] },
                "WebACL": { "Name": TEXT, "CustomResponseBodies": {} },
            })
        );
    }
}
