//! A month of 100,000 cases in a stock of 400,000: how long the figures take.
//!
//! Measured in a debug build on two cores under a load of 6: by business 0.91 s, by family 0.69 s,
//! by office 0.59 s, by authority 0.58 s, by county 0.76 s, by source 0.58 s, by place 0.94 s, the
//! first look at all (cold) 1.23 s, trend 1.07 s; work by person 0.39 s, backlog 0.11 s, 8,000 open
//! cases with their lights 0.48 s. Of these the statement over recorded cases takes 0.4 s to 0.5 s,
//! as `explain (analyze, buffers)` says for the families, shortened:
//!
//! ```text
//! GroupAggregate (rows=3)                                  percentiles of each family
//!   CTE paused: Nested Loop (rows=1938)                    the moves that paused; now case_pause_began
//!   CTE decided: Bitmap Heap Scan on case_event            case_event_action (rows=17194)
//!   -> Sort (rows=95550)  Sort Method: quicksort  Memory: 26961kB
//!      -> Hash Left Join (c.business = f.code)             the catalogue, 147 rows
//!         -> Hash Join (c.authority = w.authority)         working days: one array an authority
//!            -> Hash Right Join (paused)
//!               -> Hash Right Join (decided)
//!                  -> Index Only Scan using registration_case_recorded (rows=95550)
//!                       Heap Fetches: 0  Buffers: shared hit=3810
//! Execution Time: 421.059 ms
//! ```
//!
//! No case's row is read, only indexes; the working days are a table of two rows; nothing spills to
//! disk. With the catalogue as a subquery instead of a join a breakdown by family took 5.5 s.

use std::time::Instant;

use dengbu_statistics::dimension::Dimension;
use dengbu_statistics::store;
use sqlx::Connection;

use crate::office::{CITY, MIYI, Office, of};

#[tokio::test]
#[ignore = "measures; run with --ignored --nocapture"]
async fn a_month_of_a_hundred_thousand_cases() {
    let office = Office::new().await;
    let mut owner = sqlx::PgConnection::connect(office.db.owner_url())
        .await
        .unwrap();
    // one by one: vacuum stands alone
    for statement in include_str!("scale.sql").split(";\n") {
        sqlx::raw_sql(statement).execute(&mut owner).await.unwrap();
    }
    let mut tx = office.tx("*").await;
    let asked = office
        .asked(&mut tx, "2026-10-01", "2026-10-31", of(&[CITY, MIYI]))
        .await;
    let begun = Instant::now();
    let total = store::total(&mut tx, &asked).await.unwrap();
    eprintln!("total {:?}: {total:?}", begun.elapsed());
    assert!(total.recorded > 95_000, "{total:?}");
    for by in Dimension::ALL {
        let begun = Instant::now();
        let rows = store::by(&mut tx, &asked, by).await.unwrap();
        eprintln!(
            "by {:9} {:?}, {} rows",
            by.code(),
            begun.elapsed(),
            rows.len()
        );
    }
    for by in [Dimension::Business, Dimension::Family] {
        let plan = store::plan(&mut tx, &asked, by).await.unwrap();
        eprintln!("by {}:\n{plan}", by.code());
    }
    let begun = Instant::now();
    store::trend(&mut tx, &asked).await.unwrap();
    eprintln!("trend {:?}", begun.elapsed());
    let begun = Instant::now();
    let people = store::work(&mut tx, asked.period, &asked.filter.authorities)
        .await
        .unwrap();
    eprintln!("work {:?}, {} people", begun.elapsed(), people.len());
    let begun = Instant::now();
    let heaps = store::heaps(&mut tx, &asked.filter).await.unwrap();
    eprintln!("heaps {:?}, {} heaps", begun.elapsed(), heaps.len());
    let begun = Instant::now();
    let open = store::watched(&mut tx, of(&[CITY, MIYI]), crate::office::day("2026-11-01"))
        .await
        .unwrap();
    eprintln!("open {:?}, {} cases", begun.elapsed(), open.len());
}
