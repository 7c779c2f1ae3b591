//! Permissions: what each role may do.

use serde::{Deserialize, Serialize};

use crate::role::Role;

/// Something a member of staff can be allowed to do. Steps of a case have one action each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// 受理: take an application and fill it in (step acceptance).
    TakeCase,
    /// 初审 (step first_review).
    FirstReview,
    /// 审核 (step approval).
    Approve,
    /// 登簿 (step recording): write the register.
    Record,
    /// 缮证 (step certificate).
    MakeCertificate,
    /// 发证 (step delivery).
    Deliver,
    /// 收费.
    CollectFee,
    /// 归档 (step archive).
    Archive,
    /// 送达: record how a decision reached the applicants.
    ServeDocument,
    /// See cases and their materials.
    ReadCases,
    /// Search estate units by code, certificate number or address.
    SearchUnits,
    /// Search by a person's name or identity number; needs a stated reason.
    SearchByPerson,
    /// Read the register of a unit, personal data masked.
    ReadRegister,
    /// See personal data unmasked; needs a stated reason.
    ReadPersonalData,
    /// Create and change parcels, buildings and units (权籍).
    EditCadastre,
    /// See certificates and number series.
    ReadCertificates,
    /// Receive, spoil and destroy printed forms (空白证).
    ManageStock,
    /// See the figures of the day.
    ReadStatistics,
    /// See and change accounts and grants.
    ManageStaff,
    /// Change offices (登记大厅).
    ManageOffices,
    /// Change an authority's settings.
    ManageSettings,
    /// Search the audit trail.
    ReadAudit,
    /// 资料查询: answer searches of others and give out result papers.
    AnswerSearch,
    /// 人员工作量: see the figures by person.
    ReadStaffStatistics,
    /// 督办: remind staff of cases near or past their limit.
    Supervise,
    /// Set up registration authorities (tenants) on the platform.
    ManageTenants,
    /// 数据分发: give out data sets, see subscriptions.
    GiveOutData,
    /// 签发电子证照: have electronic certificates made, suspended, voided, issued in bulk; the
    /// authority's seal is used only by who may do this, and by the register itself.
    IssueECertificates,
    /// 管理电子印章: make, roll over and revoke seals.
    ManageSeals,
    /// 管理共享应用: let programs of other departments ask for certificates.
    ManageSharing,
    /// 开通公众账号: open accounts of citizens at the counter.
    ServeCitizens,
    /// 数据整合: take deliveries of older systems in, run them, decide doubts, prepare batches.
    Integrate,
    /// 发布入库批次: see batches of existing titles and let them into the register.
    PublishTitles,
    /// Verify the register's hash chains.
    VerifyRegister,
}

/// One row of the permission table: the action, its code and name, the roles that carry it, and
/// whether it belongs to a business type.
struct Rule {
    action: Action,
    code: &'static str,
    name: &'static str,
    roles: &'static [Role],
    by_business: bool,
}

const COUNTER_AND_DECIDERS: &[Role] = &[
    Role::Reception,
    Role::FirstReviewer,
    Role::Reviewer,
    Role::Registrar,
];
const CASE_ROLES: &[Role] = &[
    Role::Reception,
    Role::FirstReviewer,
    Role::Reviewer,
    Role::Registrar,
    Role::CertificateMaker,
    Role::Cashier,
    Role::Archivist,
];
const REGISTER_READERS: &[Role] = &[
    Role::Reception,
    Role::FirstReviewer,
    Role::Reviewer,
    Role::Registrar,
    Role::CertificateMaker,
    Role::Archivist,
    Role::Cadastre,
];

