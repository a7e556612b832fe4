//! Bounds, policies and schedules of Application Auto Scaling.
//!
//! What belongs here: the writes. Policies and schedules are sent as they were read, members that are newer than the SDK
//! included. What must not: which bounds are right, and what a copy looks at (`sixshift_core::twin`).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sixshift_core::{action::Bounds, observation::Suspended, twin::carried_tags};

use crate::{
    call::{self, Operation},
    error::Error,
    observe::scaling::{self, ACTION, POLICY},
    region::Clients,
    scaling::of_service,
};

pub(super) async fn set(
    clients: &Clients,
    resource: &str,
    bounds: Option<Bounds>,
    suspended: Suspended,
    tags_of: Option<&str>,
) -> Result<(), Error> {
    let tags = match tags_of {
        Some(arn) => carried_tags(&scaling::tags(clients, arn).await?.into()),
        None => BTreeMap::new(),
    };
    let mut target = of_service(resource);
    if let Some(Bounds { min, max }) = bounds {
        target.insert("MinCapacity".to_owned(), min.into());
        target.insert("MaxCapacity".to_owned(), max.into());
    }
    let suspended = json!({
        "DynamicScalingInSuspended": suspended.scale_in,
        "DynamicScalingOutSuspended": suspended.scale_out,
        "ScheduledScalingSuspended": suspended.scheduled,
    });
    target.insert("SuspendedState".to_owned(), suspended);
    if !tags.is_empty() {
        target.insert("Tags".to_owned(), json!(tags));
    }
    write(clients, &call::REGISTER_SCALABLE_TARGET, target).await
}

pub(super) async fn copy_policy(
    clients: &Clients,
    to: &str,
    policy: &str,
    settings: &Value,
) -> Result<(), Error> {
    let document = document(to, POLICY, policy, settings);
    write(clients, &call::PUT_SCALING_POLICY, document).await
}

pub(super) async fn copy_scheduled(
    clients: &Clients,
    to: &str,
    name: &str,
    settings: &Value,
) -> Result<(), Error> {
    let document = document(to, ACTION, name, settings);
    write(clients, &call::PUT_SCHEDULED_ACTION, document).await
}

/// Settings as they were read, and whose they are to be.
fn document(to: &str, key: &str, name: &str, settings: &Value) -> Map<String, Value> {
    let mut members = settings.as_object().cloned().unwrap_or_default();
    members.extend(of_service(to));
    members.insert(key.to_owned(), name.into());
    members
}

/// A policy that is not there is deleted.
pub(super) async fn delete_policy(clients: &Clients, of: &str, policy: &str) -> Result<(), Error> {
    let named = document(of, POLICY, policy, &Value::Null);
    no_more(clients, &call::DELETE_SCALING_POLICY, named).await
}

/// A scheduled action that is not there is deleted.
pub(super) async fn delete_scheduled(clients: &Clients, of: &str, name: &str) -> Result<(), Error> {
    let named = document(of, ACTION, name, &Value::Null);
    no_more(clients, &call::DELETE_SCHEDULED_ACTION, named).await
}

/// A scalable target that is not there is deleted.
pub(super) async fn delete(clients: &Clients, resource: &str) -> Result<(), Error> {
    let named = of_service(resource);
    no_more(clients, &call::DEREGISTER_SCALABLE_TARGET, named).await
}

async fn no_more(
    clients: &Clients,
    operation: &'static Operation,
    named: Map<String, Value>,
) -> Result<(), Error> {
    match write(clients, operation, named).await {
        Err(error) if error.is_code(&["ObjectNotFoundException"]) => Ok(()),
        other => other,
    }
}

async fn write(
    clients: &Clients,
    operation: &'static Operation,
    document: Map<String, Value>,
) -> Result<(), Error> {
    let request = clients.scaling.send(operation, document);
    let written = clients.caller.once(operation, request).await;
    written.map(drop)
}
