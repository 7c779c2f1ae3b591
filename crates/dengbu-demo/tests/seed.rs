//! The demonstration city and the legacy sample on the real database.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use dengbu_demo::city::city;
use dengbu_demo::seed::taken_over;
use dengbu_demo::{DemoError, PASSWORD, load_sample, seed, staff, story};
use dengbu_law::application::{Application, Detail, TransferDetail};
use dengbu_law::{catalogue, rules};
use dengbu_model::party::{CoOwnership, Holder};
use dengbu_model::quantity::Money;
use dengbu_model::time::date_in_shanghai;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::person::PersonKey;
use dengbu_register::{chain, forms, read, rebuild, verify};
use dengbu_staff::{Accounts, AccountsOptions, Grant, NewStaff, RequestContext, Role};
use dengbu_store::{AuthorityFile, PANZHIHUA, Scope, Store, TestDb, seed_authorities};
use dengbu_takeover::{ExistingStock, Options, load};
use uuid::Uuid;

fn key() -> PersonKey {
    PersonKey::new([7; 32])
}

fn now() -> DateTime<Utc> {
    "2026-11-23T03:00:00Z".parse().unwrap()
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/legacy-city/open")
}

async fn text(store: &Store, sql: &'static str) -> String {
    let mut tx = store.system().await.unwrap();
    sqlx::query_scalar(sql).fetch_one(tx.conn()).await.unwrap()
}

/// Digests of the projection and the cadastre, ordered.
async fn dump(store: &Store) -> [String; 3] {
    let digest = [
        "select md5(string_agg(t::text, E'\n' order by t.county, t.right_id)) from register_right t",
        "select md5(string_agg(t::text, E'\n' order by t.county, t.right_id, t.role, t.ordinal)) from register_holder t",
        "select md5(string_agg(concat(t.unit_code, t.head_seq, t.facts, t.address), E'\n' order by t.unit_code)) from estate_unit t",
    ];
    [
        text(store, digest[0]).await,
        text(store, digest[1]).await,
        text(store, digest[2]).await,
    ]
}

/// A database with the demonstration city in it.
async fn seeded() -> TestDb {
    TestDb::prepared("seeded", async |db| {
        seed(db.store(), db.owner_url(), &key(), now())
            .await
            .unwrap();
    })
    .await
}

