//! What a person must look at (`doubtful.json`): records with their candidates, fields side by
//! side, places on the map.

use dengbu_staging::{Staging, Table, extension as x};
use serde::Serialize;

use crate::ground;
use crate::links::{Candidate, Links, Status};
use crate::people::People;

/// A record's stable name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Key {
    /// Source.
    pub source: String,
    /// Table as the source calls it.
    pub table: String,
    /// Identifier there.
    pub legacy_id: String,
}

/// Kinds of doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// Which code a parcel bears.
    ParcelCode,
    /// Which parcel a building stands on.
    BuildingParcel,
    /// Which building a house is in.
    HouseBuilding,
    /// No building found for a house.
    HouseUnlinked,
    /// Whether a record is a second one of a house.
    Duplicate,
    /// Whether two names are one person's.
    PersonName,
}

/// A candidate with its fields.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// What a decision names: building reference, parcel code, legacy id, name.
    pub reference: String,
    /// The record, where it is one.
    pub key: Option<Key>,
    /// How well it fits, 0 to 1.
    pub score: f64,
    /// What speaks for and against.
    pub reasons: Vec<String>,
    /// Name for people and value, in the order to show.
    pub fields: Vec<(String, String)>,
    /// East and north of a point in it, CGCS2000 plane of the city.
    pub place: Option<[f64; 2]>,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkItem {
    /// The record.
    pub key: Key,
    /// What is doubtful.
    pub doubt: Doubt,
    /// In a sentence.
    pub message: String,
    /// Its fields, as candidates'.
    pub fields: Vec<(String, String)>,
    /// Place on the map.
    pub place: Option<[f64; 2]>,
    /// Candidates, best first.
    pub candidates: Vec<Choice>,
}

fn key(table: &Table, row: usize) -> Key {
    let origin = table.origin(row);
    Key {
        source: origin.source,
        table: origin.table,
        legacy_id: origin.legacy_id,
    }
}

fn place(table: &Table, row: usize) -> Option<[f64; 2]> {
    let points = ground::coordinates(table.geometry(row)?);
    let sum = points
        .iter()
        .fold([0.0, 0.0], |a, p| [a[0] + p[0], a[1] + p[1]]);
    #[expect(clippy::cast_precision_loss, reason = "points of one shape")]
    let count = points.len() as f64;
    (!points.is_empty()).then(|| [sum[0] / count, sum[1] / count])
}

const HOUSE_FIELDS: [(&str, &str); 7] = [
    ("ZL", "坐落"),
    (x::BUILDING, "原幢标识"),
    ("SCJZMJ", "建筑面积"),
    ("FWJG", "房屋结构"),
    (x::STOREYS, "总层数"),
    ("JGSJ", "竣工时间"),
    (x::LIMITS, "限制情况"),
];
const BUILDING_FIELDS: [(&str, &str); 6] = [
    ("XMMC", "项目名称"),
    ("LDZL", "坐落"),
    (x::BLOCK, "幢号"),
    ("ZCS", "总层数"),
    ("FWJG", "房屋结构"),
    ("JGRQ", "竣工日期"),
];
const PARCEL_FIELDS: [(&str, &str); 5] = [
    ("ZDDM", "宗地代码"),
    ("ZL", "坐落"),
    ("YT", "用途"),
    ("ZDMJ", "宗地面积"),
    (x::HOLDER, "使用权人"),
];

