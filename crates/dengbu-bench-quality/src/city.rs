//! An invented city of any size in staging tables: a mesh of parcels, buildings on them, houses
//! with owners, mortgages and seizures. One record in a hundred or so has a defect.

use crate::padded;
use dengbu_staging::{Cell, Origin, Record, Staging, StagingError};
use geo_types::{Coord, LineString, Polygon};

/// A plain linear congruential generator (Knuth's MMIX): the same city every time.
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below.max(1)
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.next(n) == 0
    }
}

/// Names made of these; nobody's.
const FAMILY: [&str; 12] = [
    "罗", "秦", "潘", "魏", "余", "文", "丁", "何", "曹", "姜", "顾", "邓",
];
const GIVEN: [&str; 12] = [
    "俊欣", "辉海", "兰嘉", "军国", "红晨", "明", "宇", "超雨", "梅", "桂远", "涛思", "华曦",
];

/// Makes the city.
pub fn make(houses: usize, parcels: usize) -> Result<Staging, StagingError> {
    let mut staging = Staging::new();
    let mut chance = Chance(20_261_123);
    land(&mut staging, &mut chance, parcels)?;
    let buildings = (houses / 40).max(1);
    for b in 0..buildings {
        building(&mut staging, b, b * parcels / buildings, parcels)?;
    }
    for h in 0..houses {
        let b = h * buildings / houses.max(1);
        house(&mut staging, &mut chance, h, b * parcels / buildings)?;
    }
    staging.shrink();
    Ok(staging)
}

fn parcel_code(parcel: usize) -> String {
    let mut code = String::from("510402");
    padded(&mut code, 1 + parcel / 9_000_000, 3);
    padded(&mut code, 1 + parcel / 9_000 % 900, 3);
    code.push_str("GB");
    padded(&mut code, 1 + parcel % 9_000, 5);
    code
}

fn side(parcels: usize) -> usize {
    parcels.isqrt() + 1
}

/// Corner of the mesh, moved off the straight so that boundaries are as slanted as real ones.
fn corner(column: usize, row: usize) -> [f64; 2] {
    let mut chance = Chance((column as u64) << 32 | row as u64);
    chance.next(2);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let (jx, jy) = (
        chance.next(8_000) as f64 / 1000.0,
        chance.next(8_000) as f64 / 1000.0,
    );
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let (x, y) = (column as f64 * 60.0, row as f64 * 60.0);
    [420_000.0 + x + jx, 2_900_000.0 + y + jy]
}

fn rounded([x, y]: [f64; 2]) -> Coord<f64> {
    Coord {
        x: (x * 1e4).round() / 1e4,
        y: (y * 1e4).round() / 1e4,
    }
}

/// The parcel of a cell: its corners and two points on each side, shared with the neighbour.
fn outline(cell: usize, parcels: usize) -> Vec<Coord<f64>> {
    let (column, row) = (cell % side(parcels), cell / side(parcels));
    let corners = [
        corner(column, row),
        corner(column + 1, row),
        corner(column + 1, row + 1),
        corner(column, row + 1),
    ];
    let mut ring = Vec::with_capacity(13);
    for i in 0..4 {
        let (mut a, mut b) = (corners[i], corners[(i + 1) % 4]);
        // Neighbours run a side in opposite directions; its points must be the same.
        let turned = a[0] + a[1] > b[0] + b[1];
        if turned {
            (a, b) = (b, a);
        }
        let at = |t: f64| rounded([a[0] + t * (b[0] - a[0]) + 0.8 * t, a[1] + t * (b[1] - a[1])]);
        let between = if turned {
            [at(0.7), at(0.3)]
        } else {
            [at(0.3), at(0.7)]
        };
        ring.push(rounded(corners[i]));
        ring.extend(between);
    }
    ring
}

fn area(ring: &[Coord<f64>]) -> f64 {
    let n = ring.len();
    let o = ring[0];
    (0..n)
        .map(|i| {
            let (a, b) = (ring[i], ring[(i + 1) % n]);
            (a.x - o.x) * (b.y - o.y) - (b.x - o.x) * (a.y - o.y)
        })
        .sum::<f64>()
        .abs()
        / 2.0
}

fn record(table: &str, id: String, cells: Vec<Cell>) -> Record {
    Record {
        table: table.to_owned(),
        origin: Origin {
            source: "bench".to_owned(),
            table: table.to_owned(),
            legacy_id: id,
            file: "bench".to_owned(),
            line: 0,
        },
        cells,
        notes: Vec::new(),
        geometry: None,
    }
}

