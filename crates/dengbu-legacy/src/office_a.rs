//! The municipal centre: house registration tables as GBK CSV, land as shapefiles without `.cpg`.

use crate::checks::{self, HouseFields};
use crate::error::LegacyError;
use crate::files::{dbf, file_sm3, shp, table};
use crate::finding::{At, FindingClass, Findings};
use crate::land::{Building, Land, Parcel};
use crate::people;
use crate::reading::{address, date, holder, number, text};
use crate::records::{House, Limit, OfficeRecords, Ownership, RightTable};
use crate::rights;
use chrono::NaiveDate;
use dengbu_model::codes;
use std::collections::HashMap;
use std::path::Path;
use table::{CsvLayout, Row, TableName, read_layout};

const SOURCE: &str = "a-municipal";
/// Districts of the three that the centre serves, by the name in addresses.
const DISTRICTS: [(&str, &str); 3] = [("东区", "510402"), ("西区", "510403"), ("仁和区", "510411")];

const fn named(table: &'static str, key: &'static str) -> TableName {
    TableName {
        source: SOURCE,
        table,
        key,
    }
}

const HOUSES: CsvLayout = CsvLayout {
    name: "FC_HOUSE",
    key: "HOUSE_ID",
    columns: &[
        "HOUSE_ID", "BUILD_NO", "XIAOQU", "ADDRESS", "DY", "LC", "SH", "JZMJ", "TNMJ", "FTMJ",
        "YT", "JG", "FWXZ", "JGSJ",
    ],
};
const OWNERS: CsvLayout = CsvLayout {
    name: "FC_OWNER",
    key: "OWN_ID",
    columns: &[
        "OWN_ID", "HOUSE_ID", "CQZH", "QLR", "ZJH", "GYFE", "GYFS", "DJRQ", "ZT",
    ],
};
const MORTGAGES: CsvLayout = CsvLayout {
    name: "FC_MORTGAGE",
    key: "MID",
    columns: &[
        "MID", "HOUSE_ID", "TXZH", "DYQR", "DYR", "JE", "JEDW", "QSRQ", "JZRQ", "ZT",
    ],
};
const SEIZURES: CsvLayout = CsvLayout {
    name: "FC_SEAL",
    key: "CFID",
    columns: &["CFID", "HOUSE_ID", "CFJG", "CFWH", "CFQX", "CFLX", "ZT"],
};

/// Reads the office's folder.
pub fn read(
    dir: &Path,
    today: NaiveDate,
    findings: &mut Findings,
) -> Result<OfficeRecords, LegacyError> {
    let right = |table| RightTable {
        table,
        house_field: "HOUSE_ID",
    };
    let mut records = OfficeRecords {
        house_table: "FC_HOUSE",
        address_field: "ADDRESS",
        ownership_table: right("FC_OWNER"),
        certificate_field: "CQZH",
        mortgage_table: right("FC_MORTGAGE"),
        seizure_table: right("FC_SEAL"),
        ..OfficeRecords::default()
    };
    read_land(&dir.join("land"), &mut records, findings)?;
    let mut rows = |layout: &CsvLayout, records: &mut OfficeRecords| {
        let folder = dir.join("house");
        read_layout(&folder, SOURCE, encoding_rs::GBK, layout, records, findings)
    };
    let houses = rows(&HOUSES, &mut records)?;
    let owners = rows(&OWNERS, &mut records)?;
    let mortgages = rows(&MORTGAGES, &mut records)?;
    let seizures = rows(&SEIZURES, &mut records)?;

    let finder = Finder::new(&records.land);
    records.houses = houses
        .iter()
        .map(|r| house(r, &finder, &records.land, today, findings))
        .collect();
    records.ownerships = owners
        .iter()
        .map(|r| ownership(r, today, findings))
        .collect();
    records.mortgages = mortgages
        .iter()
        .map(|r| mortgage(r, today, findings))
        .collect();
    let closed = records.books_closed(today);
    records.seizures = seizures
        .iter()
        .map(|r| seizure(r, closed, today, findings))
        .collect();
    Ok(records)
}

