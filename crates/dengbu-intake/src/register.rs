//! Quality control over the live register: what the register and the cadastre of an authority
//! hold, in the tables of the standard, through the same rules as deliveries.
//!
//! Read in one transaction of the authority's scope, as exports are; nothing is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_distribution::data_set::{self, DataSet, Personal};
use dengbu_distribution::export;
use dengbu_distribution::format::Format;
use dengbu_distribution::gather::{self, Key, Stored};
use dengbu_distribution::place::Plane;
use dengbu_distribution::request::{Dress, Request};
use dengbu_distribution::row::{Row, Shape};
use dengbu_quality::report::check_and_report;
use dengbu_quality::{RuleSet, Settings, Severity, Stage, metrics};
use dengbu_staging::{Cell, Origin, Record, Schema, Staging, extension};
use dengbu_store::TenantTx;
use geo_types::{Coord, Geometry, LineString, Polygon};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::IntakeError;
use crate::engine::{Analysis, EngineFault, FindingRow, Step, Tell};
use crate::run::REGISTER_SOURCE;
use crate::standard::rings;

/// Findings that are kept of a run; more are counted in the report only.
const FINDINGS_MAX: usize = 500_000;

/// Numbers of rights within a check: the business number, or what stands for it where a title was
/// taken over without one; two rights of one case keep apart, for holders are tied to them by it.
#[derive(Default)]
struct Numbers {
    by_right: BTreeMap<Uuid, String>,
    used: BTreeSet<String>,
}

impl Numbers {
    fn of(&mut self, right: Uuid, case_no: &str) -> String {
        if let Some(known) = self.by_right.get(&right) {
            return known.clone();
        }
        let base = if case_no.is_empty() {
            let hex = right.simple().to_string();
            format!("R{}", hex.get(17..).unwrap_or(&hex).to_uppercase())
        } else {
            case_no.to_owned()
        };
        let number = std::iter::once(base.clone())
            .chain((2_u32..).map(|n| format!("{base}-{n}")))
            .find(|n| !self.used.contains(n))
            .unwrap_or(base);
        self.used.insert(number.clone());
        self.by_right.insert(right, number.clone());
        number
    }
}

/// What the register holds, staged.
///
/// # Errors
/// A database error; [`IntakeError::Stopped`].
pub async fn stage(
    tx: &mut TenantTx,
    now: DateTime<Utc>,
    tell: Tell<'_>,
) -> Result<Staging, IntakeError> {
    let sets = data_set::all();
    let codes: Vec<&str> = sets.iter().map(|s| s.code.as_str()).collect();
    let mut request = Request::new(&codes, Format::Csv);
    request.plane = Plane::Projected;
    request.historic = true;
    for personal in Personal::ALL {
        request.dress.insert(personal, Dress::Full);
    }
    let selection = gather::selection(tx, &request, now).await?;
    let (mut done, mut total) = (0, 0);
    for set in sets {
        total += gather::count(tx, set, &selection).await?;
    }
    let mut staging = Staging::new();
    let mut numbers = Numbers::default();
    for set in sets {
        let mut after = Key::default();
        loop {
            let page = gather::page(tx, set, &selection, &after).await?;
            let Some(last) = page.last() else { break };
            after = last.key.clone();
            done += page.len() as u64;
            for stored in page {
                put(&mut staging, &mut numbers, set, stored, &request)?;
            }
            let step = Step {
                stage: format!("读取登记簿：{}", set.title),
                done,
                total: total.max(done),
            };
            if tell(step) == ControlFlow::Break(()) {
                return Err(IntakeError::Stopped);
            }
        }
    }
    staging.shrink();
    Ok(staging)
}

fn put(
    staging: &mut Staging,
    numbers: &mut Numbers,
    set: &DataSet,
    stored: Stored,
    request: &Request,
) -> Result<(), IntakeError> {
    let right = stored.key.right();
    for row in export::rows(set, stored, request) {
        let Some(record) = record(set, row, right, numbers) else {
            continue;
        };
        staging
            .push(&record)
            .map_err(|e| IntakeError::Engine(e.to_string()))?;
    }
    Ok(())
}