/// The permission table. Who decides and who watches have disjoint rows: see the tests.
const RULES: &[Rule] = &[
    step(Action::TakeCase, "take_case", "受理", &[Role::Reception]),
    step(
        Action::FirstReview,
        "first_review",
        "初审",
        &[Role::FirstReviewer],
    ),
    step(Action::Approve, "approve", "审核", &[Role::Reviewer]),
    step(Action::Record, "record", "登簿", &[Role::Registrar]),
    step(
        Action::MakeCertificate,
        "make_certificate",
        "缮证",
        &[Role::CertificateMaker],
    ),
    step(
        Action::Deliver,
        "deliver",
        "发证",
        &[Role::CertificateMaker, Role::Reception],
    ),
    step(Action::CollectFee, "collect_fee", "收费", &[Role::Cashier]),
    step(Action::Archive, "archive", "归档", &[Role::Archivist]),
    step(
        Action::ServeDocument,
        "serve_document",
        "送达文书",
        &[Role::Reception, Role::FirstReviewer, Role::Reviewer],
    ),
    step(Action::ReadCases, "read_cases", "查看业务件", CASE_ROLES),
    house(
        Action::SearchUnits,
        "search_units",
        "查询不动产单元",
        REGISTER_READERS,
    ),
    house(
        Action::SearchByPerson,
        "search_by_person",
        "按权利人查询",
        COUNTER_AND_DECIDERS,
    ),
    house(
        Action::ReadRegister,
        "read_register",
        "查看登记簿",
        REGISTER_READERS,
    ),
    house(
        Action::ReadPersonalData,
        "read_personal_data",
        "查看未脱敏信息",
        COUNTER_AND_DECIDERS,
    ),
    house(
        Action::EditCadastre,
        "edit_cadastre",
        "维护权籍",
        &[Role::Cadastre],
    ),
    house(
        Action::ReadCertificates,
        "read_certificates",
        "查看证书",
        CASE_ROLES,
    ),
    house(
        Action::ManageStock,
        "manage_stock",
        "管理空白证",
        &[Role::CertificateMaker],
    ),
    house(
        Action::ReadStatistics,
        "read_statistics",
        "查看统计",
        &Role::ALL,
    ),
    house(
        Action::ManageStaff,
        "manage_staff",
        "管理人员",
        &[Role::Administrator],
    ),
    house(
        Action::ManageOffices,
        "manage_offices",
        "管理办事点",
        &[Role::Administrator],
    ),
    house(
        Action::ManageSettings,
        "manage_settings",
        "管理设置",
        &[Role::Administrator],
    ),
    house(
        Action::ReadAudit,
        "read_audit",
        "查看审计日志",
        &[Role::Auditor],
    ),
    step(
        Action::AnswerSearch,
        "answer_search",
        "资料查询",
        &[Role::Reception, Role::Archivist],
    ),
    house(
        Action::ReadStaffStatistics,
        "read_staff_statistics",
        "查看人员工作量",
        &[Role::Administrator, Role::Auditor],
    ),
    house(
        Action::Supervise,
        "supervise",
        "督办催办",
        &[Role::Reviewer, Role::Registrar],
    ),
    house(
        Action::ManageTenants,
        "manage_tenants",
        "开通登记机构",
        &[Role::Operator],
    ),
    house(
        Action::GiveOutData,
        "give_out_data",
        "数据分发",
        &[Role::Cadastre, Role::Administrator],
    ),
    house(
        Action::IssueECertificates,
        "issue_e_certificates",
        "签发电子证照",
        &[Role::CertificateMaker],
    ),
    house(
        Action::ManageSeals,
        "manage_seals",
        "管理电子印章",
        &[Role::Administrator],
    ),
    house(
        Action::ManageSharing,
        "manage_sharing",
        "管理共享应用",
        &[Role::Administrator],
    ),
    house(
        Action::ServeCitizens,
        "serve_citizens",
        "开通公众账号",
        &[Role::Reception],
    ),
    house(
        Action::Integrate,
        "integrate",
        "数据整合",
        &[Role::Cadastre],
    ),
    house(
        Action::PublishTitles,
        "publish_titles",
        "发布入库批次",
        &[Role::Cadastre, Role::Registrar, Role::Administrator],
    ),
    house(
        Action::VerifyRegister,
        "verify_register",
        "校验登记簿",
        &[Role::Auditor],
    ),
];

const fn step(
    action: Action,
    code: &'static str,
    name: &'static str,
    roles: &'static [Role],
) -> Rule {
    Rule {
        action,
        code,
        name,
        roles,
        by_business: true,
    }
}

