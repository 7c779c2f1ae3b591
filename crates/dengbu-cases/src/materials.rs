//! The papers of a case (收件材料).

use chrono::{DateTime, Utc};
use dengbu_store::TenantTx;
use serde::Serialize;
use uuid::Uuid;

use crate::case::{Case, load};
use crate::scans::Stored;
use crate::{CaseError, Doing, service};

/// Files of one case at most.
pub const FILES_MAX: i64 = 300;

/// A paper as kept.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Material {
    /// Identity.
    pub material_id: Uuid,
    /// Item of the checklist.
    pub item: String,
    /// Name of the file.
    pub file_name: String,
    /// Type by content.
    pub media_type: String,
    /// Bytes.
    pub size_bytes: i64,
    /// Pages.
    pub pages: Option<i32>,
    /// Copies.
    pub copies: i32,
    /// Original or copy.
    pub original: bool,
    /// Digest.
    pub sm3: String,
    /// What looked at it.
    pub scan_state: String,
    /// Who brought it in.
    pub uploaded_by: String,
    /// When.
    pub uploaded_at: DateTime<Utc>,
    /// Who compared it.
    pub verified_by: Option<String>,
    /// When.
    pub verified_at: Option<DateTime<Utc>>,
    /// `upload`, or `shared` for data a department gave in place of a paper.
    pub source: String,
    /// Which department.
    pub source_name: Option<String>,
    /// What it says, where it was shared.
    pub shared_data: Option<serde_json::Value>,
}

/// What is said about a file when it comes in.
#[derive(Debug, Clone)]
pub struct Described {
    /// Item of the checklist.
    pub item: String,
    /// Name of the file.
    pub file_name: String,
    /// Copies.
    pub copies: i32,
    /// Pages.
    pub pages: Option<i32>,
    /// Original or copy.
    pub original: bool,
}

fn fault(field: &str, code: &'static str, message: &str) -> CaseError {
    CaseError::Fields(vec![dengbu_law::application::FieldError {
        field: field.to_owned(),
        code,
        message: message.to_owned(),
    }])
}

/// Adds a stored file to a case under acceptance.
///
/// # Errors
/// [`CaseError::NotEditable`], [`CaseError::Fields`].
pub async fn add(
    tx: &mut TenantTx,
    case_no: &str,
    described: &Described,
    stored: &Stored,
    doing: &Doing<'_>,
) -> Result<Material, CaseError> {
    let case = load(tx, case_no, true).await?;
    // a receipt of service comes in after the decision, when the application is settled
    let receipt = described.item == service::RECEIPT_ITEM;
    if receipt && service::of_case(tx, &case).await?.is_empty() {
        return Err(fault(
            "/item",
            "nothing_served",
            "该业务件没有需要送达的文书",
        ));
    }
    if !receipt && !case.editable() {
        return Err(CaseError::NotEditable);
    }
    if case.item_name(&described.item).is_none() {
        return Err(fault("/item", "unknown_item", "收件目录中没有这一项材料"));
    }
    if !(1..=999).contains(&described.copies) {
        return Err(fault("/copies", "out_of_range", "份数应为 1 至 999"));
    }
    if described.pages.is_some_and(|p| !(1..=9999).contains(&p)) {
        return Err(fault("/pages", "out_of_range", "页数应为 1 至 9999"));
    }
    let here: i64 = sqlx::query_scalar(
        "select count(*) from case_material where county = $1 and case_no = $2 and removed_at is null",
    )
    .bind(&case.county)
    .bind(case_no)
    .fetch_one(tx.conn())
    .await?;
    if here >= FILES_MAX {
        return Err(fault("/file", "too_many", "一件业务最多 300 个文件"));
    }
    let name: String = described
        .file_name
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    let id = (doing.ids)();
    sqlx::query(
        "insert into case_material (county, case_no, material_id, item, file_name, media_type, size_bytes, pages,
             copies, original, sm3, scan_state, uploaded_by, uploaded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(&case.county)
    .bind(case_no)
    .bind(id)
    .bind(&described.item)
    .bind(name)
    .bind(stored.media_type)
    .bind(i64::try_from(stored.size).unwrap_or(i64::MAX))
    .bind(described.pages)
    .bind(described.copies)
    .bind(described.original)
    .bind(&stored.sm3)
    .bind(&stored.scan_state)
    .bind(doing.name)
    .bind(doing.now)
    .execute(tx.conn())
    .await?;
    one(tx, &case, id).await
}

const COLUMNS: &str = "material_id, item, file_name, media_type, size_bytes, pages, copies, original, sm3, \
     scan_state, uploaded_by, uploaded_at, verified_by, verified_at, source, source_name, shared_data";

/// One paper of a case.
///
/// # Errors
/// [`CaseError::Unknown`] when there is none.
pub async fn one(tx: &mut TenantTx, case: &Case, id: Uuid) -> Result<Material, CaseError> {
    let sql = format!(
        "select {COLUMNS} from case_material
         where county = $1 and case_no = $2 and material_id = $3 and removed_at is null"
    );
    let found: Option<Material> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&case.county)
        .bind(&case.case_no)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    found.ok_or_else(|| CaseError::Unknown(format!("{} 的材料 {id}", case.case_no)))
}

/// The papers of a case in the order they came in.
///
/// # Errors
/// A database error.
pub async fn list(tx: &mut TenantTx, case: &Case) -> Result<Vec<Material>, CaseError> {
    let sql = format!(
        "select {COLUMNS} from case_material
         where county = $1 and case_no = $2 and removed_at is null order by uploaded_at, material_id"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&case.county)
        .bind(&case.case_no)
        .fetch_all(tx.conn())
        .await?)
}

/// Items of the checklist for which something came in.
///
/// # Errors
/// A database error.
pub async fn received(tx: &mut TenantTx, case: &Case) -> Result<Vec<String>, CaseError> {
    Ok(list(tx, case).await?.into_iter().map(|m| m.item).collect())
}

/// Takes a paper off a case under acceptance; its row and content stay on record.
///
/// # Errors
/// [`CaseError::NotEditable`], [`CaseError::Unknown`].
pub async fn remove(
    tx: &mut TenantTx,
    case_no: &str,
    id: Uuid,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    let case = load(tx, case_no, true).await?;
    if !case.editable() {
        return Err(CaseError::NotEditable);
    }
    one(tx, &case, id).await?;
    sqlx::query(
        "update case_material set removed_at = $4, removed_by = $5
         where county = $1 and case_no = $2 and material_id = $3",
    )
    .bind(&case.county)
    .bind(case_no)
    .bind(id)
    .bind(doing.now)
    .bind(doing.name)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ticks a paper as compared (已核), or takes the tick back.
///
/// # Errors
/// [`CaseError::Unknown`]; [`CaseError::Flow`] when the case is over.
pub async fn verify(
    tx: &mut TenantTx,
    case_no: &str,
    id: Uuid,
    verified: bool,
    doing: &Doing<'_>,
) -> Result<Material, CaseError> {
    let case = load(tx, case_no, true).await?;
    if case.state.is_final() {
        return Err(dengbu_law::flow::FlowError::Over(case.state).into());
    }
    one(tx, &case, id).await?;
    sqlx::query(
        "update case_material set verified_by = $4, verified_at = $5
         where county = $1 and case_no = $2 and material_id = $3",
    )
    .bind(&case.county)
    .bind(case_no)
    .bind(id)
    .bind(verified.then_some(doing.name))
    .bind(verified.then_some(doing.now))
    .execute(tx.conn())
    .await?;
    one(tx, &case, id).await
}
