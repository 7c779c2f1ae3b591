//! 不动产登记簿摘录: the pages of one unit as of a moment, ended rights struck
//! through with the reason, and the hash of the last entry as check code.

use maud::{Markup, html};

use crate::fields::{RightPage, page_with};
use crate::format::{self, NONE};
use crate::inputs::{EndedMark, ExtractFacts, ExtractRight, PrintFacts};
use crate::mask::Masker;
use crate::parcel::parcel_page;
use crate::sheet::{self, Sheet, document, facts, line};

pub fn render(extract: &ExtractFacts, print: &PrintFacts) -> String {
    // one paper, one mask, and one list of persons: the remarks of a right may name
    // those of another
    let mut masker = Masker::for_parties(print.mask, []);
    for r in &extract.rights {
        masker.join(Masker::for_right(print.mask, &r.right));
    }
    let standing = extract.rights.iter().filter(|r| r.ended.is_none()).count();
    let last = extract.last_entry.as_ref();
    let summary = vec![
        line("不动产单元号", sheet::grouped(&extract.unit_code)),
        line("坐落", sheet::or_none(Some(&extract.address))),
        line("单元状态", sheet::or_none(extract.status_name.as_deref())),
        line(
            "截至时间",
            format!(
                "{}（本摘录只反映登记簿截至此时的记载）",
                format::instant(extract.as_of)
            ),
        ),
        line(
            "登记簿版本",
            last.map_or_else(
                || "尚无登记记录".to_owned(),
                |e| {
                    format!(
                        "第 {} 条记录，登簿时间 {}",
                        e.seq,
                        format::instant(e.recorded_at)
                    )
                },
            ),
        ),
        line(
            "权利",
            format!(
                "现势 {standing} 项，历史 {} 项",
                extract.rights.len() - standing
            ),
        ),
        line(
            "查询目的",
            sheet::or_none(
                extract
                    .purpose
                    .as_deref()
                    .map(|p| masker.text(p))
                    .as_deref(),
            ),
        ),
    ];
    let body = html! {
        (facts(&summary))
        (restrictions(extract, &masker))
        @if let Some(parcel) = &extract.parcel {
            @let page = parcel_page(parcel);
            h2 { (page.title) }
            (facts(&page.fields))
        }
        (catalogue(extract))
        @for (i, right) in extract.rights.iter().enumerate() { (one(i + 1, right, &masker)) }
        @if extract.rights.is_empty() { p { "登记簿上没有该单元的权利记载。" } }
        (check_code(extract))
        (sheet::seal(&print.authority_name, &format::day(print.printed_at)))
    };
    let case_no = None;
    document(
        &Sheet {
            title: "不动产登记簿摘录",
            case_no,
            class: "",
            meta: Vec::new(),
            body,
        },
        print,
    )
}

fn restrictions(extract: &ExtractFacts, masker: &Masker) -> Markup {
    html! {
        h2 { "权利限制、提示事项" }
        @if extract.restrictions.is_empty() {
            p { "截至上列时间，没有限制或者提示事项。" }
        } @else {
            ul { @for r in &extract.restrictions { li { (masker.text(r)) } } }
        }
    }
}

fn catalogue(extract: &ExtractFacts) -> Markup {
    html! {
        h2 { "不动产权利登记目录" }
        table.data.catalogue {
            thead {
                tr {
                    th style="width:12mm" { "序号" }
                    th { "权利" }
                    th style="width:22mm" { "登记类型" }
                    th style="width:34mm" { "登记时间" }
                    th { "证书（证明）号" }
                    th style="width:14mm" { "状态" }
                }
            }
            tbody {
                @for (i, r) in extract.rights.iter().enumerate() {
                    tr {
                        td.num { (i + 1) }
                        td { (r.right.right_type.name_zh()) }
                        td.num { (r.meta.registration_type.name_zh()) }
                        td.num { (format::day(r.meta.registered_at)) }
                        td { (sheet::or_none(r.meta.certificate_no.as_deref())) }
                        td.num { (if r.ended.is_some() { "历史" } else { "现势" }) }
                    }
                }
            }
        }
    }
}

fn one(no: usize, right: &ExtractRight, masker: &Masker) -> Markup {
    let page = page_with(&right.right, &right.meta, masker);
    match &right.ended {
        None => html! {
            h2 { (no) ". " (page.title) "（现势）" }
            (facts(&page.fields))
        },
        Some(ended) => struck(no, &page, ended, masker),
    }
}

fn struck(no: usize, page: &RightPage, ended: &EndedMark, masker: &Masker) -> Markup {
    html! {
        section.ends {
            h2 { (no) ". " (page.title) "（历史）" }
            div.why {
                "已于 " (format::instant(ended.at)) " 终止，原因：" (sheet::or_none(ended.reason.as_deref().map(|r| masker.text(r)).as_deref()))
                @if let Some(case) = &ended.case_no { "（业务号 " (case) "）" }
            }
            table.data.facts {
                tbody {
                    @for line in &page.fields {
                        tr { th scope="row" { (line.label) } td.wrap { @if line.value == NONE { (NONE) } @else { del { (line.value) } } } }
                    }
                }
            }
        }
    }
}

fn check_code(extract: &ExtractFacts) -> Markup {
    html! {
        div style="break-inside:avoid" {
            h2 { "校验码" }
            @match &extract.last_entry {
                Some(entry) => {
                    p.code { (entry.hash) }
                    p.note {
                        "校验码是该单元最后一条登记记录（第 " (entry.seq) " 条）的 SM3 杂凑值（GB/T 32905），"
                        "可以在登记机构核对本摘录所依据的登记簿版本。"
                    }
                }
                None => { p { "该单元尚无登记记录，没有校验码。" } }
            }
            p.note {
                "不动产登记簿是物权归属和内容的根据（《中华人民共和国民法典》第二百一十六条）。"
                "查询人不得将查询获得的登记资料用于其他目的，未经权利人同意不得泄露（《不动产登记暂行条例》第二十八条）。"
            }
        }
    }
}
