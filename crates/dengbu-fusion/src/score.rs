//! How well a run did against a known truth (`dengbu fusion score`): links by status, second
//! records, defects by class, false alarms. Reads only the files a run wrote and the truth's
//! files, so that it judges what anyone else would see.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::error::FusionError;

/// A record: source, table, legacy id.
type Key = (String, String, String);

/// Hits among what was claimed and among what was there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Hits {
    /// Right claims.
    pub right: u64,
    /// Claims.
    pub claimed: u64,
    /// True ones found.
    pub found: u64,
    /// True ones.
    pub there: u64,
}

impl Hits {
    /// Right claims among claims; 1 where nothing was claimed.
    pub fn precision(&self) -> f64 {
        part(self.right, self.claimed)
    }

    /// True ones found among true ones; 1 where there are none.
    pub fn recall(&self) -> f64 {
        part(self.found, self.there)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of records")]
fn part(some: u64, all: u64) -> f64 {
    if all == 0 {
        1.0
    } else {
        some as f64 / all as f64
    }
}

/// The score of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Score {
    /// Records of houses by status: how many, and how many of them bear the true link.
    pub statuses: BTreeMap<String, (u64, u64)>,
    /// Links: claims are records of status linked or duplicate-of with a building.
    pub links: Hits,
    /// Second records.
    pub duplicates: Hits,
    /// Defects by class.
    pub classes: BTreeMap<String, Hits>,
    /// All defects.
    pub defects: Hits,
    /// Records without a planted defect.
    pub clean_records: u64,
    /// Of these, records with at least one finding of a class.
    pub false_alarms: u64,
    /// Clean records with a false alarm by class.
    pub false_by_class: BTreeMap<String, u64>,
    /// Links that are wrong or missing, some of them, for looking up.
    pub wrong_links: Vec<String>,
    /// Defects not found, some of them.
    pub missed: Vec<String>,
    /// False alarms, some of them.
    pub alarms: Vec<String>,
}

/// Examples kept per list.
const EXAMPLES: usize = 40;

impl Score {
    /// False alarms among the clean records.
    pub fn false_alarm_rate(&self) -> f64 {
        if self.clean_records == 0 {
            0.0
        } else {
            part(self.false_alarms, self.clean_records)
        }
    }

    /// Whether the acceptance targets of the issue are met.
    pub fn meets_targets(&self) -> bool {
        self.links.precision() >= 0.999
            && self.links.recall() >= 0.99
            && self.duplicates.precision() >= 0.95
            && self.duplicates.recall() >= 0.95
            && self.defects.recall() >= 0.98
            && self.false_alarm_rate() < 0.01
    }
}

struct Sheet {
    names: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

impl Sheet {
    fn read(path: &Path) -> Result<Self, FusionError> {
        let wrong = |e: csv::Error| match e.into_kind() {
            csv::ErrorKind::Io(source) => FusionError::reading(path, source),
            other => FusionError::Content {
                path: path.to_owned(),
                what: format!("{other:?}"),
            },
        };
        let mut reader = csv::Reader::from_path(path).map_err(wrong)?;
        let names = reader
            .headers()
            .map_err(wrong)?
            .iter()
            .map(str::to_owned)
            .collect();
        let rows = reader.records().collect::<Result<_, _>>().map_err(wrong)?;
        Ok(Self { names, rows })
    }

    fn column(&self, path: &Path, name: &str) -> Result<usize, FusionError> {
        self.names
            .iter()
            .position(|n| n == name)
            .ok_or_else(|| FusionError::Content {
                path: path.to_owned(),
                what: format!("没有栏“{name}”"),
            })
    }

