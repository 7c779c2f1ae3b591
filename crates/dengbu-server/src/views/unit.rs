//! Units and their rights as shown.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_cadastre::facts::{ParcelFacts, UnitFacts};
use dengbu_model::cadastre::Dwelling;
use dengbu_model::codes;
use dengbu_model::party::{Party, masked_name};
use dengbu_model::right::RightDetail;
use dengbu_model::unit_code::UnitCode;
use dengbu_papers::fields::Labelled;
use dengbu_register::entry::Provenance;
use dengbu_register::read::RegisterRight;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::name_of;

/// A unit in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitSummary {
    /// Code (不动产单元号, BDCDYH).
    pub unit_code: String,
    /// The same in groups.
    pub unit_code_grouped: String,
    /// County code.
    pub county: String,
    /// County name.
    pub county_name: String,
    /// Authority code.
    pub authority: String,
    /// Address (坐落, ZL).
    pub address: String,
    /// Use in Chinese.
    pub use_name: Option<String>,
    /// Area in m².
    pub building_area: Option<String>,
    /// Current holders, masked.
    pub holders_masked: Vec<String>,
    /// Current title certificate.
    pub certificate_no: Option<String>,
    /// What lies on the unit: seizure, waiting_seizure, mortgage, caution, priority_notice, habitation, restriction, pending_case.
    pub flags: Vec<String>,
    /// Building code.
    pub building_code: Option<String>,
}

/// A unit wholly.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitDetail {
    /// The unit.
    #[serde(flatten)]
    pub summary: UnitSummary,
    /// Surveyed facts.
    pub facts: UnitFactsView,
    /// All rights, ended ones included.
    pub rights: Vec<RightView>,
    /// Cases under way.
    pub pending_cases: Vec<PendingCase>,
    /// Where it was taken over from.
    #[schema(value_type = Option<Object>)]
    pub provenance: Option<serde_json::Value>,
    /// Entries so far.
    pub register_version: i64,
}

/// Surveyed facts of a unit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitFactsView {
    /// Parcel code.
    pub parcel_code: String,
    /// Parcel area in m².
    pub parcel_area: Option<String>,
    /// Land use in Chinese.
    pub land_use_name: Option<String>,
    /// Nature of the land right in Chinese.
    pub right_nature_name: Option<String>,
    /// Building code.
    pub building_code: Option<String>,
    /// Entrance.
    pub entrance: Option<String>,
    /// Storey.
    pub storey: Option<i32>,
    /// Room.
    pub room: Option<String>,
    /// Use code.
    #[serde(rename = "use")]
    pub use_code: Option<String>,
    /// Use in Chinese.
    pub use_name: Option<String>,
    /// Structure in Chinese.
    pub structure_name: Option<String>,
    /// Building area in m².
    pub building_area: Option<String>,
    /// Inner area in m².
    pub exclusive_area: Option<String>,
    /// Shared area in m².
    pub shared_area: Option<String>,
    /// Kind of unit.
    pub kind: String,
    /// Status code.
    pub status: String,
    /// Status in Chinese.
    pub status_name: String,
}

/// A case under way on the unit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PendingCase {
    /// Number.
    pub case_no: String,
    /// Business.
    pub business_name: String,
    /// True when it disposes of the unit.
    pub blocking: bool,
}

/// A right as shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RightView {
    /// Identity.
    pub right_id: Uuid,
    /// Right type.
    pub right_type: String,
    /// Right type in Chinese.
    pub right_type_name: String,
    /// Table of the standard it belongs to.
    pub kind: String,
    /// `current` or `ended`.
    pub status: String,
    /// Holders.
    pub holders: Vec<PartyView>,
    /// Obligors.
    pub obligors: Vec<PartyView>,
    /// Co-ownership in Chinese.
    pub co_ownership_name: String,
    /// Certificate or proof number.
    pub certificate_no: Option<String>,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// Who recorded it.
    pub registrar: String,
    /// The case.
    pub case_no: Option<String>,
    /// Kind of registration in Chinese.
    pub registration_type_name: String,
    /// Registration cause (登记原因, DJYY).
    pub cause: Option<String>,
    /// The statutory fields, in the page's order.
    #[schema(value_type = Vec<LabelledField>)]
    pub fields: Vec<Labelled>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// Last day of a seizure, a mortgage's term.
    pub term_end: Option<NaiveDate>,
    /// Where it was taken over from.
    #[schema(value_type = Option<Object>)]
    pub provenance: Option<Provenance>,
}

