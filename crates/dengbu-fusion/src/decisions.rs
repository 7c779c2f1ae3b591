//! What persons decided on doubtful records, by keys that stay the same from run to run.
//!
//! `decisions.json` is a list; each names a record by source, table and legacy id, and what it is
//! linked to in the words of `crosswalk.csv`. A decision whose record or target is not there any
//! more changes nothing and is told.

use std::collections::{BTreeMap, BTreeSet};

use dengbu_model::unit_code::ParcelCode;
use dengbu_staging::{Staging, StagingError, Table, TextColumn};
use serde::{Deserialize, Serialize};

use crate::assign::Assigned;
use crate::links::{BuildingLink, Method, ParcelLink, Status};

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "decision")]
pub enum Decided {
    /// The house is in this building (`building`: reference or key, as in the work list).
    Building {
        /// Its reference.
        building: String,
    },
    /// The house's record stays without a building.
    Unlinked,
    /// Second record of this one.
    DuplicateOf {
        /// Legacy id of the first record, same source and table.
        of: String,
    },
    /// Not a second record of anything.
    NotDuplicate,
    /// The parcel bears this code, one of those it might bear.
    ParcelCode {
        /// 宗地代码.
        code: String,
    },
    /// The parcel's code cannot be told; it stays out.
    NoParcelCode,
    /// The building stands on this parcel.
    Parcel {
        /// Its code, or its legacy id where it has none.
        parcel: String,
    },
    /// The building stands on none of the parcels.
    NoParcel,
    /// The holders of this record's identity number are one person of this name.
    Name {
        /// The right spelling.
        name: String,
    },
    /// They are different persons; one of the numbers is wrong.
    DifferentPersons,
}

impl Decided {
    /// Whether it is about a house's record.
    fn is_of_house(&self) -> bool {
        matches!(
            self,
            Self::Building { .. } | Self::Unlinked | Self::DuplicateOf { .. } | Self::NotDuplicate
        )
    }
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Source of the record.
    pub source: String,
    /// Its table.
    pub table: String,
    /// Its identifier.
    pub legacy_id: String,
    /// What was decided.
    #[serde(flatten)]
    pub decided: Decided,
    /// Who, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When, as the workbench wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// All decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions(pub Vec<Decision>);

impl Decisions {
    /// Reads the file's text.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text)
            .map(Self)
            .map_err(|e| format!("第 {} 行：{e}", e.line()))
    }

