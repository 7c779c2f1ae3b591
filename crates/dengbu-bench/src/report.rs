//! The figures of a run: a table for people, JSON for programs.

use std::fmt::Write as _;

use anyhow::Result;
use chrono::{DateTime, Utc};
use dengbu_server::state::now;
use serde::Serialize;

use crate::certificates::CertificateRate;
use crate::instant::Instant;
use crate::load::Load;
use crate::lookups::Lookup;
use crate::options::Options;
use crate::place::Place;
use crate::recording::Recordings;
use crate::rules::Evaluations;

/// All figures of one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// When it began.
    pub begun: DateTime<Utc>,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// On what.
    pub machine: Machine,
    /// False: the database did not wait for the disk, and the figures mean nothing.
    pub durable: bool,
    /// The load.
    pub load: Load,
    /// Reading and searching.
    pub lookups: Vec<Lookup>,
    /// Recording.
    pub recordings: Vec<Recordings>,
    /// Whole cases without a person.
    pub instant: Vec<Instant>,
    /// Rules in memory.
    pub rules: Vec<Evaluations>,
    /// Electronic certificates on one core.
    pub certificates: Vec<CertificateRate>,
    /// What is in the database at the end.
    pub counts: Counts,
}

/// The machine as it says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Processor.
    pub processor: String,
    /// Cores in use.
    pub cores: usize,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Load over the minute before the run: what else was at work.
    pub load_before: String,
    /// Version of PostgreSQL.
    pub postgresql: String,
    /// Settings that matter to the figures.
    pub settings: Vec<(String, String)>,
}

/// What is in the database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Estate units.
    pub units: i64,
    /// Entries of the register.
    pub entries: i64,
    /// Entries that cases made.
    pub recorded: i64,
    /// Proof numbers given out, each once.
    pub numbers: i64,
    /// Highest serials of the proof number series, added up.
    pub series: i64,
    /// Rows of the bare commits.
    pub commits: i64,
}

impl Report {
    /// A report of a run that begins now.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn begun(place: &Place, options: &Options) -> Result<Report> {
        let settings = sqlx::query_as(
            "select name, current_setting(name) from pg_settings
             where name in ('shared_buffers', 'fsync', 'synchronous_commit', 'max_wal_size', 'work_mem')
             order by name",
        )
        .fetch_all(place.store.pool())
        .await?;
        let postgresql = sqlx::query_scalar("show server_version")
            .fetch_one(place.store.pool())
            .await?;
        let begun = now();
        Ok(Report {
            begun,
            ended: begun,
            machine: Machine {
                settings,
                postgresql,
                ..machine()
            },
            durable: options.durable,
            load: Load::default(),
            lookups: Vec::new(),
            recordings: Vec::new(),
            instant: Vec::new(),
            rules: Vec::new(),
            certificates: Vec::new(),
            counts: Counts::default(),
        })
    }

    /// Notes the end.
    pub fn finish(&mut self) {
        self.ended = now();
    }

    /// The tables as printed.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = String::new();
        self.head(&mut out);
        table(
            &mut out,
            &[
                "登簿",
                "客户端",
                "登簿/秒",
                "p50 毫秒",
                "p99 毫秒",
                "提交/秒",
                "p50 毫秒",
                "p99 毫秒",
                "比值",
                "pgbench/秒",
            ],
            self.recordings.iter().map(|r| {
                let (a, b) = (r.recordings, r.commits);
                vec![
                    r.label.to_owned(),
                    r.clients.to_string(),
                    format!("{:.0}", a.per_second),
                    format!("{:.2}", a.p50_ms),
                    format!("{:.2}", a.p99_ms),
                    format!("{:.0}", b.per_second),
                    format!("{:.2}", b.p50_ms),
                    format!("{:.2}", b.p99_ms),
                    format!("{:.3}", r.ratio),
                    r.pgbench_per_second
                        .map_or("—".to_owned(), |t| format!("{t:.0}")),
                ]
            }),
        );
        table(
            &mut out,
            &[
                "自动办结全流程",
                "客户端",
                "件/秒",
                "p50 毫秒",
                "p99 毫秒",
                "提交/秒",
                "比值",
            ],
            self.instant.iter().map(|i| {
                vec![
                    i.label.to_owned(),
                    i.clients.to_string(),
                    format!("{:.0}", i.cases.per_second),
                    format!("{:.2}", i.cases.p50_ms),
                    format!("{:.2}", i.cases.p99_ms),
                    format!("{:.0}", i.commits.per_second),
                    format!("{:.3}", i.ratio),
                ]
            }),
        );
        table(
            &mut out,
            &["规则演算（内存，单核）", "规则数", "单元状态/秒"],
            self.rules.iter().map(|r| {
                vec![
                    r.label.to_owned(),
                    r.rules.to_string(),
                    format!("{:.0}", r.per_second),
                ]
            }),
        );
        table(
            &mut out,
            &["电子证照（单核）", "每秒", "目标", "字节"],
            self.certificates.iter().map(|c| {
                vec![
                    c.label.to_owned(),
                    format!("{:.0}", c.per_second),
                    c.wanted.map_or("—".to_owned(), |w| format!("{w:.0}")),
                    c.bytes.map_or("—".to_owned(), |b| b.to_string()),
                ]
            }),
        );
        table(
            &mut out,
            &[
                "读取与查询",
                "方式",
                "客户端",
                "次/秒",
                "p50 毫秒",
                "p99 毫秒",
                "与 select 1 之比",
            ],
            self.lookups.iter().map(|l| {
                vec![
                    l.label.to_owned(),
                    l.way.to_owned(),
                    l.clients.to_string(),
                    format!("{:.0}", l.figures.per_second),
                    format!("{:.2}", l.figures.p50_ms),
                    format!("{:.2}", l.figures.p99_ms),
                    format!("{:.4}", l.ratio_to_select_1),
                ]
            }),
        );
        out
    }

    fn head(&self, out: &mut String) {
        let m = &self.machine;
        let gib = |bytes: f64| bytes / f64::from(1 << 30);
        // writing to a String cannot fail
        let _ = writeln!(
            out,
            "{}  {} × {}，内存 {:.0} GiB，PostgreSQL {}，测量前负载 {}",
            self.begun.format("%Y-%m-%d %H:%M UTC"),
            m.cores,
            m.processor,
            gib(m.memory_bytes as f64),
            m.postgresql,
            m.load_before,
        );
        if !self.durable {
            let _ = writeln!(out, "注意：fsync 已关闭，以下数字没有意义");
        }
        let l = &self.load;
        let _ = writeln!(
            out,
            "装入 {} 个单元、{} 条记录：{:.0} 秒，每秒 {:.0} 个单元；封链每秒 {:.0} 条；数据库 {:.1} GiB，程序内存最高 {:.2} GiB\n",
            l.units,
            l.entries,
            l.seconds,
            l.units_per_second,
            l.sealed_per_second,
            gib(l.database_bytes as f64),
            gib(l.memory_peak_bytes as f64),
        );
    }
}

