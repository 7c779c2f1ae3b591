//! Service of documents (文书送达): which decisions must reach which persons in writing, by which
//! methods, when they count as served and what runs from then on.
//!
//! The methods and periods are data (`data/service.toml`) with their articles beside them.
//! Map: [`addressee`] says who is to be served, [`deadline`] what runs from the service, this
//! module holds documents, methods and the checks of one attempt.

pub mod addressee;
pub mod deadline;

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::application::FieldError;
use crate::calendar::Calendar;
use crate::flow::Move;

/// A decision that must reach the applicants in writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ServedDocument {
    /// 不予受理告知书 (不动产登记暂行条例第十七条).
    Rejection,
    /// 补正材料通知书 (不动产登记暂行条例第十七条).
    Correction,
    /// 不予登记告知书 (不动产登记暂行条例第二十二条).
    Refusal,
}

impl ServedDocument {
    /// All.
    pub const ALL: [Self; 3] = [Self::Rejection, Self::Correction, Self::Refusal];

    /// Code as stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Rejection => "rejection",
            Self::Correction => "correction",
            Self::Refusal => "refusal",
        }
    }

    /// Name as it stands on the paper.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Rejection => "不予受理告知书",
            Self::Correction => "补正材料通知书",
            Self::Refusal => "不予登记告知书",
        }
    }

    /// The one with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.code() == code)
    }

    /// The document that a move makes, if it makes one.
    #[must_use]
    pub fn of_move(step: Move) -> Option<Self> {
        match step {
            Move::RejectAcceptance => Some(Self::Rejection),
            Move::Correct => Some(Self::Correction),
            Move::Refuse => Some(Self::Refusal),
            _ => None,
        }
    }
}

/// A method of service (送达方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// 直接送达.
    Direct,
    /// 留置送达.
    Left,
    /// 邮寄送达.
    Post,
    /// 电子送达.
    Electronic,
    /// 公告送达.
    Public,
}

impl Method {
    /// Code as stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Left => "left",
            Self::Post => "post",
            Self::Electronic => "electronic",
            Self::Public => "public",
        }
    }

    /// The one with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        methods()
            .iter()
            .map(|m| m.method)
            .find(|m| m.code() == code)
    }

    /// Its rule.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "a test reads the file and finds each method"
    )]
    pub fn rule(self) -> &'static MethodRule {
        methods()
            .iter()
            .find(|m| m.method == self)
            .expect("each method has its rule in the file")
    }

    /// Name shown to people.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        &self.rule().name
    }
}

/// Something a method needs to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Who signed (签收人).
    Receiver,
    /// What the signer is to the addressee.
    Relation,
    /// Where it was delivered.
    Address,
    /// Number of the mail.
    MailNo,
    /// Witnesses, or pictures of it.
    Witness,
    /// Where the message went: a number, a mailbox, an account.
    ElectronicAddress,
    /// How the addressee agreed to electronic service.
    Consent,
    /// Where the notice was published.
    PublishedIn,
    /// Why a public notice is allowed.
    Ground,
}

/// A method of service with what the law says of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodRule {
    /// The method.
    pub method: Method,
    /// Name in Chinese.
    pub name: String,
    /// Article.
    pub source: String,
    /// Which day counts, in words.
    pub served: String,
    /// What must be recorded.
    pub needs: Vec<Need>,
    /// When it may be used, for the clerk.
    pub hint: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceFile {
    public_days: u64,
    witnesses: usize,
    obligor_stays_away: Vec<String>,
    method: Vec<MethodRule>,
    deadline: Vec<deadline::DeadlineRule>,
}

#[expect(
    clippy::expect_used,
    reason = "the file is part of the program and read by a test"
)]
static FILE: LazyLock<ServiceFile> = LazyLock::new(|| {
    toml::from_str(include_str!("../data/service.toml")).expect("data/service.toml is well formed")
});

/// All methods, in the order in which they are tried.
#[must_use]
pub fn methods() -> &'static [MethodRule] {
    &FILE.method
}

