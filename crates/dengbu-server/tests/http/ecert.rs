//! Electronic certificates by the interface: the library follows the register, citizens and whom
//! they let in, programs of other departments, checks for everybody.

use dengbu_staff::{Action, Role};
use serde_json::{Value, json};

use crate::house::{CITY, Client, House};
use crate::land::{party, resident};
use crate::table::Reach;

/// Operations of this room.
pub const OPERATIONS: [&str; 46] = [
    "search_e_certificates",
    "issue_e_certificate",
    "e_certificate_figures",
    "read_e_certificate",
    "act_on_e_certificate",
    "e_certificate_file",
    "e_certificate_preview",
    "list_e_certificate_uses",
    "list_e_certificate_batches",
    "begin_e_certificate_batch",
    "read_e_certificate_batch",
    "act_on_e_certificate_batch",
    "list_e_certificate_batch_faults",
    "list_seals",
    "make_seal",
    "revoke_seal",
    "list_sharing_applications",
    "admit_sharing_application",
    "set_sharing_application",
    "act_on_sharing_application",
    "list_sharing_calls",
    "list_citizen_accounts",
    "open_citizen_account",
    "act_on_citizen_account",
    "check_certificate_code",
    "check_certificate_number",
    "check_certificate_file",
    "certificate_keys",
    "certificate_status_list",
    "citizen_sign_in",
    "read_citizen_session",
    "citizen_sign_out",
    "change_citizen_password",
    "list_own_certificates",
    "read_own_certificate",
    "own_certificate_file",
    "list_own_certificate_uses",
    "list_own_grants",
    "give_grant",
    "revoke_grant",
    "list_grant_uses",
    "open_grant",
    "take_grant_copy",
    "sharing_token",
    "sharing_search",
    "sharing_query",
];
/// More of them.
pub const MORE: [&str; 4] = [
    "sharing_metadata",
    "sharing_file",
    "sharing_verify_info",
    "sharing_verify_file",
];

/// An identity nobody has.
const NOBODY: &str = "0198c3c4-0000-7000-8000-000000000001";

/// What there is in 510402.
pub struct Kept {
    certificate: String,
    number: String,
    batch: String,
    application: String,
    citizen: String,
}

/// A certificate ordered at the counter, a batch that waits, a program, a citizen.
pub async fn fill(house: &House, maker: &Client, chief: &Client, clerk: &Client) -> Kept {
    let number = house
        .one("select min(certificate_no) from register_right where county = '510402'")
        .await;
    let ordered = maker
        .post(
            "/api/v1/e-certificates",
            &json!({ "certificate_no": number }),
        )
        .await
        .ok(201);
    let batch = maker
        .post(
            "/api/v1/e-certificate-batches",
            &json!({ "name": "栖霞存量" }),
        )
        .await
        .ok(201);
    let program = chief
        .post("/api/v1/sharing-applications", &secret_terms())
        .await
        .ok(201);
    let person =
        json!({ "name": "栖霞公民", "id_number": resident(300), "identity_check": "当面核验" });
    let citizen = clerk
        .post("/api/v1/citizen-accounts", &person)
        .await
        .ok(201);
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    Kept {
        certificate: text(&ordered["e_certificate_id"]),
        number,
        batch: text(&batch["batch_id"]),
        application: text(&program["application_id"]),
        citizen: text(&citizen["citizen_id"]),
    }
}

/// Terms whose name only the own authority may see.
fn secret_terms() -> Value {
    let mut own = terms(&["query"]);
    own["name"] = json!("栖霞信贷系统");
    own
}

pub fn terms(scopes: &[&str]) -> Value {
    json!({ "name": "示例信贷系统", "organisation": "示例银行", "basis": "共享协议 2026-01",
        "scopes": scopes, "per_minute": 60 })
}

