//! What stands before every operation: sign-in, the page's token, the role.

use axum::http::Method;
use dengbu_staff::{Action, Role};
use serde_json::json;

use crate::house::{CITY, House, SALE};
use crate::table::{Reach, fill, tries};

#[tokio::test]
async fn without_sign_in_there_is_nothing() {
    let house = House::new().await;
    let o = fill(&house).await;
    let before = house.kept().await;
    let mut forged = house.stranger();
    forged.cookie = Some(format!("dengbu_session={}", "A".repeat(43)));
    forged.csrf = Some("B".repeat(43));
    let mut rubbish = house.stranger();
    rubbish.cookie = Some("dengbu_session=x; other=1".to_owned());
    for t in tries(&o) {
        if t.id == "sign_in" || t.reach == Reach::Outside {
            continue;
        }
        for client in [&house.stranger(), &forged, &rubbish] {
            let p = t.send(client).await.problem(401);
            assert_eq!(p["code"], "not_signed_in", "{}", t.id);
        }
    }
    assert_eq!(house.kept().await, before);
}

#[tokio::test]
async fn every_write_needs_the_token_of_the_page() {
    let house = House::new().await;
    let o = fill(&house).await;
    let clerk = house.sign_in("city-clerk").await;
    let other = house.join(CITY, "city-other", &[Role::Reception]).await;
    let before = house.kept().await;
    let mut without = clerk.clone();
    without.csrf = None;
    let mut with_anothers = clerk.clone();
    with_anothers.csrf.clone_from(&other.csrf);
    let mut writes = 0;
    for t in tries(&o) {
        if !t.writes() || t.id == "sign_in" || t.reach == Reach::Outside {
            continue;
        }
        writes += 1;
        for client in [&without, &with_anothers] {
            let p = t.send(client).await.problem(403);
            assert_eq!(p["code"], "csrf", "{}", t.id);
        }
    }
    assert!(writes > 20, "{writes}");
    assert_eq!(house.kept().await, before);
    clerk.get("/api/v1/session").await.ok(200);
}

#[tokio::test]
async fn each_role_does_what_the_table_of_permissions_says_and_nothing_else() {
    let house = House::new().await;
    let o = fill(&house).await;
    let mut clients = Vec::new();
    for role in Role::ALL {
        let username = format!("r-{}", role.code().replace('_', "-"));
        clients.push((role, house.join(CITY, &username, &[role]).await));
    }
    let before = house.kept().await;
    let mut refused = 0;
    for (role, client) in &clients {
        for t in tries(&o) {
            if t.needs.is_some_and(|a| !a.roles().contains(role)) {
                t.send(client).await.problem(403);
                refused += 1;
            }
        }
    }
    assert!(refused > 200, "{refused}");
    assert_eq!(house.kept().await, before, "a refusal writes nothing");
    for (role, client) in &clients {
        for t in tries(&o) {
            let session = t.path.starts_with("/api/v1/session") || t.reach == Reach::Outside;
            if !session && t.needs.is_none_or(|a| a.roles().contains(role)) {
                let answer = t.send(client).await;
                let what = format!("{role:?} {}: {} {}", t.id, answer.status, answer.text());
                assert!(
                    ![401, 403, 405, 415].contains(&answer.status.as_u16()),
                    "{what}"
                );
                assert!(answer.status.as_u16() < 500, "{what}");
            }
        }
    }
}

/// Each step of a case belongs to its own post; nobody else may claim or move it there.
#[tokio::test]
async fn each_step_is_taken_by_its_post_only() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let mut clients = Vec::new();
    for role in Role::ALL {
        let username = format!("r-{}", role.code().replace('_', "-"));
        clients.push((role, house.join(CITY, &username, &[role]).await));
    }
    let of = |role: Role| &clients.iter().find(|(r, _)| *r == role).unwrap().1;
    let buyer = crate::land::party("买方", &crate::land::resident(101));
    let case_no = of(Role::Reception).ready_sale(&unit, buyer).await;
    for (step, action, role) in [
        ("acceptance", "submit", Role::Reception),
        ("first_review", "agree", Role::FirstReviewer),
        ("approval", "agree", Role::Reviewer),
        ("recording", "record", Role::Registrar),
    ] {
        let case = of(Role::Reception).case(&case_no).await;
        assert_eq!(case["step"], step);
        let version = case["version"].to_string();
        let allowed = Action::for_step(step).unwrap().roles();
        let before = house.kept().await;
        for (other, client) in clients.iter().filter(|(r, _)| !allowed.contains(r)) {
            for asked in [action, "claim", "send_back", "refuse"] {
                let body = json!({ "action": asked, "reason": "试一试" });
                let p = client
                    .act_seen(&case_no, &version, &[], body)
                    .await
                    .problem(403);
                assert_eq!(p["code"], "forbidden", "{other:?} {asked} at {step}");
            }
        }
        assert_eq!(house.kept().await, before, "{step}");
        of(role)
            .act(&case_no, json!({ "action": action }))
            .await
            .ok(200);
    }
}

/// A grant for one business gives nothing in another.
#[tokio::test]
async fn a_grant_for_one_business_does_not_open_another() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let id = house.hire(CITY, "narrow", &[Role::Reception]).await;
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let grant = json!({ "role": "reception", "business": "100-DY-01", "authority": CITY, "valid_from": "2026-01-01" });
    let seen = [("if-match", "\"1\"")];
    let change = json!({ "grants": [grant], "reason": "只办抵押" });
    let path = format!("/api/v1/staff/{id}/grants");
    chief.with(Method::PUT, &path, &seen, &change).await.ok(200);
    let clerk = house.sign_in("narrow").await;
    let sale = json!({ "business": SALE, "units": [unit] });
    clerk.post("/api/v1/cases", &sale).await.problem(403);
    let loan = json!({ "business": "100-DY-01", "units": [unit] });
    clerk.post("/api/v1/cases", &loan).await.ok(201);
}
