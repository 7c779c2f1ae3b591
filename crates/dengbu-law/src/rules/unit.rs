//! Rules about the unit itself.

use chrono::NaiveDate;
use dengbu_model::cadastre::UnitStatus;
use dengbu_model::right::RightDetail;

use super::{Finding, Rule, Severity};
use crate::catalogue::Target;

/// One disposing case per unit at a time.
pub(super) const R01: Rule = Rule {
    id: "R01",
    title: "同一不动产单元同时只能有一件处分类业务",
    law: "《不动产登记暂行条例》第十八条、第二十二条第（二）项",
    test: |c| {
        c.unit
            .open_cases
            .iter()
            .filter(|o| o.exclusive && c.business.exclusive)
            .map(|o| {
                Finding::block(
                    format!(
                        "本不动产单元有在办业务 {}，须先办结、撤回或退件后才能受理",
                        o.case_no
                    ),
                    "该不动产正在办理其他登记，办结后才能再次申请。",
                )
            })
            .collect()
    },
};

/// The unit exists in law: live, really coded, with an area.
pub(super) const R02: Rule = Rule {
    id: "R02",
    title: "不动产单元应当有效、已落宗、面积大于零",
    law: "《不动产登记暂行条例》第八条；《不动产登记暂行条例实施细则》第五条",
    test: |c| {
        let mut found = Vec::new();
        if c.unit.status != UnitStatus::Live {
            found.push(Finding::block(
                format!(
                    "不动产单元状态为“{}”，不能办理本业务",
                    c.unit.status.name_zh()
                ),
                "该不动产单元目前不是有效状态，不能办理登记。",
            ));
        }
        if &c.unit.unit.as_str()[6..12] == "000000" {
            found.push(Finding::block(
                "不动产单元号为虚拟代码（未落宗），须先由权籍岗落宗并编制正式代码",
                "该不动产尚未完成落宗，暂不能办理登记。",
            ));
        }
        if c.unit.area.is_none() {
            found.push(Finding::block(
                "登记簿没有记载该单元的面积，须先由权籍岗补充测绘成果",
                "该不动产缺少面积信息，暂不能办理登记。",
            ));
        }
        found
    },
};

/// A restriction noted in the register.
pub(super) const R70: Rule = Rule {
    id: "R70",
    title: "登记簿记载限制的，限制期间不得处分",
    law: "《城市房地产管理法》第三十八条第（二）项；《不动产登记暂行条例》第八条第三款第（三）项",
    test: |c| {
        c.unit
            .rights
            .iter()
            .filter(|r| crate::effect::over(r, c.unit, c.today, c.world.calendar()).is_none())
            .filter_map(|r| match &r.right.detail {
                RightDetail::Restriction(_) => Some(Finding::block(
                    "登记簿上有限制（锁定）记载，须由设定机关解除后才能办理",
                    "该不动产被依法限制处分，解除限制后才能办理。",
                )),
                _ => None,
            })
            .collect()
    },
};

/// A restriction weighs on a change that disposes of nothing as a warning only.
pub(super) const R70W: Rule = Rule {
    id: "R70W",
    title: "登记簿记载限制的，不涉及处分的变更须说明",
    law: "《不动产登记暂行条例》第八条第三款第（三）项",
    test: |c| {
        c.unit
            .rights
            .iter()
            .filter(|r| matches!(r.right.detail, RightDetail::Restriction(_)))
            .map(|_| {
                Finding::new(
                    Severity::Warn,
                    "登记簿上有限制（锁定）记载，本次变更不得影响限制的事项，请说明",
                    "该不动产被依法限制，变更登记不影响限制。",
                )
            })
            .collect()
    },
};

/// One certificate, several units: all of them or none.
pub(super) const R05: Rule = Rule {
    id: "R05",
    title: "一本证书记载多个不动产单元的，应当一并申请或者先行分证",
    law: "《不动产登记暂行条例》第八条第一款；《不动产登记暂行条例实施细则》第二十条",
    test: |c| {
        if c.unit.certificate_units.is_empty() {
            return Vec::new();
        }
        vec![Finding::new(
            Severity::Warn,
            format!(
                "同一证书还记载其他 {} 个不动产单元（{}），应一并申请；只办理其中部分的，须先换发证书并说明",
                c.unit.certificate_units.len(),
                c.unit
                    .certificate_units
                    .iter()
                    .take(3)
                    .map(dengbu_model::unit_code::UnitCode::grouped)
                    .collect::<Vec<_>>()
                    .join("、"),
            ),
            "这本证书记载了多处不动产，请一并申请。",
        )]
    },
};

