//! Named worlds, built through the same operations and state as any client's.
//!
//! What belongs here: which scenarios there are, and handing one over. What must not: any state that isn't made by a call
//! (traffic, applications' behaviour, scripted actors and AWS's own tags aside: nobody can create those through AWS).

mod alarms;
mod behind;
mod catalogue;
#[cfg(test)]
pub(crate) mod fixture;
pub mod flaws;
pub(crate) mod lattice;
pub mod mishap;
mod names;
mod network;
mod others;

mod region;
mod service;
#[cfg(test)]
mod tests;
mod workers;

use jiff::{SignedDuration, Timestamp};

use crate::faults::Fault;
use crate::services::AwsError;
use crate::world::World;

/// How long a world has run before it is handed over, so that CloudWatch has a history.
const HISTORY: SignedDuration = SignedDuration::from_mins(90);

/// A scenario's world and what else it takes.
#[derive(Debug)]
pub struct Built {
    /// The region.
    pub world: World,
    /// What goes wrong with calls.
    pub faults: Vec<Fault>,
    /// The share of each token bucket that another actor uses up.
    pub bucket_share: f64,
    /// The services that are there to be migrated.
    pub services: Vec<BuiltService>,
}

/// A service of a scenario, and what it takes to write a plan for it.
#[derive(Clone, Debug, PartialEq)]
pub struct BuiltService {
    /// The scenario that it plays.
    pub scenario: String,
    /// Its region.
    pub region: String,
    /// Its cluster.
    pub cluster: String,
    /// Its name.
    pub name: String,
    /// IPv6-only subnets in the same zones.
    pub ipv6_subnets: Vec<String>,
    /// Security groups fit for IPv6.
    pub security_groups: Vec<String>,
    /// Names of CloudWatch alarms that watch it.
    pub alarms: Vec<String>,
    /// Its IPv4 target group's ARN; empty where it has no load balancer.
    pub target_group: String,
    /// The listeners (for default actions) and rules that forward to it.
    pub routes: Vec<String>,
}

/// Why a scenario could not be built.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// There is none of that name.
    #[error("there is no scenario named {0}; the names are: {list}", list = known())]
    Unknown(String),
    /// The region refused a call of the builder.
    #[error("the simulated region refused {op}")]
    Refused {
        /// The operation.
        op: &'static str,
        /// The refusal.
        source: AwsError,
    },
}

/// The scenarios with a line each.
pub fn names() -> &'static [(&'static str, &'static str)] {
    &[
        ("healthy", "everything is fine; a bake of 24 hours"),
        (
            "binds-ipv4-only",
            "listens on 0.0.0.0 only: never healthy on IPv6",
        ),
        (
            "ipv4-literal",
            "calls a dependency by an IPv4 literal: errors on IPv6 only",
        ),
        (
            "slow-nat64",
            "slower through NAT64: p99 worse than IPv4's, under the fixed limit",
        ),
        (
            "degrades-in-bake",
            "begins to fail two hours after it got all traffic on IPv6",
        ),
        (
            "breaks-above-25",
            "fails once IPv6 carries more than a quarter of the traffic",
        ),
        (
            "many-routes",
            "two listeners, three routes: OIDC, stickiness, a rule shared with another service",
        ),
        (
            "deploy-midway",
            "the team deploys a new version while traffic moves",
        ),
        (
            "outside-edit",
            "someone sets the IPv6 weight to 0 by hand, and later to 100",
        ),
        (
            "low-traffic",
            "a few requests a minute: too few to judge by",
        ),
        (
            "throttled-region",
            "another actor uses half of every API rate limit",
        ),
        (
            "alarm",
            "a named CloudWatch alarm fires once IPv6 carries a tenth",
        ),
        (
            "flaky-api",
            "5 % of API calls fail, half of them after their effect",
        ),
        (
            "mended-later",
            "its security group lets no IPv6 in, until somebody mends it later",
        ),
        (
            "bad-revision",
            "the team deploys a version that listens on 0.0.0.0 only while traffic moves",
        ),
        (
            "growing-load",
            "customers grow in number while it bakes: it has to scale as the original did",
        ),
        (
            "cross-zone-off",
            "each load balancer node sends to its own zone, and counts no other's tasks",
        ),
        (
            "grpc",
            "calls fail on IPv6, which no metric of the load balancer shows; an alarm does",
        ),
        (
            "resting-alarm",
            "an alarm on errors that are published only where there are any",
        ),
        (
            "step-scaling",
            "an alarm of the team's scales it by steps: the twin needs one of its own",
        ),
        (
            "ipv4-allow-list",
            "answers 403 to whoever comes over IPv6: a client error, and the twin's own",
        ),
        (
            "iac-reapply",
            "infrastructure code sets the forward back to IPv4 alone while IPv4 has no task",
        ),
        (
            "twin-deleted",
            "somebody deletes the twin by force while it has a tenth of the traffic",
        ),
        (
            "stuck-deploy",
            "the team deploys a version that never starts, without a circuit breaker, in the bake",
        ),
        (
            "ipv4-sick",
            "the IPv4 side stops answering while IPv6 has a tenth and is well",
        ),
        (
            "registry-beside",
            "behind a load balancer, and found by a Cloud Map registry as well: told of the new name its consumers move by themselves",
        ),
        (
            "log-lines",
            "writes a line into its log each minute, and an error now and then; all is well over IPv6",
        ),
        (
            "log-lines-bad",
            "answers every request well over IPv6, and writes of some that it could not do them",
        ),
        ("big-fleet", "200 services behind 20 load balancers"),
    ]
}

