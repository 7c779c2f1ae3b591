//! The face of a title certificate or proof.

use std::sync::Arc;

use dengbu_page::{Canvas, Colour, Fonts, Path, Stroke, Template, pt};

use super::LayoutError;
use super::form::{Form, RowForm};
use super::qr_modules;
use super::wrap::{ASCENT, Break, Fitted, fit, line_height};
use crate::content::{Content, Field};

/// Blank around the text of a cell.
const PAD: [f64; 2] = [1.6, 0.8];
/// Wave length of the ornament, mm.
const WAVE: f64 = 6.0;
/// What stands where a value goes on behind the face.
const GOES_ON: &str = "（转附页）";

/// A value that has no room on the face: its label, its field and the rest of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// Label of the row.
    pub label: String,
    /// Field name of its text.
    pub field: &'static str,
    /// What did not fit.
    pub text: String,
}

/// Field name of a row's value.
pub fn field_of(label: &str) -> &'static str {
    match label {
        "权利人" | "权利人（申请人）" => "KZ_QLR",
        "共有情况" => "KZ_GYQK",
        "坐落" => "KZ_ZL",
        "不动产单元号" => "KZ_BDCDYH",
        "权利类型" => "KZ_QLLX",
        "权利性质" => "KZ_QLXZ",
        "用途" => "KZ_YT",
        "面积" => "KZ_MJ",
        "使用期限" => "KZ_SYQX",
        "权利其他状况" => "KZ_QLQTZK",
        "附记" => "KZ_FJ",
        "证明权利或事项" => "KZ_ZMQLSX",
        "义务人" => "KZ_YWR",
        "其他" => "KZ_QT",
        _ => "",
    }
}

/// How a row's value may be broken.
pub fn break_of(label: &str) -> Break {
    match label {
        "权利人" | "权利人（申请人）" | "义务人" | "共有情况" => Break::Names,
        _ => Break::Text,
    }
}

/// What is the same on the face of all certificates of a kind: frame, title, sentence, labels.
pub fn template(form: &Form, fonts: &Fonts) -> Result<Arc<Template>, LayoutError> {
    let mut canvas = Canvas::new(form.size(), fonts);
    let ink = form.colour();
    ornament(&mut canvas, form.frame, ink);
    let [x, y, points] = form.title_at;
    if !form.above_title.is_empty() {
        canvas
            .centred(x, y - pt(points) * 1.5, pt(points) * 0.8, &form.above_title)?
            .colour(ink);
    }
    canvas.centred(x, y, pt(points), &form.title)?.colour(ink);
    statement(&mut canvas, form)?;
    let [x, y, points] = form.authority_at;
    canvas.centred(
        x,
        y - pt(points) * 1.7,
        pt(points) * 0.85,
        &form.authority_label,
    )?;
    let [x, y, points] = form.below_at;
    canvas.centred(x, y, pt(points), &form.below)?.colour(ink);
    let [x, y, side] = form.qr;
    canvas.centred(x + side / 2.0, y + side + 1.6, pt(8.5), &form.qr_note)?;
    let middle = form.width / 2.0 + 1.5;
    canvas.line(
        (middle, form.frame[1] + 8.0),
        (middle, form.frame[1] + form.frame[3] - 8.0),
        Stroke::new(0.15, ink).dashed(&[1.0, 1.2]),
    );
    labels(&mut canvas, form)?;
    let name = format!("{}-face", form.kind.code());
    Ok(Arc::new(Template::from((name.as_str(), canvas.finish()))))
}

fn statement(canvas: &mut Canvas<'_>, form: &Form) -> Result<(), LayoutError> {
    let [x, y, width, height] = form.statement_place;
    let text = format!("\u{2003}\u{2003}{}", form.statement);
    // two blanks of an em begin the paragraph: drawn as a shift of its first line
    let text = text.trim_start();
    let fonts = canvas.fonts();
    let sizes = &form.statement_sizes;
    let fitted = sizes.iter().find_map(|&points| {
        let indent = pt(points) * 2.0;
        let lines = indented(fonts, text, points, width, indent);
        let total = line_height(points) * 1.25 * count(lines.len());
        (total <= height).then_some((points, indent, lines))
    });
    let Some((points, indent, lines)) = fitted else {
        return Err(LayoutError::Form("说明文字放不下".to_owned()));
    };
    let mut baseline = y + pt(points) * ASCENT;
    for (i, line) in lines.iter().enumerate() {
        let shift = if i == 0 { indent } else { 0.0 };
        canvas.text(x + shift, baseline, pt(points), line)?;
        baseline += line_height(points) * 1.25;
    }
    Ok(())
}

