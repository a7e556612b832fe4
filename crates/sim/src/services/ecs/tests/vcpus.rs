//! vCPUs on Fargate: what runs counts against the account's quota, and nothing is placed beyond it.

use serde_json::json;

use super::ask;
use crate::scenario::Built;
use crate::scenario::fixture::{
    dual_stack_definition, ipv6_target_group, one, pass, service, set_weights, twin_input,
};
use crate::services::{self, Service};
use crate::world::fargate::{NO_ROOM, in_use};
use crate::world::quotas::Quota;

/// A twin of three tasks of half a vCPU, in an account that may run so many.
fn bounded(most: f64) -> Built {
    let mut built = one("healthy");
    built.world.quotas.grant(Quota::FargateOnDemand, most);
    let group = ipv6_target_group(&mut built, "twin");
    set_weights(&mut built, &group, 100, 0);
    let definition = dual_stack_definition(&mut built);
    let input = twin_input(&built, &group, &definition);
    services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
    pass(&mut built.world, 900);
    built
}

fn running(built: &mut Built) -> Option<i64> {
    let twin = service(&mut built.world, "checkout-ipv6");
    twin.get("runningCount").as_i64()
}

#[test]
fn tasks_beyond_the_accounts_vcpus_are_not_placed() {
    let mut built = bounded(2.0);
    assert_eq!(in_use(&built.world, Quota::FargateOnDemand), 2.0);
    assert_eq!(running(&mut built), Some(1), "what there is room for runs");
    let twin = service(&mut built.world, "checkout-ipv6");
    let events = twin.get("events").items();
    let told = format!("(service checkout-ipv6) was unable to place a task. Reason: {NO_ROOM}");
    assert!(
        events
            .iter()
            .any(|e| e.get("message").as_str() == Some(&told)),
        "{events:?}"
    );
    let failed = twin.get("deployments").items()[0].get("failedTasks");
    assert!(failed.as_i64() > Some(1), "{failed:?}");

    built.world.quotas.grant(Quota::FargateOnDemand, 3.0);
    pass(&mut built.world, 900);
    assert_eq!(running(&mut built), Some(3), "ECS tries again by itself");

    let network = json!({"awsvpcConfiguration": {"subnets": built.services[0].ipv6_subnets}});
    let one_more = json!({
        "cluster": "prod", "taskDefinition": "checkout", "launchType": "FARGATE", "count": 1,
        "networkConfiguration": network,
    });
    let answer = ask(&mut built.world, "RunTask", one_more);
    assert!(answer.get("tasks").items().is_empty());
    let failure = &answer.get("failures").items()[0];
    assert_eq!(failure.get("reason").as_str(), Some(NO_ROOM));
}

#[test]
fn tasks_on_spot_count_against_a_quota_of_their_own() {
    let mut built = one("healthy");
    let group = ipv6_target_group(&mut built, "twin");
    set_weights(&mut built, &group, 100, 0);
    let definition = dual_stack_definition(&mut built);
    let mut input = twin_input(&built, &group, &definition);
    input.set("launchType", crate::Value::Null);
    let strategy = json!([
        {"capacityProvider": "FARGATE", "base": 1, "weight": 0},
        {"capacityProvider": "FARGATE_SPOT", "weight": 1},
    ]);
    input.set(
        "capacityProviderStrategy",
        crate::wire::json::from_json(strategy),
    );
    let attached = json!({
        "cluster": "prod", "capacityProviders": ["FARGATE", "FARGATE_SPOT"], "defaultCapacityProviderStrategy": [],
    });
    ask(&mut built.world, "PutClusterCapacityProviders", attached);
    services::call(&mut built.world, Service::Ecs, "CreateService", &input).unwrap();
    pass(&mut built.world, 300);
    assert_eq!(in_use(&built.world, Quota::FargateOnDemand), 2.0);
    assert_eq!(in_use(&built.world, Quota::FargateSpot), 1.0);
    let told = |class| {
        let dims = crate::world::fargate::dimensions(class);
        let metrics = &built.world.metrics;
        metrics.find("AWS/Usage", "ResourceCount", &dims).is_some()
    };
    assert!(told("Standard/OnDemand") && told("Standard/Spot"));
}
