//! The papers of a case: upload, content, removal, comparison.

use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengbu_cases::case;
use dengbu_cases::materials::{self, Described};
use dengbu_cases::scans::SIZE_MAX;
use dengbu_staff::{Action, AuditRecord, audit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::auth::Signed;
use crate::crossing;
use crate::problem::Problem;
use crate::reply::{At, Body, too_large};
use crate::state::App;
use crate::views::case::{self as view, MaterialView};
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(add_material))
        .routes(routes!(remove_material))
        .routes(routes!(material_content))
        .routes(routes!(verify_material))
}

/// A file with what is said about it.
#[derive(Debug, Default, ToSchema)]
pub struct Upload {
    /// The file: PDF, JPG, PNG or TIFF, 20 MB at most.
    #[schema(value_type = String, format = Binary)]
    file: Option<(String, Vec<u8>)>,
    /// Item of the checklist.
    #[schema(value_type = String)]
    item: Option<String>,
    /// Copies.
    #[schema(value_type = Option<i32>)]
    copies: Option<i32>,
    /// Pages.
    #[schema(value_type = Option<i32>)]
    pages: Option<i32>,
    /// Original or copy.
    #[schema(value_type = Option<bool>)]
    original: Option<bool>,
}

async fn read_upload(mut form: Multipart) -> Result<Upload, Problem> {
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
    let mut up = Upload::default();
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or("").to_owned();
        if name == "file" {
            let file_name = field.file_name().unwrap_or("未命名").to_owned();
            let bytes = field.bytes().await.map_err(broken)?;
            if bytes.len() > SIZE_MAX {
                return Err(too_large());
            }
            up.file = Some((file_name, bytes.to_vec()));
            continue;
        }
        let text = field.text().await.map_err(broken)?;
        let number = |field: &str| {
            text.trim()
                .parse::<i32>()
                .map_err(|_| Problem::field(field, "not_a_number", "应为整数"))
        };
        match name.as_str() {
            "item" => up.item = Some(text),
            "copies" => up.copies = Some(number("/copies")?),
            "pages" if text.trim().is_empty() => {}
            "pages" => up.pages = Some(number("/pages")?),
            "original" => up.original = Some(text.trim() == "true"),
            other => {
                return Err(Problem::field(
                    &format!("/{}", other.chars().take(40).collect::<String>()),
                    "unknown_field",
                    "没有这个字段",
                ));
            }
        }
    }
    Ok(up)
}

/// Adds a scanned paper to a case under acceptance.
#[utoipa::path(post, path = "/cases/{case_no}/materials", operation_id = "add_material",
    request_body(content = Upload, content_type = "multipart/form-data"),
    params(("case_no" = String, Path, description = "20-digit case number"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = MaterialView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn add_material(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    headers: HeaderMap,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    signed.require(Action::TakeCase)?;
    let form = form.map_err(|_| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media_type",
            "上传应使用 multipart/form-data",
        )
    })?;
    let up = read_upload(form).await?;
    let item = up
        .item
        .ok_or_else(|| Problem::field("/item", "required", "请选择收件材料项"))?;
    let (file_name, content) = up
        .file
        .ok_or_else(|| Problem::field("/file", "required", "请选择文件"))?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let case = case::load(&mut tx, &case_no, false).await?;
    signed.require_at(Action::TakeCase, &case.authority, Some(&case.business.code))?;
    tx.rollback().await?;
    // the content is stored under its digest before the row: a crash in between leaves
    // a file nobody names, never a row without its file
    let stored = app.scans().put(content).await?;
    let described = Described {
        item,
        file_name,
        copies: up.copies.unwrap_or(1),
        pages: up.pages,
        original: up.original.unwrap_or(true),
    };
    let fingerprint = ("material", &case_no, &described.item, &stored.sm3);
    let mut w = match write::begin(&app, actor, &headers, &fingerprint).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let doing = write::doing(actor);
    let added = materials::add(&mut w.tx, &case_no, &described, &stored, &doing).await?;
    let record = AuditRecord::by(actor, "material.added")
        .on("case", &case_no)
        .county(&case.county)
        .detail(serde_json::json!({ "material": added.material_id, "item": added.item, "sm3": added.sm3 }));
    w.finish(record, StatusCode::CREATED, &view::material(&case, &added))
        .await
}

