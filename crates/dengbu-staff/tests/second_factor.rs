//! The second factor on the real database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests: shared functions fail like the tests they serve"
)]

mod house;

use chrono::{DateTime, TimeDelta, Utc};
use dengbu_staff::{
    Accounts, AccountsOptions, Enrolment, Role, SecondFactorError, SecretsKey, SessionError,
    SessionToken, SignInError, Standing,
};
use house::{House, PASSWORD, at, minutes, start};
use totp_rs::{Builder, Secret};

/// What the person's telephone shows.
fn code(enrolment: &Enrolment, now: DateTime<Utc>) -> String {
    let secret = Secret::try_from_base32(&enrolment.secret).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    totp.generate(u64::try_from(now.timestamp()).unwrap())
        .to_string()
}

fn wrong(enrolment: &Enrolment, now: DateTime<Utc>) -> String {
    let near: Vec<_> = (-2..=2)
        .map(|step| code(enrolment, now + TimeDelta::seconds(30 * step)))
        .collect();
    (0..)
        .map(|number| format!("{number:06}"))
        .find(|guess| !near.contains(guess))
        .unwrap()
}

async fn enrol(house: &House, token: &SessionToken, now: DateTime<Utc>) -> Enrolment {
    let enrolment = house.accounts.enrol_totp(token, &at(now)).await.unwrap();
    let session = house
        .accounts
        .confirm_totp(token, &code(&enrolment, now), &at(now))
        .await
        .unwrap();
    assert!(session.second_factor.enrolled && session.second_factor.passed);
    enrolment
}

/// A house that demands the second factor, a person who has it, and their first session.
async fn enrolled() -> (House, Enrolment, SessionToken) {
    let house = House::strict().await;
    house.hire("510400", "dj001", &[Role::Registrar]).await;
    let first = house.sign_in("dj001", start()).await;
    assert_eq!(first.session.actor.standing, Standing::EnrolmentNeeded);
    let enrolment = enrol(&house, &first.token, start()).await;
    (house, enrolment, first.token)
}

#[tokio::test]
async fn nothing_may_be_done_until_a_code_was_given() {
    let (house, enrolment, first) = enrolled().await;
    assert_eq!(house.who(&first, start()).await.standing, Standing::Ready);
    assert!(
        enrolment.otpauth_url.starts_with("otpauth://totp/"),
        "{}",
        enrolment.otpauth_url
    );
    let later = start() + minutes(5);
    let second = house.sign_in("dj001", later).await;
    assert_eq!(second.session.actor.standing, Standing::SecondFactorNeeded);
    assert!(second.session.actor.permissions().is_empty());
    let shown = code(&enrolment, later);
    let typed = format!("{} {}", &shown[..3], &shown[3..]);
    let session = house
        .accounts
        .verify_totp(&second.token, &typed, &at(later))
        .await
        .unwrap();
    assert_eq!(session.actor.standing, Standing::Ready);
    assert_eq!(
        house.who(&second.token, later).await.standing,
        Standing::Ready
    );
    let again = house
        .accounts
        .verify_totp(&second.token, &typed, &at(later))
        .await;
    assert!(matches!(again, Err(SecondFactorError::NotExpected)));
}

#[tokio::test]
async fn a_code_works_once_whatever_the_session() {
    let (house, enrolment, _) = enrolled().await;
    let now = start() + minutes(5);
    let one = house.sign_in("dj001", now).await.token;
    let two = house.sign_in("dj001", now).await.token;
    let (newer, older) = (
        code(&enrolment, now),
        code(&enrolment, now - TimeDelta::seconds(30)),
    );
    house
        .accounts
        .verify_totp(&one, &newer, &at(now))
        .await
        .unwrap();
    for used in [&newer, &older] {
        let error = house
            .accounts
            .verify_totp(&two, used, &at(now))
            .await
            .unwrap_err();
        assert!(matches!(error, SecondFactorError::Replayed), "{error:?}");
    }
    let next = now + TimeDelta::seconds(30);
    house
        .accounts
        .verify_totp(&two, &code(&enrolment, next), &at(next))
        .await
        .unwrap();
    // The code that confirmed the enrolment is used up as well.
    let reasons: Vec<_> = house
        .trail("510400")
        .await
        .into_iter()
        .filter_map(|row| row.2)
        .collect();
    assert_eq!(reasons, ["replayed", "replayed"]);
}

