//! Cases that wait, by HTTP: a notice and objections to it, a clock that is stopped.

use dengbu_staff::Role;
use serde_json::{Value, json};

use crate::house::{CITY, Client, House};

/// 补发 (a lost certificate), at its notice.
async fn lost() -> (House, Client, Client, String) {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let first = house.join(CITY, "first", &[Role::FirstReviewer]).await;
    let case_no = desk.open("900-00-02", &unit).await;
    let case = desk.case(&case_no).await;
    let mut application = case["application"].clone();
    application["detail"]["matter"] = json!("遗失补发");
    let seen = case["version"].to_string();
    desk.with(
        axum::http::Method::PUT,
        &format!("/api/v1/cases/{case_no}/application"),
        &[("if-match", &format!("\"{seen}\""))],
        &application,
    )
    .await
    .ok(200);
    desk.papers(&case_no).await;
    desk.act(&case_no, json!({ "action": "submit" }))
        .await
        .ok(200);
    first
        .act(&case_no, json!({ "action": "agree", "opinion": "属实" }))
        .await
        .ok(200);
    (house, desk, first, case_no)
}

pub async fn send(client: &Client, case_no: &str, path: &str, body: Value) -> crate::house::Answer {
    let version = client.case(case_no).await["version"].to_string();
    client
        .with(
            axum::http::Method::POST,
            &format!("/api/v1/cases/{case_no}{path}"),
            &[("if-match", &format!("\"{version}\""))],
            &body,
        )
        .await
}

