//! Rules about rights that come into being.

use dengbu_model::cadastre::UnitKind;
use dengbu_model::party::PartyKind;
use dengbu_model::right::{OtherRight, RightDetail, RightType};

use super::{Check, Finding, Rule, Severity, same_person};
use crate::application::Detail;
use crate::state::StandingRight;

/// First means first.
pub(super) const R04N: Rule = Rule {
    id: "R04N",
    title: "首次登记的不动产单元不得已有现势权利",
    law: "《不动产登记暂行条例实施细则》第二十四条",
    test: |c| {
        c.unit
            .titles()
            .map(|t| {
                Finding::block(
                    format!(
                        "登记簿上已有现势的{}，不能再次首次登记",
                        t.right.right_type.name_zh()
                    ),
                    "该不动产已经登记，不能重复首次登记。",
                )
            })
            .collect()
    },
};

/// Rights of habitation are for people, in homes.
pub(super) const R50H: Rule = Rule {
    id: "R50H",
    title: "居住权设立在住宅上，居住权人为自然人",
    law: "《民法典》第三百六十六条",
    test: |c| {
        let mut found = Vec::new();
        let house = matches!(c.unit.kind, UnitKind::Dwelling | UnitKind::Building);
        if !house || !c.unit.residential() {
            found.push(Finding::block(
                "居住权只能设立在住宅上，登记簿记载的用途不是住宅",
                "居住权只能设立在住宅上。",
            ));
        }
        for h in &c.application.holders {
            if h.party.kind != PartyKind::Person {
                found.push(
                    Finding::block(
                        format!("居住权人“{}”不是自然人", h.party.name),
                        "居住权人应当是自然人。",
                    )
                    .at("/holders"),
                );
            }
        }
        found
    },
};

/// 土地经营权 out of a household's contract: registered when it runs five years or more
/// (民法典第三百四十一条), and not beyond the contract (农村土地承包法第三十八条第（三）项).
fn operation(c: &Check<'_>, right: &OtherRight) -> Vec<Finding> {
    let contract = c.unit.titles().find_map(|t| match &t.right.detail {
        RightDetail::AgriculturalLand(a) => Some(a),
        _ => None,
    });
    let (Some(contract), Some(start), Some(end)) = (contract, right.start, right.end) else {
        return Vec::new();
    };
    let at = "/detail/content/end";
    let mut found = Vec::new();
    if start
        .checked_add_months(chrono::Months::new(5 * 12))
        .is_some_and(|least| end < least)
    {
        found.push(
            Finding::block(
                "流转期限不足五年的土地经营权不予登记",
                "流转期限为五年以上的土地经营权才能登记。",
            )
            .at(at),
        );
    }
    if let Some(last) = contract.end.filter(|last| end > *last) {
        found.push(
            Finding::block(
                format!("流转期限超过承包期的剩余期限（承包期至 {last}）"),
                "流转期限不能超过承包期的剩余期限。",
            )
            .at(at),
        );
    }
    found
}

/// The longest term the law gives, in years. 城镇国有土地使用权出让和转让暂行条例第十二条: 70
/// (by use 40 to 70; which use has which term is in the contract); 农村土地承包法第二十一条:
/// arable land (01 in 土地用途) 30, grassland 50, forest land 70; 海域使用管理法第二十五条: 50.
fn longest_years(right_type: RightType, content: &RightDetail) -> u32 {
    let arable = |use_code: &Option<dengbu_model::codes::Code>| {
        use_code
            .as_ref()
            .is_some_and(|u| u.as_str().starts_with("01"))
    };
    match content {
        RightDetail::AgriculturalLand(a)
            if right_type == RightType::RuralContract && arable(&a.use_code) =>
        {
            30
        }
        RightDetail::AgriculturalLand(_) if right_type == RightType::Grassland => 50,
        RightDetail::SeaArea(_) => 50,
        _ => 70,
    }
}

/// The longest term of granted land by its use (城镇国有土地使用权出让和转让暂行条例第十二条), by the
/// first two digits of 土地用途: 商服 40, 工矿仓储 and 公共管理与公共服务 50, 住宅 70; mixed and other
/// uses are for the contract.
fn granted_years(c: &Check<'_>, content: &RightDetail) -> Option<(u32, &'static str)> {
    if c.business.right_type != RightType::StateConstructionLand {
        return None;
    }
    let RightDetail::LandUse(land) = content else {
        return None;
    };
    let own = land
        .use_code
        .as_ref()
        .map(dengbu_model::codes::Code::as_str);
    match own.or(c.unit.use_code.as_deref())?.get(..2)? {
        "05" => Some((40, "商业、旅游、娱乐用地")),
        "06" => Some((50, "工业用地")),
        "08" => Some((50, "教育、科技、文化、卫生、体育用地")),
        _ => None,
    }
}

