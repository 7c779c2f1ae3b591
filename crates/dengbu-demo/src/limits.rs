//! What weighs on the units: mortgages, seizures, cautions, priority notices, rights of habitation.

use chrono::{Datelike, Days, Months, NaiveDate};
use dengbu_model::party::{Party, PartyKind};
use dengbu_model::right::{
    Caution, Habitation, Mortgage, MortgageMethod, PriorityNotice, PriorityNoticeKind,
    RegistrationType, RightDetail, RightType, Seizure, SeizureKind,
};
use dengbu_takeover::ExistingRight;

use crate::DemoError;
use crate::city::{Maker, closing, date, provenance};
use crate::land::code;
use crate::people::bank;
use crate::shapes::Use;
use crate::story::Scene;
use crate::titles::{Chapter, Flat, hundredths, joined, right, yuan};

/// Rights other than titles, given the unit's titles.
pub(crate) fn limits(
    maker: &mut Maker,
    flat: &Flat<'_>,
    titles: &[ExistingRight],
) -> Result<Vec<ExistingRight>, DemoError> {
    let Some(title) = titles.last() else {
        return Ok(Vec::new());
    };
    match flat.scene {
        Some(scene) => staged(maker, flat, title, scene),
        None => by_chance(maker, flat, titles, title),
    }
}

fn staged(
    maker: &mut Maker,
    flat: &Flat<'_>,
    title: &ExistingRight,
    scene: Scene,
) -> Result<Vec<ExistingRight>, DemoError> {
    // after 2021-04-06, when the register began to hold agreements on transfer (自然资发〔2021〕54号)
    let late = date(2022, 5, 18);
    Ok(match scene {
        Scene::Clean | Scene::Joint | Scene::Shared => Vec::new(),
        Scene::Seized => vec![seizure(maker, title, SeizureKind::Seizure, 120)],
        Scene::SeizedTwice => vec![
            seizure(maker, title, SeizureKind::Seizure, 200),
            seizure(maker, title, SeizureKind::Waiting, 60),
        ],
        Scene::MortgagedRestricted => vec![mortgage(maker, flat, title, late, Some(true))?],
        Scene::MortgagedFree => vec![mortgage(maker, flat, title, late, Some(false))?],
        Scene::Cautioned => vec![caution(maker, flat, title)],
        Scene::Inhabited => vec![habitation(maker, flat, title)],
        Scene::Noticed => vec![notice(maker, flat, title)?],
    })
}

fn by_chance(
    maker: &mut Maker,
    flat: &Flat<'_>,
    titles: &[ExistingRight],
    title: &ExistingRight,
) -> Result<Vec<ExistingRight>, DemoError> {
    let mut found = Vec::new();
    let owned_by_people = title
        .right
        .holders
        .iter()
        .all(|h| h.party.kind == PartyKind::Person);
    if !owned_by_people {
        // what the developer still has may be sold and not handed over yet
        if maker.dice.chance(300) {
            found.push(notice(maker, flat, title)?);
        }
        return Ok(found);
    }
    if flat.room.used_for == Use::FarmHouse || flat.room.used_for == Use::Parking {
        // 民法典第三百九十九条第（二）项: homesteads are not mortgaged
        return Ok(found);
    }
    found.extend(released(maker, flat, titles)?);
    if maker.dice.chance(290) {
        let on = after_title(maker, title);
        let agreed = on >= date(2021, 4, 6);
        let restricted = maker.dice.chance(500);
        found.push(mortgage(
            maker,
            flat,
            title,
            on,
            agreed.then_some(restricted),
        )?);
    }
    match maker.dice.below(1000) {
        0..8 => found.push(seizure(maker, title, SeizureKind::Seizure, 150)),
        8..12 => found.push(caution(maker, flat, title)),
        12..20 if flat.room.used_for.is_home() => found.push(habitation(maker, flat, title)),
        20..24 => found.push(notice(maker, flat, title)?),
        _ => {}
    }
    Ok(found)
}

