//! Tables to and from bytes, so that a stopped run goes on from its work directory.

use crate::table::Table;

/// First bytes of a stored table; the digit counts versions of the form.
const MAGIC: &[u8; 8] = b"DBSTAGE1";

/// Why stored bytes are not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// Another form, or broken off.
    #[error("中间成果文件不完整或版本不符，请删除工作目录后重新运行")]
    Broken,
    /// Can't be written.
    #[error("中间成果无法写成文件：{0}")]
    Write(String),
}

/// A table as bytes.
///
/// # Errors
/// The bytes can't be made.
pub fn table_to_bytes(table: &Table) -> Result<Vec<u8>, ArchiveError> {
    postcard::to_extend(table, MAGIC.to_vec()).map_err(|e| ArchiveError::Write(e.to_string()))
}

/// A table from bytes.
///
/// # Errors
/// Not a whole table of this form.
pub fn table_from_bytes(bytes: &[u8]) -> Result<Table, ArchiveError> {
    let body = bytes.strip_prefix(MAGIC).ok_or(ArchiveError::Broken)?;
    let table: Table = postcard::from_bytes(body).map_err(|_| ArchiveError::Broken)?;
    if table.sound() {
        Ok(table)
    } else {
        Err(ArchiveError::Broken)
    }
}
