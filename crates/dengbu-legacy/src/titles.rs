//! What a reading yields: parcels, buildings and titles of the model, each with where it came from.

use crate::assemble::provenance;
use crate::finding::Finding;
use crate::geometry;
use crate::land;
use crate::records::{House, OfficeRecords, Ownership};
use chrono::NaiveDate;
use dengbu_model::cadastre::{Building, Dwelling, Parcel, Polygon};
use dengbu_model::codes::Code;
use dengbu_model::quantity::Area;
use dengbu_model::right::{BuildingOwnership, Right, RightDetail, RightType};
use dengbu_model::unit_code::{BuildingCode, ParcelCode, UnitCode};
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::HashSet;

/// Where a record came from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Provenance {
    /// Office folder (a-municipal).
    pub source: String,
    /// Table (FC_HOUSE, 台账).
    pub table: String,
    /// The record's identifier there.
    pub legacy_id: String,
    /// SM3 of the file, 64 hexadecimal digits.
    pub file_sm3: Option<String>,
}

/// A parcel with a usable code.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LegacyParcel {
    /// The parcel.
    pub parcel: Parcel,
    /// 项目 or 小区 on it.
    pub project: Option<String>,
    /// 土地使用权人.
    pub holder: Option<String>,
    /// 土地证号 as written.
    pub certificate_no: Option<String>,
    /// 土地使用期限止.
    pub term_end: Option<NaiveDate>,
    /// Source.
    pub provenance: Provenance,
}

/// A building on a loaded parcel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LegacyBuilding {
    /// The building.
    pub building: Building,
    /// Source.
    pub provenance: Provenance,
}

/// An ownership as the legacy books hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LegacyOwnership {
    /// The right.
    pub right: Right,
    /// 产权证号 as written; old forms (攀房权证…) stay as they are.
    pub certificate_no: Option<String>,
    /// 登记时间; `None` where the books have no such day.
    pub registered_on: Option<NaiveDate>,
    /// In force.
    pub current: bool,
    /// Source.
    pub provenance: Provenance,
}

/// A mortgage as the legacy books hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LegacyMortgage {
    /// The right.
    pub right: Right,
    /// 他项权证号 or 不动产登记证明号 as written.
    pub proof_no: Option<String>,
    /// The books have no day of registration: the first day of the debt's term.
    pub registered_on: Option<NaiveDate>,
    /// In force. A mortgage outlives its debt's term until it is cancelled.
    pub current: bool,
    /// Source.
    pub provenance: Provenance,
}

/// A seizure as the legacy books hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LegacySeizure {
    /// The right.
    pub right: Right,
    /// First day of its term, where known.
    pub registered_on: Option<NaiveDate>,
    /// In force today: marked current and its term, where known, not over.
    pub current: bool,
    /// Source.
    pub provenance: Provenance,
}

/// One estate unit with all its rights, ready for the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExistingTitle {
    /// The house record.
    pub provenance: Provenance,
    /// 不动产单元代码, given by the source or issued here.
    pub unit: UnitCode,
    /// The parcel, among [`LegacyCity::parcels`].
    pub parcel: ParcelCode,
    /// The building, among [`LegacyCity::buildings`].
    pub building: BuildingCode,
    /// The dwelling.
    pub dwelling: Dwelling,
    /// Ownerships, historic ones in order of date, the current one last. Never empty.
    pub ownerships: Vec<LegacyOwnership>,
    /// Mortgages.
    pub mortgages: Vec<LegacyMortgage>,
    /// Seizures.
    pub seizures: Vec<LegacySeizure>,
}

/// Rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableCount {
    /// Office folder.
    pub source: String,
    /// Table.
    pub table: String,
    /// Rows in the file.
    pub read: usize,
    /// Rows that are part of what is loaded.
    pub loaded: usize,
    /// The others.
    pub left_out: usize,
}

/// A whole city read.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LegacyCity {
    /// Parcels with a usable code.
    pub parcels: Vec<LegacyParcel>,
    /// Buildings on them.
    pub buildings: Vec<LegacyBuilding>,
    /// Titles.
    pub titles: Vec<ExistingTitle>,
    /// Everything found wrong.
    pub findings: Vec<Finding>,
    /// Rows read and loaded per table.
    pub counts: Vec<TableCount>,
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|t| !t.is_empty())
}

fn area(value: Option<Decimal>) -> Option<Area> {
    value.and_then(|v| Area::new(v).ok())
}

fn polygon(srid: i32, rings: &crate::files::Rings) -> Option<Polygon> {
    let rings: Vec<_> = rings
        .iter()
        .map(|r| geometry::without_duplicates(r))
        .collect();
    (!rings.is_empty()).then_some(Polygon { srid, rings })
}

