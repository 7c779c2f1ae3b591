//! Parcels (ZDJBXX), buildings (ZRZ), units of buildings (H).

use dengbu_model::cadastre::{Building, Dwelling, Parcel, Polygon};
use dengbu_model::codes;
use dengbu_model::unit_code::{BuildingCode, ParcelCode, UnitCode};
use dengbu_staging::{Table, extension as x};
use geo_types::Geometry;

use super::{area, code, text, whole};

/// The city's plane, in which staged shapes lie (CGCS2000, 3°, 102°E).
const PLANE: i32 = 4543;

/// A row of ZDJBXX under the code it is known by.
#[must_use]
pub fn parcel(table: &Table, row: usize, known: ParcelCode) -> Parcel {
    Parcel {
        address: text(table, "ZL", row).unwrap_or_default(),
        area: area(table, "ZDMJ", row),
        use_code: code(table, "YT", row, &[codes::LAND_USE, codes::LAND_USE_2007]),
        right_type: code(table, "QLLX", row, &[codes::RIGHT_TYPE]),
        right_nature: code(table, "QLXZ", row, &[codes::RIGHT_NATURE]),
        bounds: bounds(table, row),
        geometry: polygon(table, row),
        code: known,
    }
}

/// 四至: east, south, west, north; none unless all four are told.
fn bounds(table: &Table, row: usize) -> Option<[String; 4]> {
    let [east, south, west, north] =
        ["ZDSZD", "ZDSZN", "ZDSZX", "ZDSZB"].map(|f| text(table, f, row));
    Some([east?, south?, west?, north?])
}

/// A row of ZRZ under the code it is known by; `street` is the parcel's address.
#[must_use]
pub fn building(table: &Table, row: usize, known: BuildingCode, street: &str) -> Building {
    let name = text(table, "XMMC", row).unwrap_or_default();
    let block = text(table, x::BLOCK, row);
    Building {
        name: match block {
            Some(block) if !name.contains('幢') => format!("{name}{block}幢"),
            _ => name,
        },
        address: text(table, "LDZL", row).unwrap_or_else(|| street.to_owned()),
        storeys_above: whole(table, "DSCS", row).or_else(|| whole(table, "ZCS", row)),
        storeys_below: whole(table, "DXCS", row),
        structure: code(table, "FWJG", row, &[codes::HOUSE_STRUCTURE]),
        completed: text(table, "JGRQ", row),
        footprint: polygon(table, row),
        code: known,
    }
}

/// Where a unit is in its building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// 单元; none when the building has one entrance only.
    pub entrance: Option<String>,
    /// Storey, below ground negative.
    pub storey: i32,
    /// Room as on its door.
    pub room: String,
}

/// A row of H under the code it is known by.
#[must_use]
pub fn dwelling(
    table: &Table,
    row: usize,
    unit: UnitCode,
    building: BuildingCode,
    place: Place,
) -> Dwelling {
    Dwelling {
        unit,
        building,
        entrance: place.entrance,
        storey: place.storey,
        room: place.room,
        address: text(table, "ZL", row).unwrap_or_default(),
        use_code: code(table, "FWYT1", row, &[codes::HOUSE_USE]),
        structure: code(table, "FWJG", row, &[codes::HOUSE_STRUCTURE]),
        kind: None,
        nature: code(table, "FWXZ", row, &[codes::HOUSE_NATURE]),
        storeys_total: whole(table, "ZCS", row).or_else(|| whole(table, x::STOREYS, row)),
        building_area: area(table, "SCJZMJ", row),
        inner_area: area(table, "SCTNJZMJ", row),
        shared_area: area(table, "SCFTJZMJ", row),
        predicted_area: None,
    }
}

/// The shape of a row; of several the first, which is how the sample and the standard have it.
fn polygon(table: &Table, row: usize) -> Option<Polygon> {
    let rings = rings(table.geometry(row)?);
    (!rings.is_empty()).then_some(Polygon { srid: PLANE, rings })
}

/// The rings of a polygon: outer, then holes.
#[must_use]
pub fn rings(geometry: &Geometry<f64>) -> Vec<Vec<[f64; 2]>> {
    let polygon = match geometry {
        Geometry::Polygon(p) => p,
        Geometry::MultiPolygon(m) => match m.0.first() {
            Some(first) => first,
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    std::iter::once(polygon.exterior())
        .chain(polygon.interiors())
        .map(|ring| ring.coords().map(|c| [c.x, c.y]).collect())
        .collect()
}
