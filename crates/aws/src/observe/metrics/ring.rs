//! What CloudWatch said once and will not change: settled points, so that each is asked for once.
//!
//! What belongs here: the bounded memory of points. What must not: the call.

use std::collections::BTreeMap;

use sixshift_core::evidence::{Figures, METRIC_DELAY};

use super::{Points, Query, Window};

/// How long beyond the usual delay a point may still change.
const SLACK: i64 = 60;
/// What nobody asked for in this long is dropped, in seconds.
const IDLE: i64 = 2 * 3600;
/// So many points are kept at least: plans with windows of their own share a load balancer's rings.
const SHARED: i64 = 48;
/// One-minute points are kept by CloudWatch for 15 days.
const LONGEST: i64 = 15 * 24 * 3600;

/// Up to when points will not change any more.
pub(super) fn settled(now: i64) -> i64 {
    now - i64::try_from(METRIC_DELAY.as_secs()).unwrap_or_default() - SLACK
}

/// The settled points of all queries.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    rings: BTreeMap<(Query, i64), Ring>,
}

/// Points without a gap from a start.
#[derive(Debug)]
struct Ring {
    start: i64,
    values: Figures,
    /// The longest window that was asked for.
    reach: i64,
    asked: i64,
}

impl Ring {
    fn end(&self, period: i64) -> i64 {
        self.start + period * i64::try_from(self.values.len()).unwrap_or_default()
    }
}

impl Memory {
    /// The part of a window that has to be asked for; `None` when all of it is remembered.
    pub(super) fn missing(&mut self, query: &Query, window: Window, now: i64) -> Option<Window> {
        let Some(ring) = self.rings.get_mut(&(query.clone(), window.period)) else {
            return Some(window);
        };
        ring.asked = now;
        ring.reach = ring.reach.max(window.end - window.start).min(LONGEST);
        let end = ring.end(window.period);
        if ring.start > window.start || end < window.start {
            return Some(window);
        }
        (end < window.end).then_some(Window {
            start: end,
            ..window
        })
    }

    /// Remembers what is settled of an answer.
    pub(super) fn learn(&mut self, query: &Query, asked: Window, points: &Points, now: i64) {
        let period = asked.period;
        let settled = settled(now);
        let key = (query.clone(), period);
        if !self.rings.contains_key(&key) {
            self.rings.retain(|_, ring| now - ring.asked < IDLE);
        }
        let reach = asked.end - asked.start;
        let fresh = || Ring {
            start: asked.start,
            values: Figures::default(),
            reach,
            asked: now,
        };
        let ring = self.rings.entry(key).or_insert_with(fresh);
        if asked.start < ring.start || asked.start > ring.end(period) {
            *ring = Ring {
                reach: ring.reach.max(reach),
                ..fresh()
            };
        }
        let mut at = ring.end(period);
        while at + period <= settled.min(asked.end) {
            ring.values
                .push(asked.index(at).and_then(|i| points.get(i)));
            at += period;
        }
        let reach = ring.reach.max(SHARED * period);
        while ring.start < asked.end - reach && ring.values.drop_first() {
            ring.start += period;
        }
    }

    /// What is remembered of a window, a place for each of its periods.
    pub(super) fn list(&self, query: &Query, window: Window) -> Vec<Option<f64>> {
        let ring = self.rings.get(&(query.clone(), window.period));
        let value = |ring: &Ring, at: i64| {
            let index = (at - ring.start) / window.period.max(1);
            let index = usize::try_from(index).ok().filter(|_| at >= ring.start)?;
            ring.values.get(index)
        };
        (0..window.len())
            .map(|i| value(ring?, window.at(i)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{super::Metric, *};

    fn query() -> Query {
        Query::load_balancer(Metric::Requests, &"app/a/1".into())
    }

    fn answer(window: Window) -> Points {
        let values = (0..window.len()).map(|i| Some(window.at(i) as f64));
        Arc::new(values.collect())
    }

    fn minutes(start: i64, count: i64) -> Window {
        Window {
            start,
            end: start + count * 60,
            period: 60,
        }
    }

    fn look(memory: &mut Memory, now: i64, span: i64) -> Option<Window> {
        let end = now / 60 * 60;
        let missing = memory.missing(
            &query(),
            Window {
                start: end - span,
                end,
                period: 60,
            },
            now,
        )?;
        memory.learn(&query(), missing, &answer(missing), now);
        Some(missing)
    }

    #[test]
    fn a_settled_point_is_asked_for_once() {
        let mut memory = Memory::default();
        assert_eq!(look(&mut memory, 6_000, 600).unwrap().start, 5_400);
        // Settled is what ended at 5760 or before; the rest is read again.
        assert_eq!(
            look(&mut memory, 6_060, 600).unwrap(),
            Window {
                start: 5_760,
                end: 6_060,
                period: 60
            }
        );
        assert_eq!(
            memory.list(&query(), minutes(5_760, 2)),
            [Some(5_760.0), None]
        );
    }

    #[test]
    fn a_longer_window_or_a_gap_starts_anew() {
        let mut memory = Memory::default();
        look(&mut memory, 6_000, 600);
        assert_eq!(look(&mut memory, 6_060, 1_200).unwrap().start, 4_860);
        assert_eq!(look(&mut memory, 60_000, 600).unwrap().start, 59_400);
        assert_eq!(memory.list(&query(), minutes(6_000, 1)), [None]);
    }

    #[test]
    fn windows_that_overlap_do_not_push_each_other_out() {
        let mut memory = Memory::default();
        let ask = |memory: &mut Memory, start| {
            let window = Window {
                start,
                end: start + 3_600,
                period: 1_800,
            };
            let missing = memory.missing(&query(), window, 90_000)?;
            memory.learn(&query(), missing, &answer(missing), 90_000);
            Some(missing)
        };
        ask(&mut memory, 36_000);
        ask(&mut memory, 37_800);
        assert_eq!(ask(&mut memory, 36_000), None);
        assert_eq!(ask(&mut memory, 37_800), None);
    }

    #[test]
    fn no_more_is_kept_than_was_asked_for() {
        let mut memory = Memory::default();
        for minute in 100..400 {
            look(&mut memory, minute * 60, 3_600);
        }
        assert!(memory.rings.values().all(|ring| ring.values.len() <= 60));
    }
}
