//! Whether a file may be believed: twelve checks, each with a code of its own, none stopping
//! another. Checks 13 to 15 (identifier and content equal to the record, visible text, live state)
//! need the certificate library and are made there.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use dengbu_gm::timestamp::{self, StampedTime};
use dengbu_gm::{ChainProblem, Moment, Trust, Usage, hash};
use serde::Serialize;

use crate::container;
use crate::read::{OfdFile, ReadError, resolve};
use crate::seal::Stamp;
use crate::sign::{ListedSignature, PROVIDER, signatures_xml};
use crate::xml::Node;

/// How much later than a time stamp the signer's own time may be: clocks differ.
const CLOCKS: Duration = Duration::minutes(5);
/// Most signatures of a file.
const SIGNATURES_MAX: usize = 10;

/// A check. The numbers are those of the design's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckCode {
    /// 1: the package is whole and without tricks.
    Container,
    /// 2: entry point, document, pages.
    Structure,
    /// 3: every entry is covered by the signature, and nothing else is.
    Coverage,
    /// 4: every digest.
    Digests,
    /// 5: the stamp is over this `Signature.xml`.
    DataHash,
    /// 6: the stamp names this place.
    Property,
    /// 7: the signer's signature.
    StampSignature,
    /// 8: the seal maker's signature.
    SealSignature,
    /// 9: the seal names the signer.
    SealSigner,
    /// 10: certificates lead to a root, may be used for this, were valid and not revoked.
    Certificates,
    /// 11: the seal was valid when it was used.
    SealValidity,
    /// 12: the time stamp, if there is one.
    TimeStamp,
}

impl CheckCode {
    /// All of them.
    pub const ALL: [CheckCode; 12] = [
        CheckCode::Container,
        CheckCode::Structure,
        CheckCode::Coverage,
        CheckCode::Digests,
        CheckCode::DataHash,
        CheckCode::Property,
        CheckCode::StampSignature,
        CheckCode::SealSignature,
        CheckCode::SealSigner,
        CheckCode::Certificates,
        CheckCode::SealValidity,
        CheckCode::TimeStamp,
    ];

    /// Number, from 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// In Chinese.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            CheckCode::Container => "文件完整",
            CheckCode::Structure => "版式结构",
            CheckCode::Coverage => "签章覆盖全部内容",
            CheckCode::Digests => "内容未被改动",
            CheckCode::DataHash => "签章描述未被改动",
            CheckCode::Property => "签章位置相符",
            CheckCode::StampSignature => "签章人签名",
            CheckCode::SealSignature => "印章签名",
            CheckCode::SealSigner => "签章人有权用印",
            CheckCode::Certificates => "证书可信",
            CheckCode::SealValidity => "印章有效",
            CheckCode::TimeStamp => "时间戳",
        }
    }
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "result", content = "why")]
pub enum Outcome {
    /// Well.
    Passed,
    /// Not well, and why, in Chinese.
    Failed(Vec<String>),
    /// There was nothing to check, or what it needs is not there.
    Skipped,
}

/// A check and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which.
    pub code: CheckCode,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The sum of all checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Signed by someone we trust, whole, unaltered.
    Valid,
    /// Not an OFD file we can read.
    Unreadable,
    /// No signature.
    Unsigned,
    /// Altered after it was signed.
    Altered,
    /// Whole, but signed by someone, or with a seal, we do not trust.
    Untrusted,
}

/// Who stamped, with what, when.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stamped {
    /// Number of the seal.
    pub seal_id: String,
    /// Name of the seal.
    pub seal_name: String,
    /// Name in the signer's certificate.
    pub signer: String,
    /// Serial number of the signer's certificate.
    pub signer_serial: String,
    /// When, as the signer says.
    pub time: DateTime<Utc>,
    /// When, as a trusted time stamp says.
    pub proven: Option<DateTime<Utc>>,
}

/// All that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The sum.
    pub verdict: Verdict,
    /// The twelve checks in their order.
    pub checks: Vec<Check>,
    /// The stamps that could be read.
    pub stamps: Vec<Stamped>,
}

impl Report {
    /// How a check ended.
    #[must_use]
    pub fn outcome(&self, code: CheckCode) -> &Outcome {
        let found = self.checks.iter().find(|check| check.code == code);
        found.map_or(&Outcome::Skipped, |check| &check.outcome)
    }

