//! Rights over the property of others and notices, and rights whose content changes.

use dengbu_model::right::{Mortgage, PriorityNoticeKind, Right, RightDetail, RightType};
use uuid::Uuid;

use super::{
    EffectError, EntryDraft, UnitChange, acted_upon, certificates, convert_pre_seizures, ended,
    entry, only_title,
};
use crate::application::{AmendDetail, Detail, MortgageDetail};
use crate::catalogue::{Notice, NoticeKind};
use crate::rules::{Check, same_person};
use crate::state::{StandingRight, UnitState};

/// Mortgages and notices of mortgages in order of registration, each with its rank: a
/// notice keeps a rank for the mortgage it will become (担保制度解释第五十二条: the priority
/// counts from the notice).
fn ranks(unit: &UnitState) -> Vec<(&StandingRight, u32)> {
    let mut all: Vec<&StandingRight> = unit
        .rights
        .iter()
        .filter(|r| matches!(r.right.detail, RightDetail::Mortgage(_)) || mortgage_notice(r))
        .collect();
    all.sort_by_key(|r| (r.registered_at, r.right_id));
    let mut last = 0_u32;
    let given = |r: &StandingRight| match &r.right.detail {
        RightDetail::Mortgage(m) => m.rank,
        _ => None,
    };
    all.into_iter()
        .map(|r| {
            let rank = given(r).unwrap_or_else(|| last.saturating_add(1));
            last = last.max(rank);
            (r, rank)
        })
        .collect()
}

fn mortgage_notice(r: &StandingRight) -> bool {
    matches!(&r.right.detail, RightDetail::PriorityNotice(n) if matches!(
        n.notice_kind,
        PriorityNoticeKind::PresaleMortgage | PriorityNoticeKind::Mortgage
    ))
}

/// The rank after the last one given; a rank once given is not given again while a later
/// mortgage stands (民法典第四百一十四条).
#[must_use]
pub fn next_rank(unit: &UnitState) -> u32 {
    let last = ranks(unit).into_iter().map(|(_, rank)| rank).max();
    last.map_or(1, |last| last.saturating_add(1))
}

/// The rank asked for, unless another mortgage than this one has it.
pub(super) fn free_rank(unit: &UnitState, wanted: u32, own: Uuid) -> u32 {
    let taken = unit
        .mortgages()
        .iter()
        .any(|(r, m)| r.right_id != own && m.rank == Some(wanted));
    if taken { next_rank(unit) } else { wanted }
}

fn mortgage_right(check: &Check<'_>, d: &MortgageDetail, rank: u32) -> Right {
    let app = check.application;
    let detail = Mortgage {
        method: d.method,
        secured_amount: d.secured_amount,
        maximum_amount: d.maximum_amount,
        term_start: d.term_start,
        term_end: d.term_end,
        scope: d.scope.clone(),
        transfer_restricted: d.transfer_restricted,
        rank: Some(rank),
        mortgaged_area: check.unit.area,
        debtor: d.debtor.clone(),
        construction_scope: d.construction_scope.clone(),
        contract_no: d.contract_no.clone(),
        ..Mortgage::new(d.method)
    };
    Right {
        right_type: RightType::Mortgage,
        co_ownership: app.co_ownership,
        holders: app.holders.clone(),
        obligors: app.obligors.clone(),
        detail: RightDetail::Mortgage(detail),
        other_conditions: None,
        remarks: app.remarks.clone(),
    }
}

fn form<'a>(check: &Check<'a>) -> Result<&'a MortgageDetail, EffectError> {
    match &check.application.detail {
        Detail::Mortgage(d) => Ok(d),
        _ => Err(EffectError::Incomplete("抵押内容")),
    }
}

/// 抵押权首次登记: rank by order of registration (民法典第四百一十四条).
pub(super) fn mortgage(
    check: &Check<'_>,
    ids: &dyn Fn() -> Uuid,
) -> Result<Vec<EntryDraft>, EffectError> {
    let d = form(check)?;
    let presale = check
        .unit
        .rights
        .iter()
        .any(|r| matches!(r.right.detail, RightDetail::PriorityNotice(_)));
    if !presale && check.business.target == crate::catalogue::Target::Title {
        only_title(check.unit)?;
    }
    let right = mortgage_right(check, d, next_rank(check.unit));
    let mut e = entry(check, ids(), right, true);
    e.certificates = certificates(check, &e.right);
    Ok(vec![e])
}

/// What becomes a mortgage of the house: a mortgage notice of the same creditor, or the
/// same creditor's mortgage of the building under construction.
#[must_use]
pub(crate) fn convertible<'a>(check: &Check<'a>) -> Option<&'a StandingRight> {
    let same = |r: &&StandingRight| {
        r.right.holders.iter().any(|h| {
            check
                .application
                .holders
                .iter()
                .any(|a| same_person(&a.party, &h.party))
        })
    };
    check
        .unit
        .rights
        .iter()
        .chain(&check.unit.land_rights)
        .filter(same)
        .find(|r| match &r.right.detail {
            RightDetail::Mortgage(m) => m.construction_scope.is_some(),
            _ => mortgage_notice(r),
        })
}

