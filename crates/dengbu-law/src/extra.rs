//! Materials an authority asks for on top of the catalogue (机构加收材料).
//!
//! They only ever add: an item of the catalogue is neither taken away nor made voluntary, so an
//! authority can tighten the law's list and never loosen it. What an authority may ask for on top
//! must itself rest on a rule (优化营商环境条例第三十九条: 没有法律、法规、规章依据的证明事项,
//! 一律取消; 不动产登记暂行条例实施细则第四条), so each item names one.

use serde::{Deserialize, Serialize};

use crate::application::FieldError;
use crate::catalogue::{Business, MaterialItem};

/// Items on top of one business at most.
pub const ITEMS_MAX: usize = 20;
/// Longest name and basis, in characters.
const TEXT_MAX: usize = 100;

/// One material on top of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtraMaterial {
    /// Code: `JS` and a number; the catalogue has no such codes.
    pub code: String,
    /// Name as printed on the receipt.
    pub name: String,
    /// True when every application must bring it; else it stands on the list for those that have
    /// it.
    pub required: bool,
    /// Rule that lets the authority ask for it (依据).
    pub basis: String,
}

impl ExtraMaterial {
    /// The same as an item of a checklist.
    #[must_use]
    pub fn item(&self) -> MaterialItem {
        MaterialItem {
            code: self.code.clone(),
            name: self.name.clone(),
            required: self.required,
            condition: Some(format!("本机构要求：{}", self.basis)),
            when: None,
            forms: vec!["original".to_owned(), "copy".to_owned()],
            shared_from: None,
        }
    }
}

/// Whether a code is one of items on top.
#[must_use]
pub fn is_extra_code(code: &str) -> bool {
    code.strip_prefix("JS").is_some_and(|n| {
        (1..=3).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()) && !n.starts_with('0')
    })
}

/// The first code that is free among these.
#[must_use]
pub fn free_code(taken: &[ExtraMaterial]) -> String {
    (1..=999)
        .map(|n| format!("JS{n}"))
        .find(|code| taken.iter().all(|m| m.code != *code))
        .unwrap_or_else(|| "JS1".to_owned())
}