    /// The failures, in Chinese.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        let each = self.checks.iter().filter_map(|check| match &check.outcome {
            Outcome::Failed(why) => Some(format!("{}：{}", check.code.name(), why.join("；"))),
            _ => None,
        });
        each.collect()
    }
}

/// By what a file is judged.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'a> {
    /// Whom we trust.
    pub trust: &'a Trust,
    /// Seals that were revoked, by number, and from when.
    pub revoked_seals: &'a [(String, DateTime<Utc>)],
}

impl<'a> Judge<'a> {
    /// Trust, and no revoked seals.
    #[must_use]
    pub const fn new(trust: &'a Trust) -> Judge<'a> {
        Judge {
            trust,
            revoked_seals: &[],
        }
    }
}

/// Findings while they are collected.
#[derive(Debug, Default)]
struct Findings {
    made: BTreeSet<CheckCode>,
    failed: Vec<(CheckCode, String)>,
    stamps: Vec<Stamped>,
}

impl Findings {
    fn check(&mut self, code: CheckCode, good: bool, why: impl FnOnce() -> String) {
        self.made.insert(code);
        if !good {
            self.failed.push((code, why()));
        }
    }

    fn fail(&mut self, code: CheckCode, why: impl Into<String>) {
        self.check(code, false, || why.into());
    }

