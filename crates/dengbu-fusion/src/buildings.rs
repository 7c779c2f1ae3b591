//! 落宗: which parcel a building stands on.
//!
//! The footprint decides where it lies wholly on one parcel; the building's own code, or road,
//! number and estate decide where it lies on several, on overlapping ones, or on none.

use std::collections::BTreeMap;

use dengbu_geo::topology::Shares;
use dengbu_model::unit_code::{BuildingCode, ParcelCode};

use crate::address::{Agreement, agreement};
use crate::facts::{Building, Parcel};
use crate::links::{BuildingLink, Candidate, Method, ParcelLink, Permille, Status};

/// Share of the footprint from which it lies wholly on a parcel (fusion.md §5.1, our own value).
const WHOLLY: f64 = 0.995;
/// Lead in share the largest parcel needs over the next where no text helps.
const LEAD: f64 = 0.30;
/// Least share that counts as lying on a parcel at all.
const LEAST: f64 = 0.01;

/// One source's parcels and buildings; rows are those of the staging tables.
pub struct Ground<'a> {
    /// Row of ZDJBXX and facts, in file order.
    pub parcels: &'a [(u32, Parcel)],
    /// Codes, by row of ZDJBXX.
    pub codes: &'a [ParcelLink],
    by_code: BTreeMap<&'a str, u32>,
    by_text: BTreeMap<TextKey, Vec<usize>>,
    by_estate: BTreeMap<String, Vec<usize>>,
    facts: BTreeMap<u32, usize>,
}

type TextKey = (String, String);

impl<'a> Ground<'a> {
    /// Indexes the parcels of a source.
    pub fn new(parcels: &'a [(u32, Parcel)], codes: &'a [ParcelLink]) -> Self {
        let mut ground = Self {
            parcels,
            codes,
            by_code: BTreeMap::new(),
            by_text: BTreeMap::new(),
            by_estate: BTreeMap::new(),
            facts: BTreeMap::new(),
        };
        for (at, (row, parcel)) in parcels.iter().enumerate() {
            ground.facts.insert(*row, at);
            if let Some(code) = ground.code(*row) {
                ground.by_code.insert(code, *row);
            }
            let address = &parcel.address;
            if !address.road.is_empty() {
                let key = (address.road.clone(), address.gate.clone());
                ground.by_text.entry(key).or_default().push(at);
            }
            if !address.estate.is_empty() {
                ground
                    .by_estate
                    .entry(address.estate.clone())
                    .or_default()
                    .push(at);
            }
        }
        ground
    }

