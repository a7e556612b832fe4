//! An input against its shape: what it is when read as the models say, and all that is wrong with it.
//!
//! What must not be here: how that is said, or anything about one operation.

use jiff::Timestamp;

use super::table::{Limits, Member, Shape, Shapes};
use super::wrong::{Kind, Measure, Path, Wrong};
use super::{Newer, beyond, pattern};
use crate::Value;
use crate::services::Service;

/// A value in a refusal is cut off here.
const TOLD: usize = 300;
/// So many things wrong are enough.
const MOST: usize = 20;

/// One input being read.
pub(super) struct Reading<'a> {
    service: Service,
    shapes: &'static Shapes,
    newer: &'a Newer,
    /// Whether every scalar may be spelled as text.
    text: bool,
    pub(super) wrong: Vec<Wrong>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(service: Service, shapes: &'static Shapes, newer: &'a Newer) -> Self {
        Self {
            service,
            shapes,
            newer,
            text: service.spells_all_as_text(),
            wrong: Vec::new(),
        }
    }

    /// The value as its shape says.
    pub(super) fn value(&mut self, name: &'static str, value: &Value, at: &mut Path) -> Value {
        match self.shapes.shape(name) {
            Shape::Structure { members, union } => self.structure(name, members, *union, value, at),
            Shape::List { of, item, sizes } => {
                self.list(of, *sizes, unwrapped(value, item.as_ref()), at)
            }
            Shape::Map {
                key,
                value: held,
                sizes,
            } => self.map((key, held), *sizes, value, at),
            Shape::Anything => value.clone(),
            scalar => match typed(scalar, value, self.text) {
                Some(typed) => {
                    self.bounds(name, scalar, &typed, at);
                    typed
                }
                None => {
                    let (found, wanted) = (kind_of(value), wanted(scalar));
                    self.note(at, value, Kind::Type { found, wanted });
                    value.clone()
                }
            },
        }
    }

    fn structure(
        &mut self,
        name: &str,
        members: &'static [Member],
        union: bool,
        value: &Value,
        at: &mut Path,
    ) -> Value {
        let fields = match value {
            Value::Map(fields) => fields.as_slice(),
            Value::Null => &[],
            // A form has no other word for a structure with nothing in it.
            Value::Str(s) if s.is_empty() && self.text => &[],
            _ => {
                let (found, wanted) = (kind_of(value), "structure");
                self.note(at, value, Kind::Type { found, wanted });
                return value.clone();
            }
        };
        let mut read = Vec::with_capacity(fields.len());
        for (field, held) in fields.iter().filter(|(_, v)| !v.is_null()) {
            let Some(member) = members.iter().find(|m| m.input == field) else {
                self.unknown(name, field, held, at);
                read.push((field.clone(), held.clone()));
                continue;
            };
            let held = at.member(field, |at| self.value(member.shape, held, at));
            read.push((field.clone(), held));
        }
        for member in members.iter().filter(|m| m.required) {
            if !read.iter().any(|(field, _)| field == member.input) {
                at.member(member.input, |at| {
                    self.note(at, &Value::Null, Kind::Missing);
                });
            }
        }
        if union && read.len() > 1 {
            self.note(at, value, Kind::Several);
        }
        Value::Map(read)
    }

    fn unknown(&mut self, shape: &str, field: &str, value: &Value, at: &mut Path) {
        let as_newer = format!("{}:{shape}.{field}", self.service.model());
        if !self.newer.contains(&as_newer) {
            at.member(field, |at| {
                self.note(at, value, Kind::Unknown { as_newer });
            });
        }
    }

    fn list(&mut self, of: &'static str, sizes: Limits, value: &Value, at: &mut Path) -> Value {
        let items = match value {
            Value::List(items) => items.as_slice(),
            // A form has no other word for a list with nothing in it.
            Value::Str(s) if s.is_empty() && self.text => &[],
            _ => {
                let (found, wanted) = (kind_of(value), "list");
                self.note(at, value, Kind::Type { found, wanted });
                return value.clone();
            }
        };
        self.within(Measure::Size, sizes, items.len() as f64, value, at);
        let read = items
            .iter()
            .enumerate()
            .map(|(i, item)| at.item(i, |at| self.value(of, item, at)));
        Value::List(read.collect())
    }

    fn map(
        &mut self,
        (key, held): (&'static str, &'static str),
        sizes: Limits,
        value: &Value,
        at: &mut Path,
    ) -> Value {
        let Value::Map(fields) = value else {
            let (found, wanted) = (kind_of(value), "map");
            self.note(at, value, Kind::Type { found, wanted });
            return value.clone();
        };
        self.within(Measure::Size, sizes, fields.len() as f64, value, at);
        let read = fields.iter().map(|(name, item)| {
            self.value(key, &Value::from(name.as_str()), at);
            let item = at.key(name, |at| self.value(held, item, at));
            (name.clone(), item)
        });
        Value::Map(read.collect())
    }

    /// What a scalar of the right type may be.
    fn bounds(&mut self, name: &str, shape: &'static Shape, value: &Value, at: &Path) {
        match (shape, value) {
            (Shape::Text { lengths, pattern }, Value::Str(text)) => {
                // AWS counts characters, not bytes.
                let length = text.chars().count();
                self.within(Measure::Length, *lengths, length as f64, value, at);
                if let Some(pattern) = pattern
                    && !pattern::matches(pattern, text)
                {
                    self.note(at, value, Kind::Pattern(pattern));
                }
            }
            (Shape::OneOf(values), Value::Str(text))
                if !values.contains(&text.as_str()) && !beyond::takes(self.service, name, text) =>
            {
                self.note(at, value, Kind::NotOneOf(values.clone()));
            }
            (Shape::Integer { range, .. } | Shape::Number { range }, number) => {
                let number = number.as_f64().unwrap_or_default();
                self.within(Measure::Number, *range, number, value, at);
            }
            (Shape::Blob { lengths }, Value::Blob(bytes)) => {
                self.within(Measure::Length, *lengths, bytes.len() as f64, value, at);
            }
            _ => {}
        }
    }

    fn within(&mut self, measure: Measure, limits: Limits, is: f64, value: &Value, at: &Path) {
        let Limits { least, most } = limits;
        let below = least.is_some_and(|least| is < least as f64);
        if below || most.is_some_and(|most| is > most as f64) {
            let kind = Kind::Outside {
                measure,
                least,
                most,
                below,
            };
            self.note(at, value, kind);
        }
    }

    fn note(&mut self, at: &Path, value: &Value, kind: Kind) {
        if self.wrong.len() < MOST {
            self.wrong.push(Wrong {
                at: at.clone(),
                value: told(value),
                kind,
            });
        }
    }
}

