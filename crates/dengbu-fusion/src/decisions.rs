//! What persons decided on doubtful records, by keys that stay the same from run to run.
//!
//! `decisions.json` is a list; each names a record by source, table and legacy id, and what it is
//! linked to in the words of `crosswalk.csv`. A decision whose record or target is not there any
//! more changes nothing and is told.

use std::collections::{BTreeMap, BTreeSet};

use dengbu_staging::Staging;
use serde::{Deserialize, Serialize};

use crate::assign::Assigned;
use crate::links::{Method, Status};

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
        for d in &self.0 {
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
            }
            let link = &mut out.links.houses[row];
            link.method = Method::Decision;
            link.confidence = 1000;
            link.candidates.clear();
        }
        missed
    }
}
