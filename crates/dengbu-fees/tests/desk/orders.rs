//! Orders, payments, refunds.

use dengbu_fees::FeeError;
use dengbu_fees::desk::gate::{self, Wants};
use dengbu_fees::desk::money::{self, Giving};
use dengbu_fees::desk::orders::{self};
use dengbu_fees::desk::read::{self, Which};
use dengbu_fees::gateway::LocalBills;
use dengbu_fees::order::{Method, OrderState};
use dengbu_fees::settings::SettleBefore;
use dengbu_fees::tariff::UseClass;
use dengbu_store::{Scope, TenantTx};

use crate::fixture::*;

#[tokio::test]
async fn a_case_goes_on_once_its_fee_is_paid() {
    let desk = Desk::new().await;
    let facts = desk
        .case(1, "200-04-02", "买方", UseClass::Residential)
        .await;
    assert!(
        matches!(desk.gate(&facts).await, Err(FeeError::NotSettled(_))),
        "not assessed"
    );
    let mut tx = desk.tx().await;
    let order = orders::charge(&mut tx, &LocalBills, &facts, &me())
        .await
        .unwrap()
        .remove(0);
    let again = orders::charge(&mut tx, &LocalBills, &facts, &me())
        .await
        .unwrap()
        .remove(0);
    assert_eq!(order, again, "nothing changed: nothing written");
    tx.commit().await.unwrap();
    assert_eq!((order.due, order.state()), (yuan("80"), OrderState::Unpaid));
    let said = desk.gate(&facts).await.unwrap_err().to_string();
    assert!(
        said.contains("80") && said.contains(&order.order_no),
        "{said}"
    );
    let part = desk.pay(&order, "30", Method::Cash).await.unwrap();
    assert_eq!(part.state(), OrderState::Partial);
    assert!(desk.gate(&facts).await.is_err());
    let stale = desk.pay(&order, "50", Method::Cash).await;
    assert!(matches!(stale, Err(FeeError::Stale { current }) if current == part.version));
    for wrong in ["50.01", "0", "-1", "0.001"] {
        let refused = desk.pay(&part, wrong, Method::Cash).await;
        assert!(
            matches!(
                refused,
                Err(FeeError::Field {
                    field: "/amount",
                    ..
                })
            ),
            "{wrong}"
        );
    }
    let paid = desk.pay(&part, "50", Method::Pos).await.unwrap();
    assert_eq!(paid.state(), OrderState::Paid);
    desk.gate(&facts).await.unwrap();
    let mut tx = desk.tx().await;
    let rows = read::payments(&mut tx, &paid).await.unwrap();
    let receipts: Vec<&str> = rows.iter().map(|p| p.receipt_no.as_str()).collect();
    assert_eq!(receipts, ["SJ510400-2026-0000001", "SJ510400-2026-0000002"]);
    assert!(rows.iter().all(|p| p.simulated));
    let events = read::events(&mut tx, &paid).await.unwrap();
    let what: Vec<&str> = events.iter().map(|e| e.what.as_str()).collect();
    assert_eq!(what, ["issued", "paid", "paid"]);
    assert!(
        desk.pay(&paid, "1", Method::Cash).await.is_err(),
        "nothing due"
    );
}

#[tokio::test]
async fn businesses_without_a_fee_are_let_through_and_settings_say_when() {
    let desk = Desk::new().await;
    let release = desk
        .case(1, "400-DY-01", "银行", UseClass::Residential)
        .await;
    desk.gate(&release).await.unwrap();
    let mut tx = desk.tx().await;
    let none = orders::charge(&mut tx, &LocalBills, &release, &me()).await;
    assert!(matches!(none, Err(FeeError::NothingToPay)));
    drop(tx);
    let (sale, _) = desk.charged(2).await;
    assert!(desk.gate(&sale).await.is_err());
    desk.set(|s| s.settle_before = SettleBefore::Delivery).await;
    desk.gate(&sale).await.unwrap();
    let mut tx = desk.tx().await;
    let handing = gate::require_settled(&mut tx, CITY, &sale.case_no, &[1], Wants::Delivery).await;
    assert!(handing.is_err());
    drop(tx);
    desk.set(|s| s.settle_before = SettleBefore::Never).await;
    desk.gate(&sale).await.unwrap();
}

