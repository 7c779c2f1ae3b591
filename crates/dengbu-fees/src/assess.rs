//! What the registration of a case costs: 件 by unit, right and registration; rate by use;
//! certificates beyond the first; exemptions.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dengbu_law::catalogue::{Business, FeeRule};
use dengbu_model::right::RightType;
use dengbu_model::unit_code::UnitCode;
use rust_decimal::Decimal;

use crate::FeeError;
use crate::exemption::{Exemption, Leaves};
use crate::tariff::{self, CountBy, Tariff, UseClass};

/// One business of a case: a combined case has several, each with its payer.
#[derive(Debug, Clone)]
pub struct Part {
    /// Position in the case, from 1.
    pub ordinal: u8,
    /// The business.
    pub business: &'static Business,
    /// Its units.
    pub units: Vec<Unit>,
    /// Certificates or proofs issued for each unit, at least 1.
    pub certificates_per_unit: u32,
    /// Who pays: the side registered as holder, for a mortgage the mortgagee.
    pub payer: Payer,
}

/// Who pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payer {
    /// Names, several joined by 、.
    pub name: String,
    /// True for an individual (个人).
    pub individual: bool,
}

/// A unit as far as the fee goes.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Its code.
    pub code: UnitCode,
    /// Its use.
    pub class: UseClass,
}

/// What a line charges for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// 不动产登记费.
    Registration,
    /// 证书工本费 for certificates beyond the first.
    ExtraCertificate,
    /// 证书工本费 alone.
    Paper,
}

impl Item {
    const ALL: [Self; 3] = [Self::Registration, Self::ExtraCertificate, Self::Paper];

    /// The code stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::ExtraCertificate => "extra_certificate",
            Self::Paper => "paper",
        }
    }

    /// The item with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|i| i.code() == code)
    }

    /// Name on the order (收费科目名称, SFKMMC).
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Registration => "不动产登记费",
            Self::ExtraCertificate => "证书工本费（加发）",
            Self::Paper => "证书工本费",
        }
    }
}

/// One line of an order (收费明细).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What for.
    pub item: Item,
    /// The unit, or the first of those counted as one 件.
    pub unit: UnitCode,
    /// How many units make the 件.
    pub units: u32,
    /// Use.
    pub class: UseClass,
    /// Fee rule of the business (F1, F2, …).
    pub rule: FeeRule,
    /// Standard in yuan.
    pub standard: Decimal,
    /// How many.
    pub quantity: u32,
    /// What would be charged (应收金额, YSJE).
    pub charged: Decimal,
    /// What is charged after exemption (折扣后应收金额, ZKHYSJE).
    pub due: Decimal,
    /// Code of the exemption.
    pub exemption: Option<String>,
    /// What it rests on.
    pub law: String,
    /// What is not certain about it.
    pub unverified: Option<String>,
}

/// What a part costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// Lines.
    pub lines: Vec<Line>,
    /// Who pays and why.
    pub payer_law: String,
}

impl Assessment {
    /// What is charged before exemption.
    #[must_use]
    pub fn charged(&self) -> Decimal {
        self.lines.iter().map(|l| l.charged).sum()
    }

    /// What is to be paid.
    #[must_use]
    pub fn due(&self) -> Decimal {
        self.lines.iter().map(|l| l.due).sum()
    }

    /// The first unit whose use must be decided before money is taken.
    #[must_use]
    pub fn undecided(&self) -> Option<&UnitCode> {
        self.lines
            .iter()
            .find(|l| l.class == UseClass::Unknown && l.exemption.is_none() && by_use(l.rule))
            .map(|l| &l.unit)
    }
}

/// Whether the rate follows the use.
fn by_use(rule: FeeRule) -> bool {
    matches!(rule, FeeRule::F1 | FeeRule::FH)
}

