//! Task definitions, each with one thing wrong.

use serde_json::{Value as Json, json};

use super::definitions::{beside, bridge, fargate, first_container};
use super::{Case, empty, from_json, with};
use crate::services::{self, Service};

#[test]
fn task_definitions_with_nothing_wrong_are_registered() {
    for good in [fargate(), bridge()] {
        let made = services::call(
            &mut empty(),
            Service::Ecs,
            "RegisterTaskDefinition",
            &from_json(good),
        );
        assert!(made.is_ok(), "{made:?}");
    }
}

#[test]
fn fargate_has_the_sizes_that_aws_lists() {
    let sized = |cpu: &str, memory: &str| {
        let asked = with(fargate(), &json!({"cpu": cpu, "memory": memory}));
        services::call(
            &mut empty(),
            Service::Ecs,
            "RegisterTaskDefinition",
            &from_json(asked),
        )
        .is_ok()
    };
    let has = [
        ("256", "512"),
        (".25 vCPU", "2 GB"),
        ("1024", "8192"),
        ("2 vCPU", "16GB"),
        ("4096", "30720"),
        ("8192", "16384"),
        ("16 vcpu", "120 GB"),
    ];
    for (cpu, memory) in has {
        assert!(sized(cpu, memory), "{cpu} {memory}");
    }
    let has_not = [
        ("256", "4096"),
        ("1024", "1024"),
        ("2048", "4500"),
        ("8192", "18432"),
        ("300", "1024"),
        ("16384", "36864"),
    ];
    for (cpu, memory) in has_not {
        assert!(!sized(cpu, memory), "{cpu} {memory}");
    }
}

pub(super) fn cases() -> Vec<Case> {
    let all = [
        whole(),
        containers(),
        order(),
        ports(),
        super::on_fargate::of_fargate(),
    ];
    let case = |(rule, definition): (&'static str, Json)| Case {
        rule,
        op: "RegisterTaskDefinition",
        world: empty(),
        input: from_json(definition),
    };
    all.into_iter().flatten().map(case).collect()
}

