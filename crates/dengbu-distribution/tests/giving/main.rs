//! Giving out on the real database: what is in the files, read by GDAL too; deliveries; maps.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod files;
mod fixture;
mod ledger;
mod maps;
