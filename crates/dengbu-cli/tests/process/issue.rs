//! kill -9 of the bulk issue and its database: whoever runs it again goes on, and each number has
//! one certificate in the end.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;

use rustix::process::Signal;

use crate::kill::in_database;
use crate::program::{Place, Program, command, kill_database, run};

const AUTHORITY: &str = "510400";
/// Certificates issued: two chunks and a part of one.
const LIMIT: &str = "210";
const ISSUE: [&str; 6] = [
    "certificates",
    "issue-stock",
    "--authority",
    AUTHORITY,
    "--limit",
    LIMIT,
];

#[test]
fn kill_9_during_a_bulk_issue_leaves_no_gap_and_no_double() {
    let place = Place::new();
    let data = place.data();
    // the demonstration has its seals soon after it started
    let program = Program::serve(&data, &["--demo"]);
    while count(&data, "select count(*) from e_seal where state = 'active'") < 2 {
        thread::yield_now();
    }
    program.stop(Signal::TERM);

    // killed when the first chunk's files are on disk, and again when the next one's are: its
    // records are then most likely not committed
    for _ in 0..2 {
        let before = packs(&data);
        let mut issuing = start(&data);
        while packs(&data) == before && issuing.try_wait().unwrap().is_none() {
            thread::yield_now();
        }
        issuing.kill().unwrap();
        issuing.wait().unwrap();
        kill_database(&data);
    }
    let done = run(&ISSUE, &data);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(
        done.out.contains("继续批次") && done.out.contains("完成：签发"),
        "{done:?}"
    );

    let program = Program::serve(&data, &["--demo"]);
    // every item came to an end, and the counters agree with the items
    assert_eq!(
        count(
            &data,
            "select count(*) from e_certificate_batch where state = 'done' and total = done + skipped + failed"
        ),
        1
    );
    let items = "select count(*) from e_certificate_batch_item";
    let limit: i64 = LIMIT.parse().unwrap();
    assert_eq!(count(&data, items), limit, "no gap");
    let issued = count(&data, &format!("{items} where state = 'done'"));
    assert!(issued > 100, "{issued} of {limit} were issued");
    for what in [
        "*",
        "distinct certificate_no",
        "distinct list_index",
        "distinct identifier",
    ] {
        let sql = format!(
            "select count({what}) from e_certificate where origin = 'stock' and state = 'issued'"
        );
        assert_eq!(count(&data, &sql), issued, "{what}");
    }
    let files = "select count(*) from e_certificate_file f join e_certificate c using (county, e_certificate_id)
         where c.origin = 'stock' and f.format = 'ofd'";
    assert_eq!(count(&data, files), issued, "each has its file once");
    program.stop(Signal::TERM);
    let verified = run(&["register", "verify"], &data);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(verified.out.contains("电子证照事件链"), "{verified:?}");
}

fn start(data: &Path) -> Child {
    command(&ISSUE, data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn count(data: &Path, sql: &str) -> i64 {
    let sql = sql.to_owned();
    in_database(data, async |tx| {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(tx.conn())
            .await
            .unwrap()
    })
}

/// Packs of certificates' files on disk.
fn packs(data: &Path) -> usize {
    let folders = fs::read_dir(data.join("certificates"))
        .into_iter()
        .flatten();
    folders
        .filter_map(|folder| fs::read_dir(folder.ok()?.path()).ok())
        .flatten()
        .filter(|pack| pack.as_ref().is_ok_and(|p| p.path().extension().is_none()))
        .count()
}