fn land(staging: &mut Staging, chance: &mut Chance, parcels: usize) -> Result<(), StagingError> {
    for parcel in 0..parcels {
        let mut ring = outline(parcel, parcels);
        let recorded = area(&ring);
        if chance.one_in(500) {
            // Drawn two metres into its neighbour.
            ring[3].x += 2.0;
            ring[6].x += 2.0;
        }
        ring.push(ring[0]);
        let code = parcel_code(parcel);
        let mut row = record(
            "ZDJBXX",
            code.clone(),
            vec![
                Cell::plain("ZDDM", code.clone()),
                Cell::plain("ZDTZM", "GB"),
                Cell::plain("ZL", format!("攀枝花市东区示例大街{}号", parcel + 1)),
                Cell::plain("ZDMJ", format!("{recorded:.2}")),
                Cell::plain("MJDW", "1"),
                Cell::plain("YT", "0701"),
                Cell::plain("QLLX", "3"),
                Cell::plain("QLXZ", "102"),
            ],
        );
        row.geometry = Some(Polygon::new(LineString(ring), vec![]).into());
        staging.push(&row)?;
        let mut right = record(
            "JSYDSYQ",
            format!("L{parcel}"),
            vec![
                Cell::plain("ZDDM", code.clone()),
                Cell::plain("BDCDYH", format!("{code}W00000000")),
                Cell::plain("YWH", format!("L{parcel}")),
                Cell::plain("QLLX", "3"),
                Cell::plain("SYQMJ", format!("{recorded:.2}")),
                Cell::plain("BDCQZH", format!("攀国用(2007)第{parcel}号")),
                Cell::plain("QSZT", "1"),
            ],
        );
        right.geometry = None;
        staging.push(&right)?;
    }
    Ok(())
}

fn building(
    staging: &mut Staging,
    number: usize,
    parcel: usize,
    parcels: usize,
) -> Result<(), StagingError> {
    let ring = outline(parcel, parcels);
    #[expect(clippy::cast_precision_loss, reason = "a dozen corners")]
    let n = ring.len() as f64;
    let (x, y) = (
        ring.iter().map(|c| c.x).sum::<f64>() / n,
        ring.iter().map(|c| c.y).sum::<f64>() / n,
    );
    let at = |dx: f64, dy: f64| rounded([x + dx, y + dy]);
    let foot = LineString(vec![
        at(-9., -6.),
        at(9., -6.),
        at(9., 6.),
        at(-9., 6.),
        at(-9., -6.),
    ]);
    let code = format!("{}F0001", parcel_code(parcel));
    let mut row = record(
        "ZRZ",
        format!("Z{number}"),
        vec![
            Cell::plain("ZRZH", code),
            Cell::plain("ZDDM", parcel_code(parcel)),
            Cell::plain("XMMC", format!("示例小区{number}")),
            Cell::plain("ZCS", "11"),
            Cell::plain("DSCS", "11"),
            Cell::plain("DXCS", "0"),
            Cell::plain("FWJG", "4"),
            Cell::plain("ZZDMJ", "216.00"),
            Cell::plain("JGRQ", "2009"),
        ],
    );
    row.geometry = Some(Polygon::new(foot, vec![]).into());
    staging.push(&row)?;
    Ok(())
}

