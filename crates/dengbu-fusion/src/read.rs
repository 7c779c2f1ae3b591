//! Stage 读取与规范化: each office's files through its mapping into staging rows.
//!
//! Offices are read side by side. A missing office, a file that can't be opened, a table that
//! isn't there, a record that is broken: each is told and the rest goes on. A table that was read to
//! its end is kept in the work directory and not read again while the office's files and mapping
//! are the same.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use chrono::NaiveDate;
use dengbu_geo::control::ControlPoint;
use dengbu_mapping::mapping::ControlPoints;
use dengbu_mapping::{Mapping, TableMapping, defaults};
use dengbu_sources::{Format, OpenOptions, Source, TableInfo};
use dengbu_staging::{SourceFile, Staging};
use serde::{Deserialize, Serialize};

use crate::error::FusionError;
use crate::progress::{Progress, Stage, StageProgress};
use crate::work::WorkFolder;

/// Records between two looks at progress and stop.
const STEP: u64 = 2_000;
/// Broken records told one by one per table; the rest are counted.
const TOLD: usize = 1_000;

/// A record or table that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Source.
    pub source: String,
    /// Table as the source calls it.
    pub table: String,
    /// File.
    pub file: String,
    /// Line; 0: the table as a whole.
    pub line: u64,
    /// Why, for people.
    pub reason: String,
}

/// Records of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRead {
    /// Source.
    pub source: String,
    /// Table as the results call it.
    pub table: String,
    /// Records read, broken ones included.
    pub read: u64,
    /// Of these, broken ones.
    pub broken: u64,
}

/// A point known in a source's own system and in CGCS2000.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownPoint {
    /// Name.
    pub name: String,
    /// East and north in the source's system.
    pub from: [f64; 2],
    /// East and north in CGCS2000.
    pub to: [f64; 2],
}

impl From<&KnownPoint> for ControlPoint {
    fn from(point: &KnownPoint) -> Self {
        Self {
            name: point.name.clone(),
            from: point.from,
            to: point.to,
        }
    }
}

/// What reading one office gave, beside its rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OfficeRead {
    /// Source.
    pub source: String,
    /// Tables.
    pub tables: Vec<TableRead>,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// Control points, where the source has a system of its own.
    pub points: Vec<KnownPoint>,
}

/// All offices.
#[derive(Debug, Default)]
pub struct AllRead {
    /// Rows.
    pub staging: Staging,
    /// Offices in order of name.
    pub offices: Vec<OfficeRead>,
    /// What people must be told about whole offices.
    pub messages: Vec<String>,
    /// Mappings used.
    pub mappings: Vec<Mapping>,
}

/// Mapping files beside the compiled ones: `*.toml` of the folder; one with the source's name
/// takes the place of ours.
///
/// # Errors
/// A file that can't be read. What is wrong in a mapping becomes a message and its office is left
/// out.
fn mappings(
    folder: Option<&Path>,
    messages: &mut Vec<String>,
) -> Result<Vec<Mapping>, FusionError> {
    let mut found: Vec<Mapping> = Vec::new();
    if let Some(folder) = folder {
        let entries = std::fs::read_dir(folder).map_err(|e| FusionError::reading(folder, e))?;
        let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
        files.retain(|path| path.extension().is_some_and(|e| e == "toml"));
        files.sort();
        for path in files {
            let text =
                std::fs::read_to_string(&path).map_err(|e| FusionError::reading(&path, e))?;
            match Mapping::parse(&text, &path.display().to_string()) {
                Ok(mapping) => found.push(mapping),
                Err(faults) => messages.push(faults.to_string()),
            }
        }
    }
    for (source, text) in defaults::FILES {
        if found.iter().all(|m| m.source != source) {
            match Mapping::parse(text, &format!("{source}.toml")) {
                Ok(mapping) => found.push(mapping),
                Err(faults) => messages.push(faults.to_string()),
            }
        }
    }
    found.sort_by(|a, b| a.source.cmp(&b.source));
    Ok(found)
}

