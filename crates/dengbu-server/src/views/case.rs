//! Cases as shown.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_ecert::DocumentKind;
use dengbu_law::application::Application;
use dengbu_law::calendar::{Calendar, Light, light};
use dengbu_law::catalogue;
use dengbu_law::flow::{self, CaseState, Move, Step};
use dengbu_law::rules::Violation;
use dengbu_model::party::masked_name;
use dengbu_model::time::date_in_shanghai;
use dengbu_register::certificates::Certificate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use dengbu_cases::case::Case;
use dengbu_cases::clock::{Pause, PauseKind};
use dengbu_cases::hand::held_by_other;
use dengbu_cases::inbox::CaseLine;
use dengbu_cases::materials::Material;
use dengbu_cases::trail::Happening;

use super::joint::JoinedView;
use super::unit::UnitDetail;
use crate::gather::Names;

/// A case in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseSummary {
    /// Number.
    pub case_no: String,
    /// Business code.
    pub business: String,
    /// Business in Chinese.
    pub business_name: String,
    /// Where the units lie.
    pub address: String,
    /// First unit.
    pub unit_code: Option<String>,
    /// Units.
    pub unit_count: i64,
    /// Holders, masked.
    pub holders_masked: String,
    /// Obligors, masked.
    pub obligors_masked: String,
    /// State.
    pub state: String,
    /// State in Chinese.
    pub state_name: String,
    /// Step.
    pub step: String,
    /// Step in Chinese.
    pub step_name: String,
    /// How it came in, in Chinese.
    pub source_name: String,
    /// Office point.
    pub office_id: Option<String>,
    /// Its name.
    pub office_name: Option<String>,
    /// Authority of the land.
    pub authority: String,
    /// Its name.
    pub authority_name: String,
    /// Who took it.
    pub taken_by: String,
    /// Accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// At this step since.
    pub arrived_at: DateTime<Utc>,
    /// Due.
    pub due_on: Option<NaiveDate>,
    /// Working days left; negative when overdue.
    pub days_left: Option<i32>,
    /// `green`, `yellow`, `red`, `paused` or `none`.
    pub light: String,
    /// True when it was sent back.
    pub sent_back: bool,
    /// Who claimed it.
    pub assignee: Option<String>,
}

/// The clock of a case as stored.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Last day of the limit.
    pub due_on: Option<NaiveDate>,
    /// Since when it stands.
    pub paused_at: Option<DateTime<Utc>>,
    /// True once the case is recorded or over: the limit is kept with the recording
    /// (不动产登记暂行条例第二十一条).
    pub closed: bool,
    /// The committed limit in working days.
    pub limit: u32,
}

impl Clock {
    /// Working days left, and the light. While the clock stands: those left when it stopped.
    #[must_use]
    pub fn read(self, calendar: &Calendar, today: NaiveDate) -> (Option<i32>, &'static str) {
        let Some(due) = self.due_on.filter(|_| !self.closed) else {
            return (None, "none");
        };
        if let Some(since) = self.paused_at {
            return (
                Some(calendar.days_left(date_in_shanghai(since), due)),
                "paused",
            );
        }
        let left = calendar.days_left(today, due);
        let color = match light(left, self.limit) {
            Light::Green => "green",
            Light::Yellow => "yellow",
            Light::Red => "red",
        };
        (Some(left), color)
    }
}

