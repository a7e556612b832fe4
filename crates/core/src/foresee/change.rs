//! What an action changes of what was seen, line by line.
//!
//! What belongs here: before and after, as people read them. What must not: the call's own parameters, as AWS spells them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::resource::group_name;
use crate::{
    action::{Action, NewTwin, Side},
    observation::{Few, Forward, Observation, Pair, Scaling, ScalingPart, Service, TargetGroup},
    share::Share,
};

/// A line of a difference: without `before` it is new, without `after` it is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What of the resource.
    pub what: String,
    /// As it is.
    pub before: Option<String>,
    /// As it will be.
    pub after: Option<String>,
}

impl Change {
    pub(super) fn new(
        what: impl Into<String>,
        before: Option<String>,
        after: Option<String>,
    ) -> Self {
        Self {
            what: what.into(),
            before,
            after,
        }
    }

    /// What an action would change.
    #[must_use]
    pub fn of(action: &Action, seen: &Observation) -> Vec<Self> {
        let mut changes = each(action, seen);
        changes.retain(|c| c.before != c.after);
        changes
    }
}

fn each(action: &Action, seen: &Observation) -> Vec<Change> {
    match action {
        Action::CreateTargetGroup { from, tags, .. } => {
            let from = ("made from", group_name(from).to_owned());
            let family = ("addresses", "ipv6".to_owned());
            let mut changes = made([from, family]);
            changes.extend(tagged(&Few::default(), tags));
            changes
        }
        Action::CopyAttributes {
            target_group,
            attributes,
        } => {
            let own = group(seen, target_group).map(|g| &g.attributes);
            let before = |key| own.and_then(|own| own.get(key).cloned());
            let each = attributes.iter();
            each.map(|(key, value)| Change::new(key, before(key), Some(value.clone())))
                .collect()
        }
        Action::TagTargetGroup {
            target_group, tags, ..
        } => {
            let own = group(seen, target_group).map(|g| g.tags.clone());
            tagged(&own.unwrap_or_default(), tags)
        }
        Action::UntagTargetGroup { target_group, keys } => {
            let own = group(seen, target_group).map(|g| &g.tags);
            let of = |key: &String| own.and_then(|own| own.get(key).cloned());
            let each = keys.iter();
            each.map(|key| Change::new(format!("tag {key}"), of(key), None))
                .collect()
        }
        Action::SetForward { route, forward, .. } => {
            let routes = seen.routes.seen().into_iter().flatten();
            let now = routes.into_iter().find(|r| r.id == *route);
            let before = now.map(|r| &r.forward);
            vec![
                Change::new("forward", before.map(told), Some(told(forward))),
                Change::new("stickiness", before.and_then(sticky), sticky(forward)),
            ]
        }
        Action::DeleteTargetGroup { target_group } => {
            gone("target group", group_name(target_group).to_owned())
        }
        Action::RegisterTaskDefinition {
            from,
            family,
            images,
            env,
            ..
        } => definition(seen, from, family, images, env),
        Action::CreateRegistry(new) => super::registry::changes(seen, new),
        Action::CreateService(new) => service(seen, new),
        Action::RollTwin {
            task_definition,
            subnets,
            security_groups,
            force,
            ..
        } => {
            let twin = seen.twin.seen();
            let of = |read: fn(&Service) -> String| twin.map(read);
            let mut changes = vec![
                Change::new(
                    "task definition",
                    of(|t| definition_name(&t.task_definition)),
                    Some(definition_name(task_definition)),
                ),
                Change::new("subnets", of(|t| listed(&t.subnets)), Some(listed(subnets))),
                Change::new(
                    "security groups",
                    of(|t| listed(&t.security_groups)),
                    Some(listed(security_groups)),
                ),
            ];
            if *force {
                changes.extend(made([("deployment", "a new one of the same".to_owned())]));
            }
            changes
        }
        Action::CopyDeployment { settings, .. } => {
            let own = seen.twin.seen().map_or(&Value::Null, |t| &*t.deployment);
            members("", own, settings)
        }
        Action::ScaleService { side, desired, .. } => {
            let now = of_side(seen, *side).map(|s| s.desired.to_string());
            vec![Change::new("tasks", now, Some(desired.to_string()))]
        }
        Action::DeleteService { service, .. } => gone("service", service.clone()),
        Action::SetScaling {
            side,
            bounds,
            suspended,
            ..
        } => {
            let scaling = match side {
                Side::Ipv4 => seen.ipv4_scaling.seen(),
                Side::Ipv6 => seen.twin_scaling.seen(),
            };
            let own = |s: &Scaling| format!("{}–{}", s.min, s.max);
            let own = scaling.map(own);
            let bounds = bounds.map(|b| format!("{}–{}", b.min, b.max));
            vec![
                Change::new("tasks", own.clone(), bounds.or(own)),
                Change::new(
                    "suspended",
                    scaling.map(|s| s.suspended.to_string()),
                    Some(suspended.to_string()),
                ),
            ]
        }
        Action::CopyPolicy {
            policy, settings, ..
        } => {
            let parts = seen.twin_scaling.seen().map(|s| &s.policies);
            members("", &part(parts, policy), settings)
        }
        Action::CopyScheduled { name, settings, .. } => {
            let parts = seen.twin_scaling.seen().map(|s| &s.scheduled);
            members("", &part(parts, name), settings)
        }
        Action::DeletePolicy { policy, .. } => gone("scaling policy", policy.clone()),
        Action::DeleteScheduled { name, .. } => gone("scheduled action", name.clone()),
        Action::TagTwin { tags, .. } => super::tasks::noted(seen, tags),
        Action::UntagTwin { keys, .. } => super::tasks::forgotten(seen, keys),
        Action::MakeProbeRule(rule) => super::probe::changes(rule),
        Action::DropProbeRule { priority, .. } => gone("rule", priority.to_string()),
        Action::InPlace(act) => super::in_place::changes(act, seen),
        Action::DeleteScaling { resource } => gone("scalable target", resource.clone()),
    }
}

