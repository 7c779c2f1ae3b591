//! The day and the month.

use chrono::TimeDelta;
use dengbu_fees::desk::day::{self, Count};
use dengbu_fees::desk::month::{self, Settling};
use dengbu_fees::desk::orders::{self};
use dengbu_fees::desk::read::{self, Which};
use dengbu_fees::gateway::LocalBills;
use dengbu_fees::order::{Method, OrderState};
use dengbu_fees::tariff::UseClass;
use dengbu_fees::{FeeError, sheet};
use rust_decimal::Decimal;

use crate::fixture::*;

#[tokio::test]
async fn the_day_is_counted_and_differences_are_explained() {
    let desk = Desk::new().await;
    let (_, a) = desk.charged(1).await;
    let (_, b) = desk.charged(2).await;
    let (_, c) = desk.charged(3).await;
    desk.charged(4).await;
    desk.pay(&a, "80", Method::Cash).await.unwrap();
    desk.pay(&b, "80", Method::Pos).await.unwrap();
    let other = cashier(2, now() + TimeDelta::hours(1));
    desk.pay_by(&c, "80", Method::Cash, &other).await.unwrap();
    let day = "2026-11-23".parse().unwrap();
    let mut tx = desk.tx().await;
    let s = day::sheet(&mut tx, CITY, day).await.unwrap();
    assert_eq!(
        (s.issued, s.expected, s.received),
        (4, yuan("320"), yuan("240"))
    );
    assert_eq!(s.booked.len(), 3);
    assert_eq!(
        s.booked.iter().map(day::Booked::net).sum::<Decimal>(),
        yuan("240")
    );
    let csv = sheet::day_csv(&s);
    assert_eq!(csv.lines().count(), 5);
    assert!(csv.lines().last().unwrap().contains("240.00"), "{csv}");
    let of = |cash: &str, pos: &str| {
        [(Method::Cash, cash), (Method::Pos, pos)].map(|(method, counted)| Count {
            method,
            counted: yuan(counted),
        })
    };
    let only_cash = &of("80", "80")[..1];
    assert!(
        day::count(&mut tx, CITY, day, only_cash, None, &me())
            .await
            .is_err(),
        "POS left out"
    );
    assert!(
        day::count(&mut tx, CITY, day, &of("79", "80"), None, &me())
            .await
            .is_err()
    );
    day::count(
        &mut tx,
        CITY,
        day,
        &of("79", "80"),
        Some("找零多付 1 元"),
        &me(),
    )
    .await
    .unwrap();
    let order = read::order(&mut tx, &a.order_no, false).await.unwrap();
    assert_eq!(
        order.state(),
        OrderState::Paid,
        "a difference verifies nothing"
    );
    day::count(&mut tx, CITY, day, &of("80", "80"), None, &me())
        .await
        .unwrap();
    let s = day::sheet(&mut tx, CITY, day).await.unwrap();
    assert_eq!(s.counted.len(), 2);
    assert!(
        s.counted
            .iter()
            .all(|c| c.revision == 2 && c.counted == c.booked)
    );
    let order = read::order(&mut tx, &a.order_no, false).await.unwrap();
    assert_eq!(
        (order.state(), order.state.as_str()),
        (OrderState::Verified, "verified")
    );
    let theirs = read::order(&mut tx, &c.order_no, false).await.unwrap();
    assert_eq!(theirs.state(), OrderState::Paid, "another cashier's desk");
    let tomorrow = "2026-11-24".parse().unwrap();
    assert!(
        day::count(&mut tx, CITY, tomorrow, &of("0", "0"), None, &me())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_bank_settles_its_month_at_once() {
    let desk = Desk::new().await;
    let mut made = Vec::new();
    for serial in 1..=3 {
        let facts = desk
            .case(serial, "100-DY-01", "示例银行", UseClass::Residential)
            .await;
        let mut tx = desk.tx().await;
        made.push((
            orders::charge(&mut tx, &LocalBills, &facts, &me())
                .await
                .unwrap()
                .remove(0),
            facts,
        ));
        tx.commit().await.unwrap();
    }
    let mut tx = desk.tx().await;
    let refused = orders::put_on_account(&mut tx, &made[0].0.order_no, 1, true, &me()).await;
    assert!(matches!(
        refused,
        Err(FeeError::Field {
            code: "no_agreement",
            ..
        })
    ));
    drop(tx);
    desk.set(|s| s.monthly_payers = vec!["示例银行".into()])
        .await;
    let mut tx = desk.tx().await;
    for (order, _) in &made[..2] {
        orders::put_on_account(&mut tx, &order.order_no, order.version, true, &me())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    desk.gate(&made[0].1).await.unwrap();
    assert!(desk.gate(&made[2].1).await.is_err());
    assert_eq!(
        (desk.due(Which::Monthly).await, desk.due(Which::ToPay).await),
        (2, 1)
    );
    let mut tx = desk.tx().await;
    let rows = month::payers(&mut tx, CITY, "2026-11").await.unwrap();
    assert_eq!(
        (rows[0].orders, rows[0].due, rows[0].open),
        (2, yuan("160"), 2)
    );
    assert!(
        month::payers(&mut tx, CITY, "2026-12")
            .await
            .unwrap()
            .is_empty()
    );
    assert!(month::payers(&mut tx, CITY, "2026-13").await.is_err());
    let asked = |amount: &str| Settling {
        authority: CITY,
        month: "2026-11",
        payer: "示例银行",
        method: Method::Transfer,
        amount: yuan(amount),
        channel_no: Some("B-1"),
    };
    assert!(
        month::settle(&mut tx, &LocalBills, &asked("159"), &me())
            .await
            .is_err()
    );
    let statement = month::settle(&mut tx, &LocalBills, &asked("160"), &me())
        .await
        .unwrap();
    assert_eq!(statement.statement_no, "YJ510400-2026-0000001");
    assert!(
        month::settle(&mut tx, &LocalBills, &asked("160"), &me())
            .await
            .is_err(),
        "once"
    );
    let list = month::orders(&mut tx, CITY, "2026-11", "示例银行", false)
        .await
        .unwrap();
    assert!(list.iter().all(|o| o.state() == OrderState::Paid));
    assert!(sheet::month_csv(&list).contains("未缴合计"));
    assert_eq!(
        month::statements(&mut tx, CITY, "2026-11")
            .await
            .unwrap()
            .len(),
        1
    );
}
