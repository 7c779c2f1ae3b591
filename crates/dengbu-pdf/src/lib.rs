//! The PDF copy of a certificate, for those who have no OFD reader.
//!
//! The same pages as the OFD master, with real text (copied and searched as it is seen), the same
//! font subsets, and one signature: `ETSI.CAdES.detached` with ECDSA P-256, because today's PDF
//! readers do not know SM2 (decision 0022).
//!
//! Invariants:
//! - the same document and time give the same bytes, time stamps aside;
//! - the signature covers the whole file but its own digits; nothing can be appended;
//! - the verifier judges our own files and says of others what they are; it reads no object of a
//!   foreign file and never panics.
//!
//! Map: [`mod@write`] the file · [`content`] pages · [`picture`] pictures · [`sign`] signing ·
//! [`verify`] judging.

pub mod content;
pub mod picture;
pub mod sign;
pub mod verify;
pub mod write;

pub use sign::{SealPlace, Signing, sign_pdf, sign_with};
pub use verify::{Report, Verdict, verify_pdf};
pub use write::{PdfError, PdfWriter};
