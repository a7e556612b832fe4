//! What tasks exchange with whom in a minute: requests of their load balancers, what they ask for these, and the images that
//! they start from.
//!
//! What belongs here: who, how much, and by which address. What must not: how it is logged.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::{SignedDuration, Timestamp};

use super::outside::{self, Host};
use crate::Value;
use crate::world::behaviour::Dependency;
use crate::world::clock::later;
use crate::world::elb::{LoadBalancer, TargetState};
use crate::world::network::endpoints;
use crate::world::reach::{From, image_of};
use crate::world::tasks::{Task, TaskState};
use crate::world::{World, admission, pulls, registries};

/// Bytes of a request and its answer.
const REQUEST: u64 = 900;
const ANSWER: u64 = 6_000;
/// What a start fetches: a log-in, manifests, layers.
const AUTH: (u64, u64) = (4_000, 9_000);
const MANIFEST: (u64, u64) = (6_000, 30_000);
const LAYERS: (u64, u64) = (400_000, 60_000_000);
const HTTPS: u16 = 443;

/// Who began a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Begun {
    /// The task: its own port is any.
    ByTask,
    /// Its peer: the peer's port is any.
    ByPeer,
}

/// What a task and somebody else sent to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exchange {
    /// The task's place in the order of starts.
    pub(super) task: u64,
    pub(super) own: IpAddr,
    pub(super) peer: IpAddr,
    /// The port of whoever was asked.
    pub(super) port: u16,
    pub(super) begun: Begun,
    pub(super) sent: u64,
    pub(super) received: u64,
}

/// Everything of the minute from a moment on, before its counts are begun anew.
pub(super) fn of_minute(world: &World, from: Timestamp) -> Vec<Exchange> {
    let mut all = Vec::new();
    let served = requests(world, &mut all);
    let until = later(from, SignedDuration::from_secs(60));
    let running = world.ecs.tasks.values();
    for task in running.filter(|t| t.started_at.is_some()) {
        let Some(at) = Asking::of(world, task) else {
            continue;
        };
        if task.started_at.is_some_and(|at| from <= at && at < until) {
            start(&at, &mut all);
        }
        if task.state == TaskState::Running {
            let requests = served.get(&task.seq).copied().unwrap_or_default();
            asks(&at, requests, &mut all);
        }
    }
    all
}

/// The addresses of a load balancer in a subnet: above those that tasks are given first.
pub(crate) fn node(world: &World, balancer: &LoadBalancer, subnet: &str) -> Host {
    world.network.set_apart(subnet, &balancer.arn, world.seed)
}

/// Each healthy target has its part of the requests of its group; gives the requests of each task.
fn requests(world: &World, all: &mut Vec<Exchange>) -> BTreeMap<u64, u64> {
    let mut served = BTreeMap::new();
    for ((balancer, group), minute) in &world.customers.groups {
        let elb = &world.elb;
        let both = elb
            .load_balancers
            .get(balancer)
            .zip(elb.target_groups.get(group));
        let Some((balancer, group)) = both else {
            continue;
        };
        let healthy = group
            .targets
            .iter()
            .filter(|t| t.state == TargetState::Healthy);
        let behind: Vec<_> = healthy.filter_map(|t| Some((t.task?, t))).collect();
        let nodes = balancer
            .zones
            .iter()
            .map(|(_, subnet)| node(world, balancer, subnet));
        let nodes: Vec<Host> = nodes.collect();
        for (seq, target) in &behind {
            let requests = minute.requests / behind.len() as u64;
            *served.entry(*seq).or_default() += requests;
            let Ok(own) = target.id.parse::<IpAddr>() else {
                continue;
            };
            for (v4, v6) in &nodes {
                let peer = match own {
                    IpAddr::V4(_) => v4.map(IpAddr::V4),
                    IpAddr::V6(_) => v6.map(IpAddr::V6),
                };
                let part = requests / nodes.len() as u64;
                if let (Some(peer), true) = (peer, part > 0) {
                    all.push(Exchange {
                        task: *seq,
                        own,
                        peer,
                        port: u16::try_from(target.port).unwrap_or_default(),
                        begun: Begun::ByPeer,
                        sent: part * ANSWER,
                        received: part * REQUEST,
                    });
                }
            }
        }
    }
    served
}

/// A task that asks, and from where.
struct Asking<'a> {
    world: &'a World,
    task: &'a Task,
    vpc: &'a str,
    is_ipv6_only: bool,
    reaches_ipv4: bool,
}

