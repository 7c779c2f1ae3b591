//! A new application as the register can fill it in: nobody types what is already known.

use dengbu_model::party::{CoOwnership, Party};
use dengbu_model::right::{self, PriorityNoticeKind, Right, RightDetail, RightType};
use uuid::Uuid;

use super::{
    AmendDetail, Application, DeliveryMethod, Detail, EstablishDetail, FieldError, Inquiry,
    MortgageReleaseDetail, Part, ReleaseDetail, ReshapeDetail, UnitContent, fields,
};
use crate::catalogue::{self, Business, DetailKind, EffectKind, Target};
use crate::state::{StandingRight, UnitState};

/// Questions put to both sides of a voluntary disposal (询问笔录).
const QUESTIONS: &[&str] = &[
    "申请登记事项是否为申请人的真实意思表示？",
    "申请登记的不动产是共有还是单独所有？",
    "申请登记的不动产是共有的，是共同共有还是按份共有？",
    "申请登记的不动产是按份共有的，共有人的份额情况如何？",
    "申请人提交的材料是否真实、合法、有效？",
];

fn fault(field: &str, code: &'static str, message: impl Into<String>) -> FieldError {
    fields::err(field, code, message)
}

/// An application in which nothing is filled in.
pub(crate) fn blank(kind: DetailKind) -> Application {
    Application {
        reason: String::new(),
        holders: Vec::new(),
        obligors: Vec::new(),
        co_ownership: CoOwnership::Sole,
        separate_certificates: false,
        detail: Detail::empty(kind),
        contact: None,
        delivery_method: DeliveryMethod::Counter,
        inquiry: Vec::new(),
        acknowledged: Vec::new(),
        remarks: None,
        further: Vec::new(),
    }
}

/// Fills an application for these units; `target` is the right acted on, where the
/// business needs one and the units have several.
///
/// # Errors
/// The fault when the right to be acted on does not stand or is not clear.
pub fn prefill(
    business: &'static Business,
    states: &[UnitState],
    target: Option<Uuid>,
) -> Result<Application, FieldError> {
    if business.effect == EffectKind::Combine {
        return combined(business, states, target);
    }
    let mut application = blank(business.detail_kind);
    application.reason = business.reasons.first().cloned().unwrap_or_default();
    match business.detail_kind {
        DetailKind::Transfer => {
            application.obligors = owners(states);
            application.inquiry = ask();
        }
        DetailKind::Mortgage => {
            application.obligors = owners(states);
            application.inquiry = ask();
        }
        DetailKind::Seizure => application.obligors = owners(states),
        DetailKind::Establish => establish(business, states, &mut application),
        DetailKind::MortgageRelease => {
            let mortgage = the_right(business, states, target)?;
            of_right(&mut application, &mortgage.right);
            application.detail = Detail::MortgageRelease(MortgageReleaseDetail {
                mortgage_right_id: Some(mortgage.right_id),
                ..MortgageReleaseDetail::default()
            });
        }
        DetailKind::Amend => {
            let right = the_right(business, states, target)?;
            of_right(&mut application, &right.right);
            // several units have contents of their own: what is not given stays
            let one = states.len() == 1;
            application.detail = Detail::Amend(AmendDetail {
                right_id: one.then_some(right.right_id),
                content: one.then(|| right.right.detail.clone()),
                other_conditions: right.right.other_conditions.clone(),
                ..AmendDetail::default()
            });
        }
        DetailKind::Release => {
            let right = the_right(business, states, target)?;
            of_right(&mut application, &right.right);
            application.detail = Detail::Release(ReleaseDetail {
                right_id: (states.len() == 1).then_some(right.right_id),
                organ: match &right.right.detail {
                    RightDetail::Seizure(s) => Some(s.court.clone()),
                    _ => None,
                },
                ..ReleaseDetail::default()
            });
        }
        DetailKind::Reshape => reshape(states, &mut application)?,
    }
    Ok(application)
}

fn combined(
    business: &'static Business,
    states: &[UnitState],
    target: Option<Uuid>,
) -> Result<Application, FieldError> {
    let mut parts = business
        .parts
        .iter()
        .filter_map(|code| catalogue::business(code));
    let first = parts
        .next()
        .ok_or_else(|| fault("/further", "parts_mismatch", "组合业务没有组成部分"))?;
    let mut application = prefill(first, states, target)?;
    let mut passes = matches!(first.effect, EffectKind::Transfer | EffectKind::Exchange);
    for part in parts {
        // what the parts before it make is not there yet: a part that finds nothing to act
        // upon begins empty
        let mut filled = prefill(part, states, None).unwrap_or_else(|_| blank(part.detail_kind));
        // who gives in this part is who receives in the one before, and is not known yet
        if passes {
            filled.obligors = Vec::new();
        }
        passes |= matches!(part.effect, EffectKind::Transfer | EffectKind::Exchange);
        application.further.push(Part {
            business: part.code.clone(),
            reason: part.reasons.first().cloned().unwrap_or_default(),
            holders: filled.holders,
            obligors: filled.obligors,
            co_ownership: filled.co_ownership,
            detail: filled.detail,
            remarks: None,
        });
    }
    Ok(application)
}

fn ask() -> Vec<Inquiry> {
    QUESTIONS
        .iter()
        .map(|q| Inquiry {
            question: (*q).to_owned(),
            answer: String::new(),
        })
        .collect()
}

fn owners(states: &[UnitState]) -> Vec<Party> {
    let mut found: Vec<Party> = Vec::new();
    for h in states
        .iter()
        .flat_map(UnitState::titles)
        .flat_map(|t| &t.right.holders)
    {
        if !found
            .iter()
            .any(|p| p.name == h.party.name && p.id == h.party.id)
        {
            found.push(h.party.clone());
        }
    }
    found
}

