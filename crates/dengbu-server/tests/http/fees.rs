//! Fees over HTTP: assessed at acceptance, paid at the desk, given back, counted at the end of the
//! day; estimates for whoever asks.

use axum::http::Method;
use dengbu_cases::{case, fees as bridge};
use dengbu_fees::desk::orders;
use dengbu_fees::gateway;
use dengbu_model::time::date_in_shanghai;
use dengbu_staff::{Action, Role};
use serde_json::{Value, json};

use crate::house::{CITY, Client, House, MIYI, SALE, fresh_key};
use crate::land::{party, resident};
use crate::table::Reach;

/// The operations of this noun, for the table of all.
pub const OPERATIONS: &[&str] = &[
    "list_fee_orders",
    "read_fee_order",
    "case_fee",
    "assess_case_fee",
    "exempt_fee",
    "put_fee_on_account",
    "pay_fee",
    "refund_fee",
    "fee_day",
    "fee_day_csv",
    "count_fee_day",
    "fee_month",
    "fee_month_orders",
    "fee_month_csv",
    "settle_fee_month",
    "read_fee_settings",
    "set_fee_settings",
    "fee_tariff",
    "estimate_fee",
    "estimate_tax",
];

/// An order for a case of 510402, though it is not accepted yet.
pub async fn fill(house: &House, clerk: &Client, case_no: &str) {
    let mut tx = house.tx(CITY).await;
    let case = case::load(&mut tx, case_no, false).await.unwrap();
    let facts = bridge::facts(&mut tx, &case).await.unwrap();
    let doing = dengbu_fees::Doing {
        staff_id: clerk.staff_id.unwrap(),
        name: "人员city-clerk",
        office_id: None,
        now: chrono::Utc::now(),
        ids: &uuid::Uuid::now_v7,
    };
    orders::charge(&mut tx, gateway::bills(), &facts, &doing)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Where and with what each operation is called.
pub fn aim(id: &str, case_no: &str) -> Option<(String, Option<Value>, Reach, Option<Action>)> {
    use Reach::{List, Object, Own};
    let order = |rest: &str| format!("/api/v1/fee-orders/{case_no}-01{rest}");
    let at = |path: &str| format!("/api/v1{path}");
    let payer = "payer=%E5%BC%A0%E4%B8%89";
    let pay = json!({ "method": "cash", "amount": "80.00" });
    let back = json!({ "payment_id": uuid::Uuid::nil(), "amount": "80.00", "reason": "试一试" });
    let counts = json!({ "counts": [{ "method": "cash", "counted": "0.00" }] });
    let settle =
        json!({ "payer": "张三", "method": "transfer", "amount": "80.00", "channel_no": "1" });
    let settings = json!({ "settle_before": "certificate", "monthly_payers": [] });
    let (path, body, reach, needs) = match id {
        "list_fee_orders" => (
            at("/fee-orders?box=all&limit=100"),
            None,
            List,
            Action::CollectFee,
        ),
        "read_fee_order" => (order(""), None, Object, Action::CollectFee),
        "case_fee" => (
            at(&format!("/cases/{case_no}/fee")),
            None,
            Object,
            Action::ReadCases,
        ),
        "assess_case_fee" => {
            let path = at(&format!("/cases/{case_no}/fee"));
            (path, Some(json!({})), Object, Action::CollectFee)
        }
        "exempt_fee" => {
            let body = json!({ "exemption": "small_enterprise", "note": "名录查询" });
            (order("/exemption"), Some(body), Object, Action::CollectFee)
        }
        "put_fee_on_account" => {
            let body = json!({ "monthly": true });
            (order("/account"), Some(body), Object, Action::CollectFee)
        }
        "pay_fee" => (order("/payments"), Some(pay), Object, Action::CollectFee),
        "refund_fee" => (order("/refunds"), Some(back), Object, Action::CollectFee),
        "fee_day" => (at("/fee-days/2026-01-05"), None, List, Action::CollectFee),
        "fee_day_csv" => (
            at("/fee-days/2026-01-05/csv"),
            None,
            List,
            Action::CollectFee,
        ),
        "count_fee_day" => {
            let path = at("/fee-days/2026-01-05/counts");
            (path, Some(counts), Own, Action::CollectFee)
        }
        "fee_month" => (at("/fee-months/2026-01"), None, List, Action::CollectFee),
        "fee_month_orders" => {
            let path = at(&format!("/fee-months/2026-01/orders?{payer}"));
            (path, None, List, Action::CollectFee)
        }
        "fee_month_csv" => {
            let path = at(&format!("/fee-months/2026-01/csv?{payer}"));
            (path, None, List, Action::CollectFee)
        }
        "settle_fee_month" => {
            let path = at("/fee-months/2026-01/settlements");
            (path, Some(settle), Own, Action::CollectFee)
        }
        "read_fee_settings" => (at("/authority/fees"), None, Own, Action::ManageSettings),
        "set_fee_settings" => (
            at("/authority/fees"),
            Some(settings),
            Own,
            Action::ManageSettings,
        ),
        "fee_tariff" => return Some((at("/fee-tariff"), None, Own, None)),
        "estimate_fee" => {
            let path = at(&format!(
                "/fee-estimate?business={SALE}&use_class=residential"
            ));
            return Some((path, None, Own, None));
        }
        "estimate_tax" => {
            let path = at("/tax-estimate?passing=sale&subject=other&price=500000");
            return Some((path, None, Own, None));
        }
        _ => return None,
    };
    Some((path, body, reach, Some(needs)))
}

async fn orders_of(cashier: &Client, case_no: &str) -> Value {
    let path = format!("/api/v1/cases/{case_no}/fee");
    cashier.get(&path).await.ok(200)
}

async fn at_version(
    cashier: &Client,
    path: &str,
    version: &Value,
    body: &Value,
) -> crate::house::Answer {
    let seen = format!("\"{version}\"");
    let head = [("if-match", seen.as_str())];
    cashier.with(Method::POST, path, &head, body).await
}

/// Decides that the unit is a dwelling and pays in cash.
pub async fn settle(cashier: &Client, case_no: &str) -> Value {
    let fee = orders_of(cashier, case_no).await;
    let path = format!("/api/v1/cases/{case_no}/fee");
    let unit = &fee["orders"][0]["undecided_unit"];
    let decision = json!({ "decision": { "unit": unit, "use_class": "residential", "note": "规划许可载明住宅" } });
    let order = cashier.post(&path, &decision).await.ok(200)["orders"][0].clone();
    assert_eq!(
        (&order["due"], &order["state"]),
        (&json!("80.00"), &json!("unpaid"))
    );
    let number = order["order_no"].as_str().unwrap();
    let body = json!({ "method": "cash", "amount": "80.00" });
    let path = format!("/api/v1/fee-orders/{number}/payments");
    at_version(cashier, &path, &order["version"], &body)
        .await
        .ok(201)
}

/// A sale whose buyer has to pay; the people who move it.
struct Desk {
    house: House,
    clerk: Client,
    cashier: Client,
}

impl Desk {
    async fn new() -> Self {
        let house = House::new().await;
        let clerk = house.join(CITY, "clerk", &[Role::Reception]).await;
        let cashier = house.join(CITY, "cashier", &[Role::Cashier]).await;
        Self {
            house,
            clerk,
            cashier,
        }
    }

    async fn accepted(&self) -> String {
        let unit = self.house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
        let case_no = self
            .clerk
            .ready_sale(&unit, party("买方", &resident(101)))
            .await;
        let submit = json!({ "action": "submit" });
        self.clerk.act(&case_no, submit).await.ok(200);
        case_no
    }
}

#[tokio::test]
async fn a_fee_is_taken_once_and_its_receipt_can_be_read() {
    let desk = Desk::new().await;
    let case_no = desk.accepted().await;
    let list = desk.cashier.get("/api/v1/fee-orders").await.ok(200);
    assert_eq!(
        (&list["to_pay"], &list["to_refund"]),
        (&json!(1), &json!(0))
    );
    let order = &list["items"][0];
    assert_eq!(order["case_no"], case_no);
    assert_eq!(order["payer"], "买方");
    let number = order["order_no"].as_str().unwrap();
    let pay = format!("/api/v1/fee-orders/{number}/payments");
    let cash = json!({ "method": "cash", "amount": "550.00" });
    let p = at_version(&desk.cashier, &pay, &order["version"], &cash)
        .await
        .problem(409);
    assert_eq!(p["code"], "use_unknown");
    let paid = settle(&desk.cashier, &case_no).await;
    assert_eq!(paid["order"]["order"]["state_name"], "已缴");
    let payment = &paid["order"]["payments"][0];
    assert_eq!(payment["amount_capital"], "捌拾元整");
    assert_eq!(payment["simulated"], true);
    assert_eq!(paid["payment_id"], payment["payment_id"]);
    let again = json!({ "method": "cash", "amount": "80.00" });
    let version = &paid["order"]["order"]["version"];
    at_version(&desk.cashier, &pay, version, &again)
        .await
        .problem(422);
    let shown = desk
        .cashier
        .get(&format!("/api/v1/fee-orders/{number}"))
        .await
        .ok(200);
    assert_eq!(shown["payments"].as_array().unwrap().len(), 1);
    assert!(shown["lines"][0]["law"].as_str().unwrap().contains("2559"));
    assert_eq!(desk.house.told("fee.paid").await, 1);
    assert_eq!(desk.house.told("fee.read").await, 1);
}

#[tokio::test]
async fn a_repeated_payment_is_one_payment() {
    let desk = Desk::new().await;
    let case_no = desk.accepted().await;
    let fee = orders_of(&desk.cashier, &case_no).await;
    let decision = json!({ "decision": { "unit": fee["orders"][0]["undecided_unit"], "use_class": "garage", "note": "车库" } });
    let path = format!("/api/v1/cases/{case_no}/fee");
    let order = desk.cashier.post(&path, &decision).await.ok(200)["orders"][0].clone();
    let key = fresh_key();
    let version = format!("\"{}\"", order["version"]);
    let head = [
        ("idempotency-key", key.as_str()),
        ("if-match", version.as_str()),
    ];
    let number = order["order_no"].as_str().unwrap();
    let path = format!("/api/v1/fee-orders/{number}/payments");
    let body = json!({ "method": "pos", "amount": "80.00", "channel_no": "P-1" });
    let send = || desk.cashier.with(Method::POST, &path, &head, &body);
    let (a, b) = tokio::join!(send(), send());
    assert_eq!(a.ok(201), b.ok(201));
    let count = desk
        .house
        .one("select count(*)::text from fee_payment")
        .await;
    assert_eq!(count, "1");
    let p = desk
        .cashier
        .with(
            Method::POST,
            &path,
            &[("if-match", version.as_str())],
            &body,
        )
        .await
        .problem(409);
    assert_eq!(p["code"], "stale_version");
}

#[tokio::test]
async fn what_is_wrong_with_a_payment_is_named() {
    let desk = Desk::new().await;
    let case_no = desk.accepted().await;
    let path = format!("/api/v1/fee-orders/{case_no}-01/payments");
    let field = async |body: Value| {
        let p = at_version(&desk.cashier, &path, &json!(1), &body)
            .await
            .problem(422);
        p["errors"][0]["field"].as_str().unwrap().to_owned()
    };
    assert_eq!(field(json!({ "method": "cash" })).await, "/amount");
    assert_eq!(
        field(json!({ "method": "gold", "amount": "1.00" })).await,
        "/method"
    );
    assert_eq!(
        field(json!({ "method": "cash", "amount": "-1" })).await,
        "/amount"
    );
    assert_eq!(
        field(json!({ "method": "cash", "amount": "1.001" })).await,
        "/amount"
    );
    let p = desk
        .cashier
        .post(&path, &json!({ "method": "cash", "amount": "1.00" }))
        .await
        .problem(428);
    assert_eq!(p["code"], "if_match_missing");
    let draft = {
        let units = desk.house.plant(CITY, "510403", "清香", 1).await;
        desk.clerk.open(SALE, &units[0]).await
    };
    let p = desk
        .cashier
        .post(&format!("/api/v1/cases/{draft}/fee"), &json!({}))
        .await
        .problem(409);
    assert_eq!(p["code"], "not_accepted");
}

#[tokio::test]
async fn a_withdrawn_case_gets_its_money_back_and_the_day_adds_up() {
    let desk = Desk::new().await;
    let case_no = desk.accepted().await;
    let paid = settle(&desk.cashier, &case_no).await;
    let withdraw = json!({ "action": "withdraw", "reason": "双方不再交易" });
    desk.clerk.act(&case_no, withdraw).await.ok(200);
    let list = desk
        .cashier
        .get("/api/v1/fee-orders?box=to_refund")
        .await
        .ok(200);
    let order = &list["items"][0];
    assert_eq!(
        (&order["state"], &order["overpaid"]),
        (&json!("refund_due"), &json!("80.00"))
    );
    let path = format!("/api/v1/fee-orders/{case_no}-01/refunds");
    let body = json!({ "payment_id": paid["payment_id"], "amount": "80.00", "reason": "申请撤回" });
    let back = at_version(&desk.cashier, &path, &order["version"], &body)
        .await
        .ok(201);
    assert_eq!(back["order"]["order"]["state_name"], "已退款");
    let today = date_in_shanghai(chrono::Utc::now());
    let path = format!("/api/v1/fee-days/{today}");
    let day = desk.cashier.get(&path).await.ok(200);
    assert_eq!(
        (&day["taken"], &day["given"], &day["net"]),
        (&json!("80.00"), &json!("80.00"), &json!("0.00"))
    );
    assert_eq!(day["rows"][0]["difference"], Value::Null);
    let counts = format!("{path}/counts");
    let of = |counted: &str| json!({ "counts": [{ "method": "cash", "counted": counted }] });
    let p = desk.cashier.post(&counts, &of("1.00")).await.problem(422);
    assert_eq!(p["errors"][0]["field"], "/note");
    let day = desk.cashier.post(&counts, &of("0.00")).await.ok(200);
    assert_eq!(day["rows"][0]["difference"], "0.00");
    let csv = desk.cashier.get(&format!("{path}/csv")).await;
    assert!(csv.media_type().starts_with("text/csv"));
    assert!(csv.text().contains("SJ510400") && csv.text().contains("-80.00"));
    desk.cashier
        .get("/api/v1/fee-days/2026-02-30")
        .await
        .problem(422);
}

#[tokio::test]
async fn an_authority_sets_who_settles_by_the_month() {
    let desk = Desk::new().await;
    let chief = desk.house.join(CITY, "chief", &[Role::Administrator]).await;
    let put = async |body: Value| {
        chief
            .with(Method::PUT, "/api/v1/authority/fees", &[], &body)
            .await
    };
    let p =
        put(json!({ "settle_before": "certificate", "deed_rate": "0.06", "monthly_payers": [] }))
            .await
            .problem(422);
    assert_eq!(p["errors"][0]["field"], "/deed_rate");
    put(
        json!({ "settle_before": "delivery", "deed_rate": "0.04", "monthly_payers": ["示例银行"] }),
    )
    .await
    .ok(200);
    let kept = chief.get("/api/v1/authority/fees").await.ok(200);
    assert_eq!(kept["monthly_payers"], json!(["示例银行"]));
    let ask = "/api/v1/tax-estimate?passing=sale&subject=other&price=500000";
    let tax = desk.clerk.get(ask).await.ok(200);
    assert_eq!(tax["lines"][0]["amount"], "20000.00");
    let other = desk.house.join(MIYI, "miyi", &[Role::Reception]).await;
    let tax = other.get(ask).await.ok(200);
    assert_eq!(
        tax["lines"][0]["amount"], "15000.00",
        "another authority's rate"
    );
}

#[tokio::test]
async fn estimates_say_what_they_rest_on() {
    let house = House::new().await;
    let clerk = house.join(CITY, "clerk", &[Role::Reception]).await;
    let ask = async |rest: &str| clerk.get(&format!("/api/v1/{rest}")).await;
    let fee = ask("fee-estimate?business=100-DY-01&use_class=residential&units=3&parcels=1")
        .await
        .ok(200);
    assert_eq!(fee["due"], "80.00");
    assert!(
        fee["parts"][0]["lines"][0]["law"]
            .as_str()
            .unwrap()
            .contains("同一宗地")
    );
    let tax =
        ask("tax-estimate?passing=sale&subject=home&price=800000&area=120&homes=2&held_years=3")
            .await
            .ok(200);
    assert_eq!(tax["lines"][0]["amount"], "8000.00");
    assert_eq!(tax["lines"][0]["rate_percent"], "1");
    for (rest, field) in [
        (
            "tax-estimate?passing=sale&subject=home&price=800000&area=120",
            "/homes",
        ),
        (
            "tax-estimate?passing=sale&subject=home&price=800000&homes=1",
            "/area",
        ),
        (
            "tax-estimate?passing=sale&subject=home&price=1&homes=9",
            "/homes",
        ),
        (
            "fee-estimate?business=nothing&use_class=garage",
            "/business",
        ),
        (
            "fee-estimate?business=100-DY-01&use_class=garage&units=0",
            "/units",
        ),
    ] {
        let p = ask(rest).await.problem(422);
        assert_eq!(p["errors"][0]["field"], field, "{rest}");
    }
    ask("tax-estimate?passing=sale&subject=home&price=abc")
        .await
        .problem(400);
    let tariff = ask("fee-tariff").await.ok(200);
    assert_eq!(tariff["residential"], "80.00");
}

/// A case decided without a person goes on to its electronic certificate once the fee is paid.
#[tokio::test]
async fn an_automatic_case_waits_for_its_fee_and_then_goes_on_by_itself() {
    let desk = Desk::new().await;
    let unit = desk.house.plant(CITY, "510402", "栖霞", 1).await.remove(0);
    let gateway = crate::instant::open_channel(&desk.house, 0).await;
    let mut tx = desk.house.tx(CITY).await;
    sqlx::query("update authority set settings = settings - 'fees' where authority = '510400'")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let sale = crate::instant::sale(&unit, 101, true);
    let request = crate::instant::from_owner(&gateway, &unit, sale).await;
    let told = gateway
        .post("/api/v1/instant-cases", &request)
        .await
        .ok(201);
    assert_eq!(
        (&told["granted"], &told["step"]),
        (&json!(true), &json!("certificate"))
    );
    let case_no = told["case_no"].as_str().unwrap();
    settle(&desk.cashier, case_no).await;
    let case = gateway.case(case_no).await;
    assert_eq!(
        (&case["state"], &case["step"]),
        (&json!("closed"), &json!("archive"))
    );
}
