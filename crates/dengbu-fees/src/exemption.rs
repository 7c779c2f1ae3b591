//! Reasons for which a registration fee is reduced (减免).

use std::sync::LazyLock;

use serde::Deserialize;

use crate::DataFault;
use crate::dated;

/// A reason.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// What is still charged.
    pub leaves: Leaves,
    /// What shows it.
    pub evidence: String,
    /// Where it comes from.
    pub source: String,
    /// What is not certain about it.
    #[serde(default)]
    pub unverified: Option<String>,
}

/// What an exemption leaves to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaves {
    /// Nothing.
    Nothing,
    /// The paper of each certificate (工本费).
    Paper,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    exemption: Vec<Exemption>,
}

/// Reads the reasons compiled in.
///
/// # Errors
/// [`DataFault`].
pub fn compiled() -> Result<Vec<Exemption>, DataFault> {
    Ok(dated::read::<File>("exemptions.toml", include_str!("../data/exemptions.toml"))?.exemption)
}

static EXEMPTIONS: LazyLock<Vec<Exemption>> = LazyLock::new(|| {
    #[expect(
        clippy::panic,
        reason = "compiled in and read by the tests of this room"
    )]
    compiled().unwrap_or_else(|e| panic!("{e}"))
});

/// All reasons in the order of the file.
#[must_use]
pub fn all() -> &'static [Exemption] {
    &EXEMPTIONS
}

/// The reason with this code.
#[must_use]
pub fn of(code: &str) -> Option<&'static Exemption> {
    EXEMPTIONS.iter().find(|e| e.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_sourced() {
        let mut codes: Vec<_> = all().iter().map(|e| &e.code).collect();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), all().len());
        assert!(
            all()
                .iter()
                .all(|e| !e.source.is_empty() && !e.evidence.is_empty())
        );
        assert_eq!(of("spouses").unwrap().leaves, Leaves::Paper);
    }
}
