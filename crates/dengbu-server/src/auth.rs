//! Who asks: the session behind a request.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use dengbu_staff::{
    Action, Actor, RequestContext, Session, SessionError, SessionToken, Standing, check_csrf,
};

use crate::problem::Problem;
use crate::state::{App, Config, now};

/// Name of the session cookie.
pub const COOKIE: &str = "dengbu_session";
/// Header of the token that every write carries.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// Header of the request's identifier.
pub const REQUEST_ID: &str = "x-request-id";

/// A session, however far sign-in has come.
#[derive(Debug, Clone)]
pub struct HalfSigned {
    /// The session.
    pub session: Session,
    /// Its token.
    pub token: SessionToken,
}

/// A session whose sign-in is complete.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Who asks.
    pub actor: Actor,
}

/// When and whence a request came.
#[must_use]
pub fn context(parts: &Parts, config: &Config) -> RequestContext {
    RequestContext {
        now: now(),
        request_id: text(&parts.headers, REQUEST_ID),
        ip: client(parts, config),
        user_agent: text(&parts.headers, header::USER_AGENT.as_str())
            .map(|t| t.chars().take(300).collect()),
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .and_then(|v| v.to_str().ok())
        .map(str::to_owned)
}

/// The address of the client: of whoever connects, unless that is a proxy of ours, which then
/// tells from whom it had the request (the last entry of `X-Forwarded-For` is the proxy's own).
fn client(parts: &Parts, config: &Config) -> Option<IpAddr> {
    let peer = peer(parts)?;
    if !config.proxies.contains(&peer.to_canonical()) {
        return Some(peer);
    }
    let told = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.rsplit(',').next())
        .and_then(|v| v.trim().parse().ok());
    Some(told.unwrap_or(peer))
}

fn peer(parts: &Parts) -> Option<IpAddr> {
    parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|c| c.0.ip())
}

/// The session token of a request.
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<SessionToken> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .and_then(|(_, value)| SessionToken::parse(value))
}

fn not_signed_in(error: &SessionError) -> Problem {
    if let SessionError::Store(store) = error {
        return store.into();
    }
    Problem::new(StatusCode::UNAUTHORIZED, error.code(), error.to_string())
}

impl FromRequestParts<App> for HalfSigned {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token =
            token(&parts.headers).ok_or_else(|| not_signed_in(&SessionError::NotSignedIn))?;
        let session = app
            .accounts()
            .session(&token, &context(parts, app.config()))
            .await
            .map_err(|e| not_signed_in(&e))?;
        let writes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        if writes {
            let presented = text(&parts.headers, CSRF_HEADER).unwrap_or_default();
            if !check_csrf(&token, &presented) {
                return Err(Problem::new(
                    StatusCode::FORBIDDEN,
                    "csrf",
                    "页面校验码缺失或已失效，请刷新页面后重试",
                ));
            }
        }
        Ok(Self { session, token })
    }
}

impl FromRequestParts<App> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let half = HalfSigned::from_request_parts(parts, app).await?;
        let (code, title) = match half.session.actor.standing {
            Standing::Ready => {
                return Ok(Self {
                    actor: half.session.actor,
                });
            }
            Standing::SecondFactorNeeded => ("second_factor_needed", "请先输入动态码完成登录"),
            Standing::EnrolmentNeeded => {
                ("enrolment_needed", "本机构要求双因素登录，请先绑定动态码")
            }
            Standing::PasswordChangeNeeded => ("password_change_needed", "请先修改初始口令"),
        };
        Err(Problem::new(StatusCode::FORBIDDEN, code, title))
    }
}

impl Signed {
    /// Refuses unless the person may do this somewhere.
    ///
    /// # Errors
    /// 403.
    pub fn require(&self, action: Action) -> Result<(), Problem> {
        if self.actor.may_somewhere(action) {
            Ok(())
        } else {
            Err(Problem::forbidden(format!(
                "您没有“{}”的权限",
                action.name_zh()
            )))
        }
    }

    /// Refuses unless the person may do this at the authority for the business.
    ///
    /// # Errors
    /// 403.
    pub fn require_at(
        &self,
        action: Action,
        authority: &str,
        business: Option<&str>,
    ) -> Result<(), Problem> {
        if self.actor.may(action, authority, business) {
            Ok(())
        } else {
            Err(Problem::forbidden(format!(
                "您没有在该登记机构办理“{}”的权限",
                action.name_zh()
            )))
        }
    }
}
