//! Time passes: tasks start, targets become healthy, minutes of metrics are written.

use std::time::Duration;

use sixshift_core::{
    evidence::{Point, Series, long_window, recent_window},
    observation::{Baseline, Known, Rollout, Target},
};

use super::*;

const MINUTE: i64 = 60;
/// How late a minute is.
const LATE: i64 = 120;

impl World {
    pub fn advance(&mut self, by: SignedDuration) {
        self.advance_to(self.now + by);
    }

    pub fn minutes(&mut self, count: i64) {
        self.advance(SignedDuration::from_mins(count));
    }

    pub fn advance_to(&mut self, to: Timestamp) {
        while self.now < to {
            let edge = (self.now.as_second().div_euclid(MINUTE) + 1) * MINUTE;
            let edge = Timestamp::from_second(edge).unwrap();
            if edge > to {
                self.now = to;
                self.settle();
                return;
            }
            let begins = edge - SignedDuration::from_secs(MINUTE);
            self.now = edge;
            self.settle();
            let point = self.minute();
            self.minutes.push((begins, point));
        }
    }

    /// What was asked for long enough ago is there.
    fn settle(&mut self) {
        let now = self.now;
        let since = |side: &str| self.scaled.get(side).copied().unwrap_or(Timestamp::MIN);
        let (since4, since6) = (since("ipv4"), since("ipv6"));
        settle_service(&mut self.ipv4, now, since4);
        settle_service(&mut self.twin, now, since6);
        let (sick4, sick6) = (self.on_ipv4.sick, self.on_ipv6.sick);
        let (n4, n6) = (running(self.ipv4.as_ref()), running(self.twin.as_ref()));
        let led: Vec<String> = self
            .ways
            .iter()
            .flat_map(|way| way.forward.groups.iter().map(|g| g.arn.clone()))
            .collect();
        let left_out = (self.on_ipv4.unregistered, self.on_ipv6.unregistered);
        let registered = |count, left_out: bool| if left_out { 0 } else { count };
        let (n4, n6) = (registered(n4, left_out.0), registered(n6, left_out.1));
        for groups in &mut self.groups {
            let ready = |since: Timestamp| {
                now.duration_since(since.max(Timestamp::UNIX_EPOCH)) >= START + REGISTER
            };
            for (group, prefix, count, sick, ready) in [
                (&mut groups.ipv4, "10.0.0.", n4, sick4, ready(since4)),
                (&mut groups.ipv6, "2001:db8::", n6, sick6, ready(since6)),
            ] {
                if let Some(group) = group {
                    let before = group.targets.seen().cloned().unwrap_or_default();
                    let now = if led.contains(&group.arn) {
                        health(prefix, count, sick, ready, &before)
                    } else {
                        unused(prefix, count)
                    };
                    group.targets = Known::Seen(now);
                }
            }
        }
        if self.ipv4.as_ref().is_some_and(|s| s.status == "DRAINING")
            && now.duration_since(since4) >= START
        {
            self.ipv4 = None;
        }
    }

    /// The part of the requests that goes to IPv6 by the routes' weights; each route gets as many.
    pub fn weighted_share(&self) -> f64 {
        let mut parts = Vec::new();
        for way in &self.ways {
            let weight = |arn: &str| {
                way.forward
                    .groups
                    .iter()
                    .filter(|g| g.arn == arn)
                    .map(|g| f64::from(g.weight))
                    .sum::<f64>()
            };
            for groups in &self.groups {
                let w4 = weight(&groups.ipv4_arn);
                let w6 = groups.ipv6.as_ref().map_or(0.0, |g| weight(&g.arn));
                if w4 + w6 > 0.0 {
                    parts.push(w6 / (w4 + w6));
                }
            }
        }
        parts.iter().sum::<f64>() / (parts.len() as f64).max(1.0)
    }

    fn minute(&self) -> Point {
        if self.silent {
            return Point::default();
        }
        let share = self.weighted_share();
        let n6 = (self.requests * share).round() + self.pinned_ipv6;
        let n4 = self.requests - (self.requests * share).round() + self.pinned_ipv4;
        let healthy = |group: Option<&TargetGroup>| {
            group
                .and_then(|g| g.targets.seen())
                .map(|t| t.iter().filter(|t| t.is_healthy()).count() as f64)
        };
        let some = |n: f64| (n > 0.0).then_some(n);
        let first = self.groups.first();
        let ipv6 = first.and_then(|g| g.ipv6.as_ref());
        let attached = ipv6.is_some_and(|g| self.is_attached(&g.arn));
        Point {
            requests_ipv4: some(n4),
            requests_ipv6: some(n6),
            errors_ipv4: some((n4 * self.on_ipv4.errors).round()),
            errors_ipv6: some((n6 * self.on_ipv6.errors).round()),
            unreached_ipv4: None,
            client_errors_ipv4: some((n4 * self.on_ipv4.refused).round()),
            client_errors_ipv6: some((n6 * self.on_ipv6.refused).round()),
            p99_ipv4: some(n4).map(|_| self.on_ipv4.p99),
            p99_ipv6: some(n6).map(|_| self.on_ipv6.p99),
            healthy_ipv4: healthy(first.and_then(|g| g.ipv4.as_ref())),
            healthy_ipv6: healthy(ipv6)
                .filter(|_| attached)
                .map(|n| if self.blind { 0.0 } else { n }),
            elb_requests: some(self.requests),
            elb_5xx: some(self.elb_5xx),
            elb_503: some(self.elb_503),
            open_ipv4: None,
            open_ipv6: None,
            pulse: None,
        }
    }