    /// Rows as texts of the named columns.
    fn select<const N: usize>(
        path: &Path,
        names: [&str; N],
    ) -> Result<Vec<[String; N]>, FusionError> {
        let sheet = Self::read(path)?;
        let mut at = [0; N];
        for (slot, name) in at.iter_mut().zip(names) {
            *slot = sheet.column(path, name)?;
        }
        let row = |row: &csv::StringRecord| at.map(|i| row.get(i).unwrap_or_default().to_owned());
        Ok(sheet.rows.iter().map(row).collect())
    }
}

/// Scores the results in `out` against the truth in `truth`.
///
/// # Errors
/// A file that can't be read or lacks a column.
pub fn score(out: &Path, truth: &Path) -> Result<Score, FusionError> {
    let mut score = Score::default();
    links(out, truth, &mut score)?;
    defects(out, truth, &mut score)?;
    Ok(score)
}

fn links(out: &Path, truth: &Path, score: &mut Score) -> Result<(), FusionError> {
    let truths = Sheet::select(
        &truth.join("links.csv"),
        ["source", "table", "legacy_id", "parcel_code", "building"],
    )?;
    let claims = Sheet::select(
        &out.join("crosswalk.csv"),
        [
            "source",
            "table",
            "legacy_id",
            "parcel_code",
            "building_ref",
            "status",
        ],
    )?;
    let truths: BTreeMap<Key, (String, String)> = truths
        .into_iter()
        .map(|[s, t, id, parcel, building]| ((s, t, id), (parcel, building)))
        .collect();
    score.links.there = truths
        .values()
        .filter(|(parcel, _)| !parcel.is_empty())
        .count() as u64;
    let mut duplicates = BTreeSet::new();
    let mut told = BTreeSet::new();
    for [source, table, id, parcel, building, status] in claims {
        let key = (source, table, id);
        let truth = truths.get(&key);
        let linked = matches!(status.as_str(), "linked" | "duplicate-of");
        let right = match truth {
            Some((p, b)) if linked => !p.is_empty() && *p == parcel && *b == building,
            Some((p, _)) => p.is_empty(),
            None => false,
        };
        let entry = score.statuses.entry(status.clone()).or_default();
        entry.0 += 1;
        entry.1 += u64::from(right);
        if linked {
            score.links.claimed += 1;
            score.links.right += u64::from(right);
            score.links.found += u64::from(right && truth.is_some_and(|(p, _)| !p.is_empty()));
        }
        if status == "duplicate-of" {
            duplicates.insert(key.clone());
        }
        if !right && score.wrong_links.len() < EXAMPLES {
            let want =
                truth.map_or_else(|| "不在标准答案中".to_owned(), |(p, b)| format!("{p} {b}"));
            score.wrong_links.push(format!(
                "{key:?}：得 {parcel} {building} {status}，应为 {want}"
            ));
        }
        told.insert(key);
    }
    let missing = truths.keys().filter(|key| !told.contains(*key));
    let room = EXAMPLES.saturating_sub(score.wrong_links.len());
    score
        .wrong_links
        .extend(missing.take(room).map(|key| format!("{key:?}：结果中没有")));
    let planted: BTreeSet<Key> = Sheet::select(
        &truth.join("duplicates.csv"),
        ["source", "table", "duplicate_id"],
    )?
    .into_iter()
    .map(|[s, t, id]| (s, t, id))
    .collect();
    let right = duplicates.intersection(&planted).count() as u64;
    score.duplicates = Hits {
        right,
        claimed: duplicates.len() as u64,
        found: right,
        there: planted.len() as u64,
    };
    Ok(())
}

/// Classes of which either of two records may be named: the partner of a planted one is no false
/// alarm, and naming it finds the defect.
const EITHER: [&str; 4] = [
    "cert_duplicate",
    "parcel_overlap",
    "parcel_code_duplicate",
    "multiple_current",
];

fn defects(out: &Path, truth: &Path, score: &mut Score) -> Result<(), FusionError> {
    let planted = Sheet::select(
        &truth.join("defects.csv"),
        ["source", "table", "legacy_id", "class", "note"],
    )?;
    let found = Sheet::select(
        &out.join("findings.csv"),
        ["source", "table", "legacy_id", "kind", "value", "message"],
    )?;
    let mut by_record: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    // Who else is named in a finding of two records: by class and text.
    let mut partners: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for [source, table, id, kind, value, message] in &found {
        if kind.is_empty() || id.is_empty() {
            continue;
        }
        by_record
            .entry((source.clone(), table.clone(), id.clone()))
            .or_default()
            .insert(kind.clone());
        if EITHER.contains(&kind.as_str()) {
            let texts = partners.entry((source.clone(), kind.clone())).or_default();
            texts.push(format!("{id} {value} {message}"));
        }
    }
    let mut defective: BTreeSet<Key> = BTreeSet::new();
    for [source, table, id, class, _] in planted {
        let key = (source.clone(), table, id.clone());
        let direct = by_record
            .get(&key)
            .is_some_and(|kinds| kinds.contains(&class));
        let named = || {
            let texts = partners.get(&(source.clone(), class.clone()));
            texts.is_some_and(|list| list.iter().any(|text| text.contains(id.as_str())))
        };
        let hit = direct || EITHER.contains(&class.as_str()) && named();
        let entry = score.classes.entry(class.clone()).or_default();
        entry.there += 1;
        entry.found += u64::from(hit);
        score.defects.there += 1;
        score.defects.found += u64::from(hit);
        if !hit && score.missed.len() < EXAMPLES {
            score.missed.push(format!("{class} {key:?}"));
        }
        defective.insert(key);
    }
    false_alarms(out, &by_record, &defective, score)
}

fn false_alarms(
    out: &Path,
    by_record: &BTreeMap<Key, BTreeSet<String>>,
    defective: &BTreeSet<Key>,
    score: &mut Score,
) -> Result<(), FusionError> {
    let path = out.join("summary.json");
    let text = std::fs::read_to_string(&path).map_err(|e| FusionError::reading(&path, e))?;
    let summary: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| FusionError::Content {
            path,
            what: e.to_string(),
        })?;
    let tables = summary["tables"].as_object().into_iter().flatten();
    let rows: u64 = tables
        .flat_map(|(_, tables)| tables.as_object().into_iter().flatten())
        .filter_map(|(_, table)| table["read"].as_u64())
        .sum();
    score.clean_records = rows.saturating_sub(defective.len() as u64);
    for (key, kinds) in by_record
        .iter()
        .filter(|(key, _)| !defective.contains(*key))
    {
        score.false_alarms += 1;
        for kind in kinds {
            *score.false_by_class.entry(kind.clone()).or_default() += 1;
        }
        if score.alarms.len() < EXAMPLES {
            score.alarms.push(format!("{kinds:?} {key:?}"));
        }
    }
    for (kind, hits) in &mut score.classes {
        let claimed = by_record
            .values()
            .filter(|kinds| kinds.contains(kind))
            .count() as u64;
        hits.claimed = claimed;
        hits.right = claimed - score.false_by_class.get(kind).copied().unwrap_or(0);
    }
    Ok(())
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |x: f64| format!("{:.3}%", x * 100.0);
        writeln!(
            f,
            "关联：准确率 {}（{}/{}），查全率 {}（{}/{}）",
            percent(self.links.precision()),
            self.links.right,
            self.links.claimed,
            percent(self.links.recall()),
            self.links.found,
            self.links.there
        )?;
        for (status, (count, right)) in &self.statuses {
            writeln!(f, "  {status}：{count} 条，与标准答案一致 {right} 条")?;
        }
        writeln!(
            f,
            "重复房屋：准确率 {}，查全率 {}（{}/{}）",
            percent(self.duplicates.precision()),
            percent(self.duplicates.recall()),
            self.duplicates.found,
            self.duplicates.there
        )?;
        writeln!(
            f,
            "缺陷：查全率 {}（{}/{}）；误报 {}（{}/{} 条无缺陷记录）",
            percent(self.defects.recall()),
            self.defects.found,
            self.defects.there,
            percent(self.false_alarm_rate()),
            self.false_alarms,
            self.clean_records
        )?;
        for (class, hits) in &self.classes {
            let false_ones = self.false_by_class.get(class).copied().unwrap_or(0);
            writeln!(
                f,
                "  {class}：{}/{}，误报 {false_ones}",
                hits.found, hits.there
            )?;
        }
        for (title, list) in [
            ("关联不符", &self.wrong_links),
            ("漏报", &self.missed),
            ("误报", &self.alarms),
        ] {
            for line in list {
                writeln!(f, "  {title} {line}")?;
            }
        }
        writeln!(
            f,
            "{}",
            if self.meets_targets() {
                "达到验收指标"
            } else {
                "未达到验收指标"
            }
        )
    }
}
