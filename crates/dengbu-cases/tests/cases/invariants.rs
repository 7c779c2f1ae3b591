//! Whatever clerks do in whatever order, the register stays sound.

use std::collections::BTreeSet;

use dengbu_cases::CaseError;
use dengbu_law::application::Acknowledgement;
use dengbu_law::flow::{Move, Step};
use dengbu_model::party::{CoOwnership, check_holders};
use dengbu_model::right::RightDetail;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::{numbers, read, rebuild};

use crate::fixture::{
    CITY, MORTGAGE, Office, REGISTRAR, RELEASE, SALE, SEIZURE, because, hour, key,
};
use crate::forms::{bank, loan_from, order, paid, part, person, sale_to};

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

/// Begins a case and brings it to the point of recording, as far as the rules let it.
async fn begin(o: &Office, dice: &mut Dice, unit: &UnitCode, n: u32) -> Option<String> {
    let one = std::slice::from_ref(unit);
    let (business, target) = match dice.below(12) {
        0..=4 => (SALE, None),
        5..=7 => (MORTGAGE, None),
        8..=10 => {
            let standing = o.standing(unit).await;
            let mortgage = standing
                .iter()
                .find(|r| matches!(r.right.detail, RightDetail::Mortgage(_)))?;
            (RELEASE, Some(mortgage.right_id))
        }
        _ => (SEIZURE, None),
    };
    let case_no = match o.try_open(business, one, target).await {
        Ok(case_no) => case_no,
        Err(CaseError::UnitBusy { .. }) => return None,
        Err(other) => panic!("{other:?}"),
    };
    let shared = dice.below(3) == 0;
    o.fill(&case_no, |a| match business {
        SALE => {
            sale_to(person(&format!("买方{n}"), 100 + n))(a);
            if shared {
                let second = person(&format!("另一买方{n}"), 300 + n);
                a.holders = vec![part(a.holders[0].party.clone(), "1/3"), part(second, "2/3")];
                a.co_ownership = CoOwnership::ByShares;
                a.separate_certificates = true;
            }
        }
        MORTGAGE => {
            loan_from(bank(n))(a);
            a.acknowledged.push(Acknowledgement {
                rule: "R21".to_owned(),
                reason: "已告知".to_owned(),
            });
        }
        RELEASE => paid(a),
        _ => order(&n.to_string())(a),
    })
    .await
    .unwrap();
    o.papers(&case_no).await;
    loop {
        let case = o.case(&case_no).await;
        let action = match case.step {
            Step::Acceptance => Move::Submit,
            Step::Recording => return Some(case_no),
            _ => Move::Agree,
        };
        match o.go(&case_no, action).await {
            Ok(_) => {}
            Err(CaseError::Rules(_)) => {
                let over = because(Move::Withdraw, "规则不符");
                o.make(&case_no, &over, REGISTRAR, hour(50)).await.unwrap();
                return None;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// What must hold at any moment for one unit.
async fn sound(o: &Office, unit: &UnitCode) {
    let standing = o.standing(unit).await;
    let titles: Vec<_> = standing
        .iter()
        .filter(|r| r.right.right_type.is_title())
        .collect();
    assert_eq!(titles.len(), 1, "{}", unit.as_str());
    assert_eq!(
        check_holders(titles[0].right.co_ownership, &titles[0].right.holders),
        Ok(())
    );
    let mut tx = o.tx(CITY).await;
    let entries = read::entries(&mut tx, unit).await.unwrap();
    let seized = entries.iter().position(|e| e.body.business == SEIZURE);
    for late in &entries[seized.unwrap_or(entries.len())..] {
        let disposes = [SALE, MORTGAGE].contains(&late.body.business.as_str());
        assert!(
            !disposes,
            "{}: {} after a seizure",
            unit.as_str(),
            late.body.business
        );
    }
    let ranks: Vec<u32> = standing
        .iter()
        .filter_map(|r| match &r.right.detail {
            RightDetail::Seizure(s) => s.rank,
            _ => None,
        })
        .collect();
    let distinct: BTreeSet<u32> = ranks.iter().copied().collect();
    assert_eq!(distinct.len(), ranks.len());
    assert!(ranks.is_empty() || distinct.contains(&0));
}

async fn play(seed: u64) {
    let (o, units) = Office::with_dwellings(5).await;
    let mut dice = Dice(seed);
    let mut parked: Vec<String> = Vec::new();
    let (mut recorded, mut refused) = (0, 0);
    for n in 0..60 {
        let unit = &units[dice.below(units.len())];
        if let Some(case_no) = begin(&o, &mut dice, unit, n).await {
            parked.push(case_no);
        }
        // some wait while other cases go by
        while !parked.is_empty() && dice.below(3) > 0 {
            let case_no = parked.swap_remove(dice.below(parked.len()));
            match o.go(&case_no, Move::Record).await {
                Ok(_) => recorded += 1,
                Err(CaseError::Rules(_)) => {
                    refused += 1;
                    let over = because(Move::Refuse, "规则不符");
                    o.make(&case_no, &over, REGISTRAR, hour(60)).await.unwrap();
                }
                Err(other) => panic!("{other:?}"),
            }
        }
        sound(&o, unit).await;
        if dice.below(8) == 0 {
            o.seal().await;
        }
    }
    for unit in &units {
        sound(&o, unit).await;
    }
    assert!(
        recorded > 15,
        "seed {seed}: {recorded} recorded, {refused} refused"
    );
    let report = o.verify().await;
    assert_eq!((report.broken, report.entries), (None, recorded + 5));
    let mut tx = o.tx(CITY).await;
    for s in numbers::series(&mut tx).await.unwrap() {
        assert!(s.unexplained.is_empty() && s.issued == s.last, "{s:?}");
    }
    let dump = "select string_agg(t::text, E'\\n' order by t.county, t.right_id) || (
        select string_agg(h::text, E'\\n' order by h.county, h.right_id, h.role, h.ordinal) from register_holder h)
        from register_right t";
    let before = o.text(dump).await;
    rebuild::rebuild(&mut tx, &key()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(before, o.text(dump).await, "seed {seed}");
}

#[tokio::test]
async fn sixty_random_cases_leave_a_sound_register_1() {
    play(3).await;
}

#[tokio::test]
async fn sixty_random_cases_leave_a_sound_register_2() {
    play(20_261_123).await;
}
