//! Input that is wrong in itself: each is refused in Chinese with its field named, and nothing
//! is written.

use dengbu_staff::Role;
use serde_json::{Value, json};

use crate::house::{CITY, Client, DAILY, House, SALE};
use crate::land::{credit_code, party, resident};

/// An office with one unit and one draft sale.
pub struct Desk {
    pub house: House,
    pub clerk: Client,
    pub chief: Client,
    pub auditor: Client,
    pub unit: String,
    pub case_no: String,
}

impl Desk {
    pub async fn new() -> Self {
        let house = House::new().await;
        let units = house.plant(CITY, "510402", "栖霞", 2).await;
        let clerk = house.join(CITY, "clerk", &DAILY).await;
        let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
        let auditor = house.join(CITY, "audit", &[Role::Auditor]).await;
        let case_no = clerk.open(SALE, &units[0]).await;
        clerk
            .save_sale(&case_no, party("买方", &resident(101)), |_| {})
            .await
            .ok(200);
        Self {
            house,
            clerk,
            chief,
            auditor,
            unit: units[1].clone(),
            case_no,
        }
    }
}

pub fn first_field(p: &Value) -> &str {
    p["errors"][0]["field"].as_str().unwrap_or("")
}

/// A resident number whose last place is not what the others demand.
fn wrong_resident() -> String {
    let mut number = resident(101);
    let last = number.pop().unwrap();
    number.push(if last == '1' { '2' } else { '1' });
    number
}

fn wrong_credit_code() -> String {
    let mut code = credit_code(1);
    let last = code.pop().unwrap();
    code.push(if last == '1' { '2' } else { '1' });
    code
}

#[tokio::test]
async fn a_unit_code_that_is_none_is_told_with_what_is_wrong() {
    let d = Desk::new().await;
    let before = d.house.kept().await;
    let long = "5".repeat(3000);
    for code in [
        "1",
        "510402001003GB00012F0001000",
        "510402001003GB00012F000100011",
        "510402001003GB00012X00010001",
        "51040a001003GB00012F00010001",
        "510402001003ZZ00012F00010001",
        "510402001003GB00012W00010001",
        &long,
    ] {
        let asked = json!({ "business": SALE, "units": [code] });
        let p = d.clerk.post("/api/v1/cases", &asked).await.problem(422);
        assert_eq!(first_field(&p), "/units/0", "{code}");
        for path in ["", "/register", "/register/paper"] {
            let p = d
                .clerk
                .get(&format!("/api/v1/units/{code}{path}"))
                .await
                .problem(422);
            assert_eq!(first_field(&p), "/unit_code", "{code}");
        }
        let p = d
            .clerk
            .get(&format!("/api/v1/units?by=unit_code&q={code}"))
            .await
            .problem(422);
        assert_eq!(first_field(&p), "/q");
    }
    let whole = format!("/api/v1/units/{}", d.unit.replace("510402", "510403"));
    d.clerk.get(&whole).await.problem(404);
    let p = d
        .clerk
        .get("/api/v1/buildings/51040200/table")
        .await
        .problem(422);
    assert_eq!(first_field(&p), "/building_code");
    let p = d.clerk.get("/api/v1/parcels/x").await.problem(422);
    assert_eq!(first_field(&p), "/parcel_code");
    for case_no in ["1", "5104022026112300000x", "51040220261123999999"] {
        d.clerk
            .get(&format!("/api/v1/cases/{case_no}"))
            .await
            .problem(404);
    }
    assert_eq!(d.house.kept().await, before);
}

