//! The program `dengbu` as whoever runs it sees it: a command, its output, its signals.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Words of the machinery that an operator must not have to read.
const MACHINERY: [&str; 8] = [
    "panicked",
    "backtrace",
    ".rs:",
    "Error {",
    "Error(",
    "Os {",
    "os error",
    "sqlx::Error",
];

/// A place for data folders that any user may reach: as root the database runs as another one.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("dengbu").tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    /// The data folder of most tests.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

pub fn command(arguments: &[&str], data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dengbu"));
    command.args(arguments).arg("--data").arg(data);
    for name in [
        "DATABASE_URL",
        "DENGBU_OWNER_URL",
        "DENGBU_DATA",
        "RUST_LOG",
    ] {
        command.env_remove(name);
    }
    command
}

/// A command that ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub errors: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The message to the operator. It must be one, in Chinese, with nothing of the machinery,
    /// and hold these words.
    pub fn refusal(&self, words: &[&str]) -> String {
        assert_eq!(self.code, Some(1), "{self:?}");
        let mut messages = self
            .errors
            .lines()
            .skip_while(|line| !line.starts_with("出错了："));
        let message = messages.next().unwrap_or_else(|| panic!("{self:?}"));
        assert_eq!(messages.next(), None, "more than one line: {self:?}");
        for word in words {
            assert!(message.contains(word), "no {word:?} in {message}");
        }
        for word in MACHINERY {
            assert!(!message.contains(word), "{word:?} in {message}");
        }
        // the message says what to do
        assert!(message.contains('请'), "{message}");
        message.to_owned()
    }
}

/// Runs a command on a data folder to its end.
pub fn run(arguments: &[&str], data: &Path) -> Ended {
    Ended::of(command(arguments, data).output().unwrap())
}

/// A server that was started.
pub struct Program {
    child: Child,
    output: BufReader<ChildStdout>,
    data: PathBuf,
    log: PathBuf,
    /// Where it answers, as `http://host:port`; empty until it does.
    pub address: String,
}

impl Program {
    /// Starts a server and waits until it answers.
    pub fn serve(data: &Path, options: &[&str]) -> Self {
        Self::try_serve(data, options).unwrap_or_else(|ended| panic!("{ended:?}"))
    }

    /// Starts a server and waits until it answers or ends.
    pub fn try_serve(data: &Path, options: &[&str]) -> Result<Self, Ended> {
        let mut program = Self::launch(data, options);
        while let Some(line) = program.line() {
            if let Some((_, address)) = line.split_once("http://") {
                let host = address.split('/').next().unwrap();
                program.address = format!("http://{host}");
                return Ok(program);
            }
        }
        Err(program.ended())
    }

    /// Starts a server and waits for nothing.
    pub fn launch(data: &Path, options: &[&str]) -> Self {
        let log = data.with_extension("stderr");
        let mut child = command(&["serve", "--port", "0"], data)
            .args(options)
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            output,
            data: data.to_owned(),
            log,
            address: String::new(),
        }
    }

    /// Its next line; none when it has ended.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        (self.output.read_line(&mut line).unwrap() > 0).then_some(line)
    }

    /// Waits for its end.
    pub fn ended(mut self) -> Ended {
        let mut out = String::new();
        self.output.read_to_string(&mut out).unwrap();
        Ended {
            code: self.child.wait().unwrap().code(),
            out,
            errors: fs::read_to_string(&self.log).unwrap(),
        }
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Tells it to stop and sees to it that all is in order afterwards.
    pub fn stop(self, signal: Signal) -> Ended {
        let data = self.data.clone();
        self.signal(signal);
        let ended = self.ended();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_at_rest(&data);
        ended
    }

    /// kill -9 of the server; its database lives on.
    pub fn kill_server(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// kill -9 of every process of the database.
    pub fn kill_database(&self) {
        kill_database(&self.data);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // a test that failed leaves nothing running
        if matches!(self.child.try_wait(), Ok(None)) {
            self.kill_server();
            self.kill_database();
        }
    }
}

/// No database process is left and it was shut down in order.
pub fn assert_at_rest(data: &Path) {
    assert_eq!(
        database_processes(data),
        [],
        "the database outlived the stop"
    );
    assert!(
        !cluster(data).join("postmaster.pid").exists(),
        "the database was not shut down in order"
    );
}

/// The folder of the database's files.
pub fn cluster(data: &Path) -> PathBuf {
    data.join("database/pg")
}

pub fn kill_database(data: &Path) {
    let all = database_processes(data);
    for pid in &all {
        // some end by themselves when their parent dies
        let _ = kill_process(*pid, Signal::KILL);
    }
    while all.iter().any(|pid| is_running(*pid)) {
        std::thread::yield_now();
    }
}

/// The processes of the database in a data folder: the server, then its children.
pub fn database_processes(data: &Path) -> Vec<Pid> {
    let cluster = cluster(data);
    let all: Vec<Pid> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Pid::from_raw)
        .collect();
    let is_server = |pid: &Pid| {
        fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).is_ok_and(|line| {
            line.split(|byte| *byte == 0)
                .any(|argument| argument == cluster.as_os_str().as_encoded_bytes())
        })
    };
    let mut found: Vec<Pid> = all.iter().copied().filter(is_server).collect();
    let is_child = |pid: &Pid| parent(*pid).is_some_and(|parent| found.contains(&parent));
    let children: Vec<Pid> = all.into_iter().filter(is_child).collect();
    found.extend(children);
    found
}

fn parent(pid: Pid) -> Option<Pid> {
    // number (name) state parent …: the name may hold blanks and brackets
    let text = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    let rest = text.rsplit_once(')')?.1;
    Pid::from_raw(rest.split_whitespace().nth(1)?.parse().ok()?)
}

/// A dead process that nobody waited for has no command line.
fn is_running(pid: Pid) -> bool {
    fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).is_ok_and(|line| !line.is_empty())
}
