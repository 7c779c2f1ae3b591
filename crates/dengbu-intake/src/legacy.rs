//! Runs made by the plain reader of the three offices ([`dengbu_legacy`]): it links what is
//! certain, leaves the rest out with a finding, and has no doubts.

use std::collections::{BTreeMap, BTreeSet};

use dengbu_cadastre::load::{NewBuilding, NewParcel};
use dengbu_legacy::{ExistingTitle, Finding, FindingClass, LegacyCity, Office, read_office};
use dengbu_model::right::{RegistrationType, Right, RightDetail};
use dengbu_register::entry::Provenance;
use dengbu_takeover::{ExistingRight, ExistingStock, ExistingUnit, Subject};
use serde_json::json;

use crate::engine::{
    Analysis, Engine, EngineFault, FindingRow, Input, Outcome, RecordRow, Step, Tell,
};

/// Rejected: lies in another authority's county.
const ELSEWHERE: &str = "不在本机构管辖的县（区）内";

/// Reads the three offices of the sample by their own shapes.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainReader;

impl Engine for PlainReader {
    fn analyse(&self, input: &Input, tell: Tell<'_>) -> Result<Analysis, EngineFault> {
        let office = Office::ALL
            .into_iter()
            .find(|o| o.folder() == input.source)
            .ok_or_else(|| {
                EngineFault::Input(format!("数据源 {} 没有可用的读取方式", input.source))
            })?;
        let at = |stage: &str| {
            let step = Step {
                stage: stage.to_owned(),
                done: 0,
                total: 0,
            };
            match tell(step) {
                std::ops::ControlFlow::Break(()) => Err(EngineFault::Stopped),
                std::ops::ControlFlow::Continue(()) => Ok(()),
            }
        };
        at("读取与规范化")?;
        let city = read_office(&input.folder, office, input.today)
            .map_err(|e| EngineFault::Input(e.to_string()))?;
        at("整理入库数据")?;
        Ok(analysis(city, input))
    }
}

/// Rows by table and identifier, each told of once, accepted ones first.
#[derive(Default)]
struct Rows {
    seen: BTreeSet<(String, String)>,
    rows: Vec<RecordRow>,
}

impl Rows {
    fn add(
        &mut self,
        from: &dengbu_legacy::Provenance,
        outcome: Outcome,
    ) -> Option<&mut RecordRow> {
        let key = (from.table.clone(), from.legacy_id.clone());
        if !self.seen.insert(key) {
            return None;
        }
        self.rows.push(RecordRow {
            source: from.source.clone(),
            table: from.table.clone(),
            legacy_id: from.legacy_id.clone(),
            outcome,
            reason: String::new(),
            parcel_code: None,
            building_ref: None,
            unit_code: None,
            merged_into: None,
            method: None,
            confidence: None,
        });
        self.rows.last_mut()
    }
}

fn analysis(city: LegacyCity, input: &Input) -> Analysis {
    let mut rows = Rows::default();
    let mut stock = ExistingStock::default();
    let counties: &BTreeMap<String, String> = &input.counties;
    let mut elsewhere = Vec::new();
    for p in city.parcels {
        if !counties.contains_key(&p.parcel.code.as_str()[..6]) {
            elsewhere.push(p.provenance);
            continue;
        }
        if let Some(row) = rows.add(&p.provenance, Outcome::Accepted) {
            row.parcel_code = Some(p.parcel.code.as_str().to_owned());
        }
        stock.parcels.push(NewParcel {
            provenance: serde_json::to_value(&p.provenance).ok(),
            parcel: p.parcel,
        });
    }
    for b in city.buildings {
        if !counties.contains_key(&b.building.code.as_str()[..6]) {
            elsewhere.push(b.provenance);
            continue;
        }
        if let Some(row) = rows.add(&b.provenance, Outcome::Accepted) {
            row.parcel_code = Some(b.building.code.as_str()[..19].to_owned());
            row.building_ref = Some(b.building.code.as_str().to_owned());
        }
        stock.buildings.push(NewBuilding {
            provenance: serde_json::to_value(&b.provenance).ok(),
            building: b.building,
        });
    }
    for title in city.titles {
        let Some(authority) = counties.get(title.unit.county().as_str()) else {
            elsewhere.push(title.provenance);
            continue;
        };
        accept(&mut rows, &title);
        stock.units.push(unit(title, authority));
    }
    for from in elsewhere {
        if let Some(row) = rows.add(&from, Outcome::Rejected) {
            ELSEWHERE.clone_into(&mut row.reason);
        }
    }
    left_out(&mut rows, &city.findings);
    let findings = city.findings.iter().map(finding).collect();
    Analysis {
        summary: json!({ "tables": city.counts }),
        records: rows.rows,
        findings,
        doubts: Vec::new(),
        stock,
    }
}

