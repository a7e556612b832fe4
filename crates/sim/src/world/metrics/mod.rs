//! What CloudWatch stores: one cell a minute and series, and when each minute becomes visible to readers.
//!
//! What belongs here: storage, interned series, publication delay, statistics over a span. What must not: alarms, the
//! API's shapes, anything that decides what is measured.

mod distribution;
pub(crate) mod math;
pub mod query;
mod retention;
mod statistic;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

pub use distribution::Distribution;
pub(crate) use distribution::percentile_of;
pub use retention::aligned;
pub use statistic::Statistic;

/// A series that was looked up once; adding by it costs no hashing of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeriesId(u32);

/// Every series of the region.
#[derive(Debug, Default)]
pub struct Metrics {
    series: Vec<Series>,
    by_hash: BTreeMap<u64, Vec<SeriesId>>,
}

/// One metric with one exact set of dimensions.
#[derive(Debug)]
pub struct Series {
    /// The namespace, e.g. `AWS/ApplicationELB`.
    pub namespace: String,
    /// The metric's name.
    pub name: String,
    /// The dimensions, sorted by name.
    pub dimensions: Vec<(String, String)>,
    /// The unit of the latest sample, where one was given.
    pub unit: Option<String>,
    /// What is older than the minutes that are kept: a cell for five minutes, and for an hour later.
    old: Vec<(u32, Cell)>,
    runs: Vec<Run>,
}

/// Equal minutes in a row, or one minute.
#[derive(Debug)]
struct Run {
    first: u32,
    len: u32,
    cell: Cell,
}

/// What is known of one minute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// One sample.
    One(f64),
    /// Several samples.
    Many(Box<Aggregate>),
}

/// Several samples, summed up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Aggregate {
    pub(crate) sum: f64,
    pub(crate) count: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// Present while every sample of the minute came with its own value.
    pub(crate) samples: Option<Distribution>,
}

impl Cell {
    pub(crate) fn sum(&self) -> f64 {
        match self {
            Self::One(v) => *v,
            Self::Many(a) => a.sum,
        }
    }

    pub(crate) fn count(&self) -> f64 {
        match self {
            Self::One(_) => 1.0,
            Self::Many(a) => a.count,
        }
    }

    pub(crate) fn min(&self) -> f64 {
        match self {
            Self::One(v) => *v,
            Self::Many(a) => a.min,
        }
    }

    pub(crate) fn max(&self) -> f64 {
        match self {
            Self::One(v) => *v,
            Self::Many(a) => a.max,
        }
    }

    /// Every sample, where each came with its own value.
    pub(crate) fn samples(&self) -> Option<Cow<'_, Distribution>> {
        match self {
            Self::One(v) => Some(Cow::Owned(Distribution::of([(*v, 1.0)]))),
            Self::Many(a) => a.samples.as_ref().map(Cow::Borrowed),
        }
    }

    pub(crate) fn aggregate(&self) -> Aggregate {
        match self {
            Self::One(v) => Aggregate {
                sum: *v,
                count: 1.0,
                min: *v,
                max: *v,
                samples: Some(Distribution::of([(*v, 1.0)])),
            },
            Self::Many(a) => (**a).clone(),
        }
    }
}

impl Aggregate {
    fn of(set: Distribution) -> Self {
        Self {
            sum: set.sum(),
            count: set.count(),
            min: set.min(),
            max: set.max(),
            samples: Some(set),
        }
    }

    fn absorb(&mut self, other: Self) {
        self.sum += other.sum;
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        match (&mut self.samples, &other.samples) {
            (Some(mine), Some(theirs)) => mine.merge(theirs),
            _ => self.samples = None,
        }
    }
}

impl Metrics {
    /// One sample. Samples of one minute add up to Sum, Minimum, Maximum, Average and SampleCount.
    pub fn add(&mut self, ns: &str, name: &str, dims: &[(&str, &str)], at: Timestamp, value: f64) {
        let id = self.series(ns, name, dims);
        self.add_to(id, at, value);
    }

