//! Figures of a run and whether they pass.

use crate::Finding;
use crate::area::Area;
use crate::rule::{Category, RIGHTS, Severity};
use crate::value::part;
use dengbu_staging::{Staging, extension as x};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};

/// Definition of a figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Word of ours.
    pub code: String,
    /// 落宗率.
    pub name: String,
    /// How it is computed, for people.
    pub what: String,
    /// Passes from here on.
    #[serde(default)]
    pub least: Option<f64>,
    /// Passes up to here.
    #[serde(default)]
    pub most: Option<f64>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metric {
    /// What it is.
    #[serde(flatten)]
    pub definition: Definition,
    /// Above the line.
    pub count: u64,
    /// Below the line; 0: the figure is a number, or there is nothing to measure.
    pub of: u64,
    /// Share or number; `None`: nothing to measure.
    pub value: Option<f64>,
    /// Whether it passes; what cannot be measured is not held against the data.
    pub passes: bool,
}

/// All figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metrics(pub Vec<Metric>);

/// Definitions that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("质检指标文件有误：{0}")]
pub struct MetricError(String);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    metric: Vec<Definition>,
}

/// Definitions from TOML.
///
/// # Errors
/// [`MetricError`].
pub fn definitions(text: &str) -> Result<Vec<Definition>, MetricError> {
    let file: File = toml::from_str(text).map_err(|e| MetricError(e.to_string()))?;
    Ok(file.metric)
}

/// The definitions built in.
///
/// # Errors
/// Never for the data built in; a test reads it.
pub fn standard_definitions() -> Result<Vec<Definition>, MetricError> {
    definitions(include_str!("../data/metrics.toml"))
}

/// Gathers what the figures need from the findings as they stream by.
#[derive(Debug, Default)]
pub struct Tally {
    mandatory: u64,
    warnings: u64,
    off_standard: HashSet<(String, u32)>,
}

impl Tally {
    /// Takes one finding in.
    pub fn add(&mut self, finding: &Finding) {
        match finding.severity {
            Severity::Mandatory => self.mandatory += 1,
            Severity::Warning => self.warnings += 1,
        }
        let attribute = finding.rule_id.get(3..6) == Some("ATT");
        if let Some(row) = finding
            .row
            .filter(|_| attribute && finding.severity == Severity::Mandatory)
        {
            self.off_standard
                .insert((finding.standard_table.clone(), row));
        }
    }

    /// Findings of severity 强制.
    pub fn mandatory(&self) -> u64 {
        self.mandatory
    }

    /// Findings of severity 警告.
    pub fn warnings(&self) -> u64 {
        self.warnings
    }
}

impl Metrics {
    /// Computes the figures of an area.
    pub fn compute(staging: &Staging, tally: &Tally, definitions: &[Definition]) -> Self {
        let area = Area::new(staging);
        let rows: u64 = area.views().map(|(_, v)| v.len() as u64).sum();
        let metric = |definition: &Definition| {
            let (count, of) = match definition.code.as_str() {
                "standard" => (rows - (tally.off_standard.len() as u64).min(rows), rows),
                "building_on_parcel" => buildings_on_parcels(&area),
                "house_in_building" => houses_in_buildings(&area),
                "right_on_unit" => rights_on_units(&area),
                "house_with_land" => houses_with_land(&area),
                "archive_found" => archives_found(&area),
                "mandatory" => (tally.mandatory, 0),
                "warnings" => (tally.warnings, rows),
                _ => (0, 0),
            };
            Metric::new(definition.clone(), count, of)
        };
        Self(definitions.iter().map(metric).collect())
    }

    /// A figure by its code.
    pub fn get(&self, code: &str) -> Option<&Metric> {
        self.0.iter().find(|m| m.definition.code == code)
    }
}

impl Metric {
    #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
    fn new(definition: Definition, count: u64, of: u64) -> Self {
        let number = definition.code == "mandatory";
        let value = match of {
            0 if number => Some(count as f64),
            0 => None,
            of => Some(count as f64 / of as f64),
        };
        let passes = value.is_none_or(|v| {
            definition.least.is_none_or(|least| v >= least)
                && definition.most.is_none_or(|most| v <= most)
        });
        Self {
            definition,
            count,
            of,
            value,
            passes,
        }
    }

    /// The value for people: 97.5%, 12, or 无数据.
    pub fn shown(&self) -> String {
        match self.value {
            None => "无数据".to_owned(),
            Some(_) if self.of == 0 => self.count.to_string(),
            Some(value) => format!("{:.2}%", value * 100.0),
        }
    }

    /// The threshold for people.
    pub fn threshold(&self) -> String {
        let percent = |v: f64| {
            if self.definition.code == "mandatory" {
                format!("{v}")
            } else {
                format!("{:.0}%", v * 100.0)
            }
        };
        match (self.definition.least, self.definition.most) {
            (Some(least), _) => format!("≥ {}", percent(least)),
            (None, Some(most)) => format!("≤ {}", percent(most)),
            (None, None) => String::new(),
        }
    }
}

