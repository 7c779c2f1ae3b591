//! A desk with cases that have to be paid.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use dengbu_fees::assess::{Part, Payer, Unit};
use dengbu_fees::desk::gate::{self, Wants};
use dengbu_fees::desk::money::{self, Taking};
use dengbu_fees::desk::orders::{self, CaseFacts};
use dengbu_fees::desk::read::{self, Filter, Order, Which};
use dengbu_fees::gateway::LocalBills;
use dengbu_fees::order::Method;
use dengbu_fees::settings::{self, FeeSettings};
use dengbu_fees::tariff::UseClass;
use dengbu_fees::{Doing, FeeError};
use dengbu_law::catalogue;
use dengbu_model::unit_code::UnitCode;
use dengbu_store::{AuthorityFile, PANZHIHUA, Scope, TenantTx, TestDb, seed_authorities};
use rust_decimal::Decimal;
use uuid::Uuid;

pub const CITY: &str = "510400";
static IDS: AtomicU64 = AtomicU64::new(1);

pub fn next_id() -> Uuid {
    Uuid::from_u128(u128::from(IDS.fetch_add(1, Ordering::Relaxed)) << 16)
}

/// A Monday morning.
pub fn now() -> DateTime<Utc> {
    "2026-11-23T01:00:00Z".parse().unwrap()
}

pub fn cashier(n: u128, at: DateTime<Utc>) -> Doing<'static> {
    Doing {
        staff_id: Uuid::from_u128(n),
        name: if n == 1 {
            "收费员甲"
        } else {
            "收费员乙"
        },
        office_id: Some("510400-01"),
        now: at,
        ids: &next_id,
    }
}

pub fn me() -> Doing<'static> {
    cashier(1, now())
}

pub fn yuan(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub struct Desk {
    pub db: TestDb,
}

impl Desk {
    pub async fn new() -> Self {
        let db = TestDb::new().await;
        let file = AuthorityFile::parse(PANZHIHUA).unwrap();
        seed_authorities(db.owner_url(), &file).await.unwrap();
        Self { db }
    }

    pub async fn tx(&self) -> TenantTx {
        let scope = Scope::new(["510400", "510402", "510403", "510411"]).unwrap();
        self.db.store().begin(&scope).await.unwrap()
    }

    /// A case as the counter leaves it, and what fees need of it.
    pub async fn case(
        &self,
        serial: u32,
        business: &str,
        payer: &str,
        class: UseClass,
    ) -> CaseFacts {
        let case_no = format!("51040220261123{serial:06}");
        let mut tx = self.tx().await;
        sqlx::query(
            "insert into registration_case (county, case_no, authority, business, state, step, source, application,
                 address, taken_by, taken_by_name, created_at, arrived_at)
             values ('510402', $1, '510400', $2, 'in_progress', 'first_review', 'counter', '{}', '示例路1号', $3,
                 '受理员', $4, $4)",
        )
        .bind(&case_no)
        .bind(business)
        .bind(Uuid::from_u128(9))
        .bind(now())
        .execute(tx.conn())
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let unit = Unit {
            code: UnitCode::parse("510402001003GB00012F00010001").unwrap(),
            class,
        };
        let business = catalogue::business(business).unwrap();
        CaseFacts {
            county: "510402".into(),
            case_no,
            authority: CITY.into(),
            address: "示例路1号".into(),
            parts: vec![Part {
                ordinal: 1,
                business,
                units: vec![unit],
                certificates_per_unit: 1,
                payer: Payer {
                    name: payer.into(),
                    individual: business.code == "200-04-02",
                },
            }],
        }
    }

    pub async fn charged(&self, serial: u32) -> (CaseFacts, Order) {
        let facts = self
            .case(serial, "200-04-02", "买方", UseClass::Residential)
            .await;
        let mut tx = self.tx().await;
        let made = orders::charge(&mut tx, &LocalBills, &facts, &me())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        (facts, made[0].clone())
    }

    pub async fn pay(
        &self,
        order: &Order,
        amount: &str,
        method: Method,
    ) -> Result<Order, FeeError> {
        self.pay_by(order, amount, method, &me()).await
    }

    pub async fn pay_by(
        &self,
        order: &Order,
        amount: &str,
        method: Method,
        who: &Doing<'_>,
    ) -> Result<Order, FeeError> {
        let taking = Taking {
            method,
            amount: yuan(amount),
            channel_no: (method != Method::Cash).then(|| "F-1".to_owned()),
        };
        let mut tx = self.tx().await;
        let paid = money::pay(
            &mut tx,
            &LocalBills,
            &order.order_no,
            order.version,
            &taking,
            who,
        )
        .await;
        if paid.is_ok() {
            tx.commit().await.unwrap();
        }
        paid.map(|(order, _)| order)
    }

    pub async fn gate(&self, facts: &CaseFacts) -> Result<(), FeeError> {
        let parts: Vec<u8> = facts.charged_parts().map(|p| p.ordinal).collect();
        let mut tx = self.tx().await;
        gate::require_settled(&mut tx, CITY, &facts.case_no, &parts, Wants::Certificate).await
    }

    pub async fn set(&self, change: impl FnOnce(&mut FeeSettings)) {
        let mut s = FeeSettings::default();
        change(&mut s);
        let mut tx = self.tx().await;
        settings::save(&mut tx, CITY, &s).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn due(&self, which: Which) -> usize {
        let mut tx = self.tx().await;
        let filter = Filter {
            which,
            authorities: vec![CITY.into()],
            text: None,
            after: None,
            limit: 100,
        };
        let rows = read::list(&mut tx, &filter).await.unwrap().len();
        let counted = read::count(&mut tx, &[CITY.to_owned()], which)
            .await
            .unwrap();
        assert_eq!(i64::try_from(rows).unwrap(), counted);
        rows
    }
}
