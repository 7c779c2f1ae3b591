//! One certificate of the library, its holders, files and events; and the search.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_model::party::masked_name;
use dengbu_register::NewId;
use dengbu_store::TenantTx;
use uuid::Uuid;

use crate::follow::about_holder;
use crate::{LibraryError, LibraryKey, State};

/// A certificate as the library has it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ECertificate {
    /// County of the unit.
    pub county: String,
    /// Identity.
    pub e_certificate_id: Uuid,
    /// Authority.
    pub authority: String,
    /// 证照编号.
    pub certificate_no: String,
    /// `title`, `proof`, or a result paper: `holding_proof`, `search_result`, `register_extract`.
    pub kind: String,
    /// Version, from 1.
    pub version: i32,
    /// 证照标识; none before it is sealed.
    pub identifier: Option<String>,
    /// Place in the status list.
    pub list_index: i32,
    /// The unit; none for a result paper.
    pub unit_code: Option<String>,
    /// The right; none for a result paper.
    pub right_id: Option<Uuid>,
    /// The search whose result it is.
    pub search_no: Option<String>,
    /// The entry it comes from.
    pub entry_id: Option<Uuid>,
    /// The case.
    pub case_no: Option<String>,
    /// Position of the holder it is for.
    pub holder_ordinal: Option<i32>,
    /// How it came here.
    pub origin: String,
    /// Code of the state.
    pub state: String,
    /// Since when.
    pub state_at: DateTime<Utc>,
    /// Why.
    pub state_reason: Option<String>,
    /// The register entry that caused it.
    pub state_entry: Option<Uuid>,
    /// By whom.
    pub state_by: Option<String>,
    /// Until when it is suspended.
    pub suspended_until: Option<NaiveDate>,
    /// Under which order.
    pub order_no: Option<String>,
    /// The certificate before.
    pub previous_id: Option<Uuid>,
    /// The certificate after.
    pub next_id: Option<Uuid>,
    /// When the register issued it.
    pub issued_at: DateTime<Utc>,
    /// When it was sealed.
    pub sealed_at: Option<DateTime<Utc>>,
    /// SM3 over the canonical fields.
    pub content_digest: Option<Vec<u8>>,
    /// Fields as sealed, enciphered.
    pub content: Option<Vec<u8>>,
    /// The seal.
    pub seal_id: Option<Uuid>,
    /// Why the last try to make it failed.
    pub fault: Option<String>,
}

impl ECertificate {
    /// The state.
    #[must_use]
    pub fn state(&self) -> State {
        // the database holds no other
        State::from_code(&self.state).unwrap_or(State::Void)
    }

    /// Whether it states a right of the register and follows it; result papers tell of one moment.
    #[must_use]
    pub fn follows_register(&self) -> bool {
        self.right_id.is_some()
    }

    /// What its enciphered fields belong to.
    #[must_use]
    pub fn about_content(&self) -> Vec<u8> {
        let mut about = b"content\0".to_vec();
        about.extend_from_slice(self.e_certificate_id.as_bytes());
        about
    }
}

pub(crate) const COLUMNS: &str = "c.county, c.e_certificate_id, c.authority, c.certificate_no, c.kind, c.version, c.identifier, \
     c.list_index, c.unit_code, c.right_id, c.search_no, c.entry_id, c.case_no, c.holder_ordinal, c.origin, c.state, c.state_at, \
     c.state_reason, c.state_entry, c.state_by, c.suspended_until, c.order_no, c.previous_id, c.next_id, c.issued_at, \
     c.sealed_at, c.content_digest, c.content, c.seal_id, c.fault";

/// The scope of the transaction, for the key's first column.
pub(crate) const IN_SCOPE: &str =
    "c.county = any (string_to_array(current_setting('app.scope', true), ','))";

/// A holder of a certificate.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Holder {
    /// Certificate.
    pub e_certificate_id: Uuid,
    /// Position.
    pub ordinal: i32,
    /// Name.
    pub name: String,
    /// A natural person.
    pub is_person: bool,
    /// Code of the kind of document.
    pub id_kind: Option<String>,
    /// Identity number, enciphered.
    pub id_cipher: Option<Vec<u8>>,
    /// Share.
    pub share: Option<String>,
}

impl Holder {
    /// The name as anybody may see it.
    #[must_use]
    pub fn masked(&self) -> String {
        if self.is_person {
            masked_name(&self.name)
        } else {
            self.name.clone()
        }
    }

    /// The identity number.
    ///
    /// # Errors
    /// [`LibraryError::Unreadable`].
    pub fn id_number(&self, key: &LibraryKey) -> Result<Option<String>, LibraryError> {
        let Some(stored) = &self.id_cipher else {
            return Ok(None);
        };
        let plain = key.open(&about_holder(self.e_certificate_id, self.ordinal), stored)?;
        String::from_utf8(plain)
            .map(Some)
            .map_err(|_| LibraryError::Unreadable)
    }
}

