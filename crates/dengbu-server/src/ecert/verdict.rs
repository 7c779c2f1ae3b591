//! What a check of a certificate says, in words for people and codes for programs.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_certlib::State;
use dengbu_certlib::files::Copy;
use dengbu_certlib::record::{ECertificate, Holder};
use dengbu_certlib::seals::Seal;
use dengbu_model::time::date_in_shanghai;
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::case::kind_name;

/// Outcome of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 有效.
    Valid,
    /// 暂时失效.
    Suspended,
    /// 已注销 or 已换发.
    Ended,
    /// 非本市: not a certificate of this platform, or number and name do not fit each other.
    Unknown,
    /// 被改动: the signature or the content does not fit.
    Altered,
}

/// A certificate as anybody may see it: nothing but what the law lets, persons masked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PublicCertificate {
    /// 证照编号.
    certificate_no: String,
    /// In Chinese.
    kind_name: String,
    /// 证照标识.
    identifier: Option<String>,
    /// Version.
    version: i32,
    /// Authority.
    authority_name: String,
    /// Day of issue.
    issued_on: NaiveDate,
    /// The unit; none for a result paper.
    unit_code: Option<String>,
    /// Holders, natural persons masked.
    holders: String,
    /// State, in Chinese.
    state_name: String,
    /// Since when.
    state_at: DateTime<Utc>,
}

/// A copy made for somebody (加注件).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PublicCopy {
    /// For whom.
    grantee: String,
    /// For what.
    purpose: String,
    /// Until when.
    valid_until: NaiveDate,
    /// Whether that day is over.
    expired: bool,
}

impl PublicCopy {
    /// Whether its last day is over.
    #[must_use]
    pub fn expired(&self) -> bool {
        self.expired
    }
}

/// One thing that was checked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckStep {
    /// Code.
    pub code: String,
    /// What was checked, in Chinese.
    pub name: String,
    /// Whether it is right; none when it does not apply.
    pub passed: Option<bool>,
    /// What was found.
    pub detail: Option<String>,
}

/// What a check says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Verdict {
    /// Outcome.
    pub outcome: Outcome,
    /// 信息验证 code of GB/T 36906: 0 valid, 2 suspended, 3 ended, 5 unknown, 6 does not fit.
    pub code: u8,
    /// In one line.
    pub title: String,
    /// What it means and what to do.
    pub detail: String,
    /// When it was checked.
    pub checked_at: DateTime<Utc>,
    /// The certificate, where there is one.
    pub certificate: Option<PublicCertificate>,
    /// The copy, where the file is one.
    pub copy: Option<PublicCopy>,
    /// What was checked, one by one.
    pub steps: Vec<CheckStep>,
    /// Whether a test authority vouches for the seals here: then nothing of it has legal effect.
    pub trial: bool,
}

impl Verdict {
    /// The same, saying whether a test authority vouches for the seals.
    #[must_use]
    pub fn of_trial(mut self, trial: bool) -> Self {
        self.trial = trial;
        self
    }

    /// Adds what there is to say of the seal.
    pub(super) fn about_seal(&mut self, sentence: Option<String>) {
        if let Some(text) = sentence {
            self.detail = format!("{text}{}", self.detail);
        }
    }
}

/// What to say of the seal of a certificate when it is in use no more: what was sealed before
/// stays valid (电子签名法 第十三条: the signature counts as it was when it was made).
pub(super) fn seal_sentence(c: &ECertificate, seals: &[Seal]) -> Option<String> {
    let seal = seals.iter().find(|s| Some(s.seal_id) == c.seal_id)?;
    let ended = date_in_shanghai(seal.ended_at?).format("%Y年%m月%d日");
    let sealed = date_in_shanghai(c.sealed_at?).format("%Y年%m月%d日");
    let what = if seal.state == "revoked" {
        "撤销"
    } else {
        "停用换新"
    };
    Some(format!(
        "签章所用的印章“{}”已于{ended}{what}；这件证照在此之前（{sealed}）签章，签章仍然有效。",
        seal.name
    ))
}