/// Where and with what each operation is called.
pub fn aim(id: &str, k: &Kept) -> Option<(String, Option<Value>, Reach, Option<Action>)> {
    use Reach::{List, Object, Outside, Own};
    let at = |path: &str| format!("/api/v1{path}");
    let own = |rest: &str| at(&format!("/e-certificates/{}{rest}", k.certificate));
    let batch = |rest: &str| at(&format!("/e-certificate-batches/{}{rest}", k.batch));
    let program = |rest: &str| at(&format!("/sharing-applications/{}{rest}", k.application));
    let read = |path: String| Some((path, None, Object, Some(Action::ReadCertificates)));
    let list = |path: &str| Some((at(path), None, List, Some(Action::ReadCertificates)));
    let outside = |path: &str, body| Some((at(path), body, Outside, None));
    let issue = Some(Action::IssueECertificates);
    let share = Some(Action::ManageSharing);
    match id {
        "search_e_certificates" => list("/e-certificates?limit=100"),
        "issue_e_certificate" => {
            let body = json!({ "certificate_no": k.number });
            Some((at("/e-certificates"), Some(body), Object, issue))
        }
        "e_certificate_figures" => list("/e-certificates/statistics"),
        "read_e_certificate" => read(own("")),
        "act_on_e_certificate" => {
            let body = json!({ "action": "void", "reason": "试一试" });
            Some((own("/actions"), Some(body), Object, issue))
        }
        "e_certificate_file" => read(own("/files/ofd?purpose=x")),
        "e_certificate_preview" => read(own("/preview")),
        "list_e_certificate_uses" => read(own("/uses")),
        "list_e_certificate_batches" => list("/e-certificate-batches"),
        "begin_e_certificate_batch" => {
            let body = json!({ "name": "试一试", "dry_run": true, "items_max": 1 });
            Some((at("/e-certificate-batches"), Some(body), Own, issue))
        }
        "read_e_certificate_batch" => read(batch("")),
        "act_on_e_certificate_batch" => Some((
            batch("/actions"),
            Some(json!({ "action": "pause" })),
            Object,
            issue,
        )),
        "list_e_certificate_batch_faults" => read(batch("/faults")),
        "list_seals" => Some((at("/seals"), None, List, Some(Action::ManageSeals))),
        "make_seal" => {
            let body = Some(json!({ "name": "试用章" }));
            Some((at("/seals"), body, Own, Some(Action::ManageSeals)))
        }
        "revoke_seal" => {
            let path = at(&format!("/seals/{NOBODY}/revocation"));
            let body = Some(json!({ "reason": "试一试" }));
            Some((path, body, Object, Some(Action::ManageSeals)))
        }
        "list_sharing_applications" => Some((at("/sharing-applications"), None, List, share)),
        "admit_sharing_application" => Some((
            at("/sharing-applications"),
            Some(terms(&["query"])),
            Own,
            share,
        )),
        "set_sharing_application" => Some((program(""), Some(terms(&["query"])), Object, share)),
        "act_on_sharing_application" => Some((
            program("/actions"),
            Some(json!({ "action": "suspend" })),
            Object,
            share,
        )),
        // a list of nothing, for whoever is not of that authority
        "list_sharing_calls" => Some((program("/calls"), None, List, share)),
        "list_citizen_accounts" => Some((
            at("/citizen-accounts"),
            None,
            List,
            Some(Action::ServeCitizens),
        )),
        "open_citizen_account" => {
            let body = json!({ "name": "新人", "id_number": "1", "identity_check": "当面" });
            Some((
                at("/citizen-accounts"),
                Some(body),
                Own,
                Some(Action::ServeCitizens),
            ))
        }
        "act_on_citizen_account" => {
            let path = at(&format!("/citizen-accounts/{}/actions", k.citizen));
            let body = json!({ "action": "lock", "reason": "试一试" });
            Some((path, Some(body), Object, Some(Action::ServeCitizens)))
        }
        "check_certificate_code" => outside("/public/certificates/code/ABC", None),
        "check_certificate_number" => outside(
            "/public/certificates/check",
            Some(json!({ "certificate_no": "川", "holder_name": "某人" })),
        ),
        "check_certificate_file" => outside("/public/certificates/file", Some(json!({}))),
        "certificate_keys" => outside("/public/certificates/keys", None),
        "certificate_status_list" => outside("/public/certificates/status/510400", None),
        "citizen_sign_in" => outside(
            "/citizen/session",
            Some(json!({ "id_number": "1", "password": "falsch" })),
        ),
        "read_citizen_session" | "citizen_sign_out" => outside("/citizen/session", None),
        "change_citizen_password" => outside(
            "/citizen/password",
            Some(json!({ "current": "1", "new": "2" })),
        ),
        "list_own_certificates" => outside("/citizen/certificates", None),
        "read_own_certificate" => {
            outside(&format!("/citizen/certificates/{}", k.certificate), None)
        }
        "own_certificate_file" => outside(
            &format!("/citizen/certificates/{}/files/pdf", k.certificate),
            None,
        ),
        "list_own_certificate_uses" => outside(
            &format!("/citizen/certificates/{}/uses", k.certificate),
            None,
        ),
        "list_own_grants" => outside("/citizen/grants", None),
        "give_grant" => outside(
            "/citizen/grants",
            Some(
                json!({ "e_certificate_id": k.certificate, "grantee": "某", "purpose": "某", "scope": "state" }),
            ),
        ),
        "revoke_grant" => outside(&format!("/citizen/grants/{NOBODY}/revocation"), None),
        "list_grant_uses" => outside(&format!("/citizen/grants/{NOBODY}/uses"), None),
        "open_grant" => outside(
            "/public/certificates/grants/open",
            Some(json!({ "code": "X", "grantee": "某" })),
        ),
        "take_grant_copy" => outside(
            "/public/certificates/grants/copy",
            Some(json!({ "code": "X", "grantee": "某", "format": "pdf" })),
        ),
        "sharing_token" => outside(
            "/sharing/token",
            Some(json!({ "access_id": "1", "secret": "2" })),
        ),
        other => outside(
            &format!("/{}", other.replacen('_', "/", 1).replace('_', "-")),
            Some(json!({ "certificate": "1", "purpose": "某" })),
        ),
    }
}

