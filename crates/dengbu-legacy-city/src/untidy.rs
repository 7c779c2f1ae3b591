//! How clerks type.

use chrono::{Datelike, NaiveDate};

use crate::dice::Dice;

/// A day in one of five shapes.
pub fn date(dice: &mut Dice, day: NaiveDate) -> String {
    let (y, m, d) = (day.year(), day.month(), day.day());
    match dice.below(5) {
        0 => format!("{y}-{m:02}-{d:02}"),
        1 => format!("{y}/{m:02}/{d:02}"),
        2 => format!("{y}.{m}.{d}"),
        3 => format!("{y}年{m}月{d}日"),
        _ => format!("{y}{m:02}{d:02}"),
    }
}

/// A name, sometimes with blanks in it.
pub fn name(dice: &mut Dice, name: &str) -> String {
    if name.chars().count() != 2 || !dice.chance(0.25) {
        return name.to_owned();
    }
    let blank = dice.pick(&[" ", "　", "  "]);
    let mut letters = name.chars();
    let first = letters.next().unwrap_or_default();
    format!("{first}{blank}{}", letters.as_str())
}

/// An identity number, a final X sometimes small.
pub fn id(dice: &mut Dice, id: &str) -> String {
    if id.ends_with('X') && dice.chance(0.3) {
        id.to_lowercase()
    } else {
        id.to_owned()
    }
}

const NUMERALS: [&str; 11] = [
    "", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十",
];

fn numeral(n: u32) -> String {
    NUMERALS
        .get(n as usize)
        .map_or_else(|| n.to_string(), |s| (*s).to_owned())
}

/// What an address is about.
#[derive(Debug, Clone)]
pub struct Spot<'a> {
    /// 东区, 盐边县.
    pub district: &'a str,
    /// Road with number.
    pub road: &'a str,
    /// 小区.
    pub estate: &'a str,
    /// 幢.
    pub block: u32,
    /// 单元.
    pub entrance: u32,
    /// 层.
    pub storey: u32,
    /// 室.
    pub room: u32,
}

/// An address as typed; the road is left out with probability `no_road`.
pub fn address(dice: &mut Dice, spot: &Spot<'_>, no_road: f64) -> String {
    let Spot {
        block,
        entrance,
        storey,
        room,
        ..
    } = *spot;
    let city = dice.pick(&["四川省攀枝花市", "攀枝花市", "攀枝花", ""]);
    let road = if dice.chance(no_road) { "" } else { spot.road };
    let blank = if dice.chance(0.1) { " " } else { "" };
    let building = match dice.below(6) {
        0 => format!("{block}栋"),
        1 => format!("{block}幢"),
        2 => format!("{block}号楼"),
        3 => format!("{block}#楼"),
        4 => format!("{}幢", numeral(block)),
        _ => format!("{block}＃"),
    };
    let place = match dice.below(5) {
        0 => format!("{entrance}单元{storey}层{room}号"),
        1 => format!("{entrance}单元{storey}{room:02}室"),
        2 => format!("{entrance}-{storey}-{room}"),
        3 => format!("{entrance}单元{storey}楼{room}号"),
        _ => format!("{}单元{storey}-{room}号", numeral(entrance)),
    };
    let text = format!(
        "{city}{}{road}{}{blank}{building}{place}",
        spot.district, spot.estate
    );
    if dice.chance(0.05) {
        full_width(&text)
    } else {
        text
    }
}

fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '0'..='9' => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c),
            _ => c,
        })
        .collect()
}
