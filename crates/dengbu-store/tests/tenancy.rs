//! Scopes, row level security, rights of the server's role, retries: on the real database.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::atomic::{AtomicU32, Ordering};

use dengbu_store::{
    AuthorityFile, PANZHIHUA, Scope, Store, StoreError, StoreOptions, TenantTx, TestDb, outbox,
    seed_authorities,
};
use serde_json::json;
use sqlx::{Connection, PgConnection};

fn scope(codes: &[&str]) -> Scope {
    Scope::new(codes.iter().copied()).unwrap()
}

async fn messages(tx: &mut TenantTx) -> Vec<String> {
    sqlx::query_scalar("select county from outbox order by county")
        .fetch_all(tx.conn())
        .await
        .unwrap()
}

fn code_of(error: sqlx::Error) -> String {
    error
        .as_database_error()
        .unwrap()
        .code()
        .unwrap()
        .into_owned()
}

#[tokio::test]
async fn a_transaction_sees_and_writes_only_its_scope() {
    let db = TestDb::new().await;
    for county in ["510402", "510421"] {
        let mut tx = db.store().begin(&scope(&[county])).await.unwrap();
        outbox::insert(&mut tx, county, "t", "k", &json!({}))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = db
        .store()
        .begin(&scope(&["510402", "510403"]))
        .await
        .unwrap();
    assert_eq!(messages(&mut tx).await, ["510402"]);
    let touched = sqlx::query("update outbox set attempts = 9")
        .execute(tx.conn())
        .await
        .unwrap();
    assert_eq!(
        touched.rows_affected(),
        1,
        "an update reaches own rows only"
    );

    let refused = outbox::insert(&mut tx, "510421", "t", "k", &json!({}))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::OutOfScope { .. }),
        "{refused}"
    );

    // Past our own check, the database refuses as well (42501: row level security).
    let raw = sqlx::query(
        "insert into outbox (county, id, topic, key, payload, created_at, next_attempt_at) \
         values ('510421', gen_random_uuid(), 't', 'k', '{}', now(), now())",
    )
    .execute(tx.conn())
    .await
    .unwrap_err();
    assert_eq!(code_of(raw), "42501");
}