/// A field as it stands on the statutory page.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LabelledField {
    /// Label.
    pub label: String,
    /// Value.
    pub value: String,
}

/// A person as shown, masked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartyView {
    /// Name; masked for natural persons.
    pub name: String,
    /// Kind in Chinese.
    pub kind_name: String,
    /// Kind of document in Chinese.
    pub id_kind_name: Option<String>,
    /// Masked number.
    pub id_number_masked: Option<String>,
    /// Share.
    pub share: Option<String>,
}

/// A person as shown.
#[must_use]
pub fn party(p: &Party, share: Option<String>) -> PartyView {
    PartyView {
        name: shown_name(p),
        kind_name: p.kind.name_zh().to_owned(),
        id_kind_name: p.id.as_ref().map(|id| id.kind.name_zh().to_owned()),
        id_number_masked: p
            .id
            .as_ref()
            .map(dengbu_model::identity::IdDocument::masked),
        share,
    }
}

/// The name as shown: natural persons masked, bodies whole.
#[must_use]
pub fn shown_name(p: &Party) -> String {
    if p.kind == dengbu_model::party::PartyKind::Person {
        masked_name(&p.name)
    } else {
        p.name.clone()
    }
}

/// A right as shown, with its statutory fields masked.
#[must_use]
pub fn right(
    r: &RegisterRight,
    cause: Option<&str>,
    address: &str,
    authority_name: &str,
) -> RightView {
    let page = super::register::page(r, cause, address, authority_name);
    let registration = dengbu_model::right::RegistrationType::from_code(&r.registration_type);
    RightView {
        right_id: r.right_id,
        right_type: r.right.right_type.code().to_owned(),
        right_type_name: r.right.right_type.name_zh().to_owned(),
        kind: r.right.detail.kind().to_owned(),
        status: if r.valid_to.is_none() {
            "current"
        } else {
            "ended"
        }
        .to_owned(),
        holders: r
            .right
            .holders
            .iter()
            .map(|h| party(&h.party, h.share.map(|s| s.to_string())))
            .collect(),
        obligors: r.right.obligors.iter().map(|p| party(p, None)).collect(),
        co_ownership_name: r.right.co_ownership.name_zh().to_owned(),
        certificate_no: r.certificate_no.clone(),
        registered_at: r.registered_at,
        registrar: r.registrar.clone(),
        case_no: r.case_no.clone(),
        registration_type_name: registration
            .map_or_else(|| r.registration_type.clone(), |t| t.name_zh().to_owned()),
        cause: cause.map(str::to_owned),
        fields: page.fields,
        ended_at: r.valid_to,
        end_reason: r.end_reason.clone(),
        term_end: match &r.right.detail {
            RightDetail::Seizure(s) => s.end,
            RightDetail::Mortgage(m) => m.term_end,
            _ => None,
        },
        provenance: r.provenance.clone(),
    }
}

