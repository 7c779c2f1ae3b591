//! Facts for the tests. Nobody in them exists: birth year 1800, names of the
//! textbook kind.
#![allow(dead_code, reason = "each test file uses its part")]

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_law::application::{Contact, DeliveryMethod, Inquiry};
use dengbu_model::cadastre::Parcel;
use dengbu_model::certificate::CertificateKind;
use dengbu_model::codes::Code;
use dengbu_model::identity::{IdDocument, IdKind};
use dengbu_model::party::{Agent, CoOwnership, Holder, Party, PartyKind};
use dengbu_model::quantity::{Area, Money, Share};
use dengbu_model::right::{
    BuildingOwnership, Mortgage, MortgageMethod, Officer, RegistrationType, Right, RightDetail,
    RightType, SeizureKind,
};
use dengbu_model::unit_code::ParcelCode;
use dengbu_papers::certificate::CertificateFacts;
use dengbu_papers::fields::{Labelled, PageMeta};
use dengbu_papers::inputs::*;
use dengbu_papers::{Mask, Paper};

pub const ID: &str = "510402180001010012";
pub const AGENT_ID: &str = "51042118000101002X";
pub const PHONE: &str = "13800000001";
pub const UNIT: &str = "510402001003GB00012F00030027";

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn print(mask: Mask) -> PrintFacts {
    PrintFacts {
        authority_name: "攀枝花市不动产登记中心".to_owned(),
        printed_at: at("2026-11-23T06:00:00Z"),
        printed_by: "打印员甲".to_owned(),
        mask,
    }
}

pub fn person(name: &str) -> Party {
    Party {
        id: Some(IdDocument::from_register(IdKind::ResidentId, ID)),
        phone: Some(PHONE.to_owned()),
        address: Some("攀枝花市东区某某路8号1幢3单元7号".to_owned()),
        ..Party::named(name, PartyKind::Person)
    }
}

pub fn with_agent(mut party: Party) -> Party {
    party.agent = Some(Agent {
        name: "钱代理".to_owned(),
        id: Some(IdDocument::from_register(IdKind::ResidentId, AGENT_ID)),
        phone: Some(PHONE.to_owned()),
        authority: Some("（2026）川攀证字第1号".to_owned()),
    });
    party
}

pub fn bank() -> Party {
    Party {
        id: Some(IdDocument::from_register(
            IdKind::UnifiedSocialCredit,
            "91510400MA0000015H",
        )),
        legal_representative: Some("孙行长".to_owned()),
        ..Party::named("攀枝花示例商业银行股份有限公司", PartyKind::Enterprise)
    }
}

pub fn unit() -> UnitFacts {
    UnitFacts {
        unit_code: UNIT.to_owned(),
        address: "攀枝花市东区示例路12号3幢2单元5楼2号".to_owned(),
        kind_name: Some("土地和房屋".to_owned()),
        right_type_name: Some("国有建设用地使用权/房屋（构筑物）所有权".to_owned()),
        nature_name: Some("出让/市场化商品房".to_owned()),
        use_name: Some("城镇住宅用地/住宅".to_owned()),
        land_area: Some(Area::parse("12345.67").unwrap()),
        building_area: Some(Area::parse("112.25").unwrap()),
        certificate_no: Some("川(2021)攀枝花市不动产权第0000009号".to_owned()),
        land_use_end: Some(day("2071-04-30")),
    }
}

