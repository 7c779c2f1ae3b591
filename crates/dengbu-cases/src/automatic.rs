//! Deciding without a person (秒批): the rules weigh, this room stores the reasoning and
//! makes the moves. A case that is not clear stays where it is, with the reasons, for a person.

use chrono::{DateTime, Utc};
use dengbu_fees::FeeError;
use dengbu_law::automatic::{self, Evidence, Weighed};
use dengbu_law::catalogue::{Business, ResultPaper};
use dengbu_law::flow::{self, CaseState, Move, Outcome, Step};
use dengbu_register::certificates;
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sm3::{Digest, Sm3};
use uuid::Uuid;

use crate::case::{Case, load};
use crate::moves::{self, Promise, Request};
use crate::{CaseError, Doing, check, days, fees, recording};

/// The name under which the rules decide.
pub const NAME: &str = "自动审核";
/// Its identity in events; no member of staff has it.
pub const ID: Uuid = Uuid::from_u128(1);
/// The key of the switches within an authority's settings.
pub const SETTINGS_KEY: &str = "automatic";
/// The key of the trusted channels: account name to the sources it speaks for.
pub const TRUSTED_KEY: &str = "trusted_channels";

/// The switch of one business (自动审核开关).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// On or off.
    pub enabled: bool,
    /// Share of the cases that a person looks at afterwards, in percent.
    pub after_check_percent: u8,
}

/// The switch an authority with these settings has set; off when it has set none.
#[must_use]
pub fn switch(settings: &Value, business: &Business) -> Switch {
    let own = settings
        .get(SETTINGS_KEY)
        .and_then(|all| all.get(&business.code))
        .and_then(|s| serde_json::from_value(s.clone()).ok());
    own.unwrap_or(Switch {
        enabled: false,
        after_check_percent: business
            .automatic
            .as_ref()
            .map_or(0, |a| a.after_check_percent),
    })
}

/// Sets the switch of a business; it holds for cases taken from then on.
///
/// # Errors
/// A database error.
pub async fn set_switch(
    tx: &mut TenantTx,
    authority: &str,
    business: &Business,
    switch: Switch,
) -> Result<(), CaseError> {
    tx.require(authority)?;
    // one statement: two changes at once do not lose one
    sqlx::query(
        "update authority set settings = settings || jsonb_build_object($2::text,
             coalesce(settings -> $2, '{}'::jsonb) || jsonb_build_object($3::text, $4::jsonb))
         where authority = $1",
    )
    .bind(authority)
    .bind(SETTINGS_KEY)
    .bind(&business.code)
    .bind(json!(switch))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// True when an authority with these settings trusts this account to speak for this source.
#[must_use]
pub fn trusts(settings: &Value, account: &str, source: &str) -> bool {
    settings
        .get(TRUSTED_KEY)
        .and_then(|all| all.get(account))
        .and_then(Value::as_array)
        .is_some_and(|sources| sources.iter().any(|s| s == source))
}

/// Data that a department gives over an interface in place of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedData {
    /// Item of the checklist.
    pub item: String,
    /// Who vouches for it, such as `税务`.
    pub source: String,
    /// Its reference there.
    pub reference: String,
    /// What it says.
    #[serde(default)]
    pub data: Value,
}

