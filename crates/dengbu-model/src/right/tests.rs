use super::*;
use crate::codes;
use crate::party::PartyKind;

fn each_detail() -> Vec<RightDetail> {
    vec![
        RightDetail::LandOwnership(LandOwnership::default()),
        RightDetail::LandUse(LandUse::default()),
        RightDetail::ProjectBuildings(ProjectBuildings::default()),
        RightDetail::BuildingOwnership(BuildingOwnership::default()),
        RightDetail::OwnersCommonPart(OwnersCommonPart::default()),
        RightDetail::Structure(Structure::default()),
        RightDetail::AgriculturalLand(AgriculturalLand::default()),
        RightDetail::Forest(Forest::default()),
        RightDetail::SeaArea(SeaArea::default()),
        RightDetail::OtherRight(OtherRight::default()),
        RightDetail::Easement(Easement::default()),
        RightDetail::Mortgage(Mortgage::default()),
        RightDetail::PriorityNotice(PriorityNotice::default()),
        RightDetail::Caution(Caution::default()),
        RightDetail::Seizure(Seizure::default()),
        RightDetail::Habitation(Habitation::default()),
        RightDetail::Restriction(Restriction::default()),
    ]
}

#[test]
fn every_kind_comes_back_as_it_was_and_takes_no_unknown_field() {
    for detail in each_detail() {
        let right = Right {
            right_type: RightType::Mortgage,
            co_ownership: CoOwnership::Sole,
            holders: vec![Holder {
                party: Party::named("示例银行", PartyKind::Enterprise),
                share: None,
            }],
            obligors: Vec::new(),
            detail,
            other_conditions: None,
            remarks: None,
        };
        let mut value = serde_json::to_value(&right).unwrap();
        assert_eq!(
            serde_json::from_value::<Right>(value.clone()).unwrap(),
            right
        );
        value["detail"]["surprise"] = serde_json::Value::Bool(true);
        assert!(
            serde_json::from_value::<Right>(value).is_err(),
            "{}",
            right.detail.kind()
        );
    }
}

#[test]
fn codes_agree_with_the_standard() {
    let list = codes::list(codes::RIGHT_TYPE).unwrap();
    for t in RightType::ALL {
        assert_eq!(RightType::from_code(t.code()), Some(*t));
        if let Some(code) = t.standard_code() {
            assert!(list.contains(code), "{code}");
        }
    }
    // every type of the standard has a type here
    for item in list.items() {
        assert!(
            RightType::ALL
                .iter()
                .any(|t| t.standard_code() == Some(&item.code)),
            "{} {}",
            item.code,
            item.name
        );
    }
    for item in codes::list(codes::REGISTRATION_TYPE).unwrap().items() {
        assert_eq!(
            RegistrationType::from_code(&item.code).unwrap().name_zh(),
            item.name
        );
    }
}

#[test]
fn only_ownership_and_use_rights_are_titles() {
    assert!(RightType::StateConstructionLandAndBuilding.is_title());
    assert!(!RightType::Mortgage.is_title() && !RightType::Easement.is_title());
}
