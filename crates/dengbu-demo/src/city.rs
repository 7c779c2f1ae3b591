//! The whole city, made anew from its seed.

use chrono::NaiveDate;
use dengbu_model::cadastre::Dwelling;
use dengbu_model::unit_code::{BuildingCode, UnitCode};
use dengbu_register::entry::Provenance;
use dengbu_takeover::{ExistingStock, ExistingUnit, Subject};

use crate::DemoError;
use crate::dice::Dice;
use crate::land::{self, code};
use crate::limits::limits;
use crate::people::People;
use crate::places::{ESTATES, Estate, Tenure};
use crate::shapes::{Room, Shape};
use crate::story;
use crate::titles::{Flat, Numbers, hundredths, titles};

/// Seed of everything; another one gives another city.
const SEED: u64 = 0x00D3_46B0_2026;

/// The source that stands in every record's provenance.
pub const SOURCE: &str = "演示数据";

/// What the making of a city carries along.
pub(crate) struct Maker {
    pub dice: Dice,
    pub people: People,
    pub numbers: Numbers,
    pub today: NaiveDate,
    pub court_papers: u32,
}

/// Existing titles end with 2025: the platform's own number series begin after it.
pub(crate) fn closing() -> NaiveDate {
    date(2025, 12, 31)
}

/// A day of the calendar; the table's days all exist.
pub(crate) fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

pub(crate) fn provenance(table: &str, id: &str) -> Provenance {
    Provenance {
        source: SOURCE.to_owned(),
        table: table.to_owned(),
        legacy_id: id.to_owned(),
        file_sm3: None,
    }
}

/// The city as it stands on a day: about two thousand units in five counties.
///
/// # Errors
/// [`DemoError::Malformed`] when its own tables are wrong, which a test rules out.
pub fn city(today: NaiveDate) -> Result<ExistingStock, DemoError> {
    let mut maker = Maker {
        dice: Dice::new(SEED),
        people: People::default(),
        numbers: Numbers::default(),
        today,
        court_papers: 0,
    };
    let mut stock = ExistingStock::default();
    for (nth, estate) in ESTATES.iter().enumerate() {
        add_estate(&mut maker, &mut stock, estate, nth)?;
    }
    Ok(stock)
}

fn add_estate(
    maker: &mut Maker,
    stock: &mut ExistingStock,
    estate: &Estate,
    nth: usize,
) -> Result<(), DemoError> {
    let (parcel, outline) = land::parcel(estate, nth)?;
    let code = parcel.parcel.code.clone();
    stock.parcels.push(parcel);
    if estate.tenure != Tenure::Homestead {
        stock.units.push(land::land_unit(maker, estate, &code)?);
    }
    let built = estate
        .shapes
        .iter()
        .flat_map(|s| s.rooms())
        .map(|r| r.area())
        .sum();
    for (n, shape) in (0..).zip(estate.shapes) {
        let building = land::building(estate, &code, outline, n, *shape)?;
        add_units(
            maker,
            stock,
            (estate, built),
            *shape,
            &building.building.code,
        )?;
        stock.buildings.push(building);
    }
    Ok(())
}

fn add_units(
    maker: &mut Maker,
    stock: &mut ExistingStock,
    (estate, built): (&Estate, i64),
    shape: Shape,
    building: &BuildingCode,
) -> Result<(), DemoError> {
    for (number, room) in (1..).zip(&shape.rooms()) {
        let unit = UnitCode::in_building(building, number).map_err(DemoError::malformed)?;
        let scene = story::scene(unit.as_str());
        let flat = Flat {
            estate,
            built,
            shape,
            unit,
            room,
            scene,
        };
        let ownerships = titles(maker, &flat)?;
        let others = limits(maker, &flat, &ownerships)?;
        stock.units.push(ExistingUnit {
            authority: estate.authority().to_owned(),
            subject: Subject::Dwelling(Box::new(dwelling(&flat, building)?)),
            ownerships,
            others,
            provenance: provenance("户", flat.unit.as_str()),
        });
    }
    Ok(())
}

fn dwelling(flat: &Flat<'_>, building: &BuildingCode) -> Result<Dwelling, DemoError> {
    let room = flat.room;
    Ok(Dwelling {
        unit: flat.unit.clone(),
        building: building.clone(),
        entrance: room.entrance.map(|e| e.to_string()),
        storey: room.storey,
        room: room.room.clone(),
        address: address(flat.estate, building, room),
        use_code: Some(code(room.used_for.use_code())?),
        structure: Some(code(flat.shape.structure())?),
        kind: Some(code(room.used_for.kind_code())?),
        nature: None,
        storeys_total: Some(flat.shape.storeys()),
        building_area: Some(hundredths(room.area())?),
        inner_area: Some(hundredths(room.inner)?),
        shared_area: (room.shared > 0)
            .then(|| hundredths(room.shared))
            .transpose()?,
        predicted_area: None,
    })
}

/// 坐落: parcel, building, entrance, room.
fn address(estate: &Estate, building: &BuildingCode, room: &Room) -> String {
    let parcel = estate.address();
    if estate.tenure == Tenure::Homestead {
        return parcel;
    }
    let number: u32 = building.as_str()[20..].parse().unwrap_or(1);
    let entrance = room
        .entrance
        .map(|e| format!("{e}单元"))
        .unwrap_or_default();
    let ending = match room.used_for {
        crate::shapes::Use::Parking => "号车位",
        crate::shapes::Use::Villa => "",
        crate::shapes::Use::Shop => "号商铺",
        _ => "室",
    };
    format!("{parcel}{number}幢{entrance}{}{ending}", room.room)
}

#[cfg(test)]
mod tests;
