//! The minutes that CloudWatch would show: what it did show, and from now on requests in which nothing goes wrong.
//!
//! What belongs here: points by what the routes say. What must not: a verdict on them ([`crate::evidence`]).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{
    evidence::{
        FINE_HOLD, METRIC_DELAY, Point, Readings, Series, gauge_window, long_window, recent_window,
    },
    observation::{Known, Observation, Setting, TargetGroup},
    plan::{Bound, Gauge, Plan},
    share::Share,
    way,
};

const MINUTE: Duration = Duration::from_secs(60);
const FIVE_MINUTES: Duration = Duration::from_secs(300);
/// What is imagined where no limit says what is good.
const P99: f64 = 0.1;
/// Requests a minute at least, where none were measured.
const SOME: f64 = 1_000.0;

/// What was measured, and what a minute has since.
#[derive(Debug)]
pub(super) struct Minutes {
    recent: Option<Series>,
    long: Option<Series>,
    began: Timestamp,
    /// Requests a minute to both sides.
    requests: f64,
    p99: f64,
    /// A minute since a moment, in order. The first is of all the time before.
    since: Vec<(Timestamp, Point)>,
}

impl Minutes {
    pub(super) fn new(plan: &Plan, seen: &Observation, now: Timestamp) -> Self {
        let recent = seen.recent.seen().cloned();
        let measured = recent.as_ref().and_then(|s| mean(s, now));
        let max = plan.health.latency_p99.map(|l| l.max.as_secs_f64() / 2.0);
        let mut minutes = Self {
            recent,
            long: seen.long.seen().cloned(),
            began: now,
            requests: measured.unwrap_or_else(|| enough(plan)),
            p99: max.unwrap_or(P99),
            since: Vec::new(),
        };
        minutes.note(seen, Timestamp::MIN);
        minutes
    }

    /// From a moment on, requests go where the routes say now.
    pub(super) fn note(&mut self, seen: &Observation, at: Timestamp) {
        let point = self.minute(seen);
        match self.since.last_mut() {
            Some((since, last)) if *since == at => *last = point,
            Some((_, last)) if *last == point => {}
            _ => self.since.push((at, point)),
        }
    }

    /// What a look at a moment shows of them, once there is a twin to compare with.
    pub(super) fn show(&self, plan: &Plan, seen: &mut Observation) {
        let now = seen.at;
        // What is so now, is so.
        if now > self.began {
            let gauges = plan.health.metrics.iter();
            let imagined = gauges.map(|g| Known::Seen(self.gauge(plan, g, now)));
            seen.readings = imagined.collect();
        }
        let is_begun = plan.is_behind() && seen.twin_task_definition.seen().is_some();
        if seen.twin.is_absent() && !is_begun {
            return;
        }
        seen.recent = Known::Seen(self.series(MINUTE, recent_window(plan) + METRIC_DELAY, now));
        let is_asked = is_all_on_ipv6(seen) || plan.shift.steps.iter().any(|s| s.hold > FINE_HOLD);
        seen.long = match long_window(plan).filter(|_| is_asked) {
            Some(span) => Known::Seen(self.series(FIVE_MINUTES, span, now)),
            None => Known::not_asked(),
        };
        if seen.before.unknown().is_some() {
            seen.before = Known::Absent;
        }
    }

    /// What a metric of the plan's own may be just so, on both sides.
    fn gauge(&self, plan: &Plan, gauge: &Gauge, now: Timestamp) -> Readings {
        let limit = match gauge.bound {
            Some(Bound::Max(limit) | Bound::Min(limit)) => limit,
            None => 1.0,
        };
        let length = gauge.period.as_secs().max(1) as i64;
        let end = now.as_second().div_euclid(length) * length;
        let count = (gauge_window(plan, gauge, true).as_secs() as i64) / length;
        let start = Timestamp::from_second(end - count * length).unwrap_or(now);
        let points = || (0..count).map(|_| Some(limit)).collect();
        Readings::new(start, gauge.period, points(), points())
    }

    fn series(&self, period: Duration, span: Duration, now: Timestamp) -> Series {
        let length = period.as_secs().max(1) as i64;
        let end = now.as_second().div_euclid(length) * length;
        let count = (span.as_secs() / period.as_secs().max(1)) as i64;
        let start = end - count * length;
        let at = |index: i64| Timestamp::from_second(start + index * length).unwrap_or(now);
        let points = (0..count).map(|i| self.point(at(i), period));
        Series::new(at(0), period, points)
    }

    /// What was complete when this began is as it was measured.
    fn point(&self, at: Timestamp, period: Duration) -> Point {
        let measured = if period == MINUTE {
            &self.recent
        } else {
            &self.long
        };
        let measured = measured.as_ref().and_then(|series| {
            let into = at.as_second() - series.start.as_second();
            let index = usize::try_from(into / period.as_secs().max(1) as i64).ok()?;
            let is_told = into >= 0 && index < series.complete_points(self.began);
            is_told.then(|| series.get(index))?
        });
        measured.unwrap_or_else(|| self.imagined(at, period))
    }

    /// Requests go where they went when it began; hosts are counted where they are most.
    fn imagined(&self, at: Timestamp, period: Duration) -> Point {
        let until = |moment: Timestamp| {
            let since = self.since.partition_point(|(since, _)| *since < moment);
            let (_, point) = self.since.get(since.saturating_sub(1))?;
            Some(*point)
        };
        let second = SignedDuration::from_secs(1);
        let length = SignedDuration::try_from(period).unwrap_or(second);
        let begins = until(at.saturating_add(second).unwrap_or(at)).unwrap_or_default();
        let ends = until(at.saturating_add(length).unwrap_or(at)).unwrap_or_default();
        let most = |a: Option<f64>, b: Option<f64>| if a > b { a } else { b };
        let minutes = period.as_secs_f64() / MINUTE.as_secs_f64();
        Point {
            healthy_ipv4: most(begins.healthy_ipv4, ends.healthy_ipv4),
            healthy_ipv6: most(begins.healthy_ipv6, ends.healthy_ipv6),
            ..times(begins, minutes)
        }
    }