/// Puts shared data into a case under acceptance as papers of their own kind.
///
/// # Errors
/// [`CaseError::Fields`] for an item the business does not have.
pub async fn share(
    tx: &mut TenantTx,
    case: &Case,
    given: &[SharedData],
    account: &str,
    settings: &Value,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    if !case.editable() {
        return Err(CaseError::NotEditable);
    }
    for (i, d) in given.iter().enumerate() {
        let fault = |field: &str, message: &str| {
            CaseError::Fields(vec![dengbu_law::application::FieldError {
                field: format!("/evidence/{i}/{field}"),
                code: "invalid",
                message: message.to_owned(),
            }])
        };
        if case.item_name(&d.item).is_none() {
            return Err(fault("item", "收件目录中没有这一项材料"));
        }
        let bounded = |t: &str| !t.trim().is_empty() && t.chars().count() <= 200;
        if !bounded(&d.source) {
            return Err(fault("source", "请填写数据来源（不超过 200 字）"));
        }
        if !bounded(&d.reference) {
            return Err(fault("reference", "请填写数据编号（不超过 200 字）"));
        }
        let text = d.data.to_string();
        if text.len() > 100_000 {
            return Err(fault("data", "共享数据不能超过 100 KB"));
        }
        sqlx::query(
            "insert into case_material (county, case_no, material_id, item, file_name, media_type, size_bytes,
                 sm3, scan_state, uploaded_by, uploaded_at, source, source_name, source_reference, trusted, shared_data)
             values ($1, $2, $3, $4, $5, 'application/json', $6, $7, 'shared', $8, $9, 'shared', $10, $11, $12, $13)",
        )
        .bind(&case.county)
        .bind(&case.case_no)
        .bind((doing.ids)())
        .bind(&d.item)
        .bind(format!("{}共享数据 {}", d.source, d.reference))
        .bind(i64::try_from(text.len()).unwrap_or(i64::MAX))
        .bind(sm3_hex(text.as_bytes()))
        .bind(doing.name)
        .bind(doing.now)
        .bind(&d.source)
        .bind(&d.reference)
        .bind(trusts(settings, account, &d.source))
        .bind(&d.data)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

fn sm3_hex(bytes: &[u8]) -> String {
    Sm3::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

async fn evidence(tx: &mut TenantTx, case: &Case) -> Result<Vec<Evidence>, CaseError> {
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(
        "select item, source_name, source_reference, trusted from case_material
         where county = $1 and case_no = $2 and removed_at is null and source = 'shared'
         order by trusted desc, uploaded_at",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(item, source, reference, trusted)| Evidence {
            item,
            source,
            reference,
            trusted,
        })
        .collect())
}

/// What came of an attempt to decide without a person.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The case as it then is.
    pub case: Case,
    /// What was weighed.
    pub weighed: Weighed,
}

/// Weighs a case at its acceptance and, when everything is clear, accepts, decides, records
/// and — where nothing is to be printed — certifies and closes it, all in this transaction.
///
/// # Errors
/// A database error; a case that is not clear is no error.
pub async fn decide(
    tx: &mut TenantTx,
    tools: &recording::Tools<'_>,
    case_no: &str,
    settings: &Value,
    promise: &Promise,
    doing: &Doing<'_>,
) -> Result<Decided, CaseError> {
    let case = load(tx, case_no, true).await?;
    let switch = switch(settings, case.business);
    let states = check::units(tx, &case).await?;
    let faults = case
        .application
        .validate(case.business, doing.today(), true);
    let calendar = days::calendar(tx, &case.authority).await?;
    let violations = check::on(&case, &states, &calendar, doing);
    let checklist = case.checklist(&states, doing.today());
    let evidence = evidence(tx, &case).await?;
    let weighed = automatic::weigh(
        case.business,
        &case.application,
        switch.enabled,
        &checklist,
        &evidence,
        &faults,
        &violations,
    );
    if !weighed.granted {
        return Ok(Decided { case, weighed });
    }
    let rules = Doing {
        staff_id: ID,
        name: NAME,
        ..*doing
    };
    let taken = case.taken();
    let outcome = flow::decide_automatically(&case.standing(&taken))?;
    let mut detail = recording::record(tx, tools, &case, &rules).await?;
    detail["reasoning"] = json!(weighed);
    let mut request = Request::plain(Move::AutoDecide);
    request.opinion = Some("材料来源可信，规则全部符合，准予登记".to_owned());
    moves::write(tx, &case, &request, outcome, Some(detail), promise, &rules).await?;
    if chosen(&case.case_no, switch.after_check_percent) {
        choose(tx, &case, doing.now).await?;
    }
    let case = finish(tx, case_no, promise, &rules).await?;
    Ok(Decided { case, weighed })
}

