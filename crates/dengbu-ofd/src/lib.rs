//! OFD files (GB/T 33190): written from [`dengbu_page::Document`], sealed with an electronic seal
//! of version 4 (GB/T 38540), read, and judged by the whole list of checks.
//!
//! Invariants:
//! - the same document, fonts and time give the same parts, byte for byte; only the seal signature
//!   is drawn anew where a device makes it;
//! - the seal covers every entry of the package but the signature's own three files; an entry that
//!   is not covered makes a file suspicious;
//! - the reader has limits on size, entries, depth and ratio, and never panics;
//! - a check that fails stops no other: [`verify::Report`] says all.
//!
//! Map: [`mod@write`] and [`content`] the package's parts · [`container`] ZIP written and read · [`xml`]
//! XML read · [`seal`] seals and stamps as ASN.1 · [`picture`] the picture of a seal · [`sign`]
//! sealing · [`read`] what a file says · [`verify`] whether it may be believed.

pub mod container;
pub mod content;
pub mod picture;
pub mod read;
pub mod seal;
pub mod sign;
pub mod verify;
pub mod write;
pub mod xml;

pub use picture::seal_picture;
pub use read::OfdFile;
pub use seal::{Picture, Seal, SealSpec};
pub use sign::{Sealing, StampPlace, seal_ofd};
pub use verify::{Judge, Report, Verdict, verify_ofd};
pub use write::{OfdWriter, WriteError};
