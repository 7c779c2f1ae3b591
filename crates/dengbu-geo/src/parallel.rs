//! Splits work over the processor's cores; the answer is that of one core, whatever their number.

use std::num::NonZeroUsize;

/// Number of threads worth starting.
pub fn threads() -> usize {
    std::thread::available_parallelism()
        .map_or(1, NonZeroUsize::get)
        .min(16)
}

/// Runs `work` on consecutive pieces of `items`, each in turn taken by a free thread, and joins
/// what the pieces give in the order of the pieces.
pub fn in_pieces<T: Sync, R: Send>(
    items: &[T],
    least_per_piece: usize,
    work: impl Fn(&[T]) -> Vec<R> + Sync,
) -> Vec<R> {
    let threads = threads();
    // Several pieces a thread: one with the heavy city centre does not hold up the rest.
    let size = items
        .len()
        .div_ceil(threads * 8)
        .max(least_per_piece)
        .max(1);
    let pieces: Vec<&[T]> = items.chunks(size).collect();
    if threads < 2 || pieces.len() < 2 {
        return pieces.into_iter().flat_map(work).collect();
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(piece) = pieces.get(i) else {
                return done;
            };
            done.push((i, work(piece)));
        }
    };
    let mut done: Vec<(usize, Vec<R>)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(pieces.len()))
            .map(|_| scope.spawn(take))
            .collect();
        let mut done = take();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().flat_map(|(_, part)| part).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn order_is_kept() {
        let items: Vec<u32> = (0..10_000).collect();
        let out = super::in_pieces(&items, 1, |piece| piece.iter().map(|i| i * 2).collect());
        assert_eq!(out, items.iter().map(|i| i * 2).collect::<Vec<_>>());
        assert!(super::in_pieces(&[] as &[u32], 5, <[u32]>::to_vec).is_empty());
    }
}