fn table(out: &mut String, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let mut all: Vec<Vec<String>> = vec![head.iter().map(|h| (*h).to_owned()).collect()];
    all.extend(rows);
    let widths: Vec<usize> = (0..head.len())
        .map(|at| all.iter().map(|r| width(&r[at])).max().unwrap_or(0))
        .collect();
    for row in all {
        for (at, (cell, widest)) in row.iter().zip(&widths).enumerate() {
            let blanks = " ".repeat(widest - width(cell));
            if at == 0 {
                out.push_str(cell);
                out.push_str(&blanks);
            } else {
                out.push_str("  ");
                out.push_str(&blanks);
                out.push_str(cell);
            }
        }
        out.push('\n');
    }
    out.push('\n');
}

/// Columns of a terminal that a text takes: two for each Chinese character.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| if c > '\u{2E7F}' { 2 } else { 1 })
        .sum()
}

fn machine() -> Machine {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split_once(':'))
            .map(|(_, rest)| rest.trim().to_owned())
            .unwrap_or_default()
    };
    let kib = field(&read("/proc/meminfo"), "MemTotal");
    Machine {
        processor: field(&read("/proc/cpuinfo"), "model name"),
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        memory_bytes: kib
            .trim_end_matches("kB")
            .trim()
            .parse::<u64>()
            .map_or(0, |k| k * 1024),
        load_before: read("/proc/loadavg")
            .split(' ')
            .next()
            .unwrap_or("")
            .to_owned(),
        ..Machine::default()
    }
}

/// Counts what is in the database.
///
/// # Errors
/// The database did not answer.
pub async fn count(place: &Place) -> Result<Counts> {
    let mut tx = place.store.begin(&place.scope).await?;
    sqlx::query("set local statement_timeout = 0")
        .execute(tx.conn())
        .await?;
    let (units, entries, recorded, numbers, series): (i64, i64, i64, i64, i64) = sqlx::query_as(
        "select (select count(*) from estate_unit),
                (select count(*) from register_entry),
                (select count(*) from register_entry where case_no is not null),
                (select count(distinct certificate_no) from issued_number where state = 'issued'),
                (select coalesce(sum(last), 0)::bigint from number_series)",
    )
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    let mut owner = <sqlx::PgConnection as sqlx::Connection>::connect(&place.owner_url).await?;
    let commits = sqlx::query_scalar("select count(*) from bench_commit where turn is not null")
        .fetch_one(&mut owner)
        .await?;
    Ok(Counts {
        units,
        entries,
        recorded,
        numbers,
        series,
        commits,
    })
}
