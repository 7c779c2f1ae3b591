//! What is wrong with a request's content: which field, said in Chinese.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

use crate::problem::FieldProblem;

/// Children looked at one by one when the reader cannot say which is wrong.
const CHILDREN_MAX: usize = 64;

/// What a reader says of a field by name, the machine code, the same for people.
const FIELDS: [(&str, &str, &str); 3] = [
    ("missing field `", "required", "缺少这一项，请填写"),
    (
        "unknown field `",
        "unknown_field",
        "没有这个字段，请检查名称或删除它",
    ),
    (
        "duplicate field `",
        "duplicate",
        "这一项重复填写，请保留一个",
    ),
];

/// Reads a value; tells the field that does not fit.
///
/// # Errors
/// The first field that does not fit.
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, FieldProblem> {
    match serde_path_to_error::deserialize::<_, T>(&value) {
        Ok(read) => Ok(read),
        Err(e) => {
            let said = e.inner().to_string();
            let mut fault = of(e.path(), &said);
            blame::<T>(value, &said, &mut fault);
            Err(fault)
        }
    }
}

/// A fault from where it was found and what the reader said.
#[must_use]
pub fn of(path: &Path, said: &str) -> FieldProblem {
    let mut parts: Vec<String> = path
        .iter()
        .filter_map(|s| match s {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect();
    // the reader names these fields in its words; where it had one in hand it stands in the
    // path already
    let (code, message) = match FIELDS.iter().find_map(|(before, code, message)| {
        quoted(said, before).map(|name| (name, *code, *message))
    }) {
        Some((name, code, message)) => {
            if parts.last().map(String::as_str) != Some(name) {
                parts.push(name.to_owned());
            }
            (code, message.to_owned())
        }
        None => plain(said),
    };
    FieldProblem {
        field: pointer(parts.iter().map(String::as_str)),
        code: code.to_owned(),
        message,
    }
}

fn quoted<'a>(said: &'a str, before: &str) -> Option<&'a str> {
    said.strip_prefix(before)?.split('`').next()
}

/// What a reader says, for people: our own types speak Chinese already, the reader's
/// own words are English and name types of the program.
fn plain(said: &str) -> (&'static str, String) {
    if said.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c)) {
        return ("invalid_field", said.to_owned());
    }
    if said.starts_with("unknown variant") {
        let known: Vec<&str> = said.split('`').skip(3).step_by(2).collect();
        let known = if known.is_empty() {
            String::new()
        } else {
            format!("，应为 {} 之一", known.join("、"))
        };
        return ("unknown_value", format!("没有这个取值{known}"));
    }
    if said.starts_with("invalid type") {
        return ("wrong_type", format!("类型不对{}", expected(said)));
    }
    ("invalid_field", format!("内容不符合要求{}", expected(said)))
}

/// The type the reader wanted, in Chinese where it is a plain one.
fn expected(said: &str) -> String {
    let wanted = said.rsplit("expected ").next().unwrap_or("");
    let name = match wanted {
        "a string" | "a borrowed string" => "文字",
        "a boolean" => "true 或 false",
        "a sequence" => "列表",
        "i32" | "i64" | "u32" | "u64" => "整数",
        w if w.starts_with("struct") || w.starts_with("a map") || w.contains("tagged enum") => {
            "对象"
        }
        _ => return "，请检查后重试".to_owned(),
    };
    format!("，应为{name}")
}

/// A JSON pointer (RFC 6901).
pub fn pointer<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    parts
        .into_iter()
        .map(|p| format!("/{}", p.replace('~', "~0").replace('/', "~1")))
        .collect()
}

/// Goes down to the field at fault where the reader only names what holds it (a tagged
/// kind is read as a whole): the child without which the complaint changes.
fn blame<T: DeserializeOwned>(mut value: Value, said: &str, fault: &mut FieldProblem) {
    while let Some(child) = culprit::<T>(&mut value, said, &fault.field) {
        fault.field.push_str(&child);
    }
}

fn culprit<T: DeserializeOwned>(value: &mut Value, said: &str, at: &str) -> Option<String> {
    let steps: Vec<String> = match value.pointer(at)? {
        Value::Object(map) => map.keys().take(CHILDREN_MAX).cloned().collect(),
        Value::Array(list) => (0..list.len().min(CHILDREN_MAX))
            .map(|i| i.to_string())
            .collect(),
        _ => return None,
    };
    let mut suspects = Vec::new();
    for step in steps {
        let taken = take(value.pointer_mut(at)?, &step)?;
        if complaint::<T>(value).is_none_or(|now| now != said) {
            suspects.push(step.clone());
        }
        put(value.pointer_mut(at)?, &step, taken);
    }
    // without its tag nothing can be read at all: that says nothing against the tag
    if suspects.len() > 1 {
        let whole = std::mem::replace(value.pointer_mut(at)?, Value::Object(Map::new()));
        let bare = complaint::<T>(value).unwrap_or_default();
        *value.pointer_mut(at)? = whole;
        let tag = quoted(&bare, "missing field `");
        suspects.retain(|s| Some(s.as_str()) != tag);
    }
    suspects.first().map(|s| pointer([s.as_str()]))
}

