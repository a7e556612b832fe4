//! What CloudWatch is told of Network Load Balancers each minute: flows, and not what they carry.
//!
//! What belongs here: names, dimensions and presence of these metrics (Elastic Load Balancing, "CloudWatch metrics for your
//! Network Load Balancer"). What must not: how a flow came to its end.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{NLB, namespace};
use crate::world::World;
use crate::world::elb::dimension;
use crate::world::traffic::GroupMinute;

/// Publishes a minute of all Network Load Balancers, and takes it away; gives the new flows of each target group.
pub(super) fn minute(world: &mut World, at: Timestamp) -> BTreeMap<String, u64> {
    let all = std::mem::take(&mut world.customers.groups);
    let (ours, others) = all
        .into_iter()
        .partition(|((balancer, _), _)| namespace(world, balancer) == NLB);
    world.customers.groups = others;
    let minutes: BTreeMap<(String, String), GroupMinute> = ours;
    let mut requests = BTreeMap::new();
    let mut balancers: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for ((balancer, group), minute) in minutes {
        let (flows, resets) = balancers.entry(balancer).or_default();
        *flows += minute.requests;
        // Code that refuses or breaks off, and a port that nobody listens on, both answer with a reset.
        *resets += minute.code_5xx + minute.connection_errors;
        *requests.entry(group).or_default() += minute.requests;
    }
    let groups: Vec<(String, BTreeSet<String>)> = {
        let all = world.elb.target_groups.values();
        all.map(|g| (g.arn.clone(), g.load_balancers.clone()))
            .collect()
    };
    for (group, behind) in groups {
        if !behind.iter().any(|b| namespace(world, b) == NLB) {
            continue;
        }
        let dims = [("TargetGroup", dimension(&group))];
        let new = requests.get(&group).copied().unwrap_or_default();
        let open = world.customers.open_on(&group);
        let metrics = &mut world.metrics;
        metrics.add(NLB, "NewFlowCount", &dims, at, new as f64);
        metrics.add(NLB, "ActiveFlowCount", &dims, at, open as f64);
    }
    let network: Vec<String> = {
        let all = world.elb.load_balancers.values();
        let network = all.filter(|b| b.kind == "network");
        network.map(|b| b.arn.clone()).collect()
    };
    for balancer in network {
        let dims = [("LoadBalancer", dimension(&balancer))];
        let (flows, resets) = balancers.get(&balancer).copied().unwrap_or_default();
        let failed = world.customers.balancers.get(&balancer);
        let unanswered = failed.map_or(0, |m| m.code_503);
        let metrics = &mut world.metrics;
        metrics.add(NLB, "NewFlowCount", &dims, at, flows as f64);
        metrics.add(NLB, "TCP_Target_Reset_Count", &dims, at, resets as f64);
        metrics.add(NLB, "TCP_ELB_Reset_Count", &dims, at, unanswered as f64);
    }
    requests
}
