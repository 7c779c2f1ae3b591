//! Classes of the maps. Colours tell apart for colour-blind readers too (Okabe and Ito; sequences
//! darken).

use chrono::Datelike as _;
use dengbu_model::codes::{Code, LAND_USE};
use dengbu_model::right::RightType;
use serde::{Deserialize, Serialize};

/// What a map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// 土地用途.
    LandUse,
    /// 权利类型.
    RightTypes,
    /// 抵押密度: units under mortgage of all units.
    MortgageDensity,
    /// 查封分布.
    Seizures,
    /// 登记时间: year of the last title.
    Time,
}

/// What is known of a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Land use code.
    pub land_use: Option<String>,
    /// Our code of the commonest type of title.
    pub right_type: Option<String>,
    /// Units.
    pub units: i64,
    /// Units with a mortgage in force.
    pub mortgaged: i64,
    /// Seizures in force, waiting ones included.
    pub seizures: i64,
    /// Day of the last registration of a title.
    pub last_title: Option<chrono::NaiveDate>,
}

/// A class of a map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Class {
    /// What the legend says.
    pub label: String,
    /// Colour, `#rrggbb`.
    pub colour: &'static str,
}

const GREY: &str = "#d9d9d9";

/// Land use by the first two digits of GB/T 21010-2017.
const USES: [(&str, &str, &str); 12] = [
    ("01", "耕地", "#f0e442"),
    ("02", "园地", "#b3de69"),
    ("03", "林地", "#009e73"),
    ("04", "草地", "#a6d854"),
    ("05", "商服用地", "#d55e00"),
    ("06", "工矿仓储用地", "#8c6bb1"),
    ("07", "住宅用地", "#e69f00"),
    ("08", "公共管理与公共服务用地", "#cc79a7"),
    ("09", "特殊用地", "#7f7f7f"),
    ("10", "交通运输用地", "#b0b0b0"),
    ("11", "水域及水利设施用地", "#56b4e9"),
    ("12", "其他土地", "#c7b299"),
];

const RIGHTS: [(RightType, &str); 8] = [
    (RightType::StateConstructionLandAndBuilding, "#0072b2"),
    (RightType::StateConstructionLand, "#56b4e9"),
    (RightType::HomesteadAndBuilding, "#009e73"),
    (RightType::Homestead, "#b3de69"),
    (RightType::CollectiveConstructionLandAndBuilding, "#d55e00"),
    (RightType::CollectiveConstructionLand, "#e69f00"),
    (RightType::CollectiveLandOwnership, "#cc79a7"),
    (RightType::RuralContract, "#f0e442"),
];

const DENSITY: [(&str, &str); 5] = [
    ("没有抵押", "#f7f7f7"),
    ("不到 10%", "#fdd49e"),
    ("10%–30%", "#fc8d59"),
    ("30%–60%", "#d7301f"),
    ("60% 以上", "#7f0000"),
];

const SEIZURES: [(&str, &str); 4] = [
    ("没有查封", "#f7f7f7"),
    ("1 项", "#fdae6b"),
    ("2–5 项", "#e6550d"),
    ("6 项以上", "#7f2704"),
];

const YEARS: [(&str, &str); 5] = [
    ("2000 年以前", "#deebf7"),
    ("2000–2009 年", "#9ecae1"),
    ("2010–2015 年", "#4292c6"),
    ("2016–2020 年", "#2171b5"),
    ("2021 年以后", "#08306b"),
];

