//! Accounts of staff and their grants.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengbu_staff::{
    Grant, NewStaff, Role, StaffChanges, StaffError, StaffPage, StaffQuery, StaffRecord,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::plausible;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::write::if_match;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_roles))
        .routes(routes!(list_staff, create_staff))
        .routes(routes!(read_staff, update_staff))
        .routes(routes!(set_grants))
        .routes(routes!(reset_password))
        .routes(routes!(lock_staff))
        .routes(routes!(unlock_staff))
}

fn problem(e: StaffError) -> Problem {
    let text = e.to_string();
    match e {
        StaffError::NotAllowed { .. } | StaffError::OutOfReach { .. } | StaffError::OwnAccount => {
            Problem::new(StatusCode::FORBIDDEN, e.code(), text)
        }
        StaffError::NotFound => Problem::not_found(text),
        StaffError::StaleVersion | StaffError::UsernameTaken(_) => {
            Problem::new(StatusCode::CONFLICT, e.code(), text)
        }
        StaffError::Field { field, message } => {
            Problem::field(&format!("/{field}"), "invalid_field", message)
        }
        StaffError::Grant(_) => Problem::field("/grants", "invalid_grants", text),
        StaffError::Password(_) => Problem::field("/password", "password", text),
        StaffError::Policy(_) => Problem::field("/policy", "invalid_policy", text),
        StaffError::Store(s) => s.into(),
        other => Problem::internal(&other),
    }
}

/// The same, with the version that stands now where the caller saw another.
async fn told(app: &App, signed: &Signed, id: Uuid, e: StaffError) -> Problem {
    let stale = matches!(e, StaffError::StaleVersion);
    let mut p = problem(e);
    if stale {
        let now = app.accounts().get_staff(&signed.actor, id).await;
        p.current_version = now.ok().map(|s| s.version);
    }
    p
}

/// Days of grants that no calendar holds.
fn check_days(grants: &[Grant]) -> Result<(), Problem> {
    let wrong = grants
        .iter()
        .position(|g| !plausible(g.valid_from) || g.valid_to.is_some_and(|d| !plausible(d)));
    wrong.map_or(Ok(()), |i| {
        Err(Problem::field(
            &format!("/grants/{i}"),
            "date_out_of_range",
            "授权起止日期超出范围，年份应为 1 至 9999",
        ))
    })
}

