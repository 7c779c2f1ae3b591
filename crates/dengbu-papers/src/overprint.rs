//! Over-printing (套打) of pre-printed certificate forms: what a 不动产权证书 or
//! 不动产登记证明 says, put at its millimetres.
//!
//! Invariants: nothing is ever cut off. A text too long for its place is set in
//! smaller type; is it too long for the smallest, the place says 详见附记 and the
//! whole text goes into 附记; what 附记 cannot hold goes on to numbered
//! continuation pages (续页).
//!
//! Map: [`form`] the blanks as data; [`fit`] breaking and fitting of text;
//! [`station`] the correction of one printer and its test page; this module
//! lays out ([`lay_out`]) and draws ([`draw`]) the pages.

pub mod fit;
pub mod form;
pub mod station;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::fit::Line;
use self::form::{Form, Place};
use self::station::Correction;
use crate::certificate::{CertificateFacts, rows};
use crate::format::NONE;
use crate::mask::Mask;

/// What stands in a place whose text is in the remarks.
pub const SEE_REMARKS: &str = "详见附记";
/// Last line of a page that another one continues.
pub const CONTINUED: &str = "（转续页）";
/// The place that takes what does not fit elsewhere.
pub const REMARKS: &str = "附记";

/// One page with its lines at their millimetres.
#[derive(Debug, Clone, PartialEq)]
pub struct LaidPage {
    /// Name of the page in Chinese, such as 内容页 or 续页1.
    pub name: String,
    /// The places the blank has on this page; none on a continuation page.
    pub places: Vec<Place>,
    /// The lines, each with the key of its place.
    pub lines: Vec<(String, Line)>,
}

/// A certificate laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct Laid {
    /// The blank.
    pub form: Form,
    /// Pages in order.
    pub pages: Vec<LaidPage>,
    /// Keys whose text was moved into the remarks.
    pub moved: Vec<String>,
}

/// Values by the key of their place: the number line and the rows of the table.
#[must_use]
pub fn values(facts: &CertificateFacts, mask: Mask) -> Vec<(String, String)> {
    let mut out = vec![("证号".to_owned(), facts.number.clone())];
    out.extend(rows(facts, mask).into_iter().map(|r| (r.label, r.value)));
    out
}

/// Puts the values at their places on a blank.
#[must_use]
pub fn lay_out(form: &Form, values: &[(String, String)]) -> Laid {
    let value = |key: &str| {
        let found = values.iter().find(|(k, _)| k == key);
        found.map_or(NONE, |(_, v)| v.as_str())
    };
    let mut moved = Vec::new();
    let mut extra = Vec::new();
    let mut pages: Vec<LaidPage> = Vec::new();
    for page in &form.pages {
        let mut lines = Vec::new();
        for place in page.places.iter().filter(|p| p.key != REMARKS) {
            let text = value(&place.key);
            let set = fit::fit(text, place).unwrap_or_else(|| {
                moved.push(place.key.clone());
                extra.push(format!("{}：{text}", place.key));
                fit::at_smallest(SEE_REMARKS, place).0
            });
            lines.extend(set.into_iter().map(|l| (place.key.clone(), l)));
        }
        pages.push(LaidPage {
            name: page.name.clone(),
            places: page.places.clone(),
            lines,
        });
    }
    let own = value(REMARKS);
    let mut remarks: Vec<&str> = Vec::new();
    if own != NONE || extra.is_empty() {
        remarks.push(own);
    }
    remarks.extend(extra.iter().map(String::as_str));
    put_remarks(&remarks.join("\n"), &mut pages, value("证号"));
    Laid {
        form: form.clone(),
        pages,
        moved,
    }
}

/// The remarks into their place and on to continuation pages.
fn put_remarks(text: &str, pages: &mut Vec<LaidPage>, number: &str) {
    let Some((at, place)) = pages.iter().enumerate().find_map(|(i, p)| {
        p.places
            .iter()
            .find(|q| q.key == REMARKS)
            .map(|q| (i, q.clone()))
    }) else {
        return;
    };
    if let Some(set) = fit::fit(text, &place) {
        pages[at]
            .lines
            .extend(set.into_iter().map(|l| (REMARKS.to_owned(), l)));
        return;
    }
    let mut rest = fit::wrap(text, place.width, place.smallest());
    let room = place.rows(place.smallest());
    let mut page = at;
    let mut nth = 0;
    loop {
        let last = rest.len() <= room;
        let take = if last { rest.len() } else { room - 1 };
        let mut now: Vec<String> = rest.drain(..take).collect();
        if !last {
            now.push(CONTINUED.to_owned());
        }
        let set = fit::set(&now, &place, place.smallest());
        pages[page]
            .lines
            .extend(set.into_iter().map(|l| (REMARKS.to_owned(), l)));
        if last {
            return;
        }
        nth += 1;
        pages.push(LaidPage {
            name: format!("续页{nth}"),
            places: Vec::new(),
            lines: vec![(
                "续页".to_owned(),
                Line {
                    x: place.x,
                    baseline: place.y - 6.0,
                    size: 10.5,
                    centred: false,
                    text: format!("{number} 附记 续页{nth}"),
                },
            )],
        });
        page = pages.len() - 1;
    }
}

