//! Cases (业务件): applications on their way from the counter to the register.
//!
//! Invariants:
//! - A case moves only through [`dengbu_law::flow`]; each move is an event row
//!   that is never changed.
//! - Recording re-checks every rule with the units locked, and commits entries,
//!   projection, certificate numbers, the case's step and the outbox together.
//! - Nothing here commits: the caller does, with its audit record in the same
//!   transaction.
//!
//! Map: [`case`] reads one case; [`open`] begins one, filled from the register;
//! [`draft`] saves the application; [`materials`] keeps the papers, [`scans`]
//! their contents; [`check`] runs the rules; [`moves`] makes moves,
//! [`recording`] the one that writes the register; [`inbox`] lists; [`answered`]
//! remembers answered requests; [`checklist`] lists the papers, [`extras`] what an authority asks for on top;
//! [`channels`] are trusted for shared data, [`reasoning`] reads an automatic decision again; [`automatic`] decides without a person; [`days`] loads the calendar, [`promise`] the committed limits;
//! [`board`] counts the figures of the day; [`fees`] has cases charged and asks whether they are paid;
//! [`trail`] keeps what happened, [`hand`] says in whose hands it is, [`clock`] stands and runs;
//! [`joint`] cases are recorded when all are decided; [`notices`] are published before a registration, and [`objections`] to them decided.
//! [`service`] keeps which decisions reached whom; `old_papers` what became of the papers that a case made void.

pub mod answered;
pub mod automatic;
pub mod board;
pub mod case;
pub mod channels;
pub mod check;
pub mod checklist;
pub mod clock;
pub mod days;
pub mod draft;
mod error;
pub mod extras;
pub mod fees;
pub mod hand;
pub mod inbox;
pub mod joint;
pub mod lapses;
pub mod materials;
pub mod moves;
pub mod notices;
pub mod objections;
mod old_papers;
pub mod open;
pub mod progress;
pub mod promise;
pub mod reasoning;
pub mod recording;
pub mod scans;
pub mod service;
pub mod trail;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

pub use dengbu_register::NewId;
pub use error::CaseError;

/// Who does something, when, and where new identifiers come from.
#[derive(Clone, Copy)]
pub struct Doing<'a> {
    /// The member of staff.
    pub staff_id: Uuid,
    /// Their name as recorded.
    pub name: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
    /// New identifiers.
    pub ids: NewId<'a>,
}

impl Doing<'_> {
    /// The day in Asia/Shanghai.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        dengbu_model::time::date_in_shanghai(self.now)
    }
}
