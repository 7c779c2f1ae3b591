//! DXF drawings (ASCII) of parcels in the way of 南方 CASS: closed polylines with their codes in
//! extended data, labels inside.
//!
//! Labels are found for polygons after both are read, so a drawing is held in memory; its size is
//! limited.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::sync::Arc;

use geo_types::{Coord, Geometry, LineString, Point, Polygon};

use crate::curves::bulged;
use crate::error::SourceError;
use crate::record::{Cell, Field, Record, Remark};
use crate::source::{Entry, FileAt, Format, Open, OpenOptions, Records, TableInfo};
use crate::text::{self, Line, Lines};

/// Extended data of an entity that become fields, beside the code.
const EXTRAS: usize = 8;
/// CASS writes 300000 as the code of a parcel's boundary, then 宗地号, 权利人, 地类号.
const CASS_PARCEL: &str = "300000";
/// Ends of a line closer than this are one point, in drawing units.
const SAME: f64 = 1e-6;

#[derive(Debug, Default, Clone)]
struct Entity {
    kind: String,
    line: u64,
    layer: String,
    handle: String,
    flags: i64,
    points: Vec<Coord<f64>>,
    bulges: Vec<f64>,
    text: String,
    extended: Vec<String>,
    broken: bool,
}

/// Opens a drawing: a table for the closed and one for the open lines of each layer, one for
/// labels.
pub fn open(file: &FileAt, options: &OpenOptions) -> Result<Vec<Entry>, SourceError> {
    let length = std::fs::metadata(&file.path)
        .map_err(SourceError::io(&file.path))?
        .len();
    if length > options.limits.whole_file_bytes {
        return Err(SourceError::too_large(
            &file.path,
            format!(
                "DXF 大于 {} MB，请按图幅分开导出",
                options.limits.whole_file_bytes >> 20
            ),
        ));
    }
    let guess = text::guess(&file.path, options.encoding(&file.stem()))?;
    let input = File::open(&file.path).map_err(SourceError::io(&file.path))?;
    let lines = Lines::new(input, &guess, options.limits.line_bytes)
        .map_err(SourceError::io(&file.path))?;
    let mut reader = Reader {
        lines,
        held: 0,
        held_max: options.limits.held_items,
        entities: Vec::new(),
        inserts: 0,
        notes: Vec::new(),
    };
    reader
        .read()
        .map_err(|what| SourceError::damaged(&file.path, what))?;
    let mut layers: BTreeMap<(String, u8), Vec<Record>> = BTreeMap::new();
    let labels: Vec<(Coord<f64>, String)> = reader
        .entities
        .iter()
        .filter(|e| e.kind == "TEXT")
        .filter_map(|e| Some((*e.points.first()?, e.text.clone())))
        .collect();
    for entity in &reader.entities {
        let (record, kind) = record(entity);
        layers
            .entry((entity.layer.clone(), kind))
            .or_default()
            .push(record);
    }
    let mut entries = Vec::new();
    for ((layer, kind), mut records) in layers {
        if kind == AREA {
            label(&mut records, &labels);
        }
        let suffix = ["", "·线", "·注记"]
            .get(usize::from(kind))
            .copied()
            .unwrap_or_default();
        let mut info = TableInfo::new(&format!("{layer}{suffix}"), file, Format::Dxf);
        info.fields = fields(kind);
        info.encoding = Some(guess.clone());
        info.shapes = true;
        info.records = Some(records.len() as u64);
        info.notes = reader.notes.clone();
        entries.push(Entry {
            info,
            open: Box::new(Layer(Arc::new(records))),
        });
    }
    if entries.is_empty() {
        return Err(SourceError::damaged(&file.path, "中没有多段线和文字"));
    }
    Ok(entries)
}

const AREA: u8 = 0;
const LINE: u8 = 1;
const LABEL: u8 = 2;

fn fields(kind: u8) -> Vec<Field> {
    let mut names: Vec<String> = ["图层", "句柄"].map(str::to_owned).to_vec();
    if kind == LABEL {
        names.push("文字".to_owned());
    } else {
        names.extend(["编码", "宗地号", "权利人", "地类"].map(str::to_owned));
        names.extend((1..=EXTRAS).map(|i| format!("扩展{i}")));
        if kind == AREA {
            names.push("注记".to_owned());
        }
    }
    names.into_iter().map(Field::text).collect()
}

struct Layer(Arc<Vec<Record>>);

impl Open for Layer {
    fn records(&self) -> Result<Records, SourceError> {
        let records = self.0.clone();
        let mut next = 0;
        Ok(Box::new(std::iter::from_fn(move || {
            let record = records.get(next)?.clone();
            next += 1;
            Some(Ok(record))
        })))
    }
}

struct Reader {
    lines: Lines,
    held: usize,
    held_max: usize,
    entities: Vec<Entity>,
    inserts: usize,
    notes: Vec<String>,
}

