//! Parcel codes: which code a parcel bears, where the file's is cut short or used twice.
//!
//! A code that is well formed and borne once stands. For the others the codes of the same
//! sub-district and kind are a run of numbers in the order of the file (GB/T 37346 counts within
//! 地籍子区 + 特征码): the number that is missing at the parcel's place is its likely own. It is
//! taken only where something independent agrees: the written rest of the code, the codes the
//! buildings on it bear, the sub-district of the parcels it touches, the kind of land use.

use std::collections::{BTreeMap, BTreeSet};

use dengbu_model::unit_code::ParcelCode;

use crate::links::{Method, ParcelLink, Status};
use crate::text::squeeze;

/// What is known of a parcel beside its code.
#[derive(Debug, Clone, Default)]
pub struct ParcelFacts {
    /// Code as it stands.
    pub written: String,
    /// Prefixes (19) the codes of the buildings standing on it bear.
    pub building_prefixes: Vec<String>,
    /// Parcels that touch it or lie next to it, as indices of the same list.
    pub neighbours: Vec<usize>,
    /// Whether use or holder say it is a homestead: `Some(true)`, or surely none; `None`: unknown.
    pub homestead: Option<bool>,
}

/// Needed lead of the best candidate over the next, in points.
const LEAD: i32 = 2;
/// Points from which a restored code is taken without a person.
const ACCEPT: i32 = 3;

/// The county's part, district and sub-district: where numbers are counted, with 特征码.
type Series = String;

struct Written {
    code: Option<(Series, u32)>,
}

fn split(code: &str) -> Option<(Series, u32)> {
    ParcelCode::parse(code).ok()?;
    let (series, number) = code.split_at_checked(14)?;
    Some((series.to_owned(), number.parse().ok()?))
}

fn join(series: &str, number: u32) -> String {
    format!("{series}{number:05}")
}

/// Tells the codes of the parcels of one source, in the order of its file.
pub fn resolve(facts: &[ParcelFacts]) -> Vec<ParcelLink> {
    let normal: Vec<String> = facts
        .iter()
        .map(|f| squeeze(&f.written).replace('-', "").to_uppercase())
        .collect();
    let written: Vec<Written> = normal.iter().map(|c| Written { code: split(c) }).collect();
    let mut bearers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, code) in normal.iter().enumerate() {
        if written[at].code.is_some() {
            bearers.entry(code).or_default().push(at);
        }
    }
    let mut settled: Vec<Option<String>> = vec![None; facts.len()];
    for list in bearers.values().filter(|list| list.len() == 1) {
        settled[list[0]] = Some(normal[list[0]].clone());
    }
    let mut known_as = Known {
        facts,
        normal: &normal,
        runs: Runs::new(&settled),
        taken: settled.iter().flatten().cloned().collect(),
        settled,
        links: vec![None; facts.len()],
    };
    for at in 0..facts.len() {
        known_as.links[at] = known_as.settled[at]
            .clone()
            .map(|c| known(c, Method::Key, 1000));
    }
    known_as.fill_gaps();
    for list in bearers.values().filter(|list| list.len() > 1) {
        if known_as.share_out(list) {
            known_as.fill_gaps();
        }
    }
    // In the order of the file: a restored code stands for those behind it.
    for at in 0..facts.len() {
        if known_as.links[at].is_none() {
            known_as.restore(at);
        }
    }
    let links = known_as.links;
    unique(links.into_iter().flatten().collect())
}

fn known(code: String, method: Method, confidence: u16) -> ParcelLink {
    ParcelLink {
        code: Some(code),
        method,
        confidence,
        status: Status::Linked,
        candidates: Vec::new(),
    }
}

fn unknown(candidates: Vec<String>) -> ParcelLink {
    ParcelLink {
        code: None,
        method: Method::None,
        confidence: 0,
        status: Status::Doubtful,
        candidates,
    }
}

/// A restored code that two parcels came to is nobody's.
fn unique(mut links: Vec<ParcelLink>) -> Vec<ParcelLink> {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for code in links.iter().filter_map(|l| l.code.clone()) {
        *count.entry(code).or_default() += 1;
    }
    for link in &mut links {
        let Some(code) = link.code.clone() else {
            continue;
        };
        if link.method == Method::RestoredCode && count.get(&code).is_some_and(|n| *n > 1) {
            *link = unknown(vec![code]);
        }
    }
    links
}