/// A citizen at the portal.
pub async fn enter(house: &House, number: &str, password: &str) -> Client {
    let given = json!({ "id_number": number, "password": password });
    let answer = house
        .stranger()
        .post("/api/v1/citizen/session", &given)
        .await;
    let csrf = answer.ok(200)["csrf_token"].as_str().map(str::to_owned);
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    Client {
        cookie: cookie.split(';').next().map(str::to_owned),
        csrf,
        ..house.stranger()
    }
}

/// Opens an account for a person and replaces the one-time password.
pub async fn citizen(house: &House, desk: &Client, name: &str, number: &str) -> Client {
    let person =
        json!({ "name": name, "id_number": number, "identity_check": "当面核验身份证原件" });
    let opened = desk.post("/api/v1/citizen-accounts", &person).await.ok(201);
    let one_time = opened["one_time_password"].as_str().unwrap();
    let first = enter(house, number, one_time).await;
    let p = first.get("/api/v1/citizen/certificates").await.problem(403);
    assert_eq!(p["code"], "password_change_needed");
    let change = json!({ "current": one_time, "new": "Xin-Kou-Ling-9x" });
    first
        .post("/api/v1/citizen/password", &change)
        .await
        .ok(204);
    enter(house, number, "Xin-Kou-Ling-9x").await
}

