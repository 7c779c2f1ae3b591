//! The work of the last months (演示办件): which cases came in, when, and how each went. Pure: the
//! same day gives the same cases. Most are done, the latest are under way, and a few wait longer
//! than they should, so that figures, lights and reminders have something to show.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use dengbu_law::calendar::Calendar;
use dengbu_law::flow::Step;
use dengbu_model::party::PartyKind;
use dengbu_model::right::RightType;
use dengbu_model::time::shanghai;
use dengbu_model::unit_code::UnitCode;
use dengbu_takeover::{ExistingStock, ExistingUnit};

use crate::dice::Dice;
use crate::story;

/// How far back the work begins; the city was taken over the day before.
pub(crate) const DAYS_BACK: u64 = 180;
/// The last days, in which more cases came in.
const BUSY_DAYS: u64 = 30;
/// Seed of the work; not the city's, so that the city stays as it is.
const SEED: u64 = 0x00D3_2026_0B00;

/// 权利性质 102: 出让.
const GRANTED: &str = "102";

/// What a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 存量房转移登记.
    Sale,
    /// 抵押权首次登记.
    Mortgage,
    /// 抵押权注销登记.
    Release,
    /// 查封登记.
    Seizure,
}

impl Kind {
    /// Business code.
    pub fn business(self) -> &'static str {
        match self {
            Self::Sale => "200-04-02",
            Self::Mortgage => "100-DY-01",
            Self::Release => "400-DY-01",
            Self::Seizure => "800-00-01",
        }
    }

    /// Steps of a review before the entry.
    fn reviews(self) -> &'static [Step] {
        match self {
            Self::Sale | Self::Mortgage => &[Step::FirstReview, Step::Approval],
            Self::Release | Self::Seizure => &[Step::Approval],
        }
    }
}

/// One thing done to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Taken in and accepted.
    Take,
    /// Taken in and not accepted.
    TurnAway,
    /// Given over an interface and decided by the rules.
    Decide,
    /// A review agrees.
    Agree,
    /// Sent to the applicants for correction.
    Correct,
    /// Handed in again.
    Resubmit,
    /// Refused.
    Refuse,
    /// Withdrawn by the applicants.
    Withdraw,
    /// Entered.
    Record,
    /// The fee is paid; an automatic case goes on by itself.
    Pay,
    /// The certificate is printed.
    Print,
    /// Handed over.
    HandOver,
    /// Archived.
    File,
    /// Claimed by whoever works at the step.
    Claim,
}

/// A case from its beginning.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    /// Unit.
    pub unit: UnitCode,
    /// What it is about.
    pub kind: Kind,
    /// Office point that takes it.
    pub office: String,
    /// How it comes in.
    pub source: &'static str,
    /// What is done to it and when, in order.
    pub course: Vec<(DateTime<Utc>, Act)>,
}

/// Units that cases may be about, by county, the last of the stock first: stories, manuals and
/// tests use the first.
struct Free {
    clean: BTreeMap<String, Vec<UnitCode>>,
    mortgaged: BTreeMap<String, Vec<UnitCode>>,
}

impl Free {
    fn of(stock: &ExistingStock, authority: &str) -> Self {
        // a flat on allocated land is not sold without more papers (《城市房地产管理法》第四十条)
        let granted: BTreeSet<_> = stock
            .parcels
            .iter()
            .map(|p| &p.parcel)
            .filter(|p| {
                p.right_nature
                    .as_ref()
                    .is_some_and(|n| n.as_str() == GRANTED)
            })
            .map(|p| &p.code)
            .collect();
        let own = || {
            let units = stock.units.iter().filter(|u| u.authority == authority);
            units
                .filter(|u| story::scene(u.code().as_str()).is_none() && sold_to_one(u))
                .filter(|u| granted.contains(&u.code().parcel()))
        };
        let codes = |fit: fn(&ExistingUnit) -> bool| {
            let mut found: BTreeMap<String, Vec<UnitCode>> = BTreeMap::new();
            for unit in own().filter(|u| fit(u)) {
                let county = unit.code().county().as_str().to_owned();
                found.entry(county).or_default().push(unit.code().clone());
            }
            found
        };
        Self {
            clean: codes(|u| u.others.iter().all(|o| !o.current)),
            mortgaged: codes(|u| {
                let mut standing = u.others.iter().filter(|o| o.current);
                standing
                    .next()
                    .is_some_and(|o| o.right.right_type == RightType::Mortgage)
                    && standing.next().is_none()
            }),
        }
    }

