//! Statistics and the supervisor's board by HTTP: figures, scope, exports, lights, reminders.

use std::io::Cursor;

use axum::http::header;
use calamine::{Data, Reader, Xlsx};
use chrono::{Days, Utc};
use dengbu_model::time::date_in_shanghai;
use dengbu_staff::{Action, Role};
use serde_json::{Value, json};

use crate::house::{CITY, Client, House, MIYI, SALE, chinese};
use crate::land::{party, resident};
use crate::table::Reach;

/// Operations of this room.
pub const OPERATIONS: &[&str] = &[
    "statistics_summary",
    "statistics_by",
    "staff_statistics",
    "export_statistics",
    "statistics_definitions",
    "supervisor_board",
    "list_reminders",
    "urge_cases",
];

type Aim = Option<(String, Option<Value>, Reach, Option<Action>)>;

/// Where and with what each operation is called.
pub fn aim(id: &str, case_no: &str) -> Aim {
    use Reach::{List, Object, Own};
    let get = |path: &str, reach, needs| Some((format!("/api/v1{path}"), None, reach, needs));
    match id {
        "statistics_summary" => get(
            "/statistics/summary?county=510402",
            Object,
            Some(Action::ReadStatistics),
        ),
        "statistics_by" => get(
            "/statistics/by?by=office",
            List,
            Some(Action::ReadStatistics),
        ),
        "staff_statistics" => get("/statistics/staff", List, Some(Action::ReadStaffStatistics)),
        "export_statistics" => get(
            "/statistics/export?by=place&format=csv&authority=510400",
            Object,
            Some(Action::ReadStatistics),
        ),
        "statistics_definitions" => get("/statistics/definitions", Own, None),
        "supervisor_board" => get("/board/supervisor", List, Some(Action::ReadStatistics)),
        "list_reminders" => get("/board/reminders", List, Some(Action::ReadCases)),
        "urge_cases" => Some((
            "/api/v1/board/reminders".to_owned(),
            Some(json!({ "cases": [case_no], "note": "请办理" })),
            Object,
            Some(Action::Supervise),
        )),
        _ => None,
    }
}

/// An office with three sales: one recorded, one a day before its limit, one past it.
struct Month {
    house: House,
    desk: Client,
    reviewer: Client,
    chief: Client,
    late: String,
}

impl Month {
    async fn new() -> Self {
        let house = House::new().await;
        let units = house.plant(CITY, "510402", "栖霞", 4).await;
        house.plant(MIYI, MIYI, "安宁", 1).await;
        let desk = house.join(CITY, "desk", &[Role::Reception]).await;
        let first = house.join(CITY, "first", &[Role::FirstReviewer]).await;
        let reviewer = house.join(CITY, "reviewer", &[Role::Reviewer]).await;
        let registrar = house.join(CITY, "registrar", &[Role::Registrar]).await;
        let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
        let mut cases = Vec::new();
        for unit in &units[..3] {
            let buyer = party("买方", &resident(101));
            let case_no = desk.ready_sale(unit, buyer).await;
            desk.act(&case_no, json!({ "action": "submit" }))
                .await
                .ok(200);
            cases.push(case_no);
        }
        for (who, action) in [
            (&first, "agree"),
            (&reviewer, "agree"),
            (&registrar, "record"),
        ] {
            who.act(&cases[0], json!({ "action": action }))
                .await
                .ok(200);
        }
        desk.open(SALE, &units[3]).await;
        let late = cases[2].clone();
        let month = Self {
            house,
            desk,
            reviewer,
            chief,
            late,
        };
        let today = date_in_shanghai(Utc::now());
        month.due(&cases[1], &today.to_string()).await;
        let long_ago = today.checked_sub_days(Days::new(30)).unwrap();
        month.due(&cases[2], &long_ago.to_string()).await;
        month
    }

