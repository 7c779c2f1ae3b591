//! 同城通办: the matrix office × district × family of business, and delegated reviews.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::NaiveDate;
use dengbu_law::catalogue;
use dengbu_staff::same_city::{ANY_FAMILY, Cell, Delegation};
use dengbu_staff::{Action, AuditRecord, PLATFORM, same_city_store};
use dengbu_store::authority_list::{self, Office};
use dengbu_store::{Scope, TenantTx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::plausible;
use crate::auth::Signed;
use crate::gather::{self, Names};
use crate::problem::{FieldProblem, Problem};
use crate::reply::{At, Body};
use crate::state::{App, new_id};
use crate::write::{self, Begun, if_match};

/// Squares in one change at most.
const CELLS_MAX: usize = 20_000;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_matrix, set_matrix))
        .routes(routes!(list_delegations, delegate_review))
        .routes(routes!(end_delegation))
}

/// Families of the catalogue, in its order.
fn families() -> Vec<String> {
    let mut seen = BTreeSet::new();
    catalogue::all()
        .iter()
        .filter(|b| seen.insert(b.family.as_str()))
        .map(|b| b.family.clone())
        .collect()
}

/// Authorities of the same city: their codes begin with the same four digits (GB/T 2260).
fn same_city(names: &Names, authority: &str) -> Vec<String> {
    let all = names.authorities.keys();
    all.filter(|a| *a != PLATFORM && a.get(..4) == authority.get(..4))
        .cloned()
        .collect()
}

/// The offices of the city. Where an office is and what it is called is public; only this list
/// looks beyond the own authority for it.
async fn offices(app: &App, names: &Names, authority: &str) -> Result<Vec<Office>, Problem> {
    let scope = Scope::new(same_city(names, authority)).map_err(dengbu_store::StoreError::from)?;
    let mut tx = app.store().begin(&scope).await?;
    Ok(authority_list::offices(&mut tx).await?)
}

/// A district.
#[derive(Debug, Serialize, ToSchema)]
pub struct DistrictView {
    /// Code.
    code: String,
    /// Name.
    name: String,
}

/// An office of the city.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeskView {
    /// Authority.
    authority: String,
    /// Its name.
    authority_name: String,
    /// Identity within the authority.
    office_id: String,
    /// Name.
    name: String,
    /// False when closed.
    active: bool,
    /// True for an office of the own authority: it takes all cases unless the matrix says no.
    own: bool,
}

/// A square of the matrix.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CellView {
    /// District of the units.
    county: String,
    /// Authority of the office.
    office_authority: String,
    /// The office.
    office_id: String,
    /// Family of business.
    family: String,
    /// Whether the office may take such cases.
    allowed: bool,
}

/// The matrix of the authority of the land.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatrixView {
    /// For `If-Match`.
    version: i64,
    /// Own districts.
    districts: Vec<DistrictView>,
    /// Families of business.
    families: Vec<String>,
    /// Offices of the city.
    offices: Vec<DeskView>,
    /// What was said; elsewhere own offices may and others may not.
    cells: Vec<CellView>,
}

async fn view(app: &App, tx: &mut TenantTx, authority: &str) -> Result<MatrixView, Problem> {
    let names = gather::names(tx).await?;
    let (version, cells) = same_city_store::matrix(tx, authority).await?;
    let own = names.authority_of.iter().filter(|(_, a)| *a == authority);
    let districts = own
        .map(|(county, _)| DistrictView {
            code: county.clone(),
            name: names.counties.get(county).unwrap_or(county).clone(),
        })
        .collect();
    let offices = offices(app, &names, authority)
        .await?
        .into_iter()
        .map(|o| DeskView {
            own: o.authority == authority,
            authority_name: names.authority(&o.authority),
            authority: o.authority,
            office_id: o.office_id,
            name: o.name,
            active: o.active,
        })
        .collect();
    Ok(MatrixView {
        version,
        districts,
        families: families(),
        offices,
        cells: cells
            .into_iter()
            .map(|c| CellView {
                county: c.county,
                office_authority: c.office_authority,
                office_id: c.office_id,
                family: c.family,
                allowed: c.allowed,
            })
            .collect(),
    })
}

/// Which office may take what for the districts of the authority.
#[utoipa::path(get, path = "/same-city/matrix", operation_id = "read_matrix",
    responses((status = 200, body = MatrixView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_matrix(State(app): State<App>, signed: Signed) -> Result<Json<MatrixView>, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSettings, &actor.authority, None)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    Ok(Json(view(&app, &mut tx, &actor.authority).await?))
}

/// Squares to set.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatrixChange {
    /// Squares; what is not named stays as it is.
    cells: Vec<CellView>,
}

