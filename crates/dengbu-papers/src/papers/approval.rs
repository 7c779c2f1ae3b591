//! 不动产登记审批表: the facts and every opinion with its person and time.

use maud::{Markup, html};

use crate::format;
use crate::inputs::{CaseFacts, PrintFacts, StepOpinion};
use crate::sheet::{self, Sheet, document, facts, line};

pub fn render(case: &CaseFacts, print: &PrintFacts) -> String {
    let masker = sheet::masker(case, print.mask);
    let mut lines = vec![
        line("登记业务", &case.business_name),
        line("权利类型", case.right_type.name_zh()),
        line("登记类型", case.registration_type.name_zh()),
        line("登记原因", sheet::or_none(Some(&masker.text(&case.reason)))),
        line(
            "登记依据",
            sheet::or_none(Some(&case.legal_basis.join("；"))),
        ),
    ];
    if !case.holders.is_empty() {
        lines.push(line("共有情况", case.co_ownership.name_zh()));
        lines.push(line("分别持证", format::yes_no(case.separate_certificates)));
    }
    lines.extend(sheet::detail(case, &masker));
    let remarks = case.remarks.as_deref().map(|r| masker.text(r));
    lines.push(line("附记", sheet::or_none(remarks.as_deref())));
    let received: Vec<_> = case
        .materials
        .iter()
        .filter(|m| m.received)
        .map(|m| m.name.as_str())
        .collect();
    lines.push(line("收件材料", sheet::or_none(Some(&received.join("、")))));
    let body = html! {
        @if !case.holders.is_empty() {
            (sheet::parties(&case.holder_label, &sheet::with_shares(&case.holders), print.mask))
        }
        @if let Some(label) = &case.obligor_label {
            (sheet::parties(label, &sheet::without_shares(&case.obligors), print.mask))
        }
        (sheet::units(&case.units))
        h2 { "登记内容" }
        (facts(&lines))
        h2 { "审批意见" }
        @for opinion in &case.opinions { (one(opinion, &masker.text(&opinion.opinion))) }
        @if case.opinions.is_empty() { p { "尚无审批意见。" } }
    };
    let meta = vec![
        ("业务号", case.case_no.clone()),
        (
            "受理时间",
            case.accepted_at
                .map_or_else(|| format::NONE.to_owned(), format::instant),
        ),
    ];
    document(
        &Sheet {
            title: "不动产登记审批表",
            case_no: Some(&case.case_no),
            class: "",
            meta,
            body,
        },
        print,
    )
}

fn one(opinion: &StepOpinion, text: &str) -> Markup {
    html! {
        div.opinion {
            strong { (opinion.step_name) "：" (opinion.action_name) }
            p.text { (sheet::or_none(Some(text))) }
            p.who { (opinion.staff_name) "　" (format::instant(opinion.at)) }
        }
    }
}
