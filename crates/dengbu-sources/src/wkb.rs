//! Well-known binary (OGC 06-103r4, ISO and EWKB variants of Z and M) and the header GeoPackage
//! puts before it (OGC 12-128r17, clause 2.1.3).

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon,
    Point, Polygon,
};

/// Collections within collections.
const DEPTH: usize = 8;

/// The geometry of a GeoPackage blob; `None` for an empty one.
pub fn geopackage(blob: &[u8], points_max: usize) -> Result<Option<Geometry<f64>>, String> {
    let broken = || "几何字段不是 GeoPackage 格式".to_owned();
    if blob.get(..2) != Some(b"GP") {
        return Err(broken());
    }
    let flags = *blob.get(3).ok_or_else(broken)?;
    let envelope = match flags >> 1 & 0b111 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return Err(broken()),
    };
    if flags & 0b1_0000 != 0 {
        return Ok(None);
    }
    read(blob.get(8 + envelope..).ok_or_else(broken)?, points_max).map(Some)
}

/// The geometry of plain WKB or EWKB.
pub fn read(bytes: &[u8], points_max: usize) -> Result<Geometry<f64>, String> {
    let mut reader = Reader {
        bytes,
        at: 0,
        points_left: points_max,
    };
    reader.geometry(DEPTH)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    points_left: usize,
}

