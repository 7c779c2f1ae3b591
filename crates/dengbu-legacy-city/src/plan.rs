//! Land and buildings of one office: a grid of parcels with shared corners, numbered as surveyors
//! number (a run per sub-district and kind), buildings on them, and what is wrong with either.

use std::collections::BTreeMap;

use crate::dice::Dice;
use crate::names;
use crate::people;

/// East, north.
pub type Point = [f64; 2];

/// How many parcels and houses an office gets.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    /// Parcels.
    pub parcels: u32,
    /// Houses.
    pub houses: u32,
}

/// What is wrong with a parcel or building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Class word.
    pub class: &'static str,
    /// Field word.
    pub field: &'static str,
    /// Note of the truth.
    pub note: String,
}

/// A parcel.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// True code.
    pub code: String,
    /// Code as it stands in the file.
    pub written: String,
    /// Road and number.
    pub road: String,
    /// Estate.
    pub estate: String,
    /// Holder.
    pub holder: String,
    /// 土地用途: name and code.
    pub land_use: (&'static str, &'static str),
    /// Kind of parcel: GB, JB, JC.
    pub feature: &'static str,
    /// Closed ring.
    pub ring: Vec<Point>,
    /// Recorded area.
    pub area: f64,
    /// Faults.
    pub faults: Vec<Fault>,
}

/// A building.
#[derive(Debug, Clone)]
pub struct Building {
    /// Its parcel.
    pub parcel: usize,
    /// Number on the parcel.
    pub block: u32,
    /// 总层数.
    pub storeys: u32,
    /// 单元.
    pub entrances: u32,
    /// Rooms per storey and entrance.
    pub rooms: u32,
    /// Structure: name and code.
    pub structure: (&'static str, &'static str),
    /// Completed.
    pub year: i32,
    /// Closed ring.
    pub ring: Vec<Point>,
    /// Fault.
    pub fault: Option<Fault>,
}

impl Building {
    /// Houses in it.
    pub fn houses(&self) -> u32 {
        self.storeys * self.entrances * self.rooms
    }
}

/// An office's land.
#[derive(Debug, Clone, Default)]
pub struct Land {
    /// Parcels in the order of the file.
    pub parcels: Vec<Parcel>,
    /// Buildings in the order of the file.
    pub buildings: Vec<Building>,
}

/// Rows of a column; the first six lie in sub-district 001, the others in 002.
const ROWS: u32 = 10;
const COLUMNS: u32 = 6;
const CELL: [f64; 2] = [80.0, 72.0];
const JITTER: f64 = 4.0;

/// Parameters of one office's land.
pub struct Layout<'a> {
    /// Counties.
    pub counties: &'a [&'a str],
    /// South-west corner.
    pub origin: Point,
    /// Rate of defects against the sample's.
    pub defects: f64,
    /// Few names.
    pub hard: bool,
    /// Whether one code may be used twice (not where codes are keys of the land office itself).
    pub double_codes: bool,
}

/// Makes the land.
pub fn land(dice: &mut Dice, quota: Quota, layout: &Layout<'_>) -> Land {
    let mut land = Land::default();
    let per_district = ROWS * COLUMNS;
    let districts = quota.parcels.div_ceil(per_district).max(1);
    let mut counters: BTreeMap<String, u32> = BTreeMap::new();
    let (mut debt, mut built) = (0.0, 0);
    for district in 0..districts {
        let county_count = u32::try_from(layout.counties.len()).unwrap_or(1);
        let at = district * county_count / districts;
        let county = layout
            .counties
            .get(at as usize)
            .copied()
            .unwrap_or_default();
        // Districts are numbered within their county.
        let first = (0..district)
            .find(|d| d * county_count / districts == at)
            .unwrap_or(district);
        let corner = [
            layout.origin[0] + f64::from(district % 20) * 700.0,
            layout.origin[1] + f64::from(district / 20) * 900.0,
        ];
        let corners = jittered(dice, corner);
        let prefix = format!("{county}{:03}", district - first + 1);
        for cell in 0..per_district {
            if land.parcels.len() >= quota.parcels as usize {
                break;
            }
            let (column, row) = (cell / ROWS, cell % ROWS);
            let parcel = parcel(
                dice,
                &prefix,
                &corners,
                (column, row),
                layout,
                &mut counters,
            );
            land.parcels.push(parcel);
            let left = f64::from(quota.parcels) - land.parcels.len() as f64 + 1.0;
            let want = (f64::from(quota.houses) - f64::from(built) - debt) / left;
            let before = land.buildings.len();
            debt = build(dice, &mut land, [column, row], corner, want, debt);
            built += land.buildings[before..]
                .iter()
                .map(Building::houses)
                .sum::<u32>();
        }
    }
    spoil_codes(dice, &mut land, layout);
    land
}

