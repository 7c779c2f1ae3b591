use dengbu_model::identity::{IdDocument, IdKind};
use dengbu_model::party::{CoOwnership, Holder, Party, PartyKind};
use dengbu_model::quantity::{Area, Money, Share};
use dengbu_model::right::{
    BuildingOwnership, Mortgage, MortgageMethod, Right, RightDetail, RightType,
};
use dengbu_papers::certificate::CertificateFacts;
use dengbu_papers::inputs::UnitFacts;
use dengbu_papers::proof::{ProofFacts, ProofSection};

use super::*;
use crate::fault::Fault;

pub(crate) fn head(kind: DocumentKind, number: &str) -> Head {
    Head {
        number: number.to_owned(),
        identifier: Identifier::new(
            &kind.type_code("11510400MA0000015R"),
            "11510400MA0000015R",
            "510400000000001",
            1,
        )
        .unwrap(),
        authority_name: "攀枝花市不动产登记中心".to_owned(),
        authority_code: "11510400MA0000015R".to_owned(),
        authority: "510400".to_owned(),
        county: "510402".to_owned(),
        issued_on: "2026-11-23".parse().unwrap(),
        valid_from: None,
        valid_to: None,
        case_no: Some("51040220261123000001".to_owned()),
    }
}

pub(crate) fn person(name: &str, share: Option<&str>) -> Holder {
    let mut party = Party::named(name, PartyKind::Person);
    party.id = Some(IdDocument::from_register(
        IdKind::ResidentId,
        "510402180001010012",
    ));
    Holder {
        party,
        share: share.map(|s| Share::parse(s).unwrap()),
    }
}

pub(crate) fn facts(holders: Vec<Holder>) -> CertificateFacts {
    CertificateFacts {
        kind: dengbu_model::certificate::CertificateKind::Title,
        number: "川(2026)攀枝花市不动产权第0000001号".to_owned(),
        right: Right {
            right_type: RightType::StateConstructionLandAndBuilding,
            co_ownership: CoOwnership::Joint,
            holders,
            obligors: Vec::new(),
            detail: RightDetail::BuildingOwnership(BuildingOwnership {
                land_use_end: Some("2071-04-30".parse().unwrap()),
                building_area: Some(Area::parse("98.76").unwrap()),
                storey: Some("5".to_owned()),
                ..BuildingOwnership::default()
            }),
            other_conditions: None,
            remarks: Some("原证已收回。".to_owned()),
        },
        holder: None,
        unit: UnitFacts {
            unit_code: "510402001003GB00012F00030027".to_owned(),
            address: "攀枝花市东区示例路12号3幢1单元502号".to_owned(),
            nature_name: Some("出让/市场化商品房".to_owned()),
            use_name: Some("城镇住宅用地/住宅".to_owned()),
            land_area: Some(Area::parse("12345.67").unwrap()),
            ..UnitFacts::default()
        },
        title_certificate_no: None,
        issued_on: "2026-11-23".parse().unwrap(),
        form_serial: None,
        case_no: None,
        qr_image: None,
        preview: false,
    }
}

pub(crate) fn title() -> Content {
    let holders = vec![person("张示例", None), person("李示例", None)];
    Content::of_certificate(
        head(DocumentKind::Title, "川(2026)攀枝花市不动产权第0000001号"),
        &[facts(holders)],
    )
    .unwrap()
}

pub(crate) fn proof() -> Content {
    let mut facts = facts(vec![Holder {
        party: Party {
            id: Some(IdDocument::from_register(
                IdKind::UnifiedSocialCredit,
                "91510400MA0000015H",
            )),
            ..Party::named("示例银行股份有限公司攀枝花分行", PartyKind::Enterprise)
        },
        share: None,
    }]);
    facts.kind = dengbu_model::certificate::CertificateKind::Proof;
    facts.right.right_type = RightType::Mortgage;
    facts.right.obligors = vec![person("张示例", None).party];
    facts.right.detail = RightDetail::Mortgage(Mortgage {
        secured_amount: Some(Money::parse("800000").unwrap()),
        ..Mortgage::new(MortgageMethod::General)
    });
    Content::of_certificate(
        head(DocumentKind::Proof, "川(2026)攀枝花市不动产证明第0000007号"),
        &[facts],
    )
    .unwrap()
}

