//! Reading the families: short rows are filled from what all families share.

use std::collections::BTreeMap;

use dengbu_model::cadastre::{UnitKind, UnitStatus};
use dengbu_model::right::{RegistrationType, RightType};
use serde::Deserialize;
use toml::Spanned;

use super::{
    Applicants, Automatic, Business, BusinessStep, Clears, Days, DetailKind, EffectKind, FeeRule,
    Inspection, MaterialCondition, MaterialItem, Notice, NoticeKind, ResultPaper, Target,
};
use crate::flow::Step;

/// What is wrong with a file of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("业务目录 {file} 第 {line} 行：{message}")]
pub struct CatalogueFault {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shared {
    /// Working days' source where a row gives none.
    days_source: String,
    /// Source of notices where a row gives none.
    notice_source: String,
    materials: BTreeMap<String, SharedMaterial>,
    /// Materials that every row takes besides its own.
    always: Vec<String>,
    rules: BTreeMap<String, Vec<Spanned<String>>>,
    flows: BTreeMap<String, Vec<FlowStep>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SharedMaterial {
    name: String,
    #[serde(default = "original")]
    forms: Vec<String>,
    shared_from: Option<String>,
}

fn original() -> Vec<String> {
    vec!["original".to_owned()]
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowStep {
    step: Step,
    #[serde(default)]
    not_by: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    family: String,
    business: Vec<Spanned<Row>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    code: Spanned<String>,
    name: String,
    short_name: Option<String>,
    right_type: RightType,
    #[serde(default)]
    right_types: Vec<RightType>,
    #[serde(default)]
    any_title: bool,
    #[serde(default)]
    unit_kinds: Vec<UnitKind>,
    registration_type: RegistrationType,
    reporting_code: String,
    form: DetailKind,
    effect: Option<EffectKind>,
    #[serde(default)]
    may_change: Vec<String>,
    #[serde(default)]
    clears: Vec<Clears>,
    unit_becomes: Option<UnitStatus>,
    #[serde(default)]
    parts: Vec<Spanned<String>>,
    #[serde(default = "yes")]
    exclusive: bool,
    target: Target,
    result: ResultPaper,
    legal_basis: Vec<String>,
    reasons: Vec<String>,
    rules: Vec<Spanned<String>>,
    holder: String,
    obligor: Option<String>,
    days: RowDays,
    notice: Option<RowNotice>,
    inspection: Option<Inspection>,
    fee: FeeRule,
    automatic: Option<Automatic>,
    flow: Spanned<String>,
    materials: Vec<Spanned<String>>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    material_names: BTreeMap<String, String>,
    unverified: Option<String>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowDays {
    committed: u32,
    legal: u32,
    source: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowNotice {
    kind: NoticeKind,
    days: u32,
    #[serde(default)]
    optional: bool,
    source: Option<String>,
}

/// One text with the name to blame.
struct Text<'a> {
    file: &'a str,
    text: &'a str,
}

impl Text<'_> {
    fn fault(&self, at: usize, message: impl Into<String>) -> CatalogueFault {
        let before = self.text.get(..at.min(self.text.len())).unwrap_or_default();
        CatalogueFault {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            message: message.into(),
        }
    }

    fn parse<'de, T: Deserialize<'de>>(&'de self) -> Result<T, CatalogueFault> {
        toml::from_str(self.text)
            .map_err(|e| self.fault(e.span().map_or(0, |s| s.start), e.message().to_owned()))
    }
}

/// Reads families with what they share; each is a file name with its text.
///
/// # Errors
/// [`CatalogueFault`] for the first thing wrong: syntax, a missing or unknown field, an
/// unknown rule, material, flow or part, a code given twice.
pub fn read(
    shared: (&str, &str),
    families: &[(&str, &str)],
) -> Result<Vec<Business>, CatalogueFault> {
    let shared_text = Text {
        file: shared.0,
        text: shared.1,
    };
    let shared: Shared = shared_text.parse()?;
    for rules in shared.rules.values() {
        for id in rules {
            known_rule(&shared_text, id, &shared.rules)?;
        }
    }
    let mut found: Vec<Business> = Vec::new();
    let mut combined: Vec<(usize, usize, String, String)> = Vec::new();
    for (at_file, (file, text)) in families.iter().enumerate() {
        let text = Text { file, text };
        let family: Family = text.parse()?;
        for row in family.business {
            let start = row.span().start;
            let row = row.into_inner();
            if found.iter().any(|b| b.code == *row.code.get_ref()) {
                let message = format!("业务代码 {} 重复", row.code.get_ref());
                return Err(text.fault(row.code.span().start, message));
            }
            for part in &row.parts {
                combined.push((
                    at_file,
                    part.span().start,
                    row.code.get_ref().clone(),
                    part.get_ref().clone(),
                ));
            }
            found.push(business(&text, start, &family.family, row, &shared)?);
        }
    }
    for (at_file, at, whole, part) in combined {
        let single = found
            .iter()
            .any(|b| b.code == part && b.parts.is_empty() && b.code != whole);
        if !single {
            let (file, text) = families[at_file];
            return Err(Text { file, text }.fault(at, format!("组合业务中的业务 {part} 不存在")));
        }
    }
    gather_materials(&mut found);
    Ok(found)
}

/// A combined business takes the materials of all its parts, each once.
fn gather_materials(all: &mut [Business]) {
    for at in 0..all.len() {
        let mut items = all[at].materials.clone();
        for part in all[at].parts.clone() {
            let of_part = all.iter().find(|b| b.code == part);
            for m in of_part.into_iter().flat_map(|b| &b.materials) {
                match items.iter_mut().find(|i| i.code == m.code) {
                    None => items.push(m.clone()),
                    // demanded by one part is demanded
                    Some(known) if m.required && !known.required => *known = m.clone(),
                    Some(_) => {}
                }
            }
        }
        all[at].materials = items;
    }
}

fn known_rule(
    text: &Text<'_>,
    id: &Spanned<String>,
    groups: &BTreeMap<String, Vec<Spanned<String>>>,
) -> Result<(), CatalogueFault> {
    let name = id.get_ref();
    let known = match name.strip_prefix('@') {
        Some(group) => groups.contains_key(group),
        None => crate::rules::rule(name).is_some(),
    };
    if known {
        Ok(())
    } else {
        Err(text.fault(id.span().start, format!("规则 {name} 不存在")))
    }
}

fn business(
    text: &Text<'_>,
    start: usize,
    family: &str,
    row: Row,
    shared: &Shared,
) -> Result<Business, CatalogueFault> {
    let rules = rules(text, &row.rules, shared)?;
    let materials = materials(text, &row, shared)?;
    let steps = steps(text, &row, shared)?;
    let empty = |what: &str| Err(text.fault(start, format!("{} 缺少{what}", row.code.get_ref())));
    if row.legal_basis.is_empty() {
        return empty("法律依据 legal_basis");
    }
    if row.reasons.is_empty() {
        return empty("登记原因 reasons");
    }
    if row.effect == Some(EffectKind::Combine) && row.parts.len() < 2 {
        return empty("组合业务 parts（至少两项）");
    }
    let right_types = if row.any_title {
        Vec::new()
    } else if row.right_types.is_empty() {
        vec![row.right_type]
    } else {
        row.right_types
    };
    Ok(Business {
        effect: row.effect.unwrap_or(default_effect(row.form)),
        short_name: row.short_name.unwrap_or_else(|| row.name.clone()),
        code: row.code.into_inner(),
        name: row.name,
        family: family.to_owned(),
        right_type: row.right_type,
        right_types,
        unit_kinds: row.unit_kinds,
        registration_type: row.registration_type,
        reporting_code: row.reporting_code,
        detail_kind: row.form,
        may_change: row.may_change,
        clears: row.clears,
        unit_becomes: row.unit_becomes,
        parts: row.parts.into_iter().map(Spanned::into_inner).collect(),
        exclusive: row.exclusive,
        target: row.target,
        result: row.result,
        legal_basis: row.legal_basis,
        reasons: row.reasons,
        rules,
        applicants: Applicants {
            holder_label: row.holder,
            obligor_label: row.obligor,
        },
        days: Days {
            committed: row.days.committed,
            legal: row.days.legal,
            source: row
                .days
                .source
                .unwrap_or_else(|| shared.days_source.clone()),
        },
        notice: row.notice.map(|n| Notice {
            kind: n.kind,
            days: n.days,
            optional: n.optional,
            source: n.source.unwrap_or_else(|| shared.notice_source.clone()),
        }),
        inspection: row.inspection,
        fee: row.fee,
        automatic: row.automatic,
        steps,
        materials,
        unverified: row.unverified,
    })
}

fn default_effect(form: DetailKind) -> EffectKind {
    match form {
        DetailKind::Transfer => EffectKind::Transfer,
        DetailKind::Mortgage => EffectKind::Mortgage,
        DetailKind::Seizure => EffectKind::Seize,
        DetailKind::Establish => EffectKind::Establish,
        DetailKind::Amend => EffectKind::Amend,
        DetailKind::Release | DetailKind::MortgageRelease => EffectKind::End,
        DetailKind::Reshape => EffectKind::Reshape,
    }
}

fn rules(
    text: &Text<'_>,
    ids: &[Spanned<String>],
    shared: &Shared,
) -> Result<Vec<String>, CatalogueFault> {
    let mut found: Vec<String> = Vec::new();
    for id in ids {
        known_rule(text, id, &shared.rules)?;
        match id.get_ref().strip_prefix('@') {
            Some(group) => expand(group, shared, &mut found, 0),
            None => found.push(id.get_ref().clone()),
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|id| seen.insert(id.clone()));
    Ok(found)
}

fn expand(group: &str, shared: &Shared, found: &mut Vec<String>, depth: usize) {
    // groups may name groups; a ring would not end, so depth is bounded
    for id in shared.rules.get(group).into_iter().flatten() {
        match id.get_ref().strip_prefix('@') {
            Some(inner) if depth < 8 => expand(inner, shared, found, depth + 1),
            Some(_) => {}
            None => found.push(id.get_ref().clone()),
        }
    }
}

/// `B1` is demanded always, `F7?mortgagee_consent` under a condition.
fn materials(
    text: &Text<'_>,
    row: &Row,
    shared: &Shared,
) -> Result<Vec<MaterialItem>, CatalogueFault> {
    let mut items = Vec::new();
    let always = shared
        .always
        .iter()
        .filter(|m| {
            let code = m.split('?').next().unwrap_or_default();
            !row.without.iter().any(|w| w == code)
        })
        .map(|m| (m.as_str(), 0));
    let own = row
        .materials
        .iter()
        .map(|m| (m.get_ref().as_str(), m.span().start));
    for (written, at) in always.chain(own) {
        let (code, when) = match written.split_once('?') {
            None => (written, None),
            Some((code, condition)) => match MaterialCondition::parse(condition) {
                Some(when) => (code, Some(when)),
                None => return Err(text.fault(at, format!("材料条件 {condition} 不存在"))),
            },
        };
        let Some(known) = shared.materials.get(code) else {
            return Err(text.fault(at, format!("材料代码 {code} 不存在")));
        };
        items.push(MaterialItem {
            code: code.to_owned(),
            name: row.material_names.get(code).unwrap_or(&known.name).clone(),
            required: when.is_none(),
            condition: when.map(|w| w.name_zh().to_owned()),
            when,
            forms: known.forms.clone(),
            shared_from: known.shared_from.clone(),
        });
    }
    Ok(items)
}

fn steps(text: &Text<'_>, row: &Row, shared: &Shared) -> Result<Vec<BusinessStep>, CatalogueFault> {
    let Some(flow) = shared.flows.get(row.flow.get_ref()) else {
        let message = format!("办理流程 {} 不存在", row.flow.get_ref());
        return Err(text.fault(row.flow.span().start, message));
    };
    let issues = row.result != ResultPaper::None;
    Ok(flow
        .iter()
        .filter(|s| match s.step {
            Step::Certificate | Step::Delivery => issues,
            Step::Inspection => row.inspection.is_some(),
            Step::Notice => row.notice.is_some(),
            _ => true,
        })
        .map(|s| BusinessStep {
            step: s.step,
            not_by: s.not_by.clone(),
        })
        .collect())
}