/// The items of a list whose form names them by a word of their own: `Subnets.Subnet.1`.
fn unwrapped<'v>(value: &'v Value, item: Option<&&str>) -> &'v Value {
    match (value.fields(), item) {
        ([(name, items @ Value::List(_))], Some(item)) if name == item => items,
        _ => value,
    }
}

fn told(value: &Value) -> String {
    let text = match value {
        Value::Str(text) => text.clone(),
        other => crate::wire::as_text(other),
    };
    text.chars().take(TOLD).collect()
}

/// A scalar as its shape says, where it is one.
pub(super) fn typed(shape: &Shape, value: &Value, text: bool) -> Option<Value> {
    let spelled = match value {
        Value::Str(s) if text => Some(s.as_str()),
        _ => None,
    };
    match (shape, value) {
        (Shape::Text { .. } | Shape::OneOf(_), Value::Str(_)) => Some(value.clone()),
        (Shape::Integer { long, .. }, _) => {
            let whole = match value {
                Value::Int(i) => Some(*i),
                Value::Float(f) if f.fract() == 0.0 => Some(*f as i64),
                _ => spelled?.parse().ok(),
            };
            whole
                .filter(|i| *long || i32::try_from(*i).is_ok())
                .map(Value::Int)
        }
        (Shape::Number { .. }, Value::Int(_) | Value::Float(_)) => Some(value.clone()),
        (Shape::Number { .. }, _) => spelled?.parse().ok().map(Value::Float),
        (Shape::Boolean, Value::Bool(_)) => Some(value.clone()),
        (Shape::Boolean, _) => match spelled?.to_ascii_lowercase().as_str() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        (Shape::Moment, Value::Time(_)) => Some(value.clone()),
        (Shape::Moment, Value::Int(_) | Value::Float(_)) => value.as_time().map(Value::Time),
        // JSON has moments as text, too.
        (Shape::Moment, Value::Str(s)) => s.parse::<Timestamp>().ok().map(Value::Time),
        (Shape::Blob { .. }, Value::Blob(_) | Value::Str(_)) => Some(value.clone()),
        _ => None,
    }
}

/// The kind of a value, in the words of AWS's deserialiser.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Int(_) | Value::Float(_) | Value::Time(_) => "NUMBER_VALUE",
        Value::Str(_) | Value::Blob(_) => "STRING_VALUE",
        Value::List(_) => "START_ARRAY",
        Value::Map(_) => "START_OBJECT",
    }
}

/// The type that a shape wants, in the same words.
pub(super) fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Structure { .. } | Shape::Anything => "structure",
        Shape::Map { .. } => "map",
        Shape::List { .. } => "list",
        Shape::Text { .. } | Shape::OneOf(_) => "String",
        Shape::Integer { long: false, .. } => "Integer",
        Shape::Integer { long: true, .. } => "Long",
        Shape::Number { .. } => "Double",
        Shape::Boolean => "Boolean",
        Shape::Moment => "Date",
        Shape::Blob { .. } => "Blob",
    }
}