fn read_land(
    dir: &Path,
    records: &mut OfficeRecords,
    findings: &mut Findings,
) -> Result<(), LegacyError> {
    let mut land = Land {
        source: SOURCE,
        tables: ("ZD", "ZRZ"),
        keys: ("DJH", "ZRZID"),
        srid: 4522,
        ..Land::default()
    };
    for (name, key, columns) in [
        (
            "ZD",
            "DJH",
            &[
                "DJH", "TDSYR", "TDZL", "YT", "SYQLX", "ZZRQ", "FZMJ", "TDZH",
            ][..],
        ),
        (
            "ZRZ",
            "ZRZID",
            &["ZRZID", "XMMC", "ZH", "ZCS", "JG", "JGNF", "ZL"][..],
        ),
    ] {
        let file = dir.join(format!("{name}.dbf"));
        let rows = dbf::read(&file, columns, named(name, key), findings)?;
        let shapes = shp::read_polygons(&dir.join(format!("{name}.shp")))?;
        records.read.push((name, rows.read));
        records.files.push((name, file_sm3(&file)?));
        for row in &rows.rows {
            let rings = shapes.get(row.line - 1).cloned().unwrap_or_default();
            if name == "ZD" {
                land.parcels.push(parcel(row, rings));
            } else {
                land.buildings.push(building(row, rings));
            }
        }
    }
    land.read_codes(findings);
    land.settle_duplicates(checks::bearer_by_use, findings);
    for b in 0..land.buildings.len() {
        let written = text::squeeze(&format!(
            "{}{}",
            land.buildings[b].address, land.buildings[b].name
        ));
        let mut by_text = land
            .parcels
            .iter()
            .enumerate()
            .filter(|(_, p)| text::squeeze(&p.address) == written)
            .map(|(i, _)| i);
        let found = by_text.next().filter(|_| by_text.next().is_none());
        land.buildings[b].parcel = found.or_else(|| land.parcel_under(b));
    }
    land.check_geometry(findings);
    records.land = land;
    Ok(())
}

fn parcel(row: &Row, rings: crate::files::Rings) -> Parcel {
    Parcel {
        legacy_id: row.get("DJH").to_owned(),
        address: text::squeeze(row.get("TDZL")),
        land_use: checks::land_use(row.get("YT")),
        land_use_text: row.get("YT").to_owned(),
        right_nature: checks::code_by_name(codes::RIGHT_NATURE, row.get("SYQLX")),
        term_end: date::parse(row.get("ZZRQ")).ok(),
        holder: text::holder_name(row.get("TDSYR")),
        area: number::area(row.get("FZMJ")),
        certificate_no: row.get("TDZH").to_owned(),
        rings,
        ..Parcel::default()
    }
}

fn building(row: &Row, rings: crate::files::Rings) -> Building {
    Building {
        legacy_id: row.get("ZRZID").to_owned(),
        name: text::squeeze(row.get("XMMC")),
        number: number::small_number(row.get("ZH")),
        address: text::squeeze(row.get("ZL")),
        storeys: number::small_number(row.get("ZCS")),
        structure: checks::code_by_name(codes::HOUSE_STRUCTURE, row.get("JG")),
        completed: Some(row.get("JGNF").to_owned()).filter(|s| !s.is_empty()),
        rings,
        parcel: None,
    }
}

/// Finds buildings by district, project and number.
struct Finder {
    by_name: HashMap<(String, String, u32), Vec<usize>>,
}

impl Finder {
    fn new(land: &Land) -> Self {
        let mut by_name: HashMap<(String, String, u32), Vec<usize>> = HashMap::new();
        for (i, b) in land.buildings.iter().enumerate() {
            let (Some(parcel), Some(number)) = (b.parcel, b.number) else {
                continue;
            };
            // The first six characters are the county even where the code is cut short.
            let county: String = land.parcels[parcel].legacy_id.chars().take(6).collect();
            by_name
                .entry((county, b.name.clone(), number))
                .or_default()
                .push(i);
        }
        Self { by_name }
    }

    /// The building a house's address names, when there is exactly one. The road, where written,
    /// must be the building's.
    fn find(&self, land: &Land, parts: &address::AddressParts, project: &str) -> Option<usize> {
        let district = parts.district.as_deref()?;
        let county = DISTRICTS.iter().find(|(name, _)| *name == district)?.1;
        let named = self
            .by_name
            .get(&(county.to_owned(), project.to_owned(), parts.building?))?;
        let mut fitting = named.iter().copied().filter(|b| {
            parts
                .road
                .as_ref()
                .is_none_or(|r| *r == land.buildings[*b].address)
        });
        fitting.next().filter(|_| fitting.next().is_none())
    }
}

