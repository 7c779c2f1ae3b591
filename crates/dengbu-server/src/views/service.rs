//! Service of documents as shown.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_cases::service::queue::Waiting;
use dengbu_cases::service::{Document, Person, Tried};
use dengbu_law::calendar::Calendar;
use dengbu_law::catalogue;
use dengbu_law::service::{self, Method, Need, Outcome, Particulars, ServedDocument};
use serde::Serialize;
use utoipa::ToSchema;

/// The documents of a case that must reach persons, and how they may be served.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseServiceView {
    /// Documents, newest decision first.
    pub documents: Vec<ServedDocumentView>,
    /// Methods of service.
    pub methods: Vec<MethodView>,
    /// What somebody who signs may be to the addressee.
    pub relations: Vec<RelationView>,
    /// True when this person may record service.
    pub may_record: bool,
}

/// A decision that must reach persons.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServedDocumentView {
    /// The event that made it.
    pub event_seq: i32,
    /// Which document.
    pub document: ServedDocument,
    /// In Chinese.
    pub name: String,
    /// The day of the decision.
    pub decided_on: NaiveDate,
    /// True when it counts as served on everybody today.
    pub served: bool,
    /// Whom it must reach.
    pub persons: Vec<ServedPersonView>,
}

/// A person a document must reach.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServedPersonView {
    /// Position.
    pub person: i32,
    /// Name.
    pub name: String,
    /// What their side is called, such as 受让人.
    pub side_name: String,
    /// Agent who may take it for them.
    pub agent: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// `waiting`, `published` while a public notice runs, or `served`.
    pub state: PersonState,
    /// From which day the document counts as served.
    pub served_on: Option<NaiveDate>,
    /// What runs from then on.
    pub deadlines: Vec<DeadlineView>,
    /// What was tried.
    pub attempts: Vec<AttemptView>,
    /// The receipt (送达回证) to be printed.
    pub receipt_url: String,
}

/// How far the service on a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PersonState {
    /// 待送达.
    Waiting,
    /// 公告期内.
    Published,
    /// 已送达.
    Served,
}

impl PersonState {
    pub(crate) fn of(served_on: Option<NaiveDate>, today: NaiveDate) -> Self {
        match served_on {
            None => Self::Waiting,
            Some(on) if on > today => Self::Published,
            Some(_) => Self::Served,
        }
    }
}

/// A period that runs from service.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadlineView {
    /// Code.
    pub code: &'static str,
    /// What may be done until then.
    pub name: &'static str,
    /// The last day.
    pub last_day: NaiveDate,
    /// Article.
    pub source: &'static str,
}

/// An attempt, or the annulment of one.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    /// Position.
    pub attempt: i32,
    /// Method; none for an annulment.
    pub method: Option<Method>,
    /// In Chinese.
    pub method_name: Option<&'static str>,
    /// The day; none for an annulment.
    pub on: Option<NaiveDate>,
    /// True when the document was served by it.
    pub served: bool,
    /// From which day it counts.
    pub served_on: Option<NaiveDate>,
    /// Why it failed, or why an attempt was annulled.
    pub reason: Option<String>,
    /// The attempt that is annulled.
    pub annuls: Option<i32>,
    /// True when it was annulled.
    pub annulled: bool,
    /// What was recorded of it: label and value.
    pub lines: Vec<LineView>,
    /// Who recorded it.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A label and its value.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineView {
    /// Label.
    pub label: &'static str,
    /// Value.
    pub value: String,
}

/// A method of service.
#[derive(Debug, Serialize, ToSchema)]
pub struct MethodView {
    /// Code.
    pub method: Method,
    /// In Chinese.
    pub name: &'static str,
    /// Article.
    pub source: &'static str,
    /// Which day counts, in words.
    pub served: &'static str,
    /// What must be recorded.
    pub needs: &'static [Need],
    /// When it may be used.
    pub hint: &'static str,
}

/// What somebody who signs is to the addressee.
#[derive(Debug, Serialize, ToSchema)]
pub struct RelationView {
    /// Code.
    pub code: service::Relation,
    /// In Chinese.
    pub name: &'static str,
}

/// A person who waits for a document, in the list over all cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingView {
    /// Case.
    pub case_no: String,
    /// Business in Chinese.
    pub business_name: String,
    /// Where the units lie.
    pub address: String,
    /// Which document.
    pub document: String,
    /// In Chinese.
    pub document_name: String,
    /// The day of the decision.
    pub decided_on: NaiveDate,
    /// Days since the decision.
    pub days: i64,
    /// The event that made the document.
    pub event_seq: i32,
    /// The person's position.
    pub person: i32,
    /// Name.
    pub name: String,
    /// What their side is called.
    pub side_name: String,
    /// The day on which a public notice serves.
    pub served_on: Option<NaiveDate>,
    /// Attempts that failed.
    pub failures: i64,
    /// Why the last of them failed.
    pub last_failure: Option<String>,
}

