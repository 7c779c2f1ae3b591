//! Bulk issue of electronic certificates for a stock: rate, memory of the program at work, and
//! `kill -9` half way. The program at work is this one, started anew as a worker that runs the
//! server's loops and nothing else.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dengbu_certlib::batch::{self, NewBatch};
use dengbu_server::state::{new_id, now};
use dengbu_store::Store;
use serde::Serialize;

use crate::load::memory;
use crate::options::Options;
use crate::place::{self, Place};

/// Seconds between looks at the progress.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// So long without one more and the run is given up.
const STALLED: Duration = Duration::from_secs(300);

/// How the bulk issue went.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Bulk {
    /// Certificates issued.
    pub issued: i64,
    /// Rights of which none could be made.
    pub failed: i64,
    /// Seconds from the beginning to the last, killing and starting again included.
    pub seconds: f64,
    /// Issued per second.
    pub per_second: f64,
    /// Resident memory of the worker in MiB when a tenth was done, and at its end.
    pub memory_mib: [f64; 2],
    /// Its highest.
    pub memory_peak_mib: f64,
    /// How often it was killed.
    pub kills: u32,
}

/// Runs the server's loops until killed.
///
/// # Errors
/// No such database.
pub async fn work(url: &str, folder: &Path) -> Result<()> {
    let app = place::app(url, folder).await?.1;
    dengbu_server::background::run(app).await;
    Ok(())
}

/// Issues for every right that has none, in all authorities, killed once half way.
///
/// # Errors
/// A gap, a double, a worker that ends by itself, a database error.
pub async fn measure(
    place: &Place,
    options: &Options,
    say: &(dyn Fn(&str) + Send + Sync),
) -> Result<Bulk> {
    let mut bulk = Bulk::default();
    let mut worker = Worker::start(&place.app_url, &options.folder)?;
    until(
        || {
            count(
                &place.store,
                "select count(*) from e_seal where state = 'active' and purpose = 'registration'",
            )
        },
        3,
    )
    .await?;
    let total = begin(place).await?;
    let started = Instant::now();
    let mut told = Instant::now();
    let (mut first, mut done, mut moved) = (None, 0, Instant::now());
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let memory = worker
            .memory_mib("VmRSS")
            .context("a worker ended by itself")?;
        bulk.memory_peak_mib = bulk
            .memory_peak_mib
            .max(worker.memory_mib("VmHWM").unwrap_or(0.0));
        bulk.memory_mib[1] = memory;
        let now_done = count(
            &place.store,
            "select coalesce(sum(done + skipped + failed), 0)::bigint from e_certificate_batch",
        )
        .await?;
        if first.is_none() && now_done * 10 >= total {
            first = Some(memory);
        }
        if bulk.kills == 0 && now_done * 2 >= total {
            say("签发过半：强制终止程序后重新开始");
            worker.kill()?;
            worker = Worker::start(&place.app_url, &options.folder)?;
            bulk.kills += 1;
        }
        if told.elapsed().as_secs() >= 20 {
            told = Instant::now();
            say(&format!(
                "批量签发 {now_done} / {total}，每秒 {:.0}，程序内存 {memory:.0} MiB",
                f64::from(u32::try_from(now_done)?) / started.elapsed().as_secs_f64()
            ));
        }
        let open = count(
            &place.store,
            "select count(*) from e_certificate_batch where state <> 'done'",
        )
        .await?;
        if open == 0 {
            break;
        }
        if now_done > done {
            (done, moved) = (now_done, Instant::now());
        }
        ensure!(moved.elapsed() < STALLED, "批量签发停滞在 {now_done} 件");
    }
    worker.kill()?;
    bulk.seconds = started.elapsed().as_secs_f64();
    bulk.memory_mib[0] = first.unwrap_or_default();
    check(place, &mut bulk).await?;
    bulk.per_second = f64::from(u32::try_from(bulk.issued)?) / bulk.seconds;
    Ok(bulk)
}

/// Begins a batch in each authority; gives how many rights they hold.
async fn begin(place: &Place) -> Result<i64> {
    let mut tx = place.store.system().await?;
    for a in dengbu_store::authority_list::list(&mut tx).await? {
        let counties: Vec<String> = a.counties.into_iter().map(|c| c.county).collect();
        if counties.is_empty() {
            continue;
        }
        let new = NewBatch {
            authority: &a.authority,
            name: "存量签发测量",
            dry_run: false,
            counties,
            kind: None,
            items_max: None,
            by: "测量",
            staff_id: None,
        };
        batch::begin(&mut tx, &new, now(), &new_id).await?;
    }
    tx.commit().await?;
    count(
        &place.store,
        "select count(*) from register_right where valid_to is null and certificate_no is not null",
    )
    .await
}

/// No gap and no double: every right is issued or told of, each number, index and identifier once.
async fn check(place: &Place, bulk: &mut Bulk) -> Result<()> {
    let of = async |sql: &str| count(&place.store, sql).await;
    let items = of("select count(*) from e_certificate_batch_item").await?;
    let counted =
        of("select sum(done + skipped + failed)::bigint from e_certificate_batch").await?;
    ensure!(items == counted, "{items} 件中 {counted} 件有结果");
    bulk.issued = of("select count(*) from e_certificate_batch_item where state = 'done'").await?;
    bulk.failed =
        of("select count(*) from e_certificate_batch_item where state = 'failed'").await?;
    for what in [
        "*",
        "distinct certificate_no",
        "distinct (authority, list_index)",
        "distinct identifier",
    ] {
        let found = of(&format!(
            "select count({what}) from e_certificate where state = 'issued' and origin = 'stock'"
        ))
        .await?;
        ensure!(found == bulk.issued, "{what}：{found} / {}", bulk.issued);
    }
    let files = of("select count(*) from e_certificate_file where format = 'ofd'").await?;
    ensure!(files == bulk.issued, "文件 {files} / {}", bulk.issued);
    Ok(())
}

async fn count(store: &Store, sql: &str) -> Result<i64> {
    let mut tx = store.system().await?;
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned()))
        .fetch_one(tx.conn())
        .await?)
}

async fn until<F: Future<Output = Result<i64>>>(look: impl Fn() -> F, wanted: i64) -> Result<()> {
    for _ in 0..600 {
        if look().await? >= wanted {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    anyhow::bail!("电子印章没有制成")
}

struct Worker(Child);

impl Worker {
    fn start(url: &str, folder: &Path) -> Result<Self> {
        let program: PathBuf = std::env::current_exe()?;
        let child = Command::new(program)
            .args(["--worker-url", url, "--folder"])
            .arg(folder)
            .stdin(Stdio::null())
            .spawn()?;
        Ok(Self(child))
    }

    fn memory_mib(&self, line: &str) -> Option<f64> {
        let bytes = memory(&self.0.id().to_string(), line)?;
        u32::try_from(bytes >> 10)
            .ok()
            .map(|kib| f64::from(kib) / 1024.0)
    }

    fn kill(&mut self) -> Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
