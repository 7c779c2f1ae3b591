//! Automatic decisions (秒批): cases over interfaces, switches, and what is looked at afterwards.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use dengbu_cases::automatic::{self, SharedData, Switch};
use dengbu_cases::moves::Promise;
use dengbu_cases::open::{self, NewCase};
use dengbu_cases::{case, draft, promise, reasoning};
use dengbu_law::application::Application;
use dengbu_law::automatic::Ground;
use dengbu_law::catalogue::{self, Business};
use dengbu_model::unit_code::UnitCode;
use dengbu_register::certificates;
use dengbu_staff::{Action, AuditRecord, audit};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{Page, cursor_moment, limit, page};
use crate::auth::Signed;
use crate::crossing;
use crate::gather;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(take_instant_case))
        .routes(routes!(list_switches))
        .routes(routes!(set_switch))
        .routes(routes!(list_after_checks))
        .routes(routes!(read_after_check, note_after_check))
}

/// A case given whole, with shared data in place of papers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstantRequest {
    /// Business code.
    business: String,
    /// Unit codes.
    units: Vec<UnitCode>,
    /// The right acted on, where there are several.
    #[serde(default)]
    target_right_id: Option<Uuid>,
    /// The application; absent: as the register fills it in.
    #[serde(default)]
    application: Option<Application>,
    /// What departments vouch for.
    #[serde(default)]
    #[schema(value_type = Vec<SharedDataView>)]
    evidence: Vec<SharedData>,
}

/// Data that a department gives in place of a paper.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SharedDataView {
    /// Item of the checklist.
    pub item: String,
    /// Who vouches for it, such as 税务.
    pub source: String,
    /// Its reference there.
    pub reference: String,
    /// What it says.
    pub data: Option<Value>,
}

/// One thing that was weighed.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroundView {
    /// `switch`, `fields`, `material` or `rule`.
    kind: String,
    /// Which: item, field or rule.
    what: String,
    /// True when it lets the case pass.
    clear: bool,
    /// What was found.
    finding: String,
    /// Article.
    law: Option<String>,
}

impl From<Ground> for GroundView {
    fn from(g: Ground) -> Self {
        Self {
            kind: g.kind,
            what: g.what,
            clear: g.clear,
            finding: g.finding,
            law: g.law,
        }
    }
}

/// What came of a case given whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstantOutcome {
    /// Case number.
    case_no: String,
    /// True when it was decided and recorded without a person.
    granted: bool,
    /// State of the case.
    state: String,
    /// Step of the case.
    step: String,
    /// Numbers of certificates and proofs.
    certificates: Vec<String>,
    /// What was weighed; when not granted, those that are not clear are the reasons.
    grounds: Vec<GroundView>,
}

/// Takes a case over an interface and decides it at once where the rules allow it; else it
/// waits as a draft at the authority's counter, with the reasons.
#[utoipa::path(post, path = "/instant-cases", operation_id = "take_instant_case", request_body = InstantRequest,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = InstantOutcome), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn take_instant_case(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(request): Body<InstantRequest>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::TakeCase)?;
    let business = catalogue::business(&request.business)
        .ok_or_else(|| Problem::field("/business", "unknown_business", "业务目录中没有这项业务"))?;
    let mut w = match write::begin(&app, actor, &headers, &("instant", &request)).await? {
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
    let new = NewCase {
        business: request.business.clone(),
        units: request.units,
        target_right_id: request.target_right_id,
        authority: authority.clone(),
        office_id: actor.office.clone(),
        office_authority: actor.authority.clone(),
        office_name: names.office(&actor.authority, actor.office.as_deref()),
        source: "interface".to_owned(),
    };
    let doing = write::doing(actor);
    let case_no = open::open(&mut w.tx, &new, &doing).await?;
    let mut begun = case::load(&mut w.tx, &case_no, false).await?;
    if let Some(application) = request.application {
        begun = draft::save(&mut w.tx, &case_no, begun.version, application, &doing).await?;
    }
    let settings = promise::settings(&mut w.tx, &authority).await?;
    automatic::share(
        &mut w.tx,
        &begun,
        &request.evidence,
        &actor.username,
        &settings,
        &doing,
    )
    .await?;
    let promise = Promise {
        committed_days: promise::committed(&settings, business),
    };
    let decided = automatic::decide(
        &mut w.tx,
        &app.tools(),
        &case_no,
        &settings,
        &promise,
        &doing,
    )
    .await?;
    let issued = certificates::of_case(&mut w.tx, &decided.case.county, &case_no).await?;
    let view = InstantOutcome {
        granted: decided.weighed.granted,
        state: decided.case.state.code().to_owned(),
        step: decided.case.step.code().to_owned(),
        certificates: issued.into_iter().map(|c| c.certificate_no).collect(),
        grounds: decided
            .weighed
            .grounds
            .into_iter()
            .map(GroundView::from)
            .collect(),
        case_no: case_no.clone(),
    };
    let record = AuditRecord::by(actor, "case.instant")
        .on("case", &case_no)
        .county(&decided.case.county)
        .detail(json!({ "granted": view.granted }));
    w.finish(record, StatusCode::CREATED, &view).await
}

