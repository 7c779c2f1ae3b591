//! Findings of the assignment itself, beside those of the quality rules: houses without a
//! building, second records of a house, records that could not be read.

use dengbu_staging::Staging;
use serde::Serialize;

use crate::links::{Links, Status};
use crate::read::OfficeRead;

/// A line of `findings.csv`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FindingRow {
    /// Rule (DQ-LOG-010; ours begin with `FUS-`).
    pub rule_id: String,
    /// 强制 or 警告.
    pub severity: String,
    /// Source.
    pub source: String,
    /// Table as the source calls it.
    pub table: String,
    /// Record there.
    pub legacy_id: String,
    /// Field.
    pub field: String,
    /// Value.
    pub value: String,
    /// In a sentence.
    pub message: String,
    /// Class word of the defect; empty where none fits.
    pub kind: String,
}

impl From<&dengbu_quality::Finding> for FindingRow {
    fn from(finding: &dengbu_quality::Finding) -> Self {
        Self {
            rule_id: finding.rule_id.clone(),
            severity: finding.severity.name().to_owned(),
            source: finding.source.clone(),
            table: finding.table.clone(),
            legacy_id: finding.legacy_id.clone(),
            field: finding.field.clone(),
            value: finding.value.clone(),
            message: finding.message.clone(),
            kind: finding
                .kind
                .map_or("", dengbu_quality::Kind::code)
                .to_owned(),
        }
    }
}

/// Houses that name no findable building: DQ-REL-003's finding before the load.
const UNMATCHED: &str = "FUS-001";
/// Second records (一房多录): the rule of the list, told here because it needs the links.
const DUPLICATE: &str = "DQ-LOG-005";
/// Records that can't be read.
const UNREAD: &str = "FUS-003";

/// Findings of assignment and reading.
pub fn of_assignment(staging: &Staging, links: &Links, offices: &[OfficeRead]) -> Vec<FindingRow> {
    let mut rows = Vec::new();
    if let Some(houses) = staging.table("H") {
        for (row, link) in links.houses.iter().enumerate() {
            let origin = houses.origin(row);
            let base =
                |rule: &str, field: &str, value: &str, message: String, kind: &str| FindingRow {
                    rule_id: rule.to_owned(),
                    severity: "强制".to_owned(),
                    source: origin.source.clone(),
                    table: origin.table.clone(),
                    legacy_id: origin.legacy_id.clone(),
                    field: field.to_owned(),
                    value: value.to_owned(),
                    message,
                    kind: kind.to_owned(),
                };
            match (link.status, link.duplicate_of) {
                // A key that refers to no building is an orphan, which the rules report.
                (Status::Unlinked, _) if houses.value("ZRZH", row).is_empty() => {
                    let address = houses.raw("ZL", row);
                    let message = "按坐落找不到所在的自然幢，未关联，请人工确认".to_owned();
                    rows.push(base(
                        UNMATCHED,
                        "ZL",
                        address,
                        message,
                        "building_unmatched",
                    ));
                }
                (Status::DuplicateOf, Some(first)) => {
                    let first = houses.legacy_id(first as usize);
                    let message = format!("与 {first} 为同一套房屋的重复记录");
                    rows.push(base(DUPLICATE, "", first, message, "duplicate_house"));
                }
                _ => {}
            }
        }
    }
    for unread in offices.iter().flat_map(|office| &office.unread) {
        rows.push(FindingRow {
            rule_id: UNREAD.to_owned(),
            severity: "强制".to_owned(),
            source: unread.source.clone(),
            table: unread.table.clone(),
            legacy_id: String::new(),
            field: String::new(),
            value: match unread.line {
                0 => unread.file.clone(),
                line => format!("{} 第 {line} 行", unread.file),
            },
            message: unread.reason.clone(),
            kind: String::new(),
        });
    }
    rows
}
