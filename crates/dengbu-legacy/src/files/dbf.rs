//! dBASE III attribute tables of shapefiles.
//!
//! Own reader of the few things a survey delivery uses (character, number and date fields as
//! text): the exact record of any damage can be named and no input makes it panic.

use super::{
    bytes_at,
    table::{Row, Table, TableName, decode},
};
use crate::error::{LegacyError, read_bytes};
use crate::finding::{At, FindingClass, Findings};
use encoding_rs::Encoding;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Encoding of a shapefile's attributes: that of the `.cpg` beside it, GBK when there is none, as
/// Chinese survey software writes it.
pub fn encoding_of(file: &Path) -> &'static Encoding {
    std::fs::read(file.with_extension("cpg"))
        .ok()
        .and_then(|label| Encoding::for_label(label.trim_ascii()))
        .unwrap_or(encoding_rs::GBK)
}

struct Field {
    name: String,
    at: usize,
    len: usize,
}

/// Reads all records. Row lines are record numbers from 1, deleted records are skipped but hold
/// their number, so that they keep step with the shapes.
pub fn read(
    file: &Path,
    columns: &[&str],
    name: TableName,
    findings: &mut Findings,
) -> Result<Table, LegacyError> {
    let data = read_bytes(file)?;
    let encoding = encoding_of(file);
    let header = || LegacyError::damaged(file, None, "不是完整的 dBASE 属性表（文件头损坏）");
    let count = usize::try_from(u32::from_le_bytes(bytes_at(&data, 4).ok_or_else(header)?))
        .map_err(|_| header())?;
    let start = usize::from(u16::from_le_bytes(bytes_at(&data, 8).ok_or_else(header)?));
    let width = usize::from(u16::from_le_bytes(bytes_at(&data, 10).ok_or_else(header)?));
    let fields = fields(&data, start, width, encoding).ok_or_else(header)?;
    for column in columns {
        if !fields.iter().any(|f| f.name == *column) {
            return Err(LegacyError::damaged(
                file,
                None,
                format!("属性表缺少“{column}”字段"),
            ));
        }
    }
    let index: Arc<HashMap<String, usize>> = Arc::new(
        fields
            .iter()
            .enumerate()
            .map(|(i, f)| (f.name.clone(), i))
            .collect(),
    );
    let mut table = Table::default();
    for number in 1..=count {
        let begin = width
            .checked_mul(number - 1)
            .and_then(|n| n.checked_add(start));
        let record = begin
            .and_then(|b| data.get(b..b.checked_add(width)?))
            .ok_or_else(|| {
                LegacyError::damaged(
                    file,
                    Some(number),
                    format!("属性表应有 {count} 条记录，文件在此中断"),
                )
            })?;
        if record.first() == Some(&b'*') {
            continue;
        }
        table.read += 1;
        let texts = texts(record, &fields, encoding);
        let bad = texts.iter().any(|t| t.contains('\u{fffd}'));
        let row = Row::new(number, texts, index.clone());
        if bad {
            let message = format!("第 {number} 条记录有无法识别的字符，该条未读取");
            findings.add(
                FindingClass::RowUnreadable,
                At::new(name.source, name.table, row.get(name.key)),
                ("", ""),
                message,
            );
        } else {
            table.rows.push(row);
        }
    }
    Ok(table)
}

fn fields(
    data: &[u8],
    start: usize,
    width: usize,
    encoding: &'static Encoding,
) -> Option<Vec<Field>> {
    let mut out = Vec::new();
    let (mut at, mut place) = (32, 1);
    while *data.get(at)? != 0x0d {
        let raw = data.get(at..at + 32)?;
        let name = raw[..11].split(|b| *b == 0).next().unwrap_or_default();
        let len = usize::from(raw[16]);
        out.push(Field {
            name: decode(name, encoding).trim().to_owned(),
            at: place,
            len,
        });
        place += len;
        at += 32;
    }
    (place == width && at < start && !out.is_empty()).then_some(out)
}

fn texts(record: &[u8], fields: &[Field], encoding: &'static Encoding) -> Vec<String> {
    let text = |f: &Field| {
        let raw = record.get(f.at..f.at + f.len).unwrap_or_default();
        decode(raw, encoding).trim_matches(['\0', ' ']).to_owned()
    };
    fields.iter().map(text).collect()
}