/// The code of a fee rule, as the catalogue writes it.
#[must_use]
pub fn rule_code(rule: FeeRule) -> &'static str {
    match rule {
        FeeRule::F0 => "F0",
        FeeRule::F1 => "F1",
        FeeRule::F2 => "F2",
        FeeRule::FH => "FH",
        FeeRule::FC => "FC",
    }
}

/// Whether anything is ever charged under the rule.
#[must_use]
pub fn chargeable(rule: FeeRule) -> bool {
    rule != FeeRule::F0
}

/// What a business would cost: so many units of one use on so many parcels. The codes of the
/// units are invented and mean nothing.
///
/// # Errors
/// [`FeeError::Field`] for counts out of range.
pub fn sample(
    business: &'static Business,
    class: UseClass,
    units: u32,
    parcels: u32,
    certificates_per_unit: u32,
) -> Result<Part, FeeError> {
    if !(1..=999).contains(&units) {
        return Err(FeeError::field(
            "/units",
            "out_of_range",
            "不动产单元数应为 1 至 999",
        ));
    }
    if parcels < 1 || parcels > units {
        let message = "宗地数应至少为 1，且不超过不动产单元数";
        return Err(FeeError::field("/parcels", "out_of_range", message));
    }
    if !(1..=99).contains(&certificates_per_unit) {
        let message = "每个单元的证书本数应为 1 至 99";
        return Err(FeeError::field("/certificates", "out_of_range", message));
    }
    let units = (0..units)
        .filter_map(|n| {
            let code = format!("510402001001GB{:05}F0001{:04}", n % parcels + 1, n + 1);
            Some(Unit {
                code: UnitCode::parse(&code).ok()?,
                class,
            })
        })
        .collect();
    Ok(Part {
        ordinal: 1,
        business,
        units,
        certificates_per_unit,
        payer: Payer {
            name: String::new(),
            individual: false,
        },
    })
}

/// What a part costs on a day.
///
/// # Errors
/// [`FeeError::NoTariff`].
pub fn assess(
    part: &Part,
    exemption: Option<&Exemption>,
    day: NaiveDate,
) -> Result<Assessment, FeeError> {
    let tariff = tariff::on(day).ok_or(FeeError::NoTariff(day))?;
    Ok(assess_by(tariff, part, exemption))
}

/// What a part costs under a tariff.
#[must_use]
pub fn assess_by(tariff: &Tariff, part: &Part, exemption: Option<&Exemption>) -> Assessment {
    let rule = part.business.fee;
    let certificates = part.certificates_per_unit.max(1);
    let mut lines = Vec::new();
    for item in items(tariff, part) {
        match rule {
            FeeRule::F0 => {}
            FeeRule::F2 => lines.push(paper(tariff, &item, rule, certificates)),
            FeeRule::F1 | FeeRule::FH | FeeRule::FC => {
                lines.push(registration(tariff, &item, rule));
                // 工本费: the first certificate is free where a registration fee is charged
                let further = (certificates - 1) * item.units;
                if further > 0 {
                    let law = &tariff.law.extra_certificate;
                    let line = line(Item::ExtraCertificate, &item, rule, tariff.certificate, law);
                    lines.push(times(line, further));
                }
            }
        }
    }
    if let Some(exemption) = exemption {
        reduce(tariff, &mut lines, exemption);
    }
    Assessment {
        lines,
        payer_law: tariff.law.payer.clone(),
    }
}

/// One 件.
struct Counted {
    first: UnitCode,
    units: u32,
    class: UseClass,
    law: String,
    unverified: Option<String>,
}

