//! Access databases through mdbtools (`mdb-tables`, `mdb-export`), which must be installed.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use encoding_rs::UTF_8;

use crate::delimited;
use crate::error::SourceError;
use crate::source::{Entry, FileAt, Format, Open, OpenOptions, Records, TableInfo};

/// What to tell when the tools are missing.
const MISSING: &str = "读取 Access 数据库需要 mdbtools，本机没有安装。请安装 Debian 软件包 mdbtools（apt-get install mdbtools），或在 Access 中把各表导出为 CSV";

/// Opens a database: every table of the user's.
pub fn open(file: &FileAt, options: &OpenOptions) -> Result<Vec<Entry>, SourceError> {
    let names = output(
        Command::new("mdb-tables").arg("-1").arg(&file.path),
        &file.path,
    )?;
    let names = String::from_utf8_lossy(&names).into_owned();
    let mut entries = Vec::new();
    for name in names.lines().map(str::trim).filter(|n| !n.is_empty()) {
        let exported = export(file, name)?;
        let shown = FileAt {
            path: exported.to_path_buf(),
            shown: file.shown.clone(),
        };
        // The export is read as the CSV it is, in the UTF-8 that mdbtools writes.
        let mut told = options.clone();
        told.encodings.insert(shown.stem(), UTF_8.name().to_owned());
        let read = match delimited::open(&shown, &told) {
            Ok(read) => read,
            // A table without any field.
            Err(SourceError::Damaged { .. }) => continue,
            Err(other) => return Err(other),
        };
        for entry in read {
            let mut info = TableInfo::new(name, file, Format::Access);
            info.fields = entry.info.fields.clone();
            info.notes = entry.info.notes.clone();
            entries.push(Entry {
                info,
                open: Box::new(Exported {
                    csv: entry.open,
                    _file: exported.clone(),
                }),
            });
        }
    }
    if entries.is_empty() {
        return Err(SourceError::damaged(
            &file.path,
            "没有表，或不是完整的 Access 数据库",
        ));
    }
    Ok(entries)
}

/// A table written out; the file goes away with the last of its readers.
type TableFile = Arc<tempfile::TempPath>;

struct Exported {
    csv: Box<dyn Open>,
    _file: TableFile,
}

impl Open for Exported {
    fn records(&self) -> Result<Records, SourceError> {
        self.csv.records()
    }
}

/// Writes a table to a temporary CSV file, in flat memory.
fn export(file: &FileAt, table: &str) -> Result<TableFile, SourceError> {
    let io = |e| SourceError::Io {
        file: file.path.clone(),
        source: e,
    };
    let mut out = tempfile::Builder::new()
        .prefix("access-")
        .suffix(".csv")
        .tempfile()
        .map_err(io)?;
    let mut child = spawn(
        Command::new("mdb-export")
            .args(["-D", "%Y-%m-%d", "-T", "%Y-%m-%d %H:%M:%S", "-b", "strip"])
            .arg(&file.path)
            .arg(table),
    )?;
    if let Some(mut stdout) = child.stdout.take() {
        std::io::copy(&mut stdout, out.as_file_mut()).map_err(io)?;
    }
    out.as_file_mut().flush().map_err(io)?;
    finish(child, &file.path)?;
    Ok(Arc::new(out.into_temp_path()))
}

fn spawn(command: &mut Command) -> Result<Child, SourceError> {
    command
        .env("LC_ALL", "C.UTF-8")
        // Texts of Access 97 are in the code page of the machine that wrote them.
        .env("MDB_JET3_CHARSET", "GBK")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // It writes a line for every doubtful page; a full pipe would stop it.
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => SourceError::Tool(MISSING.to_owned()),
            _ => SourceError::Tool(format!("mdbtools 无法运行：{e}")),
        })
}

fn finish(mut child: Child, path: &Path) -> Result<(), SourceError> {
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(SourceError::damaged(
            path,
            "无法作为 Access 数据库读取：文件损坏、有密码，或不是 MDB/ACCDB",
        )),
    }
}

fn output(command: &mut Command, path: &Path) -> Result<Vec<u8>, SourceError> {
    let mut child = spawn(command)?;
    let mut out = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let _ = stdout.take(1 << 20).read_to_end(&mut out);
    }
    finish(child, path)?;
    Ok(out)
}
