//! Signing in and out, second factor, own password.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use dengbu_staff::password_change::PasswordChangeError;
use dengbu_staff::second_factor::SecondFactorError;
use dengbu_staff::{
    Enrolment, SecondFactor, Session, SessionError, SessionToken, SignInError, Standing,
    csrf_token_for,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{COOKIE, HalfSigned, context};
use crate::gather;
use crate::problem::Problem;
use crate::reply::Body;
use crate::state::App;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, read_session, sign_out))
        .routes(routes!(pass_second_factor))
        .routes(routes!(enrol_second_factor))
        .routes(routes!(confirm_second_factor))
        .routes(routes!(change_password))
}

/// User name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// 登录名.
    username: String,
    /// 口令.
    password: String,
}

/// A code and its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Named {
    /// Code.
    code: String,
    /// Name in Chinese.
    name: String,
}

/// Who is signed in and what they may do.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Name.
    name: String,
    /// User name.
    username: String,
    /// Identity.
    staff_id: uuid::Uuid,
    /// `ready`, `second_factor_needed`, `enrolment_needed` or `password_change_needed`.
    standing: String,
    /// Authority.
    authority: Named,
    /// Name on certificates.
    place_name: String,
    /// Office point.
    office: Option<String>,
    /// Its name.
    office_name: Option<String>,
    /// Roles.
    roles: Vec<Named>,
    /// Counties in view.
    counties: Vec<Named>,
    /// Permissions, by code.
    permissions: Vec<String>,
    /// Token that every write carries in `X-CSRF-Token`.
    csrf_token: String,
    /// Second factor.
    second_factor: SecondFactorView,
    /// True when the password must be changed first.
    must_change_password: bool,
    /// What a new password must be, in words.
    password_hint: String,
    /// Seconds without a request after which the session ends.
    idle_seconds: u32,
    /// When the session ends at the latest.
    expires_at: chrono::DateTime<chrono::Utc>,
    /// The server's time.
    server_time: chrono::DateTime<chrono::Utc>,
    /// True when all data is invented.
    demo: bool,
}

/// State of the second factor.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondFactorView {
    /// Needed.
    required: bool,
    /// The person has one.
    enrolled: bool,
    /// Passed in this session.
    passed: bool,
}

impl From<SecondFactor> for SecondFactorView {
    fn from(s: SecondFactor) -> Self {
        Self {
            required: s.required,
            enrolled: s.enrolled,
            passed: s.passed,
        }
    }
}

async fn view(app: &App, session: &Session, token: &SessionToken) -> Result<SessionView, Problem> {
    let actor = &session.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let authorities = dengbu_store::authority_list::list(&mut tx).await?;
    let names = gather::names(&mut tx).await?;
    let own = authorities.iter().find(|a| a.authority == actor.authority);
    let policy = app.accounts().policy(&actor.authority).await?;
    let standing = match actor.standing {
        Standing::Ready => "ready",
        Standing::SecondFactorNeeded => "second_factor_needed",
        Standing::EnrolmentNeeded => "enrolment_needed",
        Standing::PasswordChangeNeeded => "password_change_needed",
    };
    let counties = actor
        .scope
        .codes()
        .iter()
        .filter_map(|c| {
            names.counties.get(c).map(|n| Named {
                code: c.clone(),
                name: n.clone(),
            })
        })
        .collect();
    Ok(SessionView {
        name: actor.name.clone(),
        username: actor.username.clone(),
        staff_id: actor.staff_id,
        standing: standing.to_owned(),
        authority: Named {
            code: actor.authority.clone(),
            name: names.authority(&actor.authority),
        },
        place_name: own.map(|a| a.place_name.clone()).unwrap_or_default(),
        office: actor.office.clone(),
        office_name: names.office(&actor.authority, actor.office.as_deref()),
        roles: actor
            .roles()
            .into_iter()
            .map(|r| Named {
                code: r.code().to_owned(),
                name: r.name_zh().to_owned(),
            })
            .collect(),
        counties,
        permissions: actor
            .permissions()
            .into_iter()
            .map(|a| a.code().to_owned())
            .collect(),
        csrf_token: csrf_token_for(token),
        second_factor: session.second_factor.into(),
        must_change_password: session.must_change_password,
        password_hint: policy.password_hint(),
        idle_seconds: session.idle_seconds,
        expires_at: session.expires_at,
        server_time: actor.request.now,
        demo: app.config().demo,
    })
}

