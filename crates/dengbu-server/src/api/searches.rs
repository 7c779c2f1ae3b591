//! Searching the register for others (资料查询): applications, answers, refusals, result papers.

mod papers;

use axum::Json;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, Utc};
use dengbu_cases::scans::SIZE_MAX;
use dengbu_certlib::record;
use dengbu_model::party::masked_name;
use dengbu_model::time::date_in_shanghai;
use dengbu_search::access::Access;
use dengbu_search::answer::{Answer, Place, ScopeCounty};
use dengbu_search::application::{self, Application, ListFilter, Refusal, Scan};
use dengbu_search::issue;
use dengbu_search::log::{self, Showing};
use dengbu_search::request::SearchRequest;
use dengbu_search::settings::SearchSettings;
use dengbu_search::{BUSINESS, SearchError};
use dengbu_staff::{Action, Actor, AuditRecord, audit};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{Page, cursor_moment, limit, page};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body, Params, too_large};
use crate::state::App;
use crate::write::{self, Begun, if_match};
use papers::SearchDocumentView;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_search_rules))
        .routes(routes!(list_searches, create_search))
        .routes(routes!(read_search, revise_search))
        .routes(routes!(add_search_scan))
        .routes(routes!(search_scan_content))
        .routes(routes!(answer_search))
        .routes(routes!(refuse_search))
        .merge(papers::routes())
}

/// An application as listed.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchLine {
    /// Number (查询编号).
    search_no: String,
    /// `open`, `answered`, `refused`.
    state: String,
    /// In Chinese.
    state_name: String,
    /// Kind of applicant in Chinese.
    applicant_kind_name: String,
    /// Applicant, masked.
    applicant_masked: String,
    /// Purpose.
    purpose: String,
    /// Who took it in.
    taken_by_name: String,
    /// When.
    created_at: DateTime<Utc>,
    /// By when it is due.
    due_on: NaiveDate,
}

/// An application wholly.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchView {
    /// Number (查询编号).
    search_no: String,
    /// Authority.
    authority: String,
    /// `open`, `answered`, `refused`.
    state: String,
    /// In Chinese.
    state_name: String,
    /// Version, for `If-Match`.
    version: i64,
    /// What is asked.
    request: SearchRequest,
    /// Who took it in.
    taken_by_name: String,
    /// When.
    created_at: DateTime<Utc>,
    /// By when it is due.
    due_on: NaiveDate,
    /// Scanned papers.
    scans: Vec<Scan>,
    /// What was shown, newest first.
    showings: Vec<Showing>,
    /// The last answer; kept as it was shown.
    answer: Option<Answer>,
    /// Whether papers can be made of the last answer: it is of today.
    answer_is_of_today: bool,
    /// Result papers.
    documents: Vec<SearchDocumentView>,
    /// Why it was refused.
    refusal: Option<Refusal>,
}

async fn whole(
    tx: &mut TenantTx,
    found: Application,
    actor: &Actor,
) -> Result<SearchView, Problem> {
    let scans = application::scans(tx, &found).await?;
    let showings = log::of(tx, &found).await?;
    let last = log::last(tx, &found).await?;
    let documents = issue::of(tx, &found).await?;
    let library = record::of_search(tx, &found.authority, &found.search_no).await?;
    let today = date_in_shanghai(actor.request.now);
    let of_today = last
        .as_ref()
        .is_some_and(|(_, at, _)| date_in_shanghai(*at) == today);
    Ok(SearchView {
        documents: documents
            .into_iter()
            .map(|d| papers::view(&found.search_no, d, &library))
            .collect(),
        search_no: found.search_no,
        authority: found.authority,
        state: found.state.code().to_owned(),
        state_name: found.state.name_zh().to_owned(),
        version: found.version,
        request: found.request,
        taken_by_name: found.taken_by_name,
        created_at: found.created_at,
        due_on: found.due_on,
        scans,
        showings,
        answer: last.map(|(_, _, answer)| answer),
        answer_is_of_today: of_today,
        refusal: found.refusal,
    })
}

/// What an authority's searches go by.
struct Desk {
    authority_name: String,
    counties: Vec<ScopeCounty>,
    settings: SearchSettings,
}

impl Desk {
    async fn of(tx: &mut TenantTx, authority: &str) -> Result<Self, Problem> {
        let all = dengbu_store::authority_list::list(tx).await?;
        let own = all
            .into_iter()
            .find(|a| a.authority == authority)
            .ok_or_else(|| Problem::not_found("没有这个登记机构"))?;
        Ok(Self {
            authority_name: own.name,
            counties: own
                .counties
                .into_iter()
                .map(|c| ScopeCounty {
                    code: c.county,
                    name: c.name,
                })
                .collect(),
            settings: SearchSettings::of(&own.settings),
        })
    }

