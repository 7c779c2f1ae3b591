use chrono::NaiveDate;
use dengbu_model::codes::Code;
use dengbu_model::identity::{IdDocument, IdKind};
use dengbu_model::party::{Agent, CoOwnership, Holder, PartyKind};
use dengbu_model::quantity::{Area, Money, Share};
use dengbu_model::right::{
    AgriculturalLand, BuildingOwnership, Caution, Easement, Forest, Habitation, LandOwnership,
    LandUse, Mortgage, MortgageMethod, Officer, OtherRight, OwnersCommonPart, PriorityNotice,
    PriorityNoticeKind, ProjectBuildings, Restriction, RightType, SeaArea, Seizure, SeizureKind,
    Structure,
};

use super::*;

// valid in form, birth year 1800: belongs to nobody
const ID: &str = "510402180001010012";

fn day(text: &str) -> Option<NaiveDate> {
    Some(text.parse().unwrap())
}

fn area(text: &str) -> Option<Area> {
    Some(Area::parse(text).unwrap())
}

fn yuan(text: &str) -> Option<Money> {
    Some(Money::parse(text).unwrap())
}

fn code(text: &str) -> Option<Code> {
    Some(Code::parse(text).unwrap())
}

fn text(t: &str) -> Option<String> {
    Some(t.to_owned())
}

fn person(name: &str) -> Party {
    Party {
        id: Some(IdDocument::from_register(IdKind::ResidentId, ID)),
        ..Party::named(name, PartyKind::Person)
    }
}

fn right(right_type: RightType, detail: RightDetail) -> Right {
    Right {
        right_type,
        co_ownership: CoOwnership::Sole,
        holders: vec![Holder {
            party: person("张三丰"),
            share: None,
        }],
        obligors: vec![person("李四光")],
        detail,
        other_conditions: None,
        remarks: text(&format!("张三丰与李四光（{ID}，电话13800000000）约定如前")),
    }
}

fn meta(mask: Mask) -> PageMeta {
    PageMeta {
        unit_code: "510402001003GB00012F00030027".to_owned(),
        address: "攀枝花市东区某某路12号3幢2单元5号".to_owned(),
        case_no: text("51040220261123000001"),
        registration_type: RegistrationType::Transfer,
        cause: text("买卖"),
        certificate_no: text("川(2026)攀枝花市不动产权第0000001号"),
        registered_at: "2026-11-23T02:30:05Z".parse().unwrap(),
        registrar: "王登簿".to_owned(),
        authority_name: "攀枝花市不动产登记中心".to_owned(),
        mask,
    }
}

fn value<'a>(page: &'a RightPage, label: &str) -> &'a str {
    let mut found = page.fields.iter().filter(|f| f.label == label);
    let one = found
        .next()
        .unwrap_or_else(|| panic!("no field {label} on {}", page.title));
    assert!(
        found.next().is_none(),
        "{label} stands twice on {}",
        page.title
    );
    &one.value
}

/// Checks the fields given on the full page of a right.
fn expect(right_type: RightType, detail: RightDetail, title: &str, fields: &[(&str, &str)]) {
    let page = right_page(&right(right_type, detail), &meta(Mask::Full));
    assert_eq!(page.title, title);
    for (label, want) in fields {
        assert_eq!(value(&page, label), *want, "{label}");
    }
}

fn house() -> BuildingOwnership {
    BuildingOwnership {
        land_use_holder: text("张三丰"),
        own_land_area: None,
        shared_land_area: area("20.5"),
        land_use_start: day("2001-05-01"),
        land_use_end: day("2071-04-30"),
        price: yuan("800000"),
        planned_use: code("10"),
        nature: code("0"),
        structure: code("3"),
        storey: text("5"),
        storeys_total: Some(6),
        building_area: area("112.25"),
        exclusive_area: area("98.25"),
        shared_area: area("14"),
        completed: text("2005年6月"),
        contract_no: text("网签-0001"),
    }
}

fn bank_mortgage(method: MortgageMethod) -> Mortgage {
    Mortgage {
        secured_amount: yuan("500000"),
        maximum_amount: yuan("1000000"),
        currency: code("1"),
        term_start: day("2026-11-01"),
        term_end: day("2036-10-31"),
        scope: text("主债权及利息"),
        transfer_restricted: Some(false),
        rank: Some(1),
        object_kind: code("2"),
        mortgaged_area: area("112.25"),
        debtor: text("赵六七"),
        contract_no: text("抵字1号"),
        fixed_fact: text("债权尚未确定"),
        ..Mortgage::new(method)
    }
}

