//! From PostgreSQL's last words to an error that says what to do.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::EngineError;
use super::layout::Layout;
use super::locate::Programs;

/// Lines of the log shown when nothing better is known.
const TAIL_LINES: usize = 8;
/// Of what was written since the start, so much is read.
const TAIL_BYTES_MAX: u64 = 64 * 1024;

/// Messages (English, `lc_messages=C`) of a cluster whose files are missing or wrong.
const DAMAGE: [&str; 11] = [
    // PG_VERSION was checked before: here the control file itself is wrong.
    "database files are incompatible with server",
    "could not locate a valid checkpoint record",
    "could not locate required checkpoint record",
    "invalid checkpoint record",
    "incorrect checksum in control file",
    "global/pg_control",
    "is not a valid data directory",
    "could not find the database system",
    "invalid page in block",
    "pg_filenode.map",
    "could not open directory",
];

/// The server could not take over shared memory a dying backend of the last one still holds.
const SHARED_MEMORY_BUSY: &str = "pre-existing shared memory block";

/// Length of the log now: where the next start's messages will begin.
pub(super) fn log_length(log: &Path) -> u64 {
    std::fs::metadata(log).map_or(0, |meta| meta.len())
}

/// What was written to the log since `offset`.
pub(super) fn log_since(log: &Path, offset: u64) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let end = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(
            offset.max(end.saturating_sub(TAIL_BYTES_MAX)).min(end),
        ))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_or_else(
        |error| format!("（日志读取失败：{error}）"),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    )
}

/// Whether starting again in a moment will do.
pub(super) fn is_passing(text: &str) -> bool {
    text.contains(SHARED_MEMORY_BUSY)
}

/// The error behind `text`, the output of initdb or of a server that did not come up.
pub(super) fn explain(layout: &Layout, programs: &Programs, text: &str) -> EngineError {
    let line_with = |needle: &str| text.lines().rev().find(|line| line.contains(needle));
    if let Some(full) = full_disk(layout, text) {
        return full;
    }
    if let Some(line) = line_with("error while loading shared libraries") {
        let program = programs.postgres();
        return EngineError::ProgramBroken {
            program,
            reason: line.trim().to_owned(),
        };
    }
    // A server that comes as far as listening names its socket too: only what is fatal counts.
    let socket = |line: &str| line.contains(".s.PGSQL") && line.contains("FATAL");
    if line_with("could not create any Unix-domain sockets").is_some() || text.lines().any(socket) {
        return EngineError::SocketTaken {
            socket_dir: layout.socket_dir.clone(),
        };
    }
    if line_with("lock file \"postmaster.pid\" already exists").is_some() {
        return EngineError::InUse {
            data_dir: layout.data_dir.clone(),
        };
    }
    for needle in [
        "Permission denied",
        "has invalid permissions",
        "has wrong ownership",
    ] {
        if let Some(line) = line_with(needle) {
            return layout.permission(&layout.cluster, message(line));
        }
    }
    if let Some(line) = DAMAGE.iter().find_map(|needle| line_with(needle)) {
        return layout.damaged(message(line));
    }
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let tail = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n");
    EngineError::StartFailed {
        log: layout.log.clone(),
        tail,
    }
}

/// The error behind what a server that runs answered while it was being set up.
pub(super) fn refused(layout: &Layout, error: sqlx::Error) -> EngineError {
    let sqlx::Error::Database(answer) = &error else {
        return error.into();
    };
    let text = answer.message();
    // SQLSTATE: 53100 disk_full; XX001, XX002 data or index corrupted; 58P01 a file is missing.
    match answer.code().as_deref() {
        Some("53100") => EngineError::DiskFull {
            path: layout.data_dir.clone(),
        },
        Some("XX001" | "XX002" | "58P01") => layout.damaged(text.to_owned()),
        _ if DAMAGE.iter().any(|needle| text.contains(needle)) => layout.damaged(text.to_owned()),
        _ => error.into(),
    }
}

/// [`EngineError::DiskFull`] when the server says so.
pub(super) fn full_disk(layout: &Layout, text: &str) -> Option<EngineError> {
    ["No space left on device", "Disk quota exceeded"]
        .iter()
        .any(|words| text.contains(words))
        .then(|| EngineError::DiskFull {
            path: layout.data_dir.clone(),
        })
}

/// A line of the log without its time and process.
fn message(line: &str) -> String {
    let said = ["FATAL:  ", "PANIC:  ", "ERROR:  "]
        .iter()
        .find_map(|weight| line.split_once(weight));
    said.map_or(line, |(_, words)| words).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn explained(text: &str) -> EngineError {
        let layout = Layout {
            data_dir: PathBuf::from("/d"),
            cluster: PathBuf::from("/d/pg"),
            socket_dir: PathBuf::from("/d/run"),
            log: PathBuf::from("/d/log/postgres.log"),
            lock: PathBuf::from("/d/dengbu.lock"),
            drop_to: None,
        };
        let programs = Programs {
            bin_dir: PathBuf::from("/bin"),
            major: "17".to_owned(),
        };
        explain(&layout, &programs, text)
    }

    #[test]
    fn the_servers_last_words_name_the_cause() {
        let full = "FATAL:  could not write lock file \"postmaster.pid\": No space left on device";
        assert!(matches!(explained(full), EngineError::DiskFull { .. }));
        let socket = "FATAL:  could not create any Unix-domain sockets";
        assert!(matches!(explained(socket), EngineError::SocketTaken { .. }));
        let lock = "FATAL:  lock file \"/d/run/.s.PGSQL.5432.lock\" already exists";
        assert!(matches!(explained(lock), EngineError::SocketTaken { .. }));
        let pid = "FATAL:  lock file \"postmaster.pid\" already exists";
        assert!(matches!(explained(pid), EngineError::InUse { .. }));
        let rights = "FATAL:  could not open file \"x\": Permission denied";
        assert!(matches!(explained(rights), EngineError::Permission { .. }));
        let loader = "postgres: error while loading shared libraries: libicuuc.so.60: cannot open";
        assert!(matches!(
            explained(loader),
            EngineError::ProgramBroken { .. }
        ));
        // the line about listening is no sign of a taken socket
        let wal = "2026-11-23 15:12:43.070 CST [7] LOG:  listening on Unix socket \"/d/run/.s.PGSQL.5432\"\n\
            2026-11-23 15:12:43.080 CST [8] PANIC:  could not locate a valid checkpoint record at 0/15D";
        assert!(matches!(
            explained(wal),
            EngineError::Damaged { reason, .. }
                if reason == "could not locate a valid checkpoint record at 0/15D"
        ));
        assert!(is_passing(
            "FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use"
        ));
    }

    #[test]
    fn unknown_words_are_passed_on_shortened() {
        let text: String = (0..20).map(|n| format!("line {n}\n\n")).collect();
        let EngineError::StartFailed { tail, .. } = explained(&text) else {
            panic!("not passed on");
        };
        assert!(
            tail.starts_with("line 12") && tail.ends_with("line 19"),
            "{tail}"
        );
    }
}
