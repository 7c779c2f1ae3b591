//! Roles (岗位): what a member of staff is employed to do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A role (岗位). A grant gives a role at an authority for one business type or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 受理员: takes applications at the counter, hands out results.
    Reception,
    /// 初审员: first review.
    FirstReviewer,
    /// 审核员: approval.
    Reviewer,
    /// 登簿员: records in the register.
    Registrar,
    /// 缮证员: makes certificates, keeps the stock of printed forms.
    CertificateMaker,
    /// 收费员: collects fees.
    Cashier,
    /// 档案员: files closed cases.
    Archivist,
    /// 权籍员: parcels, buildings and units.
    Cadastre,
    /// 系统管理员: accounts, offices, settings.
    Administrator,
    /// 安全审计员: reads the audit trail, verifies the register's chains.
    Auditor,
    /// 平台运维员: sets up registration authorities. A post of the platform, not of an authority:
    /// it is given at [`PLATFORM`] only and sees no tenant's data.
    Operator,
}

/// Code under which the platform itself keeps its accounts and its audit trail. No division of
/// GB/T 2260 has it, no county belongs to it, so its people see no tenant's rows.
pub const PLATFORM: &str = "000000";

/// Not the code of a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("没有“{0}”这个岗位代码，请从岗位列表中选择")]
pub struct UnknownRole(pub String);

impl Role {
    /// All posts of a registration authority, in the order of a case's way through the house.
    pub const ALL: [Role; 10] = [
        Role::Reception,
        Role::FirstReviewer,
        Role::Reviewer,
        Role::Registrar,
        Role::CertificateMaker,
        Role::Cashier,
        Role::Archivist,
        Role::Cadastre,
        Role::Administrator,
        Role::Auditor,
    ];

    /// The code stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Role::Reception => "reception",
            Role::FirstReviewer => "first_reviewer",
            Role::Reviewer => "reviewer",
            Role::Registrar => "registrar",
            Role::CertificateMaker => "certificate_maker",
            Role::Cashier => "cashier",
            Role::Archivist => "archivist",
            Role::Cadastre => "cadastre",
            Role::Administrator => "administrator",
            Role::Auditor => "auditor",
            Role::Operator => "operator",
        }
    }

    /// The name staff read (岗位名称).
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Role::Reception => "受理员",
            Role::FirstReviewer => "初审员",
            Role::Reviewer => "审核员",
            Role::Registrar => "登簿员",
            Role::CertificateMaker => "缮证员",
            Role::Cashier => "收费员",
            Role::Archivist => "档案员",
            Role::Cadastre => "权籍员",
            Role::Administrator => "系统管理员",
            Role::Auditor => "安全审计员",
            Role::Operator => "平台运维员",
        }
    }

    /// Whether nobody may hold this role together with another one.
    ///
    /// GB/T 22239-2019 8.1.4.2 d): least privilege for those who manage the system and separation
    /// of their powers (权限分离). Who hands out rights takes no part in cases, and who watches is
    /// watched by nobody he works for.
    #[must_use]
    pub fn stands_alone(self) -> bool {
        matches!(self, Role::Administrator | Role::Auditor | Role::Operator)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name_zh())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(code: &str) -> Result<Role, UnknownRole> {
        Role::ALL
            .into_iter()
            .chain([Role::Operator])
            .find(|role| role.code() == code)
            .ok_or_else(|| UnknownRole(code.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_the_same_in_json() {
        for role in Role::ALL.into_iter().chain([Role::Operator]) {
            assert_eq!(role.code().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.code());
        }
        assert!("登簿员".parse::<Role>().is_err());
    }
}
