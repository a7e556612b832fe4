//! Rules of task definitions that are to be valid for Fargate.

use super::asked::{containers, cpu_units, is_given, mebibytes, network_mode, on_fargate};
use super::definition::is_windows;
use super::{Rule, registration};
use crate::Value;

pub(super) const RULES: &[Rule] = &[
    registration(
        "ecs-fargate-is-awsvpc",
        "Fargate has the network mode awsvpc only",
        |_, d| {
            let refused = on_fargate(d) && network_mode(d) != "awsvpc";
            refused.then(|| "Fargate only supports network mode ‘awsvpc’.".to_owned())
        },
        "botocore: ecs RegisterTaskDefinitionRequest.networkMode",
    ),
    registration(
        "ecs-fargate-cpu-of-the-task",
        "Fargate needs cpu at the task's level",
        |_, d| {
            let refused = on_fargate(d) && d.get("cpu").is_null();
            refused.then(|| "Fargate requires that 'cpu' be defined at the task level.".to_owned())
        },
        "botocore: ecs RegisterTaskDefinitionRequest.cpu; klothoplatform/klotho#892",
    ),
    registration(
        "ecs-fargate-memory-of-the-task",
        "Fargate needs memory at the task's level",
        |_, d| {
            let refused = on_fargate(d) && d.get("memory").is_null();
            refused
                .then(|| "Fargate requires that 'memory' be defined at the task level.".to_owned())
        },
        "botocore: ecs RegisterTaskDefinitionRequest.memory",
    ),
    registration(
        "ecs-fargate-sizes",
        "Fargate has certain pairs of cpu and memory; Windows has one vCPU or more",
        |_, d| {
            let (cpu, memory) = (cpu_units(d.get("cpu"))?, mebibytes(d.get("memory"))?);
            let fits = has_size(cpu, memory) && (cpu >= 1024 || !is_windows(d));
            (on_fargate(d) && !fits)
                .then(|| "No Fargate configuration exists for given values.".to_owned())
        },
        "botocore: ecs RegisterTaskDefinitionRequest.memory; AWS docs: fargate-tasks-services, task size",
    ),
    registration(
        "ecs-fargate-ecr-needs-an-execution-role",
        "images of a private ECR registry need an execution role on Fargate",
        |_, d| {
            let ecr = |c: &Value| c.get("image").as_str().is_some_and(is_private_ecr);
            let refused = without_role(d) && containers(d).any(|(_, c)| ecr(c));
            refused.then(|| {
                "Fargate requires task definition to have execution role ARN to support ECR images."
                    .to_owned()
            })
        },
        "AWS docs: task execution IAM role",
    ),
    registration(
        "ecs-fargate-awslogs-needs-an-execution-role",
        "the log driver awslogs needs an execution role on Fargate",
        |_, d| {
            let logs = |c: &Value| driver(c) == Some("awslogs");
            let refused = without_role(d) && containers(d).any(|(_, c)| logs(c));
            refused.then(|| {
                "Fargate requires task definition to have execution role ARN to support log driver awslogs."
                    .to_owned()
            })
        },
        "AWS docs: task execution IAM role",
    ),
    registration(
        "ecs-fargate-log-drivers",
        "Fargate has the log drivers awslogs, splunk and awsfirelens",
        |_, d| {
            let known = ["awslogs", "splunk", "awsfirelens"];
            let other =
                containers(d).find_map(|(_, c)| driver(c).filter(|l| !known.contains(l)))?;
            on_fargate(d).then(|| {
                format!("{other} is not a valid log driver. Must be one of [awslogs, splunk, awsfirelens].")
            })
        },
        "botocore: ecs LogConfiguration.logDriver",
    ),
    registration(
        "ecs-fargate-not-privileged",
        "Fargate has no privileged containers",
        |_, d| {
            let asks = |c: &Value| c.get("privileged").as_bool() == Some(true);
            let refused = on_fargate(d) && containers(d).any(|(_, c)| asks(c));
            refused.then(|| "Fargate requires that the 'privileged' setting be 'false'.".to_owned())
        },
        "botocore: ecs ContainerDefinition.privileged",
    ),
    registration(
        "ecs-fargate-no-host-paths",
        "Fargate mounts no path of a host",
        |_, d| {
            let host = |v: &Value| is_given(v.get("host").get("sourcePath"));
            unsupported(d, "sourcePath", d.get("volumes").items().iter().any(host))
        },
        "cloudposse/terraform-aws-ecs-alb-service-task#174",
    ),
    registration(
        "ecs-fargate-no-docker-volumes",
        "Fargate has no Docker volumes",
        |_, d| {
            let docker = |v: &Value| !v.get("dockerVolumeConfiguration").is_null();
            let asked = d.get("volumes").items().iter().any(docker);
            unsupported(d, "dockerVolumeConfiguration", asked)
        },
        "botocore: ecs Volume.dockerVolumeConfiguration",
    ),
    registration(
        "ecs-fargate-no-placement-constraints",
        "Fargate has no placement constraints",
        |_, d| unsupported(d, "constraints", is_given(d.get("placementConstraints"))),
        "botocore: ecs TaskDefinitionPlacementConstraint",
    ),
    registration(
        "ecs-fargate-no-ipc-mode",
        "Fargate has no ipcMode",
        |_, d| {
            let refused = on_fargate(d) && is_given(d.get("ipcMode"));
            refused
                .then(|| "Tasks using the Fargate launch type do not support ipcMode.".to_owned())
        },
        "botocore: ecs RegisterTaskDefinitionRequest.ipcMode; cn-terraform/terraform-aws-ecs-fargate#2",
    ),
    registration(
        "ecs-fargate-pid-mode-task",
        "Fargate has the pidMode task, and on Linux only",
        |_, d| {
            let mode = d.get("pidMode").as_str()?;
            (on_fargate(d) && (mode != "task" || is_windows(d))).then(|| {
                format!("Tasks using the Fargate launch type do not support pidMode '{mode}'.")
            })
        },
        "botocore: ecs RegisterTaskDefinitionRequest.pidMode",
    ),
    registration(
        "ecs-fargate-no-docker-security-options",
        "Fargate takes no Docker security options",
        |_, d| {
            let asked = containers(d).any(|(_, c)| is_given(c.get("dockerSecurityOptions")));
            unsupported(d, "dockerSecurityOptions", asked)
        },
        "botocore: ecs ContainerDefinition.dockerSecurityOptions",
    ),
    registration(
        "ecs-fargate-linux-parameters",
        "Fargate takes no devices, sharedMemorySize, maxSwap and swappiness",
        |_, d| {
            let given = |key: &&&str| {
                containers(d).any(|(_, c)| is_given(c.get("linuxParameters").get(key)))
            };
            let key = ["devices", "sharedMemorySize", "maxSwap", "swappiness"];
            let key = key.iter().find(given)?;
            unsupported(d, key, true)
        },
        "botocore: ecs LinuxParameters",
    ),
    registration(
        "ecs-fargate-adds-sys-ptrace-only",
        "Fargate adds no capability but SYS_PTRACE",
        |_, d| {
            let added = |c: &Value| {
                c.get("linuxParameters")
                    .get("capabilities")
                    .get("add")
                    .strings()
            };
            let other = containers(d)
                .flat_map(|(_, c)| added(c))
                .find(|name| name != "SYS_PTRACE")?;
            on_fargate(d).then(|| format!("{other} is not allowed on Fargate."))
        },
        "botocore: ecs KernelCapabilities.add",
    ),
    registration(
        "ecs-fargate-no-gpus",
        "Fargate has no GPUs",
        |_, d| {
            let gpu = |r: &Value| r.get("type").as_str() == Some("GPU");
            let asks = |c: &Value| c.get("resourceRequirements").items().iter().any(gpu);
            let refused = on_fargate(d) && containers(d).any(|(_, c)| asks(c));
            refused.then(|| {
                "Tasks using the Fargate launch type do not support GPU resource requirements."
                    .to_owned()
            })
        },
        "AWS docs: task definition differences for Fargate",
    ),
    registration(
        "ecs-fargate-stops-within-120-seconds",
        "a container on Fargate has 120 seconds at most to stop",
        |_, d| {
            let long = |c: &Value| c.get("stopTimeout").as_i64().is_some_and(|s| s > 120);
            let refused = on_fargate(d) && containers(d).any(|(_, c)| long(c));
            refused.then(|| {
                "Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds."
                    .to_owned()
            })
        },
        "botocore: ecs ContainerDefinition.stopTimeout",
    ),
    registration(
        "ecs-fargate-starts-within-120-seconds",
        "a container on Fargate has 120 seconds at most to start",
        |_, d| {
            let long = |c: &Value| c.get("startTimeout").as_i64().is_some_and(|s| s > 120);
            let refused = on_fargate(d) && containers(d).any(|(_, c)| long(c));
            refused.then(|| {
                "Tasks using the Fargate launch type must have a container start timeout of less than 120 seconds."
                    .to_owned()
            })
        },
        "botocore: ecs ContainerDefinition.startTimeout",
    ),
    registration(
        "ecs-fargate-firelens-from-a-file",
        "FireLens on Fargate is configured from a file",
        |_, d| {
            let from_s3 = |c: &Value| {
                let options = c.get("firelensConfiguration").get("options");
                options.get("config-file-type").as_str() == Some("s3")
            };
            let refused = on_fargate(d) && containers(d).any(|(_, c)| from_s3(c));
            refused.then(|| {
                "Tasks using the Fargate launch type do not support the s3 config-file-type."
                    .to_owned()
            })
        },
        "botocore: ecs FirelensConfiguration.options",
    ),
];

