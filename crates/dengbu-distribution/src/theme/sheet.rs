//! The printed map: frame with coordinates, parcels, title, legend, scale in numbers and as a bar,
//! north, moment and source. Lengths in millimetres; true to the scale it states.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use dengbu_model::time::shanghai;
use serde::{Deserialize, Serialize};

use super::survey::ThemeMap;
use crate::row::Shape;

/// Paper, in landscape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// 297 × 210 mm.
    #[default]
    A4,
    /// 420 × 297 mm.
    A3,
}

impl Paper {
    /// Width and height in millimetres.
    #[must_use]
    pub fn size(self) -> (f64, f64) {
        match self {
            Self::A4 => (297.0, 210.0),
            Self::A3 => (420.0, 297.0),
        }
    }
}

/// Scales a map may have (GB/T 13989 and the usual ones between).
const SCALES: [u32; 16] = [
    500, 1_000, 2_000, 2_500, 5_000, 10_000, 20_000, 25_000, 50_000, 100_000, 200_000, 250_000,
    500_000, 1_000_000, 2_000_000, 5_000_000,
];
const MARGIN: f64 = 10.0;
const TITLE: f64 = 18.0;
const FOOT: f64 = 12.0;
const LEGEND: f64 = 62.0;
/// A parcel smaller than this on paper is shown as a dot.
const DOT: f64 = 1.0;

/// Where things are on paper.
struct Frame {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    scale: u32,
    /// East and north of the frame's middle, in metres.
    middle: [f64; 2],
}

impl Frame {
    fn of(paper: Paper, bounds: [f64; 4]) -> Self {
        let (width, height) = paper.size();
        let (width, height) = (
            width - 2.0 * MARGIN - LEGEND,
            height - MARGIN - TITLE - FOOT,
        );
        let [w, s, e, n] = bounds;
        let fits = |scale: &&u32| {
            let mm = |metres: f64| metres * 1000.0 / f64::from(**scale);
            mm(e - w) <= width * 0.94 && mm(n - s) <= height * 0.94
        };
        Self {
            x: MARGIN,
            y: TITLE,
            width,
            height,
            scale: SCALES.iter().find(fits).copied().unwrap_or(10_000_000),
            middle: [f64::midpoint(w, e), f64::midpoint(s, n)],
        }
    }

    fn mm(&self, metres: f64) -> f64 {
        metres * 1000.0 / f64::from(self.scale)
    }

    fn on_paper(&self, p: [f64; 2]) -> [f64; 2] {
        [
            self.x + self.width / 2.0 + self.mm(p[0] - self.middle[0]),
            self.y + self.height / 2.0 - self.mm(p[1] - self.middle[1]),
        ]
    }
}

/// The extent of all parcels; a kilometre around nothing when there is none.
fn bounds(map: &ThemeMap) -> [f64; 4] {
    let all = map.places.iter().map(|p| p.shape.bounds());
    let joined = all.reduce(|a, b| {
        [
            a[0].min(b[0]),
            a[1].min(b[1]),
            a[2].max(b[2]),
            a[3].max(b[3]),
        ]
    });
    let [w, s, e, n] = joined.unwrap_or([466_000.0, 2_940_000.0, 467_000.0, 2_941_000.0]);
    // a single parcel keeps ground around it
    let room = |low: f64, high: f64| (100.0 - (high - low)).max(0.0) / 2.0;
    let (x, y) = (room(w, e), room(s, n));
    [w - x, s - y, e + x, n + y]
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A line of text.
struct Line<'a> {
    at: [f64; 2],
    size: f64,
    anchor: &'a str,
    text: &'a str,
}

fn text(out: &mut String, line: &Line<'_>) {
    let [x, y] = line.at;
    let _ = write!(
        out,
        r##"<text x="{x:.2}" y="{y:.2}" font-size="{:.2}" text-anchor="{}" fill="#1a1a1a">{}</text>"##,
        line.size,
        line.anchor,
        escaped(line.text)
    );
}

