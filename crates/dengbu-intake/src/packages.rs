//! Contents of deliveries and of what runs made ready, kept by their SM3 digest.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStoreExt, WriteMultipart};
use sm3::{Digest, Sm3};
use tokio::io::AsyncWriteExt;
use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use crate::IntakeError;
use crate::source::Package;
use crate::unpack::{Limits, PackedFile, hex, unpack};

/// Largest file taken in.
pub const SIZE_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// Deliveries that stay laid out for being looked into.
const LAID_OUT_MAX: usize = 8;

/// Store of contents.
#[derive(Clone, Debug)]
pub struct Packages {
    store: Arc<LocalFileSystem>,
    work: PathBuf,
    /// Held for reading while a delivery is looked into, for writing while one is put away.
    looking: Arc<RwLock<()>>,
}

/// A delivered file, looked at and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Digest.
    pub sm3: String,
    /// Bytes.
    pub size: u64,
    /// `zip` or `file`.
    pub format: &'static str,
    /// What is in it.
    pub files: Vec<PackedFile>,
}

fn key(digest: &str) -> Key {
    Key::from(format!("{}/{}", digest.get(..2).unwrap_or("00"), digest))
}

impl Packages {
    /// A store in a folder, which must exist; `work` below it is for unpacking.
    ///
    /// # Errors
    /// [`IntakeError::Contents`] when the folder cannot be used.
    pub fn in_folder(folder: &Path) -> Result<Self, IntakeError> {
        let kept = folder.join("kept");
        let work = folder.join("work");
        std::fs::create_dir_all(&kept)?;
        std::fs::create_dir_all(&work)?;
        Ok(Self {
            store: Arc::new(LocalFileSystem::new_with_prefix(&kept)?),
            work,
            looking: Arc::default(),
        })
    }

    /// A folder to work in, removed when dropped.
    ///
    /// # Errors
    /// [`IntakeError::Contents`].
    pub fn room(&self) -> Result<tempfile::TempDir, IntakeError> {
        Ok(tempfile::tempdir_in(&self.work)?)
    }

