//! GeoJSON (RFC 7946), feature by feature whatever the size of the file.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon,
    Point, Polygon,
};
use serde_json::Value;

use crate::error::{BrokenRecord, SourceError};
use crate::limits::Limits;
use crate::record::{Cell, Field, FieldKind, Record, Remark};
use crate::source::{Entry, FileAt, Format, Open, OpenOptions, Records, TableInfo};

/// Features whose properties make the fields.
const LOOKED_AT: usize = 10_000;

struct GeoJson {
    file: FileAt,
    fields: Vec<String>,
    limits: Limits,
}

/// Opens a collection of features.
pub fn open(file: &FileAt, options: &OpenOptions) -> Result<Vec<Entry>, SourceError> {
    let mut info = TableInfo::new(&file.stem(), file, Format::GeoJson);
    let mut features = Features::open(&file.path, &options.limits)?;
    let mut fields: Vec<Field> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut looked_at = 0;
    while let Some(feature) = features.next_feature() {
        looked_at += 1;
        if let Ok((_, value)) = feature {
            info.shapes |= value.get("geometry").is_some_and(Value::is_object);
            let properties = value.get("properties").and_then(Value::as_object);
            for (name, value) in properties.into_iter().flatten() {
                if seen.insert(name.clone()) {
                    fields.push(Field::new(name.clone(), kind(value)));
                }
            }
        }
        if fields.len() > options.limits.fields {
            return Err(SourceError::too_large(&file.path, "属性过多"));
        }
        if looked_at >= LOOKED_AT {
            break;
        }
    }
    // RFC 7946 knows longitude and latitude only; older files say otherwise in "crs".
    info.crs = features.crs.clone().or_else(|| {
        info.notes
            .push("没有写明坐标系；按 RFC 7946 应为经纬度".to_owned());
        None
    });
    info.fields = fields;
    let open = GeoJson {
        file: file.clone(),
        fields: info.fields.iter().map(|f| f.name.clone()).collect(),
        limits: options.limits.clone(),
    };
    Ok(vec![Entry {
        info,
        open: Box::new(open),
    }])
}

fn kind(value: &Value) -> FieldKind {
    match value {
        Value::Number(_) => FieldKind::Number,
        Value::Bool(_) => FieldKind::Truth,
        _ => FieldKind::Text,
    }
}

/// Finds the features of the array `features` by their brackets and parses each by itself.
struct Features {
    input: std::io::Bytes<BufReader<File>>,
    line: u64,
    limit: usize,
    ended: bool,
    /// Name of the coordinate system of older files.
    crs: Option<String>,
}

type Feature = Result<(u64, Value), (u64, String)>;

impl Features {
    fn open(path: &Path, limits: &Limits) -> Result<Self, SourceError> {
        let input =
            BufReader::with_capacity(1 << 16, File::open(path).map_err(SourceError::io(path))?);
        let mut features = Self {
            input: input.bytes(),
            line: 1,
            limit: limits.record_bytes,
            ended: false,
            crs: None,
        };
        if features.seek_array() {
            Ok(features)
        } else {
            Err(SourceError::damaged(
                path,
                "不是 GeoJSON 要素集合（没有 features）",
            ))
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let b = self.input.next()?.ok()?;
        if b == b'\n' {
            self.line += 1;
        }
        Some(b)
    }

    /// Reads up to the `[` behind the key `features` of the outermost object.
    fn seek_array(&mut self) -> bool {
        let (mut depth, mut key, mut value) = (0_usize, String::new(), Vec::new());
        while let Some(b) = self.byte() {
            match b {
                b'"' => {
                    let text = self.string();
                    match depth {
                        1 => key = String::from_utf8_lossy(&text).into_owned(),
                        // "crs": { "properties": { "name": "urn:…" } }
                        3 => value = text,
                        _ => {}
                    }
                }
                b'{' => depth += 1,
                b'[' if depth == 1 && key == "features" => return true,
                b'[' => depth += 1,
                b'}' | b']' => {
                    if depth == 3 && key == "crs" {
                        self.crs = Some(String::from_utf8_lossy(&value).into_owned());
                    }
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return false;
                    }
                }
                _ => {}
            }
            if depth > 64 {
                return false;
            }
        }
        false
    }

