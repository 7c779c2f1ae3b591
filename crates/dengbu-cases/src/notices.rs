//! Public notices of cases (公告): published, withdrawn, listed. Objections: [`crate::objections`].
//! What may be done is in [`dengbu_law::notice`].

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use dengbu_law::catalogue::{Notice, NoticeKind};
use dengbu_law::flow::{CaseState, Step};
use dengbu_law::notice::{self, NoticeBar, Objection, Published};
use dengbu_model::party::{Holder, Party};
use dengbu_register::void_notices;
use dengbu_store::TenantTx;
use serde_json::{Value, json};
use sm3::{Digest, Sm3};
use sqlx::FromRow;
use uuid::Uuid;

use crate::case::{Case, load, require_version};
use crate::moves::fault;
use crate::objections::{self, NoticeObjection};
use crate::trail::{self, Happening};
use crate::{CaseError, Doing, clock, days};

/// A notice as published.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PublicNotice {
    /// Identity.
    pub notice_id: Uuid,
    /// Number (公告编号).
    pub notice_no: String,
    /// The case.
    pub case_no: String,
    /// Authority that publishes.
    pub authority: String,
    /// Business code.
    pub business: String,
    /// Kind ([`dengbu_law::catalogue::NoticeKind`]) as its code.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Text.
    pub body: String,
    /// Where it is put up, the portal aside.
    pub places: String,
    /// Working days.
    pub days: i32,
    /// Day of publication.
    pub published_on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
    /// Digest of what it announces.
    pub content_digest: String,
    /// Where objections go (异议送达地址).
    pub objection_address: String,
    /// Telephone.
    pub contact: String,
    /// Who published it.
    pub published_by_name: String,
    /// When it was taken back.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Who took it back.
    pub withdrawn_by_name: Option<String>,
    /// Why.
    pub withdraw_reason: Option<String>,
    /// Objections.
    pub objections: i64,
    /// Objections not yet decided.
    pub undecided: i64,
}

const COLUMNS: &str = "n.notice_id, n.notice_no, n.case_no, n.authority, n.business, n.kind, n.title, n.body, \
     n.places, n.days, n.published_on, n.ends_on, n.content_digest, n.objection_address, n.contact, n.published_by_name, \
     n.withdrawn_at, n.withdrawn_by_name, n.withdraw_reason, \
     (select count(*) from notice_objection o where o.county = n.county and o.notice_id = n.notice_id) as objections, \
     (select count(*) from notice_objection o where o.county = n.county and o.notice_id = n.notice_id \
         and o.decision is null) as undecided";

/// The notices of a case, the newest first.
///
/// # Errors
/// A database error.
pub async fn of_case(tx: &mut TenantTx, case: &Case) -> Result<Vec<PublicNotice>, CaseError> {
    let sql = format!(
        "select {COLUMNS} from public_notice n where n.county = $1 and n.case_no = $2
         order by n.published_at desc, n.notice_id"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&case.county)
        .bind(&case.case_no)
        .fetch_all(tx.conn())
        .await?)
}

/// What keeps the case at its notice.
///
/// # Errors
/// A database error.
pub async fn bar(
    tx: &mut TenantTx,
    case: &Case,
    reason: Option<&str>,
    today: NaiveDate,
) -> Result<Option<NoticeBar>, CaseError> {
    let Some(rule) = &case.business.notice else {
        return Ok(None);
    };
    let (published, objections) = standing(tx, case).await?;
    Ok(notice::may_pass(rule, published, &objections, reason, today).err())
}

/// The notice of a case that was not taken back, and all objections: one that stands or waits is
/// not lost with the notice it was made to.
async fn standing(
    tx: &mut TenantTx,
    case: &Case,
) -> Result<(Option<Published>, Vec<Objection>), CaseError> {
    let digest = content_digest(case);
    let published = of_case(tx, case)
        .await?
        .into_iter()
        .find(|n| n.withdrawn_at.is_none())
        .map(|n| Published {
            on: n.published_on,
            ends_on: n.ends_on,
            outdated: n.content_digest != digest,
        });
    let published = match published {
        None => declared_lost(tx, case).await?,
        known => known,
    };
    let objections = objections::of_case(tx, case)
        .await?
        .iter()
        .map(NoticeObjection::standing)
        .collect();
    Ok((published, objections))
}

