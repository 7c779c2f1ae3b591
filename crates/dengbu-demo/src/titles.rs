//! Who owned and owns each unit: the builder first, then buyers.

use chrono::NaiveDate;
use dengbu_model::certificate::{CertificateKind, CertificateNumber};
use dengbu_model::party::{CoOwnership, Holder, Party};
use dengbu_model::quantity::{Money, Share};
use dengbu_model::right::{BuildingOwnership, RegistrationType, Right, RightDetail, RightType};
use dengbu_model::unit_code::UnitCode;
use dengbu_register::entry::Provenance;
use dengbu_takeover::ExistingRight;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

use crate::DemoError;
use crate::city::{Maker, closing, date, provenance};
use crate::land::{code, houses_registered};
use crate::people::company;
use crate::places::{Estate, Tenure, builder, certificate_place};
use crate::shapes::{Room, Shape, Use};
use crate::story::Scene;

/// A unit on its way to its titles.
pub(crate) struct Flat<'a> {
    pub estate: &'a Estate,
    /// Building area of all units of the estate, in hundredths of a square metre.
    pub built: i64,
    pub shape: Shape,
    pub unit: UnitCode,
    pub room: &'a Room,
    pub scene: Option<Scene>,
}

/// What is common to every right: when, by whom, for whom.
pub(crate) struct Chapter {
    pub registration_type: RegistrationType,
    pub on: NaiveDate,
    pub certificate_no: String,
    pub holders: Vec<Party>,
    pub obligors: Vec<Party>,
    pub origin: Provenance,
}

/// A right in force; joint where there are several holders.
pub(crate) fn right(right_type: RightType, detail: RightDetail, chapter: Chapter) -> ExistingRight {
    let co_ownership = if chapter.holders.len() > 1 {
        CoOwnership::Joint
    } else {
        CoOwnership::Sole
    };
    let holders = chapter
        .holders
        .into_iter()
        .map(|party| Holder { party, share: None })
        .collect();
    ExistingRight {
        right: Right {
            right_type,
            co_ownership,
            holders,
            obligors: chapter.obligors,
            detail,
            other_conditions: None,
            remarks: None,
        },
        registration_type: chapter.registration_type,
        certificate_no: Some(chapter.certificate_no),
        registered_on: Some(chapter.on),
        ended_on: None,
        end_reason: None,
        current: true,
        provenance: chapter.origin,
    }
}

/// Number series of certificates and proofs, as text. Up to 2015 the old forms, from 2016 on the
/// form of the law; none of the current year, whose series belongs to the platform.
#[derive(Debug, Default)]
pub(crate) struct Numbers(BTreeMap<(&'static str, i32, &'static str), u64>);

impl Numbers {
    fn next(&mut self, estate: &Estate, on: NaiveDate, series: &'static str) -> (i32, u64) {
        let year = chrono::Datelike::year(&on);
        let last = self
            .0
            .entry((estate.authority(), year, series))
            .or_default();
        *last += 1;
        (year, *last)
    }

    fn number(
        &mut self,
        estate: &Estate,
        on: NaiveDate,
        kind: CertificateKind,
        old: &str,
    ) -> String {
        let series = match kind {
            CertificateKind::Title => "title",
            CertificateKind::Proof => "proof",
        };
        let (year, serial) = self.next(estate, on, series);
        if year >= 2016 {
            let place = certificate_place(estate.authority());
            return CertificateNumber::new("川", year, place, kind, serial).to_string();
        }
        let place = match estate.authority() {
            "510421" => "米易",
            "510422" => "盐边",
            _ => "攀",
        };
        format!("{place}{old}字第{year}{serial:05}号")
    }

    /// A title certificate.
    pub fn title(&mut self, estate: &Estate, on: NaiveDate) -> String {
        self.number(estate, on, CertificateKind::Title, "房权证")
    }

    /// A proof.
    pub fn proof(&mut self, estate: &Estate, on: NaiveDate) -> String {
        self.number(estate, on, CertificateKind::Proof, "房他证")
    }

    /// A certificate for land.
    pub fn land(&mut self, estate: &Estate, on: NaiveDate) -> String {
        self.number(estate, on, CertificateKind::Title, "国用")
    }
}

