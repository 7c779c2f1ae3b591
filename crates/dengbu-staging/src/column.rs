//! Columns of text: one arena and end offsets, so that a pass runs through memory in order.

use serde::{Deserialize, Serialize};

/// Texts of one column. Rows behind the last one filled are empty and take nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextColumn {
    arena: String,
    ends: Vec<u32>,
}

/// The arena of one column would pass 4 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("一列的文字总量超过 4 GiB，请把数据源分批处理")]
pub struct ColumnFull;

impl TextColumn {
    /// A column with nothing in it.
    pub const fn new() -> Self {
        Self {
            arena: String::new(),
            ends: Vec::new(),
        }
    }

    /// Makes a column of texts in row order.
    ///
    /// # Errors
    /// More than 4 GiB of text.
    pub fn from_texts<T: AsRef<str>>(
        texts: impl IntoIterator<Item = T>,
    ) -> Result<Self, ColumnFull> {
        let mut column = Self::new();
        for (row, text) in texts.into_iter().enumerate() {
            column.put(row, text.as_ref())?;
        }
        Ok(column)
    }

    /// Rows stored; later rows are empty.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no row is filled.
    pub fn is_empty(&self) -> bool {
        self.arena.is_empty()
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.arena.capacity() + self.ends.capacity() * size_of::<u32>()
    }

    /// Text of a row; empty where nothing was put.
    #[inline]
    pub fn get(&self, row: usize) -> &str {
        let Some(&end) = self.ends.get(row) else {
            return "";
        };
        let start = match row {
            0 => 0,
            _ => self.ends.get(row - 1).copied().unwrap_or(0),
        };
        self.arena
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    /// Appends a row's text at `row`; rows skipped since the last one are empty.
    /// A row before the end is ignored: columns grow only downwards.
    pub(crate) fn put(&mut self, row: usize, text: &str) -> Result<(), ColumnFull> {
        if text.is_empty() || row < self.ends.len() {
            return Ok(());
        }
        let start = u32::try_from(self.arena.len()).map_err(|_| ColumnFull)?;
        let end = u32::try_from(self.arena.len() + text.len()).map_err(|_| ColumnFull)?;
        self.ends.resize(row, start);
        self.arena.push_str(text);
        self.ends.push(end);
        Ok(())
    }

    /// Puts another column's rows behind, its first at `start`.
    pub(crate) fn append(&mut self, start: usize, other: &Self) -> Result<(), ColumnFull> {
        if other.is_empty() {
            return Ok(());
        }
        let shift = u32::try_from(self.arena.len()).map_err(|_| ColumnFull)?;
        u32::try_from(self.arena.len() + other.arena.len()).map_err(|_| ColumnFull)?;
        self.ends.resize(start, shift);
        self.ends.extend(other.ends.iter().map(|end| end + shift));
        self.arena.push_str(&other.arena);
        Ok(())
    }

    /// Texts of the first `rows` rows.
    pub fn iter(&self, rows: usize) -> impl Iterator<Item = &str> {
        (0..rows).map(|row| self.get(row))
    }

    /// Gives memory back that growing took in advance.
    pub fn shrink(&mut self) {
        self.arena.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Whether the offsets fit the arena, asked of what was read from bytes.
    pub(crate) fn sound(&self) -> bool {
        let ordered = self.ends.windows(2).all(|pair| pair[0] <= pair[1]);
        let whole = self
            .ends
            .iter()
            .all(|end| self.arena.is_char_boundary(*end as usize));
        ordered && whole
    }
}

/// Texts of few rows: row numbers in order and a text each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SparseColumn {
    rows: Vec<u32>,
    texts: TextColumn,
}

impl SparseColumn {
    pub(crate) fn put(&mut self, row: u32, text: &str) -> Result<(), ColumnFull> {
        // A raw text may be empty in meaning only, never in bytes: an empty one is not kept.
        if text.is_empty() {
            return Ok(());
        }
        self.texts.put(self.rows.len(), text)?;
        self.rows.push(row);
        Ok(())
    }

    pub(crate) fn append(&mut self, start: u32, other: &Self) -> Result<(), ColumnFull> {
        self.texts.append(self.rows.len(), &other.texts)?;
        self.rows.extend(other.rows.iter().map(|row| row + start));
        Ok(())
    }

    pub(crate) fn get(&self, row: u32) -> Option<&str> {
        let at = self.rows.binary_search(&row).ok()?;
        Some(self.texts.get(at))
    }

    pub(crate) fn sound(&self) -> bool {
        self.texts.sound() && self.rows.len() >= self.texts.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.texts.bytes() + self.rows.capacity() * size_of::<u32>()
    }
}
