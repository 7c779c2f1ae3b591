//! Public notices before a registration (公告): the sheet that is put up and the public list. The text
//! names the holder, as the law has it (不动产登记暂行条例实施细则第十八条).

use chrono::NaiveDate;
use maud::{DOCTYPE, PreEscaped, html};

use crate::format;
use crate::inputs::PrintFacts;
use crate::sheet::{Sheet, document};

/// A notice as published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeFacts {
    /// Title.
    pub title: String,
    /// Number (公告编号).
    pub notice_no: String,
    /// Text, a paragraph each line.
    pub body: String,
    /// Name of the authority.
    pub authority_name: String,
    /// Name of the business.
    pub business_name: String,
    /// Day of publication.
    pub published_on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
    /// Where objections go (异议送达地址).
    pub objection_address: String,
    /// Telephone.
    pub contact: String,
}

/// The sheet that is put up.
#[must_use]
pub fn render(notice: &NoticeFacts, print: &PrintFacts) -> String {
    let number = format!("公告编号：{}", notice.notice_no);
    let body = html! {
        div.letter {
            p { (number) }
            @for line in notice.body.lines().filter(|l| !l.trim().is_empty()) { p { (line) } }
            p {
                "公告期：" (format::date(notice.published_on)) "起，至" (format::date(notice.ends_on)) "止。"
            }
            p { "异议书面材料送达地址：" (notice.objection_address) "；联系电话：" (notice.contact) "。" }
            p { "特此公告。" }
        }
        div.sign { div {} div.right { (notice.authority_name) "（盖章）" br; (format::date(notice.published_on)) } }
    };
    document(
        &Sheet {
            title: &notice.title,
            case_no: None,
            class: "",
            meta: Vec::new(),
            body,
        },
        print,
    )
}

const STYLE: &str = "body{font:16px/1.7 \"Microsoft YaHei\",\"Noto Sans CJK SC\",sans-serif;margin:0;color:#1f2329;background:#f5f6f8}\
 main{max-width:880px;margin:0 auto;padding:24px 16px}h1{font-size:24px}h2{font-size:18px;margin:0 0 4px}\
 article{background:#fff;border:1px solid #d0d5dd;border-radius:4px;padding:16px 20px;margin:0 0 16px}\
 article p{margin:6px 0;overflow-wrap:anywhere}.meta{color:#475467;font-size:15px}\
 form{display:flex;flex-wrap:wrap;gap:8px;margin:0 0 16px}label{display:flex;gap:8px;align-items:center}\
 input{font:inherit;padding:6px 10px;min-width:16em;max-width:100%;box-sizing:border-box}button{font:inherit;padding:6px 16px}\
 .note{color:#475467}@media (max-width:600px){label{flex-wrap:wrap;width:100%}input{min-width:0;width:100%}}";

/// The public list of notices that run: no script, nothing fetched.
#[must_use]
pub fn public_list(q: &str, notices: &[NoticeFacts], next: Option<u32>) -> String {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { "不动产登记公告" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { "不动产登记公告" }
                    form method="get" action="/public-notices" role="search" {
                        label { "公告编号、坐落或者姓名" input name="q" value=(q) maxlength="60" autocomplete="off"; }
                        button type="submit" { "查询" }
                    }
                    @if notices.is_empty() {
                        p { @if q.is_empty() { "目前没有正在公告的事项。" } @else { "没有与查询内容相符的公告；公告期满的不再显示。" } }
                    }
                    @for n in notices {
                        article {
                            h2 { (n.title) }
                            p.meta {
                                "公告编号 " (n.notice_no) " · " (n.authority_name) " · 公告期 " (n.published_on) " 至 " (n.ends_on)
                            }
                            @for line in n.body.lines().filter(|l| !l.trim().is_empty()) { p { (line) } }
                            p { "异议书面材料送达地址：" (n.objection_address) "；联系电话：" (n.contact) "。" }
                        }
                    }
                    @if let Some(next) = next {
                        form method="get" action="/public-notices" {
                            input type="hidden" name="q" value=(q);
                            input type="hidden" name="page" value=(next);
                            button type="submit" { "下一页" }
                        }
                    }
                    p.note {
                        "依据《不动产登记暂行条例实施细则》第十七条、第十八条公告。利害关系人有异议的，请在公告期内持身份证明和有关材料，以书面形式向登记机构提出。"
                    }
                }
            }
        }
    }
    .into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice() -> NoticeFacts {
        NoticeFacts {
            title: "首次登记公告".to_owned(),
            notice_no: "2026-0001".to_owned(),
            body: "第一段<b>\n\n坐落：某路 1 号".to_owned(),
            authority_name: "攀枝花市不动产登记中心".to_owned(),
            business_name: "宅基地首次".to_owned(),
            published_on: "2026-11-02".parse().unwrap(),
            ends_on: "2026-11-23".parse().unwrap(),
            objection_address: "某路 2 号".to_owned(),
            contact: "0812-0000000".to_owned(),
        }
    }

    #[test]
    fn the_list_escapes_keeps_paragraphs_and_says_until_when() {
        let page = public_list("<x>", &[notice()], Some(1));
        assert!(page.contains("第一段&lt;b&gt;") && page.contains("value=\"&lt;x&gt;\""));
        assert!(page.contains("<p>坐落：某路 1 号</p>") && page.contains("2026-11-23"));
        assert!(page.contains("某路 2 号") && !page.contains("<script"));
        assert!(public_list("", &[], None).contains("目前没有正在公告"));
        assert!(public_list("某", &[], None).contains("没有与查询内容相符"));
    }
}