/// A sale between `holders` and one seller, with names and numbers in every free text.
pub fn case(holders: Vec<Holder>) -> CaseFacts {
    let co_ownership = match holders.len() {
        1 => CoOwnership::Sole,
        _ if holders.iter().all(|h| h.share.is_some()) => CoOwnership::ByShares,
        _ => CoOwnership::Joint,
    };
    CaseFacts {
        case_no: "51040220261123000001".to_owned(),
        business_name: "存量房转移登记".to_owned(),
        registration_type: RegistrationType::Transfer,
        right_type: RightType::StateConstructionLandAndBuilding,
        legal_basis: vec![
            "《民法典》第二百零九条".to_owned(),
            "《不动产登记暂行条例》第十四条".to_owned(),
        ],
        reason: "买卖".to_owned(),
        holder_label: "买受人".to_owned(),
        obligor_label: Some("出卖人".to_owned()),
        holders,
        obligors: vec![person("李四光")],
        co_ownership,
        separate_certificates: false,
        units: vec![unit()],
        detail: vec![
            Labelled::new("房地产交易价格", "800,000.00 元（捌拾万元整）"),
            Labelled::new("买卖合同编号", "网签-20260001"),
        ],
        inquiry: vec![Inquiry {
            question: "是否自愿申请登记？".to_owned(),
            answer: format!("是，李四光（{ID}）自愿"),
        }],
        materials: vec![
            MaterialLine {
                name: "不动产登记申请书".to_owned(),
                form: "原件".to_owned(),
                copies: 1,
                pages: 3,
                required: true,
                received: true,
                note: None,
            },
            MaterialLine {
                name: "申请人身份证明".to_owned(),
                form: "复印件".to_owned(),
                copies: 2,
                pages: 2,
                required: true,
                received: true,
                note: Some(format!("免提交：公安共享，李四光 {PHONE}")),
            },
            MaterialLine {
                name: "契税完税凭证".to_owned(),
                required: true,
                ..MaterialLine::default()
            },
        ],
        opinions: vec![
            StepOpinion {
                step_name: "初审".to_owned(),
                action_name: "同意".to_owned(),
                opinion: format!("李四光（{ID}）与登记簿一致，拟同意登记"),
                staff_name: "初审员甲".to_owned(),
                at: at("2026-11-23T02:00:00Z"),
            },
            StepOpinion {
                step_name: "审核".to_owned(),
                action_name: "同意".to_owned(),
                opinion: "同意登记".to_owned(),
                staff_name: "审核员乙".to_owned(),
                at: at("2026-11-23T03:00:00Z"),
            },
        ],
        accepted_at: Some(at("2026-11-23T01:00:00Z")),
        accepted_by: Some("受理员丙".to_owned()),
        office_name: Some("攀枝花市政务服务中心不动产登记窗口".to_owned()),
        promised_days: Some(3),
        due_on: Some(day("2026-11-26")),
        delivery_method: DeliveryMethod::Counter,
        contact: Some(Contact {
            name: "钱代理".to_owned(),
            phone: PHONE.to_owned(),
        }),
        remarks: Some(format!("李四光（{ID}）保证无租赁")),
    }
}

pub fn one_buyer() -> Vec<Holder> {
    vec![Holder {
        party: with_agent(person("张三丰")),
        share: None,
    }]
}

/// Thirty holders with shares and names that differ.
pub fn thirty() -> Vec<Holder> {
    (1..=30)
        .map(|i| Holder {
            party: person(&format!(
                "共有人{i:02}号名字很长很长很长很长很长很长很长很长"
            )),
            share: Some(Share::parse("1/30").unwrap()),
        })
        .collect()
}

pub fn remedy() -> Remedy {
    Remedy {
        reconsideration_body: "攀枝花市人民政府".to_owned(),
        court: "攀枝花市东区人民法院".to_owned(),
    }
}

pub fn notice<G>(grounds: Vec<G>) -> NoticeFacts<G> {
    NoticeFacts {
        number: "攀不动产告〔2026〕1号".to_owned(),
        grounds,
        reason: format!("李四光（{ID}）对该不动产提出权属争议，尚未解决"),
        items: vec![
            "契税完税凭证原件".to_owned(),
            format!("李四光（{PHONE}）的授权委托书"),
        ],
        proper_authority: None,
        reply_by: Some(day("2026-12-10")),
        decided_at: at("2026-11-23T03:00:00Z"),
        decided_by: "经办员丁".to_owned(),
        remedy: remedy(),
    }
}

pub fn seizure() -> SeizureReceiptFacts {
    SeizureReceiptFacts {
        case_no: "51040220261123000002".to_owned(),
        court: "示例市示例区人民法院".to_owned(),
        document: Some("协助执行通知书".to_owned()),
        document_no: "（2026）川0402执1号".to_owned(),
        served_at: Some(at("2026-11-23T01:05:00Z")),
        officers: ["甲法官", "乙法官"]
            .map(|n| Officer {
                name: n.to_owned(),
                certificate_no: "川法0001".to_owned(),
            })
            .into(),
        units: vec![SeizedUnit {
            unit: unit(),
            holders: vec![person("李四光")],
            kind: SeizureKind::Waiting,
            rank: Some(2),
            start: Some(day("2026-11-23")),
            end: Some(day("2029-11-22")),
            scope: Some("李四光名下整套房屋".to_owned()),
            registered_at: Some(at("2026-11-23T01:30:00Z")),
            earlier: vec![
                EarlierBurden {
                    kind_name: "查封".to_owned(),
                    by: "示例市中级人民法院".to_owned(),
                    document_no: Some("（2025）川04执9号".to_owned()),
                    note: Some("至2028年01月01日止".to_owned()),
                    registered_at: at("2025-01-02T01:30:00Z"),
                },
                EarlierBurden {
                    kind_name: "抵押权".to_owned(),
                    by: "赵六七".to_owned(),
                    document_no: Some("川(2020)攀枝花市不动产证明第0000003号".to_owned()),
                    note: Some("500,000.00 元".to_owned()),
                    registered_at: at("2020-01-02T01:30:00Z"),
                },
            ],
        }],
        handled_by: "登簿员戊".to_owned(),
    }
}

