//! Sessions: cookies, time-outs, lock-out, second factor, and what every answer carries.

use axum::http::{Method, header};
use chrono::Utc;
use dengbu_staff::Role;
use serde_json::{Value, json};
use totp_rs::{Algorithm, Builder, Secret};

use crate::house::{CITY, House, PASSWORD, assert_plain};

#[tokio::test]
async fn the_cookie_is_for_the_browser_alone_and_signing_out_ends_it() {
    let house = House::new().await;
    house.hire(CITY, "clerk", &[Role::Reception]).await;
    let answer = house.try_sign_in("clerk", PASSWORD).await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    let token = cookie
        .split([';', '='])
        .nth(1)
        .expect("a value in the cookie");
    assert!(
        !answer.text().contains(token),
        "scripts never see the token"
    );
    let clerk = house.signed(&answer);
    clerk.get("/api/v1/session").await.ok(200);
    let stored = house
        .one("select count(*)::text from session where position('clerk' in token_hash::text) > 0")
        .await;
    assert_eq!(stored, "0");
    let gone = clerk
        .with(Method::DELETE, "/api/v1/session", &[], &Value::Null)
        .await;
    gone.ok(204);
    let cleared = gone.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cleared.contains("Max-Age=0"), "{cleared}");
    clerk.get("/api/v1/session").await.problem(401);
    assert_eq!(house.told("session.sign_out").await, 1);
}

#[tokio::test]
async fn every_answer_carries_its_number_and_the_headers_of_safety() {
    let house = House::new().await;
    let stranger = house.stranger();
    for path in [
        "/api/v1/session",
        "/api/v1/openapi.json",
        "/healthz",
        "/nowhere",
        "/staff/",
        "/api/v1/nothing",
    ] {
        let answer = stranger.get(path).await;
        assert_eq!(
            answer.headers["x-content-type-options"], "nosniff",
            "{path}"
        );
        assert_eq!(answer.headers["referrer-policy"], "same-origin");
        assert!(answer.headers.contains_key("permissions-policy"));
        assert_eq!(answer.headers["x-request-id"].len(), 36, "{path}");
    }
    let one = stranger.get("/healthz").await.headers["x-request-id"].clone();
    assert_ne!(one, stranger.get("/healthz").await.headers["x-request-id"]);
}