    /// Decisions about rows of a table: row → decision, the last one counts. Gives also what is not
    /// there any more, for people.
    fn rows<'d>(
        &'d self,
        table: &Table,
        about: impl Fn(&Decided) -> bool,
    ) -> (BTreeMap<u32, &'d Decided>, Vec<String>) {
        let wanted: Vec<&Decision> = self.0.iter().filter(|d| about(&d.decided)).collect();
        if wanted.is_empty() {
            return (BTreeMap::new(), Vec::new());
        }
        let rows: BTreeMap<(&str, &str, &str), u32> = (0..table.len())
            .rev()
            .filter_map(|row| {
                let key = (
                    table.source(row),
                    table.source_table(row),
                    table.legacy_id(row),
                );
                Some((key, u32::try_from(row).ok()?))
            })
            .collect();
        let (mut found, mut missed) = (BTreeMap::new(), Vec::new());
        for d in wanted {
            let key = (d.source.as_str(), d.table.as_str(), d.legacy_id.as_str());
            match rows.get(&key) {
                Some(row) => {
                    found.insert(*row, &d.decided);
                }
                None => missed.push(format!(
                    "{} {} {}：记录已不存在",
                    d.source, d.table, d.legacy_id
                )),
            }
        }
        (found, missed)
    }

    /// Codes of parcels as decided, before anything is placed on them.
    pub(crate) fn parcels(&self, table: &Table, links: &mut [ParcelLink]) -> Vec<String> {
        let about = |d: &Decided| matches!(d, Decided::ParcelCode { .. } | Decided::NoParcelCode);
        let (found, mut missed) = self.rows(table, about);
        for (row, decided) in found {
            let Some(link) = links.get_mut(row as usize) else {
                continue;
            };
            link.code = match decided {
                Decided::ParcelCode { code } if ParcelCode::parse(code).is_ok() => {
                    Some(code.clone())
                }
                Decided::ParcelCode { code } => {
                    missed.push(format!("宗地代码 {code} 不合规则"));
                    continue;
                }
                _ => None,
            };
            (link.status, link.method, link.confidence) = settled(link.code.is_some());
            link.candidates.clear();
        }
        missed
    }

    /// Parcels of buildings as decided, before buildings are numbered on them.
    pub(crate) fn buildings(
        &self,
        (zrz, links): (&Table, &mut [BuildingLink]),
        (parcels, codes): (&Table, &[ParcelLink]),
    ) -> Vec<String> {
        let about = |d: &Decided| matches!(d, Decided::Parcel { .. } | Decided::NoParcel);
        let (found, mut missed) = self.rows(zrz, about);
        for (row, decided) in found {
            let Some(link) = links.get_mut(row as usize) else {
                continue;
            };
            link.parcel = match decided {
                Decided::Parcel { parcel } => {
                    let source = zrz.source(row as usize);
                    let at = (0..parcels.len()).find(|p| {
                        let code = codes.get(*p).and_then(|l| l.code.as_deref());
                        parcels.source(*p) == source
                            && (code == Some(parcel.as_str()) || parcels.legacy_id(*p) == parcel)
                    });
                    let Some(at) = at.and_then(|at| u32::try_from(at).ok()) else {
                        missed.push(format!("宗地 {parcel} 已不存在"));
                        continue;
                    };
                    Some(at)
                }
                _ => None,
            };
            (link.status, link.method, link.confidence) = settled(link.parcel.is_some());
            link.candidates.clear();
        }
        missed
    }

    /// Names of holders as decided, before anything is compared by them. What the source had stays
    /// with the decision; nothing but the spelling changes.
    ///
    /// # Errors
    /// A column is full.
    pub fn names(&self, staging: &mut Staging) -> Result<Vec<String>, StagingError> {
        let about = |d: &Decided| matches!(d, Decided::Name { .. });
        let Some(table) = staging.table("QLR") else {
            return Ok(Vec::new());
        };
        let (found, missed) = self.rows(table, about);
        let chosen: BTreeMap<String, String> = found
            .into_iter()
            .filter_map(|(row, decided)| {
                let Decided::Name { name } = decided else {
                    return None;
                };
                let id = table.value("ZJH", row as usize);
                (!id.is_empty()).then(|| (id.to_owned(), name.clone()))
            })
            .collect();
        if chosen.is_empty() {
            return Ok(missed);
        }
        let (names, ids) = (table.column("QLRMC"), table.column("ZJH"));
        let column =
            TextColumn::from_texts((0..table.len()).map(|row| match chosen.get(ids.get(row)) {
                Some(name) if !names.get(row).is_empty() => name.as_str(),
                _ => names.get(row),
            }))?;
        if let Some(table) = staging.table_mut("QLR") {
            table.set_column("QLRMC", column);
        }
        Ok(missed)
    }

    /// Changes the links as decided; gives what could not be applied, for people. The last of
    /// several decisions on one record counts.
    pub fn apply(&self, staging: &Staging, out: &mut Assigned) -> Vec<String> {
        let mut missed = Vec::new();
        let (Some(h), Some(zrz)) = (staging.table("H"), staging.table("ZRZ")) else {
            return missed;
        };
        let wanted: BTreeSet<(&str, &str, &str)> = self
            .0
            .iter()
            .flat_map(|d| {
                let of = match &d.decided {
                    Decided::DuplicateOf { of } => of.as_str(),
                    _ => d.legacy_id.as_str(),
                };
                let key = |id| (d.source.as_str(), d.table.as_str(), id);
                [key(d.legacy_id.as_str()), key(of)]
            })
            .collect();
        let rows: BTreeMap<(&str, &str, &str), usize> = (0..h.len())
            .rev()
            .map(|row| ((h.source(row), h.source_table(row), h.legacy_id(row)), row))
            .filter(|(key, _)| wanted.contains(key))
            .collect();
        for d in self.0.iter().filter(|d| d.decided.is_of_house()) {
            let key = (d.source.as_str(), d.table.as_str(), d.legacy_id.as_str());
            let Some(&row) = rows.get(&key) else {
                missed.push(format!(
                    "{} {} {}：记录已不存在",
                    d.source, d.table, d.legacy_id
                ));
                continue;
            };
            let link = &mut out.links.houses[row];
            match &d.decided {
                Decided::Building { building } => {
                    let found = (0..zrz.len()).find(|b| {
                        zrz.source(*b) == d.source
                            && (out.links.buildings[*b].reference == *building
                                || zrz.legacy_id(*b) == building)
                    });
                    let Some(found) = found else {
                        missed.push(format!(
                            "{} {}：幢 {building} 已不存在",
                            d.source, d.legacy_id
                        ));
                        continue;
                    };
                    link.building = u32::try_from(found).ok();
                    link.status = Status::Linked;
                    link.duplicate_of = None;
                }
                Decided::Unlinked => {
                    link.building = None;
                    link.status = Status::Unlinked;
                    link.duplicate_of = None;
                }
                Decided::DuplicateOf { of } => {
                    let first = rows
                        .get(&(d.source.as_str(), d.table.as_str(), of.as_str()))
                        .copied();
                    let Some(first) = first.filter(|first| *first != row) else {
                        missed.push(format!("{} {}：记录 {of} 已不存在", d.source, d.legacy_id));
                        continue;
                    };
                    link.duplicate_of = u32::try_from(first).ok();
                    link.status = Status::DuplicateOf;
                    let building = out.links.houses[first].building;
                    out.links.houses[row].building = building;
                }
                Decided::NotDuplicate => {
                    link.duplicate_of = None;
                    let linked = link.building.is_some();
                    link.status = if linked {
                        Status::Linked
                    } else {
                        Status::Unlinked
                    };
                }
                // land and persons were decided before houses were looked at
                _ => continue,
            }
            let link = &mut out.links.houses[row];
            link.method = Method::Decision;
            link.confidence = 1000;
            link.candidates.clear();
        }
        missed
    }
}

