//! When customers first reach the twin, it has all that the original has: whatever is not named here is equal.

use sixshift_sim::Value;

use super::Found;
use crate::case::Case;
use crate::documents::Documents;
use crate::log::{Log, Write, shares};
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
    first.map(differences).unwrap_or_default()
}

fn raises_first(write: &Write, log: &Log) -> bool {
    let before = write.found.shares();
    let after = log.changes.iter().find(|c| c.at == write.at);
    let after = after.map(|c| shares(&c.routes)).unwrap_or_default();
    let none = |shares: &[f64]| shares.iter().all(|share| *share <= NEAR);
    none(&before) && !none(&after)
}

fn differences(write: &Write) -> Found {
    let docs = &write.after;
    let all = [service(docs), scaling(docs), group(docs)];
    let all = all.into_iter().flatten();
    all.map(|(kind, text)| (write.at, kind, text)).collect()
}

type Differs = Vec<(&'static str, String)>;

fn differs(kind: &'static str, what: &str, was: &Value, is: &Value) -> (&'static str, String) {
    (kind, format!("{what}: {was:?} became {is:?}"))
}

fn service(docs: &Documents) -> Differs {
    let mut found = Differs::new();
    let (was, is) = (docs.get("service", NAME), docs.get("service", &twin_name()));
    for key in keys(was.get("spec"), is.get("spec")) {
        let (a, b) = (was.get("spec").get(&key), is.get("spec").get(&key));
        if a != b && !MAY_DIFFER.contains(&key.as_str()) {
            found.push(differs("the twin's service differs", &key, a, b));
        }
    }
    let tags = was.get("tags").fields().iter();
    for (key, value) in tags.filter(|(key, _)| !key.starts_with("sixshift:")) {
        let has = is.get("tags").get(key);
        if has != value {
            found.push(differs("the twin lacks a tag", key, value, has));
        }
    }
    found
}

fn scaling(docs: &Documents) -> Differs {
    let mut found = Differs::new();
    let (ipv4, ipv6) = (resource(NAME), resource(&twin_name()));
    let (was, is) = (docs.get("scaling", &ipv4), docs.get("scaling", &ipv6));
    for key in ["min", "max"] {
        let (a, b) = (was.get(key), is.get(key));
        if a != b {
            found.push(differs("the twin's scaling differs", key, a, b));
        }
    }
    for kind in ["policy", "schedule"] {
        let names = |of: &str| {
            let prefix = format!("{kind} {of} ");
            let all = docs.0.keys().filter_map(|key| key.strip_prefix(&prefix));
            Value::list(all.collect::<Vec<_>>())
        };
        let (a, b) = (names(&ipv4), names(&ipv6));
        if a != b {
            found.push(differs("the twin lacks a policy or schedule", kind, &a, &b));
        }
    }
    found
}

fn group(docs: &Documents) -> Differs {
    let mut found = Differs::new();
    let named = |key: &str| key.starts_with("group ") && key.contains(&format!("/{NAME}"));
    let of_family = |ipv6: bool| {
        let mut all = docs.0.iter().filter(|(key, _)| named(key)).map(|(_, g)| g);
        all.find(|g| (g.get("spec").get("IpAddressType").as_str() == Some("ipv6")) == ipv6)
    };
    let Some((was, is)) = of_family(false).zip(of_family(true)) else {
        return found;
    };
    for part in ["spec", "attributes"] {
        for key in keys(was.get(part), is.get(part)) {
            let (a, b) = (was.get(part).get(&key), is.get(part).get(&key));
            if a != b && !["Name", "IpAddressType", "TargetGroupName"].contains(&key.as_str()) {
                found.push(differs("the twin's group differs", &key, a, b));
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
