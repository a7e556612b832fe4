//! How long a share has been proven good: the newest unbroken run of complete points, read from CloudWatch alone.
//!
//! Nothing is remembered between rounds, so downtime neither skips nor shortens a hold, and an edit that nobody saw
//! (100, 0, 100) breaks the run by itself.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{
    Limits, METRIC_DELAY, Point, Series, SignalVerdict, Verdict, Window, judge, rates::lower_bound,
};
use crate::share::Share;

/// What is to be proven.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// The least share that a point must have carried: halfway between the step before and this one.
    pub at_least: Share,
    /// For how long.
    pub hold: Duration,
    /// Points that begin earlier show other code.
    pub code_since: Timestamp,
    /// Points that begin earlier are of the time before every route had the share.
    pub set_at: Timestamp,
}

/// Why the run does not reach further back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Broken {
    /// It reaches to the beginning of the history that was read.
    History,
    /// The point before shows the code from before a deployment.
    Deployment,
    /// The point before is of the time before the share was set.
    Set,
    /// The point before carried less than the share.
    Share,
    /// The point before failed for itself.
    Errors,
    /// The point before had no healthy target on IPv6.
    Hosts,
    /// The point before was not reported.
    NoData,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// How much of the run had requests: minutes without any prove nothing and break nothing.
    pub proven: Duration,
    /// How much of it had none.
    pub idle: Duration,
    /// Why it is not longer.
    pub broken_by: Broken,
    /// The verdict on the run's newest points: as many as the hold has, more where these have too few samples.
    pub verdict: Verdict,
    /// The verdict signal by signal.
    pub signals: Vec<SignalVerdict>,
    /// The time that was judged.
    pub window: Window,
    /// Requests on IPv6 in it.
    pub samples: u64,
    /// When it can be long enough at the earliest: CloudWatch tells of a point minutes after its end.
    pub due: Timestamp,
}

impl Proof {
    /// Whether the hold is over: long enough, and good.
    #[must_use]
    pub fn holds(&self, hold: Duration) -> bool {
        self.proven >= hold && self.verdict == Verdict::Good
    }
}

/// Walks back from the newest complete point.
#[must_use]
pub fn proof(limits: Limits<'_>, series: &Series, question: Question, now: Timestamp) -> Proof {
    let end = series.complete_points(now);
    let mut run = Vec::new();
    let mut broken_by = Broken::History;
    for (index, point) in (0..end).rev().filter_map(|i| Some((i, series.get(i)?))) {
        if let Some(why) = broken(limits, &point, series.starts_at(index), question) {
            broken_by = why;
            break;
        }
        run.push(point);
    }
    run.reverse();
    let (run, begin) = (&run[..], end - run.len());
    let window = judged(
        run,
        question.hold,
        series.period,
        limits.policy.min_requests,
    );
    let time = |points: &[Point]| series.window(end - points.len()..end);
    let (mut verdict, mut signals) = judge(limits, window, time(window));
    let mut window = window;
    if verdict == Verdict::TooFew && window.len() < run.len() {
        // Too few to be sure in the hold alone: the whole run may tell.
        window = run;
        (verdict, signals) = judge(limits, window, time(window));
    }
    let busy = run.iter().filter(|p| is_busy(p)).count();
    let since = if run.is_empty() {
        first_that_counts(series, question, end)
    } else {
        series.starts_at(begin)
    };
    let held = question
        .hold
        .as_secs()
        .div_ceil(series.period.as_secs().max(1)) as usize;
    let length = series.period * (held + run.len() - busy) as u32;
    Proof {
        due: after(since, length + METRIC_DELAY),
        proven: series.period * busy as u32,
        idle: series.period * (run.len() - busy) as u32,
        broken_by,
        verdict,
        signals,
        window: time(window),
        samples: window.iter().filter_map(|p| p.requests_ipv6).sum::<f64>() as u64,
    }
}

/// The beginning of the next point that is wholly of this share and this code.
fn first_that_counts(series: &Series, question: Question, end: usize) -> Timestamp {
    let from = question.set_at.max(question.code_since).as_second();
    let period = series.period.as_secs().max(1) as i64;
    let into = (from - series.start.as_second()).rem_euclid(period);
    let whole = if into == 0 {
        from
    } else {
        from - into + period
    };
    let whole = Timestamp::from_second(whole).unwrap_or(Timestamp::MAX);
    series.starts_at(end).max(whole)
}

fn after(since: Timestamp, length: Duration) -> Timestamp {
    let length = SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX);
    since.saturating_add(length).unwrap_or(Timestamp::MAX)
}

fn broken(
    limits: Limits<'_>,
    point: &Point,
    starts_at: Timestamp,
    question: Question,
) -> Option<Broken> {
    if starts_at < question.set_at {
        return Some(Broken::Set);
    }
    if starts_at < question.code_since {
        return Some(Broken::Deployment);
    }
    if !point.is_reported() {
        return Some(Broken::NoData);
    }
    if point.counts_hosts() && point.healthy_ipv6.is_none_or(|n| n < 1.0) {
        return Some(Broken::Hosts);
    }
    if carried_less(point, question.at_least) {
        return Some(Broken::Share);
    }
    let max = limits.policy.error_rate.map_or(1.0, |l| l.max);
    let failed = point.errors_ipv6.unwrap_or(0.0);
    let tried = point.requests_ipv6.unwrap_or(0.0).max(failed);
    (lower_bound(failed, tried) > max).then_some(Broken::Errors)
}