/// The titles of a unit, oldest first; the last is in force.
pub(crate) fn titles(maker: &mut Maker, flat: &Flat<'_>) -> Result<Vec<ExistingRight>, DemoError> {
    let mut chain = Vec::new();
    let (first_on, first) = first_owner(maker, flat);
    push(maker, flat, &mut chain, first_on, first)?;
    let developed = flat.estate.tenure == Tenure::Developed;
    let unsold = developed && flat.scene.is_none() && maker.dice.chance(60);
    if developed && !unsold {
        let on = maker.dice.days_after(first_on, 30, 700).min(closing());
        let buyers = household(maker, flat, on, &chain);
        push(maker, flat, &mut chain, on, buyers)?;
    }
    let sold_once = developed && !unsold || flat.estate.tenure == Tenure::WorkersHousing;
    if sold_once && flat.scene.is_none() && maker.dice.chance(300) {
        let last = chain
            .last()
            .and_then(|t: &ExistingRight| t.registered_on)
            .unwrap_or(first_on);
        let on = maker.dice.days_after(last, 400, 4_000);
        if on <= closing() {
            let buyers = household(maker, flat, on, &chain);
            push(maker, flat, &mut chain, on, buyers)?;
        }
    }
    if let Some(last) = chain.last_mut() {
        co_ownership(maker, flat.scene, last)?;
    }
    Ok(chain)
}

/// The developer for what was built for sale; the worker or villager otherwise.
fn first_owner(maker: &mut Maker, flat: &Flat<'_>) -> (NaiveDate, Vec<Party>) {
    let ready = houses_registered(flat.estate);
    match flat.estate.tenure {
        Tenure::Developed | Tenure::Vacant => {
            let (name, serial) = builder(flat.estate.county(), flat.estate.tenure);
            (ready, vec![company(name, serial)])
        }
        Tenure::WorkersHousing | Tenure::Homestead => {
            let on = maker.dice.days_after(ready, 0, 1_000).min(closing());
            (on, household(maker, flat, on, &[]))
        }
    }
}

/// Mostly one person, often a couple, sometimes several by shares; one where a story wants so.
fn household(
    maker: &mut Maker,
    flat: &Flat<'_>,
    on: NaiveDate,
    before: &[ExistingRight],
) -> Vec<Party> {
    let count = match flat.scene {
        Some(Scene::Joint) => 2,
        Some(Scene::Shared) => 3,
        Some(_) => 1,
        None if !flat.room.used_for.is_home() => 1,
        None => match maker.dice.below(100) {
            0..63 => 1,
            63..97 => 2,
            _ => 3,
        },
    };
    if count == 1 && flat.scene.is_none() {
        return vec![maker.people.buyer(&mut maker.dice, on, &owners(before))];
    }
    maker.people.several(&mut maker.dice, on, count)
}

/// Three own by shares, two now and then; a couple together.
fn co_ownership(
    maker: &mut Maker,
    scene: Option<Scene>,
    title: &mut ExistingRight,
) -> Result<(), DemoError> {
    let holders = &mut title.right.holders;
    let shares: &[(u32, u32)] = match holders.len() {
        3 if scene.is_some() || maker.dice.chance(500) => &[(1, 3), (1, 3), (1, 3)],
        3 => &[(1, 2), (3, 10), (1, 5)],
        2 if scene.is_none() && maker.dice.chance(150) => &[(7, 10), (3, 10)],
        _ => return Ok(()),
    };
    title.right.co_ownership = CoOwnership::ByShares;
    for (holder, (n, d)) in holders.iter_mut().zip(shares) {
        holder.share = Some(Share::new(*n, *d).map_err(DemoError::malformed)?);
    }
    Ok(())
}

/// The latest owners.
fn owners(chain: &[ExistingRight]) -> Vec<Party> {
    let last = chain.last().into_iter().flat_map(|t| &t.right.holders);
    last.map(|h| h.party.clone()).collect()
}

