//! Control of blank forms: handed to a maker, destroyed by two persons, counted.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use dengbu_model::certificate::{CertificateKind, FormSerial};
use dengbu_model::time::date_in_shanghai;
use dengbu_register::RegisterError;
use dengbu_register::forms::FormError;
use dengbu_register::stock::{self, Destroyed, Person};
use dengbu_staff::{Action, AuditRecord, Role, colleagues};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body};
use crate::state::{App, new_id};
use crate::views::case::kind_name;
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(form_holders))
        .routes(routes!(hand_over_forms))
        .routes(routes!(destroy_form))
        .routes(routes!(list_form_counts, count_forms))
}

/// Somebody who may be given blanks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Maker {
    /// Identity.
    staff_id: Uuid,
    /// Name.
    name: String,
}

/// Blanks one maker holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldLine {
    /// In Chinese.
    form_kind_name: String,
    /// Who holds them.
    name: String,
    /// Lowest serial.
    first: String,
    /// Highest serial.
    last: String,
    /// How many are left.
    count: i64,
}

/// A spoiled form that waits for the second person.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormWaiting {
    /// Serial.
    serial: String,
    /// Who asked for its destruction.
    asked_by: String,
}

/// Who holds blanks, and who may.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldersView {
    /// Certificate makers of the authority.
    makers: Vec<Maker>,
    /// Free blanks that were handed to a maker.
    held: Vec<HeldLine>,
    /// Spoiled forms whose destruction one person asked for.
    to_destroy: Vec<FormWaiting>,
}

/// Who holds blank forms.
#[utoipa::path(get, path = "/form-stock/holders", operation_id = "form_holders",
    responses((status = 200, body = HoldersView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn form_holders(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<HoldersView>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let today = date_in_shanghai(actor.request.now);
    let makers =
        colleagues::with_role(&mut tx, &actor.authority, Role::CertificateMaker, today).await?;
    let held = stock::held(&mut tx, &actor.authority).await?;
    let waiting = stock::to_destroy(&mut tx, &actor.authority).await?;
    Ok(Json(HoldersView {
        makers: makers
            .into_iter()
            .map(|c| Maker {
                staff_id: c.staff_id,
                name: c.name,
            })
            .collect(),
        held: held
            .into_iter()
            .map(|h| HeldLine {
                form_kind_name: kind_name(&h.form_kind).to_owned(),
                name: h.held_by_name,
                first: h.first,
                last: h.last,
                count: h.count,
            })
            .collect(),
        to_destroy: waiting
            .into_iter()
            .map(|(serial, asked_by)| FormWaiting { serial, asked_by })
            .collect(),
    }))
}

/// Blanks handed to a maker.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// Certificate or proof.
    form_kind: CertificateKind,
    /// First serial.
    first_serial: FormSerial,
    /// How many.
    #[schema(minimum = 1, maximum = 10000)]
    count: u32,
    /// The maker; none takes them back into the common stock.
    to: Option<Uuid>,
}

/// Hands blank forms to a certificate maker, or takes them back.
#[utoipa::path(post, path = "/form-stock/hand-over", operation_id = "hand_over_forms", request_body = HandOver,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn hand_over_forms(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(given): Body<HandOver>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageStock, &actor.authority, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("hand_over_forms", &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let today = date_in_shanghai(actor.request.now);
    let makers =
        colleagues::with_role(&mut w.tx, &actor.authority, Role::CertificateMaker, today).await?;
    let to = match given.to {
        None => None,
        Some(id) => Some(makers.iter().find(|m| m.staff_id == id).ok_or_else(|| {
            Problem::field("/to", "unknown_maker", "领用人应为本登记机构在岗的缮证员")
        })?),
    };
    let person = to.map(|m| Person {
        id: m.staff_id,
        name: &m.name,
    });
    stock::hand_over(
        &mut w.tx,
        &actor.authority,
        given.form_kind.code(),
        &given.first_serial,
        given.count,
        person,
        actor.request.now,
    )
    .await
    .map_err(|e| match e {
        RegisterError::Form(f @ FormError::Count) => {
            Problem::field("/count", "form", f.to_string())
        }
        RegisterError::Form(f) => Problem::field("/first_serial", "form", f.to_string()),
        other => other.into(),
    })?;
    let record = AuditRecord::by(actor, "stock.changed")
        .on("form", given.first_serial.to_string())
        .detail(serde_json::json!({ "handed": given.count, "to": to.map(|m| &m.name) }));
    w.finish(record, StatusCode::NO_CONTENT, &()).await
}

/// Why a form is destroyed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Destruction {
    /// Reason, or how it was done.
    reason: String,
}

/// How far the destruction has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct DestructionView {
    /// True when the second person has confirmed; false when one still has to.
    done: bool,
}

