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
