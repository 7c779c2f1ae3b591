//! Data fusion on the command line: run it, score it, make a city to try it on.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::bail;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use dengbu_fusion::{Options, Progress, Stage, StageProgress};

use crate::inspect;
use crate::stop::Stop;

#[derive(Subcommand)]
pub enum FusionCommand {
    /// 读取各办事机构的旧数据，落宗、落幢、编码、质检，写出对照表、问题清单和待核清单
    Run(RunArgs),
    /// 接收一个数据包，运行，装载为入库批次（由人员在工作台复核后发布）
    Load(crate::intake::LoadArgs),
    /// 把成果与标准答案对照，给出准确率、查全率和误报率
    Score {
        /// 成果文件夹
        #[arg(long)]
        out: PathBuf,
        /// 标准答案文件夹（links.csv、defects.csv、duplicates.csv）
        #[arg(long)]
        truth: PathBuf,
    },
    /// 查看来源数据：各表的字段、填充率、取值和内容，并建议对照文件
    Inspect {
        /// 文件、文件夹，或 postgres://、mysql:// 连接
        place: String,
        /// 只看这些表
        #[arg(long = "table")]
        tables: Vec<String>,
        /// 把建议的对照文件写到这里
        #[arg(long, value_name = "FILE")]
        propose: Option<PathBuf>,
        /// 以 JSON 输出
        #[arg(long)]
        json: bool,
    },
    /// 检查对照文件：格式，以及来源中有没有它写的表和字段
    Check {
        /// 对照文件（TOML）
        mapping: PathBuf,
        /// 来源
        place: String,
    },
}

/// 如何运行
#[derive(Args)]
pub struct RunArgs {
    /// 数据文件夹，其中每个办事机构一个文件夹
    #[arg(long)]
    source: PathBuf,
    /// 成果文件夹
    #[arg(long)]
    out: PathBuf,
    /// 工作目录：中断后由此接着做，并保存不动产单元代码发放记录；缺省为成果文件夹下的 work
    #[arg(long)]
    work: Option<PathBuf>,
    /// 人工确认结果（JSON）
    #[arg(long)]
    decisions: Option<PathBuf>,
    /// 对照文件夹：其中的 TOML 文件代替或补充内置对照文件
    #[arg(long)]
    mappings: Option<PathBuf>,
    /// 以此日期为今天（YYYY-MM-DD）
    #[arg(long)]
    today: Option<NaiveDate>,
}

#[derive(Subcommand)]
pub enum DemoCommand {
    /// 生成一座虚构城市的旧数据和标准答案，用于试验和测速
    MakeLegacy(MakeArgs),
}

/// 生成什么
#[derive(Args)]
pub struct MakeArgs {
    /// 房屋约数
    #[arg(long, default_value_t = 10_000)]
    houses: u32,
    /// 宗地数
    #[arg(long, default_value_t = 270)]
    parcels: u32,
    /// 随机种子；相同的参数生成相同的文件
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 缺陷多少：样例的倍数
    #[arg(long, default_value_t = 1.0)]
    defects: f64,
    /// 更难：同名小区多、坐落常缺路名、有一个错误的控制点
    #[arg(long)]
    hard: bool,
    /// 写到哪个文件夹
    #[arg(long)]
    out: PathBuf,
}

/// Runs a command of `dengbu fusion`.
pub async fn run(command: FusionCommand) -> anyhow::Result<()> {
    match command {
        FusionCommand::Run(args) => fuse(args).await,
        FusionCommand::Load(args) => crate::commands::load_delivery(&args).await,
        FusionCommand::Score { out, truth } => score(&out, &truth),
        FusionCommand::Inspect {
            place,
            tables,
            propose,
            json,
        } => {
            let work = move || inspect::inspect(&place, &tables, propose.as_deref(), json);
            tokio::task::spawn_blocking(work).await?
        }
        FusionCommand::Check { mapping, place } => {
            tokio::task::spawn_blocking(move || inspect::check_mapping(&mapping, &place)).await?
        }
    }
}