/// The content of a paper; each reading is recorded.
#[utoipa::path(get, path = "/cases/{case_no}/materials/{material_id}/content", operation_id = "material_content",
    params(("case_no" = String, Path, description = "20-digit case number"), ("material_id" = Uuid, Path)),
    responses((status = 200, description = "the file", content((Vec<u8> = "application/pdf"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/tiff"), (serde_json::Value = "application/json"))),
              (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn material_content(
    State(app): State<App>,
    signed: Signed,
    At((case_no, id)): At<(String, Uuid)>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    signed.require(Action::ReadCases)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let case = case::load(&mut tx, &case_no, false).await?;
    let material = materials::one(&mut tx, &case, id).await?;
    let record = AuditRecord::by(actor, "material.read")
        .on("case", &case_no)
        .county(&case.county)
        .detail(serde_json::json!({ "material": id }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    // data that a department gave in place of a paper is kept with the case, not as a file
    let content = match &material.shared_data {
        Some(data) => data.to_string().into_bytes(),
        None => app.scans().get(&material.sm3).await?,
    };
    let headers = [
        (header::CONTENT_TYPE, material.media_type),
        (header::CONTENT_DISPOSITION, "inline".to_owned()),
        (header::CACHE_CONTROL, "private, max-age=300".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'self'; sandbox".to_owned(),
        ),
    ];
    Ok((headers, content).into_response())
}

/// Takes a paper off a case under acceptance.
#[utoipa::path(delete, path = "/cases/{case_no}/materials/{material_id}", operation_id = "remove_material",
    params(("case_no" = String, Path, description = "20-digit case number"), ("material_id" = Uuid, Path), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn remove_material(
    State(app): State<App>,
    signed: Signed,
    At((case_no, id)): At<(String, Uuid)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    signed.require(Action::TakeCase)?;
    let mut w = match write::begin(&app, actor, &headers, &("remove", &case_no, id)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let doing = write::doing(actor);
    let case = case::load(&mut w.tx, &case_no, false).await?;
    signed.require_at(Action::TakeCase, &case.authority, Some(&case.business.code))?;
    materials::remove(&mut w.tx, &case_no, id, &doing).await?;
    let record = AuditRecord::by(actor, "material.removed")
        .on("case", &case_no)
        .county(&case.county)
        .detail(serde_json::json!({ "material": id }));
    w.finish(record, StatusCode::NO_CONTENT, &()).await
}

/// A tick.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// True when the paper was compared (已核).
    verified: bool,
}

/// Ticks a paper as compared, or takes the tick back.
#[utoipa::path(post, path = "/cases/{case_no}/materials/{material_id}/verification", operation_id = "verify_material", request_body = Verification,
    params(("case_no" = String, Path, description = "20-digit case number"), ("material_id" = Uuid, Path), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = MaterialView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn verify_material(
    State(app): State<App>,
    signed: Signed,
    At((case_no, id)): At<(String, Uuid)>,
    headers: HeaderMap,
    Body(given): Body<Verification>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let mut w = match write::begin(&app, actor, &headers, &("verify", &case_no, id, &given)).await?
    {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let doing = write::doing(actor);
    let case = case::load(&mut w.tx, &case_no, false).await?;
    if !super::cases::may_move(actor, &case, dengbu_law::flow::Move::Agree) {
        return Err(Problem::forbidden("只有当前环节的办理人员可以核对材料"));
    }
    let material = materials::verify(&mut w.tx, &case_no, id, given.verified, &doing).await?;
    let record = AuditRecord::by(actor, "material.verified")
        .on("case", &case_no)
        .county(&case.county)
        .detail(serde_json::json!({ "material": id, "verified": given.verified }));
    w.finish(record, StatusCode::OK, &view::material(&case, &material))
        .await
}
