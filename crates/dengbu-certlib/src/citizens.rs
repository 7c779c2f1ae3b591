//! Accounts of citizens for the simple portal (公众账号).
//!
//! At this stage an account is opened at the counter by a clerk who has looked at the person's
//! identity document; the clerk hands over a one-time password that is void after seven days and
//! must be replaced at the first sign-in. Sessions and cookies are apart from those of staff.
//! Real-name accounts of the province take their place with the portal (see decision 0025).

use chrono::{DateTime, TimeDelta, Utc};
use dengbu_register::NewId;
use dengbu_staff::password::Hasher;
use dengbu_staff::{Entropy, SessionToken, entropy};
use dengbu_store::TenantTx;
use uuid::Uuid;

use crate::{LibraryError, LibraryKey};

/// Days for which a one-time password is good.
pub const ONE_TIME_DAYS: i64 = 7;
/// Wrong passwords in a row after which the account is barred for a while.
pub const FAILURES_MAX: i32 = 5;
/// Minutes for which it is barred.
pub const BARRED_MINUTES: i64 = 15;
/// Minutes without a request after which a session ends.
pub const IDLE_MINUTES: i64 = 30;
/// Hours after which a session ends at the latest.
pub const SESSION_HOURS: i64 = 8;

/// An account.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Citizen {
    /// The authority that opened it.
    pub authority: String,
    /// Identity.
    pub citizen_id: Uuid,
    /// Name.
    pub name: String,
    /// Keyed index of the identity number.
    pub id_hash: Vec<u8>,
    /// Identity number, enciphered.
    pub id_cipher: Vec<u8>,
    /// Telephone.
    pub phone: Option<String>,
    /// The password must be replaced first.
    pub must_change: bool,
    /// `active` or `locked`.
    pub state: String,
    /// How the clerk checked who it is.
    pub identity_check: String,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// By whom.
    pub opened_by: String,
    /// Last sign-in.
    pub signed_in_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "authority, citizen_id, name, id_hash, id_cipher, phone, must_change, state, identity_check, \
     opened_at, opened_by, signed_in_at";
const IN_SCOPE: &str = "authority = any (string_to_array(current_setting('app.scope', true), ','))";

fn about(id: Uuid) -> Vec<u8> {
    [b"citizen\0", id.as_bytes().as_slice()].concat()
}

impl Citizen {
    /// The identity number.
    ///
    /// # Errors
    /// [`LibraryError::Unreadable`].
    pub fn id_number(&self, key: &LibraryKey) -> Result<String, LibraryError> {
        let plain = key.open(&about(self.citizen_id), &self.id_cipher)?;
        String::from_utf8(plain).map_err(|_| LibraryError::Unreadable)
    }
}

/// An account about to be opened.
#[derive(Debug, Clone)]
pub struct NewCitizen<'a> {
    /// The authority.
    pub authority: &'a str,
    /// Name, as in the document.
    pub name: &'a str,
    /// Identity number.
    pub id_number: &'a str,
    /// Telephone.
    pub phone: Option<&'a str>,
    /// How the clerk checked who it is.
    pub identity_check: &'a str,
    /// The clerk.
    pub opened_by: &'a str,
}

/// A one-time password: 12 characters that cannot be mistaken for each other, in groups.
fn one_time(source: &dyn Entropy) -> Result<String, LibraryError> {
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let bytes = entropy::bytes::<12>(source)?;
    let mut text = String::with_capacity(14);
    for (at, b) in bytes.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[usize::from(*b) % ALPHABET.len()]));
    }
    Ok(text)
}

/// Opens an account; the one-time password is told once. The transaction's scope must cover all
/// authorities, so that nobody gets a second account elsewhere.
///
/// # Errors
/// [`LibraryError::Refused`] when the person has an account.
pub async fn open(
    tx: &mut TenantTx,
    new: &NewCitizen<'_>,
    key: &LibraryKey,
    hasher: &Hasher,
    source: &dyn Entropy,
    now: DateTime<Utc>,
    ids: NewId<'_>,
) -> Result<(Citizen, String), LibraryError> {
    let number = new.id_number.to_uppercase();
    let hash = key.index(&number);
    let sql =
        format!("select exists (select from citizen_account where {IN_SCOPE} and id_hash = $1)");
    let taken: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(&hash)
        .fetch_one(tx.conn())
        .await?;
    if taken {
        return Err(LibraryError::Refused(
            "这个身份证号已经开通过公众账号；忘记口令请办理重置".to_owned(),
        ));
    }
    let password = one_time(source)?;
    let id = ids();
    let sql = format!(
        "insert into citizen_account (authority, citizen_id, name, id_hash, id_cipher, phone, password_hash, must_change,
             one_time_until, state, identity_check, opened_at, opened_by)
         values ($1, $2, $3, $4, $5, $6, $7, true, $8, 'active', $9, $10, $11) returning {COLUMNS}"
    );
    let made = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(new.authority)
        .bind(id)
        .bind(new.name)
        .bind(&hash)
        .bind(key.seal(&about(id), number.as_bytes())?)
        .bind(new.phone)
        .bind(hasher.hash(source, &password).await?)
        .bind(now + TimeDelta::days(ONE_TIME_DAYS))
        .bind(new.identity_check)
        .bind(now)
        .bind(new.opened_by)
        .fetch_one(tx.conn())
        .await?;
    Ok((made, password))
}

