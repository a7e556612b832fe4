//! Many samples of one minute, kept as counts in logarithmic buckets, so that percentiles of any span are cheap.
//!
//! What must not be here: time, names of metrics.

use std::collections::BTreeMap;

/// Each bucket is 2 % wide: finer than CloudWatch's own sets, coarse enough that a minute takes a few dozen bytes.
const WIDTH: f64 = 0.02;
/// The bucket of zero and of anything below what the scale can tell apart.
const ZERO: i16 = i16::MIN;

/// A weighted set of samples: exact sum, count, minimum and maximum; percentiles within 1 %.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    sum: f64,
    count: f64,
    min: f64,
    max: f64,
    buckets: Vec<(i16, f32)>,
}

impl Default for Distribution {
    fn default() -> Self {
        Self {
            sum: 0.0,
            count: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            buckets: Vec::new(),
        }
    }
}

impl Distribution {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// A set from values and how often each was seen.
    pub fn of(values: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut set = Self::new();
        for (value, count) in values {
            set.record(value, count);
        }
        set
    }

    /// Adds a value seen `count` times; a count of zero or less, or a value that is no number, changes nothing.
    pub fn record(&mut self, value: f64, count: f64) {
        if count <= 0.0 || !value.is_finite() {
            return;
        }
        self.sum += value * count;
        self.count += count;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.add_to_bucket(bucket(value), count as f32);
    }

    /// Adds everything in another set.
    pub fn merge(&mut self, other: &Self) {
        self.sum += other.sum;
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        for (index, count) in &other.buckets {
            self.add_to_bucket(*index, *count);
        }
    }

    fn add_to_bucket(&mut self, index: i16, count: f32) {
        match self.buckets.binary_search_by_key(&index, |(i, _)| *i) {
            Ok(at) => {
                if let Some((_, held)) = self.buckets.get_mut(at) {
                    *held += count;
                }
            }
            Err(at) => self.buckets.insert(at, (index, count)),
        }
    }

    /// The same samples in another unit, of which one of theirs has so many.
    #[must_use]
    pub(crate) fn in_units(&self, each: f64) -> Self {
        let mut all = Self::default();
        for (index, count) in &self.buckets {
            all.record(representative(*index) * each, f64::from(*count));
        }
        if all.count > 0.0 {
            (all.min, all.max) = (self.min * each, self.max * each);
            (all.sum, all.count) = (self.sum * each, self.count);
        }
        all
    }

    /// The sum of all samples.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// How many samples.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// The smallest sample; infinite for an empty set.
    pub fn min(&self) -> f64 {
        self.min
    }

    /// The largest sample; negative infinite for an empty set.
    pub fn max(&self) -> f64 {
        self.max
    }

    /// The value below which `percent` of the samples lie; `None` for an empty set.
    pub fn percentile(&self, percent: f64) -> Option<f64> {
        percentile(self.buckets.iter().copied(), percent).map(|v| v.clamp(self.min, self.max))
    }
}

/// The percentile over several sets at once, without building their union bucket by bucket in each of them.
pub(crate) fn percentile_of<'a>(
    sets: impl IntoIterator<Item = &'a Distribution>,
    percent: f64,
) -> Option<f64> {
    let (mut all, mut min, mut max) = (
        BTreeMap::<i16, f32>::new(),
        f64::INFINITY,
        f64::NEG_INFINITY,
    );
    for set in sets {
        min = min.min(set.min);
        max = max.max(set.max);
        for (index, count) in &set.buckets {
            *all.entry(*index).or_default() += count;
        }
    }
    percentile(all.iter().map(|(i, n)| (*i, *n)), percent).map(|v| v.clamp(min, max))
}

fn percentile(buckets: impl Iterator<Item = (i16, f32)> + Clone, percent: f64) -> Option<f64> {
    let total: f64 = buckets.clone().map(|(_, n)| f64::from(n)).sum();
    if total <= 0.0 {
        return None;
    }
    let wanted = total * percent.clamp(0.0, 100.0) / 100.0;
    let (mut seen, mut last) = (0.0, None);
    for (index, count) in buckets {
        seen += f64::from(count);
        last = Some(representative(index));
        if seen >= wanted {
            break;
        }
    }
    last
}

/// Negative values share the lowest bucket: nothing that AWS measures here is negative.
fn bucket(value: f64) -> i16 {
    if value < 1e-9 {
        return ZERO;
    }
    // 1e-9..1e15 stays far inside an i16 at this width.
    (value.ln() / WIDTH).round().clamp(-32_000.0, 32_000.0) as i16
}

fn representative(index: i16) -> f64 {
    if index == ZERO {
        0.0
    } else {
        (f64::from(index) * WIDTH).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_within_a_bucket_of_the_truth() {
        let set = Distribution::of((1..=1000).map(|i| (f64::from(i) / 1000.0, 1.0)));
        let p99 = set.percentile(99.0).unwrap();
        assert!((p99 - 0.99).abs() < 0.02, "{p99}");
        assert_eq!(set.percentile(100.0), Some(1.0));
        assert_eq!((set.min(), set.max(), set.count()), (0.001, 1.0, 1000.0));
    }

    #[test]
    fn a_percentile_over_sets_is_that_of_their_union() {
        let low = Distribution::of([(0.1, 90.0)]);
        let high = Distribution::of([(2.0, 10.0)]);
        let p = |x| percentile_of([&low, &high], x).unwrap();
        assert!((p(50.0) - 0.1).abs() < 0.01);
        assert!((p(95.0) - 2.0).abs() < 0.05);
        let mut union = low.clone();
        union.merge(&high);
        assert_eq!(union.percentile(95.0), percentile_of([&low, &high], 95.0));
    }

    #[test]
    fn another_unit_changes_the_figures_alone() {
        let seconds = Distribution::of([(0.1, 90.0), (2.0, 10.0)]);
        let set = seconds.in_units(1000.0);
        assert_eq!((set.min(), set.max(), set.count()), (100.0, 2000.0, 100.0));
        assert!((set.sum() - 29_000.0).abs() < 1e-6);
        assert!((set.percentile(50.0).unwrap() - 100.0).abs() < 3.0);
        assert_eq!(Distribution::new().in_units(1000.0), Distribution::new());
    }

    #[test]
    fn an_empty_set_has_no_percentile() {
        assert_eq!(Distribution::new().percentile(50.0), None);
    }
}
