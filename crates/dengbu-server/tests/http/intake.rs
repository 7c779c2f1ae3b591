//! Data integration by HTTP: a delivery of the sample from upload to the register.

use std::io::Write;
use std::path::Path;

use axum::http::Method;
use dengbu_staff::{Action, Role};
use serde_json::{Value, json};

use crate::house::{CITY, Client, House, MIYI};
use crate::table::Reach;

/// Title of the city's source: nobody else may see it.
pub const TITLE: &str = "市局老系统（秘）";
const SOURCE: &str = "a-municipal";
/// A mapping that says nothing yet.
const DRAFT: &str = "source = \"a-municipal\"\n";

/// What there is in 510400.
pub struct Taken {
    pub package: String,
    pub run: String,
    pub batch: String,
}

pub const OPERATIONS: [&str; 32] = [
    "list_sources",
    "create_source",
    "read_source",
    "add_package",
    "read_mapping",
    "save_mapping",
    "list_runs",
    "ask_run",
    "read_run",
    "stop_run",
    "resume_run",
    "list_findings",
    "count_findings",
    "export_findings",
    "list_records",
    "list_doubts",
    "decide_doubt",
    "list_decisions",
    "list_batches",
    "open_batch",
    "read_batch",
    "list_batch_units",
    "release_batch",
    "pause_batch",
    "undo_batch",
    "run_report",
    "run_report_pdf",
    "mapping_words",
    "list_mapping_versions",
    "profile_package",
    "check_mapping",
    "preview_mapping",
];

/// Where and with what each operation is called.
pub fn aim(id: &str, o: &Taken) -> Option<(String, Option<Value>, Reach, Option<Action>)> {
    use Reach::{List, Object, Own};
    let at = |path: &str| format!("/api/v1/intake{path}");
    let source = |rest: &str| at(&format!("/sources/{SOURCE}{rest}"));
    let package = |rest: &str| at(&format!("/packages/{}{rest}", o.package));
    let run = |rest: &str| at(&format!("/runs/{}{rest}", o.run));
    let batch = |rest: &str| at(&format!("/batches/{}{rest}", o.batch));
    let (integrate, publish) = (Some(Action::Integrate), Some(Action::PublishTitles));
    Some(match id {
        "list_sources" => (at("/sources"), None, List, integrate),
        "create_source" => (
            at("/sources"),
            Some(json!({ "source": "neu", "title": "新来源" })),
            Own,
            integrate,
        ),
        "read_source" => (source(""), None, Object, integrate),
        "add_package" => (
            source("/packages?file_name=a.csv"),
            Some(json!({ "any": "bytes" })),
            Object,
            integrate,
        ),
        "read_mapping" => (source("/mapping"), None, Object, integrate),
        "save_mapping" => (
            source("/mapping"),
            Some(json!({ "body": DRAFT })),
            Object,
            integrate,
        ),
        "mapping_words" => (at("/mapping-words"), None, Own, integrate),
        "list_mapping_versions" => (source("/mapping/versions"), None, Object, integrate),
        "profile_package" => (package("/profile"), None, Object, integrate),
        "check_mapping" => (
            package("/mapping-check"),
            Some(json!({ "body": DRAFT })),
            Object,
            integrate,
        ),
        "preview_mapping" => (
            package("/mapping-preview"),
            Some(json!({ "body": DRAFT, "table": "a" })),
            Object,
            integrate,
        ),
        "list_runs" => (at("/runs"), None, List, integrate),
        "ask_run" => (
            at("/runs"),
            Some(json!({ "package_id": o.package })),
            Object,
            integrate,
        ),
        "read_run" => (run(""), None, Object, integrate),
        "stop_run" => (run("/stop"), None, Object, integrate),
        "resume_run" => (run("/resumption"), None, Object, integrate),
        "list_findings" => (run("/findings"), None, Object, integrate),
        "count_findings" => (run("/finding-counts"), None, Object, integrate),
        "export_findings" => (run("/findings/export?format=csv"), None, Object, integrate),
        "list_records" => (run("/records"), None, Object, integrate),
        "list_doubts" => (run("/doubts"), None, Object, integrate),
        "decide_doubt" => (
            run("/decisions"),
            Some(json!({ "key": "k", "choice": "none" })),
            Object,
            integrate,
        ),
        "list_decisions" => (run("/decisions?key=k"), None, Object, integrate),
        "run_report" => (run("/report"), None, Object, integrate),
        "run_report_pdf" => (run("/report.pdf"), None, Object, integrate),
        "list_batches" => (at("/batches"), None, List, publish),
        "open_batch" => (
            at("/batches"),
            Some(json!({ "run_id": o.run })),
            Object,
            integrate,
        ),
        "read_batch" => (batch(""), None, Object, publish),
        "list_batch_units" => (batch("/units"), None, Object, publish),
        "release_batch" => (batch("/publication"), None, Object, publish),
        "pause_batch" => (batch("/pause"), None, Object, publish),
        "undo_batch" => (
            batch("/rollback"),
            Some(json!({ "reason": "试一试" })),
            Object,
            publish,
        ),
        _ => return None,
    })
}

