//! Buildings, building tables, parcels.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use dengbu_cadastre::table::{Placed, arrange};
use dengbu_cadastre::{facts, search};
use dengbu_cases::inbox;
use dengbu_model::codes;
use dengbu_model::time::date_in_shanghai;
use dengbu_model::unit_code::{BuildingCode, ParcelCode};
use dengbu_register::find;
use dengbu_register::read::RegisterRight;
use dengbu_staff::{Action, AuditRecord, audit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Page, limit, page};
use crate::auth::Signed;
use crate::gather;
use crate::problem::Problem;
use crate::reply::{At, Params};
use crate::state::App;
use crate::views::{name_of, unit};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_buildings))
        .routes(routes!(building_table))
        .routes(routes!(read_parcel))
}

/// A search for buildings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BuildingQuery {
    /// Part of the address or name; all buildings when empty.
    #[serde(default)]
    q: String,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// A building in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct BuildingLine {
    /// Code (自然幢号).
    building_code: String,
    /// Name.
    name: String,
    /// Address.
    address: String,
    /// County name.
    county_name: String,
    /// Storeys above ground.
    storeys_total: Option<i32>,
    /// Units.
    units: i64,
}

/// Searches buildings.
#[utoipa::path(get, path = "/buildings", operation_id = "search_buildings", params(BuildingQuery),
    responses((status = 200, body = Page<BuildingLine>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn search_buildings(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<BuildingQuery>,
) -> Result<Json<Page<BuildingLine>>, Problem> {
    signed.require(Action::SearchUnits)?;
    let rows = limit(query.limit);
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    if query.q.contains('\0') {
        return Err(Problem::field("/q", "bad_query", "查询内容含有无效字符"));
    }
    let found = search::buildings(&mut tx, &query.q, query.cursor.as_deref(), rows + 1).await?;
    let lines = found
        .into_iter()
        .map(|b| BuildingLine {
            county_name: names
                .counties
                .get(&b.building_code[..6])
                .cloned()
                .unwrap_or_default(),
            building_code: b.building_code,
            name: b.name,
            address: b.address,
            storeys_total: b.storeys_total,
            units: b.units,
        })
        .collect();
    Ok(Json(page(lines, rows, |b| b.building_code.clone())))
}

/// The building table (楼盘表).
#[derive(Debug, Serialize, ToSchema)]
pub struct BuildingTableView {
    /// The building.
    building: BuildingHead,
    /// Entrances from left to right.
    entrances: Vec<EntranceView>,
    /// Storeys from the top.
    storeys: Vec<StoreyView>,
    /// What the colours and marks mean, with counts.
    legend: Vec<LegendLine>,
}

/// Head of the table.
#[derive(Debug, Serialize, ToSchema)]
pub struct BuildingHead {
    /// Code.
    code: String,
    /// Name.
    name: String,
    /// Address.
    address: String,
    /// Structure in Chinese.
    structure_name: Option<String>,
    /// When it was completed.
    completed: Option<String>,
    /// Storeys above ground.
    storeys_above: Option<i32>,
    /// Storeys below ground.
    storeys_below: Option<i32>,
    /// Units.
    units: usize,
    /// Sum of areas in m².
    area_total: String,
    /// Parcel.
    parcel_code: String,
}

/// An entrance.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntranceView {
    /// Name.
    name: String,
    /// Columns.
    columns: usize,
}

/// A storey.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoreyView {
    /// Storey.
    storey: i32,
    /// Label.
    label: String,
    /// Cells; none where no room is.
    cells: Vec<Option<Cell>>,
}

/// A unit in the table.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Cell {
    /// Unit code.
    unit_code: String,
    /// Room.
    room: String,
    /// Entrance.
    entrance: Option<String>,
    /// Area in m².
    area: Option<String>,
    /// Use in Chinese.
    use_name: Option<String>,
    /// `unregistered`, `noticed`, `registered` or `cancelled`.
    state: String,
    /// Marks.
    flags: Vec<String>,
    /// Holders, masked.
    holders_masked: Vec<String>,
    /// End of the certificate number.
    certificate_tail: Option<String>,
}

