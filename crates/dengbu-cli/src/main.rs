//! The command line of Dengbu: starts the platform, loads data, checks the register.
#![expect(
    clippy::print_stdout,
    reason = "a command line speaks on standard output"
)]
#![expect(clippy::print_stderr, reason = "errors go to standard error")]

mod certificates;
mod commands;
mod failure;
mod fusion;
mod inspect;
mod intake;
mod law;
mod seals;
mod serve;
mod stop;
mod workplace;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use dengbu_staff::{PLATFORM, Role};

/// 登簿：不动产登记平台
#[derive(Parser)]
#[command(name = "dengbu", version, about, long_about = None)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 启动平台
    Serve(ServeArgs),
    /// 输出 OpenAPI 文档
    Openapi,
    /// 把三个办事机构的样例旧数据作为存量权利装入登记簿
    LoadSample {
        #[command(flatten)]
        place: PlaceArgs,
        /// 样例文件夹
        #[arg(long, default_value = "samples/legacy-city/open")]
        source: PathBuf,
    },
    /// 登记簿维护
    Register {
        #[command(subcommand)]
        command: RegisterCommand,
    },
    /// 登记法律情景：把情景文件在空的内存登记簿上演算
    Scenario {
        #[command(subcommand)]
        command: ScenarioCommand,
    },
    /// 电子证照
    Certificates {
        #[command(subcommand)]
        command: CertificatesCommand,
    },
    /// 登记业务目录
    Catalogue {
        #[command(subcommand)]
        command: CatalogueCommand,
    },
    /// 数据融合：由各办事机构的旧数据整理成一套经过检查的记录
    Fusion {
        #[command(subcommand)]
        command: fusion::FusionCommand,
    },
    /// 演示数据
    Demo {
        #[command(subcommand)]
        command: fusion::DemoCommand,
    },
    /// 开通平台运维员：在工作台开通新的登记机构，看不到任何机构的业务数据
    FirstOperator {
        #[command(flatten)]
        place: PlaceArgs,
        /// 登录名
        #[arg(long)]
        username: String,
        /// 姓名
        #[arg(long)]
        name: String,
    },
    /// 开通登记机构的第一个系统管理员
    FirstAdministrator {
        #[command(flatten)]
        place: PlaceArgs,
        /// 登记机构代码
        #[arg(long)]
        authority: String,
        /// 登录名
        #[arg(long)]
        username: String,
        /// 姓名
        #[arg(long)]
        name: String,
    },
}

#[derive(Subcommand)]
enum RegisterCommand {
    /// 逐条校验全部登记簿记录的哈希链，指出第一处断裂
    Verify {
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// 由登记簿记录重建现势权利
    Rebuild {
        #[command(flatten)]
        place: PlaceArgs,
    },
}

#[derive(Subcommand)]
enum CertificatesCommand {
    /// 为登记簿上现势的存量权利批量签发电子证照；中断后再次运行即继续
    IssueStock(certificates::StockArgs),
}

#[derive(Subcommand)]
enum ScenarioCommand {
    /// 演算情景文件，逐条说明结果；有一条不符即失败
    Run {
        /// 情景文件（TOML）
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// 同时列出每件申请触发的规则
        #[arg(long)]
        explain: bool,
    },
}

#[derive(Subcommand)]
enum CatalogueCommand {
    /// 列出全部业务
    List,
    /// 检查目录文件夹中的业务目录文件，指出错误所在的文件和行
    Check {
        /// 目录文件夹；缺省检查内置目录
        folder: Option<PathBuf>,
    },
}

/// 数据在哪里
#[derive(Args, Clone, Debug)]
struct PlaceArgs {
    /// 数据文件夹（内置数据库、材料、密钥）
    #[arg(long, default_value = "data", env = "DENGBU_DATA")]
    data: PathBuf,
}

/// 如何启动
#[derive(Args, Clone)]
struct ServeArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// 监听地址
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// 端口；0 表示任选一个空闲端口
    #[arg(long, default_value_t = 7070)]
    port: u16,
    /// 装入虚构的演示城市和演示账号
    #[arg(long)]
    demo: bool,
    /// 启动时装入样例旧数据
    #[arg(long)]
    sample: Option<PathBuf>,
    /// 使用文件夹中的界面文件
    #[arg(long)]
    web_dir: Option<PathBuf>,
    /// 使用文件夹中的业务目录（shared.toml 和各类别文件），代替内置目录；有错误则不启动
    #[arg(long)]
    catalogue: Option<PathBuf>,
    /// 用户经 HTTPS 访问（会话标识加 Secure 标记）
    #[arg(long)]
    secure_cookies: bool,
    /// 反向代理的地址；经它转来的请求按 X-Forwarded-For 识别用户地址，可重复给出
    #[arg(long = "proxy", value_name = "IP")]
    proxies: Vec<std::net::IpAddr>,
    /// 公众访问本平台的主机名（可带端口），写进电子证照的二维码，例如 bdc.example.gov.cn
    #[arg(long, value_name = "HOST")]
    public_host: Option<String>,
    #[command(flatten)]
    seals: seals::SealArgs,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| "warn,dengbu_server=info,dengbu_store=info".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(run(cli.command)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("出错了：{}", failure::told(&error));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => serve::serve(args).await,
        Command::Openapi => {
            println!(
                "{}",
                serde_json::to_string_pretty(&dengbu_server::openapi())?
            );
            Ok(())
        }
        Command::LoadSample { place, source } => commands::load_sample(&place, &source).await,
        Command::Register {
            command: RegisterCommand::Verify { place },
        } => commands::verify(&place).await,
        Command::Register {
            command: RegisterCommand::Rebuild { place },
        } => commands::rebuild(&place).await,
        Command::Scenario {
            command: ScenarioCommand::Run { files, explain },
        } => law::run_scenarios(&files, explain),
        Command::Certificates {
            command: CertificatesCommand::IssueStock(args),
        } => certificates::issue_stock(&args).await,
        Command::Catalogue { command } => match command {
            CatalogueCommand::List => {
                law::list_catalogue();
                Ok(())
            }
            CatalogueCommand::Check { folder } => law::check_catalogue(folder.as_deref()),
        },
        Command::Fusion { command } => fusion::run(command).await,
        Command::Demo { command } => fusion::demo(&command),
        Command::FirstOperator {
            place,
            username,
            name,
        } => commands::first_account(&place, PLATFORM, Role::Operator, &username, &name).await,
        Command::FirstAdministrator {
            place,
            authority,
            username,
            name,
        } => {
            let role = Role::Administrator;
            commands::first_account(&place, &authority, role, &username, &name).await
        }
    }
}
