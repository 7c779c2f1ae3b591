//! Electronic certificates (电子证照): what each says, how it is named and numbered, which state it
//! may go into, the code printed on it, and how it lies on its pages.
//!
//! Pure: plain facts in, typed content, bytes to be signed and pages out. No database, no HTTP, no
//! clock, no keys; who signs and who verifies is handed in by the caller.
//!
//! Invariants:
//! - a certificate's content is made from facts of the register, never typed in;
//! - the same content always gives the same canonical bytes, and so the same SM3
//!   ([`canonical::face_hash`]);
//! - an identifier made here has a right check character ([`identifier`]);
//! - no state is left or entered but by [`state::next`];
//! - no text is clipped: what has no room on the face flows on to further pages.
//!
//! Map: [`kind`] the five documents and their catalogue records; [`content`] what they say;
//! [`metadata`] the names under which it is shared; [`canonical`] the bytes that are hashed;
//! [`identifier`] 电子证照标识; [`state`] states, kept with the terms of the field; [`qr`] one code per certificate; [`status_list`] the
//! signed list of states for checks without network; [`key_set`] the keys such a check trusts;
//! [`layout`] the pages; [`plan`] parcel and floor plans.

pub mod base32;
pub mod canonical;
pub mod check37;
pub mod content;
pub mod fault;
pub mod holder;
pub mod identifier;
pub mod key_set;
pub mod kind;
pub mod layout;
pub mod metadata;
pub mod plan;
pub mod qr;
pub mod status_list;

pub use content::Content;
pub use dengbu_model::e_certificate as state;
pub use dengbu_model::e_certificate::State;
pub use identifier::Identifier;
pub use kind::DocumentKind;

/// Reads data compiled into the program.
#[expect(
    clippy::panic,
    reason = "data compiled into the program; a test reads all of it"
)]
fn built_in<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> T {
    toml::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"))
}