/// The content that is applied for is complete and within the law's terms.
pub(super) const R75: Rule = Rule {
    id: "R75",
    title: "申请登记的不动产权利不得超过规定期限",
    law: "《不动产登记暂行条例》第二十二条第（三）项；《城镇国有土地使用权出让和转让暂行条例》第十二条",
    test: |c| {
        let Detail::Establish(d) = &c.application.detail else {
            return Vec::new();
        };
        let Some(content) = d.content_for(&c.unit.unit) else {
            return vec![
                Finding::block("没有填写该单元的权利内容", "申请内容不完整。")
                    .at("/detail/content"),
            ];
        };
        let (start, end) = match content {
            RightDetail::LandUse(l) => (l.start, l.end),
            RightDetail::BuildingOwnership(b) => (b.land_use_start, b.land_use_end),
            RightDetail::AgriculturalLand(a) => (a.start, a.end),
            RightDetail::Forest(f) => (f.start, f.end),
            RightDetail::SeaArea(s) => (s.start, s.end),
            RightDetail::OtherRight(o) => return operation(c, o),
            _ => return Vec::new(),
        };
        let longest = longest_years(c.business.right_type, content);
        let mut found = Vec::new();
        if let (Some(start), Some(end)) = (start, end) {
            let years = chrono::Months::new(longest * 12);
            if end <= start {
                found.push(
                    Finding::block("使用期限的止日必须晚于起日", "使用期限填写有误。")
                        .at("/detail/content/end"),
                );
            } else if start.checked_add_months(years).is_some_and(|max| end > max) {
                found.push(
                    Finding::block(
                        format!("使用期限超过法定最高年限 {longest} 年"),
                        "使用期限超过法定最高年限。",
                    )
                    .at("/detail/content/end"),
                );
            } else if let Some((least, name)) = granted_years(c, content)
                && start
                    .checked_add_months(chrono::Months::new(least * 12))
                    .is_some_and(|max| end > max)
            {
                found.push(
                    Finding::new(
                        Severity::Warn,
                        format!(
                            "{name}的出让最高年限为 {least} 年，请核对出让合同的用途和期限并说明"
                        ),
                        "使用期限超过该用途的法定最高年限。",
                    )
                    .at("/detail/content/end"),
                );
            }
        }
        found
    },
};

/// No house without a right to its land.
pub(super) const R84: Rule = Rule {
    id: "R84",
    title: "房屋首次登记，所在土地应当已登记使用权",
    law: "《不动产登记暂行条例实施细则》第二条第二款、第三十五条；《民法典》第三百五十六条",
    test: |c| {
        if land_titles(c).next().is_some() {
            return Vec::new();
        }
        vec![Finding::block(
            "所在宗地没有登记土地使用权，房屋不能首次登记",
            "房屋所在的土地尚未登记，须先登记土地使用权。",
        )]
    },
};

fn land_titles<'a>(c: &Check<'a>) -> impl Iterator<Item = &'a StandingRight> + use<'a> {
    c.unit
        .land_rights
        .iter()
        .filter(|r| r.right.right_type.is_title())
}

/// House and land belong to the same.
pub(super) const R84H: Rule = Rule {
    id: "R84H",
    title: "房屋首次登记应当与所在土地使用权的权利主体一致",
    law: "《不动产登记暂行条例实施细则》第二条第二款、第三十五条；《民法典》第三百五十二条",
    test: |c| {
        if land_titles(c).next().is_none() {
            return Vec::new();
        }
        let holds = |name: &dengbu_model::party::Party| {
            land_titles(c)
                .flat_map(|r| &r.right.holders)
                .any(|h| same_person(&h.party, name))
        };
        c.application
            .holders
            .iter()
            .filter(|h| !holds(&h.party))
            .map(|h| {
                Finding::block(
                    format!("“{}”不是所在土地使用权的权利人", h.party.name),
                    "房屋的申请人应当是土地使用权人。",
                )
                .at("/holders")
            })
            .collect()
    },
};

/// What weighs on the land is known before the house is registered.
pub(super) const R86: Rule = Rule {
    id: "R86",
    title: "房屋首次登记时，所在土地被查封的不予登记，已抵押的在登记簿注明",
    law: "《最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定》第二十一条；《民法典》第四百一十七条",
    test: |c| {
        let seized = c
            .unit
            .land_seizures_in_force(c.today)
            .into_iter()
            .map(|(_, s)| {
                Finding::block(
                    format!(
                        "所在宗地已被{}{}（{}）",
                        s.court,
                        s.kind.name_zh(),
                        s.document_no
                    ),
                    "房屋所在的土地已被依法查封。",
                )
            });
        let mortgaged = c
            .unit
            .land_rights
            .iter()
            .filter(|r| matches!(r.right.detail, RightDetail::Mortgage(_)))
            .map(|r| {
                let who: Vec<&str> = r.right.holders.iter().map(|h| h.party.name.as_str()).collect();
                Finding::new(
                    Severity::Warn,
                    format!("所在土地已抵押（{}），新增建筑物不属于抵押财产，抵押权保留在土地上，须说明", who.join("、")),
                    "房屋所在的土地已抵押。",
                )
            });
        seized.chain(mortgaged).collect()
    },
};
