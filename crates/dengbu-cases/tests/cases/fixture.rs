//! A registration office with its people, a building whose units have titles, and applications
//! filled in as a clerk would.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use dengbu_cadastre::load::{self, NewBuilding, NewDwelling, NewLandUnit, NewParcel};
use dengbu_cases::case::{self, Case};
use dengbu_cases::materials::{self, Described};
use dengbu_cases::moves::{self, Promise, Recipient, Request};
use dengbu_cases::open::{self, NewCase};
use dengbu_cases::recording::Tools;
use dengbu_cases::scans::Stored;
use dengbu_cases::{CaseError, Doing, draft};
use dengbu_law::application::Application;
use dengbu_law::flow::{Move, Step};
use dengbu_model::cadastre::{Building, Dwelling, Parcel};
use dengbu_model::quantity::Area;
use dengbu_model::right::{RegistrationType, Right};
use dengbu_model::unit_code::{BuildingCode, ParcelCode, UnitCode};
use dengbu_register::append::{NewEntry, append, lock_units};
use dengbu_register::chain;
use dengbu_register::entry::Registrar;
use dengbu_register::person::PersonKey;
use dengbu_register::read::{self, RegisterRight};
use dengbu_register::verify::{Report, verify};
use dengbu_store::{AuthorityFile, PANZHIHUA, Scope, TenantTx, TestDb, seed_authorities};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::forms::{owner, title};

/// The city's authority and one of its counties.
pub const CITY: &str = "510400";
pub const CITY_PARCEL: &str = "510402001003GB00012";
/// Another authority, which is its own county.
pub const MIYI: &str = "510421";
pub const MIYI_PARCEL: &str = "510421001003GB00012";

pub const SALE: &str = "200-04-02";
pub const MORTGAGE: &str = "100-DY-01";
pub const RELEASE: &str = "400-DY-01";
pub const SEIZURE: &str = "800-00-01";

/// A member of staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person(pub u128, pub &'static str);

impl Person {
    pub fn id(self) -> Uuid {
        Uuid::from_u128(self.0)
    }
}

pub const RECEPTION: Person = Person(1, "受理员");
pub const FIRST: Person = Person(2, "初审员");
pub const REVIEWER: Person = Person(3, "审核员");
pub const REGISTRAR: Person = Person(4, "登簿员");
pub const MAKER: Person = Person(5, "缮证员");
pub const DESK: Person = Person(6, "发证员");
pub const ARCHIVIST: Person = Person(7, "档案员");

pub fn person_at(step: Step) -> Person {
    match step {
        Step::Acceptance => RECEPTION,
        Step::Inspection | Step::FirstReview | Step::Notice => FIRST,
        Step::Approval => REVIEWER,
        Step::Recording => REGISTRAR,
        Step::Certificate => MAKER,
        Step::Delivery => DESK,
        Step::Archive => ARCHIVIST,
    }
}

static IDS: AtomicU64 = AtomicU64::new(1);

pub fn next_id() -> Uuid {
    let n = IDS.fetch_add(1, Ordering::Relaxed);
    Uuid::from_u128(0x0193_5000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}

/// A Monday morning in Panzhihua.
pub fn now() -> DateTime<Utc> {
    "2026-11-23T01:00:00Z".parse().unwrap()
}

pub fn hour(n: i64) -> DateTime<Utc> {
    now() + TimeDelta::hours(n)
}

pub fn doing(who: Person, at: DateTime<Utc>) -> Doing<'static> {
    Doing {
        staff_id: who.id(),
        name: who.1,
        now: at,
        ids: &next_id,
    }
}

pub fn key() -> PersonKey {
    PersonKey::new([7; 32])
}

pub fn scope(authority: &str) -> Scope {
    match authority {
        CITY => Scope::new(["510400", "510402", "510403", "510411"]),
        other => Scope::new([other]),
    }
    .unwrap()
}

/// The authority in whose scope a unit or case number lies.
pub fn authority_of(code: &str) -> &'static str {
    if code.starts_with(MIYI) { MIYI } else { CITY }
}

