//! What the evidence will not be able to show.
//!
//! What belongs here: what of an alarm or a metric makes it no evidence. What must not: what its state says now
//! ([`crate::evidence`]).

use serde_json::Value;

use super::check::{
    Category, Check, Found, Judged, STUCK, Scene, Severity, Spared, Waiving, known,
};
use crate::{
    evidence::{silence, watches_only_ipv4},
    observation::{Alarm, Known, Pair, containers, log_stream},
};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "METRICS-002",
        name: "alarm-missing",
        category: Category::Metrics,
        severity: Severity::Block,
        holds: "Every alarm of the plan exists.",
        why: "What is not there never fires: a plan that counts on it would go on through what it should have stopped at.",
        remedy: "create it, or take it out of spec.health.alarms",
        source: "CloudWatch API, DescribeAlarms",
        waiving: STUCK,
        run: missing,
    },
    Check {
        id: "METRICS-003",
        name: "alarm-of-ipv4",
        category: Category::Metrics,
        severity: Severity::Warn,
        holds: "The plan's alarms see the twin.",
        why: "An alarm on the IPv4 target group stays calm while the twin fails.",
        remedy: "let it watch the load balancer, or both target groups by metric math",
        source: "Elastic Load Balancing, CloudWatch metrics for your Application Load Balancer",
        waiving: Waiving::ByReason,
        run: |s| {
            each_alarm(s, |alarm, look| {
                watches_only_ipv4(alarm, look.pairs).then(|| {
                let name = &alarm.name;
                format!("alarm {name} watches the IPv4 target group only, and will not see the twin fail")
            })
            })
        },
    },
    Check {
        id: "METRICS-004",
        name: "alarm-silent",
        category: Category::Metrics,
        severity: Severity::Warn,
        holds: "The plan's alarms have data.",
        why: "An alarm that rests in INSUFFICIENT_DATA proves nothing, and no step opens by it.",
        remedy: "set its treat missing data to notBreaching",
        source: "CloudWatch, Configuring how CloudWatch alarms treat missing data",
        waiving: Waiving::ByReason,
        run: |s| {
            each_alarm(s, |alarm, look| {
                let why = silence(alarm, look.pairs, look.twin_since)?;
                let name = &alarm.name;
                let is_other = watches_only_ipv4(alarm, look.pairs);
                (!is_other).then(|| {
                    format!("alarm {name} rests in INSUFFICIENT_DATA and proves nothing: {why}")
                })
            })
        },
    },
    Check {
        id: "METRICS-005",
        name: "grpc-unwatched",
        category: Category::Metrics,
        severity: Severity::Block,
        holds: "Something that the plan names counts the failed calls.",
        why: "A failed gRPC call is an HTTP 200 with its status in the trailers, and no metric of a load balancer counts those: \
              the twin could fail every call and look well.",
        remedy: "name an alarm on the application's own errors in spec.health.alarms, with treat missing data notBreaching",
        source: "Elastic Load Balancing, CloudWatch metrics for your Application Load Balancer",
        waiving: Waiving::ByReason,
        run: grpc,
    },
    Check {
        id: "METRICS-011",
        name: "restarts-unwatched",
        category: Category::Metrics,
        severity: Severity::Warn,
        holds: "No container is restarted within its task unseen.",
        why: "A container with a restart policy begins anew while its task goes on: ECS counts no failed task, and its restarts are told by \
              Container Insights alone, where that is on.",
        remedy: "turn Container Insights on for the cluster, and name RestartCount of ECS/ContainerInsights with a limit in \
                 spec.health.metrics",
        source: "ECS developer guide, Restart individual containers in Amazon ECS tasks with container restart policies",
        waiving: Waiving::ByReason,
        run: restarts,
    },
    Check {
        id: "METRICS-013",
        name: "log-unread",
        category: Category::Metrics,
        severity: Severity::Block,
        holds: "The log that the plan judges is in CloudWatch Logs, in streams that name their tasks.",
        why: "Lines are counted by CloudWatch Logs, and are one side's by the task that a stream is called by: of any other log nothing \
              would be known, and a plan that counts on it would hold at its first share.",
        remedy: "let the container write by awslogs, in its own region and with an awslogs-stream-prefix, or take logs out of spec.health",
        source: "ECS developer guide, Send Amazon ECS logs to CloudWatch",
        waiving: STUCK,
        run: log,
    },
];

