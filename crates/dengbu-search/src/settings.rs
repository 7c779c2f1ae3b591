//! What an authority sets about searches: key `search` of its settings. What is not there has the
//! default below; no instrument fixes these, each authority answers for its own.

use std::collections::BTreeMap;

use dengbu_model::right::RightType;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The key within an authority's settings.
pub const SETTINGS_KEY: &str = "search";

/// What counts as a dwelling registered in somebody's name (有房无房 口径).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HoldingRules {
    /// Right types that count.
    pub right_types: Vec<RightType>,
    /// Whether a noticed purchase (买卖预告登记) counts.
    pub include_notices: bool,
    /// Whether houses on homesteads count (农村房屋).
    pub include_rural: bool,
    /// Uses that do not count, codes of 房屋用途 and their beginnings (say parking places).
    pub skip_uses: Vec<String>,
}

impl Default for HoldingRules {
    fn default() -> Self {
        Self {
            right_types: vec![
                RightType::StateConstructionLandAndBuilding,
                RightType::CollectiveConstructionLandAndBuilding,
                RightType::HomesteadAndBuilding,
            ],
            include_notices: true,
            include_rural: true,
            skip_uses: Vec::new(),
        }
    }
}

/// A change of an anomaly rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnomalyLimit {
    /// More than this raises an alert.
    pub limit: i64,
    /// Within so many hours.
    pub hours: i64,
}

/// Settings of one authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchSettings {
    /// Address under which the public reaches this server, for the QR code of papers.
    pub public_url: Option<String>,
    /// Units of one answer at most.
    pub units_max: usize,
    /// What counts as a dwelling.
    pub holding: HoldingRules,
    /// Anomaly rules changed, by code.
    pub anomalies: BTreeMap<String, AnomalyLimit>,
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self {
            public_url: None,
            units_max: 200,
            holding: HoldingRules::default(),
            anomalies: BTreeMap::new(),
        }
    }
}

impl SearchSettings {
    /// The settings of an authority; what cannot be read falls back to the default as a whole.
    #[must_use]
    pub fn of(settings: &Value) -> Self {
        settings
            .get(SETTINGS_KEY)
            .and_then(|v| serde_json::from_value(v.clone()).ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_set_has_its_default() {
        let s = SearchSettings::of(&json!({ "policy": {}, "search": { "units_max": 5,
            "holding": { "include_notices": false } } }));
        assert_eq!(s.units_max, 5);
        assert!(!s.holding.include_notices && s.holding.include_rural);
        assert_eq!(
            SearchSettings::of(&json!({ "search": { "units": 5 } })),
            SearchSettings::default()
        );
    }
}
