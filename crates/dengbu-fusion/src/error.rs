//! What ends a run. A bad record never does; a missing office is told and the others go on.

use std::path::PathBuf;

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FusionError {
    /// Asked to stop; what is done is kept in the work directory.
    #[error("已按要求停止。已完成的阶段保存在工作目录中，再次运行同一命令即可接着做")]
    Stopped,
    /// No office could be read at all.
    #[error("文件夹“{}”中没有可以读取的办事机构数据：{why}", folder.display())]
    NothingToRead {
        /// Folder.
        folder: PathBuf,
        /// What was found wrong, per office.
        why: String,
    },
    /// A file can't be read or written.
    #[error("{what}“{}”：{source}。请检查路径、权限和磁盘空间", path.display())]
    File {
        /// 无法读取, 无法写入.
        what: &'static str,
        /// File.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of ours has another form.
    #[error("文件“{}”的内容不符合要求：{what}", path.display())]
    Content {
        /// File.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The staging tables can't take more.
    #[error(transparent)]
    Staging(#[from] dengbu_staging::StagingError),
    /// A column is full.
    #[error(transparent)]
    Column(#[from] dengbu_staging::column::ColumnFull),
    /// The work directory's tables.
    #[error(transparent)]
    Archive(#[from] dengbu_staging::ArchiveError),
    /// The journal of codes.
    #[error(transparent)]
    Journal(#[from] crate::codes::JournalError),
}

impl FusionError {
    /// A file that can't be read.
    pub fn reading(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::File {
            what: "无法读取文件",
            path: path.into(),
            source,
        }
    }

    /// A file that can't be written.
    pub fn writing(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::File {
            what: "无法写入文件",
            path: path.into(),
            source,
        }
    }
}
