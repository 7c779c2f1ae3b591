//! Entries follow one another; what cannot be entered is refused.

use dengbu_model::unit_code::UnitCode;
use dengbu_register::entry::{chain_hash, register_time};
use dengbu_register::{RegisterError, chain, read};

use crate::fixture::{
    CITY, CITY_PARCEL, MIYI, MIYI_PARCEL, World, ended, key, minute, mortgage, now, scope, seizure,
    title,
};

#[tokio::test]
async fn entries_chain_within_their_unit_and_are_sealed_into_the_authoritys_chain() {
    let w = World::new().await;
    let units = w.plant(CITY, CITY_PARCEL, 2).await;
    let first = w.entry(CITY, &units[1], title("甲"), minute(0));
    let first_id = first.right_id;
    w.write(vec![
        first,
        w.entry(CITY, &units[2], title("乙"), minute(0)),
    ])
    .await
    .unwrap();
    let mut sale = w.entry(CITY, &units[1], title("丙"), minute(1));
    sale.ends = vec![ended(first_id)];
    w.write(vec![sale]).await.unwrap();

    let open = w.verify().await;
    assert_eq!(open.broken, None);
    assert_eq!(
        (open.entries, open.units, open.links, open.unsealed),
        (3, 2, 0, 3)
    );

    assert_eq!(w.seal(CITY).await, 3);
    assert_eq!(w.seal(CITY).await, 0, "nothing is sealed twice");
    let sealed = w.verify().await;
    assert_eq!(sealed.broken, None);
    assert_eq!((sealed.links, sealed.unsealed), (3, 0));

    let mut tx = w.tx(CITY).await;
    let chain = read::entries(&mut tx, &units[1]).await.unwrap();
    assert_eq!(chain.len(), 2);
    assert!(chain[0].prev_hash.is_empty());
    assert_eq!(chain[1].prev_hash, chain[0].hash);
    for (n, e) in (1_i64..).zip(&chain) {
        assert_eq!(e.body.unit_seq, n);
        let canonical = e.body.canonical().unwrap();
        assert_eq!(
            chain_hash(&e.prev_hash, canonical.as_bytes()).as_slice(),
            e.hash
        );
        assert!(e.chain_seq.is_some());
    }
}

#[tokio::test]
async fn recording_times_only_rise_within_a_unit_though_the_clock_goes_back() {
    let w = World::new().await;
    let units = w.plant(CITY, CITY_PARCEL, 1).await;
    // sub-microsecond parts are not kept by the database, so they must not be hashed either
    let odd = now() + chrono::TimeDelta::nanoseconds(1_234_567);
    for (n, at) in [odd, minute(-60), odd, odd].into_iter().enumerate() {
        let right = mortgage(&format!("银行{n}"));
        w.write(vec![w.entry(CITY, &units[1], right, at)])
            .await
            .unwrap();
    }
    // and within one batch
    w.write(vec![
        w.entry(CITY, &units[1], seizure("法院一"), minute(-90)),
        w.entry(CITY, &units[1], seizure("法院二"), minute(-90)),
    ])
    .await
    .unwrap();
    let mut tx = w.tx(CITY).await;
    let times: Vec<_> = read::entries(&mut tx, &units[1])
        .await
        .unwrap()
        .into_iter()
        .map(|e| e.body.recorded_at)
        .collect();
    assert_eq!(times[0], register_time(odd));
    assert!(times.windows(2).all(|t| t[0] < t[1]), "{times:?}");
    assert_eq!(times[5] - times[0], chrono::TimeDelta::microseconds(5));
    assert_eq!(w.verify().await.broken, None);
}

