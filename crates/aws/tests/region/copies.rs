//! The twin beside its original, member by member, as the region itself describes both.
//!
//! What belongs here: originals that have as much as AWS takes, with members that this program's SDK does not know; and the
//! few members in which the twin may differ, each with what it must be. What must not: the product's own look.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use sixshift_core::names;
use sixshift_sim::{Value, services};

use crate::ground::{Ground, pass};

/// A document as the region takes it.
pub(crate) fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => (*b).into(),
        Json::Number(n) => match n.as_i64() {
            Some(whole) => whole.into(),
            None => Value::Float(n.as_f64().unwrap()),
        },
        Json::String(s) => s.as_str().into(),
        Json::Array(items) => Value::list(items.iter().map(value)),
        Json::Object(members) => Value::map(members.iter().map(|(k, v)| (k.clone(), value(v)))),
    }
}

fn call(ground: &Ground, op: &str, input: &Json) -> Value {
    let input = value(input);
    ground
        .region
        .with_world(|world| services::call(world, services::Service::Ecs, op, &input))
        .unwrap_or_else(|e| panic!("{op}: {e:?}"))
}

/// The members of a description, but for some.
fn members(described: &Value, but: &[&str]) -> BTreeMap<String, Value> {
    let kept = described.fields().iter();
    let kept = kept.filter(|(name, value)| !but.contains(&name.as_str()) && !value.is_null());
    kept.cloned().collect()
}