fn complaint<T: DeserializeOwned>(value: &Value) -> Option<String> {
    T::deserialize(value).err().map(|e| e.to_string())
}

fn take(from: &mut Value, step: &str) -> Option<Value> {
    match from {
        Value::Object(map) => map.remove(step),
        Value::Array(list) => {
            let at: usize = step.parse().ok()?;
            (at < list.len()).then(|| list.remove(at))
        }
        _ => None,
    }
}

fn put(into: &mut Value, step: &str, taken: Value) {
    match into {
        Value::Object(map) => {
            map.insert(step.to_owned(), taken);
        }
        Value::Array(list) => {
            if let Ok(at) = step.parse() {
                list.insert(at, taken);
            }
        }
        _ => {}
    }
}

/// Where a NUL character stands, if there is one.
#[must_use]
pub fn nul(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .find_map(|(i, v)| nul(v).map(|rest| format!("/{i}{rest}"))),
        Value::Object(map) => map.iter().find_map(|(k, v)| {
            let here = || pointer([k.replace('\0', "").as_str()]);
            if k.contains('\0') {
                return Some(here());
            }
            nul(v).map(|rest| here() + &rest)
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use dengbu_law::application::Application;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sheet {
        #[expect(dead_code, reason = "only read")]
        count: u32,
        #[serde(default)]
        #[expect(dead_code, reason = "only read")]
        lines: Vec<bool>,
    }

    fn said(value: Value) -> (String, String) {
        let f = read::<Sheet>(value).unwrap_err();
        assert!(f.message.chars().any(|c| c > '\u{3000}'), "{}", f.message);
        (f.field, f.code)
    }

    #[test]
    fn the_field_at_fault_is_named() {
        let pair = |field: &str, code: &str| (field.to_owned(), code.to_owned());
        assert_eq!(said(json!({})), pair("/count", "required"));
        assert_eq!(said(json!({ "count": "1" })), pair("/count", "wrong_type"));
        assert_eq!(
            said(json!({ "count": -1 })),
            pair("/count", "invalid_field")
        );
        assert_eq!(
            said(json!({ "count": 1, "lines": [true, 3] })),
            pair("/lines/1", "wrong_type")
        );
        assert_eq!(
            said(json!({ "count": 1, "a/b": 2 })),
            pair("/a~1b", "unknown_field")
        );
        assert_eq!(said(json!("x")).1, "wrong_type");
    }

    /// The particulars of a business are read as a whole; the field is found all the same.
    #[test]
    fn the_field_is_named_inside_a_tagged_kind_too() {
        let application = |detail: Value| json!({ "reason": "买卖", "holders": [], "co_ownership": "0", "detail": detail });
        let field = |detail| read::<Application>(application(detail)).unwrap_err().field;
        assert_eq!(
            field(json!({ "kind": "transfer", "contract_no": "1", "price": "-1" })),
            "/detail/price"
        );
        assert_eq!(
            field(json!({ "kind": "transfer", "contract_date": "2026-02-30" })),
            "/detail/contract_date"
        );
        assert_eq!(
            field(json!({ "kind": "transfer", "nonsense": 1 })),
            "/detail/nonsense"
        );
        assert_eq!(field(json!({ "kind": "mortgage" })), "/detail/method");
        assert_eq!(
            field(json!({ "kind": "mortgage", "method": "x" })),
            "/detail/method"
        );
        assert_eq!(field(json!({ "kind": "gift" })), "/detail/kind");
        let officer = |n: Value| json!({ "name": "甲", "certificate_no": n });
        assert_eq!(
            field(
                json!({ "kind": "seizure", "officers": [officer(json!("1")), officer(json!(2))] })
            ),
            "/detail/officers/1/certificate_no"
        );
    }

    #[test]
    fn a_nul_is_found_wherever_it_stands() {
        assert_eq!(
            nul(&json!({ "a": ["x", { "b": "y\0" }] })).unwrap(),
            "/a/1/b"
        );
        assert_eq!(nul(&json!({ "a\0": 1 })).unwrap(), "/a");
        assert_eq!(nul(&json!({ "a": "x" })), None);
    }
}