fn current(view: &crate::area::View<'_>, row: usize) -> bool {
    matches!(view.value("QSZT", row), "1" | "")
}

fn buildings_on_parcels(area: &Area<'_>) -> (u64, u64) {
    let Some(view) = area.view("ZRZ") else {
        return (0, 0);
    };
    let on = (0..view.len()).filter(|row| {
        let code = view.value("ZDDM", *row);
        !code.is_empty()
            && part(code, 7, 12) != "000000"
            && area.parcels().contains_key(&(view.source[*row], code))
    });
    (on.count() as u64, view.len() as u64)
}

fn houses_in_buildings(area: &Area<'_>) -> (u64, u64) {
    let houses = area.view("H").map_or(0, crate::area::View::len);
    (
        (0..houses)
            .filter(|row| area.building_of(*row).is_some())
            .count() as u64,
        houses as u64,
    )
}

fn rights_on_units(area: &Area<'_>) -> (u64, u64) {
    let (mut on, mut all) = (0, 0);
    for view in RIGHTS
        .iter()
        .filter(|t| !matches!(**t, "ZXDJ" | "GZDJ"))
        .filter_map(|t| area.view(t))
    {
        for row in (0..view.len()).filter(|row| current(view, *row)) {
            all += 1;
            let house = area
                .house_of(view, row)
                .is_some_and(|(_, rows)| !rows.is_empty());
            let parcel = match view.value("ZDDM", row) {
                "" => view.value("BDCDYH", row).get(..19).unwrap_or(""),
                code => code,
            };
            on += u64::from(house || area.parcels().contains_key(&(view.source[row], parcel)));
        }
    }
    (on, all)
}

fn houses_with_land(area: &Area<'_>) -> (u64, u64) {
    let mut land: BTreeSet<(u16, &str)> = BTreeSet::new();
    for view in ["JSYDSYQ", "NYDSYQ", "TDSYQ"]
        .iter()
        .filter_map(|t| area.view(t))
    {
        for row in (0..view.len()).filter(|row| current(view, *row)) {
            let code = match view.value("ZDDM", row) {
                "" => view.value("BDCDYH", row).get(..19).unwrap_or(""),
                code => code,
            };
            land.insert((view.source[row], code));
        }
    }
    let Some(view) = area.view("FDCQ2") else {
        return (0, 0);
    };
    let current: Vec<usize> = (0..view.len()).filter(|row| current(view, *row)).collect();
    let with = current.iter().filter(|row| {
        let unit = view.value("BDCDYH", **row).get(..19);
        let together = view.value(x::WITH_LAND, **row) == "1";
        together || unit.is_some_and(|parcel| land.contains(&(view.source[**row], parcel)))
    });
    (with.count() as u64, current.len() as u64)
}

fn archives_found(area: &Area<'_>) -> (u64, u64) {
    let mut archived: HashSet<(u16, &str)> = HashSet::new();
    for (table, field) in [("DJGD", "YWH"), ("FJ", "YWH")] {
        let Some(view) = area.view(table) else {
            continue;
        };
        archived.extend((0..view.len()).map(|row| (view.source[row], view.value(field, row))));
    }
    let (mut found, mut all) = (0, 0);
    for view in ["FDCQ1", "FDCQ2", "JSYDSYQ"]
        .iter()
        .filter_map(|t| area.view(t))
    {
        for row in (0..view.len()).filter(|row| current(view, *row)) {
            all += 1;
            let case = archived.contains(&(view.source[row], view.value("YWH", row)));
            let house = area
                .house_of(view, row)
                .and_then(|(_, rows)| rows.first().copied());
            let in_file = house.is_some_and(|h| {
                let unit = area
                    .view("H")
                    .map_or("", |v| v.value(x::BUILDING, h as usize));
                !unit.is_empty() && archived.contains(&(view.source[row], unit))
            });
            found += u64::from(case || in_file);
        }
    }
    // Without any record of archives there is nothing to measure.
    if archived.is_empty() {
        (0, 0)
    } else {
        (found, all)
    }
}

/// Names of the categories with the number of their findings, for an overview.
pub fn by_category(counts: &[crate::run::RuleCount]) -> Vec<(Category, u64, u64)> {
    Category::ALL
        .into_iter()
        .map(|category| {
            let of = counts
                .iter()
                .filter(|c| category_of(&c.rule_id) == Some(category));
            let (mut mandatory, mut warnings) = (0, 0);
            for count in of {
                mandatory += count.mandatory;
                warnings += count.warnings;
            }
            (category, mandatory, warnings)
        })
        .collect()
}

fn category_of(id: &str) -> Option<Category> {
    Category::ALL
        .into_iter()
        .zip(["STR", "ATT", "LOG", "TOP", "REL", "RGT"])
        .find(|(_, word)| id.get(3..6) == Some(*word))
        .map(|(c, _)| c)
}
