//! Whether an application may be answered, and with what. Pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::access::{Applicant, Entitled, Index, Part, PersonIndex, When};
use crate::request::{SearchRequest, Subject};

const ON_PAPERS: &str = "《不动产登记资料查询暂行办法》第八条、第十一条第一款第（一）项";
const ON_PLACE: &str = "《不动产登记资料查询暂行办法》第七条";
const ON_UNDERTAKING: &str = "《不动产登记资料查询暂行办法》第二十五条";
const ON_INTERESTED: &str = "《不动产登记资料查询暂行办法》第二十四条";

/// Why an application may not be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchFinding))]
pub struct Finding {
    /// Code of the rule.
    pub rule: String,
    /// Ground of refusal it belongs to (code of the access table).
    pub ground: String,
    /// What is wrong and what to do.
    pub message: String,
    /// Article.
    pub basis: String,
    /// Field of the application it points at, as JSON pointer.
    pub field: Option<String>,
}

/// Whether the register shows the person the right depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Registered {
    /// Not there.
    No,
    /// A holder of that name without an identity number (older books).
    NameOnly,
    /// There, by identity number.
    Yes,
}

/// What is known when the decision is made.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Codes of papers seen or scanned.
    pub papers: BTreeSet<String>,
    /// Units the search leads to (empty for a search by person).
    pub units: usize,
    /// Units that lie outside the authority.
    pub outside: Vec<String>,
    /// The weakest standing over all units, for those entitled by the register.
    pub registered: Registered,
}

/// What may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// Parts.
    pub parts: Vec<Part>,
    /// Articles.
    pub basis: String,
    /// For a search by person: who is searched for, with the relation to the applicant.
    pub people: Vec<(String, Subject)>,
}

/// Decides; all findings at once, so that the applicant comes back only once.
///
/// # Errors
/// Everything that stands in the way.
pub fn decide(
    row: &Applicant,
    request: &SearchRequest,
    evidence: &Evidence,
) -> Result<Permit, Vec<Finding>> {
    let mut found = Vec::new();
    index(row, request, &mut found);
    papers(row, request, evidence, &mut found);
    people(row, request, &mut found);
    if request.index != Index::Person {
        units(row, evidence, &mut found);
        standing(row, request, evidence, &mut found);
    }
    if !found.is_empty() {
        return Err(found);
    }
    Ok(Permit {
        parts: row.parts.clone(),
        basis: row.basis.clone(),
        people: searched(row, request),
    })
}

/// Who is searched for by name.
fn searched(row: &Applicant, request: &SearchRequest) -> Vec<(String, Subject)> {
    if request.index != Index::Person {
        return Vec::new();
    }
    let main = match row.person {
        Some(PersonIndex::Own) => request.own_subject(),
        Some(_) => request.subject.clone(),
        None => None,
    };
    let label = match row.person {
        Some(PersonIndex::Own) => "本人",
        _ => row.represented_label.as_deref().unwrap_or("被查询人"),
    };
    let family = request
        .family
        .iter()
        .map(|m| (m.relation.name_zh().to_owned(), m.person.clone()));
    main.map(|s| (label.to_owned(), s))
        .into_iter()
        .chain(family)
        .collect()
}

fn finding(
    rule: &str,
    ground: &str,
    message: impl Into<String>,
    basis: &str,
    field: &str,
) -> Finding {
    Finding {
        rule: rule.to_owned(),
        ground: ground.to_owned(),
        message: message.into(),
        basis: basis.to_owned(),
        field: (!field.is_empty()).then(|| field.to_owned()),
    }
}

fn index(row: &Applicant, request: &SearchRequest, found: &mut Vec<Finding>) {
    if row.indexes.is_empty() {
        found.push(finding(
            "Q01",
            "entitlement",
            "查询人不是不动产的权利人、利害关系人，也不是依法有权查询的国家机关，不能查询不动产登记资料",
            &row.basis,
            "/applicant_kind",
        ));
    } else if !row.indexes.contains(&request.index) {
        let allowed: Vec<_> = row.indexes.iter().map(|i| i.name_zh()).collect();
        found.push(finding(
            "Q02",
            "entitlement",
            format!(
                "{}不能按“{}”查询（不得以人查房），只能按{}查询",
                row.name,
                request.index.name_zh(),
                allowed.join("、")
            ),
            ON_INTERESTED,
            "/index",
        ));
    }
}

