//! What a source holds: a profile of every field, and a mapping proposed by names and contents.

mod content;
mod field;
mod propose;

pub use content::Content;
pub use field::FieldProfile;
pub use propose::propose;

use dengbu_sources::{BrokenRecord, Format, Skipped, Source, SourceError};
use geo_types::{Coord, Geometry, LineString, Polygon};
use serde::Serialize;

use field::Gathered;

/// Broken records that are written out; more are counted.
const BROKEN_SHOWN: usize = 20;

/// A source profiled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// What was opened.
    pub place: String,
    /// Tables.
    pub tables: Vec<TableProfile>,
    /// Files that gave no table.
    pub skipped: Vec<Skipped>,
}

/// A table profiled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableProfile {
    /// Name.
    pub name: String,
    /// File.
    pub file: String,
    /// SM3 of the file.
    pub sm3: Option<String>,
    /// Format.
    pub format: Format,
    /// Encoding and the evidence for it.
    pub encoding: Option<(String, String)>,
    /// Coordinate system as written beside the shapes.
    pub crs: Option<String>,
    /// Records read.
    pub records: u64,
    /// Records that could not be read.
    pub broken: u64,
    /// The first of them.
    pub broken_shown: Vec<BrokenRecord>,
    /// Remarks of the reader on records (formulas, cut texts), counted by text.
    pub remarks: Vec<(String, u64)>,
    /// What is to be said of the table as a whole.
    pub notes: Vec<String>,
    /// Fields.
    pub fields: Vec<FieldProfile>,
    /// Shapes.
    pub shapes: Option<ShapeProfile>,
}

/// Shapes of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct ShapeProfile {
    /// Records with a shape.
    pub count: u64,
    /// Records without.
    pub missing: u64,
    /// Points.
    pub points: u64,
    /// West, south, east, north of the coordinates as they stand.
    pub extent: Option<[f64; 4]>,
    /// What the numbers look like, in Chinese.
    pub looks_like: String,
}

/// Reads a source through and profiles it.
///
/// # Errors
/// A table that cannot be opened any more.
pub fn inspect(source: &Source) -> Result<Profile, SourceError> {
    let mut tables = Vec::new();
    for info in source.tables() {
        tables.push(table(source, info)?);
    }
    Ok(Profile {
        place: source.place().to_owned(),
        tables,
        skipped: source.skipped().to_vec(),
    })
}

fn table(source: &Source, info: &dengbu_sources::TableInfo) -> Result<TableProfile, SourceError> {
    let mut fields: Vec<Gathered> = info.fields.iter().map(|_| Gathered::default()).collect();
    let mut shapes = ShapeProfile::default();
    let (mut records, mut broken, mut broken_shown) = (0, 0, Vec::new());
    let mut remarks: Vec<(String, u64)> = Vec::new();
    for record in source.records(&info.name)? {
        match record {
            Err(error) => {
                broken += 1;
                if broken_shown.len() < BROKEN_SHOWN {
                    broken_shown.push(error);
                }
            }
            Ok(record) => {
                records += 1;
                for (gathered, cell) in fields.iter_mut().zip(&record.cells) {
                    gathered.take(cell, records);
                }
                for remark in &record.remarks {
                    count(&mut remarks, &remark.text);
                }
                if info.shapes {
                    shapes.take(record.geometry.as_ref());
                }
            }
        }
    }
    shapes.looks_like = shapes.extent.map_or_else(String::new, looks_like);
    Ok(TableProfile {
        name: info.name.clone(),
        file: info.file.clone(),
        sm3: source.file_sm3(&info.name)?,
        format: info.format,
        encoding: info
            .encoding
            .as_ref()
            .map(|e| (e.encoding.name().to_owned(), e.evidence.clone())),
        crs: info.crs.clone(),
        records,
        broken,
        broken_shown,
        remarks,
        notes: info.notes.clone(),
        fields: info
            .fields
            .iter()
            .zip(fields)
            .map(|(f, g)| g.profile(f, records))
            .collect(),
        shapes: info.shapes.then_some(shapes),
    })
}

fn count(remarks: &mut Vec<(String, u64)>, text: &str) {
    if let Some((_, n)) = remarks.iter_mut().find(|(t, _)| t == text) {
        *n += 1;
    } else if remarks.len() < BROKEN_SHOWN {
        remarks.push((text.to_owned(), 1));
    }
}

impl ShapeProfile {
    fn take(&mut self, geometry: Option<&Geometry<f64>>) {
        let Some(geometry) = geometry else {
            self.missing += 1;
            return;
        };
        self.count += 1;
        each_point(geometry, &mut |c| {
            self.points += 1;
            let e = self.extent.get_or_insert([c.x, c.y, c.x, c.y]);
            *e = [e[0].min(c.x), e[1].min(c.y), e[2].max(c.x), e[3].max(c.y)];
        });
    }
}

fn each_point(geometry: &Geometry<f64>, take: &mut impl FnMut(Coord<f64>)) {
    let mut line = |l: &LineString<f64>| l.0.iter().for_each(|c| take(*c));
    let polygon = |p: &Polygon<f64>, line: &mut dyn FnMut(&LineString<f64>)| {
        line(p.exterior());
        p.interiors().iter().for_each(line);
    };
    match geometry {
        Geometry::Point(p) => take(p.0),
        Geometry::MultiPoint(m) => m.0.iter().for_each(|p| take(p.0)),
        Geometry::LineString(l) => line(l),
        Geometry::MultiLineString(m) => m.0.iter().for_each(line),
        Geometry::Polygon(p) => polygon(p, &mut line),
        Geometry::MultiPolygon(m) => m.0.iter().for_each(|p| polygon(p, &mut line)),
        Geometry::GeometryCollection(c) => c.0.iter().for_each(|g| each_point(g, &mut *take)),
        _ => {}
    }
}

/// What coordinates of mainland China look like.
fn looks_like([west, south, east, north]: [f64; 4]) -> String {
    let within = |low: f64, high: f64, a: f64, b: f64| low <= a && b <= high;
    if within(73.0, 136.0, west, east) && within(3.0, 54.0, south, north) {
        "经纬度（度）".to_owned()
    } else if within(3.0, 54.0, west, east) && within(73.0, 136.0, south, north) {
        "经纬度，但顺序是“纬度、经度”".to_owned()
    } else if within(24e6, 46e6, west, east) && within(3e5, 6e6, south, north) {
        format!("三度带高斯坐标，横坐标前有带号 {}", (west / 1e6).floor())
    } else if within(13e6, 24e6, west, east) && within(3e5, 6e6, south, north) {
        format!("六度带高斯坐标，横坐标前有带号 {}", (west / 1e6).floor())
    } else if within(1e5, 9e5, west, east) && within(3e5, 6e6, south, north) {
        "高斯坐标，横坐标前没有带号".to_owned()
    } else if within(3e5, 6e6, west, east)
        && (within(1e5, 9e5, south, north) || within(13e6, 46e6, south, north))
    {
        "高斯坐标，但顺序是“北、东”".to_owned()
    } else {
        "不像国家坐标系，可能是地方平面坐标系，需要控制点".to_owned()
    }
}