/// A declaration of loss that was published before the case was begun counts as its notice, when it
/// is about every paper that is to be issued anew (实施细则第二十二条第二款).
///
/// # Errors
/// A database error.
pub async fn declared_lost(tx: &mut TenantTx, case: &Case) -> Result<Option<Published>, CaseError> {
    let loss = |n: &Notice| n.kind == NoticeKind::Loss;
    if !case.business.notice.as_ref().is_some_and(loss) {
        return Ok(None);
    }
    let units: Vec<String> = case.units.iter().map(|u| u.as_str().to_owned()).collect();
    let found = void_notices::declared_lost(tx, &case.county, &units, case.target_right_id).await?;
    Ok(found.map(|(on, ends_on)| Published {
        on,
        ends_on,
        outdated: false,
    }))
}

/// Refuses while an objection waits or stands, or what was announced is not what is asked for:
/// at the approval and at the recording.
pub(crate) async fn require_clear(tx: &mut TenantTx, case: &Case) -> Result<(), CaseError> {
    if case.business.notice.is_none() {
        return Ok(());
    }
    let (published, objections) = standing(tx, case).await?;
    notice::may_register(published, &objections)
        .map_err(|b| fault("/action", "notice", &b.to_string()))
}

/// What a notice announces, in SM3: units, who gets and who gives what, and why. Telephones and
/// addresses of the applicants are no part of it.
fn content_digest(case: &Case) -> String {
    let a = &case.application;
    let holders = |all: &[Holder]| -> Vec<Value> {
        all.iter()
            .map(|h| json!([h.party.name, h.party.id, h.share]))
            .collect()
    };
    let parties =
        |all: &[Party]| -> Vec<Value> { all.iter().map(|p| json!([p.name, p.id])).collect() };
    let further: Vec<Value> = a
        .further
        .iter()
        .map(|p| {
            json!([
                p.business,
                holders(&p.holders),
                parties(&p.obligors),
                p.detail
            ])
        })
        .collect();
    let said = json!([
        case.units,
        a.reason,
        holders(&a.holders),
        parties(&a.obligors),
        a.co_ownership,
        a.detail,
        further
    ]);
    Sm3::digest(said.to_string().as_bytes())
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// Refuses unless the case may leave its notice.
pub(crate) async fn require_over(
    tx: &mut TenantTx,
    case: &Case,
    reason: Option<&str>,
    today: NaiveDate,
) -> Result<(), CaseError> {
    match bar(tx, case, reason, today).await? {
        None => Ok(()),
        Some(b @ NoticeBar::NoReason) => Err(fault("/reason", "required", &b.to_string())),
        Some(b) => Err(fault("/action", "notice", &b.to_string())),
    }
}

/// Whether whoever takes the case on without a notice must say why.
///
/// # Errors
/// A database error.
pub async fn needs_reason(
    tx: &mut TenantTx,
    case: &Case,
    today: NaiveDate,
) -> Result<bool, CaseError> {
    if case.step != Step::Notice || case.state.is_final() {
        return Ok(false);
    }
    let bar = bar(tx, case, None, today).await?;
    Ok(matches!(bar, Some(NoticeBar::NoReason)))
}

/// Whether a notice of this case may be published now: it is accepted and has not left the step
/// of its notice. A notice may run beside the inspection and the first review (公告 takes time).
#[must_use]
pub fn may_publish(case: &Case) -> bool {
    case.business.notice.is_some()
        && case.state == CaseState::InProgress
        && case.step > Step::Acceptance
        && case.step <= Step::Notice
}

/// Whether the notice of this case may be taken back: nothing is decided for good yet.
#[must_use]
pub fn may_withdraw(case: &Case) -> bool {
    !case.state.is_final() && case.recorded_at.is_none()
}

/// A notice to be published.
#[derive(Debug, Clone)]
pub struct NewNotice<'a> {
    /// Title.
    pub title: &'a str,
    /// Text.
    pub body: &'a str,
    /// Where it is put up, the portal aside.
    pub places: &'a str,
    /// Working days.
    pub days: u32,
    /// Where objections go.
    pub objection_address: &'a str,
    /// Telephone.
    pub contact: &'a str,
    /// Of a rectification ex officio: when the parties were told (实施细则第八十一条).
    pub notified_on: Option<NaiveDate>,
}

fn rule(case: &Case) -> Result<&'static Notice, CaseError> {
    case.business
        .notice
        .as_ref()
        .ok_or_else(|| fault("/title", "no_notice", "本业务不需要公告"))
}