#[tokio::test]
async fn the_register_can_be_read_as_it_stood() {
    let w = World::new().await;
    let units = w.plant(CITY, CITY_PARCEL, 1).await;
    let mut first = w.entry(CITY, &units[1], title("甲"), minute(0));
    first.effective_at = Some("2010-05-01T00:00:00Z".parse().unwrap());
    let first_id = first.right_id;
    let loan = w.entry(CITY, &units[1], mortgage("银行"), minute(10));
    let paid = w.ending(
        CITY,
        &units[1],
        (loan.right_id, mortgage("银行")),
        minute(30),
    );
    let mut sale = w.entry(CITY, &units[1], title("乙"), minute(20));
    sale.ends = vec![ended(first_id)];
    w.write(vec![first]).await.unwrap();
    w.write(vec![loan]).await.unwrap();
    w.write(vec![sale]).await.unwrap();
    w.write(vec![paid]).await.unwrap();

    let mut tx = w.tx(CITY).await;
    let all = read::rights(&mut tx, &units[1]).await.unwrap();
    let standing = |at| -> Vec<String> {
        read::as_of(all.clone(), at)
            .into_iter()
            .filter(|r| r.valid_to.is_none())
            .map(|r| r.right.holders[0].party.name.clone())
            .collect()
    };
    let just_before = |n| minute(n) - chrono::TimeDelta::microseconds(1);
    assert_eq!(
        standing("2010-04-30T23:59:59Z".parse().unwrap()),
        Vec::<String>::new()
    );
    assert_eq!(standing("2010-05-01T00:00:00Z".parse().unwrap()), ["甲"]);
    assert_eq!(standing(just_before(10)), ["甲"]);
    assert_eq!(
        standing(minute(10)),
        ["甲", "银行"],
        "the moment itself counts"
    );
    assert_eq!(standing(just_before(20)), ["甲", "银行"]);
    assert_eq!(standing(minute(20)), ["银行", "乙"]);
    assert_eq!(standing(just_before(30)), ["银行", "乙"]);
    assert_eq!(standing(minute(30)), ["乙"]);
    assert_eq!(standing(minute(10_000)), ["乙"]);
    // what ended later shows nothing of its end
    let before = read::as_of(all.clone(), minute(15));
    assert!(
        before
            .iter()
            .all(|r| r.end_reason.is_none() && r.ended_seq.is_none())
    );
    // what ended before shows its end
    let after = read::as_of(all, minute(25));
    let old = after.iter().find(|r| r.right_id == first_id).unwrap();
    assert_eq!(old.end_reason.as_deref(), Some("因买卖转移登记"));
    assert_eq!(old.ended_seq, Some(3));
}

#[tokio::test]
async fn a_second_title_is_refused_and_leaves_nothing() {
    let w = World::new().await;
    let units = w.plant(CITY, CITY_PARCEL, 2).await;
    w.write(vec![w.entry(CITY, &units[1], title("甲"), minute(0))])
        .await
        .unwrap();
    let before = w.projection().await;
    let second = w
        .write(vec![
            w.entry(CITY, &units[2], title("丙"), minute(1)),
            w.entry(CITY, &units[1], title("乙"), minute(1)),
        ])
        .await
        .unwrap_err();
    let RegisterError::SecondTitle(named) = &second else {
        panic!("{second:?}")
    };
    assert!(named.contains(units[1].as_str()));
    assert!(second.to_string().contains("不能重复登记"));
    assert_eq!(before, w.projection().await);
    assert_eq!(
        w.text("select count(*)::text from register_entry").await,
        "1"
    );
    assert_eq!(w.verify().await.broken, None);
}

#[tokio::test]
async fn only_a_right_that_stands_can_end() {
    let w = World::new().await;
    let units = w.plant(CITY, CITY_PARCEL, 2).await;
    let loan = w.entry(CITY, &units[1], mortgage("银行"), minute(0));
    let id = loan.right_id;
    w.write(vec![loan]).await.unwrap();
    let end = || w.ending(CITY, &units[1], (id, mortgage("银行")), minute(1));
    let never = w.id();
    let refused = w
        .write(vec![w.ending(
            CITY,
            &units[1],
            (never, mortgage("银行")),
            minute(1),
        )])
        .await;
    assert!(matches!(refused, Err(RegisterError::NotStanding(r)) if r == never));
    w.write(vec![end()]).await.unwrap();
    let again = w.write(vec![end()]).await;
    assert!(matches!(again, Err(RegisterError::NotStanding(r)) if r == id));
    assert_eq!(
        w.text("select count(*)::text from register_entry").await,
        "2"
    );
    assert_eq!(w.verify().await.broken, None);
}

