//! Requests that break the rules of ECS.

mod attachments;
mod definitions;
mod lattice;
mod on_fargate;
mod registrations;
mod registries;
mod rollouts;
mod runs;
mod services;

use super::{Case, each_refusal_is_shown};
use crate::services::Service;
use crate::wire::json::from_json;
use crate::world::World;
use jiff::Timestamp;
use serde_json::Value as Json;

#[test]
fn each_rule_of_ecs_refuses_what_breaks_it() {
    let all = [
        registrations::cases(),
        services::cases(),
        attachments::cases(),
        registries::cases(),
        lattice::cases(),
        runs::cases(),
    ];
    each_refusal_is_shown(Service::Ecs, all.into_iter().flatten().collect());
}

/// A region with nothing in it.
fn empty() -> World {
    World::new("eu-central-1", "123456789012", Timestamp::UNIX_EPOCH)
}

/// A document with a patch over it: maps are joined, `null` takes away, all else is put in place.
fn with(mut document: Json, patch: &Json) -> Json {
    join(&mut document, patch);
    document
}

fn join(document: &mut Json, patch: &Json) {
    let Json::Object(fields) = patch else {
        *document = patch.clone();
        return;
    };
    if !document.is_object() {
        *document = Json::Object(serde_json::Map::new());
    }
    let Some(into) = document.as_object_mut() else {
        return;
    };
    for (key, value) in fields {
        if value.is_null() {
            into.remove(key);
        } else {
            join(into.entry(key.clone()).or_insert(Json::Null), value);
        }
    }
}
