//! Which edits turn an IPv4 resource into its IPv6 twin.
//!
//! What belongs here: the edits as data, and the tables that say of every member of a document of AWS's what becomes of it.
//! What must not: the AWS calls that apply them (`sixshift-aws`).

mod definition;
mod in_place;
mod registries;
mod scaling;
mod service;

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    names,
    observation::{Few, Pair},
    plan::{Plan, TaskDefinitionEdits},
};
pub use definition::{DefinitionEdits, SET_BY_AWS as DEFINITION_SET_BY_AWS, derived_definition};
pub use in_place::{Beside, Place, moved, restored, task_beside};
pub use registries::{Pull, dual_stack_image, is_ipv4_only, pull, registry};
pub(crate) use registries::{is_ipv4_ecr, without_port};
pub use scaling::{Remnant, Sides, is_same_setting, twin_policy, twin_schedule};
pub use service::{
    CREATE_SERVICE, Carry, deployment, is_deployed_alike, network, twin_service,
    unknown_in_revision, unknown_in_service,
};

/// A resource's own tags as a copy of it has them: neither AWS's (a prefix that it reserves in any case; botocore: ecs and
/// elbv2 `TagKey`) nor our notes, which speak of the original.
#[must_use]
pub fn carried_tags(own: &Few<String, String>) -> BTreeMap<String, String> {
    let is_own = |key: &str| {
        let aws = key.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("aws:"));
        !aws && !key.starts_with("sixshift:")
    };
    let own = own.iter().filter(|(key, _)| is_own(key));
    own.map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// The tags of a JSON document of ECS's, as its copy has them.
fn tag_list(own: &Value, ours: &BTreeMap<String, String>) -> Value {
    let text = |tag: &Value, member: &str| tag[member].as_str().unwrap_or_default().to_owned();
    let own = own.as_array().into_iter().flatten();
    let own = own.map(|t| (text(t, "key"), text(t, "value"))).collect();
    let mut all = carried_tags(&own);
    all.extend(ours.clone());
    let tag = |(key, value)| serde_json::json!({ "key": key, "value": value });
    all.into_iter().map(tag).collect()
}

/// The two sides of a plan, as metrics name them; a group without a partner yet is its own.
#[must_use]
pub fn sides(plan: &Plan, pairs: &[Pair]) -> Sides {
    let group = |pair: &Pair| {
        let partner = pair.ipv6.seen().map_or(&pair.ipv4_arn, |g| &g.arn);
        let name = |arn: &str| names::metric_dimension(arn).to_owned();
        (name(&pair.ipv4_arn), name(partner))
    };
    Sides {
        cluster: plan.service.cluster.clone(),
        ipv4: plan.service.name.clone(),
        ipv6: names::service(plan),
        groups: pairs.iter().map(group).collect(),
    }
}

/// The images to replace: container name -> new image.
#[must_use]
pub fn image_edits(
    images: &[(String, String)],
    edits: &TaskDefinitionEdits,
) -> BTreeMap<String, String> {
    if !edits.ecr_dual_stack {
        return BTreeMap::new();
    }
    images
        .iter()
        .filter_map(|(name, image)| Some((name.clone(), dual_stack_image(image)?)))
        .collect()
}

/// The variables to set: container name -> name -> value. What the plan says of one container wins over what it says of all.
#[must_use]
pub fn env_edits(
    images: &[(String, String)],
    edits: &TaskDefinitionEdits,
) -> BTreeMap<String, BTreeMap<String, String>> {
    let of = |container: &String| {
        let mut env = edits.env.clone();
        let own = edits.containers.get(container);
        env.extend(own.map(|c| c.env.clone()).unwrap_or_default());
        env
    };
    let all = images.iter().map(|(name, _)| (name.clone(), of(name)));
    all.filter(|(_, env)| !env.is_empty()).collect()
}

/// Hash over what a derived task definition is made from; in a tag of the derived one, so that a new revision of either
/// the source or the plan's edits is seen.
#[must_use]
pub fn derivation(source_arn: &str, edits: &TaskDefinitionEdits) -> String {
    let mut hash = Sha256::new();
    hash.update(source_arn.as_bytes());
    hash.update([0, u8::from(edits.ecr_dual_stack)]);
    for (key, value) in &edits.env {
        hash.update([0]);
        hash.update(key.as_bytes());
        hash.update([b'=']);
        hash.update(value.as_bytes());
    }
    for (container, edits) in &edits.containers {
        hash.update([1]);
        hash.update(container.as_bytes());
        for (key, value) in &edits.env {
            hash.update([0]);
            hash.update(key.as_bytes());
            hash.update([b'=']);
            hash.update(value.as_bytes());
        }
    }
    short_hex(&hash.finalize())
}

fn short_hex(bytes: &[u8]) -> String {
    bytes.iter().take(16).map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::ContainerEdits;

    #[test]
    fn a_derivation_changes_with_the_source_and_with_each_edit() {
        let edits = TaskDefinitionEdits {
            ecr_dual_stack: true,
            env: BTreeMap::new(),
            containers: BTreeMap::new(),
        };
        let more = TaskDefinitionEdits {
            env: [("A".to_owned(), "1".to_owned())].into(),
            ..edits.clone()
        };
        let one = TaskDefinitionEdits {
            containers: [(
                "app".to_owned(),
                ContainerEdits {
                    env: more.env.clone(),
                },
            )]
            .into(),
            ..edits.clone()
        };
        let all = [
            derivation("td:1", &edits),
            derivation("td:2", &edits),
            derivation("td:1", &more),
            derivation("td:1", &one),
        ];
        assert_eq!(
            all.iter().collect::<std::collections::BTreeSet<_>>().len(),
            4
        );
        assert!(all.iter().all(|d| d.len() == 32));
    }
}
