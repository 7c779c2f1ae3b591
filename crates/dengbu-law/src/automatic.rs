//! Deciding without a person (秒批): when every input comes from a trusted source and no
//! rule has anything to say but information, the law leaves nothing to weigh.
//!
//! Pure: what was looked at and what came of it is given back in full and stored with the
//! case, so that the decision can be read and repeated (行政许可法 and 个人信息保护法第二十四条
//! ask that automatic decisions be transparent and that a person can be asked for).

use serde::{Deserialize, Serialize};

use crate::application::{Application, FieldError};
use crate::catalogue::Business;
use crate::materials::ChecklistItem;
use crate::rules::{Severity, Violation};

/// Items that need no outside source: the application itself, what the register holds, and
/// the answers given with it.
const OWN: &[&str] = &["A1", "A6", "B1", "B2"];

/// Proof of one item of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Item of the checklist.
    pub item: String,
    /// Who vouches for it, such as `税务`.
    pub source: String,
    /// Its reference there.
    pub reference: String,
    /// True when the authority trusts this source for what comes over this channel.
    pub trusted: bool,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// What was looked at: `switch`, `fields`, `material`, `rule`.
    pub kind: String,
    /// Which: item, field or rule.
    pub what: String,
    /// True when it lets the case pass.
    pub clear: bool,
    /// What was found, in Chinese.
    pub finding: String,
    /// Article, where it has one.
    pub law: Option<String>,
}

/// What came of weighing a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighed {
    /// True when the case is granted without a person.
    pub granted: bool,
    /// Everything that was looked at.
    pub grounds: Vec<Ground>,
}

impl Weighed {
    /// Why a person must look at it; empty when granted.
    pub fn against(&self) -> impl Iterator<Item = &Ground> {
        self.grounds.iter().filter(|g| !g.clear)
    }
}

/// Weighs a case. `switched_on` is the authority's switch for this business; `checklist`,
/// `faults` and `violations` are what the other rooms found.
#[must_use]
pub fn weigh(
    business: &'static Business,
    application: &Application,
    switched_on: bool,
    checklist: &[ChecklistItem],
    evidence: &[Evidence],
    faults: &[FieldError],
    violations: &[Violation],
) -> Weighed {
    let mut grounds = vec![switch(business, switched_on)];
    grounds.extend(faults.iter().map(|f| Ground {
        kind: "fields".to_owned(),
        what: f.field.clone(),
        clear: false,
        finding: f.message.clone(),
        law: None,
    }));
    if faults.is_empty() {
        grounds.push(clear("fields", "/", "申请内容完整、格式正确"));
    }
    if !application.acknowledged.is_empty() {
        grounds.push(Ground {
            kind: "rule".to_owned(),
            what: "acknowledged".to_owned(),
            clear: false,
            finding: "申请中有需要人工核对的说明或者同意材料".to_owned(),
            law: None,
        });
    }
    for item in checklist.iter().filter(|c| c.required) {
        grounds.push(material(business, item, evidence));
    }
    for rule in business
        .rules
        .iter()
        .filter_map(|id| crate::rules::rule(id))
    {
        let said: Vec<&Violation> = violations.iter().filter(|v| v.rule == rule.id).collect();
        if said.is_empty() {
            let mut ground = clear("rule", rule.id, rule.title);
            ground.law = Some(rule.law.to_owned());
            grounds.push(ground);
        }
    }
    grounds.extend(violations.iter().map(|v| Ground {
        kind: "rule".to_owned(),
        what: v.rule.clone(),
        clear: v.severity == Severity::Info,
        finding: v.message.clone(),
        law: Some(v.law.clone()),
    }));
    Weighed {
        granted: grounds.iter().all(|g| g.clear),
        grounds,
    }
}

fn clear(kind: &str, what: &str, finding: &str) -> Ground {
    Ground {
        kind: kind.to_owned(),
        what: what.to_owned(),
        clear: true,
        finding: finding.to_owned(),
        law: None,
    }
}

