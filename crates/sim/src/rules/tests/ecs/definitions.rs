//! Task definitions that nothing is wrong with.

use serde_json::{Value as Json, json};

use super::with;

/// One for Fargate.
pub(super) fn fargate() -> Json {
    json!({
        "family": "shop",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "512",
        "memory": "1 GB",
        "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
        "containerDefinitions": [{
            "name": "app",
            "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:v1",
            "cpu": 256,
            "memoryReservation": 512,
            "portMappings": [{"name": "http", "containerPort": 8080, "protocol": "tcp", "appProtocol": "http"}],
            "environment": [{"name": "STAGE", "value": "production"}],
            "secrets": [{"name": "KEY", "valueFrom": "arn:aws:ssm:eu-central-1:123456789012:parameter/key"}],
            "healthCheck": {"command": ["CMD-SHELL", "curl -f http://localhost:8080"], "interval": 30},
            "mountPoints": [{"sourceVolume": "files", "containerPath": "/files"}],
            "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}],
            "linuxParameters": {"initProcessEnabled": true, "capabilities": {"add": ["SYS_PTRACE"]}},
            "stopTimeout": 120,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": "shop", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "app"}
            }
        }, {
            "name": "migrations",
            "image": "public.ecr.aws/shop/migrations:v1",
            "essential": false,
            "restartPolicy": {"enabled": true, "restartAttemptPeriod": 60}
        }],
        "volumes": [{"name": "files", "efsVolumeConfiguration": {
            "fileSystemId": "fs-1", "rootDirectory": "/", "transitEncryption": "ENABLED",
            "authorizationConfig": {"accessPointId": "fsap-1", "iam": "ENABLED"}
        }}],
        "ephemeralStorage": {"sizeInGiB": 21},
        "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"},
        "pidMode": "task",
        "tags": [{"key": "team", "value": "shop"}]
    })
}

/// One for machines of one's own, with the network mode bridge.
pub(super) fn bridge() -> Json {
    json!({
        "family": "shop",
        "containerDefinitions": [{
            "name": "app",
            "image": "nginx:1",
            "memory": 256,
            "memoryReservation": 128,
            "privileged": true,
            "hostname": "app",
            "links": ["cache"],
            "portMappings": [{"containerPort": 80, "hostPort": 0}, {"containerPortRange": "9000-9010"}],
            "dependsOn": [{"containerName": "cache", "condition": "START"}],
            "volumesFrom": [{"sourceContainer": "cache"}]
        }, {
            "name": "cache", "image": "redis:7", "memory": 64
        }],
        "volumes": [{"name": "files", "host": {"sourcePath": "/srv"}}],
        "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.instance-type =~ m7.*"}]
    })
}

/// With a patch over the first container.
pub(super) fn first_container(mut definition: Json, patch: &Json) -> Json {
    let first = definition["containerDefinitions"][0].take();
    definition["containerDefinitions"][0] = with(first, patch);
    definition
}

/// With more containers.
pub(super) fn beside(mut definition: Json, more: &[Json]) -> Json {
    if let Some(all) = definition["containerDefinitions"].as_array_mut() {
        all.extend(more.iter().cloned());
    }
    definition
}
