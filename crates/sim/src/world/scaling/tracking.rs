//! Target tracking: keep a metric at a value by the count of tasks.
//!
//! What must not be here: how the metric is asked for by an API, and what other policies want.

use jiff::{Timestamp, ToSpan as _};

use super::{Kind, Target, rested};
use crate::world::metrics::Metrics;
use crate::world::metrics::query::Watch;

/// Minutes over the target before scaling out, and clearly under it before scaling in: as AWS sets its own alarms.
const MINUTES_OUT: usize = 3;
const MINUTES_IN: usize = 15;
/// The share of the target under which scaling in is considered.
const LOW: f64 = 0.9;
/// Data comes up to this many minutes late.
const LATEST_DATA: i64 = 4;

/// Target tracking: keep a metric at a value.
#[derive(Clone, Debug)]
pub struct Tracking {
    /// The metric.
    pub metric: Watch,
    /// The value it is kept at.
    pub target: f64,
    /// Seconds between two scalings out.
    pub out_cooldown: i64,
    /// Seconds between two scalings in.
    pub in_cooldown: i64,
    /// Whether it never scales in.
    pub never_in: bool,
}

impl Target {
    /// What target tracking wants: out by the most that any policy wants, and in only when all agree.
    pub(super) fn tracked(&mut self, metrics: &Metrics, now: Timestamp) -> Option<i64> {
        // What was scaled to zero by hand stays there: no policy scales from zero.
        let capacity = self.capacity.filter(|c| *c > 0)?;
        let wishes: Vec<_> = self
            .policies
            .values()
            .filter_map(|p| match &p.kind {
                Kind::Tracks(t) => Some((t, t.wish(capacity, metrics, now))),
                Kind::Steps(_) | Kind::Predicts => None,
            })
            .collect();
        let out = wishes
            .iter()
            .filter_map(|(t, w)| Some((*t, (*w)?)))
            .filter(|(_, w)| *w > capacity);
        if let Some((tracking, wish)) = out.max_by_key(|(_, w)| *w) {
            // Below its minimum a service is brought up to it only now, by scaling out; above its maximum it stays.
            let wanted = wish.max(self.min).min(self.max);
            let rested = rested(self.scaled_out, tracking.out_cooldown, now);
            if wanted > capacity && rested && !self.suspended.scale_out {
                self.scaled_out = Some(now);
                return Some(wanted);
            }
            return None;
        }
        let least = wishes
            .iter()
            .map(|(_, w)| *w)
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .max()?;
        let cooldown = wishes.iter().map(|(t, _)| t.in_cooldown).max().unwrap_or(0);
        let wanted = least.max(self.min).min(self.max);
        let rested = rested(self.scaled_in.max(self.scaled_out), cooldown, now);
        let allowed = !self.suspended.scale_in && wishes.iter().all(|(t, _)| !t.never_in);
        (wanted < capacity && rested && allowed).then(|| {
            self.scaled_in = Some(now);
            wanted
        })
    }
}

impl Tracking {
    /// The capacity at which the metric would be at its target; `None` without enough data.
    fn wish(&self, capacity: i64, metrics: &Metrics, now: Timestamp) -> Option<i64> {
        let from = now
            .checked_sub((MINUTES_IN as i64 + LATEST_DATA).minutes())
            .ok()?;
        let points = self.metric.points(metrics, 60, from, now, now);
        let newest = |n: usize| {
            points
                .len()
                .checked_sub(n)
                .map(|at| points[at..].iter().map(|(_, v)| *v))
        };
        let high = newest(MINUTES_OUT)?;
        if high.clone().all(|v| v > self.target) {
            let mean = high.sum::<f64>() / MINUTES_OUT as f64;
            return Some((capacity as f64 * mean / self.target).ceil() as i64);
        }
        let mut low = newest(MINUTES_IN)?;
        if low.clone().all(|v| v < self.target * LOW) {
            let most = low.by_ref().fold(0.0, f64::max);
            return Some(((capacity as f64 * most / self.target).ceil() as i64).max(1));
        }
        Some(capacity)
    }
}
