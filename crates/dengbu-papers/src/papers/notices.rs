//! Decisions told to the applicants: 不予登记告知书, 不予受理告知书, 补正材料通知书.

use maud::{Markup, html};

use crate::format;
use crate::inputs::{
    CaseFacts, NoGround, NoticeFacts, PrintFacts, RefusalGround, RejectionGround, Remedy,
};
use crate::mask::Masker;
use crate::sheet::{self, Sheet, document, tick};

/// 不动产登记暂行条例第二十二条, its four items in their words.
const REFUSAL: [(RefusalGround, &str); 4] = [
    (RefusalGround::Unlawful, "（一）违反法律、行政法规规定的；"),
    (RefusalGround::Disputed, "（二）存在尚未解决的权属争议的；"),
    (
        RefusalGround::TermExceeded,
        "（三）申请登记的不动产权利超过规定期限的；",
    ),
    (
        RefusalGround::Other,
        "（四）法律、行政法规规定不予登记的其他情形。",
    ),
];

/// 不动产登记暂行条例第十七条第一款第三项、第四项.
const REJECTION: [(RejectionGround, &str); 4] = [
    (RejectionGround::Incomplete, "申请材料不齐全；"),
    (RejectionGround::WrongForm, "申请材料不符合法定形式；"),
    (
        RejectionGround::OutsideJurisdiction,
        "申请登记的不动产不属于本机构登记范围；",
    ),
    (RejectionGround::Other, "其他情形。"),
];

pub fn refusal(
    case: &CaseFacts,
    notice: &NoticeFacts<RefusalGround>,
    print: &PrintFacts,
) -> String {
    let masker = sheet::masker(case, print.mask);
    let body = html! {
        div.letter {
            (addressee(case, print))
            p { (opening(case)) "经审查，本机构决定" strong { "不予登记" } "。" }
            (boxes(&REFUSAL, &notice.grounds, "该申请属于《不动产登记暂行条例》第二十二条规定的下列情形："))
            p { "具体事实和理由：" (masker.text(&notice.reason)) }
            @if !repeats(notice) { (items("说明事项：", &notice.items, &masker)) }
            // 第二十二条 is the ground of the decision and of telling it in writing
            p { "根据《不动产登记暂行条例》第二十二条的规定，现书面告知。申请材料可凭本告知书和身份证件领回。" }
            (remedy(&notice.remedy))
        }
        (closing(notice, print))
    };
    letter("不予登记告知书", case, notice, body, print)
}

pub fn rejection(
    case: &CaseFacts,
    notice: &NoticeFacts<RejectionGround>,
    print: &PrintFacts,
) -> String {
    let masker = sheet::masker(case, print.mask);
    let body = html! {
        div.letter {
            (addressee(case, print))
            p { (opening(case)) "经查验，本机构决定" strong { "不予受理" } "。" }
            (boxes(&REJECTION, &notice.grounds, "该申请存在下列情形："))
            @if repeats(notice) {
                (items("具体原因和需要补正的全部内容：", &notice.items, &masker))
            } @else {
                p { "具体原因：" (masker.text(&notice.reason)) }
                (items("需要补正的全部内容：", &notice.items, &masker))
            }
            @if let Some(authority) = &notice.proper_authority {
                p { "请向有登记权的机构申请：" (authority) "。" }
            }
            p {
                "根据《不动产登记暂行条例》第十七条的规定，现书面告知。"
                @if !notice.items.is_empty() { "按照上列要求提交全部补正申请材料的，本机构应当受理。" }
            }
            (remedy(&notice.remedy))
        }
        (closing(notice, print))
    };
    letter("不予受理告知书", case, notice, body, print)
}

