//! Electronic certificates at work: who makes them, who checks them, who may ask how often.
//!
//! Map: [`office`] makes, copies and checks; [`verdict`] what a check says; [`gates`] limits.

pub mod gates;
pub mod office;
pub mod verdict;

pub use gates::Gates;
pub use office::Office;
