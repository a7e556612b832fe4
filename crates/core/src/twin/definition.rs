//! The twin of a task definition: RegisterTaskDefinition's document.
//!
//! What belongs here: the edits of the described document. Whatever AWS does not set itself is carried, members that are
//! newer than this program included. What must not: which edits are wanted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::tag_list;

/// Members of a described task definition that AWS sets (botocore: ecs `TaskDefinition` beside
/// `RegisterTaskDefinitionRequest`).
pub const SET_BY_AWS: &[&str] = &[
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

/// What differs from the source.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct DefinitionEdits<'a> {
    pub family: &'a str,
    /// Container name to image.
    pub images: &'a BTreeMap<String, String>,
    /// Container name to variables.
    pub env: &'a BTreeMap<String, BTreeMap<String, String>>,
    pub tags: &'a BTreeMap<String, String>,
}

/// RegisterTaskDefinition's document, from the source and its tags as AWS describes them.
#[must_use]
pub fn derived_definition(source: &Value, tags: &Value, edits: &DefinitionEdits<'_>) -> Value {
    let mut document = source.as_object().cloned().unwrap_or_default();
    document.retain(|name, _| !SET_BY_AWS.contains(&name.as_str()));
    document.insert("family".to_owned(), json!(edits.family));
    document.insert("tags".to_owned(), tag_list(tags, edits.tags));
    let containers = document.get_mut("containerDefinitions");
    for container in containers
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        edit(container, edits);
    }
    Value::Object(document)
}

fn edit(container: &mut Value, edits: &DefinitionEdits<'_>) {
    let name = container["name"].as_str().unwrap_or_default().to_owned();
    if let Some(image) = edits.images.get(&name) {
        container["image"] = json!(image);
    }
    let Some(set) = edits.env.get(&name).filter(|env| !env.is_empty()) else {
        return;
    };
    let is_set = |pair: &Value| pair["name"].as_str().is_some_and(|n| set.contains_key(n));
    let env = container["environment"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let kept = env.into_iter().filter(|pair| !is_set(pair));
    let ours = set
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }));
    container["environment"] = kept.chain(ours).collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let own = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        pairs.iter().map(own).collect()
    }

    #[test]
    fn everything_is_carried_but_what_aws_sets_and_what_is_edited() {
        let (images, tags) = (map(&[("web", "new")]), map(&[("ours", "1")]));
        let env = BTreeMap::from([("web".to_owned(), map(&[("SET", "new"), ("ADD", "2")]))]);
        let edits = DefinitionEdits {
            family: "f-ipv6",
            images: &images,
            env: &env,
            tags: &tags,
        };
        let source = json!({
            "taskDefinitionArn": "arn", "revision": 3, "status": "ACTIVE", "registeredAt": 1.5, "requiresAttributes": [],
            "family": "f", "cpu": "256", "orbit": { "height": 7 },
            "containerDefinitions": [
                { "name": "web", "image": "old", "newer": [1], "environment": [{ "name": "KEEP", "value": "1" }, { "name": "SET", "value": "old" }] },
                { "name": "sidecar", "image": "old" },
            ],
        });
        let tags = json!([{ "key": "team", "value": "a" }, { "key": "aws:x", "value": "b" }]);
        let ours = json!([{ "name": "ADD", "value": "2" }, { "name": "SET", "value": "new" }]);
        let mut web = json!([{ "name": "KEEP", "value": "1" }]);
        web.as_array_mut()
            .unwrap()
            .extend(ours.as_array().unwrap().clone());
        assert_eq!(
            derived_definition(&source, &tags, &edits),
            json!({
                "family": "f-ipv6", "cpu": "256", "orbit": { "height": 7 },
                "containerDefinitions": [
                    { "name": "web", "image": "new", "newer": [1], "environment": web },
                    { "name": "sidecar", "image": "old" },
                ],
                "tags": [{ "key": "ours", "value": "1" }, { "key": "team", "value": "a" }],
            })
        );
    }
}
