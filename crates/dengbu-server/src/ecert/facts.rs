//! What a certificate will say: facts of the register and the cadastre, as typed content.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dengbu_cadastre::facts::{BuildingFacts, UnitFacts};
use dengbu_certlib::LibraryError;
use dengbu_certlib::batch::{self, Item, Source};
use dengbu_certlib::record::ECertificate;
use dengbu_ecert::content::{Field, Head};
use dengbu_ecert::fault::Fault;
use dengbu_ecert::plan::{FloorPlan, Plan};
use dengbu_ecert::{Content, DocumentKind, Identifier};
use dengbu_model::cadastre::Dwelling;
use dengbu_model::certificate::{CertificateKind, CertificateNumber};
use dengbu_model::codes;
use dengbu_model::quantity::Area;
use dengbu_model::time::date_in_shanghai;
use dengbu_model::unit_code::UnitCode;
use dengbu_papers::certificate::CertificateFacts;
use dengbu_papers::format;
use dengbu_papers::plan::Boundary;
use dengbu_register::RegisterError;
use dengbu_register::certificates::Certificate;
use dengbu_store::TenantTx;

use super::results;
use crate::api::certificate_print;
use crate::gather::Names;
use crate::problem::Problem;

/// Units of one certificate at most: more is a fault of the data.
const UNITS_MAX: usize = 200;

/// Why a certificate cannot be made.
#[derive(Debug)]
pub enum Hindrance {
    /// The data do not allow it: told to staff, tried again only when asked.
    Fault {
        /// Code.
        code: &'static str,
        /// In Chinese.
        text: String,
    },
    /// Something failed: tried again.
    Failed(Box<Problem>),
}

impl Hindrance {
    /// A fault of the data.
    pub fn fault(code: &'static str, text: impl Into<String>) -> Self {
        Self::Fault {
            code,
            text: text.into(),
        }
    }

    /// What the content lacks, all in one.
    #[must_use]
    pub fn content(faults: &[Fault]) -> Self {
        let code = faults.first().map_or("content", Fault::code);
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Self::fault(code, all.join("；"))
    }

    /// In Chinese, for staff.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Fault { text, .. } => text.clone(),
            Self::Failed(problem) => problem.title.clone(),
        }
    }
}

impl From<Problem> for Hindrance {
    fn from(problem: Problem) -> Self {
        Self::Failed(Box::new(problem))
    }
}

impl From<LibraryError> for Hindrance {
    fn from(error: LibraryError) -> Self {
        Problem::from(error).into()
    }
}

impl From<RegisterError> for Hindrance {
    fn from(error: RegisterError) -> Self {
        Problem::from(error).into()
    }
}

/// What is to be drawn and sealed.
#[derive(Debug, Clone)]
pub struct Work {
    /// Content.
    pub content: Content,
    /// Plans behind the face.
    pub plans: Vec<Plan>,
    /// Place in the status list.
    pub list_index: u32,
    /// Day of issue.
    pub issued_on: NaiveDate,
}

/// Plans drawn before, by parcel: certificates of one building come one after the other.
pub type PlanCache = BTreeMap<String, Option<Plan>>;

/// What is made of an e-certificate.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// County.
    pub county: &'a str,
    /// Authority.
    pub authority: &'a str,
    /// Number.
    pub certificate_no: &'a str,
    /// Version.
    pub version: i32,
    /// Place in the status list.
    pub list_index: i32,
}

impl<'a> About<'a> {
    /// Of one in the library.
    #[must_use]
    pub fn of(c: &'a ECertificate) -> Self {
        Self {
            county: &c.county,
            authority: &c.authority,
            certificate_no: &c.certificate_no,
            version: c.version,
            list_index: c.list_index,
        }
    }
}

/// The content of a certificate of the library.
///
/// # Errors
/// [`Hindrance`].
pub async fn work(
    tx: &mut TenantTx,
    c: &ECertificate,
    names: &Names,
    cache: &mut PlanCache,
) -> Result<Work, Hindrance> {
    let (Some(unit_code), Some(right_id)) = (&c.unit_code, c.right_id) else {
        return results::work(tx, c, names).await;
    };
    let item = Item {
        county: c.county.clone(),
        certificate_no: c.certificate_no.clone(),
    };
    let mut sources = batch::sources(tx, &item).await?;
    // one that went on under its number, or whose right ended meanwhile: the one right it is for
    if !sources.iter().any(|s| s.right_id == right_id) {
        sources = vec![Source {
            unit_code: unit_code.clone(),
            right_id,
            kind: c.kind.clone(),
            entry_id: c.entry_id,
            case_no: c.case_no.clone(),
            holder_ordinal: c.holder_ordinal,
            issued_at: c.issued_at,
        }];
    }
    of_sources(tx, &About::of(c), &sources, names, cache).await
}

