//! The catalogue of registration business (登记业务目录): data, one readable
//! file per family under `catalogue/`.
//!
//! Map: [`business`](mod@self) holds the types that all other rooms use;
//! `file` reads the families and says what is wrong with file and line.

mod file;
mod kinds;

use std::sync::OnceLock;

use dengbu_model::cadastre::{UnitKind, UnitStatus};
use dengbu_model::right::{RegistrationType, RightType};
use serde::Serialize;

pub use file::{CatalogueFault, read};
pub use kinds::{
    Automatic, Clears, DetailKind, EffectKind, FeeRule, Inspection, MaterialCondition, NoticeKind,
    ResultPaper, Target,
};

use crate::flow::Step;

/// One business that can be applied for (登记小类).
#[derive(Debug, Clone, Serialize)]
pub struct Business {
    /// Code in the catalogue, such as `200-04-02`.
    pub code: String,
    /// Full statutory name.
    pub name: String,
    /// Name used in lists.
    pub short_name: String,
    /// Group in the catalogue.
    pub family: String,
    /// The right that is created or acted upon (权利类型).
    pub right_type: RightType,
    /// All types of right it takes; [`Business::right_type`] is the first. Empty: any title.
    pub right_types: Vec<RightType>,
    /// Kinds of unit it takes; empty: all.
    pub unit_kinds: Vec<UnitKind>,
    /// Kind of registration (登记类型, DJLX).
    pub registration_type: RegistrationType,
    /// Hand-in code of the national exchange (接入业务编码, RecType).
    pub reporting_code: String,
    /// Which application detail the business takes.
    pub detail_kind: DetailKind,
    /// What a granted application does to the register.
    pub effect: EffectKind,
    /// Fields of the right that an alteration may change; `*` for all.
    pub may_change: Vec<String>,
    /// Other rights that end with it.
    pub clears: Vec<Clears>,
    /// What becomes of the unit itself, such as 灭失.
    pub unit_becomes: Option<UnitStatus>,
    /// Codes of the businesses it combines (组合业务), in their order; empty for a single one.
    pub parts: Vec<String>,
    /// True when no second case of this kind may be open on the unit (R01).
    pub exclusive: bool,
    /// What the case is pointed at.
    pub target: Target,
    /// The paper that is issued.
    pub result: ResultPaper,
    /// Articles the business rests on.
    pub legal_basis: Vec<String>,
    /// Registration causes to choose from (登记原因, DJYY); the first is the default.
    pub reasons: Vec<String>,
    /// Identifiers of the rules run, see [`crate::rules`].
    pub rules: Vec<String>,
    /// How the two sides are called.
    pub applicants: Applicants,
    /// Time limits in working days.
    pub days: Days,
    /// Public notice before the decision (公告).
    pub notice: Option<Notice>,
    /// Whether the place is looked at (实地查看).
    pub inspection: Option<Inspection>,
    /// Registration fee (登记费).
    pub fee: FeeRule,
    /// Whether it may be decided without a person (秒批).
    pub automatic: Option<Automatic>,
    /// Steps in order.
    pub steps: Vec<BusinessStep>,
    /// Materials in order.
    pub materials: Vec<MaterialItem>,
    /// What is not yet checked against the official text; shown to the operator.
    pub unverified: Option<String>,
}

/// Names of the two sides of an application.
#[derive(Debug, Clone, Serialize)]
pub struct Applicants {
    /// Who will hold the right (权利人).
    pub holder_label: String,
    /// Who gives it (义务人); absent where there is none.
    pub obligor_label: Option<String>,
}

/// Time limits in working days (时限).
#[derive(Debug, Clone, Serialize)]
pub struct Days {
    /// Promise to the public; an authority may tighten it.
    pub committed: u32,
    /// Limit of the law.
    pub legal: u32,
    /// Where the figures come from.
    pub source: String,
}

/// A public notice (公告).
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    /// Which notice.
    pub kind: NoticeKind,
    /// Length at least, in working days unless the source says otherwise.
    pub days: u32,
    /// True where the authority decides whether there is a notice at all.
    pub optional: bool,
    /// Where the length comes from.
    pub source: String,
}

/// One step of a business and who must not take it.
#[derive(Debug, Clone, Serialize)]
pub struct BusinessStep {
    /// The step.
    pub step: Step,
    /// Steps whose doer is barred from this one (four-eyes principle).
    pub not_by: Vec<Step>,
}

