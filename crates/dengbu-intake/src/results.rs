//! What a run left: rows of the source, findings, doubts.

use std::collections::BTreeMap;

use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::IntakeError;
use crate::engine::{Candidate, DoubtRow, FindingRow, Outcome, RecordRow, Side};

/// Rows written at once.
pub const CHUNK: usize = 2_000;

/// Writes rows of the source from `first` on.
///
/// # Errors
/// A database error.
pub async fn put_records(
    tx: &mut TenantTx,
    authority: &str,
    run: Uuid,
    first: i64,
    rows: &[RecordRow],
) -> Result<(), IntakeError> {
    let text = |f: fn(&RecordRow) -> Option<&str>| rows.iter().map(f).collect::<Vec<_>>();
    sqlx::query(
        "insert into intake_record (authority, run_id, seq, source, table_name, legacy_id, outcome, reason, parcel_code,
             building_ref, unit_code, merged_into, method, confidence)
         select $1, $2, $3 + n - 1, s, t, l, o, r, p, b, u, m, h, c
         from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                     $12::text[], $13::text[], $14::float8[]) with ordinality as x (s, t, l, o, r, p, b, u, m, h, c, n)",
    )
    .bind(authority)
    .bind(run)
    .bind(first)
    .bind(text(|r| Some(&r.source)))
    .bind(text(|r| Some(&r.table)))
    .bind(text(|r| Some(&r.legacy_id)))
    .bind(text(|r| Some(r.outcome.code())))
    .bind(text(|r| Some(&r.reason)))
    .bind(text(|r| r.parcel_code.as_deref()))
    .bind(text(|r| r.building_ref.as_deref()))
    .bind(text(|r| r.unit_code.as_deref()))
    .bind(text(|r| r.merged_into.as_deref()))
    .bind(text(|r| r.method.as_deref()))
    .bind(rows.iter().map(|r| r.confidence).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes findings from `first` on.
///
/// # Errors
/// A database error.
pub async fn put_findings(
    tx: &mut TenantTx,
    authority: &str,
    run: Uuid,
    first: i64,
    rows: &[FindingRow],
) -> Result<(), IntakeError> {
    let text = |f: fn(&FindingRow) -> &str| rows.iter().map(f).collect::<Vec<_>>();
    sqlx::query(
        "insert into intake_finding (authority, run_id, seq, rule_id, kind, severity, source, table_name, legacy_id, field,
             value, message, place, geometry)
         select $1, $2, $3 + n - 1, r, k, v, s, t, l, f, x, m, p, g
         from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                     $12::text[], $13::text[], $14::jsonb[]) with ordinality as y (r, k, v, s, t, l, f, x, m, p, g, n)",
    )
    .bind(authority)
    .bind(run)
    .bind(first)
    .bind(text(|r| &r.rule_id))
    .bind(text(|r| &r.kind))
    .bind(text(|r| r.severity))
    .bind(text(|r| &r.source))
    .bind(text(|r| &r.table))
    .bind(text(|r| &r.legacy_id))
    .bind(text(|r| &r.field))
    .bind(text(|r| &r.value))
    .bind(text(|r| &r.message))
    .bind(text(|r| &r.place))
    .bind(rows.iter().map(|r| r.geometry.clone()).collect::<Vec<Option<Value>>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes doubts from `first` on.
///
/// # Errors
/// A database error.
pub async fn put_doubts(
    tx: &mut TenantTx,
    authority: &str,
    run: Uuid,
    first: i64,
    rows: &[DoubtRow],
) -> Result<(), IntakeError> {
    for (seq, row) in (first..).zip(rows) {
        sqlx::query(
            "insert into intake_doubt (authority, run_id, seq, doubt_key, question, source, table_name, legacy_id, subject, candidates)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing",
        )
        .bind(authority)
        .bind(run)
        .bind(seq)
        .bind(&row.key)
        .bind(&row.question)
        .bind(&row.source)
        .bind(&row.table)
        .bind(&row.legacy_id)
        .bind(Json(&row.subject))
        .bind(Json(&row.candidates))
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// What findings are looked for.
#[derive(Debug, Clone, Default)]
pub struct FindingFilter {
    /// Rule.
    pub rule_id: Option<String>,
    /// Class.
    pub kind: Option<String>,
    /// Severity.
    pub severity: Option<String>,
    /// Table.
    pub table: Option<String>,
    /// Place: the beginning of a county or parcel code.
    pub place: Option<String>,
    /// Words in identifier, value or message.
    pub words: Option<String>,
}

/// A finding as kept.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// Position in the run.
    pub seq: i64,
    /// Rule.
    pub rule_id: String,
    /// Class.
    pub kind: String,
    /// Severity: `error`, `warning`, `note`.
    pub severity: String,
    /// Source.
    pub source: String,
    /// Table.
    pub table_name: String,
    /// Record.
    pub legacy_id: String,
    /// Field.
    pub field: String,
    /// What stands there.
    pub value: String,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: String,
    /// Drawing of a spatial fault.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub geometry: Option<Value>,
}

/// The name staff read of a severity.
#[must_use]
pub fn severity_name(code: &str) -> &'static str {
    match code {
        "error" => "强制",
        "warning" => "警告",
        _ => "提示",
    }
}

const FILTERED: &str = "from intake_finding where authority = $1 and run_id = $2
    and ($3::text is null or rule_id = $3) and ($4::text is null or kind = $4)
    and ($5::text is null or severity = $5) and ($6::text is null or table_name = $6)
    and ($7::text is null or left(place, length($7)) = $7)
    and ($8::text is null or strpos(legacy_id, $8) > 0 or strpos(value, $8) > 0 or strpos(message, $8) > 0)";

/// Findings behind `after`, in their order.
///
/// # Errors
/// A database error.
pub async fn findings(
    tx: &mut TenantTx,
    authority: &str,
    run: Uuid,
    filter: &FindingFilter,
    after: i64,
    limit: i64,
) -> Result<Vec<Finding>, IntakeError> {
    let sql = format!(
        "select seq, rule_id, kind, severity, source, table_name, legacy_id, field, value, message, place, geometry
         {FILTERED} and seq > $9 order by seq limit $10"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(run)
        .bind(&filter.rule_id)
        .bind(&filter.kind)
        .bind(&filter.severity)
        .bind(&filter.table)
        .bind(&filter.place)
        .bind(&filter.words)
        .bind(after)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?)
}

/// Findings counted by one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Count {
    /// `rule`, `table`, `place`, `severity`, `kind`.
    pub by: String,
    /// Which rule, table …
    pub key: String,
    /// Severity of a rule; empty otherwise.
    pub severity: String,
    /// How many.
    pub count: i64,
}

