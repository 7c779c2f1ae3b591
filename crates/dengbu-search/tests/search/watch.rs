//! The log of what was shown, and the alerts raised from it.

use dengbu_search::access::Index;
use dengbu_search::application::{self, ListFilter};
use dengbu_search::log::{self, LogFilter};
use dengbu_search::settings::AnomalyLimit;
use dengbu_search::{SearchError, anomaly};
use dengbu_store::Scope;

use crate::fixture::{CITY, World, doing, minute, now, number, person, request, title};

#[tokio::test]
async fn each_showing_is_logged_and_too_many_raise_one_alert_a_day() {
    let mut w = World::new().await;
    let own = AnomalyLimit {
        limit: 2,
        hours: 24,
    };
    w.settings.anomalies.insert("unit_often".to_owned(), own);
    w.settings.anomalies.insert("person_often".to_owned(), own);
    let units = w.plant("510402", 1).await;
    let owner = person("甲某", Some(&number(1)));
    w.record(&units[1], title(vec![owner.clone()]), &[], true)
        .await;
    for n in 0..4 {
        let made = w
            .take_in(request("holder", Index::Person, owner.clone()))
            .await;
        w.answer(&made.search_no, minute(n)).await.unwrap();
    }
    let mut tx = w.tx().await;
    let mine = [CITY.to_owned()];
    let filter = LogFilter {
        unit: Some(units[1].as_str().to_owned()),
        limit: 10,
        ..LogFilter::default()
    };
    let shown = log::list(&mut tx, &mine, &filter).await.unwrap();
    assert_eq!(shown.len(), 4);
    assert_eq!(shown[0].applicant_masked, "甲*");
    assert_eq!(shown[0].subjects_masked, ["甲*"]);
    assert_eq!((shown[0].units, shown[0].hits), (1, 1));
    let alerts = anomaly::list(&mut tx, &mine, true, None, 10).await.unwrap();
    let mut raised: Vec<_> = alerts
        .iter()
        .map(|a| (a.rule.as_str(), a.counted))
        .collect();
    raised.sort_unstable();
    assert_eq!(raised, [("person_often", 4), ("unit_often", 4)]);
    let ids = || w.id();
    let d = doing(minute(9), &ids);
    let id = alerts[0].alert_id;
    let done = anomaly::handle(&mut tx, &mine, id, "已核实：本人多次办理", &d)
        .await
        .unwrap();
    assert_eq!(done.handled_by.as_deref(), Some("受理员甲"));
    let twice = anomaly::handle(&mut tx, &mine, id, "再次", &d).await;
    assert!(matches!(twice, Err(SearchError::Unknown(_))));
    assert_eq!(
        anomaly::list(&mut tx, &mine, true, None, 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_search_at_night_raises_an_alert() {
    let w = World::new().await;
    let owner = person("甲某", Some(&number(1)));
    let made = w.take_in(request("holder", Index::Person, owner)).await;
    // 23:00 in Shanghai
    w.answer(&made.search_no, minute(14 * 60)).await.unwrap();
    let mut tx = w.tx().await;
    let alerts = anomaly::list(&mut tx, &[CITY.to_owned()], true, None, 10)
        .await
        .unwrap();
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].rule, "off_hours");
}

#[tokio::test]
async fn a_refused_search_shows_and_logs_nothing() {
    let w = World::new().await;
    let stranger = person("丁某", Some(&number(4)));
    let made = w
        .take_in(request("public", Index::UnitCode, stranger))
        .await;
    assert!(w.answer(&made.search_no, now()).await.is_err());
    let mut tx = w.tx().await;
    let filter = LogFilter {
        limit: 10,
        ..LogFilter::default()
    };
    let shown = log::list(&mut tx, &[CITY.to_owned()], &filter)
        .await
        .unwrap();
    assert!(shown.is_empty());
}

#[tokio::test]
async fn another_authority_sees_nothing_of_it() {
    let w = World::new().await;
    let owner = person("甲某", Some(&number(1)));
    let made = w.take_in(request("holder", Index::Person, owner)).await;
    w.answer(&made.search_no, now()).await.unwrap();
    let miyi = Scope::single("510421").unwrap();
    let mut tx = w.db.store().begin(&miyi).await.unwrap();
    let other = application::load(&mut tx, &made.search_no, false).await;
    assert!(matches!(other, Err(SearchError::Unknown(_))));
    let all = [CITY.to_owned()];
    let filter = ListFilter {
        limit: 10,
        ..ListFilter::default()
    };
    assert!(
        application::list(&mut tx, &all, &filter)
            .await
            .unwrap()
            .is_empty()
    );
    let log_filter = LogFilter {
        limit: 10,
        ..LogFilter::default()
    };
    assert!(
        log::list(&mut tx, &all, &log_filter)
            .await
            .unwrap()
            .is_empty()
    );
}
