//! How long things last, what is shown of them, and what a world can be told to do otherwise.

use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::{ask, newest, refusal};
use crate::Value;
use crate::scenario::fixture::{
    dual_stack_definition, health, ipv6_lattice_group, ipv6_target_group, one, pass, service,
    set_weights, twin_input,
};
use crate::scenario::{Built, fixture};
use crate::services::{self, Service};
use crate::wire::json::from_json;
use crate::world::World;

/// A twin with a patch over what it is made of.
fn twin_with(built: &mut Built, patch: &Json) -> Value {
    let group = ipv6_target_group(built, "twin");
    set_weights(built, &group, 100, 0);
    let definition = dual_stack_definition(built);
    let mut input = twin_input(built, &group, &definition);
    for (key, value) in patch.as_object().unwrap() {
        input.set(key, from_json(value.clone()));
    }
    services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
    input
}

fn delete(world: &mut World, name: &str) {
    ask(
        world,
        "DeleteService",
        json!({"cluster": "prod", "service": name, "force": true}),
    );
}

#[test]
fn a_deleted_service_drains_for_minutes_and_keeps_its_name_until_then() {
    let mut built = one("healthy");
    let input = twin_with(&mut built, &json!({"desiredCount": 0}));
    delete(&mut built.world, "checkout-ipv6");
    pass(&mut built.world, 59);
    let status = |world: &mut World| {
        let found = service(world, "checkout-ipv6");
        found.get("status").as_str().map(str::to_owned)
    };
    assert_eq!(status(&mut built.world).as_deref(), Some("DRAINING"));
    let listed = ask(&mut built.world, "ListServices", json!({"cluster": "prod"}));
    assert_eq!(listed.get("serviceArns").items().len(), 1);
    let refused = refusal(&mut built.world, "CreateService", &input);
    assert_eq!(refused.code, "InvalidParameterException");
    assert!(refused.message.contains("Draining"), "{refused}");
    pass(&mut built.world, 241);
    assert_eq!(status(&mut built.world).as_deref(), Some("INACTIVE"));
    services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
    assert_eq!(status(&mut built.world).as_deref(), Some("ACTIVE"));
}

#[test]
fn a_token_may_be_remembered_beyond_its_service() {
    let again = |remembers: bool, count: i64| {
        let mut built = one("healthy");
        built.world.ecs.habits.remembers_tokens = remembers;
        let mut input = twin_with(&mut built, &json!({"desiredCount": 0}));
        delete(&mut built.world, "checkout-ipv6");
        pass(&mut built.world, 600);
        input.set("desiredCount", count.into());
        let made = services::call(&mut built.world, Service::Ecs, "CreateService", &input);
        made.map(|m| m.get("service").get("status").as_str().map(str::to_owned))
    };
    assert_eq!(again(false, 0), Ok(Some("ACTIVE".to_owned())));
    assert_eq!(again(true, 0), Ok(Some("INACTIVE".to_owned())));
    let refused = again(true, 1).unwrap_err();
    assert_eq!(refused.message, "Creation of service was not idempotent.");
}

#[test]
fn updated_at_of_a_deployment_moves_as_the_world_is_told() {
    let moved = |touches: bool, daily: bool| {
        let mut built = one("healthy");
        built.world.scaling.deregister("service/prod/checkout");
        built.world.ecs.habits.scale_touches_deployment = touches;
        built.world.ecs.habits.touches_daily = daily;
        let at = |world: &mut World| {
            let found = service(world, "checkout");
            found.get("deployments").items()[0]
                .get("updatedAt")
                .as_time()
                .unwrap()
        };
        let before = at(&mut built.world);
        let asked = json!({"cluster": "prod", "service": "checkout", "desiredCount": 2});
        ask(&mut built.world, "UpdateService", asked);
        let scaled = at(&mut built.world);
        pass(&mut built.world, 86_400 + 60);
        let later = at(&mut built.world);
        (
            scaled > before,
            later.duration_since(scaled) >= SignedDuration::from_hours(23),
        )
    };
    assert_eq!(moved(true, false), (true, false));
    assert_eq!(moved(false, false), (false, false));
    assert!(moved(false, true).1);
}

#[test]
fn a_service_shows_its_launch_type_or_its_strategy() {
    let mut built = one("healthy");
    let strategy = json!([{"capacityProvider": "FARGATE_SPOT", "weight": 1}]);
    let asked = json!({
        "cluster": "prod", "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
        "defaultCapacityProviderStrategy": strategy
    });
    ask(&mut built.world, "PutClusterCapacityProviders", asked);
    twin_with(&mut built, &json!({"launchType": null}));
    let old = service(&mut built.world, "checkout");
    let new = service(&mut built.world, "checkout-ipv6");
    for (shown, other, of) in [
        ("launchType", "capacityProviderStrategy", &old),
        ("capacityProviderStrategy", "launchType", &new),
    ] {
        let deployment = &of.get("deployments").items()[0];
        for document in [of, deployment] {
            assert!(!document.get(shown).is_null(), "{shown}");
            assert!(document.get(other).is_null(), "{other}");
        }
    }
    assert_eq!(new.get("capacityProviderStrategy"), &from_json(strategy));
}

