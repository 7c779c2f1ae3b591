//! Rates and percentiles of many like operations.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;
use tokio::sync::Barrier;

/// Many operations of one kind, made by some clients at once.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// How long each took.
    pub each: Vec<Duration>,
    /// From the first start to the last end.
    pub wall: Duration,
}

impl Sample {
    /// Operations per second over all clients.
    #[must_use]
    pub fn rate(&self) -> f64 {
        let seconds = self.wall.as_secs_f64();
        if seconds > 0.0 {
            self.each.len() as f64 / seconds
        } else {
            0.0
        }
    }
}

/// What a sample comes to. Times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// Operations measured.
    pub operations: usize,
    /// Operations per second, all clients together; the median where there were rounds.
    pub per_second: f64,
    /// Half of the operations took no longer.
    pub p50_ms: f64,
    /// 99 of 100 took no longer.
    pub p99_ms: f64,
}

impl Figures {
    /// The figures of rounds of the same measurement: the median of their rates, the percentiles
    /// of all operations together.
    #[must_use]
    pub fn of(rounds: &[Sample]) -> Figures {
        let mut each: Vec<Duration> = rounds.iter().flat_map(|s| s.each.iter().copied()).collect();
        each.sort_unstable();
        Figures {
            operations: each.len(),
            per_second: median(rounds.iter().map(Sample::rate).collect()),
            p50_ms: percentile(&each, 50),
            p99_ms: percentile(&each, 99),
        }
    }
}

/// The middle one; the mean of the middle two of an even number; 0 of none.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len();
    match n {
        0 => 0.0,
        _ if n % 2 == 1 => values[n / 2],
        _ => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

/// By nearest rank, in milliseconds, of an ascending list; 0 of none.
fn percentile(ascending: &[Duration], percent: usize) -> f64 {
    let rank = (ascending.len() * percent).div_ceil(100);
    ascending
        .get(rank.saturating_sub(1))
        .map_or(0.0, |d| d.as_secs_f64() * 1000.0)
}

/// Runs one client per entry of `clients`, all starting together; `work` makes one operation and
/// `count` says how many each makes.
///
/// # Errors
/// The first operation that failed.
pub async fn together<C, F>(clients: Vec<C>, count: usize, work: F) -> Result<(Sample, Vec<C>)>
where
    C: Send + 'static,
    F: AsyncWork<C>,
{
    let barrier = Arc::new(Barrier::new(clients.len()));
    let mut tasks = Vec::with_capacity(clients.len());
    for (at, mut client) in clients.into_iter().enumerate() {
        let barrier = Arc::clone(&barrier);
        let work = work.clone();
        tasks.push(tokio::spawn(async move {
            let mut each = Vec::with_capacity(count);
            barrier.wait().await;
            let begun = Instant::now();
            for turn in 0..count {
                let start = Instant::now();
                work.once(&mut client, at, turn).await?;
                each.push(start.elapsed());
            }
            anyhow::Ok((each, begun, Instant::now(), client))
        }));
    }
    let mut sample = Sample::default();
    let (mut first, mut last) = (None::<Instant>, None::<Instant>);
    let mut back = Vec::new();
    for task in tasks {
        let (each, begun, ended, client) = task.await??;
        sample.each.extend(each);
        first = Some(first.map_or(begun, |f| f.min(begun)));
        last = Some(last.map_or(ended, |l| l.max(ended)));
        back.push(client);
    }
    if let (Some(first), Some(last)) = (first, last) {
        sample.wall = last - first;
    }
    Ok((sample, back))
}

/// One kind of operation. A trait, because futures of closures that borrow their client cannot
/// yet be shown to be `Send`.
pub trait AsyncWork<C>: Clone + Send + Sync + 'static {
    /// Makes the operation: the `turn`th of the client numbered `at`.
    fn once(
        &self,
        client: &mut C,
        at: usize,
        turn: usize,
    ) -> impl Future<Output = Result<()>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(millis: &[u64], wall: u64) -> Sample {
        Sample {
            each: millis.iter().map(|m| Duration::from_millis(*m)).collect(),
            wall: Duration::from_millis(wall),
        }
    }

    #[test]
    fn percentiles_are_by_nearest_rank_and_rates_by_median() {
        let hundred: Vec<u64> = (1..=100).rev().collect();
        let f = Figures::of(&[sample(&hundred, 1_000)]);
        assert_eq!((f.operations, f.p50_ms, f.p99_ms), (100, 50.0, 99.0));
        assert!((f.per_second - 100.0).abs() < 1e-9);
        let rounds = [sample(&[1], 100), sample(&[1], 10), sample(&[1], 50)];
        assert!((Figures::of(&rounds).per_second - 20.0).abs() < 1e-9);
        assert_eq!(Figures::of(&[]).p99_ms, 0.0);
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
    }
}
