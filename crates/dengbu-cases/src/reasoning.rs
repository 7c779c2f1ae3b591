//! Reading again why a case was decided without a person.

use chrono::{DateTime, Utc};
use dengbu_law::automatic::Weighed;
use dengbu_law::flow::Move;
use serde::Deserialize;

use crate::case::Case;

/// An automatic decision as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasoning {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// What was weighed.
    pub weighed: Weighed,
}

/// The stored reasoning of a case that was decided without a person; none for any other.
#[must_use]
pub fn of(case: &Case) -> Option<Reasoning> {
    #[derive(Deserialize)]
    struct Told {
        reasoning: Weighed,
    }
    let event = case
        .events
        .iter()
        .find(|e| e.action == Move::AutoDecide.code())?;
    let told: Told = serde_json::from_value(event.detail.clone()?).ok()?;
    Some(Reasoning {
        at: event.at,
        weighed: told.reasoning,
    })
}
