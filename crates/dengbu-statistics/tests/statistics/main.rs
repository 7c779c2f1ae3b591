//! The statements on the real database, against a count by hand in Rust that shares nothing with
//! them but the calendar of the law.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking and tells what it measured"
)]

mod board;
mod count;
mod office;
mod scale;
