//! Rights whose time is over are entered as ended, once, and only then.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use dengbu_cases::days;
use dengbu_cases::lapses::{Candidate, Own, REGISTRAR, candidates, kinds, record_one};
use dengbu_cases::recording::Tools;
use dengbu_law::application::Detail;
use dengbu_law::calendar::{CalendarDay, DayKind};
use dengbu_model::right::RightDetail;
use dengbu_model::time::date_in_shanghai;
use dengbu_model::unit_code::UnitCode;
use serde_json::{Value, json};

use crate::fixture::{CITY, Office, SEIZURE, key, next_id};
use crate::forms::{order, person, whole};

const CAUTION: &str = "600-00-01";

/// The order's last day is 2029-11-19.
const LAST_DAY: &str = "2029-11-19T15:59:00Z";
const DAY_AFTER: &str = "2029-11-19T16:01:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// What the platform does at that moment; gives how many rights ended.
async fn time_passes(o: &Office, now: DateTime<Utc>, settings: Value) -> usize {
    let mut tx = o.tx(CITY).await;
    let own = Own {
        kinds: kinds(&settings),
        calendar: days::calendar(&mut tx, CITY).await.unwrap(),
    };
    drop(tx);
    let key = key();
    let tools = Tools { person_key: &key };
    let mut ended = 0;
    for found in looked_at(o, now, &own).await {
        let unit = UnitCode::parse(&found.unit_code).unwrap();
        loop {
            let mut tx = o.tx(CITY).await;
            let a = &found.authority;
            let lapse = record_one(&mut tx, &tools, &unit, a, &own, now, &next_id)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            if lapse.is_none() {
                break;
            }
            ended += 1;
        }
    }
    ended
}

/// The units that are looked at.
async fn looked_at(o: &Office, now: DateTime<Utc>, own: &Own) -> Vec<Candidate> {
    let all = BTreeMap::from([(CITY.to_owned(), own.clone())]);
    let mut tx = o.tx(CITY).await;
    candidates(&mut tx, &all, date_in_shanghai(now), "", 100)
        .await
        .unwrap()
}