/// Runs of numbers: per series the numbers by place in the file.
struct Runs {
    series: BTreeMap<Series, BTreeMap<usize, u32>>,
}

/// A number that would fit at a place.
struct Slot {
    number: u32,
    /// The next number of the run stands behind: exactly one is missing here.
    closed: bool,
}

impl Runs {
    fn new(settled: &[Option<String>]) -> Self {
        let mut series: BTreeMap<Series, BTreeMap<usize, u32>> = BTreeMap::new();
        for (at, code) in settled.iter().enumerate() {
            if let Some((name, number)) = code.as_deref().and_then(split) {
                series.entry(name).or_default().insert(at, number);
            }
        }
        // A series that doesn't climb with the file says nothing.
        series.retain(|_, run| {
            let numbers: Vec<u32> = run.values().copied().collect();
            numbers.windows(2).all(|pair| pair[0] < pair[1])
        });
        Self { series }
    }

    /// A code that has been told since; one that breaks its run is left out of it.
    fn insert(&mut self, at: usize, code: &str) {
        let Some((name, number)) = split(code) else {
            return;
        };
        let run = self.series.entry(name).or_default();
        let below = run.range(..at).next_back().is_none_or(|(_, n)| *n < number);
        let above = run.range(at..).next().is_none_or(|(_, n)| *n > number);
        if below && above {
            run.insert(at, number);
        }
    }

    fn slot(&self, series: &str, at: usize) -> Option<Slot> {
        let Some(run) = self.series.get(series) else {
            return Some(Slot {
                number: 1,
                closed: false,
            });
        };
        let before = run.range(..at).next_back().map_or(0, |(_, n)| *n);
        let behind = run.range(at..).next().map(|(_, n)| *n);
        let number = before + 1;
        match behind {
            Some(next) if next <= number => None,
            Some(next) => Some(Slot {
                number,
                closed: next == number + 1,
            }),
            None => Some(Slot {
                number,
                closed: false,
            }),
        }
    }
}

/// What speaks for a code at a place.
fn points(
    at: usize,
    code: &str,
    closed: bool,
    facts: &[ParcelFacts],
    settled: &[Option<String>],
) -> i32 {
    let mine = &facts[at];
    let mut points = if closed { 2 } else { 0 };
    let bearing = mine.building_prefixes.iter().filter(|p| *p == code).count();
    let others = mine.building_prefixes.len() - bearing;
    points += match (bearing, others) {
        (0, 0) => 0,
        (0, _) => -4,
        (b, o) if b > o => 5,
        _ => 1,
    };
    let near: Vec<&str> = mine
        .neighbours
        .iter()
        .filter_map(|n| settled.get(*n).and_then(Option::as_deref))
        .collect();
    let same = near
        .iter()
        .filter(|c| c.get(..12) == code.get(..12))
        .count();
    if !near.is_empty() {
        points += if same * 2 > near.len() {
            2
        } else if same == 0 {
            -2
        } else {
            0
        };
    }
    let homestead = code.get(12..14) == Some("JC");
    points += match mine.homestead {
        Some(is) if is == homestead => i32::from(is) + 1,
        Some(_) => -2,
        None => 0,
    };
    points
}

/// What is told so far.
struct Known<'a> {
    facts: &'a [ParcelFacts],
    normal: &'a [String],
    settled: Vec<Option<String>>,
    runs: Runs,
    taken: BTreeSet<String>,
    links: Vec<Option<ParcelLink>>,
}

