//! Attribute rows with their objects.

use std::sync::Arc;

use chrono::NaiveDate;
use geo_types::{Coord, Geometry};

use super::cursor::{At, Cursor};
use super::index::{Index, LayerKind, VctType};
use super::object::{self, Fault, Reader, Shape};
use crate::error::{BrokenRecord, SourceError};
use crate::limits::Limits;
use crate::record::{Cell, Record, Remark};
use crate::source::{FileAt, Open, Records};
use crate::text::EncodingGuess;

/// Objects made of objects made of objects …
const DEPTH: usize = 4;

/// An attribute table of a file.
pub struct Table {
    pub file: FileAt,
    pub guess: EncodingGuess,
    pub index: Arc<Index>,
    pub structure: usize,
    pub limits: Limits,
}

impl Open for Table {
    fn records(&self) -> Result<Records, SourceError> {
        let open = || Cursor::open(&self.file.path, &self.guess, self.limits.line_bytes);
        let Some(structure) = self.index.structures.get(self.structure) else {
            return Ok(Box::new(std::iter::empty()));
        };
        let name = structure.table.clone();
        let parts: Vec<(At, u64)> = self
            .index
            .tables
            .iter()
            .filter(|(t, ..)| *t == name)
            .map(|(_, at, n)| (*at, *n))
            .collect();
        let mut rows = Rows {
            rows: open()?,
            shapes: open()?,
            index: self.index.clone(),
            structure: self.structure,
            with_shapes: self.index.layers.iter().any(|l| l.table == name),
            shown: self.file.shown.clone(),
            points_max: self.limits.points,
            parts: parts.into_iter(),
            left: 0,
        };
        Ok(Box::new(std::iter::from_fn(move || rows.next_row())))
    }
}

struct Rows {
    rows: Cursor,
    shapes: Cursor,
    index: Arc<Index>,
    structure: usize,
    with_shapes: bool,
    shown: String,
    points_max: usize,
    parts: std::vec::IntoIter<(At, u64)>,
    left: u64,
}

impl Rows {
    fn next_row(&mut self) -> Option<Result<Record, BrokenRecord>> {
        while self.left == 0 {
            let (at, rows) = self.parts.next()?;
            if let Err(e) = self.rows.jump(at) {
                return Some(Err(BrokenRecord::new(
                    &self.shown,
                    at.line,
                    format!("读取中断：{e}"),
                )));
            }
            self.left = rows;
        }
        self.left -= 1;
        let line = match self.rows.next() {
            Ok(Some(line)) => line.to_owned(),
            Ok(None) => {
                self.left = 0;
                return None;
            }
            Err(e) => {
                self.left = 0;
                let reason = format!("读取中断：{e}");
                return Some(Err(BrokenRecord::new(
                    &self.shown,
                    self.rows.line(),
                    reason,
                )));
            }
        };
        let number = self.rows.line();
        Some(
            self.row(number, &line)
                .map_err(|reason| BrokenRecord::new(&self.shown, number, reason)),
        )
    }

    fn row(&mut self, number: u64, line: &str) -> Result<Record, String> {
        let index = self.index.clone();
        let structure = index.structures.get(self.structure).ok_or("没有表结构")?;
        if line.contains('\u{fffd}') {
            return Err("有无法识别的字符（或该行过长），该行未读取".to_owned());
        }
        let parts: Vec<&str> = line.split(index.separator).collect();
        if parts.len() != structure.fields.len() + 1 {
            return Err(format!(
                "有 {} 个值，应为标识码和 {} 个字段，该行未读取",
                parts.len(),
                structure.fields.len()
            ));
        }
        let mut record = Record {
            number,
            ..Record::default()
        };
        for (field, text) in structure.fields.iter().zip(&parts[1..]) {
            record.cells.push(cell(field.field_type, text.trim()));
        }
        if self.with_shapes {
            let id = parts[0].trim().parse::<i64>();
            match id
                .map_err(|_| format!("标识码“{}”不是整数", parts[0]))
                .and_then(|id| self.shape(id))
            {
                Ok(geometry) => record.geometry = geometry,
                Err(why) => record.remarks.push(Remark::on_shape(why)),
            }
        }
        Ok(record)
    }

