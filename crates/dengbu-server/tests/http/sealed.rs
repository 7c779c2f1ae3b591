//! What is sealed: made, checked, given out, ended; bulk issue that goes on.

use dengbu_staff::Role;
use serde_json::{Value, json};

use crate::ecert::{citizen, office, sell};
use crate::house::{CITY, Client, House};
use crate::land::resident;

/// A maker with a seal: what was recorded is sealed by the loop, here run by hand.
pub async fn with_seal(house: &House) -> Client {
    let chief = house.join(CITY, "seal-chief", &[Role::Administrator]).await;
    let name = json!({ "name": "示例市不动产登记专用章" });
    let made = chief.post("/api/v1/seals", &name).await.ok(201);
    assert_eq!(made["state"], "active");
    chief
}

pub async fn make_all(house: &House) {
    while dengbu_server::ecert::work::make_waiting(&house.app)
        .await
        .unwrap_or_else(|p| panic!("{}", p.title))
        > 0
    {}
}

pub async fn upload(house: &House, file: &[u8]) -> Value {
    house
        .stranger()
        .upload_to("/api/v1/public/certificates/file", &[], file)
        .await
        .ok(200)
}

/// Value of a text field inside the file's description of itself.
fn code_of(ofd: &[u8]) -> String {
    let file = dengbu_ofd::OfdFile::open(ofd).unwrap();
    file.custom.get("CODE").unwrap().clone()
}

#[tokio::test]
async fn what_is_recorded_is_sealed_checked_given_out_and_ends_with_the_register() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let staff = office(&house).await;
    let number = sell(&house, &unit, 101, &staff).await;
    // without a seal it waits and says why
    make_all(&house).await;
    let maker = house.join(CITY, "maker", &[Role::CertificateMaker]).await;
    let listed = maker
        .get("/api/v1/e-certificates?faulty=true")
        .await
        .ok(200);
    let fault = listed["items"][0]["fault"].as_str().unwrap();
    assert!(fault.contains("印章"), "{fault}");
    let id = listed["items"][0]["e_certificate_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let chief = with_seal(&house).await;
    let path = format!("/api/v1/e-certificates/{id}");
    let again = json!({ "action": "make_again", "reason": "已有印章" });
    maker.post(&format!("{path}/actions"), &again).await.ok(200);
    make_all(&house).await;
    let shown = maker.get(&path).await.ok(200);
    assert_eq!(shown["state"], "issued", "{shown}");
    assert!(
        shown["identifier"]
            .as_str()
            .unwrap()
            .starts_with("1.2.156.3005.2.")
    );
    assert!(
        !shown.to_string().contains(&resident(101)),
        "numbers are masked"
    );
    // a second run makes nothing twice
    make_all(&house).await;
    assert_eq!(
        house
            .one("select count(*)::text from e_certificate_file")
            .await,
        "1"
    );

    let taken = maker
        .get(&format!("{path}/files/ofd?purpose=%E6%A0%B8%E5%AF%B9"))
        .await;
    assert_eq!(taken.status, 200, "{}", taken.text());
    let ofd = taken.bytes;
    let pdf = maker
        .get(&format!("{path}/files/pdf?purpose=%E6%A0%B8%E5%AF%B9"))
        .await;
    assert_eq!(pdf.status, 200, "{}", pdf.text());
    let preview = maker.get(&format!("{path}/preview")).await;
    assert!(preview.bytes.starts_with(b"%PDF-"));
    maker.get(&format!("{path}/files/ofd")).await.problem(422);
    for file in [&ofd, &pdf.bytes] {
        let said = upload(&house, file).await;
        assert_eq!(said["outcome"], "valid", "{said}");
        assert_eq!(said["certificate"]["certificate_no"], json!(number));
        assert!(!said.to_string().contains(&resident(101)));
    }
    let code = code_of(&ofd);
    let by_code = format!("/api/v1/public/certificates/code/{code}");
    let said = house.stranger().get(&by_code).await.ok(200);
    assert_eq!(said["outcome"], "valid", "{said}");
    bad_files(&house, &ofd, &pdf.bytes).await;
    bad_codes(&house, &code).await;
    keys_and_list(&house).await;

    // suspended, valid again
    let order = json!({ "action": "suspend", "reason": "更正核查", "order_no": "示2026-1",
        "until": (chrono::Utc::now() + chrono::TimeDelta::days(30)).date_naive() });
    maker.post(&format!("{path}/actions"), &order).await.ok(200);
    assert_eq!(
        house.stranger().get(&by_code).await.ok(200)["outcome"],
        "suspended"
    );
    maker
        .post(&format!("{path}/actions"), &order)
        .await
        .problem(409);
    let resume = json!({ "action": "resume", "reason": "核查完毕" });
    maker
        .post(&format!("{path}/actions"), &resume)
        .await
        .ok(200);
    // an issued one is not voided by hand
    let void = json!({ "action": "void", "reason": "试一试" });
    maker
        .post(&format!("{path}/actions"), &void)
        .await
        .problem(409);

    copies(&house, &staff[0], &id).await;

    // the register ends it
    sell(&house, &unit, 102, &staff).await;
    assert_eq!(
        house.stranger().get(&by_code).await.ok(200)["outcome"],
        "ended"
    );
    assert_eq!(upload(&house, &ofd).await["outcome"], "ended");
    // a seal that is revoked: what it sealed before is judged as it was
    let seals = chief.get("/api/v1/seals").await.ok(200);
    let seal = seals["items"][0]["seal_id"].as_str().unwrap();
    let why = json!({ "reason": "密钥泄露" });
    chief
        .post(&format!("/api/v1/seals/{seal}/revocation"), &why)
        .await
        .ok(200);
    let said = house.stranger().get(&by_code).await.ok(200);
    assert_eq!(said["outcome"], "ended");
    assert!(said["detail"].as_str().unwrap().contains("撤销"), "{said}");
    for file in [&ofd, &pdf.bytes] {
        let said = upload(&house, file).await;
        assert_eq!(said["outcome"], "ended", "{said}");
        assert!(said["detail"].as_str().unwrap().contains("在此之前"));
    }
    chief
        .post(&format!("/api/v1/seals/{seal}/revocation"), &why)
        .await
        .problem(409);
}

