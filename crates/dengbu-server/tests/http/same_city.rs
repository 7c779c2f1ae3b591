//! 同城通办: a case taken by an office of another authority stays the case of the land; reviews
//! that are delegated; and nothing else of either side is seen by the other.

use axum::http::Method;
use chrono::{Days, Utc};
use dengbu_model::time::date_in_shanghai;
use dengbu_staff::Role;
use serde_json::{Value, json};

use crate::house::{Answer, CITY, Client, House, MIYI, SALE};
use crate::land::{party, resident};

const HALL: &str = "510421-01";

/// Somebody of an office, signed in.
async fn seated(
    house: &House,
    authority: &str,
    name: &str,
    office: &str,
    roles: &[Role],
) -> Client {
    house.hire(authority, name, roles).await;
    let mut tx = house.tx(authority).await;
    sqlx::query("update staff set office_id = $1 where username = $2")
        .bind(office)
        .bind(name)
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    house.sign_in(name).await
}

fn cell(county: &str, authority: &str, office: &str, family: &str, allowed: bool) -> Value {
    json!({ "county": county, "office_authority": authority, "office_id": office,
        "family": family, "allowed": allowed })
}

async fn set(chief: &Client, seen: i64, cells: &[Value]) -> Answer {
    let seen = format!("\"{seen}\"");
    let head = [("if-match", seen.as_str())];
    let body = json!({ "cells": cells });
    chief
        .with(Method::PUT, "/api/v1/same-city/matrix", &head, &body)
        .await
}

