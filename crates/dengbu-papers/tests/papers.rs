//! Every paper is made and read again as a reader would: what it says, what it
//! hides, and that nothing in it can act.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod support;

use dengbu_law::application::{Application, Detail, MortgageDetail, TransferDetail};
use dengbu_law::catalogue;
use dengbu_model::party::{CoOwnership, Holder, PartyKind};
use dengbu_model::right::{MortgageMethod, SeizureKind};
use dengbu_papers::inputs::{CaseFacts, RefusalGround, RejectionGround};
use dengbu_papers::{Mask, Paper, PaperKind, render};
use support::*;

/// The text of a document without tags and style.
fn text(html: &str) -> String {
    let body = html.split_once("<body>").expect("a body").1;
    let mut out = String::new();
    let mut inside = false;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                out.push(' ');
            }
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    out.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn full(paper: Paper<'_>) -> String {
    render(paper, &print(Mask::Full))
}

#[track_caller]
fn says(paper: Paper<'_>, parts: &[&str]) {
    let shown = text(&full(paper));
    for part in parts {
        assert!(
            shown.contains(part),
            "{:?} does not say {part}",
            paper.kind()
        );
    }
}

#[test]
fn each_kind_has_a_paper_and_no_blank_is_left() {
    let all = All::new(one_buyer());
    let kinds: Vec<_> = all.papers().iter().map(Paper::kind).collect();
    assert_eq!(kinds, PaperKind::ALL);
    for paper in all.papers() {
        let html = full(paper);
        assert!(
            html.starts_with("<!DOCTYPE html><html lang=\"zh-CN\">"),
            "{:?}",
            paper.kind()
        );
        let shown = text(&html);
        for blank in ["None", "Some(", "TODO", "XXX", "null", "{}"] {
            assert!(!shown.contains(blank), "{:?} shows {blank}", paper.kind());
        }
        assert!(
            shown.contains("攀枝花市不动产登记中心"),
            "{:?}",
            paper.kind()
        );
        assert!(
            shown.contains("打印时间：2026年11月23日 14:00:00"),
            "{:?}",
            paper.kind()
        );
        assert!(shown.contains("打印人：打印员甲"), "{:?}", paper.kind());
        if paper.kind() != PaperKind::RegisterExtract {
            assert!(
                shown.contains("业务号：510402202611230000"),
                "{:?}",
                paper.kind()
            );
        }
    }
}

#[test]
fn the_application_says_who_asks_for_what() {
    let case = case(one_buyer());
    says(
        Paper::Application(&case),
        &[
            "不动产登记申请书",
            "51040220261123000001",
            "■国有建设用地使用权",
            "■房屋所有权",
            "□抵押权",
            "■转移登记",
            "□首次登记",
            "买受人（权利人）",
            "张三丰",
            ID,
            "出卖人（义务人）",
            "李四光",
            "钱代理",
            AGENT_ID,
            "攀枝花市东区示例路12号3幢2单元5楼2号",
            "510402 001003 GB00012 F00030027",
            "宗地面积：12345.67 ㎡/房屋建筑面积：112.25 ㎡",
            "川(2021)攀枝花市不动产权第0000009号",
            "800,000.00 元（捌拾万元整）",
            "单独所有",
            "不动产登记申请书、申请人身份证明",
            "是否自愿申请登记？",
            "窗口领取",
            "真实性负责",
        ],
    );
}

#[test]
fn the_receipt_says_what_came_and_by_when() {
    let case = case(one_buyer());
    let paper = Paper::Receipt(&case);
    says(
        paper,
        &[
            "张三丰",
            "李四光",
            "2026年11月23日 09:00:00",
            "2026年11月26日（承诺时限：3 个工作日）",
            "契税完税凭证",
            "未收",
            "已收",
            "受理员丙",
            "攀枝花市政务服务中心不动产登记窗口",
        ],
    );
    let at_once = CaseFacts {
        promised_days: Some(0),
        due_on: None,
        ..case
    };
    says(Paper::Receipt(&at_once), &["承诺时限：即时办理"]);
}

