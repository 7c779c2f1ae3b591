//! A mapping file as an editor shows it: tables, the rows they become, the fields of each.
//!
//! Taken from the text as it stands, right or wrong, so that a person sees what is to be mended.

use dengbu_staging::Schema;
use serde::{Deserialize, Serialize};
use toml_edit::{Document, Item, Table, TableLike, Value};

/// A mapping file, outlined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = MappingOutline))]
pub struct Outline {
    /// Tables of the source in the order of the file.
    pub tables: Vec<OutlineTable>,
}

/// A table of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutlineTable {
    /// Its line.
    pub line: usize,
    /// Table of the source.
    pub from: String,
    /// What identifies a record: a field's name or a text with names in braces.
    pub id: String,
    /// Standard rows made of each record.
    pub rows: Vec<OutlineRow>,
}

/// A standard row made of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutlineRow {
    /// Its line.
    pub line: usize,
    /// Standard table (H).
    pub table: String,
    /// Its name in Chinese.
    pub table_name: String,
    /// Number among the rows of the same standard table, from 0.
    pub nth: usize,
    /// Further settings (each, names, ids, when …) as name and written value.
    pub settings: Vec<(String, String)>,
    /// Fields.
    pub fields: Vec<OutlineField>,
}

/// A field of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutlineField {
    /// Its line.
    pub line: usize,
    /// Field code.
    pub to: String,
    /// Its name in Chinese; empty when there is no such field.
    pub name: String,
    /// Where its value comes from and how it is read.
    pub rule: Rule,
}

/// Where a value comes from and how it is read; empty: not said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = MappingRule))]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// Field of the source, or a text with names in braces.
    pub field: String,
    /// The same value for all instead of a field.
    pub value: String,
    /// Transform (`as`).
    pub transform: String,
    /// Code lists.
    pub list: String,
    /// Unit.
    pub unit: String,
    /// Field that tells the unit.
    pub unit_field: String,
    /// Separator of which one part is taken.
    pub split: String,
    /// Which part, from 1; 0: not said.
    pub part: u32,
    /// Must have come (dates).
    pub past: bool,
}

/// Settings of a row that are no fields.
pub(crate) const SETTINGS: [&str; 8] = [
    "each", "names", "ids", "kinds", "shares", "text", "when", "shape",
];

/// Outlines a file; none when it is no TOML.
#[must_use]
pub fn outline(text: &str) -> Option<Outline> {
    let document = Document::parse(text).ok()?;
    let lines = Lines(text);
    let tables = match document.get("table") {
        Some(Item::ArrayOfTables(list)) => list.iter().map(|t| lines.table(t)).collect(),
        _ => Vec::new(),
    };
    Some(Outline { tables })
}

struct Lines<'a>(&'a str);

impl Lines<'_> {
    fn of(&self, span: Option<std::ops::Range<usize>>) -> usize {
        span.and_then(|s| self.0.get(..s.start))
            .map_or(1, |t| t.matches('\n').count() + 1)
    }

    fn table(&self, table: &Table) -> OutlineTable {
        let mut rows: Vec<(usize, OutlineRow)> = Vec::new();
        for (code, item) in table.iter() {
            if matches!(code, "from" | "name" | "encoding" | "id" | "skip") {
                continue;
            }
            match item {
                Item::ArrayOfTables(list) => {
                    for (nth, one) in list.iter().enumerate() {
                        let row = self.row(code, nth, one, one.span());
                        rows.push((one.span().map_or(0, |s| s.start), row));
                    }
                }
                other => {
                    if let Some(one) = other.as_table_like() {
                        let row = self.row(code, 0, one, other.span());
                        rows.push((other.span().map_or(0, |s| s.start), row));
                    }
                }
            }
        }
        rows.sort_by_key(|(at, _)| *at);
        let word = |key: &str| table.get(key).map(written).unwrap_or_default();
        OutlineTable {
            line: self.of(table.span()),
            from: word("from"),
            id: word("id"),
            rows: rows.into_iter().map(|(_, row)| row).collect(),
        }
    }

    fn row(
        &self,
        code: &str,
        nth: usize,
        table: &dyn TableLike,
        span: Option<std::ops::Range<usize>>,
    ) -> OutlineRow {
        let def = Schema::standard().table(code);
        let (mut settings, mut fields) = (Vec::new(), Vec::new());
        for (key, item) in table.iter() {
            if SETTINGS.contains(&key) {
                settings.push((key.to_owned(), written(item)));
            } else {
                fields.push(OutlineField {
                    line: self.of(item.span()),
                    to: key.to_owned(),
                    name: field_name(def, key),
                    rule: rule(item),
                });
            }
        }
        OutlineRow {
            line: self.of(span),
            table: code.to_owned(),
            table_name: def.map_or_else(String::new, |d| d.name_zh.clone()),
            nth,
            settings,
            fields,
        }
    }
}

/// The Chinese name of a field of the standard or of ours.
pub(crate) fn field_name(def: Option<&dengbu_staging::TableDef>, code: &str) -> String {
    let ours = dengbu_staging::extension::ALL
        .iter()
        .find(|(c, _)| *c == code);
    def.and_then(|d| d.field(code))
        .map(|f| f.name_zh.clone())
        .or_else(|| ours.map(|(_, name)| (*name).to_owned()))
        .unwrap_or_default()
}

/// A value as text; a list of fields as names in braces.
fn written(item: &Item) -> String {
    match item.as_value() {
        Some(Value::String(text)) => text.value().clone(),
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(Value::as_str)
            .map(|name| format!("{{{name}}}"))
            .collect(),
        Some(other) => other.to_string().trim().to_owned(),
        None => String::new(),
    }
}

fn rule(item: &Item) -> Rule {
    let Some(table) = item.as_table_like() else {
        return Rule {
            field: written(item),
            ..Rule::default()
        };
    };
    let word = |key: &str| table.get(key).map(written).unwrap_or_default();
    Rule {
        field: word("field"),
        value: word("value"),
        transform: word("as"),
        list: word("list"),
        unit: word("unit"),
        unit_field: word("unit_field"),
        split: word("split"),
        part: word("part").parse().unwrap_or(0),
        past: table.get("past").and_then(Item::as_bool).unwrap_or(false),
    }
}
