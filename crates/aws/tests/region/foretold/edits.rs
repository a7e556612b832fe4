//! The calls by which somebody brings an account into a state that a check names.
//!
//! What belongs here: what several cases need. What must not: any one case ([`super::table`]).

use serde_json::{Value as Json, json};
use sixshift_core::plan::Plan;
use sixshift_sim::{
    Value,
    services::{self, Service},
    world::elb::Quota,
};

use super::value;
use crate::ground::Ground;

/// A call as whoever owns the account makes it.
pub(super) fn call(ground: &Ground, service: Service, op: &'static str, input: &Json) -> Value {
    let done = ground
        .region
        .with_world(|world| services::call(world, service, op, &value(input)));
    done.unwrap_or_else(|refusal| panic!("{op}: {refusal:?}"))
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The first service's load balancer.
pub(super) fn balancer(ground: &Ground) -> String {
    let all = call(ground, Service::Elbv2, "DescribeLoadBalancers", &json!({}));
    text(all.get("LoadBalancers").items()[0].get("LoadBalancerArn"))
}

/// Another revision of what the first service runs, and the service on it. `edit` gets the container and the whole.
pub(super) fn redefine(ground: &Ground, edit: impl Fn(&mut Value, &mut Value)) {
    let own = &ground.services[0];
    let asked = json!({"cluster": own.cluster, "services": [own.name]});
    let there = call(ground, Service::Ecs, "DescribeServices", &asked);
    let arn = text(there.get("services").items()[0].get("taskDefinition"));
    let asked = json!({"taskDefinition": arn});
    let told = call(ground, Service::Ecs, "DescribeTaskDefinition", &asked);
    let mut whole = Value::Map(Vec::new());
    for key in [
        "family",
        "taskRoleArn",
        "executionRoleArn",
        "networkMode",
        "containerDefinitions",
        "requiresCompatibilities",
        "cpu",
        "memory",
    ] {
        let is = told.get("taskDefinition").get(key);
        if !is.is_null() {
            whole.set(key, is.clone());
        }
    }
    let mut containers = whole.get("containerDefinitions").items().to_vec();
    edit(&mut containers[0], &mut whole);
    whole.set("containerDefinitions", Value::List(containers));
    let made = ground.region.with_world(|world| {
        services::call(world, Service::Ecs, "RegisterTaskDefinition", &whole).unwrap()
    });
    let arn = text(made.get("taskDefinition").get("taskDefinitionArn"));
    let update = json!({"cluster": own.cluster, "service": own.name, "taskDefinition": arn});
    call(ground, Service::Ecs, "UpdateService", &update);
}

/// A service on what the first one stands on, which the plan means from now on.
pub(super) fn another(ground: &Ground, plan: &mut Plan, name: &str, patch: &Json) {
    let own = &ground.services[0];
    let asked = json!({"cluster": own.cluster, "services": [own.name]});
    let there = call(ground, Service::Ecs, "DescribeServices", &asked);
    let network = there.get("services").items()[0].get("networkConfiguration");
    let subnets = network.get("awsvpcConfiguration").get("subnets").strings();
    let mut service = json!({
        "cluster": own.cluster,
        "serviceName": name,
        "taskDefinition": own.name,
        "desiredCount": 1,
        "launchType": "FARGATE",
        "loadBalancers": [{
            "targetGroupArn": own.target_group, "containerName": "app", "containerPort": 8080,
        }],
        "networkConfiguration": {"awsvpcConfiguration": {
            "subnets": subnets, "securityGroups": own.security_groups,
        }},
    });
    for (key, is) in patch.as_object().unwrap() {
        service[key] = is.clone();
    }
    service
        .as_object_mut()
        .unwrap()
        .retain(|_, is| !is.is_null());
    call(ground, Service::Ecs, "CreateService", &service);
    name.clone_into(&mut plan.service.name);
}

/// The same on machines of one's own, with target groups that fit the network mode.
pub(super) fn on_instances(ground: &Ground, plan: &mut Plan, mode: &str, patch: &Json) {
    let external = patch["launchType"] == "EXTERNAL";
    let on = if external { "EXTERNAL" } else { "EC2" };
    let definition = json!({
        "family": "instances", "networkMode": mode, "requiresCompatibilities": [on],
        "cpu": "256", "memory": "512",
        "containerDefinitions": [{
            "name": "app", "image": "public.ecr.aws/shop/app:v1",
            "portMappings": [{"containerPort": 8080, "hostPort": if mode == "awsvpc" { 8080 } else { 0 }}],
        }],
    });
    call(ground, Service::Ecs, "RegisterTaskDefinition", &definition);
    let mut on = json!({"launchType": "EC2", "taskDefinition": "instances"});
    if mode != "awsvpc" {
        let all = call(ground, Service::Elbv2, "DescribeTargetGroups", &json!({}));
        let vpc = text(all.get("TargetGroups").items()[0].get("VpcId"));
        let group = json!({
            "Name": "instances", "Protocol": "HTTP", "Port": 80, "VpcId": vpc, "TargetType": "instance",
        });
        let made = call(ground, Service::Elbv2, "CreateTargetGroup", &group);
        let group = text(made.get("TargetGroups").items()[0].get("TargetGroupArn"));
        let forward = json!([{"Type": "forward", "TargetGroupArn": group}]);
        let route = &ground.services[0].routes[0];
        let set = json!({"ListenerArn": route, "DefaultActions": forward});
        call(ground, Service::Elbv2, "ModifyListener", &set);
        on["loadBalancers"] = json!([{
            "targetGroupArn": group, "containerName": "app", "containerPort": 8080,
        }]);
        on["networkConfiguration"] = Json::Null;
    }
    for (key, is) in patch.as_object().unwrap() {
        on[key] = is.clone();
    }
    another(ground, plan, "instances", &on);
}

/// A quota as an account has it that asked for less, or has used up the rest.
pub(super) fn quota(ground: &Ground, of: Quota, most: usize) {
    ground
        .region
        .with_world(|world| world.elb.quotas.insert(of, most));
}