/// Flags of a unit from the rights that stand on it.
#[must_use]
pub fn flags(rights: &[&RegisterRight], pending: bool, today: NaiveDate) -> Vec<String> {
    let mut found: Vec<&str> = Vec::new();
    for r in rights.iter().filter(|r| r.valid_to.is_none()) {
        let flag = match &r.right.detail {
            RightDetail::Seizure(s) if s.end.is_some_and(|e| e < today) => continue,
            RightDetail::Seizure(s) if s.kind.is_waiting() => "waiting_seizure",
            RightDetail::Seizure(_) => "seizure",
            RightDetail::Mortgage(_) => "mortgage",
            RightDetail::Caution(_) => "caution",
            RightDetail::PriorityNotice(_) => "priority_notice",
            RightDetail::Habitation(_) => "habitation",
            RightDetail::Restriction(_) => "restriction",
            _ => continue,
        };
        if !found.contains(&flag) {
            found.push(flag);
        }
    }
    if pending {
        found.push("pending_case");
    }
    found.into_iter().map(str::to_owned).collect()
}

/// A unit in a list.
#[must_use]
pub fn summary(
    u: &UnitFacts,
    rights: &[&RegisterRight],
    pending: bool,
    counties: &BTreeMap<String, String>,
    today: NaiveDate,
) -> UnitSummary {
    let county = u.unit_code[..6].to_owned();
    let title = rights
        .iter()
        .find(|r| r.valid_to.is_none() && r.right.right_type.is_title());
    UnitSummary {
        unit_code_grouped: UnitCode::parse(&u.unit_code)
            .map_or_else(|_| u.unit_code.clone(), |c| c.grouped()),
        unit_code: u.unit_code.clone(),
        county_name: counties
            .get(&county)
            .cloned()
            .unwrap_or_else(|| county.clone()),
        county,
        authority: u.authority.clone(),
        address: u.address.clone(),
        use_name: u.use_code.as_deref().map(|c| use_name(&u.kind, c)),
        building_area: u.area.map(|a| format!("{a:.2}")),
        holders_masked: title
            .map(|t| {
                t.right
                    .holders
                    .iter()
                    .map(|h| shown_name(&h.party))
                    .collect()
            })
            .unwrap_or_default(),
        certificate_no: title.and_then(|t| t.certificate_no.clone()),
        flags: flags(rights, pending, today),
        building_code: u.building_code.clone(),
    }
}

fn use_name(kind: &str, code: &str) -> String {
    if kind == "land" {
        name_of(codes::LAND_USE, code)
    } else {
        name_of(codes::HOUSE_USE, code)
    }
}

/// Surveyed facts of a unit.
#[must_use]
pub fn facts(u: &UnitFacts, parcel: Option<&ParcelFacts>) -> UnitFactsView {
    let dwelling: Option<Dwelling> = serde_json::from_value(u.facts.clone()).ok();
    let d = dwelling.as_ref();
    let status = dengbu_model::cadastre::UnitStatus::from_code(&u.status);
    UnitFactsView {
        parcel_code: u.parcel_code.clone(),
        parcel_area: parcel.and_then(|p| p.area).map(|a| format!("{a:.2}")),
        land_use_name: parcel
            .and_then(|p| p.land_use.as_deref())
            .map(|c| name_of(codes::LAND_USE, c)),
        right_nature_name: parcel
            .and_then(|p| p.right_nature.as_deref())
            .map(|c| name_of(codes::RIGHT_NATURE, c)),
        building_code: u.building_code.clone(),
        entrance: u.entrance.clone(),
        storey: u.storey,
        room: u.room.clone(),
        use_code: u.use_code.clone(),
        use_name: u.use_code.as_deref().map(|c| use_name(&u.kind, c)),
        structure_name: d
            .and_then(|d| d.structure.as_ref())
            .map(|c| name_of(codes::HOUSE_STRUCTURE, c.as_str())),
        building_area: u.area.map(|a| format!("{a:.2}")),
        exclusive_area: d.and_then(|d| d.inner_area).map(|a| a.to_string()),
        shared_area: d.and_then(|d| d.shared_area).map(|a| a.to_string()),
        kind: u.kind.clone(),
        status: u.status.clone(),
        status_name: status.map_or_else(|| u.status.clone(), |s| s.name_zh().to_owned()),
    }
}