/// Signs in; the answer says what is still needed.
#[utoipa::path(post, path = "/session", operation_id = "sign_in", request_body = Credentials, security(()),
    responses((status = 200, body = SessionView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn sign_in(
    State(app): State<App>,
    parts: Parts,
    Body(given): Body<Credentials>,
) -> Result<Response, Problem> {
    let request = context(&parts, app.config());
    if given.username.contains('\0') || given.username.len() > 200 || given.password.len() > 1000 {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "wrong_credentials",
            "登录名或口令不正确",
        ));
    }
    let done = app
        .accounts()
        .sign_in(&given.username, &given.password, &request)
        .await
        .map_err(|e| sign_in_problem(&e, request.now))?;
    let view = view(&app, &done.session, &done.token).await?;
    let secure = if app.config().secure_cookies {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!(
        "{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax{secure}",
        done.token.expose()
    );
    Ok((
        [
            (header::SET_COOKIE, cookie),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
        Json(view),
    )
        .into_response())
}

fn sign_in_problem(e: &SignInError, now: chrono::DateTime<chrono::Utc>) -> Problem {
    if let SignInError::TooManyFromAddress { until } = e {
        let mut p = Problem::new(StatusCode::TOO_MANY_REQUESTS, e.code(), e.to_string());
        let seconds = (*until - now).num_seconds().max(0);
        p.retry_after = Some(u64::try_from(seconds).unwrap_or(0) + 1);
        return p;
    }
    let status = match e {
        SignInError::WrongCredentials { .. } => StatusCode::UNAUTHORIZED,
        SignInError::Locked { .. } => StatusCode::LOCKED,
        SignInError::Disabled => StatusCode::FORBIDDEN,
        SignInError::Store(store) => return store.into(),
        other => return Problem::internal(other),
    };
    Problem::new(status, e.code(), e.to_string())
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", operation_id = "read_session",
    responses((status = 200, body = SessionView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_session(State(app): State<App>, half: HalfSigned) -> Result<Response, Problem> {
    let view = view(&app, &half.session, &half.token).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(view)).into_response())
}

/// Signs out.
#[utoipa::path(delete, path = "/session", operation_id = "sign_out", params(("X-CSRF-Token" = String, Header)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn sign_out(State(app): State<App>, half: HalfSigned) -> Result<Response, Problem> {
    app.accounts()
        .sign_out(&half.token, &half.session.actor.request)
        .await?;
    let gone = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response())
}

/// A code of the second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeGiven {
    /// Six digits.
    code: String,
}

fn second_factor_problem(e: SecondFactorError) -> Problem {
    match e {
        SecondFactorError::Session(SessionError::Store(s)) | SecondFactorError::Store(s) => {
            s.into()
        }
        other => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            other.code(),
            other.to_string(),
        ),
    }
}

/// Passes the second factor.
#[utoipa::path(post, path = "/session/totp", operation_id = "pass_second_factor", request_body = CodeGiven,
    params(("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = SessionView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn pass_second_factor(
    State(app): State<App>,
    half: HalfSigned,
    Body(given): Body<CodeGiven>,
) -> Result<Json<SessionView>, Problem> {
    let session = app
        .accounts()
        .verify_totp(&half.token, &given.code, &half.session.actor.request)
        .await
        .map_err(second_factor_problem)?;
    Ok(Json(view(&app, &session, &half.token).await?))
}

/// A new secret for an authenticator.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolmentView {
    /// For the QR code.
    otpauth_url: String,
    /// The same for typing.
    secret: String,
}

/// Makes a secret for the second factor; it counts once a code of it was confirmed.
#[utoipa::path(post, path = "/session/totp/enrolment", operation_id = "enrol_second_factor",
    params(("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = EnrolmentView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn enrol_second_factor(
    State(app): State<App>,
    half: HalfSigned,
) -> Result<Response, Problem> {
    let Enrolment {
        otpauth_url,
        secret,
    } = app
        .accounts()
        .enrol_totp(&half.token, &half.session.actor.request)
        .await
        .map_err(second_factor_problem)?;
    Ok((
        [(header::CACHE_CONTROL, "no-store")],
        Json(EnrolmentView {
            otpauth_url,
            secret,
        }),
    )
        .into_response())
}

/// Puts the new secret into force.
#[utoipa::path(post, path = "/session/totp/confirmation", operation_id = "confirm_second_factor", request_body = CodeGiven,
    params(("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = SessionView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn confirm_second_factor(
    State(app): State<App>,
    half: HalfSigned,
    Body(given): Body<CodeGiven>,
) -> Result<Json<SessionView>, Problem> {
    let session = app
        .accounts()
        .confirm_totp(&half.token, &given.code, &half.session.actor.request)
        .await
        .map_err(second_factor_problem)?;
    Ok(Json(view(&app, &session, &half.token).await?))
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// 现口令.
    current: String,
    /// 新口令.
    new: String,
}

/// Changes the password of the person signed in.
#[utoipa::path(post, path = "/session/password", operation_id = "change_password", request_body = PasswordChange,
    params(("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = SessionView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn change_password(
    State(app): State<App>,
    half: HalfSigned,
    Body(given): Body<PasswordChange>,
) -> Result<Json<SessionView>, Problem> {
    if given.new.len() > 1000 || given.current.len() > 1000 {
        return Err(Problem::field("/new", "too_long", "口令过长"));
    }
    let session = app
        .accounts()
        .change_password(
            &half.token,
            &given.current,
            &given.new,
            &half.session.actor.request,
        )
        .await
        .map_err(|e| match e {
            PasswordChangeError::Store(s) => Problem::from(s),
            other => Problem::field("/new", other.code(), other.to_string()),
        })?;
    Ok(Json(view(&app, &session, &half.token).await?))
}
