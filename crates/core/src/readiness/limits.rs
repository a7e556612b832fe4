//! AWS's quotas, counted before anything is made.
//!
//! What belongs here: what a copy or a tag more would be too many for, or too long. What must not: what Service Quotas tells
//! ([`super::quotas`]).

use std::collections::BTreeSet;

use super::check::{
    Category, Check, Found, Judged, REFUSED, Scene, Severity, Spared, known, unless,
};
use crate::{
    names, note,
    observation::{Few, LoadBalancer, Observation, Pair},
    twin::{carried_tags, derivation, env_edits, image_edits},
    way::split,
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
const ALL_GROUPS: (&str, u64) = ("target-groups", 3000);
const TARGETS: (&str, u64) = ("targets-per-application-load-balancer", 1000);
const ACTION: (&str, u64) = (
    "target-groups-per-action-on-application-load-balancer",
    split::MAX_GROUPS as u64,
);

/// Target groups in a forward of VPC Lattice (botocore: vpc-lattice `WeightedTargetGroupList`).
pub(super) const GROUPS_OF_LATTICE: usize = 10;

/// The tags that each kind of resource gets beside its own at most.
const ON_TWIN: usize = 1;
const ON_DEFINITION: usize = 2;
const ON_GROUP: usize = 5;
const ON_SERVICE: usize = 2;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "ECS-011",
        name: "tags-full",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "What is made has room for sixshift's tags.",
        why: "A copy has the tags of its original and those that sixshift knows it by; AWS takes 50 on any resource.",
        remedy: "take tags off it that are needed no more",
        source: "ECS API, TagResource; Elastic Load Balancing API, AddTags",
        waiving: REFUSED,
        run: tags,
    },
    Check {
        id: "ECS-012",
        name: "name-too-long",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "The twin's names are short enough.",
        why: "AWS refuses a service or a task definition family whose name is longer than 255 characters.",
        remedy: "give the service a shorter name",
        source: "ECS API, CreateService, RegisterTaskDefinition",
        waiving: REFUSED,
        run: names_too_long,
    },
    Check {
        id: "IMAGE-001",
        name: "image-too-long",
        category: Category::Image,
        severity: Severity::Block,
        holds: "The dual-stack names of images are short enough.",
        why: "AWS refuses an image whose name is longer than 255 characters, and the dual-stack name of the public gallery is longer than its other one.",
        remedy: "set spec.ipv6.taskDefinition.ecrDualStack: false, or give the repository a shorter name",
        source: "ECS API, ContainerDefinition: image",
        waiving: REFUSED,
        run: images_too_long,
    },
    Check {
        id: "TASKDEF-003",
        name: "definition-too-large",
        category: Category::TaskDef,
        severity: Severity::Block,
        holds: "The twin's task definition is small enough.",
        why: "AWS refuses a task definition of more than 64 KiB; the twin's has the plan's variables on top.",
        remedy: "make the task definition smaller",
        source: "ECS service quotas: Task definition size",
        waiving: REFUSED,
        run: too_large,
    },
    Check {
        id: "LB-015",
        name: "balancer-full",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "The load balancer has room for the twin's target groups.",
        why: "A load balancer takes so many target groups, those of other services included.",
        remedy: "raise the quota of Elastic Load Balancing, or take some out",
        source: "Elastic Load Balancing, Quotas for your Application Load Balancers",
        waiving: REFUSED,
        run: |s| {
            each_balancer(s, |s, balancer, more| {
                let counted = s
                    .seen
                    .quotas
                    .seen()
                    .and_then(|q| q.groups.get(&balancer.arn));
                let groups = counted
                    .copied()
                    .unwrap_or_else(|| named(s.seen, &balancer.arn))
                    + more;
                let what = format!(
                    "load balancer {} would have {groups} target groups",
                    balancer.name()
                );
                over(s.seen, GROUPS, groups, &what)
            })
        },
    },
    Check {
        id: "LB-019",
        name: "groups-full",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "The account has room for the twin's target groups.",
        why: "An account has so many target groups in a region, those of all services and load balancers together.",
        remedy: "raise the quota of Elastic Load Balancing, or delete some that nobody uses",
        source: "Elastic Load Balancing, Quotas for your Application Load Balancers",
        waiving: REFUSED,
        run: |s| {
            let missing = s.pairs()?.iter().filter(|p| p.ipv6.is_absent());
            let missing = missing
                .filter(|p| !names::is_of_lattice(&p.ipv4_arn))
                .count();
            if missing == 0 {
                return Err(Spared::NotHere);
            }
            let groups = known(&s.seen.quotas)?.all_groups + missing as u64;
            let what = format!("the account would have {groups} target groups in the region");
            Ok(over(s.seen, ALL_GROUPS, groups, &what)
                .into_iter()
                .collect())
        },
    },
    Check {
        id: "LB-016",
        name: "targets-full",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "The load balancer has room for the twin's targets.",
        why: "For a while both sides run at full size behind one load balancer, which takes so many targets.",
        remedy: "raise the quota of Elastic Load Balancing, or take some out",
        source: "Elastic Load Balancing, Quotas for your Application Load Balancers",
        waiving: REFUSED,
        run: |s| {
            each_balancer(s, |s, balancer, more| {
                let targets = 2 * more * s.seen.ipv4.seen().map_or(0, |s| u64::from(s.desired));
                let what = format!(
                    "load balancer {} would have {targets} targets of both sides",
                    balancer.name()
                );
                over(s.seen, TARGETS, targets, &what)
            })
        },
    },
];