fn house(
    row: &Row,
    finder: &Finder,
    land: &Land,
    today: NaiveDate,
    findings: &mut Findings,
) -> House {
    let id = row.get("HOUSE_ID");
    let at = At::new(SOURCE, "FC_HOUSE", id);
    let parts = address::parse(row.get("ADDRESS"));
    let building = finder.find(land, &parts, &parts.project);
    // The number in the building's drawing-room key (001-001-1) and the address must not disagree.
    let drawn = row
        .get("BUILD_NO")
        .rsplit('-')
        .next()
        .and_then(number::small_number);
    let building = building.filter(|b| drawn.is_none() || drawn == land.buildings[*b].number);
    if building.is_none() {
        findings.add(
            FindingClass::BuildingUnmatched,
            at,
            ("ADDRESS", row.get("ADDRESS")),
            "按坐落找不到所在幢，未装载，请人工确认",
        );
    }
    let columns = (|| {
        Some(address::Place {
            entrance: number::small_number(row.get("DY"))?,
            storey: number::small_number(row.get("LC"))?,
            room: number::small_number(row.get("SH"))?,
        })
    })();
    checks::house(
        &HouseFields {
            at,
            address: row.get("ADDRESS"),
            written: parts.place,
            columns,
            storey: ("LC", row.get("LC")),
            area: ("JZMJ", row.get("JZMJ")),
            inner: Some(("TNMJ", row.get("TNMJ"))),
            shared: Some(("FTMJ", row.get("FTMJ"))),
            house_use: Some(("YT", row.get("YT"))),
            structure: Some(("JG", row.get("JG"))),
            nature: Some(("FWXZ", row.get("FWXZ"))),
            completed: Some(("JGSJ", row.get("JGSJ"))),
            storeys: building.and_then(|b| land.buildings[b].storeys),
            building,
            unit: None,
        },
        today,
        findings,
    )
}

fn ownership(row: &Row, today: NaiveDate, findings: &mut Findings) -> Ownership {
    let id = row.get("OWN_ID");
    let at = At::new(SOURCE, "FC_OWNER", id);
    let mut right = checks::Holders::new(at, row.get("GYFS"), findings);
    match holder::pair(row.get("QLR"), row.get("ZJH"), row.get("GYFE")) {
        Ok(list) => {
            for written in &list {
                let place = people::Place { at, field: "ZJH" };
                right.add(written, None, "QLR", place, today, findings);
            }
        }
        Err(m) => right.conflict("QLR", &m, findings),
    }
    right.finish(("GYFE", id), findings);
    Ownership {
        legacy_id: id.to_owned(),
        house: row.get("HOUSE_ID").to_owned(),
        certificate: checks::certificate(at, ("CQZH", row.get("CQZH")), findings),
        registered_on: checks::past_date(at, ("DJRQ", row.get("DJRQ")), today, findings),
        current: checks::is_current(row.get("ZT")),
        co_ownership: right.co_ownership,
        holders: right.holders,
        price: None,
        remarks: right.remarks,
        blocked: right.blocked,
    }
}

fn mortgage(row: &Row, today: NaiveDate, findings: &mut Findings) -> Limit {
    let id = row.get("MID");
    let at = At::new(SOURCE, "FC_MORTGAGE", id);
    let fields = checks::MortgageFields {
        at,
        amount: ("JE", row.get("JE"), row.get("JEDW")),
        start: ("QSRQ", row.get("QSRQ")),
        end: ("JZRQ", row.get("JZRQ")),
        method: None,
        mortgagee: row.get("DYQR"),
        mortgagors: row.get("DYR"),
    };
    let (right, start) = checks::mortgage(&fields, today, findings);
    Limit {
        legacy_id: id.to_owned(),
        house: row.get("HOUSE_ID").to_owned(),
        proof_no: Some(row.get("TXZH").to_owned()).filter(|s| !s.is_empty()),
        date: start,
        current: checks::is_current(row.get("ZT")),
        right,
    }
}

fn seizure(
    row: &Row,
    closed: Option<NaiveDate>,
    today: NaiveDate,
    findings: &mut Findings,
) -> Limit {
    let id = row.get("CFID");
    let at = At::new(SOURCE, "FC_SEAL", id);
    let span = date::parse_span(row.get("CFQX"));
    if let Err(error) = &span {
        findings.add(
            FindingClass::DateInvalid,
            at,
            ("CFQX", row.get("CFQX")),
            format!("查封期限{}，按未载明期限装载", error.message()),
        );
    }
    let (start, end) = span.map_or((None, None), |(a, b)| (Some(a), Some(b)));
    let ordered = checks::ordered(at, ("CFQX", row.get("CFQX")), start, end, findings);
    let current = checks::is_current(row.get("ZT"))
        && checks::in_force(at, "ZT", end, closed, today, findings);
    Limit {
        legacy_id: id.to_owned(),
        house: row.get("HOUSE_ID").to_owned(),
        proof_no: None,
        date: start,
        current,
        right: ordered.then(|| {
            rights::seizure(
                row.get("CFJG"),
                row.get("CFWH"),
                row.get("CFLX").contains("轮候"),
                (start, end),
            )
        }),
    }
}
