//! Rules about seizures (查封).

use chrono::Months;
use dengbu_model::party::CoOwnership;
use dengbu_model::right::{MortgageMethod, RightDetail, Seizure, SeizureKind};

use super::{Check, Finding, Rule, Severity, same_person};
use crate::application::Detail;
use crate::catalogue::{self, Clears, EffectKind};
use crate::state::{OpenCase, StandingRight};

fn describe(s: &Seizure) -> String {
    let until = s.end.map_or_else(String::new, |e| format!("，期限至 {e}"));
    format!("{}，文号 {}{until}", s.court, s.document_no)
}

/// True when the seizure takes hold of the shares of some owners only (部分查封, 查封规定第十二条).
fn of_share(c: &Check<'_>, seizure: &StandingRight) -> bool {
    c.unit.titles().any(|t| {
        let mut debtors = t.right.holders.iter().map(|h| {
            seizure
                .right
                .obligors
                .iter()
                .any(|o| same_person(o, &h.party))
        });
        // an order that stands for somebody who owns nothing takes hold of the whole (R18)
        t.right.co_ownership == CoOwnership::ByShares
            && debtors.clone().any(|d| d)
            && debtors.any(|d| !d)
    })
}

/// True when the share of no debtor of this seizure changes hands in this application.
fn leaves_debtors_alone(c: &Check<'_>, seizure: &StandingRight) -> bool {
    c.unit.titles().all(|t| {
        t.right
            .holders
            .iter()
            .filter(|h| {
                seizure
                    .right
                    .obligors
                    .iter()
                    .any(|o| same_person(o, &h.party))
            })
            .all(|h| {
                c.application
                    .holders
                    .iter()
                    .any(|a| same_person(&a.party, &h.party) && a.share == h.share)
            })
    })
}

/// True for a pre-seizure whose debtor is the one who acquires (R12).
fn pre_seized_for(c: &Check<'_>, r: &StandingRight, s: &Seizure) -> bool {
    matches!(
        s.kind,
        SeizureKind::PreSeizure | SeizureKind::WaitingPreSeizure
    ) && gives_title(c)
        && !c.application.holders.is_empty()
        && c.application
            .holders
            .iter()
            .all(|h| r.right.obligors.iter().any(|o| same_person(o, &h.party)))
}

/// True for a business by which the holders of the application come to own.
fn gives_title(c: &Check<'_>) -> bool {
    c.business.right_type.is_title()
        && matches!(
            c.business.effect,
            EffectKind::Establish | EffectKind::Transfer
        )
}

