//! How much of anything a reader takes before it holds a file to be garbage or an attack.

/// Limits of all readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one line of a text format.
    pub line_bytes: usize,
    /// Bytes of one record (a CSV record with line breaks inside, a GeoJSON feature).
    pub record_bytes: usize,
    /// Fields of one table.
    pub fields: usize,
    /// Points of one shape.
    pub points: usize,
    /// Files in a folder, entries in an archive.
    pub files: usize,
    /// Folders within folders.
    pub depth: usize,
    /// Bytes an archive (XLSX) may unpack to.
    pub unpacked_bytes: u64,
    /// How many times its packed size an archive of more than a megabyte may unpack to.
    pub unpack_ratio: u64,
    /// Bytes of a file that has to be held in memory (XLS, DXF).
    pub whole_file_bytes: u64,
    /// Values of one layer of a DXF or shared texts, held in memory.
    pub held_items: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_bytes: 1 << 20,
            record_bytes: 16 << 20,
            fields: 2_000,
            points: 1_000_000,
            files: 50_000,
            depth: 8,
            unpacked_bytes: 4 << 30,
            unpack_ratio: 200,
            whole_file_bytes: 512 << 20,
            held_items: 5_000_000,
        }
    }
}
