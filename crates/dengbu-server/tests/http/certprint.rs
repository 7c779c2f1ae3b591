//! Certificates on paper: blanks handed out, printed, destroyed and counted; lost ones declared.

use axum::http::Method;
use dengbu_cases::days;
use dengbu_law::calendar::{CalendarDay, DayKind};
use dengbu_staff::Role;
use serde_json::json;

use crate::house::{CITY, Client, House, MIYI};
use crate::land::{party, resident};

/// A house in which the first certificate was issued and printed on D51000000002, its maker, and
/// the number of the certificate as it stands in an address.
async fn issued() -> (House, Client, String, String) {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let maker = house
        .join(CITY, "maker", &[Role::CertificateMaker, Role::Archivist])
        .await;
    let forms = json!({ "form_kind": "title", "first_serial": "D51000000001", "count": 9 });
    maker.post("/api/v1/form-stock", &forms).await.ok(201);
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let case_no = desk.ready_sale(&unit, party("买方", &resident(101))).await;
    desk.act(&case_no, json!({ "action": "submit" }))
        .await
        .ok(200);
    let agree = json!({ "action": "agree", "opinion": "材料齐全" });
    for (name, role) in [("first", Role::FirstReviewer), ("second", Role::Reviewer)] {
        let who = house.join(CITY, name, &[role]).await;
        who.act(&case_no, agree.clone()).await.ok(200);
    }
    let registrar = house.join(CITY, "registrar", &[Role::Registrar]).await;
    let recorded = registrar
        .act(&case_no, json!({ "action": "record" }))
        .await
        .ok(200);
    let number = recorded["results"][0]["certificate_no"]
        .as_str()
        .unwrap()
        .to_owned();
    let cashier = house.join(CITY, "cashier", &[Role::Cashier]).await;
    crate::fees::settle(&cashier, &case_no).await;
    // the blank a colleague holds is not for this maker
    let other = house.hire(CITY, "other", &[Role::CertificateMaker]).await;
    let give = |to: Option<String>, count: u32| json!({ "form_kind": "title", "first_serial": "D51000000001", "count": count, "to": to });
    let hand = "/api/v1/form-stock/hand-over";
    maker
        .post(hand, &give(Some(other.to_string()), 1))
        .await
        .ok(204);
    let p = maker.post(hand, &give(None, 10)).await.problem(422);
    assert_eq!(p["errors"][0]["field"], "/first_serial");
    let stranger = uuid_of(&house, MIYI).await;
    let p = maker
        .post(hand, &give(Some(stranger), 1))
        .await
        .problem(422);
    assert_eq!(p["errors"][0]["field"], "/to");
    let make = |serial: &str| json!({ "action": "make_certificate", "form_serials": [serial] });
    let p = maker.act(&case_no, make("D51000000001")).await.problem(422);
    assert!(p.to_string().contains("领用"), "{p}");
    maker.act(&case_no, make("D51000000002")).await.ok(200);
    let held = maker.get("/api/v1/form-stock/holders").await.ok(200);
    assert_eq!(held["held"][0]["count"], 1);
    assert_eq!(held["makers"].as_array().unwrap().len(), 2);
    (house, maker, number, case_no)
}

async fn uuid_of(house: &House, authority: &str) -> String {
    let maker = house.hire(authority, "elsewhere", &[Role::CertificateMaker]);
    maker.await.to_string()
}

fn path(number: &str, rest: &str) -> String {
    let coded: String = number.bytes().map(|b| format!("%{b:02X}")).collect();
    format!("/api/v1/certificates/{coded}/{rest}")
}

