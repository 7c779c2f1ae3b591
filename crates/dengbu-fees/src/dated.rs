//! Data that holds between two days.

use chrono::NaiveDate;
use serde::de::DeserializeOwned;

use crate::DataFault;

/// Something that holds from a day on, and up to another if it was replaced.
pub(crate) trait Dated {
    /// First day and last day, both included.
    fn days(&self) -> (NaiveDate, Option<NaiveDate>);

    /// Whether it holds on that day.
    fn holds_on(&self, day: NaiveDate) -> bool {
        let (from, to) = self.days();
        from <= day && to.is_none_or(|to| day <= to)
    }
}

/// What holds on a day; the one that began last when several do.
pub(crate) fn on<T: Dated>(rows: &[T], day: NaiveDate) -> Option<&T> {
    rows.iter()
        .filter(|r| r.holds_on(day))
        .max_by_key(|r| r.days().0)
}

/// Reads a data file.
pub(crate) fn read<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, DataFault> {
    toml::from_str(text).map_err(|e| DataFault {
        file,
        message: e.to_string(),
    })
}
