//! Chance from a seed: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). Not for secrets.

use chrono::{Days, NaiveDate};

/// A stream of numbers that is the same for the same seed on every machine.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// A stream from this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to one below `bound`; 0 for no bound. The bias of the remainder is
    /// far too small to show in a demonstration.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in `permille` of 1000 cases.
    pub fn chance(&mut self, permille: u64) -> bool {
        self.below(1000) < permille
    }

    /// One of them; the default of an empty list.
    pub fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let at = usize::try_from(self.below(items.len() as u64)).unwrap_or(0);
        items.get(at).copied().unwrap_or_default()
    }

    /// A day from `low` to `high` days after `day`.
    pub fn days_after(&mut self, day: NaiveDate, low: u64, high: u64) -> NaiveDate {
        day.checked_add_days(Days::new(self.between(low, high)))
            .unwrap_or(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_that_of_the_reference() {
        // first outputs of the reference implementation for seed 1234567
        let mut dice = Dice::new(1_234_567);
        assert_eq!(dice.next(), 6_457_827_717_110_365_317);
        assert_eq!(dice.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let mut dice = Dice::new(1);
        assert!(
            (0..1000)
                .map(|_| dice.between(3, 5))
                .all(|n| (3..=5).contains(&n))
        );
        assert_eq!(dice.below(0), 0);
        assert_eq!((0..10_000).filter(|_| dice.chance(0)).count(), 0);
        let half = (0..10_000).filter(|_| dice.chance(500)).count();
        assert!((4_500..5_500).contains(&half), "{half}");
    }
}