pub fn delivery() -> DeliveryFacts {
    DeliveryFacts {
        certificates: vec![IssuedPaper {
            kind_name: "不动产权证书".to_owned(),
            number: "川(2026)攀枝花市不动产权第0000001号".to_owned(),
            form_serial: Some("D51000000001".to_owned()),
            holders: vec![person("张三丰")],
        }],
        recipient: Some(Recipient {
            name: "钱代理".to_owned(),
            id: Some(IdDocument::from_register(IdKind::ResidentId, AGENT_ID)),
            phone: Some(PHONE.to_owned()),
            capacity: Some("代理人".to_owned()),
        }),
        delivered_at: Some(at("2026-11-24T01:00:00Z")),
        delivered_by: Some("发证员己".to_owned()),
    }
}

pub fn title_right(holders: Vec<Holder>) -> Right {
    let land_use_holder = (holders.len() == 1).then(|| holders[0].party.name.clone());
    Right {
        right_type: RightType::StateConstructionLandAndBuilding,
        co_ownership: if holders.len() > 1 {
            CoOwnership::ByShares
        } else {
            CoOwnership::Sole
        },
        holders,
        // whoever sold it
        obligors: vec![person("李四光")],
        detail: RightDetail::BuildingOwnership(BuildingOwnership {
            land_use_holder,
            shared_land_area: Some(Area::parse("20.5").unwrap()),
            land_use_start: Some(day("2001-05-01")),
            land_use_end: Some(day("2071-04-30")),
            price: Some(Money::parse("800000").unwrap()),
            planned_use: Some(Code::parse("10").unwrap()),
            nature: Some(Code::parse("0").unwrap()),
            structure: Some(Code::parse("3").unwrap()),
            storey: Some("5".to_owned()),
            storeys_total: Some(6),
            building_area: Some(Area::parse("112.25").unwrap()),
            exclusive_area: Some(Area::parse("98.25").unwrap()),
            shared_area: Some(Area::parse("14").unwrap()),
            completed: Some("2005-06-01".to_owned()),
            ..BuildingOwnership::default()
        }),
        other_conditions: None,
        remarks: Some(format!("由李四光（{ID}）转来")),
    }
}

pub fn mortgage_right() -> Right {
    Right {
        right_type: RightType::Mortgage,
        co_ownership: CoOwnership::Sole,
        holders: vec![Holder {
            party: bank(),
            share: None,
        }],
        obligors: vec![person("张三丰")],
        detail: RightDetail::Mortgage(Mortgage {
            secured_amount: Some(Money::parse("500000").unwrap()),
            term_start: Some(day("2026-11-01")),
            term_end: Some(day("2036-10-31")),
            scope: Some("主债权及利息、违约金、损害赔偿金和实现抵押权的费用".to_owned()),
            transfer_restricted: Some(false),
            rank: Some(1),
            debtor: Some("赵六七".to_owned()),
            ..Mortgage::new(MortgageMethod::General)
        }),
        other_conditions: None,
        remarks: None,
    }
}

pub fn meta(certificate_no: &str, registered_at: &str) -> PageMeta {
    PageMeta {
        unit_code: UNIT.to_owned(),
        address: unit().address,
        case_no: Some("51040220261123000001".to_owned()),
        registration_type: RegistrationType::Transfer,
        cause: Some("买卖".to_owned()),
        certificate_no: Some(certificate_no.to_owned()),
        registered_at: at(registered_at),
        registrar: "登簿员戊".to_owned(),
        authority_name: "攀枝花市不动产登记中心".to_owned(),
        // wrong on purpose: the mask of the print must win
        mask: Mask::Full,
    }
}

