//! What became of every source row, and the stock that is ready.

mod bare_land;

use std::collections::{BTreeMap, BTreeSet};

use dengbu_cadastre::load::{NewBuilding, NewParcel};
use dengbu_fusion::run::Outcome as Fused;
use dengbu_fusion::titles::AcceptedTitle;
use dengbu_fusion::{Method, Status};
use dengbu_model::right::RightDetail;
use dengbu_model::unit_code::{BuildingCode, ParcelCode, UnitCode};
use dengbu_staging::{Table, extension as x};
use dengbu_takeover::{ExistingRight, ExistingStock, ExistingUnit, LandFacts, Subject, existing};

use crate::engine::{Input, Outcome, RecordRow};
use crate::standard::{self, Files, Place};

const ELSEWHERE: &str = "不在本机构管辖的县（区）内";
const NO_TITLE: &str = "没有可装载的现势产权";
const SEVERAL: &str = "有多个现势产权";
const WITH_HOUSES: &str = "宗地上有房屋，土地使用权记入房地一体的权利";

/// Records and stock.
pub struct Loaded {
    pub records: Vec<RecordRow>,
    pub stock: ExistingStock,
}

/// Rows told of, each once, in the order of the tables.
#[derive(Default)]
struct Rows {
    seen: BTreeSet<(String, String, u32)>,
    rows: Vec<RecordRow>,
}

impl Rows {
    /// A row's record, unless it was told of already (a ledger's row is a house and its rights).
    fn add(
        &mut self,
        table: &Table,
        row: usize,
        outcome: Outcome,
        reason: &str,
    ) -> Option<&mut RecordRow> {
        let origin = table.origin(row);
        let key = (origin.table.clone(), origin.legacy_id.clone(), origin.line);
        if !self.seen.insert(key) {
            return None;
        }
        self.rows.push(RecordRow {
            source: origin.source,
            table: origin.table,
            legacy_id: origin.legacy_id,
            outcome,
            reason: reason.to_owned(),
            parcel_code: None,
            building_ref: None,
            unit_code: None,
            merged_into: None,
            method: None,
            confidence: None,
        });
        self.rows.last_mut()
    }
}

fn marked(row: Option<&mut RecordRow>, method: Method, confidence: u16) {
    if let Some(row) = row {
        row.method = (method != Method::None).then(|| method.name_zh().to_owned());
        row.confidence = Some(f64::from(confidence) / 1000.0);
    }
}

/// The tables of a staging area, empty ones for those that are not there.
struct Tables<'a> {
    parcels: &'a Table,
    buildings: &'a Table,
    houses: &'a Table,
    ownerships: &'a Table,
    holders: &'a Table,
    mortgages: &'a Table,
    seizures: &'a Table,
    land_rights: &'a Table,
}

/// Rows of rights by what became of them: the unit they stand on, or why not.
#[derive(Default)]
struct Fates {
    ownerships: BTreeMap<u32, Result<String, String>>,
    holders: BTreeMap<u32, Result<String, String>>,
    mortgages: BTreeMap<u32, Result<String, String>>,
    seizures: BTreeMap<u32, Result<String, String>>,
    houses: BTreeMap<u32, Result<String, String>>,
    land_rights: BTreeMap<u32, Result<String, String>>,
    land_holders: BTreeMap<u32, Result<String, String>>,
}

impl Fates {
    fn all(&mut self, title: &AcceptedTitle, fate: &Result<String, String>) {
        self.houses.insert(title.house, fate.clone());
        for (row, holders) in title.ownerships.iter().zip(&title.holders) {
            self.ownerships.entry(*row).or_insert_with(|| fate.clone());
            for holder in holders {
                self.holders.entry(*holder).or_insert_with(|| fate.clone());
            }
        }
        for row in &title.mortgages {
            self.mortgages.entry(*row).or_insert_with(|| fate.clone());
        }
        for row in &title.seizures {
            self.seizures.entry(*row).or_insert_with(|| fate.clone());
        }
    }
}

/// Puts the outcome of a fusion into records and stock.
pub fn load(fused: &Fused, input: &Input) -> Loaded {
    let empty = Table::new("");
    let table = |code: &str| fused.staging.table(code).unwrap_or(&empty);
    let tables = Tables {
        parcels: table("ZDJBXX"),
        buildings: table("ZRZ"),
        houses: table("H"),
        ownerships: table("FDCQ2"),
        holders: table("QLR"),
        mortgages: table("DYAQ"),
        seizures: table("CFDJ"),
        land_rights: table("JSYDSYQ"),
    };
    let files = Files::of(&fused.staging);
    let mut rows = Rows::default();
    let mut stock = ExistingStock::default();
    let land = land(fused, input, &tables, &files, &mut rows, &mut stock);
    let mut fates = Fates::default();
    for title in &fused.titles {
        let fate = match unit(title, fused, input, &tables, &files, &land, &mut fates) {
            Ok(unit) => {
                let code = unit.code().as_str().to_owned();
                stock.units.push(unit);
                Ok(code)
            }
            Err(reason) => Err(reason.to_owned()),
        };
        fates.all(title, &fate);
    }
    bare_land::load(fused, input, &tables, &files, &land, &mut fates, &mut stock);
    tell(fused, &tables, &fates, &mut rows);
    Loaded {
        records: rows.rows,
        stock,
    }
}

