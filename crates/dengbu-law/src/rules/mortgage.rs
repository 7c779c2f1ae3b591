//! Rules about mortgages (抵押权).

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use dengbu_model::party::PartyKind;
use dengbu_model::right::{Mortgage, MortgageMethod, RightDetail, RightType};
use dengbu_model::time::shanghai;
use uuid::Uuid;

use super::{Check, Finding, Rule, Severity, same_person};
use crate::application::Detail;
use crate::state::StandingRight;

fn who(r: &StandingRight) -> String {
    let names: Vec<&str> = r
        .right
        .holders
        .iter()
        .map(|h| h.party.name.as_str())
        .collect();
    names.join("、")
}

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
        // 第四百零六条 speaks of 转让: inheritance and succession of bodies need no consent;
        // what passes by agreement runs R03, the giving side being the registered holder
        let by_agreement = c.business.rules.iter().any(|r| r == "R03");
        c.unit
            .mortgages()
            .into_iter()
            .map(|(r, m)| {
                let who = who(r);
                if !by_agreement {
                    return Finding::new(
                        Severity::Info,
                        format!("有抵押权（{who}）；权利依法转移，不以抵押权人同意为条件，抵押权继续存在"),
                        "该不动产有抵押，转移后抵押权不受影响。",
                    );
                }
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

/// A new right over mortgaged property: the mortgagee's rank goes first and he is told.
pub(super) const R20C: Rule = Rule {
    id: "R20C",
    title: "在已抵押的不动产上设立其他物权的，不得损害在先抵押权",
    law: "《民法典》第四百零六条、第四百一十四条",
    test: |c| {
        c.unit
            .mortgages()
            .into_iter()
            .map(|(r, _)| {
                Finding::new(
                    Severity::Warn,
                    format!("有在先抵押权（{}），须书面告知当事人：在先抵押权实现时本次设立的权利可能消灭", who(r)),
                    "该不动产已有抵押，在先的抵押权优先。",
                )
            })
            .collect()
    },
};

/// House and land are mortgaged together.
pub(super) const R22: Rule = Rule {
    id: "R22",
    title: "以建筑物抵押的，占用范围内的建设用地使用权一并抵押；反之亦然",
    law: "《民法典》第三百九十七条",
    test: |c| {
        let on_land: Vec<String> = c
            .unit
            .land_rights
            .iter()
            .filter(|r| matches!(r.right.detail, RightDetail::Mortgage(_)))
            .filter(|r| c.unit.right(r.right_id).is_none())
            .map(who)
            .collect();
        let mut found = Vec::new();
        if !on_land.is_empty() {
            found.push(Finding::new(
                Severity::Warn,
                format!(
                    "所在宗地的土地使用权已抵押（{}），效力及于地上房屋的情形须核实并说明",
                    on_land.join("、")
                ),
                "该不动产所在土地已抵押，须核实抵押范围。",
            ));
        }
        if c.unit.houses.titles > 0 {
            found.push(Finding::new(
                Severity::Warn,
                format!("宗地上有 {} 个已登记的房屋单元，土地使用权抵押的，地上房屋一并抵押，须核实并说明", c.unit.houses.titles),
                "土地上有房屋的，房屋与土地一并抵押。",
            ));
        }
        found
    },
};

/// Mortgaged while being built: the dwelling waits for its release.
pub(super) const R23: Rule = Rule {
    id: "R23",
    title: "在建建筑物抵押的，抵押物清单内的房屋解除抵押前不得转移或者另行抵押",
    law: "《最高人民法院关于适用〈民法典〉有关担保制度的解释》第五十一条；《不动产登记暂行条例实施细则》第七十五条",
    test: |c| {
        under_construction(c)
            .into_iter()
            .map(|(r, _)| {
                Finding::block(
                    format!(
                        "有在建建筑物抵押权（{}），须先解除该单元的抵押或者转为现房抵押",
                        who(r)
                    ),
                    "该房屋在建设期间已抵押，须先解除抵押。",
                )
            })
            .chain(on_the_parcel(c))
            .collect()
    },
};

/// A list that was registered on the parcel may hold this unit.
fn on_the_parcel(c: &Check<'_>) -> Option<Finding> {
    let (r, scope) = c
        .unit
        .land_rights
        .iter()
        .find_map(|r| match &r.right.detail {
            RightDetail::Mortgage(m) => m.construction_scope.as_ref().map(|s| (r, s)),
            _ => None,
        })?;
    Some(Finding::new(
        Severity::Consent,
        format!(
            "所在宗地有在建建筑物抵押权（{}，范围：{scope}），须核实本单元不在抵押物清单内，或者收取抵押权人解除本单元抵押的材料",
            who(r)
        ),
        "该房屋所在项目有在建建筑物抵押，须抵押权人先解除该房屋的抵押。",
    ))
}

fn under_construction<'a>(c: &Check<'a>) -> Vec<(&'a StandingRight, &'a Mortgage)> {
    c.unit
        .mortgages()
        .into_iter()
        .filter(|(_, m)| m.construction_scope.is_some())
        .collect()
}

/// A change that hurts other mortgagees needs their consent.
pub(super) const R25: Rule = Rule {
    id: "R25",
    title: "变更抵押权顺位、数额等，未经其他抵押权人书面同意，不得对其产生不利影响",
    law: "《民法典》第四百零九条",
    test: |c| {
        let acted = crate::effect::acted_upon(c);
        let changed = acted.map(|r| r.right_id);
        let mut found = Vec::new();
        if shared_rank(c, changed) {
            found.push(
                Finding::block(
                    "变更后有两个抵押权（查封）顺位相同，请一并填写其他权利变更后的顺位",
                    "顺位填写有误。",
                )
                .at("/detail/content/rank"),
            );
        }
        let of_mortgage = acted.is_some_and(|r| matches!(r.right.detail, RightDetail::Mortgage(_)));
        let others = c
            .unit
            .mortgages()
            .into_iter()
            .filter(|_| of_mortgage)
            .filter(|(r, _)| Some(r.right_id) != changed)
            .map(|(r, _)| {
                Finding::new(
                    Severity::Consent,
                    format!(
                        "有其他抵押权（{}），变更对其有不利影响的，须收取其书面同意",
                        who(r)
                    ),
                    "该不动产还有其他抵押权，变更须其他抵押权人书面同意。",
                )
            });
        found.extend(others);
        found
    },
};

/// True when two mortgages would stand in the same rank after the change (第四百一十四条), or
/// two seizures (实施细则第九十一条).
fn shared_rank(c: &Check<'_>, changed: Option<Uuid>) -> bool {
    let Detail::Amend(d) = &c.application.detail else {
        return false;
    };
    let rank_of = |content: &RightDetail| match content {
        RightDetail::Mortgage(m) => m.rank.map(|rank| ("mortgage", rank)),
        RightDetail::Seizure(s) => s.rank.map(|rank| ("seizure", rank)),
        _ => None,
    };
    let mut ranks: Vec<_> = c
        .unit
        .rights
        .iter()
        .filter_map(|r| {
            let other = d.others.iter().find(|o| o.right_id == r.right_id);
            let given = if Some(r.right_id) == changed {
                d.content.as_ref()
            } else {
                other.map(|o| &o.content)
            };
            given.and_then(rank_of).or_else(|| rank_of(&r.right.detail))
        })
        .collect();
    let all = ranks.len();
    ranks.sort_unstable();
    ranks.dedup();
    ranks.len() < all
}

/// What cannot be mortgaged.
pub(super) const R26: Rule = Rule {
    id: "R26",
    title: "土地所有权、宅基地等集体所有土地的使用权、公益设施等不得抵押",
    law: "《民法典》第三百九十九条",
    test: |c| {
        let mut found = Vec::new();
        for t in c.unit.titles() {
            let kind = t.right.right_type;
            let never = matches!(
                kind,
                RightType::CollectiveLandOwnership
                    | RightType::StateLandOwnership
                    | RightType::Homestead
                    | RightType::HomesteadAndBuilding
            );
            if never {
                found.push(Finding::block(
                    format!("“{}”依法不得抵押", kind.name_zh()),
                    "该类不动产依法不得抵押。",
                ));
            }
            let public = t
                .right
                .holders
                .iter()
                .any(|h| h.party.kind == PartyKind::PublicInstitution);
            if public {
                found.push(Finding::new(
                    Severity::Warn,
                    "权利人为事业单位，学校、幼儿园、医疗机构等为公益目的成立的非营利法人的公益设施不得抵押，须核实并说明",
                    "公益设施依法不得抵押。",
                ));
            }
        }
        found
    },
};

/// Allocated land may be mortgaged; the price comes first when it is sold.
pub(super) const R27: Rule = Rule {
    id: "R27",
    title: "划拨建设用地使用权抵押的，实现抵押权所得价款优先缴纳土地出让价款",
    law: "《最高人民法院关于适用〈民法典〉有关担保制度的解释》第五十条",
    test: |c| {
        if !c.unit.allocated_land() {
            return Vec::new();
        }
        vec![Finding::new(
            Severity::Warn,
            "土地为划拨取得，抵押权实现时价款优先缴纳土地出让价款，须告知抵押权人并说明",
            "该土地为划拨取得，实现抵押权时优先缴纳土地出让价款。",
        )]
    },
};

/// Village-enterprise land goes only with its plant.
pub(super) const R28: Rule = Rule {
    id: "R28",
    title: "乡镇、村企业的建设用地使用权不得单独抵押",
    law: "《民法典》第三百九十八条",
    test: |c| {
        let bare = c
            .unit
            .titles()
            .any(|t| t.right.right_type == RightType::CollectiveConstructionLand);
        if bare && c.unit.houses.titles == 0 {
            vec![Finding::new(
                Severity::Consent,
                "集体建设用地使用权单独抵押的，须核实不是乡镇、村企业用地或者属于依法入市的土地，并说明",
                "乡镇、村企业的建设用地使用权不得单独抵押。",
            )]
        } else {
            Vec::new()
        }
    },
};

/// A maximum-amount mortgage changes only before its debts are fixed.
pub(super) const R29: Rule = Rule {
    id: "R29",
    title: "最高额抵押担保的债权确定前，方可变更债权确定期间、债权范围和最高债权额",
    law: "《民法典》第四百二十二条",
    test: |c| {
        let Some(right) = crate::effect::acted_upon(c) else {
            return Vec::new();
        };
        match &right.right.detail {
            RightDetail::Mortgage(m) if m.method != MortgageMethod::MaximumAmount => {
                vec![Finding::block(
                    "该抵押权不是最高额抵押权",
                    "该抵押权不是最高额抵押权，请选择其他业务。",
                )]
            }
            RightDetail::Mortgage(m) if m.fixed_fact.is_some() => vec![Finding::block(
                "最高额抵押担保的债权已经确定，不能再变更或者确定",
                "该最高额抵押权担保的债权已经确定。",
            )],
            _ => Vec::new(),
        }
    },
};

/// What a mortgage notice needs to become a mortgage.
pub(super) const R33: Rule = Rule {
    id: "R33",
    title: "预告抵押、在建抵押转为现房抵押的，应有本人的预告（在建抵押）登记，且房屋已登记至抵押人名下",
    law: "《最高人民法院关于适用〈民法典〉有关担保制度的解释》第五十一条、第五十二条",
    test: |c| {
        let mut found = Vec::new();
        match crate::effect::convertible(c) {
            None => found.push(Finding::block(
                "登记簿上没有该抵押权人的抵押权预告登记或者在建建筑物抵押权",
                "没有可以转为现房抵押的登记。",
            )),
            Some(old) => {
                let owner = c
                    .unit
                    .titles()
                    .flat_map(|t| &t.right.holders)
                    .any(|h| old.right.obligors.iter().any(|o| same_person(o, &h.party)));
                if !owner {
                    found.push(Finding::block(
                        "房屋尚未登记至抵押人名下，不能转为现房抵押",
                        "房屋登记至抵押人名下后才能转为抵押权登记。",
                    ));
                }
            }
        }
        found
    },
};
