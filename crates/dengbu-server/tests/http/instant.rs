//! Cases decided without a person: over an interface, with shared data in place of papers.

use axum::http::Method;
use dengbu_staff::Role;
use serde_json::{Value, json};

use crate::house::{CITY, Client, House, SALE};
use crate::land::{party, resident};

/// Switches automatic decisions on and lets one account speak for three departments.
pub async fn open_channel(house: &House, percent: u8) -> Client {
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let on = json!({ "enabled": true, "after_check_percent": percent });
    let path = format!("/api/v1/authority/automatic/{SALE}");
    let view = chief.with(Method::PUT, &path, &[], &on).await.ok(200);
    assert_eq!(view["enabled"], true);
    let mut tx = house.tx(CITY).await;
    // the fee of these cases is settled elsewhere
    let channels = json!({ "trusted_channels": { "gateway": ["公安", "住建", "税务"] },
        "fees": { "settle_before": "never" } });
    sqlx::query("update authority set settings = settings || $1 where authority = '510400'")
        .bind(channels)
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    house.join(CITY, "gateway", &[Role::Reception]).await
}

fn proof(item: &str, source: &str) -> Value {
    json!({ "item": item, "source": source, "reference": "示例0001", "data": { "一致": true } })
}

pub fn sale(unit: &str, buyer: u32, electronic: bool) -> Value {
    json!({
        "business": SALE,
        "units": [unit],
        "application": {
            "reason": "买卖",
            "holders": [{ "party": party(&format!("买方{buyer}"), &resident(buyer)) }],
            "obligors": [],
            "co_ownership": "0",
            "delivery_method": if electronic { "electronic" } else { "counter" },
            "detail": { "kind": "transfer", "price": "500000", "contract_no": "示例1", "deed_tax_proof_no": "示例2" },
        },
        "evidence": [proof("A2", "公安"), proof("E1", "住建"), proof("H1", "税务")],
    })
}

/// The same with the registered owner on the giving side.
pub async fn from_owner(desk: &Client, unit: &str, mut request: Value) -> Value {
    let read = desk.get(&format!("/api/v1/units/{unit}")).await.ok(200);
    assert!(read.is_object());
    request["application"]["obligors"] = json!([party("栖霞业主1", &resident(1))]);
    request
}

#[tokio::test]
async fn a_clear_sale_is_decided_recorded_and_certified_at_once() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let gateway = open_channel(&house, 100).await;
    let request = from_owner(&gateway, &unit, sale(&unit, 101, true)).await;
    let key = [("idempotency-key", "instant-0001")];
    let path = "/api/v1/instant-cases";
    let first = gateway
        .with(Method::POST, path, &key, &request)
        .await
        .ok(201);
    let against: Vec<&Value> = first["grounds"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|g| g["clear"] == false)
        .collect();
    assert!(first["granted"] == true, "{against:?}");
    assert_eq!(
        (first["state"].as_str(), first["step"].as_str()),
        (Some("closed"), Some("archive"))
    );
    assert_eq!(first["certificates"].as_array().unwrap().len(), 1);
    // every rule of the business is in the reasoning with its article
    let rules = first["grounds"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|g| g["kind"] == "rule");
    assert!(rules.clone().count() > 10);
    assert!(rules.clone().all(|g| g["law"].is_string()));
    // a repeated request does nothing twice
    let again = gateway
        .with(Method::POST, path, &key, &request)
        .await
        .ok(201);
    assert_eq!(first, again);

    let case_no = first["case_no"].as_str().unwrap();
    let case = gateway.case(case_no).await;
    let events = case["events"].as_array().unwrap();
    assert!(
        events.iter().all(|e| e["actor"] == "自动审核"),
        "{events:?}"
    );
    let page = gateway
        .get(&format!("/api/v1/units/{unit}/register"))
        .await
        .ok(200);
    assert!(
        page.to_string()
            .contains(first["certificates"][0].as_str().unwrap())
    );

    // chosen to be looked at afterwards, by a person
    let reviewer = house.join(CITY, "reviewer", &[Role::Reviewer]).await;
    let list = reviewer.get("/api/v1/after-checks").await.ok(200);
    assert_eq!(list["items"][0]["case_no"], case_no);
    let note = json!({ "passed": true, "note": "材料与数据一致" });
    let path = format!("/api/v1/after-checks/{case_no}");
    reviewer.post(&path, &note).await.ok(204);
    reviewer.post(&path, &note).await.problem(404);
}

#[tokio::test]
async fn what_is_not_clear_waits_for_a_person_with_the_reasons() {
    let house = House::new().await;
    let units = house.plant(CITY, "510402", "栖霞", 3).await;
    let gateway = open_channel(&house, 0).await;
    let path = "/api/v1/instant-cases";

    // a proof from a source this channel does not speak for
    let mut request = from_owner(&gateway, &units[0], sale(&units[0], 101, true)).await;
    request["evidence"][2]["source"] = json!("某中介");
    let told = gateway.post(path, &request).await.ok(201);
    assert_eq!(told["granted"], false);
    assert_eq!(
        (told["state"].as_str(), told["step"].as_str()),
        (Some("draft"), Some("acceptance"))
    );
    let why: Vec<&str> = told["grounds"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|g| g["clear"] == false)
        .map(|g| g["what"].as_str().unwrap())
        .collect();
    assert_eq!(why, ["H1"]);

    // an account that is no channel at all
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let mut request = sale(&units[1], 102, true);
    request["application"]["obligors"] = json!([party("栖霞业主2", &resident(2))]);
    assert_eq!(desk.post(path, &request).await.ok(201)["granted"], false);

    // the giving side is not who stands in the register: the rule speaks
    let mut request = sale(&units[2], 103, true);
    request["application"]["obligors"] = json!([party("别人", &resident(90))]);
    let told = gateway.post(path, &request).await.ok(201);
    assert_eq!(told["granted"], false);
    assert!(told["grounds"].to_string().contains("R03"));
    let count = house
        .one("select count(*)::text from register_entry where case_no is not null")
        .await;
    assert_eq!(count, "0", "nothing was recorded");
}

#[tokio::test]
async fn a_switch_that_is_off_decides_nothing() {
    let house = House::new().await;
    let units = house.plant(CITY, "510402", "栖霞", 2).await;
    let gateway = house.join(CITY, "gateway", &[Role::Reception]).await;
    let request = from_owner(&gateway, &units[0], sale(&units[0], 101, true)).await;
    let told = gateway
        .post("/api/v1/instant-cases", &request)
        .await
        .ok(201);
    assert_eq!(told["granted"], false);
    let mut bad = sale(&units[1], 101, true);
    bad["evidence"][0]["item"] = json!("Z9");
    let p = gateway
        .post("/api/v1/instant-cases", &bad)
        .await
        .problem(422);
    assert_eq!(p["errors"][0]["field"], "/evidence/0/item");
}