/// A case in a list.
#[must_use]
pub fn summary(c: &CaseLine, calendar: &Calendar, names: &Names, today: NaiveDate) -> CaseSummary {
    let business = catalogue::business(&c.business);
    let state = CaseState::from_code(&c.state);
    let recorded = Step::from_code(&c.step).is_some_and(|s| s > Step::Recording);
    let closed = recorded || state.is_some_and(CaseState::is_final);
    let clock = Clock {
        due_on: c.due_on,
        paused_at: c.paused_at,
        closed,
        limit: business.map_or(30, |b| names.committed_days(&c.authority, b)),
    };
    let (days_left, light) = clock.read(calendar, today);
    CaseSummary {
        case_no: c.case_no.clone(),
        business: c.business.clone(),
        business_name: business.map_or_else(|| c.business.clone(), |b| b.short_name.clone()),
        address: c.address.clone(),
        unit_code: c.unit_code.clone(),
        unit_count: c.unit_count,
        holders_masked: masked_names(&c.holders_summary),
        obligors_masked: masked_names(&c.obligors_summary),
        state: c.state.clone(),
        state_name: state.map_or("", CaseState::name_zh).to_owned(),
        step: c.step.clone(),
        step_name: Step::from_code(&c.step)
            .map_or("", Step::name_zh)
            .to_owned(),
        source_name: source_name(&c.source).to_owned(),
        office_id: c.office_id.clone(),
        office_name: names.office(&c.authority, c.office_id.as_deref()),
        authority: c.authority.clone(),
        authority_name: names.authority(&c.authority),
        taken_by: c.taken_by_name.clone(),
        accepted_at: c.accepted_at,
        arrived_at: c.arrived_at,
        due_on: c.due_on,
        days_left,
        light: light.to_owned(),
        sent_back: c.sent_back,
        assignee: c.assignee_name.clone(),
    }
}

fn masked_names(names: &str) -> String {
    // names of bodies are public; a natural person's name is short
    names
        .split('、')
        .filter(|n| !n.is_empty())
        .map(|n| {
            if n.chars().count() <= 4 {
                masked_name(n)
            } else {
                n.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join("、")
}

fn source_name(code: &str) -> &'static str {
    match code {
        "court" => "法院嘱托",
        "web" => "互联网",
        "bank" => "银行",
        _ => "窗口",
    }
}

/// A case wholly.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseView {
    /// Number.
    pub case_no: String,
    /// Version, for `If-Match`.
    pub version: i64,
    /// Business code.
    pub business: String,
    /// Business in Chinese.
    pub business_name: String,
    /// State.
    pub state: String,
    /// State in Chinese.
    pub state_name: String,
    /// Step.
    pub step: String,
    /// Step in Chinese.
    pub step_name: String,
    /// Authority of the land.
    pub authority: String,
    /// Its name.
    pub authority_name: String,
    /// Office point.
    pub office_id: Option<String>,
    /// Its name.
    pub office_name: Option<String>,
    /// The authority of that office, where it is another than the one of the land (同城通办).
    pub office_authority_name: Option<String>,
    /// Who took it.
    pub taken_by: String,
    /// Begun.
    pub created_at: DateTime<Utc>,
    /// Accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// Due.
    pub due_on: Option<NaiveDate>,
    /// Working days left.
    pub days_left: Option<i32>,
    /// `green`, `yellow`, `red`, `paused` or `none`.
    pub light: String,
    /// Who claimed it.
    pub assignee: Option<String>,
    /// True when it was sent back.
    pub sent_back: bool,
    /// True while the application may be changed by this person.
    pub editable: bool,
    /// When the clock stood, and why.
    pub pauses: Vec<PauseView>,
    /// Cases handled together with it (并案).
    pub joined: Vec<JoinedView>,
    /// True when this person may join and part.
    pub may_join: bool,
    /// The absent colleague for whom this person stands in on this case (代理).
    pub standing_for: Option<String>,
    /// True when this person may hand the case to another (转办).
    pub may_hand: bool,
    /// True when this person may stop the clock.
    pub may_suspend: bool,
    /// True when this person may start it again.
    pub may_resume: bool,
    /// When it was recorded.
    pub recorded_at: Option<DateTime<Utc>>,
    /// Archive number.
    pub archive_no: Option<String>,
    /// The application.
    pub application: Application,
    /// How many units it is about.
    pub unit_count: usize,
    /// The first of the units with their rights; all of them page by page at `units`.
    pub units: Vec<UnitDetail>,
    /// Checklist and what came in.
    pub checklist: Vec<ChecklistView>,
    /// Papers.
    pub materials: Vec<MaterialView>,
    /// What happened.
    pub events: Vec<EventView>,
    /// What the rules say; once the case is recorded, what they said then.
    pub checks: Vec<Violation>,
    /// Certificates issued.
    pub results: Vec<ResultView>,
    /// What this person may do.
    pub allowed_actions: Vec<ActionView>,
    /// What can be printed.
    pub papers: Vec<PaperLink>,
}

/// A time in which the clock stood, or stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PauseView {
    /// `notice`, `correction` or `suspension`.
    pub kind: String,
    /// In Chinese.
    pub kind_name: String,
    /// Why.
    pub reason: String,
    /// What it rests on.
    pub law: String,
    /// When it starts again by itself.
    pub until: Option<NaiveDate>,
    /// Since.
    pub began_at: DateTime<Utc>,
    /// Who stopped it.
    pub began_by: String,
    /// Until.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who started it.
    pub ended_by: Option<String>,
}

