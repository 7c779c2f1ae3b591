//! Rules about titles, their holders and what weighs on them.

use dengbu_model::party::{Party, check_holders};
use dengbu_model::right::RightDetail;

use super::{Finding, Rule, Severity};
use crate::application::Detail;

/// The same person: same name, and the same identity number where both are known.
pub(super) fn same_person(a: &Party, b: &Party) -> bool {
    let numbers = match (&a.id, &b.id) {
        (Some(x), Some(y)) => x.number == y.number,
        _ => true,
    };
    a.name == b.name && numbers
}

/// Who disposes is who stands in the register.
pub(super) const R03: Rule = Rule {
    id: "R03",
    title: "义务人应当与登记簿记载的权利人一致",
    law: "《民法典》第二百一十六条；《不动产登记暂行条例》第十八条第（二）项",
    test: |c| {
        let mut found = Vec::new();
        for title in c.unit.titles() {
            for holder in &title.right.holders {
                if !c
                    .application
                    .obligors
                    .iter()
                    .any(|o| same_person(o, &holder.party))
                {
                    found.push(
                        Finding::block(
                            format!("登记簿上的权利人“{}”不在义务人之中；共有的不动产应由全体共有人申请", holder.party.name),
                            "转让或者抵押不动产，应当由登记簿上的全体权利人申请。",
                        )
                        .at("/obligors"),
                    );
                }
            }
            for obligor in &c.application.obligors {
                if !title
                    .right
                    .holders
                    .iter()
                    .any(|h| same_person(obligor, &h.party))
                {
                    found.push(
                        Finding::block(
                            format!("义务人“{}”不是登记簿上的权利人", obligor.name),
                            "申请人与登记簿记载的权利人不一致。",
                        )
                        .at("/obligors"),
                    );
                }
            }
        }
        found
    },
};

/// Exactly one title to dispose of.
pub(super) const R04: Rule = Rule {
    id: "R04",
    title: "不动产单元应当有且只有一个现势所有权",
    law: "《民法典》第二百三十二条；《不动产登记暂行条例》第八条",
    test: |c| match c.unit.titles().count() {
        1 => Vec::new(),
        0 => vec![Finding::block(
            "登记簿上没有现势的所有权，未经登记不能处分",
            "该不动产尚未登记所有权，不能办理转移或者抵押。",
        )],
        n => vec![Finding::block(
            format!("登记簿上有 {n} 个现势所有权，须先更正登记"),
            "该不动产的登记信息需要先更正。",
        )],
    },
};

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
            .filter(|r| {
                // the notice's own holder may take what the notice promised
                !r.right.holders.iter().any(|h| {
                    c.application
                        .holders
                        .iter()
                        .any(|a| same_person(&h.party, &a.party))
                })
            })
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

/// A right of habitation survives the sale.
pub(super) const R50: Rule = Rule {
    id: "R50",
    title: "设有居住权的，受让人、抵押权人应当书面知悉",
    law: "《民法典》第三百六十六条、第三百六十八条",
    test: |c| {
        c.unit
            .rights
            .iter()
            .filter(|r| matches!(r.right.detail, RightDetail::Habitation(_)))
            .map(|_| {
                Finding::new(
                    Severity::Warn,
                    "设有居住权，转移或者抵押后居住权仍然有效，须收取书面知悉材料",
                    "该住宅设有居住权，继续办理须书面确认已知悉。",
                )
            })
            .collect()
    },
};

/// Shares fit the kind of co-ownership and add up to one.
pub(super) const R62: Rule = Rule {
    id: "R62",
    title: "共有方式与权利人、份额应当相符，份额之和等于一",
    law: "《民法典》第二百九十七条、第二百九十八条、第三百零九条",
    test: |c| match check_holders(c.application.co_ownership, &c.application.holders) {
        Ok(()) => Vec::new(),
        Err(e) => vec![Finding::block(e.to_string(), "共有方式或者份额填写有误。").at("/holders")],
    },
};

/// No entry without the deed tax.
pub(super) const R71: Rule = Rule {
    id: "R71",
    title: "未提交契税完税、减免税凭证或者有关信息的，不予登记",
    law: "《契税法》第十一条",
    test: |c| match &c.application.detail {
        Detail::Transfer(t)
            if t.deed_tax_proof_no
                .as_deref()
                .is_none_or(|n| n.trim().is_empty()) =>
        {
            vec![
                Finding::block(
                    "没有契税完税或者减免税凭证号，依法不予办理登记",
                    "请先缴纳契税或者办理减免税手续。",
                )
                .at("/detail/deed_tax_proof_no"),
            ]
        }
        _ => Vec::new(),
    },
};

/// Nobody deals with himself.
pub(super) const R901: Rule = Rule {
    id: "R901",
    title: "权利人与义务人不得相同",
    law: "《民法典》第二百零九条；《不动产登记暂行条例》第十四条",
    test: |c| {
        c.application
            .holders
            .iter()
            .filter(|h| {
                c.application
                    .obligors
                    .iter()
                    .any(|o| same_person(&h.party, o))
            })
            .map(|h| {
                Finding::block(
                    format!("“{}”同时是权利人和义务人", h.party.name),
                    "双方当事人不能是同一人。",
                )
                .at("/holders")
            })
            .collect()
    },
};