/// All methods.
#[must_use]
pub fn methods() -> Vec<MethodView> {
    service::methods()
        .iter()
        .map(|m| MethodView {
            method: m.method,
            name: &m.name,
            source: &m.source,
            served: &m.served,
            needs: &m.needs,
            hint: &m.hint,
        })
        .collect()
}

/// All relations.
#[must_use]
pub fn relations() -> Vec<RelationView> {
    service::Relation::ALL
        .into_iter()
        .map(|code| RelationView {
            code,
            name: code.name_zh(),
        })
        .collect()
}

/// What was recorded of an attempt, in the order of the receipt.
#[must_use]
pub fn lines(p: &Particulars) -> Vec<LineView> {
    let witnesses = p.witnesses.join("、");
    let ground = p.ground.map(|g| match g {
        service::PublicGround::WhereaboutsUnknown => "受送达人下落不明",
        service::PublicGround::OthersFailed => "用其他方式无法送达",
    });
    let all = [
        ("签收人", p.receiver.as_deref()),
        (
            "与受送达人的关系",
            p.relation.map(service::Relation::name_zh),
        ),
        ("送达地址", p.address.as_deref()),
        ("邮件号码", p.mail_no.as_deref()),
        ("见证人", Some(witnesses.as_str())),
        ("拍照、录像", p.pictures.then_some("已记录送达过程")),
        ("电子送达地址", p.electronic_address.as_deref()),
        ("同意的方式", p.consent.as_deref()),
        ("公告刊登于", p.published_in.as_deref()),
        ("公告理由", ground),
        ("备注", p.remarks.as_deref()),
    ];
    all.into_iter()
        .filter_map(|(label, value)| Some((label, value?)))
        .filter(|(_, value)| !value.trim().is_empty())
        .map(|(label, value)| LineView {
            label,
            value: value.to_owned(),
        })
        .collect()
}

fn attempt(t: &Tried) -> AttemptView {
    let made = t.made.as_ref();
    let failure = made.and_then(|a| match &a.outcome {
        Outcome::Served => None,
        Outcome::Failed(why) => Some(why.clone()),
    });
    AttemptView {
        attempt: t.attempt,
        method: made.map(|a| a.method),
        method_name: made.map(|a| a.method.name_zh()),
        on: made.map(|a| a.on),
        served: t.served_on.is_some(),
        served_on: t.served_on,
        reason: failure.or_else(|| t.annuls.as_ref().map(|(_, why)| why.clone())),
        annuls: t.annuls.as_ref().map(|(which, _)| *which),
        annulled: t.annulled,
        lines: made.map_or_else(Vec::new, |a| lines(&a.particulars)),
        actor: t.actor_name.clone(),
        at: t.at,
    }
}

fn person(
    case_no: &str,
    d: &Document,
    p: &Person,
    calendar: &Calendar,
    today: NaiveDate,
) -> ServedPersonView {
    ServedPersonView {
        person: p.person,
        name: p.name.clone(),
        side_name: p.side_name.clone(),
        agent: p.agent.clone(),
        phone: p.phone.clone(),
        address: p.address.clone(),
        state: PersonState::of(p.served_on, today),
        served_on: p.served_on,
        deadlines: p
            .deadlines(d.document, calendar)
            .into_iter()
            .map(|l| DeadlineView {
                code: l.code,
                name: l.name,
                last_day: l.last_day,
                source: l.source,
            })
            .collect(),
        attempts: p.attempts.iter().map(attempt).collect(),
        receipt_url: format!(
            "/api/v1/cases/{case_no}/service/{}/{}/receipt",
            d.event_seq, p.person
        ),
    }
}

/// A document with its persons.
#[must_use]
pub fn document(
    case_no: &str,
    d: &Document,
    calendar: &Calendar,
    today: NaiveDate,
) -> ServedDocumentView {
    ServedDocumentView {
        event_seq: d.event_seq,
        document: d.document,
        name: d.document.name_zh().to_owned(),
        decided_on: d.decided_on,
        served: d
            .persons
            .iter()
            .all(|p| PersonState::of(p.served_on, today) == PersonState::Served),
        persons: d
            .persons
            .iter()
            .map(|p| person(case_no, d, p, calendar, today))
            .collect(),
    }
}

/// A row of the list over all cases.
#[must_use]
pub fn waiting(w: Waiting, today: NaiveDate) -> WaitingView {
    let business = catalogue::business(&w.business);
    let document = ServedDocument::from_code(&w.document);
    WaitingView {
        business_name: business.map_or_else(|| w.business.clone(), |b| b.short_name.clone()),
        document_name: document.map_or("", ServedDocument::name_zh).to_owned(),
        days: (today - w.decided_on).num_days(),
        case_no: w.case_no,
        address: w.unit_address,
        document: w.document,
        decided_on: w.decided_on,
        event_seq: w.event_seq,
        person: w.person,
        name: w.name,
        side_name: w.side_name,
        served_on: w.served_on,
        failures: w.failures,
        last_failure: w.last_failure,
    }
}
