//! Conditions of rules: the form they are read back in. What is refused stands in the table of rules.

use crate::Value;

const FIELDS: [(&str, &str); 6] = [
    ("host-header", "HostHeaderConfig"),
    ("path-pattern", "PathPatternConfig"),
    ("http-request-method", "HttpRequestMethodConfig"),
    ("source-ip", "SourceIpConfig"),
    ("http-header", "HttpHeaderConfig"),
    ("query-string", "QueryStringConfig"),
];

/// Conditions in AWS's read-back form.
pub(super) fn read_back(given: &Value) -> Vec<Value> {
    given.items().iter().map(one).collect()
}

/// AWS shows the values of hosts and paths in the old place as well, and every condition's configuration.
fn one(given: &Value) -> Value {
    let field = given.get("Field").as_str().unwrap_or_default();
    let key = FIELDS
        .iter()
        .find(|(f, _)| *f == field)
        .map(|(_, key)| *key);
    let Some(key) = key else { return given.clone() };
    let mut condition = given.clone();
    let plain = given.get("Values").clone();
    let nested = given.get(key).get("Values").clone();
    if !plain.items().is_empty() {
        condition.set(key, Value::map([("Values", plain)]));
    } else if matches!(field, "host-header" | "path-pattern") && !nested.is_null() {
        condition.set("Values", nested);
    }
    condition
}