impl Known<'_> {
    fn settle(&mut self, at: usize, code: String, confidence: u16) {
        let method = if code == self.normal[at] {
            Method::Key
        } else {
            Method::RestoredCode
        };
        self.runs.insert(at, &code);
        self.taken.insert(code.clone());
        self.settled[at] = Some(code.clone());
        self.links[at] = Some(known(code, method, confidence));
    }

    /// Whether the parcel could be of a series at all.
    fn could(&self, at: usize, series: &str) -> bool {
        let (fact, text) = (&self.facts[at], self.normal[at].as_str());
        let homestead = series.get(12..14) == Some("JC");
        if fact.homestead.is_some_and(|is| is != homestead) {
            return false;
        }
        if !fact.building_prefixes.is_empty() {
            return fact.building_prefixes.iter().any(|p| p.starts_with(series));
        }
        if split(text).is_none() {
            return text.get(..14).is_some_and(|written| written == series);
        }
        let near = fact
            .neighbours
            .iter()
            .filter_map(|n| self.settled[*n].as_deref());
        let near: Vec<&str> = near.filter_map(|c| c.get(..12)).collect();
        let around = series.get(..12).is_some_and(|sub| near.contains(&sub));
        series.get(..6) == text.get(..6)
            && (around || (near.is_empty() && text.starts_with(series)))
    }

    /// The number right behind the last one told of its series, for a malformed code whose series
    /// is written whole and where nothing else of the series can stand between.
    fn beside(&self, at: usize) -> Option<String> {
        let text = self.normal[at].as_str();
        if self.links[at].is_some() || split(text).is_some() {
            return None;
        }
        let series = text.get(..14)?;
        let run = self.runs.series.get(series)?;
        let open = |row: usize| self.links[row].is_none() && self.could(row, series);
        let (before, number) = run.range(..at).next_back().map(|(row, n)| (*row, *n))?;
        let behind = run.range(at..).next().map(|(row, n)| (*row, *n));
        let code = |n: u32| (distance(text, &join(series, n)) <= 2).then(|| join(series, n));
        let room = behind.is_none_or(|(_, next)| next > number + 1);
        if room && !(before + 1..at).any(open) {
            return code(number + 1);
        }
        let (row, next) = behind?;
        (next > number + 1 && !(at + 1..row).any(open))
            .then(|| code(next - 1))
            .flatten()
    }

    /// Where as many parcels without a code stand between two of a series as numbers are missing
    /// there, they bear these numbers in their order. Repeated until nothing new is told.
    fn fill_gaps(&mut self) {
        loop {
            let mut found: Vec<(usize, String)> = Vec::new();
            for (series, run) in &self.runs.series {
                let mut before = (0, 0);
                for (&at, &number) in run {
                    let missing = (number - before.1 - 1) as usize;
                    let (start, first) = (before.0, before.1 + 1);
                    before = (at + 1, number);
                    if missing == 0 {
                        continue;
                    }
                    let open = |row: &usize| self.links[*row].is_none() && self.could(*row, series);
                    let rows: Vec<usize> = (start..at).filter(open).take(missing + 1).collect();
                    if rows.len() == missing {
                        let codes = (first..).map(|n| join(series, n));
                        found.extend(rows.into_iter().zip(codes));
                    }
                }
            }
            found.extend((0..self.facts.len()).filter_map(|at| Some((at, self.beside(at)?))));
            let before = self.taken.len();
            for (at, code) in found {
                let fits =
                    split(&self.normal[at]).is_some() || distance(&self.normal[at], &code) <= 2;
                if fits && self.links[at].is_none() && !self.taken.contains(&code) {
                    self.settle(at, code, 940);
                }
            }
            if self.taken.len() == before {
                return;
            }
        }
    }

    /// Several parcels bear one code: who keeps it, and what the others' are. Whether anything
    /// was told.
    fn share_out(&mut self, list: &[usize]) -> bool {
        let list: Vec<usize> = list
            .iter()
            .copied()
            .filter(|at| self.links[*at].is_none())
            .collect();
        let Some(code) = list.first().map(|at| self.normal[*at].clone()) else {
            return false;
        };
        let free = !self.taken.contains(&code);
        let series = code.get(..14).unwrap_or_default();
        let number: Option<u32> = code.get(14..).and_then(|n| n.parse().ok());
        // For each bearer: how well the code fits it, and its best other code.
        let fits: Vec<(i32, Option<(String, i32, bool)>)> = list
            .iter()
            .map(|&at| {
                let slot = self.runs.slot(series, at);
                let in_run = slot.is_some_and(|s| Some(s.number) == number);
                let own = points(at, &code, in_run, self.facts, &self.settled);
                (
                    own,
                    best_other(
                        at,
                        &code,
                        &self.taken,
                        self.facts,
                        &self.settled,
                        &self.runs,
                    ),
                )
            })
            .collect();
        // The one who would lose most by another code keeps this one. A line copied from the one
        // above it is the usual slip, so the first in the file has the better claim.
        let loss = |i: usize| {
            let other = fits[i].1.as_ref().map_or(-10, |(_, points, _)| *points);
            fits[i].0 - other + if i == 0 { LEAD } else { 0 }
        };
        let mut order: Vec<usize> = (0..list.len()).collect();
        order.sort_by_key(|i| (-loss(*i), *i));
        let lead = loss(order[0]) - order.get(1).map_or(i32::MIN / 2, |i| loss(*i));
        let evidence = fits.iter().any(|(own, other)| {
            *own != 0
                && other
                    .as_ref()
                    .is_some_and(|(_, points, single)| *points >= ACCEPT && *single)
        });
        let sure = lead >= LEAD && (evidence || list.len() == 1);
        let mut told = false;
        for (rank, &i) in order.iter().enumerate() {
            let at = list[i];
            match &fits[i].1 {
                _ if sure && free && rank == 0 => {
                    self.settle(at, code.clone(), 950);
                    told = true;
                }
                Some((other, points, true))
                    if sure && *points >= ACCEPT && !self.taken.contains(other) =>
                {
                    self.settle(at, other.clone(), 920);
                    told = true;
                }
                other => {
                    let other = other.as_ref().map(|(c, ..)| c.clone());
                    let mut candidates: Vec<String> =
                        other.into_iter().chain([code.clone()]).collect();
                    candidates.dedup();
                    self.links[at] = Some(unknown(candidates));
                }
            }
        }
        told
    }

    /// A malformed code: codes of the run that the written text could be a rest of.
    fn restore(&mut self, at: usize) {
        match restored(
            at,
            &self.normal[at],
            (self.facts, &self.settled),
            &self.runs,
            &self.taken,
        ) {
            Ok(code) => self.settle(at, code, 930),
            Err(candidates) => self.links[at] = Some(unknown(candidates)),
        }
    }
}

