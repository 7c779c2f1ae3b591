//! Searching the register for others (不动产登记资料查询): who may see what, the application and its
//! answer, papers that prove an answer, the log of all that was shown, alerts for the auditor.
//!
//! Invariants:
//! - what an applicant sees is computed from the rights that stand (the view recording uses) and
//!   cut down to the parts the access table names; nothing is ever cut off by a limit: an answer
//!   is complete or refused;
//! - nobody is searched by name unless the table says so for that kind of applicant
//!   (不得以人查房), and each refusal names its article;
//! - every showing is kept with the exact content shown and its SM3; log and papers are
//!   append-only by privilege;
//! - a paper is built from what was shown and kept byte for byte: its check code is taken from the
//!   SM3 over that content, so a changed content no longer fits its code;
//! - all rows belong to an authority; functions take a tenant-scoped transaction, commit nothing.
//!
//! Map: [`access`] the table of applicants · [`request`] an application · [`decide`] whether it may
//! be answered (pure) · [`person`] the numbers under which a person may stand · [`shown`] what is
//! shown of units · [`holding`] what a person holds, 有房无房 · [`answer`] gathers both from the
//! register · [`application`] applications, scans, numbers · [`document`] result papers and check
//! codes (pure), [`issue`] building and keeping them · [`log`] what was shown · [`anomaly`] rules
//! and alerts · [`settings`] what an authority sets · [`throttle`] limit of the public check.

pub mod access;
pub mod anomaly;
pub mod answer;
pub mod application;
pub mod decide;
pub mod document;
mod error;
pub mod holding;
pub mod issue;
pub mod log;
pub mod person;
pub mod request;
pub mod settings;
pub mod shown;
pub mod throttle;

pub use error::{FieldFault, SearchError};

/// Code of the business (900-00-10 资料查询/证明) for grants by business.
pub const BUSINESS: &str = "900-00-10";

/// SM3 (GB/T 32905) in hexadecimal.
pub(crate) fn sm3_hex(content: &[u8]) -> String {
    use sm3::{Digest, Sm3};
    Sm3::digest(content)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}