#[test]
fn the_approval_bears_every_opinion_with_its_person_and_time() {
    let case = case(one_buyer());
    says(
        Paper::Approval(&case),
        &[
            "初审：同意",
            "与登记簿一致，拟同意登记",
            "初审员甲　2026年11月23日 10:00:00",
            "审核：同意",
            "审核员乙　2026年11月23日 11:00:00",
            "《民法典》第二百零九条；《不动产登记暂行条例》第十四条",
            "张三丰",
            "附记",
        ],
    );
}

#[test]
fn decisions_name_ground_and_remedy() {
    let all = All::new(one_buyer());
    let remedy = [
        "六十日内",
        "《中华人民共和国行政复议法》第二十条",
        "攀枝花市人民政府",
        "六个月内",
        "《中华人民共和国行政诉讼法》第四十六条",
        "攀枝花市东区人民法院",
    ];
    let refusal = Paper::Refusal(&all.case, &all.refusal);
    says(refusal, &remedy);
    says(
        refusal,
        &[
            "张三丰、李四光：",
            "不予登记",
            "《不动产登记暂行条例》第二十二条",
            "■（二）存在尚未解决的权属争议的",
            "□（一）违反法律、行政法规规定的",
            "尚未解决",
            "攀不动产告〔2026〕1号",
        ],
    );
    let rejection = Paper::Rejection(&all.case, &all.rejection);
    says(rejection, &remedy);
    says(
        rejection,
        &[
            "不予受理",
            "第十七条",
            "■申请材料不齐全",
            "□申请材料不符合法定形式",
            "契税完税凭证原件",
        ],
    );
    let mut elsewhere = notice(vec![RejectionGround::OutsideJurisdiction]);
    elsewhere.proper_authority = Some("米易县不动产登记中心".to_owned());
    says(
        Paper::Rejection(&all.case, &elsewhere),
        &["请向有登记权的机构申请：米易县不动产登记中心"],
    );
    says(
        Paper::CorrectionNotice(&all.case, &all.correction),
        &[
            "需要补正的全部内容",
            "契税完税凭证原件",
            "2026年12月10日",
            "重新计算",
            "经办员丁",
        ],
    );
}

#[test]
fn a_refusal_without_a_named_item_prints_no_boxes() {
    let all = All::new(one_buyer());
    let bare = notice::<RefusalGround>(Vec::new());
    let shown = text(&full(Paper::Refusal(&all.case, &bare)));
    assert!(!shown.contains('■') && !shown.contains('□'));
    assert!(shown.contains("《不动产登记暂行条例》第二十二条") && shown.contains("尚未解决"));
}

#[test]
fn a_reason_given_as_items_is_said_once() {
    let all = All::new(one_buyer());
    let fill = |grounds| {
        let mut n = notice(grounds);
        n.reason = "缺少契税完税凭证\n缺少授权委托书".to_owned();
        n.items = n.reason.lines().map(str::to_owned).collect();
        n
    };
    let once = |paper: Paper<'_>| {
        let shown = text(&full(paper));
        assert_eq!(
            shown.matches("缺少授权委托书").count(),
            1,
            "{:?}",
            paper.kind()
        );
    };
    once(Paper::Rejection(&all.case, &fill(Vec::new())));
    let mut refusal = notice::<RefusalGround>(Vec::new());
    refusal.items = vec![refusal.reason.clone()];
    let shown = text(&full(Paper::Refusal(&all.case, &refusal)));
    assert_eq!(shown.matches(&refusal.reason).count(), 1);
    let mut correction = all.correction.clone();
    correction.reason = correction.items.join("\n");
    let shown = text(&full(Paper::CorrectionNotice(&all.case, &correction)));
    assert_eq!(shown.matches("契税完税凭证原件").count(), 1);
    assert!(!shown.contains("补正原因"));
}

