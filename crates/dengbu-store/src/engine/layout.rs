//! The folders of one embedded database, who owns them, and what they may hold.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::EngineError;
use super::locate::Programs;

/// Unix socket paths hold 107 bytes on Linux; the server appends `/.s.PGSQL.<port>`.
const SOCKET_DIR_BYTES_MAX: usize = 84;
/// `nobody`: an unprivileged user every Debian has. A number without a passwd entry fails in
/// initdb ("could not look up effective user ID").
const NOBODY: u32 = 65534;
/// Laid into the cluster after a successful initdb: only such folders are ever touched.
const MARK: &str = "dengbu-engine";

/// Where one embedded database lives.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub data_dir: PathBuf,
    /// The cluster (PGDATA).
    pub cluster: PathBuf,
    pub socket_dir: PathBuf,
    pub log: PathBuf,
    pub lock: PathBuf,
    /// The user to drop to when we are root: PostgreSQL refuses to run as root.
    pub drop_to: Option<u32>,
}

impl Layout {
    /// Makes the folders, gives them to the database's user, and refuses what is not ours.
    pub fn prepare(data_dir: &Path) -> Result<Layout, EngineError> {
        let data_dir = std::path::absolute(data_dir)
            .map_err(|error| EngineError::io("读取目录", data_dir, error))?;
        create_dir(&data_dir)?;
        let data_dir = fs::canonicalize(&data_dir)
            .map_err(|error| EngineError::io("读取目录", &data_dir, error))?;
        if data_dir.join("PG_VERSION").exists() {
            // Somebody's own PostgreSQL cluster, not a data folder of ours.
            return Err(EngineError::NotOurs { path: data_dir });
        }
        let cluster = data_dir.join("pg");
        let layout = Layout {
            socket_dir: socket_dir(&data_dir),
            log: data_dir.join("log").join("postgres.log"),
            lock: data_dir.join("dengbu.lock"),
            drop_to: drop_to(&cluster),
            cluster,
            data_dir,
        };
        create_dir(&layout.data_dir.join("log"))?;
        layout.make_socket_dir()?;
        layout.hand_over(&layout.socket_dir)?;
        set_mode(&layout.socket_dir, 0o700)?;
        layout.check_traversable(&layout.data_dir)?;
        Ok(layout)
    }