/// The best code other than `code` at a place: its points, and whether it leads the next.
fn best_other(
    at: usize,
    code: &str,
    taken: &BTreeSet<String>,
    facts: &[ParcelFacts],
    settled: &[Option<String>],
    runs: &Runs,
) -> Option<(String, i32, bool)> {
    let mut found: Vec<(i32, String)> = Vec::new();
    let county = code.get(..6).unwrap_or_default();
    let nearby: BTreeSet<&str> = facts[at]
        .neighbours
        .iter()
        .filter_map(|n| settled.get(*n).and_then(Option::as_deref))
        .filter_map(|c| c.get(..12))
        .collect();
    let own = code.get(..12).unwrap_or_default();
    let likely = |s: &&Series| {
        s.starts_with(county)
            && (nearby.is_empty()
                || s.starts_with(own)
                || s.get(..12).is_some_and(|p| nearby.contains(p)))
    };
    for series in runs.series.keys().filter(likely) {
        // A number missing right behind the doubled one itself counts as closed, too.
        if let Some(slot) = runs.slot(series, at) {
            let doubled = join(series, slot.number) == code;
            let number = if doubled {
                slot.number + 1
            } else {
                slot.number
            };
            let other = join(series, number);
            let closed = slot.closed && !doubled || doubled && closes(runs, series, at, number);
            if !taken.contains(&other) && fits_behind(runs, series, at, number) {
                found.push((points(at, &other, closed, facts, settled), other));
            }
        }
    }
    for prefix in &facts[at].building_prefixes {
        if prefix != code && !taken.contains(prefix) && split(prefix).is_some() {
            let points = points(at, prefix, false, facts, settled);
            if !found.iter().any(|(_, c)| c == prefix) {
                found.push((points, prefix.clone()));
            }
        }
    }
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let next = found.get(1).map_or(-10, |(points, _)| *points);
    let (points, best) = found.into_iter().next()?;
    Some((best, points, points - next >= LEAD))
}

fn closes(runs: &Runs, series: &str, at: usize, number: u32) -> bool {
    let run = runs.series.get(series);
    run.and_then(|r| r.range(at..).next())
        .is_some_and(|(_, n)| *n == number + 1)
}

