//! Rules about rights that change, are corrected, or end.

use chrono::Datelike;
use dengbu_model::party::{Holder, Party};
use dengbu_model::quantity::Area;
use dengbu_model::right::{RegistrationType, Right, RightDetail};
use dengbu_model::unit_code::Fixture;
use rust_decimal::Decimal;
use serde_json::Value;

use super::{Check, Finding, Rule, Severity, same_person};
use crate::application::{Detail, ReshapeDetail};
use crate::catalogue::{EffectKind, NoticeKind};
use crate::effect;
use crate::state::UnitState;

/// What differs between two forms of a right, in the words of the catalogue's `may_change`.
fn differences(before: &Right, after: &Right) -> Vec<String> {
    let mut found = Vec::new();
    if before.holders.len() == after.holders.len() {
        let pairs = || before.holders.iter().zip(&after.holders);
        if pairs().any(|(b, a)| b.share != a.share) {
            found.push("shares".to_owned());
        }
        if pairs().any(|(b, a)| b.party.name != a.party.name || b.party.id != a.party.id) {
            found.push("holders.identity".to_owned());
        }
    } else {
        found.push("holders".to_owned());
    }
    if before.co_ownership != after.co_ownership {
        found.push("co_ownership".to_owned());
    }
    if before.other_conditions != after.other_conditions {
        found.push("other_conditions".to_owned());
    }
    let fields = |r: &Right| match serde_json::to_value(&r.detail) {
        Ok(Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    let (b, a) = (fields(before), fields(after));
    let mut names: Vec<&String> = b.keys().chain(a.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        if b.get(name) != a.get(name) {
            found.push(format!("content.{name}"));
        }
    }
    found
}

fn field_zh(token: &str) -> &str {
    match token {
        "holders" => "权利人",
        "holders.identity" => "权利人姓名（名称）、证件",
        "shares" => "份额",
        "co_ownership" => "共有方式",
        "other_conditions" => "权利其他状况",
        "content.use_code" | "content.planned_use" => "用途",
        "content.area" | "content.building_area" => "面积",
        "content.start" | "content.end" | "content.land_use_start" | "content.land_use_end" => {
            "期限"
        }
        "content.secured_amount" | "content.maximum_amount" => "债权数额",
        "content.rank" => "顺位",
        "content.term_start" | "content.term_end" => "债务履行期限",
        "content.scope" => "范围",
        "content.method" => "抵押方式",
        other => other,
    }
}

/// An alteration changes what its name says and nothing else.
pub(super) const R07: Rule = Rule {
    id: "R07",
    title: "变更登记的事项不得超出所申请业务的范围",
    law: "《不动产登记暂行条例实施细则》第二十六条、第二十七条",
    test: |c| {
        let Detail::Amend(d) = &c.application.detail else {
            return Vec::new();
        };
        let mut found = Vec::new();
        if d.address.is_some() && !c.business.lets_change("address") {
            found.push(beyond(c, "坐落").at("/detail/address"));
        }
        let Some(old) = effect::acted_upon(c) else {
            return found;
        };
        let after = effect::amended(c, old, d);
        let whole = c.business.lets_change("holders");
        for token in differences(&old.right, &after) {
            let of_holders = matches!(
                token.as_str(),
                "holders.identity" | "shares" | "co_ownership"
            );
            if !(c.business.lets_change(&token) || (whole && of_holders)) {
                found.push(beyond(c, field_zh(&token)).at("/detail"));
            }
        }
        found
    },
};

fn beyond(c: &Check<'_>, what: &str) -> Finding {
    Finding::block(
        format!(
            "“{}”不能变更{what}，请选择相应的业务",
            c.business.short_name
        ),
        format!("所选业务不能变更{what}。"),
    )
}

/// What is acted upon stands.
pub(super) const R08: Rule = Rule {
    id: "R08",
    title: "变更、注销、更正的权利应当在登记簿上现势有效",
    law: "《不动产登记暂行条例实施细则》第二十六条、第二十八条",
    test: |c| {
        let stands = match c.business.effect {
            EffectKind::EndSeizure => effect::released(c).is_some(),
            _ => effect::acted_upon(c).is_some_and(|r| {
                let gone = c.business.effect == EffectKind::Amend
                    && matches!(r.right.detail, RightDetail::Seizure(_))
                    && effect::over(r, c.unit, c.today, c.world.calendar()).is_some();
                c.business.takes(r.right.right_type) && !gone
            }),
        };
        if stands {
            Vec::new()
        } else {
            vec![Finding::block(
                format!(
                    "登记簿上没有找到要办理的现势“{}”，或者有多个，请指明",
                    c.business.right_type.name_zh()
                ),
                "没有找到要办理的权利，可能已经注销。",
            )]
        }
    },
};

/// Who asks is who holds.
pub(super) const R09: Rule = Rule {
    id: "R09",
    title: "申请人应当是登记簿记载的权利人",
    law: "《不动产登记暂行条例》第十四条、第十八条第（二）项",
    test: |c| {
        let Some(right) = effect::acted_upon(c) else {
            return Vec::new();
        };
        // where the holders may change, the old ones are on the giving side
        let asking = |p: &dengbu_model::party::Party| {
            let own = c
                .application
                .holders
                .iter()
                .any(|a| same_person(&a.party, p));
            own || c.application.obligors.iter().any(|o| same_person(o, p))
        };
        right
            .right
            .holders
            .iter()
            .filter(|h| !asking(&h.party))
            .map(|h| {
                if c.business.effect == EffectKind::EndSeizure {
                    // a higher court, or one that took the case over, may lift it
                    return Finding::new(
                        Severity::Consent,
                        format!(
                            "解封机关不是原查封机关“{}”，须核实其为上级机关或者受移送的机关",
                            h.party.name
                        ),
                        "解除查封应当由原查封机关或者其上级机关嘱托。",
                    )
                    .at("/holders");
                }
                Finding::block(
                    format!("登记簿上的权利人“{}”不在申请人之中", h.party.name),
                    "应当由登记簿上的全体权利人申请。",
                )
                .at("/holders")
            })
            .collect()
    },
};

/// A correction stops where others have built on the entry: the registry's own always; one that is
/// applied for needs what those others say, for 第八十条 has the same exception.
pub(super) const R42: Rule = Rule {
    id: "R42",
    title: "错误登记之后已办理涉及不动产权利处分的登记、预告登记和查封登记的，不得依职权更正；依申请更正的须核实不损害其权利",
    law: "《不动产登记暂行条例实施细则》第八十条、第八十一条",
    test: |c| {
        let ex_officio = c
            .business
            .notice
            .as_ref()
            .is_some_and(|n| n.kind == NoticeKind::Rectification);
        let Some(wrong) = effect::acted_upon(c) else {
            return Vec::new();
        };
        c.unit
            .rights
            .iter()
            .filter(|r| {
                // a caution or a restriction disposes of nothing; of a seizure R10W tells whoever
                // has a correction applied for
                match r.right.detail {
                    RightDetail::Caution(_) | RightDetail::Restriction(_) => false,
                    RightDetail::Seizure(_) => ex_officio,
                    _ => true,
                }
            })
            .filter(|r| r.right_id != wrong.right_id && r.registered_at > wrong.registered_at)
            .map(|r| {
                if !ex_officio {
                    return Finding::new(
                        Severity::Consent,
                        format!(
                            "该登记之后已办理“{}”登记（{}），须收取其书面同意或者核实更正不涉及其权利，并说明",
                            r.right.right_type.name_zh(),
                            r.right.holders.iter().map(|h| h.party.name.as_str()).collect::<Vec<_>>().join("、"),
                        ),
                        "该登记之后已办理其他登记，更正须其权利人同意。",
                    );
                }
                Finding::block(
                    format!(
                        "该登记之后已办理“{}”登记，不得依职权更正",
                        r.right.right_type.name_zh()
                    ),
                    "该登记之后已办理其他登记，不能由登记机构直接更正。",
                )
            })
            .collect()
    },
};

/// Those whose rights weigh on a title agree before it is given up.
pub(super) const R45: Rule = Rule {
    id: "R45",
    title: "放弃或者注销设有抵押权、地役权、预告登记的权利，应当经其权利人书面同意；灭失的应当通知",
    law: "《不动产登记暂行条例实施细则》第二十八条第二款",
    test: |c| {
        c.unit
            .rights
            .iter()
            .filter(|r| {
                matches!(
                    r.right.detail,
                    RightDetail::Mortgage(_)
                        | RightDetail::Easement(_)
                        | RightDetail::Habitation(_)
                        | RightDetail::PriorityNotice(_)
                )
            })
            .map(|r| {
                let who: Vec<&str> = r
                    .right
                    .holders
                    .iter()
                    .map(|h| h.party.name.as_str())
                    .collect();
                Finding::new(
                    Severity::Consent,
                    format!(
                        "设有{}（{}），须收取其书面同意；不动产灭失的，记录已通知",
                        r.right.right_type.name_zh(),
                        who.join("、")
                    ),
                    "该不动产设有他项权利，注销须其权利人同意。",
                )
            })
            .collect()
    },
};

/// Why a right of habitation ends.
pub(super) const R51: Rule = Rule {
    id: "R51",
    title: "居住权期限届满或者居住权人死亡的，居住权消灭，应当及时办理注销登记",
    law: "《民法典》第三百七十条",
    test: |c| {
        let Some(right) = effect::acted_upon(c) else {
            return Vec::new();
        };
        match &right.right.detail {
            RightDetail::Habitation(h) if h.end.is_some_and(|end| end < c.today) => {
                vec![Finding::new(
                    Severity::Info,
                    "居住权期限已经届满",
                    "居住权期限已经届满。",
                )]
            }
            RightDetail::Habitation(_) => vec![Finding::new(
                Severity::Warn,
                "居住权期限未满，须收取居住权人放弃的书面声明、死亡证明或者生效法律文书并说明",
                "居住权期限未满，须提交居住权消灭的证明。",
            )],
            _ => Vec::new(),
        }
    },
};

/// True for land with houses that stand in the register and are not part of the case.
fn houses_left(c: &Check<'_>) -> bool {
    if c.unit.unit.fixture() != Fixture::None || c.unit.houses.titles == 0 {
        return false;
    }
    let in_case = c.world.units().filter(|u| {
        u.unit.fixture() != Fixture::None
            && u.unit.parcel() == c.unit.unit.parcel()
            && u.titles().next().is_some()
    });
    in_case.count() < usize::try_from(c.unit.houses.titles).unwrap_or(usize::MAX)
}

/// The land does not go from under the houses.
pub(super) const R85: Rule = Rule {
    id: "R85",
    title: "地上房屋权利未注销的，土地使用权不得单独注销",
    law: "《民法典》第三百五十六条、第三百五十七条；《不动产登记暂行条例实施细则》第二条第二款",
    test: |c| {
        // a revoked transfer leaves the land with who held it before
        let revoke = c.business.effect == EffectKind::Revoke;
        let stays = revoke
            && effect::acted_upon(c).is_some_and(|wrong| {
                let before = effect::predecessors(c, wrong);
                before.iter().any(|r| r.right.right_type.is_title())
            });
        // a revoked house may go back to an earlier holder: it stands on
        let houses = if revoke {
            c.unit.houses.titles > 0
        } else {
            houses_left(c)
        };
        if houses && !stays {
            vec![Finding::block(
                format!(
                    "宗地上还有 {} 个房屋单元的现势权利，须先办理或者一并办理房屋注销登记",
                    c.unit.houses.titles
                ),
                "土地上还有已登记的房屋，须先注销房屋登记。",
            )]
        } else {
            Vec::new()
        }
    },
};

/// The land does not pass without the houses on it.
pub(super) const R89: Rule = Rule {
    id: "R89",
    title: "建设用地使用权转移的，附着于该土地上的建筑物一并处分",
    law: "《民法典》第三百五十六条、第三百五十七条；《城市房地产管理法》第三十二条",
    test: |c| {
        if !houses_left(c) {
            return Vec::new();
        }
        vec![Finding::block(
            format!(
                "宗地上有 {} 个已登记的房屋单元，土地使用权不得单独转移，请将房屋一并申请",
                c.unit.houses.titles
            ),
            "土地上有已登记的房屋，土地和房屋应当一并转移。",
        )]
    },
};

/// Two for two.
pub(super) const R87: Rule = Rule {
    id: "R87",
    title: "互换应当为两个权利人不同的不动产单元",
    law: "《不动产登记暂行条例实施细则》第二十七条第（一）项",
    test: |c| {
        let units: Vec<&UnitState> = c.world.units().collect();
        let same = match units.as_slice() {
            [a, b] => same_owners(a, b),
            _ => true,
        };
        if same {
            return vec![Finding::block(
                "互换应当选择两个权利人不同的不动产单元",
                "互换应当是两处权利人不同的不动产。",
            )];
        }
        let owners = c.unit.titles().flat_map(|t| &t.right.holders);
        let stranger = owners
            .filter(|h| !c.application.persons().any(|p| same_person(p, &h.party)))
            .map(|h| h.party.name.clone())
            .next();
        stranger
            .map(|name| {
                Finding::block(
                    format!("登记簿上的权利人“{name}”不在申请人之中"),
                    "互换应当由双方全体权利人申请。",
                )
                .at("/holders")
            })
            .into_iter()
            .collect()
    },
};

fn same_owners(a: &UnitState, b: &UnitState) -> bool {
    let of = |u: &UnitState| -> Vec<Party> {
        let holders = u.titles().flat_map(|t| &t.right.holders);
        holders.map(|h| h.party.clone()).collect()
    };
    let (a, b) = (of(a), of(b));
    a.len() == b.len() && a.iter().all(|x| b.iter().any(|y| same_person(x, y)))
}

/// What old and new units together must show.
fn whole(c: &Check<'_>, d: &ReshapeDetail) -> Vec<Finding> {
    let mut found = Vec::new();
    let old: Vec<&UnitState> = d.from.iter().filter_map(|u| c.world.unit(u)).collect();
    let new: Vec<&UnitState> = d.to.iter().filter_map(|t| c.world.unit(&t.unit)).collect();
    if old.len() < d.from.len() || new.len() < d.to.len() {
        found.push(Finding::block(
            "有单元不在本次申请的不动产单元之中，请补选",
            "申请的不动产单元不完整。",
        ));
    }
    let kinds = |u: &UnitState| u.titles().map(|t| t.right.right_type).next();
    if old.windows(2).any(|w| kinds(w[0]) != kinds(w[1])) {
        found.push(Finding::block(
            "权利类型不同的不动产单元不能合并",
            "权利类型不同的不动产不能合并。",
        ));
    }
    let fixtures =
        |units: &[&UnitState]| -> Vec<Fixture> { units.iter().map(|u| u.unit.fixture()).collect() };
    let (before, after) = (fixtures(&old), fixtures(&new));
    if before
        .iter()
        .chain(&after)
        .any(|f| Some(f) != before.first())
    {
        found.push(Finding::block(
            "新单元与原单元的定着物类型不同（土地与房屋不能互相分割、合并）",
            "新的不动产与原不动产的类型不同。",
        ));
    }
    // 实施细则第二条第二款: the houses' codes and rights go with the parcel
    if old
        .iter()
        .any(|u| u.unit.fixture() == Fixture::None && u.houses.titles > 0)
    {
        found.push(Finding::block(
            "宗地上有已登记的房屋单元，须先由权籍岗落到新宗地并一并办理",
            "宗地上有已登记的房屋，须先确定房屋所在的新宗地。",
        ));
    }
    // 实施细则第二十六条第（四）项: an alteration is of the same holder; else it is a transfer
    let alteration = c.business.registration_type == RegistrationType::Alteration;
    let owners: Vec<&Holder> = old
        .first()
        .map(|u| u.titles().flat_map(|t| &t.right.holders).collect())
        .unwrap_or_default();
    let given = &c.application.holders;
    let same_people = given.len() == owners.len()
        && given
            .iter()
            .all(|h| owners.iter().any(|o| same_person(&h.party, &o.party)));
    let changed = !given.is_empty() && !same_people;
    let differ = old.windows(2).any(|w| !same_owners(w[0], w[1]));
    if alteration && (changed || differ) {
        found.push(
            Finding::block(
                "权利人不同或者发生变化的，不属于变更登记，请办理转移登记",
                "权利人发生变化的，应当申请转移登记。",
            )
            .at("/holders"),
        );
    }
    let sum = |units: &[&UnitState]| {
        let areas: Option<Vec<_>> = units.iter().map(|u| u.area.map(Area::value)).collect();
        areas.map(|a| a.into_iter().sum::<Decimal>())
    };
    if let (Some(before), Some(after)) = (sum(&old), sum(&new))
        && before != after
    {
        found.push(Finding::new(
            Severity::Warn,
            format!("原单元面积合计 {before} 平方米，新单元面积合计 {after} 平方米，请核对测绘成果并说明"),
            "分割、合并前后的面积不一致。",
        ));
    }
    found
}

/// Nothing gets lost when units are redrawn.
pub(super) const R88: Rule = Rule {
    id: "R88",
    title: "分割、合并前后的面积应当相符",
    law: "《不动产登记暂行条例实施细则》第二十六条第（四）项",
    test: |c| {
        let Detail::Reshape(d) = &c.application.detail else {
            return Vec::new();
        };
        let mut found = Vec::new();
        if d.from.contains(&c.unit.unit) && c.unit.titles().next().is_none() {
            found.push(Finding::block(
                "原单元没有现势权利，不能分割、合并",
                "原不动产没有登记的权利。",
            ));
        }
        if d.from.first() == Some(&c.unit.unit) {
            found.extend(whole(c, d));
        }
        if d.to.iter().any(|t| t.unit == c.unit.unit) {
            if c.unit.titles().next().is_some() {
                found.push(Finding::block(
                    "新单元已有现势权利",
                    "新的不动产单元已经登记。",
                ));
            }
            if c.unit.area.is_none() {
                found.push(Finding::block(
                    "新单元没有测绘面积，须先由权籍岗补充测绘成果",
                    "新的不动产单元缺少面积信息。",
                ));
            }
        }
        // a paper from a time before the register (years count from 1949) is a slip of the pen
        let odd = |y: i32| !(1949..=c.today.year() + 100).contains(&y);
        if d.to.iter().any(|t| match &t.content {
            RightDetail::BuildingOwnership(b) => b.land_use_end.is_some_and(|e| odd(e.year())),
            _ => false,
        }) {
            found.push(Finding::new(
                Severity::Warn,
                "土地使用期限的年份不合常理，请核对",
                "使用期限填写有误。",
            ));
        }
        found
    },
};
