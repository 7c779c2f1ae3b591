//! From what is stored to what goes out: values taken out of a row, masked as the request says.
//!
//! `from` of a field: a JSON pointer; or `names:POINTER` the names of the parties there joined by
//! 、; `code:LIST:POINTER` the Chinese name of a code; `right_type:POINTER` the standard's code and
//! `right_type_name:POINTER` the name of our type of right; `unit_kind:`, `unit_status:` likewise;
//! `country:POINTER` the country of an identity document's kind; `const:TEXT` the text itself.

use chrono::{DateTime, Utc};
use dengbu_model::cadastre::{UnitKind, UnitStatus};
use dengbu_model::codes::Code;
use dengbu_model::identity::{IdDocument, IdKind};
use dengbu_model::party::Party;
use dengbu_model::right::RightType;
use dengbu_model::time::date_in_shanghai;
use dengbu_papers::Mask;
use serde_json::Value as Json;

use crate::data_set::{Field, Personal};
use crate::request::{Dress, Request};
use crate::row::{Kind, Value};

/// The value of a field in a stored row, dressed as the request says.
#[must_use]
pub fn value(field: &Field, row: &Json, request: &Request) -> Value {
    let dress = match field.personal {
        Some(personal) => request.dress_of(personal),
        None => Dress::Full,
    };
    match (dress, field.personal) {
        (Dress::Left, _) => Value::Empty,
        (Dress::Masked, Some(personal)) => masked(field, row, personal),
        _ => plain(field, row, Mask::Full),
    }
}

/// As it stands; `mask` counts for names only.
fn plain(field: &Field, row: &Json, mask: Mask) -> Value {
    if let Some(pointer) = field.from.strip_prefix("names:") {
        return text(names(row.pointer(pointer), mask));
    }
    if let Some(always) = field.from.strip_prefix("const:") {
        return text(always.to_owned());
    }
    let Some((converter, pointer)) = field.from.rsplit_once(":/") else {
        return typed(field.kind, row.pointer(&field.from));
    };
    let found = row
        .pointer(&format!("/{pointer}"))
        .and_then(Json::as_str)
        .unwrap_or_default();
    text(converted(converter, found))
}

fn converted(converter: &str, found: &str) -> String {
    if found.is_empty() {
        return String::new();
    }
    if let Some(list) = converter.strip_prefix("code:") {
        return Code::parse(found).map_or_else(|_| found.to_owned(), |c| c.name_in(list));
    }
    let name = match converter {
        "right_type" => RightType::from_code(found).and_then(RightType::standard_code),
        "right_type_name" => RightType::from_code(found).map(RightType::name_zh),
        "country" => IdKind::from_code(found).and_then(country),
        "unit_kind" => UnitKind::from_code(found).map(UnitKind::name_zh),
        "unit_status" => UnitStatus::from_code(found).map(UnitStatus::name_zh),
        _ => None,
    };
    name.unwrap_or_default().to_owned()
}

/// 国家和地区: documents that only China gives out (142); a passport may be any country's, and papers
/// of 港澳台 are told by the standard with codes of their own, which the document does not say.
fn country(kind: IdKind) -> Option<&'static str> {
    match kind {
        IdKind::HkMacauTaiwan | IdKind::Passport | IdKind::Other => None,
        _ => Some("142"),
    }
}

fn text(text: String) -> Value {
    if text.is_empty() {
        Value::Empty
    } else {
        Value::Text(text)
    }
}

/// Names of holders (`{party: …}`) or parties, joined.
fn names(parties: Option<&Json>, mask: Mask) -> String {
    let list = parties.and_then(Json::as_array);
    let name = |entry: &Json| {
        let party = entry.get("party").unwrap_or(entry);
        serde_json::from_value::<Party>(party.clone())
            .ok()
            .map(|p| mask.name(&p))
    };
    let all: Vec<String> = list.into_iter().flatten().filter_map(name).collect();
    all.join("、")
}

/// A value as its field's kind; what does not fit stays as text, so that nothing is lost.
fn typed(kind: Kind, found: Option<&Json>) -> Value {
    let Some(found) = found.filter(|f| !f.is_null()) else {
        return Value::Empty;
    };
    let written = match found {
        Json::String(s) => s.clone(),
        other => other.to_string(),
    };
    let value = match kind {
        Kind::Text => None,
        Kind::Integer => written.parse().ok().map(Value::Integer),
        Kind::Decimal => written.parse().ok().map(Value::Decimal),
        Kind::Date => day(&written).map(Value::Date),
    };
    value.unwrap_or_else(|| text(written))
}

/// A day, or the day in Shanghai of a moment.
fn day(written: &str) -> Option<chrono::NaiveDate> {
    written.parse().ok().or_else(|| {
        let moment: DateTime<Utc> = written.parse().ok()?;
        Some(date_in_shanghai(moment))
    })
}

