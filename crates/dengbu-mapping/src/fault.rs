//! What is wrong with a mapping file.

use serde::Serialize;

/// One fault, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{file} 第 {line} 行：{text}")]
pub struct Fault {
    /// Mapping file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What, in Chinese, with a suggestion where there is one.
    pub text: String,
}

/// All faults of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Faults(pub Vec<Fault>);

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// The known name nearest to a wrong one, if any is near.
pub(crate) fn nearest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    known
        .into_iter()
        .map(|k| {
            (
                strsim::jaro_winkler(&wrong.to_lowercase(), &k.to_lowercase()),
                k,
            )
        })
        .filter(|(likeness, _)| *likeness > 0.72)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k)
}

/// `没有字段“X”` with what was perhaps meant, or what there is.
pub(crate) fn unknown(what: &str, wrong: &str, known: &[&str]) -> String {
    match nearest(wrong, known.iter().copied()) {
        Some(near) => format!("没有{what}“{wrong}”，是否应为“{near}”？"),
        None if known.is_empty() => format!("没有{what}“{wrong}”"),
        None => {
            let some: Vec<&str> = known.iter().copied().take(30).collect();
            format!("没有{what}“{wrong}”。已有：{}", some.join("、"))
        }
    }
}
