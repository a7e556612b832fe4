//! What the plan's own metrics prove: the mean of a side's points beside a fixed limit, and beside IPv4's in the same time.
//!
//! What belongs here: points, and the verdict on them. What must not: which metrics there are ([`crate::plan::Gauge`]), and which
//! time is judged.
//!
//! What such a metric measures is not known, so nothing is known of its chance but what its points show: it is `Bad` where their
//! mean lies beyond the limit by more than they scatter (a one-sided t-interval of 99 %), `Good` where it is within, and `TooFew`
//! between. One outlier among quiet minutes is neither.

use std::{ops::Range, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{Figures, Limits, Own, Signal, SignalVerdict, Verdict, Window};
use crate::{
    observation::Known,
    plan::{Bound, Gauge, MissingPoint},
    status::figure,
};

/// A metric's points of both sides, of one period in a row. Cheap to clone: clones share their points.
#[derive(Clone, Debug, PartialEq)]
pub struct Readings {
    start: Timestamp,
    period: Duration,
    sides: Arc<[Figures; 2]>,
}

impl Own {
    /// As it is named to people.
    #[must_use]
    pub fn name(&self) -> String {
        own_name(&self.metric, self.lines_per.is_some())
    }

    /// A value of it, with what it is counted against.
    #[must_use]
    pub fn figure(&self, value: f64) -> String {
        match self.lines_per {
            Some(per) => format!("{} {}", figure(value), per.words()),
            None => figure(value),
        }
    }
}

impl Readings {
    /// From a moment on. A metric that does not tell the sides apart has all its points on IPv6.
    #[must_use]
    pub fn new(start: Timestamp, period: Duration, ipv4: Figures, ipv6: Figures) -> Self {
        let sides = Arc::new([ipv4, ipv6]);
        Self {
            start,
            period,
            sides,
        }
    }

    /// Which periods lie wholly between two moments, as far as they were asked for.
    fn within(&self, from: Timestamp, until: Timestamp) -> Range<usize> {
        let period = self.period.as_secs().max(1) as i64;
        let into = |moment: Timestamp| moment.as_second().saturating_sub(self.start.as_second());
        let length = self
            .sides
            .iter()
            .map(Figures::len)
            .max()
            .unwrap_or_default();
        let index = |n: i64| usize::try_from(n).unwrap_or_default().min(length);
        let begin = index(into(from).saturating_add(period - 1).div_euclid(period));
        let end = index(into(until).div_euclid(period));
        begin.min(end)..end
    }

    fn ipv4(&self, points: Range<usize>) -> Vec<Option<f64>> {
        points.map(|i| self.sides[0].get(i)).collect()
    }

    fn ipv6(&self, points: Range<usize>) -> Vec<Option<f64>> {
        points.map(|i| self.sides[1].get(i)).collect()
    }

    /// The mean of each side's points between two moments, where it has any.
    pub(crate) fn means(&self, from: Timestamp, until: Timestamp) -> [Option<f64>; 2] {
        let points = self.within(from, until);
        let mean = |points: Vec<Option<f64>>| {
            let there: Vec<f64> = points.into_iter().flatten().collect();
            (!there.is_empty()).then(|| there.iter().sum::<f64>() / there.len() as f64)
        };
        [mean(self.ipv4(points.clone())), mean(self.ipv6(points))]
    }

    /// Whether the side that serves before anything moves has any point. Where the sides have none of their own, or never run at the
    /// same time, all points are in one place.
    fn tells(&self) -> bool {
        let [ipv4, all] = &*self.sides;
        let side = if ipv4.is_empty() { all } else { ipv4 };
        (0..side.len()).any(|i| side.get(i).is_some())
    }
}

/// Which of a metric's points count, whatever is asked.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    /// No point that begins before: IPv6 had another share then. `None` while a share is being set.
    pub set_at: Option<Timestamp>,
    /// So far back a window may reach where it is too short for a metric.
    pub code: Timestamp,
}

impl Since {
    /// From a moment on.
    #[must_use]
    pub fn at(moment: Timestamp) -> Self {
        Self {
            set_at: Some(moment),
            code: moment,
        }
    }
}

/// The verdicts of each metric over a window. `compares`: IPv4 has enough to compare with.
pub(crate) fn gauges(limits: Limits<'_>, window: Window, compares: bool) -> Vec<SignalVerdict> {
    let mut all = Vec::new();
    for (index, gauge) in limits.policy.metrics.iter().enumerate() {
        match limits.readings.get(index) {
            Some(Known::Seen(readings)) => {
                judged(gauge, readings, limits.since, window, compares, &mut all)
            }
            Some(Known::Unknown(why)) => all.extend(unread(gauge, why.to_string(), compares)),
            // Each question costs, so that none is asked where nothing would follow from it.
            Some(Known::Absent) if gauge.lines().is_some() => {}
            Some(Known::Absent) | None => {
                all.extend(unread(gauge, "it was not asked for".to_owned(), compares));
            }
        }
    }
    all
}

