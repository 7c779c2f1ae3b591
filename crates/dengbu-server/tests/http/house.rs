//! A registration office reached by HTTP only: its people sign in, its units have titles.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use chrono::Utc;
use dengbu_cases::scans::{NoScanner, Scans};
use dengbu_intake::packages::Packages;
use dengbu_register::person::PersonKey;
use dengbu_server::{App, Config};
use dengbu_staff::password::HashCost;
use dengbu_staff::{Accounts, AccountsOptions, Grant, NewStaff, RequestContext, Role, SecretsKey};
use dengbu_store::{AuthorityFile, PANZHIHUA, Scope, TenantTx, TestDb, seed_authorities};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tower::ServiceExt;
use uuid::Uuid;

pub const CITY: &str = "510400";
pub const MIYI: &str = "510421";
pub const PASSWORD: &str = "Bai-shi-7x!";
pub const SALE: &str = "200-04-02";

/// Roles that go together; the administrator and the auditor stand alone.
pub const DAILY: [Role; 8] = [
    Role::Reception,
    Role::FirstReviewer,
    Role::Reviewer,
    Role::Registrar,
    Role::CertificateMaker,
    Role::Cashier,
    Role::Archivist,
    Role::Cadastre,
];

pub struct House {
    pub db: TestDb,
    pub router: Router,
    pub app: App,
    pub accounts: Accounts,
    scans: tempfile::TempDir,
}

fn server(db: &TestDb, accounts: &Accounts, scans: &Path, config: Config) -> App {
    App::new(
        db.store().clone(),
        accounts.clone(),
        Scans::in_folder(scans, Arc::new(NoScanner)).unwrap(),
        PersonKey::new([7; 32]),
        config,
    )
    .with_packages(Packages::in_folder(scans).unwrap())
}

static KEYS: AtomicU64 = AtomicU64::new(1);

/// A fresh idempotency key.
pub fn fresh_key() -> String {
    format!("key-{:08}", KEYS.fetch_add(1, Ordering::Relaxed))
}

/// An answer, wholly read.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.text()))
    }

    pub fn media_type(&self) -> &str {
        let value = self.headers.get(header::CONTENT_TYPE);
        value.map_or("", |v| v.to_str().unwrap())
    }

    /// The answer as JSON, when it is the success that was asked for.
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        if self.bytes.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// The answer as a problem: its form, its Chinese and its status are checked.
    pub fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.media_type(), "application/problem+json");
        let p = self.json();
        assert_eq!(p["status"], status);
        let code = p["code"].as_str().unwrap();
        assert_eq!(p["type"], format!("/problems/{code}"));
        assert!(chinese(p["title"].as_str().unwrap()), "{p}");
        assert_eq!(
            p["request_id"].as_str().unwrap(),
            self.headers["x-request-id"].to_str().unwrap()
        );
        for e in p["errors"].as_array().into_iter().flatten() {
            assert!(chinese(e["message"].as_str().unwrap()), "{p}");
        }
        assert_plain(&self.text());
        p
    }
}

pub fn chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c))
}

/// Nothing of the machinery shows: no SQL, no stack, no type or file of the program.
pub fn assert_plain(text: &str) {
    let low = text.to_lowercase();
    for word in [
        "sqlx",
        "select ",
        "insert ",
        "postgres",
        "panicked",
        "backtrace",
        ".rs:",
        "::",
        "relation \"",
        "constraint",
        "expected struct",
    ] {
        assert!(!low.contains(word), "{word:?} in {text}");
    }
}

/// Somebody at a browser, signed in or not.
#[derive(Clone)]
pub struct Client {
    pub router: Router,
    pub cookie: Option<String>,
    pub csrf: Option<String>,
    pub staff_id: Option<Uuid>,
}

