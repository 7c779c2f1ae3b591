//! What data integration shows.

use chrono::{DateTime, Utc};
use dengbu_intake::batch::{self, Batch, Reconciled, UnitCounts};
use dengbu_intake::engine::{Candidate, Side};
use dengbu_intake::results::{Doubt, TableCount};
use dengbu_intake::run::{Run, State};
use dengbu_intake::source::{Mapping, Package, Source};
use dengbu_intake::unpack::PackedFile;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A source.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceView {
    /// Name in provenance.
    pub source: String,
    /// Title.
    pub title: String,
    /// Who set it up.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Deliveries so far.
    pub deliveries: i64,
    /// Newest version of its mapping.
    pub mapping_version: Option<i32>,
}

impl From<Source> for SourceView {
    fn from(s: Source) -> Self {
        Self {
            source: s.source,
            title: s.title,
            created_by: s.created_by,
            created_at: s.created_at,
            deliveries: s.deliveries,
            mapping_version: s.mapping_version,
        }
    }
}

/// A delivery.
#[derive(Debug, Serialize, ToSchema)]
pub struct PackageView {
    /// Identity.
    pub package_id: Uuid,
    /// Source.
    pub source: String,
    /// First, second … delivery.
    pub delivery: i32,
    /// File name.
    pub file_name: String,
    /// Bytes.
    pub size_bytes: i64,
    /// SM3 of the file.
    pub sm3: String,
    /// What is in it.
    pub files: Vec<PackedFile>,
    /// Who brought it.
    pub uploaded_by: String,
    /// When.
    pub uploaded_at: DateTime<Utc>,
}

impl From<Package> for PackageView {
    fn from(p: Package) -> Self {
        Self {
            package_id: p.package_id,
            source: p.source,
            delivery: p.delivery,
            file_name: p.file_name,
            size_bytes: p.size_bytes,
            sm3: p.sm3,
            files: p.files.0,
            uploaded_by: p.uploaded_by,
            uploaded_at: p.uploaded_at,
        }
    }
}

/// Sources and the deliveries of each, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceList {
    /// Sources by name.
    pub items: Vec<SourceView>,
}

/// A source with its deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceDetail {
    /// The source.
    pub source: SourceView,
    /// Its deliveries, newest first.
    pub packages: Vec<PackageView>,
}

/// A mapping.
#[derive(Debug, Serialize, ToSchema)]
pub struct MappingView {
    /// Version; 0 when none was saved.
    pub version: i32,
    /// The text.
    pub body: String,
    /// Who saved it.
    pub saved_by: Option<String>,
    /// When.
    pub saved_at: Option<DateTime<Utc>>,
}

impl From<Mapping> for MappingView {
    fn from(m: Mapping) -> Self {
        Self {
            version: m.version,
            body: m.body,
            saved_by: Some(m.saved_by),
            saved_at: Some(m.saved_at),
        }
    }
}

/// A run.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunView {
    /// Identity.
    pub run_id: Uuid,
    /// `package` or `register`.
    pub kind: String,
    /// Source.
    pub source: String,
    /// Delivery.
    pub package_id: Option<Uuid>,
    /// Version of the mapping.
    pub mapping_version: Option<i32>,
    /// Code of its state.
    pub state: String,
    /// Name of its state.
    pub state_name: String,
    /// Stage.
    pub stage: String,
    /// Done of the stage.
    pub stage_done: i64,
    /// Of how many; 0 when not known.
    pub stage_total: i64,
    /// Done per second in the stage.
    pub rate: Option<f64>,
    /// Seconds left of the stage.
    pub seconds_left: Option<i64>,
    /// When it was last begun.
    pub began_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// How often it was begun: more than once after a stop or a crash.
    pub begun: i32,
    /// Why it failed.
    pub error: Option<String>,
    /// Figures.
    #[schema(value_type = Object)]
    pub summary: Value,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    pub asked_at: DateTime<Utc>,
}

impl From<Run> for RunView {
    fn from(r: Run) -> Self {
        let (rate, seconds_left) = match r.state.as_str() {
            "running" => r.pace(),
            _ => (None, None),
        };
        Self {
            state_name: State::name_zh(&r.state).to_owned(),
            run_id: r.run_id,
            kind: r.kind,
            source: r.source,
            package_id: r.package_id,
            mapping_version: r.mapping_version,
            state: r.state,
            stage: r.stage,
            stage_done: r.stage_done,
            stage_total: r.stage_total,
            rate,
            seconds_left,
            began_at: r.began_at,
            finished_at: r.finished_at,
            begun: r.begun,
            error: r.error,
            summary: r.summary,
            asked_by: r.asked_by,
            asked_at: r.asked_at,
        }
    }
}

