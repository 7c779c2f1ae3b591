//! The demonstration's staff: for each authority one account per role, and a second receptionist
//! and reviewer so that four eyes can be shown.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_staff::{Accounts, AccountsOptions, Grant, NewStaff, PLATFORM, RequestContext, Role};
use dengbu_store::Store;
use serde::Serialize;

use crate::DemoError;
use crate::city::date;

/// The password of all demo accounts. It is public: see [`crate::seed()`] for where it is not used.
pub const PASSWORD: &str = "Dengbu-2026-demo";

/// An account to sign in with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DemoAccount {
    /// 登录名.
    pub username: String,
    /// 姓名, invented.
    pub name: String,
    /// 岗位.
    pub role: Role,
    /// Registration authority.
    pub authority: String,
    /// Its name as the demonstration says it.
    pub place: &'static str,
}

/// Authority, first part of user names, place.
const PLACES: [(&str, &str, &str); 3] = [
    ("510400", "city", "攀枝花市"),
    ("510421", "miyi", "米易县"),
    ("510422", "yanbian", "盐边县"),
];

/// Second part of user names, role, and an invented name at each place.
const POSTS: [(&str, Role, [&str; 3]); 12] = [
    ("reception", Role::Reception, ["苏小满", "余清明", "孟立春"]),
    (
        "reception2",
        Role::Reception,
        ["叶白露", "江谷雨", "方惊蛰"],
    ),
    (
        "review1",
        Role::FirstReviewer,
        ["丁夏至", "汤秋分", "戴雨水"],
    ),
    ("review", Role::Reviewer, ["石立夏", "夏寒露", "钟芒种"]),
    ("review-2", Role::Reviewer, ["姜立秋", "陆霜降", "崔小暑"]),
    ("record", Role::Registrar, ["谭处暑", "廖立冬", "范大暑"]),
    (
        "cert",
        Role::CertificateMaker,
        ["邹春分", "熊小雪", "金大雪"],
    ),
    ("cashier", Role::Cashier, ["白小寒", "秦大寒", "康冬至"]),
    ("archive", Role::Archivist, ["史清秋", "顾长夏", "侯初春"]),
    ("cadastre", Role::Cadastre, ["邵山川", "龙平原", "万河谷"]),
    ("admin", Role::Administrator, ["段管理", "雷管理", "钱管理"]),
    ("audit", Role::Auditor, ["黎审计", "易审计", "常审计"]),
];

/// All accounts, by authority.
#[must_use]
pub fn accounts() -> Vec<DemoAccount> {
    let at = |place: usize, (authority, first, name): (&str, &str, &'static str)| {
        POSTS.map(|(second, role, names)| DemoAccount {
            username: format!("{first}-{second}"),
            name: names[place].to_owned(),
            role,
            authority: authority.to_owned(),
            place: name,
        })
    };
    PLACES
        .into_iter()
        .enumerate()
        .flat_map(|(n, place)| at(n, place))
        .chain([operator()])
        .collect()
}

/// Who opens new authorities in the workbench; sees nothing of anybody's cases.
fn operator() -> DemoAccount {
    DemoAccount {
        username: "platform-operator".to_owned(),
        name: "曹运维".to_owned(),
        role: Role::Operator,
        authority: PLATFORM.to_owned(),
        place: "平台",
    }
}

/// The first user name in the database that is not the demonstration's.
pub(crate) async fn stranger(store: &Store) -> Result<Option<String>, DemoError> {
    let own: Vec<String> = accounts().into_iter().map(|a| a.username).collect();
    let found = sqlx::query_scalar(
        "select username from login where username <> all($1) order by username limit 1",
    )
    .bind(&own)
    .fetch_optional(store.pool())
    .await?;
    Ok(found)
}

/// Opens those accounts that are not there; what was changed of the others stays.
pub(crate) async fn open(store: &Store, now: DateTime<Utc>) -> Result<(), DemoError> {
    let there: Vec<String> = sqlx::query_scalar("select username from login")
        .fetch_all(store.pool())
        .await?;
    let door = Accounts::new(store.clone(), AccountsOptions::default())?;
    for account in accounts() {
        if there.contains(&account.username) {
            continue;
        }
        let new = new_staff(&account, date(2024, 1, 1));
        door.bootstrap_staff(&new, PASSWORD, false, &RequestContext::at(now))
            .await?;
    }
    Ok(())
}

fn new_staff(account: &DemoAccount, from: NaiveDate) -> NewStaff {
    let authority = account.authority.clone();
    NewStaff {
        username: account.username.clone(),
        name: account.name.clone(),
        phone: None,
        office_id: (account.role != Role::Operator).then(|| format!("{authority}-01")),
        registrar_licence: (account.role == Role::Registrar).then(|| format!("示例{authority}01")),
        grants: vec![Grant::everywhere(account.role, authority.clone(), from)],
        authority,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_role_is_there_at_every_authority_under_names_of_its_own() {
        let all = accounts();
        assert_eq!(all.len(), 37);
        let names: BTreeSet<_> = all.iter().map(|a| &a.name).collect();
        let usernames: BTreeSet<_> = all.iter().map(|a| &a.username).collect();
        assert_eq!((names.len(), usernames.len()), (37, 37));
        for (authority, ..) in PLACES {
            for role in Role::ALL {
                assert!(
                    all.iter()
                        .any(|a| a.authority == authority && a.role == role),
                    "{authority} {role}"
                );
            }
        }
    }
}
