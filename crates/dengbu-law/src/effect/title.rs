//! Rights of ownership and use: they come into being and pass.

use chrono::NaiveDate;
use dengbu_model::right::{PriorityNoticeKind, Right, RightDetail};
use uuid::Uuid;

use super::{
    EffectError, EntryDraft, certificates, convert_pre_seizures, ended, entry, only_title,
};
use crate::application::{Application, Detail};
use crate::catalogue::{Business, Clears};
use crate::rules::{Check, same_person};
use crate::state::{StandingRight, UnitState, World};

/// 首次登记 and every other right that comes into being with the content given.
pub(super) fn establish(
    check: &Check<'_>,
    ids: &dyn Fn() -> Uuid,
) -> Result<Vec<EntryDraft>, EffectError> {
    let Detail::Establish(d) = &check.application.detail else {
        return Err(EffectError::Incomplete("权利内容"));
    };
    let content = d
        .content_for(&check.unit.unit)
        .ok_or(EffectError::Incomplete("权利内容"))?;
    let mut detail = content.clone();
    surveyed(&mut detail, check.unit);
    let right_type = check
        .business
        .right_types
        .iter()
        .copied()
        .find(|t| detail.fits(*t))
        .unwrap_or(check.business.right_type);
    let app = check.application;
    let right = Right {
        right_type,
        co_ownership: app.co_ownership,
        holders: app.holders.clone(),
        obligors: app.obligors.clone(),
        detail,
        other_conditions: None,
        remarks: app.remarks.clone(),
    };
    let mut e = entry(check, ids(), right, true);
    e.certificates = certificates(check, &e.right);
    let mut all = Vec::new();
    if right_type.is_title() {
        all = convert_pre_seizures(check, &e.right, ids);
        consume_notices(check, &mut e);
    }
    all.insert(0, e);
    Ok(all)
}

/// What the survey knows and the application leaves open.
fn surveyed(detail: &mut RightDetail, unit: &UnitState) {
    match detail {
        RightDetail::LandUse(d) => d.area = d.area.or(unit.area),
        RightDetail::BuildingOwnership(d) => d.building_area = d.building_area.or(unit.area),
        RightDetail::AgriculturalLand(d) => d.area = d.area.or(unit.area),
        RightDetail::Forest(d) => d.area = d.area.or(unit.area),
        RightDetail::Structure(d) => d.area = d.area.or(unit.area),
        _ => {}
    }
}

/// 转移登记: the old title ends, the new one takes over what is physical about it
/// (民法典第二百零九条). Mortgages, easements and rights of habitation stay (第四百零六条).
pub(super) fn transfer(
    check: &Check<'_>,
    ids: &dyn Fn() -> Uuid,
) -> Result<Vec<EntryDraft>, EffectError> {
    let Detail::Transfer(d) = &check.application.detail else {
        return Err(EffectError::Incomplete("转移内容"));
    };
    let old = only_title(check.unit)?;
    let app = check.application;
    let mut right = old.right.clone();
    right.co_ownership = app.co_ownership;
    right.holders.clone_from(&app.holders);
    right.obligors = if app.obligors.is_empty() {
        old.right.holders.iter().map(|h| h.party.clone()).collect()
    } else {
        app.obligors.clone()
    };
    right.remarks.clone_from(&app.remarks);
    if let RightDetail::BuildingOwnership(b) = &mut right.detail {
        b.price = d.price;
        b.contract_no.clone_from(&d.contract_no);
    }
    let mut e = entry(check, ids(), right, true);
    e.ends.push(ended(old, format!("因{}转移登记", app.reason)));
    e.certificates = certificates(check, &e.right);
    let court = check.business.clears.contains(&Clears::Seizures);
    for r in &check.unit.rights {
        match &r.right.detail {
            // 查封规定第二十七条: disposed of by the court, the seizures' effect is gone
            RightDetail::Seizure(_) if court => {
                e.ends.push(ended(r, "人民法院处分查封物，查封效力消灭"));
            }
            RightDetail::Mortgage(_) if mortgages_end(check, d.mortgages_end) => {
                e.ends.push(ended(r, "依生效法律文书注销抵押权"));
            }
            _ => {}
        }
    }
    consume_notices(check, &mut e);
    let mut all = if court {
        Vec::new()
    } else {
        convert_pre_seizures(check, &e.right, ids)
    };
    all.insert(0, e);
    Ok(all)
}

fn mortgages_end(check: &Check<'_>, by_ruling: Option<bool>) -> bool {
    let clears = &check.business.clears;
    clears.contains(&Clears::Mortgages)
        || (clears.contains(&Clears::MortgagesByRuling) && by_ruling == Some(true))
}

/// 预告登记 turned into the registration it secured (民法典第二百二十一条).
fn consume_notices(check: &Check<'_>, e: &mut EntryDraft) {
    for r in &check.unit.rights {
        let RightDetail::PriorityNotice(n) = &r.right.detail else {
            continue;
        };
        let of_sale = matches!(
            n.notice_kind,
            PriorityNoticeKind::PresaleTransfer | PriorityNoticeKind::Transfer
        );
        if of_sale && held_by_new_owner(r, &e.right) {
            e.ends.push(ended(r, "预告登记转为本登记"));
        }
    }
}

fn held_by_new_owner(notice: &StandingRight, right: &Right) -> bool {
    notice.right.holders.iter().any(|n| {
        right
            .holders
            .iter()
            .any(|h| same_person(&n.party, &h.party))
    })
}

/// 互换: each title passes to who held the other one.
pub(super) fn exchange(
    business: &Business,
    application: &Application,
    world: &World,
    today: NaiveDate,
    ids: &dyn Fn() -> Uuid,
) -> Result<Vec<EntryDraft>, EffectError> {
    let units: Vec<&UnitState> = world.units().collect();
    let [a, b] = units.as_slice() else {
        return Err(EffectError::Incomplete("互换的两个不动产单元"));
    };
    let mut all = Vec::new();
    for (unit, other) in [(*a, *b), (*b, *a)] {
        let check = Check {
            business,
            application,
            unit,
            world,
            today,
        };
        let old = only_title(unit)?;
        let from = only_title(other)?;
        let mut right = old.right.clone();
        right.co_ownership = from.right.co_ownership;
        right.holders.clone_from(&from.right.holders);
        right.obligors = old.right.holders.iter().map(|h| h.party.clone()).collect();
        let mut e = entry(&check, ids(), right, true);
        e.ends.push(ended(old, "因互换转移登记"));
        e.certificates = certificates(&check, &e.right);
        all.push(e);
    }
    Ok(all)
}
