//! A database of its own for every test, on one embedded PostgreSQL shared by all test processes.
//!
//! The server lives below the target folder and is started by the first test that needs it; a
//! watchdog stops it some minutes after the last one. A template database is migrated once per
//! set of migrations; each test gets a copy of it and drops it at its end. What takes long to fill is
//! filled once for a test program ([`TestDb::prepared`]).

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use crate::engine::{Engine, EngineConfig};
use crate::store::{Store, StoreOptions};

/// Stops the server when no test process has held `users` for two minutes.
/// It goes on watching after that: a test that came just then starts the server again.
/// Arguments: folder of the lock files, cluster.
const WATCHDOG: &str = r#"
while sleep 30; do
    [ -f "$2/postmaster.pid" ] || exit 0
    [ -n "$(find "$1/used" -mmin +2 2>/dev/null)" ] || continue
    flock --nonblock "$1/users.lock" sh -c 'kill -INT "$(head -n 1 "$1/postmaster.pid")"' sh "$2"
done
"#;

/// Why a test has no database.
pub type TestDbError = Box<dyn std::error::Error + Send + Sync>;

/// An empty, migrated database that lives as long as this value.
#[derive(Debug)]
pub struct TestDb {
    store: Store,
    name: String,
    admin_url: String,
    owner_url: String,
    app_url: String,
    /// Shared lock: tells the watchdog that the server is in use.
    _in_use: File,
}

impl TestDb {
    /// A fresh database; panics (it is a test) when there can be none.
    #[expect(
        clippy::panic,
        reason = "test support: a test without its database has failed"
    )]
    pub async fn new() -> TestDb {
        match TestDb::try_new().await {
            Ok(db) => db,
            Err(error) => panic!("测试数据库不可用：{error}"),
        }
    }

    /// A fresh database, or why there is none.
    pub async fn try_new() -> Result<TestDb, TestDbError> {
        Self::open(None).await?.ok_or_else(|| "no template".into())
    }

    /// A copy of a database that `fill` filled, once for all tests of this test program: what
    /// takes long to load is loaded once. `what` tells fillings of one program apart.
    ///
    /// Panics (it is a test) when there can be none.
    #[expect(
        clippy::panic,
        reason = "test support: a test without its database has failed"
    )]
    pub async fn prepared(what: &str, fill: impl AsyncFnOnce(&TestDb)) -> TestDb {
        match Self::try_prepared(what, fill).await {
            Ok(db) => db,
            Err(error) => panic!("测试数据库不可用：{error}"),
        }
    }

    async fn try_prepared(
        what: &str,
        fill: impl AsyncFnOnce(&TestDb),
    ) -> Result<TestDb, TestDbError> {
        let name = prepared_name(what)?;
        let folder = shared_folder()?;
        fs::create_dir_all(&folder)?;
        // Its own lock: others go on making databases while this one is filled.
        let turn = lock_file(&folder.join(format!("{name}.lock")))?;
        let turn = tokio::task::spawn_blocking(move || turn.lock().map(|()| turn)).await??;
        if let Some(db) = Self::open(Some(&name)).await? {
            return Ok(db);
        }
        let mut db = Self::try_new().await?;
        fill(&db).await;
        db.store.pool().close().await;
        let mut admin = PgConnection::connect(&db.admin_url).await?;
        let rename = format!("alter database {} rename to {name}", db.name);
        sqlx::raw_sql(AssertSqlSafe(rename))
            .execute(&mut admin)
            .await?;
        // Nothing of that name is left to be dropped.
        db.name.push_str("_renamed");
        let old = "select datname::text from pg_database where datname ~ '^pre_' \
                   order by oid desc offset 8";
        drop_these(&mut admin, old).await?;
        admin.close().await?;
        let copy = Self::open(Some(&name)).await?;
        turn.unlock()?;
        copy.ok_or_else(|| "the prepared database has gone".into())
    }

    /// A copy of a prepared database, where there is one of that name; else of the template.
    async fn open(from: Option<&str>) -> Result<Option<TestDb>, TestDbError> {
        let folder = shared_folder()?;
        fs::create_dir_all(&folder)?;
        let in_use = lock_file(&folder.join("users.lock"))?;
        in_use.lock_shared()?;
        fs::write(folder.join("used"), "")?;

        // One process at a time starts the server and makes the template. Waited for elsewhere:
        // whoever holds the lock may be another task of this very thread.
        let turn = lock_file(&folder.join("turn.lock"))?;
        let turn = tokio::task::spawn_blocking(move || turn.lock().map(|()| turn)).await??;
        let engine = running_engine(&folder).await?;
        let name = format!("t_{}", Uuid::now_v7().simple());
        let admin_url = engine.owner_url("postgres");
        let (owner_url, app_url) = (engine.owner_url(&name), engine.app_url(&name));
        let made = match from {
            Some(prepared) => copy_of(&engine, prepared, &name).await,
            None => copy_template(&engine, &name).await.map(|()| true),
        };
        // Before any error is passed on: other processes are at work on this server.
        engine.leave_running();
        turn.unlock()?;
        if !made? {
            return Ok(None);
        }
        let options = StoreOptions::default().with_connections_max(8);
        let store = Store::connect(&app_url, &options).await?;
        Ok(Some(TestDb {
            store,
            name,
            admin_url,
            owner_url,
            app_url,
            _in_use: in_use,
        }))
    }

    /// The server's view of the database (role `dengbu_app`).
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Address for the role `dengbu_owner`.
    #[must_use]
    pub fn owner_url(&self) -> &str {
        &self.owner_url
    }

    /// Address for the role `dengbu_app`.
    #[must_use]
    pub fn app_url(&self) -> &str {
        &self.app_url
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let drop_it = format!("drop database if exists {} with (force)", self.name);
        let admin_url = self.admin_url.clone();
        // Own thread: this one may be running the test's runtime.
        let thread = std::thread::spawn(move || -> Result<(), TestDbError> {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let mut admin = PgConnection::connect(&admin_url).await?;
                sqlx::raw_sql(AssertSqlSafe(drop_it))
                    .execute(&mut admin)
                    .await?;
                Ok(())
            })
        });
        if let Ok(Err(error)) = thread.join() {
            tracing::warn!(%error, "test database left behind");
        }
    }
}

