//! A month of 100,000 cases in a stock of 400,000: how long the figures take.

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
