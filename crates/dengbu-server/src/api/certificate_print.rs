//! Printing certificates on their blanks: over-print and preview, printing stations, test page.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use dengbu_cases::{case, materials};
use dengbu_model::cadastre::Polygon;
use dengbu_model::certificate::CertificateKind;
use dengbu_model::time::date_in_shanghai;
use dengbu_model::unit_code::UnitCode;
use dengbu_papers::certificate::CertificateFacts;
use dengbu_papers::overprint::station::{Correction, test_page};
use dengbu_papers::overprint::{Mode, draw, lay_out, values};
use dengbu_papers::plan::{Boundary, PlanFacts, floor_plan_page, parcel_plan_page};
use dengbu_papers::{Markup, Mask, format};
use dengbu_register::certificates::{self, Certificate};
use dengbu_register::{read, stations};
use dengbu_staff::{Action, AuditRecord, audit};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::blank_layouts;
use super::papers::{html, unit_facts};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::write::{self, Begun};

/// Item of the checklist that holds the floor plan (房产测绘报告、楼盘表及分户图).
const FLOOR_PLAN_ITEM: &str = "C2";
/// Two boundaries nearer than this many metres are one.
const TOUCHING: f64 = 0.5;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(print_certificate))
        .routes(routes!(list_print_stations))
        .routes(routes!(save_print_station))
        .routes(routes!(print_test_page))
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrintMode {
    /// Only the data, for the blank.
    Overprint,
    /// Data over the drawn blank.
    Preview,
}

/// How to print.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PrintQuery {
    /// Over-print or preview.
    #[param(inline)]
    mode: PrintMode,
    /// The printing station whose correction is applied.
    station: Option<String>,
}

