//! What stops a reading altogether: a file that is not there or is no file of its kind.
//!
//! A single bad row never ends here, it becomes a [`Finding`](crate::Finding).

use std::path::{Path, PathBuf};

/// A file of the sample that cannot be read at all. The text is for the operator, in Chinese.
#[derive(Debug, thiserror::Error)]
pub enum LegacyError {
    /// The file cannot be opened or read.
    #[error("无法读取文件“{}”：{source}。请检查文件是否存在、是否有读取权限。", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not what its name promises, or breaks off.
    #[error("文件“{}”{}{what}。请重新取得完整的文件后再装载。", file.display(), place(*.line))]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Line (text files) or record (tables of shapefiles), counted from 1.
        line: Option<usize>,
        /// What is wrong, in Chinese.
        what: String,
    },
}

impl LegacyError {
    /// The file as a whole is unusable.
    pub(crate) fn damaged(file: &Path, line: Option<usize>, what: impl Into<String>) -> Self {
        Self::Damaged {
            file: file.to_path_buf(),
            line,
            what: what.into(),
        }
    }
}

fn place(line: Option<usize>) -> String {
    line.map_or_else(|| "：".to_owned(), |n| format!("第 {n} 行（条）："))
}

/// Reads a whole file, naming it in the error.
pub(crate) fn read_bytes(file: &Path) -> Result<Vec<u8>, LegacyError> {
    std::fs::read(file).map_err(|source| LegacyError::Io {
        file: file.to_path_buf(),
        source,
    })
}