    /// Makes the socket folder. In the common temporary folder somebody may have laid a trap (a
    /// link elsewhere, a folder of his own): what is not ours there is not used.
    fn make_socket_dir(&self) -> Result<(), EngineError> {
        if self.socket_dir.starts_with(&self.data_dir) {
            return create_dir(&self.socket_dir);
        }
        match fs::create_dir(&self.socket_dir) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let meta = fs::symlink_metadata(&self.socket_dir)
                    .map_err(|error| EngineError::io("读取目录", &self.socket_dir, error))?;
                let own = [self.uid(), rustix::process::geteuid().as_raw()];
                if meta.is_dir() && own.contains(&meta.uid()) {
                    return Ok(());
                }
                Err(EngineError::SocketTaken {
                    socket_dir: self.socket_dir.clone(),
                })
            }
            other => other.map_err(|error| EngineError::io("创建目录", &self.socket_dir, error)),
        }
    }

    /// The user the database runs as.
    pub fn uid(&self) -> u32 {
        self.drop_to
            .unwrap_or_else(|| rustix::process::geteuid().as_raw())
    }

    /// Whether initdb has finished here. Refuses a foreign or damaged cluster folder.
    pub fn is_initialised(&self, programs: &Programs) -> Result<bool, EngineError> {
        let mut entries = match fs::read_dir(&self.cluster) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(EngineError::io("读取目录", &self.cluster, error)),
        };
        if entries.next().is_none() {
            return Ok(false);
        }
        if !self.cluster.join(MARK).exists() {
            return Err(EngineError::NotOurs {
                path: self.cluster.clone(),
            });
        }
        let owner = fs::metadata(&self.cluster)
            .map_err(|error| EngineError::io("读取目录", &self.cluster, error))?
            .uid();
        if owner != self.uid() {
            let reason = format!("目录属于用户编号 {owner}");
            return Err(self.permission(&self.cluster, reason));
        }
        let version = self.cluster.join("PG_VERSION");
        let found = match fs::read_to_string(&version) {
            Ok(text) => text.trim().to_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                return Err(EngineError::io("读取文件", version, error));
            }
            Err(error) => return Err(self.damaged(format!("读不到 PG_VERSION（{error}）"))),
        };
        if found.is_empty() || !found.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.damaged(format!("PG_VERSION 的内容“{found}”不是版本号")));
        }
        if found != programs.major {
            let programs = programs.major.clone();
            return Err(EngineError::VersionMismatch {
                path: self.cluster.clone(),
                found,
                programs,
            });
        }
        Ok(true)
    }

    /// An empty folder to run initdb in; it becomes the cluster only when all went well.
    pub fn nursery(&self) -> Result<PathBuf, EngineError> {
        let path = self.data_dir.join("pg.new");
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(EngineError::io("清理目录", path, error));
            }
            _ => {}
        }
        create_dir(&path)?;
        set_mode(&path, 0o700)?;
        self.hand_over(&path)?;
        Ok(path)
    }

    /// Marks a freshly initialised nursery and moves it into place.
    pub fn adopt_nursery(&self, nursery: &Path) -> Result<(), EngineError> {
        let mark = nursery.join(MARK);
        let text = "数据库目录由登簿程序管理，请勿手工修改。\n";
        fs::write(&mark, text).map_err(|error| EngineError::io("写入文件", &mark, error))?;
        self.hand_over(&mark)?;
        // An empty folder in the way (someone prepared the path) is replaced by rename.
        fs::rename(nursery, &self.cluster)
            .map_err(|error| EngineError::io("移动目录到", &self.cluster, error))
    }

    pub fn damaged(&self, reason: String) -> EngineError {
        EngineError::Damaged {
            path: self.cluster.clone(),
            reason,
        }
    }

    pub fn permission(&self, path: &Path, reason: String) -> EngineError {
        EngineError::Permission {
            path: path.to_path_buf(),
            uid: self.uid(),
            reason,
        }
    }

    /// As root, gives `path` to the database's user.
    pub fn hand_over(&self, path: &Path) -> Result<(), EngineError> {
        match self.drop_to {
            None => Ok(()),
            Some(uid) => chown(path, Some(uid), Some(uid))
                .map_err(|error| EngineError::io("修改所有者", path, error)),
        }
    }

    /// As root we enter every folder, the database's user may not: say which one stops it.
    pub fn check_traversable(&self, path: &Path) -> Result<(), EngineError> {
        let Some(uid) = self.drop_to else {
            return Ok(());
        };
        for folder in path.ancestors() {
            let meta =
                fs::metadata(folder).map_err(|error| EngineError::io("读取目录", folder, error))?;
            let bit = if meta.uid() == uid { 0o100 } else { 0o001 };
            if meta.permissions().mode() & bit == 0 {
                let reason = "该目录不允许数据库用户进入".to_owned();
                return Err(self.permission(folder, reason));
            }
        }
        Ok(())
    }
}

/// As root: the owner the cluster already has (unless root), else `nobody`.
fn drop_to(cluster: &Path) -> Option<u32> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    match fs::metadata(cluster).map(|meta| meta.uid()) {
        Ok(owner) if owner != 0 => Some(owner),
        _ => Some(NOBODY),
    }
}

/// `<data>/run`, or, where that is too long for a socket, a folder named after it below the
/// system's temporary folder.
fn socket_dir(data_dir: &Path) -> PathBuf {
    let inside = data_dir.join("run");
    if inside.as_os_str().as_bytes().len() <= SOCKET_DIR_BYTES_MAX {
        return inside;
    }
    let mut hasher = DefaultHasher::new();
    data_dir.hash(&mut hasher);
    std::env::temp_dir().join(format!("dengbu-{:016x}", hasher.finish()))
}

fn create_dir(path: &Path) -> Result<(), EngineError> {
    fs::create_dir_all(path).map_err(|error| EngineError::io("创建目录", path, error))
}

fn set_mode(path: &Path, mode: u32) -> Result<(), EngineError> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(|error| EngineError::io("设置权限", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_moves_the_socket_to_a_short_one() {
        assert_eq!(
            socket_dir(Path::new("/srv/dengbu")),
            Path::new("/srv/dengbu/run")
        );
        let long = PathBuf::from("/srv").join("登记".repeat(20));
        let dir = socket_dir(&long);
        assert!(dir.starts_with(std::env::temp_dir()));
        assert!(dir.as_os_str().len() <= SOCKET_DIR_BYTES_MAX);
        assert_eq!(dir, socket_dir(&long), "the same folder after a restart");
        assert_ne!(dir, socket_dir(&long.join("b")));
    }
}
