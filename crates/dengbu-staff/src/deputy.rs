//! Deputies (代理人): who stands in for a colleague who is away.
//!
//! A deputy gains no post: what somebody decides in a case they decide by their own grants
//! (不动产登记暂行条例第十一条: staff must have the knowledge and ability their work needs); a
//! deputy only gets at the work that the absent colleague had claimed.

use chrono::{DateTime, Days, NaiveDate, Utc};
use dengbu_store::{StoreError, TenantTx};
use uuid::Uuid;

use crate::colleagues::Colleague;

/// Longest time somebody stands in, in days; a longer one is a change of posts.
pub const DAYS_MAX: u64 = 366;

/// A time in which somebody stands in for a colleague.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Deputy {
    /// Identity.
    pub deputy_id: Uuid,
    /// Who is away.
    pub principal: Uuid,
    /// Their name.
    pub principal_name: String,
    /// Who stands in.
    pub deputy: Uuid,
    /// Their name.
    pub deputy_name: String,
    /// First day.
    pub from_on: NaiveDate,
    /// Last day.
    pub to_on: NaiveDate,
    /// Why.
    pub reason: String,
    /// When it was set.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by_name: String,
    /// When it was ended early.
    pub ended_at: Option<DateTime<Utc>>,
    /// By whom.
    pub ended_by_name: Option<String>,
}

impl Deputy {
    /// Whether it was not ended and holds on some day of the two.
    #[must_use]
    pub fn holds_within(&self, from: NaiveDate, to: NaiveDate) -> bool {
        self.ended_at.is_none() && self.from_on <= to && from <= self.to_on
    }
}

/// A deputy to be named.
#[derive(Debug, Clone)]
pub struct NewDeputy {
    /// Who is away.
    pub principal: Colleague,
    /// Who stands in.
    pub deputy: Colleague,
    /// First day.
    pub from_on: NaiveDate,
    /// Last day.
    pub to_on: NaiveDate,
    /// Why.
    pub reason: String,
}

/// Why somebody cannot be named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeputyError {
    /// For oneself.
    #[error("不能由本人代理本人，请另选代理人")]
    Oneself,
    /// The last day is before the first, or before today.
    #[error("截止日期应不早于起始日期和今天")]
    Backwards,
    /// It would read as if it had been in force.
    #[error("起始日期不能早于今天")]
    Past,
    /// Too long.
    #[error("代理期最长 {DAYS_MAX} 天；长期由他人办理的，请调整岗位授权")]
    TooLong,
    /// There is one for some of the days.
    #[error("{principal}在 {from} 至 {to} 已由{deputy}代理，请先终止，或者改选日期")]
    Twice {
        /// Who is away.
        principal: String,
        /// Who stands in.
        deputy: String,
        /// First day.
        from: NaiveDate,
        /// Last day.
        to: NaiveDate,
    },
    /// The deputy is away, too, or stands in for somebody who would be.
    #[error("{0}在此期间已委托他人代理，不能再作为代理人；代理不能转委托")]
    Chain(String),
}

/// Whether somebody may stand in, beside what holds already.
///
/// # Errors
/// [`DeputyError`].
pub fn allow(new: &NewDeputy, known: &[Deputy], today: NaiveDate) -> Result<(), DeputyError> {
    if new.principal.staff_id == new.deputy.staff_id {
        return Err(DeputyError::Oneself);
    }
    if new.to_on < new.from_on || new.to_on < today {
        return Err(DeputyError::Backwards);
    }
    if new.from_on < today {
        return Err(DeputyError::Past);
    }
    let latest = new.from_on.checked_add_days(Days::new(DAYS_MAX - 1));
    if latest.is_none_or(|l| new.to_on > l) {
        return Err(DeputyError::TooLong);
    }
    for d in known
        .iter()
        .filter(|d| d.holds_within(new.from_on, new.to_on))
    {
        if d.principal == new.principal.staff_id {
            return Err(DeputyError::Twice {
                principal: d.principal_name.clone(),
                deputy: d.deputy_name.clone(),
                from: d.from_on,
                to: d.to_on,
            });
        }
        if d.principal == new.deputy.staff_id {
            return Err(DeputyError::Chain(d.principal_name.clone()));
        }
        // who is to be away stands in for somebody else meanwhile
        if d.deputy == new.principal.staff_id {
            return Err(DeputyError::Chain(d.principal_name.clone()));
        }
    }
    Ok(())
}

const COLUMNS: &str = "deputy_id, principal, principal_name, deputy, deputy_name, from_on, to_on, reason, \
     created_at, created_by_name, ended_at, ended_by_name";

/// Deputies of an authority that are not over before a day, the earliest first; of one person
/// on either side, or of all.
///
/// # Errors
/// A database error.
pub async fn list(
    tx: &mut TenantTx,
    authority: &str,
    person: Option<Uuid>,
    since: NaiveDate,
) -> Result<Vec<Deputy>, StoreError> {
    let sql = format!(
        "select {COLUMNS} from staff_deputy
         where authority = $1 and to_on >= $3 and ($2::uuid is null or principal = $2 or deputy = $2)
         order by ended_at is not null, from_on, deputy_id limit 500"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(person)
        .bind(since)
        .fetch_all(tx.conn())
        .await?)
}

