//! Where files wait to be taken: a folder, a file per export under its identity.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::DistributionError;
use crate::format::Format;

/// A folder of files.
#[derive(Debug, Clone)]
pub struct Depot {
    folder: PathBuf,
}

impl Depot {
    /// A depot in a folder, which is made when it is first needed.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The file of an export.
    #[must_use]
    pub fn file(&self, id: Uuid, extension: &str) -> PathBuf {
        self.folder.join(format!("{id}.{extension}"))
    }

    /// The file an export is written to before it is whole.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn begin(&self, id: Uuid) -> Result<PathBuf, DistributionError> {
        std::fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(format!("{id}.part"));
        // what an interrupted try left behind
        remove(&path)?;
        Ok(path)
    }

    /// The file is whole: it gets its name, and is on the disk before the ledger says so.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn complete(&self, id: Uuid, extension: &str) -> Result<(), DistributionError> {
        let part = self.folder.join(format!("{id}.part"));
        std::fs::File::open(&part)?.sync_all()?;
        std::fs::rename(part, self.file(id, extension))?;
        Ok(())
    }

    /// Throws away whatever there is of an export.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn discard(&self, id: Uuid) -> Result<(), DistributionError> {
        remove(&self.folder.join(format!("{id}.part")))?;
        for format in Format::ALL {
            remove(&self.file(id, format.extension()))?;
        }
        Ok(())
    }
}

fn remove(path: &Path) -> Result<(), DistributionError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_when_it_is_whole_and_gone_when_discarded() {
        let folder = tempfile::tempdir().unwrap();
        let depot = Depot::new(folder.path().join("new"));
        let id = Uuid::from_u128(7);
        let part = depot.begin(id).unwrap();
        std::fs::write(&part, "x").unwrap();
        assert!(!depot.file(id, "csv").exists());
        depot.complete(id, "zip").unwrap();
        assert!(depot.file(id, "zip").exists() && !part.exists());
        depot.discard(id).unwrap();
        depot.discard(id).unwrap();
        assert!(!depot.file(id, "zip").exists());
    }
}
