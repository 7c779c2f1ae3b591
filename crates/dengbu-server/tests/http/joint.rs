//! Cases handled together by HTTP: joined, recorded when all are decided, parted.

use dengbu_staff::Role;
use serde_json::json;

use crate::hands::agree;
use crate::house::{CITY, House, MIYI};
use crate::land::{party, resident};
use crate::waiting::send;

#[tokio::test]
async fn none_of_them_is_recorded_before_all_are_decided() {
    let house = House::new().await;
    let units = house.plant(CITY, "510402", "栖霞", 3).await;
    let far = house.plant(MIYI, MIYI, "安宁", 1).await.remove(0);
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let first = house.join(CITY, "first", &[Role::FirstReviewer]).await;
    let reviewer = house.join(CITY, "reviewer", &[Role::Reviewer]).await;
    let registrar = house.join(CITY, "registrar", &[Role::Registrar]).await;
    let miyi = house.join(MIYI, "miyi", &[Role::Reception]).await;
    let mut cases = Vec::new();
    for unit in &units {
        let buyer = party("买方", &resident(101));
        cases.push(desk.ready_sale(unit, buyer).await);
    }
    let [a, b, c] = &cases[..] else { panic!() };
    let theirs = miyi.ready_sale(&far, party("买方", &resident(102))).await;

    let with = |no: &str| json!({ "with": no });
    let p = send(&desk, a, "/joint", with(a)).await.problem(422);
    assert_eq!(p["errors"][0]["field"], "/with");
    for unknown in [theirs.as_str(), "51040220990101000001", "x"] {
        let p = send(&desk, a, "/joint", with(unknown)).await.problem(422);
        assert!(
            p["errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains("没有找到"),
            "{p}"
        );
    }
    send(&first, a, "/joint", with(b)).await.problem(403);
    send(&desk, a, "/joint", with(b)).await.ok(200);
    let joined = send(&desk, c, "/joint", with(a)).await.ok(200);
    assert_eq!(joined["joined"].as_array().unwrap().len(), 2);
    send(&desk, c, "/joint", with(b)).await.problem(422);

    for no in [a, b, c] {
        desk.act(no, json!({ "action": "submit" })).await.ok(200);
    }
    for no in [a, b] {
        first.act(no, agree()).await.ok(200);
        reviewer.act(no, agree()).await.ok(200);
    }
    let record = json!({ "action": "record" });
    let p = registrar.act(a, record.clone()).await.problem(422);
    let said = p["errors"][0]["message"].as_str().unwrap();
    assert!(said.contains(c.as_str()) && said.contains("初审"), "{said}");
    first.act(c, agree()).await.ok(200);
    reviewer
        .act(c, json!({ "action": "refuse", "reason": "材料不实" }))
        .await
        .ok(200);
    let p = registrar.act(a, record.clone()).await.problem(422);
    assert!(p["errors"][0]["message"].as_str().unwrap().contains("分案"));
    // the registrar parts it from the group, with a reason, and it is recorded by itself
    send(&registrar, a, "/joint/parting", json!({ "reason": " " }))
        .await
        .problem(422);
    let alone = send(
        &registrar,
        a,
        "/joint/parting",
        json!({ "reason": "申请人同意单独登记" }),
    )
    .await
    .ok(200);
    assert_eq!(alone["joined"], json!([]));
    registrar.act(a, record.clone()).await.ok(200);
    registrar.act(b, record).await.problem(422);
    assert_eq!(house.told("case.parted").await, 1);
}
