//! A container's definition (botocore: ecs `ContainerDefinition`). Terraform has it as AWS's own JSON.

use crate::handover::document::{
    Member,
    Shape::{self, Block, Blocks, Bool, Map, Number, Text, Texts},
    member,
};

/// Of CloudFormation alone.
const fn m(aws: &'static str, stack: &'static str, shape: Shape) -> Member {
    member(aws, "", stack, shape)
}

const PAIR: &[Member] = &[m("name", "Name", Text), m("value", "Value", Text)];
const SECRET: &[Member] = &[m("name", "Name", Text), m("valueFrom", "ValueFrom", Text)];
const TYPED: &[Member] = &[m("value", "Value", Text), m("type", "Type", Text)];

#[rustfmt::skip]
pub(super) const CONTAINER: &[Member] = &[
    m("name", "Name", Text),
    m("image", "Image", Text),
    m("repositoryCredentials", "RepositoryCredentials", Block(&[m("credentialsParameter", "CredentialsParameter", Text)])),
    m("essential", "Essential", Bool),
    m("cpu", "Cpu", Number),
    m("memory", "Memory", Number),
    m("memoryReservation", "MemoryReservation", Number),
    m("links", "Links", Texts),
    m("portMappings", "PortMappings", Blocks(&[
        m("containerPort", "ContainerPort", Number),
        m("hostPort", "HostPort", Number),
        m("protocol", "Protocol", Text),
        m("name", "Name", Text),
        m("appProtocol", "AppProtocol", Text),
        m("containerPortRange", "ContainerPortRange", Text),
    ])),
    m("restartPolicy", "RestartPolicy", Block(&[
        m("enabled", "Enabled", Bool),
        m("ignoredExitCodes", "IgnoredExitCodes", Texts),
        m("restartAttemptPeriod", "RestartAttemptPeriod", Number),
    ])),
    m("entryPoint", "EntryPoint", Texts),
    m("command", "Command", Texts),
    m("environment", "Environment", Blocks(PAIR)),
    m("environmentFiles", "EnvironmentFiles", Blocks(TYPED)),
    m("mountPoints", "MountPoints", Blocks(&[
        m("sourceVolume", "SourceVolume", Text),
        m("containerPath", "ContainerPath", Text),
        m("readOnly", "ReadOnly", Bool),
    ])),
    m("volumesFrom", "VolumesFrom", Blocks(&[m("sourceContainer", "SourceContainer", Text), m("readOnly", "ReadOnly", Bool)])),
    m("linuxParameters", "LinuxParameters", Block(&[
        m("capabilities", "Capabilities", Block(&[m("add", "Add", Texts), m("drop", "Drop", Texts)])),
        m("devices", "Devices", Blocks(&[
            m("hostPath", "HostPath", Text),
            m("containerPath", "ContainerPath", Text),
            m("permissions", "Permissions", Texts),
        ])),
        m("initProcessEnabled", "InitProcessEnabled", Bool),
        m("sharedMemorySize", "SharedMemorySize", Number),
        m("tmpfs", "Tmpfs", Blocks(&[
            m("containerPath", "ContainerPath", Text),
            m("size", "Size", Number),
            m("mountOptions", "MountOptions", Texts),
        ])),
        m("maxSwap", "MaxSwap", Number),
        m("swappiness", "Swappiness", Number),
    ])),
    m("secrets", "Secrets", Blocks(SECRET)),
    m("dependsOn", "DependsOn", Blocks(&[m("containerName", "ContainerName", Text), m("condition", "Condition", Text)])),
    m("startTimeout", "StartTimeout", Number),
    m("stopTimeout", "StopTimeout", Number),
    m("versionConsistency", "VersionConsistency", Text),
    m("hostname", "Hostname", Text),
    m("user", "User", Text),
    m("workingDirectory", "WorkingDirectory", Text),
    m("disableNetworking", "DisableNetworking", Bool),
    m("privileged", "Privileged", Bool),
    m("readonlyRootFilesystem", "ReadonlyRootFilesystem", Bool),
    m("dnsServers", "DnsServers", Texts),
    m("dnsSearchDomains", "DnsSearchDomains", Texts),
    m("extraHosts", "ExtraHosts", Blocks(&[m("hostname", "Hostname", Text), m("ipAddress", "IpAddress", Text)])),
    m("dockerSecurityOptions", "DockerSecurityOptions", Texts),
    m("interactive", "Interactive", Bool),
    m("pseudoTerminal", "PseudoTerminal", Bool),
    m("dockerLabels", "DockerLabels", Map),
    m("ulimits", "Ulimits", Blocks(&[m("name", "Name", Text), m("softLimit", "SoftLimit", Number), m("hardLimit", "HardLimit", Number)])),
    m("logConfiguration", "LogConfiguration", Block(&[
        m("logDriver", "LogDriver", Text),
        m("options", "Options", Map),
        m("secretOptions", "SecretOptions", Blocks(SECRET)),
    ])),
    m("healthCheck", "HealthCheck", Block(&[
        m("command", "Command", Texts),
        m("interval", "Interval", Number),
        m("timeout", "Timeout", Number),
        m("retries", "Retries", Number),
        m("startPeriod", "StartPeriod", Number),
    ])),
    m("systemControls", "SystemControls", Blocks(&[m("namespace", "Namespace", Text), m("value", "Value", Text)])),
    m("resourceRequirements", "ResourceRequirements", Blocks(TYPED)),
    m("firelensConfiguration", "FirelensConfiguration", Block(&[m("type", "Type", Text), m("options", "Options", Map)])),
    m("credentialSpecs", "CredentialSpecs", Texts),
];