    /// How long so many requests take on IPv6, at the pace that is imagined.
    pub(super) fn takes(&self, requests: u64) -> Option<SignedDuration> {
        let (_, point) = self.since.last()?;
        let pace = point.requests_ipv6.filter(|n| *n > 0.0)?;
        let minutes = (requests as f64 / pace).ceil().max(1.0);
        (minutes < 1e6).then(|| SignedDuration::from_mins(minutes as i64))
    }

    fn minute(&self, seen: &Observation) -> Point {
        let share = weighted(seen);
        let some = |n: f64| (n > 0.0).then_some(n);
        let (ipv4, ipv6) = (self.requests * (1.0 - share), self.requests * share);
        let first = seen.pairs.seen().and_then(|pairs| pairs.first());
        // Requests of our own, while no customer's comes.
        let ipv6 = if share > 0.0 {
            ipv6
        } else {
            super::probe::sent(seen)
        };
        Point {
            requests_ipv4: some(ipv4),
            requests_ipv6: some(ipv6),
            p99_ipv4: some(ipv4).map(|_| self.p99),
            p99_ipv6: some(ipv6).map(|_| self.p99),
            healthy_ipv4: first.and_then(|p| healthy(p.ipv4.seen()?)),
            healthy_ipv6: first.and_then(|p| healthy(p.ipv6.seen()?)),
            elb_requests: some(self.requests),
            ..Point::default()
        }
    }
}

/// When the last request reached IPv4, by what is shown: the end of that point.
pub(super) fn left_ipv4(series: &Series) -> Option<Timestamp> {
    let reached = |p: &Point| p.requests_ipv4.is_some_and(|n| n > 0.0);
    let last = (0..series.len()).rfind(|i| series.get(*i).is_some_and(|p| reached(&p)))?;
    Some(series.starts_at(last + 1))
}

/// The share of IPv6, by the routes.
pub(super) fn share(seen: &Observation) -> Share {
    Share::of(weighted(seen), 1.0).unwrap_or(Share::NONE)
}

/// The mean of the last hour that was measured, where anybody came.
fn mean(series: &Series, now: Timestamp) -> Option<f64> {
    let hour = series.last(Duration::from_secs(3_600), now);
    let sum: f64 = hour.iter().map(Point::requests).sum();
    (sum > 0.0).then(|| sum / hour.len() as f64)
}

/// So many requests a minute that the smallest share has enough for a verdict in the shortest hold.
fn enough(plan: &Plan) -> f64 {
    let steps = &plan.shift.steps;
    let share = steps
        .iter()
        .map(|s| s.weight)
        .filter(|w| *w > Share::CLIENTS);
    let share = share.min().unwrap_or(Share::ALL).fraction();
    let hold = steps.iter().map(|s| s.hold).filter(|h| !h.is_zero()).min();
    let minutes = hold.map_or(1.0, |h| h.as_secs_f64() / 60.0).max(1.0);
    (2.0 * plan.health.min_requests as f64 / (share * minutes)).max(SOME)
}

/// The part of the requests that the routes lead to IPv6, each route having as many.
fn weighted(seen: &Observation) -> f64 {
    let pairs = seen.pairs.seen().map_or(&[][..], Vec::as_slice);
    let routes = seen.routes.seen().map_or(&[][..], Vec::as_slice);
    let named = |arn: &str| {
        let mut groups = routes.iter().flat_map(|r| &r.forward.groups);
        groups.any(|g| g.arn == arn)
    };
    let mut shares = Vec::new();
    for pair in pairs
        .iter()
        .filter(|p| named(&p.ipv4_arn) || p.ipv6.seen().is_some())
    {
        let ipv6 = pair.ipv6.seen().map_or("", |g| g.arn.as_str());
        for route in routes {
            let (w4, w6) = way::split::weights(&route.forward, &pair.ipv4_arn, ipv6);
            let (w4, w6) = (f64::from(w4.unwrap_or(0)), f64::from(w6.unwrap_or(0)));
            // As if half of the clients came over IPv6.
            let is_divided = w4 > 0.0 && w6 > 0.0;
            let (w4, w6) = match route.setting {
                Setting::Families(_) if is_divided => (1.0, 1.0),
                _ => (w4, w6),
            };
            if w4 + w6 > 0.0 {
                shares.push(w6 / (w4 + w6));
            }
        }
    }
    let count = (shares.len() as f64).max(1.0);
    shares.iter().sum::<f64>() / count
}

/// Hosts that a load balancer counts as healthy; none of a group that it does not have.
fn healthy(group: &TargetGroup) -> Option<f64> {
    let targets = group.targets.seen()?;
    let healthy = targets.iter().filter(|t| t.is_healthy()).count();
    (!group.load_balancers.is_empty()).then_some(healthy as f64)
}

fn is_all_on_ipv6(seen: &Observation) -> bool {
    seen.pairs.seen().is_some() && weighted(seen) >= 1.0
}

/// Counts of a longer time; what is no count stays.
fn times(point: Point, minutes: f64) -> Point {
    let more = |n: Option<f64>| n.map(|n| n * minutes);
    Point {
        requests_ipv4: more(point.requests_ipv4),
        requests_ipv6: more(point.requests_ipv6),
        elb_requests: more(point.elb_requests),
        ..point
    }
}
