//! Judging a PDF of ours: one signature over the whole file.
//!
//! No object of the file is parsed. The byte range must cover everything but the signature's own
//! digits, so every byte is either signed or a digit of the signature, and nothing can have been
//! appended: the ways in which PDF signatures are tricked need a reader that follows references
//! into parts that the signature does not cover.

use chrono::{DateTime, NaiveDateTime, Utc};
use dengbu_gm::cms::{self, CmsError};
use dengbu_gm::{ChainProblem, Moment, Trust, Usage, timestamp};
use serde::Serialize;

/// Largest file, in bytes.
pub const LENGTH_MAX: usize = 16 * 1024 * 1024;
/// Most digits of a signature.
const DIGITS_MAX: usize = 64 * 1024;

/// The sum of all checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Signed by someone we trust, whole, unaltered.
    Valid,
    /// Not a PDF file, or too large.
    Unreadable,
    /// No signature.
    Unsigned,
    /// Altered after it was signed.
    Altered,
    /// Whole, but signed by someone we do not trust, or in a way we do not know.
    Untrusted,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The sum.
    pub verdict: Verdict,
    /// What is wrong, in Chinese.
    pub problems: Vec<String>,
    /// Name in the signer's certificate.
    pub signer: Option<String>,
    /// Serial number of the signer's certificate.
    pub signer_serial: Option<String>,
    /// When, as the signer says.
    pub time: Option<DateTime<Utc>>,
    /// When, as a trusted time stamp says.
    pub proven: Option<DateTime<Utc>>,
}

impl Report {
    fn of(verdict: Verdict, problem: &str) -> Report {
        Report {
            verdict,
            problems: vec![problem.to_owned()],
            signer: None,
            signer_serial: None,
            time: None,
            proven: None,
        }
    }
}

/// Judges a file. Never fails: what is wrong is in the report.
#[must_use]
pub fn verify_pdf(bytes: &[u8], trust: &Trust) -> Report {
    if bytes.len() > LENGTH_MAX {
        return Report::of(Verdict::Unreadable, "文件过大（不超过 16 MB）");
    }
    if !bytes.starts_with(b"%PDF-") {
        return Report::of(Verdict::Unreadable, "不是 PDF 文件");
    }
    let places: Vec<usize> = places(bytes, b"/ByteRange");
    let [place] = places[..] else {
        return if places.is_empty() {
            Report::of(Verdict::Unsigned, "PDF 文件没有签名")
        } else {
            Report::of(
                Verdict::Altered,
                "PDF 文件含有多个签名，不是本平台签发的原件",
            )
        };
    };
    let Some(signed) = signed(bytes, place) else {
        return Report::of(
            Verdict::Altered,
            "签名没有覆盖整个文件，内容可能被改动或追加",
        );
    };
    let message = match cms::open(&signed.message) {
        Ok(message) => message,
        Err(error @ (CmsError::Algorithm | CmsError::NoCertificate)) => {
            return Report::of(Verdict::Untrusted, &error.to_string());
        }
        Err(error) => return Report::of(Verdict::Altered, &error.to_string()),
    };
    let mut report = Report {
        verdict: Verdict::Valid,
        problems: Vec::new(),
        signer: Some(message.signer.subject()),
        signer_serial: Some(message.signer.serial()),
        time: signed.time,
        proven: None,
    };
    let covered = [&bytes[..signed.from], &bytes[signed.to..]].concat();
    if let Err(error) = message.check(&message.algorithm.digest(&covered)) {
        report.verdict = Verdict::Altered;
        report.problems.push(error.to_string());
        return report;
    }
    trusted(&message, trust, &mut report);
    if !report.problems.is_empty() {
        report.verdict = Verdict::Untrusted;
    }
    report
}

