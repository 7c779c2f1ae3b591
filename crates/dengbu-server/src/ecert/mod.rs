//! Electronic certificates at work: who makes them, who checks them, who may ask how often.
//!
//! Map: [`office`] makes, copies and checks; [`vault`] keys and seals; [`facts`] what a certificate
//! will say, [`make`] drawing and sealing, [`work`] what waits and bulk issue; [`check`] whether a
//! code or a file may be believed, [`verdict`] what is said of it; [`gates`] limits.

pub mod check;
mod check_pdf;
pub mod facts;
pub mod gates;
pub mod make;
pub mod office;
pub mod vault;
pub mod verdict;
pub mod work;

pub use gates::Gates;
pub use office::Office;