/// Status, method and confidence of a link that a person decided.
fn settled(linked: bool) -> (Status, Method, u16) {
    let status = if linked {
        Status::Linked
    } else {
        Status::Unlinked
    };
    (status, Method::Decision, 1000)
}

#[cfg(test)]
mod tests {
    use dengbu_staging::{Cell, Origin, Record};
    use geo_types::Geometry;

    use super::*;

    fn row(table: &str, id: &str, cells: &[(&str, &str)]) -> Record {
        Record {
            table: table.to_owned(),
            origin: Origin {
                source: "s".to_owned(),
                table: table.to_lowercase(),
                legacy_id: id.to_owned(),
                file: String::new(),
                line: 0,
            },
            cells: cells.iter().map(|(f, v)| Cell::plain(*f, *v)).collect(),
            notes: Vec::new(),
            geometry: None::<Geometry<f64>>,
        }
    }

    fn decision(table: &str, id: &str, decided: Decided) -> Decision {
        Decision {
            source: "s".to_owned(),
            table: table.to_owned(),
            legacy_id: id.to_owned(),
            decided,
            by: None,
            at: None,
        }
    }

    fn parcel() -> ParcelLink {
        ParcelLink {
            code: None,
            method: Method::None,
            confidence: 0,
            status: Status::Doubtful,
            candidates: vec!["510421001001GB00001".to_owned()],
        }
    }

    fn building() -> BuildingLink {
        BuildingLink {
            parcel: None,
            shares: Vec::new(),
            code: None,
            reference: String::new(),
            method: Method::None,
            confidence: 0,
            status: Status::Doubtful,
            candidates: Vec::new(),
        }
    }

    #[test]
    fn parcels_and_buildings_are_as_a_person_decided() {
        let mut staging = Staging::new();
        for id in ["P1", "P2", "P3"] {
            staging.push(&row("ZDJBXX", id, &[])).unwrap();
        }
        for id in ["B1", "B2", "B3"] {
            staging.push(&row("ZRZ", id, &[])).unwrap();
        }
        let code = "510421001001GB00001";
        let all = Decisions(vec![
            decision(
                "zdjbxx",
                "P2",
                Decided::ParcelCode {
                    code: code.to_owned(),
                },
            ),
            decision("zdjbxx", "P3", Decided::NoParcelCode),
            decision(
                "zrz",
                "B1",
                Decided::Parcel {
                    parcel: code.to_owned(),
                },
            ),
            decision(
                "zrz",
                "B2",
                Decided::Parcel {
                    parcel: "P1".to_owned(),
                },
            ),
            decision("zrz", "B9", Decided::NoParcel),
        ]);
        let (parcels, zrz) = (
            staging.table("ZDJBXX").unwrap(),
            staging.table("ZRZ").unwrap(),
        );
        let mut codes = vec![parcel(), parcel(), parcel()];
        assert_eq!(all.parcels(parcels, &mut codes), [] as [String; 0]);
        assert_eq!(codes[1].code.as_deref(), Some(code));
        assert_eq!(
            (codes[1].status, codes[1].method),
            (Status::Linked, Method::Decision)
        );
        assert_eq!(codes[0], parcel(), "nobody decided");
        assert_eq!((codes[2].status, &codes[2].code), (Status::Unlinked, &None));
        let mut links = [building(), building(), building()];
        let missed = all.buildings((zrz, &mut links[..]), (parcels, &codes[..]));
        assert_eq!(links[0].parcel, Some(1));
        assert_eq!(links[1].parcel, Some(0));
        assert_eq!(links[2], building());
        assert!(missed[0].contains("B9"), "{missed:?}");
    }

    #[test]
    fn one_person_is_written_as_decided_and_others_stay() {
        let mut staging = Staging::new();
        let id = "510499198911094328";
        for (key, name, number) in [
            ("1", "邓文刚", id),
            ("2", "邓文钢", id),
            ("3", "邓文钢", "510499197001010011"),
        ] {
            let cells = [("QLRMC", name), ("ZJH", number)];
            staging.push(&row("QLR", key, &cells)).unwrap();
        }
        let named = |name: &str| Decided::Name {
            name: name.to_owned(),
        };
        let all = Decisions(vec![
            decision("qlr", "1", named("邓文钢")),
            decision("qlr", "1", named("邓文刚")),
        ]);
        assert_eq!(all.names(&mut staging).unwrap(), [] as [String; 0]);
        let table = staging.table("QLR").unwrap();
        let names: Vec<&str> = (0..3).map(|r| table.value("QLRMC", r)).collect();
        assert_eq!(names, ["邓文刚", "邓文刚", "邓文钢"]);
        assert_eq!(crate::people::compare(&staging).spellings, []);
        let text = serde_json::to_string(&all.0).unwrap();
        assert_eq!(Decisions::read(&text).unwrap(), all);
    }
}
