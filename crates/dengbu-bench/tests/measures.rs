//! The measurement itself, at a tiny size: the counts agree, whatever the clock says.

use dengbu_bench::Options;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_of_a_tiny_run_agree() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let options = Options {
        base_dir: Some(concat!(env!("CARGO_MANIFEST_DIR"), "/../..").into()),
        units: 1_500,
        batch: 400,
        rounds: 2,
        recordings: [3, 2],
        instant: [2, 1],
        evaluations: 2_000,
        certificates: 2,
        many: 4,
        lookups: 16,
        searches: 8,
        durable: false,
        ..Options::full(folder.path().join("data"))
    };
    let report = dengbu_bench::run(&options, &|_| {}).await.unwrap();

    let recorded: usize = report
        .recordings
        .iter()
        .map(|r| r.recordings.operations)
        .sum();
    // 3 × 2 rounds alone, and twice 2 × 2 rounds × 4 clients
    assert_eq!(recorded, 6 + 16 + 16);
    let commits: usize = report.recordings.iter().map(|r| r.commits.operations).sum();
    assert_eq!(commits, recorded);

    // whole cases without a person: 2 × 2 rounds alone, 1 × 2 rounds × 4 clients
    let instant: usize = report.instant.iter().map(|i| i.cases.operations).sum();
    assert_eq!(instant, 4 + 8);
    assert_eq!(report.rules.len(), 2);
    assert!(
        report
            .rules
            .iter()
            .all(|r| r.rules > 10 && r.per_second > 0.0)
    );

    // OpenSSL twice, codes twice, three kinds of making, two of judging
    assert_eq!(report.certificates.len(), 9);

    let counts = report.counts;
    assert_eq!(counts.units, 1_500);
    assert_eq!(counts.recorded, 50);
    assert_eq!(
        counts.entries,
        i64::try_from(report.load.entries).unwrap() + 50
    );
    // one proof each, no number twice, no gap
    assert_eq!((counts.numbers, counts.series), (50, 50));
    assert!(counts.commits >= 50);
    assert!(report.load.entries > 1_500);

    // select 1 and fifteen questions two ways, with one client and with four
    assert_eq!(report.lookups.len(), 2 * (1 + 15 * 2));
    for l in &report.lookups {
        assert!(
            l.figures.operations >= 8 && l.figures.per_second > 0.0,
            "{l:?}"
        );
        assert!(l.figures.p50_ms <= l.figures.p99_ms, "{l:?}");
    }
    let table = report.table();
    assert!(
        table.contains("按单元号读取") && table.contains("fsync 已关闭"),
        "{table}"
    );
    assert!(!folder.path().join("data").exists(), "the data is removed");
}
