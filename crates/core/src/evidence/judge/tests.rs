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
        policy,
        before: &Known::Seen(Baseline {
            requests: 10_000.0,
            elb_5xx: 10.0,
        }),
        alarms: &Known::Seen(vec![]),
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
    let limits = Limits {
        policy: &policy(),
        before: &unknown,
        alarms: &Known::Absent,
    };
    assert_eq!(
        judge(limits, &[point(900.0, 0.0, 300.0, 0.0)]).0,
        Verdict::Error
    );
}

#[test]
fn no_healthy_host_is_bad() {
    let mut p = point(900.0, 0.0, 300.0, 0.0);
    p.healthy_ipv6 = Some(0.0);
    assert_eq!(verdict_on(&policy(), &[p]), Verdict::Bad);
}

#[test]
fn alarms_open_the_gate_only_when_every_one_is_ok() {
    let mut policy = policy();
    policy.alarms = vec!["a".into(), "b".into()];
    let alarm = |name: &str, state: &str| Alarm {
        name: name.into(),
        state: state.into(),
        reason: None,
    };
    let on = |b: &str| {
        let seen = Known::Seen(vec![alarm("a", "OK"), alarm("b", b)]);
        let limits = Limits {
            policy: &policy,
            before: &Known::Absent,
            alarms: &seen,
        };
        judge(limits, &[point(900.0, 0.0, 300.0, 0.0)]).0
    };
    assert_eq!(on("OK"), Verdict::Good);
    assert_eq!(on("ALARM"), Verdict::Bad);
    assert_eq!(on("INSUFFICIENT_DATA"), Verdict::NoData);
    let limits = Limits {
        policy: &policy,
        before: &Known::Absent,
        alarms: &Known::Seen(vec![alarm("a", "OK")]),
    };
    assert_eq!(
        judge(limits, &[point(900.0, 0.0, 300.0, 0.0)]).0,
        Verdict::Error
    );
}
