//! An answer leaves nothing out: whatever was recorded, every right that stands in a person's
//! name on any unit of the city appears, and so does everything that stands on those units.

use std::collections::BTreeSet;

use dengbu_model::party::Party;
use dengbu_model::right::Right;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::read::unit_state;
use dengbu_search::SearchError;
use dengbu_search::access::Index;
use dengbu_search::request::{FamilyMember, Relation};
use uuid::Uuid;

use crate::fixture::{
    World, land, mortgage, notice, number, person, request, seizure, subject, title,
};

/// Chance that can be replayed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }
}

/// Somebody as clerks have written them over the years.
fn writing(dice: &mut Dice, who: usize) -> Party {
    let full = number(u32::try_from(who).unwrap());
    let name = ["甲某", "乙某", "丙某"][who];
    match dice.below(5) {
        0 => person(name, Some(&format!("{}{}", &full[..6], &full[8..17]))),
        1 => person(name, Some(&full.to_lowercase())),
        2 => person("曾用名", Some(&full)),
        3 => person(name, None),
        _ => person(name, Some(&full)),
    }
}

struct Standing {
    unit: UnitCode,
    id: Uuid,
    who: Vec<(usize, bool)>,
    is_title: bool,
}

/// Records chance events; gives what stands in the end: unit, right, who by number.
async fn live(w: &World, dice: &mut Dice, steps: usize) -> Vec<Standing> {
    let mut units = Vec::new();
    for county in ["510402", "510403", "510411"] {
        units.extend(w.plant(county, 3).await);
    }
    let mut all: Vec<Standing> = Vec::new();
    for _ in 0..steps {
        let unit = units[dice.below(units.len())].clone();
        let on_land = unit.as_str()[19..].starts_with('W');
        let count = 1 + dice.below(2);
        let mut who: Vec<usize> = (0..count).map(|_| dice.below(3)).collect();
        who.dedup();
        let parties: Vec<Party> = who.iter().map(|p| writing(dice, *p)).collect();
        let sure: Vec<(usize, bool)> = who
            .iter()
            .copied()
            .zip(parties.iter().map(|p| p.id.is_some()))
            .collect();
        let old = all.iter().position(|s| s.unit == unit && s.is_title);
        let (right, is_title, ends): (Right, bool, Vec<Uuid>) = match dice.below(6) {
            0..=2 => {
                let right = if on_land {
                    land(parties[0].clone())
                } else {
                    title(parties.clone())
                };
                let ends = old.map(|i| all.remove(i).id).into_iter().collect();
                (right, true, ends)
            }
            3 => (mortgage(parties[0].clone()), false, Vec::new()),
            4 => (notice(parties[0].clone()), false, Vec::new()),
            _ => {
                // something that stands on the unit ends
                if let Some(i) = all.iter().position(|s| s.unit == unit) {
                    let gone = all.remove(i);
                    w.record(&unit, seizure("某法院"), &[gone.id], false).await;
                }
                continue;
            }
        };
        let holders = right.holders.len();
        let id = w.record(&unit, right, &ends, true).await;
        all.push(Standing {
            unit,
            id,
            who: sure[..holders.min(sure.len())].to_vec(),
            is_title,
        });
    }
    all
}

#[tokio::test]
async fn every_standing_right_of_a_person_appears() {
    let mut seen = 0;
    for seed in 0..6 {
        let w = World::new().await;
        let mut dice = Dice(seed);
        let standing = live(&w, &mut dice, 40).await;
        for who in 0..3 {
            let name = ["甲某", "乙某", "丙某"][who];
            let asked = u32::try_from(who).unwrap();
            let applicant = person(name, Some(&number(asked)));
            let answer = w
                .ask(request("holder", Index::Person, applicant))
                .await
                .unwrap();
            let of = |sure: bool| -> BTreeSet<Uuid> {
                standing
                    .iter()
                    .filter(|s| {
                        let own: Vec<bool> = s
                            .who
                            .iter()
                            .filter(|(p, _)| *p == who)
                            .map(|(_, sure)| *sure)
                            .collect();
                        !own.is_empty() && own.contains(&true) == sure
                    })
                    .map(|s| s.id)
                    .collect()
            };
            let shown = &answer.people[0];
            let ids = |hits: &[dengbu_search::holding::Hit]| -> BTreeSet<Uuid> {
                hits.iter().map(|h| h.right_id).collect()
            };
            assert_eq!(ids(&shown.hits), of(true), "seed {seed} {name}");
            assert_eq!(ids(&shown.doubts), of(false), "seed {seed} {name}");
            seen += shown.hits.len();
            all_of_the_units(&w, &answer).await;
        }
    }
    assert!(seen > 40, "{seen}");
}

/// Every right the rules of recording look at is among those shown.
async fn all_of_the_units(w: &World, answer: &dengbu_search::answer::Answer) {
    let mut tx = w.tx().await;
    for unit in &answer.units {
        let code = UnitCode::parse(&unit.unit_code).unwrap();
        let state = unit_state(&mut tx, &code, None).await.unwrap();
        let expected: BTreeSet<Uuid> = state
            .rights
            .iter()
            .chain(&state.land_rights)
            .map(|r| r.right_id)
            .collect();
        let shown: BTreeSet<Uuid> = unit.rights.iter().map(|r| r.right_id).collect();
        assert_eq!(shown, expected, "{}", unit.unit_code);
    }
}

#[tokio::test]
async fn too_much_is_refused_whole_not_cut() {
    let mut w = World::new().await;
    w.settings.units_max = 2;
    let units = w.plant("510402", 3).await;
    for unit in &units[1..] {
        w.record(
            unit,
            title(vec![person("甲某", Some(&number(1)))]),
            &[],
            true,
        )
        .await;
    }
    let applicant = person("甲某", Some(&number(1)));
    let refused = w.ask(request("holder", Index::Person, applicant)).await;
    let Err(SearchError::TooMany { found: 3, most: 2 }) = refused else {
        panic!("{refused:?}");
    };
}

#[tokio::test]
async fn a_household_is_searched_whole_and_former_documents_count() {
    let w = World::new().await;
    let units = w.plant("510402", 4).await;
    let t = |name: &str, id: &str| title(vec![person(name, Some(id))]);
    w.record(&units[1], t("甲某", &number(1)), &[], true).await;
    w.record(&units[2], t("乙某", &number(2)), &[], true).await;
    w.record(&units[3], t("甲旧名", "E12345678"), &[], true)
        .await;
    w.record(&units[4], t("甲某", &number(9)), &[], true).await;
    let mut r = request("holder", Index::Person, person("甲某", Some(&number(1))));
    r.family = vec![FamilyMember {
        relation: Relation::Spouse,
        person: subject("乙某", 2),
    }];
    r.former_ids = vec![dengbu_model::identity::IdDocument::from_register(
        dengbu_model::identity::IdKind::Passport,
        "E12345678",
    )];
    let answer = w.ask(r).await.unwrap();
    let found: Vec<_> = answer
        .people
        .iter()
        .map(|p| {
            let codes: Vec<_> = p.hits.iter().map(|h| h.unit_code.as_str()).collect();
            (p.relation.as_str(), codes)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("本人", vec![units[1].as_str(), units[3].as_str()]),
            ("配偶", vec![units[2].as_str()])
        ]
    );
    assert_eq!(
        answer.people[0].hits[1].name_in_register.as_deref(),
        Some("甲旧名")
    );
    // a namesake with another valid number is another person, and no doubt
    assert!(answer.people[0].doubts.is_empty());
}
