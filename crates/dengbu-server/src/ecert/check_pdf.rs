//! Checking PDF copies.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use dengbu_certlib::{LibraryKey, files, record};
use dengbu_gm::Trust;
use dengbu_pdf::{Verdict as Judged, verify_pdf};
use dengbu_store::TenantTx;

use super::verdict::{self, CheckStep, Verdict};
use crate::problem::Problem;

/// Checks a PDF copy: its signature, then what the library says of it. The library knows every
/// PDF it handed out by its digest.
pub(super) async fn pdf(
    tx: &mut TenantTx,
    bytes: Vec<u8>,
    trust: Arc<Trust>,
    _key: &LibraryKey,
    now: DateTime<Utc>,
) -> Result<Verdict, Problem> {
    let judged = tokio::task::spawn_blocking(move || {
        (
            verify_pdf(&bytes, &trust),
            dengbu_certlib::secret::sm3(&bytes),
        )
    })
    .await;
    let (report, digest) = judged.map_err(|e| Problem::internal(&e))?;
    let problems = report.problems.join("；");
    let step = CheckStep {
        code: "signature".to_owned(),
        name: "签名有效，内容未被改动".to_owned(),
        passed: Some(report.verdict == Judged::Valid),
        detail: (!problems.is_empty()).then(|| problems.clone()),
    };
    let mut said = match report.verdict {
        Judged::Valid => known(tx, &digest, now).await?,
        Judged::Altered => verdict::altered(problems, now),
        Judged::Unreadable => {
            let mut said = verdict::altered(problems, now);
            said.title = "文件损坏或不完整，不能采信".to_owned();
            said
        }
        Judged::Unsigned | Judged::Untrusted => {
            let mut said = verdict::unknown(now);
            said.title = "这个 PDF 没有本市登记机构的有效签名".to_owned();
            said.detail = problems;
            said
        }
    };
    said.steps.insert(0, step);
    Ok(said)
}

async fn known(tx: &mut TenantTx, digest: &[u8], now: DateTime<Utc>) -> Result<Verdict, Problem> {
    let Some((id, copy)) = files::owner_of(tx, digest).await? else {
        return Ok(verdict::unknown(now));
    };
    let Some(c) = record::one(tx, id).await? else {
        return Ok(verdict::unknown(now));
    };
    let mut said = super::check::stands(tx, &c, now).await?;
    said.copy = copy.map(|copy| verdict::public_copy(&copy, now));
    Ok(said)
}
