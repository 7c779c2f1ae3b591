//! Statistics: figures of a period, broken down, by person, exported.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{Datelike, NaiveDate};
use dengbu_law::catalogue;
use dengbu_model::time::{date_in_shanghai, parse_date_strict, shanghai};
use dengbu_staff::{Action, Actor, AuditRecord, audit};
use dengbu_statistics::dimension::{Dimension, Filter, SOURCES, Side};
use dengbu_statistics::figures::Figures;
use dengbu_statistics::period::{Grain, Period};
use dengbu_statistics::store::{self, Asked};
use dengbu_statistics::table::{self, Table};
use dengbu_statistics::{StatisticsError, backlog, board, sheet};
use dengbu_store::TenantTx;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Signed;
use crate::crossing;
use crate::gather::{self, Names};
use crate::problem::Problem;
use crate::reply::Params;
use crate::state::App;
use crate::views::statistics::{
    self as view, Breakdown, BreakdownRow, Definitions, LightCount, StaffWorkList,
    StatisticsSummary, TrendPoint,
};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(statistics_summary))
        .routes(routes!(statistics_by))
        .routes(routes!(staff_statistics))
        .routes(routes!(export_statistics))
        .routes(routes!(statistics_definitions))
}

impl From<StatisticsError> for Problem {
    fn from(e: StatisticsError) -> Self {
        let text = e.to_string();
        match e {
            StatisticsError::EndsBeforeItStarts { .. } | StatisticsError::TooLong => {
                Self::field("/to", "bad_period", text)
            }
            StatisticsError::OutOfRange => Self::field("/from", "bad_period", text),
            StatisticsError::NotOpen(_) => Self::new(StatusCode::NOT_FOUND, "not_open", text),
            StatisticsError::Case(case) => case.into(),
            StatisticsError::Store(store) => store.into(),
            other => Self::internal(&other),
        }
    }
}

/// What is counted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StatisticsQuery {
    /// First day; none: the first of this month.
    from: Option<String>,
    /// Last day; none: today.
    to: Option<String>,
    /// Only this authority of jurisdiction.
    authority: Option<String>,
    /// Only this county.
    county: Option<String>,
    /// Only cases taken at this office point.
    office: Option<String>,
    /// Only this business.
    business: Option<String>,
    /// Only this family of the catalogue.
    family: Option<String>,
    /// From which side: cases of the own land (not said), or those the own offices took for others.
    #[param(inline)]
    side: Option<SideName>,
    /// Only cases that came this way: `counter`, `court`, `web`, `bank`, `interface`.
    source: Option<String>,
    /// By what, where figures are broken down or exported.
    #[param(inline)]
    by: Option<ByName>,
    /// Form of an export.
    #[param(inline)]
    format: Option<ExportFormat>,
}

/// By what figures are broken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ByName {
    /// Business.
    Business,
    /// Family of the catalogue.
    Family,
    /// Office point that took the case.
    Office,
    /// Authority of jurisdiction.
    Authority,
    /// County of the land.
    County,
    /// How it came in.
    Source,
    /// Office point × county of the land.
    Place,
    /// Whose office took it × authority of jurisdiction.
    Taker,
}

/// From which side cases are counted (同城通办).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SideName {
    /// Of the own land, wherever they were taken.
    #[default]
    Jurisdiction,
    /// Taken by the own offices for the land of others.
    TakenElsewhere,
}

impl From<ByName> for Dimension {
    fn from(by: ByName) -> Self {
        match by {
            ByName::Business => Self::Business,
            ByName::Family => Self::Family,
            ByName::Office => Self::Office,
            ByName::Authority => Self::Authority,
            ByName::County => Self::County,
            ByName::Source => Self::Source,
            ByName::Place => Self::Place,
            ByName::Taker => Self::Taker,
        }
    }
}

/// Form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// A workbook: summary, trend, the breakdown, definitions.
    #[default]
    Xlsx,
    /// The breakdown as CSV.
    Csv,
}

fn a_day(field: &str, text: &str) -> Result<NaiveDate, Problem> {
    parse_date_strict(text).map_err(|e| Problem::field(field, "invalid_date", e.to_string()))
}

