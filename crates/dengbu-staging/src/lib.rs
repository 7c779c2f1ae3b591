//! The staging area of data fusion (数据融合整理建库): what the offices' files hold, mapped to the
//! tables and field codes of the national database standard (TD/T 1066), before anything enters
//! the register.
//!
//! One [`Table`] per standard table (ZDJBXX, ZRZ, H, FDCQ2, QLR, DYAQ, CFDJ, …) holds the rows of
//! all sources, in the order they were read. Each row keeps where it came from ([`Origin`]); each
//! cell keeps its raw text where the normalised value differs, and [`Note`]s the mapping made.
//! Values are text in the standard's form: dates `YYYY-MM-DD`, numbers with a decimal point, areas
//! in m², amounts in yuan, codes as codes. Empty text is "no value".
//!
//! Invariants
//! - pure: no files, no clock, no chance; equal pushes give equal bytes;
//! - columnar and compact: a column is one text arena with end offsets; a column nobody filled
//!   takes nothing. 500,000 houses with their rights stay well below 1 GiB;
//! - any column code may be used, those of the standard are known to [`schema`], ours begin with
//!   `X_` and are listed in [`extension`];
//! - geometry of a row is whatever the source had until the coordinate stage, which brings all of
//!   it to the CGCS2000 plane of the county (EPSG:4543 in Panzhihua: easting, northing in metres).
//!
//! How rows of a source become rows here (the mapping's part): a source row may give several
//! standard rows (a ledger line: H, FDCQ2, several QLR, perhaps DYAQ and CFDJ), all with the same
//! origin. They are tied together by keys that stand in the rows: right rows by `YWH`, houses by
//! `X_HOUSE` (the legacy id of the house's record) or `BDCDYH`, buildings by `X_BUILDING`
//! (the building's key as the source writes it) or `ZRZH`, parcels by `ZDDM` as it stands.
//!
//! Map: [`schema`] the standard's tables as data; [`mod@column`] text and sparse columns; [`table`]
//! tables and rows; [`staging`] the whole area; [`archive`] to and from bytes.

pub mod archive;
pub mod column;
pub mod extension;
pub mod schema;
pub mod staging;
pub mod table;

pub use archive::ArchiveError;
pub use column::TextColumn;
pub use schema::{Constraint, FieldDef, FieldType, Schema, TableDef};
pub use staging::{SourceFile, Staging};
pub use table::{Cell, Note, NoteKind, Origin, Record, StagingError, Table};
