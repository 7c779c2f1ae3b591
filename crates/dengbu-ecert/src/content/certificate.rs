//! Title certificate and registration proof: the rows of the style notice
//! 国土资发〔2015〕25号, filled by [`dengbu_papers::certificate`].

use dengbu_model::certificate::CertificateKind;
use dengbu_model::unit_code::UnitCode;
use dengbu_papers::Mask;
use dengbu_papers::certificate::{self, CertificateFacts};
use dengbu_papers::fields::Labelled;
use serde::{Deserialize, Serialize};

use super::{Content, Field, Head, NONE};
use crate::fault::Fault;
use crate::holder::{CertificateHolder, names};

/// What a certificate says of one unit, as printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitEntry {
    /// 不动产单元号 (KZ_BDCDYH), 28 characters without blanks.
    pub code: String,
    /// 坐落 (KZ_ZL).
    pub address: String,
    /// 权利性质 (KZ_QLXZ), land before house.
    pub nature: String,
    /// 用途 (KZ_YT).
    pub use_name: String,
    /// 面积 (KZ_MJ).
    pub area: String,
    /// 使用期限 (KZ_SYQX).
    pub term: String,
}

impl UnitEntry {
    /// The code in groups (GB/T 37346-2019 §8.3).
    #[must_use]
    pub fn grouped(&self) -> String {
        UnitCode::parse(&self.code).map_or_else(|_| self.code.clone(), |c| c.grouped())
    }
}

/// A title certificate (不动产权证书).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TitleCertificate {
    /// What all certificates have.
    pub head: Head,
    /// 权利人 (KZ_QLR): those it is for; one of several where each has an own certificate.
    pub holders: Vec<CertificateHolder>,
    /// 共有情况 (KZ_GYQK).
    pub co_ownership: String,
    /// The units, in order; the first stands on the face.
    pub units: Vec<UnitEntry>,
    /// 权利类型 (KZ_QLLX).
    pub right_type: String,
    /// 权利其他状况 (KZ_QLQTZK), one matter a line.
    pub other_conditions: String,
    /// 附记 (KZ_FJ).
    pub remarks: String,
}

/// A registration proof (不动产登记证明).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationProof {
    /// What all certificates have.
    pub head: Head,
    /// 证明权利或事项 (KZ_ZMQLSX).
    pub matter: String,
    /// 权利人（申请人） (KZ_QLR).
    pub holders: Vec<CertificateHolder>,
    /// 义务人 (KZ_YWR).
    pub obligors: Vec<CertificateHolder>,
    /// The units, in order.
    pub units: Vec<UnitEntry>,
    /// 其他 (KZ_QT), one matter a line.
    pub other: String,
    /// 附记 (KZ_FJ).
    pub remarks: String,
}

/// What stands on the face for several units that differ in a row.
fn listed(count: usize) -> String {
    format!("见附页《不动产单元清单》（共{count}个单元）")
}

/// One row for all units: the value they share, or a reference to the list.
fn shared<'a>(units: &'a [UnitEntry], of: impl Fn(&'a UnitEntry) -> &'a str) -> String {
    let mut values = units.iter().map(of);
    let Some(first) = values.next() else {
        return NONE.to_owned();
    };
    if values.all(|v| v == first) {
        first.to_owned()
    } else {
        listed(units.len())
    }
}

/// A row that names the first unit and how many there are.
fn first_of(units: &[UnitEntry], of: impl Fn(&UnitEntry) -> String) -> String {
    match units {
        [] => NONE.to_owned(),
        [one] => of(one),
        [one, ..] => format!(
            "{}等{}个，{}",
            of(one),
            units.len(),
            "见附页《不动产单元清单》"
        ),
    }
}

fn held_by(holders: &[CertificateHolder]) -> String {
    if holders.is_empty() {
        NONE.to_owned()
    } else {
        names(holders)
    }
}

