//! The supervisor's board: cases near or past their limit, and reminders of them.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};
use dengbu_law::catalogue;
use dengbu_law::flow::{CaseState, Step};
use dengbu_model::time::date_in_shanghai;
use dengbu_staff::{Action, Actor, AuditRecord, deputy};
use dengbu_statistics::StatisticsError;
use dengbu_statistics::board::{self, Wanted, Watched};
use dengbu_statistics::level::Level;
use dengbu_statistics::store::{self, Reminder};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::statistics::{bounded, lights};
use crate::auth::Signed;
use crate::gather::{self, Names};
use crate::problem::Problem;
use crate::reply::{Body, Params};
use crate::state::App;
use crate::views::statistics::LightCount;
use crate::write::{self, Begun};

/// Cases reminded of at once, at most.
const URGED_MAX: usize = 100;
/// Reminders shown to a person, at most.
const SHOWN_MAX: i64 = 50;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(supervisor_board))
        .routes(routes!(list_reminders, urge_cases))
}

/// Which cases to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BoardQuery {
    /// Only this light.
    #[param(inline)]
    level: Option<LevelName>,
    /// Only this authority of jurisdiction.
    authority: Option<String>,
    /// Only this county.
    county: Option<String>,
    /// Only cases taken at this office point.
    office: Option<String>,
    /// Only this business.
    business: Option<String>,
    /// Only this step.
    step: Option<Step>,
    /// Only those claimed by this person; the nil UUID: by nobody.
    assignee: Option<Uuid>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// A light.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LevelName {
    /// Past its limit.
    Overdue,
    /// Due today.
    Red,
    /// Near its limit.
    Yellow,
    /// Time enough.
    Green,
    /// The clock stands.
    Paused,
}

impl From<LevelName> for Level {
    fn from(name: LevelName) -> Self {
        match name {
            LevelName::Overdue => Self::Overdue,
            LevelName::Red => Self::Red,
            LevelName::Yellow => Self::Yellow,
            LevelName::Green => Self::Green,
            LevelName::Paused => Self::Paused,
        }
    }
}

/// A case on the board; nobody's personal data.
#[derive(Debug, Serialize, ToSchema)]
pub struct WatchedCase {
    /// Number.
    case_no: String,
    /// Light.
    level: String,
    /// Light in Chinese.
    level_name: String,
    /// Working days left; negative when overdue.
    days_left: i32,
    /// Last day of the limit.
    due_on: Option<NaiveDate>,
    /// Business code.
    business: String,
    /// Business in Chinese.
    business_name: String,
    /// State in Chinese.
    state_name: String,
    /// Step.
    step: String,
    /// Step in Chinese.
    step_name: String,
    /// Where the units lie; for those who may see cases there.
    address: Option<String>,
    /// County.
    county_name: String,
    /// Authority of the land.
    authority_name: String,
    /// Office point that took it.
    office_name: Option<String>,
    /// Who took it.
    taken_by: String,
    /// Who has claimed it.
    assignee: Option<Uuid>,
    /// Their name.
    assignee_name: Option<String>,
    /// Accepted.
    accepted_at: DateTime<Utc>,
    /// At this step since.
    arrived_at: DateTime<Utc>,
    /// When somebody was last reminded of it at this step.
    reminded_at: Option<DateTime<Utc>>,
    /// True when the person may open it.
    may_open: bool,
}

/// Somebody with open cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssigneeCount {
    /// Who; the nil UUID for cases nobody has claimed.
    assignee: Uuid,
    /// Name.
    name: String,
    /// Cases near or past their limit.
    count: usize,
}

/// The board.
#[derive(Debug, Serialize, ToSchema)]
pub struct SupervisorBoard {
    /// Cases of each light, whatever light, step or person was asked for.
    counts: Vec<LightCount>,
    /// Who has cases near or past their limit, most first.
    assignees: Vec<AssigneeCount>,
    /// Cases, most urgent first.
    items: Vec<WatchedCase>,
    /// Where the next page begins.
    next_cursor: Option<String>,
}

