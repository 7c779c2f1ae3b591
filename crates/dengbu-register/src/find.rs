//! Finding units by what the register says of them.

use dengbu_store::TenantTx;

use crate::RegisterError;
use crate::person::PersonKey;
use crate::read::{RegisterRight, RightRecord};

/// Units on which a right with this certificate or proof number stands or stood;
/// ended rights only when `ended` is asked for. Codes after `after`, in order.
///
/// # Errors
/// A database error.
pub async fn by_certificate(
    tx: &mut TenantTx,
    number: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, RegisterError> {
    Ok(sqlx::query_scalar(
        "select distinct unit_code from register_right
         where county = any (string_to_array(current_setting('app.scope', true), ','))
           and certificate_no = $1 and unit_code > $2 order by unit_code limit $3",
    )
    .bind(number)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// Units whose current title is held by a person of this name. The whole name must
/// be given: nobody browses people (不动产登记资料查询暂行办法: 不得以人查房).
///
/// # Errors
/// A database error.
pub async fn by_holder_name(
    tx: &mut TenantTx,
    name: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, RegisterError> {
    Ok(sqlx::query_scalar(
        "select distinct unit_code from register_holder
         where county = any (string_to_array(current_setting('app.scope', true), ','))
           and name = $1 and role = 'holder' and is_current and unit_code > $2 order by unit_code limit $3",
    )
    .bind(name)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// Units of which a person with this identity number currently holds a right.
///
/// # Errors
/// A database error.
pub async fn by_id_number(
    tx: &mut TenantTx,
    key: &PersonKey,
    number: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, RegisterError> {
    Ok(sqlx::query_scalar(
        "select distinct unit_code from register_holder
         where county = any (string_to_array(current_setting('app.scope', true), ','))
           and id_hash = $1 and role = 'holder' and is_current and unit_code > $2 order by unit_code limit $3",
    )
    .bind(key.index(number))
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// The rights that stand on these units, for lists and building tables.
///
/// # Errors
/// A database error.
pub async fn standing(
    tx: &mut TenantTx,
    units: &[String],
) -> Result<Vec<RegisterRight>, RegisterError> {
    let mut counties: Vec<&str> = units.iter().filter_map(|c| c.get(..6)).collect();
    counties.sort_unstable();
    counties.dedup();
    let rows: Vec<RightRecord> = sqlx::query_as(
        "select right_id, unit_code, body, created_seq, ended_seq, registered_at, valid_from, valid_to,
                registration_type, registrar, case_no, certificate_no, end_reason, end_case_no, provenance
         from register_right where county = any($1) and unit_code = any($2) and valid_to is null
         order by unit_code, created_seq",
    )
    .bind(counties)
    .bind(units)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(RegisterRight::from).collect())
}
