//! The whole pipeline on the sample and on invented cities of other seeds, against their truth.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use dengbu_fusion::score::{Score, score};
use dengbu_fusion::{Options, Silent, run};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 30).unwrap()
}

fn options(source: &Path, out: &Path) -> Options {
    Options {
        source: source.to_owned(),
        out: out.to_owned(),
        work: None,
        decisions: None,
        mappings: None,
        today: today(),
    }
}

fn fused(source: &Path, out: &Path) -> Options {
    let options = options(source, out);
    run(&options, &Silent).unwrap();
    options
}

fn judged(source: &Path, truth: &Path) -> Score {
    let out = tempfile::tempdir().unwrap();
    fused(source, out.path());
    score(out.path(), truth).unwrap()
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/legacy-city/open")
}

fn made(houses: u32, parcels: u32, seed: u64, hard: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let options = dengbu_legacy_city::Options {
        houses,
        parcels,
        seed,
        defects: if hard { 2.0 } else { 1.0 },
        hard,
    };
    dengbu_legacy_city::make(&options, folder.path()).unwrap();
    folder
}

#[test]
fn the_sample_meets_the_targets() {
    let score = judged(&sample(), &sample().join("truth"));
    assert!(score.meets_targets(), "{score}");
}

#[test]
fn a_city_of_another_seed_meets_the_targets() {
    let city = made(6_000, 180, 77, false);
    let score = judged(city.path(), &city.path().join("truth"));
    assert!(score.meets_targets(), "{score}");
}

#[test]
fn a_harder_city_meets_the_targets() {
    let city = made(6_000, 240, 4_711, true);
    let score = judged(city.path(), &city.path().join("truth"));
    assert!(score.meets_targets(), "{score}");
}

#[test]
fn equal_input_gives_equal_files_and_equal_codes() {
    let city = made(900, 60, 5, false);
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fused(city.path(), first.path());
    fused(city.path(), second.path());
    // A second run into the same folder reads from the work directory.
    fused(city.path(), second.path());
    for name in ["crosswalk.csv", "findings.csv", "doubtful.json"] {
        let read = |folder: &Path| std::fs::read(folder.join(name)).unwrap();
        assert!(read(first.path()) == read(second.path()), "{name} differs");
    }
}

/// Stops at the first table of the municipal office that is read to its end.
#[derive(Default)]
struct Stopping {
    told: std::sync::Mutex<Vec<dengbu_fusion::StageProgress>>,
    after: Option<&'static str>,
}

impl dengbu_fusion::Progress for Stopping {
    fn report(&self, progress: &dengbu_fusion::StageProgress) {
        self.told.lock().unwrap().push(progress.clone());
    }

    fn stopped(&self) -> bool {
        let told = self.told.lock().unwrap();
        self.after
            .is_some_and(|table| told.iter().any(|p| p.what == table))
    }
}

#[test]
fn a_stopped_reading_goes_on_with_the_next_table() {
    let city = made(900, 60, 5, false);
    // one office, so that nothing else is read beside it
    for other in ["b-miyi", "c-yanbian"] {
        std::fs::remove_dir_all(city.path().join(other)).unwrap();
    }
    let out = tempfile::tempdir().unwrap();
    let whole = tempfile::tempdir().unwrap();
    fused(city.path(), whole.path());
    let options = options(city.path(), out.path());
    let first = Stopping {
        after: Some("a-municipal FC_OWNER"),
        ..Stopping::default()
    };
    assert!(matches!(
        run(&options, &first),
        Err(dengbu_fusion::FusionError::Stopped)
    ));
    assert!(!out.path().join("crosswalk.csv").exists());
    let second = Stopping::default();
    run(&options, &second).unwrap();
    let told = second.told.into_inner().unwrap();
    let read: Vec<_> = told
        .iter()
        .filter(|p| p.stage == dengbu_fusion::Stage::Read)
        .collect();
    // the tables before it came from the work folder, that one and those behind were read
    let at = |what: &str| read.iter().position(|p| p.what == what);
    let kept = at("a-municipal 已读取过").unwrap();
    assert!(kept < at("a-municipal FC_OWNER").unwrap());
    assert_eq!(at("a-municipal FC_HOUSE"), None);
    // how far it is can be told all along
    assert!(read.iter().all(|p| p.total >= p.done && p.total > 0));
    for name in ["crosswalk.csv", "findings.csv"] {
        let of = |folder: &Path| std::fs::read(folder.join(name)).unwrap();
        assert!(of(out.path()) == of(whole.path()), "{name} differs");
    }
}

#[test]
fn a_missing_office_is_told_and_the_others_go_on() {
    let city = made(900, 60, 6, false);
    std::fs::remove_dir_all(city.path().join("b-miyi")).unwrap();
    std::fs::write(city.path().join("c-yanbian/宗地.shp"), b"broken").unwrap();
    let out = tempfile::tempdir().unwrap();
    let options = Options {
        source: city.path().to_owned(),
        out: out.path().to_owned(),
        work: None,
        decisions: None,
        mappings: None,
        today: today(),
    };
    let outcome = run(&options, &Silent).unwrap();
    assert!(
        outcome
            .summary
            .messages
            .iter()
            .any(|m| m.contains("b-miyi"))
    );
    assert!(
        outcome
            .findings
            .iter()
            .any(|f| f.source == "c-yanbian" && f.rule_id == "FUS-003")
    );
    assert!(
        outcome
            .titles
            .iter()
            .any(|t| t.unit_code.starts_with("5104"))
    );
}

#[test]
fn a_decision_is_applied_again_on_every_run() {
    let city = made(900, 60, 7, false);
    let out = tempfile::tempdir().unwrap();
    let mut options = fused(city.path(), out.path());
    let crosswalk = std::fs::read_to_string(out.path().join("crosswalk.csv")).unwrap();
    let linked = crosswalk
        .lines()
        .find(|l| l.contains("FC_HOUSE") && l.contains(",linked,"))
        .unwrap();
    let cells: Vec<&str> = linked.split(',').collect();
    let (id, building) = (cells[2], cells[4]);
    let decisions = out.path().join("decisions.json");
    let text = format!(
        r#"[{{"source":"a-municipal","table":"FC_HOUSE","legacy_id":"{id}","decision":"unlinked"}}]"#
    );
    std::fs::write(&decisions, text).unwrap();
    options.decisions = Some(decisions.clone());
    for _ in 0..2 {
        run(&options, &Silent).unwrap();
        let after = std::fs::read_to_string(out.path().join("crosswalk.csv")).unwrap();
        let line = after
            .lines()
            .find(|l| l.contains(&format!(",{id},")))
            .unwrap();
        assert!(line.contains(",decision,1.000,unlinked,"), "{line}");
    }
    let text = format!(
        r#"[{{"source":"a-municipal","table":"FC_HOUSE","legacy_id":"{id}","decision":"building","building":"{building}"}}]"#
    );
    std::fs::write(&decisions, text).unwrap();
    let outcome = run(&options, &Silent).unwrap();
    assert!(outcome.summary.messages.iter().all(|m| !m.contains(id)));
    let after = std::fs::read_to_string(out.path().join("crosswalk.csv")).unwrap();
    let line = after
        .lines()
        .find(|l| l.contains(&format!(",{id},")))
        .unwrap();
    // The code it was given first is given back to it.
    assert!(line.contains(cells[5]), "{line}");
}
