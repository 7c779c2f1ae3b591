//! The pipeline.

use std::path::PathBuf;
use std::time::Instant;

use chrono::NaiveDate;
use dengbu_staging::Staging;

use crate::assign::{self, Assigned};
use crate::codes::{self, RecordKey};
use crate::coordinates;
use crate::decisions::Decisions;
use crate::error::FusionError;
use crate::findings::{self, FindingRow};
use crate::land::{self, LandLink};
use crate::links::Links;
use crate::outputs::{self, Summary};
use crate::people;
use crate::progress::{Progress, Stage, StageProgress};
use crate::read;
use crate::titles::{self, AcceptedTitle};
use crate::work::WorkFolder;
use crate::worklist::{self, WorkItem};

/// What to fuse.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder with a folder per office.
    pub source: PathBuf,
    /// Folder for the results; made where it isn't.
    pub out: PathBuf,
    /// Work directory; `None`: `work` below `out`.
    pub work: Option<PathBuf>,
    /// What persons decided.
    pub decisions: Option<PathBuf>,
    /// Folder with mapping files that take the place of ours or add to them.
    pub mappings: Option<PathBuf>,
    /// Civil date in Asia/Shanghai: days behind it are in the future.
    pub today: NaiveDate,
}

/// What a run gives to a program.
#[derive(Debug)]
pub struct Outcome {
    /// All rows; the columns of `dengbu_staging::extension::WRITTEN_BY_ASSIGNMENT` are filled.
    pub staging: Staging,
    /// All links.
    pub links: Links,
    /// Rights in land and how they stand to the houses, per row of ZDJBXX.
    pub land: Vec<LandLink>,
    /// For a person.
    pub worklist: Vec<WorkItem>,
    /// Findings as in `findings.csv`.
    pub findings: Vec<FindingRow>,
    /// What can be loaded, in order of unit code.
    pub titles: Vec<AcceptedTitle>,
    /// As in `summary.json`.
    pub summary: Summary,
}

struct Clock<'a> {
    progress: &'a dyn Progress,
    seconds: Vec<(Stage, f64)>,
}

impl Clock<'_> {
    fn stage<T>(
        &mut self,
        stage: Stage,
        work: impl FnOnce() -> Result<T, FusionError>,
    ) -> Result<T, FusionError> {
        if self.progress.stopped() {
            return Err(FusionError::Stopped);
        }
        let begin = Instant::now();
        let done = work()?;
        self.seconds.push((stage, begin.elapsed().as_secs_f64()));
        Ok(done)
    }

    fn report(&self, stage: Stage, done: u64, total: u64) -> Result<(), FusionError> {
        self.progress.report(&StageProgress {
            stage,
            what: String::new(),
            done,
            total,
        });
        if self.progress.stopped() {
            Err(FusionError::Stopped)
        } else {
            Ok(())
        }
    }
}

