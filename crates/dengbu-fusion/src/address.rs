//! 坐落 taken apart into the parts that are compared one by one: numbers must be equal or absent,
//! never "nearly the same" (平坝路12号 and 平坝路13号 differ in one character and in the house).

use std::sync::LazyLock;

use regex::Regex;

use crate::text::{number, squeeze};

/// An address in its parts; what is not written is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// 区县 as written (东区, 盐边县).
    pub district: String,
    /// 路巷 without the number (炳草岗大街).
    pub road: String,
    /// 门牌号: digits, `之N` as `-N`.
    pub gate: String,
    /// 小区 or project.
    pub estate: String,
    /// 幢号: digits or letters.
    pub block: String,
    /// Where in the building.
    pub place: Option<Place>,
}

/// Entrance (单元), storey (层) and room on it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Place {
    /// 单元; 0 where the building has none.
    pub entrance: u16,
    /// 所在层, below ground negative.
    pub storey: i16,
    /// Room within entrance and storey, from 1.
    pub room: u16,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{}", self.entrance, self.storey, self.room)
    }
}

#[expect(
    clippy::expect_used,
    reason = "fixed patterns, compiled by the unit tests"
)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a fixed pattern compiles")
}

/// Numbers as clerks write them.
const N: &str = "([0-9]+|[零〇一二两三四五六七八九十百]+)";

/// Province, city and county, each with or without its last character.
static ADMIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern("^(?:四川省?)?(?:攀枝花市?)?(?:市辖区)?(东区|西区|仁和区|米易县|盐边县)?(.*)$")
});
static BLOCK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "^(.*?)第?([0-9]+|[零〇一二三四五六七八九十百]+|[A-Za-z]|[甲乙丙丁])(?:幢|栋|棟|座|号楼|號樓|#楼|#幢|#栋|#|号幢|号栋)(.*)$",
    )
});
static ROAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern("^(.*?[^0-9])?([0-9]+)[号號](?:(?:之|附)([0-9一二三四五六七八九十]+)号?)?(.*)$")
});
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        "^(?:{N}(?:单元|門|门|#))?第?(负|地下|-)?{N}[层楼]{N}?[号室房]*$"
    ))
});
static PLATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        "^(?:{N}(?:单元|門|门|#|-))?(负|-)?([0-9]{{3,4}})[号室房]*$"
    ))
});
static DASHES: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("^{N}(?:单元|門|门|#|-){N}-{N}[号室房]*$")));

/// Takes an address apart. Never fails: what it cannot find stays empty.
pub fn parse(text: &str) -> Address {
    let text = squeeze(text);
    let mut parts = Address::default();
    let rest = match ADMIN.captures(&text) {
        Some(admin) => {
            parts.district = admin.get(1).map_or("", |m| m.as_str()).to_owned();
            admin.get(2).map_or("", |m| m.as_str()).to_owned()
        }
        None => text,
    };
    let head = match BLOCK.captures(&rest) {
        Some(found) => {
            parts.block = block_number(&found[2]);
            parts.place = place(&found[3]);
            found.get(1).map_or("", |m| m.as_str()).to_owned()
        }
        None => rest,
    };
    match ROAD.captures(&head) {
        Some(found) => {
            parts.road = found.get(1).map_or("", |m| m.as_str()).to_owned();
            parts.gate = number(&found[2]).map_or_else(String::new, |n| n.to_string());
            if let Some(annex) = found.get(3).and_then(|m| number(m.as_str())) {
                parts.gate.push_str(&format!("-{annex}"));
            }
            parts.estate = found[4].to_owned();
        }
        None => parts.estate = head,
    }
    parts
}

/// A block's number as digits, a letter in upper case.
fn block_number(text: &str) -> String {
    match number(text) {
        Some(n) => n.to_string(),
        None => text.to_uppercase(),
    }
}

/// The number in a 幢号 field (1幢, 二栋, 3, 003).
pub fn block(text: &str) -> String {
    let text = squeeze(text);
    if let Some(n) = number(&text) {
        return n.to_string();
    }
    match BLOCK.captures(&text) {
        Some(found) if found[1].is_empty() && found[3].is_empty() => block_number(&found[2]),
        _ => String::new(),
    }
}

/// The part behind the building: 1单元6层3号, 1单元602室, 一单元3-1号, 1-3-2, 602室.
pub fn place(text: &str) -> Option<Place> {
    let text = squeeze(text);
    if let Some(found) = DASHES.captures(&text) {
        let [entrance, storey, room] = [1, 2, 3].map(|at| number(&found[at]));
        return checked(entrance?, i64::from(storey?), room?);
    }
    if let Some(found) = PLATE.captures(&text) {
        let entrance = entrance(found.get(1))?;
        let plate = number(&found[3])?;
        let below = if found.get(2).is_some() { -1 } else { 1 };
        return checked(entrance, below * i64::from(plate / 100), plate % 100);
    }
    let found = WORDS.captures(&text)?;
    let entrance = entrance(found.get(1))?;
    let below = if found.get(2).is_some() { -1 } else { 1 };
    let storey = i64::from(number(&found[3])?) * below;
    let room = number(found.get(4)?.as_str())?;
    // 3层302室 names the storey twice.
    let plate = u32::try_from(storey.abs()).unwrap_or(0);
    let room = if room >= 100 && room / 100 == plate {
        room % 100
    } else {
        room
    };
    checked(entrance, storey, room)
}