impl Reader {
    /// A group code and its value; `None` at the end.
    fn pair(&mut self) -> Result<Option<(i32, String)>, String> {
        let code = match self.line()? {
            Some(line) => line,
            None => return Ok(None),
        };
        let number = self.lines.number();
        let code = code.trim().parse().map_err(|_| {
            format!(
                "第 {number} 行应为组码，现为“{}”。只能读取文本格式的 DXF",
                code.chars().take(20).collect::<String>()
            )
        })?;
        match self.line()? {
            Some(value) => Ok(Some((code, value))),
            None => Ok(None),
        }
    }

    fn line(&mut self) -> Result<Option<String>, String> {
        match self.lines.next_line() {
            Ok(Some(Line::Text(t))) => Ok(Some(t.to_owned())),
            Ok(Some(Line::TooLong)) => Err(format!(
                "第 {} 行过长，不是文本格式的 DXF",
                self.lines.number()
            )),
            Ok(None) => Ok(None),
            Err(e) => Err(format!("读取中断：{e}")),
        }
    }

    fn read(&mut self) -> Result<(), String> {
        let mut section = String::new();
        let mut entity = Entity::default();
        let mut ended = false;
        while let Some((code, value)) = self.pair()? {
            if code == 0 {
                let name = value.trim().to_ascii_uppercase();
                match name.as_str() {
                    // The corners of an old polyline come as entities of their own.
                    "VERTEX" if entity.kind == "POLYLINE" => {
                        entity.points.push(Coord {
                            x: f64::NAN,
                            y: f64::NAN,
                        });
                        entity.bulges.push(0.0);
                        self.hold(1)?;
                        continue;
                    }
                    "SEQEND" => continue,
                    _ => {}
                }
                self.keep(std::mem::take(&mut entity))?;
                match name.as_str() {
                    "EOF" => {
                        ended = true;
                        break;
                    }
                    "SECTION" => section.clear(),
                    "INSERT" => self.inserts += 1,
                    _ => {}
                }
                if section == "ENTITIES" {
                    entity.kind = name;
                    entity.line = self.lines.number();
                }
            } else if code == 2 && section.is_empty() {
                section = value.trim().to_ascii_uppercase();
            } else if !entity.kind.is_empty() {
                self.group(&mut entity, code, &value)?;
            }
        }
        self.keep(entity)?;
        if !ended {
            self.notes
                .push("文件没有以 EOF 结束，其后的内容可能缺失".to_owned());
        }
        if self.inserts > 0 {
            self.notes.push(format!(
                "有 {} 个图块引用，图块内的图形未读取，请先分解",
                self.inserts
            ));
        }
        Ok(())
    }

    fn hold(&mut self, n: usize) -> Result<(), String> {
        self.held += n;
        if self.held > self.held_max {
            return Err(format!(
                "图形的点和文字多于 {}，请按图幅分开导出",
                self.held_max
            ));
        }
        Ok(())
    }

    fn group(&mut self, e: &mut Entity, code: i32, value: &str) -> Result<(), String> {
        let value = value.trim();
        let mut number = || {
            let n = value.parse::<f64>().ok().filter(|n| n.is_finite());
            e.broken |= n.is_none();
            n.unwrap_or(0.0)
        };
        match code {
            5 => e.handle = value.to_owned(),
            8 if e.layer.is_empty() => e.layer = unescaped(value),
            70 if e.points.is_empty() => e.flags = value.parse().unwrap_or(0),
            10 => {
                let x = number();
                match (e.kind.as_str(), e.points.last_mut()) {
                    ("LWPOLYLINE" | "LINE", _) => {
                        e.points.push(Coord { x, y: 0.0 });
                        e.bulges.push(0.0);
                        self.hold(1)?;
                    }
                    // Group 10 of the polyline itself is a dummy; that of a corner fills it.
                    ("POLYLINE", Some(last)) => last.x = x,
                    ("POLYLINE", None) => {}
                    (_, Some(last)) => last.x = x,
                    (_, None) => {
                        e.points.push(Coord { x, y: 0.0 });
                        self.hold(1)?;
                    }
                }
            }
            11 if e.kind == "LINE" => {
                let x = number();
                e.points.push(Coord { x, y: 0.0 });
                e.bulges.push(0.0);
            }
            20 | 21 if code == 20 || e.kind == "LINE" => {
                let y = number();
                if let Some(last) = e.points.last_mut() {
                    last.y = y;
                }
            }
            42 => {
                let bulge = number();
                if let Some(last) = e.bulges.last_mut() {
                    *last = bulge;
                }
            }
            1 | 3 if e.kind == "TEXT" || e.kind == "MTEXT" => {
                e.text.push_str(&unescaped(value));
            }
            1000 | 1003 | 1005 | 1040 | 1070 | 1071 if e.extended.len() < 64 => {
                e.extended.push(unescaped(value));
            }
            _ => {}
        }
        Ok(())
    }

