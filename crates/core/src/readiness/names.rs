//! Names of others: which a service asks, and whether they have IPv6 addresses.
//!
//! What belongs here: which names are worth a look-up, and what follows of one. What must not: the look-up, which whoever asks
//! the checks makes from where they are; AWS's own names ([`super::task::words`]).

use std::collections::BTreeSet;

use super::{
    check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving},
    task::{has_detour, named},
};
use crate::{
    observation::{Known, Observation, Why},
    plan::Plan,
    twin,
};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "DNS-007",
    name: "name-ipv4",
    category: Category::Dns,
    severity: Severity::Warn,
    holds: "Names in variables and commands have IPv6 addresses, as far as they can be looked up.",
    why: "Without DNS64 and NAT64 a task on IPv6 alone does not reach a name that has IPv4 addresses alone; with them it does so through \
          the NAT gateway. Names that exist only within the VPC or its private zones can't be looked up from elsewhere: those are told of \
          as not checked. Only `sixshift preflight` looks names up.",
    remedy: "give the name an IPv6 address, or let DNS64 and NAT64 lead to it; `sixshift deps` tells whether it is called at all",
    source: "Amazon VPC user guide, DNS64 and NAT64",
    waiving: Waiving::ByReason,
    run: found,
}];

/// The names whose addresses matter to a service's twin, for whoever can look them up: of registries, and of what variables and
/// commands name.
#[must_use]
pub fn names(plan: &Plan, seen: &Observation) -> BTreeSet<String> {
    let scene = Scene::new(plan, seen);
    let images = scene.definition().map(|d| d.images.as_slice());
    let pulls = images.unwrap_or_default().iter();
    let pulls = pulls.filter_map(|(_, image)| twin::pull(image));
    let hosts = pulls.flat_map(|pull| pull.hosts);
    let hosts = hosts.filter(|host| !is_address(host)).map(str::to_owned);
    let asked = named(&scene).unwrap_or_default().into_iter();
    hosts.chain(asked.map(|asked| asked.host)).collect()
}

fn is_address(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.parse::<std::net::IpAddr>().is_ok()
}

fn found(s: &Scene<'_>) -> Judged {
    let asked = named(s)?;
    if asked.is_empty() {
        return Err(Spared::NotHere);
    }
    let severity = if has_detour(s)? {
        Severity::Info
    } else {
        Severity::Warn
    };
    let of = |host: &str| s.seen.names.get(host);
    let lacks = asked
        .iter()
        .filter(|asked| of(&asked.host) == Some(&Known::Seen(false)));
    let found: Vec<Found> = lacks
        .map(|asked| {
            let (container, host, place) = (&asked.container, &asked.host, &asked.place);
            let message = format!("container {container} names {host} in its {place}");
            Found::new(message).of(severity)
        })
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let untold: BTreeSet<&str> = asked
        .iter()
        .map(|asked| asked.host.as_str())
        .filter(|host| !matches!(of(host), Some(Known::Seen(_))))
        .collect();
    if untold.is_empty() {
        return Ok(found);
    }
    let untold = Vec::from_iter(untold).join(", ");
    Err(Spared::Unknown(Why::new(format!(
        "nothing is known from here of the addresses of {untold}"
    ))))
}
