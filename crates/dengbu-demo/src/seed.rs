//! The city into a database.

use chrono::{DateTime, Days, Utc};
use dengbu_cases::days;
use dengbu_law::calendar::{SHIPPED, parse_days};
use dengbu_model::certificate::FormSerial;
use dengbu_model::time::date_in_shanghai;
use dengbu_register::forms;
use dengbu_register::person::PersonKey;
use dengbu_store::{AuthorityFile, PANZHIHUA, Scope, Store, seed_authorities};
use dengbu_takeover::{Options, load};
use futures_util::future::try_join_all;
use serde::Serialize;
use serde_json::json;
use sqlx::Connection;
use uuid::Uuid;

use crate::DemoError;
use crate::city::city;
use crate::staff::{self, DemoAccount};
use crate::work::{self, Worked};
use crate::{floors, months};

/// Version of the city; one that is loaded already is not loaded again.
const EDITION: u64 = 2;

/// Paper forms of each kind that every authority begins with.
const FORMS: u32 = 500;

/// Who put the forms into stock.
const STOREKEEPER: &str = "演示数据";

/// What a run of [`seed`] found or made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seeded {
    /// Units that this run loaded; 0 when the city was there.
    pub units: usize,
    /// Register entries that this run made.
    pub entries: usize,
    /// Accounts to sign in with; password [`crate::PASSWORD`].
    pub accounts: Vec<DemoAccount>,
}

/// Puts the demonstration city into a migrated database: authorities, cadastre and register,
/// staff, paper forms, calendar, and the cases of the last months. What is there already stays as it is, so it may be run at every
/// start. Each authority's settings get `demo: true` first and `demo_edition` last.
///
/// # Errors
/// [`DemoError::InUse`] when somebody else's accounts are in the database; nothing is written then.
pub async fn seed(
    store: &Store,
    owner_url: &str,
    key: &PersonKey,
    now: DateTime<Utc>,
) -> Result<Seeded, DemoError> {
    if let Some(username) = staff::stranger(store).await?
        && !marked(store).await?
    {
        return Err(DemoError::InUse(username));
    }
    let accounts = staff::accounts();
    if complete(store).await? {
        return Ok(Seeded {
            units: 0,
            entries: 0,
            accounts,
        });
    }
    let authorities = AuthorityFile::parse(PANZHIHUA)?;
    seed_authorities(owner_url, &authorities).await?;
    let scope = authorities.scope()?;
    mark(
        store,
        &scope,
        &json!({ "demo": true, "policy": { "require_totp": false, "password_days_max": 0 } }),
    )
    .await?;
    let stock = city(date_in_shanghai(now))?;
    let before = taken_over(now);
    let options = Options::new(before, &Uuid::now_v7);
    let loaded = load(store, &scope, key, &stock, options).await?;
    floors::load(store, &scope).await?;
    staff::open(store, now).await?;
    for authority in &authorities.authority {
        provide(store, &authority.authority, before).await?;
    }
    analyse(owner_url).await?;
    tracing::info!("titles, staff, forms and calendar are there");
    let mut worked = Worked::default();
    let office = |authority| work::work(store, key, &scope, &stock, authority, now);
    let at_each = authorities.authority.iter().map(|a| office(&a.authority));
    for done in try_join_all(at_each).await? {
        worked.cases += done.cases;
        worked.entries += done.entries;
    }
    mark(store, &scope, &json!({ "demo_edition": EDITION })).await?;
    tracing::info!(
        units = loaded.units_new,
        entries = loaded.entries + worked.entries,
        cases = worked.cases,
        "demonstration city loaded"
    );
    Ok(Seeded {
        units: loaded.units_new,
        entries: loaded.entries + worked.entries,
        accounts,
    })
}

/// The moment the city was taken over: before the first of its cases.
#[must_use]
pub fn taken_over(now: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_sub_days(Days::new(months::DAYS_BACK + 1))
        .unwrap_or(now)
}

/// Has the database look at what was loaded: until it did, it takes the tables for empty and
/// reads whole indexes for one row.
async fn analyse(owner_url: &str) -> Result<(), DemoError> {
    let mut owner = sqlx::PgConnection::connect(owner_url).await?;
    sqlx::query("analyze parcel, building, estate_unit, unit_shape, register_entry, register_right, register_holder, paper_form").execute(&mut owner).await?;
    Ok(owner.close().await?)
}

/// Paper forms and calendar of one authority, each unless there are some already.
async fn provide(store: &Store, authority: &str, now: DateTime<Utc>) -> Result<(), DemoError> {
    let mut tx = store
        .begin(&Scope::single(authority).map_err(dengbu_store::StoreError::from)?)
        .await?;
    if forms::stock(&mut tx, authority).await?.is_empty() {
        for (kind, letter) in [("title", 'D'), ("proof", 'Z')] {
            let first = FormSerial::parse(&format!("{letter}{authority}000001"))?;
            forms::receive(&mut tx, authority, kind, &first, FORMS, STOREKEEPER, now).await?;
        }
    }
    let has_calendar: bool =
        sqlx::query_scalar("select exists (select from calendar_day where authority = $1)")
            .bind(authority)
            .fetch_one(tx.conn())
            .await?;
    if !has_calendar {
        let published = parse_days(SHIPPED).map_err(DemoError::malformed)?;
        days::put(&mut tx, authority, &published).await?;
    }
    Ok(tx.commit().await?)
}

/// Adds to the settings of every authority in scope.
async fn mark(store: &Store, scope: &Scope, settings: &serde_json::Value) -> Result<(), DemoError> {
    let mut tx = store.begin(scope).await?;
    sqlx::query("update authority set settings = settings || $2 where authority = any($1)")
        .bind(scope.codes())
        .bind(settings)
        .execute(tx.conn())
        .await?;
    Ok(tx.commit().await?)
}

/// Whether this is a demonstration's database: whoever added accounts to it knew.
async fn marked(store: &Store) -> Result<bool, DemoError> {
    let sql = "select exists (select from authority where settings -> 'demo' = 'true')";
    Ok(sqlx::query_scalar(sql).fetch_one(store.pool()).await?)
}

/// Whether every authority has this edition.
async fn complete(store: &Store) -> Result<bool, DemoError> {
    let sql = "select count(*) > 0 and bool_and(coalesce(settings -> 'demo_edition' = $1, false)) from authority";
    Ok(sqlx::query_scalar(sql)
        .bind(json!(EDITION))
        .fetch_one(store.pool())
        .await?)
}
