//! GeoPackage (OGC 12-128r17), without any library of maps: SQLite with geometry blobs.

use crate::error::SourceError;
use crate::source::{Entry, FileAt, Format, OpenOptions};
use crate::sqlite::{self, Layer};

type Content = (String, Option<String>, Option<String>);

/// Opens a file: layers and attribute tables.
pub fn open(file: &FileAt, options: &OpenOptions) -> Result<Vec<Entry>, SourceError> {
    let connection = sqlite::connect(&file.path)?;
    let no_contents =
        |e: rusqlite::Error| SourceError::damaged(&file.path, format!("不是 GeoPackage（{e}）"));
    let mut statement = connection
        .prepare(
            "SELECT c.table_name, g.column_name, \
                    s.organization || ':' || s.organization_coordsys_id || ' ' || s.definition \
             FROM gpkg_contents c \
             LEFT JOIN gpkg_geometry_columns g ON g.table_name = c.table_name \
             LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id \
             WHERE c.data_type IN ('features', 'attributes') ORDER BY c.table_name",
        )
        .map_err(no_contents)?;
    let contents: Vec<Content> = statement
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
        .and_then(Iterator::collect)
        .map_err(no_contents)?;
    let mut entries = Vec::new();
    for (table, geometry, crs) in contents {
        let layer = Layer { table, geometry };
        entries.push(sqlite::entry(
            &connection,
            file,
            layer,
            Format::GeoPackage,
            crs,
            options,
        )?);
    }
    if entries.is_empty() {
        return Err(SourceError::damaged(&file.path, "没有图层"));
    }
    Ok(entries)
}
