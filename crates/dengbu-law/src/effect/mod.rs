//! What a granted application writes into the register (登记效果). One function for each
//! [`EffectKind`] of the catalogue; all are pure.
//!
//! Map: `title` — rights of ownership and use; `burden` — rights over the property of
//! others and notices; `seizure` — orders of courts; `ending` — rights that end; `units` —
//! units that are split or merged; `lapse` — what runs out by itself.

mod burden;
mod ending;
mod lapse;
mod seizure;
mod title;
mod units;

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_model::cadastre::UnitStatus;
use dengbu_model::certificate::CertificateKind;
use dengbu_model::party::{Party, PartyKind};
use dengbu_model::right::{RegistrationType, Right, RightDetail, RightType};
use dengbu_model::unit_code::UnitCode;
use uuid::Uuid;

use crate::application::{Application, FieldError};
use crate::catalogue::{Business, EffectKind, ResultPaper};
use crate::rules::Check;
use crate::state::{StandingRight, UnitState, World};

pub use burden::next_rank;
pub(crate) use burden::{amended, convertible};
pub(crate) use ending::{is_sale_notice, predecessors};
pub(crate) use lapse::over;
pub use lapse::{Lapse, caution_last_day, lapses, notice_last_day};
pub use seizure::kind_and_rank;
pub(crate) use seizure::released;

/// One entry to be made on one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryDraft {
    /// The unit.
    pub unit: UnitCode,
    /// Code of the business it is made under.
    pub business: String,
    /// Registration cause (登记原因).
    pub reason: String,
    /// Articles it rests on.
    pub legal_basis: Vec<String>,
    /// Kind of registration (登记类型).
    pub registration_type: RegistrationType,
    /// The right the entry is about: new, or the one that ends.
    pub right_id: Uuid,
    /// The right complete, as it shall stand or as it stood when it ended.
    pub right: Right,
    /// True when the entry creates the right, false when it ends it.
    pub creates: bool,
    /// Rights on the unit that end by this entry, with the reason.
    pub ends: Vec<EndedRight>,
    /// Certificates to be issued: none, one, or one per holder.
    pub certificates: Vec<CertificateDraft>,
    /// Number under which the right goes on where no new paper is issued.
    pub continues_no: Option<String>,
    /// What changes about the unit itself.
    pub unit_change: Option<UnitChange>,
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

/// What changes about a unit by an entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnitChange {
    /// Its status (灭失, 历史, 有效).
    pub status: Option<UnitStatus>,
    /// Its address (坐落).
    pub address: Option<String>,
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
    /// The right acted upon does not stand, or is not the only one.
    #[error("登记簿上没有找到要办理的现势权利，或者有多个，请指明")]
    NoRight,
    /// The application lacks something that submission demands.
    #[error("申请内容不完整：{0}")]
    Incomplete(&'static str),
    /// The parts of a combined business do not fit it.
    #[error("{}", .0.message)]
    Parts(FieldError),
}

/// Drafts all entries of a case, in their order: part by part, unit by unit. What one entry
/// makes, the next one sees (先转移后抵押).
///
/// # Errors
/// [`EffectError`] when the application does not fit what stands; after
/// [`crate::rules::check`] without blocks this does not happen.
pub fn draft(
    business: &'static Business,
    application: &Application,
    world: &World,
    now: DateTime<Utc>,
    today: NaiveDate,
    ids: &dyn Fn() -> Uuid,
) -> Result<Vec<EntryDraft>, EffectError> {
    let parts = application.parts(business).map_err(EffectError::Parts)?;
    let mut world = world.clone();
    let mut all = Vec::new();
    for (business, application) in &parts {
        all.extend(part(business, application, &mut world, now, today, ids)?);
    }
    Ok(all)
}

/// Drafts one part and applies it to the world.
pub(crate) fn part(
    business: &Business,
    application: &Application,
    world: &mut World,
    now: DateTime<Utc>,
    today: NaiveDate,
    ids: &dyn Fn() -> Uuid,
) -> Result<Vec<EntryDraft>, EffectError> {
    let drafts = match business.effect {
        EffectKind::Exchange => title::exchange(business, application, world, today, ids)?,
        EffectKind::Reshape => units::reshape(business, application, world, today, ids)?,
        _ => {
            let mut drafts = Vec::new();
            for unit in world.units() {
                let check = Check {
                    business,
                    application,
                    unit,
                    world,
                    today,
                };
                drafts.extend(on_unit(&check, ids)?);
            }
            drafts
        }
    };
    world.apply(&drafts, now);
    Ok(drafts)
}

