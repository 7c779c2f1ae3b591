//! Checking PDF copies.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use dengbu_certlib::{LibraryKey, files, record};
use dengbu_gm::Trust;
use dengbu_store::TenantTx;

use super::verdict::{self, Verdict};
use crate::problem::Problem;

/// Checks a PDF copy: known by its digest to the library, whole, and of a certificate that stands.
pub(super) async fn pdf(
    tx: &mut TenantTx,
    bytes: Vec<u8>,
    _trust: Arc<Trust>,
    _key: &LibraryKey,
    now: DateTime<Utc>,
) -> Result<Verdict, Problem> {
    let digest = dengbu_certlib::secret::sm3(&bytes);
    let Some((id, copy)) = files::owner_of(tx, &digest).await? else {
        let mut said = verdict::unknown(now);
        said.title = "这个 PDF 不是本市登记机构签发的电子证照，或者签发后被改动过".to_owned();
        return Ok(said);
    };
    let Some(c) = record::one(tx, id).await? else {
        return Ok(verdict::unknown(now));
    };
    let holders = record::holders(tx, &c).await?;
    let names = crate::gather::names(tx).await?;
    let mut said = verdict::of_state(&c, &holders, &names.authority(&c.authority), now);
    said.copy = copy.map(|copy| verdict::public_copy(&copy, now));
    Ok(said)
}