type Corners = Vec<Vec<Point>>;

fn jittered(dice: &mut Dice, corner: Point) -> Corners {
    let mut jitter = || (dice.part() - 0.5) * 2.0 * JITTER;
    (0..=COLUMNS)
        .map(|column| {
            (0..=ROWS)
                .map(|row| {
                    [
                        round3(corner[0] + f64::from(column) * CELL[0] + jitter()),
                        round3(corner[1] + f64::from(row) * CELL[1] + jitter()),
                    ]
                })
                .collect()
        })
        .collect()
}

fn round3(x: f64) -> f64 {
    (x * 1000.0).round() / 1000.0
}

/// Shoelace area of a closed ring.
pub fn area(ring: &[Point]) -> f64 {
    let Some(&[x0, y0]) = ring.first() else {
        return 0.0;
    };
    let local: Vec<Point> = ring.iter().map(|[x, y]| [x - x0, y - y0]).collect();
    let twice: f64 = local
        .windows(2)
        .map(|p| p[0][0] * p[1][1] - p[1][0] * p[0][1])
        .sum();
    twice.abs() / 2.0
}

fn fault(class: &'static str, field: &'static str) -> Fault {
    Fault {
        class,
        field,
        note: String::new(),
    }
}

fn parcel(
    dice: &mut Dice,
    prefix: &str,
    corners: &Corners,
    (column, row): (u32, u32),
    layout: &Layout<'_>,
    counters: &mut BTreeMap<String, u32>,
) -> Parcel {
    let feature = match dice.part() {
        r if r < 0.84 => "GB",
        r if r < 0.92 => "JC",
        _ => "JB",
    };
    let series = format!("{prefix}{:03}{feature}", if row < 6 { 1 } else { 2 });
    let number = counters.entry(series.clone()).or_default();
    *number += 1;
    let code = format!("{series}{number:05}");
    let land_use = match feature {
        "JC" => ("农村宅基地", "0702"),
        _ => match dice.part() {
            r if r < 0.8 => ("城镇住宅用地", "0701"),
            r if r < 0.9 => ("零售商业用地", "0501"),
            _ => ("工业用地", "0601"),
        },
    };
    let corner = |c: u32, r: u32| corners[c as usize][r as usize];
    let mut ring = vec![
        corner(column, row),
        corner(column, row + 1),
        corner(column + 1, row + 1),
        corner(column + 1, row),
        corner(column, row),
    ];
    let mut recorded = (area(&ring) * 100.0).round() / 100.0;
    let mut faults = Vec::new();
    match dice.part() / layout.defects.max(1e-9) {
        r if r < 0.03 => {
            // Two corners change places: the boundary crosses itself.
            ring.swap(1, 2);
            faults.push(fault("self_intersection", "geometry"));
        }
        r if r < 0.05 => {
            recorded = (recorded * (1.25 + dice.part() * 0.5) * 100.0).round() / 100.0;
            faults.push(fault("area_vs_geometry", "area"));
        }
        r if r < 0.07 => {
            let double = ring[2];
            ring.insert(2, double);
            faults.push(fault("duplicate_vertex", "geometry"));
        }
        r if r < 0.09 && column + 1 < COLUMNS && row + 1 < ROWS => {
            // One corner far into the neighbour's ground.
            ring[2] = [ring[2][0] + 14.0, ring[2][1] - 2.0];
            recorded = (area(&ring) * 100.0).round() / 100.0;
            faults.push(fault("parcel_overlap", "geometry"));
        }
        _ => {}
    }
    Parcel {
        written: code.clone(),
        code,
        road: names::road(dice),
        estate: names::estate(dice, layout.hard),
        holder: match feature {
            "JC" => names::person(dice),
            _ => names::developer(dice),
        },
        land_use,
        feature,
        ring,
        area: recorded,
        faults,
    }
}

