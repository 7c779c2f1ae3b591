//! Work over a slice on all cores, results in order.

/// Applies `work` to every item; the result does not depend on the number of cores.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores < 2 || items.len() < 2_000 {
        return items.iter().map(work).collect();
    }
    let piece = items.len().div_ceil(cores);
    std::thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = items
            .chunks(piece)
            .map(|chunk| scope.spawn(move || chunk.iter().map(work).collect::<Vec<R>>()))
            .collect();
        running
            .into_iter()
            .flat_map(|thread| match thread.join() {
                Ok(list) => list,
                Err(cause) => std::panic::resume_unwind(cause),
            })
            .collect()
    })
}
