//! Yanbian county: a ledger in Excel, a sheet per town, limits told in free text; shapefiles in a
//! local plane system.

use crate::checks::{self, HouseFields};
use crate::error::LegacyError;
use crate::files::{Rings, dbf, file_sm3, ledger, shp, table};
use crate::finding::{At, FindingClass, Findings};
use crate::land::{Building, Land, Parcel};
use crate::people;
use crate::reading::{address, holder, limits, number, text};
use crate::records::{House, Limit, OfficeRecords, Ownership, RightTable};
use crate::rights;
use chrono::NaiveDate;
use std::collections::HashMap;
use std::path::Path;
use table::{Row, TableName};

const SOURCE: &str = "c-yanbian";
const LEDGER: &str = "台账";

/// Reads the office's folder. The control points (控制点.csv) are for the transformation of the
/// local plane, which is no business of this loader.
pub fn read(
    dir: &Path,
    today: NaiveDate,
    findings: &mut Findings,
) -> Result<OfficeRecords, LegacyError> {
    let table = RightTable {
        table: LEDGER,
        house_field: "序号",
    };
    let mut records = OfficeRecords {
        house_table: LEDGER,
        address_field: "房屋坐落",
        ownership_table: table,
        certificate_field: "产权证号",
        mortgage_table: table,
        seizure_table: table,
        ..OfficeRecords::default()
    };
    read_land(dir, &mut records, findings)?;
    let file = dir.join("房屋登记台账.xlsx");
    let sheets = ledger::read(
        &file,
        &[
            "序号",
            "姓名",
            "证件号",
            "房屋坐落",
            "建筑面积",
            "层/总层",
            "结构",
            "产权证号",
            "登记日期",
            "限制情况",
            "备注",
        ],
    )?;
    records
        .read
        .push((LEDGER, sheets.iter().map(|s| s.table.read).sum()));
    records.files.push((LEDGER, file_sm3(&file)?));
    let mut by_name: HashMap<(String, u32), Vec<usize>> = HashMap::new();
    for (i, b) in records.land.buildings.iter().enumerate() {
        if let Some(number) = b.number {
            by_name.entry((b.name.clone(), number)).or_default().push(i);
        }
    }
    for sheet in &sheets {
        for row in &sheet.table.rows {
            let id = format!("{}!{}", sheet.name, row.get("序号"));
            let house = house(row, &id, &by_name, &records.land, today, findings);
            records
                .ownerships
                .push(ownership(row, &id, today, findings));
            read_limits(row, &id, &mut records, today, findings);
            records.houses.push(house);
        }
    }
    Ok(records)
}

fn read_land(
    dir: &Path,
    records: &mut OfficeRecords,
    findings: &mut Findings,
) -> Result<(), LegacyError> {
    let mut land = Land {
        source: SOURCE,
        tables: ("宗地", "房屋"),
        keys: ("宗地号", "编号"),
        srid: 0,
        ..Land::default()
    };
    for (name, key, columns) in [
        (
            "宗地",
            "宗地号",
            &["宗地号", "权利人", "坐落", "用途", "面积", "项目"][..],
        ),
        ("房屋", "编号", &["编号", "小区", "幢号", "层数"][..]),
    ] {
        let file = dir.join(format!("{name}.dbf"));
        let rows = dbf::read(
            &file,
            columns,
            TableName {
                source: SOURCE,
                table: name,
                key,
            },
            findings,
        )?;
        let shapes = shp::read_polygons(&dir.join(format!("{name}.shp")))?;
        records.read.push((name, rows.read));
        records.files.push((name, file_sm3(&file)?));
        for row in &rows.rows {
            let rings = shapes.get(row.line - 1).cloned().unwrap_or_default();
            if name == "宗地" {
                land.parcels.push(parcel(row, rings));
            } else {
                land.buildings.push(building(row, rings));
            }
        }
    }
    land.read_codes(findings);
    land.settle_duplicates(checks::bearer_by_use, findings);
    for b in 0..land.buildings.len() {
        let mut named = land
            .parcels
            .iter()
            .enumerate()
            .filter(|(_, p)| p.project == land.buildings[b].name)
            .map(|(i, _)| i);
        let found = named.next().filter(|_| named.next().is_none());
        let parcel = found.or_else(|| land.parcel_under(b));
        if let Some(p) = parcel {
            // The parcel's address without the county is the building's road.
            land.buildings[b].address = address::parse(&land.parcels[p].address)
                .road
                .unwrap_or_default();
        }
        land.buildings[b].parcel = parcel;
    }
    land.check_geometry(findings);
    records.land = land;
    Ok(())
}

fn parcel(row: &Row, rings: Rings) -> Parcel {
    Parcel {
        legacy_id: row.get("宗地号").to_owned(),
        address: text::squeeze(row.get("坐落")),
        project: text::squeeze(row.get("项目")),
        land_use: checks::land_use(row.get("用途")),
        land_use_text: row.get("用途").to_owned(),
        holder: text::holder_name(row.get("权利人")),
        area: number::area(row.get("面积")),
        rings,
        ..Parcel::default()
    }
}