fn numbers(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|c| c["case_no"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_case_taken_elsewhere_has_number_limit_and_certificate_of_the_land() {
    let house = House::new().await;
    let units = house.plant(CITY, "510402", "栖霞", 3).await;
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let clerk = seated(&house, MIYI, "miyi-desk", HALL, &[Role::Reception]).await;
    // the limit of the land is shorter than the one the clerk's own authority promises
    let path = format!("/api/v1/authority/committed-days/{SALE}");
    chief
        .with(Method::PUT, &path, &[], &json!({ "days": 1 }))
        .await
        .ok(200);
    let asked = json!({ "business": SALE, "units": [units[0]] });
    clerk.post("/api/v1/cases", &asked).await.problem(403);
    clerk
        .get(&format!("/api/v1/units/{}", units[0]))
        .await
        .problem(404);

    let matrix = chief.get("/api/v1/same-city/matrix").await.ok(200);
    assert_eq!(matrix["version"], 0);
    assert_eq!(matrix["districts"].as_array().unwrap().len(), 3);
    let open = cell("510402", MIYI, HALL, "转移登记", true);
    let put = set(&chief, 0, std::slice::from_ref(&open)).await.ok(200);
    assert_eq!(put["version"], 1);
    let stale = set(&chief, 0, std::slice::from_ref(&open))
        .await
        .problem(409);
    assert_eq!(stale["current_version"], 1);

    let found = clerk
        .get(&format!("/api/v1/units?q={}", units[0]))
        .await
        .ok(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    clerk
        .get(&format!("/api/v1/units/{}", units[0]))
        .await
        .ok(200);
    let told = "select string_agg(authority, ',') from audit where action = 'unit.crossed'";
    assert_eq!(house.one(told).await, CITY);
    let case_no = clerk
        .ready_sale(&units[0], party("买方", &resident(101)))
        .await;
    assert!(case_no.starts_with("510402"), "{case_no}");
    let own = desk
        .ready_sale(&units[1], party("买方", &resident(102)))
        .await;
    let submit = json!({ "action": "submit" });
    let here = desk.act(&own, submit.clone()).await.ok(200);
    let there = clerk.act(&case_no, submit).await.ok(200);
    assert_eq!(there["authority"], CITY);
    assert_eq!(there["due_on"], here["due_on"], "the limit of the land");
    assert_eq!(there["office_name"], "米易县不动产登记大厅");
    assert_eq!(there["office_authority_name"], "米易县不动产登记中心");
    assert!(here["office_authority_name"].is_null());

    // nothing else of the land is seen: no other case, no other business, no search by person
    clerk
        .get(&format!("/api/v1/cases/{own}"))
        .await
        .problem(404);
    let all = clerk.get("/api/v1/cases?box=all").await.ok(200);
    assert_eq!(numbers(&all), [case_no.as_str()]);
    let seizure = json!({ "business": "800-00-01", "units": [units[2]] });
    clerk.post("/api/v1/cases", &seizure).await.problem(403);
    let person =
        "/api/v1/units?by=holder&q=%E6%A0%96%E9%9C%9E%E4%B8%9A%E4%B8%BB1&reason=%E8%AF%95%E8%AF%95";
    assert_eq!(clerk.get(person).await.ok(200)["items"], json!([]));
    let neighbour = seated(&house, MIYI, "miyi-other", HALL, &[Role::Reviewer]).await;
    neighbour
        .get(&format!("/api/v1/cases/{case_no}"))
        .await
        .problem(404);

    // the land's own people decide, the certificate is the land's
    let agree = json!({ "action": "agree", "opinion": "材料齐全" });
    for (name, role) in [("first", Role::FirstReviewer), ("second", Role::Reviewer)] {
        let person = house.join(CITY, name, &[role]).await;
        clerk.act(&case_no, agree.clone()).await.problem(403);
        person.act(&case_no, agree.clone()).await.ok(200);
    }
    let registrar = house.join(CITY, "registrar", &[Role::Registrar]).await;
    let done = registrar
        .act(&case_no, json!({ "action": "record" }))
        .await
        .ok(200);
    let number = done["results"][0]["certificate_no"].as_str().unwrap();
    assert!(number.ends_with("攀枝花市不动产权第0000001号"), "{number}");
    let trail = house
        .one("select count(*)::text from audit where action = 'case.crossed' and authority = '510400'")
        .await;
    assert!(trail.parse::<i64>().unwrap() > 3, "{trail}");

    // taken back: no new case, the old one stays with the office that took it
    let shut = cell("510402", MIYI, HALL, "转移登记", false);
    set(&chief, 1, &[shut]).await.ok(200);
    let asked = json!({ "business": SALE, "units": [units[2]] });
    clerk.post("/api/v1/cases", &asked).await.problem(403);
    assert_eq!(clerk.case(&case_no).await["step"], "certificate");
}

#[tokio::test]
async fn the_matrix_also_binds_the_own_offices_and_takes_only_what_there_is() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let desk = seated(&house, CITY, "west", "510400-02", &[Role::Reception]).await;
    let shut = cell("510402", CITY, "510400-02", "转移登记", false);
    set(&chief, 0, &[shut]).await.ok(200);
    let sale = json!({ "business": SALE, "units": [unit] });
    let p = desk.post("/api/v1/cases", &sale).await.problem(403);
    assert_eq!(p["code"], "office_not_authorised");
    desk.post("/api/v1/instant-cases", &sale).await.problem(403);
    desk.open("800-00-01", &unit).await;

    for (bad, field) in [
        (
            cell("510421", MIYI, HALL, "转移登记", true),
            "/cells/0/county",
        ),
        (
            cell("510402", MIYI, "nowhere", "转移登记", true),
            "/cells/0/office_id",
        ),
        (
            cell("510402", MIYI, HALL, "没有的类别", true),
            "/cells/0/family",
        ),
    ] {
        let p = set(&chief, 1, &[bad]).await.problem(422);
        assert_eq!(p["errors"][0]["field"], field);
    }
    assert_eq!(house.told("same_city.matrix_set").await, 1);
}

#[tokio::test]
async fn a_delegated_step_is_taken_by_the_pool_and_by_nobody_else() {
    let house = House::new().await;
    let units = house.plant(CITY, "510402", "栖霞", 2).await;
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let first = house.join(CITY, "first", &[Role::FirstReviewer]).await;
    let pool = house.join(MIYI, "miyi-review", &[Role::Reviewer]).await;
    let clerk = house.join(MIYI, "miyi-desk", &[Role::Reception]).await;
    let mut cases = Vec::new();
    for (unit, n) in units.iter().zip(101..) {
        let case_no = desk.ready_sale(unit, party("买方", &resident(n))).await;
        desk.act(&case_no, json!({ "action": "submit" }))
            .await
            .ok(200);
        cases.push(case_no);
    }
    let agree = json!({ "action": "agree", "opinion": "材料齐全" });
    first.act(&cases[0], agree.clone()).await.ok(200);
    let list = "/api/v1/cases?box=pool";
    assert!(numbers(&pool.get(list).await.ok(200)).is_empty());
    pool.get(&format!("/api/v1/cases/{}", cases[0]))
        .await
        .problem(404);

    let today = date_in_shanghai(Utc::now());
    let path = "/api/v1/same-city/delegations";
    let given = |from, to| {
        json!({ "to_authority": MIYI, "family": "转移登记", "action": "approve",
            "valid_from": from, "valid_to": to, "document": "示例委〔2026〕1号" })
    };
    // not begun yet
    let later = today + Days::new(5);
    chief.post(path, &given(later, later)).await.ok(201);
    assert!(numbers(&pool.get(list).await.ok(200)).is_empty());
    let standing = chief.post(path, &given(today, later)).await.ok(201);
    for bad in [
        given(later, today),
        given(today - Days::new(9), today - Days::new(1)),
    ] {
        chief.post(path, &bad).await.problem(422);
    }
    // only the step that is delegated waits for the pool
    assert_eq!(numbers(&pool.get(list).await.ok(200)), [cases[0].as_str()]);
    pool.act(&cases[1], agree.clone()).await.problem(403);
    clerk
        .get(&format!("/api/v1/cases/{}", cases[0]))
        .await
        .problem(404);
    let done = pool.act(&cases[0], agree.clone()).await.ok(200);
    assert_eq!(done["step"], "recording");
    assert_eq!(
        numbers(&pool.get("/api/v1/cases?box=done").await.ok(200)),
        [cases[0].as_str()]
    );
    let both = chief.get(path).await.ok(200);
    assert_eq!(both["items"].as_array().unwrap().len(), 2);
    let theirs = house.join(MIYI, "miyi-chief", &[Role::Administrator]).await;
    let seen = theirs.get(path).await.ok(200);
    assert_eq!(seen["items"][0]["given"], false);

    let end = format!("{path}/{}/end", standing["id"].as_str().unwrap());
    theirs.post(&end, &Value::Null).await.problem(404);
    chief.post(&end, &Value::Null).await.ok(204);
    first.act(&cases[1], agree.clone()).await.ok(200);
    pool.get(&format!("/api/v1/cases/{}", cases[1]))
        .await
        .problem(404);
    assert!(numbers(&pool.get(list).await.ok(200)).is_empty());
}

/// 登簿 delegated to another authority's registrars, the certificate handed over where the case was
/// taken, the figures of both sides.
#[tokio::test]
async fn a_delegated_registrar_records_and_the_taking_office_hands_over() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let clerk = seated(&house, MIYI, "miyi-desk", HALL, &[Role::Reception]).await;
    let open = cell("510402", MIYI, HALL, "转移登记", true);
    set(&chief, 0, std::slice::from_ref(&open)).await.ok(200);
    let case_no = clerk.ready_sale(&unit, party("买方", &resident(101))).await;
    clerk
        .act(&case_no, json!({ "action": "submit" }))
        .await
        .ok(200);
    let agree = json!({ "action": "agree", "opinion": "材料齐全" });
    for (name, role) in [("first", Role::FirstReviewer), ("second", Role::Reviewer)] {
        let person = house.join(CITY, name, &[role]).await;
        person.act(&case_no, agree.clone()).await.ok(200);
    }
    let registrar = house.join(MIYI, "miyi-registrar", &[Role::Registrar]).await;
    let record = json!({ "action": "record" });
    let path = format!("/api/v1/cases/{case_no}");
    registrar.get(&path).await.problem(404);
    let today = date_in_shanghai(Utc::now());
    let given = json!({ "to_authority": MIYI, "family": "转移登记", "action": "record",
        "valid_from": today, "valid_to": today, "document": "示例委〔2026〕2号" });
    chief
        .post("/api/v1/same-city/delegations", &given)
        .await
        .ok(201);
    let done = registrar.act(&case_no, record).await.ok(200);
    let number = done["results"][0]["certificate_no"].as_str().unwrap();
    assert!(number.ends_with("攀枝花市不动产权第0000001号"), "{number}");
    // the entry names who recorded it and belongs to the authority of the land
    let entry =
        "select authority || ' ' || (body::jsonb -> 'registrar' ->> 'name') from register_entry
        order by recorded_at desc limit 1";
    assert_eq!(house.one(entry).await, format!("{CITY} 人员miyi-registrar"));

    let cashier = house.join(CITY, "cashier", &[Role::Cashier]).await;
    crate::fees::settle(&cashier, &case_no).await;
    let maker = house.join(CITY, "maker", &[Role::CertificateMaker]).await;
    let forms = json!({ "form_kind": "title", "first_serial": "D51000000001", "count": 3 });
    maker.post("/api/v1/form-stock", &forms).await.ok(201);
    let make = json!({ "action": "make_certificate", "form_serials": ["D51000000001"] });
    // the blank, the number and the printing are the land's
    clerk.act(&case_no, make.clone()).await.problem(403);
    maker.act(&case_no, make).await.ok(200);
    let deliver = json!({ "action": "deliver", "recipient": { "name": "买方" } });
    let other = house.join(MIYI, "miyi-other", &[Role::Reception]).await;
    other.get(&path).await.problem(404);
    let handed = clerk.act(&case_no, deliver).await.ok(200);
    assert_eq!(handed["step"], "archive");
    // the old paper was handed in at that desk; it is seen there by its case only
    let papers = clerk
        .get(&format!("/api/v1/old-papers?case_no={case_no}"))
        .await
        .ok(200);
    assert_eq!(papers["items"][0]["state"], "returned");
    let all = clerk.get("/api/v1/old-papers").await.ok(200);
    assert_eq!(all["items"], json!([]));

    // figures: of the land by whose office took it, and of the office by whose land it was
    let by = "/api/v1/statistics/by?by=taker";
    let land = chief.get(by).await.ok(200);
    assert_eq!(
        land["rows"][0]["names"],
        json!(["米易县不动产登记中心", "攀枝花市不动产登记中心"])
    );
    assert_eq!(land["rows"][0]["figures"]["recorded"], 1);
    let theirs = house.join(MIYI, "miyi-chief", &[Role::Administrator]).await;
    let none = theirs.get(by).await.ok(200);
    assert_eq!(none["rows"], json!([]));
    let taken = theirs
        .get(&format!("{by}&side=taken_elsewhere"))
        .await
        .ok(200);
    assert_eq!(taken["rows"][0]["keys"], json!([MIYI, CITY]));
    assert_eq!(taken["rows"][0]["figures"]["delivered"], 1);
    let place = theirs
        .get("/api/v1/statistics/by?by=place&side=taken_elsewhere")
        .await
        .ok(200);
    assert_eq!(place["rows"][0]["keys"], json!([HALL, "510402"]));
    let summary = theirs
        .get("/api/v1/statistics/summary?side=taken_elsewhere")
        .await
        .ok(200);
    assert_eq!(summary["total"]["recorded"], 1);
    // the city's office took nothing for others
    let none = chief
        .get(&format!("{by}&side=taken_elsewhere"))
        .await
        .ok(200);
    assert_eq!(none["rows"], json!([]));
}
