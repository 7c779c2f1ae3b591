//! Ownerships (FDCQ2 with QLR), mortgages (DYAQ), seizures (CFDJ).

use chrono::NaiveDate;
use dengbu_model::codes;
use dengbu_model::identity::{IdDocument, IdKind};
use dengbu_model::party::{CoOwnership, Holder, Party, PartyKind};
use dengbu_model::quantity::{Money, Share};
use dengbu_model::right::{
    BuildingOwnership, LandUse, Mortgage, MortgageMethod, RegistrationType, Right, RightDetail,
    RightType, Seizure, SeizureKind,
};
use dengbu_model::unit_code::ParcelCode;
use dengbu_staging::{Table, extension as x};
use dengbu_takeover::ExistingRight;

use super::{Files, area, code, day, text, whole};

/// Remark on a holder whose number is missing or wrong.
const ID_TO_CHECK: &str = "证件号码待核";

/// A right is in force when the source says so (权属状态 1).
fn current(table: &Table, row: usize) -> bool {
    table.value("QSZT", row) == "1"
}

fn named(name: &str, told: Option<&str>) -> Party {
    let kind = told.and_then(PartyKind::from_code).unwrap_or_else(|| {
        // 住房公积金管理中心 are public institutions (《住房公积金管理条例》第十条)
        if name.contains("公积金管理中心") {
            PartyKind::PublicInstitution
        } else if dengbu_mapping::reading::holder::is_organisation(name) {
            PartyKind::Enterprise
        } else {
            PartyKind::Person
        }
    });
    Party::named(name, kind)
}

/// The type of title that the parcel's mark allows (GB/T 37346-2019: GB, JB, JC).
fn right_type(parcel: &ParcelCode) -> RightType {
    match &parcel.as_str()[12..14] {
        "JC" => RightType::HomesteadAndBuilding,
        mark if mark.starts_with('J') => RightType::CollectiveConstructionLandAndBuilding,
        _ => RightType::StateConstructionLandAndBuilding,
    }
}

/// An ownership with its holders. `nth` is its position in the chain of title.
///
/// # Errors
/// Why it cannot be shown, in Chinese.
pub fn ownership(
    (table, row): (&Table, usize),
    (holders, rows): (&Table, &[u32]),
    parcel: &ParcelCode,
    nth: usize,
    (today, files): (NaiveDate, &Files),
) -> Result<ExistingRight, &'static str> {
    let held = held((holders, rows), today)?;
    let detail = BuildingOwnership {
        nature: code(table, "FWXZ", row, &[codes::HOUSE_NATURE]),
        structure: code(table, "FWJG", row, &[codes::HOUSE_STRUCTURE]),
        storey: text(table, "SZC", row),
        storeys_total: whole(table, "ZCS", row),
        completed: text(table, "JGSJ", row),
        price: Money::parse(table.value("FDCJYJG", row)).ok(),
        planned_use: code(table, "GHYT", row, &[codes::HOUSE_USE]),
        building_area: area(table, "JZMJ", row),
        exclusive_area: area(table, "ZYJZMJ", row),
        shared_area: area(table, "FTJZMJ", row),
        ..BuildingOwnership::default()
    };
    Ok(ExistingRight {
        right: Right {
            right_type: right_type(parcel),
            co_ownership: held.co_ownership,
            remarks: held.remarks(text(table, "FJ", row)),
            holders: held.holders,
            obligors: Vec::new(),
            detail: RightDetail::BuildingOwnership(detail),
            other_conditions: None,
        },
        registration_type: came_about(nth),
        certificate_no: Some(table.raw("BDCQZH", row).trim().to_owned()).filter(|t| !t.is_empty()),
        registered_on: day(table, "DJSJ", row),
        ended_on: None,
        end_reason: None,
        current: current(table, row),
        provenance: files.provenance(table, row),
    })
}

/// The first known holder counts as first registration, those after as transfers.
fn came_about(nth: usize) -> RegistrationType {
    if nth == 0 {
        RegistrationType::First
    } else {
        RegistrationType::Transfer
    }
}

/// Who holds a right.
struct Held {
    holders: Vec<Holder>,
    co_ownership: CoOwnership,
    to_check: bool,
}