fn fields(table: &Table, row: usize, wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted
        .iter()
        .map(|(field, name)| ((*name).to_owned(), table.raw(field, row).to_owned()))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

fn choices(
    candidates: &[Candidate],
    table: &Table,
    wanted: &[(&str, &str)],
    reference: impl Fn(usize) -> String,
) -> Vec<Choice> {
    candidates
        .iter()
        .map(|candidate| {
            let row = candidate.row as usize;
            Choice {
                reference: reference(row),
                key: Some(key(table, row)),
                score: f64::from(candidate.score) / 1000.0,
                reasons: candidate.reasons.clone(),
                fields: fields(table, row, wanted),
                place: place(table, row),
            }
        })
        .collect()
}

/// All items: parcels, buildings, houses in order of rows, then persons.
pub fn items(staging: &Staging, links: &Links, people: &People) -> Vec<WorkItem> {
    let empty = Table::new("");
    let table = |code: &str| staging.table(code).unwrap_or(&empty);
    let (parcels, buildings, houses) = (table("ZDJBXX"), table("ZRZ"), table("H"));
    let mut items = Vec::new();
    for (row, link) in links.parcels.iter().enumerate() {
        if link.status != Status::Linked {
            let plain = |code: &String| Choice {
                reference: code.clone(),
                key: None,
                score: 0.5,
                reasons: Vec::new(),
                fields: Vec::new(),
                place: None,
            };
            items.push(WorkItem {
                key: key(parcels, row),
                doubt: Doubt::ParcelCode,
                message: "宗地代码有误或重复，无法确定应有的代码".to_owned(),
                fields: fields(parcels, row, &PARCEL_FIELDS),
                place: place(parcels, row),
                candidates: link.candidates.iter().map(plain).collect(),
            });
        }
    }
    let parcel_code = |row: usize| {
        let code = links.parcels.get(row).and_then(|l| l.code.clone());
        code.unwrap_or_else(|| parcels.legacy_id(row).to_owned())
    };
    for (row, link) in links.buildings.iter().enumerate() {
        if link.status != Status::Linked {
            items.push(WorkItem {
                key: key(buildings, row),
                doubt: Doubt::BuildingParcel,
                message: "无法确定自然幢所在的宗地".to_owned(),
                fields: fields(buildings, row, &BUILDING_FIELDS),
                place: place(buildings, row),
                candidates: choices(&link.candidates, parcels, &PARCEL_FIELDS, parcel_code),
            });
        }
    }
    let reference = |row: usize| {
        let known = links.buildings.get(row).map(|l| l.reference.clone());
        known
            .filter(|r| !r.is_empty())
            .unwrap_or_else(|| buildings.legacy_id(row).to_owned())
    };
    for (row, link) in links.houses.iter().enumerate() {
        let (doubt, message) = match (link.status, link.duplicate_of) {
            (Status::Doubtful, Some(_)) => {
                (Doubt::Duplicate, "疑为同一套房屋的重复记录，但面积不同")
            }
            (Status::Doubtful, None) => (
                Doubt::HouseBuilding,
                "有多个可能的自然幢，或幢号与原系统标识不符",
            ),
            (Status::Unlinked, _) => (Doubt::HouseUnlinked, "按坐落和幢号找不到所在的自然幢"),
            _ => continue,
        };
        let mut candidates = choices(&link.candidates, buildings, &BUILDING_FIELDS, reference);
        if let Some(first) = link.duplicate_of {
            let first = first as usize;
            candidates.push(Choice {
                reference: houses.legacy_id(first).to_owned(),
                key: Some(key(houses, first)),
                score: 0.7,
                reasons: vec!["幢、单元、层、室相同".to_owned()],
                fields: fields(houses, first, &HOUSE_FIELDS),
                place: None,
            });
        }
        items.push(WorkItem {
            key: key(houses, row),
            doubt,
            message: message.to_owned(),
            fields: fields(houses, row, &HOUSE_FIELDS),
            place: None,
            candidates,
        });
    }
    items.extend(people.spellings.iter().filter_map(person));
    items
}

fn person(spelt: &crate::people::Spellings) -> Option<WorkItem> {
    let of = |(source, table, legacy_id): &(String, String, String)| Key {
        source: source.clone(),
        table: table.clone(),
        legacy_id: legacy_id.clone(),
    };
    let (_, origin) = spelt.names.iter().next()?;
    let written: Vec<&str> = spelt.names.keys().map(String::as_str).collect();
    let spellings = spelt.names.iter().map(|(name, origin)| Choice {
        reference: name.clone(),
        key: Some(of(origin)),
        score: 0.5,
        reasons: vec!["证件号相同".to_owned()],
        fields: vec![("姓名".to_owned(), name.clone())],
        place: None,
    });
    Some(WorkItem {
        key: of(origin),
        doubt: Doubt::PersonName,
        message: "同一证件号有不同姓名".to_owned(),
        fields: vec![
            ("姓名".to_owned(), written.join("、")),
            ("证件号".to_owned(), spelt.id_masked.clone()),
        ],
        place: None,
        candidates: spellings.collect(),
    })
}
