//! House records: place, areas, codes.

use super::{Field, code_by_name, past_date};
use crate::finding::{At, FindingClass, Findings};
use crate::reading::address::Place;
use crate::reading::{number, text};
use crate::records::House;
use chrono::NaiveDate;
use dengbu_model::codes::{self, Code};
use dengbu_model::unit_code::UnitCode;
use rust_decimal::Decimal;

/// Closing error of building area against inner plus shared area, in m² (each is surveyed to
/// 0.01 m², GB/T 17986.1—2000).
const AREA_CLOSURE: Decimal = Decimal::from_parts(2, 0, 0, false, 2);

/// A house record's fields as written.
pub struct HouseFields<'a> {
    /// The record.
    pub at: At<'a>,
    /// 坐落.
    pub address: &'a str,
    /// Place read from the address.
    pub written: Option<Place>,
    /// Place from the columns of their own.
    pub columns: Option<Place>,
    /// Storey column.
    pub storey: Field<'a>,
    /// 建筑面积.
    pub area: Field<'a>,
    /// 套内建筑面积.
    pub inner: Option<Field<'a>>,
    /// 分摊建筑面积.
    pub shared: Option<Field<'a>>,
    /// 房屋用途.
    pub house_use: Option<Field<'a>>,
    /// 房屋结构.
    pub structure: Option<Field<'a>>,
    /// 房屋性质.
    pub nature: Option<Field<'a>>,
    /// 竣工时间.
    pub completed: Option<Field<'a>>,
    /// 总层数 of the building.
    pub storeys: Option<u32>,
    /// The building found.
    pub building: Option<usize>,
    /// Unit code given.
    pub unit: Option<UnitCode>,
}

/// Checks a house record and brings it into form.
pub fn house(f: &HouseFields<'_>, today: NaiveDate, findings: &mut Findings) -> House {
    let mut add = |class, field: &str, value: &str, message: String| {
        findings.add(class, f.at, (field, value), message)
    };
    let mut house = House {
        legacy_id: f.at.legacy_id.to_owned(),
        building: f.building,
        unit: f.unit.clone(),
        address: text::squeeze(f.address),
        ..House::default()
    };
    let storey = f
        .columns
        .map(|p| p.storey)
        .or_else(|| number::small_number(f.storey.1));
    if let (Some(storey), Some(storeys)) = (storey, f.storeys)
        && storey > storeys
    {
        add(
            FindingClass::FloorExceeds,
            f.storey.0,
            f.storey.1,
            format!("所在层 {storey} 超过总层数 {storeys}，按坐落所载楼层装载"),
        );
    }
    // The address says where a house is; the columns count only where it is silent.
    house.place = f
        .written
        .or(f.columns)
        .filter(|p| f.storeys.is_none_or(|s| p.storey <= s));
    if house.place.is_none() && house.building.is_some() {
        add(
            FindingClass::PlaceUnreadable,
            "",
            f.address,
            "无法确定单元、楼层和房号，未装载".to_owned(),
        );
    }
    match number::area(f.area.1).filter(|a| *a > Decimal::ZERO) {
        Some(area) => house.area = Some(area),
        None => {
            add(
                FindingClass::NumberInvalid,
                f.area.0,
                f.area.1,
                "建筑面积不是大于零的数，未装载".to_owned(),
            );
            house.blocked = true;
        }
    }
    house.inner_area = f.inner.and_then(|(_, v)| number::area(v));
    house.shared_area = f.shared.and_then(|(_, v)| number::area(v));
    if let (Some(area), Some(inner), Some(shared)) =
        (house.area, house.inner_area, house.shared_area)
        && (area - inner - shared).abs() > AREA_CLOSURE
    {
        add(
            FindingClass::AreaSum,
            f.area.0,
            f.area.1,
            format!("建筑面积 {area} 不等于套内 {inner} 加分摊 {shared}，按原值装载，待核"),
        );
    }
    house.use_code = code(f, codes::HOUSE_USE, f.house_use, findings);
    house.structure = code(f, codes::HOUSE_STRUCTURE, f.structure, findings);
    house.nature = code(f, codes::HOUSE_NATURE, f.nature, findings);
    if let Some((name, written)) = f.completed {
        house.completed = past_date(f.at, (name, written), today, findings);
    }
    house
}

/// A field's code in a list; a value that isn't in it is a finding and left out.
fn code(
    f: &HouseFields<'_>,
    list: &str,
    field: Option<Field<'_>>,
    findings: &mut Findings,
) -> Option<Code> {
    let field = field.filter(|(_, v)| !v.is_empty())?;
    let code = code_by_name(list, field.1);
    if code.is_none() {
        let message = format!("“{}”不在{list}字典内，该项按未载明装载", field.1);
        findings.add(FindingClass::CodeInvalid, f.at, field, message);
    }
    code
}
