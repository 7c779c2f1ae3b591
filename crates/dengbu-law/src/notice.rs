//! Public notices before a registration (公告): what they say, how long they run, and what an
//! objection does.
//!
//! 《不动产登记暂行条例实施细则》第十七条: on the authority's portal and at the place of the land,
//! not less than fifteen working days, which do not count into the limit; when it is over without an
//! objection, or when the objection does not stand, the matter is recorded. 第十八条: what the
//! text names.

use chrono::NaiveDate;

use crate::calendar::Calendar;
use crate::catalogue::{Notice, NoticeKind};

/// Longest notice, in working days, that can be set: a slip of the hand is none of the law's.
pub const DAYS_MAX: u32 = 260;

/// A notice that was published and not taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Day of publication; it is not counted (《民法典》第二百零一条).
    pub on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
    /// True when what is asked for is no longer what it announced (the application was changed
    /// after it was sent back or corrected).
    pub outdated: bool,
}

/// What became of an objection (异议).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objection {
    /// Not decided yet.
    Open,
    /// It does not stand (异议不成立).
    Dismissed,
    /// It stands (异议成立).
    Upheld,
}

impl Objection {
    /// Code used in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Dismissed => "dismissed",
            Self::Upheld => "upheld",
        }
    }

    /// Name shown to people.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Open => "待处理",
            Self::Dismissed => "异议不成立",
            Self::Upheld => "异议成立",
        }
    }

    /// The one with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Open, Self::Dismissed, Self::Upheld]
            .into_iter()
            .find(|o| o.code() == code)
    }
}

/// Why a case cannot leave its notice for the next step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeBar {
    /// Nothing was published.
    #[error("尚未发布公告（{source_text}），请先发布公告")]
    Missing {
        /// What demands it.
        source_text: String,
    },
    /// Nothing was published where the authority may do without, and nobody said why.
    #[error("本业务是否公告由登记机构决定；不公告的，请写明理由")]
    NoReason,
    /// What is asked for is not what was announced.
    #[error(
        "申请内容在公告之后有变化，请撤回原公告，按现在的内容重新公告（《不动产登记暂行条例实施细则》第十七条、第十八条）"
    )]
    Outdated,
    /// It still runs.
    #[error(
        "公告期至 {ends_on} 届满，届满后方可继续办理（《不动产登记暂行条例实施细则》第十七条）"
    )]
    Running {
        /// Last day.
        ends_on: NaiveDate,
    },
    /// Objections wait for a decision.
    #[error(
        "有 {0} 项公告异议尚未处理，处理后方可继续办理（《不动产登记暂行条例实施细则》第十七条）"
    )]
    Undecided(usize),
    /// An objection stands.
    #[error(
        "公告异议成立，争议尚未解决，不能登记，请作出不予登记决定（《不动产登记暂行条例》第二十二条第（二）项）"
    )]
    Upheld,
}

/// Whether the case may go on from its notice. One with an objection that stands goes on at once:
/// the approval refuses it ([`may_register`]).
///
/// # Errors
/// [`NoticeBar`].
pub fn may_pass(
    rule: &Notice,
    published: Option<Published>,
    objections: &[Objection],
    reason: Option<&str>,
    today: NaiveDate,
) -> Result<(), NoticeBar> {
    if objections.contains(&Objection::Upheld) {
        return Ok(());
    }
    let open = objections.iter().filter(|o| **o == Objection::Open).count();
    match published {
        Some(p) if p.outdated => Err(NoticeBar::Outdated),
        // 24:00 of the last day (《民法典》第二百零三条)
        Some(p) if today <= p.ends_on => Err(NoticeBar::Running { ends_on: p.ends_on }),
        _ if open > 0 => Err(NoticeBar::Undecided(open)),
        Some(_) => Ok(()),
        None if !rule.optional => Err(NoticeBar::Missing {
            source_text: rule.source.clone(),
        }),
        None if reason.is_none_or(|r| r.trim().is_empty()) => Err(NoticeBar::NoReason),
        None => Ok(()),
    }
}

