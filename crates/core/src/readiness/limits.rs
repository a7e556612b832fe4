//! AWS's quotas, counted before anything is made.
//!
//! What belongs here: what a copy or a tag more would be too many for, or too long. What must not: quotas of Fargate, which
//! are not read.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, block, warn};
use crate::{
    names, note,
    observation::{Observation, Pair},
    plan::Plan,
    router,
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
const ACTION: (&str, u64) = (
    "target-groups-per-action-on-application-load-balancer",
    router::MAX_GROUPS as u64,
);

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

/// Most target groups in one action.
pub(super) fn groups_an_action(seen: &Observation) -> usize {
    let told = quota(seen, ACTION).0;
    usize::try_from(told).unwrap_or(usize::MAX)
}

/// What the account may have, and whether AWS told so.
fn quota(seen: &Observation, (name, default): (&str, u64)) -> (u64, bool) {
    let told = seen.quotas.seen().and_then(|q| q.limits.get(name));
    told.map_or((default, false), |most| (*most, true))
}

/// What each load balancer has, and would get.
fn balancers(seen: &Observation, all: &mut Vec<Finding>) {
    let pairs = seen.pairs.seen().map_or(&[][..], Vec::as_slice);
    let missing: Vec<&Pair> = pairs.iter().filter(|p| p.ipv6.is_absent()).collect();
    if missing.is_empty() {
        return;
    }
    for balancer in seen.load_balancers.seen().into_iter().flatten() {
        let behind = |p: &&&Pair| {
            let group = p.ipv4.seen();
            group.is_some_and(|g| g.load_balancers.contains(&balancer.arn))
        };
        let more = missing.iter().filter(behind).count() as u64;
        let name = balancer.arn.rsplit('/').nth(1).unwrap_or(&balancer.arn);
        let counted = seen.quotas.seen().and_then(|q| q.groups.get(&balancer.arn));
        let groups = counted
            .copied()
            .unwrap_or_else(|| named(seen, &balancer.arn));
        let what = format!(
            "load balancer {name} would have {} target groups",
            groups + more
        );
        all.extend(over("balancer-full", seen, GROUPS, groups + more, &what));
        let targets = 2 * more * seen.ipv4.seen().map_or(0, |s| u64::from(s.desired));
        let what = format!("load balancer {name} would have {targets} targets of both sides");
        all.extend(over("targets-full", seen, TARGETS, targets, &what));
    }
}

/// An account may have more than AWS gives everybody: where it does not tell, nothing is stopped.
fn over(
    code: &'static str,
    seen: &Observation,
    of: (&str, u64),
    count: u64,
    what: &str,
) -> Option<Finding> {
    let (most, is_told) = quota(seen, of);
    if count <= most {
        return None;
    }
    let name = of.0;
    Some(if is_told {
        block(
            code,
            format!("{what}, and the account's quota is {most}"),
            &format!("raise the quota {name} of Elastic Load Balancing, or take some out"),
        )
    } else {
        warn(
            code,
            format!("{what}, and AWS gives {most} to an account that asked for no more"),
            &format!(
                "see that the quota {name} is higher, or allow sixshift's role elasticloadbalancing:DescribeAccountLimits"
            ),
        )
    })
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
