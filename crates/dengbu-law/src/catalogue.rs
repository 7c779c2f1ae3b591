//! The catalogue of registration business (登记业务目录), one readable file
//! per business under `catalogue/`.

use std::sync::LazyLock;

use dengbu_model::certificate::CertificateKind;
use dengbu_model::right::{RegistrationType, RightType};
use serde::{Deserialize, Serialize};

use crate::flow::Step;

/// One business that can be applied for (登记小类).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Kind of registration (登记类型, DJLX).
    pub registration_type: RegistrationType,
    /// Hand-in code of the national exchange (接入业务编码, RecType).
    pub reporting_code: String,
    /// Which application detail the business takes.
    pub detail_kind: DetailKind,
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
    /// Steps in order.
    pub steps: Vec<BusinessStep>,
    /// Materials in order.
    pub materials: Vec<MaterialItem>,
}

/// Which form of [`crate::application::Detail`] a business takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetailKind {
    /// Sale of a registered title.
    Transfer,
    /// Creation of a mortgage.
    Mortgage,
    /// Striking out a mortgage.
    MortgageRelease,
    /// Seizure by a court or other organ.
    Seizure,
}

/// What a case points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The current title of each unit.
    Title,
    /// One current mortgage.
    Mortgage,
    /// The unit as such.
    Unit,
}

/// The paper a business ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultPaper {
    /// 不动产权证书.
    Title,
    /// 不动产登记证明.
    Proof,
    /// Nothing is issued.
    None,
}

impl ResultPaper {
    /// The kind of certificate number that is drawn, if any.
    #[must_use]
    pub fn certificate_kind(self) -> Option<CertificateKind> {
        match self {
            Self::Title => Some(CertificateKind::Title),
            Self::Proof => Some(CertificateKind::Proof),
            Self::None => None,
        }
    }
}

/// Names of the two sides of an application.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applicants {
    /// Who will hold the right (权利人).
    pub holder_label: String,
    /// Who gives it (义务人); absent where there is none.
    #[serde(default)]
    pub obligor_label: Option<String>,
}

/// Time limits in working days (时限).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// Promise to the public; an authority may tighten it.
    pub committed: u32,
    /// Limit of the law.
    pub legal: u32,
    /// Where the figures come from.
    pub source: String,
}

/// One step of a business and who must not take it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusinessStep {
    /// The step.
    pub step: Step,
    /// Steps whose doer is barred from this one (four-eyes principle).
    #[serde(default)]
    pub not_by: Vec<Step>,
}

/// One item of the material list (收件材料).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaterialItem {
    /// Material code, such as `E1`.
    pub code: String,
    /// Name as printed on the receipt.
    pub name: String,
    /// Demanded always.
    pub required: bool,
    /// When it is demanded otherwise, in words.
    #[serde(default)]
    pub condition: Option<String>,
    /// The same as a condition that can be evaluated.
    #[serde(default)]
    pub when: Option<MaterialCondition>,
    /// Accepted forms: `original`, `copy`.
    #[serde(default)]
    pub forms: Vec<String>,
    /// Department that can supply it instead of the applicant
    /// (不动产登记暂行条例第二十四条: what sharing supplies must not be demanded again).
    #[serde(default)]
    pub shared_from: Option<String>,
}

/// Conditions under which an optional material becomes required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaterialCondition {
    /// An agent acts for one of the parties.
    Agent,
    /// A mortgage that forbids transfer stands on the unit.
    MortgageeConsent,
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
}

const FILES: &[(&str, &str)] = &[
    (
        "200-04-02.toml",
        include_str!("../catalogue/200-04-02.toml"),
    ),
    (
        "100-DY-01.toml",
        include_str!("../catalogue/100-DY-01.toml"),
    ),
    (
        "400-DY-01.toml",
        include_str!("../catalogue/400-DY-01.toml"),
    ),
    (
        "800-00-01.toml",
        include_str!("../catalogue/800-00-01.toml"),
    ),
];

static CATALOGUE: LazyLock<Vec<Business>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(file, text)| {
            #[expect(
                clippy::panic,
                reason = "the files are compiled in and parsed by a test"
            )]
            toml::from_str(text).unwrap_or_else(|e| panic!("catalogue/{file}: {e}"))
        })
        .collect()
});

/// All businesses in the order of the catalogue.
#[must_use]
pub fn all() -> &'static [Business] {
    &CATALOGUE
}

/// The business with this code.
#[must_use]
pub fn business(code: &str) -> Option<&'static Business> {
    CATALOGUE.iter().find(|b| b.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_parses_and_codes_are_unique() {
        let mut codes: Vec<_> = all().iter().map(|b| b.code.as_str()).collect();
        assert_eq!(codes.len(), FILES.len());
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), FILES.len());
    }

    #[test]
    fn every_business_begins_with_acceptance_and_ends_with_archive() {
        for b in all() {
            assert_eq!(
                b.steps.first().map(|s| s.step),
                Some(Step::Acceptance),
                "{}",
                b.code
            );
            assert_eq!(
                b.steps.last().map(|s| s.step),
                Some(Step::Archive),
                "{}",
                b.code
            );
            assert!(b.step(Step::Recording).is_some(), "{}", b.code);
            assert!(
                !b.legal_basis.is_empty() && !b.reasons.is_empty(),
                "{}",
                b.code
            );
        }
    }

    #[test]
    fn whoever_accepts_never_records() {
        for b in all() {
            let recording = b.step(Step::Recording).unwrap();
            assert!(recording.not_by.contains(&Step::Acceptance), "{}", b.code);
        }
    }

    #[test]
    fn every_rule_named_exists() {
        for b in all() {
            for id in &b.rules {
                assert!(
                    crate::rules::rule(id).is_some(),
                    "{}: unknown rule {id}",
                    b.code
                );
            }
        }
    }

    #[test]
    fn a_conditional_material_says_when() {
        for b in all() {
            for m in &b.materials {
                assert_eq!(
                    m.condition.is_some(),
                    m.when.is_some(),
                    "{} {}",
                    b.code,
                    m.code
                );
                assert!(m.required || m.when.is_some(), "{} {}", b.code, m.code);
            }
        }
    }

    #[test]
    fn steps_follow_one_another() {
        let sale = business("200-04-02").unwrap();
        assert_eq!(sale.next_step(Step::Acceptance), Some(Step::FirstReview));
        assert_eq!(sale.next_step(Step::Archive), None);
        assert_eq!(
            sale.earlier_steps(Step::Approval),
            vec![Step::Acceptance, Step::FirstReview]
        );
        let seizure = business("800-00-01").unwrap();
        assert_eq!(seizure.next_step(Step::Acceptance), Some(Step::Approval));
    }
}
