//! Nobody of 510421 reaches anything of 510402, by whichever operation and with all roles.

use dengbu_staff::Role;

use crate::house::{DAILY, House, MIYI, assert_plain};
use crate::table::{Reach, fill, secrets, tries};

/// All rows of the city, its audit trail included.
async fn of_the_city(house: &House) -> String {
    let columns = "select string_agg(c, ',' order by c) from (
        select table_name || ' ' || min(column_name) as c from information_schema.columns
         where table_schema = 'public' and column_name in ('authority', 'county') group by table_name) t";
    let mut all = String::new();
    for pair in house.one(columns).await.split(',') {
        let (table, column) = pair.split_once(' ').unwrap();
        if table == "session" {
            continue;
        }
        let sql = format!(
            "select count(*) || ' ' || coalesce(md5(string_agg(t::text, ' ' order by t::text)), '') from {table} t
             where {column} in ('510400', '510402', '510403', '510411')"
        );
        all.push_str(&format!("{pair} {}\n", house.one(&sql).await));
    }
    assert!(all.lines().count() > 20, "{all}");
    all
}

#[tokio::test]
async fn no_operation_reaches_into_another_authority() {
    let house = House::new().await;
    let o = fill(&house).await;
    let secrets = secrets(&o);
    // the auditor first: later on the own trail tells what the others looked for
    for (username, roles) in [
        ("miyi-audit", &[Role::Auditor][..]),
        ("miyi-admin", &[Role::Administrator]),
        ("miyi-all", &DAILY),
    ] {
        let foreigner = house.join(MIYI, username, roles).await;
        let before = of_the_city(&house).await;
        for t in tries(&o) {
            let answer = t.send(&foreigner).await;
            let said = answer.text();
            let what = format!("{username} {} {} {said}", t.id, answer.status);
            match t.reach {
                Reach::Object => {
                    assert!([403, 404].contains(&answer.status.as_u16()), "{what}");
                    answer.problem(answer.status.as_u16());
                }
                Reach::List => {
                    assert!([200, 403].contains(&answer.status.as_u16()), "{what}");
                }
                // without a seal nothing is made: 503
                Reach::Own | Reach::Outside => {
                    assert!(
                        answer.status.as_u16() < 500 || answer.status == 503,
                        "{what}"
                    );
                }
            }
            for secret in &secrets {
                // who typed it may read it again
                let typed = t
                    .body
                    .as_ref()
                    .is_some_and(|b| b.to_string().contains(secret.as_str()));
                let asked = typed || t.path.contains(secret.as_str());
                assert!(asked || !said.contains(secret.as_str()), "{secret}: {what}");
            }
            assert_plain(&said.replace("text/html", ""));
        }
        assert_eq!(of_the_city(&house).await, before, "{username}");
    }
}

/// The same people do reach their own: the refusals above are about the place.
#[tokio::test]
async fn each_reaches_the_own_authority() {
    let house = House::new().await;
    let o = fill(&house).await;
    let clerk = house.sign_in("city-clerk").await;
    let units = clerk
        .get("/api/v1/units?q=%E6%A0%96%E9%9C%9E%E8%B7%AF")
        .await
        .ok(200);
    assert_eq!(units["items"].as_array().unwrap().len(), 2);
    let case = clerk.case(&o.case_no).await;
    assert_eq!(case["application"]["holders"][0]["party"]["name"], "张三");
    let miyi = house.join(MIYI, "miyi-all", &DAILY).await;
    let own = miyi
        .get("/api/v1/units?q=%E5%AE%89%E5%AE%81%E8%B7%AF")
        .await
        .ok(200);
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
}
