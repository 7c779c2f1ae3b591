//! The register of a unit as shown: statutory pages, entries, restrictions.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_law::catalogue;
use dengbu_model::right::{RegistrationType, RightDetail};
use dengbu_papers::fields::{self, Labelled, Mask, PageMeta, RightPage};
use dengbu_register::read::{RegisterRight, StoredEntry};
use dengbu_register::returns::{PaperReturn, ReturnState};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::unit::{LabelledField, PendingCase, UnitSummary};

/// The register of one unit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RegisterView {
    /// The unit.
    pub unit: UnitSummary,
    /// The moment shown; now when none was asked for.
    pub as_of: DateTime<Utc>,
    /// Entries up to that moment.
    pub version: i64,
    /// Name of the authority.
    pub authority_name: String,
    /// Facts of the parcel.
    #[schema(value_type = Vec<LabelledField>)]
    pub parcel_page: Vec<Labelled>,
    /// Index of rights.
    pub catalogue: Vec<CatalogueLine>,
    /// One page per right.
    pub pages: Vec<PageView>,
    /// Entries, in order.
    pub entries: Vec<EntryView>,
    /// What restrains disposal now, in words.
    pub restrictions: Vec<String>,
    /// Cases under way now.
    pub pending_cases: Vec<PendingCase>,
    /// Papers that became void, and whether they came back (实施细则第二十三条).
    pub old_papers: Vec<OldPaperView>,
}

/// A paper that is void: a certificate or proof whose right ended or that was replaced.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OldPaperView {
    /// Number.
    pub certificate_no: String,
    /// `title` or `proof`.
    pub kind: String,
    /// In Chinese.
    pub kind_name: String,
    /// The unit.
    pub unit_code: String,
    /// The case that made it void.
    pub case_no: Option<String>,
    /// Since when it is void.
    pub voided_at: DateTime<Utc>,
    /// `awaited`, `returned` or `unreturned`.
    pub state: String,
    /// In Chinese.
    pub state_name: String,
    /// When that was noted.
    pub marked_at: Option<DateTime<Utc>>,
    /// By whom.
    pub marked_by: Option<String>,
    /// What was said about it.
    pub note: Option<String>,
}

impl From<PaperReturn> for OldPaperView {
    fn from(p: PaperReturn) -> Self {
        Self {
            // earlier systems issued 房屋所有权证, 土地使用证, 他项权证 and others
            kind_name: match (p.certificate_no.contains("不动产"), p.paper_kind.as_str()) {
                (true, kind) => super::case::kind_name(kind),
                (false, "title") => "原权属证书",
                (false, _) => "原登记证明",
            }
            .to_owned(),
            state_name: ReturnState::from_code(&p.state)
                .map_or("", ReturnState::name_zh)
                .to_owned(),
            certificate_no: p.certificate_no,
            kind: p.paper_kind,
            unit_code: p.unit_code,
            case_no: p.case_no,
            voided_at: p.voided_at,
            state: p.state,
            marked_at: p.marked_at,
            marked_by: p.marked_by,
            note: p.note,
        }
    }
}

/// A line of the index of rights (不动产权利登记目录).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CatalogueLine {
    /// Number.
    pub no: usize,
    /// The right.
    pub right_id: Uuid,
    /// Right type in Chinese.
    pub right_type_name: String,
    /// Kind of registration in Chinese.
    pub registration_type_name: String,
    /// Certificate or proof number.
    pub certificate_no: Option<String>,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// `current` or `ended`.
    pub status: String,
}

/// A page of the register.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PageView {
    /// Title of the page.
    pub title: String,
    /// The right.
    pub right_id: Uuid,
    /// Table of the standard.
    pub kind: String,
    /// `current` or `ended`.
    pub status: String,
    /// Fields in order.
    #[schema(value_type = Vec<LabelledField>)]
    pub fields: Vec<Labelled>,
    /// When and why it ended.
    pub ended: Option<EndedView>,
}

/// When and why a right ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EndedView {
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: Option<String>,
    /// By which case.
    pub case_no: Option<String>,
}

/// An entry as shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EntryView {
    /// Identity.
    pub entry_id: Uuid,
    /// Position among the unit's entries.
    pub seq: i64,
    /// Kind of registration in Chinese.
    pub registration_type_name: String,
    /// Right type in Chinese.
    pub right_type_name: String,
    /// What happened, in one line.
    pub summary: String,
    /// Registration cause (登记原因, DJYY).
    pub cause: Option<String>,
    /// The case.
    pub case_no: Option<String>,
    /// Business in Chinese.
    pub business_name: String,
    /// Who recorded it.
    pub registrar: String,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// Articles.
    pub legal_basis: Vec<String>,
    /// Hash of the entry before, hexadecimal.
    pub prev_hash: String,
    /// Its own hash.
    pub hash: String,
    /// True when content and hash agree.
    pub hash_ok: bool,
    /// Place in the authority's chain, once sealed.
    pub chain_seq: Option<i64>,
    /// Certificates issued.
    pub certificate_no: Option<String>,
    /// Where a title taken over came from: source, table, identifier, digest of the file.
    pub origin: Option<String>,
}

