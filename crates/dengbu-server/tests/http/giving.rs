//! Giving out by HTTP: an export from asking to its file, a department with its key, maps, changes.

use axum::http::{Method, Request, header};
use dengbu_server::giving_out;
use dengbu_staff::{Action, Role};
use serde_json::{Value, json};

use crate::house::{CITY, House};
use crate::table::Reach;

/// Operations of this room.
pub const OPERATIONS: &[&str] = &[
    "data_catalogue",
    "list_exports",
    "ask_export",
    "export_state",
    "stop_export",
    "export_file",
    "list_subscriptions",
    "subscribe",
    "set_subscription_state",
    "renew_subscription_key",
    "theme_map",
    "theme_sheet",
    "parcel_changes",
    "my_deliveries",
    "my_delivery",
];

const NOBODYS: &str = "00000000-0000-7000-8000-000000000001";

type Aim = Option<(String, Option<Value>, Reach, Option<Action>)>;

fn request() -> Value {
    json!({ "data_sets": ["parcels", "units", "holders"], "format": "csv", "counties": ["510402"] })
}

fn subscription() -> Value {
    json!({
        "receiver": "示例公积金中心", "agreement_no": "示例协1号", "legal_basis": "《不动产登记暂行条例》",
        "purpose": "核验抵押", "request": request(), "schedule": { "every": "day", "hour": 6 },
        "starts_on": "2026-01-01"
    })
}

/// Where and with what each operation is called.
pub fn aim(id: &str, unit: &str) -> Aim {
    use Reach::{List, Object, Outside, Own};
    let give = Some(Action::GiveOutData);
    let settings = Some(Action::ManageSettings);
    let at = |path: &str| format!("/api/v1{path}");
    let export = |rest: &str| at(&format!("/data/exports/{NOBODYS}{rest}"));
    let subscribed = |rest: &str| at(&format!("/data/subscriptions/{NOBODYS}{rest}"));
    match id {
        "data_catalogue" => Some((at("/data/sets"), None, Own, give)),
        "list_exports" => Some((at("/data/exports"), None, List, give)),
        "ask_export" => Some((
            at("/data/exports"),
            Some(json!({ "title": "单元", "purpose": "测绘更新", "request": request() })),
            Own,
            give,
        )),
        "export_state" => Some((export(""), None, Object, give)),
        "stop_export" => Some((export("/stop"), None, Object, give)),
        "export_file" => Some((export("/file"), None, Object, give)),
        "list_subscriptions" => Some((at("/data/subscriptions"), None, List, give)),
        "subscribe" => Some((
            at("/data/subscriptions"),
            Some(subscription()),
            Own,
            settings,
        )),
        "set_subscription_state" => Some((
            subscribed("/state"),
            Some(json!({ "state": "paused", "reason": "试一试" })),
            Object,
            settings,
        )),
        "renew_subscription_key" => Some((subscribed("/key"), None, Object, settings)),
        "theme_map" => Some((
            at("/themes/land_use?county=510402"),
            None,
            Object,
            Some(Action::ReadRegister),
        )),
        "theme_sheet" => Some((
            at("/themes/seizures/sheet?county=510402&format=svg"),
            None,
            Object,
            Some(Action::ReadRegister),
        )),
        "parcel_changes" => Some((
            at(&format!("/parcels/{}/changes", &unit[..19])),
            None,
            List,
            Some(Action::ReadRegister),
        )),
        "my_deliveries" => Some((at("/deliveries"), None, Outside, None)),
        "my_delivery" => Some((
            at(&format!("/deliveries/{NOBODYS}/file")),
            None,
            Outside,
            None,
        )),
        _ => None,
    }
}

