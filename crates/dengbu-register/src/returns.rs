//! Papers whose right has ended or that were replaced (收回旧证): what came back and what did not.
//!
//! 实施细则第二十三条: the authority takes back the certificate or proof of a right that has ended and
//! notes it; what cannot be had is published as void ([`crate::void_notices`]).

use chrono::{DateTime, Utc};
use dengbu_model::unit_code::UnitCode;
use dengbu_store::TenantTx;

use crate::RegisterError;
use crate::append::Appended;

/// What became of an old paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnState {
    /// It is to come back.
    Awaited,
    /// It came back (已收回).
    Returned,
    /// It cannot be had: published as void, or declared lost.
    Unreturned,
}

impl ReturnState {
    /// Code as stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Awaited => "awaited",
            Self::Returned => "returned",
            Self::Unreturned => "unreturned",
        }
    }

    /// The state with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Awaited, Self::Returned, Self::Unreturned]
            .into_iter()
            .find(|s| s.code() == code)
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Awaited => "待收回",
            Self::Returned => "已收回",
            Self::Unreturned => "未收回，已公告",
        }
    }
}

/// An old paper.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PaperReturn {
    /// County of the unit.
    pub county: String,
    /// Number of the paper.
    pub certificate_no: String,
    /// `title` or `proof`.
    pub paper_kind: String,
    /// The unit; the first one where a paper states several.
    pub unit_code: String,
    /// Authority of the land.
    pub authority: String,
    /// The case that ended the right; none where it lapsed.
    pub case_no: Option<String>,
    /// Since when it is void.
    pub voided_at: DateTime<Utc>,
    /// [`ReturnState`] as its code.
    pub state: String,
    /// When that was marked.
    pub marked_at: Option<DateTime<Utc>>,
    /// By whom.
    pub marked_by: Option<String>,
    /// What was said about it.
    pub note: Option<String>,
}

const COLUMNS: &str = "county, certificate_no, paper_kind, unit_code, authority, case_no, voided_at, state, \
     marked_at, marked_by, note";

/// Notes the papers that an entry makes void as to come back: those of the rights it ends, printed
/// here or issued by an earlier system. What was never printed has nothing to bring back.
pub(crate) async fn await_papers(
    tx: &mut TenantTx,
    made: &Appended,
    right_id: uuid::Uuid,
) -> Result<(), RegisterError> {
    let body = &made.body;
    sqlx::query(
        "insert into paper_return (county, certificate_no, paper_kind, unit_code, authority, case_no, voided_at)
         select c.county, c.certificate_no, c.kind, c.unit_code, $3, $4, $5 from certificate c
          where c.county = $1 and c.right_id = $2 and c.state = 'valid' and c.printed_at is not null
         union all
         select r.county, r.certificate_no, case when r.is_title then 'title' else 'proof' end, r.unit_code, $3, $4, $5
           from register_right r
          where r.county = $1 and r.right_id = $2 and r.certificate_no <> ''
            and not exists (select 1 from certificate c where c.county = r.county
                and c.certificate_no = any (string_to_array(r.certificate_no, '、')))
         on conflict do nothing",
    )
    .bind(body.unit_code.county().as_str())
    .bind(right_id)
    .bind(&body.authority)
    .bind(&body.case_no)
    .bind(body.recorded_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Marks the papers a case still awaits, of these kinds; gives how many.
///
/// # Errors
/// A database error.
pub async fn mark_of_case(
    tx: &mut TenantTx,
    county: &str,
    case_no: &str,
    kinds: &[&str],
    mark: &Mark<'_>,
) -> Result<u64, RegisterError> {
    let done = sqlx::query(
        "update paper_return set state = $4, marked_at = $5, marked_by = $6, note = $7
         where county = $1 and case_no = $2 and state = 'awaited' and paper_kind = any ($3)",
    )
    .bind(county)
    .bind(case_no)
    .bind(kinds)
    .bind(mark.state.code())
    .bind(mark.at)
    .bind(mark.by)
    .bind(mark.note)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// What is marked, by whom and when.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    /// What became of it.
    pub state: ReturnState,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: &'a str,
    /// What is said about it.
    pub note: Option<&'a str>,
}

/// Marks one paper. What came back stays so; what was published as void may still come in. Gives
/// false when there is no such paper to mark.
///
/// # Errors
/// A database error.
pub async fn mark(
    tx: &mut TenantTx,
    county: &str,
    certificate_no: &str,
    mark: &Mark<'_>,
) -> Result<bool, RegisterError> {
    let done = sqlx::query(
        "update paper_return set state = $3, marked_at = $4, marked_by = $5, note = $6
         where county = $1 and certificate_no = $2 and state <> 'returned' and state <> $3",
    )
    .bind(county)
    .bind(certificate_no)
    .bind(mark.state.code())
    .bind(mark.at)
    .bind(mark.by)
    .bind(mark.note)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// One old paper in scope.
///
/// # Errors
/// A database error.
pub async fn one(
    tx: &mut TenantTx,
    certificate_no: &str,
) -> Result<Option<PaperReturn>, RegisterError> {
    let sql = format!(
        "select {COLUMNS} from paper_return where certificate_no = $1
           and county = any (string_to_array(current_setting('app.scope', true), ','))"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(certificate_no)
        .fetch_optional(tx.conn())
        .await?)
}

/// The old papers of a unit, the newest first.
///
/// # Errors
/// A database error.
pub async fn of_unit(
    tx: &mut TenantTx,
    unit: &UnitCode,
) -> Result<Vec<PaperReturn>, RegisterError> {
    let sql = format!(
        "select {COLUMNS} from paper_return where county = $1 and unit_code = $2
         order by voided_at desc, certificate_no limit 200"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(unit.county().as_str())
        .bind(unit.as_str())
        .fetch_all(tx.conn())
        .await?)
}

/// Which old papers.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only in this state.
    pub state: Option<ReturnState>,
    /// Only those of this case.
    pub case_no: Option<String>,
    /// Part of the paper's number.
    pub text: Option<String>,
    /// Rows to pass over.
    pub from: i64,
    /// Rows at most.
    pub limit: i64,
}

/// Old papers in scope, the newest first.
///
/// # Errors
/// A database error.
pub async fn list(tx: &mut TenantTx, wanted: &Wanted) -> Result<Vec<PaperReturn>, RegisterError> {
    let sql = format!(
        "select {COLUMNS} from paper_return
         where county = any (string_to_array(current_setting('app.scope', true), ','))
           and ($1::text is null or state = $1) and ($2::text is null or case_no = $2)
           and ($3::text is null or strpos(certificate_no, $3) > 0)
         order by voided_at desc, certificate_no offset $4 limit $5"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(wanted.state.map(ReturnState::code))
        .bind(&wanted.case_no)
        .bind(&wanted.text)
        .bind(wanted.from)
        .bind(wanted.limit)
        .fetch_all(tx.conn())
        .await?)
}
