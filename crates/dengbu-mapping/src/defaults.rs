//! Mappings compiled in: those of the three legacy offices.

use crate::fault::Faults;
use crate::mapping::Mapping;

/// Files of the mappings, by source.
pub const FILES: [(&str, &str); 3] = [
    ("a-municipal", include_str!("../mappings/a-municipal.toml")),
    ("b-miyi", include_str!("../mappings/b-miyi.toml")),
    ("c-yanbian", include_str!("../mappings/c-yanbian.toml")),
];

/// The text of the mapping of a source (a-municipal), when one is compiled in.
#[must_use]
pub fn text(source: &str) -> Option<&'static str> {
    FILES
        .iter()
        .find(|(name, _)| *name == source)
        .map(|(_, text)| *text)
}

/// The mapping of a source, when one is compiled in.
///
/// # Errors
/// Never for what is compiled in: a test reads all of them.
pub fn mapping(source: &str) -> Option<Result<Mapping, Faults>> {
    text(source).map(|text| Mapping::parse(text, &format!("{source}.toml")))
}
