//! Rights whose time is over: the register says so by an entry of its own, made by the
//! platform and by nobody's application.
//!
//! A right that ran out has no effect from its last day on, whether or not an entry says so
//! (`dengbu_law::effect` takes it as ended); the entry keeps the book true for whoever reads
//! it. One right at a time, one transaction each: whoever is interrupted goes on with what is
//! left.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_certlib::LibraryKey;
use dengbu_law::calendar::Calendar;
use dengbu_law::effect::{self, Lapse};
use dengbu_model::time::date_in_shanghai;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::append::{append, lock_units};
use dengbu_register::entry::Registrar;
use dengbu_register::{NewId, certificates, read};
use dengbu_store::TenantTx;
use serde_json::Value;

use crate::CaseError;
use crate::recording::{Tools, announce, without_case};

/// Whose name stands under such an entry.
pub const REGISTRAR: &str = "系统（期限届满）";
/// Days after which a caution may have lapsed (民法典第二百二十条: 十五日).
const CAUTION_DAYS: i32 = 15;
/// Days after which a priority notice may have lapsed (民法典第二百二十一条: 九十日).
const NOTICE_DAYS: i32 = 90;

/// Kinds of right whose end an authority lets the platform enter: `record_lapses` in its
/// settings, a list of `seizure`, `caution`, `restriction`, `priority_notice`. Cautions and priority
/// notices are not among them unless the authority says so: whether a suit was filed within the
/// fifteen days (实施细则第八十三条), and from when a right could be registered, is known to the
/// platform only when somebody noted it (300-YY-01, 300-YG-02).
#[must_use]
pub fn kinds(settings: &Value) -> Vec<String> {
    match settings.get("record_lapses").and_then(Value::as_array) {
        Some(list) => list
            .iter()
            .filter_map(|k| k.as_str().map(str::to_owned))
            .collect(),
        None => vec!["seizure".to_owned(), "restriction".to_owned()],
    }
}

/// What an authority lets the platform enter, and its working days.
#[derive(Debug, Clone, Default)]
pub struct Own {
    /// Kinds of right, see [`kinds`].
    pub kinds: Vec<String>,
    /// Working days: a period does not end on a day off.
    pub calendar: Calendar,
}

/// A unit on which a right may be over, as it stands in the database.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Candidate {
    /// Unit code; whoever looks at the unit reads it.
    pub unit_code: String,
    /// Its authority.
    pub authority: String,
}

/// Units of the scope on which a right may be over that its authority lets the platform enter, in
/// order of their codes after `after`. The law decides; this only narrows the search.
///
/// # Errors
/// A database error.
pub async fn candidates(
    tx: &mut TenantTx,
    own: &BTreeMap<String, Own>,
    today: NaiveDate,
    after: &str,
    limit: i64,
) -> Result<Vec<Candidate>, CaseError> {
    let pairs = || {
        own.iter()
            .flat_map(|(a, o)| o.kinds.iter().map(move |k| (a.as_str(), k.as_str())))
    };
    let authorities: Vec<&str> = pairs().map(|(a, _)| a).collect();
    let kinds: Vec<&str> = pairs().map(|(_, k)| k).collect();
    // a caution on which a suit was noted stays, however old it is
    Ok(sqlx::query_as(
        "select distinct r.unit_code, u.authority
         from register_right r join estate_unit u on u.county = r.county and u.unit_code = r.unit_code
         join unnest($5::text[], $6::text[]) as own (authority, kind)
           on own.authority = u.authority and own.kind = r.kind
         where r.valid_to is null and r.kind in ('seizure', 'caution', 'restriction', 'priority_notice') and r.unit_code > $2
           and (r.body #>> '{detail,end}' < $1::text
                or r.kind = 'caution' and r.registered_at < ($1::date - $4)::timestamptz
                   and r.body ->> 'other_conditions' is null and r.body #>> '{detail,suit_on}' is null
                or r.body #>> '{detail,registrable_on}' < ($1::date - $7)::text)
         order by r.unit_code limit $3",
    )
    .bind(today)
    .bind(after)
    .bind(limit)
    .bind(CAUTION_DAYS - 1)
    .bind(authorities)
    .bind(kinds)
    .bind(NOTICE_DAYS - 1)
    .fetch_all(tx.conn())
    .await?)
}

/// Enters that the first right of these kinds on the unit whose time is over has ended; none
/// when nothing is over. The caller audits and commits.
///
/// # Errors
/// A database error, or one of the register.
pub async fn record_one(
    tx: &mut TenantTx,
    tools: &Tools<'_>,
    unit: &UnitCode,
    authority: &str,
    own: &Own,
    now: DateTime<Utc>,
    ids: NewId<'_>,
) -> Result<Option<Lapse>, CaseError> {
    let mut heads = lock_units(tx, std::slice::from_ref(unit)).await?;
    let state = read::unit_state(tx, unit, None).await?;
    let today = date_in_shanghai(now);
    let mine = |l: &Lapse| {
        state.right(l.right_id).is_some_and(|r| {
            let kind = r.right.detail.kind();
            own.kinds.iter().any(|k| k == kind)
        })
    };
    let over = effect::lapses(&state, &own.calendar, today, ids);
    let Some((lapse, drafts)) = over.into_iter().find(|(l, _)| mine(l)) else {
        return Ok(None);
    };
    let registrar = Registrar {
        staff_id: None,
        name: REGISTRAR.to_owned(),
    };
    let entries = drafts
        .into_iter()
        .map(|d| without_case(authority, registrar.clone(), d, now, ids))
        .collect();
    let library = LibraryKey::of(tools.person_key);
    for made in append(tx, tools.person_key, &mut heads, entries).await? {
        certificates::follow(tx, &made, ids).await?;
        dengbu_certlib::follow::follow(tx, &made, &library, ids).await?;
        announce(tx, &made).await?;
    }
    Ok(Some(lapse))
}
