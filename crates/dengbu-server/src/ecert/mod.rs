//! Electronic certificates at work: who makes them, who checks them, who may ask how often.
//!
//! Map: [`office`] makes, copies and checks; [`vault`] keys and seals, [`sealing`] who vouches for them; [`facts`] what a certificate
//! will say, [`results`] what a result paper of a search will say, [`make`] drawing and sealing, [`work`] what waits and bulk issue; [`check`] whether a
//! code or a file may be believed, [`verdict`] what is said of it; [`gates`] limits.

pub mod check;
mod check_pdf;
pub mod facts;
pub mod gates;
pub mod make;
pub mod office;
pub mod results;
pub mod sealing;
pub mod vault;
pub mod verdict;
pub mod work;

pub use gates::Gates;
pub use office::Office;