fn switch(business: &Business, on: bool) -> Ground {
    let allowed = business.automatic.is_some() || !business.parts.is_empty();
    let finding = match (allowed, on) {
        (false, _) => "该业务依目录不适用自动审核",
        (true, false) => "登记机构没有开启该业务的自动审核",
        (true, true) => "登记机构已开启该业务的自动审核",
    };
    Ground {
        clear: allowed && on,
        ..clear("switch", &business.code, finding)
    }
}

fn material(business: &Business, item: &ChecklistItem, evidence: &[Evidence]) -> Ground {
    let code = item.item.code.as_str();
    let name = &item.item.name;
    if OWN.contains(&code) {
        return clear(
            "material",
            code,
            &format!("{name}：由登记机构自有数据或者申请本身证实"),
        );
    }
    let wanted = business
        .automatic
        .as_ref()
        .is_some_and(|a| a.trusted.iter().any(|t| t == code));
    let proof = evidence.iter().find(|e| e.item == code);
    let (ok, finding) = match proof {
        Some(e) if e.trusted && wanted => (
            true,
            format!("{name}：来自可信来源{}（{}）", e.source, e.reference),
        ),
        Some(e) if e.trusted => (
            false,
            format!(
                "{name}：来源可信（{}），但该项材料依目录须人工审核",
                e.source
            ),
        ),
        Some(e) => (false, format!("{name}：来源{}不在可信来源之内", e.source)),
        None => (false, format!("{name}：没有可信来源的数据，须人工查验")),
    };
    Ground {
        clear: ok,
        ..clear("material", code, &finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::prefill;
    use crate::catalogue;
    use crate::materials::checklist;
    use crate::state::UnitState;
    use dengbu_model::cadastre::UnitKind;
    use dengbu_model::unit_code::UnitCode;

    fn sale() -> (&'static Business, Application, Vec<ChecklistItem>) {
        let business = catalogue::business("200-04-02").unwrap();
        let code = UnitCode::parse("510402001003GB00012F00030027").unwrap();
        let states = [UnitState::bare(code, UnitKind::Dwelling)];
        let application = prefill(business, &states, None).unwrap();
        let day = chrono::NaiveDate::from_ymd_opt(2026, 5, 1).unwrap();
        let list = checklist(business, &application, &states, day);
        (business, application, list)
    }

    fn proofs(trusted: bool) -> Vec<Evidence> {
        ["A2", "E1", "H1"]
            .map(|item| Evidence {
                item: item.to_owned(),
                source: "示例部门".to_owned(),
                reference: "1".to_owned(),
                trusted,
            })
            .to_vec()
    }

    #[test]
    fn everything_trusted_and_clear_is_granted() {
        let (b, a, list) = sale();
        let w = weigh(b, &a, true, &list, &proofs(true), &[], &[]);
        assert!(w.granted, "{:?}", w.against().collect::<Vec<_>>());
        // the reasoning names every rule that was run
        for id in &b.rules {
            assert!(
                w.grounds.iter().any(|g| &g.what == id && g.law.is_some()),
                "{id}"
            );
        }
    }

    #[test]
    fn one_thing_missing_sends_it_to_a_person() {
        let (b, a, list) = sale();
        assert!(!weigh(b, &a, false, &list, &proofs(true), &[], &[]).granted);
        assert!(!weigh(b, &a, true, &list, &proofs(false), &[], &[]).granted);
        assert!(!weigh(b, &a, true, &list, &proofs(true)[1..], &[], &[]).granted);
        let warned = Violation {
            rule: "R40".to_owned(),
            severity: Severity::Warn,
            message: "有异议登记".to_owned(),
            citizen_message: String::new(),
            law: "《民法典》第二百二十条".to_owned(),
            field: None,
            unit_code: None,
        };
        let w = weigh(b, &a, true, &list, &proofs(true), &[], &[warned]);
        assert_eq!(
            w.against().map(|g| g.what.as_str()).collect::<Vec<_>>(),
            ["R40"]
        );
    }

    #[test]
    fn what_a_clerk_had_to_explain_is_not_for_a_machine() {
        let (b, mut a, list) = sale();
        a.acknowledged.push(crate::application::Acknowledgement {
            rule: "R21".to_owned(),
            reason: "已告知".to_owned(),
        });
        assert!(!weigh(b, &a, true, &list, &proofs(true), &[], &[]).granted);
    }
}
