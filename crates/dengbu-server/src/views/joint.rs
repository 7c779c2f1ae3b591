//! Cases handled together, as shown.

use dengbu_cases::joint::Joined;
use dengbu_law::catalogue;
use dengbu_law::flow::{CaseState, Step};
use serde::Serialize;
use utoipa::ToSchema;

/// A case handled together with another (并案).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JoinedView {
    /// Number.
    pub case_no: String,
    /// Business in Chinese.
    pub business_name: String,
    /// Where the units lie.
    pub address: String,
    /// State in Chinese.
    pub state_name: String,
    /// Step in Chinese.
    pub step_name: String,
    /// True once it is in the register.
    pub recorded: bool,
}

impl From<Joined> for JoinedView {
    fn from(j: Joined) -> Self {
        Self {
            business_name: catalogue::business(&j.business)
                .map_or_else(|| j.business.clone(), |b| b.short_name.clone()),
            state_name: CaseState::from_code(&j.state)
                .map_or("", CaseState::name_zh)
                .to_owned(),
            step_name: Step::from_code(&j.step)
                .map_or("", Step::name_zh)
                .to_owned(),
            case_no: j.case_no,
            address: j.address,
            recorded: j.recorded,
        }
    }
}
