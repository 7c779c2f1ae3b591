//! 不动产权证书 and 不动产登记证明 as a page: statement, number, table.

use dengbu_model::certificate::CertificateKind;
use maud::{Markup, html};

use crate::certificate::{CertificateFacts, rows};
use crate::format;
use crate::inputs::PrintFacts;
use crate::sheet::{self, Sheet, document, facts};

pub fn render(certificates: &[CertificateFacts], print: &PrintFacts) -> String {
    let one_kind = |kind| certificates.iter().all(|c| c.kind == kind);
    let title = match certificates.first() {
        Some(first) if one_kind(first.kind) => first.kind.name_zh(),
        _ => "证书、证明",
    };
    let case_no = certificates.first().and_then(|c| c.case_no.as_deref());
    let body = html! {
        @for (i, certificate) in certificates.iter().enumerate() {
            section class=(if i > 0 { "break" } else { "" }) { (one(certificate, print)) }
        }
        @if certificates.is_empty() { p { "本业务没有证书或者证明。" } }
    };
    document(
        &Sheet {
            title,
            case_no,
            class: "cert",
            meta: Vec::new(),
            body,
        },
        print,
    )
}

fn one(certificate: &CertificateFacts, print: &PrintFacts) -> Markup {
    html! {
        @if certificate.preview {
            div.preview { "内容预览：以登记机构打印在专用纸上并加盖印章的证书（证明）为准，本页不作为权属凭证。" }
        }
        p.statement { (statement(certificate.kind)) }
        div.number { (certificate.number) }
        (facts(&rows(certificate, print.mask)))
        div.sign {
            div {
                "编号：" (sheet::or_none(certificate.form_serial.as_deref())) br;
                @if let Some(src) = certificate.qr_image.as_deref().filter(|s| s.starts_with("data:image/")) {
                    img src=(src) alt="证书二维码" style="width:25mm;height:25mm";
                }
            }
            div.right { (print.authority_name) "（盖章）" br; (format::date(certificate.issued_on)) }
        }
    }
}

/// The statement of the style notice, in its wording since the 民法典 came into force.
fn statement(kind: CertificateKind) -> &'static str {
    match kind {
        CertificateKind::Title => {
            "根据《中华人民共和国民法典》等法律法规，为保护不动产权利人合法权益，对不动产权利人申请登记的本证所列不动产权利，\
             经审查核实，准予登记，颁发此证。"
        }
        CertificateKind::Proof => {
            "根据《中华人民共和国民法典》等法律法规，为保护申请人合法权益，对申请人申请登记的本证明所列不动产权利或登记事项，\
             经审查核实，准予登记，颁发此证明。"
        }
    }
}