    fn code(&self, row: u32) -> Option<&'a str> {
        self.codes
            .get(row as usize)
            .and_then(|link| link.code.as_deref())
    }

    /// Parcels the texts name: none of the parts differs, at least one is equal.
    fn named(&self, building: &Building) -> Vec<u32> {
        let address = &building.address;
        let key = (address.road.clone(), address.gate.clone());
        let by_road = self.by_text.get(&key).into_iter().flatten();
        let by_estate = self.by_estate.get(&address.estate).into_iter().flatten();
        let mut found: Vec<u32> = by_road
            .chain(by_estate)
            .filter(|at| self.text_agrees(**at, building) == Agreement::Equal)
            .map(|at| self.parcels[*at].0)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn text_agrees(&self, at: usize, building: &Building) -> Agreement {
        let (mine, theirs) = (&building.address, &self.parcels[at].1.address);
        let road = agreement(
            &format!("{}{}", mine.road, mine.gate),
            &format!("{}{}", theirs.road, theirs.gate),
        );
        let estate = agreement(&mine.estate, &theirs.estate);
        match (road, estate) {
            (Agreement::Differs, _) | (_, Agreement::Differs) => Agreement::Differs,
            (Agreement::Absent, Agreement::Absent) => Agreement::Absent,
            _ => Agreement::Equal,
        }
    }

    fn agrees(&self, row: u32, building: &Building) -> Agreement {
        let at = self.facts.get(&row);
        at.map_or(Agreement::Absent, |at| self.text_agrees(*at, building))
    }

    /// Puts one building on its parcel. `shares`: what its footprint lies on, as positions in
    /// `parcels`.
    pub fn assign(&self, building: &Building, shares: &Shares) -> BuildingLink {
        let on: Vec<(u32, f64)> = shares
            .bearing(LEAST)
            .into_iter()
            .filter_map(|(at, part)| self.parcels.get(at).map(|(row, _)| (*row, part)))
            .collect();
        let (parcel, method, confidence) = self.decide(building, &on);
        let status = match (parcel.is_some(), on.is_empty()) {
            (true, _) => Status::Linked,
            (false, true) => Status::Unlinked,
            (false, false) => Status::Doubtful,
        };
        let candidates = match parcel {
            Some(_) => Vec::new(),
            None => self.candidates(building, &on),
        };
        BuildingLink {
            parcel,
            shares: on,
            code: None,
            reference: String::new(),
            method,
            confidence,
            status,
            candidates,
        }
    }

    /// Puts all buildings of the source on their parcels, in the order of its file. Where several
    /// parcels bear a building's name, the parcels of the buildings before and behind it tell,
    /// if the list as a whole follows the parcels' list.
    pub fn assign_all(&self, buildings: &[Building], shares: &[Shares]) -> Vec<BuildingLink> {
        let mut links: Vec<BuildingLink> = buildings
            .iter()
            .zip(shares)
            .map(|(building, share)| self.assign(building, share))
            .collect();
        let settled: Vec<Option<u32>> = links.iter().map(|l| l.parcel).collect();
        if !crate::houses::climbs(&settled) {
            return links;
        }
        for (at, building) in buildings.iter().enumerate() {
            if settled[at].is_some() {
                continue;
            }
            let before = settled[..at].iter().rev().flatten().next();
            let behind = settled[at + 1..].iter().flatten().next();
            let (Some(low), Some(high)) = (before, behind) else {
                continue;
            };
            let mut within = self
                .named(building)
                .into_iter()
                .filter(|row| (low..=high).contains(&row));
            if let (Some(row), None) = (within.next(), within.next()) {
                let link = &mut links[at];
                link.parcel = Some(row);
                link.method = Method::Text;
                link.confidence = 910;
                link.status = Status::Linked;
                link.candidates.clear();
            }
        }
        links
    }

    fn decide(&self, building: &Building, on: &[(u32, f64)]) -> (Option<u32>, Method, Permille) {
        // The building's own code names its parcel (第 1–19 位).
        if let Some(code) = &building.code {
            let parcel = code.parcel();
            if let Some(row) = self.by_code.get(parcel.as_str()) {
                let under = on.iter().any(|(r, _)| r == row);
                let sure = if under { 995 } else { 960 };
                return (Some(*row), Method::Key, sure);
            }
        }
        let whole: Vec<u32> = on
            .iter()
            .filter(|(_, p)| *p >= WHOLLY)
            .map(|(r, _)| *r)
            .collect();
        if let [only] = whole[..] {
            let named = self.named(building);
            match self.agrees(only, building) {
                Agreement::Differs if named.len() == 1 => return (None, Method::None, 0),
                Agreement::Equal => return (Some(only), Method::Geometry, 995),
                _ => return (Some(only), Method::Geometry, 980),
            }
        }
        let named = self.named(building);
        let named_on: Vec<u32> = on
            .iter()
            .map(|(r, _)| *r)
            .filter(|r| named.contains(r))
            .collect();
        if let [only] = named_on[..] {
            return (Some(only), Method::GeometryAndText, 970);
        }
        if on.is_empty() {
            return match named[..] {
                [only] => (Some(only), Method::Text, 940),
                _ => (None, Method::None, 0),
            };
        }
        // Only the ground speaks: the largest by a clear lead, unless its text says otherwise.
        let next = on.get(1).map_or(0.0, |(_, part)| *part);
        match on.first() {
            Some((row, part))
                if *part - next >= LEAD && self.agrees(*row, building) != Agreement::Differs =>
            {
                (Some(*row), Method::GeometryAndText, 930)
            }
            _ => (None, Method::None, 0),
        }
    }

    fn candidates(&self, building: &Building, on: &[(u32, f64)]) -> Vec<Candidate> {
        let mut found: BTreeMap<u32, (f64, Vec<String>)> = BTreeMap::new();
        for (row, part) in on {
            let entry = found.entry(*row).or_default();
            entry.0 += 0.45 * part;
            entry
                .1
                .push(format!("幢图形的 {:.1}% 在该宗地上", part * 100.0));
        }
        for row in self.named(building) {
            let entry = found.entry(row).or_default();
            entry.0 += 0.35;
            entry.1.push("坐落或项目名称相同".to_owned());
        }
        let mut list: Vec<Candidate> = found
            .into_iter()
            .map(|(row, (score, reasons))| Candidate {
                row,
                score: permille(score),
                reasons,
            })
            .collect();
        list.sort_by(|a, b| b.score.cmp(&a.score).then(a.row.cmp(&b.row)));
        list.truncate(8);
        list
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to 1000"
)]
pub(crate) fn permille(part: f64) -> Permille {
    (part.clamp(0.0, 1.0) * 1000.0).round() as Permille
}

