//! One pass over the file: head, layers, table structures, places of objects and rows.

use std::collections::HashMap;
use std::path::Path;

use super::cursor::{At, Cursor};
use super::object::{Fault, Reader};
use crate::error::SourceError;
use crate::limits::Limits;
use crate::text::EncodingGuess;

/// Kind of a layer's objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerKind {
    /// Point.
    Point,
    /// Line.
    Line,
    /// Polygon.
    Polygon,
    /// Annotation.
    Annotation,
    /// Solid, Aggregation: not read.
    Other,
}

impl LayerKind {
    fn of(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "point" => Self::Point,
            "line" => Self::Line,
            "polygon" => Self::Polygon,
            "annotation" => Self::Annotation,
            "solid" | "aggregation" => Self::Other,
            _ => return None,
        })
    }

    /// The section's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Point => "Point",
            Self::Line => "Line",
            Self::Polygon => "Polygon",
            Self::Annotation => "Annotation",
            Self::Other => "Solid",
        }
    }
}

/// A layer (FeatureCode).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// 要素代码.
    pub code: String,
    /// 要素名称.
    pub name: String,
    /// Kind of objects.
    pub kind: LayerKind,
    /// Attribute table.
    pub table: String,
}

/// Type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VctType {
    /// Char, Varchar, Boolean, Time.
    Char,
    /// Int1 to Int8 and kin.
    Int,
    /// Float, Double, Numeric.
    Float,
    /// Date, Datetime.
    Date,
    /// Varbin.
    Binary,
}

/// A field of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VctField {
    /// Name.
    pub name: String,
    /// Type.
    pub field_type: VctType,
    /// Width, 0: none given.
    pub width: u32,
    /// Decimals.
    pub decimals: u32,
}

/// Structure of an attribute table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    /// Table.
    pub table: String,
    /// Fields behind the 标识码.
    pub fields: Vec<VctField>,
}

/// Where an object stands.
#[derive(Debug, Clone, Copy)]
pub struct ObjectAt {
    pub at: At,
    pub kind: LayerKind,
}

/// What one pass found.
#[derive(Debug)]
pub struct Index {
    pub head: Vec<(String, String)>,
    pub separator: char,
    pub layers: Vec<Layer>,
    pub structures: Vec<Structure>,
    pub objects: HashMap<i64, ObjectAt>,
    /// Attribute tables: name, place of the first row, rows.
    pub tables: Vec<(String, At, u64)>,
    pub notes: Vec<String>,
}

impl Index {
    /// A value of the head.
    pub fn head(&self, key: &str) -> Option<&str> {
        self.head
            .iter()
            .find(|(k, _)| k.eq_ignore_ascii_case(key))
            .map(|(_, v)| v.as_str())
    }

    /// The coordinate system as the head tells it.
    pub fn crs(&self) -> Option<String> {
        let keys = [
            "CoordinateSystemType",
            "Spheroid",
            "Projection",
            "Parameters",
            "XAxisDirection",
            "YAxisDirection",
        ];
        let said: Vec<String> = keys
            .iter()
            .filter_map(|k| self.head(k).map(|v| format!("{k}:{v}")))
            .collect();
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// Rows of a table.
    pub fn rows(&self, table: &str) -> u64 {
        self.tables
            .iter()
            .filter(|(t, ..)| t == table)
            .map(|(.., n)| n)
            .sum()
    }
}

/// Notes of one kind that are written out; more are counted.
const NOTES_SHOWN: usize = 20;

struct Scan<'a> {
    path: &'a Path,
    lines: Cursor,
    limits: &'a Limits,
    index: Index,
    seen: Vec<String>,
    broken: usize,
}