pub struct Office {
    pub db: TestDb,
}

impl Office {
    pub async fn new() -> Self {
        let db = TestDb::new().await;
        let file = AuthorityFile::parse(PANZHIHUA).unwrap();
        seed_authorities(db.owner_url(), &file).await.unwrap();
        Self { db }
    }

    /// An office and the dwellings of its one building.
    pub async fn with_dwellings(count: u32) -> (Self, Vec<UnitCode>) {
        let o = Self::new().await;
        let units = o.plant(CITY, CITY_PARCEL, count).await;
        (o, units)
    }

    pub async fn tx(&self, authority: &str) -> TenantTx {
        self.db.store().begin(&scope(authority)).await.unwrap()
    }

    /// A parcel with its land unit, a building and dwellings, each with the title of [`owner`].
    pub async fn plant(&self, authority: &str, parcel: &str, count: u32) -> Vec<UnitCode> {
        let mut tx = self.tx(authority).await;
        let (_, units) = survey(&mut tx, authority, parcel, count).await;
        let entries = (1..)
            .zip(&units)
            .map(|(n, unit)| existing(authority, unit, title(owner(n)), n))
            .collect();
        let mut heads = lock_units(&mut tx, &units).await.unwrap();
        append(&mut tx, &key(), &mut heads, entries).await.unwrap();
        tx.commit().await.unwrap();
        units
    }

    /// The same before any house is registered: only the land has a title.
    pub async fn plant_project(&self, count: u32, land: Right) -> Vec<UnitCode> {
        let mut tx = self.tx(CITY).await;
        let (ground, units) = survey(&mut tx, CITY, CITY_PARCEL, count).await;
        let mut heads = lock_units(&mut tx, std::slice::from_ref(&ground))
            .await
            .unwrap();
        let entry = existing(CITY, &ground, land, 0);
        append(&mut tx, &key(), &mut heads, vec![entry])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        units
    }

    pub async fn try_open(
        &self,
        business: &str,
        units: &[UnitCode],
        target: Option<Uuid>,
    ) -> Result<String, CaseError> {
        let authority = authority_of(units[0].as_str());
        let new = NewCase {
            business: business.to_owned(),
            units: units.to_vec(),
            target_right_id: target,
            authority: authority.to_owned(),
            office_id: None,
            office_authority: authority.to_owned(),
            office_name: None,
            source: "counter".to_owned(),
        };
        let mut tx = self.tx(authority).await;
        let case_no = open::open(&mut tx, &new, &doing(RECEPTION, now())).await?;
        tx.commit().await?;
        Ok(case_no)
    }

    pub async fn open(&self, business: &str, unit: &UnitCode) -> String {
        self.try_open(business, std::slice::from_ref(unit), None)
            .await
            .unwrap()
    }

    pub async fn case(&self, case_no: &str) -> Case {
        let mut tx = self.tx(authority_of(case_no)).await;
        case::load(&mut tx, case_no, false).await.unwrap()
    }

    /// Writes into the application and saves it.
    pub async fn fill(
        &self,
        case_no: &str,
        write: impl FnOnce(&mut Application),
    ) -> Result<Case, CaseError> {
        let mut tx = self.tx(authority_of(case_no)).await;
        let case = case::load(&mut tx, case_no, false).await?;
        let mut application = case.application;
        write(&mut application);
        let doing = doing(RECEPTION, now());
        let saved = draft::save(&mut tx, case_no, case.version, application, &doing).await?;
        tx.commit().await?;
        Ok(saved)
    }

