//! A unit's rights as the sequence of entries that would have led to them. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use dengbu_model::right::{RegistrationType, Right, RightType};
use dengbu_model::time::shanghai;
use dengbu_register::NewId;
use dengbu_register::append::NewEntry;
use dengbu_register::entry::{EndedRight, Registrar};
use uuid::Uuid;

use crate::existing::{ExistingRight, ExistingUnit};
use crate::identity::right_id;
use crate::{BUSINESS, CAUSE, DATE_UNKNOWN, LEGAL_BASIS, REGISTRAR};

/// What a step does; steps of one moment are taken in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Title,
    Create,
    End,
}

struct Step<'a> {
    /// Orders the steps of the unit.
    at: DateTime<Utc>,
    act: Act,
    /// From when it counts in the register.
    effective_at: DateTime<Utc>,
    right: &'a ExistingRight,
    right_id: Uuid,
    ends: Vec<EndedRight>,
}

/// The entries of one unit, oldest first.
pub fn entries(unit: &ExistingUnit, now: DateTime<Utc>, ids: NewId<'_>) -> Vec<NewEntry> {
    let mut counted = Counted::default();
    let mut steps = titles(unit, now, &mut counted);
    for right in &unit.others {
        steps.extend(other(unit, right, now, &mut counted));
    }
    steps.sort_by_key(|s| (s.at, s.act));
    steps
        .into_iter()
        .map(|step| entry(unit, step, now, ids()))
        .collect()
}

/// Rights that the register holds of a unit: identity → whether it stands.
pub type Held = BTreeMap<Uuid, bool>;

/// The entries by which a later delivery goes beyond what the register holds of the unit, oldest
/// first; none when it says nothing new.
///
/// # Errors
/// What stands in the way, in Chinese: the delivery contradicts the register.
pub fn further(
    unit: &ExistingUnit,
    held: &Held,
    now: DateTime<Utc>,
    ids: NewId<'_>,
) -> Result<Vec<NewEntry>, &'static str> {
    let mut counted = Counted::default();
    let mut steps = titles(unit, now, &mut counted);
    for right in &unit.others {
        steps.extend(other(unit, right, now, &mut counted));
    }
    steps.sort_by_key(|s| (s.at, s.act));
    let mut made = Vec::new();
    for mut step in steps {
        let known = held.get(&step.right_id);
        match (step.act, known) {
            // it ended already, by the source or by business since
            (Act::End, Some(false)) => continue,
            // a court's seizure ends by its own release, not because a list no longer has it
            (Act::End, Some(true))
                if step.right.right.right_type == RightType::Seizure
                    && step.right.end_reason.is_none() =>
            {
                continue;
            }
            (Act::Title | Act::Create, Some(_)) => {
                // its forerunner is new: it would have to be entered behind its successor
                if step.ends.iter().any(|e| !held.contains_key(&e.right_id)) {
                    return Err("登记簿中已有后一权利，更早的权利不能再补录，请走更正登记");
                }
                continue;
            }
            _ => {}
        }
        step.ends.retain(|e| held.get(&e.right_id) != Some(&false));
        made.push(entry(unit, step, now, ids()));
    }
    Ok(made)
}

/// How many rights of one origin and type the unit has had so far.
#[derive(Default)]
struct Counted<'a>(BTreeMap<(&'a str, &'a str, &'a str, RightType), usize>);

impl<'a> Counted<'a> {
    fn id(&mut self, unit: &'a ExistingUnit, right: &'a ExistingRight) -> Uuid {
        let (from, kind) = (&right.provenance, right.right.right_type);
        let key = (
            from.source.as_str(),
            from.table.as_str(),
            from.legacy_id.as_str(),
            kind,
        );
        let nth = self.0.entry(key).or_default();
        let id = right_id(from, unit.code(), kind, *nth);
        *nth += 1;
        id
    }
}

