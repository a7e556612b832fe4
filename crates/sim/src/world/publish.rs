//! What CloudWatch is told each minute: as AWS documents it, errors only where there are any, nothing without traffic.
//!
//! What belongs here: names, dimensions and presence of metrics. What must not: how requests came to their end.

mod flows;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::ecs::{Service, ServiceStatus};
use super::elb::{TargetState, dimension};
use super::insights::{self, Load};
use super::lattice;
use super::logs;
use super::queues;
use super::quotas::Quota;
use super::tasks::TaskState;
use super::{World, containers};

const ALB: &str = "AWS/ApplicationELB";
const NLB: &str = "AWS/NetworkELB";

/// Where a load balancer's figures are told.
fn namespace(world: &World, balancer: &str) -> &'static str {
    let found = world.elb.load_balancers.get(balancer);
    match found.map(|b| b.kind.as_str()) {
        Some("network") => NLB,
        _ => ALB,
    }
}

/// Publishes the minute that ended at `now`.
pub(crate) fn minute(world: &mut World, now: Timestamp) {
    let at = now
        .checked_sub(SignedDuration::from_secs(60))
        .unwrap_or(now);
    queues::minute(world, at);
    super::names::minute(world, at);
    let busy = nodes(world, at);
    let mut requests = lattice::minute(world, at);
    requests.extend(flows::minute(world, at));
    requests.extend(target_groups(world, at));
    load_balancers(world, at);
    services(world, at, &requests);
    fargate(world, at);
    let groups: Vec<String> = world
        .elb
        .target_groups
        .values()
        .filter(|g| !g.targets.is_empty())
        .map(|g| g.arn.clone())
        .collect();
    for group in groups {
        hosts(world, &group, &busy, at);
    }
}

/// Lets the nodes of each load balancer follow its requests of the minute; gives the load balancers that had any.
fn nodes(world: &mut World, at: Timestamp) -> BTreeSet<String> {
    let mut requests: BTreeMap<&str, u64> = BTreeMap::new();
    for ((balancer, _), minute) in &world.customers.groups {
        *requests.entry(balancer).or_default() += minute.requests;
    }
    for (balancer, minute) in &world.customers.balancers {
        *requests.entry(balancer).or_default() += minute.answered + minute.code_503;
    }
    for balancer in world.elb.load_balancers.values() {
        let of_minute = requests.get(balancer.arn.as_str()).copied();
        world
            .nodes
            .minute(world.seed, balancer, of_minute.unwrap_or_default(), at);
    }
    requests
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(balancer, _)| balancer.to_owned())
        .collect()
}

/// Each node tells how many hosts it finds healthy and unhealthy. One still being checked for the first time is neither.
fn hosts(world: &mut World, arn: &str, busy: &BTreeSet<String>, at: Timestamp) {
    let Some(group) = world.elb.target_groups.get(arn) else {
        return;
    };
    let registered = group
        .targets
        .iter()
        .any(|t| t.state != TargetState::Draining && t.state != TargetState::Unused);
    if !registered {
        return;
    }
    let mut told = Vec::new();
    for balancer in &group.load_balancers {
        let speaks = !world.silent_when_idle || busy.contains(balancer);
        let Some(balancer) = world.elb.load_balancers.get(balancer).filter(|_| speaks) else {
            continue;
        };
        for (name, state) in [
            ("HealthyHostCount", TargetState::Healthy),
            ("UnHealthyHostCount", TargetState::Unhealthy),
        ] {
            let hosts = world.told(balancer, group, state);
            told.extend(hosts.map(|hosts| (balancer.arn.clone(), name, hosts)));
        }
    }
    for (balancer, name, hosts) in told {
        let dims = [
            ("LoadBalancer", dimension(&balancer)),
            ("TargetGroup", dimension(arn)),
        ];
        let namespace = namespace(world, &balancer);
        let series = world.metrics.series(namespace, name, &dims);
        world
            .metrics
            .add_statistic_set(series, at, hosts.sum, hosts.count, hosts.min, hosts.max);
    }
}

fn target_groups(world: &mut World, at: Timestamp) -> BTreeMap<String, u64> {
    let mut requests = BTreeMap::new();
    let minutes = std::mem::take(&mut world.customers.groups);
    for ((lb, group), mut minute) in minutes {
        let grpc = speaks_grpc(world, &group);
        if grpc {
            // The status of a call is in its trailers: to the load balancer each that was answered is a 200.
            minute.code_4xx = 0;
            minute.code_5xx = 0;
        }
        *requests.entry(group.clone()).or_default() += minute.requests;
        let healthy = world.elb.target_groups.get(&group).map_or(0, |g| {
            g.targets
                .iter()
                .filter(|t| t.state == TargetState::Healthy)
                .count()
        });
        let both = [
            ("LoadBalancer", dimension(&lb)),
            ("TargetGroup", dimension(&group)),
        ];
        let metrics = &mut world.metrics;
        let mut count = |name: &str, value: u64| {
            if value > 0 {
                metrics.add(ALB, name, &both, at, value as f64);
            }
        };
        let answered = minute.requests - minute.connection_errors.min(minute.requests);
        count("RequestCount", minute.requests);
        if grpc {
            count("GrpcRequestCount", minute.requests);
        }
        count(
            "HTTPCode_Target_2XX_Count",
            answered.saturating_sub(minute.code_4xx + minute.code_5xx),
        );
        count("HTTPCode_Target_4XX_Count", minute.code_4xx);
        count("HTTPCode_Target_5XX_Count", minute.code_5xx);
        count("TargetConnectionErrorCount", minute.connection_errors);
        if minute.requests > 0 {
            let each = minute.requests as f64 / healthy.max(1) as f64;
            metrics.add(ALB, "RequestCountPerTarget", &both, at, each);
            metrics.add(ALB, "RequestCountPerTarget", &both[1..], at, each);
            metrics.add(ALB, "RequestCount", &both[..1], at, minute.requests as f64);
            if grpc {
                metrics.add(
                    ALB,
                    "GrpcRequestCount",
                    &both[..1],
                    at,
                    minute.requests as f64,
                );
            }
        }
        if minute.code_5xx > 0 {
            metrics.add(
                ALB,
                "HTTPCode_Target_5XX_Count",
                &both[..1],
                at,
                minute.code_5xx as f64,
            );
        }
        metrics.add_distribution(
            ALB,
            "TargetResponseTime",
            &both[..1],
            at,
            minute.times.clone(),
        );
        metrics.add_distribution(ALB, "TargetResponseTime", &both, at, minute.times);
    }
    requests
}