    /// Many samples of one minute, with their spread.
    pub fn add_distribution(
        &mut self,
        ns: &str,
        name: &str,
        dims: &[(&str, &str)],
        at: Timestamp,
        stats: Distribution,
    ) {
        let id = self.series(ns, name, dims);
        self.add_distribution_to(id, at, stats);
    }

    /// A statistic set, as `PutMetricData` takes: no single values, so no percentiles.
    pub fn add_statistic_set(
        &mut self,
        id: SeriesId,
        at: Timestamp,
        sum: f64,
        count: f64,
        min: f64,
        max: f64,
    ) {
        // CloudWatch can tell percentiles of a set only where there is nothing to tell apart.
        let samples = (min == max).then(|| Distribution::of([(min, count)]));
        self.put(
            id,
            at,
            Cell::Many(Box::new(Aggregate {
                sum,
                count,
                min,
                max,
                samples,
            })),
        );
    }

    /// One sample of a series that was looked up before.
    pub fn add_to(&mut self, id: SeriesId, at: Timestamp, value: f64) {
        self.put(id, at, Cell::One(value));
    }

    /// Many samples of a series that was looked up before.
    pub fn add_distribution_to(&mut self, id: SeriesId, at: Timestamp, stats: Distribution) {
        if stats.count() > 0.0 {
            self.put(id, at, Cell::Many(Box::new(Aggregate::of(stats))));
        }
    }

    /// Looks a series up, or begins it. The order of dimensions does not matter.
    pub fn series(&mut self, ns: &str, name: &str, dims: &[(&str, &str)]) -> SeriesId {
        if let Some(id) = self.find(ns, name, dims) {
            return id;
        }
        let id = SeriesId(self.series.len() as u32);
        let mut dimensions: Vec<_> = dims
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        dimensions.sort();
        self.series.push(Series {
            namespace: ns.to_owned(),
            name: name.to_owned(),
            dimensions,
            unit: None,
            old: Vec::new(),
            runs: Vec::new(),
        });
        self.by_hash
            .entry(hash_of(ns, name, dims))
            .or_default()
            .push(id);
        id
    }

    /// Notes the unit that a series is published in.
    pub fn set_unit(&mut self, id: SeriesId, unit: &str) {
        if let Some(series) = self.series.get_mut(id.0 as usize) {
            series.unit = Some(unit.to_owned());
        }
    }

    /// Looks a series up; the dimensions have to be exactly these.
    pub fn find(&self, ns: &str, name: &str, dims: &[(&str, &str)]) -> Option<SeriesId> {
        let candidates = self.by_hash.get(&hash_of(ns, name, dims))?;
        candidates
            .iter()
            .copied()
            .find(|id| self.get(*id).is_some_and(|s| s.is(ns, name, dims)))
    }

    /// A series.
    pub fn get(&self, id: SeriesId) -> Option<&Series> {
        self.series.get(id.0 as usize)
    }

    /// Every series, in the order in which they began.
    pub fn all(&self) -> impl Iterator<Item = &Series> {
        self.series.iter()
    }

    fn put(&mut self, id: SeriesId, at: Timestamp, cell: Cell) {
        if let Some(series) = self.series.get_mut(id.0 as usize) {
            series.put(minute_of(at), cell);
        }
    }
}

impl Series {
    fn is(&self, ns: &str, name: &str, dims: &[(&str, &str)]) -> bool {
        self.namespace == ns
            && self.name == name
            && self.dimensions.len() == dims.len()
            && dims
                .iter()
                .all(|(k, v)| self.dimensions.iter().any(|(a, b)| a == k && b == v))
    }

    fn put(&mut self, minute: u32, cell: Cell) {
        match self.runs.last() {
            Some(last) if last.end() > minute => self.put_late(minute, cell),
            Some(_) => {
                self.close_last();
                self.runs.push(Run {
                    first: minute,
                    len: 1,
                    cell,
                });
                self.forget(minute);
            }
            None => self.runs.push(Run {
                first: minute,
                len: 1,
                cell,
            }),
        }
    }

