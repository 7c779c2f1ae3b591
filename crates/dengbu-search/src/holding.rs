//! What a person holds, and whether it counts as a dwelling (有房无房). Pure: it looks at all rights
//! standing on the units found and leaves none out; what does not count is listed with the reason.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use dengbu_cadastre::facts::UnitFacts;
use dengbu_model::codes;
use dengbu_model::right::{PriorityNoticeKind, RightDetail, RightType};
use dengbu_papers::format;
use dengbu_register::read::RegisterRight;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::person::{Likeness, likeness};
use crate::request::Subject;
use crate::settings::HoldingRules;

/// A right somebody holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = HoldingHit))]
#[serde(deny_unknown_fields)]
pub struct Hit {
    /// The right.
    pub right_id: Uuid,
    /// The unit.
    pub unit_code: String,
    /// Where it lies.
    pub address: String,
    /// Type in Chinese.
    pub right_type_name: String,
    /// Use in Chinese.
    pub use_name: Option<String>,
    /// Area in m².
    pub area: Option<String>,
    /// How it is held: 单独所有, 共同共有, 按份共有 1/2.
    pub co_ownership: String,
    /// Certificate or proof number.
    pub certificate_no: Option<String>,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// Whether it counts as a dwelling.
    pub counted: bool,
    /// Why it does not count.
    pub reason: Option<String>,
    /// The name in the register where it is another one (曾用名、错别字).
    pub name_in_register: Option<String>,
}

/// A person searched for, with all that stands in that name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShownPerson {
    /// What the person is to the applicant: 本人, 配偶, 被查询人.
    pub relation: String,
    /// Name.
    pub name: String,
    /// Kind of document in Chinese.
    pub id_kind_name: String,
    /// Number of the document.
    pub id_number: String,
    /// Rights found by number.
    pub hits: Vec<Hit>,
    /// Rights of somebody of the same name whose number the register does not tell.
    pub doubts: Vec<Hit>,
}

impl ShownPerson {
    /// Dwellings that count.
    pub fn dwellings(&self) -> impl Iterator<Item = &Hit> {
        self.hits.iter().filter(|h| h.counted)
    }
}

/// All rights of a person among `rights`.
#[must_use]
pub fn of_person(
    relation: &str,
    subject: &Subject,
    rights: &[RegisterRight],
    units: &BTreeMap<String, UnitFacts>,
    rules: &HoldingRules,
) -> ShownPerson {
    let mut shown = ShownPerson {
        relation: relation.to_owned(),
        name: subject.name.clone(),
        id_kind_name: subject.id.kind.name_zh().to_owned(),
        id_number: subject.id.number.clone(),
        hits: Vec::new(),
        doubts: Vec::new(),
    };
    for r in rights {
        let best = r
            .right
            .holders
            .iter()
            .map(|h| (likeness(&h.party, subject), h))
            .max_by_key(|(l, _)| *l);
        let Some((found, holder)) = best else {
            continue;
        };
        let facts = units.get(&r.unit_code);
        let name = Some(&holder.party.name)
            .filter(|n| n.trim() != subject.name.trim())
            .cloned();
        match found {
            Likeness::Other => {}
            Likeness::Same => shown.hits.push(hit(
                r,
                facts,
                rules,
                holder.share.map(|s| s.to_string()),
                name,
            )),
            Likeness::Doubtful => shown.doubts.push(hit(r, facts, rules, None, name)),
        }
    }
    shown
}

fn hit(
    r: &RegisterRight,
    facts: Option<&UnitFacts>,
    rules: &HoldingRules,
    share: Option<String>,
    name_in_register: Option<String>,
) -> Hit {
    let reason = not_counted(r, facts, rules);
    let form = r.right.co_ownership.name_zh();
    let land = facts.is_some_and(|f| f.kind == "land");
    let list = if land {
        codes::LAND_USE
    } else {
        codes::HOUSE_USE
    };
    Hit {
        right_id: r.right_id,
        unit_code: r.unit_code.clone(),
        address: facts.map(|f| f.address.clone()).unwrap_or_default(),
        right_type_name: r.right.right_type.name_zh().to_owned(),
        use_name: facts
            .and_then(|f| f.use_code.as_deref())
            .map(|c| format::name_in(&[list], c)),
        area: facts.and_then(|f| f.area).map(|a| format!("{a:.2}")),
        co_ownership: share.map_or_else(|| form.to_owned(), |s| format!("{form} {s}")),
        certificate_no: r.certificate_no.clone(),
        registered_at: r.registered_at,
        counted: reason.is_none(),
        reason,
        name_in_register,
    }
}

/// Why a right is no dwelling in its holder's name; none when it is one.
fn not_counted(
    r: &RegisterRight,
    facts: Option<&UnitFacts>,
    rules: &HoldingRules,
) -> Option<String> {
    let right_type = r.right.right_type;
    if let RightDetail::PriorityNotice(n) = &r.right.detail {
        let purchase = matches!(
            n.notice_kind,
            PriorityNoticeKind::PresaleTransfer | PriorityNoticeKind::Transfer
        );
        return match (purchase, rules.include_notices) {
            (true, true) => None,
            (true, false) => Some("预告登记，按本机构口径不计".to_owned()),
            (false, _) => Some("抵押权预告登记，不是房屋权利".to_owned()),
        };
    }
    if !right_type.is_title() {
        return Some(format!("{}，不是房屋所有权", right_type.name_zh()));
    }
    if right_type == RightType::HomesteadAndBuilding && !rules.include_rural {
        return Some("农村房屋，按本机构口径不计".to_owned());
    }
    if !rules.right_types.contains(&right_type) {
        return Some("没有房屋所有权".to_owned());
    }
    let use_code = facts.and_then(|f| f.use_code.as_deref()).unwrap_or("");
    let skipped = rules
        .skip_uses
        .iter()
        .any(|s| !s.is_empty() && use_code.starts_with(s.as_str()));
    skipped.then(|| "用途按本机构口径不计".to_owned())
}
