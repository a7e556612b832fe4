//! What the models do not say of a value, by operation, and the places that stay empty, each with why.
//!
//! What belongs here: tables. What must not: how they are used.

use super::draw::Word::{At, Begins, Either, Just, Needs, Number, One};
use super::draw::Words;

const ROLE: &str = "arn:aws:iam::123456789012:role/";
const SECRET: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:";

pub(super) const DEFINITION: Words = &[
    ("tags[]", Needs(&["key"])),
    ("executionRoleArn", Begins(ROLE)),
    ("taskRoleArn", Begins(ROLE)),
    ("ephemeralStorage.sizeInGiB", Number(21, 200)),
    ("placementConstraints[].type", One(&["memberOf"])),
    (
        "placementConstraints[].expression",
        One(&["attribute:ecs.instance-type =~ t3.*"]),
    ),
    (
        "proxyConfiguration.containerName",
        At("containerDefinitions[].name"),
    ),
    ("runtimePlatform.operatingSystemFamily", One(&["LINUX"])),
    ("volumes[]", Needs(&["name"])),
    ("volumes[].name", Begins("volume-")),
    ("volumes[].configuredAtLaunch", Just(false)),
    ("volumes[].host.sourcePath", Begins("/srv/")),
    (
        "volumes[].efsVolumeConfiguration.fileSystemId",
        One(&["fs-0a1b2c3d"]),
    ),
    (
        "volumes[].efsVolumeConfiguration.rootDirectory",
        One(&["/", "/data"]),
    ),
    (
        "volumes[].efsVolumeConfiguration.transitEncryptionPort",
        Number(1024, 65535),
    ),
    (
        "volumes[].efsVolumeConfiguration.authorizationConfig.accessPointId",
        One(&["fsap-0a1b2c3d"]),
    ),
    (
        "volumes[].s3filesVolumeConfiguration.transitEncryptionPort",
        Number(1024, 65535),
    ),
    ("containerDefinitions[].name", Begins("c-")),
    (
        "containerDefinitions[].image",
        One(&[
            "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/checkout:v1",
            "public.ecr.aws/shop/sidecar:1",
            "busybox:1.36",
            "123456789012.dkr-ecr.eu-central-1.on.aws/shop/cart@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ]),
    ),
    ("containerDefinitions[].cpu", Number(0, 128)),
    ("containerDefinitions[].essential", Just(false)),
    ("containerDefinitions[].memory", Number(300, 500)),
    ("containerDefinitions[].memoryReservation", Number(128, 299)),
    ("containerDefinitions[].startTimeout", Number(2, 120)),
    ("containerDefinitions[].stopTimeout", Number(2, 120)),
    (
        "containerDefinitions[].portMappings[]",
        Either(&["containerPort", "containerPortRange"]),
    ),
    (
        "containerDefinitions[].portMappings[].containerPort",
        Number(9000, 60000),
    ),
    (
        "containerDefinitions[].portMappings[].containerPortRange",
        One(&["6000-6010", "6100-6200"]),
    ),
    (
        "containerDefinitions[].portMappings[].hostPort",
        Number(0, 0),
    ),
    (
        "containerDefinitions[].environment[]",
        Needs(&["name", "value"]),
    ),
    (
        "containerDefinitions[].systemControls[]",
        Needs(&["namespace", "value"]),
    ),
    (
        "containerDefinitions[].environmentFiles[].value",
        One(&["arn:aws:s3:::settings/shop.env"]),
    ),
    (
        "containerDefinitions[].mountPoints[].sourceVolume",
        At("volumes[].name"),
    ),
    (
        "containerDefinitions[].mountPoints[].containerPath",
        Begins("/"),
    ),
    (
        "containerDefinitions[].volumesFrom[].sourceContainer",
        At("containerDefinitions[].name"),
    ),
    (
        "containerDefinitions[].dependsOn[].containerName",
        At("containerDefinitions[].name"),
    ),
    (
        "containerDefinitions[].linuxParameters.capabilities.add[]",
        One(&["SYS_PTRACE"]),
    ),
    (
        "containerDefinitions[].linuxParameters.tmpfs[].containerPath",
        Begins("/tmp/"),
    ),
    ("containerDefinitions[].secrets[].valueFrom", Begins(SECRET)),
    (
        "containerDefinitions[].repositoryCredentials.credentialsParameter",
        Begins(SECRET),
    ),
    (
        "containerDefinitions[].ulimits[].softLimit",
        Number(1, 1000),
    ),
    (
        "containerDefinitions[].ulimits[].hardLimit",
        Number(1000, 9000),
    ),
    (
        "containerDefinitions[].restartPolicy.restartAttemptPeriod",
        Number(60, 1800),
    ),
    (
        "containerDefinitions[].healthCheck.command[]",
        One(&["CMD-SHELL"]),
    ),
    (
        "containerDefinitions[].healthCheck.interval",
        Number(5, 300),
    ),
    ("containerDefinitions[].healthCheck.timeout", Number(2, 60)),
    ("containerDefinitions[].healthCheck.retries", Number(1, 10)),
    (
        "containerDefinitions[].healthCheck.startPeriod",
        Number(0, 300),
    ),
    (
        "containerDefinitions[].logConfiguration.secretOptions[].valueFrom",
        Begins(SECRET),
    ),
    (
        "containerDefinitions[].resourceRequirements[].type",
        One(&["GPU"]),
    ),
    (
        "containerDefinitions[].resourceRequirements[].value",
        One(&["1"]),
    ),
];

/// Where no task definition of a service that can be moved has anything.
pub(super) const NO_DEFINITION: &[(&str, &str)] = &[
    (
        "inferenceAccelerators",
        "AWS has none any more, and refuses them",
    ),
    ("containerDefinitions[].links", "refused with awsvpc"),
    ("containerDefinitions[].hostname", "refused with awsvpc"),
    ("containerDefinitions[].extraHosts", "refused with awsvpc"),
    ("containerDefinitions[].dnsServers", "refused with awsvpc"),
    (
        "containerDefinitions[].dnsSearchDomains",
        "refused with awsvpc",
    ),
    (
        "containerDefinitions[].disableNetworking",
        "refused with awsvpc",
    ),
];

pub(super) const SERVICE: Words = &[
    ("tags[]", Needs(&["key"])),
    (
        "volumeConfigurations[].managedEBSVolume.tagSpecifications[].tags[]",
        Needs(&["key"]),
    ),
    ("clientToken", Begins("token-")),
    ("healthCheckGracePeriodSeconds", Number(0, 600)),
    ("platformVersion", One(&["LATEST", "1.4.0"])),
    ("schedulingStrategy", One(&["REPLICA"])),
    ("deploymentController.type", One(&["ECS"])),
    (
        "capacityProviderStrategy[].capacityProvider",
        One(&["FARGATE", "FARGATE_SPOT"]),
    ),
    ("deploymentConfiguration.strategy", One(&["ROLLING"])),
    ("deploymentConfiguration.maximumPercent", Number(101, 300)),
    (
        "deploymentConfiguration.minimumHealthyPercent",
        Number(0, 99),
    ),
    ("deploymentConfiguration.bakeTimeInMinutes", Number(0, 0)),
    (
        "deploymentConfiguration.earlySuccessCriteria.healthyPercent",
        Number(100, 100),
    ),
    (
        "placementConstraints[].expression",
        One(&["attribute:ecs.instance-type =~ t3.*"]),
    ),
    (
        "placementStrategy[].field",
        One(&[
            "attribute:ecs.availability-zone",
            "instanceId",
            "cpu",
            "memory",
        ]),
    ),
    ("volumeConfigurations[].name", One(&["at-launch"])),
    (
        "volumeConfigurations[].managedEBSVolume",
        Needs(&["sizeInGiB"]),
    ),
    (
        "volumeConfigurations[].managedEBSVolume.roleArn",
        Begins(ROLE),
    ),
    (
        "volumeConfigurations[].managedEBSVolume.volumeType",
        One(&["gp3"]),
    ),
    (
        "volumeConfigurations[].managedEBSVolume.iops",
        Number(3000, 5000),
    ),
    (
        "volumeConfigurations[].managedEBSVolume.throughput",
        Number(125, 500),
    ),
    ("serviceConnectConfiguration.namespace", Begins("shop-")),
    ("gatewayConnectors[].portName", One(&["web"])),
    ("vpcLatticeConfigurations[].portName", One(&["web"])),
    (
        "serviceConnectConfiguration.services[].portName",
        One(&["web"]),
    ),
];

/// Where no service whose tasks have addresses of their own has anything.
pub(super) const NO_SERVICE: &[(&str, &str)] = &[
    ("role", "refused with awsvpc"),
    ("loadBalancers[].loadBalancerName", "refused with awsvpc"),
];

/// What stops a migration.
pub(super) struct Stopped {
    /// The code of the finding.
    pub(super) code: &'static str,
    /// Where in CreateService's document it begins.
    pub(super) place: &'static str,
    /// How, as JSON.
    pub(super) with: &'static str,
}

const fn stopped(code: &'static str, place: &'static str, with: &'static str) -> Stopped {
    Stopped { code, place, with }
}

pub(super) const STOPPED: &[Stopped] = &[
    stopped(
        "cloud-map",
        "serviceRegistries",
        r#"[{ "registryArn": "arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-1" }]"#,
    ),
    stopped(
        "cloud-map",
        "serviceRegistries",
        r#"[{ "containerName": "app", "containerPort": 8080 }]"#,
    ),
    stopped("gateway", "gatewayConnectors", r#"[{ "portName": "web" }]"#),
    stopped("lattice", "vpcLatticeConfigurations", LATTICE),
    stopped(
        "service-connect",
        "serviceConnectConfiguration",
        r#"{ "enabled": true, "namespace": "shop", "services": [{ "portName": "web" }] }"#,
    ),
    stopped(
        "strategy",
        "deploymentConfiguration",
        r#"{ "strategy": "CANARY", "canaryConfiguration": {} }"#,
    ),
    stopped(
        "strategy",
        "deploymentConfiguration",
        r#"{ "strategy": "LINEAR", "linearConfiguration": {} }"#,
    ),
    stopped(
        "strategy",
        "deploymentConfiguration",
        r#"{ "strategy": "BLUE_GREEN" }"#,
    ),
    stopped(
        "controller",
        "deploymentController",
        r#"{ "type": "CODE_DEPLOY" }"#,
    ),
];

const LATTICE: &str = r#"[{
    "portName": "web", "roleArn": "arn:aws:iam::123456789012:role/lattice",
    "targetGroupArn": "arn:aws:vpc-lattice:eu-central-1:123456789012:targetgroup/tg-1"
}]"#;

/// Places that only a service which is stopped fills.
pub(super) const ONLY_STOPPED: &[&str] = &[
    "serviceRegistries",
    "gatewayConnectors",
    "vpcLatticeConfigurations",
    "serviceConnectConfiguration.services",
    "deploymentConfiguration.linearConfiguration",
    "deploymentConfiguration.canaryConfiguration",
];

pub(super) const GROUP: Words = &[
    ("Protocol", One(&["HTTP", "HTTPS"])),
    ("ProtocolVersion", One(&["HTTP1", "HTTP2", "GRPC"])),
    ("TargetType", One(&["ip"])),
    ("IpAddressType", One(&["ipv4"])),
    ("HealthCheckProtocol", One(&["HTTP", "HTTPS", "TCP"])),
    ("HealthCheckPath", Begins("/")),
    ("HealthCheckPort", One(&["traffic-port", "8081"])),
    ("HealthCheckEnabled", Just(true)),
    ("Matcher.HttpCode", One(&["200", "200,204", "200-299"])),
    ("Matcher.GrpcCode", One(&["0", "12", "0-5"])),
];
