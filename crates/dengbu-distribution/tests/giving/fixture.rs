//! The demo city's existing titles, taken over.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use dengbu_distribution::export::{self, Exported};
use dengbu_distribution::{DistributionError, Request};
use dengbu_register::person::PersonKey;
use dengbu_store::{AuthorityFile, PANZHIHUA, Scope, TestDb, seed_authorities};
use dengbu_takeover::load;
use uuid::Uuid;

pub const CITY: &str = "510400";

pub fn now() -> DateTime<Utc> {
    "2026-11-30T01:00:00Z".parse().unwrap()
}

pub struct City {
    pub db: TestDb,
    ids: AtomicU64,
}

impl City {
    pub async fn new() -> Self {
        Self {
            db: TestDb::prepared("demo city", Self::fill).await,
            // Beyond what the filling used.
            ids: AtomicU64::new(1 << 40),
        }
    }

    async fn fill(db: &TestDb) {
        let file = AuthorityFile::parse(PANZHIHUA).unwrap();
        seed_authorities(db.owner_url(), &file).await.unwrap();
        let today = dengbu_model::time::date_in_shanghai(now());
        let stock = dengbu_demo::city::city(today).unwrap();
        let used = AtomicU64::new(1);
        let ids = || numbered(&used);
        let scope = db.store().system_scope().await.unwrap();
        let key = PersonKey::new([7; 32]);
        load::load(
            db.store(),
            &scope,
            &key,
            &stock,
            load::Options::new(now() - chrono::TimeDelta::hours(1), &ids),
        )
        .await
        .unwrap();
    }

    pub fn id(&self) -> Uuid {
        numbered(&self.ids)
    }

    pub fn scope(&self) -> Scope {
        Scope::new([CITY, "510402", "510403", "510411"]).unwrap()
    }

    pub async fn export(
        &self,
        request: &Request,
        path: &Path,
    ) -> Result<Exported, DistributionError> {
        self.export_at(request, path, now()).await
    }

    pub async fn export_at(
        &self,
        request: &Request,
        path: &Path,
        now: DateTime<Utc>,
    ) -> Result<Exported, DistributionError> {
        let mut tx = self.db.store().begin(&self.scope()).await.unwrap();
        export::export(
            &mut tx,
            request,
            "攀枝花市不动产登记中心",
            now,
            path,
            &|_, _| true,
        )
        .await
    }
}

fn numbered(used: &AtomicU64) -> Uuid {
    Uuid::from_u128(u128::from(used.fetch_add(1, Ordering::Relaxed)) | (7 << 76))
}