#[test]
fn the_court_is_told_place_term_and_what_stood_before() {
    let mut facts = seizure();
    says(
        Paper::SeizureReceipt(&facts),
        &[
            "示例市示例区人民法院",
            "《协助执行通知书》",
            "（2026）川0402执1号",
            "甲法官（证号 川法0001）、乙法官",
            "轮候查封（轮候第 2 顺位）",
            "2026年11月23日起2029年11月22日止",
            "2026年11月23日 09时05分",
            "示例市中级人民法院",
            "（2025）川04执9号",
            "第二十六条",
            "不得超过三年",
            "李四光",
        ],
    );
    facts.units[0].kind = SeizureKind::Seizure;
    facts.units[0].rank = Some(0);
    facts.units[0].earlier.clear();
    let shown = text(&full(Paper::SeizureReceipt(&facts)));
    assert!(!shown.contains("轮候"), "a seizure in force does not wait");
    assert!(shown.contains("没有在先的查封、抵押登记"));
}

#[test]
fn the_delivery_record_says_what_was_handed_to_whom() {
    let all = All::new(one_buyer());
    says(
        Paper::DeliveryRecord(&all.case, &all.delivery),
        &[
            "川(2026)攀枝花市不动产权第0000001号",
            "D51000000001",
            "张三丰",
            "钱代理",
            "代理人",
            AGENT_ID,
            PHONE,
            "发证员己",
            "2026年11月24日 09:00:00",
        ],
    );
}

#[test]
fn the_extract_strikes_what_ended_and_bears_the_hash() {
    let facts = extract();
    let paper = Paper::RegisterExtract(&facts);
    says(
        paper,
        &[
            "2026年11月23日 13:59:00",
            "第 3 条记录",
            "现势 2 项，历史 1 项",
            "宗地基本信息",
            "东：示例路",
            "房地产权登记信息（独幢、层、套、间房屋）",
            "抵押权登记信息",
            "已于 2026年11月23日 12:00:00 终止，原因：因买卖转移登记",
            "（业务号 51040220261123000001）",
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        ],
    );
    let html = full(paper);
    assert!(
        html.contains("<del>李四光</del>"),
        "the ended holder is struck"
    );
    assert!(
        !html.contains("<del>张三丰</del>"),
        "the standing holder is not"
    );
}

#[test]
fn an_extract_of_an_empty_book_says_so() {
    let mut facts = extract();
    facts.rights.clear();
    facts.restrictions.clear();
    facts.last_entry = None;
    says(
        Paper::RegisterExtract(&facts),
        &[
            "没有该单元的权利记载",
            "尚无登记记录",
            "没有校验码",
            "没有限制或者提示事项",
        ],
    );
}

#[test]
fn certificates_bear_the_statutory_content() {
    let facts = certificates();
    says(
        Paper::Certificate(&facts),
        &[
            "川(2026)攀枝花市不动产权第0000001号",
            "共有宗地面积：12345.67 ㎡/房屋建筑面积：112.25 ㎡",
            "颁发此证。",
            "川(2026)攀枝花市不动产证明第0000001号",
            "证明权利或事项",
            "担保债权的数额：500,000.00 元（伍拾万元整）",
            "颁发此证明。",
            "编号：D51000000001",
            "不作为权属凭证",
        ],
    );
    says(Paper::Certificate(&[]), &["没有证书或者证明"]);
    let mut odd = facts;
    odd[0].qr_image = Some("javascript:alert(1)".to_owned());
    assert!(!full(Paper::Certificate(&odd)).contains("javascript"));
    odd[0].qr_image = Some("data:image/svg+xml;base64,AAAA".to_owned());
    assert!(full(Paper::Certificate(&odd)).contains("src=\"data:image/svg+xml;base64,AAAA\""));
}

#[test]
fn masked_papers_name_nobody() {
    let mut all = All::new(vec![Holder {
        party: with_agent(person("张三丰")),
        share: None,
    }]);
    all.case
        .detail
        .push(dengbu_papers::fields::Labelled::new("债务人", "赵六七"));
    for paper in all.papers() {
        let html = render(paper, &print(Mask::Masked));
        for secret in [
            "张三丰",
            "李四光",
            "赵六七",
            "钱代理",
            "孙行长",
            ID,
            AGENT_ID,
            PHONE,
            "8号1幢3单元",
        ] {
            assert!(!html.contains(secret), "{:?} shows {secret}", paper.kind());
        }
        assert!(html.contains("个人信息已脱敏"), "{:?}", paper.kind());
    }
    let shown = text(&render(
        Paper::RegisterExtract(&all.extract),
        &print(Mask::Masked),
    ));
    assert!(
        shown.contains("攀枝花示例商业银行股份有限公司"),
        "organisations are public"
    );
    assert!(shown.contains("5104**********0012"));
}

