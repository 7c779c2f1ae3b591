//! Taking over on the real database: all or nothing per unit, again and again the same, chains
//! and projection sound afterwards.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_cadastre::load::{NewBuilding, NewParcel};
use dengbu_model::cadastre::{Building, Dwelling, Parcel};
use dengbu_model::party::{CoOwnership, Holder, Party, PartyKind};
use dengbu_model::quantity::Area;
use dengbu_model::right::{
    BuildingOwnership, LandUse, Mortgage, RegistrationType, Right, RightDetail, RightType, Seizure,
};
use dengbu_model::unit_code::{BuildingCode, ParcelCode, UnitCode};
use dengbu_register::entry::Provenance;
use dengbu_register::person::PersonKey;
use dengbu_register::{chain, read, rebuild, verify};
use dengbu_store::{AuthorityFile, PANZHIHUA, Scope, Store, TestDb, seed_authorities};
use dengbu_takeover::{
    ExistingRight, ExistingStock, ExistingUnit, LandFacts, Loaded, Options, Subject, Taken,
    TakeoverError, load, take,
};
use uuid::Uuid;

const UNITS: u32 = 300;

fn key() -> PersonKey {
    PersonKey::new([7; 32])
}

fn now() -> DateTime<Utc> {
    "2026-11-23T03:00:00Z".parse().unwrap()
}

fn scope() -> Scope {
    Scope::new(["510400", "510402", "510403", "510411"]).unwrap()
}

async fn city() -> TestDb {
    let db = TestDb::new().await;
    seed_authorities(db.owner_url(), &AuthorityFile::parse(PANZHIHUA).unwrap())
        .await
        .unwrap();
    db
}

