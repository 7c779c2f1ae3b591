//! Data integration (数据整合): from deliveries of older systems to entries of the register.
//!
//! A source delivers packages. A run reads a package, links and checks its records, and leaves
//! what became of each row, findings, doubts, and the stock that is ready. People decide doubts;
//! a decision is kept by the question's stable key and holds in every later run. A batch puts a
//! run's stock into waiting; publishing makes entries of it. See `docs/decisions/0018`.
//!
//! Invariants:
//! - Nothing is in the register before a batch is published, and what is published is never taken
//!   back: a roll-back deletes rows in waiting only.
//! - A unit is marked published in the transaction that makes its entries, so a killed publishing
//!   goes on where it stood and no entry is made twice.
//! - A decision is never changed; taking it back is a further row.
//! - The readers and rules are behind [`engine::Engine`]: this crate knows no file format.
//! - No clock and no randomness of its own, but for the loop that works jobs ([`work`]).
//!
//! Map: [`source`] sources, packages, mappings · [`packages`] contents by digest ·
//! [`unpack`](mod@unpack) zip with limits · [`engine`] what a run is made by · [`run`] runs ·
//! [`results`] what runs left · [`decision`] doubts decided · [`batch`] batches ·
//! [`standard`] rows of the standard's tables as titles ·
//! [`publish`](mod@publish) into the register · [`work`] the jobs · [`sheet`] findings as tables.

pub mod batch;
pub mod decision;
pub mod engine;
mod error;
pub mod fusion;
pub mod packages;
pub mod publish;
pub mod results;
pub mod run;
pub mod sheet;
pub mod source;
pub mod standard;
pub mod unpack;
pub mod work;

pub use error::IntakeError;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Who does something, when, with which identifiers.
#[derive(Clone, Copy)]
pub struct Doing<'a> {
    /// The authority whose data it is.
    pub authority: &'a str,
    /// The member of staff.
    pub staff_id: Uuid,
    /// Name as kept.
    pub name: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
    /// Identifiers.
    pub ids: &'a (dyn Fn() -> Uuid + Send + Sync),
}