const fn house(
    action: Action,
    code: &'static str,
    name: &'static str,
    roles: &'static [Role],
) -> Rule {
    Rule {
        action,
        code,
        name,
        roles,
        by_business: false,
    }
}

impl Action {
    /// All actions, in the order of the permission table.
    pub fn all() -> impl Iterator<Item = Action> {
        RULES.iter().map(|rule| rule.action)
    }

    fn rule(self) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.action == self)
    }

    /// The code sent to the front end (`permissions` of a session).
    #[must_use]
    pub fn code(self) -> &'static str {
        self.rule().map_or("", |rule| rule.code)
    }

    /// The name staff read.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        self.rule().map_or("", |rule| rule.name)
    }

    /// The roles that carry the action; an action missing from the table is nobody's.
    #[must_use]
    pub fn roles(self) -> &'static [Role] {
        self.rule().map_or(&[], |rule| rule.roles)
    }

    /// Whether a grant for one business type gives the action only for that type. The other
    /// actions (search, stock, administration) come with the role whatever its business type.
    #[must_use]
    pub fn by_business(self) -> bool {
        self.rule().is_none_or(|rule| rule.by_business)
    }

    /// The action that carries out a step of a case (`acceptance`, `first_review`, `approval`,
    /// `recording`, `certificate`, `delivery`, `archive`).
    #[must_use]
    pub fn for_step(step: &str) -> Option<Action> {
        Some(match step {
            "acceptance" => Action::TakeCase,
            // looking at the place and the public notice belong to the first review
            "inspection" | "first_review" | "notice" => Action::FirstReview,
            "approval" => Action::Approve,
            "recording" => Action::Record,
            "certificate" => Action::MakeCertificate,
            "delivery" => Action::Deliver,
            "archive" => Action::Archive,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_action_has_one_row_one_code_and_a_role() {
        let actions: BTreeSet<_> = Action::all().collect();
        let codes: BTreeSet<_> = Action::all().map(Action::code).collect();
        assert_eq!(actions.len(), RULES.len());
        assert_eq!(codes.len(), RULES.len());
        for action in Action::all() {
            assert_eq!(serde_json::to_value(action).unwrap(), action.code());
            assert!(
                !action.roles().is_empty() && !action.name_zh().is_empty(),
                "{action:?}"
            );
        }
        // The last variant: a variant without a row would be caught by the count here.
        assert_eq!(Action::VerifyRegister as usize + 1, RULES.len());
    }

    fn actions_of(role: Role) -> BTreeSet<Action> {
        Action::all()
            .filter(|action| action.roles().contains(&role))
            .collect()
    }

    #[test]
    fn who_manages_and_who_watches_touch_no_case_and_not_each_other() {
        use Action::*;
        let admin = actions_of(Role::Administrator);
        let auditor = actions_of(Role::Auditor);
        let shared: Vec<_> = admin.intersection(&auditor).collect();
        assert_eq!(shared, [&ReadStatistics, &ReadStaffStatistics]);
        for action in [
            TakeCase,
            FirstReview,
            Approve,
            Record,
            MakeCertificate,
            Deliver,
            CollectFee,
            Archive,
            ReadCases,
            SearchByPerson,
            ReadPersonalData,
            ReadRegister,
            EditCadastre,
        ] {
            assert!(
                !admin.contains(&action) && !auditor.contains(&action),
                "{action:?}"
            );
        }
        assert!(!admin.contains(&ReadAudit) && !auditor.contains(&ManageStaff));
    }

    #[test]
    fn each_deciding_step_has_one_role_of_its_own() {
        for (step, role) in [
            ("acceptance", Role::Reception),
            ("first_review", Role::FirstReviewer),
            ("approval", Role::Reviewer),
            ("recording", Role::Registrar),
            ("archive", Role::Archivist),
        ] {
            assert_eq!(Action::for_step(step).unwrap().roles(), [role], "{step}");
        }
        assert_eq!(Action::for_step("payment"), None);
    }
}