fn speaks_grpc(world: &World, group: &str) -> bool {
    let group = world.elb.target_groups.get(group);
    group.is_some_and(|g| g.spec.get("ProtocolVersion").as_str() == Some("GRPC"))
}

fn load_balancers(world: &mut World, at: Timestamp) {
    for (lb, minute) in std::mem::take(&mut world.customers.balancers) {
        if namespace(world, &lb) == NLB {
            continue;
        }
        let dims = [("LoadBalancer", dimension(&lb))];
        let all = minute.code_502 + minute.code_503 + minute.code_504;
        for (name, value) in [
            ("RequestCount", minute.answered),
            ("HTTPCode_ELB_5XX_Count", all),
            ("HTTPCode_ELB_502_Count", minute.code_502),
            ("HTTPCode_ELB_503_Count", minute.code_503),
            ("HTTPCode_ELB_504_Count", minute.code_504),
        ] {
            if value > 0 {
                world.metrics.add(ALB, name, &dims, at, value as f64);
            }
        }
    }
}

fn services(world: &mut World, at: Timestamp, requests: &BTreeMap<String, u64>) {
    let live = world.ecs.services.values();
    let live = live.filter(|s| s.status != ServiceStatus::Inactive);
    let loads: Vec<(&Service, Option<Load>)> =
        live.map(|s| (s, load(world, s, requests))).collect();
    let mut figures = insights::of_clusters(world);
    let (mut used, mut written) = (Vec::new(), Vec::new());
    for (service, load) in loads {
        written.extend(load.map(|load| (service.tasks.clone(), load.handled)));
        figures.extend(insights::of_service(world, service, load));
        let whose = (service.cluster.clone(), service.name.clone());
        used.extend(load.map(|load| (whose, load)));
    }
    for (tasks, handled) in written {
        logs::minute(world, &tasks, handled, at);
    }
    for ((cluster, service), load) in used {
        let dims = [
            ("ClusterName", cluster.as_str()),
            ("ServiceName", service.as_str()),
        ];
        let metrics = &mut world.metrics;
        metrics.add("AWS/ECS", "CPUUtilization", &dims, at, load.cpu);
        metrics.add("AWS/ECS", "MemoryUtilization", &dims, at, load.memory);
    }
    insights::tell(world, figures, at);
}

/// What the running tasks of a service did, by the requests and messages of the minute.
fn load(world: &World, service: &Service, requests: &BTreeMap<String, u64>) -> Option<Load> {
    let tasks = service.tasks.iter().filter_map(|t| world.ecs.tasks.get(t));
    let running = tasks.filter(|t| t.state == TaskState::Running).count();
    if running == 0 {
        return None;
    }
    let balancers = service.spec.get("loadBalancers").items().iter();
    let lattice = service.spec.get("vpcLatticeConfigurations").items();
    let seen: u64 = balancers
        .chain(lattice)
        .filter_map(|b| requests.get(b.get("targetGroupArn").as_str()?))
        .sum();
    let worked = world.queues.worked.get(&service.arn);
    let worked = worked.copied().unwrap_or_default();
    let answered = world.names.answered.get(&service.arn);
    let answered = answered.map_or(0.0, |a| a.well + a.failed);
    // A task is sized so that 50 requests a second take all of it, or what it takes of a queue 70 percent.
    let asked = seen as f64 + answered;
    let cpu = 4.0 + asked / 60.0 / running as f64 * 2.0 + worked.busy * 70.0;
    let cpu = cpu.min(100.0);
    let tasks = service.tasks.iter().filter_map(|t| world.ecs.tasks.get(t));
    let mut extra = tasks.filter_map(|t| {
        let app = world.behaviours.get(t.image.as_ref()?)?;
        Some(containers::on(app, t).extra_memory)
    });
    let extra = extra.next().unwrap_or_default();
    let handled = (seen as f64 + worked.done + worked.failed + answered) / 60.0;
    Some(Load {
        cpu,
        memory: (20.0 + cpu * 0.2 + extra).min(100.0),
        handled: handled * 60.0,
        received: handled * 1_200.0,
        sent: handled * 3_600.0,
    })
}

/// vCPUs in use, of each class that has any (ECS developer guide, "AWS Fargate usage metrics").
fn fargate(world: &mut World, at: Timestamp) {
    for about in Quota::ALL {
        let Some(class) = about.class else { continue };
        let used = super::fargate::in_use(world, about.quota);
        if used > 0.0 {
            let dims = super::fargate::dimensions(class);
            world
                .metrics
                .add("AWS/Usage", "ResourceCount", &dims, at, used);
        }
    }
}

#[cfg(test)]
mod tests;
