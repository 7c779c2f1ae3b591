//! Whether a code or a file may be believed, and what the library says of its certificate now.

use chrono::{DateTime, Utc};
use dengbu_certlib::record::{self, ECertificate};
use dengbu_certlib::seals::{self, Seal as KeptSeal};
use dengbu_certlib::secret::sm3;
use dengbu_certlib::{LibraryKey, files};
use dengbu_ecert::layout::face_text;
use dengbu_ecert::qr::{QrError, Signed};
use dengbu_gm::{Certificate, Signature, Trust};
use dengbu_ofd::verify::{CheckCode, Outcome as Ended, Report};
use dengbu_ofd::{Judge, OfdFile, Verdict as Judged, verify_ofd};
use dengbu_store::TenantTx;

use super::office::content;
use super::verdict::{self, CheckStep, Outcome, Verdict};
use crate::problem::Problem;
use crate::views::case::kind_name;

/// The key of an authority with this number, and whether it may still be believed.
fn code_key(seals: &[KeptSeal], authority: u32, key_id: u8) -> Option<(&KeptSeal, Certificate)> {
    let code = format!("{authority:06}");
    let kept = seals
        .iter()
        .find(|s| s.authority == code && s.key_id == i16::from(key_id))?;
    Some((kept, Certificate::from_der(&kept.code_certificate).ok()?))
}

/// Checks what stands in a code.
///
/// # Errors
/// A database error.
pub async fn code(tx: &mut TenantTx, text: &str, now: DateTime<Utc>) -> Result<Verdict, Problem> {
    let seals = seals::list(tx).await?;
    let read = Signed::verify(text, |authority, key_id, bytes, signature| {
        let (_, certificate) = code_key(&seals, authority, key_id)?;
        Some(
            certificate
                .key()
                .verify(bytes, &Signature::from_raw(*signature)),
        )
    });
    let payload = match read {
        Ok(payload) => payload,
        Err(e @ QrError::Signature) => return Ok(verdict::altered(e.to_string(), now)),
        Err(e) => {
            let mut said = verdict::unknown(now);
            said.detail = format!("{e}。");
            return Ok(said);
        }
    };
    let place = i32::try_from(payload.list_index).unwrap_or(-1);
    let Some(c) = record::by_list_index(tx, place).await? else {
        return Ok(verdict::unknown(now));
    };
    let same = c
        .content_digest
        .as_ref()
        .is_some_and(|d| d.get(..12) == Some(&payload.face[..]));
    let of_there = c.authority == format!("{:06}", payload.authority);
    if !same || !of_there {
        let text = "二维码与证照库中的内容不一致，请向登记机构核实";
        return Ok(verdict::altered(text, now));
    }
    // a code carries no proof of its time: the library knows when the certificate was sealed
    let too_late = code_key(&seals, payload.authority, payload.key_id).is_some_and(|(kept, _)| {
        kept.state == "revoked"
            && kept
                .ended_at
                .is_some_and(|ended| c.sealed_at.is_none_or(|sealed| sealed >= ended))
    });
    if too_late {
        let text = "签发这个二维码的密钥在签发之前已经撤销，请向登记机构核实";
        return Ok(verdict::altered(text, now));
    }
    stands(tx, &c, now).await
}

/// What the library says of a certificate that is unaltered, and of its seal.
///
/// # Errors
/// A database error.
pub async fn stands(
    tx: &mut TenantTx,
    c: &ECertificate,
    now: DateTime<Utc>,
) -> Result<Verdict, Problem> {
    let holders = record::holders(tx, c).await?;
    let names = crate::gather::names(tx).await?;
    let mut said = verdict::of_state(c, &holders, &names.authority(&c.authority), now);
    said.about_seal(verdict::seal_sentence(c, &seals::list(tx).await?));
    Ok(said)
}

/// Checks a file by what it is.
///
/// # Errors
/// A database error.
pub async fn file(
    tx: &mut TenantTx,
    bytes: Vec<u8>,
    trust: std::sync::Arc<Trust>,
    key: &LibraryKey,
    now: DateTime<Utc>,
) -> Result<Verdict, Problem> {
    if bytes.starts_with(b"PK") {
        return ofd(tx, bytes, trust, key, now).await;
    }
    if bytes.starts_with(b"%PDF-") {
        return super::check_pdf::pdf(tx, bytes, trust, key, now).await;
    }
    let mut said = verdict::unknown(now);
    said.title = "这不是 OFD 或 PDF 文件".to_owned();
    said.detail = "请选择从登记机构取得的电子证照文件（扩展名为 .ofd 或 .pdf）。".to_owned();
    Ok(said)
}

fn steps(report: &Report) -> Vec<CheckStep> {
    report
        .checks
        .iter()
        .map(|c| CheckStep {
            code: step_code(c.code).to_owned(),
            name: c.code.name().to_owned(),
            passed: match &c.outcome {
                Ended::Passed => Some(true),
                Ended::Failed(_) => Some(false),
                Ended::Skipped => None,
            },
            detail: match &c.outcome {
                Ended::Failed(why) => Some(why.join("；")),
                _ => None,
            },
        })
        .collect()
}

