//! The truth beside the data.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::people::Holder;
use crate::{Counts, MakeError, at};

type Sheet = csv::Writer<BufWriter<File>>;

/// Opens a CSV file with a heading, UTF-8 without BOM.
pub fn sheet(path: &Path, heading: &[&str]) -> Result<Sheet, MakeError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(at(folder))?;
    }
    let file = File::create(path).map_err(at(path))?;
    let mut writer = csv::Writer::from_writer(BufWriter::new(file));
    writer.write_record(heading)?;
    Ok(writer)
}

/// Writers of the truth's files.
pub struct Truth {
    folder: PathBuf,
    links: Sheet,
    defects: Sheet,
    duplicates: Sheet,
    persons: Sheet,
    rows: Map<String, Value>,
    counts: Counts,
}

/// A record of a source.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// Source.
    pub source: &'a str,
    /// Table.
    pub table: &'a str,
    /// Identifier.
    pub id: &'a str,
}

/// Where a house truly is.
#[derive(Debug, Clone, Copy)]
pub struct Stands<'a> {
    /// Parcel code; empty: names no findable building.
    pub parcel: &'a str,
    /// Building in the truth's words.
    pub building: &'a str,
    /// `unit-storey-room`.
    pub unit: &'a str,
}

impl Truth {
    /// Opens the files below `folder`.
    pub fn create(folder: &Path) -> Result<Self, MakeError> {
        let open = |name: &str, heading: &[&str]| sheet(&folder.join(name), heading);
        Ok(Self {
            links: open(
                "links.csv",
                &[
                    "source",
                    "table",
                    "legacy_id",
                    "parcel_code",
                    "building",
                    "unit",
                ],
            )?,
            defects: open(
                "defects.csv",
                &["source", "table", "legacy_id", "class", "field", "note"],
            )?,
            duplicates: open(
                "duplicates.csv",
                &["source", "table", "legacy_id", "duplicate_id"],
            )?,
            persons: open(
                "persons.csv",
                &["source", "right", "name", "id_number", "share"],
            )?,
            folder: folder.to_owned(),
            rows: Map::new(),
            counts: Counts::default(),
        })
    }

    /// A house's link.
    pub fn link(&mut self, of: Of<'_>, stands: Stands<'_>) -> Result<(), MakeError> {
        self.counts.houses += 1;
        let Stands {
            parcel,
            building,
            unit,
        } = stands;
        let row = [of.source, of.table, of.id, parcel, building, unit];
        Ok(self.links.write_record(row)?)
    }

    /// A planted defect.
    pub fn defect(
        &mut self,
        of: Of<'_>,
        class: &str,
        field: &str,
        note: &str,
    ) -> Result<(), MakeError> {
        self.counts.defects += 1;
        Ok(self
            .defects
            .write_record([of.source, of.table, of.id, class, field, note])?)
    }

    /// A second record.
    pub fn duplicate(&mut self, of: Of<'_>, second: &str) -> Result<(), MakeError> {
        Ok(self
            .duplicates
            .write_record([of.source, of.table, of.id, second])?)
    }

    /// Holders of a right.
    pub fn holders(
        &mut self,
        source: &str,
        right: &str,
        holders: &[Holder],
    ) -> Result<(), MakeError> {
        for holder in holders {
            let share = format!("{}", f64::from(holder.share) / 100.0);
            self.persons
                .write_record([source, right, &holder.name, &holder.id, &share])?;
        }
        Ok(())
    }

    /// Rows of one office's land, and how many of each table.
    pub fn count(&mut self, source: &str, rows: &[(&str, usize)]) {
        for (table, count) in rows {
            match *table {
                "parcels" => self.counts.parcels += count,
                "buildings" => self.counts.buildings += count,
                _ => {}
            }
        }
        let rows = rows
            .iter()
            .map(|(table, count)| ((*table).to_owned(), json!(count)));
        self.rows
            .insert(source.to_owned(), Value::Object(rows.collect()));
    }

    /// Closes all files.
    pub fn finish(mut self) -> Result<Counts, MakeError> {
        let path = self.folder.join("counts.json");
        for sheet in [
            &mut self.links,
            &mut self.defects,
            &mut self.duplicates,
            &mut self.persons,
        ] {
            sheet.flush().map_err(at(&self.folder))?;
        }
        let text = format!("{:#}\n", Value::Object(self.rows));
        std::fs::write(&path, text).map_err(at(&path))?;
        Ok(self.counts)
    }
}
