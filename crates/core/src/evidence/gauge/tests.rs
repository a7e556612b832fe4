//! Verdicts on metrics of the plan's own.

use super::*;
use crate::{
    observation::Why,
    plan::{HealthPolicy, Plan, ServiceRef, Source, Stat},
};

const MINUTE: Duration = Duration::from_secs(60);

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(minute * 60).unwrap()
}

fn gauge(bound: Option<Bound>, by: Option<f64>) -> Gauge {
    Gauge {
        name: "failed".to_owned(),
        source: Source::Stat(Stat {
            namespace: "Shop".to_owned(),
            name: "Failed".to_owned(),
            dimensions: [("Service".to_owned(), "{service}".to_owned())].into(),
            statistic: "Average".to_owned(),
        }),
        period: MINUTE,
        bound,
        worse_than_ipv4_by: by,
        min_samples: 3,
        missing: MissingPoint::NoData,
        dry_run: false,
    }
}

fn policy(gauge: Gauge) -> HealthPolicy {
    let service = ServiceRef {
        region: String::new(),
        cluster: String::new(),
        name: String::new(),
        role_arn: None,
        external_id: None,
    };
    HealthPolicy {
        metrics: vec![gauge],
        ..Plan::draft("a", &service).health
    }
}

/// Of minutes from 0 on; the share was set at its beginning.
fn judged(gauge: Gauge, ipv4: &[f64], ipv6: &[Option<f64>]) -> Vec<SignalVerdict> {
    asked_of(gauge, ipv4, ipv6, Since::at(at(0)), 0)
}

fn asked_of(
    gauge: Gauge,
    ipv4: &[f64],
    ipv6: &[Option<f64>],
    since: Since,
    from: i64,
) -> Vec<SignalVerdict> {
    let period = gauge.period;
    let policy = policy(gauge);
    let ipv4 = ipv4.iter().copied().map(Some).collect();
    let readings = Readings::new(at(0), period, ipv4, ipv6.iter().copied().collect());
    let until = at(0) + SignedDuration::try_from(period * ipv6.len() as u32).unwrap();
    let limits = Limits {
        readings: &[Known::Seen(readings)],
        since,
        ..Limits::of_policy(&policy)
    };
    let window = Window {
        from: at(from),
        until,
    };
    gauges(limits, window, true)
}

fn verdict(gauge: Gauge, ipv4: &[f64], ipv6: &[Option<f64>]) -> Verdict {
    judged(gauge, ipv4, ipv6)[0].verdict
}

fn all(figures: &[f64]) -> Vec<Option<f64>> {
    figures.iter().copied().map(Some).collect()
}

#[test]
fn points_within_the_limit_are_good_and_points_surely_beyond_it_are_bad() {
    let max = || gauge(Some(Bound::Max(5.0)), None);
    assert_eq!(verdict(max(), &[], &all(&[4.0, 5.0, 3.0])), Verdict::Good);
    assert_eq!(
        verdict(max(), &[], &all(&[9.0, 8.0, 10.0, 9.0])),
        Verdict::Bad
    );
    let min = || gauge(Some(Bound::Min(5.0)), None);
    assert_eq!(verdict(min(), &[], &all(&[4.0, 4.1, 3.9])), Verdict::Bad);
    assert_eq!(verdict(min(), &[], &all(&[9.0, 8.0, 1.0])), Verdict::Good);
}

#[test]
fn one_outlier_among_quiet_minutes_is_no_reason_to_go_back_and_no_pass() {
    let max = gauge(Some(Bound::Max(5.0)), None);
    assert_eq!(
        verdict(max, &[], &all(&[0.0, 0.0, 90.0, 0.0, 0.0])),
        Verdict::TooFew
    );
}

#[test]
fn fewer_points_than_asked_for_prove_nothing_however_bad_they_are() {
    let max = || gauge(Some(Bound::Max(5.0)), None);
    let said = judged(max(), &[], &all(&[90.0, 90.0]));
    assert_eq!(said[0].verdict, Verdict::TooFew);
    assert_eq!(
        said[0].note.as_deref(),
        Some("2 of 3 points since its share was set")
    );
    let gaps = [Some(90.0), None, None, None, Some(90.0)];
    assert_eq!(verdict(max(), &[], &gaps), Verdict::TooFew);
}

#[test]
fn silence_is_no_data_unless_the_plan_says_that_it_is_a_zero() {
    let max = || gauge(Some(Bound::Max(5.0)), None);
    assert_eq!(verdict(max(), &[], &[None; 5]), Verdict::NoData);
    let fell_silent = [Some(1.0), Some(1.0), Some(1.0), None, None, None];
    let said = judged(max(), &[], &fell_silent);
    assert_eq!(said[0].verdict, Verdict::NoData);
    assert_eq!(said[0].note.as_deref(), Some("it has no data any more"));
    let zero = |bound| Gauge {
        missing: MissingPoint::Zero,
        ..gauge(Some(bound), None)
    };
    assert_eq!(
        verdict(zero(Bound::Max(5.0)), &[], &[None; 5]),
        Verdict::Good
    );
    assert_eq!(
        verdict(zero(Bound::Min(5.0)), &[], &[None; 5]),
        Verdict::Bad
    );
}

