//! The daemon changes what it made, the forward of the service's routes, and the service's size: all else stays equal to the
//! byte.

use sixshift_sim::Value;
use sixshift_sim::world::elb::forwarded;

use super::Found;
use crate::case::Case;
use crate::log::{Log, Write};
use crate::sides::twin_name;
use crate::world::{NAME, NEIGHBOUR, resource};

pub(super) fn judge(_: &Case, log: &Log) -> Found {
    let group_of = |name: &str| {
        let all = log
            .before
            .0
            .keys()
            .filter_map(|key| key.strip_prefix("group "));
        let named = format!("targetgroup/{name}/");
        let found = all.map(str::to_owned).find(|arn| arn.contains(&named));
        found.unwrap_or_default()
    };
    let own = group_of(NAME);
    let neighbour = group_of(NEIGHBOUR);
    let mut found = Found::new();
    for write in &log.writes {
        for (key, was, is) in write.before.against(&write.after) {
            let (kind, name) = key.split_once(' ').unwrap_or((key, ""));
            let fault = match kind {
                "rule" => route(was, is, &neighbour),
                "service" => service(name, was, is),
                "group" if name == own => is.is_some().then_some("the IPv4 group changed"),
                "group" if is_twins(write, name) => None,
                "scaling" => scaling(name, was, is),
                "policy" | "schedule" => of_scaling(name, is),
                "family" if name.starts_with(&twin_name()) => None,
                _ => Some("something of others changed"),
            };
            if let Some(fault) = fault {
                found.push((write.at, fault, format!("{} changed {key}", write.op)));
            }
        }
    }
    found
}

fn is_twins(write: &Write, name: &str) -> bool {
    let group = write
        .after
        .of("group", name)
        .or(write.before.of("group", name));
    group.is_some_and(|g| g.get("spec").get("IpAddressType").as_str() == Some("ipv6"))
}

/// Of a route, only the forward's part of the two sides may change.
fn route(was: Option<&Value>, is: Option<&Value>, neighbour: &str) -> Option<&'static str> {
    let (Some(was), Some(is)) = (was, is) else {
        return Some("a route was made or deleted");
    };
    for key in ["priority", "conditions", "transforms", "tags"] {
        if was.get(key) != is.get(key) {
            return Some("a route's frame changed");
        }
    }
    if groups(was).iter().all(|(group, _)| group == neighbour) {
        return Some("another service's route changed");
    }
    let (a, b) = (share_of(was, neighbour), share_of(is, neighbour));
    // Weights are whole numbers: the part of a third one moves by a rounding.
    let same = (a.is_nan() && b.is_nan()) || (a - b).abs() < 0.01;
    (!same).then_some("the part of another service changed")
}

fn groups(route: &Value) -> Vec<(String, f64)> {
    forwarded(route.get("actions").items())
        .into_iter()
        .map(|(arn, weight)| (arn, weight as f64))
        .collect()
}

/// The part of a route that a group gets; not a number where it is in none.
fn share_of(route: &Value, group: &str) -> f64 {
    let groups = groups(route);
    let all: f64 = groups.iter().map(|(_, w)| w).sum();
    let of = groups.iter().find(|(arn, _)| arn == group);
    of.map_or(f64::NAN, |(_, weight)| weight / all)
}

/// Of the team's service, its size; notes of ours are suffered as long as they are there.
fn service(name: &str, was: Option<&Value>, is: Option<&Value>) -> Option<&'static str> {
    if name == twin_name() {
        return None;
    }
    if name != NAME {
        return Some("another service changed");
    }
    let (Some(was), Some(is)) = (was, is) else {
        // Whether it may be deleted yet is another oracle's.
        return is.is_some().then_some("a service was made");
    };
    if was.get("spec") != is.get("spec") {
        return Some("the team's service was redefined");
    }
    (was.get("tags") != is.get("tags")).then_some("the team's tags changed")
}

/// Of the team's scaling, what is suspended; it goes with the service.
fn scaling(name: &str, was: Option<&Value>, is: Option<&Value>) -> Option<&'static str> {
    if name == resource(&twin_name()) {
        return None;
    }
    if name != resource(NAME) {
        return Some("another service's scaling changed");
    }
    let (Some(was), Some(is)) = (was, is) else {
        return is
            .is_some()
            .then_some("scaling was made for the team's service");
    };
    let same = ["min", "max", "tags"]
        .iter()
        .all(|key| was.get(key) == is.get(key));
    (!same).then_some("the team's scaling changed")
}

fn of_scaling(name: &str, is: Option<&Value>) -> Option<&'static str> {
    let of = name.split(' ').next().unwrap_or_default();
    let goes = of == resource(NAME) && is.is_none();
    (of != resource(&twin_name()) && !goes).then_some("a policy or schedule of others changed")
}
