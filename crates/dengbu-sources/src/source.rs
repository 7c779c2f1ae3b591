//! Opening a file, a folder or a connection, whatever it holds.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::Serialize;
use sm3::Digest;

pub use crate::text::EncodingGuess;

use crate::error::{BrokenRecord, SourceError};
use crate::limits::Limits;
use crate::record::{Field, Record};
use crate::{dbase, delimited, shapefile, vct, workbook};

/// A stream of records; a broken one does not end it.
pub type Records = Box<dyn Iterator<Item = Result<Record, BrokenRecord>> + Send>;

/// Formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// CSV, TSV and kin.
    Delimited,
    /// XLSX or XLS.
    Workbook,
    /// Shapefile.
    Shapefile,
    /// dBASE table without shapes.
    Dbase,
    /// GeoPackage.
    GeoPackage,
    /// SQLite database.
    Sqlite,
    /// GeoJSON.
    GeoJson,
    /// DXF drawing.
    Dxf,
    /// Access database.
    Access,
    /// VCT 3.0 text.
    Vct,
    /// National-standard exchange messages.
    Exchange,
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    MySql,
}

impl Format {
    /// Its name for people.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Delimited => "分隔文本（CSV）",
            Self::Workbook => "Excel 工作簿",
            Self::Shapefile => "Shapefile",
            Self::Dbase => "dBASE 属性表",
            Self::GeoPackage => "GeoPackage",
            Self::Sqlite => "SQLite",
            Self::GeoJson => "GeoJSON",
            Self::Dxf => "DXF 图形",
            Self::Access => "Access 数据库",
            Self::Vct => "VCT 交换文件",
            Self::Exchange => "接入报文（XML）",
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
        }
    }
}

/// How to open.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// Encoding by table name, where the guess is wrong (GBK, UTF-8).
    pub encodings: BTreeMap<String, String>,
    /// Limits.
    pub limits: Limits,
}

impl OpenOptions {
    /// The encoding told for a table.
    pub(crate) fn encoding(&self, table: &str) -> Option<&'static encoding_rs::Encoding> {
        self.encodings
            .get(table)
            .and_then(|n| crate::text::label(n))
    }
}

/// What is known of a table before its records are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableInfo {
    /// Name: file without extension, layer, sheet or table.
    pub name: String,
    /// File, relative to the source's folder; empty for a connection.
    pub file: String,
    /// Where the file is.
    #[serde(skip)]
    pub path: PathBuf,
    /// Format.
    pub format: Format,
    /// Fields in order.
    pub fields: Vec<Field>,
    /// Encoding of its texts, where that is a question.
    pub encoding: Option<EncodingGuess>,
    /// Coordinate system as written beside the shapes (.prj, gpkg_spatial_ref_sys, VCT head).
    pub crs: Option<String>,
    /// Whether its records have shapes.
    pub shapes: bool,
    /// Number of records, where it is known without reading them.
    pub records: Option<u64>,
    /// Doubts and remarks about the table as a whole, in Chinese.
    pub notes: Vec<String>,
}

impl TableInfo {
    pub(crate) fn new(name: &str, file: &FileAt, format: Format) -> Self {
        Self {
            name: name.to_owned(),
            file: file.shown.clone(),
            path: file.path.clone(),
            format,
            fields: Vec::new(),
            encoding: None,
            crs: None,
            shapes: false,
            records: None,
            notes: Vec::new(),
        }
    }

    /// Index of a field by its exact name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|f| f.name == name)
    }
}

/// A file and how it is called in messages.
#[derive(Debug, Clone)]
pub(crate) struct FileAt {
    pub path: PathBuf,
    /// Relative to the source's folder.
    pub shown: String,
}

