//! Statistics: from the cells of a span to one number a period.
//!
//! What must not be here: how cells are stored, the API's shapes.

use jiff::Timestamp;

use super::{Cell, Metrics, SeriesId, percentile_of, retention};

/// What to make of the samples of a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// The sum of the samples.
    Sum,
    /// Their mean.
    Average,
    /// The smallest.
    Minimum,
    /// The largest.
    Maximum,
    /// How many.
    SampleCount,
    /// The value below which this percentage lies.
    Percentile(f64),
}

impl Statistic {
    /// Reads AWS's spelling: `Sum`, `p99`, `p99.9`, `p100`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "Sum" => Some(Self::Sum),
            "Average" => Some(Self::Average),
            "Minimum" => Some(Self::Minimum),
            "Maximum" => Some(Self::Maximum),
            "SampleCount" => Some(Self::SampleCount),
            _ => {
                let percent: f64 = text.strip_prefix('p')?.parse().ok()?;
                (0.0..=100.0)
                    .contains(&percent)
                    .then_some(Self::Percentile(percent))
            }
        }
    }

    fn of(self, cells: &[&Cell]) -> Option<f64> {
        let sum = || cells.iter().map(|c| c.sum()).sum::<f64>();
        let count = || cells.iter().map(|c| c.count()).sum::<f64>();
        if cells.is_empty() {
            return None;
        }
        match self {
            Self::Sum => Some(sum()),
            Self::SampleCount => Some(count()),
            Self::Average => Some(count()).filter(|n| *n > 0.0).map(|n| sum() / n),
            Self::Minimum => cells.iter().map(|c| c.min()).reduce(f64::min),
            Self::Maximum => cells.iter().map(|c| c.max()).reduce(f64::max),
            Self::Percentile(p) => {
                let sets: Option<Vec<_>> = cells.iter().map(|c| c.samples()).collect();
                percentile_of(sets?.iter().map(AsRef::as_ref), p)
            }
        }
    }
}

impl Metrics {
    /// One number for each period of `from..to` (exclusive end) that has visible data: the period's start and the number,
    /// oldest first. `period` is in seconds and counts as a multiple of 60; periods are counted from the minute of `from`.
    /// Of what is older than points of the period are kept there is nothing.
    pub fn statistics(
        &self,
        id: SeriesId,
        statistic: Statistic,
        period: u32,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
    ) -> Vec<(Timestamp, f64)> {
        let Some(series) = self.get(id) else {
            return Vec::new();
        };
        let step = period.div_ceil(60).max(1);
        let first = super::minute_of(from);
        let end = u32::try_from((to.as_second() + 59).div_euclid(60))
            .unwrap_or(0)
            .max(first);
        // A period that began before the end belongs to the answer whole.
        let last = first + (end - first).div_ceil(step) * step;
        let kept = retention::oldest(step * 60, now);
        let (mut out, mut open, mut held) = (Vec::new(), first, Vec::new());
        for (minute, cell) in series.cells(first.max(kept), last, now) {
            let begins = first + (minute - first) / step * step;
            if begins != open {
                flush(&mut out, open, statistic, &mut held);
                open = begins;
            }
            held.push(cell);
        }
        flush(&mut out, open, statistic, &mut held);
        out
    }
}

fn flush(
    out: &mut Vec<(Timestamp, f64)>,
    begins: u32,
    statistic: Statistic,
    held: &mut Vec<&Cell>,
) {
    if let (Some(at), Some(value)) = (super::start_of(begins), statistic.of(held)) {
        out.push((at, value));
    }
    held.clear();
}
