//! The register on the real database: what it refuses, what it notices, what it never loses.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod alone;
mod chains;
mod fixture;
mod forms;
mod privileges;
mod projection;
mod tampering;