pub(super) type Wrong = Vec<(&'static str, Json)>;

/// Wrong about the whole of it.
fn whole() -> Wrong {
    let of = |patch: Json| with(fargate(), &patch);
    let on_ec2 = |patch: Json| with(bridge(), &patch);
    let eleven: Vec<Json> = (0..9)
        .map(|n| json!({"name": format!("c{n}"), "image": "i"}))
        .collect();
    let volume = |more: Json| with(json!({"name": "files"}), &more);
    vec![
        ("ecs-family-named", of(json!({"family": ""}))),
        ("ecs-family-named", of(json!({"family": "a shop"}))),
        ("ecs-family-named", of(json!({"family": "s".repeat(256)}))),
        (
            "ecs-definition-has-containers",
            of(json!({"containerDefinitions": []})),
        ),
        (
            "ecs-definition-at-most-10-containers",
            beside(fargate(), &eleven),
        ),
        (
            "ecs-definition-at-most-64-kib",
            first_container(fargate(), &json!({"command": ["x".repeat(65_536)]})),
        ),
        (
            "ecs-container-names-once",
            beside(fargate(), &[json!({"name": "app", "image": "i"})]),
        ),
        (
            "ecs-one-container-essential",
            first_container(fargate(), &json!({"essential": false})),
        ),
        (
            "ecs-container-cpu-within-task",
            first_container(fargate(), &json!({"cpu": 513})),
        ),
        (
            "ecs-container-memory-within-task",
            first_container(fargate(), &json!({"memory": 1025})),
        ),
        (
            "ecs-container-reservations-within-task",
            beside(
                fargate(),
                &[json!({"name": "c", "image": "i", "memory": 513})],
            ),
        ),
        ("ecs-task-cpu-readable", of(json!({"cpu": "half a vCPU"}))),
        ("ecs-task-cpu-readable", on_ec2(json!({"cpu": "127"}))),
        ("ecs-task-memory-readable", of(json!({"memory": "much"}))),
        (
            "ecs-ephemeral-storage-21-to-200",
            of(json!({"ephemeralStorage": {"sizeInGiB": 20}})),
        ),
        (
            "ecs-ephemeral-storage-21-to-200",
            of(json!({"ephemeralStorage": {"sizeInGiB": 201}})),
        ),
        (
            "ecs-ephemeral-storage-on-fargate-only",
            on_ec2(json!({"ephemeralStorage": {"sizeInGiB": 21}})),
        ),
        (
            "ecs-no-elastic-inference",
            on_ec2(
                json!({"inferenceAccelerators": [{"deviceName": "d", "deviceType": "eia2.medium"}]}),
            ),
        ),
        (
            "ecs-windows-not-on-arm",
            of(json!({
                "cpu": "1024", "memory": "2048", "pidMode": null,
                "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}
            })),
        ),
        (
            "ecs-placement-constraints-at-most-10",
            on_ec2(json!({"placementConstraints": vec![json!({"type": "memberOf"}); 11]})),
        ),
        (
            "ecs-volume-names-once",
            of(json!({"volumes": [volume(json!({})), volume(json!({}))]})),
        ),
        (
            "ecs-volume-of-one-kind",
            of(json!({"volumes": [volume(json!({
                "configuredAtLaunch": true, "efsVolumeConfiguration": {"fileSystemId": "fs-1"}
            }))]})),
        ),
        (
            "ecs-one-volume-at-launch",
            of(json!({"volumes": [
                volume(json!({"configuredAtLaunch": true})), {"name": "more", "configuredAtLaunch": true}
            ]})),
        ),
        (
            "ecs-volume-at-launch-is-mounted",
            of(
                json!({"volumes": [volume(json!({})), {"name": "more", "configuredAtLaunch": true}]}),
            ),
        ),
        (
            "ecs-efs-iam-needs-encryption",
            efs(&json!({"transitEncryption": "DISABLED"})),
        ),
        (
            "ecs-efs-port-needs-encryption",
            efs(&json!({
                "transitEncryption": null, "transitEncryptionPort": 2049, "authorizationConfig": {"iam": "DISABLED"}
            })),
        ),
        (
            "ecs-efs-access-point-has-the-root",
            efs(&json!({"rootDirectory": "/shop"})),
        ),
        (
            "ecs-app-mesh-proxy-in-awsvpc",
            on_ec2(json!({"proxyConfiguration": {"type": "APPMESH", "containerName": "app"}})),
        ),
        (
            "ecs-app-mesh-proxy-is-a-container",
            of(json!({"proxyConfiguration": {"type": "APPMESH", "containerName": "envoy"}})),
        ),
        (
            "ecs-secrets-need-an-execution-role",
            with(
                first_container(
                    bridge(),
                    &json!({"secrets": [{"name": "KEY", "valueFrom": "key"}]}),
                ),
                &json!({"executionRoleArn": null}),
            ),
        ),
    ]
}

fn efs(patch: &Json) -> Json {
    let mut definition = fargate();
    let efs = definition["volumes"][0]["efsVolumeConfiguration"].take();
    definition["volumes"][0]["efsVolumeConfiguration"] = with(efs, patch);
    definition
}

/// Wrong about a container.
fn containers() -> Wrong {
    let of = |patch: Json| first_container(fargate(), &patch);
    let on_ec2 = |patch: Json| first_container(bridge(), &patch);
    let secret = |name: &str| json!({"name": name, "valueFrom": "key"});
    let check = |patch: Json| of(json!({"healthCheck": patch}));
    let digest = format!("shop@sha256:{}", "g".repeat(64));
    vec![
        ("ecs-container-named", of(json!({"name": null}))),
        ("ecs-container-named", of(json!({"name": "the app"}))),
        ("ecs-container-has-an-image", of(json!({"image": ""}))),
        (
            "ecs-image-at-most-255",
            of(json!({"image": "i".repeat(256)})),
        ),
        ("ecs-image-digest-is-sha256", of(json!({"image": digest}))),
        (
            "ecs-memory-somewhere",
            on_ec2(json!({"memory": null, "memoryReservation": null})),
        ),
        (
            "ecs-memory-above-its-reservation",
            on_ec2(json!({"memory": 127})),
        ),
        ("ecs-health-check-figures", check(json!({"interval": 4}))),
        ("ecs-health-check-figures", check(json!({"timeout": 61}))),
        ("ecs-health-check-figures", check(json!({"retries": 11}))),
        (
            "ecs-health-check-figures",
            check(json!({"startPeriod": 301})),
        ),
        (
            "ecs-health-check-command",
            check(json!({"command": ["curl"]})),
        ),
        (
            "ecs-mounts-known-volumes",
            of(json!({"mountPoints": [{"sourceVolume": "logs", "containerPath": "/logs"}]})),
        ),
        (
            "ecs-mounts-at-a-path",
            of(json!({"mountPoints": [{"sourceVolume": "files"}]})),
        ),
        (
            "ecs-volumes-from-a-container",
            on_ec2(json!({"volumesFrom": [{"sourceContainer": "files"}]})),
        ),
        (
            "ecs-secret-names-once",
            of(json!({"secrets": [secret("KEY"), secret("KEY")]})),
        ),
        (
            "ecs-secret-is-no-variable",
            of(json!({"secrets": [secret("STAGE")]})),
        ),
        (
            "ecs-environment-files",
            of(
                json!({"environmentFiles": [{"type": "s3", "value": "https://shop.example/production.env"}]}),
            ),
        ),
        (
            "ecs-environment-files",
            of(
                json!({"environmentFiles": vec![json!({"type": "s3", "value": "arn:aws:s3:::b/p.env"}); 11]}),
            ),
        ),
        (
            "ecs-ulimit-soft-within-hard",
            of(json!({"ulimits": [{"name": "nofile", "softLimit": 2, "hardLimit": 1}]})),
        ),
        (
            "ecs-restart-period-60-to-1800",
            of(json!({"restartPolicy": {"enabled": true, "restartAttemptPeriod": 59}})),
        ),
        (
            "ecs-awslogs-options",
            of(json!({"logConfiguration": {"options": {"awslogs-stream-prefix": null}}})),
        ),
        (
            "ecs-awslogs-options",
            on_ec2(
                json!({"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g"}}}),
            ),
        ),
        (
            "ecs-firelens-has-a-router",
            of(json!({"logConfiguration": {"logDriver": "awsfirelens"}})),
        ),
        (
            "ecs-firelens-has-a-router",
            of(json!({"firelensConfiguration": {"type": "fluentbit"}})),
        ),
        (
            "ecs-external-is-not-awsvpc",
            with(
                fargate(),
                &json!({
                    "requiresCompatibilities": ["EXTERNAL"], "ephemeralStorage": null,
                }),
            ),
        ),
    ]
}

