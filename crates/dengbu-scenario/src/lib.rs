//! Scenarios of registration law: what stands in the register, who applies for what, and
//! what must come of it — as tables that a lawyer can read and add to without code.
//!
//! A file is played on a register in memory with the same rules and effects that the
//! platform records with. After every case the register is tested for what must hold at
//! any time ([`sound`]).
//!
//! Map: [`mod@file`] is the format; `people` makes persons out of names; `given` builds the
//! register; [`play`] runs the cases and says what came of them.

pub mod file;
mod given;
mod people;
pub mod play;
pub mod sound;

pub use file::{File, FileError, Scenario, read};
pub use given::Register;
pub use play::{Outcome, Report, run};