/// Cuts the tables of a class out of a document.
fn tables<'a>(html: &'a str, class: &str) -> Vec<&'a str> {
    let open = format!("<table class=\"data {class}\"");
    html.split(&open)
        .skip(1)
        .map(|t| t.split("</table>").next().unwrap_or(t))
        .collect()
}

#[test]
fn thirty_holders_stand_once_in_their_table() {
    let case = case(thirty());
    for paper in [Paper::Application(&case), Paper::Approval(&case)] {
        let html = full(paper);
        let found = tables(&html, "parties");
        assert_eq!(found.len(), 2, "{:?}: one table per side", paper.kind());
        for h in &case.holders {
            assert_eq!(
                found[0].matches(&h.party.name).count(),
                1,
                "{:?} {}",
                paper.kind(),
                h.party.name
            );
            assert_eq!(found[1].matches(&h.party.name).count(), 0);
        }
        // a head that repeats, and one row each
        assert_eq!(found[0].matches("<thead>").count(), 1);
        assert_eq!(found[0].matches("<tr>").count(), 31);
        assert_eq!(found[0].matches("1/30").count(), 30);
    }
    let mut facts = extract();
    facts.rights[1].right = title_right(thirty());
    let html = full(Paper::RegisterExtract(&facts));
    for h in thirty() {
        // once as holder, once with the share
        assert_eq!(html.matches(&h.party.name).count(), 2, "{}", h.party.name);
    }
}

#[test]
fn tags_are_balanced_with_many_and_with_few() {
    for holders in [one_buyer(), thirty()] {
        let all = All::new(holders);
        for paper in all.papers() {
            let html = full(paper);
            for tag in [
                "table", "thead", "tbody", "tfoot", "tr", "td", "th", "div", "section", "p", "ol",
                "ul", "li", "h2", "del",
            ] {
                let open = html.matches(&format!("<{tag}>")).count()
                    + html.matches(&format!("<{tag} ")).count();
                let close = html.matches(&format!("</{tag}>")).count();
                assert_eq!(open, close, "{:?} <{tag}>", paper.kind());
            }
        }
    }
}

#[test]
fn nothing_in_a_paper_can_act_or_reach_out() {
    let evil = "<script>alert('甲')</script>\"><img src=x onerror=alert(1)>";
    let mut all = All::new(one_buyer());
    let c = &mut all.case;
    for field in [
        &mut c.reason,
        &mut c.business_name,
        &mut c.holder_label,
        &mut c.case_no,
        &mut c.holders[0].party.name,
        &mut c.obligors[0].name,
        &mut c.units[0].address,
        &mut c.materials[0].name,
        &mut c.opinions[0].opinion,
        &mut c.inquiry[0].answer,
        &mut c.detail[0].value,
    ] {
        evil.clone_into(field);
    }
    c.remarks = Some(evil.to_owned());
    evil.clone_into(&mut c.units[0].unit_code);
    evil.clone_into(&mut c.opinions[1].staff_name);
    evil.clone_into(&mut c.detail[1].label);
    evil.clone_into(&mut all.refusal.reason);
    evil.clone_into(&mut all.rejection.items[0]);
    evil.clone_into(&mut all.correction.number);
    evil.clone_into(&mut all.seizure.court);
    evil.clone_into(&mut all.seizure.document_no);
    evil.clone_into(&mut all.delivery.certificates[0].number);
    evil.clone_into(&mut all.extract.address);
    evil.clone_into(&mut all.extract.rights[0].right.holders[0].party.name);
    evil.clone_into(&mut all.extract.rights[0].meta.registrar);
    evil.clone_into(&mut all.certificates[0].number);
    all.certificates[0].qr_image = Some(format!("data:image/png{evil}"));
    for mask in [Mask::Full, Mask::Masked] {
        let mut by = print(mask);
        evil.clone_into(&mut by.printed_by);
        evil.clone_into(&mut by.authority_name);
        for paper in all.papers() {
            let html = render(paper, &by);
            assert!(!html.contains("<script"), "{:?}", paper.kind());
            assert!(
                html.contains("&lt;script&gt;"),
                "{:?} lost the text",
                paper.kind()
            );
            assert!(!html.contains("<img src=x"), "{:?}", paper.kind());
            for reach in [
                "http:", "https:", "url(", "@import", "<link", "<iframe", "<a ",
            ] {
                assert!(!html.contains(reach), "{:?} has {reach}", paper.kind());
            }
            assert_eq!(html.matches("</style>").count(), 1, "{:?}", paper.kind());
        }
    }
}

