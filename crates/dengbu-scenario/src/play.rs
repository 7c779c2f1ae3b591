//! Playing a scenario: each case is filled in, checked, and recorded when nothing stands in
//! the way; then the register is compared with what the scenario says.

use std::cell::RefCell;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_law::application::{Acknowledgement, Application, prefill};
use dengbu_law::calendar::{self, Calendar};
use dengbu_law::catalogue::{self, Business};
use dengbu_law::effect;
use dengbu_law::rules::{self, Violation};
use dengbu_law::state::{UnitState, World};
use dengbu_model::right::RightDetail;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::file::{CaseLine, Scenario, Then};
use crate::given::Register;
use crate::{people, sound};

/// The working days that scenarios are played by: those shipped with the platform.
static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| {
    let days = calendar::parse_days(calendar::SHIPPED).unwrap_or_default();
    Calendar::new(days.into_iter().map(|d| (d.day, d.kind)))
});

/// What came of a case.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// True when it was recorded.
    pub recorded: bool,
    /// Faulty fields, as JSON pointers.
    pub fields: Vec<String>,
    /// Everything the rules found.
    pub violations: Vec<Violation>,
    /// Rules that stood in the way.
    pub standing: Vec<String>,
    /// Certificates and proofs it issued.
    pub certificates: usize,
    /// Why nothing could be drafted though no rule objected.
    pub effect_error: Option<String>,
    /// What was recorded though the law forbids it at any time.
    pub unsound: Vec<String>,
}

