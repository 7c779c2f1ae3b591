//! Rules about titles, their holders and what weighs on them.

use chrono::{Datelike, NaiveDate};
use dengbu_model::identity::IdKind;
use dengbu_model::party::{Agent, CoOwnership, Party, WindingUp, check_holders};
use dengbu_model::quantity::Share;
use dengbu_model::right::{RightDetail, RightType};

use super::{Check, Finding, Rule, Severity};
use crate::application::Detail;
use crate::state::StandingRight;

/// The same person: same name, and the same identity number where both are known.
pub(crate) fn same_person(a: &Party, b: &Party) -> bool {
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
        if mortgages_management(c) {
            return found;
        }
        for title in c.unit.titles() {
            for holder in &title.right.holders {
                if !c
                    .application
                    .obligors
                    .iter()
                    .any(|o| same_person(o, &holder.party))
                    && !takes_part(c, &holder.party)
                    && !stays(c, title, &holder.party)
                    && !outvoted(c, title)
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

/// Whoever holds 土地经营权 out of a household's contract mortgages it himself; the contract stays with
/// the household (民法典第三百四十二条, 农村土地承包法第四十七条).
fn mortgages_management(c: &Check<'_>) -> bool {
    let obligors = &c.application.obligors;
    let contracted = c.unit.titles().any(|t| {
        matches!(
            t.right.right_type,
            RightType::RuralContract | RightType::RuralContractAndForest
        )
    });
    matches!(c.application.detail, Detail::Mortgage(_))
        && contracted
        && !obligors.is_empty()
        && c.unit.rights.iter().any(|r| {
            let holders = &r.right.holders;
            r.right.right_type == RightType::Other
                && holders
                    .iter()
                    .all(|h| obligors.iter().any(|o| same_person(o, &h.party)))
                && obligors
                    .iter()
                    .all(|o| holders.iter().any(|h| same_person(o, &h.party)))
        })
}

/// A co-owner who is among the new holders of the title applies himself: he takes more, keeps
/// some, or takes in a spouse (离婚析产、增减共有人).
fn takes_part(c: &Check<'_>, owner: &Party) -> bool {
    c.business.right_type.is_title()
        && c.application
            .holders
            .iter()
            .any(|h| same_person(&h.party, owner))
}

/// A co-owner who keeps the same share after the transfer does not dispose of anything.
fn stays(c: &Check<'_>, title: &StandingRight, owner: &Party) -> bool {
    let before = title
        .right
        .holders
        .iter()
        .find(|h| same_person(&h.party, owner));
    let after = c
        .application
        .holders
        .iter()
        .find(|h| same_person(&h.party, owner));
    title.right.co_ownership == CoOwnership::ByShares
        && matches!((before, after), (Some(b), Some(a)) if b.share.is_some() && b.share == a.share)
}

/// Holders of two thirds of the shares may dispose of the whole (民法典第三百零一条).
fn outvoted(c: &Check<'_>, title: &StandingRight) -> bool {
    if title.right.co_ownership != CoOwnership::ByShares {
        return false;
    }
    let consenting = title
        .right
        .holders
        .iter()
        .filter(|h| {
            c.application
                .obligors
                .iter()
                .any(|o| same_person(o, &h.party))
        })
        .filter_map(|h| h.share);
    Share::sum(consenting).is_some_and(|(n, d)| n * 3 >= d * 2)
}

/// Whoever disposes of common property speaks for enough of it.
pub(super) const R60: Rule = Rule {
    id: "R60",
    title: "处分按份共有的不动产，应当经占份额三分之二以上的共有人同意；共同共有的，应当经全体共有人同意",
    law: "《民法典》第三百零一条",
    test: |c| {
        c.unit
            .titles()
            .filter(|t| outvoted(c, t))
            .filter(|t| {
                t.right.holders.iter().any(|h| {
                    !stays(c, t, &h.party)
                        && !takes_part(c, &h.party)
                        && !c.application.obligors.iter().any(|o| same_person(o, &h.party))
                })
            })
            .map(|_| {
                Finding::new(
                    Severity::Consent,
                    "申请人占份额三分之二以上，部分共有人没有申请，须收取处分决议及通知其他共有人的材料",
                    "部分共有人没有共同申请，须提交三分之二以上份额共有人的处分决议。",
                )
                .at("/obligors")
            })
            .collect()
    },
};

/// Co-owners by shares have the first refusal.
pub(super) const R61: Rule = Rule {
    id: "R61",
    title: "转让共有份额的，其他共有人在同等条件下享有优先购买权",
    law: "《民法典》第三百零五条、第三百零六条；《最高人民法院关于适用〈民法典〉物权编的解释（一）》第九条至第十三条",
    test: |c| {
        c.unit
            .titles()
            .filter(|t| t.right.co_ownership == CoOwnership::ByShares)
            .filter(|t| {
                let outsider = c.application.holders.iter().any(|a| {
                    !t.right
                        .holders
                        .iter()
                        .any(|h| same_person(&h.party, &a.party))
                });
                let some_stay = t.right.holders.iter().any(|h| stays(c, t, &h.party));
                outsider && some_stay
            })
            .map(|_| {
                Finding::new(
                    Severity::Consent,
                    "向共有人以外的人转让份额，须收取其他共有人放弃优先购买权的材料",
                    "转让份额须其他共有人放弃优先购买权。",
                )
            })
            .collect()
    },
};

/// A minor acts through the guardian, and is not robbed by him.
pub(super) const R63: Rule = Rule {
    id: "R63",
    title: "未成年人由监护人代为申请；处分其不动产的，监护人应作为其利益的书面保证",
    law: "《民法典》第三十四条、第三十五条；《不动产登记暂行条例实施细则》第十一条",
    test: |c| {
        let mut found = Vec::new();
        for p in c.application.obligors.iter().filter(|p| minor(p, c.today)) {
            if p.agent.is_none() {
                found.push(
                    Finding::block(
                        format!("“{}”未成年，应由监护人代为申请，请填写监护人", p.name),
                        "未成年人应由监护人代为申请。",
                    )
                    .at("/obligors"),
                );
                continue;
            }
            let what = match c.application.detail {
                Detail::Mortgage(_) => "以其不动产抵押（尤其是为他人债务担保）",
                _ => "处分其不动产",
            };
            found.push(
                Finding::new(
                    Severity::Consent,
                    format!("“{}”未成年，{what}须监护人提交为其利益的书面保证", p.name),
                    "处分未成年人的不动产，须监护人提交为其利益的书面保证。",
                )
                .at("/obligors"),
            );
        }
        for h in c
            .application
            .holders
            .iter()
            .filter(|h| minor(&h.party, c.today))
        {
            if h.party.agent.is_none() {
                found.push(
                    Finding::block(
                        format!("“{}”未成年，应由监护人代为申请，请填写监护人", h.party.name),
                        "未成年人应由监护人代为申请。",
                    )
                    .at("/holders"),
                );
            }
        }
        found
    },
};

/// Who acts for one side neither acts for the other nor takes part on it himself.
pub(super) const R64: Rule = Rule {
    id: "R64",
    title: "代理人不得同时代理双方，不得与自己代理的一方交易；被代理人同意或者追认的除外",
    law: "《民法典》第三十五条、第一百六十八条；《不动产登记暂行条例实施细则》第十二条",
    test: |c| {
        let same_agent = |a: &Agent, b: &Agent| {
            a.name.trim() == b.name.trim()
                && match (&a.id, &b.id) {
                    (Some(a), Some(b)) if !a.number.is_empty() && !b.number.is_empty() => {
                        a.number == b.number
                    }
                    _ => true,
                }
        };
        let is_he = |a: &Agent, p: &Party| {
            a.name.trim() == p.name.trim()
                && match (&a.id, &p.id) {
                    (Some(a), Some(b)) if !a.number.is_empty() && !b.number.is_empty() => {
                        a.number == b.number
                    }
                    _ => true,
                }
        };
        let holders = || c.application.holders.iter().map(|h| &h.party);
        let mut found = Vec::new();
        for giver in &c.application.obligors {
            let Some(agent) = &giver.agent else { continue };
            // whoever stands on both sides himself, as a co-owner who stays, represents his own
            let both = holders()
                .filter(|h| !same_person(h, giver))
                .filter_map(|h| h.agent.as_ref())
                .any(|a| same_agent(a, agent));
            let himself = holders().any(|h| is_he(agent, h) && !same_person(h, giver));
            if himself {
                found.push(
                    Finding::new(
                        Severity::Consent,
                        format!(
                            "“{}”代理“{}”，又是受让（权利）一方，须收取被代理人同意或者追认的材料；监护人取得被监护人不动产的，须证明为被监护人利益",
                            agent.name, giver.name
                        ),
                        "代理人不能同时是对方当事人，须提交被代理人同意的材料。",
                    )
                    .at("/obligors"),
                );
            } else if both {
                // to apply for both is usual where a bank handles the papers; both must want it
                found.push(
                    Finding::new(
                        Severity::Warn,
                        format!(
                            "“{}”同时代理双方，须核对委托书已写明双方同意由同一人代理，并说明",
                            agent.name
                        ),
                        "同一人代理双方的，委托书须写明双方同意。",
                    )
                    .at("/obligors"),
                );
            }
        }
        // a parent gives to the own child and accepts for it: for its benefit only (第一百四十五条)
        for taker in c
            .application
            .holders
            .iter()
            .filter(|h| !minor(&h.party, c.today))
        {
            let Some(agent) = &taker.party.agent else {
                continue;
            };
            let giver = c.application.obligors.iter().find(|o| is_he(agent, o));
            if let Some(giver) = giver.filter(|g| !same_person(g, &taker.party)) {
                found.push(
                    Finding::new(
                        Severity::Consent,
                        format!(
                            "“{}”代理“{}”，又是转让（义务）一方，须收取被代理人同意或者追认的材料",
                            giver.name, taker.party.name
                        ),
                        "同一人不能同时代表双方，须提交被代理人同意的材料。",
                    )
                    .at("/holders"),
                );
            }
        }
        found
    },
};

pub(super) const R66: Rule = Rule {
    id: "R66",
    title: "清算、破产中的法人由清算组、管理人申请，处分、取得不动产限于清算和管理职责",
    law: "《民法典》第七十条、第七十二条；《公司法》第二百三十六条第三款；《企业破产法》第二十五条、第六十九条",
    test: |c| {
        let holders = c.application.holders.iter().map(|h| (&h.party, "/holders"));
        let obligors = c.application.obligors.iter().map(|p| (p, "/obligors"));
        let mut found = Vec::new();
        for (party, at) in obligors.chain(holders) {
            let Some(how) = party.winding_up else {
                continue;
            };
            let (state, who) = match how {
                WindingUp::Liquidation => ("处于清算中", "清算组"),
                WindingUp::Bankruptcy => ("已进入破产程序", "管理人"),
            };
            if party.agent.is_none() {
                found.push(
                    Finding::block(
                        format!(
                            "“{}”{state}，应由{who}申请，请把{who}填写为代理人",
                            party.name
                        ),
                        "清算、破产中的法人应由清算组、管理人申请。",
                    )
                    .at(at),
                );
                continue;
            }
            let (said, citizen) = match (how, at) {
                (WindingUp::Liquidation, "/obligors") => (
                    format!(
                        "“{}”{state}，须核对清算组的备案材料和处分财产的清算方案",
                        party.name
                    ),
                    "清算中的法人处分不动产，须提交清算组备案材料和清算方案。",
                ),
                (WindingUp::Bankruptcy, "/obligors") => (
                    format!(
                        "“{}”{state}，须核对人民法院指定管理人的决定书，以及报告债权人委员会或者人民法院的材料",
                        party.name
                    ),
                    "破产财产的处分，须提交指定管理人的决定书和报告债权人委员会或者人民法院的材料。",
                ),
                _ => (
                    format!(
                        "“{}”{state}，取得不动产须属于清算、管理职责范围，请核对依据",
                        party.name
                    ),
                    "清算、破产中的法人取得不动产，须说明与清算、管理有关的依据。",
                ),
            };
            found.push(Finding::new(Severity::Consent, said, citizen).at(at));
        }
        found
    },
};

/// Under eighteen by the day of birth in the resident identity number (民法典第十七条).
pub(crate) fn minor(party: &Party, today: NaiveDate) -> bool {
    let Some(id) = &party.id else { return false };
    if id.kind != IdKind::ResidentId || id.number.len() != 18 {
        return false;
    }
    let born = id
        .number
        .get(6..14)
        .and_then(|d| NaiveDate::parse_from_str(d, "%Y%m%d").ok());
    born.is_some_and(|b| {
        let had_birthday = (today.month(), today.day()) >= (b.month(), b.day());
        today.year() - b.year() - i32::from(!had_birthday) < 18
    })
}

/// An easement goes with the land on both sides.
pub(super) const R52: Rule = Rule {
    id: "R52",
    title: "地役权随供役地、需役地一并转移",
    law: "《民法典》第三百八十条、第三百八十二条、第三百八十三条",
    test: |c| {
        c.unit
            .rights
            .iter()
            .filter(|r| matches!(r.right.detail, RightDetail::Easement(_)))
            .map(|_| {
                Finding::new(
                    Severity::Info,
                    "有地役权登记，转移后地役权继续有效",
                    "该不动产有地役权，转移后继续有效。",
                )
            })
            .collect()
    },
};

/// What a contract of sale must show.
pub(super) const R72: Rule = Rule {
    id: "R72",
    title: "买卖转移登记应有网签备案合同，合同当事人与申请人一致",
    law: "《不动产登记暂行条例实施细则》第三十八条",
    test: |c| match &c.application.detail {
        Detail::Transfer(t) if t.contract_date.is_some_and(|d| d > c.today) => vec![
            Finding::block("合同日期晚于今天", "合同日期填写有误。").at("/detail/contract_date"),
        ],
        _ => Vec::new(),
    },
};

/// A rural home passes to a member of the same collective.
pub(super) const R80: Rule = Rule {
    id: "R80",
    title: "宅基地使用权及房屋的受让人应当是本集体经济组织成员；因继承取得房屋的除外",
    law: "《土地管理法》第六十二条；《不动产登记暂行条例实施细则》第四十二条",
    test: |c| {
        c.unit
            .titles()
            .filter(|t| {
                matches!(
                    t.right.right_type,
                    RightType::Homestead | RightType::HomesteadAndBuilding
                )
            })
            .map(|_| {
                Finding::new(
                    Severity::Consent,
                    "宅基地及房屋转移，须收取受让人为本集体经济组织成员的证明；因继承取得的，在附记中注明",
                    "农村宅基地房屋只能转给本集体经济组织成员。",
                )
            })
            .collect()
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

/// True when after the transfer somebody else owns, or the same people own otherwise.
fn changes_owners(c: &Check<'_>) -> bool {
    c.unit.titles().any(|t| {
        let (old, new) = (&t.right.holders, &c.application.holders);
        old.len() != new.len()
            || new.iter().any(|n| {
                !old.iter()
                    .any(|o| same_person(&o.party, &n.party) && o.share == n.share)
            })
    })
}

/// Nobody deals with himself.
pub(super) const R901: Rule = Rule {
    id: "R901",
    title: "权利人与义务人不得相同",
    law: "《民法典》第二百零九条；《不动产登记暂行条例》第十四条",
    test: |c| {
        let gives = |p: &Party| c.application.obligors.iter().any(|o| same_person(p, o));
        // part of a title may stay with who gives: a share is sold, a spouse is taken in. What
        // changes nothing is no transfer
        let shared = c.business.right_type.is_title() && changes_owners(c);
        c.application
            .holders
            .iter()
            .filter(|h| !shared && gives(&h.party))
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
