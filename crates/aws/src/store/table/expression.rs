//! Conditions and values in DynamoDB's own spelling.
//!
//! What belongs here: expressions, and what stands for names and values in them. What must not: a call.

use aws_smithy_types::base64;
use serde_json::{Map, Value as Json, json};

use super::{Condition, Key, PARTITION, Row, SORT, Value};

/// Expressions and what stands for names and values in them: any name may be one of DynamoDB's reserved words.
#[derive(Default)]
pub(super) struct Said {
    pub(super) condition: Option<String>,
    names: Map<String, Json>,
    values: Map<String, Json>,
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
        self.names.insert(placed.clone(), name.into());
        placed
    }

    fn pair(&mut self, name: &str, value: Json) -> (String, String) {
        let placed = self.name(name);
        let valued = format!(":v{}", self.values.len());
        self.values.insert(valued.clone(), value);
        (placed, valued)
    }

    pub(super) fn is(&mut self, name: &str, value: Json) -> String {
        let (name, value) = self.pair(name, value);
        format!("{name} = {value}")
    }

    pub(super) fn adds_one(&mut self, name: &str) -> String {
        let (name, one) = self.pair(name, number(1));
        format!("{name} {one}")
    }

    /// As members of what they are said of.
    pub(super) fn into_members(self) -> Map<String, Json> {
        let condition = self.condition.map(Json::String);
        let some = |map: Map<String, Json>| (!map.is_empty()).then_some(Json::Object(map));
        let members = [
            ("ConditionExpression", condition),
            ("ExpressionAttributeNames", some(self.names)),
            ("ExpressionAttributeValues", some(self.values)),
        ];
        let said = members
            .into_iter()
            .filter_map(|(name, member)| Some((name.to_owned(), member?)));
        said.collect()
    }
}

pub(super) fn keys(key: &Key) -> Json {
    json!({ PARTITION: text(&key.partition), SORT: text(&key.sort) })
}

pub(super) fn text(text: &str) -> Json {
    json!({ "S": text })
}

pub(super) fn number(number: u64) -> Json {
    json!({ "N": number.to_string() })
}

pub(super) fn attribute(value: &Value) -> Json {
    match value {
        Value::Text(held) => text(held),
        Value::Number(held) => number(*held),
        Value::Bytes(held) => json!({ "B": base64::encode(held) }),
    }
}

/// What a row holds of the sorts known here.
pub(super) fn row(item: &Json) -> Row {
    let attributes = item.as_object().into_iter().flatten();
    let known = attributes.filter_map(|(name, attribute)| Some((name.clone(), value(attribute)?)));
    known.collect()
}

fn value(attribute: &Json) -> Option<Value> {
    let (sort, held) = attribute.as_object()?.iter().next()?;
    let held = held.as_str()?;
    match sort.as_str() {
        "S" => Some(Value::Text(held.to_owned())),
        "N" => Some(Value::Number(held.parse().ok()?)),
        "B" => Some(Value::Bytes(base64::decode(held).ok()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_as_it_is_written() {
        let held = Row::from([
            ("a".to_owned(), Value::Text("ä\u{10FFFF}".to_owned())),
            ("b".to_owned(), Value::Number(u64::MAX)),
            ("c".to_owned(), Value::Bytes(vec![0, 255, 254])),
        ]);
        let written: Map<String, Json> = held
            .iter()
            .map(|(n, v)| (n.clone(), attribute(v)))
            .collect();
        assert_eq!(written["b"], json!({ "N": "18446744073709551615" }));
        assert_eq!(written["c"], json!({ "B": "AP/+" }));
        assert_eq!(row(&Json::Object(written)), held);
    }

    #[test]
    fn what_others_keep_in_a_row_is_passed_over() {
        let item = json!({
            "l": { "L": [{ "S": "a" }] }, "t": { "BOOL": true }, "n": { "N": "-1.5" }, "s": { "S": "" },
        });
        let known = Row::from([("s".to_owned(), Value::Text(String::new()))]);
        assert_eq!(row(&item), known);
        assert_eq!(row(&Json::Null), Row::new());
    }

    #[test]
    fn any_name_may_be_in_a_condition() {
        let when = Condition::HasNot {
            has: "order",
            not: "taken",
        };
        assert_eq!(
            Json::Object(Said::of(&when).into_members()),
            json!({
                "ConditionExpression": "attribute_exists(#n0) AND attribute_not_exists(#n1)",
                "ExpressionAttributeNames": { "#n0": "order", "#n1": "taken" },
            })
        );
        assert_eq!(Said::of(&Condition::Always).into_members(), Map::new());
    }
}
