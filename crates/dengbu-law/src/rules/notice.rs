//! Rules about priority notices (预告登记) and cautions (异议登记).

use dengbu_model::right::{PriorityNoticeKind, RightDetail};
use dengbu_model::time::date_in_shanghai;

use super::{Check, Finding, Rule, Severity, same_person};
use crate::application::Detail;
use crate::effect;

/// While a priority notice is in force nothing is disposed of without its holder.
pub(super) const R30: Rule = Rule {
    id: "R30",
    title: "预告登记有效期间，未经预告登记权利人同意不得处分",
    law: "《民法典》第二百二十一条；《最高人民法院关于适用〈民法典〉物权编的解释（一）》第四条",
    test: |c| {
        c.unit
            .rights
            .iter()
            .filter(|r| matches!(r.right.detail, RightDetail::PriorityNotice(_)))
            .filter(|r| in_force(c, r))
            .filter(|r| {
                // whoever holds the notice and applies himself agrees: he takes what it
                // promised, or mortgages what he bought
                !r.right
                    .holders
                    .iter()
                    .any(|h| c.application.persons().any(|p| same_person(&h.party, p)))
            })
            .filter(|r| !awaits_new_owner(c, r))
            .map(|r| {
                let names: Vec<_> = r
                    .right
                    .holders
                    .iter()
                    .map(|h| h.party.name.as_str())
                    .collect();
                Finding::new(
                    Severity::Consent,
                    format!(
                        "有预告登记（权利人：{}），须收取其书面同意并说明",
                        names.join("、")
                    ),
                    "该不动产有预告登记，需预告登记权利人书面同意。",
                )
            })
            .collect()
    },
};

/// A mortgage notice that the buyer gave waits for his title: the transfer to him is what
/// it was made for (担保制度解释第五十二条).
fn awaits_new_owner(c: &Check<'_>, r: &crate::state::StandingRight) -> bool {
    let of_mortgage = !crate::effect::is_sale_notice(&r.right.detail);
    of_mortgage
        && c.business.right_type.is_title()
        && !r.right.obligors.is_empty()
        && r.right.obligors.iter().all(|o| {
            c.application
                .holders
                .iter()
                .any(|h| same_person(o, &h.party))
        })
}

/// A caution does not block, but its risk must be accepted.
pub(super) const R40: Rule = Rule {
    id: "R40",
    title: "异议登记期间处分的，应当由申请人书面承诺知悉并自担风险",
    law: "《民法典》第二百二十条；《不动产登记暂行条例实施细则》第八十四条",
    test: |c| {
        c.unit
            .rights
            .iter()
            .filter(|r| matches!(r.right.detail, RightDetail::Caution(_)))
            .filter(|r| in_force(c, r))
            .map(|_| {
                Finding::new(
                    Severity::Warn,
                    "有异议登记，须收取申请人知悉异议登记并自担风险的书面承诺后继续",
                    "该不动产有异议登记，继续办理须书面承诺自担风险。",
                )
            })
            .collect()
    },
};

fn in_force(c: &Check<'_>, r: &crate::state::StandingRight) -> bool {
    effect::over(r, c.unit, c.today, c.world.calendar()).is_none()
}

/// What a case would make of the right it acts upon, where that changes its content.
fn changed<'a>(c: &Check<'a>) -> Option<(&'a crate::state::StandingRight, &'a RightDetail)> {
    match &c.application.detail {
        Detail::Amend(d) => Some((effect::acted_upon(c)?, d.content.as_ref()?)),
        _ => None,
    }
}

/// A suit is noted when the papers came within the fifteen days; the case itself may take as long
/// as the law gives the office.
pub(super) const R40S: Rule = Rule {
    id: "R40S",
    title: "起诉、仲裁的受理材料应当在异议登记之日起十五日内提交，逾期不提交的异议登记失效",
    law: "《民法典》第二百二十条第二款；《不动产登记暂行条例实施细则》第八十三条第二款",
    test: |c| {
        let Some((old, RightDetail::Caution(after))) = changed(c) else {
            return Vec::new();
        };
        let Some(on) = after.suit_on else {
            return Vec::new();
        };
        let calendar = c.world.calendar();
        let since = date_in_shanghai(old.registered_at);
        let last = effect::caution_last_day(since, calendar);
        if on < since || on > c.today || calendar.due(on, c.business.days.legal) < c.today {
            vec![Finding::block(
                "提交起诉、仲裁受理材料的日期不能早于异议登记、晚于今天，也不能早于法定办理期限之前",
                "提交起诉、仲裁受理材料的日期不对，请核对。",
            )]
        } else if on > last {
            vec![Finding::block(
                format!("异议登记的期限到 {last} 为止，逾期提交起诉、仲裁材料，异议登记已经失效"),
                "没有在异议登记之日起十五日内提交起诉、仲裁材料，异议登记已经失效。",
            )]
        } else {
            Vec::new()
        }
    },
};

