//! 房地关联: rights in land and rights in houses of one parcel, and how they stand to each other.
//!
//! 《民法典》第三百五十六条、第三百五十七条: whoever disposes of the land disposes of the buildings on it,
//! and the other way round; 《不动产登记暂行条例实施细则》第二条第二款: land and what is fixed to it are
//! registered to one holder. What the offices kept apart is put together here.

use std::collections::{BTreeSet, HashMap};

use dengbu_mapping::reading::holder::is_organisation;
use dengbu_quality::value::plain_name;
use dengbu_staging::{Staging, Table, extension as x};
use serde::{Deserialize, Serialize};

use crate::links::{Links, Method, Permille, Status};

/// How the rights in land and house of a parcel stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Together {
    /// 房地一致.
    Consistent,
    /// 有房无地: titles of houses, no right in the land.
    HouseWithoutLand,
    /// 有地无房: a right in the land, no title of a house.
    LandWithoutHouse,
    /// 主体不一致: the land is another person's than the houses.
    HoldersDiffer,
}

impl Together {
    /// Word of `summary.json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Consistent => "consistent",
            Self::HouseWithoutLand => "house-without-land",
            Self::LandWithoutHouse => "land-without-house",
            Self::HoldersDiffer => "holders-differ",
        }
    }
}

/// The rights in the land of one parcel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandLink {
    /// Rows of JSYDSYQ: historic ones by day, current ones last.
    pub rights: Vec<u32>,
    /// Rows of QLR per entry of `rights`.
    pub holders: Vec<Vec<u32>>,
    /// Whether the parcel's own row names who holds the land (使用权人, 土地证号).
    pub told_by_parcel: bool,
    /// Whether buildings stand on it, or may.
    pub built: bool,
    /// How land and houses stand to each other; none: no right in either.
    pub together: Option<Together>,
}

/// A right in land and the parcel it is about. One per row of JSYDSYQ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandRightLink {
    /// Row of ZDJBXX.
    pub parcel: Option<u32>,
    /// How.
    pub method: Method,
    /// How sure.
    pub confidence: Permille,
}

const UNFOUND: LandRightLink = LandRightLink {
    parcel: None,
    method: Method::None,
    confidence: 0,
};

/// Rows of JSYDSYQ to rows of ZDJBXX: by the code the parcel bears, by the code or number written
/// of it, by being the same source record.
pub fn rights_to_parcels(rights: &Table, parcels: &Table, links: &Links) -> Vec<LandRightLink> {
    let mut by_code: HashMap<(&str, &str), u32> = HashMap::new();
    let mut by_key: HashMap<(&str, &str), Vec<u32>> = HashMap::new();
    let mut by_record: HashMap<(&str, &str, &str), u32> = HashMap::new();
    for (row, link) in (0_u32..).zip(&links.parcels) {
        let at = row as usize;
        let source = parcels.source(at);
        if let Some(code) = &link.code {
            by_code.entry((source, code)).or_insert(row);
        }
        let mut keys = vec![
            parcels.value("ZDDM", at),
            parcels.raw("ZDDM", at),
            parcels.value(x::PARCEL, at),
            parcels.legacy_id(at),
        ];
        keys.sort_unstable();
        keys.dedup();
        for key in keys.into_iter().filter(|k| !k.is_empty()) {
            by_key.entry((source, key)).or_default().push(row);
        }
        let record = (source, parcels.source_table(at), parcels.legacy_id(at));
        by_record.entry(record).or_insert(row);
    }
    let find = |row: usize| {
        let source = rights.source(row);
        let named = [
            rights.value(x::PARCEL, row),
            rights.value("ZDDM", row),
            rights.value("BDCDYH", row).get(..19).unwrap_or_default(),
        ];
        for key in named.into_iter().filter(|k| !k.is_empty()) {
            if let Some(parcel) = by_code.get(&(source, key)) {
                return found(*parcel, Method::Key, 990);
            }
            match by_key.get(&(source, key)).map(Vec::as_slice) {
                Some([parcel]) => return found(*parcel, Method::Key, 980),
                // a number that two parcels bear tells neither
                Some(_) => return UNFOUND,
                None => {}
            }
        }
        let record = (source, rights.source_table(row), rights.legacy_id(row));
        match by_record.get(&record) {
            Some(parcel) => found(*parcel, Method::Key, 990),
            None => UNFOUND,
        }
    };
    (0..rights.len()).map(find).collect()
}

fn found(parcel: u32, method: Method, confidence: Permille) -> LandRightLink {
    LandRightLink {
        parcel: Some(parcel),
        method,
        confidence,
    }
}

