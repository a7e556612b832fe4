//! A live service with what is around it, read whole and made again somewhere else: in a region of this process.
//!
//! What belongs here: which of AWS's documents are read ([`read`]), what of them is asked for again elsewhere ([`make`]), and what
//! stays behind. What must not: what the copy is for, and any call of a migration.
//!
//! The two sides are two types. [`Original`] comes from [`Hands`] and only reads: each of its calls is in [`READS`]. A
//! [`Copyist`] writes, and reaches only the HTTP client that it is given, with credentials that mean nothing to AWS.

mod balancers;
mod day;
mod filters;
mod machines;
mod make;
mod names;
mod network;
mod read;
mod service;
mod standing;

use std::collections::BTreeMap;

use serde_json::Value;

pub use day::Day;
pub use make::{Copyist, NotMade};
pub use names::Names;
pub use read::NotRead;

/// Every call that the live side is asked, by IAM name.
pub const READS: &[&str] = &[
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingPolicies",
    "application-autoscaling:DescribeScheduledActions",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeEgressOnlyInternetGateways",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNatGateways",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
    "ecs:DescribeServiceRevisions",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
];

/// What some plans' services are and stand in, as AWS's documents have it.
#[derive(Clone, Debug, Default)]
pub struct Original {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The services, in the order of their plans.
    pub services: Vec<Service>,
    /// What cannot be copied, as far as reading told.
    pub lacks: Vec<Lack>,
    balancers: Vec<Balancer>,
    /// By ARN, in the order in which they were met.
    groups: Vec<Group>,
    network: Network,
}

/// One plan's service.
#[derive(Clone, Debug, Default)]
pub struct Service {
    /// The plan's name.
    pub plan: String,
    /// The cluster's name.
    pub cluster: String,
    /// When its customers come, and how it answers them.
    pub day: Day,
    document: Value,
    definition: Value,
    definition_tags: Value,
    target: Value,
    policies: Vec<Value>,
    scheduled: Vec<Value>,
    alarms: Vec<Value>,
    /// The ARNs of its target groups.
    groups: Vec<String>,
}

/// A load balancer with its listeners, each with its rules.
#[derive(Clone, Debug, Default)]
struct Balancer {
    document: Value,
    listeners: Vec<(Value, Vec<Value>)>,
}

/// A target group; of one that is nobody's here, who is registered.
#[derive(Clone, Debug, Default)]
struct Group {
    document: Value,
    attributes: Value,
    targets: Vec<Value>,
}

/// A VPC, by EC2's names for what is in it.
#[derive(Clone, Debug, Default)]
struct Network {
    vpc: Value,
    names: BTreeMap<&'static str, Value>,
    subnets: Vec<Value>,
    route_tables: Vec<Value>,
    acls: Vec<Value>,
    groups: Vec<Value>,
    internet_gateways: Vec<Value>,
    egress_gateways: Vec<Value>,
    nat_gateways: Vec<Value>,
    endpoints: Vec<Value>,
    dhcp: Value,
}

/// Something that the copy has not, and what that means for what happens there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lack {
    /// What.
    pub what: String,
    /// What it means.
    pub means: String,
}

impl Lack {
    /// Both as sentences' parts.
    pub fn new(what: impl Into<String>, means: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            means: means.into(),
        }
    }
}

/// What a copy has in place of the original.
#[derive(Clone, Debug, Default)]
pub struct Copied {
    /// What is called how.
    pub names: Names,
    /// What of it was not to be had, beside [`Original::lacks`].
    pub lacks: Vec<Lack>,
    /// The services, in the original's order.
    pub services: Vec<CopiedService>,
}

/// A service of the copy.
#[derive(Clone, Debug, Default)]
pub struct CopiedService {
    /// The plan's name.
    pub plan: String,
    /// Its cluster and its name in ECS, as in `prod/checkout`.
    pub path: String,
    /// The image of the container that the load balancer reaches; without one, of the first that is essential.
    pub image: String,
    /// The routes that forward to it: load balancer and listener or rule, by ARN.
    pub routes: Vec<(String, String)>,
    /// The alarms of the plan that the copy has.
    pub alarms: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::READS;

    #[test]
    fn whatever_the_live_side_is_asked_reads() {
        for call in READS {
            let (service, name) = call.split_once(':').unwrap();
            assert!(crate::asker::is_spoken_to(service), "{call}");
            assert!(
                name.starts_with("Describe") || name.starts_with("Get"),
                "{call}"
            );
        }
        assert!(READS.is_sorted());
    }
}
