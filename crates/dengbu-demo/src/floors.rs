//! Invented storey plans: where each room of a building lies, true to its inner area (套内面积).
//!
//! Flats lie two by two at a landing with the stairs between them at the north side; shops,
//! parking spaces and houses stand in rows. Metres from the south-west corner of the building.

use std::collections::BTreeMap;

use dengbu_cadastre::shapes::{self, NewShape};
use dengbu_model::cadastre::Polygon;
use dengbu_model::unit_code::{BuildingCode, ParcelCode, UnitCode};
use dengbu_store::{Scope, Store};

use crate::DemoError;
use crate::city::provenance;
use crate::places::ESTATES;
use crate::shapes::{Room, Shape, Use};

/// A plane of its own for each building.
const LOCAL: i32 = 0;
/// Depth of a flat, metres.
const FLAT_DEPTH: f64 = 12.6;
/// Half the width, and the depth, of a landing with its stairs.
const STAIRS: (f64, f64) = (1.35, 5.4);
/// Depth of a shop.
const SHOP_DEPTH: f64 = 11.4;
/// A parking space and the lane between two rows.
const PARKING_DEPTH: f64 = 5.3;
const LANE: f64 = 6.0;
/// Depth of a house.
const HOUSE_DEPTH: f64 = 10.2;

type Ring = Vec<[f64; 2]>;

/// Square metres of one storey of a room.
fn square_metres(room: &Room) -> f64 {
    let storeys = match room.used_for {
        Use::Villa => 3,
        Use::FarmHouse => 2,
        _ => 1,
    };
    i32::try_from(room.inner / storeys).map_or(0.0, f64::from) / 100.0
}

/// A rectangle from the south-west corner.
fn rectangle(x: f64, y: f64, width: f64, depth: f64) -> Ring {
    vec![
        [x, y],
        [x + width, y],
        [x + width, y + depth],
        [x, y + depth],
    ]
}

/// Half of a pair of flats: the corner at the stairs is cut out. `left`: the one west of them.
fn flat(x: f64, area: f64, left: bool) -> (Ring, f64) {
    let (half, deep) = STAIRS;
    let width = (area + half * deep) / FLAT_DEPTH;
    let inner = FLAT_DEPTH - deep;
    let ring = if left {
        vec![
            [x, 0.0],
            [x + width, 0.0],
            [x + width, inner],
            [x + width - half, inner],
            [x + width - half, FLAT_DEPTH],
            [x, FLAT_DEPTH],
        ]
    } else {
        vec![
            [x, 0.0],
            [x + width, 0.0],
            [x + width, FLAT_DEPTH],
            [x + half, FLAT_DEPTH],
            [x + half, inner],
            [x, inner],
        ]
    };
    (ring, width)
}

/// The rings of the rooms of one storey, in their order.
fn storey(rooms: &[&Room]) -> Vec<Ring> {
    let mut at = 0.0;
    rooms
        .iter()
        .enumerate()
        .map(|(i, room)| {
            let area = square_metres(room);
            let (ring, width) = match room.used_for {
                Use::Flat => flat(at, area, i % 2 == 0),
                Use::Parking => {
                    let width = area / PARKING_DEPTH;
                    let column = u32::try_from(i / 2).map_or(0.0, f64::from);
                    let y = if i % 2 == 0 {
                        0.0
                    } else {
                        PARKING_DEPTH + LANE
                    };
                    (rectangle(column * width, y, width, PARKING_DEPTH), 0.0)
                }
                other => {
                    let depth = if other == Use::Shop {
                        SHOP_DEPTH
                    } else {
                        HOUSE_DEPTH
                    };
                    let width = area / depth;
                    (rectangle(at, 0.0, width, depth), width)
                }
            };
            at += width;
            ring
        })
        .collect()
}

/// To the centimetre, closed.
fn surveyed(ring: Ring) -> Ring {
    let round = |v: f64| (v * 100.0).round() / 100.0;
    let mut ring: Ring = ring
        .into_iter()
        .map(|[x, y]| [round(x), round(y)])
        .collect();
    ring.extend(ring.first().copied());
    ring
}

