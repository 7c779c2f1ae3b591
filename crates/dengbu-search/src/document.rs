//! Result papers (查询结果证明、有房无房证明、查询摘录、不予查询告知书): their content, its digest, the
//! check code, and the content masked for the public check. Pure.
//!
//! The content is canonical JSON. The check code is the first 80 bits of its SM3 (GB/T 32905) in
//! base 32; the content holds a random nonce, so that nobody who knows the rest can guess the code.

use chrono::{DateTime, Utc};
use dengbu_model::identity::{IdDocument, IdKind};
use dengbu_model::party::masked_name;
use dengbu_papers::Mask;
use dengbu_papers::format::NONE;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Access;
use crate::answer::Answer;
use crate::application::{Application, Refusal};
use crate::holding::Hit;
use crate::request::is_person;
use crate::shown::{ShownField, ShownRight, ShownUnit, moment};
use crate::{SearchError, log, sm3_hex};

/// Form of the content.
pub const FORMAT: &str = "dengbu-search-paper/1";
/// Kind of the paper that tells of a refusal.
pub const REFUSAL: &str = "refusal";
/// Kind of the paper about dwellings.
pub const PROPERTY_PROOF: &str = "property_proof";
/// Kind of the paper with the whole pages.
pub const EXTRACT: &str = "register_extract";

/// Crockford's base 32: no letter that looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How a value is masked when strangers look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Veil {
    /// Shown.
    #[default]
    Open,
    /// Names: 张*.
    Name,
    /// Numbers of documents: 5104**********1234.
    Number,
    /// Addresses: up to the first digit.
    Address,
    /// Not shown.
    Hidden,
}

/// A value of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// As printed.
    pub text: String,
    /// How it is masked.
    pub veil: Veil,
}

impl Cell {
    fn new(text: impl Into<String>, veil: Veil) -> Self {
        let text = text.into();
        Self {
            text: if text.trim().is_empty() {
                NONE.to_owned()
            } else {
                text
            },
            veil,
        }
    }

    fn open(text: impl Into<String>) -> Self {
        Self::new(text, Veil::Open)
    }

    /// What strangers see.
    #[must_use]
    pub fn masked(&self) -> String {
        if self.text == NONE {
            return NONE.to_owned();
        }
        let each = |f: &dyn Fn(&str) -> String| {
            let parts: Vec<_> = self.text.split('、').map(f).collect();
            parts.join("、")
        };
        match self.veil {
            Veil::Open => self.text.clone(),
            Veil::Name => each(&|n| masked_name(n)),
            Veil::Number => each(&|n| IdDocument::from_register(IdKind::Other, n).masked()),
            Veil::Address => Mask::Masked.address(&self.text),
            Veil::Hidden => "（不公开）".to_owned(),
        }
    }
}

/// A labelled value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Label.
    pub label: String,
    /// Value.
    pub value: Cell,
}

/// A part of a paper: labelled values, then a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Heading.
    pub heading: String,
    /// Labelled values.
    pub facts: Vec<Line>,
    /// Columns of the table; empty: no table.
    pub columns: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<Cell>>,
}

/// The content of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// Form.
    pub format: String,
    /// Kind.
    pub kind: String,
    /// Title as printed.
    pub title: String,
    /// Number as printed.
    pub number: String,
    /// Authority.
    pub authority: String,
    /// Its name.
    pub authority_name: String,
    /// The application.
    pub search_no: String,
    /// When it was given out.
    pub issued_at: DateTime<Utc>,
    /// By whom (经办人).
    pub issued_by: String,
    /// The moment the register was read (查询时点); none for a refusal.
    pub as_of: Option<DateTime<Utc>>,
    /// What it says in one sentence; names nobody.
    pub conclusion: Option<String>,
    /// Parts.
    pub sections: Vec<Section>,
    /// Warnings.
    pub warnings: Vec<String>,
    /// Makes the check code unguessable.
    pub nonce: String,
}

/// What frames a paper.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    /// The application.
    pub application: &'a Application,
    /// Name of the authority.
    pub authority_name: &'a str,
    /// Number.
    pub number: String,
    /// When it is given out.
    pub issued_at: DateTime<Utc>,
    /// By whom.
    pub issued_by: &'a str,
    /// Random.
    pub nonce: Uuid,
}

/// What a clerk found about a right of somebody of the same name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DoubtDecision {
    /// The right.
    pub right_id: Uuid,
    /// Whether its holder is the person searched for.
    pub same_person: bool,
    /// How that was found out.
    pub reason: String,
}

impl Body {
    /// The canonical content.
    ///
    /// # Errors
    /// [`SearchError::Unreadable`], which would be a defect of the program.
    pub fn canonical(&self) -> Result<String, SearchError> {
        log::canonical(self)
    }
}

