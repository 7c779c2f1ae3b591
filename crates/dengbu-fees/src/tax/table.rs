//! Tax rates as data with days.

use std::sync::LazyLock;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::Subject;
use crate::DataFault;
use crate::dated::{self, Dated};

/// All rates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// 契税, first row that fits.
    pub deed: Vec<DeedRate>,
    /// Reasons not to pay it.
    pub deed_exemption: Vec<DeedExemption>,
    /// 增值税 of an individual's home.
    pub vat_home: Vec<VatHome>,
    /// 增值税 of other property bought before.
    pub vat_other: Vec<VatOther>,
    /// 印花税.
    pub stamp: Vec<Stamp>,
}

/// A rate of deed tax.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeedRate {
    /// Name.
    pub name: String,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// Only for this.
    #[serde(default)]
    pub subject: Option<Subject>,
    /// Only for this home of the family.
    #[serde(default)]
    pub homes: Option<u8>,
    /// Up to this area in m², itself included.
    #[serde(default)]
    pub area_to: Option<Decimal>,
    /// Rate.
    pub rate: Decimal,
    /// True when the authority may set another.
    #[serde(default)]
    pub local: bool,
    /// The lowest it may set.
    #[serde(default)]
    pub rate_from: Option<Decimal>,
    /// The highest it may set.
    #[serde(default)]
    pub rate_to: Option<Decimal>,
    /// What it rests on.
    pub law: String,
    /// What is not certain about it.
    #[serde(default)]
    pub unverified: Option<String>,
}

/// A reason not to pay deed tax.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeedExemption {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Article.
    pub law: String,
    /// What is not certain about it.
    #[serde(default)]
    pub unverified: Option<String>,
}

/// VAT of a home sold by an individual.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VatHome {
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// Rate on the price without VAT.
    pub rate: Decimal,
    /// Full years after which it is free.
    pub free_after_years: u32,
    /// What it rests on.
    pub law: String,
    /// What is not certain about it.
    pub unverified: String,
}

/// VAT of other property, on the difference.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VatOther {
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// Rate.
    pub rate: Decimal,
    /// What it rests on.
    pub law: String,
    /// What is not certain about it.
    pub unverified: String,
}

/// Stamp duty of a deed, for each side.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// Rate.
    pub rate: Decimal,
    /// What it rests on.
    pub law: String,
    /// Why homes of individuals are free.
    pub home_free_law: String,
    /// What is not certain about it.
    pub unverified: String,
}

macro_rules! dated {
    ($($row:ident),*) => {$(
        impl Dated for $row {
            fn days(&self) -> (NaiveDate, Option<NaiveDate>) {
                (self.valid_from, self.valid_to)
            }
        }
    )*};
}
dated!(DeedRate, VatHome, VatOther, Stamp);

/// Reads rates from a text.
///
/// # Errors
/// [`DataFault`] with line.
pub fn read(text: &str) -> Result<Table, DataFault> {
    dated::read("taxes.toml", text)
}

/// Reads the rates compiled in.
///
/// # Errors
/// [`DataFault`].
pub fn compiled() -> Result<Table, DataFault> {
    read(include_str!("../../data/taxes.toml"))
}

static RATES: LazyLock<Table> = LazyLock::new(|| {
    #[expect(
        clippy::panic,
        reason = "compiled in and read by the tests of this room"
    )]
    compiled().unwrap_or_else(|e| panic!("{e}"))
});

/// The rates compiled in.
#[must_use]
pub fn rates() -> &'static Table {
    &RATES
}

/// The lowest and the highest general rate of deed tax an authority may set on a day.
#[must_use]
pub fn local_limits(day: NaiveDate) -> Option<(Decimal, Decimal)> {
    RATES
        .deed
        .iter()
        .find(|d| d.local && d.holds_on(day))
        .and_then(|d| Some((d.rate_from?, d.rate_to?)))
}
