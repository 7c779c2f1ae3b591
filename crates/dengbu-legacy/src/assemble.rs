//! From an office's records to titles: which house gets which unit, which rights are loaded,
//! what is left out because the register would be wrong in law with it.

use crate::finding::{At, FindingClass, Findings};
use crate::reading::{certificate, text};
use crate::records::{House, Limit, OfficeRecords, Ownership};
use crate::titles::{
    self, ExistingTitle, LegacyCity, LegacyMortgage, LegacyOwnership, LegacySeizure, Provenance,
    TableCount,
};
use crate::units;
use chrono::Datelike;
use dengbu_model::unit_code::UnitCode;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Makes the titles of one office; its findings stay with the caller.
pub fn assemble(records: &OfficeRecords, findings: &mut Findings) -> LegacyCity {
    let mut out = LegacyCity::default();
    let parcels_ok = titles::parcels(records, &mut out.parcels);
    let codes = units::building_codes(records, &parcels_ok, findings);
    let buildings_ok = titles::buildings(records, &codes, &mut out.buildings);
    let units = units::of_houses(records, &codes, &buildings_ok, findings);
    report_orphans(records, findings);
    let doubles = certificate_doubles(records, findings);
    let mut ownerships: HashMap<&str, Vec<&Ownership>> = HashMap::new();
    for o in &records.ownerships {
        ownerships.entry(&o.house).or_default().push(o);
    }
    let current = current_ownerships(records, &ownerships, findings);
    let (mortgages, seizures) = (by_house(&records.mortgages), by_house(&records.seizures));
    for (index, house) in records.houses.iter().enumerate() {
        let id = house.legacy_id.as_str();
        let rights = HouseRights {
            owned: ownerships.get(id).map_or(&[][..], |v| v),
            current: current.get(id).copied(),
            mortgages: mortgages.get(id).map_or(&[][..], |v| v),
            seizures: seizures.get(id).map_or(&[][..], |v| v),
        };
        let title = units.get(&index).and_then(|unit| {
            let chain = ownership_chain(records, id, &rights, findings)?;
            title(records, house, unit, &rights, &chain, &doubles)
        });
        match title {
            Some(title) => out.titles.push(title),
            None => report_left_out(records, id, &rights, findings),
        }
    }
    out.counts = counts(records, &out);
    out
}

/// Everything that refers to one house.
struct HouseRights<'a, 'r> {
    owned: &'r [&'a Ownership],
    current: Option<&'a Ownership>,
    mortgages: &'r [&'a Limit],
    seizures: &'r [&'a Limit],
}

fn title(
    records: &OfficeRecords,
    house: &House,
    unit: &UnitCode,
    rights: &HouseRights<'_, '_>,
    chain: &[&Ownership],
    doubles: &HashSet<String>,
) -> Option<ExistingTitle> {
    let building = house.building.map(|b| &records.land.buildings[b]);
    let dwelling = titles::dwelling(house, unit, building)?;
    let parcel = building
        .and_then(|b| b.parcel)
        .map(|p| &records.land.parcels[p]);
    let from = |table, l: &Limit| provenance(records, table, &l.legacy_id);
    let mortgage = |l: &Limit| {
        Some(LegacyMortgage {
            right: l.right.clone()?,
            proof_no: l.proof_no.clone(),
            registered_on: l.date,
            current: l.current,
            provenance: from(records.mortgage_table.table, l),
        })
    };
    let seizure = |l: &Limit| {
        Some(LegacySeizure {
            right: l.right.clone()?,
            registered_on: l.date,
            current: l.current,
            provenance: from(records.seizure_table.table, l),
        })
    };
    let ownership = |o: &&Ownership| loaded(records, o, house, parcel, building, doubles);
    Some(ExistingTitle {
        provenance: provenance(records, records.house_table, &house.legacy_id),
        unit: unit.clone(),
        parcel: unit.parcel(),
        building: dwelling.building.clone(),
        ownerships: chain.iter().map(ownership).collect(),
        mortgages: rights
            .mortgages
            .iter()
            .filter_map(|l| mortgage(l))
            .collect(),
        seizures: rights.seizures.iter().filter_map(|l| seizure(l)).collect(),
        dwelling,
    })
}

fn by_house(limits: &[Limit]) -> HashMap<&str, Vec<&Limit>> {
    let mut out: HashMap<&str, Vec<&Limit>> = HashMap::new();
    for limit in limits {
        out.entry(&limit.house).or_default().push(limit);
    }
    out
}

