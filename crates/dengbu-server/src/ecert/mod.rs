//! Electronic certificates at work: who makes them, who checks them, who may ask how often.
//!
//! Map: [`office`] makes, copies and checks; [`gates`] limits.

pub mod gates;
pub mod office;

pub use gates::Gates;
pub use office::{Office, OfficeError};
