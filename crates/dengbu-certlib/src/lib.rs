//! The library of electronic certificates (电子证照库): what exists, in which state, who holds it,
//! who saw and took it, and under which permission.
//!
//! Invariants:
//! - A certificate comes from a recorded right and from nothing else; its state follows the
//!   register in the transaction of the entry ([`follow`]).
//! - Identity numbers are kept enciphered and are found by the keyed index only ([`secret`]).
//! - Events and uses are only ever added; the database refuses the rest to the server's role.
//! - Codes and secrets handed out (grants, programs of others, sessions) are kept as SM3 hashes.
//! - Nothing here commits, draws or seals: the caller does.
//!
//! Map: [`follow`] the register, and the result papers of searches; [`record`] one certificate
//! and the search; [`making`] what waits to be sealed, and that it was; [`change`] suspending and
//! voiding; [`files`] contents in packs; [`uses`] who saw what; [`grants`] of owners;
//! [`citizens`] their accounts; [`sharing`] programs of other departments; [`seals`]; [`batch`]
//! bulk issue; [`status_list`] for checking off line; [`chain`] events in a chain; [`figures`].

pub mod batch;
pub mod chain;
pub mod change;
pub mod citizens;
mod error;
pub mod figures;
pub mod files;
pub mod follow;
pub mod grants;
pub mod making;
pub mod record;
pub mod seals;
pub mod secret;
pub mod sharing;
pub mod status_list;
pub mod uses;

pub use dengbu_model::e_certificate::State;
pub use error::LibraryError;
pub use secret::LibraryKey;