#[test]
fn the_style_is_made_for_a4() {
    let all = All::new(one_buyer());
    for paper in all.papers() {
        let html = full(paper);
        for rule in [
            "size: A4; margin: 18mm 16mm 16mm 20mm",
            "table-header-group",
            "break-inside: avoid",
            "\"SimSun\", \"FangSong\", \"Noto Serif CJK SC\", serif",
        ] {
            assert!(html.contains(rule), "{:?} lacks {rule}", paper.kind());
        }
    }
}

fn application(detail: Detail) -> Application {
    Application {
        reason: "抵押借款".to_owned(),
        holders: vec![Holder {
            party: bank(),
            share: None,
        }],
        obligors: vec![person("张三丰")],
        co_ownership: CoOwnership::Sole,
        separate_certificates: false,
        detail,
        contact: None,
        delivery_method: dengbu_law::application::DeliveryMethod::Electronic,
        inquiry: Vec::new(),
        acknowledged: Vec::new(),
        remarks: None,
        further: Vec::new(),
    }
}

#[test]
fn an_application_becomes_facts_by_itself() {
    let business = catalogue::business("100-DY-01").unwrap();
    let detail = MortgageDetail {
        method: MortgageMethod::MaximumAmount,
        secured_amount: None,
        maximum_amount: Some(dengbu_model::quantity::Money::parse("1000000").unwrap()),
        term_start: Some(day("2026-01-01")),
        term_end: Some(day("2027-01-01")),
        scope: Some("主债权".to_owned()),
        transfer_restricted: Some(true),
        contract_no: Some("抵1".to_owned()),
        debtor: None,
        construction_scope: None,
    };
    let case = CaseFacts::of_application(
        "51040220261123000003",
        business,
        &application(Detail::Mortgage(detail)),
    );
    says(
        Paper::Application(&case),
        &[
            "抵押权人（权利人）",
            "抵押人（义务人）",
            "攀枝花示例商业银行股份有限公司",
            "■抵押权",
            "■首次登记",
            "最高额抵押",
            "最高债权额",
            "1,000,000.00 元（壹佰万元整）",
            "债权确定期间",
            "是否存在禁止或限制转让抵押不动产的约定",
            "电子证照",
            "孙行长",
        ],
    );
    let sale = application(Detail::Transfer(TransferDetail::default()));
    let case = CaseFacts::of_application(
        "51040220261123000004",
        catalogue::business("200-04-02").unwrap(),
        &sale,
    );
    assert!(
        case.detail.iter().all(|l| l.value == "—"),
        "an empty field shows the sign for it"
    );
    assert_eq!(case.holders[0].party.kind, PartyKind::Enterprise);
}

/// Writes every paper to a folder to be looked at: run with `--ignored`.
#[test]
#[ignore = "writes files to look at"]
fn samples() {
    let folder = std::env::temp_dir().join("dengbu-papers");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, holders) in [("one", one_buyer()), ("thirty", thirty())] {
        let all = All::new(holders);
        for paper in all.papers() {
            std::fs::write(
                folder.join(format!("{}-{name}.html", paper.kind().code())),
                full(paper),
            )
            .unwrap();
        }
    }
    let masked = render(Paper::RegisterExtract(&extract()), &print(Mask::Masked));
    std::fs::write(folder.join("register-extract-masked.html"), masked).unwrap();
}