impl FileAt {
    /// File name without extension.
    pub fn stem(&self) -> String {
        self.path
            .file_stem()
            .map(|s| s.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// The file beside it with another extension, in any case of letters.
    pub fn sibling(&self, extension: &str) -> Option<PathBuf> {
        [extension.to_owned(), extension.to_ascii_uppercase()]
            .iter()
            .map(|e| self.path.with_extension(e))
            .find(|p| p.is_file())
    }
}

/// A table that can be read any number of times.
pub(crate) trait Open: Send + Sync {
    /// A new stream from the first record on.
    fn records(&self) -> Result<Records, SourceError>;
}

pub(crate) struct Entry {
    pub info: TableInfo,
    pub open: Box<dyn Open>,
}

/// A file of the folder that is no table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// File, relative to the folder.
    pub file: String,
    /// Why, in Chinese.
    pub reason: String,
}

/// An opened source.
pub struct Source {
    place: String,
    entries: Vec<Entry>,
    skipped: Vec<Skipped>,
    digests: OnceLock<BTreeMap<PathBuf, String>>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tables: Vec<&str> = self.tables().map(|t| t.name.as_str()).collect();
        f.debug_struct("Source")
            .field("place", &self.place)
            .field("tables", &tables)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// Opens a file, a folder with all its files, or a connection (`postgres://…`, `mysql://…`).
    ///
    /// In a folder a file that cannot be opened is listed in [`skipped`](Self::skipped) and the
    /// others are opened.
    ///
    /// # Errors
    /// [`SourceError`] when the single file or the connection cannot be opened.
    pub fn open(place: &str, options: &OpenOptions) -> Result<Self, SourceError> {
        Self::open_path(Path::new(place), options)
    }

    /// As [`open`](Self::open), for a path.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_path(path: &Path, options: &OpenOptions) -> Result<Self, SourceError> {
        let place = path.display().to_string();
        let metadata = std::fs::metadata(path).map_err(SourceError::io(path))?;
        if !metadata.is_dir() {
            let file = FileAt {
                path: path.to_path_buf(),
                shown: path
                    .file_name()
                    .map(|n| n.to_string_lossy().into_owned())
                    .unwrap_or_default(),
            };
            let Some(entries) = open_file(&file, options)? else {
                return Err(SourceError::Unknown { place });
            };
            return Ok(Self::of(place, entries, Vec::new()));
        }
        let mut files = Vec::new();
        walk(
            path,
            path,
            options.limits.depth,
            &options.limits,
            &mut files,
        )?;
        files.sort_by(|a, b| a.shown.cmp(&b.shown));
        let (mut entries, mut skipped) = (Vec::new(), Vec::new());
        for file in files {
            match open_file(&file, options) {
                Ok(Some(found)) => entries.extend(found),
                Ok(None) if is_companion(&file) => {}
                Ok(None) => skipped.push(Skipped {
                    file: file.shown,
                    reason: "不是可读取的数据文件".to_owned(),
                }),
                Err(error) => skipped.push(Skipped {
                    file: file.shown,
                    reason: error.to_string(),
                }),
            }
        }
        Ok(Self::of(place, entries, skipped))
    }

    fn of(place: String, mut entries: Vec<Entry>, skipped: Vec<Skipped>) -> Self {
        name_apart(&mut entries);
        Self {
            place,
            entries,
            skipped,
            digests: OnceLock::new(),
        }
    }

    /// What was opened; without the password for a connection.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Its tables.
    pub fn tables(&self) -> impl Iterator<Item = &TableInfo> {
        self.entries.iter().map(|e| &e.info)
    }

    /// A table by name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableInfo> {
        self.tables().find(|t| t.name == name)
    }

    /// Files of the folder that gave no table.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Streams the records of a table from the beginning. May be called again and again.
    ///
    /// # Errors
    /// [`SourceError::NoTable`], or what the format says on opening.
    pub fn records(&self, table: &str) -> Result<Records, SourceError> {
        let entry = self
            .entries
            .iter()
            .find(|e| e.info.name == table)
            .ok_or_else(|| SourceError::NoTable {
                place: self.place.clone(),
                table: table.to_owned(),
                known: self
                    .tables()
                    .map(|t| t.name.as_str())
                    .collect::<Vec<_>>()
                    .join("、"),
            })?;
        entry.open.records()
    }

    /// SM3 of the table's file, 64 hexadecimal digits; `None` for a connection. Read once.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn file_sm3(&self, table: &str) -> Result<Option<String>, SourceError> {
        let Some(info) = self.table(table).filter(|t| !t.file.is_empty()) else {
            return Ok(None);
        };
        if let Some(known) = self.digests.get().and_then(|d| d.get(&info.path)) {
            return Ok(Some(known.clone()));
        }
        let mut all = BTreeMap::new();
        for path in self
            .tables()
            .filter(|t| !t.file.is_empty())
            .map(|t| &t.path)
        {
            if !all.contains_key(path) {
                all.insert(path.clone(), file_sm3(path)?);
            }
        }
        let digest = all.get(&info.path).cloned();
        let _ = self.digests.set(all);
        Ok(digest)
    }
}

