//! FlatGeobuf: a file per data set with shapes; what has no shape goes beside it as CSV.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use geo_types::{Coord, Geometry, LineString, Polygon};
use geozero::{ColumnValue, PropertyProcessor as _};
use tempfile::TempDir;

use super::archive::Archive;
use super::{Setting, Writer, delimited, failed};
use crate::DistributionError;
use crate::data_set::DataSet;
use crate::row::{Kind, Row, Shape, Value};

/// FlatGeobuf files being written.
pub struct FlatGeobufs {
    setting: Setting,
    archive: Archive,
    folder: TempDir,
    open: Option<Open>,
}

struct Open {
    set: &'static DataSet,
    name: String,
    features: Option<FgbWriter<'static>>,
    any: bool,
    /// Rows without a shape.
    rest: BufWriter<File>,
    rested: bool,
}

/// A shape as a polygon of the common type.
pub(super) fn polygon(shape: &Shape) -> Polygon<f64> {
    let ring =
        |r: &Vec<[f64; 2]>| LineString::new(r.iter().map(|p| Coord { x: p[0], y: p[1] }).collect());
    let mut rings = shape.rings.iter().map(ring);
    let outer = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
    Polygon::new(outer, rings.collect())
}

impl FlatGeobufs {
    pub fn new(setting: Setting, path: &Path) -> Result<Self, DistributionError> {
        Ok(Self {
            setting,
            archive: Archive::new(path)?,
            folder: TempDir::new()?,
            open: None,
        })
    }

    fn close(&mut self) -> Result<(), DistributionError> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        if let Some(features) = open.features.filter(|_| open.any) {
            let path = self.folder.path().join("features");
            let mut out = BufWriter::new(File::create(&path)?);
            features.write(&mut out).map_err(failed)?;
            out.into_inner().map_err(failed)?;
            self.archive.put(&format!("{}.fgb", open.name), &path)?;
        }
        open.rest.into_inner().map_err(failed)?;
        if open.rested || !open.any {
            let path = self.folder.path().join("rest");
            let name = if open.set.geometry && open.any {
                format!("{}_无图形.csv", open.name)
            } else {
                format!("{}.csv", open.name)
            };
            self.archive.put(&name, &path)?;
        }
        Ok(())
    }
}

fn features(
    setting: &Setting,
    set: &DataSet,
    name: &str,
) -> Result<FgbWriter<'static>, DistributionError> {
    let options = FgbWriterOptions {
        write_index: true,
        detect_type: false,
        promote_to_multi: false,
        crs: FgbCrs {
            code: i32::try_from(setting.plane.epsg()).unwrap_or(0),
            ..Default::default()
        },
        ..Default::default()
    };
    let mut writer =
        FgbWriter::create_with_options(name, GeometryType::Polygon, options).map_err(failed)?;
    for field in &set.fields {
        let kind = match field.kind {
            Kind::Integer => ColumnType::Long,
            Kind::Decimal => ColumnType::Double,
            Kind::Date => ColumnType::DateTime,
            Kind::Text => ColumnType::String,
        };
        writer.add_column(setting.heading(field), kind, |_, _| {});
    }
    Ok(writer)
}

impl Writer for FlatGeobufs {
    fn begin(&mut self, set: &'static DataSet) -> Result<(), DistributionError> {
        use std::io::Write as _;
        self.close()?;
        let name = self.setting.table(set);
        let features = if set.geometry {
            Some(features(&self.setting, set, &name)?)
        } else {
            None
        };
        let mut rest = BufWriter::new(File::create(self.folder.path().join("rest"))?);
        rest.write_all("\u{feff}".as_bytes())?;
        rest.write_all(&delimited::record(
            set.fields.iter().map(|f| self.setting.heading(f)),
        )?)?;
        self.open = Some(Open {
            set,
            name,
            features,
            any: false,
            rest,
            rested: false,
        });
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), DistributionError> {
        use std::io::Write as _;
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        let (Some(features), Some(shape)) = (&mut open.features, &row.shape) else {
            let cells: Vec<String> = row.values.iter().map(Value::text).collect();
            open.rest
                .write_all(&delimited::record(cells.iter().map(String::as_str))?)?;
            open.rested = true;
            return Ok(());
        };
        let fields = &open.set.fields;
        let setting = &self.setting;
        let mut fault = None;
        features
            .add_feature_geom(Geometry::Polygon(polygon(shape)), |feature| {
                for (i, (field, value)) in fields.iter().zip(&row.values).enumerate() {
                    let text = value.text();
                    let written = match value {
                        Value::Empty => continue,
                        Value::Integer(n) => ColumnValue::Long(*n),
                        Value::Decimal(_) => {
                            ColumnValue::Double(value.number().unwrap_or_default())
                        }
                        Value::Date(_) => ColumnValue::DateTime(&text),
                        Value::Text(_) => ColumnValue::String(&text),
                    };
                    if let Err(e) = feature.property(i, setting.heading(field), &written) {
                        fault.get_or_insert(e);
                    }
                }
            })
            .map_err(failed)?;
        open.any = true;
        fault.map_or(Ok(()), |e| Err(failed(e)))
    }

    fn finish(mut self: Box<Self>, notes: &[String]) -> Result<(), DistributionError> {
        self.close()?;
        self.archive.finish(notes)
    }
}
