//! Runs made by the fusion of [`dengbu_fusion`]: its links, findings and work list as this crate
//! keeps them, its accepted titles as stock.

mod records;

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use dengbu_fusion::worklist::{Doubt, Key, WorkItem};
use dengbu_fusion::{Decided, Decision, FusionError, Options, Progress, StageProgress, run};
use dengbu_mapping::defaults;
use dengbu_staging::Staging;
use serde_json::{Value, json};

use crate::engine::{
    Analysis, Candidate, DoubtRow, Engine, EngineFault, FindingRow, Input, Side, Step, Tell,
};
use crate::look;
use crate::standard::rings;

/// Candidates shown for one question.
const CANDIDATES: usize = 8;

/// The fusion engine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fusion;

impl Engine for Fusion {
    fn analyse(&self, input: &Input, tell: Tell<'_>) -> Result<Analysis, EngineFault> {
        let out = tempfile::tempdir_in(&input.scratch).map_err(unusable)?;
        let options = Options {
            source: input.folder.clone(),
            out: out.path().join("out"),
            work: Some(input.steady.clone()),
            decisions: Some(decisions(input, out.path())?),
            mappings: mappings(input, out.path())?,
            today: input.today,
        };
        let told = Told {
            tell,
            stopped: AtomicBool::new(false),
        };
        let outcome = run(&options, &told).map_err(|e| match e {
            FusionError::Stopped => EngineFault::Stopped,
            other => EngineFault::Input(other.to_string()),
        })?;
        let shapes = Shapes::of(&outcome.staging);
        let loaded = records::load(&outcome, input);
        if loaded.records.is_empty() {
            return Err(EngineFault::Input(format!(
                "数据包中没有读到任何记录，请核对文件和字段对照。{}",
                outcome.summary.messages.join("；")
            )));
        }
        let places: BTreeMap<(&str, &str), &str> = loaded
            .records
            .iter()
            .filter_map(|r| {
                let place = r.parcel_code.as_deref().or(r.building_ref.as_deref())?;
                Some(((r.table.as_str(), r.legacy_id.as_str()), place.get(..19)?))
            })
            .collect();
        let findings = outcome
            .findings
            .iter()
            .map(|f| {
                let spatial = f.rule_id.starts_with("DQ-TOP");
                let place = places.get(&(f.table.as_str(), f.legacy_id.as_str()));
                FindingRow {
                    rule_id: f.rule_id.clone(),
                    kind: f.kind.clone(),
                    severity: severity(&f.severity),
                    source: f.source.clone(),
                    table: f.table.clone(),
                    legacy_id: f.legacy_id.clone(),
                    field: f.field.clone(),
                    value: f.value.clone(),
                    message: f.message.clone(),
                    place: place.map(|p| (*p).to_owned()).unwrap_or_default(),
                    geometry: spatial
                        .then(|| shapes.drawn(&f.table, &f.legacy_id))
                        .flatten(),
                }
            })
            .collect();
        let doubts = outcome
            .worklist
            .iter()
            .filter_map(|item| doubt(item, &shapes))
            .filter(|d| !input.decisions.contains_key(&d.key))
            .collect();
        let summary = serde_json::to_value(&outcome.summary).unwrap_or(Value::Null);
        Ok(Analysis {
            findings,
            doubts,
            summary,
            records: loaded.records,
            stock: loaded.stock,
        })
    }
}

fn unusable(e: std::io::Error) -> EngineFault {
    EngineFault::Input(format!("工作文件夹不可用：{}", dengbu_store::io_reason(&e)))
}

fn severity(name: &str) -> &'static str {
    match name {
        "强制" | "error" => "error",
        "警告" | "warning" => "warning",
        _ => "note",
    }
}

struct Told<'a> {
    tell: Tell<'a>,
    stopped: AtomicBool,
}

