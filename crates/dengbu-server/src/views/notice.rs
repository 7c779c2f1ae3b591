//! Public notices as shown.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_cases::notices::PublicNotice;
use dengbu_cases::objections::NoticeObjection;
use dengbu_law::catalogue::{self, Notice, NoticeKind};
use dengbu_law::notice::{self as law, Facts};
use dengbu_model::party::masked_name;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::gather::Names;

/// The notice of a case.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct NoticePanel {
    /// Kind; none where the business has no notice.
    pub kind: Option<String>,
    /// In Chinese.
    pub kind_name: Option<String>,
    /// Working days at least.
    pub least_days: u32,
    /// True where the authority decides whether there is one.
    pub optional: bool,
    /// What demands it.
    pub law: String,
    /// True when this person may publish now.
    pub may_publish: bool,
    /// True when this person may take it back.
    pub may_withdraw: bool,
    /// True when an objection can be taken in.
    pub may_object: bool,
    /// True when this person may decide on objections.
    pub may_decide: bool,
    /// What keeps the case at its notice, in words.
    pub bar: Option<String>,
    /// The declaration of loss that was published before the case and counts as its notice.
    pub declared: Option<DeclaredLoss>,
    /// A draft, while nothing is published.
    pub draft: Option<NoticeDraft>,
    /// What was published, the newest first.
    pub notices: Vec<NoticeView>,
    /// Objections.
    pub objections: Vec<ObjectionView>,
}

/// A declaration of loss published before the case (遗失声明).
#[derive(Debug, Serialize, ToSchema)]
pub struct DeclaredLoss {
    /// Day of publication.
    pub published_on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
}

/// A draft of a notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeDraft {
    /// Title.
    pub title: String,
    /// Text.
    pub body: String,
    /// Where it is put up.
    pub places: String,
    /// Working days.
    pub days: u32,
    /// Where objections go.
    pub objection_address: String,
    /// Telephone.
    pub contact: String,
}

/// The draft for these facts.
#[must_use]
pub fn draft(rule: &Notice, facts: &Facts) -> NoticeDraft {
    NoticeDraft {
        title: rule.kind.name_zh().to_owned(),
        body: law::draft(rule.kind, facts),
        places: "不动产所在地".to_owned(),
        days: facts.days,
        objection_address: facts.address.clone(),
        contact: facts.contact.clone(),
    }
}

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    /// Identity.
    pub notice_id: Uuid,
    /// Number.
    pub notice_no: String,
    /// The case.
    pub case_no: String,
    /// Business in Chinese.
    pub business_name: String,
    /// Kind in Chinese.
    pub kind_name: String,
    /// Title.
    pub title: String,
    /// Text.
    pub body: String,
    /// Where it is put up.
    pub places: String,
    /// Working days.
    pub days: i32,
    /// Day of publication.
    pub published_on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
    /// Where objections go.
    pub objection_address: String,
    /// Telephone.
    pub contact: String,
    /// Authority that publishes.
    pub authority_name: String,
    /// Who published it.
    pub published_by: String,
    /// `running`, `over` or `withdrawn`.
    pub state: String,
    /// In Chinese.
    pub state_name: String,
    /// Why it was taken back.
    pub withdraw_reason: Option<String>,
    /// Objections.
    pub objections: i64,
    /// Objections not yet decided.
    pub undecided: i64,
    /// Where the sheet is.
    pub paper_url: String,
}

impl NoticeView {
    /// As it stands that day.
    #[must_use]
    pub fn of(n: &PublicNotice, names: &Names, today: NaiveDate) -> Self {
        let (state, state_name) = if n.withdrawn_at.is_some() {
            ("withdrawn", "已撤回")
        } else if today <= n.ends_on {
            ("running", "公告中")
        } else {
            ("over", "公告期满")
        };
        Self {
            notice_id: n.notice_id,
            notice_no: n.notice_no.clone(),
            case_no: n.case_no.clone(),
            business_name: catalogue::business(&n.business)
                .map_or_else(|| n.business.clone(), |b| b.short_name.clone()),
            kind_name: NoticeKind::from_code(&n.kind)
                .map_or("", NoticeKind::name_zh)
                .to_owned(),
            title: n.title.clone(),
            body: n.body.clone(),
            places: n.places.clone(),
            days: n.days,
            published_on: n.published_on,
            ends_on: n.ends_on,
            objection_address: n.objection_address.clone(),
            contact: n.contact.clone(),
            authority_name: names.authority(&n.authority),
            published_by: n.published_by_name.clone(),
            state: state.to_owned(),
            state_name: state_name.to_owned(),
            withdraw_reason: n.withdraw_reason.clone(),
            objections: n.objections,
            undecided: n.undecided,
            paper_url: format!("/api/v1/notices/{}/paper", n.notice_id),
        }
    }
}

/// An objection.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectionView {
    /// Identity.
    pub objection_id: Uuid,
    /// Who objects; masked for those who do not decide on it.
    pub objector: String,
    /// How to reach them; for those who decide on it.
    pub contact: Option<String>,
    /// On what grounds; for those who decide on it, as they often name who objects.
    pub grounds: Option<String>,
    /// Papers handed in; for those who decide on it.
    pub evidence: Option<String>,
    /// The day it came in.
    pub received_on: NaiveDate,
    /// When it was taken down.
    pub received_at: DateTime<Utc>,
    /// Who took it in.
    pub received_by: String,
    /// `open`, `dismissed` or `upheld`.
    pub state: String,
    /// In Chinese.
    pub state_name: String,
    /// Why it was decided so; for those who decide on it.
    pub decision_reason: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// By whom.
    pub decided_by: Option<String>,
}

impl ObjectionView {
    /// For somebody who decides on it, or not.
    #[must_use]
    pub fn of(o: NoticeObjection, tends: bool) -> Self {
        let standing = o.standing();
        Self {
            objection_id: o.objection_id,
            objector: if tends {
                o.objector
            } else {
                masked_name(&o.objector)
            },
            contact: tends.then_some(o.contact),
            grounds: tends.then_some(o.grounds),
            evidence: tends.then_some(o.evidence),
            received_on: o.received_on,
            received_at: o.received_at,
            received_by: o.received_by_name,
            state: standing.code().to_owned(),
            state_name: standing.name_zh().to_owned(),
            decision_reason: o.decision_reason.filter(|_| tends),
            decided_at: o.decided_at,
            decided_by: o.decided_by_name,
        }
    }
}