/// The check code of a content: 16 characters.
#[must_use]
pub fn check_code(canonical: &str) -> String {
    let digest = sm3_hex(canonical.as_bytes());
    let mut bits = 0_u32;
    let mut held = 0;
    let mut code = String::with_capacity(16);
    for digit in digest.chars().take(20) {
        bits = (bits << 4) | digit.to_digit(16).unwrap_or(0);
        held += 4;
        if held >= 5 {
            held -= 5;
            let at = (bits >> held) & 31;
            code.push(char::from(ALPHABET[at as usize]));
            bits &= (1 << held) - 1;
        }
    }
    code
}

/// Reads a check code as a person typed it: blanks and hyphens go, O is 0, I and L are 1.
#[must_use]
pub fn read_code(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let fits = code.len() == 16 && code.bytes().all(|b| ALPHABET.contains(&b));
    fits.then_some(code)
}

/// A check code in groups of four.
#[must_use]
pub fn grouped_code(code: &str) -> String {
    code.as_bytes()
        .chunks(4)
        .map(|c| String::from_utf8_lossy(c).into_owned())
        .collect::<Vec<_>>()
        .join("-")
}

fn body(frame: &Frame<'_>, kind: &str, title: &str) -> Body {
    Body {
        format: FORMAT.to_owned(),
        kind: kind.to_owned(),
        title: title.to_owned(),
        number: frame.number.clone(),
        authority: frame.application.authority.clone(),
        authority_name: frame.authority_name.to_owned(),
        search_no: frame.application.search_no.clone(),
        issued_at: dengbu_register::entry::register_time(frame.issued_at),
        issued_by: frame.issued_by.to_owned(),
        as_of: None,
        conclusion: None,
        sections: vec![applicant(frame.application)],
        warnings: Vec::new(),
        nonce: frame.nonce.simple().to_string(),
    }
}

fn line(label: &str, text: impl Into<String>, veil: Veil) -> Line {
    Line {
        label: label.to_owned(),
        value: Cell::new(text, veil),
    }
}

fn applicant(found: &Application) -> Section {
    let request = &found.request;
    let party = &request.applicant;
    let veil = if is_person(party) {
        Veil::Name
    } else {
        Veil::Open
    };
    let kind = Access::builtin()
        .applicant(&request.applicant_kind)
        .map_or_else(|| request.applicant_kind.clone(), |a| a.name.clone());
    let mut facts = vec![
        line("查询申请人", &party.name, veil),
        line("查询主体", kind, Veil::Open),
    ];
    if let Some(id) = &party.id {
        facts.push(line(
            "证件号码",
            &id.number,
            if is_person(party) {
                Veil::Number
            } else {
                Veil::Open
            },
        ));
    }
    if let Some(agent) = &party.agent {
        facts.push(line("代理人", &agent.name, Veil::Name));
    }
    if let Some(no) = &request.document_no {
        facts.push(line("查询文书文号", no, Veil::Hidden));
    }
    facts.push(line("查询目的", request.purpose_text(), Veil::Hidden));
    facts.push(line("查询索引", request.index.name_zh(), Veil::Open));
    Section {
        heading: "查询申请".to_owned(),
        facts,
        ..Section::default()
    }
}

/// The paper made of an answer.
#[must_use]
pub fn of_answer(
    frame: &Frame<'_>,
    kind: &str,
    title: &str,
    answer: &Answer,
    doubts: &[DoubtDecision],
) -> Body {
    let mut paper = body(frame, kind, title);
    paper.as_of = Some(answer.as_of);
    let counties: Vec<_> = answer.scope.iter().map(|c| c.name.as_str()).collect();
    if let Some(first) = paper.sections.first_mut() {
        first
            .facts
            .push(line("查询范围", counties.join("、"), Veil::Open));
        first
            .facts
            .push(line("查询时点", moment(answer.as_of), Veil::Open));
    }
    if kind == PROPERTY_PROOF {
        property(&mut paper, answer, doubts);
    } else {
        for (i, unit) in answer.units.iter().enumerate() {
            paper
                .sections
                .extend(unit_sections(i + 1, unit, kind == EXTRACT));
        }
    }
    paper.warnings = warnings(frame.application, kind);
    paper
}

fn warnings(found: &Application, kind: &str) -> Vec<String> {
    let basis = Access::builtin()
        .applicant(&found.request.applicant_kind)
        .map_or("", |a| a.basis.as_str());
    let mut all = vec![
        "本查询结果只反映上列查询时点、查询范围内登记簿的记载；查询时点之后的变化不在其内。".to_owned(),
        "查询结果只能用于上列查询目的，不得用于其他目的，未经权利人同意不得泄露（《不动产登记暂行条例》第二十八条）。".to_owned(),
        format!("查询依据：{basis}。"),
    ];
    if kind == PROPERTY_PROOF {
        all.insert(
            1,
            "尚未办理登记的房屋和其他登记机构辖区内的房屋不在查询范围内。".to_owned(),
        );
    }
    all
}

