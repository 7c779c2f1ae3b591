//! Grants (授权): the owner lets somebody see or take a certificate, for a purpose, a time and a
//! number of uses. The code is 128 random bits, shown once and kept as its SM3 hash; each use is
//! counted and logged in one transaction, so that a code used up cannot be used again, however
//! many try at once.

use chrono::{DateTime, TimeDelta, Utc};
use dengbu_register::NewId;
use dengbu_staff::{Entropy, entropy};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::LibraryError;
use crate::record::ECertificate;
use crate::secret::sm3;

/// Longest life of a grant.
pub const DAYS_MAX: i64 = 90;
/// Life of a grant when nothing is said.
pub const HOURS_DEFAULT: i64 = 24;
/// Most uses of a grant.
pub const USES_MAX: i32 = 100;

/// What a grant lets somebody have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// 只看状态.
    State,
    /// 看内容.
    Fields,
    /// 看内容并取得加注件.
    Copy,
}

impl Scope {
    /// Code in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Fields => "fields",
            Self::Copy => "copy",
        }
    }

    /// The scope with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::State, Self::Fields, Self::Copy]
            .into_iter()
            .find(|s| s.code() == code)
    }

    /// Name that people see.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::State => "只核验状态",
            Self::Fields => "查看内容",
            Self::Copy => "查看内容并取得加注件",
        }
    }
}

/// A grant about to be given.
#[derive(Debug, Clone)]
pub struct NewGrant<'a> {
    /// Account of the owner.
    pub citizen_id: Uuid,
    /// Name of the owner.
    pub grantor: &'a str,
    /// To whom.
    pub grantee: &'a str,
    /// For what.
    pub purpose: &'a str,
    /// What.
    pub scope: Scope,
    /// How often.
    pub uses_max: i32,
    /// Until when.
    pub not_after: DateTime<Utc>,
}

/// A grant as stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Grant {
    /// County of the certificate.
    pub county: String,
    /// Identity.
    pub grant_id: Uuid,
    /// The certificate.
    pub e_certificate_id: Uuid,
    /// Account of the owner.
    pub citizen_id: Uuid,
    /// Name of the owner.
    pub grantor: String,
    /// To whom.
    pub grantee: String,
    /// For what.
    pub purpose: String,
    /// What.
    pub scope: String,
    /// How often.
    pub uses_max: i32,
    /// How often it was used.
    pub uses: i32,
    /// From when.
    pub not_before: DateTime<Utc>,
    /// Until when.
    pub not_after: DateTime<Utc>,
    /// When it was given.
    pub created_at: DateTime<Utc>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// How a grant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It can be used.
    Open,
    /// All uses are used.
    Spent,
    /// Its time is over.
    Expired,
    /// The owner took it back.
    Revoked,
}

impl Standing {
    /// Code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Spent => "spent",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// Name that people see.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Open => "可使用",
            Self::Spent => "次数已用完",
            Self::Expired => "已过期",
            Self::Revoked => "已撤回",
        }
    }
}

impl Grant {
    /// How it stands at a moment.
    #[must_use]
    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        if self.revoked_at.is_some() {
            Standing::Revoked
        } else if self.uses >= self.uses_max {
            Standing::Spent
        } else if now >= self.not_after || now < self.not_before {
            Standing::Expired
        } else {
            Standing::Open
        }
    }
}

const COLUMNS: &str = "county, grant_id, e_certificate_id, citizen_id, grantor, grantee, purpose, scope, uses_max, uses, \
     not_before, not_after, created_at, revoked_at";
const IN_SCOPE: &str = "county = any (string_to_array(current_setting('app.scope', true), ','))";

/// Digits and letters of a code: none that look alike (Crockford's Base32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code: 26 × 5 bits hold 128.
const CODE_LENGTH: usize = 26;

/// Writes 128 bits as a code in groups.
fn write_code(bits: [u8; 16]) -> String {
    let mut value = u128::from_be_bytes(bits);
    let mut out = [0_u8; CODE_LENGTH];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[usize::try_from(value & 31).unwrap_or(0)];
        value >>= 5;
    }
    let mut text = String::with_capacity(CODE_LENGTH + 6);
    for (at, c) in out.iter().enumerate() {
        if at > 0 && at % 5 == 0 {
            text.push('-');
        }
        text.push(char::from(*c));
    }
    text
}

/// Reads a code as typed: groups, lower case, O for 0, I and L for 1; none when it is no code.
#[must_use]
pub fn read_code(text: &str) -> Option<[u8; 16]> {
    let mut value = 0_u128;
    let mut length = 0;
    for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let digit = ALPHABET.iter().position(|a| char::from(*a) == c)?;
        length += 1;
        if length > CODE_LENGTH || (length == 1 && digit > 7) {
            return None;
        }
        value = value << 5 | u128::try_from(digit).ok()?;
    }
    (length == CODE_LENGTH).then(|| value.to_be_bytes())
}

