//! Open cases, lights and reminders.

use std::collections::BTreeMap;

use chrono::Utc;
use dengbu_cases::Doing;
use dengbu_law::flow::Step;
use dengbu_statistics::level::Level;
use dengbu_statistics::store;
use dengbu_statistics::{backlog, board};
use dengbu_store::TenantTx;
use uuid::Uuid;

use crate::office::{CITY, Dice, MIYI, Moved, Office, Row, at, calendars, chance, day, of};

const TODAY: &str = "2026-11-23";

fn open(serial: u32, step: &'static str, due: &str) -> Row {
    let mut row = chance(&mut Dice(5), serial);
    (row.authority, row.county) = (CITY, "510402");
    row.business = "200-04-02";
    (row.state, row.step) = ("in_progress", step);
    row.accepted_at = Some(at("2026-11-16T09:00"));
    row.clock_start = row.accepted_at;
    row.due_on = Some(day(due));
    (row.recorded_at, row.closed_at, row.assignee) = (None, None, None);
    row.moves = Vec::new();
    row
}

fn cases() -> Vec<Row> {
    let mut claimed = open(2, "approval", "2026-11-23");
    claimed.assignee = Some(77);
    let mut corrected = open(5, "acceptance", "2026-11-17");
    corrected.state = "correction";
    corrected.moves = vec![Moved {
        at: at("2026-11-18T10:00"),
        actor: 1,
        action: "correct",
        to_state: "correction",
        to_step: "acceptance",
    }];
    let mut recorded = open(6, "certificate", "2026-11-17");
    recorded.recorded_at = Some(at("2026-11-20T09:00"));
    let mut noticed = open(7, "approval", "2026-11-19");
    let mv = |t, to_step| Moved {
        at: at(t),
        actor: 1,
        action: "agree",
        to_state: "in_progress",
        to_step,
    };
    noticed.moves = vec![
        mv("2026-11-16T10:00", "notice"),
        mv("2026-11-20T10:00", "approval"),
    ];
    let mut closed = open(8, "approval", "2026-11-17");
    (closed.state, closed.closed_at) = ("refused", Some(at("2026-11-18T09:00")));
    vec![
        open(1, "approval", "2026-11-19"),
        claimed,
        open(3, "first_review", "2026-11-24"),
        open(4, "first_review", "2026-11-30"),
        corrected,
        recorded,
        noticed,
        closed,
    ]
}

async fn watched(tx: &mut TenantTx) -> Vec<board::Watched> {
    let all = store::watched(tx, of(&[CITY, MIYI]), day(TODAY)).await;
    board::list(all.unwrap(), &board::Wanted::default())
}

#[tokio::test]
async fn each_open_case_has_its_light_and_what_is_over_has_none() {
    let office = Office::new().await;
    office.keep(&cases()).await;
    let mut tx = office.tx(CITY).await;
    let all = watched(&mut tx).await;
    let seen: Vec<(u32, Level, i32)> = all
        .iter()
        .map(|w| (w.case.case_no[14..].parse().unwrap(), w.level, w.days_left))
        .collect();
    assert_eq!(
        seen,
        [
            (1, Level::Overdue, -2),
            (2, Level::Red, 0),
            (3, Level::Yellow, 1),
            // due on the 19th, but four working days of notice do not count
            (7, Level::Green, 2),
            (4, Level::Green, 5),
            // a day over its limit when it went back to the applicants
            (5, Level::Paused, -1),
        ]
    );
    let heaps = store::heaps(&mut tx, &of(&[CITY])).await.unwrap();
    let waiting = backlog::sort(&heaps, &calendars(&[CITY]), day(TODAY));
    let at_step = |step| waiting.iter().find(|w| w.step == step).unwrap().total();
    assert_eq!(
        [
            Step::Acceptance,
            Step::FirstReview,
            Step::Approval,
            Step::Certificate
        ]
        .map(at_step),
        [1, 2, 3, 1]
    );
    let mut miyi = office.tx(MIYI).await;
    assert!(watched(&mut miyi).await.is_empty());
}

#[tokio::test]
async fn the_clock_reminds_once_of_each_light_and_a_supervisor_whenever() {
    let office = Office::new().await;
    office.keep(&cases()).await;
    let mut tx = office.tx(CITY).await;
    let all = watched(&mut tx).await;
    let now = at("2026-11-23T08:00");
    assert_eq!(
        store::remind(&mut tx, CITY, now, &Uuid::now_v7)
            .await
            .unwrap(),
        3
    );
    assert_eq!(
        store::remind(&mut tx, CITY, now, &Uuid::now_v7)
            .await
            .unwrap(),
        0
    );
    let reviewer = Uuid::from_u128(77);
    let steps = |s: &[&str]| s.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let levels = async |tx: &mut TenantTx, who: Uuid, at: &[&str]| -> BTreeMap<String, String> {
        let found = store::mine(tx, who, &[], &steps(at), 50).await.unwrap();
        found
            .into_iter()
            .map(|r| (r.case_no[19..].to_owned(), r.level))
            .collect()
    };
    let expected = |all: &[(&str, &str)]| -> BTreeMap<String, String> {
        all.iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    };
    let own = levels(&mut tx, reviewer, &["approval"]).await;
    assert_eq!(
        own,
        expected(&[("1", "overdue"), ("2", "red")]),
        "claimed and unclaimed"
    );
    let other = levels(&mut tx, Uuid::from_u128(78), &["approval"]).await;
    assert_eq!(
        other,
        expected(&[("1", "overdue")]),
        "what another has claimed is not theirs"
    );
    // a supervisor reminds, and again
    let doing = Doing {
        staff_id: Uuid::from_u128(1),
        name: "石立夏",
        now: Utc::now(),
        ids: &Uuid::now_v7,
    };
    store::urge(&mut tx, &all[..1], Some("请今天办结"), &doing)
        .await
        .unwrap();
    store::urge(&mut tx, &all[..1], None, &doing).await.unwrap();
    let own = levels(&mut tx, reviewer, &["approval"]).await;
    assert_eq!(own["1"], "urged");
    assert!(watched(&mut tx).await[0].case.reminded_at.is_some());
    let sent: i64 = sqlx::query_scalar("select count(*) from outbox where topic = 'case.reminder'")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(sent, 5);
    // the case moves on: its reminders are past
    sqlx::query("update registration_case set step = 'recording' where case_no like '%000001'")
        .execute(tx.conn())
        .await
        .unwrap();
    let own = levels(&mut tx, reviewer, &["approval", "recording"]).await;
    assert_eq!(own, expected(&[("2", "red")]));
}