/// A row of the standard's table; none where the table has no such rows (land in the table of
/// houses).
fn record(set: &DataSet, row: Row, right: Option<Uuid>, numbers: &mut Numbers) -> Option<Record> {
    let def = Schema::standard().table(&set.table)?;
    let values: Vec<(&str, String)> = set
        .fields
        .iter()
        .zip(&row.values)
        .map(|(field, value)| (field.code.as_str(), value.text()))
        .collect();
    let of = |code: &str| {
        values
            .iter()
            .find(|(c, _)| *c == code)
            .map_or("", |(_, v)| v.as_str())
    };
    if set.table == "H" && of("ZRZH").is_empty() {
        return None;
    }
    let key = ["BDCDYH", "GYDBDCDYH", "ZRZH", "ZDDM"]
        .into_iter()
        .map(of)
        .find(|k| !k.is_empty())
        .unwrap_or_default()
        .to_owned();
    let number = right.map(|right| numbers.of(right, of("YWH")));
    let mut cells: Vec<Cell> = values
        .iter()
        .filter(|(code, value)| !value.is_empty() && *code != "YWH" && def.field(code).is_some())
        .map(|(code, value)| Cell::plain(*code, value.clone()))
        .collect();
    if let Some(number) = number.filter(|_| def.field("YWH").is_some()) {
        cells.push(Cell::plain("YWH", number));
    }
    if set.table == "ZRZ" {
        cells.push(Cell::plain(extension::BUILDING, key.clone()));
    }
    // 权利类型 4, 6, 8, 16, 18 hold land or sea and building in one
    if set.table == "FDCQ2" && matches!(of("QLLX"), "4" | "6" | "8" | "16" | "18") {
        cells.push(Cell::plain(extension::WITH_LAND, "1"));
    }
    Some(Record {
        table: set.table.clone(),
        origin: Origin {
            source: REGISTER_SOURCE.to_owned(),
            table: set.title.clone(),
            legacy_id: key,
            file: String::new(),
            line: 0,
        },
        cells,
        notes: Vec::new(),
        geometry: row.shape.map(polygon),
    })
}

fn polygon(shape: Shape) -> Geometry<f64> {
    let mut lines = shape.rings.into_iter().map(|ring| {
        LineString(
            ring.into_iter()
                .map(|[x, y]| Coord { x, y })
                .collect::<Vec<_>>(),
        )
    });
    let outer = lines.next().unwrap_or_else(|| LineString(Vec::new()));
    Geometry::Polygon(Polygon::new(outer, lines.collect()))
}

/// All rules over what was staged.
///
/// # Errors
/// [`EngineFault`].
pub fn check(
    staging: &Staging,
    package: &str,
    today: NaiveDate,
    tell: Tell<'_>,
) -> Result<Analysis, EngineFault> {
    let broken = |e: String| EngineFault::Input(format!("质检规则无法读取：{e}"));
    let rules = RuleSet::standard().map_err(|e| broken(e.to_string()))?;
    let definitions = metrics::standard_definitions().map_err(|e| broken(e.to_string()))?;
    let settings = Settings {
        stage: Stage::Register,
        ..Settings::new(today)
    };
    let mut findings: Vec<FindingRow> = Vec::new();
    let mut found = 0_u64;
    let step = |found: u64| Step {
        stage: "按规则检查（已发现的问题）".to_owned(),
        done: found,
        total: 0,
    };
    let mut stopped = tell(step(0)) == ControlFlow::Break(());
    let report = check_and_report(
        package,
        staging,
        &rules,
        &settings,
        &definitions,
        |finding| {
            found += 1;
            if found.is_multiple_of(100) {
                stopped |= tell(step(found)) == ControlFlow::Break(());
            }
            if findings.len() < FINDINGS_MAX && !stopped {
                findings.push(row(staging, finding));
            }
        },
    );
    if stopped {
        return Err(EngineFault::Stopped);
    }
    let mut summary = serde_json::to_value(&report).unwrap_or(Value::Null);
    if let Value::Object(map) = &mut summary {
        map.insert("verdict_name".into(), json!(report.verdict.name()));
    }
    Ok(Analysis {
        findings,
        summary,
        ..Analysis::default()
    })
}

fn row(staging: &Staging, f: dengbu_quality::Finding) -> FindingRow {
    let drawn = f
        .row
        .filter(|_| f.rule_id.starts_with("DQ-TOP"))
        .and_then(|row| staging.table(&f.standard_table)?.geometry(row as usize))
        .map(rings)
        .filter(|r| !r.is_empty());
    // the parcel's code begins every code below it
    let place = f
        .legacy_id
        .get(..19)
        .filter(|code| code.starts_with(|c: char| c.is_ascii_digit()))
        .unwrap_or_default()
        .to_owned();
    FindingRow {
        rule_id: f.rule_id,
        kind: f.kind.map(|k| k.code().to_owned()).unwrap_or_default(),
        severity: match f.severity {
            Severity::Mandatory => "error",
            Severity::Warning => "warning",
        },
        source: REGISTER_SOURCE.to_owned(),
        place,
        table: f.table,
        legacy_id: f.legacy_id,
        field: f.field,
        value: f.value,
        message: f.message,
        geometry: drawn.map(|rings| json!({ "srid": 4543, "rings": rings })),
    }
}