/// Why a metric would say nothing once traffic moves: it cannot be read, or has no point even now.
pub(crate) fn mute(gauge: &Gauge, readings: Option<&Known<Readings>>) -> Option<(Verdict, String)> {
    let name = &gauge.name;
    match readings? {
        _ if gauge.dry_run => None,
        Known::Unknown(why) => Some((Verdict::Error, format!("{}: {why}", called(gauge)))),
        Known::Seen(read)
            if gauge.lines().is_some()
                && gauge.missing == MissingPoint::NoData
                && !read.tells() =>
        {
            Some((
                Verdict::NoData,
                format!(
                    "{}: IPv4's tasks wrote no line either; where they write none while all is well, missing: zero says so",
                    called(gauge)
                ),
            ))
        }
        Known::Seen(read) if gauge.missing == MissingPoint::NoData && !read.tells() => Some((
            Verdict::NoData,
            format!(
                "metric {name} has no data on IPv4 either: are its namespace, name and dimensions all right?"
            ),
        )),
        Known::Seen(_) | Known::Absent => None,
    }
}

/// As it is named to people.
fn called(gauge: &Gauge) -> String {
    own_name(&gauge.name, gauge.lines().is_some())
}

/// "metric failed-orders", "log lines errors-in-log"
#[must_use]
pub(crate) fn own_name(name: &str, of_a_log: bool) -> String {
    let what = if of_a_log { "log lines" } else { "metric" };
    format!("{what} {name}")
}

fn own(gauge: &Gauge) -> Option<Own> {
    Some(Own {
        metric: gauge.name.clone(),
        lines_per: gauge.lines().map(|lines| lines.per),
        at_least: gauge.is_at_least(),
        dry_run: gauge.dry_run,
    })
}

/// What is asked of a metric.
fn asked(gauge: &Gauge, compares: bool) -> impl Iterator<Item = Signal> {
    let fixed = gauge.bound.map(|_| Signal::Metric);
    let beside = gauge.worse_than_ipv4_by.filter(|_| compares);
    fixed
        .into_iter()
        .chain(beside.map(|_| Signal::MetricVsIpv4))
}

fn unread(gauge: &Gauge, why: String, compares: bool) -> impl Iterator<Item = SignalVerdict> {
    asked(gauge, compares).map(move |signal| SignalVerdict {
        signal,
        verdict: Verdict::Error,
        observed: None,
        limit: None,
        samples: 0,
        note: Some(why.clone()),
        own: own(gauge),
    })
}

fn judged(
    gauge: &Gauge,
    read: &Readings,
    since: Since,
    window: Window,
    compares: bool,
    out: &mut Vec<SignalVerdict>,
) {
    let points = counted(gauge, read, since, window);
    let list = |points: Vec<Option<f64>>| match gauge.missing {
        // Of a log it is known whether nothing was written, or nobody could have.
        MissingPoint::Zero if gauge.lines().is_some() => points,
        MissingPoint::NoData => points,
        MissingPoint::Zero => points.into_iter().map(|p| p.or(Some(0.0))).collect(),
    };
    let ipv6 = list(read.ipv6(points.clone()));
    let ipv4 = list(read.ipv4(points));
    let least = gauge.min_samples as usize;
    let (mine, other) = (Spread::of(&ipv6), Spread::of(&ipv4));
    for signal in asked(gauge, compares) {
        let (limit, doubt, freedom) = match (signal, gauge.bound, gauge.worse_than_ipv4_by) {
            (Signal::Metric, Some(Bound::Max(limit) | Bound::Min(limit)), _) => {
                (Some(limit), mine.error(), mine.count)
            }
            (_, _, by) if other.count >= least => {
                let by = if gauge.is_at_least() { -1.0 } else { 1.0 } * by.unwrap_or(0.0);
                let doubt = mine.error().hypot(other.error() * (1.0 + by));
                let limit = other.mean + by * other.mean.abs();
                (Some(limit), doubt, mine.count.min(other.count))
            }
            _ => (None, 0.0, 0),
        };
        let (verdict, note) = match (silence(&ipv6, least), limit) {
            (Some(silent), _) => silent,
            (None, None) => (
                Verdict::NoData,
                Some("IPv4 has no points to compare with".to_owned()),
            ),
            (None, Some(limit)) => (mine.verdict(gauge, limit, doubt, freedom), None),
        };
        out.push(SignalVerdict {
            signal,
            verdict,
            observed: (mine.count > 0).then_some(mine.mean),
            limit,
            samples: mine.count as u64,
            note,
            own: own(gauge),
        });
    }
}