/// What the entry says around a right.
#[must_use]
pub fn meta(
    r: &RegisterRight,
    cause: Option<&str>,
    address: &str,
    authority_name: &str,
    mask: Mask,
) -> PageMeta {
    PageMeta {
        unit_code: r.unit_code.clone(),
        address: address.to_owned(),
        case_no: r.case_no.clone(),
        registration_type: RegistrationType::from_code(&r.registration_type)
            .unwrap_or(RegistrationType::Other),
        cause: cause.map(str::to_owned),
        certificate_no: r.certificate_no.clone(),
        registered_at: r.registered_at,
        registrar: r.registrar.clone(),
        authority_name: authority_name.to_owned(),
        mask,
    }
}

/// The statutory page of a right, masked.
#[must_use]
pub fn page(
    r: &RegisterRight,
    cause: Option<&str>,
    address: &str,
    authority_name: &str,
) -> RightPage {
    let meta = meta(r, cause, address, authority_name, Mask::Masked);
    fields::right_page(&r.right, &meta)
}

/// The index line of a right.
#[must_use]
pub fn line(no: usize, r: &RegisterRight) -> CatalogueLine {
    CatalogueLine {
        no,
        right_id: r.right_id,
        right_type_name: r.right.right_type.name_zh().to_owned(),
        registration_type_name: registration_name(&r.registration_type),
        certificate_no: r.certificate_no.clone(),
        registered_at: r.registered_at,
        status: status(r).to_owned(),
    }
}

fn status(r: &RegisterRight) -> &'static str {
    if r.valid_to.is_none() {
        "current"
    } else {
        "ended"
    }
}

fn registration_name(code: &str) -> String {
    RegistrationType::from_code(code).map_or_else(|| code.to_owned(), |t| t.name_zh().to_owned())
}

/// The page of a right.
#[must_use]
pub fn page_view(
    r: &RegisterRight,
    cause: Option<&str>,
    address: &str,
    authority_name: &str,
) -> PageView {
    let page = page(r, cause, address, authority_name);
    PageView {
        title: page.title,
        right_id: r.right_id,
        kind: r.right.detail.kind().to_owned(),
        status: status(r).to_owned(),
        fields: page.fields,
        ended: r.valid_to.map(|at| EndedView {
            at,
            reason: r.end_reason.clone(),
            case_no: r.end_case_no.clone(),
        }),
    }
}

/// An entry as shown; the hash is computed again to see whether it holds.
#[must_use]
pub fn entry(e: &StoredEntry) -> EntryView {
    let b = &e.body;
    let recomputed = b
        .canonical()
        .map(|text| dengbu_register::entry::chain_hash(&e.prev_hash, text.as_bytes()));
    let verb = if b.creates { "登记" } else { "注销" };
    let business = if b.business == "existing" {
        "存量数据导入".to_owned()
    } else {
        catalogue::business(&b.business)
            .map_or_else(|| b.business.clone(), |x| x.short_name.clone())
    };
    EntryView {
        entry_id: b.entry_id,
        seq: b.unit_seq,
        registration_type_name: b.registration_type.name_zh().to_owned(),
        right_type_name: b.right.right_type.name_zh().to_owned(),
        summary: format!("{}：{verb}{}", business, b.right.right_type.name_zh()),
        cause: b.cause.clone(),
        case_no: b.case_no.clone(),
        business_name: business,
        registrar: b.registrar.name.clone(),
        recorded_at: b.recorded_at,
        legal_basis: b.legal_basis.clone(),
        prev_hash: hex(&e.prev_hash),
        hash: hex(&e.hash),
        hash_ok: recomputed.is_ok_and(|h| h.as_slice() == e.hash.as_slice()),
        chain_seq: e.chain_seq,
        origin: b.provenance.as_ref().map(origin),
        certificate_no: b.certificate_no.clone(),
    }
}

fn origin(from: &dengbu_register::entry::Provenance) -> String {
    let mut text = format!("{} {} {}", from.source, from.table, from.legacy_id);
    if let Some(sm3) = &from.file_sm3 {
        text.push_str(&format!("（文件 SM3 {sm3}）"));
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// What restrains disposal, in words.
#[must_use]
pub fn restrictions(rights: &[&RegisterRight], today: NaiveDate) -> Vec<String> {
    rights
        .iter()
        .filter(|r| r.valid_to.is_none())
        .filter_map(|r| match &r.right.detail {
            RightDetail::Seizure(s) => {
                let lapsed = s.end.is_some_and(|e| e < today);
                let until = s.end.map_or_else(String::new, |e| format!("，期限至 {e}"));
                let note = if lapsed { "（期限已届满）" } else { "" };
                Some(format!(
                    "{}：{}，{}{until}{note}",
                    s.kind.name_zh(),
                    s.court,
                    s.document_no
                ))
            }
            RightDetail::Mortgage(m) => {
                let who: Vec<_> = r
                    .right
                    .holders
                    .iter()
                    .map(|h| h.party.name.as_str())
                    .collect();
                let limit = match m.transfer_restricted {
                    Some(true) => "，约定限制转让",
                    Some(false) => "，未约定限制转让",
                    None => "",
                };
                Some(format!("抵押权：{}{limit}", who.join("、")))
            }
            RightDetail::Caution(_) => Some("异议登记".to_owned()),
            RightDetail::PriorityNotice(_) => Some("预告登记".to_owned()),
            RightDetail::Habitation(_) => Some("居住权".to_owned()),
            RightDetail::Restriction(_) => Some("限制（锁定）".to_owned()),
            _ => None,
        })
        .collect()
}