async fn seal_and_verify(store: &Store) -> verify::Report {
    let mut tx = store.system().await.unwrap();
    for authority in ["510400", "510421", "510422"] {
        while chain::seal(&mut tx, authority, now()).await.unwrap() > 0 {}
    }
    let report = verify::verify(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(report.broken, None);
    assert_eq!((report.unsealed, report.links), (0, report.entries));
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn the_city_is_loaded_once_and_the_same_everywhere() {
    let db = TestDb::new().await;
    let first = seed(db.store(), db.owner_url(), &key(), now())
        .await
        .unwrap();
    assert_eq!(
        first.units,
        city(date_in_shanghai(now())).unwrap().units.len()
    );
    assert!(first.entries > 2 * first.units);
    assert_eq!(first.accounts.len(), 37);
    let states = "select string_agg(distinct state, ' ' order by state) from registration_case";
    assert_eq!(
        text(db.store(), states).await,
        "closed correction in_progress not_accepted refused withdrawn"
    );
    let waiting = "select count(distinct step)::text from registration_case
         where state = 'in_progress' and recorded_at is null and due_on < '2026-11-23'";
    assert_eq!(text(db.store(), waiting).await, "3", "some are overdue");
    let before = dump(db.store()).await;

    let again = seed(db.store(), db.owner_url(), &key(), now())
        .await
        .unwrap();
    assert_eq!((again.units, again.entries), (0, 0));
    assert_eq!(again.accounts, first.accounts);
    assert_eq!(before, dump(db.store()).await);
    let marked = "select string_agg(settings::text, ' ' order by authority) from authority";
    let settings = text(db.store(), marked).await;
    assert_eq!(settings.matches(r#""demo": true"#).count(), 3, "{settings}");

    assert_eq!(
        seal_and_verify(db.store()).await.entries,
        first.entries as u64
    );
    let mut tx = db.store().system().await.unwrap();
    assert_eq!(
        rebuild::rebuild(&mut tx, &key()).await.unwrap(),
        first.entries as u64
    );
    tx.commit().await.unwrap();
    assert_eq!(before, dump(db.store()).await);

    // another database, in which a first run was killed half way
    let other = TestDb::new().await;
    half_way(&other).await;
    let rest = seed(other.store(), other.owner_url(), &key(), now())
        .await
        .unwrap();
    assert_eq!(rest.units, first.units - 700);
    assert_eq!(before, dump(other.store()).await);
}

async fn half_way(db: &TestDb) {
    let authorities = AuthorityFile::parse(PANZHIHUA).unwrap();
    seed_authorities(db.owner_url(), &authorities)
        .await
        .unwrap();
    let whole = city(date_in_shanghai(now())).unwrap();
    let half = ExistingStock {
        units: whole.units[..700].to_vec(),
        ..whole
    };
    let scope = authorities.scope().unwrap();
    load(
        db.store(),
        &scope,
        &key(),
        &half,
        Options::new(taken_over(now()), &Uuid::now_v7),
    )
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_forms_and_calendar_are_ready_to_work_with() {
    let db = seeded().await;
    let accounts = Accounts::new(db.store().clone(), AccountsOptions::default()).unwrap();
    for username in [
        "city-reception",
        "city-review-2",
        "miyi-record",
        "yanbian-audit",
    ] {
        let ctx = RequestContext::at(now());
        let signed = accounts.sign_in(username, PASSWORD, &ctx).await;
        assert!(signed.is_ok(), "{username}: {:?}", signed.err());
    }
    for authority in ["510400", "510421", "510422"] {
        let mut tx = db
            .store()
            .begin(&Scope::single(authority).unwrap())
            .await
            .unwrap();
        let stock = forms::stock(&mut tx, authority).await.unwrap();
        for kind in &stock {
            assert_eq!(kind.in_stock + kind.used, 500, "{kind:?}");
            assert!(kind.in_stock > 400, "{kind:?}");
        }
        let calendar = dengbu_cases::days::calendar(&mut tx, authority)
            .await
            .unwrap();
        assert!(!calendar.is_working_day("2026-10-01".parse().unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_with_other_peoples_accounts_is_left_alone() {
    let db = TestDb::new().await;
    seed_authorities(db.owner_url(), &AuthorityFile::parse(PANZHIHUA).unwrap())
        .await
        .unwrap();
    let accounts = Accounts::new(db.store().clone(), AccountsOptions::default()).unwrap();
    let someone = NewStaff {
        authority: "510400".into(),
        username: "zhang01".into(),
        name: "示例".into(),
        phone: None,
        office_id: None,
        registrar_licence: None,
        grants: vec![Grant::everywhere(
            Role::Administrator,
            "510400",
            "2026-01-01".parse().unwrap(),
        )],
    };
    let ctx = RequestContext::at(now());
    accounts
        .bootstrap_staff(&someone, "Another-2026-one", false, &ctx)
        .await
        .unwrap();
    let refused = seed(db.store(), db.owner_url(), &key(), now())
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, DemoError::InUse(name) if name == "zhang01"),
        "{refused}"
    );
    assert_eq!(
        text(db.store(), "select count(*)::text from estate_unit").await,
        "0"
    );
    assert_eq!(
        text(db.store(), "select count(*)::text from login").await,
        "1"
    );
    assert!(staff::accounts().iter().all(|a| a.username != "zhang01"));
}

/// A sale of the unit by whoever stands in the register to the buyer of the stories; gives the
/// rules it meets with how hard they weigh.
async fn sale(store: &Store, unit: &str) -> Vec<(String, rules::Severity)> {
    let unit = UnitCode::parse(unit).unwrap();
    let mut tx = store.system().await.unwrap();
    let state = read::unit_state(&mut tx, &unit, None).await.unwrap();
    let sellers = state
        .titles()
        .flat_map(|t| &t.right.holders)
        .map(|h| h.party.clone())
        .collect();
    let application = Application {
        reason: "买卖".into(),
        holders: vec![Holder {
            party: story::buyer(),
            share: None,
        }],
        obligors: sellers,
        co_ownership: CoOwnership::Sole,
        separate_certificates: false,
        detail: Detail::Transfer(TransferDetail {
            price: Some(Money::parse("400000").unwrap()),
            deed_tax_proof_no: Some("示例完税0001".into()),
            ..TransferDetail::default()
        }),
        contact: None,
        delivery_method: Default::default(),
        inquiry: Vec::new(),
        acknowledged: Vec::new(),
        remarks: None,
        further: Vec::new(),
    };
    let business = catalogue::business("200-04-02").unwrap();
    rules::check(
        business,
        &application,
        &[state],
        &dengbu_law::calendar::Calendar::default(),
        date_in_shanghai(now()),
    )
    .into_iter()
    .filter(|v| v.severity != rules::Severity::Info)
    .map(|v| (v.rule, v.severity))
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stories_meet_the_rules_they_are_told_for() {
    use rules::Severity::{Block, Consent, Warn};
    let db = seeded().await;
    let clean = [
        story::CLEAN_FLAT,
        story::MIYI_CLEAN_FLAT,
        story::YANBIAN_CLEAN_FLAT,
    ];
    for unit in clean
        .into_iter()
        .chain([story::JOINT_FLAT, story::SHARED_FLAT])
    {
        assert_eq!(sale(db.store(), unit).await, [], "{unit}");
    }
    for (unit, rule, severity) in [
        (story::SEIZED_FLAT, "R10", Block),
        (story::TWICE_SEIZED_FLAT, "R10", Block),
        (story::CAUTIONED_FLAT, "R40", Warn),
        (story::INHABITED_FLAT, "R50", Warn),
        (story::NOTICED_FLAT, "R30", Consent),
    ] {
        let met = sale(db.store(), unit).await;
        assert!(
            met.contains(&(rule.to_owned(), severity)),
            "{unit}: {met:?}"
        );
    }
    let restricted = sale(db.store(), story::MORTGAGED_RESTRICTED_FLAT).await;
    let free = sale(db.store(), story::MORTGAGED_FREE_FLAT).await;
    assert_ne!(
        restricted, free,
        "an agreement on transfer makes a difference"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_legacy_sample_is_in_the_register_beside_the_city() {
    let db = seeded().await;
    let report = load_sample(db.store(), &key(), &sample(), now())
        .await
        .unwrap();
    println!("{report}");
    assert_eq!(report.loaded.units_skipped, 0);
    // nothing of the city is in the sample
    assert_eq!(report.loaded.units_new, report.fit[2]);
    assert_eq!(report.loaded.parcels_new, report.fit[0] as u64);
    assert!(
        report.loaded.units_new > 5_000,
        "{}",
        report.loaded.units_new
    );
    assert!(!report.findings.is_empty() && report.left_out() > 0);
    let walked = seal_and_verify(db.store()).await;
    assert!(walked.entries as usize > report.loaded.entries);

    // what is mortgaged and seized in the files is so in the register
    let standing = "select concat_ws(' ',
        count(distinct unit_code) filter (where kind = 'mortgage'),
        count(distinct unit_code) filter (where kind = 'seizure'))
        from register_right where valid_to is null and provenance ->> 'source' in ('a-municipal', 'b-miyi', 'c-yanbian')";
    let [mortgaged, seized] = report.limited;
    assert_eq!(
        text(db.store(), standing).await,
        format!("{mortgaged} {seized}")
    );

    let before = dump(db.store()).await;
    let again = load_sample(db.store(), &key(), &sample(), now())
        .await
        .unwrap();
    assert_eq!((again.loaded.units_new, again.loaded.entries), (0, 0));
    assert_eq!(again.loaded.units_skipped, report.loaded.units_new);
    assert_eq!(before, dump(db.store()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_without_authorities_or_files_says_what_is_missing() {
    let db = TestDb::new().await;
    let refused = load_sample(db.store(), &key(), &sample(), now())
        .await
        .unwrap_err();
    assert!(matches!(refused, DemoError::Store(_)), "{refused}");
    seed_authorities(db.owner_url(), &AuthorityFile::parse(PANZHIHUA).unwrap())
        .await
        .unwrap();
    let nowhere = Path::new("/nowhere/at/all");
    let refused = load_sample(db.store(), &key(), nowhere, now())
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("没有可以读取的"), "{refused}");
    assert_eq!(
        text(db.store(), "select count(*)::text from parcel").await,
        "0"
    );
}
