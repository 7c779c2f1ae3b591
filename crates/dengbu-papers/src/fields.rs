//! The statutory pages of the register (登记簿页) as labelled fields in the
//! page's order. Layout after the national register sample (国土资发〔2015〕25号)
//! and the tables of the database standard; codes are given by name.

mod burdens;
mod titles;

use chrono::{DateTime, Utc};
use dengbu_model::party::Party;
use dengbu_model::right::{RegistrationType, Right, RightDetail};
use dengbu_model::unit_code::UnitCode;
use serde::{Deserialize, Serialize};

use crate::format::{self, NONE};
pub use crate::mask::Mask;
use crate::mask::Masker;
pub use crate::parcel::{CoverFacts, cover, parcel_page};

/// A field as it stands on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labelled {
    /// Label as printed on the page.
    pub label: String,
    /// Value as written; `—` when empty.
    pub value: String,
}

impl Labelled {
    /// A field.
    #[must_use]
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
        }
    }
}

/// What an entry says around a right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageMeta {
    /// Unit code (不动产单元号, BDCDYH).
    pub unit_code: String,
    /// Where the unit lies (坐落, ZL).
    pub address: String,
    /// Case number (业务号, YWH).
    pub case_no: Option<String>,
    /// Kind of registration (登记类型, DJLX).
    pub registration_type: RegistrationType,
    /// Registration cause (登记原因, DJYY); none in entries of older books without it.
    pub cause: Option<String>,
    /// Certificate or proof number (不动产权证号, 不动产登记证明号).
    pub certificate_no: Option<String>,
    /// When it was registered (登记时间, DJSJ).
    pub registered_at: DateTime<Utc>,
    /// Who recorded it (登簿人, DBR).
    pub registrar: String,
    /// Name of the authority (登记机构, DJJG).
    pub authority_name: String,
    /// Whether persons are shown in full.
    pub mask: Mask,
}

/// A page of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RightPage {
    /// Title as in the statutory index of pages.
    pub title: String,
    /// Fields in the page's order.
    pub fields: Vec<Labelled>,
}

/// How the two sides and the paper of a right are called on its page.
struct Words {
    /// The holders; none where the page has no holder.
    holder: Option<&'static str>,
    /// The obligors; none where the page has none.
    obligor: Option<&'static str>,
    /// The certificate; none where nothing is issued.
    certificate: Option<&'static str>,
}

const TITLE: &str = "不动产权证书号";
const PROOF: &str = "不动产登记证明号";

/// Title of the page of a right.
#[must_use]
pub fn page_title(detail: &RightDetail) -> &'static str {
    match detail {
        RightDetail::LandOwnership(_) => "土地所有权登记信息",
        RightDetail::LandUse(_) => "建设用地使用权、宅基地使用权登记信息",
        RightDetail::ProjectBuildings(_) => "房地产权登记信息（项目内多幢房屋）",
        RightDetail::BuildingOwnership(_) => "房地产权登记信息（独幢、层、套、间房屋）",
        RightDetail::OwnersCommonPart(_) => "建筑物区分所有权业主共有部分登记信息",
        RightDetail::Structure(_) => "构（建）筑物所有权登记信息",
        RightDetail::AgriculturalLand(_) => "土地承包经营权、农用地其他使用权登记信息（非林地）",
        RightDetail::Forest(_) => "林权登记信息",
        RightDetail::SeaArea(_) => "海域（含无居民海岛）使用权登记信息",
        RightDetail::OtherRight(_) => "其他相关权利登记信息（取水权、探矿权、采矿权等）",
        RightDetail::Easement(_) => "地役权登记信息",
        RightDetail::Mortgage(_) => "抵押权登记信息",
        RightDetail::PriorityNotice(_) => "预告登记信息",
        RightDetail::Caution(_) => "异议登记信息",
        RightDetail::Seizure(_) => "查封登记信息",
        RightDetail::Habitation(_) => "居住权登记信息",
        RightDetail::Restriction(_) => "限制登记信息",
    }
}

fn words(detail: &RightDetail) -> Words {
    let (holder, obligor, certificate) = match detail {
        RightDetail::Easement(_) => (Some("需役地权利人"), Some("供役地权利人"), Some(PROOF)),
        RightDetail::Mortgage(_) => (Some("抵押权人"), Some("抵押人"), Some(PROOF)),
        RightDetail::PriorityNotice(_) => (Some("权利人"), Some("义务人"), Some(PROOF)),
        RightDetail::Caution(_) => (Some("异议申请人"), Some("登记权利人"), Some(PROOF)),
        RightDetail::Habitation(_) => (Some("居住权人"), Some("房屋所有权人"), Some(PROOF)),
        RightDetail::Seizure(_) => (None, Some("被执行人"), None),
        RightDetail::Restriction(_) => (None, Some("被限制人"), None),
        // the owners together, without a list (不动产登记暂行条例实施细则第三十六条)
        RightDetail::OwnersCommonPart(_) => (Some("权利人"), None, None),
        _ => (Some("权利人"), None, Some(TITLE)),
    };
    Words {
        holder,
        obligor,
        certificate,
    }
}