/// Wrong about the order of their start.
fn order() -> Wrong {
    let waits =
        |on: &str, until: &str| json!({"dependsOn": [{"containerName": on, "condition": until}]});
    let of = |patch: Json| first_container(fargate(), &patch);
    let back = json!({
        "name": "late", "image": "i", "essential": false,
        "dependsOn": [{"containerName": "app", "condition": "START"}]
    });
    let other = json!({"name": "other", "image": "i"});
    vec![
        ("ecs-depends-on-a-container", of(waits("nobody", "START"))),
        ("ecs-depends-on-another", of(waits("app", "START"))),
        (
            "ecs-depends-in-no-circle",
            beside(of(waits("late", "START")), &[back]),
        ),
        (
            "ecs-essential-never-completes",
            beside(of(waits("other", "SUCCESS")), &[other]),
        ),
        (
            "ecs-healthy-needs-a-check",
            of(waits("migrations", "HEALTHY")),
        ),
    ]
}

/// Wrong about ports and the network.
fn ports() -> Wrong {
    let of = |mappings: Json| first_container(fargate(), &json!({"portMappings": mappings}));
    let on_ec2 = |mappings: Json| first_container(bridge(), &json!({"portMappings": mappings}));
    let of_container = |patch: Json| first_container(fargate(), &patch);
    let second = json!({"name": "c", "image": "i", "portMappings": [{"containerPort": 8080}]});
    let host = |definition: Json| {
        let more = json!({"links": null, "dependsOn": null, "volumesFrom": null, "hostname": null});
        with(
            first_container(definition, &more),
            &json!({"networkMode": "host"}),
        )
    };
    vec![
        ("ecs-container-port-in-range", of(json!([{"hostPort": 80}]))),
        (
            "ecs-container-port-in-range",
            of(json!([{"containerPort": 65536}])),
        ),
        (
            "ecs-host-port-in-range",
            on_ec2(json!([{"containerPort": 80, "hostPort": 65536}])),
        ),
        (
            "ecs-host-port-is-the-container-port",
            of(json!([{"containerPort": 8080, "hostPort": 80}])),
        ),
        (
            "ecs-host-port-is-the-container-port",
            host(on_ec2(json!([{"containerPort": 8080, "hostPort": 80}]))),
        ),
        ("ecs-container-port-once", beside(fargate(), &[second])),
        (
            "ecs-container-port-once",
            on_ec2(json!([{"containerPort": 80}, {"containerPort": 80}])),
        ),
        (
            "ecs-host-port-once",
            on_ec2(
                json!([{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80}]),
            ),
        ),
        (
            "ecs-port-name",
            of(json!([{"containerPort": 80, "name": "HTTP"}])),
        ),
        (
            "ecs-port-name",
            of(json!([{"containerPort": 80, "name": "-http"}])),
        ),
        (
            "ecs-port-names-once",
            of(json!([{"containerPort": 80, "name": "a"}, {"containerPort": 81, "name": "a"}])),
        ),
        (
            "ecs-app-protocol-needs-a-name",
            of(json!([{"containerPort": 80, "appProtocol": "http"}])),
        ),
        (
            "ecs-one-port-or-a-range",
            of(json!([{"containerPort": 80, "containerPortRange": "80-90"}])),
        ),
        (
            "ecs-port-range-forwards",
            of(json!([{"containerPortRange": "90-80"}])),
        ),
        (
            "ecs-port-ranges-apart",
            of(json!([{"containerPortRange": "80-90"}, {"containerPortRange": "85-95"}])),
        ),
        ("ecs-port-range-network-mode", host(bridge())),
        (
            "ecs-no-ports-without-a-network",
            with(
                first_container(
                    on_ec2(json!([{"containerPort": 80}])),
                    &json!({"links": null}),
                ),
                &json!({"networkMode": "none"}),
            ),
        ),
        (
            "ecs-links-with-bridge-only",
            of_container(json!({"links": ["migrations"]})),
        ),
        (
            "ecs-awsvpc-takes-no-host-settings",
            of_container(json!({"hostname": "app"})),
        ),
        (
            "ecs-awsvpc-takes-no-host-settings",
            of_container(json!({"extraHosts": [{"hostname": "db", "ipAddress": "10.0.0.1"}]})),
        ),
        (
            "ecs-awsvpc-takes-no-host-settings",
            of_container(json!({"dnsServers": ["10.0.0.2"]})),
        ),
        (
            "ecs-awsvpc-takes-no-host-settings",
            of_container(json!({"disableNetworking": true})),
        ),
    ]
}