    fn place<'a>(&'a self, app: &'a App, actor: &Actor) -> Place<'a> {
        Place {
            key: app.person_key(),
            authority_name: &self.authority_name,
            counties: &self.counties,
            settings: &self.settings,
            now: actor.request.now,
            today: date_in_shanghai(actor.request.now),
        }
    }
}

/// The application, for somebody who answers searches at its authority.
async fn mine(tx: &mut TenantTx, signed: &Signed, search_no: &str) -> Result<Application, Problem> {
    let found = application::load(tx, search_no, false).await?;
    signed.require_at(Action::AnswerSearch, &found.authority, Some(BUSINESS))?;
    Ok(found)
}

/// The table of applicants: who may search by what, sees which parts, brings which papers.
#[utoipa::path(get, path = "/search-rules", operation_id = "read_search_rules",
    responses((status = 200, body = Access), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_search_rules(_signed: Signed) -> Json<&'static Access> {
    Json(Access::builtin())
}

/// Which applications to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchesQuery {
    /// Part of the applicant's name, or the number from its beginning.
    q: Option<String>,
    /// `open`, `answered`, `refused`.
    state: Option<String>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

pub(super) fn text(value: Option<String>) -> Option<String> {
    value.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty())
}

pub(super) fn bad_cursor() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad_cursor",
        "翻页标记无效，请从第一页重新查询",
    )
}