impl Client {
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }

    /// A request with the cookie and the token of this person, and further headers.
    pub fn request(
        &self,
        method: &Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Request<Body> {
        let mut r = Request::builder().method(method).uri(path);
        if let Some(cookie) = &self.cookie {
            r = r.header(header::COOKIE, cookie);
        }
        if let Some(csrf) = self.csrf.as_ref().filter(|_| method != Method::GET) {
            r = r.header("x-csrf-token", csrf);
        }
        for (name, value) in headers {
            r = r.header(*name, *value);
        }
        r.body(body).unwrap()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(&Method::GET, path, &[], Body::empty()))
            .await
    }

    pub async fn with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let mut all = vec![("content-type", "application/json")];
        all.extend_from_slice(headers);
        let body = Body::from(serde_json::to_vec(body).unwrap());
        self.send(self.request(&method, path, &all, body)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.with(Method::POST, path, &[], body).await
    }

    /// A body as it is, of whatever type.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        self.send(self.request(&method, path, headers, body.into()))
            .await
    }

    /// The case as this person sees it.
    pub async fn case(&self, case_no: &str) -> Value {
        self.get(&format!("/api/v1/cases/{case_no}")).await.ok(200)
    }

    /// Makes a move on a case, having just looked at it.
    pub async fn act(&self, case_no: &str, action: Value) -> Answer {
        let version = self.case(case_no).await["version"].to_string();
        self.act_seen(case_no, &version, &[], action).await
    }

    /// Makes a move by somebody who saw that version.
    pub async fn act_seen(
        &self,
        case_no: &str,
        version: &str,
        headers: &[(&str, &str)],
        action: Value,
    ) -> Answer {
        let seen = format!("\"{version}\"");
        let mut all = vec![("if-match", seen.as_str())];
        all.extend_from_slice(headers);
        let path = format!("/api/v1/cases/{case_no}/actions");
        self.with(Method::POST, &path, &all, &action).await
    }

    /// Uploads a file.
    pub async fn upload(&self, case_no: &str, fields: &[(&str, &str)], file: &[u8]) -> Answer {
        let path = format!("/api/v1/cases/{case_no}/materials");
        self.upload_to(&path, fields, file).await
    }

    /// Uploads a file to an address.
    pub async fn upload_to(&self, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!(
                "--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        body.extend_from_slice(
            b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"scan.pdf\"\r\n\r\n",
        );
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--XX--\r\n");
        let kind = [("content-type", "multipart/form-data; boundary=XX")];
        self.raw(Method::POST, path, &kind, body).await
    }
}

