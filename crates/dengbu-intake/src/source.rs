//! Sources (数据源), their deliveries and mappings.

use chrono::{DateTime, Utc};
use dengbu_store::TenantTx;
use serde::Serialize;
use sqlx::types::Json;
use uuid::Uuid;

use crate::packages::Kept;
use crate::unpack::PackedFile;
use crate::{Doing, IntakeError, look};

/// Characters of a mapping at most.
pub const MAPPING_MAX: usize = 512 * 1024;

/// A source.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Source {
    /// Name in provenance.
    pub source: String,
    /// Title for people.
    pub title: String,
    /// Who set it up.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Deliveries so far.
    pub deliveries: i64,
    /// Newest version of its mapping.
    pub mapping_version: Option<i32>,
}

/// A delivery.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Package {
    /// Identity.
    pub package_id: Uuid,
    /// Source.
    pub source: String,
    /// First, second … delivery.
    pub delivery: i32,
    /// Name of the file.
    pub file_name: String,
    /// `zip` or `file`.
    pub format: String,
    /// Bytes.
    pub size_bytes: i64,
    /// Digest.
    pub sm3: String,
    /// What is in it.
    pub files: Json<Vec<PackedFile>>,
    /// Who brought it.
    pub uploaded_by: String,
    /// When.
    pub uploaded_at: DateTime<Utc>,
}

/// A version of a mapping.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Mapping {
    /// Version, from 1.
    pub version: i32,
    /// The text.
    pub body: String,
    /// Who saved it.
    pub saved_by: String,
    /// When.
    pub saved_at: DateTime<Utc>,
}

const SOURCES: &str = "select s.source, s.title, s.created_by, s.created_at,
    (select count(*) from intake_package p where p.authority = s.authority and p.source = s.source) as deliveries,
    (select max(version) from intake_mapping m where m.authority = s.authority and m.source = s.source) as mapping_version
    from intake_source s";

const PACKAGES: &str = "select package_id, source, delivery, file_name, format, size_bytes, sm3, files, uploaded_by, uploaded_at
    from intake_package";

/// The sources of an authority by name.
///
/// # Errors
/// A database error.
pub async fn list(tx: &mut TenantTx, authority: &str) -> Result<Vec<Source>, IntakeError> {
    tx.require(authority)?;
    let sql = format!("{SOURCES} where s.authority = $1 order by s.source");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .fetch_all(tx.conn())
        .await?)
}

/// One source.
///
/// # Errors
/// [`IntakeError::Unknown`].
pub async fn one(tx: &mut TenantTx, authority: &str, source: &str) -> Result<Source, IntakeError> {
    let sql = format!("{SOURCES} where s.authority = $1 and s.source = $2");
    let found: Option<Source> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(source)
        .fetch_optional(tx.conn())
        .await?;
    found.ok_or(IntakeError::Unknown("该数据源"))
}

/// Sets a source up.
///
/// # Errors
/// [`IntakeError::Field`] when the name cannot be used or is taken.
pub async fn create(
    tx: &mut TenantTx,
    source: &str,
    title: &str,
    doing: &Doing<'_>,
) -> Result<Source, IntakeError> {
    let title = title.trim();
    let fits = (1..=40).contains(&source.chars().count())
        && source
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if !fits {
        return Err(IntakeError::field(
            "/source",
            "数据源代号为 1 至 40 个字母、数字、汉字、连字符，例如 a-municipal",
        ));
    }
    if title.is_empty() || title.chars().count() > 100 {
        return Err(IntakeError::field("/title", "请填写名称，不超过 100 字"));
    }
    let made = sqlx::query(
        "insert into intake_source (authority, source, title, created_by, created_id, created_at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
    )
    .bind(doing.authority)
    .bind(source)
    .bind(title)
    .bind(doing.name)
    .bind(doing.staff_id)
    .bind(doing.now)
    .execute(tx.conn())
    .await?;
    if made.rows_affected() == 0 {
        return Err(IntakeError::field(
            "/source",
            "已有同名数据源，请换一个代号",
        ));
    }
    one(tx, doing.authority, source).await
}

/// Deliveries of a source, newest first.
///
/// # Errors
/// A database error.
pub async fn packages(
    tx: &mut TenantTx,
    authority: &str,
    source: &str,
) -> Result<Vec<Package>, IntakeError> {
    let sql = format!("{PACKAGES} where authority = $1 and source = $2 order by delivery desc");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(source)
        .fetch_all(tx.conn())
        .await?)
}

/// One delivery.
///
/// # Errors
/// [`IntakeError::Unknown`].
pub async fn package(tx: &mut TenantTx, authority: &str, id: Uuid) -> Result<Package, IntakeError> {
    let sql = format!("{PACKAGES} where authority = $1 and package_id = $2");
    let found: Option<Package> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    found.ok_or(IntakeError::Unknown("该数据包"))
}

