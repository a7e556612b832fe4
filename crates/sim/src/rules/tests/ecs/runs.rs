//! Tasks that are run by hand, each with one thing wrong.

use serde_json::{Value as Json, json};

use super::services::{Ground, case, create, update};
use super::{Case, with};

/// A task on Fargate with a patch over it.
fn task(ground: &Ground, patch: &Json) -> Json {
    let network = json!({"subnets": ground.ipv6, "securityGroups": ground.groups});
    let good = json!({
        "cluster": "prod", "taskDefinition": "checkout", "launchType": "FARGATE", "count": 10,
        "startedBy": "sixshift/try_1", "group": "family:checkout", "propagateTags": "TASK_DEFINITION",
        "clientToken": "t".repeat(64), "platformVersion": "1.4.0",
        "overrides": {"containerOverrides": [{}, {"name": "app", "command": ["serve"]}]},
        "networkConfiguration": {"awsvpcConfiguration": network}
    });
    with(good, patch)
}

fn run(rule: &'static str, patch: Json) -> Case {
    case(rule, "RunTask", move |ground| task(ground, &patch))
}

pub(super) fn cases() -> Vec<Case> {
    let containers = |all: Json| json!({"overrides": {"containerOverrides": all}});
    let without_role = |ground: &mut Ground| {
        let found = ground.world.ecs.task_definitions.get_mut("checkout");
        for definition in found.into_iter().flatten() {
            definition.given.set("taskRoleArn", crate::Value::Null);
        }
    };
    let in_ipv4 = |ground: &Ground| json!({"networkConfiguration": {"awsvpcConfiguration": {"subnets": ground.subnets}}});
    vec![
        run("ecs-runs-1-to-10-tasks", json!({"count": 11})),
        run("ecs-runs-1-to-10-tasks", json!({"count": 0})),
        run("ecs-run-token-64", json!({"clientToken": "t".repeat(65)})),
        run("ecs-run-token-64", json!({"clientToken": "a token"})),
        run("ecs-started-by-128", json!({"startedBy": "s".repeat(129)})),
        run("ecs-started-by-128", json!({"startedBy": "six shift"})),
        run(
            "ecs-group-is-no-services",
            json!({"group": "service:checkout"}),
        ),
        run(
            "ecs-run-hands-on-no-services-tags",
            json!({"propagateTags": "SERVICE"}),
        ),
        run(
            "ecs-overrides-name-containers",
            containers(json!([{"name": "web"}])),
        ),
        run(
            "ecs-overrides-name-containers",
            containers(json!([{"command": ["serve"]}])),
        ),
        run(
            "ecs-overrides-8192",
            containers(json!([{"name": "app", "command": ["c".repeat(8192)]}])),
        ),
        case("ecs-run-exec-has-a-role", "RunTask", move |ground| {
            without_role(ground);
            let exec = with(in_ipv4(ground), &json!({"enableExecuteCommand": true}));
            task(ground, &exec)
        }),
        create("ecs-service-exec-has-a-role", move |ground| {
            without_role(ground);
            with(ground.fargate(), &json!({"enableExecuteCommand": true}))
        }),
        case(
            "ecs-service-exec-has-a-role",
            "UpdateService",
            move |ground| {
                without_role(ground);
                super::services::change("checkout", &json!({"enableExecuteCommand": true}))
            },
        ),
        run(
            "ecs-no-exec-on-ipv6-only",
            json!({"enableExecuteCommand": true}),
        ),
        run(
            "ecs-ipv6-only-from-1-4-0",
            json!({"platformVersion": "1.3.0"}),
        ),
        create("ecs-ipv6-only-from-1-4-0", |ground| {
            let subnets = ground.ipv6.clone();
            let network = ground.networked(&json!({"subnets": subnets}));
            with(
                network,
                &json!({"platformVersion": "1.3.0", "loadBalancers": [], "healthCheckGracePeriodSeconds": null}),
            )
        }),
        run(
            "ecs-platform-version-known",
            json!({"platformVersion": "1.5.0"}),
        ),
        run(
            "ecs-launch-type-or-strategy",
            json!({"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]}),
        ),
        run(
            "ecs-fargate-places-itself",
            json!({"placementStrategy": [{"type": "random"}]}),
        ),
        case(
            "ecs-protects-1-to-10-tasks",
            "UpdateTaskProtection",
            |_| json!({"cluster": "prod", "protectionEnabled": true, "tasks": vec!["a"; 11]}),
        ),
        case(
            "ecs-protects-for-two-days",
            "UpdateTaskProtection",
            |_| json!({"cluster": "prod", "protectionEnabled": true, "tasks": ["a"], "expiresInMinutes": 2_881}),
        ),
        case(
            "ecs-tells-protection-of-1-to-100-tasks",
            "GetTaskProtection",
            |_| json!({"cluster": "prod", "tasks": []}),
        ),
        case(
            "ecs-stops-by-rollback",
            "StopServiceDeployment",
            |_| json!({"serviceDeploymentArn": "arn", "stopType": "ABORT"}),
        ),
        update(
            "ecs-platform-version-known",
            "checkout",
            json!({"platformVersion": "2"}),
        ),
    ]
}