fn property(paper: &mut Body, answer: &Answer, doubts: &[DoubtDecision]) {
    let same = |hit: &Hit| {
        doubts
            .iter()
            .any(|d| d.right_id == hit.right_id && d.same_person)
    };
    paper.sections.push(Section {
        heading: "被查询人".to_owned(),
        columns: columns(&["与申请人关系", "姓名（名称）", "证件种类", "证件号码"]),
        rows: answer
            .people
            .iter()
            .map(|p| {
                vec![
                    Cell::open(&p.relation),
                    Cell::new(&p.name, Veil::Name),
                    Cell::open(&p.id_kind_name),
                    Cell::new(&p.id_number, Veil::Number),
                ]
            })
            .collect(),
        ..Section::default()
    });
    let mut rows = Vec::new();
    for person in &answer.people {
        let accepted = person.doubts.iter().filter(|h| same(h));
        for hit in person.hits.iter().chain(accepted).filter(|h| h.counted) {
            rows.push(vec![
                Cell::new(&person.name, Veil::Name),
                Cell::new(&hit.address, Veil::Address),
                Cell::open(hit.use_name.clone().unwrap_or_default()),
                Cell::open(hit.area.clone().unwrap_or_default()),
                Cell::open(&hit.co_ownership),
                Cell::new(hit.certificate_no.clone().unwrap_or_default(), Veil::Hidden),
            ]);
        }
    }
    let mut units: Vec<&str> = answer
        .people
        .iter()
        .flat_map(|p| p.hits.iter().chain(p.doubts.iter().filter(|h| same(h))))
        .filter(|h| h.counted)
        .map(|h| h.unit_code.as_str())
        .collect();
    units.sort_unstable();
    units.dedup();
    paper.conclusion = Some(if units.is_empty() {
        "截至查询时点，在查询范围内的登记簿上没有查询到登记在下列被查询人名下的房屋。".to_owned()
    } else {
        format!(
            "截至查询时点，在查询范围内的登记簿上，登记在下列被查询人名下的房屋共 {} 处。",
            units.len()
        )
    });
    if !rows.is_empty() {
        paper.sections.push(Section {
            heading: "登记的房屋".to_owned(),
            columns: columns(&[
                "权利人",
                "坐落",
                "用途",
                "面积（㎡）",
                "共有情况",
                "证书（证明）号",
            ]),
            rows,
            ..Section::default()
        });
    }
    let others = doubts.iter().filter(|d| !d.same_person).count();
    if others > 0 {
        paper.sections.push(Section {
            heading: "人工核对".to_owned(),
            facts: vec![line(
                "同名登记",
                format!("另有 {others} 项同名而没有可核对证件号码的登记，经核对不属于上列被查询人"),
                Veil::Open,
            )],
            ..Section::default()
        });
    }
}

fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

fn unit_sections(no: usize, unit: &ShownUnit, whole: bool) -> Vec<Section> {
    let plain = |f: &ShownField| {
        let veil = if f.label == "坐落" {
            Veil::Address
        } else {
            open_or_hidden(&f.label)
        };
        line(&f.label, &f.value, veil)
    };
    let mut first = Section {
        heading: format!("不动产单元（{no}）"),
        facts: unit.natural.iter().chain(&unit.state).map(plain).collect(),
        ..Section::default()
    };
    if unit.rights.is_empty() || whole {
        let mut all = vec![first];
        all.extend(unit.rights.iter().filter(|_| whole).map(page));
        all.extend(originals(unit));
        return all;
    }
    first.columns = columns(&["登记事项", "权利人", "证书（证明）号", "登记时间"]);
    first.rows = unit
        .rights
        .iter()
        .map(|r| {
            let field = |label: &str| {
                let found = r.fields.iter().find(|f| f.label == label);
                found.map(|f| f.value.clone()).unwrap_or_default()
            };
            let number = match field("不动产权证书号") {
                n if n.is_empty() => field("不动产登记证明号"),
                n => n,
            };
            vec![
                Cell::open(&r.title),
                Cell::new(r.holders.join("、"), Veil::Name),
                Cell::new(number, Veil::Hidden),
                Cell::open(field("登记时间")),
            ]
        })
        .collect();
    let mut all = vec![first];
    all.extend(originals(unit));
    all
}

fn originals(unit: &ShownUnit) -> Option<Section> {
    (!unit.originals.is_empty()).then(|| Section {
        heading: "可复制的登记原始资料".to_owned(),
        columns: columns(&["业务号", "材料", "份数"]),
        rows: unit
            .originals
            .iter()
            .map(|o| {
                vec![
                    Cell::open(&o.case_no),
                    Cell::open(&o.name),
                    Cell::open(o.copies.to_string()),
                ]
            })
            .collect(),
        ..Section::default()
    })
}