    fn keep(&mut self, mut entity: Entity) -> Result<(), String> {
        match entity.kind.as_str() {
            "LWPOLYLINE" | "POLYLINE" | "LINE" => {}
            "TEXT" => {}
            "MTEXT" => {
                entity.text = plain(&entity.text);
                entity.kind = "TEXT".to_owned();
            }
            _ => return Ok(()),
        }
        self.hold(1)?;
        entity.broken |= entity
            .points
            .iter()
            .any(|p| !p.x.is_finite() || !p.y.is_finite());
        self.entities.push(entity);
        Ok(())
    }
}

/// `\U+653F` to the character, `%%d` and kin out.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\U+") {
        out.push_str(&rest[..at]);
        let hex = rest.get(at + 3..at + 7);
        match hex
            .and_then(|h| u32::from_str_radix(h, 16).ok())
            .and_then(char::from_u32)
        {
            Some(c) => {
                out.push(c);
                rest = &rest[at + 7..];
            }
            None => {
                out.push_str("\\U+");
                rest = &rest[at + 3..];
            }
        }
    }
    out + rest
}

/// The text of an MTEXT without its formatting (`{\fSimSun;宗地}\P2`).
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' => {}
            '\\' => match chars.next() {
                Some('P' | '~') => out.push(' '),
                Some(c @ ('\\' | '{' | '}')) => out.push(c),
                Some('L' | 'l' | 'O' | 'o' | 'K' | 'k') | None => {}
                // A format with arguments up to the semicolon.
                Some(_) => {
                    for c in chars.by_ref() {
                        if c == ';' {
                            break;
                        }
                    }
                }
            },
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

fn record(entity: &Entity) -> (Record, u8) {
    let mut record = Record {
        number: entity.line,
        ..Record::default()
    };
    let mut cell = |text: &str| record.cells.push(Cell::from_text(text.trim()));
    cell(&entity.layer);
    cell(&entity.handle);
    if entity.kind == "TEXT" {
        cell(&entity.text);
        record.geometry = entity.points.first().map(|p| Point(*p).into());
        return (record, LABEL);
    }
    let x = &entity.extended;
    let extra = |i: usize| x.get(i).map_or("", String::as_str);
    cell(extra(0));
    let parcel = extra(0) == CASS_PARCEL;
    for i in 1..=3 {
        cell(if parcel { extra(i) } else { "" });
    }
    for i in 1..=EXTRAS {
        cell(extra(i));
    }
    let (first, last) = (entity.points.first(), entity.points.last());
    let meets = match (first, last) {
        (Some(a), Some(b)) => (a.x - b.x).abs() < SAME && (a.y - b.y).abs() < SAME,
        _ => false,
    };
    let closed =
        entity.kind != "LINE" && entity.points.len() > 2 && (entity.flags & 1 == 1 || meets);
    if entity.broken {
        record.remarks.push(Remark::on_shape("坐标无法识别"));
    } else {
        record.geometry = shape(entity, closed);
    }
    (record, if closed { AREA } else { LINE })
}

fn shape(entity: &Entity, closed: bool) -> Option<Geometry<f64>> {
    let mut points = Vec::new();
    let n = entity.points.len();
    for (i, p) in entity.points.iter().enumerate() {
        points.push(*p);
        let next = if i + 1 < n {
            entity.points.get(i + 1)
        } else {
            entity.points.first().filter(|_| closed)
        };
        if let (Some(next), Some(bulge)) = (next, entity.bulges.get(i)) {
            points.extend(bulged(*p, *next, *bulge));
        }
    }
    let line = LineString::new(points);
    match (closed, line.0.len()) {
        (_, 0 | 1) => None,
        (true, _) => Some(Polygon::new(line, Vec::new()).into()),
        (false, _) => Some(line.into()),
    }
}

