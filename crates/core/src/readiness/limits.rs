//! AWS's quotas, counted before anything is made.
//!
//! What belongs here: what a copy or a tag more would be too many for, or too long. What must not: quotas that only AWS can
//! tell.

use std::collections::BTreeMap;

use super::{Finding, block};
use crate::{
    names, note,
    observation::{Known, Observation},
    plan::Plan,
    twin::{carried_tags, derivation, image_edits},
};

/// Tags on any resource; those of AWS's own do not count (botocore: ecs `TagResource`, elbv2 `AddTags`).
const TAGS: usize = 50;
/// botocore: ecs `CreateService`, `RegisterTaskDefinition`.
const NAME: usize = 255;
/// ECS service quotas: "Task definition size".
const DEFINITION: usize = 64 * 1024;
/// botocore: ecs `ContainerDefinition.image`; the digest does not count.
const IMAGE: usize = 255;
/// ELB service quotas: "Target Groups per Application Load Balancer".
const GROUPS: usize = 100;

/// The tags that each kind of resource gets beside its own at most.
const ON_TWIN: usize = 1;
const ON_DEFINITION: usize = 2;
const ON_GROUP: usize = 5;
const ON_SERVICE: usize = 2;

pub(super) fn of_all(plan: &Plan, seen: &Observation, all: &mut Vec<Finding>) {
    tags(seen, all);
    lengths(plan, seen, all);
    groups(seen, all);
}

fn tags(seen: &Observation, all: &mut Vec<Finding>) {
    let mut full = |what: String, own: &BTreeMap<String, String>, more: usize| {
        let count = carried_tags(own).len() + more;
        if count > TAGS {
            all.push(block(
                "tags-full",
                format!("{what} would have {count} tags, and AWS takes {TAGS}"),
                "take tags off it that are needed no more",
            ));
        }
    };
    if let Some(service) = seen.ipv4.seen() {
        full(
            format!("service {}", service.name),
            &service.tags,
            ON_SERVICE.max(ON_TWIN),
        );
    }
    if let Some(definition) = seen.ipv4_task_definition.seen() {
        full(
            "the twin's task definition".to_owned(),
            &definition.tags,
            ON_DEFINITION,
        );
    }
    let pairs = seen.pairs.seen().map_or(&[][..], Vec::as_slice);
    let routes = seen.routes.seen().map_or(&[][..], Vec::as_slice);
    let is_ipv4 = |arn: &str| pairs.iter().any(|p| p.ipv4_arn == arn);
    let notes = ON_GROUP + note::routes::tags(routes, is_ipv4).len();
    for group in pairs.iter().filter_map(|p| p.ipv4.seen()) {
        let what = format!("the partner of target group {}", group.name);
        full(what, &group.tags, notes);
    }
}

fn lengths(plan: &Plan, seen: &Observation, all: &mut Vec<Finding>) {
    for (what, name) in [
        ("service", names::service(plan)),
        ("task definition family", names::family(plan)),
    ] {
        if name.len() > NAME {
            all.push(block(
                "name-too-long",
                format!(
                    "the twin's {what} would have a name of {} characters, and AWS takes {NAME}",
                    name.len()
                ),
                "give the service a shorter name",
            ));
        }
    }
    let Some(definition) = seen.ipv4_task_definition.seen() else {
        return;
    };
    let edits = &plan.ipv6.task_definition;
    for (container, image) in image_edits(&definition.images, edits) {
        let name = image.split('@').next().unwrap_or_default();
        if name.len() > IMAGE {
            all.push(block(
                "image-too-long",
                format!("the dual-stack name of container {container}'s image has {} characters, and AWS takes {IMAGE}", name.len()),
                "set spec.ipv6.taskDefinition.ecrDualStack: false, or give the repository a shorter name",
            ));
        }
    }
    let pair = |(name, value): (&String, &String)| {
        name.len() + value.len() + r#"{"name":"","value":""},"#.len()
    };
    let env: usize = edits.env.iter().map(pair).sum();
    let bytes = definition.bytes + env * definition.images.len() + derivation("", edits).len();
    if bytes > DEFINITION {
        all.push(block(
            "definition-too-large",
            format!(
                "the twin's task definition would have {bytes} bytes, and AWS takes {DEFINITION}"
            ),
            "make the task definition smaller",
        ));
    }
}

/// Of the groups of a load balancer only those are seen that its routes to this service name.
fn groups(seen: &Observation, all: &mut Vec<Finding>) {
    let Known::Seen(pairs) = &seen.pairs else {
        return;
    };
    for balancer in seen.load_balancers.seen().into_iter().flatten() {
        let routes = seen.routes.seen().into_iter().flatten();
        let routes = routes.filter(|r| r.load_balancer == balancer.arn);
        let mut named: Vec<&str> = routes
            .flat_map(|r| &r.forward.groups)
            .map(|g| g.arn.as_str())
            .collect();
        named.sort_unstable();
        named.dedup();
        let missing = pairs.iter().filter(|p| p.ipv6.is_absent()).count();
        if named.len() + missing > GROUPS {
            all.push(block(
                "balancer-full",
                format!("the load balancer would have more than {GROUPS} target groups"),
                "raise the quota of target groups, or take groups out",
            ));
        }
    }
}