/// Codes of parcels and buildings in the stock.
#[derive(Default)]
struct Land {
    parcels: BTreeSet<String>,
    buildings: BTreeSet<String>,
}

fn land(
    fused: &Fused,
    input: &Input,
    t: &Tables<'_>,
    files: &Files,
    rows: &mut Rows,
    stock: &mut ExistingStock,
) -> Land {
    let mut land = Land::default();
    let ours = |code: &str| input.counties.contains_key(&code[..6]);
    for (row, link) in fused.links.parcels.iter().enumerate() {
        let known = link.code.as_deref().and_then(|c| ParcelCode::parse(c).ok());
        let Some(code) = known else {
            let told = rows.add(t.parcels, row, Outcome::Doubtful, "宗地代码无法确定");
            marked(told, link.method, link.confidence);
            continue;
        };
        if !ours(code.as_str()) {
            rows.add(t.parcels, row, Outcome::Rejected, ELSEWHERE);
            continue;
        }
        if !land.parcels.insert(code.as_str().to_owned()) {
            rows.add(t.parcels, row, Outcome::Rejected, "宗地代码重复");
            continue;
        }
        if let Some(told) = rows.add(t.parcels, row, Outcome::Accepted, "") {
            told.parcel_code = Some(code.as_str().to_owned());
            marked(Some(told), link.method, link.confidence);
        }
        stock.parcels.push(NewParcel {
            provenance: serde_json::to_value(files.provenance(t.parcels, row)).ok(),
            parcel: standard::parcel(t.parcels, row, code),
        });
    }
    for (row, link) in fused.links.buildings.iter().enumerate() {
        let code = link
            .code
            .as_deref()
            .and_then(|c| BuildingCode::parse(c).ok());
        let (Some(code), Some(parcel)) = (code, link.parcel) else {
            let told = rows.add(t.buildings, row, Outcome::Doubtful, "所在宗地无法确定");
            marked(told, link.method, link.confidence);
            continue;
        };
        if !land.parcels.contains(&code.as_str()[..19]) {
            rows.add(t.buildings, row, Outcome::Rejected, "所在宗地未入库");
            continue;
        }
        if !land.buildings.insert(code.as_str().to_owned()) {
            rows.add(t.buildings, row, Outcome::Rejected, "自然幢号重复");
            continue;
        }
        if let Some(told) = rows.add(t.buildings, row, Outcome::Accepted, "") {
            told.parcel_code = Some(code.as_str()[..19].to_owned());
            told.building_ref = Some(code.as_str().to_owned());
            marked(Some(told), link.method, link.confidence);
        }
        let street = t.parcels.value("ZL", parcel as usize);
        stock.buildings.push(NewBuilding {
            provenance: serde_json::to_value(files.provenance(t.buildings, row)).ok(),
            building: standard::building(t.buildings, row, code, street),
        });
    }
    land
}

