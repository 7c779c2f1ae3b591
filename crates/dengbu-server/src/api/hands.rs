//! In whose hands cases are: handing them over (转办), and who stands in for whom (代理).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::NaiveDate;
use dengbu_cases::case::{self, Case};
use dengbu_cases::{CaseError, hand};
use dengbu_law::flow::Move;
use dengbu_model::time::date_in_shanghai;
use dengbu_staff::colleagues::{self, Colleague};
use dengbu_staff::deputy::{self, By, Deputy, NewDeputy};
use dengbu_staff::{Action, Actor, AuditRecord};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::auth::Signed;
use crate::crossing;
use crate::problem::Problem;
use crate::reply::{At, Body};
use crate::state::{App, new_id};
use crate::write::{self, Begun};

/// Cases handed over at once, at most.
const CASES_MAX: usize = 100;
/// Characters of a reason at most.
const REASON_MAX: usize = 200;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(case_assignees))
        .routes(routes!(reassign_cases))
        .routes(routes!(list_deputies, name_deputy))
        .routes(routes!(end_deputy))
}

/// Whoever supervises hands any case over; anybody their own.
pub(super) fn may_hand(actor: &Actor, case: &Case) -> bool {
    !case.state.is_final()
        && (case.assignee == Some(actor.staff_id)
            || actor.may(Action::Supervise, &case.authority, None))
}

/// The absent colleague who has claimed the case and for whom this person stands in today (代理).
pub(super) async fn stands_in(
    tx: &mut TenantTx,
    actor: &Actor,
    case: &Case,
) -> Result<Option<Colleague>, Problem> {
    let Some(holder) = case.assignee.filter(|a| *a != actor.staff_id) else {
        return Ok(None);
    };
    let today = date_in_shanghai(actor.request.now);
    let absent = deputy::principals(tx, &actor.authority, actor.staff_id, today).await?;
    Ok(absent.into_iter().find(|c| c.staff_id == holder))
}

/// Refuses while a colleague has claimed the case and this person does not stand in for them.
///
/// # Errors
/// 422 naming who has it.
pub(super) async fn leave_alone(
    tx: &mut TenantTx,
    actor: &Actor,
    case: &Case,
) -> Result<(), Problem> {
    let absent = stands_in(tx, actor, case).await?.map(|a| a.staff_id);
    match hand::held_by_other(case, Move::Agree, actor.staff_id, absent) {
        Some(message) => Err(Problem::field("/action", "claimed", message)),
        None => Ok(()),
    }
}

fn require_hand(actor: &Actor, case: &Case) -> Result<(), Problem> {
    if may_hand(actor, case) {
        return Ok(());
    }
    Err(Problem::forbidden(
        "只能转办您自己认领的业务件；他人的业务件由督办人员转办",
    ))
}

fn reason_of(text: &str) -> Result<&str, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::field("/reason", "required", "请填写原因"));
    }
    if text.chars().count() > REASON_MAX || text.contains('\0') {
        return Err(Problem::field("/reason", "too_long", "原因不能超过 200 字"));
    }
    Ok(text)
}

/// Somebody a case can be handed to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Assignee {
    /// Identity.
    staff_id: Uuid,
    /// Name.
    name: String,
    /// Open cases they have claimed.
    open_cases: i64,
    /// Why not to them.
    barred: Option<String>,
}

/// Those to whom a case can be handed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Assignees {
    /// Those with the least work first, the barred ones last.
    items: Vec<Assignee>,
}

/// Who holds the post of the case's present step.
async fn holders_of_post(
    tx: &mut TenantTx,
    case: &Case,
    today: NaiveDate,
) -> Result<Vec<Colleague>, Problem> {
    let Some(action) = Action::for_step(case.step.code()) else {
        return Ok(Vec::new());
    };
    Ok(colleagues::who_may(tx, &case.authority, action, &case.business.code, today).await?)
}