/// Puts together, per parcel, the rights in its land and what is known of its houses.
pub fn put_together(staging: &Staging, links: &Links) -> Vec<LandLink> {
    let empty = Table::new("");
    let table = |code: &str| staging.table(code).unwrap_or(&empty);
    let (parcels, rights, holders) = (table("ZDJBXX"), table("JSYDSYQ"), table("QLR"));
    let mut land = vec![LandLink::default(); links.parcels.len()];
    for (row, link) in (0_u32..).zip(&links.land_rights) {
        if let Some(of) = link.parcel.and_then(|p| land.get_mut(p as usize)) {
            of.rights.push(row);
        }
    }
    let mut of_right: Vec<Vec<u32>> = vec![Vec::new(); links.land_rights.len()];
    for (row, right) in (0_u32..).zip(&links.land_holders) {
        if let Some(list) = right.and_then(|r| of_right.get_mut(r as usize)) {
            list.push(row);
        }
    }
    for link in &links.buildings {
        let may = link.candidates.iter().map(|c| c.row);
        for parcel in link.parcel.into_iter().chain(may) {
            if let Some(of) = land.get_mut(parcel as usize) {
                of.built = true;
            }
        }
    }
    let owners = owners_by_parcel(links, table("FDCQ2"), holders);
    for (row, of) in land.iter_mut().enumerate() {
        of.rights.sort_by_key(|r| {
            let at = *r as usize;
            let current = rights.value("QSZT", at) == "1";
            (current, rights.value("DJSJ", at).to_owned(), *r)
        });
        of.holders = of
            .rights
            .iter()
            .map(|r| std::mem::take(&mut of_right[*r as usize]))
            .collect();
        of.told_by_parcel = !parcels.value(x::HOLDER, row).is_empty();
        let of_land = land_holders(of, rights, holders, parcels, row);
        of.together = match (&owners[row], of_land) {
            (None, None) => None,
            (Some(_), None) => Some(Together::HouseWithoutLand),
            (None, Some(_)) => Some(Together::LandWithoutHouse),
            (Some(owners), Some(of_land)) => Some(stand(owners, &of_land)),
        };
    }
    land
}

/// Names of those who own houses on each parcel now; none where no house has a title.
fn owners_by_parcel(
    links: &Links,
    ownerships: &Table,
    holders: &Table,
) -> Vec<Option<BTreeSet<String>>> {
    let mut owners: Vec<Option<BTreeSet<String>>> = vec![None; links.parcels.len()];
    let parcel_of = |right: u32| {
        let house = links.ownerships.house.get(right as usize).copied()??;
        let house = links.houses.get(house as usize)?;
        let known = matches!(house.status, Status::Linked | Status::DuplicateOf);
        let building = house.building.filter(|_| known)?;
        links.buildings.get(building as usize)?.parcel
    };
    let current = |right: u32| matches!(ownerships.value("QSZT", right as usize), "1" | "");
    for right in (0_u32..).take(ownerships.len()).filter(|r| current(*r)) {
        if let Some(parcel) = parcel_of(right) {
            owners[parcel as usize].get_or_insert_default();
        }
    }
    for (row, right) in links.holders.iter().enumerate() {
        let Some(parcel) = right.filter(|r| current(*r)).and_then(parcel_of) else {
            continue;
        };
        let name = plain_name(holders.value("QLRMC", row));
        if !name.is_empty() {
            owners[parcel as usize].get_or_insert_default().insert(name);
        }
    }
    owners
}

/// Names of those who hold the land now; none where nobody holds it.
fn land_holders(
    of: &LandLink,
    rights: &Table,
    holders: &Table,
    parcels: &Table,
    row: usize,
) -> Option<BTreeSet<String>> {
    let current = |r: &u32| matches!(rights.value("QSZT", *r as usize), "1" | "");
    let mut names: Option<BTreeSet<String>> = None;
    for (_, list) in of
        .rights
        .iter()
        .zip(&of.holders)
        .filter(|(r, _)| current(r))
    {
        let own = names.get_or_insert_default();
        let of_right = list
            .iter()
            .map(|h| plain_name(holders.value("QLRMC", *h as usize)));
        own.extend(of_right.filter(|n| !n.is_empty()));
    }
    if names.is_none() && of.told_by_parcel {
        let told = parcels.value(x::HOLDER, row).split('、').map(plain_name);
        names = Some(told.filter(|n| !n.is_empty()).collect());
    }
    names
}

/// A developer's or unit's right in the land stands behind the titles of those who bought of it.
fn stand(owners: &BTreeSet<String>, of_land: &BTreeSet<String>) -> Together {
    let behind = of_land.iter().any(|n| is_organisation(n));
    if behind || owners.is_empty() || of_land.is_empty() || owners.is_subset(of_land) {
        Together::Consistent
    } else {
        Together::HoldersDiffer
    }
}

#[cfg(test)]
mod tests;