/// A title as a unit of the register, or why it is none.
fn unit(
    title: &AcceptedTitle,
    fused: &Fused,
    input: &Input,
    t: &Tables<'_>,
    files: &Files,
    land: &Land,
    fates: &mut Fates,
) -> Result<ExistingUnit, &'static str> {
    let code = UnitCode::parse(&title.unit_code).map_err(|_| "不动产单元代码不合规则")?;
    let authority = input
        .counties
        .get(code.county().as_str())
        .ok_or(ELSEWHERE)?;
    let building = code
        .building()
        .filter(|b| land.buildings.contains(b.as_str()))
        .ok_or("所在自然幢未入库")?;
    let link = &fused.links.houses[title.house as usize];
    let place = link.place.ok_or("单元、楼层、房号无法识别")?;
    let parcel = code.parcel();
    let mut ownerships: Vec<ExistingRight> = Vec::new();
    for (row, holders) in title.ownerships.iter().zip(&title.holders) {
        let made = standard::ownership(
            (t.ownerships, *row as usize),
            (t.holders, holders),
            &parcel,
            ownerships.len(),
            (input.today, files),
        );
        match made {
            Ok(mut right) => {
                with_land(&mut right, title.parcel, fused, t);
                standard::of_house(&mut right, t.houses, title.house as usize);
                standard::of_building(&mut right, t.buildings, title.building as usize);
                ownerships.push(right);
            }
            // a former owner that cannot be shown is told of; the present one must be shown
            Err(reason) if t.ownerships.value("QSZT", *row as usize) != "1" => {
                fates.ownerships.insert(*row, Err(reason.to_owned()));
                for holder in holders {
                    fates.holders.insert(*holder, Err(reason.to_owned()));
                }
            }
            Err(reason) => return Err(reason),
        }
    }
    one_in_force(&ownerships)?;
    let mut others = Vec::new();
    for row in &title.mortgages {
        match standard::mortgage(t.mortgages, *row as usize, files) {
            Ok(right) => others.push(right),
            Err(reason) if t.mortgages.value("QSZT", *row as usize) == "2" => {
                fates.mortgages.insert(*row, Err(reason.to_owned()));
            }
            Err(reason) => return Err(reason),
        }
    }
    for row in &title.seizures {
        match standard::seizure(t.seizures, *row as usize, (input.today, files)) {
            Ok(right) => others.push(right),
            Err(reason) if t.seizures.value("QSZT", *row as usize) == "2" => {
                fates.seizures.insert(*row, Err(reason.to_owned()));
            }
            Err(reason) => return Err(reason),
        }
    }
    let house = title.house as usize;
    let room = match place.storey {
        s if s < 0 => format!("负{}{:02}", -i32::from(s), place.room),
        s => format!("{s}{:02}", place.room),
    };
    let dwelling = standard::dwelling(
        t.houses,
        house,
        code,
        building,
        Place {
            entrance: (place.entrance > 0).then(|| place.entrance.to_string()),
            storey: i32::from(place.storey),
            room,
        },
    );
    let unit = ExistingUnit {
        authority: authority.clone(),
        subject: Subject::Dwelling(Box::new(dwelling)),
        ownerships,
        others,
        provenance: files.provenance(t.houses, house),
    };
    sound(unit)
}

/// A unit has one title in force (实施细则第二十条).
fn one_in_force(ownerships: &[ExistingRight]) -> Result<(), &'static str> {
    match ownerships.iter().filter(|o| o.current).count() {
        0 => Err(NO_TITLE),
        1 => Ok(()),
        _ => Err(SEVERAL),
    }
}

fn sound(unit: ExistingUnit) -> Result<ExistingUnit, &'static str> {
    match existing::fault(&unit) {
        Some(fault) => Err(fault),
        None => Ok(unit),
    }
}

/// The land right that stands with a house's title: of the parcel's own right in force, else of what
/// the parcel's row says.
fn with_land(made: &mut ExistingRight, parcel: u32, fused: &Fused, t: &Tables<'_>) {
    let RightDetail::BuildingOwnership(detail) = &mut made.right.detail else {
        return;
    };
    let of = &fused.land[parcel as usize];
    let current = of.rights.iter().zip(&of.holders).rev();
    let standing = current
        .into_iter()
        .find(|(r, _)| matches!(t.land_rights.value("QSZT", **r as usize), "1" | ""));
    let told = match standing {
        Some((right, holders)) => {
            let row = *right as usize;
            detail.land_use_start = standard::day(t.land_rights, "SYQQSSJ", row);
            detail.land_use_end = standard::day(t.land_rights, "SYQJSSJ", row);
            let names: Vec<&str> = holders
                .iter()
                .map(|h| t.holders.value("QLRMC", *h as usize).trim())
                .filter(|n| !n.is_empty())
                .collect();
            names.join("、")
        }
        None => t
            .parcels
            .value(x::HOLDER, parcel as usize)
            .trim()
            .to_owned(),
    };
    // a developer's right passes to those who bought: 民法典第三百五十七条
    let owners: Vec<&str> = made
        .right
        .holders
        .iter()
        .map(|h| h.party.name.as_str())
        .collect();
    let owners = owners.join("、");
    let organisation = dengbu_mapping::reading::holder::is_organisation(&told);
    // a person who holds the land now did not hold it with an earlier owner of the house
    let holder = match (organisation, made.current) {
        (true, _) => owners,
        (false, true) => told,
        (false, false) => String::new(),
    };
    detail.land_use_holder = Some(holder).filter(|n| !n.is_empty());
}

