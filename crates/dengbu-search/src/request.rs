//! An application (查询申请书): who asks, why, by what, for whom.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use dengbu_model::identity::{IdDocument, IdKind};
use dengbu_model::party::{Party, PartyKind};
use dengbu_model::unit_code::UnitCode;
use serde::{Deserialize, Serialize};

use crate::FieldFault;
use crate::access::{Access, Index};

/// Longest free text of one field, in characters.
const TEXT_MAX: usize = 200;
/// Units named in one application at most.
pub const UNITS_MAX: usize = 100;
/// Members of a household at most.
const FAMILY_MAX: usize = 20;

/// The purpose that needs a word of its own.
const OTHER_PURPOSE: &str = "其他";

/// What a member of the household is to the applicant (家庭成员关系).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = FamilyRelation))]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// 配偶.
    Spouse,
    /// 未成年子女.
    MinorChild,
}

impl Relation {
    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Spouse => "配偶",
            Self::MinorChild => "未成年子女",
        }
    }
}

/// A person searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchSubject))]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Name.
    pub name: String,
    /// Document.
    pub id: IdDocument,
    /// Former names (曾用名).
    #[serde(default)]
    pub former_names: Vec<String>,
    /// Former documents: an older number, a passport.
    #[serde(default)]
    pub former_ids: Vec<IdDocument>,
}

/// A member of the household searched with (家庭成员).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FamilyMember {
    /// Relation.
    pub relation: Relation,
    /// The person.
    pub person: Subject,
}

/// An officer who searches for an organ (承办人员).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SearchOfficer {
    /// Name.
    pub name: String,
    /// Number of the work card.
    pub card_no: String,
}

/// A paper the clerk has seen or taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PaperSeen {
    /// Its code in the access table.
    pub code: String,
    /// Its number or where it is kept.
    #[serde(default)]
    pub note: Option<String>,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// Kind of applicant, code of the access table.
    pub applicant_kind: String,
    /// The applicant, with agent (查询主体).
    pub applicant: Party,
    /// Former names of the applicant.
    #[serde(default)]
    pub former_names: Vec<String>,
    /// Former documents of the applicant.
    #[serde(default)]
    pub former_ids: Vec<IdDocument>,
    /// Purpose (查询目的).
    pub purpose: String,
    /// The purpose in words; needed when it is 其他.
    #[serde(default)]
    pub purpose_note: Option<String>,
    /// The undertaking not to use the result otherwise (承诺), given.
    #[serde(default)]
    pub undertaking: bool,
    /// Whom the applicant stands for, or whom the papers name.
    #[serde(default)]
    pub subject: Option<Subject>,
    /// Members of the household searched with.
    #[serde(default)]
    pub family: Vec<FamilyMember>,
    /// What the search goes by.
    pub index: Index,
    /// Address or certificate number as the applicant gave it.
    #[serde(default)]
    pub text: Option<String>,
    /// Unit codes.
    #[serde(default)]
    pub units: Vec<String>,
    /// Number of the official paper (文书号).
    #[serde(default)]
    pub document_no: Option<String>,
    /// Officers.
    #[serde(default)]
    pub officers: Vec<SearchOfficer>,
    /// The holder's name that a lawyer wants compared.
    #[serde(default)]
    pub claimed_holder: Option<String>,
    /// How the clerk made sure that the applicant is the holder of an entry without an identity number.
    #[serde(default)]
    pub identity_note: Option<String>,
    /// Papers seen.
    #[serde(default)]
    pub papers: Vec<PaperSeen>,
}

impl SearchRequest {
    /// The applicant as a person searched for.
    #[must_use]
    pub fn own_subject(&self) -> Option<Subject> {
        Some(Subject {
            name: self.applicant.name.clone(),
            id: self.applicant.id.clone()?,
            former_names: self.former_names.clone(),
            former_ids: self.former_ids.clone(),
        })
    }