pub(crate) fn proof_facts() -> ProofFacts {
    use dengbu_papers::fields::Labelled;
    let text = |t: &str| t.to_owned();
    ProofFacts {
        title: text("个人住房登记情况查询证明"),
        number: text("有房2026510400000001"),
        conclusion: Some(text("截至查询时点，登记在下列被查询人名下的房屋共 1 处。")),
        sections: vec![
            ProofSection {
                heading: text("查询申请"),
                facts: vec![Labelled::new("查询申请人", "张示例")],
                ..ProofSection::default()
            },
            ProofSection {
                heading: text("被查询人"),
                columns: ["与申请人关系", "姓名（名称）", "证件种类", "证件号码"]
                    .map(text)
                    .to_vec(),
                rows: vec![
                    ["本人", "张示例", "身份证", "510402180001010012"]
                        .map(text)
                        .to_vec(),
                ],
                ..ProofSection::default()
            },
            ProofSection {
                heading: text("登记的房屋"),
                columns: [
                    "权利人",
                    "坐落",
                    "用途",
                    "面积（㎡）",
                    "共有情况",
                    "证书（证明）号",
                ]
                .map(text)
                .to_vec(),
                rows: vec![
                    [
                        "张示例",
                        "攀枝花市东区示例路12号",
                        "住宅",
                        "98.76",
                        "共同共有",
                        "川(2026)攀枝花市不动产权第0000001号",
                    ]
                    .map(text)
                    .to_vec(),
                ],
                ..ProofSection::default()
            },
        ],
        warnings: vec![text("本查询结果只反映查询时点登记簿的记载。")],
        issued_at: "2026-11-23T02:00:00Z".parse().unwrap(),
        issued_by: text("王经办"),
        check_code: text("CV3Z-1X32-XVPX-KMFJ"),
        digest: text("66c7f0f4"),
        check_url: text("https://example.invalid/verify"),
    }
}

pub(crate) fn holding() -> Content {
    Content::of_result(
        DocumentKind::HoldingProof,
        head(DocumentKind::HoldingProof, "有房2026510400000001"),
        vec![CertificateHolder::of(&person("张示例", None))],
        &proof_facts(),
    )
    .unwrap()
}

fn row(content: &Content, label: &str) -> String {
    let rows = content.rows();
    let found = rows.iter().find(|r| r.label == label);
    found.unwrap_or_else(|| panic!("no {label}")).value.clone()
}

#[test]
fn a_title_has_the_eleven_rows_in_their_order() {
    let labels: Vec<_> = title().rows().into_iter().map(|r| r.label).collect();
    assert_eq!(
        labels,
        [
            "权利人",
            "共有情况",
            "坐落",
            "不动产单元号",
            "权利类型",
            "权利性质",
            "用途",
            "面积",
            "使用期限",
            "权利其他状况",
            "附记"
        ]
    );
    assert_eq!(row(&title(), "权利人"), "张示例、李示例");
    assert_eq!(
        row(&title(), "不动产单元号"),
        "510402 001003 GB00012 F00030027"
    );
}

#[test]
fn several_units_are_listed_where_they_differ() {
    let one = facts(vec![person("张示例", None)]);
    let mut two = one.clone();
    two.unit.unit_code = "510402001003GB00012F00030028".to_owned();
    two.unit.address = "攀枝花市东区示例路12号3幢1单元503号".to_owned();
    let made = Content::of_certificate(
        head(DocumentKind::Title, "川(2026)攀枝花市不动产权第0000001号"),
        &[one, two],
    )
    .unwrap();
    assert_eq!(made.units().len(), 2);
    assert_eq!(
        row(&made, "坐落"),
        "攀枝花市东区示例路12号3幢1单元502号等2个，见附页《不动产单元清单》"
    );
    // the same for both: stands on the face
    assert_eq!(row(&made, "用途"), "城镇住宅用地/住宅");
}

#[test]
fn one_of_several_has_an_own_certificate() {
    let mut one = facts(vec![
        person("张示例", Some("1/4")),
        person("李示例", Some("3/4")),
    ]);
    one.right.co_ownership = CoOwnership::ByShares;
    one.holder = Some(1);
    let number = "川(2026)攀枝花市不动产权第0000001号";
    let made = Content::of_certificate(head(DocumentKind::Title, number), &[one]).unwrap();
    assert_eq!(made.holders().len(), 1);
    assert_eq!(row(&made, "权利人"), "李示例");
    assert_eq!(row(&made, "共有情况"), "按份共有：张示例 1/4、李示例 3/4");
}

#[test]
fn a_proof_names_both_sides() {
    assert_eq!(row(&proof(), "证明权利或事项"), "抵押权");
    assert_eq!(row(&proof(), "义务人"), "张示例");
    assert_eq!(proof().holders()[0].category(), "法人和其他组织");
}

#[test]
fn a_result_paper_keeps_every_line() {
    let Content::HoldingProof(made) = holding() else {
        panic!("another kind")
    };
    assert_eq!(made.people.len(), 1);
    assert_eq!(made.dwellings[0].area, "98.76");
    assert_eq!(made.frame.application[0].value, "张示例");
    let parts = made.parts();
    let given = proof_facts();
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[1].rows, given.sections[2].rows);
    let wrong = Content::of_result(
        DocumentKind::Title,
        made.frame.head.clone(),
        made.frame.applicants.clone(),
        &given,
    );
    assert_eq!(wrong, Err(vec![Fault::NotAResult]));
}

#[test]
fn content_is_stored_and_read_back() {
    for made in [title(), proof(), holding()] {
        let text = serde_json::to_string(&made).unwrap();
        assert_eq!(serde_json::from_str::<Content>(&text).unwrap(), made);
    }
}
