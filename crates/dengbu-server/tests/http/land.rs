//! Units with titles, and applications filled in as a clerk would, as JSON.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{TimeDelta, Utc};
use dengbu_cadastre::load::{self, NewBuilding, NewDwelling, NewParcel};
use dengbu_model::cadastre::{Building, Dwelling, Parcel};
use dengbu_model::identity::{IdDocument, IdKind, credit_code_check, resident_id_check_digit};
use dengbu_model::party::{CoOwnership, Holder, Party, PartyKind};
use dengbu_model::quantity::Area;
use dengbu_model::right::{BuildingOwnership, RegistrationType, Right, RightDetail, RightType};
use dengbu_model::unit_code::{BuildingCode, ParcelCode, UnitCode};
use dengbu_register::append::{NewEntry, append, lock_units};
use dengbu_register::entry::Registrar;
use dengbu_register::person::PersonKey;
use dengbu_store::Scope;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{Client, House};

static IDS: AtomicU64 = AtomicU64::new(1);

fn next_id() -> Uuid {
    let n = IDS.fetch_add(1, Ordering::Relaxed);
    Uuid::from_u128(0x0193_5000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}

/// A person's valid number; no county has the code 510499.
pub fn resident(n: u32) -> String {
    let first = format!("51049919800101{n:03}");
    let check = resident_id_check_digit(&first).unwrap();
    format!("{first}{check}")
}

/// A bank's valid code; no county has the code 510499.
pub fn credit_code(n: u32) -> String {
    let first = format!("91510499MA{n:07}");
    let check = credit_code_check(&first).unwrap();
    format!("{first}{check}")
}

/// A party as the API takes it.
pub fn party(name: &str, number: &str) -> Value {
    json!({ "name": name, "kind": "1", "id": { "kind": "1", "number": number } })
}

fn owner(place: &str, n: u32) -> Party {
    Party {
        id: Some(IdDocument::from_register(IdKind::ResidentId, resident(n))),
        phone: Some("13900000000".to_owned()),
        ..Party::named(&format!("{place}业主{n}"), PartyKind::Person)
    }
}

fn title(owner: Party) -> Right {
    Right {
        right_type: RightType::StateConstructionLandAndBuilding,
        co_ownership: CoOwnership::Sole,
        holders: vec![Holder {
            party: owner,
            share: None,
        }],
        obligors: Vec::new(),
        detail: RightDetail::BuildingOwnership(BuildingOwnership::default()),
        other_conditions: None,
        remarks: None,
    }
}

impl House {
    /// A building whose dwellings have titles; `place` is in names and addresses.
    pub async fn plant(
        &self,
        authority: &str,
        county: &str,
        place: &str,
        count: u32,
    ) -> Vec<String> {
        let scope = self.tx(authority).await.scope().clone();
        self.plant_in(&scope, authority, county, place, count).await
    }

    /// The same in a scope of its own.
    pub async fn plant_in(
        &self,
        scope: &Scope,
        authority: &str,
        county: &str,
        place: &str,
        count: u32,
    ) -> Vec<String> {
        let parcel = ParcelCode::parse(&format!("{county}001003GB00012")).unwrap();
        let building = BuildingCode::on(&parcel, 1).unwrap();
        let units: Vec<UnitCode> = (1..=count)
            .map(|n| UnitCode::in_building(&building, n).unwrap())
            .collect();
        let mut tx = self.db.store().begin(scope).await.unwrap();
        load::parcels(&mut tx, &[new_parcel(&parcel, place)])
            .await
            .unwrap();
        load::buildings(&mut tx, &[new_building(&building, place)])
            .await
            .unwrap();
        let rows: Vec<NewDwelling> = (1..)
            .zip(&units)
            .map(|(n, unit)| new_dwelling(authority, &building, unit, place, n))
            .collect();
        load::dwellings(&mut tx, &rows).await.unwrap();
        let mut heads = lock_units(&mut tx, &units).await.unwrap();
        let entries = (1..)
            .zip(&units)
            .map(|(n, unit)| existing(authority, unit, place, n))
            .collect();
        append(&mut tx, &PersonKey::new([7; 32]), &mut heads, entries)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        units.iter().map(|u| u.as_str().to_owned()).collect()
    }
}

fn new_parcel(code: &ParcelCode, place: &str) -> NewParcel {
    NewParcel {
        parcel: Parcel {
            code: code.clone(),
            address: format!("{place}路1号"),
            area: Some(Area::parse("2000").unwrap()),
            use_code: None,
            right_type: None,
            right_nature: None,
            bounds: None,
            geometry: None,
        },
        provenance: None,
    }
}

fn new_building(code: &BuildingCode, place: &str) -> NewBuilding {
    NewBuilding {
        building: Building {
            code: code.clone(),
            name: format!("{place}1幢"),
            address: format!("{place}路1号"),
            storeys_above: Some(30),
            storeys_below: None,
            structure: None,
            completed: None,
            footprint: None,
        },
        provenance: None,
    }
}

fn new_dwelling(
    authority: &str,
    building: &BuildingCode,
    unit: &UnitCode,
    place: &str,
    n: i32,
) -> NewDwelling {
    NewDwelling {
        authority: authority.to_owned(),
        dwelling: Dwelling {
            unit: unit.clone(),
            building: building.clone(),
            entrance: Some("1".to_owned()),
            storey: n,
            room: format!("{n}01"),
            address: format!("{place}路1号1幢1单元{n}01室"),
            use_code: None,
            structure: None,
            kind: None,
            nature: None,
            storeys_total: Some(30),
            building_area: Some(Area::parse("90.50").unwrap()),
            inner_area: None,
            shared_area: None,
            predicted_area: None,
        },
        provenance: None,
    }
}

/// The title with which a unit was taken over.
fn existing(authority: &str, unit: &UnitCode, place: &str, n: u32) -> NewEntry {
    NewEntry {
        entry_id: next_id(),
        authority: authority.to_owned(),
        unit: unit.clone(),
        registration_type: RegistrationType::First,
        business: "existing".to_owned(),
        cause: None,
        case_no: None,
        registrar: Registrar {
            staff_id: None,
            name: "存量".to_owned(),
        },
        recorded_at: Utc::now() - TimeDelta::days(30),
        effective_at: Some("2010-05-01T00:00:00Z".parse().unwrap()),
        legal_basis: Vec::new(),
        right_id: next_id(),
        right: title(owner(place, n)),
        creates: true,
        ends: Vec::new(),
        certificates: Vec::new(),
        certificate_no: Some(format!("{place}房权证第{n}号")),
        provenance: None,
    }
}

impl Client {
    /// Begins a case.
    pub async fn open(&self, business: &str, unit: &str) -> String {
        let asked = json!({ "business": business, "units": [unit] });
        let case = self.post("/api/v1/cases", &asked).await.ok(201);
        case["case_no"].as_str().unwrap().to_owned()
    }

    /// Saves a sale to that buyer, changed by `write` before it is sent.
    pub async fn save_sale(
        &self,
        case_no: &str,
        buyer: Value,
        write: impl FnOnce(&mut Value),
    ) -> crate::house::Answer {
        let case = self.case(case_no).await;
        let mut application = case["application"].clone();
        application["holders"] = json!([{ "party": buyer }]);
        application["detail"]["price"] = json!("800000.00");
        application["detail"]["contract_no"] = json!("W2026-1");
        application["detail"]["deed_tax_proof_no"] = json!("T2026-1");
        write(&mut application);
        let seen = format!("\"{}\"", case["version"]);
        let path = format!("/api/v1/cases/{case_no}/application");
        let method = axum::http::Method::PUT;
        self.with(method, &path, &[("if-match", &seen)], &application)
            .await
    }

    /// Brings in every paper the checklist demands.
    pub async fn papers(&self, case_no: &str) {
        let case = self.case(case_no).await;
        for item in case["checklist"].as_array().unwrap() {
            if item["required"] == true {
                let code = item["code"].as_str().unwrap();
                self.upload(case_no, &[("item", code)], b"%PDF-1.7 scan")
                    .await
                    .ok(201);
            }
        }
    }

    /// A sale with all its papers, still at the counter.
    pub async fn ready_sale(&self, unit: &str, buyer: Value) -> String {
        let case_no = self.open(crate::house::SALE, unit).await;
        self.save_sale(&case_no, buyer, |_| {}).await.ok(200);
        self.papers(&case_no).await;
        case_no
    }
}
