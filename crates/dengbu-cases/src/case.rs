//! One case as stored.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_law::application::Application;
use dengbu_law::catalogue::{self, Business};
use dengbu_law::extra::ExtraMaterial;
use dengbu_law::flow::{CaseState, Move, Standing, Step, Taken};
use dengbu_model::unit_code::UnitCode;
use dengbu_store::TenantTx;
use serde_json::Value;
use uuid::Uuid;

use crate::CaseError;

/// A case (业务件).
#[derive(Debug, Clone)]
pub struct Case {
    /// County of its units.
    pub county: String,
    /// Number (受理编号, YWH).
    pub case_no: String,
    /// Registration authority.
    pub authority: String,
    /// The business.
    pub business: &'static Business,
    /// State.
    pub state: CaseState,
    /// Step.
    pub step: Step,
    /// Version for optimistic concurrency.
    pub version: i64,
    /// How it came in.
    pub source: String,
    /// The application.
    pub application: Application,
    /// The right it acts on.
    pub target_right_id: Option<Uuid>,
    /// Where the units lie.
    pub address: String,
    /// Office point that took it.
    pub office_id: Option<String>,
    /// The authority that office belongs to; another than [`Case::authority`] where the case was
    /// taken for another place of the city (同城通办).
    pub office_authority: String,
    /// Name of the office as it was then.
    pub office_name: Option<String>,
    /// Who took it.
    pub taken_by: Uuid,
    /// Their name.
    pub taken_by_name: String,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it was first accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// From when the limit counts.
    pub clock_start: Option<DateTime<Utc>>,
    /// Last day of the committed limit.
    pub due_on: Option<NaiveDate>,
    /// Since when the clock stands; none while it runs.
    pub paused_at: Option<DateTime<Utc>>,
    /// Who has claimed it.
    pub assignee: Option<Uuid>,
    /// Their name.
    pub assignee_name: Option<String>,
    /// When it came to this step.
    pub arrived_at: DateTime<Utc>,
    /// True when it was sent back.
    pub sent_back: bool,
    /// When it was recorded.
    pub recorded_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// Archive number (档案号, DAH).
    pub archive_no: Option<String>,
    /// Units, in order.
    pub units: Vec<UnitCode>,
    /// Events, in order.
    pub events: Vec<Event>,
    /// What the authority asked for on top of the catalogue when the case was begun.
    pub extra_materials: Vec<ExtraMaterial>,
}

/// A move that was made.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Event {
    /// Position.
    pub seq: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor_id: Uuid,
    /// Their name.
    pub actor_name: String,
    /// What.
    pub action: String,
    /// At which step.
    pub step: String,
    /// State before.
    pub from_state: String,
    /// State after.
    pub to_state: String,
    /// Step after.
    pub to_step: String,
    /// Opinion (审核意见).
    pub opinion: Option<String>,
    /// Reason.
    pub reason: Option<String>,
    /// More.
    pub detail: Option<Value>,
}

impl Case {
    /// The steps already taken, for the four-eyes test. Only moves forward count.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        self.events
            .iter()
            .filter(|e| {
                Move::ALL
                    .into_iter()
                    .find(|m| m.code() == e.action)
                    .is_some_and(|m| !m.needs_reason())
            })
            .filter_map(|e| {
                Some(Taken {
                    step: Step::from_code(&e.step)?,
                    by: e.actor_id,
                })
            })
            .collect()
    }

    /// The case as the flow sees it.
    #[must_use]
    pub fn standing<'a>(&self, taken: &'a [Taken]) -> Standing<'a> {
        Standing {
            business: self.business,
            state: self.state,
            step: self.step,
            taken,
        }
    }

    /// True while the application may be changed.
    #[must_use]
    pub fn editable(&self) -> bool {
        self.step == Step::Acceptance && !self.state.is_final()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    county: String,
    case_no: String,
    authority: String,
    business: String,
    state: String,
    step: String,
    version: i64,
    source: String,
    application: sqlx::types::Json<Application>,
    target_right_id: Option<Uuid>,
    address: String,
    office_id: Option<String>,
    office_authority: Option<String>,
    office_name: Option<String>,
    extra_materials: sqlx::types::Json<Vec<ExtraMaterial>>,
    taken_by: Uuid,
    taken_by_name: String,
    created_at: DateTime<Utc>,
    accepted_at: Option<DateTime<Utc>>,
    clock_start: Option<DateTime<Utc>>,
    due_on: Option<NaiveDate>,
    paused_at: Option<DateTime<Utc>>,
    assignee: Option<Uuid>,
    assignee_name: Option<String>,
    arrived_at: DateTime<Utc>,
    sent_back: bool,
    recorded_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    archive_no: Option<String>,
}

