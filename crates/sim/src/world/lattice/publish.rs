//! What CloudWatch is told of VPC Lattice each minute: by target group and by service, zeros as well, from the first request on.
//!
//! What belongs here: names, dimensions and presence of metrics (VPC Lattice user guide, "CloudWatch metrics for Amazon VPC
//! Lattice"). What must not: how a request came to its end.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::world::World;
use crate::world::metrics::Distribution;
use crate::world::traffic::{BalancerMinute, GroupMinute};

const NAMESPACE: &str = "AWS/VpcLattice";

/// A minute of a target group, or of a service.
#[derive(Default)]
struct Minute {
    requests: u64,
    code_2xx: u64,
    code_4xx: u64,
    code_5xx: u64,
    connection_errors: u64,
    times: Distribution,
}

impl Minute {
    fn add(&mut self, group: &GroupMinute) {
        let unanswered = group.connection_errors + group.code_4xx + group.code_5xx;
        self.requests += group.requests;
        self.code_2xx += group.requests.saturating_sub(unanswered);
        self.code_4xx += group.code_4xx;
        self.code_5xx += group.code_5xx;
        self.connection_errors += group.connection_errors;
        self.times.merge(&group.times);
    }

    /// What the service answered by itself: to requests that no target answered, and with fixed responses.
    fn add_own(&mut self, own: &BalancerMinute, unanswered: u64) {
        self.requests += own.answered + own.code_503;
        self.code_5xx += own.code_503 + unanswered;
    }
}

/// Publishes a minute of VPC Lattice, and takes it away; gives the requests of each target group.
pub(crate) fn minute(world: &mut World, at: Timestamp) -> BTreeMap<String, u64> {
    let groups = std::mem::take(&mut world.customers.groups);
    let (ours, others): (BTreeMap<_, _>, BTreeMap<_, _>) = groups
        .into_iter()
        .partition(|((service, _), _)| world.lattice.services.contains_key(service));
    world.customers.groups = others;
    let balancers = std::mem::take(&mut world.customers.balancers);
    let (own, others): (BTreeMap<_, _>, BTreeMap<_, _>) = balancers
        .into_iter()
        .partition(|(service, _)| world.lattice.services.contains_key(service));
    world.customers.balancers = others;

    let mut requests = BTreeMap::new();
    let mut told: BTreeMap<String, Minute> = BTreeMap::new();
    for ((service, group), minute) in &ours {
        *requests.entry(group.clone()).or_default() += minute.requests;
        told.entry(group.clone()).or_default().add(minute);
        told.entry(service.clone()).or_default().add(minute);
    }
    for (service, minute) in &own {
        let of_it = ours.iter().filter(|((s, _), _)| s == service);
        let unanswered = of_it.map(|(_, m)| m.connection_errors).sum();
        let of_service = told.entry(service.clone()).or_default();
        of_service.add_own(minute, unanswered);
    }
    let spoke = told.iter().filter(|(_, minute)| minute.requests > 0);
    world
        .lattice
        .speaking
        .extend(spoke.map(|(arn, _)| arn.clone()));
    for arn in world.lattice.speaking.clone() {
        tell(world, &arn, told.remove(&arn).unwrap_or_default(), at);
    }
    requests
}

fn tell(world: &mut World, arn: &str, minute: Minute, at: Timestamp) {
    let is_group = world.lattice.groups.contains_key(arn);
    if !is_group && !world.lattice.services.contains_key(arn) {
        return;
    }
    let kind = if is_group { "TargetGroup" } else { "Service" };
    let dims = [(kind, arn.rsplit('/').next().unwrap_or(arn))];
    let metrics = &mut world.metrics;
    for (name, value) in [
        ("TotalRequestCount", minute.requests),
        ("HTTPCode_2XX_Count", minute.code_2xx),
        ("HTTPCode_3XX_Count", 0),
        ("HTTPCode_4XX_Count", minute.code_4xx),
        ("HTTPCode_5XX_Count", minute.code_5xx),
    ] {
        metrics.add(NAMESPACE, name, &dims, at, value as f64);
    }
    if is_group {
        let errors = minute.connection_errors as f64;
        metrics.add(NAMESPACE, "ConnectionErrorCount", &dims, at, errors);
    }
    // A time there is only where something took one.
    if minute.times.count() > 0.0 {
        let milliseconds = minute.times.in_units(1000.0);
        metrics.add_distribution(NAMESPACE, "RequestTime", &dims, at, milliseconds);
    }
}