fn fits_behind(runs: &Runs, series: &str, at: usize, number: u32) -> bool {
    let run = runs.series.get(series);
    run.and_then(|r| r.range(at..).next())
        .is_none_or(|(_, n)| *n > number)
}

/// The code a malformed one is a rest of, or those it could be.
fn restored(
    at: usize,
    text: &str,
    (facts, settled): (&[ParcelFacts], &[Option<String>]),
    runs: &Runs,
    taken: &BTreeSet<String>,
) -> Result<String, Vec<String>> {
    let mut found: Vec<(i32, String)> = Vec::new();
    let mut offer = |code: String, closed: bool| {
        let distance = distance(text, &code);
        if distance <= 2 && !taken.contains(&code) && !found.iter().any(|(_, c)| *c == code) {
            let near = if distance == 1 { 2 } else { 0 };
            let cut = if code.starts_with(text) { 1 } else { 0 };
            found.push((points(at, &code, closed, facts, settled) + near + cut, code));
        }
    };
    let near = |series: &&Series| distance(text.get(..14).unwrap_or(text), series) <= 2;
    let mut names: BTreeSet<Series> = runs.series.keys().filter(near).cloned().collect();
    // A series of which this parcel is the only one.
    names.extend(text.get(..14).map(str::to_owned));
    for series in &names {
        if let Some(slot) = runs.slot(series, at) {
            offer(join(series, slot.number), slot.closed);
        }
    }
    for prefix in &facts[at].building_prefixes {
        if split(prefix).is_some() {
            offer(prefix.clone(), false);
        }
    }
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let next = found.get(1).map_or(-10, |(points, _)| *points);
    match found.first() {
        Some((points, code)) if *points >= ACCEPT && points - next >= LEAD => Ok(code.clone()),
        _ => Err(found.into_iter().map(|(_, code)| code).collect()),
    }
}

/// Edit distance, given up beyond 2 in length.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(codes: &[&str]) -> Vec<ParcelFacts> {
        let count = codes.len();
        codes
            .iter()
            .enumerate()
            .map(|(at, code)| ParcelFacts {
                written: (*code).to_owned(),
                neighbours: (at.saturating_sub(1)..(at + 2).min(count))
                    .filter(|n| *n != at)
                    .collect(),
                homestead: Some(code.contains("JC")),
                ..ParcelFacts::default()
            })
            .collect()
    }

    fn codes(links: &[ParcelLink]) -> Vec<&str> {
        links
            .iter()
            .map(|l| l.code.as_deref().unwrap_or("-"))
            .collect()
    }

    #[test]
    fn a_code_cut_short_is_the_one_missing() {
        let list = facts(&[
            "510403002002GB00001",
            "510403002002GB0000",
            "510403002002GB00003",
        ]);
        let links = resolve(&list);
        assert_eq!(codes(&links)[1], "510403002002GB00002");
        assert_eq!(links[1].method, Method::RestoredCode);
    }

    #[test]
    fn of_two_bearers_the_run_of_numbers_says_whose_it_is() {
        let mut list = facts(&[
            "510422002001GB00006",
            "510422002001GB00007",
            "510422002001JC00002",
            "510422002001JC00002",
            "510422002001JC00003",
            "510422002001GB00009",
        ]);
        list[3].homestead = Some(false);
        assert_eq!(
            codes(&resolve(&list))[2..4],
            ["510422002001JC00002", "510422002001GB00008"]
        );
    }

    #[test]
    fn buildings_that_bear_a_code_outweigh_all_else() {
        let mut list = facts(&["510421001002GB00010", "510421001002GB00010"]);
        list[0].building_prefixes = vec!["510421001002GB00010".into()];
        list[1].building_prefixes = vec!["510421001001GB00015".into(); 3];
        assert_eq!(
            codes(&resolve(&list)),
            ["510421001002GB00010", "510421001001GB00015"]
        );
    }

    #[test]
    fn without_evidence_nobody_gets_it() {
        let mut list = facts(&["510421001002GB00010", "510421001002GB00010"]);
        for fact in &mut list {
            fact.neighbours.clear();
            fact.homestead = None;
        }
        assert_eq!(codes(&resolve(&list)), ["-", "-"]);
    }
}