/// Findings of a run counted by severity, rule, class, table and county.
///
/// # Errors
/// A database error.
pub async fn counts(
    tx: &mut TenantTx,
    authority: &str,
    run: Uuid,
) -> Result<Vec<Count>, IntakeError> {
    Ok(sqlx::query_as(
        "with f as (select rule_id, kind, severity, table_name, left(place, 6) as place
                    from intake_finding where authority = $1 and run_id = $2)
         select * from (
             select 'severity' as by, severity as key, severity, count(*) as count from f group by severity
             union all select 'rule', rule_id, severity, count(*) from f group by rule_id, severity
             union all select 'kind', kind, '', count(*) from f group by kind
             union all select 'table', table_name, '', count(*) from f group by table_name
             union all select 'place', place, '', count(*) from f where place <> '' group by place) t
         order by by, count desc, key",
    )
    .bind(authority)
    .bind(run)
    .fetch_all(tx.conn())
    .await?)
}

/// Rows of a table and what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TableCount {
    /// Table.
    pub table_name: String,
    /// Rows in the source.
    pub read: i64,
    /// Part of the stock.
    pub accepted: i64,
    /// Another record stands for them.
    pub merged: i64,
    /// Wait for a person.
    pub doubtful: i64,
    /// Not taken.
    pub rejected: i64,
}

/// Rows of a run by table.
///
/// # Errors
/// A database error.
pub async fn tables(
    tx: &mut TenantTx,
    authority: &str,
    run: Uuid,
) -> Result<Vec<TableCount>, IntakeError> {
    Ok(sqlx::query_as(
        "select table_name, count(*) as read,
                count(*) filter (where outcome = 'accepted') as accepted,
                count(*) filter (where outcome = 'merged') as merged,
                count(*) filter (where outcome = 'doubtful') as doubtful,
                count(*) filter (where outcome = 'rejected') as rejected
         from intake_record where authority = $1 and run_id = $2 group by table_name order by min(seq)",
    )
    .bind(authority)
    .bind(run)
    .fetch_all(tx.conn())
    .await?)
}

/// A source row as kept.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Record {
    /// Position in the run.
    pub seq: i64,
    /// Table.
    pub table_name: String,
    /// Identifier.
    pub legacy_id: String,
    /// What became of it.
    pub outcome: String,
    /// Why.
    pub reason: String,
    /// Parcel.
    pub parcel_code: Option<String>,
    /// Building.
    pub building_ref: Option<String>,
    /// Unit.
    pub unit_code: Option<String>,
    /// What stands for it.
    pub merged_into: Option<String>,
    /// How it was linked.
    pub method: Option<String>,
    /// How sure.
    pub confidence: Option<f64>,
}