#[tokio::test]
async fn a_certificate_is_printed_at_its_station_and_seen_before() {
    let (house, maker, number, _) = issued().await;
    let station = "/api/v1/print-stations/%E4%B8%80%E5%8F%B7";
    let set = |shift_x: i32| json!({ "shift_x": shift_x, "shift_y": 50, "scale_x": 10000, "scale_y": 10000 });
    let at = &maker;
    let put = |body| async move { at.with(Method::PUT, station, &[], &body).await };
    let p = put(set(2001)).await.problem(422);
    assert_eq!(p["errors"][0]["field"], "/shift_x");
    put(set(999)).await.ok(200);
    put(set(-125)).await.ok(200);
    let list = maker.get("/api/v1/print-stations").await.ok(200);
    assert_eq!(list["items"][0]["shift_x"], -125);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let test = maker.get(&format!("{station}/test-page")).await;
    assert!(test.text().contains("左右 -1.25 毫米"), "{}", test.text());

    let over = maker
        .get(&path(
            &number,
            "print?mode=overprint&station=%E4%B8%80%E5%8F%B7",
        ))
        .await;
    assert_eq!(over.media_type(), "text/html; charset=utf-8");
    let page = over.text();
    assert!(
        page.contains("translate(-1.25 0.5)") && page.contains("买方"),
        "{page}"
    );
    assert!(page.contains("宗 地 图") && !page.contains("内容预览"));
    let seen = maker.get(&path(&number, "print?mode=preview")).await.text();
    assert!(seen.contains("内容预览") && !seen.contains("translate(-1.25"));
    let p = maker
        .get(&path(&number, "print?mode=overprint&station=none"))
        .await
        .problem(422);
    assert_eq!(p["errors"][0]["field"], "/station");
    assert_eq!(house.told("certificate.printed").await, 2);
    // looking is for all who see certificates, printing for makers
    let clerk = house.join(CITY, "clerk", &[Role::Archivist]).await;
    clerk
        .get(&path(&number, "print?mode=overprint"))
        .await
        .problem(403);
    assert!(
        clerk
            .get(&path(&number, "print?mode=preview"))
            .await
            .text()
            .contains("买方")
    );
    let miyi = house.join(MIYI, "miyi", &[Role::CertificateMaker]).await;
    miyi.get(&path(&number, "print?mode=preview"))
        .await
        .problem(404);
}

#[tokio::test]
async fn two_persons_destroy_and_differences_are_explained() {
    let (house, maker, _, _) = issued().await;
    let because = json!({ "reason": "打印错位" });
    let form = "/api/v1/form-stock/D51000000003";
    let destroy = format!("{form}/destroy");
    maker.post(&destroy, &because).await.problem(409);
    maker.post(&format!("{form}/spoil"), &because).await.ok(204);
    assert_eq!(maker.post(&destroy, &because).await.ok(200)["done"], false);
    let p = maker.post(&destroy, &because).await.problem(409);
    assert!(p.to_string().contains("另一人"), "{p}");
    let held = maker.get("/api/v1/form-stock/holders").await.ok(200);
    assert_eq!(held["to_destroy"][0]["serial"], "D51000000003");
    let second = house.sign_in("other").await;
    assert_eq!(second.post(&destroy, &because).await.ok(200)["done"], true);
    second.post(&destroy, &because).await.problem(409);
    let stock = maker.get("/api/v1/form-stock").await.ok(200);
    assert_eq!(stock["items"][0]["destroyed"], 1);

    // nine came in, one is used, one destroyed
    let count =
        |n: u32, why: &str| json!({ "form_kind": "title", "counted": n, "explanation": why });
    let p = maker
        .post("/api/v1/form-counts", &count(6, " "))
        .await
        .problem(422);
    assert_eq!(p["errors"][0]["field"], "/explanation");
    let same = maker
        .post("/api/v1/form-counts", &count(7, ""))
        .await
        .ok(201);
    assert_eq!(
        (&same["booked"], &same["difference"]),
        (&json!(7), &json!(0))
    );
    maker
        .post("/api/v1/form-counts", &count(6, "一本在窗口"))
        .await
        .ok(201);
    let list = maker.get("/api/v1/form-counts").await.ok(200);
    assert_eq!(list["items"][0]["difference"], -1);
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    assert_eq!(house.told("stock.counted").await, 2);
}

