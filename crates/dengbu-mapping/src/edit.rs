//! Changes to a mapping file made field by field: the text around stays as a person wrote it,
//! comments too.

use serde::{Deserialize, Serialize};
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::outline::Rule;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = MappingEdit))]
#[serde(rename_all = "snake_case", tag = "edit")]
pub enum Edit {
    /// A field is read like this, whether it was there or not.
    SetField {
        /// Table of the source.
        from: String,
        /// Standard table.
        table: String,
        /// Number among the rows of this standard table.
        nth: usize,
        /// Field code.
        to: String,
        /// Where its value comes from.
        rule: Rule,
    },
    /// A field is left out.
    RemoveField {
        /// Table of the source.
        from: String,
        /// Standard table.
        table: String,
        /// Number among the rows of this standard table.
        nth: usize,
        /// Field code.
        to: String,
    },
    /// A further standard row is made of each record.
    AddRow {
        /// Table of the source.
        from: String,
        /// Standard table.
        table: String,
    },
    /// A standard row is not made any more.
    RemoveRow {
        /// Table of the source.
        from: String,
        /// Standard table.
        table: String,
        /// Number among the rows of this standard table.
        nth: usize,
    },
    /// A table of the source is mapped.
    AddTable {
        /// Table of the source.
        from: String,
        /// What identifies a record.
        id: String,
    },
    /// A table of the source is left out.
    RemoveTable {
        /// Table of the source.
        from: String,
    },
    /// What identifies a record.
    SetId {
        /// Table of the source.
        from: String,
        /// A field's name or a text with names in braces.
        id: String,
    },
}

/// Why a change cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The text is no TOML.
    #[error("对照文件不符合 TOML 格式，请先在文本中改正：{0}")]
    Syntax(String),
    /// What is to be changed is not there.
    #[error("对照文件中没有{0}，请重新载入")]
    Missing(String),
    /// It is there already.
    #[error("对照文件中已有{0}")]
    Twice(String),
    /// It is written in a form only the text can change.
    #[error("“{0}”的写法较特殊，请在文本中修改")]
    Form(String),
}

/// Makes changes one after the other.
///
/// # Errors
/// [`EditError`]; the text is then to be left as it was.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut document: DocumentMut = text
        .parse()
        .map_err(|e: toml_edit::TomlError| EditError::Syntax(e.message().to_owned()))?;
    for edit in edits {
        one(&mut document, edit)?;
    }
    Ok(document.to_string())
}

fn one(document: &mut DocumentMut, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::SetField {
            from,
            table,
            nth,
            to,
            rule,
        } => {
            let row = row(find(document, from)?, table, *nth)?;
            set(row, to, value(rule));
        }
        Edit::RemoveField {
            from,
            table,
            nth,
            to,
        } => {
            let row = row(find(document, from)?, table, *nth)?;
            row.remove(to)
                .ok_or_else(|| EditError::Missing(format!("字段 {to}")))?;
        }
        Edit::AddRow { from, table } => add_row(find(document, from)?, table)?,
        Edit::RemoveRow { from, table, nth } => remove_row(find(document, from)?, table, *nth)?,
        Edit::AddTable { from, id } => {
            if find(document, from).is_ok() {
                return Err(EditError::Twice(format!("来源表“{from}”")));
            }
            let mut made = Table::new();
            made.insert("from", toml_edit::value(from.as_str()));
            made.insert("id", toml_edit::value(id.as_str()));
            made.decor_mut().set_prefix("\n");
            let list = document
                .entry("table")
                .or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
            list.as_array_of_tables_mut()
                .ok_or_else(|| EditError::Form("table".to_owned()))?
                .push(made);
        }
        Edit::RemoveTable { from } => {
            let at = position(document, from)?;
            if let Some(list) = document
                .get_mut("table")
                .and_then(Item::as_array_of_tables_mut)
            {
                list.remove(at);
            }
        }
        Edit::SetId { from, id } => {
            set(find(document, from)?, "id", Value::from(id.as_str()));
        }
    }
    Ok(())
}

fn position(document: &DocumentMut, from: &str) -> Result<usize, EditError> {
    document
        .get("table")
        .and_then(Item::as_array_of_tables)
        .and_then(|list| {
            list.iter()
                .position(|t| t.get("from").and_then(Item::as_str) == Some(from))
        })
        .ok_or_else(|| EditError::Missing(format!("来源表“{from}”")))
}

fn find<'d>(document: &'d mut DocumentMut, from: &str) -> Result<&'d mut Table, EditError> {
    let at = position(document, from)?;
    document
        .get_mut("table")
        .and_then(Item::as_array_of_tables_mut)
        .and_then(|list| list.get_mut(at))
        .ok_or_else(|| EditError::Missing(format!("来源表“{from}”")))
}

