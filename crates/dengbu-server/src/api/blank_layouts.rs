//! Where things stand on the pre-printed blanks of the authority (套打版式): what comes with the
//! program, or the authority's own measure of its blanks.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use dengbu_model::certificate::CertificateKind;
use dengbu_papers::overprint::form::{self, Align, Form, FormFault, FormPage, Place};
use dengbu_register::layouts::{self, Layout};
use dengbu_staff::{Action, AuditRecord};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body};
use crate::state::App;
use crate::views::case::kind_name;
use crate::write::{self, Begun, if_match};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_blank_layouts))
        .routes(routes!(set_blank_layout, reset_blank_layout))
}

/// A place on a blank, in millimetres from the upper left corner of the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlankPlace {
    /// What stands there, by its printed label.
    key: String,
    /// Left edge, mm.
    x: f64,
    /// Upper edge, mm.
    y: f64,
    /// Width, mm.
    width: f64,
    /// Height, mm.
    height: f64,
    /// True when the text is centred.
    centred: bool,
    /// Type sizes that may be used, points, largest first.
    #[schema(min_items = 1, max_items = 5)]
    sizes: Vec<f64>,
}

/// A page of a blank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlankPage {
    /// Code.
    code: String,
    /// Name in Chinese.
    name: String,
    /// Its places.
    #[schema(max_items = 40)]
    places: Vec<BlankPlace>,
}

/// A blank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlankLayout {
    /// Width of its pages, mm.
    #[schema(minimum = 100, maximum = 420)]
    width: f64,
    /// Height of its pages, mm.
    #[schema(minimum = 100, maximum = 420)]
    height: f64,
    /// Its pages.
    #[schema(max_items = 4)]
    pages: Vec<BlankPage>,
}

impl From<&Form> for BlankLayout {
    fn from(form: &Form) -> Self {
        let place = |p: &Place| BlankPlace {
            key: p.key.clone(),
            x: p.x,
            y: p.y,
            width: p.width,
            height: p.height,
            centred: p.align == Align::Center,
            sizes: p.sizes.clone(),
        };
        Self {
            width: form.width,
            height: form.height,
            pages: form
                .pages
                .iter()
                .map(|p| BlankPage {
                    code: p.code.clone(),
                    name: p.name.clone(),
                    places: p.places.iter().map(place).collect(),
                })
                .collect(),
        }
    }
}

impl From<BlankLayout> for Form {
    fn from(layout: BlankLayout) -> Self {
        let place = |p: BlankPlace| Place {
            key: p.key,
            x: p.x,
            y: p.y,
            width: p.width,
            height: p.height,
            align: if p.centred {
                Align::Center
            } else {
                Align::Left
            },
            sizes: p.sizes,
        };
        Self {
            width: layout.width,
            height: layout.height,
            pages: layout
                .pages
                .into_iter()
                .map(|p| FormPage {
                    code: p.code,
                    name: p.name,
                    places: p.places.into_iter().map(place).collect(),
                })
                .collect(),
        }
    }
}

/// The blank that certificates of this kind are printed on at this authority. A layout kept by an
/// earlier program that no longer fits is passed over.
pub(super) async fn in_use(
    tx: &mut TenantTx,
    authority: &str,
    kind: CertificateKind,
) -> Result<Form, Problem> {
    Ok(own(tx, authority, kind)
        .await?
        .map_or_else(|| form::of(kind).clone(), |(form, _)| form))
}

async fn own(
    tx: &mut TenantTx,
    authority: &str,
    kind: CertificateKind,
) -> Result<Option<(Form, Layout)>, Problem> {
    let Some(kept) = layouts::own(tx, authority, kind.code()).await? else {
        return Ok(None);
    };
    let read = serde_json::from_value::<Form>(kept.layout.clone()).ok();
    Ok(read
        .filter(|f| f.check(kind).is_ok())
        .map(|form| (form, kept)))
}

/// The blank of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlankLayoutView {
    /// `title` or `proof`.
    form_kind: String,
    /// In Chinese.
    form_kind_name: String,
    /// True when the authority measured its own.
    own: bool,
    /// Version for the next change; 0 while it is the program's.
    version: i64,
    /// When the authority's own was set.
    changed_at: Option<DateTime<Utc>>,
    /// By whom.
    changed_by: Option<String>,
    /// What is in use.
    layout: BlankLayout,
    /// What comes with the program.
    standard: BlankLayout,
}