    /// The purpose as printed.
    #[must_use]
    pub fn purpose_text(&self) -> String {
        match &self.purpose_note {
            Some(note) => format!("{}：{note}", self.purpose),
            None => self.purpose.clone(),
        }
    }

    /// Mends what can be mended (spaces, widths, 15-digit numbers) and tells what is wrong.
    ///
    /// # Errors
    /// All fields that are wrong.
    pub fn tidy(mut self, access: &Access, today: NaiveDate) -> Result<Self, Vec<FieldFault>> {
        let mut faults = Faults(Vec::new());
        if access.applicant(&self.applicant_kind).is_none() {
            faults.add("/applicant_kind", "unknown_value", "请选择查询主体");
        }
        faults.party(&mut self.applicant, today);
        faults.former("", &mut self.former_names, &mut self.former_ids, today);
        self.purpose = self.purpose.trim().to_owned();
        if !access.purposes.contains(&self.purpose) {
            faults.add("/purpose", "unknown_value", "请选择查询目的");
        }
        for (field, value) in [
            ("/purpose_note", &mut self.purpose_note),
            ("/text", &mut self.text),
            ("/document_no", &mut self.document_no),
            ("/claimed_holder", &mut self.claimed_holder),
            ("/identity_note", &mut self.identity_note),
        ] {
            faults.optional(field, value);
        }
        if self.purpose == OTHER_PURPOSE && self.purpose_note.is_none() {
            faults.add(
                "/purpose_note",
                "required",
                "查询目的为“其他”的，请写明具体目的",
            );
        }
        if let Some(subject) = &mut self.subject {
            faults.subject("/subject", subject, today);
        }
        faults.family(&mut self.family, today);
        faults.units(&mut self.units);
        faults.lists(&mut self);
        if faults.0.is_empty() {
            Ok(self)
        } else {
            Err(faults.0)
        }
    }
}

struct Faults(Vec<FieldFault>);

impl Faults {
    fn add(&mut self, field: &str, code: &'static str, message: impl Into<String>) {
        self.0.push(FieldFault::new(field, code, message));
    }

    fn required(&mut self, field: &str, value: &mut String, what: &str) {
        *value = value.trim().to_owned();
        if value.is_empty() {
            self.add(field, "required", format!("请填写{what}"));
        } else if value.chars().count() > TEXT_MAX {
            self.add(field, "too_long", format!("{what}不能超过 {TEXT_MAX} 字"));
        }
    }

    fn optional(&mut self, field: &str, value: &mut Option<String>) {
        *value = value
            .take()
            .map(|v| v.trim().to_owned())
            .filter(|v| !v.is_empty());
        if value.as_ref().is_some_and(|v| v.chars().count() > TEXT_MAX) {
            self.add(field, "too_long", format!("不能超过 {TEXT_MAX} 字"));
        }
    }

    fn id(&mut self, field: &str, id: &mut IdDocument, today: NaiveDate) {
        match IdDocument::parse(id.kind, &id.number, today) {
            Ok(parsed) => *id = parsed.document,
            Err(e) => self.add(&format!("{field}/number"), e.code(), e.to_string()),
        }
    }

    fn party(&mut self, party: &mut Party, today: NaiveDate) {
        self.required("/applicant/name", &mut party.name, "查询人姓名或者名称");
        match &mut party.id {
            Some(id) => self.id("/applicant/id", id, today),
            None => self.add("/applicant/id", "required", "请填写查询人的证件"),
        }
        self.optional("/applicant/phone", &mut party.phone);
        self.optional("/applicant/address", &mut party.address);
        self.optional(
            "/applicant/legal_representative",
            &mut party.legal_representative,
        );
        if let Some(agent) = &mut party.agent {
            self.required("/applicant/agent/name", &mut agent.name, "代理人姓名");
            match &mut agent.id {
                Some(id) => self.id("/applicant/agent/id", id, today),
                None => self.add("/applicant/agent/id", "required", "请填写代理人的证件"),
            }
            self.optional("/applicant/agent/phone", &mut agent.phone);
            self.optional("/applicant/agent/authority", &mut agent.authority);
        }
    }

