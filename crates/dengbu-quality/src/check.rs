//! The small language of row, group and reference checks.

use crate::finding::Kind;
use crate::form::Form;
use crate::rule::Severity;
use dengbu_model::codes;
use serde::{Deserialize, Serialize};

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Must {
    /// Something stands in the field.
    Filled,
    /// Nothing stands in it.
    Empty,
    /// Of all fields either none or every one is filled (`of`).
    AllOrNone,
    /// At least one of the fields is a number above zero (`of`).
    OnePositive,
    /// A number above zero.
    Positive,
    /// A number not below zero.
    NotNegative,
    /// A whole number other than zero.
    WholeNotZero,
    /// A number between `low` and `high`.
    Between,
    /// At least `low` characters.
    LongEnough,
    /// A code of one of the lists (`list`); longer codes by their leading part with `prefix`.
    List,
    /// One of the values (`values`).
    OneOf,
    /// Of a form (`form`).
    Form,
    /// A day that has come.
    PastDate,
    /// A day.
    Date,
    /// The same as characters `from`..=`to` (from 1) of the field `of`.
    PartOf,
    /// The same as the field `of` with `suffix` behind it.
    WithSuffix,
    /// The sum of the fields `of`, within `tolerance`.
    Sum,
    /// The product of the fields `of`, within `tolerance`.
    Product,
    /// A number not above the field `of`, by `tolerance`.
    NotAbove,
    /// A day not behind the field `of`.
    NotAfter,
    /// A ratio to the field `of` between `low` and `high`.
    Ratio,
    /// The same text as the field `of`.
    SameAs,
    /// Another text than the field `of`.
    Differs,
    /// No other row has the same `fields`.
    Unique,
    /// Rows with the same `fields` are numbered from 1 on without gap.
    Consecutive,
    /// Rows with the same `fields` agree in it.
    Agree,
    /// A row of table `in_table` has this value in `in_field`.
    Exists,
    /// A row of table `in_table` with the same key (`fields` = `in_fields`) has the same value in
    /// `in_field`, numbers within `tolerance`.
    Matches,
    /// There is no row at all.
    NoRow,
}

impl Must {
    /// Looks at rows of other tables.
    pub fn relates(self) -> bool {
        matches!(self, Self::Exists | Self::Matches)
    }

    /// Looks at several rows of its table.
    pub fn groups(self) -> bool {
        matches!(
            self,
            Self::Unique | Self::Consecutive | Self::Agree | Self::NoRow
        )
    }
}

/// When a check is made: the field has one of the values (`""` for empty, `"+"` for anything).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The field.
    pub field: String,
    /// Characters `from`..=`to` of it, from 1; all when 0.
    #[serde(default)]
    pub from: usize,
    /// See `from`.
    #[serde(default)]
    pub to: usize,
    /// Its values.
    #[serde(default, rename = "in")]
    pub among: Vec<String>,
    /// Or none of these.
    #[serde(default)]
    pub not_in: Vec<String>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Tables, where not all of the rule's.
    #[serde(default)]
    pub tables: Vec<String>,
    /// The field; several: the check is made for each.
    #[serde(default)]
    pub field: Fields,
    /// What must hold.
    pub must: Must,
    /// Only then.
    #[serde(default)]
    pub when: Vec<When>,
    /// Names of code lists.
    #[serde(default)]
    pub list: Vec<String>,
    /// A leading part of the code is enough (subclasses of a list).
    #[serde(default)]
    pub prefix: bool,
    /// Values.
    #[serde(default)]
    pub values: Vec<String>,
    /// Form.
    #[serde(default)]
    pub form: Option<Form>,
    /// Other fields of the row.
    #[serde(default)]
    pub of: Vec<String>,
    /// Key of a group or relation.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Table referred to.
    #[serde(default)]
    pub in_table: String,
    /// Field referred to.
    #[serde(default)]
    pub in_field: String,
    /// Key there, where its names differ.
    #[serde(default)]
    pub in_fields: Vec<String>,
    /// Behind it.
    #[serde(default)]
    pub suffix: String,
    /// First character, from 1.
    #[serde(default)]
    pub from: usize,
    /// Last character.
    #[serde(default)]
    pub to: usize,
    /// Least.
    #[serde(default)]
    pub low: f64,
    /// Greatest.
    #[serde(default)]
    pub high: f64,
    /// Absolute tolerance.
    #[serde(default)]
    pub tolerance: f64,
    /// Relative tolerance, of the greater value; the more generous of both counts.
    #[serde(default)]
    pub part: f64,
    /// Class of defect.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// Severity, where other than the rule's.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// What to say, where the usual sentence does not do.
    #[serde(default)]
    pub say: String,
}

/// One field or several.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fields {
    /// None: the row as a whole.
    #[default]
    None,
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Fields {
    /// Each in turn; the empty name for none.
    pub fn each(&self) -> Vec<&str> {
        match self {
            Self::None => vec![""],
            Self::One(one) => vec![one],
            Self::Many(many) => many.iter().map(String::as_str).collect(),
        }
    }
}

impl Check {
    /// Whether it has what it needs.
    ///
    /// # Errors
    /// What is missing, for the author of rules.
    pub fn usable(&self) -> Result<(), String> {
        let need = |there: bool, what: &str| {
            if there {
                Ok(())
            } else {
                Err(format!("检查 {:?} 缺少 {what}", self.must))
            }
        };
        let field = self.field != Fields::None;
        match self.must {
            Must::AllOrNone | Must::OnePositive => need(self.of.len() > 1, "of"),
            Must::Unique => need(!self.fields.is_empty(), "fields"),
            Must::NoRow => Ok(()),
            Must::Consecutive | Must::Agree => {
                need(field && !self.fields.is_empty(), "field、fields")
            }
            Must::List => {
                need(field && !self.list.is_empty(), "field、list")?;
                let unknown = self.list.iter().find(|l| codes::list(l).is_none());
                unknown.map_or(Ok(()), |l| Err(format!("没有代码表“{l}”")))
            }
            Must::OneOf => need(field && !self.values.is_empty(), "field、values"),
            Must::Form => need(field && self.form.is_some(), "field、form"),
            Must::PartOf => need(
                field && self.of.len() == 1 && (1..=self.to).contains(&self.from),
                "field、of、from、to",
            ),
            Must::Sum | Must::Product => need(field && self.of.len() > 1, "field、of"),
            Must::NotAbove
            | Must::NotAfter
            | Must::Ratio
            | Must::SameAs
            | Must::Differs
            | Must::WithSuffix => need(field && self.of.len() == 1, "field、of"),
            Must::Exists => need(
                field && !self.in_table.is_empty() && !self.in_field.is_empty(),
                "field、in_table、in_field",
            ),
            Must::Matches => need(
                field
                    && !self.in_table.is_empty()
                    && !self.in_field.is_empty()
                    && !self.fields.is_empty(),
                "field、fields、in_table、in_field",
            ),
            _ => need(field, "field"),
        }
    }
}