#[test]
fn building_ownership_page() {
    expect(
        RightType::StateConstructionLandAndBuilding,
        RightDetail::BuildingOwnership(house()),
        "房地产权登记信息（独幢、层、套、间房屋）",
        &[
            ("业务号", "51040220261123000001"),
            ("不动产单元号", "510402 001003 GB00012 F00030027"),
            ("权利人", "张三丰"),
            ("权利人证件种类", "身份证"),
            ("权利人证件号码", ID),
            ("共有情况", "单独所有"),
            ("权利类型", "国有建设用地使用权/房屋（构筑物）所有权"),
            ("登记类型", "转移登记"),
            ("登记原因", "买卖"),
            ("独用土地面积", "—"),
            ("分摊土地面积", "20.50 ㎡"),
            ("土地使用期限", "2001年05月01日起2071年04月30日止"),
            ("房地产交易价格", "800,000.00 元（捌拾万元整）"),
            ("规划用途", "住宅"),
            ("房屋性质", "市场化商品房"),
            ("建筑面积", "112.25 ㎡"),
            ("竣工时间", "2005年6月"),
            ("不动产权证书号", "川(2026)攀枝花市不动产权第0000001号"),
            ("登记时间", "2026年11月23日 10:30:05"),
            ("登簿人", "王登簿"),
            ("登记机构", "攀枝花市不动产登记中心"),
            ("权利其他状况", "—"),
        ],
    );
}

#[test]
fn mortgage_pages_use_the_words_of_their_kind() {
    let detail = RightDetail::Mortgage(bank_mortgage(MortgageMethod::General));
    expect(
        RightType::Mortgage,
        detail,
        "抵押权登记信息",
        &[
            ("抵押权人", "张三丰"),
            ("抵押人", "李四光"),
            ("抵押方式", "一般抵押"),
            ("被担保主债权数额", "500,000.00 元（伍拾万元整）"),
            ("债务履行期限", "2026年11月01日起2036年10月31日止"),
            ("担保范围", "主债权及利息"),
            ("是否存在禁止或限制转让抵押不动产的约定", "否"),
            ("抵押不动产类型", "土地和房屋"),
            ("抵押权顺位", "1"),
            ("债务人", "赵六七"),
        ],
    );
    let detail = RightDetail::Mortgage(bank_mortgage(MortgageMethod::MaximumAmount));
    let page = right_page(&right(RightType::Mortgage, detail), &meta(Mask::Full));
    assert_eq!(
        value(&page, "最高债权数额"),
        "1,000,000.00 元（壹佰万元整）"
    );
    assert_eq!(
        value(&page, "债权确定期间"),
        "2026年11月01日起2036年10月31日止"
    );
    assert_eq!(value(&page, "最高债权确定事实"), "债权尚未确定");
    assert!(
        page.fields
            .iter()
            .all(|f| f.label != "被担保主债权数额" && f.label != "债务履行期限")
    );
    // a book silent before 2021 stays silent
    let silent = Mortgage {
        transfer_restricted: None,
        ..bank_mortgage(MortgageMethod::General)
    };
    let page = right_page(
        &right(RightType::Mortgage, RightDetail::Mortgage(silent)),
        &meta(Mask::Full),
    );
    assert_eq!(value(&page, "是否存在禁止或限制转让抵押不动产的约定"), "—");
}

#[test]
fn seizure_pages_name_kind_and_rank() {
    let seizure = Seizure {
        kind: SeizureKind::Waiting,
        court: "某某市某某区人民法院".to_owned(),
        document: text("协助执行通知书"),
        document_no: "（2026）川0402执1号".to_owned(),
        start: day("2026-11-23"),
        end: day("2029-11-22"),
        scope: text("整套房屋"),
        served_at: Some("2026-11-23T01:05:00Z".parse().unwrap()),
        rank: Some(2),
        officers: vec![Officer {
            name: "甲某".to_owned(),
            certificate_no: "0001".to_owned(),
        }],
    };
    let fields = [
        ("被执行人", "李四光"),
        ("查封机关", "某某市某某区人民法院"),
        ("查封类型", "轮候查封"),
        ("轮候顺位", "第 2 顺位"),
        ("查封文号", "（2026）川0402执1号"),
        ("查封期限", "2026年11月23日起2029年11月22日止"),
        ("送达时间", "2026年11月23日 09时05分"),
        ("送达人员", "甲某（证号 0001）"),
    ];
    expect(
        RightType::Seizure,
        RightDetail::Seizure(seizure.clone()),
        "查封登记信息",
        &fields,
    );
    let first = Seizure {
        kind: SeizureKind::Seizure,
        rank: Some(0),
        ..seizure
    };
    let page = right_page(
        &right(RightType::Seizure, RightDetail::Seizure(first)),
        &meta(Mask::Full),
    );
    assert!(page.fields.iter().all(|f| f.label != "轮候顺位"));
    assert!(
        page.fields
            .iter()
            .all(|f| !f.label.contains("证书号") && !f.label.contains("证明号"))
    );
}