/// Gives a grant; the code is told once.
///
/// # Errors
/// [`LibraryError::Refused`] for a time or a number out of range, or a database error.
pub async fn give(
    tx: &mut TenantTx,
    c: &ECertificate,
    new: &NewGrant<'_>,
    source: &dyn Entropy,
    now: DateTime<Utc>,
    ids: NewId<'_>,
) -> Result<(Grant, String), LibraryError> {
    if new.not_after <= now || new.not_after > now + TimeDelta::days(DAYS_MAX) {
        return Err(LibraryError::Refused(format!(
            "授权有效期应在 {DAYS_MAX} 天以内，且晚于现在"
        )));
    }
    if !(1..=USES_MAX).contains(&new.uses_max) {
        return Err(LibraryError::Refused(format!(
            "授权使用次数应为 1 至 {USES_MAX} 次"
        )));
    }
    let bits = entropy::bytes::<16>(source)?;
    let sql = format!(
        "insert into e_certificate_grant (county, grant_id, e_certificate_id, citizen_id, grantor, grantee, purpose, scope,
             uses_max, not_before, not_after, code_hash, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $10) returning {COLUMNS}"
    );
    let grant = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&c.county)
        .bind(ids())
        .bind(c.e_certificate_id)
        .bind(new.citizen_id)
        .bind(new.grantor)
        .bind(new.grantee)
        .bind(new.purpose)
        .bind(new.scope.code())
        .bind(new.uses_max)
        .bind(now)
        .bind(new.not_after)
        .bind(&sm3(&bits)[..])
        .fetch_one(tx.conn())
        .await?;
    Ok((grant, write_code(bits)))
}

/// The grant of a code, locked; none for a code nobody was given.
///
/// # Errors
/// A database error.
pub async fn by_code(tx: &mut TenantTx, bits: &[u8; 16]) -> Result<Option<Grant>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate_grant where {IN_SCOPE} and code_hash = $1 for update"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&sm3(bits)[..])
        .fetch_optional(tx.conn())
        .await?)
}

/// Takes one use of an open grant.
///
/// # Errors
/// [`LibraryError::Refused`] says how it stands when it is not open.
pub async fn take_use(
    tx: &mut TenantTx,
    grant: &Grant,
    now: DateTime<Utc>,
) -> Result<(), LibraryError> {
    let standing = grant.standing(now);
    let taken = sqlx::query(
        "update e_certificate_grant set uses = uses + 1
         where county = $1 and grant_id = $2 and uses < uses_max and revoked_at is null and not_after > $3 and not_before <= $3",
    )
    .bind(&grant.county)
    .bind(grant.grant_id)
    .bind(now)
    .execute(tx.conn())
    .await?
    .rows_affected();
    if taken == 1 {
        return Ok(());
    }
    let standing = if standing == Standing::Open {
        Standing::Spent
    } else {
        standing
    };
    Err(LibraryError::Refused(format!(
        "这个授权{}，请联系授权人重新授权",
        standing.name_zh()
    )))
}

/// Takes a grant back.
///
/// # Errors
/// [`LibraryError::Unknown`] when it is not the owner's.
pub async fn revoke(
    tx: &mut TenantTx,
    citizen_id: Uuid,
    grant_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Grant, LibraryError> {
    let sql = format!(
        "update e_certificate_grant set revoked_at = coalesce(revoked_at, $3)
         where {IN_SCOPE} and grant_id = $2 and citizen_id = $1 returning {COLUMNS}"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(citizen_id)
        .bind(grant_id)
        .bind(now)
        .fetch_optional(tx.conn())
        .await?
        .ok_or(LibraryError::Unknown("这个授权"))
}

/// Grants of an owner, newest first.
///
/// # Errors
/// A database error.
pub async fn of_owner(
    tx: &mut TenantTx,
    citizen_id: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Grant>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate_grant where {IN_SCOPE} and citizen_id = $1
           and ($2::uuid is null or grant_id < $2) order by grant_id desc limit $3"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(citizen_id)
        .bind(before)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?)
}

/// One grant of an owner.
///
/// # Errors
/// [`LibraryError::Unknown`] when it is not the owner's.
pub async fn one_of_owner(
    tx: &mut TenantTx,
    citizen_id: Uuid,
    grant_id: Uuid,
) -> Result<Grant, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate_grant where {IN_SCOPE} and citizen_id = $1 and grant_id = $2"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(citizen_id)
        .bind(grant_id)
        .fetch_optional(tx.conn())
        .await?
        .ok_or(LibraryError::Unknown("这个授权"))
}

/// Grants of a certificate, newest first.
///
/// # Errors
/// A database error.
pub async fn of_certificate(
    tx: &mut TenantTx,
    c: &ECertificate,
) -> Result<Vec<Grant>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate_grant where county = $1 and e_certificate_id = $2
         order by grant_id desc limit 100"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&c.county)
        .bind(c.e_certificate_id)
        .fetch_all(tx.conn())
        .await?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_code_is_read_as_it_was_written(bits: [u8; 16]) {
            let code = write_code(bits);
            prop_assert_eq!(read_code(&code), Some(bits));
            let typed = code.to_lowercase().replace('0', "o").replace('1', "l").replace('-', " ");
            prop_assert_eq!(read_code(&typed), Some(bits));
            prop_assert_eq!(read_code(&format!("{code}0")), None);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,60}") {
            let _ = read_code(&text);
        }
    }
}
