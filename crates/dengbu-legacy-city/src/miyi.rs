//! Miyi county: tables close to the standard as UTF-8 CSV with BOM, land as VCT 3.0.

use std::io::Write;
use std::path::Path;

use chrono::{Datelike, NaiveDate};

use crate::dice::Dice;
use crate::flats::{self, Flat, Owned, hundredths};
use crate::plan::{self, Building, Land, Layout, Parcel, Quota};
use crate::truth::{Of, Stands, Truth};
use crate::vct::{self, Layer};
use crate::{MakeError, Options, at, untidy};

const SOURCE: &str = "b-miyi";

type Sheet = csv::Writer<std::io::BufWriter<std::fs::File>>;

fn sheet(folder: &Path, name: &str, heading: &str) -> Result<Sheet, MakeError> {
    let path = folder.join(format!("{name}.csv"));
    let file = std::fs::File::create(&path).map_err(at(&path))?;
    let mut file = std::io::BufWriter::new(file);
    file.write_all("\u{feff}".as_bytes()).map_err(at(&path))?;
    let mut writer = csv::Writer::from_writer(file);
    writer.write_record(heading.split(','))?;
    Ok(writer)
}

fn of<'a>(table: &'a str, id: &'a str) -> Of<'a> {
    Of {
        source: SOURCE,
        table,
        id,
    }
}

struct Office<'a> {
    dice: Dice,
    times: f64,
    truth: &'a mut Truth,
    h: Sheet,
    owned: Sheet,
    people: Sheet,
    mortgages: Sheet,
    seizures: Sheet,
    counts: [usize; 5],
    serial: u32,
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
        counties: &["510421"],
        origin: [34_489_000.0, 2_976_000.0],
        defects: options.defects,
        hard: options.hard,
        double_codes: true,
    };
    let land = plan::land(&mut Dice::new(options.seed, 11), quota, &layout);
    write_land(&land, folder, truth)?;
    let mut office = Office {
        dice: Dice::new(options.seed, 12),
        times: options.defects,
        truth,
        h: sheet(
            folder,
            "H",
            "BDCDYH,ZRZH,ZL,DYH,SZC,FJH,SCJZMJ,SCTNJZMJ,SCFTJZMJ,FWYT1,FWJG,FWLX",
        )?,
        owned: sheet(
            folder,
            "FDCQ2",
            "BDCDYH,YWH,QLLX,DJLX,TDYT,FDCJYJG,JZMJ,ZYJZMJ,FTJZMJ,BDCQZH,DJSJ,QSZT",
        )?,
        people: sheet(
            folder,
            "QLR",
            "QLRID,YWH,BDCDYH,QLRMC,ZJZL,ZJH,QLRLX,QLBL,GYFS,BDCQZH",
        )?,
        mortgages: sheet(
            folder,
            "DYAQ",
            "BDCDYH,YWH,DYFS,DYQR,DYR,BDBZZQSE,ZWLXQSSJ,ZWLXJSSJ,BDCDJZMH,QSZT",
        )?,
        seizures: sheet(
            folder,
            "CFDJ",
            "BDCDYH,YWH,CFJG,CFLX,CFWH,CFQSSJ,CFJSSJ,QSZT",
        )?,
        counts: [0; 5],
        serial: 0,
    };
    for building in &land.buildings {
        let parcel = &land.parcels[building.parcel];
        for (number, flat) in (1..).zip(flats::of_building(&mut office.dice, building)) {
            office.house(building, parcel, &flat, number)?;
        }
    }
    for sheet in [
        &mut office.h,
        &mut office.owned,
        &mut office.people,
        &mut office.mortgages,
        &mut office.seizures,
    ] {
        sheet.flush().map_err(at(folder))?;
    }
    let [houses, owners, persons, mortgages, seizures] = office.counts;
    let rows = [
        ("parcels", land.parcels.len()),
        ("buildings", land.buildings.len()),
        ("houses", houses),
        ("owners", owners),
        ("persons", persons),
        ("mortgages", mortgages),
        ("seizures", seizures),
    ];
    office.truth.count(SOURCE, &rows);
    Ok(())
}

fn building_code(building: &Building, parcel: &Parcel) -> String {
    format!("{}F{:04}", parcel.code, building.block)
}

