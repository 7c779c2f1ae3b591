//! Subscriptions: a department gets its slice on schedule, dressed as its agreement says.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::NaiveDate;
use dengbu_certlib::secret::handed_out;
use dengbu_distribution::{gather, ledger};
use dengbu_model::time::date_in_shanghai;
use dengbu_staff::{Action, AuditRecord, OsEntropy};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::exports::said;
use super::views::{self, DataRequest, ScheduleChoice, SubscriptionView};
use crate::api::plausible;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body};
use crate::state::{App, new_id};
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_subscriptions, subscribe))
        .routes(routes!(set_subscription_state))
        .routes(routes!(renew_subscription_key))
}

/// Subscriptions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Subscriptions {
    /// By receiver.
    items: Vec<SubscriptionView>,
}

/// The subscriptions of the authority.
#[utoipa::path(get, path = "/data/subscriptions", operation_id = "list_subscriptions",
    responses((status = 200, body = Subscriptions), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_subscriptions(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<Subscriptions>, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::GiveOutData, &actor.authority, None)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = ledger::subscriptions(&mut tx, std::slice::from_ref(&actor.authority)).await?;
    let items: Result<Vec<_>, _> = found.into_iter().map(views::subscription).collect();
    Ok(Json(Subscriptions { items: items? }))
}

/// A subscription to be made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSubscription {
    /// Who receives.
    receiver: String,
    /// Number of the agreement.
    agreement_no: String,
    /// What it rests on.
    legal_basis: String,
    /// Why.
    purpose: String,
    /// What; its moments are set by each delivery.
    request: DataRequest,
    /// When.
    schedule: ScheduleChoice,
    /// True: each delivery holds only what changed since the last.
    #[serde(default)]
    increment: bool,
    /// First day.
    starts_on: NaiveDate,
    /// Last day.
    #[serde(default)]
    ends_on: Option<NaiveDate>,
}

/// A subscription and its receiver's key, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubscriptionKey {
    /// The subscription.
    subscription: SubscriptionView,
    /// The key.
    key: String,
}

fn read(given: &NewSubscription, signed: &Signed) -> Result<ledger::Subscription, Problem> {
    let actor = &signed.actor;
    let request = given.request.read()?;
    if request.as_of.is_some() || request.since.is_some() {
        let text = "订阅的时点由每次交付决定，不能指定";
        return Err(Problem::field("/request/as_of", "not_here", text));
    }
    let schedule = given.schedule.read()?;
    let days = [Some(given.starts_on), given.ends_on];
    if !days.into_iter().flatten().all(plausible) {
        return Err(Problem::field(
            "/starts_on",
            "invalid_date",
            "日期不合理，请核对",
        ));
    }
    if given.ends_on.is_some_and(|end| end < given.starts_on) {
        return Err(Problem::field(
            "/ends_on",
            "bad_period",
            "结束日期不能早于开始日期",
        ));
    }
    let now = actor.request.now;
    if given.ends_on.is_some_and(|end| end < date_in_shanghai(now)) {
        return Err(Problem::field("/ends_on", "bad_period", "结束日期已过"));
    }
    // the first delivery is due at the schedule's first moment on or after the first day
    let first = dengbu_model::time::start_of_day(given.starts_on) - chrono::TimeDelta::seconds(1);
    Ok(ledger::Subscription {
        authority: actor.authority.clone(),
        subscription_id: new_id(),
        receiver: said("/receiver", &given.receiver, "接收单位", 100)?,
        agreement_no: said(
            "/agreement_no",
            &given.agreement_no,
            "数据共享协议编号",
            100,
        )?,
        legal_basis: said("/legal_basis", &given.legal_basis, "依据", 500)?,
        purpose: said("/purpose", &given.purpose, "用途", 500)?,
        request: stored(&request)?,
        schedule: stored(&schedule)?,
        increment: given.increment,
        starts_on: given.starts_on,
        ends_on: given.ends_on,
        state: "active".to_owned(),
        next_at: Some(schedule.next(now.max(first))),
        last_as_of: None,
        version: 1,
        created_by: actor.name.clone(),
        created_at: now,
    })
}

fn stored(value: &impl Serialize) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(value).map_err(|e| Problem::internal(&e))
}

