//! Contents of certificates: enciphered, in packs of the data folder, known by their SM3 digest.
//!
//! A pack holds the files made together (one certificate, or a chunk of a bulk issue), is written
//! whole under a name drawn from its content and never changed. It is on the disk before the rows
//! that name it are committed: a crash in between leaves a pack that nobody names, never a row
//! without its file.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use dengbu_store::TenantTx;

use crate::record::ECertificate;
use crate::secret::sm3;
use crate::{LibraryError, LibraryKey};

/// Largest file of a certificate.
pub const SIZE_MAX: usize = 10 * 1024 * 1024;

/// Where a file lies.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Stored {
    /// SM3 of the file.
    pub sm3: Vec<u8>,
    /// Bytes of the file.
    pub size: i32,
    /// Name of the pack.
    pub pack: String,
    /// Where in the pack it begins.
    #[sqlx(rename = "pack_offset")]
    pub offset: i64,
    /// Bytes in the pack.
    #[sqlx(rename = "pack_length")]
    pub length: i32,
}

/// The packs of a folder.
#[derive(Debug, Clone)]
pub struct Packs {
    folder: PathBuf,
    key: LibraryKey,
}

fn broken(what: &str, error: &std::io::Error) -> LibraryError {
    LibraryError::File(format!("{what}：{error}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl Packs {
    /// The packs in a folder, which is made when missing.
    ///
    /// # Errors
    /// [`LibraryError::File`] when it cannot be made.
    pub fn in_folder(folder: &Path, key: LibraryKey) -> Result<Self, LibraryError> {
        fs::create_dir_all(folder).map_err(|e| broken("无法建立证照文件夹", &e))?;
        Ok(Self {
            folder: folder.to_owned(),
            key,
        })
    }

    /// Stores files in one pack, in the order given.
    ///
    /// # Errors
    /// [`LibraryError::File`] for an empty or oversized file, or when the disk fails.
    pub fn put(&self, files: &[&[u8]]) -> Result<Vec<Stored>, LibraryError> {
        let mut pack = Vec::new();
        let mut rows = Vec::with_capacity(files.len());
        for file in files {
            if file.is_empty() || file.len() > SIZE_MAX {
                return Err(LibraryError::File(format!(
                    "文件应为 1 字节至 10 MB，实际 {} 字节",
                    file.len()
                )));
            }
            let digest = sm3(file);
            let sealed = self.key.seal(&about(&digest), file)?;
            rows.push((digest, file.len(), pack.len(), sealed.len()));
            pack.extend_from_slice(&sealed);
        }
        let name = hex(&sm3(&pack));
        self.write(&name, &pack)
            .map_err(|e| broken("无法写入证照文件", &e))?;
        let number = |n: usize| LibraryError::File(format!("证照文件过大：{n} 字节"));
        rows.into_iter()
            .map(|(digest, size, offset, length)| {
                Ok(Stored {
                    sm3: digest.to_vec(),
                    size: i32::try_from(size).map_err(|_| number(size))?,
                    pack: name.clone(),
                    offset: i64::try_from(offset).map_err(|_| number(offset))?,
                    length: i32::try_from(length).map_err(|_| number(length))?,
                })
            })
            .collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name.get(..2).unwrap_or("00")).join(name)
    }

    fn write(&self, name: &str, pack: &[u8]) -> std::io::Result<()> {
        let path = self.path(name);
        if path.exists() {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let draft = folder.join(format!("{name}.{}.new", std::process::id()));
        let mut file = File::create(&draft)?;
        file.write_all(pack)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        File::open(folder)?.sync_all()
    }

    /// The content of a file; refuses when it is not what was stored.
    ///
    /// # Errors
    /// [`LibraryError::File`] when it is missing or was changed.
    pub fn get(&self, stored: &Stored) -> Result<Vec<u8>, LibraryError> {
        let changed = || LibraryError::File("内容与登记的校验值不符，文件可能已被改动".to_owned());
        let name_fits =
            stored.pack.len() == 64 && stored.pack.bytes().all(|b| b.is_ascii_hexdigit());
        let (Ok(length), Ok(offset), true) = (
            usize::try_from(stored.length),
            u64::try_from(stored.offset),
            name_fits,
        ) else {
            return Err(changed());
        };
        let read = || -> std::io::Result<Vec<u8>> {
            let mut file = File::open(self.path(&stored.pack))?;
            file.seek(SeekFrom::Start(offset))?;
            let mut sealed = vec![0; length];
            file.read_exact(&mut sealed)?;
            Ok(sealed)
        };
        let sealed = read().map_err(|e| broken("无法读取证照文件", &e))?;
        let content = self
            .key
            .open(&about(&stored.sm3), &sealed)
            .map_err(|_| changed())?;
        if sm3(&content)[..] != stored.sm3[..] {
            return Err(changed());
        }
        Ok(content)
    }
}

fn about(digest: &[u8]) -> Vec<u8> {
    [b"file\0", digest].concat()
}

/// Notes a file that was made later than the original, such as the PDF copy.
///
/// # Errors
/// A database error.
pub async fn keep_new(
    tx: &mut TenantTx,
    c: &ECertificate,
    format: &str,
    stored: &Stored,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), LibraryError> {
    crate::making::keep_file(tx, c, format, stored, now).await
}

/// Where the file of that format lies; none when it was not made yet.
///
/// # Errors
/// A database error.
pub async fn find(
    tx: &mut TenantTx,
    c: &ECertificate,
    format: &str,
) -> Result<Option<Stored>, LibraryError> {
    Ok(sqlx::query_as(
        "select sm3, size, pack, pack_offset, pack_length from e_certificate_file
         where county = $1 and e_certificate_id = $2 and format = $3",
    )
    .bind(&c.county)
    .bind(c.e_certificate_id)
    .bind(format)
    .fetch_optional(tx.conn())
    .await?)
}

/// A file as listed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Listed {
    /// `ofd` or `pdf`.
    pub format: String,
    /// SM3.
    pub sm3: Vec<u8>,
    /// Bytes.
    pub size: i32,
    /// When it was made.
    pub made_at: chrono::DateTime<chrono::Utc>,
}

/// The files of a certificate.
///
/// # Errors
/// A database error.
pub async fn list(tx: &mut TenantTx, c: &ECertificate) -> Result<Vec<Listed>, LibraryError> {
    Ok(sqlx::query_as(
        "select format, sm3, size, made_at from e_certificate_file
         where county = $1 and e_certificate_id = $2 order by format",
    )
    .bind(&c.county)
    .bind(c.e_certificate_id)
    .fetch_all(tx.conn())
    .await?)
}

/// The certificate whose file, or a copy of which, has this digest.
///
/// # Errors
/// A database error.
pub async fn owner_of(
    tx: &mut TenantTx,
    digest: &[u8],
) -> Result<Option<(uuid::Uuid, Option<Copy>)>, LibraryError> {
    let original: Option<uuid::Uuid> = sqlx::query_scalar(
        "select e_certificate_id from e_certificate_file where sm3 = $1
           and county = any (string_to_array(current_setting('app.scope', true), ',')) limit 1",
    )
    .bind(digest)
    .fetch_optional(tx.conn())
    .await?;
    if let Some(id) = original {
        return Ok(Some((id, None)));
    }
    let copy: Option<Copy> = sqlx::query_as(
        "select e_certificate_id, grantee, purpose, valid_until from e_certificate_copy where sm3 = $1
           and county = any (string_to_array(current_setting('app.scope', true), ',')) limit 1",
    )
    .bind(digest)
    .fetch_optional(tx.conn())
    .await?;
    Ok(copy.map(|c| (c.e_certificate_id, Some(c))))
}

/// A copy that was handed out (加注件).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Copy {
    /// The certificate.
    pub e_certificate_id: uuid::Uuid,
    /// For whom.
    pub grantee: String,
    /// For what.
    pub purpose: String,
    /// Until when it may be used.
    pub valid_until: chrono::NaiveDate,
}