impl From<Pause> for PauseView {
    fn from(p: Pause) -> Self {
        Self {
            kind_name: PauseKind::name_of(&p.kind).to_owned(),
            kind: p.kind,
            reason: p.reason,
            law: p.law,
            until: p.until,
            began_at: p.began_at,
            began_by: p.began_by_name,
            ended_at: p.ended_at,
            ended_by: p.ended_by_name,
        }
    }
}

/// An item of the checklist.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChecklistView {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// True when this application must bring it.
    pub required: bool,
    /// When it is demanded, in words.
    pub condition: Option<String>,
    /// Department that can supply it.
    pub shared_from: Option<String>,
    /// True when something came in.
    pub received: bool,
}

/// A paper.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MaterialView {
    /// Identity.
    pub material_id: Uuid,
    /// Item of the checklist.
    pub item: String,
    /// Its name.
    pub item_name: String,
    /// File name.
    pub file_name: String,
    /// Type.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// Pages.
    pub pages: Option<i32>,
    /// Copies.
    pub copies: i32,
    /// Original or copy.
    pub original: bool,
    /// SM3 digest.
    pub sm3: String,
    /// Who brought it in.
    pub uploaded_by: String,
    /// When.
    pub uploaded_at: DateTime<Utc>,
    /// What looked at it.
    pub scan_state: String,
    /// True when it was compared.
    pub verified: bool,
    /// Who compared it.
    pub verified_by: Option<String>,
    /// Where the content is.
    pub url: String,
    /// Department that gave it in place of a paper; none for a paper brought in.
    pub shared_from: Option<String>,
}

/// Something that happened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventView {
    /// Position.
    pub seq: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// At which step, in Chinese.
    pub step_name: String,
    /// What.
    pub action: String,
    /// What, in Chinese.
    pub action_name: String,
    /// Opinion.
    pub opinion: Option<String>,
    /// Reason.
    pub reason: Option<String>,
    /// Step after, in Chinese.
    pub to_step_name: String,
    /// State after, in Chinese.
    pub to_state_name: String,
}

/// A certificate issued.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ResultView {
    /// Number.
    pub certificate_no: String,
    /// `title` or `proof`.
    pub kind: String,
    /// In Chinese.
    pub kind_name: String,
    /// The unit.
    pub unit_code: String,
    /// Paper form.
    pub form_serial: Option<String>,
    /// `valid` or `revoked`.
    pub state: String,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
}

/// A move this person sees.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActionView {
    /// Code.
    pub code: String,
    /// In Chinese.
    pub name: String,
    /// True when a reason must be given.
    pub needs_reason: bool,
    /// True when an opinion may be given.
    pub needs_opinion: bool,
    /// Steps it can go back to.
    pub targets: Vec<TargetView>,
    /// Why it cannot be made by this person.
    pub disabled_reason: Option<String>,
}

/// A step a case can be sent back to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TargetView {
    /// Code.
    pub code: String,
    /// In Chinese.
    pub name: String,
}

/// A paper that can be printed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaperLink {
    /// Code.
    pub code: String,
    /// In Chinese.
    pub name: String,
    /// Where.
    pub url: String,
}

