//! The server's connection pool and its tenant-scoped transactions.

use std::error::Error as StdError;
use std::ops::{Deref, DerefMut};
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgDatabaseError, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Postgres, Transaction};

use crate::scope::{Scope, ScopeError};

/// Oldest PostgreSQL the SQL of this project is written for (Debian 12 carries it).
const SERVER_MAJOR_MIN: i32 = 15;
/// Code of the platform itself, which is no registration authority.
const PLATFORM: &str = "000000";
/// How often [`Store::with_retry`] runs a transaction at most.
const ATTEMPTS_MAX: u32 = 5;
/// No statement of the server may run longer than this; bulk loads set their own limit.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// What can go wrong between the server and its database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database address could not be read.
    #[error("数据库地址不正确：{reason}。请检查 DATABASE_URL，形如 postgres://用户@主机/库名")]
    Address {
        /// What the parser said.
        reason: String,
    },
    /// The server is older than the SQL of this project.
    #[error("数据库版本过旧：PostgreSQL {found}，需要 {SERVER_MAJOR_MIN} 或更高版本，请升级数据库")]
    ServerTooOld {
        /// Major version found.
        found: i32,
    },
    /// Trigram search does not split Chinese text: the database was made with locale `C`.
    #[error(
        "数据库的字符分类不支持中文检索（show_trgm 对“炳草岗”没有结果）：\
         请用 C.UTF-8 区域设置新建数据库后再试"
    )]
    SearchUnusable,
    /// A migration failed or the schema was made by a newer program.
    #[error("数据库结构升级失败：{0}。请保留现场并联系系统管理员")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// A code outside the caller's scope.
    #[error("代码 {code} 不在当前管辖范围（{scope}）内")]
    OutOfScope {
        /// The code asked for.
        code: String,
        /// The scope of the transaction.
        scope: Scope,
    },
    /// No authority has been set up yet.
    #[error("还没有登记机构数据：请先导入登记机构（演示数据或初始化命令）")]
    NoAuthority,
    /// Not a scope.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The seed file of authorities cannot be used.
    #[error("登记机构数据文件不正确：{0}")]
    Seed(String),
    /// Anything the database or the connection to it answered.
    #[error("数据库操作失败：{0}")]
    Database(#[from] sqlx::Error),
}

/// The pool of the role `dengbu_app` and everything that begins a transaction on it.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
}

/// Size and patience of the pool.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoreOptions {
    /// Connections at most.
    pub connections_max: u32,
    /// How long a caller waits for a free connection.
    pub acquire_timeout: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        StoreOptions {
            connections_max: 16,
            acquire_timeout: Duration::from_secs(10),
        }
    }
}

impl StoreOptions {
    /// The defaults with another number of connections.
    #[must_use]
    pub fn with_connections_max(mut self, connections_max: u32) -> Self {
        self.connections_max = connections_max;
        self
    }
}

