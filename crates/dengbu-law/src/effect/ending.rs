//! Rights that end, and entries that are undone.

use dengbu_model::right::{PriorityNoticeKind, Right, RightDetail, SeizureKind};
use uuid::Uuid;

use super::lapse::over;
use super::seizure::take_effect;
use super::{
    EffectError, EntryDraft, UnitChange, acted_upon, certificates, ended, entry, only_title,
};
use crate::application::Detail;
use crate::rules::Check;
use crate::state::StandingRight;

fn cause(check: &Check<'_>) -> String {
    let given = match &check.application.detail {
        Detail::MortgageRelease(d) => d.cause.clone(),
        Detail::Release(d) => d.cause.clone(),
        _ => None,
    };
    given.unwrap_or_else(|| check.application.reason.clone())
}

/// 注销登记 (实施细则第二十八条): the entry repeats the right as it stood.
pub(super) fn end(check: &Check<'_>) -> Result<Vec<EntryDraft>, EffectError> {
    let old = match &check.application.detail {
        Detail::MortgageRelease(d) => {
            let id = d
                .mortgage_right_id
                .ok_or(EffectError::Incomplete("抵押权"))?;
            check.unit.right(id).ok_or(EffectError::NoMortgage)?
        }
        _ => acted_upon(check).ok_or(EffectError::NoRight)?,
    };
    let mut e = entry(check, old.right_id, old.right.clone(), false);
    e.ends.push(ended(old, cause(check)));
    Ok(vec![e])
}

/// A title ends and with it all that weighs on it: nothing can weigh on what is gone
/// (民法典第二百三十一条, 第三百九十三条).
pub(super) fn end_all(check: &Check<'_>) -> Result<Vec<EntryDraft>, EffectError> {
    // a right out of a title (土地经营权) ends alone, the title stands
    if acted_upon(check).is_some_and(|r| !r.right.right_type.is_title()) {
        return end(check);
    }
    let title = only_title(check.unit)?;
    let cause = cause(check);
    let mut e = entry(check, title.right_id, title.right.clone(), false);
    e.ends.push(ended(title, cause.clone()));
    for r in &check.unit.rights {
        if r.right_id != title.right_id {
            e.ends.push(ended(
                r,
                format!("{}一并注销（{cause}）", r.right.right_type.name_zh()),
            ));
        }
    }
    if let Some(status) = check.business.unit_becomes {
        e.unit_change = Some(UnitChange {
            status: Some(status),
            address: None,
        });
    }
    Ok(vec![e])
}

/// What an entry had ended when it created this right.
#[must_use]
pub(crate) fn predecessors<'a>(check: &Check<'a>, wrong: &StandingRight) -> Vec<&'a StandingRight> {
    check
        .unit
        .past
        .iter()
        .filter(|p| p.ended_by == Some(wrong.right_id))
        .map(|p| &p.right)
        // a notice that was consumed, or a title: all stand again
        .collect()
}

/// 撤销登记: the wrong right ends; what its entry had ended stands again, by new entries.
pub(super) fn revoke(
    check: &Check<'_>,
    ids: &dyn Fn() -> Uuid,
) -> Result<Vec<EntryDraft>, EffectError> {
    let wrong = acted_upon(check).ok_or(EffectError::NoRight)?;
    let mut all = Vec::new();
    for right in restored(check, wrong) {
        let mut e = entry(check, ids(), right, true);
        e.certificates = certificates(check, &e.right);
        all.push(e);
    }
    let title_again = all.iter().any(|e| e.right.right_type.is_title());
    match all.first_mut() {
        Some(first) => first.ends.push(ended(wrong, cause(check))),
        None => {
            let mut e = entry(check, wrong.right_id, wrong.right.clone(), false);
            e.ends.push(ended(wrong, cause(check)));
            all.push(e);
        }
    }
    if wrong.right.right_type.is_title() && !title_again {
        // no title is left: what was built on it has nothing to weigh on (民法典第三百九十三条)
        let built = check.unit.rights.iter().filter(|r| {
            matches!(
                r.right.detail,
                RightDetail::Mortgage(_) | RightDetail::Habitation(_) | RightDetail::Easement(_)
            )
        });
        if let Some(first) = all.first_mut() {
            let cause = cause(check);
            first.ends.extend(built.map(|r| {
                ended(
                    r,
                    format!("{}一并注销（{cause}）", r.right.right_type.name_zh()),
                )
            }));
        }
    }
    Ok(all)
}

/// Rights as they stand again: behind what was registered in the meantime, which nobody takes
/// its place from.
fn restored(check: &Check<'_>, wrong: &StandingRight) -> Vec<Right> {
    let mut before = predecessors(check, wrong);
    // what has run out since does not come back
    before.retain(|r| over(r, check.unit, check.today, check.world.calendar()).is_none());
    before.sort_by_key(|r| match &r.right.detail {
        RightDetail::Mortgage(m) => m.rank,
        RightDetail::Seizure(s) => s.rank,
        _ => None,
    });
    let mut mortgages: Vec<u32> = check
        .unit
        .mortgages()
        .iter()
        .filter_map(|(_, m)| m.rank)
        .collect();
    let ahead = check.unit.seizures_in_force(check.today);
    let mut last_seizure = ahead.iter().filter_map(|(_, s)| s.rank).max();
    before
        .into_iter()
        .map(|r| {
            let mut right = r.right.clone();
            match &mut right.detail {
                RightDetail::Mortgage(m) => {
                    if m.rank.is_some_and(|rank| mortgages.contains(&rank)) {
                        m.rank = mortgages.iter().max().map(|last| last.saturating_add(1));
                    }
                    mortgages.extend(m.rank);
                }
                RightDetail::Seizure(s) if !ahead.is_empty() => {
                    let rank = last_seizure.map_or(1, |last| last.saturating_add(1));
                    last_seizure = Some(rank);
                    s.rank = Some(rank);
                    s.kind = match s.kind {
                        SeizureKind::PreSeizure | SeizureKind::WaitingPreSeizure => {
                            SeizureKind::WaitingPreSeizure
                        }
                        SeizureKind::Seizure | SeizureKind::Waiting => SeizureKind::Waiting,
                    };
                }
                RightDetail::Seizure(s) => {
                    if last_seizure.is_none() && s.kind.is_waiting() {
                        take_effect(s, check.today);
                    }
                    last_seizure = s.rank.or(Some(0));
                }
                _ => {}
            }
            right
        })
        .collect()
}

/// True for notices of a sale (种类 1、2), false for notices of a mortgage (种类 3、4).
#[must_use]
pub(crate) fn is_sale_notice(detail: &RightDetail) -> bool {
    matches!(detail, RightDetail::PriorityNotice(n) if matches!(
        n.notice_kind,
        PriorityNoticeKind::PresaleTransfer | PriorityNoticeKind::Transfer
    ))
}