/// What is wrong with a list for a business; empty when nothing is.
#[must_use]
pub fn faults(business: &Business, items: &[ExtraMaterial]) -> Vec<FieldError> {
    let mut found = Vec::new();
    let mut fault = |field: String, code: &'static str, message: String| {
        found.push(FieldError {
            field,
            code,
            message,
        });
    };
    if items.len() > ITEMS_MAX {
        let message = format!("每项业务最多加收 {ITEMS_MAX} 种材料");
        fault("/items".to_owned(), "too_many", message);
    }
    for (i, item) in items.iter().enumerate() {
        let at = |name: &str| format!("/items/{i}/{name}");
        if !is_extra_code(&item.code) {
            let message = "加收材料的编号应为 JS 加 1 至 3 位数字，例如 JS1".to_owned();
            fault(at("code"), "invalid", message);
        }
        if items[..i].iter().any(|other| other.code == item.code) {
            let message = format!("编号 {} 重复", item.code);
            fault(at("code"), "duplicate", message);
        }
        for (field, text, what) in [
            ("name", &item.name, "材料名称"),
            (
                "basis",
                &item.basis,
                "加收依据（法律、法规、规章的名称和条款）",
            ),
        ] {
            let length = text.trim().chars().count();
            if length == 0 {
                fault(at(field), "required", format!("请填写{what}"));
            } else if length > TEXT_MAX || text.chars().any(char::is_control) {
                let message = format!("{what}不能超过 {TEXT_MAX} 字，不能换行");
                fault(at(field), "too_long", message);
            }
        }
        let name = item.name.trim();
        let listed = business.materials.iter().find(|m| m.name == name);
        if let Some(listed) = listed {
            let message = format!("业务目录中已有“{name}”（{}），不必加收", listed.code);
            fault(at("name"), "listed", message);
        }
        if items[..i].iter().any(|other| other.name.trim() == name) && !name.is_empty() {
            fault(at("name"), "duplicate", format!("“{name}”重复"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::application::prefill;
    use crate::catalogue;
    use crate::materials::{checklist, checklist_with, missing};
    use crate::state::UnitState;
    use dengbu_model::cadastre::UnitKind;
    use dengbu_model::unit_code::UnitCode;

    fn extra(code: &str, name: &str, required: bool) -> ExtraMaterial {
        ExtraMaterial {
            code: code.to_owned(),
            name: name.to_owned(),
            required,
            basis: "《示例条例》第一条".to_owned(),
        }
    }

    #[test]
    fn the_catalogue_has_no_code_of_an_item_on_top() {
        for b in catalogue::all() {
            for m in &b.materials {
                assert!(!is_extra_code(&m.code), "{} {}", b.code, m.code);
            }
        }
        assert!(is_extra_code("JS1") && is_extra_code("JS120"));
        for bad in ["JS", "JS0", "JS01", "JS1234", "A1", "js1", "JS1a"] {
            assert!(!is_extra_code(bad), "{bad}");
        }
    }

    #[test]
    fn what_does_not_do_is_named_with_its_field() {
        let sale = catalogue::business("200-04-02").unwrap();
        let field = |items: &[ExtraMaterial]| -> Vec<String> {
            faults(sale, items).into_iter().map(|f| f.field).collect()
        };
        assert!(field(&[extra("JS1", "物业费结清证明", true)]).is_empty());
        assert_eq!(
            field(&[extra("A1", "登记申请表副本", true)]),
            ["/items/0/code"]
        );
        let known = sale.materials[0].name.clone();
        assert_eq!(field(&[extra("JS1", &known, false)]), ["/items/0/name"]);
        let twice = [extra("JS1", "甲", true), extra("JS1", "乙", true)];
        assert_eq!(field(&twice), ["/items/1/code"]);
        let mut groundless = extra("JS1", "甲", true);
        groundless.basis = " ".to_owned();
        assert_eq!(field(&[groundless]), ["/items/0/basis"]);
    }

    #[test]
    fn a_code_given_up_is_the_next_one_given() {
        let taken = [extra("JS1", "甲", true), extra("JS3", "丙", true)];
        assert_eq!(free_code(&taken), "JS2");
        assert_eq!(free_code(&[]), "JS1");
    }

    proptest! {
        /// Whatever an authority adds, everything the catalogue demands is still demanded.
        #[test]
        fn an_authority_can_only_tighten(
            which in 0..catalogue::all().len(),
            required in prop::collection::vec(any::<bool>(), 0..6),
        ) {
            let business = &catalogue::all()[which];
            let code = UnitCode::parse("510402001003GB00012F00030027").unwrap();
            let states = [UnitState::bare(code, UnitKind::Dwelling)];
            let Ok(application) = prefill(business, &states, None) else { return Ok(()) };
            let extras: Vec<ExtraMaterial> = required
                .iter()
                .enumerate()
                .map(|(i, r)| extra(&format!("JS{}", i + 1), &format!("加收{i}"), *r))
                .collect();
            let day = chrono::NaiveDate::from_ymd_opt(2026, 5, 1).unwrap();
            let law = checklist(business, &application, &states, day);
            let own = checklist_with(business, &application, &states, &extras, day);
            for item in &law {
                let same = own.iter().find(|o| o.item.code == item.item.code);
                prop_assert_eq!(same.map(|o| o.required), Some(item.required));
            }
            prop_assert_eq!(own.len(), law.len() + extras.len());
            let lacking = |list| missing(list, &[]).len();
            let added = required.iter().filter(|r| **r).count();
            prop_assert_eq!(lacking(&own), lacking(&law) + added);
        }
    }
}