/// Puts every parcel with a code of its own into `out`; gives their indices.
pub(crate) fn parcels(records: &OfficeRecords, out: &mut Vec<LegacyParcel>) -> HashSet<usize> {
    let land = &records.land;
    let mut usable = HashSet::new();
    for (index, p) in land.parcels.iter().enumerate() {
        let Some(code) = &p.code else { continue };
        usable.insert(index);
        out.push(LegacyParcel {
            parcel: Parcel {
                code: code.clone(),
                address: p.address.clone(),
                area: area(p.area),
                use_code: p.land_use.clone(),
                right_type: land_right(code),
                right_nature: p.right_nature.clone(),
                bounds: None,
                geometry: polygon(land.srid, &p.rings),
            },
            project: some(&p.project),
            holder: some(&p.holder),
            certificate_no: some(&p.certificate_no),
            term_end: p.term_end,
            provenance: provenance(records, land.tables.0, &p.legacy_id),
        });
    }
    usable
}

/// Puts every building with a code into `out`; gives their indices.
pub(crate) fn buildings(
    records: &OfficeRecords,
    codes: &[Option<BuildingCode>],
    out: &mut Vec<LegacyBuilding>,
) -> HashSet<usize> {
    let land = &records.land;
    let mut usable = HashSet::new();
    for (index, (b, code)) in land.buildings.iter().zip(codes).enumerate() {
        let Some(code) = code else { continue };
        usable.insert(index);
        out.push(LegacyBuilding {
            building: Building {
                code: code.clone(),
                name: b.name.clone(),
                address: b.address.clone(),
                storeys_above: b.storeys.and_then(|s| i32::try_from(s).ok()),
                storeys_below: None,
                structure: b.structure.clone(),
                completed: b.completed.clone(),
                footprint: polygon(land.srid, &b.rings),
            },
            provenance: provenance(records, land.tables.1, &b.legacy_id),
        });
    }
    usable
}

/// The dwelling of a house record.
pub(crate) fn dwelling(
    house: &House,
    unit: &UnitCode,
    building: Option<&land::Building>,
) -> Option<Dwelling> {
    let place = house.place?;
    Some(Dwelling {
        unit: unit.clone(),
        building: unit.building()?,
        entrance: Some(place.entrance.to_string()),
        storey: i32::try_from(place.storey).ok()?,
        room: place.door_plate(),
        address: house.address.clone(),
        use_code: house.use_code.clone(),
        structure: house.structure.clone(),
        kind: None,
        nature: house.nature.clone(),
        storeys_total: building
            .and_then(|b| b.storeys)
            .and_then(|s| i32::try_from(s).ok()),
        building_area: area(house.area),
        inner_area: area(house.inner_area),
        shared_area: area(house.shared_area),
        predicted_area: None,
    })
}

/// 权利类型 of the land alone, by the letters of the parcel code (table 1.1 of the unit-code
/// rules: GB 3, JB 7, C 5).
fn land_right(code: &ParcelCode) -> Option<Code> {
    let right = match code.feature() {
        "GB" | "GS" | "GX" => RightType::StateConstructionLand,
        "JB" | "JS" | "JX" => RightType::CollectiveConstructionLand,
        "JC" | "GC" => RightType::Homestead,
        _ => return None,
    };
    right.standard_code().and_then(|c| Code::parse(c).ok())
}

/// 国有建设用地使用权／房屋所有权 and its kin, by the letters of the parcel code (table 1.1 of the
/// unit-code rules: GB 4, JB 8, JC 6).
fn right_type(unit: Option<&ParcelCode>) -> RightType {
    match unit.map(|c| c.feature().to_owned()).as_deref() {
        Some("JC" | "GC") => RightType::HomesteadAndBuilding,
        Some(f) if f.starts_with('J') => RightType::CollectiveConstructionLandAndBuilding,
        _ => RightType::StateConstructionLandAndBuilding,
    }
}

/// The ownership right of a record with the facts of its house.
pub(crate) fn ownership_right(
    o: &Ownership,
    house: &House,
    parcel: Option<&land::Parcel>,
    building: Option<&land::Building>,
    remarks: Vec<String>,
) -> Right {
    let detail = BuildingOwnership {
        land_use_end: parcel.and_then(|p| p.term_end),
        land_use_holder: parcel.and_then(|p| some(&p.holder)),
        price: o.price,
        planned_use: house.use_code.clone(),
        nature: house.nature.clone(),
        structure: house
            .structure
            .clone()
            .or_else(|| building.and_then(|b| b.structure.clone())),
        storey: house.place.map(|p| p.storey.to_string()),
        storeys_total: building
            .and_then(|b| b.storeys)
            .and_then(|s| i32::try_from(s).ok()),
        building_area: area(house.area),
        exclusive_area: area(house.inner_area),
        shared_area: area(house.shared_area),
        completed: house
            .completed
            .map(|d| d.to_string())
            .or_else(|| building.and_then(|b| b.completed.clone())),
        ..BuildingOwnership::default()
    };
    Right {
        right_type: right_type(parcel.and_then(|p| p.code.as_ref())),
        co_ownership: o.co_ownership,
        holders: o.holders.clone(),
        obligors: Vec::new(),
        detail: RightDetail::BuildingOwnership(detail),
        other_conditions: None,
        remarks: some(&remarks.join("；")),
    }
}
