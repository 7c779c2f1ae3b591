//! 同城通办: which office may take what for which district, and who may review for the authority
//! of the land. Pure; the rows come from [`crate::same_city_store`].
//!
//! 不动产登记暂行条例第七条: registration belongs to the authority of the place where the land
//! lies. An office of another authority only takes papers in, and another authority's reviewers
//! only act where the authority of the land delegated a step to them in writing. So everything
//! here is given by the authority of the land, and nothing here changes whose case it is.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::actor::Actor;
use crate::grant::Grant;
use crate::permission::Action;
use crate::role::Role;

/// All families of business.
pub const ANY_FAMILY: &str = "*";

/// One square of the matrix office × district × family of business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Authority of the land.
    pub authority: String,
    /// District (区县) of the units.
    pub county: String,
    /// Authority of the office.
    pub office_authority: String,
    /// The office (办事点).
    pub office_id: String,
    /// Family of business as the catalogue names it.
    pub family: String,
    /// Whether the office may take such cases.
    pub allowed: bool,
}

/// Where a person sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Desk<'a> {
    /// Authority of the person.
    pub authority: &'a str,
    /// Their office, if they have one.
    pub office: Option<&'a str>,
}

impl<'a> Desk<'a> {
    /// Where this person sits.
    #[must_use]
    pub fn of(actor: &'a Actor) -> Desk<'a> {
        Desk {
            authority: &actor.authority,
            office: actor.office.as_deref(),
        }
    }
}

/// Whether a desk may take a case of this family for this district of this authority. What the
/// matrix says holds; where it says nothing, the offices of the authority itself may and those of
/// others may not.
#[must_use]
pub fn may_take(
    desk: Desk<'_>,
    authority: &str,
    county: &str,
    family: &str,
    cells: &[Cell],
) -> bool {
    let own = desk.authority == authority;
    let Some(office) = desk.office else {
        return own;
    };
    cells
        .iter()
        .find(|c| {
            c.authority == authority
                && c.county == county
                && c.office_authority == desk.authority
                && c.office_id == office
                && c.family == family
        })
        .map_or(own, |c| c.allowed)
}

/// A step that the authority of the land lets another one's people take (委托审核).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Identity.
    pub id: Uuid,
    /// Authority of the land, which delegates.
    pub authority: String,
    /// Authority whose people may act: the pool.
    pub to_authority: String,
    /// Family of business, or [`ANY_FAMILY`].
    pub family: String,
    /// 初审, 审核 or 登簿.
    pub action: Action,
    /// First day (Asia/Shanghai).
    pub valid_from: NaiveDate,
    /// Last day.
    pub valid_to: NaiveDate,
    /// Written document (委托书文号).
    pub document: String,
    /// True when it was ended before its last day.
    pub ended: bool,
}

/// Steps that can be delegated, with the role that carries each.
pub const DELEGABLE: [(Action, Role); 3] = [
    (Action::FirstReview, Role::FirstReviewer),
    (Action::Approve, Role::Reviewer),
    (Action::Record, Role::Registrar),
];

impl Delegation {
    /// Whether it holds on this day.
    #[must_use]
    pub fn in_force(&self, day: NaiveDate) -> bool {
        !self.ended && self.valid_from <= day && day <= self.valid_to
    }

    /// Whether it is about this family.
    #[must_use]
    pub fn covers(&self, family: &str) -> bool {
        self.family == ANY_FAMILY || self.family == family
    }
}

/// Whose a case is, and where it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Authority of the land.
    pub authority: &'a str,
    /// Business code.
    pub business: &'a str,
    /// Its family.
    pub family: &'a str,
    /// Authority of the office that took it.
    pub office_authority: &'a str,
    /// The office.
    pub office_id: Option<&'a str>,
}

