//! Exports and deliveries in the ledger.

use chrono::{DateTime, TimeDelta, Utc};
use dengbu_distribution::format::Format;
use dengbu_distribution::ledger::{self, NewGiveOut, Subscription};
use dengbu_distribution::schedule::{Every, Schedule};
use dengbu_distribution::{DistributionError, Request, export};
use dengbu_model::time::date_in_shanghai;
use uuid::Uuid;

use crate::fixture::{CITY, City, now};

async fn ask(city: &City, request: &Request, note: Option<&str>) -> Uuid {
    let id = city.id();
    let mut tx = city.db.store().system().await.unwrap();
    let new = NewGiveOut {
        authority: CITY,
        id,
        title: "宗地",
        purpose: "测绘院更新底图",
        request,
        subscription: None,
        version_note: note,
        asked_by: "邵山川",
        at: now(),
    };
    assert!(ledger::ask(&mut tx, &new).await.unwrap());
    tx.commit().await.unwrap();
    id
}

async fn claim(city: &City, at: DateTime<Utc>) -> Option<ledger::GiveOut> {
    let mut tx = city.db.store().system().await.unwrap();
    let claimed = ledger::claim(&mut tx, at).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

async fn state(city: &City, id: Uuid) -> ledger::GiveOut {
    let mut tx = city.db.store().begin(&city.scope()).await.unwrap();
    ledger::find(&mut tx, &[CITY.to_owned()], id)
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn an_export_is_made_once_and_makes_a_version() {
    let city = City::new().await;
    let request = Request::new(&["parcels"], Format::Csv);
    let id = ask(&city, &request, Some("年度更新")).await;
    let given = claim(&city, now()).await.unwrap();
    assert_eq!(given.give_out_id, id);
    assert!(claim(&city, now()).await.is_none(), "nobody else gets it");
    let folder = tempfile::tempdir().unwrap();
    let ended = city
        .export(&given.request().unwrap(), &folder.path().join("x"))
        .await;
    for _ in 0..2 {
        // a worker killed between commit and its next step says it again
        let mut tx = city.db.store().system().await.unwrap();
        ledger::finish(&mut tx, &given, &ended, now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = city.db.store().begin(&city.scope()).await.unwrap();
    let versions = ledger::versions(&mut tx, CITY).await.unwrap();
    assert_eq!(versions.len(), 1);
    assert_eq!(
        (versions[0].version, versions[0].note.as_str()),
        (1, "年度更新")
    );
    drop(tx);
    assert_eq!(state(&city, id).await.state, "done");
    let mut tx = city.db.store().system().await.unwrap();
    let gone = ledger::expire(&mut tx, now() + TimeDelta::days(31))
        .await
        .unwrap();
    assert_eq!(gone, [(CITY.to_owned(), id)]);
}

#[tokio::test]
async fn a_worker_that_died_is_replaced_and_gives_up_in_the_end() {
    let city = City::new().await;
    let id = ask(&city, &Request::new(&["parcels"], Format::Csv), None).await;
    let later = |minutes| now() + TimeDelta::minutes(minutes);
    assert!(claim(&city, later(0)).await.is_some());
    assert!(
        claim(&city, later(4)).await.is_none(),
        "it may still be at work"
    );
    assert!(claim(&city, later(6)).await.is_some());
    assert!(claim(&city, later(12)).await.is_some());
    assert!(claim(&city, later(18)).await.is_none());
    let given = state(&city, id).await;
    assert_eq!(given.state, "failed");
    assert!(given.error.unwrap().contains("重新导出"));
}

#[tokio::test]
async fn a_running_export_is_stopped() {
    let city = City::new().await;
    let id = ask(&city, &Request::new(&["units"], Format::Csv), None).await;
    let given = claim(&city, now()).await.unwrap();
    let mut tx = city.db.store().begin(&city.scope()).await.unwrap();
    assert!(
        ledger::stop(&mut tx, &[CITY.to_owned()], id, now())
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let mut tx = city.db.store().system().await.unwrap();
    assert!(
        !ledger::beat(&mut tx, CITY, id, (1, 2), now())
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut tx = city.db.store().begin(&city.scope()).await.unwrap();
    let path = folder.path().join("x");
    let ended = export::export(
        &mut tx,
        &given.request().unwrap(),
        "x",
        now(),
        &path,
        &|_, _| false,
    )
    .await;
    assert!(matches!(ended, Err(DistributionError::Stopped)));
    drop(tx);
    let mut tx = city.db.store().system().await.unwrap();
    ledger::finish(&mut tx, &given, &ended, now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(state(&city, id).await.state, "stopped");
}

async fn subscribed(city: &City, ends_on: Option<chrono::NaiveDate>) -> Uuid {
    let id = city.id();
    let mut tx = city.db.store().begin(&city.scope()).await.unwrap();
    let new = Subscription {
        authority: CITY.to_owned(),
        subscription_id: id,
        receiver: "攀枝花市住房公积金管理中心（示例）".to_owned(),
        agreement_no: "示例协〔2026〕1号".to_owned(),
        legal_basis: "《不动产登记暂行条例》第二十五条".to_owned(),
        purpose: "核验贷款抵押情况".to_owned(),
        request: serde_json::to_value(Request::new(&["mortgages"], Format::Csv)).unwrap(),
        schedule: serde_json::to_value(Schedule {
            every: Every::Day,
            hour: 6,
        })
        .unwrap(),
        increment: true,
        starts_on: date_in_shanghai(now()),
        ends_on,
        state: "active".to_owned(),
        next_at: Some(now()),
        last_as_of: None,
        version: 1,
        created_by: "段管理".to_owned(),
        created_at: now(),
    };
    ledger::subscribe(&mut tx, &new, &[7; 32]).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn due(city: &City, at: DateTime<Utc>) -> usize {
    let mut tx = city.db.store().system().await.unwrap();
    let ids = || city.id();
    let entered = ledger::due(&mut tx, at, date_in_shanghai(at), &ids)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    entered
}

#[tokio::test]
async fn a_delivery_is_entered_when_it_is_due_and_then_only_what_changed() {
    let city = City::new().await;
    let id = subscribed(&city, None).await;
    assert_eq!(due(&city, now()).await, 1);
    assert_eq!(due(&city, now()).await, 0, "once");
    let next = now() + TimeDelta::days(1);
    assert_eq!(due(&city, next).await, 1);
    let mut tx = city.db.store().begin(&city.scope()).await.unwrap();
    let all = ledger::list(&mut tx, &[CITY.to_owned()], Some(id), None, 10)
        .await
        .unwrap();
    let [second, first] = [0, 1].map(|i: usize| all[i].request().unwrap());
    assert_eq!((first.since, first.as_of), (None, Some(now())));
    assert_eq!((second.since, second.as_of), (Some(now()), Some(next)));
}

#[tokio::test]
async fn a_subscription_ends_with_its_agreement_and_its_key_with_it() {
    let city = City::new().await;
    subscribed(&city, Some(date_in_shanghai(now()))).await;
    assert_eq!(due(&city, now()).await, 1, "the last day counts");
    let key = |hash: [u8; 32]| {
        let store = city.db.store().clone();
        async move {
            let mut tx = store.system().await.unwrap();
            ledger::by_key(&mut tx, &hash).await.unwrap()
        }
    };
    assert!(key([7; 32]).await.is_some());
    assert!(key([8; 32]).await.is_none());
    assert_eq!(due(&city, now() + TimeDelta::days(2)).await, 0);
    assert!(key([7; 32]).await.is_none());
}

#[tokio::test]
async fn another_authority_sees_none_of_it() {
    let city = City::new().await;
    let id = ask(&city, &Request::new(&["parcels"], Format::Csv), None).await;
    subscribed(&city, None).await;
    let other = dengbu_store::Scope::new(["510421"]).unwrap();
    let mut tx = city.db.store().begin(&other).await.unwrap();
    // even when the handler asked for the wrong authority, the database shows nothing
    let all = [CITY.to_owned()];
    assert!(ledger::find(&mut tx, &all, id).await.unwrap().is_none());
    assert!(
        ledger::subscriptions(&mut tx, &all)
            .await
            .unwrap()
            .is_empty()
    );
}
