//! Reference data: catalogue, code lists, calendar.

use axum::Json;
use axum::extract::State;
use chrono::{Datelike, NaiveDate};
use dengbu_cases::{days, promise};
use dengbu_law::catalogue::{self, Business};
use dengbu_model::codes;
use dengbu_model::time::date_in_shanghai;
use serde::{Deserialize, Serialize};
use tower_http::compression::CompressionLayer;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Params};
use crate::state::App;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_catalogue))
        .routes(routes!(read_business))
        .routes(routes!(read_code_lists))
        .routes(routes!(read_code_list))
        .routes(routes!(read_calendar))
        // the same text again and again, and no secret among it: safe to compress (BREACH)
        .layer(CompressionLayer::new())
}

/// A business of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct BusinessView {
    /// Code.
    code: String,
    /// Statutory name.
    name: String,
    /// Name in lists.
    short_name: String,
    /// Group.
    family: String,
    /// Right type in Chinese.
    right_type_name: String,
    /// Kind of registration in Chinese.
    registration_type_name: String,
    /// Code of the kind of registration.
    registration_type: String,
    /// Form of the application.
    detail_kind: String,
    /// What the case points at: `title`, `mortgage`, `right` or `unit`.
    target: String,
    /// Types of right that it acts upon or creates; empty: any title.
    right_types: Vec<String>,
    /// Businesses that it combines, in their order.
    parts: Vec<String>,
    /// Fields of the right that an alteration may change.
    may_change: Vec<String>,
    /// Tariff of the registration fee.
    fee: String,
    /// True when it may be decided without a person.
    automatic: bool,
    /// How the side that will hold the right is called.
    holder_label: String,
    /// How the other side is called.
    obligor_label: Option<String>,
    /// Steps.
    steps: Vec<StepView>,
    /// Working days promised by the authority of the person signed in.
    committed_days: u32,
    /// Working days of the law.
    legal_days: u32,
    /// What is issued: `title`, `proof`, `as_before` or `none`.
    result: String,
    /// Causes to choose from.
    reasons: Vec<String>,
    /// Identifiers of the rules run.
    rules: Vec<String>,
}

/// A business with everything that the catalogue says about it.
#[derive(Debug, Serialize, ToSchema)]
pub struct BusinessDetailView {
    /// What lists show.
    #[serde(flatten)]
    business: BusinessView,
    /// Public notice, in Chinese.
    notice: Option<String>,
    /// Whether the place is looked at: `required` or `optional`.
    inspection: Option<String>,
    /// Code under which it is reported (接入码); empty where it is not.
    reporting_code: String,
    /// Where the limits come from.
    days_source: String,
    /// Names of the businesses that it combines, in their order.
    part_names: Vec<String>,
    /// What is not yet checked against the official text.
    unverified: Option<String>,
    /// Materials.
    materials: Vec<MaterialItemView>,
    /// Articles.
    legal_basis: Vec<String>,
    /// Rules run, with their articles.
    rule_texts: Vec<RuleView>,
}

/// A step.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepView {
    /// Code.
    code: String,
    /// Name.
    name: String,
    /// Steps whose doer is barred from it.
    not_by: Vec<String>,
}

/// A material.
#[derive(Debug, Serialize, ToSchema)]
pub struct MaterialItemView {
    /// Code.
    code: String,
    /// Name.
    name: String,
    /// Demanded always.
    required: bool,
    /// When it is demanded otherwise.
    condition: Option<String>,
    /// Department that can supply it.
    shared_from: Option<String>,
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleView {
    /// Identifier.
    id: String,
    /// What it demands.
    title: String,
    /// Article.
    law: String,
}

fn text<T: Serialize>(value: T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn business(b: &Business, committed_days: u32) -> BusinessView {
    BusinessView {
        code: b.code.clone(),
        name: b.name.clone(),
        short_name: b.short_name.clone(),
        family: b.family.clone(),
        right_type_name: b.right_type.name_zh().to_owned(),
        registration_type_name: b.registration_type.name_zh().to_owned(),
        registration_type: b.registration_type.code().to_owned(),
        detail_kind: text(b.detail_kind),
        target: text(b.target),
        right_types: b.right_types.iter().map(|t| t.code().to_owned()).collect(),
        parts: b.parts.clone(),
        may_change: b.may_change.clone(),
        fee: text(b.fee),
        automatic: b.automatic.is_some(),
        holder_label: b.applicants.holder_label.clone(),
        obligor_label: b.applicants.obligor_label.clone(),
        steps: b
            .steps
            .iter()
            .map(|s| StepView {
                code: s.step.code().to_owned(),
                name: s.step.name_zh().to_owned(),
                not_by: s.not_by.iter().map(|n| n.name_zh().to_owned()).collect(),
            })
            .collect(),
        committed_days,
        legal_days: b.days.legal,
        result: text(b.result),
        reasons: b.reasons.clone(),
        rules: b.rules.clone(),
    }
}

fn parts(b: &Business) -> impl Iterator<Item = &'static Business> {
    b.parts.iter().filter_map(|code| catalogue::business(code))
}

fn in_full(b: &Business, committed_days: u32) -> BusinessDetailView {
    BusinessDetailView {
        business: business(b, committed_days),
        notice: b.notice.as_ref().map(|n| {
            format!(
                "{}，不少于 {} 个工作日（{}）",
                n.kind.name_zh(),
                n.days,
                n.source
            )
        }),
        inspection: b.inspection.map(text),
        reporting_code: b.reporting_code.clone(),
        days_source: b.days.source.clone(),
        part_names: parts(b).map(|p| p.short_name.clone()).collect(),
        unverified: b.unverified.clone(),
        materials: b
            .materials
            .iter()
            .map(|m| MaterialItemView {
                code: m.code.clone(),
                name: m.name.clone(),
                required: m.required,
                condition: m.condition.clone(),
                shared_from: m.shared_from.clone(),
            })
            .collect(),
        legal_basis: b.legal_basis.clone(),
        // a combined business runs the rules of its parts
        rule_texts: dengbu_law::rules::all()
            .iter()
            .filter(|r| {
                let runs = |b: &Business| b.rules.iter().any(|id| id == r.id);
                runs(b) || parts(b).any(runs)
            })
            .map(|r| RuleView {
                id: r.id.to_owned(),
                title: r.title.to_owned(),
                law: r.law.to_owned(),
            })
            .collect(),
    }
}

/// The catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct CatalogueView {
    /// Businesses.
    items: Vec<BusinessView>,
}

