//! Chance from a seed: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).

use chrono::{Days, NaiveDate};

/// A stream of numbers that is the same for the same seed on every machine.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// A stream of its own for each `part` of one seed.
    pub fn new(seed: u64, part: u64) -> Self {
        let mut dice = Self(seed ^ part.wrapping_mul(0xD134_2543_DE82_EF95));
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to one below `bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound.max(1))).unwrap_or(0)
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// From 0 to below 1.
    pub fn part(&mut self) -> f64 {
        f64::from(self.below(1 << 30)) / f64::from(1 << 30)
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.part() < probability
    }

    /// One of them.
    pub fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let count = u32::try_from(items.len()).unwrap_or(0);
        items
            .get(self.below(count) as usize)
            .copied()
            .unwrap_or_default()
    }

    /// A day from `low` to `high` days after `day`.
    pub fn days_after(&mut self, day: NaiveDate, low: u32, high: u32) -> NaiveDate {
        let days = u64::from(self.between(low, high));
        day.checked_add_days(Days::new(days)).unwrap_or(day)
    }

    /// A day between the first days of two years.
    pub fn day(&mut self, first: i32, last: i32) -> NaiveDate {
        let begin = NaiveDate::from_ymd_opt(first, 1, 1).unwrap_or_default();
        let days = u32::try_from((last - first) * 365).unwrap_or(0);
        self.days_after(begin, 0, days)
    }
}
