//! The work directory: what was read is kept there, so that a stopped run goes on and a second
//! run is quick. Every file is written beside and put in place, so a broken-off write is never
//! taken for a whole one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use dengbu_mapping::Mapping;
use dengbu_staging::archive::{table_from_bytes, table_to_bytes};
use dengbu_staging::{SourceFile, Staging};
use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};

use crate::codes::Journal;
use crate::error::FusionError;
use crate::read::OfficeRead;

/// Counts the forms of what is kept; a new one makes old work be read anew.
const FORM: u32 = 2;

/// The folder.
#[derive(Debug, Clone)]
pub struct WorkFolder(PathBuf);

/// What says that a table of an office was read to the end.
#[derive(Debug, Serialize, Deserialize)]
struct Done {
    key: String,
    tables: Vec<String>,
    read: OfficeRead,
}

/// Writes a file whole or not at all.
///
/// # Errors
/// The file system's.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FusionError> {
    let beside = path.with_extension("part");
    let write = || -> std::io::Result<()> {
        use std::io::Write;
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(|e| FusionError::writing(path, e))
}

impl WorkFolder {
    /// Opens or makes it.
    ///
    /// # Errors
    /// It can't be made.
    pub fn open(path: &Path) -> Result<Self, FusionError> {
        std::fs::create_dir_all(path).map_err(|e| FusionError::writing(path, e))?;
        Ok(Self(path.to_owned()))
    }

    /// What an office's rows depend on.
    pub fn office_key(&self, mapping: &Mapping, files: &[SourceFile], today: NaiveDate) -> String {
        let mut text = format!("{FORM} {today} {mapping:?}");
        for file in files {
            let _ = write!(text, "\n{} {} {}", file.file, file.bytes, file.sm3);
        }
        let digest = Sm3::digest(text.as_bytes());
        digest.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// The `nth` table of an office's mapping.
    fn part(&self, source: &str, nth: usize) -> PathBuf {
        self.0.join(format!("read-{source}-{nth:02}"))
    }

    /// Rows of the `nth` table of an office read before from the same files with the same mapping.
    ///
    /// # Errors
    /// The file system's. What is kept but broken counts as not kept.
    pub fn kept_part(
        &self,
        source: &str,
        nth: usize,
        key: &str,
    ) -> Result<Option<(Staging, OfficeRead)>, FusionError> {
        let folder = self.part(source, nth);
        let Ok(text) = std::fs::read_to_string(folder.join("done.json")) else {
            return Ok(None);
        };
        let Ok(done) = serde_json::from_str::<Done>(&text) else {
            return Ok(None);
        };
        if done.key != key {
            return Ok(None);
        }
        let mut staging = Staging::new();
        for code in &done.tables {
            let bytes = std::fs::read(folder.join(format!("{code}.rows")));
            let Some(table) = bytes.ok().and_then(|b| table_from_bytes(&b).ok()) else {
                return Ok(None);
            };
            staging.insert(table);
        }
        Ok(Some((staging, done.read)))
    }

    /// Keeps the `nth` table of an office that was read to the end.
    ///
    /// # Errors
    /// The file system's.
    pub fn keep_part(
        &self,
        nth: usize,
        key: &str,
        staging: &Staging,
        read: &OfficeRead,
    ) -> Result<(), FusionError> {
        let folder = self.part(&read.source, nth);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|e| FusionError::writing(&folder, e))?;
        }
        std::fs::create_dir_all(&folder).map_err(|e| FusionError::writing(&folder, e))?;
        let mut tables = Vec::new();
        for table in staging.tables() {
            write_whole(
                &folder.join(format!("{}.rows", table.code())),
                &table_to_bytes(table)?,
            )?;
            tables.push(table.code().to_owned());
        }
        let done = Done {
            key: key.to_owned(),
            tables,
            read: read.clone(),
        };
        let path = folder.join("done.json");
        let text = serde_json::to_vec(&done).map_err(|e| FusionError::writing(&path, e.into()))?;
        write_whole(&path, &text)
    }

    fn journal_path(&self) -> PathBuf {
        self.0.join("unit-codes.csv")
    }

    /// The journal of unit codes; empty where none was kept yet.
    ///
    /// # Errors
    /// It can't be read, or is none.
    pub fn journal(&self) -> Result<Journal, FusionError> {
        let path = self.journal_path();
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Journal::read(&text)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Journal::default()),
            Err(error) => Err(FusionError::reading(path, error)),
        }
    }

    /// Keeps the journal.
    ///
    /// # Errors
    /// The file system's.
    pub fn keep_journal(&self, journal: &Journal) -> Result<(), FusionError> {
        write_whole(&self.journal_path(), journal.write().as_bytes())
    }
}