/// Writes the labels that lie in a polygon into its last field.
fn label(records: &mut [Record], labels: &[(Coord<f64>, String)]) {
    let mut sorted: Vec<&(Coord<f64>, String)> =
        labels.iter().filter(|(p, _)| p.x.is_finite()).collect();
    sorted.sort_by(|a, b| a.0.x.total_cmp(&b.0.x));
    for record in records {
        let mut inside: BTreeSet<&str> = BTreeSet::new();
        if let Some(Geometry::Polygon(p)) = &record.geometry {
            let ring = &p.exterior().0;
            let low = ring.iter().map(|c| c.x).fold(f64::INFINITY, f64::min);
            let high = ring.iter().map(|c| c.x).fold(f64::NEG_INFINITY, f64::max);
            let from = sorted.partition_point(|l| l.0.x < low);
            for (at, text) in sorted[from..].iter().take_while(|l| l.0.x <= high) {
                if crate::rings::contains(p.exterior(), at) {
                    inside.insert(text.trim());
                }
            }
        }
        let joined = inside.into_iter().collect::<Vec<_>>().join("|");
        record.cells.push(Cell::from_text(&joined));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(TableInfo, Vec<Record>)>, SourceError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.dxf");
        std::fs::write(&path, encoding_rs::GBK.encode(text).0).unwrap();
        let file = FileAt {
            path,
            shown: "t.dxf".into(),
        };
        let entries = open(&file, &OpenOptions::default())?;
        Ok(entries
            .into_iter()
            .map(|e| {
                (
                    e.info,
                    e.open.records().unwrap().map(Result::unwrap).collect(),
                )
            })
            .collect())
    }

    fn dxf(pairs: &[(i32, &str)]) -> String {
        pairs
            .iter()
            .map(|(c, v)| format!("{c}\r\n{v}\r\n"))
            .collect()
    }

    fn drawing() -> String {
        dxf(&[
            (0, "SECTION"),
            (2, "HEADER"),
            (9, "$ACADVER"),
            (1, "AC1015"),
            (0, "ENDSEC"),
            (0, "SECTION"),
            (2, "ENTITIES"),
            (0, "LWPOLYLINE"),
            (5, "A1"),
            (8, "JZD"),
            (90, "4"),
            (70, "1"),
            (10, "0"),
            (20, "0"),
            (10, "10"),
            (20, "0"),
            (10, "10"),
            (20, "10"),
            (42, "1"),
            (10, "0"),
            (20, "10"),
            (1001, "SOUTH"),
            (1000, "300000"),
            (1000, "510422001001GB00001"),
            (1000, "张三"),
            (1000, "0701"),
            (0, "POLYLINE"),
            (8, "JMD"),
            (66, "1"),
            (70, "1"),
            (10, "0"),
            (20, "0"),
            (0, "VERTEX"),
            (8, "JMD"),
            (10, "1"),
            (20, "1"),
            (0, "VERTEX"),
            (8, "JMD"),
            (10, "2"),
            (20, "1"),
            (0, "VERTEX"),
            (8, "JMD"),
            (10, "2"),
            (20, "2"),
            (0, "SEQEND"),
            (0, "TEXT"),
            (8, "ZJ"),
            (10, "5"),
            (20, "5"),
            (1, "砖\\U+6DF7"),
            (0, "MTEXT"),
            (8, "ZJ"),
            (10, "1.8"),
            (20, "1.5"),
            (1, "{\\fSimSun|b0;混3}\\P甲"),
            (0, "LINE"),
            (8, "JZD"),
            (10, "0"),
            (20, "0"),
            (11, "5"),
            (21, "5"),
            (0, "INSERT"),
            (8, "0"),
            (2, "blk"),
            (0, "ENDSEC"),
            (0, "EOF"),
        ])
    }

    #[test]
    fn parcels_with_codes_and_labels() {
        let tables = read(&drawing()).unwrap();
        let names: Vec<&str> = tables.iter().map(|(i, _)| i.name.as_str()).collect();
        assert_eq!(names, ["JMD", "JZD", "JZD·线", "ZJ·注记"]);
        let (info, parcels) = &tables[1];
        assert!(info.notes[0].contains("图块"));
        let value = |f: &str| {
            parcels[0].cells[info.field(f).unwrap()]
                .as_text()
                .into_owned()
        };
        assert_eq!(
            (value("宗地号"), value("权利人"), value("编码")),
            ("510422001001GB00001".into(), "张三".into(), "300000".into())
        );
        assert_eq!(value("注记"), "混3 甲|砖混");
        let Some(Geometry::Polygon(p)) = &parcels[0].geometry else {
            panic!()
        };
        assert!(p.exterior().0.len() > 30, "the bulge is stroked");
        let Some(Geometry::Polygon(p)) = &tables[0].1[0].geometry else {
            panic!()
        };
        assert_eq!(p.exterior().0.len(), 4);
    }

    #[test]
    fn no_drawing() {
        assert!(read("AutoCAD Binary DXF\r\n\u{1a}").is_err());
        assert!(read("").is_err());
        let cut = drawing();
        let tables = read(&cut[..cut.len() / 2]).unwrap();
        assert!(tables[0].0.notes[0].contains("EOF"));
    }

    proptest::proptest! {
        #[test]
        fn cut_and_spoilt(cut in 0usize..900, at in 0usize..900, byte in proptest::num::u8::ANY) {
            let mut bytes = drawing().into_bytes();
            bytes.truncate(bytes.len().saturating_sub(cut));
            if let Some(b) = bytes.get_mut(at) { *b = byte; }
            let _ = read(&String::from_utf8_lossy(&bytes));
        }
    }
}