fn resident_id(number: usize, wrong: bool) -> String {
    let mut text = String::from("510402");
    padded(&mut text, 1950 + number % 50, 4);
    padded(&mut text, 1 + number / 50 % 12, 2);
    padded(&mut text, 1 + number / 600 % 28, 2);
    padded(&mut text, number / 16_800 % 1000, 3);
    const WEIGHTS: [usize; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = text
        .bytes()
        .zip(WEIGHTS)
        .map(|(b, w)| usize::from(b - b'0') * w)
        .sum();
    let check = b"10X98765432"[(sum + usize::from(wrong)) % 11];
    text.push(char::from(check));
    text
}

fn house(
    staging: &mut Staging,
    chance: &mut Chance,
    number: usize,
    parcel: usize,
) -> Result<(), StagingError> {
    let building = format!("{}F0001", parcel_code(parcel));
    let unit = format!("{building}{:04}", 1 + number % 9_999);
    #[expect(clippy::cast_precision_loss, reason = "square decimetres of a flat")]
    let (inner, shared) = (
        chance.next(8_000) as f64 / 100.0 + 40.0,
        chance.next(2_000) as f64 / 100.0,
    );
    let whole = inner + shared + if chance.one_in(120) { 7.5 } else { 0.0 };
    let storey = if chance.one_in(200) {
        19
    } else {
        1 + chance.next(11)
    };
    let id = format!("H{number}");
    staging.push(&record(
        "H",
        id.clone(),
        vec![
            Cell::plain("BDCDYH", unit.clone()),
            Cell::plain("ZRZH", building),
            Cell::plain("X_HOUSE", id.clone()),
            Cell::plain(
                "ZL",
                format!(
                    "攀枝花市东区示例大街{}号1单元{storey}层{number}号",
                    parcel + 1
                ),
            ),
            Cell::plain("SHBW", number.to_string()),
            Cell::plain("SJCS", storey.to_string()),
            Cell::plain("SCJZMJ", format!("{whole:.2}")),
            Cell::plain("SCTNJZMJ", format!("{inner:.2}")),
            Cell::plain("SCFTJZMJ", format!("{shared:.2}")),
            Cell::plain("FWYT1", if chance.one_in(150) { "999" } else { "10" }),
            Cell::plain("FWJG", "4"),
            Cell::plain("FWXZ", "0"),
        ],
    ))?;
    let year = 2000 + chance.next(20);
    let date = if chance.one_in(100) {
        format!("{year}-02-30")
    } else {
        format!("{year}-06-{:02}", 1 + chance.next(28))
    };
    let certificate = if chance.one_in(150) {
        "补办中".to_owned()
    } else {
        format!("攀房权证东字第{number:06}号")
    };
    let right = format!("O{number}");
    staging.push(&record(
        "FDCQ2",
        right.clone(),
        vec![
            Cell::plain("BDCDYH", unit.clone()),
            Cell::plain("X_HOUSE", id.clone()),
            Cell::plain("YWH", right.clone()),
            Cell::plain("QLLX", "4"),
            Cell::plain("DJLX", "100"),
            Cell::plain("JZMJ", format!("{whole:.2}")),
            Cell::plain("ZYJZMJ", format!("{inner:.2}")),
            Cell::plain("FTJZMJ", format!("{shared:.2}")),
            Cell::plain("BDCQZH", certificate),
            Cell::plain("DJSJ", date),
            Cell::plain("QSZT", "1"),
        ],
    ))?;
    let owners = 1 + usize::from(chance.one_in(3));
    for owner in 0..owners {
        let wrong = chance.one_in(100);
        let n = number * 2 + owner;
        let name = if chance.one_in(300) {
            String::new()
        } else {
            format!("{}{}", FAMILY[n % 12], GIVEN[n / 12 % 12])
        };
        staging.push(&record(
            "QLR",
            format!("P{n}"),
            vec![
                Cell::plain("YWH", right.clone()),
                Cell::plain("X_HOUSE", id.clone()),
                Cell::plain("QLRMC", name),
                Cell::plain("ZJZL", "1"),
                Cell::plain("ZJH", resident_id(n, wrong)),
                Cell::plain("GYFS", if owners == 1 { "0" } else { "1" }),
                Cell::plain("QLBL", if owners == 1 { "" } else { "0.5" }),
            ],
        ))?;
    }
    if chance.one_in(4) {
        let backwards = chance.one_in(100);
        let (from, to) = if backwards {
            ("2026-03-02", "2016-03-02")
        } else {
            ("2016-03-02", "2036-03-02")
        };
        staging.push(&record(
            "DYAQ",
            format!("D{number}"),
            vec![
                Cell::plain("BDCDYH", unit.clone()),
                Cell::plain("X_HOUSE", id.clone()),
                Cell::plain("YWH", format!("D{number}")),
                Cell::plain("DYFS", "1"),
                Cell::plain("DYR", ""),
                Cell::plain("BDBZZQSE", format!("{}", 100_000 + chance.next(900_000))),
                Cell::plain("ZWLXQSSJ", from),
                Cell::plain("ZWLXJSSJ", to),
                Cell::plain("BDCDJZMH", format!("攀他证东字第{number:06}号")),
                Cell::plain("QSZT", "1"),
            ],
        ))?;
    }
    if chance.one_in(60) {
        staging.push(&record(
            "CFDJ",
            format!("C{number}"),
            vec![
                Cell::plain("BDCDYH", unit),
                Cell::plain("X_HOUSE", id),
                Cell::plain("YWH", format!("C{number}")),
                Cell::plain("CFJG", "示例人民法院"),
                Cell::plain("CFWH", format!("(2018)川0402执{number}号")),
                Cell::plain("CFLX", "1"),
                Cell::plain("CFQSSJ", "2018-07-07"),
                Cell::plain("CFJSSJ", "2021-07-07"),
                Cell::plain("QSZT", "1"),
            ],
        ))?;
    }
    Ok(())
}
