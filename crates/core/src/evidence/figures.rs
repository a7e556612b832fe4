//! One figure over many periods, in as few bytes as it takes.
//!
//! What belongs here: how a run of figures is kept. What must not: what they measure.
//!
//! A daemon keeps hundreds of minutes of a dozen figures for every plan. Most are not reported at all, some are the same for
//! hours, most counts fit into two bytes of a double's eight and nearly all the others into four; nothing is rounded here.

use std::collections::VecDeque;

/// A run of figures, oldest first; each is there or is not.
#[derive(Clone, Debug, Default)]
pub struct Figures(Kept);

#[derive(Clone, Debug)]
enum Kept {
    Same(Option<f64>, usize),
    Counts(VecDeque<u16>),
    Short(VecDeque<f32>),
    Whole(VecDeque<f64>),
}

impl Default for Kept {
    fn default() -> Self {
        Self::Same(None, 0)
    }
}

/// What one figure is kept in.
trait Cell: Copy {
    /// `None`: it would be another number in here.
    fn of(figure: Option<f64>) -> Option<Self>;
    fn told(self) -> Option<f64>;
}

impl Cell for u16 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "taken only where it is the same number"
    )]
    fn of(figure: Option<f64>) -> Option<Self> {
        let Some(figure) = figure else {
            return Some(Self::MAX);
        };
        let count = figure as Self;
        (count < Self::MAX && f64::from(count).to_bits() == figure.to_bits()).then_some(count)
    }

    fn told(self) -> Option<f64> {
        (self < Self::MAX).then(|| f64::from(self))
    }
}

impl Cell for f32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "taken only where it is the same number"
    )]
    fn of(figure: Option<f64>) -> Option<Self> {
        let Some(figure) = figure else {
            return Some(Self::NAN);
        };
        let short = figure as Self;
        (f64::from(short).to_bits() == figure.to_bits()).then_some(short)
    }

    fn told(self) -> Option<f64> {
        (!self.is_nan()).then(|| f64::from(self))
    }
}

impl Cell for f64 {
    fn of(figure: Option<f64>) -> Option<Self> {
        Some(figure.unwrap_or(Self::NAN))
    }

    fn told(self) -> Option<f64> {
        (!self.is_nan()).then_some(self)
    }
}

/// Puts one behind the others, where it stays itself in such a cell. Room is made for few more: runs are kept for hours.
fn put<C: Cell>(cells: &mut VecDeque<C>, figure: Option<f64>) -> bool {
    let Some(cell) = C::of(figure) else {
        return false;
    };
    if cells.len() == cells.capacity() {
        cells.reserve_exact(cells.len() / 8 + 4);
    }
    cells.push_back(cell);
    true
}

impl Figures {
    /// How many periods.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Kept::Same(_, count) => *count,
            Kept::Counts(cells) => cells.len(),
            Kept::Short(cells) => cells.len(),
            Kept::Whole(cells) => cells.len(),
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
            Kept::Counts(cells) => cells.get(index)?.told(),
            Kept::Short(cells) => cells.get(index)?.told(),
            Kept::Whole(cells) => cells.get(index)?.told(),
        }
    }

    /// Adds the next period's. What is not a number counts as none.
    pub fn push(&mut self, figure: Option<f64>) {
        let figure = figure.and_then(f64::told);
        let is_in = match &mut self.0 {
            Kept::Same(same, count) => {
                let is_same = *count == 0 || same.map(f64::to_bits) == figure.map(f64::to_bits);
                if is_same {
                    (*same, *count) = (figure, *count + 1);
                }
                is_same
            }
            Kept::Counts(cells) => put(cells, figure),
            Kept::Short(cells) => put(cells, figure),
            Kept::Whole(cells) => put(cells, figure),
        };
        if !is_in {
            self.spread(figure);
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
            Kept::Counts(cells) => cells.pop_front().is_some(),
            Kept::Short(cells) => cells.pop_front().is_some(),
            Kept::Whole(cells) => cells.pop_front().is_some(),
        }
    }

    /// Takes no more room than it needs.
    pub fn fit(&mut self) {
        match &mut self.0 {
            Kept::Same(..) => {}
            Kept::Counts(cells) => cells.shrink_to_fit(),
            Kept::Short(cells) => cells.shrink_to_fit(),
            Kept::Whole(cells) => cells.shrink_to_fit(),
        }
    }

    /// Each with a place of its own and one more behind them, in the smallest cells that hold all of them.
    fn spread(&mut self, next: Option<f64>) {
        let all = || (0..self.len()).map(|i| self.get(i)).chain([next]);
        let counts = || all().map(u16::of).collect::<Option<_>>().map(Kept::Counts);
        let short = || all().map(f32::of).collect::<Option<_>>().map(Kept::Short);
        let whole = || Kept::Whole(all().filter_map(f64::of).collect());
        self.0 = counts().or_else(short).unwrap_or_else(whole);
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
            Just(Some(65_534.0)),
            Just(Some(65_535.0)),
            (0_u32..70_000).prop_map(|n| Some(f64::from(n))),
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
    fn what_is_the_same_for_hours_takes_no_room_and_counts_take_a_quarter() {
        let silent: Figures = vec![None; 200].into_iter().collect();
        assert!(matches!(silent.0, Kept::Same(None, 200)));
        let counts: Figures = (0..200).map(|n| Some(f64::from(n))).collect();
        assert!(matches!(counts.0, Kept::Counts(_)));
        let great: Figures = (0..200).map(|n| Some(f64::from(n * 1_000))).collect();
        assert!(matches!(great.0, Kept::Short(_)));
        let seconds: Figures = (1..200).map(|n| Some(0.1 / f64::from(n))).collect();
        assert!(matches!(seconds.0, Kept::Whole(_)));
    }
}
