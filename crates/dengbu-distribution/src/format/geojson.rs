//! GeoJSON (RFC 7946). It knows WGS 84 alone; the system actually used is named in the member
//! `crs` of the format's first version, which GIS programs read.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Map, Value as Json, json};

use super::archive::Archive;
use super::{Setting, Writer, failed};
use crate::DistributionError;
use crate::data_set::DataSet;
use crate::row::{Row, Shape, Value};

/// A GeoJSON file per data set.
pub struct GeoJsons {
    setting: Setting,
    archive: Archive,
    set: Option<&'static DataSet>,
    any: bool,
}

impl GeoJsons {
    pub fn new(setting: Setting, path: &Path) -> Result<Self, DistributionError> {
        Ok(Self {
            setting,
            archive: Archive::new(path)?,
            set: None,
            any: false,
        })
    }

    fn close(&mut self) -> Result<(), DistributionError> {
        if self.set.take().is_some() {
            self.archive.out().write_all(b"\n]}\n")?;
        }
        Ok(())
    }
}

/// A shape as a GeoJSON geometry.
pub(crate) fn geometry(shape: &Shape) -> Json {
    json!({ "type": "Polygon", "coordinates": shape.rings })
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Empty => Json::Null,
        Value::Integer(n) => (*n).into(),
        // through its text: a decimal stays what it is where a float can say it
        Value::Decimal(d) => serde_json::from_str(&d.normalize().to_string())
            .unwrap_or_else(|_| Json::String(value.text())),
        other => Json::String(other.text()),
    }
}

impl Writer for GeoJsons {
    fn begin(&mut self, set: &'static DataSet) -> Result<(), DistributionError> {
        self.close()?;
        let table = self.setting.table(set);
        self.archive.begin(&format!("{table}.geojson"))?;
        let name = format!("urn:ogc:def:crs:EPSG::{}", self.setting.plane.epsg());
        let crs = json!({ "type": "name", "properties": { "name": name } });
        write!(
            self.archive.out(),
            r#"{{"type":"FeatureCollection","name":{},"crs":{crs},"features":["#,
            Json::String(table)
        )?;
        (self.set, self.any) = (Some(set), false);
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), DistributionError> {
        let Some(set) = self.set else {
            return Ok(());
        };
        let properties: Map<String, Json> = set
            .fields
            .iter()
            .zip(&row.values)
            .map(|(f, v)| (self.setting.heading(f).to_owned(), plain(v)))
            .collect();
        let feature = json!({
            "type": "Feature",
            "properties": properties,
            "geometry": row.shape.as_ref().map(geometry),
        });
        let comma: &[u8] = if self.any { b",\n" } else { b"\n" };
        let out = self.archive.out();
        out.write_all(comma)?;
        serde_json::to_writer(out, &feature).map_err(failed)?;
        self.any = true;
        Ok(())
    }

    fn finish(mut self: Box<Self>, notes: &[String]) -> Result<(), DistributionError> {
        self.close()?;
        self.archive.finish(notes)
    }
}
