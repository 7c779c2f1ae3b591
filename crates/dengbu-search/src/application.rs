//! Applications and their scanned papers as kept.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_cases::Doing;
use dengbu_cases::scans::Stored;
use dengbu_model::time::date_in_shanghai;
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::SearchError;
use crate::access::Access;
use crate::request::{SearchRequest, is_person};

/// Scanned papers of one application at most.
pub const SCANS_MAX: i64 = 60;

/// How far an application has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchState))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 待查询.
    Open,
    /// 已查询.
    Answered,
    /// 不予查询.
    Refused,
}

impl State {
    /// Code in the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Refused => "refused",
        }
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Open => "待查询",
            Self::Answered => "已查询",
            Self::Refused => "不予查询",
        }
    }

    fn from_code(code: &str) -> Self {
        match code {
            "answered" => Self::Answered,
            "refused" => Self::Refused,
            _ => Self::Open,
        }
    }
}

/// Why an application was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchRefusal))]
pub struct Refusal {
    /// Ground, code of the access table.
    pub ground: String,
    /// Ground in words.
    pub ground_name: String,
    /// Article.
    pub basis: String,
    /// Facts and reason.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
}

/// An application as kept.
#[derive(Debug, Clone)]
pub struct Application {
    /// Authority.
    pub authority: String,
    /// Number (查询编号).
    pub search_no: String,
    /// State.
    pub state: State,
    /// Version.
    pub version: i64,
    /// What was asked.
    pub request: SearchRequest,
    /// Who took it in.
    pub taken_by: Uuid,
    /// Their name.
    pub taken_by_name: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// By when it is due.
    pub due_on: NaiveDate,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
}

#[derive(sqlx::FromRow)]
struct Row {
    authority: String,
    search_no: String,
    state: String,
    version: i64,
    request: sqlx::types::Json<SearchRequest>,
    taken_by: Uuid,
    taken_by_name: String,
    created_at: DateTime<Utc>,
    due_on: NaiveDate,
    refusal: Option<sqlx::types::Json<Refusal>>,
}

impl From<Row> for Application {
    fn from(r: Row) -> Self {
        Self {
            authority: r.authority,
            search_no: r.search_no,
            state: State::from_code(&r.state),
            version: r.version,
            request: r.request.0,
            taken_by: r.taken_by,
            taken_by_name: r.taken_by_name,
            created_at: r.created_at,
            due_on: r.due_on,
            refusal: r.refusal.map(|j| j.0),
        }
    }
}

const COLUMNS: &str = "authority, search_no, state, version, request, taken_by, taken_by_name, created_at, due_on, refusal";

/// The next number of a series of an authority, counted from 1 in each period.
///
/// # Errors
/// A database error.
pub async fn next_number(
    tx: &mut TenantTx,
    authority: &str,
    kind: &str,
    period: &str,
) -> Result<i64, SearchError> {
    Ok(sqlx::query_scalar(
        "insert into search_number_series (authority, kind, period, last) values ($1, $2, $3, 1)
         on conflict (authority, kind, period) do update set last = search_number_series.last + 1
         returning last",
    )
    .bind(authority)
    .bind(kind)
    .bind(period)
    .fetch_one(tx.conn())
    .await?)
}