    /// A folder that stays from run to run over a source.
    ///
    /// # Errors
    /// [`IntakeError::Contents`].
    pub fn steady(&self, authority: &str, source: &str) -> Result<PathBuf, IntakeError> {
        let folder = self
            .work
            .with_file_name("steady")
            .join(authority)
            .join(source);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Takes a file in as it comes, looks into it, keeps it.
    ///
    /// # Errors
    /// [`IntakeError::Package`] for an empty or oversized file or a zip that may not be unpacked;
    /// nothing is kept then.
    pub async fn take<S, B, E>(
        &self,
        file_name: &str,
        body: S,
        size_max: u64,
    ) -> Result<Kept, IntakeError>
    where
        S: Stream<Item = Result<B, E>>,
        B: AsRef<[u8]>,
    {
        let room = self.room()?;
        let path = room.path().join("package");
        let mut file = tokio::fs::File::create(&path).await?;
        let mut hasher = Sm3::new();
        let mut size = 0_u64;
        let mut body = std::pin::pin!(body);
        while let Some(part) = body.next().await {
            let part = part.map_err(|_| IntakeError::Package("上传中断，请重新上传".to_owned()))?;
            let part = part.as_ref();
            size += part.len() as u64;
            if size > size_max {
                return Err(IntakeError::Package(format!(
                    "文件超过 {} MB 的上限，请分包上传",
                    size_max / 1024 / 1024
                )));
            }
            hasher.update(part);
            file.write_all(part).await?;
        }
        file.flush().await?;
        drop(file);
        if size == 0 {
            return Err(IntakeError::Package("文件是空的，请重新选择".to_owned()));
        }
        let sm3 = hex(&hasher.finalize());
        let (format, files) = look(&path, file_name, &sm3, size, room.path()).await?;
        self.keep(&path, &sm3).await?;
        Ok(Kept {
            sm3,
            size,
            format,
            files,
        })
    }

    /// Keeps a file under its digest.
    async fn keep(&self, path: &Path, digest: &str) -> Result<(), IntakeError> {
        if self.store.head(&key(digest)).await.is_ok() {
            return Ok(());
        }
        let upload = self.store.put_multipart(&key(digest)).await?;
        let mut out = WriteMultipart::new(upload);
        let mut file = tokio::fs::File::open(path).await?;
        let mut buffer = vec![0; 1024 * 1024];
        loop {
            let n = tokio::io::AsyncReadExt::read(&mut file, &mut buffer).await?;
            if n == 0 {
                break;
            }
            out.write(&buffer[..n]);
            out.wait_for_capacity(8).await?;
        }
        out.finish().await?;
        Ok(())
    }

    /// Keeps what `write` puts out; gives its digest.
    ///
    /// # Errors
    /// [`IntakeError::Contents`].
    pub async fn keep_written(
        &self,
        write: impl FnOnce(&mut dyn Write) -> std::io::Result<()> + Send + 'static,
    ) -> Result<String, IntakeError> {
        let room = self.room()?;
        let path = room.path().join("written");
        let target = path.clone();
        let digest = tokio::task::spawn_blocking(move || -> std::io::Result<String> {
            let mut out = Hashed {
                out: std::io::BufWriter::new(std::fs::File::create(&target)?),
                hasher: Sm3::new(),
            };
            write(&mut out)?;
            out.out.flush()?;
            Ok(hex(&out.hasher.finalize()))
        })
        .await
        .map_err(|e| IntakeError::Contents(e.to_string()))??;
        self.keep(&path, &digest).await?;
        Ok(digest)
    }

    /// Puts a kept file into a folder for reading; refuses when it is not what was kept.
    ///
    /// # Errors
    /// [`IntakeError::Contents`] when it is missing or was changed.
    pub async fn fetch(&self, digest: &str, path: &Path) -> Result<(), IntakeError> {
        let mut stream = self.store.get(&key(digest)).await?.into_stream();
        let mut file = tokio::fs::File::create(path).await?;
        let mut hasher = Sm3::new();
        while let Some(part) = stream.next().await {
            let part = part?;
            hasher.update(&part);
            file.write_all(&part).await?;
        }
        file.flush().await?;
        if hex(&hasher.finalize()) != digest {
            return Err(IntakeError::Contents(
                "文件内容与登记的校验值不符，可能已被改动".to_owned(),
            ));
        }
        Ok(())
    }

    /// Lays the files of a package out under a folder named as the source.
    ///
    /// # Errors
    /// As [`Packages::fetch`] and [`unpack`].
    pub async fn lay_out(
        &self,
        digest: &str,
        format: &str,
        file_name: &str,
        folder: &Path,
    ) -> Result<(), IntakeError> {
        tokio::fs::create_dir_all(folder).await?;
        if format == "file" {
            return self
                .fetch(digest, &folder.join(plain_name(file_name)))
                .await;
        }
        let room = self.room()?;
        let zip = room.path().join("package");
        self.fetch(digest, &zip).await?;
        let into = folder.to_owned();
        tokio::task::spawn_blocking(move || unpack(&zip, &into, Limits::default()).map(|_| ()))
            .await
            .map_err(|e| IntakeError::Contents(e.to_string()))?
    }
}

/// A delivery laid out for reading; it stays so while this is held.
#[derive(Debug)]
pub struct LaidOut {
    folder: PathBuf,
    _held: OwnedRwLockReadGuard<()>,
}

impl LaidOut {
    /// Folder with its files.
    #[must_use]
    pub fn content(&self) -> PathBuf {
        self.folder.join("content")
    }

