//! The state of the region and its virtual clock.
//!
//! Everything that happens by itself (tasks starting, targets becoming healthy, traffic, metrics) happens in
//! [`World::advance`], in the order of time; nothing here reads a wall clock or an unseeded random source.

pub mod alarms;
pub mod metrics;
pub mod network;
pub mod scaling;

use jiff::Timestamp;

/// The whole region: one account, one region.
#[derive(Debug)]
pub struct World {
    /// The region's name, e.g. `eu-central-1`.
    pub region: String,
    /// The account's id.
    pub account: String,
    /// VPCs, subnets, security groups and addresses.
    pub network: network::Network,
    /// What CloudWatch stores.
    pub metrics: metrics::Metrics,
    /// CloudWatch's alarms.
    pub alarms: alarms::Alarms,
    /// Application Auto Scaling.
    pub scaling: scaling::Scaling,
    now: Timestamp,
}

impl World {
    /// An empty region at a moment.
    pub fn new(region: &str, account: &str, now: Timestamp) -> Self {
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            network: network::Network::default(),
            metrics: metrics::Metrics::default(),
            alarms: alarms::Alarms::default(),
            scaling: scaling::Scaling::default(),
            now,
        }
    }

    /// The world's time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets everything that is due until `to` happen. Going backwards does nothing.
    pub fn advance(&mut self, to: Timestamp) {
        self.now = self.now.max(to);
    }
}
