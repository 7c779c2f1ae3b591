//! Stage 成果: `crosswalk.csv`, `findings.csv`, `summary.json`, `doubtful.json`.

use std::collections::BTreeMap;
use std::path::Path;

use dengbu_staging::{Staging, Table};
use serde::Serialize;

use crate::error::FusionError;
use crate::findings::FindingRow;
use crate::links::{Links, Status};
use crate::people::People;
use crate::read::OfficeRead;
use crate::work::write_whole;
use crate::worklist::WorkItem;

/// Rows of one table and what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TableSummary {
    /// Records read.
    pub read: u64,
    /// Part of a unit that can be loaded; for land: has a code, a parcel.
    pub accepted: u64,
    /// Waiting for a person.
    pub doubtful: u64,
    /// Not loaded: unlinked, second records, referring to nothing, broken.
    pub rejected: u64,
}

/// `summary.json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Per source and table.
    pub tables: BTreeMap<String, BTreeMap<String, TableSummary>>,
    /// Houses by status.
    pub houses: BTreeMap<&'static str, u64>,
    /// Links of houses by method.
    pub methods: BTreeMap<&'static str, u64>,
    /// Parcels by how the rights in land and houses stand to each other (房地关联).
    pub together: BTreeMap<&'static str, u64>,
    /// Different persons by identity number.
    pub persons: u64,
    /// Findings by class.
    pub findings: BTreeMap<String, u64>,
    /// Items of the work list.
    pub doubts: u64,
    /// What people must be told about whole offices and coordinates.
    pub messages: Vec<String>,
    /// Seconds per stage.
    pub seconds: BTreeMap<&'static str, f64>,
    /// Greatest memory of the process in bytes; 0 where the system doesn't say.
    pub peak_memory_bytes: u64,
}

fn csv_bytes(
    path: &Path,
    write: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> csv::Result<()>,
) -> Result<Vec<u8>, FusionError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let wrong = |e: String| FusionError::Content {
        path: path.to_owned(),
        what: e,
    };
    write(&mut writer).map_err(|e| wrong(e.to_string()))?;
    writer.into_inner().map_err(|e| wrong(e.to_string()))
}

/// Writes the crosswalk of all house records, in order of rows, then of all rights in land. Behind
/// the columns asked for stand the place in the building and the first record of a second one.
///
/// # Errors
/// The file can't be written.
pub fn crosswalk(path: &Path, staging: &Staging, links: &Links) -> Result<(), FusionError> {
    let empty = Table::new("H");
    let houses = staging.table("H").unwrap_or(&empty);
    let no_rights = Table::new("JSYDSYQ");
    let rights = staging.table("JSYDSYQ").unwrap_or(&no_rights);
    let bytes = csv_bytes(path, |writer| {
        writer.write_record([
            "source",
            "table",
            "legacy_id",
            "parcel_code",
            "building_ref",
            "unit_code",
            "method",
            "confidence",
            "status",
            "place",
            "duplicate_of",
        ])?;
        for (row, link) in links.houses.iter().enumerate() {
            let building = link.building.and_then(|b| links.buildings.get(b as usize));
            let known = matches!(link.status, Status::Linked | Status::DuplicateOf);
            let building = building.filter(|_| known);
            let first = link
                .duplicate_of
                .map_or("", |d| houses.legacy_id(d as usize));
            writer.write_record([
                houses.source(row),
                houses.source_table(row),
                houses.legacy_id(row),
                if known { links.parcel_code(link) } else { "" },
                building.map_or("", |b| b.reference.as_str()),
                &links.unit_code(link).filter(|_| known).unwrap_or_default(),
                link.method.word(),
                &format!("{:.3}", f64::from(link.confidence) / 1000.0),
                link.status.word(),
                &link.place.map_or_else(String::new, |p| p.to_string()),
                first,
            ])?;
        }
        for (row, link) in links.land_rights.iter().enumerate() {
            let parcel = link.parcel.and_then(|p| links.parcels.get(p as usize));
            let code = parcel.and_then(|p| p.code.as_deref()).unwrap_or_default();
            let status = match (parcel, code) {
                (None, _) => Status::Unlinked,
                (Some(_), "") => Status::Doubtful,
                _ => Status::Linked,
            };
            writer.write_record([
                rights.source(row),
                rights.source_table(row),
                rights.legacy_id(row),
                code,
                "",
                "",
                link.method.word(),
                &format!("{:.3}", f64::from(link.confidence) / 1000.0),
                status.word(),
                "",
                "",
            ])?;
        }
        Ok(())
    })?;
    write_whole(path, &bytes)
}

