//! What is shown of a unit: its facts and standing rights, cut down to the parts allowed. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_cadastre::facts::{ParcelFacts, UnitFacts};
use dengbu_model::cadastre::{Dwelling, UnitStatus};
use dengbu_model::codes;
use dengbu_model::identity::{IdDocument, IdKind};
use dengbu_model::party::CoOwnership;
use dengbu_model::right::{RegistrationType, RightDetail};
use dengbu_model::unit_code::UnitCode;
use dengbu_papers::fields::{self, Labelled, Mask, PageMeta};
use dengbu_papers::format;
use dengbu_register::read::RegisterRight;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Part;

/// A field shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShownField {
    /// Label.
    pub label: String,
    /// Value.
    pub value: String,
}

impl ShownField {
    fn new(label: &str, value: impl Into<String>) -> Self {
        Self {
            label: label.to_owned(),
            value: value.into(),
        }
    }
}

impl From<Labelled> for ShownField {
    fn from(l: Labelled) -> Self {
        Self {
            label: l.label,
            value: l.value,
        }
    }
}

/// A right shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShownRight {
    /// Identity.
    pub right_id: Uuid,
    /// Title of its page.
    pub title: String,
    /// Names of the holders.
    pub holders: Vec<String>,
    /// Fields of the page.
    pub fields: Vec<ShownField>,
}

/// An original paper there is (登记原始资料).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShownOriginal {
    /// The case.
    pub case_no: String,
    /// Name of the paper.
    pub name: String,
    /// Copies.
    pub copies: i32,
}

/// A unit shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShownUnit {
    /// Unit code.
    pub unit_code: String,
    /// Address.
    pub address: String,
    /// 自然状况.
    pub natural: Vec<ShownField>,
    /// What is said of its state: common, burdens, restrictions and so on.
    pub state: Vec<ShownField>,
    /// 登记结果; empty when not allowed.
    pub rights: Vec<ShownRight>,
    /// 原始资料; empty when not allowed or none.
    pub originals: Vec<ShownOriginal>,
}

/// All that is known of a unit at that moment.
#[derive(Debug)]
pub struct Known<'a> {
    /// Surveyed facts.
    pub facts: &'a UnitFacts,
    /// Its parcel.
    pub parcel: Option<&'a ParcelFacts>,
    /// Rights standing on the unit.
    pub own: Vec<&'a RegisterRight>,
    /// Rights standing on its land.
    pub land: Vec<&'a RegisterRight>,
    /// Registration causes by unit and position of the entry.
    pub causes: BTreeMap<(String, i64), String>,
    /// Original papers.
    pub originals: Vec<ShownOriginal>,
    /// Name of the authority.
    pub authority_name: &'a str,
}

/// What to show.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Parts allowed.
    pub parts: &'a [Part],
    /// The name a lawyer wants compared.
    pub claimed_holder: Option<&'a str>,
    /// The day in Asia/Shanghai.
    pub today: NaiveDate,
}

