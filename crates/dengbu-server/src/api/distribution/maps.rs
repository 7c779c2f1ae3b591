//! Thematic maps, on screen and on paper, and the changes of a parcel.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use dengbu_distribution::history::{self, Change, Mark};
use dengbu_distribution::theme::sheet::{self, Paper};
use dengbu_distribution::theme::{Theme, ThemeMap, picture, survey};
use dengbu_model::right::{RegistrationType, RightType};
use dengbu_model::unit_code::ParcelCode;
use dengbu_staff::{Action, AuditRecord, audit};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{Page, cursor_moment, limit, page, plausible};
use crate::auth::Signed;
use crate::gather::{self, Names};
use crate::problem::Problem;
use crate::reply::{At, Params};
use crate::state::App;

/// Parcels that a screen shows one by one; more are shown as the printed map is.
const ON_SCREEN_MAX: usize = 20_000;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(theme_map))
        .routes(routes!(theme_sheet))
        .routes(routes!(parcel_changes))
}

/// Which map.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ThemeQuery {
    /// Only this county.
    county: Option<String>,
    /// The register as it stood then; none: now.
    as_of: Option<DateTime<Utc>>,
    /// Form of a printed map.
    #[param(inline)]
    format: Option<MapFormat>,
    /// Paper of a printed map.
    #[param(inline)]
    paper: Option<MapPaper>,
}

/// Form of a printed map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MapFormat {
    /// PDF.
    #[default]
    Pdf,
    /// PNG, 200 dots an inch.
    Png,
    /// SVG.
    Svg,
}

/// Paper of a printed map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MapPaper {
    /// A4.
    #[default]
    A4,
    /// A3.
    A3,
}

/// A class of a map.
#[derive(Debug, Serialize, ToSchema)]
pub struct MapClass {
    /// What the legend says.
    label: String,
    /// Colour.
    colour: String,
    /// Parcels in it.
    parcels: usize,
}

/// A parcel on a map.
#[derive(Debug, Serialize, ToSchema)]
pub struct MapParcel {
    /// Parcel code.
    parcel_code: String,
    /// Address.
    address: String,
    /// Class, a position in the classes.
    class: usize,
    /// What is shown of it.
    told: String,
    /// Rings: metres east and north of the map's origin.
    rings: Vec<Vec<[f64; 2]>>,
}

/// A map for the screen.
#[derive(Debug, Serialize, ToSchema)]
pub struct ThemeView {
    /// Theme.
    theme: String,
    /// Title.
    title: String,
    /// How a class is found.
    explained: String,
    /// Classes in the legend's order.
    classes: Vec<MapClass>,
    /// Easting and northing (EPSG:4543) of the origin, in metres.
    origin: [f64; 2],
    /// Parcels; none when there are too many to show one by one.
    parcels: Vec<MapParcel>,
    /// Parcels in all.
    total: usize,
    /// Parcels without a usable boundary.
    unplaced: usize,
    /// The register as it stood at this moment.
    as_of: DateTime<Utc>,
}

fn named(code: &str) -> Result<Theme, Problem> {
    Theme::from_code(code)
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no_theme", "没有这种专题图"))
}

/// Reads the map, kept to the person's authority.
async fn read(
    tx: &mut TenantTx,
    signed: &Signed,
    theme: Theme,
    query: &ThemeQuery,
    names: &Names,
) -> Result<ThemeMap, Problem> {
    let actor = &signed.actor;
    let own: Vec<String> = names
        .authority_of
        .iter()
        .filter(|(_, authority)| **authority == actor.authority)
        .map(|(county, _)| county.clone())
        .collect();
    let counties = match &query.county {
        None => own,
        Some(county) if own.contains(county) => vec![county.clone()],
        Some(_) => {
            let text = "您只能查看本登记机构行政区内的专题图";
            return Err(Problem::forbidden(text));
        }
    };
    let as_of = query.as_of.unwrap_or(actor.request.now);
    if !plausible(as_of.date_naive()) {
        return Err(Problem::field(
            "/as_of",
            "invalid_date",
            "时点不合理，请核对",
        ));
    }
    let as_of = as_of.min(actor.request.now);
    Ok(survey::survey(tx, theme, &counties, None, as_of).await?)
}

