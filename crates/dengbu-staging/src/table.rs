//! One standard table: columns, origins, raw texts, notes and shapes of its rows.

use std::collections::BTreeMap;

use geo_types::Geometry;
use serde::{Deserialize, Serialize};

use crate::column::{ColumnFull, SparseColumn, TextColumn};

/// Why a row can't be staged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StagingError {
    /// A column has no more room.
    #[error(transparent)]
    Full(#[from] ColumnFull),
    /// More rows than a row number can count.
    #[error("表 {0} 的行数超过 42 亿")]
    Rows(String),
}

/// Where a row came from. `source` and `file` are indices into the area's lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Folder or name of the office (a-municipal).
    pub source: String,
    /// Table as the source calls it (FC_HOUSE, 台账, 宗地).
    pub table: String,
    /// Identifier there (H100001, 红格镇!17).
    pub legacy_id: String,
    /// File, relative to the source's folder.
    pub file: String,
    /// Line or row in the file, from 1; 0: not known.
    pub line: u32,
}

/// A cell to be staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Field code (ZDDM, X_ROAD).
    pub field: String,
    /// Normalised value; empty: none.
    pub value: String,
    /// What the source had, where it differs.
    pub raw: Option<String>,
}

impl Cell {
    /// A cell whose value stands in the source as it is.
    pub fn plain(field: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            value: value.into(),
            raw: None,
        }
    }

    /// A cell with what the source had; kept only where it differs.
    pub fn with_raw(
        field: impl Into<String>,
        value: impl Into<String>,
        raw: impl Into<String>,
    ) -> Self {
        let (value, raw) = (value.into(), raw.into());
        Self {
            field: field.into(),
            raw: (raw != value).then_some(raw),
            value,
        }
    }
}

/// What the mapping saw in a cell that a rule can't see in the normalised value any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum NoteKind {
    /// A 15-digit identity number was completed to 18 (class id15).
    IdUpgraded,
    /// A code value that is in no list; the cell is empty or keeps the text (code_invalid).
    CodeInvalid,
    /// No number; the cell is empty (number_invalid).
    NumberInvalid,
    /// An amount that isn't positive or none (amount_invalid).
    AmountInvalid,
    /// No such date; the cell is empty (date_invalid).
    DateInvalid,
    /// Names, identity numbers and shares of a row do not pair up.
    HoldersUneven,
    /// A text that was read only in part (address, limits).
    PartlyRead,
    /// A share that can't be read (share_sum).
    ShareInvalid,
    /// The shape could not be read.
    GeometryInvalid,
    /// Anything else worth telling a person; no defect by itself.
    Remark,
}

impl NoteKind {
    /// The class word of `findings.csv`, where the note itself is a defect.
    pub fn class(self) -> Option<&'static str> {
        Some(match self {
            Self::IdUpgraded => "id15",
            Self::CodeInvalid => "code_invalid",
            Self::NumberInvalid => "number_invalid",
            Self::AmountInvalid => "amount_invalid",
            Self::DateInvalid => "date_invalid",
            Self::ShareInvalid => "share_sum",
            _ => return None,
        })
    }
}

/// A note on a row or one of its cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Field of this table (JZMJ); empty: the whole row.
    pub field: String,
    /// Field as the source calls it (建筑面积), for messages.
    pub source_field: String,
    /// What it is.
    pub kind: NoteKind,
    /// For people, Chinese; may be empty.
    pub text: String,
}

/// A row to be staged.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Table code (H).
    pub table: String,
    /// Where it came from.
    pub origin: Origin,
    /// Its cells; a field given twice keeps the first.
    pub cells: Vec<Cell>,
    /// Notes.
    pub notes: Vec<Note>,
    /// Its shape.
    pub geometry: Option<Geometry<f64>>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Column {
    values: TextColumn,
    raw: SparseColumn,
}

/// A list of texts with small numbers: sources, tables, files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Names(Vec<String>);

