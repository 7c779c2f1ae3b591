//! The register that a scenario begins with.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use dengbu_law::state::{OpenCase, StandingRight, UnitState, World};
use dengbu_model::cadastre::{UnitKind, UnitStatus};
use dengbu_model::codes::Code;
use dengbu_model::party::{CoOwnership, Holder, Party};
use dengbu_model::quantity::{Area, Money};
use dengbu_model::right::{
    AgriculturalLand, BuildingOwnership, Caution, Easement, Forest, Habitation, LandOwnership,
    LandUse, Mortgage, MortgageMethod, PriorityNotice, PriorityNoticeKind, Restriction, Right,
    RightDetail, RightType, SeaArea, Seizure, SeizureKind, Structure,
};
use dengbu_model::unit_code::{BuildingCode, ParcelCode, UnitCode};
use uuid::Uuid;

use crate::file::{Given, Scenario};
use crate::people;

/// A register in memory, with the names that a scenario gives its units.
#[derive(Debug, Clone)]
pub struct Register {
    /// The units and what stands on them.
    pub world: World,
    /// Units by name.
    pub names: BTreeMap<String, UnitCode>,
    ids: Ids,
}

/// Identities, counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ids {
    last: u128,
}

impl Ids {
    /// A new identity.
    pub(crate) fn next_id(&mut self) -> Uuid {
        self.last += 1;
        Uuid::from_u128(self.last)
    }
}

fn day(d: NaiveDate) -> DateTime<Utc> {
    d.and_hms_opt(2, 0, 0).unwrap_or_default().and_utc()
}

fn some_day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

impl Register {
    /// Builds the register of a scenario.
    ///
    /// # Errors
    /// What in the given part cannot be understood.
    pub fn of(scenario: &Scenario) -> Result<Self, String> {
        let mut register = Self {
            world: World::default(),
            names: BTreeMap::new(),
            ids: Ids::default(),
        };
        register.number(scenario)?;
        for (name, given) in &scenario.given {
            let unit = register.unit(name, given)?;
            register.world.put(unit);
        }
        let parcels: Vec<String> = register
            .names
            .values()
            .map(|c| c.parcel().as_str().to_owned())
            .collect();
        for parcel in parcels {
            register.world.relink(&parcel);
        }
        Ok(register)
    }

    /// The identities as far as they are used.
    pub(crate) fn ids(&self) -> Ids {
        self.ids.clone()
    }

    /// Notes what was used of them meanwhile.
    pub(crate) fn used(&mut self, ids: &Ids) {
        self.ids = ids.clone();
    }

    /// The code of a named unit.
    ///
    /// # Errors
    /// When no unit has the name.
    pub fn code(&self, name: &str) -> Result<UnitCode, String> {
        self.names
            .get(name)
            .cloned()
            .ok_or_else(|| format!("没有名为“{name}”的不动产单元"))
    }

    /// Every unit gets a code: land on a parcel of its own, what stands on it behind it.
    fn number(&mut self, scenario: &Scenario) -> Result<(), String> {
        let mut parcels: BTreeMap<String, ParcelCode> = BTreeMap::new();
        for (i, (name, given)) in (1_u32..).zip(&scenario.given) {
            let land = given.on.clone().unwrap_or_else(|| name.clone());
            if given.on.is_some() && !scenario.given.contains_key(&land) {
                return Err(format!("“{name}”所在的“{land}”没有给出"));
            }
            let text = format!("510402001001GB{i:05}");
            let parcel = ParcelCode::parse(&text).map_err(|e| e.to_string())?;
            parcels.entry(land).or_insert(parcel);
        }
        for (i, (name, given)) in (1_u32..).zip(&scenario.given) {
            let land = given.on.clone().unwrap_or_else(|| name.clone());
            let parcel = &parcels[&land];
            let code = if given.kind.as_deref() == Some("land") {
                UnitCode::of_land(parcel)
            } else {
                BuildingCode::on(parcel, 1).and_then(|b| UnitCode::in_building(&b, i))
            };
            self.names
                .insert(name.clone(), code.map_err(|e| e.to_string())?);
        }
        Ok(())
    }

