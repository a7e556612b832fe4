//! AWS's quotas, counted before anything is made.
//!
//! What belongs here: what a copy or a tag more would be too many for, or too long. What must not: quotas of Fargate, which
//! are not read.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, block};
use crate::{
    names, note,
    observation::{Known, Observation, Pair},
    plan::Plan,
    twin::{carried_tags, derivation, env_edits, image_edits},
};

/// Tags on any resource; those of AWS's own do not count (botocore: ecs `TagResource`, elbv2 `AddTags`).
const TAGS: usize = 50;
/// botocore: ecs `CreateService`, `RegisterTaskDefinition`.
const NAME: usize = 255;
/// ECS service quotas: "Task definition size".
const DEFINITION: usize = 64 * 1024;
/// botocore: ecs `ContainerDefinition.image`; the digest does not count.
const IMAGE: usize = 255;
/// ELB service quotas by AWS's names (botocore: elbv2 `Limit.Name`), with what AWS gives an account that asked for no more.
const GROUPS: (&str, u64) = ("target-groups-per-application-load-balancer", 100);
const TARGETS: (&str, u64) = ("targets-per-application-load-balancer", 1000);

/// The tags that each kind of resource gets beside its own at most.
const ON_TWIN: usize = 1;
const ON_DEFINITION: usize = 2;
const ON_GROUP: usize = 5;
const ON_SERVICE: usize = 2;

pub(super) fn of_all(plan: &Plan, seen: &Observation, all: &mut Vec<Finding>) {
    tags(seen, all);
    lengths(plan, seen, all);
    balancers(seen, all);
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
    let env = env_edits(&definition.images, edits);
    let env: usize = env.values().flatten().map(pair).sum();
    let bytes = definition.bytes + env + derivation("", edits).len();
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

/// What each load balancer has, and would get.
fn balancers(seen: &Observation, all: &mut Vec<Finding>) {
    let Known::Seen(pairs) = &seen.pairs else {
        return;
    };
    let missing: Vec<&Pair> = pairs.iter().filter(|p| p.ipv6.is_absent()).collect();
    if missing.is_empty() {
        return;
    }
    let quotas = seen.quotas.seen();
    let most = |name: &str, default: u64| {
        let told = quotas.and_then(|q| q.limits.get(name));
        told.copied().unwrap_or(default)
    };
    for balancer in seen.load_balancers.seen().into_iter().flatten() {
        let behind = |p: &&&Pair| {
            p.ipv4
                .seen()
                .is_some_and(|g| g.load_balancers.contains(&balancer.arn))
        };
        let behind: Vec<&Pair> = missing.iter().filter(behind).copied().collect();
        let name = balancer.arn.rsplit('/').nth(1).unwrap_or(&balancer.arn);
        let counted = quotas.and_then(|q| q.groups.get(&balancer.arn)).copied();
        let groups = counted.unwrap_or_else(|| named(seen, &balancer.arn));
        let (count, limit) = (groups + behind.len() as u64, most(GROUPS.0, GROUPS.1));
        if count > limit {
            all.push(block(
                "balancer-full",
                format!("load balancer {name} would have {count} target groups, and the account's quota is {limit}"),
                "raise the quota of target groups per Application Load Balancer, or take groups out",
            ));
        }
        let tasks = seen.ipv4.seen().map_or(0, |s| u64::from(s.desired));
        let (count, limit) = (2 * tasks * behind.len() as u64, most(TARGETS.0, TARGETS.1));
        if count > limit {
            all.push(block(
                "targets-full",
                format!("load balancer {name} would have {count} targets of both sides, and the account's quota is {limit}"),
                "raise the quota of targets per Application Load Balancer",
            ));
        }
    }
}

/// Of the groups of a load balancer those that its routes to this service name: it has no fewer.
fn named(seen: &Observation, balancer: &str) -> u64 {
    let routes = seen.routes.seen().into_iter().flatten();
    let routes = routes.filter(|r| r.load_balancer == balancer);
    let groups = routes.flat_map(|r| &r.forward.groups);
    groups
        .map(|g| g.arn.as_str())
        .collect::<BTreeSet<_>>()
        .len() as u64
}
