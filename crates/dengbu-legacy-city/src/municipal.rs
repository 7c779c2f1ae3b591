//! The municipal centre: house tables as GBK CSV, land as shapefiles without `.cpg`.

use std::path::Path;

use chrono::{Datelike, NaiveDate};
use encoding_rs::GBK;

use crate::dice::Dice;
use crate::flats::{self, Flat, Owned, hundredths};
use crate::plan::{self, Building, Land, Layout, Parcel, Quota};
use crate::shapes::{self, number, text};
use crate::truth::{Of, Stands, Truth};
use crate::untidy::{self, Spot};
use crate::{MakeError, Options, at};

const SOURCE: &str = "a-municipal";
const PRJ: &str = r#"PROJCS["CGCS2000_3_Degree_GK_Zone_34",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",34500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",102.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;

/// Text kept until it is written in GBK at the end of a building.
struct Table {
    path: std::path::PathBuf,
    file: std::io::BufWriter<std::fs::File>,
    rows: usize,
}

impl Table {
    fn create(folder: &Path, name: &str, heading: &str) -> Result<Self, MakeError> {
        let path = folder.join(format!("{name}.csv"));
        let file = std::fs::File::create(&path).map_err(at(&path))?;
        let mut table = Self {
            file: std::io::BufWriter::new(file),
            path,
            rows: 0,
        };
        table.line(heading)?;
        table.rows = 0;
        Ok(table)
    }

    fn line(&mut self, line: &str) -> Result<(), MakeError> {
        use std::io::Write;
        let (bytes, ..) = GBK.encode(line);
        self.rows += 1;
        let written = self
            .file
            .write_all(&bytes)
            .and_then(|()| self.file.write_all(b"\r\n"));
        written.map_err(at(&self.path))
    }

    fn row(&mut self, cells: &[&str]) -> Result<(), MakeError> {
        self.line(&cells.join(","))
    }

    fn finish(&mut self) -> Result<usize, MakeError> {
        use std::io::Write;
        self.file.flush().map_err(at(&self.path))?;
        Ok(self.rows)
    }
}

struct Office<'a> {
    dice: Dice,
    times: f64,
    no_road: f64,
    truth: &'a mut Truth,
    houses: Table,
    owners: Table,
    mortgages: Table,
    seals: Table,
    next: [u32; 4],
    current_certificates: Vec<String>,
}

fn of<'a>(table: &'a str, id: &'a str) -> Of<'a> {
    Of {
        source: SOURCE,
        table,
        id,
    }
}

/// Writes the office's folder.
pub fn make(
    options: &Options,
    quota: Quota,
    folder: &Path,
    truth: &mut Truth,
) -> Result<(), MakeError> {
    let mut dice = Dice::new(options.seed, 1);
    let layout = Layout {
        counties: &["510402", "510403", "510411"],
        origin: [34_470_000.0, 2_941_000.0],
        defects: options.defects,
        hard: options.hard,
        double_codes: false,
    };
    let land = plan::land(&mut dice, quota, &layout);
    write_land(&land, &folder.join("land"), truth)?;
    let house = folder.join("house");
    std::fs::create_dir_all(&house).map_err(at(&house))?;
    let mut office = Office {
        dice: Dice::new(options.seed, 2),
        times: options.defects,
        no_road: if options.hard { 0.6 } else { 0.3 },
        truth,
        houses: Table::create(
            &house,
            "FC_HOUSE",
            "HOUSE_ID,BUILD_NO,XIAOQU,ADDRESS,DY,LC,SH,JZMJ,TNMJ,FTMJ,YT,JG,FWXZ,JGSJ",
        )?,
        owners: Table::create(
            &house,
            "FC_OWNER",
            "OWN_ID,HOUSE_ID,CQZH,QLR,ZJH,GYFE,GYFS,DJRQ,ZT,YWLX",
        )?,
        mortgages: Table::create(
            &house,
            "FC_MORTGAGE",
            "MID,HOUSE_ID,TXZH,DYQR,DYR,JE,JEDW,QSRQ,JZRQ,ZT",
        )?,
        seals: Table::create(&house, "FC_SEAL", "CFID,HOUSE_ID,CFJG,CFWH,CFQX,CFLX,ZT")?,
        next: [100_001, 1, 1, 1],
        current_certificates: Vec::new(),
    };
    for building in &land.buildings {
        office.building(building, &land.parcels[building.parcel])?;
    }
    let rows = [
        ("parcels", land.parcels.len()),
        ("buildings", land.buildings.len()),
        ("houses", office.houses.finish()?),
        ("owners", office.owners.finish()?),
        ("mortgages", office.mortgages.finish()?),
        ("seizures", office.seals.finish()?),
    ];
    office.truth.count(SOURCE, &rows);
    Ok(())
}