fn papers(row: &Applicant, request: &SearchRequest, evidence: &Evidence, found: &mut Vec<Finding>) {
    for paper in &row.papers {
        let needed = match paper.when {
            When::Always => true,
            When::Agent => request.applicant.agent.is_some(),
            When::Family => !request.family.is_empty(),
        };
        if needed && !evidence.papers.contains(&paper.code) {
            found.push(finding(
                "Q03",
                "papers",
                format!("缺少申请材料：{}", paper.name),
                ON_PAPERS,
                &format!("/papers/{}", paper.code),
            ));
        }
    }
    if row.undertaking && !request.undertaking {
        found.push(finding(
            "Q04",
            "papers",
            "查询人应当承诺不将查询结果用于其他目的、不泄露查询结果",
            ON_UNDERTAKING,
            "/undertaking",
        ));
    }
    if row.document_no && request.document_no.is_none() {
        found.push(finding(
            "Q05",
            "papers",
            "请填写查询文书（调查令、协助查询通知书、查询函）的文号",
            &row.basis,
            "/document_no",
        ));
    }
    if request.officers.len() < row.officers {
        found.push(finding(
            "Q06",
            "papers",
            format!(
                "应由 {} 名承办人员出示工作证件，现在登记了 {} 名",
                row.officers,
                request.officers.len()
            ),
            &row.basis,
            "/officers",
        ));
    }
}

fn people(row: &Applicant, request: &SearchRequest, found: &mut Vec<Finding>) {
    let by_person = request.index == Index::Person;
    let needs_subject = row.entitled == Entitled::Represented
        || (by_person && row.person.is_some_and(|p| p != PersonIndex::Own));
    if needs_subject && request.subject.is_none() {
        let label = row.represented_label.as_deref().unwrap_or("被查询人");
        found.push(finding(
            "Q07",
            "entitlement",
            format!("请填写{label}的姓名（名称）和证件"),
            &row.basis,
            "/subject",
        ));
    }
    let household = row.family && by_person;
    if !household && !request.family.is_empty() {
        found.push(finding(
            "Q08",
            "entitlement",
            "只有权利人按本人信息查询时可以连同家庭成员一并查询",
            &row.basis,
            "/family",
        ));
    }
    let unnamed = row.sees(Part::HolderMatch) && request.claimed_holder.is_none();
    if unnamed {
        found.push(finding(
            "Q09",
            "papers",
            "请填写需要核对的权利主体名称",
            "《不动产登记资料查询暂行办法》第二十二条第（一）项",
            "/claimed_holder",
        ));
    }
}

fn units(row: &Applicant, evidence: &Evidence, found: &mut Vec<Finding>) {
    if evidence.units == 0 {
        found.push(finding(
            "Q10",
            "entitlement",
            "没有选定要查询的不动产单元，请按坐落、证书号或者单元号查找后选定",
            "《不动产登记资料查询暂行办法》第八条",
            "/units",
        ));
    }
    if row.units_max.is_some_and(|most| evidence.units > most) {
        found.push(finding(
            "Q11",
            "entitlement",
            format!(
                "利害关系人每份申请只能查询一个不动产单元，现在选定了 {} 个，请分别申请",
                evidence.units
            ),
            ON_INTERESTED,
            "/units",
        ));
    }
    if !evidence.outside.is_empty() {
        found.push(finding(
            "Q12",
            "entitlement",
            format!(
                "不动产单元 {} 不在本登记机构辖区，请告知查询人到不动产所在地的登记机构查询",
                evidence.outside.join("、")
            ),
            ON_PLACE,
            "/units",
        ));
    }
}

fn standing(
    row: &Applicant,
    request: &SearchRequest,
    evidence: &Evidence,
    found: &mut Vec<Finding>,
) {
    let who = match row.entitled {
        Entitled::Papers => return,
        Entitled::Registered => "查询人",
        Entitled::Represented => row.represented_label.as_deref().unwrap_or("被代表的权利人"),
    };
    match evidence.registered {
        Registered::Yes => {}
        Registered::NameOnly if request.identity_note.is_some() => {}
        Registered::NameOnly => found.push(finding(
            "Q13",
            "papers",
            format!("登记簿上该权利人没有记载证件号码，请核实{who}与登记簿记载的是同一人，并写明核实方法"),
            ON_PAPERS,
            "/identity_note",
        )),
        Registered::No => found.push(finding(
            "Q14",
            "entitlement",
            format!("登记簿上没有记载{who}为所查不动产单元的权利人"),
            &row.basis,
            "/units",
        )),
    }
}

#[cfg(test)]
mod tests {
    use dengbu_model::party::Agent;

    use super::*;
    use crate::access::Access;
    use crate::request::tests::{id, request, subject};
    use crate::request::{FamilyMember, PaperSeen, Relation, SearchOfficer};