fn from(table: &str, id: impl ToString) -> Provenance {
    Provenance {
        source: "test".into(),
        table: table.into(),
        legacy_id: id.to_string(),
        file_sm3: None,
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    Some(text.parse().unwrap())
}

fn right(
    kind: RightType,
    detail: RightDetail,
    holder: &str,
    on: (Option<NaiveDate>, Option<NaiveDate>),
    provenance: Provenance,
) -> ExistingRight {
    ExistingRight {
        right: Right {
            right_type: kind,
            co_ownership: CoOwnership::Sole,
            holders: vec![Holder {
                party: Party::named(holder, PartyKind::Person),
                share: None,
            }],
            obligors: Vec::new(),
            detail,
            other_conditions: None,
            remarks: None,
        },
        registration_type: RegistrationType::First,
        certificate_no: Some(format!("攀房权证东字第{}号", provenance.legacy_id)),
        registered_on: on.0,
        ended_on: on.1,
        end_reason: None,
        current: on.1.is_none(),
        provenance,
    }
}

fn title(holder: &str, on: (Option<NaiveDate>, Option<NaiveDate>), id: String) -> ExistingRight {
    let detail = RightDetail::BuildingOwnership(BuildingOwnership::default());
    right(
        RightType::StateConstructionLandAndBuilding,
        detail,
        holder,
        on,
        from("OWNER", id),
    )
}

/// Unit `n` of the building: every second one was sold once, every third carries a mortgage,
/// every fifth had a seizure.
fn dwelling(building: &BuildingCode, n: u32) -> ExistingUnit {
    let unit = UnitCode::in_building(building, n).unwrap();
    let mut ownerships = vec![title(
        &format!("先某{n}"),
        (day("2008-05-01"), None),
        format!("{n}a"),
    )];
    if n.is_multiple_of(2) {
        ownerships[0].current = false;
        ownerships.push(title(
            &format!("后某{n}"),
            (day("2019-03-04"), None),
            format!("{n}b"),
        ));
        ownerships[1].registration_type = RegistrationType::Transfer;
    }
    let mut others = Vec::new();
    if n.is_multiple_of(3) {
        let detail = RightDetail::Mortgage(Mortgage::default());
        others.push(right(
            RightType::Mortgage,
            detail,
            "示例银行",
            (day("2020-01-01"), None),
            from("MORTGAGE", n),
        ));
    }
    if n.is_multiple_of(5) {
        let detail = RightDetail::Seizure(Seizure::default());
        let on = (day("2012-01-01"), day("2013-01-01"));
        others.push(right(
            RightType::Seizure,
            detail,
            "示例法院",
            on,
            from("SEAL", n),
        ));
    }
    ExistingUnit {
        authority: "510400".into(),
        subject: Subject::Dwelling(Box::new(Dwelling {
            building: building.clone(),
            entrance: Some("1".into()),
            storey: i32::try_from(n.div_ceil(10)).unwrap(),
            room: format!("{}{:02}", n.div_ceil(10), n % 10),
            address: format!("东区示例路1号1幢1单元{n}室"),
            use_code: None,
            structure: None,
            kind: None,
            nature: None,
            storeys_total: Some(30),
            building_area: Some(Area::parse("90.50").unwrap()),
            inner_area: None,
            shared_area: None,
            predicted_area: None,
            unit,
        })),
        ownerships,
        others,
        provenance: from("HOUSE", n),
    }
}

fn stock() -> ExistingStock {
    let parcel = ParcelCode::parse("510402101001GB00001").unwrap();
    let building = BuildingCode::on(&parcel, 1).unwrap();
    let land = ExistingUnit {
        authority: "510400".into(),
        subject: Subject::Land(LandFacts {
            unit: UnitCode::of_land(&parcel).unwrap(),
            address: "东区示例路1号".into(),
            area: Some(Area::parse("2000").unwrap()),
            use_code: None,
        }),
        ownerships: vec![right(
            RightType::StateConstructionLand,
            RightDetail::LandUse(LandUse::default()),
            "示例置业",
            (day("2005-01-01"), day("2008-05-01")),
            from("LAND", 1),
        )],
        others: Vec::new(),
        provenance: from("LAND", 1),
    };
    let units = (1..=UNITS)
        .map(|n| dwelling(&building, n))
        .chain([land])
        .collect();
    ExistingStock {
        parcels: vec![NewParcel {
            parcel: Parcel {
                code: parcel,
                address: "东区示例路1号".into(),
                area: Some(Area::parse("2000").unwrap()),
                use_code: None,
                right_type: None,
                right_nature: None,
                bounds: None,
                geometry: None,
            },
            provenance: None,
        }],
        buildings: vec![NewBuilding {
            building: Building {
                code: building,
                name: "1幢".into(),
                address: "东区示例路1号".into(),
                storeys_above: Some(30),
                storeys_below: None,
                structure: None,
                completed: None,
                footprint: None,
            },
            provenance: None,
        }],
        units,
    }
}

async fn run(store: &Store, stock: &ExistingStock) -> Result<Loaded, TakeoverError> {
    let mut options = Options::new(now(), &Uuid::now_v7);
    options.batch = 70;
    load(store, &scope(), &key(), stock, options).await
}

async fn text(store: &Store, sql: &'static str) -> String {
    let mut tx = store.begin(&scope()).await.unwrap();
    sqlx::query_scalar(sql).fetch_one(tx.conn()).await.unwrap()
}

const RIGHTS: &str = "select coalesce(string_agg(t::text, E'\n' order by t.county, t.right_id), '') from register_right t";
const HOLDERS: &str = "select coalesce(string_agg(t::text, E'\n' order by t.county, t.right_id, t.role, t.ordinal), '') from register_holder t";
const ENTRIES: &str = "select coalesce(string_agg(t::text, E'\n' order by t.unit_code, t.unit_seq), '') from register_entry t";

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_is_taken_over_once_and_verifies() {
    let db = city().await;
    let stock = stock();
    let first = run(db.store(), &stock).await.unwrap();
    // 300 titles, 150 sales, 100 mortgages, 60 seizures made and ended, the land made and ended
    let wanted = Loaded {
        parcels_new: 1,
        buildings_new: 1,
        units_new: 301,
        units_skipped: 0,
        entries: 300 + 150 + 100 + 2 * 60 + 2,
    };
    assert_eq!(first, wanted);
    let current = "select string_agg(right_type || ' ' || n, ', ' order by right_type) from (
        select right_type, count(*) n from register_right where valid_to is null group by right_type) t";
    assert_eq!(
        text(db.store(), current).await,
        "mortgage 100, state_construction_land_and_building 300"
    );

    let before = (
        text(db.store(), ENTRIES).await,
        text(db.store(), RIGHTS).await,
    );
    let second = run(db.store(), &stock).await.unwrap();
    let nothing = Loaded {
        units_skipped: 301,
        ..Loaded::default()
    };
    assert_eq!(second, nothing);
    assert_eq!(
        before,
        (
            text(db.store(), ENTRIES).await,
            text(db.store(), RIGHTS).await
        )
    );

    let mut tx = db.store().begin(&scope()).await.unwrap();
    while chain::seal(&mut tx, "510400", now()).await.unwrap() > 0 {}
    let report = verify::verify(&mut tx).await.unwrap();
    assert_eq!(report.broken, None);
    assert_eq!(
        (report.entries, report.units, report.links, report.unsealed),
        (672, 301, 672, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_projection_can_be_made_anew_from_the_entries() {
    let db = city().await;
    run(db.store(), &stock()).await.unwrap();
    let before = (
        text(db.store(), RIGHTS).await,
        text(db.store(), HOLDERS).await,
    );
    assert!(before.0.contains("示例银行"), "the dump shows the rights");
    let mut tx = db.store().begin(&scope()).await.unwrap();
    assert_eq!(rebuild::rebuild(&mut tx, &key()).await.unwrap(), 672);
    tx.commit().await.unwrap();
    assert_eq!(
        before,
        (
            text(db.store(), RIGHTS).await,
            text(db.store(), HOLDERS).await
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_register_shows_the_earlier_owner_at_an_earlier_date() {
    let db = city().await;
    run(db.store(), &stock()).await.unwrap();
    let unit = UnitCode::parse("510402101001GB00001F00010010").unwrap();
    let mut tx = db.store().begin(&scope()).await.unwrap();
    let all = read::rights(&mut tx, &unit).await.unwrap();
    let standing = |at: &str| {
        let at: DateTime<Utc> = at.parse().unwrap();
        let mut names: Vec<String> = read::as_of(all.clone(), at)
            .into_iter()
            .filter(|r| r.valid_to.is_none())
            .flat_map(|r| r.right.holders)
            .map(|h| h.party.name)
            .collect();
        names.sort();
        names
    };
    assert_eq!(standing("2008-04-30T15:59:59Z"), Vec::<String>::new());
    assert_eq!(standing("2010-01-01T00:00:00Z"), ["先某10"]);
    assert_eq!(standing("2012-06-01T00:00:00Z"), ["先某10", "示例法院"]);
    assert_eq!(
        standing("2019-03-03T15:59:59Z"),
        ["先某10"],
        "a second before midnight in Shanghai"
    );
    assert_eq!(standing("2019-03-03T16:00:00Z"), ["后某10"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_is_finished_by_the_next() {
    let db = city().await;
    let whole = stock();
    let part = ExistingStock {
        units: whole.units[..130].to_vec(),
        ..whole.clone()
    };
    run(db.store(), &part).await.unwrap();
    let rest = run(db.store(), &whole).await.unwrap();
    assert_eq!((rest.units_new, rest.units_skipped), (171, 130));

    // identities of rights follow from their origin: another database gets the same ones
    let other = city().await;
    run(other.store(), &whole).await.unwrap();
    assert_eq!(
        text(db.store(), RIGHTS).await,
        text(other.store(), RIGHTS).await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_at_once_load_every_unit_once() {
    let db = city().await;
    let stock = stock();
    let (a, b) = tokio::join!(run(db.store(), &stock), run(db.store(), &stock));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!(a.units_new + b.units_new, 301);
    assert_eq!(a.entries + b.entries, 672);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_authoritys_unit_and_a_contradiction_write_nothing() {
    let db = city().await;
    let mut stock = stock();
    let narrow = Scope::new(["510421"]).unwrap();
    let options = Options::new(now(), &Uuid::now_v7);
    let mut units_only = stock.clone();
    units_only.parcels.clear();
    units_only.buildings.clear();
    let refused = load(db.store(), &narrow, &key(), &units_only, options).await;
    assert!(
        matches!(refused, Err(TakeoverError::Store(_))),
        "{refused:?}"
    );

    stock.units[200]
        .ownerships
        .push(title("又一人", (None, None), "x".into()));
    let refused = run(db.store(), &stock).await.unwrap_err();
    assert!(matches!(refused, TakeoverError::Inconsistent(_)));
    assert_eq!(
        text(db.store(), "select count(*)::text from parcel").await,
        "0"
    );
    assert_eq!(text(db.store(), ENTRIES).await, "");
}

async fn taken(store: &Store, units: &[ExistingUnit]) -> Vec<Taken> {
    let mut tx = store.begin(&scope()).await.unwrap();
    let options = Options::new(now(), &Uuid::now_v7);
    let taken = take(&mut tx, &key(), units, options).await.unwrap();
    tx.commit().await.unwrap();
    taken
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_delivery_adds_what_the_register_does_not_know_and_no_more() {
    let db = city().await;
    let stock = stock();
    run(db.store(), &stock).await.unwrap();
    let (one, two) = (&stock.units[0], &stock.units[1]);
    assert_eq!(
        taken(db.store(), &[one.clone(), two.clone()]).await,
        [Taken::Same, Taken::Same]
    );

    // sold and mortgaged since the first delivery
    let mut sold = one.clone();
    sold.ownerships[0].current = false;
    let mut next = title("新某1", (day("2024-02-03"), None), "1n".into());
    next.registration_type = RegistrationType::Transfer;
    sold.ownerships.push(next);
    sold.others.push(right(
        RightType::Mortgage,
        RightDetail::Mortgage(Mortgage::default()),
        "示例银行",
        (day("2024-02-04"), None),
        from("MORTGAGE", "new"),
    ));
    // an owner before the first one comes to light: the register has no place before an entry
    let mut older = two.clone();
    older
        .ownerships
        .insert(0, title("更早某", (day("1999-01-01"), None), "2z".into()));
    older.ownerships[0].current = false;
    // another title than the one that stands
    let mut other = stock.units[2].clone();
    other.ownerships = vec![title("别人", (day("2023-01-01"), None), "3x".into())];
    let mut broken = stock.units[3].clone();
    broken.ownerships[0].current = true;
    let units = [sold, older, other, broken];
    let found = taken(db.store(), &units).await;
    assert_eq!(found[0], Taken::Grown(2));
    for refused in &found[1..] {
        assert!(matches!(refused, Taken::Refused(_)), "{refused:?}");
    }
    assert_eq!(taken(db.store(), &units).await[0], Taken::Same);
    let all = {
        let mut tx = db.store().begin(&scope()).await.unwrap();
        read::rights(&mut tx, one.code()).await.unwrap()
    };
    let standing: Vec<&str> = all
        .iter()
        .filter(|r| r.valid_to.is_none())
        .map(|r| r.right.holders[0].party.name.as_str())
        .collect();
    assert_eq!(standing, ["新某1", "示例银行"]);
    let mut tx = db.store().begin(&scope()).await.unwrap();
    while chain::seal(&mut tx, "510400", now()).await.unwrap() > 0 {}
    assert_eq!(verify::verify(&mut tx).await.unwrap().broken, None);
}