/// What the neighbours call a room.
fn label(room: &Room) -> String {
    let entrance = room
        .entrance
        .map(|e| format!("{e}单元"))
        .unwrap_or_default();
    let ending = match room.used_for {
        Use::Parking => "号车位",
        Use::Shop => "号商铺",
        Use::Villa | Use::FarmHouse => "",
        Use::Flat => "室",
    };
    format!("{entrance}{}{ending}", room.room)
}

/// The outlines of all units of a building.
pub(crate) fn of(shape: Shape, building: &BuildingCode) -> Result<Vec<NewShape>, DemoError> {
    let rooms = shape.rooms();
    let mut by_storey: BTreeMap<i32, Vec<(u32, &Room)>> = BTreeMap::new();
    for (number, room) in (1..).zip(&rooms) {
        by_storey
            .entry(room.storey)
            .or_default()
            .push((number, room));
    }
    let mut shapes = Vec::with_capacity(rooms.len());
    for (at, beside) in by_storey {
        let alone: Vec<&Room> = beside.iter().map(|(_, room)| *room).collect();
        for ((number, room), ring) in beside.into_iter().zip(storey(&alone)) {
            let unit = UnitCode::in_building(building, number).map_err(DemoError::malformed)?;
            let from = provenance("分户图（虚构）", unit.as_str());
            shapes.push(NewShape {
                building: building.clone(),
                storey: at,
                label: label(room),
                outline: Polygon {
                    srid: LOCAL,
                    rings: vec![surveyed(ring)],
                },
                provenance: serde_json::to_value(&from).ok(),
                unit,
            });
        }
    }
    Ok(shapes)
}

/// Puts the outlines of all units of the city into the cadastre, a building at a time.
pub(crate) async fn load(store: &Store, scope: &Scope) -> Result<(), DemoError> {
    for estate in ESTATES {
        let parcel = ParcelCode::parse(&estate.parcel_code()).map_err(DemoError::malformed)?;
        for (number, shape) in (1..).zip(estate.shapes) {
            let building = BuildingCode::on(&parcel, number).map_err(DemoError::malformed)?;
            let mut tx = store.begin(scope).await?;
            let made = of(*shape, &building)?;
            shapes::load(&mut tx, &made)
                .await
                .map_err(dengbu_takeover::TakeoverError::from)?;
            tx.commit().await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(ring: &[[f64; 2]]) -> f64 {
        let sum: f64 = ring
            .windows(2)
            .map(|w| w[0][0] * w[1][1] - w[1][0] * w[0][1])
            .sum();
        sum / 2.0
    }

    #[test]
    fn each_room_has_its_inner_area_and_a_place_of_its_own() {
        for shape in [
            Shape::Tower,
            Shape::MidRise,
            Shape::WalkUp,
            Shape::Commercial,
            Shape::VillaRow,
            Shape::Homestead,
        ] {
            let rooms = shape.rooms();
            let storeys: std::collections::BTreeSet<i32> = rooms.iter().map(|r| r.storey).collect();
            for at in storeys {
                let beside: Vec<&Room> = rooms.iter().filter(|r| r.storey == at).collect();
                let rings = storey(&beside);
                let mut spans = Vec::new();
                for (room, ring) in beside.iter().zip(rings) {
                    let ring = surveyed(ring);
                    let (found, wanted) = (area(&ring), square_metres(room));
                    assert!((found - wanted).abs() < 0.2, "{shape:?} {room:?} {found}");
                    let west = ring.iter().map(|p| p[0]).fold(f64::INFINITY, f64::min);
                    let east = ring.iter().map(|p| p[0]).fold(0.0, f64::max);
                    let south = ring.iter().map(|p| p[1]).fold(f64::INFINITY, f64::min);
                    spans.push((south.to_bits(), west, east));
                }
                spans.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
                for pair in spans.windows(2) {
                    assert!(
                        pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1 + 0.02,
                        "{shape:?}"
                    );
                }
            }
        }
    }
}
