//! Shapefile and dBASE files, polygons and text only.

use std::io::Write;
use std::path::Path;

use encoding_rs::Encoding;

use crate::plan::Point;
use crate::{MakeError, at};

/// A field of a dBASE table.
pub struct Field {
    /// Name, at most ten bytes in the table's encoding.
    pub name: &'static str,
    /// `C` or `N`.
    pub kind: u8,
    /// Width in bytes.
    pub width: u8,
    /// Decimals.
    pub decimals: u8,
}

/// A text field.
pub const fn text(name: &'static str, width: u8) -> Field {
    Field {
        name,
        kind: b'C',
        width,
        decimals: 0,
    }
}

/// A number field.
pub const fn number(name: &'static str, width: u8, decimals: u8) -> Field {
    Field {
        name,
        kind: b'N',
        width,
        decimals,
    }
}

/// Writes `NAME.shp`, `.shx`, `.dbf` from rings and rows of texts.
pub fn write(
    stem: &Path,
    fields: &[Field],
    encoding: &'static Encoding,
    rows: &[(&[Point], Vec<String>)],
) -> Result<(), MakeError> {
    let rings: Vec<&[Point]> = rows.iter().map(|(ring, _)| *ring).collect();
    let (shp, shx) = polygons(&rings);
    let put = |extension: &str, bytes: &[u8]| {
        let path = stem.with_extension(extension);
        std::fs::write(&path, bytes).map_err(at(&path))
    };
    put("shp", &shp)?;
    put("shx", &shx)?;
    put("dbf", &dbase(fields, encoding, rows))
}

fn polygons(rings: &[&[Point]]) -> (Vec<u8>, Vec<u8>) {
    let mut records = Vec::new();
    let mut index = Vec::new();
    let mut whole = [
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    for (number, ring) in (1i32..).zip(rings) {
        let bounds = ring.iter().fold(
            [
                f64::INFINITY,
                f64::INFINITY,
                f64::NEG_INFINITY,
                f64::NEG_INFINITY,
            ],
            |b, [x, y]| [b[0].min(*x), b[1].min(*y), b[2].max(*x), b[3].max(*y)],
        );
        whole = [
            whole[0].min(bounds[0]),
            whole[1].min(bounds[1]),
            whole[2].max(bounds[2]),
            whole[3].max(bounds[3]),
        ];
        let words = i32::try_from((48 + ring.len() * 16) / 2).unwrap_or(0);
        let offset = i32::try_from((100 + records.len()) / 2).unwrap_or(0);
        index.extend(offset.to_be_bytes());
        index.extend(words.to_be_bytes());
        records.extend(number.to_be_bytes());
        records.extend(words.to_be_bytes());
        records.extend(5i32.to_le_bytes());
        bounds.iter().for_each(|v| records.extend(v.to_le_bytes()));
        records.extend(1i32.to_le_bytes());
        records.extend(i32::try_from(ring.len()).unwrap_or(0).to_le_bytes());
        records.extend(0i32.to_le_bytes());
        for [x, y] in *ring {
            records.extend(x.to_le_bytes());
            records.extend(y.to_le_bytes());
        }
    }
    let file = |body: Vec<u8>| {
        let mut bytes = Vec::with_capacity(100 + body.len());
        bytes.extend(9994i32.to_be_bytes());
        bytes.extend([0; 20]);
        bytes.extend(
            i32::try_from((100 + body.len()) / 2)
                .unwrap_or(0)
                .to_be_bytes(),
        );
        bytes.extend(1000i32.to_le_bytes());
        bytes.extend(5i32.to_le_bytes());
        whole.iter().for_each(|v| bytes.extend(v.to_le_bytes()));
        bytes.extend([0; 32]);
        bytes.extend(body);
        bytes
    };
    (file(records), file(index))
}

fn dbase(
    fields: &[Field],
    encoding: &'static Encoding,
    rows: &[(&[Point], Vec<String>)],
) -> Vec<u8> {
    let width: usize = 1 + fields.iter().map(|f| usize::from(f.width)).sum::<usize>();
    let head = 33 + 32 * fields.len();
    let mut bytes = vec![3, 114, 6, 30];
    bytes.extend(u32::try_from(rows.len()).unwrap_or(0).to_le_bytes());
    bytes.extend(u16::try_from(head).unwrap_or(0).to_le_bytes());
    bytes.extend(u16::try_from(width).unwrap_or(0).to_le_bytes());
    bytes.extend([0; 20]);
    for field in fields {
        let (name, ..) = encoding.encode(field.name);
        let mut entry = [0u8; 32];
        for (slot, byte) in entry.iter_mut().zip(name.iter().take(10)) {
            *slot = *byte;
        }
        entry[11] = field.kind;
        entry[16] = field.width;
        entry[17] = field.decimals;
        bytes.extend(entry);
    }
    bytes.push(0x0D);
    for (_, row) in rows {
        bytes.push(b' ');
        for (field, value) in fields.iter().zip(row) {
            let (value, ..) = encoding.encode(value);
            let room = usize::from(field.width);
            let value = &value[..value.len().min(room)];
            let blank = vec![b' '; room - value.len()];
            if field.kind == b'N' {
                bytes.extend(&blank);
                bytes.extend(value);
            } else {
                bytes.extend(value);
                bytes.extend(&blank);
            }
        }
    }
    // Writing into memory cannot fail.
    let _ = bytes.write_all(&[0x1A]);
    bytes
}
