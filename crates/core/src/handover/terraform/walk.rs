//! A document as arguments and blocks of a resource.
//!
//! What belongs here: the walk along a table. What must not: a member ([`crate::handover::tables`]).

use serde_json::Value;

use crate::handover::document::{Member, Shape, is_nothing, is_off, unknown};
use crate::hcl::{Block, Expr, Item, quoted};
use crate::letters::plain;

/// Which values stand for something that is written beside it: a text, and the reference to take in its place.
pub(super) type References = Vec<(String, String)>;

/// A walk, and what it had no word for.
pub(super) struct Walk<'a> {
    /// Whose members they are, for people.
    pub(super) what: &'a str,
    pub(super) references: &'a References,
    pub(super) lacks: Vec<String>,
}

impl Walk<'_> {
    /// What stands in the block of a document.
    pub(super) fn items(&mut self, document: &Value, table: &[Member], path: &str) -> Vec<Item> {
        for name in unknown(document, table) {
            self.lack(&join(path, name));
        }
        let mut items = Vec::new();
        for member in table {
            let value = &document[member.aws];
            if !is_nothing(value) {
                self.member(member, value, &join(path, member.aws), &mut items);
            }
        }
        items
    }

    fn lack(&mut self, path: &str) {
        self.lacks.push(format!("{path} of {}", self.what));
    }

    fn member(&mut self, member: &Member, value: &Value, path: &str, items: &mut Vec<Item>) {
        let name = member.terraform;
        match member.shape {
            Shape::Elsewhere => {}
            Shape::Usual(usual) if value == usual => {}
            // Its members stand where it would.
            Shape::Block(table) if name.is_empty() => items.extend(self.items(value, table, path)),
            _ if name.is_empty() => {
                if !is_off(value) {
                    self.lack(path);
                }
            }
            Shape::Block(table) => {
                let within = self.items(value, table, path);
                items.push(Item::Block(Block::new(name, &[], within)));
            }
            Shape::Blocks(table) => {
                for item in value.as_array().into_iter().flatten() {
                    let within = self.items(item, table, path);
                    items.push(Item::Block(Block::new(name, &[], within)));
                }
            }
            Shape::Text
            | Shape::Number
            | Shape::Bool
            | Shape::Is(_)
            | Shape::Texts
            | Shape::Map
            | Shape::Pairs(_)
            | Shape::Json(_)
            | Shape::Usual(_) => {
                let value = self.value(&member.shape, value, path);
                items.push(Item::Argument(name.to_owned(), value));
            }
        }
    }

    fn value(&mut self, shape: &Shape, value: &Value, path: &str) -> Expr {
        match shape {
            Shape::Number => Expr::Plain(plain(value)),
            Shape::Is(word) => Expr::Plain((value == word).to_string()),
            Shape::Json(_) => Expr::Encoded(Box::new(Expr::of(value))),
            Shape::Pairs(table) => self.pairs(value, table, path),
            Shape::Texts => {
                let items = value.as_array().into_iter().flatten();
                Expr::List(items.map(|item| self.text(item)).collect())
            }
            Shape::Map => Expr::of(value),
            Shape::Bool
            | Shape::Text
            | Shape::Usual(_)
            | Shape::Block(_)
            | Shape::Blocks(_)
            | Shape::Elsewhere => self.text(value),
        }
    }

    fn text(&self, value: &Value) -> Expr {
        let Value::String(text) = value else {
            return Expr::of(value);
        };
        let mut all = self.references.iter();
        if let Some((_, reference)) = all.find(|(literal, _)| literal == text) {
            return Expr::Plain(reference.clone());
        }
        // A label is the load balancer's and the group's: the group's part is at its end.
        let mut parts = self.references.iter().filter_map(|(literal, reference)| {
            let before = text.strip_suffix(literal)?.strip_suffix('/')?;
            literal.contains('/').then_some((before, reference))
        });
        match parts.next() {
            Some((before, reference)) => {
                let before = quoted(&format!("{before}/"));
                let before = before.trim_end_matches('"');
                Expr::Plain(format!("{before}${{{reference}}}\""))
            }
            None => Expr::Text(text.clone()),
        }
    }

    fn pairs(&mut self, value: &Value, table: &[Member], path: &str) -> Expr {
        let [name, content] = table else {
            return Expr::of(value);
        };
        let mut pairs = Vec::new();
        for pair in value.as_array().into_iter().flatten() {
            for unknown in unknown(pair, table) {
                self.lacks
                    .push(format!("{} of {}", join(path, unknown), self.what));
            }
            pairs.push((plain(&pair[name.aws]), self.text(&pair[content.aws])));
        }
        Expr::Map(pairs)
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
