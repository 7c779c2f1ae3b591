//! Geometry objects: point, line, polygon, annotation.

use geo_types::{Coord, Geometry, LineString, MultiLineString, MultiPoint, Point};

use super::cursor::Cursor;
use super::index::LayerKind;
use crate::curves::{arc, circle};

/// An object read.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Single or group of points.
    Points(Vec<Coord<f64>>),
    /// Lines.
    Lines(Vec<Vec<Coord<f64>>>),
    /// Rings of a polygon.
    Rings(Vec<Vec<Coord<f64>>>),
    /// Signed ids of lines or polygons it is made of; 0 parts rings.
    Parts(Vec<i64>),
}

/// Why an object cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The file ends, or the system fails.
    End(String),
    /// This object only.
    Object(String),
}

fn bad(what: impl Into<String>) -> Fault {
    Fault::Object(what.into())
}

/// Reads what stands on an object's lines.
pub struct Reader<'a> {
    /// The lines.
    pub lines: &'a mut Cursor,
    /// Sign between values.
    pub separator: char,
    /// Points of one object at most.
    pub points_max: usize,
}

impl Reader<'_> {
    fn line(&mut self) -> Result<String, Fault> {
        match self.lines.next() {
            Ok(Some(line)) => Ok(line.to_owned()),
            Ok(None) => Err(Fault::End("文件在此中断".to_owned())),
            Err(e) => Err(Fault::End(format!("读取中断：{e}"))),
        }
    }

    fn number(&mut self, what: &str) -> Result<i64, Fault> {
        let line = self.line()?;
        line.parse()
            .map_err(|_| bad(format!("{what}应为整数，现为“{}”", short(&line))))
    }

    fn count(&mut self, what: &str) -> Result<usize, Fault> {
        let n = self.number(what)?;
        usize::try_from(n)
            .ok()
            .filter(|n| *n <= self.points_max)
            .ok_or_else(|| bad(format!("{what}为 {n}，超出允许范围")))
    }

    fn coordinate(&self, line: &str) -> Option<Coord<f64>> {
        let mut parts = line
            .split(self.separator)
            .map(|p| p.trim().parse::<f64>().ok());
        let (x, y) = (parts.next()??, parts.next()??);
        (x.is_finite() && y.is_finite()).then_some(Coord { x, y })
    }

    fn point(&mut self) -> Result<Coord<f64>, Fault> {
        let line = self.line()?;
        self.coordinate(&line)
            .ok_or_else(|| bad(format!("坐标“{}”无法识别", short(&line))))
    }

    fn points(&mut self, count: usize) -> Result<Vec<Coord<f64>>, Fault> {
        let mut out = Vec::with_capacity(count.min(4_096));
        for _ in 0..count {
            out.push(self.point()?);
        }
        Ok(out)
    }

    /// The two lines behind the 标识码.
    pub fn codes(&mut self) -> Result<[String; 2], Fault> {
        Ok([self.line()?, self.line()?])
    }

    /// The geometry and the closing 0.
    pub fn shape(&mut self, kind: LayerKind) -> Result<Shape, Fault> {
        let shape = match kind {
            LayerKind::Point => self.point_object()?,
            LayerKind::Line => self.line_object()?,
            LayerKind::Polygon => self.polygon_object()?,
            LayerKind::Annotation => self.annotation()?,
            LayerKind::Other => return Err(bad("此类对象不读取")),
        };
        let end = self.line()?;
        if end == "0" {
            Ok(shape)
        } else {
            Err(bad(format!("对象应以 0 结束，现为“{}”", short(&end))))
        }
    }

    fn point_object(&mut self) -> Result<Shape, Fault> {
        let kind = self.number("点的特征类型")?;
        let line = self.line()?;
        if let Some(first) = self.coordinate(&line) {
            // Without a count: one point, two of a directed one.
            let mut points = vec![first];
            if kind == 3 {
                points.push(self.point()?);
            }
            return Ok(Shape::Points(points));
        }
        let count = line
            .parse::<usize>()
            .ok()
            .filter(|n| (1..=self.points_max).contains(n))
            .ok_or_else(|| bad(format!("点数“{}”无法识别", short(&line))))?;
        Ok(Shape::Points(self.points(count)?))
    }

    fn line_object(&mut self) -> Result<Shape, Fault> {
        match self.number("线的特征类型")? {
            1 => {
                let segments = self.count("线段数")?;
                let mut lines: Vec<Vec<Coord<f64>>> = Vec::new();
                for _ in 0..segments {
                    let segment = self.segment()?;
                    // Segments that go on where the last one ended are one line.
                    match lines.last_mut() {
                        Some(last) if last.last() == segment.first() => {
                            last.extend_from_slice(segment.get(1..).unwrap_or_default());
                        }
                        _ => lines.push(segment),
                    }
                }
                Ok(Shape::Lines(lines))
            }
            100 => {
                let count = self.count("线段数")?;
                Ok(Shape::Parts(self.ids(count)?))
            }
            other => Err(bad(format!("线的特征类型 {other} 不能读取"))),
        }
    }

    fn segment(&mut self) -> Result<Vec<Coord<f64>>, Fault> {
        match self.number("线段类型")? {
            11 => {
                let count = self.count("点数")?;
                self.points(count)
            }
            12 => {
                let points = self.three_points()?;
                arc(points, false).ok_or_else(|| bad("三点圆弧的三点在一条直线上"))
            }
            other => Err(bad(format!(
                "线段类型 {other} 不能读取，请在原系统中折线化后重新导出"
            ))),
        }
    }

    fn three_points(&mut self) -> Result<[Coord<f64>; 3], Fault> {
        let line = self.line()?;
        let first = match self.coordinate(&line) {
            Some(first) => first,
            None if line == "3" => self.point()?,
            None => return Err(bad("三点圆弧应有三个点")),
        };
        Ok([first, self.point()?, self.point()?])
    }

    fn polygon_object(&mut self) -> Result<Shape, Fault> {
        match self.number("面的特征类型")? {
            1 => {
                self.point()?;
                let rings = self.count("圈数")?;
                let mut out = Vec::new();
                let mut points = 0;
                for _ in 0..rings {
                    let ring = self.ring()?;
                    points += ring.len();
                    if points > self.points_max {
                        return Err(bad(format!("点多于 {}", self.points_max)));
                    }
                    out.push(ring);
                }
                Ok(Shape::Rings(out))
            }
            100 => {
                self.point()?;
                match self.number("间接面的组成方式")? {
                    21 | 22 => {}
                    other => return Err(bad(format!("间接面的组成方式 {other} 不能读取"))),
                }
                let count = self.count("组成项数")?;
                Ok(Shape::Parts(self.ids(count)?))
            }
            other => Err(bad(format!("面的特征类型 {other} 不能读取"))),
        }
    }

    fn ring(&mut self) -> Result<Vec<Coord<f64>>, Fault> {
        match self.number("圈的类型")? {
            11 => {
                let count = self.count("点数")?;
                self.points(count)
            }
            12 => {
                let points = self.three_points()?;
                arc(points, true).ok_or_else(|| bad("三点圆的三点在一条直线上"))
            }
            13 => {
                let line = self.line()?;
                let centre = match self.coordinate(&line) {
                    Some(c) => c,
                    None => self.point()?,
                };
                let line = self.line()?;
                let radius = line
                    .parse::<f64>()
                    .ok()
                    .filter(|r| r.is_finite() && *r > 0.0);
                radius
                    .map(|r| circle(centre, r, 0.0, std::f64::consts::TAU))
                    .ok_or_else(|| bad("圆的半径无法识别"))
            }
            other => Err(bad(format!(
                "圈的类型 {other} 不能读取，请在原系统中折线化后重新导出"
            ))),
        }
    }

    /// Ids, several on a line or one each.
    fn ids(&mut self, count: usize) -> Result<Vec<i64>, Fault> {
        let mut out = Vec::new();
        while out.len() < count {
            let line = self.line()?;
            for part in line
                .split(self.separator)
                .map(str::trim)
                .filter(|p| !p.is_empty())
            {
                out.push(
                    part.parse()
                        .map_err(|_| bad(format!("组成项“{}”不是标识码", short(part))))?,
                );
            }
        }
        Ok(out)
    }

    fn annotation(&mut self) -> Result<Shape, Fault> {
        let kind = self.number("注记的特征类型")?;
        let _text = self.line()?;
        let count = if kind == 2 { self.count("点数")? } else { 1 };
        Ok(Shape::Points(self.points(count)?))
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The geometry of a direct shape.
pub fn geometry(shape: Shape) -> Option<Geometry<f64>> {
    match shape {
        Shape::Points(mut p) if p.len() == 1 => Some(Point(p.remove(0)).into()),
        Shape::Points(p) => Some(MultiPoint::new(p.into_iter().map(Point).collect()).into()),
        Shape::Lines(mut l) if l.len() == 1 => Some(LineString::new(l.remove(0)).into()),
        Shape::Lines(l) => {
            Some(MultiLineString::new(l.into_iter().map(LineString::new).collect()).into())
        }
        Shape::Rings(rings) => crate::rings::polygons(rings),
        Shape::Parts(_) => None,
    }
}
