//! A house with its rights, before any office writes it down.

use chrono::{Datelike, Months, NaiveDate};

use crate::dice::Dice;
use crate::names;
use crate::people::{self, Holder};
use crate::plan::Building;

/// An ownership.
#[derive(Debug, Clone)]
pub struct Owned {
    /// Holders.
    pub holders: Vec<Holder>,
    /// Registered on.
    pub day: NaiveDate,
    /// In force.
    pub current: bool,
}

/// A mortgage.
#[derive(Debug, Clone)]
pub struct Mortgage {
    /// Lender.
    pub lender: &'static str,
    /// In 10,000 yuan.
    pub amount: u32,
    /// From.
    pub from: NaiveDate,
    /// To.
    pub to: NaiveDate,
}

/// A seizure of three years.
#[derive(Debug, Clone)]
pub struct Seizure {
    /// Court.
    pub court: &'static str,
    /// Document.
    pub document: String,
    /// From.
    pub from: NaiveDate,
}

impl Seizure {
    /// To.
    pub fn to(&self) -> NaiveDate {
        self.from
            .checked_add_months(Months::new(36))
            .unwrap_or(self.from)
    }
}

/// A house.
#[derive(Debug, Clone)]
pub struct Flat {
    /// 单元.
    pub entrance: u32,
    /// 层.
    pub storey: u32,
    /// 室.
    pub room: u32,
    /// Inner area in hundredths.
    pub inner: u32,
    /// Shared area in hundredths.
    pub shared: u32,
    /// Ownerships, the current one last.
    pub chain: Vec<Owned>,
    /// Mortgage.
    pub mortgage: Option<Mortgage>,
    /// Seizure.
    pub seizure: Option<Seizure>,
}

impl Flat {
    /// `unit-storey-room`.
    pub fn unit(&self) -> String {
        format!("{}-{}-{}", self.entrance, self.storey, self.room)
    }

    /// Whole area in hundredths.
    pub fn area(&self) -> u32 {
        self.inner + self.shared
    }
}

/// Hundredths as clerks write them: 90.5, 88.
pub fn hundredths(value: u32) -> String {
    let text = format!("{}.{:02}", value / 100, value % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// All houses of a building by entrance, storey, room.
pub fn of_building(dice: &mut Dice, building: &Building) -> Vec<Flat> {
    let mut flats = Vec::new();
    for entrance in 1..=building.entrances {
        for storey in 1..=building.storeys {
            for room in 1..=building.rooms {
                flats.push(flat(dice, building, (entrance, storey, room)));
            }
        }
    }
    flats
}

fn flat(dice: &mut Dice, building: &Building, (entrance, storey, room): (u32, u32, u32)) -> Flat {
    let area = dice.between(6_300, 15_000);
    let shared = area * dice.between(11, 18) / 100;
    let owners = if dice.chance(0.27) {
        dice.between(2, 3)
    } else {
        1
    };
    let begin = NaiveDate::from_ymd_opt(building.year + 1, 1, 1).unwrap_or_default();
    let mut day = dice.days_after(begin, 0, 1_200);
    let chain: Vec<Owned> = (1..=owners)
        .map(|n| {
            let owned = Owned {
                holders: people::holders(dice),
                day: last_day(day),
                current: n == owners,
            };
            day = dice.days_after(day, 200, 1_000);
            owned
        })
        .collect();
    let since = chain.last().map_or(begin, |o| o.day);
    Flat {
        entrance,
        storey,
        room,
        inner: area - shared,
        shared,
        mortgage: dice.chance(0.25).then(|| mortgage(dice, since)),
        seizure: dice.chance(0.019).then(|| seizure(dice)),
        chain,
    }
}

/// The books were closed at the end of 2021.
fn last_day(day: NaiveDate) -> NaiveDate {
    day.min(NaiveDate::from_ymd_opt(2021, 11, 30).unwrap_or_default())
}

fn mortgage(dice: &mut Dice, since: NaiveDate) -> Mortgage {
    let from = last_day(dice.days_after(since, 5, 400));
    let months = dice.pick(&[120, 180, 240, 360]);
    Mortgage {
        lender: dice.pick(&names::LENDERS),
        amount: dice.between(8, 150),
        from,
        to: from.checked_add_months(Months::new(months)).unwrap_or(from),
    }
}

fn seizure(dice: &mut Dice) -> Seizure {
    let from = dice.day(2019, 2021);
    let county = dice.pick(&["0402", "0403", "0421", "0422"]);
    Seizure {
        court: dice.pick(&names::COURTS),
        document: format!(
            "({})川{county}执{}号",
            from.year(),
            dice.between(100, 3_000)
        ),
        from,
    }
}

/// A certificate number of its time.
pub fn certificate(dice: &mut Dice, day: NaiveDate, number: u32) -> String {
    if day.year() >= 2016 {
        format!("川({})攀枝花市不动产权第{number:07}号", day.year())
    } else {
        format!(
            "攀房权证{}字第{number:06}号",
            dice.pick(&["东", "西", "仁"])
        )
    }
}

/// A proof number of a mortgage.
pub fn proof(dice: &mut Dice) -> String {
    format!(
        "攀他证{}字第{:05}号",
        dice.pick(&["东", "西"]),
        dice.below(100_000)
    )
}
