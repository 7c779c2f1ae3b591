//! A city with parcels, units, rights, and a counter at which searches are asked for.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use dengbu_cases::Doing;
use dengbu_model::identity::{IdDocument, IdKind, resident_id_check_digit};
use dengbu_model::party::{CoOwnership, Holder, Party, PartyKind};
use dengbu_model::right::{
    BuildingOwnership, LandUse, Mortgage, PriorityNotice, RegistrationType, Right, RightDetail,
    RightType, Seizure,
};
use dengbu_model::time::date_in_shanghai;
use dengbu_model::unit_code::{BuildingCode, ParcelCode, UnitCode};
use dengbu_register::append::{NewEntry, append, lock_units};
use dengbu_register::entry::{EndedRight, Registrar};
use dengbu_register::person::PersonKey;
use dengbu_search::access::{Access, Index};
use dengbu_search::answer::{Answer, Place, ScopeCounty};
use dengbu_search::application::{self, Application};
use dengbu_search::request::{PaperSeen, SearchOfficer, SearchRequest, Subject};
use dengbu_search::settings::SearchSettings;
use dengbu_search::{SearchError, issue};
use dengbu_store::{AuthorityFile, PANZHIHUA, Scope, TenantTx, TestDb, seed_authorities};
use uuid::Uuid;

pub const CITY: &str = "510400";
pub const CLERK: Uuid = Uuid::from_u128(7);

pub struct World {
    pub db: TestDb,
    pub settings: SearchSettings,
    counties: Vec<ScopeCounty>,
    key: PersonKey,
    ids: AtomicU64,
}

/// A Monday morning in Panzhihua.
pub fn now() -> DateTime<Utc> {
    "2026-11-23T01:00:00Z".parse().unwrap()
}

pub fn minute(n: i64) -> DateTime<Utc> {
    now() + TimeDelta::minutes(n)
}

/// A valid number; no county has the code 510499.
pub fn number(n: u32) -> String {
    let first = format!("51049919800101{n:03}");
    let check = resident_id_check_digit(&first).unwrap();
    format!("{first}{check}")
}

pub fn person(name: &str, id: Option<&str>) -> Party {
    Party {
        id: id.map(|n| IdDocument::from_register(IdKind::ResidentId, n)),
        ..Party::named(name, PartyKind::Person)
    }
}

pub fn subject(name: &str, n: u32) -> Subject {
    Subject {
        name: name.to_owned(),
        id: IdDocument::from_register(IdKind::ResidentId, number(n)),
        former_names: Vec::new(),
        former_ids: Vec::new(),
    }
}

pub fn right(right_type: RightType, holders: Vec<Party>, detail: RightDetail) -> Right {
    Right {
        right_type,
        co_ownership: if holders.len() > 1 {
            CoOwnership::Joint
        } else {
            CoOwnership::Sole
        },
        holders: holders
            .into_iter()
            .map(|party| Holder { party, share: None })
            .collect(),
        obligors: Vec::new(),
        detail,
        other_conditions: None,
        remarks: None,
    }
}

pub fn title(holders: Vec<Party>) -> Right {
    let detail = RightDetail::BuildingOwnership(BuildingOwnership::default());
    right(RightType::StateConstructionLandAndBuilding, holders, detail)
}

pub fn land(holder: Party) -> Right {
    let detail = RightDetail::LandUse(LandUse::default());
    right(RightType::StateConstructionLand, vec![holder], detail)
}

pub fn mortgage(holder: Party) -> Right {
    let detail = RightDetail::Mortgage(Mortgage {
        secured_amount: Some(dengbu_model::quantity::Money::parse("800000").unwrap()),
        ..Mortgage::default()
    });
    right(RightType::Mortgage, vec![holder], detail)
}

pub fn notice(holder: Party) -> Right {
    let detail = RightDetail::PriorityNotice(PriorityNotice::default());
    right(RightType::PriorityNotice, vec![holder], detail)
}

pub fn seizure(court: &str) -> Right {
    let detail = RightDetail::Seizure(Seizure {
        court: court.to_owned(),
        ..Seizure::default()
    });
    let organ = Party::named(court, PartyKind::StateOrgan);
    right(RightType::Seizure, vec![organ], detail)
}

impl World {
    pub async fn new() -> Self {
        let db = TestDb::new().await;
        let file = AuthorityFile::parse(PANZHIHUA).unwrap();
        seed_authorities(db.owner_url(), &file).await.unwrap();
        let county = |code: &str, name: &str| ScopeCounty {
            code: code.to_owned(),
            name: name.to_owned(),
        };
        Self {
            db,
            settings: SearchSettings::default(),
            counties: vec![
                county("510402", "东区"),
                county("510403", "西区"),
                county("510411", "仁和区"),
            ],
            key: PersonKey::new([7; 32]),
            ids: AtomicU64::new(1),
        }
    }

    pub fn id(&self) -> Uuid {
        let n = self.ids.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u128(0x0193_5000_0000_7000_8000_0000_0000_0000 + u128::from(n))
    }

    pub async fn tx(&self) -> TenantTx {
        let scope = Scope::new(["510400", "510402", "510403", "510411"]).unwrap();
        self.db.store().begin(&scope).await.unwrap()
    }