/// What somebody who signs for a document is to the addressee (民事诉讼法第八十八条).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// 本人.
    Addressee,
    /// 同住成年家属.
    AdultFamily,
    /// 法定代表人、主要负责人或者负责收件的人.
    ReceivingStaff,
    /// 代理人.
    Agent,
    /// 指定的代收人.
    Designated,
}

impl Relation {
    /// All.
    pub const ALL: [Self; 5] = [
        Self::Addressee,
        Self::AdultFamily,
        Self::ReceivingStaff,
        Self::Agent,
        Self::Designated,
    ];

    /// Name shown to people.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Addressee => "本人",
            Self::AdultFamily => "同住成年家属",
            Self::ReceivingStaff => "单位负责收件的人",
            Self::Agent => "代理人",
            Self::Designated => "指定的代收人",
        }
    }
}

/// Why a public notice is allowed (民事诉讼法第九十五条).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PublicGround {
    /// 受送达人下落不明.
    WhereaboutsUnknown,
    /// 用其他方式无法送达.
    OthersFailed,
}

/// What is recorded of an attempt; which of it, [`MethodRule::needs`] says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Particulars {
    /// Who signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<String>,
    /// What the signer is to the addressee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Number of the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_no: Option<String>,
    /// Names of the witnesses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<String>,
    /// True when it was photographed or filmed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pictures: bool,
    /// Where the message went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub electronic_address: Option<String>,
    /// How the addressee agreed, such as 申请书中勾选同意电子送达.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
    /// Where the notice was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_in: Option<String>,
    /// Why a public notice is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<PublicGround>,
    /// More to be said, such as what happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The document was served.
    Served,
    /// It was not, because of this.
    Failed(String),
}

/// One attempt to serve a document on a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// How.
    pub method: Method,
    /// The day of the signature, of the receipt, of the arrival, of publication; of the attempt
    /// where it failed.
    pub on: NaiveDate,
    /// What became of it.
    pub outcome: Outcome,
    /// What is recorded of it.
    pub particulars: Particulars,
}

/// What stands before an attempt: when the document was made, what day it is, whether another
/// method has failed and whether the person has been served already.
#[derive(Debug, Clone, Copy)]
pub struct Before {
    /// The day of the decision.
    pub decided_on: NaiveDate,
    /// Today.
    pub today: NaiveDate,
    /// True when an attempt by another method than public notice failed.
    pub failed_otherwise: bool,
    /// True when the document was served on the person.
    pub served: bool,
}

/// Longest text of one field, in characters.
const TEXT_MAX: usize = 200;

fn fault(field: &str, code: &'static str, message: impl Into<String>) -> FieldError {
    FieldError {
        field: field.to_owned(),
        code,
        message: message.into(),
    }
}

fn said(text: Option<&String>) -> bool {
    text.is_some_and(|t| !t.trim().is_empty())
}

/// What is wrong with an attempt as recorded; empty when nothing is.
#[must_use]
pub fn check(attempt: &Attempt, before: &Before) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if before.served {
        faults.push(fault(
            "/method",
            "already_served",
            "该文书已经送达该人；登记有误的，先撤销原送达记录",
        ));
    }
    if attempt.on < before.decided_on {
        faults.push(fault(
            "/on",
            "before_decision",
            "送达日期不能早于文书作出的日期",
        ));
    }
    if attempt.on > before.today {
        faults.push(fault("/on", "in_future", "送达日期不能晚于今天"));
    }
    match &attempt.outcome {
        Outcome::Served => {
            for need in &attempt.method.rule().needs {
                faults.extend(lacking(*need, &attempt.particulars, before));
            }
        }
        Outcome::Failed(reason) if reason.trim().is_empty() => {
            faults.push(fault("/failure", "required", "请填写没有送达的原因"));
        }
        Outcome::Failed(reason) => too_long("/failure", reason, &mut faults),
    }
    texts(&attempt.particulars, &mut faults);
    faults
}

