//! Assignment over the whole staging area: parcels' codes, buildings to parcels, houses to
//! buildings, rights and holders to houses. Each source by itself: keys and addresses of one
//! office say nothing about another's.

use std::collections::{BTreeMap, HashMap};

use dengbu_staging::{Staging, Table, TextColumn, extension as x};

use crate::buildings::{Ground, ReferenceStyle, number_buildings};
use crate::decisions::Decisions;
use crate::error::FusionError;
use crate::facts::{self, Building, House, Parcel};
use crate::ground;
use crate::houses::{Finder, Target, hold_back, mark_duplicates};
use crate::land;
use crate::links::{BuildingLink, HouseLink, Links, ParcelLink, RightLinks};
use crate::parcels::{self, ParcelFacts};
use crate::progress::{Progress, Stage, StageProgress};

/// Parcels nearer than this lie next to each other (a road's width is more).
const NEXT_TO_M: f64 = 3.0;

/// Links and what they were made from.
#[derive(Debug, Default)]
pub struct Assigned {
    /// Links.
    pub links: Links,
    /// Facts of the rows of ZRZ.
    pub buildings: Vec<Building>,
    /// Facts of the rows of H.
    pub houses: Vec<House>,
    /// What people must be told: decisions that could not be applied.
    pub messages: Vec<String>,
}

/// Rows of a table by source, sources in order of name.
fn rows_by_source(table: Option<&Table>) -> BTreeMap<String, Vec<u32>> {
    let mut rows: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let Some(table) = table else { return rows };
    for row in 0..table.len() {
        let source = table.source(row);
        let at = u32::try_from(row).unwrap_or(u32::MAX);
        match rows.get_mut(source) {
            Some(list) => list.push(at),
            None => {
                rows.insert(source.to_owned(), vec![at]);
            }
        }
    }
    rows
}

/// How a source's buildings are called, seen from its keys: those that follow the standard or are
/// used by house records keep their key; a mere serial number of the table does not.
fn reference_style(table: &Table, rows: &[u32]) -> ReferenceStyle {
    let serial = rows.iter().all(|row| {
        let row = *row as usize;
        table.source_table(row) == "ZRZ" && table.value("ZRZH", row).is_empty()
    });
    if serial {
        ReferenceStyle::ParcelAndNumber
    } else {
        ReferenceStyle::OwnKey
    }
}

/// Makes all links.
///
/// # Errors
/// Stopped.
pub fn assign(
    staging: &Staging,
    decisions: &Decisions,
    progress: &dyn Progress,
) -> Result<Assigned, FusionError> {
    let report = |what: &str, done: u64| {
        progress.report(&StageProgress {
            stage: Stage::Assign,
            what: what.to_owned(),
            done,
            total: 4,
        });
        if progress.stopped() {
            Err(FusionError::Stopped)
        } else {
            Ok(())
        }
    };
    report("宗地编号", 0)?;
    let empty = Table::new("");
    let table = |code: &str| staging.table(code).unwrap_or(&empty);
    let (parcels, zrz, h) = (table("ZDJBXX"), table("ZRZ"), table("H"));
    let mut out = Assigned {
        buildings: (0..zrz.len())
            .map(|row| facts::building(zrz, row))
            .collect(),
        houses: house_facts(h),
        ..Assigned::default()
    };
    out.links.parcels = vec![blank_parcel(); parcels.len()];
    out.links.buildings = vec![blank_building(); zrz.len()];
    out.links.houses = vec![blank_house(); h.len()];
    let buildings_of = rows_by_source(Some(zrz));
    for (source, rows) in rows_by_source(Some(parcels)) {
        let building_rows = buildings_of.get(&source).map_or(&[][..], Vec::as_slice);
        land_of_source(&mut out, (parcels, &rows), (zrz, building_rows), decisions);
    }
    report("落幢", 1)?;
    for (source, rows) in rows_by_source(Some(h)) {
        let building_rows = buildings_of.get(&source).map_or(&[][..], Vec::as_slice);
        houses_of_source(&mut out, &rows, building_rows);
    }
    let missed = decisions.apply(staging, &mut out);
    out.messages.extend(missed);
    out.messages.sort();
    out.messages.dedup();
    report("权利挂接", 2)?;
    out.links.ownerships = rights_to_houses(table("FDCQ2"), h);
    out.links.mortgages = rights_to_houses(table("DYAQ"), h);
    out.links.seizures = rights_to_houses(table("CFDJ"), h);
    report("权利人", 3)?;
    out.links.holders = holders_to_rights(table("QLR"), table("FDCQ2"));
    let land_rights = table("JSYDSYQ");
    out.links.land_rights = land::rights_to_parcels(land_rights, parcels, &out.links);
    out.links.land_holders = holders_to_rights(table("QLR"), land_rights);
    report("关联完成", 4)?;
    Ok(out)
}

fn house_facts(table: &Table) -> Vec<House> {
    let rows: Vec<usize> = (0..table.len()).collect();
    crate::parallel::map(&rows, |row| facts::house(table, *row))
}

