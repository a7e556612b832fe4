//! Windows and the verdicts that they deserve.

use std::time::Duration;

use super::*;
use crate::plan::{ErrorRateLimit, LatencyLimit, OnBad, OnTooFew};

fn policy() -> HealthPolicy {
    HealthPolicy {
        error_rate: Some(ErrorRateLimit {
            max: 0.01,
            worse_than_ipv4_by: Some(0.005),
        }),
        latency_p99: Some(LatencyLimit {
            max: Duration::from_millis(800),
            worse_than_ipv4_by: Some(0.2),
        }),
        min_requests: 100,
        on_too_few: OnTooFew::Wait,
        alarms: vec![],
        on_bad: OnBad::Rollback,
    }
}

fn point(n4: f64, e4: f64, n6: f64, e6: f64) -> Point {
    Point {
        requests_ipv4: Some(n4),
        requests_ipv6: Some(n6),
        errors_ipv4: (e4 > 0.0).then_some(e4),
        errors_ipv6: (e6 > 0.0).then_some(e6),
        p99_ipv4: (n4 > 0.0).then_some(0.3),
        p99_ipv6: (n6 > 0.0).then_some(0.31),
        healthy_ipv4: Some(3.0),
        healthy_ipv6: Some(3.0),
        elb_requests: Some(n4 + n6),
        elb_5xx: None,
    }
}

fn verdict_on(policy: &HealthPolicy, window: &[Point]) -> Verdict {
    let limits = Limits {
        before: &Known::Seen(Baseline {
            requests: 10_000.0,
            elb_5xx: 10.0,
        }),
        alarms: &Known::Seen(vec![]),
        ..Limits::of_policy(policy)
    };
    judge(limits, window).0
}

#[test]
fn enough_requests_within_every_limit_are_good() {
    assert_eq!(
        verdict_on(&policy(), &[point(900.0, 1.0, 300.0, 0.0)]),
        Verdict::Good
    );
}

#[test]
fn too_few_requests_are_never_a_pass() {
    assert_eq!(
        verdict_on(&policy(), &[point(900.0, 0.0, 40.0, 0.0)]),
        Verdict::TooFew
    );
}

#[test]
fn a_certain_failure_is_bad_even_with_few_requests() {
    assert_eq!(
        verdict_on(&policy(), &[point(900.0, 0.0, 20.0, 20.0)]),
        Verdict::Bad
    );
}

#[test]
fn a_rate_over_the_limit_that_may_be_chance_is_too_few() {
    assert_eq!(
        verdict_on(&policy(), &[point(900.0, 0.0, 120.0, 2.0)]),
        Verdict::TooFew
    );
}

#[test]
fn no_points_are_no_data() {
    assert_eq!(verdict_on(&policy(), &[]), Verdict::NoData);
    assert_eq!(verdict_on(&policy(), &[Point::default()]), Verdict::NoData);
}

#[test]
fn worse_than_ipv4_is_bad_under_the_fixed_limit() {
    let mut p = point(9_000.0, 0.0, 3_000.0, 0.0);
    p.p99_ipv6 = Some(0.5);
    assert_eq!(verdict_on(&policy(), &[p]), Verdict::Bad);
    assert_eq!(
        verdict_on(&policy(), &[point(9_000.0, 0.0, 9_000.0, 80.0)]),
        Verdict::Bad
    );
}

#[test]
fn ipv4_failing_just_as_much_does_not_raise_the_fixed_limit() {
    assert_eq!(
        verdict_on(&policy(), &[point(9_000.0, 450.0, 9_000.0, 450.0)]),
        Verdict::Bad
    );
}

#[test]
fn load_balancer_errors_count_only_above_what_was_usual_before() {
    let mut usual = point(9_000.0, 0.0, 1_000.0, 0.0);
    usual.elb_5xx = Some(10.0);
    assert_eq!(verdict_on(&policy(), &[usual]), Verdict::Good);
    usual.elb_5xx = Some(200.0);
    assert_eq!(verdict_on(&policy(), &[usual]), Verdict::Bad);
}

#[test]
fn a_baseline_that_could_not_be_read_is_an_error() {
    let unknown = Known::Unknown(crate::observation::Why("throttled".to_owned()));
    let policy = policy();
    let limits = Limits {
        before: &unknown,
        ..Limits::of_policy(&policy)
    };
    assert_eq!(
        judge(limits, &[point(900.0, 0.0, 300.0, 0.0)]).0,
        Verdict::Error
    );
}

#[test]
fn no_healthy_host_is_bad_where_the_target_group_agrees() {
    let mut p = point(900.0, 0.0, 300.0, 0.0);
    p.healthy_ipv6 = Some(0.0);
    let policy = policy();
    let on = |serving| {
        let limits = Limits {
            serving,
            ..Limits::of_policy(&policy)
        };
        judge(limits, &[p]).0
    };
    assert_eq!(on(Some(false)), Verdict::Bad);
    assert_eq!(on(Some(true)), Verdict::NoData);
    assert_eq!(on(None), Verdict::NoData);
}

#[test]
fn an_hour_without_requests_is_no_stricter_than_none() {
    let policy = policy();
    let mut noisy = point(9_000.0, 0.0, 1_000.0, 0.0);
    noisy.elb_5xx = Some(1.0);
    let on = |before: &Known<Baseline>| {
        let limits = Limits {
            before,
            ..Limits::of_policy(&policy)
        };
        judge(limits, &[noisy])
    };
    let empty = on(&Known::Seen(Baseline::default()));
    assert_eq!(empty, on(&Known::Absent));
    assert_eq!(empty.0, Verdict::Good);
}

#[test]
fn alarms_open_the_gate_only_when_every_one_is_ok() {
    let mut policy = policy();
    policy.alarms = vec!["a".into(), "b".into()];
    let alarm = |name: &str, state: &str| Alarm {
        name: name.into(),
        state: state.into(),
        reason: None,
        since: Timestamp::MAX,
        missing: Some(crate::observation::Missing::Missing),
        watches: Vec::new(),
    };
    let on = |alarms: Vec<Alarm>| {
        let seen = Known::Seen(alarms);
        let limits = Limits {
            alarms: &seen,
            twin_since: Some(Timestamp::UNIX_EPOCH),
            ..Limits::of_policy(&policy)
        };
        judge(limits, &[point(900.0, 0.0, 300.0, 0.0)]).0
    };
    let both = |b: &str| on(vec![alarm("a", "OK"), alarm("b", b)]);
    assert_eq!(both("OK"), Verdict::Good);
    assert_eq!(both("ALARM"), Verdict::Bad);
    assert_eq!(both("INSUFFICIENT_DATA"), Verdict::NoData);
    assert_eq!(on(vec![alarm("a", "OK")]), Verdict::Error);
}
