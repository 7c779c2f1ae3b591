//! Result papers of a search (查询结果证明、有房无房证明、不予查询告知书) and the public page that says
//! whether such a paper is genuine. Both are filled with plain lines: what may be seen, the caller
//! has decided.

use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use qrcode::{Color, EcLevel, QrCode};

use crate::fields::Labelled;
use crate::format;
use crate::inputs::PrintFacts;
use crate::sheet::{self, Sheet, document};

/// A part of a paper: labelled lines, then a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProofSection {
    /// Heading.
    pub heading: String,
    /// Lines.
    pub facts: Vec<Labelled>,
    /// Columns of the table; empty: no table.
    pub columns: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
}

/// What a paper says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofFacts {
    /// Title.
    pub title: String,
    /// Number (编号).
    pub number: String,
    /// One sentence.
    pub conclusion: Option<String>,
    /// Parts.
    pub sections: Vec<ProofSection>,
    /// Warnings (注意事项).
    pub warnings: Vec<String>,
    /// When it was given out (出具时间).
    pub issued_at: DateTime<Utc>,
    /// By whom (经办人).
    pub issued_by: String,
    /// Check code in groups (查验码).
    pub check_code: String,
    /// SM3 of the content, hexadecimal.
    pub digest: String,
    /// Address of the check, for the QR code.
    pub check_url: String,
}

/// A result paper, ready to be shown and printed on A4.
#[must_use]
pub fn render(proof: &ProofFacts, print: &PrintFacts) -> String {
    let body = html! {
        @if let Some(text) = &proof.conclusion { div.letter { p { (text) } } }
        @for s in &proof.sections { (section(s)) }
        @if !proof.warnings.is_empty() {
            h2 { "注意事项" }
            ol.note { @for w in &proof.warnings { li { (w) } } }
        }
        (check(proof))
        // 不动产登记资料查询暂行办法第十条第二款: the seal for searches and the time of issue
        div.sign {
            div {}
            div.right { (print.authority_name) "（查询专用章）" br; (format::day(proof.issued_at)) }
        }
    };
    document(
        &Sheet {
            title: &proof.title,
            case_no: None,
            class: "",
            meta: vec![
                ("编号", proof.number.clone()),
                ("出具时间", format::instant(proof.issued_at)),
                ("经办人", proof.issued_by.clone()),
            ],
            body,
        },
        print,
    )
}

fn section(s: &ProofSection) -> Markup {
    html! {
        h2 { (s.heading) }
        @if !s.facts.is_empty() { (sheet::facts(&s.facts)) }
        @if !s.columns.is_empty() {
            table.data {
                thead { tr { @for c in &s.columns { th { (c) } } } }
                tbody { @for row in &s.rows { tr { @for cell in row { td { (cell) } } } } }
            }
        }
    }
}

fn check(proof: &ProofFacts) -> Markup {
    html! {
        div style="break-inside:avoid;display:flex;gap:5mm;align-items:center;margin-top:4mm" {
            @if let Some(svg) = qr_svg(&proof.check_url) {
                div style="width:26mm;height:26mm;flex:none" aria-hidden="true" { (PreEscaped(svg)) }
            }
            div {
                p style="margin:0" { "查验码：" strong.code style="font-size:12pt" { (proof.check_code) } }
                p.note { "扫描二维码，或者打开 " (proof.check_url) " 查验真伪。查验页面显示的内容与本文书不一致的，以登记机构核对为准。" }
                p.note.code { "SM3 " (proof.digest) }
            }
        }
    }
}

/// A QR code (GB/T 18284) as SVG; none when the text is too long for one.
#[must_use]
pub fn qr_svg(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (i, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            // four modules of quiet zone around
            path.push_str(&format!("M{} {}h1v1h-1z", i % width + 4, i / width + 4));
        }
    }
    let side = width + 8;
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"100%\" height=\"100%\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
    ))
}