/// What came of a scenario: nothing wrong, or each thing that is not as it says.
#[derive(Debug, Clone)]
pub struct Report {
    /// The scenario's name.
    pub name: String,
    /// What is not as the scenario says.
    pub faults: Vec<String>,
    /// What came of each case.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// True when everything is as the scenario says.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Plays one scenario.
#[must_use]
pub fn run(scenario: &Scenario) -> Report {
    let mut report = Report {
        name: scenario.name.clone(),
        faults: Vec::new(),
        outcomes: Vec::new(),
    };
    let mut register = match Register::of(scenario) {
        Ok(register) => register,
        Err(e) => {
            report.faults.push(e);
            return report;
        }
    };
    if scenario.case.is_empty() {
        report.faults.push("没有申请".to_owned());
    }
    for (i, line) in scenario.case.iter().enumerate() {
        let today = line.on.unwrap_or(scenario.today);
        if line.on.is_some() {
            time_passes(&mut register, today);
        }
        match play(&mut register, line, today) {
            Ok(outcome) => {
                let mut wrong = compare(&register, line, &outcome);
                wrong.extend(sound::faults(&register.world, today));
                wrong.extend(outcome.unsound.iter().cloned());
                report.faults.extend(
                    wrong
                        .into_iter()
                        .map(|w| format!("第 {} 件（{}）：{w}", i + 1, line.business)),
                );
                report.outcomes.push(outcome);
            }
            Err(e) => report
                .faults
                .push(format!("第 {} 件（{}）：{e}", i + 1, line.business)),
        }
    }
    report
}

/// Plays one case on the register; records it when nothing stands in the way.
///
/// # Errors
/// What in the line cannot be understood.
pub fn play(register: &mut Register, line: &CaseLine, today: NaiveDate) -> Result<Outcome, String> {
    let business = catalogue::business(&line.business)
        .ok_or_else(|| format!("业务目录中没有 {}", line.business))?;
    let units = units(register, line)?;
    let target = target(register, line)?;
    let application = match fill(register, business, line, &units, target, today)? {
        Ok(application) => application,
        Err(field) => return Ok(refused_by_field(vec![field])),
    };
    let fields: Vec<String> = application
        .validate(business, today, true)
        .into_iter()
        .map(|f| f.field)
        .collect();
    let violations = rules::check(business, &application, &units, &CALENDAR, today);
    let standing: Vec<String> = rules::standing(&violations, &application)
        .into_iter()
        .map(|v| v.rule.clone())
        .collect();
    let mut outcome = Outcome {
        recorded: false,
        fields,
        violations,
        standing,
        certificates: 0,
        effect_error: None,
        unsound: Vec::new(),
    };
    if !outcome.standing.is_empty() || !outcome.fields.is_empty() {
        return Ok(outcome);
    }
    let now = noon(today);
    let ids = RefCell::new(register.ids());
    let next = || ids.borrow_mut().next_id();
    let before = World::new(units, &CALENDAR);
    let drafts = effect::draft(business, &application, &before, now, today, &next);
    register.used(&ids.into_inner());
    match drafts {
        Ok(drafts) => {
            outcome.recorded = true;
            outcome.unsound = sound::disposals(business, &before, &drafts, today);
            outcome.certificates = drafts.iter().map(|d| d.certificates.len()).sum();
            register.world.apply(&drafts, now);
        }
        Err(e) => outcome.effect_error = Some(e.to_string()),
    }
    Ok(outcome)
}

fn refused_by_field(fields: Vec<String>) -> Outcome {
    Outcome {
        recorded: false,
        fields,
        violations: Vec::new(),
        standing: Vec::new(),
        certificates: 0,
        effect_error: None,
        unsound: Vec::new(),
    }
}

/// What runs out by itself until that day is entered, as the platform does every night.
pub fn time_passes(register: &mut Register, today: NaiveDate) {
    let ids = RefCell::new(register.ids());
    let next = || ids.borrow_mut().next_id();
    let units: Vec<UnitState> = register.world.units().cloned().collect();
    for unit in units {
        for (_, drafts) in effect::lapses(&unit, &CALENDAR, today, &next) {
            register.world.apply(&drafts, noon(today));
        }
    }
    register.used(&ids.into_inner());
}

fn noon(today: NaiveDate) -> DateTime<Utc> {
    today.and_hms_opt(3, 0, 0).unwrap_or_default().and_utc()
}

fn units(register: &Register, line: &CaseLine) -> Result<Vec<UnitState>, String> {
    line.units
        .iter()
        .map(|name| {
            let code = register.code(name)?;
            register
                .world
                .unit(&code)
                .cloned()
                .ok_or_else(|| format!("没有不动产单元 {name}"))
        })
        .collect()
}

fn target(register: &Register, line: &CaseLine) -> Result<Option<Uuid>, String> {
    let (Some(right), Some(unit)) = (&line.right, line.units.first()) else {
        return Ok(None);
    };
    find_right(register, unit, right).map(Some)
}

/// The n-th right of a kind on a unit: `mortgage`, `seizure.2`.
fn find_right(register: &Register, unit: &str, written: &str) -> Result<Uuid, String> {
    let (kind, n) = match written.split_once('.') {
        Some((kind, n)) => (kind, n.parse::<usize>().unwrap_or(1)),
        None => (written, 1),
    };
    let code = register.code(unit)?;
    let state = register.world.unit(&code).ok_or("没有这个单元")?;
    let fits = |detail: &RightDetail| detail.kind() == kind;
    state
        .rights
        .iter()
        .filter(|r| fits(&r.right.detail) || (kind == "title" && r.right.right_type.is_title()))
        .nth(n.saturating_sub(1))
        .map(|r| r.right_id)
        .ok_or_else(|| format!("“{unit}”上没有 {written}"))
}

/// The application as the register fills it in, with what the scenario lays over it. The
/// inner error is a field fault: the business cannot even be begun.
fn fill(
    register: &Register,
    business: &'static Business,
    line: &CaseLine,
    units: &[UnitState],
    target: Option<Uuid>,
    today: NaiveDate,
) -> Result<Result<Application, String>, String> {
    let mut application = match prefill(business, units, target) {
        Ok(application) => application,
        Err(fault) => return Ok(Err(fault.field)),
    };
    let first_to = line.to.as_deref();
    lay_people(
        first_to,
        line.from.as_deref(),
        line.joint,
        (
            &mut application.holders,
            &mut application.obligors,
            &mut application.co_ownership,
        ),
    );
    for (part, line) in application.further.iter_mut().zip(&line.then_also) {
        lay_people(
            line.to.as_deref(),
            line.from.as_deref(),
            false,
            (
                &mut part.holders,
                &mut part.obligors,
                &mut part.co_ownership,
            ),
        );
    }
    for rule in &line.acknowledged {
        application.acknowledged.push(Acknowledgement {
            rule: rule.clone(),
            reason: "已收取书面材料".to_owned(),
        });
    }
    let mut value = serde_json::to_value(&application).map_err(|e| e.to_string())?;
    usual(&mut value["detail"], line, today);
    overlay(register, &mut value["detail"], &line.detail)?;
    for (i, part) in line.then_also.iter().enumerate() {
        let detail = &mut value["further"][i]["detail"];
        usual(detail, line, today);
        overlay(register, detail, &part.detail)?;
    }
    serde_json::from_value(value)
        .map(Ok)
        .map_err(|e| format!("申请内容写错：{e}"))
}

type People<'a> = (
    &'a mut Vec<dengbu_model::party::Holder>,
    &'a mut Vec<dengbu_model::party::Party>,
    &'a mut dengbu_model::party::CoOwnership,
);