#[tokio::test]
async fn an_export_is_asked_for_made_taken_and_written_down() {
    let house = House::new().await;
    house.plant(CITY, "510402", "栖霞", 2).await;
    let surveyor = house.join(CITY, "surveyor", &[Role::Cadastre]).await;
    let ask = json!({ "title": "单元", "purpose": "测绘更新", "request": request(), "version_note": "第一版" });
    let asked = surveyor.post("/api/v1/data/exports", &ask).await.ok(202);
    assert_eq!(asked["state"], "waiting");
    let path = format!("/api/v1/data/exports/{}", asked["export"].as_str().unwrap());
    let file = format!("{path}/file");
    assert_eq!(surveyor.get(&file).await.problem(409)["code"], "no_file");
    assert!(giving_out::next(&house.app).await.unwrap());
    assert!(!giving_out::next(&house.app).await.unwrap());
    let done = surveyor.get(&path).await.ok(200);
    assert_eq!(done["state"], "done");
    let rows = done["sets"].as_array().unwrap();
    assert!(
        rows.iter()
            .any(|s| s["title"] == "不动产单元" && s["rows"] == 2),
        "{rows:?}"
    );
    let taken = surveyor.get(&file).await;
    assert_eq!(taken.status, 200);
    assert_eq!(taken.media_type(), "application/zip");
    assert_eq!(surveyor.get(&path).await.ok(200)["taken"], 1);
    assert_eq!(house.told("data.export_taken").await, 1);
    let catalogue = surveyor.get("/api/v1/data/sets").await.ok(200);
    let units = catalogue["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["code"] == "units")
        .unwrap();
    assert_eq!(
        (&units["rows"], &units["versions"][0]["note"]),
        (&json!(2), &json!("第一版"))
    );
    assert_eq!(
        surveyor
            .post(&format!("{path}/stop"), &Value::Null)
            .await
            .problem(409)["code"],
        "export_ended"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_and_nothing_is_begun() {
    let house = House::new().await;
    let surveyor = house.join(CITY, "surveyor", &[Role::Cadastre]).await;
    let with = |change: Value| {
        let mut ask = json!({ "title": "单元", "purpose": "测绘更新", "request": request() });
        for (name, value) in change.as_object().unwrap() {
            ask["request"][name] = value.clone();
        }
        ask
    };
    for (change, field) in [
        (json!({ "data_sets": [] }), "/data_sets"),
        (json!({ "data_sets": ["x"] }), "/data_sets"),
        (json!({ "format": "dwg" }), "/format"),
        (json!({ "counties": ["510421"] }), "/counties"),
        (json!({ "outline": [[1.0, 2.0]] }), "/area"),
        (json!({ "dress": { "name": "naked" } }), "/dress"),
        // persons unmasked need a basis in writing
        (json!({ "dress": { "name": "full" } }), "/purpose"),
    ] {
        let answer = surveyor
            .post("/api/v1/data/exports", &with(change.clone()))
            .await
            .problem(422);
        assert_eq!(answer["errors"][0]["field"], field, "{change}");
    }
    assert_eq!(house.one("select count(*)::text from give_out").await, "0");
}

#[tokio::test]
async fn a_department_takes_its_deliveries_with_its_key_and_nobody_elses() {
    let house = House::new().await;
    house.plant(CITY, "510402", "栖霞", 2).await;
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let made = chief
        .post("/api/v1/data/subscriptions", &subscription())
        .await
        .ok(201);
    let key = made["key"].as_str().unwrap().to_owned();
    let kept = house
        .one("select row_to_json(s)::text from data_subscription s")
        .await;
    assert!(!kept.contains(&key), "the key itself is not stored");
    let mut tx = house.tx(CITY).await;
    sqlx::query("update data_subscription set next_at = now() - interval '1 hour'")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(giving_out::sweep(&house.app).await.unwrap(), 1);
    assert!(giving_out::next(&house.app).await.unwrap());
    let stranger = house.stranger();
    let call = |path: String, key: String| {
        let stranger = stranger.clone();
        async move {
            let request = Request::builder()
                .method(Method::GET)
                .uri(path)
                .header(header::AUTHORIZATION, format!("Bearer {key}"))
                .body(axum::body::Body::empty())
                .unwrap();
            stranger.send(request).await
        }
    };
    let list = call("/api/v1/deliveries".to_owned(), key.clone())
        .await
        .ok(200);
    assert_eq!(list["receiver"], "示例公积金中心");
    let id = list["items"][0]["export"].as_str().unwrap();
    let file = format!("/api/v1/deliveries/{id}/file");
    assert_eq!(call(file.clone(), key.clone()).await.status, 200);
    assert_eq!(house.told("data.delivery_taken").await, 1);
    call(file.clone(), "x".repeat(43)).await.problem(401);
    let renew = format!(
        "/api/v1/data/subscriptions/{}/key",
        made["subscription"]["subscription"].as_str().unwrap()
    );
    let renewed = chief.post(&renew, &Value::Null).await.ok(200);
    call(file.clone(), key).await.problem(401);
    let fresh = renewed["key"].as_str().unwrap().to_owned();
    assert_eq!(call(file, fresh).await.status, 200);
}

#[tokio::test]
async fn a_map_is_shown_and_printed_and_changes_are_listed() {
    let house = House::new().await;
    let unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let clerk = house.join(CITY, "clerk", &[Role::Reception]).await;
    for theme in [
        "land_use",
        "right_types",
        "mortgage_density",
        "seizures",
        "time",
    ] {
        let map = clerk.get(&format!("/api/v1/themes/{theme}")).await.ok(200);
        let places = map["total"].as_u64().unwrap() + map["unplaced"].as_u64().unwrap();
        assert!(places > 0, "{theme}");
    }
    clerk.get("/api/v1/themes/x").await.problem(404);
    clerk
        .get("/api/v1/themes/time?as_of=99999-01-01T00:00:00Z")
        .await
        .problem(400);
    for (format, start) in [
        ("pdf", &b"%PDF"[..]),
        ("png", &b"\x89PNG"[..]),
        ("svg", &b"<svg"[..]),
    ] {
        let sheet = clerk
            .get(&format!("/api/v1/themes/time/sheet?format={format}"))
            .await;
        assert_eq!(sheet.status, 200, "{}", sheet.text());
        assert!(sheet.bytes.starts_with(start), "{format}");
    }
    let changes = clerk
        .get(&format!("/api/v1/parcels/{}/changes", &unit[..19]))
        .await
        .ok(200);
    assert!(
        changes["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|c| c["unit_code"] == unit.as_str())
    );
}