fn row(w: &Watched, actor: &Actor, names: &Names) -> WatchedCase {
    let c = &w.case;
    let may_open = actor.may(Action::ReadCases, &c.authority, Some(&c.business));
    WatchedCase {
        case_no: c.case_no.clone(),
        level: w.level.code().to_owned(),
        level_name: w.level.name_zh().to_owned(),
        days_left: w.days_left,
        due_on: c.due_on,
        business: c.business.clone(),
        business_name: business_name(&c.business),
        state_name: CaseState::from_code(&c.state)
            .map_or("", CaseState::name_zh)
            .to_owned(),
        step: c.step.clone(),
        step_name: step_name(&c.step),
        address: may_open.then(|| c.address.clone()),
        county_name: names.counties.get(&c.county).unwrap_or(&c.county).clone(),
        authority_name: names.authority(&c.authority),
        office_name: names.office(&c.authority, c.office_id.as_deref()),
        taken_by: c.taken_by_name.clone(),
        assignee: c.assignee,
        assignee_name: c.assignee_name.clone(),
        accepted_at: c.accepted_at,
        arrived_at: c.arrived_at,
        reminded_at: c.reminded_at,
        may_open,
    }
}

fn business_name(code: &str) -> String {
    catalogue::business(code).map_or_else(|| code.to_owned(), |b| b.short_name.clone())
}

fn step_name(code: &str) -> String {
    Step::from_code(code).map_or("", Step::name_zh).to_owned()
}

/// Who has urgent cases.
fn assignees(all: &[Watched]) -> Vec<AssigneeCount> {
    let mut found: Vec<AssigneeCount> = Vec::new();
    for w in all.iter().filter(|w| w.level.urgent()) {
        let who = w.case.assignee.unwrap_or_default();
        match found.iter_mut().find(|a| a.assignee == who) {
            Some(known) => known.count += 1,
            None => found.push(AssigneeCount {
                assignee: who,
                name: w
                    .case
                    .assignee_name
                    .clone()
                    .unwrap_or_else(|| "待认领".to_owned()),
                count: 1,
            }),
        }
    }
    found.sort_by(|a, b| (b.count, a.assignee).cmp(&(a.count, b.assignee)));
    found
}

/// Cases not yet recorded by light, most urgent first.
#[utoipa::path(get, path = "/board/supervisor", operation_id = "supervisor_board", params(BoardQuery),
    responses((status = 200, body = SupervisorBoard), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn supervisor_board(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<BoardQuery>,
) -> Result<Json<SupervisorBoard>, Problem> {
    let actor = &signed.actor;
    signed.require(Action::ReadStatistics)?;
    let today = date_in_shanghai(actor.request.now);
    let mut tx = app.store().begin(&actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    let mut filter = bounded(
        actor,
        Action::ReadStatistics,
        &names,
        query.authority.as_deref(),
        query.county.as_deref(),
    )?;
    (filter.office, filter.business) = (query.office, query.business);
    let all = store::watched(&mut tx, filter, today).await?;
    let (counts, assignees) = (lights(&all), assignees(&all));
    let wanted = Wanted {
        level: query.level.map(Into::into),
        step: query.step.map(|s| s.code().to_owned()),
        assignee: query.assignee,
    };
    let mut rows = board::list(all, &wanted);
    if let Some(cursor) = &query.cursor {
        rows = board::after(rows, cursor).ok_or_else(|| {
            Problem::field("/cursor", "invalid_cursor", "翻页位置无效，请重新查询")
        })?;
    }
    let limit = super::limit(query.limit);
    let page = super::page(rows, limit, board::cursor);
    Ok(Json(SupervisorBoard {
        counts,
        assignees,
        items: page.items.iter().map(|w| row(w, actor, &names)).collect(),
        next_cursor: page.next_cursor,
    }))
}

/// A reminder of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReminderView {
    /// The case.
    case_no: String,
    /// `yellow`, `red`, `overdue` or `urged`.
    level: String,
    /// In Chinese.
    level_name: String,
    /// Business in Chinese.
    business_name: String,
    /// Step in Chinese.
    step_name: String,
    /// Where the units lie.
    address: String,
    /// Last day of the limit.
    due_on: NaiveDate,
    /// What the supervisor says.
    note: Option<String>,
    /// Who reminds.
    made_by: String,
    /// When.
    made_at: DateTime<Utc>,
}

/// Reminders of the person signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reminders {
    /// Newest first.
    items: Vec<ReminderView>,
}

