//! Persons: right holders, obligors, agents, and how several own together.

use serde::{Deserialize, Serialize};

use crate::identity::IdDocument;
use crate::quantity::Share;

/// Kind of person (权利人类型, QLRLX).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PartyKind {
    /// 个人.
    #[serde(rename = "1")]
    Person,
    /// 企业.
    #[serde(rename = "2")]
    Enterprise,
    /// 事业单位.
    #[serde(rename = "3")]
    PublicInstitution,
    /// 国家机关.
    #[serde(rename = "4")]
    StateOrgan,
    /// 其他.
    #[serde(rename = "99")]
    Other,
}

impl PartyKind {
    /// The standard's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Person => "1",
            Self::Enterprise => "2",
            Self::PublicInstitution => "3",
            Self::StateOrgan => "4",
            Self::Other => "99",
        }
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Person => "个人",
            Self::Enterprise => "企业",
            Self::PublicInstitution => "事业单位",
            Self::StateOrgan => "国家机关",
            Self::Other => "其他",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [
            Self::Person,
            Self::Enterprise,
            Self::PublicInstitution,
            Self::StateOrgan,
            Self::Other,
        ]
        .into_iter()
        .find(|k| k.code() == code)
    }
}

/// A person: right holder, obligor or applicant (权利人、义务人).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Name (权利人名称, QLRMC).
    pub name: String,
    /// Kind (权利人类型, QLRLX).
    pub kind: PartyKind,
    /// Document (证件种类 ZJZL, 证件号 ZJH).
    #[serde(default)]
    pub id: Option<IdDocument>,
    /// Telephone (电话, DH).
    #[serde(default)]
    pub phone: Option<String>,
    /// Address (地址, DZ).
    #[serde(default)]
    pub address: Option<String>,
    /// Legal representative of a body (法定代表人).
    #[serde(default)]
    pub legal_representative: Option<String>,
    /// Agent who acts for the person (代理人).
    #[serde(default)]
    pub agent: Option<Agent>,
    /// Of a body that is being wound up: how. It acts through its liquidators or its
    /// administrator, who stand as the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winding_up: Option<WindingUp>,
}

/// How a body is being wound up (清算、破产).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WindingUp {
    /// 清算: dissolved, its liquidators act (民法典第七十条、第七十二条).
    Liquidation,
    /// 破产: a court has accepted the bankruptcy, the administrator acts (企业破产法第二十五条).
    Bankruptcy,
}

impl Party {
    /// A person of whom only the name and kind are known.
    #[must_use]
    pub fn named(name: &str, kind: PartyKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            id: None,
            phone: None,
            address: None,
            legal_representative: None,
            agent: None,
            winding_up: None,
        }
    }
}

/// An agent (代理人).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Name.
    pub name: String,
    /// Document.
    #[serde(default)]
    pub id: Option<IdDocument>,
    /// Telephone.
    #[serde(default)]
    pub phone: Option<String>,
    /// Power of attorney or notarial number (委托书、公证号).
    #[serde(default)]
    pub authority: Option<String>,
}

/// A right holder with the share held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// The person.
    pub party: Party,
    /// Share (权利比例, QLBL); with co-ownership by shares only.
    #[serde(default)]
    pub share: Option<Share>,
}

/// How several own together (共有方式, GYFS).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CoOwnership {
    /// 单独所有.
    #[serde(rename = "0")]
    Sole,
    /// 共同共有.
    #[serde(rename = "1")]
    Joint,
    /// 按份共有.
    #[serde(rename = "2")]
    ByShares,
    /// 其它共有.
    #[serde(rename = "3")]
    Other,
}

impl CoOwnership {
    /// The standard's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Sole => "0",
            Self::Joint => "1",
            Self::ByShares => "2",
            Self::Other => "3",
        }
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Sole => "单独所有",
            Self::Joint => "共同共有",
            Self::ByShares => "按份共有",
            Self::Other => "其它共有",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Sole, Self::Joint, Self::ByShares, Self::Other]
            .into_iter()
            .find(|k| k.code() == code)
    }
}