fn write_land(land: &Land, folder: &Path, truth: &mut Truth) -> Result<(), MakeError> {
    std::fs::create_dir_all(folder).map_err(at(folder))?;
    let fields = [
        text("DJH", 19),
        text("TDSYR", 80),
        text("TDZL", 120),
        text("YT", 30),
        text("SYQLX", 20),
        text("ZZRQ", 20),
        number("FZMJ", 14, 2),
        text("TDZH", 50),
    ];
    let mut dice = Dice::new(land.parcels.len() as u64, 3);
    let rows: Vec<_> = land
        .parcels
        .iter()
        .map(|p| {
            let end = dice.day(2040, 2085);
            let row = vec![
                p.written.clone(),
                p.holder.clone(),
                format!("{}{}", p.road, p.estate),
                p.land_use.0.to_owned(),
                if p.feature == "GB" {
                    "出让"
                } else {
                    "批准拨用"
                }
                .to_owned(),
                untidy::date(&mut dice, end),
                format!("{:.2}", p.area),
                format!(
                    "攀国用({})第{:05}号",
                    dice.between(1995, 2014),
                    dice.below(100_000)
                ),
            ];
            (p.ring.as_slice(), row)
        })
        .collect();
    shapes::write(&folder.join("ZD"), &fields, GBK, &rows)?;
    let fields = [
        text("ZRZID", 10),
        text("XMMC", 60),
        number("ZH", 4, 0),
        number("ZCS", 3, 0),
        text("JG", 40),
        number("JGNF", 4, 0),
        text("ZL", 80),
    ];
    let rows: Vec<_> = land
        .buildings
        .iter()
        .enumerate()
        .map(|(n, b)| {
            let parcel = &land.parcels[b.parcel];
            let row = vec![
                format!("Z{:05}", n + 1),
                parcel.estate.clone(),
                b.block.to_string(),
                b.storeys.to_string(),
                b.structure.0.to_owned(),
                b.year.to_string(),
                parcel.road.clone(),
            ];
            (b.ring.as_slice(), row)
        })
        .collect();
    shapes::write(&folder.join("ZRZ"), &fields, GBK, &rows)?;
    for name in ["ZD.prj", "ZRZ.prj"] {
        let path = folder.join(name);
        std::fs::write(&path, PRJ).map_err(at(&path))?;
    }
    for parcel in &land.parcels {
        for fault in &parcel.faults {
            truth.defect(
                of("ZD", &parcel.written),
                fault.class,
                fault.field,
                &fault.note,
            )?;
        }
    }
    for (n, building) in land.buildings.iter().enumerate() {
        if let Some(fault) = &building.fault {
            let id = format!("Z{:05}", n + 1);
            truth.defect(of("ZRZ", &id), fault.class, fault.field, &fault.note)?;
        }
    }
    Ok(())
}

/// A house record before it is written.
struct HouseRow {
    id: String,
    build_no: String,
    estate: String,
    address: String,
    place: [String; 3],
    areas: [String; 3],
    house_use: String,
    structure: String,
    nature: String,
    completed: String,
}

