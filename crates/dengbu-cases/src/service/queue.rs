//! Who waits to be served, over all cases of the scope (待送达).

use chrono::{Days, NaiveDate};
use dengbu_law::service::ServedDocument;
use dengbu_store::TenantTx;

use crate::CaseError;

/// A person who waits for a document.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// Case.
    pub case_no: String,
    /// Authority of the land.
    pub authority: String,
    /// Business code.
    pub business: String,
    /// Where the units lie.
    pub unit_address: String,
    /// The event that made the document.
    pub event_seq: i32,
    /// The person's position.
    pub person: i32,
    /// Document code.
    pub document: String,
    /// The day of the decision.
    pub decided_on: NaiveDate,
    /// Name.
    pub name: String,
    /// What their side is called.
    pub side_name: String,
    /// The day on which a public notice serves; none where nothing has succeeded.
    pub served_on: Option<NaiveDate>,
    /// Attempts that failed.
    pub failures: i64,
    /// Why the last of them failed.
    pub last_failure: Option<String>,
}

/// Place of a row in the order of the list.
pub type Key = (NaiveDate, String, i32, i32);

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this document.
    pub document: Option<ServedDocument>,
    /// Only decisions at least so many days old.
    pub older_than: Option<u32>,
    /// True: those for whom a public notice runs, instead of those with nothing done.
    pub published: bool,
    /// The last row of the page before.
    pub after: Option<Key>,
    /// Rows at most.
    pub limit: i64,
}

/// A page of those who wait, the oldest decision first. A request for corrections that was
/// answered (补正) has done its work, and one of a case that ended has none.
///
/// # Errors
/// A database error.
pub async fn list(
    tx: &mut TenantTx,
    filter: &Filter,
    today: NaiveDate,
) -> Result<Vec<Waiting>, CaseError> {
    let open = if filter.published {
        "p.served_on > $1"
    } else {
        "p.served_on is null"
    };
    let sql = format!(
        "select c.case_no, c.authority, c.business, c.address as unit_address, p.event_seq, p.person, p.document,
                p.decided_on, p.name, p.side_name, p.served_on, coalesce(f.failures, 0) as failures, f.last_failure
         from case_service_person p
         join registration_case c on c.county = p.county and c.case_no = p.case_no
         left join lateral (
             select count(*) as failures, (array_agg(s.reason order by s.attempt desc))[1] as last_failure
             from case_service s
             where s.county = p.county and s.case_no = p.case_no and s.event_seq = p.event_seq
               and s.person = p.person and s.result = 'failed'
               and not exists (select 1 from case_service u where u.county = s.county and u.case_no = s.case_no
                     and u.event_seq = s.event_seq and u.person = s.person and u.annuls = s.attempt)) f on true
         where {open} and $1::date is not null
           and (p.document <> 'correction' or c.closed_at is null and not exists (
                select 1 from case_event e where e.county = p.county and e.case_no = p.case_no
                  and e.seq > p.event_seq and e.action = 'submit'))
           and ($2::text is null or p.document = $2) and ($3::date is null or p.decided_on <= $3)
           and ($4::date is null or (p.decided_on, p.case_no, p.event_seq, p.person) > ($4, $5, $6, $7))
         order by p.decided_on, p.case_no, p.event_seq, p.person limit $8"
    );
    let until = filter
        .older_than
        .and_then(|days| today.checked_sub_days(Days::new(u64::from(days))));
    let (day, case_no, seq, person) = match &filter.after {
        Some((d, c, s, p)) => (Some(*d), Some(c), Some(*s), Some(*p)),
        None => (None, None, None, None),
    };
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(today)
        .bind(filter.document.map(ServedDocument::code))
        .bind(until)
        .bind(day)
        .bind(case_no)
        .bind(seq)
        .bind(person)
        .bind(filter.limit)
        .fetch_all(tx.conn())
        .await?)
}