#[tokio::test]
async fn a_lost_certificate_is_declared_and_the_public_sees_it_masked() {
    let (house, maker, number, _) = issued().await;
    let say = |kind: &str| json!({ "certificate_no": number, "kind": kind, "reason": "保管不善" });
    let p = maker
        .post("/api/v1/void-notices", &say("unreturned"))
        .await
        .problem(409);
    assert!(p.to_string().contains("仍然有效"), "{p}");
    // 实施细则第二十二条: fifteen working days by the authority's own calendar; the day that would
    // be the last is made a day off here
    let mut tx = house.tx(CITY).await;
    let plain = days::calendar(&mut tx, CITY).await.unwrap();
    let today = dengbu_model::time::date_in_shanghai(chrono::Utc::now());
    let off = CalendarDay {
        day: plain.due(today, 15),
        kind: DayKind::Holiday,
        name: "放假".to_owned(),
    };
    days::put(&mut tx, CITY, std::slice::from_ref(&off))
        .await
        .unwrap();
    let calendar = days::calendar(&mut tx, CITY).await.unwrap();
    tx.commit().await.unwrap();
    let made = maker
        .post("/api/v1/void-notices", &say("lost"))
        .await
        .ok(201);
    let until: chrono::NaiveDate = made["runs_until"].as_str().unwrap().parse().unwrap();
    assert!(until > off.day, "{made}");
    assert_eq!(calendar.days_left(today, until), 15);
    assert!(
        made["text"].as_str().unwrap().contains("第二十二条"),
        "{made}"
    );
    assert!(made["runs_until"].as_str() > made["published_on"].as_str());
    maker
        .post("/api/v1/void-notices", &say("lost"))
        .await
        .problem(409);
    let list = maker.get("/api/v1/void-notices?limit=1").await.ok(200);
    assert_eq!(list["items"][0]["certificate_no"], json!(number));
    assert_eq!(list["next_cursor"], json!(null));
    let paper = path(&number, "").replace("/certificates/", "/void-notices/") + "paper?kind=lost";
    assert!(maker.get(&paper).await.text().contains("特此公告"));

    let public = house.stranger().get("/void-certificates").await;
    let page = public.text();
    assert!(
        page.contains(&number) && page.contains("保管不善"),
        "{page}"
    );
    assert!(!page.contains("买方"), "the holder is masked: {page}");
    let none = house
        .stranger()
        .get("/void-certificates?q=%E4%BA%91&page=9")
        .await;
    assert!(none.text().contains("没有与该证号相符"));

    // the seller's paper, of an earlier system, ended with the sale and did not come back
    let old = house
        .one("select min(certificate_no) from register_right where valid_to is not null")
        .await;
    let say =
        json!({ "certificate_no": old, "kind": "unreturned", "reason": "转移登记后未能收回" });
    let made = maker.post("/api/v1/void-notices", &say).await.ok(201);
    assert_eq!(made["runs_until"], json!(null));
    assert!(
        made["text"].as_str().unwrap().contains("第二十三条"),
        "{made}"
    );
    maker
        .get(&path(&old, "print?mode=overprint"))
        .await
        .problem(409);
    assert_eq!(house.told("void_notice.published").await, 2);
}

