//! One person, two spellings: holders with the same identity number are one person; where their
//! names differ by more than blanks and widths, a person must look.

use std::collections::{BTreeMap, HashMap};

use dengbu_staging::Staging;
use serde::Serialize;

use crate::text::squeeze;

/// An identity number that stands with several names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spellings {
    /// The number, its middle masked.
    pub id_masked: String,
    /// Names, each with the first record that has it: source, table, legacy id.
    pub names: BTreeMap<String, (String, String, String)>,
}

/// Persons and doubtful spellings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct People {
    /// Different identity numbers.
    pub persons: usize,
    /// Rows of QLR without a number.
    pub unnumbered: usize,
    /// Numbers with several names, in order of number.
    pub spellings: Vec<Spellings>,
}

/// Compares all holders.
pub fn compare(staging: &Staging) -> People {
    let mut people = People::default();
    let Some(table) = staging.table("QLR") else {
        return people;
    };
    let (names, ids) = (table.column("QLRMC"), table.column("ZJH"));
    let mut first: HashMap<&str, usize> = HashMap::new();
    let mut differing: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for row in 0..table.len() {
        let (id, name) = (ids.get(row), names.get(row));
        if id.is_empty() {
            people.unnumbered += 1;
            continue;
        }
        let Some(&known) = first.get(id) else {
            first.insert(id, row);
            continue;
        };
        let (mine, theirs) = (squeeze(name), squeeze(names.get(known)));
        if mine != theirs && !mine.is_empty() && !theirs.is_empty() {
            let spelt = differing.entry(id).or_default();
            spelt.entry(theirs).or_insert(known);
            spelt.entry(mine).or_insert(row);
        }
    }
    people.persons = first.len();
    people.spellings = differing
        .into_iter()
        .map(|(id, names)| Spellings {
            id_masked: masked(id),
            names: names
                .into_iter()
                .map(|(name, row)| {
                    let origin = table.origin(row);
                    (name, (origin.source, origin.table, origin.legacy_id))
                })
                .collect(),
        })
        .collect();
    people
}

/// First six and last two characters.
fn masked(id: &str) -> String {
    let chars: Vec<char> = id.chars().collect();
    let (head, tail) = (chars.len().min(6), chars.len().saturating_sub(2).max(6));
    chars
        .iter()
        .enumerate()
        .map(|(at, c)| if at < head || at >= tail { *c } else { '*' })
        .collect()
}