/// One item of the material list (收件材料).
#[derive(Debug, Clone, Serialize)]
pub struct MaterialItem {
    /// Material code, such as `E1`.
    pub code: String,
    /// Name as printed on the receipt.
    pub name: String,
    /// Demanded always.
    pub required: bool,
    /// When it is demanded otherwise, in words.
    pub condition: Option<String>,
    /// The same as a condition that can be evaluated.
    pub when: Option<MaterialCondition>,
    /// Accepted forms: `original`, `copy`.
    pub forms: Vec<String>,
    /// Department that can supply it instead of the applicant
    /// (不动产登记暂行条例第二十四条: what sharing supplies must not be demanded again).
    pub shared_from: Option<String>,
}

impl Business {
    /// The step's entry in this business, if it has that step.
    #[must_use]
    pub fn step(&self, step: Step) -> Option<&BusinessStep> {
        self.steps.iter().find(|s| s.step == step)
    }

    /// The step that follows.
    #[must_use]
    pub fn next_step(&self, step: Step) -> Option<Step> {
        let at = self.steps.iter().position(|s| s.step == step)?;
        self.steps.get(at + 1).map(|s| s.step)
    }

    /// Steps that come before, earliest first.
    #[must_use]
    pub fn earlier_steps(&self, step: Step) -> Vec<Step> {
        self.steps
            .iter()
            .map(|s| s.step)
            .take_while(|s| *s != step)
            .collect()
    }

    /// True when rights of this type can be created or acted upon by this business.
    #[must_use]
    pub fn takes(&self, right_type: RightType) -> bool {
        if self.right_types.is_empty() {
            right_type.is_title()
        } else {
            self.right_types.contains(&right_type)
        }
    }

    /// True when the applicants' side may change this field of the right.
    #[must_use]
    pub fn lets_change(&self, field: &str) -> bool {
        self.may_change.iter().any(|f| {
            f == "*" || f == field || f.strip_suffix(".*").is_some_and(|p| field.starts_with(p))
        })
    }
}

const FILES: &[(&str, &str)] = &[
    ("first.toml", include_str!("../../catalogue/first.toml")),
    (
        "transfer.toml",
        include_str!("../../catalogue/transfer.toml"),
    ),
    (
        "alteration.toml",
        include_str!("../../catalogue/alteration.toml"),
    ),
    (
        "mortgage.toml",
        include_str!("../../catalogue/mortgage.toml"),
    ),
    (
        "easement-habitation.toml",
        include_str!("../../catalogue/easement-habitation.toml"),
    ),
    ("rural.toml", include_str!("../../catalogue/rural.toml")),
    ("sea.toml", include_str!("../../catalogue/sea.toml")),
    (
        "deregistration.toml",
        include_str!("../../catalogue/deregistration.toml"),
    ),
    (
        "rectification.toml",
        include_str!("../../catalogue/rectification.toml"),
    ),
    ("caution.toml", include_str!("../../catalogue/caution.toml")),
    (
        "priority-notice.toml",
        include_str!("../../catalogue/priority-notice.toml"),
    ),
    ("seizure.toml", include_str!("../../catalogue/seizure.toml")),
    (
        "certificate.toml",
        include_str!("../../catalogue/certificate.toml"),
    ),
    (
        "restriction.toml",
        include_str!("../../catalogue/restriction.toml"),
    ),
    (
        "combination.toml",
        include_str!("../../catalogue/combination.toml"),
    ),
];

/// What all families share: materials by code, groups of rules, flows.
const SHARED: (&str, &str) = ("shared.toml", include_str!("../../catalogue/shared.toml"));

static CATALOGUE: OnceLock<Vec<Business>> = OnceLock::new();

fn catalogue() -> &'static Vec<Business> {
    CATALOGUE.get_or_init(|| {
        #[expect(
            clippy::panic,
            reason = "the files are compiled in and read by a test; the server checks them at start"
        )]
        compiled().unwrap_or_else(|e| panic!("{e}"))
    })
}

/// The catalogue was in use already, so another one could not take its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("业务目录已在使用，不能再更换，请在启动时指定目录文件夹")]
pub struct AlreadyInUse;

/// Puts a catalogue read with [`read`] in the place of the one that is compiled in, for the whole
/// life of the process. A catalogue is one for all: what was looked up stays as it is.
///
/// # Errors
/// [`AlreadyInUse`] after the first look into the catalogue.
pub fn install(businesses: Vec<Business>) -> Result<(), AlreadyInUse> {
    CATALOGUE.set(businesses).map_err(|_| AlreadyInUse)
}

/// Reads the catalogue that is compiled in.
///
/// # Errors
/// [`CatalogueFault`] with file and line.
pub fn compiled() -> Result<Vec<Business>, CatalogueFault> {
    read(SHARED, FILES)
}

/// All businesses in the order of the catalogue.
#[must_use]
pub fn all() -> &'static [Business] {
    catalogue()
}

/// The business with this code.
#[must_use]
pub fn business(code: &str) -> Option<&'static Business> {
    catalogue().iter().find(|b| b.code == code)
}

#[cfg(test)]
mod tests;
