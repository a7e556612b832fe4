//! Traffic goes back to IPv4 only where IPv4 can take it; and once all is rolled back, everything reads as the team had it.

use sixshift_core::status::Phase;
use sixshift_sim::Value;
use sixshift_sim::world::elb::forwarded;

use super::{Found, is_raced};
use crate::case::Case;
use crate::log::{By, Log, Routes, Write, shares};
use crate::plan::NEAR;
use crate::world::{NAME, resource};

pub(super) fn judge(case: &Case, log: &Log) -> Found {
    let mut found = returns(case, log);
    let rolled_back = log
        .told
        .as_ref()
        .is_some_and(|s| s.phase == Phase::RolledBack);
    if log.settled && rolled_back && !case.story.loses_its_notes() {
        found.extend(restored(case, log));
    }
    found
}

/// Three quarters of IPv4's tasks are its strength: one of them may always be starting.
///
/// A write that gives more to IPv4 finds it able to take that, unless IPv6 serves nobody anyway.
fn returns(case: &Case, log: &Log) -> Found {
    let mut found = Found::new();
    for (write, after) in log.writes.iter().zip(routes_after(log)) {
        let (ipv4, ipv6) = (&write.found.ipv4, &write.found.ipv6);
        if is_return(write, after) && ipv6.healthy > 0 && !is_raced(case, log, write.at) {
            if ipv4.healthy == 0 {
                let text = "IPv6 had healthy targets, IPv4 none".to_owned();
                found.push((write.at, "traffic returned to nobody", text));
            } else if (ipv4.healthy as i64) * 4 < ipv4.desired.min(case.team.tasks) * 3
                && case.story.is_calm()
            {
                let text = format!("{} of {} tasks are healthy", ipv4.healthy, ipv4.desired);
                found.push((
                    write.at,
                    "traffic returned before IPv4 was at strength",
                    text,
                ));
            }
        }
    }
    found
}

/// How the routes were after each write.
fn routes_after(log: &Log) -> impl Iterator<Item = &Routes> {
    log.changes
        .iter()
        .filter(|c| c.by == By::Daemon)
        .map(|c| &c.routes)
}

fn is_return(write: &Write, after: &Routes) -> bool {
    if !matches!(write.op.as_str(), "ModifyRule" | "ModifyListener") {
        return false;
    }
    let sum = |shares: Vec<f64>| shares.iter().sum::<f64>();
    sum(write.found.shares()) > sum(shares(after)) + NEAR
}

/// The team's documents are as before, but for our group at weight 0 and what others changed.
fn restored(case: &Case, log: &Log) -> Found {
    let mut found = Found::new();
    let at = log.samples.last().map(|s| s.at).unwrap_or_default();
    for (key, was, is) in log.before.against(&log.after) {
        let ours = key.contains(&format!("{NAME}-ipv6")) || was.is_none();
        if ours || log.edited.contains_key(key) {
            continue;
        }
        let (Some(was), Some(is)) = (was, is) else {
            found.push((at, "something of the team's is gone", key.to_owned()));
            continue;
        };
        let fault = if key.starts_with("rule ") {
            route(was, is)
        } else if key == format!("service {NAME}") {
            service(case, was, is)
        } else if key == format!("scaling {}", resource(NAME)) {
            scaling(was, is)
        } else {
            Some("something of the team's is not as it was")
        };
        found.extend(fault.map(|fault| (at, fault, format!("{key}: {was:?} became {is:?}"))));
    }
    if shares_left(log) {
        found.push((
            at,
            "traffic is left on IPv6",
            "rolled back, with weight on IPv6".to_owned(),
        ));
    }
    found
}

fn shares_left(log: &Log) -> bool {
    let last = log.samples.last();
    last.is_some_and(|s| s.world.shares().iter().any(|share| *share > NEAR))
}

fn route(was: &Value, is: &Value) -> Option<&'static str> {
    let same = ["priority", "conditions", "transforms", "tags"];
    if same.iter().any(|key| was.get(key) != is.get(key)) {
        return Some("a route's frame is not as it was");
    }
    let sticky = |route: &Value| {
        let actions = route.get("actions").items().iter();
        let config = actions.map(|a| {
            a.get("ForwardConfig")
                .get("TargetGroupStickinessConfig")
                .clone()
        });
        config
            .filter(|c| c.get("Enabled").as_bool() == Some(true))
            .collect::<Vec<_>>()
    };
    let parts = |route: &Value| {
        let groups = forwarded(route.get("actions").items());
        let all: i64 = groups.iter().map(|(_, w)| *w).sum();
        let led = groups.into_iter().filter(|(_, w)| *w > 0);
        let mut parts: Vec<_> = led.map(|(arn, w)| (arn, w * 1000 / all.max(1))).collect();
        parts.sort();
        parts
    };
    if parts(was) != parts(is) {
        return Some("a route's weights are not as they were");
    }
    (sticky(was) != sticky(is)).then_some("a route's stickiness is not as it was")
}

fn service(case: &Case, was: &Value, is: &Value) -> Option<&'static str> {
    if was.get("tags") != is.get("tags") {
        return Some("notes are left on the team's service");
    }
    let desired = is.get("desired").as_i64().unwrap_or(0);
    // A service that scales by itself has any size within its bounds.
    let fits = if case.team.scales {
        desired >= case.team.tasks
    } else {
        Some(desired) == was.get("desired").as_i64()
    };
    if !fits {
        return Some("the service's size is not as it was");
    }
    (was.get("spec") != is.get("spec")).then_some("the team's service is defined otherwise")
}

fn scaling(was: &Value, is: &Value) -> Option<&'static str> {
    let suspended = ["in", "out", "scheduled"];
    if suspended.iter().any(|key| was.get(key) != is.get(key)) {
        return Some("scaling is left suspended");
    }
    let bounds = ["min", "max", "tags"];
    bounds
        .iter()
        .any(|key| was.get(key) != is.get(key))
        .then_some("the scaling's bounds are not as they were")
}
