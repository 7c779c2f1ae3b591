//! Repeated requests do a thing once; what others changed meanwhile is not overwritten.

use axum::http::Method;
use dengbu_staff::Role;
use serde_json::json;

use crate::house::{CITY, DAILY, House, SALE, fresh_key};
use crate::land::{party, resident};

#[tokio::test]
async fn a_repeated_request_has_one_effect_and_one_answer() {
    let house = House::new().await;
    let units = house.plant(CITY, "510402", "栖霞", 2).await;
    let clerk = house.join(CITY, "clerk", &[Role::Reception]).await;
    let key = fresh_key();
    let head = [("idempotency-key", key.as_str())];
    let asked = json!({ "business": SALE, "units": [units[0]] });
    let send = async |body| clerk.with(Method::POST, "/api/v1/cases", &head, body).await;
    let first = send(&asked).await.ok(201);
    let before = house.kept().await;
    assert_eq!(send(&asked).await.ok(201), first);
    let other = json!({ "business": SALE, "units": [units[1]] });
    let p = send(&other).await.problem(422);
    assert_eq!(p["code"], "idempotency_key_reused");
    // the key stands for the operation too
    let save = json!({ "reason": "买卖", "holders": [], "co_ownership": "0", "detail": { "kind": "transfer" } });
    let path = format!(
        "/api/v1/cases/{}/application",
        first["case_no"].as_str().unwrap()
    );
    let both = [("idempotency-key", key.as_str()), ("if-match", "\"1\"")];
    let p = clerk
        .with(Method::PUT, &path, &both, &save)
        .await
        .problem(422);
    assert_eq!(p["code"], "idempotency_key_reused");
    assert_eq!(house.kept().await, before);
    // a key is of its person: another's same key is another request
    let colleague = house.join(CITY, "colleague", &[Role::Reception]).await;
    colleague
        .with(Method::POST, "/api/v1/cases", &head, &other)
        .await
        .ok(201);
}

#[tokio::test]
async fn requests_repeated_at_the_same_moment_record_once() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let clerk = house.join(CITY, "clerk", &[Role::Reception]).await;
    let first = house.join(CITY, "first", &[Role::FirstReviewer]).await;
    let reviewer = house.join(CITY, "reviewer", &[Role::Reviewer]).await;
    let registrar = house.join(CITY, "registrar", &[Role::Registrar]).await;
    let case_no = clerk.ready_sale(&unit, party("买方", &resident(101))).await;
    for (who, action) in [(&clerk, "submit"), (&first, "agree"), (&reviewer, "agree")] {
        who.act(&case_no, json!({ "action": action })).await.ok(200);
    }
    let version = clerk.case(&case_no).await["version"].to_string();
    let key = fresh_key();
    let head = [("idempotency-key", key.as_str())];
    let record = || registrar.act_seen(&case_no, &version, &head, json!({ "action": "record" }));
    let (a, b, c) = tokio::join!(record(), record(), record());
    let answers = [a.ok(200), b.ok(200), c.ok(200)];
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    assert_eq!(answers[0]["results"].as_array().unwrap().len(), 1);
    let count = |sql: &'static str| house.one(sql);
    assert_eq!(count("select count(*)::text from issued_number").await, "1");
    assert_eq!(
        count("select count(*)::text from register_entry where case_no is not null").await,
        "1"
    );
    // without the key the same request is a new one, and comes too late
    let late = registrar
        .act_seen(&case_no, &version, &[], json!({ "action": "record" }))
        .await
        .problem(409);
    assert_eq!(late["code"], "stale_version");
}

#[tokio::test]
async fn what_another_changed_is_not_overwritten() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let all = house.join(CITY, "all", &DAILY).await;
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let case_no = all.open(SALE, &unit).await;
    let buyer = party("买方", &resident(101));
    all.save_sale(&case_no, buyer.clone(), |_| {}).await.ok(200);
    let case = all.case(&case_no).await;
    let before = house.kept().await;
    let path = format!("/api/v1/cases/{case_no}/application");
    let application = &case["application"];
    let put = async |path: &str, head: &[(&str, &str)], body| {
        all.with(Method::PUT, path, head, body).await
    };
    let stale = put(&path, &[("if-match", "\"1\"")], application)
        .await
        .problem(409);
    assert_eq!(stale["code"], "stale_version");
    assert_eq!(stale["current_version"], case["version"]);
    let missing = put(&path, &[], application).await.problem(428);
    assert_eq!(missing["code"], "if_match_missing");
    for wrong in ["*", "\"\"", "x", "\"1\", \"2\"", "99999999999999999999"] {
        let p = put(&path, &[("if-match", wrong)], application)
            .await
            .problem(400);
        assert_eq!(p["code"], "if_match_invalid", "{wrong}");
    }
    let stale = all
        .act_seen(&case_no, "77", &[], json!({ "action": "submit" }))
        .await
        .problem(409);
    assert_eq!(stale["current_version"], case["version"]);
    let actions = format!("/api/v1/cases/{case_no}/actions");
    all.post(&actions, &json!({ "action": "submit" }))
        .await
        .problem(428);
    let staff = format!("/api/v1/staff/{}", all.staff_id.unwrap());
    let change =
        json!({ "name": "改名", "phone": null, "office_id": null, "registrar_licence": null });
    let grants = json!({ "grants": [], "reason": "试一试" });
    for (path, body) in [(staff.clone(), change), (format!("{staff}/grants"), grants)] {
        let p = chief
            .with(Method::PUT, &path, &[("if-match", "\"7\"")], &body)
            .await
            .problem(409);
        assert_eq!(
            (&p["code"], &p["current_version"]),
            (&json!("stale_version"), &json!(1))
        );
        chief
            .with(Method::PUT, &path, &[], &body)
            .await
            .problem(428);
    }
    assert_eq!(house.kept().await, before);
}

#[tokio::test]
async fn a_key_that_is_no_key_is_refused() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let clerk = house.join(CITY, "clerk", &[Role::Reception]).await;
    let before = house.kept().await;
    let asked = json!({ "business": SALE, "units": [unit] });
    let long = "k".repeat(101);
    for key in ["short", "with space in it", "ключ-ключ-ключ", &long] {
        let head = [("idempotency-key", key)];
        let p = clerk
            .with(Method::POST, "/api/v1/cases", &head, &asked)
            .await
            .problem(400);
        assert_eq!(p["code"], "idempotency_key_invalid", "{key}");
    }
    assert_eq!(house.kept().await, before);
}
