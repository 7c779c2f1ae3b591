//! `dengbu-bench`: runs the measurements, prints the table, writes the JSON.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line speaks on its standard output"
)]

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use dengbu_bench::{Options, bulk, place};

/// 性能测量：装入、登簿、读取与查询、电子证照
#[derive(Parser)]
#[command(name = "dengbu-bench", disable_help_subcommand = true)]
struct Args {
    /// 装入的不动产单元数
    #[arg(long)]
    units: Option<usize>,
    /// 小规模快速运行，只看各项是否还能测量
    #[arg(long)]
    quick: bool,
    /// 提交与登簿交替测量的轮数
    #[arg(long)]
    rounds: Option<usize>,
    /// 多客户端测量时的客户端数
    #[arg(long)]
    clients: Option<usize>,
    /// 结束后保留数据库
    #[arg(long)]
    keep: bool,
    /// 沿用上次 --keep 留下的数据（单元数须相同）
    #[arg(long)]
    reuse: bool,
    /// 数据文件夹，默认为 target/bench/data
    #[arg(long)]
    folder: Option<PathBuf>,
    /// 只测量存量证书的批量签发：装入这么多单元，全部签发，中途强制终止一次
    #[arg(long, value_name = "单元数")]
    bulk: Option<usize>,
    /// 数据库地址：只运行后台任务（批量签发测量内部使用）
    #[arg(long, hide = true)]
    worker_url: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("测量没有完成：{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> anyhow::Result<()> {
    let home = place::target_folder().join("bench");
    let folder = args.folder.unwrap_or_else(|| home.join("data"));
    let mut options = if args.quick {
        Options::quick(folder)
    } else {
        Options::full(folder)
    };
    if let Some(url) = &args.worker_url {
        return bulk::work(url, &options.folder).await;
    }
    if let Some(units) = args.bulk {
        options.units = units;
        let done = dengbu_bench::run_bulk(&options, &|text| println!("{text}")).await?;
        println!(
            "批量签发 {} 件（{} 件不能制证），{:.0} 秒，每秒 {:.0} 件；中途强制终止 {} 次，无缺漏无重复；\n程序内存：一成时 {:.0} MiB，结束时 {:.0} MiB，最高 {:.0} MiB",
            done.issued,
            done.failed,
            done.seconds,
            done.per_second,
            done.kills,
            done.memory_mib[0],
            done.memory_mib[1],
            done.memory_peak_mib
        );
        return Ok(());
    }
    options.units = args.units.unwrap_or(options.units);
    options.rounds = args.rounds.unwrap_or(options.rounds).max(1);
    options.many = args.clients.unwrap_or(options.many).max(2);
    options.keep = args.keep;
    options.reuse = args.reuse;
    let report = dengbu_bench::run(&options, &|text| println!("{text}")).await?;
    println!("\n{}", report.table());
    fs::create_dir_all(&home)?;
    let path = home.join("result.json");
    fs::write(&path, serde_json::to_string_pretty(&report)?)
        .with_context(|| format!("无法写入 {}", path.display()))?;
    println!("结果已写入 {}", path.display());
    Ok(())
}