#[test]
fn land_pages() {
    let d = LandOwnership {
        arable_area: area("1000"),
        ..LandOwnership::default()
    };
    let fields = [("耕地面积", "1000.00 ㎡"), ("林地面积", "—")];
    expect(
        RightType::CollectiveLandOwnership,
        RightDetail::LandOwnership(d),
        "土地所有权登记信息",
        &fields,
    );
    let d = LandUse {
        area: area("300"),
        end: day("2066-01-01"),
        price: yuan("1.5"),
        use_code: code("071"),
        ..LandUse::default()
    };
    expect(
        RightType::StateConstructionLand,
        RightDetail::LandUse(d),
        "建设用地使用权、宅基地使用权登记信息",
        &[
            ("使用权面积", "300.00 ㎡"),
            ("土地使用期限", "至2066年01月01日止"),
            ("用途", "城镇住宅用地"),
            ("取得价格", "1.50 元（壹元伍角整）"),
        ],
    );
    let d = AgriculturalLand {
        issuer_name: text("某某村村民委员会"),
        area: area("2000"),
        contract_code: text("承包-1"),
        ownership_nature: code("2"),
        livestock_capacity: Some(12),
        ..AgriculturalLand::default()
    };
    let nature = codes_name("土地所有权性质", "2");
    expect(
        RightType::RuralContract,
        RightDetail::AgriculturalLand(d),
        "土地承包经营权、农用地其他使用权登记信息（非林地）",
        &[
            ("发包方名称", "某某村村民委员会"),
            ("承包（使用权）面积", "2000.00 ㎡"),
            ("承包合同编码", "承包-1"),
            ("土地所有权性质", &nature),
            ("适宜载畜量", "12"),
        ],
    );
}

fn codes_name(list: &str, code: &str) -> String {
    dengbu_model::codes::list(list)
        .unwrap()
        .name_of(code)
        .unwrap()
        .to_owned()
}

#[test]
fn building_pages_of_other_kinds() {
    let d = ProjectBuildings {
        land_use_holder: text("某某置业有限公司"),
        price: yuan("10"),
        ..ProjectBuildings::default()
    };
    expect(
        RightType::StateConstructionLandAndBuilding,
        RightDetail::ProjectBuildings(d),
        "房地产权登记信息（项目内多幢房屋）",
        &[
            ("土地使用权人", "某某置业有限公司"),
            ("房地产交易价格", "10.00 元（壹拾元整）"),
        ],
    );
    let d = OwnersCommonPart {
        name: text("物业服务用房"),
        count: Some(2),
        area: area("50"),
        ..OwnersCommonPart::default()
    };
    let fields = [
        ("建（构）筑物名称", "物业服务用房"),
        ("建（构）筑物数量", "2"),
        ("建（构）筑物面积", "50.00 ㎡"),
    ];
    let title = "建筑物区分所有权业主共有部分登记信息";
    expect(
        RightType::OwnersCommonPart,
        RightDetail::OwnersCommonPart(d),
        title,
        &fields,
    );
    let d = Structure {
        structure_kind: code("01"),
        planned_use: text("水塔"),
        area: area("8.8"),
        ..Structure::default()
    };
    let fields = [
        ("构（建）筑物规划用途", "水塔"),
        ("构（建）筑物面积", "8.80 ㎡"),
        ("土地/海域使用期限", "—"),
    ];
    expect(
        RightType::Other,
        RightDetail::Structure(d),
        "构（建）筑物所有权登记信息",
        &fields,
    );
}

