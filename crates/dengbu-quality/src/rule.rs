//! Rules as data.
//!
//! Ids, categories and severities are those of the rule list gathered for the hand-over of
//! existing registration data (不动产登记存量数据成果汇交规范, TD/T 1067, and the sources named
//! there); wording, checks, tolerances and cases are ours and stand in `data/rules/*.toml`.

use crate::check::Check;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Must be mended before loading.
    #[serde(rename = "强制")]
    Mandatory,
    /// To be looked at.
    #[serde(rename = "警告")]
    Warning,
}

impl Severity {
    /// 强制 or 警告.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mandatory => "强制",
            Self::Warning => "警告",
        }
    }
}

/// What a rule is about, in the order of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Category {
    /// 结构.
    #[serde(rename = "结构")]
    Structure,
    /// 属性.
    #[serde(rename = "属性")]
    Attribute,
    /// 逻辑一致性.
    #[serde(rename = "逻辑一致性")]
    Logic,
    /// 空间拓扑.
    #[serde(rename = "空间拓扑")]
    Topology,
    /// 关联.
    #[serde(rename = "关联")]
    Relation,
    /// 权利关系.
    #[serde(rename = "权利关系")]
    Right,
}

impl Category {
    /// All, in order.
    pub const ALL: [Self; 6] = [
        Self::Structure,
        Self::Attribute,
        Self::Logic,
        Self::Topology,
        Self::Relation,
        Self::Right,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Structure => "结构",
            Self::Attribute => "属性",
            Self::Logic => "逻辑一致性",
            Self::Topology => "空间拓扑",
            Self::Relation => "关联",
            Self::Right => "权利关系",
        }
    }

    fn of(id: &str) -> Option<Self> {
        Some(match id.get(3..6)? {
            "STR" => Self::Structure,
            "ATT" => Self::Attribute,
            "LOG" => Self::Logic,
            "TOP" => Self::Topology,
            "REL" => Self::Relation,
            "RGT" => Self::Right,
            _ => return None,
        })
    }
}

/// What a rule looks at to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One row by itself.
    Row,
    /// Rows of one table together.
    Group,
    /// Rows of several tables.
    Relation,
    /// Shapes.
    Spatial,
}

/// One rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// DQ-ATT-006.
    pub id: String,
    /// How grave.
    pub severity: Severity,
    /// Standard tables it looks at; `@rights` stands for all tables of rights, `*` for all.
    pub tables: Vec<String>,
    /// What must hold.
    pub title: String,
    /// What to do about a finding.
    #[serde(default)]
    pub action: String,
    /// Why it is not judged here, where it isn't: by whom it is, or what is lacking for it.
    #[serde(default)]
    pub elsewhere: String,
    /// Name of the function that judges it, where the small language does not do.
    #[serde(default)]
    pub special: String,
    /// Numbers the special function takes.
    #[serde(default)]
    pub parameters: BTreeMap<String, f64>,
    /// Checks in the small language.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// Cases that must not be found: a row of the first table, or rows by table.
    #[serde(default, skip_serializing)]
    pub good: Vec<toml::Table>,
    /// Cases that must be found.
    #[serde(default, skip_serializing)]
    pub bad: Vec<toml::Table>,
}

impl Rule {
    /// What it is about, from its id.
    pub fn category(&self) -> Category {
        Category::of(&self.id).unwrap_or(Category::Structure)
    }

    /// Whether it is judged here.
    pub fn applies(&self) -> bool {
        self.elsewhere.is_empty()
    }

    /// What it looks at.
    pub fn scope(&self) -> Scope {
        if self.category() == Category::Topology || self.id == "DQ-STR-012" {
            Scope::Spatial
        } else if self.checks.iter().any(|c| c.must.relates()) {
            Scope::Relation
        } else if self.checks.iter().any(|c| c.must.groups()) {
            Scope::Group
        } else if self.special.is_empty() {
            Scope::Row
        } else if self.tables.len() > 1 {
            Scope::Relation
        } else {
            Scope::Group
        }
    }

    /// A number of the special function.
    pub fn parameter(&self, name: &str) -> f64 {
        self.parameters.get(name).copied().unwrap_or(0.0)
    }

    /// Tables with `@rights` and `*` written out.
    pub fn standard_tables(&self) -> Vec<&str> {
        let tables = self.tables.iter().map(String::as_str);
        tables
            .flat_map(|t| match t {
                "@rights" => RIGHTS.to_vec(),
                other => vec![other],
            })
            .collect()
    }
}

