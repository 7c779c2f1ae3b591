//! 坐落 taken apart: administrative prefix, road and door number, project, building, unit within it.

use super::{number::small_number, text::squeeze};
use regex::Regex;
use std::sync::LazyLock;

/// A dwelling's address in its parts; what is not written is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddressParts {
    /// 区县 as written (东区, 盐边县).
    pub district: Option<String>,
    /// Road with door number (炳草岗大街74号).
    pub road: Option<String>,
    /// 小区 or project name, empty when none.
    pub project: String,
    /// 幢 number.
    pub building: Option<u32>,
    /// Where in the building.
    pub place: Option<Place>,
}

/// Entrance (单元), storey (层) and room number within entrance and storey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// 单元.
    pub entrance: u32,
    /// 所在层.
    pub storey: u32,
    /// Room within entrance and storey, counted from 1.
    pub room: u32,
}

impl Place {
    /// The door plate: storey and two-digit room (601, 1503).
    pub fn door_plate(self) -> String {
        format!("{}{:02}", self.storey, self.room)
    }
}

#[expect(
    clippy::expect_used,
    reason = "fixed patterns, compiled by the unit tests below"
)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a fixed pattern compiles")
}

static ADMIN: LazyLock<Regex> =
    LazyLock::new(|| pattern("^(?:四川省)?(?:攀枝花市?)?(东区|西区|仁和区|米易县|盐边县)?(.*)$"));
static BUILDING: LazyLock<Regex> =
    LazyLock::new(|| pattern("^(.*?)([0-9]+|[一二三四五六七八九十]+)(?:幢|栋|座|号楼|#楼|#)(.*)$"));
static ROAD: LazyLock<Regex> = LazyLock::new(|| pattern("^(.*?[0-9]+号)?(.*)$"));
const N: &str = "([0-9]+|[一二三四五六七八九十]+)";
static PLACE_WORDS: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("^{N}单元{N}[层楼]{N}[号室]?$")));
static PLACE_PLATE: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("^{N}单元([0-9]{{3,4}})[号室]?$")));
static PLACE_DASH: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("^{N}(?:单元|-){N}-{N}[号室]?$")));

/// Takes an address apart. Never fails: parts it cannot find stay empty.
pub fn parse(text: &str) -> AddressParts {
    let text = squeeze(text);
    let Some(admin) = ADMIN.captures(&text) else {
        return AddressParts::default();
    };
    let mut parts = AddressParts {
        district: admin.get(1).map(|m| m.as_str().to_owned()),
        ..AddressParts::default()
    };
    let rest = admin.get(2).map_or("", |m| m.as_str());
    let head = match BUILDING.captures(rest) {
        Some(c) => {
            parts.building = small_number(&c[2]);
            parts.place = place(&c[3]);
            c.get(1).map_or("", |m| m.as_str())
        }
        None => rest,
    };
    if let Some(c) = ROAD.captures(head) {
        parts.road = c.get(1).map(|m| m.as_str().to_owned());
        parts.project = c[2].to_owned();
    }
    parts
}

/// The part behind the building: 1单元6层3号, 1单元2楼1号, 1单元602室, 一单元3-1号, 1-3-2.
pub fn place(text: &str) -> Option<Place> {
    let text = squeeze(text);
    if let Some(c) = PLACE_PLATE.captures(&text) {
        let plate: u32 = c[2].parse().ok()?;
        return checked(small_number(&c[1])?, plate / 100, plate % 100);
    }
    let c = PLACE_WORDS
        .captures(&text)
        .or_else(|| PLACE_DASH.captures(&text))?;
    checked(
        small_number(&c[1])?,
        small_number(&c[2])?,
        small_number(&c[3])?,
    )
}

fn checked(entrance: u32, storey: u32, room: u32) -> Option<Place> {
    (entrance > 0 && storey > 0 && room > 0 && room < 100).then_some(Place {
        entrance,
        storey,
        room,
    })
}

/// A building's own number as written in a 幢号 field (1幢, 二栋, 3).
pub fn building_number(text: &str) -> Option<u32> {
    let text = squeeze(text);
    small_number(&text).or_else(|| {
        BUILDING
            .captures(&text)
            .filter(|c| c[1].is_empty() && c[3].is_empty())
            .and_then(|c| small_number(&c[2]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(entrance: u32, storey: u32, room: u32) -> Option<Place> {
        Some(Place {
            entrance,
            storey,
            room,
        })
    }

    #[test]
    fn every_shape_of_the_sample() {
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
            assert_eq!(p.district.as_deref(), Some("东区"), "{text}");
            assert_eq!(p.road.as_deref(), Some("炳草岗大街74号"), "{text}");
            assert_eq!(p.project, "凤凰新村一期", "{text}");
            assert_eq!(p.building, Some(1), "{text}");
            assert_eq!(p.place, want, "{text}");
        }
    }

    #[test]
    fn missing_parts() {
        let p = parse("攀枝花盐边县望江公馆二期12#楼二单元9-2号");
        assert_eq!(
            (p.road, p.project.as_str(), p.building, p.place),
            (None, "望江公馆二期", Some(12), at(2, 9, 2))
        );
        let p = parse("盐边县桐子林镇村4组");
        assert_eq!((p.building, p.place), (None, None));
        assert_eq!(parse(""), AddressParts::default());
        assert_eq!(place("1单元0层1号"), None);
        assert_eq!(place("1单元100室"), None);
    }

    #[test]
    fn building_numbers() {
        assert_eq!(building_number("1幢"), Some(1));
        assert_eq!(building_number("十二栋"), Some(12));
        assert_eq!(building_number("甲幢"), None);
    }

    proptest::proptest! {
        #[test]
        fn every_place_in_every_shape(n in 1u32..40, e in 1u32..10, s in 1u32..60, r in 1u32..100) {
            for text in [
                format!("{n}栋{e}单元{s}层{r}号"),
                format!("{n}幢{e}单元{s}楼{r}号"),
                format!("{n}号楼{e}单元{s}{r:02}室"),
                format!("{n}#楼{e}单元{s}-{r}号"),
                format!("{n}＃{e}-{s}-{r}"),
            ] {
                let parts = parse(&format!("攀枝花市西区安宁路9号金沙花园三期 {text}"));
                proptest::prop_assert_eq!(parts.building, Some(n), "{}", text);
                proptest::prop_assert_eq!(parts.place, at(e, s, r), "{}", text);
                proptest::prop_assert_eq!(parts.project, "金沙花园三期");
            }
        }

        #[test]
        fn no_text_is_too_strange(text in ".*") {
            let _ = parse(&text);
            let _ = building_number(&text);
        }
    }
}