/// Buildings on the parcel just made; gives the debt of houses carried on.
fn build(
    dice: &mut Dice,
    land: &mut Land,
    [column, row]: [u32; 2],
    corner: Point,
    want: f64,
    debt: f64,
) -> f64 {
    let parcel = land.parcels.len() - 1;
    let homestead = land.parcels[parcel].feature == "JC";
    let mut debt = debt + want;
    let cell = [
        corner[0] + f64::from(column) * CELL[0],
        corner[1] + f64::from(row) * CELL[1],
    ];
    let year = 1998 + i32::try_from(dice.below(21)).unwrap_or(0);
    for block in 1..=4 {
        let building = building(dice, (parcel, block, homestead), cell, year);
        let count = f64::from(building.houses());
        if debt < count / 2.0 || (homestead && block > 1) {
            break;
        }
        debt -= count;
        land.buildings.push(building);
    }
    // What could not be built here is built on the next parcels.
    debt.min(400.0)
}

fn building(
    dice: &mut Dice,
    (parcel, block, homestead): (usize, u32, bool),
    cell: Point,
    year: i32,
) -> Building {
    let storeys = if homestead {
        1
    } else {
        dice.pick(&[3, 5, 6, 6, 7, 9, 11, 18])
    };
    let (entrances, rooms) = if homestead {
        (1, 1)
    } else {
        (dice.pick(&[1, 1, 2]), dice.pick(&[2, 2, 3]))
    };
    let depth = 12.0 + dice.part() * 6.0;
    let x = cell[0] + 10.0 + if block % 2 == 0 { 34.0 } else { 0.0 };
    let y = cell[1] + 10.0 + if block > 2 { 28.0 } else { 0.0 };
    let ring = rectangle([x, y], [20.0, depth]);
    Building {
        parcel,
        block,
        storeys,
        entrances,
        rooms,
        structure: dice.pick(&names::STRUCTURES),
        year: year + i32::try_from(dice.below(3)).unwrap_or(0) - 1,
        ring,
        fault: None,
    }
}

fn rectangle([x, y]: Point, [width, depth]: Point) -> Vec<Point> {
    let [x, y, right, top] = [x, y, x + width, y + depth].map(round3);
    vec![[x, y], [x, top], [right, top], [right, y], [x, y]]
}

/// Buildings moved off their parcel or over its border; codes cut short or copied.
fn spoil_codes(dice: &mut Dice, land: &mut Land, layout: &Layout<'_>) {
    for building in &mut land.buildings {
        let roll = dice.part() / layout.defects.max(1e-9);
        let shift = if roll < 0.02 {
            building.fault = Some(fault("building_outside_parcel", "geometry"));
            [-30_000.0, -9_000.0]
        } else if roll < 0.027 && building.block == 1 {
            // Over the western border: half on the neighbour, where there is one.
            if land.parcels[building.parcel].code.ends_with("00001") {
                continue;
            }
            building.fault = Some(fault("building_across_parcels", "geometry"));
            [-20.0, 0.0]
        } else {
            continue;
        };
        for point in &mut building.ring {
            *point = [round3(point[0] + shift[0]), round3(point[1] + shift[1])];
        }
    }
    for at in 1..land.parcels.len() {
        let roll = dice.part() / layout.defects.max(1e-9);
        let previous = land.parcels[at - 1].clone();
        let parcel = &mut land.parcels[at];
        if roll < 0.024 {
            parcel.written.pop();
            parcel.faults.push(Fault {
                class: "parcel_code_bad",
                field: "code",
                note: parcel.code.clone(),
            });
        } else if roll < 0.037 && layout.double_codes && previous.written == previous.code {
            parcel.written = previous.code;
            parcel.faults.push(Fault {
                class: "parcel_code_duplicate",
                field: "code",
                note: parcel.code.clone(),
            });
        }
    }
}

/// Identity fault of one of the holders: which one and what is written.
pub fn spoiled_id(
    dice: &mut Dice,
    holders: &[people::Holder],
    times: f64,
) -> Option<(usize, &'static str, String)> {
    let fault = people::id_fault(dice, times)?;
    let count = u32::try_from(holders.len()).unwrap_or(1);
    let which = dice.below(count) as usize;
    let written = fault.spoil(holders.get(which)?)?;
    Some((which, fault.class(), written))
}