/// What does not do in a change of the matrix.
fn faults(
    given: &MatrixChange,
    names: &Names,
    offices: &[Office],
    authority: &str,
) -> Vec<FieldProblem> {
    let known = families();
    let mut found = Vec::new();
    for (i, c) in given.cells.iter().enumerate() {
        let mut fault = |field: &str, message: &str| {
            found.push(FieldProblem {
                field: format!("/cells/{i}/{field}"),
                code: "invalid_field".to_owned(),
                message: message.to_owned(),
            });
        };
        if names.authority_of.get(&c.county).map(String::as_str) != Some(authority) {
            fault("county", "该行政区不属于本登记机构，只能设置本机构的行政区");
        }
        let there = offices
            .iter()
            .any(|o| o.authority == c.office_authority && o.office_id == c.office_id);
        if !there {
            fault("office_id", "本市没有这个办事点，请刷新后重新选择");
        }
        if !known.contains(&c.family) {
            fault("family", "业务目录中没有这个业务类别，请刷新后重新选择");
        }
        if found.len() > 20 {
            break;
        }
    }
    found
}

/// Sets which office may take what for the districts of the authority; it holds for cases begun
/// from then on.
#[utoipa::path(put, path = "/same-city/matrix", operation_id = "set_matrix", request_body = MatrixChange,
    params(("If-Match" = String, Header, description = "version"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = MatrixView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn set_matrix(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(given): Body<MatrixChange>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSettings, &actor.authority, None)?;
    let seen = if_match(&headers)?;
    if given.cells.len() > CELLS_MAX {
        return Err(Problem::field(
            "/cells",
            "too_many",
            "一次修改的格子太多，请分次保存",
        ));
    }
    let mut w = match write::begin(&app, actor, &headers, &("matrix", seen, &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let names = gather::names(&mut w.tx).await?;
    let offices = offices(&app, &names, &actor.authority).await?;
    let faults = faults(&given, &names, &offices, &actor.authority);
    if !faults.is_empty() {
        return Err(Problem::fields(faults));
    }
    // the last word on a square counts
    let mut cells: Vec<Cell> = Vec::with_capacity(given.cells.len());
    let mut said = BTreeSet::new();
    for c in given.cells.iter().rev() {
        if said.insert((&c.county, &c.office_authority, &c.office_id, &c.family)) {
            cells.push(Cell {
                authority: actor.authority.clone(),
                county: c.county.clone(),
                office_authority: c.office_authority.clone(),
                office_id: c.office_id.clone(),
                family: c.family.clone(),
                allowed: c.allowed,
            });
        }
    }
    let now = actor.request.now;
    let put = same_city_store::put(&mut w.tx, &actor.authority, seen, &cells, &actor.name, now);
    if put.await?.is_none() {
        let (version, _) = same_city_store::matrix(&mut w.tx, &actor.authority).await?;
        let mut stale = Problem::new(
            StatusCode::CONFLICT,
            "stale_version",
            "同城通办权限刚刚被他人修改，请重新载入后再改",
        );
        stale.current_version = Some(version);
        return Err(stale);
    }
    let view = view(&app, &mut w.tx, &actor.authority).await?;
    let record = AuditRecord::by(actor, "same_city.matrix_set")
        .on("authority", &actor.authority)
        .detail(json!({ "version": view.version, "cells": cells }));
    w.finish(record, StatusCode::OK, &view).await
}

/// A delegated step.
#[derive(Debug, Serialize, ToSchema)]
pub struct DelegationView {
    /// Identity.
    id: Uuid,
    /// Authority of the land.
    authority: String,
    /// Its name.
    authority_name: String,
    /// Authority whose people may act.
    to_authority: String,
    /// Its name.
    to_authority_name: String,
    /// Family of business; `*`: all.
    family: String,
    /// `first_review`, `approve` or `record`.
    action: String,
    /// In Chinese.
    action_name: String,
    /// First day.
    valid_from: NaiveDate,
    /// Last day.
    valid_to: NaiveDate,
    /// Written document.
    document: String,
    /// True when it was ended before its last day.
    ended: bool,
    /// True when the own authority gave it.
    given: bool,
}

fn delegation(d: Delegation, names: &Names, own: &str) -> DelegationView {
    DelegationView {
        id: d.id,
        authority_name: names.authority(&d.authority),
        to_authority_name: names.authority(&d.to_authority),
        given: d.authority == own,
        authority: d.authority,
        to_authority: d.to_authority,
        family: d.family,
        action: d.action.code().to_owned(),
        action_name: d.action.name_zh().to_owned(),
        valid_from: d.valid_from,
        valid_to: d.valid_to,
        document: d.document,
        ended: d.ended,
    }
}

/// Delegations.
#[derive(Debug, Serialize, ToSchema)]
pub struct Delegations {
    /// Given and received, newest first.
    items: Vec<DelegationView>,
    /// Authorities of the city to which something can be delegated.
    partners: Vec<DistrictView>,
    /// Families of business.
    families: Vec<String>,
}

/// The steps the authority delegated and was given.
#[utoipa::path(get, path = "/same-city/delegations", operation_id = "list_delegations",
    responses((status = 200, body = Delegations), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_delegations(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<Delegations>, Problem> {
    let actor = &signed.actor;
    let own = &actor.authority;
    signed.require_at(Action::ManageSettings, own, None)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    let found = same_city_store::delegations(&mut tx, own, false).await?;
    let partners = same_city(&names, own)
        .into_iter()
        .filter(|a| a != own)
        .map(|a| DistrictView {
            name: names.authority(&a),
            code: a,
        })
        .collect();
    Ok(Json(Delegations {
        items: found
            .into_iter()
            .map(|d| delegation(d, &names, own))
            .collect(),
        partners,
        families: families(),
    }))
}

/// A step to delegate.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDelegation {
    /// Authority whose people may act.
    to_authority: String,
    /// Family of business; `*`: all.
    family: String,
    /// `first_review`, `approve` or `record`.
    action: String,
    /// First day.
    valid_from: NaiveDate,
    /// Last day.
    valid_to: NaiveDate,
    /// Written document (委托书文号).
    document: String,
}

fn checked(
    given: &NewDelegation,
    names: &Names,
    own: &str,
    today: NaiveDate,
) -> Result<Action, Problem> {
    let fault = |field: &str, message: &str| Err(Problem::field(field, "invalid_field", message));
    let partner = same_city(names, own).contains(&given.to_authority);
    if !partner || given.to_authority == own {
        return fault("/to_authority", "请选择本市的另一个登记机构");
    }
    if given.family != ANY_FAMILY && !families().contains(&given.family) {
        return fault("/family", "业务目录中没有这个业务类别");
    }
    if !plausible(given.valid_from) || !plausible(given.valid_to) {
        return fault("/valid_to", "日期超出范围，年份应为 1 至 9999");
    }
    if given.valid_to < given.valid_from {
        return fault("/valid_to", "截止日期早于起始日期，请改正");
    }
    if given.valid_to < today {
        return fault("/valid_to", "截止日期已过，请改正");
    }
    let document = given.document.trim();
    let fits = (1..=100).contains(&document.chars().count());
    if !fits || document.chars().any(char::is_control) {
        return fault("/document", "请填写委托书文号（100 字以内）");
    }
    same_city_store::delegable(&given.action)
        .map_or_else(|| fault("/action", "只能委托初审、审核或者登簿"), Ok)
}

/// Lets the people of another authority of the city take a step for this one.
#[utoipa::path(post, path = "/same-city/delegations", operation_id = "delegate_review", request_body = NewDelegation,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = DelegationView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn delegate_review(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(given): Body<NewDelegation>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    let own = &actor.authority;
    signed.require_at(Action::ManageSettings, own, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("delegate", &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let names = gather::names(&mut w.tx).await?;
    let now = actor.request.now;
    let today = dengbu_model::time::date_in_shanghai(now);
    let action = checked(&given, &names, own, today)?;
    let new = Delegation {
        id: new_id(),
        authority: own.clone(),
        to_authority: given.to_authority.clone(),
        family: given.family.clone(),
        action,
        valid_from: given.valid_from,
        valid_to: given.valid_to,
        document: given.document.trim().to_owned(),
        ended: false,
    };
    same_city_store::delegate(&mut w.tx, &new, (actor.staff_id, &actor.name), now).await?;
    let record = AuditRecord::by(actor, "same_city.delegated")
        .on("delegation", new.id.to_string())
        .detail(
            json!({ "to": new.to_authority, "family": new.family, "action": action.code(),
            "from": new.valid_from, "until": new.valid_to, "document": new.document }),
        );
    w.finish(record, StatusCode::CREATED, &delegation(new, &names, own))
        .await
}

/// Ends a delegation at once; cases wait again for the authority's own people.
#[utoipa::path(post, path = "/same-city/delegations/{id}/end", operation_id = "end_delegation",
    params(("id" = Uuid, Path), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn end_delegation(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSettings, &actor.authority, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("end_delegation", id)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let now = actor.request.now;
    if !same_city_store::end(&mut w.tx, &actor.authority, id, &actor.name, now).await? {
        return Err(Problem::not_found("没有这项委托，或者已经终止"));
    }
    let record =
        AuditRecord::by(actor, "same_city.delegation_ended").on("delegation", id.to_string());
    w.finish(record, StatusCode::NO_CONTENT, &()).await
}