fn trusted(message: &cms::Opened<'_>, trust: &Trust, report: &mut Report) {
    if let Some(token) = message.stamp {
        match timestamp::check(token, message.signature, trust) {
            Ok(stamped) => report.proven = Some(stamped.time),
            Err(error) => report.problems.push(error.to_string()),
        }
    }
    let Some(time) = report.proven.or(report.time) else {
        report.problems.push("签名没有时间".to_owned());
        return;
    };
    let moment = Moment {
        time,
        proven: report.proven.is_some(),
    };
    let found = trust.check(
        &message.signer,
        &message.certificates,
        Usage::Signing,
        moment,
    );
    if let Err(problems) = found {
        report
            .problems
            .extend(problems.iter().map(ChainProblem::to_string));
    }
}

fn places(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    let slashes = bytes.iter().enumerate().filter(|(_, b)| **b == b'/');
    slashes
        .filter(|(at, _)| bytes[*at..].starts_with(wanted))
        .map(|(at, _)| at)
        .take(3)
        .collect()
}

/// A signature and what it covers: everything but `from..to`.
struct Signed {
    from: usize,
    to: usize,
    message: Vec<u8>,
    time: Option<DateTime<Utc>>,
}

/// None if the byte range is anything but the whole file without the digits.
fn signed(bytes: &[u8], place: usize) -> Option<Signed> {
    let window = bytes.get(place..bytes.len().min(place + 200))?;
    let open = window.iter().position(|b| *b == b'[')?;
    let close = window.iter().position(|b| *b == b']')?;
    let text = std::str::from_utf8(window.get(open + 1..close)?).ok()?;
    let numbers: Vec<usize> = text
        .split_ascii_whitespace()
        .map(|word| word.parse().ok())
        .collect::<Option<_>>()?;
    let [0, from, to, rest] = numbers[..] else {
        return None;
    };
    if to.checked_add(rest)? != bytes.len() || from >= to || to - from > DIGITS_MAX {
        return None;
    }
    let digits = bytes
        .get(from..to)?
        .strip_prefix(b"<")?
        .strip_suffix(b">")?;
    if !bytes[..from].ends_with(b"/Contents ") && !bytes[..from].ends_with(b"/Contents") {
        return None;
    }
    let mut message = digits
        .chunks(2)
        .map(|pair| {
            let digit = |b: &u8| char::from(*b).to_digit(16).map(|d| d as u8);
            match pair {
                [high, low] => Some(digit(high)? << 4 | digit(low)?),
                _ => None,
            }
        })
        .collect::<Option<Vec<u8>>>()?;
    // zeros fill the room; anything else behind the message would be hidden data
    let length = der_length(&message)?;
    let filling = message.get(length..)?;
    if filling.iter().any(|byte| *byte != 0) {
        return None;
    }
    message.truncate(length);
    // our dictionary has its time just before the byte range
    let before = &bytes[place.saturating_sub(200)..place];
    Some(Signed {
        from,
        to,
        message,
        time: time(before),
    })
}

/// Length of the first element in DER, head included.
fn der_length(bytes: &[u8]) -> Option<usize> {
    let first = usize::from(*bytes.get(1)?);
    if first < 0x80 {
        return Some(2 + first);
    }
    let count = first & 0x7f;
    let digits = bytes
        .get(2..2 + count)
        .filter(|_| (1..=4).contains(&count))?;
    let length = digits.iter().fold(0, |sum, d| sum << 8 | usize::from(*d));
    length.checked_add(2 + count)
}

/// `/M(D:20261129100000Z)`.
fn time(before: &[u8]) -> Option<DateTime<Utc>> {
    let at = before.windows(5).rposition(|window| window == b"/M(D:");
    let at = at.map(|at| at + 5).or_else(|| {
        let spaced = before.windows(6).rposition(|window| window == b"/M (D:");
        spaced.map(|at| at + 6)
    })?;
    let text = std::str::from_utf8(before.get(at..at + 15)?).ok()?;
    let text = text.strip_suffix('Z')?;
    let time = NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").ok()?;
    Some(time.and_utc())
}