/// Publishes the notice of a case: from this day on, on the portal.
///
/// # Errors
/// [`CaseError::Stale`]; [`CaseError::Fields`] for a text that is wanting, a period too short, a
/// notice that runs already or a case elsewhere.
pub async fn publish(
    tx: &mut TenantTx,
    case_no: &str,
    seen_version: i64,
    new: &NewNotice<'_>,
    doing: &Doing<'_>,
) -> Result<Case, CaseError> {
    let case = load(tx, case_no, true).await?;
    require_version(&case, seen_version)?;
    let rule = rule(&case)?;
    if !may_publish(&case) {
        let message = format!(
            "业务件{}，处于“{}”环节，不能发布公告；公告在受理之后、公告环节结束之前发布",
            case.state.name_zh(),
            case.step.name_zh()
        );
        return Err(fault("/title", "not_here", &message));
    }
    let faults: Vec<_> = [
        ("/title", new.title, 100, "公告标题"),
        ("/body", new.body, 500_000, "公告内容"),
        ("/places", new.places, 200, "张贴地点"),
        (
            "/objection_address",
            new.objection_address,
            200,
            "异议送达地址",
        ),
        ("/contact", new.contact, 60, "联系电话"),
    ]
    .into_iter()
    .filter_map(|(field, text, most, name)| wanting(field, text, most, name))
    .collect();
    if !faults.is_empty() {
        return Err(CaseError::Fields(faults));
    }
    if names_a_number(new.body) || names_a_number(new.title) {
        return Err(fault(
            "/body",
            "identity_number",
            "公告是公开的，内容中不要写公民身份号码",
        ));
    }
    if of_case(tx, &case)
        .await?
        .iter()
        .any(|n| n.withdrawn_at.is_none())
    {
        return Err(fault(
            "/title",
            "published",
            "本业务已有公告；需要重新公告的，请先撤回原公告",
        ));
    }
    let calendar = days::calendar(tx, &case.authority).await?;
    let today = doing.today();
    let ends_on = notice::ends_on(rule, new.days, today, &calendar)
        .map_err(|e| fault("/days", "days", &e.to_string()))?;
    notice::may_announce(rule.kind, new.notified_on, today, &calendar)
        .map_err(|e| fault("/notified_on", "notified_on", &e.to_string()))?;
    let notice_no = number(tx, &case.authority, today.year()).await?;
    sqlx::query(
        "insert into public_notice (county, notice_id, notice_no, case_no, authority, business, kind, title, body,
             places, days, published_on, ends_on, objection_address, contact, published_at, published_by,
             published_by_name, content_digest)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
    )
    .bind(&case.county)
    .bind((doing.ids)())
    .bind(&notice_no)
    .bind(&case.case_no)
    .bind(&case.authority)
    .bind(&case.business.code)
    .bind(rule.kind.code())
    .bind(new.title.trim())
    .bind(new.body.trim())
    .bind(new.places.trim())
    .bind(i32::try_from(new.days).unwrap_or(i32::MAX))
    .bind(today)
    .bind(ends_on)
    .bind(new.objection_address.trim())
    .bind(new.contact.trim())
    .bind(doing.now)
    .bind(doing.staff_id)
    .bind(doing.name)
    .bind(content_digest(&case))
    .execute(tx.conn())
    .await?;
    clock::follow_notice(tx, &case, doing).await?;
    let said = format!("公告编号 {notice_no}，公告期至 {ends_on}");
    let detail = json!({
        "notice_no": notice_no, "ends_on": ends_on, "days": new.days, "notified_on": new.notified_on,
    });
    trail::note(
        tx,
        &case,
        Happening::PublishNotice,
        Some(&said),
        Some(detail),
        doing,
    )
    .await?;
    load(tx, case_no, false).await
}

pub(crate) fn wanting(
    field: &str,
    text: &str,
    most: usize,
    name: &str,
) -> Option<dengbu_law::application::FieldError> {
    let length = text.trim().chars().count();
    let (code, message) = if length == 0 {
        ("required", format!("请填写{name}"))
    } else if length > most || text.contains('\0') {
        ("too_long", format!("{name}不能超过 {most} 字"))
    } else {
        return None;
    };
    Some(dengbu_law::application::FieldError {
        field: field.to_owned(),
        code,
        message,
    })
}

/// Whether a text holds what looks like a resident identity number (18 characters).
fn names_a_number(text: &str) -> bool {
    let mut digits = 0;
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits += 1;
            continue;
        }
        if digits == 17 && matches!(c, 'X' | 'x') || digits == 18 {
            return true;
        }
        digits = 0;
    }
    digits == 18
}