    pub fn is_attached(&self, arn: &str) -> bool {
        self.ways
            .iter()
            .any(|w| w.forward.groups.iter().any(|g| g.arn == arn))
    }

    /// The minutes as CloudWatch would answer now: the newest are not there yet.
    pub fn recent(&self) -> Series {
        let count = (recent_window(&self.plan).as_secs() / 60) as usize;
        let from = self.minutes.len().saturating_sub(count);
        let start = self.minutes.get(from).map_or(self.now, |m| m.0);
        let minutes = self.minutes[from..].iter();
        let points = minutes.map(|(at, p)| self.arrived(*at, p));
        Series::new(start, Duration::from_secs(60), points)
    }

    fn arrived(&self, at: Timestamp, point: &Point) -> Point {
        if self.now.as_second() - at.as_second() >= MINUTE + LATE {
            *point
        } else {
            Point::default()
        }
    }

    pub fn long(&self) -> Option<Series> {
        let count = (long_window(&self.plan)?.as_secs() / 300) as usize;
        let mut start = None;
        let mut points: Vec<Point> = Vec::new();
        for (at, minute) in &self.minutes {
            let minute = self.arrived(*at, minute);
            if at.as_second() % 300 == 0 || start.is_none() {
                start = start.or(Some(*at));
                points.push(minute);
            } else if let Some(last) = points.last_mut() {
                merge(last, &minute);
            }
        }
        let skip = points.len().saturating_sub(count);
        let start = start.unwrap_or(self.now) + SignedDuration::from_secs(300 * skip as i64);
        let points = points.split_off(skip);
        Some(Series::new(start, Duration::from_secs(300), points))
    }

    pub fn before(&self) -> Baseline {
        Baseline {
            requests: 36_000.0,
            elb_5xx: 0.0,
        }
    }
}

fn merge(sum: &mut Point, minute: &Point) {
    let add = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (a, b) => a.or(b),
    };
    let by = |a: Option<f64>, b: Option<f64>, pick: fn(f64, f64) -> f64| match (a, b) {
        (Some(a), Some(b)) => Some(pick(a, b)),
        (a, b) => a.or(b),
    };
    sum.requests_ipv4 = add(sum.requests_ipv4, minute.requests_ipv4);
    sum.requests_ipv6 = add(sum.requests_ipv6, minute.requests_ipv6);
    sum.errors_ipv4 = add(sum.errors_ipv4, minute.errors_ipv4);
    sum.errors_ipv6 = add(sum.errors_ipv6, minute.errors_ipv6);
    sum.client_errors_ipv4 = add(sum.client_errors_ipv4, minute.client_errors_ipv4);
    sum.client_errors_ipv6 = add(sum.client_errors_ipv6, minute.client_errors_ipv6);
    sum.elb_503 = add(sum.elb_503, minute.elb_503);
    sum.elb_requests = add(sum.elb_requests, minute.elb_requests);
    sum.elb_5xx = add(sum.elb_5xx, minute.elb_5xx);
    sum.p99_ipv4 = by(sum.p99_ipv4, minute.p99_ipv4, f64::max);
    sum.p99_ipv6 = by(sum.p99_ipv6, minute.p99_ipv6, f64::max);
    sum.healthy_ipv4 = by(sum.healthy_ipv4, minute.healthy_ipv4, f64::max);
    sum.healthy_ipv6 = by(sum.healthy_ipv6, minute.healthy_ipv6, f64::max);
}

fn running(service: Option<&Service>) -> u32 {
    service.map_or(0, |s| s.running)
}

fn settle_service(service: &mut Option<Service>, now: Timestamp, since: Timestamp) {
    let Some(service) = service else { return };
    if service.desired < service.running {
        service.running = service.desired;
    }
    let failed =
        |d: &sixshift_core::observation::Deployment| d.primary && d.rollout == Rollout::Failed;
    if service.deployments.iter().any(failed) {
        return;
    }
    if since == Timestamp::MIN || now.duration_since(since) < START {
        return;
    }
    service.running = service.desired;
    service.deployments.retain(|d| d.primary);
    for deployment in &mut service.deployments {
        if deployment.rollout != Rollout::Completed {
            deployment.completed_at = Some(now);
        }
        deployment.rollout = Rollout::Completed;
    }
}

/// Targets that were healthy stay so; new ones become it when they are ready.
fn health(
    prefix: &str,
    count: u32,
    sick: Option<&str>,
    ready: bool,
    before: &[Target],
) -> Vec<Target> {
    let mut targets = build::targets(prefix, count);
    for target in &mut targets {
        let was = before.iter().any(|t| t.id == target.id && t.is_healthy());
        let (state, reason) = match sick {
            Some(reason) => ("unhealthy", Some(reason)),
            None if was || ready => ("healthy", None),
            None => ("initial", Some("Elb.InitialHealthChecking")),
        };
        target.state = state.to_owned();
        target.reason = reason.map(str::to_owned);
    }
    targets
}

/// A target group that no route has is not checked.
fn unused(prefix: &str, count: u32) -> Vec<Target> {
    let mut targets = build::targets(prefix, count);
    for target in &mut targets {
        target.state = "unused".to_owned();
        target.reason = Some("Target.NotInUse".to_owned());
    }
    targets
}
