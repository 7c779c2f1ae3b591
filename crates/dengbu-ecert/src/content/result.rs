//! Result papers of a search (不动产登记资料查询暂行办法): property-holding proof, search result,
//! register extract. Their lines are made by the search; here they get a type, an identifier and
//! the frame of a certificate.

use dengbu_papers::proof::{ProofFacts, ProofSection};
use dengbu_papers::{fields::Labelled, format};
use serde::{Deserialize, Serialize};

use super::{Content, Field, Head};
use crate::fault::Fault;
use crate::holder::CertificateHolder;
use crate::kind::DocumentKind;

/// Heading under which the search puts its application.
const APPLICATION: &str = "查询申请";
/// Heading of the persons searched for.
const PEOPLE: &str = "被查询人";
/// Heading of the dwellings found.
const DWELLINGS: &str = "登记的房屋";
/// Columns of the two tables of a property-holding proof.
const PEOPLE_COLUMNS: [&str; 4] = ["与申请人关系", "姓名（名称）", "证件种类", "证件号码"];
const DWELLING_COLUMNS: [&str; 6] = [
    "权利人",
    "坐落",
    "用途",
    "面积（㎡）",
    "共有情况",
    "证书（证明）号",
];

/// What all result papers have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultFrame {
    /// What all certificates have.
    pub head: Head,
    /// Who applied for the search (查询申请人).
    pub applicants: Vec<CertificateHolder>,
    /// Title as printed.
    pub title: String,
    /// The application: purpose, scope, moment of the search (查询时点) and more.
    pub application: Vec<Field>,
    /// The answer in one sentence.
    pub conclusion: Option<String>,
    /// 注意事项.
    pub warnings: Vec<String>,
    /// 出具时间.
    pub issued_at: String,
    /// 经办人.
    pub issued_by: String,
    /// 查验码 of the paper, in groups.
    pub check_code: String,
}

/// A part of a result paper: labelled lines, then a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Heading.
    pub heading: String,
    /// Lines.
    pub facts: Vec<Field>,
    /// Columns of the table; empty: no table.
    pub columns: Vec<String>,
    /// Rows, each as long as `columns`.
    pub rows: Vec<Vec<String>>,
}

/// A person searched for (被查询人).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchedPerson {
    /// 与申请人关系.
    pub relation: String,
    /// Name.
    pub name: String,
    /// 证件种类.
    pub id_kind: String,
    /// 证件号码.
    pub id_number: String,
}

/// A dwelling found (登记的房屋).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldDwelling {
    /// 权利人.
    pub holder: String,
    /// 坐落.
    pub address: String,
    /// 用途.
    pub use_name: String,
    /// 面积, ㎡.
    pub area: String,
    /// 共有情况.
    pub co_ownership: String,
    /// 证书（证明）号.
    pub certificate_no: String,
}

/// A property-holding proof (个人住房登记情况查询证明).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldingProof {
    /// What all result papers have.
    pub frame: ResultFrame,
    /// The persons searched for.
    pub people: Vec<SearchedPerson>,
    /// The dwellings found; empty: none (无房).
    pub dwellings: Vec<HeldDwelling>,
    /// Other parts, such as what a clerk found about holders of the same name.
    pub further: Vec<Part>,
}

/// A search result (不动产登记资料查询结果证明).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchResult {
    /// What all result papers have.
    pub frame: ResultFrame,
    /// One part per unit.
    pub parts: Vec<Part>,
}

/// A register extract (不动产登记簿查询摘录): whole pages of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterExtract {
    /// What all result papers have.
    pub frame: ResultFrame,
    /// One part per page.
    pub parts: Vec<Part>,
}

fn fields(lines: &[Labelled]) -> Vec<Field> {
    lines
        .iter()
        .map(|l| Field::new(&l.label, &l.value))
        .collect()
}

impl From<&ProofSection> for Part {
    fn from(section: &ProofSection) -> Self {
        Self {
            heading: section.heading.clone(),
            facts: fields(&section.facts),
            columns: section.columns.clone(),
            rows: section.rows.clone(),
        }
    }
}