#[tokio::test]
async fn a_case_that_cannot_begin_is_refused() {
    let d = Desk::new().await;
    let before = d.house.kept().await;
    let busy = d.clerk.case(&d.case_no).await["units"][0]["summary"]["unit_code"].clone();
    let busy = if busy.is_null() {
        d.clerk.case(&d.case_no).await["units"][0]["unit_code"].clone()
    } else {
        busy
    };
    let strange = d.unit.replace("F0001", "F0009");
    for (body, status, field) in [
        (json!({ "business": SALE, "units": [] }), 422, "/units"),
        (
            json!({ "business": "999", "units": [d.unit] }),
            422,
            "/business",
        ),
        (
            json!({ "business": SALE, "units": [d.unit, d.unit] }),
            422,
            "/units",
        ),
        (json!({ "business": SALE, "units": d.unit }), 422, "/units"),
        (json!({ "business": SALE, "units": [7] }), 422, "/units/0"),
        (json!({ "business": SALE }), 422, "/units"),
        (
            json!({ "business": null, "units": [d.unit] }),
            422,
            "/business",
        ),
        (
            json!({ "business": SALE, "units": [d.unit], "price": 1 }),
            422,
            "/price",
        ),
        (
            json!({ "business": SALE, "units": [d.unit], "target_right_id": "x" }),
            422,
            "/target_right_id",
        ),
        (
            json!({ "business": "400-DY-01", "units": [d.unit] }),
            422,
            "/target_right_id",
        ),
        (
            json!({ "business": SALE, "units": vec![d.unit.as_str(); 51] }),
            422,
            "/units",
        ),
        (json!({ "business": SALE, "units": [busy] }), 409, ""),
        (json!({ "business": SALE, "units": [strange] }), 404, ""),
        (
            json!({ "business": SALE, "units": ["519999001003GB00012F00010001"] }),
            404,
            "",
        ),
        (json!([SALE, [d.unit]]), 422, ""),
        (json!("x"), 422, ""),
        (Value::Null, 422, ""),
    ] {
        let p = d.clerk.post("/api/v1/cases", &body).await.problem(status);
        assert_eq!(first_field(&p), field, "{body}: {p}");
    }
    assert_eq!(d.house.kept().await, before);
}

#[tokio::test]
async fn an_application_is_refused_where_it_cannot_be_kept() {
    let d = Desk::new().await;
    let before = d.house.kept().await;
    for (pointer, value, field) in [
        ("/detail/price", json!("-1"), "/detail/price"),
        ("/detail/price", json!("1.234"), "/detail/price"),
        ("/detail/price", json!("1e5"), "/detail/price"),
        ("/detail/price", json!(800_000), "/detail/price"),
        ("/detail/price", json!("999999999999999"), "/detail/price"),
        (
            "/detail/contract_date",
            json!("2026-02-30"),
            "/detail/contract_date",
        ),
        (
            "/detail/contract_date",
            json!("gestern"),
            "/detail/contract_date",
        ),
        (
            "/detail/contract_date",
            json!("9999-01-01"),
            "/detail/contract_date",
        ),
        ("/detail/nonsense", json!(1), "/detail/nonsense"),
        ("/detail/kind", json!("gift"), "/detail/kind"),
        ("/detail", json!({ "kind": "seizure" }), "/detail/kind"),
        ("/detail", json!([]), "/detail/kind"),
        ("/holders/0/share", json!("0"), "/holders/0/share"),
        ("/holders/0/share", json!("3/2"), "/holders/0/share"),
        ("/holders/0/share", json!("1/0"), "/holders/0/share"),
        ("/holders/0/party/name", json!(7), "/holders/0/party/name"),
        (
            "/holders/0/party/name",
            json!("长".repeat(201)),
            "/holders/0/party/name",
        ),
        (
            "/holders/0/party/name",
            json!("a\u{0}b"),
            "/holders/0/party/name",
        ),
        (
            "/holders/0/party/kind",
            json!("77"),
            "/holders/0/party/kind",
        ),
        (
            "/holders/0/party/id/kind",
            json!("abc"),
            "/holders/0/party/id/kind",
        ),
        ("/holders/0/party/age", json!(7), "/holders/0/party/age"),
        ("/holders", json!({}), "/holders"),
        ("/co_ownership", json!("9"), "/co_ownership"),
        ("/reason", json!("长".repeat(201)), "/reason"),
        ("/reason", Value::Null, "/reason"),
        ("/remarks", json!("长".repeat(2001)), "/remarks"),
        ("/remarks", json!("\u{0}"), "/remarks"),
        (
            "/separate_certificates",
            json!("ja"),
            "/separate_certificates",
        ),
        ("/inquiry/0/answer", json!(false), "/inquiry/0/answer"),
        ("/unknown", json!(1), "/unknown"),
    ] {
        let answer = d
            .clerk
            .save_sale(&d.case_no, party("买方", &resident(101)), |a| {
                let (parent, last) = pointer.rsplit_once('/').unwrap();
                a.pointer_mut(parent).unwrap()[last] = value.clone();
            })
            .await;
        let p = answer.problem(422);
        assert_eq!(first_field(&p), field, "{pointer} {value}: {p}");
    }
    assert_eq!(d.house.kept().await, before);
}