fn is_busy(point: &Point) -> bool {
    point.requests() > 0.0
}

/// Whether a point contradicts the share. Few requests contradict little: two standard
/// deviations of the draw, on top of the room between the step's share and the one asked for.
fn carried_less(point: &Point, at_least: Share) -> bool {
    let n = point.requests();
    let p = at_least.fraction();
    let ipv6 = point.requests_ipv6.unwrap_or(0.0);
    ipv6 + 0.5 < n * p - 2.0 * (n * p * (1.0 - p)).sqrt()
}

/// The newest points of the run: as many with requests as the hold has, or more where these have too few samples.
fn judged(run: &[Point], hold: Duration, period: Duration, min_requests: u64) -> &[Point] {
    let at_least = (hold.as_secs().div_ceil(period.as_secs().max(1)) as usize).max(1);
    let (mut samples, mut busy, mut count) = (0.0, 0, 0);
    for point in run.iter().rev() {
        if busy >= at_least && samples >= min_requests as f64 {
            break;
        }
        samples += point.requests_ipv6.unwrap_or(0.0);
        busy += usize::from(is_busy(point));
        count += 1;
    }
    &run[run.len() - count..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{ErrorRateLimit, HealthPolicy, OnBad, OnTooFew};

    fn policy() -> HealthPolicy {
        HealthPolicy {
            error_rate: Some(ErrorRateLimit {
                max: 0.01,
                worse_than_ipv4_by: None,
            }),
            client_error_rate: None,
            latency_p99: None,
            min_requests: 100,
            on_too_few: OnTooFew::Wait,
            alarms: vec![],
            metrics: vec![],
            on_bad: OnBad::Rollback,
        }
    }

    fn point(n4: f64, n6: f64) -> Point {
        Point {
            requests_ipv4: Some(n4),
            requests_ipv6: Some(n6),
            healthy_ipv4: Some(3.0),
            healthy_ipv6: Some(3.0),
            elb_requests: Some(n4 + n6),
            ..Point::default()
        }
    }

    fn ask(points: Vec<Point>, hold: u64, since: i64) -> Proof {
        let policy = policy();
        let limits = Limits::of_policy(&policy);
        let now = Timestamp::from_second(60 * points.len() as i64 + 180).unwrap();
        let series = Series::new(Timestamp::UNIX_EPOCH, Duration::from_secs(60), points);
        let question = Question {
            at_least: Share::from_basis_points(500),
            hold: Duration::from_secs(hold * 60),
            code_since: Timestamp::from_second(since).unwrap(),
            set_at: Timestamp::UNIX_EPOCH,
        };
        proof(limits, &series, question, now)
    }

    #[test]
    fn ten_good_minutes_prove_ten_minutes() {
        let proof = ask(vec![point(90.0, 10.0); 10], 10, 0);
        assert_eq!(proof.proven, Duration::from_secs(600));
        assert!(proof.holds(Duration::from_secs(600)));
        assert!(!proof.holds(Duration::from_secs(660)));
    }

    #[test]
    fn an_edit_that_nobody_saw_breaks_the_run() {
        let mut points = vec![point(90.0, 10.0); 10];
        points[6] = point(100.0, 0.0);
        let proof = ask(points, 10, 0);
        assert_eq!(
            (proof.proven, proof.broken_by),
            (Duration::from_secs(180), Broken::Share)
        );
    }

    #[test]
    fn a_lost_minute_breaks_the_run() {
        let mut points = vec![point(90.0, 10.0); 10];
        points[6] = Point::default();
        assert_eq!(ask(points, 10, 0).broken_by, Broken::NoData);
    }

    #[test]
    fn minutes_without_a_count_of_hosts_count_where_none_is_taken() {
        let told = Point {
            healthy_ipv4: None,
            healthy_ipv6: None,
            pulse: Some(100.0),
            ..point(90.0, 10.0)
        };
        let proof = ask(vec![told; 10], 10, 0);
        assert_eq!(proof.proven, Duration::from_secs(600));
        let uncounted = Point {
            pulse: None,
            healthy_ipv4: Some(3.0),
            ..told
        };
        assert_eq!(ask(vec![uncounted; 10], 10, 0).broken_by, Broken::Hosts);
    }

    #[test]
    fn other_code_does_not_count() {
        let proof = ask(vec![point(90.0, 10.0); 10], 10, 301);
        assert_eq!(
            (proof.proven, proof.broken_by),
            (Duration::from_secs(240), Broken::Deployment)
        );
    }

    #[test]
    fn a_bad_minute_in_the_past_starts_the_hold_anew() {
        let mut points = vec![point(900.0, 100.0); 10];
        points[3].errors_ipv6 = Some(50.0);
        let proof = ask(points, 10, 0);
        assert_eq!(
            (proof.proven, proof.broken_by),
            (Duration::from_secs(360), Broken::Errors)
        );
    }

    #[test]
    fn low_traffic_is_judged_over_the_whole_run() {
        let few = ask(vec![point(18.0, 2.0); 20], 10, 0);
        assert_eq!(few.verdict, Verdict::TooFew);
        let enough = ask(vec![point(18.0, 2.0); 60], 10, 0);
        assert_eq!((enough.verdict, enough.samples), (Verdict::Good, 100));
    }
}
