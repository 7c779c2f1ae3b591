//! A developer's project in one case: all its dwellings are recorded, or none.

use dengbu_cases::CaseError;
use dengbu_law::application::Detail;
use dengbu_law::flow::{Move, Step};
use dengbu_model::quantity::Area;
use dengbu_model::right::{LandUse, Right, RightDetail, RightType};
use dengbu_model::unit_code::UnitCode;

use crate::fixture::{Office, SALE, SEIZURE};
use crate::forms::{bank, order, person, sale_to, title, whole};

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
    let o = Office::new().await;
    let units = o.plant_project(2_000, ground()).await;
    let case_no = o.try_open(PROJECT, &units, None).await.unwrap();
    o.fill(&case_no, built).await.unwrap();
    o.papers(&case_no).await;
    o.bring_to(&case_no, Step::Recording).await;
    let done = o.record(&case_no).await.unwrap();
    assert_eq!(done.units.len(), 2_000);
    let titles = "select count(*)::text from register_right where is_title and valid_to is null";
    assert_eq!(o.text(titles).await, "2001");
    o.seal().await;
    let report = o.verify().await;
    assert_eq!((report.entries, report.broken.is_none()), (2_001, true));
    assert_eq!(o.standing(&units[1_999]).await.len(), 1);
    // a dwelling of it is sold like any other
    let sold = o
        .ready(SALE, &units[7], sale_to(person("买房人", 500)))
        .await;
    o.record(&sold).await.unwrap();
    assert_eq!(
        o.standing(&units[7]).await[0].right.holders[0].party.name,
        "买房人"
    );
}

/// One dwelling that cannot be registered keeps all of them out of the register.
#[tokio::test]
async fn a_project_is_recorded_wholly_or_not_at_all() {
    let o = Office::new().await;
    let units = o.plant_project(12, ground()).await;
    let case_no = o.try_open(PROJECT, &units, None).await.unwrap();
    o.fill(&case_no, built).await.unwrap();
    o.papers(&case_no).await;
    o.bring_to(&case_no, Step::Recording).await;
    // the land is seized while the case is under way (R86)
    let land = UnitCode::of_land(&units[0].parcel()).unwrap();
    let seizure = o.ready(SEIZURE, &land, order("9")).await;
    o.record(&seizure).await.unwrap();
    let before = o.written().await;
    let refused = o.go(&case_no, Move::Record).await.unwrap_err();
    let CaseError::Rules(found) = refused else {
        panic!("{refused:?}")
    };
    // twelve times the same is said once
    let land = found.iter().filter(|v| v.rule == "R86").count();
    assert_eq!(land, 1, "{found:?}");
    assert!(
        found
            .iter()
            .any(|v| v.message.ends_with("（共 12 个不动产单元）")),
        "{found:?}"
    );
    assert_eq!(o.written().await, before);
}