/// Something that happens to a certificate.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// Code: `entered`, `issued`, `suspended`, …
    pub kind: &'a str,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub actor: &'a str,
    /// The member of staff.
    pub staff_id: Option<Uuid>,
    /// The register entry that caused it.
    pub entry_id: Option<Uuid>,
    /// Why.
    pub reason: Option<&'a str>,
}

/// An event as stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StoredEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// Code.
    pub kind: String,
    /// By whom.
    pub actor: String,
    /// The register entry that caused it.
    pub entry_id: Option<Uuid>,
    /// Why.
    pub reason: Option<String>,
}

/// Name of an event.
#[must_use]
pub fn event_name(kind: &str) -> &'static str {
    match kind {
        "entered" => "进入证照库",
        "issued" => "制证签章",
        "resumed" => "恢复有效",
        "failed" => "制证失败",
        "ordered" => "重新制证",
        other => State::from_code(other).map_or("其他", State::name_zh),
    }
}

/// Adds an event; it waits for the authority's chain ([`crate::chain`]).
///
/// # Errors
/// A database error.
pub async fn add_event(
    tx: &mut TenantTx,
    county: &str,
    id: Uuid,
    event: &Event<'_>,
    ids: NewId<'_>,
) -> Result<(), LibraryError> {
    sqlx::query(
        "with e as (
             insert into e_certificate_event (county, event_id, e_certificate_id, at, kind, actor, staff_id, entry_id, reason)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning county, event_id, e_certificate_id, at)
         insert into e_certificate_unsealed (authority, county, event_id, at)
         select c.authority, e.county, e.event_id, e.at from e
         join e_certificate c on c.county = e.county and c.e_certificate_id = e.e_certificate_id",
    )
    .bind(county)
    .bind(ids())
    .bind(id)
    .bind(event.at)
    .bind(event.kind)
    .bind(event.actor)
    .bind(event.staff_id)
    .bind(event.entry_id)
    .bind(event.reason)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The next place in the status list; one that is not used leaves a gap, which does no harm.
///
/// # Errors
/// A database error.
pub async fn next_list_index(tx: &mut TenantTx) -> Result<u32, LibraryError> {
    let next: i64 = sqlx::query_scalar("select nextval('e_certificate_list_index')")
        .fetch_one(tx.conn())
        .await?;
    u32::try_from(next).map_err(|_| LibraryError::Refused("证照状态清单已满".to_owned()))
}

/// The papers of a search, as they stand in the library.
///
/// # Errors
/// A database error.
pub async fn of_search(
    tx: &mut TenantTx,
    authority: &str,
    search_no: &str,
) -> Result<Vec<ECertificate>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate c where c.county = $1 and c.search_no = $2
         order by c.certificate_no, c.version"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(search_no)
        .fetch_all(tx.conn())
        .await?)
}

/// Names the certificate that came after another.
pub(crate) async fn set_next(
    tx: &mut TenantTx,
    county: &str,
    before: Uuid,
    after: Uuid,
) -> Result<(), LibraryError> {
    sqlx::query(
        "update e_certificate set next_id = $3 where county = $1 and e_certificate_id = $2",
    )
    .bind(county)
    .bind(before)
    .bind(after)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Certificates of a right that did not end, locked.
pub(crate) async fn living_of_right(
    tx: &mut TenantTx,
    county: &str,
    right_id: Uuid,
) -> Result<Vec<ECertificate>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate c where c.county = $1 and c.right_id = $2
           and c.state in ('draft', 'issued', 'suspended') order by c.certificate_no for update"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(county)
        .bind(right_id)
        .fetch_all(tx.conn())
        .await?)
}

/// The certificate with this identity, in scope.
///
/// # Errors
/// A database error.
pub async fn one(tx: &mut TenantTx, id: Uuid) -> Result<Option<ECertificate>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate c where {IN_SCOPE} and c.e_certificate_id = $1"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id)
        .fetch_optional(tx.conn())
        .await?)
}

/// The same, locked until the transaction ends.
///
/// # Errors
/// [`LibraryError::Unknown`], or a database error.
pub async fn locked(tx: &mut TenantTx, id: Uuid) -> Result<ECertificate, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate c where {IN_SCOPE} and c.e_certificate_id = $1 for update"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id)
        .fetch_optional(tx.conn())
        .await?
        .ok_or(LibraryError::Unknown("这件电子证照"))
}

/// The latest version with this number, in scope.
///
/// # Errors
/// A database error.
pub async fn by_number(
    tx: &mut TenantTx,
    certificate_no: &str,
) -> Result<Option<ECertificate>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate c where {IN_SCOPE} and c.certificate_no = $1
         order by c.version desc limit 1"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(certificate_no)
        .fetch_optional(tx.conn())
        .await?)
}

/// The certificate with this 证照标识, in scope.
///
/// # Errors
/// A database error.
pub async fn by_identifier(
    tx: &mut TenantTx,
    identifier: &str,
) -> Result<Option<ECertificate>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate c where {IN_SCOPE} and c.identifier = $1 limit 1"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(identifier)
        .fetch_optional(tx.conn())
        .await?)
}

