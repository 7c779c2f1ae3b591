//! What the workbench shows around cases: figures of the day, names beside codes, committed
//! limits, the checks of a recorded case, the cause on the register's page, names of actions.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use axum::http::Method;
use dengbu_staff::{Role, audit};
use serde_json::{Value, json};

use crate::house::{CITY, Client, House, MIYI, SALE, chinese};
use crate::land::{party, resident};

struct Counter {
    house: House,
    units: Vec<String>,
    desk: Client,
    first: Client,
    reviewer: Client,
    registrar: Client,
    chief: Client,
}

impl Counter {
    async fn new() -> Self {
        let house = House::new().await;
        let units = house.plant(CITY, "510402", "栖霞", 3).await;
        let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
        let office = json!({ "name": "栖霞办事点", "county": "510402", "active": true });
        let path = "/api/v1/offices/510400-77";
        chief.with(Method::PUT, path, &[], &office).await.ok(200);
        house.hire(CITY, "desk", &[Role::Reception]).await;
        let mut tx = house.tx(CITY).await;
        sqlx::query("update staff set office_id = '510400-77' where username = 'desk'")
            .execute(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Self {
            desk: house.sign_in("desk").await,
            first: house.join(CITY, "first", &[Role::FirstReviewer]).await,
            reviewer: house.join(CITY, "reviewer", &[Role::Reviewer]).await,
            registrar: house.join(CITY, "registrar", &[Role::Registrar]).await,
            chief,
            units,
            house,
        }
    }

    async fn submitted(&self, unit: &str) -> String {
        let buyer = party("买方", &resident(101));
        let case_no = self.desk.ready_sale(unit, buyer).await;
        let submit = json!({ "action": "submit" });
        self.desk.act(&case_no, submit).await.ok(200);
        case_no
    }

    async fn recorded(&self, unit: &str) -> String {
        let case_no = self.submitted(unit).await;
        for (who, action) in [
            (&self.first, "agree"),
            (&self.reviewer, "agree"),
            (&self.registrar, "record"),
        ] {
            who.act(&case_no, json!({ "action": action })).await.ok(200);
        }
        case_no
    }

    async fn board(&self) -> Value {
        self.desk.get("/api/v1/board/today").await.ok(200)
    }
}

fn waiting(board: &Value, step: &str) -> i64 {
    let all = board["waiting"].as_array().unwrap();
    let line = all.iter().find(|w| w["step"] == step).unwrap();
    assert!(chinese(line["step_name"].as_str().unwrap()));
    line["count"].as_i64().unwrap()
}

#[tokio::test]
async fn the_board_counts_the_day() {
    let c = Counter::new().await;
    let empty = c.board().await;
    for figure in [
        "begun",
        "accepted",
        "recorded",
        "delivered",
        "overdue",
        "due_today",
    ] {
        assert_eq!(empty[figure], 0, "{figure}");
    }
    c.desk.open(SALE, &c.units[0]).await;
    let late = c.submitted(&c.units[1]).await;
    let done = c.recorded(&c.units[2]).await;
    let mut tx = c.house.tx(CITY).await;
    sqlx::query("update registration_case set due_on = '2020-01-02' where case_no = $1")
        .bind(&late)
        .execute(tx.conn())
        .await
        .unwrap();
    // one handed over today, one yesterday; what was recorded yesterday is not of today
    for (seq, days) in [(98, 1), (99, 0)] {
        sqlx::query(
            "insert into case_event (county, case_no, seq, at, actor_id, actor_name, action, step, from_state, to_state, to_step)
             select county, case_no, $2, now() - make_interval(days => $3), taken_by, taken_by_name, 'deliver', step, state, state, step
             from registration_case where case_no = $1",
        )
        .bind(&done)
        .bind(seq)
        .bind(days)
        .execute(tx.conn())
        .await
        .unwrap();
    }
    sqlx::query(
        "update registration_case set recorded_at = now() - interval '1 day' where case_no = $1",
    )
    .bind(&late)
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let b = c.board().await;
    let figures = ["begun", "accepted", "recorded", "delivered", "overdue"].map(|f| b[f].clone());
    // the limit is one for recording (条例第二十一条): what is recorded is late no more
    assert_eq!(figures, [3, 2, 1, 1, 0].map(|n| json!(n)), "{b}");
    let mut tx = c.house.tx(CITY).await;
    sqlx::query("update registration_case set recorded_at = null where case_no = $1")
        .bind(&late)
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(c.board().await["overdue"], 1);
    assert_eq!(
        ["acceptance", "first_review", "approval", "certificate"].map(|s| waiting(&b, s)),
        [1, 1, 0, 1]
    );
    let miyi = c.house.join(MIYI, "miyi", &[Role::Reception]).await;
    let theirs = miyi.get("/api/v1/board/today").await.ok(200);
    assert_eq!(theirs["begun"], 0, "another authority's day is its own");
}

#[tokio::test]
async fn offices_and_authorities_are_shown_by_name() {
    let c = Counter::new().await;
    let case_no = c.desk.open(SALE, &c.units[0]).await;
    let list = c.desk.get("/api/v1/cases?box=all").await.ok(200);
    let case = c.desk.case(&case_no).await;
    for shown in [&list["items"][0], &case] {
        assert_eq!(shown["office_name"], "栖霞办事点");
        assert_eq!(shown["authority_name"], "攀枝花市不动产登记中心");
    }
    let staff = c.chief.get("/api/v1/staff?q=desk").await.ok(200);
    assert_eq!(staff["items"][0]["office_name"], "栖霞办事点");
    assert_eq!(
        staff["items"][0]["authority_name"],
        "攀枝花市不动产登记中心"
    );
    let staff = c.chief.get("/api/v1/staff?q=chief").await.ok(200);
    assert_eq!(staff["items"][0]["office_name"], Value::Null);
    let session = c.desk.get("/api/v1/session").await.ok(200);
    assert_eq!(session["office_name"], "栖霞办事点");
    let offices = c.desk.get("/api/v1/offices").await.ok(200);
    assert_eq!(
        offices["items"][0]["authority_name"],
        "攀枝花市不动产登记中心"
    );
}

#[tokio::test]
async fn a_recorded_case_tells_what_was_checked_then() {
    let c = Counter::new().await;
    let case_no = c.submitted(&c.units[0]).await;
    let path = format!("/api/v1/cases/{case_no}/checks");
    let before = c.desk.get(&path).await.ok(200);
    for (who, action) in [
        (&c.first, "agree"),
        (&c.reviewer, "agree"),
        (&c.registrar, "record"),
    ] {
        who.act(&case_no, json!({ "action": action })).await.ok(200);
    }
    let after = c.desk.get(&path).await.ok(200);
    assert_eq!(
        after["violations"], before["violations"],
        "not what the sold house says now"
    );
    let case = c.desk.case(&case_no).await;
    assert_eq!(after["checked_at"], case["recorded_at"]);
    assert_eq!(case["checks"], after["violations"]);

    let withdrawn = c.desk.open(SALE, &c.units[1]).await;
    let why = json!({ "action": "withdraw", "reason": "双方不再交易" });
    c.desk.act(&withdrawn, why).await.ok(200);
    let path = format!("/api/v1/cases/{withdrawn}/checks");
    let p = c.desk.get(&path).await.problem(409);
    assert_eq!(p["code"], "checks_over");
    assert!(p["title"].as_str().unwrap().contains("已撤回"), "{p}");
}

#[tokio::test]
async fn the_register_tells_the_cause() {
    let c = Counter::new().await;
    let unit = &c.units[0];
    let case_no = c.recorded(unit).await;
    let reason = c.desk.case(&case_no).await["application"]["reason"].clone();
    assert!(chinese(reason.as_str().unwrap()));
    let register = c
        .desk
        .get(&format!("/api/v1/units/{unit}/register"))
        .await
        .ok(200);
    let pages = register["pages"].as_array().unwrap();
    let page = pages.iter().find(|p| p["status"] == "current").unwrap();
    let fields = page["fields"].as_array().unwrap();
    let cause = fields.iter().find(|f| f["label"] == "登记原因").unwrap();
    assert_eq!(cause["value"], reason);
    assert_eq!(
        register["entries"][0]["cause"],
        Value::Null,
        "an older book without it"
    );
    assert_eq!(register["entries"][1]["cause"], reason);
    let unit_view = c.desk.get(&format!("/api/v1/units/{unit}")).await.ok(200);
    let rights = unit_view["rights"].as_array().unwrap();
    let right = rights.iter().find(|r| r["status"] == "current").unwrap();
    assert_eq!(right["cause"], reason);
    let paper = c
        .desk
        .get(&format!("/api/v1/units/{unit}/register/paper"))
        .await;
    assert!(paper.text().contains("登记原因"));
}

#[tokio::test]
async fn an_authority_promises_less_than_the_law_allows_never_more() {
    let c = Counter::new().await;
    let all = "/api/v1/authority/committed-days";
    let one = format!("{all}/{SALE}");
    let of = |list: &Value| {
        let items = list["items"].as_array().unwrap();
        items
            .iter()
            .find(|p| p["business"] == SALE)
            .unwrap()
            .clone()
    };
    let before = of(&c.desk.get(all).await.ok(200));
    assert_eq!(
        (before["own"].clone(), before["days"].clone()),
        (json!(false), before["default_days"].clone())
    );
    let legal = before["legal_days"].as_u64().unwrap();
    let kept = c.house.kept().await;
    for days in [
        json!(0),
        json!(legal + 1),
        json!(-1),
        json!("3"),
        json!(2.5),
    ] {
        let p = c
            .chief
            .with(Method::PUT, &one, &[], &json!({ "days": days }))
            .await
            .problem(422);
        assert_eq!(p["errors"][0]["field"], "/days", "{days}");
    }
    c.desk
        .with(Method::PUT, &one, &[], &json!({ "days": 1 }))
        .await
        .problem(403);
    let nowhere = format!("{all}/999-99");
    c.chief
        .with(Method::PUT, &nowhere, &[], &json!({ "days": 1 }))
        .await
        .problem(404);
    assert_eq!(c.house.kept().await, kept);

    let set = c
        .chief
        .with(Method::PUT, &one, &[], &json!({ "days": 1 }))
        .await
        .ok(200);
    assert_eq!(
        (set["days"].clone(), set["own"].clone()),
        (json!(1), json!(true))
    );
    assert_eq!(c.house.told("settings.committed_days_set").await, 1);
    let catalogue = c.desk.get("/api/v1/catalogue").await.ok(200);
    let items = catalogue["items"].as_array().unwrap();
    let sale = items.iter().find(|b| b["code"] == SALE).unwrap();
    assert_eq!(sale["committed_days"], 1);
    // it holds for what is accepted from now on, and the sign-in rules are still there
    let quick = c.desk.case(&c.submitted(&c.units[0]).await).await;
    assert_eq!(quick["days_left"], 1);
    c.house.sign_in("desk").await;
    let back = c
        .chief
        .with(Method::PUT, &one, &[], &json!({ "days": null }))
        .await
        .ok(200);
    assert_eq!(
        (back["days"].clone(), back["own"].clone()),
        (before["days"].clone(), json!(false))
    );
    let usual = c.desk.case(&c.submitted(&c.units[1]).await).await;
    assert_eq!(usual["days_left"], before["days"]);
    // another authority promises for itself
    let miyi = c.house.join(MIYI, "miyi", &[Role::Administrator]).await;
    assert_eq!(of(&miyi.get(all).await.ok(200))["own"], false);
}

/// Every action that any room records has a name that auditors can read.
#[test]
fn every_recorded_action_has_a_name() {
    let mut codes = BTreeSet::new();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let constants = constants(&crates.join("dengbu-staff/src/audit.rs"));
    for room in fs::read_dir(crates).unwrap() {
        sources(&room.unwrap().path().join("src"), &mut |path, text| {
            let text = text.split("#[cfg(test)]").next().unwrap();
            let named: Vec<&String> = constants
                .iter()
                .filter(|(name, _)| text.contains(&format!("audit::{name}")))
                .map(|(_, code)| code)
                .collect();
            for call in calls(text) {
                let found: Vec<&str> = literals(call).filter(|l| is_action(l)).collect();
                let own = path.ends_with("dengbu-staff/src/audit.rs");
                assert!(
                    own || !found.is_empty() || !named.is_empty(),
                    "{}: which action is {call}",
                    path.display()
                );
                codes.extend(found.into_iter().map(str::to_owned));
            }
            codes.extend(named.into_iter().cloned());
        });
    }
    assert!(codes.len() > 25, "{codes:?}");
    assert!(codes.contains("material.verified") && codes.contains("staff.totp_enrolled"));
    let nameless: Vec<_> = codes
        .iter()
        .filter(|c| !chinese(audit::action_name(c)))
        .collect();
    assert_eq!(nameless, Vec::<&String>::new());
}

fn is_action(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b == b'_' || b == b'.';
    text.contains('.') && text.bytes().all(plain)
}

fn sources(folder: &Path, each: &mut impl FnMut(&Path, &str)) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, each);
        } else if path.extension().is_some_and(|e| e == "rs") {
            each(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

/// The names and codes of `pub const NAME: &str = "code";`.
fn constants(path: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .filter_map(|l| l.strip_prefix("pub const ")?.split_once(": &str = \""))
        .map(|(name, rest)| (name.to_owned(), rest.trim_end_matches("\";").to_owned()))
        .collect()
}

/// The arguments of every call that begins an audit record.
fn calls(text: &str) -> impl Iterator<Item = &str> {
    [
        "AuditRecord::by(",
        "AuditRecord::by_system(",
        "AuditRecord::of(",
    ]
    .into_iter()
    .flat_map(move |start| {
        text.match_indices(start)
            .map(move |(at, s)| &text[at + s.len()..])
    })
    .map(|rest| {
        let mut depth = 1;
        let end = rest.find(|c| {
            depth += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth == 0
        });
        &rest[..end.map_or(rest.len(), |e| e + 1)]
    })
}

fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}