impl Theme {
    /// All.
    pub const ALL: [Self; 5] = [
        Self::LandUse,
        Self::RightTypes,
        Self::MortgageDensity,
        Self::Seizures,
        Self::Time,
    ];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::LandUse => "land_use",
            Self::RightTypes => "right_types",
            Self::MortgageDensity => "mortgage_density",
            Self::Seizures => "seizures",
            Self::Time => "time",
        }
    }

    /// The theme with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.code() == code)
    }

    /// Title of its map.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::LandUse => "土地用途分布图",
            Self::RightTypes => "不动产权利类型分布图",
            Self::MortgageDensity => "不动产抵押密度图",
            Self::Seizures => "不动产查封分布图",
            Self::Time => "不动产登记时间分布图",
        }
    }

    /// How a class is found, in words.
    #[must_use]
    pub fn explained(self) -> &'static str {
        match self {
            Self::LandUse => "按宗地用途（GB/T 21010-2017 一级类）",
            Self::RightTypes => "按宗地上数量最多的现势权利类型",
            Self::MortgageDensity => "宗地上有现势抵押权的单元占全部单元的比例",
            Self::Seizures => "宗地上现势查封（含轮候）的项数",
            Self::Time => "宗地上最近一次产权登记的年份",
        }
    }

    /// Its classes in the legend's order; the last is for what is in none.
    #[must_use]
    pub fn classes(self) -> Vec<Class> {
        let fixed = |list: &[(&str, &'static str)]| {
            list.iter()
                .map(|(label, colour)| Class {
                    label: (*label).to_owned(),
                    colour,
                })
                .collect()
        };
        let mut classes: Vec<Class> = match self {
            Self::LandUse => USES
                .iter()
                .map(|(_, label, colour)| Class {
                    label: (*label).to_owned(),
                    colour,
                })
                .collect(),
            Self::RightTypes => RIGHTS
                .iter()
                .map(|(right, colour)| Class {
                    label: right.name_zh().to_owned(),
                    colour,
                })
                .collect(),
            Self::MortgageDensity => fixed(&DENSITY),
            Self::Seizures => fixed(&SEIZURES),
            Self::Time => fixed(&YEARS),
        };
        classes.push(Class {
            label: match self {
                Self::LandUse => "用途不详",
                Self::RightTypes => "其他或未登记",
                Self::MortgageDensity | Self::Seizures => "没有不动产单元",
                Self::Time => "未登记",
            }
            .to_owned(),
            colour: GREY,
        });
        classes
    }

    /// Class of a parcel, as a position in [`Self::classes`].
    #[must_use]
    pub fn class(self, facts: &Facts) -> usize {
        let none = self.classes().len() - 1;
        let found = match self {
            Self::LandUse => facts
                .land_use
                .as_deref()
                .and_then(|code| USES.iter().position(|(first, ..)| code.starts_with(first))),
            Self::RightTypes => facts
                .right_type
                .as_deref()
                .and_then(RightType::from_code)
                .and_then(|right| RIGHTS.iter().position(|(r, _)| *r == right)),
            Self::MortgageDensity => {
                (facts.units > 0).then(|| density(facts.mortgaged, facts.units))
            }
            Self::Seizures => (facts.units > 0).then_some(match facts.seizures {
                ..=0 => 0,
                1 => 1,
                2..=5 => 2,
                _ => 3,
            }),
            Self::Time => facts.last_title.map(|day| match day.year() {
                ..=1999 => 0,
                2000..=2009 => 1,
                2010..=2015 => 2,
                2016..=2020 => 3,
                _ => 4,
            }),
        };
        found.unwrap_or(none)
    }

    /// What a reader sees of a parcel in words.
    #[must_use]
    pub fn told(self, facts: &Facts) -> String {
        match self {
            Self::LandUse => facts
                .land_use
                .as_deref()
                .and_then(|c| Code::parse(c).ok())
                .map_or_else(|| "用途不详".to_owned(), |c| c.name_in(LAND_USE)),
            Self::RightTypes => facts
                .right_type
                .as_deref()
                .and_then(RightType::from_code)
                .map_or("未登记", RightType::name_zh)
                .to_owned(),
            Self::MortgageDensity => {
                format!("{} 个单元中 {} 个有抵押", facts.units, facts.mortgaged)
            }
            Self::Seizures => format!("{} 项查封", facts.seizures),
            Self::Time => facts.last_title.map_or_else(
                || "未登记".to_owned(),
                |day| day.format("最近登记 %Y-%m-%d").to_string(),
            ),
        }
    }
}

/// In whole numbers, so that 10% is 10%.
fn density(mortgaged: i64, units: i64) -> usize {
    match mortgaged {
        ..=0 => 0,
        m if m * 100 < units * 10 => 1,
        m if m * 100 < units * 30 => 2,
        m if m * 100 < units * 60 => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            units: 10,
            ..Facts::default()
        }
    }

    #[test]
    fn the_bounds_of_density_belong_to_the_upper_class() {
        let at = |mortgaged| {
            Theme::MortgageDensity.class(&Facts {
                mortgaged,
                units: 100,
                ..facts()
            })
        };
        assert_eq!(
            [0, 1, 9, 10, 29, 30, 59, 60, 100].map(at),
            [0, 1, 1, 2, 2, 3, 3, 4, 4]
        );
        assert_eq!(
            Theme::MortgageDensity.class(&Facts::default()),
            5,
            "no unit"
        );
    }

    #[test]
    fn each_theme_puts_a_parcel_into_its_class() {
        let land = |code: &str| {
            let facts = Facts {
                land_use: Some(code.to_owned()),
                ..facts()
            };
            Theme::LandUse.classes()[Theme::LandUse.class(&facts)]
                .label
                .clone()
        };
        assert_eq!(land("0701"), "住宅用地");
        assert_eq!(land("0501"), "商服用地");
        assert_eq!(land("99"), "用途不详");
        let seized = |seizures| {
            Theme::Seizures.class(&Facts {
                seizures,
                ..facts()
            })
        };
        assert_eq!([0, 1, 2, 5, 6].map(seized), [0, 1, 2, 2, 3]);
        let year = |y| {
            Theme::Time.class(&Facts {
                last_title: chrono::NaiveDate::from_ymd_opt(y, 1, 1),
                ..facts()
            })
        };
        assert_eq!([1999, 2000, 2015, 2020, 2026].map(year), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn no_map_has_a_colour_or_label_twice() {
        for theme in Theme::ALL {
            let classes = theme.classes();
            let mut colours: Vec<_> = classes.iter().map(|c| c.colour).collect();
            let mut labels: Vec<_> = classes.iter().map(|c| c.label.as_str()).collect();
            colours.sort_unstable();
            colours.dedup();
            labels.sort_unstable();
            labels.dedup();
            assert_eq!(
                (colours.len(), labels.len()),
                (classes.len(), classes.len()),
                "{theme:?}"
            );
            assert_eq!(Theme::from_code(theme.code()), Some(theme));
        }
    }
}
