//! What actors do, each by the calls that they would make.
//!
//! What belongs here: the calls of each act. What must not: when somebody acts.

use super::super::World;
use super::super::behaviour::Family;
use super::super::elb::forwarded;
use super::super::health;
use super::super::routing::Route;
use super::Act;
use crate::Value;
use crate::contract;
use crate::services::{self, AwsError, Service};

/// Does it, and says so in a sentence.
pub(super) fn carry_out(world: &mut World, name: &str, act: &Act) -> Result<String, AwsError> {
    match act {
        Act::Call { service, op, input } => {
            services::call(world, *service, op, input).map(|_| format!("{name} called {op}"))
        }
        Act::Ipv6Weight { service, percent } => {
            let weigh = |world: &World, groups: &[Value]| reweighed(world, groups, *percent);
            rewrite_routes(world, service, weigh)?;
            Ok(format!(
                "{name} set the IPv6 weight of {service} to {percent} %"
            ))
        }
        Act::ForwardToIpv4 { service } => {
            rewrite_routes(world, service, without_ipv6)?;
            Ok(format!(
                "{name} wrote the routes of {service} as its code has them, to the IPv4 target group alone"
            ))
        }
        Act::DeleteTwin { service } => {
            delete_twin(world, service).map(|twin| format!("{name} deleted {twin} with its tasks"))
        }
        Act::FallSilent { image, family } => {
            fall_silent(world, image, *family);
            Ok(format!("{name} lets {image} answer no more"))
        }
        Act::Busier { service, factor } => {
            world.settle_all();
            world.customers.busier(service, *factor);
            Ok(format!("{name} of {service} ask {factor} times as often"))
        }
        Act::LoseZone { zone } => {
            world.settle_all();
            world.lost_zones.insert(zone.clone());
            health::network_changed(world);
            Ok(format!("{name}: {zone} is lost"))
        }
        Act::Deploy {
            cluster,
            service,
            tag,
        } => deploy(world, cluster, service, tag)
            .map(|()| format!("{name} deployed {service}:{tag}")),
    }
}

/// The target groups that a service's clients meet.
fn groups_of(world: &World, service: &str) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for (route, _) in world.customers.routes(&world.elb, &world.lattice, service) {
        if let Route::Forward { groups: found, .. } = route {
            groups.extend(found.into_iter().map(|(arn, _)| arn));
        }
    }
    groups
}

/// Writes each route of a service back with other target groups in its forward, everything else as it was.
fn rewrite_routes(
    world: &mut World,
    service: &str,
    edit: impl Fn(&World, &[Value]) -> Vec<Value>,
) -> Result<(), AwsError> {
    let groups = groups_of(world, service);
    let rules: Vec<_> = world
        .elb
        .rules
        .values()
        .filter(|r| {
            forwarded(&r.actions)
                .iter()
                .any(|(g, _)| groups.contains(g))
        })
        .cloned()
        .collect();
    for rule in rules {
        let mut actions = rule.actions;
        for action in &mut actions {
            rewrite(world, action, &edit);
        }
        let (op, target) = match rule.priority {
            Some(_) => ("ModifyRule", ("RuleArn", Value::from(rule.arn))),
            None => (
                "ModifyListener",
                ("ListenerArn", Value::from(rule.listener)),
            ),
        };
        let field = if rule.priority.is_some() {
            "Actions"
        } else {
            "DefaultActions"
        };
        services::call(
            world,
            Service::Elbv2,
            op,
            &Value::map([target, (field, Value::List(actions))]),
        )?;
    }
    Ok(())
}

fn rewrite(world: &World, action: &mut Value, edit: impl Fn(&World, &[Value]) -> Vec<Value>) {
    match action.get("Type").as_str() {
        Some("forward") => {}
        Some("authenticate-oidc") => {
            let mut config = action.get("AuthenticateOidcConfig").clone();
            config.set("UseExistingClientSecret", true.into());
            action.set("AuthenticateOidcConfig", config);
            return;
        }
        _ => return,
    }
    let mut config = action.get("ForwardConfig").clone();
    let groups = edit(world, config.get("TargetGroups").items());
    // A forward names one group directly, or several by their weights.
    if let [one] = groups.as_slice() {
        action.set("TargetGroupArn", one.get("TargetGroupArn").clone());
    } else {
        action.set("TargetGroupArn", Value::Null);
    }
    config.set("TargetGroups", Value::List(groups));
    action.set("ForwardConfig", config);
}