pub fn correction(case: &CaseFacts, notice: &NoticeFacts<NoGround>, print: &PrintFacts) -> String {
    let masker = sheet::masker(case, print.mask);
    let body = html! {
        div.letter {
            (addressee(case, print))
            p { (opening(case)) "经审查，申请材料需要补正。" }
            @if !notice.reason.trim().is_empty() && !repeats(notice) { p { "补正原因：" (masker.text(&notice.reason)) } }
            (items("需要补正的全部内容：", &notice.items, &masker))
            p {
                "请"
                @if let Some(day) = notice.reply_by { "于" (format::date(day)) "前" }
                "将补正材料提交至" (print.authority_name)
                @if let Some(office) = &case.office_name { "（" (office) "）" }
                "。办理时限自补正材料齐全之日起重新计算。"
            }
            p { "根据《不动产登记暂行条例》第十七条的规定，现书面告知。" }
        }
        (closing(notice, print))
    };
    letter("补正材料通知书", case, notice, body, print)
}

fn letter<G>(
    title: &str,
    case: &CaseFacts,
    notice: &NoticeFacts<G>,
    body: Markup,
    print: &PrintFacts,
) -> String {
    let meta = vec![
        ("编号", notice.number.clone()),
        ("业务号", case.case_no.clone()),
    ];
    document(
        &Sheet {
            title,
            case_no: Some(&case.case_no),
            class: "",
            meta,
            body,
        },
        print,
    )
}

fn addressee(case: &CaseFacts, print: &PrintFacts) -> Markup {
    let everyone = case.holders.iter().map(|h| &h.party).chain(&case.obligors);
    html! { p.to { (sheet::names(everyone, print.mask)) "：" } }
}

fn opening(case: &CaseFacts) -> String {
    let when = case
        .accepted_at
        .map_or_else(String::new, |at| format!("于{}", format::day(at)));
    let units: Vec<_> = case
        .units
        .iter()
        .map(|u| {
            format!(
                "{}（不动产单元号 {}）",
                u.address,
                sheet::grouped(&u.unit_code)
            )
        })
        .collect();
    let units = if units.is_empty() {
        String::new()
    } else {
        format!("就{}", units.join("、"))
    };
    format!(
        "你（单位）{when}{units}提出的{}申请（业务号 {}）收悉。",
        case.business_name, case.case_no
    )
}

fn boxes<G: PartialEq + Copy>(all: &[(G, &str)], grounds: &[G], lead: &str) -> Markup {
    html! {
        @if !grounds.is_empty() {
            p { (lead) }
            ul.boxes { @for (ground, text) in all { li { (tick(grounds.contains(ground), text)) } } }
        }
    }
}

/// True when the items are only the reason's own lines, so that nothing is said twice.
fn repeats<G>(notice: &NoticeFacts<G>) -> bool {
    !notice.items.is_empty()
        && notice
            .items
            .iter()
            .all(|i| notice.reason.contains(i.as_str()))
}

fn items(lead: &str, list: &[String], masker: &Masker) -> Markup {
    html! {
        @if !list.is_empty() {
            p { (lead) }
            ol { @for item in list { li { (masker.text(item)) } } }
        }
    }
}

/// 行政复议法（2023年修订）第二十条: sixty days; 行政诉讼法第四十六条: six months.
fn remedy(remedy: &Remedy) -> Markup {
    html! {
        p {
            "如不服本决定，可以自知道或者应当知道本决定之日起六十日内，依照《中华人民共和国行政复议法》第二十条的规定向"
            (remedy.reconsideration_body) "申请行政复议；也可以自知道或者应当知道本决定之日起六个月内，依照"
            "《中华人民共和国行政诉讼法》第四十六条的规定向" (remedy.court) "提起行政诉讼。"
        }
    }
}

fn closing<G>(notice: &NoticeFacts<G>, print: &PrintFacts) -> Markup {
    html! {
        (sheet::seal(&print.authority_name, &format::day(notice.decided_at)))
        div.sign {
            div { "经办人：" (notice.decided_by) }
            div { "收件人（签名）：" span.line {} br; "收到日期：　　　　年　　月　　日" }
        }
    }
}
