//! Invented people, companies and banks. See the crate's invariants for why none can be real.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate};
use dengbu_model::identity::{IdDocument, IdKind, credit_code_check, resident_id_check_digit};
use dengbu_model::party::{Party, PartyKind};

use crate::dice::Dice;

/// Area codes of invented resident numbers; GB/T 2260 assigns neither.
pub const AREAS: [&str; 2] = ["510498", "510499"];

const SURNAMES: [&str; 40] = [
    "李", "王", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
    "何", "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹",
    "袁", "邓", "许", "傅", "沈", "曾", "彭", "欧阳",
];

const GIVEN_FIRST: [&str; 24] = [
    "文", "志", "建", "晓", "国", "明", "秀", "春", "海", "永", "玉", "家", "思", "子", "雨", "嘉",
    "德", "光", "兴", "景", "书", "若", "安", "",
];

const GIVEN_LAST: [&str; 28] = [
    "华", "芳", "伟", "敏", "静", "强", "磊", "军", "洋", "艳", "杰", "娟", "涛", "霞", "平", "刚",
    "桂", "琴", "辉", "玲", "波", "兰", "斌", "凤", "宁", "宇", "晨", "琳",
];

/// Makes people and remembers whom it made: no number is given twice.
#[derive(Debug, Default)]
pub struct People {
    numbers: BTreeSet<String>,
    known: Vec<Party>,
}

impl People {
    /// A new adult at `on`: between 22 and 70 years old.
    pub(crate) fn adult(&mut self, dice: &mut Dice, on: NaiveDate) -> Party {
        let name = format!(
            "{}{}{}",
            dice.pick(&SURNAMES),
            dice.pick(&GIVEN_FIRST),
            dice.pick(&GIVEN_LAST)
        );
        let age_days = dice.between(22 * 366, 70 * 365);
        let born = on.checked_sub_days(Days::new(age_days)).unwrap_or(on);
        let party = person(&name, &self.number(dice, born));
        self.known.push(party.clone());
        party
    }

    /// A new adult, or now and then one who holds something already; none of the sellers.
    pub(crate) fn buyer(&mut self, dice: &mut Dice, on: NaiveDate, sellers: &[Party]) -> Party {
        if dice.chance(40) {
            let at = usize::try_from(dice.below(self.known.len() as u64)).unwrap_or(0);
            let grown =
                |p: &&Party| p.id.as_ref().and_then(|id| age_on(&id.number, on)) >= Some(22);
            let known = self
                .known
                .get(at)
                .filter(grown)
                .filter(|p| !sellers.contains(p));
            if let Some(party) = known {
                return party.clone();
            }
        }
        self.adult(dice, on)
    }

    /// So many different people.
    pub(crate) fn several(&mut self, dice: &mut Dice, on: NaiveDate, count: usize) -> Vec<Party> {
        (0..count).map(|_| self.adult(dice, on)).collect()
    }

    fn number(&mut self, dice: &mut Dice, born: NaiveDate) -> String {
        let area = dice.pick(&AREAS);
        let mut sequence = dice.between(1, 999);
        loop {
            let digits = format!("{area}{}{sequence:03}", born.format("%Y%m%d"));
            let check = resident_id_check_digit(&digits).unwrap_or('0');
            let number = format!("{digits}{check}");
            if self.numbers.insert(number.clone()) {
                return number;
            }
            sequence = sequence % 999 + 1;
        }
    }
}

/// A natural person with a resident number.
#[must_use]
pub fn person(name: &str, number: &str) -> Party {
    Party {
        id: Some(IdDocument::from_register(IdKind::ResidentId, number)),
        ..Party::named(name, PartyKind::Person)
    }
}

/// An invented company or bank; `serial` keeps their credit codes apart.
#[must_use]
pub fn company(name: &str, serial: u32) -> Party {
    Party {
        id: Some(IdDocument::from_register(
            IdKind::UnifiedSocialCredit,
            credit_code(serial),
        )),
        ..Party::named(name, PartyKind::Enterprise)
    }
}

/// 91 enterprise · area 510499 · organisation code with its own check character (GB 11714—1997)
/// · check character (GB 32100—2015).
fn credit_code(serial: u32) -> String {
    let organisation = format!("MA{serial:06}");
    let weights = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = organisation
        .chars()
        .zip(weights)
        .map(|(c, w)| c.to_digit(36).unwrap_or(0) * w)
        .sum();
    let check = "0X987654321"
        .chars()
        .nth((sum % 11) as usize)
        .unwrap_or('0');
    let first = format!("91510499{organisation}{check}");
    let last = credit_code_check(&first).unwrap_or('0');
    format!("{first}{last}")
}

/// Invented banks, each in a county where it lends.
const BANKS: [(&str, u32); 5] = [
    ("示例银行股份有限公司攀枝花分行", 901),
    ("样例商业银行股份有限公司攀枝花炳草岗支行", 902),
    ("示范农村商业银行股份有限公司仁和支行", 903),
    ("示例银行股份有限公司米易支行", 904),
    ("示例银行股份有限公司盐边支行", 905),
];

/// A bank that lends in the county.
pub(crate) fn bank(dice: &mut Dice, county: &str) -> Party {
    let own = match county {
        "510421" => 3,
        "510422" => 4,
        "510411" => 2,
        _ => 1,
    };
    let (name, serial) = BANKS[if dice.chance(500) { 0 } else { own }];
    company(name, serial)
}

/// The age of a person with this number on a day, in whole years.
#[must_use]
pub fn age_on(number: &str, day: NaiveDate) -> Option<i32> {
    let born = NaiveDate::parse_from_str(number.get(6..14)?, "%Y%m%d").ok()?;
    Some(day.year() - born.year() - i32::from(day.ordinal() < born.ordinal()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_valid_unique_and_of_no_real_area() {
        let (mut people, mut dice) = (People::default(), Dice::new(5));
        let today = day("2026-11-23");
        let all = people.several(&mut dice, day("2012-06-01"), 3000);
        let mut seen = BTreeSet::new();
        for party in all {
            let id = party.id.unwrap();
            assert!(AREAS.contains(&&id.number[..6]));
            assert_eq!(
                IdDocument::parse(id.kind, &id.number, today)
                    .unwrap()
                    .document,
                id
            );
            assert!((21..=70).contains(&age_on(&id.number, day("2012-06-01")).unwrap()));
            assert!(seen.insert(id.number));
        }
    }

    #[test]
    fn a_taken_number_is_stepped_over() {
        let mut people = People::default();
        let born = day("1990-01-01");
        let mut all = BTreeSet::new();
        for _ in 0..300 {
            // the same throw every time
            all.insert(people.number(&mut Dice::new(9), born));
        }
        assert_eq!(all.len(), 300);
    }

    #[test]
    fn credit_codes_are_valid() {
        let today = day("2026-11-23");
        for serial in [1, 2, 77, 901, 902, 903, 904, 905, 123_456] {
            let code = credit_code(serial);
            let parsed = IdDocument::parse(IdKind::UnifiedSocialCredit, &code, today).unwrap();
            assert_eq!(parsed.document.number, code);
            IdDocument::parse(IdKind::OrganisationCode, &code[8..17], today).unwrap();
        }
    }
}
