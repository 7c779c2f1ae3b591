//! Notices about lost and void certificates: the sheet that is put up (遗失声明、作废公告) and the
//! public list. Holders are masked on both.

use chrono::NaiveDate;
use maud::{DOCTYPE, PreEscaped, html};

use crate::format;
use crate::inputs::PrintFacts;
use crate::sheet::{Sheet, document};

/// A notice as published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeFacts {
    /// True for a declaration of loss, false for a paper that was not returned.
    pub lost: bool,
    /// `不动产权证书` or `不动产登记证明`.
    pub paper_name: String,
    /// Number (不动产权证号).
    pub certificate_no: String,
    /// Holders, masked.
    pub holders: String,
    /// Name of the authority.
    pub authority_name: String,
    /// Why.
    pub reason: String,
    /// Day of publication.
    pub published_on: NaiveDate,
    /// Last day of the declaration.
    pub runs_until: Option<NaiveDate>,
}

impl NoticeFacts {
    fn title(&self) -> String {
        if self.lost {
            format!("{}遗失（灭失）声明", self.paper_name)
        } else {
            format!("{}作废公告", self.paper_name)
        }
    }

    /// The text of the notice.
    #[must_use]
    pub fn text(&self) -> String {
        let Self {
            paper_name,
            certificate_no,
            holders,
            reason,
            ..
        } = self;
        if self.lost {
            // 不动产登记暂行条例实施细则第二十二条
            let until = self.runs_until.map_or_else(String::new, |d| {
                format!(
                    "对此有异议的，请在{}前向本登记机构书面提出；期满无异议的，予以补发，原{paper_name}作废。",
                    format::date(d)
                )
            });
            format!(
                "{holders}持有的{certificate_no}{paper_name}，因{reason}，权利人声明遗失（灭失）并申请补发。\
                 根据《不动产登记暂行条例实施细则》第二十二条的规定，现予刊发。{until}"
            )
        } else {
            // 不动产登记暂行条例实施细则第二十三条
            format!(
                "{holders}持有的{certificate_no}{paper_name}，因{reason}，应当收回而确实无法收回。\
                 根据《不动产登记暂行条例实施细则》第二十三条的规定，现公告作废，自公告之日起不得再作为权属凭证使用。"
            )
        }
    }
}

/// The sheet that is put up.
#[must_use]
pub fn render(notice: &NoticeFacts, print: &PrintFacts) -> String {
    let body = html! {
        div.letter { p { (notice.text()) } p { "特此公告。" } }
        div.sign { div {} div.right { (notice.authority_name) "（盖章）" br; (format::date(notice.published_on)) } }
    };
    document(
        &Sheet {
            title: &notice.title(),
            case_no: None,
            class: "",
            meta: Vec::new(),
            body,
        },
        print,
    )
}

const LIST_STYLE: &str = "body{font:16px/1.6 \"Microsoft YaHei\",\"Noto Sans CJK SC\",sans-serif;margin:0;color:#1f2329;background:#f5f6f8}\
 main{max-width:1080px;margin:0 auto;padding:24px 16px}h1{font-size:24px}table{width:100%;border-collapse:collapse;background:#fff}\
 th,td{border:1px solid #d0d5dd;padding:8px 10px;text-align:left;vertical-align:top}th{background:#eef1f5;white-space:nowrap}\
 form{display:flex;flex-wrap:wrap;gap:8px;margin:0 0 16px}label{display:flex;gap:8px;align-items:center}\
 input{font:inherit;padding:6px 10px;min-width:20em;max-width:100%}button,.more{font:inherit;padding:6px 16px}.note{color:#475467}";

/// The public list (作废与遗失公告): no script, nothing fetched.
#[must_use]
pub fn public_list(q: &str, notices: &[NoticeFacts], next: Option<u32>) -> String {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { "不动产权证书（登记证明）遗失、作废公告" }
                style { (PreEscaped(LIST_STYLE)) }
            }
            body {
                main {
                    h1 { "不动产权证书（登记证明）遗失、作废公告" }
                    form method="get" action="/void-certificates" {
                        label { "证号" input name="q" value=(q) maxlength="60" autocomplete="off"; }
                        button type="submit" { "查询" }
                    }
                    @if notices.is_empty() {
                        p { @if q.is_empty() { "目前没有公告。" } @else { "没有与该证号相符的公告，请核对证号。" } }
                    } @else {
                        table {
                            thead { tr { th { "公告日期" } th { "登记机构" } th { "种类" } th { "证号" } th { "内容" } } }
                            tbody {
                                @for n in notices {
                                    tr {
                                        td { (n.published_on) }
                                        td { (n.authority_name) }
                                        td { @if n.lost { "遗失声明" } @else { "作废公告" } }
                                        td { (n.certificate_no) }
                                        td { (n.text()) }
                                    }
                                }
                            }
                        }
                    }
                    @if let Some(next) = next {
                        form method="get" action="/void-certificates" {
                            input type="hidden" name="q" value=(q);
                            input type="hidden" name="page" value=(next);
                            button type="submit" { "下一页" }
                        }
                    }
                    p.note { "权利人姓名已作脱敏处理。对公告有异议的，请持身份证明和有关材料到登记机构提出。" }
                }
            }
        }
    }
    .into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(lost: bool) -> NoticeFacts {
        NoticeFacts {
            lost,
            paper_name: "不动产权证书".to_owned(),
            certificate_no: "川(2026)攀枝花市不动产权第0000001号".to_owned(),
            holders: "张*".to_owned(),
            authority_name: "攀枝花市不动产登记中心".to_owned(),
            reason: "保管不善<".to_owned(),
            published_on: "2026-11-23".parse().unwrap(),
            runs_until: lost.then(|| "2026-12-14".parse().unwrap()),
        }
    }

    #[test]
    fn each_kind_names_its_article_and_what_follows() {
        let lost = notice(true).text();
        assert!(
            lost.contains("第二十二条")
                && lost.contains("2026年12月14日")
                && !lost.contains("第二十三条")
        );
        let void = notice(false).text();
        assert!(void.contains("第二十三条") && void.contains("公告作废") && !void.contains("补发"));
    }

    #[test]
    fn the_public_list_escapes_and_pages() {
        let page = public_list("<x>", &[notice(true), notice(false)], Some(2));
        assert!(page.contains("保管不善&lt;") && page.contains("value=\"&lt;x&gt;\""));
        assert!(page.contains("name=\"page\" value=\"2\"") && !page.contains("<script"));
        assert!(public_list("", &[], None).contains("目前没有公告"));
        assert!(public_list("川", &[], None).contains("没有与该证号相符"));
    }
}