/// How a certificate is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Only the data, for the blank in the printer.
    Overprint,
    /// Data over the drawn blank, to look at. It says that it is no certificate.
    Preview,
}

/// The document: one page of the blank's size for each laid page, then the plans.
#[must_use]
pub fn draw(title: &str, laid: &Laid, plans: &[Markup], mode: Mode, by: &Correction) -> String {
    let (w, h) = (laid.form.width, laid.form.height);
    let pages = html! {
        @for page in &laid.pages {
            (sheet(w, h, by, mode, html! {
                @if mode == Mode::Preview { (blank(laid, page)) }
                @for (key, line) in &page.lines { (text(key, line)) }
            }))
        }
        @for plan in plans { (sheet(w, h, by, mode, plan.clone())) }
    };
    document(title, w, h, pages)
}

/// A document of pages of one size, without margins.
pub(crate) fn document(title: &str, w: f64, h: f64, body: Markup) -> String {
    // named at their real size, so that the printer driver has nothing to scale
    let style = format!(
        "@page{{size:{w}mm {h}mm;margin:0}}html,body{{margin:0;padding:0}}svg{{display:block}}\
         text{{font-family:\"SimSun\",\"Noto Serif CJK SC\",\"Songti SC\",serif;white-space:pre}}\
         .page{{width:{w}mm;height:{h}mm;overflow:hidden;break-after:page}}.page:last-child{{break-after:auto}}\
         @media screen{{html{{background:#e9e9e9}}.page{{margin:6mm auto;background:#fff;box-shadow:0 0 2mm rgba(0,0,0,.25)}}}}"
    );
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(style)) }
            }
            body { (body) }
        }
    }
    .into_string()
}

/// One page; the user unit of its drawing is the millimetre.
pub(crate) fn sheet(w: f64, h: f64, by: &Correction, mode: Mode, inner: Markup) -> Markup {
    // a preview shows the blank as it should be, whatever the printer does
    let shift = if mode == Mode::Overprint {
        by.transform()
    } else {
        String::new()
    };
    html! {
        div.page {
            svg xmlns="http://www.w3.org/2000/svg" width={ (w) "mm" } height={ (h) "mm" }
                viewBox={ "0 0 " (w) " " (h) } role="img" {
                g transform=[(!shift.is_empty()).then_some(shift)] { (inner) }
            }
        }
    }
}

pub(crate) fn text(key: &str, line: &Line) -> Markup {
    html! {
        text data-field=(key) x=(mm(line.x)) y=(mm(line.baseline)) font-size=(mm(fit::points(line.size)))
            text-anchor=[line.centred.then_some("middle")] { (line.text) }
    }
}

/// A length in millimetres as SVG takes it.
pub(crate) fn mm(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The blank as drawn under a preview.
fn blank(laid: &Laid, page: &LaidPage) -> Markup {
    let (w, h) = (laid.form.width, laid.form.height);
    html! {
        text x=(mm(w / 2.0)) y=(mm(h - 8.0)) font-size="3" text-anchor="middle" fill="#a33" {
            "内容预览（" (page.name) "）：以打印在专用纸上并加盖印章的为准，本页不作为权属凭证"
        }
        @for place in page.places.iter().filter(|p| p.key != "证号") {
            @let left = label_left(place);
            rect x=(mm(left)) y=(mm(place.y - 0.5)) width=(mm(place.x + place.width + 1.0 - left))
                height=(mm(place.height + 1.0)) fill="none" stroke="#a33" stroke-width="0.2" {}
            @if left < place.x - 2.0 {
                line x1=(mm(place.x - 1.0)) x2=(mm(place.x - 1.0)) y1=(mm(place.y - 0.5))
                    y2=(mm(place.y + place.height + 0.5)) stroke="#a33" stroke-width="0.2" {}
                text x=(mm(f64::midpoint(left, place.x - 1.0))) y=(mm(place.y + place.height / 2.0 + 1.4))
                    font-size="3.5" text-anchor="middle" fill="#a33" { (place.key) }
            } @else {
                text x=(mm(w / 2.0)) y=(mm(place.y - 4.0)) font-size="5" text-anchor="middle" fill="#a33" { (place.key) }
            }
        }
    }
}

fn label_left(place: &Place) -> f64 {
    if place.x > 40.0 { 21.0 } else { place.x - 1.0 }
}

#[cfg(test)]
mod tests;