/// What the public page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// Nothing asked yet.
    Ask,
    /// No such code, or not a code.
    Unknown {
        /// What was typed.
        typed: String,
    },
    /// Too many looks from there.
    Busy,
    /// There is such a paper, and what is kept of it does not fit its code.
    Damaged {
        /// Number.
        number: String,
    },
    /// Genuine: what it says, masked.
    Genuine {
        /// The paper.
        proof: Box<ProofFacts>,
        /// Who gave it out.
        authority_name: String,
    },
}

const CHECK_STYLE: &str = "*{box-sizing:border-box}body{margin:0;background:#f4f6f9;color:#1f2329;font:16px/1.6 'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;overflow-wrap:anywhere}\
main{max-width:760px;margin:0 auto;padding:16px}h1{font-size:22px;margin:12px 0}h2{font-size:17px;margin:18px 0 6px}\
.card{background:#fff;border:1px solid #c4c9d1;border-radius:6px;padding:16px;margin:12px 0}.ok{border-left:6px solid #15713f}.bad{border-left:6px solid #c0281f}\
.state{font-size:20px;font-weight:700;margin:0}.ok .state{color:#15713f}.bad .state{color:#c0281f}\
table{width:100%;border-collapse:collapse;background:#fff}th,td{border:1px solid #c4c9d1;padding:6px 8px;text-align:left;vertical-align:top}th{background:#eef1f5;font-weight:600}\
.facts th{width:38%}.scroll{overflow-x:auto}.note{color:#4e5561;font-size:14px}form{display:flex;gap:8px;flex-wrap:wrap;align-items:end}label{flex:1;min-width:230px}\
input{display:block;width:100%;min-height:44px;font:inherit;padding:6px 10px;border:1px solid #8b93a0;border-radius:4px}button{min-height:44px;padding:6px 22px;font:inherit;color:#fff;background:#0b5cad;border:0;border-radius:4px}\
:focus-visible{outline:3px solid #ffbf00;box-shadow:0 0 0 4px #000}";

/// The public page, without script, for telephones too.
#[must_use]
pub fn check_page(check: &Check) -> String {
    let typed = match check {
        Check::Unknown { typed } => typed.as_str(),
        Check::Genuine { proof, .. } => proof.check_code.as_str(),
        _ => "",
    };
    let page = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { "查询结果文书查验" }
                style { (PreEscaped(CHECK_STYLE)) }
            }
            body {
                main {
                    h1 { "不动产登记资料查询结果文书查验" }
                    (verdict(check))
                    div.card {
                        form method="get" action="/verify" {
                            label {
                                "查验码（16 位，文书左下方）"
                                input name="code" value=(typed) autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="40" required;
                            }
                            button type="submit" { "查验" }
                        }
                    }
                    p.note { "查验页面只显示脱敏后的内容；请与手中文书的编号、时间和内容核对。" }
                }
            }
        }
    };
    page.into_string()
}

fn verdict(check: &Check) -> Markup {
    match check {
        Check::Ask => html! {},
        Check::Unknown { .. } => html! {
            div.card.bad role="alert" {
                p.state { "没有查到这份文书" }
                p { "请核对查验码是否输入正确；确认无误仍查不到的，该文书可能不是登记机构出具的，请向登记机构核实。" }
            }
        },
        Check::Busy => html! {
            div.card.bad role="alert" {
                p.state { "查验过于频繁" }
                p { "请一分钟后再试。" }
            }
        },
        Check::Damaged { number } => html! {
            div.card.bad role="alert" {
                p.state { "内容校验不一致" }
                p { "编号 " (number) " 的文书存档内容与查验码不符，不能确认真伪，请向登记机构核实。" }
            }
        },
        Check::Genuine {
            proof,
            authority_name,
        } => html! {
            div.card.ok role="status" {
                p.state { "真实：由" (authority_name) "出具" }
                table.facts {
                    tr { th scope="row" { "文书" } td { (proof.title) } }
                    tr { th scope="row" { "编号" } td { (proof.number) } }
                    tr { th scope="row" { "出具时间" } td { (format::instant(proof.issued_at)) } }
                    tr { th scope="row" { "内容校验" } td { "存档内容与查验码一致（SM3 " (proof.digest.chars().take(16).collect::<String>()) "…）" } }
                }
            }
            @if let Some(text) = &proof.conclusion { div.card { p style="margin:0" { strong { (text) } } } }
            @for s in &proof.sections { (shown(s)) }
        },
    }
}

