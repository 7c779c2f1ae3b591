//! The registration fee's standard (登记费标准) as data with days.

use std::sync::LazyLock;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::DataFault;
use crate::dated::{self, Dated};

/// What holds from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; none while it holds.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// 住宅类, yuan per 件.
    pub residential: Decimal,
    /// 非住宅类, yuan per 件.
    pub non_residential: Decimal,
    /// 车库、车位、储藏室 with a certificate of its own, yuan per 件.
    pub garage: Decimal,
    /// 异议登记, dwelling.
    pub objection_residential: Decimal,
    /// 异议登记, other.
    pub objection_non_residential: Decimal,
    /// 证书工本费, yuan each.
    pub certificate: Decimal,
    /// What each kind of line rests on.
    pub law: Laws,
    /// How units are counted to 件.
    pub count: Counting,
    /// Objects of both kinds in one 件.
    pub mixed: Mixed,
}

/// The documents lines rest on, as printed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is named as the line it stands beside")]
pub struct Laws {
    pub residential: String,
    pub non_residential: String,
    pub garage: String,
    pub objection: String,
    pub extra_certificate: String,
    pub paper_only: String,
    pub per_item: String,
    pub per_parcel: String,
    pub payer: String,
}

/// How the units of a case are counted (件) by right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counting {
    /// 抵押权.
    pub mortgage: CountBy,
    /// 地役权.
    pub easement: CountBy,
}

/// What makes one 件.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountBy {
    /// Each unit.
    Unit,
    /// Each parcel (宗地).
    Parcel,
    /// The whole case.
    Case,
}

/// Which rate one 件 of both kinds takes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mixed {
    /// The rate.
    pub rate: UseClass,
    /// What is not certain about it.
    #[serde(default)]
    pub unverified: Option<String>,
}

/// What a unit is planned for, as far as the fee goes (规划用途).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UseClass {
    /// 住宅.
    Residential,
    /// 非住宅.
    NonResidential,
    /// 车库、车位、储藏室.
    Garage,
    /// Not registered: the cashier decides on the papers.
    Unknown,
}

impl UseClass {
    /// All classes.
    pub const ALL: [Self; 4] = [
        Self::Residential,
        Self::NonResidential,
        Self::Garage,
        Self::Unknown,
    ];

    /// The code stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Residential => "residential",
            Self::NonResidential => "non_residential",
            Self::Garage => "garage",
            Self::Unknown => "unknown",
        }
    }

    /// The class with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == code)
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Residential => "住宅",
            Self::NonResidential => "非住宅",
            Self::Garage => "车库、车位、储藏室",
            Self::Unknown => "用途未登记",
        }
    }

    /// The class of a house by its use, a code of 房屋用途 (GHYT): 10 to 19 are dwellings. The
    /// list has no code for garages: 房屋类型 6 or the cashier says so.
    #[must_use]
    pub fn of_house(use_code: Option<&str>) -> Self {
        match use_code {
            Some(code) if code.starts_with('1') => Self::Residential,
            Some(code) if !code.is_empty() => Self::NonResidential,
            _ => Self::Unknown,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    tariff: Vec<Tariff>,
}

impl Dated for Tariff {
    fn days(&self) -> (NaiveDate, Option<NaiveDate>) {
        (self.valid_from, self.valid_to)
    }
}

const FILE: &str = "registration-fee.toml";

/// Reads tariffs from a text.
///
/// # Errors
/// [`DataFault`] with line.
pub fn read(text: &str) -> Result<Vec<Tariff>, DataFault> {
    Ok(dated::read::<File>(FILE, text)?.tariff)
}

/// Reads the tariffs compiled in.
///
/// # Errors
/// [`DataFault`].
pub fn compiled() -> Result<Vec<Tariff>, DataFault> {
    read(include_str!("../data/registration-fee.toml"))
}

static TARIFFS: LazyLock<Vec<Tariff>> = LazyLock::new(|| {
    #[expect(
        clippy::panic,
        reason = "compiled in and read by the tests of this room"
    )]
    compiled().unwrap_or_else(|e| panic!("{e}"))
});

/// The tariff of a day.
#[must_use]
pub fn on(day: NaiveDate) -> Option<&'static Tariff> {
    on_of(&TARIFFS, day)
}

/// The tariff of a day among these.
#[must_use]
pub fn on_of(tariffs: &[Tariff], day: NaiveDate) -> Option<&Tariff> {
    dated::on(tariffs, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_tariff_needs_only_its_rows() {
        let text = include_str!("../data/registration-fee.toml");
        let next = text
            .replace("2019-07-01\"", "2030-01-01\"")
            .replace("residential = \"80\"", "residential = \"60\"");
        let rows: Vec<Tariff> = [read(text).unwrap(), read(&next).unwrap()].concat();
        let at = |day: &str| on_of(&rows, day.parse().unwrap()).map(|t| t.residential);
        assert_eq!(at("2019-06-30"), None);
        assert_eq!(at("2029-12-31"), Some(80.into()));
        assert_eq!(at("2030-01-01"), Some(60.into()));
    }

    #[test]
    fn a_fault_names_file_and_line() {
        let bad = include_str!("../data/registration-fee.toml").replace("garage =", "garaje =");
        let said = read(&bad).unwrap_err().to_string();
        assert!(said.contains(FILE) && said.contains("line"), "{said}");
    }

    #[test]
    fn uses() {
        assert_eq!(UseClass::of_house(Some("111")), UseClass::Residential);
        assert_eq!(UseClass::of_house(Some("31")), UseClass::NonResidential);
        assert_eq!(UseClass::of_house(None), UseClass::Unknown);
        for c in UseClass::ALL {
            assert_eq!(UseClass::from_code(c.code()), Some(c));
        }
    }
}
