//! Cases: lists, one case, its application, checks and moves.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};
use dengbu_cases::case::{self, Case};
use dengbu_cases::inbox::{self, Filter};
use dengbu_cases::open::NewCase;
use dengbu_cases::{Doing, check, clock, days, draft, joint, materials, notices, open};
use dengbu_law::application::Application;
use dengbu_law::catalogue;
use dengbu_law::flow::{self, CaseState, Move, Step};
use dengbu_law::rules::Violation;
use dengbu_model::time::date_in_shanghai;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::certificates;
use dengbu_staff::{Action, Actor, AuditRecord, audit, deputy};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{cursor_moment, limit, page};
use crate::auth::Signed;
use crate::crossing;
use crate::gather;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::views::case as view;
use crate::views::case::{CaseSummary, CaseView};
use crate::write::{self, Begun, if_match};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_cases, create_case))
        .routes(routes!(read_case))
        .routes(routes!(save_application))
        .routes(routes!(check_case))
}

/// Which cases to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseQuery {
    /// `todo`, `pool`, `done`, `taken` or `all`.
    #[serde(rename = "box")]
    #[param(inline)]
    which: Option<BoxName>,
    /// Only this step.
    step: Option<String>,
    /// Only this business.
    business: Option<String>,
    /// Part of number, address or name.
    q: Option<String>,
    /// `overdue`, `today` or `soon`.
    #[param(inline)]
    due: Option<Due>,
    /// Only those sent back.
    sent_back: Option<bool>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// A list of cases.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoxName {
    /// To do.
    Todo,
    /// Not claimed.
    Pool,
    /// Done.
    Done,
    /// Taken in.
    Taken,
    /// All.
    All,
}

impl From<BoxName> for inbox::Box {
    fn from(b: BoxName) -> Self {
        match b {
            BoxName::Todo => Self::Todo,
            BoxName::Pool => Self::Pool,
            BoxName::Done => Self::Done,
            BoxName::Taken => Self::Taken,
            BoxName::All => Self::All,
        }
    }
}

/// How close the limit is.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Past.
    Overdue,
    /// Today.
    Today,
    /// Within three days.
    Soon,
}

/// A page of cases with the figures above the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CasePage {
    /// Rows.
    items: Vec<CaseSummary>,
    /// Where the next page begins.
    next_cursor: Option<String>,
    /// Figures.
    counts: Counts,
}

/// Figures above the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Counts {
    /// To do.
    todo: i64,
    /// Not claimed.
    pool: i64,
    /// Overdue, of those to do.
    overdue: i64,
    /// Due today, of those to do.
    today: i64,
    /// Sent back, of those to do.
    sent_back: i64,
}

/// Steps the person may take somewhere.
fn own_steps(actor: &Actor) -> Vec<String> {
    Step::ALL
        .into_iter()
        .filter(|s| Action::for_step(s.code()).is_some_and(|a| actor.may_somewhere(a)))
        .map(|s| s.code().to_owned())
        .collect()
}

/// Lists cases.
#[utoipa::path(get, path = "/cases", operation_id = "list_cases", params(CaseQuery),
    responses((status = 200, body = CasePage), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_cases(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<CaseQuery>,
) -> Result<Json<CasePage>, Problem> {
    signed.require(Action::ReadCases)?;
    let actor = &signed.actor;
    let today = date_in_shanghai(actor.request.now);
    let rows = limit(query.limit);
    let (due_from, due_to) = window(query.due, today);
    let clean = |t: &Option<String>| {
        t.as_deref()
            .map(str::trim)
            .filter(|t| !t.is_empty() && !t.contains('\0'))
            .map(str::to_owned)
    };
    let (scope, reach) = crossing::for_lists(&app, actor).await?;
    let mut tx = app.store().begin(&scope).await?;
    let absent = deputy::principals(&mut tx, &actor.authority, actor.staff_id, today).await?;
    let filter = Filter {
        reach,
        which: query.which.unwrap_or(BoxName::Todo).into(),
        staff_id: actor.staff_id,
        principals: absent.into_iter().map(|c| c.staff_id).collect(),
        steps: own_steps(actor),
        step: clean(&query.step),
        business: clean(&query.business),
        text: clean(&query.q),
        sent_back: query.sent_back,
        due_from,
        due_to,
        after: query.cursor.as_deref().map(cursor).transpose()?,
        limit: rows + 1,
    };
    let lines = inbox::list(&mut tx, &filter).await?;
    let counts = counts(&mut tx, &filter, today).await?;
    let calendar = days::calendar(&mut tx, &actor.authority).await?;
    let names = gather::names(&mut tx).await?;
    let page = page(lines, rows, |l| {
        format!("{}~{}", l.arrived_at.timestamp_micros(), l.case_no)
    });
    Ok(Json(CasePage {
        items: page
            .items
            .iter()
            .map(|l| view::summary(l, &calendar, &names, today))
            .collect(),
        next_cursor: page.next_cursor,
        counts,
    }))
}

fn window(due: Option<Due>, today: NaiveDate) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let later = |days| today.checked_add_days(chrono::Days::new(days));
    match due {
        None => (None, None),
        Some(Due::Overdue) => (None, today.pred_opt()),
        Some(Due::Today) => (Some(today), Some(today)),
        Some(Due::Soon) => (Some(today), later(3)),
    }
}

