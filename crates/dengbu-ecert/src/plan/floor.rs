//! The floor plan (房产分户图; GB/T 17986.1-2000 房产测量规范).

use dengbu_page::{Canvas, Colour, Path, Stroke, pt};
use dengbu_papers::plan::Boundary;

use super::FloorPlan;
use super::figure::{self, Frame, Labels, OnPaper};
use crate::layout::LayoutError;
use crate::layout::flow::{Columns, Flow};
use crate::layout::wrap::Break;

/// Width of the column with facts, mm.
const ASIDE: f64 = 74.0;
/// Height of the sketch of the storey at the foot of that column, mm.
const SKETCH: f64 = 34.0;
/// Two walls nearer than this many metres are one.
const TOUCHING: f64 = 0.3;
/// Ground of the unit in the sketch.
const OWN: Colour = Colour::new(246, 208, 204);
/// Lines of what lies beside it.
const BESIDE: Colour = Colour::new(120, 120, 120);

pub fn draw(flow: &mut Flow<'_>, plan: &FloorPlan) -> Result<(), LayoutError> {
    flow.page()?;
    flow.lines("房产分户图", 13.0, "", Break::Text)?;
    let (x, width, bottom) = flow.edges();
    let top = flow.y() + 1.0;
    let frame = Frame {
        place: [x, top, width - ASIDE - 4.0, bottom - top],
    };
    let [fx, fy, fw, fh] = frame.place;
    flow.canvas()?
        .rect(fx, fy, fw, fh, Stroke::new(0.3, Colour::BLACK));
    let note = drawing(flow, plan, &frame)?;
    let mut rows = vec![vec!["不动产单元号".to_owned(), plan.unit_code.clone()]];
    rows.extend(
        plan.facts
            .iter()
            .map(|f| vec![f.label.clone(), f.value.clone()]),
    );
    rows.push(vec!["图上内容".to_owned(), note.to_owned()]);
    if let Some(outline) = plan.outline.as_ref().filter(|_| !plan.around.is_empty()) {
        let place = [x + width - ASIDE, bottom - SKETCH, ASIDE, SKETCH];
        sketch(flow.canvas()?, outline, &plan.around, place)?;
    }
    flow.column(x + width - ASIDE, top, ASIDE).table(
        &Columns {
            widths: &[25.0, ASIDE - 25.0],
            names: &[],
            labelled: true,
            points: 9.0,
        },
        &rows,
    )
}

/// The storey in small with the unit in it (本户在楼层中的位置); not to scale.
fn sketch(
    canvas: &mut Canvas<'_>,
    own: &Boundary,
    around: &[(String, Boundary)],
    [x, y, width, height]: [f64; 4],
) -> Result<(), LayoutError> {
    canvas.rect(x, y, width, height, Stroke::new(0.2, Colour::BLACK));
    canvas.centred(
        x + width / 2.0,
        y + 5.0,
        pt(8.0),
        "本户在本层的位置（示意）",
    )?;
    let all = || around.iter().map(|(_, b)| b).chain([own]);
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for point in all().flat_map(|b| &b.points) {
        for axis in 0..2 {
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
        }
    }
    let room = [width - 6.0, height - 10.0];
    let by = (room[0] / (high[0] - low[0])).min(room[1] / (high[1] - low[1]));
    if !by.is_finite() {
        return Ok(());
    }
    let middle = [
        f64::midpoint(low[0], high[0]),
        f64::midpoint(low[1], high[1]),
    ];
    let at = (x + width / 2.0, y + 7.5 + room[1] / 2.0);
    let ring = |b: &Boundary| -> Vec<(f64, f64)> {
        b.points
            .iter()
            .map(|p| {
                (
                    at.0 + (p[0] - middle[0]) * by,
                    at.1 - (p[1] - middle[1]) * by,
                )
            })
            .collect()
    };
    for (_, other) in around {
        canvas.path(
            Path::polyline(&ring(other), true),
            Stroke::new(0.12, BESIDE),
        );
    }
    canvas.path(
        Path::polyline(&ring(own), true),
        (OWN, Stroke::new(0.3, figure::BOUNDARY)),
    );
    Ok(())
}