impl Held {
    /// Remarks of the source, and that a number needs a look.
    fn remarks(&self, told: Option<String>) -> Option<String> {
        if !self.to_check {
            return told;
        }
        Some(match told {
            Some(r) => format!("{r}；{ID_TO_CHECK}"),
            None => ID_TO_CHECK.to_owned(),
        })
    }
}

fn held((table, rows): (&Table, &[u32]), today: NaiveDate) -> Result<Held, &'static str> {
    if rows.is_empty() {
        return Err("产权没有权利人");
    }
    let mut to_check = false;
    let mut holders = Vec::with_capacity(rows.len());
    for row in rows {
        let (holder, doubtful) = holder(table, *row as usize, today)?;
        to_check |= doubtful;
        holders.push(holder);
    }
    let told = rows
        .first()
        .and_then(|r| CoOwnership::from_code(table.value("GYFS", *r as usize)));
    let co_ownership = co_ownership(told, &holders);
    if co_ownership == CoOwnership::ByShares {
        let shares: Vec<Share> = holders.iter().filter_map(|h| h.share).collect();
        if shares.len() != holders.len() || !Share::adds_to_one(&shares) {
            return Err("权利人份额合计不等于一");
        }
    } else {
        for h in &mut holders {
            h.share = None;
        }
    }
    Ok(Held {
        holders,
        co_ownership,
        to_check,
    })
}

/// What the house's own record knows and the record of the right does not say.
pub fn of_house(right: &mut ExistingRight, houses: &Table, house: usize) {
    let RightDetail::BuildingOwnership(detail) = &mut right.right.detail else {
        return;
    };
    fill(&mut detail.planned_use, || {
        code(houses, "FWYT1", house, &[codes::HOUSE_USE])
    });
    fill(&mut detail.nature, || {
        code(houses, "FWXZ", house, &[codes::HOUSE_NATURE])
    });
    fill(&mut detail.structure, || {
        code(houses, "FWJG", house, &[codes::HOUSE_STRUCTURE])
    });
    fill(&mut detail.storey, || {
        text(houses, x::STOREY, house).or_else(|| text(houses, "SZC", house))
    });
    fill(&mut detail.storeys_total, || {
        whole(houses, x::STOREYS, house)
    });
    fill(&mut detail.building_area, || area(houses, "SCJZMJ", house));
    fill(&mut detail.exclusive_area, || {
        area(houses, "SCTNJZMJ", house)
    });
    fill(&mut detail.shared_area, || area(houses, "SCFTJZMJ", house));
}

/// What the building's record knows and neither right nor house say.
pub fn of_building(right: &mut ExistingRight, buildings: &Table, building: usize) {
    let RightDetail::BuildingOwnership(detail) = &mut right.right.detail else {
        return;
    };
    fill(&mut detail.storeys_total, || {
        whole(buildings, "ZCS", building)
    });
    fill(&mut detail.structure, || {
        code(buildings, "FWJG", building, &[codes::HOUSE_STRUCTURE])
    });
    fill(&mut detail.completed, || text(buildings, "JGRQ", building));
}

fn fill<T>(place: &mut Option<T>, known: impl FnOnce() -> Option<T>) {
    if place.is_none() {
        *place = known();
    }
}

/// The type of a right in land alone: as told, else by the parcel's mark (GB/T 37346-2019).
///
/// # Errors
/// A mark that stands for no construction or homestead land.
fn land_right_type(told: &str, parcel: &ParcelCode) -> Result<RightType, &'static str> {
    Ok(match (told, &parcel.as_str()[12..14]) {
        ("3", _) => RightType::StateConstructionLand,
        ("5", _) => RightType::Homestead,
        ("7", _) => RightType::CollectiveConstructionLand,
        (_, "GB" | "GS" | "GX") => RightType::StateConstructionLand,
        (_, "JC") => RightType::Homestead,
        (_, "JB" | "JS" | "JX") => RightType::CollectiveConstructionLand,
        _ => return Err("宗地特征码不是建设用地或者宅基地，土地权利类型无法确定"),
    })
}

