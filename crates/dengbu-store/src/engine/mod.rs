//! An embedded PostgreSQL: found, initialised, started, watched over and stopped by us.
//!
//! A data folder holds `pg/` (the cluster), `run/` (the socket), `log/` and `dengbu.lock`.
//! Invariants: one program per data folder; no TCP; the server never runs as root; a cluster we
//! did not make is never touched; a normal stop leaves no process behind; whatever a crash left
//! (stale files, a live server without us) is dealt with at the next start.

mod diagnose;
mod error;
mod layout;
mod locate;
mod process;
mod setup;
mod supervisor;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::PgConnection;

pub use error::{EngineError, io_reason};
use layout::Layout;
use locate::Programs;
use process::{LiveServer, Readiness, Server};
use supervisor::Supervisor;

/// How often a start is tried while the last server's backends die.
const PASSING_TRIES_MAX: u32 = 20;
const PASSING_PAUSE: Duration = Duration::from_millis(500);

/// What an embedded database needs to know.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EngineConfig {
    /// The data folder; made when missing.
    pub data_dir: PathBuf,
    /// Where `postgres` and `initdb` are; `None`: looked for.
    pub bin_dir: Option<PathBuf>,
    /// The folder that holds `engine/node_modules`, usually the repository; `None`: the current
    /// folder and those above the program.
    pub base_dir: Option<PathBuf>,
    /// The database to make and use.
    pub database: String,
    /// `false` gives up safety at power loss for speed: tests only.
    pub durable: bool,
    /// Connections the server takes.
    pub connections_max: u16,
    /// PostgreSQL's `shared_buffers`, with its unit.
    pub shared_buffers: String,
}

impl EngineConfig {
    /// The defaults for a data folder: database `dengbu`, durable.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> EngineConfig {
        EngineConfig {
            data_dir: data_dir.into(),
            bin_dir: None,
            base_dir: None,
            database: "dengbu".to_owned(),
            durable: true,
            connections_max: 100,
            shared_buffers: "128MB".to_owned(),
        }
    }
}

/// A running embedded PostgreSQL.
///
/// End it with [`Engine::stop`]; an engine merely dropped tells the server to shut down but
/// cannot wait for it.
#[derive(Debug)]
pub struct Engine {
    supervisor: Supervisor,
    socket_dir: PathBuf,
    database: String,
    layout: Layout,
    /// Length of the server's log when it was started.
    log_start: u64,
    /// Held as long as we live: the single-instance lock.
    _lock: File,
}

impl Engine {
    /// Finds the programs, makes the cluster at the first time, starts the server (or adopts the
    /// one a killed server of ours left running) and makes roles and database.
    pub async fn start(config: EngineConfig) -> Result<Engine, EngineError> {
        setup::check_name(&config.database)?;
        let layout = Layout::prepare(&config.data_dir)?;
        let lock = take_lock(&layout)?;
        let programs = Programs::find(config.bin_dir.as_deref(), config.base_dir.as_deref())?;
        layout.check_traversable(&programs.bin_dir)?;
        if !layout.is_initialised(&programs)? {
            tracing::info!(cluster = %layout.cluster.display(), "making a new database cluster");
            process::initialise(&config, &layout, &programs).await?;
        }
        let log_start = diagnose::log_length(&layout.log);
        let (server, socket_dir, conn) = bring_up(&config, &layout, &programs).await?;
        // From here on a failure must not leave the server behind: the supervisor owns it.
        let supervisor = Supervisor::watch(server, config.clone(), layout.clone(), programs);
        let engine = Engine {
            supervisor,
            socket_dir,
            database: config.database,
            layout,
            log_start,
            _lock: lock,
        };
        if let Err(error) = engine.set_up(conn).await {
            if let Err(error) = engine.stop().await {
                tracing::warn!(%error, "the database did not stop");
            }
            return Err(error);
        }
        tracing::info!(socket = %engine.socket_dir.display(), "database ready");
        Ok(engine)
    }

    /// Address of `database` for the owner of the schema (`dengbu_owner`).
    #[must_use]
    pub fn owner_url(&self, database: &str) -> String {
        self.url("dengbu_owner", database)
    }