/// Goes through a file.
pub fn scan(path: &Path, guess: &EncodingGuess, limits: &Limits) -> Result<Index, SourceError> {
    let mut scan = Scan {
        path,
        lines: Cursor::open(path, guess, limits.line_bytes)?,
        limits,
        index: Index {
            head: Vec::new(),
            separator: ',',
            layers: Vec::new(),
            structures: Vec::new(),
            objects: HashMap::new(),
            tables: Vec::new(),
            notes: Vec::new(),
        },
        seen: Vec::new(),
        broken: 0,
    };
    let first = scan.line()?.unwrap_or_default();
    if !first.eq_ignore_ascii_case("HeadBegin") {
        return Err(SourceError::damaged(
            path,
            "不是 VCT 交换文件（第一行应为 HeadBegin）",
        ));
    }
    scan.section("head")?;
    scan.seen.push("head".to_owned());
    while let Some(line) = scan.line()? {
        let lower = line.to_ascii_lowercase();
        match lower.strip_suffix("begin") {
            Some(section) => {
                scan.section(section)?;
                scan.seen.push(section.to_owned());
            }
            None => scan.note(format!(
                "第 {} 行“{}”不属于任何一节，已跳过",
                scan.lines.line(),
                short(&line)
            )),
        }
    }
    scan.finish();
    Ok(scan.index)
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

impl Scan<'_> {
    fn line(&mut self) -> Result<Option<String>, SourceError> {
        Ok(self
            .lines
            .next()
            .map_err(SourceError::io(self.path))?
            .map(str::to_owned))
    }

    fn note(&mut self, text: String) {
        self.broken += 1;
        if self.broken <= NOTES_SHOWN {
            self.index.notes.push(text);
        }
    }

    fn finish(&mut self) {
        if self.broken > NOTES_SHOWN {
            let more = self.broken - NOTES_SHOWN;
            self.index.notes.push(format!("另有 {more} 处同类问题"));
        }
        for (section, name) in [
            ("featurecode", "要素类型（FeatureCode）"),
            ("tablestructure", "表结构（TableStructure）"),
            ("attribute", "属性（Attribute）"),
        ] {
            if !self.seen.iter().any(|s| s == section) {
                self.index.notes.push(format!("缺少{name}一节"));
            }
        }
        for layer in &self.index.layers {
            let kind = layer.kind.word().to_ascii_lowercase();
            if layer.kind != LayerKind::Other && !self.seen.contains(&kind) {
                self.index.notes.push(format!(
                    "图层“{}”没有图形：缺少 {} 一节",
                    layer.name,
                    layer.kind.word()
                ));
            }
        }
    }

    /// A section up to its end; one that breaks off is a note.
    fn section(&mut self, section: &str) -> Result<(), SourceError> {
        let end = format!("{section}end");
        match section {
            "head" => self.head(&end),
            "featurecode" => self.feature_codes(&end),
            "tablestructure" => self.structures(&end),
            "point" | "line" | "polygon" | "annotation" => {
                let kind = LayerKind::of(section).unwrap_or(LayerKind::Other);
                self.objects(kind, &end)
            }
            "attribute" => self.attributes(&end),
            other => {
                if other != "comment" && other != "style" && other != "topology" {
                    self.note(format!("“{}”一节不读取", short(other)));
                }
                while let Some(line) = self.line()? {
                    if line.eq_ignore_ascii_case(&end) {
                        return Ok(());
                    }
                }
                self.broken_off(&end);
                Ok(())
            }
        }
    }

    fn broken_off(&mut self, end: &str) {
        self.note(format!(
            "文件在第 {} 行中断，缺少 {end}，其后的内容缺失",
            self.lines.line()
        ));
    }

    fn head(&mut self, end: &str) -> Result<(), SourceError> {
        while let Some(line) = self.line()? {
            if line.eq_ignore_ascii_case(end) {
                let sign = self.index.head("Separator").and_then(|s| s.chars().next());
                self.index.separator = sign.unwrap_or(',');
                let arrow = |a: Option<&str>| a.unwrap_or_default().to_ascii_uppercase();
                if arrow(self.index.head("XAxisDirection")) == "N" {
                    self.index
                        .notes
                        .push("文件头写明 X 轴向北：坐标按“北、东”排列".to_owned());
                }
                return Ok(());
            }
            if let Some((key, value)) = line.split_once([':', '：']) {
                self.index
                    .head
                    .push((key.trim().to_owned(), value.trim().to_owned()));
            }
        }
        self.broken_off(end);
        Ok(())
    }

    fn feature_codes(&mut self, end: &str) -> Result<(), SourceError> {
        while let Some(line) = self.line()? {
            if line.eq_ignore_ascii_case(end) {
                return Ok(());
            }
            let parts: Vec<&str> = line.split(self.index.separator).map(str::trim).collect();
            // Pure tables have two columns, older dialects colours before the table.
            let kind = parts.get(2).and_then(|k| LayerKind::of(k));
            match (kind, parts.as_slice()) {
                (Some(kind), [code, name, _, .., table]) => self.index.layers.push(Layer {
                    code: (*code).to_owned(),
                    name: (*name).to_owned(),
                    kind,
                    table: (*table).to_owned(),
                }),
                (None, [_, _]) => {}
                _ => self.note(format!("第 {} 行的要素类型无法识别", self.lines.line())),
            }
            if self.index.layers.len() > self.limits.fields {
                return Err(SourceError::too_large(self.path, "图层过多"));
            }
        }
        self.broken_off(end);
        Ok(())
    }

    fn structures(&mut self, end: &str) -> Result<(), SourceError> {
        while let Some(line) = self.line()? {
            if line.eq_ignore_ascii_case(end) {
                return Ok(());
            }
            let mut structure = Structure {
                table: line
                    .split(self.index.separator)
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
                fields: Vec::new(),
            };
            let mut closed = false;
            while let Some(line) = self.line()? {
                if line == "0" {
                    closed = true;
                    break;
                }
                if line.eq_ignore_ascii_case(end) {
                    self.note(format!("表“{}”的结构没有以 0 结束", structure.table));
                    self.index.structures.push(structure);
                    return Ok(());
                }
                structure.fields.push(field(&line, self.index.separator));
                if structure.fields.len() > self.limits.fields {
                    return Err(SourceError::too_large(self.path, "字段过多"));
                }
            }
            self.index.structures.push(structure);
            if !closed {
                break;
            }
        }
        self.broken_off(end);
        Ok(())
    }

    fn objects(&mut self, kind: LayerKind, end: &str) -> Result<(), SourceError> {
        while let Some(line) = self.line()? {
            if line.eq_ignore_ascii_case(end) {
                return Ok(());
            }
            let at = self.lines.before();
            let Ok(id) = line.parse::<i64>() else {
                self.note(format!(
                    "第 {} 行应为标识码，现为“{}”",
                    self.lines.line(),
                    short(&line)
                ));
                if self.resync(end)? {
                    return Ok(());
                }
                continue;
            };
            let mut reader = Reader {
                lines: &mut self.lines,
                separator: self.index.separator,
                points_max: self.limits.points,
            };
            let read = reader.codes().and_then(|_| reader.shape(kind));
            self.index
                .objects
                .entry(id)
                .or_insert(ObjectAt { at, kind });
            match read {
                Ok(_) => {}
                Err(Fault::End(_)) => break,
                Err(Fault::Object(why)) => {
                    self.note(format!(
                        "第 {} 行的图形对象 {id} 无法读取：{why}",
                        at.line + 1
                    ));
                    if self.resync(end)? {
                        return Ok(());
                    }
                }
            }
        }
        self.broken_off(end);
        Ok(())
    }

    /// Goes on behind the broken object's closing 0; true at the section's end.
    fn resync(&mut self, end: &str) -> Result<bool, SourceError> {
        while let Some(line) = self.line()? {
            if line == "0" {
                return Ok(false);
            }
            if line.eq_ignore_ascii_case(end) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn attributes(&mut self, end: &str) -> Result<(), SourceError> {
        while let Some(table) = self.line()? {
            if table.eq_ignore_ascii_case(end) {
                return Ok(());
            }
            if !self.index.structures.iter().any(|s| s.table == table) {
                self.note(format!(
                    "第 {} 行的属性表“{}”没有结构定义，未读取",
                    self.lines.line(),
                    short(&table)
                ));
            }
            let (mut first, mut rows, mut closed) = (None, 0, false);
            while let Some(line) = self.line()? {
                if line.eq_ignore_ascii_case("TableEnd") {
                    closed = true;
                    break;
                }
                if line.eq_ignore_ascii_case(end) {
                    self.note(format!("属性表“{}”没有以 TableEnd 结束", short(&table)));
                    if let Some(at) = first {
                        self.index.tables.push((table, at, rows));
                    }
                    return Ok(());
                }
                first.get_or_insert(self.lines.before());
                rows += 1;
            }
            if let Some(at) = first {
                self.index.tables.push((table, at, rows));
            }
            if !closed {
                break;
            }
        }
        self.broken_off(end);
        Ok(())
    }
}

fn field(line: &str, separator: char) -> VctField {
    let mut parts = line.split(separator).map(str::trim);
    let name = parts.next().unwrap_or_default().to_owned();
    let word = parts.next().unwrap_or_default().to_ascii_lowercase();
    let field_type = match word.as_str() {
        "integer" | "smallint" => VctType::Int,
        w if w.starts_with("int") => VctType::Int,
        "float" | "double" | "numeric" => VctType::Float,
        "date" | "datetime" => VctType::Date,
        "varbin" => VctType::Binary,
        _ => VctType::Char,
    };
    let mut number = || parts.next().and_then(|n| n.parse().ok()).unwrap_or(0);
    VctField {
        name,
        field_type,
        width: number(),
        decimals: number(),
    }
}
