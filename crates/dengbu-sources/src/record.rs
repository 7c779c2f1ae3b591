//! Records as the readers give them.

use std::borrow::Cow;
use std::str::FromStr;
use std::sync::Arc;

use chrono::NaiveDateTime;
use geo_types::Geometry;
use rust_decimal::Decimal;
use serde::Serialize;

/// Kind of a field as its format declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Text, or a format that declares nothing.
    Text,
    /// Number.
    Number,
    /// Day, or day and time.
    Date,
    /// Yes or no.
    Truth,
    /// Bytes that no cell holds (pictures, scans).
    Binary,
}

/// A field of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Name as written; headings of several rows are joined with `·` (房屋状况·建筑面积(㎡)).
    pub name: String,
    /// Declared kind.
    pub kind: FieldKind,
}

impl Field {
    pub(crate) fn text(name: impl Into<String>) -> Self {
        Self::new(name, FieldKind::Text)
    }

    pub(crate) fn new(name: impl Into<String>, kind: FieldKind) -> Self {
        Self {
            name: name.into(),
            kind,
        }
    }
}

/// A value as it stands in the source.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Text, outer blanks kept.
    Text(String),
    /// Number.
    Number(Decimal),
    /// Day and time; midnight where the format knows days only.
    Date(NaiveDateTime),
}

impl Cell {
    /// The text as it would be typed: dates as `2015-09-14`, with the time where there is one.
    #[must_use]
    pub fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(t) => Cow::Borrowed(t),
            Self::Number(n) => Cow::Owned(n.to_string()),
            Self::Date(d) if d.time() == chrono::NaiveTime::MIN => {
                Cow::Owned(d.format("%Y-%m-%d").to_string())
            }
            Self::Date(d) => Cow::Owned(d.format("%Y-%m-%d %H:%M:%S").to_string()),
        }
    }

    /// Nothing, or blanks only.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(t) => t.trim().is_empty(),
            _ => false,
        }
    }

    pub(crate) fn from_text(text: &str) -> Self {
        if text.is_empty() {
            Self::Empty
        } else {
            Self::Text(text.to_owned())
        }
    }

    /// A number written out; text where it is none.
    pub(crate) fn from_number_text(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Empty;
        }
        Decimal::from_str(text)
            .or_else(|_| Decimal::from_scientific(text))
            .map_or_else(|_| Self::Text(text.to_owned()), Self::Number)
    }

    /// A binary floating point number by its shortest text (68.23999999999999 stays that).
    pub(crate) fn from_float(value: f64) -> Self {
        if value.is_finite() {
            Self::from_number_text(&value.to_string())
        } else {
            Self::Empty
        }
    }
}

/// Something a reader did to a record that a person should know of (a formula's saved result
/// taken, half a character cut off, a shape left out).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Index of the field; `None`: the shape.
    pub field: Option<usize>,
    /// What, in Chinese.
    pub text: String,
}

impl Remark {
    pub(crate) fn on_field(field: usize, text: impl Into<String>) -> Self {
        Self {
            field: Some(field),
            text: text.into(),
        }
    }

    pub(crate) fn on_shape(text: impl Into<String>) -> Self {
        Self {
            field: None,
            text: text.into(),
        }
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// Line of the file, row of the sheet, number of the record or feature, from 1.
    pub number: u64,
    /// Part of the table it stood in: the sheet where sheets of the same heading make one table,
    /// the file where many files do.
    pub part: Option<Arc<str>>,
    /// Values in the order of the table's fields.
    pub cells: Vec<Cell>,
    /// Shape in the file's coordinates.
    pub geometry: Option<Geometry<f64>>,
    /// What the reader did.
    pub remarks: Vec<Remark>,
}

impl Record {
    /// The cell of a field; empty past the end.
    #[must_use]
    pub fn cell(&self, field: usize) -> &Cell {
        static EMPTY: Cell = Cell::Empty;
        self.cells.get(field).unwrap_or(&EMPTY)
    }
}