/// A run with what it left, counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunDetail {
    /// The run.
    pub run: RunView,
    /// Source rows by table.
    pub tables: Vec<TableCount>,
    /// Doubts in all.
    pub doubts: i64,
    /// Doubts decided.
    pub decided: i64,
    /// Number of its batch, when it has one.
    pub batch_no: Option<String>,
}

/// A doubt.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoubtView {
    /// Position in the run.
    pub seq: i64,
    /// Stable key.
    pub key: String,
    /// The question.
    pub question: String,
    /// Source.
    pub source: String,
    /// Table.
    pub table: String,
    /// Record.
    pub legacy_id: String,
    /// The record.
    pub subject: Side,
    /// What it may be linked to, best first.
    pub candidates: Vec<Candidate>,
    /// `candidate`, `none`; absent while nobody decided.
    pub choice: Option<String>,
    /// The candidate chosen.
    pub candidate: Option<String>,
    /// Remark.
    pub note: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
}

impl From<Doubt> for DoubtView {
    fn from(d: Doubt) -> Self {
        let decided = d.choice.as_deref().is_some_and(|c| c != "withdrawn");
        Self {
            seq: d.seq,
            key: d.doubt_key,
            question: d.question,
            source: d.source,
            table: d.table_name,
            legacy_id: d.legacy_id,
            subject: d.subject.0,
            candidates: d.candidates.0,
            choice: d.choice.filter(|_| decided),
            candidate: d.candidate.filter(|_| decided),
            note: d.note.filter(|_| decided),
            decided_by: d.decided_by.filter(|_| decided),
            decided_at: d.decided_at.filter(|_| decided),
        }
    }
}

/// A page of doubts with how many there are.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoubtPage {
    /// Doubts.
    pub items: Vec<DoubtView>,
    /// Where the next page begins; none at the end.
    pub next_cursor: Option<String>,
    /// All of the run.
    pub total: i64,
    /// Decided.
    pub decided: i64,
}

/// A batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchView {
    /// Number.
    pub batch_no: String,
    /// Its run.
    pub run_id: Uuid,
    /// Source.
    pub source: String,
    /// Code of its state.
    pub state: String,
    /// Name of its state.
    pub state_name: String,
    /// Units it holds.
    pub units_total: i64,
    /// Why filling or publishing was interrupted.
    pub error: Option<String>,
    /// Who prepared it.
    pub prepared_by: String,
    /// When.
    pub prepared_at: DateTime<Utc>,
    /// True when the person signed in prepared it, and so may not publish it.
    pub own: bool,
    /// Who let it in.
    pub published_by: Option<String>,
    /// When.
    pub published_at: Option<DateTime<Utc>>,
    /// When all of it was in.
    pub finished_at: Option<DateTime<Utc>>,
    /// Who rolled it back.
    pub undone_by: Option<String>,
    /// When.
    pub undone_at: Option<DateTime<Utc>>,
    /// Why.
    pub undone_reason: Option<String>,
}

/// A batch as a person sees it.
#[must_use]
pub fn batch(b: Batch, staff_id: Uuid) -> BatchView {
    BatchView {
        state_name: batch::state_name(&b.state).to_owned(),
        own: b.prepared_id == staff_id,
        batch_no: b.batch_no,
        run_id: b.run_id,
        source: b.source,
        state: b.state,
        units_total: b.units_total,
        error: b.error,
        prepared_by: b.prepared_by,
        prepared_at: b.prepared_at,
        published_by: b.published_by,
        published_at: b.published_at,
        finished_at: b.finished_at,
        undone_by: b.undone_by,
        undone_at: b.undone_at,
        undone_reason: b.undone_reason,
    }
}

/// A batch with its counts and where every source row is.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchDetail {
    /// The batch.
    pub batch: BatchView,
    /// Its units by state.
    pub counts: UnitCounts,
    /// Source rows by table; empty after a roll-back.
    pub reconciliation: Vec<Reconciled>,
    /// Whether every source row is accounted for.
    pub balances: bool,
}
