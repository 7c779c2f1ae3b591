//! A city with three authorities and a few people, on a database of its own.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use dengbu_staff::password::HashCost;
use dengbu_staff::{
    Accounts, AccountsOptions, Actor, Grant, NewStaff, RequestContext, Role, SecretsKey,
    SessionToken, SignIn, SignInError,
};
use dengbu_store::{AuthorityFile, PANZHIHUA, Scope, TenantTx, TestDb, seed_authorities};
use serde_json::json;
use uuid::Uuid;

pub const PASSWORD: &str = "Bai-shi-7x!";
pub const CHEAP: HashCost = HashCost {
    memory_kib: 64,
    passes: 1,
    lanes: 1,
};

pub struct House {
    pub db: TestDb,
    pub accounts: Accounts,
}

/// A Monday morning in Panzhihua.
pub fn start() -> DateTime<Utc> {
    "2026-11-23T01:00:00Z".parse().unwrap()
}

pub fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

pub fn at(now: DateTime<Utc>) -> RequestContext {
    RequestContext {
        request_id: Some("req-1".into()),
        ip: Some(IpAddr::from([10, 1, 2, 3])),
        user_agent: Some("Firefox".into()),
        ..RequestContext::at(now)
    }
}

pub fn accounts(db: &TestDb, hash_cost: HashCost) -> Accounts {
    let options = AccountsOptions {
        hash_cost,
        hashes_at_once: 4,
        secrets_key: Some(SecretsKey::new([5; 32])),
        ..AccountsOptions::default()
    };
    Accounts::new(db.store().clone(), options).unwrap()
}

pub fn new_staff(authority: &str, username: &str, roles: &[Role]) -> NewStaff {
    let from = "2026-01-01".parse().unwrap();
    NewStaff {
        authority: authority.into(),
        username: username.into(),
        name: format!("人员{username}"),
        phone: Some("13800000000".into()),
        office_id: None,
        registrar_licence: None,
        grants: roles
            .iter()
            .map(|role| Grant::everywhere(*role, authority, from))
            .collect(),
    }
}

impl House {
    /// Without the demand for a second factor, which has tests of its own.
    pub async fn open() -> House {
        let house = House::strict().await;
        for authority in ["510400", "510421", "510422"] {
            house
                .set_policy(authority, json!({ "require_totp": false }))
                .await;
        }
        house
    }

    /// With the default policy.
    pub async fn strict() -> House {
        let db = TestDb::new().await;
        let file = AuthorityFile::parse(PANZHIHUA).unwrap();
        seed_authorities(db.owner_url(), &file).await.unwrap();
        let accounts = accounts(&db, CHEAP);
        House { db, accounts }
    }

    pub async fn set_policy(&self, authority: &str, policy: serde_json::Value) {
        sqlx::query("update authority set settings = $2 where authority = $1")
            .bind(authority)
            .bind(json!({ "policy": policy }))
            .execute(self.db.store().pool())
            .await
            .unwrap();
    }

    pub async fn hire(&self, authority: &str, username: &str, roles: &[Role]) -> Uuid {
        let new = new_staff(authority, username, roles);
        self.accounts
            .bootstrap_staff(&new, PASSWORD, false, &at(start()))
            .await
            .unwrap()
    }

    pub async fn sign_in(&self, username: &str, now: DateTime<Utc>) -> SignIn {
        self.accounts
            .sign_in(username, PASSWORD, &at(now))
            .await
            .unwrap()
    }

    pub async fn guess(&self, username: &str, now: DateTime<Utc>) -> SignInError {
        self.accounts
            .sign_in(username, "falsch-Falsch-1", &at(now))
            .await
            .unwrap_err()
    }

    /// A signed-in person as of `start`.
    pub async fn actor(&self, username: &str) -> Actor {
        self.sign_in(username, start()).await.session.actor
    }

    pub async fn who(&self, token: &SessionToken, now: DateTime<Utc>) -> Actor {
        self.accounts.session(token, &at(now)).await.unwrap().actor
    }

    pub async fn begin(&self, codes: &[&str]) -> TenantTx {
        let scope = Scope::new(codes.iter().copied()).unwrap();
        self.db.store().begin(&scope).await.unwrap()
    }

    /// (action, outcome, reason) of an authority's trail, oldest first.
    pub async fn trail(&self, authority: &str) -> Vec<(String, String, Option<String>)> {
        let mut tx = self.begin(&[authority]).await;
        sqlx::query_as(
            "select action, outcome, detail->>'reason' from audit \
             where action <> 'staff.created' order by at, audit_id",
        )
        .fetch_all(tx.conn())
        .await
        .unwrap()
    }
}
