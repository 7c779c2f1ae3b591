//! Lists of cases: what waits for whom.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_store::TenantTx;
use uuid::Uuid;

use crate::CaseError;

/// A case as listed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CaseLine {
    /// Number.
    pub case_no: String,
    /// Authority of the land.
    pub authority: String,
    /// Business code.
    pub business: String,
    /// State.
    pub state: String,
    /// Step.
    pub step: String,
    /// How it came in.
    pub source: String,
    /// Where the units lie.
    pub address: String,
    /// Names of the holders.
    pub holders_summary: String,
    /// Names of the obligors.
    pub obligors_summary: String,
    /// Office point.
    pub office_id: Option<String>,
    /// Who took it.
    pub taken_by_name: String,
    /// Begun.
    pub created_at: DateTime<Utc>,
    /// Accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// Due.
    pub due_on: Option<NaiveDate>,
    /// Since when the clock stands; none while it runs.
    pub paused_at: Option<DateTime<Utc>>,
    /// Claimed by.
    pub assignee: Option<Uuid>,
    /// Their name.
    pub assignee_name: Option<String>,
    /// At this step since.
    pub arrived_at: DateTime<Utc>,
    /// Sent back.
    pub sent_back: bool,
    /// First unit.
    pub unit_code: Option<String>,
    /// Units.
    pub unit_count: i64,
}

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Box {
    /// Claimed by the person or by whom they stand in for, or open at one of their steps.
    Todo,
    /// Not claimed, at one of their steps.
    Pool,
    /// Cases in which the person made a move.
    Done,
    /// Cases the person took in.
    Taken,
    /// All in scope.
    All,
}

/// How far a person sees (同城通办). The scope of the transaction may be wider than this: the rows
/// of other places are there only for what follows.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Authorities and counties seen as a whole.
    pub own: Vec<String>,
    /// The office whose cases taken for other places are seen: authority and identity.
    pub desk: Option<(String, String)>,
    /// Steps of other authorities' cases lent to the person.
    pub lent: Vec<Lent>,
}

/// A step of one business of another authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lent {
    /// Authority of the land.
    pub authority: String,
    /// Business code.
    pub business: String,
    /// Step code.
    pub step: String,
}

/// What to list.
#[derive(Debug, Clone)]
pub struct Filter {
    /// How far the person sees.
    pub reach: Reach,
    /// Which list.
    pub which: Box,
    /// The person.
    pub staff_id: Uuid,
    /// For whom the person stands in today (代理).
    pub principals: Vec<Uuid>,
    /// Steps the person may take.
    pub steps: Vec<String>,
    /// Only this step.
    pub step: Option<String>,
    /// Only this business.
    pub business: Option<String>,
    /// Part of number, address or a name.
    pub text: Option<String>,
    /// Only those sent back.
    pub sent_back: Option<bool>,
    /// Only those due from this day on. A clock that stands is due on no day, and the limit is kept
    /// when the case is recorded (不动产登记暂行条例第二十一条): as on the supervisor's board.
    pub due_from: Option<NaiveDate>,
    /// Only those due up to this day.
    pub due_to: Option<NaiveDate>,
    /// Key of the last row of the page before: arrival and number.
    pub after: Option<(DateTime<Utc>, String)>,
    /// Rows at most.
    pub limit: i64,
}

const WHERE: &str = "
    (case $1
        when 'todo' then c.closed_at is null and (c.assignee = $2 or c.assignee = any($16) or (c.assignee is null and c.step = any($3)
             and (c.step <> 'acceptance' or c.taken_by = $2)))
        when 'pool' then c.closed_at is null and c.assignee is null and c.step = any($3)
        when 'done' then exists (select 1 from case_event e where e.county = c.county
             and e.case_no = c.case_no and e.actor_id = $2)
        when 'taken' then c.taken_by = $2
        else true end)
    and ($4::text is null or c.step = $4)
    and ($5::text is null or c.business = $5)
    and ($6::text is null or strpos(c.case_no, $6) > 0 or strpos(c.address, $6) > 0
         or strpos(c.holders_summary, $6) > 0 or strpos(c.obligors_summary, $6) > 0)
    and ($7::boolean is null or c.sent_back = $7)
    and ($8::date is null or (c.due_on >= $8 and c.paused_at is null and c.recorded_at is null))
    and ($9::date is null or (c.due_on <= $9 and c.paused_at is null and c.recorded_at is null))
    and (c.county = any($10) or $1 in ('done', 'taken')
         or (c.office_authority = $11 and c.office_id = $12 and ($1 = 'all' or c.step = 'acceptance'))
         or exists (select 1 from unnest($13::text[], $14::text[], $15::text[]) as l (a, b, s)
                    where l.a = c.authority and l.b = c.business and l.s = c.step))";