#[tokio::test]
async fn a_use_not_known_is_decided_before_money_is_taken() {
    let desk = Desk::new().await;
    let facts = desk.case(1, "200-04-02", "买方", UseClass::Unknown).await;
    let mut tx = desk.tx().await;
    let order = orders::charge(&mut tx, &LocalBills, &facts, &me())
        .await
        .unwrap()
        .remove(0);
    tx.commit().await.unwrap();
    let refused = desk.pay(&order, "550", Method::Cash).await;
    assert!(matches!(refused, Err(FeeError::UseUnknown(_))));
    let mut tx = desk.tx().await;
    let unit = "510402001003GB00012F00010001";
    let decide = async |tx: &mut TenantTx, unit, class, why| {
        orders::decide_use(tx, &LocalBills, &facts, unit, class, why, &me()).await
    };
    let home = UseClass::Residential;
    assert!(
        decide(&mut tx, "510402001003GB00012F00010002", home, "规划许可")
            .await
            .is_err()
    );
    assert!(
        decide(&mut tx, unit, UseClass::Unknown, "规划许可")
            .await
            .is_err()
    );
    assert!(decide(&mut tx, unit, home, " ").await.is_err());
    let order = decide(&mut tx, unit, home, "规划许可载明住宅")
        .await
        .unwrap()
        .remove(0);
    assert_eq!((order.due, order.revision), (yuan("80"), 2));
    let order = decide(&mut tx, unit, UseClass::Garage, "更正：车库")
        .await
        .unwrap()
        .remove(0);
    assert_eq!((order.due, order.revision), (yuan("80"), 3));
    tx.commit().await.unwrap();
    assert_eq!(
        desk.pay(&order, "80", Method::Cash).await.unwrap().state(),
        OrderState::Paid
    );
}