#[tokio::test]
async fn without_a_scope_nothing_is_visible_and_none_stays_behind() {
    let db = TestDb::new().await;
    let store = Store::connect(
        db.app_url(),
        &StoreOptions::default().with_connections_max(1),
    )
    .await
    .unwrap();
    let mut tx = store.begin(&scope(&["510402"])).await.unwrap();
    outbox::insert(&mut tx, "510402", "t", "k", &json!({}))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // The same connection outside the transaction: SET LOCAL is gone.
    let seen: i64 = sqlx::query_scalar("select count(*) from outbox")
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(seen, 0);
    let mut tx = store.begin(&scope(&["510403"])).await.unwrap();
    assert_eq!(messages(&mut tx).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    let db = TestDb::new().await;
    let own = scope(&["510402"]);
    let mut tx = db.store().begin(&own).await.unwrap();
    outbox::insert(&mut tx, "510402", "t", "k", &json!({}))
        .await
        .unwrap();
    drop(tx);
    let mut tx = db.store().begin(&own).await.unwrap();
    assert!(messages(&mut tx).await.is_empty());
}

#[tokio::test]
async fn every_statement_is_bounded_in_time() {
    let db = TestDb::new().await;
    let mut tx = db.store().begin(&scope(&["510402"])).await.unwrap();
    let limit: String = sqlx::query_scalar("select current_setting('statement_timeout')")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(limit, "30s");
}

#[tokio::test]
async fn the_server_role_has_only_granted_rights() {
    let db = TestDb::new().await;
    let mut conn = PgConnection::connect(db.app_url()).await.unwrap();
    for forbidden in [
        "create table mine (a int)",
        "alter table outbox disable row level security",
        "insert into authority (authority, name, place_name) values ('510400', 'x', 'x')",
        "update authority set name = 'x'",
        "truncate outbox",
        "set role dengbu_owner",
        "drop policy outbox_scope on outbox",
    ] {
        let error = sqlx::raw_sql(forbidden)
            .execute(&mut conn)
            .await
            .unwrap_err();
        assert_eq!(code_of(error), "42501", "{forbidden}");
    }
}

/// The second lock on every table that names its tenant; new migrations are held to it too.
/// Found by login name or token before anybody's scope is known; the server's code alone guards
/// them. The other two are public names.
const OUTSIDE_TENANCY: [&str; 4] = ["login", "session", "authority", "authority_county"];

#[tokio::test]
async fn every_table_with_a_county_or_authority_is_under_row_security() {
    let db = TestDb::new().await;
    let mut conn = PgConnection::connect(db.owner_url()).await.unwrap();
    let open: Vec<String> = sqlx::query_scalar(
        "select distinct c.relname::text from pg_class c \
         join pg_attribute a on a.attrelid = c.oid and a.attname in ('county', 'authority') \
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') \
           and not c.relrowsecurity \
           and c.relname <> all ($1) order by 1",
    )
    .bind(OUTSIDE_TENANCY)
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(open, Vec::<String>::new());
}

/// Citus: a key without the distribution column cannot be enforced across nodes.
#[tokio::test]
async fn every_key_holds_the_county_or_authority() {
    let db = TestDb::new().await;
    let mut conn = PgConnection::connect(db.owner_url()).await.unwrap();
    let loose: Vec<String> = sqlx::query_scalar(
        "select i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indrelid \
         where c.relnamespace = 'public'::regnamespace and i.indisunique \
           and exists (select from pg_attribute a where a.attrelid = c.oid \
                       and a.attname in ('county', 'authority')) \
           and not exists (select from pg_attribute a where a.attrelid = c.oid \
                           and a.attnum = any (i.indkey::int2[]) \
                           and a.attname in ('county', 'authority')) \
           and c.relname <> all ($1) order by 1",
    )
    .bind(OUTSIDE_TENANCY)
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(loose, Vec::<String>::new());
}

/// The only functions are searches: text operators are not leakproof, and under row security the
/// planner keeps them from the index, so a search filters by scope itself, as the owner.
#[tokio::test]
async fn no_migration_brings_triggers_or_logic() {
    let db = TestDb::new().await;
    let mut conn = PgConnection::connect(db.owner_url()).await.unwrap();
    let found: Vec<String> = sqlx::query_scalar(
        "select tgname::text from pg_trigger where not tgisinternal \
         union all select p.proname::text from pg_proc p \
         where p.pronamespace = 'public'::regnamespace \
           and not (p.proname like 'search\\_%' and p.provolatile = 's' and p.prosecdef \
                    and p.prosrc like '%current_setting(''app.scope'', true)%') \
           and not exists ( \
             select from pg_depend d where d.objid = p.oid and d.deptype = 'e')",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test]
async fn migrating_twice_does_nothing_and_seeding_twice_keeps_settings() {
    let db = TestDb::new().await;
    Store::migrate(db.owner_url()).await.unwrap();
    let file = AuthorityFile::parse(PANZHIHUA).unwrap();
    seed_authorities(db.owner_url(), &file).await.unwrap();
    sqlx::query("update authority set settings = '{\"a\":1}' where authority = '510400'")
        .execute(db.store().pool())
        .await
        .unwrap();
    seed_authorities(db.owner_url(), &file).await.unwrap();
    let settings: serde_json::Value =
        sqlx::query_scalar("select settings from authority where authority = '510400'")
            .fetch_one(db.store().pool())
            .await
            .unwrap();
    assert_eq!(settings, json!({"a": 1}));

    let mut tx = db.store().system().await.unwrap();
    assert_eq!(
        tx.scope().codes(),
        [
            "000000", "510400", "510402", "510403", "510411", "510421", "510422"
        ],
        "the platform and all authorities"
    );
    let offices: i64 = sqlx::query_scalar("select count(*) from office")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(offices, 5);
}

#[tokio::test]
async fn the_system_scope_needs_authorities() {
    let db = TestDb::new().await;
    let error = db.store().system().await.unwrap_err();
    assert!(matches!(error, StoreError::NoAuthority), "{error}");
}

/// An error as the capabilities have it: the database's own is two causes down.
#[derive(Debug, thiserror::Error)]
enum Capability {
    #[error("登簿失败")]
    Store(#[from] StoreError),
    #[error("业务拒绝")]
    Refused,
}

#[tokio::test]
async fn a_lost_race_is_run_again_until_it_wins() {
    let db = TestDb::new().await;
    let own = scope(&["510402"]);
    let tries = AtomicU32::new(0);
    let (tries, county) = (&tries, &String::from("510402"));
    let answer = db.store().with_retry(&own, |mut tx| async move {
        outbox::insert(&mut tx, county, "t", "k", &json!({})).await?;
        if tries.fetch_add(1, Ordering::Relaxed) < 2 {
            let lost = "do $$ begin raise exception sqlstate '40001'; end $$";
            sqlx::raw_sql(lost)
                .execute(tx.conn())
                .await
                .map_err(StoreError::from)?;
        }
        Ok::<_, Capability>((tx, 7))
    });
    assert_eq!(answer.await.unwrap(), 7);
    assert_eq!(tries.load(Ordering::Relaxed), 3);
    let mut tx = db.store().begin(&own).await.unwrap();
    assert_eq!(
        messages(&mut tx).await.len(),
        1,
        "only the winning run counts"
    );
}

#[tokio::test]
async fn the_retried_work_can_be_spawned() {
    let db = TestDb::new().await;
    let store = db.store().clone();
    let task = tokio::spawn(async move {
        let own = Scope::single("510402").unwrap();
        let topic = &String::from("t");
        store
            .with_retry(&own, |mut tx| async move {
                outbox::insert(&mut tx, "510402", topic, "k", &json!({})).await?;
                Ok::<_, Capability>((tx, ()))
            })
            .await
    });
    task.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_refusal_is_not_run_again_and_retries_end() {
    let db = TestDb::new().await;
    let own = scope(&["510402"]);
    let tries = &AtomicU32::new(0);
    let refused: Result<(), Capability> = db
        .store()
        .with_retry(&own, |_| {
            tries.fetch_add(1, Ordering::Relaxed);
            async { Err(Capability::Refused) }
        })
        .await;
    assert!(matches!(refused, Err(Capability::Refused)));
    assert_eq!(tries.swap(0, Ordering::Relaxed), 1);

    let lost: Result<(), Capability> = db
        .store()
        .with_retry(&own, |mut tx| async move {
            tries.fetch_add(1, Ordering::Relaxed);
            let deadlock = "do $$ begin raise exception sqlstate '40P01'; end $$";
            sqlx::raw_sql(deadlock)
                .execute(tx.conn())
                .await
                .map_err(StoreError::from)?;
            Ok((tx, ()))
        })
        .await;
    assert!(matches!(lost, Err(Capability::Store(_))));
    assert_eq!(tries.load(Ordering::Relaxed), 5, "bounded");
}

#[tokio::test]
async fn a_bad_address_is_said_in_plain_words() {
    let error = Store::connect("not an address", &StoreOptions::default())
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Address { .. }));
    assert!(error.to_string().contains("DATABASE_URL"));
}