/// A construction or homestead land use right with its holders. `nth` is its position in the chain
/// of title.
///
/// # Errors
/// Why it cannot be shown, in Chinese.
pub fn land_use(
    (table, row): (&Table, usize),
    (holders, rows): (&Table, &[u32]),
    parcel: &ParcelCode,
    nth: usize,
    (today, files): (NaiveDate, &Files),
) -> Result<ExistingRight, &'static str> {
    let held = held((holders, rows), today)?;
    let (start, end) = (day(table, "SYQQSSJ", row), day(table, "SYQJSSJ", row));
    if matches!((start, end), (Some(a), Some(b)) if b < a) {
        return Err("土地使用权起止时间颠倒");
    }
    Ok(ExistingRight {
        right: Right {
            right_type: land_right_type(table.value("QLLX", row), parcel)?,
            co_ownership: held.co_ownership,
            remarks: held.remarks(text(table, "FJ", row)),
            holders: held.holders,
            obligors: Vec::new(),
            detail: RightDetail::LandUse(LandUse {
                area: area(table, "SYQMJ", row),
                start,
                end,
                price: Money::parse(table.value("QDJG", row)).ok(),
                use_code: code(table, "YT", row, &[codes::LAND_USE, codes::LAND_USE_2007]),
            }),
            other_conditions: None,
        },
        registration_type: came_about(nth),
        certificate_no: Some(table.raw("BDCQZH", row).trim().to_owned()).filter(|t| !t.is_empty()),
        registered_on: day(table, "DJSJ", row),
        ended_on: None,
        end_reason: None,
        current: current(table, row) || table.value("QSZT", row).is_empty(),
        provenance: files.provenance(table, row),
    })
}

/// The land use right that the parcel's own row tells of (使用权人, 土地证号).
///
/// # Errors
/// Why it cannot be shown, in Chinese.
pub fn land_use_of_parcel(
    (table, row): (&Table, usize),
    parcel: &ParcelCode,
    files: &Files,
) -> Result<ExistingRight, &'static str> {
    let names = text(table, x::HOLDER, row).ok_or("权利人姓名为空")?;
    let holders: Vec<Holder> = names
        .split('、')
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(|n| Holder {
            party: named(n, None),
            share: None,
        })
        .collect();
    let held = Held {
        co_ownership: co_ownership(None, &holders),
        holders,
        to_check: true,
    };
    Ok(ExistingRight {
        right: Right {
            right_type: land_right_type(table.value("QLLX", row), parcel)?,
            co_ownership: held.co_ownership,
            remarks: held.remarks(None),
            holders: held.holders,
            obligors: Vec::new(),
            detail: RightDetail::LandUse(LandUse {
                area: area(table, "ZDMJ", row),
                use_code: code(table, "YT", row, &[codes::LAND_USE, codes::LAND_USE_2007]),
                ..LandUse::default()
            }),
            other_conditions: None,
        },
        registration_type: RegistrationType::First,
        certificate_no: Some(table.raw(x::LAND_CERTIFICATE, row).trim().to_owned())
            .filter(|t| !t.is_empty()),
        registered_on: None,
        ended_on: None,
        end_reason: None,
        current: true,
        provenance: files.provenance(table, row),
    })
}

fn co_ownership(told: Option<CoOwnership>, holders: &[Holder]) -> CoOwnership {
    if holders.len() == 1 {
        return CoOwnership::Sole;
    }
    let shared = holders.iter().all(|h| h.share.is_some());
    match told {
        Some(CoOwnership::Joint) => CoOwnership::Joint,
        Some(CoOwnership::ByShares) => CoOwnership::ByShares,
        _ if shared => CoOwnership::ByShares,
        _ => CoOwnership::Joint,
    }
}

/// A holder, and whether the number needs a look.
fn holder(table: &Table, row: usize, today: NaiveDate) -> Result<(Holder, bool), &'static str> {
    let name = text(table, "QLRMC", row).ok_or("权利人姓名为空")?;
    let mut party = named(&name, Some(table.value("QLRLX", row)));
    let number = table.value("ZJH", row).trim();
    let number = if number.is_empty() {
        table.raw("ZJH", row).trim()
    } else {
        number
    };
    let mut doubtful = number.is_empty();
    if !number.is_empty() {
        let kind = IdKind::from_code(table.value("ZJZL", row)).unwrap_or(
            if party.kind == PartyKind::Person {
                IdKind::ResidentId
            } else {
                IdKind::UnifiedSocialCredit
            },
        );
        party.id = Some(match IdDocument::parse(kind, number, today) {
            Ok(parsed) => parsed.document,
            Err(_) => {
                doubtful = true;
                IdDocument::from_register(kind, number)
            }
        });
    }
    let share = Share::parse(table.value("QLBL", row)).ok();
    Ok((Holder { party, share }, doubtful))
}

