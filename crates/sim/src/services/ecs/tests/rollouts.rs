//! What deployments do: what makes one, what fails it, and the way back.

use serde_json::json;

use super::{ask, newest, unpullable_twin};
use crate::Value;
use crate::scenario::fixture::{
    dual_stack_definition, ipv6_lattice_group, ipv6_target_group, one, pass, service, set_weights,
    twin, twin_input,
};
use crate::services::{self, Service};
use crate::wire::json::from_json;
use crate::world::World;

fn update(world: &mut World, patch: &serde_json::Value) {
    let mut input = from_json(patch.clone());
    input.set("cluster", "prod".into());
    input.set("service", "checkout-ipv6".into());
    services::call(world, Service::Ecs, "UpdateService", &input).unwrap();
}

/// How many tasks the twin ever started, as its events tell.
fn started(world: &mut World) -> usize {
    let found = service(world, "checkout-ipv6");
    let events = found.get("events").items().iter();
    events
        .filter_map(|e| e.get("message").as_str())
        .filter(|m| m.contains("has started"))
        .map(|m| m.matches("(task ").count())
        .sum()
}

#[test]
fn a_deployment_that_failed_starts_nothing_until_the_next_one() {
    let mut built = one("healthy");
    let input = unpullable_twin(&mut built, &json!({"enable": true, "rollback": false}));
    services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
    pass(&mut built.world, 900);
    assert_eq!(
        newest(&mut built.world).get("rolloutState").as_str(),
        Some("FAILED")
    );
    let before = started(&mut built.world);
    pass(&mut built.world, 3_600);
    assert_eq!(started(&mut built.world), before);
    let good = dual_stack_definition(&mut built);
    update(&mut built.world, &json!({"taskDefinition": good}));
    pass(&mut built.world, 300);
    let newest = newest(&mut built.world);
    assert_eq!(newest.get("rolloutState").as_str(), Some("COMPLETED"));
    assert_eq!(newest.get("runningCount").as_i64(), Some(3));
}

#[test]
fn a_forced_deployment_starts_anew_what_failed() {
    let mut built = one("healthy");
    let input = unpullable_twin(&mut built, &json!({"enable": true, "rollback": false}));
    services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
    pass(&mut built.world, 900);
    let before = started(&mut built.world);
    update(&mut built.world, &json!({"forceNewDeployment": true}));
    pass(&mut built.world, 60);
    assert!(started(&mut built.world) > before);
}

#[test]
fn the_breaker_trips_at_its_threshold() {
    let failures = |desired: i64, threshold: serde_json::Value| {
        let mut built = one("healthy");
        let mut breaker = json!({"enable": true, "rollback": false});
        if !threshold.is_null() {
            breaker["thresholdConfiguration"] = threshold;
        }
        let mut input = unpullable_twin(&mut built, &breaker);
        input.set("desiredCount", desired.into());
        services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
        for _ in 0..400 {
            pass(&mut built.world, 1);
            let newest = newest(&mut built.world);
            if newest.get("rolloutState").as_str() == Some("FAILED") {
                return newest.get("failedTasks").as_i64();
            }
        }
        None
    };
    assert_eq!(failures(1, json!(null)), Some(3));
    assert_eq!(failures(8, json!(null)), Some(4));
    assert_eq!(failures(1, json!({"type": "COUNT", "value": 1})), Some(1));
    let quarter = json!({"type": "UNBOUNDED_PERCENT", "value": 25});
    assert_eq!(failures(8, quarter), Some(2));
    let bounded = json!({"type": "BOUNDED_PERCENT", "value": 25});
    assert_eq!(failures(8, bounded), Some(3));
}

#[test]
fn a_healthy_task_makes_the_breaker_forget_unless_told_otherwise() {
    let count = |resets: bool| {
        let mut built = one("healthy");
        let breaker = json!({"enable": true, "rollback": false, "resetOnHealthyTask": resets});
        let mut input = unpullable_twin(&mut built, &breaker);
        input.set("desiredCount", 1_i64.into());
        services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
        while newest(&mut built.world).get("failedTasks").as_i64() < Some(1) {
            pass(&mut built.world, 1);
        }
        // The image is there after all.
        let app = built
            .world
            .ecs
            .task_definitions
            .get_mut("checkout")
            .unwrap();
        let containers = app[0].given.get("containerDefinitions").items().to_vec();
        let reachable = containers.into_iter().map(|mut c| {
            c.set(
                "image",
                "123456789012.dkr-ecr.eu-central-1.on.aws/checkout:v1".into(),
            );
            c
        });
        let reachable = Value::list(reachable.collect::<Vec<_>>());
        app[0].given.set("containerDefinitions", reachable);
        pass(&mut built.world, 200);
        let newest = newest(&mut built.world);
        assert_eq!(newest.get("runningCount").as_i64(), Some(1));
        newest.get("failedTasks").as_i64()
    };
    assert_eq!(count(true), Some(0));
    assert!(count(false) >= Some(1));
}