#[test]
fn forest_sea_and_other_pages() {
    let d = Forest {
        tree_owner: text("张三丰"),
        species: text("云南松"),
        tree_count: Some(300),
        origin: code("1"),
        planted_year: Some(1999),
        ..Forest::default()
    };
    let origin = codes_name("起源", "1");
    let fields = [
        ("森林、林木所有权人", "张三丰"),
        ("主要树种", "云南松"),
        ("株数", "300"),
        ("起源", &origin),
        ("造林年度", "1999"),
    ];
    expect(
        RightType::ForestLandAndForest,
        RightDetail::Forest(d),
        "林权登记信息",
        &fields,
    );
    let d = SeaArea {
        area: area("99"),
        fee_total: yuan("3"),
        ..SeaArea::default()
    };
    let fields = [
        ("使用权面积", "99.00 ㎡"),
        ("使用金总额", "3.00 元（叁元整）"),
    ];
    expect(
        RightType::SeaArea,
        RightDetail::SeaArea(d),
        "海域（含无居民海岛）使用权登记信息",
        &fields,
    );
    let d = OtherRight {
        minerals: text("钒钛磁铁矿"),
        water_use: text("灌溉"),
        ..OtherRight::default()
    };
    let fields = [("开采矿种", "钒钛磁铁矿"), ("取水用途", "灌溉")];
    expect(
        RightType::Mining,
        RightDetail::OtherRight(d),
        "其他相关权利登记信息（取水权、探矿权、采矿权等）",
        &fields,
    );
}

#[test]
fn burdens_of_other_kinds() {
    let d = Easement {
        benefited_unit: Some(UnitCode::parse("510402001003GB00013W00000000").unwrap()),
        content: text("通行"),
        start: day("2026-01-01"),
        ..Easement::default()
    };
    expect(
        RightType::Easement,
        RightDetail::Easement(d),
        "地役权登记信息",
        &[
            ("需役地权利人", "张三丰"),
            ("供役地权利人", "李四光"),
            ("需役地不动产单元号", "510402 001003 GB00013 W00000000"),
            ("地役权内容", "通行"),
            ("权利期限", "2026年01月01日起"),
        ],
    );
    let d = Habitation {
        scope: text("次卧一间"),
        for_life: Some(true),
        paid: Some(false),
        ..Habitation::default()
    };
    let fields = [
        ("居住权人", "张三丰"),
        ("居住范围", "次卧一间"),
        ("居住权期限", "终生居住"),
        ("是否有偿", "否"),
    ];
    expect(
        RightType::Habitation,
        RightDetail::Habitation(d),
        "居住权登记信息",
        &fields,
    );
    let d = Restriction {
        organ: text("某某局"),
        end: day("2027-01-01"),
        ..Restriction::default()
    };
    let fields = [
        ("限制单位", "某某局"),
        ("限制期限", "至2027年01月01日止"),
        ("被限制人", "李四光"),
    ];
    expect(
        RightType::Restriction,
        RightDetail::Restriction(d),
        "限制登记信息",
        &fields,
    );
}

#[test]
fn notices_and_cautions() {
    let d = PriorityNotice {
        notice_kind: PriorityNoticeKind::PresaleTransfer,
        amount: yuan("9"),
        ..PriorityNotice::default()
    };
    let fields = [
        ("预告登记种类", "预售商品房买卖预告登记"),
        ("取得价格", "9.00 元（玖元整）"),
        ("义务人", "李四光"),
    ];
    expect(
        RightType::PriorityNotice,
        RightDetail::PriorityNotice(d),
        "预告登记信息",
        &fields,
    );
    let d = PriorityNotice {
        notice_kind: PriorityNoticeKind::Mortgage,
        amount: yuan("9"),
        transfer_restricted: Some(true),
        ..PriorityNotice::default()
    };
    let fields = [
        ("被担保主债权数额", "9.00 元（玖元整）"),
        ("是否存在禁止或限制转让抵押不动产的约定", "是"),
    ];
    expect(
        RightType::PriorityNotice,
        RightDetail::PriorityNotice(d),
        "预告登记信息",
        &fields,
    );
    let d = Caution {
        matter: text("权利归属有误"),
        ..Caution::default()
    };
    let fields = [
        ("异议申请人", "张三丰"),
        ("登记权利人", "李四光"),
        ("异议事项", "权利归属有误"),
    ];
    expect(
        RightType::Caution,
        RightDetail::Caution(d),
        "异议登记信息",
        &fields,
    );
    // a suit noted on it
    let sued = Caution {
        matter: text("权利归属有误"),
        suit_body: text("示例区人民法院"),
        suit_no: text("（2026）示例民初1号"),
        suit_on: Some("2026-11-23".parse().unwrap()),
    };
    let fields = [
        ("受理机构", "示例区人民法院"),
        ("案号", "（2026）示例民初1号"),
        ("提交起诉（仲裁）受理材料日期", "2026年11月23日"),
    ];
    expect(
        RightType::Caution,
        RightDetail::Caution(sued),
        "异议登记信息",
        &fields,
    );
}

