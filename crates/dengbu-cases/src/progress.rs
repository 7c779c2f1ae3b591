//! How far a long piece of work has come, for whoever waits for it: a project of thousands of
//! dwellings is recorded in one transaction, and nothing of it can be seen in the database
//! before it is done.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading the units as they stand (读取登记簿).
    Reading,
    /// Putting entries together and drawing numbers (拟写登记簿).
    Drafting,
    /// Writing what follows from the entries (写入).
    Writing,
}

impl Stage {
    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Reading => "读取登记簿并校验",
            Self::Drafting => "拟写登记簿记录",
            Self::Writing => "写入登记簿",
        }
    }
}

/// A moment of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// What is being done.
    pub stage: Stage,
    /// Units or entries done in this stage.
    pub done: usize,
    /// Of so many.
    pub total: usize,
}

/// Where the work tells how far it is; clones see the same.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Mutex<Option<At>>>);

impl Progress {
    /// The latest moment told; none before the first.
    #[must_use]
    pub fn latest(&self) -> Option<At> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

tokio::task_local! {
    static WATCHED: Progress;
}

/// Does the work, which tells `progress` how far it is.
pub async fn watched<F: Future>(progress: Progress, work: F) -> F::Output {
    WATCHED.scope(progress, work).await
}

/// Tells how far the work is, when somebody watches.
pub(crate) fn tell(stage: Stage, done: usize, total: usize) {
    // nobody watches: nothing to tell
    let _ = WATCHED.try_with(|p| {
        *p.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(At { stage, done, total });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_watched_work_tells() {
        tell(Stage::Reading, 1, 2);
        let seen = Progress::default();
        watched(seen.clone(), async { tell(Stage::Writing, 1, 3) }).await;
        tell(Stage::Reading, 2, 2);
        let latest = seen.latest().map(|a| (a.stage, a.done, a.total));
        assert_eq!(latest, Some((Stage::Writing, 1, 3)));
    }
}