    pub async fn paper(&self, case_no: &str, item: &str) -> Result<materials::Material, CaseError> {
        let described = Described {
            item: item.to_owned(),
            file_name: format!("{item}.pdf"),
            copies: 1,
            pages: Some(2),
            original: true,
        };
        let stored = Stored {
            sm3: "ab".repeat(32),
            media_type: "application/pdf",
            size: 1000,
            scan_state: "unscanned".to_owned(),
        };
        let mut tx = self.tx(authority_of(case_no)).await;
        let who = doing(RECEPTION, now());
        let made = materials::add(&mut tx, case_no, &described, &stored, &who).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Every paper that is demanded always.
    pub async fn papers(&self, case_no: &str) {
        for item in &self.case(case_no).await.business.materials {
            if item.required {
                self.paper(case_no, &item.code).await.unwrap();
            }
        }
    }

    /// A case filled in with all its papers, still at the counter.
    pub async fn ready(
        &self,
        business: &str,
        unit: &UnitCode,
        write: impl FnOnce(&mut Application),
    ) -> String {
        let case_no = self.open(business, unit).await;
        self.fill(&case_no, write).await.unwrap();
        self.papers(&case_no).await;
        case_no
    }

    pub async fn make(
        &self,
        case_no: &str,
        request: &Request,
        who: Person,
        at: DateTime<Utc>,
    ) -> Result<Case, CaseError> {
        let version = self.case(case_no).await.version;
        self.make_seen(case_no, version, request, who, at).await
    }

    /// A move by somebody who saw that version.
    pub async fn make_seen(
        &self,
        case_no: &str,
        version: i64,
        request: &Request,
        who: Person,
        at: DateTime<Utc>,
    ) -> Result<Case, CaseError> {
        let mut tx = self.tx(authority_of(case_no)).await;
        let key = key();
        let tools = Tools { person_key: &key };
        let promise = Promise { committed_days: 3 };
        let who = doing(who, at);
        let case = moves::make(&mut tx, &tools, case_no, version, request, &promise, &who).await?;
        tx.commit().await?;
        Ok(case)
    }

    /// A move with nothing said about it, by whoever works at the case's step, an hour of work
    /// after the step before.
    pub async fn go(&self, case_no: &str, action: Move) -> Result<Case, CaseError> {
        let case = self.case(case_no).await;
        let at = case.arrived_at + TimeDelta::hours(1);
        self.make(case_no, &Request::plain(action), person_at(case.step), at)
            .await
    }

    /// Takes the case forward until it stands at that step.
    pub async fn bring_to(&self, case_no: &str, step: Step) -> Case {
        loop {
            let case = self.case(case_no).await;
            if case.step == step {
                return case;
            }
            let action = match case.step {
                Step::Acceptance => Move::Submit,
                Step::Inspection | Step::FirstReview | Step::Notice | Step::Approval => Move::Agree,
                Step::Recording => Move::Record,
                other => panic!("{case_no} is at {other:?}"),
            };
            self.go(case_no, action).await.unwrap();
        }
    }

    /// From the counter into the register.
    pub async fn record(&self, case_no: &str) -> Result<Case, CaseError> {
        self.bring_to(case_no, Step::Recording).await;
        self.go(case_no, Move::Record).await
    }

    /// The rights that stand on a unit.
    pub async fn standing(&self, unit: &UnitCode) -> Vec<RegisterRight> {
        let mut tx = self.tx(authority_of(unit.as_str())).await;
        let all = read::rights(&mut tx, unit).await.unwrap();
        all.into_iter().filter(|r| r.valid_to.is_none()).collect()
    }

    /// One value over all authorities, as text.
    pub async fn text(&self, sql: &str) -> String {
        let mut tx = self.db.store().system().await.unwrap();
        let found: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(tx.conn())
            .await
            .unwrap();
        found.unwrap_or_default()
    }

    /// All that a recording writes, as one text.
    pub async fn written(&self) -> String {
        let mut all = String::new();
        for table in [
            "register_entry",
            "register_unsealed",
            "register_chain",
            "register_right",
            "register_holder",
            "number_series",
            "issued_number",
            "certificate",
            "paper_form",
            "case_event",
            "case_unit",
            "registration_case",
            "outbox",
        ] {
            let sql = format!("select string_agg(t::text, E'\\n' order by t::text) from {table} t");
            all.push_str(&self.text(&sql).await);
            all.push('\n');
        }
        let heads = "select string_agg(unit_code || head_seq || head_hash, ' ' order by unit_code) from estate_unit";
        all + &self.text(heads).await
    }

    pub async fn seal(&self) {
        for authority in [CITY, MIYI] {
            let mut tx = self.tx(authority).await;
            chain::seal(&mut tx, authority, hour(1000)).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    pub async fn verify(&self) -> Report {
        let mut tx = self.db.store().system().await.unwrap();
        verify(&mut tx).await.unwrap()
    }
}

/// A move for which a reason is given.
pub fn because(action: Move, reason: &str) -> Request {
    Request {
        reason: Some(reason.to_owned()),
        ..Request::plain(action)
    }
}

pub fn printing(serials: &[&str]) -> Request {
    Request {
        form_serials: serials.iter().map(|s| (*s).to_owned()).collect(),
        ..Request::plain(Move::MakeCertificate)
    }
}

pub fn handing_to(name: &str) -> Request {
    Request {
        recipient: Some(Recipient {
            name: name.to_owned(),
            id_number: None,
            phone: None,
        }),
        ..Request::plain(Move::Deliver)
    }
}

pub fn archiving(number: &str) -> Request {
    Request {
        archive_no: Some(number.to_owned()),
        ..Request::plain(Move::Archive)
    }
}

/// A parcel, its land unit, one building and its dwellings, as the survey delivers them.
async fn survey(
    tx: &mut TenantTx,
    authority: &str,
    parcel: &str,
    count: u32,
) -> (UnitCode, Vec<UnitCode>) {
    let code = ParcelCode::parse(parcel).unwrap();
    let building = BuildingCode::on(&code, 1).unwrap();
    let units: Vec<UnitCode> = (1..=count)
        .map(|n| UnitCode::in_building(&building, n).unwrap())
        .collect();
    load::parcels(tx, &[new_parcel(&code)]).await.unwrap();
    load::buildings(tx, &[new_building(&building)])
        .await
        .unwrap();
    let ground = UnitCode::of_land(&code).unwrap();
    let land = NewLandUnit {
        authority: authority.to_owned(),
        unit: ground.clone(),
        address: "示例路1号".to_owned(),
        area: Some("2000".parse().unwrap()),
        use_code: None,
    };
    load::land_units(tx, &[land]).await.unwrap();
    let rows: Vec<NewDwelling> = (1..)
        .zip(&units)
        .map(|(n, unit)| new_dwelling(authority, &building, unit, n))
        .collect();
    load::dwellings(tx, &rows).await.unwrap();
    (ground, units)
}

fn new_parcel(code: &ParcelCode) -> NewParcel {
    NewParcel {
        parcel: Parcel {
            code: code.clone(),
            address: "示例路1号".to_owned(),
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

fn new_building(code: &BuildingCode) -> NewBuilding {
    NewBuilding {
        building: Building {
            code: code.clone(),
            name: "1幢".to_owned(),
            address: "示例路1号".to_owned(),
            storeys_above: Some(30),
            storeys_below: None,
            structure: None,
            completed: None,
            footprint: None,
        },
        provenance: None,
    }
}

fn new_dwelling(authority: &str, building: &BuildingCode, unit: &UnitCode, n: i32) -> NewDwelling {
    NewDwelling {
        authority: authority.to_owned(),
        dwelling: Dwelling {
            unit: unit.clone(),
            building: building.clone(),
            entrance: Some("1".to_owned()),
            storey: n,
            room: format!("{n}01"),
            address: format!("示例路1号1幢1单元{n}01室"),
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
fn existing(authority: &str, unit: &UnitCode, right: Right, n: u32) -> NewEntry {
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
        recorded_at: now() - TimeDelta::days(30),
        effective_at: Some("2010-05-01T00:00:00Z".parse().unwrap()),
        legal_basis: Vec::new(),
        right_id: next_id(),
        right,
        creates: true,
        ends: Vec::new(),
        certificates: Vec::new(),
        certificate_no: Some(format!("攀房权证东字第{}-{n}号", &unit.as_str()[12..19])),
        provenance: None,
    }
}
