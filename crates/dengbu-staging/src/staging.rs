//! The whole staging area.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::table::{Record, StagingError, Table};

/// A file that was read, for the record of origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Source (a-municipal).
    pub source: String,
    /// Path below the source's folder.
    pub file: String,
    /// SM3 of its content, hexadecimal.
    pub sm3: String,
    /// Bytes.
    pub bytes: u64,
}

/// All tables, by code.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Staging {
    tables: BTreeMap<String, Table>,
    /// Files that were read, in order.
    pub files: Vec<SourceFile>,
}

impl Staging {
    /// An empty area.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a row into its table; gives the row's number there.
    ///
    /// # Errors
    /// A column or the table is full.
    pub fn push(&mut self, record: &Record) -> Result<usize, StagingError> {
        if !self.tables.contains_key(&record.table) {
            let table = Table::new(record.table.clone());
            self.tables.insert(record.table.clone(), table);
        }
        match self.tables.get_mut(&record.table) {
            Some(table) => table.push(record),
            None => Ok(0),
        }
    }

    /// A table; `None` where no row of it was staged.
    pub fn table(&self, code: &str) -> Option<&Table> {
        self.tables.get(code)
    }

    /// A table to be changed.
    pub fn table_mut(&mut self, code: &str) -> Option<&mut Table> {
        self.tables.get_mut(code)
    }

    /// All tables in order of code.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    /// All tables to be changed.
    pub fn tables_mut(&mut self) -> impl Iterator<Item = &mut Table> {
        self.tables.values_mut()
    }

    /// Puts a whole table in its place.
    pub fn insert(&mut self, table: Table) {
        self.tables.insert(table.code().to_owned(), table);
    }

    /// Puts the rows of another area behind those of this one, table by table.
    ///
    /// # Errors
    /// A column or a table is full.
    pub fn append(&mut self, other: Self) -> Result<(), StagingError> {
        for (code, table) in other.tables {
            match self.tables.get_mut(&code) {
                Some(mine) => mine.append(table)?,
                None => {
                    self.tables.insert(code, table);
                }
            }
        }
        self.files.extend(other.files);
        Ok(())
    }

    /// Rows of all tables.
    pub fn rows(&self) -> usize {
        self.tables.values().map(Table::len).sum()
    }

    /// Bytes in memory, without the shapes' own heap.
    pub fn bytes(&self) -> usize {
        self.tables.values().map(Table::bytes).sum()
    }

    /// Gives memory back that growing took in advance; worth it once all is read.
    pub fn shrink(&mut self) {
        self.tables.values_mut().for_each(Table::shrink);
    }
}