/// Takes in an application that was tidied.
///
/// # Errors
/// A database error; an authority outside the scope.
pub async fn create(
    tx: &mut TenantTx,
    authority: &str,
    request: &SearchRequest,
    doing: &Doing<'_>,
) -> Result<Application, SearchError> {
    tx.require(authority)?;
    let day = date_in_shanghai(doing.now);
    let period = day.format("%Y%m%d").to_string();
    let serial = next_number(tx, authority, "application", &period).await?;
    let search_no = format!("CX{authority}{period}{serial:05}");
    let calendar = dengbu_cases::days::calendar(tx, authority).await?;
    let due_on = calendar.due(day, Access::builtin().days_max);
    sqlx::query(
        "insert into search_application (authority, search_no, state, version, applicant_kind, applicant_name,
             applicant_is_person, purpose, request, taken_by, taken_by_name, created_at, due_on)
         values ($1, $2, 'open', 1, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(authority)
    .bind(&search_no)
    .bind(&request.applicant_kind)
    .bind(&request.applicant.name)
    .bind(is_person(&request.applicant))
    .bind(&request.purpose)
    .bind(sqlx::types::Json(request))
    .bind(doing.staff_id)
    .bind(doing.name)
    .bind(doing.now)
    .bind(due_on)
    .execute(tx.conn())
    .await?;
    load(tx, &search_no, false).await
}

/// The application with this number; `lock` keeps others off until the transaction ends.
///
/// # Errors
/// [`SearchError::Unknown`].
pub async fn load(
    tx: &mut TenantTx,
    search_no: &str,
    lock: bool,
) -> Result<Application, SearchError> {
    let unknown = || SearchError::Unknown(format!("查询申请 {search_no}"));
    let authority = search_no.get(2..8).ok_or_else(unknown)?;
    let tail = if lock { " for update" } else { "" };
    let sql = format!(
        "select {COLUMNS} from search_application where authority = $1 and search_no = $2{tail}"
    );
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(search_no)
        .fetch_optional(tx.conn())
        .await?;
    row.map(Application::from).ok_or_else(unknown)
}

/// Replaces what is asked, while the application is open.
///
/// # Errors
/// [`SearchError::Stale`], [`SearchError::Closed`].
pub async fn revise(
    tx: &mut TenantTx,
    search_no: &str,
    seen: i64,
    request: &SearchRequest,
) -> Result<Application, SearchError> {
    let found = load(tx, search_no, true).await?;
    if found.version != seen {
        return Err(SearchError::Stale {
            current: found.version,
        });
    }
    if found.state != State::Open {
        return Err(SearchError::Closed(found.state.name_zh()));
    }
    sqlx::query(
        "update search_application set request = $3, applicant_kind = $4, applicant_name = $5,
             applicant_is_person = $6, purpose = $7, version = version + 1
         where authority = $1 and search_no = $2",
    )
    .bind(&found.authority)
    .bind(search_no)
    .bind(sqlx::types::Json(request))
    .bind(&request.applicant_kind)
    .bind(&request.applicant.name)
    .bind(is_person(&request.applicant))
    .bind(&request.purpose)
    .execute(tx.conn())
    .await?;
    load(tx, search_no, false).await
}

/// Moves an application on.
pub(crate) async fn set_state(
    tx: &mut TenantTx,
    found: &Application,
    state: State,
    refusal: Option<&Refusal>,
    now: DateTime<Utc>,
) -> Result<(), SearchError> {
    sqlx::query(
        "update search_application set state = $3, refusal = $4, closed_at = $5, version = version + 1
         where authority = $1 and search_no = $2",
    )
    .bind(&found.authority)
    .bind(&found.search_no)
    .bind(state.code())
    .bind(refusal.map(sqlx::types::Json))
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Refuses an application (不予查询), on a ground of the access table.
///
/// # Errors
/// [`SearchError::Closed`], [`SearchError::Fields`].
pub async fn refuse(
    tx: &mut TenantTx,
    search_no: &str,
    ground: &str,
    reason: &str,
    doing: &Doing<'_>,
) -> Result<Application, SearchError> {
    use crate::FieldFault;
    let mut faults = Vec::new();
    let row = Access::builtin().refusal(ground);
    if row.is_none() {
        faults.push(FieldFault::new(
            "/ground",
            "unknown_value",
            "请选择不予查询的情形",
        ));
    }
    let reason = reason.trim();
    if !(2..=500).contains(&reason.chars().count()) {
        faults.push(FieldFault::new(
            "/reason",
            "required",
            "请写明不予查询的事实和理由（2 至 500 字）",
        ));
    }
    let Some(row) = row.filter(|_| faults.is_empty()) else {
        return Err(SearchError::Fields(faults));
    };
    let found = load(tx, search_no, true).await?;
    if found.state != State::Open {
        return Err(SearchError::Closed(found.state.name_zh()));
    }
    let refusal = Refusal {
        ground: row.code.clone(),
        ground_name: row.name.clone(),
        basis: row.basis.clone(),
        reason: reason.to_owned(),
        at: doing.now,
        by: doing.name.to_owned(),
    };
    set_state(tx, &found, State::Refused, Some(&refusal), doing.now).await?;
    load(tx, search_no, false).await
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct ListFilter {
    /// Part of the applicant's name, or a number from its beginning.
    pub q: Option<String>,
    /// State.
    pub state: Option<String>,
    /// Listed before this one (time, number).
    pub before: Option<(DateTime<Utc>, String)>,
    /// Rows.
    pub limit: i64,
}

/// An application as listed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Listed {
    /// Authority.
    pub authority: String,
    /// Number.
    pub search_no: String,
    /// State.
    pub state: String,
    /// Kind of applicant.
    pub applicant_kind: String,
    /// Name.
    pub applicant_name: String,
    /// Whether that is a natural person.
    pub applicant_is_person: bool,
    /// Purpose.
    pub purpose: String,
    /// Who took it in.
    pub taken_by_name: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// By when it is due.
    pub due_on: NaiveDate,
}

impl Listed {
    /// The state.
    #[must_use]
    pub fn state(&self) -> State {
        State::from_code(&self.state)
    }
}

/// Applications of these authorities, newest first.
///
/// # Errors
/// A database error.
pub async fn list(
    tx: &mut TenantTx,
    authorities: &[String],
    filter: &ListFilter,
) -> Result<Vec<Listed>, SearchError> {
    let (at, no) = filter.before.clone().unzip();
    Ok(sqlx::query_as(
        "select authority, search_no, state, applicant_kind, applicant_name, applicant_is_person, purpose,
                taken_by_name, created_at, due_on
         from search_application
         where authority = any($1)
           and ($2::text is null or strpos(applicant_name, $2) > 0 or starts_with(search_no, $2))
           and ($3::text is null or state = $3)
           and ($4::timestamptz is null or (created_at, search_no) < ($4, $5))
         order by created_at desc, search_no desc limit $6",
    )
    .bind(authorities)
    .bind(&filter.q)
    .bind(&filter.state)
    .bind(at)
    .bind(no)
    .bind(filter.limit)
    .fetch_all(tx.conn())
    .await?)
}

/// A scanned paper of an application.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchScan))]
pub struct Scan {
    /// Identity.
    pub scan_id: Uuid,
    /// Paper, code of the access table.
    pub item: String,
    /// Name of the file.
    pub file_name: String,
    /// Type by content.
    pub media_type: String,
    /// Bytes.
    pub size_bytes: i64,
    /// Digest.
    pub sm3: String,
    /// What looked at it.
    pub scan_state: String,
    /// Who brought it in.
    pub uploaded_by: String,
    /// When.
    pub uploaded_at: DateTime<Utc>,
}

/// Scanned papers in the order they came in.
///
/// # Errors
/// A database error.
pub async fn scans(tx: &mut TenantTx, found: &Application) -> Result<Vec<Scan>, SearchError> {
    Ok(sqlx::query_as(
        "select scan_id, item, file_name, media_type, size_bytes, sm3, scan_state, uploaded_by, uploaded_at
         from search_scan where authority = $1 and search_no = $2 order by uploaded_at, scan_id",
    )
    .bind(&found.authority)
    .bind(&found.search_no)
    .fetch_all(tx.conn())
    .await?)
}

/// Adds a stored file to an open application.
///
/// # Errors
/// [`SearchError::Closed`], [`SearchError::Fields`].
pub async fn add_scan(
    tx: &mut TenantTx,
    search_no: &str,
    item: &str,
    file_name: &str,
    stored: &Stored,
    doing: &Doing<'_>,
) -> Result<Scan, SearchError> {
    use crate::FieldFault;
    let found = load(tx, search_no, true).await?;
    if found.state != State::Open {
        return Err(SearchError::Closed(found.state.name_zh()));
    }
    let row = Access::builtin().applicant(&found.request.applicant_kind);
    if !row.is_some_and(|r| r.papers.iter().any(|p| p.code == item)) {
        return Err(SearchError::Fields(vec![FieldFault::new(
            "/item",
            "unknown_item",
            "该类查询人的材料清单中没有这一项",
        )]));
    }
    let here = scans(tx, &found).await?;
    if i64::try_from(here.len()).unwrap_or(i64::MAX) >= SCANS_MAX {
        return Err(SearchError::Fields(vec![FieldFault::new(
            "/file",
            "too_many",
            format!("一份查询申请最多 {SCANS_MAX} 个文件"),
        )]));
    }
    let name: String = file_name
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    Ok(sqlx::query_as(
        "insert into search_scan (authority, search_no, scan_id, item, file_name, media_type, size_bytes, sm3,
             scan_state, uploaded_by, uploaded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         returning scan_id, item, file_name, media_type, size_bytes, sm3, scan_state, uploaded_by, uploaded_at",
    )
    .bind(&found.authority)
    .bind(search_no)
    .bind((doing.ids)())
    .bind(item)
    .bind(name)
    .bind(stored.media_type)
    .bind(i64::try_from(stored.size).unwrap_or(i64::MAX))
    .bind(&stored.sm3)
    .bind(&stored.scan_state)
    .bind(doing.name)
    .bind(doing.now)
    .fetch_one(tx.conn())
    .await?)
}