/// To whom a case can be handed: those who hold the post of its step.
#[utoipa::path(get, path = "/cases/{case_no}/assignees", operation_id = "case_assignees",
    params(("case_no" = String, Path, description = "20-digit case number")),
    responses((status = 200, body = Assignees), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn case_assignees(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
) -> Result<Json<Assignees>, Problem> {
    signed.require(Action::ReadCases)?;
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let case = case::load(&mut tx, &case_no, false).await?;
    require_hand(actor, &case)?;
    let people = holders_of_post(&mut tx, &case, date_in_shanghai(actor.request.now)).await?;
    let ids: Vec<Uuid> = people.iter().map(|p| p.staff_id).collect();
    let loads = hand::loads(&mut tx, &ids).await?;
    let mut items: Vec<Assignee> = people
        .into_iter()
        .map(|p| Assignee {
            open_cases: loads.get(&p.staff_id).copied().unwrap_or(0),
            barred: hand::may_receive(&case, p.staff_id).err().map(|e| said(&e)),
            staff_id: p.staff_id,
            name: p.name,
        })
        .collect();
    items.sort_by(|a, b| {
        (a.barred.is_some(), a.open_cases, &a.name).cmp(&(
            b.barred.is_some(),
            b.open_cases,
            &b.name,
        ))
    });
    Ok(Json(Assignees { items }))
}

fn said(error: &CaseError) -> String {
    match error {
        CaseError::Fields(f) => f.first().map_or_else(String::new, |f| f.message.clone()),
        other => other.to_string(),
    }
}

/// Cases to be handed over.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReassignRequest {
    /// Cases, 100 at most.
    cases: Vec<String>,
    /// To whom; none: back to the pool.
    #[serde(default)]
    to: Option<Uuid>,
    /// Why.
    reason: String,
}

/// What was handed over, and what was not.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reassigned {
    /// Cases handed over.
    done: Vec<String>,
    /// Cases that stay, each with why.
    refused: Vec<RefusedCase>,
}

/// A case that stays.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedCase {
    /// Number.
    case_no: String,
    /// Why.
    reason: String,
}

/// Hands cases to another person or back to the pool (转办): each is handed over wholly or stays
/// as it is, with the reason.
#[utoipa::path(post, path = "/board/reassignments", operation_id = "reassign_cases", request_body = ReassignRequest,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = Reassigned), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn reassign_cases(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(given): Body<ReassignRequest>,
) -> Result<Response, Problem> {
    signed.require(Action::ReadCases)?;
    // a case that was lent is handed over one by one, from its page
    let signed = match given.cases.as_slice() {
        [one] => crossing::on_case(&app, signed, one).await?,
        _ => signed,
    };
    let actor = &signed.actor;
    let reason = reason_of(&given.reason)?;
    if given.cases.is_empty() || given.cases.len() > CASES_MAX {
        return Err(Problem::field(
            "/cases",
            "count",
            format!("请选择 1 至 {CASES_MAX} 件业务"),
        ));
    }
    let mut w = match write::begin(&app, actor, &headers, &("reassign", &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let today = date_in_shanghai(actor.request.now);
    let doing = write::doing(actor);
    let mut foreign = 0;
    let mut numbers = given.cases.clone();
    // in one order, so that two supervisors at the same cases wait for each other
    numbers.sort();
    numbers.dedup();
    let mut made = Reassigned {
        done: Vec::new(),
        refused: Vec::new(),
    };
    for case_no in numbers {
        let case = match case::load(&mut w.tx, &case_no, true).await {
            Ok(case) if may_hand(actor, &case) => case,
            Ok(_) | Err(CaseError::Unknown(_)) => {
                foreign += 1;
                made.refused.push(RefusedCase {
                    case_no,
                    reason: "不是您认领的业务件，或者已办结；他人的业务件由督办人员转办".to_owned(),
                });
                continue;
            }
            Err(other) => return Err(other.into()),
        };
        let refusal = match given.to {
            None => hand::reassign(&mut w.tx, &case, None, reason, &doing).await,
            Some(person) => {
                let people = holders_of_post(&mut w.tx, &case, today).await?;
                match people.iter().find(|p| p.staff_id == person) {
                    Some(p) => {
                        let to = Some((p.staff_id, p.name.as_str()));
                        hand::reassign(&mut w.tx, &case, to, reason, &doing).await
                    }
                    None => {
                        made.refused.push(RefusedCase {
                            case_no,
                            reason: format!("接办人没有“{}”环节的岗位", case.step.name_zh()),
                        });
                        continue;
                    }
                }
            }
        };
        match refusal {
            Ok(()) => made.done.push(case_no),
            // the rules say no before anything is written
            Err(e @ (CaseError::Fields(_) | CaseError::Flow(_))) => {
                made.refused.push(RefusedCase {
                    case_no,
                    reason: said(&e),
                });
            }
            Err(other) => return Err(other.into()),
        }
    }
    if foreign > 0 && foreign == made.refused.len() && made.done.is_empty() {
        // not one of them is this person's to hand over
        return Err(if actor.may_somewhere(Action::Supervise) {
            Problem::not_found("没有找到这些业务件")
        } else {
            Problem::forbidden("只能转办您自己认领的业务件；他人的业务件由督办人员转办")
        });
    }
    let record = AuditRecord::by(actor, "case.reassigned").purpose(reason).detail(
        serde_json::json!({ "cases": made.done, "to": given.to, "refused": made.refused.len() }),
    );
    w.finish(record, StatusCode::OK, &made).await
}

/// Somebody who stands in for a colleague.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeputyView {
    /// Identity.
    deputy_id: Uuid,
    /// Who is away.
    principal: String,
    /// Who stands in.
    deputy: String,
    /// First day.
    from_on: NaiveDate,
    /// Last day.
    to_on: NaiveDate,
    /// Why.
    reason: String,
    /// Who set it.
    created_by: String,
    /// `waiting`, `in_force` or `ended`.
    state: String,
    /// In Chinese.
    state_name: String,
    /// True when this person may end it.
    may_end: bool,
}

/// Deputies, and who can be picked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deputies {
    /// Own ones, or all of the authority for who manages staff.
    items: Vec<DeputyView>,
    /// Colleagues of the authority.
    colleagues: Vec<ColleagueView>,
    /// True when this person names deputies for others.
    for_others: bool,
}

