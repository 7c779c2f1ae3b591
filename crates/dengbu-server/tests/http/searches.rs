//! Searches for others over HTTP: from the application to the paper and its public check.

use axum::body::Body;
use axum::http::Method;
use dengbu_staff::{Action, Role};
use serde_json::{Value, json};

use crate::house::{Answer, CITY, Client, House, fresh_key};
use crate::input::first_field;
use crate::land::{party, resident};
use crate::table::Reach;

/// The operations of this noun, for the table of all.
pub const OPERATIONS: &[&str] = &[
    "read_search_rules",
    "list_searches",
    "create_search",
    "read_search",
    "revise_search",
    "add_search_scan",
    "search_scan_content",
    "answer_search",
    "refuse_search",
    "issue_search_document",
    "search_document",
    "search_document_file",
    "read_search_log",
    "list_search_alerts",
    "handle_search_alert",
];

/// Applications of 510402: one open with a scan, one answered with a paper.
pub struct Asked {
    open: String,
    scan: String,
    answered: String,
    document: String,
    request: Value,
}

/// The owner of the first unit asks about the own name.
fn own(place: &str) -> Value {
    let papers = ["S1", "S2"].map(|code| json!({ "code": code }));
    json!({ "applicant_kind": "holder", "applicant": party(&format!("{place}业主1"), &resident(1)),
        "purpose": "住房保障", "index": "person", "papers": papers })
}

pub async fn fill(clerk: &Client, unit: &str, place: &str) -> Asked {
    let request = own(place);
    let open = create(clerk, &request).await;
    let path = format!("/api/v1/searches/{open}/scans");
    let scan = clerk
        .upload_to(&path, &[("item", "S1")], b"%PDF-1.7 D000000")
        .await
        .ok(201);
    let answered = create(clerk, &request).await;
    let shown = answer(clerk, &answered).await.ok(200);
    assert_eq!(shown["answer"]["units"][0]["unit_code"], unit);
    let proof = issue(clerk, &answered, "property_proof").await.ok(201);
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    Asked {
        open,
        scan: text(&scan["scan_id"]),
        answered,
        document: text(&proof["document_no"]),
        request,
    }
}

async fn create(clerk: &Client, request: &Value) -> String {
    let made = clerk.post("/api/v1/searches", request).await.ok(201);
    made["search_no"].as_str().unwrap().to_owned()
}

async fn answer(clerk: &Client, search_no: &str) -> Answer {
    let path = format!("/api/v1/searches/{search_no}/answer");
    clerk.raw(Method::POST, &path, &[], Body::empty()).await
}

/// An application of the first owner that was answered just now.
pub async fn answered(clerk: &Client, place: &str) -> String {
    let no = create(clerk, &own(place)).await;
    answer(clerk, &no).await.ok(200);
    no
}

pub async fn issue(clerk: &Client, search_no: &str, kind: &str) -> Answer {
    let path = format!("/api/v1/searches/{search_no}/documents");
    clerk.post(&path, &json!({ "kind": kind })).await
}

/// Where and with what each operation is called.
pub fn aim(id: &str, a: &Asked) -> Option<(String, Option<Value>, Reach, Option<Action>)> {
    use Reach::{List, Object, Own};
    let at = |path: String| format!("/api/v1{path}");
    let open = |rest: &str| at(format!("/searches/{}{rest}", a.open));
    let answered = |rest: &str| at(format!("/searches/{}{rest}", a.answered));
    let clerk = Some(Action::AnswerSearch);
    let auditor = Some(Action::ReadAudit);
    let nobody = "0193a000-0000-7000-8000-000000000000";
    Some(match id {
        "read_search_rules" => (at("/search-rules".to_owned()), None, Own, None),
        "list_searches" => (at("/searches?limit=100".to_owned()), None, List, clerk),
        "create_search" => {
            let path = at(format!("/searches?authority={CITY}"));
            (path, Some(a.request.clone()), Object, clerk)
        }
        "read_search" => (answered(""), None, Object, clerk),
        "revise_search" => (open(""), Some(a.request.clone()), Object, clerk),
        "add_search_scan" => (open("/scans"), None, Object, clerk),
        "search_scan_content" => (open(&format!("/scans/{}", a.scan)), None, Object, clerk),
        "answer_search" => (answered("/answer"), None, Object, clerk),
        "refuse_search" => {
            let body = json!({ "ground": "papers", "reason": "试一试" });
            (open("/refusal"), Some(body), Object, clerk)
        }
        "issue_search_document" => {
            let body = json!({ "kind": "result_proof" });
            (answered("/documents"), Some(body), Object, clerk)
        }
        "search_document" => {
            let path = answered(&format!("/documents/{}", quoted(&a.document)));
            (path, None, Object, clerk)
        }
        "search_document_file" => {
            let path = answered(&format!("/documents/{}/files/ofd", quoted(&a.document)));
            (path, None, Object, clerk)
        }
        "read_search_log" => (at("/search-log?limit=100".to_owned()), None, List, auditor),
        "list_search_alerts" => (at("/search-alerts".to_owned()), None, List, auditor),
        "handle_search_alert" => {
            let path = at(format!("/search-alerts/{nobody}/handling"));
            (path, Some(json!({ "note": "试一试" })), Object, auditor)
        }
        _ => return None,
    })
}

