//! The twin of a live service.
//!
//! What belongs here: CreateService, parameter by parameter as `sixshift_core::twin::CREATE_SERVICE` says. What must not:
//! a decision that the table does not name.

use aws_sdk_ecs::{
    operation::create_service::builders::CreateServiceInputBuilder,
    types::{
        DeploymentConfiguration, DeploymentStrategy, LoadBalancer, MonitoringConfiguration,
        NetworkConfiguration, Service, ServiceConnectConfiguration, ServiceField, ServiceRevision,
        ServiceVolumeConfiguration,
    },
};
use sixshift_core::action::NewTwin;

use super::ecs;
use crate::{call, error::Error, observe::timestamp, region::Clients};

/// What only a revision or a deployment of the service tells.
#[derive(Default)]
struct Extras {
    connect: Option<ServiceConnectConfiguration>,
    volumes: Option<Vec<ServiceVolumeConfiguration>>,
    monitoring: Option<MonitoringConfiguration>,
}

pub(super) async fn create(clients: &Clients, new: &NewTwin) -> Result<(), Error> {
    let operation = call::CREATE_SERVICE.name;
    let request = clients
        .ecs
        .describe_services()
        .cluster(&new.cluster)
        .services(&new.from)
        .include(ServiceField::Tags);
    let answer = clients
        .caller
        .read(&call::DESCRIBE_SERVICES, || request.clone().send())
        .await?;
    let live = answer
        .services
        .unwrap_or_default()
        .into_iter()
        .find(|s| s.status() == Some("ACTIVE"));
    let live = live.ok_or_else(|| Error::Gone {
        operation,
        resource: new.from.clone(),
    })?;
    let extras = extras(clients, &live).await?;
    let network =
        ecs::network(&new.subnets, &new.security_groups).map_err(|e| Error::build(operation, e))?;
    let request = twin(live, extras, new, network);
    clients
        .caller
        .once(&call::CREATE_SERVICE, request.send_with(&clients.ecs))
        .await
        .map(drop)
}

async fn extras(clients: &Clients, live: &Service) -> Result<Extras, Error> {
    let arns: Vec<String> = live
        .current_service_revisions()
        .iter()
        .filter_map(|r| r.arn().map(str::to_owned))
        .collect();
    if arns.is_empty() {
        return Ok(of_deployment(live));
    }
    let request = clients
        .ecs
        .describe_service_revisions()
        .set_service_revision_arns(Some(arns));
    let answer = clients
        .caller
        .read(&call::DESCRIBE_SERVICE_REVISIONS, || request.clone().send())
        .await?;
    let newest = answer
        .service_revisions
        .unwrap_or_default()
        .into_iter()
        .max_by_key(|r| timestamp(r.created_at()));
    Ok(newest.map_or_else(|| of_deployment(live), of_revision))
}

fn of_revision(revision: ServiceRevision) -> Extras {
    Extras {
        connect: revision.service_connect_configuration,
        volumes: revision.volume_configurations,
        monitoring: revision.monitoring,
    }
}

/// For services that are older than revisions.
fn of_deployment(live: &Service) -> Extras {
    let primary = live
        .deployments()
        .iter()
        .find(|d| d.status() == Some("PRIMARY"))
        .cloned();
    primary.map_or_else(Extras::default, |d| Extras {
        connect: d.service_connect_configuration,
        volumes: d.volume_configurations,
        monitoring: None,
    })
}

/// The request, in the order of the table. What is not set is dropped there.
fn twin(
    live: Service,
    extras: Extras,
    new: &NewTwin,
    network: NetworkConfiguration,
) -> CreateServiceInputBuilder {
    let tags = ecs::tags_with(live.tags(), &new.tags);
    let load_balancers = load_balancers(&live, new);
    let providers = live.capacity_provider_strategy.filter(|p| !p.is_empty());
    CreateServiceInputBuilder::default()
        .cluster(&new.cluster)
        .service_name(&new.name)
        .task_definition(&new.task_definition)
        .set_availability_zone_rebalancing(live.availability_zone_rebalancing)
        .set_load_balancers(Some(load_balancers))
        .desired_count(i32::try_from(new.desired).unwrap_or(i32::MAX))
        .client_token(&new.client_token)
        .set_launch_type(live.launch_type.filter(|_| providers.is_none()))
        .set_capacity_provider_strategy(providers)
        .set_platform_version(live.platform_version.map(|version| raised(&version)))
        .set_deployment_configuration(live.deployment_configuration.map(rolling))
        .set_placement_constraints(live.placement_constraints)
        .set_placement_strategy(live.placement_strategy)
        .network_configuration(network)
        .set_health_check_grace_period_seconds(live.health_check_grace_period_seconds)
        .set_scheduling_strategy(live.scheduling_strategy)
        .set_deployment_controller(live.deployment_controller)
        .set_tags(Some(tags))
        .enable_ecs_managed_tags(live.enable_ecs_managed_tags)
        .set_propagate_tags(live.propagate_tags)
        .enable_execute_command(false)
        .set_service_connect_configuration(extras.connect.map(as_client))
        .set_volume_configurations(extras.volumes)
        .set_monitoring(extras.monitoring)
}

