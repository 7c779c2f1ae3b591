//! The Excel ledger: a sheet per town, a title row, two heading rows with merged cells.

use super::table::{Row, Table};
use crate::error::LegacyError;
use calamine::{Data, Reader, Xlsx};
use std::collections::HashMap;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

/// Rows of one sheet.
#[derive(Debug)]
pub struct Sheet {
    /// The sheet's name: the town.
    pub name: String,
    /// Its rows, fields by the lower heading (the upper one where there is no lower).
    pub table: Table,
}

/// Reads every sheet. The heading is the row that begins with 序号 and the row below it.
pub fn read(file: &Path, columns: &[&str]) -> Result<Vec<Sheet>, LegacyError> {
    let bytes = crate::error::read_bytes(file)?;
    let bad = |e: &dyn std::fmt::Display| {
        LegacyError::damaged(file, None, format!("不是完整的 Excel 工作簿（{e}）"))
    };
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| bad(&e))?;
    let mut out = Vec::new();
    for name in book.sheet_names().clone() {
        let range = book.worksheet_range(&name).map_err(|e| bad(&e))?;
        let rows: Vec<Vec<String>> = range.rows().map(|r| r.iter().map(cell).collect()).collect();
        let offset = range
            .start()
            .map_or(0, |(row, _)| usize::try_from(row).unwrap_or(0))
            + 1;
        out.push(Sheet {
            table: sheet(file, &name, &rows, offset, columns)?,
            name,
        });
    }
    Ok(out)
}

fn sheet(
    file: &Path,
    name: &str,
    rows: &[Vec<String>],
    offset: usize,
    columns: &[&str],
) -> Result<Table, LegacyError> {
    let head = rows
        .iter()
        .position(|r| r.first().is_some_and(|c| c.trim() == "序号"))
        .filter(|h| h + 1 < rows.len())
        .ok_or_else(|| {
            LegacyError::damaged(file, None, format!("工作表“{name}”没有以“序号”开头的表头"))
        })?;
    let index: HashMap<String, usize> = (0..rows[head].len())
        .map(|i| {
            let lower = rows[head + 1].get(i).map_or("", |s| s.trim());
            let text = if lower.is_empty() {
                rows[head][i].trim()
            } else {
                lower
            };
            // 建筑面积(㎡): the unit belongs to the reading, not to the name.
            (text.split(['(', '（']).next().unwrap_or(text).to_owned(), i)
        })
        .collect();
    for column in columns {
        if !index.contains_key(*column) {
            return Err(LegacyError::damaged(
                file,
                Some(head + offset),
                format!("工作表“{name}”的表头缺少“{column}”"),
            ));
        }
    }
    let index = Arc::new(index);
    let mut table = Table::default();
    for (i, fields) in rows.iter().enumerate().skip(head + 2) {
        if fields.iter().all(|f| f.trim().is_empty()) {
            continue;
        }
        table.read += 1;
        table
            .rows
            .push(Row::new(i + offset, fields.clone(), index.clone()));
    }
    Ok(table)
}

fn cell(data: &Data) -> String {
    match data {
        Data::Empty | Data::Error(_) => String::new(),
        Data::DateTime(d) => {
            let (year, month, day, ..) = d.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        other => other.to_string(),
    }
}
