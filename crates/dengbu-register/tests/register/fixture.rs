//! A city with its authorities, parcels with buildings on them, and entries for their units.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use dengbu_model::party::{CoOwnership, Holder, Party, PartyKind};
use dengbu_model::right::{
    BuildingOwnership, Mortgage, RegistrationType, Right, RightDetail, RightType, Seizure,
};
use dengbu_model::unit_code::{BuildingCode, ParcelCode, UnitCode};
use dengbu_register::append::{Appended, NewEntry, append, lock_units};
use dengbu_register::entry::{EndedRight, Registrar};
use dengbu_register::person::PersonKey;
use dengbu_register::verify::{Report, verify};
use dengbu_register::{RegisterError, chain};
use dengbu_store::{AuthorityFile, PANZHIHUA, Scope, TenantTx, TestDb, seed_authorities};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

/// The city's authority and one of its counties.
pub const CITY: &str = "510400";
pub const CITY_PARCEL: &str = "510402001003GB00012";
/// Another authority, which is its own county.
pub const MIYI: &str = "510421";
pub const MIYI_PARCEL: &str = "510421001003GB00012";

pub struct World {
    pub db: TestDb,
    ids: AtomicU64,
}

pub fn key() -> PersonKey {
    PersonKey::new([7; 32])
}

/// A Monday morning in Panzhihua.
pub fn now() -> DateTime<Utc> {
    "2026-11-23T01:00:00Z".parse().unwrap()
}

pub fn minute(n: i64) -> DateTime<Utc> {
    now() + TimeDelta::minutes(n)
}

pub fn scope(authority: &str) -> Scope {
    match authority {
        CITY => Scope::new(["510400", "510402", "510403", "510411"]),
        other => Scope::new([other]),
    }
    .unwrap()
}

impl World {
    pub async fn new() -> Self {
        let db = TestDb::new().await;
        let file = AuthorityFile::parse(PANZHIHUA).unwrap();
        seed_authorities(db.owner_url(), &file).await.unwrap();
        Self {
            db,
            ids: AtomicU64::new(1),
        }
    }

    pub fn id(&self) -> Uuid {
        let n = self.ids.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u128(0x0193_5000_0000_7000_8000_0000_0000_0000 + u128::from(n))
    }

    pub async fn tx(&self, authority: &str) -> TenantTx {
        self.db.store().begin(&scope(authority)).await.unwrap()
    }

    pub async fn owner(&self) -> PgConnection {
        PgConnection::connect(self.db.owner_url()).await.unwrap()
    }

