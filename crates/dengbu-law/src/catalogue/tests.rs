//! The catalogue is whole, and faults in it are named.

use super::*;

#[test]
fn the_catalogue_reads_and_codes_are_unique() {
    let found = compiled().unwrap_or_else(|e| panic!("{e}"));
    let mut codes: Vec<_> = found.iter().map(|b| b.code.as_str()).collect();
    assert!(codes.len() > 100, "only {} businesses", codes.len());
    codes.sort_unstable();
    let all = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), all);
}

/// The codes under which businesses are reported (接入码: registration type, 0, right, serial).
const REPORTED: &[&str] = &[
    "1000101", "1000301", "1000401", "1000402", "1000403", "1000901", "1001201", "1001501",
    "1001601", "1009901", "2000101", "2000301", "2000402", "2000901", "2001201", "2001501",
    "3000101", "3000301", "3000402", "3000901", "3001201", "3001501", "4000101", "5000402",
    "6000101", "7000101", "8000101", "9000101", "9000102",
];

#[test]
fn every_business_names_all_that_an_entry_of_the_catalogue_names() {
    for b in all() {
        let said = [
            &b.code,
            &b.name,
            &b.short_name,
            &b.family,
            &b.applicants.holder_label,
            &b.days.source,
        ];
        assert!(said.iter().all(|t| !t.trim().is_empty()), "{}", b.code);
        assert!(!b.materials.is_empty(), "{} asks for no paper", b.code);
        assert!(
            !b.rules.is_empty() || !b.parts.is_empty(),
            "{} runs no rule",
            b.code
        );
        assert!(
            !b.steps.is_empty() && !b.legal_basis.is_empty(),
            "{}",
            b.code
        );
        if let Some(n) = &b.notice {
            assert!(!n.source.is_empty(), "{}", b.code);
        }
        // what only the office notes for itself is not reported
        let internal = b.family == "限制登记";
        if b.reporting_code.is_empty() {
            assert!(internal, "{} {} has no reporting code", b.code, b.family);
        } else {
            let known = REPORTED.contains(&b.reporting_code.as_str());
            assert!(known, "{} is reported as {}", b.code, b.reporting_code);
        }
    }
}

#[test]
fn a_business_is_reported_under_its_own_kind_of_registration() {
    for b in all().iter().filter(|b| !b.reporting_code.is_empty()) {
        let first = &b.reporting_code[..1];
        // mortgages and easements have one code for all that is done with them, as have cautions,
        // priority notices and seizures; who holds a right of habitation is another right (99)
        let one_for_all = matches!(first, "6" | "7" | "8" | "9") || b.reporting_code == "1009901";
        let own = &b.registration_type.code()[..1];
        // an exchanged certificate alters nothing but is told as an alteration
        let renewed = own == "9" && first == "3";
        assert!(
            one_for_all || renewed || own == first,
            "{} {}",
            b.code,
            b.reporting_code
        );
    }
}

#[test]
fn every_business_begins_with_acceptance_and_ends_with_archive() {
    for b in all() {
        let first = b.steps.first().map(|s| s.step);
        let last = b.steps.last().map(|s| s.step);
        assert_eq!(first, Some(Step::Acceptance), "{}", b.code);
        assert_eq!(last, Some(Step::Archive), "{}", b.code);
        assert!(b.step(Step::Recording).is_some(), "{}", b.code);
        let ordered: Vec<Step> = b.steps.iter().map(|s| s.step).collect();
        let mut sorted = ordered.clone();
        sorted.sort();
        assert_eq!(ordered, sorted, "{}", b.code);
    }
}

#[test]
fn whoever_accepts_never_records() {
    for b in all() {
        let recording = b.step(Step::Recording).unwrap();
        assert!(recording.not_by.contains(&Step::Acceptance), "{}", b.code);
    }
}

#[test]
fn every_rule_named_exists_and_every_rule_is_named_somewhere() {
    for rule in crate::rules::all() {
        let used = all().iter().any(|b| b.rules.iter().any(|r| r == rule.id));
        assert!(used, "no business runs {}", rule.id);
    }
}

#[test]
fn a_conditional_material_says_when() {
    for b in all() {
        for m in &b.materials {
            assert_eq!(m.condition.is_some(), m.when.is_some(), "{}", b.code);
            assert!(m.required || m.when.is_some(), "{} {}", b.code, m.code);
        }
    }
}

#[test]
fn form_and_effect_go_together() {
    for b in all() {
        let fits = match b.effect {
            EffectKind::Establish => b.detail_kind == DetailKind::Establish,
            EffectKind::Transfer | EffectKind::Exchange => b.detail_kind == DetailKind::Transfer,
            EffectKind::Mortgage | EffectKind::Convert => b.detail_kind == DetailKind::Mortgage,
            EffectKind::Seize => b.detail_kind == DetailKind::Seizure,
            EffectKind::Amend => b.detail_kind == DetailKind::Amend,
            EffectKind::End => matches!(
                b.detail_kind,
                DetailKind::Release | DetailKind::MortgageRelease
            ),
            EffectKind::EndAll | EffectKind::EndSeizure | EffectKind::Revoke => {
                b.detail_kind == DetailKind::Release
            }
            EffectKind::Reshape => b.detail_kind == DetailKind::Reshape,
            EffectKind::Combine => b.parts.len() > 1,
        };
        assert!(fits, "{}: {:?} with {:?}", b.code, b.detail_kind, b.effect);
        if b.effect == EffectKind::Combine {
            let first = business(&b.parts[0]).unwrap();
            assert_eq!(b.detail_kind, first.detail_kind, "{}", b.code);
        }
    }
}

#[test]
fn time_limits_stay_within_the_law() {
    for b in all() {
        // 不动产登记暂行条例第二十条: thirty working days, unless the law says otherwise
        assert!(b.days.legal <= 30, "{}", b.code);
        assert!(b.days.committed <= b.days.legal, "{}", b.code);
        if let Some(n) = &b.notice {
            assert!(n.days >= 15, "{}", b.code);
        }
    }
}

fn fault(replace: &str, with: &str) -> CatalogueFault {
    let (file, text) = (
        "transfer.toml",
        include_str!("../../catalogue/transfer.toml"),
    );
    assert!(text.contains(replace));
    let text = text.replacen(replace, with, 1);
    read(SHARED, &[(file, &text)]).unwrap_err()
}

#[test]
fn an_unknown_rule_is_named_with_file_and_line() {
    let f = fault("\"@disposal\"", "\"R999\"");
    assert_eq!(f.file, "transfer.toml");
    let text = include_str!("../../catalogue/transfer.toml");
    let at = text.find("\"@disposal\"").unwrap();
    assert_eq!(f.line, text[..at].matches('\n').count() + 1);
    assert!(f.message.contains("R999"), "{f}");
    assert!(f.to_string().starts_with("业务目录 transfer.toml 第 "));
}

#[test]
fn a_missing_field_is_named_with_file_and_line() {
    let f = fault("fee = \"F1\"\n", "");
    assert!(f.message.contains("fee"), "{f}");
    assert!(f.line > 1);
}

#[test]
fn an_unknown_material_flow_or_condition_is_a_fault() {
    assert!(fault("\"B1\"", "\"B77\"").message.contains("B77"));
    assert!(
        fault("flow = \"full\"", "flow = \"fast\"")
            .message
            .contains("fast")
    );
    assert!(
        fault("mortgagee_consent\"", "sunshine\"")
            .message
            .contains("sunshine")
    );
    assert!(
        fault("code = ", "colour = \"red\"\ncode = ")
            .message
            .contains("colour")
    );
}