/// The next number of the authority's year, such as `2026-0007`.
async fn number(tx: &mut TenantTx, authority: &str, year: i32) -> Result<String, CaseError> {
    let serial: i32 = sqlx::query_scalar(
        "insert into public_notice_series (authority, year, last) values ($1, $2, 1)
         on conflict (authority, year) do update set last = public_notice_series.last + 1
         returning last",
    )
    .bind(authority)
    .bind(year)
    .fetch_one(tx.conn())
    .await?;
    Ok(format!("{year}-{serial:04}"))
}

/// Takes the notice of a case back; a new one begins a new period.
///
/// # Errors
/// [`CaseError::Stale`]; [`CaseError::Fields`] when there is none or no reason is given.
pub async fn withdraw(
    tx: &mut TenantTx,
    case_no: &str,
    seen_version: i64,
    reason: &str,
    doing: &Doing<'_>,
) -> Result<Case, CaseError> {
    let case = load(tx, case_no, true).await?;
    require_version(&case, seen_version)?;
    if let Some(f) = wanting("/reason", reason, 500, "撤回公告的原因") {
        return Err(CaseError::Fields(vec![f]));
    }
    if !may_withdraw(&case) {
        return Err(fault(
            "/reason",
            "not_here",
            "业务件已办结或者已登簿，公告不能再撤回",
        ));
    }
    let done = sqlx::query(
        "update public_notice set withdrawn_at = $3, withdrawn_by_name = $4, withdraw_reason = $5
         where county = $1 and case_no = $2 and withdrawn_at is null",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(doing.now)
    .bind(doing.name)
    .bind(reason.trim())
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Err(fault("/reason", "none", "本业务没有正在公告的公告"));
    }
    clock::follow_notice(tx, &case, doing).await?;
    trail::note(
        tx,
        &case,
        Happening::WithdrawNotice,
        Some(reason.trim()),
        None,
        doing,
    )
    .await?;
    load(tx, case_no, false).await
}

/// Which notices to list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// `running`, `over` (the period has ended and the case still waits), `objected`, or all.
    pub state: Option<String>,
    /// Part of number, title, text or case number.
    pub text: Option<String>,
    /// Rows to pass over.
    pub from: i64,
    /// Rows at most.
    pub limit: i64,
}

/// Notices in scope, the newest first.
///
/// # Errors
/// A database error.
pub async fn list(
    tx: &mut TenantTx,
    wanted: &Wanted,
    today: NaiveDate,
) -> Result<Vec<PublicNotice>, CaseError> {
    let sql = format!(
        "select {COLUMNS} from public_notice n
         join registration_case c on c.county = n.county and c.case_no = n.case_no
         where ($1::text is null
                or ($1 = 'running' and n.withdrawn_at is null and n.ends_on >= $2 and c.closed_at is null)
                or ($1 = 'over' and n.withdrawn_at is null and n.ends_on < $2 and c.closed_at is null
                    and c.step in ('inspection', 'first_review', 'notice'))
                or ($1 = 'objected' and n.withdrawn_at is null and exists (select 1 from notice_objection o
                    where o.county = n.county and o.notice_id = n.notice_id and o.decision is null)))
           and ($3::text is null or strpos(n.notice_no, $3) > 0 or strpos(n.title, $3) > 0
                or strpos(n.body, $3) > 0 or strpos(n.case_no, $3) > 0)
         order by n.published_on desc, n.notice_id desc offset $4 limit $5"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&wanted.state)
        .bind(today)
        .bind(&wanted.text)
        .bind(wanted.from)
        .bind(wanted.limit)
        .fetch_all(tx.conn())
        .await?)
}

/// Notices that run, for everybody: the newest first. What is over, was taken back or came to
/// nothing with its case is not shown: the law demands names for the time of the notice only.
///
/// # Errors
/// A database error.
pub async fn running(
    tx: &mut TenantTx,
    text: Option<&str>,
    today: NaiveDate,
    from: i64,
    limit: i64,
) -> Result<Vec<PublicNotice>, CaseError> {
    let wanted = Wanted {
        state: Some("running".to_owned()),
        text: text.map(str::to_owned),
        from,
        limit,
    };
    list(tx, &wanted, today).await
}

/// One notice in scope.
///
/// # Errors
/// A database error.
pub async fn one(tx: &mut TenantTx, notice_id: Uuid) -> Result<Option<PublicNotice>, CaseError> {
    let sql = format!("select {COLUMNS} from public_notice n where n.notice_id = $1");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(notice_id)
        .fetch_optional(tx.conn())
        .await?)
}
