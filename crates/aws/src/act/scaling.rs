//! Bounds, policies and schedules of Application Auto Scaling.
//!
//! What belongs here: the writes. Policies and schedules are sent as they were read, members that are newer than the SDK
//! included. What must not: which bounds are right, and what a copy looks at (`sixshift_core::twin`).

use std::collections::BTreeMap;

use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace, SuspendedState};
use serde_json::Value;
use sixshift_core::{action::Bounds, observation::Suspended, twin::carried_tags};

use crate::{call, document::Sent, error::Error, observe::scaling, region::Clients};

pub(super) async fn set(
    clients: &Clients,
    resource: &str,
    bounds: Option<Bounds>,
    suspended: Suspended,
    tags_of: Option<&str>,
) -> Result<(), Error> {
    let tags = match tags_of {
        Some(arn) => carried_tags(&scaling::tags(clients, arn).await?),
        None => BTreeMap::new(),
    };
    let count = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let state = SuspendedState::builder()
        .dynamic_scaling_in_suspended(suspended.scale_in)
        .dynamic_scaling_out_suspended(suspended.scale_out)
        .scheduled_scaling_suspended(suspended.scheduled);
    let request = clients
        .scaling
        .register_scalable_target()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_id(resource)
        .set_min_capacity(bounds.map(|b| count(b.min)))
        .set_max_capacity(bounds.map(|b| count(b.max)))
        .suspended_state(state.build())
        .set_tags((!tags.is_empty()).then(|| tags.into_iter().collect()));
    clients
        .caller
        .once(&call::REGISTER_SCALABLE_TARGET, request.send())
        .await
        .map(drop)
}

pub(super) async fn copy_policy(
    clients: &Clients,
    to: &str,
    policy: &str,
    settings: &Value,
) -> Result<(), Error> {
    let document = document(to, "PolicyName", policy, settings);
    let request = clients
        .scaling
        .put_scaling_policy()
        .policy_name(policy)
        .service_namespace(ServiceNamespace::Ecs)
        .resource_id(to)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .customize()
        .interceptor(Sent::new(&document));
    clients
        .caller
        .once(&call::PUT_SCALING_POLICY, request.send())
        .await
        .map(drop)
}

pub(super) async fn copy_scheduled(
    clients: &Clients,
    to: &str,
    name: &str,
    settings: &Value,
) -> Result<(), Error> {
    let document = document(to, "ScheduledActionName", name, settings);
    let request = clients
        .scaling
        .put_scheduled_action()
        .scheduled_action_name(name)
        .service_namespace(ServiceNamespace::Ecs)
        .resource_id(to)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .customize()
        .interceptor(Sent::new(&document));
    clients
        .caller
        .once(&call::PUT_SCHEDULED_ACTION, request.send())
        .await
        .map(drop)
}

/// Settings as they were read, and whose they are to be.
fn document(to: &str, key: &str, name: &str, settings: &Value) -> Value {
    let mut members = settings.as_object().cloned().unwrap_or_default();
    let whose = [
        ("ServiceNamespace", "ecs"),
        ("ScalableDimension", "ecs:service:DesiredCount"),
        ("ResourceId", to),
        (key, name),
    ];
    members.extend(whose.map(|(k, v)| (k.to_owned(), Value::from(v))));
    Value::Object(members)
}

/// A policy that is not there is deleted.
pub(super) async fn delete_policy(clients: &Clients, of: &str, policy: &str) -> Result<(), Error> {
    let request = clients
        .scaling
        .delete_scaling_policy()
        .policy_name(policy)
        .service_namespace(ServiceNamespace::Ecs)
        .resource_id(of)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount);
    match clients
        .caller
        .once(&call::DELETE_SCALING_POLICY, request.send())
        .await
    {
        Err(error) if error.is_code(&["ObjectNotFoundException"]) => Ok(()),
        other => other.map(drop),
    }
}

/// A scheduled action that is not there is deleted.
pub(super) async fn delete_scheduled(clients: &Clients, of: &str, name: &str) -> Result<(), Error> {
    let request = clients
        .scaling
        .delete_scheduled_action()
        .scheduled_action_name(name)
        .service_namespace(ServiceNamespace::Ecs)
        .resource_id(of)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount);
    match clients
        .caller
        .once(&call::DELETE_SCHEDULED_ACTION, request.send())
        .await
    {
        Err(error) if error.is_code(&["ObjectNotFoundException"]) => Ok(()),
        other => other.map(drop),
    }
}

/// A scalable target that is not there is deleted.
pub(super) async fn delete(clients: &Clients, resource: &str) -> Result<(), Error> {
    let request = clients
        .scaling
        .deregister_scalable_target()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_id(resource);
    match clients
        .caller
        .once(&call::DEREGISTER_SCALABLE_TARGET, request.send())
        .await
    {
        Err(error) if error.is_code(&["ObjectNotFoundException"]) => Ok(()),
        other => other.map(drop),
    }
}