/// The IPv6 partner of each target group; what has none is left out.
fn load_balancers(live: &Service, new: &NewTwin) -> Vec<LoadBalancer> {
    let partner = |entry: &LoadBalancer| {
        let target_group = new.target_groups.get(entry.target_group_arn()?)?;
        let made = LoadBalancer::builder()
            .target_group_arn(target_group)
            .set_container_name(entry.container_name.clone())
            .set_container_port(entry.container_port);
        Some(made.build())
    };
    live.load_balancers().iter().filter_map(partner).collect()
}

/// IPv6-only needs Fargate's platform version 1.4.0.
fn raised(version: &str) -> String {
    let parts: Option<Vec<u32>> = version.split('.').map(|p| p.parse().ok()).collect();
    match parts {
        Some(parts) if parts < vec![1, 4, 0] => "1.4.0".to_owned(),
        _ => version.to_owned(),
    }
}

/// A rolling deployment with the live one's percentages and circuit breaker: the rest needs groups or alarms of its own.
fn rolling(live: DeploymentConfiguration) -> DeploymentConfiguration {
    DeploymentConfiguration::builder()
        .set_deployment_circuit_breaker(live.deployment_circuit_breaker)
        .set_maximum_percent(live.maximum_percent)
        .set_minimum_healthy_percent(live.minimum_healthy_percent)
        .strategy(DeploymentStrategy::Rolling)
        .build()
}

