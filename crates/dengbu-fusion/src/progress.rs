//! How far a run is, and being told to stop.

use serde::Serialize;

/// Stages in their order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Files to records, records to staging rows (读取与规范化).
    Read,
    /// All shapes to the county's plane (坐标统一).
    Coordinates,
    /// Buildings to parcels, houses to buildings, rights to houses (落宗、落幢、挂接).
    Assign,
    /// Unit codes (编码).
    Codes,
    /// Quality control (质检).
    Quality,
    /// Files for people and machines (成果).
    Outputs,
}

impl Stage {
    /// All of them.
    pub const ALL: [Stage; 6] = [
        Self::Read,
        Self::Coordinates,
        Self::Assign,
        Self::Codes,
        Self::Quality,
        Self::Outputs,
    ];

    /// Word of `summary.json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Coordinates => "coordinates",
            Self::Assign => "assign",
            Self::Codes => "codes",
            Self::Quality => "quality",
            Self::Outputs => "outputs",
        }
    }

    /// For people.
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Read => "读取与规范化",
            Self::Coordinates => "坐标统一",
            Self::Assign => "落宗、落幢与房地关联",
            Self::Codes => "编制不动产单元代码",
            Self::Quality => "质量检查",
            Self::Outputs => "写出成果",
        }
    }
}

/// How far one stage is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageProgress {
    /// Stage.
    pub stage: Stage,
    /// What is being done, for people (a-municipal FC_HOUSE).
    pub what: String,
    /// Units of work done.
    pub done: u64,
    /// Units of work in all; 0: not known.
    pub total: u64,
}

/// Hears how far a run is. Rate and time left follow from the times between calls, which the
/// hearer knows: the run itself has no clock.
pub trait Progress: Sync {
    /// Called at every stage's begin and end and some hundred times in between.
    fn report(&self, progress: &StageProgress);

    /// Whether to stop as soon as nothing is lost by it.
    fn stopped(&self) -> bool {
        false
    }
}

/// Hears nothing and never stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn report(&self, _: &StageProgress) {}
}