fn entrance(found: Option<regex::Match<'_>>) -> Option<u32> {
    match found {
        Some(text) => number(text.as_str()),
        None => Some(0),
    }
}

fn checked(entrance: u32, storey: i64, room: u32) -> Option<Place> {
    let sound = entrance < 1000 && storey != 0 && storey.abs() < 200 && (1..1000).contains(&room);
    let place = Place {
        entrance: u16::try_from(entrance).ok()?,
        storey: i16::try_from(storey).ok()?,
        room: u16::try_from(room).ok()?,
    };
    sound.then_some(place)
}

/// How two texts of one part stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// Both written and equal.
    Equal,
    /// At least one is not written.
    Absent,
    /// Both written and different.
    Differs,
}

/// Compares one part.
pub fn agreement(a: &str, b: &str) -> Agreement {
    if a.is_empty() || b.is_empty() {
        Agreement::Absent
    } else if a == b {
        Agreement::Equal
    } else {
        Agreement::Differs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(entrance: u16, storey: i16, room: u16) -> Option<Place> {
        Some(Place {
            entrance,
            storey,
            room,
        })
    }

    #[test]
    fn clerks_shapes() {
        for (text, want) in [
            ("东区炳草岗大街74号凤凰新村一期1栋1单元1层1号", at(1, 1, 1)),
            ("东区炳草岗大街74号凤凰新村一期1#楼1单元102室", at(1, 1, 2)),
            (
                "四川省攀枝花市东区炳草岗大街74号凤凰新村一期1栋1单元2楼1号",
                at(1, 2, 1),
            ),
            (
                "攀枝花市东区炳草岗大街74号凤凰新村一期1栋一单元3-1号",
                at(1, 3, 1),
            ),
            (
                "攀枝花东区炳草岗大街７４号凤凰新村一期１号楼１-３-２",
                at(1, 3, 2),
            ),
            (
                "东区炳草岗大街74号凤凰新村一期 一幢1单元16层1号",
                at(1, 16, 1),
            ),
            (
                "攀枝花东区炳草岗大街74号凤凰新村一期1＃1单元1503室",
                at(1, 15, 3),
            ),
        ] {
            let p = parse(text);
            assert_eq!(p.district, "东区", "{text}");
            assert_eq!(
                (p.road.as_str(), p.gate.as_str()),
                ("炳草岗大街", "74"),
                "{text}"
            );
            assert_eq!(
                (p.estate.as_str(), p.block.as_str()),
                ("凤凰新村一期", "1"),
                "{text}"
            );
            assert_eq!(p.place, want, "{text}");
        }
    }

    #[test]
    fn what_is_not_written_is_absent() {
        let p = parse("攀枝花盐边县望江公馆二期十二#楼二单元9-2号");
        assert_eq!(
            (p.road.as_str(), p.estate.as_str(), p.block.as_str()),
            ("", "望江公馆二期", "12")
        );
        assert_eq!(p.place, at(2, 9, 2));
        let village = parse("盐边县桐子林镇村4组");
        assert_eq!((village.block.as_str(), village.place), ("", None));
        let annex = parse("西区清香坪路12号之3A座负一层2号");
        assert_eq!((annex.gate.as_str(), annex.block.as_str()), ("12-3", "A"));
        assert_eq!(annex.place, at(0, -1, 2));
        assert_eq!(parse(""), Address::default());
        assert_eq!(place("3层302室"), at(0, 3, 2));
        assert_eq!(place("1单元0层1号"), None);
        assert_eq!(
            (block("1幢"), block("十二栋"), block("003")),
            ("1".into(), "12".into(), "3".into())
        );
    }

    proptest::proptest! {
        #[test]
        fn every_place_in_every_shape(n in 1u32..40, e in 1u16..10, s in 1i16..60, r in 1u16..100) {
            for text in [
                format!("{n}栋{e}单元{s}层{r}号"),
                format!("{n}幢{e}单元{s}楼{r}号"),
                format!("{n}号楼{e}单元{s}{r:02}室"),
                format!("{n}#楼{e}单元{s}-{r}号"),
                format!("{n}＃{e}-{s}-{r}"),
            ] {
                let parts = parse(&format!("攀枝花市西区安宁路9号金沙花园三期 {text}"));
                proptest::prop_assert_eq!(&parts.block, &n.to_string(), "{}", text);
                proptest::prop_assert_eq!(parts.place, at(e, s, r), "{}", text);
                proptest::prop_assert_eq!(parts.estate, "金沙花园三期");
            }
        }

        #[test]
        fn no_text_is_too_strange(text in ".*") {
            let _ = parse(&text);
            let _ = block(&text);
        }
    }
}
