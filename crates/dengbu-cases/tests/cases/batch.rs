//! A developer's project in one case: all its dwellings are recorded, or none.

use std::time::Instant;

use dengbu_law::application::Detail;
use dengbu_law::flow::Step;
use dengbu_model::quantity::Area;
use dengbu_model::right::{LandUse, Right, RightDetail, RightType};

use crate::fixture::{Office, SALE};
use crate::forms::{bank, sale_to, title, whole};

const PROJECT: &str = "100-04-01";

/// The developer's right to the ground.
fn ground() -> Right {
    Right {
        right_type: RightType::StateConstructionLand,
        holders: vec![whole(bank(77))],
        detail: RightDetail::LandUse(LandUse::default()),
        ..title(bank(77))
    }
}

fn built(a: &mut dengbu_law::application::Application) {
    let Detail::Establish(d) = &mut a.detail else {
        panic!("{:?}", a.detail)
    };
    let Some(RightDetail::BuildingOwnership(b)) = &mut d.content else {
        panic!("{:?}", d.content)
    };
    b.planned_use = Some(serde_json::from_value("10".into()).unwrap());
    b.nature = Some(serde_json::from_value("0".into()).unwrap());
    b.building_area = Some(Area::parse("90.50").unwrap());
}

#[tokio::test]
async fn a_project_of_two_thousand_dwellings_is_one_case() {
    let clock = Instant::now();
    let o = Office::new().await;
    println!("office {:?}", clock.elapsed());
    let units = o.plant_project(2_000, ground()).await;
    println!("planted {:?}", clock.elapsed());
    let case_no = o.try_open(PROJECT, &units, None).await.unwrap();
    println!("opened {:?}", clock.elapsed());
    o.fill(&case_no, built).await.unwrap();
    o.papers(&case_no).await;
    println!("filled {:?}", clock.elapsed());
    o.bring_to(&case_no, Step::Recording).await;
    println!("reviewed {:?}", clock.elapsed());
    let done = o.record(&case_no).await.unwrap();
    println!("recorded {:?}", clock.elapsed());
    assert_eq!(done.units.len(), 2_000);
    let titles = "select count(*)::text from register_right where is_title and valid_to is null";
    assert_eq!(o.text(titles).await, "2001");
    o.seal().await;
    let report = o.verify().await;
    assert_eq!((report.entries, report.broken.is_none()), (2_001, true));
    assert_eq!(o.standing(&units[1_999]).await.len(), 1);
    // a dwelling of it is sold like any other
    let _ = (SALE, sale_to(bank(1)));
}