fn lacking(need: Need, p: &Particulars, before: &Before) -> Option<FieldError> {
    let required = |field, message: &str| Some(fault(field, "required", message));
    match need {
        Need::Receiver if !said(p.receiver.as_ref()) => required("/receiver", "请填写签收人姓名"),
        Need::Relation if p.relation.is_none() => {
            required("/relation", "请选择签收人与受送达人的关系")
        }
        Need::Address if !said(p.address.as_ref()) => required("/address", "请填写送达地址"),
        Need::MailNo if !said(p.mail_no.as_ref()) => required("/mail_no", "请填写邮件号码"),
        Need::Witness if !p.pictures => {
            let names = p.witnesses.iter().filter(|w| !w.trim().is_empty()).count();
            (names < FILE.witnesses).then(|| {
                fault(
                    "/witnesses",
                    "witnesses",
                    format!(
                        "请填写 {} 名见证人，或者拍照、录像记录送达过程",
                        FILE.witnesses
                    ),
                )
            })
        }
        Need::ElectronicAddress if !said(p.electronic_address.as_ref()) => {
            required("/electronic_address", "请填写送达的手机号、邮箱或者账号")
        }
        Need::Consent if !said(p.consent.as_ref()) => required(
            "/consent",
            "电子送达须经受送达人同意（《民事诉讼法》第九十条），请写明同意的方式",
        ),
        Need::PublishedIn if !said(p.published_in.as_ref()) => {
            required("/published_in", "请填写刊登公告的媒体或者网站")
        }
        Need::Ground => match p.ground {
            None => required("/ground", "请选择公告送达的理由"),
            Some(PublicGround::OthersFailed) if !before.failed_otherwise => Some(fault(
                "/ground",
                "others_not_tried",
                "还没有用其他方式送达未成的记录，不能公告送达（《民事诉讼法》第九十五条）",
            )),
            // 在案卷中记明原因和经过
            Some(PublicGround::WhereaboutsUnknown) if !said(p.remarks.as_ref()) => required(
                "/remarks",
                "请记明下落不明的原因和经过（《民事诉讼法》第九十五条第二款）",
            ),
            Some(_) => None,
        },
        _ => None,
    }
}

fn too_long(field: &str, text: &str, faults: &mut Vec<FieldError>) {
    if text.chars().count() > TEXT_MAX || text.contains('\0') {
        faults.push(fault(
            field,
            "too_long",
            format!("不能超过 {TEXT_MAX} 字，也不能有不可见的字符"),
        ));
    }
}

fn texts(p: &Particulars, faults: &mut Vec<FieldError>) {
    let all = [
        ("/receiver", p.receiver.as_ref()),
        ("/address", p.address.as_ref()),
        ("/mail_no", p.mail_no.as_ref()),
        ("/electronic_address", p.electronic_address.as_ref()),
        ("/consent", p.consent.as_ref()),
        ("/published_in", p.published_in.as_ref()),
        ("/remarks", p.remarks.as_ref()),
    ];
    for (field, text) in all {
        if let Some(text) = text {
            too_long(field, text, faults);
        }
    }
    if p.witnesses.len() > 10 {
        faults.push(fault("/witnesses", "too_many", "见证人最多 10 名"));
    }
    for name in &p.witnesses {
        too_long("/witnesses", name, faults);
    }
}

/// The day on which a document counts as served by an attempt that succeeded: for a public notice
/// the thirtieth day after its publication (民事诉讼法第九十五条), moved to the next working day
/// where it is a holiday (同法第八十五条第三款); otherwise the day recorded.
#[must_use]
pub fn served_on(method: Method, on: NaiveDate, calendar: &Calendar) -> NaiveDate {
    match method {
        Method::Public => {
            let last = on
                .checked_add_days(chrono::Days::new(FILE.public_days))
                .unwrap_or(NaiveDate::MAX);
            calendar.due(last, 0)
        }
        _ => on,
    }
}

#[cfg(test)]
mod tests;