fn of_right(application: &mut Application, right: &Right) {
    application.holders.clone_from(&right.holders);
    application.co_ownership = right.co_ownership;
    application.obligors.clone_from(&right.obligors);
}

fn establish(business: &Business, states: &[UnitState], application: &mut Application) {
    if business.right_type.is_title() {
        // a house is registered to who holds its land (R84)
        if let Some(land) = states
            .iter()
            .flat_map(|s| &s.land_rights)
            .find(|r| r.right.right_type.is_title())
        {
            application.holders.clone_from(&land.right.holders);
            application.co_ownership = land.right.co_ownership;
        }
    } else if business.applicants.obligor_label.is_some() {
        application.obligors = owners(states);
        application.inquiry = ask();
    }
    application.detail = Detail::Establish(EstablishDetail {
        content: empty_content(business),
        ..EstablishDetail::default()
    });
}

/// An empty content of the table that the business's right is kept in.
fn empty_content(business: &Business) -> Option<RightDetail> {
    use RightType as T;
    Some(match business.right_type {
        T::CollectiveLandOwnership | T::StateLandOwnership => {
            RightDetail::LandOwnership(right::LandOwnership::default())
        }
        T::StateConstructionLand | T::Homestead | T::CollectiveConstructionLand => {
            RightDetail::LandUse(right::LandUse::default())
        }
        T::StateConstructionLandAndBuilding
        | T::HomesteadAndBuilding
        | T::CollectiveConstructionLandAndBuilding => {
            RightDetail::BuildingOwnership(right::BuildingOwnership::default())
        }
        T::RuralContract | T::Grassland | T::Aquaculture => {
            RightDetail::AgriculturalLand(right::AgriculturalLand::default())
        }
        T::RuralContractAndForest | T::ForestLand | T::ForestLandAndForest => {
            RightDetail::Forest(right::Forest::default())
        }
        T::SeaArea | T::UninhabitedIsland => RightDetail::SeaArea(right::SeaArea::default()),
        T::SeaAreaAndStructure | T::UninhabitedIslandAndStructure => {
            RightDetail::Structure(right::Structure::default())
        }
        T::Easement => RightDetail::Easement(right::Easement::default()),
        T::OwnersCommonPart => RightDetail::OwnersCommonPart(right::OwnersCommonPart::default()),
        T::Mortgage => return None,
        T::Habitation => RightDetail::Habitation(right::Habitation::default()),
        T::PriorityNotice => RightDetail::PriorityNotice(right::PriorityNotice {
            notice_kind: notice_kind(&business.code),
            ..right::PriorityNotice::default()
        }),
        T::Caution => RightDetail::Caution(right::Caution::default()),
        T::Seizure => return None,
        T::Restriction => RightDetail::Restriction(right::Restriction::default()),
        T::WaterIntake | T::MineralExploration | T::Mining | T::Other => {
            RightDetail::OtherRight(right::OtherRight::default())
        }
    })
}

/// 预告登记种类 by the second part of the code: 700-01 … 700-04 (业务目录 §1.3).
fn notice_kind(code: &str) -> PriorityNoticeKind {
    match code.split('-').nth(1) {
        Some("02") => PriorityNoticeKind::Transfer,
        Some("03") => PriorityNoticeKind::PresaleMortgage,
        Some("04") => PriorityNoticeKind::Mortgage,
        _ => PriorityNoticeKind::PresaleTransfer,
    }
}

fn reshape(states: &[UnitState], application: &mut Application) -> Result<(), FieldError> {
    let (old, new): (Vec<&UnitState>, Vec<&UnitState>) =
        states.iter().partition(|s| s.titles().next().is_some());
    let title = old
        .iter()
        .find_map(|s| s.titles().next())
        .ok_or_else(|| fault("/units", "no_title", "原不动产单元没有现势权利"))?;
    of_right(application, &title.right);
    application.detail = Detail::Reshape(ReshapeDetail {
        from: old.iter().map(|s| s.unit.clone()).collect(),
        to: new
            .iter()
            .map(|s| UnitContent {
                unit: s.unit.clone(),
                content: title.right.detail.clone(),
            })
            .collect(),
    });
    Ok(())
}

/// The right the business acts upon.
fn the_right<'a>(
    business: &Business,
    states: &'a [UnitState],
    target: Option<Uuid>,
) -> Result<&'a StandingRight, FieldError> {
    let fitting: Vec<&StandingRight> = states
        .iter()
        .flat_map(|s| &s.rights)
        .filter(|r| business.takes(r.right.right_type))
        .collect();
    let name = if business.target == Target::Title {
        "所有权（使用权）"
    } else {
        business.right_type.name_zh()
    };
    let several_units = states.len() > 1;
    match (target, fitting.as_slice()) {
        (_, []) => Err(fault(
            "/target_right_id",
            if business.target == Target::Mortgage {
                "no_mortgage"
            } else {
                "no_right"
            },
            format!("该不动产单元没有现势的{name}"),
        )),
        (None, [one]) => Ok(one),
        // the same right on several units: the first stands for all
        (None, [first, ..]) if several_units => Ok(first),
        (None, _) => Err(fault(
            "/target_right_id",
            "required",
            format!("该不动产单元有多个{name}，请选择要办理的一个"),
        )),
        (Some(id), all) => all
            .iter()
            .find(|r| r.right_id == id)
            .copied()
            .ok_or_else(|| {
                fault(
                    "/target_right_id",
                    "unknown",
                    format!("登记簿上没有这个现势的{name}"),
                )
            }),
    }
}
