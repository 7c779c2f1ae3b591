//! Units that are split, merged or redrawn (分割、合并、界址面积变更).

use chrono::NaiveDate;
use dengbu_model::cadastre::UnitStatus;
use dengbu_model::right::{Right, RightDetail};
use uuid::Uuid;

use super::{EffectError, EntryDraft, UnitChange, certificates, ended, entry, only_title};
use crate::application::{Application, Detail};
use crate::catalogue::Business;
use crate::rules::Check;
use crate::state::{StandingRight, World};

/// The titles of the old units end and the new units take over; what weighed on the old
/// units and was not lifted weighs on every new one (民法典第三百九十五条, 第四百零六条).
pub(super) fn reshape(
    business: &Business,
    application: &Application,
    world: &World,
    today: NaiveDate,
    ids: &dyn Fn() -> Uuid,
) -> Result<Vec<EntryDraft>, EffectError> {
    let Detail::Reshape(d) = &application.detail else {
        return Err(EffectError::Incomplete("原单元和新单元"));
    };
    let mut all = Vec::new();
    let mut carried: Vec<&StandingRight> = Vec::new();
    let mut before: Option<&Right> = None;
    for code in &d.from {
        let unit = world.unit(code).ok_or(EffectError::NoRight)?;
        let check = Check {
            business,
            application,
            unit,
            world,
            today,
        };
        let title = only_title(unit)?;
        before = before.or(Some(&title.right));
        let mut e = entry(&check, title.right_id, title.right.clone(), false);
        e.ends.push(ended(title, application.reason.clone()));
        for r in unit.rights.iter().filter(|r| r.right_id != title.right_id) {
            e.ends.push(ended(r, "转至新的不动产单元"));
            carried.push(r);
        }
        e.unit_change = Some(UnitChange {
            status: Some(UnitStatus::Historic),
            address: None,
        });
        all.push(e);
    }
    let before = before.ok_or(EffectError::NoTitle)?;
    let carried = taken_over(carried, d.from.len() > 1);
    for target in &d.to {
        let unit = world.unit(&target.unit).ok_or(EffectError::NoRight)?;
        let check = Check {
            business,
            application,
            unit,
            world,
            today,
        };
        let mut right = before.clone();
        if !application.holders.is_empty() {
            right.holders.clone_from(&application.holders);
            right.co_ownership = application.co_ownership;
        }
        right.detail.clone_from(&target.content);
        right.remarks.clone_from(&application.remarks);
        let mut e = entry(&check, ids(), right, true);
        e.certificates = certificates(&check, &e.right);
        e.unit_change = Some(UnitChange {
            status: Some(UnitStatus::Live),
            address: None,
        });
        all.push(e);
        for (r, rank) in &carried {
            let mut right = r.right.clone();
            if let RightDetail::Mortgage(m) = &mut right.detail {
                m.mortgaged_area = unit.area;
                m.rank = rank.or(m.rank);
            }
            let mut e = entry(&check, ids(), right, true);
            "原不动产单元上的权利随分割、合并转至新单元".clone_into(&mut e.reason);
            e.continues_no.clone_from(&r.certificate_no);
            all.push(e);
        }
    }
    Ok(all)
}

/// What goes over to a new unit, mortgages with a new rank where units are merged: one that
/// weighed on several of them weighs once on the whole, and those of different units stand
/// in the order of their registration (民法典第四百一十四条).
fn taken_over(
    mut carried: Vec<&StandingRight>,
    merged: bool,
) -> Vec<(&StandingRight, Option<u32>)> {
    if !merged {
        return carried.into_iter().map(|r| (r, None)).collect();
    }
    let bare = |right: &Right| {
        let mut right = right.clone();
        if let RightDetail::Mortgage(m) = &mut right.detail {
            m.rank = None;
            m.mortgaged_area = None;
        }
        right
    };
    carried.sort_by_key(|r| (r.registered_at, r.right_id));
    let mut found: Vec<(&StandingRight, Option<u32>)> = Vec::new();
    let mut last = 0_u32;
    for r in carried {
        if found.iter().any(|(f, _)| bare(&f.right) == bare(&r.right)) {
            continue;
        }
        let rank = matches!(r.right.detail, RightDetail::Mortgage(_)).then(|| {
            last = last.saturating_add(1);
            last
        });
        found.push((r, rank));
    }
    found
}
