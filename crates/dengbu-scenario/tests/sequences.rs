//! No sequence of recordings leaves the register in a state the law forbids: two owners
//! beyond their shares, a mortgage on a dead right, a disposal over an active seizure, shares
//! that do not add to one, a house without land right.
//!
//! Random cases of all businesses on a small register, every warning and consent taken note
//! of: only what the rules block, and what the effects do, keeps the register sound.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use dengbu_law::catalogue::{self, Business, DetailKind};
use dengbu_model::right::RightType;
use dengbu_scenario::file::{CaseLine, PartLine};
use dengbu_scenario::play::{play, time_passes};
use dengbu_scenario::{File, Register, read, sound};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Registers to begin with; each has an empty unit or two for what is built, split or merged.
const REGISTERS: &str = r#"
[[scenario]]
name = "a developer's parcel, not yet built"
case = []
given."宗地" = { kind = "land", owner = ["开发公司"] }
given."一号" = { on = "宗地" }
given."二号" = { on = "宗地" }

[[scenario]]
name = "homes"
case = []
given."甲房" = { owner = ["张三"] }
given."乙房" = { owner = ["李四 1/2", "王五 1/2"] }
given."丙房" = {}

[[scenario]]
name = "a works on its own land"
case = []
given."宗地" = { kind = "land", owner = ["开发公司"], mortgaged = [{ to = "甲银行" }] }
given."厂房" = { kind = "building", on = "宗地", use = "30", owner = ["开发公司"] }
given."新楼" = { kind = "building", on = "宗地", use = "30" }
given."空地" = { kind = "land" }

[[scenario]]
name = "parcels to merge"
case = []
given."东地" = { kind = "land", owner = ["张三"], mortgaged = [{ to = "甲银行" }] }
given."西地" = { kind = "land", owner = ["张三"], mortgaged = [{ to = "乙银行" }], area = "50" }
given."新地" = { kind = "land", area = "150" }

[[scenario]]
name = "presold and pre-seized"
case = []
given."宗地" = { kind = "land", owner = ["开发公司"] }
given."一号" = { on = "宗地", noticed = [{ to = "王五", kind = "1", from = ["开发公司"] }, { to = "甲银行", kind = "3", from = ["王五"] }], seized = [{ by = "东区人民法院", pre = true, of = ["王五"] }] }
given."二号" = { on = "宗地", owner = ["开发公司"], mortgaged = [{ to = "甲银行", construction = true }] }

[[scenario]]
name = "village"
case = []
given."承包地" = { kind = "land", owner = ["赵农"], right = "rural_contract" }
given."宅基地" = { kind = "land" }
given."农房" = { on = "宅基地" }
given."林地" = { kind = "forest" }

[[scenario]]
name = "burdened"
case = []
given."甲房" = { owner = ["张三"], mortgaged = [{ to = "甲银行" }, { to = "乙银行", maximum = true }], habitation = [{ to = "李四" }], cautioned = [{ by = "王五" }] }
given."乙房" = { owner = ["张三"], seized = [{ by = "东区人民法院" }, { by = "西区人民法院" }], restricted = ["示例区政府"] }
"#;

const PEOPLE: &[&[&str]] = &[
    &["张三"],
    &["李四"],
    &["王五"],
    &["开发公司"],
    &["甲银行"],
    &["乙银行"],
    &["赵农"],
    &["张三", "李四"],
    &["张三 1/2", "李四 1/2"],
    &["李四 1/2", "王五 1/2"],
    &["张三 2/3", "王五 1/3"],
    &["张三 1/2", "王五 1/3"],
    &["东区人民法院"],
    &["西区人民法院"],
    &["示例区政府"],
    &["小明（2015-06-01，监护人 张三）"],
];

/// One random case, by numbers: what they mean depends on the register they meet.
#[derive(Debug, Clone)]
struct Throw {
    business: usize,
    units: Vec<usize>,
    to: Option<usize>,
    from: Option<usize>,
    nth: usize,
    change: usize,
    later: u64,
}

fn throws() -> impl Strategy<Value = Throw> {
    let people = || proptest::option::weighted(0.8, 0..PEOPLE.len());
    (
        0..catalogue::all().len() + LIKELY.len() * 6,
        proptest::collection::vec(0_usize..4, 1..=3),
        people(),
        proptest::option::weighted(0.25, 0..PEOPLE.len()),
        1_usize..4,
        0_usize..8,
        prop_oneof![4 => 0_u64..3, 1 => 0_u64..1500],
    )
        .prop_map(|(business, units, to, from, nth, change, later)| Throw {
            business,
            units,
            to,
            from,
            nth,
            change,
            later,
        })
}

/// What happens every day comes up more often.
const LIKELY: &[&str] = &[
    "200-04-02",
    "100-DY-01",
    "400-DY-01",
    "800-00-01",
    "800-00-08",
    "700-02-01",
    "500-00-04",
    "300-00-06",
    "200-04-15",
    "100-DY-07",
    "100-04-01",
    "700-01-01",
];

fn chosen(number: usize) -> &'static Business {
    let all = catalogue::all();
    all.get(number).unwrap_or_else(|| {
        let code = LIKELY[(number - all.len()) % LIKELY.len()];
        catalogue::business(code).unwrap()
    })
}

fn people(number: usize) -> Vec<String> {
    PEOPLE[number].iter().map(|p| (*p).to_owned()).collect()
}