/// To the decimetre: finer than any screen, and half the bytes.
fn rounded(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

fn view(map: ThemeMap) -> ThemeView {
    let counts = map.counts();
    let corner = |axis: usize| {
        let low = map.places.iter().map(|p| p.shape.bounds()[axis]);
        let low = low.fold(f64::INFINITY, f64::min);
        if low.is_finite() { low.floor() } else { 0.0 }
    };
    let origin = [corner(0), corner(1)];
    let total = map.places.len();
    let from_origin = |p: &[f64; 2]| [rounded(p[0] - origin[0]), rounded(p[1] - origin[1])];
    let shown = if total > ON_SCREEN_MAX {
        Vec::new()
    } else {
        map.places
    };
    ThemeView {
        theme: map.theme.code().to_owned(),
        title: map.theme.title().to_owned(),
        explained: map.theme.explained().to_owned(),
        classes: map
            .classes
            .into_iter()
            .zip(counts)
            .map(|(class, parcels)| MapClass {
                label: class.label,
                colour: class.colour.to_owned(),
                parcels,
            })
            .collect(),
        origin,
        parcels: shown
            .into_iter()
            .map(|p| MapParcel {
                rings: p
                    .shape
                    .rings
                    .iter()
                    .map(|r| r.iter().map(from_origin).collect())
                    .collect(),
                parcel_code: p.parcel_code,
                address: p.address,
                class: p.class,
                told: p.told,
            })
            .collect(),
        total,
        unplaced: map.unplaced,
        as_of: map.as_of,
    }
}

/// A thematic map for the screen: classes and parcels.
#[utoipa::path(get, path = "/themes/{theme}", operation_id = "theme_map",
    params(("theme" = String, Path, description = "`land_use`, `right_types`, `mortgage_density`, `seizures`, `time`"), ThemeQuery),
    responses((status = 200, body = ThemeView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn theme_map(
    State(app): State<App>,
    signed: Signed,
    At(theme): At<String>,
    Params(query): Params<ThemeQuery>,
) -> Result<Json<ThemeView>, Problem> {
    signed.require_at(Action::ReadRegister, &signed.actor.authority, None)?;
    let theme = named(&theme)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    let map = read(&mut tx, &signed, theme, &query, &names).await?;
    Ok(Json(view(map)))
}

/// A thematic map on paper, with title, legend, scale and north.
#[utoipa::path(get, path = "/themes/{theme}/sheet", operation_id = "theme_sheet",
    params(("theme" = String, Path), ThemeQuery),
    responses((status = 200, description = "the map", content((Vec<u8> = "application/pdf"), (Vec<u8> = "image/png"), (String = "image/svg+xml"))), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn theme_sheet(
    State(app): State<App>,
    signed: Signed,
    At(theme): At<String>,
    Params(query): Params<ThemeQuery>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ReadRegister, &actor.authority, None)?;
    let theme = named(&theme)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    let map = read(&mut tx, &signed, theme, &query, &names).await?;
    let record = AuditRecord::by(actor, "data.map_printed")
        .on("theme", theme.code())
        .detail(json!({ "county": query.county, "as_of": map.as_of }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    let authority = names.authority(&actor.authority);
    let place = match &query.county {
        Some(county) => names.counties.get(county).unwrap_or(county).clone(),
        None => authority.clone(),
    };
    let paper = match query.paper.unwrap_or_default() {
        MapPaper::A4 => Paper::A4,
        MapPaper::A3 => Paper::A3,
    };
    let (format, at) = (query.format.unwrap_or_default(), actor.request.now);
    // drawing takes a while: not on the threads that serve requests
    let drawn = tokio::task::spawn_blocking(move || {
        let svg = sheet::svg(&map, paper, &place, &authority, picture::family()?, at);
        match format {
            MapFormat::Svg => Ok(svg.into_bytes()),
            MapFormat::Png => picture::png(&svg),
            MapFormat::Pdf => picture::pdf(&svg),
        }
    });
    let bytes = drawn.await.map_err(|e| Problem::internal(&e))??;
    let (kind, ending) = match format {
        MapFormat::Pdf => ("application/pdf", "pdf"),
        MapFormat::Png => ("image/png", "png"),
        MapFormat::Svg => ("image/svg+xml", "svg"),
    };
    Ok((
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("inline; filename=\"map-{}.{ending}\"", theme.code()),
            ),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
        bytes,
    )
        .into_response())
}

/// A change of a parcel.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParcelChangeView {
    /// Unit.
    unit_code: String,
    /// Position among the unit's entries.
    unit_seq: i64,
    /// Moment of recording.
    recorded_at: DateTime<Utc>,
    /// From when it counts.
    effective_at: DateTime<Utc>,
    /// Kind of registration in words.
    registration_name: String,
    /// Type of right in words.
    right_name: String,
    /// What happened: `establishes`, `changes`, `ends`.
    change: String,
    /// Cause.
    cause: Option<String>,
    /// Case.
    case_no: Option<String>,
    /// Certificate number.
    certificate_no: Option<String>,
    /// Who recorded it.
    registrar: Option<String>,
    /// Source of a title taken over.
    source: Option<String>,
}

impl From<Change> for ParcelChangeView {
    fn from(c: Change) -> Self {
        let change = match (c.creates, c.ended) {
            (true, 0) => "establishes",
            (true, _) => "changes",
            (false, _) => "ends",
        };
        Self {
            registration_name: RegistrationType::from_code(&c.registration_type)
                .map(|t| t.name_zh().to_owned())
                .unwrap_or(c.registration_type),
            right_name: RightType::from_code(&c.right_type)
                .map(|t| t.name_zh().to_owned())
                .unwrap_or(c.right_type),
            change: change.to_owned(),
            unit_code: c.unit_code,
            unit_seq: c.unit_seq,
            recorded_at: c.recorded_at,
            effective_at: c.effective_at,
            cause: c.cause,
            case_no: c.case_no,
            certificate_no: c.certificate_no,
            registrar: c.registrar,
            source: c.source,
        }
    }
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChangesQuery {
    /// Where the page begins.
    cursor: Option<String>,
    /// Rows, 100 at most.
    limit: Option<i64>,
}

fn mark(cursor: Option<&str>) -> Result<Option<Mark>, Problem> {
    let Some(text) = cursor else { return Ok(None) };
    let mut parts = text.splitn(3, '.');
    let mut read = || {
        let at = cursor_moment(parts.next()?)?;
        let unit = parts.next()?.to_owned();
        Some((at, unit, parts.next()?.parse().ok()?))
    };
    read()
        .map(Some)
        .ok_or_else(|| Problem::field("/cursor", "bad_cursor", "分页位置无效，请从第一页重新查看"))
}

/// The changes of a parcel: every entry about a unit on it, newest first.
#[utoipa::path(get, path = "/parcels/{parcel}/changes", operation_id = "parcel_changes",
    params(("parcel" = String, Path), ChangesQuery),
    responses((status = 200, body = Page<ParcelChangeView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn parcel_changes(
    State(app): State<App>,
    signed: Signed,
    At(parcel): At<String>,
    Params(query): Params<ChangesQuery>,
) -> Result<Json<Page<ParcelChangeView>>, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ReadRegister, &actor.authority, None)?;
    let parcel = ParcelCode::parse(&parcel)
        .map_err(|e| Problem::field("/parcel", "bad_parcel_code", e.to_string()))?;
    let rows = limit(query.limit);
    let before = mark(query.cursor.as_deref())?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = history::changes(&mut tx, &parcel, before.as_ref(), rows + 1).await?;
    let shown = found.into_iter().map(ParcelChangeView::from).collect();
    Ok(Json(page(shown, rows, |c: &ParcelChangeView| {
        format!(
            "{}.{}.{}",
            c.recorded_at.timestamp_micros(),
            c.unit_code,
            c.unit_seq
        )
    })))
}
