//! From a document of AWS's to code, by a table of its members.
//!
//! What belongs here: what a table can say of a member, and the walk over a document. What must not: a single member.

use serde_json::Value;

/// What becomes of a member of a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// AWS's name of it.
    pub(super) aws: &'static str,
    /// Terraform's argument or block; empty: its provider has none.
    pub(super) terraform: &'static str,
    /// CloudFormation's property; empty: it has none.
    pub(super) stack: &'static str,
    pub(super) shape: Shape,
}

/// What a member holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Text,
    Number,
    Bool,
    /// A word that Terraform has as true: `ENABLED`.
    Is(&'static str),
    /// Texts; empty ones count as none.
    Texts,
    /// Names and values of the customer's own.
    Map,
    /// A list of `name` and `value` that Terraform has as a map.
    Pairs(&'static [Member]),
    /// Names and values in a list, as metrics have their dimensions: a block each in Terraform.
    Blocks(&'static [Member]),
    /// An object.
    Block(&'static [Member]),
    /// Terraform has it as AWS's JSON.
    Json(&'static [Member]),
    /// A word that Terraform has none for; the usual one says nothing.
    Usual(&'static str),
    /// Whoever walks writes it himself, or AWS sets it: no word of it here.
    Elsewhere,
}

/// A member of one name everywhere but for its spelling.
pub(super) const fn member(
    aws: &'static str,
    terraform: &'static str,
    stack: &'static str,
    shape: Shape,
) -> Member {
    Member {
        aws,
        terraform,
        stack,
        shape,
    }
}

/// What is not code's: AWS sets it, or it is written by hand.
pub(super) const fn elsewhere(aws: &'static str) -> Member {
    member(aws, "", "", Shape::Elsewhere)
}

/// Whether a value says nothing: AWS writes out empty lists where nothing was given.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A name in a comment: names are others', and none ends it.
pub(super) fn one_line(text: &str) -> String {
    let shown = |c: char| if is_unseen(c) { ' ' } else { c };
    text.chars().map(shown).collect()
}

/// Characters that say nothing to a reader's eyes, or turn a line around or end it for some readers and not for others.
pub(crate) fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Writes a character of a quoted text, as JSON has it; what no page shows by its number.
pub(crate) fn quote(c: char, out: &mut String) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if is_unseen(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        c => out.push(c),
    }
}

/// Whether it says nothing where nobody would have a word for it: none of a thing, or that it is off.
pub(super) fn is_off(value: &Value) -> bool {
    is_nothing(value) || *value == Value::Bool(false) || value.as_f64() == Some(0.0)
}

/// The members of an object that no table names.
pub(super) fn unknown<'a>(
    document: &'a Value,
    table: &'a [Member],
) -> impl Iterator<Item = &'a str> {
    let members = document.as_object().into_iter().flatten();
    let told = members.filter(|(_, value)| !is_nothing(value));
    let names = told.map(|(name, _)| name.as_str());
    names.filter(|name| table.iter().all(|m| m.aws != *name))
}

/// A value as a text: AWS's query protocols have no other, and JSON's numbers read as in it. A whole number has no point.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(f) if f.fract() == 0.0 && f.abs() < 1e15 => format!("{f:.0}"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}