/// A sale that is recorded; gives the number of the buyer's certificate.
pub async fn sell(house: &House, unit: &str, buyer: u32, staff: &[Client; 3]) -> String {
    let [desk, reviewer, registrar] = staff;
    let case_no = desk
        .ready_sale(unit, party("买方某", &resident(buyer)))
        .await;
    desk.act(&case_no, json!({ "action": "submit" }))
        .await
        .ok(200);
    let first = house.sign_in("first").await;
    for (who, action) in [(&first, "agree"), (reviewer, "agree")] {
        who.act(&case_no, json!({ "action": action })).await.ok(200);
    }
    let done = registrar
        .act(&case_no, json!({ "action": "record" }))
        .await
        .ok(200);
    done["results"][0]["certificate_no"]
        .as_str()
        .unwrap()
        .to_owned()
}

pub async fn office(house: &House) -> [Client; 3] {
    house.join(CITY, "first", &[Role::FirstReviewer]).await;
    [
        house.join(CITY, "desk", &[Role::Reception]).await,
        house.join(CITY, "reviewer", &[Role::Reviewer]).await,
        house.join(CITY, "registrar", &[Role::Registrar]).await,
    ]
}

pub async fn states(house: &House) -> String {
    house
        .one("select string_agg(certificate_no || ' ' || state, ', ' order by certificate_no, version) from e_certificate")
        .await
}

#[tokio::test]
async fn the_library_follows_the_register_in_the_same_transaction() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let staff = office(&house).await;
    let one = sell(&house, &unit, 101, &staff).await;
    assert_eq!(states(&house).await, format!("{one} draft"));
    let jobs =
        "select count(*)::text from job where kind = 'e_certificate.make' and state = 'ready'";
    assert_eq!(house.one(jobs).await, "1");
    // as if sealed: the next sale must end it
    let mut tx = house.tx(CITY).await;
    sqlx::query("update e_certificate set state = 'issued'")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let two = sell(&house, &unit, 102, &staff).await;
    assert_eq!(states(&house).await, format!("{one} revoked, {two} draft"));
    let caused = "select count(*)::text from e_certificate c join register_entry e
         on e.county = c.county and e.entry_id = c.state_entry where c.state = 'revoked'";
    assert_eq!(
        house.one(caused).await,
        "1",
        "the entry that ended it is named"
    );
    let told = "select string_agg(payload ->> 'state', ',' order by id) from outbox where topic = 'e_certificate.state'";
    assert_eq!(house.one(told).await, "revoked");
    let numbers = format!(
        "select count(*)::text from e_certificate_holder where position('{}'::bytea in id_cipher) > 0",
        resident(101)
    );
    assert_eq!(
        house.one(&numbers).await,
        "0",
        "identity numbers are enciphered"
    );
}

#[tokio::test]
async fn a_citizen_sees_the_own_certificates_only_and_every_look_is_kept() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let staff = office(&house).await;
    let number = sell(&house, &unit, 101, &staff).await;
    let owner = citizen(&house, &staff[0], "买方某", &resident(101)).await;
    let own = owner.get("/api/v1/citizen/certificates").await.ok(200);
    assert_eq!(own["items"][0]["certificate_no"], json!(number));
    let id = own["items"][0]["e_certificate_id"].as_str().unwrap();
    let path = format!("/api/v1/citizen/certificates/{id}");
    let shown = owner.get(&path).await.ok(200);
    assert_eq!(shown["holder_list"][0]["name"], "买方某");
    assert!(!shown.to_string().contains(&resident(101)), "{shown}");
    let uses = owner.get(&format!("{path}/uses")).await.ok(200);
    assert_eq!(uses["items"][0]["channel"], "owner");
    let other = citizen(&house, &staff[0], "别人", &resident(202)).await;
    other.get(&path).await.problem(404);
    other.get(&format!("{path}/uses")).await.problem(404);
    let none = other.get("/api/v1/citizen/certificates").await.ok(200);
    assert_eq!(none["items"], json!([]));
    // a session of citizens opens nothing of staff, and the other way round
    owner.get("/api/v1/e-certificates").await.problem(401);
    staff[0]
        .get("/api/v1/citizen/certificates")
        .await
        .problem(401);
    // a draft is not shared with anybody
    let body = json!({ "e_certificate_id": id, "grantee": "示例银行", "purpose": "贷款", "scope": "fields" });
    owner
        .post("/api/v1/citizen/grants", &body)
        .await
        .problem(409);
    // one person, one account
    let again = json!({ "name": "买方某", "id_number": resident(101), "identity_check": "当面" });
    staff[0]
        .post("/api/v1/citizen-accounts", &again)
        .await
        .problem(409);
}