async fn bad_files(house: &House, ofd: &[u8], pdf: &[u8]) {
    let at = |part: usize| ofd.len() * part / 100;
    let mut flipped = ofd.to_vec();
    flipped[at(40)] ^= 0x20;
    let said = upload(house, &flipped).await;
    assert_ne!(said["outcome"], "valid", "{said}");
    let said = upload(house, &ofd[..at(70)]).await;
    assert_ne!(said["outcome"], "valid");
    let mut text = pdf.to_vec();
    let middle = text.len() / 2;
    text[middle] ^= 1;
    assert_eq!(upload(house, &text).await["outcome"], "altered");
    for rubbish in [
        &b"PK\x03\x04 no zip"[..],
        b"%PDF-1.7 nothing",
        b"GIF89a",
        &[0; 100],
    ] {
        let said = upload(house, rubbish).await;
        assert!(
            ["unknown", "altered"].contains(&said["outcome"].as_str().unwrap()),
            "{said}"
        );
    }
}

async fn bad_codes(house: &House, code: &str) {
    let public = house.stranger();
    let path = |text: &str| format!("/api/v1/public/certificates/code/{text}");
    let last = if code.ends_with('A') { "B" } else { "A" };
    let middle = if &code[60..61] == "C" { "D" } else { "C" };
    let changed = format!("{}{middle}{}", &code[..60], &code[61..]);
    assert_eq!(
        public.get(&path(&changed)).await.ok(200)["outcome"],
        "altered"
    );
    for bad in [
        &code[..100],
        "ABC",
        &format!("{}{last}{last}", code),
        &"A".repeat(189),
    ] {
        let said = public.get(&path(bad)).await.ok(200);
        assert_ne!(said["outcome"], "valid", "{bad}");
    }
}

async fn keys_and_list(house: &House) {
    let public = house.stranger();
    let keys = public.get("/api/v1/public/certificates/keys").await.ok(200);
    let set: Value = serde_json::from_str(keys["set"].as_str().unwrap()).unwrap();
    assert_eq!(set["keys"][0]["authority"], CITY);
    let list = public
        .get(&format!("/api/v1/public/certificates/status/{CITY}"))
        .await;
    assert_eq!(list.status, 200);
    assert!(list.bytes.starts_with(b"DBS1"));
    public
        .get("/api/v1/public/certificates/status/999999")
        .await
        .problem(404);
}