/// Runs a command of `dengbu demo`.
pub fn demo(command: &DemoCommand) -> anyhow::Result<()> {
    let DemoCommand::MakeLegacy(args) = command;
    let options = dengbu_legacy_city::Options {
        houses: args.houses,
        parcels: args.parcels,
        seed: args.seed,
        defects: args.defects.clamp(0.0, 10.0),
        hard: args.hard,
    };
    let made = dengbu_legacy_city::make(&options, &args.out)?;
    println!(
        "已生成虚构城市：宗地 {} 宗、自然幢 {} 幢、房屋记录 {} 条、埋设缺陷 {} 处，在 {}",
        made.parcels,
        made.buildings,
        made.houses,
        made.defects,
        args.out.display()
    );
    Ok(())
}

/// Shows stage, rate and time left on standard error, one line that is written over on a terminal.
struct Shown {
    stopped: Arc<AtomicBool>,
    terminal: bool,
    state: Mutex<State>,
}

struct State {
    stage: Option<Stage>,
    began: Instant,
    shown: Option<Instant>,
}

impl Shown {
    fn line(progress: &StageProgress, elapsed: Duration) -> String {
        let seconds = elapsed.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "counts of records")]
        let (done, total) = (progress.done as f64, progress.total as f64);
        let mut line = format!("{} {}", progress.stage.name_zh(), progress.what);
        if progress.total > 0 {
            line.push_str(&format!(" {}/{}", progress.done, progress.total));
        } else if progress.done > 0 {
            line.push_str(&format!(" {} 条", progress.done));
        }
        if seconds > 1.0 && done > 0.0 {
            line.push_str(&format!("，每秒 {:.0}", done / seconds));
            if total > done {
                line.push_str(&format!("，约剩 {:.0} 秒", (total - done) * seconds / done));
            }
        }
        line
    }
}

impl Progress for Shown {
    fn report(&self, progress: &StageProgress) {
        let mut state = self
            .state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        let next = state.stage != Some(progress.stage);
        if next {
            state.stage = Some(progress.stage);
            state.began = now;
        }
        let pause = if self.terminal {
            Duration::from_millis(200)
        } else {
            Duration::from_secs(10)
        };
        if !next && state.shown.is_some_and(|at| now - at < pause) {
            return;
        }
        state.shown = Some(now);
        let line = Self::line(progress, now - state.began);
        if self.terminal {
            eprint!("\r\u{1b}[K{line}");
        } else {
            eprintln!("{line}");
        }
    }

    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

async fn fuse(args: RunArgs) -> anyhow::Result<()> {
    if !args.source.is_dir() {
        bail!(
            "没有数据文件夹 {}。请用 --source 指出旧数据所在的文件夹",
            args.source.display()
        );
    }
    let options = Options {
        source: args.source,
        out: args.out.clone(),
        work: args.work,
        decisions: args.decisions,
        mappings: args.mappings,
        today: args
            .today
            .unwrap_or_else(|| dengbu_server::state::now().date_naive()),
    };
    let stopped = Arc::new(AtomicBool::new(false));
    let shown = Shown {
        stopped: stopped.clone(),
        terminal: std::io::stderr().is_terminal(),
        state: Mutex::new(State {
            stage: None,
            began: Instant::now(),
            shown: None,
        }),
    };
    let terminal = shown.terminal;
    let mut stop = Stop::listen()?;
    let mut work = tokio::task::spawn_blocking(move || dengbu_fusion::run(&options, &shown));
    let done = tokio::select! {
        done = &mut work => done,
        () = stop.wanted() => {
            stopped.store(true, Ordering::Relaxed);
            work.await
        }
    };
    if terminal {
        eprintln!();
    }
    told(&done??.summary, &args.out);
    Ok(())
}

fn told(summary: &dengbu_fusion::outputs::Summary, out: &Path) {
    for message in &summary.messages {
        println!("注意：{message}");
    }
    for (source, tables) in &summary.tables {
        for (table, rows) in tables {
            println!(
                "{source} {table}：读取 {}，采用 {}，待核 {}，未采用 {}",
                rows.read, rows.accepted, rows.doubtful, rows.rejected
            );
        }
    }
    let findings: u64 = summary.findings.values().sum();
    println!(
        "发现问题 {findings} 处，待人工确认 {} 项；成果在 {}",
        summary.doubts,
        out.display()
    );
}

fn score(out: &Path, truth: &Path) -> anyhow::Result<()> {
    let score = dengbu_fusion::score::score(out, truth)?;
    print!("{score}");
    if !score.meets_targets() {
        bail!("未达到验收指标");
    }
    Ok(())
}