/// Writes findings in their order.
///
/// # Errors
/// The file can't be written.
pub fn findings(path: &Path, rows: &[FindingRow]) -> Result<(), FusionError> {
    let bytes = csv_bytes(path, |writer| {
        if rows.is_empty() {
            writer.write_record([
                "rule_id",
                "severity",
                "source",
                "table",
                "legacy_id",
                "field",
                "value",
                "message",
                "kind",
            ])?;
        }
        rows.iter().try_for_each(|row| writer.serialize(row))
    })?;
    write_whole(path, &bytes)
}

/// Writes anything as JSON, indented.
///
/// # Errors
/// The file can't be written.
pub fn json<T: Serialize>(path: &Path, value: &T) -> Result<(), FusionError> {
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|e| FusionError::writing(path, e.into()))?;
    bytes.push(b'\n');
    write_whole(path, &bytes)
}

/// How a house's record stands.
fn standing(links: &Links, house: Option<u32>) -> Status {
    let link = house.and_then(|h| links.houses.get(h as usize));
    match link {
        Some(link) if link.status == Status::Linked && link.unit_number.is_none() => {
            Status::Doubtful
        }
        Some(link) => link.status,
        None => Status::Unlinked,
    }
}

/// Counts what became of all rows.
pub fn summary(
    staging: &Staging,
    links: &Links,
    offices: &[OfficeRead],
    findings: &[FindingRow],
    people: &People,
    items: &[WorkItem],
) -> Summary {
    let mut summary = Summary {
        persons: people.persons as u64,
        doubts: items.len() as u64,
        ..Summary::default()
    };
    for table in offices.iter().flat_map(|o| &o.tables) {
        let entry = summary.tables.entry(table.source.clone()).or_default();
        let entry = entry.entry(table.table.clone()).or_default();
        entry.read += table.read;
        entry.rejected += table.broken;
    }
    count_tables(staging, links, &mut summary.tables);
    for link in &links.houses {
        *summary.houses.entry(link.status.word()).or_default() += 1;
        *summary.methods.entry(link.method.word()).or_default() += 1;
    }
    for finding in findings.iter().filter(|f| !f.kind.is_empty()) {
        *summary.findings.entry(finding.kind.clone()).or_default() += 1;
    }
    summary
}

/// Standard tables in the order in which a source record of several is counted.
const COUNTED: [&str; 8] = [
    "ZDJBXX", "ZRZ", "H", "FDCQ2", "JSYDSYQ", "DYAQ", "CFDJ", "QLR",
];

/// Counts every source record once, by the first standard table it gave rows of.
fn count_tables(
    staging: &Staging,
    links: &Links,
    out: &mut BTreeMap<String, BTreeMap<String, TableSummary>>,
) {
    let mut counted_as: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for code in COUNTED {
        let Some(table) = staging.table(code) else {
            continue;
        };
        for row in 0..table.len() {
            let name = (table.source(row), table.source_table(row));
            let same = row > 0 && name == (table.source(row - 1), table.source_table(row - 1));
            if !same {
                counted_as.entry(name).or_insert(code);
            }
        }
    }
    for code in COUNTED {
        let Some(table) = staging.table(code) else {
            continue;
        };
        let mut before = "";
        for row in 0..table.len() {
            let (source, name, id) = (
                table.source(row),
                table.source_table(row),
                table.legacy_id(row),
            );
            if counted_as.get(&(source, name)) != Some(&code) || (code == "QLR" && id == before) {
                continue;
            }
            before = id;
            let entry = out.entry(source.to_owned()).or_default();
            let entry = entry.entry(name.to_owned()).or_default();
            match row_status(code, row, links) {
                Status::Linked => entry.accepted += 1,
                Status::Doubtful => entry.doubtful += 1,
                _ => entry.rejected += 1,
            }
        }
    }
}

fn row_status(code: &str, row: usize, links: &Links) -> Status {
    let of_house = |house: Option<u32>| standing(links, house);
    let ownership = |right: u32| {
        links
            .ownerships
            .house
            .get(right as usize)
            .copied()
            .flatten()
    };
    match code {
        "ZDJBXX" => links.parcels[row].status,
        "ZRZ" => links.buildings[row].status,
        "H" => of_house(u32::try_from(row).ok()),
        "FDCQ2" => of_house(links.ownerships.house[row]),
        "DYAQ" => of_house(links.mortgages.house[row]),
        "CFDJ" => of_house(links.seizures.house[row]),
        "JSYDSYQ" => on_parcel(links, row),
        _ => match (links.holders[row], links.land_holders[row]) {
            (None, Some(right)) => on_parcel(links, right as usize),
            (right, _) => of_house(right.and_then(ownership)),
        },
    }
}

/// How a right in land stands: as its parcel does.
fn on_parcel(links: &Links, right: usize) -> Status {
    let parcel = links.land_rights[right].parcel;
    parcel.map_or(Status::Unlinked, |p| links.parcels[p as usize].status)
}

/// Greatest memory the process has had, as Linux counts it (VmHWM).
pub fn peak_memory_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