    fn unit(&mut self, name: &str, given: &Given) -> Result<UnitState, String> {
        let kind_name = given.kind.as_deref().unwrap_or("dwelling");
        let kind = UnitKind::from_code(kind_name).ok_or(format!("不认识的单元类型 {kind_name}"))?;
        let mut unit = UnitState::bare(self.code(name)?, kind);
        if let Some(status) = &given.status {
            unit.status =
                UnitStatus::from_code(status).ok_or(format!("不认识的单元状态 {status}"))?;
        }
        name.clone_into(&mut unit.address);
        let area = given.area.as_deref().unwrap_or("100");
        unit.area = Area::parse(area).ok();
        let dwelling = matches!(kind, UnitKind::Dwelling);
        unit.use_code = given
            .use_code
            .clone()
            .or_else(|| dwelling.then(|| "10".to_owned()));
        unit.land_nature.clone_from(&given.land_nature);
        for other in &given.same_certificate {
            unit.certificate_units.push(self.code(other)?);
        }
        for (i, business) in given.open_cases.iter().enumerate() {
            unit.open_cases.push(OpenCase {
                case_no: format!("在办{}", i + 1),
                business: business.clone(),
                exclusive: !business.starts_with("800") && !business.starts_with("600"),
            });
        }
        self.rights(given, &mut unit)?;
        Ok(unit)
    }

    fn rights(&mut self, given: &Given, unit: &mut UnitState) -> Result<(), String> {
        let (owners, together) = people::holders(&given.owner, given.joint);
        let parties: Vec<Party> = owners.iter().map(|h| h.party.clone()).collect();
        if !owners.is_empty() {
            let right = self.title(given, unit, owners, together)?;
            let since = given.since.unwrap_or_else(|| some_day("2019-01-01"));
            self.put(unit, right, since);
        }
        for (i, n) in given.noticed.iter().enumerate() {
            let kind = match n.kind.as_str() {
                "1" => PriorityNoticeKind::PresaleTransfer,
                "2" => PriorityNoticeKind::Transfer,
                "3" => PriorityNoticeKind::PresaleMortgage,
                "4" => PriorityNoticeKind::Mortgage,
                other => return Err(format!("不认识的预告登记种类 {other}")),
            };
            let detail = RightDetail::PriorityNotice(PriorityNotice {
                notice_kind: kind,
                registrable_on: n.registrable,
                ..PriorityNotice::default()
            });
            let from = if n.from.is_empty() {
                parties.clone()
            } else {
                n.from.iter().map(|f| people::holder(f).party).collect()
            };
            let right = plain(RightType::PriorityNotice, &n.to, from, detail);
            let since = n.since.unwrap_or_else(|| some_day("2024-01-01"));
            self.put(
                unit,
                right,
                since + TimeDelta::days(i64::try_from(i).unwrap_or(0)),
            );
        }
        for (i, m) in (1_u32..).zip(&given.mortgaged) {
            let amount = Money::parse(&m.amount.to_string()).map_err(|e| e.to_string())?;
            let method = if m.maximum {
                MortgageMethod::MaximumAmount
            } else {
                MortgageMethod::General
            };
            let detail = RightDetail::Mortgage(Mortgage {
                secured_amount: (!m.maximum).then_some(amount),
                maximum_amount: m.maximum.then_some(amount),
                transfer_restricted: m.no_transfer,
                rank: Some(i),
                scope: Some("本金及利息".to_owned()),
                construction_scope: m.construction.then(|| "在建工程".to_owned()),
                ..Mortgage::new(method)
            });
            let right = plain(RightType::Mortgage, &m.to, parties.clone(), detail);
            let since = m.since.unwrap_or_else(|| some_day("2022-06-01"));
            self.put(unit, right, since + TimeDelta::days(i64::from(i)));
        }
        for (i, s) in (0_u32..).zip(&given.seized) {
            let since = s.since.unwrap_or_else(|| some_day("2025-06-01"));
            let kind = match (s.pre, i) {
                (false, 0) => SeizureKind::Seizure,
                (false, _) => SeizureKind::Waiting,
                (true, 0) => SeizureKind::PreSeizure,
                (true, _) => SeizureKind::WaitingPreSeizure,
            };
            let detail = RightDetail::Seizure(Seizure {
                kind,
                court: s.by.clone(),
                document_no: format!("（2025）示例{}号", i + 1),
                start: Some(since),
                end: s
                    .until
                    .or_else(|| since.checked_add_signed(TimeDelta::days(1095))),
                served_at: Some(day(since)),
                rank: Some(i),
                ..Seizure::default()
            });
            let of = if s.of.is_empty() {
                parties.clone()
            } else {
                s.of.iter().map(|o| people::holder(o).party).collect()
            };
            let right = plain(RightType::Seizure, &s.by, of, detail);
            self.put(unit, right, since + TimeDelta::days(i64::from(i)));
        }
        for c in &given.cautioned {
            let detail = RightDetail::Caution(Caution {
                matter: c.matter.clone().or_else(|| Some("权属争议".to_owned())),
                suit_on: c.sued,
                ..Caution::default()
            });
            let right = plain(RightType::Caution, &c.by, parties.clone(), detail);
            self.put(
                unit,
                right,
                c.since.unwrap_or_else(|| some_day("2026-04-25")),
            );
        }
        for h in &given.habitation {
            let detail = RightDetail::Habitation(Habitation {
                scope: Some("全屋".to_owned()),
                start: Some(some_day("2023-01-01")),
                end: h.until,
                for_life: h.until.is_none().then_some(true),
                ..Habitation::default()
            });
            let right = plain(RightType::Habitation, &h.to, parties.clone(), detail);
            self.put(unit, right, some_day("2023-01-01"));
        }
        for to in &given.easement {
            let detail = RightDetail::Easement(Easement {
                content: Some("通行".to_owned()),
                ..Easement::default()
            });
            let right = plain(RightType::Easement, to, parties.clone(), detail);
            self.put(unit, right, some_day("2023-01-01"));
        }
        for by in &given.restricted {
            let detail = RightDetail::Restriction(Restriction {
                organ: Some(by.clone()),
                reason: Some("行政限制".to_owned()),
                ..Restriction::default()
            });
            let right = plain(RightType::Restriction, by, parties.clone(), detail);
            self.put(unit, right, some_day("2025-01-01"));
        }
        Ok(())
    }