/// The catalogue of registration business.
#[utoipa::path(get, path = "/catalogue", operation_id = "read_catalogue",
    responses((status = 200, body = CatalogueView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_catalogue(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<CatalogueView>, Problem> {
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let settings = promise::settings(&mut tx, &signed.actor.authority).await?;
    Ok(Json(CatalogueView {
        items: catalogue::all()
            .iter()
            .map(|b| business(b, promise::committed(&settings, b)))
            .collect(),
    }))
}

/// A business of the catalogue in full: materials, notice, articles and rules.
#[utoipa::path(get, path = "/catalogue/{code}", operation_id = "read_business",
    params(("code" = String, Path, description = "Code of the business")),
    responses((status = 200, body = BusinessDetailView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_business(
    State(app): State<App>,
    signed: Signed,
    At(code): At<String>,
) -> Result<Json<BusinessDetailView>, Problem> {
    let business =
        catalogue::business(&code).ok_or_else(|| Problem::not_found("业务目录中没有这项业务"))?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let settings = promise::settings(&mut tx, &signed.actor.authority).await?;
    Ok(Json(in_full(
        business,
        promise::committed(&settings, business),
    )))
}

/// Names of the code lists.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeLists {
    /// Names.
    lists: Vec<String>,
}

/// Names of the standard's code lists.
#[utoipa::path(get, path = "/codes", operation_id = "read_code_lists",
    responses((status = 200, body = CodeLists), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_code_lists(_signed: Signed) -> Result<Json<CodeLists>, Problem> {
    Ok(Json(CodeLists {
        lists: codes::all().map(|l| l.name().to_owned()).collect(),
    }))
}

/// A code list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeListView {
    /// Name.
    name: String,
    /// Codes.
    items: Vec<CodeView>,
}

/// A code.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeView {
    /// Code.
    code: String,
    /// Name.
    name: String,
}

/// One of the standard's code lists.
#[utoipa::path(get, path = "/codes/{list}", operation_id = "read_code_list",
    params(("list" = String, Path, description = "name of the list")),
    responses((status = 200, body = CodeListView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_code_list(
    _signed: Signed,
    At(list): At<String>,
) -> Result<Json<CodeListView>, Problem> {
    let found = codes::list(&list).ok_or_else(|| Problem::not_found("没有这个代码表"))?;
    let items = found
        .items()
        .iter()
        .map(|i| CodeView {
            code: i.code.clone(),
            name: i.name.clone(),
        })
        .collect();
    Ok(Json(CodeListView {
        name: found.name().to_owned(),
        items,
    }))
}

/// A year.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct YearQuery {
    /// The year; this one when absent.
    #[param(minimum = 2000, maximum = 2100)]
    year: Option<i32>,
}

/// A day that is not as the week has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayView {
    /// The day.
    day: NaiveDate,
    /// `holiday` or `workday`.
    kind: String,
    /// Name.
    name: String,
}

/// Days of a year.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarView {
    /// Year.
    year: i32,
    /// Days.
    days: Vec<DayView>,
}

/// The working-day calendar of the authority.
#[utoipa::path(get, path = "/calendar", operation_id = "read_calendar", params(YearQuery),
    responses((status = 200, body = CalendarView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_calendar(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<YearQuery>,
) -> Result<Json<CalendarView>, Problem> {
    let year = query
        .year
        .unwrap_or_else(|| date_in_shanghai(signed.actor.request.now).year());
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let days = days::of_year(&mut tx, &signed.actor.authority, year)
        .await?
        .into_iter()
        .map(|(day, kind, name)| DayView { day, kind, name })
        .collect();
    Ok(Json(CalendarView { year, days }))
}