struct Head {
    little: bool,
    kind: u32,
    dimensions: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let end = self.at.checked_add(N);
        let bytes = end.and_then(|e| self.bytes.get(self.at..e));
        let taken = bytes.and_then(|b| b.try_into().ok());
        self.at += N;
        taken.ok_or_else(|| "几何数据中断".to_owned())
    }

    fn u32(&mut self, little: bool) -> Result<u32, String> {
        let raw = self.take()?;
        Ok(if little {
            u32::from_le_bytes(raw)
        } else {
            u32::from_be_bytes(raw)
        })
    }

    fn f64(&mut self, little: bool) -> Result<f64, String> {
        let raw = self.take()?;
        Ok(if little {
            f64::from_le_bytes(raw)
        } else {
            f64::from_be_bytes(raw)
        })
    }

    fn head(&mut self) -> Result<Head, String> {
        let little = match self.take::<1>()? {
            [0] => false,
            [1] => true,
            _ => return Err("几何数据的字节序标志无法识别".to_owned()),
        };
        let code = self.u32(little)?;
        let (mut dimensions, mut kind) = (2, code & 0x0fff_ffff);
        dimensions += usize::from(code & 0x8000_0000 != 0) + usize::from(code & 0x4000_0000 != 0);
        if code & 0x2000_0000 != 0 {
            self.u32(little)?;
        }
        // ISO: 1000 Z, 2000 M, 3000 both.
        match kind / 1000 {
            0 => {}
            1 | 2 => dimensions = 3,
            3 => dimensions = 4,
            _ => return Err(format!("几何类型 {code} 无法识别")),
        }
        kind %= 1000;
        Ok(Head {
            little,
            kind,
            dimensions,
        })
    }

    fn count(&mut self, head: &Head) -> Result<usize, String> {
        let n = usize::try_from(self.u32(head.little)?).unwrap_or(usize::MAX);
        // Every part takes at least four bytes: a larger number is garbage.
        if n > (self.bytes.len().saturating_sub(self.at)) / 4 + 1 {
            return Err("几何数据的个数超出数据长度".to_owned());
        }
        Ok(n)
    }

    fn coordinate(&mut self, head: &Head) -> Result<Coord<f64>, String> {
        self.points_left = self
            .points_left
            .checked_sub(1)
            .ok_or_else(|| "图形的点过多".to_owned())?;
        let (x, y) = (self.f64(head.little)?, self.f64(head.little)?);
        for _ in 2..head.dimensions {
            self.f64(head.little)?;
        }
        Ok(Coord { x, y })
    }

    fn finite(&mut self, head: &Head) -> Result<Coord<f64>, String> {
        let c = self.coordinate(head)?;
        if c.x.is_finite() && c.y.is_finite() {
            Ok(c)
        } else {
            Err("坐标不是有限的数".to_owned())
        }
    }

    fn line(&mut self, head: &Head) -> Result<LineString<f64>, String> {
        let n = self.count(head)?;
        (0..n)
            .map(|_| self.finite(head))
            .collect::<Result<Vec<_>, _>>()
            .map(LineString::new)
    }

    fn polygon(&mut self, head: &Head) -> Result<Polygon<f64>, String> {
        let n = self.count(head)?;
        let mut rings = (0..n)
            .map(|_| self.line(head))
            .collect::<Result<Vec<_>, _>>()?;
        if rings.is_empty() {
            return Ok(Polygon::new(LineString::new(Vec::new()), Vec::new()));
        }
        let outer = rings.remove(0);
        Ok(Polygon::new(outer, rings))
    }

    fn parts(&mut self, head: &Head, depth: usize) -> Result<Vec<Geometry<f64>>, String> {
        let depth = depth.checked_sub(1).ok_or("几何集合嵌套过深")?;
        let n = self.count(head)?;
        (0..n).map(|_| self.geometry(depth)).collect()
    }

    fn geometry(&mut self, depth: usize) -> Result<Geometry<f64>, String> {
        let head = self.head()?;
        let unfit = || "几何集合的成员类型不符".to_owned();
        Ok(match head.kind {
            1 => Point(self.finite(&head)?).into(),
            2 => self.line(&head)?.into(),
            3 => self.polygon(&head)?.into(),
            4 => {
                let parts = self.parts(&head, depth)?.into_iter().map(Point::try_from);
                MultiPoint::new(parts.collect::<Result<_, _>>().map_err(|_| unfit())?).into()
            }
            5 => {
                let parts = self
                    .parts(&head, depth)?
                    .into_iter()
                    .map(LineString::try_from);
                MultiLineString::new(parts.collect::<Result<_, _>>().map_err(|_| unfit())?).into()
            }
            6 => {
                let parts = self.parts(&head, depth)?.into_iter().map(Polygon::try_from);
                MultiPolygon::new(parts.collect::<Result<_, _>>().map_err(|_| unfit())?).into()
            }
            7 => Geometry::GeometryCollection(GeometryCollection::new_from(
                self.parts(&head, depth)?,
            )),
            8..=12 => return Err("含曲线的几何不能读取，请先折线化".to_owned()),
            other => return Err(format!("几何类型 {other} 不能读取")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(kind: u32, numbers: &[f64]) -> Vec<u8> {
        let mut out = vec![1];
        out.extend(kind.to_le_bytes());
        out.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
        out
    }

    #[test]
    fn variants_of_points() {
        let want: Geometry<f64> = Point::new(1.0, 2.0).into();
        for bytes in [
            point(1, &[1.0, 2.0]),
            point(1001, &[1.0, 2.0, 3.0]),
            point(3001, &[1.0, 2.0, 3.0, 4.0]),
            point(0x8000_0001, &[1.0, 2.0, 3.0]),
        ] {
            assert_eq!(read(&bytes, 10), Ok(want.clone()));
        }
        assert!(read(&point(1, &[1.0, f64::NAN]), 10).is_err());
        assert!(read(&[1, 6, 0, 0, 0, 255, 255, 255, 255], 10).is_err());
        assert!(geopackage(b"GX\0\0", 10).is_err());
        assert_eq!(geopackage(b"GP\0\x11\0\0\0\0", 10), Ok(None));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..80), kind in 0u32..20) {
            let _ = read(&bytes, 100);
            let mut led = point(kind, &[]);
            led.extend(&bytes);
            let _ = read(&led, 100);
            let _ = geopackage(&[b"GP\0\x01\0\0\0\0", led.as_slice()].concat(), 100);
        }
    }
}