/// Applications of the authorities at which the person answers searches, newest first.
#[utoipa::path(get, path = "/searches", operation_id = "list_searches", params(SearchesQuery),
    responses((status = 200, body = Page<SearchLine>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_searches(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<SearchesQuery>,
) -> Result<Json<Page<SearchLine>>, Problem> {
    signed.require(Action::AnswerSearch)?;
    let rows = limit(query.limit);
    let before = match text(query.cursor) {
        None => None,
        Some(cursor) => {
            let (at, no) = cursor.split_once('~').ok_or_else(bad_cursor)?;
            Some((cursor_moment(at).ok_or_else(bad_cursor)?, no.to_owned()))
        }
    };
    let filter = ListFilter {
        q: text(query.q),
        state: text(query.state),
        before,
        limit: rows + 1,
    };
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let authorities = signed.actor.authorities_for(Action::AnswerSearch);
    let found = application::list(&mut tx, &authorities, &filter).await?;
    let kinds = Access::builtin();
    let kept = page(found, rows, |s| {
        format!("{}~{}", s.created_at.timestamp_micros(), s.search_no)
    });
    Ok(Json(Page {
        next_cursor: kept.next_cursor,
        items: kept
            .items
            .into_iter()
            .map(|s| SearchLine {
                state_name: s.state().name_zh().to_owned(),
                applicant_kind_name: kinds
                    .applicant(&s.applicant_kind)
                    .map_or_else(|| s.applicant_kind.clone(), |a| a.name.clone()),
                applicant_masked: if s.applicant_is_person {
                    masked_name(&s.applicant_name)
                } else {
                    s.applicant_name
                },
                search_no: s.search_no,
                state: s.state,
                purpose: s.purpose,
                taken_by_name: s.taken_by_name,
                created_at: s.created_at,
                due_on: s.due_on,
            })
            .collect(),
    }))
}

/// At which authority.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AtAuthority {
    /// Authority; the own one when not said.
    authority: Option<String>,
}

/// Takes in an application.
#[utoipa::path(post, path = "/searches", operation_id = "create_search", request_body = SearchRequest,
    params(AtAuthority, ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = SearchView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn create_search(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<AtAuthority>,
    headers: HeaderMap,
    Body(request): Body<SearchRequest>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    let authority = query.authority.unwrap_or_else(|| actor.authority.clone());
    signed.require_at(Action::AnswerSearch, &authority, Some(BUSINESS))?;
    let fingerprint = ("search", &authority, &request);
    let mut w = match write::begin(&app, actor, &headers, &fingerprint).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let tidy = request
        .tidy(Access::builtin(), date_in_shanghai(actor.request.now))
        .map_err(SearchError::Fields)?;
    let doing = write::doing(actor);
    let made = application::create(&mut w.tx, &authority, &tidy, &doing).await?;
    let record = AuditRecord::by(actor, "search.created")
        .on("search", &made.search_no)
        .purpose(tidy.purpose_text())
        .in_trail_of(&authority);
    let view = whole(&mut w.tx, made, actor).await?;
    w.finish(record, StatusCode::CREATED, &view).await
}

/// One application with its last answer; each reading is recorded.
#[utoipa::path(get, path = "/searches/{search_no}", operation_id = "read_search",
    params(("search_no" = String, Path, description = "Number of the application")),
    responses((status = 200, body = SearchView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_search(
    State(app): State<App>,
    signed: Signed,
    At(search_no): At<String>,
) -> Result<Json<SearchView>, Problem> {
    signed.require(Action::AnswerSearch)?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = mine(&mut tx, &signed, &search_no).await?;
    let record = AuditRecord::by(actor, "search.read")
        .on("search", &search_no)
        .in_trail_of(&found.authority);
    let view = whole(&mut tx, found, actor).await?;
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(Json(view))
}

/// Changes an application that was not answered yet.
#[utoipa::path(put, path = "/searches/{search_no}", operation_id = "revise_search", request_body = SearchRequest,
    params(("search_no" = String, Path, description = "Number of the application"), ("X-CSRF-Token" = String, Header),
        ("If-Match" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = SearchView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn revise_search(
    State(app): State<App>,
    signed: Signed,
    At(search_no): At<String>,
    headers: HeaderMap,
    Body(request): Body<SearchRequest>,
) -> Result<Response, Problem> {
    signed.require(Action::AnswerSearch)?;
    let actor = &signed.actor;
    let seen = if_match(&headers)?;
    let fingerprint = ("search", &search_no, seen, &request);
    let mut w = match write::begin(&app, actor, &headers, &fingerprint).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let found = mine(&mut w.tx, &signed, &search_no).await?;
    let tidy = request
        .tidy(Access::builtin(), date_in_shanghai(actor.request.now))
        .map_err(SearchError::Fields)?;
    let revised = application::revise(&mut w.tx, &search_no, seen, &tidy).await?;
    let record = AuditRecord::by(actor, "search.updated")
        .on("search", &search_no)
        .in_trail_of(&found.authority);
    let view = whole(&mut w.tx, revised, actor).await?;
    w.finish(record, StatusCode::OK, &view).await
}

/// A scanned paper with the item it belongs to.
#[derive(Debug, ToSchema)]
pub struct SearchUpload {
    /// The file: PDF, JPG, PNG or TIFF, 20 MB at most.
    #[schema(value_type = String, format = Binary)]
    #[expect(dead_code, reason = "only for the document")]
    file: Vec<u8>,
    /// Code of the paper.
    #[expect(dead_code, reason = "only for the document")]
    item: String,
}

async fn read_upload(mut form: Multipart) -> Result<(String, String, Vec<u8>), Problem> {
    let broken = |e: axum::extract::multipart::MultipartError| {
        if e.status() == StatusCode::PAYLOAD_TOO_LARGE {
            too_large()
        } else {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "multipart",
                "上传内容不完整或格式不正确，请重新上传",
            )
        }
    };
    let (mut item, mut file) = (None, None);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name().unwrap_or("") {
            "file" => {
                let name = field.file_name().unwrap_or("未命名").to_owned();
                let bytes = field.bytes().await.map_err(broken)?;
                if bytes.len() > SIZE_MAX {
                    return Err(too_large());
                }
                file = Some((name, bytes.to_vec()));
            }
            "item" => item = Some(field.text().await.map_err(broken)?),
            other => {
                let field = format!("/{}", other.chars().take(40).collect::<String>());
                return Err(Problem::field(&field, "unknown_field", "没有这个字段"));
            }
        }
    }
    let item = text(item)
        .filter(|i| !i.contains('\0'))
        .ok_or_else(|| Problem::field("/item", "required", "请选择材料"))?;
    let (name, bytes) = file.ok_or_else(|| Problem::field("/file", "required", "请选择文件"))?;
    Ok((item, name.replace('\0', ""), bytes))
}

/// Adds a scanned paper to an application that was not answered yet.
#[utoipa::path(post, path = "/searches/{search_no}/scans", operation_id = "add_search_scan",
    request_body(content = SearchUpload, content_type = "multipart/form-data"),
    params(("search_no" = String, Path, description = "Number of the application"), ("X-CSRF-Token" = String, Header),
        ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = Scan), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn add_search_scan(
    State(app): State<App>,
    signed: Signed,
    At(search_no): At<String>,
    headers: HeaderMap,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Response, Problem> {
    signed.require(Action::AnswerSearch)?;
    let actor = &signed.actor;
    let form = form.map_err(|_| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media_type",
            "上传应使用 multipart/form-data",
        )
    })?;
    let (item, name, content) = read_upload(form).await?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = mine(&mut tx, &signed, &search_no).await?;
    tx.rollback().await?;
    // the content is stored under its digest before the row: a crash in between leaves a file
    // nobody names, never a row without its file
    let stored = app.scans().put(content).await?;
    let fingerprint = ("search-scan", &search_no, &item, &stored.sm3);
    let mut w = match write::begin(&app, actor, &headers, &fingerprint).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let doing = write::doing(actor);
    let scan = application::add_scan(&mut w.tx, &search_no, &item, &name, &stored, &doing).await?;
    let record = AuditRecord::by(actor, "search.scan_added")
        .on("search", &search_no)
        .detail(serde_json::json!({ "item": item, "sm3": stored.sm3 }))
        .in_trail_of(&found.authority);
    w.finish(record, StatusCode::CREATED, &scan).await
}

/// The content of a scanned paper; each reading is recorded.
#[utoipa::path(get, path = "/searches/{search_no}/scans/{scan_id}", operation_id = "search_scan_content",
    params(("search_no" = String, Path, description = "Number of the application"), ("scan_id" = Uuid, Path, description = "The scan")),
    responses((status = 200, content((Vec<u8> = "application/octet-stream"))), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn search_scan_content(
    State(app): State<App>,
    signed: Signed,
    At((search_no, scan_id)): At<(String, Uuid)>,
) -> Result<Response, Problem> {
    signed.require(Action::AnswerSearch)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let found = mine(&mut tx, &signed, &search_no).await?;
    let scan = application::scans(&mut tx, &found)
        .await?
        .into_iter()
        .find(|s| s.scan_id == scan_id)
        .ok_or_else(|| Problem::not_found("没有找到这份材料"))?;
    let content = app.scans().get(&scan.sm3).await?;
    let record = AuditRecord::by(&signed.actor, "search.scan_read")
        .on("search", &search_no)
        .detail(serde_json::json!({ "sm3": scan.sm3 }))
        .in_trail_of(&found.authority);
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    let headers = [
        (header::CONTENT_TYPE, scan.media_type),
        (header::CONTENT_DISPOSITION, "inline".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox".to_owned(),
        ),
    ];
    Ok((headers, content).into_response())
}

/// Decides and shows the answer: every showing is logged with what was shown. An application that
/// does not meet the conditions is answered with all that stands in the way (`violations`).
#[utoipa::path(post, path = "/searches/{search_no}/answer", operation_id = "answer_search",
    params(("search_no" = String, Path, description = "Number of the application"), ("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = SearchView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn answer_search(
    State(app): State<App>,
    signed: Signed,
    At(search_no): At<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    signed.require(Action::AnswerSearch)?;
    let actor = &signed.actor;
    // personal data is not kept with the idempotency key: each showing is recorded anew
    let mut bare = headers.clone();
    bare.remove("idempotency-key");
    let Begun::Fresh(mut w) = write::begin(&app, actor, &bare, &search_no).await? else {
        return Err(Problem::not_found("没有找到"));
    };
    let found = mine(&mut w.tx, &signed, &search_no).await?;
    let desk = Desk::of(&mut w.tx, &found.authority).await?;
    let place = desk.place(&app, actor);
    let doing = write::doing(actor);
    let (found, answer) = issue::answer(&mut w.tx, &place, &search_no, &doing).await?;
    let hits: usize = answer.people.iter().map(|p| p.hits.len()).sum();
    let record = AuditRecord::by(actor, "search.answered")
        .on("search", &search_no)
        .purpose(found.request.purpose_text())
        .detail(
            serde_json::json!({ "index": found.request.index.code(), "people": answer.people.len(),
            "units": answer.units.len(), "hits": hits }),
        )
        .in_trail_of(&found.authority);
    let view = whole(&mut w.tx, found, actor).await?;
    w.finish(record, StatusCode::OK, &view).await
}

/// Why a search is refused.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseSearch {
    /// Ground, code of the table.
    ground: String,
    /// Facts and reason.
    reason: String,
}

/// Refuses an application (不予查询) and makes the notice of it.
#[utoipa::path(post, path = "/searches/{search_no}/refusal", operation_id = "refuse_search", request_body = RefuseSearch,
    params(("search_no" = String, Path, description = "Number of the application"), ("X-CSRF-Token" = String, Header),
        ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = SearchView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn refuse_search(
    State(app): State<App>,
    signed: Signed,
    At(search_no): At<String>,
    headers: HeaderMap,
    Body(request): Body<RefuseSearch>,
) -> Result<Response, Problem> {
    signed.require(Action::AnswerSearch)?;
    let actor = &signed.actor;
    let fingerprint = ("refuse-search", &search_no, &request);
    let mut w = match write::begin(&app, actor, &headers, &fingerprint).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let found = mine(&mut w.tx, &signed, &search_no).await?;
    let desk = Desk::of(&mut w.tx, &found.authority).await?;
    let doing = write::doing(actor);
    let why = (request.ground.as_str(), request.reason.as_str());
    let (found, notice) =
        issue::refusal(&mut w.tx, &desk.authority_name, &search_no, why, &doing).await?;
    let record = AuditRecord::by(actor, "search.refused")
        .on("search", &search_no)
        .detail(serde_json::json!({ "ground": request.ground, "document": notice.document_no }))
        .in_trail_of(&found.authority);
    let view = whole(&mut w.tx, found, actor).await?;
    w.finish(record, StatusCode::OK, &view).await
}