fn after_title(maker: &mut Maker, title: &ExistingRight) -> NaiveDate {
    maker
        .dice
        .days_after(title.registered_on.unwrap_or_else(closing), 0, 30)
        .min(closing())
}

/// A mortgage of an earlier owner, paid back before the sale.
fn released(
    maker: &mut Maker,
    flat: &Flat<'_>,
    titles: &[ExistingRight],
) -> Result<Option<ExistingRight>, DemoError> {
    let [.., earlier, later] = titles else {
        return Ok(None);
    };
    let (Some(from), Some(to)) = (earlier.registered_on, later.registered_on) else {
        return Ok(None);
    };
    let person = earlier
        .right
        .holders
        .iter()
        .all(|h| h.party.kind == PartyKind::Person);
    if !person || (to - from).num_days() < 200 || !maker.dice.chance(500) {
        return Ok(None);
    }
    let on = maker.dice.days_after(from, 0, 30);
    let mut paid = mortgage(maker, flat, earlier, on, None)?;
    paid.current = false;
    paid.ended_on = to.checked_sub_days(Days::new(maker.dice.between(5, 60)));
    paid.end_reason = Some("主债权消灭，抵押权注销登记".to_owned());
    Ok(Some(paid))
}

fn owners(title: &ExistingRight) -> Vec<Party> {
    title
        .right
        .holders
        .iter()
        .map(|h| h.party.clone())
        .collect()
}

fn mortgage(
    maker: &mut Maker,
    flat: &Flat<'_>,
    title: &ExistingRight,
    on: NaiveDate,
    transfer_restricted: Option<bool>,
) -> Result<ExistingRight, DemoError> {
    let square_metres = u64::try_from(flat.room.area() / 100).unwrap_or(0);
    let amount = yuan((square_metres * maker.dice.between(1_800, 4_200) / 10_000).max(1) * 10_000)?;
    let maximum = flat.scene.is_none() && maker.dice.chance(60);
    let years = if maximum {
        5
    } else {
        u32::try_from(maker.dice.between(15, 30)).unwrap_or(20)
    };
    let obligors = owners(title);
    let debtor: Vec<&str> = obligors.iter().map(|p| p.name.as_str()).collect();
    let detail = Mortgage {
        method: if maximum {
            MortgageMethod::MaximumAmount
        } else {
            MortgageMethod::General
        },
        secured_amount: (!maximum).then_some(amount),
        maximum_amount: maximum.then_some(amount),
        currency: Some(code("1")?),
        term_start: Some(on),
        term_end: on.checked_add_months(Months::new(years * 12)),
        scope: transfer_restricted
            .map(|_| "主债权及其利息、违约金、损害赔偿金和实现抵押权的费用".to_owned()),
        transfer_restricted,
        rank: Some(1),
        mortgaged_area: Some(hundredths(flat.room.area())?),
        debtor: Some(debtor.join("、")),
        contract_no: Some(format!("示抵字{}号", on.format("%Y%m%d"))),
        ..Mortgage::default()
    };
    let chapter = Chapter {
        registration_type: RegistrationType::First,
        on,
        certificate_no: maker.numbers.proof(flat.estate, on),
        holders: vec![bank(&mut maker.dice, flat.estate.county())],
        obligors,
        origin: provenance("抵押", &format!("{}-{on}", flat.unit.as_str())),
    };
    Ok(right(
        RightType::Mortgage,
        RightDetail::Mortgage(detail),
        chapter,
    ))
}

