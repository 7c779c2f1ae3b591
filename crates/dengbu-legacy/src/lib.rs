//! Reads the legacy registration data of the three offices (市中心, 米易县, 盐边县) into titles that
//! the register can take over as they stand.
//!
//! A plain loader: it matches, checks and leaves out, it does not correct. No database, no clock
//! (today comes in as an argument), no randomness: the same files give the same result.
//!
//! Invariants
//! - every title has a well-formed unit code, a parcel and a building that are loaded too, exactly
//!   one current ownership, which stands last, and holders whose shares add up;
//! - a house whose mortgages or seizures cannot be read is not loaded: a title shown free of a
//!   limit that exists would be worse than none;
//! - a record left out has a [`Finding`] that says why; what is only untidy (blanks, full-width
//!   characters, five shapes of dates, Chinese numerals, units) is read without complaint;
//! - a missing or wrong identity number never keeps a title out: it is loaded as written, with
//!   the remark 证件号码待核.
//!
//! Map
//! - [`read_city`]: the entry; [`titles`]: what it yields; [`finding`], [`summary`]: what is said;
//! - [`reading`]: dates, numbers, addresses, holders, limits as clerks wrote them (pure);
//! - `files`: CSV, dBASE, Shapefile, VCT 3.0, Excel; `geometry`, `land`: parcels and buildings;
//! - `office_a`, `office_b`, `office_c`: one office's tables each into common `records`;
//! - `checks`, `people`, `rights`: fields to checked values; `units`: houses to unit codes;
//!   `assemble`: records to titles.

mod assemble;
mod checks;
pub mod error;
mod files;
pub mod finding;
mod geometry;
mod land;
mod office_a;
mod office_b;
mod office_c;
mod people;
mod records;
mod rights;
pub mod summary;
pub mod titles;
mod units;

pub use dengbu_mapping::reading;
pub use error::LegacyError;
pub use finding::{Finding, FindingClass};
pub use people::ID_TO_CHECK;
pub use summary::Summary;
pub use titles::{
    ExistingTitle, LegacyBuilding, LegacyCity, LegacyMortgage, LegacyOwnership, LegacyParcel,
    LegacySeizure, Provenance, TableCount,
};

use chrono::NaiveDate;
use std::path::Path;

/// One of the three offices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Office {
    /// 攀枝花市不动产登记中心 (东区, 西区, 仁和区).
    Municipal,
    /// 米易县.
    Miyi,
    /// 盐边县.
    Yanbian,
}

impl Office {
    /// All three, in the order of reading.
    pub const ALL: [Self; 3] = [Self::Municipal, Self::Miyi, Self::Yanbian];

    /// Its folder, which is also the `source` of findings and provenance.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Municipal => "a-municipal",
            Self::Miyi => "b-miyi",
            Self::Yanbian => "c-yanbian",
        }
    }
}

/// Reads the folder of a city with its three offices `a-municipal`, `b-miyi`, `c-yanbian`.
///
/// `today` is the civil date in Asia/Shanghai: dates of things done must not lie behind it, and
/// seizures whose term ended before it are loaded as ended.
///
/// # Errors
/// [`LegacyError`] when a file is missing or damaged as a whole; single bad records become
/// findings.
pub fn read_city(dir: &Path, today: NaiveDate) -> Result<LegacyCity, LegacyError> {
    let mut city = LegacyCity::default();
    for office in Office::ALL {
        let read = read_office(dir, office, today)?;
        city.parcels.extend(read.parcels);
        city.buildings.extend(read.buildings);
        city.titles.extend(read.titles);
        city.findings.extend(read.findings);
        city.counts.extend(read.counts);
    }
    Ok(city)
}

/// As [`read_city`], one office only.
///
/// # Errors
/// As [`read_city`].
pub fn read_office(
    dir: &Path,
    office: Office,
    today: NaiveDate,
) -> Result<LegacyCity, LegacyError> {
    let mut findings = finding::Findings::default();
    let folder = dir.join(office.folder());
    let records = match office {
        Office::Municipal => office_a::read(&folder, today, &mut findings),
        Office::Miyi => office_b::read(&folder, today, &mut findings),
        Office::Yanbian => office_c::read(&folder, today, &mut findings),
    }?;
    let mut read = assemble::assemble(&records, &mut findings);
    read.findings = findings.0;
    Ok(read)
}