impl Box {
    fn code(self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::Pool => "pool",
            Self::Done => "done",
            Self::Taken => "taken",
            Self::All => "all",
        }
    }

    /// The list with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Todo, Self::Pool, Self::Done, Self::Taken, Self::All]
            .into_iter()
            .find(|b| b.code() == code)
    }
}

fn column(reach: &Reach, of: fn(&Lent) -> &str) -> Vec<String> {
    reach.lent.iter().map(|l| of(l).to_owned()).collect()
}

/// One page of a list, longest waiting first for work to do, newest first otherwise.
///
/// # Errors
/// A database error.
pub async fn list(tx: &mut TenantTx, f: &Filter) -> Result<Vec<CaseLine>, CaseError> {
    let (order, compare) = match f.which {
        Box::Todo | Box::Pool => ("asc", ">"),
        Box::Done | Box::Taken | Box::All => ("desc", "<"),
    };
    let sql = format!(
        "select c.case_no, c.authority, c.business, c.state, c.step, c.source, c.address, c.holders_summary,
                c.obligors_summary, c.office_id, c.taken_by_name, c.created_at, c.accepted_at, c.due_on, c.paused_at, c.assignee,
                c.assignee_name, c.arrived_at, c.sent_back,
                (select u.unit_code from case_unit u where u.county = c.county and u.case_no = c.case_no
                  order by u.ordinal limit 1) as unit_code,
                (select count(*) from case_unit u where u.county = c.county and u.case_no = c.case_no) as unit_count
         from registration_case c
         where {WHERE} and ($17::timestamptz is null or (c.arrived_at, c.case_no) {compare} ($17, $18))
         order by c.arrived_at {order}, c.case_no {order} limit $19"
    );
    let (at, no) = f
        .after
        .clone()
        .map_or((None, None), |(at, no)| (Some(at), Some(no)));
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(f.which.code())
        .bind(f.staff_id)
        .bind(&f.steps)
        .bind(&f.step)
        .bind(&f.business)
        .bind(&f.text)
        .bind(f.sent_back)
        .bind(f.due_from)
        .bind(f.due_to)
        .bind(&f.reach.own)
        .bind(f.reach.desk.as_ref().map(|d| &d.0))
        .bind(f.reach.desk.as_ref().map(|d| &d.1))
        .bind(column(&f.reach, |l| &l.authority))
        .bind(column(&f.reach, |l| &l.business))
        .bind(column(&f.reach, |l| &l.step))
        .bind(&f.principals)
        .bind(at)
        .bind(no)
        .bind(f.limit)
        .fetch_all(tx.conn())
        .await?)
}

/// How many cases fit, for the figures above the list.
///
/// # Errors
/// A database error.
pub async fn count(tx: &mut TenantTx, f: &Filter) -> Result<i64, CaseError> {
    let sql = format!("select count(*) from registration_case c where {WHERE}");
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(f.which.code())
        .bind(f.staff_id)
        .bind(&f.steps)
        .bind(&f.step)
        .bind(&f.business)
        .bind(&f.text)
        .bind(f.sent_back)
        .bind(f.due_from)
        .bind(f.due_to)
        .bind(&f.reach.own)
        .bind(f.reach.desk.as_ref().map(|d| &d.0))
        .bind(f.reach.desk.as_ref().map(|d| &d.1))
        .bind(column(&f.reach, |l| &l.authority))
        .bind(column(&f.reach, |l| &l.business))
        .bind(column(&f.reach, |l| &l.step))
        .bind(&f.principals)
        .fetch_one(tx.conn())
        .await?)
}

/// A case under way on a unit.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Pending {
    /// The unit.
    pub unit_code: String,
    /// The case.
    pub case_no: String,
    /// Business code.
    pub business: String,
    /// True when it disposes of the unit.
    pub exclusive: bool,
}

/// Cases under way on these units.
///
/// # Errors
/// A database error.
pub async fn pending(tx: &mut TenantTx, units: &[String]) -> Result<Vec<Pending>, CaseError> {
    let mut counties: Vec<&str> = units.iter().filter_map(|c| c.get(..6)).collect();
    counties.sort_unstable();
    counties.dedup();
    Ok(sqlx::query_as(
        "select u.unit_code, c.case_no, c.business, u.exclusive
         from case_unit u join registration_case c on c.county = u.county and c.case_no = u.case_no
         where u.county = any($1) and u.unit_code = any($2) and u.open order by c.case_no",
    )
    .bind(counties)
    .bind(units)
    .fetch_all(tx.conn())
    .await?)
}