/// Destroys a spoiled form: the first call asks for it, the call of a second person does it.
#[utoipa::path(post, path = "/form-stock/{serial}/destroy", operation_id = "destroy_form", request_body = Destruction,
    params(("serial" = String, Path, description = "serial of the form"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = DestructionView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn destroy_form(
    State(app): State<App>,
    signed: Signed,
    At(serial): At<String>,
    headers: HeaderMap,
    Body(given): Body<Destruction>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageStock, &actor.authority, None)?;
    let reason = text_of(&given.reason)
        .ok_or_else(|| Problem::field("/reason", "required", "请填写原因（200 字以内）"))?;
    let serial = FormSerial::parse(&serial)
        .map_err(|e| Problem::field("/serial", "form_serial_invalid", e.to_string()))?
        .to_string();
    let mut w = match write::begin(&app, actor, &headers, &("destroy", &serial, &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let who = Person {
        id: actor.staff_id,
        name: &actor.name,
    };
    let now = actor.request.now;
    let come = stock::destroy(&mut w.tx, &actor.authority, &serial, reason, who, now)
        .await
        .map_err(|e| match e {
            RegisterError::Form(f @ FormError::Unknown(_)) => Problem::not_found(f.to_string()),
            RegisterError::Form(f) => Problem::new(StatusCode::CONFLICT, "form", f.to_string()),
            other => other.into(),
        })?;
    let done = come == Destroyed::Done;
    let record = AuditRecord::by(actor, "stock.changed")
        .on("form", &serial)
        .purpose(reason)
        .detail(
            serde_json::json!({ "state": if done { "destroyed" } else { "destruction_asked" } }),
        );
    w.finish(record, StatusCode::OK, &DestructionView { done })
        .await
}

/// A text of one to two hundred characters.
pub(super) fn text_of(text: &str) -> Option<&str> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= 200 && !text.contains('\0');
    fits.then_some(text)
}

/// A count of the stock.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormCountInput {
    /// Certificate or proof.
    form_kind: CertificateKind,
    /// Free blanks found.
    #[schema(maximum = 10000000)]
    counted: u32,
    /// Why that differs from the book.
    #[serde(default)]
    explanation: Option<String>,
}

/// A count as kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormCountLine {
    /// Identity.
    count_id: Uuid,
    /// In Chinese.
    form_kind_name: String,
    /// When.
    counted_at: DateTime<Utc>,
    /// Free blanks by the book.
    booked: i64,
    /// Free blanks found.
    counted: i64,
    /// Found less booked.
    difference: i64,
    /// Why they differ.
    explanation: Option<String>,
    /// Who counted.
    counted_by: String,
}

impl From<stock::Count> for FormCountLine {
    fn from(c: stock::Count) -> Self {
        Self {
            count_id: c.count_id,
            form_kind_name: kind_name(&c.form_kind).to_owned(),
            counted_at: c.counted_at,
            booked: c.booked,
            counted: c.counted,
            difference: c.counted - c.booked,
            explanation: c.explanation,
            counted_by: c.counted_by,
        }
    }
}

/// The latest counts.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormCountList {
    /// Newest first.
    items: Vec<FormCountLine>,
}

/// The latest counts of the stock.
#[utoipa::path(get, path = "/form-counts", operation_id = "list_form_counts",
    responses((status = 200, body = FormCountList), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_form_counts(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<FormCountList>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let found = stock::counts(&mut tx, &signed.actor.authority).await?;
    Ok(Json(FormCountList {
        items: found.into_iter().map(FormCountLine::from).collect(),
    }))
}

/// Writes down a count of the stock.
#[utoipa::path(post, path = "/form-counts", operation_id = "count_forms", request_body = FormCountInput,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = FormCountLine), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn count_forms(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(given): Body<FormCountInput>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageStock, &actor.authority, None)?;
    let said = given
        .explanation
        .as_deref()
        .filter(|t| !t.trim().is_empty());
    let explanation = match said {
        None => None,
        Some(text) => Some(text_of(text).ok_or_else(|| {
            Problem::field("/explanation", "too_long", "差异说明应在 200 字以内")
        })?),
    };
    let mut w = match write::begin(&app, actor, &headers, &("count_forms", &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let made = stock::count(
        &mut w.tx,
        &actor.authority,
        given.form_kind.code(),
        given.counted,
        explanation,
        &actor.name,
        actor.request.now,
        new_id(),
    )
    .await
    .map_err(|e| match e {
        RegisterError::Form(f) => Problem::field("/explanation", "unexplained", f.to_string()),
        other => other.into(),
    })?;
    let record = AuditRecord::by(actor, "stock.counted")
        .on("form_count", made.count_id.to_string())
        .detail(serde_json::json!({ "kind": made.form_kind, "booked": made.booked, "counted": made.counted }));
    w.finish(record, StatusCode::CREATED, &FormCountLine::from(made))
        .await
}