/// What the person asks for, kept to the authorities whose figures the person may see.
///
/// # Errors
/// 422 for what is no period, 403 for another authority's figures.
fn asked_for(
    actor: &Actor,
    action: Action,
    query: &StatisticsQuery,
    names: &Names,
    lands: &[String],
) -> Result<(Period, Filter), Problem> {
    let today = date_in_shanghai(actor.request.now);
    let from = match query.from.as_deref() {
        Some(text) => a_day("/from", text)?,
        None => today.with_day(1).unwrap_or(today),
    };
    let to = match query.to.as_deref() {
        Some(text) => a_day("/to", text)?,
        None => today,
    };
    let filter = filter(actor, action, names, query, lands)?;
    Ok((Period::new(from, to)?, filter))
}

fn filter(
    actor: &Actor,
    action: Action,
    names: &Names,
    query: &StatisticsQuery,
    lands: &[String],
) -> Result<Filter, Problem> {
    let elsewhere = query.side == Some(SideName::TakenElsewhere);
    let filter = if elsewhere {
        // the county is another authority's: whose offices took the cases is what bounds them
        Filter {
            side: Side::TakenElsewhere,
            lands: lands.to_vec(),
            county: query.county.clone(),
            ..bounded(actor, action, names, query.authority.as_deref(), None)?
        }
    } else {
        bounded(
            actor,
            action,
            names,
            query.authority.as_deref(),
            query.county.as_deref(),
        )?
    };
    let unknown = |field, what: &str| Problem::field(field, "unknown", format!("没有这个{what}"));
    if let Some(code) = &query.business
        && catalogue::business(code).is_none()
    {
        return Err(unknown("/business", "业务，请从业务目录中选择"));
    }
    if let Some(family) = &query.family
        && !catalogue::all().iter().any(|b| b.family == *family)
    {
        return Err(unknown("/family", "业务类别，请从业务目录中选择"));
    }
    if let Some(source) = &query.source
        && !SOURCES.iter().any(|(code, _)| code == source)
    {
        return Err(unknown("/source", "收件来源，请从列表中选择"));
    }
    Ok(Filter {
        office: query.office.clone(),
        business: query.business.clone(),
        family: query.family.clone(),
        source: query.source.clone(),
        ..filter
    })
}

/// The transaction to count in and the authorities of the land: the person's own, or for cases taken
/// for others in a scope wider by the places that the own offices may or might take for.
async fn reading(
    app: &App,
    actor: &Actor,
    query: &StatisticsQuery,
) -> Result<(TenantTx, Vec<String>), Problem> {
    if query.side != Some(SideName::TakenElsewhere) {
        return Ok((app.store().begin(&actor.scope).await?, Vec::new()));
    }
    let authorities = actor.authorities_for(Action::ReadStatistics);
    let (scope, lands) = crossing::taken_for(app, actor, &authorities).await?;
    Ok((app.store().begin(&scope).await?, lands))
}

/// A filter over the authorities at which the person may do this, narrowed to one authority or
/// county when asked.
///
/// # Errors
/// 403 when it is none of them.
pub(super) fn bounded(
    actor: &Actor,
    action: Action,
    names: &Names,
    authority: Option<&str>,
    county: Option<&str>,
) -> Result<Filter, Problem> {
    let mut authorities = actor.authorities_for(action);
    let of_county = county.map(|code| names.authority_of.get(code).map_or("", String::as_str));
    for asked in [authority, of_county].into_iter().flatten() {
        if !authorities.iter().any(|own| own == asked) {
            return Err(Problem::forbidden(
                "您没有查看该登记机构或县（区）统计的权限，请选择本机构的范围",
            ));
        }
    }
    if let Some(only) = authority {
        authorities.retain(|own| own == only);
    }
    Ok(Filter {
        authorities,
        county: county.map(str::to_owned),
        ..Filter::default()
    })
}

async fn asked(
    tx: &mut TenantTx,
    period: Period,
    filter: Filter,
) -> Result<Asked, StatisticsError> {
    let calendars = store::calendars(tx, filter.lands()).await?;
    Ok(Asked {
        period,
        filter,
        calendars,
    })
}

/// Lights as counted.
pub(super) fn lights(all: &[board::Watched]) -> Vec<LightCount> {
    board::counts(all)
        .map(|(level, count)| LightCount {
            level: level.code().to_owned(),
            level_name: level.name_zh().to_owned(),
            count,
        })
        .into()
}

