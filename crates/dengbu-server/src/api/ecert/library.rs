//! The library for staff: search, one certificate, files, suspending and voiding, issuing one,
//! figures.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use dengbu_certlib::batch::{self, Item};
use dengbu_certlib::change::{self, By};
use dengbu_certlib::follow::{self, New};
use dengbu_certlib::record::{self, ECertificate, Search};
use dengbu_certlib::uses::{self, Channel, NewUse};
use dengbu_certlib::{figures, files, grants};
use dengbu_ecert::DocumentKind;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::read;
use dengbu_staff::{Action, AuditRecord, audit};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::views::{
    CertificateState, ECertificateEvent, ECertificateFile, ECertificateLine, FieldView, FileFormat,
    GrantView, HolderView, UseView, grant, holder, line, names,
};
use super::{file, plain, words};
use crate::api::{Page, cursor_moment, limit, page};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::{App, new_id};
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_e_certificates, issue_e_certificate))
        .routes(routes!(e_certificate_figures))
        .routes(routes!(read_e_certificate))
        .routes(routes!(act_on_e_certificate))
        .routes(routes!(e_certificate_file))
        .routes(routes!(e_certificate_preview))
        .routes(routes!(list_e_certificate_uses))
}

/// A search of the library.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ECertificateQuery {
    /// Part of the number, the whole unit code, the number of a search, or the beginning of a
    /// holder's name.
    q: Option<String>,
    /// The kind.
    #[param(inline)]
    kind: Option<DocumentKind>,
    /// State.
    #[param(inline)]
    state: Option<CertificateState>,
    /// The case.
    case_no: Option<String>,
    /// Only those whose making failed.
    faulty: Option<bool>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

fn cursor(text: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (at, id) = text.split_once('_')?;
    Some((cursor_moment(at)?, id.parse().ok()?))
}

/// Searches the library of electronic certificates, newest first.
#[utoipa::path(get, path = "/e-certificates", operation_id = "search_e_certificates", params(ECertificateQuery),
    responses((status = 200, body = Page<ECertificateLine>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn search_e_certificates(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<ECertificateQuery>,
) -> Result<Json<Page<ECertificateLine>>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let rows = limit(query.limit);
    let after = match query.cursor.as_deref().filter(|c| !c.is_empty()) {
        Some(text) => Some(cursor(text).ok_or_else(|| {
            Problem::field(
                "/cursor",
                "bad_cursor",
                "翻页位置不正确，请从第一页重新查询",
            )
        })?),
        None => None,
    };
    let search = Search {
        text: plain(query.q),
        kind: query.kind.map(|k| k.code().to_owned()),
        state: query.state.map(Into::into),
        case_no: plain(query.case_no),
        faulty: query.faulty.unwrap_or(false),
        after,
        limit: rows + 1,
    };
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let found = record::search(&mut tx, &search).await?;
    let names = names(&record::holders_of(&mut tx, &found).await?);
    let keys: Vec<String> = found
        .iter()
        .map(|c| format!("{}_{}", c.issued_at.timestamp_micros(), c.e_certificate_id))
        .collect();
    let lines: Vec<_> = found.iter().map(|c| line(c, &names)).zip(keys).collect();
    let paged = page(lines, rows, |(_, key)| key.clone());
    Ok(Json(Page {
        items: paged.items.into_iter().map(|(line, _)| line).collect(),
        next_cursor: paged.next_cursor,
    }))
}

/// An electronic certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct ECertificateView {
    /// As in the list.
    #[serde(flatten)]
    line: ECertificateLine,
    /// County.
    county: String,
    /// Authority.
    authority: String,
    /// Its name.
    authority_name: String,
    /// The case.
    case_no: Option<String>,
    /// The right; none for a result paper.
    right_id: Option<Uuid>,
    /// The search whose result it is.
    search_no: Option<String>,
    /// The register entry it comes from.
    entry_id: Option<Uuid>,
    /// How it came into the library, in Chinese.
    origin_name: String,
    /// Why it is in its state.
    state_reason: Option<String>,
    /// The register entry that caused it.
    state_entry: Option<Uuid>,
    /// By whom.
    state_by: Option<String>,
    /// Until when it is suspended.
    suspended_until: Option<NaiveDate>,
    /// Under which order.
    order_no: Option<String>,
    /// The certificate before.
    previous_id: Option<Uuid>,
    /// The certificate after.
    next_id: Option<Uuid>,
    /// Place in the status list.
    list_index: i32,
    /// Holders, masked.
    holder_list: Vec<HolderView>,
    /// 元数据, persons masked; none before it is sealed.
    fields: Vec<FieldView>,
    /// Files.
    files: Vec<ECertificateFile>,
    /// What happened.
    events: Vec<ECertificateEvent>,
    /// Grants of the owner, newest first.
    grants: Vec<GrantView>,
    /// What this person may do now: `suspend`, `resume`, `void`, `make_again`.
    actions: Vec<String>,
}

