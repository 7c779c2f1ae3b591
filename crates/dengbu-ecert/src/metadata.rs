//! The names under which a certificate's fields are shared (GB/T 36903-2018): one table of our
//! codes, the English names of sharing platforms and the Chinese labels, in `data/metadata.toml`.

use std::sync::LazyLock;

use dengbu_model::certificate::CertificateNumber;
use dengbu_papers::format;
use serde::{Deserialize, Serialize};

use crate::content::{Content, Field, Part, UnitEntry};
use crate::holder::{CertificateHolder, names};
use crate::kind::DocumentKind;

/// A field's names and where it is needed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldNames {
    /// Pinyin code (ZZBH, KZ_ZL).
    pub code: String,
    /// English name.
    pub english: String,
    /// Label in Chinese.
    pub zh: String,
    /// Whether provincial platforms use this English name.
    #[serde(default)]
    pub national: bool,
    /// Whether it is part of the canonical bytes.
    #[serde(default)]
    pub face: bool,
    /// Kinds that cannot be without it.
    #[serde(default)]
    pub required: Vec<DocumentKind>,
}

/// A field with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Pinyin code.
    pub code: &'static str,
    /// English name.
    pub english: &'static str,
    /// Label in Chinese.
    pub zh: &'static str,
    /// Value.
    pub value: String,
}

#[derive(Deserialize)]
struct File {
    field: Vec<FieldNames>,
}

static FIELDS: LazyLock<Vec<FieldNames>> = LazyLock::new(|| {
    crate::built_in::<File>("metadata.toml", include_str!("../data/metadata.toml")).field
});

/// The table, in the order of the canonical bytes.
#[must_use]
pub fn fields() -> &'static [FieldNames] {
    &FIELDS
}

/// The field with this name, be it the pinyin code or the English name.
#[must_use]
pub fn field(name: &str) -> Option<&'static FieldNames> {
    fields()
        .iter()
        .find(|f| f.code == name || f.english == name)
}

/// All fields of a certificate that have a value.
#[must_use]
pub fn entries(content: &Content) -> Vec<Entry> {
    fields()
        .iter()
        .filter_map(|f| {
            let value = value(content, &f.code)?;
            Some(Entry {
                code: &f.code,
                english: &f.english,
                zh: &f.zh,
                value,
            })
        })
        .collect()
}

/// Codes of the fields its kind needs and it lacks.
#[must_use]
pub fn missing(content: &Content) -> Vec<&'static str> {
    let kind = content.kind();
    fields()
        .iter()
        .filter(|f| f.required.contains(&kind) && value(content, &f.code).is_none())
        .map(|f| f.code.as_str())
        .collect()
}

/// The value of a field; none when the certificate's kind has none or it is empty.
#[must_use]
pub fn value(content: &Content, code: &str) -> Option<String> {
    let found = match code.strip_prefix("KZ_") {
        Some(_) => extension(content, code),
        None => common(content, code),
    };
    found.filter(|v| !v.is_empty())
}

fn common(content: &Content, code: &str) -> Option<String> {
    let head = content.head();
    let record = content.kind().record();
    let iso = |d: chrono::NaiveDate| d.format("%Y-%m-%d").to_string();
    let holders = content.holders();
    let value = match code {
        "ZZMC" => record.name.clone(),
        "ZZLXMC" => record.catalogue_name.clone(),
        "ZZLXDM" => head.identifier.type_code().to_owned(),
        "ZZBH" => head.number.clone(),
        "ZZBS" => head.identifier.to_string(),
        "ZZBFJG" => head.authority_name.clone(),
        "ZZBFJGDM" => head.authority_code.clone(),
        "ZZBFRQ" => iso(head.issued_on),
        "ZZYXQQSRQ" => iso(head.valid_from?),
        "ZZYXQJZRQ" => iso(head.valid_to?),
        "CZZT" => names(holders),
        "CZZTDM" => each(holders, |h| h.id.as_ref().map(|id| id.number.as_str())),
        "CZZTDMLX" => each(holders, |h| {
            h.id.as_ref().map(crate::holder::HolderId::type_name)
        }),
        "CZZTDMLXDM" => each(holders, |h| h.id.as_ref().map(|id| id.type_code.as_str())),
        "CZZTLB" => category(holders).to_owned(),
        _ => return None,
    };
    Some(value)
}

/// One value per holder, in their order, so that the third number belongs to the third name.
fn each<'a>(
    holders: &'a [CertificateHolder],
    of: impl Fn(&'a CertificateHolder) -> Option<&'a str>,
) -> String {
    let all: Vec<&str> = holders.iter().map(|h| of(h).unwrap_or("")).collect();
    all.join("、")
}

fn category(holders: &[CertificateHolder]) -> &'static str {
    let mut all = holders.iter().map(CertificateHolder::category);
    match all.next() {
        Some(first) if all.all(|c| c == first) => first,
        Some(_) => "混合",
        None => "",
    }
}

/// One value for each unit, one after the other; the same for all stands once.
fn of_units(units: &[UnitEntry], of: impl Fn(&UnitEntry) -> &str) -> String {
    let all: Vec<&str> = units.iter().map(of).collect();
    if all.windows(2).all(|w| w[0] == w[1]) {
        all.first().map(|v| (*v).to_owned()).unwrap_or_default()
    } else {
        all.join("；")
    }
}