fn write_land(land: &Land, folder: &Path, truth: &mut Truth) -> Result<(), MakeError> {
    let mut dice = Dice::new(land.parcels.len() as u64, 13);
    let parcels = land
        .parcels
        .iter()
        .map(|p| {
            let by_name = dice.chance(0.25);
            let (right, nature) = if p.feature == "JC" {
                ("5", "203")
            } else {
                ("3", "102")
            };
            let row = vec![
                p.written.clone(),
                p.holder.clone(),
                format!("米易县{}", p.road),
                if by_name { p.land_use.0 } else { p.land_use.1 }.to_owned(),
                right.to_owned(),
                nature.to_owned(),
                hundredths(crate::miyi::cents(p.area)),
                format!(
                    "攀国用({})第{:05}号",
                    dice.between(1995, 2014),
                    dice.below(100_000)
                ),
            ];
            (p.ring.as_slice(), row)
        })
        .collect();
    let buildings = land
        .buildings
        .iter()
        .map(|b| {
            let parcel = &land.parcels[b.parcel];
            let row = vec![
                building_code(b, parcel),
                parcel.estate.clone(),
                hundredths(cents(plan::area(&b.ring))),
                b.storeys.to_string(),
                b.structure.1.to_owned(),
                format!("{}-06-30", b.year),
            ];
            (b.ring.as_slice(), row)
        })
        .collect();
    let layers = [
        Layer {
            code: "6001010000",
            name: "宗地",
            table: "ZDJBXX",
            fields: &[
                "ZDDM,Char,100",
                "QLRMC,Char,100",
                "ZL,Char,100",
                "TDYT,Char,100",
                "QLLX,Char,100",
                "QLXZ,Char,100",
                "ZDMJ,Float,15,2",
                "BDCQZH,Char,100",
            ],
            rows: parcels,
        },
        Layer {
            code: "6001030110",
            name: "自然幢",
            table: "ZRZ",
            fields: &[
                "ZRZH,Char,100",
                "XMMC,Char,100",
                "ZZDMJ,Float,15,2",
                "ZCS,Int4",
                "FWJG,Char,100",
                "JGRQ,Char,100",
            ],
            rows: buildings,
        },
    ];
    vct::write(&folder.join("cadastre.vct"), &layers)?;
    for parcel in &land.parcels {
        for fault in &parcel.faults {
            truth.defect(
                of("ZDJBXX", &parcel.written),
                fault.class,
                fault.field,
                &fault.note,
            )?;
        }
    }
    for building in &land.buildings {
        if let Some(fault) = &building.fault {
            let id = building_code(building, &land.parcels[building.parcel]);
            truth.defect(of("ZRZ", &id), fault.class, fault.field, &fault.note)?;
        }
    }
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "areas of parcels"
)]
fn cents(area: f64) -> u32 {
    (area * 100.0).round().max(0.0) as u32
}

