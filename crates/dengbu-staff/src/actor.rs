//! The person behind a request.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use dengbu_store::Scope;
use uuid::Uuid;

use crate::grant::Grant;
use crate::permission::Action;
use crate::role::Role;

/// When and whence a request came; goes into the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestContext {
    /// The time of the request; every time-out is reckoned from it.
    pub now: DateTime<Utc>,
    /// The server's id of the request.
    pub request_id: Option<String>,
    /// Address of the caller.
    pub ip: Option<IpAddr>,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
}

impl RequestContext {
    /// A request of which only the time is known.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> RequestContext {
        RequestContext {
            now,
            request_id: None,
            ip: None,
            user_agent: None,
        }
    }
}

/// How far sign-in has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Signed in wholly.
    Ready,
    /// The second factor is enrolled and not passed yet.
    SecondFactorNeeded,
    /// The authority demands a second factor and none is enrolled.
    EnrolmentNeeded,
    /// The password is a first one, was reset, or is too old.
    PasswordChangeNeeded,
}

/// A signed-in member of staff: who, where, what they may do.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The account.
    pub staff_id: Uuid,
    /// 姓名.
    pub name: String,
    /// 登录名 (工号).
    pub username: String,
    /// 登记员证号, printed with what a registrar records.
    pub registrar_licence: Option<String>,
    /// The authority the person belongs to (登记机构).
    pub authority: String,
    /// Authorities and counties the person may see: the own ones and those of the grants.
    pub scope: Scope,
    /// Grants in force today.
    pub grants: Vec<Grant>,
    /// Office (办事点) the person works at.
    pub office: Option<String>,
    /// Whether this session passed the second factor.
    pub second_factor_ok: bool,
    /// How far sign-in has come; [`Actor::may`] says no unless [`Standing::Ready`].
    pub standing: Standing,
    /// The request being served.
    pub request: RequestContext,
}

impl Actor {
    /// Whether the person may do `action` at `authority` (the one the unit lies in) for
    /// `business`; without a business: for any business.
    #[must_use]
    pub fn may(&self, action: Action, authority: &str, business: Option<&str>) -> bool {
        self.standing == Standing::Ready
            && self
                .grants
                .iter()
                .any(|grant| grant.gives(action, authority, business))
    }

    /// Whether the person may do `action` at some authority.
    #[must_use]
    pub fn may_somewhere(&self, action: Action) -> bool {
        !self.authorities_for(action).is_empty()
    }

    /// The authorities at which the person may do `action` for some business; ascending.
    #[must_use]
    pub fn authorities_for(&self, action: Action) -> Vec<String> {
        let mut codes: Vec<String> = self
            .grants
            .iter()
            .map(|grant| &grant.authority)
            .filter(|authority| self.may(action, authority, None))
            .cloned()
            .collect();
        codes.sort();
        codes.dedup();
        codes
    }

    /// Whether the person holds `role` at some authority, for some business.
    #[must_use]
    pub fn has_role(&self, role: Role) -> bool {
        self.grants.iter().any(|grant| grant.role == role)
    }

    /// The roles held, each once, in [`Role::ALL`] order.
    #[must_use]
    pub fn roles(&self) -> Vec<Role> {
        Role::ALL
            .into_iter()
            .chain([Role::Operator])
            .filter(|role| self.has_role(*role))
            .collect()
    }

    /// The actions the person may do somewhere: what the front end offers.
    #[must_use]
    pub fn permissions(&self) -> Vec<Action> {
        Action::all()
            .filter(|action| self.may_somewhere(*action))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(standing: Standing, grants: Vec<Grant>) -> Actor {
        Actor {
            staff_id: Uuid::nil(),
            name: "测试员".into(),
            username: "t01".into(),
            registrar_licence: None,
            authority: "510400".into(),
            scope: Scope::new(["510400", "510402"]).unwrap(),
            grants,
            office: None,
            second_factor_ok: true,
            standing,
            request: RequestContext::at(DateTime::UNIX_EPOCH),
        }
    }

    #[test]
    fn nobody_may_anything_before_sign_in_is_complete() {
        let from = "2026-01-01".parse().unwrap();
        let grants = vec![Grant::everywhere(Role::Reviewer, "510400", from)];
        assert!(actor(Standing::Ready, grants.clone()).may(Action::Approve, "510400", None));
        for standing in [
            Standing::SecondFactorNeeded,
            Standing::EnrolmentNeeded,
            Standing::PasswordChangeNeeded,
        ] {
            let waiting = actor(standing, grants.clone());
            assert!(waiting.permissions().is_empty(), "{standing:?}");
            assert!(!waiting.may(Action::Approve, "510400", Some("200-04-02")));
            assert!(
                waiting.has_role(Role::Reviewer),
                "the name plate still shows the role"
            );
        }
    }

    #[test]
    fn a_role_elsewhere_is_no_role_here() {
        let from = "2026-01-01".parse().unwrap();
        let mut limited = Grant::everywhere(Role::Reviewer, "510421", from);
        limited.business = "200-04-02".into();
        let actor = actor(
            Standing::Ready,
            vec![Grant::everywhere(Role::Reception, "510400", from), limited],
        );
        assert!(actor.may(Action::Approve, "510421", Some("200-04-02")));
        assert!(!actor.may(Action::Approve, "510421", Some("100-DY-01")));
        assert!(!actor.may(Action::Approve, "510400", Some("200-04-02")));
        assert_eq!(
            actor.authorities_for(Action::ReadRegister),
            ["510400", "510421"]
        );
        assert_eq!(actor.authorities_for(Action::TakeCase), ["510400"]);
    }
}
