//! One PostgreSQL server process: spawning it, finding one that outlived us, waiting, stopping.

use std::fs::{self, OpenOptions};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::process::{Child, Command};

use super::diagnose;
use super::layout::Layout;
use super::locate::Programs;
use super::{EngineConfig, EngineError};

/// The number in the socket's file name; the folder is private, so every cluster uses the same.
pub(super) const PORT: u16 = 5432;
/// The cluster's own administrator, used only to set roles and databases up.
pub(super) const SUPERUSER: &str = "postgres";
/// Recovery after a crash may replay much WAL before the server answers.
const READY_WAIT: Duration = Duration::from_secs(300);
/// A fast shutdown writes one checkpoint.
const STOP_WAIT: Duration = Duration::from_secs(60);
/// An immediate one writes nothing; the server kills after 5 s what does not end by itself.
const QUIT_WAIT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// A server process: our child, or one that a killed server of ours left behind.
#[derive(Debug)]
pub(super) enum Server {
    Child(Child),
    Adopted(LiveServer),
}

/// A running server of our cluster, as its `postmaster.pid` tells.
#[derive(Debug, Clone)]
pub(super) struct LiveServer {
    pub pid: Pid,
    pub socket_dir: PathBuf,
    cluster: PathBuf,
}

/// How waiting for a server ended.
pub(super) enum Readiness {
    Ready(Box<PgConnection>),
    /// It went away while we waited; `None`: it was not our child.
    Gone(Option<std::process::ExitStatus>),
}

impl LiveServer {
    /// The live server of `layout`'s cluster, if there is one.
    pub fn find(layout: &Layout) -> Option<LiveServer> {
        let text = fs::read_to_string(pid_file(layout)).ok()?;
        // Lines: process, data folder, start time, port, socket folder, …
        let mut lines = text.lines();
        let pid = Pid::from_raw(lines.next()?.trim().parse().ok()?)?;
        let socket_dir = PathBuf::from(lines.nth(3)?.trim());
        let server = LiveServer {
            pid,
            socket_dir,
            cluster: layout.cluster.clone(),
        };
        server.is_alive().then_some(server)
    }

    /// Whether the process still is a server of this cluster: numbers are used again, and a
    /// dead child nobody waited for keeps its number but has no command line.
    pub fn is_alive(&self) -> bool {
        let path = format!("/proc/{}/cmdline", self.pid.as_raw_nonzero());
        fs::read(path).is_ok_and(|line| {
            line.split(|byte| *byte == 0)
                .any(|arg| arg == self.cluster.as_os_str().as_bytes())
        })
    }
}