fn reminder(r: Reminder) -> ReminderView {
    let level_name = Level::from_code(&r.level).map_or("催办", Level::name_zh);
    ReminderView {
        level_name: level_name.to_owned(),
        business_name: business_name(&r.business),
        step_name: step_name(&r.step),
        case_no: r.case_no,
        level: r.level,
        address: r.address,
        due_on: r.due_on,
        note: r.note,
        made_by: r.made_by_name,
        made_at: r.made_at,
    }
}

/// Reminders of cases that wait for the person signed in.
#[utoipa::path(get, path = "/board/reminders", operation_id = "list_reminders",
    responses((status = 200, body = Reminders), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_reminders(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<Reminders>, Problem> {
    signed.require(Action::ReadCases)?;
    let actor = &signed.actor;
    let steps: Vec<String> = Step::ALL
        .into_iter()
        .filter(|s| Action::for_step(s.code()).is_some_and(|a| actor.may_somewhere(a)))
        .map(|s| s.code().to_owned())
        .collect();
    let mut tx = app.store().begin(&actor.scope).await?;
    let today = date_in_shanghai(actor.request.now);
    let absent = deputy::principals(&mut tx, &actor.authority, actor.staff_id, today).await?;
    let absent: Vec<Uuid> = absent.into_iter().map(|c| c.staff_id).collect();
    let found = store::mine(&mut tx, actor.staff_id, &absent, &steps, SHOWN_MAX).await?;
    Ok(Json(Reminders {
        items: found.into_iter().map(reminder).collect(),
    }))
}

/// What a supervisor reminds of.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UrgeRequest {
    /// Cases not yet recorded, 100 at most.
    cases: Vec<String>,
    /// A word to who is to act.
    #[serde(default)]
    note: Option<String>,
}

/// What was reminded of.
#[derive(Debug, Serialize, ToSchema)]
pub struct Urged {
    /// Cases.
    count: usize,
}

/// Reminds of cases (催办): whoever is to act sees it in the inbox.
#[utoipa::path(post, path = "/board/reminders", operation_id = "urge_cases", request_body = UrgeRequest,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = Urged), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn urge_cases(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(given): Body<UrgeRequest>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::Supervise)?;
    let note = given
        .note
        .as_deref()
        .map(str::trim)
        .filter(|n| !n.is_empty());
    if note.is_some_and(|n| n.chars().count() > 200) {
        return Err(Problem::field(
            "/note",
            "too_long",
            "催办意见不能超过 200 字",
        ));
    }
    if given.cases.is_empty() || given.cases.len() > URGED_MAX {
        return Err(Problem::field(
            "/cases",
            "count",
            format!("请选择 1 至 {URGED_MAX} 件业务"),
        ));
    }
    let mut w = match write::begin(&app, actor, &headers, &("urge_cases", &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let names = gather::names(&mut w.tx).await?;
    let filter = bounded(actor, Action::Supervise, &names, None, None)?;
    let today = date_in_shanghai(actor.request.now);
    let all = store::watched(&mut w.tx, filter, today).await?;
    let mut chosen: Vec<Watched> = Vec::new();
    for case_no in &given.cases {
        let found = all.iter().find(|w| w.case.case_no == *case_no);
        let found = found.ok_or_else(|| StatisticsError::NotOpen(case_no.clone()))?;
        if !chosen.contains(found) {
            chosen.push(found.clone());
        }
    }
    store::urge(&mut w.tx, &chosen, note, &write::doing(actor)).await?;
    let record = AuditRecord::by(actor, "case.urged")
        .detail(serde_json::json!({ "cases": given.cases, "note": note }));
    w.finish(
        record,
        StatusCode::CREATED,
        &Urged {
            count: chosen.len(),
        },
    )
    .await
}