#[tokio::test]
async fn an_entry_cannot_end_a_right_on_another_unit() {
    let w = World::new().await;
    let units = w.plant(CITY, CITY_PARCEL, 2).await;
    let loan = w.entry(CITY, &units[1], mortgage("银行"), minute(0));
    let id = loan.right_id;
    w.write(vec![loan]).await.unwrap();
    let refused = w
        .write(vec![w.ending(
            CITY,
            &units[2],
            (id, mortgage("银行")),
            minute(1),
        )])
        .await;
    assert!(
        matches!(refused, Err(RegisterError::NotStanding(r)) if r == id),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_unknown_unit_is_named() {
    let w = World::new().await;
    w.plant(CITY, CITY_PARCEL, 1).await;
    let unknown = UnitCode::parse("510402001003GB00012F00010099").unwrap();
    let refused = w
        .write(vec![w.entry(CITY, &unknown, title("甲"), minute(0))])
        .await;
    assert!(matches!(refused, Err(RegisterError::UnknownUnit(u)) if u == unknown.as_str()));
}

#[tokio::test]
async fn two_authorities_have_chains_of_their_own() {
    let w = World::new().await;
    let city = w.plant(CITY, CITY_PARCEL, 2).await;
    let miyi = w.plant(MIYI, MIYI_PARCEL, 1).await;
    w.write(vec![
        w.entry(CITY, &city[1], title("甲"), minute(0)),
        w.entry(CITY, &city[2], title("乙"), minute(0)),
    ])
    .await
    .unwrap();
    w.write(vec![w.entry(MIYI, &miyi[1], title("丙"), minute(0))])
        .await
        .unwrap();
    assert_eq!(w.seal(MIYI).await, 1);
    let half = w.verify().await;
    assert_eq!(half.broken, None);
    assert_eq!((half.links, half.unsealed), (1, 2));
    assert_eq!(w.seal(CITY).await, 2);
    let chains = "select string_agg(authority || ':' || chain_seq || ':' || length(prev_hash), ' '
                  order by authority, chain_seq) from register_chain";
    assert_eq!(w.text(chains).await, "510400:1:0 510400:2:32 510421:1:0");
    // each authority verifies its own alone
    for (authority, links) in [(CITY, 2), (MIYI, 1)] {
        let mut tx = w.db.store().begin(&scope(authority)).await.unwrap();
        let report = dengbu_register::verify::verify(&mut tx).await.unwrap();
        assert_eq!((report.broken, report.links), (None, links));
        let health = chain::health(&mut tx).await.unwrap();
        assert_eq!(
            (health.sealed, health.unsealed),
            (i64::try_from(links).unwrap(), 0)
        );
    }
}

#[tokio::test]
async fn a_person_is_found_by_number_though_no_number_is_in_the_index() {
    use dengbu_model::identity::{IdDocument, IdKind};
    let w = World::new().await;
    let units = w.plant(CITY, CITY_PARCEL, 2).await;
    let mut right = title("甲");
    right.holders[0].party.id = Some(IdDocument::from_register(
        IdKind::ResidentId,
        "51049919800101002X",
    ));
    let old = w.entry(CITY, &units[1], right, minute(0));
    let old_id = old.right_id;
    w.write(vec![old]).await.unwrap();
    let find = async || {
        let mut tx = w.tx(CITY).await;
        dengbu_register::find::by_id_number(&mut tx, &key(), " 51049919800101002x", "", 10)
            .await
            .unwrap()
    };
    assert_eq!(find().await, [units[1].as_str()]);
    assert_eq!(
        w.text("select count(*)::text from register_holder where position('5104991980' in register_holder::text) > 0").await,
        "0"
    );
    let mut sale = w.entry(CITY, &units[1], title("乙"), minute(1));
    sale.ends = vec![ended(old_id)];
    w.write(vec![sale]).await.unwrap();
    assert!(find().await.is_empty(), "who sold holds nothing any more");
}
