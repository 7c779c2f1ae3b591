//! VCT 3.0 text (GB/T 17798—2007): polygons of layers with their attribute tables, as far as the
//! cadastral deliveries of the counties use it (direct polygons of simple rings).

use super::{
    Rings,
    table::{Row, decode},
};
use crate::error::{LegacyError, read_bytes};
use crate::finding::{At, FindingClass, Findings};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

/// Points of one ring beyond which a file is held to be garbage.
const MAX_POINTS: usize = 1_000_000;

/// A file read: attribute rows per table and polygons by object id (标识码).
#[derive(Debug, Default)]
pub struct Vct {
    /// Attribute rows by table name, each with its object id.
    pub tables: BTreeMap<String, Vec<(String, Row)>>,
    /// Rows met per table, unreadable ones among them.
    pub read: BTreeMap<String, usize>,
    /// Polygons by object id.
    pub polygons: HashMap<String, Rings>,
}

struct Lines<'a> {
    file: &'a Path,
    lines: Vec<&'a str>,
    at: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Result<&'a str, LegacyError> {
        while let Some(line) = self.lines.get(self.at) {
            self.at += 1;
            if !line.trim().is_empty() {
                return Ok(line.trim());
            }
        }
        Err(LegacyError::damaged(
            self.file,
            Some(self.at),
            "文件在此中断，缺少结束标志",
        ))
    }

    fn damaged(&self, what: impl Into<String>) -> LegacyError {
        LegacyError::damaged(self.file, Some(self.at), what)
    }
}

/// Reads a VCT file (GBK).
pub fn read(
    file: &Path,
    source: &'static str,
    findings: &mut Findings,
) -> Result<Vct, LegacyError> {
    let text = decode(&read_bytes(file)?, encoding_rs::GBK);
    let mut lines = Lines {
        file,
        lines: text.lines().collect(),
        at: 0,
    };
    let (mut vct, mut structure, mut separator) = (Vct::default(), HashMap::new(), ',');
    let mut attributes = false;
    if !lines.next()?.eq_ignore_ascii_case("HeadBegin") {
        return Err(lines.damaged("不是 VCT 交换文件（缺少 HeadBegin）"));
    }
    lines.at = 0;
    while !attributes {
        match lines.next()?.to_ascii_lowercase().as_str() {
            "headbegin" => separator = head(&mut lines)?,
            "tablestructurebegin" => structure = table_structure(&mut lines, separator)?,
            "polygonbegin" => polygons(&mut lines, separator, source, &mut vct, findings)?,
            "attributebegin" => {
                attribute_tables(
                    &mut lines, separator, source, &structure, &mut vct, findings,
                )?;
                attributes = true;
            }
            other => {
                // Sections that a loader has no use for (FeatureCode, Point, Line, Style …).
                if let Some(section) = other.strip_suffix("begin") {
                    let end = format!("{section}end");
                    while !lines.next()?.eq_ignore_ascii_case(&end) {}
                }
            }
        }
    }
    Ok(vct)
}

fn head(lines: &mut Lines<'_>) -> Result<char, LegacyError> {
    let mut separator = ',';
    loop {
        let line = lines.next()?;
        if line.eq_ignore_ascii_case("HeadEnd") {
            return Ok(separator);
        }
        if let Some(sign) = line
            .strip_prefix("Separator:")
            .and_then(|s| s.chars().next())
        {
            separator = sign;
        }
    }
}

fn table_structure(
    lines: &mut Lines<'_>,
    separator: char,
) -> Result<HashMap<String, Vec<String>>, LegacyError> {
    let mut out = HashMap::new();
    loop {
        let line = lines.next()?;
        if line.eq_ignore_ascii_case("TableStructureEnd") {
            return Ok(out);
        }
        let table = line.split(separator).next().unwrap_or_default().to_owned();
        let mut names = Vec::new();
        loop {
            let field = lines.next()?;
            if field == "0" {
                break;
            }
            if field.eq_ignore_ascii_case("TableStructureEnd") {
                return Err(lines.damaged(format!("表“{table}”的结构没有结束")));
            }
            names.push(field.split(separator).next().unwrap_or_default().to_owned());
        }
        out.insert(table, names);
    }
}

