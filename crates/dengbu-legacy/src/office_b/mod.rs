//! Miyi county: tables close to the national standard (UTF-8 CSV) and `cadastre.vct`.

use crate::checks::{self, HouseFields};
use crate::error::LegacyError;
use crate::files::table;
use crate::finding::{At, FindingClass, Findings};
use crate::land::Land;
use crate::people;
use crate::reading::{address, holder::WrittenHolder, holder::id_number, number, text};
use crate::records::{House, Limit, OfficeRecords, Ownership, RightTable};
use crate::rights;
use chrono::NaiveDate;
use dengbu_model::identity::IdKind;
use dengbu_model::quantity::Money;
use dengbu_model::unit_code::{BuildingCode, UnitCode};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use table::{CsvLayout, Row, read_layout};

mod land;

const SOURCE: &str = "b-miyi";

const HOUSES: CsvLayout = CsvLayout {
    name: "H",
    key: "BDCDYH",
    columns: &[
        "BDCDYH", "ZRZH", "ZL", "DYH", "SZC", "FJH", "SCJZMJ", "SCTNJZMJ", "SCFTJZMJ", "FWYT1",
        "FWJG", "FWLX",
    ],
};
const OWNERSHIPS: CsvLayout = CsvLayout {
    name: "FDCQ2",
    key: "YWH",
    columns: &["BDCDYH", "YWH", "FDCJYJG", "BDCQZH", "DJSJ", "QSZT"],
};
const HOLDERS: CsvLayout = CsvLayout {
    name: "QLR",
    key: "QLRID",
    columns: &["QLRID", "YWH", "QLRMC", "ZJZL", "ZJH", "QLBL", "GYFS"],
};
const MORTGAGES: CsvLayout = CsvLayout {
    name: "DYAQ",
    key: "YWH",
    columns: &[
        "BDCDYH", "YWH", "DYFS", "DYQR", "DYR", "BDBZZQSE", "ZWLXQSSJ", "ZWLXJSSJ", "BDCDJZMH",
        "QSZT",
    ],
};
const SEIZURES: CsvLayout = CsvLayout {
    name: "CFDJ",
    key: "YWH",
    columns: &[
        "BDCDYH", "YWH", "CFJG", "CFLX", "CFWH", "CFQSSJ", "CFJSSJ", "QSZT",
    ],
};