/// 预抵押转现房抵押 (担保制度解释第五十二条: the rank counts from the notice) and
/// 在建抵押转现房抵押 (the rank stays).
pub(super) fn convert(
    check: &Check<'_>,
    ids: &dyn Fn() -> Uuid,
) -> Result<Vec<EntryDraft>, EffectError> {
    let d = form(check)?;
    let old = convertible(check).ok_or(EffectError::NoRight)?;
    let kept = ranks(check.unit)
        .into_iter()
        .find(|(r, _)| r.right_id == old.right_id)
        .map_or_else(|| next_rank(check.unit), |(_, rank)| rank);
    let rank = free_rank(check.unit, kept, old.right_id);
    let mut e = entry(check, ids(), mortgage_right(check, d, rank), true);
    if check.unit.right(old.right_id).is_some() {
        e.ends.push(ended(old, "转为现房抵押权登记"));
    }
    e.certificates = certificates(check, &e.right);
    Ok(vec![e])
}

/// The right after the change that the application asks for.
#[must_use]
pub(crate) fn amended(check: &Check<'_>, old: &StandingRight, d: &AmendDetail) -> Right {
    let app = check.application;
    let mut right = old.right.clone();
    if !app.holders.is_empty() {
        right.holders.clone_from(&app.holders);
        right.co_ownership = app.co_ownership;
    }
    if let Some(content) = &d.content {
        right.detail = kept(content.clone(), &old.right.detail);
    }
    if d.other_conditions.is_some() {
        right.other_conditions.clone_from(&d.other_conditions);
    }
    if app.remarks.is_some() {
        right.remarks.clone_from(&app.remarks);
    }
    let loss = |n: &Notice| n.kind == NoticeKind::Loss;
    if check.business.notice.as_ref().is_some_and(loss) {
        right.remarks = Some(issued_anew(old, right.remarks.as_deref()));
    }
    right
}

/// A paper issued for one that was lost says so (实施细则第二十二条第三款: 注明“补发”字样).
fn issued_anew(old: &StandingRight, remarks: Option<&str>) -> String {
    let said = match &old.certificate_no {
        Some(number) => format!("补发。原证号：{number}。"),
        None => "补发。".to_owned(),
    };
    match remarks.map(str::trim).filter(|r| !r.is_empty()) {
        Some(own) if own.starts_with("补发") => own.to_owned(),
        Some(own) => format!("{said}{own}"),
        None => said,
    }
}

/// What an application need not repeat: the rank and the day of service.
fn kept(new: RightDetail, old: &RightDetail) -> RightDetail {
    match (new, old) {
        (RightDetail::Mortgage(mut m), RightDetail::Mortgage(before)) => {
            m.rank = m.rank.or(before.rank);
            m.mortgaged_area = m.mortgaged_area.or(before.mortgaged_area);
            RightDetail::Mortgage(m)
        }
        (RightDetail::Seizure(mut s), RightDetail::Seizure(before)) => {
            s.rank = s.rank.or(before.rank);
            s.served_at = s.served_at.or(before.served_at);
            RightDetail::Seizure(s)
        }
        (new, _) => new,
    }
}

/// 变更、更正、续封、换证、补证: the right stands on, its earlier form is history.
pub(super) fn amend(
    check: &Check<'_>,
    ids: &dyn Fn() -> Uuid,
) -> Result<Vec<EntryDraft>, EffectError> {
    let Detail::Amend(d) = &check.application.detail else {
        return Err(EffectError::Incomplete("变更内容"));
    };
    let old = acted_upon(check).ok_or(EffectError::NoRight)?;
    let name = check.business.registration_type.name_zh();
    let mut e = entry(check, ids(), amended(check, old, d), true);
    e.ends.push(ended(old, name));
    e.certificates = certificates(check, &e.right);
    e.continues_no = goes_on(&e, old);
    if let Some(address) = &d.address {
        e.unit_change = Some(UnitChange {
            address: Some(address.clone()),
            status: None,
        });
    }
    let mut all = vec![e];
    if all[0].right.right_type.is_title() {
        // the register now shows the debtor of a pre-seizure as owner
        let seized = convert_pre_seizures(check, &all[0].right, ids);
        all.extend(seized);
    }
    for other in &d.others {
        let Some(before) = check.unit.right(other.right_id) else {
            continue;
        };
        let mut right = before.right.clone();
        right.detail = kept(other.content.clone(), &before.right.detail);
        let mut e = entry(check, ids(), right, true);
        e.ends.push(ended(before, name));
        e.certificates = certificates(check, &e.right);
        e.continues_no = goes_on(&e, before);
        all.push(e);
    }
    Ok(all)
}

/// A right whose paper is not renewed keeps the number of the old one.
fn goes_on(e: &EntryDraft, old: &StandingRight) -> Option<String> {
    if e.certificates.is_empty() {
        old.certificate_no.clone()
    } else {
        None
    }
}
