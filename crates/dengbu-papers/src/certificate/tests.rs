use dengbu_model::codes::Code;
use dengbu_model::party::{CoOwnership, Party, PartyKind};
use dengbu_model::quantity::{Money, Share};
use dengbu_model::right::RightType;

use super::*;

fn holder(name: &str, share: Option<&str>) -> Holder {
    Holder {
        party: Party::named(name, PartyKind::Person),
        share: share.map(|s| Share::parse(s).unwrap()),
    }
}

fn area(text: &str) -> Option<Area> {
    Some(Area::parse(text).unwrap())
}

fn house() -> CertificateFacts {
    let detail = BuildingOwnership {
        land_use_start: Some("2001-05-01".parse().unwrap()),
        land_use_end: Some("2071-04-30".parse().unwrap()),
        planned_use: Some(Code::parse("10").unwrap()),
        nature: Some(Code::parse("0").unwrap()),
        storey: Some("5".to_owned()),
        storeys_total: Some(6),
        building_area: area("98.76"),
        exclusive_area: area("88"),
        ..BuildingOwnership::default()
    };
    CertificateFacts {
        kind: CertificateKind::Title,
        number: "川(2026)攀枝花市不动产权第0000001号".to_owned(),
        right: Right {
            right_type: RightType::StateConstructionLandAndBuilding,
            co_ownership: CoOwnership::Joint,
            holders: vec![holder("张三丰", None), holder("李四光", None)],
            obligors: Vec::new(),
            detail: RightDetail::BuildingOwnership(detail),
            other_conditions: None,
            remarks: Some("原证已收回".to_owned()),
        },
        holder: None,
        unit: UnitFacts {
            unit_code: "510402001003GB00012F00030027".to_owned(),
            address: "攀枝花市东区某某路12号".to_owned(),
            nature_name: Some("出让/市场化商品房".to_owned()),
            use_name: Some("城镇住宅用地/住宅".to_owned()),
            land_area: area("12345.67"),
            ..UnitFacts::default()
        },
        title_certificate_no: None,
        issued_on: "2026-11-23".parse().unwrap(),
        form_serial: Some("D51000000001".to_owned()),
        case_no: None,
        qr_image: None,
        preview: true,
    }
}

fn value(rows: &[Labelled], label: &str) -> String {
    rows.iter()
        .find(|r| r.label == label)
        .unwrap_or_else(|| panic!("no row {label}"))
        .value
        .clone()
}

#[test]
fn a_title_writes_land_before_house() {
    let rows = rows(&house(), Mask::Full);
    assert_eq!(value(&rows, "权利人"), "张三丰、李四光");
    assert_eq!(value(&rows, "共有情况"), "共同共有");
    assert_eq!(
        value(&rows, "不动产单元号"),
        "510402 001003 GB00012 F00030027"
    );
    assert_eq!(value(&rows, "权利性质"), "出让/市场化商品房");
    assert_eq!(value(&rows, "用途"), "城镇住宅用地/住宅");
    assert_eq!(
        value(&rows, "面积"),
        "共有宗地面积：12345.67 ㎡/房屋建筑面积：98.76 ㎡"
    );
    assert_eq!(
        value(&rows, "使用期限"),
        "国有建设用地使用权 2001年05月01日起2071年04月30日止"
    );
    assert_eq!(
        value(&rows, "权利其他状况"),
        "专有建筑面积：88.00 ㎡\n房屋总层数：6\n所在层：5"
    );
    assert_eq!(value(&rows, "附记"), "原证已收回");
}

#[test]
fn codes_fill_in_where_the_unit_gives_no_names() {
    let mut facts = house();
    facts.unit.nature_name = None;
    facts.unit.use_name = None;
    let rows = rows(&facts, Mask::Full);
    assert_eq!(value(&rows, "权利性质"), "市场化商品房");
    assert_eq!(value(&rows, "用途"), "住宅");
}

#[test]
fn a_certificate_for_one_names_all_owners() {
    let mut facts = house();
    facts.holder = Some(1);
    let joint = rows(&facts, Mask::Full);
    assert_eq!(value(&joint, "权利人"), "李四光");
    assert_eq!(
        value(&joint, "共有情况"),
        "共同共有，共有人：张三丰、李四光"
    );
    facts.right.co_ownership = CoOwnership::ByShares;
    facts.right.holders = vec![holder("张三丰", Some("1/4")), holder("李四光", Some("3/4"))];
    let shares = rows(&facts, Mask::Masked);
    assert_eq!(value(&shares, "权利人"), "李**");
    assert_eq!(value(&shares, "共有情况"), "按份共有：张** 1/4、李** 3/4");
}

#[test]
fn a_proof_of_mortgage_says_what_is_secured() {
    let mut facts = house();
    facts.kind = CertificateKind::Proof;
    facts.title_certificate_no = Some("川(2021)攀枝花市不动产权第0000009号".to_owned());
    facts.right.right_type = RightType::Mortgage;
    facts.right.obligors = vec![Party::named("张三丰", PartyKind::Person)];
    facts.right.detail = RightDetail::Mortgage(Mortgage {
        maximum_amount: Some(Money::parse("1000000").unwrap()),
        term_end: Some("2036-10-31".parse().unwrap()),
        scope: Some("主债权".to_owned()),
        transfer_restricted: Some(true),
        ..Mortgage::new(MortgageMethod::MaximumAmount)
    });
    let rows = rows(&facts, Mask::Full);
    assert_eq!(value(&rows, "证明权利或事项"), "抵押权");
    assert_eq!(value(&rows, "义务人"), "张三丰");
    let other = value(&rows, "其他");
    for part in [
        "不动产权证书号：川(2021)攀枝花市不动产权第0000009号",
        "抵押方式：最高额抵押",
        "最高债权额：1,000,000.00 元（壹佰万元整）",
        "债权确定期间：至2036年10月31日止",
        "担保范围：主债权",
        "是否存在禁止或限制转让抵押不动产的约定：是",
    ] {
        assert!(other.contains(part), "{part} not in {other}");
    }
}