/// Of the container that a task stands and falls with.
fn log(s: &Scene<'_>) -> Judged {
    let mut counted = s.plan.health.metrics.iter();
    if !counted.any(|m| m.lines().is_some() && !m.dry_run) {
        return Err(Spared::NotHere);
    }
    let log = log_stream(s.document()?, &s.plan.service.region, "");
    Ok(log.err().map(Found::new).into_iter().collect())
}

/// Whether a metric tells of it is for the plan to say: that CloudWatch's figure is of a minute or of a task's life no page says, so
/// none is judged without it.
fn restarts(s: &Scene<'_>) -> Judged {
    let is_restarted = |c: &&Value| c["restartPolicy"]["enabled"] == Value::Bool(true);
    let restarted: Vec<&Value> = containers(s.document()?).filter(is_restarted).collect();
    if restarted.is_empty() {
        return Err(Spared::NotHere);
    }
    let stats = s.plan.health.metrics.iter().flat_map(|m| m.source.stats());
    if stats.into_iter().any(|stat| stat.name == "RestartCount") {
        return Ok(Vec::new());
    }
    let found = restarted.iter().map(|container| {
        let name = container["name"].as_str().unwrap_or_default();
        Found::new(format!(
            "container {name} is restarted within its task, and nothing that the plan names counts that"
        ))
    });
    Ok(found.collect())
}

/// What an alarm's silence depends on.
struct Look<'a> {
    alarms: &'a [Alarm],
    pairs: &'a [Pair],
    twin_since: Option<jiff::Timestamp>,
}

fn look<'a>(s: &Scene<'a>) -> Result<Look<'a>, Spared> {
    Ok(Look {
        alarms: known(&s.seen.alarms)?,
        pairs: s.seen.pairs.seen().map_or(&[], Vec::as_slice),
        twin_since: s.seen.twin.seen().map(|t| t.created_at),
    })
}

fn each_alarm(s: &Scene<'_>, wrong: impl Fn(&Alarm, &Look<'_>) -> Option<String>) -> Judged {
    let look = look(s)?;
    let found = look.alarms.iter().filter_map(|a| wrong(a, &look));
    Ok(found.map(Found::new).collect())
}

fn missing(s: &Scene<'_>) -> Judged {
    let names = &s.plan.health.alarms;
    if names.is_empty() {
        return Err(Spared::NotHere);
    }
    let alarms: &[_] = match &s.seen.alarms {
        Known::Seen(alarms) => alarms,
        Known::Absent => &[],
        Known::Unknown(why) => return Err(Spared::Unknown(why.clone())),
    };
    let gone = names
        .iter()
        .filter(|name| !alarms.iter().any(|a| a.name == **name));
    Ok(gone
        .map(|name| Found::new(format!("alarm {name} does not exist")))
        .collect())
}

fn grpc(s: &Scene<'_>) -> Judged {
    let look = look(s)?;
    let groups = look.pairs.iter().filter_map(|p| p.ipv4.seen());
    let spoken: Vec<_> = groups
        .filter(|g| g.protocol_version.as_deref() == Some("GRPC"))
        .collect();
    if spoken.is_empty() {
        return Err(Spared::NotHere);
    }
    let speaks = |a: &Alarm| {
        silence(a, look.pairs, look.twin_since).is_none() && !watches_only_ipv4(a, look.pairs)
    };
    let named = |a: &&Alarm| s.plan.health.alarms.contains(&a.name);
    if look.alarms.iter().filter(named).any(speaks) {
        return Ok(Vec::new());
    }
    let found = spoken.iter().map(|group| {
        let name = &group.name;
        Found::new(format!(
            "target group {name} speaks gRPC, whose failed calls no load balancer metric counts"
        ))
    });
    Ok(found.collect())
}