pub fn quoted(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

struct Counter {
    house: House,
    clerk: Client,
    units: Vec<String>,
}

async fn counter() -> Counter {
    let house = House::new().await;
    let units = house.plant(CITY, "510402", "栖霞", 2).await;
    let clerk = house.join(CITY, "counter", &[Role::Reception]).await;
    Counter {
        house,
        clerk,
        units,
    }
}

#[tokio::test]
async fn a_proof_of_dwellings_from_the_counter_to_the_public_check() {
    let c = counter().await;
    let auditor = c.house.join(CITY, "watcher", &[Role::Auditor]).await;
    let no = create(&c.clerk, &own("栖霞")).await;
    assert_eq!(
        issue(&c.clerk, &no, "property_proof").await.problem(409)["code"],
        "no_answer_today"
    );
    let shown = answer(&c.clerk, &no).await.ok(200);
    assert_eq!(shown["state"], "answered");
    assert_eq!(
        shown["answer"]["people"][0]["hits"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let proof = issue(&c.clerk, &no, "property_proof").await.ok(201);
    let number = proof["document_no"].as_str().unwrap();
    assert!(number.starts_with("有房20"), "{number}");
    let path = format!("/api/v1/searches/{no}/documents/{}", quoted(number));
    let page = c.clerk.get(&path).await;
    page.ok_html();
    let code = proof["check_code"].as_str().unwrap();
    for text in ["栖霞业主1", &resident(1), number, code, "共 1 处", "<svg"] {
        assert!(page.text().contains(text), "{text}");
    }
    // the public sees that it is genuine, and nobody's name
    let public = c.house.stranger();
    for path in [
        format!("/verify/{code}"),
        format!("/verify?code={}", code.to_lowercase()),
    ] {
        let checked = public.get(&path).await;
        checked.ok_html();
        let text = checked.text();
        assert!(text.contains("真实：由") && text.contains(number) && text.contains("共 1 处"));
        assert!(text.contains("栖****") && !text.contains("栖霞业主1"));
        assert!(!text.contains(&resident(1)) && !text.contains("<script"));
    }
    let log = auditor.get("/api/v1/search-log").await.ok(200);
    let line = &log["items"][0];
    assert_eq!(line["search_no"], no.as_str());
    assert_eq!((&line["documents"], &line["units"]), (&json!(1), &json!(1)));
    assert!(!log.to_string().contains("栖霞业主1") && !log.to_string().contains(&resident(1)));
    for action in [
        "search.created",
        "search.answered",
        "search.document_issued",
        "search.log_read",
    ] {
        assert_eq!(c.house.told(action).await, 1, "{action}");
    }
    assert_eq!(c.house.told("paper.printed").await, 1);
}

impl Answer {
    fn ok_html(&self) {
        assert_eq!(self.status.as_u16(), 200, "{}", self.text());
        assert!(self.media_type().starts_with("text/html"));
        let policy = self.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
    }
}

#[tokio::test]
async fn the_public_check_knows_only_codes_and_holds_back_the_eager() {
    let c = counter().await;
    let public = c.house.stranger();
    public.get("/verify").await.ok_html();
    for code in ["0000000000000000", "x", "%E6%94%80", "%00", "..%2F..%2Fetc"] {
        let answer = public.get(&format!("/verify/{code}")).await;
        assert_eq!(answer.status.as_u16(), 404, "{code}");
        assert!(answer.text().contains("没有查到"), "{code}");
    }
    let injected = public.get("/verify?code=%22%3E%3Cscript%3E").await.text();
    assert!(!injected.contains("<script>"));
    let mut last = 0;
    for _ in 0..40 {
        last = public.get("/verify/0000000000000000").await.status.as_u16();
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn a_search_that_may_not_be_answered_is_refused_with_its_articles() {
    let c = counter().await;
    let mut request = own("栖霞");
    request["applicant_kind"] = json!("intending");
    let no = create(&c.clerk, &request).await;
    let before = c.house.kept().await;
    let p = answer(&c.clerk, &no).await.problem(422);
    assert_eq!(p["code"], "search_refused");
    let rules: Vec<_> = p["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["rule"].as_str().unwrap())
        .collect();
    // not by name, no undertaking on paper, none given
    assert_eq!(rules, ["Q02", "Q03", "Q04"]);
    assert!(
        p["violations"][0]["law"]
            .as_str()
            .unwrap()
            .contains("第二十四条")
    );
    assert_eq!(
        c.house.kept().await,
        before,
        "a refusal shows and logs nothing"
    );
    request["index"] = json!("unit_code");
    request["units"] = json!([c.units[0]]);
    request["undertaking"] = json!(true);
    request["papers"] = json!([{ "code": "S1" }, { "code": "S2" }, { "code": "S8" }]);
    let path = format!("/api/v1/searches/{no}");
    let seen = [("if-match", "\"1\"")];
    c.clerk
        .with(Method::PUT, &path, &seen, &request)
        .await
        .ok(200);
    let stale = c
        .clerk
        .with(Method::PUT, &path, &seen, &request)
        .await
        .problem(409);
    assert_eq!(
        (&stale["code"], &stale["current_version"]),
        (&json!("stale_version"), &json!(2))
    );
    let shown = answer(&c.clerk, &no).await.ok(200);
    let text = shown["answer"].to_string();
    assert!(text.contains("是否存在抵押权登记") && !text.contains("栖霞业主1"));
    assert_eq!(
        issue(&c.clerk, &no, "register_extract").await.problem(409)["code"],
        "no_such_paper"
    );
    issue(&c.clerk, &no, "result_proof").await.ok(201);
}

#[tokio::test]
async fn a_refusal_is_given_in_writing() {
    let c = counter().await;
    let mut request = own("栖霞");
    request["applicant_kind"] = json!("public");
    let no = create(&c.clerk, &request).await;
    let path = format!("/api/v1/searches/{no}/refusal");
    let wrong = c
        .clerk
        .post(
            &path,
            &json!({ "ground": "x", "reason": "查询人不符合规定" }),
        )
        .await;
    assert_eq!(first_field(&wrong.problem(422)), "/ground");
    let body = json!({ "ground": "entitlement", "reason": "不是权利人或者利害关系人" });
    let key = fresh_key();
    let head = [("idempotency-key", key.as_str())];
    let done = c
        .clerk
        .with(Method::POST, &path, &head, &body)
        .await
        .ok(200);
    assert_eq!(done["state"], "refused");
    let again = c
        .clerk
        .with(Method::POST, &path, &head, &body)
        .await
        .ok(200);
    assert_eq!(done, again, "pressed twice, refused once");
    let url = done["documents"][0]["url"].as_str().unwrap();
    let (base, number) = url.rsplit_once('/').unwrap();
    let page = c.clerk.get(&format!("{base}/{}", quoted(number))).await;
    page.ok_html();
    assert!(page.text().contains("行政复议") && page.text().contains("第十一条"));
    assert_eq!(
        answer(&c.clerk, &no).await.problem(409)["code"],
        "search_closed"
    );
}

#[tokio::test]
async fn input_that_is_wrong_is_named_by_field() {
    let c = counter().await;
    let before = c.house.kept().await;
    for (pointer, value, field) in [
        (
            "/applicant/id/number",
            json!("510402"),
            "/applicant/id/number",
        ),
        ("/applicant_kind", json!("king"), "/applicant_kind"),
        ("/purpose", json!("好奇"), "/purpose"),
        ("/index", json!("soul"), "/index"),
        ("/papers", json!("S1"), "/papers"),
    ] {
        let mut request = own("栖霞");
        *request.pointer_mut(pointer).unwrap() = value;
        let p = c
            .clerk
            .post("/api/v1/searches", &request)
            .await
            .problem(422);
        assert_eq!(first_field(&p), field, "{p}");
    }
    for path in [
        "/searches?cursor=x",
        "/searches?cursor=9223372036854775807~CX",
        "/searches?colour=red",
    ] {
        c.clerk.get(&format!("/api/v1{path}")).await.problem(400);
    }
    let auditor = c.house.join(CITY, "watcher", &[Role::Auditor]).await;
    for path in [
        "/search-log?cursor=1~x",
        "/search-log?from=yesterday",
        "/search-alerts?cursor=x",
        "/search-alerts?open=perhaps",
    ] {
        auditor.get(&format!("/api/v1{path}")).await.problem(400);
    }
    for no in ["x", "CX", "CX510400", "%E6%9F%A5"] {
        c.clerk
            .get(&format!("/api/v1/searches/{no}"))
            .await
            .problem(404);
    }
    assert_eq!(c.house.kept().await.len(), before.len());
}

/// A grant for the business of searches alone opens searches alone.
#[tokio::test]
async fn the_permission_follows_the_business() {
    let c = counter().await;
    let chief = c.house.join(CITY, "chief", &[Role::Administrator]).await;
    for (username, business, status) in [("only", "900-00-10", 201), ("other", "200-04-02", 403)] {
        let id = c.house.hire(CITY, username, &[Role::Reception]).await;
        let grant = json!({ "role": "reception", "business": business, "authority": CITY, "valid_from": "2026-01-01" });
        let change = json!({ "grants": [grant], "reason": "只办查询" });
        let path = format!("/api/v1/staff/{id}/grants");
        chief
            .with(Method::PUT, &path, &[("if-match", "\"1\"")], &change)
            .await
            .ok(200);
        let clerk = c.house.sign_in(username).await;
        let answer = clerk.post("/api/v1/searches", &own("栖霞")).await;
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{business}: {}",
            answer.text()
        );
    }
}
