//! A mapping held against a table: names become numbers of fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use dengbu_sources::{Record, TableInfo};

use crate::fault::{Fault, Faults, unknown};
use crate::mapping::{Each, FieldMapping, Mapping, Name, Piece, TableMapping, Text};
use crate::transform::{Transform, folded};

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Field(usize),
    Part,
    Line,
    File,
}

/// A text whose names are found.
#[derive(Debug, Clone)]
pub(crate) enum BoundPiece {
    Fixed(String),
    Of(Place),
}

#[derive(Debug, Clone)]
pub(crate) struct BoundText {
    pub pieces: Vec<BoundPiece>,
    /// The fields' names, for messages.
    pub shown: String,
    /// Index of the first field, for remarks of the reader.
    pub first: Option<usize>,
}

#[derive(Debug, Clone)]
pub(crate) struct BoundField {
    pub to: String,
    pub text: BoundText,
    pub part: Option<(String, usize)>,
    pub transform: Transform,
    pub unit: Option<Place>,
}

#[derive(Debug, Clone)]
pub(crate) enum BoundEach {
    Holders {
        names: BoundText,
        ids: Option<BoundText>,
        kinds: Option<Place>,
        shares: Option<BoundText>,
    },
    Mortgages(BoundText),
    Seizures(BoundText),
}

#[derive(Debug, Clone)]
pub(crate) struct BoundRow {
    pub table: String,
    pub each: Option<BoundEach>,
    pub when: Option<(Place, Vec<String>)>,
    pub shape: bool,
    pub fields: Vec<BoundField>,
}

/// A table mapping ready to be applied.
#[derive(Debug, Clone)]
pub struct Bound {
    pub(crate) source: String,
    pub(crate) table: String,
    pub(crate) file: String,
    pub(crate) county: Option<String>,
    pub(crate) synonyms: Arc<BTreeMap<String, BTreeMap<String, String>>>,
    pub(crate) id: BoundText,
    pub(crate) skip: Vec<(Place, Vec<String>)>,
    pub(crate) rows: Vec<BoundRow>,
    pub(crate) field_names: Vec<String>,
}

impl Mapping {
    /// Finds the fields of a table.
    ///
    /// # Errors
    /// [`Faults`]: every field the mapping names and the table hasn't, with the line of the mapping
    /// and what was perhaps meant.
    pub fn bind(&self, table: &TableMapping, info: &TableInfo) -> Result<Bound, Faults> {
        let mut binder = Binder {
            mapping: self,
            info,
            faults: Vec::new(),
        };
        let bound = binder.table(table);
        if binder.faults.is_empty() {
            Ok(bound)
        } else {
            binder.faults.sort_by_key(|f| f.line);
            binder.faults.dedup();
            Err(Faults(binder.faults))
        }
    }
}

struct Binder<'a> {
    mapping: &'a Mapping,
    info: &'a TableInfo,
    faults: Vec<Fault>,
}

