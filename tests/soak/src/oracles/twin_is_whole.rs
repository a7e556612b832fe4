//! When customers first reach the twin, it has all that the original has: whatever is not named here is equal.

use sixshift_sim::Value;

use super::Found;
use crate::case::Case;
use crate::log::{Log, Write};
use crate::plan::NEAR;
use crate::sides::twin_name;
use crate::world::{NAME, resource};

/// What of a service's definition names the twin where it named the service, or is the plan's, or one's own.
const MAY_DIFFER: [&str; 8] = [
    "serviceName",
    "cluster",
    "taskDefinition",
    "loadBalancers",
    "networkConfiguration",
    "clientToken",
    "availabilityZoneRebalancing",
    "platformVersion",
];

pub(super) fn judge(case: &Case, log: &Log) -> Found {
    // Whoever edits either side makes them differ.
    if case.story.has_edits() {
        return Found::new();
    }
    let first = log.writes.iter().find(|w| raises_first(w, log));
    first.map(|write| differences(write)).unwrap_or_default()
}

fn raises_first(write: &Write, log: &Log) -> bool {
    let before = write.found.shares();
    let after = log.changes.iter().find(|c| c.at == write.at);
    let after = after
        .map(|c| crate::log::shares(&c.routes))
        .unwrap_or_default();
    let none = |shares: &[f64]| shares.iter().all(|share| *share <= NEAR);
    none(&before) && !none(&after)
}

fn differences(write: &Write) -> Found {
    let mut found = Found::new();
    let mut differ = |kind: &'static str, what: &str, was: &Value, is: &Value| {
        found.push((write.at, kind, format!("{what}: {was:?} became {is:?}")));
    };
    let docs = &write.after;
    let none = Value::Null;
    let of = |kind: &str, name: &str| docs.of(kind, name).cloned().unwrap_or_default();
    let (was, is) = (of("service", NAME), of("service", &twin_name()));
    for key in keys(was.get("spec"), is.get("spec")) {
        let (a, b) = (was.get("spec").get(&key), is.get("spec").get(&key));
        if a != b && !MAY_DIFFER.contains(&key.as_str()) {
            differ("the twin's service differs", &key, a, b);
        }
    }
    for (key, value) in was.get("tags").fields() {
        if !key.starts_with("sixshift:") && is.get("tags").get(key) != value {
            differ("the twin lacks a tag", key, value, is.get("tags").get(key));
        }
    }
    let (ipv4, ipv6) = (
        of("scaling", &resource(NAME)),
        of("scaling", &resource(&twin_name())),
    );
    for key in ["min", "max"] {
        if ipv4.get(key) != ipv6.get(key) {
            differ(
                "the twin's scaling differs",
                key,
                ipv4.get(key),
                ipv6.get(key),
            );
        }
    }
    for kind in ["policy", "schedule"] {
        let names = |of: &str| -> Vec<String> {
            let prefix = format!("{kind} {} ", resource(of));
            let all = docs.0.keys().filter_map(|key| key.strip_prefix(&prefix));
            all.map(str::to_owned).collect()
        };
        if names(NAME) != names(&twin_name()) {
            differ("the twin lacks a policy or schedule", kind, &none, &none);
        }
    }
    let groups = docs
        .0
        .iter()
        .filter(|(key, _)| key.starts_with("group ") && key.contains(&format!("/{NAME}")));
    let groups: Vec<&Value> = groups.map(|(_, group)| group).collect();
    let family = |group: &&&Value| group.get("spec").get("IpAddressType").as_str() == Some("ipv6");
    let (ipv6, ipv4) = (
        groups.iter().find(|g| family(g)),
        groups.iter().find(|g| !family(g)),
    );
    if let Some((was, is)) = ipv4.zip(ipv6) {
        for part in ["spec", "attributes"] {
            for key in keys(was.get(part), is.get(part)) {
                let (a, b) = (was.get(part).get(&key), is.get(part).get(&key));
                if a != b && !["Name", "IpAddressType", "TargetGroupName"].contains(&key.as_str()) {
                    differ("the twin's group differs", &key, a, b);
                }
            }
        }
    }
    found
}

fn keys(a: &Value, b: &Value) -> Vec<String> {
    let mut keys: Vec<String> = a
        .fields()
        .iter()
        .chain(b.fields())
        .map(|(key, _)| key.clone())
        .collect();
    keys.sort();
    keys.dedup();
    keys
}