#[tokio::test]
async fn a_grant_is_used_once_by_whom_it_names_until_it_is_taken_back() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let staff = office(&house).await;
    sell(&house, &unit, 101, &staff).await;
    let mut tx = house.tx(CITY).await;
    sqlx::query("update e_certificate set state = 'issued'")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let owner = citizen(&house, &staff[0], "买方某", &resident(101)).await;
    let own = owner.get("/api/v1/citizen/certificates").await.ok(200);
    let id = own["items"][0]["e_certificate_id"].as_str().unwrap();
    let give = |scope: &str| json!({ "e_certificate_id": id, "grantee": "示例银行", "purpose": "贷款", "scope": scope });
    let given = owner
        .post("/api/v1/citizen/grants", &give("fields"))
        .await
        .ok(201);
    let code = given["code"].as_str().unwrap();
    let kept = house
        .one("select encode(code_hash, 'hex') from e_certificate_grant")
        .await;
    assert!(!kept.contains(&code.replace('-', "").to_lowercase()));
    let open = "/api/v1/public/certificates/grants/open";
    let by = |code: &str, who: &str| json!({ "code": code, "grantee": who });
    let bank = house.stranger();
    // another name, another code: the same words
    let wrong_name = bank.post(open, &by(code, "别的银行")).await.problem(404);
    let wrong_code = bank
        .post(open, &by("00000-00000-00000-00000-00000-0", "示例银行"))
        .await
        .problem(404);
    assert_eq!(wrong_name["title"], wrong_code["title"]);
    let seen = bank
        .post(open, &by(&code.to_lowercase(), " 示例银行 "))
        .await
        .ok(200);
    assert_eq!(seen["verdict"]["outcome"], "valid");
    assert_eq!(seen["uses_left"], 0);
    let p = bank.post(open, &by(code, "示例银行")).await.problem(410);
    assert_eq!(p["code"], "spent", "a replay is refused");
    let grant = given["grant"]["grant_id"].as_str().unwrap();
    let uses = owner
        .get(&format!("/api/v1/citizen/grants/{grant}/uses"))
        .await
        .ok(200);
    assert_eq!(uses["items"].as_array().unwrap().len(), 1);
    assert_eq!(uses["items"][0]["who"], "示例银行");
    // taken back
    let second = owner
        .post("/api/v1/citizen/grants", &give("state"))
        .await
        .ok(201);
    let path = format!(
        "/api/v1/citizen/grants/{}/revocation",
        second["grant"]["grant_id"].as_str().unwrap()
    );
    owner.post(&path, &json!({})).await.ok(200);
    let code = second["code"].as_str().unwrap();
    let p = bank.post(open, &by(code, "示例银行")).await.problem(410);
    assert_eq!(p["code"], "revoked");
    // expired
    let third = owner
        .post("/api/v1/citizen/grants", &give("state"))
        .await
        .ok(201);
    let mut tx = house.tx(CITY).await;
    sqlx::query("update e_certificate_grant set not_before = now() - interval '2 days', not_after = now() - interval '1 day'")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let code = third["code"].as_str().unwrap();
    let p = bank.post(open, &by(code, "示例银行")).await.problem(410);
    assert_eq!(p["code"], "expired");
    // no file without the owner's word
    let copy = json!({ "code": code, "grantee": "示例银行", "format": "pdf" });
    bank.post("/api/v1/public/certificates/grants/copy", &copy)
        .await
        .problem(410);
}