fn building(row: &Row, rings: Rings) -> Building {
    Building {
        legacy_id: row.get("编号").to_owned(),
        name: text::squeeze(row.get("小区")),
        number: address::building_number(row.get("幢号")),
        storeys: number::small_number(row.get("层数")),
        rings,
        ..Building::default()
    }
}

fn house(
    row: &Row,
    id: &str,
    by_name: &HashMap<(String, u32), Vec<usize>>,
    land: &Land,
    today: NaiveDate,
    findings: &mut Findings,
) -> House {
    let at = At::new(SOURCE, LEDGER, id);
    let parts = address::parse(row.get("房屋坐落"));
    let building = parts
        .building
        .and_then(|n| by_name.get(&(parts.project.clone(), n)))
        .and_then(|named| {
            let mut fitting = named.iter().copied().filter(|b| {
                parts
                    .road
                    .as_ref()
                    .is_none_or(|r| *r == land.buildings[*b].address)
            });
            fitting.next().filter(|_| fitting.next().is_none())
        });
    if building.is_none() {
        findings.add(
            FindingClass::BuildingUnmatched,
            at,
            ("房屋坐落", row.get("房屋坐落")),
            "按坐落找不到所在幢，未装载，请人工确认",
        );
    }
    let storeys = row.get("层/总层");
    let (storey, of) = storeys.split_once('/').unwrap_or((storeys, ""));
    checks::house(
        &HouseFields {
            at,
            address: row.get("房屋坐落"),
            written: parts.place,
            columns: None,
            storey: ("层/总层", storey),
            area: ("建筑面积", row.get("建筑面积")),
            inner: None,
            shared: None,
            house_use: None,
            structure: Some(("结构", row.get("结构"))),
            nature: None,
            completed: None,
            storeys: building
                .and_then(|b| land.buildings[b].storeys)
                .or_else(|| number::small_number(of)),
            building,
            unit: None,
        },
        today,
        findings,
    )
}

fn ownership(row: &Row, id: &str, today: NaiveDate, findings: &mut Findings) -> Ownership {
    let at = At::new(SOURCE, LEDGER, id);
    let note = text::squeeze(row.get("备注"));
    let list = holder::pair(row.get("姓名"), row.get("证件号"), "");
    // 备注 says 共同共有 now and then also where there is but one holder: there it means nothing.
    let joint = note.contains("共同共有") && list.as_ref().is_ok_and(|l| l.len() > 1);
    let mut right = checks::Holders::new(at, if joint { "共同共有" } else { "" }, findings);
    match list {
        Ok(list) => {
            for written in &list {
                let place = people::Place {
                    at,
                    field: "证件号",
                };
                right.add(written, None, "姓名", place, today, findings);
            }
        }
        Err(m) => right.conflict("证件号", &m, findings),
    }
    right.finish(("姓名", id), findings);
    if !note.is_empty() && !joint {
        right.remarks.push(format!("原台账备注：{note}"));
    }
    Ownership {
        legacy_id: id.to_owned(),
        house: id.to_owned(),
        certificate: checks::certificate(at, ("产权证号", row.get("产权证号")), findings),
        registered_on: checks::past_date(at, ("登记日期", row.get("登记日期")), today, findings),
        current: true,
        co_ownership: right.co_ownership,
        holders: right.holders,
        price: None,
        remarks: right.remarks,
        blocked: right.blocked,
    }
}

fn read_limits(
    row: &Row,
    id: &str,
    records: &mut OfficeRecords,
    today: NaiveDate,
    findings: &mut Findings,
) {
    let at = At::new(SOURCE, LEDGER, id);
    let limit = |date, right| Limit {
        legacy_id: id.to_owned(),
        house: id.to_owned(),
        proof_no: None,
        date,
        current: true,
        right,
    };
    let read = match limits::parse(row.get("限制情况")) {
        Ok(read) => read,
        Err(sentence) => {
            let message = "限制情况无法识别，为免漏载限制，本条未装载";
            findings.add(
                FindingClass::LimitUnreadable,
                at,
                ("限制情况", &sentence),
                message,
            );
            records.mortgages.push(limit(None, None));
            return;
        }
    };
    for one in read {
        match one {
            limits::Limit::Mortgage {
                mortgagee,
                yuan,
                term,
            } => {
                let (amount, start, end) =
                    (yuan.to_string(), term.0.to_string(), term.1.to_string());
                let fields = checks::MortgageFields {
                    at,
                    amount: ("限制情况", &amount, "元"),
                    start: ("限制情况", &start),
                    end: ("限制情况", &end),
                    method: None,
                    mortgagee: &mortgagee,
                    mortgagors: row.get("姓名"),
                };
                let (right, start) = checks::mortgage(&fields, today, findings);
                records.mortgages.push(limit(start, right));
            }
            limits::Limit::Seizure {
                court,
                document_no,
                waiting,
            } => {
                records.seizures.push(limit(
                    None,
                    Some(rights::seizure(&court, &document_no, waiting, (None, None))),
                ));
            }
        }
    }
}
