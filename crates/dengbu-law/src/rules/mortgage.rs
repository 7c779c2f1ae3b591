//! Rules about mortgages (抵押权).

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use dengbu_model::right::RightDetail;
use dengbu_model::time::shanghai;

use super::ownership::same_person;
use super::{Finding, Rule, Severity};
use crate::application::Detail;

/// 民法典 took effect on this day; before it a sale needed the mortgagee's consent
/// (物权法第一百九十一条; 担保制度解释第四十三条; 自然资发〔2021〕54号).
const CIVIL_CODE: NaiveDate = match NaiveDate::from_ymd_opt(2021, 1, 1) {
    Some(d) => d,
    None => NaiveDate::MAX,
};

fn before_civil_code(at: DateTime<Utc>) -> bool {
    shanghai().from_utc_datetime(&at.naive_utc()).date_naive() < CIVIL_CODE
}

/// Sale of mortgaged property.
pub(super) const R20: Rule = Rule {
    id: "R20",
    title: "抵押期间转让抵押不动产，按登记簿记载的限制转让约定办理",
    law: "《民法典》第四百零六条；《最高人民法院关于适用〈民法典〉有关担保制度的解释》第四十三条；自然资发〔2021〕54号",
    test: |c| {
        c.unit
            .mortgages()
            .into_iter()
            .map(|(r, m)| {
                let who: Vec<_> = r
                    .right
                    .holders
                    .iter()
                    .map(|h| h.party.name.as_str())
                    .collect();
                let who = who.join("、");
                match m.transfer_restricted {
                    Some(false) => Finding::new(
                        Severity::Info,
                        format!("有抵押权（{who}），未约定限制转让；转移后抵押权继续存在"),
                        "该不动产有抵押，转移后抵押权不受影响。",
                    ),
                    Some(true) => Finding::new(
                        Severity::Consent,
                        format!(
                            "登记簿记载禁止或限制转让约定，须由抵押权人（{who}）共同申请或书面同意"
                        ),
                        "该不动产的抵押约定了限制转让，须抵押权人同意。",
                    ),
                    None if before_civil_code(r.registered_at) => Finding::new(
                        Severity::Consent,
                        format!(
                            "抵押权（{who}）设立于 2021 年 1 月 1 日前，转让须经抵押权人书面同意"
                        ),
                        "该不动产的抵押设立于民法典施行前，转让须抵押权人同意。",
                    ),
                    None => Finding::new(
                        Severity::Consent,
                        format!("登记簿没有记载抵押权（{who}）是否限制转让，须抵押权人书面确认"),
                        "该不动产有抵押，须抵押权人书面确认。",
                    ),
                }
            })
            .collect()
    },
};

/// A further mortgage takes the next rank.
pub(super) const R21: Rule = Rule {
    id: "R21",
    title: "再次抵押的，按登记时间先后确定清偿顺序",
    law: "《民法典》第四百一十四条",
    test: |c| {
        let ahead = c.unit.mortgages();
        if ahead.is_empty() {
            return Vec::new();
        }
        let rank = crate::effect::next_rank(c.unit);
        vec![Finding::new(
            Severity::Warn,
            format!(
                "已有 {} 个抵押权在前，本次为第 {rank} 顺位，须告知抵押权人并说明",
                ahead.len()
            ),
            "该不动产已有抵押，本次抵押排在其后。",
        )]
    },
};

/// Who strikes out a mortgage is who holds it.
pub(super) const R03M: Rule = Rule {
    id: "R03M",
    title: "申请注销抵押权的应当是登记簿记载的抵押权人",
    law: "《民法典》第三百九十三条；《不动产登记暂行条例》第十八条第（二）项",
    test: |c| {
        let Detail::MortgageRelease(d) = &c.application.detail else {
            return Vec::new();
        };
        let Some(mortgage) = d.mortgage_right_id.and_then(|id| c.unit.right(id)) else {
            return Vec::new();
        };
        mortgage
            .right
            .holders
            .iter()
            .filter(|h| {
                !c.application
                    .holders
                    .iter()
                    .any(|a| same_person(&a.party, &h.party))
            })
            .map(|h| {
                Finding::block(
                    format!("登记簿上的抵押权人“{}”不在申请人之中", h.party.name),
                    "注销抵押权应当由抵押权人申请。",
                )
                .at("/holders")
            })
            .collect()
    },
};

/// The mortgage to be struck out stands.
pub(super) const R_MORTGAGE_LIVE: Rule = Rule {
    id: "R_MORTGAGE_LIVE",
    title: "要注销的抵押权应当在登记簿上现势有效",
    law: "《不动产登记暂行条例实施细则》第七十条",
    test: |c| {
        let Detail::MortgageRelease(d) = &c.application.detail else {
            return Vec::new();
        };
        let stands = d
            .mortgage_right_id
            .and_then(|id| c.unit.right(id))
            .is_some_and(|r| matches!(r.right.detail, RightDetail::Mortgage(_)));
        if stands {
            Vec::new()
        } else {
            vec![
                Finding::block(
                    "登记簿上没有这个现势的抵押权，可能已经注销",
                    "该抵押权不存在或者已经注销。",
                )
                .at("/detail/mortgage_right_id"),
            ]
        }
    },
};