async fn view(
    tx: &mut TenantTx,
    authority: &str,
    kind: CertificateKind,
) -> Result<BlankLayoutView, Problem> {
    let standard = form::of(kind);
    let version = layouts::own(tx, authority, kind.code())
        .await?
        .map_or(0, |l| l.version);
    let kept = own(tx, authority, kind).await?;
    Ok(BlankLayoutView {
        form_kind: kind.code().to_owned(),
        form_kind_name: kind_name(kind.code()).to_owned(),
        own: kept.is_some(),
        version,
        changed_at: kept.as_ref().map(|(_, l)| l.changed_at),
        changed_by: kept.as_ref().map(|(_, l)| l.changed_by.clone()),
        layout: kept.as_ref().map_or(standard, |(f, _)| f).into(),
        standard: standard.into(),
    })
}

/// The blanks of the authority.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlankLayoutList {
    /// Certificate and proof.
    items: Vec<BlankLayoutView>,
}

/// Where things stand on the authority's blanks.
#[utoipa::path(get, path = "/blank-layouts", operation_id = "list_blank_layouts",
    responses((status = 200, body = BlankLayoutList), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_blank_layouts(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<BlankLayoutList>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let authority = &signed.actor.authority;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let mut items = Vec::new();
    for kind in [CertificateKind::Title, CertificateKind::Proof] {
        items.push(view(&mut tx, authority, kind).await?);
    }
    Ok(Json(BlankLayoutList { items }))
}

fn refused(fault: &FormFault, form: &Form) -> Problem {
    let at = |key: &str| {
        let found = form.pages.iter().enumerate().find_map(|(i, p)| {
            let j = p.places.iter().position(|q| q.key == key)?;
            Some(format!("/pages/{i}/places/{j}"))
        });
        found.unwrap_or_else(|| "/pages".to_owned())
    };
    let field = match fault {
        FormFault::Page => "/width".to_owned(),
        FormFault::Places(_) => "/pages".to_owned(),
        FormFault::Overlap(_, key) => at(key),
        FormFault::Outside { key, .. } | FormFault::Sizes(key) => at(key),
    };
    Problem::field(&field, "blank_layout", fault.to_string())
}

fn changed() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "stale",
        "套打版式已被他人修改，请刷新后再改",
    )
}

/// Sets where things stand on the authority's blanks of one kind.
#[utoipa::path(put, path = "/blank-layouts/{form_kind}", operation_id = "set_blank_layout", request_body = BlankLayout,
    params(("form_kind" = CertificateKind, Path, description = "certificate or proof"), ("X-CSRF-Token" = String, Header), ("If-Match" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = BlankLayoutView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn set_blank_layout(
    State(app): State<App>,
    signed: Signed,
    At(kind): At<CertificateKind>,
    headers: HeaderMap,
    Body(given): Body<BlankLayout>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageStock, &actor.authority, None)?;
    let seen = if_match(&headers)?;
    let form = Form::from(given.clone());
    form.check(kind).map_err(|f| refused(&f, &form))?;
    let request = ("set_blank_layout", kind.code(), seen, &given);
    let mut w = match write::begin(&app, actor, &headers, &request).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let layout = Layout {
        form_kind: kind.code().to_owned(),
        version: seen,
        layout: serde_json::to_value(&form).map_err(|e| Problem::internal(&e))?,
        changed_at: actor.request.now,
        changed_by: actor.name.clone(),
    };
    layouts::put(&mut w.tx, &actor.authority, seen, &layout)
        .await?
        .ok_or_else(changed)?;
    let answer = view(&mut w.tx, &actor.authority, kind).await?;
    let record = AuditRecord::by(actor, "blank_layout.set")
        .on("blank_layout", kind.code())
        .detail(serde_json::json!({ "version": answer.version }));
    w.finish(record, StatusCode::OK, &answer).await
}

/// Takes the authority's own layout away: what comes with the program is used again.
#[utoipa::path(delete, path = "/blank-layouts/{form_kind}", operation_id = "reset_blank_layout",
    params(("form_kind" = CertificateKind, Path, description = "certificate or proof"), ("X-CSRF-Token" = String, Header), ("If-Match" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = BlankLayoutView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn reset_blank_layout(
    State(app): State<App>,
    signed: Signed,
    At(kind): At<CertificateKind>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageStock, &actor.authority, None)?;
    let seen = if_match(&headers)?;
    let request = ("reset_blank_layout", kind.code(), seen);
    let mut w = match write::begin(&app, actor, &headers, &request).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    if !layouts::remove(&mut w.tx, &actor.authority, kind.code(), seen).await? {
        return Err(changed());
    }
    let answer = view(&mut w.tx, &actor.authority, kind).await?;
    let record = AuditRecord::by(actor, "blank_layout.reset").on("blank_layout", kind.code());
    w.finish(record, StatusCode::OK, &answer).await
}
