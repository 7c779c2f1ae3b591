//! Estimates of the taxes of a transfer (税费试算): deed tax with its law, VAT and stamp duty as
//! hints. The tax office decides; the registry looks at the proof of payment (契税法第十一条).
//!
//! Map: [`table`] rates as data with days · `deed` 契税 · `hints` 增值税 and 印花税.

mod deed;
mod hints;
pub mod table;

use chrono::NaiveDate;
use dengbu_model::quantity::{Area, Money};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use table::Table;
pub use table::compiled;

use crate::FeeError;

/// How the property passes (契税法第二条、第四条).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Passing {
    /// 买卖、出让.
    Sale,
    /// 互换: taxed on the difference.
    Exchange,
    /// 赠与 and other passings without a price: taxed on the assessed value.
    Gift,
    /// 继承.
    Inheritance,
}

/// What passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// 住房.
    Home,
    /// 非住房 (shops, offices, garages).
    Other,
    /// 土地使用权.
    Land,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// Day of the contract (契税法第九条: the tax arises on that day).
    pub day: NaiveDate,
    /// How it passes.
    pub passing: Passing,
    /// What passes.
    pub subject: Subject,
    /// Price, assessed value, or for an exchange the difference that is paid; yuan.
    pub price: Money,
    /// True when the price holds VAT.
    pub with_vat: bool,
    /// Building area in m².
    pub area: Option<Area>,
    /// Which home of the family this is after the purchase: 1 only, 2 second, 3 further.
    pub homes: Option<u8>,
    /// Code of an exemption from deed tax.
    pub exemption: Option<String>,
    /// True when the seller is an individual.
    pub seller_individual: bool,
    /// Full years the seller held it.
    pub held_years: Option<u32>,
    /// What the seller paid for it.
    pub original_price: Option<Money>,
    /// The authority's own general rate, where it set one.
    pub local_rate: Option<Decimal>,
}

/// One tax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxLine {
    /// Name of the tax.
    pub tax: &'static str,
    /// Who bears it.
    pub payer: &'static str,
    /// Which rule was used.
    pub rule: String,
    /// Base in yuan.
    pub base: Decimal,
    /// Rate.
    pub rate: Decimal,
    /// Amount in yuan; none when it cannot be reckoned from what is known.
    pub amount: Option<Decimal>,
    /// What it rests on.
    pub law: String,
    /// What is not certain about it.
    pub unverified: Option<String>,
    /// True when it is only a hint.
    pub hint: bool,
}

/// Rounds to 分, half up (四舍五入).
pub(crate) fn fen(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// Estimates the taxes of a transfer; deed tax comes first.
///
/// # Errors
/// [`FeeError::Field`] for what must be known and is not.
pub fn estimate(question: &Question) -> Result<Vec<TaxLine>, FeeError> {
    estimate_by(table::rates(), question)
}

/// The same with other rates.
///
/// # Errors
/// [`FeeError::Field`].
pub fn estimate_by(table: &Table, question: &Question) -> Result<Vec<TaxLine>, FeeError> {
    let mut lines = vec![deed::line(table, question)?];
    lines.extend(hints::vat(table, question));
    lines.extend(hints::stamp(table, question));
    Ok(lines)
}

#[cfg(test)]
mod tests;