fn tags(s: &Scene<'_>) -> Judged {
    let seen = s.seen;
    let mut all = Vec::new();
    let mut full = |what: String, own: &Few<String, String>, more: usize| {
        let count = carried_tags(own).len() + more;
        if count > TAGS {
            let message = format!("{what} would have {count} tags, and AWS takes {TAGS}");
            all.push(Found::new(message));
        }
    };
    let service = s.service();
    if let Ok(service) = &service {
        let what = format!("service {}", service.name);
        full(what, &service.tags, ON_SERVICE.max(ON_TWIN));
    }
    if let Some(definition) = seen.ipv4_task_definition.seen() {
        let what = "the twin's task definition".to_owned();
        full(what, &definition.tags, ON_DEFINITION);
    }
    let pairs = seen.pairs.seen().map_or(&[][..], Vec::as_slice);
    let routes = seen.routes.seen().map_or(&[][..], Vec::as_slice);
    let is_ipv4 = |arn: &str| pairs.iter().any(|p| p.ipv4_arn == arn);
    let notes = ON_GROUP + note::routes::tags(routes, is_ipv4).len();
    for group in pairs.iter().filter_map(|p| p.ipv4.seen()) {
        let what = format!("the partner of target group {}", group.name);
        full(what, &group.tags, notes);
    }
    match service {
        Err(Spared::Unknown(why)) if all.is_empty() => Err(Spared::Unknown(why)),
        _ => Ok(all),
    }
}

fn names_too_long(s: &Scene<'_>) -> Judged {
    let both = [
        ("service", names::service(s.plan)),
        ("task definition family", names::family(s.plan)),
    ];
    let long = both.iter().filter(|(_, name)| name.len() > NAME);
    let found = long.map(|(what, name)| {
        let length = name.len();
        Found::new(format!(
            "the twin's {what} would have a name of {length} characters, and AWS takes {NAME}"
        ))
    });
    Ok(found.collect())
}

fn images_too_long(s: &Scene<'_>) -> Judged {
    let edited = image_edits(&s.definition()?.images, &s.plan.ipv6.task_definition);
    let length = |image: &String| image.split('@').next().unwrap_or_default().len();
    let long = edited.iter().filter(|(_, image)| length(image) > IMAGE);
    let found = long.map(|(container, image)| {
        let length = length(image);
        Found::new(format!(
            "the dual-stack name of container {container}'s image has {length} characters, and AWS takes {IMAGE}"
        ))
    });
    Ok(found.collect())
}

fn too_large(s: &Scene<'_>) -> Judged {
    let definition = s.definition()?;
    let edits = &s.plan.ipv6.task_definition;
    let pair = |(name, value): (&String, &String)| {
        name.len() + value.len() + r#"{"name":"","value":""},"#.len()
    };
    let env = env_edits(&definition.images, edits);
    let env: usize = env.values().flatten().map(pair).sum();
    let bytes = definition.bytes + env + derivation("", edits).len();
    unless(bytes <= DEFINITION, || {
        format!("the twin's task definition would have {bytes} bytes, and AWS takes {DEFINITION}")
    })
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

/// What each load balancer would get: as many target groups as have no partner yet.
fn each_balancer(
    s: &Scene<'_>,
    over: impl Fn(&Scene<'_>, &LoadBalancer, u64) -> Option<Found>,
) -> Judged {
    let missing: Vec<&Pair> = s.pairs()?.iter().filter(|p| p.ipv6.is_absent()).collect();
    if missing.is_empty() {
        return Err(Spared::NotHere);
    }
    let found = known(&s.seen.load_balancers)?
        .iter()
        .filter(|balancer| !names::is_of_lattice(&balancer.arn))
        .filter_map(|balancer| {
            let behind = |p: &&&Pair| {
                let group = p.ipv4.seen();
                group.is_some_and(|g| g.load_balancers.contains(&balancer.arn))
            };
            over(s, balancer, missing.iter().filter(behind).count() as u64)
        });
    Ok(found.collect())
}

/// An account may have more than AWS gives everybody: where it does not tell, nothing is stopped.
fn over(seen: &Observation, of: (&str, u64), count: u64, what: &str) -> Option<Found> {
    let (most, is_told) = quota(seen, of);
    if count <= most {
        return None;
    }
    let name = of.0;
    Some(if is_told {
        Found::new(format!("{what}, and the account's quota is {most}")).remedied(format!(
            "raise the quota {name} of Elastic Load Balancing, or take some out"
        ))
    } else {
        let message = format!("{what}, and AWS gives {most} to an account that asked for no more");
        Found::new(message).of(Severity::Warn).remedied(format!(
            "see that the quota {name} is higher, or allow sixshift's role elasticloadbalancing:DescribeAccountLimits"
        ))
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
