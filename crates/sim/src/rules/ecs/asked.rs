//! How the rules read a task definition that is to be registered.
//!
//! What belongs here: reading. What must not: what is refused.

use crate::Value;

/// The containers, each with its name.
pub(super) fn containers(definition: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let all = definition.get("containerDefinitions").items();
    all.iter()
        .map(|c| (c.get("name").as_str().unwrap_or_default(), c))
}

/// Whether it is to be valid for a launch type.
pub(super) fn compatible_with(definition: &Value, launch: &str) -> bool {
    let asked = definition.get("requiresCompatibilities").items();
    asked.iter().any(|c| c.as_str() == Some(launch))
}

pub(super) fn on_fargate(definition: &Value) -> bool {
    compatible_with(definition, "FARGATE")
}

/// The network mode; AWS takes `bridge` where none is given.
pub(super) fn network_mode(definition: &Value) -> &str {
    definition.get("networkMode").as_str().unwrap_or("bridge")
}

/// Whether there is something: no empty list, map or text, and no `false`.
pub(super) fn is_given(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::List(items) => !items.is_empty(),
        Value::Map(fields) => !fields.is_empty(),
        Value::Str(text) => !text.is_empty(),
        Value::Bool(is) => *is,
        _ => true,
    }
}

/// The first that comes twice.
pub(super) fn twice<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = Vec::new();
    for name in names {
        if seen.contains(&name) {
            return Some(name);
        }
        seen.push(name);
    }
    None
}

/// The texts under a key of the items of a list.
pub(super) fn texts<'a>(list: &'a Value, key: &'a str) -> impl Iterator<Item = &'a str> {
    list.items().iter().filter_map(|i| i.get(key).as_str())
}

/// Letters, digits, underscores and hyphens, up to 255.
pub(super) fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.len() <= 255 && name.chars().all(plain)
}

/// CPU units of a task: `1024`, `1 vCPU`.
pub(crate) fn cpu_units(size: &Value) -> Option<i64> {
    amount(size, "vcpu", 1024.0)
}

/// MiB of a task: `2048`, `2 GB`.
pub(crate) fn mebibytes(size: &Value) -> Option<i64> {
    amount(size, "gb", 1024.0)
}

fn amount(size: &Value, unit: &str, each: f64) -> Option<i64> {
    let Some(text) = size.as_str() else {
        return size.as_i64();
    };
    let text = text.trim().to_ascii_lowercase();
    if let Some(number) = text.strip_suffix(unit) {
        let number: f64 = number.trim().parse().ok()?;
        return Some((number * each).round() as i64);
    }
    text.parse().ok()
}
