//! The figures of the day, for the first page of the workbench.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use dengbu_cases::board;
use dengbu_model::time::date_in_shanghai;
use dengbu_staff::Action;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Signed;
use crate::problem::Problem;
use crate::state::App;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(board_today))
}

/// The figures of the day over all cases in the person's scope.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardView {
    /// The day, in Asia/Shanghai.
    day: NaiveDate,
    /// Cases begun today.
    begun: i64,
    /// Cases accepted today (受理).
    accepted: i64,
    /// Cases recorded today (登簿).
    recorded: i64,
    /// Cases whose result was handed over today (发证).
    delivered: i64,
    /// Open cases past their committed limit (超期).
    overdue: i64,
    /// Open cases whose committed limit ends today.
    due_today: i64,
    /// Open cases by the step they wait at, every step in its order.
    waiting: Vec<WaitingStepView>,
}

/// Open cases at a step.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingStepView {
    /// Step.
    step: String,
    /// Step in Chinese.
    step_name: String,
    /// Cases.
    count: i64,
}

/// The figures of the day.
#[utoipa::path(get, path = "/board/today", operation_id = "board_today",
    responses((status = 200, body = BoardView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn board_today(State(app): State<App>, signed: Signed) -> Result<Json<BoardView>, Problem> {
    signed.require(Action::ReadCases)?;
    let day = date_in_shanghai(signed.actor.request.now);
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let b = board::of_day(&mut tx, day).await?;
    Ok(Json(BoardView {
        day,
        begun: b.begun,
        accepted: b.accepted,
        recorded: b.recorded,
        delivered: b.delivered,
        overdue: b.overdue,
        due_today: b.due_today,
        waiting: b
            .waiting
            .into_iter()
            .map(|(step, count)| WaitingStepView {
                step: step.code().to_owned(),
                step_name: step.name_zh().to_owned(),
                count,
            })
            .collect(),
    }))
}
