//! Rows with named fields, and CSV files as such rows.

use crate::error::{LegacyError, read_bytes};
use crate::files::file_sm3;
use crate::finding::{At, FindingClass, Findings};
use crate::records::OfficeRecords;
use encoding_rs::Encoding;
use std::collections::HashMap;
use std::path::Path;

/// One row of any of the sources: field texts by heading, and where it stood.
#[derive(Debug, Clone)]
pub struct Row {
    /// Line of the file or number of the record, counted from 1.
    pub line: usize,
    fields: Vec<String>,
    index: std::sync::Arc<HashMap<String, usize>>,
}

impl Row {
    /// The field's text, trimmed; empty when there is no such field.
    pub fn get(&self, name: &str) -> &str {
        self.index
            .get(name)
            .and_then(|i| self.fields.get(*i))
            .map_or("", |s| s.trim())
    }

    /// Whether the table has such a field at all.
    pub fn has(&self, name: &str) -> bool {
        self.index.contains_key(name)
    }

    pub(crate) fn new(
        line: usize,
        fields: Vec<String>,
        index: std::sync::Arc<HashMap<String, usize>>,
    ) -> Self {
        Self {
            line,
            fields,
            index,
        }
    }
}

/// All readable rows of one table and how many the file holds.
#[derive(Debug, Default)]
pub struct Table {
    /// The rows that could be read.
    pub rows: Vec<Row>,
    /// Rows in the file, unreadable ones among them.
    pub read: usize,
}

/// What a table is called in findings.
#[derive(Debug, Clone, Copy)]
pub struct TableName {
    /// Office folder (a-municipal).
    pub source: &'static str,
    /// Table (FC_HOUSE).
    pub table: &'static str,
    /// The column that identifies a row.
    pub key: &'static str,
}

/// Decodes a text file; characters that the encoding doesn't know become U+FFFD and are found
/// again row by row.
pub fn decode(bytes: &[u8], encoding: &'static Encoding) -> String {
    encoding.decode_with_bom_removal(bytes).0.into_owned()
}

/// The line a record begins on, from 1. Behind CR LF the reader's own count is still that of the
/// line before.
fn line_of(text: &str, position: &csv::Position) -> usize {
    let line = usize::try_from(position.line()).unwrap_or(usize::MAX);
    let at = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    line + usize::from(text.as_bytes().get(at) == Some(&b'\n'))
}

/// Reads a CSV file with one heading row that must hold `columns`.
pub fn read_csv(
    file: &Path,
    encoding: &'static Encoding,
    columns: &[&str],
    name: TableName,
    findings: &mut Findings,
) -> Result<Table, LegacyError> {
    let text = decode(&read_bytes(file)?, encoding);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let headings = reader
        .headers()
        .map_err(|e| LegacyError::damaged(file, Some(1), format!("表头无法读取（{e}）")))?
        .clone();
    for column in columns {
        if !headings.iter().any(|h| h.trim() == *column) {
            return Err(LegacyError::damaged(
                file,
                Some(1),
                format!("表头缺少“{column}”列"),
            ));
        }
    }
    let index = std::sync::Arc::new(
        headings
            .iter()
            .enumerate()
            .map(|(i, h)| (h.trim().to_owned(), i))
            .collect::<HashMap<_, _>>(),
    );
    let mut table = Table::default();
    for record in reader.records() {
        table.read += 1;
        let record = record.map_err(|e| {
            LegacyError::damaged(
                file,
                e.position().and_then(|p| usize::try_from(p.line()).ok()),
                format!("记录无法读取（{e}）"),
            )
        })?;
        let line = record
            .position()
            .map_or(table.read + 1, |p| line_of(&text, p));
        let fields: Vec<String> = record.iter().map(str::to_owned).collect();
        let what = if fields.len() != headings.len() {
            Some(format!(
                "第 {line} 行有 {} 个字段，应为 {} 个，该行未读取",
                fields.len(),
                headings.len()
            ))
        } else if fields.iter().any(|f| f.contains('\u{fffd}')) {
            Some(format!("第 {line} 行有无法识别的字符，该行未读取"))
        } else {
            None
        };
        let row = Row::new(line, fields, index.clone());
        match what {
            Some(message) => findings.add(
                FindingClass::RowUnreadable,
                At::new(name.source, name.table, row.get(name.key)),
                ("", ""),
                message,
            ),
            None => table.rows.push(row),
        }
    }
    Ok(table)
}

/// What a CSV table must look like.
pub struct CsvLayout {
    /// Name of table and file.
    pub name: &'static str,
    /// The column that identifies a row.
    pub key: &'static str,
    /// Columns that must be there.
    pub columns: &'static [&'static str],
}

/// Reads the table of a layout from its folder and books it in the records.
pub fn read_layout(
    dir: &Path,
    source: &'static str,
    encoding: &'static Encoding,
    layout: &CsvLayout,
    records: &mut OfficeRecords,
    findings: &mut Findings,
) -> Result<Vec<Row>, LegacyError> {
    let file = dir.join(format!("{}.csv", layout.name));
    let name = TableName {
        source,
        table: layout.name,
        key: layout.key,
    };
    let table = read_csv(&file, encoding, layout.columns, name, findings)?;
    records.read.push((layout.name, table.read));
    records.files.push((layout.name, file_sm3(&file)?));
    Ok(table.rows)
}