impl View<'_> {
    fn sees(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

/// The unit as it may be shown.
#[must_use]
pub fn unit(known: &Known<'_>, view: View<'_>) -> ShownUnit {
    let natural = if view.sees(Part::NaturalFacts) {
        natural(known)
    } else {
        Vec::new()
    };
    let rights = if view.sees(Part::Holders) {
        known
            .own
            .iter()
            .chain(&known.land)
            .map(|r| right(r, known, view))
            .collect()
    } else {
        Vec::new()
    };
    ShownUnit {
        unit_code: known.facts.unit_code.clone(),
        address: known.facts.address.clone(),
        natural,
        state: state(known, view),
        rights,
        originals: if view.sees(Part::Originals) {
            known.originals.clone()
        } else {
            Vec::new()
        },
    }
}

fn natural(known: &Known<'_>) -> Vec<ShownField> {
    let u = known.facts;
    let land = u.kind == "land";
    let dwelling: Option<Dwelling> = serde_json::from_value(u.facts.clone()).ok();
    let area = |a: rust_decimal::Decimal| format!("{a:.2} ㎡");
    let status = UnitStatus::from_code(&u.status);
    let code = UnitCode::parse(&u.unit_code).map_or_else(|_| u.unit_code.clone(), |c| c.grouped());
    let mut lines = vec![
        ShownField::new("不动产单元号", code),
        ShownField::new("坐落", &u.address),
        ShownField::new("不动产类型", if land { "土地" } else { "土地和房屋" }),
        ShownField::new(
            "单元状态",
            status.map_or(u.status.as_str(), |s| s.name_zh()),
        ),
    ];
    let mut put = |label: &str, value: Option<String>| {
        lines.extend(value.map(|v| ShownField::new(label, v)));
    };
    let lists: &[&str] = if land {
        &[codes::LAND_USE, codes::LAND_USE_2007]
    } else {
        &[codes::HOUSE_USE]
    };
    let label = if land { "土地用途" } else { "房屋用途" };
    put(
        label,
        u.use_code.as_deref().map(|c| format::name_in(lists, c)),
    );
    put(if land { "面积" } else { "建筑面积" }, u.area.map(area));
    put("所在层", u.storey.map(|s| s.to_string()));
    let d = dwelling.as_ref();
    put(
        "总层数",
        d.and_then(|d| d.storeys_total).map(|s| s.to_string()),
    );
    put(
        "房屋结构",
        d.and_then(|d| d.structure.as_ref())
            .map(|c| format::name_in(&[codes::HOUSE_STRUCTURE], c.as_str())),
    );
    put("宗地面积", known.parcel.and_then(|p| p.area).map(area));
    put(
        "宗地用途",
        known
            .parcel
            .and_then(|p| p.land_use.as_deref())
            .map(|c| format::name_in(&[codes::LAND_USE, codes::LAND_USE_2007], c)),
    );
    lines
}

/// Yes with how many, on the unit and on its land, or no.
fn yes(own: usize, land: usize) -> String {
    match (own, land) {
        (0, 0) => "否".to_owned(),
        (n, 0) => format!("是（{n} 项）"),
        (0, n) => format!("是（所在宗地 {n} 项）"),
        (a, b) => format!("是（本单元 {a} 项，所在宗地 {b} 项）"),
    }
}

fn count(known: &Known<'_>, which: impl Fn(&RightDetail) -> bool) -> (usize, usize) {
    let of = |list: &[&RegisterRight]| list.iter().filter(|r| which(&r.right.detail)).count();
    (of(&known.own), of(&known.land))
}

fn state(known: &Known<'_>, view: View<'_>) -> Vec<ShownField> {
    let mut lines = Vec::new();
    let titles = || known.own.iter().filter(|r| r.right.right_type.is_title());
    let mut put = |label: &str, value: String| lines.push(ShownField::new(label, value));
    if view.sees(Part::Common) {
        let common = titles()
            .any(|r| r.right.holders.len() > 1 || r.right.co_ownership != CoOwnership::Sole);
        put("是否存在共有情形", format::yes_no(common).to_owned());
    }
    if view.sees(Part::CoOwnershipForm) {
        let forms: Vec<_> = titles().map(|r| r.right.co_ownership.name_zh()).collect();
        put("共有形式", or_none(&forms.join("、")));
    }
    if view.sees(Part::Burdens) {
        for (label, which) in BURDENS {
            let (own, land) = count(known, which);
            put(label, yes(own, land));
        }
    }
    if view.sees(Part::Restrictions) {
        for (label, which) in RESTRICTIONS {
            let (own, land) = count(known, which);
            let lapsed = known.own.iter().chain(&known.land).any(|r| {
                which(&r.right.detail)
                    && matches!(&r.right.detail, RightDetail::Seizure(s) if s.end.is_some_and(|e| e < view.today))
            });
            let note = if lapsed {
                "，其中有期限已届满尚未注销的"
            } else {
                ""
            };
            put(label, format!("{}{note}", yes(own, land)));
        }
    }
    if view.sees(Part::RestrictingOrgan) {
        let mut organs: Vec<String> = known
            .own
            .iter()
            .chain(&known.land)
            .filter_map(|r| match &r.right.detail {
                RightDetail::Seizure(s) => Some(s.court.clone()),
                RightDetail::Restriction(d) => d.organ.clone(),
                _ => None,
            })
            .collect();
        organs.dedup();
        put("查封（限制）机关", or_none(&organs.join("、")));
    }
    if view.sees(Part::HolderMatch)
        && let Some(claimed) = view.claimed_holder
    {
        let same = titles().any(|r| {
            r.right
                .holders
                .iter()
                .any(|h| h.party.name.trim() == claimed.trim())
        });
        let verdict = if same { "一致" } else { "不一致" };
        put("所提供的权利主体名称与登记簿记载", verdict.to_owned());
    }
    lines
}

type Which = fn(&RightDetail) -> bool;

const BURDENS: [(&str, Which); 3] = [
    ("是否存在抵押权登记", |d| {
        matches!(d, RightDetail::Mortgage(_))
    }),
    ("是否存在预告登记", |d| {
        matches!(d, RightDetail::PriorityNotice(_))
    }),
    ("是否存在异议登记", |d| {
        matches!(d, RightDetail::Caution(_))
    }),
];

const RESTRICTIONS: [(&str, Which); 2] = [
    ("是否存在查封登记", |d| {
        matches!(d, RightDetail::Seizure(_))
    }),
    ("是否存在其他限制处分的情形", |d| {
        matches!(d, RightDetail::Restriction(_))
    }),
];

fn or_none(text: &str) -> String {
    if text.is_empty() {
        format::NONE.to_owned()
    } else {
        text.to_owned()
    }
}

/// What labels of amounts hold (数额、价格、金额、租金).
const AMOUNT_WORDS: [&str; 4] = ["数额", "价格", "金额", "租金"];

fn right(r: &RegisterRight, known: &Known<'_>, view: View<'_>) -> ShownRight {
    let meta = PageMeta {
        unit_code: r.unit_code.clone(),
        address: known.facts.address.clone(),
        case_no: r.case_no.clone(),
        registration_type: RegistrationType::from_code(&r.registration_type)
            .unwrap_or(RegistrationType::Other),
        cause: known
            .causes
            .get(&(r.unit_code.clone(), r.created_seq))
            .cloned(),
        certificate_no: r.certificate_no.clone(),
        registered_at: r.registered_at,
        registrar: r.registrar.clone(),
        authority_name: known.authority_name.to_owned(),
        mask: Mask::Full,
    };
    let page = fields::right_page(&r.right, &meta);
    let on_land = r.unit_code != known.facts.unit_code;
    let fields = page
        .fields
        .into_iter()
        .filter(|l| view.sees(Part::Amounts) || !AMOUNT_WORDS.iter().any(|w| l.label.contains(w)))
        .map(|l| {
            if view.sees(Part::IdentityNumbers) {
                l.into()
            } else {
                without_numbers(l)
            }
        })
        .collect();
    ShownRight {
        right_id: r.right_id,
        title: if on_land {
            format!("{}（所在宗地）", page.title)
        } else {
            page.title
        },
        holders: r
            .right
            .holders
            .iter()
            .map(|h| h.party.name.clone())
            .collect(),
        fields,
    }
}

/// Names stay, numbers of documents do not.
fn without_numbers(l: Labelled) -> ShownField {
    let value = if l.label.ends_with("证件号码") {
        l.value
            .split('、')
            .map(|n| match n {
                format::NONE => n.to_owned(),
                n => IdDocument::from_register(IdKind::Other, n).masked(),
            })
            .collect::<Vec<_>>()
            .join("、")
    } else {
        Mask::Masked.text(&l.value)
    };
    ShownField {
        label: l.label,
        value,
    }
}

/// An instant as answers state it: to the second (查询时点).
#[must_use]
pub fn moment(at: DateTime<Utc>) -> String {
    format::instant(at)
}