fn shown(s: &ProofSection) -> Markup {
    html! {
        h2 { (s.heading) }
        @if !s.facts.is_empty() {
            table.facts { @for l in &s.facts { tr { th scope="row" { (l.label) } td { (l.value) } } } }
        }
        @if !s.columns.is_empty() {
            div.scroll tabindex="0" role="region" aria-label=(s.heading) {
                table {
                    thead { tr { @for c in &s.columns { th scope="col" { (c) } } } }
                    tbody { @for row in &s.rows { tr { @for cell in row { td { (cell) } } } } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::Mask;

    fn proof() -> ProofFacts {
        ProofFacts {
            title: "个人住房登记情况查询证明".to_owned(),
            number: "无房2026510400000001".to_owned(),
            conclusion: Some("没有查询到。".to_owned()),
            sections: vec![ProofSection {
                heading: "被查询人".to_owned(),
                facts: vec![Labelled::new("姓名", "<b>甲</b>")],
                columns: vec!["关系".to_owned()],
                rows: vec![vec!["本人&".to_owned()]],
            }],
            warnings: vec!["只反映查询时点。".to_owned()],
            issued_at: "2026-11-23T01:00:00Z".parse().unwrap(),
            issued_by: "经办甲".to_owned(),
            check_code: "CV3Z-1X32-XVPX-KMFJ".to_owned(),
            digest: "66c7f0f462eeedd9d1f2d46bdc10e4e2".to_owned(),
            check_url: "http://127.0.0.1/verify/CV3Z1X32XVPXKMFJ".to_owned(),
        }
    }

    fn print() -> PrintFacts {
        PrintFacts {
            authority_name: "某登记中心".to_owned(),
            printed_at: "2026-11-23T01:00:00Z".parse().unwrap(),
            printed_by: "经办甲".to_owned(),
            mask: Mask::Full,
        }
    }

    #[test]
    fn the_paper_carries_number_code_and_warnings_and_escapes_all() {
        let html = render(&proof(), &print());
        for text in [
            "无房2026510400000001",
            "CV3Z-1X32-XVPX-KMFJ",
            "只反映查询时点",
            "&lt;b&gt;甲",
            "本人&amp;",
            "<svg",
            "2026年11月23日 09:00:00",
        ] {
            assert!(html.contains(text), "{text}");
        }
        assert!(!html.contains("<script") && !html.contains("<b>甲"));
    }

    #[test]
    fn the_qr_code_has_its_finder_patterns_and_quiet_zone() {
        let svg = qr_svg("http://127.0.0.1/verify/CV3Z1X32XVPXKMFJ").unwrap();
        // the corner of the first finder pattern: seven dark modules in a row after the quiet zone
        for x in 4..11 {
            assert!(svg.contains(&format!("M{x} 4h1")), "{x}");
        }
        assert!(!svg.contains("M3 ") && !svg.contains("M11 4h1"));
        assert_eq!(qr_svg(&"x".repeat(5000)), None);
    }

    #[test]
    fn every_verdict_is_said_in_words() {
        for (check, word) in [
            (Check::Ask, "查验码"),
            (
                Check::Unknown {
                    typed: "\"><script>".to_owned(),
                },
                "没有查到",
            ),
            (Check::Busy, "过于频繁"),
            (
                Check::Damaged {
                    number: "查1".to_owned(),
                },
                "不一致",
            ),
            (
                Check::Genuine {
                    proof: Box::new(proof()),
                    authority_name: "某登记中心".to_owned(),
                },
                "真实：由某登记中心出具",
            ),
        ] {
            let html = check_page(&check);
            assert!(html.contains(word), "{word}");
            assert!(!html.contains("<script"), "{word}");
        }
    }
}
