//! What other systems left behind, opened as tables of records: CSV and Excel ledgers, shapefiles,
//! GeoPackage, GeoJSON, DXF, Access, VCT 3.0, tables of databases, exchange messages.
//!
//! A [`Source`] is a file, a folder or a database connection; it has tables ([`TableInfo`]: fields,
//! encoding with its evidence, file, digest); [`Source::records`] streams the records of one table
//! as `Result<Record, BrokenRecord>`. A broken record says file, line and reason in Chinese and the
//! rest goes on. The values stand as they were written: what they mean is the mapping's business.
//!
//! Invariants
//! - nothing here knows the register or the standard's tables; nothing is written but VCT files;
//! - every reader holds one record at a time (DXF, XLS and the shared texts of a workbook aside,
//!   which are limited), so a file of gigabytes needs no more memory than a small one;
//! - every reader has limits ([`Limits`]) and no input makes it panic;
//! - coordinates are those of the file, in the order of the file.
//!
//! Map
//! - [`source`]: opening; [`record`]: what comes out; [`error`], [`limits`];
//! - `text`: encodings guessed, lines read; `delimited`: CSV and TSV;
//! - `workbook`: XLSX and XLS; `heading`: multi-row headings;
//! - `shapefile` over `dbase` and `shapes`; `rings`: rings to polygons;
//! - `geopackage`, `sqlite`, `wkb`; `geojson`; `dxf`; `access`; `database`; `exchange`;
//! - [`vct`]: VCT 3.0, reader and writer.

mod curves;
mod dbase;
mod delimited;
pub mod error;
mod heading;
pub mod limits;
pub mod record;
mod rings;
mod shapefile;
mod shapes;
pub mod source;
mod text;
mod threaded;
pub mod vct;
mod workbook;

pub use error::{BrokenRecord, SourceError};
pub use limits::Limits;
pub use record::{Cell, Field, FieldKind, Record, Remark};
pub use source::{EncodingGuess, Format, OpenOptions, Records, Skipped, Source, TableInfo};