/// The day from which a right could be registered has come.
pub(super) const R30D: Rule = Rule {
    id: "R30D",
    title: "能够进行不动产登记之日不得早于预告登记，也不得晚于记载的日期",
    law: "《民法典》第二百二十一条第二款",
    test: |c| {
        let Some((old, RightDetail::PriorityNotice(after))) = changed(c) else {
            return Vec::new();
        };
        let since = date_in_shanghai(old.registered_at);
        match after.registrable_on {
            Some(on) if on < since || on > c.today => vec![Finding::block(
                format!("能够申请登记之日应在预告登记之日（{since}）至今天之间"),
                "能够申请登记的日期不对，请核对。",
            )],
            _ => Vec::new(),
        }
    },
};

/// The same ground is not noted twice.
pub(super) const R40D: Rule = Rule {
    id: "R40D",
    title: "异议登记失效后，申请人就同一事项以同一理由再次申请异议登记的，不予受理",
    law: "《不动产登记暂行条例实施细则》第八十三条第三款",
    test: |c| {
        let Detail::Establish(d) = &c.application.detail else {
            return Vec::new();
        };
        let Some(RightDetail::Caution(asked)) = d.content_for(&c.unit.unit) else {
            return Vec::new();
        };
        let same = |right: &dengbu_model::right::Right| {
            matches!(&right.detail, RightDetail::Caution(before) if before.matter == asked.matter)
                && right.holders.iter().any(|h| {
                    c.application
                        .holders
                        .iter()
                        .any(|a| same_person(&a.party, &h.party))
                })
        };
        let before = c.unit.rights.iter().any(|r| same(&r.right))
            || c.unit.past.iter().any(|p| same(&p.right.right));
        if before {
            vec![Finding::block(
                "该申请人就同一事项已经办理过异议登记，不予受理",
                "同一事项的异议登记不能重复申请。",
            )]
        } else {
            Vec::new()
        }
    },
};

fn notices<'a>(
    c: &Check<'a>,
    kinds: &[PriorityNoticeKind],
) -> Vec<&'a crate::state::StandingRight> {
    c.unit
        .rights
        .iter()
        .filter(|r| match &r.right.detail {
            RightDetail::PriorityNotice(n) => kinds.contains(&n.notice_kind),
            _ => false,
        })
        .filter(|r| in_force(c, r))
        .collect()
}

/// The notice of a sale stands as long as the notice of the mortgage on it.
pub(super) const R32: Rule = Rule {
    id: "R32",
    title: "买卖预告登记上有抵押权预告登记的，应当先注销抵押权预告登记",
    law: "《民法典》第二百二十一条；业务规则由登记机构设定",
    test: |c| {
        let acted = crate::effect::acted_upon(c);
        let of_sale = acted.is_some_and(|r| crate::effect::is_sale_notice(&r.right.detail));
        let on_it = notices(
            c,
            &[
                PriorityNoticeKind::PresaleMortgage,
                PriorityNoticeKind::Mortgage,
            ],
        );
        if of_sale && !on_it.is_empty() {
            vec![Finding::block(
                "该预告登记上还有抵押权预告登记，须先注销抵押权预告登记",
                "请先注销抵押权预告登记。",
            )]
        } else {
            Vec::new()
        }
    },
};

/// Who mortgages a presold home is who holds the notice of its sale.
pub(super) const R34: Rule = Rule {
    id: "R34",
    title: "预购商品房抵押权预告登记的抵押人应当是买卖预告登记的权利人",
    law: "《不动产登记暂行条例实施细则》第八十八条",
    test: |c| {
        let sale = notices(c, &[PriorityNoticeKind::PresaleTransfer]);
        let Some(notice) = sale.first() else {
            return vec![Finding::block(
                "没有预购商品房买卖预告登记，不能办理抵押权预告登记",
                "请先办理预购商品房买卖预告登记。",
            )];
        };
        let strange = c
            .application
            .obligors
            .iter()
            .filter(|o| {
                !notice
                    .right
                    .holders
                    .iter()
                    .any(|h| same_person(o, &h.party))
            })
            .map(|o| {
                Finding::block(
                    format!("抵押人“{}”不是买卖预告登记的权利人", o.name),
                    "抵押人应当是买卖预告登记的权利人。",
                )
                .at("/obligors")
            });
        let missing = notice
            .right
            .holders
            .iter()
            .filter(|h| {
                !c.application
                    .obligors
                    .iter()
                    .any(|o| same_person(o, &h.party))
            })
            .map(|h| {
                Finding::block(
                    format!("买卖预告登记的权利人“{}”不在抵押人之中", h.party.name),
                    "共同预购的，抵押人应当是全体预购人。",
                )
                .at("/obligors")
            });
        strange.chain(missing).collect()
    },
};
