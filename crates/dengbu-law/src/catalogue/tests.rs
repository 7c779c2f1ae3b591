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