/// The switch of one business.
#[derive(Debug, Serialize, ToSchema)]
pub struct SwitchView {
    /// Business code.
    business: String,
    /// Business in Chinese.
    business_name: String,
    /// On or off.
    enabled: bool,
    /// Share of the cases that a person looks at afterwards, in percent.
    after_check_percent: u8,
    /// Materials that must come from a trusted source.
    trusted_materials: Vec<String>,
}

impl SwitchView {
    fn of(settings: &Value, b: &Business) -> Self {
        let switch = automatic::switch(settings, b);
        Self {
            business: b.code.clone(),
            business_name: b.short_name.clone(),
            enabled: switch.enabled,
            after_check_percent: switch.after_check_percent,
            trusted_materials: b.automatic.as_ref().map_or_else(Vec::new, |a| {
                b.materials
                    .iter()
                    .filter(|m| a.trusted.contains(&m.code))
                    .map(|m| m.name.clone())
                    .collect()
            }),
        }
    }
}

/// Switches.
#[derive(Debug, Serialize, ToSchema)]
pub struct Switches {
    /// One for each business that may be decided automatically.
    items: Vec<SwitchView>,
}

/// The switches of the authority, for every business that may be decided automatically.
#[utoipa::path(get, path = "/authority/automatic", operation_id = "list_switches",
    responses((status = 200, body = Switches), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_switches(State(app): State<App>, signed: Signed) -> Result<Json<Switches>, Problem> {
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let settings = promise::settings(&mut tx, &signed.actor.authority).await?;
    Ok(Json(Switches {
        items: catalogue::all()
            .iter()
            .filter(|b| b.automatic.is_some())
            .map(|b| SwitchView::of(&settings, b))
            .collect(),
    }))
}

/// A switch to set.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchChange {
    /// On or off.
    enabled: bool,
    /// Share of the cases that a person looks at afterwards, 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    after_check_percent: u8,
}

/// Switches the automatic decision of a business on or off.
#[utoipa::path(put, path = "/authority/automatic/{business}", operation_id = "set_switch", request_body = SwitchChange,
    params(("business" = String, Path, description = "business code"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = SwitchView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn set_switch(
    State(app): State<App>,
    signed: Signed,
    At(code): At<String>,
    headers: HeaderMap,
    Body(given): Body<SwitchChange>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSettings, &actor.authority, None)?;
    let business = catalogue::business(&code)
        .filter(|b| b.automatic.is_some())
        .ok_or_else(|| Problem::not_found("业务目录中没有这项可以自动审核的业务"))?;
    if given.after_check_percent > 100 {
        return Err(Problem::field(
            "/after_check_percent",
            "out_of_range",
            "事后抽查比例应为 0 至 100",
        ));
    }
    let mut w = match write::begin(&app, actor, &headers, &("switch", &code, &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let switch = Switch {
        enabled: given.enabled,
        after_check_percent: given.after_check_percent,
    };
    automatic::set_switch(&mut w.tx, &actor.authority, business, switch).await?;
    let settings = promise::settings(&mut w.tx, &actor.authority).await?;
    let view = SwitchView::of(&settings, business);
    let record = AuditRecord::by(actor, "settings.automatic_set")
        .on("business", &business.code)
        .detail(json!(switch));
    w.finish(record, StatusCode::OK, &view).await
}

/// A case to be looked at afterwards.
#[derive(Debug, Serialize, ToSchema)]
pub struct AfterCheckView {
    /// Case number.
    case_no: String,
    /// Business in Chinese.
    business_name: String,
    /// Where the unit lies.
    address: String,
    /// When it was chosen.
    chosen_at: DateTime<Utc>,
    /// `open`, `passed` or `failed`.
    state: String,
    /// Who looked.
    checked_by: Option<String>,
    /// When.
    checked_at: Option<DateTime<Utc>>,
    /// What was found.
    note: Option<String>,
}

impl From<automatic::AfterCheck> for AfterCheckView {
    fn from(a: automatic::AfterCheck) -> Self {
        Self {
            business_name: catalogue::business(&a.business)
                .map_or_else(|| a.business.clone(), |b| b.short_name.clone()),
            case_no: a.case_no,
            address: a.address,
            chosen_at: a.chosen_at,
            state: a.state,
            checked_by: a.checked_by_name,
            checked_at: a.checked_at,
            note: a.note,
        }
    }
}

/// Which of them.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AfterCheckState {
    /// Waiting.
    Open,
    /// Right.
    Passed,
    /// Wrong.
    Failed,
}

/// Which cases to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AfterCheckQuery {
    /// `open`, `passed` or `failed`; absent: all.
    #[param(inline)]
    state: Option<AfterCheckState>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

fn after_cursor(text: &str) -> Result<(DateTime<Utc>, String), Problem> {
    text.split_once('~')
        .and_then(|(at, no)| Some((cursor_moment(at)?, no)))
        .filter(|(_, no)| no.len() == 20 && no.bytes().all(|b| b.is_ascii_digit()))
        .map(|(at, no)| (at, no.to_owned()))
        .ok_or_else(|| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "bad_cursor",
                "翻页标记无效，请从第一页重新查询",
            )
        })
}

