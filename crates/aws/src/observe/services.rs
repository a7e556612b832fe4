//! ECS services, ten a call.
//!
//! What belongs here: DescribeServices and its reading. What must not: the building of a service ([`crate::act`]).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_ecs::types as ecs;
use jiff::Timestamp;
use serde_json::Value;
use sixshift_core::{
    names,
    observation::{
        CapacityShare, Deployment, DescribedService, Known, Rollout, Service, ServiceLoadBalancer,
        Tags, Why,
    },
    plan::Plan,
    twin::unknown_in_service,
};

use super::{Ages, Answers, count, halving, timestamp};
use crate::{
    alike::Alike,
    call,
    document::Kept,
    error::Error,
    region::{Clients, Region},
};

/// The IPv4 service and its twin, in one call.
pub(super) async fn both(
    region: &Region,
    plan: &Plan,
    ages: Ages,
) -> (Known<Service>, Known<Service>) {
    let cluster = &plan.service.cluster;
    let ipv4 = (cluster.clone(), plan.service.name.clone());
    let twin = (cluster.clone(), names::service(plan));
    let mut answers = region
        .readers
        .services
        .ask([ipv4.clone(), twin.clone()], ages.now())
        .await;
    let mut take = |key| answers.remove(&key).unwrap_or_else(Known::not_asked);
    (take(ipv4), take(twin))
}

/// What AWS may say of a service that is long gone, instead of calling it INACTIVE (botocore: ecs DeleteService).
const GONE: &[&str] = &["ServiceNotFoundException"];

/// Services of one cluster.
pub(super) async fn read(
    clients: Arc<Clients>,
    keys: Vec<(String, String)>,
) -> Answers<(String, String), Service> {
    let clients = &clients;
    let answers = halving(&clients.modest, keys, GONE, |keys| describe(clients, keys)).await;
    let flat = |known| match known {
        Known::Seen(known) => known,
        Known::Absent => Known::Absent,
        Known::Unknown(why) => Known::Unknown(why),
    };
    let known = answers.into_iter().map(|(key, known)| (key, flat(known)));
    known.collect()
}

/// As far as the answer says anything of them.
async fn describe(
    clients: &Clients,
    keys: Vec<(String, String)>,
) -> Result<BTreeMap<(String, String), Known<Service>>, Error> {
    let cluster = keys.first().map(|(cluster, _)| cluster.clone());
    let request = clients
        .ecs
        .describe_services()
        .set_cluster(cluster)
        .set_services(Some(keys.iter().map(|(_, name)| name.clone()).collect()))
        .include(ecs::ServiceField::Tags);
    let kept = Kept::default();
    let attempt = || {
        let request = request.clone().customize();
        request.interceptor(kept.clone()).send()
    };
    let read = clients.caller.read(&call::DESCRIBE_SERVICES, attempt);
    let answer = match read.await {
        // Nothing can be in a cluster that is not there.
        Err(error) if error.is_code(&["ClusterNotFoundException"]) => {
            return Ok(keys.into_iter().map(|key| (key, Known::Absent)).collect());
        }
        answer => answer?,
    };
    let document = kept.document();
    let mut found: BTreeMap<String, Known<Service>> = BTreeMap::new();
    for failure in answer.failures() {
        let name = failure
            .arn()
            .unwrap_or_default()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        found.insert(name, failed(failure));
    }
    for service in answer.services() {
        let known = if service.status() == Some("INACTIVE") {
            Known::Absent
        } else {
            Known::Seen(service_of(
                service,
                described(&document, service.service_arn()),
                &clients.alike,
            ))
        };
        found.insert(service.service_name().unwrap_or_default().to_owned(), known);
    }
    let left_out = || Known::Unknown(Why::new("AWS's answer left it out".to_owned()));
    Ok(keys
        .into_iter()
        .map(|key| {
            let known = found.remove(&key.1).unwrap_or_else(left_out);
            (key, known)
        })
        .collect())
}

