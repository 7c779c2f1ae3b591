//! Estate units: search, one unit, unmasking.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use dengbu_model::certificate::CertificateNumber;
use dengbu_model::time::date_in_shanghai;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::find;
use dengbu_staff::{Action, Actor, AuditRecord, audit};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{Page, limit, page};
use crate::auth::Signed;
use crate::crossing;
use crate::gather;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::views::unit::{UnitDetail, UnitSummary};
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_units))
        .routes(routes!(read_unit))
        .routes(routes!(unmask_unit))
}

/// How to look for units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchBy {
    /// By the shape of the text: unit code, certificate number, else address.
    #[default]
    Auto,
    /// By unit code.
    UnitCode,
    /// By certificate or proof number.
    Certificate,
    /// By the holder's whole name; needs a reason.
    Holder,
    /// By the holder's identity number; needs a reason.
    IdNumber,
    /// By part of the address.
    Address,
}

/// A search for units.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UnitQuery {
    /// What to look for.
    q: String,
    /// How.
    #[serde(default)]
    #[param(inline)]
    by: Option<SearchBy>,
    /// Why (查询原因); needed for a search by person.
    reason: Option<String>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// Searches estate units.
#[utoipa::path(get, path = "/units", operation_id = "search_units", params(UnitQuery),
    responses((status = 200, body = Page<UnitSummary>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn search_units(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<UnitQuery>,
) -> Result<Json<Page<UnitSummary>>, Problem> {
    signed.require(Action::SearchUnits)?;
    let text = query.q.trim().to_owned();
    if text.is_empty() || text.contains('\0') {
        return Err(Problem::field("/q", "required", "请输入查询内容"));
    }
    let by = match query.by.unwrap_or_default() {
        SearchBy::Auto => guess(&text),
        said => said,
    };
    // a person is looked for at the own authority only, whatever the office takes for others
    let signed = match by {
        SearchBy::Holder | SearchBy::IdNumber => signed,
        _ => crossing::on_land(&app, signed).await?,
    };
    let actor = &signed.actor;
    let rows = limit(query.limit);
    let after = query.cursor.clone().unwrap_or_default();
    let mut tx = app.store().begin(&actor.scope).await?;
    let mut record = AuditRecord::by(actor, "unit.searched");
    if matches!(by, SearchBy::Holder | SearchBy::IdNumber) {
        signed.require(Action::SearchByPerson)?;
        let reason = query
            .reason
            .as_deref()
            .map(str::trim)
            .filter(|r| !r.is_empty());
        let reason = reason
            .ok_or_else(|| Problem::field("/reason", "required", "按权利人查询须填写查询原因"))?;
        record = AuditRecord::by(actor, "person.searched").purpose(reason);
    }
    let codes = codes(&app, &mut tx, by, &text, &after, rows + 1).await?;
    let names = gather::names(&mut tx).await?;
    let found =
        gather::summaries(&mut tx, &codes, &names, date_in_shanghai(actor.request.now)).await?;
    record = record.detail(
        serde_json::json!({ "by": format!("{by:?}"), "hits": found.len(),
        "q": if matches!(by, SearchBy::IdNumber) { "（证件号码）" } else { text.as_str() } }),
    );
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(Json(page(found, rows, |u| u.unit_code.clone())))
}

fn guess(text: &str) -> SearchBy {
    if UnitCode::parse(text).is_ok() {
        SearchBy::UnitCode
    } else if text.contains('第')
        && text.ends_with('号')
        && (text.contains("证") || text.contains("不动产权"))
    {
        SearchBy::Certificate
    } else {
        SearchBy::Address
    }
}

async fn codes(
    app: &App,
    tx: &mut TenantTx,
    by: SearchBy,
    text: &str,
    after: &str,
    rows: i64,
) -> Result<Vec<String>, Problem> {
    Ok(match by {
        SearchBy::UnitCode | SearchBy::Auto => {
            let code =
                UnitCode::parse(text).map_err(|e| Problem::field("/q", e.rule, e.to_string()))?;
            vec![code.as_str().to_owned()]
        }
        SearchBy::Certificate => {
            let number =
                CertificateNumber::parse(text).map_or_else(|_| text.to_owned(), |n| n.to_string());
            find::by_certificate(tx, &number, after, rows).await?
        }
        SearchBy::Holder => find::by_holder_name(tx, text, after, rows).await?,
        SearchBy::IdNumber => find::by_id_number(tx, app.person_key(), text, after, rows).await?,
        SearchBy::Address => {
            dengbu_cadastre::search::units_by_address(tx, text, Some(after), rows).await?
        }
    })
}

/// Parses a unit code from a path.
pub(super) fn unit_code(text: &str) -> Result<UnitCode, Problem> {
    UnitCode::parse(text).map_err(|e| Problem::field("/unit_code", e.rule, e.to_string()))
}

/// One estate unit with its rights; each reading is recorded.
#[utoipa::path(get, path = "/units/{unit_code}", operation_id = "read_unit",
    params(("unit_code" = String, Path, description = "28-character unit code")),
    responses((status = 200, body = UnitDetail), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_unit(
    State(app): State<App>,
    signed: Signed,
    At(code): At<String>,
) -> Result<Json<UnitDetail>, Problem> {
    signed.require(Action::ReadRegister)?;
    let code = unit_code(&code)?;
    let at_home = signed.actor.scope.contains(code.county().as_str());
    let signed = crossing::on_land(&app, signed).await?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    let whole = gather::whole(&mut tx, &code, &names, date_in_shanghai(actor.request.now)).await?;
    let record = AuditRecord::by(actor, "unit.read")
        .on("unit", code.as_str())
        .county(code.county().as_str());
    audit::record(&mut tx, &record).await?;
    if !at_home {
        let record = AuditRecord::by(actor, "unit.crossed")
            .in_trail_of(&whole.facts.authority)
            .on("unit", code.as_str())
            .county(code.county().as_str());
        audit::record(&mut tx, &record).await?;
    }
    tx.commit().await?;
    Ok(Json(whole.detail))
}

/// Why personal data is to be shown.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnmaskRequest {
    /// Only this right.
    right_id: Option<Uuid>,
    /// Why (查看原因).
    reason: String,
}

/// Personal data of the holders of a unit, for a minute.
#[derive(Debug, Serialize, ToSchema)]
pub struct Unmasked {
    /// Holders.
    holders: Vec<UnmaskedHolder>,
    /// Seconds after which the page masks them again.
    expires_in: u32,
}

/// A person in full.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnmaskedHolder {
    /// The right.
    right_id: Uuid,
    /// Name.
    name: String,
    /// Identity number.
    id_number: Option<String>,
    /// Telephone.
    phone: Option<String>,
    /// Address.
    address: Option<String>,
}

/// Shows personal data of the current holders in full; the reason is recorded.
#[utoipa::path(post, path = "/units/{unit_code}/unmask", operation_id = "unmask_unit", request_body = UnmaskRequest,
    params(("unit_code" = String, Path, description = "28-character unit code"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = Unmasked), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn unmask_unit(
    State(app): State<App>,
    signed: Signed,
    At(code): At<String>,
    headers: HeaderMap,
    Body(request): Body<UnmaskRequest>,
) -> Result<Response, Problem> {
    let actor: &Actor = &signed.actor;
    let code = unit_code(&code)?;
    let reason = request.reason.trim();
    if reason.chars().count() < 2 || reason.chars().count() > 200 {
        return Err(Problem::field(
            "/reason",
            "required",
            "请填写查看原因（2 至 200 字）",
        ));
    }
    // personal data is not kept with the idempotency key: each showing is recorded anew
    let mut bare = headers.clone();
    bare.remove("idempotency-key");
    let Begun::Fresh(mut w) = write::begin(&app, actor, &bare, &request).await? else {
        return Err(Problem::not_found("没有找到"));
    };
    let names = gather::names(&mut w.tx).await?;
    let whole = gather::whole(
        &mut w.tx,
        &code,
        &names,
        date_in_shanghai(actor.request.now),
    )
    .await?;
    signed.require_at(Action::ReadPersonalData, &whole.facts.authority, None)?;
    let holders = whole
        .rights
        .iter()
        .filter(|r| r.valid_to.is_none() && request.right_id.is_none_or(|id| id == r.right_id))
        .flat_map(|r| r.right.holders.iter().map(move |h| (r.right_id, &h.party)))
        .map(|(right_id, p)| UnmaskedHolder {
            right_id,
            name: p.name.clone(),
            id_number: p.id.as_ref().map(|id| id.number.clone()),
            phone: p.phone.clone(),
            address: p.address.clone(),
        })
        .collect();
    let record = AuditRecord::by(actor, "person.unmasked")
        .on("unit", code.as_str())
        .county(code.county().as_str())
        .purpose(reason);
    w.finish(
        record,
        StatusCode::OK,
        &Unmasked {
            holders,
            expires_in: 60,
        },
    )
    .await
}
