//! Drawing the plan pages.

use maud::{Markup, html};

use super::Boundary;
use crate::overprint::mm;

/// The frame of the drawing on the page: left, top, width, height in millimetres.
const FRAME: [f64; 4] = [18.0, 40.0, 149.0, 170.0];
/// Room for what is written around the boundary.
const MARGIN: f64 = 18.0;
/// Rows of side lengths under the drawing are used above this many points.
const LABELS_MAX: usize = 60;

/// What a parcel plan shows beside the boundary.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanFacts {
    /// Parcel code (宗地代码, ZDDM).
    pub parcel_code: String,
    /// Address (坐落, ZL).
    pub address: String,
    /// Area in words, such as 12345.67㎡.
    pub area: String,
    /// The boundary; none when none is held.
    pub boundary: Option<Boundary>,
    /// For each side what borders it, such as a parcel code.
    pub neighbours: Vec<Option<String>>,
    /// What borders it in the east, south, west and north (宗地四至), when surveyed.
    pub bounds: Option<[String; 4]>,
}

/// The page with the parcel plan (宗地图); its user unit is the millimetre.
#[must_use]
pub fn parcel_plan_page(facts: &PlanFacts) -> Markup {
    html! {
        (heading("宗 地 图"))
        text x="20" y="32" font-size="3.2" { "宗地代码：" (facts.parcel_code) }
        text x="110" y="32" font-size="3.2" { "宗地面积：" (facts.area) }
        text x="20" y="37" font-size="3.2" { "坐落：" (facts.address) }
        (frame())
        @match facts.boundary.as_ref().and_then(|b| Some((b, b.scale(FRAME[2] - 2.0 * MARGIN, FRAME[3] - 2.0 * MARGIN)?))) {
            Some((boundary, scale)) => {
                (figure(boundary, scale, &facts.neighbours))
                (north())
                text x=(mm(FRAME[0] + FRAME[2] / 2.0)) y="216" font-size="4" text-anchor="middle" data-scale=(scale) { "1:" (scale) }
                (side_table(boundary))
            }
            None => { (missing("没有宗地界址坐标，请附测绘单位出具的宗地图")) }
        }
        @if let Some([east, south, west, north]) = &facts.bounds {
            text x="20" y="222" font-size="3" { "四至  东：" (east) "  南：" (south) "  西：" (west) "  北：" (north) }
        }
    }
}

/// The page with the floor plan (房产分户图): the scanned drawing of the case, for no geometry of
/// floors is held. Only `data:image/` addresses are shown.
#[must_use]
pub fn floor_plan_page(unit_code: &str, address: &str, scan: Option<&str>) -> Markup {
    html! {
        (heading("房 产 分 户 图"))
        text x="20" y="32" font-size="3.2" { "不动产单元号：" (unit_code) }
        text x="20" y="37" font-size="3.2" { "坐落：" (address) }
        (frame())
        @match scan.filter(|s| s.starts_with("data:image/")) {
            Some(src) => {
                image href=(src) x=(mm(FRAME[0] + 2.0)) y=(mm(FRAME[1] + 2.0)) width=(mm(FRAME[2] - 4.0))
                    height=(mm(FRAME[3] - 4.0)) preserveAspectRatio="xMidYMid meet" {}
            }
            None => { (missing("没有图片格式的分户图，请把测绘单位出具的分户图粘贴在此处")) }
        }
    }
}

fn heading(title: &str) -> Markup {
    html! { text x="92.5" y="22" font-size="6" text-anchor="middle" { (title) } }
}

fn frame() -> Markup {
    html! {
        rect x=(mm(FRAME[0])) y=(mm(FRAME[1])) width=(mm(FRAME[2])) height=(mm(FRAME[3]))
            fill="none" stroke="#000" stroke-width="0.3" {}
    }
}

fn missing(what: &str) -> Markup {
    html! {
        text x=(mm(FRAME[0] + FRAME[2] / 2.0)) y=(mm(FRAME[1] + FRAME[3] / 2.0)) font-size="4" text-anchor="middle" { (what) }
    }
}

fn north() -> Markup {
    let (x, y) = (FRAME[0] + FRAME[2] - 10.0, FRAME[1] + 8.0);
    html! {
        g data-part="north" {
            polygon points={ (mm(x)) "," (mm(y)) " " (mm(x - 2.5)) "," (mm(y + 11.0)) " " (mm(x)) "," (mm(y + 8.5)) }
                fill="#000" stroke="#000" stroke-width="0.2" {}
            polygon points={ (mm(x)) "," (mm(y)) " " (mm(x + 2.5)) "," (mm(y + 11.0)) " " (mm(x)) "," (mm(y + 8.5)) }
                fill="none" stroke="#000" stroke-width="0.2" {}
            text x=(mm(x)) y=(mm(y - 1.5)) font-size="4" text-anchor="middle" { "北" }
        }
    }
}

/// Where metres come to lie on the page.
struct Paper {
    middle: [f64; 2],
    per_metre: f64,
}

impl Paper {
    fn at(&self, p: [f64; 2]) -> [f64; 2] {
        [
            FRAME[0] + FRAME[2] / 2.0 + (p[0] - self.middle[0]) * self.per_metre,
            FRAME[1] + FRAME[3] / 2.0 - (p[1] - self.middle[1]) * self.per_metre,
        ]
    }

