//! What must hold in a register at any time, whatever was recorded.

use chrono::NaiveDate;
use dengbu_law::catalogue::{Business, Clears};
use dengbu_law::effect::EntryDraft;
use dengbu_law::state::{StandingRight, UnitState, World};
use dengbu_model::cadastre::UnitStatus;
use dengbu_model::party::{CoOwnership, Party, check_holders};
use dengbu_model::right::{RightDetail, RightType, SeizureKind};
use dengbu_model::unit_code::Fixture;

/// Everything that does not hold, each in one sentence; empty for a sound register.
#[must_use]
pub fn faults(world: &World, today: NaiveDate) -> Vec<String> {
    let mut found = Vec::new();
    for unit in world.units() {
        titles(unit, &mut found);
        mortgages(unit, &mut found);
        seizures(unit, today, &mut found);
        land(world, unit, &mut found);
        gone(unit, &mut found);
    }
    identities(world, &mut found);
    found
}

/// Disposals over a seizure in force: what no recording may do, whatever the rules said
/// (民法典第三百九十九条第（五）项, 城市房地产管理法第三十八条第（二）项). `before` is the case's
/// units as they stood.
#[must_use]
pub fn disposals(
    business: &Business,
    before: &World,
    drafts: &[EntryDraft],
    today: NaiveDate,
) -> Vec<String> {
    // a court's own ruling, and what the state takes after the court was told
    let ordered = business.clears.contains(&Clears::Seizures)
        || business.registration_type == dengbu_model::right::RegistrationType::Rectification
        || business.rules.iter().any(|r| r == "R10C");
    if ordered {
        return Vec::new();
    }
    drafts
        .iter()
        .filter_map(|draft| {
            let unit = before.unit(&draft.unit)?;
            let over = unit
                .seizures_in_force(today)
                .into_iter()
                .any(|(r, s)| binds(unit, draft, r, s.kind));
            (over && disposes(unit, draft)).then(|| {
                format!(
                    "{}在查封期间登记了{}",
                    name(unit),
                    draft.right.right_type.name_zh()
                )
            })
        })
        .collect()
}

/// True when the seizure takes hold of what the entry changes: not of another co-owner's
/// share, and not where the object comes to the debtor himself (预查封).
fn binds(unit: &UnitState, draft: &EntryDraft, seizure: &StandingRight, kind: SeizureKind) -> bool {
    let debtor = |p: &Party| {
        let same = |o: &Party| o.name == p.name && o.id == p.id;
        seizure.right.obligors.iter().any(same)
    };
    let comes_to_debtor = matches!(
        kind,
        SeizureKind::PreSeizure | SeizureKind::WaitingPreSeizure
    ) && draft.right.holders.iter().any(|h| debtor(&h.party));
    let share_kept = unit.titles().any(|t| {
        t.right.co_ownership == CoOwnership::ByShares
            && draft.right.right_type.is_title()
            && t.right.holders.iter().any(|h| debtor(&h.party))
            && t.right
                .holders
                .iter()
                .filter(|h| debtor(&h.party))
                .all(|h| {
                    draft
                        .right
                        .holders
                        .iter()
                        .any(|n| n.party.name == h.party.name && n.share == h.share)
                })
    });
    !(comes_to_debtor || share_kept)
}

/// True for entries that dispose: another owner, a new burden, a title given up.
fn disposes(unit: &UnitState, draft: &EntryDraft) -> bool {
    let ended = |r: &&StandingRight| draft.ends.iter().any(|e| e.right_id == r.right_id);
    if draft.right.right_type.is_title() {
        let Some(old) = unit.titles().find(ended) else {
            return draft.creates && unit.titles().next().is_some();
        };
        // the same number of people under other names is a change of names (更名)
        let renamed = draft.business.starts_with("300-") || draft.business.starts_with("900-");
        return !draft.creates || (!renamed && draft.right.holders != old.right.holders);
    }
    let burden = matches!(
        draft.right.detail,
        RightDetail::Mortgage(_)
            | RightDetail::Habitation(_)
            | RightDetail::Easement(_)
            | RightDetail::PriorityNotice(_)
    );
    draft.creates && burden && !unit.rights.iter().any(|r| ended(&r))
}

fn name(unit: &UnitState) -> String {
    format!("{}（{}）", unit.address, unit.unit.grouped())
}

/// One title on a unit, its shares one together (民法典第二百九十八条, 第三百零九条).
fn titles(unit: &UnitState, found: &mut Vec<String>) {
    let titles: Vec<_> = unit.titles().collect();
    if titles.len() > 1 {
        found.push(format!("{}有 {} 个现势所有权", name(unit), titles.len()));
    }
    for t in titles {
        if let Err(e) = check_holders(t.right.co_ownership, &t.right.holders) {
            found.push(format!("{}：{e}", name(unit)));
        }
    }
}