/// 实施细则第二十三条: what ended is taken back and noted in the register; what cannot be had is
/// published as void.
#[tokio::test]
async fn old_papers_come_back_or_are_published_as_void() {
    let (house, maker, number, case_no) = issued().await;
    let of_case = format!("/api/v1/old-papers?case_no={case_no}");
    let papers = maker.get(&of_case).await.ok(200);
    // the seller handed the original in at the counter (B1)
    let old = &papers["items"][0];
    assert_eq!(old["state"], "returned", "{papers}");
    assert_eq!(old["note"], "收件时收回原件");
    let unit = old["unit_code"].as_str().unwrap();
    let desk = house.sign_in("desk").await;
    let book = desk
        .get(&format!("/api/v1/units/{unit}/register"))
        .await
        .ok(200);
    assert_eq!(book["old_papers"][0]["state_name"], "已收回");

    // another sale, this time by a court: nobody brings the paper printed on D51000000002
    let mut tx = house.tx(CITY).await;
    sqlx::query(
        "insert into paper_return (county, certificate_no, paper_kind, unit_code, authority, case_no, voided_at)
         values ('510402', $1, 'title', $2, $3, $4, now())",
    )
    .bind(&number)
    .bind(unit)
    .bind(CITY)
    .bind(&case_no)
    .execute(tx.conn())
    .await
    .unwrap();
    sqlx::query(
        "update certificate set state = 'revoked', revoked_at = now() where certificate_no = $1",
    )
    .bind(&number)
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let awaited = maker.get("/api/v1/old-papers?state=awaited").await.ok(200);
    assert_eq!(awaited["items"][0]["certificate_no"], json!(number));
    assert_eq!(awaited["items"].as_array().unwrap().len(), 1);
    let back = path(&number, "").replace("/certificates/", "/old-papers/") + "return";
    // whoever reads cases only takes nothing back
    let archivist = house.join(CITY, "clerk", &[Role::Archivist]).await;
    archivist.post(&back, &json!({})).await.problem(403);
    let miyi = house.join(MIYI, "miyi", &[Role::Reception]).await;
    miyi.post(&back, &json!({})).await.problem(404);
    let elsewhere = json!({ "case_no": "51040220261101000001" });
    maker.post(&back, &elsewhere).await.problem(404);

    let say =
        json!({ "certificate_no": number, "kind": "unreturned", "reason": "被执行人下落不明" });
    maker.post("/api/v1/void-notices", &say).await.ok(201);
    let papers = maker
        .get("/api/v1/old-papers?state=unreturned")
        .await
        .ok(200);
    assert_eq!(papers["items"][0]["note"], "被执行人下落不明");
    // it may still turn up
    let note = json!({ "note": "被执行人邮寄交回", "case_no": case_no });
    let taken = maker.post(&back, &note).await.ok(200);
    assert_eq!(
        (&taken["state"], &taken["note"]),
        (&json!("returned"), &note["note"])
    );
    maker.post(&back, &note).await.problem(409);
    assert_eq!(house.told("paper.returned").await, 1);
    let found = maker
        .get("/api/v1/certificates?q=D51000000002")
        .await
        .ok(200);
    assert_eq!(found["items"][0]["certificate_no"], json!(number));
}

#[tokio::test]
async fn an_authority_sets_where_things_stand_on_its_blanks() {
    let (house, maker, number, _) = issued().await;
    let list = maker.get("/api/v1/blank-layouts").await.ok(200);
    let title = &list["items"][0];
    assert_eq!(
        (&title["own"], &title["version"]),
        (&json!(false), &json!(0))
    );
    let mut own = title["standard"].clone();
    own["pages"][0]["places"][3]["x"] = json!(57.5);
    own["pages"][0]["places"][3]["width"] = json!(100.0);
    let at = "/api/v1/blank-layouts/title";
    let maker = &maker;
    let put = |seen: &'static str, body: serde_json::Value| async move {
        maker
            .with(Method::PUT, at, &[("if-match", seen)], &body)
            .await
    };
    let mut off = own.clone();
    off["pages"][0]["places"][3]["width"] = json!(300.0);
    let p = put("\"0\"", off).await.problem(422);
    assert_eq!(p["errors"][0]["field"], "/pages/0/places/3");
    assert!(p.to_string().contains("坐落"), "{p}");
    let mut short = own.clone();
    short["pages"].as_array_mut().unwrap().pop();
    put("\"0\"", short).await.problem(422);
    let set = put("\"0\"", own.clone()).await.ok(200);
    assert_eq!((&set["own"], &set["version"]), (&json!(true), &json!(1)));
    put("\"0\"", own.clone()).await.problem(409);
    let printed = maker
        .get(&path(&number, "print?mode=overprint"))
        .await
        .text();
    assert!(
        printed.contains("data-field=\"坐落\" x=\"57.5\""),
        "{printed}"
    );
    // another authority prints as before
    let miyi = house.join(MIYI, "miyi", &[Role::CertificateMaker]).await;
    let theirs = miyi.get("/api/v1/blank-layouts").await.ok(200);
    assert_eq!(theirs["items"][0]["own"], false);
    let back = maker
        .with(Method::DELETE, at, &[("if-match", "\"1\"")], &json!(null))
        .await
        .ok(200);
    assert_eq!(
        (&back["own"], &back["layout"]),
        (&json!(false), &back["standard"])
    );
    let printed = maker
        .get(&path(&number, "print?mode=overprint"))
        .await
        .text();
    assert!(
        printed.contains("data-field=\"坐落\" x=\"50\""),
        "{printed}"
    );
    assert_eq!(house.told("blank_layout.set").await, 1);
    assert_eq!(house.told("blank_layout.reset").await, 1);
}