async fn copies(house: &House, desk: &Client, id: &str) {
    let owner = citizen(house, desk, "买方某", &resident(101)).await;
    let body = json!({ "e_certificate_id": id, "grantee": "示例银行", "purpose": "抵押贷款", "scope": "copy" });
    let given = owner.post("/api/v1/citizen/grants", &body).await.ok(201);
    let ask = json!({ "code": given["code"], "grantee": "示例银行", "format": "ofd" });
    let bank = house.stranger();
    let take = "/api/v1/public/certificates/grants/copy";
    let copy = bank.post(take, &ask).await;
    assert_eq!(copy.status, 200, "{}", copy.text());
    let said = upload(house, &copy.bytes).await;
    assert_eq!(said["outcome"], "valid", "{said}");
    assert_eq!(said["copy"]["grantee"], "示例银行");
    bank.post(take, &ask).await.problem(410);
    let mine = owner
        .get(&format!("/api/v1/citizen/certificates/{id}/files/pdf"))
        .await;
    assert_eq!(mine.status, 200);
}

/// What was sealed before a seal was revoked stays valid and says so; what is said to be sealed
/// after is not believed; a new seal goes on.
#[tokio::test]
async fn a_revoked_seal_is_judged_by_the_time() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let staff = office(&house).await;
    let chief = with_seal(&house).await;
    sell(&house, &unit, 101, &staff).await;
    make_all(&house).await;
    let maker = house.join(CITY, "maker", &[Role::CertificateMaker]).await;
    let listed = maker.get("/api/v1/e-certificates").await.ok(200);
    let id = listed["items"][0]["e_certificate_id"].as_str().unwrap();
    let file = format!("/api/v1/e-certificates/{id}/files/ofd?purpose=x");
    let ofd = maker.get(&file).await.bytes;
    let by_code = format!("/api/v1/public/certificates/code/{}", code_of(&ofd));
    let seals = chief.get("/api/v1/seals").await.ok(200);
    assert_eq!(seals["trial"], true);
    let seal = seals["items"][0]["seal_id"].as_str().unwrap().to_owned();
    // another seal in its place: the one before retires
    with_second_seal(&chief).await;
    let said = house.stranger().get(&by_code).await.ok(200);
    assert_eq!(said["outcome"], "valid", "{said}");
    assert!(said["detail"].as_str().unwrap().contains("停用换新"));
    assert_eq!(said["trial"], true);
    let why = json!({ "reason": "密钥泄露" });
    let path = format!("/api/v1/seals/{seal}/revocation");
    chief.post(&path, &why).await.ok(200);
    for said in [
        house.stranger().get(&by_code).await.ok(200),
        upload(&house, &ofd).await,
    ] {
        assert_eq!(said["outcome"], "valid", "{said}");
        assert!(said["detail"].as_str().unwrap().contains("撤销"), "{said}");
    }
    // the same, had the seal been revoked before
    let mut tx = house.db.store().system().await.unwrap();
    sqlx::query("update e_seal set ended_at = ended_at - interval '1 day' where state = 'revoked'")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        house.stranger().get(&by_code).await.ok(200)["outcome"],
        "altered"
    );
    assert_eq!(upload(&house, &ofd).await["outcome"], "unknown");
}

async fn with_second_seal(chief: &Client) {
    let name = json!({ "name": "示例市不动产登记专用章" });
    chief.post("/api/v1/seals", &name).await.ok(201);
}