    fn put(&mut self, unit: &mut UnitState, right: Right, since: NaiveDate) {
        let right_id = self.ids.next_id();
        unit.rights.push(StandingRight {
            right_id,
            unit: unit.unit.clone(),
            right,
            certificate_no: None,
            registered_at: day(since),
            case_no: None,
        });
    }

    fn title(
        &self,
        given: &Given,
        unit: &UnitState,
        holders: Vec<Holder>,
        co_ownership: CoOwnership,
    ) -> Result<Right, String> {
        let code = given.right.as_deref().unwrap_or(match unit.kind {
            UnitKind::Land => "state_construction_land",
            _ => "state_construction_land_and_building",
        });
        let right_type = RightType::from_code(code).ok_or(format!("不认识的权利类型 {code}"))?;
        let detail = content(right_type, given, unit)?;
        Ok(Right {
            right_type,
            co_ownership,
            holders,
            obligors: Vec::new(),
            detail,
            other_conditions: None,
            remarks: None,
        })
    }
}

fn content(t: RightType, given: &Given, unit: &UnitState) -> Result<RightDetail, String> {
    let (area, end) = (unit.area, given.until);
    let planned = unit
        .use_code
        .as_deref()
        .map(Code::parse)
        .transpose()
        .map_err(|e| e.to_string())?;
    let all = [
        RightDetail::LandOwnership(LandOwnership::default()),
        RightDetail::LandUse(LandUse {
            area,
            end,
            ..LandUse::default()
        }),
        RightDetail::BuildingOwnership(BuildingOwnership {
            building_area: area,
            land_use_end: end,
            planned_use: planned,
            ..BuildingOwnership::default()
        }),
        RightDetail::AgriculturalLand(AgriculturalLand {
            area,
            end,
            ..AgriculturalLand::default()
        }),
        RightDetail::Forest(Forest {
            area,
            end,
            ..Forest::default()
        }),
        RightDetail::SeaArea(SeaArea::default()),
        RightDetail::Structure(Structure::default()),
    ];
    all.into_iter()
        .find(|d| d.fits(t))
        .ok_or(format!("情景中还不能给出“{}”", t.name_zh()))
}

fn plain(right_type: RightType, to: &str, obligors: Vec<Party>, detail: RightDetail) -> Right {
    Right {
        right_type,
        co_ownership: CoOwnership::Sole,
        holders: vec![people::holder(to)],
        obligors,
        detail,
        other_conditions: None,
        remarks: None,
    }
}
