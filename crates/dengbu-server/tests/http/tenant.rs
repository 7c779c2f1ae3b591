//! A new registration authority, set up over the interface in one request: usable at once, and
//! apart from all others.

use dengbu_staff::{PLATFORM, Role};
use dengbu_store::Scope;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::house::{CITY, Client, DAILY, House, SALE};
use crate::land::{party, resident};

const NEW: &str = "519900";
const COUNTY: &str = "519902";

/// What sets up an authority with one district.
pub fn request(authority: &str, county: &str) -> Value {
    json!({
        "authority": authority, "name": "示例市不动产登记中心", "place_name": "示例市",
        "province_short": "川",
        "counties": [{ "code": county, "name": "甲区" }],
        "offices": [{ "office_id": format!("{authority}-01"), "name": "市登记大厅", "county": county }],
        "administrator": { "username": "new-chief", "name": "首任管理员" },
        "national_calendar": true, "settle_before": "never"
    })
}

async fn operator(house: &House) -> Client {
    house.join(PLATFORM, "operator", &[Role::Operator]).await
}

/// How many rows of other places each table shows in this scope.
async fn strangers(house: &House, scope: &Scope) -> Vec<String> {
    let tables = "select string_agg(c, ',' order by c) from (
        select table_name || ' ' || min(column_name) as c from information_schema.columns
         where table_schema = 'public' and column_name in ('authority', 'county')
           and table_name not in ('authority', 'authority_county', 'login', 'session') group by table_name) t";
    let mut seen = Vec::new();
    for pair in house.one(tables).await.split(',') {
        let (table, column) = pair.split_once(' ').unwrap();
        let sql = format!("select count(*) from {table} where not ({column} = any($1))");
        let mut tx = house.db.store().begin(scope).await.unwrap();
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(scope.codes())
            .fetch_one(tx.conn())
            .await
            .unwrap();
        if count > 0 {
            seen.push(format!("{table}: {count}"));
        }
    }
    seen
}