#[test]
fn tasks_without_security_groups_have_the_default_one_of_their_vpc() {
    let mut built = one("healthy");
    let subnets = built.services[0].ipv6_subnets.clone();
    let network = json!({"awsvpcConfiguration": {"subnets": subnets}});
    let more = json!({"networkConfiguration": network, "healthCheckGracePeriodSeconds": 3600});
    let input = twin_with(&mut built, &more);
    let group = input.get("loadBalancers").items()[0].get("targetGroupArn");
    let group = group.as_str().unwrap().to_owned();
    pass(&mut built.world, 180);
    let states = health(&mut built.world, &group);
    assert!(!states.is_empty());
    let closed = |s: &(String, String)| s.1 == "Target.Timeout";
    assert!(states.iter().all(closed), "{states:?}");
}

#[test]
fn lattice_and_gateways_are_shown_where_aws_shows_them() {
    let mut built = one("healthy");
    let group = ipv6_lattice_group(&mut built);
    let lattice = json!([{"roleArn": "role", "targetGroupArn": group, "portName": "http"}]);
    let gateway = json!([{"portName": "http"}]);
    let more = json!({"vpcLatticeConfigurations": lattice, "gatewayConnectors": gateway});
    twin_with(&mut built, &more);
    let found = service(&mut built.world, "checkout-ipv6");
    assert_eq!(
        found.get("resourceManagementType").as_str(),
        Some("CUSTOMER")
    );
    assert!(found.get("vpcLatticeConfigurations").is_null());
    let deployment = &found.get("deployments").items()[0];
    let shown = from_json(lattice);
    assert_eq!(deployment.get("vpcLatticeConfigurations"), &shown);
    let arn = found.get("currentServiceRevisions").items()[0].get("arn");
    let asked = json!({"serviceRevisionArns": [arn.as_str()]});
    let revisions = ask(&mut built.world, "DescribeServiceRevisions", asked);
    let revision = &revisions.get("serviceRevisions").items()[0];
    assert_eq!(revision.get("vpcLatticeConfigurations"), &shown);
    assert_eq!(revision.get("gatewayConnectors"), &from_json(gateway));
}

#[test]
fn what_the_region_does_not_know_is_kept_and_shown() {
    let mut built = one("healthy");
    for member in [
        "CreateServiceRequest.newerThanTheRegion",
        "UpdateServiceRequest.newestOfAll",
        "RegisterTaskDefinitionRequest.newerThanTheRegion",
        "ContainerDefinition.newer",
        "Service.newerThanTheRegion",
        "Service.newestOfAll",
        "ServiceRevision.newerThanTheRegion",
        "ServiceRevision.newestOfAll",
        "TaskDefinition.newerThanTheRegion",
    ] {
        built.world.newer.insert(format!("ecs:{member}"));
    }
    let newer = json!({"level": "deep", "parts": [1, 2]});
    twin_with(&mut built, &json!({"newerThanTheRegion": newer}));
    let asked = json!({
        "cluster": "prod", "service": "checkout-ipv6", "newestOfAll": {"a": "b"}
    });
    ask(&mut built.world, "UpdateService", asked);
    let found = service(&mut built.world, "checkout-ipv6");
    assert_eq!(found.get("newerThanTheRegion"), &from_json(newer.clone()));
    assert_eq!(found.get("newestOfAll").get("a").as_str(), Some("b"));
    for not_shown in ["cluster", "clientToken", "serviceName "] {
        assert!(found.get(not_shown).is_null(), "{not_shown}");
    }
    let arn = found.get("currentServiceRevisions").items()[0].get("arn");
    let asked = json!({"serviceRevisionArns": [arn.as_str()]});
    let revisions = ask(&mut built.world, "DescribeServiceRevisions", asked);
    let revision = &revisions.get("serviceRevisions").items()[0];
    assert_eq!(
        revision.get("newerThanTheRegion"),
        &from_json(newer.clone())
    );

    let definition = json!({
        "family": "newer", "newerThanTheRegion": newer,
        "containerDefinitions": [{"name": "app", "image": "i", "memory": 64, "newer": true}]
    });
    ask(&mut built.world, "RegisterTaskDefinition", definition);
    let asked = json!({"taskDefinition": "newer"});
    let found = ask(&mut built.world, "DescribeTaskDefinition", asked);
    let found = found.get("taskDefinition");
    assert_eq!(found.get("newerThanTheRegion"), &from_json(newer));
    let container = &found.get("containerDefinitions").items()[0];
    assert_eq!(container.get("newer").as_bool(), Some(true));
}

