//! The ground of a trial: two small services of its own in somebody's account, made, changed by hand, and deleted again.
//!
//! What belongs here: the calls that make, change, find and delete it. What must not: when which of them is made (the
//! controller's `trial`), and any call of a migration: those are [`crate::Hands`]' alone, and a trial's are no `Action`s.
//!
//! Everything that a trial makes is found again by name and tag alone, so nothing has to be remembered on a machine. The tags'
//! names do not begin with `sixshift:`: a migration carries a team's tags over to what it makes, and leaves ours behind. So
//! the twins of a trial's services have the trial's tags as well.

mod clear;
mod hand;
mod make;
mod network;
pub mod replay;
mod role;

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    Error, Hands,
    asker::{Asker, items, lacks, text},
};
pub use clear::{Kind as LeftoverKind, Leftover, Outcome};
pub use hand::{Release, SICK};
pub use make::{Part, Site};
pub use network::{Given, Lack};
pub use role::{Place, Role};

/// The tag that says which trial a resource is of.
pub const RUN_TAG: &str = "sixshift-trial";
/// The tag that says when it may be deleted without asking.
pub const EXPIRES_TAG: &str = "sixshift-trial-expires";
/// The tag that says until when it counts as under way: whoever drives it sets it on its cluster again and again.
pub const DRIVEN_TAG: &str = "sixshift-trial-driven-until";
/// The tag that says who began it.
pub const BY_TAG: &str = "sixshift-trial-by";
/// What the names of all that a trial makes begin with.
pub const PREFIX: &str = "sixshift-trial-";
/// The image that a trial's services run: nginx, from a registry that has IPv6 addresses.
pub const IMAGE: &str = "ecr-public.aws.com/nginx/nginx:stable-alpine";

/// Every call of a trial's, by IAM name: nothing else can be asked. `deploy/iam/trial.json` allows these.
pub const CALLS: &[&str] = &[
    "application-autoscaling:DeregisterScalableTarget",
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:ListTagsForResource",
    "application-autoscaling:PutScalingPolicy",
    "application-autoscaling:RegisterScalableTarget",
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:ListTagsForResource",
    "cloudwatch:PutMetricAlarm",
    "ec2:AssociateRouteTable",
    "ec2:AttachInternetGateway",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateInternetGateway",
    "ec2:CreateRoute",
    "ec2:CreateRouteTable",
    "ec2:CreateSecurityGroup",
    "ec2:CreateSubnet",
    "ec2:CreateVpc",
    "ec2:DeleteInternetGateway",
    "ec2:DeleteRouteTable",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteSubnet",
    "ec2:DeleteVpc",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "ec2:DetachInternetGateway",
    "ecs:CreateCluster",
    "ecs:CreateService",
    "ecs:DeleteCluster",
    "ecs:DeleteService",
    "ecs:DeleteTaskDefinitions",
    "ecs:DeregisterTaskDefinition",
    "ecs:DescribeClusters",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:ListClusters",
    "ecs:ListServices",
    "ecs:ListTaskDefinitionFamilies",
    "ecs:ListTaskDefinitions",
    "ecs:RegisterTaskDefinition",
    "ecs:TagResource",
    "ecs:UpdateService",
    "elasticloadbalancing:CreateListener",
    "elasticloadbalancing:CreateLoadBalancer",
    "elasticloadbalancing:CreateRule",
    "elasticloadbalancing:CreateTargetGroup",
    "elasticloadbalancing:DeleteLoadBalancer",
    "elasticloadbalancing:DeleteTargetGroup",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "elasticloadbalancing:ModifyRule",
    "elasticloadbalancing:ModifyTargetGroupAttributes",
];

/// One trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its own word, in names and tags.
    pub id: String,
    /// When whatever is left of it may be deleted without asking.
    pub expires: Timestamp,
    /// Until when it counts as under way, unless its cluster says otherwise.
    pub driven: Timestamp,
    /// Who began it.
    pub by: String,
    /// What its services run.
    pub image: String,
}

impl Run {
    /// The name of all that there is one of: cluster, load balancer, VPC.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{PREFIX}{}", self.id)
    }

    /// The tags of all that it makes.
    fn tags(&self) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            (RUN_TAG, self.id.clone()),
            (EXPIRES_TAG, self.expires.to_string()),
            (DRIVEN_TAG, self.driven.to_string()),
            (BY_TAG, self.by.clone()),
        ])
    }

    /// The tags as lists have them, under the names that a service gives to key and value.
    fn tag_list(&self, key: &str, value: &str) -> Value {
        let tags = self.tags().into_iter();
        tags.map(|(k, v)| json!({ key: k, value: v })).collect()
    }
}

/// A region in which trials are made.
pub struct Plot {
    asker: Asker,
}

impl std::fmt::Debug for Plot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plot").finish_non_exhaustive()
    }
}

impl Plot {
    /// With the hands' configuration, counters and tape.
    pub async fn new(hands: &Hands, region: &str) -> Self {
        let asker = Asker::new(hands, region, None).await;
        Self { asker }
    }

    /// Waits so long on AWS's clock.
    pub async fn pause(&self, length: Duration) {
        self.asker.pause(length).await;
    }

    async fn ask(&self, call: &'static str, input: Value) -> Result<Value, Error> {
        self.asker.ask(call, input).await
    }

    async fn all(
        &self,
        call: &'static str,
        input: Value,
        list: &str,
        pages: (&str, &str),
    ) -> Result<Vec<Value>, Error> {
        self.asker.all(call, input, list, pages).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CALLS;

    #[test]
    fn every_call_of_a_trial_is_in_the_list_and_nothing_else_is() {
        let sources = [
            include_str!("clear.rs"),
            include_str!("hand.rs"),
            include_str!("make.rs"),
            include_str!("network.rs"),
        ];
        let quoted = sources.iter().flat_map(|text| text.split('"'));
        let called: BTreeSet<&str> = quoted
            .filter(|text| {
                text.split_once(':').is_some_and(|(service, name)| {
                    crate::asker::is_spoken_to(service)
                        && name.starts_with(|c: char| c.is_ascii_uppercase())
                        && name.chars().all(char::is_alphanumeric)
                })
            })
            .collect();
        assert_eq!(called, CALLS.iter().copied().collect());
    }
}
