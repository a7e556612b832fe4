//! The shape of an answer: its members and their types, and nothing of what they say but tokens.
//!
//! What belongs here: how a shape is made. What must not: how two are held against each other.

use serde_json::{Map, Value};

use super::scrub::Scrub;

/// What may be anything: a text without a letter in it is also how XML writes an empty list.
pub(crate) const EMPTY: &str = "empty";
/// A text.
pub(crate) const TEXT: &str = "text";

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
            let mut shapes: Vec<Value> = items.iter().map(|item| at(name, item, scrub)).collect();
            shapes.dedup_by(|a, b| a.is_string() && a == b);
            shapes.into()
        }
        Value::Object(members) => {
            let there = members.iter().filter(|(_, v)| !v.is_null());
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
    if clean == text {
        TEXT.to_owned()
    } else {
        clean
    }
}
