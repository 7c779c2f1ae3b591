//! Signing in with user name and password on the real database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests: shared functions fail like the tests they serve"
)]

mod house;

use dengbu_staff::password::HashCost;
use dengbu_staff::{RequestContext, Role, SignInError, Standing};
use house::{CHEAP, House, PASSWORD, accounts, at, minutes, start};
use serde_json::json;

fn left(error: &SignInError) -> u32 {
    match error {
        SignInError::WrongCredentials { attempts_left, .. } => *attempts_left,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn who_has_the_password_gets_in_with_their_rights() {
    let house = House::open().await;
    let id = house.hire("510400", "sl001", &[Role::Reception]).await;
    let signed_in = house
        .accounts
        .sign_in(" SL001 ", PASSWORD, &at(start()))
        .await
        .unwrap();
    let actor = signed_in.session.actor;
    assert_eq!((actor.staff_id, actor.standing), (id, Standing::Ready));
    assert_eq!(actor.roles(), [Role::Reception]);
    assert_eq!(
        actor.scope.codes(),
        ["510400", "510402", "510403", "510411"]
    );
    assert_eq!(signed_in.session.idle_seconds, 900);
    let trail = house.trail("510400").await;
    assert_eq!(trail, [("session.sign_in".into(), "success".into(), None)]);
}

#[tokio::test]
async fn an_unknown_name_behaves_like_a_wrong_password() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    for attempt in 0..7 {
        let known = house.guess("sl001", start()).await;
        let unknown = house.guess("nobody", start()).await;
        assert_eq!(known.to_string(), unknown.to_string(), "attempt {attempt}");
        assert_eq!(known.code(), unknown.code());
    }
}

#[tokio::test]
async fn five_failures_lock_for_fifteen_minutes_even_the_right_password() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    for expected in [4, 3, 2, 1, 0] {
        assert_eq!(left(&house.guess("sl001", start()).await), expected);
    }
    let try_at = async |now| house.accounts.sign_in("sl001", PASSWORD, &at(now)).await;
    for now in [start(), start() + minutes(14)] {
        match try_at(now).await.unwrap_err() {
            SignInError::Locked { until } => assert_eq!(until, start() + minutes(15)),
            other => panic!("{other:?}"),
        }
    }
    try_at(start() + minutes(15)).await.unwrap();
    // The count began anew.
    assert_eq!(left(&house.guess("sl001", start() + minutes(16)).await), 4);
    let reasons: Vec<_> = house
        .trail("510400")
        .await
        .into_iter()
        .filter_map(|row| row.2)
        .collect();
    let wrong = "wrong_password";
    assert_eq!(reasons, [wrong, wrong, wrong, wrong, "locked_out", wrong]);
}

#[tokio::test]
async fn success_and_time_clear_the_count() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    for _ in 0..4 {
        house.guess("sl001", start()).await;
    }
    house.sign_in("sl001", start()).await;
    assert_eq!(left(&house.guess("sl001", start()).await), 4);
    assert_eq!(left(&house.guess("sl001", start() + minutes(14)).await), 3);
    assert_eq!(left(&house.guess("sl001", start() + minutes(29)).await), 4);
}

#[tokio::test]
async fn guesses_made_at_once_are_no_more_than_the_limit() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    let guesses: Vec<_> = (0..20)
        .map(|_| {
            let accounts = house.accounts.clone();
            tokio::spawn(async move { accounts.sign_in("sl001", "x", &at(start())).await })
        })
        .collect();
    let mut checked = 0;
    for guess in guesses {
        match guess.await.unwrap().unwrap_err() {
            SignInError::WrongCredentials { .. } => checked += 1,
            SignInError::Locked { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(checked, 5);
}

#[tokio::test]
async fn a_closed_account_is_named_only_to_who_knows_its_password() {
    let house = House::open().await;
    house.hire("510400", "gl001", &[Role::Administrator]).await;
    let id = house.hire("510400", "sl001", &[]).await;
    let admin = house.actor("gl001").await;
    house.accounts.lock_staff(&admin, id, "调离").await.unwrap();
    assert_eq!(left(&house.guess("sl001", start()).await), 4);
    let error = house
        .accounts
        .sign_in("sl001", PASSWORD, &at(start()))
        .await
        .unwrap_err();
    assert!(matches!(error, SignInError::Disabled));
    let last = house.trail("510400").await.pop().unwrap();
    let expected = ("session.sign_in", "failure", Some("account_disabled"));
    assert_eq!(
        (last.0.as_str(), last.1.as_str(), last.2.as_deref()),
        expected
    );
}

#[tokio::test]
async fn neither_password_nor_token_is_anywhere_in_the_database() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    let token = house.sign_in("sl001", start()).await.token.expose();
    house.guess("falsch-user-name", start()).await;
    let mut tx = house.begin(&["510400"]).await;
    let mut rows = 0;
    for dump in [
        "select t::text from login t",
        "select t::text from login_throttle t",
        "select t::text from staff t",
        "select t::text from staff_credential t",
        "select t::text from session t",
        "select t::text from audit t",
    ] {
        let lines: Vec<String> = sqlx::query_scalar(dump).fetch_all(tx.conn()).await.unwrap();
        for line in &lines {
            assert!(
                !line.contains(PASSWORD) && !line.contains("falsch"),
                "{line}"
            );
            assert!(!line.contains(&token), "{line}");
        }
        rows += lines.len();
    }
    assert!(rows >= 6, "every table was looked into: {rows}");
}

#[tokio::test]
async fn a_hash_of_former_cost_is_made_anew_at_sign_in() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    let dearer = accounts(&house.db, HashCost { passes: 2, ..CHEAP });
    dearer
        .sign_in("sl001", PASSWORD, &at(start()))
        .await
        .unwrap();
    let mut tx = house.begin(&["510400"]).await;
    let hash: String = sqlx::query_scalar("select password_hash from staff_credential")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=64,t=2,p=1$"), "{hash}");
    dearer
        .sign_in("sl001", PASSWORD, &at(start()))
        .await
        .unwrap();
}