    async fn due(&self, case_no: &str, day: &str) {
        let mut tx = self.house.tx(CITY).await;
        sqlx::query("update registration_case set due_on = $2::date where case_no = $1")
            .bind(case_no)
            .bind(day)
            .execute(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

fn at<'a>(all: &'a Value, field: &str, code: &str) -> &'a Value {
    let all = all.as_array().unwrap();
    all.iter().find(|row| row[field] == code).unwrap()
}

#[tokio::test]
async fn the_figures_of_the_month_are_counted_broken_down_and_bounded() {
    let m = Month::new().await;
    let summary = m.desk.get("/api/v1/statistics/summary").await.ok(200);
    let total = &summary["total"];
    for (figure, expected) in [("accepted", 3), ("recorded", 1), ("on_time", 1)] {
        assert_eq!(total[figure], expected, "{figure}: {total}");
    }
    assert_eq!(total["on_time_rate"], "100.0");
    assert_eq!(total["online_share"], "0.0");
    let trend = summary["trend"].as_array().unwrap();
    let last = trend.last().unwrap();
    assert_eq!(last["key"], summary["to"]);
    assert_eq!(last["figures"]["accepted"], 3);
    assert_eq!(
        at(&summary["backlog"], "step", "first_review")["total"],
        2,
        "the draft is no backlog"
    );
    for (level, count) in [("overdue", 1), ("red", 1), ("yellow", 0)] {
        assert_eq!(
            at(&summary["lights"], "level", level)["count"],
            count,
            "{level}"
        );
    }
    for by in [
        "business",
        "family",
        "office",
        "authority",
        "county",
        "source",
        "place",
    ] {
        let found = m
            .desk
            .get(&format!("/api/v1/statistics/by?by={by}"))
            .await
            .ok(200);
        let rows = found["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 1, "{by}");
        assert_eq!(rows[0]["figures"], *total, "{by}");
        assert_eq!(found["total"], *total, "{by}");
        for name in rows[0]["names"].as_array().unwrap() {
            assert!(chinese(name.as_str().unwrap()), "{by} {name}");
        }
    }
    let none = m
        .desk
        .get("/api/v1/statistics/summary?county=510403")
        .await
        .ok(200);
    assert_eq!(none["total"]["accepted"], 0);
    assert_eq!(none["total"]["on_time_rate"], Value::Null);
    for wrong in [
        "from=2026-02-30",
        "from=2026-03-02&to=2026-03-01",
        "from=2000-01-01&to=2026-01-01",
        "business=nothing",
        "family=nothing",
        "source=pigeon",
    ] {
        let path = format!("/api/v1/statistics/summary?{wrong}");
        m.desk.get(&path).await.problem(422);
    }
    let miyi = m.house.join(MIYI, "miyi-desk", &[Role::Reception]).await;
    let theirs = miyi.get("/api/v1/statistics/summary").await.ok(200);
    assert_eq!(theirs["total"]["accepted"], 0);
    for path in ["summary?county=510402", "by?by=county&authority=510400"] {
        let path = format!("/api/v1/statistics/{path}");
        miyi.get(&path).await.problem(403);
    }
}

#[tokio::test]
async fn each_figure_shown_is_explained() {
    let m = Month::new().await;
    let summary = m.desk.get("/api/v1/statistics/summary").await.ok(200);
    let meant = m.desk.get("/api/v1/statistics/definitions").await.ok(200);
    // parts of a figure are explained with the figure
    let parts = ["online", "automatic", "on_time"];
    for figure in summary["total"].as_object().unwrap().keys() {
        if !parts.contains(&figure.as_str()) {
            let definition = at(&meant["items"], "code", figure);
            assert!(chinese(definition["meaning"].as_str().unwrap()));
        }
    }
}

#[tokio::test]
async fn another_program_reads_what_is_exported() {
    let m = Month::new().await;
    let answer = m
        .desk
        .get("/api/v1/statistics/export?by=business&format=xlsx")
        .await;
    assert_eq!(answer.status, 200);
    let disposition = answer.headers[header::CONTENT_DISPOSITION]
        .to_str()
        .unwrap();
    assert!(disposition.contains("attachment") && disposition.contains(".xlsx"));
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(&answer.bytes)).unwrap();
    let sheet = book.worksheet_range("按业务").unwrap();
    let rows: Vec<&[Data]> = sheet.rows().collect();
    let head = rows
        .iter()
        .position(|r| r[0] == Data::String("业务".into()))
        .unwrap();
    let accepted = rows[head]
        .iter()
        .position(|c| *c == Data::String("受理（件）".into()))
        .unwrap();
    assert_eq!(rows[head + 1][accepted], Data::Float(3.0));
    assert_eq!(rows.last().unwrap()[0], Data::String("合计".into()));
    assert!(book.sheet_names().contains(&"口径说明".to_owned()));
    let csv = m
        .desk
        .get("/api/v1/statistics/export?by=county&format=csv")
        .await;
    let text = csv.text();
    assert!(text.starts_with("\u{feff}县（区）,受理（件）"), "{text}");
    assert!(text.contains("东区,3,0,"), "{text}");
    assert_eq!(m.house.told("statistics.exported").await, 2);
}

#[tokio::test]
async fn work_by_person_is_for_administrators_and_told_in_the_trail() {
    let m = Month::new().await;
    m.desk.get("/api/v1/statistics/staff").await.problem(403);
    let found = m.chief.get("/api/v1/statistics/staff").await.ok(200);
    let desk = at(&found["items"], "name", "人员desk");
    assert_eq!(desk["accepted"], 3);
    let registrar = at(&found["items"], "name", "人员registrar");
    assert_eq!(
        (&registrar["recorded"], &registrar["accepted"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(m.house.told("statistics.staff_read").await, 1);
    let csv = m
        .chief
        .get("/api/v1/statistics/staff?format=csv")
        .await
        .text();
    assert!(csv.contains("人员desk,3,"), "{csv}");
}

#[tokio::test]
async fn the_board_lists_by_light_and_a_supervisor_reminds() {
    let m = Month::new().await;
    let board = m.desk.get("/api/v1/board/supervisor").await.ok(200);
    let items = board["items"].as_array().unwrap();
    let levels: Vec<&Value> = items.iter().map(|i| &i["level"]).collect();
    assert_eq!(levels, ["overdue", "red"]);
    assert_eq!(items[0]["case_no"], m.late);
    assert!(items[0]["days_left"].as_i64().unwrap() < 0);
    let page = m.desk.get("/api/v1/board/supervisor?limit=1").await.ok(200);
    let next = page["next_cursor"].as_str().unwrap();
    let path = format!("/api/v1/board/supervisor?limit=1&cursor={next}");
    let rest = m.desk.get(&path).await.ok(200);
    assert_eq!(rest["items"][0]["case_no"], items[1]["case_no"]);
    let red = m
        .desk
        .get("/api/v1/board/supervisor?level=red")
        .await
        .ok(200);
    assert_eq!(red["items"].as_array().unwrap().len(), 1);
    let elsewhere = m
        .desk
        .get("/api/v1/board/supervisor?step=approval")
        .await
        .ok(200);
    assert_eq!(elsewhere["items"], json!([]));
    m.desk
        .get("/api/v1/board/supervisor?cursor=x")
        .await
        .problem(422);

    let first = m.house.sign_in("first").await;
    let none = first.get("/api/v1/board/reminders").await.ok(200);
    assert_eq!(none["items"], json!([]));
    let urge = json!({ "cases": [m.late], "note": "申请人来电询问，请今天办理" });
    m.desk
        .post("/api/v1/board/reminders", &urge)
        .await
        .problem(403);
    let made = m
        .reviewer
        .post("/api/v1/board/reminders", &urge)
        .await
        .ok(201);
    assert_eq!(made["count"], 1);
    let told = first.get("/api/v1/board/reminders").await.ok(200);
    assert_eq!(told["items"][0]["case_no"], m.late);
    assert_eq!(told["items"][0]["level_name"], "催办");
    assert_eq!(told["items"][0]["note"], urge["note"]);
    // whoever took it in is not to act now
    let desk = m.desk.get("/api/v1/board/reminders").await.ok(200);
    assert_eq!(desk["items"], json!([]));
    let unknown = json!({ "cases": ["51040220260101000001"] });
    m.reviewer
        .post("/api/v1/board/reminders", &unknown)
        .await
        .problem(404);
    m.reviewer
        .post("/api/v1/board/reminders", &json!({ "cases": [] }))
        .await
        .problem(422);
    assert_eq!(m.house.told("case.urged").await, 1);

    // the clock reminds of each light once
    let made = dengbu_server::background::remind_all(m.house.db.store())
        .await
        .unwrap();
    assert_eq!(made, 2);
    let again = dengbu_server::background::remind_all(m.house.db.store())
        .await
        .unwrap();
    assert_eq!(again, 0);
    let told = first.get("/api/v1/board/reminders").await.ok(200);
    assert_eq!(told["items"].as_array().unwrap().len(), 2);
}
