//! The server by its HTTP interface alone, on the real database: who may do what where,
//! what it answers to input that is wrong, sessions, and a sale from counter to archive.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod administration;
mod certprint;
mod contention;
mod ecert;
mod fees;
mod giving;
mod guards;
mod hands;
mod house;
mod input;
mod instant;
mod intake;
mod joint;
mod land;
mod lapsing;
mod papers;
mod programs;
mod reading;
mod replay;
mod sale;
mod same_city;
mod sealed;
mod searches;
mod serving;
mod session;
mod statistics;
mod table;
mod tenancy;
mod tenant;
mod vouched;
mod waiting;
mod workbench;
