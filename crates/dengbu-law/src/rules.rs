//! Conflicts between what stands in the register and what is asked for
//! (权利冲突规则). One function per rule; the catalogue says which business
//! runs which.
//!
//! Map: `unit` — the unit itself and who else is at work on it; `ownership` — titles and
//! their holders; `mortgage`; `seizure`; `notice` — priority notices and cautions;
//! `change` — alteration, rectification and ending of rights; `first` — first registration.

mod change;
mod first;
mod mortgage;
mod notice;
mod ownership;
mod seizure;
mod unit;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::application::Application;
use crate::calendar::Calendar;
use crate::catalogue::Business;
use crate::state::{UnitState, World};

pub(crate) use ownership::{minor, same_person};

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
    /// All units of the case: what is exchanged, split or merged is seen together.
    pub world: &'a World,
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
    unit::R05,
    unit::R06,
    change::R07,
    change::R08,
    change::R09,
    ownership::R03,
    ownership::R04,
    first::R04N,
    seizure::R10,
    seizure::R10W,
    seizure::R10C,
    seizure::R11,
    seizure::R12,
    seizure::R13,
    seizure::R14,
    seizure::R16,
    seizure::R17,
    seizure::R18,
    seizure::R_SEIZURE_TERM,
    seizure::R24,
    mortgage::R20,
    mortgage::R20C,
    mortgage::R21,
    mortgage::R22,
    mortgage::R23,
    mortgage::R25,
    mortgage::R26,
    mortgage::R27,
    mortgage::R28,
    mortgage::R29,
    mortgage::R33,
    mortgage::R03M,
    mortgage::R_MORTGAGE_LIVE,
    notice::R30,
    notice::R32,
    notice::R34,
    notice::R40,
    notice::R40D,
    notice::R40S,
    notice::R30D,
    unit::R41,
    change::R42,
    change::R45,
    ownership::R50,
    first::R50H,
    change::R51,
    ownership::R52,
    ownership::R60,
    ownership::R61,
    ownership::R62,
    ownership::R63,
    ownership::R64,
    ownership::R66,
    unit::R70,
    unit::R70W,
    ownership::R71,
    ownership::R72,
    unit::R73,
    unit::R74,
    first::R75,
    ownership::R80,
    first::R84,
    first::R84H,
    change::R85,
    first::R86,
    change::R87,
    change::R88,
    change::R89,
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

/// Runs the rules of the business over all units of the application. A combined business is
/// run part by part: each part meets what the parts before it will have made.
#[must_use]
pub fn check(
    business: &'static Business,
    application: &Application,
    units: &[UnitState],
    calendar: &Calendar,
    today: NaiveDate,
) -> Vec<Violation> {
    let parts = match application.parts(business) {
        Ok(parts) => parts,
        Err(fault) => return vec![parts_fault(&fault)],
    };
    let mut found = Vec::new();
    // a certificate whose units are all in the case is whole (R05)
    let here: std::collections::BTreeSet<_> = units.iter().map(|u| &u.unit).collect();
    let together = units.iter().map(|u| {
        let mut u = u.clone();
        u.certificate_units.retain(|c| !here.contains(c));
        u
    });
    let mut world = World::new(together, calendar);
    // the identities of rights that a part would make are counted, not drawn, downwards from
    // where no drawn one lies, so that they meet neither each other nor one in the register
    let next = std::cell::Cell::new(u128::MAX);
    let ids = || {
        next.set(next.get() - 1);
        uuid::Uuid::from_u128(next.get())
    };
    let last = parts.len().saturating_sub(1);
    for (i, (business, application)) in parts.iter().enumerate() {
        for unit in world.units() {
            let check = Check {
                business,
                application,
                unit,
                world: &world,
                today,
            };
            run(&check, &mut found);
        }
        if i < last && play(business, application, &mut world, today, &ids).is_err() {
            // what is wrong with this part has been found; the next has nothing to stand on
            break;
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|v| seen.insert((v.rule.clone(), v.unit_code.clone(), v.message.clone())));
    found.sort_by_key(|v| std::cmp::Reverse(v.severity));
    found
}

/// Places of the rules in [`RULES`] by identifier: looked up for every unit of every case.
static PLACES: LazyLock<BTreeMap<&'static str, u32>> =
    LazyLock::new(|| RULES.iter().map(|r| r.id).zip(0..).collect());

const _: () = assert!(RULES.len() <= 128, "a bit for each rule");

/// The rules of a business, a bit for each place in [`RULES`].
fn chosen(business: &Business) -> u128 {
    let places = business
        .rules
        .iter()
        .filter_map(|id| PLACES.get(id.as_str()));
    places.fold(0, |bits, at| bits | 1 << at)
}

/// Runs the rules of a single business on one unit.
fn run(check: &Check<'_>, found: &mut Vec<Violation>) {
    let chosen = chosen(check.business);
    for (_, rule) in (0_u32..)
        .zip(RULES)
        .filter(|(at, _)| chosen & (1 << at) != 0)
    {
        found.extend((rule.test)(check).into_iter().map(|f| Violation {
            rule: rule.id.to_owned(),
            severity: f.severity,
            message: f.message,
            citizen_message: f.citizen_message,
            law: rule.law.to_owned(),
            field: f.field.map(str::to_owned),
            unit_code: Some(check.unit.unit.as_str().to_owned()),
        }));
    }
}

/// Applies a part for the eyes of the next one.
fn play(
    business: &Business,
    application: &Application,
    world: &mut World,
    today: NaiveDate,
    ids: &dyn Fn() -> uuid::Uuid,
) -> Result<(), crate::effect::EffectError> {
    let noon = today.and_hms_opt(4, 0, 0).unwrap_or_default().and_utc();
    crate::effect::part(business, application, world, noon, today, ids).map(|_| ())
}

fn parts_fault(fault: &crate::application::FieldError) -> Violation {
    Violation {
        rule: "R00".to_owned(),
        severity: Severity::Block,
        message: fault.message.clone(),
        citizen_message: "申请的业务组合填写有误。".to_owned(),
        law: "《不动产登记暂行条例》第十六条".to_owned(),
        field: Some(fault.field.clone()),
        unit_code: None,
    }
}

/// Units that are named one by one when the same is found on several of them.
const NAMED_MAX: usize = 5;

/// What is found alike on many units of a case is said once, with their number: a clerk does
/// not read two thousand times that the land is mortgaged. Whether it stands in the way does
/// not change by it, for a rule is taken note of for the whole case.
#[must_use]
pub fn folded(found: Vec<Violation>) -> Vec<Violation> {
    let alike = |v: &Violation| (v.rule.clone(), v.message.clone());
    let mut counts = std::collections::BTreeMap::<_, usize>::new();
    for v in &found {
        *counts.entry(alike(v)).or_default() += 1;
    }
    let mut said = std::collections::BTreeSet::new();
    let mut kept = Vec::with_capacity(counts.len());
    for mut v in found {
        let key = alike(&v);
        let count = counts.get(&key).copied().unwrap_or(1);
        if count > NAMED_MAX {
            if !said.insert(key) {
                continue;
            }
            v.message = format!("{}（共 {count} 个不动产单元）", v.message);
        }
        kept.push(v);
    }
    kept
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