#[tokio::test]
async fn a_new_authority_is_set_up_at_once_and_works_apart_from_the_others() {
    let house = House::new().await;
    let city_unit = house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let city_case = desk
        .ready_sale(&city_unit, party("买方", &resident(101)))
        .await;
    let operator = operator(&house).await;
    let path = "/api/v1/platform/tenants";
    let opened = operator.post(path, &request(NEW, COUNTY)).await.ok(201);
    assert_eq!(opened["username"], "new-chief");
    let listed = operator.get(path).await.ok(200);
    let codes: Vec<&str> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["authority"].as_str().unwrap())
        .collect();
    assert_eq!(codes, [CITY, "510421", "510422", NEW]);

    // the first administrator signs in with the one-time password and must replace it
    let answer = house
        .try_sign_in("new-chief", opened["initial_password"].as_str().unwrap())
        .await;
    let first = house.signed(&answer);
    assert_eq!(answer.ok(200)["standing"], "password_change_needed");
    first.get("/api/v1/staff").await.problem(403);
    house
        .set_policy(NEW, json!({ "require_totp": false }))
        .await;
    let change = json!({ "current": opened["initial_password"], "new": "Xin-Kou-Ling-9x" });
    let changed = first.post("/api/v1/session/password", &change).await;
    assert!(changed.status.is_success(), "{}", changed.text());
    let chief = house.signed(&house.try_sign_in("new-chief", "Xin-Kou-Ling-9x").await);
    let staff = chief.get("/api/v1/staff").await.ok(200);
    assert_eq!(staff["items"].as_array().unwrap().len(), 1);
    let offices = chief.get("/api/v1/offices").await.ok(200);
    assert_eq!(offices["items"].as_array().unwrap().len(), 1);
    let calendar = chief.get("/api/v1/calendar?year=2026").await.ok(200);
    assert!(calendar.to_string().contains("2026-10-01"), "{calendar}");

    // a case of its own, with its own number
    let scope = Scope::new([NEW, COUNTY]).unwrap();
    let unit = house
        .plant_in(&scope, NEW, COUNTY, "新市", 1)
        .await
        .remove(0);
    let clerk = house.join(NEW, "new-desk", &[Role::Reception]).await;
    let case_no = clerk.ready_sale(&unit, party("买方", &resident(102))).await;
    assert!(case_no.starts_with(COUNTY));
    let submitted = clerk
        .act(&case_no, json!({ "action": "submit" }))
        .await
        .ok(200);
    assert_eq!(submitted["authority_name"], "示例市不动产登记中心");

    let agree = json!({ "action": "agree", "opinion": "材料齐全" });
    for (name, role) in [
        ("new-first", Role::FirstReviewer),
        ("new-second", Role::Reviewer),
    ] {
        let person = house.join(NEW, name, &[role]).await;
        person.act(&case_no, agree.clone()).await.ok(200);
    }
    let registrar = house.join(NEW, "new-registrar", &[Role::Registrar]).await;
    let done = registrar
        .act(&case_no, json!({ "action": "record" }))
        .await
        .ok(200);
    let number = done["results"][0]["certificate_no"].as_str().unwrap();
    assert!(
        number.starts_with("川") && number.ends_with("示例市不动产权第0000001号"),
        "{number}"
    );

    // neither sees anything of the other, by the interface or in the database
    let all = house.join(CITY, "city-all", &DAILY).await;
    for (client, case, place) in [
        (&all, &case_no, "%E6%96%B0%E5%B8%82"),
        (&clerk, &city_case, "%E6%A0%96%E9%9C%9E"),
    ] {
        client
            .get(&format!("/api/v1/cases/{case}"))
            .await
            .problem(404);
        let units = client
            .get(&format!("/api/v1/units?q={place}%E8%B7%AF"))
            .await
            .ok(200);
        assert_eq!(units["items"], json!([]));
    }
    let listed = all.get("/api/v1/cases?box=all").await.ok(200);
    assert!(!listed.to_string().contains(&case_no));
    let asked = json!({ "business": SALE, "units": [unit] });
    all.post("/api/v1/cases", &asked).await.problem(403);
    let city = Scope::new([CITY, "510402", "510403", "510411"]).unwrap();
    let platform = Scope::single(PLATFORM).unwrap();
    for scope in [&scope, &city, &platform] {
        assert_eq!(
            strangers(&house, scope).await,
            Vec::<String>::new(),
            "{scope}"
        );
    }
    // who set it up sees nothing of what it does
    operator
        .get(&format!("/api/v1/cases/{case_no}"))
        .await
        .problem(403);
    operator.get("/api/v1/staff").await.problem(403);
}

#[tokio::test]
async fn only_the_operator_sets_up_authorities_and_only_whole_ones() {
    let house = House::new().await;
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let path = "/api/v1/platform/tenants";
    chief.post(path, &request(NEW, COUNTY)).await.problem(403);
    chief.get(path).await.problem(403);
    let operator = operator(&house).await;
    let before = house.kept().await;
    let mut taken = request(NEW, COUNTY);
    taken["administrator"]["username"] = json!("chief");
    for (bad, field) in [
        (request(CITY, COUNTY), "/authority"),
        (request(NEW, "510402"), "/counties/0/code"),
        (request("51990", COUNTY), "/authority"),
        (request(PLATFORM, COUNTY), "/authority"),
        (taken, "/administrator/username"),
    ] {
        let p = operator.post(path, &bad).await.problem(422);
        assert_eq!(p["errors"][0]["field"], field, "{p}");
    }
    assert_eq!(house.kept().await, before, "all or nothing");
    // the database itself lets nobody add an authority outside the platform's scope
    let mut tx = house.tx(CITY).await;
    let row = "insert into authority (authority, name, place_name) values ('519999', '甲', '乙')";
    assert!(sqlx::query(row).execute(tx.conn()).await.is_err());
}
