//! The changes of a parcel (宗地变更记录): every entry about a unit on it, newest first.

use chrono::{DateTime, Utc};
use dengbu_model::unit_code::ParcelCode;
use dengbu_store::TenantTx;

use crate::DistributionError;

/// A change.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Change {
    /// Unit.
    pub unit_code: String,
    /// Position among the unit's entries.
    pub unit_seq: i64,
    /// Moment of recording.
    pub recorded_at: DateTime<Utc>,
    /// From when it counts.
    pub effective_at: DateTime<Utc>,
    /// Kind of registration (登记类型, DJLX).
    pub registration_type: String,
    /// Our code of the right's type.
    pub right_type: String,
    /// Registration cause (登记原因, DJYY).
    pub cause: Option<String>,
    /// True when the entry made a right, false when it only ended one.
    pub creates: bool,
    /// Rights it ended.
    pub ended: i64,
    /// Case.
    pub case_no: Option<String>,
    /// Certificate number.
    pub certificate_no: Option<String>,
    /// Who recorded it.
    pub registrar: Option<String>,
    /// Where a title taken over came from: source, table, identifier there.
    pub source: Option<String>,
}

/// Place in the list: moment of recording, unit and position.
pub type Mark = (DateTime<Utc>, String, i64);

/// The changes before a mark, newest first, `limit` at most.
///
/// # Errors
/// A database error.
pub async fn changes(
    tx: &mut TenantTx,
    parcel: &ParcelCode,
    before: Option<&Mark>,
    limit: i64,
) -> Result<Vec<Change>, DistributionError> {
    let (at, unit, seq) = match before {
        Some((at, unit, seq)) => (Some(*at), unit.as_str(), *seq),
        None => (None, "", 0),
    };
    Ok(sqlx::query_as(
        "select e.unit_code, e.unit_seq, e.recorded_at,
                (b.body ->> 'effective_at')::timestamptz as effective_at,
                e.registration_type, e.right_type, b.body ->> 'cause' as cause,
                (b.body ->> 'creates')::boolean as creates,
                jsonb_array_length(b.body -> 'ends')::bigint as ended,
                e.case_no, b.body ->> 'certificate_no' as certificate_no,
                b.body -> 'registrar' ->> 'name' as registrar,
                b.body -> 'provenance' ->> 'source' as source
         from register_entry e, lateral (select e.body::jsonb as body) b
         where e.county = $1 and e.unit_code >= $2 and e.unit_code < $2 || '~'
           and ($3::timestamptz is null or (e.recorded_at, e.unit_code, e.unit_seq) < ($3, $4, $5))
         order by e.recorded_at desc, e.unit_code desc, e.unit_seq desc
         limit $6",
    )
    .bind(parcel.county().as_str())
    .bind(parcel.as_str())
    .bind(at)
    .bind(unit)
    .bind(seq)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}
