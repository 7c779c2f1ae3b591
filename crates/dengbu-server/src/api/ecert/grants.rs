//! Using a grant: whoever has the code and knows to whom it was given sees or takes the
//! certificate, as far as the owner allowed. Every use is logged before anything leaves.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use chrono::{DateTime, Utc};
use dengbu_certlib::grants::{self, Grant, Scope, Standing};
use dengbu_certlib::record::{self, ECertificate};
use dengbu_certlib::uses::{self, Channel, NewUse};
use dengbu_model::time::date_in_shanghai;
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::no_store;
use super::citizen::owner_name;
use super::public::same_name;
use super::views::{FieldView, FileFormat};
use super::{file, words};
use crate::auth::context;
use crate::ecert::gates;
use crate::ecert::office::Mark;
use crate::ecert::verdict::{self, Verdict};
use crate::problem::Problem;
use crate::reply::Body;
use crate::state::{App, new_id};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(open_grant))
        .routes(routes!(take_grant_copy))
}

/// A code and who uses it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantUse {
    /// 授权码.
    code: String,
    /// Name of the person or organisation it was given to.
    grantee: String,
}

/// A code, who uses it, and which file is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantCopy {
    /// 授权码.
    code: String,
    /// Name of the person or organisation it was given to.
    grantee: String,
    /// Format.
    format: FileFormat,
}

/// What a grant shows.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantOpened {
    /// State of the certificate now.
    verdict: Verdict,
    /// Name of the owner, masked.
    grantor: String,
    /// For what.
    purpose: String,
    /// `state`, `fields` or `copy`.
    scope: String,
    /// In Chinese.
    scope_name: String,
    /// What stands on the certificate, where the owner allowed it.
    fields: Vec<FieldView>,
    /// Whether a copy can be taken.
    copy_allowed: bool,
    /// Uses left after this one.
    uses_left: i32,
    /// Until when.
    not_after: DateTime<Utc>,
}

/// The same words for a code nobody was given and for one that was given to somebody else.
fn no_such_grant() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no_such_grant",
        "授权码不正确，或者不是授权给您（贵单位）的，请向授权人核对",
    )
}

async fn find(
    tx: &mut TenantTx,
    code: &str,
    grantee: &str,
    now: DateTime<Utc>,
) -> Result<(Grant, ECertificate), Problem> {
    let bits = grants::read_code(code).ok_or_else(no_such_grant)?;
    let g = grants::by_code(tx, &bits)
        .await?
        .ok_or_else(no_such_grant)?;
    if !same_name(&g.grantee, grantee) {
        return Err(no_such_grant());
    }
    let standing = g.standing(now);
    if standing != Standing::Open {
        let text = format!("这个授权{}，请联系授权人重新授权", standing.name_zh());
        return Err(Problem::new(StatusCode::GONE, standing.code(), text));
    }
    let c = record::one(tx, g.e_certificate_id)
        .await?
        .ok_or_else(no_such_grant)?;
    Ok((g, c))
}

fn gone(e: dengbu_certlib::LibraryError) -> Problem {
    match e {
        dengbu_certlib::LibraryError::Refused(text) => {
            Problem::new(StatusCode::GONE, "spent", text)
        }
        other => other.into(),
    }
}

