//! Maps and the changes of a parcel.

use dengbu_distribution::history;
use dengbu_distribution::theme::sheet::{Paper, svg};
use dengbu_distribution::theme::{Theme, picture, survey};
use dengbu_model::unit_code::ParcelCode;

use crate::fixture::{City, now};

const COUNTIES: [&str; 3] = ["510402", "510403", "510411"];

#[tokio::test]
async fn every_theme_shows_every_parcel_and_is_printed() {
    let city = City::new().await;
    let counties = COUNTIES.map(str::to_owned);
    for theme in Theme::ALL {
        let mut tx = city.db.store().begin(&city.scope()).await.unwrap();
        let map = survey::survey(&mut tx, theme, &counties, None, now())
            .await
            .unwrap();
        assert!(map.places.len() > 5 && map.unplaced == 0);
        assert_eq!(map.counts().iter().sum::<usize>(), map.places.len());
        let used = map.counts().iter().filter(|c| **c > 0).count();
        assert!(used > 1, "{theme:?} tells nothing apart");
        let drawn = svg(
            &map,
            Paper::A4,
            "攀枝花市",
            "攀枝花市不动产登记中心",
            picture::family().unwrap(),
            now(),
        );
        let png = picture::png(&drawn).unwrap();
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        let pdf = picture::pdf(&drawn).unwrap();
        assert_eq!(&pdf[..5], b"%PDF-");
        if let Ok(folder) = std::env::var("DENGBU_MAPS") {
            std::fs::write(format!("{folder}/{}.png", theme.code()), png).unwrap();
            std::fs::write(format!("{folder}/{}.pdf", theme.code()), pdf).unwrap();
        }
    }
}

#[tokio::test]
async fn a_map_of_earlier_shows_what_stood_then() {
    let city = City::new().await;
    let counties = COUNTIES.map(str::to_owned);
    let mut tx = city.db.store().begin(&city.scope()).await.unwrap();
    let then = "1980-01-01T00:00:00Z".parse().unwrap();
    let before = survey::survey(&mut tx, Theme::MortgageDensity, &counties, None, then)
        .await
        .unwrap();
    let today = survey::survey(&mut tx, Theme::MortgageDensity, &counties, None, now())
        .await
        .unwrap();
    let mortgaged = |map: &survey::ThemeMap| map.counts()[1..5].iter().sum::<usize>();
    assert_eq!(mortgaged(&before), 0);
    assert!(mortgaged(&today) > 0);
}

#[tokio::test]
async fn the_changes_of_a_parcel_come_page_by_page_without_a_gap() {
    let city = City::new().await;
    let parcel = ParcelCode::parse("510402101001GB00001").unwrap();
    let mut tx = city.db.store().begin(&city.scope()).await.unwrap();
    let all = history::changes(&mut tx, &parcel, None, 1000)
        .await
        .unwrap();
    assert!(all.len() > 20);
    assert!(all.iter().all(|c| c.unit_code.starts_with(parcel.as_str())));
    assert!(all.iter().all(|c| c.source.as_deref() == Some("演示数据")));
    let mut paged = Vec::new();
    let mut mark = None;
    loop {
        let page = history::changes(&mut tx, &parcel, mark.as_ref(), 7)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        mark = Some((last.recorded_at, last.unit_code.clone(), last.unit_seq));
        paged.extend(page);
    }
    assert_eq!(paged, all);
}
