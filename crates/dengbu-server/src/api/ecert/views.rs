//! What is shown of certificates.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_certlib::files::Listed;
use dengbu_certlib::grants::Grant;
use dengbu_certlib::record::{ECertificate, Holder, StoredEvent, event_name};
use dengbu_certlib::uses::{Use, channel_name, what_name};
use dengbu_certlib::{LibraryKey, State};
use dengbu_model::identity::{IdDocument, IdKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::Problem;
use crate::views::case::kind_name;

/// Format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// OFD, the original (GB/T 33190).
    Ofd,
    /// PDF, for whoever has no OFD reader.
    Pdf,
}

impl FileFormat {
    /// Code in records and file names.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ofd => "ofd",
            Self::Pdf => "pdf",
        }
    }
}

/// State of an electronic certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CertificateState {
    /// 待制证.
    Draft,
    /// 有效.
    Issued,
    /// 暂时失效.
    Suspended,
    /// 已换发.
    Replaced,
    /// 已注销.
    Revoked,
    /// 作废.
    Void,
}

impl From<State> for CertificateState {
    fn from(s: State) -> Self {
        match s {
            State::Draft => Self::Draft,
            State::Issued => Self::Issued,
            State::Suspended => Self::Suspended,
            State::Replaced => Self::Replaced,
            State::Revoked => Self::Revoked,
            State::Void => Self::Void,
        }
    }
}

impl From<CertificateState> for State {
    fn from(s: CertificateState) -> Self {
        match s {
            CertificateState::Draft => Self::Draft,
            CertificateState::Issued => Self::Issued,
            CertificateState::Suspended => Self::Suspended,
            CertificateState::Replaced => Self::Replaced,
            CertificateState::Revoked => Self::Revoked,
            CertificateState::Void => Self::Void,
        }
    }
}

/// An electronic certificate in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ECertificateLine {
    /// Identity.
    pub e_certificate_id: Uuid,
    /// 证照编号.
    pub certificate_no: String,
    /// `title`, `proof`, `holding_proof`, `search_result` or `register_extract`.
    pub kind: String,
    /// In Chinese.
    pub kind_name: String,
    /// Version, from 1.
    pub version: i32,
    /// 证照标识 (GB/T 36904); none before it is sealed.
    pub identifier: Option<String>,
    /// The unit; none for a result paper.
    pub unit_code: Option<String>,
    /// Names of the holders, masked.
    pub holders: String,
    /// State.
    pub state: CertificateState,
    /// In Chinese.
    pub state_name: String,
    /// Since when.
    pub state_at: DateTime<Utc>,
    /// When the register issued it.
    pub issued_at: DateTime<Utc>,
    /// When it was sealed.
    pub sealed_at: Option<DateTime<Utc>>,
    /// Why the last try to make it failed.
    pub fault: Option<String>,
}

/// Masked names of the holders by certificate.
pub fn names(holders: &[Holder]) -> BTreeMap<Uuid, String> {
    let mut all: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for h in holders {
        all.entry(h.e_certificate_id).or_default().push(h.masked());
    }
    all.into_iter().map(|(id, n)| (id, n.join("、"))).collect()
}

/// A line.
pub fn line(c: &ECertificate, names: &BTreeMap<Uuid, String>) -> ECertificateLine {
    ECertificateLine {
        e_certificate_id: c.e_certificate_id,
        certificate_no: c.certificate_no.clone(),
        kind_name: kind_name(&c.kind).to_owned(),
        kind: c.kind.clone(),
        version: c.version,
        identifier: c.identifier.clone(),
        unit_code: c.unit_code.clone(),
        holders: names.get(&c.e_certificate_id).cloned().unwrap_or_default(),
        state: c.state().into(),
        state_name: c.state().name_zh().to_owned(),
        state_at: c.state_at,
        issued_at: c.issued_at,
        sealed_at: c.sealed_at,
        fault: c.fault.clone(),
    }
}

/// A holder.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolderView {
    /// Name.
    pub name: String,
    /// Kind of document, in Chinese.
    pub id_kind_name: Option<String>,
    /// Identity number, masked.
    pub id_number: Option<String>,
    /// Share.
    pub share: Option<String>,
}