    fn former(
        &mut self,
        at: &str,
        names: &mut Vec<String>,
        ids: &mut [IdDocument],
        today: NaiveDate,
    ) {
        for name in names.iter_mut() {
            *name = name.trim().to_owned();
        }
        names.retain(|n| !n.is_empty());
        if names.len() > 10 || ids.len() > 10 {
            self.add(
                &format!("{at}/former_names"),
                "too_many",
                "曾用名和曾用证件各不能超过 10 个",
            );
        }
        for (i, id) in ids.iter_mut().enumerate() {
            self.id(&format!("{at}/former_ids/{i}"), id, today);
        }
    }

    fn subject(&mut self, at: &str, subject: &mut Subject, today: NaiveDate) {
        self.required(&format!("{at}/name"), &mut subject.name, "姓名或者名称");
        self.id(&format!("{at}/id"), &mut subject.id, today);
        let Subject {
            former_names,
            former_ids,
            ..
        } = subject;
        self.former(at, former_names, former_ids, today);
    }

    fn family(&mut self, family: &mut [FamilyMember], today: NaiveDate) {
        if family.len() > FAMILY_MAX {
            self.add(
                "/family",
                "too_many",
                format!("家庭成员不能超过 {FAMILY_MAX} 人"),
            );
        }
        if family
            .iter()
            .filter(|m| m.relation == Relation::Spouse)
            .count()
            > 1
        {
            self.add("/family", "spouse_twice", "配偶只能填写一人");
        }
        for (i, member) in family.iter_mut().enumerate() {
            let at = format!("/family/{i}/person");
            self.subject(&at, &mut member.person, today);
            let grown = member.relation == Relation::MinorChild
                && birthday(&member.person.id).is_some_and(|b| !is_minor(b, today));
            if grown {
                // 民法典第十七条: under eighteen is a minor
                self.add(
                    &format!("{at}/id/number"),
                    "not_minor",
                    "该子女已满十八周岁，不属于未成年子女，应由本人另行申请查询",
                );
            }
        }
    }

    fn units(&mut self, units: &mut Vec<String>) {
        if units.len() > UNITS_MAX {
            self.add(
                "/units",
                "too_many",
                format!("一份申请不能超过 {UNITS_MAX} 个不动产单元"),
            );
            return;
        }
        let mut seen = BTreeSet::new();
        for (i, unit) in units.iter_mut().enumerate() {
            match UnitCode::parse(unit) {
                Ok(code) => *unit = code.as_str().to_owned(),
                Err(e) => self.add(&format!("/units/{i}"), e.rule, e.to_string()),
            }
        }
        units.retain(|u| seen.insert(u.clone()));
    }

    fn lists(&mut self, request: &mut SearchRequest) {
        if request.officers.len() > 10 || request.papers.len() > 40 {
            self.add("/papers", "too_many", "材料或者承办人员过多");
            return;
        }
        for (i, officer) in request.officers.iter_mut().enumerate() {
            self.required(
                &format!("/officers/{i}/name"),
                &mut officer.name,
                "承办人员姓名",
            );
            self.required(
                &format!("/officers/{i}/card_no"),
                &mut officer.card_no,
                "工作证件号",
            );
        }
        for (i, paper) in request.papers.iter_mut().enumerate() {
            self.optional(&format!("/papers/{i}/note"), &mut paper.note);
        }
    }
}

/// Day of birth in a resident number of 18 digits.
#[must_use]
pub fn birthday(id: &IdDocument) -> Option<NaiveDate> {
    (id.kind == IdKind::ResidentId && id.number.len() == 18)
        .then(|| id.number.get(6..14))
        .flatten()
        .and_then(|d| NaiveDate::parse_from_str(d, "%Y%m%d").ok())
}