async fn courts(o: &Office, unit: &UnitCode) -> Vec<(String, bool)> {
    o.standing(unit)
        .await
        .into_iter()
        .filter_map(|r| match r.right.detail {
            RightDetail::Seizure(s) => Some((s.document_no, s.kind.is_waiting())),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_seizure_ends_with_its_last_day_and_the_waiting_one_moves_up() {
    let (o, units) = Office::with_dwellings(2).await;
    let first = o.ready(SEIZURE, &units[0], order("1")).await;
    o.record(&first).await.unwrap();
    let second = o.ready(SEIZURE, &units[0], order("2")).await;
    o.record(&second).await.unwrap();
    let both = [
        ("(2026)示例1号".to_owned(), false),
        ("(2026)示例2号".to_owned(), true),
    ];
    assert_eq!(courts(&o, &units[0]).await, both);

    assert_eq!(time_passes(&o, at(LAST_DAY), json!({})).await, 0);
    assert_eq!(courts(&o, &units[0]).await, both);

    assert_eq!(time_passes(&o, at(DAY_AFTER), json!({})).await, 1);
    assert_eq!(
        courts(&o, &units[0]).await,
        [("(2026)示例2号".to_owned(), false)]
    );
    let said = "select string_agg(body::jsonb -> 'registrar' ->> 'name', ' ') from register_entry
                where case_no is null and business <> 'existing'"
        .replace(
            "business <> 'existing'",
            "body::jsonb ->> 'business' <> 'existing'",
        );
    let named = o.text(&said).await;
    assert!(
        named.split(' ').all(|n| n == REGISTRAR) && !named.is_empty(),
        "{named}"
    );

    let before = o.written().await;
    assert_eq!(time_passes(&o, at(DAY_AFTER), json!({})).await, 0);
    assert_eq!(o.written().await, before, "once is enough");
    o.seal().await;
    assert_eq!(o.verify().await.broken, None);
}

/// A caution registered on 2026-11-23; the fifteenth day after it is Tuesday 2026-12-08.
async fn cautioned() -> (Office, UnitCode) {
    let (o, mut units) = Office::with_dwellings(1).await;
    let case = o
        .ready(CAUTION, &units[0], |a| {
            a.holders = vec![whole(person("异议人", 700))];
            let Detail::Establish(d) = &mut a.detail else {
                panic!("{:?}", a.detail)
            };
            let Some(RightDetail::Caution(c)) = &mut d.content else {
                panic!("{:?}", d.content)
            };
            c.matter = Some("主张为共有人".to_owned());
        })
        .await;
    o.record(&case).await.unwrap();
    let unit = units.remove(0);
    assert_eq!(o.standing(&unit).await.len(), 2);
    (o, unit)
}

/// Whether a suit was filed the platform does not know by itself.
#[tokio::test]
async fn a_caution_ends_after_fifteen_days_where_the_authority_lets_it() {
    let (o, unit) = cautioned().await;
    let own = json!({ "record_lapses": ["caution"] });
    let (last, after) = (at("2026-12-08T15:00:00Z"), at("2026-12-08T17:00:00Z"));
    assert_eq!(time_passes(&o, last, own.clone()).await, 0);
    assert_eq!(time_passes(&o, after, json!({})).await, 0);
    assert_eq!(time_passes(&o, after, own).await, 1);
    assert_eq!(o.standing(&unit).await.len(), 1);
}

/// 民法典第二百零三条: a last day that is a day off moves to the next working day.
#[tokio::test]
async fn the_fifteenth_day_of_a_caution_is_a_working_day() {
    let (o, unit) = cautioned().await;
    let off = |day: &str| CalendarDay {
        day: day.parse().unwrap(),
        kind: DayKind::Holiday,
        name: "放假".to_owned(),
    };
    let mut tx = o.tx(CITY).await;
    days::put(&mut tx, CITY, &[off("2026-12-08"), off("2026-12-09")])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let own = json!({ "record_lapses": ["caution"] });
    // Thursday 2026-12-10 is the last day
    for day in ["2026-12-08T17:00:00Z", "2026-12-10T15:00:00Z"] {
        assert_eq!(time_passes(&o, at(day), own.clone()).await, 0, "{day}");
    }
    assert_eq!(time_passes(&o, at("2026-12-10T17:00:00Z"), own).await, 1);
    assert_eq!(o.standing(&unit).await.len(), 1);
}

/// Where an authority has not switched cautions on, old ones are not looked at at all.
#[tokio::test]
async fn only_what_an_authority_switched_on_is_looked_at() {
    let (o, unit) = cautioned().await;
    let late = at("2027-03-01T00:00:00Z");
    let mut own = Own {
        kinds: kinds(&json!({})),
        ..Own::default()
    };
    assert!(looked_at(&o, late, &own).await.is_empty());
    own.kinds.clear();
    assert!(looked_at(&o, late, &own).await.is_empty());
    own.kinds.push("caution".to_owned());
    let found = looked_at(&o, late, &own).await;
    assert_eq!(found[0].unit_code, unit.as_str());
    assert_eq!(found[0].authority, CITY);
    let elsewhere = BTreeMap::from([("510421".to_owned(), own)]);
    let mut tx = o.tx(CITY).await;
    let none = candidates(&mut tx, &elsewhere, date_in_shanghai(late), "", 100);
    assert!(none.await.unwrap().is_empty(), "another authority's switch");
}

fn suit(content: &mut RightDetail, on: &str) {
    let RightDetail::Caution(c) = content else {
        panic!("{content:?}")
    };
    c.suit_body = Some("示例区人民法院".to_owned());
    c.suit_no = Some("（2026）示例民初1号".to_owned());
    c.suit_on = Some(on.parse().unwrap());
}

/// A case that changes the content of the right it is pointed at.
async fn changing(
    o: &Office,
    business: &str,
    unit: &UnitCode,
    change: impl FnOnce(&mut RightDetail),
) -> String {
    o.ready(business, unit, |a| {
        let Detail::Amend(d) = &mut a.detail else {
            panic!("{:?}", a.detail)
        };
        d.matter = Some("按申请记载".to_owned());
        change(d.content.as_mut().unwrap());
    })
    .await
}

/// 实施细则第八十三条: what came within the fifteen days is waited for, and then stays.
#[tokio::test]
async fn a_caution_with_a_suit_noted_does_not_end() {
    let (o, unit) = cautioned().await;
    let own = json!({ "record_lapses": ["caution"] });
    let late = at("2027-03-01T00:00:00Z");
    let case = changing(&o, "300-YY-01", &unit, |c| suit(c, "2026-11-23")).await;
    assert_eq!(time_passes(&o, late, own.clone()).await, 0, "under way");
    o.record(&case).await.unwrap();
    let standing = o.standing(&unit).await;
    assert_eq!(standing.len(), 2);
    let noted = standing.iter().any(|r| {
        matches!(&r.right.detail, RightDetail::Caution(c)
            if c.suit_on.is_some() && c.matter.as_deref() == Some("主张为共有人"))
    });
    assert!(noted, "{standing:?}");
    assert_eq!(time_passes(&o, late, own.clone()).await, 0);
    let all = Own {
        kinds: kinds(&own),
        ..Own::default()
    };
    assert!(looked_at(&o, late, &all).await.is_empty());
}

/// 民法典第二百二十一条: ninety days from the day on which the right could be registered.
#[tokio::test]
async fn a_priority_notice_ends_ninety_days_after_its_noted_day() {
    let (o, units) = Office::with_dwellings(1).await;
    let unit = &units[0];
    let buyer = person("预购人", 701);
    let notice = o
        .ready("700-02-01", unit, |a| a.holders = vec![whole(buyer)])
        .await;
    o.record(&notice).await.unwrap();
    assert_eq!(o.standing(unit).await.len(), 2);
    let own = json!({ "record_lapses": ["priority_notice"] });
    let late = at("2027-06-01T00:00:00Z");
    assert_eq!(
        time_passes(&o, late, own.clone()).await,
        0,
        "no day is noted"
    );
    let case = changing(&o, "300-YG-02", unit, |c| {
        let RightDetail::PriorityNotice(n) = c else {
            panic!("{c:?}")
        };
        n.registrable_on = Some("2026-11-23".parse().unwrap());
    })
    .await;
    o.record(&case).await.unwrap();
    // the ninetieth day is Sunday 2027-02-21, moved to Monday
    let (last, after) = (at("2027-02-22T15:00:00Z"), at("2027-02-22T17:00:00Z"));
    assert_eq!(time_passes(&o, last, own.clone()).await, 0);
    assert_eq!(
        time_passes(&o, after, json!({})).await,
        0,
        "not switched on"
    );
    assert_eq!(time_passes(&o, after, own).await, 1);
    assert_eq!(o.standing(unit).await.len(), 1);
    o.seal().await;
    assert_eq!(o.verify().await.broken, None);
}