#[test]
fn shares_stand_with_the_names() {
    let mut r = right(
        RightType::StateConstructionLandAndBuilding,
        RightDetail::BuildingOwnership(house()),
    );
    r.co_ownership = CoOwnership::ByShares;
    r.holders = [("张三丰", "1/3"), ("李四光", "2/3")]
        .map(|(name, share)| Holder {
            party: person(name),
            share: Some(Share::parse(share).unwrap()),
        })
        .into();
    let page = right_page(&r, &meta(Mask::Full));
    assert_eq!(value(&page, "权利人"), "张三丰、李四光");
    assert_eq!(value(&page, "共有情况"), "按份共有：张三丰 1/3、李四光 2/3");
    let page = right_page(&r, &meta(Mask::Masked));
    assert_eq!(value(&page, "共有情况"), "按份共有：张** 1/3、李** 2/3");
}

fn each_detail() -> Vec<RightDetail> {
    vec![
        RightDetail::LandOwnership(LandOwnership::default()),
        RightDetail::LandUse(LandUse::default()),
        RightDetail::ProjectBuildings(ProjectBuildings {
            land_use_holder: text("张三丰"),
            ..ProjectBuildings::default()
        }),
        RightDetail::BuildingOwnership(house()),
        RightDetail::OwnersCommonPart(OwnersCommonPart::default()),
        RightDetail::Structure(Structure {
            land_use_holder: text("赵六七"),
            ..Structure::default()
        }),
        RightDetail::AgriculturalLand(AgriculturalLand {
            issuer_name: text("赵六七"),
            ..AgriculturalLand::default()
        }),
        RightDetail::Forest(Forest {
            tree_owner: text("赵六七"),
            tree_user: text("李四光"),
            ..Forest::default()
        }),
        RightDetail::SeaArea(SeaArea::default()),
        RightDetail::OtherRight(OtherRight::default()),
        RightDetail::Easement(Easement {
            content: text("张三丰可以通行"),
            ..Easement::default()
        }),
        RightDetail::Mortgage(Mortgage {
            scope: text("赵六七所欠"),
            ..bank_mortgage(MortgageMethod::General)
        }),
        RightDetail::PriorityNotice(PriorityNotice {
            land_use_holder: text("赵六七"),
            ..PriorityNotice::default()
        }),
        RightDetail::Caution(Caution {
            matter: text(&format!("应登记在李四光（{ID}）名下")),
            ..Caution::default()
        }),
        RightDetail::Seizure(Seizure {
            scope: text("李四光名下份额"),
            ..Seizure::default()
        }),
        RightDetail::Habitation(Habitation {
            conditions: text("张三丰不得转租"),
            ..Habitation::default()
        }),
        RightDetail::Restriction(Restriction {
            reason: text("李四光申请"),
            ..Restriction::default()
        }),
    ]
}

#[test]
fn a_masked_page_names_nobody() {
    for detail in each_detail() {
        let mut r = right(RightType::Other, detail);
        r.holders[0].party.agent = Some(Agent {
            name: "钱代理".to_owned(),
            id: None,
            phone: None,
            authority: None,
        });
        r.other_conditions = text("由钱代理代办");
        let full = right_page(&r, &meta(Mask::Full));
        let masked = right_page(&r, &meta(Mask::Masked));
        for field in &masked.fields {
            for secret in ["张三丰", "李四光", "赵六七", "钱代理", ID, "13800000000"] {
                assert!(
                    !field.value.contains(secret),
                    "{}: {} shows {secret}",
                    masked.title,
                    field.label
                );
            }
        }
        // masking hides, it drops no field
        let labels = |p: &RightPage| p.fields.iter().map(|f| f.label.clone()).collect::<Vec<_>>();
        assert_eq!(labels(&full), labels(&masked));
        assert!(
            value(&full, "附记").contains(ID)
                && value(&masked, "附记").contains("5104**********0012")
        );
    }
}

#[test]
fn every_page_has_a_title_of_its_own_and_no_empty_value() {
    let mut titles = std::collections::BTreeSet::new();
    for detail in each_detail() {
        let page = right_page(&right(RightType::Other, detail), &meta(Mask::Full));
        assert!(
            titles.insert(page.title.clone()),
            "{} stands twice",
            page.title
        );
        assert!(
            page.fields
                .iter()
                .all(|f| !f.label.is_empty() && !f.value.is_empty()),
            "{}",
            page.title
        );
        assert_eq!(page.fields[0].label, "业务号");
        assert_eq!(page.fields.last().unwrap().label, "附记");
    }
    assert_eq!(titles.len(), 17);
}
