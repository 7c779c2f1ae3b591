//! The legacy sample of the three offices into the register as existing titles: fused like any
//! delivery (`dengbu-intake`'s engine), but at once and without waiting for a person. What is
//! doubtful or plainly wrong stays out and is counted.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_intake::engine::{Analysis, Engine, Input, Outcome};
use dengbu_intake::fusion::Fusion;
use dengbu_model::time::date_in_shanghai;
use dengbu_register::person::PersonKey;
use dengbu_store::{Store, authority_list};
use dengbu_takeover::{Loaded, Options, load};
use uuid::Uuid;

use crate::DemoError;

/// Reasons told of one table, those met most often first.
const REASONS: usize = 5;

/// What became of the rows of a source table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableFate {
    /// Rows by what became of them, in the order of [`Outcome::ALL`].
    pub rows: [u64; 4],
    /// Why rows were not taken, and how many for that reason.
    pub reasons: BTreeMap<String, u64>,
}

/// What the loading of the sample found and did; printed with `Display`.
#[derive(Debug, Clone)]
pub struct SampleReport {
    /// By source (`a-municipal`) and its table.
    pub tables: BTreeMap<(String, String), TableFate>,
    /// Findings by rule and severity.
    pub findings: BTreeMap<(String, &'static str), u64>,
    /// Questions for a person.
    pub doubts: usize,
    /// Parcels, buildings and units fit for the register.
    pub fit: [usize; 3],
    /// Units with a mortgage and with a seizure in force in the files.
    pub limited: [usize; 2],
    /// What went into cadastre and register.
    pub loaded: Loaded,
}

impl SampleReport {
    fn of(analysis: &Analysis, loaded: Loaded) -> Self {
        let mut tables: BTreeMap<_, TableFate> = BTreeMap::new();
        for row in &analysis.records {
            let fate = tables
                .entry((row.source.clone(), row.table.clone()))
                .or_default();
            let place = Outcome::ALL.iter().position(|o| *o == row.outcome);
            fate.rows[place.unwrap_or(3)] += 1;
            if !row.reason.is_empty() {
                *fate.reasons.entry(row.reason.clone()).or_default() += 1;
            }
        }
        let mut findings: BTreeMap<_, u64> = BTreeMap::new();
        for f in &analysis.findings {
            *findings.entry((f.rule_id.clone(), f.severity)).or_default() += 1;
        }
        let stock = &analysis.stock;
        let limited = |kind: dengbu_model::right::RightType| {
            let has = |u: &&dengbu_takeover::ExistingUnit| {
                let mut standing = u.others.iter().filter(|r| r.current);
                standing.any(|r| r.right.right_type == kind)
            };
            stock.units.iter().filter(has).count()
        };
        Self {
            fit: [
                stock.parcels.len(),
                stock.buildings.len(),
                stock.units.len(),
            ],
            limited: [
                limited(dengbu_model::right::RightType::Mortgage),
                limited(dengbu_model::right::RightType::Seizure),
            ],
            doubts: analysis.doubts.len(),
            tables,
            findings,
            loaded,
        }
    }

    /// Rows that were not taken: merged ones are, their content stands in another.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.tables.values().map(|t| t.rows[2] + t.rows[3]).sum()
    }
}

impl fmt::Display for SampleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((source, table), fate) in &self.tables {
            let [accepted, merged, doubtful, rejected] = fate.rows;
            writeln!(
                f,
                "{source} {table}：读取 {} 行，可入库 {accepted}，合并 {merged}，待核对 {doubtful}，退回 {rejected}",
                fate.rows.iter().sum::<u64>()
            )?;
            let mut reasons: Vec<_> = fate.reasons.iter().collect();
            reasons.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            for (reason, rows) in reasons.into_iter().take(REASONS) {
                writeln!(f, "    {reason}：{rows} 行")?;
            }
        }
        let by = |severity: &str| -> u64 {
            let of = self.findings.iter().filter(|((_, s), _)| *s == severity);
            of.map(|(_, n)| n).sum()
        };
        writeln!(
            f,
            "质检：错误 {}，警告 {}，提示 {}；待人工核对 {} 项（在工作台“数据整合”中接收同一数据包后逐项核对）",
            by("error"),
            by("warning"),
            by("note"),
            self.doubts
        )?;
        let l = &self.loaded;
        writeln!(
            f,
            "写入：宗地 {}、自然幢 {}、不动产单元 {}（已存在、未改动 {}）、登记簿记录 {} 条。",
            l.parcels_new, l.buildings_new, l.units_new, l.units_skipped, l.entries
        )
    }
}

/// Reads the folder of the sample (`a-municipal`, `b-miyi`, `c-yanbian`) and puts what is sound in
/// it into cadastre and register. Units already there stay as they are.
///
/// # Errors
/// [`DemoError::Files`] when nothing in the folder can be read; a refusal of the takeover.
pub async fn load_sample(
    store: &Store,
    key: &PersonKey,
    dir: &Path,
    now: DateTime<Utc>,
) -> Result<SampleReport, DemoError> {
    let scope = store.system_scope().await?;
    let counties = counties(store).await?;
    let (dir, today) = (dir.to_path_buf(), date_in_shanghai(now));
    // Reading takes some seconds of pure work: not on the threads that serve requests.
    let analysis = match tokio::task::spawn_blocking(move || analyse(dir, counties, today)).await {
        Ok(analysis) => analysis?,
        Err(stopped) => return Err(DemoError::malformed(stopped)),
    };
    let options = Options::new(now, &Uuid::now_v7);
    let loaded = load(store, &scope, key, &analysis.stock, options).await?;
    Ok(SampleReport::of(&analysis, loaded))
}

fn analyse(
    folder: PathBuf,
    counties: BTreeMap<String, String>,
    today: NaiveDate,
) -> Result<Analysis, DemoError> {
    let room = tempfile::tempdir().map_err(|e| DemoError::Room(dengbu_store::io_reason(&e)))?;
    let input = Input {
        source: "sample".into(),
        folder,
        scratch: room.path().to_owned(),
        steady: room.path().join("steady"),
        mapping: None,
        decisions: BTreeMap::new(),
        counties,
        today,
    };
    Ok(Fusion.analyse(&input, &|_| ControlFlow::Continue(()))?)
}

/// County → authority.
async fn counties(store: &Store) -> Result<BTreeMap<String, String>, DemoError> {
    let mut tx = store.system().await?;
    let list = authority_list::list(&mut tx).await?;
    let pairs = list.into_iter().flat_map(|a| {
        let authority = a.authority;
        a.counties
            .into_iter()
            .map(move |c| (c.county, authority.clone()))
    });
    Ok(pairs.collect())
}
