//! 发证记录 (DJFZ): which papers were handed to whom, when and by whom.

use maud::html;

use crate::application_fields::delivery_method_name;
use crate::format::{self, NONE};
use crate::inputs::{CaseFacts, DeliveryFacts, PrintFacts};
use crate::sheet::{self, Sheet, document, facts, line};

pub fn render(case: &CaseFacts, delivery: &DeliveryFacts, print: &PrintFacts) -> String {
    let mask = print.mask;
    let mut lines = vec![line("登记业务", &case.business_name)];
    for unit in &case.units {
        lines.push(line("坐落", sheet::or_none(Some(&unit.address))));
        lines.push(line("不动产单元号", sheet::grouped(&unit.unit_code)));
    }
    lines.push(line("领证方式", delivery_method_name(case.delivery_method)));
    let recipient = delivery.recipient.as_ref();
    let id = recipient.and_then(|r| r.id.as_ref());
    let received = vec![
        line(
            "领证人",
            recipient.map_or_else(|| NONE.to_owned(), |r| mask.person(&r.name)),
        ),
        line(
            "领证人身份",
            sheet::or_none(recipient.and_then(|r| r.capacity.as_deref())),
        ),
        line("证件种类", id.map_or(NONE, |d| d.kind.name_zh())),
        line(
            "证件号码",
            id.map_or_else(|| NONE.to_owned(), |d| mask.id(d)),
        ),
        line(
            "联系电话",
            recipient
                .and_then(|r| r.phone.as_deref())
                .map_or_else(|| NONE.to_owned(), |p| mask.phone(p)),
        ),
        line("发证人员", sheet::or_none(delivery.delivered_by.as_deref())),
        line(
            "发证时间",
            delivery
                .delivered_at
                .map_or_else(|| NONE.to_owned(), format::instant),
        ),
    ];
    let body = html! {
        (facts(&lines))
        h2 { "发放的证书、证明（共 " (delivery.certificates.len()) " 本）" }
        table.data.issued {
            thead {
                tr {
                    th style="width:12mm" { "序号" }
                    th style="width:32mm" { "名称" }
                    th { "证号" }
                    th style="width:32mm" { "印刷序列号" }
                    th { "持证人" }
                }
            }
            tbody {
                @for (i, c) in delivery.certificates.iter().enumerate() {
                    tr {
                        td.num { (i + 1) }
                        td { (c.kind_name) }
                        td { (c.number) }
                        td { (sheet::or_none(c.form_serial.as_deref())) }
                        td { (sheet::names(&c.holders, mask)) }
                    }
                }
            }
        }
        h2 { "领取情况" }
        (facts(&received))
        div style="break-inside:avoid" {
            p style="margin-top:4mm;text-indent:2em" { "上列证书、证明已核对无误并收到。" }
            div.sign {
                div { "领证人（签名）：" span.line {} br; "　　　　年　　月　　日" }
                div { "发证人员（签名）：" span.line {} br; "　　　　年　　月　　日" }
            }
        }
    };
    let meta = vec![("业务号", case.case_no.clone())];
    document(
        &Sheet {
            title: "发证记录",
            case_no: Some(&case.case_no),
            class: "",
            meta,
            body,
        },
        print,
    )
}
