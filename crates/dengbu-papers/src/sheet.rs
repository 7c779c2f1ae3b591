//! The sheet every paper is printed on: one self-contained HTML document with
//! its print style, no script and nothing fetched, so that it works under
//! `default-src 'none'; style-src 'unsafe-inline'; img-src data:`.
//!
//! The foot is the foot of an outer table because browsers back to Chromium 87
//! repeat that on every page; page numbers use margin boxes, which newer
//! browsers add and older ones leave out.

use dengbu_model::party::{Holder, Party};
use dengbu_model::unit_code::UnitCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::fields::Labelled;
use crate::format::{self, NONE};
use crate::inputs::{CaseFacts, PrintFacts, UnitFacts};
use crate::mask::{Mask, Masker};

const STYLE: &str = include_str!("sheet.css");

/// Head and body of a paper.
pub struct Sheet<'a> {
    /// Title as printed.
    pub title: &'a str,
    /// Case number for the foot, if the paper belongs to a case.
    pub case_no: Option<&'a str>,
    /// Extra class of the sheet.
    pub class: &'a str,
    /// What stands under the title: label and value.
    pub meta: Vec<(&'a str, String)>,
    /// The body.
    pub body: Markup,
}

/// The whole document.
pub fn document(sheet: &Sheet<'_>, print: &PrintFacts) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (sheet.title) @if let Some(no) = sheet.case_no { " " (no) } }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main class={ "sheet " (sheet.class) } {
                    table.frame role="presentation" {
                        tbody { tr { td { (head(sheet, print)) (sheet.body) } } }
                        tfoot { tr { td { (foot(sheet, print)) } } }
                    }
                }
            }
        }
    };
    page.into_string()
}

fn head(sheet: &Sheet<'_>, print: &PrintFacts) -> Markup {
    html! {
        header.head {
            div.authority { (print.authority_name) }
            h1 { (sheet.title) }
            @if !sheet.meta.is_empty() {
                div.meta {
                    @for (label, value) in &sheet.meta { span { (label) "：" (value) } }
                }
            }
        }
    }
}

fn foot(sheet: &Sheet<'_>, print: &PrintFacts) -> Markup {
    html! {
        div.foot {
            @if let Some(no) = sheet.case_no { span { "业务号：" (no) } }
            span { "打印时间：" (format::instant(print.printed_at)) }
            span { "打印人：" (print.printed_by) }
            @if print.mask.is_masked() { span { "个人信息已脱敏" } }
        }
    }
}

/// A table of labels and values, one per row.
pub fn facts(lines: &[Labelled]) -> Markup {
    html! {
        table.data.facts {
            tbody {
                @for line in lines {
                    tr { th scope="row" { (line.label) } td.wrap { (line.value) } }
                }
            }
        }
    }
}

/// A line, for [`facts`].
pub fn line(label: &str, value: impl Into<String>) -> Labelled {
    Labelled::new(label, value)
}

/// The text, or the sign for an empty field.
pub fn or_none(value: Option<&str>) -> String {
    value
        .map(str::trim)
        .filter(|v| !v.is_empty())
        .unwrap_or(NONE)
        .to_owned()
}

/// A unit code in groups; an unreadable one as it is.
pub fn grouped(code: &str) -> String {
    UnitCode::parse(code).map_or_else(|_| code.to_owned(), |c| c.grouped())
}

/// A box, ticked or not. Both signs are in GB 2312 and so in every Chinese font.
pub fn tick(on: bool, text: &str) -> Markup {
    html! { span { (if on { "■" } else { "□" }) (text) } }
}

/// The parties of one side, one per row; the head repeats on every page.
pub fn parties(label: &str, parties: &[(&Party, Option<String>)], mask: Mask) -> Markup {
    let shares = parties.iter().any(|(_, share)| share.is_some());
    html! {
        h2 { (label) }
        table.data.parties {
            thead {
                tr {
                    th style="width:12mm" { "序号" }
                    th { "姓名（名称）" }
                    th style="width:24mm" { "证件种类" }
                    th style="width:43mm" { "证件号码" }
                    @if shares { th style="width:16mm" { "份额" } }
                    th style="width:29mm" { "联系电话" }
                }
            }
            tbody {
                @for (i, (party, share)) in parties.iter().enumerate() {
                    tr {
                        td.num { (i + 1) }
                        td { (mask.name(party)) }
                        td { (party.id.as_ref().map_or(NONE, |d| d.kind.name_zh())) }
                        td { (party.id.as_ref().map_or_else(|| NONE.to_owned(), |d| mask.id(d))) }
                        @if shares { td.num { (share.as_deref().unwrap_or(NONE)) } }
                        td { (or_none(party.phone.as_deref().map(|p| mask.phone(p)).as_deref())) }
                    }
                }
            }
        }
        (representatives(parties, mask))
    }
}