/// Names stay with the live service: two services cannot offer the same one.
fn as_client(mut connect: ServiceConnectConfiguration) -> ServiceConnectConfiguration {
    connect.services = None;
    connect
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use aws_sdk_ecs::types::*;
    use sixshift_core::twin::{CREATE_SERVICE, Carry};

    use super::*;

    /// Names and values of the fields of the outermost struct in a debug print.
    pub(in super::super) fn fields(printed: &str) -> Vec<(String, String)> {
        let body = &printed[printed.find('{').unwrap() + 1..printed.rfind('}').unwrap()];
        let (mut depth, mut quoted, mut start, mut parts) = (0, false, 0, Vec::new());
        for (at, c) in body.char_indices() {
            match c {
                '"' => quoted = !quoted,
                '{' | '[' | '(' if !quoted => depth += 1,
                '}' | ']' | ')' if !quoted => depth -= 1,
                ',' if !quoted && depth == 0 => {
                    parts.push(&body[start..at]);
                    start = at + 1;
                }
                _ => {}
            }
        }
        parts.push(&body[start..]);
        let pairs = parts.iter().filter_map(|part| part.trim().split_once(": "));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn live() -> Service {
        let tag = |k: &str| Tag::builder().key(k).value("v").build();
        let circuit = DeploymentCircuitBreaker::builder()
            .enable(true)
            .rollback(true)
            .build();
        let alarms = DeploymentAlarms::builder()
            .alarm_names("a")
            .enable(true)
            .rollback(true)
            .build()
            .unwrap();
        let entry = |tg: &str, port| {
            LoadBalancer::builder()
                .target_group_arn(tg)
                .container_name("web")
                .container_port(port)
        };
        Service::builder()
            .service_name("shop")
            .availability_zone_rebalancing(AvailabilityZoneRebalancing::Disabled)
            .load_balancers(
                entry("v4", 80)
                    .advanced_configuration(AdvancedConfiguration::builder().build())
                    .build(),
            )
            .load_balancers(
                LoadBalancer::builder()
                    .load_balancer_name("classic")
                    .build(),
            )
            .service_registries(ServiceRegistry::builder().registry_arn("r").build())
            .desired_count(6)
            .launch_type(LaunchType::Fargate)
            .platform_version("1.3.0")
            .role_arn("role")
            .deployment_configuration(
                DeploymentConfiguration::builder()
                    .deployment_circuit_breaker(circuit)
                    .maximum_percent(150)
                    .minimum_healthy_percent(75)
                    .alarms(alarms)
                    .bake_time_in_minutes(5)
                    .strategy(DeploymentStrategy::BlueGreen)
                    .build(),
            )
            .placement_constraints(PlacementConstraint::builder().build())
            .placement_strategy(PlacementStrategy::builder().build())
            .health_check_grace_period_seconds(30)
            .scheduling_strategy(SchedulingStrategy::Replica)
            .deployment_controller(
                DeploymentController::builder()
                    .r#type(DeploymentControllerType::Ecs)
                    .build()
                    .unwrap(),
            )
            .tags(tag("team"))
            .tags(tag("aws:cloudformation:stack-name"))
            .enable_ecs_managed_tags(true)
            .propagate_tags(PropagateTags::Service)
            .enable_execute_command(true)
            .build()
    }

    fn extras() -> Extras {
        let offered = ServiceConnectService::builder()
            .port_name("http")
            .build()
            .unwrap();
        Extras {
            connect: Some(
                ServiceConnectConfiguration::builder()
                    .enabled(true)
                    .namespace("ns")
                    .services(offered)
                    .build(),
            ),
            volumes: Some(vec![
                ServiceVolumeConfiguration::builder()
                    .name("data")
                    .build()
                    .unwrap(),
            ]),
            monitoring: Some(MonitoringConfiguration::builder().build()),
        }
    }

    fn new() -> NewTwin {
        let map = |k: &str, v: &str| BTreeMap::from([(k.to_owned(), v.to_owned())]);
        NewTwin {
            cluster: "prod".to_owned(),
            from: "shop".to_owned(),
            name: "shop-ipv6".to_owned(),
            task_definition: "shop-ipv6:1".to_owned(),
            subnets: vec!["subnet-6".to_owned()],
            security_groups: vec!["sg-6".to_owned()],
            target_groups: map("v4", "v6"),
            desired: 1,
            client_token: "token".to_owned(),
            tags: map("sixshift:plan", "uid"),
        }
    }

    fn made(live: Service) -> aws_sdk_ecs::operation::create_service::CreateServiceInput {
        let network = ecs::network(&new().subnets, &new().security_groups).unwrap();
        twin(live, extras(), &new(), network).build().unwrap()
    }

    #[test]
    fn the_table_names_every_parameter_that_the_sdk_has() {
        let input = CreateServiceInputBuilder::default().build().unwrap();
        let mut sdk: Vec<String> = fields(&format!("{input:?}"))
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        let mut table: Vec<String> = CREATE_SERVICE
            .iter()
            .map(|(name, ..)| (*name).to_owned())
            .collect();
        sdk.sort();
        table.sort();
        assert_eq!(table, sdk);
    }

    #[test]
    fn each_parameter_becomes_what_the_table_says() {
        let mut with_providers = live();
        with_providers.capacity_provider_strategy = Some(vec![
            CapacityProviderStrategyItem::builder()
                .capacity_provider("FARGATE_SPOT")
                .build()
                .unwrap(),
        ]);
        let values = |service| -> BTreeMap<String, String> {
            fields(&format!("{:?}", made(service)))
                .into_iter()
                .collect()
        };
        let (plain, providers) = (values(live()), values(with_providers));
        for (name, carry, _) in CREATE_SERVICE {
            let set = [&plain, &providers].iter().any(|v| v[*name] != "None");
            assert_eq!(set, *carry != Carry::Dropped, "{name}");
        }
        assert_eq!(providers["launch_type"], "None");
    }

    #[test]
    fn what_is_derived_is_derived() {
        let twin = made(live());
        let load_balancer = LoadBalancer::builder()
            .target_group_arn("v6")
            .container_name("web")
            .container_port(80)
            .build();
        assert_eq!(twin.load_balancers(), [load_balancer]);
        assert_eq!(twin.desired_count(), Some(1));
        assert_eq!(twin.platform_version(), Some("1.4.0"));
        assert_eq!(twin.enable_execute_command(), Some(false));
        let deployment = twin.deployment_configuration().unwrap();
        assert_eq!(deployment.strategy(), Some(&DeploymentStrategy::Rolling));
        assert_eq!(
            (
                deployment.maximum_percent(),
                deployment.minimum_healthy_percent()
            ),
            (Some(150), Some(75))
        );
        assert!(deployment.alarms().is_none() && deployment.bake_time_in_minutes().is_none());
        assert!(
            twin.service_connect_configuration()
                .unwrap()
                .services()
                .is_empty()
        );
        let keys: Vec<_> = twin.tags().iter().filter_map(|t| t.key()).collect();
        assert_eq!(keys, ["sixshift:plan", "team"]);
        let network = twin
            .network_configuration()
            .unwrap()
            .awsvpc_configuration()
            .unwrap();
        assert_eq!(network.assign_public_ip(), Some(&AssignPublicIp::Disabled));
        assert_eq!(network.subnets(), ["subnet-6"]);
    }

    #[test]
    fn a_new_platform_version_stays() {
        assert_eq!(
            ["1.3.0", "1.4.0", "LATEST", "1.10.0"].map(raised),
            ["1.4.0", "1.4.0", "LATEST", "1.10.0"]
        );
    }
}