pub fn extract() -> ExtractFacts {
    let code = |c: &str| Some(Code::parse(c).unwrap());
    ExtractFacts {
        unit_code: UNIT.to_owned(),
        address: unit().address,
        status_name: Some("有效".to_owned()),
        as_of: at("2026-11-23T05:59:00Z"),
        parcel: Some(Parcel {
            code: ParcelCode::parse("510402001003GB00012").unwrap(),
            address: "攀枝花市东区示例路12号".to_owned(),
            area: Some(Area::parse("12345.67").unwrap()),
            use_code: code("071"),
            right_type: code("3"),
            right_nature: code("102"),
            bounds: Some(["示例路", "示例河", "示例小区", "示例街"].map(str::to_owned)),
            geometry: None,
        }),
        rights: vec![
            ExtractRight {
                right: title_right(vec![Holder {
                    party: person("李四光"),
                    share: None,
                }]),
                meta: meta(
                    "川(2021)攀枝花市不动产权第0000009号",
                    "2021-03-01T02:00:00Z",
                ),
                ended: Some(EndedMark {
                    at: at("2026-11-23T04:00:00Z"),
                    reason: Some("因买卖转移登记".to_owned()),
                    case_no: Some("51040220261123000001".to_owned()),
                }),
            },
            ExtractRight {
                right: title_right(one_buyer()),
                meta: meta(
                    "川(2026)攀枝花市不动产权第0000001号",
                    "2026-11-23T04:00:00Z",
                ),
                ended: None,
            },
            ExtractRight {
                right: mortgage_right(),
                meta: PageMeta {
                    registration_type: RegistrationType::First,
                    ..meta(
                        "川(2026)攀枝花市不动产证明第0000001号",
                        "2026-11-23T04:00:01Z",
                    )
                },
                ended: None,
            },
        ],
        restrictions: vec!["抵押权：攀枝花示例商业银行股份有限公司；抵押人张三丰".to_owned()],
        last_entry: Some(EntryMark {
            seq: 3,
            recorded_at: at("2026-11-23T04:00:01Z"),
            hash: "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0".to_owned(),
        }),
        purpose: Some("张三丰核对登记内容".to_owned()),
    }
}

pub fn certificates() -> Vec<CertificateFacts> {
    let title = CertificateFacts {
        kind: CertificateKind::Title,
        number: "川(2026)攀枝花市不动产权第0000001号".to_owned(),
        right: title_right(one_buyer()),
        holder: None,
        unit: unit(),
        title_certificate_no: None,
        issued_on: day("2026-11-23"),
        form_serial: Some("D51000000001".to_owned()),
        case_no: Some("51040220261123000001".to_owned()),
        qr_image: None,
        preview: true,
    };
    let proof = CertificateFacts {
        kind: CertificateKind::Proof,
        number: "川(2026)攀枝花市不动产证明第0000001号".to_owned(),
        right: mortgage_right(),
        title_certificate_no: Some(title.number.clone()),
        ..title.clone()
    };
    vec![title, proof]
}

/// Facts for one of each paper.
pub struct All {
    pub case: CaseFacts,
    pub extract: ExtractFacts,
    pub refusal: NoticeFacts<RefusalGround>,
    pub rejection: NoticeFacts<RejectionGround>,
    pub correction: NoticeFacts<NoGround>,
    pub seizure: SeizureReceiptFacts,
    pub delivery: DeliveryFacts,
    pub certificates: Vec<CertificateFacts>,
}

impl All {
    pub fn new(holders: Vec<Holder>) -> Self {
        Self {
            case: case(holders),
            extract: extract(),
            refusal: notice(vec![RefusalGround::Disputed]),
            rejection: notice(vec![RejectionGround::Incomplete]),
            correction: notice(Vec::new()),
            seizure: seizure(),
            delivery: delivery(),
            certificates: certificates(),
        }
    }

    pub fn papers(&self) -> Vec<Paper<'_>> {
        vec![
            Paper::Application(&self.case),
            Paper::Receipt(&self.case),
            Paper::Rejection(&self.case, &self.rejection),
            Paper::CorrectionNotice(&self.case, &self.correction),
            Paper::Approval(&self.case),
            Paper::Refusal(&self.case, &self.refusal),
            Paper::SeizureReceipt(&self.seizure),
            Paper::Certificate(&self.certificates),
            Paper::DeliveryRecord(&self.case, &self.delivery),
            Paper::RegisterExtract(&self.extract),
        ]
    }
}
