//! The search log (查询记录簿, 查询办法第十三条): who was shown what, when, why; append-only.

use chrono::{DateTime, Utc};
use dengbu_cases::Doing;
use dengbu_model::party::masked_name;
use dengbu_register::person::PersonKey;
use dengbu_store::TenantTx;
use serde::Serialize;
use uuid::Uuid;

use crate::answer::Answer;
use crate::application::Application;
use crate::request::{Subject, is_person};
use crate::{SearchError, sm3_hex};

/// One showing.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchShowing))]
pub struct Showing {
    /// Identity.
    pub showing_id: Uuid,
    /// Application.
    pub search_no: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who showed it.
    pub staff_name: String,
    /// Kind of applicant.
    pub applicant_kind: String,
    /// Applicant, masked.
    pub applicant_masked: String,
    /// Agent, masked.
    pub agent_masked: Option<String>,
    /// What was searched by.
    pub index_kind: String,
    /// Persons searched for, masked.
    pub subjects_masked: Vec<String>,
    /// Purpose.
    pub purpose: String,
    /// Parts shown.
    pub parts: Vec<String>,
    /// Units shown.
    pub units: i32,
    /// Rights found in somebody's name.
    pub hits: i32,
    /// SM3 of what was shown.
    pub sm3: String,
    /// Papers given out on it, copies counted.
    pub documents: i64,
}

const COLUMNS: &str = "s.showing_id, s.search_no, s.at, s.staff_name, s.applicant_kind, s.applicant_masked, \
     s.agent_masked, s.index_kind, s.subjects_masked, s.purpose, s.parts, s.units, s.hits, s.sm3, \
     (select count(*) from search_document d where d.authority = s.authority and d.showing_id = s.showing_id) as documents";

/// Keeps what is shown, byte for byte.
///
/// # Errors
/// A database error.
pub async fn append(
    tx: &mut TenantTx,
    key: &PersonKey,
    found: &Application,
    people: &[(String, Subject)],
    answer: &Answer,
    doing: &Doing<'_>,
) -> Result<Uuid, SearchError> {
    let id = (doing.ids)();
    let body = canonical(answer)?;
    let request = &found.request;
    let applicant = &request.applicant;
    let shown_name = if is_person(applicant) {
        masked_name(&applicant.name)
    } else {
        applicant.name.clone()
    };
    let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    sqlx::query(
        "insert into search_showing (authority, showing_id, search_no, at, staff_id, staff_name, applicant_kind,
             applicant_masked, agent_masked, index_kind, subjects_masked, purpose, parts, units, hits, body, sm3)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(&found.authority)
    .bind(id)
    .bind(&found.search_no)
    .bind(doing.now)
    .bind(doing.staff_id)
    .bind(doing.name)
    .bind(&request.applicant_kind)
    .bind(shown_name)
    .bind(applicant.agent.as_ref().map(|a| masked_name(&a.name)))
    .bind(request.index.code())
    .bind(people.iter().map(|(_, s)| masked_name(&s.name)).collect::<Vec<_>>())
    .bind(request.purpose_text())
    .bind(answer.parts.iter().map(|p| p.code()).collect::<Vec<_>>())
    .bind(count(answer.units.len()))
    .bind(count(answer.people.iter().map(|p| p.hits.len()).sum()))
    .bind(&body)
    .bind(sm3_hex(body.as_bytes()))
    .execute(tx.conn())
    .await?;
    subjects(tx, key, found, people, answer, (id, doing)).await?;
    Ok(id)
}