fn blank_parcel() -> ParcelLink {
    ParcelLink {
        code: None,
        method: crate::links::Method::None,
        confidence: 0,
        status: crate::links::Status::Unlinked,
        candidates: Vec::new(),
    }
}

fn blank_building() -> BuildingLink {
    BuildingLink {
        parcel: None,
        shares: Vec::new(),
        code: None,
        reference: String::new(),
        method: crate::links::Method::None,
        confidence: 0,
        status: crate::links::Status::Unlinked,
        candidates: Vec::new(),
    }
}

fn blank_house() -> HouseLink {
    HouseLink {
        building: None,
        place: None,
        unit_number: None,
        duplicate_of: None,
        method: crate::links::Method::None,
        confidence: 0,
        status: crate::links::Status::Unlinked,
        candidates: Vec::new(),
    }
}

/// Codes of a source's parcels and the parcels of its buildings.
fn land_of_source(
    out: &mut Assigned,
    (parcels, rows): (&Table, &[u32]),
    (zrz, building_rows): (&Table, &[u32]),
    decisions: &Decisions,
) {
    let rings = |table: &Table, rows: &[u32]| -> Vec<_> {
        rows.iter()
            .map(|row| {
                table
                    .geometry(*row as usize)
                    .map(ground::rings)
                    .unwrap_or_default()
            })
            .collect()
    };
    let (parcel_rings, building_rings) = (rings(parcels, rows), rings(zrz, building_rows));
    let (layer, footprints) = (ground::layer(&parcel_rings), ground::layer(&building_rings));
    let shares = footprints.shares_on(&layer);
    let near = ground::neighbours(&layer, NEXT_TO_M);
    let list: Vec<(u32, Parcel)> = rows
        .iter()
        .map(|row| (*row, facts::parcel(parcels, *row as usize)))
        .collect();
    let mut known: Vec<ParcelFacts> = list
        .iter()
        .zip(near)
        .map(|((_, parcel), neighbours)| ParcelFacts {
            written: parcel.written.clone(),
            building_prefixes: Vec::new(),
            neighbours,
            homestead: parcel.homestead,
        })
        .collect();
    for (row, share) in building_rows.iter().zip(&shares) {
        let code = out.buildings[*row as usize].code.as_ref();
        if let (Some(code), [(at, _)]) = (code, &share.bearing(0.995)[..]) {
            known[*at]
                .building_prefixes
                .push(code.parcel().as_str().to_owned());
        }
    }
    for (row, link) in rows.iter().zip(parcels::resolve(&known)) {
        out.links.parcels[*row as usize] = link;
    }
    // of all sources each time: those of others are set anew when it is their turn
    let missed = decisions.parcels(parcels, &mut out.links.parcels);
    out.messages.extend(missed);
    let ground = Ground::new(&list, &out.links.parcels);
    let facts: Vec<Building> = building_rows
        .iter()
        .map(|row| out.buildings[*row as usize].clone())
        .collect();
    let links: Vec<BuildingLink> = facts
        .iter()
        .zip(&shares)
        .map(|(building, share)| ground.assign(building, share))
        .collect();
    for (row, link) in building_rows.iter().zip(links) {
        out.links.buildings[*row as usize] = link;
    }
    let buildings: &mut [BuildingLink] = &mut out.links.buildings;
    let codes: &[ParcelLink] = &out.links.parcels;
    let missed = decisions.buildings((zrz, buildings), (parcels, codes));
    out.messages.extend(missed);
    let mut links: Vec<BuildingLink> = building_rows
        .iter()
        .map(|row| out.links.buildings[*row as usize].clone())
        .collect();
    let style = reference_style(zrz, building_rows);
    number_buildings(&facts, &mut links, &out.links.parcels, style);
    for (row, link) in building_rows.iter().zip(links) {
        out.links.buildings[*row as usize] = link;
    }
}

fn houses_of_source(out: &mut Assigned, rows: &[u32], building_rows: &[u32]) {
    let targets: Vec<Target<'_>> = building_rows
        .iter()
        .map(|row| {
            let building = &out.buildings[*row as usize];
            let parcel = out.links.buildings[*row as usize].parcel;
            let parcel = parcel.and_then(|p| out.links.parcels.get(p as usize));
            let code = parcel.and_then(|p| p.code.clone()).unwrap_or_default();
            let own = building.code.as_ref().map_or("", |c| c.as_str());
            let county = [code.as_str(), own].into_iter().find_map(|c| c.get(..6));
            Target {
                row: *row,
                building,
                county: county.unwrap_or_default().to_owned(),
                parcel_code: code,
            }
        })
        .collect();
    let houses: Vec<House> = rows
        .iter()
        .map(|row| out.houses[*row as usize].clone())
        .collect();
    let mut links = Finder::new(targets).link_all(&houses);
    mark_duplicates(rows, &houses, &mut links);
    hold_back(&mut links, |row| {
        let parcel = out.links.buildings[row as usize].parcel;
        parcel.is_some_and(|p| out.links.parcels[p as usize].code.is_some())
    });
    for (row, link) in rows.iter().zip(links) {
        out.links.houses[*row as usize] = link;
    }
}