fn page(right: &ShownRight) -> Section {
    let is_name = |label: &str| {
        let number = format!("{label}证件号码");
        right.fields.iter().any(|f| f.label == number)
    };
    Section {
        heading: right.title.clone(),
        facts: right
            .fields
            .iter()
            .map(|f| {
                let veil = if is_name(&f.label) {
                    Veil::Name
                } else if f.label.ends_with("证件号码") {
                    Veil::Number
                } else if f.label == "坐落" {
                    Veil::Address
                } else {
                    open_or_hidden(&f.label)
                };
                line(&f.label, &f.value, veil)
            })
            .collect(),
        ..Section::default()
    }
}

/// Labels whose values say nothing of a person; all others stay hidden from strangers.
const OPEN_LABELS: [&str; 16] = [
    "不动产单元号",
    "不动产类型",
    "单元状态",
    "土地用途",
    "房屋用途",
    "宗地用途",
    "所在层",
    "总层数",
    "房屋结构",
    "权利类型",
    "登记类型",
    "登记机构",
    "登记时间",
    "共有形式",
    "业务号",
    "用途",
];

fn open_or_hidden(label: &str) -> Veil {
    let open = OPEN_LABELS.contains(&label)
        || label.starts_with("是否存在")
        || label.ends_with("面积")
        || label.ends_with("证件种类");
    if open { Veil::Open } else { Veil::Hidden }
}

/// The notice of a refusal (不予查询告知书, 查询办法第十一条第二款: reconsideration or suit).
#[must_use]
pub fn of_refusal(frame: &Frame<'_>, refusal: &Refusal) -> Body {
    let mut paper = body(frame, REFUSAL, "不予查询告知书");
    paper.conclusion =
        Some("经审查，您（贵单位）的查询申请不符合查询条件，本机构不予查询。".to_owned());
    paper.sections.push(Section {
        heading: "不予查询的情形和理由".to_owned(),
        facts: vec![
            line("情形", &refusal.ground_name, Veil::Open),
            line("依据", &refusal.basis, Veil::Open),
            line("事实和理由", &refusal.reason, Veil::Hidden),
        ],
        ..Section::default()
    });
    paper.warnings = vec![
        "对本告知书不服的，可以自收到之日起六十日内依法申请行政复议（《行政复议法》第二十条），\
         或者在六个月内依法提起行政诉讼（《行政诉讼法》第四十六条）。"
            .to_owned(),
    ];
    paper
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_sixteen_characters_of_the_digest() {
        // SM3("abc") = 66c7f0f462eeedd9d1f2… (GB/T 32905-2016 Appendix A.1)
        assert_eq!(check_code("abc"), "CV3Z1X32XVPXKMFJ");
        assert_eq!(grouped_code("CV3Z1X32XVPXKMFJ"), "CV3Z-1X32-XVPX-KMFJ");
        assert_eq!(
            read_code(" cv3z-ix32 xvpx-kmfj").unwrap(),
            "CV3Z1X32XVPXKMFJ"
        );
        for bad in [
            "",
            "CV3Z",
            "CV3Z1X32XVPXKMFU",
            "CV3Z1X32XVPXKMFJ0",
            "攀枝花",
        ] {
            assert_eq!(read_code(bad), None, "{bad}");
        }
    }

    #[test]
    fn strangers_see_what_names_nobody() {
        let cell = |text: &str, veil| Cell::new(text, veil).masked();
        assert_eq!(cell("张三、李四五", Veil::Name), "张*、李**");
        assert_eq!(
            cell("51049919800101001X", Veil::Number),
            "5104**********001X"
        );
        assert_eq!(cell("示例路1号2室", Veil::Address), "示例路****");
        assert_eq!(cell("借款合同", Veil::Hidden), "（不公开）");
        assert_eq!(cell("", Veil::Name), "—");
        assert_eq!(open_or_hidden("附记"), Veil::Hidden);
        assert_eq!(open_or_hidden("共有情况"), Veil::Hidden);
    }

    proptest! {
        /// A content that differs in one character has another code.
        #[test]
        fn another_content_another_code(text in "\\PC{1,60}", at in 0_usize..60, other in "\\PC") {
            let chars: Vec<char> = text.chars().collect();
            let at = at % chars.len();
            let mut changed: String = chars[..at].iter().collect();
            changed.push_str(&other);
            changed.extend(&chars[at + 1..]);
            prop_assume!(changed != text);
            prop_assert_ne!(check_code(&text), check_code(&changed));
        }

        #[test]
        fn a_code_reads_back(text in "\\PC{0,60}") {
            let code = check_code(&text);
            prop_assert_eq!(read_code(&grouped_code(&code).to_lowercase()), Some(code));
        }
    }
}