/// Reads every office for which there is a mapping and a folder.
///
/// # Errors
/// Stopped, or no office at all.
pub fn read(
    folder: &Path,
    mapping_folder: Option<&Path>,
    today: NaiveDate,
    work: &WorkFolder,
    progress: &dyn Progress,
) -> Result<AllRead, FusionError> {
    let mut all = AllRead::default();
    let mut chosen = Vec::new();
    for mapping in mappings(mapping_folder, &mut all.messages)? {
        let place = folder.join(&mapping.source);
        if place.is_dir() {
            chosen.push((mapping, place));
        } else {
            let message = format!(
                "{}（{}）：没有文件夹“{}”，未读取",
                mapping.name,
                mapping.source,
                place.display()
            );
            all.messages.push(message);
        }
    }
    let meter = Meter {
        progress,
        done: Mutex::new((0, 0)),
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = chosen
            .iter()
            .map(|(mapping, place)| {
                let meter = &meter;
                scope.spawn(move || office(mapping, place, today, work, meter))
            })
            .collect();
        running
            .into_iter()
            .map(|thread| match thread.join() {
                Ok(result) => result,
                Err(cause) => std::panic::resume_unwind(cause),
            })
            .collect()
    });
    for (result, (mapping, _)) in results.into_iter().zip(chosen) {
        match result {
            Ok((staging, office)) => {
                all.staging.append(staging)?;
                all.offices.push(office);
                all.mappings.push(mapping);
            }
            Err(FusionError::Stopped) => return Err(FusionError::Stopped),
            Err(error) => all
                .messages
                .push(format!("{}（{}）：{error}", mapping.name, mapping.source)),
        }
    }
    if all.offices.is_empty() {
        return Err(FusionError::NothingToRead {
            folder: folder.to_owned(),
            why: all.messages.join("；"),
        });
    }
    all.staging.shrink();
    Ok(all)
}

struct Meter<'a> {
    progress: &'a dyn Progress,
    /// Records read, and about how many there are.
    done: Mutex<(u64, u64)>,
}

impl Meter<'_> {
    fn expect(&self, records: u64) {
        let mut done = self
            .done
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        done.1 += records;
    }

    fn more(&self, records: u64, what: &str) -> Result<(), FusionError> {
        let (done, total) = {
            let mut done = self
                .done
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            done.0 += records;
            *done
        };
        self.progress.report(&StageProgress {
            stage: Stage::Read,
            what: what.to_owned(),
            done,
            // a guess may be short
            total: if total == 0 { 0 } else { total.max(done) },
        });
        if self.progress.stopped() {
            Err(FusionError::Stopped)
        } else {
            Ok(())
        }
    }
}

fn office(
    mapping: &Mapping,
    place: &Path,
    today: NaiveDate,
    work: &WorkFolder,
    meter: &Meter<'_>,
) -> Result<(Staging, OfficeRead), FusionError> {
    let mut options = OpenOptions::default();
    for table in &mapping.tables {
        if let Some(encoding) = &table.encoding {
            options
                .encodings
                .insert(table.from.clone(), encoding.clone());
        }
    }
    let unreadable = |what: String| FusionError::Content {
        path: place.to_owned(),
        what,
    };
    let source = Source::open_path(place, &options).map_err(|e| unreadable(e.to_string()))?;
    let files = digests(mapping, &source).map_err(|e| unreadable(e.to_string()))?;
    let key = work.office_key(mapping, &files, today);
    let mapped = mapping.tables.iter().filter_map(|t| source.table(&t.from));
    meter.expect(mapped.map(expected).sum());
    let mut staging = Staging::new();
    let mut read = OfficeRead {
        source: mapping.source.clone(),
        ..OfficeRead::default()
    };
    for skipped in source.skipped() {
        read.unread.push(Unread {
            source: mapping.source.clone(),
            table: String::new(),
            file: skipped.file.clone(),
            line: 0,
            reason: skipped.reason.clone(),
        });
    }
    for (nth, table) in mapping.tables.iter().enumerate() {
        let (rows, told) = match work.kept_part(&mapping.source, nth, &key)? {
            Some((rows, told)) => {
                let records = told.tables.iter().map(|t| t.read).sum();
                meter.more(records, &format!("{} 已读取过", mapping.source))?;
                (rows, told)
            }
            None => {
                let mut rows = Staging::new();
                let mut told = OfficeRead {
                    source: mapping.source.clone(),
                    ..OfficeRead::default()
                };
                let into = (&mut rows, &mut told);
                one_table((mapping, table), &source, today, into, meter)?;
                rows.shrink();
                work.keep_part(nth, &key, &rows, &told)?;
                (rows, told)
            }
        };
        staging.append(rows)?;
        read.tables.extend(told.tables);
        read.unread.extend(told.unread);
    }
    staging.files = files;
    if let Some(control) = mapping.crs.as_ref().and_then(|crs| crs.control.as_ref()) {
        known_points(mapping, control, &source, &mut read);
    }
    staging.shrink();
    Ok((staging, read))
}

/// Bytes looked at to guess how many lines a file has.
const LOOKED_AT: usize = 1 << 16;

/// About how many records a table has: what the reader knows, or by the length of its first lines.
fn expected(info: &TableInfo) -> u64 {
    if let Some(records) = info.records {
        return records;
    }
    if info.format != Format::Delimited {
        return 0;
    }
    let mut head = Vec::with_capacity(LOOKED_AT);
    let Ok(file) = std::fs::File::open(&info.path) else {
        return 0;
    };
    let bytes = file.metadata().map_or(0, |m| m.len());
    let looked =
        std::io::Read::read_to_end(&mut std::io::Read::take(file, LOOKED_AT as u64), &mut head);
    let lines = head.iter().filter(|b| **b == b'\n').count() as u64;
    match looked {
        Ok(seen) if seen > 0 => lines.saturating_mul(bytes) / seen as u64,
        _ => 0,
    }
}