/// Goes on with a case that was decided without a person and waited for its fee; any other case
/// is left as it is.
///
/// # Errors
/// A database error.
pub async fn resume(
    tx: &mut TenantTx,
    case_no: &str,
    promise: &Promise,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    let case = load(tx, case_no, true).await?;
    let decided = case
        .events
        .iter()
        .any(|e| e.action == Move::AutoDecide.code());
    // whoever took a hand in it since then also finishes it
    let untouched = case.events.iter().all(|e| e.actor_id == ID);
    if decided && untouched && case.state == CaseState::InProgress {
        let rules = Doing {
            staff_id: ID,
            name: NAME,
            ..*doing
        };
        finish(tx, case_no, promise, &rules).await?;
    }
    Ok(())
}

/// What needs no paper and no hand goes on by itself: an electronic certificate is handed
/// over with its number, the file is archived as it is.
async fn finish(
    tx: &mut TenantTx,
    case_no: &str,
    promise: &Promise,
    doing: &Doing<'_>,
) -> Result<Case, CaseError> {
    use dengbu_law::application::DeliveryMethod;
    loop {
        let case = load(tx, case_no, false).await?;
        let electronic = case.application.delivery_method == DeliveryMethod::Electronic
            || case.business.result == ResultPaper::None;
        if case.state == CaseState::Closed || !electronic {
            return Ok(case);
        }
        let action = match case.step {
            Step::Certificate => Move::MakeCertificate,
            Step::Delivery => Move::Deliver,
            Step::Archive => Move::Archive,
            _ => return Ok(case),
        };
        // an electronic certificate waits for the fee as a printed one does
        match fees::before(tx, &case, action).await {
            Err(CaseError::Fee(FeeError::NotSettled(_))) => return Ok(case),
            other => other?,
        }
        let mut request = Request::plain(action);
        let detail = match action {
            Move::Deliver => {
                let to = json!({ "name": crate::draft::holder_names(&case.application), "electronic": true });
                certificates::delivered(tx, &case.county, &case.case_no, &to, doing.now).await?;
                json!({ "recipient": to["name"], "electronic": true })
            }
            Move::Archive => {
                request.archive_no = Some(format!("电子-{}", case.case_no));
                json!({ "archive_no": request.archive_no, "electronic": true })
            }
            _ => json!({ "electronic": true }),
        };
        let outcome = onward(&case);
        moves::write(tx, &case, &request, outcome, Some(detail), promise, doing).await?;
    }
}

fn onward(case: &Case) -> Outcome {
    let next = case.business.next_step(case.step);
    Outcome {
        state: if next.is_some() {
            CaseState::InProgress
        } else {
            CaseState::Closed
        },
        step: next.unwrap_or(case.step),
        restarts_clock: false,
        frees_units: false,
    }
}

/// Whether a case is among those looked at afterwards: by its number alone, so that nobody
/// can choose, and anybody can check the choice.
#[must_use]
pub fn chosen(case_no: &str, percent: u8) -> bool {
    let digest = Sm3::digest(case_no.as_bytes());
    let draw = u32::from(digest[0]) << 8 | u32::from(digest[1]);
    draw * 100 < u32::from(percent.min(100)) * 65_536
}

