//! Managing accounts on the real database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests: shared functions fail like the tests they serve"
)]

mod house;

use dengbu_staff::password_change::PasswordChangeError;
use dengbu_staff::{
    Action, AuthorityPolicy, Grant, PasswordRejected, Role, SessionError, StaffChanges, StaffError,
    StaffQuery, Standing,
};
use house::{House, PASSWORD, at, minutes, new_staff, start};

fn changes(name: &str) -> StaffChanges {
    StaffChanges {
        name: name.into(),
        phone: None,
        office_id: None,
        registrar_licence: None,
    }
}

async fn with_admin() -> (House, dengbu_staff::Actor) {
    let house = House::open().await;
    house.hire("510400", "gl001", &[Role::Administrator]).await;
    let admin = house.actor("gl001").await;
    (house, admin)
}

#[tokio::test]
async fn a_new_person_replaces_the_first_password_and_can_work() {
    let (house, admin) = with_admin().await;
    let mut new = new_staff("510400", "DJ-002", &[Role::Registrar]);
    new.office_id = Some("510400-01".into());
    let (record, first) = house.accounts.create_staff(&admin, &new).await.unwrap();
    assert_eq!(record.username, "dj-002");
    assert_eq!(record.office_id.as_deref(), Some("510400-01"));
    assert!(record.active && record.must_change_password && record.version == 1);
    assert!(!format!("{first:?}").contains(first.expose()));

    let signed_in = house
        .accounts
        .sign_in("dj-002", first.expose(), &at(start()))
        .await
        .unwrap();
    assert_eq!(
        signed_in.session.actor.standing,
        Standing::PasswordChangeNeeded
    );
    assert!(!signed_in.session.actor.may(Action::Record, "510400", None));
    let session = house
        .accounts
        .change_password(&signed_in.token, first.expose(), PASSWORD, &at(start()))
        .await
        .unwrap();
    assert_eq!(session.actor.standing, Standing::Ready);
    assert!(
        session
            .actor
            .may(Action::Record, "510400", Some("200-04-02"))
    );
    house.sign_in("dj-002", start()).await;
}

#[tokio::test]
async fn passwords_do_not_come_back_before_their_time() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    let token = house.sign_in("sl001", start()).await.token;
    let other = house.sign_in("sl001", start()).await.token;
    let change = async |current: &str, new: &str| {
        house
            .accounts
            .change_password(&token, current, new, &at(start()))
            .await
    };
    let used = |result| {
        matches!(
            result,
            Err(PasswordChangeError::Rejected(PasswordRejected::UsedBefore))
        )
    };
    assert!(used(change(PASSWORD, PASSWORD).await));
    change(PASSWORD, "Zweite-2-abc").await.unwrap();
    let gone = house.accounts.session(&other, &at(start())).await;
    assert!(
        matches!(gone, Err(SessionError::NotSignedIn)),
        "other sessions end"
    );
    assert!(used(change("Zweite-2-abc", PASSWORD).await));
    change("Zweite-2-abc", "Dritte-3-abc").await.unwrap();
    assert!(used(change("Dritte-3-abc", PASSWORD).await));
    change("Dritte-3-abc", "Vierte-4-abc").await.unwrap();
    // The fourth from last may be had again.
    change("Vierte-4-abc", PASSWORD).await.unwrap();
    let weak = change(PASSWORD, "sl001-Abc-1").await;
    assert!(matches!(
        weak,
        Err(PasswordChangeError::Rejected(
            PasswordRejected::HoldsUsername
        ))
    ));
}

