//! Conditions of rules: what is refused, and the form they are read back in.

use super::{AwsError, invalid};
use crate::Value;

const FIELDS: [(&str, &str); 6] = [
    ("host-header", "HostHeaderConfig"),
    ("path-pattern", "PathPatternConfig"),
    ("http-request-method", "HttpRequestMethodConfig"),
    ("source-ip", "SourceIpConfig"),
    ("http-header", "HttpHeaderConfig"),
    ("query-string", "QueryStringConfig"),
];

/// Conditions in AWS's read-back form, or why AWS refuses them.
pub(super) fn accept(given: &Value) -> Result<Vec<Value>, AwsError> {
    let mut values = 0;
    let mut accepted = Vec::new();
    for condition in given.items() {
        let field = condition.get("Field").as_str().unwrap_or_default();
        let Some((_, config)) = FIELDS.iter().find(|(name, _)| *name == field) else {
            return Err(invalid(format!(
                "Condition field '{field}' must be one of '[path-pattern, host-header, http-header, http-request-method, query-string, source-ip]'"
            )));
        };
        let mut condition = condition.clone();
        let both = field == "host-header" || field == "path-pattern";
        let plain = condition.get("Values").clone();
        let nested = condition.get(config).clone();
        if nested.is_null() && !plain.items().is_empty() {
            condition.set(config, Value::map([("Values", plain.clone())]));
        }
        // AWS shows these two in the old place as well.
        if both && plain.items().is_empty() {
            condition.set("Values", nested.get("Values").clone());
        }
        let count = condition.get(config).get("Values").items().len();
        if count == 0 {
            return Err(invalid("A condition value must be specified"));
        }
        values += count;
        accepted.push(condition);
    }
    if accepted.is_empty() {
        return Err(invalid("A condition must be specified"));
    }
    if values > 5 {
        return Err(AwsError::new(
            "ValidationError",
            "A rule can have at most 5 condition values",
        ));
    }
    Ok(accepted)
}
