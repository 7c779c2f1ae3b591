//! The sharing interface for programs of other departments, in the services of GB/T 36906
//! (电子证照 共享服务接口规范): token, 检索, 查询, 信息获取, 文件下载, 信息验证, 文件验证.
//!
//! A program proves itself with its secret, gets a token for half an hour and sends it as
//! `Authorization: Bearer …`. It sees certificates of the authority that let it in, asks what it
//! was let in for, from where it may, as often as it may; every call is kept, and every look at a
//! certificate is shown to the holder. Answers carry `head.status` as the standard numbers them;
//! a program that may not ask, or asks wrongly, gets problem+json.

mod checks;

use std::net::IpAddr;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use chrono::{DateTime, Days, NaiveDate, Utc};
use dengbu_certlib::record::{self, ECertificate};
use dengbu_certlib::sharing::{self, Application, NewCall, Service};
use dengbu_certlib::uses::{self, Channel, NewUse};
use dengbu_model::time::date_in_shanghai;
use dengbu_staff::OsEntropy;
use dengbu_store::{Scope, TenantTx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::public::{FILE_MAX, same_name};
use super::views::FileFormat;
use super::words;
use crate::auth::context;
use crate::ecert::gates;
use crate::ecert::office::Mark;
use crate::ecert::verdict::Outcome;
use crate::problem::Problem;
use crate::reply::Body;
use crate::state::{App, new_id};
use crate::views::case::kind_name;

/// Certificates of one answer.
const FOUND_MAX: i64 = 200;
/// Days for which a copy is good at most.
const COPY_DAYS_MAX: u64 = 90;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sharing_token))
        .routes(routes!(sharing_search))
        .routes(routes!(sharing_query))
        .routes(routes!(sharing_metadata))
        .routes(routes!(sharing_file))
        .routes(routes!(checks::sharing_verify_info))
        .routes(routes!(checks::sharing_verify_file))
}

/// Head of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharingHead {
    /// `0` done; `3` nothing found; `11` the certificate ended.
    status: String,
    /// In Chinese.
    message: String,
}

/// An answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharingAnswer<T> {
    /// How it went.
    head: SharingHead,
    /// What was asked for; none when there is nothing.
    data: Option<T>,
}

fn answer<T: Serialize>(status: &str, message: &str, data: Option<T>) -> Response {
    let head = SharingHead {
        status: status.to_owned(),
        message: message.to_owned(),
    };
    (
        [(header::CACHE_CONTROL, "no-store")],
        Json(SharingAnswer { head, data }),
    )
        .into_response()
}

/// Identity and secret of a program.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharingCredentials {
    /// accessId.
    access_id: String,
    /// Secret.
    secret: String,
}

/// A token.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharingToken {
    /// Token, for `Authorization: Bearer …`.
    token: String,
    /// Until when it is good.
    expires_at: DateTime<Utc>,
    /// Services it opens.
    services: Vec<String>,
}

/// Gets a token.
#[utoipa::path(post, path = "/sharing/token", operation_id = "sharing_token", security(()), request_body = SharingCredentials,
    responses((status = 200, body = SharingAnswer<SharingToken>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn sharing_token(
    State(app): State<App>,
    parts: Parts,
    Body(given): Body<SharingCredentials>,
) -> Result<Response, Problem> {
    gates::pass(&app.gates().doors, &parts, app.config())?;
    let request = context(&parts, app.config());
    let wrong = || {
        let text = "accessId 或密钥不正确，或者应用已停用";
        Problem::new(StatusCode::UNAUTHORIZED, "wrong_credentials", text)
    };
    if given.access_id.len() > 60 || given.secret.len() > 200 {
        return Err(wrong());
    }
    let mut tx = app.store().system().await?;
    let found = sharing::token(
        &mut tx,
        &given.access_id,
        &given.secret,
        &OsEntropy,
        request.now,
    )
    .await?;
    let Some((application, token, expires_at)) = found else {
        return Err(wrong());
    };
    from_where(&application, request.ip)?;
    let call = NewCall {
        service: "token",
        purpose: None,
        object: None,
        status: "0",
        ip: request.ip.map(|ip| ip.to_string()),
        now: request.now,
    };
    sharing::note_call(&mut tx, &application, &call, &new_id).await?;
    tx.commit().await?;
    let data = SharingToken {
        token,
        expires_at,
        services: application.scopes,
    };
    Ok(answer("0", "成功", Some(data)))
}

fn from_where(application: &Application, ip: Option<IpAddr>) -> Result<(), Problem> {
    if application.admits(ip) {
        return Ok(());
    }
    let text = "这个应用不允许从当前地址访问，请联系登记机构调整地址范围";
    Err(Problem::new(StatusCode::FORBIDDEN, "address", text))
}

/// A program with a good token.
#[derive(Debug)]
pub struct Caller {
    application: Application,
    ip: Option<IpAddr>,
    now: DateTime<Utc>,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let request = context(parts, app.config());
        let wrong = || {
            let text = "令牌缺失或已失效，请重新取得令牌";
            Problem::new(StatusCode::UNAUTHORIZED, "not_signed_in", text)
        };
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.strip_prefix("Bearer "))
            .filter(|t| t.len() == 64)
            .ok_or_else(wrong)?;
        let mut tx = app.store().system().await?;
        let application = sharing::by_token(&mut tx, token, request.now)
            .await?
            .ok_or_else(wrong)?;
        from_where(&application, request.ip)?;
        if !app.gates().call(
            application.application_id,
            application.per_minute,
            request.now,
        ) {
            let text = "超过约定的访问频率，请一分钟后再试";
            let mut p = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many", text);
            p.retry_after = Some(60);
            return Err(p);
        }
        Ok(Self {
            application,
            ip: request.ip,
            now: request.now,
        })
    }
}