/// Accounts of the authority by the beginning of the name, or by the index of an identity number.
///
/// # Errors
/// A database error.
pub async fn list(
    tx: &mut TenantTx,
    authority: &str,
    name: Option<&str>,
    id_hash: Option<&[u8]>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Citizen>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from citizen_account where authority = $1
           and ($2::text is null or starts_with(name, $2)) and ($3::bytea is null or id_hash = $3)
           and ($4::uuid is null or citizen_id < $4) order by citizen_id desc limit $5"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(name)
        .bind(id_hash)
        .bind(before)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?)
}

/// What a clerk does to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A new one-time password.
    Reset,
    /// No sign-in any more.
    Lock,
    /// Sign-in again.
    Unlock,
}

/// Does it; all sessions of the account end. Gives the one-time password of a reset.
///
/// # Errors
/// [`LibraryError::Unknown`] when the account is not of this authority.
pub async fn act(
    tx: &mut TenantTx,
    authority: &str,
    citizen_id: Uuid,
    deed: Deed,
    hasher: &Hasher,
    source: &dyn Entropy,
    now: DateTime<Utc>,
) -> Result<Option<String>, LibraryError> {
    let (password, hash) = if deed == Deed::Reset {
        let password = one_time(source)?;
        let hash = hasher.hash(source, &password).await?;
        (Some(password), Some(hash))
    } else {
        (None, None)
    };
    let state = match deed {
        Deed::Lock => Some("locked"),
        Deed::Unlock => Some("active"),
        Deed::Reset => None,
    };
    let changed = sqlx::query(
        "update citizen_account set password_hash = coalesce($3, password_hash), must_change = must_change or $3 is not null,
             one_time_until = case when $3 is null then one_time_until else $4 end,
             state = coalesce($5, state), failures = 0, barred_until = null
         where authority = $1 and citizen_id = $2",
    )
    .bind(authority)
    .bind(citizen_id)
    .bind(hash)
    .bind(now + TimeDelta::days(ONE_TIME_DAYS))
    .bind(state)
    .execute(tx.conn())
    .await?
    .rows_affected();
    if changed == 0 {
        return Err(LibraryError::Unknown("这个公众账号"));
    }
    end_sessions(tx, authority, citizen_id).await?;
    Ok(password)
}

async fn end_sessions(
    tx: &mut TenantTx,
    authority: &str,
    citizen_id: Uuid,
) -> Result<(), LibraryError> {
    sqlx::query("delete from citizen_session where authority = $1 and citizen_id = $2")
        .bind(authority)
        .bind(citizen_id)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// How a sign-in ended.
#[derive(Debug)]
pub enum SignIn {
    /// Signed in.
    Done(Box<Citizen>, SessionToken),
    /// Wrong number or password, or locked: the same words for all.
    Wrong,
    /// Too many wrong passwords.
    Barred(DateTime<Utc>),
    /// The one-time password is too old.
    OneTimeOver,
}

#[derive(sqlx::FromRow)]
struct Door {
    #[sqlx(flatten)]
    citizen: Citizen,
    password_hash: String,
    one_time_until: Option<DateTime<Utc>>,
    failures: i32,
    barred_until: Option<DateTime<Utc>>,
}

/// Signs in with identity number and password. The caller commits whatever the end: failures are
/// counted.
///
/// # Errors
/// A database error.
pub async fn sign_in(
    tx: &mut TenantTx,
    id_number: &str,
    password: &str,
    key: &LibraryKey,
    hasher: &Hasher,
    source: &dyn Entropy,
    now: DateTime<Utc>,
) -> Result<SignIn, LibraryError> {
    let sql = format!(
        "select {COLUMNS}, password_hash, one_time_until, failures, barred_until from citizen_account
         where {IN_SCOPE} and id_hash = $1 for update"
    );
    let door: Option<Door> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(key.index(id_number))
        .fetch_optional(tx.conn())
        .await?;
    let Some(door) = door else {
        hasher.check_nobody(password).await?;
        return Ok(SignIn::Wrong);
    };
    if let Some(until) = door.barred_until.filter(|until| *until > now) {
        hasher.check_nobody(password).await?;
        return Ok(SignIn::Barred(until));
    }
    let checked = hasher.check(password, &door.password_hash).await?;
    let citizen = door.citizen;
    if !checked.matches {
        let failures = door.failures + 1;
        let barred = (failures >= FAILURES_MAX).then(|| now + TimeDelta::minutes(BARRED_MINUTES));
        sqlx::query(
            "update citizen_account set failures = $3, barred_until = $4 where authority = $1 and citizen_id = $2",
        )
        .bind(&citizen.authority)
        .bind(citizen.citizen_id)
        .bind(if barred.is_some() { 0 } else { failures })
        .bind(barred)
        .execute(tx.conn())
        .await?;
        return Ok(SignIn::Wrong);
    }
    if citizen.state != "active" {
        return Ok(SignIn::Wrong);
    }
    if citizen.must_change && door.one_time_until.is_some_and(|until| until <= now) {
        return Ok(SignIn::OneTimeOver);
    }
    let token = SessionToken::generate(source)?;
    sqlx::query(
        "update citizen_account set failures = 0, barred_until = null, signed_in_at = $3 where authority = $1 and citizen_id = $2",
    )
    .bind(&citizen.authority)
    .bind(citizen.citizen_id)
    .bind(now)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "insert into citizen_session (authority, token_hash, citizen_id, created_at, last_seen_at) values ($1, $2, $3, $4, $4)",
    )
    .bind(&citizen.authority)
    .bind(&token.hash()[..])
    .bind(citizen.citizen_id)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(SignIn::Done(Box::new(citizen), token))
}

