//! How long CloudWatch keeps what, how finely, and which start of a span that leaves.
//!
//! What must not be here: when a minute is published.

use jiff::Timestamp;

use super::{Cell, Run, Series};

const DAY: u32 = 24 * 60;
/// Minutes are kept for 15 days, fives of minutes for 63, hours for 455.
const MINUTES: u32 = 15 * DAY;
const FIVES: u32 = 63 * DAY;
const HOURS: u32 = 455 * DAY;
const FIVE: u32 = 5;
const HOUR: u32 = 60;
/// Old minutes are folded this many at once, so that the cost of moving the rest is spread.
const BATCH: usize = 256;

/// The oldest minute of which points of a period are kept.
pub(super) fn oldest(period: u32, now: Timestamp) -> u32 {
    let kept = if period.is_multiple_of(HOUR * 60) {
        HOURS
    } else if period.is_multiple_of(FIVE * 60) {
        FIVES
    } else {
        MINUTES
    };
    super::minute_of(now).saturating_sub(kept)
}

/// The start of a span as CloudWatch rounds it: down to the minute, to five minutes where it is more than 15 days ago, to
/// the hour beyond 63 days.
pub fn aligned(start: Timestamp, now: Timestamp) -> Timestamp {
    let minute = super::minute_of(start);
    let age = super::minute_of(now).saturating_sub(minute);
    let width = if age > FIVES {
        HOUR
    } else if age > MINUTES {
        FIVE
    } else {
        1
    };
    super::start_of(minute / width * width).unwrap_or(start)
}

impl Series {
    /// Folds what is too old to be kept by the minute.
    pub(super) fn forget(&mut self, newest: u32) {
        let oldest = newest.saturating_sub(MINUTES);
        if self.runs.get(BATCH).is_none_or(|r| r.end() > oldest) {
            return;
        }
        let gone = self.runs.partition_point(|r| r.end() <= oldest);
        let gone: Vec<Run> = self.runs.drain(..gone).collect();
        for run in gone {
            for minute in run.first..run.end() {
                fold(&mut self.old, minute / FIVE * FIVE, run.cell.clone());
            }
        }
        self.coarsen(newest);
    }

    /// Folds fives into hours, and drops hours, by their age.
    fn coarsen(&mut self, newest: u32) {
        let (hours, fives) = (
            newest.saturating_sub(HOURS),
            newest.saturating_sub(FIVES) / HOUR * HOUR,
        );
        let mut folded = Vec::new();
        for (minute, cell) in std::mem::take(&mut self.old) {
            let start = if minute < fives {
                minute / HOUR * HOUR
            } else {
                minute
            };
            if start >= hours {
                fold(&mut folded, start, cell);
            }
        }
        self.old = folded;
    }

    /// The cells of old spans that begin in `from..to`.
    pub(super) fn old_cells(&self, from: u32, to: u32) -> impl Iterator<Item = (u32, &Cell)> {
        let start = self.old.partition_point(|(minute, _)| *minute < from);
        let end = self.old.partition_point(|(minute, _)| *minute < to);
        self.old
            .get(start..end.max(start))
            .unwrap_or_default()
            .iter()
            .map(|(minute, cell)| (*minute, cell))
    }
}

/// Adds a cell to the newest span, or begins one.
fn fold(spans: &mut Vec<(u32, Cell)>, start: u32, cell: Cell) {
    match spans.last_mut().filter(|(last, _)| *last == start) {
        Some((_, held)) => {
            let mut all = held.aggregate();
            all.absorb(cell.aggregate());
            *held = Cell::Many(Box::new(all));
        }
        None => spans.push((start, cell)),
    }
}