fn items(tariff: &Tariff, part: &Part) -> Vec<Counted> {
    let by = match part.business.right_type {
        RightType::Mortgage => tariff.count.mortgage,
        RightType::Easement => tariff.count.easement,
        _ => CountBy::Unit,
    };
    let mut groups: BTreeMap<String, Vec<&Unit>> = BTreeMap::new();
    for unit in &part.units {
        let key = match by {
            CountBy::Unit => unit.code.as_str().to_owned(),
            CountBy::Parcel => unit.code.parcel().as_str().to_owned(),
            CountBy::Case => String::new(),
        };
        groups.entry(key).or_default().push(unit);
    }
    let law = match by {
        CountBy::Parcel => &tariff.law.per_parcel,
        CountBy::Unit | CountBy::Case => &tariff.law.per_item,
    };
    groups
        .into_values()
        .filter_map(|units| {
            let first = units.first()?;
            let (class, mixed) = class_of(tariff, &units);
            Some(Counted {
                first: first.code.clone(),
                units: u32::try_from(units.len()).unwrap_or(u32::MAX),
                class,
                law: law.clone(),
                unverified: mixed.then(|| tariff.mixed.unverified.clone()).flatten(),
            })
        })
        .collect()
}

/// The class of units counted as one, and whether they are of both kinds.
fn class_of(tariff: &Tariff, units: &[&Unit]) -> (UseClass, bool) {
    let mut classes: Vec<UseClass> = units.iter().map(|u| u.class).collect();
    classes.sort_unstable();
    classes.dedup();
    match classes.as_slice() {
        [one] => (*one, false),
        several if several.contains(&UseClass::Unknown) => (UseClass::Unknown, false),
        // a garage is charged like a dwelling (财税〔2019〕45号)
        [UseClass::Residential, UseClass::Garage] => (UseClass::Residential, false),
        _ => (tariff.mixed.rate, true),
    }
}

fn registration(tariff: &Tariff, item: &Counted, rule: FeeRule) -> Line {
    let law = &tariff.law;
    // what is not known is shown at the higher rate and not paid before it is decided
    let (standard, text) = match (rule, item.class) {
        (FeeRule::FC, _) => (tariff.garage, &law.garage),
        (FeeRule::FH, UseClass::Residential | UseClass::Garage) => {
            (tariff.objection_residential, &law.objection)
        }
        (FeeRule::FH, _) => (tariff.objection_non_residential, &law.objection),
        (_, UseClass::Residential) => (tariff.residential, &law.residential),
        (_, UseClass::Garage) => (tariff.garage, &law.garage),
        (_, UseClass::NonResidential | UseClass::Unknown) => {
            (tariff.non_residential, &law.non_residential)
        }
    };
    let text = format!("{text}；{}", item.law);
    line(Item::Registration, item, rule, standard, &text)
}

fn paper(tariff: &Tariff, item: &Counted, rule: FeeRule, certificates: u32) -> Line {
    let law = &tariff.law.paper_only;
    let one = line(Item::Paper, item, rule, tariff.certificate, law);
    times(one, certificates * item.units)
}

fn line(item: Item, counted: &Counted, rule: FeeRule, standard: Decimal, law: &str) -> Line {
    Line {
        item,
        unit: counted.first.clone(),
        units: counted.units,
        class: counted.class,
        rule,
        standard,
        quantity: 1,
        charged: standard,
        due: standard,
        exemption: None,
        law: law.to_owned(),
        unverified: counted.unverified.clone(),
    }
}

fn times(mut line: Line, quantity: u32) -> Line {
    line.quantity = quantity;
    line.charged = line.standard * Decimal::from(quantity);
    line.due = line.charged;
    line
}

fn reduce(tariff: &Tariff, lines: &mut [Line], exemption: &Exemption) {
    for line in lines {
        let due = match (exemption.leaves, line.item) {
            (Leaves::Nothing, _) => Decimal::ZERO,
            // the paper of the first certificate, which the fee had included
            (Leaves::Paper, Item::Registration) => tariff.certificate * Decimal::from(line.units),
            (Leaves::Paper, Item::ExtraCertificate | Item::Paper) => line.charged,
        };
        line.due = due.min(line.charged);
        line.exemption = Some(exemption.code.clone());
        line.law = format!(
            "{}；减免：{}（{}）",
            line.law, exemption.name, exemption.source
        );
    }
}

#[cfg(test)]
mod tests;
