//! Tables of SQLite databases, and what GeoPackage shares with them.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::error::{BrokenRecord, SourceError};
use crate::record::{Cell, Field, FieldKind, Record, Remark};
use crate::source::{Entry, FileAt, Format, Open, OpenOptions, Records, TableInfo};
use crate::wkb;

/// Rows fetched at a time.
const BATCH: i64 = 512;

/// Opens a database: every table and view a table.
pub fn open(file: &FileAt, options: &OpenOptions) -> Result<Vec<Entry>, SourceError> {
    let connection = connect(&file.path)?;
    let bad = |e: rusqlite::Error| damaged(&file.path, &e);
    let mut names = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name")
        .map_err(bad)?;
    let names: Vec<String> = names
        .query_map([], |r| r.get(0))
        .and_then(Iterator::collect)
        .map_err(bad)?;
    let mut entries = Vec::new();
    for name in names {
        let layer = Layer {
            table: name.clone(),
            geometry: None,
        };
        entries.push(entry(
            &connection,
            file,
            layer,
            Format::Sqlite,
            None,
            options,
        )?);
    }
    Ok(entries)
}

/// Opens a file for reading only.
pub fn connect(path: &Path) -> Result<Connection, SourceError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| damaged(path, &e))?;
    // Views of a foreign file may call no function that reaches out of it.
    connection
        .execute_batch(
            "PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; PRAGMA cell_size_check = ON;",
        )
        .map_err(|e| damaged(path, &e))?;
    Ok(connection)
}

/// The file as a whole cannot be read.
pub fn damaged(path: &Path, error: &rusqlite::Error) -> SourceError {
    SourceError::damaged(path, format!("不是完整的 SQLite 数据库（{error}）"))
}

/// A table and its geometry column.
#[derive(Debug, Clone)]
pub struct Layer {
    pub table: String,
    pub geometry: Option<String>,
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What is known of a table.
pub fn entry(
    connection: &Connection,
    file: &FileAt,
    layer: Layer,
    format: Format,
    crs: Option<String>,
    options: &OpenOptions,
) -> Result<Entry, SourceError> {
    let bad = |e: rusqlite::Error| damaged(&file.path, &e);
    let sql = format!("PRAGMA table_info({})", quoted(&layer.table));
    let mut statement = connection.prepare(&sql).map_err(bad)?;
    let columns: Vec<(String, String)> = statement
        .query_map([], |r| {
            Ok((
                r.get(1)?,
                r.get::<_, Option<String>>(2)?.unwrap_or_default(),
            ))
        })
        .and_then(Iterator::collect)
        .map_err(bad)?;
    if columns.len() > options.limits.fields {
        return Err(SourceError::too_large(
            &file.path,
            format!("表“{}”的字段过多", layer.table),
        ));
    }
    let mut info = TableInfo::new(&layer.table, file, format);
    info.fields = columns
        .iter()
        .filter(|(n, _)| Some(n) != layer.geometry.as_ref())
        .map(|(n, declared)| Field::new(n.clone(), kind(declared)))
        .collect();
    info.shapes = layer.geometry.is_some();
    info.crs = crs;
    let open = Table {
        file: file.clone(),
        names: info.fields.iter().map(|f| f.name.clone()).collect(),
        kinds: info.fields.iter().map(|f| f.kind).collect(),
        layer,
        points_max: options.limits.points,
    };
    Ok(Entry {
        info,
        open: Box::new(open),
    })
}

fn kind(declared: &str) -> FieldKind {
    let d = declared.to_ascii_uppercase();
    let any = |words: &[&str]| words.iter().any(|w| d.contains(w));
    if any(&["BOOL"]) {
        FieldKind::Truth
    } else if any(&["DATE", "TIME"]) {
        FieldKind::Date
    } else if any(&["INT", "REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL"]) {
        FieldKind::Number
    } else if any(&["BLOB"]) {
        FieldKind::Binary
    } else {
        FieldKind::Text
    }
}

struct Table {
    file: FileAt,
    names: Vec<String>,
    kinds: Vec<FieldKind>,
    layer: Layer,
    points_max: usize,
}

impl Open for Table {
    fn records(&self) -> Result<Records, SourceError> {
        let connection = connect(&self.file.path)?;
        let table = quoted(&self.layer.table);
        let mut columns: Vec<String> = self.names.iter().map(|n| quoted(n)).collect();
        columns.extend(self.layer.geometry.as_ref().map(|g| quoted(g)));
        // Tables without row numbers and views are read on by their order.
        let by_rowid = connection
            .prepare(&format!("SELECT rowid FROM {table} LIMIT 0"))
            .is_ok();
        let columns = columns.join(", ");
        let sql = if by_rowid {
            format!("SELECT rowid, {columns} FROM {table} WHERE rowid > ?1 ORDER BY rowid LIMIT ?2")
        } else {
            format!("SELECT 0, {columns} FROM {table} LIMIT ?2 OFFSET ?1")
        };
        let mut rows = Rows {
            connection,
            sql,
            by_rowid,
            last: if by_rowid { i64::MIN } else { 0 },
            number: 0,
            ended: false,
            kinds: self.kinds.clone(),
            shaped: self.layer.geometry.is_some(),
            points_max: self.points_max,
            shown: self.file.shown.clone(),
            batch: Vec::new().into_iter(),
        };
        Ok(Box::new(std::iter::from_fn(move || rows.next_row())))
    }
}

type Item = Result<Record, BrokenRecord>;

struct Rows {
    connection: Connection,
    sql: String,
    by_rowid: bool,
    last: i64,
    number: u64,
    ended: bool,
    kinds: Vec<FieldKind>,
    shaped: bool,
    points_max: usize,
    shown: String,
    batch: std::vec::IntoIter<Item>,
}

impl Rows {
    fn next_row(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.batch.next() {
                return Some(item);
            }
            if self.ended {
                return None;
            }
            match self.fetch() {
                Ok(batch) => {
                    self.ended = i64::try_from(batch.len()).is_ok_and(|n| n < BATCH);
                    self.batch = batch.into_iter();
                }
                Err(e) => {
                    self.ended = true;
                    let reason = format!("从此处起无法读取（{e}）");
                    return Some(Err(BrokenRecord::new(&self.shown, self.number + 1, reason)));
                }
            }
        }
    }