fn accept(rows: &mut Rows, title: &ExistingTitle) {
    let unit = title.unit.as_str();
    let origins = std::iter::once(&title.provenance)
        .chain(title.ownerships.iter().map(|o| &o.provenance))
        .chain(title.mortgages.iter().map(|m| &m.provenance))
        .chain(title.seizures.iter().map(|s| &s.provenance));
    for from in origins {
        if let Some(row) = rows.add(from, Outcome::Accepted) {
            row.unit_code = Some(unit.to_owned());
            row.building_ref = Some(title.building.as_str().to_owned());
            row.parcel_code = Some(title.parcel.as_str().to_owned());
        }
    }
}

/// Records left out have a finding that says why.
fn left_out(rows: &mut Rows, findings: &[Finding]) {
    for f in findings {
        let from = dengbu_legacy::Provenance {
            source: f.source.clone(),
            table: f.table.clone(),
            legacy_id: f.legacy_id.clone(),
            file_sm3: None,
        };
        let outcome = if f.class == FindingClass::DuplicateHouse {
            Outcome::Merged
        } else {
            Outcome::Rejected
        };
        if let Some(row) = rows.add(&from, outcome) {
            row.reason = f.class.name_zh().to_owned();
        }
    }
}

fn finding(f: &Finding) -> FindingRow {
    let note = matches!(
        f.class,
        FindingClass::Id15 | FindingClass::DuplicateVertex | FindingClass::SeizureElapsed
    );
    FindingRow {
        rule_id: f.class.code().to_owned(),
        kind: f.class.code().to_owned(),
        severity: if note { "note" } else { "error" },
        source: f.source.clone(),
        table: f.table.clone(),
        legacy_id: f.legacy_id.clone(),
        field: f.field.clone(),
        value: f.value.clone(),
        message: f.message.clone(),
        place: String::new(),
        geometry: None,
    }
}

fn unit(title: ExistingTitle, authority: &str) -> ExistingUnit {
    let ownerships = title
        .ownerships
        .into_iter()
        .enumerate()
        .map(|(nth, o)| ExistingRight {
            // the first known owner counts as first registration, those after as transfers
            registration_type: if nth == 0 {
                RegistrationType::First
            } else {
                RegistrationType::Transfer
            },
            right: o.right,
            certificate_no: o.certificate_no,
            registered_on: o.registered_on,
            ended_on: None,
            end_reason: None,
            current: o.current,
            provenance: origin(o.provenance),
        })
        .collect();
    let mortgages = title.mortgages.into_iter().map(|m| ExistingRight {
        registration_type: RegistrationType::First,
        right: m.right,
        certificate_no: m.proof_no,
        registered_on: m.registered_on,
        ended_on: None,
        end_reason: None,
        current: m.current,
        provenance: origin(m.provenance),
    });
    let seizures = title.seizures.into_iter().map(|s| ExistingRight {
        registration_type: RegistrationType::Seizure,
        ended_on: seizure_end(&s.right, s.registered_on, s.current),
        right: s.right,
        certificate_no: None,
        registered_on: s.registered_on,
        end_reason: None,
        current: s.current,
        provenance: origin(s.provenance),
    });
    ExistingUnit {
        authority: authority.to_owned(),
        others: mortgages.chain(seizures).collect(),
        ownerships,
        subject: Subject::Dwelling(Box::new(title.dwelling)),
        provenance: origin(title.provenance),
    }
}

/// A seizure that is over ended at the latest with its term.
fn seizure_end(
    right: &Right,
    on: Option<chrono::NaiveDate>,
    current: bool,
) -> Option<chrono::NaiveDate> {
    let RightDetail::Seizure(s) = &right.detail else {
        return None;
    };
    let end = (!current).then_some(s.end).flatten()?;
    on.is_none_or(|on| end >= on).then_some(end)
}

fn origin(from: dengbu_legacy::Provenance) -> Provenance {
    Provenance {
        source: from.source,
        table: from.table,
        legacy_id: from.legacy_id,
        file_sm3: from.file_sm3,
    }
}
