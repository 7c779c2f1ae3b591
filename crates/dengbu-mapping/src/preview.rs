//! What a mapping would do, shown before it is done: for the workbench and the command line.

use chrono::NaiveDate;
use dengbu_sources::{BrokenRecord, Source};
use dengbu_staging::Schema;
use serde::Serialize;

use crate::fault::{Fault, Faults, unknown};
use crate::mapping::Mapping;
use crate::transform::Seen;

/// Records of a table before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preview {
    /// Table of the source.
    pub table: String,
    /// Names of its fields.
    pub fields: Vec<String>,
    /// Records.
    pub rows: Vec<PreviewRow>,
    /// Records that could not be read, met on the way.
    pub broken: Vec<BrokenRecord>,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PreviewRow {
    /// Line, row or number.
    pub line: u64,
    /// Sheet or file, where a table has several.
    pub part: Option<String>,
    /// What stands in the source, in the order of the fields.
    pub before: Vec<String>,
    /// Identifier the mapping gives it.
    pub legacy_id: String,
    /// Rows it becomes; none when the mapping leaves it aside.
    pub after: Vec<PreviewAfter>,
}

/// A standard row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PreviewAfter {
    /// Standard table.
    pub table: String,
    /// Its name in Chinese.
    pub table_name: String,
    /// Cells.
    pub cells: Vec<PreviewCell>,
    /// Whether the shape belongs to it.
    pub shape: bool,
    /// What was seen.
    pub seen: Vec<Seen>,
}

/// A cell of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewCell {
    /// Field code.
    pub field: String,
    /// Its name in Chinese.
    pub name: String,
    /// Value.
    pub value: String,
    /// What the source had, where it differs.
    pub raw: Option<String>,
}

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreviewError {
    /// The mapping is wrong.
    #[error(transparent)]
    Mapping(#[from] Faults),
    /// The mapping says nothing of the table.
    #[error("对照文件没有写明来源表“{0}”如何对照")]
    Unmapped(String),
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] dengbu_sources::SourceError),
}

/// Applies a mapping to the first `count` records of a table.
///
/// # Errors
/// [`PreviewError`].
pub fn preview(
    mapping_text: &str,
    file: &str,
    source: &Source,
    table: &str,
    count: usize,
    today: NaiveDate,
) -> Result<Preview, PreviewError> {
    let mapping = Mapping::parse(mapping_text, file)?;
    let of_table = mapping
        .table(table)
        .ok_or_else(|| PreviewError::Unmapped(table.to_owned()))?;
    let mut out = Preview {
        table: table.to_owned(),
        fields: Vec::new(),
        rows: Vec::new(),
        broken: Vec::new(),
    };
    let records = source.records(table)?;
    let Some(info) = source.table(table) else {
        return Ok(out);
    };
    let bound = mapping.bind(of_table, info)?;
    out.fields = info.fields.iter().map(|f| f.name.clone()).collect();
    for record in records {
        if out.rows.len() + out.broken.len() >= count {
            break;
        }
        match record {
            Err(broken) => out.broken.push(broken),
            Ok(record) => {
                let mapped = bound.apply(&record, today);
                out.rows.push(PreviewRow {
                    line: record.number,
                    part: record.part.as_deref().map(str::to_owned),
                    before: record
                        .cells
                        .iter()
                        .map(|c| c.as_text().into_owned())
                        .collect(),
                    legacy_id: mapped.origin.legacy_id,
                    after: mapped.rows.into_iter().map(after).collect(),
                });
            }
        }
    }
    Ok(out)
}

fn after(row: crate::rows::MappedRow) -> PreviewAfter {
    let def = Schema::standard().table(&row.table);
    PreviewAfter {
        table_name: def.map_or_else(String::new, |d| d.name_zh.clone()),
        cells: row
            .cells
            .into_iter()
            .map(|c| PreviewCell {
                name: crate::outline::field_name(def, &c.field),
                field: c.field,
                value: c.value,
                raw: c.raw,
            })
            .collect(),
        shape: row.geometry.is_some(),
        seen: row.seen,
        table: row.table,
    }
}

/// All that is wrong with a mapping for a source: its form, tables and fields that are not there.
/// Empty: nothing.
#[must_use]
pub fn check(mapping_text: &str, file: &str, source: &Source) -> Vec<Fault> {
    let mapping = match Mapping::parse(mapping_text, file) {
        Ok(mapping) => mapping,
        Err(Faults(faults)) => return faults,
    };
    let known: Vec<&str> = source.tables().map(|t| t.name.as_str()).collect();
    let mut faults = Vec::new();
    for table in &mapping.tables {
        if source.table(&table.from).is_none() {
            faults.push(Fault {
                file: file.to_owned(),
                line: table.line,
                text: format!("来源{}", unknown("表", &table.from, &known)),
            });
        }
    }
    faults.extend(missing_fields(&mapping, source));
    faults.sort_by_key(|f| f.line);
    if let Some(control) = mapping.crs.as_ref().and_then(|c| c.control.as_ref()) {
        match source.table(&control.table) {
            None => faults.push(Fault {
                file: file.to_owned(),
                line: 1,
                text: format!("控制点：来源{}", unknown("表", &control.table, &known)),
            }),
            Some(info) => {
                let names = std::iter::once(&control.name)
                    .chain(&control.from)
                    .chain(&control.to);
                faults.extend(
                    names
                        .filter_map(|n| crate::bind::find(info, n).err())
                        .map(|text| Fault {
                            file: file.to_owned(),
                            line: 1,
                            text: format!("控制点表“{}”{text}", control.table),
                        }),
                );
            }
        }
    }
    faults
}

/// Fields a mapping names in tables that are there, and the tables have not.
#[must_use]
pub fn missing_fields(mapping: &Mapping, source: &Source) -> Vec<Fault> {
    mapping
        .tables
        .iter()
        .filter_map(|table| mapping.bind(table, source.table(&table.from)?).err())
        .flat_map(|Faults(found)| found)
        .collect()
}