/// Makes a subscription. The key in the answer is the receiver's and is shown this once: a
/// repeated request is answered without it.
#[utoipa::path(post, path = "/data/subscriptions", operation_id = "subscribe", request_body = NewSubscription,
    params(("X-CSRF-Token" = String, Header)),
    responses((status = 201, body = SubscriptionKey), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn subscribe(
    State(app): State<App>,
    signed: Signed,
    Body(given): Body<NewSubscription>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSettings, &actor.authority, None)?;
    // no idempotency key: the answer holds a secret that must not be kept
    let Begun::Fresh(mut w) = write::begin(&app, actor, &HeaderMap::new(), &()).await? else {
        // there is no key to find an answer by
        return Err(Problem::new(StatusCode::CONFLICT, "busy", "请重试"));
    };
    let new = read(&given, &signed)?;
    gather::selection(&mut w.tx, &given.request.read()?, actor.request.now).await?;
    let (key, hash) = handed_out(&OsEntropy)?;
    ledger::subscribe(&mut w.tx, &new, &hash).await?;
    let record = AuditRecord::by(actor, "data.subscribed")
        .on("subscription", new.subscription_id.to_string())
        .detail(json!({
            "receiver": new.receiver, "agreement_no": new.agreement_no,
            "legal_basis": new.legal_basis, "request": new.request, "schedule": new.schedule,
        }));
    let answer = SubscriptionKey {
        subscription: views::subscription(new)?,
        key,
    };
    w.finish(record, StatusCode::CREATED, &answer).await
}

/// A state of a subscription.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionState {
    /// `active`, `paused` or `ended`.
    #[schema(pattern = "^(active|paused|ended)$")]
    state: String,
    /// Why.
    reason: String,
}

async fn found(
    tx: &mut TenantTx,
    authority: &str,
    id: Uuid,
) -> Result<ledger::Subscription, Problem> {
    ledger::subscription(tx, &[authority.to_owned()], id)
        .await?
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no_subscription", "没有这项订阅"))
}

/// Pauses, resumes or ends a subscription; one that ended stays ended.
#[utoipa::path(put, path = "/data/subscriptions/{subscription}/state", operation_id = "set_subscription_state", request_body = SubscriptionState,
    params(("subscription" = Uuid, Path), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = SubscriptionView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn set_subscription_state(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    headers: HeaderMap,
    Body(given): Body<SubscriptionState>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSettings, &actor.authority, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("subscription", id, &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let reason = said("/reason", &given.reason, "原因", 200)?;
    let before = found(&mut w.tx, &actor.authority, id).await?;
    let next = match given.state.as_str() {
        "active" => {
            let schedule: dengbu_distribution::schedule::Schedule =
                serde_json::from_value(before.schedule.clone())
                    .map_err(|e| Problem::internal(&e))?;
            Some(schedule.next(actor.request.now))
        }
        "paused" | "ended" => None,
        _ => {
            return Err(Problem::field(
                "/state",
                "unknown",
                "状态应为启用、暂停或者终止",
            ));
        }
    };
    if !ledger::set_state(&mut w.tx, &before, &given.state, next).await? {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "subscription_ended",
            "这项订阅已终止或者刚被他人修改，请刷新后查看",
        ));
    }
    let view = views::subscription(found(&mut w.tx, &actor.authority, id).await?)?;
    let record = AuditRecord::by(actor, "data.subscription_state_set")
        .on("subscription", id.to_string())
        .detail(json!({ "before": before.state, "after": given.state, "reason": reason }));
    w.finish(record, StatusCode::OK, &view).await
}

/// Gives the receiver another key, shown this once; the old one opens nothing any more.
#[utoipa::path(post, path = "/data/subscriptions/{subscription}/key", operation_id = "renew_subscription_key",
    params(("subscription" = Uuid, Path), ("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = SubscriptionKey), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn renew_subscription_key(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSettings, &actor.authority, None)?;
    let Begun::Fresh(mut w) = write::begin(&app, actor, &HeaderMap::new(), &()).await? else {
        // there is no key to find an answer by
        return Err(Problem::new(StatusCode::CONFLICT, "busy", "请重试"));
    };
    let before = found(&mut w.tx, &actor.authority, id).await?;
    let (key, hash) = handed_out(&OsEntropy)?;
    ledger::new_key(&mut w.tx, &before, &hash).await?;
    let subscription = views::subscription(found(&mut w.tx, &actor.authority, id).await?)?;
    let record =
        AuditRecord::by(actor, "data.subscription_key_renewed").on("subscription", id.to_string());
    let answer = SubscriptionKey { subscription, key };
    w.finish(record, StatusCode::OK, &answer).await
}