    pub fn place(&self, now: DateTime<Utc>) -> Place<'_> {
        Place {
            key: &self.key,
            authority_name: "攀枝花市不动产登记中心",
            counties: &self.counties,
            settings: &self.settings,
            now,
            today: date_in_shanghai(now),
        }
    }

    /// A parcel with its land unit first, then dwellings.
    pub async fn plant(&self, county: &str, dwellings: u32) -> Vec<UnitCode> {
        let parcel = ParcelCode::parse(&format!("{county}001003GB00012")).unwrap();
        let building = BuildingCode::on(&parcel, 1).unwrap();
        let mut units = vec![UnitCode::of_land(&parcel).unwrap()];
        units.extend((1..=dwellings).map(|n| UnitCode::in_building(&building, n).unwrap()));
        let mut tx = self.tx().await;
        sqlx::query("insert into parcel (county, parcel_code, address, area) values (left($1, 6), $1, '示例路1号', 2000)")
            .bind(parcel.as_str())
            .execute(tx.conn())
            .await
            .unwrap();
        for (n, unit) in units.iter().enumerate() {
            let kind = if n == 0 { "land" } else { "dwelling" };
            sqlx::query(
                "insert into estate_unit (county, unit_code, authority, parcel_code, kind, address, address_norm,
                     address_bigrams, area, facts)
                 values (left($1, 6), $1, $2, left($1, 19), $3, $4, $5, $6, 90.5, '{}')",
            )
            .bind(unit.as_str())
            .bind(CITY)
            .bind(kind)
            .bind(format!("{county}示例路1号{n}室"))
            .bind(dengbu_model::address::normalise_address(&format!("{county}示例路1号{n}室")))
            .bind(Vec::<String>::new())
            .execute(tx.conn())
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        units
    }

    /// Records a right, ending others.
    pub async fn record(
        &self,
        unit: &UnitCode,
        right: Right,
        ends: &[Uuid],
        creates: bool,
    ) -> Uuid {
        let right_id = self.id();
        let entry = NewEntry {
            entry_id: self.id(),
            authority: CITY.to_owned(),
            unit: unit.clone(),
            registration_type: RegistrationType::First,
            business: "existing".to_owned(),
            cause: None,
            case_no: None,
            registrar: Registrar {
                staff_id: None,
                name: "登簿员甲".to_owned(),
            },
            recorded_at: minute(-600),
            effective_at: None,
            legal_basis: Vec::new(),
            right_id,
            right,
            creates,
            ends: ends
                .iter()
                .map(|id| EndedRight {
                    right_id: *id,
                    reason: "转移登记".to_owned(),
                })
                .collect(),
            certificates: Vec::new(),
            certificate_no: Some(format!("证{}", self.id().simple())),
            provenance: None,
        };
        let mut tx = self.tx().await;
        let mut heads = lock_units(&mut tx, std::slice::from_ref(unit))
            .await
            .unwrap();
        append(&mut tx, &self.key, &mut heads, vec![entry])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        right_id
    }

    pub async fn take_in(&self, request: SearchRequest) -> Application {
        self.take_in_at(request, now()).await
    }

    pub async fn take_in_at(&self, request: SearchRequest, at: DateTime<Utc>) -> Application {
        let ids = || self.id();
        let request = request.tidy(Access::builtin(), day()).unwrap();
        let mut tx = self.tx().await;
        let made = application::create(&mut tx, CITY, &request, &doing(at, &ids))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        made
    }

    pub async fn answer(&self, search_no: &str, at: DateTime<Utc>) -> Result<Answer, SearchError> {
        let ids = || self.id();
        let mut tx = self.tx().await;
        let place = self.place(at);
        let (_, answer) = issue::answer(&mut tx, &place, search_no, &doing(at, &ids)).await?;
        tx.commit().await.unwrap();
        Ok(answer)
    }

    /// Takes in and answers.
    pub async fn ask(&self, request: SearchRequest) -> Result<Answer, SearchError> {
        let made = self.take_in(request).await;
        self.answer(&made.search_no, now()).await
    }
}

pub fn day() -> NaiveDate {
    "2026-11-23".parse().unwrap()
}

pub fn doing<'a>(now: DateTime<Utc>, ids: dengbu_cases::NewId<'a>) -> Doing<'a> {
    Doing {
        staff_id: CLERK,
        name: "受理员甲",
        now,
        ids,
    }
}

/// An application of this kind with all its papers.
pub fn request(kind: &str, index: Index, applicant: Party) -> SearchRequest {
    let officer = SearchOfficer {
        name: "丁".to_owned(),
        card_no: "1".to_owned(),
    };
    SearchRequest {
        applicant_kind: kind.to_owned(),
        applicant,
        former_names: Vec::new(),
        former_ids: Vec::new(),
        purpose: "住房保障".to_owned(),
        purpose_note: None,
        undertaking: true,
        subject: None,
        family: Vec::new(),
        index,
        text: None,
        units: Vec::new(),
        document_no: Some("（2026）川0402执1号".to_owned()),
        officers: vec![officer; 2],
        claimed_holder: None,
        identity_note: None,
        papers: Access::builtin()
            .applicant(kind)
            .unwrap()
            .papers
            .iter()
            .map(|p| PaperSeen {
                code: p.code.clone(),
                note: None,
            })
            .collect(),
    }
}

/// Keys of the library of electronic certificates.
pub fn library() -> dengbu_certlib::LibraryKey {
    dengbu_certlib::LibraryKey::of(&PersonKey::new([7; 32]))
}
