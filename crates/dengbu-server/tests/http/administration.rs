//! What an authority sets for itself: channels it trusts, materials on top, and the cases decided
//! without a person that it looks at afterwards.

use axum::http::Method;
use dengbu_staff::Role;
use serde_json::{Value, json};

use crate::house::{CITY, Client, House, MIYI, SALE};
use crate::instant::{from_owner, open_channel, sale};
use crate::land::{party, resident};

async fn put(client: &Client, path: &str, body: &Value) -> crate::house::Answer {
    client.with(Method::PUT, path, &[], body).await
}

fn codes(list: &Value) -> Vec<&str> {
    let items = list.as_array().unwrap().iter();
    items.map(|c| c["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn materials_on_top_are_asked_of_new_cases_and_never_loosen_the_law() {
    let house = House::new().await;
    let units = house.plant(CITY, "510402", "栖霞", 2).await;
    let miyi_unit = house.plant(MIYI, MIYI, "安宁", 1).await.remove(0);
    let chief = house.join(CITY, "chief", &[Role::Administrator]).await;
    let desk = house.join(CITY, "desk", &[Role::Reception]).await;
    let before = desk
        .ready_sale(&units[0], party("买方", &resident(101)))
        .await;
    let path = format!("/api/v1/authority/extra-materials/{SALE}");
    let extra =
        json!({ "name": "物业交割单", "required": true, "basis": "《示例管理办法》第三条" });
    let set = put(&chief, &path, &json!({ "items": [extra] }))
        .await
        .ok(200);
    assert_eq!(set["items"][0]["code"], "JS1");

    // what the catalogue asks for stands; the item on top comes after it
    let law = desk.case(&before).await["checklist"].clone();
    let case_no = desk.open(SALE, &units[1]).await;
    let now = desk.case(&case_no).await["checklist"].clone();
    let mut expected = codes(&law);
    expected.push("JS1");
    assert_eq!(codes(&now), expected);
    for (was, is) in law.as_array().unwrap().iter().zip(now.as_array().unwrap()) {
        assert_eq!(was["required"], is["required"], "{is}");
    }
    // a case begun before is not asked for more
    assert!(!codes(&law).contains(&"JS1"));
    desk.act(&before, json!({ "action": "submit" }))
        .await
        .ok(200);

    let buyer = party("买方", &resident(102));
    desk.save_sale(&case_no, buyer, |_| {}).await.ok(200);
    for code in codes(&now).into_iter().filter(|c| *c != "JS1") {
        desk.upload(&case_no, &[("item", code)], b"%PDF-1.7 scan")
            .await
            .ok(201);
    }
    let refused = desk.act(&case_no, json!({ "action": "submit" })).await;
    assert!(refused.problem(422).to_string().contains("JS1 物业交割单"));
    let brought = desk
        .upload(&case_no, &[("item", "JS1")], b"%PDF-1.7 scan")
        .await
        .ok(201);
    assert_eq!(brought["item_name"], "物业交割单");
    // the list changes, this case keeps the one it was begun with
    put(&chief, &path, &json!({ "items": [] })).await.ok(200);
    desk.act(&case_no, json!({ "action": "submit" }))
        .await
        .ok(200);

    // an item of the catalogue cannot be taken over, nor anything asked for without a rule
    for bad in [
        json!({ "code": "A1", "name": "登记申请", "required": false, "basis": "示例" }),
        json!({ "name": "物业交割单", "required": true, "basis": "" }),
        json!({ "name": law[0]["name"], "required": false, "basis": "示例" }),
    ] {
        put(&chief, &path, &json!({ "items": [bad] }))
            .await
            .problem(422);
    }
    // another authority asks for what it always did
    let miyi = house.join(MIYI, "miyi-desk", &[Role::Reception]).await;
    put(&chief, &path, &json!({ "items": [extra] }))
        .await
        .ok(200);
    let theirs = miyi.open(SALE, &miyi_unit).await;
    assert!(!codes(&miyi.case(&theirs).await["checklist"]).contains(&"JS1"));
    assert_eq!(house.told("settings.extra_materials_set").await, 3);
}

#[tokio::test]
async fn a_channel_is_trusted_for_what_it_was_given_and_its_case_read_again() {
    let house = House::new().await;
    let units = house.plant(CITY, "510402", "栖霞", 2).await;
    let gateway = open_channel(&house, 100).await;
    let chief = house.sign_in("chief").await;
    let path = "/api/v1/authority/trusted-channels";
    let unknown = put(
        &chief,
        &format!("{path}/nobody"),
        &json!({ "sources": ["税务"] }),
    )
    .await;
    assert_eq!(unknown.problem(422)["errors"][0]["field"], "/account");
    let few = json!({ "sources": ["公安", " 住建 ", "住建"] });
    let set = put(&chief, &format!("{path}/gateway"), &few).await.ok(200);
    assert_eq!(set["sources"], json!(["公安", "住建"]));
    // 税务 was taken away: the case waits for a person
    let request = from_owner(&gateway, &units[0], sale(&units[0], 101, true)).await;
    let waits = gateway
        .post("/api/v1/instant-cases", &request)
        .await
        .ok(201);
    assert_eq!(waits["granted"], false);
    let all = json!({ "sources": ["公安", "住建", "税务"] });
    put(&chief, &format!("{path}/gateway"), &all).await.ok(200);
    let listed = chief.get(path).await.ok(200);
    assert_eq!(listed["items"][0]["account"], "gateway");
    let mut request = sale(&units[1], 102, true);
    request["application"]["obligors"] = json!([party("栖霞业主2", &resident(2))]);
    let done = gateway
        .post("/api/v1/instant-cases", &request)
        .await
        .ok(201);
    assert_eq!(done["granted"], true, "{done}");

    let case_no = done["case_no"].as_str().unwrap();
    let reviewer = house.join(CITY, "reviewer", &[Role::Reviewer]).await;
    let open = reviewer
        .get("/api/v1/after-checks?state=open")
        .await
        .ok(200);
    assert_eq!(open["items"].as_array().unwrap().len(), 1);
    let detail = reviewer
        .get(&format!("/api/v1/after-checks/{case_no}"))
        .await
        .ok(200);
    assert_eq!(detail["grounds"], done["grounds"], "as stored then");
    assert_eq!(detail["state"], "open");
    reviewer
        .get(&format!(
            "/api/v1/after-checks/{}",
            waits["case_no"].as_str().unwrap()
        ))
        .await
        .problem(404);
    let note = json!({ "passed": false, "note": "税票金额与合同不符" });
    reviewer
        .post(&format!("/api/v1/after-checks/{case_no}"), &note)
        .await
        .ok(204);
    for (state, count) in [("open", 0), ("passed", 0), ("failed", 1)] {
        let list = reviewer
            .get(&format!("/api/v1/after-checks?state={state}"))
            .await
            .ok(200);
        assert_eq!(list["items"].as_array().unwrap().len(), count, "{state}");
    }
    assert_eq!(house.told("case.reasoning_read").await, 1);
    assert_eq!(house.told("settings.trusted_channel_set").await, 2);
}
