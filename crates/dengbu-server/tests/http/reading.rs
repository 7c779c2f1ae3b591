//! Requests that cannot be read at all, addresses that are not there, and accounts, offices
//! and stock that cannot be: each is refused in Chinese, and nothing is written.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use crate::house::{CITY, SALE};
use crate::input::{Desk, first_field};

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused() {
    let d = Desk::new().await;
    let before = d.house.kept().await;
    let kind = [("content-type", "application/json")];
    let cases = "/api/v1/cases";
    let send = |path: &'static str, head: &'static [(&'static str, &'static str)], body: Body| {
        d.clerk.raw(Method::POST, path, head, body)
    };
    for text in [
        "",
        "{",
        "{\"business\":",
        "nonsense",
        "{\"a\":1}}",
        "\u{feff}{}",
    ] {
        let p = d
            .clerk
            .raw(Method::POST, cases, &kind, text)
            .await
            .problem(400);
        assert_eq!(p["code"], "syntax", "{text}");
    }
    let deep = "[".repeat(100_000);
    d.clerk
        .raw(Method::POST, cases, &kind, deep)
        .await
        .problem(400);
    let broken = vec![b'{', b'"', 0xFF, 0xFE, b'"', b':', b'1', b'}'];
    d.clerk
        .raw(Method::POST, cases, &kind, broken)
        .await
        .problem(400);
    for head in [
        &[][..],
        &[("content-type", "text/plain")],
        &[("content-type", "application/x-www-form-urlencoded")],
        &[("content-type", "multipart/form-data")],
    ] {
        let body = json!({ "business": SALE, "units": [d.unit] }).to_string();
        let p = send(cases, head, Body::from(body)).await.problem(415);
        assert_eq!(p["code"], "media_type");
    }
    let huge = format!("{{\"business\":\"{}\"}}", "x".repeat(22 * 1024 * 1024));
    let p = d
        .clerk
        .raw(Method::POST, cases, &kind, huge)
        .await
        .problem(413);
    assert_eq!(p["code"], "too_large");
    assert_eq!(d.house.kept().await, before);
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_refused() {
    let d = Desk::new().await;
    let before = d.house.kept().await;
    for (who, path, status, field) in [
        (&d.clerk, "/units", 400, "/q"),
        (&d.clerk, "/units?q=", 422, "/q"),
        (&d.clerk, "/units?q=%E6%A0%96", 422, "/q"),
        (&d.clerk, "/units?q=ab&limit=x", 400, "/limit"),
        (
            &d.clerk,
            "/units?q=ab&limit=99999999999999999999",
            400,
            "/limit",
        ),
        (&d.clerk, "/units?q=ab&by=soul", 400, "/by"),
        (&d.clerk, "/units?q=ab&page=2", 400, "/page"),
        (&d.clerk, "/units?q=ab&q=cd", 400, "/q"),
        (&d.clerk, "/units?q=%00", 400, "/q"),
        (&d.clerk, "/units?q=ab&cursor=%00", 400, "/cursor"),
        (&d.clerk, "/buildings?q=ab&cursor=%00", 400, "/cursor"),
        (&d.clerk, "/cases?box=mine", 400, "/box"),
        (&d.clerk, "/cases?due=never", 400, "/due"),
        (&d.clerk, "/cases?cursor=x", 400, ""),
        (
            &d.clerk,
            "/cases?cursor=-8200000000000000000~51040220261123000001",
            400,
            "",
        ),
        (
            &d.clerk,
            "/cases?cursor=9223372036854775807~51040220261123000001",
            400,
            "",
        ),
        (&d.clerk, "/certificates?kind=gold", 400, "/kind"),
        (&d.clerk, "/calendar?year=MMXX", 400, "/year"),
        (&d.auditor, "/audit?from=yesterday", 400, "/from"),
        (
            &d.auditor,
            "/audit?from=-200000-01-01T00:00:00Z",
            422,
            "/from",
        ),
        (
            &d.auditor,
            "/audit?to=%2B200000-01-01T00:00:00Z",
            422,
            "/to",
        ),
        (&d.auditor, "/audit?cursor=x", 400, ""),
        (
            &d.auditor,
            "/audit?cursor=-8200000000000000000.00000000000000000000000000000000",
            400,
            "",
        ),
        (&d.chief, "/staff?active=perhaps", 400, "/active"),
    ] {
        let p = who.get(&format!("/api/v1{path}")).await.problem(status);
        assert_eq!(first_field(&p), field, "{path}: {p}");
    }
    let as_of = format!("/api/v1/units/{}/register?as_of=2026-02-30", d.unit);
    assert_eq!(
        first_field(&d.clerk.get(&as_of).await.problem(400)),
        "/as_of"
    );
    assert_eq!(d.house.kept().await, before);
    // what is only absurd is answered sensibly
    for path in [
        "/cases?box=all&limit=0",
        "/cases?box=all&limit=-5",
        "/cases?box=all&limit=9223372036854775807",
        "/cases?box=all&step=moon&business=x&q=%25%27%22",
        "/units?q=%25%25&cursor=%F0%9F%98%80",
        "/certificates?q=%25&state=x&cursor=zzz",
        "/form-stock/serials?cursor=zzz&state=x",
        "/calendar?year=-2147483648",
        "/calendar?year=2147483647",
    ] {
        d.clerk.get(&format!("/api/v1{path}")).await.ok(200);
    }
    for year in ["-200000", "%2B200000", "0001", "9999"] {
        let at = format!(
            "/api/v1/units/{}/register?as_of={year}-01-01T00:00:00Z",
            d.unit
        );
        let answer = d.clerk.get(&at).await;
        assert!(answer.status.as_u16() < 500, "{year} {}", answer.text());
    }
}

#[tokio::test]
async fn an_address_or_method_that_is_not_there_is_a_problem_too() {
    let d = Desk::new().await;
    for path in [
        "/api/v1/nothing",
        "/api/v1",
        "/api/v2/cases",
        "/api/",
        "/api/v1/cases/",
        "/api/v1/staff/not-a-uuid",
        "/api/v1/units/%FF%FE",
        "/api/v1/codes/%00",
        "/api/v1/codes/moon",
        "/api/v1/cases/../../etc/passwd",
    ] {
        d.clerk.get(path).await.problem(404);
    }
    let case = format!("/api/v1/cases/{}", d.case_no);
    d.clerk
        .get(&format!("{case}/papers/moon"))
        .await
        .problem(404);
    d.clerk
        .get(&format!("{case}/materials/{}/content", uuid::Uuid::nil()))
        .await
        .problem(404);
    for (method, path) in [
        (Method::DELETE, "/api/v1/cases"),
        (Method::PUT, "/api/v1/units"),
        (Method::PATCH, case.as_str()),
        (Method::POST, "/api/v1/openapi.json"),
    ] {
        let answer = d.clerk.with(method.clone(), path, &[], &json!({})).await;
        let p = answer.problem(405);
        assert_eq!(p["code"], "method_not_allowed");
        assert!(answer.headers.contains_key("allow"), "{method} {path}");
    }
}

#[tokio::test]
async fn an_account_or_an_office_that_cannot_be_is_refused() {
    let d = Desk::new().await;
    let before = d.house.kept().await;
    let grant = |pointer: &str, value: Value| {
        let mut g = json!({ "role": "reception", "business": "*", "authority": CITY, "valid_from": "2026-01-01" });
        g[pointer] = value;
        json!([g])
    };
    for (pointer, value, field) in [
        ("username", json!("x"), "/username"),
        ("username", json!("mit leer"), "/username"),
        ("username", json!("名字"), "/username"),
        ("name", json!(""), "/name"),
        ("name", json!("a\u{0}"), "/name"),
        ("name", json!("长".repeat(51)), "/name"),
        ("phone", json!("1".repeat(41)), "/phone"),
        ("office_id", json!("nowhere"), "/office_id"),
        ("password", json!("x"), "/password"),
        ("grants", grant("role", json!("king")), "/grants/0/role"),
        (
            "grants",
            grant("valid_from", json!("2026-02-30")),
            "/grants/0/valid_from",
        ),
        (
            "grants",
            grant("valid_from", json!("-200000-01-01")),
            "/grants/0",
        ),
        ("grants", grant("valid_to", json!("2020-01-01")), "/grants"),
        (
            "grants",
            grant("business", json!("\u{0}")),
            "/grants/0/business",
        ),
        ("grants", grant("x", json!(1)), "/grants/0/x"),
    ] {
        let mut body = json!({ "authority": CITY, "username": "neu", "name": "新人" });
        body[pointer] = value.clone();
        let p = d.chief.post("/api/v1/staff", &body).await.problem(422);
        assert_eq!(first_field(&p), field, "{pointer} {value}: {p}");
    }
    let taken = json!({ "authority": CITY, "username": "clerk", "name": "新人" });
    d.chief.post("/api/v1/staff", &taken).await.problem(409);
    let office = |id: &str, body: Value| {
        let path = format!("/api/v1/offices/{id}");
        let chief = d.chief.clone();
        async move { chief.with(Method::PUT, &path, &[], &body).await }
    };
    let good = json!({ "name": "办事点", "county": "510402", "active": true });
    for (id, pointer, value, field) in [
        ("x", "name", json!("办事点"), "/office_id"),
        ("mit%20leer", "name", json!("办事点"), "/office_id"),
        ("510400-9", "name", json!(""), "/name"),
        ("510400-9", "county", json!("510421"), "/county"),
        ("510400-9", "county", json!("mond"), "/county"),
        ("510400-9", "active", json!("ja"), "/active"),
        ("510400-9", "address", json!("\u{0}"), "/address"),
    ] {
        let mut body = good.clone();
        body[pointer] = value;
        let p = office(id, body).await.problem(422);
        assert_eq!(first_field(&p), field, "{p}");
    }
    for (field, value) in [
        ("lockout_attempts", json!(0)),
        ("idle_minutes", json!(100_000)),
    ] {
        let mut policy = json!(dengbu_staff::AuthorityPolicy::default());
        policy[field] = value;
        d.chief
            .with(Method::PUT, "/api/v1/authority/policy", &[], &policy)
            .await
            .problem(422);
    }
    for (body, field) in [
        (
            json!({ "form_kind": "gold", "first_serial": "D51000000001", "count": 1 }),
            "/form_kind",
        ),
        (
            json!({ "form_kind": "title", "first_serial": "!", "count": 1 }),
            "/first_serial",
        ),
        (
            json!({ "form_kind": "title", "first_serial": "D51000000001", "count": 0 }),
            "/count",
        ),
        (
            json!({ "form_kind": "title", "first_serial": "D51000000001", "count": 4_000_000_000_u32 }),
            "/count",
        ),
        (
            json!({ "form_kind": "title", "first_serial": "D51000000001", "count": -1 }),
            "/count",
        ),
        (
            json!({ "form_kind": "title", "first_serial": "D99999999999", "count": 2 }),
            "/first_serial",
        ),
    ] {
        let p = d.clerk.post("/api/v1/form-stock", &body).await.problem(422);
        assert_eq!(first_field(&p), field, "{body}");
    }
    assert_eq!(d.house.kept().await, before);
}
