//! What each electronic certificate says: one typed model per document. Texts are as printed;
//! dates, areas and money are written as [`dengbu_papers`] writes them.

mod certificate;
mod result;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use certificate::{RegistrationProof, TitleCertificate, UnitEntry};
pub use result::{
    HeldDwelling, HoldingProof, Part, RegisterExtract, ResultFrame, SearchResult, SearchedPerson,
};

use crate::holder::CertificateHolder;
use crate::identifier::Identifier;
use crate::kind::DocumentKind;

/// What stands in a field that is empty.
pub use dengbu_papers::format::NONE;

/// What every certificate has (照面元数据 common to all kinds, GB/T 36903-2018).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// 证照编号 (ZZBH): 不动产权证号, or the number of the paper.
    pub number: String,
    /// 证照标识 (ZZBS).
    pub identifier: Identifier,
    /// 颁发机构 (ZZBFJG): name of the registration authority.
    pub authority_name: String,
    /// 颁发机构代码 (ZZBFJGDM): its 统一社会信用代码, or its county code where none is configured.
    pub authority_code: String,
    /// The authority's own code, six digits (登记机构代码), as in the printed code.
    pub authority: String,
    /// 单位代码 (KZ_DWDM): county of the unit, six digits.
    pub county: String,
    /// 颁发日期 (ZZBFRQ), the date on the face (KZ_FZRQ).
    pub issued_on: NaiveDate,
    /// 有效期起始 (ZZYXQQSRQ); rights papers are open-ended.
    pub valid_from: Option<NaiveDate>,
    /// 有效期截止 (ZZYXQJZRQ).
    pub valid_to: Option<NaiveDate>,
    /// 业务号 (KZ_YWH); none for a title of an earlier system.
    pub case_no: Option<String>,
}

/// A labelled value as printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Label.
    pub label: String,
    /// Value.
    pub value: String,
}

impl Field {
    /// A field; an empty value shows the sign for none.
    #[must_use]
    pub fn new(label: &str, value: &str) -> Self {
        let value = value.trim();
        Self {
            label: label.to_owned(),
            value: if value.is_empty() { NONE } else { value }.to_owned(),
        }
    }
}

/// The content of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// 不动产权证书.
    Title(TitleCertificate),
    /// 不动产登记证明.
    Proof(RegistrationProof),
    /// 个人住房登记情况查询证明.
    HoldingProof(HoldingProof),
    /// 不动产登记资料查询结果证明.
    SearchResult(SearchResult),
    /// 不动产登记簿查询摘录.
    RegisterExtract(RegisterExtract),
}

impl Content {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        match self {
            Self::Title(_) => DocumentKind::Title,
            Self::Proof(_) => DocumentKind::Proof,
            Self::HoldingProof(_) => DocumentKind::HoldingProof,
            Self::SearchResult(_) => DocumentKind::SearchResult,
            Self::RegisterExtract(_) => DocumentKind::RegisterExtract,
        }
    }

    /// What it has in common with the others.
    #[must_use]
    pub fn head(&self) -> &Head {
        match self {
            Self::Title(c) => &c.head,
            Self::Proof(c) => &c.head,
            Self::HoldingProof(c) => &c.frame.head,
            Self::SearchResult(c) => &c.frame.head,
            Self::RegisterExtract(c) => &c.frame.head,
        }
    }

    /// Holders (持证主体): right holders, or who applied for the search.
    #[must_use]
    pub fn holders(&self) -> &[CertificateHolder] {
        match self {
            Self::Title(c) => &c.holders,
            Self::Proof(c) => &c.holders,
            Self::HoldingProof(c) => &c.frame.applicants,
            Self::SearchResult(c) => &c.frame.applicants,
            Self::RegisterExtract(c) => &c.frame.applicants,
        }
    }

    /// The units it is about; result papers name theirs in their parts.
    #[must_use]
    pub fn units(&self) -> &[UnitEntry] {
        match self {
            Self::Title(c) => &c.units,
            Self::Proof(c) => &c.units,
            _ => &[],
        }
    }

    /// The frame of a result paper.
    #[must_use]
    pub fn result_frame(&self) -> Option<&ResultFrame> {
        match self {
            Self::HoldingProof(c) => Some(&c.frame),
            Self::SearchResult(c) => Some(&c.frame),
            Self::RegisterExtract(c) => Some(&c.frame),
            Self::Title(_) | Self::Proof(_) => None,
        }
    }

    /// The rows of the table on the face, labels and values in their statutory order; empty for
    /// result papers, which have parts ([`Content::parts`]).
    #[must_use]
    pub fn rows(&self) -> Vec<Field> {
        match self {
            Self::Title(c) => c.rows(),
            Self::Proof(c) => c.rows(),
            _ => Vec::new(),
        }
    }

    /// The parts of a result paper; empty for certificates and proofs.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        match self {
            Self::HoldingProof(c) => c.parts(),
            Self::SearchResult(c) => c.parts.clone(),
            Self::RegisterExtract(c) => c.parts.clone(),
            Self::Title(_) | Self::Proof(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
