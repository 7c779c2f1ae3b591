//! Plans behind the face (附图): the parcel plan (宗地图) and the floor plan (房产分户图), drawn from
//! the cadastre true to scale, with north arrow, edge lengths and neighbours.

mod figure;
mod floor;
mod parcel;

use std::sync::Arc;

use dengbu_page::Image;
use dengbu_papers::plan::{Boundary, PlanFacts};

use crate::content::Field;
use crate::layout::LayoutError;
use crate::layout::flow::Flow;

/// A plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// 宗地图.
    Parcel(PlanFacts),
    /// 房产分户图.
    Floor(FloorPlan),
}

/// A floor plan: the unit's outline where it was surveyed, otherwise the scanned drawing of the
/// case, otherwise where its building stands, with what the cadastre says of the unit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FloorPlan {
    /// 不动产单元号.
    pub unit_code: String,
    /// What stands in the table beside: 幢号, 所在层, 房号, 结构, areas.
    pub facts: Vec<Field>,
    /// Outline of the unit.
    pub outline: Option<Boundary>,
    /// The other units of the storey in the same coordinates, with what they are called.
    pub around: Vec<(String, Boundary)>,
    /// Outline of the building (自然幢).
    pub footprint: Option<Boundary>,
    /// Scanned drawing.
    pub scan: Option<Arc<Image>>,
}

/// Draws a plan on pages of its own.
pub(crate) fn draw(flow: &mut Flow<'_>, plan: &Plan) -> Result<(), LayoutError> {
    match plan {
        Plan::Parcel(facts) => parcel::draw(flow, facts),
        Plan::Floor(facts) => floor::draw(flow, facts),
    }
}
