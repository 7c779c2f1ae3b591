//! Scanned papers: what is no paper is refused, and what was taken in comes back unchanged.

use axum::http::Method;
use dengbu_staff::Role;
use serde_json::{Value, json};

use crate::house::{CITY, Client, House, SALE, fresh_key};
use crate::land::{party, resident};

const PDF: &[u8] = b"%PDF-1.7 scan";

async fn desk() -> (House, Client, String) {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let clerk = house.join(CITY, "clerk", &[Role::Reception]).await;
    let case_no = clerk.open(SALE, &unit).await;
    (house, clerk, case_no)
}

#[tokio::test]
async fn what_is_no_paper_is_not_taken_in() {
    let (house, clerk, case_no) = desk().await;
    let before = house.kept().await;
    let eicar = b"%PDF-1.4 EICAR-STANDARD-ANTIVIRUS-TEST-FILE";
    let a1: &[(&str, &str)] = &[("item", "A1")];
    for (fields, file, field) in [
        (a1, &b""[..], "/file"),
        (a1, b"MZ\x90\0 a program", "/file"),
        (a1, b"<html><script>alert(1)</script>", "/file"),
        (a1, b"just text", "/file"),
        (a1, eicar, "/file"),
        (&[], PDF, "/item"),
        (&[("item", "Z9")], PDF, "/item"),
        (&[("item", "A1"), ("copies", "0")], PDF, "/copies"),
        (&[("item", "A1"), ("copies", "many")], PDF, "/copies"),
        (&[("item", "A1"), ("copies", "99999999999")], PDF, "/copies"),
        (&[("item", "A1"), ("pages", "-1")], PDF, "/pages"),
        (&[("item", "A1"), ("colour", "red")], PDF, "/colour"),
        (&[("item", "A\u{0}1")], PDF, "/item"),
    ] {
        let p = clerk.upload(&case_no, fields, file).await.problem(422);
        assert_eq!(p["errors"][0]["field"], field, "{fields:?} {p}");
    }
    for size in [20 * 1024 * 1024 + 1, 24 * 1024 * 1024] {
        let mut file = PDF.to_vec();
        file.resize(size, b' ');
        let p = clerk.upload(&case_no, a1, &file).await.problem(413);
        assert_eq!(p["code"], "too_large", "{size}");
    }
    let path = format!("/api/v1/cases/{case_no}/materials");
    let json_body = json!({ "item": "A1" });
    clerk.post(&path, &json_body).await.problem(415);
    let cut =
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-";
    let kind = [("content-type", "multipart/form-data; boundary=XX")];
    clerk
        .raw(Method::POST, &path, &kind, cut)
        .await
        .problem(400);
    let no_boundary = [("content-type", "multipart/form-data")];
    clerk
        .raw(Method::POST, &path, &no_boundary, cut)
        .await
        .problem(415);
    let without_file =
        "--XX\r\nContent-Disposition: form-data; name=\"item\"\r\n\r\nA1\r\n--XX--\r\n";
    let p = clerk
        .raw(Method::POST, &path, &kind, without_file)
        .await
        .problem(422);
    assert_eq!(p["errors"][0]["field"], "/file");
    clerk
        .upload("51040220261123999999", a1, PDF)
        .await
        .problem(404);
    assert_eq!(house.kept().await, before);
}

#[tokio::test]
async fn a_paper_comes_back_as_it_was_and_goes_when_taken_off() {
    let (house, clerk, case_no) = desk().await;
    let fields = [
        ("item", "A1"),
        ("copies", "2"),
        ("pages", "3"),
        ("original", "false"),
    ];
    let added = clerk.upload(&case_no, &fields, PDF).await.ok(201);
    assert_eq!(added["copies"], 2);
    assert_eq!(added["original"], false);
    let url = added["url"].as_str().unwrap();
    let content = clerk.get(url).await;
    assert_eq!(content.bytes, PDF);
    assert_eq!(content.media_type(), "application/pdf");
    let policy = content.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"));
    let path = url.trim_end_matches("/content");
    let verified = clerk
        .post(
            &format!("{path}/verification"),
            &json!({ "verified": true }),
        )
        .await
        .ok(200);
    assert_eq!(verified["verified"], true);
    clerk
        .with(Method::DELETE, path, &[], &Value::Null)
        .await
        .ok(204);
    clerk.get(url).await.problem(404);
    clerk
        .with(Method::DELETE, path, &[], &Value::Null)
        .await
        .problem(404);
    assert_eq!(house.told("material.removed").await, 1);
}

#[tokio::test]
async fn a_repeated_upload_is_one_paper() {
    let (house, clerk, case_no) = desk().await;
    let key = fresh_key();
    let body = format!(
        "--XX\r\nContent-Disposition: form-data; name=\"item\"\r\n\r\nA1\r\n--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n{}\r\n--XX--\r\n",
        "%PDF-1.7 one"
    );
    let head = [
        ("content-type", "multipart/form-data; boundary=XX"),
        ("idempotency-key", key.as_str()),
    ];
    let path = format!("/api/v1/cases/{case_no}/materials");
    let send = |body: String| clerk.raw(Method::POST, &path, &head, body);
    let first = send(body.clone()).await.ok(201);
    assert_eq!(send(body.clone()).await.ok(201), first);
    send(body.replace("one", "two")).await.problem(422);
    let kept = house.one("select count(*)::text from case_material").await;
    assert_eq!(kept, "1");
}

#[tokio::test]
async fn papers_stay_as_they_are_once_the_case_is_submitted() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let clerk = house.join(CITY, "clerk", &[Role::Reception]).await;
    let case_no = clerk.ready_sale(&unit, party("买方", &resident(101))).await;
    clerk
        .act(&case_no, json!({ "action": "submit" }))
        .await
        .ok(200);
    let before = house.kept().await;
    let case = clerk.case(&case_no).await;
    let url = case["materials"][0]["url"].as_str().unwrap();
    let path = url.trim_end_matches("/content");
    let p = clerk
        .with(Method::DELETE, path, &[], &Value::Null)
        .await
        .problem(409);
    assert_eq!(p["code"], "not_editable");
    clerk
        .upload(&case_no, &[("item", "A1")], PDF)
        .await
        .problem(409);
    let again = clerk
        .save_sale(&case_no, party("他人", &resident(102)), |_| {})
        .await;
    again.problem(409);
    assert_eq!(house.kept().await, before);
}