fn cursor(text: &str) -> Result<(DateTime<Utc>, String), Problem> {
    let wrong = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "bad_cursor",
            "翻页标记无效，请从第一页重新查询",
        )
    };
    let (at, no) = text.split_once('~').ok_or_else(wrong)?;
    let at = cursor_moment(at).ok_or_else(wrong)?;
    if no.len() != 20 || !no.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    Ok((at, no.to_owned()))
}

async fn counts(tx: &mut TenantTx, filter: &Filter, today: NaiveDate) -> Result<Counts, Problem> {
    let bare = Filter {
        which: inbox::Box::Todo,
        step: None,
        business: None,
        text: None,
        sent_back: None,
        due_from: None,
        due_to: None,
        after: None,
        ..filter.clone()
    };
    let one = |f: Filter| f;
    Ok(Counts {
        todo: inbox::count(tx, &bare).await?,
        pool: inbox::count(
            tx,
            &one(Filter {
                which: inbox::Box::Pool,
                ..bare.clone()
            }),
        )
        .await?,
        overdue: inbox::count(
            tx,
            &one(Filter {
                due_to: today.pred_opt(),
                ..bare.clone()
            }),
        )
        .await?,
        today: inbox::count(
            tx,
            &one(Filter {
                due_from: Some(today),
                due_to: Some(today),
                ..bare.clone()
            }),
        )
        .await?,
        sent_back: inbox::count(
            tx,
            &one(Filter {
                sent_back: Some(true),
                ..bare.clone()
            }),
        )
        .await?,
    })
}

/// A case to be begun.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCaseRequest {
    /// Business code.
    business: String,
    /// Unit codes.
    units: Vec<UnitCode>,
    /// The right acted on, where there are several.
    #[serde(default)]
    target_right_id: Option<Uuid>,
}