/// The figures of a period, its trend, and what is open now.
#[utoipa::path(get, path = "/statistics/summary", operation_id = "statistics_summary", params(StatisticsQuery),
    responses((status = 200, body = StatisticsSummary), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn statistics_summary(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<StatisticsQuery>,
) -> Result<Json<StatisticsSummary>, Problem> {
    signed.require(Action::ReadStatistics)?;
    let actor = &signed.actor;
    let today = date_in_shanghai(actor.request.now);
    let (mut tx, lands) = reading(&app, actor, &query).await?;
    let names = gather::names(&mut tx).await?;
    let (period, filter) = asked_for(actor, Action::ReadStatistics, &query, &names, &lands)?;
    let open = store::watched(&mut tx, filter.clone(), today).await?;
    let heaps = store::heaps(&mut tx, &filter).await?;
    let asked = asked(&mut tx, period, filter).await?;
    let total = store::total(&mut tx, &asked).await?;
    let trend = store::trend(&mut tx, &asked).await?;
    let grain = match period.grain() {
        Grain::Day => "day",
        Grain::Month => "month",
    };
    Ok(Json(StatisticsSummary {
        from: period.from(),
        to: period.to(),
        grain: grain.to_owned(),
        total: (&total).into(),
        trend: trend
            .iter()
            .map(|(key, f)| TrendPoint {
                key: key.clone(),
                figures: f.into(),
            })
            .collect(),
        ages: view::ages(),
        backlog: view::backlog(&backlog::sort(&heaps, &asked.calendars, today)),
        lights: lights(&open),
        counted_at: actor.request.now,
    }))
}

/// A breakdown with the names of its rows, most cases accepted first.
struct Broken {
    by: Dimension,
    rows: Vec<(Vec<String>, Vec<String>, Figures)>,
    total: Figures,
}

async fn broken(
    tx: &mut TenantTx,
    asked: &Asked,
    by: Dimension,
    names: &Names,
) -> Result<Broken, StatisticsError> {
    let mut rows: Vec<_> = store::by(tx, asked, by)
        .await?
        .into_iter()
        .map(|(keys, figures)| {
            let named = view::names(by, &keys, names);
            (keys, named, figures)
        })
        .collect();
    rows.sort_by(|a, b| (b.2.accepted, &a.0).cmp(&(a.2.accepted, &b.0)));
    Ok(Broken {
        by,
        rows,
        total: store::total(tx, asked).await?,
    })
}

/// The figures of a period broken down.
#[utoipa::path(get, path = "/statistics/by", operation_id = "statistics_by", params(StatisticsQuery),
    responses((status = 200, body = Breakdown), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn statistics_by(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<StatisticsQuery>,
) -> Result<Json<Breakdown>, Problem> {
    signed.require(Action::ReadStatistics)?;
    let by = query
        .by
        .ok_or_else(|| Problem::field("/by", "required", "请选择统计维度"))?;
    let (mut tx, lands) = reading(&app, &signed.actor, &query).await?;
    let names = gather::names(&mut tx).await?;
    let (period, filter) = asked_for(
        &signed.actor,
        Action::ReadStatistics,
        &query,
        &names,
        &lands,
    )?;
    let asked = asked(&mut tx, period, filter).await?;
    let found = broken(&mut tx, &asked, by.into(), &names).await?;
    Ok(Json(Breakdown {
        from: period.from(),
        to: period.to(),
        by: found.by.code().to_owned(),
        columns: found
            .by
            .columns_zh()
            .iter()
            .map(|c| (*c).to_owned())
            .collect(),
        rows: found
            .rows
            .into_iter()
            .map(|(keys, names, figures)| BreakdownRow {
                keys,
                names,
                figures: (&figures).into(),
            })
            .collect(),
        total: (&found.total).into(),
    }))
}

/// What each person did in a period; of administrators and auditors only.
#[utoipa::path(get, path = "/statistics/staff", operation_id = "staff_statistics", params(StatisticsQuery),
    responses((status = 200, description = "figures, or a file when a format is asked for", content((StaffWorkList = "application/json"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (Vec<u8> = "text/csv"))), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn staff_statistics(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<StatisticsQuery>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::ReadStaffStatistics)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    let (period, filter) = asked_for(actor, Action::ReadStaffStatistics, &query, &names, &[])?;
    let people = store::work(&mut tx, period, &filter.authorities).await?;
    let record = AuditRecord::by(actor, "statistics.staff_read")
        .detail(serde_json::json!({ "from": period.from(), "to": period.to() }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    if let Some(format) = query.format {
        let rows: Vec<_> = people.into_iter().map(|p| (p.name, p.work)).collect();
        let notes = notes(actor, period, &filter, &names);
        return file(format, vec![table::work(&rows)], &notes, "staff", period).await;
    }
    Ok(Json(StaffWorkList {
        from: period.from(),
        to: period.to(),
        items: people.into_iter().map(Into::into).collect(),
    })
    .into_response())
}

/// The figures of a period for a spreadsheet.
#[utoipa::path(get, path = "/statistics/export", operation_id = "export_statistics", params(StatisticsQuery),
    responses((status = 200, description = "XLSX or CSV", content((Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (Vec<u8> = "text/csv"))), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn export_statistics(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<StatisticsQuery>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::ReadStatistics)?;
    let (mut tx, lands) = reading(&app, actor, &query).await?;
    let names = gather::names(&mut tx).await?;
    let (period, filter) = asked_for(actor, Action::ReadStatistics, &query, &names, &lands)?;
    let notes = notes(actor, period, &filter, &names);
    let by = query.by.unwrap_or(ByName::Business);
    let asked = asked(&mut tx, period, filter).await?;
    let found = broken(&mut tx, &asked, by.into(), &names).await?;
    let rows: Vec<_> = found.rows.into_iter().map(|(_, n, f)| (n, f)).collect();
    let mut tables = vec![table::breakdown(found.by, &rows, &found.total)];
    let format = query.format.unwrap_or_default();
    if format == ExportFormat::Xlsx {
        let trend = store::trend(&mut tx, &asked).await?;
        tables.push(table::trend(&trend, &found.total));
    }
    let code = found.by.code();
    let record = AuditRecord::by(actor, "statistics.exported")
        .detail(serde_json::json!({ "from": period.from(), "to": period.to(), "by": code }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    file(format, tables, &notes, code, period).await
}

/// What stands above an exported table.
fn notes(actor: &Actor, period: Period, filter: &Filter, names: &Names) -> Vec<String> {
    let places: Vec<String> = filter
        .authorities
        .iter()
        .map(|a| names.authority(a))
        .collect();
    let made = actor.request.now.with_timezone(&shanghai());
    let mut notes = vec![
        format!("登记机构：{}", places.join("、")),
        format!("统计期间：{} 至 {}", period.from(), period.to()),
    ];
    if filter.side == Side::TakenElsewhere {
        notes.push("统计口径：本机构收件点代收的其他登记机构业务".to_owned());
    }
    let mut only = Vec::new();
    if let Some(county) = &filter.county {
        let name = names.counties.get(county).unwrap_or(county);
        only.push(format!("县（区）：{name}"));
    }
    if let Some(office) = &filter.office {
        let keys = [office.clone()];
        only.push(format!(
            "收件点：{}",
            view::names(Dimension::Office, &keys, names).join("")
        ));
    }
    if let Some(business) = filter.business.as_deref().and_then(catalogue::business) {
        only.push(format!("业务：{}", business.name));
    }
    if let Some(family) = &filter.family {
        only.push(format!("业务类别：{family}"));
    }
    if let Some(source) = &filter.source {
        let name = dengbu_statistics::dimension::source_name(source);
        only.push(format!("收件来源：{name}"));
    }
    if !only.is_empty() {
        notes.push(format!("筛选条件：{}", only.join("；")));
    }
    notes.push(format!(
        "制表：{}　{}",
        actor.name,
        made.format("%Y-%m-%d %H:%M")
    ));
    notes
}

/// The tables as a download.
async fn file(
    format: ExportFormat,
    tables: Vec<Table>,
    notes: &[String],
    what: &str,
    period: Period,
) -> Result<Response, Problem> {
    let (ending, kind) = match format {
        ExportFormat::Csv => ("csv", "text/csv; charset=utf-8"),
        ExportFormat::Xlsx => (
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    };
    let name = format!(
        "statistics-{what}-{}-{}.{ending}",
        period.from(),
        period.to()
    );
    let notes = notes.to_vec();
    // pure work of some milliseconds a thousand rows: not on the threads that serve requests
    let made = tokio::task::spawn_blocking(move || match format {
        ExportFormat::Csv => Ok(tables.first().map(sheet::csv).unwrap_or_default().into()),
        ExportFormat::Xlsx => sheet::xlsx(&tables, &notes),
    });
    let body: Vec<u8> = made.await.map_err(|e| Problem::internal(&e))??;
    Ok((
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
        body,
    )
        .into_response())
}

/// What each figure means and where it is counted from.
#[utoipa::path(get, path = "/statistics/definitions", operation_id = "statistics_definitions",
    responses((status = 200, body = Definitions), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn statistics_definitions(_signed: Signed) -> Json<Definitions> {
    Json(view::definitions())
}