    fn shape(&mut self, id: i64) -> Result<Option<Geometry<f64>>, String> {
        let (kind, shape) = self.fetch(id)?;
        let Shape::Parts(parts) = shape else {
            return Ok(object::geometry(shape));
        };
        if kind == LayerKind::Line {
            let mut lines = Vec::new();
            for part in parts.into_iter().filter(|p| *p != 0) {
                lines.extend(self.lines_of(part, DEPTH)?);
            }
            return Ok(object::geometry(Shape::Lines(joined(lines))));
        }
        let mut rings = Vec::new();
        for ring in parts.split(|p| *p == 0).filter(|r| !r.is_empty()) {
            let mut lines = Vec::new();
            for part in ring {
                match self.fetch(part.abs())? {
                    (LayerKind::Polygon, Shape::Rings(r)) => rings.extend(r),
                    _ => lines.extend(self.lines_of(*part, DEPTH)?),
                }
            }
            rings.extend(joined(lines));
        }
        Ok(object::geometry(Shape::Rings(rings)))
    }

    /// The lines of a line object, turned round for a negative id.
    fn lines_of(&mut self, part: i64, depth: usize) -> Result<Vec<Vec<Coord<f64>>>, String> {
        let mut lines = match self.fetch(part.abs())? {
            (_, Shape::Lines(lines)) => lines,
            (LayerKind::Line, Shape::Parts(parts)) if depth > 0 => {
                let mut all = Vec::new();
                for p in parts.into_iter().filter(|p| *p != 0) {
                    all.extend(self.lines_of(p, depth - 1)?);
                }
                joined(all)
            }
            _ => return Err(format!("组成项 {part} 不是线")),
        };
        if part < 0 {
            lines.reverse();
            lines.iter_mut().for_each(|l| l.reverse());
        }
        Ok(lines)
    }

    fn fetch(&mut self, id: i64) -> Result<(LayerKind, Shape), String> {
        let Some(place) = self.index.objects.get(&id).copied() else {
            return Err(format!("没有标识码为 {id} 的图形对象"));
        };
        let line = place.at.line + 1;
        let unreadable = |why: &str| format!("第 {line} 行的图形对象 {id} 无法读取：{why}");
        self.shapes
            .jump(place.at)
            .map_err(|e| unreadable(&e.to_string()))?;
        self.shapes.next().map_err(|e| unreadable(&e.to_string()))?;
        let mut reader = Reader {
            lines: &mut self.shapes,
            separator: self.index.separator,
            points_max: self.points_max,
        };
        let read = reader.codes().and_then(|_| reader.shape(place.kind));
        match read {
            Ok(shape) => Ok((place.kind, shape)),
            Err(Fault::End(why) | Fault::Object(why)) => Err(unreadable(&why)),
        }
    }
}

/// Lines that go on where the last one ended, as one.
fn joined(lines: Vec<Vec<Coord<f64>>>) -> Vec<Vec<Coord<f64>>> {
    let mut out: Vec<Vec<Coord<f64>>> = Vec::new();
    for line in lines {
        match out.last_mut() {
            Some(last) if last.last() == line.first() => {
                last.extend_from_slice(line.get(1..).unwrap_or_default());
            }
            _ => out.push(line),
        }
    }
    out
}

fn cell(field_type: VctType, text: &str) -> Cell {
    match field_type {
        VctType::Int | VctType::Float => Cell::from_number_text(text),
        VctType::Date => NaiveDate::parse_from_str(text, "%Y%m%d")
            .map_or_else(|_| Cell::from_text(text), |d| Cell::Date(d.into())),
        VctType::Char | VctType::Binary => Cell::from_text(text),
    }
}
