//! Public notices of cases (公告): drafted, published, withdrawn, listed, printed; objections to them.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::NaiveDate;
use dengbu_cases::case::{self, Case};
use dengbu_cases::notices::{self, NewNotice, PublicNotice, Wanted};
use dengbu_cases::objections::{self, NewObjection};
use dengbu_law::catalogue;
use dengbu_law::flow::{self, Step};
use dengbu_law::notice::Facts;
use dengbu_model::time::date_in_shanghai;
use dengbu_papers::Mask;
use dengbu_papers::public_notice;
use dengbu_staff::{Action, Actor, AuditRecord, audit};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::cases::whole;
use super::papers::{html, print_facts};
use super::{Page, limit, page};
use crate::auth::Signed;
use crate::crossing;
use crate::gather::{self, Names};
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::views::case::CaseView;
use crate::views::notice::{DeclaredLoss, NoticePanel, NoticeView, ObjectionView};
use crate::write::{self, Begun, if_match};

/// Units that a draft says all of; of more it says place, code and area.
const UNITS_NAMED: usize = 50;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_notices))
        .routes(routes!(notice_paper))
        .routes(routes!(read_notice, publish_notice))
        .routes(routes!(withdraw_notice))
        .routes(routes!(object_to_notice))
        .routes(routes!(decide_objection))
}

/// Whoever holds the post of the notice publishes it; the counter takes objections in, the approval's
/// post decides on them.
fn may_tend(actor: &Actor, case: &Case) -> bool {
    Action::for_step(Step::Notice.code())
        .is_some_and(|a| actor.may(a, &case.authority, Some(&case.business.code)))
}

fn may_decide(actor: &Actor, case: &Case) -> bool {
    actor.may(Action::Approve, &case.authority, Some(&case.business.code))
}

fn at_counter(actor: &Actor, case: &Case) -> bool {
    actor.may(Action::TakeCase, &case.authority, Some(&case.business.code))
}

/// The post, the four eyes and the hand: who took the case in tends no notice of it, and what a
/// colleague has claimed is left alone.
async fn require_tender(tx: &mut TenantTx, actor: &Actor, case: &Case) -> Result<(), Problem> {
    if may_tend(actor, case) {
        let taken = case.taken();
        flow::barred_at(&case.standing(&taken), Step::Notice, actor.staff_id)
            .map_err(dengbu_cases::CaseError::from)?;
        return super::hands::leave_alone(tx, actor, case).await;
    }
    Err(Problem::forbidden("公告由初审人员办理，您没有相应的权限"))
}