    fn outline(&self, ring: &[[f64; 2]]) -> String {
        let points = ring.iter().map(|p| {
            let [x, y] = self.at(*p);
            format!("{},{}", mm(x), mm(y))
        });
        points.collect::<Vec<_>>().join(" ")
    }
}

fn figure(boundary: &Boundary, scale: u32, neighbours: &[Option<String>]) -> Markup {
    let (low, high) = boundary.corners();
    let paper = Paper {
        middle: [
            f64::midpoint(low[0], high[0]),
            f64::midpoint(low[1], high[1]),
        ],
        per_metre: 1_000.0 / f64::from(scale),
    };
    let few = boundary.points.len() <= LABELS_MAX;
    html! {
        polygon data-part="boundary" points=(paper.outline(&boundary.points)) fill="none" stroke="#c00" stroke-width="0.3" {}
        @for hole in &boundary.holes {
            polygon points=(paper.outline(hole)) fill="none" stroke="#c00" stroke-width="0.2" {}
        }
        @for (i, point) in boundary.points.iter().enumerate() {
            @let [x, y] = paper.at(*point);
            @let [dx, dy] = outward(&paper, boundary, *point);
            circle cx=(mm(x)) cy=(mm(y)) r="0.5" fill="#fff" stroke="#c00" stroke-width="0.2" {}
            @if few {
                text x=(mm(x + 3.2 * dx)) y=(mm(y + 3.2 * dy + 0.9)) font-size="2.6" text-anchor="middle" data-point=(i + 1) { "J" (i + 1) }
            }
        }
        @if few { (lengths(&paper, boundary, neighbours)) }
    }
}

/// Unit vector on the page from the middle of the figure to a point.
fn outward(paper: &Paper, boundary: &Boundary, point: [f64; 2]) -> [f64; 2] {
    let (low, high) = boundary.corners();
    let centre = paper.at([
        f64::midpoint(low[0], high[0]),
        f64::midpoint(low[1], high[1]),
    ]);
    let [x, y] = paper.at(point);
    let d = (x - centre[0]).hypot(y - centre[1]);
    if d > 0.0 {
        [(x - centre[0]) / d, (y - centre[1]) / d]
    } else {
        [0.0, -1.0]
    }
}

/// Length of each side inside the figure, its neighbour outside.
fn lengths(paper: &Paper, boundary: &Boundary, neighbours: &[Option<String>]) -> Markup {
    let n = boundary.points.len();
    html! {
        @for (i, side) in boundary.sides().iter().enumerate() {
            @let a = paper.at(boundary.points[i]);
            @let b = paper.at(boundary.points[(i + 1) % n]);
            @let (x, y) = (f64::midpoint(a[0], b[0]), f64::midpoint(a[1], b[1]));
            @let drawn = (b[0] - a[0]).hypot(b[1] - a[1]);
            @let turn = upright((b[1] - a[1]).atan2(b[0] - a[0]).to_degrees());
            // clockwise, so the inside is to the right hand on the page
            @let inside = [-(b[1] - a[1]) / drawn, (b[0] - a[0]) / drawn];
            @if drawn >= 7.0 {
                text data-side={ (side.from) "-" (side.to) } x=(mm(x + 2.2 * inside[0])) y=(mm(y + 2.2 * inside[1] + 0.8))
                    font-size="2.4" text-anchor="middle" transform=(rotate(turn, x + 2.2 * inside[0], y + 2.2 * inside[1])) {
                    (format!("{:.2}", side.length))
                }
            }
            @if let Some(name) = neighbours.get(i).and_then(Option::as_ref) {
                text data-neighbour=(side.from) x=(mm(x - 8.0 * inside[0])) y=(mm(y - 8.0 * inside[1] + 0.8))
                    font-size="2.4" text-anchor="middle" { (name) }
            }
        }
    }
}

fn rotate(degrees: f64, x: f64, y: f64) -> String {
    format!("rotate({} {} {})", mm(degrees), mm(x), mm(y))
}

/// The angle at which the text is not upside down.
fn upright(degrees: f64) -> f64 {
    if degrees > 90.0 {
        degrees - 180.0
    } else if degrees <= -90.0 {
        degrees + 180.0
    } else {
        degrees
    }
}

/// All sides with their lengths under the drawing, in columns.
fn side_table(boundary: &Boundary) -> Markup {
    let sides = boundary.sides();
    let shown: Vec<_> = sides.iter().take(24).collect();
    html! {
        @for (i, side) in shown.iter().enumerate() {
            @let (column, row) = (u32::try_from(i % 4).unwrap_or(0), u32::try_from(i / 4).unwrap_or(0));
            text data-length={ (side.from) "-" (side.to) } x=(mm(20.0 + 38.0 * f64::from(column))) y=(mm(229.0 + 4.0 * f64::from(row))) font-size="2.6" {
                "J" (side.from) "—J" (side.to) " " (format!("{:.2}", side.length)) "米"
            }
        }
        @if sides.len() > shown.len() {
            text x="20" y="254" font-size="2.6" { "共 " (sides.len()) " 条界址边，其余边长见权籍调查成果" }
        }
    }
}
