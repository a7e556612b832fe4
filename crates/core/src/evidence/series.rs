//! Points of one period in a row, kept figure by figure.
//!
//! What belongs here: where a point lies in time, and which points are complete. What must not: what they prove.

use std::{ops::Range, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{METRIC_DELAY, Point, Window, figures::Figures};

/// A point's figures in a fixed order: one that is new in [`Point`] and not here does not compile.
macro_rules! figures {
    ($($figure:ident),+ $(,)?) => {
        const FIGURES: usize = [$(stringify!($figure)),+].len();

        fn spread(point: &Point) -> [Option<f64>; FIGURES] {
            let Point { $($figure),+ } = *point;
            [$($figure),+]
        }

        fn gathered([$($figure),+]: [Option<f64>; FIGURES]) -> Point {
            Point { $($figure),+ }
        }
    };
}

figures!(
    requests_ipv4,
    requests_ipv6,
    errors_ipv4,
    unreached_ipv4,
    errors_ipv6,
    client_errors_ipv4,
    client_errors_ipv6,
    p99_ipv4,
    p99_ipv6,
    healthy_ipv4,
    healthy_ipv6,
    elb_requests,
    elb_5xx,
    elb_503,
    open_ipv4,
    open_ipv6,
    pulse,
);

/// Points of one period, oldest first, without gaps. Cheap to clone: clones share their points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Start of the first point, a multiple of the period.
    pub start: Timestamp,
    /// Length of a period.
    pub period: Duration,
    figures: Arc<[Figures; FIGURES]>,
}

impl Series {
    /// The points from a moment on.
    #[must_use]
    pub fn new(
        start: Timestamp,
        period: Duration,
        points: impl IntoIterator<Item = Point>,
    ) -> Self {
        let mut figures = <[Figures; FIGURES]>::default();
        for point in points {
            for (all, figure) in figures.iter_mut().zip(spread(&point)) {
                all.push(figure);
            }
        }
        figures.iter_mut().for_each(Figures::fit);
        Self {
            start,
            period,
            figures: Arc::new(figures),
        }
    }

    /// How many points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.figures[0].len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A point.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Point> {
        (index < self.len()).then(|| gathered(self.figures.each_ref().map(|f| f.get(index))))
    }

    /// Some points, by their indices; those that are not there are left out.
    #[must_use]
    pub fn points(&self, indices: Range<usize>) -> Vec<Point> {
        indices.filter_map(|index| self.get(index)).collect()
    }

    /// All points.
    #[must_use]
    pub fn all(&self) -> Vec<Point> {
        self.points(0..self.len())
    }

    /// When the point at an index begins.
    #[must_use]
    pub fn starts_at(&self, index: usize) -> Timestamp {
        self.start + SignedDuration::from_secs((self.period.as_secs() * index as u64) as i64)
    }

    /// How many points from the beginning are complete at a moment.
    #[must_use]
    pub fn complete_points(&self, now: Timestamp) -> usize {
        let period = self.period.as_secs().max(1) as i64;
        let settled = now.as_second() - METRIC_DELAY.as_secs() as i64 - self.start.as_second();
        usize::try_from(settled / period)
            .unwrap_or(0)
            .min(self.len())
    }

    /// The time of some points by their indices, the last one excluded.
    #[must_use]
    pub fn window(&self, points: Range<usize>) -> Window {
        Window {
            from: self.starts_at(points.start),
            until: self.starts_at(points.end),
        }
    }

    /// When the next point will be complete.
    #[must_use]
    pub fn next_complete(&self, now: Timestamp) -> Timestamp {
        next_complete(self.period, now)
    }

    /// The newest complete points, at most as many as fill a duration.
    #[must_use]
    pub fn last(&self, length: Duration, now: Timestamp) -> Vec<Point> {
        self.points(self.newest(length, now))
    }

    /// Their indices.
    #[must_use]
    pub fn newest(&self, length: Duration, now: Timestamp) -> Range<usize> {
        let end = self.complete_points(now);
        let count = (length.as_secs() / self.period.as_secs().max(1)) as usize;
        end.saturating_sub(count)..end
    }
}

/// When the next metric period of a length will be complete.
#[must_use]
pub fn next_complete(period: Duration, now: Timestamp) -> Timestamp {
    let period = period.as_secs().max(1) as i64;
    let delay = METRIC_DELAY.as_secs() as i64;
    let next = ((now.as_second() - delay).div_euclid(period) + 1) * period + delay;
    Timestamp::from_second(next).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(s).unwrap()
    }

    #[test]
    fn a_minute_is_complete_three_minutes_after_its_end() {
        let series = Series::new(at(600), Duration::from_secs(60), [Point::default(); 5]);
        assert_eq!(series.complete_points(at(839)), 0);
        assert_eq!(series.complete_points(at(840)), 1);
        assert_eq!(series.complete_points(at(100_000)), 5);
        assert_eq!(series.next_complete(at(839)), at(840));
        assert_eq!(series.next_complete(at(840)), at(900));
    }

    #[test]
    fn every_figure_comes_back_as_itself() {
        let numbers: [Option<f64>; FIGURES] = std::array::from_fn(|i| Some(i as f64 + 0.1));
        let point = gathered(numbers);
        assert_eq!(spread(&point), numbers);
        let series = Series::new(at(0), Duration::from_secs(60), [Point::default(), point]);
        assert_eq!(series.all(), [Point::default(), point]);
        assert_eq!(series.get(2), None);
    }
}