/// A draft may be half filled in; submitting it may not.
#[tokio::test]
async fn an_application_that_is_wrong_is_not_accepted() {
    let d = Desk::new().await;
    d.clerk.papers(&d.case_no).await;
    let two = |a: &str, b: &str| {
        let one =
            |n: u32, share: &str| json!({ "party": party("买方", &resident(n)), "share": share });
        json!([one(101, a), one(102, b)])
    };
    type Write = Box<dyn Fn(&mut Value)>;
    let set = |pointer: &'static str, value: Value| -> Write {
        Box::new(move |a: &mut Value| *a.pointer_mut(pointer).unwrap() = value.clone())
    };
    let shares = |a: &'static str, b: &'static str| -> Write {
        Box::new(move |v: &mut Value| {
            v["holders"] = two(a, b);
            v["co_ownership"] = json!("2");
        })
    };
    let number = "/holders/0/party/id/number";
    let company = |code: String| -> Write {
        Box::new(move |v: &mut Value| {
            v["holders"][0]["party"]["kind"] = json!("2");
            v["holders"][0]["party"]["id"] = json!({ "kind": "8", "number": code });
        })
    };
    let rows: Vec<(Write, &str)> = vec![
        (set(number, json!(wrong_resident())), number),
        (set(number, json!("51049919800230101X")), number),
        (set(number, json!("510499")), number),
        (set(number, json!("")), number),
        (company(wrong_credit_code()), number),
        (company("1".to_owned()), number),
        (
            set("/holders/0/party/name", json!("  ")),
            "/holders/0/party/name",
        ),
        (
            set("/holders/0/party/id", Value::Null),
            "/holders/0/party/id",
        ),
        (set("/holders", json!([])), "/holders"),
        (set("/co_ownership", json!("1")), "/holders"),
        (shares("1/2", "1/3"), "/holders"),
        (shares("1/2", "2/3"), "/holders"),
        (shares("50%", "40%"), "/holders"),
        (set("/obligors", json!([])), "/obligors"),
        (set("/detail/price", json!("0")), "/detail/price"),
        (set("/detail/price", Value::Null), "/detail/price"),
        (
            set("/detail/contract_no", json!(" ")),
            "/detail/contract_no",
        ),
        (set("/reason", json!("")), "/reason"),
    ];
    let good = d.clerk.case(&d.case_no).await["application"].clone();
    for (write, field) in rows {
        let buyer = party("买方", &resident(101));
        d.clerk
            .save_sale(&d.case_no, buyer, |a| {
                a.clone_from(&good);
                write(a);
            })
            .await
            .ok(200);
        let before = d.house.kept().await;
        let p = d
            .clerk
            .act(&d.case_no, json!({ "action": "submit" }))
            .await
            .problem(422);
        assert_eq!(first_field(&p), field, "{p}");
        assert_eq!(d.house.kept().await, before);
    }
    let buyer = party("买方", &resident(101));
    d.clerk
        .save_sale(&d.case_no, buyer, |a| a.clone_from(&good))
        .await
        .ok(200);
    d.clerk
        .act(&d.case_no, json!({ "action": "submit" }))
        .await
        .ok(200);
}

#[tokio::test]
async fn a_move_that_makes_no_sense_is_refused() {
    let d = Desk::new().await;
    let before = d.house.kept().await;
    let submit = |extra: (&str, Value)| {
        let mut body = json!({ "action": "submit" });
        body[extra.0] = extra.1;
        body
    };
    for (body, status, field) in [
        (json!({ "action": "explode" }), 422, "/action"),
        (json!({}), 422, "/action"),
        (
            submit(("opinion", json!("长".repeat(2001)))),
            422,
            "/opinion",
        ),
        (submit(("opinion", json!("\u{0}"))), 422, "/opinion"),
        (submit(("target_step", json!("moon"))), 422, "/target_step"),
        (submit(("form_serials", json!("D1"))), 422, "/form_serials"),
        (
            submit(("recipient", json!({ "name": 1 }))),
            422,
            "/recipient/name",
        ),
        (
            submit(("recipient", json!({ "name": "a", "x": 1 }))),
            422,
            "/recipient/x",
        ),
        (submit(("x", json!(1))), 422, "/x"),
        (json!({ "action": "record" }), 409, ""),
        (json!({ "action": "agree" }), 409, ""),
        (json!({ "action": "archive", "archive_no": "1" }), 409, ""),
    ] {
        let p = d.clerk.act(&d.case_no, body.clone()).await.problem(status);
        assert_eq!(first_field(&p), field, "{body}: {p}");
    }
    // the paper for the checklist is missing
    let p = d
        .clerk
        .act(&d.case_no, json!({ "action": "submit" }))
        .await
        .problem(422);
    assert_eq!(p["code"], "materials_missing");
    assert_eq!(d.house.kept().await, before);
}
