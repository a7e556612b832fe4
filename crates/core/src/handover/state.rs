//! What Terraform knows: which address has which resource.
//!
//! What belongs here: `terraform show -json`, read. What must not: what follows from it for the code ([`super::terraform`]).

use std::collections::BTreeMap;

use serde_json::Value;

/// Why a state cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Not JSON.
    #[error("the state is no JSON ({0}); write it with `terraform show -json`")]
    NoJson(String),
    /// Terraform's own file.
    #[error(
        "that is Terraform's own state file; write it with `terraform show -json`, which every version reads alike"
    )]
    Raw,
    /// A plan, an empty state or something else.
    #[error(
        "there is no resource in the state; is it the one of the folder that describes the service? Write it there with `terraform show -json`"
    )]
    Empty,
}

/// The resources that Terraform manages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    resources: Vec<Known>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    /// As in `module.shop.aws_ecs_service.checkout[0]`.
    pub(super) address: String,
    /// As in `aws_ecs_service`.
    pub(super) kind: String,
    /// Whether it stands for one of several, by `count` or `for_each` of it or of a module around it.
    pub(super) is_one_of_several: bool,
    pub(super) values: Value,
}

impl Known {
    /// Whether it is described in a module, which does not see names of the root.
    pub(super) fn is_in_module(&self) -> bool {
        self.address.starts_with("module.")
    }

    pub(super) fn text(&self, attribute: &str) -> &str {
        self.values[attribute].as_str().unwrap_or_default()
    }

    /// The tags that it has by its provider's `default_tags` alone.
    pub(super) fn default_tags(&self) -> BTreeMap<String, String> {
        let own = self.values["tags"].as_object();
        let all = self.values["tags_all"].as_object().into_iter().flatten();
        let by_default = all.filter(|(key, _)| own.is_none_or(|own| !own.contains_key(*key)));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        by_default
            .map(|(key, value)| (key.clone(), text(value)))
            .collect()
    }
}

impl State {
    /// From what `terraform show -json` writes.
    ///
    /// # Errors
    /// It is something else, or has no resource.
    pub fn read(text: &str) -> Result<Self, StateError> {
        let document: Value =
            serde_json::from_str(text).map_err(|e| StateError::NoJson(e.to_string()))?;
        if document.get("lineage").is_some() {
            return Err(StateError::Raw);
        }
        let mut resources = Vec::new();
        walk(&document["values"]["root_module"], &mut resources);
        if resources.is_empty() {
            return Err(StateError::Empty);
        }
        Ok(Self { resources })
    }

    /// Those of a type.
    pub(super) fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Known> {
        self.resources.iter().filter(move |r| r.kind == kind)
    }

    /// The one of a type whose attribute is so.
    pub(super) fn find(&self, kind: &str, attribute: &str, value: &str) -> Option<&Known> {
        let mut same = self
            .resources
            .iter()
            .filter(|r| r.kind == kind && r.text(attribute) == value);
        same.next()
    }

    /// All addresses of the root module.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.resources.iter().map(|r| r.address.as_str())
    }
}

fn walk(module: &Value, found: &mut Vec<Known>) {
    let of = |name: &str| module[name].as_array().into_iter().flatten();
    for resource in of("resources").filter(|r| r["mode"] == "managed") {
        let address = resource["address"].as_str().unwrap_or_default();
        found.push(Known {
            address: address.to_owned(),
            kind: resource["type"].as_str().unwrap_or_default().to_owned(),
            is_one_of_several: address.contains('['),
            values: resource["values"].clone(),
        });
    }
    of("child_modules").for_each(|child| walk(child, found));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_modules_too_and_data_is_none() {
        let text = r#"{"format_version": "1.0", "values": {"root_module": {
            "resources": [{"address": "data.aws_vpc.x", "mode": "data", "type": "aws_vpc"}],
            "child_modules": [{"child_modules": [{"resources": [
                {"address": "module.a.module.b[0].aws_lb_listener.https", "mode": "managed", "type": "aws_lb_listener",
                 "values": {"arn": "arn:l", "tags": {"a": "1"}, "tags_all": {"a": "1", "by": "default"}}}]}]}]}}}"#;
        let state = State::read(text).unwrap();
        let found = state.find("aws_lb_listener", "arn", "arn:l").unwrap();
        assert!(found.is_in_module() && found.is_one_of_several);
        assert_eq!(
            found.default_tags(),
            [("by".to_owned(), "default".to_owned())].into()
        );
        assert_eq!(state.of("aws_vpc").count(), 0);
    }

    #[test]
    fn what_is_no_state_is_told_from_one() {
        assert!(matches!(State::read("x"), Err(StateError::NoJson(_))));
        assert_eq!(
            State::read(r#"{"version": 4, "lineage": "a"}"#),
            Err(StateError::Raw)
        );
        assert_eq!(
            State::read(r#"{"format_version": "1.0"}"#),
            Err(StateError::Empty)
        );
    }
}