    /// Address of `database` for the server (`dengbu_app`).
    #[must_use]
    pub fn app_url(&self, database: &str) -> String {
        self.url("dengbu_app", database)
    }

    /// The database made at the start.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The folder of the server's socket; only the database's user may enter it.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The server's process, for diagnosis; `None` between a crash and the restart.
    #[must_use]
    pub fn pid(&self) -> Option<i32> {
        self.supervisor.pid()
    }

    /// Shuts the server down and waits until it is gone.
    pub async fn stop(self) -> Result<(), EngineError> {
        self.supervisor.stop().await
    }

    /// Leaves the server running; the next [`Engine::start`] on the folder adopts it.
    pub fn leave_running(self) {
        self.supervisor.leave_running();
    }

    /// [`EngineError::DiskFull`] when the server has met a full disk since it was started: what
    /// its clients then hear may be no more than a broken connection.
    #[must_use]
    pub fn full_disk(&self) -> Option<EngineError> {
        let said = diagnose::log_since(&self.layout.log, self.log_start);
        diagnose::full_disk(&self.layout, &said)
    }

    async fn set_up(&self, mut conn: Box<PgConnection>) -> Result<(), EngineError> {
        let refused = |error| match error {
            EngineError::Setup(answer) => diagnose::refused(&self.layout, answer),
            EngineError::Unfit(crate::StoreError::Database(answer)) => {
                diagnose::refused(&self.layout, answer)
            }
            other => other,
        };
        setup::roles(&mut conn).await.map_err(refused)?;
        setup::database(&mut conn, &self.database)
            .await
            .map_err(refused)?;
        setup::search(&self.url(process::SUPERUSER, &self.database))
            .await
            .map_err(refused)
    }

    fn url(&self, role: &str, database: &str) -> String {
        format!(
            "postgres://{role}@localhost:{}/{database}?host={}",
            process::PORT,
            percent_encode(&self.socket_dir)
        )
    }
}

fn take_lock(layout: &Layout) -> Result<File, EngineError> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&layout.lock)
        .map_err(|error| EngineError::io("打开锁文件", &layout.lock, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(EngineError::InUse {
            data_dir: layout.data_dir.clone(),
        }),
        Err(TryLockError::Error(error)) => Err(EngineError::io("锁定文件", &layout.lock, error)),
    }
}

/// A server that answers: the one still running, or a new one.
async fn bring_up(
    config: &EngineConfig,
    layout: &Layout,
    programs: &Programs,
) -> Result<(Server, PathBuf, Box<PgConnection>), EngineError> {
    let mut tries = 0;
    loop {
        let offset = diagnose::log_length(&layout.log);
        let (mut server, socket_dir) = match LiveServer::find(layout) {
            Some(live) => {
                let socket_dir = live.socket_dir.clone();
                tracing::info!(pid = ?live.pid, "adopting the database left running");
                (Server::Adopted(live), socket_dir)
            }
            None => (
                Server::spawn(config, layout, programs)?,
                layout.socket_dir.clone(),
            ),
        };
        let outcome = server.wait_ready(layout, &socket_dir).await;
        match outcome {
            Ok(Readiness::Ready(conn)) => return Ok((server, socket_dir, conn)),
            // It was shutting down when we found it: now there is none.
            Ok(Readiness::Gone(None)) => {}
            Ok(Readiness::Gone(Some(_))) => {
                let text = diagnose::log_since(&layout.log, offset);
                if !diagnose::is_passing(&text) || tries >= PASSING_TRIES_MAX {
                    return Err(diagnose::explain(layout, programs, &text));
                }
                tokio::time::sleep(PASSING_PAUSE).await;
            }
            Err(error) => {
                if matches!(server, Server::Child(_)) {
                    server.stop(layout).await?;
                }
                return Err(error);
            }
        }
        tries += 1;
    }
}

/// The path as a URL query value.
fn percent_encode(path: &Path) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt as _;

    let mut text = String::new();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(byte) {
            text.push(char::from(*byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}
