//! VCT 3.0 (GB/T 17798-2007) in GB 18030: layers of the data sets with shapes, tables of the others.
//! The format knows the plane only: whatever the request says, coordinates are EPSG:4543.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use chrono::NaiveTime;
use dengbu_sources::Cell;
use dengbu_sources::vct::{Head, Layer, LayerKind, Structure, VctField, VctType, VctWriter};
use geo_types::Geometry;
use rust_decimal::Decimal;

use super::flat_geobuf::polygon;
use super::{Setting, Writer, failed};
use crate::DistributionError;
use crate::data_set::DataSet;
use crate::row::{Kind, Row, Value};

/// Feature codes (要素代码) of the layers, as the national database standard has them for 宗地 and
/// 自然幢.
fn feature_code(table: &str) -> &'static str {
    match table {
        "ZDJBXX" => "6001010000",
        _ => "6001030110",
    }
}

/// A VCT file being written.
pub struct Vct {
    path: PathBuf,
    writer: VctWriter,
    table: String,
    extent: Option<[f64; 4]>,
}

fn fields(set: &DataSet) -> Vec<VctField> {
    let field = |f: &crate::data_set::Field| {
        let (field_type, width, decimals) = match f.kind {
            Kind::Text => (VctType::Char, 254, 0),
            Kind::Integer => (VctType::Int, 10, 0),
            Kind::Decimal => (VctType::Float, 18, 4),
            Kind::Date => (VctType::Date, 8, 0),
        };
        VctField {
            name: f.code.clone(),
            field_type,
            width,
            decimals,
        }
    };
    set.fields.iter().map(field).collect()
}

impl Vct {
    pub fn new(
        setting: Setting,
        sets: &[&'static DataSet],
        path: &Path,
    ) -> Result<Self, DistributionError> {
        let layers = sets.iter().filter(|s| s.geometry).map(|s| Layer {
            code: feature_code(&s.table).to_owned(),
            name: s.title.clone(),
            kind: LayerKind::Polygon,
            table: s.table.clone(),
        });
        let structures = sets.iter().map(|s| Structure {
            table: s.table.clone(),
            fields: fields(s),
        });
        let head = Head {
            scale: 500,
            meridian: 102,
            false_easting: 500_000.0,
            zone: 34,
            date: setting.day,
            extent: [[0.0; 2]; 2],
        };
        let encoding = encoding_rs::GB18030;
        let writer = VctWriter::new(head, layers.collect(), structures.collect(), encoding);
        Ok(Self {
            path: path.to_owned(),
            writer: writer.map_err(failed)?,
            table: String::new(),
            extent: None,
        })
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Empty => Cell::Empty,
        Value::Text(text) => Cell::Text(text.clone()),
        Value::Integer(n) => Cell::Number(Decimal::from(*n)),
        Value::Decimal(d) => Cell::Number(d.normalize()),
        Value::Date(day) => Cell::Date(day.and_time(NaiveTime::MIN)),
    }
}

impl Writer for Vct {
    fn begin(&mut self, set: &'static DataSet) -> Result<(), DistributionError> {
        self.table.clone_from(&set.table);
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), DistributionError> {
        let cells: Vec<Cell> = row.values.iter().map(cell).collect();
        let shape = row.shape.as_ref().map(|s| Geometry::Polygon(polygon(s)));
        if let Some(shape) = &row.shape {
            let [w, s, e, n] = shape.bounds();
            let b = self.extent.get_or_insert([w, s, e, n]);
            *b = [b[0].min(w), b[1].min(s), b[2].max(e), b[3].max(n)];
        }
        self.writer
            .feature(&self.table, &cells, shape.as_ref())
            .map_err(failed)?;
        Ok(())
    }

    fn finish(mut self: Box<Self>, notes: &[String]) -> Result<(), DistributionError> {
        let [w, s, e, n] = self.extent.unwrap_or_default();
        self.writer.set_extent([[w, s], [e, n]]);
        let mut out = BufWriter::new(File::create(&self.path)?);
        let comment = format!("CommentBegin\n{}\nCommentEnd\n\n", notes.join("\n"));
        let (bytes, _, _) = encoding_rs::GB18030.encode(&comment);
        // comments may stand anywhere (GB/T 17798-2007): behind the attributes they disturb nobody
        self.writer.finish(&mut out).map_err(failed)?;
        out.write_all(&bytes)?;
        out.flush()?;
        Ok(())
    }
}
