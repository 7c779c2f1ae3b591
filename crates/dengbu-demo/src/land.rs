//! Parcels, their outlines, and the land rights before and without houses.

use chrono::NaiveDate;
use dengbu_cadastre::load::{NewBuilding, NewParcel};
use dengbu_model::cadastre::{Building, Parcel, Polygon};
use dengbu_model::codes::Code;
use dengbu_model::quantity::Area;
use dengbu_model::right::{LandUse, RegistrationType, RightDetail, RightType};
use dengbu_model::unit_code::{BuildingCode, ParcelCode, UnitCode};
use dengbu_takeover::{ExistingUnit, LandFacts, Subject};
use rust_decimal::Decimal;

use crate::DemoError;
use crate::city::{Maker, date, provenance};
use crate::people::company;
use crate::places::{Estate, Tenure, builder};
use crate::shapes::Shape;
use crate::titles::{Chapter, right};

/// Geographic coordinates, CGCS2000 (EPSG:4490).
const SRID: i32 = 4490;

/// Degrees per metre at Panzhihua's latitude (26.6° N), near enough for a drawing.
const LON_PER_METRE: f64 = 1.0 / 99_600.0;
const LAT_PER_METRE: f64 = 1.0 / 110_800.0;

/// A rectangle: south-west corner and sides in degrees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outline {
    lon: f64,
    lat: f64,
    width: f64,
    height: f64,
}

impl Outline {
    /// The `nth` parcel, on a grid wide enough for the largest.
    fn of(estate: &Estate, nth: usize) -> Self {
        let (lon, lat) = match estate.county() {
            "510402" => (101.70, 26.57),
            "510403" => (101.56, 26.60),
            "510411" => (101.73, 26.48),
            "510421" => (102.10, 26.88),
            _ => (101.84, 26.68),
        };
        let grid = |n: usize| u32::try_from(n).map_or(0.0, f64::from) * 0.004;
        let area = i32::try_from(estate.parcel_area).map_or(1.0, f64::from);
        let width = (area * 1.6).sqrt();
        Self {
            lon: lon + grid(nth % 6),
            lat: lat + grid(nth / 6),
            width: width * LON_PER_METRE,
            height: area / width * LAT_PER_METRE,
        }
    }

    /// The `nth` of `count` buildings side by side, with a yard around each.
    fn building(self, nth: u32, count: usize) -> Self {
        let count = u32::try_from(count).map_or(1.0, f64::from);
        let cell = self.width / count;
        Self {
            lon: self.lon + cell * (f64::from(nth) + 0.15),
            lat: self.lat + self.height * 0.25,
            width: cell * 0.7,
            height: self.height * 0.5,
        }
    }

    fn polygon(self) -> Polygon {
        // a ten-millionth of a degree is about a centimetre
        let round = |x: f64| (x * 1e7).round() / 1e7;
        let (w, s) = (round(self.lon), round(self.lat));
        let (e, n) = (round(self.lon + self.width), round(self.lat + self.height));
        Polygon {
            srid: SRID,
            rings: vec![vec![[w, s], [e, s], [e, n], [w, n], [w, s]]],
        }
    }
}

/// Land use (土地用途_2017) of an estate.
fn land_use(estate: &Estate) -> &'static str {
    match estate.tenure {
        Tenure::Homestead => "0702",
        _ if estate.shapes == [Shape::Commercial] => "0501",
        _ => "0701",
    }
}

/// 权利性质: 划拨, 批准拨用 or 出让.
fn nature(estate: &Estate) -> &'static str {
    match estate.tenure {
        Tenure::WorkersHousing => "101",
        Tenure::Homestead => "203",
        Tenure::Developed | Tenure::Vacant => "102",
    }
}

pub(crate) fn code(text: &str) -> Result<Code, DemoError> {
    Code::parse(text).map_err(DemoError::malformed)
}

pub(crate) fn area(square_metres: i64) -> Result<Area, DemoError> {
    Area::new(Decimal::from(square_metres)).map_err(DemoError::malformed)
}

/// The parcel and its outline.
pub(crate) fn parcel(estate: &Estate, nth: usize) -> Result<(NewParcel, Outline), DemoError> {
    let outline = Outline::of(estate, nth);
    let text = estate.parcel_code();
    let right_type = if estate.tenure == Tenure::Homestead {
        "5"
    } else {
        "3"
    };
    let parcel = Parcel {
        code: ParcelCode::parse(&text).map_err(DemoError::malformed)?,
        address: estate.address(),
        area: Some(area(estate.parcel_area)?),
        use_code: Some(code(land_use(estate))?),
        right_type: Some(code(right_type)?),
        right_nature: Some(code(nature(estate))?),
        bounds: Some(["规划道路", "公共绿地", "规划道路", "相邻地块"].map(str::to_owned)),
        geometry: Some(outline.polygon()),
    };
    Ok((
        NewParcel {
            parcel,
            provenance: Some(origin("宗地", &text)),
        },
        outline,
    ))
}