const COLUMNS: &str = "county, case_no, authority, business, state, step, version, source, application, \
     target_right_id, address, office_id, taken_by, taken_by_name, created_at, accepted_at, clock_start, \
     due_on, paused_at, assignee, assignee_name, arrived_at, sent_back, recorded_at, closed_at, archive_no, \
     office_authority, office_name, extra_materials";

/// Loads a case; with `lock` its row is locked until the transaction ends.
///
/// # Errors
/// [`CaseError::Unknown`] when there is none in scope.
pub async fn load(tx: &mut TenantTx, case_no: &str, lock: bool) -> Result<Case, CaseError> {
    let unknown = || CaseError::Unknown(case_no.to_owned());
    if case_no.len() != 20 || !case_no.bytes().all(|b| b.is_ascii_digit()) {
        return Err(unknown());
    }
    let county = &case_no[..6];
    let suffix = if lock { " for update" } else { "" };
    let sql = format!(
        "select {COLUMNS} from registration_case where county = $1 and case_no = $2{suffix}"
    );
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(county)
        .bind(case_no)
        .fetch_optional(tx.conn())
        .await?;
    let row = row.ok_or_else(unknown)?;
    let units: Vec<String> = sqlx::query_scalar(
        "select unit_code from case_unit where county = $1 and case_no = $2 order by ordinal",
    )
    .bind(county)
    .bind(case_no)
    .fetch_all(tx.conn())
    .await?;
    let events: Vec<Event> = sqlx::query_as(
        "select seq, at, actor_id, actor_name, action, step, from_state, to_state, to_step, opinion, reason, detail
         from case_event where county = $1 and case_no = $2 order by seq",
    )
    .bind(county)
    .bind(case_no)
    .fetch_all(tx.conn())
    .await?;
    assemble(row, units, events)
}

fn assemble(row: Row, units: Vec<String>, events: Vec<Event>) -> Result<Case, CaseError> {
    let unreadable = |what: &str| {
        CaseError::Register(dengbu_register::RegisterError::Unreadable {
            entry: row.case_no.clone(),
            reason: what.to_owned(),
        })
    };
    let business = catalogue::business(&row.business)
        .ok_or_else(|| CaseError::UnknownBusiness(row.business.clone()))?;
    let state = CaseState::from_code(&row.state).ok_or_else(|| unreadable("state"))?;
    let step = Step::from_code(&row.step).ok_or_else(|| unreadable("step"))?;
    let units = units
        .iter()
        .map(|u| UnitCode::parse(u).map_err(|_| unreadable("unit code")))
        .collect::<Result<_, _>>()?;
    Ok(Case {
        county: row.county,
        case_no: row.case_no,
        office_authority: row
            .office_authority
            .unwrap_or_else(|| row.authority.clone()),
        office_name: row.office_name,
        extra_materials: row.extra_materials.0,
        authority: row.authority,
        business,
        state,
        step,
        version: row.version,
        source: row.source,
        application: row.application.0,
        target_right_id: row.target_right_id,
        address: row.address,
        office_id: row.office_id,
        taken_by: row.taken_by,
        taken_by_name: row.taken_by_name,
        created_at: row.created_at,
        accepted_at: row.accepted_at,
        clock_start: row.clock_start,
        due_on: row.due_on,
        paused_at: row.paused_at,
        assignee: row.assignee,
        assignee_name: row.assignee_name,
        arrived_at: row.arrived_at,
        sent_back: row.sent_back,
        recorded_at: row.recorded_at,
        closed_at: row.closed_at,
        archive_no: row.archive_no,
        units,
        events,
    })
}

/// Refuses when the caller saw another version.
///
/// # Errors
/// [`CaseError::Stale`].
pub fn require_version(case: &Case, seen: i64) -> Result<(), CaseError> {
    if case.version == seen {
        Ok(())
    } else {
        Err(CaseError::Stale {
            current: case.version,
        })
    }
}