#[test]
fn what_is_worse_than_ipv4_allows_is_bad_on_the_worse_side_alone() {
    let by = |by| gauge(None, Some(by));
    let ipv4 = [10.0, 10.0, 10.0, 10.0];
    assert_eq!(
        verdict(by(0.2), &ipv4, &all(&[11.0, 12.0, 11.5, 12.0])),
        Verdict::Good
    );
    assert_eq!(
        verdict(by(0.2), &ipv4, &all(&[14.0, 14.1, 13.9, 14.0])),
        Verdict::Bad
    );
    assert_eq!(verdict(by(0.2), &ipv4, &all(&[1.0; 4])), Verdict::Good);
    // A figure that is 0 on IPv4 is no licence: one failure may be chance, and four are not.
    assert_eq!(
        verdict(by(0.2), &[0.0; 4], &all(&[0.0, 0.0, 0.0, 1.0])),
        Verdict::TooFew
    );
    assert_eq!(verdict(by(0.2), &[0.0; 4], &all(&[1.0; 4])), Verdict::Bad);
    // IPv4 scatters too.
    assert_eq!(
        verdict(by(0.0), &[1.0, 19.0, 2.0, 18.0], &all(&[12.0; 4])),
        Verdict::TooFew
    );
    let at_least = |by| Gauge {
        bound: Some(Bound::Min(0.0)),
        ..gauge(None, Some(by))
    };
    let said = judged(at_least(0.2), &ipv4, &all(&[7.0; 4]));
    let both = [said[0].verdict, said[1].verdict];
    assert_eq!(both, [Verdict::Good, Verdict::Bad]);
    assert_eq!(
        said[1].sentence(),
        "metric failed is 7, under 8 as IPv4 allows"
    );
}

#[test]
fn an_ipv4_that_has_points_no_more_is_not_compared_with_and_that_is_said() {
    let said = judged(gauge(None, Some(0.2)), &[], &all(&[1.0; 4]));
    assert_eq!(said[0].verdict, Verdict::NoData);
    assert_eq!(
        said[0].note.as_deref(),
        Some("IPv4 has no points to compare with")
    );
}

#[test]
fn what_cannot_be_read_is_an_error_and_what_is_the_same_is_no_difference() {
    let policy = policy(gauge(Some(Bound::Max(5.0)), Some(0.1)));
    let unread = [Known::Unknown(Why::new("cloudwatch:GetMetricData: Denied"))];
    let limits = Limits {
        readings: &unread,
        ..Limits::of_policy(&policy)
    };
    let window = Window {
        from: at(0),
        until: at(5),
    };
    let said = gauges(limits, window, true);
    assert!(said.iter().all(|s| s.verdict == Verdict::Error) && said.len() == 2);
    let tenth = 0.1_f64 + 0.2;
    assert_eq!(
        verdict(gauge(Some(Bound::Max(0.3)), None), &[], &[Some(tenth); 7]),
        Verdict::Good
    );
}

#[test]
fn minutes_of_the_share_before_count_for_nothing() {
    let max = || gauge(Some(Bound::Max(5.0)), None);
    let bad_before = all(&[90.0, 90.0, 90.0, 1.0, 1.0, 1.0]);
    let set_at = Since::at(at(3));
    assert_eq!(
        asked_of(max(), &[], &bad_before, set_at, 1)[0].verdict,
        Verdict::Good
    );
    let being_set = Since {
        set_at: None,
        code: at(0),
    };
    assert_eq!(
        asked_of(max(), &[], &bad_before, being_set, 1)[0].verdict,
        Verdict::TooFew
    );
}

#[test]
fn a_long_period_looks_back_beyond_a_short_window_but_not_to_other_code() {
    let slow = || Gauge {
        period: MINUTE * 5,
        ..gauge(Some(Bound::Max(5.0)), None)
    };
    let points = all(&[9.0; 12]);
    // The newest five minutes of an hour.
    let since = |code| Since {
        set_at: Some(at(0)),
        code: at(code),
    };
    assert_eq!(
        asked_of(slow(), &[], &points, since(0), 55)[0].verdict,
        Verdict::Bad
    );
    assert_eq!(
        asked_of(slow(), &[], &points, since(52), 55)[0].verdict,
        Verdict::TooFew
    );
}

fn lines(missing: MissingPoint) -> Gauge {
    let pattern = crate::plan::Pattern::read("ERROR").unwrap();
    let per = crate::plan::Per::Requests;
    Gauge {
        bound: Some(Bound::Max(2.0)),
        missing,
        ..crate::plan::Lines { pattern, per }.gauge("errors".to_owned())
    }
}

#[test]
fn lines_of_a_log_are_named_with_what_they_are_counted_for() {
    let bad = judged(
        lines(MissingPoint::NoData),
        &[],
        &[Some(9.0), Some(9.5), Some(8.5), Some(9.0)],
    );
    assert_eq!(bad[0].verdict, Verdict::Bad);
    assert_eq!(
        bad[0].sentence(),
        "log lines errors are 9 for 1,000 requests, over 2"
    );
}

#[test]
fn of_a_log_a_minute_without_a_point_is_none_whatever_silence_means() {
    for missing in [MissingPoint::NoData, MissingPoint::Zero] {
        let silent = judged(lines(missing), &[], &[None; 5]);
        assert_eq!(silent[0].verdict, Verdict::NoData);
    }
}

#[test]
fn lines_that_nobody_asked_for_are_no_signal_and_those_that_could_not_be_read_are() {
    let of = |read: Known<Readings>| {
        let policy = policy(lines(MissingPoint::NoData));
        let limits = Limits {
            readings: &[read],
            ..Limits::of_policy(&policy)
        };
        let window = Window {
            from: at(0),
            until: at(5),
        };
        gauges(limits, window, false)
    };
    assert!(of(Known::Absent).is_empty());
    let unread = of(Known::Unknown(Why::new("no such log group".to_owned())));
    assert_eq!(unread[0].verdict, Verdict::Error);
}
