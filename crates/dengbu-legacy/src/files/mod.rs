//! The file formats of the three offices, each read into plain rows.
//!
//! Damage to a file as a whole is a [`LegacyError`](crate::LegacyError) with file and line;
//! a row that cannot be read is reported and skipped.

pub mod dbf;
pub mod ledger;
pub mod shp;
pub mod table;
pub mod vct;

use crate::error::{LegacyError, read_bytes};
use std::path::Path;

/// A polygon's rings as in the file: `[east, north]` pairs, outer ring first.
pub type Rings = Vec<Vec<[f64; 2]>>;

/// SM3 of a file (64 hexadecimal digits), for the provenance of what was read from it.
pub fn file_sm3(file: &Path) -> Result<String, LegacyError> {
    use sm3::Digest;
    let digest = sm3::Sm3::digest(read_bytes(file)?);
    Ok(digest.iter().map(|b| format!("{b:02x}")).collect())
}

/// A little-endian or big-endian number at an offset, `None` past the end.
pub(crate) fn bytes_at<const N: usize>(data: &[u8], at: usize) -> Option<[u8; N]> {
    data.get(at..at.checked_add(N)?)?.try_into().ok()
}
