//! Rows of the staging tables as assignment compares them.

use dengbu_model::unit_code::{BuildingCode, UnitCode};
use dengbu_staging::{Table, extension as x};

use crate::address::{self, Address, Place};
use crate::text::{number, squeeze};

/// Counties by the name in addresses (GB/T 2260, 攀枝花市).
pub const COUNTIES: [(&str, &str); 5] = [
    ("东区", "510402"),
    ("西区", "510403"),
    ("仁和区", "510411"),
    ("米易县", "510421"),
    ("盐边县", "510422"),
];

/// County code of a name; empty: not one of ours.
pub fn county_of(name: &str) -> &'static str {
    let found = COUNTIES.iter().find(|(known, _)| *known == name);
    found.map_or("", |(_, code)| *code)
}

fn first<'t>(table: &'t Table, row: usize, fields: &[&str]) -> &'t str {
    let texts = fields.iter().map(|field| table.value(field, row));
    texts
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

/// A parcel.
#[derive(Debug, Clone, Default)]
pub struct Parcel {
    /// Code as it stands.
    pub written: String,
    /// Where it lies; its estate too.
    pub address: Address,
    /// Whether use, code or holder speak of a homestead.
    pub homestead: Option<bool>,
}

/// A building.
#[derive(Debug, Clone, Default)]
pub struct Building {
    /// The source's own key.
    pub key: String,
    /// 自然幢号 of 24 characters as the source gives it.
    pub code: Option<BuildingCode>,
    /// Where it stands, its estate and number.
    pub address: Address,
    /// 总层数.
    pub storeys: Option<u32>,
    /// 房屋结构.
    pub structure: String,
    /// Year of completion.
    pub year: String,
}

/// A house.
#[derive(Debug, Clone, Default)]
pub struct House {
    /// What it says of its building.
    pub building_key: String,
    /// Its own unit code as the source gives it.
    pub unit: Option<UnitCode>,
    /// Where it is.
    pub address: Address,
    /// Storeys of its building by its own record.
    pub storeys: Option<u32>,
    /// 房屋结构.
    pub structure: String,
    /// Year of completion.
    pub year: String,
    /// Area in hundredths of m², to compare two records of one house.
    pub area_cm: Option<i64>,
}

/// Reads a parcel's row.
pub fn parcel(table: &Table, row: usize) -> Parcel {
    let mut address = address::parse(first(table, row, &["ZL"]));
    if address.road.is_empty() {
        address.road = squeeze(table.value(x::ROAD, row));
        address.gate = table.value(x::GATE, row).to_owned();
    }
    let estate = squeeze(table.value(x::ESTATE, row));
    if !estate.is_empty() {
        address.estate = estate;
    }
    Parcel {
        written: written_code(table, row),
        address,
        homestead: homestead(table, row),
    }
}

/// The code as the file has it, before any mapping touched it.
fn written_code(table: &Table, row: usize) -> String {
    let raw = table.raw("ZDDM", row);
    let raw = if raw.is_empty() {
        table.value(x::PARCEL, row)
    } else {
        raw
    };
    if raw.is_empty() {
        table.legacy_id(row).to_owned()
    } else {
        raw.to_owned()
    }
}

/// 宅基地 by 土地用途 (GB/T 21010: 0702 农村宅基地, 072 of 2002) or 权利类型 (5, 6).
fn homestead(table: &Table, row: usize) -> Option<bool> {
    let (used, right) = (table.value("YT", row), table.value("QLLX", row));
    let raw = table.raw("YT", row);
    if used.starts_with("0702") || raw.contains("宅基地") || matches!(right, "5" | "6") {
        return Some(true);
    }
    (!used.is_empty() || !raw.is_empty()).then_some(false)
}

/// Reads a building's row.
pub fn building(table: &Table, row: usize) -> Building {
    let text = first(table, row, &["LDZL", "ZL"]);
    let mut address = address::parse(text);
    if address.road.is_empty() && !table.value(x::ROAD, row).is_empty() {
        address.road = squeeze(table.value(x::ROAD, row));
        address.gate = table.value(x::GATE, row).to_owned();
    }
    let estate = squeeze(first(table, row, &[x::ESTATE, "XMMC", "JZWMC"]));
    if !estate.is_empty() {
        address.estate = estate;
    }
    let key = match table.value(x::BUILDING, row) {
        "" => table.legacy_id(row).to_owned(),
        key => key.to_owned(),
    };
    let code = BuildingCode::parse(&squeeze(table.value("ZRZH", row)))
        .or_else(|_| BuildingCode::parse(&squeeze(&key)))
        .ok();
    let block = address::block(table.value(x::BLOCK, row));
    if !block.is_empty() {
        address.block = block;
    } else if let (true, Some(code)) = (address.block.is_empty(), &code) {
        address.block = code
            .as_str()
            .get(20..)
            .and_then(number)
            .map_or_else(String::new, |n| n.to_string());
    }
    Building {
        key,
        code,
        address,
        storeys: number(table.value("ZCS", row)),
        structure: squeeze(table.value("FWJG", row)),
        year: year(table.value("JGRQ", row)),
    }
}

fn year(text: &str) -> String {
    text.get(..4).unwrap_or_default().to_owned()
}

/// Reads a house's row.
pub fn house(table: &Table, row: usize) -> House {
    let mut address = address::parse(table.raw("ZL", row));
    if address.district.is_empty() {
        address.district = table.value(x::DISTRICT, row).to_owned();
    }
    if address.estate.is_empty() && address.road.is_empty() {
        address.estate = squeeze(table.value(x::ESTATE, row));
    }
    if address.block.is_empty() && !address.estate.is_empty() {
        address.block = address::block(table.value(x::BLOCK, row));
    }
    address.place = address.place.or_else(|| place_of_columns(table, row));
    let unit = UnitCode::parse(&squeeze(table.value("BDCDYH", row))).ok();
    House {
        building_key: squeeze(first(table, row, &[x::BUILDING, "ZRZH"])),
        unit,
        address,
        storeys: number(first(table, row, &[x::STOREYS, "ZCS"])),
        structure: squeeze(table.value("FWJG", row)),
        year: year(table.value("JGSJ", row)),
        area_cm: table
            .value("SCJZMJ", row)
            .parse::<f64>()
            .ok()
            .map(hundredths),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "areas of houses are far below 2^53"
)]
fn hundredths(area: f64) -> i64 {
    (area * 100.0).round() as i64
}

/// Entrance, storey and room out of their columns, where the address doesn't say.
fn place_of_columns(table: &Table, row: usize) -> Option<Place> {
    let entrance = number(first(table, row, &[x::UNIT, "DYH"])).unwrap_or(0);
    let storey = first(table, row, &[x::STOREY, "SJCS", "SZC"]);
    let room = squeeze(first(table, row, &[x::ROOM, "SHBW", "HH"]));
    let storey: i32 = storey.split('.').next()?.parse().ok()?;
    let digits: String = room.chars().take_while(char::is_ascii_digit).collect();
    let room = number(&digits)?;
    let plate = i64::from(room / 100) == i64::from(storey.abs()) && room >= 100;
    let room = if plate { room % 100 } else { room };
    Some(Place {
        entrance: u16::try_from(entrance).ok()?,
        storey: i16::try_from(storey).ok().filter(|s| *s != 0)?,
        room: u16::try_from(room).ok().filter(|r| *r > 0)?,
    })
}