    /// A unit of whichever county the dice choose, more often of one with more units left.
    fn take(&mut self, kind: Kind, dice: &mut Dice) -> Option<UnitCode> {
        let counties = match kind {
            Kind::Release => &mut self.mortgaged,
            _ => &mut self.clean,
        };
        let left: usize = counties.values().map(Vec::len).sum();
        let mut nth = usize::try_from(dice.below(left as u64)).unwrap_or_default();
        for units in counties.values_mut() {
            if nth < units.len() {
                return units.pop();
            }
            nth -= units.len();
        }
        None
    }
}

/// A flat bought by one person.
fn sold_to_one(unit: &ExistingUnit) -> bool {
    matches!(unit.ownerships.as_slice(), [_, .., last] if last.current
        && last.right.right_type == RightType::StateConstructionLandAndBuilding
        && matches!(last.right.holders.as_slice(), [one] if one.party.kind == PartyKind::Person))
}

/// All cases of an authority up to now, by the moment they began.
pub(crate) fn cases(
    stock: &ExistingStock,
    authority: &str,
    calendar: &Calendar,
    now: DateTime<Utc>,
) -> Vec<Planned> {
    let today = dengbu_model::time::date_in_shanghai(now);
    let number: u64 = authority.parse().unwrap_or_default();
    let mut maker = Maker {
        dice: Dice::new(SEED ^ number),
        calendar,
        free: Free::of(stock, authority),
        city: authority == "510400",
        cases: Vec::new(),
        withdrawn: false,
    };
    for back in (0..=DAYS_BACK).rev() {
        let day = today.checked_sub_days(Days::new(back)).unwrap_or(today);
        if calendar.is_working_day(day) {
            for _ in 0..maker.of_day(back <= BUSY_DAYS) {
                maker.finished(day);
            }
        }
    }
    maker.waiting(today);
    for case in &mut maker.cases {
        case.course.retain(|(at, _)| *at <= now);
    }
    maker.cases.retain(|c| !c.course.is_empty());
    maker.cases.sort_by_key(|c| c.course.first().map(|a| a.0));
    maker.cases
}

struct Maker<'a> {
    dice: Dice,
    calendar: &'a Calendar,
    free: Free,
    city: bool,
    cases: Vec<Planned>,
    /// True once some applicants took their case back: chance alone may leave it out.
    withdrawn: bool,
}