/// A search's result is an electronic certificate from the moment it is made.
#[tokio::test]
async fn a_result_paper_is_sealed_with_the_seal_for_searches() {
    let house = House::new().await;
    house.plant(CITY, "510402", "栖霞", 1).await;
    let chief = with_seal(&house).await;
    let clerk = house.join(CITY, "counter", &[Role::Reception]).await;
    let no = crate::searches::answered(&clerk, "栖霞").await;
    let kinds = ["property_proof", "result_proof", "register_extract"];
    for kind in kinds {
        let made = crate::searches::issue(&clerk, &no, kind).await.ok(201);
        assert_eq!(made["e_certificate"]["state"], "draft", "{made}");
    }
    make_all(&house).await;
    let shown = |client: &Client| {
        let path = format!("/api/v1/searches/{no}");
        let client = client.clone();
        async move { client.get(&path).await.ok(200) }
    };
    let waiting = shown(&clerk).await;
    let fault = waiting["documents"][0]["e_certificate"]["fault"].as_str();
    assert!(fault.unwrap().contains("查询专用章"), "{waiting}");
    let seal = json!({ "name": "示例市不动产登记查询专用章", "purpose": "search" });
    chief.post("/api/v1/seals", &seal).await.ok(201);
    let maker = house.join(CITY, "maker", &[Role::CertificateMaker]).await;
    for d in waiting["documents"].as_array().unwrap() {
        let id = d["e_certificate"]["e_certificate_id"].as_str().unwrap();
        let again = json!({ "action": "make_again", "reason": "已有印章" });
        let path = format!("/api/v1/e-certificates/{id}/actions");
        maker.post(&path, &again).await.ok(200);
    }
    make_all(&house).await;
    let done = shown(&clerk).await;
    for d in done["documents"].as_array().unwrap() {
        let c = &d["e_certificate"];
        assert_eq!(c["state"], "issued", "{d}");
        let number = d["document_no"].as_str().unwrap();
        let path = format!(
            "/api/v1/searches/{no}/documents/{}/files",
            crate::searches::quoted(number)
        );
        for format in ["ofd", "pdf"] {
            let taken = clerk.get(&format!("{path}/{format}")).await;
            assert_eq!(taken.status, 200, "{}", taken.text());
            let said = upload(&house, &taken.bytes).await;
            assert_eq!(said["outcome"], "valid", "{said}");
            assert_eq!(said["certificate"]["certificate_no"], json!(number));
            assert!(said["certificate"]["unit_code"].is_null());
            assert!(!said.to_string().contains("栖霞业主1"), "names are masked");
            assert!(!said.to_string().contains(&resident(1)));
            if format == "ofd" {
                let code = code_of(&taken.bytes);
                let by_code = format!("/api/v1/public/certificates/code/{code}");
                assert_eq!(
                    house.stranger().get(&by_code).await.ok(200)["outcome"],
                    "valid"
                );
            }
        }
        let check = json!({ "certificate_no": number, "holder_name": "栖霞业主1" });
        let said = house
            .stranger()
            .post("/api/v1/public/certificates/check", &check)
            .await
            .ok(200);
        assert_eq!(said["outcome"], "valid", "{said}");
        assert!(said["detail"].as_str().unwrap().contains("查询时点"));
    }
    // the applicant finds it among the own certificates
    let own = citizen(&house, &clerk, "栖霞业主1", &resident(1)).await;
    let mine = own.get("/api/v1/citizen/certificates").await.ok(200);
    assert_eq!(mine["items"].as_array().unwrap().len(), kinds.len());
    chain_of_events(&house).await;
}

/// Events are chained; who changes one, or a state behind its back, is found out.
async fn chain_of_events(house: &House) {
    use sqlx::Connection as _;
    let store = house.db.store();
    while dengbu_server::background::seal_library(store)
        .await
        .unwrap()
        > 0
    {}
    let verify = async || {
        let mut tx = store.system().await.unwrap();
        dengbu_certlib::chain::verify(&mut tx).await.unwrap()
    };
    let whole = verify().await;
    assert_eq!((&whole.broken, whole.unsealed), (&None, 0));
    assert!(whole.links > 5, "{whole:?}");
    let mut owner = sqlx::PgConnection::connect(house.db.owner_url())
        .await
        .unwrap();
    sqlx::query("select set_config('app.scope', '510400,510402', false)")
        .execute(&mut owner)
        .await
        .unwrap();
    let mut tamper = async |sql: &str| {
        sqlx::query(sqlx::AssertSqlSafe(sql.to_owned()))
            .execute(&mut owner)
            .await
            .unwrap();
        verify().await.broken
    };
    let said = tamper("update e_certificate set state = 'revoked'").await;
    assert!(said.unwrap().contains("不一致"));
    assert_eq!(
        tamper("update e_certificate set state = 'issued'").await,
        None
    );
    let said = tamper("update e_certificate_event set reason = '改动' where kind = 'issued'").await;
    assert!(said.unwrap().contains("改动"));
    let said = tamper("update e_certificate_event set reason = null where kind = 'issued'").await;
    assert_eq!(said, None);
    let said = tamper("delete from e_certificate_event where kind = 'failed'").await;
    assert!(said.unwrap().contains("缺失"));
}

