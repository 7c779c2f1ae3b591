//! Anomaly rules (查询异常监管): too much of something within some hours raises an alert for the
//! security auditor.

use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use dengbu_cases::Doing;
use dengbu_model::time::{date_in_shanghai, shanghai};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::SearchError;
use crate::settings::SearchSettings;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Searches shown by one clerk.
    Clerk,
    /// Searches by person shown by one clerk.
    ClerkPerson,
    /// Searches in which one unit was shown.
    Unit,
    /// Searches in which one person was searched for.
    Person,
    /// Searches by person and unmaskings of one clerk outside applications.
    Lookup,
    /// Searches outside office hours.
    OffHours,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Code.
    pub code: String,
    /// Name the auditor reads.
    pub name: String,
    /// What is counted.
    pub metric: Metric,
    /// Within so many hours.
    pub hours: i64,
    /// More than this raises an alert.
    pub limit: i64,
}

/// Office hours, whole hours of Asia/Shanghai.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeHours {
    /// First.
    pub from: u32,
    /// The hour that is no longer one.
    pub to: u32,
}

impl OfficeHours {
    /// Whether a moment lies within.
    #[must_use]
    pub fn holds(self, at: DateTime<Utc>) -> bool {
        (self.from..self.to).contains(&at.with_timezone(&shanghai()).hour())
    }
}

/// The rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Office hours.
    pub office_hours: OfficeHours,
    /// Rules.
    pub rules: Vec<Rule>,
}

impl Rules {
    /// The rules that come with the program.
    #[must_use]
    pub fn builtin() -> &'static Self {
        static RULES: OnceLock<Rules> = OnceLock::new();
        #[expect(
            clippy::expect_used,
            reason = "the file is part of the program and read by a test"
        )]
        RULES.get_or_init(|| {
            toml::from_str(include_str!("../data/anomalies.toml")).expect("the built-in rules")
        })
    }

    /// The rules with what an authority changed.
    #[must_use]
    pub fn of(settings: &SearchSettings) -> Self {
        let mut rules = Self::builtin().clone();
        for rule in &mut rules.rules {
            if let Some(own) = settings.anomalies.get(&rule.code) {
                rule.limit = own.limit;
                rule.hours = own.hours;
            }
        }
        rules
    }

    /// Name of a rule.
    #[must_use]
    pub fn name(code: &str) -> String {
        Self::builtin()
            .rules
            .iter()
            .find(|r| r.code == code)
            .map_or_else(|| code.to_owned(), |r| r.name.clone())
    }
}

/// An alert.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchAlert))]
pub struct Alert {
    /// Identity.
    pub alert_id: Uuid,
    /// Rule.
    pub rule: String,
    /// Clerk, unit, or person (masked).
    pub subject_name: String,
    /// How many were counted when it was raised, or last counted that day.
    pub counted: i64,
    /// What is allowed.
    pub allowed: i64,
    /// Within so many hours.
    pub hours: i64,
    /// When it was raised.
    pub at: DateTime<Utc>,
    /// The application at which it was raised.
    pub search_no: String,
    /// The clerk at work.
    pub staff_name: String,
    /// When it was dealt with.
    pub handled_at: Option<DateTime<Utc>>,
    /// By whom.
    pub handled_by: Option<String>,
    /// What was found.
    pub handled_note: Option<String>,
}

const COLUMNS: &str = "alert_id, rule, subject_name, counted, allowed, hours, at, search_no, staff_name, \
     handled_at, handled_by, handled_note";

/// The showing after which rules are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// Authority.
    pub authority: &'a str,
    /// Application.
    pub search_no: &'a str,
    /// The showing.
    pub showing_id: Uuid,
    /// What persons are called in an alert, masked.
    pub subjects_masked: &'a str,
}

/// Looks at the rules after a showing and raises alerts; gives how many rules were broken.
///
/// # Errors
/// A database error.
pub async fn watch(
    tx: &mut TenantTx,
    rules: &Rules,
    shown: Shown<'_>,
    doing: &Doing<'_>,
) -> Result<usize, SearchError> {
    let mut broken = 0;
    for rule in &rules.rules {
        for (subject, name, counted) in counts(tx, rules, rule, &shown, doing).await? {
            if counted > rule.limit {
                raise(tx, rule, &shown, (&subject, &name, counted), doing).await?;
                broken += 1;
            }
        }
    }
    Ok(broken)
}

type Count = (String, String, i64);

async fn counts(
    tx: &mut TenantTx,
    rules: &Rules,
    rule: &Rule,
    shown: &Shown<'_>,
    doing: &Doing<'_>,
) -> Result<Vec<Count>, SearchError> {
    let since = doing.now - TimeDelta::hours(rule.hours.clamp(1, 24 * 366));
    let clerk = |counted: i64| vec![(doing.staff_id.to_string(), doing.name.to_owned(), counted)];
    Ok(match rule.metric {
        Metric::OffHours if rules.office_hours.holds(doing.now) => Vec::new(),
        Metric::OffHours => clerk(showings(tx, shown.authority, doing, since, None).await?),
        Metric::Clerk => clerk(showings(tx, shown.authority, doing, since, None).await?),
        Metric::ClerkPerson => {
            clerk(showings(tx, shown.authority, doing, since, Some("person")).await?)
        }
        Metric::Lookup => clerk(
            sqlx::query_scalar(
                "select count(*) from audit where authority = $1 and staff_id = $2 and at > $3
                   and action in ('person.searched', 'person.unmasked')",
            )
            .bind(shown.authority)
            .bind(doing.staff_id)
            .bind(since)
            .fetch_one(tx.conn())
            .await?,
        ),
        Metric::Unit => subjects(tx, shown, "unit", since).await?,
        Metric::Person => subjects(tx, shown, "person", since)
            .await?
            .into_iter()
            .map(|(s, _, n)| (s, shown.subjects_masked.to_owned(), n))
            .collect(),
    })
}