/// A package of nothing much, a run over it that failed, and the number of no batch.
pub async fn fill(house: &House) -> Taken {
    let clerk = house.join(CITY, "city-intake", &[Role::Cadastre]).await;
    set_up(&clerk, TITLE).await;
    let package = upload(&clerk, "a.csv", b"a,b\n1,2\n".to_vec()).await;
    let run = ask(&clerk, &package).await;
    clerk
        .post(&format!("/api/v1/intake/runs/{run}/stop"), &json!({}))
        .await
        .ok(200);
    Taken {
        package,
        run,
        batch: "RK20260101-001".to_owned(),
    }
}

async fn set_up(clerk: &Client, title: &str) {
    let new = json!({ "source": SOURCE, "title": title });
    clerk.post("/api/v1/intake/sources", &new).await.ok(201);
}

async fn upload(clerk: &Client, name: &str, content: Vec<u8>) -> String {
    let path = format!("/api/v1/intake/sources/{SOURCE}/packages?file_name={name}");
    let kind = [("content-type", "application/octet-stream")];
    let kept = clerk.raw(Method::POST, &path, &kind, content).await.ok(201);
    kept["package_id"].as_str().unwrap().to_owned()
}

async fn ask(clerk: &Client, package: &str) -> String {
    let run = clerk
        .post("/api/v1/intake/runs", &json!({ "package_id": package }))
        .await
        .ok(201);
    run["run_id"].as_str().unwrap().to_owned()
}

async fn work(house: &House) {
    let worker = house.app.intake_worker().unwrap();
    while worker.once().await.unwrap() {}
}