fn extension(content: &Content, code: &str) -> Option<String> {
    let head = content.head();
    match code {
        "KZ_YWH" => return head.case_no.clone(),
        "KZ_DWDM" => return Some(head.county.clone()),
        _ => {}
    }
    match content {
        Content::Title(c) => match code {
            "KZ_GYQK" => Some(c.co_ownership.clone()),
            "KZ_QLLX" => Some(c.right_type.clone()),
            "KZ_QLQTZK" => Some(c.other_conditions.clone()),
            "KZ_FJ" => Some(c.remarks.clone()),
            "KZ_QLXZ" => Some(of_units(&c.units, |u| &u.nature)),
            "KZ_YT" => Some(of_units(&c.units, |u| &u.use_name)),
            "KZ_MJ" => Some(of_units(&c.units, |u| &u.area)),
            "KZ_SYQX" => Some(of_units(&c.units, |u| &u.term)),
            _ => of_register(content, code),
        },
        Content::Proof(c) => match code {
            "KZ_ZMQLSX" => Some(c.matter.clone()),
            "KZ_YWR" => Some(names(&c.obligors)),
            "KZ_QT" => Some(c.other.clone()),
            "KZ_FJ" => Some(c.remarks.clone()),
            _ => of_register(content, code),
        },
        _ => of_search(content, code),
    }
}

/// Fields that a certificate and a proof both have.
fn of_register(content: &Content, code: &str) -> Option<String> {
    let head = content.head();
    let number = || CertificateNumber::parse(&head.number).ok();
    match code {
        "KZ_BDCQZH" => Some(head.number.clone()),
        "KZ_SQSJC" => number().map(|n| n.province().to_owned()),
        "KZ_NF" => number().map(|n| n.year().to_string()),
        "KZ_SZSXQC" => number().map(|n| n.place().to_owned()),
        "KZ_ZHLSH" => number().map(|n| format!("{:07}", n.serial())),
        "KZ_QLR" => Some(names(content.holders())),
        "KZ_ZL" => Some(of_units(content.units(), |u| &u.address)),
        "KZ_BDCDYH" => Some(of_units(content.units(), |u| &u.code)),
        "KZ_FZRQ" => Some(format::date(head.issued_on)),
        _ => None,
    }
}

/// Fields of result papers.
fn of_search(content: &Content, code: &str) -> Option<String> {
    let frame = content.result_frame()?;
    match code {
        "KZ_CXJL" => frame.conclusion.clone(),
        "KZ_CXSQ" => Some(lines(&frame.application)),
        "KZ_CXNR" => Some(parts(&content.parts())),
        "KZ_ZYSX" => Some(frame.warnings.join("\n")),
        "KZ_CJSJ" => Some(frame.issued_at.clone()),
        "KZ_JBR" => Some(frame.issued_by.clone()),
        "KZ_CYM" => Some(frame.check_code.clone()),
        _ => None,
    }
}

fn lines(fields: &[Field]) -> String {
    let all: Vec<_> = fields
        .iter()
        .map(|f| format!("{}：{}", f.label, f.value))
        .collect();
    all.join("\n")
}

fn parts(parts: &[Part]) -> String {
    let mut out = Vec::new();
    for part in parts {
        out.push(part.heading.clone());
        if !part.facts.is_empty() {
            out.push(lines(&part.facts));
        }
        if !part.columns.is_empty() {
            out.push(part.columns.join("\t"));
            out.extend(part.rows.iter().map(|r| r.join("\t")));
        }
    }
    out.join("\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::content::tests::{holding, proof, title};

    #[test]
    fn every_name_stands_once_and_is_filled_by_some_kind() {
        let all = [title(), proof(), holding()];
        let mut seen = BTreeSet::new();
        for f in fields() {
            assert!(seen.insert(f.code.clone()), "{}", f.code);
            assert!(seen.insert(f.english.clone()), "{}", f.english);
            let open_ended = f.code.starts_with("ZZYXQ");
            assert!(
                open_ended || all.iter().any(|c| value(c, &f.code).is_some()),
                "{} is filled by no kind",
                f.code
            );
            assert_eq!(field(&f.english), Some(f));
        }
        assert_eq!(field("KZ_ZL").map(|f| f.english.as_str()), Some("location"));
        assert_eq!(field("NONE"), None);
    }

    #[test]
    fn nothing_required_is_missing() {
        for made in [title(), proof(), holding()] {
            assert_eq!(missing(&made), Vec::<&str>::new());
        }
    }

    #[test]
    fn numbers_stand_in_the_order_of_names() {
        let made = title();
        assert_eq!(value(&made, "CZZT").unwrap(), "张示例、李示例");
        assert_eq!(
            value(&made, "CZZTDM").unwrap(),
            "510402180001010012、510402180001010012"
        );
        assert_eq!(value(&made, "KZ_ZHLSH").unwrap(), "0000001");
        assert_eq!(value(&made, "KZ_SZSXQC").unwrap(), "攀枝花市");
        assert_eq!(value(&made, "CZZTLB").unwrap(), "自然人");
        assert_eq!(value(&proof(), "KZ_YWR").unwrap(), "张示例");
        let content = value(&holding(), "KZ_CXNR").unwrap();
        assert!(content.contains("登记的房屋"), "{content}");
    }
}
