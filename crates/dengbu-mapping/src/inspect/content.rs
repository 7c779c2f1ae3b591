//! What a field's values are, judged by the values.

use dengbu_model::identity::resident_id_check_digit;
use dengbu_model::unit_code::{BuildingCode, ParcelCode, UnitCode};
use serde::Serialize;

use crate::reading::{address, certificate, date, holder, number, text};

/// Kind of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Content {
    /// 不动产单元代码.
    UnitCode,
    /// 自然幢号.
    BuildingCode,
    /// 宗地代码.
    ParcelCode,
    /// Identity numbers, one or several.
    IdNumber,
    /// Certificate numbers.
    Certificate,
    /// Days.
    Date,
    /// Spans of days.
    Span,
    /// 坐落.
    Address,
    /// Limits in free text.
    Limits,
    /// Names of bodies.
    Organisation,
    /// Names of persons.
    PersonName,
    /// Phone numbers.
    Phone,
    /// Shares.
    Share,
    /// Years.
    Year,
    /// Areas: numbers with decimals or a unit.
    Area,
    /// Whole numbers.
    Integer,
    /// Other numbers.
    Number,
    /// Few different values: a list of codes or names.
    Category,
    /// Anything else.
    Text,
}

impl Content {
    /// For people.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::UnitCode => "不动产单元代码",
            Self::BuildingCode => "自然幢号",
            Self::ParcelCode => "宗地代码",
            Self::IdNumber => "证件号码",
            Self::Certificate => "证号",
            Self::Date => "日期",
            Self::Span => "起止期限",
            Self::Address => "坐落",
            Self::Limits => "限制情况",
            Self::Organisation => "单位名称",
            Self::PersonName => "姓名",
            Self::Phone => "电话",
            Self::Share => "份额",
            Self::Year => "年份",
            Self::Area => "面积或金额",
            Self::Integer => "整数",
            Self::Number => "数",
            Self::Category => "代码或类别",
            Self::Text => "文字",
        }
    }

    /// Whether values name persons, so that samples are masked.
    #[must_use]
    pub fn is_personal(self) -> bool {
        matches!(self, Self::IdNumber | Self::Phone | Self::PersonName)
    }

    /// What most of the values are. `distinct` of `filled` values differ.
    #[must_use]
    pub fn of(values: &[String], distinct: usize, filled: u64) -> Self {
        if values.is_empty() {
            return Self::Text;
        }
        let share = |test: &dyn Fn(&str) -> bool| {
            values.iter().filter(|v| test(&text::squeeze(v))).count() * 100 / values.len()
        };
        let first = |v: &str| {
            v.split(['、', '，', ',', ';'])
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        let tests: [(Self, &dyn Fn(&str) -> bool); 14] = [
            (Self::UnitCode, &|v| UnitCode::parse(v).is_ok()),
            (Self::BuildingCode, &|v| BuildingCode::parse(v).is_ok()),
            (Self::ParcelCode, &|v| ParcelCode::parse(v).is_ok()),
            (Self::IdNumber, &|v| is_id(&first(v))),
            (Self::Certificate, &certificate::is_number),
            (Self::Span, &|v| date::parse_span(v).is_ok()),
            (Self::Date, &|v| date::parse(v).is_ok()),
            (Self::Limits, &|v| {
                v.chars().count() > 8 && (v.contains("抵押") || v.contains("查封"))
            }),
            (Self::Address, &is_address),
            (Self::Organisation, &|v| holder::is_organisation(&first(v))),
            (Self::PersonName, &|v| is_person(&first(v))),
            (Self::Phone, &is_phone),
            (Self::Share, &is_share),
            (Self::Year, &|v| {
                v.len() == 4 && v.parse::<u32>().is_ok_and(|y| (1900..2100).contains(&y))
            }),
        ];
        let few = distinct <= 30 && filled > 3 * distinct as u64;
        for (content, test) in tests {
            // A handful of values that look like names are a list of categories.
            let enough = if matches!(content, Self::PersonName | Self::Organisation) && few {
                101
            } else {
                80
            };
            // the blank between day and time is part of how a moment is written
            let hits = if content == Self::Date {
                values.iter().filter(|v| date::parse(v).is_ok()).count() * 100 / values.len()
            } else {
                share(test)
            };
            if hits >= enough {
                return content;
            }
        }
        if few {
            return Self::Category;
        }
        let decimals = |v: &str| {
            number::area(v).is_some_and(|n| n.scale() > 0)
                || v.ends_with("平方米")
                || v.ends_with('㎡')
        };
        if share(&|v| number::area(v).is_some()) >= 80 {
            return if share(&decimals) >= 30 {
                Self::Area
            } else {
                Self::Integer
            };
        }
        Self::Text
    }
}

fn is_id(v: &str) -> bool {
    let upper = v.to_ascii_uppercase();
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    match upper.len() {
        15 => digits(&upper) && !upper.starts_with('0'),
        18 => upper
            .get(..17)
            .is_some_and(|f| resident_id_check_digit(f).is_some()),
        _ => false,
    }
}

fn is_address(v: &str) -> bool {
    let read = address::parse(v);
    read.road.is_some()
        || read.building.is_some()
        || (read.district.is_some() && v.chars().count() > 5)
}

fn is_person(v: &str) -> bool {
    let n = v.chars().count();
    (2..=4).contains(&n) && v.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

fn is_phone(v: &str) -> bool {
    let digits = v.bytes().filter(u8::is_ascii_digit).count();
    let plain = v.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    plain
        && (digits == 11 && v.starts_with('1')
            || v.starts_with('0') && (10..=12).contains(&digits) && v.contains('-'))
}

fn is_share(v: &str) -> bool {
    let one = |t: &str| {
        t.ends_with('%') && number::decimal(t.trim_end_matches('%')).is_some()
            || t.contains('/') && t.split('/').all(|p| p.parse::<u32>().is_ok())
    };
    v.split(['、', ',']).all(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Content {
        let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
        Content::of(&values, values.len(), values.len() as u64)
    }

    #[test]
    fn contents_are_told_by_values() {
        assert_eq!(of(&["510421001001GB00001F00010001"]), Content::UnitCode);
        assert_eq!(of(&["510421001001GB00001"]), Content::ParcelCode);
        assert_eq!(
            of(&[
                "510104199909254515、533223198107271758",
                "53322319570911350x"
            ]),
            Content::IdNumber
        );
        assert_eq!(of(&["攀房权证西字第000001号"]), Content::Certificate);
        assert_eq!(of(&["2015.9.4", "20150904", "2015年9月4日"]), Content::Date);
        assert_eq!(
            of(&["1996-03-28 00:00:00", "2015-09-04 10:16:00"]),
            Content::Date
        );
        assert_eq!(of(&["2020-07-07至2023-07-07"]), Content::Span);
        assert_eq!(
            of(&["东区炳草岗大街74号凤凰新村一期1栋1单元1层1号"]),
            Content::Address
        );
        assert_eq!(of(&["张三", "李四、王五"]), Content::PersonName);
        assert_eq!(of(&["攀枝花南山置业有限公司"]), Content::Organisation);
        assert_eq!(of(&["13912345678"]), Content::Phone);
        assert_eq!(of(&["90.5平方米", "100.25"]), Content::Area);
        assert_eq!(of(&["50%、50%"]), Content::Share);
        let many: Vec<String> = (0..100)
            .map(|i| ["住宅", "商业"][i % 2].to_owned())
            .collect();
        assert_eq!(Content::of(&many, 2, 100), Content::Category);
        assert_eq!(of(&[]), Content::Text);
    }
}
