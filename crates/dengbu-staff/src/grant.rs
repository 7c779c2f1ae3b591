//! Grants (授权): what gives a person a role.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::permission::Action;
use crate::role::{PLATFORM, Role};

/// 授权: a role, where it applies, for which business, and when.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Business code, or [`Grant::ANY_BUSINESS`].
    pub business: String,
    /// The authority at which the role applies; not always the one the person belongs to
    /// (同城通办).
    pub authority: String,
    /// First day (Asia/Shanghai).
    pub valid_from: NaiveDate,
    /// Last day; none: until withdrawn.
    pub valid_to: Option<NaiveDate>,
}

/// Grants that may not stand together, or are not well formed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// 系统管理员 or 安全审计员 together with another role.
    #[error(
        "“{alone}”不能与“{other}”由同一人担任（管理、审计与业务岗位须分离），请分别授权给不同人员"
    )]
    NotTogether {
        /// The role that stands alone.
        alone: Role,
        /// The other one.
        other: Role,
    },
    /// The last day is before the first.
    #[error("“{role}”授权的截止日期 {to} 早于起始日期 {from}，请改正日期")]
    EndsBeforeItStarts {
        /// The role.
        role: Role,
        /// First day.
        from: NaiveDate,
        /// Last day.
        to: NaiveDate,
    },
    /// A post of the platform at an authority, or one of an authority at the platform.
    #[error(
        "“{role}”不能在 {authority} 授予：平台运维员只属于平台（{PLATFORM}），平台也没有登记业务岗位"
    )]
    WrongPlace {
        /// The role.
        role: Role,
        /// Where it was to be given.
        authority: String,
    },
    /// The authority code is not one.
    #[error("授权的登记机构代码“{0}”不正确：应为已建立的登记机构的 6 位代码")]
    Authority(String),
    /// The business code is empty or too long.
    #[error("授权的业务代码“{0}”不正确：应为业务目录中的代码，或“*”表示全部业务")]
    Business(String),
    /// The same grant twice.
    #[error("“{role}”（业务 {business}）的授权重复，请删除多余的一条")]
    Twice {
        /// The role.
        role: Role,
        /// The business.
        business: String,
    },
}

impl Grant {
    /// All business types.
    pub const ANY_BUSINESS: &'static str = "*";

    /// A grant for all business types without an end.
    #[must_use]
    pub fn everywhere(role: Role, authority: impl Into<String>, valid_from: NaiveDate) -> Grant {
        Grant {
            role,
            business: Grant::ANY_BUSINESS.to_owned(),
            authority: authority.into(),
            valid_from,
            valid_to: None,
        }
    }

