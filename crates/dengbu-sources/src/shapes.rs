//! Shapes of a .shp file (ESRI Shapefile Technical Description, 1998), one after the other.
//!
//! Own reader of what survey deliveries hold: the number of a damaged shape can be named, the rest
//! is found again, no input makes it panic.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use geo_types::{Coord, Geometry, LineString, MultiLineString, MultiPoint, Point};

use crate::error::SourceError;
use crate::rings;

/// A shape, nothing, or why it cannot be read.
pub type Shape = Result<Option<Geometry<f64>>, String>;

/// Streams the shapes of a file.
pub struct Shapes {
    input: BufReader<File>,
    at: u64,
    end: u64,
    /// Length by the header, where it differs from the file's.
    pub truncated: Option<(u64, u64)>,
    points_max: usize,
    ended: bool,
    buffer: Vec<u8>,
}

fn le_i32(data: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_le_bytes(
        data.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
}

fn be_i32(data: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_be_bytes(
        data.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
}

fn le_f64(data: &[u8], at: usize) -> Option<f64> {
    Some(f64::from_le_bytes(
        data.get(at..at.checked_add(8)?)?.try_into().ok()?,
    ))
}

impl Shapes {
    /// Opens a file.
    pub fn open(path: &Path, points_max: usize) -> Result<Self, SourceError> {
        let file = File::open(path).map_err(SourceError::io(path))?;
        let length = file.metadata().map_err(SourceError::io(path))?.len();
        let mut input = BufReader::with_capacity(1 << 16, file);
        let mut header = [0; 100];
        let read = input.read_exact(&mut header);
        if read.is_err() || be_i32(&header, 0) != Some(9994) {
            return Err(SourceError::damaged(
                path,
                "不是 Shapefile 图形文件（文件头损坏）。请重新取得完整的 .shp 文件",
            ));
        }
        let declared = be_i32(&header, 24)
            .and_then(|w| u64::try_from(w).ok())
            .map_or(length, |w| w * 2);
        Ok(Self {
            input,
            at: 100,
            end: length,
            truncated: (declared != length).then_some((declared, length)),
            points_max,
            ended: false,
            buffer: Vec::new(),
        })
    }

    /// The next shape; `None` at the end.
    pub fn next_shape(&mut self) -> Option<Shape> {
        if self.ended || self.at + 8 > self.end {
            return None;
        }
        let mut head = [0; 8];
        if self.input.read_exact(&mut head).is_err() {
            self.ended = true;
            return None;
        }
        let length = be_i32(&head, 4)
            .and_then(|w| u64::try_from(w).ok())
            .map(|w| w * 2);
        let Some(length) = length.filter(|l| (4..=self.end - self.at - 8).contains(l)) else {
            self.ended = true;
            return Some(Err("图形文件在此中断，本条及以后的图形缺失".to_owned()));
        };
        self.at += 8 + length;
        // The largest shape allowed: two numbers a point with two more for Z and M, and parts.
        if length > (self.points_max as u64) * 36 + 1024 {
            let skipped = self.input.seek(SeekFrom::Start(self.at)).is_ok();
            self.ended = !skipped;
            return Some(Err(format!("图形的点多于 {}，未读取", self.points_max)));
        }
        self.buffer.resize(usize::try_from(length).unwrap_or(0), 0);
        if self.input.read_exact(&mut self.buffer).is_err() {
            self.ended = true;
            return Some(Err("图形文件在此中断，本条及以后的图形缺失".to_owned()));
        }
        Some(shape(&self.buffer, self.points_max))
    }
}

fn shape(data: &[u8], points_max: usize) -> Shape {
    let unreadable = || "图形的坐标无法读取".to_owned();
    match le_i32(data, 0) {
        Some(0) => Ok(None),
        Some(1 | 11 | 21) => point(data, 4)
            .map(|c| Some(Point(c).into()))
            .ok_or_else(unreadable),
        Some(8 | 18 | 28) => {
            let count = count(data, 36, points_max).ok_or_else(unreadable)?;
            let points = (0..count)
                .map(|i| point(data, 40 + 16 * i).map(Point))
                .collect::<Option<Vec<_>>>()
                .ok_or_else(unreadable)?;
            Ok(Some(MultiPoint::new(points).into()))
        }
        Some(3 | 13 | 23) => {
            let mut lines: Vec<LineString<f64>> = parts(data, points_max)
                .ok_or_else(unreadable)?
                .into_iter()
                .map(LineString::new)
                .collect();
            Ok(Some(match lines.len() {
                1 => lines.remove(0).into(),
                _ => MultiLineString::new(lines).into(),
            }))
        }
        Some(5 | 15 | 25) => Ok(rings::polygons(
            parts(data, points_max).ok_or_else(unreadable)?,
        )),
        Some(31) => Err("多面片（MultiPatch）图形不能读取，请另存为面图形".to_owned()),
        _ => Err("图形类型无法识别".to_owned()),
    }
}

fn point(data: &[u8], at: usize) -> Option<Coord<f64>> {
    let (x, y) = (le_f64(data, at)?, le_f64(data, at + 8)?);
    (x.is_finite() && y.is_finite()).then_some(Coord { x, y })
}

fn count(data: &[u8], at: usize, max: usize) -> Option<usize> {
    usize::try_from(le_i32(data, at)?)
        .ok()
        .filter(|n| *n <= max)
}

fn parts(data: &[u8], points_max: usize) -> Option<Vec<Vec<Coord<f64>>>> {
    let parts = count(data, 36, points_max)?;
    let points = count(data, 40, points_max)?;
    if parts == 0 || parts > points {
        return None;
    }
    let mut starts = (0..parts)
        .map(|i| count(data, 44 + 4 * i, points_max))
        .collect::<Option<Vec<usize>>>()?;
    starts.push(points);
    let base = 44 + 4 * parts;
    starts
        .windows(2)
        .map(|w| {
            (w[0] < w[1] && w[1] <= points).then_some(())?;
            (w[0]..w[1]).map(|i| point(data, base + 16 * i)).collect()
        })
        .collect()
}