impl Server {
    /// Starts `postgres` on the cluster; it is ready only after [`Server::wait_ready`].
    pub fn spawn(
        config: &EngineConfig,
        layout: &Layout,
        programs: &Programs,
    ) -> Result<Server, EngineError> {
        forget_dead_server(layout)?;
        forget_dead_socket(layout)?;
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&layout.log)
            .map_err(|error| EngineError::io("打开日志", &layout.log, error))?;
        let mut command = unprivileged(programs.postgres(), layout);
        command
            .arg("-D")
            .arg(&layout.cluster)
            .arg("-p")
            .arg(PORT.to_string());
        let mut setting = |name: &str, value: &str| {
            command.arg("-c").arg(format!("{name}={value}"));
        };
        // Unix socket only: the bundled OpenSSL is past its life, and nobody else has business here.
        setting("listen_addresses", "");
        setting("unix_socket_directories", &quote_path(&layout.socket_dir));
        setting("unix_socket_permissions", "0700");
        setting("max_connections", &config.connections_max.to_string());
        setting("shared_buffers", &config.shared_buffers);
        setting("timezone", "UTC");
        setting("log_timezone", "Asia/Shanghai");
        // English messages: `diagnose` reads them.
        setting("lc_messages", "C");
        setting("logging_collector", "off");
        setting("log_line_prefix", "%m [%p] ");
        // Statements and DETAIL lines carry personal data ("Key (id_number)=(…) exists").
        setting("log_min_error_statement", "panic");
        setting("log_error_verbosity", "terse");
        // A young register's tables grow from nothing: plans made for empty tables must not outlive
        // that by the minute that is the default.
        setting("autovacuum_naptime", "10s");
        // After a crash the whole server ends and the supervisor starts it anew: a server that
        // restarts itself and is told to stop meanwhile (fast shutdown) waits for ever for its
        // own checkpointer.
        setting("restart_after_crash", "off");
        if !config.durable {
            setting("fsync", "off");
            setting("synchronous_commit", "off");
            setting("full_page_writes", "off");
        }
        let output = log
            .try_clone()
            .map_err(|e| EngineError::io("打开日志", &layout.log, e))?;
        let child = command
            // Own process group: Ctrl-C in the terminal goes to us, we stop the database last.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(log)
            .spawn()
            .map_err(|error| cannot_run(layout, programs.postgres(), &error))?;
        Ok(Server::Child(child))
    }

    /// The process number while it runs.
    pub fn pid(&self) -> Option<Pid> {
        match self {
            Server::Child(child) => child
                .id()
                .and_then(|id| i32::try_from(id).ok())
                .and_then(Pid::from_raw),
            Server::Adopted(server) => Some(server.pid),
        }
    }

    /// Waits until the server answers queries, or is gone.
    pub async fn wait_ready(
        &mut self,
        layout: &Layout,
        socket_dir: &Path,
    ) -> Result<Readiness, EngineError> {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(socket_dir)
            .port(PORT)
            .username(SUPERUSER)
            .database("postgres");
        let begun = Instant::now();
        while begun.elapsed() < READY_WAIT {
            match PgConnection::connect_with(&options).await {
                Ok(conn) => return Ok(Readiness::Ready(Box::new(conn))),
                Err(error) if is_not_yet(&error) => {}
                Err(error) => return Err(diagnose::refused(layout, error)),
            }
            match self {
                Server::Child(child) => {
                    let exited = child
                        .try_wait()
                        .map_err(|e| EngineError::io("查询进程", &layout.cluster, e))?;
                    if let Some(status) = exited {
                        return Ok(Readiness::Gone(Some(status)));
                    }
                }
                Server::Adopted(server) if !server.is_alive() => return Ok(Readiness::Gone(None)),
                Server::Adopted(_) => {}
            }
            tokio::time::sleep(POLL).await;
        }
        Err(EngineError::NotReady {
            seconds: READY_WAIT.as_secs(),
            log: layout.log.clone(),
        })
    }

    /// Waits until the process is gone.
    pub async fn wait_gone(&mut self) {
        match self {
            Server::Child(child) => {
                if let Err(error) = child.wait().await {
                    tracing::warn!(%error, "cannot wait for the database process");
                }
            }
            Server::Adopted(server) => {
                while server.is_alive() {
                    tokio::time::sleep(POLL * 10).await;
                }
            }
        }
    }

    /// Fast shutdown: open transactions are rolled back, one checkpoint is written.
    pub async fn stop(&mut self, layout: &Layout) -> Result<(), EngineError> {
        let Some(pid) = self.pid() else { return Ok(()) };
        signal(pid, Signal::INT);
        if tokio::time::timeout(STOP_WAIT, self.wait_gone())
            .await
            .is_ok()
        {
            return Ok(());
        }
        // Immediate shutdown: the next start recovers from the WAL.
        signal(pid, Signal::QUIT);
        if tokio::time::timeout(QUIT_WAIT, self.wait_gone())
            .await
            .is_ok()
        {
            tracing::warn!("the database had to be stopped at once, it recovers at the next start");
            return Ok(());
        }
        Err(EngineError::NotStopped {
            pid: pid.as_raw_nonzero().get(),
            seconds: (STOP_WAIT + QUIT_WAIT).as_secs(),
            log: layout.log.clone(),
        })
    }
}

