//! Searches on the real database: completeness of answers, entitlement, papers, log, alerts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod completeness;
mod fixture;
mod papers;
mod watch;