/// Lines of a paragraph whose first line begins further right.
fn indented(fonts: &Fonts, text: &str, points: f64, width: f64, indent: f64) -> Vec<String> {
    let first = super::wrap::wrap(fonts, text, points, width - indent, Break::Text);
    let head = first.first().map(|l| l.text.clone()).unwrap_or_default();
    let rest = text.strip_prefix(head.as_str()).unwrap_or("");
    let mut out = vec![head];
    if !rest.is_empty() {
        out.extend(
            super::wrap::wrap(fonts, rest, points, width, Break::Text)
                .into_iter()
                .map(|l| l.text),
        );
    }
    out
}

fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::INFINITY, f64::from)
}

/// Two lines with two waves between them around the page.
pub fn ornament(canvas: &mut Canvas<'_>, [x, y, width, height]: [f64; 4], ink: Colour) {
    canvas.rect(x, y, width, height, Stroke::new(0.7, ink));
    let inner = 4.2;
    canvas.rect(
        x + inner,
        y + inner,
        width - 2.0 * inner,
        height - 2.0 * inner,
        Stroke::new(0.25, ink),
    );
    let middle = inner / 2.0;
    let (left, top) = (x + middle, y + middle);
    let (right, bottom) = (x + width - middle, y + height - middle);
    let pale = Stroke::new(0.16, ink);
    for sign in [1.3, -1.3] {
        for at in [top, bottom] {
            canvas.path(wave((left, at), right - left, sign, false), pale.clone());
        }
        for at in [left, right] {
            canvas.path(wave((at, top), bottom - top, sign, true), pale.clone());
        }
    }
}

/// A wave along a side, a whole number of half waves.
fn wave(from: (f64, f64), length: f64, height: f64, upright: bool) -> Path {
    let halves = (length / (WAVE / 2.0)).round().max(1.0);
    let half = length / halves;
    let at = |along: f64, aside: f64| {
        if upright {
            (from.0 + aside, from.1 + along)
        } else {
            (from.0 + along, from.1 + aside)
        }
    };
    let mut path = Path::new().move_to(from.0, from.1);
    let mut along = 0.0;
    let mut sign = height;
    while along + half / 2.0 < length {
        path = path.curve_to(
            at(along + half * 0.36, sign),
            at(along + half * 0.64, sign),
            at(along + half, 0.0),
        );
        along += half;
        sign = -sign;
    }
    path
}

fn labels(canvas: &mut Canvas<'_>, form: &Form) -> Result<(), LayoutError> {
    let [x, mut y, label_width, value_width] = form.table;
    let ink = form.colour();
    for row in &form.rows {
        canvas.rect(x, y, label_width, row.height, Stroke::new(0.25, ink));
        canvas.rect(
            x + label_width,
            y,
            value_width,
            row.height,
            Stroke::new(0.25, ink),
        );
        let mut points = 12.5;
        while canvas.fonts().width(&row.label, pt(points))? > label_width - 2.0 * PAD[0] {
            points -= 0.5;
        }
        let baseline = y + row.height / 2.0 + pt(points) * 0.36;
        canvas
            .centred(x + label_width / 2.0, baseline, pt(points), &row.label)?
            .colour(ink);
        y += row.height;
    }
    Ok(())
}

