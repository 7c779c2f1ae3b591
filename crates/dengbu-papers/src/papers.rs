//! The documents, one module each.

pub mod application;
pub mod approval;
pub mod certificate;
pub mod delivery;
pub mod extract;
pub mod notices;
pub mod receipt;
pub mod seizure_receipt;
