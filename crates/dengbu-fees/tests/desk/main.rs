//! The cashier's desk on the real database.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod days;
mod fixture;
mod orders;