/// Enters a kept file as the next delivery; the same file again is the same delivery.
///
/// # Errors
/// [`IntakeError::Unknown`] for the source.
pub async fn deliver(
    tx: &mut TenantTx,
    source: &str,
    file_name: &str,
    kept: &Kept,
    doing: &Doing<'_>,
) -> Result<Package, IntakeError> {
    one(tx, doing.authority, source).await?;
    let name: String = file_name
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    // two uploads at once wait for one another here
    sqlx::query("select 1 from authority where authority = $1 for no key update")
        .bind(doing.authority)
        .execute(tx.conn())
        .await?;
    let id: Option<Uuid> = sqlx::query_scalar(
        "select package_id from intake_package where authority = $1 and source = $2 and sm3 = $3",
    )
    .bind(doing.authority)
    .bind(source)
    .bind(&kept.sm3)
    .fetch_optional(tx.conn())
    .await?;
    if let Some(id) = id {
        return package(tx, doing.authority, id).await;
    }
    let id = (doing.ids)();
    sqlx::query(
        "insert into intake_package (authority, package_id, source, delivery, file_name, format, size_bytes, sm3, files,
             uploaded_by, uploaded_id, uploaded_at)
         select $1, $2, $3, coalesce(max(delivery), 0) + 1, $4, $5, $6, $7, $8, $9, $10, $11
         from intake_package where authority = $1 and source = $3",
    )
    .bind(doing.authority)
    .bind(id)
    .bind(source)
    .bind(name)
    .bind(kept.format)
    .bind(i64::try_from(kept.size).unwrap_or(i64::MAX))
    .bind(&kept.sm3)
    .bind(Json(&kept.files))
    .bind(doing.name)
    .bind(doing.staff_id)
    .bind(doing.now)
    .execute(tx.conn())
    .await?;
    package(tx, doing.authority, id).await
}

/// The newest version of a source's mapping, or the one asked for.
///
/// # Errors
/// A database error.
pub async fn mapping(
    tx: &mut TenantTx,
    authority: &str,
    source: &str,
    version: Option<i32>,
) -> Result<Option<Mapping>, IntakeError> {
    Ok(sqlx::query_as(
        "select version, body, saved_by, saved_at from intake_mapping
         where authority = $1 and source = $2 and ($3::integer is null or version = $3)
         order by version desc limit 1",
    )
    .bind(authority)
    .bind(source)
    .bind(version)
    .fetch_optional(tx.conn())
    .await?)
}

/// Who saved which version of a mapping, when.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MappingVersion {
    /// Version, from 1.
    pub version: i32,
    /// Who saved it.
    pub saved_by: String,
    /// When.
    pub saved_at: DateTime<Utc>,
}

/// Versions of a source's mapping, newest first.
///
/// # Errors
/// A database error.
pub async fn mapping_versions(
    tx: &mut TenantTx,
    authority: &str,
    source: &str,
) -> Result<Vec<MappingVersion>, IntakeError> {
    Ok(sqlx::query_as(
        "select version, saved_by, saved_at from intake_mapping
         where authority = $1 and source = $2 order by version desc",
    )
    .bind(authority)
    .bind(source)
    .fetch_all(tx.conn())
    .await?)
}

/// Saves a mapping as the next version; `seen` is the version it was made from.
///
/// # Errors
/// [`IntakeError::Mapping`] when it is none or is another source's; [`IntakeError::State`] when
/// somebody saved another one meanwhile.
pub async fn save_mapping(
    tx: &mut TenantTx,
    source: &str,
    body: &str,
    seen: Option<i32>,
    doing: &Doing<'_>,
) -> Result<Mapping, IntakeError> {
    one(tx, doing.authority, source).await?;
    if body.trim().is_empty() || body.len() > MAPPING_MAX {
        return Err(IntakeError::field(
            "/body",
            "字段对照不能为空，也不能超过 512 KB",
        ));
    }
    look::readable(body, source)?;
    let next = seen.unwrap_or(0) + 1;
    let newest: Option<i32> = sqlx::query_scalar(
        "select max(version) from intake_mapping where authority = $1 and source = $2",
    )
    .bind(doing.authority)
    .bind(source)
    .fetch_one(tx.conn())
    .await?;
    let made = if newest.unwrap_or(0) == next - 1 {
        sqlx::query(
            "insert into intake_mapping (authority, source, version, body, saved_by, saved_id, saved_at)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        )
        .bind(doing.authority)
        .bind(source)
        .bind(next)
        .bind(body)
        .bind(doing.name)
        .bind(doing.staff_id)
        .bind(doing.now)
        .execute(tx.conn())
        .await?
        .rows_affected()
    } else {
        0
    };
    if made == 0 {
        return Err(IntakeError::State(
            "字段对照已被他人修改，请重新载入后再保存".to_owned(),
        ));
    }
    mapping(tx, doing.authority, source, Some(next))
        .await?
        .ok_or(IntakeError::Unknown("该字段对照"))
}