    /// The minute is inside or before what is there already.
    fn put_late(&mut self, minute: u32, cell: Cell) {
        let at = self.runs.partition_point(|r| r.end() <= minute);
        let Some(run) = self.runs.get(at) else { return };
        if run.first > minute {
            self.runs.insert(
                at,
                Run {
                    first: minute,
                    len: 1,
                    cell,
                },
            );
            return;
        }
        let (first, end, old) = (run.first, run.end(), run.cell.clone());
        let mut merged = old.aggregate();
        merged.absorb(cell.aggregate());
        let parts = [
            (first, minute - first, old.clone()),
            (minute, 1, Cell::Many(Box::new(merged))),
            (minute + 1, end - minute - 1, old),
        ];
        let parts = parts
            .into_iter()
            .filter(|p| p.1 > 0)
            .map(|(first, len, cell)| Run { first, len, cell });
        self.runs.splice(at..=at, parts);
    }

    /// Folds the newest minute into the run before it where both say the same: steady gauges then cost nothing.
    fn close_last(&mut self) {
        if let [.., before, last] = self.runs.as_mut_slice()
            && before.end() == last.first
            && before.cell == last.cell
        {
            before.len += last.len;
            self.runs.pop();
        }
    }

    /// The visible minutes in `from..to` (exclusive end), oldest first.
    pub(crate) fn cells(
        &self,
        from: u32,
        to: u32,
        now: Timestamp,
    ) -> impl Iterator<Item = (u32, &Cell)> {
        let start = self.runs.partition_point(|r| r.end() <= from);
        let runs = self.runs.get(start..).unwrap_or_default();
        let minutes = runs
            .iter()
            .take_while(move |r| r.first < to)
            .flat_map(move |r| (r.first.max(from)..r.end().min(to)).map(move |m| (m, &r.cell)));
        self.old_cells(from, to)
            .chain(minutes)
            .filter(move |(m, _)| self.visible(*m, now))
    }

    /// Whether a minute has been published by `now`.
    pub fn visible(&self, minute: u32, now: Timestamp) -> bool {
        now.as_second() >= published_at(&self.namespace, &self.name, minute)
    }

    /// The newest minute that readers can see, as its start.
    pub fn newest_visible(&self, now: Timestamp) -> Option<Timestamp> {
        let runs = self
            .runs
            .iter()
            .rev()
            .flat_map(|r| (r.first..r.end()).rev());
        runs.into_iter()
            .find(|m| self.visible(*m, now))
            .and_then(start_of)
    }
}

impl Run {
    fn end(&self) -> u32 {
        self.first + self.len
    }
}

/// When a minute of a metric can be read, in epoch seconds. AWS's own namespaces come 60 to 180 s after the minute's end, and
/// not all metrics of a minute at once; what a client puts itself can be read at once.
fn published_at(ns: &str, name: &str, minute: u32) -> i64 {
    let start = i64::from(minute) * 60;
    if !ns.starts_with("AWS/") && !ns.starts_with("ECS/") {
        return start;
    }
    let together = mix(fnv(FNV_START, ns.as_bytes()) ^ u64::from(minute)) % 90;
    let alone = mix(fnv(FNV_START, name.as_bytes()) ^ (u64::from(minute) << 8)) % 31;
    start + 120 + (together + alone) as i64
}

/// The number of the minute that a moment lies in; moments before 1970 count as its first.
pub fn minute_of(at: Timestamp) -> u32 {
    u32::try_from(at.as_second().div_euclid(60)).unwrap_or(0)
}

/// The start of a minute.
pub fn start_of(minute: u32) -> Option<Timestamp> {
    Timestamp::from_second(i64::from(minute) * 60).ok()
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

fn fnv(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |h, b| {
        (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Spreads a small difference over all bits.
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Dimensions are summed, so that their order does not matter.
fn hash_of(ns: &str, name: &str, dims: &[(&str, &str)]) -> u64 {
    let start = fnv(fnv(FNV_START, ns.as_bytes()), name.as_bytes());
    dims.iter().fold(start, |sum, (k, v)| {
        sum.wrapping_add(fnv(fnv(FNV_START, k.as_bytes()), v.as_bytes()))
    })
}

#[cfg(test)]
mod tests;