/// Whether it may be decided and recorded: an objection may come until then, and what was
/// announced must be what is recorded.
///
/// # Errors
/// [`NoticeBar`].
pub fn may_register(
    published: Option<Published>,
    objections: &[Objection],
) -> Result<(), NoticeBar> {
    if objections.contains(&Objection::Upheld) {
        return Err(NoticeBar::Upheld);
    }
    let open = objections.iter().filter(|o| **o == Objection::Open).count();
    if open > 0 {
        return Err(NoticeBar::Undecided(open));
    }
    if published.is_some_and(|p| p.outdated) {
        return Err(NoticeBar::Outdated);
    }
    Ok(())
}

/// Why a notice cannot be published as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// Shorter than the law has it.
    #[error("公告期不能少于 {least} 个工作日（{source_text}）")]
    TooShort {
        /// Working days at least.
        least: u32,
        /// What says so.
        source_text: String,
    },
    /// Longer than anybody means.
    #[error("公告期不能超过 {DAYS_MAX} 个工作日")]
    TooLong,
    /// The parties were not told to have it put right themselves.
    #[error(
        "依职权更正的，应当先书面通知当事人在 {NOTIFIED_DAYS} 个工作日内办理更正登记，请填写通知送达日期（《不动产登记暂行条例实施细则》第八十一条）"
    )]
    NotNotified,
    /// Their time is not over.
    #[error(
        "当事人办理更正登记的期限到 {until} 届满，逾期不办理的才能公告（《不动产登记暂行条例实施细则》第八十一条）"
    )]
    TooEarly {
        /// Last day.
        until: NaiveDate,
    },
}

/// Working days in which the parties may have an error put right before it is announced
/// (实施细则第八十一条).
pub const NOTIFIED_DAYS: u32 = 30;

/// Whether a notice of this kind may be published that day: a rectification ex officio only when
/// the parties were told and let their time pass.
///
/// # Errors
/// [`NoticeError::NotNotified`], [`NoticeError::TooEarly`].
pub fn may_announce(
    kind: NoticeKind,
    notified_on: Option<NaiveDate>,
    published: NaiveDate,
    calendar: &Calendar,
) -> Result<(), NoticeError> {
    if kind != NoticeKind::Rectification {
        return Ok(());
    }
    let told = notified_on.ok_or(NoticeError::NotNotified)?;
    let until = calendar.due(told, NOTIFIED_DAYS);
    if published <= until {
        return Err(NoticeError::TooEarly { until });
    }
    Ok(())
}

/// The last day of a notice published that day for so many working days.
///
/// # Errors
/// [`NoticeError`] for a period that the catalogue does not allow.
pub fn ends_on(
    rule: &Notice,
    days: u32,
    published: NaiveDate,
    calendar: &Calendar,
) -> Result<NaiveDate, NoticeError> {
    if days < rule.days {
        return Err(NoticeError::TooShort {
            least: rule.days,
            source_text: rule.source.clone(),
        });
    }
    if days > DAYS_MAX {
        return Err(NoticeError::TooLong);
    }
    Ok(calendar.due(published, days))
}

/// What the draft of a notice is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Name of the business.
    pub business: String,
    /// Who is to be registered, or whose entry is to change: names, never identity numbers.
    pub holders: Vec<String>,
    /// Who gives the right, or from whom it passes.
    pub obligors: Vec<String>,
    /// Lines about the units: place, area, use, kind of right.
    pub units: Vec<String>,
    /// Certificates concerned.
    pub certificates: Vec<String>,
    /// Why (登记原因).
    pub reason: String,
    /// Working days.
    pub days: u32,
    /// Where objections go.
    pub address: String,
    /// Telephone.
    pub contact: String,
}

