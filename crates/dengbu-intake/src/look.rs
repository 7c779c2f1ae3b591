//! Deliveries looked into while a person makes a mapping: what the fields hold, what is wrong
//! with the mapping, what it would make of the first records.
//!
//! All of it reads files and is to be called off the threads that serve requests.

use std::path::Path;

use chrono::NaiveDate;
use dengbu_mapping::inspect::{self, FieldProfile, TableProfile};
use dengbu_mapping::outline::{Outline, outline};
use dengbu_mapping::preview::{self, PreviewError};
use dengbu_mapping::{Fault, Faults, Mapping, defaults};
use dengbu_sources::{OpenOptions, Source};
use serde::{Deserialize, Serialize};

use crate::IntakeError;
use crate::packages::LaidOut;

/// What messages call the file a person is writing.
const FILE: &str = "对照文件";
/// How profiles kept beside a delivery are called; another form of them gets another name.
const KEPT: &str = "profile-1";

/// What a delivery holds, and the mapping to begin with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SourceProfile {
    /// Tables.
    pub tables: Vec<ProfiledTable>,
    /// Files that gave no table, with the reason.
    pub skipped: Vec<String>,
    /// A mapping proposed by names and contents, or the one the program carries for the source.
    pub proposal: String,
}

/// A table of the source.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProfiledTable {
    /// Name.
    pub name: String,
    /// File.
    pub file: String,
    /// SM3 of the file.
    pub sm3: Option<String>,
    /// Format, in Chinese.
    pub format: String,
    /// Encoding and the evidence for it.
    pub encoding: Option<String>,
    /// Records read.
    pub records: u64,
    /// Records that could not be read.
    pub broken: u64,
    /// What is to be told of it: remarks of the reader, the first broken records, coordinates.
    pub notes: Vec<String>,
    /// Fields.
    pub fields: Vec<ProfiledField>,
}

/// A field of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProfiledField {
    /// Name.
    pub name: String,
    /// What the values are, in Chinese.
    pub content: String,
    /// Per cent of the records with a value.
    pub fill_rate: f64,
    /// Different values.
    pub distinct: u64,
    /// There are more than were counted.
    pub distinct_more: bool,
    /// Every record has a value of its own.
    pub unique: bool,
    /// Smallest value.
    pub min: String,
    /// Largest.
    pub max: String,
    /// Characters of the longest.
    pub longest: usize,
    /// Most frequent values with their count; masked where they name persons.
    pub samples: Vec<(String, u64)>,
}

/// A mapping held against a delivery.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckedMapping {
    /// The text, with the changes asked for.
    pub body: String,
    /// As an editor shows it; absent when it is no TOML.
    pub outline: Option<Outline>,
    /// All that is wrong.
    pub faults: Vec<MappingFault>,
}

/// Something wrong with a mapping.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MappingFault {
    /// Line of the text.
    pub line: usize,
    /// What is wrong, with a suggestion where there is one.
    pub text: String,
}

impl From<Fault> for MappingFault {
    fn from(f: Fault) -> Self {
        Self {
            line: f.line,
            text: f.text,
        }
    }
}

/// The first records of a table before and after.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MappingPreview {
    /// Names of the fields.
    pub fields: Vec<String>,
    /// Records.
    pub rows: Vec<PreviewedRecord>,
    /// Records that could not be read, met on the way.
    pub broken: Vec<String>,
}

/// A record before and after.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewedRecord {
    /// Line, row or number.
    pub line: u64,
    /// Sheet or file, where a table has several.
    pub part: Option<String>,
    /// What stands in the source, in the order of the fields.
    pub before: Vec<String>,
    /// Identifier the mapping gives it.
    pub legacy_id: String,
    /// Rows it becomes; none when the mapping leaves it aside.
    pub after: Vec<PreviewedRow>,
}

/// A standard row.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewedRow {
    /// Standard table.
    pub table: String,
    /// Its name in Chinese.
    pub table_name: String,
    /// Whether the shape belongs to it.
    pub shape: bool,
    /// Cells.
    pub cells: Vec<PreviewedCell>,
    /// What was seen that is not told of a cell.
    pub notes: Vec<String>,
}