/// Begins a case as a draft filled from the register.
#[utoipa::path(post, path = "/cases", operation_id = "create_case", request_body = NewCaseRequest,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn create_case(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(request): Body<NewCaseRequest>,
) -> Result<Response, Problem> {
    signed.require(Action::TakeCase)?;
    let signed = crossing::on_land(&app, signed).await?;
    let actor = &signed.actor;
    let business = catalogue::business(&request.business)
        .ok_or_else(|| Problem::field("/business", "unknown_business", "业务目录中没有这项业务"))?;
    let mut w = match write::begin(&app, actor, &headers, &("create_case", &request)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let names = gather::names(&mut w.tx).await?;
    let first = request
        .units
        .first()
        .ok_or_else(|| Problem::field("/units", "required", "请选择不动产单元"))?;
    let authority = names.authority_for(first.county().as_str())?.to_owned();
    signed.require_at(Action::TakeCase, &authority, Some(&business.code))?;
    let county = first.county().as_str().to_owned();
    crossing::require_desk(&mut w.tx, actor, &authority, &county, business).await?;
    let source = if business.code.starts_with("800") {
        "court"
    } else {
        "counter"
    };
    let new = NewCase {
        business: request.business,
        units: request.units,
        target_right_id: request.target_right_id,
        authority,
        office_id: actor.office.clone(),
        office_authority: actor.authority.clone(),
        office_name: names.office(&actor.authority, actor.office.as_deref()),
        source: source.to_owned(),
    };
    let doing = write::doing(actor);
    let case_no = open::open(&mut w.tx, &new, &doing).await?;
    let case = case::load(&mut w.tx, &case_no, false).await?;
    let view = whole(&mut w.tx, &case, actor, &doing).await?;
    let record = AuditRecord::by(actor, "case.created")
        .on("case", &case_no)
        .county(&case.county);
    w.finish(record, StatusCode::CREATED, &view).await
}

/// Units that are shown with the case itself.
const UNITS_SHOWN: usize = 20;

/// Puts a case together as this person sees it.
pub(super) async fn whole(
    tx: &mut TenantTx,
    case: &Case,
    actor: &Actor,
    doing: &Doing<'_>,
) -> Result<CaseView, Problem> {
    let today = doing.today();
    let names = gather::names(tx).await?;
    let states = check::units(tx, case).await?;
    let calendar = days::calendar(tx, &case.authority).await?;
    let checks = if case.step.after_recording() || case.state.is_final() {
        check::at_recording(case).map_or_else(Vec::new, |c| c.violations)
    } else {
        check::on(case, &states, &calendar, doing)
    };
    let mut units = Vec::with_capacity(case.units.len());
    for code in case.units.iter().take(UNITS_SHOWN) {
        units.push(gather::whole(tx, code, &names, today).await?.detail);
    }
    let papers = materials::list(tx, case).await?;
    let received: Vec<String> = papers.iter().map(|m| m.item.clone()).collect();
    let issued = certificates::of_case(tx, &case.county, &case.case_no).await?;
    let due = view::Clock {
        due_on: case.due_on,
        paused_at: case.paused_at,
        closed: case.recorded_at.is_some() || case.state.is_final(),
        limit: names.committed_days(&case.authority, case.business),
    };
    let (days_left, light) = due.read(&calendar, today);
    let pauses = clock::pauses(tx, case).await?;
    let joined = joint::fellows(tx, case).await?;
    let absent = super::hands::stands_in(tx, actor, case).await?;
    let standing_for = absent.as_ref().map(|a| a.staff_id);
    let explain = notices::needs_reason(tx, case, today).await?;
    let keeps_clock = super::suspensions::may_keep(actor, case);
    let may = |m: Move| may_move(actor, case, m);
    Ok(CaseView {
        case_no: case.case_no.clone(),
        version: case.version,
        business: case.business.code.clone(),
        business_name: case.business.short_name.clone(),
        state: case.state.code().to_owned(),
        state_name: case.state.name_zh().to_owned(),
        step: case.step.code().to_owned(),
        step_name: case.step.name_zh().to_owned(),
        authority: case.authority.clone(),
        authority_name: names.authority(&case.authority),
        office_id: case.office_id.clone(),
        office_name: case
            .office_name
            .clone()
            .or_else(|| names.office(&case.office_authority, case.office_id.as_deref())),
        office_authority_name: (case.office_authority != case.authority)
            .then(|| names.authority(&case.office_authority)),
        taken_by: case.taken_by_name.clone(),
        created_at: case.created_at,
        accepted_at: case.accepted_at,
        due_on: case.due_on,
        days_left,
        light: light.to_owned(),
        assignee: case.assignee_name.clone(),
        sent_back: case.sent_back,
        editable: case.editable() && may(Move::Submit),
        pauses: pauses.into_iter().map(Into::into).collect(),
        joined: joined.into_iter().map(Into::into).collect(),
        may_join: super::joint::may_join(actor, case),
        standing_for: absent.map(|a| a.name),
        may_hand: super::hands::may_hand(actor, case),
        may_suspend: keeps_clock && flow::may_suspend(&case.standing(&[])),
        may_resume: keeps_clock && case.state == CaseState::Suspended,
        recorded_at: case.recorded_at,
        archive_no: case.archive_no.clone(),
        application: case.application.clone(),
        unit_count: case.units.len(),
        units,
        checklist: case
            .checklist(&states, today)
            .into_iter()
            .map(|c| view::ChecklistView {
                code: c.item.code.clone(),
                name: c.item.name.clone(),
                required: c.required,
                condition: c.item.condition.clone(),
                shared_from: c.item.shared_from.clone(),
                received: received.contains(&c.item.code),
            })
            .collect(),
        materials: papers.iter().map(|m| view::material(case, m)).collect(),
        events: view::events(case),
        checks,
        results: issued.iter().map(view::result).collect(),
        allowed_actions: view::actions(case, actor.staff_id, standing_for, explain, may),
        papers: super::papers::links(case),
    })
}

/// Whether the person holds the post that makes this move at this step.
pub(super) fn may_move(actor: &Actor, case: &Case, action: Move) -> bool {
    let at = |step: Step| {
        Action::for_step(step.code())
            .is_some_and(|a| actor.may(a, &case.authority, Some(&case.business.code)))
    };
    match action {
        // the applicants come to the counter to withdraw (条例第十五条)
        Move::Withdraw => at(Step::Acceptance) || at(case.step),
        _ => at(case.step),
    }
}

/// One case; each reading is recorded.
#[utoipa::path(get, path = "/cases/{case_no}", operation_id = "read_case",
    params(("case_no" = String, Path, description = "20-digit case number")),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_case(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
) -> Result<Json<CaseView>, Problem> {
    signed.require(Action::ReadCases)?;
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let case = case::load(&mut tx, &case_no, false).await?;
    let view = whole(&mut tx, &case, actor, &write::doing(actor)).await?;
    let record = AuditRecord::by(actor, "case.read")
        .on("case", &case_no)
        .county(&case.county);
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(Json(view))
}

/// Saves the application of a case under acceptance.
#[utoipa::path(put, path = "/cases/{case_no}/application", operation_id = "save_application", request_body = Application,
    params(("case_no" = String, Path, description = "20-digit case number"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn save_application(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    headers: HeaderMap,
    Body(application): Body<Application>,
) -> Result<Response, Problem> {
    signed.require(Action::TakeCase)?;
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let seen = if_match(&headers)?;
    let mut w = match write::begin(
        &app,
        actor,
        &headers,
        &("save", &case_no, seen, &application),
    )
    .await?
    {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let doing = write::doing(actor);
    let before = case::load(&mut w.tx, &case_no, true).await?;
    signed.require_at(
        Action::TakeCase,
        &before.authority,
        Some(&before.business.code),
    )?;
    let case = draft::save(&mut w.tx, &case_no, seen, application, &doing).await?;
    let view = whole(&mut w.tx, &case, actor, &doing).await?;
    let record = AuditRecord::by(actor, "case.updated")
        .on("case", &case_no)
        .county(&case.county);
    w.finish(record, StatusCode::OK, &view).await
}

/// What the rules say.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckResult {
    /// Violations, hardest first.
    violations: Vec<Violation>,
    /// When the rules were run: now, or when the case was recorded.
    checked_at: DateTime<Utc>,
}

/// Runs the rules on the application as saved, and writes nothing. Once the case is recorded
/// its units have moved on: the answer is then what the rules said at the recording. A case
/// that ended without recording is checked no more (409).
#[utoipa::path(get, path = "/cases/{case_no}/checks", operation_id = "check_case",
    params(("case_no" = String, Path, description = "20-digit case number")),
    responses((status = 200, body = CheckResult), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn check_case(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
) -> Result<Json<CheckResult>, Problem> {
    signed.require(Action::ReadCases)?;
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let case = case::load(&mut tx, &case_no, false).await?;
    if case.step.after_recording() || case.state.is_final() {
        let then = check::at_recording(&case).ok_or_else(|| not_checked(&case))?;
        return Ok(Json(CheckResult {
            violations: then.violations,
            checked_at: then.at,
        }));
    }
    let doing = write::doing(&signed.actor);
    let violations = check::violations(&mut tx, &case, &doing).await?;
    Ok(Json(CheckResult {
        violations,
        checked_at: doing.now,
    }))
}

fn not_checked(case: &Case) -> Problem {
    let why = if case.recorded_at.is_some() {
        "业务件已登簿，登簿时的检查结果没有留存".to_owned()
    } else {
        format!("业务件{}，不再进行检查", case.state.name_zh())
    };
    Problem::new(StatusCode::CONFLICT, "checks_over", why)
        .detail("登记簿的现状请在不动产单元页面查看。")
}
