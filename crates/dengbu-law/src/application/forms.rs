//! The forms of application, one for each way in which a business acts on the register.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_model::quantity::Money;
use dengbu_model::right::{MortgageMethod, Officer, RightDetail};
use dengbu_model::unit_code::UnitCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalogue::DetailKind;

/// What is particular to each business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Detail {
    /// A title passes (转移).
    Transfer(TransferDetail),
    /// Creation of a mortgage (抵押权首次).
    Mortgage(MortgageDetail),
    /// Striking out a mortgage (抵押权注销).
    MortgageRelease(MortgageReleaseDetail),
    /// Seizure (查封).
    Seizure(SeizureDetail),
    /// A right comes into being (首次、设立).
    Establish(EstablishDetail),
    /// A right stands on with other content (变更、更正、续封、换证).
    Amend(AmendDetail),
    /// A right ends (注销、解除).
    Release(ReleaseDetail),
    /// Units are split, merged or redrawn (分割、合并).
    Reshape(ReshapeDetail),
}

impl Detail {
    /// The kind as the catalogue names it.
    #[must_use]
    pub fn kind(&self) -> DetailKind {
        match self {
            Self::Transfer(_) => DetailKind::Transfer,
            Self::Mortgage(_) => DetailKind::Mortgage,
            Self::MortgageRelease(_) => DetailKind::MortgageRelease,
            Self::Seizure(_) => DetailKind::Seizure,
            Self::Establish(_) => DetailKind::Establish,
            Self::Amend(_) => DetailKind::Amend,
            Self::Release(_) => DetailKind::Release,
            Self::Reshape(_) => DetailKind::Reshape,
        }
    }

    /// An empty form of the kind.
    #[must_use]
    pub fn empty(kind: DetailKind) -> Self {
        match kind {
            DetailKind::Transfer => Self::Transfer(TransferDetail::default()),
            DetailKind::Mortgage => Self::Mortgage(MortgageDetail {
                method: MortgageMethod::General,
                secured_amount: None,
                maximum_amount: None,
                term_start: None,
                term_end: None,
                scope: None,
                transfer_restricted: None,
                contract_no: None,
                debtor: None,
                construction_scope: None,
            }),
            DetailKind::MortgageRelease => Self::MortgageRelease(MortgageReleaseDetail::default()),
            DetailKind::Seizure => Self::Seizure(SeizureDetail::default()),
            DetailKind::Establish => Self::Establish(EstablishDetail::default()),
            DetailKind::Amend => Self::Amend(AmendDetail::default()),
            DetailKind::Release => Self::Release(ReleaseDetail::default()),
            DetailKind::Reshape => Self::Reshape(ReshapeDetail::default()),
        }
    }

    /// The one right the form points at, if it names one.
    #[must_use]
    pub fn right_id(&self) -> Option<Uuid> {
        match self {
            Self::MortgageRelease(d) => d.mortgage_right_id,
            Self::Amend(d) => d.right_id,
            Self::Release(d) => d.right_id,
            _ => None,
        }
    }
}

/// A title that passes: sale, gift, inheritance, ruling.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TransferDetail {
    /// Price in yuan (房地产交易价格, FDCJYJG).
    #[serde(default)]
    pub price: Option<Money>,
    /// Number of the contract filed with housing (网签合同号).
    #[serde(default)]
    pub contract_no: Option<String>,
    /// Day of the contract.
    #[serde(default)]
    pub contract_date: Option<NaiveDate>,
    /// Number of the deed-tax receipt or exemption (契税完税凭证号).
    #[serde(default)]
    pub deed_tax_proof_no: Option<String>,
    /// The court or arbitration body whose document moves the title (裁判机关).
    #[serde(default)]
    pub court: Option<String>,
    /// Whether the ruling strikes out the mortgages (裁定注销抵押权).
    #[serde(default)]
    pub mortgages_end: Option<bool>,
}

/// A mortgage to be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MortgageDetail {
    /// Ordinary or maximum-amount (抵押方式, DYFS).
    pub method: MortgageMethod,
    /// Debt secured in yuan (被担保主债权数额, BDBZZQSE); ordinary mortgage only.
    #[serde(default)]
    pub secured_amount: Option<Money>,
    /// Highest debt secured in yuan (最高债权数额, ZGZQSE); maximum-amount mortgage only.
    #[serde(default)]
    pub maximum_amount: Option<Money>,
    /// First day of the term of performance, or of the period in which debts arise.
    #[serde(default)]
    pub term_start: Option<NaiveDate>,
    /// Last day of it.
    #[serde(default)]
    pub term_end: Option<NaiveDate>,
    /// What the security covers (担保范围, DBFW).
    #[serde(default)]
    pub scope: Option<String>,
    /// Whether transfer was forbidden or restricted by agreement (SFCZJZHXZ).
    #[serde(default)]
    pub transfer_restricted: Option<bool>,
    /// Number of the mortgage contract.
    #[serde(default)]
    pub contract_no: Option<String>,
    /// The debtor, where it is not the mortgagor (债务人).
    #[serde(default)]
    pub debtor: Option<String>,
    /// What of a building under construction is mortgaged (在建建筑物抵押范围, ZJJZWDYFW):
    /// the list the parties handed in; only for a mortgage of that kind.
    #[serde(default)]
    pub construction_scope: Option<String>,
}

