//! An invented city's legacy registration data: three offices, three kinds of system, typed by
//! clerks over twenty years, with the truth about it. For tests with other seeds and for the
//! benchmark. No person, company account or document number in it is real.
//!
//! The shapes and the words of the truth are those of `legacy-city/README.md`: a municipal centre
//! (GBK CSV, shapefiles with the zone in front of the easting), a county close to the standard
//! (UTF-8 CSV with BOM, VCT 3.0) and a county with an Excel ledger and a local plane.
//!
//! Invariants
//! - the same options give the same bytes on every machine: chance comes from the seed only;
//! - one building's records are in memory at a time, so half a million houses need little;
//! - every planted defect stands in the truth with the record that bears it.
//!
//! Map: [`make`]; `dice`, `names`, `people`: chance and invented names; `plan`: land and
//! buildings; `untidy`: how clerks type; `municipal`, `miyi`, `yanbian`: the offices; `shapes`,
//! `vct`, `ledger`: files; `truth`.

mod dice;
mod flats;
mod ledger;
mod miyi;
mod municipal;
mod names;
mod people;
mod plan;
mod shapes;
mod truth;
mod untidy;
mod vct;
mod yanbian;

use std::path::{Path, PathBuf};

/// What to make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Houses in all, about.
    pub houses: u32,
    /// Parcels in all.
    pub parcels: u32,
    /// Seed of chance.
    pub seed: u64,
    /// Times the sample's rate of defects; 1.0: as in the sample.
    pub defects: f64,
    /// Few names for many estates, more addresses without a road, a bad control point.
    pub hard: bool,
}

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MakeError {
    /// File system.
    #[error("无法写入“{}”：{source}。请检查路径、权限和磁盘空间", path.display())]
    File {
        /// File or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The ledger.
    #[error("无法写出台账：{0}")]
    Ledger(#[from] rust_xlsxwriter::XlsxError),
    /// A table.
    #[error("无法写出表格：{0}")]
    Csv(#[from] csv::Error),
}

pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> MakeError + '_ {
    |source| MakeError::File {
        path: path.to_owned(),
        source,
    }
}

/// Rows made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Parcels.
    pub parcels: usize,
    /// Buildings.
    pub buildings: usize,
    /// House records, second records included.
    pub houses: usize,
    /// Planted defects.
    pub defects: usize,
}

/// Writes the three offices' folders and `truth/` below `out`.
///
/// # Errors
/// A file can't be written.
pub fn make(options: &Options, out: &Path) -> Result<Counts, MakeError> {
    let mut truth = truth::Truth::create(&out.join("truth"))?;
    let share = |whole: u32, part: u32| whole / 3 + u32::from(part < whole % 3);
    let quota = |part| plan::Quota {
        parcels: share(options.parcels, part),
        houses: share(options.houses, part),
    };
    municipal::make(options, quota(0), &out.join("a-municipal"), &mut truth)?;
    miyi::make(options, quota(1), &out.join("b-miyi"), &mut truth)?;
    yanbian::make(options, quota(2), &out.join("c-yanbian"), &mut truth)?;
    truth.finish()
}
