//! The jobs of data integration: runs, filling of batches, publishing. Each is worked in steps
//! that a killed program goes on with.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use dengbu_cadastre::load::{NewBuilding, NewParcel};
use dengbu_model::time::date_in_shanghai;
use dengbu_register::person::PersonKey;
use dengbu_store::{Scope, Store, authority_list, jobs};
use dengbu_takeover::{ExistingStock, ExistingUnit};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use uuid::Uuid;

use crate::engine::{Analysis, Engine, EngineFault, Input, Step};
use crate::packages::Packages;
use crate::publish::{Press, Round, round};
use crate::results::{self, CHUNK};
use crate::run::{self, Run};
use crate::{IntakeError, batch, decision, register, source};

/// How long a job is ours without a sign of life.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How often a run gives one.
const BEAT: Duration = Duration::from_millis(500);
/// Rows of a stock put into waiting at once.
const FILL: usize = 300;

/// What the jobs need.
#[derive(Clone)]
pub struct Worker {
    /// The database.
    pub store: Store,
    /// Contents.
    pub packages: Packages,
    /// Key of the person index.
    pub key: PersonKey,
    /// What runs are made by.
    pub engine: Arc<dyn Engine>,
    /// The clock.
    pub now: fn() -> DateTime<Utc>,
    /// Identities.
    pub ids: fn() -> Uuid,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

/// Between what works and what listens: the last step told, and the wish to stop.
#[derive(Debug, Default)]
struct Wire {
    step: Mutex<Option<Step>>,
    stop: AtomicBool,
}

impl Wire {
    fn told(&self, step: Step) -> ControlFlow<()> {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = Some(step);
        if self.stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn last(&self) -> Option<Step> {
        self.step
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn halt(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Work of a run on a thread of its own.
async fn off(
    work: impl FnOnce() -> Result<Analysis, EngineFault> + Send + 'static,
) -> Result<Analysis, IntakeError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(analysis)) => Ok(analysis),
        Ok(Err(EngineFault::Stopped)) => Err(IntakeError::Stopped),
        Ok(Err(EngineFault::Input(text))) => Err(IntakeError::Engine(text)),
        Err(broken) => {
            tracing::error!(%broken, "the engine of a run broke down");
            Err(IntakeError::Engine(
                "处理程序异常中断，没有写入任何数据。请把运行编号告诉系统管理员".to_owned(),
            ))
        }
    }
}

/// A line of the kept stock.
#[derive(Serialize, Deserialize)]
enum Line {
    #[serde(rename = "p")]
    Parcel(Box<NewParcel>),
    #[serde(rename = "b")]
    Building(Box<NewBuilding>),
    #[serde(rename = "u")]
    Unit(Box<ExistingUnit>),
}

impl Worker {
    /// Works one job that is due, if there is one; tells whether there was.
    ///
    /// # Errors
    /// A database error; the job is then given out again.
    pub async fn once(&self) -> Result<bool, IntakeError> {
        let scope = self.store.system_scope().await?;
        let mut tx = self.store.begin(&scope).await?;
        let kinds = [run::JOB, batch::PREPARE, batch::PUBLISH];
        let found = jobs::claim(&mut tx, &kinds, 1, LEASE, (self.now)()).await?;
        tx.commit().await?;
        let Some(job) = found.into_iter().next() else {
            return Ok(false);
        };
        let scope = self.scope_of(&job.county).await?;
        let done = match job.kind.as_str() {
            run::JOB => self.run(&scope, &job).await,
            batch::PREPARE => self.fill(&scope, &job).await,
            _ => self.publish(&scope, &job).await,
        };
        let mut tx = self.store.begin(&scope).await?;
        match &done {
            Ok(()) => jobs::complete(&mut tx, &job, (self.now)()).await?,
            Err(error) => {
                tracing::warn!(%error, kind = job.kind, "a job of data integration failed");
                jobs::fail(&mut tx, &job, &error.to_string(), (self.now)()).await?;
            }
        }
        tx.commit().await?;
        done.map(|()| true)
    }

    async fn scope_of(&self, authority: &str) -> Result<Scope, IntakeError> {
        Ok(scope_of(&self.store, authority).await?.0)
    }

