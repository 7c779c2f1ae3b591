//! The register (不动产登记簿): append-only entries per estate unit, hash chains
//! over them, the projection of rights as they stand, certificate numbers and
//! paper forms.
//!
//! Invariants:
//! - An entry, once made, is never changed or deleted; the database refuses it
//!   to the role that the server runs as.
//! - The projection (`register_right`, `register_holder`) holds nothing that
//!   the entries do not; [`rebuild`] makes it anew.
//! - Every function takes a tenant-scoped transaction and commits nothing itself.
//!
//! Map:
//! - [`entry`]: the canonical form of an entry and its hash.
//! - [`projection`]: what an entry does to the rights as they stand (pure).
//! - [`append`]: writing entries, many or one, with the projection.
//! - [`read`]: rights of a unit now or at any time, entries, unit state.
//! - [`find`]: units by certificate, holder or identity number.
//! - [`chain`]: sealing into the authority's chain; [`verify`]: walking all chains.
//! - [`rebuild`]: the projection made anew.
//! - [`numbers`]: certificate and case numbers; [`certificates`]: what was
//!   issued; [`forms`]: printed forms; [`stock`]: control of their stock;
//!   [`stations`]: printers and what they are off by; [`layouts`]: where things stand on the
//!   blanks; [`returns`]: old papers taken back; [`void_notices`]: lost and void papers.

pub mod append;
pub mod certificates;
pub mod chain;
pub mod entry;
mod error;
pub mod find;
pub mod forms;
pub mod layouts;
pub mod numbers;
pub mod person;
pub mod projection;
pub mod read;
pub mod rebuild;
pub mod returns;
pub mod stations;
pub mod stock;
pub mod verify;
pub mod void_notices;

pub use error::RegisterError;

/// Where new identifiers come from: UUIDv7 in service, a counter in replays.
pub type NewId<'a> = &'a (dyn Fn() -> uuid::Uuid + Send + Sync);