/// Adds the next owners; the ones before them are the sellers.
fn push(
    maker: &mut Maker,
    flat: &Flat<'_>,
    chain: &mut Vec<ExistingRight>,
    on: NaiveDate,
    holders: Vec<Party>,
) -> Result<(), DemoError> {
    let sellers = owners(chain);
    let bought = !sellers.is_empty();
    let mut detail = facts(flat)?;
    if detail.land_use_holder.is_none() {
        // 房地一体: whoever owns the house holds its land
        detail.land_use_holder = Some(joined(&holders));
    }
    if bought {
        detail.price = Some(price(maker, flat)?);
    }
    let chapter = Chapter {
        registration_type: if bought {
            RegistrationType::Transfer
        } else {
            RegistrationType::First
        },
        on,
        certificate_no: maker.numbers.title(flat.estate, on),
        holders,
        obligors: sellers,
        origin: provenance(
            "产权",
            &format!("{}-{}", flat.unit.as_str(), chain.len() + 1),
        ),
    };
    let right_type = match flat.estate.tenure {
        Tenure::Homestead => RightType::HomesteadAndBuilding,
        _ => RightType::StateConstructionLandAndBuilding,
    };
    if let Some(before) = chain.last_mut() {
        before.current = false;
    }
    chain.push(right(
        right_type,
        RightDetail::BuildingOwnership(detail),
        chapter,
    ));
    Ok(())
}

/// Names of some persons, as a field of the register has them.
pub(crate) fn joined(persons: &[Party]) -> String {
    let names: Vec<&str> = persons.iter().map(|p| p.name.as_str()).collect();
    names.join("、")
}

/// What the title says of house and land.
fn facts(flat: &Flat<'_>) -> Result<BuildingOwnership, DemoError> {
    let (estate, room) = (flat.estate, flat.room);
    let (nature, land_years) = match (estate.tenure, room.used_for) {
        (Tenure::WorkersHousing, _) => ("9", None),
        (Tenure::Homestead, _) => ("99", None),
        (_, Use::Shop | Use::Parking) => ("0", Some(40)),
        _ => ("0", Some(70)),
    };
    let (holder, _) = builder(estate.county(), estate.tenure);
    let granted = date(estate.year - 3, 3, 15);
    Ok(BuildingOwnership {
        land_use_holder: (estate.tenure == Tenure::Developed).then(|| holder.to_owned()),
        shared_land_area: land_share(flat),
        land_use_start: land_years.map(|_| granted),
        land_use_end: land_years.map(|years| date(estate.year - 3 + years, 3, 14)),
        planned_use: Some(code(room.used_for.use_code())?),
        nature: Some(code(nature)?),
        structure: Some(code(flat.shape.structure())?),
        storey: Some(room.storey_text.clone()),
        storeys_total: Some(flat.shape.storeys()),
        building_area: Some(hundredths(room.area())?),
        exclusive_area: Some(hundredths(room.inner)?),
        shared_area: (room.shared > 0)
            .then(|| hundredths(room.shared))
            .transpose()?,
        completed: Some(format!("{}-05-20", estate.year)),
        ..BuildingOwnership::default()
    })
}

/// The parcel divided by building area (分摊土地面积), to the hundredth.
fn land_share(flat: &Flat<'_>) -> Option<dengbu_model::quantity::Area> {
    let share = flat.estate.parcel_area * 100 * flat.room.area() / flat.built.max(1);
    hundredths(share).ok()
}

/// An area given in hundredths of a square metre.
pub(crate) fn hundredths(area: i64) -> Result<dengbu_model::quantity::Area, DemoError> {
    dengbu_model::quantity::Area::new(Decimal::new(area, 2)).map_err(DemoError::malformed)
}

/// Some thousand yuan a square metre, in whole thousands.
fn price(maker: &mut Maker, flat: &Flat<'_>) -> Result<Money, DemoError> {
    let rate = match flat.room.used_for {
        Use::Shop => maker.dice.between(9_000, 16_000),
        Use::Villa => maker.dice.between(7_000, 11_000),
        _ => maker.dice.between(3_200, 6_800),
    };
    let area = u64::try_from(flat.room.area()).unwrap_or(0);
    yuan(area * rate / 100 / 1_000 * 1_000)
}

/// An amount in whole yuan.
pub(crate) fn yuan(amount: u64) -> Result<Money, DemoError> {
    Money::new(Decimal::from(amount)).map_err(DemoError::malformed)
}
