//! What an applicant asks for, and the checks of its fields.
//!
//! Map: `forms` holds what is particular to each business, `fields` checks what was filled in.

mod fields;
mod forms;
mod prefill;

use std::borrow::Cow;

use chrono::NaiveDate;
use dengbu_model::identity::IdDocument;
use dengbu_model::party::{CoOwnership, Holder, Party};
use serde::{Deserialize, Serialize};

use crate::catalogue::{self, Business};

pub use forms::{
    AmendDetail, AmendedRight, Detail, EstablishDetail, MortgageDetail, MortgageReleaseDetail,
    ReleaseDetail, ReshapeDetail, SeizureDetail, TransferDetail, UnitContent,
};
pub(crate) use prefill::blank;
pub use prefill::prefill;

/// The application of a case (申请内容); holders and obligors as they shall
/// stand in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Registration cause (登记原因, DJYY).
    pub reason: String,
    /// Who shall hold the right (权利人).
    pub holders: Vec<Holder>,
    /// Who gives it (义务人).
    #[serde(default)]
    pub obligors: Vec<Party>,
    /// How the holders own together (共有方式, GYFS).
    pub co_ownership: CoOwnership,
    /// One certificate per holder (申请分别持证, SQFBCZ).
    #[serde(default)]
    pub separate_certificates: bool,
    /// What is particular to the business.
    pub detail: Detail,
    /// Whom to call (联系人).
    #[serde(default)]
    pub contact: Option<Contact>,
    /// How the result is handed over (领证方式).
    #[serde(default)]
    pub delivery_method: DeliveryMethod,
    /// Questions put to the applicants and their answers (询问笔录).
    #[serde(default)]
    pub inquiry: Vec<Inquiry>,
    /// Warnings that were taken note of, each with the reason to go on.
    #[serde(default)]
    pub acknowledged: Vec<Acknowledgement>,
    /// Remarks for the register (附记, FJ).
    #[serde(default)]
    pub remarks: Option<String>,
    /// The further parts of a combined business (组合业务), in their order; what stands
    /// above belongs to the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Part>,
}

/// One further part of a combined business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Code of the business.
    pub business: String,
    /// Registration cause.
    pub reason: String,
    /// Who shall hold the right.
    pub holders: Vec<Holder>,
    /// Who gives it.
    #[serde(default)]
    pub obligors: Vec<Party>,
    /// How the holders own together.
    pub co_ownership: CoOwnership,
    /// What is particular to the business.
    pub detail: Detail,
    /// Remarks for the register.
    #[serde(default)]
    pub remarks: Option<String>,
}

/// Whom to call about the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
}

/// How the result is handed over (领证方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryMethod {
    /// At the counter (窗口).
    #[default]
    Counter,
    /// By post (邮寄).
    Post,
    /// At a kiosk (自助机).
    Kiosk,
    /// Electronic only (电子).
    Electronic,
}

/// One question of the inquiry and its answer (询问笔录).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Inquiry {
    /// The question as put.
    pub question: String,
    /// The answer as given.
    pub answer: String,
}

/// A warning taken note of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Acknowledgement {
    /// Identifier of the rule that warned.
    pub rule: String,
    /// Why the case goes on, or which consent was given.
    pub reason: String,
}

/// A fault in one field, said so that it can be mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON pointer into the application, such as `/holders/0/party/name`.
    pub field: String,
    /// Stable machine code.
    pub code: &'static str,
    /// What is wrong and what to do, in Chinese.
    pub message: String,
}

impl Application {
    /// Brings identity numbers into their standard form where they are valid;
    /// leaves what is wrong for [`Application::validate`] to name.
    pub fn normalise(&mut self, today: NaiveDate) {
        let own = self.holders.iter_mut().map(|h| &mut h.party);
        let further = self.further.iter_mut().flat_map(|p| {
            let holders = p.holders.iter_mut().map(|h| &mut h.party);
            holders.chain(p.obligors.iter_mut())
        });
        let parties = own.chain(self.obligors.iter_mut()).chain(further);
        for party in parties {
            party.name = party.name.trim().to_owned();
            let agent_id = party.agent.as_mut().and_then(|a| a.id.as_mut());
            for id in party.id.as_mut().into_iter().chain(agent_id) {
                if let Ok(parsed) = IdDocument::parse(id.kind, &id.number, today) {
                    *id = parsed.document;
                }
            }
        }
    }

    /// The application taken apart: each business with what is asked for under it. A single
    /// business gives itself.
    ///
    /// # Errors
    /// The fault when the parts are not those of the catalogue.
    pub fn parts(
        &self,
        business: &'static Business,
    ) -> Result<Vec<(&'static Business, Cow<'_, Self>)>, FieldError> {
        if business.parts.is_empty() {
            return if self.further.is_empty() {
                Ok(vec![(business, Cow::Borrowed(self))])
            } else {
                Err(fields::err(
                    "/further",
                    "parts_mismatch",
                    format!("业务“{}”不是组合业务", business.short_name),
                ))
            };
        }
        let given = self.further.iter().map(|p| p.business.as_str());
        let wanted = business.parts.iter().skip(1).map(String::as_str);
        if !given.eq(wanted) {
            return Err(fields::err(
                "/further",
                "parts_mismatch",
                format!(
                    "组合业务“{}”应依次填写：{}",
                    business.short_name,
                    names(business)
                ),
            ));
        }
        let single = |code: &str| {
            catalogue::business(code).ok_or_else(|| {
                fields::err("/further", "unknown_business", format!("没有业务 {code}"))
            })
        };
        let mut found = Vec::with_capacity(business.parts.len());
        let mut first = self.clone();
        first.further = Vec::new();
        found.push((single(&business.parts[0])?, Cow::Owned(first)));
        for part in &self.further {
            let mut one = self.clone();
            one.further = Vec::new();
            one.reason.clone_from(&part.reason);
            one.holders.clone_from(&part.holders);
            one.obligors.clone_from(&part.obligors);
            one.co_ownership = part.co_ownership;
            one.detail.clone_from(&part.detail);
            one.remarks.clone_from(&part.remarks);
            one.separate_certificates = false;
            found.push((single(&part.business)?, Cow::Owned(one)));
        }
        Ok(found)
    }

    /// All persons of the application, with those of its further parts.
    pub fn persons(&self) -> impl Iterator<Item = &Party> {
        let own = self.holders.iter().map(|h| &h.party).chain(&self.obligors);
        let further = self
            .further
            .iter()
            .flat_map(|p| p.holders.iter().map(|h| &h.party).chain(&p.obligors));
        own.chain(further)
    }
}

fn names(business: &Business) -> String {
    let names: Vec<&str> = business
        .parts
        .iter()
        .map(|c| catalogue::business(c).map_or(c.as_str(), |b| b.short_name.as_str()))
        .collect();
    names.join("、")
}
