//! VPC flow logs: what the interfaces of tasks exchanged, gathered for an interval, and brought to CloudWatch Logs some minutes
//! later. Where there is no flow log nothing is gathered; what NAT gateways carried is counted all the same.
//!
//! What belongs here: gathering and delivery. What must not: who exchanges what ([`exchange`]), what a record says ([`record`]),
//! what went through which NAT gateway ([`nat`]).
//!
//! Source: VPC user guide, "Flow log records" (the interval, and that delivery takes about five minutes more).

pub(crate) mod exchange;
mod nat;
mod outside;
pub(crate) mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::clock::later;
use super::tasks::{Task, TaskState};
use super::{World, rng};
use crate::services::{self, Service};
use crate::{Value, dice};
use exchange::{Begun, Exchange};
use record::{Packets, Record, Whose};

/// How EC2 keeps a flow log.
pub(crate) const KIND: &str = "FlowLog";

/// What is gathered and not delivered yet.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    /// By flow log.
    open: BTreeMap<String, BTreeMap<Flow, (u64, u64)>>,
    due: BTreeMap<(Timestamp, u64), Delivery>,
    delivered: u64,
}

/// A connection as a flow log tells it from others: own and peer's address with their ports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Flow {
    whose: Whose,
    own: (IpAddr, u16),
    peer: (IpAddr, u16),
}

/// Records of an interface on their way.
#[derive(Debug)]
struct Delivery {
    group: String,
    stream: String,
    at: Timestamp,
    lines: Vec<String>,
}

/// A flow log that goes to CloudWatch Logs.
struct Log {
    id: String,
    resource: String,
    traffic: String,
    group: String,
    fields: Vec<String>,
    interval: i64,
}

/// A minute is over, and what it was counted by is still there.
pub(crate) fn minute(world: &mut World, now: Timestamp) {
    deliver(world, now);
    let from = now
        .checked_sub(SignedDuration::from_secs(60))
        .unwrap_or(now);
    let exchanges = exchange::of_minute(world, from);
    nat::count(world, &exchanges, from);
    let logs = logs(world);
    if logs.is_empty() {
        world.flows.open.clear();
        return;
    }
    for log in &logs {
        gather(world, log, &exchanges, from);
        if now.as_second().rem_euclid(log.interval) == 0 {
            close(world, log, now);
        }
    }
}

fn logs(world: &World) -> Vec<Log> {
    let text = |d: &Value, name: &str| d.get(name).as_str().unwrap_or_default().to_owned();
    let all = world.network.documents.all(KIND).iter();
    let here = all.filter(|d| text(d, "logDestinationType") == "cloud-watch-logs");
    // What is rejected is not simulated, so that a log of nothing else stays empty.
    let passing = here.filter(|d| text(d, "trafficType") != "REJECT");
    let log = |d: &Value| {
        Some(Log {
            id: text(d, "flowLogId"),
            resource: text(d, "resourceId"),
            traffic: text(d, "trafficType").to_lowercase(),
            group: text(d, "logGroupName"),
            fields: record::fields(&text(d, "logFormat")).ok()?,
            interval: d.get("maxAggregationInterval").as_i64()?,
        })
    };
    passing.filter_map(log).collect()
}

impl Log {
    fn is_of(&self, whose: &Whose) -> bool {
        [&whose.vpc, &whose.subnet, &whose.interface].contains(&&self.resource)
    }
}

fn whose(world: &World, task: &Task) -> Option<Whose> {
    let subnet = world.network.subnet(&task.place.subnet)?;
    let service = task.service.as_ref();
    Some(Whose {
        interface: interface(world.seed, task.seq),
        vpc: subnet.vpc.clone(),
        subnet: subnet.id.clone(),
        zone: subnet.az_id.clone(),
        cluster: task.cluster.clone(),
        cluster_arn: world.arn("ecs", &format!("cluster/{}", task.cluster)),
        service: service
            .and_then(|arn| arn.rsplit('/').next())
            .map(str::to_owned),
        task: task.id.clone(),
        task_arn: task.arn.clone(),
        definition: task.task_definition.clone(),
    })
}

/// The id of a task's interface.
pub(crate) fn interface(seed: u64, task: u64) -> String {
    format!("eni-{}", rng::hex(seed, "eni", task, 17))
}