fn lay_people(to: Option<&[String]>, from: Option<&[String]>, joint: bool, people: People<'_>) {
    let (holders, obligors, together) = people;
    if let Some(to) = to {
        (*holders, *together) = people::holders(to, joint);
    }
    if let Some(from) = from {
        *obligors = from.iter().map(|f| people::holder(f).party).collect();
    }
}

/// What the form demands and the scenario need not say.
fn usual(detail: &mut Value, line: &CaseLine, today: NaiveDate) {
    let year_later = today + chrono::TimeDelta::days(365);
    let by = line.to.as_deref().and_then(<[String]>::first);
    let values = match detail["kind"].as_str().unwrap_or_default() {
        "transfer" => json!({
            "price": "800000", "contract_no": "示例合同1", "contract_date": today,
            "deed_tax_proof_no": "示例完税1",
        }),
        "mortgage" => json!({
            "secured_amount": "500000", "term_start": today, "term_end": year_later,
            "scope": "本金及利息", "transfer_restricted": false, "contract_no": "示例抵押1",
        }),
        "seizure" => json!({
            "court": by.map_or("东区人民法院", String::as_str), "document": "民事裁定书",
            "document_no": "（2026）示例执1号", "start": today, "end": year_later,
            "served_at": format!("{today}T02:00:00Z"),
            "officers": [
                { "name": "执行员甲", "certificate_no": "1" },
                { "name": "执行员乙", "certificate_no": "2" },
            ],
        }),
        "mortgage_release" => json!({ "cause": "主债权消灭" }),
        "release" => json!({ "cause": "按申请", "paper_no": "示例文1" }),
        "amend" => json!({ "matter": "按申请" }),
        "establish" => {
            usual_content(&mut detail["content"]);
            json!({})
        }
        _ => json!({}),
    };
    if let (Some(into), Some(from)) = (detail.as_object_mut(), values.as_object()) {
        for (k, v) in from {
            if into
                .get(k)
                .is_none_or(|v| v.is_null() || *v == json!("") || *v == json!([]))
            {
                into.insert(k.clone(), v.clone());
            }
        }
    }
}

/// What a right of the kind must contain.
fn usual_content(content: &mut Value) {
    let values = match content["kind"].as_str().unwrap_or_default() {
        "habitation" => json!({ "scope": "全屋", "for_life": true }),
        "easement" => json!({ "content": "通行" }),
        "caution" => json!({ "matter": "权属争议" }),
        _ => return,
    };
    merge(content, values);
}

fn overlay(register: &Register, into: &mut Value, from: &toml::Table) -> Result<(), String> {
    let from = serde_json::to_value(from).map_err(|e| e.to_string())?;
    let from = resolve(register, from)?;
    merge(into, from);
    Ok(())
}

/// `@甲房` becomes the unit's code, `@甲房.mortgage` the identity of the right.
fn resolve(register: &Register, value: Value) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => match text.strip_prefix('@') {
            None => Value::String(text),
            Some(name) => match name.split_once('.') {
                None => Value::String(register.code(name)?.as_str().to_owned()),
                Some((unit, right)) => {
                    Value::String(find_right(register, unit, right)?.to_string())
                }
            },
        },
        Value::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|v| resolve(register, v))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(k, v)| Ok((k, resolve(register, v)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other,
    })
}

/// JSON merge: objects are merged, `"-"` takes out, everything else replaces.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (k, v) in from {
                if v == json!("-") {
                    into.remove(&k);
                } else {
                    merge(into.entry(k).or_insert(Value::Null), v);
                }
            }
        }
        (into, from) => *into = from,
    }
}