/// The content of a certificate whose sources are known.
///
/// # Errors
/// [`Hindrance`].
pub async fn of_sources(
    tx: &mut TenantTx,
    about: &About<'_>,
    sources: &[Source],
    names: &Names,
    cache: &mut PlanCache,
) -> Result<Work, Hindrance> {
    let Some(first) = sources.first() else {
        return Err(Hindrance::fault("right", "登记簿上没有现势权利"));
    };
    if sources.len() > UNITS_MAX {
        let text = format!("一本证记载了 {UNITS_MAX} 个以上的单元，请核对登记簿");
        return Err(Hindrance::fault("several_rights", text));
    }
    let mut facts: Vec<CertificateFacts> = Vec::with_capacity(sources.len());
    for source in sources {
        let paper = paper(about, source);
        let of_one = certificate_print::facts(tx, &paper)
            .await
            .map_err(|p| match p.status {
                404 => Hindrance::fault("right", p.title),
                _ => Hindrance::Failed(Box::new(p)),
            })?;
        facts.push(of_one);
    }
    let same = |f: &CertificateFacts| f.right.holders == facts[0].right.holders;
    if !facts.iter().all(same) {
        let text = "同一证号下的各项权利，权利人不一致，请先更正";
        return Err(Hindrance::fault("several_rights", text));
    }
    let issued_on = date_in_shanghai(first.issued_at);
    let head = head(about, &first.kind, first.case_no.clone(), issued_on, names)?;
    let content =
        Content::of_certificate(head, &facts).map_err(|faults| Hindrance::content(&faults))?;
    let plans = if facts[0].kind == CertificateKind::Title {
        plans_kept(tx, &first.unit_code, cache).await?
    } else {
        Vec::new()
    };
    Ok(Work {
        content,
        plans,
        list_index: u32::try_from(about.list_index).unwrap_or(0),
        issued_on,
    })
}

fn paper(about: &About<'_>, source: &Source) -> Certificate {
    Certificate {
        county: about.county.to_owned(),
        certificate_no: about.certificate_no.to_owned(),
        certificate_id: source.right_id,
        authority: about.authority.to_owned(),
        kind: source.kind.clone(),
        unit_code: source.unit_code.clone(),
        right_id: source.right_id,
        case_no: source.case_no.clone(),
        holder_ordinal: source.holder_ordinal,
        state: "valid".to_owned(),
        issued_at: source.issued_at,
        revoked_at: None,
        form_serial: None,
        printed_at: None,
        delivered_at: None,
    }
}

/// Who issues it and under which identifier. The serial is made of the number's own year and
/// serial, which are unique within issuer and kind.
fn head(
    about: &About<'_>,
    kind: &str,
    case_no: Option<String>,
    issued_on: NaiveDate,
    names: &Names,
) -> Result<Head, Hindrance> {
    let kind = CertificateKind::from_code(kind).unwrap_or(CertificateKind::Proof);
    let number = CertificateNumber::parse(about.certificate_no)
        .map_err(|_| earlier_number(about.certificate_no))?;
    let authority_code = authority_code(about.authority, names);
    let type_code = DocumentKind::from(kind).type_code(&authority_code);
    let serial = format!("{}{:07}", number.year(), number.serial());
    let version = u16::try_from(about.version).unwrap_or(u16::MAX);
    let identifier = Identifier::new(&type_code, &authority_code, &serial, version)
        .map_err(|e| Hindrance::fault("number", e.to_string()))?;
    Ok(Head {
        number: about.certificate_no.to_owned(),
        identifier,
        authority_name: names.authority(about.authority),
        authority_code,
        authority: about.authority.to_owned(),
        county: about.county.to_owned(),
        issued_on,
        valid_from: None,
        valid_to: None,
        case_no,
    })
}

/// A number of before unified registration. Such a certificate stays valid as it is
/// (不动产登记暂行条例 第三十三条); 不动产权证书 has the unified number of 国土资发〔2015〕25号, which it
/// gets when the certificate is exchanged or the right is registered anew.
fn earlier_number(number: &str) -> Hindrance {
    Hindrance::fault(
        "earlier_number",
        format!(
            "“{number}”是统一登记以前的证号：原证继续有效，但不动产权证书须用统一编号，不能用旧证号制作电子证照；\
             权利人办理换证或者其他登记时发新证号，电子证照同时生成"
        ),
    )
}