    fn fetch(&mut self) -> rusqlite::Result<Vec<Item>> {
        let mut statement = self.connection.prepare_cached(&self.sql)?;
        let mut rows = statement.query((self.last, BATCH))?;
        let mut out = Vec::new();
        let (mut number, mut last) = (self.number, self.last);
        while let Some(row) = rows.next()? {
            number += 1;
            last = if self.by_rowid { row.get(0)? } else { last + 1 };
            let mut record = Record {
                number,
                ..Record::default()
            };
            for (i, kind) in self.kinds.iter().enumerate() {
                let cell = match cell(row.get_ref(i + 1)?, *kind) {
                    Ok(cell) => cell,
                    Err(why) => {
                        record.remarks.push(Remark::on_field(i, why));
                        Cell::Empty
                    }
                };
                record.cells.push(cell);
            }
            if self.shaped {
                match row.get_ref(self.kinds.len() + 1)? {
                    ValueRef::Blob(blob) => match wkb::geopackage(blob, self.points_max) {
                        Ok(geometry) => record.geometry = geometry,
                        Err(why) => record.remarks.push(Remark::on_shape(why)),
                    },
                    ValueRef::Null => {}
                    _ => record
                        .remarks
                        .push(Remark::on_shape("几何字段不是二进制数据")),
                }
            }
            out.push(Ok(record));
        }
        (self.number, self.last) = (number, last);
        Ok(out)
    }
}

fn cell(value: ValueRef<'_>, kind: FieldKind) -> Result<Cell, &'static str> {
    Ok(match value {
        ValueRef::Null => Cell::Empty,
        ValueRef::Integer(n) if kind == FieldKind::Truth => {
            Cell::Text(if n == 0 { "否" } else { "是" }.to_owned())
        }
        ValueRef::Integer(n) => Cell::Number(n.into()),
        ValueRef::Real(n) => Cell::from_float(n),
        ValueRef::Text(t) => {
            let text = std::str::from_utf8(t).map_err(|_| "文字不是 UTF-8，未读取")?;
            match kind {
                FieldKind::Date => date(text),
                FieldKind::Number => Cell::from_number_text(text),
                _ => Cell::from_text(text),
            }
        }
        ValueRef::Blob(_) => Cell::Empty,
    })
}

/// A day as ISO text; any other text stays.
pub fn date(text: &str) -> Cell {
    let time = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.fZ",
    ]
    .iter()
    .find_map(|f| chrono::NaiveDateTime::parse_from_str(text, f).ok());
    time.or_else(|| {
        chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .map(Into::into)
    })
    .map_or_else(|| Cell::from_text(text), Cell::Date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_views_and_kinds() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.sqlite");
        let c = Connection::open(&path).unwrap();
        c.execute_batch(
            "CREATE TABLE \"房 屋\" (编号 TEXT PRIMARY KEY, 面积 REAL, 日期 DATE, 有效 BOOLEAN) WITHOUT ROWID;
             INSERT INTO \"房 屋\" VALUES ('F1', 90.5, '2015-09-04', 1), ('F2', NULL, '不详', 0);
             CREATE VIEW 全部 AS SELECT 编号 FROM \"房 屋\";
             CREATE TABLE 多 (n INTEGER PRIMARY KEY);
             WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 1300) INSERT INTO 多 SELECT n FROM k;",
        )
        .unwrap();
        drop(c);
        let file = FileAt {
            path,
            shown: "t.sqlite".into(),
        };
        let tables = open(&file, &OpenOptions::default()).unwrap();
        let names: Vec<&str> = tables.iter().map(|t| t.info.name.as_str()).collect();
        assert_eq!(names, ["全部", "多", "房 屋"]);
        let rows: Vec<Record> = tables[2]
            .open
            .records()
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let texts: Vec<String> = rows[0]
            .cells
            .iter()
            .map(|c| c.as_text().into_owned())
            .collect();
        assert_eq!(texts, ["F1", "90.5", "2015-09-04", "是"]);
        assert_eq!(rows[1].cells[1], Cell::Empty);
        assert_eq!(rows[1].cells[2].as_text(), "不详");
        assert_eq!(tables[1].open.records().unwrap().count(), 1300);
        assert_eq!(tables[0].open.records().unwrap().count(), 2);
    }

    #[test]
    fn a_cut_file_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.sqlite");
        std::fs::write(&path, b"SQLite format 3\0 and nothing behind").unwrap();
        let file = FileAt {
            path,
            shown: "t.sqlite".into(),
        };
        let said = open(&file, &OpenOptions::default())
            .err()
            .unwrap()
            .to_string();
        assert!(said.contains("不是完整的 SQLite"), "{said}");
    }
}
