//! Registration authorities on the platform (登记机构开通): the work of the platform's operator.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengbu_cases::days;
use dengbu_fees::settings::{self as fees, FeeSettings, SettleBefore};
use dengbu_law::calendar::{SHIPPED, parse_days};
use dengbu_staff::tenant::{NewTenant, TenantError};
use dengbu_staff::{Action, AuditRecord, PLATFORM, audit};
use dengbu_store::authority_list::{self, Office};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::cashier::SettleBeforeName;
use crate::auth::Signed;
use crate::problem::{FieldProblem, Problem};
use crate::reply::Body;
use crate::state::App;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_tenants, create_tenant))
}

fn problem(e: TenantError) -> Problem {
    match e {
        TenantError::Fields(faults) => Problem::fields(
            faults
                .into_iter()
                .map(|f| FieldProblem {
                    field: f.field,
                    code: "invalid_field".to_owned(),
                    message: f.message,
                })
                .collect(),
        ),
        TenantError::Staff(dengbu_staff::StaffError::Field { field, message }) => {
            Problem::field(&format!("/administrator/{field}"), "invalid_field", message)
        }
        TenantError::Staff(e @ dengbu_staff::StaffError::UsernameTaken(_)) => {
            Problem::field("/administrator/username", "username_taken", e.to_string())
        }
        TenantError::Staff(e) => super::staff::staff_problem(e),
        TenantError::Store(e) => e.into(),
        other => Problem::internal(&other),
    }
}

/// A district of an authority.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantCounty {
    /// Code: the first six digits of unit codes.
    code: String,
    /// Name.
    name: String,
}

/// An authority as everybody may know it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantView {
    /// Code.
    authority: String,
    /// Name.
    name: String,
    /// Place name in certificate numbers.
    place_name: String,
    /// Districts.
    counties: Vec<TenantCounty>,
}

/// Authorities.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tenants {
    /// By code.
    items: Vec<TenantView>,
}

/// The registration authorities on the platform; names only, nothing of their data.
#[utoipa::path(get, path = "/platform/tenants", operation_id = "list_tenants",
    responses((status = 200, body = Tenants), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_tenants(State(app): State<App>, signed: Signed) -> Result<Json<Tenants>, Problem> {
    signed.require_at(Action::ManageTenants, PLATFORM, None)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let items = authority_list::list(&mut tx)
        .await?
        .into_iter()
        .filter(|a| a.authority != PLATFORM)
        .map(|a| TenantView {
            counties: a
                .counties
                .into_iter()
                .map(|c| TenantCounty {
                    code: c.county,
                    name: c.name,
                })
                .collect(),
            authority: a.authority,
            name: a.name,
            place_name: a.place_name,
        })
        .collect();
    let record = AuditRecord::by(&signed.actor, "tenant.listed");
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(Json(Tenants { items }))
}

/// A hall of a new authority.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantOffice {
    /// Identity within the authority, such as `510500-01`.
    office_id: String,
    /// Name.
    name: String,
    /// Address.
    #[serde(default)]
    address: String,
    /// District in which it lies.
    county: String,
}

/// The first administrator of a new authority.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantAdministrator {
    /// User name, unique over the whole platform.
    username: String,
    /// Name.
    name: String,
}

/// A registration authority to be set up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenantRequest {
    /// Six-digit code.
    authority: String,
    /// Full name, as it signs certificates.
    name: String,
    /// Place name in certificate numbers.
    place_name: String,
    /// Province abbreviation in certificate numbers, one character.
    province_short: String,
    /// Districts.
    counties: Vec<TenantCounty>,
    /// Halls.
    offices: Vec<TenantOffice>,
    /// The first administrator.
    administrator: TenantAdministrator,
    /// Whether the national holidays shipped with the platform are put into its calendar.
    national_calendar: bool,
    /// Before which step the registration fee must be settled.
    #[schema(value_type = SettleBeforeName)]
    settle_before: SettleBefore,
}

impl From<&NewTenantRequest> for NewTenant {
    fn from(given: &NewTenantRequest) -> Self {
        Self {
            authority: given.authority.trim().to_owned(),
            name: given.name.trim().to_owned(),
            place_name: given.place_name.trim().to_owned(),
            province_short: given.province_short.trim().to_owned(),
            counties: given
                .counties
                .iter()
                .map(|c| (c.code.trim().to_owned(), c.name.trim().to_owned()))
                .collect(),
            offices: given
                .offices
                .iter()
                .map(|o| Office {
                    authority: given.authority.trim().to_owned(),
                    office_id: o.office_id.trim().to_owned(),
                    name: o.name.trim().to_owned(),
                    address: o.address.trim().to_owned(),
                    county: o.county.trim().to_owned(),
                    active: true,
                })
                .collect(),
            username: given.administrator.username.clone(),
            administrator: given.administrator.name.trim().to_owned(),
        }
    }
}

/// A new authority and the one-time password of its first administrator, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantOpened {
    /// Code.
    authority: String,
    /// Name.
    name: String,
    /// User name of the first administrator.
    username: String,
    /// First password, to be changed at the first sign-in.
    initial_password: String,
}

/// Sets up a registration authority with its districts, halls, calendar, fee settings and first
/// administrator, all or nothing.
#[utoipa::path(post, path = "/platform/tenants", operation_id = "create_tenant", request_body = NewTenantRequest,
    params(("X-CSRF-Token" = String, Header)),
    responses((status = 201, body = TenantOpened), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn create_tenant(
    State(app): State<App>,
    signed: Signed,
    Body(given): Body<NewTenantRequest>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageTenants, PLATFORM, None)?;
    // the code is unique: a repeated request meets the authority that the first one set up
    let new = NewTenant::from(&given);
    let mut opened = app
        .accounts()
        .open_tenant(actor, &new)
        .await
        .map_err(problem)?;
    if given.national_calendar {
        let published = parse_days(SHIPPED).map_err(|e| Problem::internal(&e))?;
        days::put(&mut opened.tx, &new.authority, &published).await?;
    }
    let settings = FeeSettings {
        settle_before: given.settle_before,
        ..FeeSettings::default()
    };
    fees::save(&mut opened.tx, &new.authority, &settings).await?;
    opened.tx.commit().await?;
    let answer = TenantOpened {
        authority: new.authority,
        name: new.name,
        username: new.username,
        initial_password: opened.password.expose().to_owned(),
    };
    Ok((
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, "no-store")],
        Json(answer),
    )
        .into_response())
}