/// Bulk issue: each number once, whatever is cut off in between.
#[tokio::test]
async fn a_bulk_issue_goes_on_without_gap_or_double() {
    let house = House::new().await;
    house.plant(CITY, "510402", "栖霞", 12).await;
    with_seal(&house).await;
    let mut tx = house.tx(CITY).await;
    // titles of today's form, but for one of an earlier system
    sqlx::query(
        "update register_right set certificate_no = '川(2026)攀枝花市不动产权第' || lpad(right(unit_code, 4), 7, '0') || '号'
         where right(unit_code, 4) <> '0012'",
    )
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let maker = house.join(CITY, "maker", &[Role::CertificateMaker]).await;
    let dry = json!({ "name": "检查", "dry_run": true });
    let dry = maker
        .post("/api/v1/e-certificate-batches", &dry)
        .await
        .ok(201);
    let busy = maker
        .post(
            "/api/v1/e-certificate-batches",
            &json!({ "name": "另一批" }),
        )
        .await
        .problem(409);
    assert_eq!(busy["code"], "refused");
    run_batches(&house).await;
    let path = format!(
        "/api/v1/e-certificate-batches/{}",
        dry["batch_id"].as_str().unwrap()
    );
    let done = maker.get(&path).await.ok(200);
    assert_eq!(
        (
            done["state"].as_str(),
            done["done"].as_i64(),
            done["failed"].as_i64()
        ),
        (Some("done"), Some(11), Some(1)),
        "{done}"
    );
    assert_eq!(
        house.one("select count(*)::text from e_certificate").await,
        "0"
    );
    let faults = maker.get(&format!("{path}/faults")).await.ok(200);
    assert_eq!(faults["items"][0]["code"], "earlier_number");

    let real = maker
        .post("/api/v1/e-certificate-batches", &json!({ "name": "存量" }))
        .await
        .ok(201);
    let path = format!(
        "/api/v1/e-certificate-batches/{}",
        real["batch_id"].as_str().unwrap()
    );
    // collected, then cut off in the middle of a chunk: the work is dropped with its transaction
    dengbu_server::ecert::work::batch_step(&house.app, None)
        .await
        .unwrap_or_else(|p| panic!("{}", p.title));
    let app = house.app.clone();
    let cut = tokio::spawn(async move { dengbu_server::ecert::work::batch_step(&app, None).await });
    tokio::task::yield_now().await;
    cut.abort();
    let _ = cut.await;
    maker
        .post(&format!("{path}/actions"), &json!({ "action": "pause" }))
        .await
        .ok(200);
    run_batches(&house).await;
    assert_eq!(maker.get(&path).await.ok(200)["state"], "paused");
    maker
        .post(&format!("{path}/actions"), &json!({ "action": "resume" }))
        .await
        .ok(200);
    run_batches(&house).await;
    let done = maker.get(&path).await.ok(200);
    assert_eq!(
        (done["state"].as_str(), done["percent"].as_i64()),
        (Some("done"), Some(100)),
        "{done}"
    );
    let counted = "select count(*) || ' ' || count(distinct certificate_no) || ' ' || count(distinct list_index) || ' ' || count(distinct identifier)
         from e_certificate where state = 'issued'";
    assert_eq!(house.one(counted).await, "11 11 11 11");
    // once more: nothing is left but what failed
    let more = maker
        .post("/api/v1/e-certificate-batches", &json!({ "name": "再来" }))
        .await
        .ok(201);
    run_batches(&house).await;
    let path = format!(
        "/api/v1/e-certificate-batches/{}",
        more["batch_id"].as_str().unwrap()
    );
    assert_eq!(maker.get(&path).await.ok(200)["total"], 1);
    assert_eq!(house.one(counted).await, "11 11 11 11");
    let figures = maker.get("/api/v1/e-certificates/statistics").await.ok(200);
    assert_eq!(figures["sealed"], 11);
}

async fn run_batches(house: &House) {
    while dengbu_server::ecert::work::batch_step(&house.app, None)
        .await
        .unwrap_or_else(|p| panic!("{}", p.title))
    {}
}
