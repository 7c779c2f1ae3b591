//! What a granted application writes into the register.

use chrono::NaiveDate;
use dengbu_model::certificate::CertificateKind;
use dengbu_model::party::{CoOwnership, Holder, Party, PartyKind};
use dengbu_model::right::{Mortgage, RegistrationType, Right, RightDetail, RightType, Seizure};
use dengbu_model::unit_code::UnitCode;
use uuid::Uuid;

use crate::application::{Application, Detail, MortgageDetail, SeizureDetail, TransferDetail};
use crate::catalogue::Business;
use crate::rules::{Check, seizure};
use crate::state::{StandingRight, UnitState};

/// One entry to be made on one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryDraft {
    /// The unit.
    pub unit: UnitCode,
    /// Kind of registration (登记类型).
    pub registration_type: RegistrationType,
    /// The right the entry is about: new, or the one that ends.
    pub right_id: Uuid,
    /// The right complete, as it shall stand or as it stood when it ended.
    pub right: Right,
    /// True when the entry creates the right, false when it ends it.
    pub creates: bool,
    /// Other rights on the unit that end by this entry, with the reason.
    pub ends: Vec<EndedRight>,
    /// Certificates to be issued: none, one, or one per holder.
    pub certificates: Vec<CertificateDraft>,
}

/// A right that ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedRight {
    /// Its identity.
    pub right_id: Uuid,
    /// Why (注销原因 or the kind of registration that replaced it).
    pub reason: String,
}

/// A certificate to be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificateDraft {
    /// Certificate or proof.
    pub kind: CertificateKind,
    /// The holder it is for, by position; none when it is for all of them together.
    pub holder: Option<usize>,
}

/// Why no entry can be drafted though the rules raised no block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EffectError {
    /// The unit has no title to start from.
    #[error("登记簿上没有现势所有权")]
    NoTitle,
    /// The mortgage does not stand.
    #[error("登记簿上没有要注销的抵押权")]
    NoMortgage,
    /// The application lacks something that submission demands.
    #[error("申请内容不完整：{0}")]
    Incomplete(&'static str),
}

/// Drafts the entry that the application makes on one unit. `new_right_id` is
/// the identity of the right that comes into being, if one does.
///
/// # Errors
/// [`EffectError`] when the application does not fit what stands; after
/// [`crate::rules::check`] without blocks this does not happen.
pub fn draft(
    business: &Business,
    application: &Application,
    unit: &UnitState,
    today: NaiveDate,
    new_right_id: Uuid,
) -> Result<EntryDraft, EffectError> {
    let check = Check {
        business,
        application,
        unit,
        today,
    };
    let mut draft = match &application.detail {
        Detail::Transfer(d) => transfer(&check, d, new_right_id)?,
        Detail::Mortgage(d) => mortgage(&check, d, new_right_id)?,
        Detail::MortgageRelease(d) => {
            let right_id = d
                .mortgage_right_id
                .ok_or(EffectError::Incomplete("抵押权"))?;
            release(&check, right_id)?
        }
        Detail::Seizure(d) => seize(&check, d, new_right_id),
    };
    draft.certificates = certificates(business, application);
    Ok(draft)
}

fn entry(check: &Check<'_>, right_id: Uuid, right: Right, creates: bool) -> EntryDraft {
    EntryDraft {
        unit: check.unit.unit.clone(),
        registration_type: check.business.registration_type,
        right_id,
        right,
        creates,
        ends: Vec::new(),
        certificates: Vec::new(),
    }
}

fn title<'a>(check: &Check<'a>) -> Result<&'a StandingRight, EffectError> {
    check.unit.titles().next().ok_or(EffectError::NoTitle)
}

/// 转移登记: the old title ends, the new one takes over what is physical about it
/// (民法典第二百零九条). Mortgages, easements and rights of habitation stay (第四百零六条).
fn transfer(
    check: &Check<'_>,
    d: &TransferDetail,
    new_id: Uuid,
) -> Result<EntryDraft, EffectError> {
    let old = title(check)?;
    let app = check.application;
    let mut right = old.right.clone();
    right.co_ownership = app.co_ownership;
    right.holders.clone_from(&app.holders);
    right.obligors.clone_from(&app.obligors);
    right.remarks.clone_from(&app.remarks);
    if let RightDetail::BuildingOwnership(b) = &mut right.detail {
        b.price = d.price;
        b.contract_no.clone_from(&d.contract_no);
    }
    let mut e = entry(check, new_id, right, true);
    e.ends.push(EndedRight {
        right_id: old.right_id,
        reason: format!("因{}转移登记", app.reason),
    });
    Ok(e)
}

/// The rank after the last one given; a rank once given is not given again while a later
/// mortgage stands (民法典第四百一十四条).
pub(crate) fn next_rank(unit: &UnitState) -> u32 {
    (1..)
        .zip(unit.mortgages())
        .map(|(place, (_, m))| m.rank.unwrap_or(place))
        .max()
        .map_or(1, |last| last.saturating_add(1))
}

/// 抵押权首次登记: rank by order of registration (民法典第四百一十四条).
fn mortgage(
    check: &Check<'_>,
    d: &MortgageDetail,
    new_id: Uuid,
) -> Result<EntryDraft, EffectError> {
    title(check)?;
    let app = check.application;
    let rank = next_rank(check.unit);
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
        contract_no: d.contract_no.clone(),
        ..Mortgage::new(d.method)
    };
    let right = Right {
        right_type: RightType::Mortgage,
        co_ownership: app.co_ownership,
        holders: app.holders.clone(),
        obligors: app.obligors.clone(),
        detail: RightDetail::Mortgage(detail),
        other_conditions: None,
        remarks: app.remarks.clone(),
    };
    Ok(entry(check, new_id, right, true))
}

/// 抵押权注销登记 (实施细则第七十条): the entry repeats the mortgage as it stood.
fn release(check: &Check<'_>, right_id: Uuid) -> Result<EntryDraft, EffectError> {
    let old = check.unit.right(right_id).ok_or(EffectError::NoMortgage)?;
    let reason = match &check.application.detail {
        Detail::MortgageRelease(d) => d.cause.clone().unwrap_or_default(),
        _ => String::new(),
    };
    let mut e = entry(check, right_id, old.right.clone(), false);
    e.ends.push(EndedRight { right_id, reason });
    Ok(e)
}

/// 查封登记: first or waiting, by what stands (实施细则第九十一条).
fn seize(check: &Check<'_>, d: &SeizureDetail, new_id: Uuid) -> EntryDraft {
    let (kind, rank) = seizure::kind_and_rank(check);
    let court = Party::named(&d.court, PartyKind::StateOrgan);
    let obligors = check
        .unit
        .titles()
        .flat_map(|t| &t.right.holders)
        .map(|h| h.party.clone())
        .collect();
    let right = Right {
        right_type: RightType::Seizure,
        co_ownership: CoOwnership::Sole,
        holders: vec![Holder {
            party: court,
            share: None,
        }],
        obligors,
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
    entry(check, new_id, right, true)
}

/// 实施细则第二十条、第二十一条: one certificate for all holders, or one each on request.
fn certificates(business: &Business, application: &Application) -> Vec<CertificateDraft> {
    let Some(kind) = business.result.certificate_kind() else {
        return Vec::new();
    };
    let apart = application.separate_certificates
        && application.holders.len() > 1
        && kind == CertificateKind::Title;
    if apart {
        (0..application.holders.len())
            .map(|i| CertificateDraft {
                kind,
                holder: Some(i),
            })
            .collect()
    } else {
        vec![CertificateDraft { kind, holder: None }]
    }
}