#[tokio::test]
async fn a_notice_from_the_draft_to_an_objection_that_stands() {
    let (house, desk, first, case_no) = lost().await;
    let case = first.case(&case_no).await;
    assert_eq!(
        (&case["step"], &case["light"]),
        (&json!("notice"), &json!("green"))
    );
    let panel = first
        .get(&format!("/api/v1/cases/{case_no}/notice"))
        .await
        .ok(200);
    let draft = panel["draft"].clone();
    let body = draft["body"].as_str().unwrap();
    assert!(
        body.contains("声明其持有的") && body.contains("15 个工作日"),
        "{body}"
    );
    assert!(
        !body.contains(&crate::land::resident(1)),
        "no identity number"
    );
    // whoever only takes cases in neither drafts nor publishes
    let seen = desk
        .get(&format!("/api/v1/cases/{case_no}/notice"))
        .await
        .ok(200);
    assert_eq!(
        (&seen["draft"], &seen["may_publish"]),
        (&Value::Null, &json!(false))
    );
    let mut notice = draft.clone();
    send(&desk, &case_no, "/notice", notice.clone())
        .await
        .problem(403);
    notice["days"] = json!(14);
    notice["contact"] = json!(" ");
    let p = send(&first, &case_no, "/notice", notice.clone())
        .await
        .problem(422);
    assert_eq!(p["errors"][0]["field"], "/contact");
    notice["contact"] = json!("0812-0000000");
    let p = send(&first, &case_no, "/notice", notice.clone())
        .await
        .problem(422);
    assert_eq!(p["errors"][0]["field"], "/days");
    notice["days"] = json!(15);
    let mut telling = notice.clone();
    telling["body"] = json!("身份证 51049919800101101X");
    let p = send(&first, &case_no, "/notice", telling)
        .await
        .problem(422);
    assert_eq!(p["errors"][0]["code"], "identity_number");
    let published = send(&first, &case_no, "/notice", notice).await.ok(200);
    assert_eq!(published["light"], "paused");
    let p = first
        .act(&case_no, json!({ "action": "agree", "opinion": "属实" }))
        .await
        .problem(422);
    assert!(
        p["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("第十七条")
    );

    // the public reads it without signing in, and finds it by its words
    let anybody = house.stranger();
    let page = anybody
        .get("/public-notices?q=%E6%A0%96%E9%9C%9E")
        .await
        .text();
    assert!(page.contains("<article>") && page.contains("声明其持有的"));
    let none = anybody
        .get("/public-notices?q=%E6%97%A0%E6%AD%A4%E4%BA%8B")
        .await
        .text();
    assert!(!none.contains("<article>"));

    let objection =
        json!({ "objector": "某异议人", "contact": "13000000000", "grounds": "证书在我处" });
    send(&desk, &case_no, "/objections", objection)
        .await
        .ok(200);
    let at_desk = desk
        .get(&format!("/api/v1/cases/{case_no}/notice"))
        .await
        .ok(200);
    assert_eq!(at_desk["objections"][0]["objector"], "某***");
    assert_eq!(at_desk["objections"][0]["contact"], Value::Null);
    assert_eq!(at_desk["objections"][0]["grounds"], Value::Null);
    let reviewer = house.join(CITY, "reviewer", &[Role::Reviewer]).await;
    let panel = reviewer
        .get(&format!("/api/v1/cases/{case_no}/notice"))
        .await
        .ok(200);
    let id = panel["objections"][0]["objection_id"].as_str().unwrap();
    assert_eq!(panel["objections"][0]["grounds"], "证书在我处");
    let path = format!("/objections/{id}/decision");
    let decision = json!({ "upheld": true, "reason": "证书确在异议人处" });
    for other in [&desk, &first] {
        send(other, &case_no, &path, decision.clone())
            .await
            .problem(403);
    }
    send(&reviewer, &case_no, &path, decision).await.ok(200);
    let listed = first.get("/api/v1/notices?state=running").await.ok(200);
    assert_eq!(
        (
            &listed["items"][0]["objections"],
            &listed["items"][0]["undecided"]
        ),
        (&json!(1), &json!(0))
    );
    let sheet = listed["items"][0]["paper_url"].as_str().unwrap();
    assert!(first.get(sheet).await.text().contains("公告编号：2"));
    first
        .act(
            &case_no,
            json!({ "action": "agree", "opinion": "提请不予登记" }),
        )
        .await
        .ok(200);
    let p = reviewer
        .act(&case_no, json!({ "action": "agree", "opinion": "同意" }))
        .await
        .problem(422);
    assert!(
        p["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("异议成立")
    );
    let refused = reviewer
        .act(
            &case_no,
            json!({ "action": "refuse", "reason": "证书并未遗失" }),
        )
        .await
        .ok(200);
    let page = anybody.get("/public-notices").await.text();
    assert!(!page.contains("<article>"), "it came to nothing");
    assert_eq!(refused["state"], "refused");
    for told in [
        "notice.published",
        "notice.objected",
        "notice.objection_decided",
    ] {
        assert_eq!(house.told(told).await, 1, "{told}");
    }
}

#[tokio::test]
async fn a_clock_is_stopped_by_the_post_of_the_step_and_wakes_on_its_day() {
    let (house, desk, first, case_no) = lost().await;
    let reasons = first
        .get(&format!("/api/v1/cases/{case_no}/suspension-reasons"))
        .await
        .ok(200);
    assert!(reasons.as_array().unwrap().len() >= 5);
    let today = dengbu_model::time::date_in_shanghai(chrono::Utc::now());
    let until = today + chrono::Duration::days(3);
    let stop = json!({ "reason_code": "verify", "reason": "向街道核实", "until": until });
    send(&desk, &case_no, "/suspension", stop.clone())
        .await
        .problem(403);
    let stopped = send(&first, &case_no, "/suspension", stop.clone())
        .await
        .ok(200);
    assert_eq!(
        (&stopped["state"], &stopped["may_resume"]),
        (&json!("suspended"), &json!(true))
    );
    let p = send(&first, &case_no, "/suspension", stop)
        .await
        .problem(422);
    assert_eq!(p["errors"][0]["field"], "/reason_code");
    let overdue = first.get("/api/v1/cases?box=all&due=soon").await.ok(200);
    assert_eq!(
        overdue["items"],
        json!([]),
        "a clock that stands is due on no day"
    );

    let at = |n: i64| {
        (today + chrono::Duration::days(n))
            .and_hms_opt(4, 0, 0)
            .unwrap()
            .and_utc()
    };
    let store = house.db.store();
    assert_eq!(
        dengbu_server::background::wake_all(store, at(2))
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        dengbu_server::background::wake_all(store, at(3))
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        dengbu_server::background::wake_all(store, at(4))
            .await
            .unwrap(),
        0
    );
    let awake = first.case(&case_no).await;
    assert_eq!(
        (&awake["state"], &awake["step"]),
        (&json!("in_progress"), &json!("notice"))
    );
}