/// A holder; `full`: the name as it is. Numbers are masked in any case.
pub fn holder(h: &Holder, key: &LibraryKey, full: bool) -> Result<HolderView, Problem> {
    let kind = h.id_kind.as_deref().and_then(IdKind::from_code);
    let number = h.id_number(key)?;
    Ok(HolderView {
        name: if full { h.name.clone() } else { h.masked() },
        id_kind_name: kind.map(|k| k.name_zh().to_owned()),
        id_number: number
            .map(|n| IdDocument::from_register(kind.unwrap_or(IdKind::ResidentId), n).masked()),
        share: h.share.clone(),
    })
}

/// A file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ECertificateFile {
    /// `ofd` or `pdf`.
    format: String,
    /// SM3 digest, hexadecimal.
    sm3: String,
    /// Bytes.
    size: i32,
    /// When it was made.
    made_at: DateTime<Utc>,
}

impl From<Listed> for ECertificateFile {
    fn from(f: Listed) -> Self {
        Self {
            format: f.format,
            sm3: hex(&f.sm3),
            size: f.size,
            made_at: f.made_at,
        }
    }
}

/// Hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct ECertificateEvent {
    /// When.
    at: DateTime<Utc>,
    /// Code.
    kind: String,
    /// In Chinese.
    kind_name: String,
    /// By whom.
    actor: String,
    /// The register entry that caused it.
    entry_id: Option<Uuid>,
    /// Why.
    reason: Option<String>,
}

impl From<StoredEvent> for ECertificateEvent {
    fn from(e: StoredEvent) -> Self {
        Self {
            at: e.at,
            kind_name: event_name(&e.kind).to_owned(),
            kind: e.kind,
            actor: e.actor,
            entry_id: e.entry_id,
            reason: e.reason,
        }
    }
}

/// Somebody saw or took a certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct UseView {
    /// Identity.
    pub use_id: Uuid,
    /// The certificate.
    e_certificate_id: Uuid,
    /// When.
    at: DateTime<Utc>,
    /// `staff`, `owner`, `grant`, `sharing` or `public`.
    channel: String,
    /// In Chinese.
    channel_name: String,
    /// Who.
    who: String,
    /// For what.
    purpose: String,
    /// `state`, `fields`, `copy` or `file`.
    what: String,
    /// In Chinese.
    what_name: String,
}

impl From<Use> for UseView {
    fn from(u: Use) -> Self {
        Self {
            use_id: u.use_id,
            e_certificate_id: u.e_certificate_id,
            at: u.at,
            channel_name: channel_name(&u.channel).to_owned(),
            channel: u.channel,
            who: u.who,
            purpose: u.purpose,
            what_name: what_name(&u.what).to_owned(),
            what: u.what,
        }
    }
}

/// A grant as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantView {
    /// Identity.
    pub grant_id: Uuid,
    /// The certificate.
    e_certificate_id: Uuid,
    /// To whom.
    grantee: String,
    /// For what.
    purpose: String,
    /// `state`, `fields` or `copy`.
    scope: String,
    /// In Chinese.
    scope_name: String,
    /// How often.
    uses_max: i32,
    /// How often it was used.
    uses: i32,
    /// When it was given.
    created_at: DateTime<Utc>,
    /// Until when.
    not_after: DateTime<Utc>,
    /// `open`, `spent`, `expired` or `revoked`.
    standing: String,
    /// In Chinese.
    standing_name: String,
}

/// A grant.
pub fn grant(g: &Grant, now: DateTime<Utc>) -> GrantView {
    let standing = g.standing(now);
    GrantView {
        grant_id: g.grant_id,
        e_certificate_id: g.e_certificate_id,
        grantee: g.grantee.clone(),
        purpose: g.purpose.clone(),
        scope_name: dengbu_certlib::grants::Scope::from_code(&g.scope)
            .map_or("", dengbu_certlib::grants::Scope::name_zh)
            .to_owned(),
        scope: g.scope.clone(),
        uses_max: g.uses_max,
        uses: g.uses,
        created_at: g.created_at,
        not_after: g.not_after,
        standing: standing.code().to_owned(),
        standing_name: standing.name_zh().to_owned(),
    }
}

/// A field of a certificate: 元数据 of GB/T 36903 and what stands on its face.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldView {
    /// Short name, such as `ZZBH`.
    pub code: String,
    /// Name in Chinese.
    pub name: String,
    /// Value.
    pub value: String,
}

/// Days of a suspension.
pub fn date(day: NaiveDate) -> String {
    format!("{}", day.format("%Y年%m月%d日"))
}