/// What a person of another authority may do on one case: what their own grants give them at home,
/// lent for this case because their office took it or because the step is delegated to their
/// authority. Nobody is lent what they may not do at home.
#[must_use]
pub fn lent(
    actor: &Actor,
    place: &Place<'_>,
    delegations: &[Delegation],
    day: NaiveDate,
) -> Vec<Grant> {
    let at_home = |action| actor.may(action, &actor.authority, Some(place.business));
    let grant = |role| Grant {
        role,
        business: place.business.to_owned(),
        authority: place.authority.to_owned(),
        valid_from: day,
        valid_to: Some(day),
    };
    let mut grants = Vec::new();
    let took_it = actor.office.is_some()
        && place.office_authority == actor.authority
        && place.office_id == actor.office.as_deref();
    if took_it && at_home(Action::TakeCase) {
        grants.push(grant(Role::Reception));
    }
    for (action, role) in DELEGABLE {
        let given = delegations.iter().any(|d| {
            d.authority == place.authority
                && d.to_authority == actor.authority
                && d.action == action
                && d.in_force(day)
                && d.covers(place.family)
        });
        if given && at_home(action) {
            grants.push(grant(role));
        }
    }
    grants
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use dengbu_store::Scope;
    use proptest::prelude::*;

    use super::*;
    use crate::actor::{RequestContext, Standing};

    const CITY: &str = "510400";
    const MIYI: &str = "510421";
    const SALE: &str = "200-04-02";

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn cell(office: &str, family: &str, allowed: bool) -> Cell {
        Cell {
            authority: CITY.to_owned(),
            county: "510402".to_owned(),
            office_authority: MIYI.to_owned(),
            office_id: office.to_owned(),
            family: family.to_owned(),
            allowed,
        }
    }

    fn actor(authority: &str, office: Option<&str>, roles: &[Role]) -> Actor {
        Actor {
            staff_id: Uuid::nil(),
            name: "测试员".into(),
            username: "t01".into(),
            registrar_licence: None,
            authority: authority.into(),
            scope: Scope::single(authority).unwrap(),
            grants: roles
                .iter()
                .map(|r| Grant::everywhere(*r, authority, day("2026-01-01")))
                .collect(),
            office: office.map(str::to_owned),
            second_factor_ok: true,
            standing: Standing::Ready,
            request: RequestContext::at(DateTime::<Utc>::UNIX_EPOCH),
        }
    }

    fn delegation(action: Action) -> Delegation {
        Delegation {
            id: Uuid::nil(),
            authority: CITY.to_owned(),
            to_authority: MIYI.to_owned(),
            family: "转移登记".to_owned(),
            action,
            valid_from: day("2026-03-01"),
            valid_to: day("2026-03-31"),
            document: "示例委〔2026〕1号".to_owned(),
            ended: false,
        }
    }

    fn place<'a>(office_authority: &'a str, office: &'a str) -> Place<'a> {
        Place {
            authority: CITY,
            business: SALE,
            family: "转移登记",
            office_authority,
            office_id: Some(office),
        }
    }

    #[test]
    fn an_office_takes_at_home_unless_told_and_elsewhere_only_if_told() {
        let home = Desk {
            authority: CITY,
            office: Some("510400-02"),
        };
        let miyi = Desk {
            authority: MIYI,
            office: Some("510421-01"),
        };
        assert!(may_take(home, CITY, "510402", "转移登记", &[]));
        assert!(!may_take(miyi, CITY, "510402", "转移登记", &[]));
        let cells = [cell("510421-01", "转移登记", true)];
        assert!(may_take(miyi, CITY, "510402", "转移登记", &cells));
        assert!(!may_take(miyi, CITY, "510403", "转移登记", &cells));
        assert!(!may_take(miyi, CITY, "510402", "查封登记", &cells));
        let mut barred = cell("510400-02", "查封登记", false);
        barred.office_authority = CITY.to_owned();
        assert!(!may_take(
            home,
            CITY,
            "510402",
            "查封登记",
            &[barred.clone()]
        ));
        assert!(may_take(home, CITY, "510402", "转移登记", &[barred]));
        let nowhere = Desk {
            office: None,
            ..miyi
        };
        assert!(!may_take(nowhere, CITY, "510402", "转移登记", &cells));
    }

    #[test]
    fn the_office_that_took_a_case_goes_on_with_it_and_no_other() {
        let now = day("2026-03-02");
        let clerk = actor(MIYI, Some("510421-01"), &[Role::Reception]);
        let grants = lent(&clerk, &place(MIYI, "510421-01"), &[], now);
        assert_eq!(grants.len(), 1);
        assert_eq!(
            (grants[0].role, grants[0].authority.as_str()),
            (Role::Reception, CITY)
        );
        assert!(lent(&clerk, &place(MIYI, "510421-02"), &[], now).is_empty());
        assert!(lent(&clerk, &place(CITY, "510421-01"), &[], now).is_empty());
        // a reviewer of that office is lent nothing by it
        let reviewer = actor(MIYI, Some("510421-01"), &[Role::Reviewer]);
        assert!(lent(&reviewer, &place(MIYI, "510421-01"), &[], now).is_empty());
    }

    #[test]
    fn a_delegation_lends_its_step_in_its_time_for_its_family() {
        let all = [delegation(Action::Approve)];
        let reviewer = actor(MIYI, None, &[Role::Reviewer, Role::Registrar]);
        let roles = |on: &str, p: &Place<'_>, ds: &[Delegation]| -> Vec<Role> {
            lent(&reviewer, p, ds, day(on))
                .into_iter()
                .map(|g| g.role)
                .collect()
        };
        let at = place(CITY, "510400-01");
        assert_eq!(roles("2026-03-01", &at, &all), [Role::Reviewer]);
        assert_eq!(roles("2026-03-31", &at, &all), [Role::Reviewer]);
        assert!(roles("2026-02-28", &at, &all).is_empty());
        assert!(roles("2026-04-01", &at, &all).is_empty());
        let seizure = Place {
            family: "查封登记",
            ..at
        };
        assert!(roles("2026-03-02", &seizure, &all).is_empty());
        let ended = Delegation {
            ended: true,
            ..all[0].clone()
        };
        assert!(roles("2026-03-02", &at, &[ended]).is_empty());
        let elsewhere = Delegation {
            to_authority: "510422".into(),
            ..all[0].clone()
        };
        assert!(roles("2026-03-02", &at, &[elsewhere]).is_empty());
        // who is no reviewer at home is none here
        let clerk = actor(MIYI, None, &[Role::Reception]);
        assert!(lent(&clerk, &at, &all, day("2026-03-02")).is_empty());
    }

    proptest! {
        /// Whatever is lent is for this one business of this one authority, for today, and a role
        /// the person has at home.
        #[test]
        fn nothing_is_lent_beyond_the_case(
            roles in prop::collection::vec(prop::sample::select(Role::ALL.to_vec()), 0..5),
            office in prop::option::of(prop::sample::select(vec!["510421-01", "510421-02"])),
            actions in prop::collection::vec(prop::sample::select(Action::all().collect::<Vec<_>>()), 0..5),
            from_home in any::<bool>(),
        ) {
            let person = actor(MIYI, office, &roles);
            let delegations: Vec<Delegation> = actions.into_iter().map(delegation).collect();
            let p = place(if from_home { MIYI } else { CITY }, "510421-01");
            let today = day("2026-03-15");
            for g in lent(&person, &p, &delegations, today) {
                prop_assert!(roles.contains(&g.role));
                prop_assert_eq!(g.authority.as_str(), CITY);
                prop_assert_eq!(g.business.as_str(), SALE);
                prop_assert!(g.in_force(today) && !g.in_force(today.succ_opt().unwrap()));
                prop_assert!(!matches!(g.role, Role::Administrator | Role::Auditor | Role::Cashier));
            }
        }
    }
}