fn row<'t>(of: &'t mut Table, table: &str, nth: usize) -> Result<&'t mut dyn TableLike, EditError> {
    let missing = || EditError::Missing(format!("标准表 {table} 的第 {} 种行", nth + 1));
    match of.get_mut(table) {
        None => Err(missing()),
        Some(Item::ArrayOfTables(list)) => match list.get_mut(nth) {
            Some(one) => Ok(one),
            None => Err(missing()),
        },
        Some(_) if nth > 0 => Err(missing()),
        Some(item) => item
            .as_table_like_mut()
            .ok_or_else(|| EditError::Form(table.to_owned())),
    }
}

fn add_row(of: &mut Table, table: &str) -> Result<(), EditError> {
    match of.get_mut(table) {
        None => {
            of.insert(table, Item::Table(Table::new()));
        }
        Some(Item::ArrayOfTables(list)) => list.push(Table::new()),
        Some(item @ Item::Table(_)) => {
            let mut list = ArrayOfTables::new();
            if let Item::Table(first) = std::mem::take(item) {
                list.push(first);
            }
            list.push(Table::new());
            *item = Item::ArrayOfTables(list);
        }
        Some(_) => return Err(EditError::Form(table.to_owned())),
    }
    Ok(())
}

fn remove_row(of: &mut Table, table: &str, nth: usize) -> Result<(), EditError> {
    let missing = || EditError::Missing(format!("标准表 {table} 的第 {} 种行", nth + 1));
    match of.get_mut(table) {
        Some(Item::ArrayOfTables(list)) if nth < list.len() => {
            list.remove(nth);
            if list.is_empty() {
                of.remove(table);
            }
            Ok(())
        }
        Some(item) if nth == 0 && !item.is_array_of_tables() => {
            of.remove(table);
            Ok(())
        }
        _ => Err(missing()),
    }
}

/// Puts a value in the place of another, with the comment behind it. The wish that a person look
/// at it is fulfilled.
fn set(of: &mut dyn TableLike, key: &str, mut value: Value) {
    if let Some(old) = of.get(key).and_then(Item::as_value) {
        let comment = old.decor().suffix().and_then(|s| s.as_str());
        if let Some(comment) = comment.filter(|c| !c.contains("请核对")) {
            let comment = comment.to_owned();
            value.decor_mut().set_suffix(comment);
        }
        value.decor_mut().set_prefix(" ");
    }
    match of.get_mut(key) {
        Some(item) => *item = Item::Value(value),
        None => {
            of.insert(key, Item::Value(value));
        }
    }
}

