//! Programs of other departments: what they may ask, of whom, from where, how often.

use axum::http::Method;
use dengbu_staff::Role;
use serde_json::{Value, json};

use crate::ecert::{citizen, office, sell, terms};
use crate::house::{CITY, Client, House, MIYI};
use crate::land::resident;

#[tokio::test]
async fn a_program_asks_what_it_was_let_in_for_and_of_its_authority_only() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let staff = office(&house).await;
    let number = sell(&house, &unit, 101, &staff).await;
    let mut tx = house.tx(CITY).await;
    sqlx::query("update e_certificate set state = 'issued'")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let elsewhere = house.join(MIYI, "miyi-chief", &[Role::Administrator]).await;
    let scopes = ["query", "search", "verify_info"];
    let own = program(&house, &chief, &scopes).await;
    let foreign = program(&house, &elsewhere, &scopes).await;
    let query = json!({ "certificate": number, "purpose": "贷款审批" });
    let found = call(&house, &own, "query", &query).await.ok(200);
    assert_eq!(found["head"]["status"], "0");
    assert_eq!(found["data"]["zzzt"], "1");
    let nothing = call(&house, &foreign, "query", &query).await.ok(200);
    assert_eq!(nothing["head"]["status"], "3");
    let by_holder =
        json!({ "holder_code": resident(101), "holder_name": "买方某", "purpose": "贷款审批" });
    let found = call(&house, &own, "search", &by_holder).await.ok(200);
    assert_eq!(found["data"][0]["zzbh"], json!(number));
    for (info, code) in [
        (
            json!({ "certificate": number, "holder_name": "买方某", "holder_code": resident(101) }),
            0,
        ),
        (
            json!({ "certificate": number, "holder_name": "买方某", "unit_code": unit }),
            0,
        ),
        (json!({ "certificate": number }), 4),
        (
            json!({ "certificate": "川(2026)X第1号", "holder_name": "买方某" }),
            5,
        ),
        (json!({ "certificate": number, "holder_name": "别人" }), 6),
        (
            json!({ "certificate": number, "holder_name": "买方某", "holder_code": resident(102) }),
            6,
        ),
    ] {
        let said = call(&house, &own, "verify-info", &info).await.ok(200);
        assert_eq!(said["data"]["code"], code, "{info}");
    }
    // not let in for this
    let p = call(&house, &own, "metadata", &query).await.problem(403);
    assert_eq!(p["code"], "scope");
    // the holder sees who asked
    let owner = citizen(&house, &staff[0], "买方某", &resident(101)).await;
    let mine = owner.get("/api/v1/citizen/certificates").await.ok(200);
    let id = mine["items"][0]["e_certificate_id"].as_str().unwrap();
    let uses = owner
        .get(&format!("/api/v1/citizen/certificates/{id}/uses"))
        .await
        .ok(200);
    assert!(uses.to_string().contains("示例银行"), "{uses}");
    // suspended: the token ends at once
    let listed = chief.get("/api/v1/sharing-applications").await.ok(200);
    assert!(!listed.to_string().contains("secret"));
    let program = listed["items"][0]["application_id"].as_str().unwrap();
    let path = format!("/api/v1/sharing-applications/{program}");
    let calls = chief.get(&format!("{path}/calls")).await.ok(200);
    assert!(calls["items"].as_array().unwrap().len() > 8);
    chief
        .post(&format!("{path}/actions"), &json!({ "action": "suspend" }))
        .await
        .ok(200);
    call(&house, &own, "query", &query).await.problem(401);
}

/// Lets a program in and gets its token.
pub async fn program(house: &House, chief: &Client, scopes: &[&str]) -> String {
    let made = chief
        .post("/api/v1/sharing-applications", &terms(scopes))
        .await
        .ok(201);
    let door = json!({ "access_id": made["access_id"], "secret": made["secret"] });
    let wrong = json!({ "access_id": made["access_id"], "secret": "0".repeat(64) });
    let outside = house.stranger();
    outside
        .post("/api/v1/sharing/token", &wrong)
        .await
        .problem(401);
    let token = outside.post("/api/v1/sharing/token", &door).await.ok(200);
    token["data"]["token"].as_str().unwrap().to_owned()
}

pub async fn call(house: &House, token: &str, service: &str, body: &Value) -> crate::house::Answer {
    let bearer = format!("Bearer {token}");
    house
        .stranger()
        .with(
            Method::POST,
            &format!("/api/v1/sharing/{service}"),
            &[("authorization", &bearer)],
            body,
        )
        .await
}

#[tokio::test]
async fn a_program_with_an_address_list_calls_from_there_only_and_within_its_rate() {
    let house = House::new().await;
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let mut few = terms(&["query"]);
    few["per_minute"] = json!(2);
    let made = chief
        .post("/api/v1/sharing-applications", &few)
        .await
        .ok(201);
    let door = json!({ "access_id": made["access_id"], "secret": made["secret"] });
    let outside = house.stranger();
    let token = outside.post("/api/v1/sharing/token", &door).await.ok(200);
    let token = token["data"]["token"].as_str().unwrap();
    let query = json!({ "certificate": "川", "purpose": "试" });
    call(&house, token, "query", &query).await.ok(200);
    call(&house, token, "query", &query).await.ok(200);
    let p = call(&house, token, "query", &query).await.problem(429);
    assert_eq!(p["code"], "too_many");
    let path = format!(
        "/api/v1/sharing-applications/{}",
        made["application_id"].as_str().unwrap()
    );
    let mut narrow = terms(&["query"]);
    narrow["addresses"] = json!(["10.1.0.0/16"]);
    chief.with(Method::PUT, &path, &[], &narrow).await.ok(200);
    let p = outside
        .post("/api/v1/sharing/token", &door)
        .await
        .problem(403);
    assert_eq!(p["code"], "address");
    for (field, bad) in [
        ("addresses", json!(["10.1"])),
        ("scopes", json!([])),
        ("per_minute", json!(0)),
        ("basis", json!(" ")),
    ] {
        let mut wrong = terms(&["query"]);
        wrong[field] = bad;
        chief
            .post("/api/v1/sharing-applications", &wrong)
            .await
            .problem(422);
    }
}