fn gather(world: &mut World, log: &Log, exchanges: &[Exchange], at: Timestamp) {
    let interval = at.as_second().div_euclid(log.interval) as u64;
    for exchange in exchanges {
        let task = world.ecs.tasks.get(&exchange.task);
        let Some(whose) = task.and_then(|t| whose(world, t)).filter(|w| log.is_of(w)) else {
            continue;
        };
        // Connections are kept open: one for each peer in an interval.
        let any = rng::draw(
            world.seed,
            &format!("port of {}", exchange.peer),
            exchange.task ^ dice::bits(7, interval),
        );
        let any = 32_768 + u16::try_from(any % 28_000).unwrap_or_default();
        let (own_port, peer_port) = match exchange.begun {
            Begun::ByTask => (any, exchange.port),
            Begun::ByPeer => (exchange.port, any),
        };
        let flow = Flow {
            whose,
            own: (exchange.own, own_port),
            peer: (exchange.peer, peer_port),
        };
        let open = world.flows.open.entry(log.id.clone()).or_default();
        let (sent, received) = open.entry(flow).or_default();
        *sent += exchange.sent;
        *received += exchange.received;
    }
}

/// An interval is over: its records are on their way.
fn close(world: &mut World, log: &Log, now: Timestamp) {
    let open = world.flows.open.remove(&log.id).unwrap_or_default();
    let start = now
        .checked_sub(SignedDuration::from_secs(log.interval))
        .unwrap_or(now);
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let line = |whose: &Whose, packets: Option<Packets>| {
        let record = Record {
            whose,
            account: &world.account,
            region: &world.region,
            start,
            end: now,
            packets,
        };
        record::written(&record, &log.fields)
    };
    let range = |address: IpAddr| outside::range(&world.region, address);
    for (flow, (sent, received)) in &open {
        let of_interface = lines.entry(flow.whose.interface.clone()).or_default();
        let (own, peer) = (flow.own, flow.peer);
        for (from, to, bytes, is_egress) in [(own, peer, sent, true), (peer, own, received, false)]
        {
            let packets = Packets {
                from,
                to,
                bytes: *bytes,
                is_egress,
                from_range: range(from.0),
                to_range: range(to.0),
            };
            of_interface.extend((*bytes > 0).then(|| line(&flow.whose, Some(packets))));
        }
    }
    let seen: BTreeSet<String> = lines.keys().cloned().collect();
    let running = world
        .ecs
        .tasks
        .values()
        .filter(|t| t.state == TaskState::Running);
    let idle = running.filter_map(|t| whose(world, t));
    for whose in idle.filter(|w| log.is_of(w) && !seen.contains(&w.interface)) {
        lines.insert(whose.interface.clone(), vec![line(&whose, None)]);
    }
    let late = rng::between(world.seed, &log.id, now.as_second() as u64, 180.0, 400.0);
    let due = later(now, SignedDuration::from_secs(late as i64));
    for (interface, lines) in lines {
        world.flows.delivered += 1;
        let delivery = Delivery {
            group: log.group.clone(),
            stream: format!("{interface}-{}", log.traffic),
            at: start,
            lines,
        };
        world
            .flows
            .due
            .insert((due, world.flows.delivered), delivery);
    }
}

/// Puts into CloudWatch Logs what is due, as any client would. A group that somebody removes is made again.
fn deliver(world: &mut World, now: Timestamp) {
    while let Some(entry) = world.flows.due.first_entry() {
        if entry.key().0 > now {
            return;
        }
        let Delivery {
            group,
            stream,
            at,
            lines,
        } = entry.remove();
        let of_group = [("logGroupName", Value::from(group.as_str()))];
        let of_stream = [
            ("logGroupName", Value::from(group.as_str())),
            ("logStreamName", stream.as_str().into()),
        ];
        let event = |line: String| {
            Value::map([
                ("timestamp", Value::from(at.as_millisecond())),
                ("message", line.into()),
            ])
        };
        let mut put = Value::map(of_stream.clone());
        put.set("logEvents", Value::list(lines.into_iter().map(event)));
        // That the first two are there already is no failure.
        let _ = services::call(
            world,
            Service::Logs,
            "CreateLogGroup",
            &Value::map(of_group),
        );
        let _ = services::call(
            world,
            Service::Logs,
            "CreateLogStream",
            &Value::map(of_stream),
        );
        if let Err(error) = services::call(world, Service::Logs, "PutLogEvents", &put) {
            tracing::warn!(%error, "a flow log could not be delivered");
        }
    }
}
