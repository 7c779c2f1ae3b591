//! 协助执行回执: tells the court what was seized, in which place of the queue and
//! until when, and what stood before (法发〔2004〕5号第十九条: a later organ is told
//! of the seizures before its own).

use maud::{Markup, html};

use crate::format::{self, NONE};
use crate::inputs::{EarlierBurden, PrintFacts, SeizedUnit, SeizureReceiptFacts};
use crate::mask::Masker;
use crate::sheet::{self, Sheet, document, facts, line};

pub fn render(receipt: &SeizureReceiptFacts, print: &PrintFacts) -> String {
    let waiting = receipt.units.iter().any(|u| u.kind.is_waiting());
    let several = receipt.units.len() > 1;
    // a receipt printed again still bears the day on which it was done
    let done = receipt
        .units
        .iter()
        .filter_map(|u| u.registered_at)
        .max()
        .unwrap_or(print.printed_at);
    let body = html! {
        div.letter {
            p.to { (receipt.court) "：" }
            p { (opening(receipt)) }
        }
        @for (i, unit) in receipt.units.iter().enumerate() {
            h2 { "协助事项办理情况" @if several { "（" (i + 1) "）" } }
            (facts(&lines(unit, print)))
            (earlier(&unit.earlier, print))
        }
        (notes(waiting))
        div.sign {
            div { "经办人：" (receipt.handled_by) br; "回执接收人（签名）：" span.line {} }
            div.right { (print.authority_name) "（盖章）" br; (format::day(done)) }
        }
    };
    let meta = vec![
        ("业务号", receipt.case_no.clone()),
        ("查封文号", receipt.document_no.clone()),
    ];
    document(
        &Sheet {
            title: "协助执行回执",
            case_no: Some(&receipt.case_no),
            class: "",
            meta,
            body,
        },
        print,
    )
}

fn opening(receipt: &SeizureReceiptFacts) -> String {
    let document = receipt.document.as_deref().unwrap_or("法律文书");
    let served = receipt
        .served_at
        .map_or_else(String::new, |at| format!("于{}", format::minute(at)));
    let officers: Vec<_> = receipt
        .officers
        .iter()
        .map(|o| format!("{}（证号 {}）", o.name, o.certificate_no))
        .collect();
    let by = if officers.is_empty() {
        String::new()
    } else {
        format!("由{}", officers.join("、"))
    };
    format!(
        "你单位{}号《{}》{served}{by}送达本机构。经查询不动产登记簿，现将协助执行情况回复如下：",
        receipt.document_no.trim_end_matches('号'),
        document.trim_start_matches('《').trim_end_matches('》'),
    )
}

fn lines(seized: &SeizedUnit, print: &PrintFacts) -> Vec<crate::fields::Labelled> {
    let kind = match seized.rank {
        // rank 0 is the seizure in force
        Some(rank) if rank > 0 && seized.kind.is_waiting() => {
            format!("{}（轮候第 {rank} 顺位）", seized.kind.name_zh())
        }
        _ => seized.kind.name_zh().to_owned(),
    };
    let masker = Masker::for_parties(print.mask, &seized.holders);
    vec![
        line("坐落", sheet::or_none(Some(&seized.unit.address))),
        line("不动产单元号", sheet::grouped(&seized.unit.unit_code)),
        line("登记权利人", sheet::names(&seized.holders, print.mask)),
        line(
            "不动产权证号",
            sheet::or_none(seized.unit.certificate_no.as_deref()),
        ),
        line("查封类型", kind),
        line(
            "查封范围",
            sheet::or_none(seized.scope.as_deref().map(|s| masker.text(s)).as_deref()),
        ),
        line("查封期限", format::term(seized.start, seized.end)),
        line(
            "登簿时间",
            seized
                .registered_at
                .map_or_else(|| NONE.to_owned(), format::instant),
        ),
    ]
}

fn earlier(burdens: &[EarlierBurden], print: &PrintFacts) -> Markup {
    html! {
        @if burdens.is_empty() {
            p { "本次登记前，登记簿上没有在先的查封、抵押登记。" }
        } @else {
            p { "本次登记前，登记簿上已有下列登记：" }
            table.data {
                thead {
                    tr {
                        th style="width:22mm" { "登记" }
                        th { "查封机关（抵押权人）" }
                        th { "文号（证明号）" }
                        th { "期限等" }
                        th style="width:34mm" { "登记时间" }
                    }
                }
                tbody {
                    @for b in burdens {
                        tr {
                            td.num { (b.kind_name) }
                            td { (print.mask.free_name(&b.by)) }
                            td { (sheet::or_none(b.document_no.as_deref())) }
                            td { (sheet::or_none(b.note.as_deref().map(|n| print.mask.text(n)).as_deref())) }
                            td { (format::day(b.registered_at)) }
                        }
                    }
                }
            }
        }
    }
}

fn notes(waiting: bool) -> Markup {
    html! {
        ol.note {
            @if waiting {
                // 最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定（2020年修正）第二十六条
                li { "轮候查封自在先查封解除或者失效时起依顺位自动生效（《最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定》第二十六条）。" }
            }
            // 民事诉讼法司法解释（2022年修正）第四百八十五条
            li { "查封不动产的期限不得超过三年；需要续行查封的，请在期限届满前送达续行查封的法律文书（《最高人民法院关于适用〈中华人民共和国民事诉讼法〉的解释》第四百八十五条）。" }
        }
    }
}