/// The face of one certificate, and what had no room on it.
pub fn draw<'f>(
    form: &Form,
    template: &Arc<Template>,
    fonts: &'f Fonts,
    content: &Content,
    qr: Option<&str>,
) -> Result<(Canvas<'f>, Vec<Rest>), LayoutError> {
    let mut canvas = Canvas::over(template, fonts);
    let head = content.head();
    number(&mut canvas, form, &head.number)?;
    let [x, y, points] = form.authority_at;
    let room = (form.width / 2.0 - x).min(x - form.frame[0]) * 2.0 - 16.0;
    let natural = fonts.width(&head.authority_name, pt(points))?;
    let size = pt(points) * (room / natural).min(1.0);
    canvas
        .centred(x, y, size, &head.authority_name)?
        .field("ZZBFJG");
    let [x, y, points] = form.date_at;
    let date = dengbu_papers::format::date(head.issued_on);
    canvas.centred(x, y, pt(points), &date)?.field("KZ_FZRQ");
    if let Some(text) = qr {
        qr_modules::draw(&mut canvas, text, form.qr)?;
    }
    let identifier = head.identifier.to_string();
    identifier_line(&mut canvas, form.identifier_place, &identifier)?;
    let mut rests = Vec::new();
    let rows = content.rows();
    let [x, mut y, label_width, value_width] = form.table;
    let mut shown = Vec::new();
    for row in &form.rows {
        let value = rows.iter().find(|r| r.label == row.label);
        if let Some(field) = value {
            let place = [x + label_width, y, value_width, row.height];
            rests.extend(cell(&mut canvas, form, row, place, field)?);
            shown.push(field.label.as_str());
        }
        y += row.height;
    }
    // a province's blank may lack a row: its value is not lost
    rests.extend(
        rows.iter()
            .filter(|r| !shown.contains(&r.label.as_str()))
            .map(|r| Rest {
                label: r.label.clone(),
                field: field_of(&r.label),
                text: r.value.clone(),
            }),
    );
    Ok((canvas, rests))
}

fn number(canvas: &mut Canvas<'_>, form: &Form, number: &str) -> Result<(), LayoutError> {
    let [x, y, width, height] = form.number_place;
    let text = dengbu_model::certificate::CertificateNumber::parse(number)
        .map_or_else(|_| number.to_owned(), |n| n.statutory());
    let natural = canvas.fonts().width(&text, pt(14.5))?;
    let size = pt(14.5) * (width / natural).min(1.0);
    let baseline = y + height / 2.0 + size * 0.36;
    canvas
        .centred(x + width / 2.0, baseline, size, &text)?
        .colour(form.colour())
        .field("ZZBH");
    Ok(())
}

/// 证照标识 in one line of the place.
pub fn identifier_line(
    canvas: &mut Canvas<'_>,
    [x, y, width, height]: [f64; 4],
    identifier: &str,
) -> Result<(), LayoutError> {
    let fonts = canvas.fonts();
    let label = "证照标识：";
    let natural = fonts.width(label, pt(9.0))? + fonts.width(identifier, pt(9.0))?;
    let size = pt(9.0) * (width / natural).min(1.0);
    let baseline = y + height / 2.0 + size * 0.36;
    let shift = canvas.text(x, baseline, size, label)?.width;
    canvas
        .text(x + shift, baseline, size, identifier)?
        .field("ZZBS");
    Ok(())
}

fn cell(
    canvas: &mut Canvas<'_>,
    form: &Form,
    row: &RowForm,
    [x, y, width, height]: [f64; 4],
    value: &Field,
) -> Result<Option<Rest>, LayoutError> {
    let room = (width - 2.0 * PAD[0], height - 2.0 * PAD[1]);
    let fitted: Fitted = fit(
        canvas.fonts(),
        &value.value,
        &form.row_sizes,
        room,
        break_of(&value.label),
    );
    let points = fitted.points;
    let step = line_height(points);
    let lines = fitted.lines.len() + usize::from(fitted.rest.is_some());
    let used = step * count(lines);
    let mut baseline = y + pt(points) * ASCENT + PAD[1];
    if !row.top {
        baseline += ((height - 2.0 * PAD[1] - used) / 2.0).max(0.0);
    }
    let field = field_of(&value.label);
    for line in &fitted.lines {
        if !line.text.is_empty() {
            canvas
                .text(x + PAD[0], baseline, pt(points), &line.text)?
                .field(field);
        }
        baseline += step;
    }
    let Some(text) = fitted.rest else {
        return Ok(None);
    };
    canvas.text(x + PAD[0], baseline, pt(points), GOES_ON)?;
    Ok(Some(Rest {
        label: value.label.clone(),
        field,
        text,
    }))
}