/// A mortgage to be struck out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MortgageReleaseDetail {
    /// The mortgage in the register.
    #[serde(default)]
    pub mortgage_right_id: Option<Uuid>,
    /// Why it ends (注销抵押原因, ZXDYYY).
    #[serde(default)]
    pub cause: Option<String>,
    /// Number of the creditor's paper.
    #[serde(default)]
    pub creditor_consent_no: Option<String>,
}

/// A seizure ordered by a court or other organ.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SeizureDetail {
    /// The organ (查封机关, CFJG).
    #[serde(default)]
    pub court: String,
    /// Name of the paper (查封文件, CFWJ).
    #[serde(default)]
    pub document: Option<String>,
    /// Its number (查封文号, CFWH).
    #[serde(default)]
    pub document_no: String,
    /// The officers who served it.
    #[serde(default)]
    pub officers: Vec<Officer>,
    /// First day (查封起始时间, CFQSSJ).
    #[serde(default)]
    pub start: Option<NaiveDate>,
    /// Last day (查封结束时间, CFJSSJ).
    #[serde(default)]
    pub end: Option<NaiveDate>,
    /// What is seized (查封范围, CFFW).
    #[serde(default)]
    pub scope: Option<String>,
    /// When the order was served at the registry: decides the rank (R13).
    #[serde(default)]
    pub served_at: Option<DateTime<Utc>>,
}

/// A right that comes into being.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EstablishDetail {
    /// Its content on every unit that has none of its own below.
    #[serde(default)]
    pub content: Option<RightDetail>,
    /// Units whose content differs: a project registers many dwellings in one case.
    #[serde(default)]
    pub units: Vec<UnitContent>,
    /// Number of the contract, decision or other source (权源文号).
    #[serde(default)]
    pub source_no: Option<String>,
}

impl EstablishDetail {
    /// What the right contains on this unit.
    #[must_use]
    pub fn content_for(&self, unit: &UnitCode) -> Option<&RightDetail> {
        self.units
            .iter()
            .find(|u| &u.unit == unit)
            .map(|u| &u.content)
            .or(self.content.as_ref())
    }
}

/// Content of a right on one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UnitContent {
    /// The unit.
    pub unit: UnitCode,
    /// What the right contains there.
    pub content: RightDetail,
}

/// A right that stands on with other content. Holders and co-ownership of the application
/// are those after the change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AmendDetail {
    /// The right; none for the title of each unit, or the only right of the business's type.
    #[serde(default)]
    pub right_id: Option<Uuid>,
    /// Its content after the change; none when it stays.
    #[serde(default)]
    pub content: Option<RightDetail>,
    /// Other rights on the unit that change with it (抵押权顺位变更).
    #[serde(default)]
    pub others: Vec<AmendedRight>,
    /// Address of the unit after the change (坐落).
    #[serde(default)]
    pub address: Option<String>,
    /// Other conditions of the right after the change (权利其他状况).
    #[serde(default)]
    pub other_conditions: Option<String>,
    /// What changes and why, in words (变更事项).
    #[serde(default)]
    pub matter: Option<String>,
    /// Number of the paper it rests on.
    #[serde(default)]
    pub paper_no: Option<String>,
}

/// Another right that changes in the same case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AmendedRight {
    /// The right.
    pub right_id: Uuid,
    /// Its content after the change.
    pub content: RightDetail,
}

/// A right that ends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReleaseDetail {
    /// The right; none when the units have one of the business's type held by the applicants.
    #[serde(default)]
    pub right_id: Option<Uuid>,
    /// Why it ends (注销原因).
    #[serde(default)]
    pub cause: Option<String>,
    /// Number of the paper it rests on (解封文号、裁判文书号).
    #[serde(default)]
    pub paper_no: Option<String>,
    /// The organ that orders it (解封机关).
    #[serde(default)]
    pub organ: Option<String>,
}

/// Units that are split, merged or redrawn.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReshapeDetail {
    /// Units that end (原单元).
    #[serde(default)]
    pub from: Vec<UnitCode>,
    /// Units that take over, each with the content of its title (新单元).
    #[serde(default)]
    pub to: Vec<UnitContent>,
}
