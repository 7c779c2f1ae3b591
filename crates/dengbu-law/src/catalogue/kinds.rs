//! The small vocabularies of the catalogue.

use dengbu_model::certificate::CertificateKind;
use serde::{Deserialize, Serialize};

/// Which form of [`crate::application::Detail`] a business takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetailKind {
    /// A title passes to another.
    Transfer,
    /// Creation of a mortgage.
    Mortgage,
    /// Striking out a mortgage.
    MortgageRelease,
    /// Seizure by a court or other organ.
    Seizure,
    /// A right comes into being with the content given.
    Establish,
    /// A standing right is replaced by the same right with changed content.
    Amend,
    /// A standing right ends.
    Release,
    /// Units are split, merged or redrawn.
    Reshape,
}

/// What a granted application does to the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// A new right stands on each unit.
    Establish,
    /// The title passes to the new holders.
    Transfer,
    /// The titles of two units change places (互换).
    Exchange,
    /// A new mortgage stands on each unit.
    Mortgage,
    /// A notice or a mortgage of a building under construction becomes a mortgage of the house.
    Convert,
    /// A seizure stands, first or waiting.
    Seize,
    /// A right stands on with changed content.
    Amend,
    /// A right ends.
    End,
    /// A title ends and all that weighs on it.
    EndAll,
    /// A seizure ends and the next in rank takes its place.
    EndSeizure,
    /// Old units end, new ones take over.
    Reshape,
    /// A wrong entry is undone: its right ends, what it had ended stands again.
    Revoke,
    /// The parts of a combined business, one after the other.
    Combine,
}

/// What else ends when the right passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clears {
    /// All seizures (查封规定第二十七条: after disposal the seizure's effect is gone).
    Seizures,
    /// Mortgages, when the ruling says so.
    MortgagesByRuling,
    /// Mortgages that stand at the beginning of the case.
    Mortgages,
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
    /// One current right of the business's type.
    Right,
}

/// The paper a business ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultPaper {
    /// 不动产权证书.
    Title,
    /// 不动产登记证明.
    Proof,
    /// Whatever the right had before.
    AsBefore,
    /// Nothing is issued.
    None,
}

impl ResultPaper {
    /// The kind of certificate number that is drawn, if it is known beforehand.
    #[must_use]
    pub fn certificate_kind(self) -> Option<CertificateKind> {
        match self {
            Self::Title => Some(CertificateKind::Title),
            Self::Proof => Some(CertificateKind::Proof),
            Self::AsBefore | Self::None => None,
        }
    }
}

/// Which tariff the registration fee follows (登记费; 发改价格规〔2016〕2559号, 财税〔2016〕79号,
/// 财税〔2019〕45号); amounts are data of the fee room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FeeRule {
    /// Nothing.
    F0,
    /// By use: dwelling or other.
    F1,
    /// The paper only (工本费).
    F2,
    /// Half of F1.
    FH,
    /// Garage, parking place, storage room.
    FC,
}

/// Whether the place is looked at (不动产登记暂行条例第十九条).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inspection {
    /// The case does not go on without it.
    Required,
    /// The reviewer decides.
    Optional,
}

/// Public notices (公告类型; 实施细则第十七条, 第二十二条, 第二十三条).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// 首次登记公告.
    First,
    /// 继承、受遗赠公告.
    Inheritance,
    /// 更正登记公告.
    Rectification,
    /// 注销登记公告.
    Deregistration,
    /// 撤销登记公告.
    Revocation,
    /// 遗失（灭失）声明.
    Loss,
    /// 证书、证明作废公告.
    Void,
}

impl NoticeKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::First,
        Self::Inheritance,
        Self::Rectification,
        Self::Deregistration,
        Self::Revocation,
        Self::Loss,
        Self::Void,
    ];

    /// Code used in records and in the catalogue.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Inheritance => "inheritance",
            Self::Rectification => "rectification",
            Self::Deregistration => "deregistration",
            Self::Revocation => "revocation",
            Self::Loss => "loss",
            Self::Void => "void",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::First => "首次登记公告",
            Self::Inheritance => "继承（受遗赠）登记公告",
            Self::Rectification => "更正登记公告",
            Self::Deregistration => "注销登记公告",
            Self::Revocation => "撤销登记公告",
            Self::Loss => "不动产权证书（登记证明）遗失（灭失）声明",
            Self::Void => "不动产权证书（登记证明）作废公告",
        }
    }
}

/// Under which conditions a business may be decided without a person (秒批).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Automatic {
    /// Materials that must have come from a trusted source.
    pub trusted: Vec<String>,
    /// Share of the cases that is looked at afterwards, in percent.
    pub after_check_percent: u8,
}

/// Conditions under which an optional material becomes required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaterialCondition {
    /// An agent acts for one of the parties.
    Agent,
    /// A mortgage that forbids transfer stands on the unit.
    MortgageeConsent,
    /// A minor is among the parties.
    Guardian,
    /// Some mortgage stands on the unit.
    Mortgaged,
    /// The land was allocated (划拨).
    AllocatedLand,
    /// The unit is held by shares.
    ByShares,
    /// A priority notice stands on the unit.
    Noticed,
    /// The clerk says so at the desk.
    Asked,
}

impl MaterialCondition {
    /// The name as written in the catalogue.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "agent" => Self::Agent,
            "mortgagee_consent" => Self::MortgageeConsent,
            "guardian" => Self::Guardian,
            "mortgaged" => Self::Mortgaged,
            "allocated_land" => Self::AllocatedLand,
            "by_shares" => Self::ByShares,
            "noticed" => Self::Noticed,
            "asked" => Self::Asked,
            _ => return None,
        })
    }

    /// The condition in words.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Agent => "委托代理人申请的",
            Self::MortgageeConsent => "抵押权存续且登记簿记载禁止或限制转让约定的",
            Self::Guardian => "当事人为未成年人等需由监护人代为申请的",
            Self::Mortgaged => "不动产设有抵押权的",
            Self::AllocatedLand => "土地以划拨方式取得的",
            Self::ByShares => "不动产为按份共有的",
            Self::Noticed => "不动产设有预告登记的",
            Self::Asked => "视申请情形提交",
        }
    }
}