/// Sends a signal; a process already gone is no error.
pub(super) fn signal(pid: Pid, signal: Signal) {
    if let Err(error) = kill_process(pid, signal) {
        tracing::debug!(%error, ?pid, "signal not delivered");
    }
}

/// Makes a new cluster in `layout`, whole or not at all.
pub(super) async fn initialise(
    config: &EngineConfig,
    layout: &Layout,
    programs: &Programs,
) -> Result<(), EngineError> {
    let nursery = layout.nursery()?;
    let mut command = unprivileged(programs.initdb(), layout);
    command
        .arg("-D")
        .arg(&nursery)
        .args([
            "--username",
            SUPERUSER,
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ])
        // Whoever may enter the private socket folder is trusted; there is no other way in.
        .args(["--lc-messages=C", "--data-checksums", "--auth=trust"]);
    if !config.durable {
        command.arg("--no-sync");
    }
    let output = command
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(|error| cannot_run(layout, programs.initdb(), &error))?;
    if !output.status.success() {
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        return Err(diagnose::explain(layout, programs, &text));
    }
    layout.adopt_nursery(&nursery)
}

/// A command that runs as the database's user with nothing of our environment but the paths.
fn unprivileged(program: PathBuf, layout: &Layout) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .current_dir("/");
    if let Some(uid) = layout.drop_to {
        command.uid(uid).gid(uid);
    }
    command
}

fn cannot_run(layout: &Layout, program: PathBuf, error: &std::io::Error) -> EngineError {
    if error.kind() == std::io::ErrorKind::PermissionDenied
        && let Err(culprit) = layout.check_traversable(&program)
    {
        return culprit;
    }
    EngineError::ProgramBroken {
        program,
        reason: error.to_string(),
    }
}

/// Not up yet: no socket file, nobody listening, or "the database system is starting up" /
/// "shutting down" (57P03).
fn is_not_yet(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(answer) => answer.code().as_deref() == Some("57P03"),
        _ => false,
    }
}

fn pid_file(layout: &Layout) -> PathBuf {
    layout.cluster.join("postmaster.pid")
}

/// PostgreSQL refuses to start while the process named in `postmaster.pid` exists, even when the
/// number has passed to a stranger or to a dead process nobody reaped. We know better (see
/// [`LiveServer::is_alive`]): name ourselves there. A server takes its parent's number for stale,
/// and still checks the shared memory the file names, so surviving backends are noticed.
fn forget_dead_server(layout: &Layout) -> Result<(), EngineError> {
    let path = pid_file(layout);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(EngineError::io("读取文件", path, error)),
    };
    if let Some((_, rest)) = text.split_once('\n') {
        let ours = format!("{}\n{rest}", std::process::id());
        fs::write(&path, ours).map_err(|error| EngineError::io("写入文件", &path, error))?;
        tracing::info!("the database was not stopped properly last time, it recovers by itself");
        return Ok(());
    }
    // Cut off by a crash or a full disk: nothing in it helps the server.
    fs::remove_file(&path).map_err(|error| EngineError::io("删除文件", &path, error))
}

/// The socket's own lock file names the dead server too, with the same trouble. The folder is
/// private to this cluster and no server of it lives, so both files are rubbish.
fn forget_dead_socket(layout: &Layout) -> Result<(), EngineError> {
    for name in [format!(".s.PGSQL.{PORT}.lock"), format!(".s.PGSQL.{PORT}")] {
        let path = layout.socket_dir.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(EngineError::io("删除文件", path, error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// `unix_socket_directories` is a list: a path with commas or blanks must be quoted.
fn quote_path(path: &Path) -> String {
    format!("\"{}\"", path.display().to_string().replace('"', "\"\""))
}
