//! Tables of a real PostgreSQL and of Access files.

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