/// A row with exactly `N` cells; missing ones are empty.
fn cells<const N: usize>(row: &[String]) -> [String; N] {
    std::array::from_fn(|i| row.get(i).cloned().unwrap_or_default())
}

impl HoldingProof {
    fn of(frame: ResultFrame, parts: Vec<Part>) -> Self {
        let mut made = Self {
            frame,
            people: Vec::new(),
            dwellings: Vec::new(),
            further: Vec::new(),
        };
        for part in parts {
            if part.heading == PEOPLE && part.columns == PEOPLE_COLUMNS {
                made.people.extend(part.rows.iter().map(|row| {
                    let [relation, name, id_kind, id_number] = cells(row);
                    SearchedPerson {
                        relation,
                        name,
                        id_kind,
                        id_number,
                    }
                }));
            } else if part.heading == DWELLINGS && part.columns == DWELLING_COLUMNS {
                made.dwellings.extend(part.rows.iter().map(|row| {
                    let [
                        holder,
                        address,
                        use_name,
                        area,
                        co_ownership,
                        certificate_no,
                    ] = cells(row);
                    HeldDwelling {
                        holder,
                        address,
                        use_name,
                        area,
                        co_ownership,
                        certificate_no,
                    }
                }));
            } else {
                made.further.push(part);
            }
        }
        made
    }

    pub(super) fn parts(&self) -> Vec<Part> {
        let table = |heading: &str, columns: &[&str], rows: Vec<Vec<String>>| Part {
            heading: heading.to_owned(),
            facts: Vec::new(),
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            rows,
        };
        let people = self.people.iter().map(|p| {
            vec![
                p.relation.clone(),
                p.name.clone(),
                p.id_kind.clone(),
                p.id_number.clone(),
            ]
        });
        let dwellings = self.dwellings.iter().map(|d| {
            vec![
                d.holder.clone(),
                d.address.clone(),
                d.use_name.clone(),
                d.area.clone(),
                d.co_ownership.clone(),
                d.certificate_no.clone(),
            ]
        });
        let mut parts = vec![table(PEOPLE, &PEOPLE_COLUMNS, people.collect())];
        if !self.dwellings.is_empty() {
            parts.push(table(DWELLINGS, &DWELLING_COLUMNS, dwellings.collect()));
        }
        parts.extend(self.further.iter().cloned());
        parts
    }
}

impl Content {
    /// The content of a result paper from what the search wrote.
    ///
    /// # Errors
    /// [`Fault::NotAResult`] for a kind that is no result paper, and what else is missing.
    pub fn of_result(
        kind: DocumentKind,
        head: Head,
        applicants: Vec<CertificateHolder>,
        proof: &ProofFacts,
    ) -> Result<Self, Vec<Fault>> {
        let mut parts: Vec<Part> = proof.sections.iter().map(Part::from).collect();
        let mut application = Vec::new();
        if let Some(at) = parts.iter().position(|p| p.heading == APPLICATION) {
            application = parts.remove(at).facts;
        }
        let frame = ResultFrame {
            head,
            applicants,
            title: proof.title.clone(),
            application,
            conclusion: proof.conclusion.clone(),
            warnings: proof.warnings.clone(),
            issued_at: format::instant(proof.issued_at),
            issued_by: proof.issued_by.clone(),
            check_code: proof.check_code.clone(),
        };
        let made = match kind {
            DocumentKind::HoldingProof => Self::HoldingProof(HoldingProof::of(frame, parts)),
            DocumentKind::SearchResult => Self::SearchResult(SearchResult { frame, parts }),
            DocumentKind::RegisterExtract => {
                Self::RegisterExtract(RegisterExtract { frame, parts })
            }
            DocumentKind::Title | DocumentKind::Proof => return Err(vec![Fault::NotAResult]),
        };
        let faults = made.faults();
        if faults.is_empty() {
            Ok(made)
        } else {
            Err(faults)
        }
    }
}
