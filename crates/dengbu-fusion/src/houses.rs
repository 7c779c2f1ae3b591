//! 落幢: which building a house is in, and which records tell of one house twice.

use std::collections::{BTreeMap, HashMap};

use dengbu_model::unit_code::BuildingCode;

use crate::address::{Agreement, Place, agreement};
use crate::facts::{Building, House, county_of};
use crate::links::{Candidate, HouseLink, Method, Permille, Status};
use crate::text::number;

/// A building as houses look for it.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    /// Row of ZRZ.
    pub row: u32,
    /// Facts.
    pub building: &'a Building,
    /// Code of its parcel, empty where unknown.
    pub parcel_code: String,
    /// County (6 digits), empty where unknown.
    pub county: String,
}

/// Finds buildings of one source.
pub struct Finder<'a> {
    targets: Vec<Target<'a>>,
    by_key: HashMap<&'a str, Vec<usize>>,
    by_estate: HashMap<&'a str, Vec<usize>>,
    by_road: HashMap<(&'a str, &'a str), Vec<usize>>,
}

/// Lead in points the best of several buildings needs.
const LEAD: i32 = 3;
/// Records looked at before and behind one of several possible buildings.
const NEAR: usize = 40;

enum Found {
    Sure(usize, Method, Permille),
    Several(Vec<usize>),
    Nothing(Status, Vec<Candidate>),
}

/// `001-001-1`: 地籍区, 地籍子区 and 幢号 as some systems key their buildings.
fn numbered_key(key: &str) -> Option<(&str, &str, u32)> {
    let mut parts = key.split('-');
    let (district, sub, block) = (parts.next()?, parts.next()?, parts.next()?);
    let three = |s: &str| s.len() == 3 && s.bytes().all(|b| b.is_ascii_digit());
    (parts.next().is_none() && three(district) && three(sub))
        .then(|| number(block).map(|n| (district, sub, n)))?
}

impl<'a> Finder<'a> {
    /// Indexes the buildings.
    pub fn new(targets: Vec<Target<'a>>) -> Self {
        let mut finder = Self {
            by_key: HashMap::new(),
            by_estate: HashMap::new(),
            by_road: HashMap::new(),
            targets,
        };
        for (at, target) in finder.targets.iter().enumerate() {
            let building = target.building;
            finder.by_key.entry(&building.key).or_default().push(at);
            if let Some(code) = building
                .code
                .as_ref()
                .filter(|c| c.as_str() != building.key)
            {
                finder.by_key.entry(code.as_str()).or_default().push(at);
            }
            let address = &building.address;
            finder
                .by_estate
                .entry(&address.estate)
                .or_default()
                .push(at);
            let road = (address.road.as_str(), address.gate.as_str());
            finder.by_road.entry(road).or_default().push(at);
        }
        finder
    }

    fn find(&self, house: &House) -> Found {
        if !house.building_key.is_empty() {
            if let Some(list) = self.by_key.get(house.building_key.as_str()) {
                return match list[..] {
                    [only] => self.checked_key(house, only),
                    _ => Found::Several(list.clone()),
                };
            }
            // A key of the standard's form that no building bears: the record it refers to is
            // missing, and a guess by address would hide that.
            if BuildingCode::parse(&house.building_key).is_ok() {
                return Found::Nothing(Status::Unlinked, self.near_misses(house));
            }
        }
        let fitting = self.by_address(house);
        match fitting[..] {
            [] => Found::Nothing(Status::Unlinked, self.near_misses(house)),
            [only] => match self.key_agrees(house, only) {
                (Agreement::Differs, _) => {
                    Found::Nothing(Status::Doubtful, vec![self.candidate(house, only, 600)])
                }
                (_, Agreement::Differs) => Found::Sure(only, Method::Address, 960),
                _ => Found::Sure(only, Method::Address, 985),
            },
            _ => self.by_features(house, fitting),
        }
    }

