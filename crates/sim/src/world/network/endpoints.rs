//! What VPC endpoints lead to, by which names, and the prefix lists that AWS keeps of it.
//!
//! What must not be here: the API's shapes and error codes, and what follows for a packet.

use crate::dice;

/// The kind by which endpoints are kept among the documents of a network.
pub const KIND: &str = "VpcEndpoint";

/// A service with endpoints.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    /// `com.amazonaws.eu-central-1.ecr.dkr`
    pub(crate) name: String,
    pub(crate) short: &'static str,
    pub(crate) kinds: &'static [&'static str],
    /// Whether its endpoints may have IPv6.
    pub(crate) ipv6: bool,
    names: &'static [&'static str],
}

/// The last part of a service's name, its kinds of endpoint, whether they may have IPv6, and the names that an interface
/// endpoint with private DNS answers for (`{}` is the region).
type Line = (
    &'static str,
    &'static [&'static str],
    bool,
    &'static [&'static str],
);

const INTERFACE: &[&str] = &["Interface"];
const BOTH: &[&str] = &["Gateway", "Interface"];

/// Sources: the PrivateLink guide, "AWS services that integrate with AWS PrivateLink" and "Gateway endpoints"; the ECR guide,
/// "Interface VPC endpoints", for dual stack (ECS's guide still denies it); the names are those of botocore's endpoint rules.
const SERVICES: &[Line] = &[
    (
        "ecr.api",
        INTERFACE,
        true,
        &["api.ecr.{}.amazonaws.com", "ecr.{}.api.aws"],
    ),
    (
        "ecr.dkr",
        INTERFACE,
        true,
        &["*.dkr.ecr.{}.amazonaws.com", "*.dkr-ecr.{}.on.aws"],
    ),
    (
        "s3",
        BOTH,
        true,
        &[
            "*.s3.{}.amazonaws.com",
            "s3.{}.amazonaws.com",
            "*.s3.dualstack.{}.amazonaws.com",
        ],
    ),
    (
        "dynamodb",
        BOTH,
        true,
        &["dynamodb.{}.amazonaws.com", "dynamodb.{}.api.aws"],
    ),
    (
        "ec2messages",
        INTERFACE,
        false,
        &["ec2messages.{}.amazonaws.com"],
    ),
    (
        "ecs",
        INTERFACE,
        true,
        &["ecs.{}.amazonaws.com", "ecs.{}.api.aws"],
    ),
    ("ecs-agent", INTERFACE, false, &["ecs-a.{}.amazonaws.com"]),
    (
        "ecs-telemetry",
        INTERFACE,
        false,
        &["ecs-t.{}.amazonaws.com"],
    ),
    (
        "events",
        INTERFACE,
        true,
        &["events.{}.amazonaws.com", "events.{}.api.aws"],
    ),
    (
        "kms",
        INTERFACE,
        true,
        &["kms.{}.amazonaws.com", "kms.{}.api.aws"],
    ),
    (
        "logs",
        INTERFACE,
        true,
        &["logs.{}.amazonaws.com", "logs.{}.api.aws"],
    ),
    (
        "monitoring",
        INTERFACE,
        true,
        &["monitoring.{}.amazonaws.com", "monitoring.{}.api.aws"],
    ),
    (
        "secretsmanager",
        INTERFACE,
        true,
        &[
            "secretsmanager.{}.amazonaws.com",
            "secretsmanager.{}.api.aws",
        ],
    ),
    (
        "sns",
        INTERFACE,
        true,
        &["sns.{}.amazonaws.com", "sns.{}.api.aws"],
    ),
    (
        "sqs",
        INTERFACE,
        true,
        &["sqs.{}.amazonaws.com", "sqs.{}.api.aws"],
    ),
    (
        "ssm",
        INTERFACE,
        true,
        &["ssm.{}.amazonaws.com", "ssm.{}.api.aws"],
    ),
    (
        "ssmmessages",
        INTERFACE,
        true,
        &["ssmmessages.{}.amazonaws.com", "ssmmessages.{}.api.aws"],
    ),
    (
        "sts",
        INTERFACE,
        true,
        &["sts.{}.amazonaws.com", "sts.{}.api.aws"],
    ),
];

/// The services of a region.
pub(crate) fn services(region: &str) -> Vec<Service> {
    let made = |(short, kinds, ipv6, names): &Line| Service {
        name: format!("com.amazonaws.{region}.{short}"),
        short,
        kinds,
        ipv6: *ipv6,
        names,
    };
    SERVICES.iter().map(made).collect()
}

/// A service by its whole name.
pub(crate) fn service(region: &str, name: &str) -> Option<Service> {
    services(region).into_iter().find(|s| s.name == name)
}

impl Service {
    /// Whether it has endpoints of this type.
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kinds.contains(&kind)
    }

    /// The names that its interface endpoints answer for.
    pub(crate) fn names(&self, region: &str) -> Vec<String> {
        self.names.iter().map(|n| n.replace("{}", region)).collect()
    }

    /// The families that its endpoints may have.
    pub(crate) fn families(&self) -> &'static [&'static str] {
        if self.ipv6 {
            &["ipv4", "ipv6"]
        } else {
            &["ipv4"]
        }
    }
}

/// A prefix list of AWS's.
#[derive(Clone, Debug)]
pub(crate) struct PrefixList {
    /// `pl-…`
    pub(crate) id: String,
    pub(crate) name: String,
    /// One of its blocks stands for all.
    pub(crate) block: &'static str,
    /// The service whose gateway endpoint it is for.
    pub(crate) of: Option<&'static str>,
}

impl PrefixList {
    /// Whether its blocks are of IPv6.
    pub(crate) fn v6(&self) -> bool {
        self.block.contains(':')
    }
}

/// The prefix lists of a region.
pub(crate) fn prefix_lists(region: &str) -> Vec<PrefixList> {
    let regional = |name: &str| format!("com.amazonaws.{region}.{name}");
    let global = |name: &str| format!("com.amazonaws.global.{name}");
    [
        (regional("s3"), "192.0.2.0/25", Some(".s3")),
        (regional("ipv6.s3"), "2001:db8:5300::/40", Some(".s3")),
        (regional("dynamodb"), "192.0.2.128/25", Some(".dynamodb")),
        (
            regional("ipv6.dynamodb"),
            "2001:db8:dd00::/40",
            Some(".dynamodb"),
        ),
        (global("cloudfront.origin-facing"), "198.18.0.0/24", None),
        (
            global("ipv6.cloudfront.origin-facing"),
            "2001:db8:cf00::/40",
            None,
        ),
        (regional("vpc-lattice"), "169.254.171.0/24", None),
        (regional("ipv6.vpc-lattice"), "fd00:ec2:80::/64", None),
    ]
    .into_iter()
    .zip(1..)
    .map(|((name, block, of), n)| PrefixList {
        id: format!("pl-{:08x}", dice::bits(0x0070_6c00, n) as u32),
        name,
        block,
        of,
    })
    .collect()
}
