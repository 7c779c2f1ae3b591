//! Which house is which unit: building codes and unit codes, and second records of one house.

use crate::finding::{At, FindingClass, Findings};
use crate::reading::address::Place;
use crate::records::OfficeRecords;
use dengbu_model::unit_code::{BuildingCode, UnitCode};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// 9999 stands for several buildings of one project registered together, not for a building
/// (unit-code rules, table 1.2).
const PROJECT_BUILDING: u32 = 9999;

/// Building codes: parcel, `F`, the building's own number. A second building of the same number
/// gets none.
pub fn building_codes(
    records: &OfficeRecords,
    usable: &HashSet<usize>,
    findings: &mut Findings,
) -> Vec<Option<BuildingCode>> {
    let land = &records.land;
    let mut used = BTreeSet::new();
    land.buildings
        .iter()
        .map(|b| {
            let parcel = b
                .parcel
                .filter(|p| usable.contains(p))
                .and_then(|p| land.parcels[p].code.as_ref())?;
            let code =
                BuildingCode::on(parcel, b.number.filter(|n| *n < PROJECT_BUILDING)?).ok()?;
            if used.insert(code.clone()) {
                return Some(code);
            }
            let message = format!("同一宗地上已有幢号相同的幢（{code}），本幢及其房屋未装载");
            findings.add(
                FindingClass::CodeInvalid,
                At::new(land.source, land.tables.1, &b.legacy_id),
                ("", code.as_str()),
                message,
            );
            None
        })
        .collect()
}

/// The unit of every house that has one, by index. Where the source gives no code, units are
/// numbered within the building in the order of entrance, storey, room over all house records,
/// so that the same data always give the same codes.
pub fn of_houses(
    records: &OfficeRecords,
    codes: &[Option<BuildingCode>],
    loaded: &HashSet<usize>,
    findings: &mut Findings,
) -> HashMap<usize, UnitCode> {
    let source = records.land.source;
    let mut first: BTreeMap<(usize, Place), usize> = BTreeMap::new();
    let mut out = HashMap::new();
    for (index, house) in records.houses.iter().enumerate() {
        let (Some(building), Some(place)) = (house.building, house.place) else {
            continue;
        };
        let before = *first.entry((building, place)).or_insert(index);
        if before != index {
            let other = &records.houses[before].legacy_id;
            findings.add(
                FindingClass::DuplicateHouse,
                At::new(source, records.house_table, &house.legacy_id),
                ("", other),
                format!("与房屋 {other} 为同一套房屋，本条未装载"),
            );
        }
    }
    let mut running: HashMap<usize, u32> = HashMap::new();
    for ((building, _), index) in first {
        let number = running.entry(building).and_modify(|n| *n += 1).or_insert(1);
        let house = &records.houses[index];
        let Some(code) = codes[building]
            .as_ref()
            .filter(|_| loaded.contains(&building))
        else {
            let message = "所在幢或宗地没有有效代码，无法确定不动产单元，未装载";
            findings.add(
                FindingClass::ParcelUnusable,
                At::new(source, records.house_table, &house.legacy_id),
                (records.address_field, &house.address),
                message,
            );
            continue;
        };
        let unit = match &house.unit {
            Some(unit) => Some(unit.clone()),
            None => UnitCode::in_building(code, *number).ok(),
        };
        if let Some(unit) = unit.filter(|_| !house.blocked) {
            out.insert(index, unit);
        }
    }
    out
}