/// A paper as shown.
#[must_use]
pub fn material(case: &Case, m: &Material) -> MaterialView {
    let case_no = &case.case_no;
    MaterialView {
        material_id: m.material_id,
        item: m.item.clone(),
        item_name: case
            .item_name(&m.item)
            .map_or_else(|| m.item.clone(), str::to_owned),
        file_name: m.file_name.clone(),
        media_type: m.media_type.clone(),
        size: m.size_bytes,
        pages: m.pages,
        copies: m.copies,
        original: m.original,
        sm3: m.sm3.clone(),
        uploaded_by: m.uploaded_by.clone(),
        uploaded_at: m.uploaded_at,
        scan_state: m.scan_state.clone(),
        verified: m.verified_at.is_some(),
        verified_by: m.verified_by.clone(),
        url: format!(
            "/api/v1/cases/{case_no}/materials/{}/content",
            m.material_id
        ),
        shared_from: m.source_name.clone(),
    }
}

/// What happened, in order.
#[must_use]
pub fn events(case: &Case) -> Vec<EventView> {
    let step = |code: &str| Step::from_code(code).map_or("", Step::name_zh).to_owned();
    case.events
        .iter()
        .map(|e| EventView {
            seq: e.seq,
            at: e.at,
            actor: e.actor_name.clone(),
            step_name: step(&e.step),
            action: e.action.clone(),
            action_name: move_name(&e.action),
            opinion: e.opinion.clone(),
            reason: e.reason.clone(),
            to_step_name: step(&e.to_step),
            to_state_name: CaseState::from_code(&e.to_state)
                .map_or("", CaseState::name_zh)
                .to_owned(),
        })
        .collect()
}

fn move_name(code: &str) -> String {
    Move::ALL
        .into_iter()
        .find(|m| m.code() == code)
        .map(Move::name_zh)
        .or_else(|| Happening::from_code(code).map(Happening::name_zh))
        .map_or_else(|| code.to_owned(), str::to_owned)
}

/// The moves this person sees; `may` tells whether the person holds the step's post, `explain`
/// that who agrees must say why.
#[must_use]
pub fn actions(
    case: &Case,
    staff_id: Uuid,
    standing_for: Option<Uuid>,
    explain: bool,
    may: impl Fn(Move) -> bool,
) -> Vec<ActionView> {
    let taken = case.taken();
    let standing = case.standing(&taken);
    let absent_barred = standing_for.and_then(|p| flow::barred(&standing, p).err());
    flow::moves(&standing, staff_id)
        .into_iter()
        .filter(|(m, _)| may(*m))
        .map(|(m, refusal)| ActionView {
            code: m.code().to_owned(),
            name: m.name_zh().to_owned(),
            needs_reason: m.needs_reason() || (explain && m == Move::Agree),
            needs_opinion: m.takes_opinion(),
            targets: if m == Move::SendBack {
                case.business
                    .earlier_steps(case.step)
                    .into_iter()
                    .map(|s| TargetView {
                        code: s.code().to_owned(),
                        name: s.name_zh().to_owned(),
                    })
                    .collect()
            } else {
                Vec::new()
            },
            disabled_reason: refusal
                .map(|r| r.to_string())
                .or_else(|| held_by_other(case, m, staff_id, standing_for))
                .or_else(|| {
                    let bar = absent_barred.as_ref().filter(|_| m != Move::Withdraw);
                    bar.map(ToString::to_string)
                }),
        })
        .collect()
}

/// A certificate as shown with its case.
#[must_use]
pub fn result(c: &Certificate) -> ResultView {
    ResultView {
        certificate_no: c.certificate_no.clone(),
        kind: c.kind.clone(),
        kind_name: kind_name(&c.kind).to_owned(),
        unit_code: c.unit_code.clone(),
        form_serial: c.form_serial.clone(),
        state: c.state.clone(),
        issued_at: c.issued_at,
    }
}

/// Certificate or proof, in Chinese.
#[must_use]
pub fn kind_name(kind: &str) -> &'static str {
    DocumentKind::from_code(kind).map_or("不动产登记证明", DocumentKind::name_zh)
}