/// Rows of the source behind `after`.
///
/// # Errors
/// A database error.
pub async fn records(
    tx: &mut TenantTx,
    authority: &str,
    run: Uuid,
    outcome: Option<Outcome>,
    table: Option<&str>,
    after: i64,
    limit: i64,
) -> Result<Vec<Record>, IntakeError> {
    Ok(sqlx::query_as(
        "select seq, table_name, legacy_id, outcome, reason, parcel_code, building_ref, unit_code, merged_into, method, confidence
         from intake_record where authority = $1 and run_id = $2 and ($3::text is null or outcome = $3)
           and ($4::text is null or table_name = $4) and seq > $5 order by seq limit $6",
    )
    .bind(authority)
    .bind(run)
    .bind(outcome.map(Outcome::code))
    .bind(table)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// A doubt with what was decided last.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Doubt {
    /// Position in the run.
    pub seq: i64,
    /// Stable key.
    pub doubt_key: String,
    /// Question.
    pub question: String,
    /// Source.
    pub source: String,
    /// Table.
    pub table_name: String,
    /// Record.
    pub legacy_id: String,
    /// The record.
    pub subject: Json<Side>,
    /// What it may be.
    pub candidates: Json<Vec<Candidate>>,
    /// `candidate`, `none` or `withdrawn`; none when nobody decided.
    pub choice: Option<String>,
    /// The candidate chosen.
    pub candidate: Option<String>,
    /// Remark.
    pub note: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// Which doubts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// All.
    All,
    /// Not decided.
    #[default]
    Open,
    /// Decided.
    Decided,
}

const DOUBTS: &str = "from intake_doubt d left join lateral (
        select choice, candidate, note, decided_by, decided_at from intake_decision c
        where c.authority = d.authority and c.source = d.source and c.doubt_key = d.doubt_key
        order by c.seq desc limit 1) c on true
    where d.authority = $1 and d.run_id = $2";

/// Doubts behind `after`.
///
/// # Errors
/// A database error.
pub async fn doubts(
    tx: &mut TenantTx,
    authority: &str,
    run: Uuid,
    which: Which,
    after: i64,
    limit: i64,
) -> Result<Vec<Doubt>, IntakeError> {
    let decided = match which {
        Which::All => None,
        Which::Open => Some(false),
        Which::Decided => Some(true),
    };
    let sql = format!(
        "select d.seq, d.doubt_key, d.question, d.source, d.table_name, d.legacy_id, d.subject, d.candidates,
                c.choice, c.candidate, c.note, c.decided_by, c.decided_at
         {DOUBTS} and d.seq > $3
           and ($4::boolean is null or (coalesce(c.choice, 'withdrawn') <> 'withdrawn') = $4)
         order by d.seq limit $5"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(run)
        .bind(after)
        .bind(decided)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?)
}

/// One doubt by its key.
///
/// # Errors
/// [`IntakeError::Unknown`].
pub async fn doubt(
    tx: &mut TenantTx,
    authority: &str,
    run: Uuid,
    key: &str,
) -> Result<Doubt, IntakeError> {
    let sql = format!(
        "select d.seq, d.doubt_key, d.question, d.source, d.table_name, d.legacy_id, d.subject, d.candidates,
                c.choice, c.candidate, c.note, c.decided_by, c.decided_at
         {DOUBTS} and d.doubt_key = $3"
    );
    let found: Option<Doubt> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(run)
        .bind(key)
        .fetch_optional(tx.conn())
        .await?;
    found.ok_or(IntakeError::Unknown("该待核对项"))
}

/// Doubts of a run: all, and those decided.
///
/// # Errors
/// A database error.
pub async fn doubt_counts(
    tx: &mut TenantTx,
    authority: &str,
    run: Uuid,
) -> Result<(i64, i64), IntakeError> {
    let sql = format!(
        "select count(*), count(*) filter (where coalesce(c.choice, 'withdrawn') <> 'withdrawn') {DOUBTS}"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(run)
        .fetch_one(tx.conn())
        .await?)
}

/// Reasons for which rows were not taken, counted.
///
/// # Errors
/// A database error.
pub async fn reasons(
    tx: &mut TenantTx,
    authority: &str,
    run: Uuid,
) -> Result<BTreeMap<String, i64>, IntakeError> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select reason, count(*) from intake_record where authority = $1 and run_id = $2
           and outcome in ('rejected', 'doubtful') group by reason",
    )
    .bind(authority)
    .bind(run)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().collect())
}
