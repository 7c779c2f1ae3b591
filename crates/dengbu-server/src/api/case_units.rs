//! The units of a large case, and how far the work on it is.

use axum::Json;
use axum::extract::State;
use dengbu_cases::case;
use dengbu_model::time::date_in_shanghai;
use dengbu_staff::{Action, AuditRecord, audit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Page, limit};
use crate::auth::Signed;
use crate::gather;
use crate::problem::Problem;
use crate::reply::{At, Params};
use crate::state::{App, now};
use crate::views::unit::UnitDetail;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_case_units))
        .routes(routes!(read_case_progress))
}

/// Which units.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseUnitsQuery {
    /// From the last page.
    cursor: Option<String>,
    /// At most so many.
    limit: Option<i64>,
}

/// The units of a case in its order, with their rights; each reading is recorded.
#[utoipa::path(get, path = "/cases/{case_no}/units", operation_id = "list_case_units",
    params(("case_no" = String, Path, description = "20-digit case number"), CaseUnitsQuery),
    responses((status = 200, body = Page<UnitDetail>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_case_units(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    Params(query): Params<CaseUnitsQuery>,
) -> Result<Json<Page<UnitDetail>>, Problem> {
    let actor = &signed.actor;
    signed.require(Action::ReadCases)?;
    let from: usize = match query.cursor.as_deref().map(str::parse) {
        None => 0,
        Some(Ok(n)) => n,
        Some(Err(_)) => {
            return Err(Problem::field(
                "/cursor",
                "bad_cursor",
                "翻页标记无效，请从第一页重新查看",
            ));
        }
    };
    let rows = usize::try_from(limit(query.limit)).unwrap_or(20);
    let mut tx = app.store().begin(&actor.scope).await?;
    let case = case::load(&mut tx, &case_no, false).await?;
    let names = gather::names(&mut tx).await?;
    let today = date_in_shanghai(now());
    let mut items = Vec::with_capacity(rows);
    for code in case.units.iter().skip(from).take(rows) {
        items.push(gather::whole(&mut tx, code, &names, today).await?.detail);
    }
    let to = from.saturating_add(items.len());
    let record = AuditRecord::by(actor, "case.read")
        .on("case", &case_no)
        .county(&case.county);
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(Json(Page {
        items,
        next_cursor: (to < case.units.len()).then(|| to.to_string()),
    }))
}

/// How far the work on a case is.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct CaseProgressView {
    /// True while a move of the case is being made.
    at_work: bool,
    /// What is being done, in Chinese.
    stage: Option<&'static str>,
    /// Units or entries done in this stage.
    done: usize,
    /// Of so many.
    total: usize,
}

/// How far the move that is being made on the case is. A move is one transaction: until it is
/// done nothing of it can be seen elsewhere, and when it fails nothing of it is kept.
#[utoipa::path(get, path = "/cases/{case_no}/progress", operation_id = "read_case_progress",
    params(("case_no" = String, Path, description = "20-digit case number")),
    responses((status = 200, body = CaseProgressView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_case_progress(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
) -> Result<Json<CaseProgressView>, Problem> {
    signed.require(Action::ReadCases)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    case::load(&mut tx, &case_no, false).await?;
    let Some(progress) = app.progress(&case_no) else {
        return Ok(Json(CaseProgressView::default()));
    };
    let at = progress.latest();
    Ok(Json(CaseProgressView {
        at_work: true,
        stage: at.map(|a| a.stage.name_zh()),
        done: at.map_or(0, |a| a.done),
        total: at.map_or(0, |a| a.total),
    }))
}
