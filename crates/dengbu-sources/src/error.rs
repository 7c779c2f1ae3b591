//! What stops a whole source, and what spoils a single record.

use std::path::{Path, PathBuf};

use serde::Serialize;

/// A source that cannot be opened, or breaks off as a whole. For people, in Chinese.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The system refuses the file.
    #[error("无法读取“{}”：{source}。请检查文件是否存在、是否有读取权限", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not what its name promises, or is damaged as a whole.
    #[error("文件“{}”{what}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong and what to do.
        what: String,
    },
    /// Larger or more deeply packed than a delivery can be.
    #[error("文件“{}”超出限制：{what}", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// Which limit.
        what: String,
    },
    /// No reader for such a thing.
    #[error(
        "无法识别“{place}”的格式。可读取：CSV、TSV、XLSX、XLS、SHP、GPKG、GeoJSON、DXF、MDB、VCT、SQLite、不动产登记接入报文 XML，以及 postgres:// 和 mysql:// 连接"
    )]
    Unknown {
        /// Path or address without password.
        place: String,
    },
    /// There is no such table.
    #[error("“{place}”中没有表“{table}”。已有：{known}")]
    NoTable {
        /// The source.
        place: String,
        /// What was asked for.
        table: String,
        /// Tables there are.
        known: String,
    },
    /// A program that a format needs is not installed.
    #[error("{0}")]
    Tool(String),
    /// A database says no.
    #[error("数据库“{place}”：{what}")]
    Database {
        /// Address without password.
        place: String,
        /// What it says.
        what: String,
    },
}

impl SourceError {
    /// The file as a whole is unusable.
    pub(crate) fn damaged(file: &Path, what: impl Into<String>) -> Self {
        Self::Damaged {
            file: file.to_path_buf(),
            what: what.into(),
        }
    }

    pub(crate) fn too_large(file: &Path, what: impl Into<String>) -> Self {
        Self::TooLarge {
            file: file.to_path_buf(),
            what: what.into(),
        }
    }

    /// For `map_err` on I/O of a file.
    pub(crate) fn io(file: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io {
            file: file.to_path_buf(),
            source,
        }
    }
}

/// A record that cannot be read; the ones behind it still can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{file} 第 {line} 行（条）：{reason}")]
pub struct BrokenRecord {
    /// File, relative to the source's folder.
    pub file: String,
    /// Line, row, record or feature, from 1; 0: not known.
    pub line: u64,
    /// Why, in Chinese.
    pub reason: String,
}

impl BrokenRecord {
    pub(crate) fn new(file: &str, line: u64, reason: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            reason: reason.into(),
        }
    }
}
