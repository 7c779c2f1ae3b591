//! A field's values gathered in flat memory.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use dengbu_sources::{Cell, Field, FieldKind};
use rust_decimal::Decimal;
use serde::Serialize;

use super::content::Content;
use crate::reading::number;

/// Different values that are counted exactly.
const DISTINCT_MAX: usize = 200_000;
/// Different values whose frequency is kept.
const COUNTED_MAX: usize = 2_000;
/// Values looked at for the kind of content.
const SAMPLE: usize = 1_000;
/// Behind the first ones every so many records one more is looked at.
const STEP: u64 = 101;
/// Values shown.
const SHOWN: usize = 5;

/// A field profiled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldProfile {
    /// Name.
    pub name: String,
    /// Declared kind.
    pub kind: FieldKind,
    /// Records with a value.
    pub filled: u64,
    /// Per cent of the records with a value.
    pub fill_rate: f64,
    /// Different values.
    pub distinct: u64,
    /// There are more than were counted.
    pub distinct_more: bool,
    /// Every record has a value of its own.
    pub unique: bool,
    /// Smallest value: by number when all are numbers.
    pub min: String,
    /// Largest.
    pub max: String,
    /// Characters of the longest.
    pub longest: usize,
    /// Most frequent values with their count; masked where they name persons.
    pub samples: Vec<(String, u64)>,
    /// What the values are.
    pub content: Content,
}

/// Values on the way.
#[derive(Debug, Default)]
pub struct Gathered {
    filled: u64,
    seen: HashSet<u64>,
    counts: BTreeMap<String, u64>,
    sample: Vec<String>,
    numbers: Option<(Decimal, Decimal)>,
    not_number: bool,
    texts: Option<(String, String)>,
    longest: usize,
}

impl Gathered {
    /// One more value, of the record of this number.
    pub fn take(&mut self, cell: &Cell, record: u64) {
        if cell.is_blank() {
            return;
        }
        let text = cell.as_text();
        let text = text.trim();
        self.filled += 1;
        self.longest = self.longest.max(text.chars().count());
        if self.seen.len() < DISTINCT_MAX {
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            self.seen.insert(hasher.finish());
        }
        if let Some(n) = self.counts.get_mut(text) {
            *n += 1;
        } else if self.counts.len() < COUNTED_MAX {
            self.counts.insert(text.to_owned(), 1);
        }
        if self.sample.len() < SAMPLE / 2
            || (self.sample.len() < SAMPLE && record.is_multiple_of(STEP))
        {
            self.sample.push(text.to_owned());
        }
        match number::decimal(text).filter(|_| !self.not_number) {
            Some(n) => {
                let range = self.numbers.get_or_insert((n, n));
                *range = (range.0.min(n), range.1.max(n));
            }
            None => self.not_number = true,
        }
        match &mut self.texts {
            None => self.texts = Some((text.to_owned(), text.to_owned())),
            Some((low, high)) => {
                if text < low.as_str() {
                    text.clone_into(low);
                }
                if text > high.as_str() {
                    text.clone_into(high);
                }
            }
        }
    }

    /// What was gathered.
    pub fn profile(self, field: &Field, records: u64) -> FieldProfile {
        let content = Content::of(&self.sample, self.seen.len(), self.filled);
        let masked = |t: &str| {
            if content.is_personal() {
                mask(t)
            } else {
                t.to_owned()
            }
        };
        let (min, max) = match (self.not_number, self.numbers) {
            (false, Some((low, high))) => (low.to_string(), high.to_string()),
            _ => self.texts.unwrap_or_default(),
        };
        let mut samples: Vec<(String, u64)> = self.counts.into_iter().collect();
        samples.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        samples.truncate(SHOWN);
        FieldProfile {
            name: field.name.clone(),
            kind: field.kind,
            filled: self.filled,
            fill_rate: if records == 0 {
                0.0
            } else {
                self.filled as f64 * 100.0 / records as f64
            },
            distinct: self.seen.len() as u64,
            distinct_more: self.seen.len() >= DISTINCT_MAX,
            unique: records > 1 && self.filled == records && self.seen.len() as u64 == records,
            min: masked(&min),
            max: masked(&max),
            longest: self.longest,
            samples: samples.into_iter().map(|(t, n)| (masked(&t), n)).collect(),
            content,
        }
    }
}

/// All but the ends hidden; of short texts the first character stays.
fn mask(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let (head, tail) = if chars.len() >= 11 { (3, 2) } else { (1, 0) };
    chars
        .iter()
        .enumerate()
        .map(|(i, c)| {
            if i < head || i + tail >= chars.len() || *c == '、' {
                *c
            } else {
                '*'
            }
        })
        .collect()
}
