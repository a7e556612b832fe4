//! Changes of ECS services that need no copying.
//!
//! What belongs here: UpdateService, DeleteService, and tags, for which no SDK crate is asked. What must not: documents that go from one service to another
//! ([`super::twin_service`]).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    call::{self, Operation},
    error::Error,
    region::Clients,
};

pub(super) async fn scale(
    clients: &Clients,
    cluster: &str,
    service: &str,
    desired: u32,
) -> Result<(), Error> {
    let desired = i32::try_from(desired).unwrap_or(i32::MAX);
    let request = clients
        .ecs
        .update_service()
        .cluster(cluster)
        .service(service)
        .desired_count(desired);
    clients
        .caller
        .once(&call::UPDATE_SERVICE, request.send())
        .await
        .map(drop)
}

/// A service that is not there, or no longer active, is deleted.
pub(super) async fn delete(clients: &Clients, cluster: &str, service: &str) -> Result<(), Error> {
    let request = clients
        .ecs
        .delete_service()
        .cluster(cluster)
        .service(service);
    match clients
        .caller
        .once(&call::DELETE_SERVICE, request.send())
        .await
    {
        Err(error) if error.is_code(&["ServiceNotFoundException", "ServiceNotActiveException"]) => {
            Ok(())
        }
        other => other.map(drop),
    }
}

/// Tags of a service or a task definition.
pub(super) async fn tag(
    clients: &Clients,
    arn: &str,
    tags: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let tags = tags.iter().map(|(k, v)| json!({ "key": k, "value": v }));
    let tags: Vec<Value> = tags.collect();
    let document = json!({ "resourceArn": arn, "tags": tags });
    write(clients, &call::ECS_TAG_RESOURCE, document)
        .await
        .map(drop)
}

pub(super) async fn untag(clients: &Clients, arn: &str, keys: &[String]) -> Result<(), Error> {
    let document = json!({ "resourceArn": arn, "tagKeys": keys });
    write(clients, &call::ECS_UNTAG_RESOURCE, document)
        .await
        .map(drop)
}

/// A call by its document.
pub(super) async fn write(
    clients: &Clients,
    operation: &Operation,
    document: Value,
) -> Result<Value, Error> {
    let target = format!("AmazonEC2ContainerServiceV20141113.{}", operation.action());
    let call = clients.tasks.send(target, document);
    let answer = clients.caller.once(operation, call).await?;
    Ok(answer.body)
}