fn polygons(
    lines: &mut Lines<'_>,
    separator: char,
    source: &'static str,
    vct: &mut Vct,
    findings: &mut Findings,
) -> Result<(), LegacyError> {
    loop {
        let id = lines.next()?.to_owned();
        if id.eq_ignore_ascii_case("PolygonEnd") {
            return Ok(());
        }
        let begin = lines.at;
        match polygon(lines, separator)? {
            Some(rings) => {
                vct.polygons.insert(id, rings);
            }
            None => {
                findings.add(
                    FindingClass::RowUnreadable,
                    At::new(source, "Polygon", &id),
                    ("", ""),
                    format!("第 {begin} 行起的面图形无法读取，该图形未读取"),
                );
                // Go on behind the object's closing 0, or at the end of the section.
                loop {
                    let line = lines.next()?;
                    if line == "0" {
                        break;
                    }
                    if line.eq_ignore_ascii_case("PolygonEnd") {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// One object behind its id; `None` when something else than a direct polygon of simple rings.
fn polygon(lines: &mut Lines<'_>, separator: char) -> Result<Option<Rings>, LegacyError> {
    let point = |line: &str| -> Option<[f64; 2]> {
        let mut parts = line
            .split(separator)
            .map(|p| p.trim().parse::<f64>().ok().filter(|v| v.is_finite()));
        Some([parts.next()??, parts.next()??])
    };
    lines.next()?;
    lines.next()?;
    if lines.next()? != "1" || point(lines.next()?).is_none() {
        return Ok(None);
    }
    let Ok(rings) = lines.next()?.parse::<usize>() else {
        return Ok(None);
    };
    let mut out = Vec::new();
    for _ in 0..rings {
        if lines.next()? != "11" {
            return Ok(None);
        }
        let Some(points) = lines
            .next()?
            .parse::<usize>()
            .ok()
            .filter(|n| *n <= MAX_POINTS)
        else {
            return Ok(None);
        };
        let mut ring = Vec::new();
        for _ in 0..points {
            let Some(p) = point(lines.next()?) else {
                return Ok(None);
            };
            ring.push(p);
        }
        out.push(ring);
    }
    Ok((lines.next()? == "0").then_some(out))
}

fn attribute_tables(
    lines: &mut Lines<'_>,
    separator: char,
    source: &'static str,
    structure: &HashMap<String, Vec<String>>,
    vct: &mut Vct,
    findings: &mut Findings,
) -> Result<(), LegacyError> {
    loop {
        let table = lines.next()?.to_owned();
        if table.eq_ignore_ascii_case("AttributeEnd") {
            return Ok(());
        }
        let names = structure
            .get(&table)
            .ok_or_else(|| lines.damaged(format!("属性表“{table}”没有结构定义")))?;
        let index: Arc<HashMap<String, usize>> = Arc::new(
            names
                .iter()
                .enumerate()
                .map(|(i, n)| (n.clone(), i))
                .collect(),
        );
        loop {
            let line = lines.next()?;
            if line.eq_ignore_ascii_case("TableEnd") {
                break;
            }
            *vct.read.entry(table.clone()).or_default() += 1;
            let mut fields: Vec<String> = line.split(separator).map(str::to_owned).collect();
            let id = fields.remove(0);
            if fields.len() != names.len() || line.contains('\u{fffd}') {
                let message = format!(
                    "第 {} 行属性无法读取（字段数不符或有无法识别的字符），该行未读取",
                    lines.at
                );
                findings.add(
                    FindingClass::RowUnreadable,
                    At::new(source, &table, fields.first().map_or("", String::as_str)),
                    ("", ""),
                    message,
                );
                continue;
            }
            vct.tables
                .entry(table.clone())
                .or_default()
                .push((id, Row::new(lines.at, fields, index.clone())));
        }
    }
}