/// Automatically decided cases chosen to be looked at afterwards, newest first.
#[utoipa::path(get, path = "/after-checks", operation_id = "list_after_checks", params(AfterCheckQuery),
    responses((status = 200, body = Page<AfterCheckView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_after_checks(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<AfterCheckQuery>,
) -> Result<Json<Page<AfterCheckView>>, Problem> {
    signed.require(Action::Approve)?;
    let state = query.state.map(|s| match s {
        AfterCheckState::Open => "open",
        AfterCheckState::Passed => "passed",
        AfterCheckState::Failed => "failed",
    });
    let after = query.cursor.as_deref().map(after_cursor).transpose()?;
    let rows = limit(query.limit);
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let found = automatic::after_checks(&mut tx, state, after, rows + 1).await?;
    let found = page(found, rows, |a| {
        format!("{}~{}", a.chosen_at.timestamp_micros(), a.case_no)
    });
    Ok(Json(Page {
        items: found.items.into_iter().map(AfterCheckView::from).collect(),
        next_cursor: found.next_cursor,
    }))
}

/// A case to be looked at with the reasoning stored when it was decided.
#[derive(Debug, Serialize, ToSchema)]
pub struct AfterCheckDetail {
    /// The case.
    #[serde(flatten)]
    check: AfterCheckView,
    /// When it was decided.
    decided_at: Option<DateTime<Utc>>,
    /// What was weighed, as stored then.
    grounds: Vec<GroundView>,
}

/// One case chosen to be looked at, with the reasoning stored when it was decided; each reading
/// is recorded.
#[utoipa::path(get, path = "/after-checks/{case_no}", operation_id = "read_after_check",
    params(("case_no" = String, Path, description = "20-digit case number")),
    responses((status = 200, body = AfterCheckDetail), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_after_check(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
) -> Result<Json<AfterCheckDetail>, Problem> {
    let actor = &signed.actor;
    signed.require(Action::Approve)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let case = case::load(&mut tx, &case_no, false).await?;
    signed.require_at(Action::Approve, &case.authority, Some(&case.business.code))?;
    let check = automatic::after_check(&mut tx, &case_no).await?;
    let told = reasoning::of(&case);
    let record = AuditRecord::by(actor, "case.reasoning_read")
        .on("case", &case_no)
        .county(&case.county);
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(Json(AfterCheckDetail {
        check: check.into(),
        decided_at: told.as_ref().map(|t| t.at),
        grounds: told.map_or_else(Vec::new, |t| {
            t.weighed
                .grounds
                .into_iter()
                .map(GroundView::from)
                .collect()
        }),
    }))
}

/// What a person found.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AfterCheckNote {
    /// True when the decision was right.
    passed: bool,
    /// What was found.
    note: String,
}

/// Notes what a person found in a case that was decided automatically. What is wrong is
/// mended by a rectification, never here.
#[utoipa::path(post, path = "/after-checks/{case_no}", operation_id = "note_after_check", request_body = AfterCheckNote,
    params(("case_no" = String, Path, description = "20-digit case number"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn note_after_check(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    headers: HeaderMap,
    Body(given): Body<AfterCheckNote>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    let note = given.note.trim();
    if note.is_empty() || note.chars().count() > 2000 || note.contains('\0') {
        return Err(Problem::field(
            "/note",
            "required",
            "请填写抽查意见（不超过 2000 字）",
        ));
    }
    let mut w =
        match write::begin(&app, actor, &headers, &("after_check", &case_no, &given)).await? {
            Begun::Replayed(answer) => return Ok(answer),
            Begun::Fresh(w) => w,
        };
    let case = case::load(&mut w.tx, &case_no, false).await?;
    signed.require_at(Action::Approve, &case.authority, Some(&case.business.code))?;
    let doing = write::doing(actor);
    automatic::checked(&mut w.tx, &case_no, given.passed, note, &doing).await?;
    let record = AuditRecord::by(actor, "case.after_checked")
        .on("case", &case_no)
        .county(&case.county)
        .detail(json!({ "passed": given.passed }));
    w.finish(record, StatusCode::NO_CONTENT, &()).await
}
