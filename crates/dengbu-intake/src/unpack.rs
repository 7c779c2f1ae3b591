//! Unpacking a delivered zip: names made safe, sizes bounded, nothing outside the folder.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use encoding_rs::GBK;
use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};
use zip::ZipArchive;

use crate::IntakeError;

/// What a zip may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Files at most.
    pub files_max: usize,
    /// Bytes of all files unpacked.
    pub bytes_max: u64,
    /// How often larger a file may be than its packed form, above [`Limits::ratio_from`].
    pub ratio_max: u64,
    /// Bytes up to which no ratio is looked at: short texts pack very well.
    pub ratio_from: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files_max: 2_000,
            bytes_max: 8 * 1024 * 1024 * 1024,
            ratio_max: 200,
            ratio_from: 16 * 1024 * 1024,
        }
    }
}

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PackedFile {
    /// Name with folders, `/` between them.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SM3, 64 hexadecimal digits.
    pub sm3: String,
}

fn refuse(text: impl Into<String>) -> IntakeError {
    IntakeError::Package(text.into())
}

/// Unpacks into an existing folder; gives what was in it, in order of names. One folder that
/// holds everything is left away, as people often zip the folder itself.
///
/// # Errors
/// [`IntakeError::Package`] says what is wrong with the zip; what was unpacked so far stays and is
/// the caller's to remove.
pub fn unpack(zip: &Path, into: &Path, limits: Limits) -> Result<Vec<PackedFile>, IntakeError> {
    let mut archive = ZipArchive::new(File::open(zip)?)
        .map_err(|_| refuse("压缩包已损坏或不是 ZIP 格式，请重新压缩后上传"))?;
    if archive.len() > limits.files_max {
        return Err(refuse(format!(
            "压缩包内有 {} 个文件，超过 {} 个的上限，请分包上传",
            archive.len(),
            limits.files_max
        )));
    }
    let mut names = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let entry = archive
            .by_index_raw(index)
            .map_err(|_| refuse(format!("压缩包第 {} 项无法读取，请重新压缩", index + 1)))?;
        if entry.encrypted() {
            return Err(refuse("压缩包设有密码，请解密后重新压缩上传"));
        }
        names.push(if entry.is_dir() || entry.is_symlink() {
            None
        } else {
            Some(safe(entry.name_raw())?)
        });
    }
    let wrapper = wrapper(&names);
    let mut left = limits.bytes_max;
    let mut files = Vec::new();
    for (index, name) in names.into_iter().enumerate() {
        let Some(name) = name else { continue };
        let name = match &wrapper {
            Some(folder) => name
                .strip_prefix(folder)
                .map(Path::to_path_buf)
                .unwrap_or(name),
            None => name,
        };
        if ignorable(&name) {
            continue;
        }
        let file = extract(&mut archive, index, &name, into, &mut left, limits)?;
        files.push(file);
    }
    if files.is_empty() {
        return Err(refuse("压缩包里没有文件"));
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn extract(
    archive: &mut ZipArchive<File>,
    index: usize,
    name: &Path,
    into: &Path,
    left: &mut u64,
    limits: Limits,
) -> Result<PackedFile, IntakeError> {
    let shown = name.to_string_lossy().replace('\\', "/");
    let mut entry = archive
        .by_index(index)
        .map_err(|_| refuse(format!("压缩包内的 {shown} 使用了不支持的压缩方法或已损坏")))?;
    let packed = entry.compressed_size().max(1);
    let path = into.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut out = File::create_new(&path).map_err(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => refuse(format!("压缩包内有两个同名文件 {shown}")),
        _ => e.into(),
    })?;
    let mut hasher = Sm3::new();
    let mut size = 0_u64;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let n = entry
            .read(&mut buffer)
            .map_err(|_| refuse(format!("压缩包内的 {shown} 已损坏，无法解压")))?;
        if n == 0 {
            break;
        }
        size += n as u64;
        // counted while unpacking: what the zip says of its sizes is not believed
        if n as u64 > *left {
            return Err(refuse(format!(
                "压缩包解压后超过 {} MB 的上限，已停止解压",
                limits.bytes_max / 1024 / 1024
            )));
        }
        *left -= n as u64;
        if size > limits.ratio_from && size / packed > limits.ratio_max {
            return Err(refuse(format!(
                "压缩包内的 {shown} 压缩比异常（疑似压缩炸弹），已停止解压"
            )));
        }
        hasher.update(&buffer[..n]);
        out.write_all(&buffer[..n])?;
    }
    Ok(PackedFile {
        name: shown,
        size,
        sm3: hex(&hasher.finalize()),
    })
}

/// A digest as hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A name as a relative path without `..`; GBK where it is not UTF-8, as Chinese Windows writes.
fn safe(raw: &[u8]) -> Result<PathBuf, IntakeError> {
    let text = match std::str::from_utf8(raw) {
        Ok(text) => text.to_owned(),
        Err(_) => GBK.decode(raw).0.into_owned(),
    };
    let text = text.replace('\\', "/");
    let path = Path::new(&text);
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => clean.push(part),
            Component::CurDir => {}
            _ => {
                return Err(refuse(
                    "压缩包内含有指向包外的路径，为安全起见没有解压，请重新压缩后上传",
                ));
            }
        }
    }
    let control = text.chars().any(|c| c.is_control() || c == ':');
    if clean.as_os_str().is_empty() || control || text.len() > 400 {
        return Err(refuse("压缩包内有文件名不合规的文件，请改名后重新压缩"));
    }
    Ok(clean)
}

fn wrapper(names: &[Option<PathBuf>]) -> Option<PathBuf> {
    let mut real = names.iter().flatten().filter(|n| !ignorable(n));
    let first = real.next()?;
    let mut parts = first.components();
    let folder = PathBuf::from(parts.next()?.as_os_str());
    parts.next()?;
    real.all(|n| n.starts_with(&folder) && *n != folder)
        .then_some(folder)
}

/// What macOS and Windows put into folders by themselves.
fn ignorable(name: &Path) -> bool {
    name.starts_with("__MACOSX")
        || name
            .file_name()
            .is_some_and(|n| n == ".DS_Store" || n == "Thumbs.db" || n == "desktop.ini")
}

#[cfg(test)]
mod tests;
