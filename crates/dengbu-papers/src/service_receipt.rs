//! The receipt of service (送达回证): signed by whoever takes a document, brought back to the file.
//!
//! 民事诉讼法第八十七条: service has a receipt on which the addressee notes the day and signs; that
//! day is the day of service.

use chrono::NaiveDate;
use maud::html;

use crate::format::{self, NONE};
use crate::inputs::PrintFacts;
use crate::sheet::{Sheet, document, facts, line, or_none};

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceReceiptFacts {
    /// Case number.
    pub case_no: String,
    /// The business, such as 存量房转移登记.
    pub business_name: String,
    /// Where the units lie.
    pub address: String,
    /// The document that is served.
    pub document_name: String,
    /// The day of the decision.
    pub decided_on: NaiveDate,
    /// Whom it must reach.
    pub addressee: String,
    /// What their side is called.
    pub side_name: String,
    /// Their agent.
    pub agent: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Address for service.
    pub service_address: Option<String>,
    /// How it was served; none while it has not been: the receipt is filled in by hand.
    pub done: Option<ServiceDone>,
}

/// How a document was served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceDone {
    /// Method in Chinese.
    pub method_name: String,
    /// What was recorded of it: label and value.
    pub lines: Vec<(String, String)>,
    /// The day from which it counts.
    pub served_on: NaiveDate,
    /// Who recorded it.
    pub recorded_by: String,
}

/// The receipt as a complete HTML document.
#[must_use]
pub fn render(receipt: &ServiceReceiptFacts, print: &PrintFacts) -> String {
    let mask = print.mask;
    let phone = receipt.phone.as_deref();
    let top = [
        line("送达文书", &receipt.document_name),
        line("文书作出日期", format::date(receipt.decided_on)),
        line("登记业务", &receipt.business_name),
        line("坐落", or_none(Some(&receipt.address))),
        line("受送达人", mask.person(&receipt.addressee)),
        line("身份", or_none(Some(&receipt.side_name))),
        line("代理人", or_none(receipt.agent.as_deref())),
        line(
            "联系电话",
            phone.map_or_else(|| NONE.to_owned(), |p| mask.phone(p)),
        ),
        line("送达地址", or_none(receipt.service_address.as_deref())),
    ];
    let done = receipt.done.as_ref().map(|d| {
        let mut lines = vec![line("送达方式", &d.method_name)];
        lines.extend(d.lines.iter().map(|(label, value)| line(label, value)));
        lines.push(line("送达日期", format::date(d.served_on)));
        lines.push(line("经办人", &d.recorded_by));
        lines
    });
    let body = html! {
        (facts(&top))
        h2 { "送达情况" }
        @if let Some(lines) = &done { (facts(lines)) } @else { (by_hand()) }
        div style="break-inside:avoid" {
            div.sign {
                div { "受送达人（代收人）签名或者盖章：" span.line {} br; "签收日期：　　　　年　　月　　日" }
                div { "送达人签名：" span.line {} br; "　　　　　　年　　月　　日" }
            }
            p style="margin-top:6mm" {
                "说明：受送达人不在的，由其同住成年家属、单位负责收件的人、代理人或者指定的代收人签收。拒绝签收的，记明拒收事由和日期，"
                "由送达人、见证人签名，或者拍照、录像记录送达过程，将文书留在受送达人的住所。"
            }
        }
    };
    document(
        &Sheet {
            title: "送达回证",
            case_no: Some(&receipt.case_no),
            class: "",
            meta: vec![("业务号", receipt.case_no.clone())],
            body,
        },
        print,
    )
}

/// The part that is filled in by hand.
fn by_hand() -> maud::Markup {
    html! {
        table.data.facts {
            tbody {
                tr { th scope="row" { "送达方式" } td.wrap { "□直接送达　□留置送达　□邮寄送达　□电子送达　□公告送达" } }
                tr { th scope="row" { "代收人与受送达人的关系" } td.wrap { "□同住成年家属　□单位负责收件的人　□代理人　□指定的代收人" } }
                tr { th scope="row" { "拒收事由和日期" } td.wrap style="height:16mm" {} }
                tr { th scope="row" { "见证人签名" } td.wrap style="height:12mm" {} }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mask;

    fn receipt() -> ServiceReceiptFacts {
        ServiceReceiptFacts {
            case_no: "51040220261123000001".to_owned(),
            business_name: "存量房转移登记".to_owned(),
            address: "示例路 <1> 号".to_owned(),
            document_name: "不予登记告知书".to_owned(),
            decided_on: "2026-11-23".parse().unwrap(),
            addressee: "张三".to_owned(),
            side_name: "受让人（权利人）".to_owned(),
            agent: None,
            phone: Some("13900000000".to_owned()),
            service_address: None,
            done: None,
        }
    }

    fn print(mask: Mask) -> PrintFacts {
        PrintFacts {
            authority_name: "示例登记中心".to_owned(),
            printed_at: "2026-11-24T01:00:00Z".parse().unwrap(),
            printed_by: "受理员".to_owned(),
            mask,
        }
    }

    #[test]
    fn a_receipt_not_signed_yet_has_boxes_and_what_is_not_known_a_dash() {
        let page = render(&receipt(), &print(Mask::Full));
        for part in [
            "送达回证",
            "不予登记告知书",
            "□留置送达",
            "张三",
            "2026年11月23日",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert!(page.contains("示例路 &lt;1&gt; 号") && page.contains(NONE));
    }

    #[test]
    fn a_receipt_of_a_service_says_how_and_when() {
        let mut r = receipt();
        r.done = Some(ServiceDone {
            method_name: "邮寄送达".to_owned(),
            lines: vec![("邮件号码".to_owned(), "1234567890123".to_owned())],
            served_on: "2026-11-26".parse().unwrap(),
            recorded_by: "受理员".to_owned(),
        });
        let page = render(&r, &print(Mask::Masked));
        for part in ["邮寄送达", "1234567890123", "2026年11月26日"] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("□留置送达"));
        assert!(!page.contains("张三") && !page.contains("13900000000"));
    }
}
