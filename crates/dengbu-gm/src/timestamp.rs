//! Time stamps (GB/T 20520, RFC 3161): a signed message that says when a digest was there.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::asn1::{self, NotDer, Reader};
use crate::certificate::Usage;
use crate::chain::{ChainProblem, Moment, Trust};
use crate::cms::{self, CmsError};
use crate::oid;
use crate::signer::{SignError, Signer};

/// Longest time stamp that is read, in bytes.
const LENGTH_MAX: usize = 64 * 1024;

/// Something that stamps digests with the time.
pub trait TimeStamper: Send + Sync + fmt::Debug {
    /// A time stamp over a digest made by the stamper's own algorithm (SM3 or SHA-256).
    ///
    /// # Errors
    /// The service does not answer.
    fn stamp(&self, digest: [u8; 32]) -> Result<Vec<u8>, SignError>;
}

/// A stamper of our own: a key and a clock.
#[derive(Clone)]
pub struct OwnTimeStamper {
    signer: Arc<dyn Signer>,
    clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

impl fmt::Debug for OwnTimeStamper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnTimeStamper({:?})", self.signer)
    }
}

impl OwnTimeStamper {
    /// Of a key whose certificate is for time stamps, and a clock.
    pub fn new(
        signer: Arc<dyn Signer>,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> OwnTimeStamper {
        OwnTimeStamper {
            signer,
            clock: Arc::new(clock),
        }
    }
}

impl TimeStamper for OwnTimeStamper {
    fn stamp(&self, digest: [u8; 32]) -> Result<Vec<u8>, SignError> {
        let algorithm = self.signer.algorithm();
        let serial: [u8; 16] = rand::random();
        let info = asn1::sequence(&[
            &asn1::integer(1),
            &asn1::oid(oid::TEST_TSA_POLICY),
            &asn1::sequence(&[
                &asn1::sequence(&[&asn1::oid(algorithm.digest_oid())]),
                &asn1::octets(&digest),
            ]),
            &asn1::unsigned(&serial),
            &asn1::generalized_time((self.clock)()),
        ]);
        let content = cms::Content {
            kind: oid::TST_INFO,
            embedded: Some(&info),
            digest: algorithm.digest(&info),
        };
        cms::sign(self.signer.as_ref(), content, None)
    }
}

/// A time that a trusted stamper vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampedTime {
    /// When.
    pub time: DateTime<Utc>,
    /// Who says so.
    pub by: String,
}

/// A time stamp that proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// The signed message is none, or its signature is wrong.
    #[error("时间戳无效：{0}")]
    Message(#[from] CmsError),
    /// Its content is no time stamp.
    #[error("时间戳内容无法识别")]
    Malformed,
    /// It was made for something else.
    #[error("时间戳不是为本签名加盖的")]
    Other,
    /// The stamper is not trusted.
    #[error("时间戳服务不受信任：{}", list(.0))]
    Trust(Vec<ChainProblem>),
}

fn list(problems: &[ChainProblem]) -> String {
    let each: Vec<String> = problems.iter().map(ToString::to_string).collect();
    each.join("；")
}

impl From<NotDer> for TimestampError {
    fn from(_: NotDer) -> TimestampError {
        TimestampError::Malformed
    }
}

/// Checks a time stamp over `stamped` and gives its time.
///
/// # Errors
/// It is none, is for something else, or comes from someone we do not trust.
pub fn check(token: &[u8], stamped: &[u8], trust: &Trust) -> Result<StampedTime, TimestampError> {
    if token.len() > LENGTH_MAX {
        return Err(TimestampError::Malformed);
    }
    let opened = cms::open(token)?;
    let info = opened.content.ok_or(TimestampError::Malformed)?;
    if opened.kind != oid::TST_INFO {
        return Err(TimestampError::Malformed);
    }
    opened.check(&opened.algorithm.digest(info))?;
    let mut fields = Reader::new(info).inside(asn1::SEQUENCE)?;
    fields.number()?;
    fields.expect(asn1::OID)?;
    let mut imprint = fields.inside(asn1::SEQUENCE)?;
    let method = imprint.inside(asn1::SEQUENCE)?.expect(asn1::OID)?.value;
    let digest = imprint.expect(asn1::OCTET_STRING)?.value;
    fields.expect(asn1::INTEGER)?;
    let time = fields.time()?;
    let ours = [crate::Algorithm::Sm2, crate::Algorithm::P256]
        .into_iter()
        .find(|algorithm| algorithm.digest_oid() == method);
    if ours.is_none_or(|algorithm| algorithm.digest(stamped) != digest) {
        return Err(TimestampError::Other);
    }
    trust
        .check(
            &opened.signer,
            &opened.certificates,
            Usage::TimeStamping,
            Moment::claimed(time),
        )
        .map_err(TimestampError::Trust)?;
    Ok(StampedTime {
        time,
        by: opened.signer.subject(),
    })
}
