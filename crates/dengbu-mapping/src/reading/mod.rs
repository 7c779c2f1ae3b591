//! How clerks wrote things down, read back: pure functions, one module per kind of value.
//!
//! What is only untidy (blanks, full-width characters, five shapes of dates, Chinese numerals,
//! units inside numbers) is read without complaint; what says nothing usable is an error value
//! that the caller turns into a finding.

pub mod address;
pub mod certificate;
pub mod date;
pub mod holder;
pub mod limits;
pub mod number;
pub mod text;
