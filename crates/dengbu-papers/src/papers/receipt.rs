//! 受理凭证（收件单）: 不动产登记暂行条例第十七条第一款第一项 asks for a written
//! answer to the applicant.

use maud::{Markup, html};

use crate::application_fields::delivery_method_name;
use crate::format::{self, NONE};
use crate::inputs::{CaseFacts, MaterialLine, PrintFacts};
use crate::mask::Masker;
use crate::sheet::{self, Sheet, document, facts, line};

pub fn render(case: &CaseFacts, print: &PrintFacts) -> String {
    let masker = sheet::masker(case, print.mask);
    let holders = sheet::names(case.holders.iter().map(|h| &h.party), print.mask);
    let mut lines = vec![
        line("登记业务", &case.business_name),
        line("登记原因", sheet::or_none(Some(&masker.text(&case.reason)))),
    ];
    if !case.holders.is_empty() {
        lines.push(line(&case.holder_label, holders));
    }
    if let Some(label) = &case.obligor_label {
        lines.push(line(label, sheet::names(&case.obligors, print.mask)));
    }
    if case.holders.is_empty() {
        lines.extend(sheet::detail(case, &masker));
    }
    for unit in &case.units {
        lines.push(line("坐落", sheet::or_none(Some(&unit.address))));
        lines.push(line("不动产单元号", sheet::grouped(&unit.unit_code)));
    }
    lines.push(line(
        "受理时间",
        case.accepted_at
            .map_or_else(|| NONE.to_owned(), format::instant),
    ));
    lines.push(line("承诺办结日期", promise(case)));
    lines.push(line("领证方式", delivery_method_name(case.delivery_method)));
    let body = html! {
        (facts(&lines))
        h2 { "收件材料" }
        (materials(&case.materials, &masker))
        (notes(print))
        div.sign {
            div { "收件人：" (sheet::or_none(case.accepted_by.as_deref())) br; "交件人（签名）：" span.line {} }
            div.right { (print.authority_name) "（盖章）" br; (case.accepted_at.map_or_else(|| NONE.to_owned(), format::day)) }
        }
    };
    let meta = vec![
        ("业务号", case.case_no.clone()),
        ("受理地点", sheet::or_none(case.office_name.as_deref())),
    ];
    let title = "不动产登记受理凭证";
    document(
        &Sheet {
            title,
            case_no: Some(&case.case_no),
            class: "",
            meta,
            body,
        },
        print,
    )
}

fn promise(case: &CaseFacts) -> String {
    let days = match case.promised_days {
        Some(0) => Some("即时办理".to_owned()),
        Some(n) => Some(format!("{n} 个工作日")),
        None => None,
    };
    match (case.due_on, days) {
        (Some(day), Some(days)) => format!("{}（承诺时限：{days}）", format::date(day)),
        (Some(day), None) => format::date(day),
        (None, Some(days)) => format!("承诺时限：{days}"),
        (None, None) => NONE.to_owned(),
    }
}

fn materials(lines: &[MaterialLine], masker: &Masker) -> Markup {
    html! {
        table.data.materials {
            thead {
                tr {
                    th style="width:12mm" { "序号" }
                    th { "材料名称" }
                    th style="width:20mm" { "形式" }
                    th style="width:12mm" { "份数" }
                    th style="width:12mm" { "页数" }
                    th style="width:16mm" { "收取" }
                    th style="width:40mm" { "备注" }
                }
            }
            tbody {
                @for (i, m) in lines.iter().enumerate() {
                    tr {
                        td.num { (i + 1) }
                        td { (m.name) }
                        td.num { (sheet::or_none(Some(&m.form))) }
                        td.num { @if m.received { (m.copies) } @else { (NONE) } }
                        td.num { @if m.received { (m.pages) } @else { (NONE) } }
                        td.num { (state(m)) }
                        td { (sheet::or_none(m.note.as_deref().map(|n| masker.text(n)).as_deref())) }
                    }
                }
                @if lines.is_empty() { tr { td.num colspan="7" { "未收取材料" } } }
            }
        }
    }
}

fn state(m: &MaterialLine) -> &'static str {
    match (m.received, m.required) {
        (true, _) => "已收",
        (false, true) => "未收",
        (false, false) => "不需要",
    }
}

fn notes(print: &PrintFacts) -> Markup {
    html! {
        ol.note {
            li { "请妥善保管本凭证，领取结果时请出示本凭证和身份证件；委托他人领取的，另出示授权委托书。" }
            li { "登记事项自记载于不动产登记簿时完成登记（《不动产登记暂行条例》第二十一条）；记载前，申请人可以撤回登记申请（第十五条）。" }
            li { "法律另有规定外，登记手续应当自受理之日起三十个工作日内办结（《不动产登记暂行条例》第二十条）；"
                 (print.authority_name) "承诺在上列日期前办结。" }
        }
    }
}