/// Whether the page states the registration cause: the tables of the standard for owners' common
/// parts (FDCQ3), cautions (YYDJ), seizures (CFDJ) and restrictions (XZDJ) have no field DJYY.
fn states_cause(detail: &RightDetail) -> bool {
    !matches!(
        detail,
        RightDetail::OwnersCommonPart(_)
            | RightDetail::Caution(_)
            | RightDetail::Seizure(_)
            | RightDetail::Restriction(_)
    )
}

/// The statutory page of a right.
#[must_use]
pub fn right_page(right: &Right, meta: &PageMeta) -> RightPage {
    page_with(right, meta, &Masker::for_right(meta.mask, right))
}

/// The page, masked by one who may know more persons than the right's own;
/// the masker's mask counts, not the one of `meta`.
pub(crate) fn page_with(right: &Right, meta: &PageMeta, masker: &Masker) -> RightPage {
    let words = words(&right.detail);
    let mut page = Page {
        fields: Vec::new(),
        masker,
    };
    page.put("业务号", meta.case_no.clone());
    page.put("不动产单元号", Some(grouped(&meta.unit_code)));
    page.put("坐落", Some(meta.address.clone()));
    if let Some(label) = words.holder {
        page.side(
            label,
            &right.holders.iter().map(|h| &h.party).collect::<Vec<_>>(),
        );
        page.put(
            "共有情况",
            Some(format::co_ownership(
                right.co_ownership,
                &right.holders,
                masker.mask(),
            )),
        );
    }
    if let Some(label) = words.obligor {
        page.side(label, &right.obligors.iter().collect::<Vec<_>>());
    }
    page.put("权利类型", Some(right.right_type.name_zh().to_owned()));
    page.put(
        "登记类型",
        Some(meta.registration_type.name_zh().to_owned()),
    );
    if states_cause(&right.detail) {
        page.free("登记原因", meta.cause.as_ref());
    }
    page.detail(&right.detail);
    if let Some(label) = words.certificate {
        page.put(label, meta.certificate_no.clone());
    }
    page.put("登记机构", Some(meta.authority_name.clone()));
    page.put("登记时间", Some(format::instant(meta.registered_at)));
    page.put("登簿人", Some(meta.registrar.clone()));
    page.free("权利其他状况", right.other_conditions.as_ref());
    page.free("附记", right.remarks.as_ref());
    RightPage {
        title: page_title(&right.detail).to_owned(),
        fields: page.fields,
    }
}

/// A unit code in groups; an unreadable one as it is.
fn grouped(code: &str) -> String {
    UnitCode::parse(code).map_or_else(|_| code.to_owned(), |c| c.grouped())
}

/// A page being written.
struct Page<'a> {
    fields: Vec<Labelled>,
    masker: &'a Masker,
}

impl Page<'_> {
    /// A value that names no person.
    fn put(&mut self, label: &str, value: Option<String>) {
        let value = value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        self.fields.push(Labelled::new(
            label,
            value.unwrap_or_else(|| NONE.to_owned()),
        ));
    }

    /// Free text, in which persons may be named.
    fn free(&mut self, label: &str, value: Option<&String>) {
        let value = value.map(|v| self.masker.text(v));
        self.put(label, value);
    }

    /// Names in free text.
    fn named(&mut self, label: &str, value: Option<&String>) {
        let value = value.map(|v| self.masker.mask().free_name(v));
        self.put(label, value);
    }

    /// One side: names, kinds and numbers of documents in the same order.
    fn side(&mut self, label: &str, parties: &[&Party]) {
        let mask = self.masker.mask();
        let list = |f: &dyn Fn(&Party) -> String| {
            let all: Vec<_> = parties.iter().map(|p| f(p)).collect();
            (!all.is_empty()).then(|| all.join("、"))
        };
        let none = || NONE.to_owned();
        let names = list(&|p| mask.name(p));
        let kinds = list(&|p| {
            p.id.as_ref()
                .map_or_else(none, |d| d.kind.name_zh().to_owned())
        });
        let numbers = list(&|p| p.id.as_ref().map_or_else(none, |d| mask.id(d)));
        self.put(label, names);
        self.put(&format!("{label}证件种类"), kinds);
        self.put(&format!("{label}证件号码"), numbers);
    }

    fn detail(&mut self, detail: &RightDetail) {
        match detail {
            RightDetail::LandOwnership(d) => self.land_ownership(d),
            RightDetail::LandUse(d) => self.land_use(d),
            RightDetail::ProjectBuildings(d) => self.project_buildings(d),
            RightDetail::BuildingOwnership(d) => self.building_ownership(d),
            RightDetail::OwnersCommonPart(d) => self.owners_common_part(d),
            RightDetail::Structure(d) => self.structure(d),
            RightDetail::AgriculturalLand(d) => self.agricultural_land(d),
            RightDetail::Forest(d) => self.forest(d),
            RightDetail::SeaArea(d) => self.sea_area(d),
            RightDetail::OtherRight(d) => self.other_right(d),
            RightDetail::Easement(d) => self.easement(d),
            RightDetail::Mortgage(d) => self.mortgage(d),
            RightDetail::PriorityNotice(d) => self.priority_notice(d),
            RightDetail::Caution(d) => self.caution(d),
            RightDetail::Seizure(d) => self.seizure(d),
            RightDetail::Habitation(d) => self.habitation(d),
            RightDetail::Restriction(d) => self.restriction(d),
        }
    }
}

#[cfg(test)]
mod tests;