impl Names {
    fn number(&mut self, name: &str) -> u16 {
        // Names come in long runs: the last one is the likely one.
        let at = self.0.iter().rposition(|known| known == name);
        let at = at.unwrap_or_else(|| {
            self.0.push(name.to_owned());
            self.0.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    fn get(&self, number: u16) -> &str {
        self.0.get(usize::from(number)).map_or("", String::as_str)
    }
}

/// Rows of one standard table, from all sources, in the order they were read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    code: String,
    rows: u32,
    columns: BTreeMap<String, Column>,
    names: [Names; 3],
    source: Vec<u16>,
    table: Vec<u16>,
    file: Vec<u16>,
    line: Vec<u32>,
    legacy_id: TextColumn,
    notes: Vec<(u32, Note)>,
    geometry: Vec<Option<Geometry<f64>>>,
}

static EMPTY: TextColumn = TextColumn::new();

impl Table {
    /// An empty table of a code.
    pub fn new(code: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            ..Self::default()
        }
    }

    /// Table code (H).
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows as usize
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Field codes with at least one value, in order of the code.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// Values of a field; an empty column where nobody filled it.
    pub fn column(&self, field: &str) -> &TextColumn {
        self.columns.get(field).map_or(&EMPTY, |c| &c.values)
    }

    /// One value; empty: none.
    pub fn value(&self, field: &str, row: usize) -> &str {
        self.column(field).get(row)
    }

    /// What the source had in a cell: the raw text, or the value where they are the same.
    pub fn raw(&self, field: &str, row: usize) -> &str {
        let Some(column) = self.columns.get(field) else {
            return "";
        };
        let sparse = u32::try_from(row).ok().and_then(|r| column.raw.get(r));
        sparse.unwrap_or_else(|| column.values.get(row))
    }

    /// Where a row came from.
    pub fn origin(&self, row: usize) -> Origin {
        Origin {
            source: self.source(row).to_owned(),
            table: self.source_table(row).to_owned(),
            legacy_id: self.legacy_id(row).to_owned(),
            file: self.file(row).to_owned(),
            line: self.line.get(row).copied().unwrap_or(0),
        }
    }

    fn name(&self, list: usize, numbers: &[u16], row: usize) -> &str {
        match (self.names.get(list), numbers.get(row)) {
            (Some(names), Some(number)) => names.get(*number),
            _ => "",
        }
    }

    /// Source of a row (a-municipal).
    pub fn source(&self, row: usize) -> &str {
        self.name(0, &self.source, row)
    }

    /// Table of a row as the source calls it (FC_HOUSE).
    pub fn source_table(&self, row: usize) -> &str {
        self.name(1, &self.table, row)
    }

    /// File of a row.
    pub fn file(&self, row: usize) -> &str {
        self.name(2, &self.file, row)
    }

    /// Line of a row in its file; 0: not known.
    pub fn line(&self, row: usize) -> u32 {
        self.line.get(row).copied().unwrap_or(0)
    }

    /// Identifier of a row in its source.
    pub fn legacy_id(&self, row: usize) -> &str {
        self.legacy_id.get(row)
    }

    /// The whole column of identifiers.
    pub fn legacy_ids(&self) -> &TextColumn {
        &self.legacy_id
    }

    /// Shape of a row.
    pub fn geometry(&self, row: usize) -> Option<&Geometry<f64>> {
        self.geometry.get(row).and_then(Option::as_ref)
    }

    /// Whether any row has a shape.
    pub fn has_geometry(&self) -> bool {
        !self.geometry.is_empty()
    }

    /// Replaces a row's shape, as the coordinate stage does.
    pub fn set_geometry(&mut self, row: usize, geometry: Option<Geometry<f64>>) {
        if row >= self.len() {
            return;
        }
        if self.geometry.len() <= row {
            self.geometry.resize(row + 1, None);
        }
        self.geometry[row] = geometry;
    }

    /// Notes with their rows, in order of rows.
    pub fn notes(&self) -> impl Iterator<Item = (usize, &Note)> {
        self.notes.iter().map(|(row, note)| (*row as usize, note))
    }

    /// Notes of one row.
    pub fn notes_of(&self, row: usize) -> impl Iterator<Item = &Note> {
        let start = self.notes.partition_point(|(at, _)| (*at as usize) < row);
        let rest = self.notes.get(start..).unwrap_or_default();
        rest.iter()
            .take_while(move |(at, _)| *at as usize == row)
            .map(|(_, note)| note)
    }

    /// Appends a row; gives its number.
    ///
    /// # Errors
    /// A column or the table is full.
    pub fn push(&mut self, record: &Record) -> Result<usize, StagingError> {
        let row = self.rows;
        let next = row.checked_add(1);
        self.rows = next.ok_or_else(|| StagingError::Rows(self.code.clone()))?;
        let at = row as usize;
        for cell in &record.cells {
            if cell.value.is_empty() && cell.raw.is_none() {
                continue;
            }
            if !self.columns.contains_key(&cell.field) {
                self.columns.insert(cell.field.clone(), Column::default());
            }
            if let Some(column) = self.columns.get_mut(&cell.field) {
                column.values.put(at, &cell.value)?;
                if let Some(raw) = &cell.raw {
                    column.raw.put(row, raw)?;
                }
            }
        }
        let origin = &record.origin;
        self.source.push(self.names[0].number(&origin.source));
        self.table.push(self.names[1].number(&origin.table));
        self.file.push(self.names[2].number(&origin.file));
        self.line.push(origin.line);
        self.legacy_id.put(at, &origin.legacy_id)?;
        self.notes
            .extend(record.notes.iter().map(|note| (row, note.clone())));
        if record.geometry.is_some() {
            self.geometry.resize(at, None);
            self.geometry.push(record.geometry.clone());
        }
        Ok(at)
    }

    /// Puts the rows of another table of the same code behind those of this one.
    ///
    /// # Errors
    /// A column or the table is full.
    pub fn append(&mut self, other: Self) -> Result<(), StagingError> {
        let start = self.rows;
        let next = start.checked_add(other.rows);
        self.rows = next.ok_or_else(|| StagingError::Rows(self.code.clone()))?;
        for (field, column) in other.columns {
            let mine = self.columns.entry(field).or_default();
            mine.values.append(start as usize, &column.values)?;
            mine.raw.append(start, &column.raw)?;
        }
        self.legacy_id.append(start as usize, &other.legacy_id)?;
        let lists = [
            (&mut self.source, &other.source),
            (&mut self.table, &other.table),
            (&mut self.file, &other.file),
        ];
        for ((mine, theirs), (names, known)) in lists
            .into_iter()
            .zip(self.names.iter_mut().zip(&other.names))
        {
            let numbers: Vec<u16> = known.0.iter().map(|name| names.number(name)).collect();
            mine.extend(
                theirs
                    .iter()
                    .map(|n| numbers.get(usize::from(*n)).copied().unwrap_or(u16::MAX)),
            );
        }
        self.line.extend(other.line);
        self.notes.extend(
            other
                .notes
                .into_iter()
                .map(|(row, note)| (row + start, note)),
        );
        if !other.geometry.is_empty() {
            self.geometry.resize(start as usize, None);
            self.geometry.extend(other.geometry);
        }
        Ok(())
    }

    /// Replaces the values of a field; raw texts stay. How later stages write codes and links.
    pub fn set_column(&mut self, field: &str, values: TextColumn) {
        let column = self.columns.entry(field.to_owned()).or_default();
        column.values = values;
    }

    /// Bytes in memory, without the shapes' own heap.
    pub fn bytes(&self) -> usize {
        let columns = self.columns.values();
        let columns: usize = columns.map(|c| c.values.bytes() + c.raw.bytes()).sum();
        columns
            + self.legacy_id.bytes()
            + self.line.capacity() * 4
            + (self.source.capacity() + self.table.capacity() + self.file.capacity()) * 2
            + self.geometry.capacity() * size_of::<Option<Geometry<f64>>>()
    }

    /// Gives memory back that growing took in advance.
    pub fn shrink(&mut self) {
        for column in self.columns.values_mut() {
            column.values.shrink();
        }
        self.legacy_id.shrink();
        self.source.shrink_to_fit();
        self.table.shrink_to_fit();
        self.file.shrink_to_fit();
        self.line.shrink_to_fit();
    }

    /// Whether the parts fit together, asked of what was read from bytes.
    pub(crate) fn sound(&self) -> bool {
        let rows = self.len();
        let mut columns = self.columns.values();
        [
            self.source.len(),
            self.table.len(),
            self.file.len(),
            self.line.len(),
        ] == [rows; 4]
            && self.geometry.len() <= rows
            && self.legacy_id.sound()
            && columns.all(|c| c.values.len() <= rows && c.values.sound() && c.raw.sound())
    }
}
