//! Windows and the verdicts that they deserve.

use std::time::Duration;

use super::*;
use crate::plan::{ClientErrorLimit, ErrorRateLimit, LatencyLimit, OnBad, OnTooFew};

/// Whatever time it is of.
fn judge(limits: Limits<'_>, points: &[Point]) -> (Verdict, Vec<SignalVerdict>) {
    let time = Window {
        from: Timestamp::UNIX_EPOCH,
        until: Timestamp::UNIX_EPOCH,
    };
    super::judge(limits, points, time)
}

fn policy() -> HealthPolicy {
    HealthPolicy {
        error_rate: Some(ErrorRateLimit {
            max: 0.01,
            worse_than_ipv4_by: Some(0.005),
        }),
        client_error_rate: Some(ClientErrorLimit {
            worse_than_ipv4_by: 0.02,
        }),
        latency_p99: Some(LatencyLimit {
            max: Duration::from_millis(800),
            worse_than_ipv4_by: Some(0.2),
        }),
        min_requests: 100,
        on_too_few: OnTooFew::Wait,
        alarms: vec![],
        metrics: vec![],
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
        ..Point::default()
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
    let unknown = Known::Unknown(crate::observation::Why::new("throttled".to_owned()));
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

/// A minute with as many refusals on each side.
fn refusing(n4: f64, r4: f64, n6: f64, r6: f64) -> Point {
    Point {
        client_errors_ipv4: (r4 > 0.0).then_some(r4),
        client_errors_ipv6: (r6 > 0.0).then_some(r6),
        ..point(n4, 0.0, n6, 0.0)
    }
}

#[test]
fn requests_refused_on_ipv6_alone_are_bad_though_none_is_a_5xx() {
    let all = refusing(900.0, 36.0, 20.0, 20.0);
    assert_eq!(verdict_on(&policy(), &[all]), Verdict::Bad);
    let some = refusing(9_000.0, 360.0, 3_000.0, 300.0);
    assert_eq!(verdict_on(&policy(), &[some]), Verdict::Bad);
}

#[test]
fn requests_refused_on_both_sides_alike_are_the_clients_own() {
    for of_ipv6 in [0.0, 900.0, 950.0] {
        let alike = refusing(9_000.0, 2_700.0, 3_000.0, of_ipv6);
        assert_eq!(verdict_on(&policy(), &[alike]), Verdict::Good);
    }
}

#[test]
fn a_difference_that_may_be_chance_waits_for_more_requests() {
    let chance = refusing(900.0, 36.0, 110.0, 9.0);
    assert_eq!(verdict_on(&policy(), &[chance]), Verdict::TooFew);
}

#[test]
fn without_requests_on_ipv4_nobody_knows_which_refusals_are_usual() {
    for n4 in [0.0, 20.0] {
        let alone = refusing(n4, 0.0, 3_000.0, 300.0);
        assert_eq!(verdict_on(&policy(), &[alone]), Verdict::Good);
    }
}

#[test]
fn refusals_are_not_compared_where_the_plan_says_so() {
    let policy = HealthPolicy {
        client_error_rate: None,
        ..policy()
    };
    let refused = refusing(9_000.0, 0.0, 3_000.0, 3_000.0);
    assert_eq!(verdict_on(&policy, &[refused]), Verdict::Good);
}

#[test]
fn an_ipv4_side_that_fails_is_no_measure_for_ipv6() {
    let mut failing = refusing(9_000.0, 0.0, 3_000.0, 150.0);
    failing.errors_ipv4 = Some(9_000.0);
    failing.p99_ipv4 = Some(0.01);
    assert_eq!(verdict_on(&policy(), &[failing]), Verdict::Good);
}

#[test]
fn alarms_alone_do_not_wait_for_requests_to_compare() {
    let policy = HealthPolicy {
        error_rate: None,
        latency_p99: None,
        alarms: vec!["a".into()],
        ..policy()
    };
    let ok = Known::Seen(vec![Alarm {
        name: "a".into(),
        state: "OK".into(),
        reason: None,
        since: Timestamp::MIN,
        missing: None,
        watches: vec![],
    }]);
    let on = |window: Point| {
        let limits = Limits {
            alarms: &ok,
            ..Limits::of_policy(&policy)
        };
        judge(limits, &[window]).0
    };
    assert_eq!(on(refusing(900.0, 0.0, 20.0, 1.0)), Verdict::Good);
    assert_eq!(on(refusing(900.0, 0.0, 20.0, 20.0)), Verdict::Bad);
}

/// A minute in which the load balancer made a fifth of all answers itself, as 5xx.
fn failing_between(healthy_ipv4: Option<f64>) -> Point {
    Point {
        elb_5xx: Some(200.0),
        healthy_ipv4,
        ..point(900.0, 0.0, 100.0, 0.0)
    }
}

#[test]
fn errors_of_a_load_balancer_whose_ipv4_side_is_sick_are_not_ipv6s() {
    assert_eq!(
        verdict_on(&policy(), &[failing_between(Some(3.0))]),
        Verdict::Bad
    );
    assert_eq!(
        verdict_on(&policy(), &[failing_between(Some(0.0))]),
        Verdict::Good
    );
    // The minute in which it fell sick still counts somebody healthy.
    let falls = [failing_between(Some(3.0)), failing_between(Some(0.0))];
    assert_eq!(verdict_on(&policy(), &falls), Verdict::Good);
    let rises = [failing_between(Some(0.0)), failing_between(Some(3.0))];
    assert_eq!(verdict_on(&policy(), &rises), Verdict::Good);
}

#[test]
fn errors_while_nobody_is_healthy_anywhere_are_not_excused() {
    let mut both = failing_between(Some(0.0));
    both.healthy_ipv6 = Some(0.0);
    both.elb_503 = Some(200.0);
    let policy = policy();
    let (_, signals) = judge(Limits::of_policy(&policy), &[both]);
    let made = signals
        .iter()
        .find(|s| s.signal == Signal::LoadBalancerErrors);
    assert_eq!(made.map(|s| s.verdict), Some(Verdict::Bad));
}

#[test]
fn what_ipv4_refuses_to_connect_to_is_not_ipv6s() {
    let mut refused = failing_between(Some(3.0));
    refused.errors_ipv4 = Some(200.0);
    refused.unreached_ipv4 = Some(200.0);
    assert_eq!(verdict_on(&policy(), &[refused]), Verdict::Good);
}

#[test]
fn that_there_was_nobody_to_send_to_is_not_the_fault_of_a_side_that_has_somebody() {
    let mut nobody = failing_between(None);
    nobody.requests_ipv4 = None;
    assert_eq!(verdict_on(&policy(), &[nobody]), Verdict::Bad);
    nobody.elb_503 = Some(200.0);
    assert_eq!(verdict_on(&policy(), &[nobody]), Verdict::Good);
}

/// As VPC Lattice tells: no host is counted, nor what it answers by itself.
fn told_by_lattice(n4: f64, n6: f64, e6: f64) -> Point {
    Point {
        healthy_ipv4: None,
        healthy_ipv6: None,
        pulse: Some(n4 + n6),
        ..point(n4, 0.0, n6, e6)
    }
}

#[test]
fn where_no_host_is_counted_requests_tell_and_a_group_that_has_nobody() {
    let on = |serving, errors| {
        let policy = policy();
        let limits = Limits {
            serving,
            ..Limits::of_policy(&policy)
        };
        judge(limits, &[told_by_lattice(900.0, 300.0, errors)])
    };
    assert_eq!(on(None, 0.0).0, Verdict::Good);
    assert_eq!(on(Some(true), 0.0).0, Verdict::Good);
    assert_eq!(on(None, 60.0).0, Verdict::Bad);
    assert_eq!(on(Some(false), 0.0).0, Verdict::Bad);
    let untold = [Signal::HealthyHosts, Signal::LoadBalancerErrors];
    let (_, signals) = on(None, 0.0);
    assert!(
        signals.iter().all(|s| !untold.contains(&s.signal)),
        "{signals:?}"
    );
}

#[test]
fn that_nobody_was_sent_to_is_not_the_fault_of_a_group_that_was_in_no_route_or_only_joins_one() {
    let minute = |healthy_ipv6, errors| Point {
        healthy_ipv6,
        elb_503: Some(errors),
        elb_5xx: Some(errors),
        ..point(0.0, 0.0, 600.0, 0.0)
    };
    let served = minute(Some(3.0), 0.0);
    let detached = [served, minute(None, 600.0), minute(None, 600.0)];
    let joined = [minute(None, 600.0), minute(Some(0.0), 300.0), served];
    for window in [&detached, &joined] {
        assert_eq!(verdict_on(&policy(), window), Verdict::Good);
    }
    let lost = [served, minute(Some(0.0), 300.0), served];
    assert_eq!(verdict_on(&policy(), &lost), Verdict::Bad);
}

#[test]
fn what_is_bad_is_named_though_a_note_stands_beside_it() {
    let verdict = SignalVerdict {
        signal: Signal::LoadBalancerErrors,
        verdict: Verdict::Bad,
        observed: Some(0.2),
        limit: Some(0.01),
        samples: 100,
        note: Some("no traffic was measured before the twin".to_owned()),
        own: None,
    };
    assert_eq!(
        verdict.sentence(),
        "errors made by the load balancer are 20 %, over 1 % (no traffic was measured before the twin)"
    );
}