/// A copy about to be noted.
#[derive(Debug, Clone)]
pub struct NewCopy<'a> {
    /// Identity, printed on it.
    pub copy_id: uuid::Uuid,
    /// `ofd` or `pdf`.
    pub format: &'a str,
    /// Who had it made.
    pub maker: &'a str,
    /// For whom.
    pub grantee: &'a str,
    /// For what.
    pub purpose: &'a str,
    /// Until when it may be used.
    pub valid_until: chrono::NaiveDate,
    /// SM3 of the file.
    pub sm3: [u8; 32],
    /// Bytes.
    pub size: usize,
    /// The grant.
    pub grant_id: Option<uuid::Uuid>,
    /// The program of others.
    pub application_id: Option<uuid::Uuid>,
    /// When.
    pub now: chrono::DateTime<chrono::Utc>,
}

/// Notes a copy that is handed out; its file is not kept, its digest is.
///
/// # Errors
/// A database error.
pub async fn note_copy(
    tx: &mut TenantTx,
    c: &ECertificate,
    copy: &NewCopy<'_>,
) -> Result<(), LibraryError> {
    sqlx::query(
        "insert into e_certificate_copy (county, copy_id, e_certificate_id, format, made_at, maker, grantee, purpose,
             valid_until, sm3, size, grant_id, application_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(&c.county)
    .bind(copy.copy_id)
    .bind(c.e_certificate_id)
    .bind(copy.format)
    .bind(copy.now)
    .bind(copy.maker)
    .bind(copy.grantee)
    .bind(copy.purpose)
    .bind(copy.valid_until)
    .bind(&copy.sm3[..])
    .bind(i32::try_from(copy.size).unwrap_or(i32::MAX))
    .bind(copy.grant_id)
    .bind(copy.application_id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use dengbu_register::person::PersonKey;

    use super::*;

    #[test]
    fn files_come_back_and_what_was_changed_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let key = LibraryKey::of(&PersonKey::new([1; 32]));
        let packs = Packs::in_folder(folder.path(), key).unwrap();
        let files: [&[u8]; 3] = [b"one", b"two", &[7; 100_000]];
        let stored = packs.put(&files).unwrap();
        assert_eq!(packs.put(&files).unwrap(), stored, "twice is once");
        for (file, at) in files.iter().zip(&stored) {
            assert_eq!(packs.get(at).unwrap(), *file);
        }
        let path = folder
            .path()
            .join(&stored[0].pack[..2])
            .join(&stored[0].pack);
        let mut bytes = fs::read(&path).unwrap();
        assert!(!bytes.windows(3).any(|w| w == b"two"), "enciphered");
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert!(packs.get(&stored[2]).is_err());
        assert!(packs.get(&stored[0]).is_ok());
        fs::write(&path, &bytes[..10]).unwrap();
        assert!(packs.get(&stored[0]).is_err());
        let mut odd = stored[0].clone();
        odd.pack = "../../etc/passwd".to_owned();
        assert!(packs.get(&odd).is_err());
        odd = stored[0].clone();
        odd.length = -1;
        assert!(packs.get(&odd).is_err());
        assert!(packs.put(&[b""]).is_err());
    }
}
