//! CSV (RFC 4180), UTF-8 with a byte order mark, so that office programs show Chinese.

use std::io::Write as _;
use std::path::Path;

use super::archive::Archive;
use super::{Setting, Writer, failed};
use crate::DistributionError;
use crate::data_set::DataSet;
use crate::row::{Row, Value};

/// A CSV file per data set.
pub struct Csvs {
    setting: Setting,
    archive: Archive,
}

/// One record as CSV bytes.
pub(super) fn record<'a>(
    cells: impl Iterator<Item = &'a str>,
) -> Result<Vec<u8>, DistributionError> {
    let mut line = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    line.write_record(cells.map(str::as_bytes))
        .map_err(failed)?;
    line.into_inner().map_err(failed)
}

impl Csvs {
    pub fn new(setting: Setting, path: &Path) -> Result<Self, DistributionError> {
        Ok(Self {
            setting,
            archive: Archive::new(path)?,
        })
    }
}

impl Writer for Csvs {
    fn begin(&mut self, set: &'static DataSet) -> Result<(), DistributionError> {
        self.archive
            .begin(&format!("{}.csv", self.setting.table(set)))?;
        let head = record(set.fields.iter().map(|f| self.setting.heading(f)))?;
        let out = self.archive.out();
        out.write_all("\u{feff}".as_bytes())?;
        out.write_all(&head)?;
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), DistributionError> {
        let cells: Vec<String> = row.values.iter().map(Value::text).collect();
        let line = record(cells.iter().map(String::as_str))?;
        self.archive.out().write_all(&line)?;
        Ok(())
    }

    fn finish(self: Box<Self>, notes: &[String]) -> Result<(), DistributionError> {
        self.archive.finish(notes)
    }
}
