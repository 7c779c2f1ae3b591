//! Is everything installed? Says what is missing and which package brings it.

use std::os::unix::fs::MetadataExt as _;
use std::process::ExitCode;

use crate::shell::{self, Problem};

/// Vite 8 and Playwright need it.
const NODE_MIN: (u32, u32) = (20, 19);
/// npm 10 cannot install Vite 8.
const NPM_MAJOR_MIN: u32 = 11;

/// Refuses to go on without node and npm.
pub fn require_web() -> Result<(), Problem> {
    node()?;
    npm()
}

/// Whether we may install packages: root on a Debian-like system.
pub fn can_install() -> bool {
    shell::find("apt-get").is_some()
        && std::fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

/// Debian's chromium; installs it and a Chinese font where we may.
pub fn chromium() -> Result<String, Problem> {
    if let Ok(path) = std::env::var("CHROMIUM") {
        return Ok(path);
    }
    if shell::find("chromium").is_none() && can_install() {
        install(&["chromium", "fonts-noto-cjk"])?;
    }
    shell::find("chromium")
        .map(|path| path.display().to_string())
        .ok_or_else(|| {
            Problem::new(
                "没有找到 chromium 浏览器，端到端测试无法运行。请安装：\
             apt-get install chromium fonts-noto-cjk，或用环境变量 CHROMIUM 指明程序位置\
             \n  chromium not found: install the Debian packages chromium fonts-noto-cjk",
            )
        })
}

/// Poppler's `pdftotext`, with which the tests read what the browser printed; installs it
/// where we may.
pub fn pdf_reader() -> Result<(), Problem> {
    if shell::find("pdftotext").is_none() && can_install() {
        install(&["poppler-utils"])?;
    }
    shell::find("pdftotext").map(|_| ()).ok_or_else(|| {
        Problem::new(
            "没有找到 pdftotext，端到端测试无法核对打印位置。请安装：apt-get install poppler-utils\
             \n  pdftotext not found: install the Debian package poppler-utils",
        )
    })
}

fn install(packages: &[&str]) -> Result<(), Problem> {
    let here = shell::root();
    shell::run(shell::command("apt-get", &["update", "-qq"], &here))?;
    let mut words = vec!["install", "-y", "-qq", "--no-install-recommends"];
    words.extend(packages);
    let mut install = shell::command("apt-get", &words, &here);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    shell::run(install)
}

/// Reports on every tool.
pub fn doctor() -> Result<ExitCode, Problem> {
    let mut well = true;
    for (name, needed, result) in [
        ("node", true, node()),
        ("npm", true, npm()),
        (
            "cargo-nextest",
            false,
            optional("cargo-nextest", "没有它时改用 cargo test"),
        ),
        (
            "cargo-deny",
            false,
            optional("cargo-deny", "没有它时跳过许可证检查"),
        ),
        (
            "chromium",
            false,
            optional("chromium", "端到端测试需要：apt-get install chromium"),
        ),
        (
            "pdftotext",
            false,
            optional("pdftotext", "端到端测试需要：apt-get install poppler-utils"),
        ),
        (
            "cs2cs",
            false,
            optional("cs2cs", "投影对照测试需要：apt-get install proj-bin"),
        ),
        (
            "ogr2ogr",
            false,
            optional(
                "ogr2ogr",
                "来源格式的对照测试需要：apt-get install gdal-bin",
            ),
        ),
        (
            "mdb-export",
            false,
            optional(
                "mdb-export",
                "读取 Access 数据库需要：apt-get install mdbtools",
            ),
        ),
        (
            "mariadbd",
            false,
            optional(
                "mariadbd",
                "MySQL 来源的测试需要：apt-get install mariadb-server",
            ),
        ),
        (
            "python3",
            false,
            optional("python3", "接口模糊测试需要：apt-get install python3-venv"),
        ),
    ] {
        match result {
            Ok(()) => shell::say(&format!("✔ {name}")),
            Err(problem) => {
                well &= !needed;
                shell::say(&format!(
                    "{} {name}：{problem}",
                    if needed { "✘" } else { "–" }
                ));
            }
        }
    }
    Ok(if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn optional(program: &str, without: &str) -> Result<(), Problem> {
    shell::find(program)
        .map(|_| ())
        .ok_or_else(|| Problem::new(format!("未安装，{without}")))
}

fn node() -> Result<(), Problem> {
    let found = version("node")?;
    if found >= NODE_MIN {
        return Ok(());
    }
    Err(Problem::new(format!(
        "node 版本过低：{}.{}，需要 {}.{} 或更高。请升级 Node.js（Debian 软件包 nodejs，\
         或安装官方版本）\n  node is too old: {}.{} or newer is needed",
        found.0, found.1, NODE_MIN.0, NODE_MIN.1, NODE_MIN.0, NODE_MIN.1
    )))
}

fn npm() -> Result<(), Problem> {
    let found = version("npm")?;
    if found.0 >= NPM_MAJOR_MIN {
        return Ok(());
    }
    Err(Problem::new(format!(
        "npm 版本过低：{}.{}，需要 {NPM_MAJOR_MIN} 或更高。请运行：npm install -g npm@{NPM_MAJOR_MIN}\
         \n  npm is too old: {NPM_MAJOR_MIN} or newer is needed",
        found.0, found.1
    )))
}

fn version(program: &str) -> Result<(u32, u32), Problem> {
    if shell::find(program).is_none() {
        return Err(Problem::new(format!(
            "没有找到 {program}。请安装 Debian 软件包：apt-get install nodejs npm\
             \n  {program} not found: install the Debian packages nodejs and npm"
        )));
    }
    let text = shell::output(shell::command(program, &["--version"], &shell::root()))?;
    parse_version(&text)
        .ok_or_else(|| Problem::new(format!("看不懂 {program} 的版本号“{}”", text.trim())))
}

/// `v20.20.2` → (20, 20).
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().trim_start_matches('v').split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(parse_version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(parse_version("11.19.1"), Some((11, 19)));
        assert_eq!(parse_version("oops"), None);
        assert!((20, 9) < NODE_MIN && (22, 0) > NODE_MIN);
    }
}