/// `<target>/test-pg`, found from the running test program; a temporary folder elsewhere.
fn shared_folder() -> Result<PathBuf, TestDbError> {
    let program = std::env::current_exe()?;
    // Another PostgreSQL, another cluster.
    let name = match std::env::var("DENGBU_PG_BIN") {
        Ok(bin_dir) => format!("test-pg{}", bin_dir.replace('/', "_")),
        Err(_) => "test-pg".to_owned(),
    };
    let target = program
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file());
    Ok(match target {
        Some(target) => target.join(name),
        None => std::env::temp_dir().join(format!("dengbu-{name}")),
    })
}

fn lock_file(path: &Path) -> Result<File, TestDbError> {
    Ok(OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?)
}

async fn running_engine(folder: &Path) -> Result<Engine, TestDbError> {
    let mut config = EngineConfig::new(folder.join("data"));
    config.durable = false;
    config.connections_max = 300;
    let cluster = config.data_dir.join("pg");
    let was_running = cluster.join("postmaster.pid").exists();
    let engine = match Engine::start(config.clone()).await {
        Ok(engine) => engine,
        // Nothing of worth is in there: programs changed or a crash without fsync spoilt it.
        Err(error) if !was_running && cluster.exists() => {
            tracing::warn!(%error, "making the test cluster anew");
            fs::remove_dir_all(&cluster)?;
            Engine::start(config).await?
        }
        Err(error) => return Err(error.into()),
    };
    if !was_running {
        drop_leftovers(&engine).await?;
        Command::new("sh")
            .args(["-c", WATCHDOG, "dengbu-test-watchdog"])
            .args([folder, &cluster])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .spawn()?;
    }
    Ok(engine)
}

async fn copy_template(engine: &Engine, name: &str) -> Result<(), TestDbError> {
    let template = template(engine).await?;
    let mut admin = PgConnection::connect(&engine.owner_url("postgres")).await?;
    let create = format!("create database {name} template {template}");
    sqlx::raw_sql(AssertSqlSafe(create))
        .execute(&mut admin)
        .await?;
    admin.close().await?;
    Ok(())
}

/// Name of what this very test program prepares: built anew, it prepares anew.
fn prepared_name(what: &str) -> Result<String, TestDbError> {
    use std::hash::{Hash, Hasher};
    let program = std::env::current_exe()?;
    let file = fs::metadata(&program)?;
    let mut hash = std::hash::DefaultHasher::new();
    (what, &program, file.len(), file.modified()?).hash(&mut hash);
    Store::schema_fingerprint().hash(&mut hash);
    Ok(format!("pre_{:016x}", hash.finish()))
}

/// Copies `prepared`; `false` when there is none.
async fn copy_of(engine: &Engine, prepared: &str, name: &str) -> Result<bool, TestDbError> {
    let mut admin = PgConnection::connect(&engine.owner_url("postgres")).await?;
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(prepared)
            .fetch_one(&mut admin)
            .await?;
    if exists {
        let create = format!("create database {name} template {prepared}");
        sqlx::raw_sql(AssertSqlSafe(create))
            .execute(&mut admin)
            .await?;
    }
    admin.close().await?;
    Ok(exists)
}

/// Databases of tests that were killed.
async fn drop_leftovers(engine: &Engine) -> Result<(), TestDbError> {
    drop_databases(
        engine,
        "select datname::text from pg_database where datname ~ '^t_'",
    )
    .await
}

async fn drop_databases(engine: &Engine, names: &'static str) -> Result<(), TestDbError> {
    let mut admin = PgConnection::connect(&engine.owner_url("postgres")).await?;
    drop_these(&mut admin, names).await
}

async fn drop_these(admin: &mut PgConnection, names: &'static str) -> Result<(), TestDbError> {
    let names: Vec<String> = sqlx::query_scalar(names).fetch_all(&mut *admin).await?;
    for name in names {
        let statement = AssertSqlSafe(format!("drop database if exists {name}"));
        if let Err(error) = sqlx::raw_sql(statement).execute(&mut *admin).await {
            tracing::debug!(%error, name, "still in use");
        }
    }
    Ok(())
}

/// The name of the migrated template, made when missing.
async fn template(engine: &Engine) -> Result<String, TestDbError> {
    let name = format!("tpl_{}", Store::schema_fingerprint());
    let mut admin = PgConnection::connect(&engine.owner_url("postgres")).await?;
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&name)
            .fetch_one(&mut admin)
            .await?;
    if exists {
        return Ok(name);
    }
    let nursery = format!("new_{name}");
    for statement in [
        format!("drop database if exists {nursery} with (force)"),
        format!("create database {nursery} template template0"),
    ] {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut admin)
            .await?;
    }
    Store::migrate(&engine.owner_url(&nursery)).await?;
    let rename = format!("alter database {nursery} rename to {name}");
    sqlx::raw_sql(AssertSqlSafe(rename))
        .execute(&mut admin)
        .await?;
    // Some old ones are kept: whoever works on migrations goes back and forth.
    let old = "select datname::text from pg_database where datname ~ '^tpl_' \
               order by oid desc offset 6";
    drop_databases(engine, old).await?;
    Ok(name)
}
