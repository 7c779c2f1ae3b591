//! What a certificate will say: facts of the register and the cadastre, as typed content.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dengbu_certlib::LibraryError;
use dengbu_certlib::batch::{self, Item, Source};
use dengbu_certlib::record::ECertificate;
use dengbu_ecert::content::Head;
use dengbu_ecert::plan::Plan;
use dengbu_ecert::{Content, DocumentKind, Identifier};
use dengbu_model::certificate::{CertificateKind, CertificateNumber};
use dengbu_model::time::date_in_shanghai;
use dengbu_papers::certificate::CertificateFacts;
use dengbu_register::RegisterError;
use dengbu_register::certificates::Certificate;
use dengbu_store::TenantTx;

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
    let item = Item {
        county: c.county.clone(),
        certificate_no: c.certificate_no.clone(),
    };
    let mut sources = batch::sources(tx, &item).await?;
    // one that went on under its number, or whose right ended meanwhile: the one right it is for
    if !sources.iter().any(|s| s.right_id == c.right_id) {
        sources = vec![Source {
            unit_code: c.unit_code.clone(),
            right_id: c.right_id,
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
    let content = Content::of_certificate(head, &facts).map_err(|faults| {
        let code = faults
            .first()
            .map_or("content", dengbu_ecert::fault::Fault::code);
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Hindrance::fault(code, all.join("；"))
    })?;
    let plans = if facts[0].kind == CertificateKind::Title {
        plan(tx, &first.unit_code, cache)
            .await?
            .into_iter()
            .collect()
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
        .map_err(|e| Hindrance::fault("number", format!("{e}；旧证请先办理换证")))?;
    let authority_code = names
        .settings
        .get(about.authority)
        .and_then(|s| s["credit_code"].as_str())
        .filter(|code| code.len() == 18)
        .unwrap_or(about.authority)
        .to_owned();
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

async fn plan(
    tx: &mut TenantTx,
    unit_code: &str,
    cache: &mut PlanCache,
) -> Result<Option<Plan>, Hindrance> {
    let parcel = unit_code.get(..19).unwrap_or(unit_code);
    if let Some(known) = cache.get(parcel) {
        return Ok(known.clone());
    }
    let drawn = certificate_print::parcel_plan(tx, unit_code)
        .await?
        .map(Plan::Parcel);
    cache.insert(parcel.to_owned(), drawn.clone());
    Ok(drawn)
}
