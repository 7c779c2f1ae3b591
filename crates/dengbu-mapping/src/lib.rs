//! From the tables of other systems to the tables of the national standard, by a readable file.
//!
//! A [`Mapping`] is a TOML file per source: which table goes where, which field becomes which,
//! read by which transform. [`Mapping::bind`] holds it against a table of an opened source and
//! says, with file and line, which fields are not there; [`Bound::apply`] turns a record into rows
//! of the staging tables. A transform returns the value in the standard's form and what it saw
//! ([`Seen`], in the class words of `findings.csv`): nothing is altered silently (the raw text
//! stays beside the value), and what is only untidy is read without complaint.
//!
//! Invariants
//! - pure but for [`preview`] and [`inspect`], which read a source; no clock: today comes in;
//! - equal files and mappings give equal rows;
//! - a defect never drops a record: the cell is empty or stands as typed, and a note says why.
//!
//! Map
//! - [`mapping`]: what a mapping is; `parse`: the file format (`docs/manual/对照文件.md`);
//! - [`bind`]: names to fields; [`transform`]: values; `rows`: records to rows;
//! - [`reading`]: dates, numbers, addresses, holders, limits as clerks wrote them;
//! - [`defaults`]: the mappings compiled in; [`inspect`]: profile and proposal; [`preview`];
//! - [`outline`]: a file as an editor shows it; [`edit`]: changes to its text that leave the rest of
//!   it alone; [`words`]: what may stand in it.

pub mod bind;
pub mod defaults;
pub mod edit;
pub mod fault;
pub mod inspect;
pub mod mapping;
pub mod outline;
mod parse;
pub mod preview;
pub mod reading;
mod rows;
pub mod transform;
pub mod words;

pub use bind::Bound;
pub use fault::{Fault, Faults};
pub use mapping::{Crs, Mapping, TableMapping};
pub use rows::{Mapped, MappedRow};
pub use transform::{Seen, SeenKind};
