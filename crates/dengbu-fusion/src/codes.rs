//! 编码: every house's unit number within its building (GB/T 37346: positions 25–28).
//!
//! A number once issued is never issued again: the [`Journal`] keeps what was given to which
//! record, also for records that have gone; new numbers begin behind the highest ever given.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::House;
use crate::links::{BuildingLink, HouseLink, Links, Status};

/// Which record a code was given to: source, table, legacy id.
pub type RecordKey = (String, String, String);

/// Unit codes by record, kept from run to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    given: BTreeMap<RecordKey, String>,
    /// Codes given once and since bound to no record.
    retired: BTreeSet<String>,
}

/// Why a journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Not a journal.
    #[error("不动产单元代码发放记录第 {line} 行无法读取：{what}。为免重复发号，请先修复该文件")]
    Line {
        /// Line.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// Two records with one code.
    #[error("不动产单元代码发放记录中 {0} 发给了两条记录。为免重复发号，请先修复该文件")]
    Twice(String),
}

impl Journal {
    /// Reads it back.
    ///
    /// # Errors
    /// A line that is no line of a journal, or one code given twice.
    pub fn read(text: &str) -> Result<Self, JournalError> {
        let mut journal = Self::default();
        let mut all = BTreeSet::new();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for (at, row) in reader.records().enumerate() {
            let line = at as u64 + 2;
            let wrong = |what: String| JournalError::Line { line, what };
            let row = row.map_err(|e| wrong(e.to_string()))?;
            let fields: Vec<&str> = row.iter().collect();
            let [source, table, id, code] = fields[..] else {
                return Err(wrong(format!("应有 4 栏，实有 {} 栏", fields.len())));
            };
            if code.len() != 28 {
                return Err(wrong(format!("“{code}”不是 28 位代码")));
            }
            if !all.insert(code.to_owned()) {
                return Err(JournalError::Twice(code.to_owned()));
            }
            if id.is_empty() {
                journal.retired.insert(code.to_owned());
            } else {
                let key = (source.to_owned(), table.to_owned(), id.to_owned());
                journal.given.insert(key, code.to_owned());
            }
        }
        Ok(journal)
    }

    /// As text: in order of records, retired codes behind.
    pub fn write(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut rows = vec![["source", "table", "legacy_id", "unit_code"].map(str::to_owned)];
        for ((source, table, id), code) in &self.given {
            rows.push([source.clone(), table.clone(), id.clone(), code.clone()]);
        }
        for code in &self.retired {
            rows.push([String::new(), String::new(), String::new(), code.clone()]);
        }
        for row in rows {
            // Writing into memory cannot fail.
            let _ = writer.write_record(&row);
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// Code of a record.
    pub fn code(&self, key: &RecordKey) -> Option<&str> {
        self.given.get(key).map(String::as_str)
    }

    fn give(&mut self, key: RecordKey, code: String) {
        if let Some(old) = self.given.insert(key, code.clone())
            && old != code
        {
            self.retired.insert(old);
        }
    }

    /// Highest number ever given per building code, and all numbers given.
    fn used(&self) -> BTreeMap<String, BTreeSet<u16>> {
        let mut used: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
        for code in self.given.values().chain(&self.retired) {
            if let (Some(building), Some(number)) = (code.get(..24), code.get(24..))
                && let Ok(number) = number.parse()
            {
                used.entry(building.to_owned()).or_default().insert(number);
            }
        }
        used
    }
}

/// Gives every linked house its number; second records share that of the first. `keys` are the
/// records of the rows of H.
pub fn issue(links: &mut Links, houses: &[House], keys: &[RecordKey], journal: &mut Journal) {
    let mut used = journal.used();
    let building_of = |buildings: &[BuildingLink], link: &HouseLink| -> Option<String> {
        let building = link.building.filter(|_| link.status == Status::Linked)?;
        buildings.get(building as usize)?.code.clone()
    };
    let mut waiting: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for at in 0..links.houses.len() {
        let Some(building) = building_of(&links.buildings, &links.houses[at]) else {
            continue;
        };
        let kept = journal
            .code(&keys[at])
            .filter(|c| c.starts_with(&building))
            .map(str::to_owned);
        let numbers = used.entry(building.clone()).or_default();
        let own = houses[at]
            .unit
            .as_ref()
            .map(|u| u.as_str())
            .filter(|c| c.starts_with(&building));
        let number = |code: &str| code.get(24..).and_then(|n| n.parse::<u16>().ok());
        let number = match (kept.as_deref().and_then(number), own.and_then(number)) {
            (Some(kept), _) => Some(kept),
            (None, Some(own)) => Some(own).filter(|n| *n > 0 && numbers.insert(*n)),
            _ => None,
        };
        match number {
            Some(number) => settle(links, at, &building, number, keys, journal),
            None => waiting.entry(building).or_default().push(at),
        }
    }
    for (building, mut list) in waiting {
        list.sort_by_key(|at| (links.houses[*at].place, *at));
        let numbers = used.entry(building.clone()).or_default();
        let mut next = numbers.last().copied().unwrap_or(0);
        for at in list {
            next = next.saturating_add(1);
            if next <= 9999 {
                settle(links, at, &building, next, keys, journal);
            }
        }
    }
    for at in 0..links.houses.len() {
        if let (Status::DuplicateOf, Some(first)) =
            (links.houses[at].status, links.houses[at].duplicate_of)
        {
            let number = links.houses.get(first as usize).and_then(|l| l.unit_number);
            links.houses[at].unit_number = number;
        }
    }
}

fn settle(
    links: &mut Links,
    at: usize,
    building: &str,
    number: u16,
    keys: &[RecordKey],
    journal: &mut Journal,
) {
    links.houses[at].unit_number = Some(number);
    journal.give(keys[at].clone(), format!("{building}{number:04}"));
}