impl Caller {
    /// A transaction over the authority that let the program in, and nothing else.
    async fn begin(&self, app: &App, service: Service) -> Result<TenantTx, Problem> {
        if !self.application.may(service) {
            let text = format!("这个应用没有“{}”的权限", service.name_zh());
            return Err(Problem::new(StatusCode::FORBIDDEN, "scope", text));
        }
        let own = &self.application.authority;
        let mut tx = app.store().system().await?;
        let all = dengbu_store::authority_list::list(&mut tx).await?;
        drop(tx);
        let counties = all
            .into_iter()
            .filter(|a| a.authority == *own)
            .flat_map(|a| a.counties.into_iter().map(|c| c.county));
        let scope = Scope::new(counties.chain([own.clone()]))
            .map_err(|_| Problem::not_found("没有找到登记机构"))?;
        Ok(app.store().begin(&scope).await?)
    }

    async fn note(
        &self,
        tx: &mut TenantTx,
        service: Service,
        purpose: Option<&str>,
        object: Option<&str>,
        status: &str,
    ) -> Result<(), Problem> {
        let call = NewCall {
            service: service.code(),
            purpose,
            object,
            status,
            ip: self.ip.map(|ip| ip.to_string()),
            now: self.now,
        };
        Ok(sharing::note_call(tx, &self.application, &call, &new_id).await?)
    }

    async fn note_use(
        &self,
        tx: &mut TenantTx,
        c: &ECertificate,
        purpose: &str,
        what: &str,
    ) -> Result<(), Problem> {
        let taken = NewUse {
            channel: Channel::Sharing,
            who: &self.application.organisation,
            purpose,
            what,
            grant_id: None,
            application_id: Some(self.application.application_id),
            ip: self.ip.map(|ip| ip.to_string()),
            now: self.now,
        };
        Ok(uses::note(tx, c, &taken, &new_id).await?)
    }
}

/// A certificate that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedCertificate {
    /// 证照标识 (ZZBS).
    zzbs: Option<String>,
    /// 证照名称 (ZZMC).
    zzmc: String,
    /// 证照编号 (ZZBH).
    zzbh: String,
    /// 证照状态 (ZZZT): 1 现势, 2 注销.
    zzzt: Option<String>,
    /// State, finer: `issued`, `suspended`, `replaced`, `revoked`.
    state: String,
}

fn shared(c: &ECertificate) -> SharedCertificate {
    SharedCertificate {
        zzbs: c.identifier.clone(),
        zzmc: kind_name(&c.kind).to_owned(),
        zzbh: c.certificate_no.clone(),
        zzzt: c.state().shared_code().map(str::to_owned),
        state: c.state.clone(),
    }
}

/// 检索: by holder.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharingSearch {
    /// 持证主体代码: identity number of a holder.
    holder_code: String,
    /// Name of that holder, for certainty.
    holder_name: String,
    /// `title` or `proof`; none: both.
    #[serde(default)]
    kind: Option<dengbu_model::certificate::CertificateKind>,
    /// 使用目的.
    purpose: String,
}

