//! What people decided about doubtful links: kept by the question's key, for every later run.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use dengbu_store::TenantTx;
use serde::Serialize;
use uuid::Uuid;

use crate::results::{self, Doubt};
use crate::{Doing, IntakeError};

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The record belongs to this candidate.
    Candidate(String),
    /// It belongs to none of them.
    None,
    /// What was decided before is taken back.
    Withdrawn,
}

/// A decision as kept.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decision {
    /// Position among the decisions about the question.
    pub seq: i32,
    /// `candidate`, `none`, `withdrawn`.
    pub choice: String,
    /// The candidate.
    pub candidate: Option<String>,
    /// Remark.
    pub note: String,
    /// Who.
    pub decided_by: String,
    /// When.
    pub decided_at: DateTime<Utc>,
}

/// Decides a doubt of a run; gives it as it stands then.
///
/// # Errors
/// [`IntakeError::Field`] when the candidate is none of the doubt's; [`IntakeError::State`] when
/// there is nothing to take back.
pub async fn decide(
    tx: &mut TenantTx,
    run: Uuid,
    key: &str,
    choice: &Choice,
    note: &str,
    doing: &Doing<'_>,
) -> Result<Doubt, IntakeError> {
    let doubt = results::doubt(tx, doing.authority, run, key).await?;
    if note.chars().count() > 500 {
        return Err(IntakeError::field("/note", "说明不超过 500 字"));
    }
    let (code, candidate) = match choice {
        Choice::Candidate(reference) => {
            if !doubt.candidates.iter().any(|c| c.reference == *reference) {
                return Err(IntakeError::field("/candidate", "没有这个候选对象"));
            }
            ("candidate", Some(reference.as_str()))
        }
        Choice::None => ("none", None),
        Choice::Withdrawn => {
            if doubt.choice.as_deref().unwrap_or("withdrawn") == "withdrawn" {
                return Err(IntakeError::State(
                    "该项还没有核对结论，无需撤销".to_owned(),
                ));
            }
            ("withdrawn", None)
        }
    };
    let made = sqlx::query(
        "insert into intake_decision (authority, source, doubt_key, seq, choice, candidate, note, run_id, decided_by, decided_id, decided_at)
         select $1, $2, $3, coalesce(max(seq), 0) + 1, $4, $5, $6, $7, $8, $9, $10
         from intake_decision where authority = $1 and source = $2 and doubt_key = $3
         on conflict do nothing",
    )
    .bind(doing.authority)
    .bind(&doubt.source)
    .bind(key)
    .bind(code)
    .bind(candidate)
    .bind(note.trim())
    .bind(run)
    .bind(doing.name)
    .bind(doing.staff_id)
    .bind(doing.now)
    .execute(tx.conn())
    .await?;
    if made.rows_affected() == 0 {
        return Err(IntakeError::State(
            "该项刚刚由他人核对，请重新载入后再办理".to_owned(),
        ));
    }
    results::doubt(tx, doing.authority, run, key).await
}

/// All that was decided about a question, oldest first.
///
/// # Errors
/// A database error.
pub async fn history(
    tx: &mut TenantTx,
    authority: &str,
    source: &str,
    key: &str,
) -> Result<Vec<Decision>, IntakeError> {
    Ok(sqlx::query_as(
        "select seq, choice, candidate, note, decided_by, decided_at from intake_decision
         where authority = $1 and source = $2 and doubt_key = $3 order by seq",
    )
    .bind(authority)
    .bind(source)
    .bind(key)
    .fetch_all(tx.conn())
    .await?)
}

/// What stands decided for a source: key → candidate, or none of them.
///
/// # Errors
/// A database error.
pub async fn standing(
    tx: &mut TenantTx,
    authority: &str,
    source: &str,
) -> Result<BTreeMap<String, Option<String>>, IntakeError> {
    let rows: Vec<(String, Option<String>)> = sqlx::query_as(
        "select doubt_key, candidate from (
             select distinct on (doubt_key) doubt_key, choice, candidate from intake_decision
             where authority = $1 and source = $2 order by doubt_key, seq desc) t
         where choice <> 'withdrawn'",
    )
    .bind(authority)
    .bind(source)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().collect())
}