/// What a draft is made of: names and places, never identity numbers (实施细则第十八条).
async fn facts(
    tx: &mut TenantTx,
    case: &Case,
    names: &Names,
    actor: &Actor,
) -> Result<Facts, Problem> {
    let today = date_in_shanghai(actor.request.now);
    let mut units = Vec::new();
    let mut standing = Vec::new();
    let mut certificates = Vec::new();
    for code in case.units.iter().take(UNITS_NAMED) {
        let found = gather::whole(tx, code, names, today).await?;
        let d = &found.detail;
        let area = d
            .summary
            .building_area
            .as_ref()
            .or(d.facts.parcel_area.as_ref())
            .map_or_else(String::new, |a| format!("；面积：{a} 平方米"));
        let used = d
            .facts
            .use_name
            .as_ref()
            .or(d.facts.land_use_name.as_ref())
            .map_or_else(String::new, |u| format!("；用途：{u}"));
        units.push(format!(
            "坐落：{}；不动产单元号：{code}{area}{used}；权利类型：{}",
            d.summary.address,
            case.business.right_type.name_zh()
        ));
        certificates.extend(d.summary.certificate_no.clone());
        let current = found.rights.iter().filter(|r| r.valid_to.is_none());
        standing.extend(
            current
                .filter(|r| case.target_right_id.is_none_or(|t| t == r.right_id))
                .flat_map(|r| r.right.holders.iter().map(|h| h.party.name.clone())),
        );
    }
    // each unit is announced (实施细则第十八条); a project's many in a line each
    let rest: Vec<String> = case
        .units
        .iter()
        .skip(UNITS_NAMED)
        .map(|u| u.as_str().to_owned())
        .collect();
    for u in dengbu_cadastre::facts::units(tx, &rest).await? {
        let area = u
            .area
            .map_or_else(String::new, |a| format!("；面积：{a} 平方米"));
        units.push(format!(
            "坐落：{}；不动产单元号：{}{area}",
            u.address, u.unit_code
        ));
    }
    let asked = &case.application;
    let mut holders: Vec<String> = asked.holders.iter().map(|h| h.party.name.clone()).collect();
    if holders.is_empty() {
        holders.clone_from(&standing);
    }
    let mut obligors: Vec<String> = asked.obligors.iter().map(|p| p.name.clone()).collect();
    if obligors.is_empty() {
        obligors = standing;
    }
    for list in [&mut holders, &mut obligors, &mut certificates] {
        let mut seen = std::collections::BTreeSet::new();
        list.retain(|n| !n.is_empty() && seen.insert(n.clone()));
    }
    let settings = names.settings.get(&case.authority);
    let own = |key: &str| {
        settings
            .and_then(|s| s.get(key))
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let blank = |text: String, fill: &str| {
        if text.is_empty() {
            fill.to_owned()
        } else {
            text
        }
    };
    Ok(Facts {
        business: case.business.name.clone(),
        holders,
        obligors,
        units,
        certificates,
        reason: asked.reason.clone(),
        days: case.business.notice.as_ref().map_or(0, |n| n.days),
        address: blank(own("address"), &names.authority(&case.authority)),
        contact: blank(own("phone"), "见登记机构公示电话"),
    })
}

async fn panel(tx: &mut TenantTx, case: &Case, actor: &Actor) -> Result<NoticePanel, Problem> {
    let today = date_in_shanghai(actor.request.now);
    let names = gather::names(tx).await?;
    let found = notices::of_case(tx, case).await?;
    let objected = objections::of_case(tx, case).await?;
    let tends = may_tend(actor, case);
    let running = found.iter().any(|n| n.withdrawn_at.is_none());
    let publishable = notices::may_publish(case);
    let Some(rule) = &case.business.notice else {
        return Ok(NoticePanel::default());
    };
    let draft = if publishable && tends && !running {
        let facts = facts(tx, case, &names, actor).await?;
        Some(crate::views::notice::draft(rule, &facts))
    } else {
        None
    };
    let bar = if case.step == Step::Notice && !case.state.is_final() {
        notices::bar(tx, case, Some("…"), today).await?
    } else {
        None
    };
    let declared = if running {
        None
    } else {
        notices::declared_lost(tx, case)
            .await?
            .map(|p| DeclaredLoss {
                published_on: p.on,
                ends_on: p.ends_on,
            })
    };
    Ok(NoticePanel {
        kind: Some(rule.kind.code().to_owned()),
        kind_name: Some(rule.kind.name_zh().to_owned()),
        least_days: rule.days,
        optional: rule.optional,
        law: rule.source.clone(),
        may_publish: publishable && tends && !running,
        may_withdraw: notices::may_withdraw(case) && tends && running,
        may_object: !found.is_empty()
            && at_counter(actor, case)
            && case.recorded_at.is_none()
            && !case.state.is_final(),
        may_decide: may_decide(actor, case) && !case.state.is_final(),
        bar: bar.map(|b| b.to_string()),
        declared,
        draft,
        notices: found
            .iter()
            .map(|n| NoticeView::of(n, &names, today))
            .collect(),
        objections: objected
            .into_iter()
            .map(|o| ObjectionView::of(o, tends || may_decide(actor, case)))
            .collect(),
    })
}

/// The notice of a case: what the law wants, a draft, what was published, objections.
#[utoipa::path(get, path = "/cases/{case_no}/notice", operation_id = "read_notice",
    params(("case_no" = String, Path, description = "20-digit case number")),
    responses((status = 200, body = NoticePanel), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_notice(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
) -> Result<Json<NoticePanel>, Problem> {
    signed.require(Action::ReadCases)?;
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let case = case::load(&mut tx, &case_no, false).await?;
    let panel = panel(&mut tx, &case, actor).await?;
    // names of objectors are personal data
    let record = AuditRecord::by(actor, "notice.read")
        .on("case", &case_no)
        .county(&case.county);
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(Json(panel))
}

/// A notice to be published.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeInput {
    /// Title.
    title: String,
    /// Text.
    body: String,
    /// Where it is put up, the portal aside.
    places: String,
    /// Working days.
    days: u32,
    /// Where objections go.
    objection_address: String,
    /// Telephone.
    contact: String,
    /// Of a rectification ex officio: when the parties were told.
    #[serde(default)]
    notified_on: Option<NaiveDate>,
}

/// Publishes the notice of a case.
#[utoipa::path(post, path = "/cases/{case_no}/notice", operation_id = "publish_notice", request_body = NoticeInput,
    params(("case_no" = String, Path, description = "20-digit case number"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn publish_notice(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    headers: HeaderMap,
    Body(given): Body<NoticeInput>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let seen = if_match(&headers)?;
    let mut w =
        match write::begin(&app, actor, &headers, &("notice", &case_no, seen, &given)).await? {
            Begun::Replayed(answer) => return Ok(answer),
            Begun::Fresh(w) => w,
        };
    let before = case::load(&mut w.tx, &case_no, true).await?;
    require_tender(&mut w.tx, actor, &before).await?;
    let doing = write::doing(actor);
    let new = NewNotice {
        title: &given.title,
        body: &given.body,
        places: &given.places,
        days: given.days,
        objection_address: &given.objection_address,
        contact: &given.contact,
        notified_on: given.notified_on,
    };
    let case = notices::publish(&mut w.tx, &case_no, seen, &new, &doing).await?;
    finish(w, &case, actor, AuditRecord::by(actor, "notice.published")).await
}

async fn finish(
    mut w: write::Write<'_>,
    case: &Case,
    actor: &Actor,
    record: AuditRecord,
) -> Result<Response, Problem> {
    let view = whole(&mut w.tx, case, actor, &write::doing(actor)).await?;
    let record = record.on("case", &case.case_no).county(&case.county);
    w.finish(record, StatusCode::OK, &view).await
}

/// Why a notice is taken back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeWithdrawal {
    /// Why.
    reason: String,
}

/// Takes the notice of a case back.
#[utoipa::path(post, path = "/cases/{case_no}/notice/withdrawal", operation_id = "withdraw_notice", request_body = NoticeWithdrawal,
    params(("case_no" = String, Path, description = "20-digit case number"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn withdraw_notice(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    headers: HeaderMap,
    Body(given): Body<NoticeWithdrawal>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let seen = if_match(&headers)?;
    let key = ("withdraw_notice", &case_no, seen, &given);
    let mut w = match write::begin(&app, actor, &headers, &key).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let before = case::load(&mut w.tx, &case_no, true).await?;
    require_tender(&mut w.tx, actor, &before).await?;
    let doing = write::doing(actor);
    let case = notices::withdraw(&mut w.tx, &case_no, seen, &given.reason, &doing).await?;
    finish(w, &case, actor, AuditRecord::by(actor, "notice.withdrawn")).await
}

/// An objection as it came in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectionInput {
    /// Who objects.
    objector: String,
    /// How to reach them.
    contact: String,
    /// On what grounds.
    grounds: String,
    /// Papers handed in.
    #[serde(default)]
    evidence: String,
    /// The day it came in; none: today.
    #[serde(default)]
    received_on: Option<NaiveDate>,
}

/// Takes in an objection to the notice of a case at the counter.
#[utoipa::path(post, path = "/cases/{case_no}/objections", operation_id = "object_to_notice", request_body = ObjectionInput,
    params(("case_no" = String, Path, description = "20-digit case number"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn object_to_notice(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    headers: HeaderMap,
    Body(given): Body<ObjectionInput>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let seen = if_match(&headers)?;
    let mut w =
        match write::begin(&app, actor, &headers, &("object", &case_no, seen, &given)).await? {
            Begun::Replayed(answer) => return Ok(answer),
            Begun::Fresh(w) => w,
        };
    let before = case::load(&mut w.tx, &case_no, true).await?;
    if !at_counter(actor, &before) {
        return Err(Problem::forbidden(
            "公告异议由受理人员收件，您没有相应的权限",
        ));
    }
    let doing = write::doing(actor);
    let new = NewObjection {
        objector: &given.objector,
        contact: &given.contact,
        grounds: &given.grounds,
        evidence: &given.evidence,
        received_on: given.received_on.unwrap_or_else(|| doing.today()),
    };
    let case = objections::object(&mut w.tx, &case_no, seen, &new, &doing).await?;
    finish(w, &case, actor, AuditRecord::by(actor, "notice.objected")).await
}

/// A decision on an objection.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectionDecision {
    /// True when it stands (异议成立).
    upheld: bool,
    /// Why.
    reason: String,
}

/// Decides an objection.
#[utoipa::path(post, path = "/cases/{case_no}/objections/{objection_id}/decision", operation_id = "decide_objection",
    request_body = ObjectionDecision,
    params(("case_no" = String, Path, description = "20-digit case number"), ("objection_id" = Uuid, Path, description = "the objection"),
           ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn decide_objection(
    State(app): State<App>,
    signed: Signed,
    At((case_no, objection)): At<(String, Uuid)>,
    headers: HeaderMap,
    Body(given): Body<ObjectionDecision>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let seen = if_match(&headers)?;
    let key = ("decide_objection", &case_no, objection, seen, &given);
    let mut w = match write::begin(&app, actor, &headers, &key).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let before = case::load(&mut w.tx, &case_no, true).await?;
    if !may_decide(actor, &before) {
        return Err(Problem::forbidden(
            "公告异议由审核人员处理，您没有相应的权限",
        ));
    }
    let taken = before.taken();
    flow::barred_at(&before.standing(&taken), Step::Approval, actor.staff_id)
        .map_err(dengbu_cases::CaseError::from)?;
    let doing = write::doing(actor);
    let case = objections::decide(
        &mut w.tx,
        &case_no,
        seen,
        objection,
        given.upheld,
        &given.reason,
        &doing,
    )
    .await?;
    finish(
        w,
        &case,
        actor,
        AuditRecord::by(actor, "notice.objection_decided"),
    )
    .await
}

/// Which notices.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NoticeQuery {
    /// Only those that run, that are over and wait, or that were objected to.
    #[param(inline)]
    state: Option<NoticeState>,
    /// Part of number, title, text or case number.
    q: Option<String>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// How a notice stands.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// Its period runs.
    Running,
    /// Its period is over and the case waits.
    Over,
    /// Objections wait for a decision.
    Objected,
}

/// Lists public notices, the newest first.
#[utoipa::path(get, path = "/notices", operation_id = "list_notices", params(NoticeQuery),
    responses((status = 200, body = Page<NoticeView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_notices(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<NoticeQuery>,
) -> Result<Json<Page<NoticeView>>, Problem> {
    signed.require(Action::ReadCases)?;
    let rows = limit(query.limit);
    let from = match query.cursor.as_deref() {
        None => 0,
        Some(text) => text.parse::<u32>().map(i64::from).map_err(|_| {
            Problem::field("/cursor", "bad_cursor", "翻页标记无效，请从第一页重新查询")
        })?,
    };
    let today = date_in_shanghai(signed.actor.request.now);
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    let wanted = Wanted {
        state: query.state.map(|s| {
            match s {
                NoticeState::Running => "running",
                NoticeState::Over => "over",
                NoticeState::Objected => "objected",
            }
            .to_owned()
        }),
        text: query
            .q
            .map(|q| q.trim().to_owned())
            .filter(|q| !q.is_empty() && !q.contains('\0')),
        from,
        limit: rows + 1,
    };
    let found = notices::list(&mut tx, &wanted, today).await?;
    let lines = found
        .iter()
        .map(|n| NoticeView::of(n, &names, today))
        .collect();
    Ok(Json(page(lines, rows, |_| (from + rows).to_string())))
}

/// What a notice is for papers.
pub(crate) fn paper(n: &PublicNotice, names: &Names) -> public_notice::NoticeFacts {
    public_notice::NoticeFacts {
        title: n.title.clone(),
        notice_no: n.notice_no.clone(),
        body: n.body.clone(),
        authority_name: names.authority(&n.authority),
        business_name: catalogue::business(&n.business)
            .map_or_else(String::new, |b| b.short_name.clone()),
        published_on: n.published_on,
        ends_on: n.ends_on,
        objection_address: n.objection_address.clone(),
        contact: n.contact.clone(),
    }
}

/// The sheet of a notice that is put up, as HTML; each printing is recorded.
#[utoipa::path(get, path = "/notices/{notice_id}/paper", operation_id = "notice_paper",
    params(("notice_id" = Uuid, Path, description = "the notice")),
    responses((status = 200, body = String, content_type = "text/html"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn notice_paper(
    State(app): State<App>,
    signed: Signed,
    At(notice_id): At<Uuid>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::ReadCases)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = notices::one(&mut tx, notice_id).await?;
    let n = found.ok_or_else(|| Problem::not_found("没有找到这份公告"))?;
    let names = gather::names(&mut tx).await?;
    let facts = paper(&n, &names);
    let body = public_notice::render(
        &facts,
        &print_facts(actor, &facts.authority_name, Mask::Full),
    );
    let county = n.case_no.get(..6).unwrap_or_default();
    let record = AuditRecord::by(actor, "paper.printed")
        .on("case", &n.case_no)
        .county(county)
        .detail(serde_json::json!({ "paper": "public-notice", "notice_no": n.notice_no }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(html(body))
}