/// A cell of it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewedCell {
    /// Field code.
    pub field: String,
    /// Its name in Chinese.
    pub name: String,
    /// Value.
    pub value: String,
    /// What the source had, where it differs.
    pub raw: Option<String>,
    /// What was seen in it.
    pub notes: Vec<String>,
    /// Whether one of these is a defect.
    pub defect: bool,
}

/// Whether a text is a mapping of the source.
///
/// # Errors
/// [`IntakeError::Mapping`] with all that is wrong.
pub fn readable(body: &str, source: &str) -> Result<Mapping, IntakeError> {
    let mapping = Mapping::parse(body, FILE).map_err(|Faults(f)| IntakeError::Mapping(f))?;
    match anothers(body, &mapping, source) {
        Some(fault) => Err(IntakeError::Mapping(vec![fault])),
        None => Ok(mapping),
    }
}

/// Runs find the files by the source a mapping names: it must be the one it is saved for.
fn anothers(body: &str, mapping: &Mapping, source: &str) -> Option<Fault> {
    (mapping.source != source).then(|| Fault {
        file: FILE.to_owned(),
        line: body
            .lines()
            .position(|l| l.trim_start().starts_with("source"))
            .map_or(1, |at| at + 1),
        text: format!(
            "source 写的是“{}”，应与数据源代号一致：source = \"{source}\"",
            mapping.source
        ),
    })
}

/// Opens files, each table in the encoding a mapping tells.
fn open(folder: &Path, mapping: Option<&Mapping>) -> Result<Source, IntakeError> {
    let mut options = OpenOptions::default();
    for table in mapping.iter().flat_map(|m| &m.tables) {
        if let Some(encoding) = &table.encoding {
            options
                .encodings
                .insert(table.from.clone(), encoding.clone());
        }
    }
    Source::open_path(folder, &options).map_err(|e| IntakeError::Package(e.to_string()))
}

/// What a delivery holds: read through once, then kept beside it.
///
/// # Errors
/// [`IntakeError::Package`] when nothing of it can be read.
pub fn profile(laid: &LaidOut, source: &str) -> Result<SourceProfile, IntakeError> {
    let kept = laid.beside(&format!("{KEPT}-{source}.json"));
    let known = std::fs::read(&kept)
        .ok()
        .and_then(|text| serde_json::from_slice::<SourceProfile>(&text).ok());
    let mut found = match known {
        Some(profile) => profile,
        None => {
            let opened = open(&laid.content(), None)?;
            let read =
                inspect::inspect(&opened).map_err(|e| IntakeError::Package(e.to_string()))?;
            let made = SourceProfile {
                proposal: inspect::propose(&read, source),
                skipped: read
                    .skipped
                    .iter()
                    .map(|s| format!("{}：{}", s.file, s.reason))
                    .collect(),
                tables: read.tables.into_iter().map(table).collect(),
            };
            if let Ok(text) = serde_json::to_vec(&made) {
                // read again next time when it cannot be kept
                let part = kept.with_extension("part");
                if std::fs::write(&part, text).is_ok() {
                    let _ = std::fs::rename(part, kept);
                }
            }
            made
        }
    };
    if let Some(text) = defaults::text(source) {
        text.clone_into(&mut found.proposal);
    }
    Ok(found)
}

fn table(t: TableProfile) -> ProfiledTable {
    let mut notes = t.notes;
    if let Some(shapes) = &t.shapes {
        notes.push(format!(
            "图形 {} 个（缺 {} 个），坐标看起来是：{}",
            shapes.count, shapes.missing, shapes.looks_like
        ));
    }
    notes.extend(t.crs.map(|crs| format!("文件注明的坐标系：{crs}")));
    notes.extend(t.remarks.into_iter().map(|(r, n)| format!("{r}（{n} 处）")));
    notes.extend(t.broken_shown.iter().map(ToString::to_string));
    ProfiledTable {
        name: t.name,
        file: t.file,
        sm3: t.sm3,
        format: t.format.name_zh().to_owned(),
        encoding: t.encoding.map(|(name, why)| format!("{name}（{why}）")),
        records: t.records,
        broken: t.broken,
        notes,
        fields: t.fields.into_iter().map(field).collect(),
    }
}

