//! What the next look shows of a twin that takes tasks from a shared queue, and of the notes on it.
//!
//! What must not be here: tasks that fail, which foresight never meets.

use std::collections::BTreeMap;

use super::{change::Change, resource::Resource};
use crate::{
    observation::{DerivedTask, Known, Observation},
    plan::Plan,
    share::Share,
};

/// Notes on the twin, where it is that service.
pub(super) fn tag(seen: &mut Observation, service: &str, tags: &BTreeMap<String, String>) {
    if let Known::Seen(twin) = &mut seen.twin
        && twin.arn == service
    {
        twin.tags.extend(tags.clone());
    }
}

/// Notes removed.
pub(super) fn untag(seen: &mut Observation, service: &str, keys: &[String]) {
    if let Known::Seen(twin) = &mut seen.twin
        && twin.arn == service
    {
        twin.tags.retain(|key, _| !keys.contains(key));
    }
}

/// ECS tells of the twin's tasks by their family, too.
pub(super) fn run(plan: &Plan, seen: &mut Observation) {
    let (true, Known::Seen(twin)) = (plan.has_lone_twin(), &seen.twin) else {
        return;
    };
    let tasks = seen.twin_tasks.seen().into_iter().flatten();
    let derived = tasks.map(|task| DerivedTask {
        task: task.clone(),
        started_by: String::new(),
        task_definition: twin.task_definition.clone(),
        created_at: task.started_at.unwrap_or(seen.at),
        health: "HEALTHY".to_owned(),
        of_service: true,
        failed: false,
        stopped_at: None,
    });
    seen.derived_tasks = Known::Seen(derived.collect());
}

/// The part of the tasks that are to be on IPv6.
pub(super) fn share(seen: &Observation) -> Share {
    let desired = |known: &Known<crate::observation::Service>| {
        known.seen().map_or(0.0, |s| f64::from(s.desired))
    };
    let (ipv4, ipv6) = (desired(&seen.ipv4), desired(&seen.twin));
    Share::of(ipv6, ipv4 + ipv6).unwrap_or(Share::NONE)
}

/// What a note on the twin changes.
pub(super) fn noted(seen: &Observation, tags: &BTreeMap<String, String>) -> Vec<Change> {
    let own = seen.twin.seen().map(|t| &t.tags);
    let each = tags.iter().map(|(key, value)| {
        let before = own.and_then(|own| own.get(key).cloned());
        Change::new(format!("tag {key}"), before, Some(value.clone()))
    });
    each.collect()
}

/// What forgetting does.
pub(super) fn forgotten(seen: &Observation, keys: &[String]) -> Vec<Change> {
    let own = seen.twin.seen().map(|t| &t.tags);
    let each = keys.iter().map(|key| {
        let before = own.and_then(|own| own.get(key).cloned());
        Change::new(format!("tag {key}"), before, None)
    });
    each.collect()
}

/// The twin, by its ARN.
pub(super) fn resource(arn: &str) -> Resource {
    let named = arn.rsplit(":service/").next().unwrap_or(arn);
    Resource {
        arn: super::resource::known(arn),
        ..Resource::named("service", named)
    }
}