/// Reads the office's folder.
pub fn read(
    dir: &Path,
    today: NaiveDate,
    findings: &mut Findings,
) -> Result<OfficeRecords, LegacyError> {
    let right = |table| RightTable {
        table,
        house_field: "BDCDYH",
    };
    let mut records = OfficeRecords {
        house_table: "H",
        address_field: "ZRZH",
        ownership_table: right("FDCQ2"),
        certificate_field: "BDCQZH",
        mortgage_table: right("DYAQ"),
        seizure_table: right("CFDJ"),
        ..OfficeRecords::default()
    };
    let buildings = land::read(&dir.join("cadastre.vct"), &mut records, findings)?;
    let mut rows = |layout: &CsvLayout, records: &mut OfficeRecords| {
        read_layout(dir, SOURCE, encoding_rs::UTF_8, layout, records, findings)
    };
    let houses = rows(&HOUSES, &mut records)?;
    let ownerships = rows(&OWNERSHIPS, &mut records)?;
    let holders = rows(&HOLDERS, &mut records)?;
    let mortgages = rows(&MORTGAGES, &mut records)?;
    let seizures = rows(&SEIZURES, &mut records)?;

    records.houses = houses
        .iter()
        .map(|r| house(r, &buildings, &records.land, today, findings))
        .collect();
    let mut by_case: HashMap<&str, Vec<&Row>> = HashMap::new();
    for row in &holders {
        by_case.entry(row.get("YWH")).or_default().push(row);
    }
    let cases: HashSet<&str> = ownerships.iter().map(|r| r.get("YWH")).collect();
    for row in holders.iter().filter(|r| !cases.contains(r.get("YWH"))) {
        let at = At::new(SOURCE, "QLR", row.get("QLRID"));
        let field = ("YWH", row.get("YWH"));
        findings.add(FindingClass::Orphan, at, field, "所指业务不存在，未装载");
    }
    let of_case = |row: &Row| by_case.get(row.get("YWH")).map_or(&[][..], |v| v);
    records.ownerships = ownerships
        .iter()
        .map(|r| ownership(r, of_case(r), today, findings))
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

fn house(
    row: &Row,
    buildings: &HashMap<BuildingCode, usize>,
    land: &Land,
    today: NaiveDate,
    findings: &mut Findings,
) -> House {
    let id = row.get("BDCDYH");
    let at = At::new(SOURCE, "H", id);
    let mut add = |class, field: &str, value: &str, message: String| {
        findings.add(class, at, (field, value), message)
    };
    let building = BuildingCode::parse(row.get("ZRZH"))
        .ok()
        .and_then(|c| buildings.get(&c).copied());
    if building.is_none() {
        add(
            FindingClass::Orphan,
            "ZRZH",
            row.get("ZRZH"),
            "所指自然幢不存在，未装载".to_owned(),
        );
    }
    let unit = unit_of(row, at, building.is_some(), findings);
    let parts = address::parse(row.get("ZL"));
    let house = checks::house(
        &HouseFields {
            at,
            address: row.get("ZL"),
            written: parts.place,
            columns: place_columns(row),
            storey: ("SZC", row.get("SZC")),
            area: ("SCJZMJ", row.get("SCJZMJ")),
            inner: Some(("SCTNJZMJ", row.get("SCTNJZMJ"))),
            shared: Some(("SCFTJZMJ", row.get("SCFTJZMJ"))),
            house_use: Some(("FWYT1", row.get("FWYT1"))),
            structure: Some(("FWJG", row.get("FWJG"))),
            nature: Some(("FWLX", row.get("FWLX"))),
            completed: None,
            storeys: building.and_then(|b| land.buildings[b].storeys),
            building: building.filter(|_| unit.is_some()),
            unit,
        },
        today,
        findings,
    );
    House {
        blocked: house.blocked || house.unit.is_none(),
        ..house
    }
}

/// Entrance, storey and room from their columns; the room is the door plate's last two digits.
fn place_columns(row: &Row) -> Option<address::Place> {
    let door: u32 = text::squeeze(row.get("FJH")).parse().ok()?;
    Some(address::Place {
        entrance: number::small_number(row.get("DYH"))?,
        storey: number::small_number(row.get("SZC"))?,
        room: door % 100,
    })
}

/// The record's unit code, when it is well formed and belongs to the record's building.
fn unit_of(
    row: &Row,
    at: At<'_>,
    building_known: bool,
    findings: &mut Findings,
) -> Option<UnitCode> {
    let written = row.get("BDCDYH");
    let unit = match UnitCode::parse(written) {
        Ok(unit) => unit,
        Err(error) => {
            let message = format!("不动产单元代码不合规则（{error}），未装载");
            findings.add(FindingClass::UnitCodeBad, at, ("BDCDYH", written), message);
            return None;
        }
    };
    let building = text::squeeze(row.get("ZRZH"));
    let agrees = unit.building().is_some_and(|b| b.as_str() == building);
    if building_known && !agrees {
        let message = "不动产单元代码与自然幢号不一致，未装载";
        findings.add(
            FindingClass::UnitCodeBad,
            at,
            ("ZRZH", row.get("ZRZH")),
            message,
        );
    }
    agrees.then_some(unit)
}

fn ownership(row: &Row, holders: &[&Row], today: NaiveDate, findings: &mut Findings) -> Ownership {
    let id = row.get("YWH");
    let at = At::new(SOURCE, "FDCQ2", id);
    let mut right =
        checks::Holders::new(at, holders.first().map_or("", |h| h.get("GYFS")), findings);
    if holders.is_empty() {
        findings.add(
            FindingClass::NameMissing,
            at,
            ("", ""),
            "没有权利人记录，未装载",
        );
        right.blocked = true;
    }
    for h in holders {
        let written = WrittenHolder {
            name: text::holder_name(h.get("QLRMC")),
            id: id_number(h.get("ZJH")),
            share: h.get("QLBL").to_owned(),
        };
        // A business licence number of 18 characters is the unified social credit code
        // (国办发〔2015〕50号, 三证合一): only so has it a check digit.
        let kind = IdKind::from_code(h.get("ZJZL")).map(|k| match k {
            IdKind::BusinessLicence if written.id.len() == 18 => IdKind::UnifiedSocialCredit,
            other => other,
        });
        if kind.is_none() {
            findings.add(
                FindingClass::CodeInvalid,
                At::new(SOURCE, "QLR", h.get("QLRID")),
                ("ZJZL", h.get("ZJZL")),
                "证件种类不在字典内，按号码形式装载",
            );
        }
        let place = people::Place {
            at: At::new(SOURCE, "QLR", h.get("QLRID")),
            field: "ZJH",
        };
        right.add(&written, kind, "QLRMC", place, today, findings);
    }
    right.finish_in("QLR", ("QLBL", id), findings);
    // 房地产交易价格 FDCJYJG is in ten thousand yuan (TD/T 1066, table FDCQ2).
    let price = number::yuan(row.get("FDCJYJG"), "万元")
        .filter(|v| v.is_sign_positive() && !v.is_zero())
        .and_then(|v| Money::new(v).ok());
    Ownership {
        legacy_id: id.to_owned(),
        house: row.get("BDCDYH").to_owned(),
        certificate: checks::certificate(at, ("BDCQZH", row.get("BDCQZH")), findings),
        registered_on: checks::past_date(at, ("DJSJ", row.get("DJSJ")), today, findings),
        current: checks::is_current(row.get("QSZT")),
        co_ownership: right.co_ownership,
        holders: right.holders,
        price,
        remarks: right.remarks,
        blocked: right.blocked,
    }
}

fn mortgage(row: &Row, today: NaiveDate, findings: &mut Findings) -> Limit {
    let id = row.get("YWH");
    let at = At::new(SOURCE, "DYAQ", id);
    let fields = checks::MortgageFields {
        at,
        // 被担保主债权数额 BDBZZQSE is in ten thousand yuan (TD/T 1066, table DYAQ).
        amount: ("BDBZZQSE", row.get("BDBZZQSE"), "万元"),
        start: ("ZWLXQSSJ", row.get("ZWLXQSSJ")),
        end: ("ZWLXJSSJ", row.get("ZWLXJSSJ")),
        method: Some(("DYFS", row.get("DYFS"))),
        mortgagee: row.get("DYQR"),
        mortgagors: row.get("DYR"),
    };
    let (right, start) = checks::mortgage(&fields, today, findings);
    Limit {
        legacy_id: id.to_owned(),
        house: row.get("BDCDYH").to_owned(),
        proof_no: Some(row.get("BDCDJZMH").to_owned()).filter(|s| !s.is_empty()),
        date: start,
        current: checks::is_current(row.get("QSZT")),
        right,
    }
}

fn seizure(
    row: &Row,
    closed: Option<NaiveDate>,
    today: NaiveDate,
    findings: &mut Findings,
) -> Limit {
    let id = row.get("YWH");
    let at = At::new(SOURCE, "CFDJ", id);
    let mut day = |field: &'static str| {
        let read = crate::reading::date::parse(row.get(field));
        if let Err(error) = &read {
            findings.add(
                FindingClass::DateInvalid,
                at,
                (field, row.get(field)),
                format!("日期无效（{}），按无日期装载", error.message()),
            );
        }
        read.ok()
    };
    let (start, end) = (day("CFQSSJ"), day("CFJSSJ"));
    let ordered = checks::ordered(at, ("CFQSSJ", row.get("CFQSSJ")), start, end, findings);
    let current = checks::is_current(row.get("QSZT"))
        && checks::in_force(at, "QSZT", end, closed, today, findings);
    // 查封类型 CFLX: 1 查封, 2 轮候查封, 3 预查封, 4 轮候预查封.
    let right = rights::seizure_of_kind(
        row.get("CFJG"),
        row.get("CFWH"),
        row.get("CFLX"),
        (start, end),
    );
    if right.is_none() {
        findings.add(
            FindingClass::CodeInvalid,
            at,
            ("CFLX", row.get("CFLX")),
            "查封类型不在字典内，未装载",
        );
    }
    Limit {
        legacy_id: id.to_owned(),
        house: row.get("BDCDYH").to_owned(),
        proof_no: None,
        date: start,
        current,
        right: right.filter(|_| ordered),
    }
}