fn unsupported(definition: &Value, what: &str, asked: bool) -> Option<String> {
    (asked && on_fargate(definition))
        .then(|| format!("Fargate compatible task definitions do not support {what}."))
}

fn without_role(definition: &Value) -> bool {
    on_fargate(definition) && !is_given(definition.get("executionRoleArn"))
}

fn driver(container: &Value) -> Option<&str> {
    container.get("logConfiguration").get("logDriver").as_str()
}

fn is_private_ecr(image: &str) -> bool {
    let host = image.split('/').next().unwrap_or_default();
    host.contains(".dkr.ecr") || host.contains(".dkr-ecr")
}

/// Whether Fargate has a size of so many CPU units and MiB.
fn has_size(cpu: i64, memory: i64) -> bool {
    let within =
        |least: i64, most: i64, step: i64| (least..=most).contains(&memory) && memory % step == 0;
    match cpu {
        256 => [512, 1024, 2048].contains(&memory),
        512 => within(1024, 4096, 1024),
        1024 => within(2048, 8192, 1024),
        2048 => within(4096, 16_384, 1024),
        4096 => within(8192, 30_720, 1024),
        8192 => within(16_384, 61_440, 4096),
        16_384 => within(32_768, 122_880, 8192),
        _ => false,
    }
}