/// Everything that Fargate takes, and what no version of AWS has yet.
fn everything() -> Json {
    json!({
        "family": "everything",
        "taskRoleArn": "arn:aws:iam::123456789012:role/task",
        "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "1024",
        "memory": "2048",
        "pidMode": "task",
        "ephemeralStorage": { "sizeInGiB": 30 },
        "runtimePlatform": { "cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX" },
        "enableFaultInjection": true,
        "orbit": { "height": 7, "stages": ["one", "two"] },
        "volumes": [
            { "name": "scratch" },
            { "name": "shared", "efsVolumeConfiguration": { "fileSystemId": "fs-0a1b2c3d", "transitEncryption": "ENABLED" } },
        ],
        "tags": [{ "key": "team", "value": "shop" }],
        "containerDefinitions": [
            {
                "name": "app",
                "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/checkout:v1",
                "cpu": 512,
                "memory": 1024,
                "memoryReservation": 512,
                "gpuShare": 3,
                "essential": true,
                "portMappings": [{ "containerPort": 8080, "protocol": "tcp", "name": "web", "appProtocol": "http" }],
                "restartPolicy": { "enabled": true, "restartAttemptPeriod": 120 },
                "entryPoint": ["/bin/app"],
                "command": ["serve", "--verbose"],
                "environment": [{ "name": "MODE", "value": "live" }],
                "secrets": [{ "name": "TOKEN", "valueFrom": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:token" }],
                "mountPoints": [{ "sourceVolume": "shared", "containerPath": "/data", "readOnly": true }],
                "linuxParameters": { "initProcessEnabled": true },
                "dependsOn": [{ "containerName": "sidecar", "condition": "START" }],
                "startTimeout": 60,
                "stopTimeout": 30,
                "versionConsistency": "enabled",
                "user": "1000",
                "workingDirectory": "/srv",
                "readonlyRootFilesystem": true,
                "interactive": false,
                "pseudoTerminal": false,
                "dockerLabels": { "team": "shop" },
                "ulimits": [{ "name": "nofile", "softLimit": 1024, "hardLimit": 4096 }],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": { "awslogs-group": "/shop", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "app" },
                },
                "healthCheck": { "command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3, "startPeriod": 10 },
            },
            { "name": "sidecar", "image": "public.ecr.aws/shop/sidecar:1", "essential": false },
        ],
    })
}

/// What AWS sets in a description of a task definition.
const OF_AWS: &[&str] = &[
    "taskDefinitionArn",
    "revision",
    "status",
    "registeredAt",
    "registeredBy",
    "compatibilities",
    "requiresAttributes",
];

async fn ground_with_everything() -> Ground {
    let ground = Ground::new("healthy", None);
    ground.region.with_world(|world| {
        for member in [
            "ecs:RegisterTaskDefinitionRequest.orbit",
            "ecs:TaskDefinition.orbit",
            "ecs:ContainerDefinition.gpuShare",
            "ecs:DeploymentConfiguration.orbit",
        ] {
            world.newer.insert(member.to_owned());
        }
    });
    let plan = ground.plan();
    call(&ground, "RegisterTaskDefinition", &everything());
    let update = json!({
        "cluster": plan.service.cluster,
        "service": plan.service.name,
        "taskDefinition": "everything",
        "healthCheckGracePeriodSeconds": 45,
        "propagateTags": "SERVICE",
        "enableECSManagedTags": true,
        "availabilityZoneRebalancing": "DISABLED",
        "deploymentConfiguration": {
            "maximumPercent": 150,
            "minimumHealthyPercent": 50,
            "deploymentCircuitBreaker": { "enable": true, "rollback": true },
            "orbit": "low",
        },
    });
    call(&ground, "UpdateService", &update);
    pass(300).await;
    ground.make_twin(&plan, 1).await;
    ground
}

#[tokio::test(start_paused = true)]
async fn a_task_definition_is_copied_whole_with_members_that_no_sdk_knows() {
    let ground = ground_with_everything().await;
    let plan = ground.plan();
    let described = |family: &str| {
        let input = json!({ "taskDefinition": family, "include": ["TAGS"] });
        call(&ground, "DescribeTaskDefinition", &input)
    };
    let (original, twin) = (described("everything"), described(&names::family(&plan)));
    let (original, twin) = (original.get("taskDefinition"), twin.get("taskDefinition"));
    assert_eq!(twin.get("orbit").get("height").as_i64(), Some(7));
    let but = [OF_AWS, &["family", "containerDefinitions"]].concat();
    assert_eq!(members(twin, &but), members(original, &but));
    let pairs = original.get("containerDefinitions").items().iter();
    let pairs = pairs.zip(twin.get("containerDefinitions").items());
    let images = [
        "123456789012.dkr-ecr.eu-central-1.on.aws/checkout:v1",
        "ecr-public.aws.com/shop/sidecar:1",
    ];
    assert_eq!(pairs.clone().count(), images.len());
    for ((old, new), image) in pairs.zip(images) {
        let but = ["image", "environment"];
        assert_eq!(members(new, &but), members(old, &but));
        assert_eq!(new.get("image").as_str(), Some(image));
        let mut environment = old.get("environment").items().to_vec();
        let ours = [
            ("name", "AWS_USE_DUALSTACK_ENDPOINT".into()),
            ("value", "true".into()),
        ];
        environment.push(Value::map(ours));
        assert_eq!(new.get("environment").items(), environment);
    }
}

/// Members in which a described twin differs from its original.
const OF_THE_TWIN: &[&str] = &[
    "serviceArn",
    "serviceName",
    "desiredCount",
    "runningCount",
    "pendingCount",
    "taskDefinition",
    "deployments",
    "events",
    "createdAt",
    "createdBy",
    "currentServiceDeployment",
    "currentServiceRevisions",
    // Each of these is looked at by itself.
    "loadBalancers",
    "networkConfiguration",
    "deploymentConfiguration",
    "tags",
    "enableExecuteCommand",
];

#[tokio::test(start_paused = true)]
async fn a_service_is_copied_whole_but_for_what_ipv6_needs() {
    let ground = ground_with_everything().await;
    let plan = ground.plan();
    let described = |name: &str| {
        let input =
            json!({ "cluster": plan.service.cluster, "services": [name], "include": ["TAGS"] });
        call(&ground, "DescribeServices", &input)
            .get("services")
            .items()[0]
            .clone()
    };
    let (original, twin) = (
        described(&plan.service.name),
        described(&names::service(&plan)),
    );
    assert_eq!(members(&twin, OF_THE_TWIN), members(&original, OF_THE_TWIN));
    let deployment = |of: &Value| of.get("deploymentConfiguration").clone();
    let but = ["deploymentCircuitBreaker", "strategy"];
    assert_eq!(
        members(&deployment(&twin), &but),
        members(&deployment(&original), &but)
    );
    assert_eq!(deployment(&twin).get("orbit").as_str(), Some("low"));
    let breaker = deployment(&twin).get("deploymentCircuitBreaker").clone();
    assert_eq!(breaker.get("enable").as_bool(), Some(false));
    let vpc = |of: &Value| {
        of.get("networkConfiguration")
            .get("awsvpcConfiguration")
            .clone()
    };
    assert_eq!(vpc(&twin).get("subnets").strings(), plan.ipv6.subnets);
    assert_eq!(twin.get("enableExecuteCommand").as_bool(), Some(false));
    let ports = |of: &Value| -> Vec<BTreeMap<String, Value>> {
        let entries = of.get("loadBalancers").items().iter();
        entries.map(|e| members(e, &["targetGroupArn"])).collect()
    };
    assert_eq!(ports(&twin), ports(&original));
}
