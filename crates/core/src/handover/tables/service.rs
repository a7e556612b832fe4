//! A service (botocore: ecs `Service`), and what only its newest revision or deployment tells (`ServiceRevision`).

use crate::handover::document::{
    Member,
    Shape::{Block, Blocks, Bool, Is, Map, Number, Text, Texts, Usual},
    elsewhere, member as m,
};

const NETWORK: &[Member] = &[
    m("subnets", "subnets", "Subnets", Texts),
    m("securityGroups", "security_groups", "SecurityGroups", Texts),
    m(
        "assignPublicIp",
        "assign_public_ip",
        "AssignPublicIp",
        Is("ENABLED"),
    ),
];

/// In Terraform without the block around it.
const DEPLOYMENT: &[Member] = &[
    m(
        "minimumHealthyPercent",
        "deployment_minimum_healthy_percent",
        "MinimumHealthyPercent",
        Number,
    ),
    m(
        "maximumPercent",
        "deployment_maximum_percent",
        "MaximumPercent",
        Number,
    ),
    m(
        "deploymentCircuitBreaker",
        "deployment_circuit_breaker",
        "DeploymentCircuitBreaker",
        Block(&[
            m("enable", "enable", "Enable", Bool),
            m("rollback", "rollback", "Rollback", Bool),
        ]),
    ),
    m(
        "alarms",
        "alarms",
        "Alarms",
        Block(&[
            m("alarmNames", "alarm_names", "AlarmNames", Texts),
            m("enable", "enable", "Enable", Bool),
            m("rollback", "rollback", "Rollback", Bool),
        ]),
    ),
    m("strategy", "", "Strategy", Usual("ROLLING")),
    m("bakeTimeInMinutes", "", "BakeTimeInMinutes", Number),
    m(
        "lifecycleHooks",
        "",
        "LifecycleHooks",
        Blocks(&[
            m("hookTargetArn", "", "HookTargetArn", Text),
            m("roleArn", "", "RoleArn", Text),
            m("lifecycleStages", "", "LifecycleStages", Texts),
        ]),
    ),
];

#[rustfmt::skip]
pub(in crate::handover) const SERVICE: &[Member] = &[
    elsewhere("serviceArn"),
    elsewhere("status"),
    elsewhere("runningCount"),
    elsewhere("pendingCount"),
    elsewhere("platformFamily"),
    elsewhere("taskSets"),
    elsewhere("deployments"),
    elsewhere("roleArn"),
    elsewhere("events"),
    elsewhere("createdAt"),
    elsewhere("createdBy"),
    elsewhere("currentServiceDeployment"),
    elsewhere("currentServiceRevisions"),
    elsewhere("resourceManagementType"),
    elsewhere("tags"),
    elsewhere("taskDefinition"),
    m("serviceName", "name", "ServiceName", Text),
    m("clusterArn", "cluster", "Cluster", Text),
    m("desiredCount", "desired_count", "DesiredCount", Number),
    m("launchType", "launch_type", "LaunchType", Text),
    m("platformVersion", "platform_version", "PlatformVersion", Text),
    m("schedulingStrategy", "scheduling_strategy", "SchedulingStrategy", Text),
    m("availabilityZoneRebalancing", "availability_zone_rebalancing", "AvailabilityZoneRebalancing", Text),
    m("healthCheckGracePeriodSeconds", "health_check_grace_period_seconds", "HealthCheckGracePeriodSeconds", Number),
    m("enableECSManagedTags", "enable_ecs_managed_tags", "EnableECSManagedTags", Bool),
    m("propagateTags", "propagate_tags", "PropagateTags", Text),
    m("enableExecuteCommand", "enable_execute_command", "EnableExecuteCommand", Bool),
    m("deploymentConfiguration", "", "DeploymentConfiguration", Block(DEPLOYMENT)),
    m("deploymentController", "deployment_controller", "DeploymentController", Block(&[m("type", "type", "Type", Text)])),
    m("networkConfiguration", "", "NetworkConfiguration", Block(&[
        m("awsvpcConfiguration", "network_configuration", "AwsvpcConfiguration", Block(NETWORK)),
    ])),
    m("capacityProviderStrategy", "capacity_provider_strategy", "CapacityProviderStrategy", Blocks(&[
        m("capacityProvider", "capacity_provider", "CapacityProvider", Text),
        m("base", "base", "Base", Number),
        m("weight", "weight", "Weight", Number),
    ])),
    m("loadBalancers", "load_balancer", "LoadBalancers", Blocks(&[
        m("targetGroupArn", "target_group_arn", "TargetGroupArn", Text),
        m("containerName", "container_name", "ContainerName", Text),
        m("containerPort", "container_port", "ContainerPort", Number),
    ])),
    m("serviceRegistries", "service_registries", "ServiceRegistries", Blocks(&[
        m("registryArn", "registry_arn", "RegistryArn", Text),
        m("port", "port", "Port", Number),
        m("containerName", "container_name", "ContainerName", Text),
        m("containerPort", "container_port", "ContainerPort", Number),
    ])),
    m("placementStrategy", "ordered_placement_strategy", "PlacementStrategies", Blocks(&[
        m("type", "type", "Type", Text),
        m("field", "field", "Field", Text),
    ])),
    m("placementConstraints", "placement_constraints", "PlacementConstraints", Blocks(&[
        m("type", "type", "Type", Text),
        m("expression", "expression", "Expression", Text),
    ])),
];

const LOG: &[Member] = &[
    m("logDriver", "log_driver", "LogDriver", Text),
    m("options", "options", "Options", Map),
    m(
        "secretOptions",
        "secret_option",
        "SecretOptions",
        Blocks(&[
            m("name", "name", "Name", Text),
            m("valueFrom", "value_from", "ValueFrom", Text),
        ]),
    ),
];

const EBS: &[Member] = &[
    m("encrypted", "encrypted", "Encrypted", Bool),
    m("kmsKeyId", "kms_key_id", "KmsKeyId", Text),
    m("volumeType", "volume_type", "VolumeType", Text),
    m("sizeInGiB", "size_in_gb", "SizeInGiB", Number),
    m("snapshotId", "snapshot_id", "SnapshotId", Text),
    m(
        "volumeInitializationRate",
        "volume_initialization_rate",
        "VolumeInitializationRate",
        Number,
    ),
    m("iops", "iops", "Iops", Number),
    m("throughput", "throughput", "Throughput", Number),
    m("roleArn", "role_arn", "RoleArn", Text),
    m("filesystemType", "file_system_type", "FilesystemType", Text),
];

/// What a twin may have of it, who offers no names.
#[rustfmt::skip]
pub(in crate::handover) const OF_REVISION: &[Member] = &[
    m("serviceConnectConfiguration", "service_connect_configuration", "ServiceConnectConfiguration", Block(&[
        m("enabled", "enabled", "Enabled", Bool),
        m("namespace", "namespace", "Namespace", Text),
        m("logConfiguration", "log_configuration", "LogConfiguration", Block(LOG)),
    ])),
    m("volumeConfigurations", "volume_configuration", "VolumeConfigurations", Blocks(&[
        m("name", "name", "Name", Text),
        m("managedEBSVolume", "managed_ebs_volume", "ManagedEBSVolume", Block(EBS)),
    ])),
    elsewhere("monitoring"),
];
