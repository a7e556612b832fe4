//! The IPv4 side stays as strong as it is until 100 % was held for the whole bake, and there until it was cold for as long
//! as is written and a person approved.

use jiff::Timestamp;
use sixshift_controller::command::Verb;
use sixshift_core::facts::Gate;
use sixshift_sim::services::Service;

use super::holds_are_whole::Held;
use super::{Found, is_raced};
use crate::case::Case;
use crate::log::{By, Log, Ordered, Write};
use crate::plan::NEAR;
use crate::world::NAME;

pub(super) fn judge(case: &Case, log: &Log) -> Found {
    let mut found = Found::new();
    let mut emptied: Option<Timestamp> = None;
    let mut groups = log
        .before
        .0
        .keys()
        .filter_map(|key| key.strip_prefix("group "));
    let named = format!("/{NAME}/");
    let group = groups.find(|arn| arn.contains(&named)).unwrap_or_default();
    for write in &log.writes {
        let (is, to) = (write.found.ipv4.desired, shrunk_to(write));
        if let Some(to) = to.filter(|to| *to < is) {
            if is_edit_undone(log, emptied, write.at) && !case.plan.corrects {
                let text = format!("from {is} tasks to {to}, after somebody had scaled it up");
                found.push((write.at, "a hand's scaling was undone", text));
            }
            found.extend(baked(case, log, write));
            emptied = emptied.or(Some(write.at));
        }
        if grows(write) || has_all(write) {
            emptied = None;
        }
        if deletes(write, group) {
            found.extend(retired(case, log, emptied, write));
        }
    }
    found
}

fn names_ipv4(write: &Write) -> bool {
    write.input.get("service").as_str() == Some(NAME)
}

fn shrunk_to(write: &Write) -> Option<i64> {
    let scales = write.service == Service::Ecs && write.op == "UpdateService" && names_ipv4(write);
    scales
        .then(|| write.input.get("desiredCount").as_i64())
        .flatten()
}

fn grows(write: &Write) -> bool {
    shrunk_to(write).is_some_and(|to| to > write.found.ipv4.desired)
}

/// All traffic is back on it, whoever gave it its tasks: it is not cold any more.
fn has_all(write: &Write) -> bool {
    let shares = write.found.shares();
    !shares.is_empty() && shares.iter().all(|share| *share <= NEAR)
}

fn deletes(write: &Write, group: &str) -> bool {
    match write.op.as_str() {
        "DeleteService" => names_ipv4(write),
        "DeleteTargetGroup" => write.input.get("TargetGroupArn").as_str() == Some(group),
        _ => false,
    }
}

/// Whether somebody scaled it up since it was emptied.
fn is_edit_undone(log: &Log, emptied: Option<Timestamp>, at: Timestamp) -> bool {
    let key = format!("service {NAME}");
    let edited = log.edited.get(&key).filter(|edit| **edit <= at);
    emptied
        .zip(edited)
        .is_some_and(|(emptied, edit)| *edit > emptied)
}

fn baked(case: &Case, log: &Log, write: &Write) -> Found {
    let mut held = Held::new();
    held.share = 1.0;
    for change in log.changes.iter().filter(|c| c.at < write.at) {
        held.changed(change.at, By::Others, &change.routes);
    }
    if is_raced(case, log, write.at) {
        return Found::new();
    }
    let Some(since) = held.since else {
        let shares = write.found.shares();
        let text = format!("IPv4 shrinks while IPv6 has {shares:?} of its routes");
        return vec![(write.at, "shrunk before 100 %", text)];
    };
    let lasted = write.at.duration_since(since);
    if lasted >= case.plan.bake {
        return Found::new();
    }
    let text = format!("100 % was held for {lasted:#} of {:#}", case.plan.bake);
    vec![(write.at, "a bake was cut short", text)]
}

fn retired(case: &Case, log: &Log, emptied: Option<Timestamp>, write: &Write) -> Found {
    let mut found = Found::new();
    let shares = write.found.shares();
    if shares.iter().any(|share| *share < 1.0 - NEAR) {
        let text = format!("{} while IPv6 has {shares:?} of its routes", write.op);
        found.push((write.at, "deleted before 100 %", text));
    }
    let cold = emptied.map(|since| write.at.duration_since(since));
    if cold.is_some_and(|cold| cold < case.plan.keep_cold) {
        let text = format!("it was cold for {cold:?} of {:#}", case.plan.keep_cold);
        found.push((write.at, "deleted before it was cold for long enough", text));
    }
    let approves = |o: &&Ordered| {
        o.at <= write.at && o.verb == Verb::Approve && matches!(o.gate, Some(Gate::Retire) | None)
    };
    if case.plan.asks_to_retire && log.orders.iter().filter(approves).count() == 0 {
        found.push((write.at, "deleted without approval", write.op.clone()));
    }
    found
}
