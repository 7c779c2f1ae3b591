//! The floor plan (房产分户图; GB/T 17986.1-2000 房产测量规范).

use dengbu_page::{Colour, Path, Stroke, pt};

use super::FloorPlan;
use super::figure::{self, Frame};
use crate::layout::LayoutError;
use crate::layout::flow::{Columns, Flow};
use crate::layout::wrap::Break;

/// Width of the column with facts, mm.
const ASIDE: f64 = 74.0;

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
        figure::draw(canvas, outline, frame, scale, &[])?;
        if let Some(building) = &plan.footprint {
            // the building around it, where it stands in the frame
            let paper = figure::OnPaper::new(outline, frame, scale);
            let ring = paper.ring(&building.points);
            let inside = ring
                .iter()
                .all(|(x, y)| (fx..fx + fw).contains(x) && (fy..fy + fh).contains(y));
            if inside {
                canvas.path(
                    Path::polyline(&ring, true),
                    Stroke::new(0.2, Colour::BLACK).dashed(&[1.5, 1.0]),
                );
            }
        }
        figure::north(canvas, frame)?;
        figure::scale_bar(canvas, frame, scale)?;
        return Ok("本户轮廓（房产测绘成果），边长单位为米");
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
        figure::draw(canvas, building, frame, scale, &[])?;
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
