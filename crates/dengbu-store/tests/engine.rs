//! The embedded database, run for real: every way it starts, stops, dies and refuses.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use dengbu_store::{Engine, EngineConfig, EngineError};
use sqlx::{Connection, PgConnection, Row};

/// A data folder any user may reach (the tests may run as root, the database then does not).
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = tempfile::Builder::new().prefix("dengbu").tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Folder(folder)
    }

    fn config(&self) -> EngineConfig {
        let mut config = EngineConfig::new(self.data());
        config.base_dir = Some(repository());
        config.durable = false;
        config
    }

    /// With every write lasting, for tests that kill the server.
    fn durable(&self) -> EngineConfig {
        let mut config = self.config();
        config.durable = true;
        config
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn cluster(&self) -> PathBuf {
        self.data().join("pg")
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

async fn owner(engine: &Engine) -> PgConnection {
    PgConnection::connect(&engine.owner_url(engine.database()))
        .await
        .unwrap()
}

async fn run(conn: &mut PgConnection, statement: &'static str) {
    sqlx::raw_sql(statement).execute(conn).await.unwrap();
}

async fn count_of_notes(engine: &Engine) -> i64 {
    sqlx::query_scalar("select count(*) from note")
        .fetch_one(&mut owner(engine).await)
        .await
        .unwrap()
}

fn kill(pid: i32, signal: &str) {
    assert!(
        Command::new("kill")
            .args([signal, &pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
}

fn is_running(pid: i32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

#[tokio::test]
async fn a_restart_keeps_the_data_and_a_stop_leaves_no_process() {
    let folder = Folder::new();
    let engine = Engine::start(folder.config()).await.unwrap();
    let pid = engine.pid().unwrap();
    run(
        &mut owner(&engine).await,
        "create table note (text text); insert into note values ('炳草岗')",
    )
    .await;
    engine.stop().await.unwrap();
    assert!(!is_running(pid), "the server outlived the stop");
    assert!(
        !folder.cluster().join("postmaster.pid").exists(),
        "not a clean shutdown"
    );

    let engine = Engine::start(folder.config()).await.unwrap();
    assert_eq!(count_of_notes(&engine).await, 1);
    engine.stop().await.unwrap();
}

#[tokio::test]
async fn the_server_is_private_and_its_roles_are_weak() {
    let folder = Folder::new();
    let engine = Engine::start(folder.config()).await.unwrap();
    let mut conn = owner(&engine).await;
    let settings = sqlx::query(
        "select current_setting('listen_addresses') as tcp, current_setting('data_checksums') as sums, \
                current_setting('timezone') as zone, \
                (select datcollate from pg_database where datname = current_database()) as locale",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    assert_eq!(settings.get::<String, _>("tcp"), "", "no TCP");
    assert_eq!(settings.get::<String, _>("sums"), "on");
    assert_eq!(settings.get::<String, _>("zone"), "UTC");
    assert_eq!(settings.get::<String, _>("locale"), "C.UTF-8");
    let strong: Vec<String> = sqlx::query_scalar(
        "select rolname::text from pg_roles where rolname like 'dengbu%' \
         and (rolsuper or rolbypassrls)",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(strong, Vec::<String>::new());
    let mode = fs::metadata(engine.socket_dir())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    engine.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_program_on_the_folder_is_refused() {
    let folder = Folder::new();
    let engine = Engine::start(folder.config()).await.unwrap();
    let error = Engine::start(folder.config()).await.unwrap_err();
    assert!(matches!(error, EngineError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("正在被另一个登簿程序使用"));
    // The refusal did not harm the first.
    assert!(owner(&engine).await.ping().await.is_ok());
    engine.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_server_comes_back_by_itself_with_its_data() {
    let folder = Folder::new();
    let engine = Engine::start(folder.durable()).await.unwrap();
    run(
        &mut owner(&engine).await,
        "create table note (text text); insert into note values ('a')",
    )
    .await;
    let pid = engine.pid().unwrap();
    kill(pid, "-KILL");
    // The supervisor notices, recovers and reports another process.
    let revived = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            match engine.pid() {
                Some(other) if other != pid => return,
                _ => tokio::task::yield_now().await,
            }
        }
    });
    revived.await.expect("not restarted");
    assert_eq!(count_of_notes(&engine).await, 1);
    engine.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_killed_while_nobody_watched_recovers_at_the_next_start() {
    let folder = Folder::new();
    let engine = Engine::start(folder.durable()).await.unwrap();
    run(
        &mut owner(&engine).await,
        "create table note (text text); insert into note values ('a')",
    )
    .await;
    let pid = engine.pid().unwrap();
    engine.leave_running();
    kill(pid, "-KILL");
    assert!(
        folder.cluster().join("postmaster.pid").exists(),
        "the stale file is the point"
    );
    let engine = Engine::start(folder.durable()).await.unwrap();
    assert_ne!(engine.pid(), Some(pid));
    assert_eq!(count_of_notes(&engine).await, 1);
    engine.stop().await.unwrap();
}

#[tokio::test]
async fn a_stale_process_number_that_passed_to_a_stranger_does_not_matter() {
    let folder = Folder::new();
    Engine::start(folder.config())
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    // A living process of the database's user that is no database.
    let mut stranger = Command::new("cat");
    stranger.stdin(std::process::Stdio::piped());
    if is_root() {
        stranger.uid(65534).gid(65534);
    }
    let mut stranger = stranger.spawn().unwrap();
    let pid = stranger.id();
    let text = format!(
        "{pid}\n{}\n1\n5432\n/nowhere\n\n",
        folder.cluster().display()
    );
    fs::write(folder.cluster().join("postmaster.pid"), &text).unwrap();
    fs::write(folder.data().join("run/.s.PGSQL.5432.lock"), &text).unwrap();
    let engine = Engine::start(folder.config()).await.unwrap();
    assert!(owner(&engine).await.ping().await.is_ok());
    engine.stop().await.unwrap();
    drop(stranger.stdin.take());
    assert!(
        stranger.wait().unwrap().success(),
        "the stranger was left in peace"
    );
}

#[tokio::test]
async fn an_orphan_of_a_killed_program_is_adopted_and_stopped_with_us() {
    let folder = Folder::new();
    let engine = Engine::start(folder.config()).await.unwrap();
    let pid = engine.pid().unwrap();
    engine.leave_running();
    let engine = Engine::start(folder.config()).await.unwrap();
    assert_eq!(engine.pid(), Some(pid), "the same server goes on");
    engine.stop().await.unwrap();
    assert!(!is_running(pid));
}

#[tokio::test]
async fn a_dropped_engine_takes_its_server_along() {
    let folder = Folder::new();
    let engine = Engine::start(folder.config()).await.unwrap();
    let pid = engine.pid().unwrap();
    drop(engine);
    // The next start meets the server shutting down, waits, and starts a new one.
    let engine = Engine::start(folder.config()).await.unwrap();
    assert_ne!(engine.pid(), Some(pid));
    engine.stop().await.unwrap();
}

#[tokio::test]
async fn a_damaged_folder_is_named_and_left_alone() {
    let folder = Folder::new();
    Engine::start(folder.config())
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    let version = folder.cluster().join("PG_VERSION");
    let major = fs::read_to_string(&version).unwrap();

    fs::write(&version, "").unwrap();
    let error = Engine::start(folder.config()).await.unwrap_err();
    assert!(matches!(error, EngineError::Damaged { .. }), "{error}");

    fs::write(&version, "12\n").unwrap();
    let error = Engine::start(folder.config()).await.unwrap_err();
    assert!(
        matches!(&error, EngineError::VersionMismatch { found, programs, .. }
            if found == "12" && *programs == major.trim()),
        "{error}"
    );

    fs::write(&version, &major).unwrap();
    let control = folder.cluster().join("global/pg_control");
    let whole = fs::read(&control).unwrap();
    fs::write(&control, vec![0; whole.len()]).unwrap();
    let error = Engine::start(folder.config()).await.unwrap_err();
    assert!(matches!(error, EngineError::Damaged { .. }), "{error}");

    fs::remove_file(&control).unwrap();
    let error = Engine::start(folder.config()).await.unwrap_err();
    assert!(matches!(error, EngineError::Damaged { .. }), "{error}");

    // Put right, it starts: nothing was made worse by the refusals.
    fs::write(&control, &whole).unwrap();
    Command::new("chown")
        .arg(format!("--reference={}", version.display()))
        .arg(&control)
        .status()
        .unwrap();
    Engine::start(folder.config())
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
}

#[tokio::test]
async fn folders_of_others_are_not_touched() {
    let folder = Folder::new();
    fs::create_dir_all(folder.cluster()).unwrap();
    fs::write(folder.cluster().join("letter.txt"), "important").unwrap();
    let error = Engine::start(folder.config()).await.unwrap_err();
    assert!(matches!(error, EngineError::NotOurs { .. }), "{error}");
    assert_eq!(
        fs::read_to_string(folder.cluster().join("letter.txt")).unwrap(),
        "important"
    );

    let foreign = Folder::new();
    fs::create_dir_all(foreign.data()).unwrap();
    fs::write(foreign.data().join("PG_VERSION"), "17\n").unwrap();
    let error = Engine::start(foreign.config()).await.unwrap_err();
    assert!(matches!(error, EngineError::NotOurs { .. }), "{error}");
}

#[tokio::test]
async fn an_initdb_broken_off_is_begun_again() {
    let folder = Folder::new();
    let half = folder.data().join("pg.new");
    fs::create_dir_all(half.join("base")).unwrap();
    fs::write(half.join("PG_VERSION"), "17\n").unwrap();
    let engine = Engine::start(folder.config()).await.unwrap();
    assert!(!half.exists());
    engine.stop().await.unwrap();
}

#[tokio::test]
async fn a_folder_the_database_user_cannot_reach_is_named() {
    let folder = Folder::new();
    let closed = folder.0.path().join("closed");
    fs::create_dir(&closed).unwrap();
    let mode = if is_root() { 0o700 } else { 0o000 };
    fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).unwrap();
    let mut config = folder.config();
    config.data_dir = closed.join("data");
    let error = Engine::start(config).await.unwrap_err();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(matches!(error, EngineError::Permission { .. }), "{error}");
    assert!(error.to_string().contains("closed"), "{error}");
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").unwrap().uid() == 0
}

#[tokio::test]
async fn a_long_chinese_path_with_blanks_works() {
    let folder = Folder::new();
    let mut config = folder.config();
    config.data_dir = folder
        .data()
        .join("不动产 登记,数据".repeat(6))
        .join("it's \"quoted\"");
    let engine = Engine::start(config.clone()).await.unwrap();
    assert!(owner(&engine).await.ping().await.is_ok());
    let socket_dir = engine.socket_dir().to_path_buf();
    assert!(socket_dir.as_os_str().len() < 100);
    engine.stop().await.unwrap();
    let engine = Engine::start(config).await.unwrap();
    assert_eq!(engine.socket_dir(), socket_dir);
    engine.stop().await.unwrap();
    fs::remove_dir_all(socket_dir).unwrap();
}

#[tokio::test]
async fn programs_that_do_not_run_are_named() {
    let folder = Folder::new();
    let broken = folder.0.path().join("bin");
    fs::create_dir(&broken).unwrap();
    for name in ["initdb", "postgres"] {
        fs::write(
            broken.join(name),
            "#!/bin/sh\necho 'libicu missing' >&2\nexit 127\n",
        )
        .unwrap();
        fs::set_permissions(broken.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut config = folder.config();
    config.bin_dir = Some(broken);
    let error = Engine::start(config).await.unwrap_err();
    assert!(
        matches!(&error, EngineError::ProgramBroken { reason, .. } if reason == "libicu missing"),
        "{error}"
    );
}

/// A full disk is a file system that takes no more: a small tmpfs, which only root can mount.
#[tokio::test]
async fn a_full_disk_is_named() {
    let folder = Folder::new();
    fs::create_dir_all(folder.data()).unwrap();
    let mounted = is_root()
        && Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m,mode=755", "tmpfs"])
            .arg(folder.data())
            .stderr(std::process::Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
    if !mounted {
        // Without the right to mount there is no full disk to be had; `diagnose` has its own tests.
        return;
    }
    let error = Engine::start(folder.config()).await.unwrap_err();
    assert!(
        Command::new("umount")
            .arg(folder.data())
            .status()
            .unwrap()
            .success()
    );
    assert!(matches!(error, EngineError::DiskFull { .. }), "{error}");
}