/// The map as SVG, one user unit a millimetre. `font` is the family of the texts.
#[must_use]
pub fn svg(
    map: &ThemeMap,
    paper: Paper,
    place: &str,
    source: &str,
    font: &str,
    at: DateTime<Utc>,
) -> String {
    let (width, height) = paper.size();
    let frame = Frame::of(paper, bounds(map));
    let mut out = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}" font-family="{}"><rect width="{width}" height="{height}" fill="#ffffff"/>"##,
        escaped(font)
    );
    let title = format!("{place}{}", map.theme.title());
    text(
        &mut out,
        &Line {
            at: [width / 2.0, 12.5],
            size: 7.5,
            anchor: "middle",
            text: &title,
        },
    );
    parcels(&mut out, map, &frame);
    neat_line(&mut out, &frame);
    legend(&mut out, map, &frame);
    north(&mut out, &frame);
    foot(&mut out, map, &frame, source, at);
    out.push_str("</svg>");
    out
}

/// All parcels of a class in one path: a hundred thousand stay a file a browser can show.
fn parcels(out: &mut String, map: &ThemeMap, frame: &Frame) {
    let Frame {
        x,
        y,
        width,
        height,
        ..
    } = frame;
    let _ = write!(
        out,
        r##"<clipPath id="frame"><rect x="{x}" y="{y}" width="{width}" height="{height}"/></clipPath><g clip-path="url(#frame)" stroke="#4d4d4d" stroke-width="0.08" fill-rule="evenodd">"##
    );
    for (nth, class) in map.classes.iter().enumerate() {
        let mut path = String::new();
        for place in map.places.iter().filter(|p| p.class == nth) {
            outline(&mut path, &place.shape, frame);
        }
        if !path.is_empty() {
            let _ = write!(out, r##"<path fill="{}" d="{path}"/>"##, class.colour);
        }
    }
    out.push_str("</g>");
}

fn outline(path: &mut String, shape: &Shape, frame: &Frame) {
    let [w, s, e, n] = shape.bounds();
    if frame.mm(e - w) < DOT && frame.mm(n - s) < DOT {
        let [x, y] = frame.on_paper([f64::midpoint(w, e), f64::midpoint(s, n)]);
        let r = DOT / 2.0;
        let _ = write!(
            path,
            "M{:.2} {y:.2}a{r} {r} 0 1 0 {DOT} 0a{r} {r} 0 1 0 -{DOT} 0Z",
            x - r
        );
        return;
    }
    for ring in &shape.rings {
        for (nth, p) in ring.iter().enumerate() {
            let [x, y] = frame.on_paper(*p);
            let _ = write!(path, "{}{x:.2} {y:.2}", if nth == 0 { 'M' } else { 'L' });
        }
        path.push('Z');
    }
}

/// Round distances for grid and bar, in metres.
fn round_metres(least: f64) -> f64 {
    let mut step = 10.0;
    while step < least {
        step *= if [10.0, 100.0, 1e3, 1e4, 1e5, 1e6].contains(&step) {
            2.0
        } else if [20.0, 200.0, 2e3, 2e4, 2e5].contains(&step) {
            2.5
        } else {
            2.0
        };
    }
    step
}

/// The frame with ticks and coordinates of the plane at round distances.
fn neat_line(out: &mut String, frame: &Frame) {
    let Frame {
        x,
        y,
        width,
        height,
        middle,
        ..
    } = frame;
    let _ = write!(
        out,
        r##"<g fill="none" stroke="#1a1a1a"><rect x="{x}" y="{y}" width="{width}" height="{height}" stroke-width="0.5"/>"##
    );
    let metres = |mm: f64| mm * f64::from(frame.scale) / 1000.0;
    let step = round_metres(metres(45.0));
    let ticks = |centre: f64, half: f64| {
        let first = ((centre - metres(half)) / step).ceil();
        (0..40)
            .map(move |i| (first + f64::from(i)) * step)
            .take_while(move |t| *t <= centre + metres(half))
    };
    let mut labels = String::new();
    for east in ticks(middle[0], width / 2.0 - 6.0) {
        let [px, _] = frame.on_paper([east, middle[1]]);
        let _ = write!(
            out,
            r#"<path stroke-width="0.2" d="M{px:.2} {y}v2M{px:.2} {}v-2"/>"#,
            y + height
        );
        let label = format!("{east:.0}");
        text(
            &mut labels,
            &Line {
                at: [px, y + height - 2.6],
                size: 2.2,
                anchor: "middle",
                text: &label,
            },
        );
    }
    for north in ticks(middle[1], height / 2.0 - 6.0) {
        let [_, py] = frame.on_paper([middle[0], north]);
        let _ = write!(
            out,
            r#"<path stroke-width="0.2" d="M{x} {py:.2}h2M{} {py:.2}h-2"/>"#,
            x + width
        );
        let label = format!("{north:.0}");
        text(
            &mut labels,
            &Line {
                at: [x + 2.6, py + 0.8],
                size: 2.2,
                anchor: "start",
                text: &label,
            },
        );
    }
    out.push_str("</g>");
    out.push_str(&labels);
}

fn legend(out: &mut String, map: &ThemeMap, frame: &Frame) {
    let (x, mut y) = (frame.x + frame.width + 6.0, frame.y + 26.0);
    text(
        out,
        &Line {
            at: [x, y],
            size: 4.2,
            anchor: "start",
            text: "图例",
        },
    );
    y += 6.0;
    for (class, count) in map.classes.iter().zip(map.counts()) {
        let _ = write!(
            out,
            r##"<rect x="{x}" y="{:.2}" width="7" height="4" fill="{}" stroke="#4d4d4d" stroke-width="0.1"/>"##,
            y - 3.2,
            class.colour
        );
        for (nth, part) in wrapped(&class.label, 13).iter().enumerate() {
            if nth > 0 {
                y += 4.0;
            }
            text(
                out,
                &Line {
                    at: [x + 9.0, y],
                    size: 3.2,
                    anchor: "start",
                    text: part,
                },
            );
        }
        let count = format!("{count} 宗");
        text(
            out,
            &Line {
                at: [x + LEGEND - 7.0, y],
                size: 2.8,
                anchor: "end",
                text: &count,
            },
        );
        y += 6.0;
    }
    y += 1.0;
    for part in wrapped(map.theme.explained(), 17) {
        text(
            out,
            &Line {
                at: [x, y],
                size: 2.8,
                anchor: "start",
                text: &part,
            },
        );
        y += 4.0;
    }
    if map.unplaced > 0 {
        let left = format!("另有 {} 宗没有可用的界线，未上图", map.unplaced);
        text(
            out,
            &Line {
                at: [x, y],
                size: 2.8,
                anchor: "start",
                text: &left,
            },
        );
    }
}

/// A text in lines of so many characters.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters
        .chunks(most)
        .map(|c| c.iter().collect())
        .collect()
}