/// SM3 of a file, 64 hexadecimal digits, in flat memory.
///
/// # Errors
/// The file cannot be read.
pub fn file_sm3(path: &Path) -> Result<String, SourceError> {
    let mut input = std::fs::File::open(path).map_err(SourceError::io(path))?;
    let mut digest = sm3::Sm3::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match input.read(&mut buffer).map_err(SourceError::io(path))? {
            0 => break,
            n => digest.update(&buffer[..n]),
        }
    }
    Ok(digest
        .finalize()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect())
}

/// Tables of one name get the folder or file before it.
fn name_apart(entries: &mut [Entry]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for e in entries.iter() {
        *seen.entry(e.info.name.clone()).or_default() += 1;
    }
    let mut used = std::collections::BTreeSet::new();
    for entry in entries {
        if seen.get(&entry.info.name).copied().unwrap_or(0) > 1 {
            entry.info.name = format!("{}:{}", entry.info.file, entry.info.name);
        }
        let plain = entry.info.name.clone();
        let mut n = 1;
        while !used.insert(entry.info.name.clone()) {
            n += 1;
            entry.info.name = format!("{plain}#{n}");
        }
    }
}

fn walk(
    root: &Path,
    dir: &Path,
    depth: usize,
    limits: &Limits,
    out: &mut Vec<FileAt>,
) -> Result<(), SourceError> {
    if depth == 0 {
        return Err(SourceError::too_large(dir, "文件夹嵌套过深"));
    }
    for entry in std::fs::read_dir(dir).map_err(SourceError::io(dir))? {
        let path = entry.map_err(SourceError::io(dir))?.path();
        let hidden = path
            .file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with(['.', '~']));
        if hidden {
            continue;
        }
        let kind = std::fs::symlink_metadata(&path).map_err(SourceError::io(&path))?;
        if kind.is_dir() {
            walk(root, &path, depth - 1, limits, out)?;
        } else if kind.is_file() {
            if out.len() >= limits.files {
                return Err(SourceError::too_large(
                    root,
                    format!("文件多于 {} 个", limits.files),
                ));
            }
            let shown = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            out.push(FileAt { path, shown });
        }
    }
    Ok(())
}

/// Files that belong to a shapefile or say something about another.
fn is_companion(file: &FileAt) -> bool {
    const WITH_SHAPES: [&str; 7] = ["dbf", "shx", "prj", "cpg", "sbn", "sbx", "qix"];
    let name = file.shown.to_ascii_lowercase();
    let extension = name.rsplit('.').next().unwrap_or_default();
    name.ends_with(".shp.xml")
        || (WITH_SHAPES.contains(&extension) && file.sibling("shp").is_some())
}

/// The tables of a file; `None` when it is none of our formats.
fn open_file(file: &FileAt, options: &OpenOptions) -> Result<Option<Vec<Entry>>, SourceError> {
    let extension = file
        .path
        .extension()
        .map(|e| e.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    let entries = match extension.as_str() {
        "csv" | "tsv" | "txt" => delimited::open(file, options)?,
        "xlsx" | "xlsm" | "xls" => workbook::open(file, options)?,
        "shp" => shapefile::open(file, options)?,
        "dbf" if file.sibling("shp").is_none() => dbase::open(file, options)?,
        "vct" => vct::open(file, options)?,
        _ => return Ok(None),
    };
    Ok(Some(entries))
}
