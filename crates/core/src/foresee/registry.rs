//! What the next look shows of a registry that is made for the twin.
//!
//! What must not be here: who asks for its name.

use super::{change::Change, effects::NEW};
use crate::{
    action::NewRegistry,
    names::tag,
    observation::{Known, Observation, Registry, RegistryRecord},
    share::Share,
};

/// It is there, and has nobody yet.
pub(super) fn create(seen: &mut Observation, new: &NewRegistry) {
    let Known::Seen(both) = &mut seen.registries else {
        return;
    };
    let base = new.from.rsplit_once('/').map_or("", |(base, _)| base);
    both.ipv6 = Known::Seen(Registry {
        arn: format!("{base}/{NEW}"),
        name: new.name.clone(),
        namespace: new.namespace.clone(),
        records: new.records.clone(),
        routing: new.routing.clone(),
        custom_health: new.custom_health,
        route53_health: false,
        owner: both.ipv4.owner.clone(),
        instances: 0,
    });
}

/// What is new.
pub(super) fn changes(seen: &Observation, new: &NewRegistry) -> Vec<Change> {
    let of = seen.registries.seen().map(|both| &both.ipv4);
    vec![
        Change::new("name", of.map(|r| r.name.clone()), Some(new.name.clone())),
        Change::new(
            "records",
            of.map(|r| listed(&r.records)),
            Some(listed(&new.records)),
        ),
    ]
}

/// The records of a registry, or that it keeps none.
pub(super) fn listed(records: &[RegistryRecord]) -> String {
    if records.is_empty() {
        return "asked by the API alone".to_owned();
    }
    let each = records
        .iter()
        .map(|r| format!("{} for {} s", r.kind, r.ttl));
    each.collect::<Vec<_>>().join(", ")
}

/// Where consumers can be: by the note while both sides have tasks.
pub(super) fn share(seen: &Observation) -> Share {
    let has =
        |known: &Known<crate::observation::Service>| known.seen().is_some_and(|s| s.desired > 0);
    let noted = seen.twin.seen().and_then(|t| t.tags.get(tag::SHARE));
    let is_offered = noted.is_some_and(|note| !note.starts_with('0'));
    match (has(&seen.ipv4), has(&seen.twin)) {
        (_, false) => Share::NONE,
        (false, true) => Share::ALL,
        (true, true) if is_offered => Share::NAMED,
        (true, true) => Share::NONE,
    }
}
