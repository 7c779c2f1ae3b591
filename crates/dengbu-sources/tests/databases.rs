//! Tables of a real PostgreSQL, a real MariaDB and of Access files.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dengbu_sources::{OpenOptions, Record, Source};
use dengbu_store::test_support::TestDb;

#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    let db = TestDb::new().await;
    let url = db.owner_url().to_owned();
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&url)
        .await
        .unwrap();
    for sql in [
        "CREATE SCHEMA legacy",
        "CREATE TABLE legacy.\"fc_HOUSE\" (id text PRIMARY KEY, 坐落 text, jzmj numeric(12,2), djrq date, ts timestamptz, cur boolean, scan bytea)",
        "INSERT INTO legacy.\"fc_HOUSE\" VALUES ('H1', '东区''1号', 90.50, '2015-09-04', NULL, true, '\\x00'), ('H2', NULL, NULL, NULL, NULL, false, NULL)",
        "CREATE TABLE legacy.many AS SELECT n FROM generate_series(1, 2000) n",
    ] {
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }
    // Opened within a runtime, as the server would.
    let source = Source::open(&url, &OpenOptions::default()).unwrap();
    assert!(
        !source.place().contains(':') || !source.place().contains("password"),
        "{}",
        source.place()
    );
    let info = source.table("legacy.fc_HOUSE").unwrap();
    let fields: Vec<&str> = info.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(fields, ["id", "坐落", "jzmj", "djrq", "ts", "cur", "scan"]);
    let rows: Vec<Record> = source
        .records("legacy.fc_HOUSE")
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let texts: Vec<String> = rows[0]
        .cells
        .iter()
        .map(|c| c.as_text().into_owned())
        .collect();
    assert_eq!(
        texts,
        ["H1", "东区'1号", "90.50", "2015-09-04", "", "是", ""]
    );
    assert_eq!(source.records("legacy.many").unwrap().count(), 2000);
    // Left half-way: the reading ends by itself.
    assert_eq!(source.records("legacy.many").unwrap().take(3).count(), 3);
    assert_eq!(source.file_sm3("legacy.many").unwrap(), None);
}

/// A MariaDB of its own folder, gone with it.
struct MariaDb {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts one; none where the Debian package mariadb-server is not installed.
fn maria_db() -> Option<MariaDb> {
    let program = ["/usr/sbin/mariadbd", "/usr/bin/mariadbd"]
        .into_iter()
        .find(|p| Path::new(p).is_file())?;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let user = Command::new("id").arg("-un").output().unwrap().stdout;
    let user = format!("--user={}", String::from_utf8(user).unwrap().trim());
    let at = format!("--datadir={}", data.display());
    let made = Command::new("mariadb-install-db")
        .args(["--no-defaults", "--skip-test-db", &user, &at])
        .arg("--auth-root-authentication-method=normal")
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success());
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .unwrap()
        .port();
    let child = Command::new(program)
        .args(["--no-defaults", "--bind-address=127.0.0.1", &user, &at])
        .arg(format!("--port={port}"))
        .arg(format!("--socket={}", folder.path().join("s").display()))
        .arg(format!(
            "--pid-file={}",
            folder.path().join("pid").display()
        ))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut db = MariaDb {
        child,
        port,
        _folder: folder,
    };
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(db.child.try_wait().unwrap().is_none(), "mariadbd ended");
        std::thread::sleep(Duration::from_millis(50));
    }
    Some(db)
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql() {
    let Some(db) = maria_db() else {
        eprintln!("mariadb-server is not installed: MySQL sources were not tested");
        return;
    };
    let url = format!("mysql://root@127.0.0.1:{}/mysql", db.port);
    let mut connection = <sqlx::MySqlConnection as sqlx::Connection>::connect(&url)
        .await
        .unwrap();
    for sql in [
        "CREATE DATABASE legacy CHARACTER SET gbk",
        "CREATE USER reader IDENTIFIED BY 'secret'",
        "GRANT SELECT ON legacy.* TO reader",
        "CREATE TABLE legacy.fc_house (id varchar(20) PRIMARY KEY, 坐落 varchar(100), jzmj decimal(12,2), djrq date, ts datetime, cur tinyint(1), scan blob, shape polygon)",
        "INSERT INTO legacy.fc_house VALUES ('H1', '东区''1号', 90.50, '2015-09-04', '2015-09-04 10:16:00', 1, x'00', ST_GeomFromText('POLYGON((0 0,4 0,4 3,0 0))')), \
         ('H2', NULL, NULL, NULL, NULL, 0, NULL, NULL)",
        "CREATE TABLE legacy.many AS SELECT seq AS n FROM seq_1_to_2000",
    ] {
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }
    let url = format!("mysql://reader:secret@127.0.0.1:{}/legacy", db.port);
    let source = Source::open(&url, &OpenOptions::default()).unwrap();
    assert!(!source.place().contains("secret"), "{}", source.place());
    let info = source.table("fc_house").unwrap();
    let fields: Vec<&str> = info.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(fields, ["id", "坐落", "jzmj", "djrq", "ts", "cur", "scan"]);
    assert!(info.shapes);
    let rows: Vec<Record> = source
        .records("fc_house")
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let texts = |row: &Record| -> Vec<String> {
        row.cells.iter().map(|c| c.as_text().into_owned()).collect()
    };
    assert_eq!(
        texts(&rows[0])[..6],
        [
            "H1",
            "东区'1号",
            "90.50",
            "2015-09-04",
            "2015-09-04 10:16:00",
            "1"
        ]
    );
    assert_eq!(texts(&rows[1])[1..5], ["", "", "", ""]);
    let Some(geo_types::Geometry::Polygon(shape)) = &rows[0].geometry else {
        panic!("{:?}", rows[0].geometry);
    };
    assert_eq!(shape.exterior().0.len(), 4);
    assert_eq!(source.records("many").unwrap().count(), 2000);
    assert_eq!(source.records("many").unwrap().take(3).count(), 3);
    // another's password: said without it
    let url = format!("mysql://reader:wrong-one@127.0.0.1:{}/legacy", db.port);
    let error = Source::open(&url, &OpenOptions::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("账号") && !error.contains("wrong-one"),
        "{error}"
    );
}

#[test]
fn no_database_there() {
    let error = Source::open(
        "postgres://nobody:secret@127.0.0.1:9/none",
        &OpenOptions::default(),
    )
    .unwrap_err()
    .to_string();
    assert!(
        error.contains("请检查地址") && !error.contains("secret"),
        "{error}"
    );
    let error = Source::open(
        "mysql://nobody:secret@127.0.0.1:9/none",
        &OpenOptions::default(),
    )
    .unwrap_err()
    .to_string();
    assert!(
        error.contains("请检查地址") && !error.contains("secret"),
        "{error}"
    );
}

/// What is no Access database: said, whether mdbtools are there or not.
#[test]
fn a_damaged_access_file_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.mdb");
    std::fs::write(
        &path,
        b"\x00\x01\x00\x00Standard Jet DB\x00 and nothing more",
    )
    .unwrap();
    let error = Source::open_path(&path, &OpenOptions::default())
        .unwrap_err()
        .to_string();
    if error.contains("请安装 Debian 软件包 mdbtools") {
        eprintln!("mdbtools is not installed: only the message was tested");
    } else {
        assert!(error.contains("Access"), "{error}");
    }
}
