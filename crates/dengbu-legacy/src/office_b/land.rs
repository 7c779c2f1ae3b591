//! Parcels and buildings of `cadastre.vct`.

use super::SOURCE;
use crate::checks;
use crate::error::LegacyError;
use crate::files::table::Row;
use crate::files::{file_sm3, vct};
use crate::finding::{At, FindingClass, Findings};
use crate::land::{Building, Land, Parcel};
use crate::reading::{number, text};
use crate::records::OfficeRecords;
use dengbu_model::codes;
use dengbu_model::unit_code::{BuildingCode, ParcelCode};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// Reads parcels and buildings; gives the index of each building by its code.
pub(super) fn read(
    file: &Path,
    records: &mut OfficeRecords,
    findings: &mut Findings,
) -> Result<HashMap<BuildingCode, usize>, LegacyError> {
    let vct = vct::read(file, SOURCE, findings)?;
    book_tables(file, &vct, records)?;
    let rings = |id: &str| vct.polygons.get(id).cloned().unwrap_or_default();
    let mut land = Land {
        source: SOURCE,
        tables: ("ZDJBXX", "ZRZ"),
        keys: ("ZDDM", "ZRZH"),
        srid: 4522,
        ..Land::default()
    };
    let mut by_code = HashMap::new();
    for (id, row) in vct.tables.get("ZDJBXX").into_iter().flatten() {
        land.parcels.push(parcel(row, rings(id)));
    }
    for (id, row) in vct.tables.get("ZRZ").into_iter().flatten() {
        let code = BuildingCode::parse(row.get("ZRZH"));
        let number = code
            .as_ref()
            .ok()
            .and_then(|c| c.as_str().get(20..).and_then(number::small_number));
        match code {
            Ok(code) => drop(by_code.insert(code, land.buildings.len())),
            Err(error) => findings.add(
                FindingClass::UnitCodeBad,
                At::new(SOURCE, "ZRZ", row.get("ZRZH")),
                ("ZRZH", row.get("ZRZH")),
                format!("幢号不合规则（{error}），未装载"),
            ),
        }
        land.buildings.push(building(row, number, rings(id)));
    }
    land.read_codes(findings);
    settle_codes(&mut land, findings);
    let by_parcel: HashMap<String, usize> = land
        .parcels
        .iter()
        .enumerate()
        .filter_map(|(i, p)| Some((p.code.as_ref()?.as_str().to_owned(), i)))
        .collect();
    for b in &mut land.buildings {
        b.parcel = b
            .legacy_id
            .get(..19)
            .and_then(|c| by_parcel.get(c).copied());
    }
    land.check_geometry(findings);
    records.land = land;
    Ok(by_code)
}

/// Both tables must be there with their columns; books them in the records.
fn book_tables(
    file: &Path,
    vct: &vct::Vct,
    records: &mut OfficeRecords,
) -> Result<(), LegacyError> {
    for (table, columns) in [
        ("ZDJBXX", &["ZDDM", "ZL", "ZDMJ", "TDYT"][..]),
        ("ZRZ", &["ZRZH", "XMMC", "ZCS"][..]),
    ] {
        let rows = vct
            .tables
            .get(table)
            .ok_or_else(|| LegacyError::damaged(file, None, format!("缺少属性表“{table}”")))?;
        for column in columns {
            if rows.first().is_some_and(|(_, r)| !r.has(column)) {
                return Err(LegacyError::damaged(
                    file,
                    None,
                    format!("属性表“{table}”缺少“{column}”字段"),
                ));
            }
        }
        records
            .read
            .push((table, vct.read.get(table).copied().unwrap_or_default()));
        records.files.push((table, file_sm3(file)?));
    }
    Ok(())
}

/// A parcel whose code is malformed or borne by another takes the code that all buildings
/// standing on it carry in theirs, when they agree and nobody else bears it.
fn settle_codes(land: &mut Land, findings: &mut Findings) {
    let mut carried: Vec<BTreeSet<ParcelCode>> = vec![BTreeSet::new(); land.parcels.len()];
    for b in 0..land.buildings.len() {
        let code = land.buildings[b]
            .legacy_id
            .get(..19)
            .and_then(|c| ParcelCode::parse(c).ok());
        if let (Some(code), Some(parcel)) = (code, land.parcel_under(b)) {
            carried[parcel].insert(code);
        }
    }
    land.settle_duplicates(
        |land, bearers| {
            let own = |i: usize| {
                land.parcels[i]
                    .code
                    .as_ref()
                    .is_some_and(|c| carried[i].iter().eq([c]))
            };
            let mut fitting = bearers.iter().copied().filter(|i| own(*i));
            fitting.next().filter(|_| fitting.next().is_none())
        },
        findings,
    );
    let mut borne: BTreeSet<ParcelCode> =
        land.parcels.iter().filter_map(|p| p.code.clone()).collect();
    for (parcel, carried) in land.parcels.iter_mut().zip(carried) {
        if parcel.code.is_none()
            && let Some(code) = carried
                .first()
                .filter(|c| carried.len() == 1 && !borne.contains(*c))
        {
            borne.insert(code.clone());
            parcel.code = Some(code.clone());
        }
    }
}

fn parcel(row: &Row, rings: crate::files::Rings) -> Parcel {
    Parcel {
        legacy_id: row.get("ZDDM").to_owned(),
        address: text::squeeze(row.get("ZL")),
        land_use: checks::land_use(row.get("TDYT")),
        land_use_text: row.get("TDYT").to_owned(),
        right_nature: checks::code_by_name(codes::RIGHT_NATURE, row.get("QLXZ")),
        holder: text::holder_name(row.get("QLRMC")),
        area: number::area(row.get("ZDMJ")),
        certificate_no: row.get("BDCQZH").to_owned(),
        rings,
        ..Parcel::default()
    }
}

fn building(row: &Row, number: Option<u32>, rings: crate::files::Rings) -> Building {
    Building {
        legacy_id: row.get("ZRZH").to_owned(),
        name: text::squeeze(row.get("XMMC")),
        number,
        storeys: number::small_number(row.get("ZCS")),
        structure: checks::code_by_name(codes::HOUSE_STRUCTURE, row.get("FWJG")),
        completed: Some(row.get("JGRQ").to_owned()).filter(|s| !s.is_empty()),
        rings,
        ..Building::default()
    }
}