pub(super) fn made<const N: usize>(each: [(&str, String); N]) -> Vec<Change> {
    let each = each.into_iter();
    each.map(|(what, after)| Change::new(what, None, Some(after)))
        .collect()
}

fn gone(what: &str, name: String) -> Vec<Change> {
    vec![Change::new(what, Some(name), None)]
}

fn tagged(own: &Few<String, String>, tags: &BTreeMap<String, String>) -> Vec<Change> {
    let each = tags.iter();
    each.map(|(key, value)| {
        Change::new(
            format!("tag {key}"),
            own.get(key).cloned(),
            Some(value.clone()),
        )
    })
    .collect()
}

fn group<'a>(seen: &'a Observation, arn: &str) -> Option<&'a TargetGroup> {
    let pairs = seen.pairs.seen().into_iter().flatten();
    let mut groups = pairs.flat_map(|Pair { ipv4, ipv6, .. }| [ipv4.seen(), ipv6.seen()]);
    groups.find_map(|group| group.filter(|g| g.arn == arn))
}

fn of_side(seen: &Observation, side: Side) -> Option<&Service> {
    match side {
        Side::Ipv4 => seen.ipv4.seen(),
        Side::Ipv6 => seen.twin.seen(),
    }
}

/// `shop 99 %, shop-v6 1 %`.
pub(super) fn told(forward: &Forward) -> String {
    let all: u32 = forward.groups.iter().map(|g| u32::from(g.weight)).sum();
    let each = forward.groups.iter().map(|g| {
        let part = Share::of(f64::from(g.weight), f64::from(all));
        let part = part.unwrap_or(Share::NONE);
        format!("{} {part}", group_name(&g.arn))
    });
    each.collect::<Vec<_>>().join(", ")
}

fn sticky(forward: &Forward) -> Option<String> {
    forward.stickiness.map(|seconds| format!("{seconds} s"))
}

fn definition(
    seen: &Observation,
    from: &str,
    family: &str,
    images: &BTreeMap<String, String>,
    env: &BTreeMap<String, BTreeMap<String, String>>,
) -> Vec<Change> {
    let source = seen.ipv4_task_definition.seen();
    let mut changes = vec![Change::new(
        "family",
        Some(definition_name(from)),
        Some(family.to_owned()),
    )];
    for (container, image) in images {
        let own = source.and_then(|s| s.images.iter().find(|(name, _)| name == container));
        changes.push(Change::new(
            format!("image of {container}"),
            own.map(|(_, image)| image.clone()),
            Some(image.clone()),
        ));
    }
    for (container, variables) in env {
        for (key, value) in variables {
            // What it had before is not read: a variable may be a secret.
            let what = format!("environment of {container}");
            changes.push(Change::new(what, None, Some(format!("{key}={value}"))));
        }
    }
    changes
}

fn service(seen: &Observation, new: &NewTwin) -> Vec<Change> {
    let live = seen.ipv4.seen();
    let of = |read: fn(&Service) -> String| live.map(read);
    let groups = |arns: Vec<&String>| {
        let names = arns.into_iter().map(|arn| group_name(arn).to_owned());
        listed(&names.collect::<Vec<_>>())
    };
    vec![
        Change::new("name", of(|s| s.name.clone()), Some(new.name.clone())),
        Change::new(
            "task definition",
            of(|s| definition_name(&s.task_definition)),
            Some(definition_name(&new.task_definition)),
        ),
        Change::new(
            "subnets",
            of(|s| listed(&s.subnets)),
            Some(listed(&new.subnets)),
        ),
        Change::new(
            "security groups",
            of(|s| listed(&s.security_groups)),
            Some(listed(&new.security_groups)),
        ),
        Change::new(
            "target groups",
            Some(groups(new.target_groups.keys().collect())),
            Some(groups(new.target_groups.values().collect())),
        ),
        Change::new(
            "tasks",
            of(|s| s.desired.to_string()),
            Some(new.desired.to_string()),
        ),
        Change::new(
            "public IPv4 address",
            of(|s| if s.public_ip { "yes" } else { "no" }.to_owned()),
            Some("no".to_owned()),
        ),
    ]
}

fn part(parts: Option<&Vec<ScalingPart>>, name: &str) -> Value {
    let mut parts = parts.into_iter().flatten();
    let part = parts.find(|p| p.name == name);
    part.map_or(Value::Null, |p| p.settings.read())
}

/// The members in which two documents differ, by their paths.
fn members(path: &str, before: &Value, after: &Value) -> Vec<Change> {
    match (before, after) {
        (Value::Object(_) | Value::Null, Value::Object(new)) => {
            let below = |key: &str| match path {
                "" => key.to_owned(),
                path => format!("{path}.{key}"),
            };
            let old = before.as_object();
            let mut keys: Vec<&String> = new.keys().collect();
            keys.extend(old.into_iter().flat_map(|o| o.keys()));
            keys.sort();
            keys.dedup();
            let each = keys.into_iter();
            each.flat_map(|key| {
                let (was, is) = (&before[key.as_str()], &after[key.as_str()]);
                members(&below(key), was, is)
            })
            .collect()
        }
        _ => {
            let text = |value: &Value| match value {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
            vec![Change::new(path, text(before), text(after))]
        }
    }
}

/// `checkout:7` of a task definition's ARN.
pub(super) fn definition_name(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or(arn).to_owned()
}

pub(super) fn listed(items: &[String]) -> String {
    items.join(", ")
}
