//! Yanbian county: an Excel ledger, shapefiles in a local plane, control points.

use std::path::Path;

use encoding_rs::UTF_8;

use crate::dice::Dice;
use crate::flats::{self, Flat, hundredths};
use crate::ledger::{Ledger, Typed};
use crate::plan::{self, Building, Land, Layout, Parcel, Point, Quota};
use crate::shapes::{self, number, text};
use crate::truth::{Of, Stands, Truth};
use crate::untidy::{self, Spot};
use crate::{MakeError, Options, at};

const SOURCE: &str = "c-yanbian";
const TOWNS: [&str; 2] = ["桐子林镇", "红格镇"];
/// South-west corner in CGCS2000.
const ORIGIN: Point = [482_000.0, 2_955_000.0];

fn of<'a>(table: &'a str, id: &'a str) -> Of<'a> {
    Of {
        source: SOURCE,
        table,
        id,
    }
}

/// CGCS2000 to the local plane: turned a little, scaled a little, moved far.
fn local([east, north]: Point) -> Point {
    let (turn, scale) = (0.023_9f64, 1.000_02);
    let (x, y) = (east - ORIGIN[0], north - ORIGIN[1]);
    let (sin, cos) = turn.sin_cos();
    let round = |v: f64| (v * 1000.0).round() / 1000.0;
    [
        round(scale * (x * cos - y * sin) - 20_027.667),
        round(scale * (x * sin + y * cos) + 63_874.138),
    ]
}

fn local_ring(ring: &[Point]) -> Vec<Point> {
    ring.iter().map(|p| local(*p)).collect()
}

/// Writes the county's folder.
pub fn make(
    options: &Options,
    quota: Quota,
    folder: &Path,
    truth: &mut Truth,
) -> Result<(), MakeError> {
    std::fs::create_dir_all(folder).map_err(at(folder))?;
    let layout = Layout {
        counties: &["510422"],
        origin: ORIGIN,
        defects: options.defects,
        hard: options.hard,
        double_codes: true,
    };
    let land = plan::land(&mut Dice::new(options.seed, 21), quota, &layout);
    write_land(&land, folder, truth)?;
    control_points(&mut Dice::new(options.seed, 23), options.hard, folder)?;
    let mut office = Office {
        dice: Dice::new(options.seed, 22),
        times: options.defects,
        no_road: if options.hard { 0.6 } else { 0.3 },
        truth,
        ledger: Ledger::new(&folder.join("房屋登记台账.xlsx")),
        serial: 0,
        certificate: 0,
    };
    // The second town begins where the second half of the buildings does.
    let half = land.buildings.len() * 2 / 3;
    for (n, town) in TOWNS.iter().enumerate() {
        office.ledger.sheet(town)?;
        let buildings = if n == 0 {
            &land.buildings[..half]
        } else {
            &land.buildings[half..]
        };
        let before = if n == 0 { 0 } else { half };
        for (at, building) in buildings.iter().enumerate() {
            office.building(town, before + at, building, &land.parcels[building.parcel])?;
        }
    }
    let houses = office.serial as usize;
    office.ledger.finish()?;
    let rows = [
        ("parcels", land.parcels.len()),
        ("buildings", land.buildings.len()),
        ("houses", houses),
    ];
    truth.count(SOURCE, &rows);
    Ok(())
}

fn key(at: usize) -> String {
    format!("F{:04}", at + 1)
}

