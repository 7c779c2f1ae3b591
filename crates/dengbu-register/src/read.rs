//! Reading the register: a unit's rights now or at any time, its entries, and
//! the state that the law's rules look at.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use dengbu_law::state::{Houses, OpenCase, PastRight, StandingRight, UnitState};
use dengbu_model::cadastre::{UnitKind, UnitStatus};
use dengbu_model::quantity::Area;
use dengbu_model::right::Right;
use dengbu_model::unit_code::UnitCode;
use dengbu_store::TenantTx;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::RegisterError;
use crate::entry::{EntryBody, Provenance};

/// A right as the register shows it.
#[derive(Debug, Clone)]
pub struct RegisterRight {
    /// Identity.
    pub right_id: Uuid,
    /// The unit.
    pub unit_code: String,
    /// The right.
    pub right: Right,
    /// The entry that created it.
    pub created_seq: i64,
    /// The entry that ended it.
    pub ended_seq: Option<i64>,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// From when it stands.
    pub valid_from: DateTime<Utc>,
    /// When it ended.
    pub valid_to: Option<DateTime<Utc>>,
    /// Code of the kind of registration.
    pub registration_type: String,
    /// Who recorded it.
    pub registrar: String,
    /// The case.
    pub case_no: Option<String>,
    /// Certificate or proof number.
    pub certificate_no: Option<String>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// The case that ended it.
    pub end_case_no: Option<String>,
    /// Where it was taken over from.
    pub provenance: Option<Provenance>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct RightRecord {
    right_id: Uuid,
    unit_code: String,
    body: sqlx::types::Json<Right>,
    created_seq: i64,
    ended_seq: Option<i64>,
    registered_at: DateTime<Utc>,
    valid_from: DateTime<Utc>,
    valid_to: Option<DateTime<Utc>>,
    registration_type: String,
    registrar: String,
    case_no: Option<String>,
    certificate_no: Option<String>,
    end_reason: Option<String>,
    end_case_no: Option<String>,
    provenance: Option<sqlx::types::Json<Provenance>>,
}

impl From<RightRecord> for RegisterRight {
    fn from(r: RightRecord) -> Self {
        Self {
            right_id: r.right_id,
            unit_code: r.unit_code,
            right: r.body.0,
            created_seq: r.created_seq,
            ended_seq: r.ended_seq,
            registered_at: r.registered_at,
            valid_from: r.valid_from,
            valid_to: r.valid_to,
            registration_type: r.registration_type,
            registrar: r.registrar,
            case_no: r.case_no,
            certificate_no: r.certificate_no,
            end_reason: r.end_reason,
            end_case_no: r.end_case_no,
            provenance: r.provenance.map(|p| p.0),
        }
    }
}

/// All rights of a unit, ended ones included, in order of their entries.
///
/// # Errors
/// A database error.
pub async fn rights(
    tx: &mut TenantTx,
    unit: &UnitCode,
) -> Result<Vec<RegisterRight>, RegisterError> {
    let rows: Vec<RightRecord> = sqlx::query_as(
        "select right_id, unit_code, body, created_seq, ended_seq, registered_at, valid_from, valid_to,
                registration_type, registrar, case_no, certificate_no, end_reason, end_case_no, provenance
         from register_right where county = $1 and unit_code = $2 order by created_seq",
    )
    .bind(unit.county().as_str())
    .bind(unit.as_str())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(RegisterRight::from).collect())
}

/// The register of a unit as it stood at that moment: rights that had come into
/// being by then; what ended later shows as standing.
#[must_use]
pub fn as_of(rights: Vec<RegisterRight>, at: DateTime<Utc>) -> Vec<RegisterRight> {
    rights
        .into_iter()
        .filter(|r| r.valid_from <= at)
        .map(|mut r| {
            if r.valid_to.is_some_and(|end| end > at) {
                r.valid_to = None;
                r.ended_seq = None;
                r.end_reason = None;
                r.end_case_no = None;
            }
            r
        })
        .collect()
}

/// An entry as stored.
#[derive(Debug, Clone)]
pub struct StoredEntry {
    /// The entry.
    pub body: EntryBody,
    /// Hash of the entry before.
    pub prev_hash: Vec<u8>,
    /// Its own hash.
    pub hash: Vec<u8>,
    /// Its place in the authority's chain, once sealed.
    pub chain_seq: Option<i64>,
}