/// Why holders and co-ownership do not go together (民法典第二百九十七条至第三百零九条).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HolderError {
    /// Nobody.
    #[error("至少要有一名权利人")]
    None,
    /// One holder, but not sole.
    #[error("只有一名权利人时，共有方式应为“单独所有”")]
    OneNotSole,
    /// Several holders, but sole.
    #[error("有多名权利人时，共有方式不能为“单独所有”")]
    SeveralSole,
    /// A share is missing.
    #[error("按份共有应填写每一名权利人的份额，第 {0} 名缺少份额")]
    ShareMissing(usize),
    /// The shares are not one together.
    #[error("各权利人份额之和应等于 1，现在是 {0}")]
    ShareSum(String),
    /// A share where none belongs.
    #[error("“{0}”不填写份额")]
    ShareOdd(&'static str),
    /// The same person twice.
    #[error("权利人“{0}”重复")]
    Twice(String),
}

impl HolderError {
    /// Machine code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::None => "required",
            Self::OneNotSole | Self::SeveralSole => "co_ownership",
            Self::ShareMissing(_) => "share_missing",
            Self::ShareSum(_) => "share_sum",
            Self::ShareOdd(_) => "share_odd",
            Self::Twice(_) => "holder_twice",
        }
    }
}

/// Checks that holders, shares and co-ownership go together (rule R62).
///
/// # Errors
/// [`HolderError`] names the first fault.
pub fn check_holders(co: CoOwnership, holders: &[Holder]) -> Result<(), HolderError> {
    match (co, holders.len()) {
        (_, 0) => return Err(HolderError::None),
        (CoOwnership::Sole, n) if n > 1 => return Err(HolderError::SeveralSole),
        (CoOwnership::Joint | CoOwnership::ByShares | CoOwnership::Other, 1) => {
            return Err(HolderError::OneNotSole);
        }
        _ => {}
    }
    for (i, h) in holders.iter().enumerate() {
        let twice = holders[..i].iter().any(|o| same_person(&o.party, &h.party));
        if twice {
            return Err(HolderError::Twice(h.party.name.clone()));
        }
    }
    match co {
        CoOwnership::ByShares => {
            if let Some(i) = holders.iter().position(|h| h.share.is_none()) {
                return Err(HolderError::ShareMissing(i + 1));
            }
            let shares: Vec<Share> = holders.iter().filter_map(|h| h.share).collect();
            if Share::adds_to_one(&shares) {
                Ok(())
            } else {
                let sum = Share::sum(shares)
                    .map_or_else(|| "无法相加".to_owned(), |(n, d)| format!("{n}/{d}"));
                Err(HolderError::ShareSum(sum))
            }
        }
        CoOwnership::Joint if holders.iter().any(|h| h.share.is_some()) => {
            Err(HolderError::ShareOdd(co.name_zh()))
        }
        CoOwnership::Sole
            if holders
                .iter()
                .any(|h| h.share.is_some_and(|s| s != Share::WHOLE)) =>
        {
            Err(HolderError::ShareOdd(co.name_zh()))
        }
        _ => Ok(()),
    }
}

/// The same name and document, or one document under two writings of the name.
fn same_person(a: &Party, b: &Party) -> bool {
    let proven = a.id.as_ref().is_some_and(IdDocument::has_valid_check);
    a.id == b.id && (proven || a.name == b.name)
}

/// A name with all but the first character hidden: 张*、欧**.
#[must_use]
pub fn masked_name(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => format!("{first}{}", "*".repeat(chars.count().max(1))),
        None => String::new(),
    }
}