impl Progress for Told<'_> {
    fn report(&self, p: &StageProgress) {
        let step = Step {
            stage: p.stage.name_zh().to_owned(),
            done: p.done,
            total: p.total,
        };
        if (self.tell)(step) == ControlFlow::Break(()) {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }

    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// The saved mapping in place of the built-in one; a source nobody mapped gets a proposed one.
fn mappings(input: &Input, room: &Path) -> Result<Option<std::path::PathBuf>, EngineFault> {
    let text = match &input.mapping {
        Some(text) => text.clone(),
        None if defaults::text(&input.source).is_some() => return Ok(None),
        // a folder of several offices: each is read by its own mapping
        None if !input.folder.join(&input.source).is_dir() => return Ok(None),
        None => look::proposed(&input.folder.join(&input.source), &input.source)
            .map_err(EngineFault::Input)?,
    };
    let faults = look::unfit(&text, &input.folder.join(&input.source));
    if !faults.is_empty() {
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        return Err(EngineFault::Input(format!(
            "字段对照与数据包不符，请在“字段对照”中改正后重新运行。{}",
            said.join("；")
        )));
    }
    let folder = room.join("mappings");
    fs::create_dir_all(&folder).map_err(unusable)?;
    let file = folder.join(format!("{}.toml", input.source));
    fs::write(file, text).map_err(unusable)?;
    Ok(Some(folder))
}

/// What is asked of a house.
const BUILDING: &str = "building";
/// What is asked of a possible second record.
const DUPLICATE: &str = "duplicate";

/// What code a parcel bears.
const PARCEL_CODE: &str = "parcel-code";
/// On which parcel a building stands.
const PARCEL: &str = "parcel";
/// How a person is called.
const PERSON: &str = "person";

/// The stable key of a question.
fn question_key(key: &Key, what: &str) -> String {
    format!("{what}:{}:{}", key.table, key.legacy_id)
}

fn decisions(input: &Input, room: &Path) -> Result<std::path::PathBuf, EngineFault> {
    let all: Vec<Decision> = input
        .decisions
        .iter()
        .filter_map(|(key, chosen)| decision(&input.source, key, chosen.as_deref()))
        .collect();
    let text = serde_json::to_vec(&all).map_err(|e| EngineFault::Input(e.to_string()))?;
    let path = room.join("decisions.json");
    fs::write(&path, text).map_err(unusable)?;
    Ok(path)
}

fn decision(source: &str, key: &str, chosen: Option<&str>) -> Option<Decision> {
    let (what, rest) = key.split_once(':')?;
    let (table, legacy_id) = rest.split_once(':')?;
    let decided = match (what, chosen) {
        (BUILDING, Some(building)) => Decided::Building {
            building: building.to_owned(),
        },
        (BUILDING, None) => Decided::Unlinked,
        (DUPLICATE, Some(of)) => Decided::DuplicateOf { of: of.to_owned() },
        (DUPLICATE, None) => Decided::NotDuplicate,
        (PARCEL_CODE, Some(code)) => Decided::ParcelCode {
            code: code.to_owned(),
        },
        (PARCEL_CODE, None) => Decided::NoParcelCode,
        (PARCEL, Some(parcel)) => Decided::Parcel {
            parcel: parcel.to_owned(),
        },
        (PARCEL, None) => Decided::NoParcel,
        (PERSON, Some(name)) => Decided::Name {
            name: name.to_owned(),
        },
        (PERSON, None) => Decided::DifferentPersons,
        _ => return None,
    };
    Some(Decision {
        source: source.to_owned(),
        table: table.to_owned(),
        legacy_id: legacy_id.to_owned(),
        decided,
        by: None,
        at: None,
    })
}

/// Questions a person can answer with effect; the others are findings.
fn doubt(item: &WorkItem, shapes: &Shapes) -> Option<DoubtRow> {
    let (what, question) = match item.doubt {
        Doubt::HouseBuilding => (BUILDING, "该户在哪一幢"),
        Doubt::HouseUnlinked if !item.candidates.is_empty() => (BUILDING, "该户在哪一幢"),
        Doubt::Duplicate => (DUPLICATE, "是否与这条记录是同一套房屋"),
        Doubt::ParcelCode if !item.candidates.is_empty() => (PARCEL_CODE, "该宗地的代码是哪一个"),
        Doubt::BuildingParcel if !item.candidates.is_empty() => (PARCEL, "该幢在哪一宗地上"),
        Doubt::PersonName => (PERSON, "同一证件号，正确的姓名是哪一个"),
        _ => return None,
    };
    let candidates = item
        .candidates
        .iter()
        .take(CANDIDATES)
        .map(|c| Candidate {
            reference: c.reference.clone(),
            score: c.score,
            why: c.reasons.join("；"),
            side: Side {
                title: c
                    .key
                    .as_ref()
                    .map_or(&c.reference, |k| &k.legacy_id)
                    .clone(),
                fields: c.fields.clone(),
                rings: c
                    .key
                    .as_ref()
                    .map(|k| shapes.rings(&k.table, &k.legacy_id))
                    .unwrap_or_default(),
            },
        })
        .collect();
    Some(DoubtRow {
        key: question_key(&item.key, what),
        question: format!("{question}：{}", item.message),
        source: item.key.source.clone(),
        table: item.key.table.clone(),
        legacy_id: item.key.legacy_id.clone(),
        subject: Side {
            title: item.key.legacy_id.clone(),
            fields: item.fields.clone(),
            rings: shapes.rings(&item.key.table, &item.key.legacy_id),
        },
        candidates,
    })
}

/// Shapes by table of the source and identifier.
struct Shapes<'a>(BTreeMap<(String, String), &'a geo_types::Geometry<f64>>);

impl<'a> Shapes<'a> {
    fn of(staging: &'a Staging) -> Self {
        let mut all = BTreeMap::new();
        for code in ["ZDJBXX", "ZRZ"] {
            let Some(table) = staging.table(code) else {
                continue;
            };
            for row in 0..table.len() {
                if let Some(shape) = table.geometry(row) {
                    let key = (
                        table.source_table(row).to_owned(),
                        table.legacy_id(row).to_owned(),
                    );
                    all.entry(key).or_insert(shape);
                }
            }
        }
        Self(all)
    }

    fn rings(&self, table: &str, legacy_id: &str) -> Vec<Vec<[f64; 2]>> {
        self.0
            .get(&(table.to_owned(), legacy_id.to_owned()))
            .map(|g| rings(g))
            .unwrap_or_default()
    }

    fn drawn(&self, table: &str, legacy_id: &str) -> Option<Value> {
        let rings = self.rings(table, legacy_id);
        (!rings.is_empty()).then(|| json!({ "srid": 4543, "rings": rings }))
    }
}

#[cfg(test)]
mod tests;