fn on_unit(check: &Check<'_>, ids: &dyn Fn() -> Uuid) -> Result<Vec<EntryDraft>, EffectError> {
    match check.business.effect {
        EffectKind::Establish => title::establish(check, ids),
        EffectKind::Transfer => title::transfer(check, ids),
        EffectKind::Mortgage => burden::mortgage(check, ids),
        EffectKind::Convert => burden::convert(check, ids),
        EffectKind::Seize => Ok(seizure::seize(check, ids)),
        EffectKind::Amend => burden::amend(check, ids),
        EffectKind::End => ending::end(check),
        EffectKind::EndAll => ending::end_all(check),
        EffectKind::EndSeizure => seizure::release(check, ids),
        EffectKind::Revoke => ending::revoke(check, ids),
        // these look at all units together, or are taken apart before
        EffectKind::Exchange | EffectKind::Reshape | EffectKind::Combine => Ok(Vec::new()),
    }
}

/// An entry of the business under check, without endings and papers.
fn entry(check: &Check<'_>, right_id: Uuid, right: Right, creates: bool) -> EntryDraft {
    EntryDraft {
        unit: check.unit.unit.clone(),
        business: check.business.code.clone(),
        reason: check.application.reason.clone(),
        legal_basis: check.business.legal_basis.clone(),
        registration_type: check.business.registration_type,
        right_id,
        right,
        creates,
        ends: Vec::new(),
        certificates: Vec::new(),
        continues_no: None,
        unit_change: None,
    }
}

fn ended(right: &StandingRight, reason: impl Into<String>) -> EndedRight {
    EndedRight {
        right_id: right.right_id,
        reason: reason.into(),
    }
}

fn only_title(unit: &UnitState) -> Result<&StandingRight, EffectError> {
    unit.titles().next().ok_or(EffectError::NoTitle)
}

/// The right on this unit that an application acts upon: the one it names; else the only
/// one of the business's types; else the only one of them that the applicants hold.
#[must_use]
pub fn acted_upon<'a>(check: &Check<'a>) -> Option<&'a StandingRight> {
    let named = check.application.detail.right_id();
    if let Some(right) = named.and_then(|id| check.unit.right(id)) {
        return Some(right);
    }
    let fitting: Vec<&StandingRight> = check
        .unit
        .rights
        .iter()
        .filter(|r| check.business.takes(r.right.right_type))
        .collect();
    match fitting.as_slice() {
        [one] => Some(one),
        [] => None,
        many => {
            let mut held = many.iter().filter(|r| {
                r.right.holders.iter().any(|h| {
                    check
                        .application
                        .holders
                        .iter()
                        .any(|a| crate::rules::same_person(&a.party, &h.party))
                })
            });
            match (held.next(), held.next()) {
                (Some(one), None) => Some(one),
                _ => None,
            }
        }
    }
}

/// 实施细则第二十条、第二十一条: one certificate for all holders, or one each on request.
fn certificates(check: &Check<'_>, right: &Right) -> Vec<CertificateDraft> {
    let kind = match check.business.result {
        ResultPaper::None => return Vec::new(),
        ResultPaper::Title => CertificateKind::Title,
        ResultPaper::Proof => CertificateKind::Proof,
        ResultPaper::AsBefore => match right.right_type {
            t if t.is_title() => CertificateKind::Title,
            RightType::Seizure | RightType::Restriction | RightType::OwnersCommonPart => {
                return Vec::new();
            }
            _ => CertificateKind::Proof,
        },
    };
    let apart = check.application.separate_certificates
        && right.holders.len() > 1
        && kind == CertificateKind::Title;
    if apart {
        (0..right.holders.len())
            .map(|i| CertificateDraft {
                kind,
                holder: Some(i),
            })
            .collect()
    } else {
        vec![CertificateDraft { kind, holder: None }]
    }
}

/// A pre-seizure becomes a seizure when its object is registered to its debtor (预查封转查封,
/// 法发〔2004〕5号第十八条): one entry for each, its rank stays.
fn convert_pre_seizures(
    check: &Check<'_>,
    owners: &Right,
    ids: &dyn Fn() -> Uuid,
) -> Vec<EntryDraft> {
    use dengbu_model::right::SeizureKind;
    let of_debtor = |obligors: &[Party]| {
        owners.holders.iter().any(|h| {
            obligors
                .iter()
                .any(|o| crate::rules::same_person(o, &h.party))
        })
    };
    check
        .unit
        .rights
        .iter()
        .filter_map(|r| match &r.right.detail {
            RightDetail::Seizure(s) if of_debtor(&r.right.obligors) => {
                let kind = match s.kind {
                    SeizureKind::PreSeizure => SeizureKind::Seizure,
                    SeizureKind::WaitingPreSeizure => SeizureKind::Waiting,
                    _ => return None,
                };
                let mut right = r.right.clone();
                if let RightDetail::Seizure(s) = &mut right.detail {
                    s.kind = kind;
                }
                let mut e = entry(check, ids(), right, true);
                e.registration_type = RegistrationType::Seizure;
                "不动产登记至被执行人名下，预查封转为查封".clone_into(&mut e.reason);
                e.legal_basis = vec!["法发〔2004〕5号第十八条".to_owned()];
                e.ends.push(ended(r, "预查封转查封"));
                Some(e)
            }
            _ => None,
        })
        .collect()
}

/// A body of which only the name is known.
fn organ(name: &str) -> Party {
    Party::named(name, PartyKind::StateOrgan)
}