/// Addresses, legal representatives and agents of those who have them.
fn representatives(parties: &[(&Party, Option<String>)], mask: Mask) -> Markup {
    let lines: Vec<_> = parties
        .iter()
        .enumerate()
        .filter(|(_, (p, _))| {
            p.agent.is_some() || p.legal_representative.is_some() || p.address.is_some()
        })
        .collect();
    if lines.is_empty() {
        return html! {};
    }
    html! {
        table.data.representatives {
            thead {
                tr {
                    th style="width:12mm" { "序号" }
                    th { "通讯地址" }
                    th style="width:26mm" { "法定代表人" br; "（负责人）" }
                    th style="width:70mm" { "代理人" }
                }
            }
            tbody {
                @for (i, (party, _)) in lines {
                    tr {
                        td.num { (i + 1) }
                        td { (or_none(party.address.as_deref().map(|a| mask.address(a)).as_deref())) }
                        td { (or_none(party.legal_representative.as_deref().map(|n| mask.person(n)).as_deref())) }
                        td { (agent(party, mask)) }
                    }
                }
            }
        }
    }
}

fn agent(party: &Party, mask: Mask) -> String {
    let Some(agent) = &party.agent else {
        return NONE.to_owned();
    };
    let mut out = mask.person(&agent.name);
    if let Some(id) = &agent.id {
        out.push_str(&format!("，{} {}", id.kind.name_zh(), mask.id(id)));
    }
    if let Some(phone) = &agent.phone {
        out.push_str(&format!("，电话 {}", mask.phone(phone)));
    }
    if let Some(authority) = &agent.authority {
        out.push_str(&format!("，委托书（公证书）号 {}", mask.text(authority)));
    }
    out
}

/// Holders with their shares, for [`parties`].
pub fn with_shares(holders: &[Holder]) -> Vec<(&Party, Option<String>)> {
    holders
        .iter()
        .map(|h| (&h.party, h.share.as_ref().map(ToString::to_string)))
        .collect()
}

/// Parties without shares, for [`parties`].
pub fn without_shares(side: &[Party]) -> Vec<(&Party, Option<String>)> {
    side.iter().map(|p| (p, None)).collect()
}

/// What knows all parties of a case, for the free text in it.
pub fn masker(case: &CaseFacts, mask: Mask) -> Masker {
    Masker::for_parties(
        mask,
        case.holders.iter().map(|h| &h.party).chain(&case.obligors),
    )
}

/// The case's own lines; names in free text are masked as the print demands.
pub fn detail(case: &CaseFacts, masker: &Masker) -> Vec<Labelled> {
    case.detail
        .iter()
        .map(|l| {
            // 债务人 is free text and need not be one of the parties
            let value = if l.label == "债务人" {
                masker.mask().free_name(&l.value)
            } else {
                masker.text(&l.value)
            };
            line(&l.label, value)
        })
        .collect()
}

/// Names of the parties in one line.
pub fn names<'a>(side: impl IntoIterator<Item = &'a Party>, mask: Mask) -> String {
    let list: Vec<_> = side.into_iter().map(|p| mask.name(p)).collect();
    if list.is_empty() {
        NONE.to_owned()
    } else {
        list.join("、")
    }
}

/// The units of a case.
pub fn units(units: &[UnitFacts]) -> Markup {
    html! {
        @for (i, unit) in units.iter().enumerate() {
            h2 { "不动产情况" @if units.len() > 1 { "（" (i + 1) "）" } }
            (facts(&unit_lines(unit)))
        }
    }
}

/// The lines of one unit, as on the statutory application form.
pub fn unit_lines(unit: &UnitFacts) -> Vec<Labelled> {
    let mut areas = Vec::new();
    if let Some(a) = &unit.land_area {
        areas.push(format!("宗地面积：{}", format::area(a)));
    }
    if let Some(a) = &unit.building_area {
        areas.push(format!("房屋建筑面积：{}", format::area(a)));
    }
    let mut lines = vec![
        line("坐落", or_none(Some(&unit.address))),
        line("不动产单元号", grouped(&unit.unit_code)),
        line("不动产类型", or_none(unit.kind_name.as_deref())),
        line("面积", or_none(Some(&areas.join("/")))),
        line("用途", or_none(unit.use_name.as_deref())),
    ];
    let optional = [
        ("权利类型", unit.right_type_name.clone()),
        ("权利性质", unit.nature_name.clone()),
        (
            "土地使用期限",
            unit.land_use_end.map(|end| format::term(None, Some(end))),
        ),
    ];
    lines.extend(
        optional
            .into_iter()
            .filter_map(|(label, value)| value.map(|v| line(label, v))),
    );
    lines.push(line(
        "原不动产权属证书号",
        or_none(unit.certificate_no.as_deref()),
    ));
    lines
}

/// The place where the authority puts its seal and the date.
pub fn seal(authority: &str, day: &str) -> Markup {
    html! {
        div.sign {
            div {}
            div.right { (authority) "（盖章）" br; (day) }
        }
    }
}