/// The registration causes (登记原因, DJYY) that the entries of a unit state, by their position.
///
/// # Errors
/// A database error.
pub async fn causes(
    tx: &mut TenantTx,
    unit: &UnitCode,
) -> Result<BTreeMap<i64, String>, RegisterError> {
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "select unit_seq, body::jsonb ->> 'cause' from register_entry
         where county = $1 and unit_code = $2 and body::jsonb ->> 'cause' is not null",
    )
    .bind(unit.county().as_str())
    .bind(unit.as_str())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().collect())
}

/// The entries of a unit in order.
///
/// # Errors
/// [`RegisterError::Unreadable`] when an entry cannot be read.
pub async fn entries(
    tx: &mut TenantTx,
    unit: &UnitCode,
) -> Result<Vec<StoredEntry>, RegisterError> {
    let rows: Vec<(String, Vec<u8>, Vec<u8>, Option<i64>)> = sqlx::query_as(
        "select e.body, e.prev_hash, e.hash, c.chain_seq
         from register_entry e
         left join register_chain c on c.authority = e.authority and c.entry_id = e.entry_id
         where e.county = $1 and e.unit_code = $2 order by e.unit_seq",
    )
    .bind(unit.county().as_str())
    .bind(unit.as_str())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|(body, prev_hash, hash, chain_seq)| {
            Ok(StoredEntry {
                body: EntryBody::parse(&body)?,
                prev_hash,
                hash,
                chain_seq,
            })
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct UnitRow {
    kind: String,
    status: String,
    address: String,
    area: Option<Decimal>,
    parcel_code: String,
    use_code: Option<String>,
    land_nature: Option<String>,
    certificate_units: Vec<String>,
}

/// The state of a unit for the rules. `except_case` is the case under check,
/// which does not stand in its own way.
///
/// # Errors
/// [`RegisterError::UnknownUnit`] when the unit is not there or not in scope.
pub async fn unit_state(
    tx: &mut TenantTx,
    unit: &UnitCode,
    except_case: Option<&str>,
) -> Result<UnitState, RegisterError> {
    let county = unit.county().as_str().to_owned();
    let row: Option<UnitRow> = sqlx::query_as(
        "select u.kind, u.status, u.address, u.area, u.parcel_code, u.use_code, p.right_nature as land_nature,
                array(select distinct o.unit_code
                      from register_right r
                      join register_right o on o.county = r.county and o.certificate_no = r.certificate_no
                      where r.county = u.county and r.unit_code = u.unit_code and r.is_title and r.valid_to is null
                        and o.is_title and o.valid_to is null and o.unit_code <> u.unit_code
                      order by 1 limit 100) as certificate_units
         from estate_unit u join parcel p on p.county = u.county and p.parcel_code = u.parcel_code
         where u.county = $1 and u.unit_code = $2",
    )
    .bind(&county)
    .bind(unit.as_str())
    .fetch_optional(tx.conn())
    .await?;
    let row = row.ok_or_else(|| RegisterError::UnknownUnit(unit.as_str().to_owned()))?;
    let land = format!("{}W00000000", row.parcel_code);
    let (rights, past) = of_unit(tx, &county, unit.as_str()).await?;
    let (land_rights, houses) = if land == unit.as_str() {
        (Vec::new(), houses(tx, &county, &row.parcel_code).await?)
    } else {
        let (standing, _) = of_unit(tx, &county, &land).await?;
        (standing, Houses::default())
    };
    let open: Vec<(String, String, bool)> = sqlx::query_as(
        // the case looked up behind its unit, whatever the planner thinks of young tables
        "select u.case_no, c.business, u.exclusive
         from case_unit u cross join lateral (
             select c.business from registration_case c
             where c.county = u.county and c.case_no = u.case_no limit 1) c
         where u.county = $1 and u.unit_code = $2 and u.open and ($3::text is null or u.case_no <> $3)
         order by u.case_no",
    )
    .bind(&county)
    .bind(unit.as_str())
    .bind(except_case)
    .fetch_all(tx.conn())
    .await?;
    Ok(UnitState {
        unit: unit.clone(),
        kind: UnitKind::from_code(&row.kind).unwrap_or(UnitKind::Other),
        status: UnitStatus::from_code(&row.status).unwrap_or(UnitStatus::Locked),
        area: row.area.and_then(|a| Area::new(a).ok()),
        address: row.address,
        rights,
        land_rights,
        open_cases: open
            .into_iter()
            .map(|(case_no, business, exclusive)| OpenCase {
                case_no,
                business,
                exclusive,
            })
            .collect(),
        use_code: row.use_code,
        land_nature: row.land_nature,
        houses,
        past,
        certificate_units: row
            .certificate_units
            .iter()
            .map(|c| code(c))
            .collect::<Result<_, _>>()?,
    })
}

fn code(text: &str) -> Result<UnitCode, RegisterError> {
    UnitCode::parse(text).map_err(|e| RegisterError::Unreadable {
        entry: text.to_owned(),
        reason: e.to_string(),
    })
}

#[derive(sqlx::FromRow)]
struct StateRow {
    right_id: Uuid,
    unit_code: String,
    body: sqlx::types::Json<Right>,
    certificate_no: Option<String>,
    registered_at: DateTime<Utc>,
    case_no: Option<String>,
    standing: bool,
    ended_by: Option<Uuid>,
}

fn standing_right(row: StateRow) -> Result<StandingRight, RegisterError> {
    Ok(StandingRight {
        right_id: row.right_id,
        unit: code(&row.unit_code)?,
        right: row.body.0,
        certificate_no: row.certificate_no,
        registered_at: row.registered_at,
        case_no: row.case_no,
    })
}

/// Rights in force on a unit, and those that ended with what the ending entry created.
async fn of_unit(
    tx: &mut TenantTx,
    county: &str,
    unit: &str,
) -> Result<(Vec<StandingRight>, Vec<PastRight>), RegisterError> {
    let rows: Vec<StateRow> = sqlx::query_as(
        "select r.right_id, r.unit_code, r.body, r.certificate_no, r.registered_at, r.case_no,
                r.valid_to is null as standing,
                case when r.ended_seq is null then null else
                    (select s.right_id from register_right s
                     where s.county = r.county and s.unit_code = r.unit_code and s.created_seq = r.ended_seq) end as ended_by
         from register_right r where r.county = $1 and r.unit_code = $2
         order by r.created_seq",
    )
    .bind(county)
    .bind(unit)
    .fetch_all(tx.conn())
    .await?;
    let mut standing = Vec::new();
    let mut past = Vec::new();
    for row in rows {
        let (stands, ended_by) = (row.standing, row.ended_by);
        let right = standing_right(row)?;
        if stands {
            standing.push(right);
        } else {
            past.push(PastRight { right, ended_by });
        }
    }
    Ok((standing, past))
}

/// What stands on a parcel: how many titles, which seizures.
async fn houses(tx: &mut TenantTx, county: &str, parcel: &str) -> Result<Houses, RegisterError> {
    // a unit code begins with its parcel's; F marks what stands on the land
    let from = format!("{parcel}F");
    let to = format!("{parcel}G");
    let titles: i64 = sqlx::query_scalar(
        "select count(*) from register_right
         where county = $1 and unit_code >= $2 and unit_code < $3 and is_title and valid_to is null",
    )
    .bind(county)
    .bind(&from)
    .bind(&to)
    .fetch_one(tx.conn())
    .await?;
    let rows: Vec<StateRow> = sqlx::query_as(
        "select right_id, unit_code, body, certificate_no, registered_at, case_no, true as standing, null::uuid as ended_by
         from register_right
         where county = $1 and unit_code >= $2 and unit_code < $3 and kind = 'seizure' and valid_to is null
         order by unit_code, created_seq",
    )
    .bind(county)
    .bind(&from)
    .bind(&to)
    .fetch_all(tx.conn())
    .await?;
    Ok(Houses {
        titles: u32::try_from(titles).unwrap_or(u32::MAX),
        seizures: rows
            .into_iter()
            .map(standing_right)
            .collect::<Result<_, _>>()?,
    })
}