impl Maker<'_> {
    /// How many cases come in on a day.
    fn of_day(&mut self, busy: bool) -> u64 {
        match (self.city, busy) {
            (true, true) => self.dice.between(1, 2),
            (true, false) => u64::from(self.dice.chance(360)),
            (false, true) => u64::from(self.dice.chance(320)),
            (false, false) => u64::from(self.dice.chance(120)),
        }
    }

    fn kind(&mut self) -> Kind {
        match self.dice.below(100) {
            0..40 => Kind::Sale,
            40..72 => Kind::Mortgage,
            72..94 => Kind::Release,
            _ => Kind::Seizure,
        }
    }

    fn add(&mut self, kind: Kind, source: &'static str, course: Vec<(DateTime<Utc>, Act)>) {
        if let Some(unit) = self.free.take(kind, &mut self.dice) {
            let office = self.office(&unit);
            self.cases.push(Planned {
                unit,
                kind,
                office,
                source,
                course,
            });
        }
    }

    /// The hall of the unit's county, or, within the city, now and then another one (同城通办).
    fn office(&mut self, unit: &UnitCode) -> String {
        let own = match unit.county().as_str() {
            "510403" => "510400-02",
            "510411" => "510400-03",
            "510402" => "510400-01",
            county => return format!("{county}-01"),
        };
        if self.dice.chance(250) {
            "510400-01".to_owned()
        } else {
            own.to_owned()
        }
    }

    /// A case that began on a day and took its course; what lies ahead is cut off later.
    fn finished(&mut self, day: NaiveDate) {
        let kind = self.kind();
        let mut clock = Clock::open(self.calendar, day, &mut self.dice);
        let automatic = kind != Kind::Sale && kind != Kind::Seizure && self.dice.chance(380);
        if automatic {
            let course = vec![
                (clock.at(), Act::Decide),
                (clock.later(0, &mut self.dice), Act::Pay),
            ];
            return self.add(kind, "interface", course);
        }
        let source = match kind {
            Kind::Seizure => "court",
            Kind::Mortgage if self.dice.chance(550) => "bank",
            Kind::Sale if self.dice.chance(250) => "web",
            _ => "counter",
        };
        let course = self.course(kind, &mut clock);
        self.add(kind, source, course);
    }

    fn course(&mut self, kind: Kind, clock: &mut Clock<'_>) -> Vec<(DateTime<Utc>, Act)> {
        let must_withdraw = !self.withdrawn && self.cases.len() >= 12;
        let dice = &mut self.dice;
        if dice.chance(25) {
            return vec![(clock.at(), Act::TurnAway)];
        }
        let mut course = vec![(clock.at(), Act::Take)];
        // a court's order is carried out the same day
        let slow = if kind == Kind::Seizure { 0 } else { 130 };
        let gap = match kind {
            Kind::Sale => 500,
            Kind::Mortgage | Kind::Release => 120,
            Kind::Seizure => 0,
        };
        let gaps = |dice: &mut Dice| u64::from(dice.chance(gap));
        if kind == Kind::Sale && dice.chance(90) {
            let days = gaps(dice);
            course.push((clock.later(days, dice), Act::Correct));
            let days = dice.between(2, 6);
            course.push((clock.later(days, dice), Act::Resubmit));
        }
        for step in kind.reviews() {
            let held_up = *step == Step::Approval && dice.chance(slow);
            let days = if held_up {
                dice.between(3, 5)
            } else {
                gaps(dice)
            };
            let at = clock.later(days, dice);
            if *step == Step::Approval && kind == Kind::Sale && dice.chance(45) {
                course.push((at, Act::Refuse));
                return course;
            }
            if must_withdraw || dice.chance(15) {
                self.withdrawn = true;
                course.push((at, Act::Withdraw));
                return course;
            }
            course.push((at, Act::Agree));
        }
        let days = gaps(dice);
        course.push((clock.later(days, dice), Act::Record));
        if matches!(kind, Kind::Sale | Kind::Mortgage) {
            course.push((clock.later(0, dice), Act::Pay));
            course.push((clock.later(0, dice), Act::Print));
            let days = dice.between(0, 3);
            course.push((clock.later(days, dice), Act::HandOver));
        }
        let days = dice.between(1, 5);
        course.push((clock.later(days, dice), Act::File));
        course
    }

    /// Cases that wait: over their limit, on its last day, near it, with time enough.
    fn waiting(&mut self, today: NaiveDate) {
        // working days since acceptance, reviews agreed to, claimed
        let all: [(Kind, u64, usize, bool); 12] = [
            (Kind::Sale, 5, 1, true),
            (Kind::Sale, 4, 0, false),
            (Kind::Sale, 3, 1, true),
            (Kind::Sale, 2, 0, true),
            (Kind::Mortgage, 1, 1, false),
            (Kind::Sale, 1, 1, false),
            (Kind::Mortgage, 2, 0, true),
            (Kind::Sale, 6, 2, false),
            (Kind::Sale, 3, 0, false),
            (Kind::Sale, 2, 1, false),
            (Kind::Mortgage, 1, 2, true),
            (Kind::Sale, 1, 0, false),
        ];
        let count = if self.city { all.len() } else { 5 };
        for (kind, days, agreed, claimed) in all.into_iter().take(count) {
            let began = back(self.calendar, today, days);
            let mut clock = Clock::open(self.calendar, began, &mut self.dice);
            let mut course = vec![(clock.at(), Act::Take)];
            for _ in 0..agreed {
                course.push((clock.later(0, &mut self.dice), Act::Agree));
            }
            if claimed {
                course.push((clock.later(0, &mut self.dice), Act::Claim));
            }
            self.add(kind, "counter", course);
        }
        let mut clock = Clock::open(self.calendar, back(self.calendar, today, 7), &mut self.dice);
        let course = vec![
            (clock.at(), Act::Take),
            (clock.later(1, &mut self.dice), Act::Correct),
        ];
        self.add(Kind::Sale, "counter", course);
        self.ended(today);
    }

    /// One case of each end without an entry, whatever the dice say.
    fn ended(&mut self, today: NaiveDate) {
        for (days, end) in [(9, Act::Refuse), (12, Act::Withdraw), (15, Act::TurnAway)] {
            let began = back(self.calendar, today, days);
            let mut clock = Clock::open(self.calendar, began, &mut self.dice);
            let mut course = vec![(clock.at(), end)];
            if end != Act::TurnAway {
                course = vec![(clock.at(), Act::Take)];
                course.push((clock.later(1, &mut self.dice), Act::Agree));
                course.push((clock.later(0, &mut self.dice), end));
            }
            self.add(Kind::Sale, "counter", course);
        }
    }
}

