//! VCT 3.0 (GB/T 17798—2007 地理空间数据交换格式): reader and writer.
//!
//! The reader goes through the file once for its head, layers, table structures and the places of
//! its objects, then streams the attribute rows and fetches each object from its place: memory for
//! the largest object and sixteen bytes for each. Dialects met in deliveries are understood: 标识码
//! and 要素代码 in either order behind each other, colour columns among the layers, point counts
//! left out, keywords in any case. A missing section is a note, a broken object costs its shape
//! only.

mod cursor;
mod index;
mod object;
mod records;
mod write;

pub use index::{Layer, LayerKind, Structure, VctField, VctType};
pub use write::{Head, VctWriteError, VctWriter};

use crate::error::SourceError;
use crate::record::{Field, FieldKind};
use crate::source::{Entry, FileAt, Format, OpenOptions, TableInfo};
use crate::text;

/// Opens a file: a table for every attribute table.
pub(crate) fn open(file: &FileAt, options: &OpenOptions) -> Result<Vec<Entry>, SourceError> {
    let guess = text::guess(&file.path, options.encoding(&file.stem()))?;
    let index = index::scan(&file.path, &guess, &options.limits)?;
    let index = std::sync::Arc::new(index);
    let mut entries = Vec::new();
    for (position, structure) in index.structures.iter().enumerate() {
        let mut info = TableInfo::new(&structure.table, file, Format::Vct);
        info.fields = structure
            .fields
            .iter()
            .map(|f| Field::new(f.name.clone(), f.field_type.kind()))
            .collect();
        info.encoding = Some(guess.clone());
        info.shapes = index.layers.iter().any(|l| l.table == structure.table);
        info.crs = index.crs();
        info.records = Some(index.rows(&structure.table));
        info.notes = index.notes.clone();
        if let Some(layer) = index.layers.iter().find(|l| l.table == structure.table) {
            info.notes
                .push(format!("图层“{}”（要素代码 {}）", layer.name, layer.code));
        }
        entries.push(Entry {
            info,
            open: Box::new(records::Table {
                file: file.clone(),
                guess: guess.clone(),
                index: index.clone(),
                structure: position,
                limits: options.limits.clone(),
            }),
        });
    }
    if entries.is_empty() {
        return Err(SourceError::damaged(
            &file.path,
            "没有表结构（TableStructure），无法读取属性。请重新取得完整的交换文件",
        ));
    }
    Ok(entries)
}

impl VctType {
    /// Kind of field.
    pub(crate) fn kind(self) -> FieldKind {
        match self {
            Self::Char => FieldKind::Text,
            Self::Int | Self::Float => FieldKind::Number,
            Self::Date => FieldKind::Date,
            Self::Binary => FieldKind::Binary,
        }
    }
}

#[cfg(test)]
mod tests;