fn origin_name(origin: &str) -> &'static str {
    match origin {
        "recording" => "登簿时自动生成",
        "stock" => "存量批量签发",
        "search" => "出具查询结果时自动生成",
        _ => "窗口签发",
    }
}

async fn view(
    app: &App,
    tx: &mut TenantTx,
    signed: &Signed,
    c: &ECertificate,
) -> Result<ECertificateView, Problem> {
    let key = app.library_key();
    let holders = record::holders(tx, c).await?;
    let authorities = crate::gather::names(tx).await?;
    let may = signed
        .actor
        .may(Action::IssueECertificates, &c.authority, None);
    let actions: &[&str] = match c.state() {
        _ if !may => &[],
        dengbu_certlib::State::Draft => &["make_again", "void"],
        dengbu_certlib::State::Issued => &["suspend"],
        dengbu_certlib::State::Suspended => &["resume"],
        _ => &[],
    };
    let now = signed.actor.request.now;
    Ok(ECertificateView {
        line: line(c, &names(&holders)),
        county: c.county.clone(),
        authority_name: authorities.authority(&c.authority),
        authority: c.authority.clone(),
        case_no: c.case_no.clone(),
        right_id: c.right_id,
        search_no: c.search_no.clone(),
        entry_id: c.entry_id,
        origin_name: origin_name(&c.origin).to_owned(),
        state_reason: c.state_reason.clone(),
        state_entry: c.state_entry,
        state_by: c.state_by.clone(),
        suspended_until: c.suspended_until,
        order_no: c.order_no.clone(),
        previous_id: c.previous_id,
        next_id: c.next_id,
        list_index: c.list_index,
        holder_list: holders
            .iter()
            .map(|h| holder(h, &key, false))
            .collect::<Result<_, _>>()?,
        fields: app.office().fields(c, &key, true)?,
        files: files::list(tx, c)
            .await?
            .into_iter()
            .map(Into::into)
            .collect(),
        events: record::events(tx, c)
            .await?
            .into_iter()
            .map(Into::into)
            .collect(),
        grants: grants::of_certificate(tx, c)
            .await?
            .iter()
            .map(|g| grant(g, now))
            .collect(),
        actions: actions.iter().map(|a| (*a).to_owned()).collect(),
    })
}

pub(super) async fn load(tx: &mut TenantTx, id: Uuid) -> Result<ECertificate, Problem> {
    record::one(tx, id)
        .await?
        .ok_or_else(|| Problem::not_found("没有找到这件电子证照，请核对后重试"))
}

