//! The one source of chance: every draw follows from the seed.

/// A stream of draws (SplitMix64: Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x5eed_0f50_a4ed_0000)
    }

    /// A stream of its own, so that more draws here change nothing there.
    pub(crate) fn of(&self, name: &str) -> Self {
        let mut hash = self.0;
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Self(hash)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1, 1 excluded.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whole numbers, both ends included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.saturating_sub(low).saturating_add(1).max(1);
        low + (self.unit() * span as f64) as i64
    }

    pub(crate) fn chance(&mut self, of: f64) -> bool {
        self.unit() < of
    }

    /// One of some things, of which there is at least one.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let last = of.len() as i64 - 1;
        &of[self.between(0, last).clamp(0, last) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_draws_and_a_name_others() {
        let draws = |mut dice: Dice| -> Vec<i64> { (0..50).map(|_| dice.between(1, 6)).collect() };
        let dice = Dice::new(4);
        assert_eq!(draws(dice.clone()), draws(Dice::new(4)));
        assert_ne!(draws(dice.of("plan")), draws(dice.of("world")));
        let drawn = draws(dice);
        assert!((1..=6).all(|side| drawn.contains(&side)), "{drawn:?}");
    }
}
