//! The nodes of load balancers, and what each of them counts as healthy.
//!
//! What belongs here: how many nodes there are, which are new, and whom a node sees. What must not: the course of health
//! checks.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::World;
use super::elb::{LoadBalancer, TargetGroup, TargetState};
use super::rng;

/// The nodes of a zone at the least, and the requests a second for which another one is added in each.
const FEWEST: u64 = 2;
const REQUESTS_A_NODE: f64 = 250.0;
/// One node of each load balancer is replaced about this often, in minutes.
const REPLACED: f64 = 8.0 * 60.0;

/// The nodes of every load balancer, by ARN.
#[derive(Debug, Default)]
pub(crate) struct Nodes(BTreeMap<String, Fleet>);

#[derive(Clone, Copy, Debug)]
struct Fleet {
    each_zone: u64,
    fresh: Fresh,
}

/// Which nodes are new in this minute, and have not checked a target yet.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fresh {
    None,
    /// One, in a zone by its place.
    One(usize),
    /// One in each zone.
    InEach,
}

/// What the nodes of a load balancer told of a target group in a minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) sum: f64,
    pub(crate) count: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Nodes {
    /// A minute is over in which a load balancer had so many requests.
    pub(crate) fn minute(
        &mut self,
        seed: u64,
        balancer: &LoadBalancer,
        requests: u64,
        at: Timestamp,
    ) {
        let wanted = FEWEST + (requests as f64 / 60.0 / REQUESTS_A_NODE) as u64;
        let fleet = self.0.entry(balancer.arn.clone()).or_insert(Fleet {
            each_zone: wanted,
            fresh: Fresh::None,
        });
        let minute = u64::from(super::metrics::minute_of(at));
        fleet.fresh = Fresh::None;
        if wanted > fleet.each_zone {
            fleet.each_zone += 1;
            fleet.fresh = Fresh::InEach;
        } else if rng::unit(seed, &balancer.arn, minute) < 1.0 / REPLACED {
            let zones = balancer.zones.len().max(1) as u64;
            fleet.fresh = Fresh::One((minute % zones) as usize);
        }
    }
}

impl World {
    /// What the nodes of a load balancer tell of the targets of a group that are in a state.
    pub(crate) fn told(
        &self,
        balancer: &LoadBalancer,
        group: &TargetGroup,
        state: TargetState,
    ) -> Option<Told> {
        let fleet = self.nodes.0.get(&balancer.arn);
        let (each_zone, fresh) = fleet.map_or((FEWEST, Fresh::None), |f| (f.each_zone, f.fresh));
        let mut told: Option<Told> = None;
        for (place, (zone, _)) in balancer.zones.iter().enumerate() {
            let seen = seen(group, zone, state);
            let new = u64::from(fresh == Fresh::InEach || fresh == Fresh::One(place));
            for (nodes, value) in [(each_zone - new.min(each_zone), seen), (new, 0.0)] {
                if nodes > 0 {
                    let nodes = nodes as f64;
                    let held = told.get_or_insert(Told {
                        sum: 0.0,
                        count: 0.0,
                        min: value,
                        max: value,
                    });
                    held.sum += nodes * value;
                    held.count += nodes;
                    held.min = held.min.min(value);
                    held.max = held.max.max(value);
                }
            }
        }
        told
    }
}

/// How many targets in a state a node of a zone sees: all of them, or where cross-zone load balancing is off its own.
fn seen(group: &TargetGroup, zone: &str, state: TargetState) -> f64 {
    let off = group
        .attributes
        .get("load_balancing.cross_zone.enabled")
        .is_some_and(|v| v == "false");
    let sees = |target_zone: Option<&str>| !off || target_zone.is_none_or(|z| z == zone);
    group
        .targets
        .iter()
        .filter(|t| t.state == state && sees(t.zone.as_deref()))
        .count() as f64
}
