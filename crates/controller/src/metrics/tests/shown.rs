//! What a scrape shows after pictures and rounds.

use std::{path::Path, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use sixshift_aws::{Asked, Error, Hands};
use sixshift_core::{
    action::Action,
    evidence::{Own, Signal, SignalVerdict, Verdict},
    facts::Facts,
    guard::Veto,
    plan::{Plan, parse},
    share::Share,
    status::{Going, Health, Phase, Shares, Status, WaitingOn},
};
use sixshift_sim::{Region, scenario};

use super::{
    super::Metrics,
    format::{Sample, read},
};
use crate::{
    board::{FleetView, PlanView, SourceView},
    clock::Clock,
    command::Verb,
    round::Outcome,
    source::{Provenance, Standing},
};

const PLAN: &str = include_str!("../../../../../config/plans/minimal.yaml");

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn plan() -> Plan {
    parse(Path::new("minimal.yaml"), PLAN).unwrap().remove(0)
}

fn status(plan: &Plan) -> Status {
    let signal = |signal, verdict, observed, limit| SignalVerdict {
        signal,
        verdict,
        observed: Some(observed),
        limit: Some(limit),
        samples: 420,
        note: None,
        own: None,
    };
    Status {
        plan: plan.name.clone(),
        revision: plan.revision.clone(),
        way: Going::of(&plan.shift),
        at: at(0),
        phase: Phase::Shift,
        step: Some(1),
        health: Health::NeedsPerson,
        shares: Shares {
            desired: Some(Share::from_basis_points(2_500)),
            applied: Some(Share::from_basis_points(2_500)),
            observed: Some(Share::from_basis_points(2_480)),
            effective: None,
        },
        seen_at: at(0),
        trouble: None,
        warnings: vec![],
        first_lines: None,
        ipv4_gone: false,
        waiting_on: Some(WaitingOn::JournalLost),
        waiting_since: Some(at(-40)),
        verdict: Some(Verdict::Good),
        signals: vec![
            signal(Signal::ErrorRate, Verdict::Good, 0.002, 0.01),
            signal(Signal::LatencyP99, Verdict::TooFew, 0.25, 0.8),
            signal(Signal::HealthyHosts, Verdict::Good, 3.0, 1.0),
            own(signal(Signal::Metric, Verdict::Good, 4.0, 5.0)),
            own(signal(Signal::MetricVsIpv4, Verdict::Bad, 4.0, 3.5)),
        ],
        window: None,
        conditions: Vec::new(),
        walk: Vec::new(),
        sentence: String::new(),
    }
}

/// Of a metric of the plan's own.
fn own(of: SignalVerdict) -> SignalVerdict {
    SignalVerdict {
        own: Some(Own {
            metric: "order-seconds".to_owned(),
            at_least: false,
            dry_run: false,
            lines_per: None,
        }),
        ..of
    }
}

fn view(name: &str, status: Option<Status>) -> PlanView {
    PlanView {
        name: name.to_owned(),
        plan: None,
        from: Provenance {
            commit: Some("c0ffee".to_owned()),
            author_date: None,
            file: "minimal.yaml".into(),
            line: 1,
        },
        standing: Standing::Current,
        status: status.map(Arc::new),
        seen: None,
        closely: None,
        measured: None,
        facts: Facts::default(),
        paused: None,
        frozen: None,
        attempts: 2,
        look_at: None,
        version: 0,
    }
}

/// With the revision that runs.
fn running(name: &str, plan: Plan) -> PlanView {
    let status = status(&plan);
    PlanView {
        plan: Some(Arc::new(plan)),
        ..view(name, Some(status))
    }
}

fn action() -> Action {
    Action::DeleteTargetGroup {
        target_group: "arn".to_owned(),
    }
}

fn failed() -> Outcome {
    let error = Error::Changed {
        operation: "elasticloadbalancing:DeleteTargetGroup",
        resource: "arn".to_owned(),
    };
    Outcome::Failed(action(), error)
}

fn vetoed() -> Outcome {
    Outcome::Vetoed(action(), Veto::StillServing)
}

/// The one sample of a name whose labels have these values.
fn value(samples: &[Sample], name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let is = |sample: &Sample, (label, value): &(&str, &str)| {
        sample.labels.get(*label).is_some_and(|v| v == value)
    };
    let has = |sample: &&Sample| sample.name == name && labels.iter().all(|pair| is(sample, pair));
    let found: Vec<&Sample> = samples.iter().filter(has).collect();
    assert!(found.len() < 2, "{found:?}");
    found.first().map(|sample| sample.value)
}

fn scrape(metrics: &Metrics, now: Timestamp) -> Vec<Sample> {
    read(&metrics.render(now, None))
}

#[test]
fn a_plan_shows_where_it_stands_and_nothing_that_it_is_not() {
    let metrics = Metrics::new();
    metrics.plan(&running("checkout", plan()));
    let samples = scrape(&metrics, at(20));
    let of = |name, labels: &[(&str, &str)]| value(&samples, name, labels);
    let phases = |s: &&Sample| s.name == "sixshift_plan_phase";
    assert_eq!(samples.iter().filter(phases).count(), 1);
    assert_eq!(of("sixshift_plan_phase", &[("phase", "Shift")]), Some(1.0));
    assert_eq!(
        of("sixshift_plan_health", &[("health", "NeedsPerson")]),
        Some(1.0)
    );
    assert_eq!(of("sixshift_plan_step", &[]), Some(2.0));
    let share = |which| of("sixshift_plan_share_ratio", &[("share", which)]);
    assert_eq!(share("desired"), Some(0.25));
    assert_eq!(share("observed"), Some(0.248));
    assert_eq!(share("effective"), None);
    let judged = |signal| of("sixshift_plan_signal_verdict", &[("signal", signal)]);
    assert_eq!(judged("healthyHosts"), Some(1.0));
    assert_eq!(judged("alarms"), None);
    assert_eq!(of("sixshift_plan_signal_ratio", &[]), Some(0.002));
    assert_eq!(of("sixshift_plan_signal_limit_seconds", &[]), Some(0.8));
    let values = |s: &&Sample| s.name == "sixshift_plan_metric_value";
    assert_eq!(samples.iter().filter(values).count(), 1);
    let limit = |against| of("sixshift_plan_metric_limit", &[("against", against)]);
    assert_eq!((limit("limit"), limit("ipv4")), (Some(5.0), Some(3.5)));
    assert_eq!(of("sixshift_plan_failed_acts", &[]), Some(2.0));
    let info = [("plan", "checkout"), ("commit", "c0ffee")];
    assert_eq!(of("sixshift_plan_info", &info), Some(1.0));
}

#[test]
fn ages_are_those_of_the_scrape() {
    let metrics = Metrics::new();
    metrics.plan(&running("checkout", plan()));
    metrics.source_read(true, Some("c0ffee"), at(0));
    for (now, look, waiting) in [(20, 20.0, 60.0), (100, 100.0, 140.0), (-60, 0.0, 0.0)] {
        let samples = scrape(&metrics, at(now));
        let of = |name| value(&samples, name, &[]);
        assert_eq!(of("sixshift_plan_look_age_seconds"), Some(look));
        assert_eq!(of("sixshift_plan_waiting_seconds"), Some(waiting));
        assert_eq!(of("sixshift_source_read_age_seconds"), Some(look));
    }
}

#[test]
fn a_plan_that_nobody_looked_at_is_unknown() {
    let metrics = Metrics::new();
    metrics.plan(&view("checkout", None));
    let samples = scrape(&metrics, at(0));
    let unknown = [("phase", "Unknown")];
    assert_eq!(value(&samples, "sixshift_plan_phase", &unknown), Some(1.0));
    assert_eq!(value(&samples, "sixshift_plan_look_age_seconds", &[]), None);
}

#[test]
fn rounds_are_counted_by_how_they_ended() {
    let metrics = Metrics::new();
    metrics.plan(&view("checkout", None));
    let took = Duration::from_millis(300);
    for outcome in [Outcome::Waited, Outcome::Waited, failed(), vetoed()] {
        metrics.round_ended("checkout", &outcome, took);
    }
    metrics.panicked("checkout");
    // Another picture of the plan keeps its counts.
    metrics.plan(&running("checkout", plan()));
    let samples = scrape(&metrics, at(0));
    let rounds = |outcome| value(&samples, "sixshift_rounds_total", &[("outcome", outcome)]);
    assert_eq!(rounds("waited"), Some(2.0));
    assert_eq!(rounds("acted"), Some(0.0));
    assert_eq!(rounds("failed"), Some(1.0));
    assert_eq!(rounds("vetoed"), Some(1.0));
    assert_eq!(rounds("panicked"), Some(1.0));
    let bucket = |le| {
        let labels = [("outcome", "waited"), ("le", le)];
        value(&samples, "sixshift_round_duration_seconds_bucket", &labels)
    };
    assert_eq!((bucket("0.25"), bucket("0.5")), (Some(0.0), Some(2.0)));
    assert_eq!(bucket("+Inf"), Some(2.0));
    let labels = [("outcome", "waited")];
    let sum = value(&samples, "sixshift_round_duration_seconds_sum", &labels);
    assert_eq!(sum, Some(0.6));
    let kind = [("kind", "changed")];
    assert_eq!(
        value(&samples, "sixshift_acts_failed_total", &kind),
        Some(1.0)
    );
    let veto = [("veto", "stillServing")];
    assert_eq!(
        value(&samples, "sixshift_acts_vetoed_total", &veto),
        Some(1.0)
    );
}

#[test]
fn the_daemons_own_state_is_shown() {
    let metrics = Metrics::new();
    let silent = scrape(&metrics, at(0));
    assert_eq!(value(&silent, "sixshift_lease_held", &[]), None);
    metrics.fleet(&FleetView {
        frozen: Some("maintenance".to_owned()),
        lease: Some("another daemon has it".to_owned()),
        source: SourceView {
            name: "git main \"quoted\"\n".to_owned(),
            commit: Some("c0ffee".to_owned()),
            author_date: Some(at(-3_600)),
            read_at: Some(at(-10)),
            ..SourceView::default()
        },
        ..FleetView::default()
    });
    metrics.queue(7, Duration::from_millis(1_500));
    metrics.journal_write(true);
    metrics.journal_write(false);
    metrics.unwritten(3);
    metrics.order(Verb::Approve, false);
    metrics.source_read(false, None, at(-5));
    let samples = scrape(&metrics, at(0));
    let of = |name, labels: &[(&str, &str)]| value(&samples, name, labels);
    assert_eq!(of("sixshift_fleet_frozen", &[]), Some(1.0));
    assert_eq!(of("sixshift_lease_held", &[]), Some(0.0));
    assert_eq!(of("sixshift_queue_depth", &[]), Some(7.0));
    assert_eq!(of("sixshift_queue_oldest_seconds", &[]), Some(1.5));
    let failed = [("result", "failed")];
    assert_eq!(of("sixshift_journal_writes_total", &failed), Some(1.0));
    assert_eq!(of("sixshift_journal_unwritten", &[]), Some(3.0));
    assert_eq!(value(&silent, "sixshift_journal_unwritten", &[]), Some(0.0));
    assert_eq!(of("sixshift_source_reads_total", &failed), Some(1.0));
    // The failed read left the last good one alone.
    assert_eq!(of("sixshift_source_read_age_seconds", &[]), Some(10.0));
    assert_eq!(of("sixshift_source_commit_age_seconds", &[]), Some(3_600.0));
    let source = [("source", "git main \"quoted\"\n"), ("commit", "c0ffee")];
    assert_eq!(of("sixshift_source_info", &source), Some(1.0));
    let approve = [("verb", "approve"), ("result", "refused")];
    assert_eq!(of("sixshift_orders_total", &approve), Some(1.0));
    metrics.fleet(&FleetView::default());
    let samples = scrape(&metrics, at(0));
    assert_eq!(value(&samples, "sixshift_lease_held", &[]), Some(1.0));
}

#[test]
fn a_read_without_news_keeps_the_commits_age() {
    let metrics = Metrics::new();
    let source = SourceView {
        commit: Some("old".to_owned()),
        author_date: Some(at(-100)),
        read_at: Some(at(0)),
        ..SourceView::default()
    };
    metrics.fleet(&FleetView {
        source,
        ..FleetView::default()
    });
    let age = || {
        let samples = scrape(&metrics, at(0));
        value(&samples, "sixshift_source_commit_age_seconds", &[])
    };
    metrics.source_read(true, Some("old"), at(0));
    assert_eq!(age(), Some(100.0));
    metrics.source_read(true, Some("new"), at(0));
    assert_eq!(age(), None);
}

/// Plans come and go; the state of each changes from round to round.
fn churn(metrics: &Metrics, rounds: u32) {
    let base = running("", plan());
    let phases = [Phase::Warm, Phase::Shift, Phase::RollingBack, Phase::Done];
    let healths = [Health::Progressing, Health::Bad, Health::Complete];
    for n in 0..rounds {
        let name = format!("plan-{}", n % 50);
        let pick = (n / 7) as usize;
        let mut status = Status::clone(base.status.as_deref().unwrap());
        status.at += SignedDuration::from_secs(i64::from(n));
        status.phase = phases[pick % phases.len()];
        status.health = healths[pick % healths.len()];
        status.verdict = (n % 3 > 0).then_some(Verdict::TooFew);
        let mut view = PlanView {
            name: name.clone(),
            status: Some(Arc::new(status)),
            ..base.clone()
        };
        view.from.commit = Some(format!("{n:040x}"));
        metrics.plan(&view);
        let outcome = match n % 4 {
            0 => failed(),
            1 => vetoed(),
            _ => Outcome::Waited,
        };
        metrics.round_ended(&name, &outcome, Duration::from_millis(u64::from(n % 900)));
        if n % 11 == 0 {
            metrics.forget(&name);
            // One that was under way.
            metrics.round_ended(&name, &Outcome::Waited, Duration::ZERO);
            metrics.panicked(&name);
        }
        metrics.source_read(true, view.from.commit.as_deref(), at(i64::from(n)));
    }
}

#[test]
fn ten_thousand_rounds_of_plans_that_come_and_go_leave_no_more_series_than_there_are_plans() {
    let metrics = Metrics::new();
    let none = scrape(&metrics, at(0)).len();
    churn(&metrics, 500);
    let some = scrape(&metrics, at(0)).len();
    churn(&metrics, 10_000);
    let samples = scrape(&metrics, at(0));
    let plans = |samples: &[Sample]| {
        let names = samples.iter().filter_map(|s| s.labels.get("plan").cloned());
        names.collect::<std::collections::BTreeSet<_>>().len()
    };
    let shown = plans(&samples);
    assert!((40..=50).contains(&shown), "{shown}");
    let per_plan = samples.len() / shown;
    assert!(per_plan < 40, "{per_plan}");
    assert!(samples.len().abs_diff(some) <= 60, "{}", samples.len());
    for n in 0..50 {
        metrics.forget(&format!("plan-{n}"));
    }
    let left = scrape(&metrics, at(0));
    assert_eq!(plans(&left), 0);
    // A sort of error, a veto, the age of the source.
    assert_eq!(left.len(), none + 3);
}

#[tokio::test(start_paused = true)]
async fn calls_to_aws_are_read_at_the_scrape() {
    let built = scenario::build("healthy", Some(1), 7).unwrap();
    let region = Region::new(built.world, 7);
    let clock = Clock::simulated(region.clock().now, 1.0);
    let hands = Hands::with_http_client(region.http_client(), clock.clone(), 1.0);
    let metrics = Metrics::new();
    let before = read(&metrics.render(clock.now(), Some(&hands)));
    assert_eq!(
        value(&before, "sixshift_aws_throttles_total", &[]),
        Some(0.0)
    );
    let mut plan = plan();
    plan.service.region = "eu-central-1".to_owned();
    hands.observe(&plan, Asked::full(clock.now())).await;
    let samples = read(&metrics.render(clock.now(), Some(&hands)));
    let calls = [
        ("service", "ecs"),
        ("operation", "DescribeServices"),
        ("result", "ok"),
    ];
    let calls = value(&samples, "sixshift_aws_calls_total", &calls);
    assert!(calls.is_some_and(|n| n > 0.0), "{calls:?}");
    let bucket = [("bucket", "elb"), ("region", "eu-central-1")];
    let level = value(&samples, "sixshift_aws_bucket_level_ratio", &bucket);
    assert!(level.is_some_and(|l| l < 1.0), "{level:?}");
}
