//! `cargo xtask run`: from a fresh clone to a running platform with demo data.

use std::os::unix::process::CommandExt as _;

use crate::shell::{self, Problem};
use crate::{tools, web};

/// Builds what is not built and becomes the server: Ctrl-C reaches it directly.
pub fn run(more: &[&str]) -> Result<(), Problem> {
    shell::say("① 检查工具 (checking tools)");
    tools::require_web()?;
    shell::say("② 准备数据库程序 (database programs)");
    if let Err(problem) = web::install_engine() {
        // Debian's own PostgreSQL does as well; the server says so if there is none either.
        shell::say(&format!("  {problem}\n  改为查找系统中的 PostgreSQL"));
    }
    if web::exists() {
        shell::say("③ 构建前端 (front end)");
        web::install()?;
        web::build()?;
    }
    shell::say("④ 构建程序 (server; 首次需要几分钟)");
    shell::cargo(&["build", "--release", "-p", "dengbu-cli"], &[])?;
    shell::say("⑤ 启动，按 Ctrl-C 停止 (starting)");
    let program = shell::target_dir().join("release").join("dengbu");
    let data = shell::root().join("data");
    let mut server = shell::command(
        &program.display().to_string(),
        &["serve", "--demo"],
        &shell::root(),
    );
    server.arg("--data").arg(data).args(more);
    let error = server.exec();
    Err(shell::io("启动", &program, &error))
}
