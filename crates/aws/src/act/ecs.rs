//! Changes of ECS services that need no copying.
//!
//! What belongs here: UpdateService and DeleteService. What must not: documents that go from one service to another
//! ([`super::twin_service`]).

use crate::{call, error::Error, region::Clients};

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
