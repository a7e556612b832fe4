//! One wait of each kind, and the phase in which it is met.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sixshift_core::{
    action::Side,
    evidence::{Broken, Verdict},
    facts::Gate,
    guard::Veto,
    readiness::{Finding, Severity},
    share::Share,
    status::{Lost, Phase, ProbeStop, Said, Stood, WaitingOn},
};

const MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn pc(percent: u16) -> Share {
    Share::from_basis_points(percent * 100)
}

fn s(text: &str) -> String {
    text.to_owned()
}

fn in_minutes(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
}

/// One of each, in the order of the type, some in more than one spelling.
pub(crate) fn every() -> Vec<(Phase, WaitingOn)> {
    use WaitingOn as W;
    let starting = |overdue, reason| W::TasksStarting {
        side: Side::Ipv6,
        running: 1,
        desired: 3,
        reason,
        overdue,
    };
    let unhealthy = |zone, reason, overdue| W::TargetsUnhealthy {
        side: Side::Ipv6,
        healthy: 1,
        needed: 3,
        zone,
        reason,
        overdue,
    };
    let hold = |proven, broken_by| W::Hold {
        step: 1,
        at: pc(10),
        next: Some(pc(50)),
        proven,
        hold: 10 * MINUTE,
        broken_by,
        idle: Duration::ZERO,
        due: in_minutes(if proven == Duration::ZERO { 13 } else { 6 }),
    };
    let webhook = |said, calls| W::Webhook {
        step: 1,
        at: pc(10),
        host: s("gates.example.com"),
        said,
        calls,
    };
    let evidence = |verdict, note| W::Evidence {
        step: 1,
        verdict,
        note,
        overdue: false,
    };
    vec![
        (Phase::Shift, W::CloserLook),
        (
            Phase::Shift,
            W::Frozen {
                reason: s("release of the year"),
            },
        ),
        (Phase::Shift, W::FirstLook),
        (
            Phase::Shift,
            W::Lease {
                why: s("the lease is not held; another daemon may act"),
            },
        ),
        (Phase::Shift, W::SourceUnread),
        (Phase::Shift, W::JournalLost),
        (
            Phase::Shift,
            W::JournalUnwritable {
                why: s("No space left on device"),
            },
        ),
        (
            Phase::Shift,
            W::ClockWrong {
                why: s(
                    "AWS's clock is 1 m 30 s ahead of this machine's; what is read goes by AWS's",
                ),
            },
        ),
        (
            Phase::Shift,
            W::Vanished {
                commit: Some(s("4a1f2c9d8e7b6a5f4e3d2c1b0a9f8e7d6c5b4a3f")),
            },
        ),
        (
            Phase::Shift,
            W::SharedRoute {
                route: s("listener HTTPS:443 of shop"),
                other: s("plan search (search.yaml:1)"),
            },
        ),
        (
            Phase::Shift,
            W::Paused {
                reason: s("lunch"),
                by_plan: false,
            },
        ),
        (
            Phase::Shift,
            W::Paused {
                reason: s("spec.paused is true"),
                by_plan: true,
            },
        ),
        (
            Phase::RolledBack,
            W::RolledBack {
                reason: s("errors on IPv6 are 20 %, over 1 %"),
                name: None,
            },
        ),
        (
            Phase::RolledBack,
            W::RolledBack {
                reason: s("2 of 3 tasks failed"),
                name: Some(s("ledger-v6")),
            },
        ),
        (
            Phase::Shift,
            W::OutsideEdit {
                route: s("listener HTTPS:443 of shop"),
                expected: Some(pc(10)),
                found: Some(pc(0)),
                attached: true,
                healthy: vec![(Side::Ipv4, 3)],
                until: None,
            },
        ),
        (
            Phase::Shift,
            W::OutsideEdit {
                route: s("rule 10 (host api.example.com) of HTTPS:443 of shop"),
                expected: Some(pc(10)),
                found: None,
                attached: false,
                healthy: vec![(Side::Ipv4, 0)],
                until: None,
            },
        ),
        (
            Phase::Bake,
            W::OutsideEdit {
                route: s("listener HTTPS:443 of shop"),
                expected: Some(Share::ALL),
                found: Some(pc(0)),
                attached: true,
                healthy: vec![(Side::Ipv4, 3)],
                until: Some(Box::new(W::Deployment {
                    side: Side::Ipv4,
                    reason: None,
                    overdue: true,
                })),
            },
        ),
        (
            Phase::Bake,
            W::Resized {
                side: Side::Ipv4,
                desired: 0,
            },
        ),
        (
            Phase::Cold,
            W::Resized {
                side: Side::Ipv4,
                desired: 2,
            },
        ),
        (
            Phase::Shift,
            W::Emptied {
                side: Side::Ipv4,
                at: pc(10),
                now: pc(100),
            },
        ),
        (
            Phase::Shift,
            W::Emptied {
                side: Side::Ipv6,
                at: pc(10),
                now: pc(0),
            },
        ),
        (
            Phase::Shift,
            W::Ipv4Sick {
                reason: s("target group checkout has no healthy target"),
            },
        ),
        (
            Phase::Shift,
            W::NoteLost {
                target_group: s("checkout-v6"),
                found: Some(pc(10)),
            },
        ),
        (
            Phase::Shift,
            W::Unseen {
                what: s("raise IPv6 to 10 % on listener l1"),
            },
        ),
        (
            Phase::Shift,
            W::Unknown {
                what: s("the routes"),
                why: s("Throttling"),
                overdue: false,
            },
        ),
        (
            Phase::Shift,
            W::Unknown {
                what: s("the routes"),
                why: s("Throttling"),
                overdue: true,
            },
        ),
        (
            Phase::Checking,
            W::Missing {
                what: s("ECS service checkout in cluster prod"),
                remedy: s("correct spec.service, or delete the plan"),
            },
        ),
        (
            Phase::Service,
            W::Foreign {
                what: s("ECS service checkout-ipv6"),
            },
        ),
        (
            Phase::Checking,
            W::Findings {
                findings: vec![
                    Finding {
                        code: "a",
                        severity: Severity::Block,
                        message: s("load balancer shop is ipv4, and refuses IPv6 target groups"),
                        remedy: s("set its IP address type to dualstack"),
                        waived: None,
                    },
                    Finding {
                        code: "b",
                        severity: Severity::Block,
                        message: s("alarm x does not exist"),
                        remedy: s("create it, or take it out of spec.health.alarms"),
                        waived: None,
                    },
                ],
            },
        ),
        (
            Phase::Shift,
            W::Deployment {
                side: Side::Ipv4,
                reason: None,
                overdue: false,
            },
        ),
        (
            Phase::Bake,
            W::Deployment {
                side: Side::Ipv6,
                reason: None,
                overdue: true,
            },
        ),
        (Phase::Warm, starting(false, None)),
        (
            Phase::Warm,
            starting(true, Some(s("CannotPullContainerError"))),
        ),
        (
            Phase::Cold,
            W::TasksStopping {
                side: Side::Ipv4,
                running: 1,
            },
        ),
        (
            Phase::Cold,
            W::TasksStopping {
                side: Side::Ipv4,
                running: 2,
            },
        ),
        (
            Phase::Warm,
            W::NotIpv6Only {
                task: s("0af1"),
                address: s("10.0.0.7"),
            },
        ),
        (
            Phase::Warm,
            W::TwinFailed {
                reason: s("tasks failed to start"),
            },
        ),
        (Phase::Warm, unhealthy(None, None, false)),
        (
            Phase::Warm,
            unhealthy(
                None,
                Some(s(
                    "Target.FailedHealthChecks in checkout-v6: the application may listen on 0.0.0.0 only; let it listen on [::]",
                )),
                true,
            ),
        ),
        (
            Phase::Shift,
            W::TargetsUnhealthy {
                side: Side::Ipv6,
                healthy: 0,
                needed: 1,
                zone: Some(s("eu-central-1b")),
                reason: None,
                overdue: false,
            },
        ),
        (
            Phase::Warm,
            W::CanaryProof {
                proven: MINUTE,
                needed: 3 * MINUTE,
                idle: false,
            },
        ),
        (
            Phase::Warm,
            W::CanaryProof {
                proven: MINUTE,
                needed: 3 * MINUTE,
                idle: true,
            },
        ),
        (
            Phase::Warm,
            W::Probe {
                what: ProbeStop::Failing,
                request: s("GET /orders"),
                why: s("status 500 where 200-299 is expected"),
            },
        ),
        (
            Phase::Warm,
            W::Probe {
                what: ProbeStop::Unreachable,
                request: s("GET /orders"),
                why: s("https://shop-1.eu-central-1.elb.amazonaws.com:443: timed out"),
            },
        ),
        (
            Phase::Warm,
            W::Probe {
                what: ProbeStop::Uncounted,
                request: s("GET /orders"),
                why: s("CloudWatch counts no such request at the twin's target group"),
            },
        ),
        (
            Phase::Warm,
            W::Probe {
                what: ProbeStop::Elsewhere,
                request: s("GET /orders"),
                why: s("CloudWatch counts no such request at the twin's target group"),
            },
        ),
        (
            Phase::Warm,
            W::Probe {
                what: ProbeStop::NoPlace,
                request: s("GET /orders"),
                why: s("no priority is free directly before rule 1 of HTTPS:443 of shop"),
            },
        ),
        (
            Phase::Warm,
            W::Stood {
                what: Stood::Task,
                proven: MINUTE,
                needed: 5 * MINUTE,
            },
        ),
        (
            Phase::Bake,
            W::Stood {
                what: Stood::Service,
                proven: MINUTE,
                needed: 60 * MINUTE,
            },
        ),
        (
            Phase::Bake,
            W::MovedBack {
                subnets: vec![s("subnet-0a"), s("subnet-0b")],
            },
        ),
        (Phase::Shift, hold(4 * MINUTE, Broken::Share)),
        (Phase::Shift, hold(Duration::ZERO, Broken::NoData)),
        (
            Phase::Shift,
            W::Hold {
                step: 1,
                at: pc(10),
                next: None,
                proven: MINUTE,
                hold: 10 * MINUTE,
                broken_by: Broken::Errors,
                idle: 5 * MINUTE,
                due: in_minutes(9),
            },
        ),
        (
            Phase::Bake,
            W::Bake {
                proven: 600 * MINUTE,
                bake: 1440 * MINUTE,
                broken_by: Broken::Deployment,
                idle: Duration::ZERO,
                due: in_minutes(14 * 60),
            },
        ),
        (
            Phase::Shift,
            evidence(Verdict::NoData, Some(s("healthy IPv6 targets: not known"))),
        ),
        (
            Phase::Shift,
            evidence(Verdict::Error, Some(s("Throttling"))),
        ),
        (
            Phase::Shift,
            W::Evidence {
                step: 0,
                verdict: Verdict::NoData,
                note: Some(s("alarm checkout-slow is in INSUFFICIENT_DATA")),
                overdue: true,
            },
        ),
        (
            Phase::Shift,
            evidence(Verdict::Bad, Some(s("alarm checkout-5xx is in ALARM"))),
        ),
        (
            Phase::Shift,
            W::TooFew {
                step: 1,
                samples: 40,
                needed: 100,
            },
        ),
        (
            Phase::Shift,
            W::TooFew {
                step: 1,
                samples: 140,
                needed: 100,
            },
        ),
        (
            Phase::Shift,
            W::Bad {
                reason: s("errors on IPv6 are 20 %, over 1 %"),
                lost: None,
            },
        ),
        (
            Phase::Retire,
            W::NoWayBack {
                reason: s("errors on IPv6 are 20 %, over 1 %"),
                lost: None,
            },
        ),
        (
            Phase::Bake,
            W::Bad {
                reason: Lost::Emptied.to_string(),
                lost: Some(Lost::Emptied),
            },
        ),
        (
            Phase::Retire,
            W::NoWayBack {
                reason: Lost::Emptied.to_string(),
                lost: Some(Lost::Emptied),
            },
        ),
        (
            Phase::Retire,
            W::NoWayBack {
                reason: Lost::Gone.to_string(),
                lost: Some(Lost::Gone),
            },
        ),
        (
            Phase::Shift,
            W::Approval {
                gate: Gate::Step(1),
            },
        ),
        (
            Phase::Shift,
            W::Approval {
                gate: Gate::TooFew(1),
            },
        ),
        (
            Phase::Bake,
            W::Approval {
                gate: Gate::Consumers,
            },
        ),
        (Phase::Retire, W::Approval { gate: Gate::Retire }),
        (Phase::Shift, webhook(Said::Nothing, false)),
        (
            Phase::Shift,
            webhook(
                Said::No {
                    reason: Some("a freeze until Monday".to_owned()),
                },
                false,
            ),
        ),
        (
            Phase::Shift,
            webhook(
                Said::Failed {
                    why: "it answers 503".to_owned(),
                },
                true,
            ),
        ),
        (
            Phase::Cold,
            W::Drain {
                side: Side::Ipv4,
                requests: 1,
                over: 5 * MINUTE,
            },
        ),
        (
            Phase::RollingBack,
            W::Drain {
                side: Side::Ipv6,
                requests: 12,
                over: 5 * MINUTE,
            },
        ),
        (
            Phase::RollingBack,
            W::Drain {
                side: Side::Ipv6,
                requests: 0,
                over: 15 * MINUTE,
            },
        ),
        (
            Phase::Cold,
            W::Cold {
                until: Timestamp::from_second(7_200).unwrap(),
            },
        ),
        (
            Phase::Retire,
            W::Deletion {
                what: s("ECS service checkout"),
            },
        ),
        (
            Phase::Shift,
            W::Vetoed {
                action: s("raise IPv6 to 50 % on listener l1"),
                veto: Veto::UnprovenGround,
                lasting: false,
            },
        ),
        (
            Phase::Shift,
            W::ActFailed {
                action: s("raise IPv6 to 50 % on listener l1"),
                error: s("ModifyListener was throttled"),
                lasting: false,
            },
        ),
        (
            Phase::Shift,
            W::ActFailed {
                action: s("raise IPv6 to 50 % on listener l1"),
                error: s("ModifyListener: not authorized"),
                lasting: true,
            },
        ),
    ]
}