#[test]
fn an_inactive_task_definition_is_described_to_those_who_run_it() {
    let mut built = one("healthy");
    let asked = json!({"taskDefinition": "checkout:1"});
    ask(&mut built.world, "DeregisterTaskDefinition", asked.clone());
    let found = ask(&mut built.world, "DescribeTaskDefinition", asked.clone());
    let found = found.get("taskDefinition");
    assert_eq!(found.get("status").as_str(), Some("INACTIVE"));
    assert!(found.get("deregisteredAt").as_time().is_some());
    delete(&mut built.world, "checkout");
    pass(&mut built.world, 900);
    let refused = refusal(
        &mut built.world,
        "DescribeTaskDefinition",
        &from_json(asked),
    );
    assert_eq!(refused.code, "ClientException");
    assert_eq!(refused.message, "Unable to describe task definition.");

    let register = |world: &mut World| {
        let definition = json!({
            "family": "checkout", "containerDefinitions": [{"name": "app", "image": "i", "memory": 64}]
        });
        let made = ask(world, "RegisterTaskDefinition", definition);
        made.get("taskDefinition").get("revision").as_i64()
    };
    assert_eq!(register(&mut built.world), Some(2));
    let both = json!({"taskDefinitions": ["checkout:1", "checkout:2"]});
    let deleted = ask(&mut built.world, "DeleteTaskDefinitions", both);
    let gone = deleted.get("taskDefinitions").items();
    assert_eq!(gone.len(), 1);
    assert_eq!(gone[0].get("status").as_str(), Some("DELETE_IN_PROGRESS"));
    assert_eq!(deleted.get("failures").items().len(), 1);
    pass(&mut built.world, 2);
    assert_eq!(register(&mut built.world), Some(3));
    let listed = ask(
        &mut built.world,
        "ListTaskDefinitions",
        json!({"familyPrefix": "checkout"}),
    );
    assert_eq!(listed.get("taskDefinitionArns").items().len(), 2);
}

#[test]
fn services_of_old_have_no_revisions() {
    let mut built = one("healthy");
    let revisions = |world: &mut World| {
        let found = service(world, "checkout");
        found.get("currentServiceRevisions").items().to_vec()
    };
    let known = revisions(&mut built.world)[0]
        .get("arn")
        .as_str()
        .unwrap()
        .to_owned();
    built.world.ecs.habits.without_revisions = true;
    assert!(revisions(&mut built.world).is_empty());
    let asked = json!({"serviceRevisionArns": [known]});
    let found = ask(&mut built.world, "DescribeServiceRevisions", asked);
    assert!(found.get("serviceRevisions").items().is_empty());
    assert_eq!(found.get("failures").items().len(), 1);
}

#[test]
fn a_stopped_task_is_described_for_an_hour() {
    let mut built = one("healthy");
    let listed = ask(&mut built.world, "ListTasks", json!({"cluster": "prod"}));
    let task = listed.get("taskArns").items()[0]
        .as_str()
        .unwrap()
        .to_owned();
    let asked = json!({"cluster": "prod", "task": task});
    ask(&mut built.world, "StopTask", asked);
    let state = |world: &mut World| {
        let found = ask(
            world,
            "DescribeTasks",
            json!({"cluster": "prod", "tasks": [task]}),
        );
        let found = found.get("tasks").items().first();
        found.and_then(|t| t.get("lastStatus").as_str().map(str::to_owned))
    };
    pass(&mut built.world, 3_600);
    assert_eq!(state(&mut built.world).as_deref(), Some("STOPPED"));
    pass(&mut built.world, 120);
    assert_eq!(state(&mut built.world), None);
}

#[test]
fn a_service_with_a_short_arn_is_found_and_takes_no_tags() {
    let mut built = fixture::one("healthy");
    built.world.ecs.habits.short_arns = true;
    twin_with(&mut built, &json!({}));
    let found = service(&mut built.world, "checkout-ipv6");
    let arn = found.get("serviceArn").as_str().unwrap().to_owned();
    assert!(arn.ends_with(":service/checkout-ipv6"), "{arn}");
    pass(&mut built.world, 120);
    assert_eq!(
        newest(&mut built.world).get("runningCount").as_i64(),
        Some(3)
    );
    let tag = json!({"resourceArn": arn, "tags": [{"key": "a", "value": "b"}]});
    let refused = refusal(&mut built.world, "TagResource", &from_json(tag));
    assert!(refused.message.contains("Long arn format"), "{refused}");
}