/// The draft of a notice (实施细则第十八条: holder; place, area, use and kind of right; until when,
/// how and where to object; what else must be said). A person reads and completes it.
#[must_use]
pub fn draft(kind: NoticeKind, facts: &Facts) -> String {
    let holders = facts.holders.join("、");
    let units = facts.units.join("\n");
    let papers = facts.certificates.join("、");
    let opening = match kind {
        NoticeKind::First => format!(
            "{holders}向本机构申请“{}”，拟对下列不动产予以首次登记，现予公告：",
            facts.business
        ),
        NoticeKind::Inheritance => format!(
            "{holders}因{}向本机构申请“{}”，原权利人为{}。现对下列不动产的登记申请予以公告：",
            facts.reason,
            facts.business,
            facts.obligors.join("、")
        ),
        NoticeKind::Rectification => format!(
            "本机构发现下列不动产的登记簿记载有误（权利人：{holders}；原因：{}），拟予更正，现予公告：",
            facts.reason
        ),
        NoticeKind::Deregistration => format!(
            "下列不动产权利（权利人：{holders}）因{}，拟予注销登记，现予公告：",
            facts.reason
        ),
        NoticeKind::Revocation => format!(
            "下列不动产的登记（权利人：{holders}）因{}，拟予撤销，现予公告：",
            facts.reason
        ),
        NoticeKind::Loss => format!(
            "{holders}声明其持有的{papers}因{}，申请补发，现予刊发：",
            facts.reason
        ),
        NoticeKind::Void => format!("{holders}持有的{papers}因{}，现公告作废：", facts.reason),
    };
    let ending = match kind {
        NoticeKind::Loss => "期满无异议的，本机构予以补发，原证书（证明）作废。",
        _ => "期满无异议或者异议不成立的，本机构将记载于不动产登记簿。",
    };
    format!(
        "{opening}\n{units}\n自公告之日起 {} 个工作日内，利害关系人对此有异议的，请将书面材料送达本机构（地址：{}；联系电话：{}）。{ending}",
        facts.days, facts.address, facts.contact
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rule(optional: bool) -> Notice {
        Notice {
            kind: NoticeKind::First,
            days: 15,
            optional,
            source: "实施细则第十七条".to_owned(),
        }
    }

    fn until(text: &str) -> Option<Published> {
        Some(Published {
            on: day("2026-11-02"),
            ends_on: day(text),
            outdated: false,
        })
    }

    #[test]
    fn nothing_goes_on_before_the_period_is_over() {
        let today = day("2026-11-23");
        let pass = |p, o: &[Objection]| may_pass(&rule(false), p, o, None, today);
        assert!(matches!(pass(None, &[]), Err(NoticeBar::Missing { .. })));
        let last = day("2026-11-23");
        assert_eq!(
            pass(until("2026-11-23"), &[]),
            Err(NoticeBar::Running { ends_on: last }),
            "the last day is part of it"
        );
        assert_eq!(pass(until("2026-11-20"), &[]), Ok(()));
    }

    #[test]
    fn an_objection_is_decided_first_and_one_that_stands_ends_it() {
        let pass = |o: &[Objection]| {
            may_pass(
                &rule(false),
                until("2026-11-20"),
                o,
                None,
                day("2026-11-23"),
            )
        };
        assert_eq!(
            pass(&[Objection::Open, Objection::Dismissed]),
            Err(NoticeBar::Undecided(1))
        );
        assert_eq!(pass(&[Objection::Dismissed]), Ok(()));
        // it goes to the approval, which cannot grant it
        let stands = [Objection::Dismissed, Objection::Upheld];
        assert_eq!(pass(&stands), Ok(()));
        assert_eq!(may_register(None, &stands), Err(NoticeBar::Upheld));
        assert_eq!(
            may_register(None, &[Objection::Open]),
            Err(NoticeBar::Undecided(1))
        );
    }

    #[test]
    fn what_is_recorded_is_what_was_announced() {
        let outdated = until("2026-11-20").map(|p| Published {
            outdated: true,
            ..p
        });
        let pass = may_pass(&rule(false), outdated, &[], Some("x"), day("2026-11-23"));
        assert_eq!(pass, Err(NoticeBar::Outdated));
        assert_eq!(may_register(outdated, &[]), Err(NoticeBar::Outdated));
        assert_eq!(may_register(until("2026-11-20"), &[]), Ok(()));
    }

    #[test]
    fn without_a_notice_only_where_the_authority_may_and_with_a_reason() {
        let today = day("2026-11-23");
        let said = may_pass(
            &rule(true),
            None,
            &[],
            Some("全体继承人到场，无争议"),
            today,
        );
        assert_eq!(said, Ok(()));
        assert_eq!(
            may_pass(&rule(true), None, &[], Some("  "), today),
            Err(NoticeBar::NoReason)
        );
        assert!(may_pass(&rule(true), until("2026-12-01"), &[], Some("x"), today).is_err());
    }

    #[test]
    fn fifteen_working_days_across_the_national_day() {
        let shipped = Calendar::new(
            crate::calendar::parse_days(crate::calendar::SHIPPED)
                .unwrap()
                .into_iter()
                .map(|d| (d.day, d.kind)),
        );
        let end = ends_on(&rule(false), 15, day("2026-09-21"), &shipped).unwrap();
        // the 25th and the 1st to the 7th are off, the 10th (a Saturday) is worked
        assert_eq!(end, day("2026-10-19"));
        assert!(matches!(
            ends_on(&rule(false), 14, day("2026-09-21"), &shipped),
            Err(NoticeError::TooShort { least: 15, .. })
        ));
        assert_eq!(
            ends_on(&rule(false), 999, day("2026-09-21"), &shipped),
            Err(NoticeError::TooLong)
        );
    }

    #[test]
    fn an_error_is_announced_after_the_parties_let_thirty_working_days_pass() {
        let ask = |kind, told: Option<&str>, on: &str| {
            may_announce(kind, told.map(day), day(on), &Calendar::default())
        };
        let kind = NoticeKind::Rectification;
        assert_eq!(ask(kind, None, "2026-11-23"), Err(NoticeError::NotNotified));
        // Monday 12 October and thirty working days: Monday 23 November
        assert_eq!(
            ask(kind, Some("2026-10-12"), "2026-11-23"),
            Err(NoticeError::TooEarly {
                until: day("2026-11-23")
            })
        );
        assert_eq!(ask(kind, Some("2026-10-12"), "2026-11-24"), Ok(()));
        assert_eq!(ask(NoticeKind::First, None, "2026-11-23"), Ok(()));
    }

    #[test]
    fn every_kind_names_who_what_how_long_and_where() {
        let facts = Facts {
            business: "宅基地使用权首次登记".into(),
            holders: vec!["张三".into()],
            obligors: vec!["李四".into()],
            units: vec!["坐落：东区某路 1 号；面积：100.00 平方米".into()],
            certificates: vec!["川(2026)攀枝花市不动产权第0000001号".into()],
            reason: "遗失".into(),
            days: 15,
            address: "某路 2 号".into(),
            contact: "0812-0000000".into(),
        };
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::from_code(kind.code()), Some(kind));
            let text = draft(kind, &facts);
            for part in [
                "张三",
                "某路 1 号",
                "15 个工作日",
                "某路 2 号",
                "0812-0000000",
            ] {
                assert!(text.contains(part), "{kind:?} lacks {part}");
            }
        }
    }

    proptest! {
        /// No order of events lets a case into the register while an objection is open or stands,
        /// or before its notice is over.
        #[test]
        fn open_and_upheld_objections_always_bar(
            codes in prop::collection::vec(0_u8..3, 0..6), optional: bool, over: bool
        ) {
            let objections: Vec<Objection> = codes.iter()
                .map(|c| [Objection::Open, Objection::Dismissed, Objection::Upheld][usize::from(*c)])
                .collect();
            let published = until(if over { "2026-11-20" } else { "2026-12-20" });
            let passed = may_pass(&rule(optional), published, &objections, Some("x"), day("2026-11-23"));
            let granted = passed.is_ok() && may_register(published, &objections).is_ok();
            let clear = objections.iter().all(|o| *o == Objection::Dismissed);
            prop_assert_eq!(granted, clear && over);
        }
    }
}