    /// A string's bytes behind its opening quote, at most a kilobyte of them.
    fn string(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        while let Some(b) = self.byte() {
            match b {
                b'"' => break,
                b'\\' => {
                    self.byte();
                }
                b if text.len() < 1024 => text.push(b),
                _ => {}
            }
        }
        text
    }

    fn next_feature(&mut self) -> Option<Feature> {
        if self.ended {
            return None;
        }
        loop {
            match self.byte() {
                Some(b'{') => break,
                Some(b']') => {
                    self.ended = true;
                    return None;
                }
                Some(_) => {}
                None => return self.broken_off(self.line),
            }
        }
        let line = self.line;
        let mut raw = vec![b'{'];
        let (mut depth, mut quoted, mut too_long) = (1_usize, false, false);
        while depth > 0 {
            let Some(b) = self.byte() else {
                return self.broken_off(line);
            };
            if raw.len() < self.limit {
                raw.push(b);
            } else {
                too_long = true;
            }
            match b {
                b'\\' if quoted => {
                    if let Some(next) = self.byte().filter(|_| !too_long) {
                        raw.push(next);
                    }
                }
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => depth += 1,
                b'}' | b']' if !quoted => depth -= 1,
                _ => {}
            }
        }
        if too_long {
            return Some(Err((line, "要素过大，未读取".to_owned())));
        }
        Some(
            serde_json::from_slice(&raw)
                .map(|v| (line, v))
                .map_err(|e| (line, format!("要素不是合法的 JSON（{e}），未读取"))),
        )
    }

    fn broken_off(&mut self, line: u64) -> Option<Feature> {
        self.ended = true;
        Some(Err((line, "文件在此中断，其后的要素缺失".to_owned())))
    }
}

impl Open for GeoJson {
    fn records(&self) -> Result<Records, SourceError> {
        let mut features = Features::open(&self.file.path, &self.limits)?;
        let (fields, shown) = (self.fields.clone(), self.file.shown.clone());
        let points_max = self.limits.points;
        Ok(Box::new(std::iter::from_fn(move || {
            Some(match features.next_feature()? {
                Ok((line, value)) => Ok(record(line, &value, &fields, points_max)),
                Err((line, reason)) => Err(BrokenRecord::new(&shown, line, reason)),
            })
        })))
    }
}

fn record(line: u64, value: &Value, fields: &[String], points_max: usize) -> Record {
    let mut record = Record {
        number: line,
        ..Record::default()
    };
    let properties = value.get("properties").and_then(Value::as_object);
    for field in fields {
        record.cells.push(
            properties
                .and_then(|p| p.get(field))
                .map_or(Cell::Empty, cell),
        );
    }
    let surplus = properties
        .into_iter()
        .flatten()
        .find(|(k, _)| !fields.contains(k));
    if let Some((name, _)) = surplus {
        record.remarks.push(Remark::on_field(
            usize::MAX,
            format!("属性“{name}”在前 {LOOKED_AT} 个要素中没有出现过，未读取"),
        ));
    }
    match value.get("geometry") {
        None | Some(Value::Null) => {}
        Some(geometry) => {
            let mut left = points_max;
            match shape(geometry, &mut left, 8) {
                Some(shape) => record.geometry = Some(shape),
                None => record.remarks.push(Remark::on_shape("图形的坐标无法读取")),
            }
        }
    }
    record
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::Bool(b) => Cell::Text(if *b { "是" } else { "否" }.to_owned()),
        Value::Number(n) => Cell::from_number_text(&n.to_string()),
        Value::String(t) => Cell::from_text(t),
        other => Cell::Text(other.to_string()),
    }
}

fn point(value: &Value, left: &mut usize) -> Option<Coord<f64>> {
    *left = left.checked_sub(1)?;
    let list = value.as_array()?;
    let (x, y) = (list.first()?.as_f64()?, list.get(1)?.as_f64()?);
    (x.is_finite() && y.is_finite()).then_some(Coord { x, y })
}