fn is_ipv6(world: &World, group: &Value) -> bool {
    let arn = group.get("TargetGroupArn").as_str();
    arn.and_then(|arn| world.family(arn)) == Some(Family::V6)
}

fn reweighed(world: &World, groups: &[Value], percent: i64) -> Vec<Value> {
    let weigh = |group: &Value| {
        let on_ipv6 = is_ipv6(world, group);
        let weight = if on_ipv6 { percent } else { 100 - percent };
        let mut group = group.clone();
        group.set("Weight", weight.into());
        group
    };
    groups.iter().map(weigh).collect()
}

fn without_ipv6(world: &World, groups: &[Value]) -> Vec<Value> {
    let rest = groups.iter().filter(|group| !is_ipv6(world, group));
    let mut rest: Vec<Value> = rest.cloned().collect();
    if let [one] = rest.as_mut_slice() {
        one.set("Weight", 1_i64.into());
    }
    rest
}

/// Gives the name of what it deleted.
fn delete_twin(world: &mut World, service: &str) -> Result<String, AwsError> {
    let groups = groups_of(world, service);
    let serves = |spec: &Value| {
        let balancers = spec.get("loadBalancers").items();
        let mut arns = balancers
            .iter()
            .filter_map(|b| b.get("targetGroupArn").as_str());
        arns.any(|arn| groups.iter().any(|g| g == arn) && world.family(arn) == Some(Family::V6))
    };
    let twin = world.ecs.services.values().find(|s| serves(&s.spec));
    let Some((cluster, name)) = twin.map(|s| (s.cluster.clone(), s.name.clone())) else {
        return Ok("nothing".to_owned());
    };
    let input = Value::map([
        ("cluster", Value::from(cluster)),
        ("service", name.as_str().into()),
        ("force", true.into()),
    ]);
    services::call(world, Service::Ecs, "DeleteService", &input).map(|_| name)
}

fn fall_silent(world: &mut World, image: &str, family: Family) {
    world.settle_all();
    let mut app = world.behaviours.get(image).cloned().unwrap_or_default();
    let on = match family {
        Family::V4 => &mut app.v4,
        Family::V6 => &mut app.v6,
    };
    on.listens = false;
    world.behaviours.insert(image.to_owned(), app);
    health::code_changed(world, image);
}

fn deploy(world: &mut World, cluster: &str, service: &str, tag: &str) -> Result<(), AwsError> {
    let asked = Value::map([
        ("cluster", Value::from(cluster)),
        ("services", Value::list([service])),
    ]);
    let found = services::call(world, Service::Ecs, "DescribeServices", &asked)?;
    let current = found
        .get("services")
        .items()
        .first()
        .map(|s| s.get("taskDefinition").clone())
        .unwrap_or_default();
    let asked = Value::map([("taskDefinition", current)]);
    let mut definition = services::call(world, Service::Ecs, "DescribeTaskDefinition", &asked)?
        .get("taskDefinition")
        .clone();
    let mut containers = definition.get("containerDefinitions").items().to_vec();
    if let Some(main) = containers.first_mut() {
        let image = main.get("image").as_str().unwrap_or_default();
        let name = image
            .rsplit_once(':')
            .map_or(image, |(name, _)| name)
            .to_owned();
        main.set("image", format!("{name}:{tag}").into());
    }
    definition.set("containerDefinitions", Value::List(containers));
    let definition = contract::taken(Service::Ecs, "RegisterTaskDefinition", &definition);
    let registered = services::call(world, Service::Ecs, "RegisterTaskDefinition", &definition)?;
    let arn = registered
        .get("taskDefinition")
        .get("taskDefinitionArn")
        .clone();
    let update = Value::map([
        ("cluster", Value::from(cluster)),
        ("service", Value::from(service)),
        ("taskDefinition", arn),
    ]);
    services::call(world, Service::Ecs, "UpdateService", &update).map(|_| ())
}