/// A telephone number with the middle hidden: 138****1234. Of a short one (a local
/// line without area code has seven or eight digits) the last two stay.
#[must_use]
pub fn masked_phone(phone: &str) -> String {
    let c: Vec<char> = phone.chars().collect();
    let (head, tail) = match c.len() {
        11.. => (3, 4),
        7..=10 => (0, 2),
        _ => (0, 0),
    };
    let first: String = c[..head].iter().collect();
    let last: String = c[c.len() - tail..].iter().collect();
    format!("{first}{}{last}", "*".repeat(c.len() - head - tail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::IdKind;

    fn holder(name: &str, share: Option<&str>) -> Holder {
        Holder {
            party: Party::named(name, PartyKind::Person),
            share: share.map(|s| Share::parse(s).unwrap()),
        }
    }

    #[test]
    fn holders_and_co_ownership() {
        let check = |co, h: &[Holder]| check_holders(co, h).map_err(|e| e.code());
        let (a, b) = (holder("甲", None), holder("乙", None));
        assert_eq!(check(CoOwnership::Sole, std::slice::from_ref(&a)), Ok(()));
        assert_eq!(check(CoOwnership::Sole, &[]), Err("required"));
        assert_eq!(
            check(CoOwnership::Sole, &[a.clone(), b.clone()]),
            Err("co_ownership")
        );
        assert_eq!(
            check(CoOwnership::Joint, std::slice::from_ref(&a)),
            Err("co_ownership")
        );
        assert_eq!(check(CoOwnership::Joint, &[a.clone(), b.clone()]), Ok(()));
        assert_eq!(
            check(CoOwnership::Joint, &[a.clone(), a.clone()]),
            Err("holder_twice")
        );
        assert_eq!(
            check(CoOwnership::ByShares, &[a.clone(), b]),
            Err("share_missing")
        );
        let halves = [holder("甲", Some("1/2")), holder("乙", Some("50%"))];
        assert_eq!(check(CoOwnership::ByShares, &halves), Ok(()));
        let much = [holder("甲", Some("2/3")), holder("乙", Some("1/2"))];
        let e = check_holders(CoOwnership::ByShares, &much).unwrap_err();
        assert_eq!(e.to_string(), "各权利人份额之和应等于 1，现在是 7/6");
        assert_eq!(check(CoOwnership::Joint, &halves), Err("share_odd"));
        assert_eq!(
            check(CoOwnership::Other, std::slice::from_ref(&halves[0])),
            Err("co_ownership")
        );
        assert_eq!(check(CoOwnership::Other, &halves), Ok(()));
    }

    #[test]
    fn one_document_is_one_person() {
        let with = |name: &str, kind, number: &str| {
            let mut h = holder(name, None);
            h.party.id = Some(IdDocument::from_register(kind, number));
            h
        };
        let check = |h: &[Holder]| check_holders(CoOwnership::Joint, h).map_err(|e| e.code());
        let card = "11010519491231002X";
        let pair = |a: Holder, b: Holder| [a, b];
        assert_eq!(
            check(&pair(
                with("张示", IdKind::ResidentId, card),
                with("张  示", IdKind::ResidentId, card)
            )),
            Err("holder_twice")
        );
        // an old book writes "none" for several people
        assert_eq!(
            check(&pair(
                with("张示", IdKind::Other, "无"),
                with("李示", IdKind::Other, "无")
            )),
            Ok(())
        );
        assert_eq!(
            check(&pair(
                with("张示", IdKind::ResidentId, "000000000000000000"),
                with("李示", IdKind::ResidentId, "000000000000000000")
            )),
            Ok(())
        );
    }

    #[test]
    fn masks() {
        assert_eq!(masked_name("欧阳三"), "欧**");
        assert_eq!(masked_name("张"), "张*");
        assert_eq!(masked_phone("13812341234"), "138****1234");
        assert_eq!(masked_phone("0812-3331234"), "081*****1234");
        assert_eq!(masked_phone("3331234"), "*****34");
        assert_eq!(masked_phone("110"), "***");
        assert_eq!(masked_phone(""), "");
    }
}