fn line(value: &Value, left: &mut usize) -> Option<LineString<f64>> {
    value
        .as_array()?
        .iter()
        .map(|p| point(p, left))
        .collect::<Option<Vec<_>>>()
        .map(LineString::new)
}

fn polygon(value: &Value, left: &mut usize) -> Option<Polygon<f64>> {
    let mut rings = value
        .as_array()?
        .iter()
        .map(|r| line(r, left))
        .collect::<Option<Vec<_>>>()?;
    if rings.is_empty() {
        return None;
    }
    let outer = rings.remove(0);
    Some(Polygon::new(outer, rings))
}

fn shape(value: &Value, left: &mut usize, depth: usize) -> Option<Geometry<f64>> {
    let depth = depth.checked_sub(1)?;
    let c = value.get("coordinates");
    Some(match value.get("type")?.as_str()? {
        "Point" => Point(point(c?, left)?).into(),
        "LineString" => line(c?, left)?.into(),
        "Polygon" => polygon(c?, left)?.into(),
        "MultiPoint" => MultiPoint::new(
            c?.as_array()?
                .iter()
                .map(|p| point(p, left).map(Point))
                .collect::<Option<_>>()?,
        )
        .into(),
        "MultiLineString" => MultiLineString::new(
            c?.as_array()?
                .iter()
                .map(|l| line(l, left))
                .collect::<Option<_>>()?,
        )
        .into(),
        "MultiPolygon" => MultiPolygon::new(
            c?.as_array()?
                .iter()
                .map(|p| polygon(p, left))
                .collect::<Option<_>>()?,
        )
        .into(),
        "GeometryCollection" => {
            let parts = value.get("geometries")?.as_array()?;
            let parts = parts
                .iter()
                .map(|g| shape(g, left, depth))
                .collect::<Option<Vec<_>>>()?;
            Geometry::GeometryCollection(GeometryCollection::new_from(parts))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(TableInfo, Vec<Result<Record, BrokenRecord>>), SourceError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.geojson");
        std::fs::write(&path, text).unwrap();
        let file = FileAt {
            path,
            shown: "t.geojson".into(),
        };
        let entry = open(&file, &OpenOptions::default())?.remove(0);
        let all = entry.open.records()?.collect();
        Ok((entry.info, all))
    }

    const FILE: &str = r#"{"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4543"}},
"features": [
{"type": "Feature", "properties": {"宗地号": "A\"1\"", "面积": 90.5}, "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}},
{"type": "Feature", "properties": {"宗地号": 坏}, "geometry": null},
{"type": "Feature", "properties": {"备注": "[x}", "宗地号": "B"}, "geometry": {"type": "Polygon", "coordinates": [[["a"]]]}}
]}"#;

    #[test]
    fn one_broken_feature_is_no_more_than_that() {
        let (info, rows) = read(FILE).unwrap();
        let names: Vec<&str> = info.fields.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["宗地号", "面积", "备注"]);
        assert_eq!(info.crs.as_deref(), Some("urn:ogc:def:crs:EPSG::4543"));
        let first = rows[0].as_ref().unwrap();
        assert_eq!(first.cells[0].as_text(), "A\"1\"");
        assert!(matches!(first.geometry, Some(Geometry::Polygon(_))));
        assert_eq!(rows[1].as_ref().unwrap_err().line, 4);
        assert!(rows[2].as_ref().unwrap().remarks[0].text.contains("坐标"));
    }

    proptest::proptest! {
        #[test]
        fn cut_and_spoilt(cut in 0usize..900, at in 0usize..900, byte in proptest::num::u8::ANY) {
            let mut bytes = FILE.as_bytes().to_vec();
            bytes.truncate(bytes.len().saturating_sub(cut));
            if let Some(b) = bytes.get_mut(at) { *b = byte; }
            let _ = read(&String::from_utf8_lossy(&bytes));
        }
    }
}