    fn report(self, verdict: Option<Verdict>) -> Report {
        let checks: Vec<Check> = CheckCode::ALL
            .into_iter()
            .map(|code| {
                let why = self.failed.iter().filter(|(failed, _)| *failed == code);
                let why: Vec<String> = why.map(|(_, why)| why.clone()).collect();
                let outcome = match (self.made.contains(&code), why.is_empty()) {
                    (_, false) => Outcome::Failed(why),
                    (true, true) => Outcome::Passed,
                    (false, true) => Outcome::Skipped,
                };
                Check { code, outcome }
            })
            .collect();
        let failed = |from: u8, to: u8| {
            self.failed
                .iter()
                .any(|(code, _)| (from..=to).contains(&code.number()))
        };
        let verdict = verdict.unwrap_or({
            if failed(3, 8) {
                Verdict::Altered
            } else if failed(1, 2) {
                Verdict::Unreadable
            } else if failed(9, 12) {
                Verdict::Untrusted
            } else {
                Verdict::Valid
            }
        });
        Report {
            verdict,
            checks,
            stamps: self.stamps,
        }
    }
}

/// Judges a file. Never fails: what is wrong is in the report.
#[must_use]
pub fn verify_ofd(bytes: &[u8], judge: &Judge<'_>) -> Report {
    let mut findings = Findings::default();
    let entries = match container::read(bytes) {
        Ok(entries) => entries,
        Err(error) => {
            findings.fail(CheckCode::Container, error.to_string());
            return findings.report(Some(Verdict::Unreadable));
        }
    };
    for entry in &entries {
        findings.check(CheckCode::Container, entry.whole, || {
            format!("“{}”损坏", entry.name)
        });
    }
    // a document that does not read may still have a signature that says why
    let file = match OfdFile::of(entries.clone()) {
        Ok(file) => {
            findings.check(CheckCode::Structure, true, String::new);
            file
        }
        Err(error) => {
            findings.fail(CheckCode::Structure, error.to_string());
            match salvage(entries) {
                Some(file) => file,
                None => return findings.report(Some(Verdict::Unreadable)),
            }
        }
    };
    let Some(list) = file.signatures.clone() else {
        return findings.report(Some(Verdict::Unsigned));
    };
    match signatures(&file, &list) {
        Ok(found) => {
            coverage(&file, &list, &found, &mut findings);
            for signature in &found {
                one(&file, signature, judge, &mut findings);
            }
        }
        Err(error) => findings.fail(CheckCode::Coverage, error.to_string()),
    }
    findings.report(None)
}

/// The entries of a document that does not read, if it has a signature at the usual place: then
/// the digests say which part is broken.
fn salvage(entries: Vec<container::Entry>) -> Option<OfdFile> {
    let usual = crate::write::SIGNATURES;
    entries.iter().find(|entry| entry.name == usual)?;
    Some(OfdFile {
        entries,
        id: String::new(),
        title: String::new(),
        custom: Default::default(),
        pages: Vec::new(),
        fields: Default::default(),
        attachments: Default::default(),
        signatures: Some(usual.to_owned()),
    })
}

/// A signature as read.
struct Found {
    /// Path of `Signature.xml`.
    path: String,
    /// Path of `SignedValue.dat`.
    value: String,
    /// The content of `Signature.xml`.
    description: Node,
}

fn signatures(file: &OfdFile, list: &str) -> Result<Vec<Found>, ReadError> {
    let bad = |path: &str| ReadError::Bad(path.to_owned());
    let root = file.xml(list)?;
    let mut found = Vec::new();
    let mut listed = Vec::new();
    for signature in root.all("Signature") {
        let base = signature.attribute("BaseLoc").ok_or_else(|| bad(list))?;
        let path = resolve(list, base).ok_or_else(|| bad(list))?;
        let description = file.xml(&path)?;
        let value = description.child("SignedValue").ok_or_else(|| bad(&path))?;
        let value = resolve(&path, &value.text).ok_or_else(|| bad(&path))?;
        listed.push(ListedSignature {
            id: signature.attribute("ID").unwrap_or_default().to_owned(),
            base: base.to_owned(),
        });
        found.push(Found {
            path,
            value,
            description,
        });
    }
    if found.is_empty() || found.len() > SIGNATURES_MAX {
        return Err(bad(list));
    }
    // the list is covered by no signature: one of ours must be written exactly as we write it
    let ours = found.iter().all(|signature| {
        let provider = signature.description.at(&["SignedInfo", "Provider"]);
        provider.and_then(|node| node.attribute("ProviderName")) == Some(PROVIDER)
    });
    if ours && file.entry(list) != Some(signatures_xml(&listed).as_bytes()) {
        return Err(bad(list));
    }
    Ok(found)
}

/// Check 3: all entries but the signatures' own files are covered by each signature's references
/// exactly once, and each folder of a signature is listed.
fn coverage(file: &OfdFile, list: &str, found: &[Found], findings: &mut Findings) {
    let own: BTreeSet<&str> = found
        .iter()
        .flat_map(|signature| [signature.path.as_str(), signature.value.as_str()])
        .chain([list])
        .collect();
    let wanted: BTreeSet<&str> = file
        .entries
        .iter()
        .map(|entry| entry.name.as_str())
        .filter(|name| !own.contains(name))
        .collect();
    for signature in found {
        let mut covered = BTreeSet::new();
        for (path, _) in references(signature) {
            let Some(path) = path else {
                findings.fail(CheckCode::Coverage, "签章引用了文件之外的路径");
                continue;
            };
            if own.contains(path.as_str()) || !covered.insert(path.clone()) {
                findings.fail(CheckCode::Coverage, format!("“{path}”被重复或错误引用"));
            }
        }
        for name in &wanted {
            findings.check(CheckCode::Coverage, covered.contains(*name), || {
                format!("“{name}”不在签章保护范围内")
            });
        }
    }
}

/// The references: path (none if it leads out) and digest in Base64.
fn references(signature: &Found) -> impl Iterator<Item = (Option<String>, &str)> {
    let list = signature.description.at(&["SignedInfo", "References"]);
    list.into_iter()
        .flat_map(|list| list.all("Reference"))
        .map(|reference| {
            let path = reference.attribute("FileRef");
            let path = path.and_then(|path| resolve("OFD.xml", path));
            let value = reference.child("CheckValue");
            (path, value.map_or("", |node| node.text.trim()))
        })
}

/// Checks 4 to 12 of one signature.
fn one(file: &OfdFile, signature: &Found, judge: &Judge<'_>, findings: &mut Findings) {
    digests(file, signature, findings);
    let value = file.entry(&signature.value).unwrap_or_default();
    let stamp = match Stamp::from_der(value) {
        Ok(stamp) => stamp,
        Err(error) => {
            findings.fail(CheckCode::StampSignature, error.to_string());
            return;
        }
    };
    let description = file.entry(&signature.path).unwrap_or_default();
    findings.check(
        CheckCode::DataHash,
        stamp.data_hash == hash::sm3(description),
        || "签章描述文件与签章不符".to_owned(),
    );
    let named = resolve("OFD.xml", &stamp.property);
    findings.check(
        CheckCode::Property,
        named.as_deref() == Some(signature.path.as_str()),
        || format!("签章属于“{}”", stamp.property),
    );
    findings.check(CheckCode::StampSignature, stamp.is_genuine(), || {
        "签章人的签名值无效".to_owned()
    });
    findings.check(CheckCode::SealSignature, stamp.seal.is_genuine(), || {
        "印章数据的签名值无效".to_owned()
    });
    findings.check(
        CheckCode::SealSigner,
        stamp.seal.names(&stamp.signer),
        || format!("证书“{}”不在印章的签章人名单内", stamp.signer.subject()),
    );
    let proven = time_stamp(&stamp, judge, findings);
    trusted(&stamp, proven.as_ref(), judge, findings);
    findings.stamps.push(Stamped {
        seal_id: stamp.seal.id.clone(),
        seal_name: stamp.seal.name.clone(),
        signer: stamp.signer.subject(),
        signer_serial: stamp.signer.serial(),
        time: stamp.time,
        proven: proven.map(|proven| proven.time),
    });
}

/// Check 4.
fn digests(file: &OfdFile, signature: &Found, findings: &mut Findings) {
    let list = signature.description.at(&["SignedInfo", "References"]);
    let method = list.and_then(|list| list.attribute("CheckMethod"));
    if !matches!(method, Some("1.2.156.10197.1.401" | "SM3" | "sm3")) {
        findings.fail(CheckCode::Digests, "摘要算法不是 SM3");
        return;
    }
    for (path, value) in references(signature) {
        let Some(path) = path else { continue };
        match file.entry(&path) {
            None => findings.fail(CheckCode::Digests, format!("“{path}”缺失")),
            Some(content) => {
                let expected = STANDARD.decode(value).unwrap_or_default();
                findings.check(
                    CheckCode::Digests,
                    hash::sm3(content)[..] == expected,
                    || format!("“{path}”已被改动"),
                );
            }
        }
    }
}

/// Check 12. Gives the time if the time stamp holds.
fn time_stamp(stamp: &Stamp, judge: &Judge<'_>, findings: &mut Findings) -> Option<StampedTime> {
    let token = stamp.time_stamp.as_deref()?;
    match timestamp::check(token, &stamp.signature, judge.trust) {
        Ok(proven) => {
            let fits = stamp.time <= proven.time + CLOCKS;
            findings.check(CheckCode::TimeStamp, fits, || {
                "签章时间晚于时间戳".to_owned()
            });
            Some(proven)
        }
        Err(error) => {
            findings.fail(CheckCode::TimeStamp, error.to_string());
            None
        }
    }
}

/// Checks 10 and 11, at the time of signing.
fn trusted(
    stamp: &Stamp,
    proven: Option<&StampedTime>,
    judge: &Judge<'_>,
    findings: &mut Findings,
) {
    let signed = Moment {
        time: proven.map_or(stamp.time, |proven| proven.time),
        proven: proven.is_some(),
    };
    // the seal was made before it was used: its maker is judged at that time
    let made = Moment {
        time: stamp.seal.created,
        proven: signed.proven,
    };
    for (certificate, usage, moment) in [
        (&stamp.signer, Usage::Signing, signed),
        (&stamp.seal.maker, Usage::SealMaking, made),
    ] {
        let found = judge.trust.check(certificate, &[], usage, moment);
        findings.check(CheckCode::Certificates, found.is_ok(), || {
            let problems = found.err().unwrap_or_default();
            let each: Vec<String> = problems.iter().map(ChainProblem::to_string).collect();
            each.join("；")
        });
    }
    let seal = &stamp.seal;
    let valid = (seal.valid_from..=seal.valid_until).contains(&signed.time);
    findings.check(CheckCode::SealValidity, valid, || {
        format!(
            "印章“{}”在签章时不在有效期内（{} 至 {}）",
            seal.name, seal.valid_from, seal.valid_until
        )
    });
    let revoked = judge.revoked_seals.iter().find(|(id, _)| *id == seal.id);
    if let Some((_, since)) = revoked {
        // without a proof of time whoever has the stolen key could say any time
        let before = signed.proven && signed.time < *since;
        findings.check(CheckCode::SealValidity, before, || {
            format!(
                "印章“{}”已于 {since} 撤销，没有时间戳证明签章在此之前",
                seal.name
            )
        });
    }
}
