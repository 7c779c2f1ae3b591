//! Sessions on the real database: time-outs, sign-out, what a session sees of changes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests: shared functions fail like the tests they serve"
)]

mod house;

use chrono::{DateTime, TimeDelta, Utc};
use dengbu_staff::{Action, Grant, Role, SessionError, SessionToken, Standing};
use house::{House, at, minutes, new_staff, start};
use serde_json::json;

async fn refused(house: &House, token: &SessionToken, now: DateTime<Utc>) -> SessionError {
    house.accounts.session(token, &at(now)).await.unwrap_err()
}

#[tokio::test]
async fn fifteen_idle_minutes_end_a_session_for_good() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    let token = house.sign_in("sl001", start()).await.token;
    let last = start() + minutes(15) - TimeDelta::seconds(1);
    house.who(&token, last).await;
    let over = refused(&house, &token, last + minutes(15)).await;
    assert!(
        matches!(over, SessionError::Idle { minutes: 15 }),
        "{over:?}"
    );
    // Gone, not merely refused: an earlier clock does not bring it back.
    assert!(matches!(
        refused(&house, &token, last).await,
        SessionError::NotSignedIn
    ));
}

#[tokio::test]
async fn a_session_in_use_ends_after_twelve_hours() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    let token = house.sign_in("sl001", start()).await.token;
    for step in 1..72 {
        house.who(&token, start() + minutes(10 * step)).await;
    }
    let over = refused(&house, &token, start() + minutes(720)).await;
    assert!(matches!(over, SessionError::Expired), "{over:?}");
}

#[tokio::test]
async fn last_use_is_written_at_most_once_a_minute() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    let token = house.sign_in("sl001", start()).await.token;
    let mut seen = Vec::new();
    for seconds in [59, 60, 100, 120] {
        house
            .who(&token, start() + TimeDelta::seconds(seconds))
            .await;
        let at: DateTime<Utc> = sqlx::query_scalar("select last_seen_at from session")
            .fetch_one(house.db.store().pool())
            .await
            .unwrap();
        seen.push((at - start()).num_seconds());
    }
    assert_eq!(seen, [0, 60, 60, 120]);
}

#[tokio::test]
async fn a_shortened_limit_takes_hold_of_open_sessions() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    let token = house.sign_in("sl001", start()).await.token;
    house
        .set_policy(
            "510400",
            json!({ "require_totp": false, "idle_minutes": 5 }),
        )
        .await;
    let over = refused(&house, &token, start() + minutes(6)).await;
    assert!(
        matches!(over, SessionError::Idle { minutes: 5 }),
        "{over:?}"
    );
}

#[tokio::test]
async fn signing_out_ends_this_session_only_and_may_be_repeated() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    let one = house.sign_in("sl001", start()).await.token;
    let two = house.sign_in("sl001", start()).await.token;
    for _ in 0..2 {
        house.accounts.sign_out(&one, &at(start())).await.unwrap();
    }
    assert!(matches!(
        refused(&house, &one, start()).await,
        SessionError::NotSignedIn
    ));
    house.who(&two, start()).await;
    let actions: Vec<_> = house
        .trail("510400")
        .await
        .into_iter()
        .map(|row| row.0)
        .collect();
    assert_eq!(
        actions,
        ["session.sign_in", "session.sign_in", "session.sign_out"]
    );
}

#[tokio::test]
async fn grants_hold_on_their_days_in_local_time_and_widen_the_scope() {
    let house = House::open().await;
    let mut new = new_staff("510400", "sh001", &[Role::Reviewer]);
    new.grants.push(Grant {
        valid_from: "2026-11-24".parse().unwrap(),
        valid_to: Some("2026-11-24".parse().unwrap()),
        business: "200-04-02".into(),
        ..Grant::everywhere(Role::Reviewer, "510421", "2026-11-24".parse().unwrap())
    });
    house
        .accounts
        .bootstrap_staff(&new, house::PASSWORD, false, &at(start()))
        .await
        .unwrap();
    // 23:59, 00:00 and 24:00 of 24 November at +08:00.
    let table = [
        ("2026-11-23T15:59:00Z", false),
        ("2026-11-23T16:00:00Z", true),
        ("2026-11-24T15:59:59Z", true),
        ("2026-11-24T16:00:00Z", false),
    ];
    for (now, holds) in table {
        let actor = house
            .sign_in("sh001", now.parse().unwrap())
            .await
            .session
            .actor;
        let may = |business| actor.may(Action::Approve, "510421", Some(business));
        assert_eq!(may("200-04-02"), holds, "{now}");
        assert!(!may("100-DY-01"), "{now}");
        assert_eq!(actor.scope.contains("510421"), holds, "{now}");
        assert!(actor.may(Action::Approve, "510400", Some("100-DY-01")));
    }
}

#[tokio::test]
async fn an_old_password_must_be_replaced_first() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[Role::Reception]).await;
    let standing_after = async |days| {
        let signed_in = house
            .sign_in("sl001", start() + TimeDelta::days(days))
            .await;
        signed_in.session.actor.standing
    };
    assert_eq!(standing_after(89).await, Standing::Ready);
    assert_eq!(standing_after(90).await, Standing::PasswordChangeNeeded);
}

#[tokio::test]
async fn sweeping_removes_what_is_over_and_nothing_else() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    house.sign_in("sl001", start()).await;
    house.guess("nobody", start()).await;
    let later = start() + minutes(25 * 60);
    let kept = house.sign_in("sl001", later).await.token;
    house.guess("someone", later).await;
    house.accounts.sweep(later).await.unwrap();
    house.who(&kept, later).await;
    let left: (i64, i64) = sqlx::query_as(
        "select (select count(*) from session), (select count(*) from login_throttle)",
    )
    .fetch_one(house.db.store().pool())
    .await
    .unwrap();
    // the later failure counts for the name and for the address
    assert_eq!(left, (1, 2));
}