/// Where a record came from.
pub(crate) fn provenance(
    records: &OfficeRecords,
    table: &'static str,
    legacy_id: &str,
) -> Provenance {
    Provenance {
        source: records.land.source.to_owned(),
        table: table.to_owned(),
        legacy_id: legacy_id.to_owned(),
        file_sm3: records
            .files
            .iter()
            .find(|(t, _)| *t == table)
            .map(|(_, h)| h.clone()),
    }
}

fn report_orphans(records: &OfficeRecords, findings: &mut Findings) {
    let source = records.land.source;
    let known: HashSet<&str> = records
        .houses
        .iter()
        .map(|h| h.legacy_id.as_str())
        .collect();
    let mut check = |table: crate::records::RightTable, id: &str, house: &str| {
        if !known.contains(house) {
            findings.add(
                FindingClass::Orphan,
                At::new(source, table.table, id),
                (table.house_field, house),
                format!("所指房屋 {house} 不存在，未装载"),
            );
        }
    };
    records
        .ownerships
        .iter()
        .for_each(|o| check(records.ownership_table, &o.legacy_id, &o.house));
    records
        .mortgages
        .iter()
        .for_each(|l| check(records.mortgage_table, &l.legacy_id, &l.house));
    records
        .seizures
        .iter()
        .for_each(|l| check(records.seizure_table, &l.legacy_id, &l.house));
}

/// Current ownerships that bear another's certificate number. The bearer whose number says a year
/// other than its registration loses it, otherwise the one that stands later in the table.
fn certificate_doubles(records: &OfficeRecords, findings: &mut Findings) -> HashSet<String> {
    let mut bearers: BTreeMap<String, Vec<&Ownership>> = BTreeMap::new();
    for o in records
        .ownerships
        .iter()
        .filter(|o| o.current && certificate::is_number(&o.certificate))
    {
        bearers
            .entry(text::squeeze(&o.certificate))
            .or_default()
            .push(o);
    }
    let mut out = HashSet::new();
    for (number, list) in bearers.into_iter().filter(|(_, l)| l.len() > 1) {
        let fits = |o: &Ownership| match (certificate::year(&o.certificate), o.registered_on) {
            (Some(year), Some(date)) => date.year() == year,
            _ => true,
        };
        let keeper = list
            .iter()
            .find(|o| fits(o))
            .unwrap_or(&list[0])
            .legacy_id
            .clone();
        for o in list.iter().filter(|o| o.legacy_id != keeper) {
            let message = format!("产权证号与现势产权 {keeper} 相同，本条按无证号装载，待核");
            findings.add(
                FindingClass::CertDuplicate,
                At::new(
                    records.land.source,
                    records.ownership_table.table,
                    &o.legacy_id,
                ),
                (records.certificate_field, &number),
                message,
            );
            out.insert(o.legacy_id.clone());
        }
    }
    out
}

/// Per house the current ownership that holds. Of several current ones only a later registration
/// date says which; where it doesn't, the house has none.
fn current_ownerships<'a>(
    records: &OfficeRecords,
    ownerships: &HashMap<&str, Vec<&'a Ownership>>,
    findings: &mut Findings,
) -> HashMap<&'a str, &'a Ownership> {
    let mut houses: Vec<&str> = ownerships.keys().copied().collect();
    houses.sort_unstable();
    let mut out = HashMap::new();
    for house in houses {
        let current: Vec<&'a Ownership> = ownerships[house]
            .iter()
            .copied()
            .filter(|o| o.current)
            .collect();
        let Some(first) = current.first().copied() else {
            continue;
        };
        let last = current.iter().map(|o| o.registered_on).max().flatten();
        let latest: Vec<&'a Ownership> = current
            .iter()
            .copied()
            .filter(|o| o.registered_on == last)
            .collect();
        let clear = latest.len() == 1 && current.iter().all(|o| o.registered_on.is_some());
        let holding = if clear || current.len() == 1 {
            latest[0]
        } else {
            first
        };
        for o in current.iter().filter(|o| o.legacy_id != holding.legacy_id) {
            let what = if clear {
                "登记时间较早，本条未装载"
            } else {
                "登记时间无法分先后，该房屋未装载"
            };
            let message = format!("房屋 {house} 有 {} 条现势产权，{what}", current.len());
            let table = records.ownership_table.table;
            findings.add(
                FindingClass::MultipleCurrent,
                At::new(records.land.source, table, &o.legacy_id),
                ("", house),
                message,
            );
        }
        if (clear || current.len() == 1) && !holding.blocked {
            out.insert(holding.house.as_str(), holding);
        }
    }
    out
}

