//! The real program as a process of its own with its own database: killed in the midst of
//! recordings, told to stop, and started where it cannot start.
//!
//! Map: `program` starting, signalling and killing it · `office` people who work with it over
//! HTTP · `catalogue` the catalogue from a folder · `kill` kill -9 during recordings · `issue` kill -9 during a bulk issue · `stopping` SIGTERM and Ctrl+C · `refusals` what is
//! wrong with port, folder, data or disk.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what chance it ran with"
)]

mod catalogue;
mod issue;
mod kill;
mod office;
mod program;
mod refusals;
mod stopping;
