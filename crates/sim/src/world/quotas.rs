//! What Service Quotas bounds in the account and the region, as far as the region keeps to it.
//!
//! What must not be here: what Elastic Load Balancing bounds, which is `elb`'s.

use std::collections::BTreeMap;

/// A quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quota {
    /// vCPUs of tasks on Fargate that are not on Spot.
    FargateOnDemand,
    /// vCPUs of tasks on Fargate Spot.
    FargateSpot,
    /// Subnets of each VPC.
    SubnetsPerVpc,
}

/// A line a quota.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Which it is.
    pub quota: Quota,
    /// The code of its service, and that service's name.
    pub service: (&'static str, &'static str),
    /// Its own code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What every account is given.
    pub default: f64,
    /// The class of the metric that tells how much of it is in use.
    pub class: Option<&'static str>,
}

const FARGATE: (&str, &str) = ("fargate", "AWS Fargate");

impl Quota {
    /// Every quota. Sources: AWS General Reference, Amazon ECS endpoints and quotas; Amazon VPC user guide, Amazon VPC quotas.
    pub const ALL: [About; 3] = [
        About {
            quota: Self::FargateOnDemand,
            service: FARGATE,
            code: "L-3032A538",
            name: "Fargate On-Demand vCPU resource count",
            default: 6.0,
            class: Some("Standard/OnDemand"),
        },
        About {
            quota: Self::FargateSpot,
            service: FARGATE,
            code: "L-36FBB829",
            name: "Fargate Spot vCPU resource count",
            default: 6.0,
            class: Some("Standard/Spot"),
        },
        About {
            quota: Self::SubnetsPerVpc,
            service: ("vpc", "Amazon Virtual Private Cloud (Amazon VPC)"),
            code: "L-407747CB",
            name: "Subnets per VPC",
            default: 200.0,
            class: None,
        },
    ];
}

/// What the account was granted.
#[derive(Clone, Debug)]
pub struct Quotas(BTreeMap<Quota, f64>);

impl Default for Quotas {
    /// Of an account that has run tasks for long: AWS raises Fargate's quotas by itself as they are used.
    fn default() -> Self {
        let fargate = [Quota::FargateOnDemand, Quota::FargateSpot];
        Self(fargate.map(|quota| (quota, 4000.0)).into())
    }
}

impl Quotas {
    /// What was granted; nothing where the account has what everybody has.
    pub fn granted(&self, quota: Quota) -> Option<f64> {
        self.0.get(&quota).copied()
    }

    /// How much there may be.
    pub fn most(&self, quota: Quota) -> f64 {
        let mut all = Quota::ALL.iter();
        let default = || all.find(|a| a.quota == quota).map_or(0.0, |a| a.default);
        self.granted(quota).unwrap_or_else(default)
    }

    /// Grants so much.
    pub fn grant(&mut self, quota: Quota, most: f64) {
        self.0.insert(quota, most);
    }
}
