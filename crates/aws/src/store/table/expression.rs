//! Conditions and values in DynamoDB's own spelling.
//!
//! What belongs here: expressions, and what stands for names and values in them. What must not: a call.

use std::collections::HashMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};

use super::{Condition, Key, PARTITION, Row, SORT, Value};

/// Expressions and what stands for names and values in them: any name may be one of DynamoDB's reserved words.
#[derive(Default)]
pub(super) struct Said {
    pub(super) condition: Option<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Said {
    pub(super) fn of(condition: &Condition) -> Self {
        let mut said = Self::default();
        let absent = format!("attribute_not_exists({PARTITION})");
        said.condition = match condition {
            Condition::Always => None,
            Condition::Absent => Some(absent),
            Condition::Equal(row) => {
                let parts = row
                    .iter()
                    .map(|(name, value)| said.is(name, attribute(value)));
                Some(parts.collect::<Vec<_>>().join(" AND "))
            }
            Condition::AbsentOrAtMost(name, most) => {
                let (name, most) = said.pair(name, number(*most));
                Some(format!("{absent} OR {name} <= {most}"))
            }
            Condition::Missing(name) => {
                let name = said.name(name);
                Some(format!("attribute_not_exists({name})"))
            }
            Condition::HasNot { has, not } => {
                let (has, not) = (said.name(has), said.name(not));
                Some(format!(
                    "attribute_exists({has}) AND attribute_not_exists({not})"
                ))
            }
        };
        said
    }

    fn name(&mut self, name: &str) -> String {
        let placed = format!("#n{}", self.names.len());
        self.names.insert(placed.clone(), name.to_owned());
        placed
    }

    fn pair(&mut self, name: &str, value: AttributeValue) -> (String, String) {
        let placed = self.name(name);
        let valued = format!(":v{}", self.values.len());
        self.values.insert(valued.clone(), value);
        (placed, valued)
    }

    pub(super) fn is(&mut self, name: &str, value: AttributeValue) -> String {
        let (name, value) = self.pair(name, value);
        format!("{name} = {value}")
    }

    pub(super) fn adds_one(&mut self, name: &str) -> String {
        let (name, one) = self.pair(name, number(1));
        format!("{name} {one}")
    }

    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        (!self.names.is_empty()).then(|| self.names.clone())
    }

    pub(super) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
}

pub(super) fn keys(key: &Key) -> HashMap<String, AttributeValue> {
    [(PARTITION, &key.partition), (SORT, &key.sort)]
        .map(|(name, value)| (name.to_owned(), text(value)))
        .into()
}

pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(super) fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(super) fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Text(held) => text(held),
        Value::Number(held) => number(*held),
        Value::Bytes(held) => AttributeValue::B(Blob::new(held.clone())),
    }
}

/// What a row holds of the sorts known here.
pub(super) fn row(item: HashMap<String, AttributeValue>) -> Row {
    let known = item.into_iter().filter_map(|(name, value)| {
        let value = match value {
            AttributeValue::S(held) => Value::Text(held),
            AttributeValue::N(held) => Value::Number(held.parse().ok()?),
            AttributeValue::B(held) => Value::Bytes(held.into_inner()),
            _ => return None,
        };
        Some((name, value))
    });
    known.collect()
}