fn value(rule: &Rule) -> Value {
    let plain = Rule {
        field: rule.field.clone(),
        ..Rule::default()
    };
    if *rule == plain {
        return Value::from(rule.field.as_str());
    }
    let mut table = InlineTable::new();
    // a fixed value stands in the place of a field
    let source = if rule.value.is_empty() {
        ("field", &rule.field)
    } else {
        ("value", &rule.value)
    };
    for (key, text) in [
        source,
        ("split", &rule.split),
        ("as", &rule.transform),
        ("list", &rule.list),
        ("unit", &rule.unit),
        ("unit_field", &rule.unit_field),
    ] {
        if !text.is_empty() || key == source.0 {
            table.insert(key, Value::from(text.as_str()));
        }
        if key == "split" && !text.is_empty() && rule.part > 0 {
            table.insert("part", Value::from(i64::from(rule.part)));
        }
    }
    if rule.past {
        table.insert("past", Value::from(true));
    }
    Value::InlineTable(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::defaults;
    use crate::mapping::Mapping;
    use crate::outline::outline;

    fn set_field(from: &str, table: &str, to: &str, rule: Rule) -> Edit {
        Edit::SetField {
            from: from.to_owned(),
            table: table.to_owned(),
            nth: 0,
            to: to.to_owned(),
            rule,
        }
    }

    fn field(name: &str) -> Rule {
        Rule {
            field: name.to_owned(),
            ..Rule::default()
        }
    }

    #[test]
    fn what_is_not_changed_stays_as_it_was_written() {
        for (_, text) in defaults::FILES {
            assert_eq!(apply(text, &[]).unwrap(), text);
        }
        let text = defaults::text("b-miyi").unwrap();
        let rule = Rule {
            transform: "code".to_owned(),
            list: "房屋性质".to_owned(),
            ..field("FWLX2")
        };
        let edited = apply(text, &[set_field("H", "H", "FWXZ", rule)]).unwrap();
        let changed: Vec<_> = text
            .lines()
            .zip(edited.lines())
            .filter(|(a, b)| a != b)
            .collect();
        assert_eq!(changed.len(), 1, "{changed:?}");
        assert!(changed[0].1.contains("FWLX2") && changed[0].1.contains("# 原系统的 FWLX"));
    }

    #[test]
    fn a_mapping_can_be_made_from_nothing_field_by_field() {
        let from = || "台账".to_owned();
        let edits = [
            Edit::AddTable {
                from: from(),
                id: "{$part}!{序号}".to_owned(),
            },
            Edit::AddRow {
                from: from(),
                table: "H".to_owned(),
            },
            set_field("台账", "H", "ZL", field("坐落")),
            set_field(
                "台账",
                "H",
                "X_STOREY",
                Rule {
                    split: "/".to_owned(),
                    part: 1,
                    transform: "integer".to_owned(),
                    ..field("层/总层")
                },
            ),
            Edit::AddRow {
                from: from(),
                table: "QLR".to_owned(),
            },
            set_field("台账", "QLR", "QLRMC", field("姓名")),
            Edit::AddRow {
                from: from(),
                table: "QLR".to_owned(),
            },
            Edit::SetField {
                from: from(),
                table: "QLR".to_owned(),
                nth: 1,
                to: "QLRMC".to_owned(),
                rule: Rule {
                    value: "某公司".to_owned(),
                    ..Rule::default()
                },
            },
            Edit::AddTable {
                from: "抵押".to_owned(),
                id: "编号".to_owned(),
            },
            Edit::AddRow {
                from: "抵押".to_owned(),
                table: "DYAQ".to_owned(),
            },
            set_field("抵押", "DYAQ", "YWH", field("编号")),
        ];
        let text = apply("source = \"x\"\n", &edits).unwrap();
        let mapping = Mapping::parse(&text, "x.toml").unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(mapping.tables.len(), 2, "{text}");
        assert_eq!(mapping.tables[0].rows.len(), 3, "{text}");
        assert_eq!(mapping.tables[1].rows.len(), 1, "{text}");
        let shown = outline(&text).unwrap();
        let rows: Vec<_> = shown.tables[0]
            .rows
            .iter()
            .map(|r| (r.table.as_str(), r.nth, r.fields.len()))
            .collect();
        assert_eq!(rows, [("H", 0, 2), ("QLR", 0, 1), ("QLR", 1, 1)], "{text}");
        let storey = &shown.tables[0].rows[0].fields[1];
        assert_eq!((storey.rule.split.as_str(), storey.rule.part), ("/", 1));
        // and unmade again
        let less = apply(
            &text,
            &[
                Edit::RemoveField {
                    from: from(),
                    table: "H".to_owned(),
                    nth: 0,
                    to: "X_STOREY".to_owned(),
                },
                Edit::RemoveRow {
                    from: from(),
                    table: "QLR".to_owned(),
                    nth: 0,
                },
                Edit::RemoveTable {
                    from: "抵押".to_owned(),
                },
                Edit::SetId {
                    from: from(),
                    id: "序号".to_owned(),
                },
            ],
        )
        .unwrap();
        let shown = outline(&less).unwrap();
        assert_eq!(shown.tables.len(), 1);
        assert_eq!(shown.tables[0].id, "序号");
        assert_eq!(shown.tables[0].rows.len(), 2, "{less}");
        assert_eq!(shown.tables[0].rows[1].fields[0].rule.value, "某公司");
    }

    #[test]
    fn a_change_to_what_is_not_there_is_refused() {
        let text = "source = \"x\"\n[[table]]\nfrom = \"A\"\nid = \"B\"\n";
        let missing = apply(text, &[set_field("A", "H", "ZL", field("Z"))]);
        assert!(matches!(missing, Err(EditError::Missing(_))), "{missing:?}");
        let missing = apply(text, &[set_field("C", "H", "ZL", field("Z"))]);
        assert!(matches!(missing, Err(EditError::Missing(_))), "{missing:?}");
        let syntax = apply("a = [", &[]);
        assert!(matches!(syntax, Err(EditError::Syntax(_))), "{syntax:?}");
        assert_eq!(outline("a = ["), None);
    }

    #[test]
    fn lines_of_the_outline_are_those_of_the_file() {
        let text = defaults::text("b-miyi").unwrap();
        let shown = outline(text).unwrap();
        let mapping = Mapping::parse(text, "b.toml").unwrap();
        assert_eq!(shown.tables.len(), mapping.tables.len());
        for (a, b) in shown.tables.iter().zip(&mapping.tables) {
            assert_eq!(a.from, b.from);
            assert_eq!(a.rows.len(), b.rows.len());
            for field in a.rows.iter().flat_map(|r| &r.fields) {
                let line = text.lines().nth(field.line - 1).unwrap();
                assert!(line.starts_with(&field.to), "{}: {line}", field.line);
            }
        }
    }
}