/// One electronic certificate; the look is recorded.
#[utoipa::path(get, path = "/e-certificates/{e_certificate_id}", operation_id = "read_e_certificate",
    params(("e_certificate_id" = Uuid, Path)),
    responses((status = 200, body = ECertificateView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_e_certificate(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
) -> Result<Json<ECertificateView>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let c = load(&mut tx, id).await?;
    let shown = view(&app, &mut tx, &signed, &c).await?;
    let record = AuditRecord::by(actor, "e_certificate.read")
        .on("e_certificate", &c.certificate_no)
        .county(&c.county);
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(Json(shown))
}

/// What is done to a certificate.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum ECertificateAction {
    /// 暂停使用, under an order, until a day.
    Suspend {
        /// Why.
        reason: String,
        /// Number of the order.
        order_no: String,
        /// Last day.
        until: NaiveDate,
    },
    /// 恢复使用.
    Resume {
        /// Why.
        reason: String,
    },
    /// 作废, before it is issued.
    Void {
        /// Why.
        reason: String,
    },
    /// 重新制证, after a failure.
    MakeAgain {
        /// Why.
        reason: String,
    },
}

/// Suspends, resumes, voids a certificate or has it made again.
#[utoipa::path(post, path = "/e-certificates/{e_certificate_id}/actions", operation_id = "act_on_e_certificate",
    request_body = ECertificateAction,
    params(("e_certificate_id" = Uuid, Path), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = ECertificateView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn act_on_e_certificate(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    headers: HeaderMap,
    Body(given): Body<ECertificateAction>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::IssueECertificates)?;
    let mut w =
        match write::begin(&app, actor, &headers, &("act_on_e_certificate", id, &given)).await? {
            Begun::Replayed(answer) => return Ok(answer),
            Begun::Fresh(w) => w,
        };
    let c = record::locked(&mut w.tx, id).await?;
    signed.require_at(Action::IssueECertificates, &c.authority, None)?;
    let (reason, code) = match &given {
        ECertificateAction::Suspend { reason, .. } => (reason, "suspend"),
        ECertificateAction::Resume { reason } => (reason, "resume"),
        ECertificateAction::Void { reason } => (reason, "void"),
        ECertificateAction::MakeAgain { reason } => (reason, "make_again"),
    };
    let reason = words("/reason", reason, 200)?;
    let by = By {
        name: &actor.name,
        staff_id: Some(actor.staff_id),
        reason: &reason,
        now: actor.request.now,
    };
    match &given {
        ECertificateAction::Suspend {
            order_no, until, ..
        } => {
            let order_no = words("/order_no", order_no, 100)?;
            let today = dengbu_model::time::date_in_shanghai(by.now);
            if *until < today || *until > today + TimeDelta::days(366) {
                let message = "暂停的最后一天应在今天至一年以内";
                return Err(Problem::field("/until", "out_of_range", message));
            }
            change::suspend(&mut w.tx, &c, &order_no, *until, &by, &new_id).await?;
        }
        ECertificateAction::Resume { .. } => change::resume(&mut w.tx, &c, &by, &new_id).await?,
        ECertificateAction::Void { .. } => change::void(&mut w.tx, &c, &by, &new_id).await?,
        ECertificateAction::MakeAgain { .. } => {
            change::make_again(&mut w.tx, &c, &by, &new_id).await?;
        }
    }
    let c = load(&mut w.tx, id).await?;
    let answer = view(&app, &mut w.tx, &signed, &c).await?;
    let record = AuditRecord::by(actor, "e_certificate.acted")
        .on("e_certificate", &c.certificate_no)
        .county(&c.county)
        .purpose(&reason)
        .detail(serde_json::json!({ "action": code }));
    w.finish(record, StatusCode::OK, &answer).await
}

/// A number whose electronic certificate is wanted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ECertificateOrder {
    /// 不动产权证号 or 登记证明号 that stands in the register.
    certificate_no: String,
}

