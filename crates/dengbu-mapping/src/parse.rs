//! The file format.

use std::collections::BTreeMap;

use dengbu_staging::{FieldDef, Schema, TableDef, extension};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fault::{Fault, Faults, unknown};
use crate::mapping::{
    ControlPoints, Crs, Each, FieldMapping, Mapping, Name, Piece, RowMapping, TableMapping, Text,
};
use crate::transform::{self, Transform};

type Value<'a> = Spanned<DeValue<'a>>;

/// Columns of rows beside the standard's that are known under the names vendors use.
const VENDOR_FIELDS: &[(&str, &str)] = &[
    ("DYAQ", "DYQR"),
    ("DYAQ", "DYQRZJH"),
    ("H", "DYH"),
    ("H", "SZC"),
    ("H", "JGSJ"),
    ("H", "FWJG"),
    ("ZDJBXX", "QLRMC"),
    ("ZDJBXX", "BDCQZH"),
    ("ZDJBXX", "SYQJSSJ"),
    ("ZRZ", "ZL"),
    ("CFDJ", "CFJG"),
];

pub fn parse(text: &str, file: &str) -> Result<Mapping, Faults> {
    let mut reader = Reader {
        text,
        file,
        faults: Vec::new(),
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    for e in errors {
        let line = e.span().map_or(1, |s| reader.line(s.start));
        reader.fault(line, format!("不符合 TOML 格式：{}", e.message()));
    }
    let mapping = if reader.faults.is_empty() {
        reader.mapping(table.get_ref())
    } else {
        None
    };
    match mapping {
        Some(mapping) if reader.faults.is_empty() => Ok(mapping),
        _ => Err(Faults(reader.faults)),
    }
}

struct Reader<'a> {
    text: &'a str,
    file: &'a str,
    faults: Vec<Fault>,
}

/// Entries of a table in the order of the file.
fn entries<'t, 'a>(table: &'t DeTable<'a>) -> Vec<(&'t str, usize, &'t Value<'a>)> {
    let mut all: Vec<_> = table
        .iter()
        .map(|(k, v)| (k.get_ref().as_ref(), k.span().start, v))
        .collect();
    all.sort_by_key(|(_, at, v)| (v.span().start, *at));
    all
}

