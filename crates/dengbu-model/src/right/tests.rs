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
fn full_rights_keep_every_fact() {
    let json = serde_json::json!({
        "right_type": "mortgage", "co_ownership": "0",
        "holders": [{"party": {"name": "示例银行", "kind": "2",
            "id": {"kind": "8", "number": "91510400MA0000015H"}}, "share": null}],
        "obligors": [{"name": "张示", "kind": "1"}],
        "detail": {"kind": "mortgage", "method": "2", "maximum_amount": "800000.00",
            "currency": "1", "term_start": "2026-01-01", "term_end": "2036-01-01",
            "transfer_restricted": false, "rank": 1, "mortgaged_area": "98.76"},
    });
    let right: Right = serde_json::from_value(json).unwrap();
    assert_eq!(right.findings(), []);
    let RightDetail::Mortgage(m) = &right.detail else {
        panic!("{:?}", right.detail)
    };
    assert_eq!(m.method, MortgageMethod::MaximumAmount);
    assert_eq!(m.maximum_amount.unwrap().chinese_capital(), "捌拾万元整");
    assert_eq!(m.transfer_restricted, Some(false), "no is not silence");
    let back = serde_json::to_value(&right).unwrap();
    assert_eq!(serde_json::from_value::<Right>(back).unwrap(), right);

    let seizure = serde_json::json!({"kind": "seizure", "seizure_kind": "2",
        "court": "示例市人民法院", "document_no": "（2026）示01执1号",
        "served_at": "2026-11-22T16:00:00Z", "rank": 1,
        "officers": [{"name": "李示", "certificate_no": "1"}]});
    let RightDetail::Seizure(s) = serde_json::from_value(seizure).unwrap() else {
        panic!("no seizure")
    };
    assert!(s.kind.is_waiting());
    assert_eq!(s.officers.len(), 1);
}

#[test]
fn a_detail_refuses_wrong_values_and_does_not_guess_its_kind() {
    for wrong in [
        serde_json::json!({"kind": "land_use", "area": "0"}),
        serde_json::json!({"kind": "land_use", "area": 12.5}),
        serde_json::json!({"kind": "land_use", "price": "-1"}),
        serde_json::json!({"kind": "land_use", "end": "2026-02-30"}),
        serde_json::json!({"kind": "easement", "benefited_unit": "510402"}),
        serde_json::json!({"kind": "mortgage", "method": "3"}),
        serde_json::json!({"kind": "project_buildings", "buildings": [{"name": "x"}]}),
        serde_json::json!({"kind": "unheard_of"}),
        serde_json::json!({"matter": "x"}),
    ] {
        assert!(
            serde_json::from_value::<RightDetail>(wrong.clone()).is_err(),
            "{wrong}"
        );
    }
}

fn right_with(right_type: RightType, detail: serde_json::Value) -> Right {
    Right {
        right_type,
        co_ownership: CoOwnership::Sole,
        holders: Vec::new(),
        obligors: Vec::new(),
        detail: serde_json::from_value(detail).unwrap(),
        other_conditions: None,
        remarks: None,
    }
}

#[test]
fn findings_name_the_field() {
    let right = right_with(
        RightType::Mortgage,
        serde_json::json!({"kind": "building_ownership", "planned_use": "10", "nature": "7777",
            "land_use_start": "2026-01-02", "land_use_end": "2026-01-01"}),
    );
    let found = right.findings();
    let short: Vec<_> = found.iter().map(|f| (f.field.as_str(), f.code)).collect();
    assert_eq!(
        short,
        [
            ("/detail/kind", "detail_kind"),
            ("/detail/nature", "unknown_code"),
            ("/detail/land_use_end", "period"),
        ]
    );
    assert_eq!(found[1].message, "“7777”不在代码表“房屋性质”中");

    let project = right_with(
        RightType::StateConstructionLandAndBuilding,
        serde_json::json!({"kind": "project_buildings",
            "buildings": [{"structure": "1"}, {"structure": "X"}]}),
    );
    let fields: Vec<_> = project.findings().into_iter().map(|f| f.field).collect();
    assert_eq!(fields, ["/detail/buildings/1/structure"]);
}

#[test]
fn every_type_has_a_detail_and_every_detail_a_type() {
    let details = each_detail();
    for t in RightType::ALL {
        assert!(details.iter().any(|d| d.fits(*t)), "{}", t.name_zh());
    }
    for d in &details {
        let own = RightType::ALL
            .iter()
            .filter(|t| **t != RightType::Other && d.fits(**t));
        assert!(own.count() > 0, "{}", d.kind());
    }
    assert!(!RightDetail::Mortgage(Mortgage::default()).fits(RightType::Seizure));
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