/// Rows of a right's table to rows of H: by the house's legacy id, by unit code, by being the same
/// source record.
fn rights_to_houses(rights: &Table, houses: &Table) -> RightLinks {
    let mut by_id: HashMap<(&str, &str), u32> = HashMap::with_capacity(houses.len());
    let mut by_code: HashMap<(&str, &str), u32> = HashMap::new();
    for row in (0..houses.len()).rev() {
        let at = u32::try_from(row).unwrap_or(u32::MAX);
        let source = houses.source(row);
        by_id.insert((source, houses.legacy_id(row)), at);
        let code = houses.value("BDCDYH", row);
        if !code.is_empty() {
            by_code.insert((source, code), at);
        }
    }
    let find = |row: usize| {
        let source = rights.source(row);
        let named = rights.value(x::HOUSE, row);
        if !named.is_empty() {
            return by_id.get(&(source, named)).copied();
        }
        let code = rights.value("BDCDYH", row);
        if !code.is_empty() {
            return by_code.get(&(source, code)).copied();
        }
        let same = by_id.get(&(source, rights.legacy_id(row))).copied();
        same.filter(|h| houses.source_table(*h as usize) == rights.source_table(row))
    };
    RightLinks {
        house: (0..rights.len()).map(find).collect(),
    }
}

/// Rows of QLR to rows of a table of rights: by 业务号, or by being the same source record.
fn holders_to_rights(holders: &Table, rights: &Table) -> Vec<Option<u32>> {
    let mut by_number: HashMap<(&str, &str), u32> = HashMap::with_capacity(rights.len());
    let mut by_id: HashMap<(&str, &str, &str), u32> = HashMap::with_capacity(rights.len());
    for row in (0..rights.len()).rev() {
        let at = u32::try_from(row).unwrap_or(u32::MAX);
        let source = rights.source(row);
        let number = rights.value("YWH", row);
        if !number.is_empty() {
            by_number.insert((source, number), at);
        }
        by_id.insert(
            (source, rights.source_table(row), rights.legacy_id(row)),
            at,
        );
    }
    let find = |row: usize| {
        let source = holders.source(row);
        let number = holders.value("YWH", row);
        let by_number = by_number
            .get(&(source, number))
            .filter(|_| !number.is_empty());
        let id = (source, holders.source_table(row), holders.legacy_id(row));
        by_number.or_else(|| by_id.get(&id)).copied()
    };
    (0..holders.len()).map(find).collect()
}

/// Writes links into the tables' own columns, where rules and the loading look for them.
///
/// # Errors
/// A column is full.
pub fn write_links(staging: &mut Staging, links: &Links) -> Result<(), FusionError> {
    let text = |row: Option<u32>| row.map_or_else(String::new, |r| r.to_string());
    let set = |staging: &mut Staging,
               table: &str,
               field: &str,
               texts: &mut dyn Iterator<Item = String>| {
        let column = TextColumn::from_texts(texts).map_err(FusionError::from)?;
        if let Some(table) = staging.table_mut(table) {
            table.set_column(field, column);
        }
        Ok::<(), FusionError>(())
    };
    let parcel_of = |building: Option<u32>| {
        building
            .and_then(|b| links.buildings.get(b as usize))
            .and_then(|b| b.parcel)
    };
    set(
        staging,
        "ZDJBXX",
        x::CODE,
        &mut links
            .parcels
            .iter()
            .map(|l| l.code.clone().unwrap_or_default()),
    )?;
    set(
        staging,
        "ZRZ",
        x::CODE,
        &mut links
            .buildings
            .iter()
            .map(|l| l.code.clone().unwrap_or_default()),
    )?;
    set(
        staging,
        "ZRZ",
        x::LINK_PARCEL,
        &mut links.buildings.iter().map(|l| text(l.parcel)),
    )?;
    set(
        staging,
        "H",
        x::LINK_BUILDING,
        &mut links.houses.iter().map(|l| text(l.building)),
    )?;
    set(
        staging,
        "H",
        x::LINK_PARCEL,
        &mut links.houses.iter().map(|l| text(parcel_of(l.building))),
    )?;
    set(
        staging,
        "H",
        x::STATUS,
        &mut links.houses.iter().map(|l| l.status.word().to_owned()),
    )?;
    set(
        staging,
        "H",
        x::CODE,
        &mut links
            .houses
            .iter()
            .map(|l| links.unit_code(l).unwrap_or_default()),
    )?;
    for (table, list) in [
        ("FDCQ2", &links.ownerships),
        ("DYAQ", &links.mortgages),
        ("CFDJ", &links.seizures),
    ] {
        set(
            staging,
            table,
            x::LINK_HOUSE,
            &mut list.house.iter().map(|h| text(*h)),
        )?;
    }
    set(
        staging,
        "QLR",
        x::LINK_RIGHT,
        &mut links.holders.iter().map(|r| text(*r)),
    )?;
    let house_of = |right: Option<u32>| {
        right.and_then(|r| links.ownerships.house.get(r as usize).copied().flatten())
    };
    set(
        staging,
        "QLR",
        x::LINK_HOUSE,
        &mut links.holders.iter().map(|r| text(house_of(*r))),
    )
}
