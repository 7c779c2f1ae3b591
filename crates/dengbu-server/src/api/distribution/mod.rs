//! Giving out (数据分发): the catalogue of data sets, exports, subscriptions, thematic maps, the
//! changes of a parcel, and the door through which departments take their deliveries.

mod delivery;
mod exports;
mod maps;
mod subscriptions;
mod views;

use axum::http::StatusCode;
use dengbu_distribution::DistributionError;
use utoipa_axum::router::OpenApiRouter;

use crate::problem::Problem;
use crate::state::App;

/// Routes for staff.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(exports::routes())
        .merge(subscriptions::routes())
        .merge(maps::routes())
}

/// Routes for receivers, who bring their key.
pub fn open_routes() -> OpenApiRouter<App> {
    delivery::routes()
}

impl From<DistributionError> for Problem {
    fn from(e: DistributionError) -> Self {
        let text = e.to_string();
        match e {
            DistributionError::Request(field, _) => Self::field(field, "bad_request", text),
            DistributionError::Store(store) => store.into(),
            DistributionError::Map(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "no_map", text)
            }
            other => Self::internal(&other),
        }
    }
}
