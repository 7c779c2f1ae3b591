//! Runs: stopped, killed, failed, decided about.

use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use dengbu_intake::decision::{self, Choice};
use dengbu_intake::engine::{
    Analysis, Candidate, DoubtRow, Engine, EngineFault, Input, Side, Step, Tell,
};
use dengbu_intake::results::{self, FindingFilter, Which};
use dengbu_intake::run::{self, Over};
use dengbu_intake::{IntakeError, source};
use dengbu_store::Scope;

use crate::desk::{CITY, Desk, SOURCE};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_leaves_findings_by_rule_and_table() {
    let desk = Desk::new().await;
    let run = desk.run(&desk.deliver().await).await;
    assert_eq!((run.state.as_str(), run.begun), ("done", 1));
    let mut tx = desk.tx().await;
    let counts = results::counts(&mut tx, CITY, run.run_id).await.unwrap();
    let of = |by: &str, key: &str| {
        counts
            .iter()
            .find(|c| c.by == by && c.key == key)
            .map_or(0, |c| c.count)
    };
    let id15 = of("kind", "id15");
    assert!(id15 > 0, "{counts:?}");
    let filter = FindingFilter {
        kind: Some("id15".into()),
        ..FindingFilter::default()
    };
    let mut seen = 0;
    let mut after = -1;
    loop {
        let page = results::findings(&mut tx, CITY, run.run_id, &filter, after, 7)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        after = last.seq;
        seen += page.len() as i64;
        assert!(page.iter().all(|f| f.kind == "id15"));
    }
    assert_eq!(seen, id15);
    let tables = results::tables(&mut tx, CITY, run.run_id).await.unwrap();
    assert!(
        tables
            .iter()
            .any(|t| t.table_name == "FC_OWNER" && t.accepted > 0)
    );
    // nobody else sees any of it
    let other = Scope::new(["510421"]).unwrap();
    let mut tx = desk.db.store().begin(&other).await.unwrap();
    assert!(matches!(
        run::one(&mut tx, CITY, run.run_id).await,
        Err(IntakeError::Unknown(_))
    ));
    assert!(
        results::findings(&mut tx, CITY, run.run_id, &FindingFilter::default(), -1, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_program_was_killed_is_begun_again_and_finds_the_same() {
    let desk = Desk::new().await;
    let package = desk.deliver().await;
    let whole = desk.run(&package).await;
    let mut tx = desk.tx().await;
    let asked = run::ask(
        &mut tx,
        Over::Package(package.package_id),
        &desk.doing(desk.clerk),
    )
    .await
    .unwrap();
    let twice = run::ask(
        &mut tx,
        Over::Package(package.package_id),
        &desk.doing(desk.clerk),
    )
    .await;
    assert!(matches!(twice, Err(IntakeError::State(_))));
    tx.commit().await.unwrap();
    // claimed, begun, half written, and then nobody hears of it again
    let mut tx = desk.tx().await;
    let claimed = dengbu_store::jobs::claim(&mut tx, &[run::JOB], 1, TimeDelta::zero(), Utc::now())
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
    run::begin(&mut tx, CITY, asked.run_id, Utc::now())
        .await
        .unwrap()
        .unwrap();
    sqlx::query("insert into intake_record select authority, $2, seq, source, table_name, legacy_id, outcome from intake_record where run_id = $1 and seq < 50")
        .bind(whole.run_id)
        .bind(asked.run_id)
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    desk.work().await;
    let again = desk.read(asked.run_id).await;
    assert_eq!((again.state.as_str(), again.begun), ("done", 2));
    assert_eq!(
        again.stock_sm3, whole.stock_sm3,
        "the same input gives the same stock"
    );
    for table in ["intake_record", "intake_finding"] {
        let sql = |id| {
            format!(
                "select count(*) || md5(string_agg(seq || legacy_id, ' ' order by seq)) from {table} where run_id = '{id}'"
            )
        };
        assert_eq!(
            desk.text(&sql(whole.run_id)).await,
            desk.text(&sql(again.run_id)).await,
            "{table}"
        );
    }
}

/// Asks one question, and works until told to stop when `long`.
struct Doubter {
    long: bool,
}

impl Engine for Doubter {
    fn analyse(&self, input: &Input, tell: Tell<'_>) -> Result<Analysis, EngineFault> {
        let most = if self.long { u64::MAX } else { 0 };
        for done in 0..most {
            let step = Step {
                stage: "质量检查".into(),
                done,
                total: 1_000_000,
            };
            if tell(step) == ControlFlow::Break(()) {
                return Err(EngineFault::Stopped);
            }
            std::thread::yield_now();
        }
        let side = |title: &str| Side {
            title: title.into(),
            fields: vec![("坐落".into(), "某路1号".into())],
            rings: vec![],
        };
        let candidate = |reference: &str| Candidate {
            reference: reference.into(),
            score: 0.8,
            why: "坐落相同".into(),
            side: side(reference),
        };
        let mut analysis = Analysis::default();
        if !input.decisions.contains_key("house:H1") {
            analysis.doubts.push(DoubtRow {
                key: "house:H1".into(),
                question: "该户在哪一幢".into(),
                source: input.source.clone(),
                table: "FC_HOUSE".into(),
                legacy_id: "H1".into(),
                subject: side("H1"),
                candidates: vec![candidate("Z1"), candidate("Z2")],
            });
        }
        analysis.summary = serde_json::json!({ "decided": input.decisions });
        Ok(analysis)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_stops_when_asked_and_goes_on() {
    let desk = Desk::with(Arc::new(Doubter { long: true })).await;
    let package = desk.deliver().await;
    let mut tx = desk.tx().await;
    let asked = run::ask(
        &mut tx,
        Over::Package(package.package_id),
        &desk.doing(desk.clerk),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let stopper = async {
        loop {
            let now = desk.read(asked.run_id).await;
            if now.state == "running" && now.stage == "质量检查" {
                break;
            }
            tokio::task::yield_now().await;
        }
        let mut tx = desk.tx().await;
        run::stop(&mut tx, CITY, asked.run_id, Utc::now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    tokio::join!(desk.work(), stopper);
    let stopped = desk.read(asked.run_id).await;
    assert_eq!(stopped.state, "stopped");
    assert!(stopped.finished_at.is_some());
    let mut tx = desk.tx().await;
    run::resume(&mut tx, CITY, asked.run_id, Utc::now())
        .await
        .unwrap();
    let waiting = run::stop(&mut tx, CITY, asked.run_id, Utc::now())
        .await
        .unwrap();
    assert_eq!(waiting.state, "stopped", "one that waits stops at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_holds_in_the_next_run_and_can_be_taken_back() {
    let desk = Desk::with(Arc::new(Doubter { long: false })).await;
    let package = desk.deliver().await;
    let first = desk.run(&package).await;
    let doing = desk.doing(desk.clerk);
    let mut tx = desk.tx().await;
    let open = results::doubts(&mut tx, CITY, first.run_id, Which::Open, -1, 10)
        .await
        .unwrap();
    assert_eq!(open.len(), 1);
    let decide = async |tx: &mut _, choice| {
        decision::decide(tx, first.run_id, "house:H1", &choice, "现场核对", &doing).await
    };
    assert!(matches!(
        decide(&mut tx, Choice::Candidate("Z9".into())).await,
        Err(IntakeError::Field { .. })
    ));
    assert!(matches!(
        decide(&mut tx, Choice::Withdrawn).await,
        Err(IntakeError::State(_))
    ));
    let done = decide(&mut tx, Choice::Candidate("Z2".into()))
        .await
        .unwrap();
    assert_eq!(
        (done.choice.as_deref(), done.candidate.as_deref()),
        (Some("candidate"), Some("Z2"))
    );
    assert_eq!(
        results::doubt_counts(&mut tx, CITY, first.run_id)
            .await
            .unwrap(),
        (1, 1)
    );
    tx.commit().await.unwrap();

    let second = desk.run(&package).await;
    assert_eq!(second.summary["decided"]["house:H1"], "Z2");
    assert_eq!(second.summary["doubts"], 0);

    let mut tx = desk.tx().await;
    decide(&mut tx, Choice::Withdrawn).await.unwrap();
    let history = decision::history(&mut tx, CITY, SOURCE, "house:H1")
        .await
        .unwrap();
    assert_eq!(
        history
            .iter()
            .map(|d| d.choice.as_str())
            .collect::<Vec<_>>(),
        ["candidate", "withdrawn"]
    );
    let changed = sqlx::query("update intake_decision set choice = 'none'")
        .execute(tx.conn())
        .await;
    assert!(changed.is_err(), "a decision is never changed");
    drop(tx);
    let mut tx = desk.tx().await;
    decide(&mut tx, Choice::Withdrawn).await.unwrap();
    tx.commit().await.unwrap();
    let third = desk.run(&package).await;
    assert_eq!(third.summary["doubts"], 1, "taken back, it is asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_that_cannot_be_read_fails_plainly_and_loads_nothing() {
    let desk = Desk::new().await;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("读我.txt", zip::write::SimpleFileOptions::default())
        .unwrap();
    let package = desk
        .deliver_bytes(zip.finish().unwrap().into_inner())
        .await
        .unwrap();
    let run = desk.run(&package).await;
    assert_eq!(run.state, "failed");
    assert!(run.error.unwrap().chars().any(|c| c > '\u{4e00}'));
    let broken = desk.deliver_bytes(b"PK\x03\x04".to_vec()).await;
    assert!(matches!(broken, Err(IntakeError::Package(_))), "{broken:?}");
}

#[tokio::test]
async fn a_mapping_saved_meanwhile_is_not_overwritten() {
    let desk = Desk::new().await;
    let doing = desk.doing(desk.clerk);
    let mut tx = desk.tx().await;
    source::create(&mut tx, SOURCE, "市局", &doing)
        .await
        .unwrap();
    let text = |name: &str| format!("source = \"{SOURCE}\"\nname = \"{name}\"\n");
    let one = source::save_mapping(&mut tx, SOURCE, &text("一"), None, &doing)
        .await
        .unwrap();
    assert_eq!(one.version, 1);
    let stale = source::save_mapping(&mut tx, SOURCE, &text("二"), None, &doing).await;
    assert!(matches!(stale, Err(IntakeError::State(_))));
    source::save_mapping(&mut tx, SOURCE, &text("三"), Some(1), &doing)
        .await
        .unwrap();
    let kept = source::mapping(&mut tx, CITY, SOURCE, Some(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.body, text("一"));
    let versions = source::mapping_versions(&mut tx, CITY, SOURCE)
        .await
        .unwrap();
    let versions: Vec<i32> = versions.iter().map(|v| v.version).collect();
    assert_eq!(versions, [2, 1]);
    for (none, why) in [
        ("a = 1", "no mapping"),
        ("source = \"other\"", "of another source"),
    ] {
        let refused = source::save_mapping(&mut tx, SOURCE, none, Some(2), &doing).await;
        assert!(matches!(refused, Err(IntakeError::Mapping(_))), "{why}");
    }
    for bad in ["", "a/b", "../x", "a b"] {
        assert!(
            source::create(&mut tx, bad, "x", &doing).await.is_err(),
            "{bad}"
        );
    }
}
