//! What the database itself refuses: rows of other authorities, changes of the audit trail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests: shared functions fail like the tests they serve"
)]

mod house;

use dengbu_staff::audit::{self, AuditError, AuditFilter};
use dengbu_staff::{AuditRecord, Outcome, Role};
use dengbu_store::TenantTx;
use house::{House, at, minutes, start};
use serde_json::json;

/// SQLSTATE insufficient_privilege: missing grant or row level security.
const FORBIDDEN: &str = "42501";

async fn refusal(tx: &mut TenantTx, statement: &'static str) -> String {
    let error = sqlx::query(statement)
        .execute(tx.conn())
        .await
        .expect_err(statement);
    error
        .as_database_error()
        .and_then(|answer| answer.code())
        .unwrap()
        .into_owned()
}

#[tokio::test]
async fn another_authoritys_people_and_trail_are_invisible() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[Role::Reception]).await;
    house.hire("510421", "my001", &[Role::Reception]).await;
    for table in [
        "select authority from staff",
        "select authority from staff_credential",
        "select authority from staff_grant",
        "select authority from audit",
    ] {
        let mut tx = house.begin(&["510421", "510402"]).await;
        let seen: Vec<String> = sqlx::query_scalar(table)
            .fetch_all(tx.conn())
            .await
            .unwrap();
        assert_eq!(seen, ["510421"], "{table}");
        // Without any scope nothing is visible.
        let seen: Vec<String> = sqlx::query_scalar(table)
            .fetch_all(house.db.store().pool())
            .await
            .unwrap();
        assert!(seen.is_empty(), "{table}");
    }
}

#[tokio::test]
async fn rows_of_another_authority_cannot_be_written() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    for statement in [
        "insert into staff (authority, staff_id, username, name, created_at) \
         values ('510400', gen_random_uuid(), 'x1', 'x', now())",
        "insert into staff_grant (authority, staff_id, role, business, grant_authority, \
            valid_from, granted_at) \
         values ('510400', gen_random_uuid(), 'auditor', '*', '510400', now(), now())",
        "insert into audit (authority, audit_id, at, staff_name, action, outcome) \
         values ('510400', gen_random_uuid(), now(), 'x', 'x', 'success')",
    ] {
        let mut tx = house.begin(&["510421"]).await;
        assert_eq!(refusal(&mut tx, statement).await, FORBIDDEN, "{statement}");
    }
    let mut tx = house.begin(&["510421"]).await;
    let changed = sqlx::query("update staff set name = 'x'")
        .execute(tx.conn())
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 0);
    let record = AuditRecord::by_system("510400", "x", &at(start()));
    let error = audit::record(&mut tx, &record).await.unwrap_err();
    assert!(matches!(error, dengbu_store::StoreError::OutOfScope { .. }));
}

#[tokio::test]
async fn the_server_cannot_change_or_shorten_the_trail_nor_delete_people() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    for statement in [
        "update audit set staff_name = 'x'",
        "delete from audit",
        "truncate audit",
        "delete from staff",
        "delete from staff_credential",
        "update staff_grant set role = 'auditor'",
        "update login set staff_id = gen_random_uuid()",
        "delete from login",
    ] {
        let mut tx = house.begin(&["510400"]).await;
        assert_eq!(refusal(&mut tx, statement).await, FORBIDDEN, "{statement}");
    }
}

#[tokio::test]
async fn a_record_stands_or_falls_with_its_transaction() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[Role::Reception]).await;
    let actor = house.actor("sl001").await;
    let record = AuditRecord::by(&actor, "person.unmasked")
        .on("unit", "510402001003GB00012F00030027")
        .county("510402")
        .purpose("权利人到场核对")
        .detail(json!({ "fields": ["id_number"] }));
    let mut tx = house.db.store().begin(&actor.scope).await.unwrap();
    audit::record(&mut tx, &record).await.unwrap();
    tx.rollback().await.unwrap();
    let actions = async || -> Vec<String> {
        house
            .trail("510400")
            .await
            .into_iter()
            .map(|row| row.0)
            .collect()
    };
    assert_eq!(actions().await, ["session.sign_in"]);
    let mut tx = house.db.store().begin(&actor.scope).await.unwrap();
    audit::record(&mut tx, &record).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(actions().await, ["session.sign_in", "person.unmasked"]);
}

#[tokio::test]
async fn auditors_page_and_filter_their_own_trail_and_are_recorded() {
    let house = House::open().await;
    house.hire("510400", "sj001", &[Role::Auditor]).await;
    house.hire("510400", "sl001", &[]).await;
    house.hire("510421", "my001", &[]).await;
    let auditor = house.actor("sj001").await;
    house.sign_in("my001", start()).await;
    for minute in 1..=7 {
        house.guess("sl001", start() + minutes(20 * minute)).await;
    }
    let failures = AuditFilter {
        outcome: Some(Outcome::Failure),
        ..AuditFilter::default()
    };
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut tx = house.db.store().begin(&auditor.scope).await.unwrap();
        let page = audit::search(&mut tx, &auditor, &failures, cursor.as_deref(), 3)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        found.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found.len(), 7);
    assert!(
        found.windows(2).all(|pair| pair[0].at > pair[1].at),
        "newest first"
    );
    assert!(found.iter().all(|record| record.authority == "510400"));
    let first = &found[0];
    assert_eq!(first.staff_name, "人员sl001");
    assert_eq!(first.ip.as_deref(), Some("10.1.2.3"));
    assert_eq!(first.request_id.as_deref(), Some("req-1"));

    let mut tx = house.db.store().begin(&auditor.scope).await.unwrap();
    let count = async |tx: &mut TenantTx, filter: AuditFilter| {
        audit::search(tx, &auditor, &filter, None, 100)
            .await
            .unwrap()
            .items
            .len()
    };
    let action = |code: &str| AuditFilter {
        action: Some(code.into()),
        ..AuditFilter::default()
    };
    assert_eq!(count(&mut tx, action("audit.read")).await, 3);
    assert_eq!(count(&mut tx, action("session")).await, 8);
    assert_eq!(count(&mut tx, action("sess")).await, 0);
    let window = AuditFilter {
        from: Some(start() + minutes(20)),
        to: Some(start() + minutes(60)),
        ..AuditFilter::default()
    };
    assert_eq!(count(&mut tx, window).await, 2);
}

#[tokio::test]
async fn nobody_else_reads_the_trail() {
    let house = House::open().await;
    for (username, role) in [("gl001", Role::Administrator), ("sh001", Role::Reviewer)] {
        house.hire("510400", username, &[role]).await;
        let actor = house.actor(username).await;
        let mut tx = house.db.store().begin(&actor.scope).await.unwrap();
        let result = audit::search(&mut tx, &actor, &AuditFilter::default(), None, 10).await;
        assert!(matches!(result, Err(AuditError::NotAllowed)), "{role:?}");
    }
}
