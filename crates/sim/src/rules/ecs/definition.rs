//! Rules of a task definition as a whole: its family, size, volumes and platform.

use super::asked::{
    containers, cpu_units, is_given, is_plain_name, mebibytes, network_mode, on_fargate, texts,
    twice,
};
use super::{Rule, registration};
use crate::Value;

pub(super) const RULES: &[Rule] = &[
    registration(
        "ecs-family-named",
        "the family has 1 to 255 letters, digits, underscores and hyphens",
        |_, d| {
            let family = d.get("family").as_str().unwrap_or_default();
            let said = if family.is_empty() {
                "Family should not be empty."
            } else {
                "Family contains invalid characters."
            };
            (!is_plain_name(family)).then(|| said.to_owned())
        },
        "botocore: ecs RegisterTaskDefinitionRequest.family",
    ),
    registration(
        "ecs-definition-has-containers",
        "there is a container",
        |_, d| {
            let none = containers(d).next().is_none();
            none.then(|| "Container definitions should not be empty.".to_owned())
        },
        "botocore: ecs RegisterTaskDefinitionRequest.containerDefinitions",
    ),
    registration(
        "ecs-definition-at-most-10-containers",
        "there are at most 10 containers",
        |_, d| (containers(d).count() > 10).then(|| "Too many containers.".to_owned()),
        "AWS docs: Amazon ECS service quotas, containers per task definition",
    ),
    registration(
        "ecs-definition-at-most-64-kib",
        "the definition has at most 64 KiB",
        |_, d| {
            let size = crate::wire::json::to_json(d).to_string().len();
            (size > 64 * 1024).then(|| {
                "Actual length exceeds the max length of a task definition, 65536.".to_owned()
            })
        },
        "AWS docs: Amazon ECS service quotas, task definition size",
    ),
    registration(
        "ecs-container-names-once",
        "no two containers have one name",
        |_, d| {
            twice(containers(d).map(|(name, _)| name))
                .map(|_| "Container names must be unique within a task definition.".to_owned())
        },
        "badmintoncryer/cdk-preflight (an answer of AWS)",
    ),
    registration(
        "ecs-one-container-essential",
        "a container at least is essential",
        |_, d| {
            let essential = |c: &Value| c.get("essential").as_bool().unwrap_or(true);
            let none = is_given(d.get("containerDefinitions"))
                && !containers(d).any(|(_, c)| essential(c));
            none.then(|| "Task definition doesn't have any essential container.".to_owned())
        },
        "botocore: ecs ContainerDefinition.essential",
    ),
    registration(
        "ecs-container-cpu-within-task",
        "the containers' CPU units are within the task's",
        |_, d| {
            let whole = cpu_units(d.get("cpu"))?;
            let sum: i64 = containers(d)
                .filter_map(|(_, c)| c.get("cpu").as_i64())
                .sum();
            (sum > whole).then(|| {
                "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."
                    .to_owned()
            })
        },
        "botocore: ecs ContainerDefinition.cpu; klothoplatform/klotho#892",
    ),
    registration(
        "ecs-container-memory-within-task",
        "no container's memory is above the task's",
        |_, d| {
            let whole = mebibytes(d.get("memory"))?;
            let (name, _) =
                containers(d).find(|(_, c)| c.get("memory").as_i64().is_some_and(|m| m > whole))?;
            Some(format!(
                "The 'memory' setting for container '{name}' is greater than for the task."
            ))
        },
        "botocore: ecs ContainerDefinition.memory",
    ),
    registration(
        "ecs-container-reservations-within-task",
        "what the containers reserve is within the task's memory",
        |_, d| {
            let whole = mebibytes(d.get("memory"))?;
            let reserved = |c: &Value| {
                let soft = c.get("memoryReservation").as_i64();
                soft.or(c.get("memory").as_i64())
            };
            let sum: i64 = containers(d).filter_map(|(_, c)| reserved(c)).sum();
            (sum > whole).then(|| {
                "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'."
                    .to_owned()
            })
        },
        "botocore: ecs ContainerDefinition.memory (the total reserved is below the task's memory)",
    ),
    registration(
        "ecs-task-cpu-readable",
        "the task's cpu is a number of units or of vCPUs, the least is 128",
        |_, d| {
            let cpu = d.get("cpu");
            let bad =
                !cpu.is_null() && !cpu_units(cpu).is_some_and(|c| (128..=196_608).contains(&c));
            bad.then(|| "Invalid 'cpu' setting for task.".to_owned())
        },
        "botocore: ecs RegisterTaskDefinitionRequest.cpu; AWS docs: task-cpu-memory-error",
    ),
    registration(
        "ecs-task-memory-readable",
        "the task's memory is a number of MiB or of GB",
        |_, d| {
            let memory = d.get("memory");
            let bad = !memory.is_null() && mebibytes(memory).is_none_or(|m| m <= 0);
            bad.then(|| "Invalid 'memory' setting for task.".to_owned())
        },
        "botocore: ecs RegisterTaskDefinitionRequest.memory; AWS docs: task-cpu-memory-error",
    ),
    registration(
        "ecs-ephemeral-storage-21-to-200",
        "ephemeral storage is 21 to 200 GiB",
        |_, d| {
            let size = d.get("ephemeralStorage").get("sizeInGiB").as_i64()?;
            (!(21..=200).contains(&size))
                .then(|| "Ephemeral storage size must be between 21 GiB and 200 GiB.".to_owned())
        },
        "botocore: ecs EphemeralStorage.sizeInGiB",
    ),
    registration(
        "ecs-ephemeral-storage-on-fargate-only",
        "ephemeral storage is for Fargate",
        |_, d| {
            let refused = is_given(d.get("ephemeralStorage")) && !on_fargate(d);
            refused.then(|| {
                "Tasks using the EC2 launch type do not support EphemeralStorage.".to_owned()
            })
        },
        "botocore: ecs RegisterTaskDefinitionRequest.ephemeralStorage",
    ),
    registration(
        "ecs-no-elastic-inference",
        "inference accelerators are gone",
        |_, d| {
            is_given(d.get("inferenceAccelerators"))
                .then(|| "Unsupported field 'inferenceAccelerators'.".to_owned())
        },
        "botocore: ecs CreateService (Elastic Inference is no longer available)",
    ),
    registration(
        "ecs-windows-not-on-arm",
        "Windows runs on X86_64",
        |_, d| {
            let platform = d.get("runtimePlatform");
            let refused =
                is_windows(d) && platform.get("cpuArchitecture").as_str() == Some("ARM64");
            refused.then(|| "Windows tasks do not support the ARM64 CPU architecture.".to_owned())
        },
        "AWS docs: task definition parameters, runtimePlatform",
    ),
    registration(
        "ecs-placement-constraints-at-most-10",
        "there are at most 10 placement constraints",
        |_, d| {
            let many = d.get("placementConstraints").items().len() > 10;
            many.then(|| "Maximum number of constraints is 10.".to_owned())
        },
        "botocore: ecs RegisterTaskDefinitionRequest.placementConstraints",
    ),
    registration(
        "ecs-volume-names-once",
        "no two volumes have one name",
        |_, d| {
            twice(texts(d.get("volumes"), "name"))
                .map(|name| format!("Duplicate volume name '{name}'."))
        },
        "botocore: ecs Volume.name",
    ),
    registration(
        "ecs-volume-of-one-kind",
        "a volume is of one kind",
        |_, d| {
            let kinds = |v: &Value| KINDS.iter().filter(|k| is_given(v.get(k))).count();
            let several = d.get("volumes").items().iter().any(|v| kinds(v) > 1);
            several
                .then(|| "Only one volume configuration can be specified for a volume.".to_owned())
        },
        "botocore: ecs Volume",
    ),
    registration(
        "ecs-one-volume-at-launch",
        "one volume at most is configured at launch",
        |_, d| {
            (at_launch(d).count() > 1)
                .then(|| "Only one volume can be configured at launch.".to_owned())
        },
        "botocore: ecs Volume.configuredAtLaunch",
    ),
    registration(
        "ecs-volume-at-launch-is-mounted",
        "a volume that is configured at launch is mounted by a container",
        |_, d| {
            let mounted = |name: &str| {
                containers(d)
                    .any(|(_, c)| texts(c.get("mountPoints"), "sourceVolume").any(|v| v == name))
            };
            let lost = at_launch(d).find(|name| !mounted(name))?;
            Some(format!(
                "Volumes [{lost}] are not referenced by any of the containers."
            ))
        },
        "badmintoncryer/cdk-preflight (an answer of AWS)",
    ),
    registration(
        "ecs-efs-iam-needs-encryption",
        "EFS with IAM authorization is encrypted in transit",
        |_, d| {
            let iam =
                |e: &Value| e.get("authorizationConfig").get("iam").as_str() == Some("ENABLED");
            efs(d).any(|e| iam(e) && !is_encrypted(e)).then(|| {
                "EFS IAM authorization requires TransitEncryption to be enabled.".to_owned()
            })
        },
        "botocore: ecs EFSVolumeConfiguration.transitEncryption",
    ),
    registration(
        "ecs-efs-port-needs-encryption",
        "a port for encryption in transit needs the encryption",
        |_, d| {
            let port = |e: &Value| !e.get("transitEncryptionPort").is_null();
            efs(d).any(|e| port(e) && !is_encrypted(e)).then(|| {
                "TransitEncryptionPort requires that TransitEncryption is enabled.".to_owned()
            })
        },
        "badmintoncryer/cdk-preflight (an answer of AWS)",
    ),
    registration(
        "ecs-efs-access-point-has-the-root",
        "with an EFS access point the root directory is `/` or left out",
        |_, d| {
            let point = |e: &Value| !e.get("authorizationConfig").get("accessPointId").is_null();
            let other = |e: &Value| e.get("rootDirectory").as_str().is_some_and(|r| r != "/");
            efs(d).any(|e| point(e) && other(e)).then(|| {
                "When using an EFS access point, the root directory must either be set to \"/\" or be omitted."
                    .to_owned()
            })
        },
        "botocore: ecs EFSVolumeConfiguration.rootDirectory",
    ),
    registration(
        "ecs-app-mesh-proxy-in-awsvpc",
        "an App Mesh proxy is for the network mode awsvpc",
        |_, d| {
            let refused = is_given(d.get("proxyConfiguration")) && network_mode(d) != "awsvpc";
            refused.then(|| {
                "APPMESH proxy configuration is only supported in networkMode=awsvpc.".to_owned()
            })
        },
        "badmintoncryer/cdk-preflight (an answer of AWS)",
    ),
    registration(
        "ecs-app-mesh-proxy-is-a-container",
        "the App Mesh proxy is one of the containers",
        |_, d| {
            let proxy = d.get("proxyConfiguration").get("containerName").as_str()?;
            let absent = !containers(d).any(|(name, _)| name == proxy);
            absent.then(|| format!("Proxy container [{proxy}] does not exist."))
        },
        "botocore: ecs ProxyConfiguration.containerName",
    ),
    registration(
        "ecs-secrets-need-an-execution-role",
        "secrets, of a container or its log driver, need an execution role",
        |_, d| {
            let asks = |c: &Value| {
                is_given(c.get("secrets"))
                    || is_given(c.get("logConfiguration").get("secretOptions"))
            };
            let refused =
                !is_given(d.get("executionRoleArn")) && containers(d).any(|(_, c)| asks(c));
            refused.then(|| {
                "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
                    .to_owned()
            })
        },
        "AWS docs: task execution IAM role; badmintoncryer/cdk-preflight (an answer of AWS)",
    ),
];

const KINDS: [&str; 6] = [
    "host",
    "dockerVolumeConfiguration",
    "efsVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration",
    "s3filesVolumeConfiguration",
    "configuredAtLaunch",
];

/// Whether the platform is a Windows.
pub(super) fn is_windows(definition: &Value) -> bool {
    let family = definition
        .get("runtimePlatform")
        .get("operatingSystemFamily");
    family.as_str().is_some_and(|f| f.starts_with("WINDOWS"))
}

/// The names of volumes that are configured at launch.
pub(super) fn at_launch(definition: &Value) -> impl Iterator<Item = &str> {
    let volumes = definition.get("volumes").items().iter();
    volumes
        .filter(|v| v.get("configuredAtLaunch").as_bool() == Some(true))
        .filter_map(|v| v.get("name").as_str())
}

fn efs(definition: &Value) -> impl Iterator<Item = &Value> {
    let volumes = definition.get("volumes").items().iter();
    volumes
        .map(|v| v.get("efsVolumeConfiguration"))
        .filter(|e| !e.is_null())
}

fn is_encrypted(efs: &Value) -> bool {
    efs.get("transitEncryption").as_str() == Some("ENABLED")
}