/// A certificate for its blank, as HTML at the size of the blank; each printing is recorded.
#[utoipa::path(get, path = "/certificates/{certificate_no}/print", operation_id = "print_certificate", params(PrintQuery,
        ("certificate_no" = String, Path, description = "number of the certificate")),
    responses((status = 200, body = String, content_type = "text/html"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn print_certificate(
    State(app): State<App>,
    signed: Signed,
    At(number): At<String>,
    Params(query): Params<PrintQuery>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::ReadCertificates)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let certificate = load(&mut tx, &number).await?;
    let mode = match query.mode {
        PrintMode::Overprint => {
            signed.require_at(Action::MakeCertificate, &certificate.authority, None)?;
            if certificate.state != "valid" {
                return Err(Problem::new(
                    StatusCode::CONFLICT,
                    "certificate_void",
                    format!("{number} 已经作废，不能再打印"),
                ));
            }
            // what an earlier system issued has no number of the present form
            if certificate.case_no.is_none() {
                return Err(Problem::new(
                    StatusCode::CONFLICT,
                    "earlier_certificate",
                    format!("{number} 是原系统发的证，不能套打；需要新证的请办理换发"),
                ));
            }
            Mode::Overprint
        }
        PrintMode::Preview => Mode::Preview,
    };
    let by = match query.station.as_deref() {
        Some(name) => correction(&mut tx, &certificate.authority, name).await?,
        None => Correction::default(),
    };
    let facts = facts(&mut tx, &certificate).await?;
    let blank = blank_layouts::in_use(&mut tx, &certificate.authority, facts.kind).await?;
    let laid = lay_out(&blank, &values(&facts, Mask::Full));
    let plans = if facts.kind == CertificateKind::Title {
        plans(&app, &mut tx, &certificate, &facts).await?
    } else {
        Vec::new()
    };
    let title = format!("{} {}", facts.kind.name_zh(), facts.number);
    let body = draw(&title, &laid, &plans, mode, &by);
    let record = AuditRecord::by(actor, "certificate.printed")
        .on("certificate", &number)
        .county(&certificate.county)
        .detail(serde_json::json!({ "mode": query.mode, "station": query.station }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(html(body))
}

/// The certificate with this number.
pub(super) async fn load(tx: &mut TenantTx, number: &str) -> Result<Certificate, Problem> {
    let missing = || Problem::not_found(format!("没有找到证号 {number}，请核对"));
    if number.contains('\0') {
        return Err(missing());
    }
    if let Some(own) = certificates::one(tx, number).await? {
        return Ok(own);
    }
    certificates::of_earlier_system(tx, number)
        .await?
        .ok_or_else(missing)
}

/// What the certificate says, as the register has it.
pub(super) async fn facts(
    tx: &mut TenantTx,
    certificate: &Certificate,
) -> Result<CertificateFacts, Problem> {
    let unreadable = || Problem::not_found("登记簿里没有找到这本证书记载的权利");
    let code = UnitCode::parse(&certificate.unit_code).map_err(|_| unreadable())?;
    let rights = read::rights(tx, &code).await?;
    let right = rights
        .iter()
        .find(|r| r.right_id == certificate.right_id)
        .ok_or_else(unreadable)?;
    let case_no = certificate.case_no.as_deref().unwrap_or_default();
    let unit = unit_facts(tx, &code, case_no).await?;
    let kind = CertificateKind::from_code(&certificate.kind).unwrap_or(CertificateKind::Proof);
    Ok(CertificateFacts {
        kind,
        number: certificate.certificate_no.clone(),
        right: right.right.clone(),
        holder: certificate
            .holder_ordinal
            .and_then(|h| usize::try_from(h).ok()),
        title_certificate_no: unit.certificate_no.clone(),
        unit,
        issued_on: date_in_shanghai(certificate.issued_at),
        form_serial: certificate.form_serial.clone(),
        case_no: certificate.case_no.clone(),
        qr_image: None,
        preview: certificate.form_serial.is_none(),
    })
}

/// The plan pages: the parcel, and the floor plan of a dwelling.
async fn plans(
    app: &App,
    tx: &mut TenantTx,
    certificate: &Certificate,
    facts: &CertificateFacts,
) -> Result<Vec<Markup>, Problem> {
    let Some(unit) = dengbu_cadastre::facts::unit(tx, &certificate.unit_code).await? else {
        return Ok(Vec::new());
    };
    let parcel = dengbu_cadastre::facts::parcel(tx, &unit.parcel_code).await?;
    let parcel = parcel.and_then(dengbu_cadastre::facts::ParcelFacts::into_parcel);
    let boundary = parcel
        .as_ref()
        .and_then(|p| p.geometry.as_ref())
        .and_then(Boundary::of);
    let around = dengbu_cadastre::around::parcels(tx, &unit.parcel_code).await?;
    let plan = PlanFacts {
        parcel_code: unit.parcel_code.clone(),
        address: parcel
            .as_ref()
            .map_or_else(|| unit.address.clone(), |p| p.address.clone()),
        area: parcel
            .as_ref()
            .and_then(|p| p.area.as_ref())
            .map_or_else(|| format::NONE.to_owned(), format::area),
        neighbours: neighbours(boundary.as_ref(), &around),
        boundary,
        bounds: parcel.and_then(|p| p.bounds),
    };
    let mut pages = vec![parcel_plan_page(&plan)];
    if unit.building_code.is_some() {
        let scan = floor_plan(app, tx, certificate).await?;
        pages.push(floor_plan_page(
            &facts.unit.unit_code,
            &facts.unit.address,
            scan.as_deref(),
        ));
    }
    Ok(pages)
}

/// For each side the last characters of the code of the parcel that it borders.
fn neighbours(boundary: Option<&Boundary>, around: &[(String, Polygon)]) -> Vec<Option<String>> {
    let Some(own) = boundary else {
        return Vec::new();
    };
    let (codes, others): (Vec<&str>, Vec<Boundary>) = around
        .iter()
        .filter_map(|(code, p)| Some((code.as_str(), Boundary::of(p)?)))
        .unzip();
    own.neighbours(&others, TOUCHING)
        .into_iter()
        .map(|at| Some(codes.get(at?)?.get(12..)?.to_owned()))
        .collect()
}

/// The scanned floor plan among the papers of the case; only pictures can be shown.
async fn floor_plan(
    app: &App,
    tx: &mut TenantTx,
    certificate: &Certificate,
) -> Result<Option<String>, Problem> {
    use base64::Engine as _;
    let Some(case_no) = &certificate.case_no else {
        return Ok(None);
    };
    let Ok(case) = case::load(tx, case_no, false).await else {
        // taken over from an earlier system: the number is of a case that is not kept here
        return Ok(None);
    };
    let papers = materials::list(tx, &case).await?;
    let Some(found) = papers
        .iter()
        .find(|m| m.item == FLOOR_PLAN_ITEM && m.media_type.starts_with("image/"))
    else {
        return Ok(None);
    };
    let content = app.scans().get(&found.sm3).await?;
    let text = base64::engine::general_purpose::STANDARD.encode(content);
    Ok(Some(format!("data:{};base64,{text}", found.media_type)))
}

async fn correction(
    tx: &mut TenantTx,
    authority: &str,
    station: &str,
) -> Result<Correction, Problem> {
    let unknown = || {
        Problem::field(
            "/station",
            "unknown_station",
            "没有这个打印工位，请先在“打印校准”里建立",
        )
    };
    if station.contains('\0') {
        return Err(unknown());
    }
    let s = stations::one(tx, authority, station)
        .await?
        .ok_or_else(unknown)?;
    Ok(Correction {
        shift_x: s.shift_x,
        shift_y: s.shift_y,
        scale_x: s.scale_x,
        scale_y: s.scale_y,
    })
}

/// A printing station and what its printer is off by.
#[derive(Debug, Serialize, ToSchema)]
pub struct StationView {
    /// Name.
    station: String,
    /// To the right, hundredths of a millimetre.
    shift_x: i32,
    /// Downwards, hundredths of a millimetre.
    shift_y: i32,
    /// Width, ten-thousandths.
    scale_x: i32,
    /// Height, ten-thousandths.
    scale_y: i32,
    /// When it was set.
    changed_at: DateTime<Utc>,
    /// By whom.
    changed_by: String,
}

impl From<stations::Station> for StationView {
    fn from(s: stations::Station) -> Self {
        Self {
            station: s.station,
            shift_x: s.shift_x,
            shift_y: s.shift_y,
            scale_x: s.scale_x,
            scale_y: s.scale_y,
            changed_at: s.changed_at,
            changed_by: s.changed_by,
        }
    }
}

/// The stations.
#[derive(Debug, Serialize, ToSchema)]
pub struct StationList {
    /// By name.
    items: Vec<StationView>,
}

/// Printing stations of the authority.
#[utoipa::path(get, path = "/print-stations", operation_id = "list_print_stations",
    responses((status = 200, body = StationList), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_print_stations(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<StationList>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let found = stations::list(&mut tx, &signed.actor.authority).await?;
    Ok(Json(StationList {
        items: found.into_iter().map(StationView::from).collect(),
    }))
}

/// What a station is off by.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StationInput {
    /// To the right, hundredths of a millimetre.
    #[schema(minimum = -2000, maximum = 2000)]
    shift_x: i32,
    /// Downwards, hundredths of a millimetre.
    #[schema(minimum = -2000, maximum = 2000)]
    shift_y: i32,
    /// Width, ten-thousandths.
    #[schema(minimum = 9500, maximum = 10500)]
    scale_x: i32,
    /// Height, ten-thousandths.
    #[schema(minimum = 9500, maximum = 10500)]
    scale_y: i32,
}

/// Sets what a printing station is off by; a new name makes a new station.
#[utoipa::path(put, path = "/print-stations/{station}", operation_id = "save_print_station", request_body = StationInput,
    params(("station" = String, Path, description = "name of the station"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = StationView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn save_print_station(
    State(app): State<App>,
    signed: Signed,
    At(name): At<String>,
    headers: HeaderMap,
    Body(given): Body<StationInput>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageStock, &actor.authority, None)?;
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 40 || name.chars().any(char::is_control) {
        let text = "工位名称应为 1 至 40 个字，例如 一号窗口激光打印机";
        return Err(Problem::field("/station", "required", text));
    }
    let by = Correction {
        shift_x: given.shift_x,
        shift_y: given.shift_y,
        scale_x: given.scale_x,
        scale_y: given.scale_y,
    };
    by.check()
        .map_err(|e| Problem::field("/shift_x", "out_of_range", e.to_string()))?;
    let mut w = match write::begin(
        &app,
        actor,
        &headers,
        &("save_print_station", &name, &given),
    )
    .await?
    {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let station = stations::Station {
        station: name.clone(),
        shift_x: given.shift_x,
        shift_y: given.shift_y,
        scale_x: given.scale_x,
        scale_y: given.scale_y,
        changed_at: actor.request.now,
        changed_by: actor.name.clone(),
    };
    stations::save(&mut w.tx, &actor.authority, &station).await?;
    let record = AuditRecord::by(actor, "print_station.set")
        .on("print_station", &name)
        .detail(serde_json::json!({ "set": given }));
    w.finish(record, StatusCode::OK, &StationView::from(station))
        .await
}

/// Which blank the test page is for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TestPageQuery {
    /// Certificate or proof.
    kind: Option<CertificateKind>,
}

/// The test page of a printing station, as HTML.
#[utoipa::path(get, path = "/print-stations/{station}/test-page", operation_id = "print_test_page", params(TestPageQuery,
        ("station" = String, Path, description = "name of the station")),
    responses((status = 200, body = String, content_type = "text/html"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn print_test_page(
    State(app): State<App>,
    signed: Signed,
    At(name): At<String>,
    Params(query): Params<TestPageQuery>,
) -> Result<Response, Problem> {
    signed.require(Action::ReadCertificates)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let missing = || Problem::not_found("没有这个打印工位，请先保存");
    if name.contains('\0') {
        return Err(missing());
    }
    if stations::one(&mut tx, &signed.actor.authority, &name)
        .await?
        .is_none()
    {
        return Err(missing());
    }
    let by = correction(&mut tx, &signed.actor.authority, &name).await?;
    let kind = query.kind.unwrap_or(CertificateKind::Title);
    let blank = blank_layouts::in_use(&mut tx, &signed.actor.authority, kind).await?;
    Ok(html(test_page(&name, blank.width, blank.height, &by)))
}