/// No mortgage on a dead right (民法典第三百九十三条).
fn mortgages(unit: &UnitState, found: &mut Vec<String>) {
    let on_something = unit.titles().next().is_some()
        || unit
            .rights
            .iter()
            .any(|r| matches!(r.right.detail, RightDetail::PriorityNotice(_)));
    for (_, m) in unit.mortgages() {
        if !on_something && m.construction_scope.is_none() {
            found.push(format!("{}没有权利，却有抵押权", name(unit)));
        }
    }
    let titled = unit.titles().next().is_some();
    for r in unit.rights.iter().filter(|_| !titled) {
        if matches!(
            r.right.detail,
            RightDetail::Habitation(_) | RightDetail::Easement(_)
        ) {
            let what = r.right.right_type.name_zh();
            found.push(format!("{}没有所有权（使用权），却有{what}", name(unit)));
        }
    }
    let mut ranks: Vec<u32> = unit
        .mortgages()
        .iter()
        .filter_map(|(_, m)| m.rank)
        .collect();
    let all = ranks.len();
    ranks.sort_unstable();
    ranks.dedup();
    if ranks.len() != all {
        found.push(format!("{}有顺位相同的抵押权", name(unit)));
    }
}

/// One seizure in force, the others wait behind it (查封规定第二十六条).
fn seizures(unit: &UnitState, today: NaiveDate, found: &mut Vec<String>) {
    let standing = unit.seizures_in_force(today);
    let first = standing
        .iter()
        .filter(|(_, s)| !s.kind.is_waiting())
        .count();
    if first > 1 {
        found.push(format!("{}有 {first} 个同时生效的查封", name(unit)));
    }
    if first == 0 && !standing.is_empty() {
        found.push(format!("{}只有轮候查封，没有生效的查封", name(unit)));
    }
    let mut ranks: Vec<_> = standing.iter().filter_map(|(_, s)| s.rank).collect();
    let all = ranks.len();
    ranks.sort_unstable();
    ranks.dedup();
    if ranks.len() != all {
        found.push(format!("{}有顺序相同的查封", name(unit)));
    }
    // 法发〔2004〕5号第十八条: registered to the debtor, it is a seizure
    for (r, s) in standing {
        let pre = matches!(
            s.kind,
            SeizureKind::PreSeizure | SeizureKind::WaitingPreSeizure
        );
        let owners = unit.titles().flat_map(|t| &t.right.holders);
        let of_owner = owners.into_iter().any(|h| {
            r.right
                .obligors
                .iter()
                .any(|o| o.name == h.party.name && o.id == h.party.id)
        });
        if pre && of_owner {
            found.push(format!(
                "{}已登记至被执行人名下，预查封没有转为查封",
                name(unit)
            ));
        }
    }
}

/// Nothing stands on a unit that is no more.
fn gone(unit: &UnitState, found: &mut Vec<String>) {
    let over = matches!(unit.status, UnitStatus::Extinct | UnitStatus::Historic);
    let stands = |r: &&StandingRight| {
        r.right.right_type.is_title()
            || matches!(
                r.right.detail,
                RightDetail::Mortgage(_) | RightDetail::Habitation(_) | RightDetail::Easement(_)
            )
    };
    if over && unit.rights.iter().any(|r| stands(&r)) {
        found.push(format!("{}已不存在，其上却有权利", name(unit)));
    }
}

/// Every right is itself, and of the table its type is kept in.
fn identities(world: &World, found: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    for unit in world.units() {
        for r in &unit.rights {
            if !seen.insert(r.right_id) {
                found.push(format!("{}有两个权利标识相同", name(unit)));
            }
            if r.unit != unit.unit {
                found.push(format!("{}有别的单元的权利", name(unit)));
            }
            if !r.right.detail.fits(r.right.right_type) {
                let what = r.right.right_type.name_zh();
                found.push(format!("{}的{what}内容不相符", name(unit)));
            }
        }
    }
}

/// A house does not stand without a right to its land, where the land is in the register
/// (实施细则第二条第二款).
fn land(world: &World, unit: &UnitState, found: &mut Vec<String>) {
    if unit.unit.fixture() == Fixture::None || unit.titles().next().is_none() {
        return;
    }
    let parcel = unit.unit.parcel();
    let land = world
        .units()
        .find(|u| u.unit.parcel() == parcel && u.unit.fixture() == Fixture::None);
    let with_building = |t: RightType| {
        !matches!(
            t,
            RightType::RuralContract
                | RightType::RuralContractAndForest
                | RightType::ForestLand
                | RightType::ForestLandAndForest
        )
    };
    if let Some(land) = land
        && land.titles().next().is_none()
        && unit.titles().any(|t| with_building(t.right.right_type))
    {
        found.push(format!("{}有房屋权利，所在土地却没有使用权", name(unit)));
    }
}
