//! What a citizen does: sign in, see the own certificates, take them, let others see them.
//!
//! The cookie and the session are the citizen's own: nothing of staff opens with them, nor the
//! other way round.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use dengbu_certlib::citizens::{self, Citizen, SignIn};
use dengbu_certlib::grants::{self, NewGrant, Scope};
use dengbu_certlib::record::{self, ECertificate};
use dengbu_certlib::uses::{self, Channel, NewUse};
use dengbu_model::party::masked_name;
use dengbu_staff::{OsEntropy, RequestContext, SessionToken, check_csrf, csrf_token_for};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::accounts::no_store;
use super::views::{
    ECertificateLine, FieldView, FileFormat, GrantView, HolderView, UseView, grant, holder, line,
    names,
};
use super::{file, words};
use crate::api::{Page, limit, page};
use crate::auth::{CSRF_HEADER, context};
use crate::ecert::gates;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::{App, new_id};

/// Name of the citizen's cookie.
pub const CITIZEN_COOKIE: &str = "dengbu_citizen";
/// Certificates shown at most.
const CERTIFICATES_MAX: i64 = 500;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(
            citizen_sign_in,
            read_citizen_session,
            citizen_sign_out
        ))
        .routes(routes!(change_citizen_password))
        .routes(routes!(list_own_certificates))
        .routes(routes!(read_own_certificate))
        .routes(routes!(own_certificate_file))
        .routes(routes!(list_own_certificate_uses))
        .routes(routes!(list_own_grants, give_grant))
        .routes(routes!(revoke_grant))
        .routes(routes!(list_grant_uses))
}

/// A citizen who is signed in.
#[derive(Debug)]
pub struct CitizenSigned {
    citizen: Citizen,
    token: SessionToken,
    request: RequestContext,
}

fn token(headers: &HeaderMap) -> Option<SessionToken> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == CITIZEN_COOKIE)
        .and_then(|(_, value)| SessionToken::parse(value))
}

fn not_signed_in() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "not_signed_in",
        "请先登录；登录后长时间没有操作也需要重新登录",
    )
}

impl FromRequestParts<App> for CitizenSigned {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = token(&parts.headers).ok_or_else(not_signed_in)?;
        let request = context(parts, app.config());
        let mut tx = app.store().system().await?;
        let citizen = citizens::session(&mut tx, &token, request.now)
            .await?
            .ok_or_else(not_signed_in)?;
        tx.commit().await?;
        let writes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        let presented = parts.headers.get(CSRF_HEADER).and_then(|v| v.to_str().ok());
        if writes && !check_csrf(&token, presented.unwrap_or_default()) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "csrf",
                "页面校验码缺失或已失效，请刷新页面后重试",
            ));
        }
        Ok(Self {
            citizen,
            token,
            request,
        })
    }
}

impl CitizenSigned {
    /// Refuses while the one-time password was not replaced.
    fn ready(&self) -> Result<(), Problem> {
        if self.citizen.must_change {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "password_change_needed",
                "请先修改一次性口令",
            ));
        }
        Ok(())
    }
}

/// Identity number and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CitizenCredentials {
    /// 公民身份号码.
    id_number: String,
    /// 口令.
    password: String,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct CitizenSessionView {
    /// Name.
    name: String,
    /// The one-time password must be replaced first.
    must_change: bool,
    /// Token that every write carries in `X-CSRF-Token`.
    csrf_token: String,
    /// Minutes without a request after which the session ends.
    idle_minutes: i64,
    /// The server's time.
    server_time: DateTime<Utc>,
    /// True when all data is invented.
    demo: bool,
}

fn session_view(
    app: &App,
    citizen: &Citizen,
    token: &SessionToken,
    now: DateTime<Utc>,
) -> CitizenSessionView {
    CitizenSessionView {
        name: citizen.name.clone(),
        must_change: citizen.must_change,
        csrf_token: csrf_token_for(token),
        idle_minutes: citizens::IDLE_MINUTES,
        server_time: now,
        demo: app.config().demo,
    }
}