#[test]
fn the_breaker_goes_back_to_the_last_completed_deployment() {
    let mut built = one("healthy");
    twin(&mut built);
    let good = newest(&mut built.world);
    let breaker = json!({"deploymentCircuitBreaker": {"enable": true, "rollback": true}});
    update(
        &mut built.world,
        &json!({"deploymentConfiguration": breaker}),
    );
    let two = built.services[0].ipv6_subnets[..2].to_vec();
    let groups = built.services[0].security_groups.clone();
    let network = json!({"awsvpcConfiguration": {"subnets": two, "securityGroups": groups}});
    let bad = json!({"taskDefinition": "checkout", "networkConfiguration": network});
    update(&mut built.world, &bad);
    pass(&mut built.world, 900);
    let found = service(&mut built.world, "checkout-ipv6");
    assert_eq!(found.get("taskDefinition"), good.get("taskDefinition"));
    assert_eq!(
        found.get("networkConfiguration"),
        good.get("networkConfiguration")
    );
    let newest = newest(&mut built.world);
    assert_eq!(newest.get("rolloutState").as_str(), Some("COMPLETED"));
    assert_ne!(newest.get("id"), good.get("id"));
    let asked = json!({"cluster": "prod", "service": "checkout-ipv6"});
    let deployments = ask(&mut built.world, "ListServiceDeployments", asked);
    let latest = &deployments.get("serviceDeployments").items()[0];
    assert_eq!(latest.get("status").as_str(), Some("ROLLBACK_SUCCESSFUL"));
    let arn = latest.get("serviceDeploymentArn").as_str().unwrap();
    let asked = json!({"serviceDeploymentArns": [arn]});
    let deployments = ask(&mut built.world, "DescribeServiceDeployments", asked);
    let rollback = deployments.get("serviceDeployments").items()[0].get("rollback");
    assert!(rollback.get("serviceRevisionArn").as_str().is_some());
}

#[test]
fn what_never_completed_has_nothing_to_go_back_to() {
    let mut built = one("healthy");
    let input = unpullable_twin(&mut built, &json!({"enable": true, "rollback": true}));
    services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
    pass(&mut built.world, 1_800);
    let found = service(&mut built.world, "checkout-ipv6");
    assert_eq!(found.get("deployments").items().len(), 1);
    assert_eq!(
        newest(&mut built.world).get("rolloutState").as_str(),
        Some("FAILED")
    );
}

#[test]
fn what_changes_quietly_makes_no_deployment_and_the_rest_makes_one() {
    let mut built = one("healthy");
    let group = ipv6_target_group(&mut built, "twin");
    set_weights(&mut built, &group, 100, 0);
    let definition = dual_stack_definition(&mut built);
    let input = twin_input(&built, &group, &definition);
    services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
    let id = |world: &mut World| newest(world).get("id").as_str().map(str::to_owned);
    let first = id(&mut built.world);
    let quiet = [
        json!({"desiredCount": 4}),
        json!({"deploymentConfiguration": {"maximumPercent": 150}}),
        json!({"availabilityZoneRebalancing": "DISABLED"}),
        json!({"placementConstraints": [], "placementStrategy": []}),
        json!({"healthCheckGracePeriodSeconds": 90}),
        json!({"enableECSManagedTags": true, "propagateTags": "SERVICE"}),
        json!({"taskDefinition": definition}),
    ];
    for patch in quiet {
        update(&mut built.world, &patch);
        assert_eq!(id(&mut built.world), first, "{patch}");
    }
    let subnets = built.services[0].ipv6_subnets[..1].to_vec();
    let group = ipv6_lattice_group(&mut built);
    let lattice = json!([{"roleArn": "r", "targetGroupArn": group, "portName": "http"}]);
    let loud = [
        json!({"networkConfiguration": {"awsvpcConfiguration": {"subnets": subnets}}}),
        json!({"platformVersion": "1.4.0"}),
        json!({"vpcLatticeConfigurations": lattice}),
        json!({"serviceConnectConfiguration": {"enabled": false}}),
        json!({"serviceRegistries": [{"registryArn": "r"}]}),
        json!({"loadBalancers": []}),
        json!({"forceNewDeployment": true}),
    ];
    let mut last = first;
    for patch in loud {
        update(&mut built.world, &patch);
        let now = id(&mut built.world);
        assert_ne!(now, last, "{patch}");
        last = now;
    }
}

#[test]
fn zones_are_balanced_by_default_where_they_can_be() {
    let mut built = one("healthy");
    let definition = json!({
        "family": "plain", "networkMode": "bridge",
        "containerDefinitions": [{"name": "app", "image": "i", "memory": 64}],
    });
    ask(&mut built.world, "RegisterTaskDefinition", definition);
    let mut balance = |name: &str, more: serde_json::Value| {
        let mut input = json!({"cluster": "prod", "serviceName": name, "taskDefinition": "plain", "desiredCount": 1});
        let fields = more.as_object().unwrap().clone();
        input.as_object_mut().unwrap().extend(fields);
        let made = ask(&mut built.world, "CreateService", input);
        let service = made.get("service").get("availabilityZoneRebalancing");
        service.as_str().unwrap().to_owned()
    };
    let packed = json!({"placementStrategy": [{"type": "binpack", "field": "cpu"}]});
    assert_eq!(balance("spread", json!({})), "ENABLED");
    assert_eq!(balance("packed", packed), "DISABLED");
}
