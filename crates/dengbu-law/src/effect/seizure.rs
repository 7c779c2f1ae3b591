//! Orders of courts and other organs: seizure, waiting, release, promotion.

use chrono::NaiveDate;
use dengbu_model::party::{CoOwnership, Holder, Party};
use dengbu_model::right::{RegistrationType, Right, RightDetail, RightType, Seizure, SeizureKind};
use uuid::Uuid;

use super::{EffectError, EntryDraft, acted_upon, ended, entry, organ};
use crate::application::Detail;
use crate::rules::{Check, same_person};
use crate::state::{StandingRight, UnitState};

/// Whose property is seized: those the order names, else all owners.
fn debtors(check: &Check<'_>) -> Vec<Party> {
    if check.application.obligors.is_empty() {
        check
            .unit
            .titles()
            .flat_map(|t| &t.right.holders)
            .map(|h| h.party.clone())
            .collect()
    } else {
        check.application.obligors.clone()
    }
}

fn owns(check: &Check<'_>, debtors: &[Party]) -> bool {
    check
        .unit
        .titles()
        .flat_map(|t| &t.right.holders)
        .any(|h| debtors.iter().any(|d| same_person(d, &h.party)))
}

/// The kind and rank that a new seizure takes on this unit (R12, R13). What is not yet
/// registered to the debtor is pre-seized (法发〔2004〕5号第十五条); a rank once given is not
/// given again while a later one waits.
#[must_use]
pub fn kind_and_rank(check: &Check<'_>) -> (SeizureKind, u32) {
    let ahead = check.unit.seizures_in_force(check.today);
    let debtors = debtors(check);
    // pre-seized is what the debtor has a claim to and is not registered to anybody, or to
    // the seller against whom the debtor's notice stands
    let claimed = check.unit.rights.iter().any(|r| {
        super::is_sale_notice(&r.right.detail)
            && r.right
                .holders
                .iter()
                .any(|h| debtors.iter().any(|d| same_person(d, &h.party)))
    });
    let owned = check.unit.titles().next().is_some() && (!claimed || owns(check, &debtors));
    let last = (0..)
        .zip(&ahead)
        .map(|(place, (_, s))| s.rank.unwrap_or(place))
        .max();
    match (owned, last) {
        (true, None) => (SeizureKind::Seizure, 0),
        (true, Some(last)) => (SeizureKind::Waiting, last.saturating_add(1)),
        (false, None) => (SeizureKind::PreSeizure, 0),
        (false, Some(last)) => (SeizureKind::WaitingPreSeizure, last.saturating_add(1)),
    }
}

/// 查封登记: first or waiting, by what stands (实施细则第九十一条).
pub(super) fn seize(check: &Check<'_>, ids: &dyn Fn() -> Uuid) -> Vec<EntryDraft> {
    let Detail::Seizure(d) = &check.application.detail else {
        return Vec::new();
    };
    let (kind, rank) = kind_and_rank(check);
    let right = Right {
        right_type: RightType::Seizure,
        co_ownership: CoOwnership::Sole,
        holders: vec![Holder {
            party: organ(&d.court),
            share: None,
        }],
        obligors: debtors(check),
        detail: RightDetail::Seizure(Seizure {
            kind,
            court: d.court.clone(),
            document: d.document.clone(),
            document_no: d.document_no.clone(),
            start: d.start,
            end: d.end,
            scope: d.scope.clone(),
            served_at: d.served_at,
            rank: Some(rank),
            officers: d.officers.clone(),
        }),
        other_conditions: None,
        remarks: check.application.remarks.clone(),
    };
    vec![entry(check, ids(), right, true)]
}

/// 解封: the seizure ends; if it was in force, the first that waits takes its place.
pub(super) fn release(
    check: &Check<'_>,
    ids: &dyn Fn() -> Uuid,
) -> Result<Vec<EntryDraft>, EffectError> {
    let old = released(check).ok_or(EffectError::NoRight)?;
    let mut e = entry(check, old.right_id, old.right.clone(), false);
    let cause = match &check.application.detail {
        Detail::Release(d) => d.cause.clone(),
        _ => None,
    };
    e.ends
        .push(ended(old, cause.unwrap_or_else(|| "解除查封".to_owned())));
    let mut all = vec![e];
    all.extend(promotion(check, old, check.today, ids));
    Ok(all)
}

/// The seizure that an organ lifts: the one named; else the only one; else its own with
/// the lowest rank.
pub(crate) fn released<'a>(check: &Check<'a>) -> Option<&'a StandingRight> {
    if let Some(right) = acted_upon(check) {
        return Some(right);
    }
    let Detail::Release(d) = &check.application.detail else {
        return None;
    };
    let by = d.organ.as_deref()?;
    seizures(check.unit)
        .filter(|(_, s)| s.court == by)
        .min_by_key(|(_, s)| s.rank)
        .map(|(r, _)| r)
}

fn seizures(unit: &UnitState) -> impl Iterator<Item = (&StandingRight, &Seizure)> {
    unit.rights.iter().filter_map(|r| match &r.right.detail {
        RightDetail::Seizure(s) => Some((r, s)),
        _ => None,
    })
}

/// The next in rank takes the place of a seizure that ended (查封规定第二十六条：查封解除的，
/// 登记在先的轮候查封即自动生效). Its own term begins that day with the order's length: a
/// term does not run while the seizure waits and has no effect.
pub(super) fn promotion(
    check: &Check<'_>,
    gone: &StandingRight,
    today: NaiveDate,
    ids: &dyn Fn() -> Uuid,
) -> Option<EntryDraft> {
    let still_first =
        seizures(check.unit).any(|(r, s)| r.right_id != gone.right_id && !s.kind.is_waiting());
    if still_first {
        return None;
    }
    let (next, _) = seizures(check.unit)
        .filter(|(r, s)| r.right_id != gone.right_id && s.kind.is_waiting())
        .min_by_key(|(r, s)| (s.rank, s.served_at, r.right_id))?;
    let mut right = next.right.clone();
    if let RightDetail::Seizure(s) = &mut right.detail {
        take_effect(s, today);
    }
    let mut e = entry(check, ids(), right, true);
    e.registration_type = RegistrationType::Seizure;
    "在先查封消灭，轮候查封自动生效".clone_into(&mut e.reason);
    e.legal_basis = vec![
        "《最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定》第二十六条".to_owned(),
    ];
    e.ends.push(ended(next, "轮候查封转为查封"));
    Some(e)
}

/// A waiting seizure is in force from that day.
pub(super) fn take_effect(s: &mut Seizure, today: NaiveDate) {
    s.kind = match s.kind {
        SeizureKind::WaitingPreSeizure => SeizureKind::PreSeizure,
        SeizureKind::Waiting => SeizureKind::Seizure,
        in_force => in_force,
    };
    s.rank = Some(0);
    if let (Some(start), Some(end)) = (s.start, s.end) {
        s.start = Some(today);
        s.end = today.checked_add_signed(end - start);
    }
}