/// Restrictions are not told to everybody.
const RESTRICTIONS: &str = "抵押、查封等权利受限情况以登记簿为准，可依法申请查询登记资料。";

/// A result paper tells of one moment (不动产登记资料查询暂行办法第十条).
const MOMENT: &str = "查询结果只反映查询时点登记簿的记载，之后的变化请重新查询。";

/// A certificate for everybody.
pub fn public(c: &ECertificate, holders: &[Holder], authority_name: &str) -> PublicCertificate {
    PublicCertificate {
        certificate_no: c.certificate_no.clone(),
        kind_name: kind_name(&c.kind).to_owned(),
        identifier: c.identifier.clone(),
        version: c.version,
        authority_name: authority_name.to_owned(),
        issued_on: date_in_shanghai(c.issued_at),
        unit_code: c.unit_code.clone(),
        holders: holders
            .iter()
            .map(Holder::masked)
            .collect::<Vec<_>>()
            .join("、"),
        state_name: c.state().name_zh().to_owned(),
        state_at: c.state_at,
    }
}

/// What is said of a certificate that was found and is unaltered.
pub fn of_state(
    c: &ECertificate,
    holders: &[Holder],
    authority_name: &str,
    now: DateTime<Utc>,
) -> Verdict {
    let (outcome, title, detail) = match c.state() {
        State::Issued => (
            Outcome::Valid,
            "有效：本市登记机构签发，现行有效",
            if c.follows_register() {
                RESTRICTIONS
            } else {
                MOMENT
            }
            .to_owned(),
        ),
        State::Suspended => (
            Outcome::Suspended,
            "暂时失效：这件证照正在暂停使用",
            format!(
                "暂停期间不能作为权利证明使用{}。",
                c.suspended_until
                    .map(|d| format!("，暂停至 {}", d.format("%Y年%m月%d日")))
                    .unwrap_or_default()
            ),
        ),
        State::Replaced => (
            Outcome::Ended,
            "已换发：这件证照已由新的证照代替",
            "请让对方出示换发后的证照。".to_owned(),
        ),
        State::Revoked => (
            Outcome::Ended,
            "已注销：登记簿已经注销，证照不再有效",
            "权利已经转移、变更或者消灭，请勿据此办理业务。".to_owned(),
        ),
        State::Draft | State::Void => return unknown(now),
    };
    Verdict {
        outcome,
        code: c.state().verification_code(),
        title: title.to_owned(),
        detail,
        checked_at: now,
        certificate: Some(public(c, holders, authority_name)),
        copy: None,
        steps: Vec::new(),
        trial: false,
    }
}

/// Nothing of the kind is known here. The same words whatever the reason.
pub fn unknown(now: DateTime<Utc>) -> Verdict {
    Verdict {
        outcome: Outcome::Unknown,
        code: 5,
        title: "查无此证：不是本市登记机构签发的电子证照，或者填写的内容与证照不符".to_owned(),
        detail: "请核对证号和权利人姓名（名称）是否与证照一致；外地证照请到颁发地查验。".to_owned(),
        checked_at: now,
        certificate: None,
        copy: None,
        steps: Vec::new(),
        trial: false,
    }
}

/// The signature or the content does not fit.
pub fn altered(detail: impl Into<String>, now: DateTime<Utc>) -> Verdict {
    Verdict {
        outcome: Outcome::Altered,
        code: 6,
        title: "被改动：签名或内容不相符，不能采信".to_owned(),
        detail: detail.into(),
        checked_at: now,
        certificate: None,
        copy: None,
        steps: Vec::new(),
        trial: false,
    }
}

/// A copy for everybody.
pub fn public_copy(copy: &Copy, now: DateTime<Utc>) -> PublicCopy {
    PublicCopy {
        grantee: copy.grantee.clone(),
        purpose: copy.purpose.clone(),
        valid_until: copy.valid_until,
        expired: date_in_shanghai(now) > copy.valid_until,
    }
}