/// The city's files as a zip, with the first few hundred houses of some thousand.
fn sample() -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../samples/legacy-city/open")
        .join(SOURCE);
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for folder in ["house", "land"] {
        let mut files: Vec<_> = std::fs::read_dir(root.join(folder))
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        files.sort();
        for path in files {
            let name = format!("{folder}/{}", path.file_name().unwrap().to_string_lossy());
            let content = std::fs::read(&path).unwrap();
            let ends = content.iter().enumerate().filter(|(_, b)| **b == b'\n');
            let end = ends.map(|(at, _)| at + 1).nth(300);
            let end = end.filter(|_| name.ends_with("FC_HOUSE.csv"));
            zip.start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(&content[..end.unwrap_or(content.len())])
                .unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_goes_from_upload_to_the_register() {
    let house = House::new().await;
    let clerk = house.join(CITY, "clerk", &[Role::Cadastre]).await;
    let chief = house.join(CITY, "chief", &[Role::Registrar]).await;
    set_up(&clerk, "市局房产系统").await;
    let bytes = sample();
    let package = upload(&clerk, "a.zip", bytes.clone()).await;
    assert_eq!(upload(&clerk, "again.zip", bytes).await, package);
    let detail = clerk
        .get(&format!("/api/v1/intake/sources/{SOURCE}"))
        .await
        .ok(200);
    let files = detail["packages"][0]["files"].as_array().unwrap();
    assert!(
        files.iter().any(|f| f["name"] == "land/ZD.shp"),
        "{files:?}"
    );

    let run = ask(&clerk, &package).await;
    let again = clerk
        .post("/api/v1/intake/runs", &json!({ "package_id": package }))
        .await;
    assert_eq!(again.problem(409)["code"], "state");
    work(&house).await;
    let run_at = format!("/api/v1/intake/runs/{run}");
    let done = clerk.get(&run_at).await.ok(200);
    assert_eq!(done["run"]["state"], "done", "{done}");
    let counts = clerk.get(&format!("{run_at}/finding-counts")).await.ok(200);
    let first = counts["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["by"] == "rule")
        .unwrap()
        .clone();
    let rule = first["key"].as_str().unwrap();
    let page = clerk
        .get(&format!("{run_at}/findings?rule={rule}&limit=2"))
        .await
        .ok(200);
    assert_eq!(page["items"][0]["rule_id"], rule);
    let csv = clerk
        .get(&format!("{run_at}/findings/export?format=csv&rule={rule}"))
        .await;
    assert_eq!(
        csv.text().lines().count() as u64 - 1,
        first["count"].as_u64().unwrap()
    );
    let book = clerk.get(&format!("{run_at}/findings/export")).await;
    assert_eq!(&book.bytes[..2], b"PK");
    clerk
        .get(&format!("{run_at}/findings?cursor=x"))
        .await
        .problem(422);

    let report = clerk.get(&format!("{run_at}/report")).await;
    assert!(report.text().contains("质检结论") && report.text().contains("SM3"));

    let open = clerk
        .post("/api/v1/intake/batches", &json!({ "run_id": run }))
        .await
        .ok(201);
    work(&house).await;
    let batch_at = format!(
        "/api/v1/intake/batches/{}",
        open["batch_no"].as_str().unwrap()
    );
    let prepared = clerk.get(&batch_at).await.ok(200);
    assert_eq!(prepared["batch"]["state"], "prepared");
    assert_eq!(
        (&prepared["balances"], &prepared["batch"]["own"]),
        (&json!(true), &json!(true))
    );
    let own = clerk
        .post(&format!("{batch_at}/publication"), &json!({}))
        .await;
    assert_eq!(own.problem(409)["code"], "state");
    chief
        .post(&format!("{batch_at}/publication"), &json!({}))
        .await
        .ok(200);
    work(&house).await;
    let published = chief.get(&batch_at).await.ok(200);
    assert_eq!(published["batch"]["state"], "published", "{published}");
    assert_eq!(published["balances"], true, "{published}");
    assert_eq!(published["counts"]["prepared"], 0);
    let late = json!({ "reason": "想退回" });
    let late = chief.post(&format!("{batch_at}/rollback"), &late).await;
    assert_eq!(late.problem(409)["code"], "state");

    let units = chief
        .get(&format!("{batch_at}/units?state=new&limit=1"))
        .await
        .ok(200);
    let unit = units["items"][0]["unit_code"].as_str().unwrap();
    let seen = chief.get(&format!("/api/v1/units/{unit}")).await.ok(200);
    assert!(seen.to_string().contains("FC_OWNER"), "{seen}");
    chief
        .get(&format!("/api/v1/units/{unit}/register"))
        .await
        .ok(200);
    for action in [
        "intake.source_created",
        "intake.package_added",
        "intake.run_asked",
        "intake.batch_opened",
        "intake.batch_released",
    ] {
        assert!(house.told(action).await > 0, "{action}");
    }

    let miyi = house.join(MIYI, "miyi", &[Role::Cadastre]).await;
    miyi.get(&run_at).await.problem(404);
    miyi.get(&batch_at).await.problem(404);
    let none = miyi.get("/api/v1/intake/batches").await.ok(200);
    assert_eq!(none["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_said_plainly() {
    let house = House::new().await;
    let clerk = house.join(CITY, "clerk", &[Role::Cadastre]).await;
    let bad = json!({ "source": "../etc", "title": "x" });
    clerk
        .post("/api/v1/intake/sources", &bad)
        .await
        .problem(422);
    set_up(&clerk, "市局").await;
    let path = format!("/api/v1/intake/sources/{SOURCE}/packages");
    for (name, content) in [("a.zip", &b"no zip"[..]), ("a.csv", b"")] {
        let answer = clerk
            .raw(
                Method::POST,
                &format!("{path}?file_name={name}"),
                &[],
                content,
            )
            .await;
        assert_eq!(answer.problem(422)["errors"][0]["field"], "/file");
    }
    clerk.raw(Method::POST, &path, &[], "x").await.problem(400);
    let package = upload(&clerk, "readme.txt", b"hello".to_vec()).await;
    let run = ask(&clerk, &package).await;
    work(&house).await;
    let failed = clerk
        .get(&format!("/api/v1/intake/runs/{run}"))
        .await
        .ok(200);
    assert_eq!(failed["run"]["state"], "failed");
    clerk
        .post("/api/v1/intake/batches", &json!({ "run_id": run }))
        .await
        .problem(409);
    let at = format!("/api/v1/intake/sources/{SOURCE}/mapping");
    let first = [("if-match", "\"0\"")];
    for (body, said) in [
        ("[[table]", "TOML"),
        ("source = \"other\"\n", "a-municipal"),
        ("source = \"a-municipal\"\n[[table]]\nfrom = \"A\"\n", "id"),
    ] {
        let refused = clerk
            .with(Method::PUT, &at, &first, &json!({ "body": body }))
            .await;
        let problem = refused.problem(422).clone();
        let message = problem["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(said), "{message}");
    }
    let saved = clerk
        .with(Method::PUT, &at, &first, &json!({ "body": DRAFT }))
        .await
        .ok(200);
    assert_eq!(saved["version"], 1);
    let stale = clerk
        .with(Method::PUT, &at, &first, &json!({ "body": DRAFT }))
        .await;
    stale.problem(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_is_made_by_a_person_who_sees_what_it_does() {
    let house = House::new().await;
    let clerk = house.join(CITY, "clerk", &[Role::Cadastre]).await;
    let new = json!({ "source": "new-town", "title": "新镇台账" });
    clerk.post("/api/v1/intake/sources", &new).await.ok(201);
    let ledger = "编号,坐落,面积,用途,登记日期\nF1,炳草岗大街1号2幢3单元401号,98.50,住宅,2015.9.14\nF2,炳草岗大街1号2幢3单元402号,壹佰,住房,2015-02-30\n";
    let kept = clerk
        .raw(
            Method::POST,
            "/api/v1/intake/sources/new-town/packages?file_name=台账.csv",
            &[("content-type", "application/octet-stream")],
            ledger,
        )
        .await
        .ok(201);
    let at = format!(
        "/api/v1/intake/packages/{}",
        kept["package_id"].as_str().unwrap()
    );
    let profile = clerk.get(&format!("{at}/profile")).await.ok(200);
    let table = &profile["tables"][0];
    assert_eq!(
        (&table["name"], &table["records"]),
        (&json!("台账"), &json!(2))
    );
    assert_eq!(table["fields"][0]["unique"], true);
    assert_eq!(table["fields"][1]["content"], "坐落");
    let again = clerk.get(&format!("{at}/profile")).await.ok(200);
    assert_eq!(again, profile, "kept beside the delivery");
    let words = clerk.get("/api/v1/intake/mapping-words").await.ok(200);
    assert!(words.to_string().contains("不动产单元号"));

    // begun from the proposal, a field more, by hand
    let edits = json!([
        { "edit": "set_field", "from": "台账", "table": "H", "nth": 0, "to": "JGSJ",
          "rule": { "field": "登记日期", "transform": "date" } },
        { "edit": "set_field", "from": "台账", "table": "H", "nth": 0, "to": "FWYT1",
          "rule": { "field": "用图" } },
    ]);
    let draft = json!({ "body": profile["proposal"], "edits": edits });
    let checked = clerk
        .post(&format!("{at}/mapping-check"), &draft)
        .await
        .ok(200);
    let fault = &checked["faults"][0];
    assert!(
        fault["text"].as_str().unwrap().contains("没有字段“用图”"),
        "{checked}"
    );
    let line = fault["line"].as_u64().unwrap();
    let fields = checked["outline"]["tables"][0]["rows"][0]["fields"]
        .as_array()
        .unwrap();
    assert!(
        fields
            .iter()
            .any(|f| f["to"] == "FWYT1" && f["line"].as_u64() == Some(line)),
        "{checked}"
    );
    let put = "/api/v1/intake/sources/new-town/mapping";
    let refused = json!({ "body": checked["body"], "package_id": kept["package_id"] });
    let refused = clerk
        .with(Method::PUT, put, &[("if-match", "\"0\"")], &refused)
        .await;
    assert!(refused.problem(422).to_string().contains("用图"));

    let mended = json!({ "body": checked["body"], "edits": [
        { "edit": "set_field", "from": "台账", "table": "H", "nth": 0, "to": "FWYT1",
          "rule": { "field": "用途" } },
    ] });
    let mended = clerk
        .post(&format!("{at}/mapping-check"), &mended)
        .await
        .ok(200);
    assert_eq!(mended["faults"], json!([]));
    let wanted = json!({ "body": mended["body"], "table": "台账", "count": 5 });
    let shown = clerk
        .post(&format!("{at}/mapping-preview"), &wanted)
        .await
        .ok(200);
    let cell = |row: usize, field: &str| {
        shown["rows"][row]["after"][0]["cells"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["field"] == field)
            .unwrap_or_else(|| panic!("{field}: {shown}"))
            .clone()
    };
    assert_eq!(cell(0, "JGSJ")["value"], "2015-09-14");
    assert_eq!(cell(1, "JGSJ")["defect"], true);
    assert_eq!(shown["rows"][1]["before"][4], "2015-02-30");

    let body = json!({ "body": mended["body"], "package_id": kept["package_id"] });
    let saved = clerk
        .with(Method::PUT, put, &[("if-match", "\"0\"")], &body)
        .await
        .ok(200);
    assert_eq!(saved["version"], 1);
    let versions = clerk.get(&format!("{put}/versions")).await.ok(200);
    assert_eq!(versions["items"][0]["version"], 1);
    let run = ask(&clerk, kept["package_id"].as_str().unwrap()).await;
    let run = clerk
        .get(&format!("/api/v1/intake/runs/{run}"))
        .await
        .ok(200);
    assert_eq!(run["run"]["mapping_version"], 1);
    for action in ["intake.package_previewed", "intake.mapping_saved"] {
        assert!(house.told(action).await > 0, "{action}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_refuses_a_mapping_that_names_fields_the_delivery_has_not() {
    let house = House::new().await;
    let clerk = house.join(CITY, "clerk", &[Role::Cadastre]).await;
    set_up(&clerk, "市局").await;
    let body = "source = \"a-municipal\"\n[[table]]\nfrom = \"H\"\nid = \"HID\"\n[table.H]\nZL = \"ADDRES\"\n";
    clerk
        .with(
            Method::PUT,
            &format!("/api/v1/intake/sources/{SOURCE}/mapping"),
            &[("if-match", "\"0\"")],
            &json!({ "body": body }),
        )
        .await
        .ok(200);
    let package = upload(&clerk, "H.csv", b"HID,ADDRESS\n1,x\n".to_vec()).await;
    let run = ask(&clerk, &package).await;
    work(&house).await;
    let failed = clerk
        .get(&format!("/api/v1/intake/runs/{run}"))
        .await
        .ok(200);
    assert_eq!(failed["run"]["state"], "failed");
    let said = failed["run"]["error"].as_str().unwrap();
    assert!(
        said.contains("第 6 行") && said.contains("是否应为“ADDRESS”"),
        "{said}"
    );
}

/// What a program of poppler says of a file; none where it is not installed.
fn poppler(program: &str, options: &[&str], file: &Path) -> Option<String> {
    let mut command = std::process::Command::new(program);
    command.args(options).arg(file);
    if program == "pdftotext" {
        command.arg("-");
    }
    let Ok(said) = command.output() else {
        assert!(std::env::var_os("CI").is_none(), "{program} is missing");
        let _ = writeln!(std::io::stderr(), "{program} is not installed: skipped");
        return None;
    };
    Some(String::from_utf8_lossy(&said.stdout).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_register_itself_is_checked_and_the_report_is_sealed() {
    let house = House::new().await;
    house.plant(CITY, "510402", "栖霞", 3).await;
    let clerk = house.join(CITY, "clerk", &[Role::Cadastre]).await;
    let asked = clerk.post("/api/v1/intake/runs", &json!({})).await.ok(201);
    assert_eq!(asked["kind"], "register");
    let at = format!("/api/v1/intake/runs/{}", asked["run_id"].as_str().unwrap());
    clerk.get(&format!("{at}/report.pdf")).await.problem(409);
    work(&house).await;
    let run = clerk.get(&at).await.ok(200)["run"].clone();
    assert_eq!(run["state"], "done", "{run}");
    let summary = &run["summary"];
    let houses = summary["tables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["table"] == "H")
        .unwrap_or_else(|| panic!("{summary}"));
    assert_eq!(houses["rows"], 3);
    assert!(!summary["verdict_name"].as_str().unwrap().is_empty());
    let told = summary["mandatory"].as_u64().unwrap() + summary["warnings"].as_u64().unwrap();
    assert_eq!(summary["findings"].as_u64(), Some(told));
    let csv = clerk.get(&format!("{at}/findings/export?format=csv")).await;
    assert_eq!(
        csv.text().lines().count() as u64 - 1,
        told,
        "{}",
        csv.text()
    );

    // without a seal it says so; with one it is signed
    assert_eq!(
        clerk.get(&format!("{at}/report.pdf")).await.problem(503)["code"],
        "no_seal"
    );
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let name = json!({ "name": "示例市不动产登记专用章" });
    chief.post("/api/v1/seals", &name).await.ok(201);
    let report = clerk.get(&format!("{at}/report.pdf")).await;
    assert!(report.bytes.starts_with(b"%PDF"), "{}", report.text());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, &report.bytes).unwrap();
    if let Some(show) = std::env::var_os("DENGBU_SHOW") {
        std::fs::copy(&path, Path::new(&show).join("quality-report.pdf")).unwrap();
    }
    if let Some(text) = poppler("pdftotext", &["-layout"], &path) {
        for part in [
            "不动产登记数据质检报告",
            "质检结论",
            summary["verdict_name"].as_str().unwrap(),
            asked["run_id"].as_str().unwrap(),
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    }
    if let Some(signature) = poppler("pdfsig", &["-nocert"], &path) {
        assert!(signature.contains("Signature is Valid"), "{signature}");
        assert!(signature.contains("ETSI.CAdES.detached"), "{signature}");
        assert!(signature.contains("Total document signed"), "{signature}");
    }
    assert_eq!(house.told("intake.report_sealed").await, 1);
    // nobody of another authority sees it
    let miyi = house.join(MIYI, "miyi", &[Role::Cadastre]).await;
    miyi.get(&format!("{at}/report.pdf")).await.problem(404);
}
