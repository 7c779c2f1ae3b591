//! The canonical form of a register entry (登记簿记录) and its hash.
//!
//! The form is JSON with the keys of every object in code-point order and no
//! white space; there are no floating-point numbers in it. What was hashed is
//! stored byte for byte, so that anyone with an SM3 program can check it.

use chrono::{DateTime, SubsecRound, Utc};
use dengbu_model::right::{RegistrationType, Right};
use dengbu_model::unit_code::UnitCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sm3::{Digest, Sm3};
use uuid::Uuid;

use crate::RegisterError;

/// Version of the canonical form.
pub const FORMAT: &str = "dengbu-entry/1";

/// One entry, complete (登记簿记录).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryBody {
    /// [`FORMAT`].
    pub format: String,
    /// Identity of the entry.
    pub entry_id: Uuid,
    /// Registration authority (登记机构, DJJG).
    pub authority: String,
    /// The unit (不动产单元号, BDCDYH).
    pub unit_code: UnitCode,
    /// Position among the unit's entries, from 1.
    pub unit_seq: i64,
    /// Kind of registration (登记类型, DJLX).
    pub registration_type: RegistrationType,
    /// Catalogue code of the business, or `existing` for titles taken over.
    pub business: String,
    /// Registration cause (登记原因, DJYY).
    pub cause: Option<String>,
    /// The case (业务号, YWH).
    pub case_no: Option<String>,
    /// Who recorded it (登簿人, DBR).
    pub registrar: Registrar,
    /// Moment of recording (登记时间, DJSJ).
    pub recorded_at: DateTime<Utc>,
    /// From when the change counts in the register: the moment of recording, or
    /// the original date of a title taken over.
    pub effective_at: DateTime<Utc>,
    /// Articles it rests on.
    pub legal_basis: Vec<String>,
    /// The right the entry is about.
    pub right_id: Uuid,
    /// That right, complete.
    pub right: Right,
    /// True when the entry creates the right, false when it only ends rights.
    pub creates: bool,
    /// Rights that end by this entry.
    pub ends: Vec<EndedRight>,
    /// Certificates issued with it.
    pub certificates: Vec<EntryCertificate>,
    /// Number under which the right is known, old certificates included.
    pub certificate_no: Option<String>,
    /// Where a title taken over came from.
    pub provenance: Option<Provenance>,
}

/// Who recorded an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registrar {
    /// The member of staff; none for a program that loads existing titles.
    pub staff_id: Option<Uuid>,
    /// Name as shown in the register.
    pub name: String,
}

/// A right that ended and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndedRight {
    /// The right.
    pub right_id: Uuid,
    /// Why (注销原因).
    pub reason: String,
}

/// A certificate issued with an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryCertificate {
    /// Number (不动产权证号, BDCQZH).
    pub number: String,
    /// `title` or `proof`.
    pub kind: String,
    /// Position of the holder it is for; none when it is for all.
    pub holder: Option<usize>,
}

/// Where a record taken over came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Source system.
    pub source: String,
    /// Table.
    pub table: String,
    /// Identifier there.
    pub legacy_id: String,
    /// SM3 of the file it stood in, 64 hexadecimal digits; absent in entries made before it was
    /// kept, whose canonical form stays as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_sm3: Option<String>,
}

impl EntryBody {
    /// The canonical form: what is hashed and stored.
    ///
    /// # Errors
    /// [`RegisterError::Unreadable`] when the entry cannot be written as JSON, which
    /// would be a defect of the program.
    pub fn canonical(&self) -> Result<String, RegisterError> {
        let value = serde_json::to_value(self).map_err(|e| self.unreadable(&e))?;
        let mut out = String::with_capacity(2048);
        write_canonical(&value, &mut out);
        Ok(out)
    }

    /// Reads an entry back from its canonical form.
    ///
    /// # Errors
    /// [`RegisterError::Unreadable`] when the text is not an entry.
    pub fn parse(text: &str) -> Result<Self, RegisterError> {
        serde_json::from_str(text).map_err(|e| RegisterError::Unreadable {
            entry: text.chars().take(60).collect(),
            reason: e.to_string(),
        })
    }

    fn unreadable(&self, e: &serde_json::Error) -> RegisterError {
        RegisterError::Unreadable {
            entry: self.entry_id.to_string(),
            reason: e.to_string(),
        }
    }
}

/// Instants in the register are whole microseconds, as the database keeps them.
#[must_use]
pub fn register_time(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

/// SM3 (GB/T 32905) over the previous hash and the canonical form.
#[must_use]
pub fn chain_hash(prev: &[u8], body: &[u8]) -> [u8; 32] {
    let mut hasher = Sm3::new();
    hasher.update(prev);
    hasher.update(body);
    hasher.finalize().into()
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort_unstable();
            out.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write_canonical(&map[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_ordered_at_every_depth() {
        let v: Value = serde_json::from_str(r#"{"b":[{"z":1,"a":"甲\n"}],"a":null}"#).unwrap();
        let mut out = String::new();
        write_canonical(&v, &mut out);
        assert_eq!(out, r#"{"a":null,"b":[{"a":"甲\n","z":1}]}"#);
    }

    #[test]
    fn sm3_agrees_with_the_standard() {
        // GB/T 32905-2016 Appendix A.1: SM3("abc"), here split between previous hash and body
        let want = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
        let got: String = chain_hash(b"a", b"bc")
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(got, want);
    }
}
