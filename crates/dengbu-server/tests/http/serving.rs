//! Service of documents over HTTP: a refusal reaches both sides, and the office sees who waits.

use axum::http::Method;
use dengbu_staff::Role;
use serde_json::{Value, json};

use crate::house::{Answer, CITY, Client, House, MIYI};
use crate::land::{party, resident};

/// A sale refused today, its clerk and its reviewer.
async fn refused() -> (House, Client, Client, String) {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let case_no = desk.ready_sale(&unit, party("买方", &resident(101))).await;
    let submit = json!({ "action": "submit" });
    desk.act(&case_no, submit).await.ok(200);
    let first = house.join(CITY, "first", &[Role::FirstReviewer]).await;
    let agree = json!({ "action": "agree", "opinion": "材料齐全" });
    first.act(&case_no, agree).await.ok(200);
    let reviewer = house.join(CITY, "reviewer", &[Role::Reviewer]).await;
    let no = json!({ "action": "refuse", "reason": "存在尚未解决的权属争议" });
    reviewer.act(&case_no, no).await.ok(200);
    (house, desk, reviewer, case_no)
}

async fn write(who: &Client, case_no: &str, rest: &str, body: &Value) -> Answer {
    let version = who.case(case_no).await["version"].to_string();
    let seen = format!("\"{version}\"");
    let path = format!("/api/v1/cases/{case_no}/service{rest}");
    who.with(Method::POST, &path, &[("if-match", &seen)], body)
        .await
}

async fn shown(who: &Client, case_no: &str) -> Value {
    who.get(&format!("/api/v1/cases/{case_no}/service"))
        .await
        .ok(200)
}

fn handed(document: &Value, person: i32) -> Value {
    json!({ "event_seq": document["event_seq"], "person": person, "method": "direct",
        "on": document["decided_on"],
        "particulars": { "receiver": "买方", "relation": "addressee" } })
}

#[tokio::test]
async fn a_refusal_is_served_on_both_sides_and_the_case_says_when_it_counts() {
    let (house, desk, reviewer, case_no) = refused().await;
    let before = shown(&desk, &case_no).await;
    let document = before["documents"][0].clone();
    assert_eq!(document["name"], "不予登记告知书");
    assert_eq!(document["served"], false);
    assert_eq!(document["persons"][0]["name"], "买方");
    assert_eq!(document["persons"][0]["state"], "waiting");
    assert_eq!(before["methods"].as_array().unwrap().len(), 5);
    assert_eq!(before["may_record"], true);

    let list = desk.get("/api/v1/service").await.ok(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    assert_eq!(list["items"][0]["case_no"], case_no.as_str());
    let none = desk
        .get("/api/v1/service?document=correction")
        .await
        .ok(200);
    assert!(none["items"].as_array().unwrap().is_empty());
    let other = house.join(MIYI, "miyi-desk", &[Role::Reception]).await;
    let elsewhere = other.get("/api/v1/service").await.ok(200);
    assert!(elsewhere["items"].as_array().unwrap().is_empty());
    desk.get("/api/v1/service?cursor=x").await.problem(422);
    let first = desk.get("/api/v1/service?limit=1").await.ok(200);
    let next = first["next_cursor"].as_str().unwrap();
    let rest = desk
        .get(&format!("/api/v1/service?limit=1&cursor={next}"))
        .await
        .ok(200);
    assert_eq!(rest["items"][0]["person"], 2);
    assert_eq!(rest["next_cursor"], Value::Null);

    let lacking = json!({ "event_seq": document["event_seq"], "person": 1, "method": "left",
        "on": document["decided_on"] });
    let p = write(&desk, &case_no, "", &lacking).await.problem(422);
    let fields: Vec<_> = p["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["field"])
        .collect();
    assert_eq!(fields, ["/address", "/witnesses"]);

    let done = write(&desk, &case_no, "", &handed(&document, 1))
        .await
        .ok(201);
    let person = &done["documents"][0]["persons"][0];
    assert_eq!(person["state"], "served");
    assert_eq!(person["served_on"], document["decided_on"]);
    assert_eq!(person["deadlines"].as_array().unwrap().len(), 2);
    assert_eq!(person["attempts"][0]["lines"][0]["value"], "买方");
    // who decides may record it too
    write(&reviewer, &case_no, "", &handed(&document, 2))
        .await
        .ok(201);
    assert_eq!(shown(&desk, &case_no).await["documents"][0]["served"], true);
    let list = desk.get("/api/v1/service").await.ok(200);
    assert!(list["items"].as_array().unwrap().is_empty());
    let events = desk.case(&case_no).await["events"].clone();
    let last = events.as_array().unwrap().last().unwrap();
    assert_eq!(last["action_name"], "登记送达");
    assert_eq!(house.told("service.recorded").await, 2);
}

#[tokio::test]
async fn a_wrong_record_is_annulled_and_the_receipt_can_be_printed() {
    let (house, desk, _, case_no) = refused().await;
    let document = shown(&desk, &case_no).await["documents"][0].clone();
    let seq = &document["event_seq"];
    let receipt = format!("/api/v1/cases/{case_no}/service/{seq}/1/receipt");
    let blank = desk.get(&receipt).await;
    assert_eq!(blank.status, 200);
    assert!(blank.text().contains("送达回证") && blank.text().contains("□留置送达"));
    write(&desk, &case_no, "", &handed(&document, 1))
        .await
        .ok(201);
    assert!(desk.get(&receipt).await.text().contains("直接送达"));
    let nobody = format!("/api/v1/cases/{case_no}/service/{seq}/9/receipt");
    desk.get(&nobody).await.problem(404);

    let twice = write(&desk, &case_no, "", &handed(&document, 1))
        .await
        .problem(422);
    assert_eq!(twice["errors"][0]["code"], "already_served");
    let back = json!({ "event_seq": seq, "person": 1, "attempt": 1, "reason": "登记到了别人名下" });
    let now = write(&desk, &case_no, "/annulments", &back).await.ok(201);
    let person = &now["documents"][0]["persons"][0];
    assert_eq!(person["state"], "waiting");
    assert_eq!(person["attempts"][0]["annulled"], true);
    assert_eq!(person["attempts"][1]["reason"], "登记到了别人名下");
    write(&desk, &case_no, "/annulments", &back)
        .await
        .problem(422);
    assert_eq!(house.told("service.annulled").await, 1);

    // the signed receipt comes in although the case is closed
    let item = [("item", "SDHZ")];
    let paper = desk
        .upload(&case_no, &item, b"%PDF-1.7 receipt")
        .await
        .ok(201);
    assert_eq!(paper["item_name"], "送达回证");
}

#[tokio::test]
async fn a_stale_page_and_a_stranger_record_nothing() {
    let (house, desk, _, case_no) = refused().await;
    let document = shown(&desk, &case_no).await["documents"][0].clone();
    let path = format!("/api/v1/cases/{case_no}/service");
    let stale = [("if-match", "\"1\"")];
    let body = handed(&document, 1);
    desk.with(Method::POST, &path, &stale, &body)
        .await
        .problem(409);
    desk.post(&path, &body).await.problem(428);
    let cashier = house.join(CITY, "cashier", &[Role::Cashier]).await;
    assert_eq!(shown(&cashier, &case_no).await["may_record"], false);
    write(&cashier, &case_no, "", &body).await.problem(403);
    let other = house.join(MIYI, "miyi-desk", &[Role::Reception]).await;
    let away = other.with(Method::POST, &path, &stale, &body).await;
    away.problem(404);
    assert_eq!(
        house.one("select count(*)::text from case_service").await,
        "0"
    );
}