/// The day so many working days before another.
fn back(calendar: &Calendar, today: NaiveDate, days: u64) -> NaiveDate {
    let mut day = today;
    let mut left = days;
    while left > 0 {
        day = day.checked_sub_days(Days::new(1)).unwrap_or(day);
        left -= u64::from(calendar.is_working_day(day));
    }
    day
}

/// Office hours.
struct Clock<'a> {
    calendar: &'a Calendar,
    day: NaiveDate,
    /// Minutes since midnight in Shanghai.
    minute: u64,
}

const OPENS: u64 = 9 * 60;
const CLOSES: u64 = 17 * 60;

impl<'a> Clock<'a> {
    fn open(calendar: &'a Calendar, day: NaiveDate, dice: &mut Dice) -> Self {
        Self {
            calendar,
            day,
            minute: OPENS + dice.below(240),
        }
    }

    fn at(&self) -> DateTime<Utc> {
        let minutes = TimeDelta::minutes(i64::try_from(self.minute).unwrap_or_default());
        let local = self.day.and_time(chrono::NaiveTime::MIN) + minutes;
        local
            .and_local_timezone(shanghai())
            .single()
            .map_or_else(|| local.and_utc(), |at| at.to_utc())
    }

    /// So many working days later; on the same day after a while, unless the office closes.
    fn later(&mut self, days: u64, dice: &mut Dice) -> DateTime<Utc> {
        let mut days = days;
        if days == 0 {
            self.minute += dice.between(8, 75);
            if self.minute > CLOSES {
                days = 1;
            }
        }
        if days > 0 {
            self.minute = OPENS + dice.below(300);
        }
        while days > 0 {
            self.day = self.day.succ_opt().unwrap_or(self.day);
            days -= u64::from(self.calendar.is_working_day(self.day));
        }
        self.at()
    }
}

#[cfg(test)]
mod tests {
    use dengbu_law::calendar::{SHIPPED, parse_days};

    use super::*;

    fn made(now: &str) -> Vec<Planned> {
        let now: DateTime<Utc> = now.parse().unwrap();
        let days = parse_days(SHIPPED).unwrap();
        let calendar = Calendar::new(days.into_iter().map(|d| (d.day, d.kind)));
        let stock = crate::city::city(dengbu_model::time::date_in_shanghai(now)).unwrap();
        let mut all = Vec::new();
        for authority in ["510400", "510421", "510422"] {
            all.extend(cases(&stock, authority, &calendar, now));
        }
        all
    }

    #[test]
    fn each_unit_has_one_case_and_nothing_lies_ahead() {
        for now in ["2026-11-23T07:00:00Z", "2027-02-20T20:00:00Z"] {
            let all = made(now);
            assert!((90..180).contains(&all.len()), "{}", all.len());
            let units: BTreeSet<_> = all.iter().map(|c| &c.unit).collect();
            assert_eq!(units.len(), all.len());
            let now: DateTime<Utc> = now.parse().unwrap();
            for case in &all {
                assert!(case.course.is_sorted_by_key(|(at, _)| *at), "{case:?}");
                assert!(case.course.iter().all(|(at, _)| *at <= now));
                assert!(story::scene(case.unit.as_str()).is_none());
            }
            let with = |act| {
                all.iter()
                    .filter(|c| c.course.iter().any(|a| a.1 == act))
                    .count()
            };
            for act in [
                Act::Decide,
                Act::Record,
                Act::Correct,
                Act::File,
                Act::Claim,
                Act::Refuse,
                Act::Withdraw,
                Act::TurnAway,
            ] {
                assert!(with(act) > 2, "{act:?}");
            }
        }
    }
}
