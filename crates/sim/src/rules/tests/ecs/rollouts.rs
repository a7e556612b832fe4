//! How services are deployed, each with one thing wrong.

use serde_json::{Value as Json, json};

use super::services::{case, change, create, on_ec2, update};
use super::{Case, from_json, with};
use crate::services::{self, Service};

pub(super) fn rolled() -> Vec<Case> {
    let configured = |patch: Json| json!({ "deploymentConfiguration": patch });
    let of = move |rule: &'static str, patch: Json| {
        create(rule, move |g| with(g.fargate(), &configured(patch.clone())))
    };
    let breaker = json!({"deploymentCircuitBreaker": {"enable": true, "rollback": true}});
    let zone = "attribute:ecs.availability-zone == eu-central-1a";
    vec![
        of("ecs-minimum-percent", json!({"minimumHealthyPercent": 101})),
        of("ecs-minimum-percent", json!({"minimumHealthyPercent": -1})),
        of("ecs-maximum-percent", json!({"maximumPercent": 99})),
        of(
            "ecs-percents-leave-room",
            json!({"minimumHealthyPercent": 100, "maximumPercent": 100}),
        ),
        update(
            "ecs-percents-leave-room",
            "checkout",
            configured(json!({"maximumPercent": 100})),
        ),
        of(
            "ecs-rebalancing-needs-headroom",
            json!({"minimumHealthyPercent": 0, "maximumPercent": 100}),
        ),
        update(
            "ecs-rebalancing-needs-headroom",
            "checkout",
            configured(json!({"minimumHealthyPercent": 50, "maximumPercent": 100})),
        ),
        create("ecs-rebalancing-where-ecs-places", |_| {
            with(
                on_ec2(),
                &json!({
                    "availabilityZoneRebalancing": "ENABLED", "placementStrategy": [{"type": "binpack", "field": "cpu"}]
                }),
            )
        }),
        create("ecs-rebalancing-where-ecs-places", move |_| {
            with(
                on_ec2(),
                &json!({
                    "availabilityZoneRebalancing": "ENABLED",
                    "placementConstraints": [{"type": "memberOf", "expression": zone}]
                }),
            )
        }),
        create("ecs-breaker-of-the-ecs-controller", move |g| {
            let controller = json!({"deploymentController": {"type": "CODE_DEPLOY"}});
            with(with(g.fargate(), &controller), &configured(breaker.clone()))
        }),
        of(
            "ecs-steps-of-their-strategy",
            json!({"canaryConfiguration": {"canaryPercent": 5.0}}),
        ),
        create("ecs-code-deploy-needs-a-load-balancer", |g| {
            with(
                g.fargate(),
                &json!({
                    "deploymentController": {"type": "CODE_DEPLOY"}, "loadBalancers": [],
                    "healthCheckGracePeriodSeconds": null
                }),
            )
        }),
        create("ecs-external-has-task-sets", |_| {
            with(
                on_ec2(),
                &json!({"deploymentController": {"type": "EXTERNAL"}}),
            )
        }),
        case("ecs-code-deploy-rolls-itself", "UpdateService", |g| {
            let blue_green = with(
                g.fargate(),
                &json!({"deploymentController": {"type": "CODE_DEPLOY"}}),
            );
            services::call(
                &mut g.world,
                Service::Ecs,
                "CreateService",
                &from_json(blue_green),
            )
            .unwrap();
            change("new", &json!({"forceNewDeployment": true}))
        }),
    ]
}