/// The name under which scenarios point at a right of the business's type.
fn target(business: &Business, nth: usize) -> Option<String> {
    let kind = match business.right_type {
        RightType::Mortgage => "mortgage",
        RightType::PriorityNotice => "priority_notice",
        RightType::Seizure => "seizure",
        RightType::Habitation => "habitation",
        RightType::Easement => "easement",
        RightType::Caution => "caution",
        RightType::Restriction => "restriction",
        _ => return None,
    };
    let acts = matches!(
        business.detail_kind,
        DetailKind::Amend | DetailKind::Release | DetailKind::MortgageRelease
    );
    acts.then(|| format!("{kind}.{nth}"))
}

/// Something to change, where the form lets one.
fn detail(business: &Business, throw: &Throw, today: NaiveDate) -> toml::Table {
    let court = ["东区人民法院", "西区人民法院"][throw.nth % 2];
    let end = today + Days::new(800);
    let text = match (business.detail_kind, throw.change) {
        (DetailKind::Transfer, 0..4) => format!("court = '{court}'\nmortgages_end = true"),
        (DetailKind::Transfer, _) => format!("court = '{court}'"),
        (DetailKind::Mortgage, 0) => "construction_scope = '一至三层'".to_owned(),
        (DetailKind::Mortgage, 1..3) => {
            "method = '2'\nmaximum_amount = '900000'\nsecured_amount = '-'".to_owned()
        }
        (DetailKind::Amend, 0) => "address = '示例路 1 号'".to_owned(),
        (DetailKind::Amend, 1) => "content = { rank = 2 }".to_owned(),
        (DetailKind::Amend, 2) => "content = { rank = 5 }".to_owned(),
        (DetailKind::Amend, 3) => format!("content = {{ end = '{end}' }}"),
        (DetailKind::Amend, 4) => "content = { secured_amount = '1' }".to_owned(),
        (DetailKind::Seizure, 0) => "scope = '部分'".to_owned(),
        _ => String::new(),
    };
    text.parse().unwrap()
}

/// The case that the numbers mean on this register.
fn line(register: &Register, throw: &Throw, today: NaiveDate) -> CaseLine {
    let business = chosen(throw.business);
    let names: Vec<&String> = register.names.keys().collect();
    let mut units: Vec<String> = Vec::new();
    for n in &throw.units {
        let name = names[n % names.len()].clone();
        if !units.contains(&name) {
            units.push(name);
        }
    }
    let first = business.parts.first().and_then(|c| catalogue::business(c));
    let to = throw.to.map(people);
    let then_also = business
        .parts
        .iter()
        .skip(1)
        .map(|code| {
            let part = catalogue::business(code).unwrap();
            let bank = part.right_type == RightType::Mortgage;
            let named = target(part, throw.nth).map(|t| format!("right_id = '@{}.{t}'", units[0]));
            PartLine {
                to: bank.then(|| people(4 + throw.nth % 2)),
                from: to.clone().filter(|_| throw.change != 7),
                detail: named.unwrap_or_default().parse().unwrap(),
            }
        })
        .collect();
    CaseLine {
        business: business.code.clone(),
        right: target(first.unwrap_or(business), throw.nth).filter(|_| throw.change != 6),
        detail: detail(first.unwrap_or(business), throw, today),
        units,
        to,
        from: throw.from.map(people),
        then_also,
        acknowledged: dengbu_law::rules::all()
            .iter()
            .map(|r| r.id.to_owned())
            .collect(),
        ..CaseLine::default()
    }
}

#[test]
fn no_sequence_of_recordings_leaves_the_register_unsound() {
    let registers: File = read("registers", REGISTERS).unwrap();
    let recorded: RefCell<BTreeMap<String, u32>> = RefCell::default();
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let cases = config.cases;
    // the same sequences everywhere; PROPTEST_CASES asks for more of them
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let sequences = (
        0..registers.scenario.len(),
        proptest::collection::vec(throws(), 1..40),
    );
    let outcome = runner.run(&sequences, |(which, sequence)| {
        let scenario = &registers.scenario[which];
        let mut register = Register::of(scenario).unwrap();
        let mut today = scenario.today;
        let mut story = Vec::new();
        for throw in &sequence {
            today = today + Days::new(throw.later);
            time_passes(&mut register, today);
            let case = line(&register, throw, today);
            // what points at a right that is not there is no case
            let Ok(outcome) = play(&mut register, &case, today) else {
                continue;
            };
            if outcome.recorded {
                let from = case.from.clone().unwrap_or_default();
                let to = case.to.clone().unwrap_or_default();
                story.push(format!(
                    "{today} {} {:?} {from:?} → {to:?} {:?}",
                    case.business, case.units, case.right
                ));
                *recorded
                    .borrow_mut()
                    .entry(case.business.clone())
                    .or_default() += 1;
            }
            let mut faults = sound::faults(&register.world, today);
            faults.extend(outcome.unsound);
            // what the rules let pass can be drafted
            faults.extend(
                outcome
                    .effect_error
                    .map(|e| format!("{} {:?} {:?}：{e}", case.business, case.units, case.to)),
            );
            prop_assert!(
                faults.is_empty(),
                "{}:\n{}\n{}",
                scenario.name,
                story.join("\n"),
                faults.join("\n")
            );
        }
        Ok(())
    });
    if let Err(e) = outcome {
        panic!("{e}");
    }
    // the test means something only while much is recorded
    let recorded = recorded.into_inner();
    let sum: u32 = recorded.values().sum();
    assert!(sum > cases, "only {sum} recorded in {cases} sequences");
    assert!(
        recorded.len() > 60,
        "only these were recorded: {:?}",
        recorded.keys()
    );
}