/// Under eighteen on that day (民法典第十七条).
#[must_use]
pub fn is_minor(birth: NaiveDate, today: NaiveDate) -> bool {
    today.years_since(birth).is_none_or(|years| years < 18)
}

/// Whether a party is a natural person.
#[must_use]
pub fn is_person(party: &Party) -> bool {
    party.kind == PartyKind::Person
}

#[cfg(test)]
pub(crate) mod tests {
    use dengbu_model::identity::resident_id_check_digit;

    use super::*;

    pub(crate) fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A valid number; no county has the code 510499.
    pub(crate) fn number(birth: &str, n: u32) -> String {
        let first = format!("510499{birth}{n:03}");
        let check = resident_id_check_digit(&first).unwrap();
        format!("{first}{check}")
    }

    pub(crate) fn id(birth: &str, n: u32) -> IdDocument {
        IdDocument::from_register(IdKind::ResidentId, number(birth, n))
    }

    pub(crate) fn subject(name: &str, birth: &str, n: u32) -> Subject {
        Subject {
            name: name.to_owned(),
            id: id(birth, n),
            former_names: Vec::new(),
            former_ids: Vec::new(),
        }
    }

    pub(crate) fn request(kind: &str, index: Index) -> SearchRequest {
        SearchRequest {
            applicant_kind: kind.to_owned(),
            applicant: Party {
                id: Some(id("19800101", 1)),
                ..Party::named("甲", PartyKind::Person)
            },
            former_names: Vec::new(),
            former_ids: Vec::new(),
            purpose: "贷款".to_owned(),
            purpose_note: None,
            undertaking: true,
            subject: None,
            family: Vec::new(),
            index,
            text: None,
            units: Vec::new(),
            document_no: None,
            officers: Vec::new(),
            claimed_holder: None,
            identity_note: None,
            papers: Vec::new(),
        }
    }

    fn faults(r: SearchRequest) -> Vec<String> {
        r.tidy(Access::builtin(), day("2026-11-23"))
            .unwrap_err()
            .into_iter()
            .map(|f| f.field)
            .collect()
    }

    #[test]
    fn a_fifteen_digit_number_is_upgraded_and_spaces_go() {
        let mut r = request("holder", Index::Person);
        r.applicant.name = " 甲 ".to_owned();
        r.applicant.id = Some(IdDocument::from_register(
            IdKind::ResidentId,
            "510499 800101001",
        ));
        let r = r.tidy(Access::builtin(), day("2026-11-23")).unwrap();
        assert_eq!(r.applicant.name, "甲");
        assert_eq!(r.applicant.id.unwrap().number, number("19800101", 1));
    }

    #[test]
    fn what_is_wrong_is_named_by_field() {
        let mut r = request("nobody", Index::Person);
        r.applicant.id = Some(IdDocument::from_register(IdKind::ResidentId, "1"));
        r.purpose = "好奇".to_owned();
        r.units = vec!["x".to_owned()];
        assert_eq!(
            faults(r),
            [
                "/applicant_kind",
                "/applicant/id/number",
                "/purpose",
                "/units/0"
            ]
        );
        let mut r = request("holder", Index::Person);
        r.purpose = "其他".to_owned();
        assert_eq!(faults(r), ["/purpose_note"]);
    }

    #[test]
    fn a_child_of_eighteen_is_no_minor() {
        let member = |birth: &str| FamilyMember {
            relation: Relation::MinorChild,
            person: subject("丙", birth, 3),
        };
        let mut r = request("holder", Index::Person);
        r.family = vec![member("20081124")];
        assert!(r.clone().tidy(Access::builtin(), day("2026-11-23")).is_ok());
        r.family = vec![member("20081123")];
        assert_eq!(faults(r), ["/family/0/person/id/number"]);
    }
}
