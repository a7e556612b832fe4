//! Values as XML, for the two query protocols: the same tree, with another name for the items of a list.

use std::fmt::Write as _;

use jiff::Timestamp;
use quick_xml::escape::escape;

use crate::Value;

/// How a dialect spells what XML has no notion of.
#[derive(Clone, Copy)]
pub(crate) struct Spelling {
    /// The element of each item of a list.
    pub(crate) item: &'static str,
    /// The fields that are maps and so have entries.
    pub(crate) maps: &'static [&'static str],
    /// The fields whose items have another element.
    pub(crate) items: &'static [(&'static str, &'static str)],
}

/// Writes the fields of a structure one after the other.
pub(crate) fn fields(out: &mut String, value: &Value, spelling: Spelling) {
    for (name, field) in value.fields() {
        element(out, name, field, spelling);
    }
}

/// Writes one element; nothing at all for `Null`.
fn element(out: &mut String, name: &str, value: &Value, spelling: Spelling) {
    if value.is_null() {
        return;
    }
    // Writing to a String cannot fail.
    let _ = write!(out, "<{name}>");
    match value {
        Value::List(items) => {
            let own = spelling.items.iter().find(|(field, _)| *field == name);
            let item = own.map_or(spelling.item, |(_, item)| item);
            items.iter().for_each(|v| element(out, item, v, spelling));
        }
        Value::Map(_) if spelling.maps.contains(&name) => entries(out, value, spelling),
        Value::Map(_) => fields(out, value, spelling),
        scalar => out.push_str(&text(scalar)),
    }
    let _ = write!(out, "</{name}>");
}

fn entries(out: &mut String, value: &Value, spelling: Spelling) {
    for (key, held) in value.fields() {
        out.push_str("<entry>");
        element(out, "key", &Value::from(key.as_str()), spelling);
        element(out, "value", held, spelling);
        out.push_str("</entry>");
    }
}

/// A scalar as text, escaped.
fn text(value: &Value) -> String {
    match value {
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Float(f) => f.to_string(),
        Value::Str(s) => escape(printable(s).as_str()).into_owned(),
        Value::Time(t) => iso(*t),
        Value::Blob(b) => base64(b),
        Value::Null | Value::List(_) | Value::Map(_) => String::new(),
    }
}

/// XML 1.0 has no spelling for most control characters.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
        .collect()
}

/// ISO 8601 in UTC, with milliseconds at most.
pub(crate) fn iso(at: Timestamp) -> String {
    Timestamp::from_millisecond(at.as_millisecond())
        .unwrap_or(at)
        .to_string()
}

/// Base 64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = (word >> (18 - 6 * place)) as usize & 63;
            out.push(if place <= chunk.len() {
                char::from(ALPHABET[index])
            } else {
                '='
            });
        }
    }
    out
}
