//! What Service Quotas allows the account, and how much of it is in use.
//!
//! What belongs here: the quotas that a twin counts against, by AWS's codes, and what AWS says of them. What must not: quotas that
//! Elastic Load Balancing tells by itself ([`super::Quotas`]), and whether there is room.

/// A quota that a twin, or the network for it, counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quota {
    /// vCPUs of all tasks on Fargate that are not on Spot, and of all pods.
    FargateOnDemand,
    /// vCPUs of all tasks on Fargate Spot.
    FargateSpot,
    /// Subnets of each VPC.
    SubnetsPerVpc,
}

impl Quota {
    /// As Service Quotas knows it: the code of its service, and its own.
    ///
    /// Sources: Amazon VPC user guide, Amazon VPC quotas, which links to each quota by its code; Fargate's two as people's listings
    /// of `ListAWSDefaultServiceQuotas` have them.
    #[must_use]
    pub fn codes(self) -> (&'static str, &'static str) {
        match self {
            Self::FargateOnDemand => ("fargate", "L-3032A538"),
            Self::FargateSpot => ("fargate", "L-36FBB829"),
            Self::SubnetsPerVpc => ("vpc", "L-407747CB"),
        }
    }

    /// As AWS's console calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FargateOnDemand => "Fargate On-Demand vCPU resource count",
            Self::FargateSpot => "Fargate Spot vCPU resource count",
            Self::SubnetsPerVpc => "Subnets per VPC",
        }
    }

    /// Whether CloudWatch is asked how much of it is in use; of the others the account's own things are counted.
    #[must_use]
    pub fn is_metered(self) -> bool {
        matches!(self, Self::FargateOnDemand | Self::FargateSpot)
    }
}

/// What the account may have of something, and how much of it is in use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowance {
    /// The quota's value: what was granted, or else what AWS gives everybody.
    pub most: f64,
    /// What CloudWatch says of it; `None` where it has no figure, and for what it is not asked of.
    pub used: Option<Usage>,
}

/// How much of a quota is in use, by the metric that Service Quotas names for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// The newest figure of the last hour; nothing is in use where there is none.
    pub now: f64,
    /// The highest of the last day.
    pub highest: f64,
}