#[tokio::test]
async fn an_exemption_makes_it_free_and_what_was_paid_goes_back() {
    let desk = Desk::new().await;
    let (facts, order) = desk.charged(1).await;
    let paid = desk.pay(&order, "80", Method::Transfer).await.unwrap();
    let mut tx = desk.tx().await;
    let no_note = orders::exempt(
        &mut tx,
        &paid.order_no,
        paid.version,
        &facts,
        Some("small_enterprise"),
        " ",
        &me(),
    )
    .await;
    assert!(matches!(
        no_note,
        Err(FeeError::Field { field: "/note", .. })
    ));
    let free = orders::exempt(
        &mut tx,
        &paid.order_no,
        paid.version,
        &facts,
        Some("small_enterprise"),
        "名录查询",
        &me(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!((free.due, free.state()), (yuan("0"), OrderState::RefundDue));
    desk.gate(&facts).await.unwrap();
    assert_eq!(desk.due(Which::ToRefund).await, 1);
    let mut tx = desk.tx().await;
    let origin = read::payments(&mut tx, &free).await.unwrap().remove(0);
    let giving = |amount: &str| Giving {
        payment_id: origin.payment_id,
        amount: yuan(amount),
        reason: "小微企业免收".into(),
        channel_no: Some("T-9".into()),
    };
    let too_much = money::refund(
        &mut tx,
        &LocalBills,
        &free.order_no,
        free.version,
        &giving("80.01"),
        &me(),
    )
    .await;
    assert!(matches!(
        too_much,
        Err(FeeError::Field {
            field: "/amount",
            ..
        })
    ));
    let (half, row) = money::refund(
        &mut tx,
        &LocalBills,
        &free.order_no,
        free.version,
        &giving("30"),
        &me(),
    )
    .await
    .unwrap();
    assert_eq!(
        (row.kind.as_str(), row.refund_of),
        ("refund", Some(origin.payment_id))
    );
    let (done, _) = money::refund(
        &mut tx,
        &LocalBills,
        &half.order_no,
        half.version,
        &giving("50"),
        &me(),
    )
    .await
    .unwrap();
    assert_eq!(done.state(), OrderState::Free);
    let more = money::refund(
        &mut tx,
        &LocalBills,
        &done.order_no,
        done.version,
        &giving("1"),
        &me(),
    )
    .await;
    assert!(more.is_err());
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_case_that_ends_owes_nothing_and_gets_its_money_back() {
    let desk = Desk::new().await;
    let (unpaid, order) = desk.charged(1).await;
    let (ended, second) = desk.charged(2).await;
    let paid = desk.pay(&second, "80", Method::Cash).await.unwrap();
    let mut tx = desk.tx().await;
    orders::close(&mut tx, &unpaid.case_no, &me())
        .await
        .unwrap();
    orders::close(&mut tx, &ended.case_no, &me()).await.unwrap();
    orders::close(&mut tx, &ended.case_no, &me()).await.unwrap();
    let void = read::order(&mut tx, &order.order_no, false).await.unwrap();
    let back = read::order(&mut tx, &paid.order_no, false).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(void.state(), OrderState::Void);
    assert_eq!(back.state(), OrderState::RefundDue);
    assert!(matches!(
        desk.pay(&void, "80", Method::Cash).await,
        Err(FeeError::Closed(_))
    ));
    assert!(
        desk.gate(&ended).await.is_err(),
        "a dead case does not go on"
    );
    let mut tx = desk.tx().await;
    let origin = read::payments(&mut tx, &back).await.unwrap().remove(0);
    let giving = Giving {
        payment_id: origin.payment_id,
        amount: yuan("80"),
        reason: "申请撤回".into(),
        channel_no: None,
    };
    let (done, _) = money::refund(
        &mut tx,
        &LocalBills,
        &back.order_no,
        back.version,
        &giving,
        &me(),
    )
    .await
    .unwrap();
    assert_eq!(done.state(), OrderState::Refunded);
    let events = read::events(&mut tx, &done).await.unwrap();
    let what: Vec<&str> = events.iter().map(|e| e.what.as_str()).collect();
    assert_eq!(what, ["issued", "paid", "closed", "refunded"]);
}

#[tokio::test]
async fn two_cashiers_at_one_moment_take_the_money_once() {
    let desk = Desk::new().await;
    let (_, order) = desk.charged(1).await;
    let second = cashier(2, now());
    let (a, b) = tokio::join!(
        desk.pay(&order, "80", Method::Cash),
        desk.pay_by(&order, "80", Method::Cash, &second)
    );
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
    let mut tx = desk.tx().await;
    let after = read::order(&mut tx, &order.order_no, false).await.unwrap();
    assert_eq!(after.paid, yuan("80"));
}

#[tokio::test]
async fn money_rows_are_not_changed_or_deleted_by_the_server() {
    let desk = Desk::new().await;
    let (_, order) = desk.charged(1).await;
    desk.pay(&order, "80", Method::Cash).await.unwrap();
    for sql in [
        "update fee_payment set amount = 1",
        "delete from fee_payment",
        "delete from fee_order",
        "update fee_line set due = 0",
        "delete from fee_event",
    ] {
        let mut tx = desk.tx().await;
        let refused = sqlx::query(sql).execute(tx.conn()).await.unwrap_err();
        assert!(refused.to_string().contains("permission denied"), "{sql}");
    }
    let miyi = Scope::new(["510421"]).unwrap();
    let mut tx = desk.db.store().begin(&miyi).await.unwrap();
    let hidden = read::order(&mut tx, &order.order_no, false).await;
    assert!(matches!(hidden, Err(FeeError::UnknownOrder(_))));
}