/// A citizen signs in with identity number and password.
#[utoipa::path(post, path = "/citizen/session", operation_id = "citizen_sign_in", request_body = CitizenCredentials, security(()),
    responses((status = 200, body = CitizenSessionView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn citizen_sign_in(
    State(app): State<App>,
    parts: Parts,
    Body(given): Body<CitizenCredentials>,
) -> Result<Response, Problem> {
    gates::pass(&app.gates().doors, &parts, app.config())?;
    let request = context(&parts, app.config());
    let wrong = || {
        let text = "身份证号或口令不正确";
        Problem::new(StatusCode::UNAUTHORIZED, "wrong_credentials", text)
            .detail("连续输错 5 次将暂停 15 分钟；忘记口令请带身份证到登记大厅重置。")
    };
    if given.id_number.len() > 60 || given.password.len() > 400 {
        return Err(wrong());
    }
    let mut tx = app.store().system().await?;
    let key = app.library_key();
    let done = citizens::sign_in(
        &mut tx,
        &given.id_number,
        &given.password,
        &key,
        app.hasher(),
        &OsEntropy,
        request.now,
    )
    .await?;
    tx.commit().await?;
    let (citizen, token) = match done {
        SignIn::Done(citizen, token) => (citizen, token),
        SignIn::Wrong => return Err(wrong()),
        SignIn::Barred(until) => {
            let text = "口令连续输错，暂时不能登录，请稍后再试";
            let mut p = Problem::new(StatusCode::TOO_MANY_REQUESTS, "barred", text);
            let seconds = (until - request.now).num_seconds().max(0);
            p.retry_after = Some(u64::try_from(seconds).unwrap_or(0) + 1);
            return Err(p);
        }
        SignIn::OneTimeOver => {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "one_time_over",
                "一次性口令已过期，请带身份证到登记大厅重置",
            ));
        }
    };
    let secure = if app.config().secure_cookies {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!(
        "{CITIZEN_COOKIE}={}; Path=/; HttpOnly; SameSite=Lax{secure}",
        token.expose()
    );
    let view = session_view(&app, &citizen, &token, request.now);
    let mut answer = no_store(StatusCode::OK, &view);
    if let Ok(value) = cookie.parse() {
        answer.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(answer)
}

/// The citizen who is signed in.
#[utoipa::path(get, path = "/citizen/session", operation_id = "read_citizen_session",
    responses((status = 200, body = CitizenSessionView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_citizen_session(
    State(app): State<App>,
    signed: CitizenSigned,
) -> Result<Response, Problem> {
    let view = session_view(&app, &signed.citizen, &signed.token, signed.request.now);
    Ok(no_store(StatusCode::OK, &view))
}

/// The citizen signs out.
#[utoipa::path(delete, path = "/citizen/session", operation_id = "citizen_sign_out", params(("X-CSRF-Token" = String, Header)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn citizen_sign_out(
    State(app): State<App>,
    signed: CitizenSigned,
) -> Result<Response, Problem> {
    let mut tx = app.store().system().await?;
    citizens::sign_out(&mut tx, &signed.token).await?;
    tx.commit().await?;
    let gone = format!("{CITIZEN_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response())
}

/// Present and new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CitizenPassword {
    /// 现在的口令.
    current: String,
    /// 新口令.
    new: String,
}

/// The citizen replaces the password.
#[utoipa::path(post, path = "/citizen/password", operation_id = "change_citizen_password", request_body = CitizenPassword,
    params(("X-CSRF-Token" = String, Header)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn change_citizen_password(
    State(app): State<App>,
    signed: CitizenSigned,
    Body(given): Body<CitizenPassword>,
) -> Result<StatusCode, Problem> {
    if given.current.len() > 400 || given.new.len() > 400 {
        let message = "新口令应为 10 至 100 个字符";
        return Err(Problem::field("/new", "weak_password", message));
    }
    let mut tx = app.store().system().await?;
    citizens::change_password(
        &mut tx,
        &signed.citizen,
        &signed.token,
        (&given.current, &given.new),
        app.hasher(),
        &OsEntropy,
    )
    .await
    .map_err(|e| match e {
        dengbu_certlib::LibraryError::Refused(text) if text.starts_with("现在") => {
            Problem::field("/current", "wrong_password", text)
        }
        dengbu_certlib::LibraryError::Refused(text) => {
            Problem::field("/new", "weak_password", text)
        }
        other => other.into(),
    })?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The citizen's certificates.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnCertificates {
    /// Newest first.
    items: Vec<ECertificateLine>,
}

/// The citizen's own electronic certificates, of all authorities.
#[utoipa::path(get, path = "/citizen/certificates", operation_id = "list_own_certificates",
    responses((status = 200, body = OwnCertificates), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_own_certificates(
    State(app): State<App>,
    signed: CitizenSigned,
) -> Result<Response, Problem> {
    signed.ready()?;
    let mut tx = app.store().system().await?;
    let found = record::of_person(&mut tx, &signed.citizen.id_hash, CERTIFICATES_MAX).await?;
    let names = names(&record::holders_of(&mut tx, &found).await?);
    let items = found
        .iter()
        .map(|c| ECertificateLine {
            // the fault is the authority's affair
            fault: None,
            ..line(c, &names)
        })
        .collect();
    Ok(no_store(StatusCode::OK, &OwnCertificates { items }))
}

/// An own certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnCertificate {
    /// As in the list.
    #[serde(flatten)]
    line: ECertificateLine,
    /// Authority.
    authority_name: String,
    /// Holders.
    holder_list: Vec<HolderView>,
    /// What stands on it.
    fields: Vec<FieldView>,
    /// Why it is in its state.
    state_reason: Option<String>,
    /// Whether the files can be taken.
    downloadable: bool,
}

async fn own(tx: &mut TenantTx, signed: &CitizenSigned, id: Uuid) -> Result<ECertificate, Problem> {
    signed.ready()?;
    let missing = || Problem::not_found("没有找到这件电子证照，或者不在您名下");
    let c = record::one(tx, id).await?.ok_or_else(missing)?;
    let mine = record::is_holder(tx, &c, &signed.citizen.id_hash).await?;
    if mine && c.state() != dengbu_certlib::State::Void {
        Ok(c)
    } else {
        Err(missing())
    }
}

fn use_of<'a>(signed: &'a CitizenSigned, purpose: &'a str, what: &'a str) -> NewUse<'a> {
    NewUse {
        channel: Channel::Owner,
        who: &signed.citizen.name,
        purpose,
        what,
        grant_id: None,
        application_id: None,
        ip: signed.request.ip.map(|ip| ip.to_string()),
        now: signed.request.now,
    }
}

/// One own certificate; the look is recorded.
#[utoipa::path(get, path = "/citizen/certificates/{e_certificate_id}", operation_id = "read_own_certificate",
    params(("e_certificate_id" = Uuid, Path)),
    responses((status = 200, body = OwnCertificate), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_own_certificate(
    State(app): State<App>,
    signed: CitizenSigned,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    let mut tx = app.store().system().await?;
    let c = own(&mut tx, &signed, id).await?;
    let key = app.library_key();
    let holders = record::holders(&mut tx, &c).await?;
    let authorities = crate::gather::names(&mut tx).await?;
    let view = OwnCertificate {
        line: ECertificateLine {
            fault: None,
            ..line(&c, &names(&holders))
        },
        authority_name: authorities.authority(&c.authority),
        holder_list: holders
            .iter()
            .map(|h| holder(h, &key, true))
            .collect::<Result<_, _>>()?,
        fields: app.office().fields(&c, &key, false)?,
        state_reason: c.state_reason.clone(),
        downloadable: c.sealed_at.is_some(),
    };
    uses::note(&mut tx, &c, &use_of(&signed, "本人查看", "fields"), &new_id).await?;
    tx.commit().await?;
    Ok(no_store(StatusCode::OK, &view))
}

/// The sealed file of an own certificate; each taking is recorded.
#[utoipa::path(get, path = "/citizen/certificates/{e_certificate_id}/files/{format}", operation_id = "own_certificate_file",
    params(("e_certificate_id" = Uuid, Path), ("format" = FileFormat, Path)),
    responses((status = 200, description = "the file", content((Vec<u8> = "application/ofd"), (Vec<u8> = "application/pdf"))),
              (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn own_certificate_file(
    State(app): State<App>,
    signed: CitizenSigned,
    At((id, format)): At<(Uuid, FileFormat)>,
) -> Result<Response, Problem> {
    let mut tx = app.store().system().await?;
    let c = own(&mut tx, &signed, id).await?;
    let content = app.office().original(&app, &mut tx, &c, format).await?;
    uses::note(&mut tx, &c, &use_of(&signed, "本人下载", "file"), &new_id).await?;
    tx.commit().await?;
    Ok(file(format.code(), &c.certificate_no, content, false))
}

/// A page of the citizen's lists.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OwnQuery {
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<Uuid>,
}

/// Who saw and took an own certificate, newest first.
#[utoipa::path(get, path = "/citizen/certificates/{e_certificate_id}/uses", operation_id = "list_own_certificate_uses",
    params(("e_certificate_id" = Uuid, Path), OwnQuery),
    responses((status = 200, body = Page<UseView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_own_certificate_uses(
    State(app): State<App>,
    signed: CitizenSigned,
    At(id): At<Uuid>,
    Params(query): Params<OwnQuery>,
) -> Result<Response, Problem> {
    let rows = limit(query.limit);
    let mut tx = app.store().system().await?;
    let c = own(&mut tx, &signed, id).await?;
    let found = uses::of_certificate(&mut tx, &c, query.cursor, rows + 1).await?;
    let lines = found.into_iter().map(UseView::from).collect();
    let paged = page(lines, rows, |u: &UseView| u.use_id.to_string());
    Ok(no_store(StatusCode::OK, &paged))
}

/// What a grant lets somebody have.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantScope {
    /// 只核验状态.
    State,
    /// 查看内容.
    Fields,
    /// 查看内容并取得加注件.
    Copy,
}

impl From<GrantScope> for Scope {
    fn from(s: GrantScope) -> Self {
        match s {
            GrantScope::State => Self::State,
            GrantScope::Fields => Self::Fields,
            GrantScope::Copy => Self::Copy,
        }
    }
}

/// A grant the citizen gives.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantOrder {
    /// The certificate.
    e_certificate_id: Uuid,
    /// To whom: name of the person or organisation; whoever uses the code must know it.
    grantee: String,
    /// For what.
    purpose: String,
    /// What.
    scope: GrantScope,
    /// How often, 1 to 100; once when not said.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    uses_max: Option<i32>,
    /// For how many hours, 1 to 2160 (90 days); 24 when not said.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 2160)]
    hours: Option<i64>,
}

/// A grant with its code.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantGiven {
    /// The grant.
    grant: GrantView,
    /// 授权码, told this once.
    code: String,
}

/// Lets somebody see or take an own certificate; the code is in this answer and nowhere else.
#[utoipa::path(post, path = "/citizen/grants", operation_id = "give_grant", request_body = GrantOrder,
    params(("X-CSRF-Token" = String, Header)),
    responses((status = 201, body = GrantGiven), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn give_grant(
    State(app): State<App>,
    signed: CitizenSigned,
    Body(given): Body<GrantOrder>,
) -> Result<Response, Problem> {
    let grantee = words("/grantee", &given.grantee, 60)?;
    let purpose = words("/purpose", &given.purpose, 100)?;
    let uses_max = given.uses_max.unwrap_or(1);
    if !(1..=grants::USES_MAX).contains(&uses_max) {
        let message = "使用次数应为 1 至 100";
        return Err(Problem::field("/uses_max", "out_of_range", message));
    }
    let hours = given.hours.unwrap_or(grants::HOURS_DEFAULT);
    if !(1..=grants::DAYS_MAX * 24).contains(&hours) {
        let message = "有效时间应为 1 至 2160 小时（90 天）";
        return Err(Problem::field("/hours", "out_of_range", message));
    }
    let now = signed.request.now;
    let mut tx = app.store().system().await?;
    let c = own(&mut tx, &signed, given.e_certificate_id).await?;
    if c.state() != dengbu_certlib::State::Issued {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "not_valid",
            format!("这件证照现在是“{}”，不能授权他人使用", c.state().name_zh()),
        ));
    }
    let new = NewGrant {
        citizen_id: signed.citizen.citizen_id,
        grantor: &signed.citizen.name,
        grantee: &grantee,
        purpose: &purpose,
        scope: given.scope.into(),
        uses_max,
        not_after: now + TimeDelta::hours(hours),
    };
    let (made, code) = grants::give(&mut tx, &c, &new, &OsEntropy, now, &new_id).await?;
    tx.commit().await?;
    let answer = GrantGiven {
        grant: grant(&made, now),
        code,
    };
    Ok(no_store(StatusCode::CREATED, &answer))
}

/// The citizen's grants, newest first.
#[utoipa::path(get, path = "/citizen/grants", operation_id = "list_own_grants", params(OwnQuery),
    responses((status = 200, body = Page<GrantView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_own_grants(
    State(app): State<App>,
    signed: CitizenSigned,
    Params(query): Params<OwnQuery>,
) -> Result<Response, Problem> {
    signed.ready()?;
    let rows = limit(query.limit);
    let mut tx = app.store().system().await?;
    let id = signed.citizen.citizen_id;
    let found = grants::of_owner(&mut tx, id, query.cursor, rows + 1).await?;
    let now = signed.request.now;
    let lines = found.iter().map(|g| grant(g, now)).collect();
    let paged = page(lines, rows, |g: &GrantView| g.grant_id.to_string());
    Ok(no_store(StatusCode::OK, &paged))
}

/// Takes a grant back, at once.
#[utoipa::path(post, path = "/citizen/grants/{grant_id}/revocation", operation_id = "revoke_grant",
    params(("grant_id" = Uuid, Path), ("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = GrantView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn revoke_grant(
    State(app): State<App>,
    signed: CitizenSigned,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    signed.ready()?;
    let now = signed.request.now;
    let mut tx = app.store().system().await?;
    let revoked = grants::revoke(&mut tx, signed.citizen.citizen_id, id, now).await?;
    tx.commit().await?;
    Ok(no_store(StatusCode::OK, &grant(&revoked, now)))
}

/// Uses of a grant.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantUses {
    /// Newest first.
    items: Vec<UseView>,
}

/// Who used an own grant, newest first.
#[utoipa::path(get, path = "/citizen/grants/{grant_id}/uses", operation_id = "list_grant_uses",
    params(("grant_id" = Uuid, Path)),
    responses((status = 200, body = GrantUses), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_grant_uses(
    State(app): State<App>,
    signed: CitizenSigned,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    signed.ready()?;
    let mut tx = app.store().system().await?;
    let g = grants::one_of_owner(&mut tx, signed.citizen.citizen_id, id).await?;
    let found = uses::of_grant(&mut tx, &g.county, g.grant_id).await?;
    let items = found.into_iter().map(UseView::from).collect();
    Ok(no_store(StatusCode::OK, &GrantUses { items }))
}

/// The name of an owner as the grantee sees it before the certificate is opened.
pub(super) fn owner_name(name: &str) -> String {
    masked_name(name)
}