    fn checked_key(&self, house: &House, at: usize) -> Found {
        let theirs = &self.targets[at].building.address;
        let block = agreement(&house.address.block, &theirs.block);
        let estate = agreement(&house.address.estate, &theirs.estate);
        if block == Agreement::Differs && estate != Agreement::Equal {
            return Found::Nothing(Status::Doubtful, vec![self.candidate(house, at, 700)]);
        }
        Found::Sure(at, Method::Key, 990)
    }

    /// Buildings whose parts of address are equal or absent, number and at least one of road and
    /// estate equal.
    fn by_address(&self, house: &House) -> Vec<usize> {
        let address = &house.address;
        if address.block.is_empty() {
            return Vec::new();
        }
        let county = county_of(&address.district);
        let mut found: Vec<usize> = self
            .of_same_place(house)
            .filter(|at| {
                let target = &self.targets[*at];
                let theirs = &target.building.address;
                theirs.block == address.block
                    && agreement(county, &target.county) != Agreement::Differs
                    && agreement(&address.estate, &theirs.estate) != Agreement::Differs
                    && road(house, target) != Agreement::Differs
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn of_same_place<'s>(&'s self, house: &'s House) -> impl Iterator<Item = usize> + use<'s, 'a> {
        let address = &house.address;
        let road = (address.road.as_str(), address.gate.as_str());
        let by_estate =
            (!address.estate.is_empty()).then(|| self.by_estate.get(address.estate.as_str()));
        let by_road = (!address.road.is_empty()).then(|| self.by_road.get(&road));
        by_estate
            .flatten()
            .into_iter()
            .chain(by_road.flatten())
            .flatten()
            .copied()
    }

    /// How the source's own key agrees: number of the building, then sub-district.
    fn key_agrees(&self, house: &House, at: usize) -> (Agreement, Agreement) {
        let target = &self.targets[at];
        let Some((district, sub, block)) = numbered_key(&house.building_key) else {
            return (Agreement::Absent, Agreement::Absent);
        };
        let theirs = target.parcel_code.get(6..12).unwrap_or_default();
        (
            agreement(&block.to_string(), &target.building.address.block),
            agreement(&format!("{district}{sub}"), theirs),
        )
    }

    fn points(&self, house: &House, at: usize) -> i32 {
        let building = self.targets[at].building;
        let weigh = |agreement, gain: i32| match agreement {
            Agreement::Equal => gain,
            Agreement::Absent => 0,
            Agreement::Differs => -gain,
        };
        let (block, sub) = self.key_agrees(house, at);
        let storeys = |n: Option<u32>| n.map_or_else(String::new, |n| n.to_string());
        let above = house.address.place.zip(building.storeys);
        let too_high = above.is_some_and(|(place, top)| i64::from(place.storey) > i64::from(top));
        weigh(block, 4)
            + weigh(sub, 4)
            + weigh(road(house, &self.targets[at]), 3)
            + weigh(
                agreement(&house.address.estate, &building.address.estate),
                3,
            )
            + weigh(
                agreement(&storeys(house.storeys), &storeys(building.storeys)),
                3,
            )
            + weigh(agreement(&house.structure, &building.structure), 2)
            + weigh(agreement(&house.year, &building.year), 2)
            - if too_high { 2 } else { 0 }
    }

    fn by_features(&self, house: &House, fitting: Vec<usize>) -> Found {
        let mut ranked: Vec<(i32, usize)> = fitting
            .iter()
            .map(|at| (self.points(house, *at), *at))
            .collect();
        ranked.sort_by_key(|(points, at)| (-points, *at));
        match ranked[..] {
            [(best, at), (next, _), ..] if best - next >= LEAD => {
                Found::Sure(at, Method::AddressAndFeatures, 970)
            }
            [(best, _), ..] => Found::Several(
                ranked
                    .iter()
                    .filter(|(p, _)| best - p < LEAD)
                    .map(|(_, at)| *at)
                    .collect(),
            ),
            [] => Found::Several(fitting),
        }
    }

    fn candidate(&self, house: &House, at: usize, score: Permille) -> Candidate {
        let target = &self.targets[at];
        let theirs = &target.building.address;
        let mut reasons = Vec::new();
        let mut say = |what: &str, mine: &str, other: &str| match agreement(mine, other) {
            Agreement::Equal => reasons.push(format!("{what}相同")),
            Agreement::Differs => reasons.push(format!("{what}不同（{mine}／{other}）")),
            Agreement::Absent => {}
        };
        let gate = |a: &crate::address::Address| format!("{}{}", a.road, a.gate);
        say("路和门牌", &gate(&house.address), &gate(theirs));
        say("小区", &house.address.estate, &theirs.estate);
        say("幢号", &house.address.block, &theirs.block);
        say("结构", &house.structure, &target.building.structure);
        Candidate {
            row: target.row,
            score,
            reasons,
        }
    }

    /// What a person might mean by an address that names no building: same road and number of
    /// building with another estate, same estate with another number, the unit code's building.
    fn near_misses(&self, house: &House) -> Vec<Candidate> {
        let mut found: BTreeMap<usize, Permille> = BTreeMap::new();
        if let Some(code) = house.unit.as_ref().and_then(|u| u.building()) {
            for at in self.by_key.get(code.as_str()).into_iter().flatten() {
                found.insert(*at, 750);
            }
        }
        for at in self.of_same_place(house) {
            let theirs = &self.targets[at].building.address;
            let block = agreement(&house.address.block, &theirs.block);
            let score = if block == Agreement::Differs {
                300
            } else {
                550
            };
            let entry = found.entry(at).or_insert(score);
            *entry = (*entry).max(score);
        }
        let mut list: Vec<Candidate> = found
            .into_iter()
            .map(|(at, score)| self.candidate(house, at, score))
            .collect();
        list.sort_by(|a, b| b.score.cmp(&a.score).then(a.row.cmp(&b.row)));
        list.truncate(8);
        list
    }

    /// Links one house by itself; `Err`: several buildings, by position.
    fn link(&self, house: &House) -> Result<HouseLink, Vec<usize>> {
        let place = house.address.place;
        match self.find(house) {
            Found::Sure(at, method, confidence) => Ok(self.linked(at, place, method, confidence)),
            Found::Several(list) => Err(list),
            Found::Nothing(status, candidates) => Ok(HouseLink {
                building: None,
                place,
                unit_number: None,
                duplicate_of: None,
                method: Method::None,
                confidence: 0,
                status,
                candidates,
            }),
        }
    }

    fn linked(
        &self,
        at: usize,
        place: Option<Place>,
        method: Method,
        confidence: Permille,
    ) -> HouseLink {
        HouseLink {
            building: Some(self.targets[at].row),
            place,
            unit_number: None,
            duplicate_of: None,
            method,
            confidence,
            status: Status::Linked,
            candidates: Vec::new(),
        }
    }

    /// Links all houses of the source, in file order.
    pub fn link_all(&self, houses: &[House]) -> Vec<HouseLink> {
        let first = crate::parallel::map(houses, |house| self.link(house));
        let settled: Vec<Option<u32>> = first
            .iter()
            .map(|l| l.as_ref().ok().and_then(|l| l.building))
            .collect();
        let climbing = climbs(&settled);
        first
            .into_iter()
            .enumerate()
            .map(|(at, link)| match link {
                Ok(link) => link,
                Err(several) => self.by_order(at, &several, &settled, (&houses[at], climbing)),
            })
            .collect()
    }

    /// Registers were typed building by building, in the order of the buildings' own list: the
    /// nearest records on both sides tell which of several it is.
    fn by_order(
        &self,
        at: usize,
        several: &[usize],
        settled: &[Option<u32>],
        (house, climbing): (&House, bool),
    ) -> HouseLink {
        let rows: Vec<u32> = several.iter().map(|s| self.targets[*s].row).collect();
        let before = settled[at.saturating_sub(NEAR)..at]
            .iter()
            .rev()
            .flatten()
            .next();
        let behind = settled[at + 1..settled.len().min(at + 1 + NEAR)]
            .iter()
            .flatten()
            .next();
        let place = house.address.place;
        if let Some((position, confidence)) = between(&rows, before, behind, climbing) {
            return self.linked(
                several[position],
                place,
                Method::AddressAndOrder,
                confidence,
            );
        }
        HouseLink {
            building: None,
            place,
            unit_number: None,
            duplicate_of: None,
            method: Method::None,
            confidence: 0,
            status: Status::Doubtful,
            candidates: several
                .iter()
                .take(8)
                .map(|s| self.candidate(house, *s, 650))
                .collect(),
        }
    }
}

/// Which of `rows` the neighbours on both sides tell. `climbing`: the list as a whole follows the
/// buildings' list, so what lies between the neighbours' buildings is as good as their own.
fn between(
    rows: &[u32],
    before: Option<&u32>,
    behind: Option<&u32>,
    climbing: bool,
) -> Option<(usize, Permille)> {
    let of = |row: Option<&u32>| row.and_then(|r| rows.iter().position(|known| known == r));
    match (of(before), of(behind)) {
        (Some(a), Some(b)) if a == b => return Some((a, 960)),
        (Some(a), None) | (None, Some(a)) => return Some((a, 920)),
        _ => {}
    }
    let (low, high) = (*before?, *behind?);
    let mut within = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| (low..=high).contains(*row));
    let (position, _) = within.next().filter(|_| climbing)?;
    within.next().is_none().then_some((position, 910))
}

/// Whether rows that are told climb with hardly an exception.
pub(crate) fn climbs(settled: &[Option<u32>]) -> bool {
    let told: Vec<u32> = settled.iter().flatten().copied().collect();
    let falls = told.windows(2).filter(|pair| pair[0] > pair[1]).count();
    told.len() > 20 && falls * 200 < told.len()
}

fn road(house: &House, target: &Target<'_>) -> Agreement {
    let (mine, theirs) = (&house.address, &target.building.address);
    let road = agreement(&mine.road, &theirs.road);
    let gate = agreement(&mine.gate, &theirs.gate);
    match (road, gate) {
        (Agreement::Differs, _) | (_, Agreement::Differs) => Agreement::Differs,
        (Agreement::Equal, _) => Agreement::Equal,
        _ => Agreement::Absent,
    }
}

/// A building that stands on no parcel, or on one whose code can't be told, gives its houses no
/// unit: they wait with it for a person.
pub fn hold_back(links: &mut [HouseLink], has_parcel: impl Fn(u32) -> bool) {
    for link in links {
        let held = link.status == Status::Linked && link.building.is_some_and(|b| !has_parcel(b));
        if held && let Some(row) = link.building {
            link.status = Status::Doubtful;
            link.candidates = vec![Candidate {
                row,
                score: link.confidence,
                reasons: vec!["幢已找到，但幢所在宗地或宗地代码未定".to_owned()],
            }];
        }
    }
}

/// Marks second records: same building, entrance, storey and room. The first in the file stays.
/// Where only the order or features told the building and the areas differ, a person decides.
pub fn mark_duplicates(rows: &[u32], houses: &[House], links: &mut [HouseLink]) {
    let mut first: HashMap<(u32, Place), usize> = HashMap::new();
    for at in 0..links.len() {
        let (Some(building), Some(place)) = (links[at].building, links[at].place) else {
            continue;
        };
        if links[at].status != Status::Linked {
            continue;
        }
        let Some(&before) = first.get(&(building, place)) else {
            first.insert((building, place), at);
            continue;
        };
        let inferred = |link: &HouseLink| {
            matches!(
                link.method,
                Method::AddressAndFeatures | Method::AddressAndOrder
            )
        };
        let areas = houses[at].area_cm.zip(houses[before].area_cm);
        let same_area = areas.is_none_or(|(a, b)| (a - b).abs() <= 2);
        let doubtful = !same_area && (inferred(&links[at]) || inferred(&links[before]));
        let link = &mut links[at];
        link.duplicate_of = Some(rows[before]);
        link.status = if doubtful {
            Status::Doubtful
        } else {
            Status::DuplicateOf
        };
        link.confidence = if same_area {
            link.confidence
        } else {
            link.confidence.min(900)
        };
    }
}
