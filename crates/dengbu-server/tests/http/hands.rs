//! In whose hands cases are: claimed means claimed, handed over by who supervises, deputies.

use dengbu_staff::Role;
use serde_json::json;

use crate::house::{CITY, Client, House, MIYI};
use crate::land::{party, resident};

struct Counter {
    house: House,
    case_no: String,
    chief: Client,
    first: Client,
    second: Client,
    first_id: String,
    second_id: String,
}

/// A sale at its first review, claimed by the first reviewer.
async fn counter() -> Counter {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let mut ids = Vec::new();
    for name in ["first", "second"] {
        ids.push(
            house
                .hire(CITY, name, &[Role::FirstReviewer])
                .await
                .to_string(),
        );
    }
    let chief = house.join(CITY, "chief", &[Role::Reviewer]).await;
    let first = house.sign_in("first").await;
    let second = house.sign_in("second").await;
    let case_no = desk.ready_sale(&unit, party("买方", &resident(101))).await;
    desk.act(&case_no, json!({ "action": "submit" }))
        .await
        .ok(200);
    first
        .act(&case_no, json!({ "action": "claim" }))
        .await
        .ok(200);
    Counter {
        house,
        case_no,
        chief,
        first,
        second,
        second_id: ids.remove(1),
        first_id: ids.remove(0),
    }
}

pub fn agree() -> serde_json::Value {
    json!({ "action": "agree", "opinion": "材料齐全" })
}

#[tokio::test]
async fn what_one_has_claimed_another_leaves_alone_until_it_is_handed_over() {
    let c = counter().await;
    let case = c.second.case(&c.case_no).await;
    let offered = case["allowed_actions"][0]["disabled_reason"].as_str();
    assert!(offered.is_some_and(|r| r.contains("人员first")), "{case}");
    let p = c.second.act(&c.case_no, agree()).await.problem(422);
    assert!(p["errors"][0]["message"].as_str().unwrap().contains("转办"));

    let to = |person: &str| json!({ "cases": [&c.case_no], "to": person, "reason": "病假" });
    let path = "/api/v1/board/reassignments";
    c.second.post(path, &to(&c.second_id)).await.problem(403);
    let people = c
        .chief
        .get(&format!("/api/v1/cases/{}/assignees", c.case_no))
        .await
        .ok(200);
    let names: Vec<_> = people["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| {
            (
                p["name"].as_str().unwrap(),
                p["open_cases"].as_i64(),
                p["barred"].is_null(),
            )
        })
        .collect();
    assert_eq!(
        names,
        [("人员second", Some(0), true), ("人员first", Some(1), false)],
        "the least loaded first"
    );

    let done = c.chief.post(path, &to(&c.second_id)).await.ok(200);
    assert_eq!(done["done"], json!([&c.case_no]));
    let twice = c.chief.post(path, &to(&c.second_id)).await.ok(200);
    assert_eq!(twice["refused"][0]["case_no"], json!(&c.case_no));
    c.first.act(&c.case_no, agree()).await.problem(422);
    let moved = c.second.act(&c.case_no, agree()).await.ok(200);
    assert_eq!(moved["step"], "approval");
    let trail: Vec<_> = moved["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["action"].as_str().unwrap())
        .collect();
    assert_eq!(trail, ["submit", "reassign", "agree"]);
    assert_eq!(
        moved["events"][1]["reason"],
        "由人员first转至人员second：病假"
    );
    // the first reviewer has no post at the approval
    let p = c.chief.post(path, &to(&c.first_id)).await.ok(200);
    assert!(
        p["refused"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("没有“审核”环节的岗位")
    );
    assert_eq!(c.house.told("case.reassigned").await, 3);
}

#[tokio::test]
async fn a_deputy_acts_in_the_name_of_who_is_away_and_by_the_own_post() {
    let c = counter().await;
    let today = dengbu_model::time::date_in_shanghai(chrono::Utc::now());
    let name = |to: &str, from: i64, until: i64| {
        let day = |n| (today + chrono::Duration::days(n)).to_string();
        json!({ "deputy": to, "from_on": day(from), "to_on": day(until), "reason": "休假" })
    };
    let path = "/api/v1/deputies";
    let p = c
        .first
        .post(path, &name(&c.first_id, 0, 2))
        .await
        .problem(422);
    assert_eq!(p["errors"][0]["field"], "/deputy");
    let made = c.first.post(path, &name(&c.second_id, 0, 2)).await.ok(201);
    let id = made["items"][0]["deputy_id"].as_str().unwrap().to_owned();
    assert_eq!(made["items"][0]["state"], "in_force");
    // no chains
    c.second
        .post(path, &name(&c.first_id, 1, 3))
        .await
        .problem(422);

    let todo = c.second.get("/api/v1/cases?box=todo").await.ok(200);
    assert_eq!(todo["items"][0]["case_no"], json!(&c.case_no));
    assert_eq!(todo["items"][0]["assignee"], "人员first");
    let moved = c.second.act(&c.case_no, agree()).await.ok(200);
    let last = moved["events"].as_array().unwrap().last().unwrap();
    assert_eq!(last["actor"], "人员second（代人员first）");

    // over: nothing of the other's is to be seen
    c.second
        .post(&format!("{path}/{id}/end"), &json!(null))
        .await
        .ok(200);
    c.second
        .post(&format!("{path}/{id}/end"), &json!(null))
        .await
        .problem(409);
    let elsewhere = c
        .house
        .join(MIYI, "miyi-first", &[Role::FirstReviewer])
        .await;
    let seen = elsewhere.get(path).await.ok(200);
    assert_eq!(seen["items"], json!([]));
    elsewhere
        .post(&format!("{path}/{id}/end"), &json!(null))
        .await
        .problem(404);
}

#[tokio::test]
async fn who_may_not_take_a_step_may_not_claim_it_either() {
    let c = counter().await;
    c.first.act(&c.case_no, agree()).await.ok(200);
    c.house
        .hire(CITY, "both", &[Role::Reviewer, Role::FirstReviewer])
        .await;
    let both = c.house.sign_in("both").await;
    c.chief
        .act(
            &c.case_no,
            json!({ "action": "send_back", "reason": "重审", "target_step": "first_review" }),
        )
        .await
        .ok(200);
    both.act(&c.case_no, agree()).await.ok(200);
    // it would keep the case from everybody
    let p = both
        .act(&c.case_no, json!({ "action": "claim" }))
        .await
        .problem(409);
    assert!(p["title"].as_str().unwrap().contains("岗位分离"), "{p}");
    c.chief.act(&c.case_no, agree()).await.ok(200);
}
