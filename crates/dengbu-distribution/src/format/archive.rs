//! An archive of files, and the notes beside them.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::failed;
use crate::DistributionError;

/// Name of the notes in an archive.
const NOTES: &str = "说明.txt";

/// An archive being written.
pub struct Archive {
    zip: ZipWriter<BufWriter<File>>,
}

/// Large files are allowed, and no moment is written: equal content gives an equal archive.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .large_file(true)
        .last_modified_time(zip::DateTime::default())
}

impl Archive {
    /// A new archive.
    pub fn new(path: &Path) -> Result<Self, DistributionError> {
        Ok(Self {
            zip: ZipWriter::new(BufWriter::new(File::create(path)?)),
        })
    }

    /// Begins a file; what is written to [`Self::out`] goes into it.
    pub fn begin(&mut self, name: &str) -> Result<(), DistributionError> {
        self.zip.start_file(name, options()).map_err(failed)
    }

    /// Where the file begun last is written.
    pub fn out(&mut self) -> &mut impl std::io::Write {
        &mut self.zip
    }

    /// Puts a file that stands elsewhere in.
    pub fn put(&mut self, name: &str, from: &Path) -> Result<(), DistributionError> {
        self.begin(name)?;
        std::io::copy(&mut File::open(from)?, &mut self.zip)?;
        Ok(())
    }

    /// Closes it with the notes.
    pub fn finish(mut self, notes: &[String]) -> Result<(), DistributionError> {
        self.begin(NOTES)?;
        self.zip.write_all("\u{feff}".as_bytes())?;
        for line in notes {
            self.zip.write_all(format!("{line}\r\n").as_bytes())?;
        }
        self.zip.finish().map_err(failed)?.flush()?;
        Ok(())
    }
}