fn write_land(land: &Land, folder: &Path, truth: &mut Truth) -> Result<(), MakeError> {
    let parcel_rings: Vec<Vec<Point>> = land.parcels.iter().map(|p| local_ring(&p.ring)).collect();
    let fields = [
        text("宗地号", 19),
        text("权利人", 60),
        text("坐落", 100),
        text("用途", 30),
        number("面积", 14, 2),
        text("项目", 40),
    ];
    let rows: Vec<_> = land
        .parcels
        .iter()
        .zip(&parcel_rings)
        .map(|(p, ring)| {
            let row = vec![
                p.written.clone(),
                p.holder.clone(),
                format!("盐边县{}", p.road),
                p.land_use.0.to_owned(),
                format!("{:.2}", p.area),
                p.estate.clone(),
            ];
            (ring.as_slice(), row)
        })
        .collect();
    shapes::write(&folder.join("宗地"), &fields, UTF_8, &rows)?;
    let building_rings: Vec<Vec<Point>> =
        land.buildings.iter().map(|b| local_ring(&b.ring)).collect();
    let fields = [
        text("编号", 10),
        text("小区", 40),
        text("幢号", 10),
        number("层数", 3, 0),
    ];
    let rows: Vec<_> = land
        .buildings
        .iter()
        .zip(&building_rings)
        .enumerate()
        .map(|(at, (b, ring))| {
            let row = vec![
                key(at),
                land.parcels[b.parcel].estate.clone(),
                format!("{}幢", b.block),
                b.storeys.to_string(),
            ];
            (ring.as_slice(), row)
        })
        .collect();
    shapes::write(&folder.join("房屋"), &fields, UTF_8, &rows)?;
    for name in ["宗地.cpg", "房屋.cpg"] {
        let path = folder.join(name);
        std::fs::write(&path, "UTF-8").map_err(at(&path))?;
    }
    for parcel in &land.parcels {
        for fault in &parcel.faults {
            truth.defect(
                of("宗地", &parcel.written),
                fault.class,
                fault.field,
                &fault.note,
            )?;
        }
    }
    for (at, building) in land.buildings.iter().enumerate() {
        if let Some(fault) = &building.fault {
            truth.defect(of("房屋", &key(at)), fault.class, fault.field, &fault.note)?;
        }
    }
    Ok(())
}

/// Eight points known in both systems, to a centimetre or two; in hard mixes one is wrong.
fn control_points(dice: &mut Dice, hard: bool, folder: &Path) -> Result<(), MakeError> {
    let mut lines =
        String::from("点名,地方X(东),地方Y(北),\"CGCS2000东(中央经线102,无带号)\",CGCS2000北\r\n");
    for n in 1..=8 {
        let at = [
            ORIGIN[0] + f64::from(dice.below(1_500)) - 100.0,
            ORIGIN[1] + f64::from(dice.below(1_000)) - 100.0,
        ];
        let [x, y] = local(at);
        let mut noise = || (dice.part() - 0.5) * 0.02;
        let mut known = [at[0] + noise(), at[1] + noise()];
        if hard && n == 3 {
            known[0] += 4.7;
        }
        lines.push_str(&format!("K{n},{x},{y},{:.3},{:.3}\r\n", known[0], known[1]));
    }
    let path = folder.join("控制点.csv");
    let (bytes, ..) = encoding_rs::GBK.encode(&lines);
    std::fs::write(&path, &bytes).map_err(at(&path))
}

struct Office<'a> {
    dice: Dice,
    times: f64,
    no_road: f64,
    truth: &'a mut Truth,
    ledger: Ledger,
    serial: u32,
    certificate: u32,
}

