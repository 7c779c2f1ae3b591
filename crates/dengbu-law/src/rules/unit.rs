//! Rules about the unit itself.

use dengbu_model::cadastre::UnitStatus;
use dengbu_model::right::RightDetail;

use super::{Finding, Rule};

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
