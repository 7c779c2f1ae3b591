//! Polygons of shapefiles (ESRI Shapefile Technical Description, 1998, shape type 5).

use super::{Rings, bytes_at};
use crate::error::{LegacyError, read_bytes};
use std::path::Path;

const POLYGON: i32 = 5;
/// Points of one shape beyond which a file is held to be garbage.
const MAX_POINTS: usize = 1_000_000;

/// Reads all polygons in file order; a null shape is an empty list of rings.
pub fn read_polygons(file: &Path) -> Result<Vec<Rings>, LegacyError> {
    let data = read_bytes(file)?;
    let bad = |n: usize, what: &str| LegacyError::damaged(file, Some(n), what);
    if bytes_at(&data, 0).map(i32::from_be_bytes) != Some(9994) || data.len() < 100 {
        return Err(LegacyError::damaged(
            file,
            None,
            "不是 Shapefile 图形文件（文件头损坏）",
        ));
    }
    let declared = bytes_at(&data, 24)
        .map(u32::from_be_bytes)
        .and_then(|w| usize::try_from(w).ok())
        .and_then(|w| w.checked_mul(2));
    if declared != Some(data.len()) {
        return Err(LegacyError::damaged(
            file,
            None,
            format!(
                "文件长度与文件头不符（实际 {} 字节），文件不完整",
                data.len()
            ),
        ));
    }
    let (mut at, mut out) = (100, Vec::new());
    while at < data.len() {
        let number = out.len() + 1;
        let words = bytes_at(&data, at + 4)
            .map(i32::from_be_bytes)
            .and_then(|w| usize::try_from(w).ok())
            .ok_or_else(|| bad(number, "图形记录中断"))?;
        let end = words
            .checked_mul(2)
            .and_then(|l| l.checked_add(at + 8))
            .filter(|e| *e <= data.len())
            .ok_or_else(|| bad(number, "图形记录中断"))?;
        let content = &data[at + 8..end];
        let rings = match bytes_at(content, 0).map(i32::from_le_bytes) {
            Some(0) => Vec::new(),
            Some(POLYGON) => polygon(content).ok_or_else(|| bad(number, "面图形的坐标无法读取"))?,
            _ => return Err(bad(number, "不是面图形")),
        };
        out.push(rings);
        at = end;
    }
    Ok(out)
}

fn polygon(content: &[u8]) -> Option<Rings> {
    let parts = usize::try_from(i32::from_le_bytes(bytes_at(content, 36)?)).ok()?;
    let points = usize::try_from(i32::from_le_bytes(bytes_at(content, 40)?)).ok()?;
    if parts == 0 || parts > points || points > MAX_POINTS {
        return None;
    }
    let mut starts = (0..parts)
        .map(|i| usize::try_from(i32::from_le_bytes(bytes_at(content, 44 + 4 * i)?)).ok())
        .collect::<Option<Vec<usize>>>()?;
    starts.push(points);
    let base = 44 + 4 * parts;
    starts
        .windows(2)
        .map(|w| {
            (w[0] < w[1] && w[1] <= points).then_some(())?;
            (w[0]..w[1])
                .map(|i| {
                    let x = f64::from_le_bytes(bytes_at(content, base + 16 * i)?);
                    let y = f64::from_le_bytes(bytes_at(content, base + 16 * i + 8)?);
                    (x.is_finite() && y.is_finite()).then_some([x, y])
                })
                .collect()
        })
        .collect()
}