/// A ring's sides as far as they lie in the frame, dashed.
fn within(canvas: &mut Canvas<'_>, frame: &Frame, ring: &[(f64, f64)]) {
    let n = ring.len();
    for i in 0..n {
        if let Some((a, b)) = clipped(frame.place, ring[i], ring[(i + 1) % n]) {
            canvas.path(
                Path::polyline(&[a, b], false),
                Stroke::new(0.18, BESIDE).dashed(&[1.5, 1.0]),
            );
        }
    }
}

/// The part of a line that lies in a rectangle (Liang and Barsky).
fn clipped(
    [x, y, width, height]: [f64; 4],
    a: (f64, f64),
    b: (f64, f64),
) -> Option<((f64, f64), (f64, f64))> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut from, mut to) = (0.0_f64, 1.0_f64);
    for (step, room) in [
        (-dx, a.0 - x),
        (dx, x + width - a.0),
        (-dy, a.1 - y),
        (dy, y + height - a.1),
    ] {
        if step.abs() < 1e-12 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            from = from.max(room / step);
        } else {
            to = to.min(room / step);
        }
    }
    (from < to).then_some((
        (a.0 + from * dx, a.1 + from * dy),
        (a.0 + to * dx, a.1 + to * dy),
    ))
}

/// Draws the best there is and says what it is.
fn drawing(
    flow: &mut Flow<'_>,
    plan: &FloorPlan,
    frame: &Frame,
) -> Result<&'static str, LayoutError> {
    let [fx, fy, fw, fh] = frame.place;
    let canvas = flow.canvas()?;
    if let Some(outline) = &plan.outline
        && let Some(scale) = frame.scale(outline)
    {
        let paper = OnPaper::new(outline, frame, scale);
        // what lies beside it, as far as the frame reaches
        for (_, other) in &plan.around {
            within(canvas, frame, &paper.ring(&other.points));
        }
        let others: Vec<Boundary> = plan.around.iter().map(|(_, b)| b.clone()).collect();
        let beside: Vec<Option<String>> = outline
            .neighbours(&others, TOUCHING)
            .into_iter()
            .map(|at| match at {
                Some(at) => plan.around.get(at).map(|(name, _)| name.clone()),
                None if others.is_empty() => None,
                None => Some("外墙或公共部位".to_owned()),
            })
            .collect();
        figure::draw(
            canvas,
            outline,
            frame,
            scale,
            &Labels {
                numbered: false,
                beside: &beside,
            },
        )?;
        figure::north(canvas, frame)?;
        figure::scale_bar(canvas, frame, scale)?;
        return Ok("本户套内轮廓和同层相邻各户（房产测绘成果），边长单位为米");
    }
    if let Some(image) = &plan.scan {
        let (w, h) = (f64::from(image.width), f64::from(image.height));
        let by = ((fw - 4.0) / w).min((fh - 4.0) / h);
        let (x, y) = (fx + (fw - w * by) / 2.0, fy + (fh - h * by) / 2.0);
        canvas.image(x, y, w * by, h * by, image);
        return Ok("测绘单位出具的分户图（扫描件）");
    }
    if let Some(building) = &plan.footprint
        && let Some(scale) = frame.scale(building)
    {
        figure::draw(canvas, building, frame, scale, &Labels::NUMBERED)?;
        figure::north(canvas, frame)?;
        figure::scale_bar(canvas, frame, scale)?;
        return Ok("本户所在自然幢的轮廓，边长单位为米；户内分隔以房产测绘成果为准");
    }
    canvas.centred(
        fx + fw / 2.0,
        fy + fh / 2.0,
        pt(11.0),
        "地籍数据库中没有本户的图形，以房产测绘成果为准",
    )?;
    Ok("没有图形")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_at_the_frame() {
        let frame = [0.0, 0.0, 10.0, 10.0];
        assert_eq!(
            clipped(frame, (-5.0, 5.0), (15.0, 5.0)),
            Some(((0.0, 5.0), (10.0, 5.0)))
        );
        assert_eq!(
            clipped(frame, (2.0, 3.0), (4.0, 5.0)),
            Some(((2.0, 3.0), (4.0, 5.0)))
        );
        assert_eq!(clipped(frame, (-5.0, -1.0), (15.0, -1.0)), None);
        assert_eq!(clipped(frame, (11.0, 0.0), (11.0, 9.0)), None);
    }
}
