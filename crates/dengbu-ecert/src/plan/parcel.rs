//! The parcel plan (宗地图; TD/T 1001-2012 地籍调查规程).

use dengbu_page::{Colour, Stroke, pt};
use dengbu_papers::plan::{Boundary, PlanFacts};

use super::figure::{self, Frame, Labels};
use crate::layout::LayoutError;
use crate::layout::flow::{Columns, Flow};
use crate::layout::wrap::Break;

/// Width of the column with facts beside the figure, mm.
const ASIDE: f64 = 74.0;
/// Sides listed beside the figure; more go on behind it.
const LISTED: usize = 22;

pub fn draw(flow: &mut Flow<'_>, facts: &PlanFacts) -> Result<(), LayoutError> {
    flow.page()?;
    flow.lines("宗地图", 13.0, "", Break::Text)?;
    let (x, width, bottom) = flow.edges();
    let top = flow.y() + 1.0;
    let frame = Frame {
        place: [x, top, width - ASIDE - 4.0, bottom - top],
    };
    let [fx, fy, fw, fh] = frame.place;
    let canvas = flow.canvas()?;
    canvas.rect(fx, fy, fw, fh, Stroke::new(0.3, Colour::BLACK));
    let boundary = facts.boundary.as_ref();
    match boundary.and_then(|b| Some((b, frame.scale(b)?))) {
        Some((boundary, scale)) => {
            let labels = Labels {
                numbered: true,
                beside: &facts.neighbours,
            };
            figure::draw(canvas, boundary, &frame, scale, &labels)?;
            figure::north(canvas, &frame)?;
            figure::scale_bar(canvas, &frame, scale)?;
        }
        None => {
            canvas.centred(
                fx + fw / 2.0,
                fy + fh / 2.0,
                pt(11.0),
                "地籍数据库中没有本宗地的界址坐标，以权籍调查成果为准",
            )?;
        }
    }
    let mut list = vec![
        ("宗地代码".to_owned(), facts.parcel_code.clone()),
        ("坐落".to_owned(), facts.address.clone()),
        ("宗地面积".to_owned(), facts.area.clone()),
    ];
    if let Some([east, south, west, north]) = &facts.bounds {
        for (side, what) in [
            ("东至", east),
            ("南至", south),
            ("西至", west),
            ("北至", north),
        ] {
            list.push((side.to_owned(), what.clone()));
        }
    }
    let sides = boundary.map(side_rows).unwrap_or_default();
    let (beside, behind) = sides.split_at(sides.len().min(LISTED));
    aside(flow, x + width - ASIDE, top, &list, beside)?;
    if !behind.is_empty() {
        rest(flow, behind)?;
    }
    Ok(())
}

fn side_rows(boundary: &Boundary) -> Vec<Vec<String>> {
    boundary
        .sides()
        .iter()
        .map(|s| vec![format!("J{}—J{}", s.from, s.to), format!("{:.2}", s.length)])
        .collect()
}

/// Facts and lengths in the column beside the figure; what has no room there goes on behind.
fn aside(
    flow: &mut Flow<'_>,
    x: f64,
    top: f64,
    facts: &[(String, String)],
    sides: &[Vec<String>],
) -> Result<(), LayoutError> {
    let rows: Vec<_> = facts
        .iter()
        .map(|(label, value)| vec![label.clone(), value.clone()])
        .collect();
    let mut column = flow.column(x, top, ASIDE);
    column.table(
        &Columns {
            widths: &[20.0, ASIDE - 20.0],
            names: &[],
            labelled: true,
            points: 9.0,
        },
        &rows,
    )?;
    // two sides a row
    let rows: Vec<Vec<String>> = sides
        .chunks(2)
        .map(|pair| {
            let mut row: Vec<String> = pair.iter().flatten().cloned().collect();
            row.resize(4, String::new());
            row
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let names = ["界址边", "边长（米）", "界址边", "边长（米）"].map(ToOwned::to_owned);
    column.table(
        &Columns {
            widths: &[19.5, 17.5, 19.5, 17.5],
            names: &names,
            labelled: false,
            points: 8.0,
        },
        &rows,
    )
}

/// The sides that have no room beside the figure.
fn rest(flow: &mut Flow<'_>, sides: &[Vec<String>]) -> Result<(), LayoutError> {
    flow.page()?;
    flow.heading("界址边长表（续）", 13.0)?;
    let (_, width, _) = flow.edges();
    let rows: Vec<Vec<String>> = sides
        .chunks(5)
        .map(|group| {
            let mut row: Vec<String> = group.iter().flatten().cloned().collect();
            row.resize(10, String::new());
            row
        })
        .collect();
    let names: Vec<String> = (0..5)
        .flat_map(|_| ["界址边".to_owned(), "边长（米）".to_owned()])
        .collect();
    flow.table(
        &Columns {
            widths: &[width / 10.0; 10],
            names: &names,
            labelled: false,
            points: 8.5,
        },
        &rows,
    )
}