/// A line of the legend.
#[derive(Debug, Serialize, ToSchema)]
pub struct LegendLine {
    /// State or mark.
    key: String,
    /// In Chinese.
    label: String,
    /// Units.
    count: usize,
}

const LEGEND: &[(&str, &str)] = &[
    ("unregistered", "未登记"),
    ("noticed", "已预告"),
    ("registered", "已登记"),
    ("cancelled", "已注销"),
    ("mortgage", "抵押"),
    ("seizure", "查封"),
    ("waiting_seizure", "轮候查封"),
    ("caution", "异议"),
    ("priority_notice", "预告"),
    ("habitation", "居住权"),
    ("restriction", "锁定"),
    ("pending_case", "在办"),
];

/// The building table of a building.
#[utoipa::path(get, path = "/buildings/{building_code}/table", operation_id = "building_table",
    params(("building_code" = String, Path, description = "24-character building code")),
    responses((status = 200, body = BuildingTableView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn building_table(
    State(app): State<App>,
    signed: Signed,
    At(code): At<String>,
) -> Result<Json<BuildingTableView>, Problem> {
    let actor = &signed.actor;
    signed.require(Action::SearchUnits)?;
    let code = BuildingCode::parse(&code)
        .map_err(|e| Problem::field("/building_code", e.rule, e.to_string()))?;
    let today = date_in_shanghai(actor.request.now);
    let mut tx = app.store().begin(&actor.scope).await?;
    let building = facts::building(&mut tx, code.as_str())
        .await?
        .ok_or_else(|| Problem::not_found("没有找到该幢"))?;
    let units = facts::units_of_building(&mut tx, code.as_str()).await?;
    let codes: Vec<String> = units.iter().map(|u| u.unit_code.clone()).collect();
    let rights = find::standing(&mut tx, &codes).await?;
    let mut by_unit: BTreeMap<&str, Vec<&RegisterRight>> = BTreeMap::new();
    for r in &rights {
        by_unit.entry(&r.unit_code).or_default().push(r);
    }
    let busy: BTreeSet<String> = inbox::pending(&mut tx, &codes)
        .await?
        .into_iter()
        .map(|p| p.unit_code)
        .collect();
    let names = gather::names(&mut tx).await?;
    let mut placed = Vec::with_capacity(units.len());
    for u in &units {
        let own = by_unit
            .get(u.unit_code.as_str())
            .cloned()
            .unwrap_or_default();
        let s = unit::summary(u, &own, busy.contains(&u.unit_code), &names.counties, today);
        placed.push(Placed {
            entrance: u.entrance.clone(),
            storey: u.storey.unwrap_or(0),
            room: u.room.clone().unwrap_or_default(),
            cell: cell(u, s),
        });
    }
    let area: rust_decimal::Decimal = units.iter().filter_map(|u| u.area).sum();
    let legend = legend(placed.iter().map(|p| &p.cell));
    let table = arrange(placed);
    let record = AuditRecord::by(actor, "unit.read")
        .on("building", code.as_str())
        .county(&code.as_str()[..6]);
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(Json(BuildingTableView {
        building: BuildingHead {
            code: building.building_code,
            name: building.name,
            address: building.address,
            structure_name: building
                .structure
                .as_deref()
                .map(|c| name_of(codes::HOUSE_STRUCTURE, c)),
            completed: building.completed,
            storeys_above: building.storeys_above,
            storeys_below: building.storeys_below,
            units: units.len(),
            area_total: format!("{area:.2}"),
            parcel_code: building.parcel_code,
        },
        entrances: table
            .entrances
            .into_iter()
            .map(|e| EntranceView {
                name: e.name,
                columns: e.columns,
            })
            .collect(),
        storeys: table
            .storeys
            .into_iter()
            .map(|s| StoreyView {
                storey: s.storey,
                label: s.label,
                cells: s.cells,
            })
            .collect(),
        legend,
    }))
}

fn cell(u: &facts::UnitFacts, s: unit::UnitSummary) -> Cell {
    let registered = s.certificate_no.is_some() || !s.holders_masked.is_empty();
    let state = if u.status == "historic" || u.status == "extinct" {
        "cancelled"
    } else if registered {
        "registered"
    } else if s.flags.iter().any(|f| f == "priority_notice") {
        "noticed"
    } else {
        "unregistered"
    };
    let tail = s.certificate_no.as_deref().map(|n| {
        let digits: Vec<char> = n.chars().filter(char::is_ascii_digit).collect();
        digits[digits.len().saturating_sub(4)..].iter().collect()
    });
    Cell {
        unit_code: s.unit_code,
        room: u.room.clone().unwrap_or_default(),
        entrance: u.entrance.clone(),
        area: s.building_area,
        use_name: s.use_name,
        state: state.to_owned(),
        flags: s.flags,
        holders_masked: s.holders_masked,
        certificate_tail: tail,
    }
}

fn legend<'a>(cells: impl Iterator<Item = &'a Cell>) -> Vec<LegendLine> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for c in cells {
        for key in std::iter::once(c.state.as_str()).chain(c.flags.iter().map(String::as_str)) {
            *counts.entry(key).or_default() += 1;
        }
    }
    LEGEND
        .iter()
        .map(|(key, label)| LegendLine {
            key: (*key).to_owned(),
            label: (*label).to_owned(),
            count: counts.get(key).copied().unwrap_or(0),
        })
        .collect()
}

