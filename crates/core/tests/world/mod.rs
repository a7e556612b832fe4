//! A toy of AWS for the ladder's tests: it holds what an observation shows, and applies an action to it as AWS would.
//!
//! What belongs here: the least of AWS that makes the ladder climb, and the loop that climbs it. What must not: any
//! judgement of `decide`'s, and async (the real protocols are the simulated region's).
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "shared by several test crates"
)]

mod aws;
pub mod build;
pub mod climb;
mod in_place;
mod metrics;
pub mod network;
mod probe;
pub mod serving;

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use sixshift_core::{
    evidence::Readings,
    facts::Facts,
    observation::{
        Alarm, DerivedTask, Families, Few, Forward, Ground, Known, LoadBalancer, Neighbours,
        Probing, Quotas, Registries, Registry, RegistryRecord, RouteId, Scaling, Service,
        ServiceRevision, Shared, Subnet, Tags, TargetGroup, TaskDefinition,
    },
    plan::Plan,
};

/// When every test begins: 2026-01-01T00:00:00Z.
pub const BEGIN: i64 = 1_767_225_600;
/// From `UpdateService` to running tasks.
pub const START: SignedDuration = SignedDuration::from_secs(45);
/// From running to healthy.
pub const REGISTER: SignedDuration = SignedDuration::from_secs(30);

/// A group of the service and its partner, once made.
#[derive(Clone, Debug)]
pub struct Groups {
    pub ipv4_arn: String,
    pub ipv4: Option<TargetGroup>,
    pub ipv6: Option<TargetGroup>,
    pub ipv6_name: String,
}

/// A listener's default action or a rule.
#[derive(Clone, Debug)]
pub struct Way {
    pub id: RouteId,
    pub forward: Forward,
}

/// How the application behaves on one side.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour {
    /// Part of the requests that fails.
    pub errors: f64,
    /// Part of the requests that is refused with a 4xx.
    pub refused: f64,
    /// Seconds.
    pub p99: f64,
    /// Whether its targets pass their checks; `Some` is AWS's reason why not.
    pub sick: Option<&'static str>,
    /// Somebody took all its targets out of the target group.
    pub unregistered: bool,
    /// Whether tasks get an IPv4 address.
    pub ipv4_address: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            errors: 0.0,
            refused: 0.004,
            p99: 0.3,
            sick: None,
            unregistered: false,
            ipv4_address: false,
        }
    }
}

/// The toy.
#[derive(Clone, Debug)]
pub struct World {
    pub plan: Plan,
    pub facts: Facts,
    pub now: Timestamp,
    pub ipv4: Option<Service>,
    pub twin: Option<Service>,
    pub definition: TaskDefinition,
    pub revision: ServiceRevision,
    pub derived: Vec<TaskDefinition>,
    /// Tasks beside a service that is moved in place, as they were asked for.
    pub derived_tasks: Vec<DerivedTask>,
    /// The service's registry, and the one of the twin's name.
    pub registries: Option<Registries>,
    /// The subnets that the service had at first.
    pub at_first: Vec<String>,
    pub groups: Vec<Groups>,
    pub balancers: Vec<LoadBalancer>,
    pub ways: Vec<Way>,
    /// The first of them is a Network Load Balancer's listener, and this is how it reads.
    pub families: Option<Families>,
    /// Of every route: `TCP:443`.
    pub listener: Option<String>,
    /// By ARN.
    pub route_tags: Few<String, Tags>,
    pub ipv4_scaling: Option<Scaling>,
    pub twin_scaling: Option<Scaling>,
    /// Rules for requests of our own; none where no plan asks.
    pub probing: Option<Box<Probing>>,
    pub alarms: Vec<Alarm>,
    pub readings: Vec<Known<Readings>>,
    pub subnets: BTreeMap<String, Option<Shared<Subnet>>>,
    pub quotas: Quotas,
    pub ground: Arc<Ground>,
    pub names: Few<String, Known<bool>>,
    pub neighbours: Neighbours,
    /// Of every route.
    pub conditions: Vec<(String, Vec<String>)>,
    /// Requests a minute to the whole service.
    pub requests: f64,
    pub on_ipv4: Behaviour,
    pub on_ipv6: Behaviour,
    /// 5xx that the load balancer makes itself, a minute.
    pub elb_5xx: f64,
    /// The 503 among them.
    pub elb_503: f64,
    /// AWS takes no note on a target group, and says this.
    pub refuses_notes: Option<&'static str>,
    /// How often in a row it did not.
    pub refusals: u32,
    /// No metric arrives.
    pub silent: bool,
    /// No load balancer node knows a healthy IPv6 target, whatever the target group says.
    pub blind: bool,
    /// What kinds of action every route has.
    pub actions: Vec<&'static str>,
    /// Requests a minute that reach IPv6 by cookie, whatever the weights say.
    pub pinned_ipv6: f64,
    /// The same for IPv4.
    pub pinned_ipv4: f64,
    /// Every minute so far.
    pub minutes: Vec<(Timestamp, sixshift_core::evidence::Point)>,
    /// Since when each side has its desired count.
    pub scaled: BTreeMap<&'static str, Timestamp>,
    /// Every share that any route ever had, by route.
    pub shares: BTreeMap<RouteId, Vec<u16>>,
}