async fn showings(
    tx: &mut TenantTx,
    authority: &str,
    doing: &Doing<'_>,
    since: DateTime<Utc>,
    index: Option<&str>,
) -> Result<i64, SearchError> {
    Ok(sqlx::query_scalar(
        "select count(*) from search_showing where authority = $1 and staff_id = $2 and at > $3
           and ($4::text is null or index_kind = $4)",
    )
    .bind(authority)
    .bind(doing.staff_id)
    .bind(since)
    .bind(index)
    .fetch_one(tx.conn())
    .await?)
}

/// How often each subject of this showing was shown.
async fn subjects(
    tx: &mut TenantTx,
    shown: &Shown<'_>,
    kind: &str,
    since: DateTime<Utc>,
) -> Result<Vec<Count>, SearchError> {
    Ok(sqlx::query_as(
        "select x.subject, x.subject, count(*) from search_shown_subject x
         where x.authority = $1 and x.subject_kind = $2 and x.at > $3
           and x.subject in (select y.subject from search_shown_subject y
                where y.authority = $1 and y.subject_kind = $2 and y.showing_id = $4)
         group by x.subject",
    )
    .bind(shown.authority)
    .bind(kind)
    .bind(since)
    .bind(shown.showing_id)
    .fetch_all(tx.conn())
    .await?)
}

async fn raise(
    tx: &mut TenantTx,
    rule: &Rule,
    shown: &Shown<'_>,
    (subject, name, counted): (&str, &str, i64),
    doing: &Doing<'_>,
) -> Result<(), SearchError> {
    sqlx::query(
        "insert into search_alert (authority, alert_id, rule, subject, subject_name, day, counted, allowed, hours,
             at, search_no, staff_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (authority, rule, subject, day) do update set counted = excluded.counted",
    )
    .bind(shown.authority)
    .bind((doing.ids)())
    .bind(&rule.code)
    .bind(subject)
    .bind(name)
    .bind(date_in_shanghai(doing.now))
    .bind(counted)
    .bind(rule.limit)
    .bind(rule.hours)
    .bind(doing.now)
    .bind(shown.search_no)
    .bind(doing.name)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Alerts of these authorities, newest first; `open`: only those not dealt with.
///
/// # Errors
/// A database error.
pub async fn list(
    tx: &mut TenantTx,
    authorities: &[String],
    open: bool,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Alert>, SearchError> {
    let (at, id) = before.unzip();
    let sql = format!(
        "select {COLUMNS} from search_alert
         where authority = any($1) and (not $2 or handled_at is null)
           and ($3::timestamptz is null or (at, alert_id) < ($3, $4))
         order by at desc, alert_id desc limit $5"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authorities)
        .bind(open)
        .bind(at)
        .bind(id)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?)
}

/// Notes what was found about an alert; a second note is refused.
///
/// # Errors
/// [`SearchError::Unknown`] when there is no such alert or it was dealt with.
pub async fn handle(
    tx: &mut TenantTx,
    authorities: &[String],
    alert_id: Uuid,
    note: &str,
    doing: &Doing<'_>,
) -> Result<Alert, SearchError> {
    let sql = format!(
        "update search_alert set handled_at = $3, handled_by = $4, handled_note = $5
         where authority = any($1) and alert_id = $2 and handled_at is null returning {COLUMNS}"
    );
    let found: Option<Alert> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authorities)
        .bind(alert_id)
        .bind(doing.now)
        .bind(doing.name)
        .bind(note)
        .fetch_optional(tx.conn())
        .await?;
    found.ok_or_else(|| SearchError::Unknown("待处理的查询异常提示".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::AnomalyLimit;

    #[test]
    fn rules_are_distinct_and_an_authority_changes_its_own() {
        let builtin = Rules::builtin();
        let mut codes: Vec<_> = builtin.rules.iter().map(|r| &r.code).collect();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), builtin.rules.len());
        let mut settings = SearchSettings::default();
        let own = AnomalyLimit { limit: 2, hours: 3 };
        settings.anomalies.insert("unit_often".to_owned(), own);
        let changed = Rules::of(&settings);
        let rule = |rules: &Rules| {
            let r = rules.rules.iter().find(|r| r.code == "unit_often").unwrap();
            (r.limit, r.hours)
        };
        assert_eq!(rule(&changed), (2, 3));
        assert_ne!(rule(builtin), (2, 3));
    }

    #[test]
    fn office_hours_are_those_of_shanghai() {
        let hours = Rules::builtin().office_hours;
        assert!(hours.holds("2026-11-23T01:00:00Z".parse().unwrap()));
        assert!(!hours.holds("2026-11-23T12:00:00Z".parse().unwrap()));
        assert!(!hours.holds("2026-11-22T22:59:59Z".parse().unwrap()));
        assert!(hours.holds("2026-11-22T23:00:00Z".parse().unwrap()));
    }
}
