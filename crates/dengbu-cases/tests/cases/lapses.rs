//! Rights whose time is over are entered as ended, once, and only then.

use chrono::{DateTime, Utc};
use dengbu_cases::lapses::{REGISTRAR, candidates, kinds, record_one};
use dengbu_cases::recording::Tools;
use dengbu_law::application::Detail;
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
    let kinds = kinds(&settings);
    let key = key();
    let tools = Tools { person_key: &key };
    let mut tx = o.tx(CITY).await;
    let units = candidates(&mut tx, date_in_shanghai(now), "", 100)
        .await
        .unwrap();
    drop(tx);
    let mut ended = 0;
    for (unit, authority) in units {
        loop {
            let mut tx = o.tx(CITY).await;
            let lapse = record_one(&mut tx, &tools, &unit, &authority, &kinds, now, &next_id)
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

/// Whether a suit was filed the platform does not know by itself.
#[tokio::test]
async fn a_caution_ends_after_fifteen_days_where_the_authority_lets_it() {
    let (o, units) = Office::with_dwellings(1).await;
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
    assert_eq!(o.standing(&units[0]).await.len(), 2);
    let own = json!({ "record_lapses": ["caution"] });
    // registered on 2026-11-23: the fifteenth day after it is 2026-12-08
    let (last, after) = (at("2026-12-08T15:00:00Z"), at("2026-12-08T17:00:00Z"));
    assert_eq!(time_passes(&o, last, own.clone()).await, 0);
    assert_eq!(time_passes(&o, after, json!({})).await, 0);
    assert_eq!(time_passes(&o, after, own).await, 1);
    assert_eq!(o.standing(&units[0]).await.len(), 1);
}
