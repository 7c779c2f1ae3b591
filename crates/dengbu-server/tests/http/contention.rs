//! Requests that the database refuses only because of others at work, and addresses that try
//! too many passwords.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, header};
use dengbu_staff::Role;
use serde_json::json;
use std::net::SocketAddr;

use crate::house::{Answer, CITY, Client, House, PASSWORD};
use crate::land::{party, resident};

/// The registrar holds the case and waits for the unit; another transaction holds the unit and
/// then asks for the case. The registrar, who waited first, is the one the database refuses; the
/// clerk at the screen must not notice.
#[tokio::test]
async fn who_loses_a_deadlock_is_served_all_the_same() {
    let house = House::new().await;
    let units = house.plant(CITY, "510402", "栖霞", 5).await;
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let first = house.join(CITY, "first", &[Role::FirstReviewer]).await;
    let reviewer = house.join(CITY, "reviewer", &[Role::Reviewer]).await;
    let registrar = house.join(CITY, "registrar", &[Role::Registrar]).await;
    // the database refuses who waited a second; on a busy machine that may be the other one
    for unit in units {
        let case_no = desk.ready_sale(&unit, party("买方", &resident(101))).await;
        for (who, action) in [(&desk, "submit"), (&first, "agree"), (&reviewer, "agree")] {
            who.act(&case_no, json!({ "action": action })).await.ok(200);
        }
        if registrar_loses(&house, &registrar, &unit, &case_no).await {
            return;
        }
    }
    panic!("the registrar never lost");
}

/// Lets the two wait for each other; true when the database refused the registrar. In any case
/// the recording is answered as if nothing had been.
async fn registrar_loses(house: &House, registrar: &Client, unit: &str, case_no: &str) -> bool {
    let before = house.told("case.acted").await;
    let version = registrar.case(case_no).await["version"].to_string();
    let mut other = house.tx(CITY).await;
    // a recording locks the parcels of its units
    sqlx::query("select 1 from parcel where parcel_code = $1 for update")
        .bind(&unit[..19])
        .execute(other.conn())
        .await
        .unwrap();
    let recording = {
        let (registrar, case_no) = (registrar.clone(), case_no.to_owned());
        tokio::spawn(async move {
            let record = json!({ "action": "record" });
            registrar.act_seen(&case_no, &version, &[], record).await
        })
    };
    waiting(house).await;
    // granted only when the database has refused the registrar
    let granted = sqlx::query("select 1 from registration_case where case_no = $1 for update")
        .bind(case_no)
        .execute(other.conn())
        .await;
    other.rollback().await.unwrap();
    let recorded = recording.await.unwrap().ok(200);
    assert_eq!(recorded["step"], "certificate");
    assert_eq!(recorded["results"].as_array().unwrap().len(), 1);
    assert_eq!(house.told("case.acted").await, before + 1, "recorded once");
    granted.is_ok()
}

/// Returns when somebody waits for a lock in the test's database.
async fn waiting(house: &House) {
    loop {
        let n: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'",
        )
        .fetch_one(house.db.store().pool())
        .await
        .unwrap();
        if n > 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn sign_in_from(
    client: &Client,
    peer: &str,
    forwarded: &str,
    name: &str,
    password: &str,
) -> Answer {
    let body = json!({ "username": name, "password": password }).to_string();
    let mut request: Request<Body> = client.request(
        &Method::POST,
        "/api/v1/session",
        &[
            ("content-type", "application/json"),
            ("x-forwarded-for", forwarded),
        ],
        Body::from(body),
    );
    let peer: SocketAddr = format!("{peer}:40000").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    client.send(request).await
}

#[tokio::test]
async fn an_address_that_tries_too_much_is_told_when_to_come_back() {
    let house = House::new().await;
    house.hire(CITY, "clerk", &[Role::Reception]).await;
    let stranger = house.stranger();
    for n in 0..30 {
        let name = format!("ghost{n}");
        // who is no proxy of ours may claim what they like
        let claimed = format!("10.7.7.{n}");
        sign_in_from(&stranger, "10.1.1.1", &claimed, &name, "falsch")
            .await
            .problem(401);
    }
    let refused = sign_in_from(&stranger, "10.1.1.1", "", "clerk", PASSWORD).await;
    let p = refused.problem(429);
    assert_eq!(p["code"], "too_many_attempts");
    let seconds: u64 = refused.headers[header::RETRY_AFTER]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=601).contains(&seconds), "{seconds}");
    assert_eq!(p["retry_after"], seconds);
    sign_in_from(&stranger, "10.1.1.2", "", "clerk", PASSWORD)
        .await
        .ok(200);
}

/// Behind a proxy of ours each client is counted for itself.
#[tokio::test]
async fn a_proxy_of_ours_tells_who_the_client_is() {
    let house = House::new().await;
    house.hire(CITY, "clerk", &[Role::Reception]).await;
    let proxy = "10.3.3.3";
    let stranger = house.behind(&[proxy]);
    for n in 0..31 {
        let name = format!("ghost{n}");
        // the proxy adds the last entry; what stands before it came from the client
        let told = format!("10.9.9.{n}, 10.8.8.8");
        sign_in_from(&stranger, proxy, &told, &name, "falsch").await;
    }
    sign_in_from(&stranger, proxy, "10.8.8.8", "clerk", PASSWORD)
        .await
        .problem(429);
    sign_in_from(&stranger, proxy, "10.8.8.9", "clerk", PASSWORD)
        .await
        .ok(200);
    let stored = house.one("select ip from session limit 1").await;
    assert_eq!(stored, "10.8.8.9");
}