/// Seized: no disposal.
pub(super) const R10: Rule = Rule {
    id: "R10",
    title: "查封期间不得转移、抵押或者作其他处分",
    law: "《城市房地产管理法》第三十八条第（二）项；《民法典》第三百九十九条第（五）项；《不动产登记暂行条例》第二十二条",
    test: |c| {
        c.unit
            .seizures_in_force(c.today)
            .into_iter()
            .filter(|(r, s)| !pre_seized_for(c, r, s))
            .map(|(r, s)| {
                if of_share(c, r) && leaves_debtors_alone(c, r) {
                    return Finding::new(
                        Severity::Info,
                        format!(
                            "查封的是部分共有人的份额（{}），本次申请不涉及该份额",
                            describe(s)
                        ),
                        "查封的份额不受本次登记影响。",
                    );
                }
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

/// A seizure weighs on a change that disposes of nothing as a warning only.
pub(super) const R10W: Rule = Rule {
    id: "R10W",
    title: "查封期间办理不涉及处分的变更、更正的，须告知查封机关",
    law: "《不动产登记暂行条例实施细则》第九十条；业务规则由登记机构设定",
    test: |c| {
        c.unit
            .seizures_in_force(c.today)
            .into_iter()
            .map(|(_, s)| {
                Finding::new(
                    Severity::Warn,
                    format!(
                        "不动产已被{}（{}），须告知查封机关并说明",
                        s.kind.name_zh(),
                        describe(s)
                    ),
                    "该不动产已被依法查封，变更登记不影响查封。",
                )
            })
            .collect()
    },
};

/// A title that ends by an act of state ends under a seizure too; the court is told first.
pub(super) const R10C: Rule = Rule {
    id: "R10C",
    title: "查封期间依征收决定、生效法律文书注销的，须先告知查封机关",
    law: "《民法典》第二百二十九条；《不动产登记暂行条例实施细则》第十九条、第九十条",
    test: |c| {
        let own = c.unit.seizures_in_force(c.today);
        let land = c.unit.land_seizures_in_force(c.today);
        own.into_iter()
            .chain(land)
            .map(|(_, s)| {
                Finding::new(
                    Severity::Consent,
                    format!(
                        "不动产已被{}（{}），须告知查封机关并取得其答复",
                        s.kind.name_zh(),
                        describe(s)
                    ),
                    "该不动产已被依法查封，须先告知查封机关。",
                )
            })
            .collect()
    },
};

/// A seizure of the land reaches the house on it, and the reverse.
pub(super) const R11: Rule = Rule {
    id: "R11",
    title: "查封土地使用权的，效力及于地上房屋；查封地上房屋的，效力及于土地使用权",
    law: "《最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定》第二十一条",
    test: |c| {
        reaching(c)
            .into_iter()
            .map(|(r, s, of_land)| {
                let (from, to, where_zh) = if of_land {
                    ("所在宗地", "地上房屋", "所在的宗地")
                } else {
                    ("地上房屋", "所在土地使用权", "宗地上的房屋")
                };
                Finding::block(
                    format!(
                        "{from}（{}）已被{}（{}），效力及于{to}",
                        r.unit.grouped(),
                        s.kind.name_zh(),
                        describe(s)
                    ),
                    format!("该不动产{where_zh}已被依法查封，解除查封前不能办理。"),
                )
            })
            .collect()
    },
};

/// Seizures of the land that reach the house, or of the houses that reach the land. Where
/// land and house belong to different people each stands alone (第二十一条第一款但书). The last
/// is true for seizures of the land.
fn reaching<'a>(c: &Check<'a>) -> Vec<(&'a StandingRight, &'a Seizure, bool)> {
    let owners: Vec<_> = c
        .unit
        .titles()
        .flat_map(|t| &t.right.holders)
        .map(|h| &h.party)
        .collect();
    let together = |r: &StandingRight, of_land: bool| {
        let debtors = &r.right.obligors;
        let own = owners
            .iter()
            .any(|p| debtors.iter().any(|d| same_person(d, p)));
        // before the house has an owner of its own it belongs to the land
        own || (of_land && (owners.is_empty() || debtors.is_empty()))
    };
    let land = c.unit.land_seizures_in_force(c.today);
    let houses = c.unit.house_seizures_in_force(c.today);
    let land = land.into_iter().map(|(r, s)| (r, s, true));
    let houses = houses.into_iter().map(|(r, s)| (r, s, false));
    land.chain(houses)
        .filter(|(r, _, of_land)| together(r, *of_land))
        .collect()
}

/// Pre-seized: the debtor may be registered, nobody else.
pub(super) const R12: Rule = Rule {
    id: "R12",
    title: "预查封的不动产可以登记至被执行人名下，登记后预查封转为查封",
    law: "法发〔2004〕5号第十八条",
    test: |c| {
        c.unit
            .seizures_in_force(c.today)
            .into_iter()
            .filter(|(r, s)| pre_seized_for(c, r, s))
            .map(|(_, s)| {
                Finding::new(
                    Severity::Info,
                    format!(
                        "有{}（{}），登记至被执行人名下后自动转为查封",
                        s.kind.name_zh(),
                        describe(s)
                    ),
                    "该不动产已被预查封，登记后转为查封。",
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
        let mut found: Vec<Finding> = reaching(c)
            .into_iter()
            .map(|(r, s, _)| {
                Finding::new(
                    Severity::Info,
                    format!(
                        "（{}）已被{}（{}），效力及于本单元，本次查封的顺序在其后，须在回执中告知",
                        r.unit.grouped(),
                        s.kind.name_zh(),
                        describe(s)
                    ),
                    "该不动产的土地（房屋）已被查封。",
                )
            })
            .collect();
        let ahead = c.unit.seizures_in_force(c.today);
        if ahead.is_empty() {
            return found;
        }
        let (_, rank) = crate::effect::kind_and_rank(c);
        found.push(Finding::new(
            Severity::Info,
            format!(
                "已有 {} 个查封在前，本次将登记为轮候查封，轮候顺序第 {rank}",
                ahead.len()
            ),
            "该不动产已被查封，本次登记为轮候查封。",
        ));
        let served = match &c.application.detail {
            Detail::Seizure(d) => d.served_at,
            _ => None,
        };
        let overtaken = ahead
            .iter()
            .find(|(_, s)| served.is_some() && s.served_at.is_some_and(|at| Some(at) > served));
        if let Some((_, s)) = overtaken {
            found.push(
                Finding::new(
                    Severity::Warn,
                    format!(
                        "送达时间早于已登记的查封（{}），顺序以送达先后为准，请核实送达记录并说明",
                        describe(s)
                    ),
                    "查封的先后顺序正在核实。",
                )
                .at("/detail/served_at"),
            );
        }
        found
    },
};

/// What follows when a seizure is lifted.
pub(super) const R14: Rule = Rule {
    id: "R14",
    title: "查封解除的，登记在先的轮候查封自动生效",
    law: "《最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定》第二十六条",
    test: |c| {
        let waiting = c
            .unit
            .seizures_in_force(c.today)
            .into_iter()
            .filter(|(_, s)| s.kind.is_waiting())
            .min_by_key(|(r, s)| (s.rank, s.served_at, r.right_id));
        waiting
            .map(|(_, s)| {
                Finding::new(
                    Severity::Info,
                    format!(
                        "解除后，轮候查封（{}）自动转为查封，须通知该机关",
                        describe(s)
                    ),
                    "该不动产还有轮候查封，解除后轮候查封生效。",
                )
            })
            .into_iter()
            .collect()
    },
};

/// A ruling moves the title: by the court whose seizure is first, or with its consent.
pub(super) const R16: Rule = Rule {
    id: "R16",
    title: "依裁判文书办理转移的，应当由首先查封的法院作出或者经其同意",
    law: "《最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定》第二十七条；法发〔2004〕5号",
    test: |c| {
        let court = match &c.application.detail {
            Detail::Transfer(t) => t.court.as_deref().unwrap_or_default(),
            _ => return Vec::new(),
        };
        c.unit
            .seizures_in_force(c.today)
            .into_iter()
            .filter(|(_, s)| !s.kind.is_waiting() && s.court != court)
            .map(|(_, s)| {
                Finding::new(
                    Severity::Consent,
                    format!(
                        "首先查封的机关是{}，须收取其同意处分或者移送处分权的文书",
                        describe(s)
                    ),
                    "该不动产由其他法院首先查封，须取得其同意。",
                )
                .at("/detail/court")
            })
            .collect()
    },
};

/// A seizure fixes the debts that a maximum-amount mortgage secures.
pub(super) const R24: Rule = Rule {
    id: "R24",
    title: "抵押财产被查封的，最高额抵押担保的债权确定，应通知抵押权人",
    law: "《民法典》第四百二十三条第（四）项；《最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定》第二十五条",
    test: |c| {
        c.unit
            .mortgages()
            .into_iter()
            .filter(|(_, m)| m.method == MortgageMethod::MaximumAmount)
            .map(|(r, _)| {
                let who: Vec<&str> = r
                    .right
                    .holders
                    .iter()
                    .map(|h| h.party.name.as_str())
                    .collect();
                Finding::new(
                    Severity::Info,
                    format!(
                        "有最高额抵押权（{}），查封登簿后通知抵押权人",
                        who.join("、")
                    ),
                    "该不动产有最高额抵押权。",
                )
            })
            .collect()
    },
};

/// An order that meets an open case: comply, the case is stopped.
pub(super) const R17: Rule = Rule {
    id: "R17",
    title: "查封送达时有尚未登簿的转移、抵押业务的，先办理查封；其他法院先送达协助过户的，优先过户",
    law: "《最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定》第二十三条",
    test: |c| {
        c.unit
            .open_cases
            .iter()
            .filter(|o| o.exclusive)
            .map(|o| {
                // 第二十三条第三款: a court's order to transfer that came first is carried out first
                if by_court_order(o) {
                    return Finding::new(
                        Severity::Warn,
                        format!(
                            "在办业务 {} 是其他人民法院先送达的协助过户（依法律文书转移），应当优先办理过户登记；请核对两份文书的送达时间和机关，过户登簿后再办理查封或者退回并书面告知，并说明",
                            o.case_no
                        ),
                        "该不动产正在依法院文书办理过户。",
                    );
                }
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

/// True for an open case that carries out another court's order to transfer.
fn by_court_order(open: &OpenCase) -> bool {
    catalogue::business(&open.business)
        .is_some_and(|b| b.effect == EffectKind::Transfer && b.clears.contains(&Clears::Seizures))
}

/// The order names somebody who does not stand in the register (any more).
pub(super) const R18: Rule = Rule {
    id: "R18",
    title: "查封的不动产登记在被执行人以外的人名下的，应核实后向法院书面反馈",
    law: "《最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定》第二条、第二十三条；法发〔2004〕5号第三条",
    test: |c| {
        let debtors = &c.application.obligors;
        if debtors.is_empty() || c.unit.titles().next().is_none() {
            return Vec::new();
        }
        let concerned = |r: &StandingRight| {
            r.right
                .holders
                .iter()
                .any(|h| debtors.iter().any(|d| same_person(d, &h.party)))
        };
        let of_debtor = c.unit.rights.iter().any(|r| {
            (r.right.right_type.is_title() || crate::effect::is_sale_notice(&r.right.detail))
                && concerned(r)
        });
        if of_debtor {
            return Vec::new();
        }
        let owners: Vec<&str> = c
            .unit
            .titles()
            .flat_map(|t| &t.right.holders)
            .map(|h| h.party.name.as_str())
            .collect();
        vec![
            Finding::new(
                Severity::Consent,
                format!(
                    "不动产登记在“{}”名下，不是查封文书中的被执行人，须向法院书面反馈；法院仍要求协助的，记录其答复后继续",
                    owners.join("、")
                ),
                "该不动产不在被执行人名下。",
            )
            .at("/obligors"),
        ]
    },
};

/// The term of a seizure of land or buildings.
pub(super) const R_SEIZURE_TERM: Rule = Rule {
    id: "R_SEIZURE_TERM",
    title: "查封不动产的期限不得超过三年",
    law: "《最高人民法院关于适用〈民事诉讼法〉的解释》第四百八十五条",
    test: |c| {
        let (start, end) = match &c.application.detail {
            Detail::Seizure(s) => (s.start, s.end),
            // a renewal is counted from the end of the term before it
            Detail::Amend(d) => {
                let before = crate::effect::acted_upon(c).map(|r| &r.right.detail);
                match (before, &d.content) {
                    (Some(RightDetail::Seizure(old)), Some(RightDetail::Seizure(new))) => {
                        (old.end, new.end)
                    }
                    _ => return Vec::new(),
                }
            }
            _ => return Vec::new(),
        };
        let (Some(start), Some(end)) = (start, end) else {
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
