//! Changes of ECS services that need no copying.
//!
//! What belongs here: UpdateService and DeleteService. What must not: CreateService ([`super::twin_service`]).

use aws_sdk_ecs::types::{AssignPublicIp, AwsVpcConfiguration, NetworkConfiguration};

use crate::{call, error::Error, region::Clients};

/// The twin's task definition and network.
pub(super) async fn roll(
    clients: &Clients,
    (cluster, service): (&str, &str),
    task_definition: &str,
    (subnets, security_groups): (&[String], &[String]),
    force: bool,
) -> Result<(), Error> {
    let network = network(subnets, security_groups)
        .map_err(|e| Error::build(call::UPDATE_SERVICE.name, e))?;
    let request = clients
        .ecs
        .update_service()
        .cluster(cluster)
        .service(service)
        .task_definition(task_definition)
        .network_configuration(network)
        .force_new_deployment(force);
    clients
        .caller
        .once(&call::UPDATE_SERVICE, request.send())
        .await
        .map(drop)
}

/// Subnets without public IPv4 addresses.
pub(super) fn network(
    subnets: &[String],
    security_groups: &[String],
) -> Result<NetworkConfiguration, aws_sdk_ecs::error::BuildError> {
    let vpc = AwsVpcConfiguration::builder()
        .set_subnets(Some(subnets.to_vec()))
        .set_security_groups(Some(security_groups.to_vec()).filter(|groups| !groups.is_empty()))
        .assign_public_ip(AssignPublicIp::Disabled)
        .build()?;
    Ok(NetworkConfiguration::builder()
        .awsvpc_configuration(vpc)
        .build())
}

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