impl Binder<'_> {
    fn table(&mut self, table: &TableMapping) -> Bound {
        let rows = table
            .rows
            .iter()
            .map(|row| BoundRow {
                table: row.table.clone(),
                each: row.each.as_ref().map(|e| self.each(e)),
                when: row
                    .when
                    .as_ref()
                    .map(|(n, v)| (self.place(n), folded_all(v))),
                shape: row.shape && self.info.shapes,
                fields: row.fields.iter().map(|f| self.field(f)).collect(),
            })
            .collect();
        Bound {
            source: self.mapping.source.clone(),
            table: table.name.clone(),
            file: self.info.file.clone(),
            county: self.mapping.county.clone(),
            synonyms: Arc::new(self.mapping.synonyms.clone()),
            id: self.text(&table.id),
            skip: table
                .skip
                .iter()
                .map(|(n, v)| (self.place(n), folded_all(v)))
                .collect(),
            rows,
            field_names: self.info.fields.iter().map(|f| f.name.clone()).collect(),
        }
    }

    fn each(&mut self, each: &Each) -> BoundEach {
        match each {
            Each::Holders {
                names,
                ids,
                kinds,
                shares,
            } => BoundEach::Holders {
                names: self.named(names),
                ids: ids.as_ref().map(|n| self.named(n)),
                kinds: kinds.as_ref().map(|n| self.place(n)),
                shares: shares.as_ref().map(|n| self.named(n)),
            },
            Each::Mortgages(text) => BoundEach::Mortgages(self.named(text)),
            Each::Seizures(text) => BoundEach::Seizures(self.named(text)),
        }
    }

    fn field(&mut self, field: &FieldMapping) -> BoundField {
        BoundField {
            to: field.to.clone(),
            text: self.text(&field.text),
            part: field.part.clone(),
            transform: field.transform.clone(),
            unit: field.unit_from.as_ref().map(|n| self.place(n)),
        }
    }

    fn named(&mut self, name: &Name) -> BoundText {
        self.text(&Text(vec![Piece::Field(name.clone())]))
    }

    fn text(&mut self, text: &Text) -> BoundText {
        let mut names = Vec::new();
        let mut first = None;
        let pieces = text
            .0
            .iter()
            .map(|piece| match piece {
                Piece::Fixed(t) => BoundPiece::Fixed(t.clone()),
                Piece::Field(name) => {
                    let place = self.place(name);
                    if let Place::Field(i) = place {
                        first.get_or_insert(i);
                    }
                    names.push(name.text.clone());
                    BoundPiece::Of(place)
                }
            })
            .collect();
        BoundText {
            pieces,
            shown: names.join("、"),
            first,
        }
    }

    fn place(&mut self, name: &Name) -> Place {
        match name.text.as_str() {
            "$part" => return Place::Part,
            "$line" => return Place::Line,
            "$file" => return Place::File,
            _ => {}
        }
        match find(self.info, &name.text) {
            Ok(index) => Place::Field(index),
            Err(text) => {
                self.faults.push(Fault {
                    file: self.mapping.file.clone(),
                    line: name.line,
                    text: format!("来源表“{}”{text}", self.info.name),
                });
                Place::Field(usize::MAX)
            }
        }
    }
}

fn folded_all(values: &[String]) -> Vec<String> {
    values.iter().map(|v| folded(v)).collect()
}

/// A name without blanks, width and unit in brackets.
fn bare(name: &str) -> String {
    let folded = folded(name);
    match folded.split_once('(') {
        Some((before, _)) if !before.is_empty() => before.to_lowercase(),
        _ => folded.to_lowercase(),
    }
}

/// Finds a field: exactly, by the last of its joined headings, or without the unit in brackets.
///
/// # Errors
/// What to tell: not there, or several.
pub fn find(info: &TableInfo, name: &str) -> Result<usize, String> {
    if let Some(index) = info.field(name) {
        return Ok(index);
    }
    let last = |full: &str| full.rsplit('·').next().unwrap_or(full).to_owned();
    let ways: [&dyn Fn(&str) -> bool; 3] =
        [&|f| last(f) == name, &|f| bare(f) == bare(name), &|f| {
            bare(&last(f)) == bare(name)
        }];
    for way in ways {
        let found: Vec<usize> = (0..info.fields.len())
            .filter(|i| way(&info.fields[*i].name))
            .collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(*one),
            several => {
                let names: Vec<&str> = several
                    .iter()
                    .map(|i| info.fields[*i].name.as_str())
                    .collect();
                return Err(format!(
                    "有多个字段可称“{name}”：{}，请写全名",
                    names.join("、")
                ));
            }
        }
    }
    let known: Vec<&str> = info.fields.iter().map(|f| f.name.as_str()).collect();
    Err(unknown("字段", name, &known))
}

impl BoundText {
    /// The text of a record.
    pub fn of(&self, record: &Record, file: &str) -> String {
        match self.pieces.as_slice() {
            [BoundPiece::Of(place)] => place.of(record, file),
            pieces => pieces
                .iter()
                .map(|p| match p {
                    BoundPiece::Fixed(t) => t.clone(),
                    BoundPiece::Of(place) => place.of(record, file).trim().to_owned(),
                })
                .collect(),
        }
    }
}

impl Place {
    pub fn of(self, record: &Record, file: &str) -> String {
        match self {
            Self::Field(i) => record.cell(i).as_text().into_owned(),
            Self::Part => record.part.as_deref().unwrap_or_default().to_owned(),
            Self::Line => record.number.to_string(),
            Self::File => file.to_owned(),
        }
    }
}