impl Office<'_> {
    fn hit(&mut self, rate: f64) -> bool {
        let times = self.times;
        self.dice.chance(rate * times)
    }

    fn house(
        &mut self,
        building: &Building,
        parcel: &Parcel,
        flat: &Flat,
        number: u32,
    ) -> Result<(), MakeError> {
        let code = building_code(building, parcel);
        let unit = format!("{code}{number:04}");
        let mut zrzh = code.clone();
        let mut storey = flat.storey;
        let mut area = flat.area();
        let mut house_use = self.dice.pick(&["10", "10", "10", "10", "20", "30"]);
        let mut class: Option<(&str, &str)> = None;
        match self.dice.part() / self.times.max(1e-9) {
            r if r < 0.019 => {
                area += self.dice.between(300, 1500);
                class = Some(("area_sum", "SCJZMJ"));
            }
            r if r < 0.030 => {
                house_use = self.dice.pick(&["ZZ", "77"]);
                class = Some(("code_invalid", "FWYT1"));
            }
            r if r < 0.036 => {
                storey = building.storeys + self.dice.between(3, 15);
                class = Some(("floor_exceeds", "SZC"));
            }
            r if r < 0.041 => {
                zrzh = format!("{}F9999", parcel.code);
                class = Some(("orphan", "ZRZH"));
            }
            _ => {}
        }
        let address = format!(
            "攀枝花市米易县{}{}{}幢{}单元{}层{}号",
            parcel.road, parcel.estate, building.block, flat.entrance, flat.storey, flat.room
        );
        self.h.write_record([
            &unit,
            &zrzh,
            &address,
            &flat.entrance.to_string(),
            &storey.to_string(),
            &format!("{}{:02}", flat.storey, flat.room),
            &hundredths(area),
            &hundredths(flat.inner),
            &hundredths(flat.shared),
            house_use,
            building.structure.1,
            "0",
        ])?;
        self.counts[0] += 1;
        if let Some((class, field)) = class {
            self.truth.defect(of("H", &unit), class, field, "")?;
        }
        let lost = matches!(class, Some(("orphan", _)));
        let place = flat.unit();
        let stands = Stands {
            parcel: if lost { "" } else { &parcel.code },
            building: if lost { "" } else { &code },
            unit: &place,
        };
        self.truth.link(of("H", &unit), stands)?;
        self.rights(&unit, &code, parcel, flat)
    }

    fn rights(
        &mut self,
        unit: &str,
        code: &str,
        parcel: &Parcel,
        flat: &Flat,
    ) -> Result<(), MakeError> {
        for (at, owned) in flat.chain.iter().enumerate() {
            self.owned(unit, code, parcel, flat, (at, owned))?;
        }
        if let Some(mortgage) = &flat.mortgage {
            let id = format!("D{:06}", self.counts[3] + 1);
            let mut amount = f64::from(mortgage.amount);
            let mut days = [mortgage.from, mortgage.to];
            if self.hit(0.017) {
                days.reverse();
                self.truth
                    .defect(of("DYAQ", &id), "date_order", "ZWLXQSSJ", "")?;
            } else if self.hit(0.009) {
                amount = -amount;
                self.truth
                    .defect(of("DYAQ", &id), "amount_invalid", "BDBZZQSE", "")?;
            }
            let debtors: Vec<&str> = flat.chain.last().map_or_else(Vec::new, |o| {
                o.holders.iter().map(|h| h.name.as_str()).collect()
            });
            let kind = if self.dice.chance(0.1) { "2" } else { "1" };
            self.mortgages.write_record([
                unit,
                &id,
                kind,
                mortgage.lender,
                &debtors.join("、"),
                &format!("{amount:.1}"),
                &days[0].to_string(),
                &days[1].to_string(),
                &flats::proof(&mut self.dice),
                "1",
            ])?;
            self.counts[3] += 1;
        }
        if let Some(seizure) = &flat.seizure {
            let id = format!("C{:05}", self.counts[4] + 1);
            self.seizures.write_record([
                unit,
                &id,
                seizure.court,
                "1",
                &seizure.document,
                &seizure.from.to_string(),
                &seizure.to().to_string(),
                "1",
            ])?;
            self.counts[4] += 1;
        }
        Ok(())
    }

    fn owned(
        &mut self,
        unit: &str,
        code: &str,
        parcel: &Parcel,
        flat: &Flat,
        (at, owned): (usize, &Owned),
    ) -> Result<(), MakeError> {
        self.serial += 1;
        let day: NaiveDate = owned.day;
        let id = format!(
            "{:04}{:02}{:02}{:06}",
            day.year(),
            day.month(),
            day.day(),
            self.serial
        );
        let mut registered = format!("{day} 10:{:02}:00", self.dice.below(60));
        let mut house = unit.to_owned();
        if self.hit(0.0072) {
            registered = self
                .dice
                .pick(&["0000-00-00 00:00:00", "2031-12-01 09:00:00"])
                .to_owned();
            self.truth
                .defect(of("FDCQ2", &id), "date_invalid", "DJSJ", "")?;
        } else if self.hit(0.0062) {
            house = format!("{code}8888");
            self.truth
                .defect(of("FDCQ2", &id), "orphan", "BDCDYH", "")?;
        }
        let certificate = flats::certificate(&mut self.dice, day, self.serial);
        self.owned.write_record([
            house.as_str(),
            &id,
            "4",
            if at == 0 { "100" } else { "200" },
            parcel.land_use.1,
            &format!("{}.0", self.dice.between(20, 90)),
            &hundredths(flat.area()),
            &hundredths(flat.inner),
            &hundredths(flat.shared),
            &certificate,
            &registered,
            if owned.current { "1" } else { "2" },
        ])?;
        self.counts[1] += 1;
        self.holders(&id, &house, owned, &certificate)
    }

    fn holders(
        &mut self,
        id: &str,
        house: &str,
        owned: &Owned,
        certificate: &str,
    ) -> Result<(), MakeError> {
        let times = self.times;
        let spoiled = plan::spoiled_id(&mut self.dice, &owned.holders, times);
        let by_shares = crate::people::by_shares(&owned.holders);
        let short = by_shares && self.hit(0.2);
        if short {
            self.truth.defect(of("QLR", id), "share_sum", "QLBL", "")?;
        }
        let ways = match owned.holders.len() {
            1 => "0",
            2 => "1",
            _ => "2",
        };
        for (n, holder) in owned.holders.iter().enumerate() {
            self.counts[2] += 1;
            let person = format!("P{:06}", self.counts[2]);
            let mut number = untidy::id(&mut self.dice, &holder.id);
            let mut name = untidy::name(&mut self.dice, &holder.name);
            match &spoiled {
                Some((which, class, written)) if *which == n => {
                    number.clone_from(written);
                    self.truth
                        .defect(of("QLR", &person), class, "ZJH", &holder.id)?;
                }
                _ if self.hit(0.0033) => {
                    name.clear();
                    self.truth
                        .defect(of("QLR", &person), "name_missing", "QLRMC", "")?;
                }
                _ => {}
            }
            let share = if short && n == 0 { 10 } else { holder.share };
            self.people.write_record([
                person.as_str(),
                id,
                house,
                &name,
                if holder.company { "7" } else { "1" },
                &number,
                if holder.company { "2" } else { "1" },
                &format!("{}.{:02}", share / 100, share % 100),
                ways,
                certificate,
            ])?;
        }
        self.truth.holders(SOURCE, id, &owned.holders)
    }
}