/// A colleague.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColleagueView {
    /// Identity.
    staff_id: Uuid,
    /// Name.
    name: String,
}

fn for_others(actor: &Actor) -> bool {
    [Action::ManageStaff, Action::Supervise]
        .into_iter()
        .any(|a| actor.may(a, &actor.authority, None))
}

fn view(d: Deputy, actor: &Actor) -> DeputyView {
    let today = date_in_shanghai(actor.request.now);
    let (state, state_name) = if d.ended_at.is_some() || d.to_on < today {
        ("ended", "已终止")
    } else if d.from_on > today {
        ("waiting", "未开始")
    } else {
        ("in_force", "代理中")
    };
    let own = d.principal == actor.staff_id || d.deputy == actor.staff_id;
    DeputyView {
        deputy_id: d.deputy_id,
        principal: d.principal_name,
        deputy: d.deputy_name,
        from_on: d.from_on,
        to_on: d.to_on,
        reason: d.reason,
        created_by: d.created_by_name,
        state: state.to_owned(),
        state_name: state_name.to_owned(),
        may_end: state != "ended" && (own || for_others(actor)),
    }
}

async fn deputies(tx: &mut TenantTx, actor: &Actor) -> Result<Deputies, Problem> {
    let today = date_in_shanghai(actor.request.now);
    let all = for_others(actor);
    let person = (!all).then_some(actor.staff_id);
    let since = today
        .checked_sub_days(chrono::Days::new(90))
        .unwrap_or(today);
    let found = deputy::list(tx, &actor.authority, person, since).await?;
    let people = colleagues::all(tx, &actor.authority, today).await?;
    Ok(Deputies {
        items: found.into_iter().map(|d| view(d, actor)).collect(),
        colleagues: people
            .into_iter()
            .map(|c| ColleagueView {
                staff_id: c.staff_id,
                name: c.name,
            })
            .collect(),
        for_others: all,
    })
}

/// Who stands in for whom: own ones, or all of the authority for who manages or supervises.
#[utoipa::path(get, path = "/deputies", operation_id = "list_deputies",
    responses((status = 200, body = Deputies), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_deputies(State(app): State<App>, signed: Signed) -> Result<Json<Deputies>, Problem> {
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    Ok(Json(deputies(&mut tx, actor).await?))
}

/// A deputy to be named.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeputyInput {
    /// Who is away; none: the person signed in.
    #[serde(default)]
    principal: Option<Uuid>,
    /// Who stands in.
    deputy: Uuid,
    /// First day.
    from_on: NaiveDate,
    /// Last day.
    to_on: NaiveDate,
    /// Why.
    reason: String,
}

