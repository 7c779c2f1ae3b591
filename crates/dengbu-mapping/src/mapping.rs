//! What a mapping says.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::fault::Faults;
use crate::transform::Transform;

/// Coordinate system of a source's shapes, as declared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Crs {
    /// `cgcs2000`, `xian80`, `beijing54`, `wgs84` or `local`.
    pub datum: String,
    /// `geographic` (degrees), `gauss_kruger_3`, `gauss_kruger_6` or `plane`.
    pub kind: String,
    /// Central meridian in degrees.
    pub meridian: Option<f64>,
    /// Zone number stands before the easting (34498041.46).
    pub zone_prefix: bool,
    /// Order of the numbers in the file: `east_north` or `north_east`.
    pub axes: String,
    /// Points known in the source's system and in CGCS2000.
    pub control: Option<ControlPoints>,
}

/// Where control points stand in the source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ControlPoints {
    /// Table of the source.
    pub table: String,
    /// Field with the point's name.
    pub name: String,
    /// Fields with east and north in the source's system.
    pub from: [String; 2],
    /// Fields with east and north in CGCS2000, degrees of `meridian` without zone number.
    pub to: [String; 2],
    /// Central meridian of the CGCS2000 coordinates.
    pub meridian: f64,
}

/// A mapping file.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// The file, for messages.
    pub file: String,
    /// Source (a-municipal), as in the results.
    pub source: String,
    /// Its name for people.
    pub name: String,
    /// 区县代码 that rows get which name none.
    pub county: Option<String>,
    /// Coordinate system.
    pub crs: Option<Crs>,
    /// Names of this source for codes, by list.
    pub synonyms: BTreeMap<String, BTreeMap<String, String>>,
    /// Tables.
    pub tables: Vec<TableMapping>,
}

/// How a table of the source is mapped.
#[derive(Debug, Clone, PartialEq)]
pub struct TableMapping {
    /// Its line in the file.
    pub line: usize,
    /// Table of the source.
    pub from: String,
    /// What it is called in the results.
    pub name: String,
    /// Encoding, where the guess is wrong.
    pub encoding: Option<String>,
    /// What identifies a record there (`HOUSE_ID`, `{$part}!{序号}`).
    pub id: Text,
    /// Records to leave aside: field and values (序号 合计).
    pub skip: Vec<(Name, Vec<String>)>,
    /// Standard rows made of each record.
    pub rows: Vec<RowMapping>,
}

/// One standard row of a record, or several.
#[derive(Debug, Clone, PartialEq)]
pub struct RowMapping {
    /// Line in the file.
    pub line: usize,
    /// Standard table (H).
    pub table: String,
    /// Several rows: of what.
    pub each: Option<Each>,
    /// Only when this field says one of these.
    pub when: Option<(Name, Vec<String>)>,
    /// Whether the record's shape belongs to this row.
    pub shape: bool,
    /// Fields.
    pub fields: Vec<FieldMapping>,
}

/// Rows for every …
#[derive(Debug, Clone, PartialEq)]
pub enum Each {
    /// Holder of 张三、李四 with numbers and shares in the same order.
    Holders {
        /// Names.
        names: Name,
        /// Identity numbers.
        ids: Option<Name>,
        /// Kinds of document.
        kinds: Option<Name>,
        /// Shares.
        shares: Option<Name>,
    },
    /// Mortgage told in free text.
    Mortgages(Name),
    /// Seizure told in free text.
    Seizures(Name),
}

/// A standard field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldMapping {
    /// Field code (SCJZMJ).
    pub to: String,
    /// Where the text comes from.
    pub text: Text,
    /// Take one part of it: separator and number from 0.
    pub part: Option<(String, usize)>,
    /// How it is read.
    pub transform: Transform,
    /// Field that tells the unit of an amount or area.
    pub unit_from: Option<Name>,
}

/// A field's name in the source and the line of the mapping it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Name, or `$part`, `$line`, `$file`.
    pub text: String,
    /// Line.
    pub line: usize,
}

/// A text put together of fields and fixed parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub Vec<Piece>);

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Fixed(String),
    /// A field's value.
    Field(Name),
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// [`Faults`]: all that is wrong, with lines.
    pub fn parse(text: &str, file: &str) -> Result<Self, Faults> {
        crate::parse::parse(text, file)
    }

    /// The mapping of a table of the source.
    #[must_use]
    pub fn table(&self, from: &str) -> Option<&TableMapping> {
        self.tables.iter().find(|t| t.from == from)
    }
}

impl TableMapping {
    /// Field whose value alone is the identifier, when it is one field.
    #[must_use]
    pub fn id_field(&self) -> Option<&str> {
        match self.id.0.as_slice() {
            [Piece::Field(name)] => Some(&name.text),
            _ => None,
        }
    }
}