/// All tables of rights (全部权利表).
pub const RIGHTS: [&str; 19] = [
    "TDSYQ", "JSYDSYQ", "NYDSYQ", "FDCQ1", "FDCQ2", "FDCQ3", "GJZWSYQ", "LQ", "HYSYQ", "QTXGQL",
    "DYAQ", "DYIQ", "JZQ", "YGDJ", "YYDJ", "CFDJ", "ZXDJ", "GZDJ", "XZDY",
];

/// A set of rules that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// Not readable.
    #[error("质检规则文件有误：{0}")]
    Unreadable(String),
    /// A rule twice.
    #[error("质检规则 {0} 出现两次")]
    Twice(String),
    /// A rule that cannot be run.
    #[error("质检规则 {id}：{what}")]
    Unusable {
        /// Which.
        id: String,
        /// Why.
        what: String,
    },
}

/// All rules with their version.
#[derive(Debug, Clone, Serialize)]
pub struct RuleSet {
    /// Version, written into reports.
    pub version: String,
    /// Rules in the order of their categories and numbers.
    pub rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Rule>,
}

/// Version of the rules in `data/rules`.
pub const VERSION: &str = "2026.11-1";

const FILES: [&str; 6] = [
    include_str!("../data/rules/structure.toml"),
    include_str!("../data/rules/attribute.toml"),
    include_str!("../data/rules/logic.toml"),
    include_str!("../data/rules/topology.toml"),
    include_str!("../data/rules/relation.toml"),
    include_str!("../data/rules/right.toml"),
];

impl RuleSet {
    /// The rules built in.
    ///
    /// # Errors
    /// Never for the data built in; a test reads it.
    pub fn standard() -> Result<Self, RuleError> {
        Self::parse(VERSION, &FILES)
    }

    /// Rules from TOML texts, for an authority that has its own.
    ///
    /// # Errors
    /// [`RuleError`] that names the rule.
    pub fn parse(version: &str, texts: &[&str]) -> Result<Self, RuleError> {
        let mut rules: Vec<Rule> = Vec::new();
        for text in texts {
            let file: File =
                toml::from_str(text).map_err(|e| RuleError::Unreadable(e.to_string()))?;
            rules.extend(file.rule);
        }
        rules.sort_by(|a, b| (a.category(), &a.id).cmp(&(b.category(), &b.id)));
        if let Some(pair) = rules.windows(2).find(|w| w[0].id == w[1].id) {
            return Err(RuleError::Twice(pair[0].id.clone()));
        }
        for rule in &rules {
            usable(rule).map_err(|what| RuleError::Unusable {
                id: rule.id.clone(),
                what,
            })?;
        }
        Ok(Self {
            version: version.to_owned(),
            rules,
        })
    }

    /// A rule by its id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.id == id)
    }
}

fn usable(rule: &Rule) -> Result<(), String> {
    if Category::of(&rule.id).is_none() {
        return Err("编号不合格式".to_owned());
    }
    let judged = !rule.checks.is_empty() || !rule.special.is_empty();
    if rule.applies() != judged {
        return Err("须有检查内容，或者说明不在此处检查的原因".to_owned());
    }
    if !rule.special.is_empty() && !crate::special::known(&rule.special) {
        return Err(format!("没有检查程序“{}”", rule.special));
    }
    rule.checks.iter().try_for_each(Check::usable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_cannot_run_are_refused() {
        let rule = |rest: &str| {
            format!("[[rule]]\nid='DQ-ATT-001'\nseverity='强制'\ntables=['H']\ntitle='甲'\n{rest}")
        };
        let parse = |text: &str| {
            RuleSet::parse("1", &[text])
                .map(|_| ())
                .map_err(|e| e.to_string())
        };
        assert!(parse(&rule("elsewhere='无'")).is_ok());
        assert!(parse(&rule("")).is_err());
        assert!(
            parse(&rule("special='nobody'"))
                .unwrap_err()
                .contains("nobody")
        );
        assert!(parse(&rule("checks=[{field='A',must='list'}]")).is_err());
        assert!(parse(&rule("checks=[{field='A',must='list',list=['没有']}]")).is_err());
        assert!(parse("[[rule]]\nid='X'").is_err());
        let twice = rule("elsewhere='无'");
        assert!(RuleSet::parse("1", &[&twice, &twice]).is_err());
    }
}