/// How a source's buildings are called in `crosswalk.csv` (the truth's words).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceStyle {
    /// Parcel code, `#`, number (a source whose buildings have keys nobody else uses).
    ParcelAndNumber,
    /// The source's own key (编号), or 自然幢号 where the buildings bear one.
    OwnKey,
}

/// Gives every building its code: parcel, `F`, its own number; of two with one number on one
/// parcel the later one gets the next number that is free.
pub fn number_buildings(
    buildings: &[Building],
    links: &mut [BuildingLink],
    codes: &[ParcelLink],
    style: ReferenceStyle,
) {
    let parcel_code = |link: &BuildingLink| {
        let parcel = link.parcel.and_then(|row| codes.get(row as usize));
        parcel.and_then(|p| p.code.clone())
    };
    let mut taken: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut late = Vec::new();
    for (at, (building, link)) in buildings.iter().zip(links.iter_mut()).enumerate() {
        let Some(parcel) = parcel_code(link) else {
            continue;
        };
        let own = match &building.code {
            Some(code) => code.as_str().get(20..).and_then(|n| n.parse().ok()),
            None => building.address.block.parse().ok(),
        };
        let used = taken.entry(parcel.clone()).or_default();
        match own.filter(|n| (1..9999).contains(n) && !used.contains(n)) {
            Some(number) => {
                used.push(number);
                link.code = building_code(&parcel, number);
            }
            None => late.push(at),
        }
    }
    for at in late {
        let Some(parcel) = parcel_code(&links[at]) else {
            continue;
        };
        let used = taken.entry(parcel.clone()).or_default();
        let number = used.iter().max().map_or(1, |n| n + 1);
        if number < 9999 {
            used.push(number);
            links[at].code = building_code(&parcel, number);
        }
    }
    for (building, link) in buildings.iter().zip(links.iter_mut()) {
        link.reference = match (style, parcel_code(link)) {
            (ReferenceStyle::OwnKey, _) => building.key.clone(),
            (_, Some(parcel)) => format!("{parcel}#{}", building.address.block),
            (_, None) => String::new(),
        };
    }
}

fn building_code(parcel: &str, number: u32) -> Option<String> {
    let parcel = ParcelCode::parse(parcel).ok()?;
    let code = BuildingCode::on(&parcel, number).ok()?;
    Some(code.as_str().to_owned())
}
