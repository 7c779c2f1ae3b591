//! Batches: what is in waiting is no part of the register, what is published stays.

use dengbu_intake::publish::{Press, Round, round};
use dengbu_intake::{IntakeError, batch};

use crate::desk::{CITY, Desk};

const LEFT: &str = "select (select count(*) from register_entry) || ' ' || (select count(*) from estate_unit) || ' ' ||
    (select count(*) from parcel) || ' ' || (select count(*) from intake_unit) || ' ' || (select count(*) from intake_land)";

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_published_once_and_a_second_run_changes_nothing() {
    let desk = Desk::new().await;
    let package = desk.deliver().await;
    let run = desk.run(&package).await;
    assert_eq!(run.state, "done", "{:?}", run.error);
    let batch_no = desk.prepare(&run).await;
    let prepared = desk.batch(&batch_no).await;
    assert_eq!(prepared.state, "prepared");
    assert!(prepared.units_total > 100, "{}", prepared.units_total);
    assert_eq!(
        desk.register().await.split(' ').next(),
        Some("0"),
        "waiting is no register"
    );
    for r in desk.balanced(&batch_no).await {
        assert_eq!((r.loaded, r.same), (0, 0), "{r:?}");
    }

    desk.release(&batch_no).await;
    desk.work().await;
    let done = desk.batch(&batch_no).await;
    assert_eq!((done.state.as_str(), done.error), ("published", None));
    let mut tx = desk.tx().await;
    let counts = batch::unit_counts(&mut tx, CITY, &batch_no).await.unwrap();
    drop(tx);
    assert_eq!(
        (counts.new, counts.prepared, counts.refused),
        (prepared.units_total, 0, 0)
    );
    let loaded: i64 = desk
        .balanced(&batch_no)
        .await
        .iter()
        .map(|r| r.loaded)
        .sum();
    assert!(loaded > prepared.units_total);
    desk.verify().await;
    let told = desk
        .text("select count(*)::text from outbox where topic = 'intake.published'")
        .await;
    assert_eq!(told, "1");
    let origin = desk
        .text("select provenance ->> 'file_sm3' from register_right where provenance ->> 'table' = 'FC_OWNER' limit 1")
        .await;
    assert_eq!(
        origin.len(),
        64,
        "the file's digest stands with the right: {origin:?}"
    );

    // the same delivery is the same package, and its second batch adds nothing
    let before = desk.register().await;
    assert_eq!(desk.deliver().await.package_id, package.package_id);
    let again = desk.run(&package).await;
    let second = desk.prepare(&again).await;
    desk.release(&second).await;
    desk.work().await;
    assert_eq!(desk.register().await, before);
    let mut tx = desk.tx().await;
    let counts = batch::unit_counts(&mut tx, CITY, &second).await.unwrap();
    drop(tx);
    assert_eq!(
        (counts.same, counts.entries),
        (prepared.units_total, 0),
        "{counts:?}"
    );
    desk.balanced(&second).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_killed_half_way_is_finished_and_ends_like_one_that_was_not() {
    let whole = Desk::new().await;
    let run = whole.run(&whole.deliver().await).await;
    let batch_no = whole.prepare(&run).await;
    whole.release(&batch_no).await;
    whole.work().await;

    let desk = Desk::new().await;
    let run = desk.run(&desk.deliver().await).await;
    let batch_no = desk.prepare(&run).await;
    desk.release(&batch_no).await;
    let press = Press {
        store: desk.db.store(),
        scope: &desk.scope,
        key: &desk.worker.key,
        now: &desk.worker.now,
        ids: &desk.worker.ids,
    };
    // rounds until some units are in and some are not; then whoever did it is gone
    let part = "select (count(*) filter (where state = 'new') > 0 and count(*) filter (where state = 'prepared') > 0)::text from intake_unit";
    while desk.text(part).await != "true" {
        assert_eq!(round(press, CITY, &batch_no).await.unwrap(), Round::More);
    }
    // a roll-back comes too late now
    let mut tx = desk.tx().await;
    let refused = batch::roll_back(&mut tx, &batch_no, "想退回", &desk.doing(desk.clerk)).await;
    assert!(refused.unwrap_err().to_string().contains("更正登记"));
    drop(tx);
    // two that go on at once do each unit once
    let (a, b) = tokio::join!(finish(press, &batch_no), finish(press, &batch_no));
    assert!(a && b);
    assert_eq!(desk.batch(&batch_no).await.state, "published");
    assert_eq!(desk.register().await, whole.register().await);
    desk.verify().await;
    desk.balanced(&batch_no).await;
}

async fn finish(press: Press<'_>, batch_no: &str) -> bool {
    loop {
        match round(press, CITY, batch_no).await.unwrap() {
            Round::More => {}
            Round::Done | Round::Halted => return true,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_back_leaves_nothing_but_its_record() {
    let desk = Desk::new().await;
    let run = desk.run(&desk.deliver().await).await;
    let batch_no = desk.prepare(&run).await;
    assert_ne!(desk.text(LEFT).await, "0 0 0 0 0");
    let mut tx = desk.tx().await;
    let clerk = desk.doing(desk.clerk);
    let again = batch::open(&mut tx, run.run_id, &clerk).await;
    assert!(
        matches!(again, Err(IntakeError::State(_))),
        "one batch of a run at a time"
    );
    let unsaid = batch::roll_back(&mut tx, &batch_no, " ", &clerk).await;
    assert!(matches!(unsaid, Err(IntakeError::Field { .. })));
    batch::roll_back(&mut tx, &batch_no, "对照有误，重新运行", &clerk)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(desk.text(LEFT).await, "0 0 0 0 0");
    let gone = desk.batch(&batch_no).await;
    assert_eq!(
        (gone.state.as_str(), gone.undone_reason.as_deref()),
        ("rolled_back", Some("对照有误，重新运行"))
    );
    let next = desk.prepare(&run).await;
    assert!(next > batch_no, "a number is not used twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_prepared_a_batch_does_not_publish_it() {
    let desk = Desk::new().await;
    let run = desk.run(&desk.deliver().await).await;
    let batch_no = desk.prepare(&run).await;
    let mut tx = desk.tx().await;
    let own = batch::release(&mut tx, &batch_no, &desk.doing(desk.clerk)).await;
    assert!(own.unwrap_err().to_string().contains("另一人"));
    batch::release(&mut tx, &batch_no, &desk.doing(desk.chief))
        .await
        .unwrap();
    batch::pause(&mut tx, CITY, &batch_no, None).await.unwrap();
    tx.commit().await.unwrap();
    desk.work().await;
    assert_eq!(desk.batch(&batch_no).await.state, "paused");
    assert_eq!(desk.register().await.split(' ').next(), Some("0"));
    desk.release(&batch_no).await;
    desk.work().await;
    assert_eq!(desk.batch(&batch_no).await.state, "published");
}