impl Store {
    /// Connects as the server's role and checks that the database can carry this program:
    /// PostgreSQL ≥ 15, migrated, Chinese text searchable.
    pub async fn connect(app_url: &str, options: &StoreOptions) -> Result<Store, StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(options.connections_max)
            .acquire_timeout(options.acquire_timeout)
            .connect_with(connect_options(app_url)?)
            .await?;
        let store = Store { pool };
        store.check().await?;
        Ok(store)
    }

    /// Brings the schema up to this program's version, as the owner; a second call does nothing.
    pub async fn migrate(owner_url: &str) -> Result<(), StoreError> {
        let mut conn = PgConnection::connect_with(&connect_options(owner_url)?).await?;
        check_version(&mut conn).await?;
        MIGRATOR
            .run(&mut conn)
            .await
            .map_err(StoreError::Migration)?;
        conn.close().await?;
        Ok(())
    }

    /// A name for the set of migrations in this program: equal names, equal schemas.
    #[must_use]
    pub fn schema_fingerprint() -> String {
        // FNV-1a over the checksums sqlx computed: a cache key, not a signature.
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for migration in MIGRATOR.iter() {
            for byte in migration
                .version
                .to_be_bytes()
                .iter()
                .chain(migration.checksum.iter())
            {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        format!("{hash:016x}")
    }

    /// The pool itself, for reading tables without row security (authorities, law data).
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Begins a transaction that sees the rows of `scope` and no others.
    pub async fn begin(&self, scope: &Scope) -> Result<TenantTx, StoreError> {
        // One round trip. `SET LOCAL` with a literal, not `set_config`: Citus passes only the
        // former on to its workers. The literal is safe because a Scope holds digits only.
        let statement = format!(
            "BEGIN; SET LOCAL app.scope = '{}'; SET LOCAL statement_timeout = {}",
            scope.literal(),
            STATEMENT_TIMEOUT.as_millis()
        );
        let tx = self.pool.begin_with(AssertSqlSafe(statement)).await?;
        Ok(TenantTx {
            tx,
            scope: scope.clone(),
        })
    }

    /// Begins a transaction over all authorities and their counties, for background loops.
    pub async fn system(&self) -> Result<TenantTx, StoreError> {
        let scope = self.system_scope().await?;
        self.begin(&scope).await
    }

    /// The scope over all authorities and their counties.
    pub async fn system_scope(&self) -> Result<Scope, StoreError> {
        let codes: Vec<String> = sqlx::query_scalar(
            "select authority from authority union select county from authority_county",
        )
        .fetch_all(&self.pool)
        .await?;
        // the platform's own code is there from the first migration on
        if codes.iter().all(|code| code == PLATFORM) {
            return Err(StoreError::NoAuthority);
        }
        Ok(Scope::new(codes)?)
    }

    /// Runs `work` in a transaction of `scope` and commits it; when the database refuses it only
    /// because of others at work (serialization failure, deadlock), runs it again from the start.
    ///
    /// `work` takes the transaction and hands it back with its result; an error rolls it back.
    /// It must do nothing outside the transaction.
    ///
    /// ```no_run
    /// # use dengbu_store::{Scope, Store, StoreError, outbox};
    /// # async fn example(store: &Store, scope: &Scope, county: &str) -> Result<(), StoreError> {
    /// let payload = serde_json::json!({ "entry": 1 });
    /// let payload = &payload;
    /// let id = store
    ///     .with_retry(scope, |mut tx| async move {
    ///         let id = outbox::insert(&mut tx, county, "entry", "k", payload).await?;
    ///         Ok::<_, StoreError>((tx, id))
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn with_retry<T, E, F, W>(&self, scope: &Scope, work: F) -> Result<T, E>
    where
        // Not `AsyncFn`: the compiler cannot yet show its futures to be Send where they must be.
        F: Fn(TenantTx) -> W,
        W: Future<Output = Result<(TenantTx, T), E>>,
        E: StdError + From<StoreError> + 'static,
    {
        let mut attempt = 1;
        loop {
            let tx = self.begin(scope).await?;
            let outcome = match work(tx).await {
                Ok((tx, value)) => tx.commit().await.map(|()| value).map_err(E::from),
                Err(error) => Err(error),
            };
            match outcome {
                Err(error) if attempt < ATTEMPTS_MAX && is_contention(&error) => {
                    tracing::debug!(attempt, "transaction lost to another, running it again");
                    tokio::time::sleep(Duration::from_millis(10 << attempt)).await;
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    async fn check(&self) -> Result<(), StoreError> {
        let mut conn = self.pool.acquire().await?;
        check_version(&mut conn).await?;
        check_search(&mut conn).await
    }
}

/// A transaction bound to a [`Scope`]; dropped without [`TenantTx::commit`] it is rolled back.
///
/// It derefs to [`PgConnection`]: pass `&mut **tx` to sqlx where `tx: &mut TenantTx`.
#[derive(Debug)]
pub struct TenantTx {
    tx: Transaction<'static, Postgres>,
    scope: Scope,
}

impl TenantTx {
    /// The scope the transaction was begun with.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Refuses a county or authority outside the scope, before the database would.
    pub fn require(&self, code: &str) -> Result<(), StoreError> {
        if self.scope.contains(code) {
            return Ok(());
        }
        Err(StoreError::OutOfScope {
            code: code.to_owned(),
            scope: self.scope.clone(),
        })
    }

    /// The connection, for passing to sqlx.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Makes the work lasting.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }

    /// Undoes the work.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.tx.rollback().await?)
    }
}

impl Deref for TenantTx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.tx
    }
}

impl DerefMut for TenantTx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

/// Whether `error`, or anything it stems from, is a serialization failure (40001) or a deadlock
/// (40P01), after which the same transaction may simply be run again.
#[must_use]
pub fn is_contention(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(current) = cause {
        if let Some(code) = sqlstate(current) {
            return code == "40001" || code == "40P01";
        }
        cause = current.source();
    }
    false
}

fn sqlstate(error: &(dyn StdError + 'static)) -> Option<String> {
    if let Some(sqlx::Error::Database(answer)) = error.downcast_ref::<sqlx::Error>() {
        return answer.code().map(std::borrow::Cow::into_owned);
    }
    error
        .downcast_ref::<PgDatabaseError>()
        .map(|answer| answer.code().to_owned())
}

pub(crate) fn connect_options(url: &str) -> Result<PgConnectOptions, StoreError> {
    PgConnectOptions::from_str(url)
        .map(|options| options.application_name("dengbu"))
        .map_err(|error| StoreError::Address {
            reason: error.to_string(),
        })
}

async fn check_version(conn: &mut PgConnection) -> Result<(), StoreError> {
    let number: i32 = sqlx::query_scalar("select current_setting('server_version_num')::int")
        .fetch_one(conn)
        .await?;
    let found = number / 10_000;
    if found < SERVER_MAJOR_MIN {
        return Err(StoreError::ServerTooOld { found });
    }
    Ok(())
}

/// pg_trgm asks the locale which characters are letters; under `C` no Chinese one is, and every
/// address search would silently find nothing.
pub(crate) async fn check_search(conn: &mut PgConnection) -> Result<(), StoreError> {
    let works: bool = sqlx::query_scalar("select cardinality(show_trgm('炳草岗')) > 0")
        .fetch_one(conn)
        .await?;
    if works {
        Ok(())
    } else {
        Err(StoreError::SearchUnusable)
    }
}