/// 统一社会信用代码 of an authority, or its own code where none is configured.
pub(super) fn authority_code(authority: &str, names: &Names) -> String {
    names
        .settings
        .get(authority)
        .and_then(|s| s["credit_code"].as_str())
        .filter(|code| code.len() == 18)
        .unwrap_or(authority)
        .to_owned()
}

/// The plans behind a title: its parcel, and the floor plan of a unit whose outline the cadastre has.
///
/// # Errors
/// A database error.
pub(super) async fn plans(tx: &mut TenantTx, unit_code: &str) -> Result<Vec<Plan>, Problem> {
    let parcel = certificate_print::parcel_plan(tx, unit_code).await?;
    let mut all: Vec<Plan> = parcel.map(Plan::Parcel).into_iter().collect();
    all.extend(floor_plan(tx, unit_code).await?);
    Ok(all)
}

/// The same, with the parcel's plan kept for the next of the same parcel.
async fn plans_kept(
    tx: &mut TenantTx,
    unit_code: &str,
    cache: &mut PlanCache,
) -> Result<Vec<Plan>, Hindrance> {
    let parcel = unit_code.get(..19).unwrap_or(unit_code);
    let drawn = if let Some(known) = cache.get(parcel) {
        known.clone()
    } else {
        let drawn = certificate_print::parcel_plan(tx, unit_code)
            .await?
            .map(Plan::Parcel);
        cache.insert(parcel.to_owned(), drawn.clone());
        drawn
    };
    let mut all: Vec<Plan> = drawn.into_iter().collect();
    all.extend(floor_plan(tx, unit_code).await?);
    Ok(all)
}

/// The floor plan (房产分户图) of a unit; none when the cadastre has no outline of it.
async fn floor_plan(tx: &mut TenantTx, unit_code: &str) -> Result<Option<Plan>, Problem> {
    let storey = dengbu_cadastre::shapes::of_storey(tx, unit_code).await?;
    let (own, others): (Vec<_>, Vec<_>) =
        storey.into_iter().partition(|s| s.unit_code == unit_code);
    let Some(outline) = own.first().and_then(|s| Boundary::of(&s.outline)) else {
        return Ok(None);
    };
    let Some(unit) = dengbu_cadastre::facts::unit(tx, unit_code).await? else {
        return Ok(None);
    };
    let building = match &unit.building_code {
        Some(code) => dengbu_cadastre::facts::building(tx, code).await?,
        None => None,
    };
    Ok(Some(Plan::Floor(FloorPlan {
        unit_code: UnitCode::parse(unit_code)
            .map_or_else(|_| unit_code.to_owned(), |code| code.grouped()),
        facts: floor_facts(&unit, building.as_ref()),
        outline: Some(outline),
        around: others
            .into_iter()
            .filter_map(|s| Some((s.label, Boundary::of(&s.outline)?)))
            .collect(),
        footprint: None,
        scan: None,
    })))
}

/// What stands beside the figure.
fn floor_facts(unit: &UnitFacts, building: Option<&BuildingFacts>) -> Vec<Field> {
    let dwelling: Option<Dwelling> = serde_json::from_value(unit.facts.clone()).ok();
    let area =
        |of: fn(&Dwelling) -> Option<&Area>| dwelling.as_ref().and_then(of).map(format::area);
    let structure = dwelling
        .as_ref()
        .and_then(|d| d.structure.as_ref())
        .map(|c| format::name_in(&[codes::HOUSE_STRUCTURE], c.as_str()));
    let total = dwelling
        .as_ref()
        .and_then(|d| d.storeys_total)
        .or_else(|| building.and_then(|b| b.storeys_above));
    let rows = [
        ("坐落", Some(unit.address.clone())),
        ("幢", building.map(|b| b.name.clone())),
        ("所在层", unit.storey.map(|s| s.to_string())),
        ("总层数", total.map(|t| t.to_string())),
        ("房号", unit.room.clone()),
        ("结构", structure),
        ("建筑面积", area(|d| d.building_area.as_ref())),
        ("套内面积", area(|d| d.inner_area.as_ref())),
        ("分摊面积", area(|d| d.shared_area.as_ref())),
    ];
    rows.into_iter()
        .filter_map(|(label, value)| Some(Field::new(label, &value?)))
        .collect()
}