/// Grid north: the plane's, which the frame follows.
fn north(out: &mut String, frame: &Frame) {
    let (x, y) = (frame.x + frame.width + 14.0, frame.y + 2.0);
    let _ = write!(
        out,
        r##"<path d="M{x} {y}l4 14l-4 -3.2l-4 3.2Z" fill="none" stroke="#1a1a1a" stroke-width="0.3"/><path d="M{x} {y}l4 14l-4 -3.2Z" fill="#1a1a1a"/>"##
    );
    text(
        out,
        &Line {
            at: [x + 7.0, y + 4.0],
            size: 4.0,
            anchor: "start",
            text: "北",
        },
    );
}

fn foot(out: &mut String, map: &ThemeMap, frame: &Frame, source: &str, at: DateTime<Utc>) {
    let metres = round_metres(frame.scale.into()) / 1000.0 * 20.0;
    let metres = round_metres(metres.max(10.0));
    let (bar, x, y) = (
        frame.mm(metres),
        frame.x + frame.width + 6.0,
        frame.y + frame.height - 8.0,
    );
    let _ = write!(
        out,
        r##"<g stroke="#1a1a1a" stroke-width="0.2"><rect x="{x}" y="{y}" width="{:.2}" height="1.4" fill="#1a1a1a"/><rect x="{:.2}" y="{y}" width="{:.2}" height="1.4" fill="#ffffff"/></g>"##,
        bar / 2.0,
        x + bar / 2.0,
        bar / 2.0
    );
    let length = if metres >= 1000.0 {
        format!("{} 千米", metres / 1000.0)
    } else {
        format!("{metres} 米")
    };
    text(
        out,
        &Line {
            at: [x, y + 4.6],
            size: 2.6,
            anchor: "start",
            text: "0",
        },
    );
    text(
        out,
        &Line {
            at: [x + bar, y + 4.6],
            size: 2.6,
            anchor: "middle",
            text: &length,
        },
    );
    let scale = format!("比例尺 1∶{}", frame.scale);
    text(
        out,
        &Line {
            at: [x, y - 3.0],
            size: 3.4,
            anchor: "start",
            text: &scale,
        },
    );
    let moment = |t: DateTime<Utc>| {
        t.with_timezone(&shanghai())
            .format("%Y年%m月%d日")
            .to_string()
    };
    let left = format!("{source}　登记簿时点：{}", moment(map.as_of));
    let right = format!(
        "CGCS2000 三度带高斯-克吕格投影，中央经线 102°　制图：{}",
        moment(at)
    );
    let base = frame.y + frame.height + 5.5;
    text(
        out,
        &Line {
            at: [frame.x, base],
            size: 2.8,
            anchor: "start",
            text: &left,
        },
    );
    text(
        out,
        &Line {
            at: [frame.x + frame.width, base],
            size: 2.8,
            anchor: "end",
            text: &right,
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::classify::Theme;
    use crate::theme::survey::Place;

    fn map(side: f64, count: u32) -> ThemeMap {
        let place = |i: u32| {
            let (w, s) = (466_000.0 + f64::from(i) * side * 1.5, 2_940_000.0);
            let ring = vec![[w, s], [w + side, s], [w + side, s + side], [w, s + side]];
            Place {
                parcel_code: format!("510402101001GB{i:05}"),
                address: "示例路".to_owned(),
                class: 6,
                told: "城镇住宅用地".to_owned(),
                shape: Shape::new(vec![ring]).unwrap(),
            }
        };
        ThemeMap {
            theme: Theme::LandUse,
            classes: Theme::LandUse.classes(),
            places: (0..count).map(place).collect(),
            unplaced: 2,
            as_of: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_scale_is_a_round_one_and_everything_is_in_the_frame() {
        for (side, count) in [(60.0, 1), (60.0, 20), (60.0, 900), (900.0, 60)] {
            let map = map(side, count);
            let frame = Frame::of(Paper::A4, bounds(&map));
            assert!(SCALES.contains(&frame.scale));
            for p in map
                .places
                .iter()
                .flat_map(|p| p.shape.rings.iter().flatten())
            {
                let [x, y] = frame.on_paper(*p);
                assert!((frame.x..=frame.x + frame.width).contains(&x), "{x}");
                assert!((frame.y..=frame.y + frame.height).contains(&y), "{y}");
            }
        }
    }

    #[test]
    fn a_hundred_metres_are_a_hundred_metres() {
        let map = map(100.0, 1);
        let frame = Frame::of(Paper::A3, bounds(&map));
        let [a, b] =
            [[466_000.0, 2_940_000.0], [466_100.0, 2_940_000.0]].map(|p| frame.on_paper(p));
        assert!(((b[0] - a[0]) * f64::from(frame.scale) / 1000.0 - 100.0).abs() < 1e-6);
    }

    #[test]
    fn a_map_says_title_legend_scale_north_and_what_is_missing() {
        let svg = svg(
            &map(60.0, 3),
            Paper::A4,
            "攀枝花市<东区>",
            "攀枝花市不动产登记中心",
            "x",
            DateTime::UNIX_EPOCH,
        );
        for part in [
            "攀枝花市&lt;东区&gt;土地用途分布图",
            "图例",
            "住宅用地",
            "3 宗",
            "比例尺 1∶",
            "北",
            "另有 2 宗",
        ] {
            assert!(svg.contains(part), "{part}");
        }
    }

    #[test]
    fn an_empty_map_is_drawn_too() {
        let svg = svg(
            &map(60.0, 0),
            Paper::A4,
            "盐边县",
            "x",
            "x",
            DateTime::UNIX_EPOCH,
        );
        assert!(svg.contains("0 宗") && svg.ends_with("</svg>"));
    }
}
