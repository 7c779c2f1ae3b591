//! What makes a run: reading, mapping, linking and checking, as this crate sees them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use chrono::NaiveDate;
use dengbu_takeover::ExistingStock;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a run is over.
#[derive(Debug, Clone)]
pub struct Input {
    /// Name of the source.
    pub source: String,
    /// Folder that holds one folder, named as the source, with its files; where none bears that
    /// name, each folder in it is an office that is read by its own mapping.
    pub folder: PathBuf,
    /// Folder for what the run needs and nobody after it.
    pub scratch: PathBuf,
    /// Folder that stays from run to run over this source: what was read, codes once issued.
    pub steady: PathBuf,
    /// The mapping as text; none: the engine proposes one.
    pub mapping: Option<String>,
    /// Decided doubts by their keys: the chosen candidate, or none of them.
    pub decisions: BTreeMap<String, Option<String>>,
    /// Counties of the authority and its code: what lies elsewhere is rejected.
    pub counties: BTreeMap<String, String>,
    /// Civil date in Asia/Shanghai.
    pub today: NaiveDate,
}

/// How far a stage is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name in Chinese.
    pub stage: String,
    /// Done.
    pub done: u64,
    /// Of how many; 0 when not known.
    pub total: u64,
}

/// Told while a run goes on; answers whether it is to stop.
pub type Tell<'a> = &'a (dyn Fn(Step) -> ControlFlow<()> + Send + Sync);

/// What became of a source row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 可入库: part of the stock.
    Accepted,
    /// 合并: another record of the same thing stands for it.
    Merged,
    /// 待核对: waits for a person.
    Doubtful,
    /// 退回: not taken, with a reason.
    Rejected,
}

impl Outcome {
    /// All, in order.
    pub const ALL: [Self; 4] = [Self::Accepted, Self::Merged, Self::Doubtful, Self::Rejected];

    /// The code stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Merged => "merged",
            Self::Doubtful => "doubtful",
            Self::Rejected => "rejected",
        }
    }

    /// The name staff read.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Accepted => "可入库",
            Self::Merged => "合并",
            Self::Doubtful => "待核对",
            Self::Rejected => "退回",
        }
    }
}

/// A source row and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordRow {
    /// Source.
    pub source: String,
    /// Table.
    pub table: String,
    /// Its identifier there.
    pub legacy_id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, when it is not taken.
    pub reason: String,
    /// Parcel it was linked to.
    pub parcel_code: Option<String>,
    /// Building it was linked to.
    pub building_ref: Option<String>,
    /// Unit code.
    pub unit_code: Option<String>,
    /// Identifier of the record that stands for it.
    pub merged_into: Option<String>,
    /// How it was linked.
    pub method: Option<String>,
    /// How sure, 0 to 1.
    pub confidence: Option<f64>,
}

/// A fault found.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingRow {
    /// Rule (DQ-ATT-001).
    pub rule_id: String,
    /// Class of the fault (id15).
    pub kind: String,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// Source.
    pub source: String,
    /// Table.
    pub table: String,
    /// Record.
    pub legacy_id: String,
    /// Field; empty when the record as a whole is at fault.
    pub field: String,
    /// What stands there, identity numbers masked.
    pub value: String,
    /// What is wrong and what to do.
    pub message: String,
    /// County or parcel code where it lies; empty when not known.
    pub place: String,
    /// `{"srid": …, "rings": [[[x, y], …], …]}` of spatial faults.
    pub geometry: Option<Value>,
}

/// A link the engine will not decide.
#[derive(Debug, Clone, PartialEq)]
pub struct DoubtRow {
    /// The same for the same question in every run.
    pub key: String,
    /// The question in Chinese.
    pub question: String,
    /// Source.
    pub source: String,
    /// Table.
    pub table: String,
    /// Record.
    pub legacy_id: String,
    /// The record: fields and drawing.
    pub subject: Side,
    /// What it may be linked to.
    pub candidates: Vec<Candidate>,
}

/// One side of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Side {
    /// What it is called.
    pub title: String,
    /// Fields: name and value, in order.
    pub fields: Vec<(String, String)>,
    /// Outlines in metres of one plane system: rings of x (east), y (north).
    #[serde(default)]
    pub rings: Vec<Vec<[f64; 2]>>,
}

/// A candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Candidate {
    /// Its reference, kept with the decision.
    pub reference: String,
    /// How well it fits, 0 to 1.
    pub score: f64,
    /// Why it is a candidate, in Chinese.
    pub why: String,
    /// What it is.
    pub side: Side,
}

/// What a run leaves.
#[derive(Debug, Default)]
pub struct Analysis {
    /// Every source row once.
    pub records: Vec<RecordRow>,
    /// Findings in a fixed order.
    pub findings: Vec<FindingRow>,
    /// Doubts in a fixed order.
    pub doubts: Vec<DoubtRow>,
    /// What may enter the register.
    pub stock: ExistingStock,
    /// Figures of the run for people (seconds per stage, peak memory, control points).
    pub summary: Value,
}

/// Why a run could not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineFault {
    /// Somebody asked it to stop.
    #[error("已按要求停止")]
    Stopped,
    /// The input cannot be used; says what, where and what to do.
    #[error("{0}")]
    Input(String),
}

/// Reads, links and checks. Runs on a thread of its own; the same input gives the same analysis.
pub trait Engine: Send + Sync {
    /// Works through a package.
    ///
    /// # Errors
    /// [`EngineFault`].
    fn analyse(&self, input: &Input, tell: Tell<'_>) -> Result<Analysis, EngineFault>;
}
