//! Cases on the real database: from the counter to the register, and all that may come between.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod batch;
mod conflicts;
mod fixture;
mod flows;
mod forms;
mod invariants;
mod lapses;
mod moving;
mod papers;
mod paying;
mod races;
mod requests;
mod serving;
mod waiting;