async fn subjects(
    tx: &mut TenantTx,
    key: &PersonKey,
    found: &Application,
    people: &[(String, Subject)],
    answer: &Answer,
    (id, doing): (Uuid, &Doing<'_>),
) -> Result<(), SearchError> {
    let mut kinds = Vec::new();
    let mut subjects = Vec::new();
    for unit in &answer.units {
        kinds.push("unit");
        subjects.push(unit.unit_code.clone());
    }
    for (_, person) in people {
        kinds.push("person");
        subjects.push(hex(&key.index(&person.id.number)));
    }
    sqlx::query(
        "insert into search_shown_subject (authority, subject_kind, subject, showing_id, at, staff_id)
         select $1, k, s, $4, $5, $6 from unnest($2::text[], $3::text[]) as t (k, s)
         on conflict do nothing",
    )
    .bind(&found.authority)
    .bind(kinds)
    .bind(subjects)
    .bind(id)
    .bind(doing.now)
    .bind(doing.staff_id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// JSON with sorted keys, so that the same content always has the same digest.
pub(crate) fn canonical(value: &impl Serialize) -> Result<String, SearchError> {
    let value = serde_json::to_value(value).map_err(|e| SearchError::Unreadable(e.to_string()))?;
    let mut out = String::new();
    write(&value, &mut out);
    Ok(out)
}

fn write(value: &serde_json::Value, out: &mut String) {
    use serde_json::Value;
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort_unstable();
            out.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write(&map[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// The last answer of an application with the moment it was shown.
///
/// # Errors
/// [`SearchError::Unreadable`] when what is kept is no answer or does not fit its digest.
pub async fn last(
    tx: &mut TenantTx,
    found: &Application,
) -> Result<Option<(Uuid, DateTime<Utc>, Answer)>, SearchError> {
    let row: Option<(Uuid, DateTime<Utc>, String, String)> = sqlx::query_as(
        "select showing_id, at, body, sm3 from search_showing
         where authority = $1 and search_no = $2 order by at desc, showing_id desc limit 1",
    )
    .bind(&found.authority)
    .bind(&found.search_no)
    .fetch_optional(tx.conn())
    .await?;
    let Some((id, at, body, sm3)) = row else {
        return Ok(None);
    };
    let broken = || SearchError::Unreadable(found.search_no.clone());
    if sm3_hex(body.as_bytes()) != sm3 {
        return Err(broken());
    }
    let answer = serde_json::from_str(&body).map_err(|_| broken())?;
    Ok(Some((id, at, answer)))
}

/// Showings of one application, newest first.
///
/// # Errors
/// A database error.
pub async fn of(tx: &mut TenantTx, found: &Application) -> Result<Vec<Showing>, SearchError> {
    let sql = format!(
        "select {COLUMNS} from search_showing s where s.authority = $1 and s.search_no = $2
         order by s.at desc, s.showing_id desc"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&found.authority)
        .bind(&found.search_no)
        .fetch_all(tx.conn())
        .await?)
}

/// What to look for in the log.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// Part of the clerk's name.
    pub staff: Option<String>,
    /// Application.
    pub search_no: Option<String>,
    /// A unit that was shown.
    pub unit: Option<String>,
    /// What was searched by.
    pub index: Option<String>,
    /// From.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub to: Option<DateTime<Utc>>,
    /// Listed before this one.
    pub before: Option<(DateTime<Utc>, Uuid)>,
    /// Rows.
    pub limit: i64,
}

/// The log of these authorities, newest first.
///
/// # Errors
/// A database error.
pub async fn list(
    tx: &mut TenantTx,
    authorities: &[String],
    filter: &LogFilter,
) -> Result<Vec<Showing>, SearchError> {
    let (at, id) = filter.before.unzip();
    let sql = format!(
        "select {COLUMNS} from search_showing s
         where s.authority = any($1)
           and ($2::text is null or strpos(s.staff_name, $2) > 0)
           and ($3::text is null or s.search_no = $3)
           and ($4::text is null or exists (select from search_shown_subject x
                 where x.authority = s.authority and x.subject_kind = 'unit' and x.subject = $4
                   and x.showing_id = s.showing_id))
           and ($5::text is null or s.index_kind = $5)
           and ($6::timestamptz is null or s.at >= $6)
           and ($7::timestamptz is null or s.at < $7)
           and ($8::timestamptz is null or (s.at, s.showing_id) < ($8, $9))
         order by s.at desc, s.showing_id desc limit $10"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authorities)
        .bind(&filter.staff)
        .bind(&filter.search_no)
        .bind(&filter.unit)
        .bind(&filter.index)
        .bind(filter.from)
        .bind(filter.to)
        .bind(at)
        .bind(id)
        .bind(filter.limit)
        .fetch_all(tx.conn())
        .await?)
}