/// Has the electronic certificate of a standing right made, where there is none yet.
#[utoipa::path(post, path = "/e-certificates", operation_id = "issue_e_certificate", request_body = ECertificateOrder,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = ECertificateView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn issue_e_certificate(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(given): Body<ECertificateOrder>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::IssueECertificates)?;
    let number = words("/certificate_no", &given.certificate_no, 80)?
        .replace('（', "(")
        .replace('）', ")");
    let mut w = match write::begin(&app, actor, &headers, &("issue_e_certificate", &number)).await?
    {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let paper = crate::api::certificate_print::load(&mut w.tx, &number).await?;
    signed.require_at(Action::IssueECertificates, &paper.authority, None)?;
    let existing = record::by_number(&mut w.tx, &number).await?;
    if existing.as_ref().is_some_and(|c| !c.state().is_final()) {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "exists",
            format!("{number} 已有电子证照，不重复签发"),
        ));
    }
    let item = Item {
        county: paper.county.clone(),
        certificate_no: number.clone(),
    };
    let sources = batch::sources(&mut w.tx, &item).await?;
    let Some(source) = sources.first() else {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "certificate_void",
            format!("{number} 在登记簿上已经注销，不能签发电子证照"),
        ));
    };
    let unit = UnitCode::parse(&source.unit_code)
        .map_err(|_| Problem::not_found("登记簿里没有找到这本证书记载的不动产单元"))?;
    let rights = read::rights(&mut w.tx, &unit).await?;
    let right = rights
        .iter()
        .find(|r| r.right_id == source.right_id)
        .ok_or_else(|| Problem::not_found("登记簿里没有找到这本证书记载的权利"))?;
    let new = New {
        county: &item.county,
        authority: &paper.authority,
        certificate_no: &number,
        kind: &source.kind,
        version: existing.map_or(1, |c| c.version + 1),
        unit_code: Some(&source.unit_code),
        right_id: Some(source.right_id),
        search_no: None,
        entry_id: source.entry_id,
        case_no: source.case_no.as_deref(),
        holder_ordinal: source.holder_ordinal,
        origin: "counter",
        issued_at: source.issued_at,
        previous_id: None,
        list_index: None,
    };
    let key = app.library_key();
    let id = follow::enter(
        &mut w.tx,
        &new,
        &right.right.holders,
        &key,
        &new_id,
        actor.request.now,
    )
    .await?;
    let c = load(&mut w.tx, id).await?;
    let answer = view(&app, &mut w.tx, &signed, &c).await?;
    let record = AuditRecord::by(actor, "e_certificate.ordered")
        .on("e_certificate", &number)
        .county(&c.county);
    w.finish(record, StatusCode::CREATED, &answer).await
}

/// Why a file is taken.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FilePurpose {
    /// For what it is taken; it is recorded.
    purpose: Option<String>,
    /// Shown in the browser instead of being saved.
    inline: Option<bool>,
}