/// The certificate at this place of the status list, in scope.
///
/// # Errors
/// A database error.
pub async fn by_list_index(
    tx: &mut TenantTx,
    index: i32,
) -> Result<Option<ECertificate>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate c where {IN_SCOPE} and c.list_index = $1 limit 1"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(index)
        .fetch_optional(tx.conn())
        .await?)
}

/// Certificates that a person holds, found by the keyed index of the identity number; newest
/// first, `limit` at most.
///
/// # Errors
/// A database error.
pub async fn of_person(
    tx: &mut TenantTx,
    id_hash: &[u8],
    limit: i64,
) -> Result<Vec<ECertificate>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate c
         join e_certificate_holder h on h.county = c.county and h.e_certificate_id = c.e_certificate_id
         where {IN_SCOPE} and h.id_hash = $1 and c.state <> 'void'
         order by c.issued_at desc, c.e_certificate_id limit $2"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id_hash)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?)
}

/// Whether a person is among the holders.
///
/// # Errors
/// A database error.
pub async fn is_holder(
    tx: &mut TenantTx,
    c: &ECertificate,
    id_hash: &[u8],
) -> Result<bool, LibraryError> {
    Ok(sqlx::query_scalar(
        "select exists (select from e_certificate_holder
         where county = $1 and e_certificate_id = $2 and id_hash = $3)",
    )
    .bind(&c.county)
    .bind(c.e_certificate_id)
    .bind(id_hash)
    .fetch_one(tx.conn())
    .await?)
}

/// Holders, in order.
///
/// # Errors
/// A database error.
pub async fn holders(tx: &mut TenantTx, c: &ECertificate) -> Result<Vec<Holder>, LibraryError> {
    holders_of(tx, std::slice::from_ref(c)).await
}

/// Holders of several certificates, in order.
///
/// # Errors
/// A database error.
pub async fn holders_of(
    tx: &mut TenantTx,
    all: &[ECertificate],
) -> Result<Vec<Holder>, LibraryError> {
    let counties: Vec<&str> = all.iter().map(|c| c.county.as_str()).collect();
    let ids: Vec<Uuid> = all.iter().map(|c| c.e_certificate_id).collect();
    Ok(sqlx::query_as(
        "select e_certificate_id, ordinal, name, is_person, id_kind, id_cipher, share from e_certificate_holder
         where county = any ($1) and e_certificate_id = any ($2) order by e_certificate_id, ordinal",
    )
    .bind(counties)
    .bind(ids)
    .fetch_all(tx.conn())
    .await?)
}

/// Events, oldest first.
///
/// # Errors
/// A database error.
pub async fn events(tx: &mut TenantTx, c: &ECertificate) -> Result<Vec<StoredEvent>, LibraryError> {
    Ok(sqlx::query_as(
        "select at, kind, actor, entry_id, reason from e_certificate_event
         where county = $1 and e_certificate_id = $2 order by at, event_id limit 200",
    )
    .bind(&c.county)
    .bind(c.e_certificate_id)
    .fetch_all(tx.conn())
    .await?)
}

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Part of the number, the whole unit code, the number of a search, or the beginning of a
    /// holder's name.
    pub text: Option<String>,
    /// The kind.
    pub kind: Option<String>,
    /// State.
    pub state: Option<State>,
    /// The case.
    pub case_no: Option<String>,
    /// Only those whose making failed.
    pub faulty: bool,
    /// Last of the page before: when it was issued, and its identity.
    pub after: Option<(DateTime<Utc>, Uuid)>,
    /// Rows at most.
    pub limit: i64,
}

/// Certificates that fit, newest first.
///
/// # Errors
/// A database error.
pub async fn search(tx: &mut TenantTx, s: &Search) -> Result<Vec<ECertificate>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate c
         where {IN_SCOPE}
           and ($1::text is null or strpos(c.certificate_no, $1) > 0 or c.unit_code = $1 or c.search_no = $1 or exists (
                select from e_certificate_holder h where h.county = c.county
                  and h.e_certificate_id = c.e_certificate_id and starts_with(h.name, $1)))
           and ($2::text is null or c.kind = $2) and ($3::text is null or c.state = $3)
           and ($4::text is null or c.case_no = $4) and (not $5 or (c.fault is not null and c.state = 'draft'))
           and ($6::timestamptz is null or (c.issued_at, c.e_certificate_id) < ($6, $7))
         order by c.issued_at desc, c.e_certificate_id desc limit $8"
    );
    let (at, id) = s.after.unzip();
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&s.text)
        .bind(&s.kind)
        .bind(s.state.map(State::code))
        .bind(&s.case_no)
        .bind(s.faulty)
        .bind(at)
        .bind(id)
        .bind(s.limit)
        .fetch_all(tx.conn())
        .await?)
}
