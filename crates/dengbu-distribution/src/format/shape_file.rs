//! Shapefiles (ESRI, 1998): `.shp`, `.shx`, `.dbf`, `.prj`, `.cpg` per data set; a data set without
//! shapes is a dBASE table alone. Texts are UTF-8 and hold 254 bytes; what is longer is cut at a
//! character and counted in the notes.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use dbase::{Date, FieldName, FieldValue, Record, TableWriter, TableWriterBuilder, Unicode};
use shapefile::record::polygon::PolygonRing;
use shapefile::{Point, Polygon, ShapeWriter};
use tempfile::TempDir;

use super::archive::Archive;
use super::{Setting, Writer, failed};
use crate::DistributionError;
use crate::data_set::DataSet;
use crate::row::{Kind, Row, Shape, Value};

/// Bytes of a text field.
const TEXT_BYTES: u8 = 254;

/// Shapefiles being written.
pub struct Shapefiles {
    setting: Setting,
    archive: Archive,
    folder: TempDir,
    open: Option<Open>,
    cut: u64,
}

type Out = BufWriter<File>;

struct Open {
    set: &'static DataSet,
    name: String,
    shapes: Option<ShapeWriter<Out>>,
    shaped: u64,
    table: TableWriter<Out>,
    /// Rows without a shape in a data set that has them: a table of their own.
    rest: Option<TableWriter<Out>>,
}

impl Shapefiles {
    pub fn new(setting: Setting, path: &Path) -> Result<Self, DistributionError> {
        Ok(Self {
            setting,
            archive: Archive::new(path)?,
            folder: TempDir::new()?,
            open: None,
            cut: 0,
        })
    }

    fn table(&self, set: &DataSet, file: &str) -> Result<TableWriter<Out>, DistributionError> {
        let mut builder = TableWriterBuilder::with_encoding(Unicode);
        for field in &set.fields {
            // ten bytes leave no room for Chinese headings: always the standard's codes
            let name = FieldName::try_from(field.code.as_str()).map_err(failed)?;
            builder = match field.kind {
                Kind::Text => builder.add_character_field(name, TEXT_BYTES),
                Kind::Integer => builder.add_numeric_field(name, 12, 0),
                Kind::Decimal => builder.add_numeric_field(name, 19, 4),
                Kind::Date => builder.add_date_field(name),
            };
        }
        let out = BufWriter::new(File::create(self.folder.path().join(file))?);
        Ok(builder.build_with_dest(out))
    }

    fn close(&mut self) -> Result<(), DistributionError> {
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        let folder = self.folder.path();
        open.table.finalize().map_err(failed)?;
        drop(open.table);
        let name = &open.name;
        let geometry = open.shapes.is_some();
        if let Some(mut shapes) = open.shapes {
            shapes.finalize().map_err(failed)?;
            drop(shapes);
            if open.shaped > 0 {
                self.archive
                    .put(&format!("{name}.shp"), &folder.join("shp"))?;
                self.archive
                    .put(&format!("{name}.shx"), &folder.join("shx"))?;
                self.archive.begin(&format!("{name}.prj"))?;
                let prj = self.setting.plane.wkt();
                std::io::Write::write_all(self.archive.out(), prj.as_bytes())?;
            }
        }
        if !geometry || open.shaped > 0 {
            self.archive
                .put(&format!("{name}.dbf"), &folder.join("dbf"))?;
            self.archive.begin(&format!("{name}.cpg"))?;
            std::io::Write::write_all(self.archive.out(), b"UTF-8")?;
        }
        if let Some(mut rest) = open.rest {
            rest.finalize().map_err(failed)?;
            drop(rest);
            self.archive
                .put(&format!("{name}_无图形.dbf"), &folder.join("rest"))?;
        }
        Ok(())
    }

    fn record(&mut self, set: &DataSet, row: &Row) -> Record {
        let mut record = Record::default();
        for (field, value) in set.fields.iter().zip(&row.values) {
            let cell = match field.kind {
                Kind::Integer | Kind::Decimal => FieldValue::Numeric(value.number()),
                Kind::Date => FieldValue::Date(match value {
                    Value::Date(day) => date(*day),
                    _ => None,
                }),
                Kind::Text => {
                    let text = value.text();
                    let kept = fitting(&text, usize::from(TEXT_BYTES));
                    self.cut += u64::from(kept.len() < text.len());
                    FieldValue::Character((!kept.is_empty()).then(|| kept.to_owned()))
                }
            };
            record.insert(field.code.clone(), cell);
        }
        record
    }
}

/// As much of a text as fits into so many bytes.
fn fitting(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn date(day: chrono::NaiveDate) -> Option<Date> {
    use chrono::Datelike as _;
    let year = u32::try_from(day.year()).ok()?;
    Date::new(day.day(), day.month(), year).ok()
}

fn polygon(shape: &Shape) -> Polygon {
    let points = |r: &Vec<[f64; 2]>| r.iter().map(|p| Point::new(p[0], p[1])).collect();
    // the writer turns outer rings clockwise, as this format wants them
    let rings = shape.rings.iter().enumerate().map(|(nth, ring)| {
        if nth == 0 {
            PolygonRing::Outer(points(ring))
        } else {
            PolygonRing::Inner(points(ring))
        }
    });
    Polygon::with_rings(rings.collect())
}

impl Writer for Shapefiles {
    fn begin(&mut self, set: &'static DataSet) -> Result<(), DistributionError> {
        self.close()?;
        let shapes = if set.geometry {
            let file = |name| File::create(self.folder.path().join(name)).map(BufWriter::new);
            Some(ShapeWriter::with_shx(file("shp")?, file("shx")?))
        } else {
            None
        };
        self.open = Some(Open {
            set,
            name: self.setting.table(set),
            shapes,
            shaped: 0,
            table: self.table(set, "dbf")?,
            rest: None,
        });
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), DistributionError> {
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        let record = self.record(open.set, row);
        match (&mut open.shapes, &row.shape) {
            (Some(shapes), Some(shape)) => {
                shapes.write_shape(&polygon(shape)).map_err(failed)?;
                open.table.write_record(&record).map_err(failed)?;
                open.shaped += 1;
            }
            (Some(_), None) => {
                let rest = match &mut open.rest {
                    Some(rest) => rest,
                    none => none.insert(self.table(open.set, "rest")?),
                };
                rest.write_record(&record).map_err(failed)?;
            }
            (None, _) => open.table.write_record(&record).map_err(failed)?,
        }
        self.open = Some(open);
        Ok(())
    }

    fn finish(mut self: Box<Self>, notes: &[String]) -> Result<(), DistributionError> {
        self.close()?;
        let mut notes = notes.to_vec();
        if self.cut > 0 {
            notes.push(format!(
                "dBASE 表的文字最多 {TEXT_BYTES} 字节，有 {} 处较长的文字被截断；完整内容请用 GeoPackage 或 CSV 导出。",
                self.cut
            ));
        }
        self.archive.finish(&notes)
    }
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(fitting("攀枝花", 9), "攀枝花");
        assert_eq!(fitting("攀枝花", 8), "攀枝");
        assert_eq!(fitting("", 3), "");
    }
}