    /// Whether the grant holds on `day`.
    #[must_use]
    pub fn in_force(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|to| day <= to)
    }

    /// Whether the grant gives `action` at `authority` for `business`; no business asks whether
    /// it gives the action for any.
    #[must_use]
    pub fn gives(&self, action: Action, authority: &str, business: Option<&str>) -> bool {
        let business_fits = !action.by_business()
            || self.business == Grant::ANY_BUSINESS
            || business.is_none_or(|asked| asked == self.business);
        business_fits && self.authority == authority && action.roles().contains(&self.role)
    }

    /// Checks that `grants` may all be one person's.
    pub fn check_all(grants: &[Grant]) -> Result<(), GrantError> {
        for (index, grant) in grants.iter().enumerate() {
            grant.check()?;
            for other in &grants[..index] {
                if grant.role != other.role {
                    for (one, two) in [(grant, other), (other, grant)] {
                        if one.role.stands_alone() {
                            let (alone, other) = (one.role, two.role);
                            return Err(GrantError::NotTogether { alone, other });
                        }
                    }
                }
                if grant.key() == other.key() {
                    let business = grant.business.clone();
                    return Err(GrantError::Twice {
                        role: grant.role,
                        business,
                    });
                }
            }
        }
        Ok(())
    }

    fn key(&self) -> (Role, &str, &str, NaiveDate) {
        (self.role, &self.business, &self.authority, self.valid_from)
    }

    fn check(&self) -> Result<(), GrantError> {
        if self.authority.len() != 6 || !self.authority.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(GrantError::Authority(self.authority.clone()));
        }
        let at_platform = matches!(
            self.role,
            Role::Operator | Role::Administrator | Role::Auditor
        );
        let fits = if self.authority == PLATFORM {
            at_platform
        } else {
            self.role != Role::Operator
        };
        if !fits {
            return Err(GrantError::WrongPlace {
                role: self.role,
                authority: self.authority.clone(),
            });
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let business = self.business.as_str();
        if business != Grant::ANY_BUSINESS
            && !((1..=20).contains(&business.len()) && business.bytes().all(plain))
        {
            return Err(GrantError::Business(self.business.clone()));
        }
        match self.valid_to {
            Some(to) if to < self.valid_from => Err(GrantError::EndsBeforeItStarts {
                role: self.role,
                from: self.valid_from,
                to,
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn grants_that_may_not_stand_together_are_refused() {
        let from = day("2026-01-01");
        let grant = |role| Grant::everywhere(role, "510400", from);
        assert_eq!(
            Grant::check_all(&[grant(Role::Reviewer), grant(Role::Administrator)]),
            Err(GrantError::NotTogether {
                alone: Role::Administrator,
                other: Role::Reviewer
            })
        );
        assert!(Grant::check_all(&[grant(Role::Auditor), grant(Role::Administrator)]).is_err());
        assert!(Grant::check_all(&[grant(Role::Auditor), grant(Role::Auditor)]).is_err());
        assert_eq!(
            Grant::check_all(&[grant(Role::Reception), grant(Role::Cashier)]),
            Ok(())
        );
        let mut elsewhere = grant(Role::Auditor);
        elsewhere.authority = "510421".into();
        assert_eq!(Grant::check_all(&[grant(Role::Auditor), elsewhere]), Ok(()));
    }

    #[test]
    fn malformed_grants_are_refused() {
        let good = Grant::everywhere(Role::Reception, "510400", day("2026-02-01"));
        let broken = [
            Grant {
                valid_to: Some(day("2026-01-31")),
                ..good.clone()
            },
            Grant {
                authority: "51040x".into(),
                ..good.clone()
            },
            Grant {
                business: String::new(),
                ..good.clone()
            },
            Grant {
                business: "200 04".into(),
                ..good.clone()
            },
        ];
        for grant in broken {
            assert!(
                Grant::check_all(std::slice::from_ref(&grant)).is_err(),
                "{grant:?}"
            );
        }
    }

    #[test]
    fn an_operator_is_of_the_platform_and_of_no_authority() {
        let from = day("2026-01-01");
        let check = |role, authority: &str| {
            Grant::check_all(&[Grant::everywhere(role, authority, from)]).is_ok()
        };
        assert!(check(Role::Operator, PLATFORM) && check(Role::Administrator, PLATFORM));
        assert!(!check(Role::Operator, "510400"));
        for role in Role::ALL {
            let alone = role.stands_alone();
            assert_eq!(check(role, PLATFORM), alone, "{role}");
        }
        let both =
            [Role::Operator, Role::Auditor].map(|role| Grant::everywhere(role, PLATFORM, from));
        assert!(Grant::check_all(&both).is_err());
        for action in Action::all().filter(|a| a.roles().contains(&Role::Operator)) {
            assert_eq!(
                action,
                Action::ManageTenants,
                "an operator only sets up tenants"
            );
        }
    }

    #[test]
    fn a_grant_holds_from_its_first_to_its_last_day() {
        let mut grant = Grant::everywhere(Role::Reviewer, "510400", day("2026-03-02"));
        grant.valid_to = Some(day("2026-03-04"));
        let holds = |text| grant.in_force(day(text));
        assert!(!holds("2026-03-01") && holds("2026-03-02"));
        assert!(holds("2026-03-04") && !holds("2026-03-05"));
    }

    prop_compose! {
        fn any_grant()(
            role in prop::sample::select(Role::ALL.to_vec()),
            business in prop::sample::select(vec!["*", "200-04-02", "800-00-01"]),
            authority in prop::sample::select(vec!["510400", "510421"]),
        ) -> Grant {
            let mut grant = Grant::everywhere(role, authority, day("2026-01-01"));
            grant.business = business.to_owned();
            grant
        }
    }

    proptest! {
        /// A grant gives an action exactly when role, authority and (for steps) business fit.
        #[test]
        fn a_grant_gives_its_role_there_and_for_its_business_only(
            grant in any_grant(),
            action in prop::sample::select(Action::all().collect::<Vec<_>>()),
            authority in prop::sample::select(vec!["510400", "510421", "510422"]),
            business in prop::option::of(prop::sample::select(vec!["200-04-02", "100-DY-01"])),
        ) {
            let expected = action.roles().contains(&grant.role)
                && authority == grant.authority
                && (!action.by_business()
                    || grant.business == "*"
                    || business.is_none()
                    || business == Some(grant.business.as_str()));
            prop_assert_eq!(grant.gives(action, authority, business), expected);
        }

        /// Whatever set of grants passes, nobody can both decide cases and manage or watch.
        #[test]
        fn no_accepted_set_of_grants_mixes_powers(
            grants in prop::collection::vec(any_grant(), 0..6)
        ) {
            if Grant::check_all(&grants).is_ok() {
                let can = |action| grants.iter().any(|grant| {
                    grant.gives(action, &grant.authority, None)
                });
                let decides = can(Action::TakeCase) || can(Action::FirstReview)
                    || can(Action::Approve) || can(Action::Record);
                let powers = [decides, can(Action::ManageStaff), can(Action::ReadAudit)];
                prop_assert!(powers.iter().filter(|held| **held).count() <= 1);
            }
        }
    }
}
