//! Running programs in the repository and talking to whoever started us.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What went wrong, in words for the person at the terminal.
#[derive(Debug)]
pub struct Problem(String);

impl Problem {
    /// A problem described by `text`.
    pub fn new(text: impl Into<String>) -> Problem {
        Problem(text.into())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
        .to_path_buf()
}

/// Where cargo puts programs; whoever set another folder keeps it.
pub fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Prints a line for the person at the terminal.
pub fn say(text: &str) {
    // A closed terminal is no reason to stop building.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints a problem.
pub fn complain(problem: &Problem) {
    let _ = writeln!(std::io::stderr(), "\n✘ {problem}");
}

/// A program, to be run in `folder`.
pub fn command(program: &str, args: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder);
    command
}

/// Runs to the end with our terminal; anything but success is a problem.
pub fn run(mut command: Command) -> Result<(), Problem> {
    let shown = describe(&command);
    say(&format!("$ {shown}"));
    let status = command
        .status()
        .map_err(|error| cannot_start(&command, &error))?;
    if status.success() {
        return Ok(());
    }
    Err(Problem::new(format!(
        "命令没有成功 (command failed, {status})：{shown}"
    )))
}

/// Runs quietly and returns what was printed; anything but success is a problem.
pub fn output(mut command: Command) -> Result<String, Problem> {
    let result = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| cannot_start(&command, &error))?;
    if !result.status.success() {
        let shown = describe(&command);
        return Err(Problem::new(format!(
            "命令没有成功 (command failed)：{shown}"
        )));
    }
    Ok(String::from_utf8_lossy(&result.stdout).into_owned())
}

/// Runs cargo in the repository.
pub fn cargo(args: &[&str], more: &[&str]) -> Result<(), Problem> {
    let all: Vec<&str> = args.iter().chain(more).copied().collect();
    run(command(&cargo_program(), &all, &root()))
}

/// The cargo that runs us, so that both are of one toolchain.
pub fn cargo_program() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// The program's place if it can be found in `PATH`.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// A file error with its file.
pub fn io(action: &str, path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(format!("无法{action} {}：{error}", path.display()))
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Problem {
    let program = command.get_program().to_string_lossy();
    Problem::new(format!("无法运行 {program} (cannot run)：{error}"))
}

fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
