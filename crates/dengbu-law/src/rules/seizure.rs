//! Rules about seizures (查封).

use chrono::Months;
use dengbu_model::right::SeizureKind;

use super::{Check, Finding, Rule, Severity};
use crate::application::Detail;

fn describe(s: &dengbu_model::right::Seizure) -> String {
    let until = s.end.map_or_else(String::new, |e| format!("，期限至 {e}"));
    format!("{}，文号 {}{until}", s.court, s.document_no)
}

/// Seized: no transfer, no mortgage.
pub(super) const R10: Rule = Rule {
    id: "R10",
    title: "查封期间不得转移、抵押",
    law: "《城市房地产管理法》第三十八条第（二）项；《民法典》第三百九十九条第（五）项；《不动产登记暂行条例》第二十二条",
    test: |c| {
        c.unit
            .seizures_in_force(c.today)
            .into_iter()
            .map(|(_, s)| {
                Finding::block(
                    format!(
                        "不动产已被{}（{}），解除查封前不得办理{}",
                        s.kind.name_zh(),
                        describe(s),
                        c.business.short_name
                    ),
                    "该不动产已被依法查封，解除查封前不能办理转移、抵押等登记。",
                )
            })
            .collect()
    },
};

/// A seizure of the land reaches the house on it.
pub(super) const R11: Rule = Rule {
    id: "R11",
    title: "查封土地使用权的，效力及于地上房屋",
    law: "《最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定》第二十一条",
    test: |c| {
        c.unit
            .land_seizures_in_force(c.today)
            .into_iter()
            .map(|(r, s)| {
                Finding::block(
                    format!(
                        "所在宗地（{}）已被{}（{}），效力及于地上房屋",
                        r.unit.grouped(),
                        s.kind.name_zh(),
                        describe(s)
                    ),
                    "该不动产所在的宗地已被依法查封，解除查封前不能办理。",
                )
            })
            .collect()
    },
};

/// A second seizure waits behind the first.
pub(super) const R13: Rule = Rule {
    id: "R13",
    title: "已有查封的，后到的查封登记为轮候查封，按送达时间排列顺序",
    law: "《不动产登记暂行条例实施细则》第九十一条；《最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定》第二十六条",
    test: |c| {
        let ahead = c.unit.seizures_in_force(c.today).len();
        if ahead == 0 {
            return Vec::new();
        }
        vec![Finding::new(
            Severity::Info,
            format!("已有 {ahead} 个查封在前，本次将登记为轮候查封，轮候顺序第 {ahead}"),
            "该不动产已被查封，本次登记为轮候查封。",
        )]
    },
};

/// An order that meets an open case: comply, the case is stopped.
pub(super) const R17: Rule = Rule {
    id: "R17",
    title: "查封送达时有尚未登簿的转移、抵押业务的，先办理查封",
    law: "《最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定》第二十三条",
    test: |c| {
        c.unit
            .open_cases
            .iter()
            .filter(|o| o.exclusive)
            .map(|o| {
                Finding::new(
                    Severity::Info,
                    format!(
                        "在办业务 {} 尚未登簿；查封登簿后该业务将因查封不能登簿",
                        o.case_no
                    ),
                    "该不动产有尚未办结的登记申请。",
                )
            })
            .collect()
    },
};

/// The term of a seizure of land or buildings.
pub(super) const R_SEIZURE_TERM: Rule = Rule {
    id: "R_SEIZURE_TERM",
    title: "查封不动产的期限不得超过三年",
    law: "《最高人民法院关于适用〈民事诉讼法〉的解释》第四百八十五条",
    test: |c| {
        let Detail::Seizure(s) = &c.application.detail else {
            return Vec::new();
        };
        let (Some(start), Some(end)) = (s.start, s.end) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        // a form check, not an examination of the order's substance (实施细则第九十条):
        // the court is told, the entry is not refused
        if start
            .checked_add_months(Months::new(36))
            .is_some_and(|limit| end > limit)
        {
            found.push(
                Finding::new(
                    Severity::Warn,
                    "查封期限超过三年，请向嘱托机关核实文书后说明原因",
                    "查封期限超过法律规定的三年。",
                )
                .at("/detail/end"),
            );
        }
        if end < c.today {
            found.push(
                Finding::block("查封期限已经届满，不能登记", "查封期限已经届满。")
                    .at("/detail/end"),
            );
        }
        found
    },
};

/// The kind and rank that a new seizure takes on this unit (R12, R13).
#[must_use]
pub fn kind_and_rank(c: &Check<'_>) -> (SeizureKind, u32) {
    let ahead = u32::try_from(c.unit.seizures_in_force(c.today).len()).unwrap_or(u32::MAX);
    if ahead == 0 {
        (SeizureKind::Seizure, 0)
    } else {
        (SeizureKind::Waiting, ahead)
    }
}
