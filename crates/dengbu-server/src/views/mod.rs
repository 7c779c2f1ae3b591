//! What is shown: register data turned into the API's shapes, masked.

pub mod case;
pub mod fee;
pub mod fee_day;
pub mod intake;
pub mod joint;
pub mod notice;
pub mod proof;
pub mod register;
pub mod service;
pub mod statistics;
pub mod unit;

use dengbu_model::codes;

/// The Chinese name of a code in a list; the code itself when the list lacks it.
#[must_use]
pub fn name_of(list: &str, code: &str) -> String {
    codes::list(list)
        .and_then(|l| l.name_of(code))
        .unwrap_or(code)
        .to_owned()
}