/// Names a deputy, who then gets at the cases that the absent colleague has claimed, by their own
/// posts.
#[utoipa::path(post, path = "/deputies", operation_id = "name_deputy", request_body = DeputyInput,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = Deputies), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn name_deputy(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(given): Body<DeputyInput>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    let reason = reason_of(&given.reason)?;
    let principal = given.principal.unwrap_or(actor.staff_id);
    if principal != actor.staff_id && !for_others(actor) {
        return Err(Problem::forbidden("只能为自己委托代理人"));
    }
    // who supervises names others, nobody takes a colleague's work to himself
    let manages = actor.may(Action::ManageStaff, &actor.authority, None);
    if principal != actor.staff_id && given.deputy == actor.staff_id && !manages {
        return Err(Problem::field(
            "/deputy",
            "oneself",
            "不能把自己设为同事的代理人，请由本人或者系统管理员设置",
        ));
    }
    let mut w = match write::begin(&app, actor, &headers, &("name_deputy", &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    deputy::lock(&mut w.tx, &actor.authority).await?;
    let missing = |field| Problem::field(field, "unknown", "本机构没有这位在岗人员");
    let principal = colleagues::one(&mut w.tx, &actor.authority, principal)
        .await?
        .ok_or_else(|| missing("/principal"))?;
    let stand_in = colleagues::one(&mut w.tx, &actor.authority, given.deputy)
        .await?
        .ok_or_else(|| missing("/deputy"))?;
    let new = NewDeputy {
        principal,
        deputy: stand_in,
        from_on: given.from_on,
        to_on: given.to_on,
        reason: reason.to_owned(),
    };
    let today = date_in_shanghai(actor.request.now);
    let known = deputy::list(&mut w.tx, &actor.authority, None, today).await?;
    deputy::allow(&new, &known, today).map_err(|e| {
        let field = match e {
            deputy::DeputyError::Backwards | deputy::DeputyError::TooLong => "/to_on",
            deputy::DeputyError::Past => "/from_on",
            _ => "/deputy",
        };
        Problem::field(field, "deputy", e.to_string())
    })?;
    let by = By {
        name: &actor.name,
        now: actor.request.now,
    };
    deputy::name(&mut w.tx, &actor.authority, &new, new_id(), by).await?;
    let answer = deputies(&mut w.tx, actor).await?;
    let record = AuditRecord::by(actor, "staff.deputy_named")
        .on("staff", new.principal.staff_id.to_string())
        .purpose(reason)
        .detail(serde_json::json!({ "deputy": new.deputy.staff_id, "from": new.from_on, "to": new.to_on }));
    w.finish(record, StatusCode::CREATED, &answer).await
}

/// Ends somebody's standing in before its day.
#[utoipa::path(post, path = "/deputies/{deputy_id}/end", operation_id = "end_deputy",
    params(("deputy_id" = Uuid, Path, description = "which"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = Deputies), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn end_deputy(
    State(app): State<App>,
    signed: Signed,
    At(deputy_id): At<Uuid>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    let mut w = match write::begin(&app, actor, &headers, &("end_deputy", deputy_id)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let today = date_in_shanghai(actor.request.now);
    let known = deputy::list(&mut w.tx, &actor.authority, None, today).await?;
    let found = known.into_iter().find(|d| d.deputy_id == deputy_id);
    let found = found.ok_or_else(|| Problem::not_found("没有找到这项代理，或者已经到期"))?;
    let own = found.principal == actor.staff_id || found.deputy == actor.staff_id;
    if !own && !for_others(actor) {
        return Err(Problem::not_found("没有找到这项代理，或者已经到期"));
    }
    let by = By {
        name: &actor.name,
        now: actor.request.now,
    };
    if !deputy::end(&mut w.tx, &actor.authority, deputy_id, by).await? {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "ended",
            "这项代理已经终止",
        ));
    }
    let answer = deputies(&mut w.tx, actor).await?;
    let record = AuditRecord::by(actor, "staff.deputy_ended")
        .on("staff", found.principal.to_string())
        .detail(serde_json::json!({ "deputy": found.deputy }));
    w.finish(record, StatusCode::OK, &answer).await
}