/// The scenarios of services behind a Network Load Balancer, with a line each.
pub fn names_of_network() -> &'static [(&'static str, &'static str)] {
    network::NAMES
}

/// The scenarios of services that are asked through VPC Lattice, with a line each.
pub fn names_of_lattice() -> &'static [(&'static str, &'static str)] {
    lattice::NAMES
}

/// The scenarios of services that are moved in place behind an Application Load Balancer, with a line each.
pub fn names_behind() -> &'static [(&'static str, &'static str)] {
    behind::NAMES
}

/// The scenarios of services without a load balancer, with a line each.
pub fn names_without_load_balancer() -> &'static [(&'static str, &'static str)] {
    workers::NAMES
}

/// Builds a scenario: with so many services (its own number by default), all of the same behaviour.
///
/// # Errors
/// When there is no such scenario.
pub fn build(name: &str, services: Option<usize>, seed: u64) -> Result<Built, ScenarioError> {
    if workers::is_one(name) {
        let all = vec![name; services.unwrap_or(1)];
        return workers::workers(&all, seed).map(hand_over);
    }
    if network::NAMES.iter().any(|(known, _)| *known == name) {
        return network::services(name, services.unwrap_or(1), seed).map(hand_over);
    }
    if lattice::NAMES.iter().any(|(known, _)| *known == name) {
        return lattice::services(name, services.unwrap_or(1), seed).map(hand_over);
    }
    if behind::NAMES.iter().any(|(known, _)| *known == name) {
        return behind::services(name, services.unwrap_or(1), seed).map(hand_over);
    }
    if !names().iter().any(|(known, _)| *known == name) {
        return Err(ScenarioError::Unknown(name.to_owned()));
    }
    if name == "big-fleet" {
        return fleet(services.unwrap_or(200), seed);
    }
    catalogue::scenarios(&vec![name; services.unwrap_or(1)], seed).map(hand_over)
}

/// A region of services in mixed scenarios, exactly one of them a bad release (where there are three or more), and one of them
/// without a load balancer (where there are six or more).
///
/// # Errors
/// When the region refuses a call, which is a defect.
pub fn mix(services: usize, seed: u64) -> Result<Built, ScenarioError> {
    const FIRST: [&str; 6] = [
        "healthy",
        "many-routes",
        "ipv4-literal",
        "deploy-midway",
        "healthy",
        "worker-in-place",
    ];
    const THEN: [&str; 4] = ["healthy", "deploy-midway", "healthy", "many-routes"];
    let names: Vec<&str> = FIRST
        .into_iter()
        .chain(THEN.into_iter().cycle())
        .take(services)
        .collect();
    catalogue::scenarios(&names, seed).map(hand_over)
}

fn fleet(services: usize, seed: u64) -> Result<Built, ScenarioError> {
    catalogue::fleet(services, seed).map(hand_over)
}

/// What the so-manieth of services is called, of so many names.
fn called(names: &[&str], number: usize) -> String {
    let name = names[number % names.len()];
    match number / names.len() {
        0 => name.to_owned(),
        round => format!("{name}-{}", round + 1),
    }
}

/// Lets the world come to rest and gather a history; what customers saw counts from here.
fn hand_over(mut built: Built) -> Built {
    let ready = built
        .world
        .now()
        .checked_add(HISTORY)
        .unwrap_or(Timestamp::MAX);
    built.world.advance(ready);
    built.world.forget_traffic();
    built
}

fn known() -> String {
    let all = names().iter().chain(network::NAMES);
    let all = all.chain(lattice::NAMES).chain(behind::NAMES);
    let all = all.chain(workers::NAMES);
    all.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
