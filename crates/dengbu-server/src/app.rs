//! The whole server put together.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::TraceLayer;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi as _};
use utoipa_axum::router::OpenApiRouter;

use crate::auth::{COOKIE, REQUEST_ID};
use crate::problem::Problem;
use crate::state::{App, new_id};
use crate::{again, api, assets, tagged};

/// Largest request: a file of 20 MB with its form fields.
const BODY_MAX: usize = 21 * 1024 * 1024;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "登簿 Dengbu", description = "不动产登记平台接口。错误以 application/problem+json（RFC 9457）返回。", license(name = "Apache-2.0", identifier = "Apache-2.0")),
    modifiers(&Security),
    security(("session" = []))
)]
struct Api;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut OpenApi) {
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE)));
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("session", cookie);
        let key = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("receiver_key", key);
        // programs of other departments
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("sharing", bearer);
    }
}

fn api_router() -> (Router<App>, OpenApi) {
    let routes = OpenApiRouter::new()
        .merge(api::session::routes())
        .merge(api::reference::routes())
        .merge(api::units::routes())
        .merge(api::register::routes())
        .merge(api::buildings::routes())
        .merge(api::cases::routes())
        .merge(api::actions::routes())
        .merge(api::materials::routes())
        .merge(api::papers::routes())
        .merge(api::certificates::routes())
        .merge(api::certificate_print::routes())
        .merge(api::stock::routes())
        .merge(api::void_notices::routes())
        .merge(api::old_papers::routes())
        .merge(api::blank_layouts::routes())
        .merge(api::service::routes())
        .merge(api::staff::routes())
        .merge(api::offices::routes())
        .merge(api::promises::routes())
        .merge(api::automatic::routes())
        .merge(api::channels::routes())
        .merge(api::tightening::routes())
        .merge(api::same_city::routes())
        .merge(api::tenants::routes())
        .merge(api::board::routes())
        .merge(api::statistics::routes())
        .merge(api::supervision::routes())
        .merge(api::suspensions::routes())
        .merge(api::hands::routes())
        .merge(api::joint::routes())
        .merge(api::notices::routes())
        .merge(api::case_units::routes())
        .merge(api::searches::routes())
        .merge(api::search_log::routes())
        .merge(api::fees::routes())
        .merge(api::payments::routes())
        .merge(api::cashier::routes())
        .merge(api::estimates::routes())
        .merge(api::distribution::routes())
        .merge(api::distribution::open_routes())
        .merge(api::ecert::routes())
        .merge(api::intake_sources::routes())
        .merge(api::intake_mapping::routes())
        .merge(api::intake_runs::routes())
        .merge(api::intake_batches::routes())
        .merge(api::intake_report::routes())
        .merge(api::operations::routes());
    let (router, mut document) = OpenApiRouter::with_openapi(Api::openapi())
        .nest("/api/v1", routes)
        .split_for_parts();
    tagged::join(&mut document);
    (router, document)
}

/// The OpenAPI document of the interface.
#[must_use]
pub fn openapi() -> OpenApi {
    api_router().1
}

/// The server: API, documentation, front end.
pub fn router(app: App) -> Router {
    let (api, document) = api_router();
    let document = serde_json::to_vec(&document).unwrap_or_default();
    let served = document.clone();
    api.route(
        "/api/v1/openapi.json",
        axum::routing::get(move || {
            let body = served.clone();
            async move { ([(header::CONTENT_TYPE, "application/json")], body) }
        }),
    )
    .merge(crate::verify::routes())
    .merge(crate::void_page::routes())
    .merge(crate::notice_page::routes())
    .route("/healthz", axum::routing::get(|| async { "ok" }))
    .method_not_allowed_fallback(|| async {
        Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "该地址不支持这种请求方法",
        )
    })
    .fallback(assets::serve)
    .layer(DefaultBodyLimit::max(BODY_MAX))
    .layer(middleware::from_fn(again::run))
    .layer(middleware::from_fn(frame))
    .layer(CatchPanicLayer::custom(
        |_: Box<dyn std::any::Any + Send>| {
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "系统处理出错，没有写入任何数据",
            )
            .into_response()
        },
    ))
    .layer(TraceLayer::new_for_http())
    .with_state(app)
}

/// Gives every request an identifier and every answer its headers; problems carry
/// the identifier too.
async fn frame(mut request: Request, next: Next) -> Response {
    let id = new_id().to_string();
    let value = HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("-"));
    let name = HeaderName::from_static(REQUEST_ID);
    request.headers_mut().insert(name.clone(), value.clone());
    let mut response = next.run(request).await;
    let problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|t| t == "application/problem+json");
    if problem {
        response = with_id(response, &id).await;
    }
    let headers = response.headers_mut();
    headers.insert(name, value);
    headers.insert(
        "x-content-type-options",
        HeaderValue::from_static("nosniff"),
    );
    headers.insert("referrer-policy", HeaderValue::from_static("same-origin"));
    headers.insert(
        "permissions-policy",
        HeaderValue::from_static("camera=(self), geolocation=(), microphone=()"),
    );
    response
}

async fn with_id(response: Response, id: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = match axum::body::to_bytes(body, 1024 * 1024).await {
        Ok(bytes) => bytes,
        Err(_) => return (parts.status, "").into_response(),
    };
    let Ok(serde_json::Value::Object(mut map)) = serde_json::from_slice(&bytes) else {
        return (parts, bytes).into_response();
    };
    map.insert(
        "request_id".to_owned(),
        serde_json::Value::String(id.to_owned()),
    );
    let body = serde_json::to_vec(&map).unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    (parts, body).into_response()
}
