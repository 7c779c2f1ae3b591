//! A sale from the counter to the archive by five people, and the trail that each reading of
//! personal data leaves.

use dengbu_staff::Role;
use serde_json::json;

use crate::house::{CITY, House, chinese};
use crate::land::{party, resident};

#[tokio::test]
async fn a_sale_from_the_counter_to_the_archive() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let first = house.join(CITY, "first", &[Role::FirstReviewer]).await;
    let reviewer = house.join(CITY, "reviewer", &[Role::Reviewer]).await;
    let registrar = house.join(CITY, "registrar", &[Role::Registrar]).await;
    let back = house
        .join(
            CITY,
            "back-office",
            &[Role::CertificateMaker, Role::Archivist],
        )
        .await;
    let forms = json!({ "form_kind": "title", "first_serial": "D51000000001", "count": 2 });
    back.post("/api/v1/form-stock", &forms).await.ok(201);

    let case_no = desk.ready_sale(&unit, party("买方", &resident(101))).await;
    let submitted = desk
        .act(&case_no, json!({ "action": "submit" }))
        .await
        .ok(200);
    assert_eq!(submitted["step"], "first_review");
    assert!(submitted["due_on"].is_string());
    let agree = json!({ "action": "agree", "opinion": "材料齐全" });
    // four eyes: who took it in cannot be the one who reviews, whatever the role
    first.act(&case_no, agree.clone()).await.ok(200);
    reviewer.act(&case_no, agree).await.ok(200);
    let recorded = registrar
        .act(&case_no, json!({ "action": "record" }))
        .await
        .ok(200);
    let number = recorded["results"][0]["certificate_no"].as_str().unwrap();
    assert!(number.ends_with("攀枝花市不动产权第0000001号"), "{number}");
    let make = |serial: &str| json!({ "action": "make_certificate", "form_serials": [serial] });
    let p = back.act(&case_no, make("D51000000001")).await.problem(409);
    assert_eq!(p["code"], "fee_not_settled");
    let cashier = house.join(CITY, "cashier", &[Role::Cashier]).await;
    crate::fees::settle(&cashier, &case_no).await;
    let p = back.act(&case_no, make("D51000009999")).await.problem(422);
    assert_eq!(p["errors"][0]["field"], "/form_serials");
    back.act(&case_no, make("D51000000001")).await.ok(200);
    let hand =
        json!({ "action": "deliver", "recipient": { "name": "买方", "id_number": resident(101) } });
    desk.act(&case_no, hand).await.ok(200);
    let archived = back
        .act(
            &case_no,
            json!({ "action": "archive", "archive_no": "2026-0001" }),
        )
        .await
        .ok(200);
    assert_eq!(archived["state"], "closed");
    let doers: Vec<_> = archived["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["actor"].as_str().unwrap())
        .collect();
    assert_eq!(
        doers,
        [
            "人员desk",
            "人员first",
            "人员reviewer",
            "人员registrar",
            "人员back-office",
            "人员desk",
            "人员back-office"
        ]
    );
    let register = desk
        .get(&format!("/api/v1/units/{unit}/register"))
        .await
        .ok(200);
    assert!(register.to_string().contains(number));
    assert_eq!(register["entries"].as_array().unwrap().len(), 2);
    for link in archived["papers"].as_array().unwrap() {
        let paper = desk.get(link["url"].as_str().unwrap()).await;
        assert_eq!(paper.status, 200, "{link}");
        assert!(paper.media_type().starts_with("text/html"));
        assert!(chinese(&paper.text()));
    }
    let found = desk
        .get(&format!(
            "/api/v1/certificates?q={}",
            number.split('第').nth(1).unwrap().trim_end_matches('号')
        ))
        .await
        .ok(200);
    assert_eq!(found["items"][0]["certificate_no"], number);
    assert_eq!(found["items"][0]["form_serial"], "D51000000001");
}

#[tokio::test]
async fn a_seized_house_is_not_sold_and_the_article_is_named() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let reviewer = house.join(CITY, "reviewer", &[Role::Reviewer]).await;
    let registrar = house.join(CITY, "registrar", &[Role::Registrar]).await;
    let case_no = desk.open("800-00-01", &unit).await;
    let case = desk.case(&case_no).await;
    let mut application = case["application"].clone();
    let officer =
        |n: u32| json!({ "name": format!("法官{n}"), "certificate_no": format!("证{n}") });
    application["detail"] = json!({
        "kind": "seizure", "court": "示例市中级法院", "document_no": "(2026)示例1号",
        "officers": [officer(1), officer(2)], "start": "2026-11-20", "end": "2029-11-19",
        "served_at": "2026-11-20T00:30:00Z"
    });
    let seen = format!("\"{}\"", case["version"]);
    let path = format!("/api/v1/cases/{case_no}/application");
    desk.with(
        axum::http::Method::PUT,
        &path,
        &[("if-match", &seen)],
        &application,
    )
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
    let sale = desk.ready_sale(&unit, party("买方", &resident(101))).await;
    let before = house.kept().await;
    let p = desk
        .act(&sale, json!({ "action": "submit" }))
        .await
        .problem(422);
    assert_eq!(p["code"], "rules");
    let seized = p["violations"].as_array().unwrap().iter().any(|v| {
        v["message"].as_str().unwrap().contains("查封") && chinese(v["law"].as_str().unwrap())
    });
    assert!(seized, "{p}");
    assert_eq!(house.kept().await, before);
}