fn digests(
    mapping: &Mapping,
    source: &Source,
) -> Result<Vec<SourceFile>, dengbu_sources::SourceError> {
    let mut files: Vec<SourceFile> = Vec::new();
    for info in source.tables() {
        if files.iter().any(|f| f.file == info.file) {
            continue;
        }
        if let Some(sm3) = source.file_sm3(&info.name)? {
            files.push(SourceFile {
                source: mapping.source.clone(),
                file: info.file.clone(),
                sm3,
                bytes: std::fs::metadata(&info.path).map_or(0, |m| m.len()),
            });
        }
    }
    Ok(files)
}

fn one_table(
    (mapping, table): (&Mapping, &TableMapping),
    source: &Source,
    today: NaiveDate,
    (staging, read): (&mut Staging, &mut OfficeRead),
    meter: &Meter<'_>,
) -> Result<(), FusionError> {
    let whole = |reason: String| Unread {
        source: mapping.source.clone(),
        table: table.name.clone(),
        file: source
            .table(&table.from)
            .map_or_else(String::new, |t| t.file.clone()),
        line: 0,
        reason,
    };
    let Some(info) = source.table(&table.from) else {
        read.unread
            .push(whole(format!("没有表“{}”，未读取", table.from)));
        return Ok(());
    };
    let bound = match mapping.bind(table, info) {
        Ok(bound) => bound,
        Err(faults) => {
            read.unread.push(whole(faults.to_string()));
            return Ok(());
        }
    };
    let records = match source.records(&table.from) {
        Ok(records) => records,
        Err(error) => {
            read.unread.push(whole(error.to_string()));
            return Ok(());
        }
    };
    let what = format!("{} {}", mapping.source, table.name);
    let (mut count, mut broken, mut since) = (0, 0usize, 0);
    for record in records {
        count += 1;
        since += 1;
        match record {
            Ok(record) => {
                for row in bound.apply(&record, today).into_staging() {
                    staging.push(&row)?;
                }
            }
            Err(error) => {
                broken += 1;
                if broken <= TOLD {
                    read.unread.push(Unread {
                        source: mapping.source.clone(),
                        table: table.name.clone(),
                        file: error.file.clone(),
                        line: error.line,
                        reason: error.reason.clone(),
                    });
                }
            }
        }
        if since == STEP {
            meter.more(since, &what)?;
            since = 0;
        }
    }
    if broken > TOLD {
        read.unread.push(whole(format!(
            "另有 {} 条记录无法读取，未逐条列出",
            broken - TOLD
        )));
    }
    read.tables.push(TableRead {
        source: mapping.source.clone(),
        table: table.name.clone(),
        read: count,
        broken: broken as u64,
    });
    meter.more(since, &what)
}

fn known_points(
    mapping: &Mapping,
    control: &ControlPoints,
    source: &Source,
    read: &mut OfficeRead,
) {
    let mut tell = |reason: String| {
        read.unread.push(Unread {
            source: mapping.source.clone(),
            table: control.table.clone(),
            file: String::new(),
            line: 0,
            reason,
        });
    };
    let Some(info) = source.table(&control.table) else {
        return tell(format!(
            "没有控制点表“{}”，本数据源的图形无法换算到国家坐标系",
            control.table
        ));
    };
    let names = [
        &control.name,
        &control.from[0],
        &control.from[1],
        &control.to[0],
        &control.to[1],
    ];
    let mut fields = [0; 5];
    for (field, name) in fields.iter_mut().zip(names) {
        match dengbu_mapping::bind::find(info, name) {
            Ok(index) => *field = index,
            Err(why) => return tell(format!("控制点表{why}")),
        }
    }
    let records = match source.records(&control.table) {
        Ok(records) => records,
        Err(error) => return tell(error.to_string()),
    };
    let mut points = Vec::new();
    let mut count = 0;
    for record in records.flatten() {
        count += 1;
        let number = |field: usize| {
            let text = crate::text::squeeze(&record.cell(field).as_text());
            text.parse::<f64>().ok().filter(|n| n.is_finite())
        };
        let numbers = [
            number(fields[1]),
            number(fields[2]),
            number(fields[3]),
            number(fields[4]),
        ];
        let name = record.cell(fields[0]).as_text().trim().to_owned();
        if let [Some(x), Some(y), Some(east), Some(north)] = numbers {
            points.push(KnownPoint {
                name,
                from: [x, y],
                to: [east, north],
            });
        } else {
            tell(format!("控制点“{name}”的坐标不是数字，未采用"));
        }
    }
    read.tables.push(TableRead {
        source: mapping.source.clone(),
        table: control.table.clone(),
        read: count,
        broken: 0,
    });
    read.points = points;
}
