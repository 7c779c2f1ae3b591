//! Case numbers (受理编号、业务号, YWH): county, day and a serial of the day.

use std::fmt;

use chrono::NaiveDate;

use crate::text_newtype::text_newtype;

/// A case number: 6 digits county, 8 digits day, 6 digits serial.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseNumber(String);

/// Why a text is no case number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}”不是受理编号，应为 20 位数字（6 位行政区划 + 8 位日期 + 6 位序号）")]
pub struct CaseNumberError(pub String);

impl CaseNumber {
    /// The number of the `serial`-th case of a county on a day. `county` is a code of
    /// six digits and `serial` at most 999999, as the series of a day guarantees.
    #[must_use]
    pub fn of(county: &str, day: NaiveDate, serial: u32) -> Self {
        Self(format!("{county}{}{serial:06}", day.format("%Y%m%d")))
    }

    /// Reads a number; the day in it must exist.
    ///
    /// # Errors
    /// [`CaseNumberError`].
    pub fn parse(text: &str) -> Result<Self, CaseNumberError> {
        let t: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let form = t.len() == 20 && t.bytes().all(|b| b.is_ascii_digit());
        if form && NaiveDate::parse_from_str(&t[6..14], "%Y%m%d").is_ok() {
            Ok(Self(t))
        } else {
            Err(CaseNumberError(text.to_owned()))
        }
    }

    /// The 20 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// County.
    #[must_use]
    pub fn county(&self) -> &str {
        &self.0[..6]
    }

    /// Day.
    #[must_use]
    pub fn date(&self) -> NaiveDate {
        NaiveDate::parse_from_str(&self.0[6..14], "%Y%m%d").unwrap_or_default()
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_newtype!(CaseNumber, as_str, "51040220261123000001", r"^[0-9]{20}$");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let day = NaiveDate::from_ymd_opt(2021, 11, 1).unwrap();
        let n = CaseNumber::of("510402", day, 123);
        assert_eq!(n.as_str(), "51040220211101000123");
        assert_eq!(CaseNumber::parse(n.as_str()).unwrap().date(), day);
        for bad in [
            "51040220211301000123",
            "5104022021110100012",
            "5104022021110100012X",
        ] {
            assert!(CaseNumber::parse(bad).is_err());
        }
    }
}