fn tell(fused: &Fused, t: &Tables<'_>, fates: &Fates, rows: &mut Rows) {
    for (row, link) in (0_u32..).zip(&fused.links.houses) {
        let at = row as usize;
        let told = match (fates.houses.get(&row), link.status) {
            (Some(Ok(unit)), _) => {
                let told = rows.add(t.houses, at, Outcome::Accepted, "");
                placed(told, unit)
            }
            (Some(Err(reason)), _) => rows.add(t.houses, at, Outcome::Rejected, reason),
            (None, Status::DuplicateOf) => {
                let told = rows.add(t.houses, at, Outcome::Merged, "房屋重复建档");
                let mut told = told;
                if let Some(r) = told.as_deref_mut() {
                    let first = link.duplicate_of.map(|f| t.houses.legacy_id(f as usize));
                    r.merged_into = first.map(str::to_owned);
                }
                told
            }
            (None, Status::Doubtful) => {
                rows.add(t.houses, at, Outcome::Doubtful, "所在自然幢待核对")
            }
            (None, Status::Unlinked) => {
                rows.add(t.houses, at, Outcome::Rejected, "找不到所在的自然幢")
            }
            (None, Status::Linked) => rows.add(
                t.houses,
                at,
                Outcome::Rejected,
                "所在宗地或自然幢没有可用的代码",
            ),
        };
        marked(told, link.method, link.confidence);
    }
    let houses = &fused.links;
    rights(
        t.ownerships,
        &fates.ownerships,
        &houses.ownerships.house,
        rows,
    );
    let of_holders: Vec<Option<u32>> = houses
        .holders
        .iter()
        .map(|o| o.and_then(|row| houses.ownerships.house.get(row as usize).copied().flatten()))
        .collect();
    let of_land = (0_u32..)
        .zip(houses.land_holders.iter().zip(&houses.holders))
        .filter(|(_, (land, house))| land.is_some() && house.is_none());
    for (row, _) in of_land {
        tell_one(
            t.holders,
            row,
            fates.land_holders.get(&row),
            rows,
            "所指的宗地不存在",
        );
    }
    rights(t.holders, &fates.holders, &of_holders, rows);
    tell_land(fused, t, fates, rows);
    rights(t.mortgages, &fates.mortgages, &houses.mortgages.house, rows);
    rights(t.seizures, &fates.seizures, &houses.seizures.house, rows);
}

fn placed<'r>(mut row: Option<&'r mut RecordRow>, unit: &str) -> Option<&'r mut RecordRow> {
    if let Some(r) = row.as_deref_mut() {
        r.unit_code = Some(unit.to_owned());
        r.building_ref = unit.get(..24).map(str::to_owned);
        r.parcel_code = unit.get(..19).map(str::to_owned);
    }
    row
}

/// Rights in land: a unit of their own, told with the houses, or why not.
fn tell_land(fused: &Fused, t: &Tables<'_>, fates: &Fates, rows: &mut Rows) {
    for (row, link) in (0_u32..).zip(&fused.links.land_rights) {
        let fate = fates.land_rights.get(&row);
        match (fate, link.parcel) {
            (None, Some(parcel)) if fused.links.parcels[parcel as usize].code.is_none() => {
                let at = row as usize;
                let told = rows.add(t.land_rights, at, Outcome::Doubtful, "宗地代码无法确定");
                marked(told, link.method, link.confidence);
            }
            _ => tell_one(t.land_rights, row, fate, rows, "所指的宗地不存在"),
        }
    }
}

fn tell_one(
    table: &Table,
    row: u32,
    fate: Option<&Result<String, String>>,
    rows: &mut Rows,
    missing: &str,
) {
    let at = row as usize;
    match fate {
        Some(Ok(unit)) => {
            let told = rows.add(table, at, Outcome::Accepted, "");
            placed_on_land(told, unit);
        }
        Some(Err(reason)) if reason == WITH_HOUSES => {
            rows.add(table, at, Outcome::Merged, reason);
        }
        Some(Err(reason)) => {
            rows.add(table, at, Outcome::Rejected, reason);
        }
        None => {
            rows.add(table, at, Outcome::Rejected, missing);
        }
    }
}

fn placed_on_land(row: Option<&mut RecordRow>, unit: &str) {
    if let Some(r) = row {
        r.unit_code = Some(unit.to_owned());
        r.parcel_code = unit.get(..19).map(str::to_owned);
    }
}

fn rights(
    table: &Table,
    fates: &BTreeMap<u32, Result<String, String>>,
    houses: &[Option<u32>],
    rows: &mut Rows,
) {
    for row in 0..table.len() {
        let fate = u32::try_from(row).ok().and_then(|r| fates.get(&r));
        match fate {
            Some(Ok(unit)) => {
                let told = rows.add(table, row, Outcome::Accepted, "");
                placed(told, unit);
            }
            Some(Err(reason)) => {
                rows.add(table, row, Outcome::Rejected, reason);
            }
            None if houses.get(row).copied().flatten().is_none() => {
                rows.add(table, row, Outcome::Rejected, "所指的房屋记录不存在");
            }
            None => {
                rows.add(table, row, Outcome::Rejected, "所在房屋未入库");
            }
        }
    }
}
