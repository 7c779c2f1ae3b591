//! Quality control of integrated registration data (质检): a library of rules over staging tables.
//!
//! The same rules run on one source after its mapping, on the whole staging area, and on rows of
//! the live register brought into staging tables. They judge; nothing here changes a value.
//!
//! Invariants
//! - pure: no files, no clock ("today" is an argument), no chance; threads only split work;
//! - equal input gives equal findings in equal order, byte for byte;
//! - every rule that applies has a case that must be found and one that must not, as data beside
//!   the rule (`data/rules`); a test fails where one lacks them;
//! - a column a source does not have at all is told once (DQ-STR-005), not once per row;
//! - what is only untidy and was read without loss is no finding.
//!
//! Map
//! - [`rule`]: rules as data; [`mod@check`]: what a row check may ask; [`value`], [`form`]: reading
//!   values and codes; [`area`]: the staging area with keys and links; [`run`]: all rules over it;
//! - `row`, `keyed`: checks of the data's small language; `special`: rules that need their own
//!   code, one module per subject;
//! - [`finding`]: what is found; [`metrics`], [`report`]: figures, thresholds, verdict;
//!   [`export`]: CSV and XLSX.

pub mod area;
pub mod check;
pub mod export;
pub mod finding;
pub mod form;
mod keyed;
pub mod metrics;
pub mod report;
mod row;
pub mod rule;
pub mod run;
mod special;
pub mod value;

pub use area::Area;
pub use finding::{Finding, Kind};
pub use metrics::Metrics;
pub use report::{Report, Verdict};
pub use rule::{Category, Rule, RuleSet, Severity};
pub use run::{Settings, Stage, check};