fn compare(register: &Register, line: &CaseLine, outcome: &Outcome) -> Vec<String> {
    let mut wrong = Vec::new();
    let found: Vec<&str> = outcome.violations.iter().map(|v| v.rule.as_str()).collect();
    let said = || {
        let all: Vec<String> = outcome
            .violations
            .iter()
            .map(|v| format!("{} {:?} {}", v.rule, v.severity, v.message))
            .chain(outcome.fields.iter().map(|f| format!("字段 {f}")))
            .chain(outcome.effect_error.clone())
            .collect();
        all.join("；")
    };
    match line.outcome.as_str() {
        "recorded" if !outcome.recorded => wrong.push(format!("应当登簿，实际未登簿：{}", said())),
        "refused" if outcome.recorded => wrong.push("应当不予登记，实际已登簿".to_owned()),
        "recorded" | "refused" => {}
        other => wrong.push(format!(
            "outcome 只能是 recorded 或 refused，不能是 {other}"
        )),
    }
    for rule in &line.rules {
        let present = if outcome.recorded {
            found.contains(&rule.as_str())
        } else {
            outcome.standing.contains(rule)
        };
        if !present {
            wrong.push(format!("应有规则 {rule}，实际：{}", said()));
        }
    }
    for rule in &line.not_rules {
        if found.contains(&rule.as_str()) {
            wrong.push(format!("不应有规则 {rule}：{}", said()));
        }
    }
    for field in &line.fields {
        if !outcome.fields.iter().any(|f| f.starts_with(field.as_str())) {
            wrong.push(format!("应指出字段 {field}，实际：{}", said()));
        }
    }
    if let Some(n) = line.certificates
        && n != outcome.certificates
    {
        wrong.push(format!(
            "应发 {n} 本证书（证明），实际 {}",
            outcome.certificates
        ));
    }
    for (name, then) in &line.then {
        match register
            .code(name)
            .map(|code| register.world.unit(&code).cloned())
        {
            Ok(Some(unit)) => after(name, &unit, then, &mut wrong),
            Ok(None) => wrong.push(format!("没有不动产单元 {name}")),
            Err(e) => wrong.push(e),
        }
    }
    wrong
}

fn after(name: &str, unit: &UnitState, then: &Then, wrong: &mut Vec<String>) {
    let mut differ = |what: &str, want: String, got: String| {
        if want != got {
            wrong.push(format!("{name}的{what}应为“{want}”，实际为“{got}”"));
        }
    };
    let count = |kind: &str| {
        unit.rights
            .iter()
            .filter(|r| r.right.detail.kind() == kind)
            .count()
    };
    if let Some(owner) = &then.owner {
        let mut got: Vec<String> = unit
            .titles()
            .flat_map(|t| &t.right.holders)
            .map(|h| match h.share {
                Some(s) => format!("{} {}/{}", h.party.name, s.numerator(), s.denominator()),
                None => h.party.name.clone(),
            })
            .collect();
        let mut want = owner.clone();
        got.sort();
        want.sort();
        differ("权利人", want.join("、"), got.join("、"));
    }
    if let Some(to) = &then.mortgaged_to {
        let mut all = unit.mortgages();
        all.sort_by_key(|(_, m)| m.rank);
        let got: Vec<String> = all
            .iter()
            .flat_map(|(r, _)| r.right.holders.iter().map(|h| h.party.name.clone()))
            .collect();
        differ("抵押权人", to.join("、"), got.join("、"));
    }
    let in_force = unit.rights.iter().find_map(|r| match &r.right.detail {
        RightDetail::Seizure(s) if !s.kind.is_waiting() => Some(s),
        _ => None,
    });
    if let Some(by) = &then.seized_by {
        let got = in_force.map(|s| s.court.clone()).unwrap_or_default();
        differ("查封机关", by.clone(), got);
    }
    if let Some(pre) = then.pre_seized {
        let got = in_force.is_some_and(|s| s.kind == dengbu_model::right::SeizureKind::PreSeizure);
        differ("预查封", pre.to_string(), got.to_string());
    }
    if let Some(n) = then.waiting {
        let got = unit
            .rights
            .iter()
            .filter(|r| matches!(&r.right.detail, RightDetail::Seizure(s) if s.kind.is_waiting()))
            .count();
        differ("轮候查封数", n.to_string(), got.to_string());
    }
    for (what, want, kind) in [
        ("抵押权数", then.mortgages, "mortgage"),
        ("预告登记数", then.notices, "priority_notice"),
        ("异议登记数", then.cautions, "caution"),
        ("居住权数", then.habitations, "habitation"),
        ("地役权数", then.easements, "easement"),
        ("限制数", then.restrictions, "restriction"),
    ] {
        if let Some(n) = want {
            differ(what, n.to_string(), count(kind).to_string());
        }
    }
    if let Some(status) = &then.status {
        differ("单元状态", status.clone(), unit.status.code().to_owned());
    }
    if let Some(address) = &then.address {
        differ("坐落", address.clone(), unit.address.clone());
    }
}
