//! Who makes, copies and checks the files of electronic certificates.

use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, Utc};
use dengbu_certlib::LibraryKey;
use dengbu_certlib::record::ECertificate;
use dengbu_ecert::{Content, metadata};
use dengbu_papers::Mask;
use dengbu_register::person::PersonKey;
use dengbu_store::TenantTx;
use uuid::Uuid;

use super::verdict::Verdict;
use crate::api::ecert::views::{FieldView, FileFormat};
use crate::problem::Problem;
use crate::state::{App, Config};

/// Fields that name persons: masked for whoever is not entitled.
const NAMES: [&str; 3] = ["CZZT", "KZ_QLR", "KZ_YWR"];
/// Fields that whoever is not entitled does not see: numbers, and free text that may name persons.
const HIDDEN: [&str; 4] = ["CZZTDM", "KZ_QT", "KZ_FJ", "KZ_QLQTZK"];

/// The office that seals.
#[derive(Debug)]
pub struct Office {}

/// What a copy says of its purpose.
#[derive(Debug, Clone)]
pub struct Mark<'a> {
    /// For whom.
    pub grantee: &'a str,
    /// For what.
    pub purpose: &'a str,
    /// Until when.
    pub valid_until: NaiveDate,
    /// Who has it made.
    pub maker: &'a str,
    /// The grant.
    pub grant_id: Option<Uuid>,
    /// The program of others.
    pub application_id: Option<Uuid>,
    /// When.
    pub now: DateTime<Utc>,
}

fn not_set_up() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "no_seal",
        "本平台还没有配置电子印章，暂时不能制作或查验电子证照文件",
    )
    .detail("请系统管理员在“电子印章”中制作印章。")
}

impl Office {
    /// The office as the operator set it up.
    #[must_use]
    pub fn of(_config: &Config, _person: &PersonKey) -> Self {
        Self {}
    }

    /// 元数据 of a sealed certificate; none before it is sealed. `masked`: without what only the
    /// holder and those entitled may see.
    ///
    /// # Errors
    /// A content that cannot be read.
    pub fn fields(
        &self,
        c: &ECertificate,
        key: &LibraryKey,
        masked: bool,
    ) -> Result<Vec<FieldView>, Problem> {
        let Some(content) = content(c, key)? else {
            return Ok(Vec::new());
        };
        Ok(metadata::entries(&content)
            .into_iter()
            .filter(|e| !masked || !HIDDEN.contains(&e.code))
            .map(|e| FieldView {
                code: e.code.to_owned(),
                name: e.zh.to_owned(),
                value: if masked && NAMES.contains(&e.code) {
                    Mask::Masked.free_name(&e.value)
                } else {
                    e.value
                },
            })
            .collect())
    }

    /// The sealed file of a certificate.
    ///
    /// # Errors
    /// 409 before it is sealed, 503 without a seal.
    pub async fn original(
        &self,
        _app: &App,
        _tx: &mut TenantTx,
        _c: &ECertificate,
        _format: FileFormat,
    ) -> Result<Vec<u8>, Problem> {
        Err(not_set_up())
    }

    /// How a certificate will look, as PDF.
    ///
    /// # Errors
    /// 503 without fonts.
    pub async fn preview(
        &self,
        _app: &App,
        _tx: &mut TenantTx,
        _c: &ECertificate,
    ) -> Result<Vec<u8>, Problem> {
        Err(not_set_up())
    }

    /// A copy for a purpose (加注件), sealed anew.
    ///
    /// # Errors
    /// 503 without a seal.
    pub async fn copy(
        &self,
        _app: &App,
        _tx: &mut TenantTx,
        _c: &ECertificate,
        _format: FileFormat,
        _mark: &Mark<'_>,
    ) -> Result<Vec<u8>, Problem> {
        Err(not_set_up())
    }

    /// Checks what stands in a code.
    ///
    /// # Errors
    /// A database error.
    pub async fn check_code(
        &self,
        _app: &App,
        _tx: &mut TenantTx,
        _text: &str,
        _now: DateTime<Utc>,
    ) -> Result<Verdict, Problem> {
        Err(not_set_up())
    }

    /// Checks a file.
    ///
    /// # Errors
    /// A database error.
    pub async fn check_file(
        &self,
        _app: &App,
        _tx: &mut TenantTx,
        _file: Vec<u8>,
        _now: DateTime<Utc>,
    ) -> Result<Verdict, Problem> {
        Err(not_set_up())
    }

    /// The keys that codes and status lists are signed with, signed by the root.
    ///
    /// # Errors
    /// 503 without a seal.
    pub async fn key_set(
        &self,
        _tx: &mut TenantTx,
        _now: DateTime<Utc>,
    ) -> Result<dengbu_ecert::key_set::SignedKeySet, Problem> {
        Err(not_set_up())
    }

    /// The signed status list of an authority.
    ///
    /// # Errors
    /// 503 without a seal.
    pub async fn status_list(
        &self,
        _tx: &mut TenantTx,
        _authority: &str,
        _now: DateTime<Utc>,
    ) -> Result<Vec<u8>, Problem> {
        Err(not_set_up())
    }

    /// Makes a seal for an authority and puts it into use.
    ///
    /// # Errors
    /// 503 without a key store.
    pub async fn make_seal(
        &self,
        _tx: &mut TenantTx,
        _authority: &str,
        _name: &str,
        _by: &str,
        _now: DateTime<Utc>,
    ) -> Result<dengbu_certlib::seals::Seal, Problem> {
        Err(not_set_up())
    }

    /// Revokes the keys of a seal.
    ///
    /// # Errors
    /// 503 without a key store.
    pub fn revoke_keys(
        &self,
        _seal: &dengbu_certlib::seals::Seal,
        _now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        Err(not_set_up())
    }
}

/// The content of a sealed certificate.
pub(crate) fn content(c: &ECertificate, key: &LibraryKey) -> Result<Option<Content>, Problem> {
    let Some(stored) = &c.content else {
        return Ok(None);
    };
    let plain = key.open(&c.about_content(), stored)?;
    serde_json::from_slice(&plain)
        .map(Some)
        .map_err(|e| Problem::internal(&e))
}
