//! An office that takes data in.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use dengbu_intake::engine::Engine;
use dengbu_intake::fusion::Fusion;
use dengbu_intake::packages::{Packages, SIZE_MAX};
use dengbu_intake::run::{self, Over, Run};
use dengbu_intake::source::{self, Package};
use dengbu_intake::work::{Worker, scope_of};
use dengbu_intake::{Doing, IntakeError, batch};
use dengbu_register::person::PersonKey;
use dengbu_register::{chain, verify};
use dengbu_store::{AuthorityFile, PANZHIHUA, Scope, TenantTx, TestDb, seed_authorities};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use uuid::Uuid;

pub const CITY: &str = "510400";
pub const SOURCE: &str = "a-municipal";

pub struct Desk {
    pub db: TestDb,
    pub worker: Worker,
    pub scope: Scope,
    pub clerk: Uuid,
    pub chief: Uuid,
    _folder: TempDir,
}

pub fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/legacy-city/open")
}

fn now() -> DateTime<Utc> {
    Utc::now()
}

fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// The houses of the sample that a test needs: the first few hundred of some thousand.
fn first_houses<'a>(name: &str, content: &'a [u8]) -> &'a [u8] {
    if !name.ends_with("FC_HOUSE.csv") {
        return content;
    }
    let ends = content.iter().enumerate().filter(|(_, b)| **b == b'\n');
    let end = ends.map(|(at, _)| at + 1).nth(600);
    &content[..end.unwrap_or(content.len())]
}

/// A folder as a zip.
pub fn zipped(folder: &Path) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut folders = vec![folder.to_owned()];
    while let Some(f) = folders.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(f)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(folder)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default())
                .unwrap();
            let content = std::fs::read(&path).unwrap();
            zip.write_all(first_houses(&name, &content)).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

impl Desk {
    pub async fn new() -> Self {
        Self::with(Arc::new(Fusion)).await
    }

    pub async fn with(engine: Arc<dyn Engine>) -> Self {
        let db = TestDb::new().await;
        seed_authorities(db.owner_url(), &AuthorityFile::parse(PANZHIHUA).unwrap())
            .await
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let worker = Worker {
            store: db.store().clone(),
            packages: Packages::in_folder(folder.path()).unwrap(),
            key: PersonKey::new([7; 32]),
            engine,
            now,
            ids: new_id,
        };
        let (scope, _) = scope_of(db.store(), CITY).await.unwrap();
        Self {
            db,
            worker,
            scope,
            clerk: new_id(),
            chief: new_id(),
            _folder: folder,
        }
    }

    pub fn doing(&self, staff_id: Uuid) -> Doing<'static> {
        Doing {
            authority: CITY,
            staff_id,
            name: "示例人员",
            now: now(),
            ids: &new_id,
        }
    }

    pub async fn tx(&self) -> TenantTx {
        self.db.store().begin(&self.scope).await.unwrap()
    }

    /// The source with the sample's files delivered.
    pub async fn deliver(&self) -> Package {
        self.deliver_bytes(zipped(&sample().join(SOURCE)))
            .await
            .unwrap()
    }

    pub async fn deliver_bytes(&self, bytes: Vec<u8>) -> Result<Package, IntakeError> {
        let doing = self.doing(self.clerk);
        let body = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes)]);
        let kept = self
            .worker
            .packages
            .take("市局.zip", body, SIZE_MAX)
            .await?;
        let mut tx = self.tx().await;
        if source::one(&mut tx, CITY, SOURCE).await.is_err() {
            source::create(&mut tx, SOURCE, "市局房产系统", &doing).await?;
        }
        let package = source::deliver(&mut tx, SOURCE, "市局.zip", &kept, &doing).await?;
        tx.commit().await.unwrap();
        Ok(package)
    }

    /// Asks for a run and works it.
    pub async fn run(&self, package: &Package) -> Run {
        let mut tx = self.tx().await;
        let doing = self.doing(self.clerk);
        let asked = run::ask(&mut tx, Over::Package(package.package_id), &doing)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.work().await;
        self.read(asked.run_id).await
    }

    pub async fn read(&self, id: Uuid) -> Run {
        let mut tx = self.tx().await;
        run::one(&mut tx, CITY, id).await.unwrap()
    }

    /// Works all jobs there are.
    pub async fn work(&self) {
        while self.worker.once().await.unwrap() {}
    }

    /// A batch of the run, in waiting.
    pub async fn prepare(&self, run: &Run) -> String {
        let mut tx = self.tx().await;
        let b = batch::open(&mut tx, run.run_id, &self.doing(self.clerk))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.work().await;
        b.batch_no
    }

    pub async fn release(&self, batch_no: &str) {
        let mut tx = self.tx().await;
        batch::release(&mut tx, batch_no, &self.doing(self.chief))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn batch(&self, batch_no: &str) -> batch::Batch {
        let mut tx = self.tx().await;
        batch::one(&mut tx, CITY, batch_no, false).await.unwrap()
    }

    /// One value as text.
    pub async fn text(&self, sql: &str) -> String {
        let mut tx = self.tx().await;
        let found: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(tx.conn())
            .await
            .unwrap();
        found.unwrap_or_default()
    }

    /// The register as it stands, identities and times of recording aside.
    pub async fn register(&self) -> String {
        self.text(
            "select count(*) || ' ' || coalesce(md5(string_agg(unit_code || unit_seq || right_id || registration_type, ' '
                 order by unit_code, unit_seq)), '') from register_entry",
        )
        .await
    }

    /// Every entry is chained.
    pub async fn verify(&self) {
        let mut tx = self.tx().await;
        while chain::seal(&mut tx, CITY, now()).await.unwrap() > 0 {}
        let report = verify::verify(&mut tx).await.unwrap();
        assert_eq!((report.broken, report.unsealed), (None, 0));
        tx.commit().await.unwrap();
    }

    /// Every source row is accounted for.
    pub async fn balanced(&self, batch_no: &str) -> Vec<batch::Reconciled> {
        let mut tx = self.tx().await;
        let b = batch::one(&mut tx, CITY, batch_no, false).await.unwrap();
        let rows = batch::reconcile(&mut tx, &b).await.unwrap();
        assert!(!rows.is_empty());
        for r in &rows {
            assert!(r.balances(), "{r:?}");
        }
        rows
    }
}
