//! The project's task runner: `cargo xtask <verb>`.
//!
//! The only entry a newcomer needs: it checks the tools, drives npm and cargo in the right order,
//! and says plainly (Chinese and English) what is missing. Standard library only; it never sets
//! `CARGO_TARGET_DIR` and never writes outside the repository.
//!
//! Map: [`tools`] is everything installed · [`web`] front end and engine packages · [`run`] start
//! the whole platform with demo data · [`check`] `cargo xtask test`, step by step · [`steps`] the
//! step runner and its summary · [`shell`] running programs.

mod check;
mod run;
mod shell;
mod steps;
mod tools;
mod web;

use std::process::ExitCode;

use shell::Problem;

const HELP: &str = "\
cargo xtask <命令>

  run [-- 参数…]   检查工具，构建前端和程序，载入演示数据并启动（Ctrl-C 停止）
  test [名称…]     全部检查与测试；给出名称时只运行这些步骤（如 test fmt clippy）
  bench [-- 参数…] 性能测量（release 构建）
  bench quality […] 质检测量，与 DuckDB、GEOS 对照
  web              安装前端依赖并构建 web/dist
  openapi          由程序重新生成 web/openapi.json
  fmt              统一代码格式
  lint             clippy，警告视为错误
  doctor           检查本机工具是否齐全
  help             本说明
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let verb = args.first().map_or("help", String::as_str);
    let rest: Vec<&str> = args
        .iter()
        .skip(1)
        .map(String::as_str)
        .filter(|arg| *arg != "--")
        .collect();
    match perform(verb, &rest) {
        Ok(code) => code,
        Err(problem) => {
            shell::complain(&problem);
            ExitCode::FAILURE
        }
    }
}

fn perform(verb: &str, rest: &[&str]) -> Result<ExitCode, Problem> {
    match verb {
        "run" => run::run(rest)?,
        "test" => return check::test(rest),
        "bench" => bench(rest)?,
        "web" => {
            tools::require_web()?;
            web::install()?;
            web::build()?;
        }
        "openapi" => web::write_openapi()?,
        "fmt" => shell::cargo(&["fmt", "--all"], &[])?,
        "lint" => shell::cargo(&check::CLIPPY, &[])?,
        "doctor" => return tools::doctor(),
        "help" | "-h" | "--help" => shell::say(HELP),
        other => {
            let text = format!("没有“{other}”这个命令 (unknown command)\n\n{HELP}");
            return Err(Problem::new(text));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// All measurements, or only those of quality control, which build without the server.
fn bench(rest: &[&str]) -> Result<(), Problem> {
    let one = |package: &str, rest: &[&str]| {
        shell::cargo(&["run", "--release", "-p", package, "--"], rest)
    };
    match rest {
        ["quality", rest @ ..] => one("dengbu-bench-quality", rest),
        rest => one("dengbu-bench", rest),
    }
}