impl House {
    /// With nobody in it yet, and no demand for a second factor.
    pub async fn new() -> Self {
        let db = TestDb::new().await;
        let file = AuthorityFile::parse(PANZHIHUA).unwrap();
        seed_authorities(db.owner_url(), &file).await.unwrap();
        let options = AccountsOptions {
            hash_cost: HashCost {
                memory_kib: 64,
                passes: 1,
                lanes: 1,
            },
            hashes_at_once: 4,
            secrets_key: Some(SecretsKey::new([5; 32])),
            ..AccountsOptions::default()
        };
        let accounts = Accounts::new(db.store().clone(), options).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            certificate_dir: Some(folder.path().join("certificates")),
            seal_key_dir: Some(folder.path().join("keys")),
            ..Config::default()
        };
        let app = server(&db, &accounts, folder.path(), config);
        let house = Self {
            db,
            router: dengbu_server::router(app.clone()),
            app,
            accounts,
            scans: folder,
        };
        for authority in [CITY, MIYI, dengbu_staff::PLATFORM] {
            house
                .set_policy(authority, json!({ "require_totp": false }))
                .await;
        }
        house
    }

    pub async fn set_policy(&self, authority: &str, policy: Value) {
        sqlx::query("update authority set settings = $2 where authority = $1")
            .bind(authority)
            .bind(json!({ "policy": policy }))
            .execute(self.db.store().pool())
            .await
            .unwrap();
    }

    /// Somebody who has not signed in.
    pub fn stranger(&self) -> Client {
        Client {
            router: self.router.clone(),
            cookie: None,
            csrf: None,
            staff_id: None,
        }
    }

    /// A stranger at another server of this house, which stands behind these proxies.
    pub fn behind(&self, proxies: &[&str]) -> Client {
        let config = Config {
            proxies: proxies.iter().map(|p| p.parse().unwrap()).collect(),
            ..Config::default()
        };
        self.served(config)
    }

    /// A stranger at another server of this house.
    pub fn served(&self, config: Config) -> Client {
        let app = server(&self.db, &self.accounts, self.scans.path(), config);
        Client {
            router: dengbu_server::router(app),
            ..self.stranger()
        }
    }

    /// Where this house keeps its files.
    pub fn folder(&self) -> &Path {
        self.scans.path()
    }

    pub async fn hire(&self, authority: &str, username: &str, roles: &[Role]) -> Uuid {
        let from = "2026-01-01".parse().unwrap();
        let new = NewStaff {
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
        };
        self.accounts
            .bootstrap_staff(&new, PASSWORD, false, &RequestContext::at(Utc::now()))
            .await
            .unwrap()
    }

    pub async fn sign_in(&self, username: &str) -> Client {
        let answer = self.try_sign_in(username, PASSWORD).await;
        self.signed(&answer)
    }

    pub async fn try_sign_in(&self, username: &str, password: &str) -> Answer {
        let credentials = json!({ "username": username, "password": password });
        self.stranger().post("/api/v1/session", &credentials).await
    }

    /// The person of a successful sign-in.
    pub fn signed(&self, answer: &Answer) -> Client {
        let session = answer.ok(200);
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        Client {
            router: self.router.clone(),
            cookie: cookie.split(';').next().map(str::to_owned),
            csrf: session["csrf_token"].as_str().map(str::to_owned),
            staff_id: session["staff_id"].as_str().map(|t| t.parse().unwrap()),
        }
    }

    /// A new member of staff, signed in.
    pub async fn join(&self, authority: &str, username: &str, roles: &[Role]) -> Client {
        self.hire(authority, username, roles).await;
        self.sign_in(username).await
    }

    pub async fn tx(&self, authority: &str) -> TenantTx {
        let scope = match authority {
            CITY => Scope::new(["510400", "510402", "510403", "510411"]),
            other => Scope::new([other]),
        };
        self.db.store().begin(&scope.unwrap()).await.unwrap()
    }

    /// One value over all authorities, as text.
    pub async fn one(&self, sql: &str) -> String {
        let mut tx = self.db.store().system().await.unwrap();
        let found: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(tx.conn())
            .await
            .unwrap();
        found.unwrap_or_default()
    }

    /// All that is kept, but for sessions, counted guesses and the audit trail (which may
    /// tell of a refusal).
    pub async fn kept(&self) -> String {
        let tables = "select string_agg(tablename::text, ',' order by tablename) from pg_tables
             where schemaname = 'public' and tablename not in
             ('session', 'audit', 'login_throttle', '_sqlx_migrations', 'job')";
        let mut all = String::new();
        for table in self.one(tables).await.split(',') {
            let sql = format!(
                "select count(*) || ' ' || coalesce(md5(string_agg(t::text, ' ' order by t::text)), '') from {table} t"
            );
            all.push_str(&format!("{table} {}\n", self.one(&sql).await));
        }
        all
    }

    /// How many lines of the audit trail tell of this action.
    pub async fn told(&self, action: &str) -> i64 {
        let sql = format!("select count(*)::text from audit where action = '{action}'");
        self.one(&sql).await.parse().unwrap()
    }
}

/// The interface as documented: operation, method and path.
pub fn operations() -> Vec<(String, Method, String)> {
    let document = serde_json::to_value(dengbu_server::openapi()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let method = method.to_uppercase().parse().unwrap();
            all.push((id, method, path.clone()));
        }
    }
    assert!(all.len() > 40, "the document has lost its operations");
    all
}
