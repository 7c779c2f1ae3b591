//! Conflicts between what stands in the register and what is asked for
//! (权利冲突规则). One function per rule; the catalogue says which business
//! runs which.

mod mortgage;
mod ownership;
pub mod seizure;
mod unit;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::application::Application;
use crate::catalogue::Business;
use crate::state::UnitState;

/// How hard a violation weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Said for information; needs nothing.
    Info,
    /// May go on when the clerk records why.
    Warn,
    /// May go on when the consent named is in hand and recorded.
    Consent,
    /// Cannot go on.
    Block,
}

/// One rule found not to be met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Violation {
    /// Identifier of the rule, such as `R10`.
    pub rule: String,
    /// How hard it weighs.
    pub severity: Severity,
    /// What the clerk reads.
    pub message: String,
    /// What the citizen reads.
    pub citizen_message: String,
    /// Article it rests on.
    pub law: String,
    /// Field of the application it points at, as JSON pointer.
    pub field: Option<String>,
    /// Unit concerned.
    pub unit_code: Option<String>,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct Check<'a> {
    /// The business applied for.
    pub business: &'a Business,
    /// What is asked for.
    pub application: &'a Application,
    /// The unit as it stands.
    pub unit: &'a UnitState,
    /// The day in Asia/Shanghai.
    pub today: NaiveDate,
}

/// One rule: identity, source and test.
#[derive(Debug)]
pub struct Rule {
    /// Identifier used in the catalogue and in records.
    pub id: &'static str,
    /// What it demands, in one line.
    pub title: &'static str,
    /// Article it rests on.
    pub law: &'static str,
    /// The test: nothing, or what is wrong.
    test: fn(&Check<'_>) -> Vec<Finding>,
}

/// What a rule's test found.
#[derive(Debug)]
struct Finding {
    severity: Severity,
    message: String,
    citizen_message: String,
    field: Option<&'static str>,
}

impl Finding {
    fn new(
        severity: Severity,
        message: impl Into<String>,
        citizen_message: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            message: message.into(),
            citizen_message: citizen_message.into(),
            field: None,
        }
    }

    fn block(message: impl Into<String>, citizen_message: impl Into<String>) -> Self {
        Self::new(Severity::Block, message, citizen_message)
    }

    fn at(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }
}

/// All rules, in the order in which they are shown.
const RULES: &[Rule] = &[
    unit::R01,
    unit::R02,
    ownership::R03,
    ownership::R04,
    seizure::R10,
    seizure::R11,
    seizure::R13,
    seizure::R17,
    seizure::R_SEIZURE_TERM,
    mortgage::R20,
    mortgage::R21,
    mortgage::R03M,
    mortgage::R_MORTGAGE_LIVE,
    ownership::R30,
    ownership::R40,
    ownership::R50,
    ownership::R62,
    unit::R70,
    ownership::R71,
    ownership::R901,
];

/// All rules.
#[must_use]
pub fn all() -> &'static [Rule] {
    RULES
}

/// The rule with this identifier.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|r| r.id == id)
}

/// Runs the rules of the business over all units of the application.
#[must_use]
pub fn check(
    business: &Business,
    application: &Application,
    units: &[UnitState],
    today: NaiveDate,
) -> Vec<Violation> {
    let mut found = Vec::new();
    for unit in units {
        let check = Check {
            business,
            application,
            unit,
            today,
        };
        for rule in RULES
            .iter()
            .filter(|r| business.rules.iter().any(|id| id == r.id))
        {
            found.extend((rule.test)(&check).into_iter().map(|f| Violation {
                rule: rule.id.to_owned(),
                severity: f.severity,
                message: f.message,
                citizen_message: f.citizen_message,
                law: rule.law.to_owned(),
                field: f.field.map(str::to_owned),
                unit_code: Some(unit.unit.as_str().to_owned()),
            }));
        }
    }
    found.sort_by_key(|v| std::cmp::Reverse(v.severity));
    found
}

/// Violations that still stand in the way: blocks always, warnings and missing
/// consents until they are recorded with a reason.
#[must_use]
pub fn standing<'a>(violations: &'a [Violation], application: &Application) -> Vec<&'a Violation> {
    let noted = |v: &Violation| {
        application
            .acknowledged
            .iter()
            .any(|a| a.rule == v.rule && !a.reason.trim().is_empty())
    };
    violations
        .iter()
        .filter(|v| match v.severity {
            Severity::Info => false,
            Severity::Warn | Severity::Consent => !noted(v),
            Severity::Block => true,
        })
        .collect()
}

#[cfg(test)]
mod tests;