#[tokio::test]
async fn guessing_the_present_password_in_a_session_locks_as_well() {
    let house = House::open().await;
    house.hire("510400", "sl001", &[]).await;
    let token = house.sign_in("sl001", start()).await.token;
    for left in [4, 3, 2, 1] {
        let result = house
            .accounts
            .change_password(&token, "x", "Zweite-2-abc", &at(start()))
            .await;
        match result.unwrap_err() {
            PasswordChangeError::WrongCurrent { attempts_left } => assert_eq!(attempts_left, left),
            other => panic!("{other:?}"),
        }
    }
    let last = house
        .accounts
        .change_password(&token, "x", "Zweite-2-abc", &at(start()))
        .await;
    assert!(matches!(last, Err(PasswordChangeError::Locked { .. })));
    assert!(house.accounts.session(&token, &at(start())).await.is_err());
    assert!(
        house
            .accounts
            .sign_in("sl001", PASSWORD, &at(start()))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn closing_ends_sessions_and_unlocking_ends_lock_outs() {
    let (house, admin) = with_admin().await;
    let id = house.hire("510400", "sl001", &[]).await;
    let token = house.sign_in("sl001", start()).await.token;
    assert!(matches!(
        house.accounts.lock_staff(&admin, id, " ").await,
        Err(StaffError::Field {
            field: "reason",
            ..
        })
    ));
    let closed = house.accounts.lock_staff(&admin, id, "调离").await.unwrap();
    assert!(!closed.active);
    assert!(house.accounts.session(&token, &at(start())).await.is_err());
    for _ in 0..5 {
        house.guess("sl001", start()).await;
    }
    let seen = house.accounts.get_staff(&admin, id).await.unwrap();
    assert_eq!(seen.locked_until, Some(start() + minutes(15)));
    let open = house
        .accounts
        .unlock_staff(&admin, id, "调回")
        .await
        .unwrap();
    assert!(open.active && open.locked_until.is_none());
    house.sign_in("sl001", start()).await;
}

#[tokio::test]
async fn a_reset_password_works_once_for_choosing_another() {
    let (house, admin) = with_admin().await;
    let id = house.hire("510400", "sl001", &[]).await;
    let token = house.sign_in("sl001", start()).await.token;
    let fresh = house.accounts.reset_password(&admin, id).await.unwrap();
    assert!(house.accounts.session(&token, &at(start())).await.is_err());
    assert!(
        house
            .accounts
            .sign_in("sl001", PASSWORD, &at(start()))
            .await
            .is_err()
    );
    let signed_in = house
        .accounts
        .sign_in("sl001", fresh.expose(), &at(start()))
        .await
        .unwrap();
    assert_eq!(
        signed_in.session.actor.standing,
        Standing::PasswordChangeNeeded
    );
}

#[tokio::test]
async fn two_who_edit_at_once_do_not_overwrite_each_other() {
    let (house, admin) = with_admin().await;
    let id = house.hire("510400", "sl001", &[]).await;
    let first = house
        .accounts
        .update_staff(&admin, id, 1, &changes("甲"))
        .await
        .unwrap();
    assert_eq!(
        (first.name.as_str(), first.version, first.phone),
        ("甲", 2, None)
    );
    let second = house
        .accounts
        .update_staff(&admin, id, 1, &changes("乙"))
        .await;
    assert!(matches!(second, Err(StaffError::StaleVersion)));
    let grants = house.accounts.set_grants(&admin, id, 1, &[], "调岗").await;
    assert!(matches!(grants, Err(StaffError::StaleVersion)));
}

#[tokio::test]
async fn grants_are_replaced_and_hold_at_once() {
    let (house, admin) = with_admin().await;
    let id = house.hire("510400", "sl001", &[Role::Reception]).await;
    let token = house.sign_in("sl001", start()).await.token;
    let grant = |role| Grant::everywhere(role, "510400", "2026-11-01".parse().unwrap());
    let record = house
        .accounts
        .set_grants(&admin, id, 1, &[grant(Role::Cashier)], "调岗")
        .await
        .unwrap();
    assert_eq!(record.grants, [grant(Role::Cashier)]);
    let actor = house.who(&token, start()).await;
    assert!(actor.may(Action::CollectFee, "510400", None));
    assert!(!actor.may(Action::TakeCase, "510400", None));
    let mixed = [grant(Role::Cashier), grant(Role::Auditor)];
    let refused = house
        .accounts
        .set_grants(&admin, id, 2, &mixed, "兼任")
        .await;
    assert!(matches!(refused, Err(StaffError::Grant(_))));
    // A grant whose end is moved is given anew, not doubled.
    let ending = Grant {
        valid_to: Some("2026-12-31".parse().unwrap()),
        ..grant(Role::Cashier)
    };
    let record = house
        .accounts
        .set_grants(&admin, id, 2, std::slice::from_ref(&ending), "到期")
        .await;
    assert_eq!(record.unwrap().grants, [ending]);
}

#[tokio::test]
async fn nobody_touches_their_own_account_or_reaches_beyond_their_authority() {
    let (house, admin) = with_admin().await;
    let own = admin.staff_id;
    let grants = [Grant::everywhere(
        Role::Administrator,
        "510421",
        "2026-01-01".parse().unwrap(),
    )];
    for error in [
        house
            .accounts
            .set_grants(&admin, own, 1, &grants, "扩权")
            .await
            .unwrap_err(),
        house
            .accounts
            .lock_staff(&admin, own, "误操作")
            .await
            .unwrap_err(),
        house
            .accounts
            .reset_password(&admin, own)
            .await
            .unwrap_err(),
        house
            .accounts
            .reset_totp(&admin, own, "换手机")
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(error, StaffError::OwnAccount), "{error:?}");
    }
    let id = house.hire("510400", "sl001", &[]).await;
    let reach = house
        .accounts
        .set_grants(&admin, id, 1, &grants, "借调")
        .await
        .unwrap_err();
    assert!(matches!(reach, StaffError::OutOfReach { authority } if authority == "510421"));
    // A grant at another authority, given by its administrator, may not be taken either.
    let mut lent = new_staff("510400", "sl003", &[]);
    lent.grants = vec![Grant::everywhere(
        Role::Reception,
        "510421",
        "2026-01-01".parse().unwrap(),
    )];
    let lent = house
        .accounts
        .bootstrap_staff(&lent, PASSWORD, false, &at(start()))
        .await
        .unwrap();
    let taken = house
        .accounts
        .set_grants(&admin, lent, 1, &[], "收回")
        .await
        .unwrap_err();
    assert!(matches!(taken, StaffError::OutOfReach { .. }));

    let elsewhere = house.hire("510421", "my001", &[]).await;
    let error = house
        .accounts
        .get_staff(&admin, elsewhere)
        .await
        .unwrap_err();
    assert!(matches!(error, StaffError::NotFound));
    let new = new_staff("510421", "my002", &[]);
    let error = house.accounts.create_staff(&admin, &new).await.unwrap_err();
    assert!(matches!(error, StaffError::NotAllowed { .. }));
}

#[tokio::test]
async fn only_administrators_manage() {
    let house = House::open().await;
    let id = house.hire("510400", "sl001", &[]).await;
    for (username, role) in [("sh001", Role::Reviewer), ("sj001", Role::Auditor)] {
        house.hire("510400", username, &[role]).await;
        let actor = house.actor(username).await;
        let policy = AuthorityPolicy::default();
        for error in [
            house.accounts.get_staff(&actor, id).await.unwrap_err(),
            house
                .accounts
                .list_staff(&actor, &StaffQuery::default())
                .await
                .unwrap_err(),
            house.accounts.reset_password(&actor, id).await.unwrap_err(),
            house
                .accounts
                .set_policy(&actor, "510400", &policy)
                .await
                .unwrap_err(),
        ] {
            assert!(
                matches!(error, StaffError::NotAllowed { .. }),
                "{role:?}: {error:?}"
            );
        }
    }
}

#[tokio::test]
async fn user_names_are_unique_over_all_authorities() {
    let (house, admin) = with_admin().await;
    house.hire("510421", "my001", &[]).await;
    let error = house
        .accounts
        .create_staff(&admin, &new_staff("510400", "MY001", &[]))
        .await
        .unwrap_err();
    assert!(matches!(error, StaffError::UsernameTaken(name) if name == "my001"));
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let (house, admin) = with_admin().await;
    let good = new_staff("510400", "sl009", &[]);
    let field = async |new| match house.accounts.create_staff(&admin, &new).await.unwrap_err() {
        StaffError::Field { field, .. } => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        field(dengbu_staff::NewStaff {
            username: "张 三".into(),
            ..good.clone()
        })
        .await,
        "username"
    );
    assert_eq!(
        field(dengbu_staff::NewStaff {
            name: " ".into(),
            ..good.clone()
        })
        .await,
        "name"
    );
    let office = Some("510421-01".into());
    assert_eq!(
        field(dengbu_staff::NewStaff {
            office_id: office,
            ..good.clone()
        })
        .await,
        "office_id"
    );
    let phone = Some("1".repeat(41));
    assert_eq!(
        field(dengbu_staff::NewStaff { phone, ..good }).await,
        "phone"
    );
}

#[tokio::test]
async fn a_weak_first_administrator_password_is_refused() {
    let house = House::open().await;
    let new = new_staff("510400", "gl001", &[Role::Administrator]);
    let error = house
        .accounts
        .bootstrap_staff(&new, "12345678", true, &at(start()))
        .await;
    assert!(matches!(error, Err(StaffError::Password(_))));
}

#[tokio::test]
async fn lists_are_paged_by_user_name_and_searched() {
    let (house, admin) = with_admin().await;
    for number in 1..=5 {
        house
            .hire("510400", &format!("sl00{number}"), &[Role::Reception])
            .await;
    }
    house.hire("510421", "my001", &[]).await;
    let mut seen = Vec::new();
    let mut query = StaffQuery {
        limit: 2,
        ..StaffQuery::default()
    };
    loop {
        let page = house.accounts.list_staff(&admin, &query).await.unwrap();
        assert!(page.items.len() <= 2);
        seen.extend(
            page.items
                .into_iter()
                .map(|item| (item.username, item.grants.len())),
        );
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => break,
        }
    }
    let names = ["gl001", "sl001", "sl002", "sl003", "sl004", "sl005"];
    assert_eq!(seen, names.map(|name| (name.to_owned(), 1)));
    let query = StaffQuery {
        text: Some("SL003".into()),
        limit: 10,
        ..StaffQuery::default()
    };
    let page = house.accounts.list_staff(&admin, &query).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let query = StaffQuery {
        authority: Some("510421".into()),
        limit: 10,
        ..StaffQuery::default()
    };
    assert!(
        house
            .accounts
            .list_staff(&admin, &query)
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

#[tokio::test]
async fn an_administrator_sets_the_policy_and_it_holds() {
    let (house, admin) = with_admin().await;
    let policy = AuthorityPolicy {
        lockout_attempts: 3,
        require_totp: false,
        ..AuthorityPolicy::default()
    };
    house
        .accounts
        .set_policy(&admin, "510400", &policy)
        .await
        .unwrap();
    assert_eq!(house.accounts.policy("510400").await.unwrap(), policy);
    house.hire("510400", "sl001", &[]).await;
    for _ in 0..3 {
        house.guess("sl001", start()).await;
    }
    assert!(
        house
            .accounts
            .sign_in("sl001", PASSWORD, &at(start()))
            .await
            .is_err()
    );
    let absurd = AuthorityPolicy {
        idle_minutes: 0,
        ..policy
    };
    let error = house
        .accounts
        .set_policy(&admin, "510400", &absurd)
        .await
        .unwrap_err();
    assert!(matches!(error, StaffError::Policy(_)));
    let foreign = house
        .accounts
        .set_policy(&admin, "510421", &AuthorityPolicy::default())
        .await;
    assert!(matches!(foreign, Err(StaffError::NotAllowed { .. })));
}