/// A parcel and what stands on it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParcelView {
    /// Code.
    parcel_code: String,
    /// Address.
    address: String,
    /// Area in m².
    area: Option<String>,
    /// Land use in Chinese.
    land_use_name: Option<String>,
    /// Nature of the right in Chinese.
    right_nature_name: Option<String>,
    /// The land as a unit of its own.
    land_unit_code: String,
    /// Boundary, as stored.
    #[schema(value_type = Option<Object>)]
    geometry: Option<serde_json::Value>,
    /// Buildings.
    buildings: Vec<BuildingLine>,
}

/// One parcel.
#[utoipa::path(get, path = "/parcels/{parcel_code}", operation_id = "read_parcel",
    params(("parcel_code" = String, Path, description = "19-character parcel code")),
    responses((status = 200, body = ParcelView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_parcel(
    State(app): State<App>,
    signed: Signed,
    At(code): At<String>,
) -> Result<Json<ParcelView>, Problem> {
    signed.require(Action::SearchUnits)?;
    let code = ParcelCode::parse(&code)
        .map_err(|e| Problem::field("/parcel_code", e.rule, e.to_string()))?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let p = facts::parcel(&mut tx, code.as_str())
        .await?
        .ok_or_else(|| Problem::not_found("没有找到该宗地"))?;
    let names = gather::names(&mut tx).await?;
    let buildings = facts::buildings_on(&mut tx, code.as_str()).await?;
    let mut lines = Vec::with_capacity(buildings.len());
    for b in buildings {
        let units = facts::units_of_building(&mut tx, &b.building_code)
            .await?
            .len();
        lines.push(BuildingLine {
            county_name: names
                .counties
                .get(&b.building_code[..6])
                .cloned()
                .unwrap_or_default(),
            building_code: b.building_code,
            name: b.name,
            address: b.address,
            storeys_total: b.storeys_above,
            units: i64::try_from(units).unwrap_or(i64::MAX),
        });
    }
    Ok(Json(ParcelView {
        land_unit_code: format!("{}W00000000", p.parcel_code),
        parcel_code: p.parcel_code,
        address: p.address,
        area: p.area.map(|a| format!("{a:.2}")),
        land_use_name: p.land_use.as_deref().map(|c| name_of(codes::LAND_USE, c)),
        right_nature_name: p
            .right_nature
            .as_deref()
            .map(|c| name_of(codes::RIGHT_NATURE, c)),
        geometry: p.ring,
        buildings: lines,
    }))
}
