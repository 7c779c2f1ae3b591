//! The projection holds nothing that the entries do not.

use std::collections::BTreeMap;

use dengbu_model::right::Right;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::append::NewEntry;
use dengbu_register::{read, rebuild};
use uuid::Uuid;

use crate::fixture::{
    CITY, CITY_PARCEL, Dice, MIYI, MIYI_PARCEL, World, ended, key, minute, mortgage, seizure, title,
};

/// What a plain model of the register says stands: right and holder by unit.
#[derive(Default)]
struct Book(BTreeMap<UnitCode, Vec<(Uuid, Right)>>);

impl Book {
    /// A random operation on a unit: none when there is nothing to end.
    fn operation(
        &mut self,
        w: &World,
        dice: &mut Dice,
        unit: &UnitCode,
        n: i64,
    ) -> Option<NewEntry> {
        let authority = if unit.as_str().starts_with(MIYI) {
            MIYI
        } else {
            CITY
        };
        let standing = self.0.entry(unit.clone()).or_default();
        let name = format!("人{n}");
        // the clock jitters: later operations may carry earlier moments
        let at = minute(n - i64::try_from(dice.below(4)).unwrap());
        match dice.below(5) {
            0 | 1 => {
                let mut entry = w.entry(authority, unit, title(&name), at);
                if let Some(old) = standing.iter().position(|(_, r)| r.right_type.is_title()) {
                    entry.ends = vec![ended(standing.remove(old).0)];
                }
                standing.push((entry.right_id, entry.right.clone()));
                Some(entry)
            }
            kind @ (2 | 3) => {
                let right = if kind == 2 {
                    mortgage(&name)
                } else {
                    seizure(&name)
                };
                let entry = w.entry(authority, unit, right, at);
                standing.push((entry.right_id, entry.right.clone()));
                Some(entry)
            }
            _ => {
                let at_hand: Vec<usize> = (0..standing.len())
                    .filter(|i| !standing[*i].1.right_type.is_title())
                    .collect();
                let old = *at_hand.get(dice.below(at_hand.len().max(1)))?;
                let right = standing.remove(old);
                Some(w.ending(authority, unit, right, at))
            }
        }
    }
}

async fn play(seed: u64) {
    let w = World::new().await;
    let city = w.plant(CITY, CITY_PARCEL, 3).await;
    let miyi = w.plant(MIYI, MIYI_PARCEL, 2).await;
    let (mut dice, mut book, mut made) = (Dice(seed), Book::default(), 0);
    for n in 0..60 {
        let ours = if dice.below(3) == 0 { &miyi } else { &city };
        // up to four entries at once, the same unit several times among them
        let batch: Vec<NewEntry> = (0..=dice.below(4))
            .filter_map(|_| {
                let unit = &ours[dice.below(ours.len())];
                book.operation(&w, &mut dice, unit, n)
            })
            .collect();
        if !batch.is_empty() {
            made += w.write(batch).await.unwrap().len();
        }
        if dice.below(10) == 0 {
            w.seal(CITY).await;
        }
    }
    let mut tx = w.db.store().system().await.unwrap();
    for unit in city.iter().chain(&miyi) {
        let mut shown: Vec<(Uuid, Right)> = read::rights(&mut tx, unit)
            .await
            .unwrap()
            .into_iter()
            .filter(|r| r.valid_to.is_none())
            .map(|r| (r.right_id, r.right))
            .collect();
        let mut expected = book.0.remove(unit).unwrap_or_default();
        shown.sort_by_key(|r| r.0);
        expected.sort_by_key(|r| r.0);
        assert_eq!(shown, expected, "seed {seed}, {}", unit.as_str());
    }
    let before = w.projection().await;
    assert_eq!(
        rebuild::rebuild(&mut tx, &key()).await.unwrap(),
        made as u64
    );
    tx.commit().await.unwrap();
    assert_eq!(before, w.projection().await, "seed {seed}");
    let report = w.verify().await;
    assert_eq!(
        (report.broken, report.entries),
        (None, made as u64),
        "seed {seed}"
    );
}

#[tokio::test]
async fn the_projection_made_anew_is_the_same_after_any_history_1() {
    play(1).await;
}

#[tokio::test]
async fn the_projection_made_anew_is_the_same_after_any_history_2() {
    play(20_261_123).await;
}

#[tokio::test]
async fn a_spoilt_projection_is_mended_from_the_entries() {
    let w = World::new().await;
    let units = w.plant(CITY, CITY_PARCEL, 2).await;
    w.write(vec![
        w.entry(CITY, &units[1], title("甲"), minute(0)),
        w.entry(CITY, &units[2], title("乙"), minute(0)),
    ])
    .await
    .unwrap();
    let before = w.projection().await;
    w.as_owner(
        "update register_right set certificate_no = '假', valid_to = now() where unit_code like '%0001';
         delete from register_holder where name = '乙'",
    )
    .await;
    assert_ne!(before, w.projection().await);
    let mut tx = w.tx(CITY).await;
    assert_eq!(rebuild::rebuild(&mut tx, &key()).await.unwrap(), 2);
    tx.commit().await.unwrap();
    assert_eq!(before, w.projection().await);
}

#[tokio::test]
async fn rebuilding_one_authority_leaves_the_other_alone() {
    let w = World::new().await;
    let city = w.plant(CITY, CITY_PARCEL, 1).await;
    let miyi = w.plant(MIYI, MIYI_PARCEL, 1).await;
    w.write(vec![w.entry(CITY, &city[1], title("甲"), minute(0))])
        .await
        .unwrap();
    w.write(vec![w.entry(MIYI, &miyi[1], title("乙"), minute(0))])
        .await
        .unwrap();
    let before = w.projection().await;
    let mut tx = w.tx(MIYI).await;
    assert_eq!(rebuild::rebuild(&mut tx, &key()).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(before, w.projection().await);
}
