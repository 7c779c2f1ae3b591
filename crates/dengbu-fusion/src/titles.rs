//! What can be loaded: per unit its house, parcel, building and rights, as rows of the staging
//! tables. Whether the law allows an entry is decided where it is made; here only what belongs
//! together is put together, and what is doubtful about it is said.

use dengbu_staging::Staging;
use serde::Serialize;

use crate::links::{Links, Status};

/// One unit with all that belongs to it. Row numbers are those of the tables named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AcceptedTitle {
    /// 不动产单元代码, 28 characters.
    pub unit_code: String,
    /// 宗地代码, 19 characters.
    pub parcel_code: String,
    /// 自然幢号, 24 characters.
    pub building_code: String,
    /// Row of ZDJBXX.
    pub parcel: u32,
    /// Row of ZRZ.
    pub building: u32,
    /// Row of H.
    pub house: u32,
    /// Rows of FDCQ2: historic ones by day, undated ones where the file has them, current ones
    /// (QSZT 1) last.
    pub ownerships: Vec<u32>,
    /// Rows of QLR per entry of `ownerships`, in order of SXH or file.
    pub holders: Vec<Vec<u32>>,
    /// Rows of DYAQ.
    pub mortgages: Vec<u32>,
    /// Rows of CFDJ.
    pub seizures: Vec<u32>,
}

/// Puts rows together under the rows they belong to.
fn grouped(of: &[Option<u32>], count: usize) -> Vec<Vec<u32>> {
    let mut groups = vec![Vec::new(); count];
    for (row, target) in (0u32..).zip(of) {
        if let Some(group) = target.and_then(|t| groups.get_mut(t as usize)) {
            group.push(row);
        }
    }
    groups
}

/// All units of linked houses that have a code, in order of code. Rights of a second record of a
/// house (duplicate-of) belong to the first.
pub fn accepted(staging: &Staging, links: &Links) -> Vec<AcceptedTitle> {
    let count = links.houses.len();
    let first_of = |row: Option<u32>| {
        let link = row.and_then(|r| links.houses.get(r as usize));
        match link {
            Some(link) if link.status == Status::DuplicateOf => link.duplicate_of.or(row),
            _ => row,
        }
    };
    let merged = |rows: &[Option<u32>]| rows.iter().map(|r| first_of(*r)).collect::<Vec<_>>();
    let mut ownerships = grouped(&merged(&links.ownerships.house), count);
    let mut mortgages = grouped(&merged(&links.mortgages.house), count);
    let mut seizures = grouped(&merged(&links.seizures.house), count);
    let mut holders = grouped(&links.holders, links.ownerships.house.len());
    let rights = staging.table("FDCQ2");
    let mut titles = Vec::new();
    for (row, link) in (0u32..).zip(&links.houses) {
        if link.status != Status::Linked {
            continue;
        }
        let Some(unit_code) = links.unit_code(link) else {
            continue;
        };
        let Some(building) = link.building else {
            continue;
        };
        let building_link = &links.buildings[building as usize];
        let (Some(parcel), Some(building_code)) =
            (building_link.parcel, building_link.code.clone())
        else {
            continue;
        };
        let at = row as usize;
        let mut owned = std::mem::take(&mut ownerships[at]);
        if let Some(table) = rights {
            let current = |r: u32| table.value("QSZT", r as usize) == "1";
            let mut day = String::new();
            // A record without a day keeps its place behind the one before it.
            let mut keyed: Vec<(bool, String, u32)> = owned
                .iter()
                .map(|r| {
                    let own = table.value("DJSJ", *r as usize);
                    if !own.is_empty() {
                        own.clone_into(&mut day);
                    }
                    (current(*r), day.clone(), *r)
                })
                .collect();
            keyed.sort();
            owned = keyed.into_iter().map(|(_, _, r)| r).collect();
        }
        titles.push(AcceptedTitle {
            parcel_code: links.parcel_code(link).to_owned(),
            holders: owned
                .iter()
                .map(|r| std::mem::take(&mut holders[*r as usize]))
                .collect(),
            ownerships: owned,
            mortgages: std::mem::take(&mut mortgages[at]),
            seizures: std::mem::take(&mut seizures[at]),
            unit_code,
            building_code,
            parcel,
            building,
            house: row,
        });
    }
    titles.sort_by(|a, b| a.unit_code.cmp(&b.unit_code));
    titles
}
