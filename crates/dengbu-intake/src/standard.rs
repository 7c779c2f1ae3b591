//! Rows of the standard's tables as titles of the model. Pure.
//!
//! What a row says stands; nothing is corrected. A title that cannot be shown whole is not made:
//! one without a limit that exists would be worse than none.

mod land;
mod rights;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dengbu_model::codes::{self, Code};
use dengbu_model::quantity::Area;
use dengbu_register::entry::Provenance;
use dengbu_staging::{Staging, Table};

pub use land::{Place, building, dwelling, parcel, rings};
pub use rights::{
    land_use, land_use_of_parcel, mortgage, of_building, of_house, ownership, seizure,
};

/// Digests of delivered files by source and name, for provenance.
#[derive(Debug, Clone, Default)]
pub struct Files(BTreeMap<(String, String), String>);

impl Files {
    /// Those of a staging area.
    #[must_use]
    pub fn of(staging: &Staging) -> Self {
        Self(
            staging
                .files
                .iter()
                .map(|f| ((f.source.clone(), f.file.clone()), f.sm3.clone()))
                .collect(),
        )
    }

    /// Where a row came from.
    #[must_use]
    pub fn provenance(&self, table: &Table, row: usize) -> Provenance {
        let origin = table.origin(row);
        let key = (origin.source, origin.file);
        Provenance {
            file_sm3: self.0.get(&key).cloned(),
            source: key.0,
            table: origin.table,
            legacy_id: origin.legacy_id,
        }
    }
}

/// A cell as it stands; none when it is empty.
fn text(table: &Table, field: &str, row: usize) -> Option<String> {
    Some(table.value(field, row).trim())
        .filter(|t| !t.is_empty())
        .map(str::to_owned)
}

/// A day; none when there is none or it is no day.
pub fn day(table: &Table, field: &str, row: usize) -> Option<NaiveDate> {
    let value = table.value(field, row).trim();
    NaiveDate::parse_from_str(value, "%Y-%m-%d")
        .or_else(|_| NaiveDate::parse_from_str(value, "%Y%m%d"))
        .ok()
}

/// An area in m² above zero.
fn area(table: &Table, field: &str, row: usize) -> Option<Area> {
    Area::parse(table.value(field, row).trim())
        .ok()
        .filter(|a| !a.value().is_zero())
}

/// A whole number.
fn whole(table: &Table, field: &str, row: usize) -> Option<i32> {
    table
        .value(field, row)
        .trim()
        .split('.')
        .next()?
        .parse()
        .ok()
}

/// A code of a list; what the list lacks is left away, the finding about it stands.
fn code(table: &Table, field: &str, row: usize, lists: &[&str]) -> Option<Code> {
    let value = table.value(field, row).trim();
    let known = lists
        .iter()
        .any(|l| codes::list(l).is_some_and(|l| l.contains(value)));
    known.then(|| Code::parse(value).ok()).flatten()
}

#[cfg(test)]
mod tests;