    /// Where what was learnt of it may be kept.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Packages {
    /// A delivery laid out for being looked into. The last few stay laid out.
    ///
    /// # Errors
    /// As [`Packages::lay_out`].
    pub async fn opened(&self, package: &Package) -> Result<LaidOut, IntakeError> {
        let shelf = self.work.with_file_name("looked");
        let folder = shelf.join(&package.sm3);
        for _ in 0..3 {
            let held = Arc::clone(&self.looking).read_owned().await;
            if folder.is_dir() {
                // the time tells which one was not wanted for longest
                let _ = std::fs::File::create(folder.join("used"));
                return Ok(LaidOut {
                    folder,
                    _held: held,
                });
            }
            drop(held);
            let room = self.room()?;
            let content = room.path().join("content");
            let Package {
                sm3,
                format,
                file_name,
                ..
            } = package;
            self.lay_out(sm3, format, file_name, &content).await?;
            let _alone = self.looking.write().await;
            std::fs::create_dir_all(&shelf)?;
            put_away(&shelf)?;
            // somebody may have laid it out meanwhile
            if !folder.is_dir() {
                std::fs::rename(room.keep(), &folder)?;
                std::fs::File::create(folder.join("used"))?;
            }
        }
        Err(IntakeError::Contents(
            "同时查看的数据包过多，请稍后重试".to_owned(),
        ))
    }
}

/// Makes place for one more: those not wanted for longest go.
fn put_away(shelf: &Path) -> Result<(), IntakeError> {
    let mut there: Vec<(std::time::SystemTime, PathBuf)> = std::fs::read_dir(shelf)?
        .flatten()
        .map(|e| {
            let used = e.path().join("used").metadata().and_then(|m| m.modified());
            (used.unwrap_or(std::time::UNIX_EPOCH), e.path())
        })
        .collect();
    there.sort();
    let over = (there.len() + 1).saturating_sub(LAID_OUT_MAX);
    for (_, folder) in there.into_iter().take(over) {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

struct Hashed<W: Write> {
    out: W,
    hasher: Sm3,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.hasher.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// The last part of a file name, without what a file system would stumble over.
fn plain_name(file_name: &str) -> String {
    let last = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(120).collect();
    match clean.as_str() {
        "" | "." | ".." => "data".to_owned(),
        _ => clean,
    }
}

async fn look(
    path: &Path,
    file_name: &str,
    sm3: &str,
    size: u64,
    room: &Path,
) -> Result<(&'static str, Vec<PackedFile>), IntakeError> {
    // workbooks and the like are zips too: only what calls itself a zip is unpacked
    let zip = file_name.to_lowercase().ends_with(".zip");
    if !zip {
        let file = PackedFile {
            name: plain_name(file_name),
            size,
            sm3: sm3.to_owned(),
        };
        return Ok(("file", vec![file]));
    }
    let into = room.join("content");
    std::fs::create_dir_all(&into)?;
    let path = path.to_owned();
    let files = tokio::task::spawn_blocking(move || unpack(&path, &into, Limits::default()))
        .await
        .map_err(|e| IntakeError::Contents(e.to_string()))??;
    Ok(("zip", files))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    async fn taken(p: &Packages, name: &str, parts: &[&'static [u8]]) -> Result<Kept, IntakeError> {
        let body = stream::iter(
            parts
                .iter()
                .map(|b| Ok::<_, std::io::Error>(*b))
                .collect::<Vec<_>>(),
        );
        p.take(name, body, 1024).await
    }

    #[tokio::test]
    async fn a_file_comes_back_as_it_was_and_a_changed_one_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let p = Packages::in_folder(folder.path()).unwrap();
        let kept = taken(&p, "台账/H.csv", &[b"a", b"bc"]).await.unwrap();
        assert_eq!(
            (kept.format, kept.files[0].name.as_str()),
            ("file", "H.csv")
        );
        assert_eq!(kept, taken(&p, "台账/H.csv", &[b"abc"]).await.unwrap());
        let room = p.room().unwrap();
        let out = room.path().join("s");
        p.lay_out(&kept.sm3, kept.format, "H.csv", &out)
            .await
            .unwrap();
        assert_eq!(std::fs::read(out.join("H.csv")).unwrap(), b"abc");
        let stored = folder
            .path()
            .join("kept")
            .join(&kept.sm3[..2])
            .join(&kept.sm3);
        std::fs::write(stored, b"abd").unwrap();
        let said = p.fetch(&kept.sm3, &out.join("x")).await.unwrap_err();
        assert!(said.to_string().contains("不符"), "{said}");
    }

    #[tokio::test]
    async fn empty_oversized_and_broken_files_are_refused_and_leave_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let p = Packages::in_folder(folder.path()).unwrap();
        assert!(taken(&p, "a.csv", &[]).await.is_err());
        assert!(taken(&p, "a.csv", &[&[7; 2000]]).await.is_err());
        assert!(taken(&p, "a.zip", &[b"no zip"]).await.is_err());
        for kind in ["kept", "work"] {
            assert_eq!(
                std::fs::read_dir(folder.path().join(kind)).unwrap().count(),
                0
            );
        }
    }

    #[test]
    fn a_name_is_no_path() {
        assert_eq!(plain_name("../../etc/passwd"), "passwd");
        assert_eq!(plain_name(".."), "data");
    }
}