/// For whom somebody stands in on a day.
///
/// # Errors
/// A database error.
pub async fn principals(
    tx: &mut TenantTx,
    authority: &str,
    deputy: Uuid,
    today: NaiveDate,
) -> Result<Vec<Colleague>, StoreError> {
    Ok(sqlx::query_as(
        "select principal as staff_id, principal_name as name from staff_deputy
         where authority = $1 and deputy = $2 and ended_at is null and from_on <= $3 and to_on >= $3
         order by principal_name, principal",
    )
    .bind(authority)
    .bind(deputy)
    .bind(today)
    .fetch_all(tx.conn())
    .await?)
}

/// Who sets or ends it, and when.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// Name.
    pub name: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
}

/// Keeps others of the authority from naming deputies until the transaction ends, so that two
/// at one moment cannot both be allowed.
///
/// # Errors
/// A database error.
pub async fn lock(tx: &mut TenantTx, authority: &str) -> Result<(), StoreError> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('staff_deputy ' || $1, 0))")
        .bind(authority)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Names a deputy; [`allow`] has been asked under [`lock`].
///
/// # Errors
/// A database error.
pub async fn name(
    tx: &mut TenantTx,
    authority: &str,
    new: &NewDeputy,
    id: Uuid,
    by: By<'_>,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into staff_deputy (authority, deputy_id, principal, principal_name, deputy, deputy_name, from_on,
             to_on, reason, created_at, created_by_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(authority)
    .bind(id)
    .bind(new.principal.staff_id)
    .bind(&new.principal.name)
    .bind(new.deputy.staff_id)
    .bind(&new.deputy.name)
    .bind(new.from_on)
    .bind(new.to_on)
    .bind(&new.reason)
    .bind(by.now)
    .bind(by.name)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends it before its day; false when there is none that still holds.
///
/// # Errors
/// A database error.
pub async fn end(
    tx: &mut TenantTx,
    authority: &str,
    deputy_id: Uuid,
    by: By<'_>,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update staff_deputy set ended_at = $3, ended_by_name = $4
         where authority = $1 and deputy_id = $2 and ended_at is null",
    )
    .bind(authority)
    .bind(deputy_id)
    .bind(by.now)
    .bind(by.name)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person(n: u128) -> Colleague {
        Colleague {
            staff_id: Uuid::from_u128(n),
            name: format!("人员{n}"),
        }
    }

    fn day(n: u64) -> NaiveDate {
        let first: NaiveDate = "2026-11-01".parse().unwrap();
        first.checked_add_days(Days::new(n)).unwrap()
    }

    fn new(principal: u128, deputy: u128, from: u64, to: u64) -> NewDeputy {
        NewDeputy {
            principal: person(principal),
            deputy: person(deputy),
            from_on: day(from),
            to_on: day(to),
            reason: "休假".to_owned(),
        }
    }

    fn known(n: &NewDeputy) -> Deputy {
        Deputy {
            deputy_id: Uuid::nil(),
            principal: n.principal.staff_id,
            principal_name: n.principal.name.clone(),
            deputy: n.deputy.staff_id,
            deputy_name: n.deputy.name.clone(),
            from_on: n.from_on,
            to_on: n.to_on,
            reason: n.reason.clone(),
            created_at: DateTime::UNIX_EPOCH,
            created_by_name: String::new(),
            ended_at: None,
            ended_by_name: None,
        }
    }

    #[test]
    fn one_at_a_time_for_a_while_and_nobody_for_oneself() {
        let today = day(5);
        let standing = [known(&new(1, 2, 5, 9))];
        let ask = |n: &NewDeputy| allow(n, &standing, today);
        assert_eq!(ask(&new(3, 3, 5, 6)), Err(DeputyError::Oneself));
        assert_eq!(ask(&new(3, 4, 6, 5)), Err(DeputyError::Backwards));
        assert_eq!(ask(&new(3, 4, 1, 4)), Err(DeputyError::Backwards));
        assert_eq!(ask(&new(3, 4, 4, 6)), Err(DeputyError::Past));
        assert_eq!(ask(&new(3, 4, 5, 400)), Err(DeputyError::TooLong));
        assert!(matches!(
            ask(&new(1, 3, 9, 12)),
            Err(DeputyError::Twice { .. })
        ));
        assert_eq!(ask(&new(1, 3, 10, 12)), Ok(()));
        assert!(matches!(ask(&new(3, 1, 5, 6)), Err(DeputyError::Chain(_))));
        assert!(matches!(ask(&new(2, 3, 5, 6)), Err(DeputyError::Chain(_))));
        // one person may stand in for two
        assert_eq!(ask(&new(3, 2, 5, 6)), Ok(()));
        let mut over = standing.clone();
        over[0].ended_at = Some(DateTime::UNIX_EPOCH);
        assert_eq!(allow(&new(1, 3, 6, 7), &over, today), Ok(()));
    }

    proptest! {
        /// However deputies are named, on no day does somebody who is away stand in for another.
        #[test]
        fn nobody_who_is_away_stands_in(asked in prop::collection::vec((0_u128..5, 0_u128..5, 0_u64..12, 0_u64..6), 0..30)) {
            let mut all: Vec<Deputy> = Vec::new();
            for (p, d, from, long) in asked {
                let n = new(p, d, from, from + long);
                if allow(&n, &all, day(0)).is_ok() {
                    all.push(known(&n));
                }
            }
            for on in (0..20).map(day) {
                let held: Vec<&Deputy> = all.iter().filter(|d| d.holds_within(on, on)).collect();
                for d in &held {
                    prop_assert!(held.iter().all(|o| o.principal != d.deputy));
                    prop_assert_eq!(held.iter().filter(|o| o.principal == d.principal).count(), 1);
                }
            }
        }
    }
}