impl TitleCertificate {
    pub(super) fn rows(&self) -> Vec<Field> {
        let units = &self.units;
        vec![
            Field::new("权利人", &held_by(&self.holders)),
            Field::new("共有情况", &self.co_ownership),
            Field::new("坐落", &first_of(units, |u| u.address.clone())),
            Field::new("不动产单元号", &first_of(units, UnitEntry::grouped)),
            Field::new("权利类型", &self.right_type),
            Field::new("权利性质", &shared(units, |u| &u.nature)),
            Field::new("用途", &shared(units, |u| &u.use_name)),
            Field::new("面积", &shared(units, |u| &u.area)),
            Field::new("使用期限", &shared(units, |u| &u.term)),
            Field::new("权利其他状况", &self.other_conditions),
            Field::new("附记", &self.remarks),
        ]
    }
}

impl RegistrationProof {
    pub(super) fn rows(&self) -> Vec<Field> {
        let units = &self.units;
        vec![
            Field::new("证明权利或事项", &self.matter),
            Field::new("权利人（申请人）", &held_by(&self.holders)),
            Field::new("义务人", &held_by(&self.obligors)),
            Field::new("坐落", &first_of(units, |u| u.address.clone())),
            Field::new("不动产单元号", &first_of(units, UnitEntry::grouped)),
            Field::new("其他", &self.other),
            Field::new("附记", &self.remarks),
        ]
    }
}

fn value(rows: &[Labelled], label: &str) -> String {
    rows.iter()
        .find(|r| r.label == label)
        .map_or_else(|| NONE.to_owned(), |r| r.value.clone())
}

fn entry(facts: &CertificateFacts, rows: &[Labelled]) -> UnitEntry {
    let code = &facts.unit.unit_code;
    UnitEntry {
        code: UnitCode::parse(code).map_or_else(|_| code.clone(), |c| c.as_str().to_owned()),
        address: facts.unit.address.clone(),
        nature: value(rows, "权利性质"),
        use_name: value(rows, "用途"),
        area: value(rows, "面积"),
        term: value(rows, "使用期限"),
    }
}

impl Content {
    /// The content of a certificate or proof from the facts of the register: one set of facts per
    /// unit, all of one right; the first gives what stands on the face.
    ///
    /// # Errors
    /// All [`Fault`]s found: what a certificate cannot be made with.
    pub fn of_certificate(head: Head, facts: &[CertificateFacts]) -> Result<Self, Vec<Fault>> {
        let Some(first) = facts.first() else {
            return Err(vec![Fault::NoUnit]);
        };
        let all = facts
            .iter()
            .map(|f| (f, certificate::rows(f, Mask::Full)))
            .collect::<Vec<_>>();
        let units = all.iter().map(|(f, rows)| entry(f, rows)).collect();
        let rows = certificate::rows(first, Mask::Full);
        let right = &first.right;
        let holders = match first.holder.and_then(|i| right.holders.get(i)) {
            Some(one) => vec![CertificateHolder::of(one)],
            None => right.holders.iter().map(CertificateHolder::of).collect(),
        };
        let made = match first.kind {
            CertificateKind::Title => Self::Title(TitleCertificate {
                head,
                holders,
                co_ownership: value(&rows, "共有情况"),
                units,
                right_type: value(&rows, "权利类型"),
                other_conditions: value(&rows, "权利其他状况"),
                remarks: value(&rows, "附记"),
            }),
            CertificateKind::Proof => Self::Proof(RegistrationProof {
                head,
                matter: value(&rows, "证明权利或事项"),
                holders,
                obligors: right
                    .obligors
                    .iter()
                    .map(CertificateHolder::of_party)
                    .collect(),
                units,
                other: value(&rows, "其他"),
                remarks: value(&rows, "附记"),
            }),
        };
        let faults = made.faults();
        if faults.is_empty() {
            Ok(made)
        } else {
            Err(faults)
        }
    }
}
