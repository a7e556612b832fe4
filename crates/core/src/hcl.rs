//! Terraform's language, written as `terraform fmt` has it.
//!
//! What belongs here: values, blocks, their layout and escapes. What must not: a resource.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::Value;

use crate::letters::{plain, quote};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    Text(String),
    /// As it stands: a number, a truth value, a reference.
    Plain(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
    /// A document as a text of JSON.
    Encoded(Box<Self>),
}

impl Expr {
    /// A document.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Plain("null".to_owned()),
            Value::Bool(_) | Value::Number(_) => Self::Plain(plain(value)),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            Value::Object(members) => {
                // By name: AWS promises no order.
                let members = members.iter().map(|(k, v)| (k.clone(), v));
                let members: BTreeMap<String, &Value> = members.collect();
                let members = members.into_iter().map(|(k, v)| (k, Self::of(v)));
                Self::Map(members.collect())
            }
        }
    }

    fn is_long(&self) -> bool {
        match self {
            Self::Text(_) | Self::Plain(_) => false,
            Self::List(items) => items
                .iter()
                .any(|i| matches!(i, Self::Map(_) | Self::List(_))),
            Self::Map(members) => !members.is_empty(),
            Self::Encoded(inner) => inner.is_long(),
        }
    }

    fn write(&self, indent: usize, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::Plain(text) => out.push_str(text),
            Self::Encoded(inner) => {
                out.push_str("jsonencode(");
                inner.write(indent, out);
                out.push(')');
            }
            Self::List(items) if !self.is_long() => {
                let texts: Vec<String> = items.iter().map(Self::short).collect();
                let _ = write!(out, "[{}]", texts.join(", "));
            }
            Self::List(items) => {
                out.push_str("[\n");
                for item in items {
                    pad(indent + 1, out);
                    item.write(indent + 1, out);
                    out.push_str(",\n");
                }
                pad(indent, out);
                out.push(']');
            }
            Self::Map(members) if members.is_empty() => out.push_str("{}"),
            Self::Map(members) => {
                out.push_str("{\n");
                let members = members.iter().map(|(k, v)| (key(k), v)).collect::<Vec<_>>();
                lines(&members, indent + 1, out);
                pad(indent, out);
                out.push('}');
            }
        }
    }

    fn short(&self) -> String {
        let mut text = String::new();
        self.write(0, &mut text);
        text
    }
}

/// What stands in a block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Argument(String, Expr),
    Block(Block),
}

/// `kind "label" … { … }`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Block {
    pub(crate) kind: String,
    pub(crate) labels: Vec<String>,
    pub(crate) items: Vec<Item>,
}

impl Block {
    pub(crate) fn new(kind: &str, labels: &[&str], items: Vec<Item>) -> Self {
        Self {
            kind: kind.to_owned(),
            labels: labels.iter().map(|l| (*l).to_owned()).collect(),
            items,
        }
    }

    /// Its text, with a line's end.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        self.write(0, &mut out);
        out
    }

    fn write(&self, indent: usize, out: &mut String) {
        pad(indent, out);
        out.push_str(&self.kind);
        for label in &self.labels {
            let _ = write!(out, " {}", quoted(label));
        }
        if self.items.is_empty() {
            out.push_str(" {}\n");
            return;
        }
        out.push_str(" {\n");
        self.body(indent + 1, out);
        pad(indent, out);
        out.push_str("}\n");
    }

    /// Arguments of one line first, then what takes several, with a line between.
    fn body(&self, indent: usize, out: &mut String) {
        let mut short = Vec::new();
        let mut long = Vec::new();
        for item in &self.items {
            match item {
                Item::Argument(name, value) if !value.is_long() => {
                    short.push((name.clone(), value))
                }
                item => long.push(item),
            }
        }
        lines(&short, indent, out);
        let mut is_first = short.is_empty();
        for item in long {
            if !is_first {
                out.push('\n');
            }
            is_first = false;
            match item {
                Item::Argument(name, value) => lines(&[(name.clone(), value)], indent, out),
                Item::Block(block) => block.write(indent, out),
            }
        }
    }
}

/// Names and values, a line each where they fit; the equals signs of neighbours stand below each other.
fn lines(entries: &[(String, &Expr)], indent: usize, out: &mut String) {
    let mut rest = entries;
    while let Some((_, first)) = rest.first() {
        let run = rest.iter().take_while(|(_, v)| !v.is_long()).count();
        let (these, others) = rest.split_at(if first.is_long() { 1 } else { run });
        let width = these.iter().map(|(k, _)| k.chars().count()).max();
        for (name, value) in these {
            pad(indent, out);
            let _ = write!(out, "{name:width$} = ", width = width.unwrap_or_default());
            value.write(indent, out);
            out.push('\n');
        }
        rest = others;
    }
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", indent));
}

/// A map's key, in quotes where it is no name, or one that means something by itself.
fn key(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let is_name =
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(plain);
    if is_name && !["for", "if", "in", "true", "false", "null"].contains(&text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A text in quotes: what would begin a template or end the quotes does neither.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '$' | '%' => {
                out.push(c);
                if rest.peek() == Some(&'{') {
                    out.push(c);
                }
            }
            c => quote(c, &mut out),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_in_a_text_becomes_a_template_or_ends_it() {
        assert_eq!(
            quoted("a\"b\\c\n\t${x} %{if} $${y} $ % ☃ \u{1b}\u{202e}"),
            "\"a\\\"b\\\\c\\n\\t$${x} %%{if} $$${y} $ % ☃ \\u001b\\u202e\""
        );
    }

    #[test]
    fn neighbours_are_aligned_and_what_takes_lines_stands_alone() {
        let block = Block::new(
            "resource",
            &["aws_x", "y"],
            vec![
                Item::Argument(
                    "tags".to_owned(),
                    Expr::of(&json!({ "cost center": "1", "a": "2", "for": "3" })),
                ),
                Item::Argument("name".to_owned(), Expr::Text("n".to_owned())),
                Item::Argument(
                    "list_of_all".to_owned(),
                    Expr::of(&json!(["a", 1, 2.5, true])),
                ),
                Item::Block(Block::new("empty", &[], Vec::new())),
                Item::Argument(
                    "doc".to_owned(),
                    Expr::Encoded(Box::new(Expr::of(&json!([{ "b": {} , "aa": [] }])))),
                ),
            ],
        );
        assert_eq!(
            block.text(),
            "resource \"aws_x\" \"y\" {\n  name        = \"n\"\n  list_of_all = [\"a\", 1, 2.5, true]\n\n  tags = {\n    a             = \"2\"\n    \
             \"cost center\" = \"1\"\n    \"for\"         = \"3\"\n  }\n\n  empty {}\n\n  doc = jsonencode([\n    {\n      \
             aa = []\n      b  = {}\n    },\n  ])\n}\n"
        );
    }
}
