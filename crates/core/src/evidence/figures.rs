//! One figure over many periods, in as few bytes as it takes.
//!
//! What belongs here: how a run of figures is kept. What must not: what they measure.
//!
//! A daemon keeps hundreds of minutes of a dozen figures for every plan. Most are not reported at all, some are the same for
//! hours, and a count fits into half of a double; nothing is rounded.

use std::collections::VecDeque;

/// A run of figures, oldest first; each is there or is not.
#[derive(Clone, Debug, Default)]
pub struct Figures(Kept);

#[derive(Clone, Debug)]
enum Kept {
    Same(Option<f64>, usize),
    /// Not a number where there is none.
    Short(VecDeque<f32>),
    Whole(VecDeque<f64>),
}

impl Default for Kept {
    fn default() -> Self {
        Self::Same(None, 0)
    }
}

/// As it is, where half the bytes hold it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "taken only where it is the same number"
)]
fn short(figure: Option<f64>) -> Option<f32> {
    let Some(figure) = figure else {
        return Some(f32::NAN);
    };
    let short = figure as f32;
    (f64::from(short).to_bits() == figure.to_bits()).then_some(short)
}

fn whole(figure: Option<f64>) -> f64 {
    figure.unwrap_or(f64::NAN)
}

fn told(figure: f64) -> Option<f64> {
    (!figure.is_nan()).then_some(figure)
}

impl Figures {
    /// How many periods.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Kept::Same(_, count) => *count,
            Kept::Short(figures) => figures.len(),
            Kept::Whole(figures) => figures.len(),
        }
    }

    /// Whether there are no periods at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A period's figure; `None` also where there is no such period.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<f64> {
        match &self.0 {
            Kept::Same(figure, count) => figure.filter(|_| index < *count),
            Kept::Short(figures) => told(f64::from(*figures.get(index)?)),
            Kept::Whole(figures) => told(*figures.get(index)?),
        }
    }

    /// Adds the next period's. What is not a number counts as none.
    pub fn push(&mut self, figure: Option<f64>) {
        let figure = figure.and_then(told);
        match &mut self.0 {
            Kept::Same(_, 0) => self.0 = Kept::Same(figure, 1),
            Kept::Same(same, count) if same.map(f64::to_bits) == figure.map(f64::to_bits) => {
                *count += 1;
            }
            Kept::Same(..) => {
                self.spread(short(figure).is_some());
                self.push(figure);
            }
            Kept::Short(figures) => match short(figure) {
                Some(short) => figures.push_back(short),
                None => {
                    self.spread(false);
                    self.push(figure);
                }
            },
            Kept::Whole(figures) => figures.push_back(whole(figure)),
        }
    }

    /// Drops the oldest period; whether there was one.
    pub fn drop_first(&mut self) -> bool {
        match &mut self.0 {
            Kept::Same(_, 0) => false,
            Kept::Same(_, count) => {
                *count -= 1;
                true
            }
            Kept::Short(figures) => figures.pop_front().is_some(),
            Kept::Whole(figures) => figures.pop_front().is_some(),
        }
    }

    /// Takes no more room than it needs.
    pub fn fit(&mut self) {
        match &mut self.0 {
            Kept::Same(..) => {}
            Kept::Short(figures) => figures.shrink_to_fit(),
            Kept::Whole(figures) => figures.shrink_to_fit(),
        }
    }

    /// Each with a place of its own, in a short one where all fit.
    fn spread(&mut self, short_ones: bool) {
        let all = || (0..self.len()).map(|i| self.get(i));
        let shortened: Option<VecDeque<f32>> = all().map(short).collect();
        self.0 = match shortened.filter(|_| short_ones) {
            Some(figures) => Kept::Short(figures),
            None => Kept::Whole(all().map(whole).collect()),
        };
    }
}

/// However they are kept.
impl PartialEq for Figures {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && (0..self.len()).all(|i| self.get(i) == other.get(i))
    }
}

impl FromIterator<Option<f64>> for Figures {
    fn from_iter<I: IntoIterator<Item = Option<f64>>>(figures: I) -> Self {
        let mut all = Self::default();
        figures.into_iter().for_each(|figure| all.push(figure));
        all.fit();
        all
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn figure() -> impl Strategy<Value = Option<f64>> {
        prop_oneof![
            Just(None),
            Just(Some(0.0)),
            Just(Some(-0.0)),
            Just(Some(3.0)),
            (0_u32..20_000_000).prop_map(|n| Some(f64::from(n))),
            (0.0..10.0).prop_map(Some),
        ]
    }

    proptest! {
        #[test]
        fn what_was_put_in_comes_out(
            pushed in prop::collection::vec(figure(), 0..40),
            dropped in 0_usize..50,
        ) {
            let mut kept: Figures = pushed.iter().copied().collect();
            let gone = (0..dropped).filter(|_| kept.drop_first()).count();
            prop_assert_eq!(gone, dropped.min(pushed.len()));
            let left: Vec<_> = (0..kept.len()).map(|i| kept.get(i)).collect();
            prop_assert_eq!(&left, &pushed[gone..]);
            prop_assert_eq!(kept.get(left.len()), None);
            prop_assert_eq!(kept, left.into_iter().collect());
        }
    }

    #[test]
    fn what_is_the_same_for_hours_takes_no_room_and_counts_take_half() {
        let silent: Figures = vec![None; 200].into_iter().collect();
        assert!(matches!(silent.0, Kept::Same(None, 200)));
        let counts: Figures = (0..200).map(|n| Some(f64::from(n))).collect();
        assert!(matches!(counts.0, Kept::Short(_)));
        let seconds: Figures = (1..200).map(|n| Some(0.1 / f64::from(n))).collect();
        assert!(matches!(seconds.0, Kept::Whole(_)));
    }
}