/// Opens a grant: the state, and what the owner allowed of the content. Looking at a grant for
/// copies does not use it up; taking the copy does.
#[utoipa::path(post, path = "/public/certificates/grants/open", operation_id = "open_grant", security(()), request_body = GrantUse,
    responses((status = 200, body = GrantOpened), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn open_grant(
    State(app): State<App>,
    parts: Parts,
    Body(given): Body<GrantUse>,
) -> Result<Response, Problem> {
    gates::pass(&app.gates().looks, &parts, app.config())?;
    let request = context(&parts, app.config());
    let code = words("/code", &given.code, 80)?;
    let grantee = words("/grantee", &given.grantee, 60)?;
    let mut tx = app.store().system().await?;
    let (g, c) = find(&mut tx, &code, &grantee, request.now).await?;
    let scope = Scope::from_code(&g.scope).unwrap_or(Scope::State);
    let counts = scope != Scope::Copy;
    if counts {
        grants::take_use(&mut tx, &g, request.now)
            .await
            .map_err(gone)?;
    }
    let taken = NewUse {
        channel: Channel::Grant,
        who: &g.grantee,
        purpose: &g.purpose,
        what: if scope == Scope::State {
            "state"
        } else {
            "fields"
        },
        grant_id: Some(g.grant_id),
        application_id: None,
        ip: request.ip.map(|ip| ip.to_string()),
        now: request.now,
    };
    uses::note(&mut tx, &c, &taken, &new_id).await?;
    let holders = record::holders(&mut tx, &c).await?;
    let names = crate::gather::names(&mut tx).await?;
    let key = app.library_key();
    let fields = match scope {
        Scope::State => Vec::new(),
        Scope::Fields | Scope::Copy => app.office().fields(&c, &key, false)?,
    };
    let answer = GrantOpened {
        verdict: verdict::of_state(&c, &holders, &names.authority(&c.authority), request.now),
        grantor: owner_name(&g.grantor),
        purpose: g.purpose.clone(),
        scope_name: scope.name_zh().to_owned(),
        scope: g.scope.clone(),
        fields,
        copy_allowed: scope == Scope::Copy && c.state() == dengbu_certlib::State::Issued,
        uses_left: g.uses_max - g.uses - i32::from(counts),
        not_after: g.not_after,
    };
    tx.commit().await?;
    Ok(no_store(StatusCode::OK, &answer))
}

/// Takes a copy (加注件) under a grant: drawn and sealed anew, with purpose and last day on every
/// page. It uses the grant up by one.
#[utoipa::path(post, path = "/public/certificates/grants/copy", operation_id = "take_grant_copy", security(()), request_body = GrantCopy,
    responses((status = 200, description = "the copy", content((Vec<u8> = "application/ofd"), (Vec<u8> = "application/pdf"))),
              (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn take_grant_copy(
    State(app): State<App>,
    parts: Parts,
    Body(given): Body<GrantCopy>,
) -> Result<Response, Problem> {
    gates::pass(&app.gates().files, &parts, app.config())?;
    let request = context(&parts, app.config());
    let code = words("/code", &given.code, 80)?;
    let grantee = words("/grantee", &given.grantee, 60)?;
    let mut tx = app.store().system().await?;
    let (g, c) = find(&mut tx, &code, &grantee, request.now).await?;
    if Scope::from_code(&g.scope) != Some(Scope::Copy) {
        let text = "授权人没有允许取得证照文件，只能在网页上查看";
        return Err(Problem::new(StatusCode::FORBIDDEN, "scope", text));
    }
    if c.state() != dengbu_certlib::State::Issued {
        let text = format!("这件证照现在是“{}”，不能取得文件", c.state().name_zh());
        return Err(Problem::new(StatusCode::CONFLICT, "not_valid", text));
    }
    grants::take_use(&mut tx, &g, request.now)
        .await
        .map_err(gone)?;
    let taken = NewUse {
        channel: Channel::Grant,
        who: &g.grantee,
        purpose: &g.purpose,
        what: "copy",
        grant_id: Some(g.grant_id),
        application_id: None,
        ip: request.ip.map(|ip| ip.to_string()),
        now: request.now,
    };
    uses::note(&mut tx, &c, &taken, &new_id).await?;
    let mark = Mark {
        grantee: &g.grantee,
        purpose: &g.purpose,
        valid_until: date_in_shanghai(g.not_after),
        maker: &g.grantor,
        grant_id: Some(g.grant_id),
        application_id: None,
        now: request.now,
    };
    let content = app
        .office()
        .copy(&app, &mut tx, &c, given.format, &mark)
        .await?;
    tx.commit().await?;
    let name = format!("{}加注件", c.certificate_no);
    Ok(file(given.format.code(), &name, content, false))
}
