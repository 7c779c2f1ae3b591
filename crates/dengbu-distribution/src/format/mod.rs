//! Writers of the formats. Each takes data sets one after another and their rows one by one, and
//! leaves one file: a database or workbook, or an archive of a file per data set.

mod archive;
mod delimited;
mod flat_geobuf;
mod geo_package;
mod geojson;
mod shape_file;
mod vector_text;
mod workbook;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::DistributionError;
use crate::data_set::{DataSet, Field};
use crate::place::Plane;
use crate::request::Names;
use crate::row::Row;

/// Form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// GeoPackage (OGC 12-128).
    GeoPackage,
    /// Shapefiles with dBASE tables.
    Shapefile,
    /// CSV.
    Csv,
    /// Workbook (XLSX).
    Xlsx,
    /// GeoJSON (RFC 7946).
    Geojson,
    /// FlatGeobuf.
    FlatGeobuf,
    /// VCT 3.0 (GB/T 17798).
    Vct,
}

impl Format {
    /// All.
    pub const ALL: [Self; 7] = [
        Self::GeoPackage,
        Self::Shapefile,
        Self::Csv,
        Self::Xlsx,
        Self::Geojson,
        Self::FlatGeobuf,
        Self::Vct,
    ];

    /// Name for people.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::GeoPackage => "GeoPackage",
            Self::Shapefile => "Shapefile（压缩包）",
            Self::Csv => "CSV（压缩包）",
            Self::Xlsx => "Excel 工作簿",
            Self::Geojson => "GeoJSON（压缩包）",
            Self::FlatGeobuf => "FlatGeobuf（压缩包）",
            Self::Vct => "VCT 3.0 国家标准交换格式",
        }
    }

    /// Ending of the file's name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::GeoPackage => "gpkg",
            Self::Xlsx => "xlsx",
            Self::Vct => "vct",
            _ => "zip",
        }
    }

    /// Media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::GeoPackage => "application/geopackage+sqlite3",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Vct => "application/octet-stream",
            _ => "application/zip",
        }
    }
}

/// What a writer knows beforehand.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Headings.
    pub names: Names,
    /// Coordinate system.
    pub plane: Plane,
    /// Day of the data, `YYYYMMDD`.
    pub day: String,
}

impl Setting {
    /// Name of a data set's table.
    #[must_use]
    pub fn table(&self, set: &DataSet) -> String {
        match self.names {
            Names::Standard => set.table.clone(),
            Names::Chinese => set.title.clone(),
        }
    }

    /// Heading of a field.
    #[must_use]
    pub fn heading<'a>(&self, field: &'a Field) -> &'a str {
        match self.names {
            Names::Standard => &field.code,
            Names::Chinese => &field.title,
        }
    }
}

/// Takes data sets and rows, and leaves a file.
pub trait Writer: Send {
    /// Begins a data set; rows that follow are its rows.
    ///
    /// # Errors
    /// The file cannot be written.
    fn begin(&mut self, set: &'static DataSet) -> Result<(), DistributionError>;

    /// A row of the data set begun last.
    ///
    /// # Errors
    /// The file cannot be written.
    fn row(&mut self, row: &Row) -> Result<(), DistributionError>;

    /// Closes the file; `notes` go with it where the format has a place for them (lines of text).
    ///
    /// # Errors
    /// The file cannot be written.
    fn finish(self: Box<Self>, notes: &[String]) -> Result<(), DistributionError>;
}

/// A writer of this format into a new file; `sets` are the data sets that will be begun.
///
/// # Errors
/// The file cannot be made.
pub fn writer(
    format: Format,
    setting: Setting,
    sets: &[&'static DataSet],
    path: &Path,
) -> Result<Box<dyn Writer>, DistributionError> {
    Ok(match format {
        Format::GeoPackage => Box::new(geo_package::GeoPackage::new(setting, path)?),
        Format::Shapefile => Box::new(shape_file::Shapefiles::new(setting, path)?),
        Format::Csv => Box::new(delimited::Csvs::new(setting, path)?),
        Format::Xlsx => Box::new(workbook::Xlsx::new(setting, path)),
        Format::Geojson => Box::new(geojson::GeoJsons::new(setting, path)?),
        Format::FlatGeobuf => Box::new(flat_geobuf::FlatGeobufs::new(setting, path)?),
        Format::Vct => Box::new(vector_text::Vct::new(setting, sets, path)?),
    })
}

/// A library's error as ours.
fn failed(e: impl std::fmt::Display) -> DistributionError {
    DistributionError::File(e.to_string())
}