impl Office<'_> {
    fn building(
        &mut self,
        town: &str,
        at: usize,
        building: &Building,
        parcel: &Parcel,
    ) -> Result<(), MakeError> {
        for flat in flats::of_building(&mut self.dice, building) {
            self.row(town, &key(at), building, parcel, &flat)?;
        }
        Ok(())
    }

    fn row(
        &mut self,
        town: &str,
        building_key: &str,
        building: &Building,
        parcel: &Parcel,
        flat: &Flat,
    ) -> Result<(), MakeError> {
        let Some(owned) = flat.chain.last() else {
            return Ok(());
        };
        self.serial += 1;
        self.certificate += u32::try_from(flat.chain.len()).unwrap_or(1);
        let id = format!("{town}!{}", self.serial);
        let spot = Spot {
            district: "盐边县",
            road: &parcel.road,
            estate: &parcel.estate,
            block: building.block,
            entrance: flat.entrance,
            storey: flat.storey,
            room: flat.room,
        };
        let no_road = self.no_road;
        let mut address = untidy::address(&mut self.dice, &spot, no_road);
        let mut area = self.area(flat.area());
        let mut storey = flat.storey;
        let mut day = untidy::date(&mut self.dice, owned.day);
        let mut class: Option<(&str, &str)> = None;
        match self.dice.part() / self.times.max(1e-9) {
            r if r < 0.009 => {
                address = format!("盐边县{town}村{}组", self.dice.between(1, 8));
                class = Some(("building_unmatched", "房屋坐落"));
            }
            r if r < 0.018 => {
                storey = building.storeys + self.dice.between(3, 9);
                class = Some(("floor_exceeds", "层/总层"));
            }
            r if r < 0.025 => {
                area = Typed::Text("约九十".to_owned());
                class = Some(("number_invalid", "建筑面积"));
            }
            r if r < 0.030 => {
                day = self.dice.pick(&["不详", "2018-13-05"]).to_owned();
                class = Some(("date_invalid", "登记日期"));
            }
            _ => {}
        }
        let (names, ids) = self.holders(&id, flat)?;
        let certificate = flats::certificate(&mut self.dice, owned.day, self.certificate);
        let note = self.dice.pick(&["", "", "补证", "共同共有"]).to_owned();
        let cells = [
            names.into(),
            ids.into(),
            address.into(),
            area,
            format!("{storey}/{}", building.storeys).into(),
            building.structure.0.to_owned().into(),
            certificate.into(),
            day.into(),
            limits(flat).into(),
            note.into(),
        ];
        self.ledger.row(self.serial, &cells)?;
        if let Some((class, field)) = class {
            self.truth.defect(of("台账", &id), class, field, "")?;
        }
        let lost = matches!(class, Some(("building_unmatched", _)));
        let unit = flat.unit();
        let stands = Stands {
            parcel: if lost { "" } else { &parcel.code },
            building: if lost { "" } else { building_key },
            unit: &unit,
        };
        self.truth.link(of("台账", &id), stands)
    }

    fn area(&mut self, area: u32) -> Typed {
        if self.dice.chance(0.16) {
            Typed::Text(format!("{}平方米", hundredths(area)))
        } else {
            Typed::Number(f64::from(area) / 100.0)
        }
    }

    fn holders(&mut self, id: &str, flat: &Flat) -> Result<(String, String), MakeError> {
        let holders = flat.chain.last().map_or(&[][..], |o| o.holders.as_slice());
        let times = self.times;
        let mut ids: Vec<String> = holders
            .iter()
            .map(|h| untidy::id(&mut self.dice, &h.id))
            .collect();
        if let Some((which, class, written)) = plan::spoiled_id(&mut self.dice, holders, times) {
            ids[which] = written;
            self.truth
                .defect(of("台账", id), class, "证件号", &holders[which].id)?;
        }
        let names: Vec<String> = holders
            .iter()
            .map(|h| untidy::name(&mut self.dice, &h.name))
            .collect();
        self.truth.holders(SOURCE, id, holders)?;
        Ok((names.join("、"), ids.join("、")))
    }
}

fn limits(flat: &Flat) -> String {
    let day = |d: chrono::NaiveDate| d.format("%Y.%-m.%-d").to_string();
    let mortgage = flat.mortgage.as_ref().map(|m| {
        format!(
            "已抵押给{},{}万元,{}-{}",
            m.lender,
            m.amount,
            day(m.from),
            day(m.to)
        )
    });
    let seizure = flat
        .seizure
        .as_ref()
        .map(|s| format!("{}{}查封", s.court, s.document));
    let both: Vec<String> = mortgage.into_iter().chain(seizure).collect();
    both.join(";")
}