/// The business fits what stands on the unit and what the unit is.
pub(super) const R06: Rule = Rule {
    id: "R06",
    title: "业务应当与不动产单元类型、权利类型相符",
    law: "《不动产登记暂行条例》第五条、第八条",
    test: |c| {
        let mut found = Vec::new();
        if !c.business.unit_kinds.is_empty() && !c.business.unit_kinds.contains(&c.unit.kind) {
            found.push(Finding::block(
                format!(
                    "“{}”不适用于{}类不动产单元",
                    c.business.short_name,
                    c.unit.kind.name_zh()
                ),
                "所选业务与该不动产的类型不符。",
            ));
        }
        let acts_on_title = c.business.target == Target::Title && c.business.right_type.is_title();
        if acts_on_title {
            found.extend(
                c.unit
                    .titles()
                    .filter(|t| !c.business.takes(t.right.right_type))
                    .map(|t| {
                        Finding::block(
                            format!(
                                "登记簿上的权利类型是“{}”，不适用“{}”",
                                t.right.right_type.name_zh(),
                                c.business.short_name
                            ),
                            "所选业务与该不动产登记的权利类型不符。",
                        )
                    }),
            );
        }
        found
    },
};

/// While a rectification is under way the unit rests.
pub(super) const R41: Rule = Rule {
    id: "R41",
    title: "更正登记受理后、登簿前，暂停办理该不动产的其他处分登记",
    law: "参照《上海市不动产登记若干规定》第三十一条，由登记机构设定",
    test: |c| {
        c.unit
            .open_cases
            .iter()
            .filter(|o| o.business.starts_with("500-") && !c.business.code.starts_with("500-"))
            .map(|o| {
                Finding::block(
                    format!("更正登记 {} 正在办理，办结前暂停办理其他登记", o.case_no),
                    "该不动产正在办理更正登记，办结后才能继续。",
                )
            })
            .collect()
    },
};

/// Allocated land passes only with approval and the price made up.
pub(super) const R73: Rule = Rule {
    id: "R73",
    title: "划拨土地上的房地产转让，须经批准或者补缴土地出让价款",
    law: "《城市房地产管理法》第四十条",
    test: |c| {
        if !c.unit.allocated_land() {
            return Vec::new();
        }
        vec![Finding::new(
            Severity::Consent,
            "土地为划拨取得，转让须收取有批准权人民政府的批准文件或者补缴土地出让价款凭证",
            "该房屋的土地为划拨取得，转让须先办理批准或者补缴土地出让价款。",
        )]
    },
};

/// The term of land use that stands on the title.
fn land_term(detail: &RightDetail) -> Option<NaiveDate> {
    match detail {
        RightDetail::LandUse(d) => d.end,
        RightDetail::BuildingOwnership(d) => d.land_use_end,
        RightDetail::ProjectBuildings(d) => d.land_use_end,
        RightDetail::Structure(d) => d.land_use_end,
        RightDetail::AgriculturalLand(d) => d.end,
        RightDetail::Forest(d) => d.end,
        RightDetail::SeaArea(d) => d.end,
        _ => None,
    }
}

/// A right whose term is over is not disposed of; land under homes renews by itself.
pub(super) const R74: Rule = Rule {
    id: "R74",
    title: "使用期限届满的，住宅用地自动续期，其他须先办理续期",
    law: "《民法典》第三百五十九条；《不动产登记暂行条例》第二十二条第（三）项",
    test: |c| {
        c.unit
            .titles()
            .filter_map(|t| land_term(&t.right.detail))
            .filter(|end| *end < c.today)
            .map(|end| {
                if c.unit.residential() {
                    Finding::new(
                        Severity::Info,
                        format!("住宅建设用地使用权期限已于 {end} 届满，依法自动续期"),
                        "住宅用地期限届满依法自动续期。",
                    )
                } else {
                    Finding::block(
                        format!("使用期限已于 {end} 届满，须先办理续期"),
                        "该不动产的使用期限已经届满，须先办理续期。",
                    )
                }
            })
            .collect()
    },
};
