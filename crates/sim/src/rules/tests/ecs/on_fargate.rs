//! Task definitions for Fargate, each with one thing that Fargate lacks.

use serde_json::{Value as Json, json};

use super::definitions::{beside, bridge, fargate, first_container};
use super::registrations::Wrong;
use super::with;

/// Wrong for Fargate.
pub(super) fn of_fargate() -> Wrong {
    let of = |patch: Json| with(fargate(), &patch);
    let of_container = |patch: Json| first_container(fargate(), &patch);
    let linux = |patch: Json| of_container(json!({"linuxParameters": patch}));
    let without_role = |logs: Json, image: &str| {
        let more = json!({"secrets": null, "image": image, "logConfiguration": logs});
        with(
            first_container(fargate(), &more),
            &json!({"executionRoleArn": null}),
        )
    };
    let router = json!({
        "name": "router", "image": "i",
        "firelensConfiguration": {"type": "fluentbit", "options": {"config-file-type": "s3"}}
    });
    vec![
        (
            "ecs-fargate-is-awsvpc",
            with(
                bridge(),
                &json!({"requiresCompatibilities": ["EC2", "FARGATE"]}),
            ),
        ),
        ("ecs-fargate-cpu-of-the-task", of(json!({"cpu": null}))),
        (
            "ecs-fargate-memory-of-the-task",
            of(json!({"memory": null})),
        ),
        ("ecs-fargate-sizes", of(json!({"memory": "8 GB"}))),
        (
            "ecs-fargate-sizes",
            of(json!({
                "pidMode": null,
                "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "X86_64"}
            })),
        ),
        (
            "ecs-fargate-ecr-needs-an-execution-role",
            without_role(
                Json::Null,
                "123456789012.dkr-ecr.eu-central-1.on.aws/shop:v1",
            ),
        ),
        (
            "ecs-fargate-awslogs-needs-an-execution-role",
            without_role(json!({}), "nginx:1"),
        ),
        (
            "ecs-fargate-log-drivers",
            of_container(json!({"logConfiguration": {"logDriver": "json-file"}})),
        ),
        (
            "ecs-fargate-not-privileged",
            of_container(json!({"privileged": true})),
        ),
        (
            "ecs-fargate-no-host-paths",
            of(json!({"volumes": [{"name": "files", "host": {"sourcePath": "/srv"}}]})),
        ),
        (
            "ecs-fargate-no-docker-volumes",
            of(
                json!({"volumes": [{"name": "files", "dockerVolumeConfiguration": {"driver": "local"}}]}),
            ),
        ),
        (
            "ecs-fargate-no-placement-constraints",
            of(json!({"placementConstraints": [{"type": "memberOf"}]})),
        ),
        ("ecs-fargate-no-ipc-mode", of(json!({"ipcMode": "task"}))),
        ("ecs-fargate-pid-mode-task", of(json!({"pidMode": "host"}))),
        (
            "ecs-fargate-no-docker-security-options",
            of_container(json!({"dockerSecurityOptions": ["no-new-privileges"]})),
        ),
        ("ecs-fargate-linux-parameters", linux(json!({"maxSwap": 1}))),
        (
            "ecs-fargate-linux-parameters",
            linux(json!({"sharedMemorySize": 64})),
        ),
        (
            "ecs-fargate-linux-parameters",
            linux(json!({"devices": [{"hostPath": "/dev/x"}]})),
        ),
        (
            "ecs-fargate-adds-sys-ptrace-only",
            linux(json!({"capabilities": {"add": ["NET_ADMIN"]}})),
        ),
        (
            "ecs-fargate-no-gpus",
            of_container(json!({"resourceRequirements": [{"type": "GPU", "value": "1"}]})),
        ),
        (
            "ecs-fargate-stops-within-120-seconds",
            of_container(json!({"stopTimeout": 121})),
        ),
        (
            "ecs-fargate-starts-within-120-seconds",
            of_container(json!({"startTimeout": 121})),
        ),
        (
            "ecs-fargate-firelens-from-a-file",
            beside(
                of_container(json!({"logConfiguration": {"logDriver": "awsfirelens"}})),
                &[router],
            ),
        ),
    ]
}
