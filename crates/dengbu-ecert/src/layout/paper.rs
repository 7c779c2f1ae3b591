//! Result papers: A4 upright, text and tables from page to page, at the end the code, the
//! authority and the place of the seal.

use dengbu_page::{Colour, Fonts, Page, Size, Stroke, pt};

use super::LayoutError;
use super::compose::{Order, SealPlace};
use super::flow::{Columns, Flow, Sheet};
use super::form::ResultForm;
use super::qr_modules;
use super::wrap::Break;
use crate::content::{Content, Field, Part, ResultFrame};

const RULE: Colour = Colour::new(122, 38, 24);
/// Width of labels, a part of the whole.
const LABELS: f64 = 0.26;

/// The pages and the place of the seal.
pub fn draw(
    fonts: &Fonts,
    form: &ResultForm,
    order: &Order<'_>,
) -> Result<(Vec<Page>, SealPlace), LayoutError> {
    let [left, top, right, bottom] = form.margin;
    let (width, height) = (form.width - left - right, form.height - top - bottom);
    let mut flow = Flow::new(
        fonts,
        Sheet {
            size: Size::new(form.width, form.height),
            template: None,
            place: [left, top, width, height],
        },
    );
    flow.page()?;
    if let Some(frame) = order.content.result_frame() {
        head(&mut flow, form, frame)?;
        body(&mut flow, form, frame, order.content)?;
    }
    let seal = end(&mut flow, form, order)?;
    Ok((flow.finish(), seal))
}

fn head(flow: &mut Flow<'_>, form: &ResultForm, frame: &ResultFrame) -> Result<(), LayoutError> {
    flow.centred(&frame.head.authority_name, 13.0)?;
    flow.skip(2.0);
    flow.centred(&frame.title, form.title_size)?;
    flow.skip(2.0);
    let (x, width, _) = flow.edges();
    let y = flow.y();
    flow.canvas()?
        .line((x, y), (x + width, y), Stroke::new(0.5, RULE));
    flow.skip(2.0);
    let meta = format!(
        "编号：{}\u{2003}出具时间：{}\u{2003}经办人：{}",
        frame.head.number, frame.issued_at, frame.issued_by
    );
    flow.lines(&meta, 9.5, "", Break::Text)?;
    flow.skip(2.0);
    Ok(())
}

fn body(
    flow: &mut Flow<'_>,
    form: &ResultForm,
    frame: &ResultFrame,
    content: &Content,
) -> Result<(), LayoutError> {
    if !frame.application.is_empty() {
        flow.heading("查询申请", 12.5)?;
        facts(flow, form, &frame.application)?;
    }
    if let Some(text) = &frame.conclusion {
        flow.skip(1.0);
        flow.lines(text, form.text_size + 2.0, "KZ_CXJL", Break::Text)?;
        flow.skip(2.0);
    }
    for part in content.parts() {
        flow.heading(&part.heading, 12.5)?;
        if !part.facts.is_empty() {
            facts(flow, form, &part.facts)?;
        }
        if !part.columns.is_empty() {
            table(flow, form, &part)?;
        }
    }
    if !frame.warnings.is_empty() {
        flow.heading("注意事项", 12.5)?;
        for (i, warning) in frame.warnings.iter().enumerate() {
            let text = format!("{}. {warning}", i + 1);
            flow.lines(&text, form.table_size, "", Break::Text)?;
        }
    }
    Ok(())
}

fn facts(flow: &mut Flow<'_>, form: &ResultForm, fields: &[Field]) -> Result<(), LayoutError> {
    let (_, width, _) = flow.edges();
    let widths = [width * LABELS, width * (1.0 - LABELS)];
    let rows: Vec<_> = fields
        .iter()
        .map(|f| vec![f.label.clone(), f.value.clone()])
        .collect();
    flow.table(
        &Columns {
            widths: &widths,
            names: &[],
            labelled: true,
            points: form.table_size,
        },
        &rows,
    )
}

/// Columns as wide as what stands in them asks for: by the longest of their texts, within bounds.
fn table(flow: &mut Flow<'_>, form: &ResultForm, part: &Part) -> Result<(), LayoutError> {
    let (_, width, _) = flow.edges();
    let wish: Vec<f64> = part
        .columns
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let texts = part.rows.iter().filter_map(|r| r.get(i)).chain([name]);
            let longest = texts.map(|t| t.chars().count()).max().unwrap_or(1);
            f64::from(u32::try_from(longest.clamp(5, 18)).unwrap_or(18))
        })
        .collect();
    let whole: f64 = wish.iter().sum();
    let widths: Vec<f64> = wish.iter().map(|w| width * w / whole).collect();
    flow.table(
        &Columns {
            widths: &widths,
            names: &part.columns,
            labelled: false,
            points: form.table_size,
        },
        &part.rows,
    )
}

/// Code, authority, date and seal, kept together.
fn end(
    flow: &mut Flow<'_>,
    form: &ResultForm,
    order: &Order<'_>,
) -> Result<SealPlace, LayoutError> {
    flow.need(form.seal_side + 12.0)?;
    flow.skip(6.0);
    let (x, width, _) = flow.edges();
    let y = flow.y();
    let head = order.content.head();
    let seal_x = x + width - form.seal_side - 8.0;
    let canvas = flow.canvas()?;
    if let Some(text) = order.qr {
        qr_modules::draw(canvas, text, [x, y, form.qr_side])?;
        canvas.centred(
            x + form.qr_side / 2.0,
            y + form.qr_side + 1.5,
            pt(8.5),
            "扫码查验真伪",
        )?;
    }
    if let Some(frame) = order.content.result_frame() {
        canvas.text(x + form.qr_side + 3.0, y + 8.0, pt(9.5), "查验码")?;
        canvas
            .text(x + form.qr_side + 3.0, y + 13.0, pt(9.5), &frame.check_code)?
            .field("KZ_CYM");
    }
    let middle = seal_x + form.seal_side / 2.0;
    canvas
        .centred(
            middle,
            y + form.seal_side / 2.0 - 2.0,
            pt(11.0),
            &head.authority_name,
        )?
        .field("ZZBFJG");
    // 不动产登记资料查询暂行办法第十条第二款: the seal for searches and the time of issue
    canvas.centred(
        middle,
        y + form.seal_side / 2.0 + 4.0,
        pt(9.5),
        "（查询专用章）",
    )?;
    let date = dengbu_papers::format::date(head.issued_on);
    canvas.centred(middle, y + form.seal_side / 2.0 + 10.0, pt(11.0), &date)?;
    Ok(SealPlace {
        page: flow.page_index(),
        x: seal_x,
        y,
        side: form.seal_side,
    })
}
