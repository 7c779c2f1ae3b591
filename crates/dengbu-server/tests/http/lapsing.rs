//! What ran out is entered unit by unit: one that cannot be entered stops no other.

use axum::http::Method;
use dengbu_server::background::lapse_all;
use dengbu_staff::Role;
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::house::{CITY, House};

/// The day after the orders' last day.
const AFTER: &str = "2029-11-20T02:00:00Z";

#[tokio::test]
async fn a_unit_that_cannot_be_read_does_not_keep_the_others_waiting() {
    let house = House::new().await;
    let units = house.plant(CITY, "510402", "栖霞", 3).await;
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let reviewer = house.join(CITY, "reviewer", &[Role::Reviewer]).await;
    let registrar = house.join(CITY, "registrar", &[Role::Registrar]).await;
    for unit in &units {
        let case_no = desk.open("800-00-01", unit).await;
        let case = desk.case(&case_no).await;
        let mut application = case["application"].clone();
        application["detail"] = json!({
            "kind": "seizure", "court": "示例市中级法院", "document_no": "(2026)示例1号",
            "officers": [{ "name": "法官1", "certificate_no": "证1" }, { "name": "法官2", "certificate_no": "证2" }],
            "start": "2026-11-20", "end": "2029-11-19", "served_at": "2026-11-20T00:30:00Z"
        });
        let seen = format!("\"{}\"", case["version"]);
        let path = format!("/api/v1/cases/{case_no}/application");
        let seen = [("if-match", seen.as_str())];
        desk.with(Method::PUT, &path, &seen, &application)
            .await
            .ok(200);
        desk.papers(&case_no).await;
        for (who, action) in [
            (&desk, "submit"),
            (&reviewer, "agree"),
            (&registrar, "record"),
        ] {
            who.act(&case_no, json!({ "action": action })).await.ok(200);
        }
    }
    // the first cannot be read; a unit before all of them has a code that is none
    let odd = format!("510402{}", "!".repeat(22));
    let mut tx = house.db.store().system().await.unwrap();
    for sql in [
        format!(
            "insert into estate_unit (county, unit_code, authority, parcel_code, kind, address, address_norm, facts)
             select county, '{odd}', authority, parcel_code, kind, address, address_norm, facts
             from estate_unit where unit_code = '{}'",
            units[0]
        ),
        format!(
            "insert into register_right (county, right_id, unit_code, right_type, kind, is_title, created_seq, valid_from,
                 registered_at, registration_type, registrar, body)
             select county, gen_random_uuid(), '{odd}', right_type, kind, is_title, created_seq, valid_from,
                 registered_at, registration_type, registrar, body
             from register_right where unit_code = '{}' and kind = 'seizure'",
            units[0]
        ),
        format!(
            "update register_right set body = body - 'holders' where unit_code = '{}' and kind = 'seizure'",
            units[0]
        ),
    ] {
        let done = sqlx::query(AssertSqlSafe(sql)).execute(tx.conn()).await.unwrap();
        assert_eq!(done.rows_affected(), 1);
    }
    tx.commit().await.unwrap();

    assert_eq!(
        lapse_all(&house.app, AFTER.parse().unwrap()).await.unwrap(),
        2
    );
    let left = "select string_agg(unit_code, ',' order by unit_code) from register_right
                where kind = 'seizure' and valid_to is null";
    assert_eq!(house.one(left).await, format!("{odd},{}", units[0]));
    assert_eq!(house.told("register.lapsed").await, 2);
    // the next look finds nothing new, and does not stop either
    assert_eq!(
        lapse_all(&house.app, AFTER.parse().unwrap()).await.unwrap(),
        0
    );
}