/// The periods that are judged: those of the window, or so many before its end as the metric needs, if they are of the same code
/// and share.
fn counted(gauge: &Gauge, read: &Readings, since: Since, window: Window) -> Range<usize> {
    let Some(set_at) = since.set_at else {
        return 0..0;
    };
    let points = read.within(window.from.max(set_at), window.until);
    if points.len() >= gauge.min_samples as usize {
        return points;
    }
    let needed = SignedDuration::try_from(gauge.least_time() + gauge.period);
    let from = needed.ok().and_then(|n| window.until.checked_sub(n).ok());
    let from = from.unwrap_or(window.from).max(set_at).max(since.code);
    let longer = read.within(from, window.until);
    if longer.len() > points.len() {
        longer
    } else {
        points
    }
}

/// Why points prove nothing, whatever they are: there are not enough yet, or the newest are missing.
fn silence(points: &[Option<f64>], least: usize) -> Option<(Verdict, Option<String>)> {
    let there = points.iter().flatten().count();
    let newest = points.iter().rev().take(least).flatten().count();
    if points.len() < least {
        let note = format!("{there} of {least} points since its share was set");
        Some((Verdict::TooFew, Some(note)))
    } else if there == 0 {
        Some((Verdict::NoData, Some("it has no data".to_owned())))
    } else if newest == 0 {
        Some((Verdict::NoData, Some("it has no data any more".to_owned())))
    } else if there < least {
        let note = format!("{there} of {least} points have data");
        Some((Verdict::TooFew, Some(note)))
    } else {
        None
    }
}

/// What points come to.
struct Spread {
    count: usize,
    mean: f64,
    /// Of the points around their mean.
    variance: f64,
}

impl Spread {
    fn of(points: &[Option<f64>]) -> Self {
        let count = points.iter().flatten().count();
        let many = (count as f64).max(1.0);
        let mean = points.iter().flatten().sum::<f64>() / many;
        let squares: f64 = points.iter().flatten().map(|p| (p - mean).powi(2)).sum();
        Self {
            count,
            mean,
            variance: squares / (many - 1.0).max(1.0),
        }
    }

    /// How far the mean may be from the true one.
    fn error(&self) -> f64 {
        (self.variance / (self.count as f64).max(1.0)).sqrt()
    }

    fn verdict(&self, gauge: &Gauge, limit: f64, doubt: f64, freedom: usize) -> Verdict {
        let worse = self.mean - limit;
        let worse = if gauge.is_at_least() { -worse } else { worse };
        // What is left of the same figure by adding it up is no difference.
        let same = 1e-9 * self.mean.abs().max(limit.abs());
        if worse <= same {
            Verdict::Good
        } else if worse > same + t(freedom) * doubt {
            Verdict::Bad
        } else {
            Verdict::TooFew
        }
    }
}

/// Student's t, one-sided 99 %, of so many points.
fn t(points: usize) -> f64 {
    const T: [f64; 30] = [
        31.82, 6.965, 4.541, 3.747, 3.365, 3.143, 2.998, 2.896, 2.821, 2.764, 2.719, 2.681, 2.650,
        2.624, 2.602, 2.583, 2.567, 2.552, 2.539, 2.528, 2.518, 2.508, 2.500, 2.492, 2.485, 2.479,
        2.473, 2.467, 2.462, 2.457,
    ];
    match points.checked_sub(2) {
        None => f64::INFINITY,
        Some(index) => T.get(index).copied().unwrap_or(2.4),
    }
}

/// "metric failed-orders is 7.2, over 5".
pub(super) fn measured(own: &Own, verdict: &SignalVerdict) -> String {
    let name = own.name();
    let is = if own.lines_per.is_some() { "are" } else { "is" };
    let Some(observed) = verdict.observed.map(|n| own.figure(n)) else {
        return format!("{name} {is} not known");
    };
    let beyond = if own.at_least { "under" } else { "over" };
    match (verdict.verdict, verdict.limit.map(figure), verdict.signal) {
        (Verdict::Bad, Some(limit), Signal::MetricVsIpv4) => {
            format!("{name} {is} {observed}, {beyond} {limit} as IPv4 allows")
        }
        (Verdict::Bad, Some(limit), _) => format!("{name} {is} {observed}, {beyond} {limit}"),
        _ => format!("{name} {is} {observed}"),
    }
}

#[cfg(test)]
mod tests;
