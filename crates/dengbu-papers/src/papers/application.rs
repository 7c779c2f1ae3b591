//! 不动产登记申请书, after the form of 《不动产登记操作规范（试行）》附录.

use dengbu_model::right::RegistrationType;
use maud::{Markup, html};

use crate::application_fields::delivery_method_name;
use crate::format::{self, NONE};
use crate::inputs::{CaseFacts, PrintFacts};
use crate::mask::Masker;
use crate::sheet::{self, Sheet, document, facts, line, tick};

/// Rights the form offers and the words of a right type's name that tick them.
const RIGHTS: [(&str, &str); 15] = [
    ("集体土地所有权", "集体土地所有权"),
    ("国有建设用地使用权", "国有建设用地使用权"),
    ("集体建设用地使用权", "集体建设用地使用权"),
    ("宅基地使用权", "宅基地使用权"),
    ("土地承包经营权", "土地承包经营权"),
    ("林地使用权", "林地使用权"),
    ("海域使用权", "海域使用权"),
    ("无居民海岛使用权", "无居民海岛使用权"),
    ("房屋所有权", "房屋（构筑物）所有权"),
    ("构（建）筑物所有权", "构（建）筑物所有权"),
    ("森林、林木所有权", "森林、林木所有权"),
    ("森林、林木使用权", "森林、林木使用权"),
    ("抵押权", "抵押权"),
    ("地役权", "地役权"),
    ("居住权", "居住权"),
];

const REGISTRATIONS: [RegistrationType; 9] = [
    RegistrationType::First,
    RegistrationType::Transfer,
    RegistrationType::Alteration,
    RegistrationType::Deregistration,
    RegistrationType::Rectification,
    RegistrationType::Caution,
    RegistrationType::PriorityNotice,
    RegistrationType::Seizure,
    RegistrationType::Other,
];

pub fn render(case: &CaseFacts, print: &PrintFacts) -> String {
    let masker = sheet::masker(case, print.mask);
    let body = html! {
        (received(case))
        h2 { "申请登记事由" }
        (boxes(case))
        (sheet::parties(&side(&case.holder_label, "权利人"), &sheet::with_shares(&case.holders), print.mask))
        @if let Some(label) = &case.obligor_label {
            (sheet::parties(&side(label, "义务人"), &sheet::without_shares(&case.obligors), print.mask))
        }
        (sheet::units(&case.units))
        h2 { "申请内容" }
        (facts(&content(case, &masker)))
        (inquiry(case, &masker))
        (declaration(case))
    };
    let meta = case
        .accepted_at
        .map(|at| ("受理时间", format::instant(at)))
        .into_iter()
        .collect();
    document(
        &Sheet {
            title: "不动产登记申请书",
            case_no: Some(&case.case_no),
            class: "",
            meta,
            body,
        },
        print,
    )
}

/// `抵押权人（权利人）`, or the plain word where both are the same.
fn side(label: &str, role: &str) -> String {
    if label == role {
        label.to_owned()
    } else {
        format!("{label}（{role}）")
    }
}

fn received(case: &CaseFacts) -> Markup {
    html! {
        table.data {
            tbody {
                tr {
                    th style="width:22mm" { "收件编号" }
                    td { (case.case_no) }
                    th style="width:22mm" { "收件人" }
                    td { (sheet::or_none(case.accepted_by.as_deref())) }
                }
                tr {
                    th { "收件地点" }
                    td { (sheet::or_none(case.office_name.as_deref())) }
                    th { "面积单位" }
                    td { "平方米" }
                }
            }
        }
    }
}

fn boxes(case: &CaseFacts) -> Markup {
    let name = case.right_type.name_zh();
    let parts: Vec<&str> = name.split('/').collect();
    let known = RIGHTS.iter().any(|(_, word)| parts.contains(word));
    html! {
        table.data.facts {
            tbody {
                tr {
                    th scope="row" { "登记业务" }
                    td { (case.business_name) }
                }
                tr {
                    th scope="row" { "权利" }
                    td {
                        div.checks {
                            @for (label, word) in RIGHTS { (tick(parts.contains(&word), label)) }
                            @if known { (tick(false, "其他")) } @else { (tick(true, &format!("其他（{name}）"))) }
                        }
                    }
                }
                tr {
                    th scope="row" { "登记类型" }
                    td {
                        div.checks {
                            @for kind in REGISTRATIONS { (tick(kind == case.registration_type, kind.name_zh())) }
                        }
                    }
                }
            }
        }
    }
}

fn content(case: &CaseFacts, masker: &Masker) -> Vec<crate::fields::Labelled> {
    let mask = masker.mask();
    let mut lines = vec![line(
        "登记原因",
        sheet::or_none(Some(&masker.text(&case.reason))),
    )];
    if !case.holders.is_empty() {
        // the shares stand in the table of holders
        lines.push(line("共有情况", case.co_ownership.name_zh()));
        lines.push(line(
            "是否申请分别持证",
            format::yes_no(case.separate_certificates),
        ));
    }
    lines.extend(sheet::detail(case, masker));
    let proofs: Vec<_> = case
        .materials
        .iter()
        .filter(|m| m.received)
        .map(|m| m.name.as_str())
        .collect();
    lines.push(line(
        "登记原因证明文件",
        sheet::or_none(Some(&proofs.join("、"))),
    ));
    lines.push(line("领证方式", delivery_method_name(case.delivery_method)));
    let contact = case
        .contact
        .as_ref()
        .map(|c| format!("{}，{}", mask.person(&c.name), mask.phone(&c.phone)));
    lines.push(line("联系人", contact.unwrap_or_else(|| NONE.to_owned())));
    let remarks = case.remarks.as_deref().map(|r| masker.text(r));
    lines.push(line("备注", sheet::or_none(remarks.as_deref())));
    lines
}

fn inquiry(case: &CaseFacts, masker: &Masker) -> Markup {
    html! {
        @if !case.inquiry.is_empty() {
            h2 { "询问记录" }
            table.data {
                thead { tr { th style="width:12mm" { "序号" } th { "询问" } th style="width:60mm" { "回答" } } }
                tbody {
                    @for (i, q) in case.inquiry.iter().enumerate() {
                        tr { td.num { (i + 1) } td { (masker.text(&q.question)) } td { (masker.text(&q.answer)) } }
                    }
                }
            }
        }
    }
}

fn declaration(case: &CaseFacts) -> Markup {
    html! {
        div style="break-inside:avoid" {
            // 不动产登记暂行条例第十六条: applicants answer for the truth of what they hand in
            p style="margin-top:4mm;text-indent:2em" {
                "本申请人对填写的上述内容及提交的申请材料的真实性负责。如有不实，申请人愿承担法律责任。"
            }
            div.sign {
                div { (case.holder_label) "（签章）：" span.line {} br; "代理人（签章）：" span.line {} br; "　　　　年　　月　　日" }
                @if let Some(label) = &case.obligor_label {
                    div { (label) "（签章）：" span.line {} br; "代理人（签章）：" span.line {} br; "　　　　年　　月　　日" }
                }
            }
        }
    }
}