#[tokio::test]
async fn each_reading_of_personal_data_leaves_a_line_in_the_trail() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let case_no = desk.ready_sale(&unit, party("买方", &resident(101))).await;
    let case = desk.case(&case_no).await;
    let material = case["materials"][0]["url"].as_str().unwrap();
    for (path, action) in [
        (format!("/api/v1/units/{unit}"), "unit.read"),
        (format!("/api/v1/units/{unit}/register"), "register.read"),
        (
            format!("/api/v1/units/{unit}/register/paper"),
            "paper.printed",
        ),
        (format!("/api/v1/cases/{case_no}"), "case.read"),
        (
            format!("/api/v1/cases/{case_no}/papers/application"),
            "paper.printed",
        ),
        (material.to_owned(), "material.read"),
        (
            format!("/api/v1/buildings/{}/table", &unit[..24]),
            "unit.read",
        ),
        (
            "/api/v1/units?q=%E6%A0%96%E9%9C%9E%E8%B7%AF".to_owned(),
            "unit.searched",
        ),
        (
            "/api/v1/units?q=%E6%A0%96%E9%9C%9E%E4%B8%9A%E4%B8%BB1&by=holder&reason=%E6%9F%A5%E8%AF%A2"
                .to_owned(),
            "person.searched",
        ),
        (
            format!(
                "/api/v1/units?q={}&by=id_number&reason=%E6%9F%A5%E8%AF%A2",
                resident(1)
            ),
            "person.searched",
        ),
    ] {
        let before = house.told(action).await;
        let answer = desk.get(&path).await;
        assert_eq!(answer.status, 200, "{path} {}", answer.text());
        assert_eq!(house.told(action).await, before + 1, "{path}");
        let id = answer.headers["x-request-id"].to_str().unwrap();
        let sql = format!("select count(*)::text from audit where request_id = '{id}'");
        assert_eq!(house.one(&sql).await, "1", "{path}");
    }
    let full = format!(
        "select count(*)::text from audit where a::text like '%{}%'",
        resident(1)
    );
    let full = full.replace("from audit where a", "from audit a where a");
    assert_eq!(
        house.one(&full).await,
        "0",
        "no identity number in the trail"
    );
}

#[tokio::test]
async fn personal_data_is_masked_until_a_reason_is_given() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let cadastre = house.join(CITY, "cadastre", &[Role::Cadastre]).await;
    for path in ["", "/register", "/register/paper"] {
        let shown = cadastre
            .get(&format!("/api/v1/units/{unit}{path}"))
            .await
            .text();
        assert!(!shown.contains(&resident(1)), "{path}");
        assert!(!shown.contains("13900000000"), "{path}");
    }
    let unmask = format!("/api/v1/units/{unit}/unmask");
    for reason in [json!(""), json!(" "), json!("x"), json!("长".repeat(201))] {
        let p = desk
            .post(&unmask, &json!({ "reason": reason }))
            .await
            .problem(422);
        assert_eq!(p["errors"][0]["field"], "/reason");
    }
    let p = desk.post(&unmask, &json!({})).await.problem(422);
    assert_eq!(p["errors"][0]["field"], "/reason");
    assert_eq!(house.told("person.unmasked").await, 0);
    let shown = desk
        .post(&unmask, &json!({ "reason": "核对申请人" }))
        .await
        .ok(200);
    assert_eq!(shown["holders"][0]["id_number"], resident(1));
    assert_eq!(house.told("person.unmasked").await, 1);
    let purpose = house
        .one("select purpose from audit where action = 'person.unmasked'")
        .await;
    assert_eq!(purpose, "核对申请人");
    cadastre
        .post(&unmask, &json!({ "reason": "想看看" }))
        .await
        .problem(403);
    for query in ["by=holder", "by=id_number", "by=holder&reason=%20"] {
        let p = desk
            .get(&format!("/api/v1/units?q=x&{query}"))
            .await
            .problem(422);
        assert_eq!(p["errors"][0]["field"], "/reason", "{query}");
    }
    cadastre
        .get("/api/v1/units?q=x&by=holder&reason=xx")
        .await
        .problem(403);
}