/// Who holds this session; its idle time begins anew.
///
/// # Errors
/// A database error.
pub async fn session(
    tx: &mut TenantTx,
    token: &SessionToken,
    now: DateTime<Utc>,
) -> Result<Option<Citizen>, LibraryError> {
    let found: Option<(String, Uuid)> = sqlx::query_as(
        "update citizen_session set last_seen_at = $2
         where authority = any (string_to_array(current_setting('app.scope', true), ',')) and token_hash = $1
           and last_seen_at > $3 and created_at > $4 returning authority, citizen_id",
    )
    .bind(&token.hash()[..])
    .bind(now)
    .bind(now - TimeDelta::minutes(IDLE_MINUTES))
    .bind(now - TimeDelta::hours(SESSION_HOURS))
    .fetch_optional(tx.conn())
    .await?;
    let Some((authority, id)) = found else {
        return Ok(None);
    };
    let sql = format!(
        "select {COLUMNS} from citizen_account where authority = $1 and citizen_id = $2 and state = 'active'"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?)
}

/// Ends a session.
///
/// # Errors
/// A database error.
pub async fn sign_out(tx: &mut TenantTx, token: &SessionToken) -> Result<(), LibraryError> {
    let sql = format!("delete from citizen_session where {IN_SCOPE} and token_hash = $1");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(&token.hash()[..])
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Replaces the password; other sessions of the account end.
///
/// # Errors
/// [`LibraryError::Refused`] when the present password is wrong or the new one is too weak.
pub async fn change_password(
    tx: &mut TenantTx,
    citizen: &Citizen,
    token: &SessionToken,
    (current, new): (&str, &str),
    hasher: &Hasher,
    source: &dyn Entropy,
) -> Result<(), LibraryError> {
    let hash: String = sqlx::query_scalar(
        "select password_hash from citizen_account where authority = $1 and citizen_id = $2 for update",
    )
    .bind(&citizen.authority)
    .bind(citizen.citizen_id)
    .fetch_one(tx.conn())
    .await?;
    if !hasher.check(current, &hash).await?.matches {
        return Err(LibraryError::Refused("现在的口令不正确".to_owned()));
    }
    let classes = [
        new.chars().any(|c| c.is_ascii_lowercase()),
        new.chars().any(|c| c.is_ascii_uppercase()),
        new.chars().any(|c| c.is_ascii_digit()),
        new.chars().any(|c| !c.is_ascii_alphanumeric()),
    ];
    let strong = (10..=100).contains(&new.chars().count())
        && classes.into_iter().filter(|c| *c).count() >= 3
        && new != current;
    if !strong {
        return Err(LibraryError::Refused(
            "新口令应为 10 至 100 个字符，含大写字母、小写字母、数字、符号中的三种，并且与原口令不同".to_owned(),
        ));
    }
    sqlx::query(
        "update citizen_account set password_hash = $3, must_change = false, one_time_until = null
         where authority = $1 and citizen_id = $2",
    )
    .bind(&citizen.authority)
    .bind(citizen.citizen_id)
    .bind(hasher.hash(source, new).await?)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "delete from citizen_session where authority = $1 and citizen_id = $2 and token_hash <> $3",
    )
    .bind(&citizen.authority)
    .bind(citizen.citizen_id)
    .bind(&token.hash()[..])
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Clears sessions that ended.
///
/// # Errors
/// A database error.
pub async fn sweep(tx: &mut TenantTx, now: DateTime<Utc>) -> Result<u64, LibraryError> {
    let sql = format!(
        "delete from citizen_session where {IN_SCOPE} and (last_seen_at < $1 or created_at < $2)"
    );
    Ok(sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(now - TimeDelta::minutes(IDLE_MINUTES))
        .bind(now - TimeDelta::hours(SESSION_HOURS))
        .execute(tx.conn())
        .await?
        .rows_affected())
}