fn masked(field: &Field, row: &Json, personal: Personal) -> Value {
    let shown = || plain(field, row, Mask::Full).text();
    match personal {
        Personal::Name if field.from.starts_with("names:") => plain(field, row, Mask::Masked),
        Personal::Name => match field.from.strip_suffix("/name") {
            // a party's own name: its kind says whether it is a person
            Some(party) => {
                let party = row.pointer(party).cloned().unwrap_or_default();
                let name = serde_json::from_value::<Party>(party).map(|p| Mask::Masked.name(&p));
                text(name.unwrap_or_default())
            }
            None => text(Mask::Masked.free_name(&shown())),
        },
        Personal::Identity => {
            let document = field
                .from
                .strip_suffix("/number")
                .and_then(|p| row.pointer(p));
            let id = document.and_then(|d| serde_json::from_value::<IdDocument>(d.clone()).ok());
            text(id.map(|d| d.masked()).unwrap_or_default())
        }
        Personal::Certificate => text(last_hidden(&shown())),
        // no part of a number, an address or a text tells less than the whole: left out
        Personal::Contact | Personal::Money | Personal::Text => Value::Empty,
    }
}

/// All but the last four digits of a number stay hidden.
fn last_hidden(number: &str) -> String {
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let mut seen = 0;
    number
        .chars()
        .map(|c| {
            if !c.is_ascii_digit() {
                return c;
            }
            seen += 1;
            // the year and the last digits tell the series, not the certificate
            if seen <= 4 || seen + 2 > digits {
                c
            } else {
                '*'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::data_set;
    use crate::format::Format;

    fn row() -> Json {
        let person = json!({
            "name": "邓文刚", "kind": "1",
            "id": {"kind": "1", "number": "510499198911094328"},
            "phone": "13800000000", "address": "示例路1号"
        });
        let bank = json!({"name": "样例银行", "kind": "2", "id": null});
        json!({
            "unit_code": "510402101001GB00001F00010003", "case_no": null,
            "certificate_no": "川(2022)攀枝花市不动产证明第0000001号",
            "registered_at": "2022-05-17T16:00:00+00:00",
            "ordinal": 1, "holder": {"party": person, "share": null},
            "body": {
                "right_type": "mortgage", "holders": [{"party": bank, "share": null}],
                "obligors": [person],
                "detail": {"method": "1", "secured_amount": "320000.00", "rank": 1}
            }
        })
    }

    fn of(set: &str, code: &str, request: &Request) -> Value {
        let set = data_set::find(set).unwrap();
        let field = set.fields.iter().find(|f| f.code == code).unwrap();
        value(field, &row(), request)
    }

    #[test]
    fn persons_are_masked_and_bodies_are_not() {
        let request = Request::new(&["mortgages"], Format::Csv);
        let text = |set, code| of(set, code, &request).text();
        assert_eq!(text("mortgages", "DYQR"), "样例银行");
        assert!(!text("mortgages", "DYR").contains("文刚"));
        assert!(text("mortgages", "DYR").starts_with('邓'));
        assert!(!text("holders", "QLRMC").contains("文刚"));
        let number = text("holders", "ZJH");
        assert!(
            number.contains('*') && !number.contains("19891109"),
            "{number}"
        );
        assert_eq!(text("holders", "DH"), "");
        assert_eq!(text("mortgages", "BDBZZQSE"), "");
        assert_eq!(
            text("mortgages", "BDCDJZMH"),
            "川(2022)攀枝花市不动产证明第*****01号"
        );
    }

    #[test]
    fn what_the_agreement_allows_goes_out_in_full() {
        let mut request = Request::new(&["mortgages"], Format::Csv);
        for personal in Personal::ALL {
            request.dress.insert(personal, Dress::Full);
        }
        assert_eq!(of("mortgages", "DYR", &request).text(), "邓文刚");
        assert_eq!(of("holders", "ZJH", &request).text(), "510499198911094328");
        assert_eq!(
            of("mortgages", "BDBZZQSE", &request),
            Value::Decimal("320000.00".parse().unwrap())
        );
        request.dress.insert(Personal::Name, Dress::Left);
        assert_eq!(of("mortgages", "DYR", &request), Value::Empty);
    }

    #[test]
    fn a_moment_is_a_day_in_shanghai() {
        let request = Request::new(&["mortgages"], Format::Csv);
        assert_eq!(of("mortgages", "DJSJ", &request).text(), "2022-05-18");
        assert_eq!(of("mortgages", "DYQSW", &request), Value::Integer(1));
        assert_eq!(of("mortgages", "YWH", &request), Value::Empty);
    }

    #[test]
    fn every_field_of_every_data_set_names_a_converter_that_is_there() {
        for set in data_set::all() {
            for field in &set.fields {
                let known = [
                    "code:",
                    "names:",
                    "right_type:",
                    "right_type_name:",
                    "unit_kind:",
                    "unit_status:",
                    "country:",
                    "const:",
                ];
                assert!(
                    field.from.starts_with('/') || known.iter().any(|k| field.from.starts_with(k)),
                    "{}.{}",
                    set.code,
                    field.code
                );
            }
        }
    }
}
