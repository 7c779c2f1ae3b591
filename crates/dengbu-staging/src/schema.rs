//! The tables and fields of the standard, compiled in as data.
//!
//! Source: 不动产登记数据库标准 (2015 trial edition, TD/T 1066—2021 layer), collected in
//! `data/standard-tables.csv` with the origin of every field in its last column.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Kind of values of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Text.
    Char,
    /// Whole number.
    Int,
    /// Decimal number.
    Float,
    /// Day, `YYYY-MM-DD`.
    Date,
    /// Day and time.
    DateTime,
    /// Document or picture, never staged in a column.
    Binary,
    /// Shape, staged beside the columns.
    Geometry,
}

/// 约束条件 of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    /// M: always.
    Mandatory,
    /// C: under a condition.
    Conditional,
    /// O: may be empty.
    Optional,
}

/// One field of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDef {
    /// 字段代码 (ZDDM).
    pub code: String,
    /// 字段名称 (宗地代码).
    pub name_zh: String,
    /// Kind of value.
    pub field_type: FieldType,
    /// Characters or digits; `None`: no limit given.
    pub length: Option<u32>,
    /// Digits after the point.
    pub decimals: Option<u32>,
    /// 值域: a dictionary's name, a range, or empty.
    pub value_domain: String,
    /// M, C or O.
    pub constraint: Constraint,
    /// Whether the field is of the 2015 standard itself (others: exchange, vendors, design).
    pub of_2015: bool,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDef {
    /// Short code (ZDJBXX).
    pub code: String,
    /// Name (宗地基本信息).
    pub name_zh: String,
    /// Fields in the standard's order.
    pub fields: Vec<FieldDef>,
}

impl TableDef {
    /// The field of a code.
    pub fn field(&self, code: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.code == code)
    }
}

/// All tables.
#[derive(Debug)]
pub struct Schema {
    tables: Vec<TableDef>,
    by_code: BTreeMap<String, usize>,
}

/// Exchange names of tables whose short name differs by more than the prefix.
const ALIASES: [(&str, &str); 8] = [
    ("QLT_FW_FDCQ_DZ", "FDCQ1"),
    ("QLT_FW_FDCQ_YZ", "FDCQ2"),
    ("QLF_FW_FDCQ_QFSYQ", "FDCQ3"),
    ("QLF_FW_FDCQ_DZ_XM", "FDCQ_XM"),
    ("QFSYQ", "FDCQ3"),
    ("DJSQ", "DJSQR"),
    ("DJSL", "DJSLSQ"),
    ("FDCQ", "FDCQ2"),
];

/// Prefixes of the exchange names (KTT_ZDJBXX, KTT_FW_H, QLF_QL_DYAQ, ZTT_GY_QLR).
const PREFIXES: [&str; 10] = [
    "KTT_FW_", "KTT_GY_", "KTT_", "KTF_QT_", "KTF_ZH_", "KTF_", "QLF_QL_", "QLT_QL_", "ZTT_GY_",
    "DJF_DJ_",
];

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| Schema::read(include_str!("../data/standard-tables.csv")));

impl Schema {
    /// The standard's schema.
    pub fn standard() -> &'static Schema {
        &SCHEMA
    }

    fn read(text: &str) -> Schema {
        let mut schema = Schema {
            tables: Vec::new(),
            by_code: BTreeMap::new(),
        };
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for row in reader.records().flatten() {
            let cell = |index: usize| row.get(index).unwrap_or_default();
            let at = *schema.by_code.entry(cell(0).to_owned()).or_insert_with(|| {
                schema.tables.push(TableDef {
                    code: cell(0).to_owned(),
                    name_zh: cell(1).to_owned(),
                    fields: Vec::new(),
                });
                schema.tables.len() - 1
            });
            if let Some(table) = schema.tables.get_mut(at) {
                table.fields.push(FieldDef {
                    name_zh: cell(3).to_owned(),
                    code: cell(4).to_owned(),
                    field_type: match cell(5) {
                        "Int" => FieldType::Int,
                        "Float" => FieldType::Float,
                        "Date" => FieldType::Date,
                        "Datetime" => FieldType::DateTime,
                        "Binary" => FieldType::Binary,
                        "Geometry" => FieldType::Geometry,
                        _ => FieldType::Char,
                    },
                    length: cell(6).parse().ok(),
                    decimals: cell(7).parse().ok(),
                    value_domain: cell(8).to_owned(),
                    constraint: match cell(9) {
                        "M" => Constraint::Mandatory,
                        "C" => Constraint::Conditional,
                        _ => Constraint::Optional,
                    },
                    of_2015: cell(10).starts_with("2015"),
                });
            }
        }
        schema
    }

    /// Tables in the standard's order.
    pub fn tables(&self) -> &[TableDef] {
        &self.tables
    }

    /// A table by its short code or its exchange name (`H`, `KTT_FW_H`), in any case.
    pub fn table(&self, code: &str) -> Option<&TableDef> {
        let code = code.to_ascii_uppercase();
        let known = |short: &str| self.by_code.get(short).and_then(|at| self.tables.get(*at));
        let alias = ALIASES.iter().find(|(name, _)| *name == code);
        known(&code)
            .or_else(|| alias.and_then(|(_, short)| known(short)))
            .or_else(|| {
                let mut short = PREFIXES
                    .iter()
                    .filter_map(|prefix| code.strip_prefix(prefix));
                short.find_map(known)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_standard_is_there() {
        let schema = Schema::standard();
        assert_eq!(schema.tables().len(), 83);
        let fields: usize = schema.tables().iter().map(|t| t.fields.len()).sum();
        assert_eq!(fields, 1432);
    }

    #[test]
    fn tables_answer_to_their_exchange_names() {
        let schema = Schema::standard();
        for (name, short) in [
            ("KTT_FW_H", "H"),
            ("ktt_zdjbxx", "ZDJBXX"),
            ("QLT_FW_FDCQ_YZ", "FDCQ2"),
            ("QLF_QL_CFDJ", "CFDJ"),
            ("ZTT_GY_QLR", "QLR"),
        ] {
            assert_eq!(schema.table(name).map(|t| t.code.as_str()), Some(short));
        }
        assert!(schema.table("FC_HOUSE").is_none());
        let area = schema.table("ZDJBXX").and_then(|t| t.field("ZDMJ"));
        assert_eq!(
            area.map(|f| (f.field_type, f.constraint)),
            Some((FieldType::Float, Constraint::Mandatory))
        );
    }
}