impl Reader<'_> {
    fn line(&self, at: usize) -> usize {
        self.text
            .get(..at)
            .map_or(1, |t| t.matches('\n').count() + 1)
    }

    fn fault(&mut self, line: usize, text: impl Into<String>) {
        self.faults.push(Fault {
            file: self.file.to_owned(),
            line,
            text: text.into(),
        });
    }

    fn at(&self, value: &Value<'_>) -> usize {
        self.line(value.span().start)
    }

    fn string(&mut self, key: &str, value: &Value<'_>) -> Option<String> {
        if let Some(text) = value.get_ref().as_str() {
            return Some(text.to_owned());
        }
        let line = self.at(value);
        self.fault(line, format!("“{key}”应为文字（加引号）"));
        None
    }

    fn strings(&mut self, key: &str, value: &Value<'_>) -> Vec<String> {
        match value.get_ref().as_array() {
            Some(list) => list.iter().filter_map(|v| self.string(key, v)).collect(),
            None => self.string(key, value).into_iter().collect(),
        }
    }

    fn number(&mut self, key: &str, value: &Value<'_>) -> Option<f64> {
        let read = match value.get_ref() {
            DeValue::Integer(n) => n.as_str().parse().ok(),
            DeValue::Float(n) => n.as_str().parse().ok(),
            _ => None,
        };
        if read.is_none() {
            let line = self.at(value);
            self.fault(line, format!("“{key}”应为数字"));
        }
        read
    }

    fn unknown_key(&mut self, line: usize, key: &str, known: &[&str]) {
        self.fault(line, unknown("设置项", key, known));
    }

    fn mapping(&mut self, table: &DeTable<'_>) -> Option<Mapping> {
        let mut mapping = Mapping {
            file: self.file.to_owned(),
            source: String::new(),
            name: String::new(),
            county: None,
            crs: None,
            synonyms: BTreeMap::new(),
            tables: Vec::new(),
        };
        for (key, at, value) in entries(table) {
            match key {
                "source" => mapping.source = self.string(key, value)?,
                "name" => mapping.name = self.string(key, value)?,
                "county" => mapping.county = self.string(key, value),
                "crs" => mapping.crs = self.crs(value),
                "lists" => mapping.synonyms = self.lists(value),
                "table" => match value.get_ref().as_array() {
                    Some(list) => {
                        for one in list {
                            mapping.tables.extend(self.table(one));
                        }
                    }
                    None => {
                        let line = self.line(at);
                        self.fault(line, "“table”应写作 [[table]]");
                    }
                },
                other => {
                    let line = self.line(at);
                    self.unknown_key(
                        line,
                        other,
                        &["source", "name", "county", "crs", "lists", "table"],
                    );
                }
            }
        }
        if mapping.source.is_empty() {
            self.fault(1, "缺少 source（来源的标识，如 source = \"a-municipal\"）");
        }
        if mapping.name.is_empty() {
            mapping.name.clone_from(&mapping.source);
        }
        Some(mapping)
    }

    fn lists(&mut self, value: &Value<'_>) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut out = BTreeMap::new();
        let Some(lists) = value.get_ref().as_table() else {
            let line = self.at(value);
            self.fault(line, "“lists”应写作 [lists.\"字典名\"]");
            return out;
        };
        for (list, at, names) in entries(lists) {
            let Some(known) = dengbu_model::codes::list(list) else {
                let all: Vec<&str> = dengbu_model::codes::all().map(|l| l.name()).collect();
                let line = self.line(at);
                self.fault(line, unknown("字典", list, &all));
                continue;
            };
            let Some(names) = names.get_ref().as_table() else {
                continue;
            };
            let mut synonyms = BTreeMap::new();
            for (name, _, code) in entries(names) {
                let Some(text) = self.string(name, code) else {
                    continue;
                };
                if !known.contains(&text) {
                    let line = self.at(code);
                    self.fault(line, format!("字典“{list}”没有代码“{text}”"));
                }
                synonyms.insert(transform::folded(name), text);
            }
            out.insert(list.to_owned(), synonyms);
        }
        out
    }

    fn crs(&mut self, value: &Value<'_>) -> Option<Crs> {
        let line = self.at(value);
        let Some(table) = value.get_ref().as_table() else {
            self.fault(line, "“crs”应写作 [crs]");
            return None;
        };
        let mut crs = Crs {
            datum: String::new(),
            kind: String::new(),
            meridian: None,
            zone_prefix: false,
            axes: "east_north".to_owned(),
            control: None,
        };
        for (key, at, value) in entries(table) {
            match key {
                "datum" => {
                    crs.datum = self.one_of(
                        key,
                        value,
                        &["cgcs2000", "xian80", "beijing54", "wgs84", "local"],
                    )?
                }
                "kind" => {
                    crs.kind = self.one_of(
                        key,
                        value,
                        &["geographic", "gauss_kruger_3", "gauss_kruger_6", "plane"],
                    )?
                }
                "axes" => crs.axes = self.one_of(key, value, &["east_north", "north_east"])?,
                "meridian" => crs.meridian = self.number(key, value),
                "zone_prefix" => {
                    crs.zone_prefix = value.get_ref().as_bool().unwrap_or_else(|| {
                        let line = self.at(value);
                        self.fault(line, "“zone_prefix”应为 true 或 false");
                        false
                    })
                }
                "control" => crs.control = self.control(value),
                other => {
                    let line = self.line(at);
                    self.unknown_key(
                        line,
                        other,
                        &[
                            "datum",
                            "kind",
                            "axes",
                            "meridian",
                            "zone_prefix",
                            "control",
                        ],
                    );
                }
            }
        }
        for (key, missing) in [
            ("datum", crs.datum.is_empty()),
            ("kind", crs.kind.is_empty()),
        ] {
            if missing {
                self.fault(line, format!("[crs] 缺少 {key}"));
            }
        }
        if crs.datum == "local" && crs.control.is_none() {
            self.fault(line, "地方坐标系须写明控制点（control）");
        }
        if crs.kind.starts_with("gauss") && crs.meridian.is_none() {
            self.fault(line, "高斯-克吕格坐标须写明中央经线（meridian）");
        }
        Some(crs)
    }

    fn one_of(&mut self, key: &str, value: &Value<'_>, known: &[&str]) -> Option<String> {
        let text = self.string(key, value)?;
        if !known.contains(&text.as_str()) {
            let line = self.at(value);
            self.fault(line, unknown(&format!("{key} 的取值"), &text, known));
        }
        Some(text)
    }

    fn control(&mut self, value: &Value<'_>) -> Option<ControlPoints> {
        let line = self.at(value);
        let table = value.get_ref().as_table()?;
        let mut text: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut meridian = None;
        for (key, at, value) in entries(table) {
            match key {
                "table" | "name" | "from" | "to" => {
                    let list = self.strings(key, value);
                    text.insert(key, list);
                }
                "meridian" => meridian = self.number(key, value),
                other => {
                    let line = self.line(at);
                    self.unknown_key(line, other, &["table", "name", "from", "to", "meridian"]);
                }
            }
        }
        let mut pair = |key: &str| match text.remove(key).unwrap_or_default().as_slice() {
            [a, b] => Some([a.clone(), b.clone()]),
            _ => None,
        };
        let (from, to) = (pair("from"), pair("to"));
        let mut one = |key: &str| text.remove(key).and_then(|l| l.into_iter().next());
        let (table, name) = (one("table"), one("name"));
        match (table, name, from, to, meridian) {
            (Some(table), Some(name), Some(from), Some(to), Some(meridian)) => {
                Some(ControlPoints {
                    table,
                    name,
                    from,
                    to,
                    meridian,
                })
            }
            _ => {
                self.fault(line, "control 须写明 table、name、from（两个字段：东、北）、to（两个字段：东、北）和 meridian");
                None
            }
        }
    }

    fn table(&mut self, value: &Value<'_>) -> Option<TableMapping> {
        let line = self.at(value);
        let table = value.get_ref().as_table()?;
        let mut out = TableMapping {
            line,
            from: String::new(),
            name: String::new(),
            encoding: None,
            id: Text(Vec::new()),
            skip: Vec::new(),
            rows: Vec::new(),
        };
        for (key, at, value) in entries(table) {
            let line = self.line(at);
            match key {
                "from" => out.from = self.string(key, value)?,
                "name" => out.name = self.string(key, value)?,
                "encoding" => out.encoding = self.string(key, value),
                "id" => out.id = self.text(key, value)?,
                "skip" => out.skip = self.conditions(value),
                code => match Schema::standard().table(code) {
                    Some(def) => out.rows.extend(self.rows(def, line, value)),
                    None => {
                        let mut known = vec!["from", "name", "encoding", "id", "skip"];
                        known.extend(Schema::standard().tables().iter().map(|t| t.code.as_str()));
                        let what = unknown("设置项或标准表", code, &known);
                        self.fault(line, what);
                    }
                },
            }
        }
        if out.from.is_empty() {
            self.fault(line, "[[table]] 缺少 from（来源表名）");
        }
        if out.name.is_empty() {
            out.name.clone_from(&out.from);
        }
        if out.id.0.is_empty() {
            self.fault(line, format!("表“{}”缺少 id（记录的标识字段）", out.from));
        }
        Some(out)
    }

    fn conditions(&mut self, value: &Value<'_>) -> Vec<(Name, Vec<String>)> {
        let Some(table) = value.get_ref().as_table() else {
            let line = self.at(value);
            self.fault(line, "应写作 { 字段 = [\"值\"] }");
            return Vec::new();
        };
        entries(table)
            .into_iter()
            .map(|(field, at, values)| {
                let name = Name {
                    text: field.to_owned(),
                    line: self.line(at),
                };
                (name, self.strings(field, values))
            })
            .collect()
    }

    fn rows(&mut self, def: &TableDef, line: usize, value: &Value<'_>) -> Vec<RowMapping> {
        match value.get_ref() {
            DeValue::Array(list) => list
                .iter()
                .filter_map(|v| {
                    let line = self.at(v);
                    self.row(def, line, v.get_ref().as_table()?)
                })
                .collect(),
            DeValue::Table(table) => self.row(def, line, table).into_iter().collect(),
            _ => {
                self.fault(
                    line,
                    format!("“{0}”应写作 [table.{0}] 或 [[table.{0}]]", def.code),
                );
                Vec::new()
            }
        }
    }

    fn row(&mut self, def: &TableDef, line: usize, table: &DeTable<'_>) -> Option<RowMapping> {
        let mut row = RowMapping {
            line,
            table: def.code.clone(),
            each: None,
            when: None,
            shape: def.field("GEOM").is_some(),
            fields: Vec::new(),
        };
        let mut each = None;
        let mut options: BTreeMap<&str, Name> = BTreeMap::new();
        for (key, at, value) in entries(table) {
            let line = self.line(at);
            match key {
                "each" => each = self.one_of(key, value, &["holders", "mortgages", "seizures"]),
                "names" | "ids" | "kinds" | "shares" | "text" => {
                    let text = self.string(key, value)?;
                    options.insert(key, Name { text, line });
                }
                "when" => row.when = self.conditions(value).into_iter().next(),
                "shape" => row.shape = value.get_ref().as_bool().unwrap_or(row.shape),
                code => {
                    let known = self.known_field(def, code, line);
                    let field = self.field(def, code, value);
                    row.fields.extend(field.filter(|_| known));
                }
            }
        }
        row.each = self.each(line, each.as_deref(), &mut options);
        for (option, name) in options {
            self.fault(
                name.line,
                format!("“{option}”在这里没有用处（缺少 each，或 each 的种类不用它）"),
            );
        }
        Some(row)
    }

    fn each(
        &mut self,
        line: usize,
        kind: Option<&str>,
        options: &mut BTreeMap<&str, Name>,
    ) -> Option<Each> {
        let needed = if kind == Some("holders") {
            "names"
        } else {
            "text"
        };
        let kind = kind?;
        let Some(main) = options.remove(needed) else {
            self.fault(
                line,
                format!("each = \"{kind}\" 须写明 {needed}（来源字段）"),
            );
            return None;
        };
        Some(match kind {
            "holders" => Each::Holders {
                names: main,
                ids: options.remove("ids"),
                kinds: options.remove("kinds"),
                shares: options.remove("shares"),
            },
            "mortgages" => Each::Mortgages(main),
            _ => Each::Seizures(main),
        })
    }

    fn known_field(&mut self, def: &TableDef, code: &str, line: usize) -> bool {
        let vendor = VENDOR_FIELDS.contains(&(def.code.as_str(), code));
        if def.field(code).is_some() || extension::is_extension(code) || vendor {
            return true;
        }
        let mut known: Vec<&str> = def.fields.iter().map(|f| f.code.as_str()).collect();
        known.extend(extension::ALL.iter().map(|(code, _)| *code));
        known.extend([
            "each", "names", "ids", "kinds", "shares", "text", "when", "shape",
        ]);
        let what = unknown(
            &format!("{}（{}）的字段", def.code, def.name_zh),
            code,
            &known,
        );
        self.fault(line, what);
        false
    }

    fn field(&mut self, def: &TableDef, code: &str, value: &Value<'_>) -> Option<FieldMapping> {
        let line = self.at(value);
        let standard = def.field(code);
        if value.get_ref().is_str() {
            return Some(FieldMapping {
                to: code.to_owned(),
                text: self.text(code, value)?,
                part: None,
                transform: Transform::of_standard(standard),
                unit_from: None,
            });
        }
        let Some(table) = value.get_ref().as_table() else {
            self.fault(
                line,
                format!("“{code}”应为来源字段名，或 {{ field = …, as = … }}"),
            );
            return None;
        };
        let (mut text, mut how, mut list, mut unit, mut past, mut separator, mut part) =
            (None, None, None, None, false, None, None);
        let mut unit_from = None;
        for (key, at, value) in entries(table) {
            match key {
                "field" => text = Some(self.text(key, value)?),
                "value" => text = Some(Text(vec![Piece::Fixed(self.string(key, value)?)])),
                "as" => how = Some((self.string(key, value)?, self.at(value))),
                "list" => list = Some((self.string(key, value)?, self.at(value))),
                "unit" => unit = Some(self.string(key, value)?),
                "unit_field" => {
                    let line = self.at(value);
                    unit_from = self.string(key, value).map(|text| Name { text, line });
                }
                "past" => past = value.get_ref().as_bool().unwrap_or(false),
                "split" => separator = self.string(key, value),
                "part" => part = self.number(key, value),
                other => {
                    let line = self.line(at);
                    let known = [
                        "field",
                        "value",
                        "as",
                        "list",
                        "unit",
                        "unit_field",
                        "past",
                        "split",
                        "part",
                    ];
                    self.unknown_key(line, other, &known);
                }
            }
        }
        let Some(text) = text else {
            self.fault(
                line,
                format!("“{code}”缺少 field（来源字段）或 value（固定值）"),
            );
            return None;
        };
        let transform = self.transform(standard, how, list, unit.as_deref(), past)?;
        let part = separator.map(|s| {
            // Parts are counted from 1 in the file.
            let n = part.map_or(1.0, |p| p.clamp(1.0, 1000.0));
            (s, n as usize - 1)
        });
        Some(FieldMapping {
            to: code.to_owned(),
            text,
            part,
            transform,
            unit_from,
        })
    }

    fn transform(
        &mut self,
        standard: Option<&FieldDef>,
        how: Option<(String, usize)>,
        list: Option<(String, usize)>,
        unit: Option<&str>,
        past: bool,
    ) -> Option<Transform> {
        if let Some((names, line)) = &list {
            for name in names.split('|') {
                if dengbu_model::codes::list(name).is_none() {
                    let all: Vec<&str> = dengbu_model::codes::all().map(|l| l.name()).collect();
                    self.fault(*line, unknown("字典", name, &all));
                }
            }
        }
        let lists = list.map(|(names, _)| names.split('|').map(str::to_owned).collect::<Vec<_>>());
        let Some((how, line)) = how else {
            return Some(match lists {
                Some(lists) => Transform::Code(lists),
                None => Transform::of_standard(standard).with(unit, past),
            });
        };
        match Transform::named(&how, lists, standard) {
            Some(transform) => Some(transform.with(unit, past)),
            None => {
                let names: Vec<&str> = Transform::NAMES.iter().map(|(n, _)| *n).collect();
                self.fault(line, unknown("读法", &how, &names));
                None
            }
        }
    }

    /// A field's name, or a text with names in braces.
    fn text(&mut self, key: &str, value: &Value<'_>) -> Option<Text> {
        let line = self.at(value);
        if value.get_ref().is_array() {
            // Several fields, one after the other.
            let names = self.strings(key, value);
            return Some(Text(
                names
                    .into_iter()
                    .map(|text| Piece::Field(Name { text, line }))
                    .collect(),
            ));
        }
        let text = self.string(key, value)?;
        if !text.contains('{') {
            return Some(Text(vec![Piece::Field(Name { text, line })]));
        }
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, behind)) = rest.split_once('{') {
            let Some((name, after)) = behind.split_once('}') else {
                self.fault(line, format!("“{text}”的大括号没有闭合"));
                return None;
            };
            if !before.is_empty() {
                pieces.push(Piece::Fixed(before.to_owned()));
            }
            pieces.push(Piece::Field(Name {
                text: name.trim().to_owned(),
                line,
            }));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Fixed(rest.to_owned()));
        }
        Some(Text(pieces))
    }
}
