//! Outbox and jobs on the real database: at least once, in order, each to one worker.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::cell::RefCell;

use chrono::{DateTime, TimeDelta, Utc};
use dengbu_store::jobs::{self, Failure, Job, NewJob};
use dengbu_store::{AuthorityFile, PANZHIHUA, Scope, TestDb, outbox, seed_authorities};
use serde_json::{Value, json};

const COUNTY: &str = "510402";

fn own() -> Scope {
    Scope::single(COUNTY).unwrap()
}

async fn send(db: &TestDb, key: &str, number: i64) {
    let mut tx = db.store().begin(&own()).await.unwrap();
    outbox::insert(&mut tx, COUNTY, "entry", key, &json!(number))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn claim_messages(db: &TestDb, now: DateTime<Utc>) -> Vec<outbox::Message> {
    let mut tx = db.store().begin(&own()).await.unwrap();
    let messages = outbox::claim(&mut tx, &["entry"], 10, now).await.unwrap();
    tx.commit().await.unwrap();
    messages
}

fn contents(messages: &[outbox::Message]) -> Vec<Value> {
    messages
        .iter()
        .map(|message| message.payload.clone())
        .collect()
}

#[tokio::test]
async fn a_message_waits_for_its_elder_of_the_same_key() {
    let db = TestDb::new().await;
    for (key, number) in [("a", 1), ("a", 2), ("b", 3)] {
        send(&db, key, number).await;
    }
    let now = Utc::now();
    let first = claim_messages(&db, now).await;
    assert_eq!(contents(&first), [json!(1), json!(3)]);
    assert!(claim_messages(&db, now).await.is_empty(), "leased");

    let mut tx = db.store().begin(&own()).await.unwrap();
    outbox::failed(&mut tx, &first[0], "no answer", now)
        .await
        .unwrap();
    outbox::delivered(&mut tx, &first[1], now).await.unwrap();
    tx.commit().await.unwrap();
    assert!(
        claim_messages(&db, now).await.is_empty(),
        "1 pauses, and 2 waits for it"
    );

    let again = claim_messages(&db, now + TimeDelta::seconds(2)).await;
    assert_eq!((contents(&again), again[0].attempts), (vec![json!(1)], 2));
    let mut tx = db.store().begin(&own()).await.unwrap();
    outbox::delivered(&mut tx, &again[0], now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(contents(&claim_messages(&db, now).await), [json!(2)]);
}

#[tokio::test]
async fn a_relay_that_died_gives_its_messages_back() {
    let db = TestDb::new().await;
    send(&db, "a", 1).await;
    let now = Utc::now();
    assert_eq!(claim_messages(&db, now).await.len(), 1);
    assert!(
        claim_messages(&db, now + TimeDelta::seconds(119))
            .await
            .is_empty()
    );
    assert_eq!(
        claim_messages(&db, now + TimeDelta::seconds(120))
            .await
            .len(),
        1
    );
}

#[tokio::test]
async fn two_relays_never_hold_the_same_message() {
    let db = TestDb::new().await;
    for number in 0..20 {
        send(&db, &number.to_string(), number).await;
    }
    let now = Utc::now();
    let mut one = db.store().begin(&own()).await.unwrap();
    let mut two = db.store().begin(&own()).await.unwrap();
    let first = outbox::claim(&mut one, &["entry"], 10, now).await.unwrap();
    // The first has not committed: the second skips its rows instead of waiting for them.
    let second = outbox::claim(&mut two, &["entry"], 15, now).await.unwrap();
    assert_eq!((first.len(), second.len()), (10, 10));
    assert!(first.iter().all(|a| second.iter().all(|b| a.id != b.id)));
}

#[tokio::test]
async fn the_relay_delivers_notes_failures_and_goes_on() {
    let db = TestDb::new().await;
    for (key, number) in [("a", 1), ("b", 2), ("c", 3)] {
        send(&db, key, number).await;
    }
    let sent = RefCell::new(Vec::new());
    let arrived = outbox::relay_once(db.store(), &own(), &["entry"], 10, |message| {
        sent.borrow_mut().push(message.payload.clone());
        let lost = message.payload == json!(2);
        async move {
            if lost {
                Err("对方系统没有应答")
            } else {
                Ok(())
            }
        }
    })
    .await
    .unwrap();
    assert_eq!(arrived, 2);
    assert_eq!(sent.into_inner(), [json!(1), json!(2), json!(3)]);
    let mut tx = db.store().begin(&own()).await.unwrap();
    let open: Vec<(String, Option<String>)> =
        sqlx::query_as("select key, last_error from outbox where delivered_at is null")
            .fetch_all(tx.conn())
            .await
            .unwrap();
    assert_eq!(
        open,
        [("b".to_owned(), Some("对方系统没有应答".to_owned()))]
    );
}

#[tokio::test]
async fn the_relay_loop_empties_the_outbox_and_stops_when_told() {
    let db = TestDb::new().await;
    let file = AuthorityFile::parse(PANZHIHUA).unwrap();
    seed_authorities(db.owner_url(), &file).await.unwrap();
    // Of one key: each waits for the one before, so it takes three rounds.
    for number in 1..=3 {
        send(&db, "a", number).await;
    }
    let (last, mut seen) = tokio::sync::watch::channel(json!(0));
    let stop = async move {
        seen.wait_for(|payload| *payload == json!(3)).await.unwrap();
    };
    let pause = std::time::Duration::from_secs(3600);
    outbox::relay_until(db.store(), &["entry"], pause, stop, |message| {
        last.send_replace(message.payload);
        async { Ok::<_, String>(()) }
    })
    .await;
    assert!(
        claim_messages(&db, Utc::now() + TimeDelta::days(1))
            .await
            .is_empty()
    );
}

async fn queue(db: &TestDb, dedupe_key: Option<&str>, run_at: DateTime<Utc>) -> bool {
    let mut tx = db.store().begin(&own()).await.unwrap();
    let payload = json!({"case": 1});
    let job = NewJob {
        county: COUNTY,
        kind: "remind",
        dedupe_key,
        payload: &payload,
        run_at,
    };
    let queued = jobs::insert(&mut tx, &job).await.unwrap();
    tx.commit().await.unwrap();
    queued.is_some()
}

async fn claim_jobs(db: &TestDb, now: DateTime<Utc>) -> Vec<Job> {
    let mut tx = db.store().begin(&own()).await.unwrap();
    let jobs = jobs::claim(&mut tx, &["remind"], 10, TimeDelta::minutes(1), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    jobs
}

#[tokio::test]
async fn a_job_runs_when_due_and_once() {
    let db = TestDb::new().await;
    let due = Utc::now();
    assert!(queue(&db, None, due).await);
    assert!(
        claim_jobs(&db, due - TimeDelta::seconds(1))
            .await
            .is_empty()
    );
    let claimed = claim_jobs(&db, due + TimeDelta::milliseconds(1)).await;
    assert_eq!(claimed.len(), 1);
    let mut tx = db.store().begin(&own()).await.unwrap();
    jobs::complete(&mut tx, &claimed[0], due).await.unwrap();
    tx.commit().await.unwrap();
    assert!(claim_jobs(&db, due + TimeDelta::days(1)).await.is_empty());
}

#[tokio::test]
async fn a_second_job_of_the_same_key_waits_until_the_first_is_done() {
    let db = TestDb::new().await;
    let now = Utc::now();
    assert!(queue(&db, Some("case-1"), now).await);
    assert!(!queue(&db, Some("case-1"), now).await);
    assert!(queue(&db, Some("case-2"), now).await);
    let claimed = claim_jobs(&db, now + TimeDelta::seconds(1)).await;
    assert_eq!(claimed.len(), 2);
    let mut tx = db.store().begin(&own()).await.unwrap();
    jobs::complete(&mut tx, &claimed[0], now).await.unwrap();
    tx.commit().await.unwrap();
    assert!(queue(&db, Some("case-1"), now).await);
}

#[tokio::test]
async fn a_failing_job_pauses_longer_and_longer_and_then_is_dead() {
    let db = TestDb::new().await;
    let mut now = Utc::now();
    queue(&db, None, now).await;
    let mut pauses = Vec::new();
    let last = loop {
        now += TimeDelta::milliseconds(1);
        let claimed = claim_jobs(&db, now).await;
        let mut tx = db.store().begin(&own()).await.unwrap();
        let failure = jobs::fail(&mut tx, &claimed[0], "外部接口超时", now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        match failure {
            Failure::Again(at) => {
                assert!(claim_jobs(&db, at - TimeDelta::seconds(1)).await.is_empty());
                pauses.push((at - now).num_seconds());
                now = at;
            }
            Failure::Dead => break claimed[0].attempts,
        }
    };
    assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 512]);
    assert_eq!(last, 10);
    assert!(claim_jobs(&db, now + TimeDelta::days(9)).await.is_empty());
}