/// 证照检索: identifiers of a holder's certificates that were issued.
#[utoipa::path(post, path = "/sharing/search", operation_id = "sharing_search", request_body = SharingSearch, security(("sharing" = [])),
    responses((status = 200, body = SharingAnswer<Vec<SharedCertificate>>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn sharing_search(
    State(app): State<App>,
    caller: Caller,
    Body(given): Body<SharingSearch>,
) -> Result<Response, Problem> {
    let service = Service::Search;
    let purpose = words("/purpose", &given.purpose, 100)?;
    let code = words("/holder_code", &given.holder_code, 60)?;
    let name = words("/holder_name", &given.holder_name, 100)?;
    let mut tx = caller.begin(&app, service).await?;
    let hash = app.library_key().index(&code);
    let found = record::of_person(&mut tx, &hash, FOUND_MAX).await?;
    let holders = record::holders_of(&mut tx, &found).await?;
    let mut data = Vec::new();
    for c in &found {
        let named = holders
            .iter()
            .any(|h| h.e_certificate_id == c.e_certificate_id && same_name(&h.name, &name));
        let wanted = given.kind.is_none_or(|k| k.code() == c.kind);
        // the answers to somebody's searches are the applicant's own affair
        let titles = c.follows_register();
        if named && wanted && titles && c.state().shared_code().is_some() {
            caller.note_use(&mut tx, c, &purpose, "state").await?;
            data.push(shared(c));
        }
    }
    let status = if data.is_empty() { "3" } else { "0" };
    caller
        .note(&mut tx, service, Some(&purpose), None, status)
        .await?;
    tx.commit().await?;
    Ok(if data.is_empty() {
        nothing::<Vec<SharedCertificate>>()
    } else {
        answer("0", "成功", Some(data))
    })
}

fn nothing<T: Serialize>() -> Response {
    answer::<T>("3", "未检索到记录", None)
}

/// A certificate that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharingQuery {
    /// 证照编号 or 证照标识.
    certificate: String,
    /// 使用目的.
    purpose: String,
}

async fn find(tx: &mut TenantTx, text: &str) -> Result<Option<ECertificate>, Problem> {
    let text = text.replace('（', "(").replace('）', ")");
    let found = match record::by_number(tx, &text).await? {
        Some(c) => Some(c),
        None => record::by_identifier(tx, &text).await?,
    };
    Ok(found.filter(|c| c.follows_register() && c.state().shared_code().is_some()))
}

/// 证照查询: a certificate by its number.
#[utoipa::path(post, path = "/sharing/query", operation_id = "sharing_query", request_body = SharingQuery, security(("sharing" = [])),
    responses((status = 200, body = SharingAnswer<SharedCertificate>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn sharing_query(
    State(app): State<App>,
    caller: Caller,
    Body(given): Body<SharingQuery>,
) -> Result<Response, Problem> {
    let service = Service::Query;
    let purpose = words("/purpose", &given.purpose, 100)?;
    let wanted = words("/certificate", &given.certificate, 160)?;
    let mut tx = caller.begin(&app, service).await?;
    let found = find(&mut tx, &wanted).await?;
    let status = if found.is_some() { "0" } else { "3" };
    if let Some(c) = &found {
        caller.note_use(&mut tx, c, &purpose, "state").await?;
    }
    caller
        .note(&mut tx, service, Some(&purpose), Some(&wanted), status)
        .await?;
    tx.commit().await?;
    Ok(match found {
        Some(c) => answer("0", "成功", Some(shared(&c))),
        None => nothing::<SharedCertificate>(),
    })
}

/// Metadata that are wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharingMetadata {
    /// 证照编号 or 证照标识.
    certificate: String,
    /// Names of the fields, such as `ZZBH`; none: all.
    #[serde(default)]
    fields: Vec<String>,
    /// 使用目的.
    purpose: String,
}

/// A field.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedField {
    /// Short name.
    name: String,
    /// National English name.
    english: String,
    /// Value.
    value: String,
}

/// 信息获取: the metadata of a certificate (GB/T 36903).
#[utoipa::path(post, path = "/sharing/metadata", operation_id = "sharing_metadata", request_body = SharingMetadata, security(("sharing" = [])),
    responses((status = 200, body = SharingAnswer<Vec<SharedField>>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn sharing_metadata(
    State(app): State<App>,
    caller: Caller,
    Body(given): Body<SharingMetadata>,
) -> Result<Response, Problem> {
    let service = Service::Metadata;
    let purpose = words("/purpose", &given.purpose, 100)?;
    let wanted = words("/certificate", &given.certificate, 160)?;
    for (at, name) in given.fields.iter().enumerate() {
        if dengbu_ecert::metadata::field(name).is_none() {
            let message = "没有这个元数据项";
            return Err(Problem::field(
                &format!("/fields/{at}"),
                "unknown_value",
                message,
            ));
        }
    }
    let mut tx = caller.begin(&app, service).await?;
    let Some(c) = find(&mut tx, &wanted).await? else {
        caller
            .note(&mut tx, service, Some(&purpose), Some(&wanted), "3")
            .await?;
        tx.commit().await?;
        return Ok(nothing::<Vec<SharedField>>());
    };
    let key = app.library_key();
    let mut data: Vec<SharedField> = app
        .office()
        .fields(&c, &key, false)?
        .into_iter()
        .filter_map(|f| {
            let names = dengbu_ecert::metadata::field(&f.code)?;
            Some(SharedField {
                english: names.english.clone(),
                name: f.code,
                value: f.value,
            })
        })
        .collect();
    if let Some(code) = c.state().shared_code() {
        data.push(SharedField {
            name: "ZZZT".to_owned(),
            english: "certificateStatus".to_owned(),
            value: code.to_owned(),
        });
    }
    if !given.fields.is_empty() {
        let asked = |f: &SharedField| given.fields.iter().any(|n| *n == f.name || *n == f.english);
        data.retain(asked);
    }
    caller.note_use(&mut tx, &c, &purpose, "fields").await?;
    caller
        .note(&mut tx, service, Some(&purpose), Some(&wanted), "0")
        .await?;
    tx.commit().await?;
    Ok(answer("0", "成功", Some(data)))
}

/// A file that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharingFile {
    /// 证照编号 or 证照标识.
    certificate: String,
    /// Format.
    format: FileFormat,
    /// 使用目的 (DZZZSYMD).
    purpose: String,
    /// Last day on which the copy may be used, within 90 days; 30 days when not said.
    #[serde(default)]
    valid_until: Option<NaiveDate>,
}

/// A file.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedFile {
    /// Format.
    format: FileFormat,
    /// File name.
    file_name: String,
    /// Content, base 64.
    content: String,
    /// Last day on which it may be used.
    valid_until: NaiveDate,
}

/// 文件下载: a copy (加注件) made for the purpose, sealed anew. Originals are not handed out.
#[utoipa::path(post, path = "/sharing/file", operation_id = "sharing_file", request_body = SharingFile, security(("sharing" = [])),
    responses((status = 200, body = SharingAnswer<SharedFile>), (status = "4XX", body = Problem, content_type = "application/problem+json"),
              (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn sharing_file(
    State(app): State<App>,
    caller: Caller,
    Body(given): Body<SharingFile>,
) -> Result<Response, Problem> {
    let service = Service::File;
    let purpose = words("/purpose", &given.purpose, 100)?;
    let wanted = words("/certificate", &given.certificate, 160)?;
    let today = date_in_shanghai(caller.now);
    let last = today
        .checked_add_days(Days::new(COPY_DAYS_MAX))
        .unwrap_or(today);
    let month = today.checked_add_days(Days::new(30)).unwrap_or(today);
    let valid_until = given.valid_until.unwrap_or(month);
    if valid_until < today || valid_until > last {
        let message = "有效期截止应在今天至 90 天以内";
        return Err(Problem::field("/valid_until", "out_of_range", message));
    }
    let mut tx = caller.begin(&app, service).await?;
    let found = find(&mut tx, &wanted).await?;
    let valid = found
        .as_ref()
        .is_some_and(|c| c.state() == dengbu_certlib::State::Issued);
    let status = match (&found, valid) {
        (None, _) => "3",
        (Some(_), false) => "11",
        (Some(_), true) => "0",
    };
    caller
        .note(&mut tx, service, Some(&purpose), Some(&wanted), status)
        .await?;
    let Some(c) = found.filter(|_| valid) else {
        tx.commit().await?;
        return Ok(if status == "11" {
            answer::<SharedFile>("11", "证照已失效，不提供文件", None)
        } else {
            nothing::<SharedFile>()
        });
    };
    caller.note_use(&mut tx, &c, &purpose, "copy").await?;
    let mark = Mark {
        grantee: &caller.application.organisation,
        purpose: &purpose,
        valid_until,
        maker: &caller.application.name,
        grant_id: None,
        application_id: Some(caller.application.application_id),
        now: caller.now,
    };
    let content = app
        .office()
        .copy(&app, &mut tx, &c, given.format, &mark)
        .await?;
    tx.commit().await?;
    let data = SharedFile {
        format: given.format,
        file_name: format!("{}加注件.{}", c.certificate_no, given.format.code()),
        content: base64::engine::general_purpose::STANDARD.encode(content),
        valid_until,
    };
    Ok(answer("0", "成功", Some(data)))
}
