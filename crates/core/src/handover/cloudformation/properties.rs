//! A document as the properties of a resource.
//!
//! What belongs here: the walk along a table, and the target group, whose answer has no numbers. What must not: a member.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::handover::document::{Member, Shape, is_nothing, is_off, unknown};
use crate::letters::plain;

/// Members of a target group that are properties under their own names (botocore: elbv2 `TargetGroup`); numbers and truth
/// values are marked, the group's name has another.
const TARGET_GROUP: &[(&str, bool)] = &[
    ("Port", true),
    ("Protocol", false),
    ("ProtocolVersion", false),
    ("VpcId", false),
    ("TargetType", false),
    ("IpAddressType", false),
    ("HealthCheckEnabled", true),
    ("HealthCheckProtocol", false),
    ("HealthCheckPort", false),
    ("HealthCheckPath", false),
    ("HealthCheckIntervalSeconds", true),
    ("HealthCheckTimeoutSeconds", true),
    ("HealthyThresholdCount", true),
    ("UnhealthyThresholdCount", true),
    ("TargetControlPort", true),
    ("Matcher", false),
];
const ELSEWHERE: &[&str] = &["TargetGroupArn", "TargetGroupName", "LoadBalancerArns"];

/// Properties, and what there is no property for.
pub(super) type Properties = (Map<String, Value>, Vec<String>);

/// A walk.
pub(super) struct Walk {
    /// Whose members they are, for people.
    pub(super) what: String,
    /// Texts that stand for a resource of the template, and its logical id.
    pub(super) references: BTreeMap<String, String>,
}

impl Walk {
    pub(super) fn properties(&self, document: &Value, table: &[Member], path: &str) -> Properties {
        let lack = |name: &str| format!("{path}{name} of {}", self.what);
        let mut lacks: Vec<String> = unknown(document, table).map(lack).collect();
        let mut properties = Map::new();
        for member in table {
            let value = &document[member.aws];
            if is_nothing(value) || matches!(member.shape, Shape::Elsewhere) {
                continue;
            }
            if member.stack.is_empty() {
                lacks.extend((!is_off(value)).then(|| lack(member.aws)));
                continue;
            }
            let path = format!("{path}{}.", member.aws);
            let (value, more) = self.value(&member.shape, value, &path);
            properties.insert(member.stack.to_owned(), value);
            lacks.extend(more);
        }
        (properties, lacks)
    }

    /// Of a document that says more than is asked of it.
    pub(super) fn known(&self, document: &Value, table: &[Member]) -> Properties {
        let known = table
            .iter()
            .map(|m| (m.aws.to_owned(), document[m.aws].clone()));
        self.properties(&Value::Object(known.collect()), table, "")
    }

    fn value(&self, shape: &Shape, value: &Value, path: &str) -> (Value, Vec<String>) {
        match shape {
            Shape::Block(table) => {
                let (properties, lacks) = self.properties(value, table, path);
                (Value::Object(properties), lacks)
            }
            Shape::Blocks(table) | Shape::Json(table) | Shape::Pairs(table) => {
                let items = value.as_array().into_iter().flatten();
                let each = items.map(|item| self.properties(item, table, path));
                let (properties, lacks): (Vec<_>, Vec<_>) = each.unzip();
                let properties = properties.into_iter().map(Value::Object).collect();
                (properties, lacks.into_iter().flatten().collect())
            }
            Shape::Texts => {
                let items = value.as_array().into_iter().flatten();
                (items.map(|item| self.text(item)).collect(), Vec::new())
            }
            Shape::Number => (whole(value), Vec::new()),
            Shape::Text
            | Shape::Bool
            | Shape::Is(_)
            | Shape::Map
            | Shape::Usual(_)
            | Shape::Elsewhere => (self.text(value), Vec::new()),
        }
    }

    /// A text, or the reference that it stands for.
    pub(super) fn text(&self, value: &Value) -> Value {
        let id = value.as_str().and_then(|text| self.references.get(text));
        id.map_or_else(|| value.clone(), |id| json!({ "Ref": id }))
    }

    pub(super) fn target_group(&mut self, document: &Value) -> Properties {
        let members = document.as_object().into_iter().flatten();
        let told = members.filter(|(_, value)| !is_nothing(value));
        let is_known =
            |name: &str| ELSEWHERE.contains(&name) || TARGET_GROUP.iter().any(|(n, _)| *n == name);
        let unknown = told.filter(|(name, _)| !is_known(name));
        let lacks = unknown
            .map(|(name, _)| format!("{name} of {}", self.what))
            .collect();
        let mut properties =
            Map::from_iter([("Name".to_owned(), document["TargetGroupName"].clone())]);
        for (name, is_plain) in TARGET_GROUP {
            let value = &document[*name];
            if !is_nothing(value) {
                let value = if *is_plain {
                    read(value)
                } else {
                    value.clone()
                };
                properties.insert((*name).to_owned(), value);
            }
        }
        (properties, lacks)
    }
}

/// 60.0 as 60: some properties are whole numbers.
fn whole(value: &Value) -> Value {
    read(&Value::from(plain(value)))
}

/// A number or a truth value that came as a text.
fn read(value: &Value) -> Value {
    let text = plain(value);
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

/// CloudFormation would put something else in place of these texts.
pub(super) fn resolved<'a>(
    resources: impl Iterator<Item = (&'a String, &'a Map<String, Value>)>,
    lacks: &mut Vec<String>,
) {
    for (id, properties) in resources {
        let mut rest: Vec<&Value> = properties.values().collect();
        while let Some(value) = rest.pop() {
            match value {
                Value::String(text) if text.contains("{{resolve:") => lacks.push(format!(
                    "a text in {id} that begins a dynamic reference, which CloudFormation resolves: {text}"
                )),
                Value::Array(items) => rest.extend(items),
                Value::Object(members) => rest.extend(members.values()),
                _ => {}
            }
        }
    }
}