impl<'a> Asking<'a> {
    fn of(world: &'a World, task: &'a Task) -> Option<Self> {
        let subnet = world.network.subnet(&task.place.subnet)?;
        let groups = admission::groups_of(world, task);
        let from = From {
            network: &world.network,
            subnet,
            groups: &groups,
        };
        Some(Self {
            world,
            task,
            vpc: &subnet.vpc,
            is_ipv6_only: subnet.ipv6_native,
            reaches_ipv4: subnet.ipv6_native && from.reaches_ipv4(),
        })
    }

    /// The task's address and the one that it comes to by a host's name: IPv6 where both have it; for a host of IPv4 alone what
    /// the resolver makes up, where NAT64 leads there.
    fn way(&self, (v4, v6): Host) -> Option<(IpAddr, IpAddr)> {
        let own4 = self
            .task
            .place
            .ipv4
            .as_deref()
            .and_then(|a| a.parse::<Ipv4Addr>().ok());
        let own6 = self
            .task
            .place
            .ipv6
            .as_deref()
            .and_then(|a| a.parse::<Ipv6Addr>().ok());
        match (own6, v6, own4, v4) {
            (Some(own), Some(peer), _, _) => Some((own.into(), peer.into())),
            (_, _, Some(own), Some(peer)) => Some((own.into(), peer.into())),
            (Some(own), None, None, Some(peer)) if self.reaches_ipv4 => {
                Some((own.into(), outside::by_nat64(peer).into()))
            }
            _ => None,
        }
    }

    fn exchange(
        &self,
        host: Host,
        port: u16,
        (sent, received): (u64, u64),
        all: &mut Vec<Exchange>,
    ) {
        if let Some((own, peer)) = self.way(host) {
            all.push(Exchange {
                task: self.task.seq,
                own,
                peer,
                port,
                begun: Begun::ByTask,
                sent,
                received,
            });
        }
    }

    /// A service of AWS, behind the interface endpoint that has taken its names where there is one.
    fn service(&self, short: &str) -> Host {
        let suffix = format!(".{short}");
        let text =
            |of: &Value, member: &str| of.get(member).as_str().unwrap_or_default().to_owned();
        let mut endpoints = self.world.network.documents.all(endpoints::KIND).iter();
        let found = endpoints.find(|e| {
            text(e, "vpcId") == self.vpc
                && text(e, "serviceName").ends_with(&suffix)
                && e.get("privateDnsEnabled").as_bool() == Some(true)
        });
        let interface = found.and_then(|e| e.get("interfaces").items().first());
        match interface {
            Some(i) => (text(i, "ipv4").parse().ok(), text(i, "ipv6").parse().ok()),
            None => outside::service(short),
        }
    }
}

/// What a start fetches for each of the containers.
fn start(at: &Asking<'_>, all: &mut Vec<Exchange>) {
    let definition = at.world.ecs.task_definition(&at.task.task_definition);
    let containers = definition.map(|d| d.given.get("containerDefinitions").items());
    let images = containers
        .into_iter()
        .flatten()
        .filter_map(|c| c.get("image").as_str());
    for image in images {
        if pulls::is_private_ecr(image) {
            at.exchange(at.service("ecr.api"), HTTPS, AUTH, all);
            at.exchange(at.service("ecr.dkr"), HTTPS, MANIFEST, all);
            at.exchange(at.service("s3"), HTTPS, LAYERS, all);
        } else {
            // An IPv6-only task does not come to start from a registry of IPv4 alone, by NAT64 or otherwise.
            let host = outside::registry(registries::reachable_over_ipv6(image));
            let has_way = !at.is_ipv6_only || host.1.is_some();
            if has_way {
                at.exchange(host, HTTPS, LAYERS, all);
            }
        }
    }
}

/// What a task's code asks for the requests that it serves.
fn asks(at: &Asking<'_>, requests: u64, all: &mut Vec<Exchange>) {
    let image = at.task.image.as_deref().unwrap_or_default();
    let Some(app) = at.world.behaviours.get(image_of(image)) else {
        return;
    };
    let alone = (app.asks_ipv4 > 0.0).then_some(Dependency {
        ipv4: Some(outside::IPV4_ALONE),
        ipv6: None,
        port: HTTPS,
        share: app.asks_ipv4,
        sent: 700,
        received: 2_500,
    });
    for asked in app.asks.iter().chain(&alone) {
        let times = (requests as f64 * asked.share) as u64;
        if times > 0 {
            let bytes = (times * asked.sent, times * asked.received);
            at.exchange((asked.ipv4, asked.ipv6), asked.port, bytes, all);
        }
    }
}
