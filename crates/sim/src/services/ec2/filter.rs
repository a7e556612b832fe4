//! Filters of describing calls: every filter has to match one of its values.

use super::invalid;
use crate::Value;
use crate::services::AwsError;
use crate::world::network::Tags;

/// Whether a thing passes all filters. `fields` names the values of each filter that the thing knows; tags are common to all.
pub(super) fn passes<'a>(
    input: &Value,
    tags: &Tags,
    fields: impl Fn(&str) -> Option<Vec<&'a str>>,
) -> Result<bool, AwsError> {
    for filter in input.get("Filter").items() {
        let name = filter.get("Name").as_str().unwrap_or_default();
        let held = held(name, tags, &fields)
            .ok_or_else(|| invalid(format!("The filter '{name}' is invalid")))?;
        let wanted = filter.get("Value").strings();
        if !wanted
            .iter()
            .any(|w| held.iter().any(|h| crate::faults::matches(w, h)))
        {
            return Ok(false);
        }
    }
    Ok(true)
}

fn held<'a>(
    name: &str,
    tags: &Tags,
    fields: impl Fn(&str) -> Option<Vec<&'a str>>,
) -> Option<Vec<String>> {
    if let Some(key) = name.strip_prefix("tag:") {
        return Some(
            tags.iter()
                .filter(|(k, _)| k == key)
                .map(|(_, v)| v.clone())
                .collect(),
        );
    }
    if name == "tag-key" {
        return Some(tags.iter().map(|(k, _)| k.clone()).collect());
    }
    fields(name).map(|held| held.into_iter().map(str::to_owned).collect())
}