fn step_code(code: CheckCode) -> &'static str {
    match code {
        CheckCode::Container => "container",
        CheckCode::Structure => "structure",
        CheckCode::Coverage => "coverage",
        CheckCode::Digests => "digests",
        CheckCode::DataHash => "signature_data",
        CheckCode::Property => "signature_property",
        CheckCode::StampSignature => "signature_stamp",
        CheckCode::SealSignature => "signature_seal",
        CheckCode::SealSigner => "signature_signer",
        CheckCode::Certificates => "signature_certificates",
        CheckCode::SealValidity => "signature_seal_validity",
        CheckCode::TimeStamp => "signature_time_stamp",
    }
}

async fn ofd(
    tx: &mut TenantTx,
    bytes: Vec<u8>,
    trust: std::sync::Arc<Trust>,
    key: &LibraryKey,
    now: DateTime<Utc>,
) -> Result<Verdict, Problem> {
    let revoked: Vec<(String, DateTime<Utc>)> = seals::list(tx)
        .await?
        .into_iter()
        .filter(|s| s.state == "revoked")
        .filter_map(|s| Some((s.es_id, s.ended_at?)))
        .collect();
    // judged off the async threads: a file of 10 MB takes a while
    let judged = tokio::task::spawn_blocking(move || {
        let judge = Judge {
            trust: &trust,
            revoked_seals: &revoked,
        };
        let report = verify_ofd(&bytes, &judge);
        let read = OfdFile::open(&bytes).ok();
        (report, read, sm3(&bytes))
    })
    .await;
    let (report, read, digest) = judged.map_err(|e| Problem::internal(&e))?;
    let checked = steps(&report);
    let failures = report.failures().join("；");
    let mut said = match report.verdict {
        Judged::Valid => match read {
            Some(read) => {
                let facts = FileFacts {
                    identifier: read.custom.get("ZZBS").cloned(),
                    face: read.custom.get("FACE_SM3").cloned(),
                    digest,
                };
                known(tx, &facts, Some(&read), key, now).await?
            }
            None => verdict::unknown(now),
        },
        Judged::Altered => verdict::altered(failures, now),
        Judged::Unreadable => {
            let mut said = verdict::altered(failures, now);
            said.title = "文件损坏或不完整，不能采信".to_owned();
            said
        }
        Judged::Unsigned => {
            let mut said = verdict::unknown(now);
            said.title = "这个文件没有电子签章，不是本市登记机构签发的电子证照".to_owned();
            said
        }
        Judged::Untrusted => {
            let mut said = verdict::unknown(now);
            said.title = "签章不是本市登记机构的有效签章，或者签章时印章、证书已失效".to_owned();
            said.detail = failures;
            said
        }
    };
    let mut all = checked;
    all.append(&mut said.steps);
    said.steps = all;
    Ok(said)
}

/// What a file says of itself once its signature is believed.
#[derive(Debug)]
pub(super) struct FileFacts {
    /// 证照标识.
    pub identifier: Option<String>,
    /// SM3 of the canonical fields, hexadecimal.
    pub face: Option<String>,
    /// SM3 of the file.
    pub digest: [u8; 32],
}

fn step(code: &str, name: &str, passed: bool) -> CheckStep {
    CheckStep {
        code: code.to_owned(),
        name: name.to_owned(),
        passed: Some(passed),
        detail: None,
    }
}

/// What the library says of a file whose signature is good.
pub(super) async fn known(
    tx: &mut TenantTx,
    facts: &FileFacts,
    ofd: Option<&OfdFile>,
    key: &LibraryKey,
    now: DateTime<Utc>,
) -> Result<Verdict, Problem> {
    let Some(identifier) = &facts.identifier else {
        return Ok(verdict::unknown(now));
    };
    let Some(c) = record::by_identifier(tx, identifier).await? else {
        return Ok(verdict::unknown(now));
    };
    let digest = c
        .content_digest
        .as_deref()
        .map(crate::api::ecert::views::hex);
    let same = digest.is_some() && digest == facts.face;
    // what is seen on the pages is what the fields say
    let seen = match (ofd, content(&c, key)?) {
        (Some(file), Some(content)) => face_text(&content).iter().all(|(field, text)| {
            file.fields
                .get(field)
                .is_some_and(|lines| lines.concat() == *text)
        }),
        _ => true,
    };
    let mut said = if same && seen {
        stands(tx, &c, now).await?
    } else {
        let text = format!(
            "文件内容与证照库中{} {} 的内容不一致，请向登记机构核实",
            kind_name(&c.kind),
            c.certificate_no
        );
        verdict::altered(text, now)
    };
    said.steps = vec![
        step("record", "与证照库内容一致", same),
        step("visible", "版面文字与证照内容一致", seen),
        step("state", "证照现行有效", said.outcome == Outcome::Valid),
    ];
    if let Some((_, Some(copy))) = files::owner_of(tx, &facts.digest).await? {
        let shown = verdict::public_copy(&copy, now);
        if shown.expired() && said.outcome == Outcome::Valid {
            said.title = "加注件已过有效期，原证照现行有效".to_owned();
            said.detail = "请让对方重新取得加注件。".to_owned();
        }
        said.copy = Some(shown);
    }
    Ok(said)
}