/// One password tried on many names locks no name out, but the address must wait; others and
/// those who succeed are not held up.
#[tokio::test]
async fn an_address_with_many_failures_must_wait_whatever_names_it_tries() {
    let house = House::open().await;
    house
        .set_policy(
            "510400",
            json!({ "require_totp": false, "address_attempts": 12, "address_minutes": 10 }),
        )
        .await;
    house.hire("510400", "sl001", &[Role::Reception]).await;
    let from = |ip: &str, now| RequestContext {
        ip: Some(ip.parse().unwrap()),
        ..at(now)
    };
    let here = "10.9.9.9";
    // successes are not counted
    for _ in 0..15 {
        let request = from(here, start());
        house
            .accounts
            .sign_in("sl001", PASSWORD, &request)
            .await
            .unwrap();
    }
    for _ in 0..4 {
        let request = from(here, start());
        let e = house
            .accounts
            .sign_in("sl001", "x", &request)
            .await
            .unwrap_err();
        assert_eq!(e.code(), "wrong_credentials");
    }
    for n in 0..26 {
        let name = format!("ghost{n}");
        let request = from(here, start());
        house
            .accounts
            .sign_in(&name, "x", &request)
            .await
            .unwrap_err();
    }
    // the rules of the account's own authority: 12, which are used up
    let waits = house
        .accounts
        .sign_in("sl001", PASSWORD, &from(here, start() + minutes(9)))
        .await
        .unwrap_err();
    let SignInError::TooManyFromAddress { until } = waits else {
        panic!("{waits:?}");
    };
    assert_eq!(until, start() + minutes(10));
    assert!(waits.to_string().contains("09:10"), "{waits}");
    // the same name from elsewhere, and from here when the time is over
    let elsewhere = from("10.9.9.8", start() + minutes(9));
    house
        .accounts
        .sign_in("sl001", PASSWORD, &elsewhere)
        .await
        .unwrap();
    let later = from(here, start() + minutes(10));
    house
        .accounts
        .sign_in("sl001", PASSWORD, &later)
        .await
        .unwrap();
    // a name nobody has: the rules that hold where none are set
    let mut codes = Vec::new();
    for n in 0..32 {
        let request = from("2001:db8::1", start());
        let name = format!("spook{n}");
        codes.push(
            house
                .accounts
                .sign_in(&name, "x", &request)
                .await
                .unwrap_err()
                .code(),
        );
    }
    assert_eq!(
        codes.iter().filter(|c| **c == "wrong_credentials").count(),
        30
    );
    assert_eq!(codes[31], "too_many_attempts");
    // one subscriber of version 6 holds the whole network
    let neighbour = from("2001:db8::ffff:1", start());
    let e = house
        .accounts
        .sign_in("spook", "x", &neighbour)
        .await
        .unwrap_err();
    assert_eq!(e.code(), "too_many_attempts");
}

/// Requests at the same moment cannot slip past the count.
#[tokio::test]
async fn attempts_at_once_do_not_outnumber_the_limit_of_the_address() {
    let house = House::open().await;
    let tries = (0..45).map(|n| {
        let accounts = house.accounts.clone();
        async move {
            let name = format!("ghost{n}");
            accounts
                .sign_in(&name, "x", &at(start()))
                .await
                .unwrap_err()
                .code()
        }
    });
    let codes = futures_util::future::join_all(tries).await;
    assert_eq!(
        codes.iter().filter(|c| **c == "wrong_credentials").count(),
        30
    );
}