/// Runs all stages and writes the results.
///
/// Equal files, mappings, decisions, journal and day give equal results. Stopped between pieces of
/// work it loses nothing: the tables read to the end are kept in the work directory and a later
/// run goes on from there; no result file is ever half written.
///
/// # Errors
/// Stopped; nothing that could be read; the file system. What is wrong with one office or record
/// is told in the outcome instead.
pub fn run(options: &Options, progress: &dyn Progress) -> Result<Outcome, FusionError> {
    std::fs::create_dir_all(&options.out).map_err(|e| FusionError::writing(&options.out, e))?;
    let work = options
        .work
        .clone()
        .unwrap_or_else(|| options.out.join("work"));
    let work = WorkFolder::open(&work)?;
    let decisions = read_decisions(options)?;
    let mut clock = Clock {
        progress,
        seconds: Vec::new(),
    };
    let mut all = clock.stage(Stage::Read, || {
        read::read(
            &options.source,
            options.mappings.as_deref(),
            options.today,
            &work,
            progress,
        )
    })?;
    let told = clock.stage(Stage::Coordinates, || {
        coordinates::unify(&mut all.staging, &all.mappings, &all.offices, progress)
    })?;
    let mut messages = all.messages;
    messages.extend(told);
    messages.extend(decisions.names(&mut all.staging)?);
    let mut assigned = clock.stage(Stage::Assign, || {
        assign::assign(&all.staging, &decisions, progress)
    })?;
    messages.append(&mut assigned.messages);
    let mut staging = all.staging;
    let links = clock.stage(Stage::Codes, || issue_codes(&mut staging, assigned, &work))?;
    clock.report(Stage::Codes, 1, 1)?;
    let mut rows = clock.stage(Stage::Quality, || {
        quality(&staging, options.today, progress)
    })?;
    rows.extend(findings::of_assignment(&staging, &links, &all.offices));
    let (land, worklist, titles, mut summary) = clock.stage(Stage::Outputs, || {
        let people = people::compare(&staging);
        let items = worklist::items(&staging, &links, &people);
        let titles = titles::accepted(&staging, &links);
        let land = land::put_together(&staging, &links);
        outputs::crosswalk(&options.out.join("crosswalk.csv"), &staging, &links)?;
        outputs::findings(&options.out.join("findings.csv"), &rows)?;
        outputs::json(&options.out.join("doubtful.json"), &items)?;
        let mut summary = outputs::summary(&staging, &links, &all.offices, &rows, &people, &items);
        for together in land.iter().filter_map(|l| l.together) {
            *summary.together.entry(together.word()).or_default() += 1;
        }
        Ok((land, items, titles, summary))
    })?;
    summary.messages = messages;
    summary.seconds = clock
        .seconds
        .iter()
        .map(|(stage, s)| (stage.word(), (s * 1000.0).round() / 1000.0))
        .collect();
    summary.peak_memory_bytes = outputs::peak_memory_bytes();
    outputs::json(&options.out.join("summary.json"), &summary)?;
    clock.report(Stage::Outputs, 1, 1)?;
    Ok(Outcome {
        staging,
        links,
        land,
        worklist,
        findings: rows,
        titles,
        summary,
    })
}

fn read_decisions(options: &Options) -> Result<Decisions, FusionError> {
    let Some(path) = &options.decisions else {
        return Ok(Decisions::default());
    };
    let text = std::fs::read_to_string(path).map_err(|e| FusionError::reading(path, e))?;
    Decisions::read(&text).map_err(|what| FusionError::Content {
        path: path.clone(),
        what,
    })
}

fn issue_codes(
    staging: &mut Staging,
    assigned: Assigned,
    work: &WorkFolder,
) -> Result<Links, FusionError> {
    let mut links = assigned.links;
    let keys: Vec<RecordKey> = staging.table("H").map_or_else(Vec::new, |houses| {
        (0..houses.len())
            .map(|row| {
                let origin = houses.origin(row);
                (origin.source, origin.table, origin.legacy_id)
            })
            .collect()
    });
    let mut journal = work.journal()?;
    codes::issue(&mut links, &assigned.houses, &keys, &mut journal);
    work.keep_journal(&journal)?;
    assign::write_links(staging, &links)?;
    Ok(links)
}

fn quality(
    staging: &Staging,
    today: NaiveDate,
    progress: &dyn Progress,
) -> Result<Vec<FindingRow>, FusionError> {
    let told = |done: u64| StageProgress {
        stage: Stage::Quality,
        what: String::new(),
        done,
        total: 1,
    };
    progress.report(&told(0));
    let rules = dengbu_quality::RuleSet::standard().map_err(|e| FusionError::Content {
        path: "rules".into(),
        what: e.to_string(),
    })?;
    let settings = dengbu_quality::Settings::new(today);
    let mut rows = Vec::new();
    dengbu_quality::check(staging, &rules, &settings, |finding| {
        rows.push(FindingRow::from(&finding))
    });
    progress.report(&told(1));
    Ok(rows)
}