fn field(f: FieldProfile) -> ProfiledField {
    ProfiledField {
        name: f.name,
        content: f.content.name_zh().to_owned(),
        fill_rate: f.fill_rate,
        distinct: f.distinct,
        distinct_more: f.distinct_more,
        unique: f.unique,
        min: f.min,
        max: f.max,
        longest: f.longest,
        samples: f.samples,
    }
}

/// A mapping as an editor shows it, with all that is wrong for this delivery.
///
/// # Errors
/// [`IntakeError::Package`] when the delivery cannot be read.
pub fn check(laid: &LaidOut, body: String, source: &str) -> Result<CheckedMapping, IntakeError> {
    let mapping = Mapping::parse(&body, FILE);
    let opened = open(&laid.content(), mapping.as_ref().ok())?;
    let mut faults = preview::check(&body, FILE, &opened);
    faults.extend(mapping.ok().and_then(|m| anothers(&body, &m, source)));
    faults.sort_by_key(|f| f.line);
    Ok(CheckedMapping {
        outline: outline(&body),
        faults: faults.into_iter().map(MappingFault::from).collect(),
        body,
    })
}

/// The first `count` records of a table before and after.
///
/// # Errors
/// [`IntakeError::Mapping`] when the mapping is wrong, [`IntakeError::State`] when it says
/// nothing of the table.
pub fn preview(
    laid: &LaidOut,
    body: &str,
    table: &str,
    count: usize,
    today: NaiveDate,
) -> Result<MappingPreview, IntakeError> {
    let mapping = Mapping::parse(body, FILE).map_err(|Faults(f)| IntakeError::Mapping(f))?;
    let opened = open(&laid.content(), Some(&mapping))?;
    let shown =
        preview::preview(body, FILE, &opened, table, count, today).map_err(|e| match e {
            PreviewError::Mapping(Faults(faults)) => IntakeError::Mapping(faults),
            PreviewError::Source(e) => IntakeError::Package(e.to_string()),
            other => IntakeError::State(other.to_string()),
        })?;
    Ok(MappingPreview {
        fields: shown.fields,
        rows: shown
            .rows
            .into_iter()
            .map(|r| PreviewedRecord {
                line: r.line,
                part: r.part,
                before: r.before,
                legacy_id: r.legacy_id,
                after: r.after.into_iter().map(after).collect(),
            })
            .collect(),
        broken: shown.broken.iter().map(ToString::to_string).collect(),
    })
}

fn after(row: preview::PreviewAfter) -> PreviewedRow {
    let mut seen = row.seen;
    let cells = row
        .cells
        .into_iter()
        .map(|c| {
            let (own, rest) = seen.drain(..).partition(|s| s.field == c.field);
            seen = rest;
            let own: Vec<dengbu_mapping::Seen> = own;
            PreviewedCell {
                defect: own.iter().any(|s| s.kind.class().is_some()),
                notes: own.into_iter().map(|s| s.text).collect(),
                field: c.field,
                name: c.name,
                value: c.value,
                raw: c.raw,
            }
        })
        .collect();
    PreviewedRow {
        table: row.table,
        table_name: row.table_name,
        shape: row.shape,
        cells,
        notes: seen
            .into_iter()
            .map(|s| match s.source_field.as_str() {
                "" => s.text,
                name => format!("{name}：{}", s.text),
            })
            .collect(),
    }
}

/// A mapping proposed for files nobody mapped.
///
/// # Errors
/// Why the files cannot be read, for people.
pub(crate) fn proposed(folder: &Path, source: &str) -> Result<String, String> {
    let opened = open(folder, None).map_err(|e| e.to_string())?;
    let profile = inspect::inspect(&opened).map_err(|e| e.to_string())?;
    Ok(inspect::propose(&profile, source))
}

/// Fields a mapping names and the files have not. Files that cannot be read are told of by who
/// reads them.
pub(crate) fn unfit(body: &str, folder: &Path) -> Vec<Fault> {
    let mapping = match Mapping::parse(body, FILE) {
        Ok(mapping) => mapping,
        Err(Faults(faults)) => return faults,
    };
    match open(folder, Some(&mapping)) {
        Ok(opened) => preview::missing_fields(&mapping, &opened),
        Err(_) => Vec::new(),
    }
}
