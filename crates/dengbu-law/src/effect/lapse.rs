//! What runs out by itself: the register says so by an entry of its own.

use chrono::{Days, NaiveDate};
use dengbu_model::right::{RegistrationType, RightDetail};
use dengbu_model::time::date_in_shanghai;
use uuid::Uuid;

use super::{EntryDraft, ended, entry, seizure};
use crate::application::blank;
use crate::calendar::Calendar;
use crate::catalogue::{self, Business, DetailKind};
use crate::rules::Check;
use crate::state::{OpenCase, StandingRight, UnitState, World};

/// A right whose time is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lapse {
    /// The right.
    pub right_id: Uuid,
    /// Why it ends.
    pub cause: &'static str,
    /// Article.
    pub law: &'static str,
}

/// 异议登记 lapses when no suit was filed within fifteen days (民法典第二百二十条).
const CAUTION_DAYS: u64 = 15;
/// 预告登记 lapses ninety days after the right could be registered (民法典第二百二十一条).
const NOTICE_DAYS: u64 = 90;
/// The business that notes a suit on a caution.
const SUIT_BUSINESS: &str = "300-YY-01";

/// The last day on which a suit keeps a caution alive: the fifteenth after its registration, or
/// the next working day where that is a day off (民法典第二百零一条第一款、第二百零三条第一款).
#[must_use]
pub fn caution_last_day(registered_on: NaiveDate, calendar: &Calendar) -> NaiveDate {
    registered_on
        .checked_add_days(Days::new(CAUTION_DAYS))
        .map_or(NaiveDate::MAX, |last| calendar.due(last, 0))
}

/// The last day of a priority notice: the ninetieth after the right itself could be registered, or
/// the next working day (民法典第二百二十一条第二款、第二百零三条第一款).
#[must_use]
pub fn notice_last_day(registrable_on: NaiveDate, calendar: &Calendar) -> NaiveDate {
    registrable_on
        .checked_add_days(Days::new(NOTICE_DAYS))
        .map_or(NaiveDate::MAX, |last| calendar.due(last, 0))
}

fn open(unit: &UnitState, which: impl Fn(&OpenCase) -> bool) -> bool {
    unit.open_cases.iter().any(which)
}

/// Cause and article of a right whose time is over: it has no effect from then on, whether
/// or not the register says so already.
///
/// A seizure and a restriction end on the day that the order names, day off or not
/// (民法典第二百零三条 speaks of periods that are counted, not of days that are set).
pub(crate) fn over(
    right: &StandingRight,
    unit: &UnitState,
    today: NaiveDate,
    calendar: &Calendar,
) -> Option<(&'static str, &'static str)> {
    match &right.right.detail {
        // until 24:00 of the last day
        RightDetail::Seizure(s) if s.end.is_some_and(|end| end < today) && !s.kind.is_waiting() => {
            Some((
                "查封期限届满未续行查封，查封效力消灭",
                "《最高人民法院关于人民法院民事执行中查封、扣押、冻结财产的规定》第二十七条",
            ))
        }
        RightDetail::Caution(c) => {
            // older books note a suit in words
            let sued = c.suit_on.is_some() || right.right.other_conditions.is_some();
            let last = || caution_last_day(date_in_shanghai(right.registered_at), calendar);
            // what was handed in is not lost while its case is under way
            let noted = || open(unit, |c| c.business == SUIT_BUSINESS);
            (!sued && today > last() && !noted()).then_some((
                "异议登记之日起十五日内未提起诉讼或者申请仲裁，异议登记失效",
                "《民法典》第二百二十条第二款",
            ))
        }
        RightDetail::PriorityNotice(n) => {
            let last = n.registrable_on.map(|d| notice_last_day(d, calendar));
            // somebody may have applied in time: a case under way is waited for
            let asked = || open(unit, |c| c.exclusive);
            (last.is_some_and(|last| today > last) && !asked()).then_some((
                "自能够进行不动产登记之日起九十日内未申请登记，预告登记失效",
                "《民法典》第二百二十一条第二款",
            ))
        }
        RightDetail::Restriction(r) if r.end.is_some_and(|end| end < today) => Some((
            "限制期限届满",
            "《不动产登记暂行条例》第八条第三款第（三）项",
        )),
        _ => None,
    }
}

/// The business under which the register enters that such a right ran out.
fn business_of(right: &RightDetail) -> Option<&'static Business> {
    catalogue::business(match right {
        RightDetail::Seizure(_) => "800-00-08",
        RightDetail::Caution(_) => "400-YY-01",
        RightDetail::PriorityNotice(_) => "400-YG-01",
        RightDetail::Restriction(_) => "900-15-01",
        _ => return None,
    })
}

/// The entries by which rights on a unit end whose time is over, right by right; the next
/// seizure in rank takes the place of one that ran out. Each lapse is drafted on the unit as
/// given: whoever records one looks again before the next.
#[must_use]
pub fn lapses(
    unit: &UnitState,
    calendar: &Calendar,
    today: NaiveDate,
    ids: &dyn Fn() -> Uuid,
) -> Vec<(Lapse, Vec<EntryDraft>)> {
    let world = World::new([unit.clone()], calendar);
    let nobody = blank(DetailKind::Release);
    unit.rights
        .iter()
        .filter_map(|r| over(r, unit, today, calendar).map(|(cause, law)| (r, cause, law)))
        .filter_map(|(r, cause, law)| {
            let check = Check {
                business: business_of(&r.right.detail)?,
                application: &nobody,
                unit,
                world: &world,
                today,
            };
            let mut e = entry(&check, r.right_id, r.right.clone(), false);
            e.registration_type = match &r.right.detail {
                RightDetail::Seizure(_) => RegistrationType::Seizure,
                _ => RegistrationType::Deregistration,
            };
            cause.clone_into(&mut e.reason);
            e.legal_basis = vec![law.to_owned()];
            e.ends.push(ended(r, cause));
            let mut all = vec![e];
            if matches!(r.right.detail, RightDetail::Seizure(_)) {
                all.extend(seizure::promotion(&check, r, today, ids));
            }
            let lapse = Lapse {
                right_id: r.right_id,
                cause,
                law,
            };
            Some((lapse, all))
        })
        .collect()
}