#[tokio::test]
async fn an_idle_session_ends_and_says_so() {
    let house = House::new().await;
    let clerk = house.join(CITY, "clerk", &[Role::Reception]).await;
    let idle = clerk.get("/api/v1/session").await.ok(200)["idle_seconds"]
        .as_i64()
        .unwrap();
    let step_back = |seconds: i64| {
        format!("update session set last_seen_at = last_seen_at - interval '{seconds} seconds'")
    };
    let age = async |seconds: i64| {
        sqlx::query(sqlx::AssertSqlSafe(step_back(seconds)))
            .execute(house.db.store().pool())
            .await
            .unwrap();
    };
    age(idle - 30).await;
    clerk.get("/api/v1/catalogue").await.ok(200);
    age(idle + 1).await;
    let p = clerk.get("/api/v1/catalogue").await.problem(401);
    assert_ne!(p["code"], "not_signed_in", "{p}");
    let again = clerk.get("/api/v1/session").await.problem(401);
    assert_eq!(again["status"], 401);
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_account_even_for_the_right_one() {
    let house = House::new().await;
    house.hire(CITY, "clerk", &[Role::Reception]).await;
    let mut codes = Vec::new();
    for _ in 0..5 {
        let answer = house.try_sign_in("clerk", "Falsch-Falsch-1").await;
        let status = answer.status.as_u16();
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
        codes.push((status, answer.problem(status)["code"].clone()));
    }
    assert_eq!(codes[0], (401, json!("wrong_credentials")));
    assert_eq!(codes[3], (401, json!("wrong_credentials")));
    let locked = house.try_sign_in("clerk", PASSWORD).await.problem(423);
    assert_eq!(locked["code"], "locked");
    // a name that nobody has behaves the same
    for _ in 0..5 {
        house.try_sign_in("ghost", "Falsch-Falsch-1").await;
    }
    let ghost = house.try_sign_in("ghost", PASSWORD).await.problem(423);
    assert_eq!(ghost["code"], "locked");
    // the administrator ends the lock-out
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let id = house
        .one("select staff_id::text from login where username = 'clerk'")
        .await;
    chief
        .post(
            &format!("/api/v1/staff/{id}/unlock"),
            &json!({ "reason": "本人到场" }),
        )
        .await
        .ok(200);
    house.sign_in("clerk").await;
}

fn code(secret: &str, steps: u64) -> String {
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(Secret::try_from_base32(secret).unwrap())
        .with_issuer(Some("x".to_owned()))
        .with_account_name("clerk")
        .build()
        .unwrap();
    let now = u64::try_from(Utc::now().timestamp()).unwrap();
    totp.generate(now + steps * 30).to_string()
}

#[tokio::test]
async fn where_a_second_factor_is_demanded_nothing_opens_before_it() {
    let house = House::new().await;
    house
        .set_policy(CITY, json!({ "require_totp": true }))
        .await;
    let clerk = house.join(CITY, "clerk", &[Role::Reception]).await;
    let view = clerk.get("/api/v1/session").await.ok(200);
    assert_eq!(view["standing"], "enrolment_needed");
    assert_eq!(view["permissions"], json!([]));
    let p = clerk.get("/api/v1/cases").await.problem(403);
    assert_eq!(p["code"], "enrolment_needed");

    let enrolment = clerk
        .post("/api/v1/session/totp/enrolment", &Value::Null)
        .await
        .ok(200);
    let secret = enrolment["secret"].as_str().unwrap();
    let confirm = "/api/v1/session/totp/confirmation";
    clerk
        .post(confirm, &json!({ "code": "12" }))
        .await
        .problem(422);
    let first = code(secret, 0);
    let view = clerk.post(confirm, &json!({ "code": first })).await.ok(200);
    assert_eq!(view["standing"], "ready");
    clerk.get("/api/v1/cases").await.ok(200);

    let again = house.sign_in("clerk").await;
    let p = again.get("/api/v1/cases").await.problem(403);
    assert_eq!(p["code"], "second_factor_needed");
    // nobody who has only the password may put a secret of their own in its place
    again
        .post("/api/v1/session/totp/enrolment", &Value::Null)
        .await
        .problem(422);
    let pass = "/api/v1/session/totp";
    let replayed = again.post(pass, &json!({ "code": first })).await;
    assert_eq!(replayed.problem(422)["code"], "code_replayed");
    let next = code(secret, 1);
    again.post(pass, &json!({ "code": next })).await.ok(200);
    again.get("/api/v1/cases").await.ok(200);
}

#[tokio::test]
async fn a_first_password_must_be_changed_before_anything_else() {
    let house = House::new().await;
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let grant = json!({ "role": "reception", "business": "*", "authority": CITY, "valid_from": "2026-01-01" });
    let new = json!({ "authority": CITY, "username": "neu", "name": "新人", "grants": [grant] });
    let made = chief.post("/api/v1/staff", &new).await.ok(201);
    let first = made["initial_password"].as_str().unwrap();
    let answer = house.try_sign_in("neu", first).await;
    let neu = house.signed(&answer);
    let p = neu.get("/api/v1/cases").await.problem(403);
    assert_eq!(p["code"], "password_change_needed");
    let change = "/api/v1/session/password";
    for (current, new) in [
        (first, "kurz"),
        ("Falsch-Falsch-1", "Ganz-neu-2026x"),
        (first, first),
        (first, "Mit-neu-und-neu"),
    ] {
        let p = neu
            .post(change, &json!({ "current": current, "new": new }))
            .await
            .problem(422);
        assert!(p["errors"][0]["field"].is_string(), "{p}");
    }
    neu.post(
        change,
        &json!({ "current": first, "new": "Ganz-frisch-26x" }),
    )
    .await
    .ok(200);
    neu.get("/api/v1/cases").await.ok(200);
    house.try_sign_in("neu", "Ganz-frisch-26x").await.ok(200);
    house.try_sign_in("neu", first).await.problem(401);
    assert_plain(&house.try_sign_in("neu'; --", first).await.text());
}

/// Closing an account or taking its grants away holds from the next request on.
#[tokio::test]
async fn a_closed_account_is_out_at_once() {
    let house = House::new().await;
    let clerk = house.join(CITY, "clerk", &[Role::Reception]).await;
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let id = clerk.staff_id.unwrap();
    let seen = [("if-match", "\"1\"")];
    let none = json!({ "grants": [], "reason": "调离" });
    chief
        .with(
            Method::PUT,
            &format!("/api/v1/staff/{id}/grants"),
            &seen,
            &none,
        )
        .await
        .ok(200);
    clerk.get("/api/v1/cases").await.problem(403);
    chief
        .post(
            &format!("/api/v1/staff/{id}/lock"),
            &json!({ "reason": "离职" }),
        )
        .await
        .ok(200);
    clerk.get("/api/v1/session").await.problem(401);
    house.try_sign_in("clerk", PASSWORD).await.problem(403);
    let own = chief.staff_id.unwrap();
    chief
        .post(
            &format!("/api/v1/staff/{own}/lock"),
            &json!({ "reason": "误操作" }),
        )
        .await
        .problem(403);
}