/// The ownerships of a house to load, historic ones in order of date, the current one last.
/// `None` when the house can't be loaded.
fn ownership_chain<'a>(
    records: &OfficeRecords,
    house: &str,
    rights: &HouseRights<'a, '_>,
    findings: &mut Findings,
) -> Option<Vec<&'a Ownership>> {
    let mut limits = rights.mortgages.iter().chain(rights.seizures);
    let limits_read = limits.all(|l| l.right.is_some());
    let HouseRights { current, owned, .. } = *rights;
    let Some(now) = current.filter(|_| limits_read) else {
        let message = match (current.is_some(), owned.is_empty()) {
            (true, _) => "该房屋的抵押、查封等限制记录有误，为免漏载限制，整套房屋未装载",
            (_, true) => "该房屋没有任何产权记录，未装载",
            _ => "该房屋没有可装载的现势产权，未装载",
        };
        let class = if current.is_some() {
            FindingClass::LimitUnreadable
        } else {
            FindingClass::NoCurrentOwnership
        };
        findings.add(
            class,
            At::new(records.land.source, records.house_table, house),
            ("", ""),
            message,
        );
        return None;
    };
    let mut seen = None;
    let mut historic: Vec<(Option<chrono::NaiveDate>, &Ownership)> = owned
        .iter()
        .copied()
        .filter(|o| !o.current && !o.blocked)
        .map(|o| {
            // A record without date keeps its place behind the one before it.
            seen = o.registered_on.or(seen);
            (seen, o)
        })
        .collect();
    historic.sort_by_key(|(date, _)| *date);
    Some(historic.into_iter().map(|(_, o)| o).chain([now]).collect())
}

fn loaded(
    records: &OfficeRecords,
    o: &Ownership,
    house: &House,
    parcel: Option<&crate::land::Parcel>,
    building: Option<&crate::land::Building>,
    doubles: &HashSet<String>,
) -> LegacyOwnership {
    let mut remarks = o.remarks.clone();
    let number = text::squeeze(&o.certificate);
    let certificate_no = if doubles.contains(&o.legacy_id) {
        remarks.push(format!("产权证号{number}与他人重复，待核"));
        None
    } else if certificate::is_number(&o.certificate) {
        Some(o.certificate.trim().to_owned())
    } else {
        if !number.is_empty() {
            remarks.push(format!("原证号栏：{number}"));
        }
        None
    };
    LegacyOwnership {
        right: titles::ownership_right(o, house, parcel, building, remarks),
        certificate_no,
        registered_on: o.registered_on,
        current: o.current,
        provenance: provenance(records, records.ownership_table.table, &o.legacy_id),
    }
}

fn report_left_out(
    records: &OfficeRecords,
    house: &str,
    rights: &HouseRights<'_, '_>,
    findings: &mut Findings,
) {
    let message = format!("所在房屋 {house} 未装载，本条一并未装载");
    let ids = |table, limits: &[&Limit]| -> Vec<(&'static str, String)> {
        limits
            .iter()
            .map(|l| (table, l.legacy_id.clone()))
            .collect()
    };
    let mut rows: Vec<(&'static str, String)> = Vec::new();
    let owned = records.ownership_table.table;
    rows.extend(rights.owned.iter().map(|o| (owned, o.legacy_id.clone())));
    rows.extend(ids(records.mortgage_table.table, rights.mortgages));
    rows.extend(ids(records.seizure_table.table, rights.seizures));
    // Where house and rights are one row, the house's own finding says it.
    for (table, id) in rows
        .iter()
        .filter(|(table, _)| *table != records.house_table)
    {
        let at = At::new(records.land.source, table, id);
        findings.add(
            FindingClass::OwnershipLeftOut,
            at,
            ("", house),
            message.clone(),
        );
    }
}

fn counts(records: &OfficeRecords, out: &LegacyCity) -> Vec<TableCount> {
    let all = |f: &dyn Fn(&ExistingTitle) -> usize| out.titles.iter().map(f).sum::<usize>();
    records
        .read
        .iter()
        .map(|(table, read)| {
            let t = *table;
            let loaded = if t == records.land.tables.0 {
                out.parcels.len()
            } else if t == records.land.tables.1 {
                out.buildings.len()
            } else if t == records.house_table {
                out.titles.len()
            } else if t == records.ownership_table.table {
                all(&|x| x.ownerships.len())
            } else if t == records.mortgage_table.table {
                all(&|x| x.mortgages.len())
            } else if t == records.seizure_table.table {
                all(&|x| x.seizures.len())
            } else if t == "QLR" {
                all(&|x| x.ownerships.iter().map(|o| o.right.holders.len()).sum())
            } else {
                *read
            };
            TableCount {
                source: records.land.source.to_owned(),
                table: t.to_owned(),
                read: *read,
                loaded,
                left_out: read.saturating_sub(loaded),
            }
        })
        .collect()
}