impl Office<'_> {
    fn number(&mut self, which: usize) -> u32 {
        let number = self.next[which];
        self.next[which] += 1;
        number
    }

    fn hit(&mut self, rate: f64) -> bool {
        let times = self.times;
        self.dice.chance(rate * times)
    }

    fn building(&mut self, building: &Building, parcel: &Parcel) -> Result<(), MakeError> {
        for flat in flats::of_building(&mut self.dice, building) {
            let house = self.house(building, parcel, &flat)?;
            self.rights(&house, &flat)?;
        }
        Ok(())
    }

    fn spot<'s>(building: &Building, parcel: &'s Parcel, flat: &Flat, estate: &'s str) -> Spot<'s> {
        let district = match parcel.code.get(..6) {
            Some("510402") => "东区",
            Some("510403") => "西区",
            _ => "仁和区",
        };
        Spot {
            district,
            road: &parcel.road,
            estate,
            block: building.block,
            entrance: flat.entrance,
            storey: flat.storey,
            room: flat.room,
        }
    }

    fn house(
        &mut self,
        building: &Building,
        parcel: &Parcel,
        flat: &Flat,
    ) -> Result<String, MakeError> {
        let id = format!("H{}", self.number(0));
        let lost = self.hit(0.010);
        let estate = if lost {
            "不详小区"
        } else {
            parcel.estate.as_str()
        };
        let spot = Self::spot(building, parcel, flat, estate);
        let no_road = self.no_road;
        let (year, month) = (building.year, self.dice.between(1, 12));
        let day =
            NaiveDate::from_ymd_opt(year, month, self.dice.between(1, 28)).unwrap_or_default();
        let code = |range| parcel.code.get(range).unwrap_or_default();
        let mut row = HouseRow {
            id: id.clone(),
            build_no: format!("{}-{}-{}", code(6..9), code(9..12), building.block),
            estate: estate.to_owned(),
            address: untidy::address(&mut self.dice, &spot, no_road),
            place: [flat.entrance, flat.storey, flat.room].map(|n| n.to_string()),
            areas: [flat.area(), flat.inner, flat.shared].map(hundredths),
            house_use: self
                .dice
                .pick(&[
                    "住宅",
                    "住宅",
                    "住宅",
                    "住宅",
                    "商业、金融、信息",
                    "工业、交通、仓储",
                ])
                .to_owned(),
            structure: building.structure.0.to_owned(),
            nature: "市场化商品房".to_owned(),
            completed: format!("{}-{:02}-{:02}", day.year(), day.month(), day.day()),
        };
        let sound = self.spoil_house(&mut row, building, flat, lost)?;
        self.write_house(&row)?;
        let (unit, reference) = (flat.unit(), format!("{}#{}", parcel.code, building.block));
        let stands = if lost {
            Stands {
                parcel: "",
                building: "",
                unit: &unit,
            }
        } else {
            Stands {
                parcel: &parcel.code,
                building: &reference,
                unit: &unit,
            }
        };
        self.truth.link(of("FC_HOUSE", &id), stands)?;
        if sound && self.hit(0.010) {
            self.second_record(row, &spot, stands)?;
        }
        Ok(id)
    }

    fn second_record(
        &mut self,
        first: HouseRow,
        spot: &Spot<'_>,
        stands: Stands<'_>,
    ) -> Result<(), MakeError> {
        let id = format!("H{}", self.number(0));
        let no_road = self.no_road;
        let row = HouseRow {
            id: id.clone(),
            address: untidy::address(&mut self.dice, spot, no_road),
            nature: String::new(),
            place: [spot.entrance, spot.storey, spot.room].map(|n| n.to_string()),
            completed: first.completed.clone(),
            ..first
        };
        self.write_house(&row)?;
        self.truth.link(of("FC_HOUSE", &id), stands)?;
        self.truth.duplicate(of("FC_HOUSE", &first.id), &id)?;
        self.truth
            .defect(of("FC_HOUSE", &id), "duplicate_house", "", &first.id)
    }

    fn spoil_house(
        &mut self,
        row: &mut HouseRow,
        building: &Building,
        flat: &Flat,
        lost: bool,
    ) -> Result<bool, MakeError> {
        let id = row.id.clone();
        let found = |truth: &mut Truth, class, field| {
            truth
                .defect(of("FC_HOUSE", &id), class, field, "")
                .map(|()| false)
        };
        if lost {
            return found(self.truth, "building_unmatched", "ADDRESS");
        }
        // One fault a record, so that a second record repeats none of them.
        let roll = self.dice.part() / self.times.max(1e-9);
        match roll {
            r if r < 0.024 => {
                row.areas[0] = hundredths(flat.area() + self.dice.between(300, 1500));
                found(self.truth, "area_sum", "JZMJ")
            }
            r if r < 0.032 => {
                row.house_use = self.dice.pick(&["99", "居住用房XX", "住 宅?"]).to_owned();
                found(self.truth, "code_invalid", "YT")
            }
            r if r < 0.040 => {
                row.completed = self
                    .dice
                    .pick(&["2013-02-30", "20O8-5-1", "2008-13-01"])
                    .to_owned();
                found(self.truth, "date_invalid", "JGSJ")
            }
            r if r < 0.046 => {
                row.place[1] = (building.storeys + self.dice.between(3, 15)).to_string();
                found(self.truth, "floor_exceeds", "LC")
            }
            _ => Ok(true),
        }
    }

    fn write_house(&mut self, row: &HouseRow) -> Result<(), MakeError> {
        let [a, b, c] = &row.place;
        let [whole, inner, shared] = &row.areas;
        self.houses.row(&[
            &row.id,
            &row.build_no,
            &row.estate,
            &row.address,
            a,
            b,
            c,
            whole,
            inner,
            shared,
            &row.house_use,
            &row.structure,
            &row.nature,
            &row.completed,
        ])
    }

    fn rights(&mut self, house: &str, flat: &Flat) -> Result<(), MakeError> {
        for owned in &flat.chain {
            self.owner(house, owned)?;
        }
        if self.hit(0.0065) {
            self.second_current(house, flat)?;
        }
        if let Some(mortgage) = &flat.mortgage {
            let id = format!("M{:05}", self.number(2));
            let orphan = self.hit(0.024);
            let wrong_order = !orphan && self.hit(0.017);
            let in_yuan = self.dice.chance(0.28);
            let (amount, unit) = if in_yuan {
                (format!("{}", mortgage.amount * 10_000), "元")
            } else {
                (mortgage.amount.to_string(), "万元")
            };
            let mut days = [mortgage.from, mortgage.to];
            if wrong_order {
                days.reverse();
                self.truth
                    .defect(of("FC_MORTGAGE", &id), "date_order", "QSRQ", "")?;
            }
            let [from, to] = days.map(|d| untidy::date(&mut self.dice, d));
            let debtors: Vec<String> = flat.chain.last().map(names_of).unwrap_or_default();
            let house = self.house_of(house, orphan, &id, "FC_MORTGAGE")?;
            let proof = flats::proof(&mut self.dice);
            self.mortgages.row(&[
                &id,
                &house,
                &proof,
                mortgage.lender,
                &debtors.join("、"),
                &amount,
                unit,
                &from,
                &to,
                "现势",
            ])?;
        }
        if let Some(seizure) = &flat.seizure {
            let id = format!("C{:04}", self.number(3));
            let span = format!("{}至{}", seizure.from, seizure.to());
            self.seals.row(&[
                &id,
                house,
                seizure.court,
                &seizure.document,
                &span,
                "查封",
                "现势",
            ])?;
            if self.dice.chance(0.15) {
                let id = format!("C{:04}", self.number(3));
                let document = format!("(2021)川0402执{}号", self.dice.between(100, 3000));
                let court = self.dice.pick(&crate::names::COURTS);
                self.seals.row(&[
                    &id,
                    house,
                    court,
                    &document,
                    "2021-01-01至2024-01-01",
                    "轮候查封",
                    "现势",
                ])?;
            }
            if self.hit(0.12) {
                let id = format!("C{:04}", self.number(3));
                let document = format!("(2014)攀东执字第{}号", self.dice.between(10, 300));
                let court = self.dice.pick(&crate::names::COURTS);
                self.seals.row(&[
                    &id,
                    house,
                    court,
                    &document,
                    "2014-03-01至2016-03-01",
                    "查封",
                    "现势",
                ])?;
                self.truth
                    .defect(of("FC_SEAL", &id), "seizure_expired_current", "ZT", "")?;
            }
        }
        Ok(())
    }

    fn house_of(
        &mut self,
        house: &str,
        orphan: bool,
        id: &str,
        table: &str,
    ) -> Result<String, MakeError> {
        if !orphan {
            return Ok(house.to_owned());
        }
        self.truth.defect(of(table, id), "orphan", "HOUSE_ID", "")?;
        Ok(format!("X{}", self.dice.between(800_000, 999_999)))
    }

    fn second_current(&mut self, house: &str, flat: &Flat) -> Result<(), MakeError> {
        let id = format!("O{:06}", self.number(1));
        let holders = [crate::people::holders(&mut self.dice).remove(0)];
        let Some(day) = flat.chain.last().map(|o| o.day) else {
            return Ok(());
        };
        let date = untidy::date(&mut self.dice, day);
        let certificate = format!("攀房权证东字第9{:05}号", self.next[1] % 100_000);
        self.owners.row(&[
            &id,
            house,
            &certificate,
            &holders[0].name,
            &holders[0].id,
            "",
            "单独所有",
            &date,
            "现势",
            "存量房买卖",
        ])?;
        self.truth.holders(SOURCE, &id, &holders)?;
        self.truth
            .defect(of("FC_OWNER", &id), "multiple_current", "ZT", house)
    }

    fn owner(&mut self, house: &str, owned: &Owned) -> Result<(), MakeError> {
        let serial = self.number(1);
        let id = format!("O{serial:06}");
        let mut ids: Vec<String> = owned
            .holders
            .iter()
            .map(|h| untidy::id(&mut self.dice, &h.id))
            .collect();
        let times = self.times;
        if let Some((which, class, written)) =
            plan::spoiled_id(&mut self.dice, &owned.holders, times)
        {
            ids[which] = written;
            self.truth
                .defect(of("FC_OWNER", &id), class, "ZJH", &owned.holders[which].id)?;
        }
        let shared = owned.holders.len() > 1;
        let mut shares: Vec<u32> = owned.holders.iter().map(|h| h.share).collect();
        if shares.len() > 2 && self.hit(0.2) {
            shares[2] = 20;
            self.truth
                .defect(of("FC_OWNER", &id), "share_sum", "GYFE", "")?;
        }
        let shares: Vec<String> = shares.iter().map(|s| format!("{s}%")).collect();
        let ways = match owned.holders.len() {
            1 => "单独所有",
            2 => "共同共有",
            _ => "按份共有",
        };
        let certificate = self.certificate(&id, owned, serial)?;
        let orphan = self.hit(0.0055);
        let house = self.house_of(house, orphan, &id, "FC_OWNER")?;
        let names: Vec<String> = names_of(owned)
            .iter()
            .map(|n| untidy::name(&mut self.dice, n))
            .collect();
        let date = untidy::date(&mut self.dice, owned.day);
        let state = if owned.current { "现势" } else { "历史" };
        let cause = self
            .dice
            .pick(&["商品房买卖", "继承", "初始登记", "存量房买卖"]);
        let shares = if shared {
            shares.join("、")
        } else {
            String::new()
        };
        self.owners.row(&[
            &id,
            &house,
            &certificate,
            &names.join("、"),
            &ids.join("、"),
            &shares,
            ways,
            &date,
            state,
            cause,
        ])?;
        self.truth.holders(SOURCE, &id, &owned.holders)
    }

    fn certificate(&mut self, id: &str, owned: &Owned, serial: u32) -> Result<String, MakeError> {
        if owned.current && self.current_certificates.len() > 20 && self.hit(0.010) {
            let known = u32::try_from(self.current_certificates.len()).unwrap_or(1);
            let at = self.dice.below(known) as usize;
            self.truth
                .defect(of("FC_OWNER", id), "cert_duplicate", "CQZH", "")?;
            return Ok(self.current_certificates[at].clone());
        }
        let certificate = flats::certificate(&mut self.dice, owned.day, serial);
        if self.hit(0.0045) {
            self.truth
                .defect(of("FC_OWNER", id), "cert_format", "CQZH", "")?;
            return Ok(match self.dice.below(3) {
                0 => "攀房权证".to_owned(),
                1 => "补办中".to_owned(),
                _ => format!("攀房权证东字{serial:06}号"),
            });
        }
        if owned.current && self.current_certificates.len() < 5_000 {
            self.current_certificates.push(certificate.clone());
        }
        Ok(certificate)
    }
}

fn names_of(owned: &Owned) -> Vec<String> {
    owned.holders.iter().map(|h| h.name.clone()).collect()
}