    fn row(kind: &str) -> &'static Applicant {
        Access::builtin().applicant(kind).unwrap()
    }

    /// All that a kind of applicant can bring.
    fn whole(kind: &str, index: Index) -> (SearchRequest, Evidence) {
        let row = row(kind);
        let mut r = request(kind, index);
        r.subject = Some(subject("乙", "19500101", 2));
        r.document_no = Some("（2026）川0402执1号".to_owned());
        r.claimed_holder = Some("乙".to_owned());
        let officer = SearchOfficer {
            name: "丁".to_owned(),
            card_no: "1".to_owned(),
        };
        r.officers = vec![officer; 2];
        r.papers = row
            .papers
            .iter()
            .map(|p| PaperSeen {
                code: p.code.clone(),
                note: None,
            })
            .collect();
        let evidence = Evidence {
            papers: row.papers.iter().map(|p| p.code.clone()).collect(),
            units: usize::from(index != Index::Person),
            outside: Vec::new(),
            registered: Registered::Yes,
        };
        (r, evidence)
    }

    fn rules(kind: &str, r: &SearchRequest, e: &Evidence) -> Vec<String> {
        decide(row(kind), r, e)
            .err()
            .into_iter()
            .flatten()
            .map(|f| {
                assert!(f.basis.contains('条'), "{f:?}");
                assert!(Access::builtin().refusal(&f.ground).is_some(), "{f:?}");
                f.rule
            })
            .collect()
    }

    /// Every kind × index: answered with exactly the parts of its row, or refused with Q01/Q02.
    #[test]
    fn every_kind_by_every_index() {
        for a in &Access::builtin().applicants {
            for index in Index::ALL {
                let (r, e) = whole(&a.code, index);
                let decision = decide(a, &r, &e);
                if a.indexes.contains(&index) {
                    assert_eq!(decision.unwrap().parts, a.parts, "{} {index:?}", a.code);
                } else {
                    let expected = if a.indexes.is_empty() { "Q01" } else { "Q02" };
                    let rules: Vec<_> = decision.unwrap_err().into_iter().map(|f| f.rule).collect();
                    assert_eq!(rules, [expected], "{} {index:?}", a.code);
                }
            }
        }
    }

    #[test]
    fn by_name_only_whom_the_table_says() {
        let people = |kind: &str| {
            let (r, e) = whole(kind, Index::Person);
            let permit = decide(row(kind), &r, &e).unwrap();
            permit
                .people
                .into_iter()
                .map(|(label, s)| format!("{label}{}", s.name))
                .collect::<Vec<_>>()
        };
        assert_eq!(people("holder"), ["本人甲"]);
        assert_eq!(people("heir"), ["被继承人（遗赠人）乙"]);
        assert_eq!(people("state_organ"), ["被查询人乙"]);
        let (mut r, e) = whole("state_organ", Index::Person);
        r.subject = None;
        assert_eq!(rules("state_organ", &r, &e), ["Q07"]);
    }

    #[test]
    fn each_missing_paper_is_named_and_an_agent_needs_one_more() {
        let (mut r, mut e) = whole("contract_party", Index::UnitCode);
        e.papers.remove("S3");
        assert!(rules("contract_party", &r, &e).is_empty());
        r.applicant.agent = Some(Agent {
            name: "戊".to_owned(),
            id: Some(id("19900101", 5)),
            phone: None,
            authority: None,
        });
        assert_eq!(rules("contract_party", &r, &e), ["Q03"]);
        e.papers.clear();
        r.undertaking = false;
        assert_eq!(
            rules("contract_party", &r, &e),
            ["Q03", "Q03", "Q03", "Q03", "Q04"]
        );
    }

    #[test]
    fn interested_parties_get_one_unit_holders_as_many_as_they_have() {
        for (kind, expected) in [
            ("intending", &["Q11"][..]),
            ("litigant", &["Q11"]),
            ("holder", &[]),
            ("state_organ", &[]),
        ] {
            let (r, mut e) = whole(kind, Index::UnitCode);
            e.units = 2;
            assert_eq!(rules(kind, &r, &e), expected, "{kind}");
            e.units = 0;
            assert_eq!(rules(kind, &r, &e), ["Q10"], "{kind}");
        }
    }

    #[test]
    fn a_holder_must_stand_in_the_register() {
        let (mut r, mut e) = whole("holder", Index::Address);
        e.registered = Registered::No;
        assert_eq!(rules("holder", &r, &e), ["Q14"]);
        e.registered = Registered::NameOnly;
        assert_eq!(rules("holder", &r, &e), ["Q13"]);
        r.identity_note = Some("核对原房产证及档案照片".to_owned());
        assert!(rules("holder", &r, &e).is_empty());
        // who asks about the own name may well hold nothing
        let (r, mut e) = whole("holder", Index::Person);
        e.registered = Registered::No;
        assert!(rules("holder", &r, &e).is_empty());
    }

    #[test]
    fn organs_show_two_cards_and_a_number_and_units_lie_here() {
        let (mut r, mut e) = whole("state_organ", Index::UnitCode);
        r.officers.pop();
        r.document_no = None;
        e.outside = vec!["510421".to_owned()];
        assert_eq!(rules("state_organ", &r, &e), ["Q05", "Q06", "Q12"]);
    }

    #[test]
    fn a_household_is_searched_by_the_holder_only_and_with_proof() {
        let member = FamilyMember {
            relation: Relation::Spouse,
            person: subject("己", "19820101", 6),
        };
        let (mut r, mut e) = whole("holder", Index::Person);
        r.family = vec![member.clone()];
        let permit = decide(row("holder"), &r, &e).unwrap();
        assert_eq!(permit.people[1].0, "配偶");
        e.papers.remove("S9");
        assert_eq!(rules("holder", &r, &e), ["Q03"]);
        let (mut r, e) = whole("state_organ", Index::Person);
        r.family = vec![member];
        assert_eq!(rules("state_organ", &r, &e), ["Q08"]);
    }
}
