//! The projection made anew from the entries.

use dengbu_store::TenantTx;

use crate::RegisterError;
use crate::append::apply;
use crate::entry::EntryBody;
use crate::person::PersonKey;
use crate::projection::{Change, change};

const PAGE: i64 = 2_000;

/// Empties the projection of the scope and builds it from the entries; gives
/// how many entries were read. Readers see the old one until the commit.
///
/// # Errors
/// [`RegisterError::Unreadable`] when an entry cannot be read.
pub async fn rebuild(tx: &mut TenantTx, key: &PersonKey) -> Result<u64, RegisterError> {
    sqlx::query("set local statement_timeout = 0")
        .execute(tx.conn())
        .await?;
    // Nobody records while the projection is made: a recording under way is waited for,
    // and one that comes later waits before it ends or creates a right. Its entry is not
    // committed until then, so no entry is applied twice.
    sqlx::query("lock table register_right, register_holder in exclusive mode")
        .execute(tx.conn())
        .await?;
    sqlx::query("delete from register_holder")
        .execute(tx.conn())
        .await?;
    sqlx::query("delete from register_right")
        .execute(tx.conn())
        .await?;
    let mut at = (String::new(), 0_i64);
    let mut read = 0;
    loop {
        let page: Vec<(String, i64, String)> = sqlx::query_as(
            "select unit_code, unit_seq, body from register_entry where (unit_code, unit_seq) > ($1, $2)
             order by unit_code, unit_seq limit $3",
        )
        .bind(&at.0)
        .bind(at.1)
        .bind(PAGE)
        .fetch_all(tx.conn())
        .await?;
        let Some((unit, seq, _)) = page.last() else {
            return Ok(read);
        };
        at = (unit.clone(), *seq);
        let changes: Vec<Change> = page
            .iter()
            .map(|(_, _, body)| EntryBody::parse(body).map(|b| change(&b)))
            .collect::<Result<_, _>>()?;
        read += page.len() as u64;
        apply(tx, key, &changes).await?;
    }
}