/// The `nth` building (from 0) of the estate.
pub(crate) fn building(
    estate: &Estate,
    parcel: &ParcelCode,
    outline: Outline,
    nth: u32,
    shape: Shape,
) -> Result<NewBuilding, DemoError> {
    let number = nth + 1;
    let building_code = BuildingCode::on(parcel, number).map_err(DemoError::malformed)?;
    let building = Building {
        name: format!("{}{number}幢", estate.name),
        address: estate.address(),
        storeys_above: Some(shape.storeys()),
        storeys_below: Some(shape.storeys_below()),
        structure: Some(code(shape.structure())?),
        completed: Some(format!("{}-05-20", estate.year)),
        footprint: Some(outline.building(nth, estate.shapes.len()).polygon()),
        code: building_code,
    };
    let provenance = Some(origin("自然幢", building.code.as_str()));
    Ok(NewBuilding {
        building,
        provenance,
    })
}

fn origin(table: &str, id: &str) -> serde_json::Value {
    let from = provenance(table, id);
    serde_json::json!({ "source": from.source, "table": from.table, "legacy_id": from.legacy_id })
}

/// The parcel as a unit. Its use right is in force where nothing is built yet; where houses stand
/// it went over into their titles when they were first registered (房地一体).
pub(crate) fn land_unit(
    maker: &mut Maker,
    estate: &Estate,
    parcel: &ParcelCode,
) -> Result<ExistingUnit, DemoError> {
    let unit = UnitCode::of_land(parcel).map_err(DemoError::malformed)?;
    let vacant = estate.tenure == Tenure::Vacant;
    let granted_year = if vacant { estate.year } else { estate.year - 3 };
    let on = date(granted_year, 3, 15);
    let years = if land_use(estate) == "0501" { 40 } else { 70 };
    let granted = nature(estate) == "102";
    let detail = LandUse {
        area: Some(area(estate.parcel_area)?),
        start: Some(on),
        end: granted.then(|| date(granted_year + years, 3, 14)),
        price: None,
        use_code: Some(code(land_use(estate))?),
    };
    let (name, serial) = builder(estate.county(), estate.tenure);
    let chapter = Chapter {
        registration_type: RegistrationType::First,
        on,
        certificate_no: maker.numbers.land(estate, on),
        holders: vec![company(name, serial)],
        obligors: Vec::new(),
        origin: provenance("宗地权利", unit.as_str()),
    };
    let mut ownership = right(
        RightType::StateConstructionLand,
        RightDetail::LandUse(detail),
        chapter,
    );
    if !vacant {
        ownership.current = false;
        ownership.ended_on = Some(houses_registered(estate));
        ownership.end_reason =
            Some("地上房屋已办理首次登记，土地使用权与房屋所有权一体登记".to_owned());
    }
    Ok(ExistingUnit {
        authority: estate.authority().to_owned(),
        provenance: provenance("宗地", unit.as_str()),
        subject: Subject::Land(LandFacts {
            address: estate.address(),
            area: Some(area(estate.parcel_area)?),
            use_code: Some(code(land_use(estate))?),
            unit,
        }),
        ownerships: vec![ownership],
        others: Vec::new(),
    })
}

/// The day on which the houses of an estate were first registered, or began to be.
pub(crate) fn houses_registered(estate: &Estate) -> NaiveDate {
    date(estate.year, 6, 20)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::ESTATES;

    fn area_of(p: &Polygon) -> f64 {
        let r = &p.rings[0];
        (r[1][0] - r[0][0]) / LON_PER_METRE * (r[2][1] - r[1][1]) / LAT_PER_METRE
    }

    #[test]
    fn outlines_have_the_areas_of_their_parcels_and_do_not_overlap() {
        let all: Vec<Outline> = ESTATES
            .iter()
            .enumerate()
            .map(|(i, e)| Outline::of(e, i))
            .collect();
        for (estate, outline) in ESTATES.iter().zip(&all) {
            let found = area_of(&outline.polygon());
            #[expect(clippy::cast_precision_loss, reason = "small whole numbers")]
            let wanted = estate.parcel_area as f64;
            assert!((found - wanted).abs() / wanted < 0.005, "{found} {wanted}");
        }
        for (i, a) in all.iter().enumerate() {
            for b in &all[i + 1..] {
                let apart = a.lon + a.width < b.lon
                    || b.lon + b.width < a.lon
                    || a.lat + a.height < b.lat
                    || b.lat + b.height < a.lat;
                assert!(apart, "{a:?} {b:?}");
            }
        }
    }
}
