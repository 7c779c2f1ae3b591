//! Walking the chains and making the projection anew while others record.

use dengbu_register::{rebuild, verify};
use sqlx::{Connection, Executor};

use crate::fixture::{CITY, CITY_PARCEL, World, ended, key, minute, mortgage, title};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_recorded_during_the_walk_is_no_fault() {
    let w = World::new().await;
    let units = w.plant(CITY, CITY_PARCEL, 2).await;
    w.write(vec![w.entry(CITY, &units[1], title("甲"), minute(0))])
        .await
        .unwrap();
    w.seal(CITY).await;

    // the walk is held up between the units and the authority's chain
    let mut owner = w.owner().await;
    let mut held = owner.begin().await.unwrap();
    held.execute("lock table register_chain in access exclusive mode")
        .await
        .unwrap();
    let store = w.db.store().clone();
    let walk = tokio::spawn(async move {
        let mut tx = store.system().await.unwrap();
        verify::verify(&mut tx).await.unwrap()
    });
    w.waits(&walk).await;
    w.write(vec![w.entry(CITY, &units[1], mortgage("银行"), minute(1))])
        .await
        .unwrap();
    w.write(vec![w.entry(CITY, &units[2], title("乙"), minute(1))])
        .await
        .unwrap();
    held.commit().await.unwrap();
    assert_eq!(walk.await.unwrap().broken, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn walks_among_recordings_and_sealings_find_nothing() {
    let w = std::sync::Arc::new(World::new().await);
    let units = w.plant(CITY, CITY_PARCEL, 4).await;
    let writer = {
        let (w, units) = (w.clone(), units.clone());
        tokio::spawn(async move {
            for n in 0..60 {
                let unit = &units[usize::try_from(n % 5).unwrap()];
                w.write(vec![w.entry(CITY, unit, mortgage("银行"), minute(n))])
                    .await
                    .unwrap();
                if n % 2 == 0 {
                    w.seal(CITY).await;
                }
            }
        })
    };
    while !writer.is_finished() {
        assert_eq!(w.verify().await.broken, None);
    }
    writer.await.unwrap();
    let last = w.verify().await;
    assert_eq!((last.broken, last.entries), (None, 60));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recording_waits_for_a_rebuild_and_loses_nothing() {
    let w = std::sync::Arc::new(World::new().await);
    let units = w.plant(CITY, CITY_PARCEL, 1).await;
    let first = w.entry(CITY, &units[1], title("甲"), minute(0));
    let first_id = first.right_id;
    w.write(vec![first]).await.unwrap();

    let mut tx = w.tx(CITY).await;
    assert_eq!(rebuild::rebuild(&mut tx, &key()).await.unwrap(), 1);
    let sale = {
        let (w, unit) = (w.clone(), units[1].clone());
        tokio::spawn(async move {
            let mut sale = w.entry(CITY, &unit, title("乙"), minute(1));
            sale.ends = vec![ended(first_id)];
            w.write(vec![sale]).await
        })
    };
    w.waits(&sale).await;
    tx.commit().await.unwrap();
    sale.await.unwrap().unwrap();

    let before = w.projection().await;
    let mut tx = w.tx(CITY).await;
    assert_eq!(rebuild::rebuild(&mut tx, &key()).await.unwrap(), 2);
    tx.commit().await.unwrap();
    assert_eq!(before, w.projection().await);
    assert_eq!(
        w.text("select string_agg(name, ' ') from register_holder where is_current")
            .await,
        "乙"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_waits_for_a_recording_under_way() {
    let w = std::sync::Arc::new(World::new().await);
    let units = w.plant(CITY, CITY_PARCEL, 1).await;
    let entry = w.entry(CITY, &units[1], title("甲"), minute(0));
    let mut tx = w.tx(CITY).await;
    let mut heads = dengbu_register::append::lock_units(&mut tx, &units[1..])
        .await
        .unwrap();
    dengbu_register::append::append(&mut tx, &key(), &mut heads, vec![entry])
        .await
        .unwrap();
    let making = {
        let w = w.clone();
        tokio::spawn(async move {
            let mut tx = w.tx(CITY).await;
            let read = rebuild::rebuild(&mut tx, &key()).await?;
            tx.commit().await?;
            Ok::<_, dengbu_register::RegisterError>(read)
        })
    };
    w.waits(&making).await;
    tx.commit().await.unwrap();
    assert_eq!(making.await.unwrap().unwrap(), 1);
    assert_eq!(
        w.text("select count(*)::text from register_right").await,
        "1"
    );
}