/// A sealed file of a certificate; each taking is recorded.
#[utoipa::path(get, path = "/e-certificates/{e_certificate_id}/files/{format}", operation_id = "e_certificate_file",
    params(("e_certificate_id" = Uuid, Path), ("format" = FileFormat, Path), FilePurpose),
    responses((status = 200, description = "the file", content((Vec<u8> = "application/ofd"), (Vec<u8> = "application/pdf"))),
              (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn e_certificate_file(
    State(app): State<App>,
    signed: Signed,
    At((id, format)): At<(Uuid, FileFormat)>,
    Params(query): Params<FilePurpose>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::ReadCertificates)?;
    let purpose = words("/purpose", &query.purpose.unwrap_or_default(), 100)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let c = load(&mut tx, id).await?;
    let content = app.office().original(&app, &mut tx, &c, format).await?;
    let taken = NewUse {
        channel: Channel::Staff,
        who: &actor.name,
        purpose: &purpose,
        what: "file",
        grant_id: None,
        application_id: None,
        ip: actor.request.ip.map(|ip| ip.to_string()),
        now: actor.request.now,
    };
    uses::note(&mut tx, &c, &taken, &new_id).await?;
    let record = AuditRecord::by(actor, "e_certificate.downloaded")
        .on("e_certificate", &c.certificate_no)
        .county(&c.county)
        .purpose(&purpose)
        .detail(serde_json::json!({ "format": format }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    let inline = query.inline.unwrap_or(false);
    Ok(file(format.code(), &c.certificate_no, content, inline))
}

/// How a certificate will look, before it is sealed: as PDF, marked as a preview.
#[utoipa::path(get, path = "/e-certificates/{e_certificate_id}/preview", operation_id = "e_certificate_preview",
    params(("e_certificate_id" = Uuid, Path)),
    responses((status = 200, description = "the preview", content((Vec<u8> = "application/pdf"))),
              (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn e_certificate_preview(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::ReadCertificates)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let c = load(&mut tx, id).await?;
    let content = app.office().preview(&app, &mut tx, &c).await?;
    let record = AuditRecord::by(actor, "e_certificate.read")
        .on("e_certificate", &c.certificate_no)
        .county(&c.county)
        .detail(serde_json::json!({ "preview": true }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(file(
        "pdf",
        &format!("{}预览", c.certificate_no),
        content,
        true,
    ))
}

/// A page of uses.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsesQuery {
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<Uuid>,
}

/// Who saw and took a certificate, newest first.
#[utoipa::path(get, path = "/e-certificates/{e_certificate_id}/uses", operation_id = "list_e_certificate_uses",
    params(("e_certificate_id" = Uuid, Path), UsesQuery),
    responses((status = 200, body = Page<UseView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_e_certificate_uses(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Params(query): Params<UsesQuery>,
) -> Result<Json<Page<UseView>>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let rows = limit(query.limit);
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let c = load(&mut tx, id).await?;
    let found = uses::of_certificate(&mut tx, &c, query.cursor, rows + 1).await?;
    let lines = found.into_iter().map(UseView::from).collect();
    Ok(Json(page(lines, rows, |u: &UseView| u.use_id.to_string())))
}

/// Over which days figures are taken.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FiguresQuery {
    /// Days back from now, 1 to 366; 30 when not said.
    days: Option<i64>,
}

/// A count.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountView {
    /// First code: kind, or ground.
    group: String,
    /// In Chinese.
    group_name: String,
    /// Second code: state, or what was taken.
    code: String,
    /// In Chinese.
    name: String,
    /// How many.
    count: i64,
}

/// The library in figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct ECertificateFiguresView {
    /// Days back.
    days: i64,
    /// Certificates by kind and state, now.
    states: Vec<CountView>,
    /// Uses by ground and what was taken, in these days.
    uses: Vec<CountView>,
    /// Sealed in these days.
    sealed: i64,
    /// Waiting to be sealed whose last try failed, now.
    faulty: i64,
    /// Grants that can be used, now.
    open_grants: i64,
}

/// The library in figures.
#[utoipa::path(get, path = "/e-certificates/statistics", operation_id = "e_certificate_figures", params(FiguresQuery),
    responses((status = 200, body = ECertificateFiguresView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn e_certificate_figures(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<FiguresQuery>,
) -> Result<Json<ECertificateFiguresView>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let days = query.days.unwrap_or(30).clamp(1, 366);
    let now = signed.actor.request.now;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let f = figures::read(&mut tx, now - TimeDelta::days(days), now).await?;
    let states = f
        .states
        .into_iter()
        .map(|c| CountView {
            group_name: crate::views::case::kind_name(&c.one).to_owned(),
            name: dengbu_certlib::State::from_code(&c.other)
                .map_or("", dengbu_certlib::State::name_zh)
                .to_owned(),
            group: c.one,
            code: c.other,
            count: c.count,
        })
        .collect();
    let uses = f
        .uses
        .into_iter()
        .map(|c| CountView {
            group_name: uses::channel_name(&c.one).to_owned(),
            name: uses::what_name(&c.other).to_owned(),
            group: c.one,
            code: c.other,
            count: c.count,
        })
        .collect();
    Ok(Json(ECertificateFiguresView {
        days,
        states,
        uses,
        sealed: f.sealed,
        faulty: f.faulty,
        open_grants: f.open_grants,
    }))
}