#[tokio::test]
async fn of_requests_with_one_code_made_at_once_one_passes() {
    let (house, enrolment, _) = enrolled().await;
    let now = start() + minutes(5);
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let token = house.sign_in("dj001", now).await.token;
        let (accounts, code) = (house.accounts.clone(), code(&enrolment, now));
        tasks.push(tokio::spawn(async move {
            accounts.verify_totp(&token, &code, &at(now)).await.is_ok()
        }));
    }
    let mut passed = 0;
    for task in tasks {
        passed += u32::from(task.await.unwrap());
    }
    assert_eq!(passed, 1);
}

#[tokio::test]
async fn clocks_may_differ_by_one_step() {
    let (house, enrolment, _) = enrolled().await;
    let mut now = start();
    for (steps, passes) in [(-2, false), (-1, true), (1, true), (2, false)] {
        now += minutes(10);
        let token = house.sign_in("dj001", now).await.token;
        let shown = code(&enrolment, now + TimeDelta::seconds(30 * steps));
        let result = house.accounts.verify_totp(&token, &shown, &at(now)).await;
        assert_eq!(result.is_ok(), passes, "{steps}");
    }
}

#[tokio::test]
async fn wrong_codes_lock_and_the_password_buys_no_new_tries() {
    let (house, enrolment, _) = enrolled().await;
    let now = start() + minutes(5);
    for left in [4, 3, 2, 1] {
        // A fresh sign-in before each try.
        let token = house.sign_in("dj001", now).await.token;
        let error = house
            .accounts
            .verify_totp(&token, &wrong(&enrolment, now), &at(now))
            .await
            .unwrap_err();
        match error {
            SecondFactorError::WrongCode { attempts_left } => assert_eq!(attempts_left, left),
            other => panic!("{other:?}"),
        }
    }
    let token = house.sign_in("dj001", now).await.token;
    let last = house
        .accounts
        .verify_totp(&token, &wrong(&enrolment, now), &at(now))
        .await;
    assert!(
        matches!(last, Err(SecondFactorError::Locked { .. })),
        "{last:?}"
    );
    let gone = house.accounts.session(&token, &at(now)).await.unwrap_err();
    assert!(matches!(gone, SessionError::NotSignedIn));
    let token = house.sign_in("dj001", now).await.token;
    let right = house
        .accounts
        .verify_totp(&token, &code(&enrolment, now), &at(now))
        .await;
    assert!(
        matches!(right, Err(SecondFactorError::Locked { .. })),
        "{right:?}"
    );
    let later = now + minutes(15);
    let token = house.sign_in("dj001", later).await.token;
    house
        .accounts
        .verify_totp(&token, &code(&enrolment, later), &at(later))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_new_telephone_needs_the_old_one_or_an_administrator() {
    let (house, old, _) = enrolled().await;
    let now = start() + minutes(5);
    let token = house.sign_in("dj001", now).await.token;
    let early = house.accounts.enrol_totp(&token, &at(now)).await;
    assert!(
        matches!(early, Err(SecondFactorError::PassFirst)),
        "{early:?}"
    );
    house
        .accounts
        .verify_totp(&token, &code(&old, now), &at(now))
        .await
        .unwrap();
    let new = house.accounts.enrol_totp(&token, &at(now)).await.unwrap();
    // Not confirmed yet: the old one is still in force.
    let later = now + minutes(5);
    let other = house.sign_in("dj001", later).await.token;
    let premature = house
        .accounts
        .verify_totp(&other, &code(&new, later), &at(later))
        .await;
    assert!(premature.is_err());
    house
        .accounts
        .confirm_totp(&token, &code(&new, later), &at(later))
        .await
        .unwrap();
    let stale = house
        .accounts
        .verify_totp(&other, &code(&old, later), &at(later))
        .await;
    assert!(stale.is_err());

    house
        .set_policy("510400", serde_json::json!({ "require_totp": false }))
        .await;
    house.hire("510400", "gl001", &[Role::Administrator]).await;
    let admin = house.actor("gl001").await;
    let id = house.who(&token, later).await.staff_id;
    house
        .accounts
        .reset_totp(&admin, id, "手机遗失")
        .await
        .unwrap();
    assert!(house.accounts.session(&token, &at(later)).await.is_err());
    let fresh = house.sign_in("dj001", later).await.session;
    assert!(!fresh.second_factor.enrolled);
}

#[tokio::test]
async fn confirming_needs_an_enrolment_and_its_code() {
    let house = House::strict().await;
    house.hire("510400", "dj001", &[]).await;
    let token = house.sign_in("dj001", start()).await.token;
    let none = house
        .accounts
        .confirm_totp(&token, "123456", &at(start()))
        .await;
    assert!(
        matches!(none, Err(SecondFactorError::NothingToConfirm)),
        "{none:?}"
    );
    let enrolment = house
        .accounts
        .enrol_totp(&token, &at(start()))
        .await
        .unwrap();
    let bad = wrong(&enrolment, start());
    let refused = house
        .accounts
        .confirm_totp(&token, &bad, &at(start()))
        .await;
    assert!(
        matches!(refused, Err(SecondFactorError::WrongCode { .. })),
        "{refused:?}"
    );
    assert_eq!(
        house.who(&token, start()).await.standing,
        Standing::EnrolmentNeeded
    );
    assert!(!format!("{enrolment:?}").contains(&enrolment.secret));
    // Password failures are counted apart.
    let guess = house.guess("dj001", start()).await;
    assert!(matches!(
        guess,
        SignInError::WrongCredentials {
            attempts_left: 4,
            ..
        }
    ));
    house
        .accounts
        .sign_in("dj001", PASSWORD, &at(start()))
        .await
        .unwrap();
}

async fn stored(house: &House) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    let mut tx = house.begin(&["510400"]).await;
    sqlx::query_as(
        "select totp_secret, totp_pending from staff_credential where authority = '510400'",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap()
}

/// What the database holds helps nobody to a code.
#[tokio::test]
async fn secrets_are_sealed_where_they_are_kept() {
    let (house, enrolment, token) = enrolled().await;
    let plain = Secret::try_from_base32(&enrolment.secret).unwrap();
    let (secret, pending) = stored(&house).await;
    let secret = secret.unwrap();
    assert_eq!(pending, None);
    assert!(!secret.windows(20).any(|w| w == plain.as_bytes()));
    let again = house
        .accounts
        .enrol_totp(&token, &at(start()))
        .await
        .unwrap();
    let plain = Secret::try_from_base32(&again.secret).unwrap();
    let pending = stored(&house).await.1.unwrap();
    assert!(!pending.windows(20).any(|w| w == plain.as_bytes()));
    // under another key nothing opens, and without one nothing is bound
    for key in [Some(SecretsKey::new([6; 32])), None] {
        let options = AccountsOptions {
            hash_cost: house::CHEAP,
            secrets_key: key,
            ..AccountsOptions::default()
        };
        let other = Accounts::new(house.db.store().clone(), options).unwrap();
        let later = start() + minutes(1);
        let session = other.sign_in("dj001", PASSWORD, &at(later)).await.unwrap();
        let shown = code(&enrolment, later);
        let refused = other.verify_totp(&session.token, &shown, &at(later)).await;
        let Err(SecondFactorError::Unusable(why)) = refused else {
            panic!("{refused:?}");
        };
        assert!(why.contains("动态码密钥"), "{why}");
    }
}

/// A house from before secrets were sealed goes on with the same telephones.
#[tokio::test]
async fn plain_secrets_are_taken_over_once() {
    let (house, enrolment, _) = enrolled().await;
    let plain = Secret::try_from_base32(&enrolment.secret).unwrap();
    let mut tx = house.begin(&["510400"]).await;
    sqlx::query("update staff_credential set totp_secret = $1, totp_pending = $1")
        .bind(plain.as_bytes())
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let later = start() + minutes(5);
    let session = house.sign_in("dj001", later).await;
    let shown = code(&enrolment, later);
    let refused = house
        .accounts
        .verify_totp(&session.token, &shown, &at(later))
        .await;
    assert!(
        matches!(refused, Err(SecondFactorError::Unusable(_))),
        "plain bytes are no secret"
    );
    assert_eq!(house.accounts.seal_plain_secrets().await.unwrap(), 1);
    assert_eq!(house.accounts.seal_plain_secrets().await.unwrap(), 0);
    let (secret, pending) = stored(&house).await;
    for sealed in [secret.unwrap(), pending.unwrap()] {
        assert!(!sealed.windows(20).any(|w| w == plain.as_bytes()));
    }
    let later = later + minutes(1);
    let shown = code(&enrolment, later);
    house
        .accounts
        .verify_totp(&session.token, &shown, &at(later))
        .await
        .unwrap();
}
