//! Services whose addresses are ECS's with another name in front.
//!
//! What belongs here: which those are, and what is different about a name in GovCloud. What must not: services with rules of their own.

use aws_types::SdkConfig;
use futures::FutureExt as _;

use super::{given, resolved};

/// What is different about a service's FIPS names in GovCloud.
#[derive(Clone, Copy)]
enum InGovCloud {
    /// Nothing.
    Usual,
    /// Its IPv4 names are FIPS ones as they are.
    PlainIsFips,
    /// All of its names are.
    NoneIsFips,
}

/// A service without an SDK crate: it lies beside ECS in every partition.
pub(super) struct Beside {
    /// As profiles and the environment call it.
    pub(super) id: &'static str,
    /// As its address begins.
    name: &'static str,
    gov: InGovCloud,
}

pub(super) const EC2: Beside = Beside::new("EC2", "ec2", InGovCloud::NoneIsFips);
pub(super) const STS: Beside = Beside::new("STS", "sts", InGovCloud::NoneIsFips);
pub(super) const SCALING: Beside = Beside::new(
    "Application Auto Scaling",
    "application-autoscaling",
    InGovCloud::PlainIsFips,
);
const SSM: Beside = Beside::new("SSM", "ssm", InGovCloud::PlainIsFips);
const SECRETS: Beside = Beside::new("Secrets Manager", "secretsmanager", InGovCloud::Usual);
const SNS: Beside = Beside::new("SNS", "sns", InGovCloud::PlainIsFips);
const EVENTS: Beside = Beside::new("EventBridge", "events", InGovCloud::NoneIsFips);
pub(super) const EFS: Beside = Beside::new("EFS", "elasticfilesystem", InGovCloud::Usual);
pub(super) const RDS: Beside = Beside::new("RDS", "rds", InGovCloud::PlainIsFips);
pub(super) const ELASTICACHE: Beside =
    Beside::new("ElastiCache", "elasticache", InGovCloud::PlainIsFips);
pub(super) const WAF: Beside = Beside::new("WAFV2", "wafv2", InGovCloud::Usual);
pub(super) const QUOTAS: Beside =
    Beside::new("Service Quotas", "servicequotas", InGovCloud::PlainIsFips);
pub(super) const LATTICE: Beside = Beside::new("VPC Lattice", "vpc-lattice", InGovCloud::Usual);
pub(super) const DISCOVERY: Beside =
    Beside::new("ServiceDiscovery", "servicediscovery", InGovCloud::Usual);
const LOGS: Beside = Beside::new("CloudWatch Logs", "logs", InGovCloud::PlainIsFips);
const DYNAMODB: Beside = Beside::new("DynamoDB", "dynamodb", InGovCloud::PlainIsFips);

impl Beside {
    const fn new(id: &'static str, name: &'static str, gov: InGovCloud) -> Self {
        Self { id, name, gov }
    }

    /// Where it is asked. Where the rules know of no address the usual name is asked all the same: that nobody answers there
    /// is told then.
    pub(super) fn address(&self, sdk: &SdkConfig, region: &str) -> String {
        let known = self.known(sdk, region);
        known.unwrap_or_else(|| format!("https://{}.{region}.amazonaws.com", self.name))
    }

    /// What the configuration says, or the rules.
    pub(super) fn known(&self, sdk: &SdkConfig, region: &str) -> Option<String> {
        if let Some(url) = given(sdk, self.id) {
            return Some(url);
        }
        let place = (region, sdk);
        let ecs = resolved!(aws_sdk_ecs, place, None)?;
        let is_fips = region.starts_with("us-gov-")
            && match self.gov {
                InGovCloud::Usual => false,
                InGovCloud::PlainIsFips => !ecs.contains(".api."),
                InGovCloud::NoneIsFips => true,
            };
        let ecs = match is_fips {
            true => ecs.replacen("//ecs-fips.", "//ecs.", 1),
            false => ecs,
        };
        Some(ecs.replacen("//ecs", &format!("//{}", self.name), 1))
    }
}

/// Where EC2 is asked in a configuration's region.
pub(crate) fn of_ec2(sdk: &SdkConfig, region: &str) -> String {
    EC2.address(sdk, region)
}

/// Where Application Auto Scaling is asked in a configuration's region.
pub(crate) fn of_scaling(sdk: &SdkConfig, region: &str) -> String {
    SCALING.address(sdk, region)
}

/// Where VPC Lattice is asked in a configuration's region.
pub(crate) fn of_lattice(sdk: &SdkConfig, region: &str) -> String {
    LATTICE.address(sdk, region)
}

/// Where Cloud Map is asked in a configuration's region.
pub(crate) fn of_discovery(sdk: &SdkConfig, region: &str) -> String {
    DISCOVERY.address(sdk, region)
}

/// Where RDS is asked in a configuration's region.
pub(crate) fn of_rds(sdk: &SdkConfig, region: &str) -> String {
    RDS.address(sdk, region)
}

/// Where ElastiCache is asked in a configuration's region.
pub(crate) fn of_elasticache(sdk: &SdkConfig, region: &str) -> String {
    ELASTICACHE.address(sdk, region)
}

/// Where WAF is asked in a configuration's region.
pub(crate) fn of_waf(sdk: &SdkConfig, region: &str) -> String {
    WAF.address(sdk, region)
}

/// Where Service Quotas is asked in a configuration's region.
pub(crate) fn of_quotas(sdk: &SdkConfig, region: &str) -> String {
    QUOTAS.address(sdk, region)
}

/// Where Systems Manager is asked in a configuration's region.
pub(crate) fn of_ssm(sdk: &SdkConfig, region: &str) -> String {
    SSM.address(sdk, region)
}

/// Where Secrets Manager is asked in a configuration's region.
pub(crate) fn of_secrets(sdk: &SdkConfig, region: &str) -> String {
    SECRETS.address(sdk, region)
}

/// Where SNS is asked in a configuration's region.
pub(crate) fn of_sns(sdk: &SdkConfig, region: &str) -> String {
    SNS.address(sdk, region)
}

/// Where EventBridge is asked in a configuration's region.
pub(crate) fn of_events(sdk: &SdkConfig, region: &str) -> String {
    EVENTS.address(sdk, region)
}

/// Where CloudWatch Logs is asked in a configuration's region.
pub(crate) fn of_logs(sdk: &SdkConfig, region: &str) -> String {
    LOGS.address(sdk, region)
}

/// Where DynamoDB is asked in a configuration's region.
pub(crate) fn of_dynamodb(sdk: &SdkConfig, region: &str) -> String {
    DYNAMODB.address(sdk, region)
}