/// Each title begins by the entry that ends the one before it; the last may end by itself.
fn titles<'a>(
    unit: &'a ExistingUnit,
    now: DateTime<Utc>,
    counted: &mut Counted<'a>,
) -> Vec<Step<'a>> {
    let mut steps: Vec<Step<'a>> = Vec::with_capacity(unit.ownerships.len() + 1);
    for (i, right) in unit.ownerships.iter().enumerate() {
        // A title without a day was there at the latest when the next one with a day came.
        let later = unit.ownerships[i..]
            .iter()
            .find_map(|r| r.registered_on.or(r.ended_on));
        let effective_at = later.map_or(now, |day| start_of(day, now));
        let before = steps.last();
        let ends = before
            .map(|s| EndedRight {
                right_id: s.right_id,
                reason: s
                    .right
                    .end_reason
                    .clone()
                    .unwrap_or_else(|| succession(right)),
            })
            .into_iter()
            .collect();
        // The chain's own order stands even where its days contradict it.
        let at = before.map_or(effective_at, |s| s.at.max(effective_at));
        let right_id = counted.id(unit, right);
        steps.push(Step {
            at,
            act: Act::Title,
            effective_at,
            right,
            right_id,
            ends,
        });
    }
    if let Some(last) = steps.last()
        && !last.right.current
    {
        steps.push(end(last, now));
    }
    steps
}

fn other<'a>(
    unit: &'a ExistingUnit,
    right: &'a ExistingRight,
    now: DateTime<Utc>,
    counted: &mut Counted<'a>,
) -> Vec<Step<'a>> {
    let day = right.registered_on.or(right.ended_on);
    let at = day.map_or(now, |day| start_of(day, now));
    let begun = Step {
        at,
        act: Act::Create,
        effective_at: at,
        right,
        right_id: counted.id(unit, right),
        ends: Vec::new(),
    };
    let ended = (!right.current).then(|| end(&begun, now));
    std::iter::once(begun).chain(ended).collect()
}

/// The step that ends a right by itself. A right whose last day is not known ends with the taking
/// over: until then the register shows it, which errs on the side of showing too much.
fn end<'a>(begun: &Step<'a>, now: DateTime<Utc>) -> Step<'a> {
    let right = begun.right;
    let on = right.ended_on.map_or(now, |day| start_of(day, now));
    let reason = right
        .end_reason
        .clone()
        .unwrap_or_else(|| gone(right.right.right_type).to_owned());
    Step {
        at: on.max(begun.at),
        act: Act::End,
        effective_at: on.max(begun.effective_at),
        right,
        right_id: begun.right_id,
        ends: vec![EndedRight {
            right_id: begun.right_id,
            reason,
        }],
    }
}

fn succession(next: &ExistingRight) -> String {
    format!("因{}，由后一权利承接", next.registration_type.name_zh())
}

fn gone(right_type: RightType) -> &'static str {
    match right_type {
        RightType::Seizure => "存量登记资料载明查封已解除或者期限已届满",
        _ => "存量登记资料载明已注销",
    }
}

fn entry(unit: &ExistingUnit, step: Step<'_>, now: DateTime<Utc>, entry_id: Uuid) -> NewEntry {
    let creates = step.act != Act::End;
    NewEntry {
        entry_id,
        authority: unit.authority.clone(),
        unit: unit.code().clone(),
        registration_type: if creates {
            step.right.registration_type
        } else {
            RegistrationType::Deregistration
        },
        business: BUSINESS.to_owned(),
        cause: Some(CAUSE.to_owned()),
        case_no: None,
        registrar: Registrar {
            staff_id: None,
            name: REGISTRAR.to_owned(),
        },
        recorded_at: now,
        effective_at: Some(step.effective_at),
        legal_basis: vec![LEGAL_BASIS.to_owned()],
        right_id: step.right_id,
        right: registered(step.right),
        creates,
        ends: step.ends,
        certificates: Vec::new(),
        certificate_no: step.right.certificate_no.clone(),
        provenance: Some(step.right.provenance.clone()),
    }
}

/// The right, with a remark where its day of registration is not known.
fn registered(existing: &ExistingRight) -> Right {
    let mut right = existing.right.clone();
    if existing.registered_on.is_none() {
        right.remarks = Some(match right.remarks.take() {
            Some(text) if !text.is_empty() => format!("{text}；{DATE_UNKNOWN}"),
            _ => DATE_UNKNOWN.to_owned(),
        });
    }
    right
}

/// Midnight of the day in Asia/Shanghai; never after the moment of taking over.
fn start_of(day: NaiveDate, now: DateTime<Utc>) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN)
        .and_local_timezone(shanghai())
        .single()
        .map_or(now, |at| at.to_utc().min(now))
}

#[cfg(test)]
mod tests;