    /// Tells that a job is still at work.
    async fn beat(&self, scope: &Scope, job: &jobs::Job) -> Result<(), IntakeError> {
        let mut tx = self.store.begin(scope).await?;
        jobs::extend(&mut tx, job, (self.now)() + LEASE).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn run(&self, scope: &Scope, job: &jobs::Job) -> Result<(), IntakeError> {
        let id = identity(&job.payload, "run_id")?;
        let mut tx = self.store.begin(scope).await?;
        let begun = run::begin(&mut tx, &job.county, id, (self.now)()).await?;
        tx.commit().await?;
        let Some(run) = begun else {
            return Ok(());
        };
        match self.analyse(scope, job, &run).await {
            // the database is not there: the job is given out again
            Err(error @ IntakeError::Store(_)) => Err(error),
            Err(IntakeError::Stopped) => self.break_off(scope, &run, None).await,
            Err(error) => self.break_off(scope, &run, Some(&error.to_string())).await,
            Ok(()) => Ok(()),
        }
    }

    async fn break_off(
        &self,
        scope: &Scope,
        run: &Run,
        error: Option<&str>,
    ) -> Result<(), IntakeError> {
        let mut tx = self.store.begin(scope).await?;
        run::break_off(&mut tx, run, error, (self.now)()).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn analyse(&self, scope: &Scope, job: &jobs::Job, run: &Run) -> Result<(), IntakeError> {
        let room = self.packages.room()?;
        let analysis = match run.kind.as_str() {
            "register" => self.checked(scope, job, run).await?,
            _ => {
                let input = self.input(scope, run, room.path()).await?;
                self.worked(scope, job, run, input).await?
            }
        };
        let Analysis {
            records,
            findings,
            doubts,
            stock,
            mut summary,
        } = analysis;
        let authority = run.authority.as_str();
        let mut done = 0;
        let total = records.len() + findings.len() + doubts.len();
        for (first, rows) in chunks(&records) {
            let mut tx = self.store.begin(scope).await?;
            results::put_records(&mut tx, authority, run.run_id, first, rows).await?;
            self.written(&mut tx, job, run, (&mut done, rows.len(), total))
                .await?;
            tx.commit().await?;
        }
        for (first, rows) in chunks(&findings) {
            let mut tx = self.store.begin(scope).await?;
            results::put_findings(&mut tx, authority, run.run_id, first, rows).await?;
            self.written(&mut tx, job, run, (&mut done, rows.len(), total))
                .await?;
            tx.commit().await?;
        }
        for (first, rows) in chunks(&doubts) {
            let mut tx = self.store.begin(scope).await?;
            results::put_doubts(&mut tx, authority, run.run_id, first, rows).await?;
            self.written(&mut tx, job, run, (&mut done, rows.len(), total))
                .await?;
            tx.commit().await?;
        }
        if let Value::Object(map) = &mut summary {
            map.insert("records".into(), json!(records.len()));
            map.insert("findings".into(), json!(findings.len()));
            map.insert("doubts".into(), json!(doubts.len()));
            map.insert("units".into(), json!(stock.units.len()));
        }
        let stock = match run.kind.as_str() {
            "package" => Some(self.keep_stock(stock).await?),
            _ => None,
        };
        let mut tx = self.store.begin(scope).await?;
        run::finish(&mut tx, run, &summary, stock.as_deref(), (self.now)()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes rows written; a wish to stop is heard here too.
    async fn written(
        &self,
        tx: &mut dengbu_store::TenantTx,
        job: &jobs::Job,
        run: &Run,
        (done, more, total): (&mut usize, usize, usize),
    ) -> Result<(), IntakeError> {
        *done += more;
        let step = Step {
            stage: "写入结果".to_owned(),
            done: *done as u64,
            total: total as u64,
        };
        jobs::extend(tx, job, (self.now)() + LEASE).await?;
        if run::touch(tx, &run.authority, run.run_id, &step, (self.now)()).await? {
            return Err(IntakeError::Stopped);
        }
        Ok(())
    }

    async fn input(
        &self,
        scope: &Scope,
        run: &Run,
        folder: &std::path::Path,
    ) -> Result<Input, IntakeError> {
        let (_, counties) = scope_of(&self.store, &run.authority).await?;
        let mut tx = self.store.begin(scope).await?;
        let mapping =
            source::mapping(&mut tx, &run.authority, &run.source, run.mapping_version).await?;
        let decisions = decision::standing(&mut tx, &run.authority, &run.source).await?;
        let package = match run.package_id {
            Some(id) => Some(source::package(&mut tx, &run.authority, id).await?),
            None => None,
        };
        tx.rollback().await?;
        if let Some(p) = package {
            let into = folder.join("source").join(&run.source);
            self.packages
                .lay_out(&p.sm3, &p.format, &p.file_name, &into)
                .await?;
        }
        Ok(Input {
            source: run.source.clone(),
            folder: folder.join("source"),
            scratch: folder.to_owned(),
            steady: self.packages.steady(&run.authority, &run.source)?,
            mapping: run.mapping_version.and(mapping).map(|m| m.body),
            decisions,
            counties,
            today: date_in_shanghai((self.now)()),
        })
    }

    /// Lets the engine work on a thread of its own, telling how far it is and whether to stop.
    async fn worked(
        &self,
        scope: &Scope,
        job: &jobs::Job,
        run: &Run,
        input: Input,
    ) -> Result<Analysis, IntakeError> {
        let line = Arc::new(Wire::default());
        let engine = Arc::clone(&self.engine);
        let heard = Arc::clone(&line);
        let work = async move {
            let work = move || engine.analyse(&input, &|step| heard.told(step));
            off(work).await
        };
        self.listened(scope, job, run, &line, work).await
    }

    /// Takes the register itself through the rules.
    async fn checked(
        &self,
        scope: &Scope,
        job: &jobs::Job,
        run: &Run,
    ) -> Result<Analysis, IntakeError> {
        let line = Arc::new(Wire::default());
        let heard = Arc::clone(&line);
        let work = async {
            let now = (self.now)();
            let mut tx = self.store.begin(scope).await?;
            let staging = register::stage(&mut tx, now, &|step| heard.told(step)).await?;
            tx.rollback().await?;
            let heard = Arc::clone(&heard);
            let (package, today) = (run.run_id.to_string(), date_in_shanghai(now));
            off(move || register::check(&staging, &package, today, &|step| heard.told(step))).await
        };
        self.listened(scope, job, run, &line, work).await
    }

    /// Gives signs of life while something is worked, and passes the wish to stop on.
    async fn listened(
        &self,
        scope: &Scope,
        job: &jobs::Job,
        run: &Run,
        line: &Wire,
        work: impl Future<Output = Result<Analysis, IntakeError>>,
    ) -> Result<Analysis, IntakeError> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(BEAT) => {
                    if self.heard(scope, job, run, line.last()).await? {
                        line.halt();
                    }
                }
            }
        }
    }

    async fn heard(
        &self,
        scope: &Scope,
        job: &jobs::Job,
        run: &Run,
        step: Option<Step>,
    ) -> Result<bool, IntakeError> {
        self.beat(scope, job).await?;
        let Some(step) = step else { return Ok(false) };
        let mut tx = self.store.begin(scope).await?;
        let stop = run::touch(&mut tx, &run.authority, run.run_id, &step, (self.now)()).await?;
        tx.commit().await?;
        Ok(stop)
    }

    async fn keep_stock(&self, stock: ExistingStock) -> Result<String, IntakeError> {
        self.packages
            .keep_written(move |out| {
                let mut put = |line: Line| -> std::io::Result<()> {
                    serde_json::to_writer(&mut *out, &line)?;
                    out.write_all(b"\n")
                };
                for p in stock.parcels {
                    put(Line::Parcel(Box::new(p)))?;
                }
                for b in stock.buildings {
                    put(Line::Building(Box::new(b)))?;
                }
                for u in stock.units {
                    put(Line::Unit(Box::new(u)))?;
                }
                Ok(())
            })
            .await
    }

    /// Puts a run's stock into waiting as a batch.
    async fn fill(&self, scope: &Scope, job: &jobs::Job) -> Result<(), IntakeError> {
        let batch_no = text(&job.payload, "batch_no")?;
        let authority = job.county.as_str();
        let mut tx = self.store.begin(scope).await?;
        let batch = batch::one(&mut tx, authority, &batch_no, false).await?;
        let run = run::one(&mut tx, authority, batch.run_id).await?;
        tx.rollback().await?;
        let (Some(digest), "preparing") = (run.stock_sm3, batch.state.as_str()) else {
            return Ok(());
        };
        let room = self.packages.room()?;
        let path = room.path().join("stock");
        self.packages.fetch(&digest, &path).await?;
        let mut lines = BufReader::new(tokio::fs::File::open(&path).await?).lines();
        let mut part = ExistingStock::default();
        let mut held = 0;
        loop {
            let line = lines.next_line().await?;
            let last = line.is_none();
            if let Some(line) = line {
                let line = serde_json::from_str(&line)
                    .map_err(|e| IntakeError::Contents(e.to_string()))?;
                match line {
                    Line::Parcel(p) => part.parcels.push(*p),
                    Line::Building(b) => part.buildings.push(*b),
                    Line::Unit(u) => part.units.push(*u),
                }
                held += 1;
            }
            if held == FILL || last {
                if !self.put(scope, job, &batch_no, &part, last).await? {
                    return Ok(());
                }
                part = ExistingStock::default();
                held = 0;
            }
            if last {
                return Ok(());
            }
        }
    }

    /// Puts one part into waiting; false when the batch was rolled back meanwhile.
    async fn put(
        &self,
        scope: &Scope,
        job: &jobs::Job,
        batch_no: &str,
        part: &ExistingStock,
        last: bool,
    ) -> Result<bool, IntakeError> {
        let authority = job.county.as_str();
        let mut tx = self.store.begin(scope).await?;
        let batch = batch::one(&mut tx, authority, batch_no, true).await?;
        if batch.state != "preparing" {
            return Ok(false);
        }
        batch::put_land(&mut tx, authority, batch_no, &part.parcels, &part.buildings).await?;
        batch::put_units(&mut tx, batch_no, &part.units).await?;
        if last {
            batch::filled(&mut tx, authority, batch_no).await?;
        }
        jobs::extend(&mut tx, job, (self.now)() + LEASE).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn publish(&self, scope: &Scope, job: &jobs::Job) -> Result<(), IntakeError> {
        let batch_no = text(&job.payload, "batch_no")?;
        let press = Press {
            store: &self.store,
            scope,
            key: &self.key,
            now: &self.now,
            ids: &self.ids,
        };
        loop {
            match round(press, &job.county, &batch_no).await {
                Ok(Round::More) => self.beat(scope, job).await?,
                Ok(Round::Done | Round::Halted) => return Ok(()),
                Err(error @ IntakeError::Store(_)) => return Err(error),
                Err(error) => {
                    let said = error.to_string();
                    tracing::error!(%error, batch_no, "publishing of a batch was interrupted");
                    let mut tx = self.store.begin(scope).await?;
                    batch::pause(&mut tx, &job.county, &batch_no, Some(&said)).await?;
                    tx.commit().await?;
                    return Ok(());
                }
            }
        }
    }
}

/// The scope of an authority with its counties, and county → authority.
///
/// # Errors
/// A database error.
pub async fn scope_of(
    store: &Store,
    authority: &str,
) -> Result<(Scope, BTreeMap<String, String>), IntakeError> {
    let mut tx = store.system().await?;
    let list = authority_list::list(&mut tx).await?;
    let counties: BTreeMap<String, String> = list
        .into_iter()
        .filter(|a| a.authority == authority)
        .flat_map(|a| {
            a.counties
                .into_iter()
                .map(move |c| (c.county, a.authority.clone()))
        })
        .collect();
    let codes = counties.keys().map(String::as_str).chain([authority]);
    Ok((
        Scope::new(codes).map_err(dengbu_store::StoreError::from)?,
        counties,
    ))
}

fn chunks<T>(rows: &[T]) -> impl Iterator<Item = (i64, &[T])> {
    rows.chunks(CHUNK)
        .enumerate()
        .map(|(n, rows)| (i64::try_from(n * CHUNK).unwrap_or(i64::MAX), rows))
}

fn text(payload: &Value, name: &str) -> Result<String, IntakeError> {
    payload[name]
        .as_str()
        .map(str::to_owned)
        .ok_or(IntakeError::Unknown("该任务的对象"))
}

fn identity(payload: &Value, name: &str) -> Result<Uuid, IntakeError> {
    text(payload, name)?
        .parse()
        .map_err(|_| IntakeError::Unknown("该任务的对象"))
}