fn failed(failure: &ecs::Failure) -> Known<Service> {
    match failure.reason() {
        Some("MISSING") => Known::Absent,
        reason => Known::Unknown(Why::new(format!(
            "{}: {}",
            call::DESCRIBE_SERVICES.name,
            reason.unwrap_or("failed without a reason")
        ))),
    }
}

/// A service as it is on the wire.
fn described<'a>(answer: &'a Value, arn: Option<&str>) -> &'a Value {
    let services = answer["services"].as_array().into_iter().flatten();
    let mut same = services.filter(|s| s["serviceArn"].as_str() == arn);
    same.next().unwrap_or(&Value::Null)
}

/// From the answer as the SDK reads it, and as it is on the wire.
fn service_of(service: &ecs::Service, document: &Value, alike: &Alike) -> Service {
    let network = service
        .network_configuration()
        .and_then(|n| n.awsvpc_configuration());
    let mut deployments: Vec<Deployment> = service
        .deployments()
        .iter()
        .map(|d| deployment_of(service, d))
        .collect();
    deployments.sort_by_key(|d| (!d.primary, std::cmp::Reverse(d.created_at)));
    let events = service
        .events()
        .iter()
        .max_by_key(|e| timestamp(e.created_at()));
    let described = DescribedService {
        arn: text(service.service_arn()),
        name: text(service.service_name()),
        status: text(service.status()),
        desired: count(service.desired_count()),
        running: count(service.running_count()),
        task_definition: text(service.task_definition()),
        controller: service
            .deployment_controller()
            .map_or("ECS", |c| c.r#type().as_str())
            .to_owned(),
        strategy: strategy(service).to_owned(),
        scheduling: service
            .scheduling_strategy()
            .map_or("REPLICA", |s| s.as_str())
            .to_owned(),
        platform_family: service.platform_family().map(str::to_owned),
        launch_type: service.launch_type().map(|l| l.as_str().to_owned()),
        capacity: service
            .capacity_provider_strategy()
            .iter()
            .map(capacity_share_of)
            .collect(),
        exec: service.enable_execute_command(),
        express: service.resource_management_type() == Some(&ecs::ResourceManagementType::Ecs),
        lattice: service
            .deployments()
            .iter()
            .any(|d| !d.vpc_lattice_configurations().is_empty()),
        deployment: alike.deployment(document["deploymentConfiguration"].clone()),
        rolled_back_at: rolled_back_at(service),
        revision: revision(service),
        unknown: unknown_in_service(document),
        registries: service
            .service_registries()
            .iter()
            .filter_map(|r| r.registry_arn().map(str::to_owned))
            .collect(),
        offered_ports: offered_ports(service),
        subnets: network.map(|n| n.subnets().to_vec()).unwrap_or_default(),
        security_groups: network
            .map(|n| n.security_groups().to_vec())
            .unwrap_or_default(),
        public_ip: network
            .and_then(|n| n.assign_public_ip())
            .is_some_and(|assign| *assign == ecs::AssignPublicIp::Enabled),
        load_balancers: service
            .load_balancers()
            .iter()
            .map(load_balancer_of)
            .chain(lattice_of(service))
            .collect(),
        deployments,
        tags: tags(service.tags()),
        created_at: timestamp(service.created_at()),
        last_event: events.and_then(|e| e.message()).map(str::to_owned),
        started_at: started_at(service),
    };
    described.into()
}

/// ECS says it in its events only: the deployment that failed is gone once the older one is complete again.
fn rolled_back_at(service: &ecs::Service) -> Option<Timestamp> {
    let told = |e: &&ecs::ServiceEvent| e.message().is_some_and(|m| m.contains("rolling back"));
    let events = service.events().iter().filter(told);
    events.map(|e| timestamp(e.created_at())).max()
}

/// ECS says in its events only that it started tasks (ECS developer guide, "Amazon ECS service event messages").
fn started_at(service: &ecs::Service) -> Option<Timestamp> {
    let told = |e: &&ecs::ServiceEvent| e.message().is_some_and(|m| m.contains(") has started "));
    let events = service.events().iter().filter(told);
    events.map(|e| timestamp(e.created_at())).max()
}

/// The newest of the current revisions.
fn revision(service: &ecs::Service) -> Option<String> {
    let current = service.current_service_revisions();
    let primary = current.iter().max_by_key(|r| r.arn().map(str::to_owned));
    primary.and_then(|r| r.arn()).map(str::to_owned)
}

fn strategy(service: &ecs::Service) -> &str {
    service
        .deployment_configuration()
        .and_then(|c| c.strategy())
        .map_or("ROLLING", |s| s.as_str())
}

fn capacity_share_of(item: &ecs::CapacityProviderStrategyItem) -> CapacityShare {
    CapacityShare {
        provider: item.capacity_provider().to_owned(),
        base: count(item.base()),
        weight: count(item.weight()),
    }
}

fn load_balancer_of(entry: &ecs::LoadBalancer) -> ServiceLoadBalancer {
    ServiceLoadBalancer {
        target_group: entry.target_group_arn().map(str::to_owned),
        container: text(entry.container_name()),
        port: u16::try_from(entry.container_port().unwrap_or_default()).unwrap_or_default(),
        advanced: entry.advanced_configuration().is_some(),
    }
}

/// ECS tells of deployments alone which target groups of VPC Lattice they register in.
fn lattice_of(service: &ecs::Service) -> impl Iterator<Item = ServiceLoadBalancer> {
    let mut deployments = service.deployments().iter();
    let primary = deployments.find(|d| d.status() == Some("PRIMARY"));
    let configured = primary.map(|d| d.vpc_lattice_configurations());
    configured
        .into_iter()
        .flatten()
        .map(|c| ServiceLoadBalancer {
            target_group: Some(c.target_group_arn().to_owned()),
            container: c.port_name().to_owned(),
            port: 0,
            advanced: false,
        })
}

/// ECS says it in its events only: a deployment's own last change may be one of its size.
fn completed_at(service: &ecs::Service, deployment: &ecs::Deployment) -> Option<Timestamp> {
    let id = deployment.id()?;
    let told = |e: &&ecs::ServiceEvent| {
        e.message()
            .is_some_and(|m| m.contains(id) && m.ends_with("deployment completed."))
    };
    let event = service.events().iter().find(told)?;
    Some(timestamp(event.created_at()))
}

/// Of any deployment: while one replaces another, both offer.
fn offered_ports(service: &ecs::Service) -> Vec<String> {
    let connects = service.deployments().iter();
    let connects = connects.filter_map(|d| d.service_connect_configuration());
    let ports: BTreeSet<&str> = connects
        .flat_map(|connect| connect.services())
        .map(|offered| offered.port_name())
        .collect();
    ports.into_iter().map(str::to_owned).collect()
}

fn deployment_of(service: &ecs::Service, deployment: &ecs::Deployment) -> Deployment {
    Deployment {
        primary: deployment.status() == Some("PRIMARY"),
        task_definition: text(deployment.task_definition()),
        rollout: match deployment.rollout_state() {
            Some(ecs::DeploymentRolloutState::InProgress) => Rollout::InProgress,
            Some(ecs::DeploymentRolloutState::Failed) => Rollout::Failed,
            _ => Rollout::Completed,
        },
        reason: deployment.rollout_state_reason().map(str::to_owned),
        failed_tasks: count(deployment.failed_tasks()),
        created_at: timestamp(deployment.created_at()),
        updated_at: timestamp(deployment.updated_at()),
        completed_at: completed_at(service, deployment),
    }
}

/// ECS tags as a map.
pub(super) fn tags(tags: &[ecs::Tag]) -> Tags {
    tags.iter()
        .map(|t| (text(t.key()), text(t.value())))
        .collect()
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}