/// Turns an account error into an answer.
pub(super) fn staff_problem(e: StaffError) -> Problem {
    problem(e)
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleView {
    /// Code.
    code: String,
    /// Name in Chinese.
    name: String,
    /// True when it goes with no other role.
    stands_alone: bool,
}

/// Roles.
#[derive(Debug, Serialize, ToSchema)]
pub struct Roles {
    /// Roles.
    items: Vec<RoleView>,
}

/// The roles that can be given.
#[utoipa::path(get, path = "/roles", operation_id = "list_roles",
    responses((status = 200, body = Roles), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_roles(_signed: Signed) -> Result<Json<Roles>, Problem> {
    let items = Role::ALL
        .into_iter()
        .map(|r| RoleView {
            code: r.code().to_owned(),
            name: r.name_zh().to_owned(),
            stands_alone: r.stands_alone(),
        })
        .collect();
    Ok(Json(Roles { items }))
}

/// Which accounts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StaffListQuery {
    /// Part of the name or the user name.
    q: Option<String>,
    /// Open or closed ones only.
    active: Option<bool>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// Lists accounts.
#[utoipa::path(get, path = "/staff", operation_id = "list_staff", params(StaffListQuery),
    responses((status = 200, body = StaffPage), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_staff(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<StaffListQuery>,
) -> Result<Json<StaffPage>, Problem> {
    let clean = |t: Option<String>| t.filter(|t| !t.contains('\0'));
    let asked = StaffQuery {
        text: clean(query.q),
        authority: None,
        active: query.active,
        cursor: clean(query.cursor),
        limit: u32::try_from(super::limit(query.limit)).unwrap_or(20),
    };
    app.accounts()
        .list_staff(&signed.actor, &asked)
        .await
        .map(Json)
        .map_err(problem)
}

/// A new account and its first password, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct Created {
    /// The account.
    staff: StaffRecord,
    /// First password, to be changed at the first sign-in.
    initial_password: String,
}

/// Opens an account.
#[utoipa::path(post, path = "/staff", operation_id = "create_staff", request_body = NewStaff,
    params(("X-CSRF-Token" = String, Header)),
    responses((status = 201, body = Created), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn create_staff(
    State(app): State<App>,
    signed: Signed,
    Body(new): Body<NewStaff>,
) -> Result<Response, Problem> {
    check_days(&new.grants)?;
    // the user name is unique: a repeated request meets the first one's account
    let (staff, password) = app
        .accounts()
        .create_staff(&signed.actor, &new)
        .await
        .map_err(problem)?;
    let answer = Created {
        staff,
        initial_password: password.expose().to_owned(),
    };
    Ok((
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, "no-store")],
        Json(answer),
    )
        .into_response())
}

/// One account.
#[utoipa::path(get, path = "/staff/{staff_id}", operation_id = "read_staff", params(("staff_id" = Uuid, Path)),
    responses((status = 200, body = StaffRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_staff(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
) -> Result<Json<StaffRecord>, Problem> {
    app.accounts()
        .get_staff(&signed.actor, id)
        .await
        .map(Json)
        .map_err(problem)
}

/// Changes an account.
#[utoipa::path(put, path = "/staff/{staff_id}", operation_id = "update_staff", request_body = StaffChanges,
    params(("staff_id" = Uuid, Path), ("If-Match" = String, Header, description = "version"), ("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = StaffRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn update_staff(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    headers: HeaderMap,
    Body(changes): Body<StaffChanges>,
) -> Result<Json<StaffRecord>, Problem> {
    let seen = if_match(&headers)?;
    let done = app
        .accounts()
        .update_staff(&signed.actor, id, seen, &changes)
        .await;
    match done {
        Ok(staff) => Ok(Json(staff)),
        Err(e) => Err(told(&app, &signed, id, e).await),
    }
}

/// New grants and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantsChange {
    /// All grants the account shall have.
    grants: Vec<Grant>,
    /// Why.
    reason: String,
}

/// Replaces the grants of an account.
#[utoipa::path(put, path = "/staff/{staff_id}/grants", operation_id = "set_grants", request_body = GrantsChange,
    params(("staff_id" = Uuid, Path), ("If-Match" = String, Header, description = "version"), ("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = StaffRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn set_grants(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    headers: HeaderMap,
    Body(given): Body<GrantsChange>,
) -> Result<Json<StaffRecord>, Problem> {
    let seen = if_match(&headers)?;
    check_days(&given.grants)?;
    let done = app
        .accounts()
        .set_grants(&signed.actor, id, seen, &given.grants, &given.reason)
        .await;
    match done {
        Ok(staff) => Ok(Json(staff)),
        Err(e) => Err(told(&app, &signed, id, e).await),
    }
}

/// A random password, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasswordGiven {
    /// The password, to be changed at the next sign-in.
    initial_password: String,
}

/// Gives an account a random password.
#[utoipa::path(post, path = "/staff/{staff_id}/password-reset", operation_id = "reset_password",
    params(("staff_id" = Uuid, Path), ("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = PasswordGiven), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn reset_password(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    let password = app
        .accounts()
        .reset_password(&signed.actor, id)
        .await
        .map_err(problem)?;
    let answer = PasswordGiven {
        initial_password: password.expose().to_owned(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Reason.
    reason: String,
}

/// Closes an account.
#[utoipa::path(post, path = "/staff/{staff_id}/lock", operation_id = "lock_staff", request_body = Reason,
    params(("staff_id" = Uuid, Path), ("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = StaffRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn lock_staff(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Body(given): Body<Reason>,
) -> Result<Json<StaffRecord>, Problem> {
    app.accounts()
        .lock_staff(&signed.actor, id, &given.reason)
        .await
        .map(Json)
        .map_err(problem)
}

/// Opens a closed account, or ends a lock-out.
#[utoipa::path(post, path = "/staff/{staff_id}/unlock", operation_id = "unlock_staff", request_body = Reason,
    params(("staff_id" = Uuid, Path), ("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = StaffRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn unlock_staff(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Body(given): Body<Reason>,
) -> Result<Json<StaffRecord>, Problem> {
    app.accounts()
        .unlock_staff(&signed.actor, id, &given.reason)
        .await
        .map(Json)
        .map_err(problem)
}
