//! The contents of scanned papers, kept by their SM3 digest: the same file is
//! stored once, and what was stored can be proved unchanged.

use std::path::Path;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use sm3::{Digest, Sm3};

use crate::CaseError;

/// Largest file taken in.
pub const SIZE_MAX: usize = 20 * 1024 * 1024;

/// A program that looks at a file before it is stored, such as a virus scanner.
pub trait Scanner: Send + Sync {
    /// What it is called in the record.
    fn name(&self) -> &str;
    /// Nothing found, or what was found in Chinese.
    ///
    /// # Errors
    /// The reason for which the file is not taken in.
    fn scan(&self, content: &[u8]) -> Result<(), String>;
}

/// Stands in until a scanner is configured: looks for the EICAR test pattern only,
/// so that the way of a refused file can be tried, and is recorded as `unscanned`.
#[derive(Debug, Default)]
pub struct NoScanner;

impl Scanner for NoScanner {
    fn name(&self) -> &str {
        "unscanned"
    }

    fn scan(&self, content: &[u8]) -> Result<(), String> {
        const EICAR: &[u8] = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE";
        if content.windows(EICAR.len()).any(|w| w == EICAR) {
            return Err("文件含有病毒特征，已拒绝".to_owned());
        }
        Ok(())
    }
}

/// Store of contents.
#[derive(Clone)]
pub struct Scans {
    store: Arc<dyn ObjectStore>,
    scanner: Arc<dyn Scanner>,
}

impl std::fmt::Debug for Scans {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scans")
            .field("scanner", &self.scanner.name())
            .finish_non_exhaustive()
    }
}

impl Scans {
    /// A store in a folder, which must exist.
    ///
    /// # Errors
    /// [`CaseError::Scans`] when the folder cannot be used.
    pub fn in_folder(folder: &Path, scanner: Arc<dyn Scanner>) -> Result<Self, CaseError> {
        let store = LocalFileSystem::new_with_prefix(folder)
            .map_err(|e| CaseError::Scans(e.to_string()))?;
        Ok(Self {
            store: Arc::new(store),
            scanner,
        })
    }

    /// Looks at a file and stores it; gives its digest and what looked at it.
    ///
    /// # Errors
    /// [`CaseError::File`] for an empty, oversized or infected file or one of a
    /// type that is not taken in.
    pub async fn put(&self, content: Vec<u8>) -> Result<Stored, CaseError> {
        if content.is_empty() {
            return Err(CaseError::File("文件是空的，请重新选择".to_owned()));
        }
        if content.len() > SIZE_MAX {
            return Err(CaseError::File(
                "文件超过 20 MB，请压缩或拆分后上传".to_owned(),
            ));
        }
        let media_type = media_type(&content).ok_or_else(|| {
            CaseError::File("只接受 PDF、JPG、PNG 或 TIFF 文件，请核对文件内容".to_owned())
        })?;
        self.scanner.scan(&content).map_err(CaseError::File)?;
        let digest: String = Sm3::digest(&content)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        let size = content.len();
        let put = self
            .store
            .put_opts(
                &key(&digest),
                content.into(),
                PutOptions::from(PutMode::Create),
            )
            .await;
        match put {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => {}
            Err(e) => return Err(CaseError::Scans(e.to_string())),
        }
        Ok(Stored {
            sm3: digest,
            media_type,
            size,
            scan_state: self.scanner.name().to_owned(),
        })
    }

    /// The content with this digest; refuses when it is not what was stored.
    ///
    /// # Errors
    /// [`CaseError::Scans`] when it is missing or was changed.
    pub async fn get(&self, digest: &str) -> Result<Vec<u8>, CaseError> {
        let answer = self
            .store
            .get(&key(digest))
            .await
            .map_err(|e| CaseError::Scans(e.to_string()))?;
        let content = answer
            .bytes()
            .await
            .map_err(|e| CaseError::Scans(e.to_string()))?
            .to_vec();
        let found: String = Sm3::digest(&content)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        if found != digest {
            return Err(CaseError::Scans(
                "材料内容与登记的校验值不符，文件可能已被改动".to_owned(),
            ));
        }
        Ok(content)
    }
}

/// A file that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// SM3 digest in hexadecimal.
    pub sm3: String,
    /// Type by content.
    pub media_type: &'static str,
    /// Bytes.
    pub size: usize,
    /// What looked at it.
    pub scan_state: String,
}

fn key(digest: &str) -> Key {
    Key::from(format!("{}/{}", digest.get(..2).unwrap_or("00"), digest))
}

/// The type of a file by its first bytes, whatever it calls itself.
fn media_type(content: &[u8]) -> Option<&'static str> {
    const TYPES: &[(&[u8], &str)] = &[
        (b"%PDF-", "application/pdf"),
        (b"\xFF\xD8\xFF", "image/jpeg"),
        (b"\x89PNG\r\n\x1A\n", "image/png"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
    ];
    TYPES
        .iter()
        .find(|(magic, _)| content.starts_with(magic))
        .map(|(_, t)| *t)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scans(folder: &Path) -> Scans {
        Scans::in_folder(folder, Arc::new(NoScanner)).unwrap()
    }

    #[tokio::test]
    async fn a_file_comes_back_as_it_was_and_is_stored_once() {
        let folder = tempfile::tempdir().unwrap();
        let s = scans(folder.path());
        let first = s.put(b"%PDF-1.7 one".to_vec()).await.unwrap();
        let again = s.put(b"%PDF-1.7 one".to_vec()).await.unwrap();
        assert_eq!(first, again);
        assert_eq!(s.get(&first.sm3).await.unwrap(), b"%PDF-1.7 one");
    }

    #[tokio::test]
    async fn a_changed_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let s = scans(folder.path());
        let stored = s.put(b"%PDF-1.7 one".to_vec()).await.unwrap();
        let path = folder.path().join(&stored.sm3[..2]).join(&stored.sm3);
        std::fs::write(path, b"%PDF-1.7 two").unwrap();
        assert!(
            s.get(&stored.sm3)
                .await
                .unwrap_err()
                .to_string()
                .contains("不符")
        );
    }

    #[tokio::test]
    async fn what_is_no_paper_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let s = scans(folder.path());
        assert!(s.put(b"MZ\x90\0".to_vec()).await.is_err());
        assert!(s.put(Vec::new()).await.is_err());
        assert!(s.put(b"%PDF-".repeat(5 * 1024 * 1024)).await.is_err());
        let eicar = b"%PDF-1.4 EICAR-STANDARD-ANTIVIRUS-TEST-FILE".to_vec();
        assert!(s.put(eicar).await.unwrap_err().to_string().contains("病毒"));
    }
}