/// A mortgage.
///
/// # Errors
/// Why it cannot be shown, in Chinese.
pub fn mortgage(table: &Table, row: usize, files: &Files) -> Result<ExistingRight, &'static str> {
    let creditor = text(table, "DYQR", row)
        .or_else(|| text(table, "QLRMC", row))
        .ok_or("抵押权没有抵押权人")?;
    let amount = Money::parse(table.value("BDBZZQSE", row))
        .ok()
        .filter(|m| m.is_positive())
        .ok_or("抵押权的被担保债权数额无效")?;
    let (start, end) = (day(table, "ZWLXQSSJ", row), day(table, "ZWLXJSSJ", row));
    if matches!((start, end), (Some(a), Some(b)) if b < a) {
        return Err("抵押权的债务履行期限起止颠倒");
    }
    let maximum = table.value("DYFS", row) == "2";
    let mortgagors: Vec<Party> = text(table, "DYR", row)
        .unwrap_or_default()
        .split('、')
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(|n| named(n, None))
        .collect();
    let debtor: Vec<&str> = mortgagors.iter().map(|p| p.name.as_str()).collect();
    let detail = Mortgage {
        method: if maximum {
            MortgageMethod::MaximumAmount
        } else {
            MortgageMethod::General
        },
        secured_amount: (!maximum).then_some(amount),
        maximum_amount: maximum.then_some(amount),
        term_start: start,
        term_end: end,
        debtor: Some(debtor.join("、")).filter(|d| !d.is_empty()),
        ..Mortgage::default()
    };
    let untold = table.value("DYFS", row).is_empty();
    Ok(ExistingRight {
        right: Right {
            right_type: RightType::Mortgage,
            co_ownership: CoOwnership::Sole,
            holders: vec![Holder {
                party: named(&creditor, None),
                share: None,
            }],
            obligors: mortgagors,
            detail: RightDetail::Mortgage(detail),
            other_conditions: None,
            remarks: untold.then(|| "原登记资料未载明抵押方式，按一般抵押装载".to_owned()),
        },
        registration_type: RegistrationType::First,
        certificate_no: text(table, "BDCDJZMH", row),
        // the books have no day of registration: the first day of the debt's term
        registered_on: day(table, "DJSJ", row).or(start),
        ended_on: None,
        end_reason: None,
        current: current(table, row) || table.value("QSZT", row).is_empty(),
        provenance: files.provenance(table, row),
    })
}

/// A seizure; one whose term is over is shown as ended with its last day.
///
/// # Errors
/// Why it cannot be shown, in Chinese.
pub fn seizure(
    table: &Table,
    row: usize,
    (today, files): (NaiveDate, &Files),
) -> Result<ExistingRight, &'static str> {
    let court = text(table, "CFJG", row).ok_or("查封没有查封机关")?;
    let kind = match table.value("CFLX", row).trim() {
        "" | "1" => SeizureKind::Seizure,
        "2" => SeizureKind::Waiting,
        "3" => SeizureKind::PreSeizure,
        "4" => SeizureKind::WaitingPreSeizure,
        _ => return Err("查封类型不在字典内"),
    };
    let (start, end) = (day(table, "CFQSSJ", row), day(table, "CFJSSJ", row));
    if matches!((start, end), (Some(a), Some(b)) if b < a) {
        return Err("查封期限起止颠倒");
    }
    let marked = current(table, row) || table.value("QSZT", row).is_empty();
    let current = marked && end.is_none_or(|e| e >= today);
    Ok(ExistingRight {
        right: Right {
            right_type: RightType::Seizure,
            co_ownership: CoOwnership::Sole,
            holders: Vec::new(),
            obligors: Vec::new(),
            detail: RightDetail::Seizure(Seizure {
                kind,
                court,
                document_no: text(table, "CFWH", row).unwrap_or_default(),
                start,
                end,
                ..Seizure::default()
            }),
            other_conditions: None,
            remarks: None,
        },
        registration_type: RegistrationType::Seizure,
        certificate_no: None,
        registered_on: start,
        ended_on: (!current).then_some(end).flatten(),
        end_reason: None,
        current,
        provenance: files.provenance(table, row),
    })
}
