//! Registration law as readable data and pure functions.
//!
//! Invariants: this crate knows no database, no HTTP and no clock. The state of
//! a unit, the day and all new identifiers come in as arguments, so that any
//! decision can be replayed. Every rule names the article it rests on.
//!
//! Map:
//! - [`catalogue`]: the businesses (业务) that can be applied for, read from
//!   `catalogue/*.toml`: applicants, materials, steps, time limits, rules.
//! - [`application`]: what an applicant asks for, and its field checks.
//! - [`state`]: a unit as the register shows it at the moment of the check.
//! - [`rules`]: conflicts between what stands and what is asked for.
//! - [`materials`]: which papers a given application needs.
//! - [`extra`]: what an authority asks for on top of them.
//! - [`automatic`]: deciding without a person.
//! - [`effect`]: which entries a granted application makes.
//! - [`flow`]: the steps of a case and who may take them.
//! - [`joint`]: cases that are handled together.
//! - [`notice`]: public notices and objections to them.
//! - [`suspension`]: for which reasons the clock of a case may stand.
//! - [`calendar`]: working days and time limits.
//! - [`service`]: decisions that must reach the applicants in writing (送达).

pub mod application;
pub mod automatic;
pub mod calendar;
pub mod catalogue;
pub mod effect;
pub mod extra;
pub mod flow;
pub mod joint;
pub mod materials;
pub mod notice;
pub mod rules;
pub mod service;
pub mod state;
pub mod suspension;