#[tokio::test]
async fn many_at_once_get_one_use() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let staff = office(&house).await;
    sell(&house, &unit, 101, &staff).await;
    let mut tx = house.tx(CITY).await;
    sqlx::query("update e_certificate set state = 'issued'")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let owner = citizen(&house, &staff[0], "买方某", &resident(101)).await;
    let own = owner.get("/api/v1/citizen/certificates").await.ok(200);
    let id = own["items"][0]["e_certificate_id"].as_str().unwrap();
    let body = json!({ "e_certificate_id": id, "grantee": "示例银行", "purpose": "贷款", "scope": "fields" });
    let given = owner.post("/api/v1/citizen/grants", &body).await.ok(201);
    let asked = json!({ "code": given["code"], "grantee": "示例银行" });
    let bank = house.stranger();
    let at_once = (0..8).map(|_| bank.post("/api/v1/public/certificates/grants/open", &asked));
    let answers = futures_util::future::join_all(at_once).await;
    let through = answers.iter().filter(|a| a.status == 200).count();
    assert_eq!(through, 1);
    assert!(answers.iter().all(|a| a.status == 200 || a.status == 410));
}

#[tokio::test]
async fn number_and_name_are_checked_together_and_nothing_more_is_told() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let staff = office(&house).await;
    let number = sell(&house, &unit, 101, &staff).await;
    let mut tx = house.tx(CITY).await;
    sqlx::query("update e_certificate set state = 'issued'")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let public = house.stranger();
    let path = "/api/v1/public/certificates/check";
    let ask = |number: &str, name: &str| json!({ "certificate_no": number, "holder_name": name });
    let full_width = number.replace('(', "（").replace(')', "）");
    let said = public
        .post(path, &ask(&full_width, " 买方某"))
        .await
        .ok(200);
    assert_eq!(said["outcome"], "valid");
    assert_eq!(said["certificate"]["holders"], "买**");
    assert!(!said.to_string().contains(&resident(101)));
    let wrong = public.post(path, &ask(&number, "买方别")).await.ok(200);
    let unknown = public
        .post(path, &ask("川(2026)攀枝花市不动产权第0009999号", "买方某"))
        .await
        .ok(200);
    for key in ["outcome", "title", "detail", "certificate", "code"] {
        assert_eq!(wrong[key], unknown[key]);
    }
    assert_eq!(unknown["outcome"], "unknown");
    sell(&house, &unit, 102, &staff).await;
    let ended = public.post(path, &ask(&number, "买方某")).await.ok(200);
    assert_eq!(
        (ended["outcome"].as_str(), ended["code"].as_i64()),
        (Some("ended"), Some(3))
    );
    for bad in [
        ask("", "甲"),
        ask("川", ""),
        ask(&"川".repeat(500), "甲"),
        ask("川\u{1}", "甲"),
    ] {
        public.post(path, &bad).await.problem(422);
    }
}

#[tokio::test]
async fn guessing_a_citizens_password_is_stopped() {
    let house = House::new().await;
    let staff = office(&house).await;
    citizen(&house, &staff[0], "某人", &resident(101)).await;
    let path = "/api/v1/citizen/session";
    let wrong = json!({ "id_number": resident(101), "password": "falsch" });
    let nobody = json!({ "id_number": resident(102), "password": "falsch" });
    let outside = house.stranger();
    let one = outside.post(path, &wrong).await.problem(401);
    let other = outside.post(path, &nobody).await.problem(401);
    assert_eq!(one["title"], other["title"]);
    for _ in 0..4 {
        outside.post(path, &wrong).await.problem(401);
    }
    let right = json!({ "id_number": resident(101), "password": "Xin-Kou-Ling-9x" });
    let p = outside.post(path, &right).await.problem(429);
    assert_eq!(p["code"], "barred");
}