async fn choose(tx: &mut TenantTx, case: &Case, at: DateTime<Utc>) -> Result<(), CaseError> {
    sqlx::query("insert into after_check (county, case_no, chosen_at) values ($1, $2, $3)")
        .bind(&case.county)
        .bind(&case.case_no)
        .bind(at)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A case chosen to be looked at afterwards (事后抽查).
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct AfterCheck {
    /// County.
    pub county: String,
    /// Case number.
    pub case_no: String,
    /// Business code.
    pub business: String,
    /// Where the unit lies.
    pub address: String,
    /// When it was chosen.
    pub chosen_at: DateTime<Utc>,
    /// `open`, `passed` or `failed`.
    pub state: String,
    /// Who looked.
    pub checked_by_name: Option<String>,
    /// When.
    pub checked_at: Option<DateTime<Utc>>,
    /// What was found.
    pub note: Option<String>,
}

/// Cases to be looked at, or looked at already, newest first: a page of those in this state
/// (none: in any), after the row with this moment and number.
///
/// # Errors
/// A database error.
pub async fn after_checks(
    tx: &mut TenantTx,
    state: Option<&str>,
    after: Option<(DateTime<Utc>, String)>,
    limit: i64,
) -> Result<Vec<AfterCheck>, CaseError> {
    let (at, no) = after.map_or((None, None), |(at, no)| (Some(at), Some(no)));
    Ok(sqlx::query_as(
        "select a.county, a.case_no, c.business, c.address, a.chosen_at, a.state, a.checked_by_name, a.checked_at, a.note
         from after_check a join registration_case c on c.county = a.county and c.case_no = a.case_no
         where ($1::text is null or a.state = $1)
           and ($2::timestamptz is null or (a.chosen_at, a.case_no) < ($2, $3))
         order by a.chosen_at desc, a.case_no desc limit $4",
    )
    .bind(state)
    .bind(at)
    .bind(no)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// One of them.
///
/// # Errors
/// [`CaseError::Unknown`] when the case was not chosen.
pub async fn after_check(tx: &mut TenantTx, case_no: &str) -> Result<AfterCheck, CaseError> {
    let found: Option<AfterCheck> = sqlx::query_as(
        "select a.county, a.case_no, c.business, c.address, a.chosen_at, a.state, a.checked_by_name, a.checked_at, a.note
         from after_check a join registration_case c on c.county = a.county and c.case_no = a.case_no
         where a.county = $1 and a.case_no = $2",
    )
    .bind(case_no.get(..6).unwrap_or_default())
    .bind(case_no)
    .fetch_optional(tx.conn())
    .await?;
    found.ok_or_else(|| CaseError::Unknown(format!("{case_no} 的抽查记录")))
}

/// Notes what a person found. A case that failed is mended by a rectification (更正登记),
/// never here.
///
/// # Errors
/// [`CaseError::Unknown`] when it was not chosen or is done.
pub async fn checked(
    tx: &mut TenantTx,
    case_no: &str,
    passed: bool,
    note: &str,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    let done = sqlx::query(
        "update after_check set state = $3, note = $4, checked_by = $5, checked_by_name = $6, checked_at = $7
         where county = $1 and case_no = $2 and state = 'open'",
    )
    .bind(case_no.get(..6).unwrap_or_default())
    .bind(case_no)
    .bind(if passed { "passed" } else { "failed" })
    .bind(note)
    .bind(doing.staff_id)
    .bind(doing.name)
    .bind(doing.now)
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(CaseError::Unknown(format!("{case_no} 的待抽查记录")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_chosen_is_about_what_was_asked_for() {
        let all = 20_000;
        for percent in [0, 5, 50, 100] {
            let n = (0..all)
                .filter(|i| chosen(&format!("5104022026{i:010}"), percent))
                .count();
            let want = all * usize::from(percent) / 100;
            assert!(n.abs_diff(want) < 400, "{percent} %: {n}");
        }
    }

    #[test]
    fn a_channel_speaks_only_for_the_sources_it_was_given() {
        let settings = json!({ TRUSTED_KEY: { "bank-gateway": ["银行"] } });
        assert!(trusts(&settings, "bank-gateway", "银行"));
        assert!(!trusts(&settings, "bank-gateway", "税务"));
        assert!(!trusts(&settings, "someone", "银行"));
    }
}