/// A seizure that began `days` ago and runs for three years (民诉法解释第四百八十五条). Papers of
/// a court 0499, which does not exist.
fn seizure(
    maker: &mut Maker,
    title: &ExistingRight,
    kind: SeizureKind,
    days: u64,
) -> ExistingRight {
    let start = maker
        .today
        .checked_sub_days(Days::new(days))
        .unwrap_or(maker.today);
    let end = start
        .checked_add_months(Months::new(36))
        .and_then(|d| d.pred_opt());
    maker.court_papers += 1;
    let court = "示例市示例区人民法院";
    let number = format!("（{}）川0499执{}号", start.format("%Y"), maker.court_papers);
    let detail = Seizure {
        kind,
        court: court.to_owned(),
        document: Some("协助执行通知书".to_owned()),
        document_no: number.clone(),
        start: Some(start),
        end,
        scope: Some("全部".to_owned()),
        served_at: None,
        rank: Some(u32::from(kind.is_waiting())),
        officers: Vec::new(),
    };
    let chapter = Chapter {
        registration_type: RegistrationType::Seizure,
        on: start,
        certificate_no: String::new(),
        holders: vec![Party::named(court, PartyKind::StateOrgan)],
        obligors: owners(title),
        origin: provenance("查封", &number),
    };
    // a seizure has a paper of the court, not a certificate
    ExistingRight {
        certificate_no: None,
        ..right(RightType::Seizure, RightDetail::Seizure(detail), chapter)
    }
}

/// 民法典第二百二十条第二款: the caution stands because a suit was filed within fifteen days.
fn caution(maker: &mut Maker, flat: &Flat<'_>, title: &ExistingRight) -> ExistingRight {
    let on = date(2025, 11, 12);
    let claimant = maker.people.adult(&mut maker.dice, on);
    let detail = Caution {
        matter: Some(format!(
            "{}主张其为该房屋的共有人，登记簿遗漏记载",
            claimant.name
        )),
        suit_body: Some("示例市东区人民法院".to_owned()),
        suit_no: Some(format!("（{}）示例民初1号", on.year())),
        suit_on: Some(on),
    };
    let chapter = Chapter {
        registration_type: RegistrationType::Caution,
        on,
        certificate_no: maker.numbers.proof(flat.estate, on),
        holders: vec![claimant],
        obligors: owners(title),
        origin: provenance("异议", flat.unit.as_str()),
    };
    let mut made = right(RightType::Caution, RightDetail::Caution(detail), chapter);
    made.right.other_conditions = Some("异议登记申请人已在十五日内提起诉讼，案件审理中".to_owned());
    made
}

fn habitation(maker: &mut Maker, flat: &Flat<'_>, title: &ExistingRight) -> ExistingRight {
    // 民法典 in force since 2021-01-01
    let on = date(2023, 4, 10).max(title.registered_on.unwrap_or_default());
    let elder = maker.people.adult(&mut maker.dice, date(1995, 1, 1));
    let detail = Habitation {
        scope: Some("全部房屋".to_owned()),
        conditions: Some("仅限居住权人本人及其必要的陪护人员居住，不得出租".to_owned()),
        start: Some(on),
        end: None,
        for_life: Some(true),
        paid: Some(false),
    };
    let chapter = Chapter {
        registration_type: RegistrationType::First,
        on,
        certificate_no: maker.numbers.proof(flat.estate, on),
        holders: vec![elder],
        obligors: owners(title),
        origin: provenance("居住权", flat.unit.as_str()),
    };
    right(
        RightType::Habitation,
        RightDetail::Habitation(detail),
        chapter,
    )
}

fn notice(
    maker: &mut Maker,
    flat: &Flat<'_>,
    title: &ExistingRight,
) -> Result<ExistingRight, DemoError> {
    let on = date(2025, 10, 9).max(title.registered_on.unwrap_or_default());
    let detail = PriorityNotice {
        notice_kind: PriorityNoticeKind::Transfer,
        planned_use: Some(code(flat.room.used_for.use_code())?),
        building_area: Some(hundredths(flat.room.area())?),
        storey: Some(flat.room.storey_text.clone()),
        storeys_total: Some(flat.shape.storeys()),
        land_use_holder: Some(joined(&owners(title))),
        ..PriorityNotice::default()
    };
    let chapter = Chapter {
        registration_type: RegistrationType::PriorityNotice,
        on,
        certificate_no: maker.numbers.proof(flat.estate, on),
        holders: vec![maker.people.adult(&mut maker.dice, on)],
        obligors: owners(title),
        origin: provenance("预告", flat.unit.as_str()),
    };
    Ok(right(
        RightType::PriorityNotice,
        RightDetail::PriorityNotice(detail),
        chapter,
    ))
}