    /// Runs SQL as the owner of the database: whoever holds its keys.
    pub async fn as_owner(&self, sql: &str) {
        let mut owner = self.owner().await;
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&mut owner)
            .await
            .unwrap();
        owner.close().await.unwrap();
    }

    /// One value as the owner sees it, as text.
    pub async fn text(&self, sql: &str) -> String {
        let mut owner = self.owner().await;
        let found: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut owner)
            .await
            .unwrap();
        owner.close().await.unwrap();
        found.unwrap_or_default()
    }

    /// A parcel with its land unit and a building of `dwellings` units: land first.
    pub async fn plant(&self, authority: &str, parcel: &str, dwellings: u32) -> Vec<UnitCode> {
        let parcel = ParcelCode::parse(parcel).unwrap();
        let building = BuildingCode::on(&parcel, 1).unwrap();
        let mut units = vec![UnitCode::of_land(&parcel).unwrap()];
        units.extend((1..=dwellings).map(|n| UnitCode::in_building(&building, n).unwrap()));
        let mut tx = self.tx(authority).await;
        sqlx::query("insert into parcel (county, parcel_code, address, area) values (left($1, 6), $1, '示例路1号', 2000)")
            .bind(parcel.as_str())
            .execute(tx.conn())
            .await
            .unwrap();
        for (n, unit) in units.iter().enumerate() {
            let kind = if n == 0 { "land" } else { "dwelling" };
            sqlx::query(
                "insert into estate_unit (county, unit_code, authority, parcel_code, kind, address, address_norm, area, facts)
                 values (left($1, 6), $1, $2, left($1, 19), $3, $4, $4, 90.5, '{}')",
            )
            .bind(unit.as_str())
            .bind(authority)
            .bind(kind)
            .bind(format!("示例路1号{n}室"))
            .execute(tx.conn())
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        units
    }

    /// An entry that creates a right of its own.
    pub fn entry(
        &self,
        authority: &str,
        unit: &UnitCode,
        right: Right,
        at: DateTime<Utc>,
    ) -> NewEntry {
        NewEntry {
            entry_id: self.id(),
            authority: authority.to_owned(),
            unit: unit.clone(),
            registration_type: RegistrationType::First,
            business: "existing".to_owned(),
            cause: None,
            case_no: None,
            registrar: Registrar {
                staff_id: None,
                name: "登簿员甲".to_owned(),
            },
            recorded_at: at,
            effective_at: None,
            legal_basis: vec!["《不动产登记暂行条例》第二十一条".to_owned()],
            right_id: self.id(),
            right,
            creates: true,
            ends: Vec::new(),
            certificates: Vec::new(),
            certificate_no: None,
            provenance: None,
        }
    }

    /// An entry that only ends a right.
    pub fn ending(
        &self,
        authority: &str,
        unit: &UnitCode,
        (right_id, right): (Uuid, Right),
        at: DateTime<Utc>,
    ) -> NewEntry {
        NewEntry {
            registration_type: RegistrationType::Deregistration,
            right_id,
            creates: false,
            ends: vec![ended(right_id)],
            ..self.entry(authority, unit, right, at)
        }
    }

    /// Locks, appends, commits.
    pub async fn write(&self, entries: Vec<NewEntry>) -> Result<Vec<Appended>, RegisterError> {
        let authority = entries[0].authority.clone();
        let mut tx = self.tx(&authority).await;
        let units: Vec<UnitCode> = entries.iter().map(|e| e.unit.clone()).collect();
        let mut heads = lock_units(&mut tx, &units).await?;
        let made = append(&mut tx, &key(), &mut heads, entries).await?;
        tx.commit().await?;
        Ok(made)
    }

    pub async fn seal(&self, authority: &str) -> usize {
        let mut tx = self.tx(authority).await;
        let count = chain::seal(&mut tx, authority, minute(600)).await.unwrap();
        tx.commit().await.unwrap();
        count
    }

    pub async fn verify(&self) -> Report {
        let mut tx = self.db.store().system().await.unwrap();
        verify(&mut tx).await.unwrap()
    }

    /// The projection, row by row.
    pub async fn projection(&self) -> (String, String) {
        let rights =
            "select string_agg(t::text, E'\\n' order by county, right_id) from register_right t";
        let holders = "select string_agg(t::text, E'\\n' order by county, right_id, role, ordinal) from register_holder t";
        (self.text(rights).await, self.text(holders).await)
    }

    /// Waits until a statement of that task waits for a lock. The database's own list of locks
    /// says so, not the clock.
    pub async fn waits<T>(&self, task: &tokio::task::JoinHandle<T>) {
        let mut owner = self.owner().await;
        loop {
            let waiting: i64 = sqlx::query_scalar(
                "select count(*) from pg_locks l join pg_stat_activity a on a.pid = l.pid
                 where a.datname = current_database() and not l.granted",
            )
            .fetch_one(&mut owner)
            .await
            .unwrap();
            if waiting > 0 {
                return;
            }
            assert!(!task.is_finished(), "the task did not wait");
            tokio::task::yield_now().await;
        }
    }
}

pub fn ended(right_id: Uuid) -> EndedRight {
    EndedRight {
        right_id,
        reason: "因买卖转移登记".to_owned(),
    }
}

fn right(right_type: RightType, holder: Party, detail: RightDetail) -> Right {
    Right {
        right_type,
        co_ownership: CoOwnership::Sole,
        holders: vec![Holder {
            party: holder,
            share: None,
        }],
        obligors: Vec::new(),
        detail,
        other_conditions: None,
        remarks: None,
    }
}

pub fn title(owner: &str) -> Right {
    right(
        RightType::StateConstructionLandAndBuilding,
        Party::named(owner, PartyKind::Person),
        RightDetail::BuildingOwnership(BuildingOwnership::default()),
    )
}

pub fn mortgage(bank: &str) -> Right {
    right(
        RightType::Mortgage,
        Party::named(bank, PartyKind::Enterprise),
        RightDetail::Mortgage(Mortgage::default()),
    )
}

pub fn seizure(court: &str) -> Right {
    right(
        RightType::Seizure,
        Party::named(court, PartyKind::StateOrgan),
        RightDetail::Seizure(Seizure::default()),
    )
}

/// Chance that can be replayed (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }
}
