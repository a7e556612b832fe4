//! A task definition (botocore: ecs `TaskDefinition`).

use super::container::CONTAINER;
use crate::handover::document::{
    Member,
    Shape::{Block, Blocks, Bool, Json, Map, Number, Pairs, Text, Texts},
    elsewhere, member as m,
};

const AUTHORIZATION: &[Member] = &[
    m("accessPointId", "access_point_id", "AccessPointId", Text),
    m("iam", "iam", "IAM", Text),
];

const VOLUME: &[Member] = &[
    m("name", "name", "Name", Text),
    m(
        "configuredAtLaunch",
        "configure_at_launch",
        "ConfiguredAtLaunch",
        Bool,
    ),
    m(
        "host",
        "",
        "Host",
        Block(&[m("sourcePath", "host_path", "SourcePath", Text)]),
    ),
    m(
        "dockerVolumeConfiguration",
        "docker_volume_configuration",
        "DockerVolumeConfiguration",
        Block(&[
            m("scope", "scope", "Scope", Text),
            m("autoprovision", "autoprovision", "Autoprovision", Bool),
            m("driver", "driver", "Driver", Text),
            m("driverOpts", "driver_opts", "DriverOpts", Map),
            m("labels", "labels", "Labels", Map),
        ]),
    ),
    m(
        "efsVolumeConfiguration",
        "efs_volume_configuration",
        "EFSVolumeConfiguration",
        Block(&[
            m("fileSystemId", "file_system_id", "FilesystemId", Text),
            m("rootDirectory", "root_directory", "RootDirectory", Text),
            m(
                "transitEncryption",
                "transit_encryption",
                "TransitEncryption",
                Text,
            ),
            m(
                "transitEncryptionPort",
                "transit_encryption_port",
                "TransitEncryptionPort",
                Number,
            ),
            m(
                "authorizationConfig",
                "authorization_config",
                "AuthorizationConfig",
                Block(AUTHORIZATION),
            ),
        ]),
    ),
    m(
        "fsxWindowsFileServerVolumeConfiguration",
        "fsx_windows_file_server_volume_configuration",
        "FSxWindowsFileServerVolumeConfiguration",
        Block(&[
            m("fileSystemId", "file_system_id", "FileSystemId", Text),
            m("rootDirectory", "root_directory", "RootDirectory", Text),
            m(
                "authorizationConfig",
                "authorization_config",
                "AuthorizationConfig",
                Block(&[
                    m(
                        "credentialsParameter",
                        "credentials_parameter",
                        "CredentialsParameter",
                        Text,
                    ),
                    m("domain", "domain", "Domain", Text),
                ]),
            ),
        ]),
    ),
];

#[rustfmt::skip]
pub(in crate::handover) const TASK_DEFINITION: &[Member] = &[
    elsewhere("taskDefinitionArn"),
    elsewhere("revision"),
    elsewhere("status"),
    elsewhere("requiresAttributes"),
    elsewhere("compatibilities"),
    elsewhere("registeredAt"),
    elsewhere("registeredBy"),
    m("family", "family", "Family", Text),
    m("networkMode", "network_mode", "NetworkMode", Text),
    m("requiresCompatibilities", "requires_compatibilities", "RequiresCompatibilities", Texts),
    m("cpu", "cpu", "Cpu", Text),
    m("memory", "memory", "Memory", Text),
    m("executionRoleArn", "execution_role_arn", "ExecutionRoleArn", Text),
    m("taskRoleArn", "task_role_arn", "TaskRoleArn", Text),
    m("ipcMode", "ipc_mode", "IpcMode", Text),
    m("pidMode", "pid_mode", "PidMode", Text),
    m("enableFaultInjection", "enable_fault_injection", "EnableFaultInjection", Bool),
    m("containerDefinitions", "container_definitions", "ContainerDefinitions", Json(CONTAINER)),
    m("runtimePlatform", "runtime_platform", "RuntimePlatform", Block(&[
        m("cpuArchitecture", "cpu_architecture", "CpuArchitecture", Text),
        m("operatingSystemFamily", "operating_system_family", "OperatingSystemFamily", Text),
    ])),
    m("ephemeralStorage", "ephemeral_storage", "EphemeralStorage", Block(&[
        m("sizeInGiB", "size_in_gib", "SizeInGiB", Number),
    ])),
    m("proxyConfiguration", "proxy_configuration", "ProxyConfiguration", Block(&[
        m("type", "type", "Type", Text),
        m("containerName", "container_name", "ContainerName", Text),
        m("properties", "properties", "ProxyConfigurationProperties", Pairs(&[
            m("name", "", "Name", Text),
            m("value", "", "Value", Text),
        ])),
    ])),
    m("placementConstraints", "placement_constraints", "PlacementConstraints", Blocks(&[
        m("type", "type", "Type", Text),
        m("expression", "expression", "Expression", Text),
    ])),
    m("inferenceAccelerators", "inference_accelerator", "", Blocks(&[
        m("deviceName", "device_name", "", Text),
        m("deviceType", "device_type", "", Text),
    ])),
    m("volumes", "volume", "Volumes", Blocks(VOLUME)),
];
