//! Invented persons and what they apply for.

use dengbu_law::application::{Application, Detail};
use dengbu_model::identity::{IdDocument, IdKind, credit_code_check, resident_id_check_digit};
use dengbu_model::party::{CoOwnership, Holder, Party, PartyKind};
use dengbu_model::quantity::{Money, Share};
use dengbu_model::right::{
    BuildingOwnership, MortgageMethod, Officer, Right, RightDetail, RightType,
};

/// A person with a valid number; no county has the code 510499.
pub fn person(name: &str, n: u32) -> Party {
    let first = format!("51049919800101{n:03}");
    let check = resident_id_check_digit(&first).unwrap();
    Party {
        id: Some(IdDocument::from_register(
            IdKind::ResidentId,
            format!("{first}{check}"),
        )),
        ..Party::named(name, PartyKind::Person)
    }
}

/// Who holds dwelling `n` when a test begins.
pub fn owner(n: u32) -> Party {
    person(&format!("业主{n}"), n)
}

pub fn bank(n: u32) -> Party {
    let first = format!("91510499MA{n:07}");
    let check = credit_code_check(&first).unwrap();
    Party {
        id: Some(IdDocument::from_register(
            IdKind::UnifiedSocialCredit,
            format!("{first}{check}"),
        )),
        ..Party::named(&format!("示例银行{n}"), PartyKind::Enterprise)
    }
}

pub fn whole(party: Party) -> Holder {
    Holder { party, share: None }
}

pub fn part(party: Party, share: &str) -> Holder {
    Holder {
        party,
        share: Some(Share::parse(share).unwrap()),
    }
}

pub fn title(owner: Party) -> Right {
    Right {
        right_type: RightType::StateConstructionLandAndBuilding,
        co_ownership: CoOwnership::Sole,
        holders: vec![whole(owner)],
        obligors: Vec::new(),
        detail: RightDetail::BuildingOwnership(BuildingOwnership::default()),
        other_conditions: None,
        remarks: None,
    }
}

/// A sale to one buyer.
pub fn sale_to(buyer: Party) -> impl FnOnce(&mut Application) {
    move |a| {
        a.holders = vec![whole(buyer)];
        a.co_ownership = CoOwnership::Sole;
        let Detail::Transfer(d) = &mut a.detail else {
            panic!("{:?}", a.detail)
        };
        d.price = Some(Money::parse("800000").unwrap());
        d.contract_no = Some("W2026-1".to_owned());
        d.deed_tax_proof_no = Some("T2026-1".to_owned());
    }
}

/// A loan from that bank; transfer stays free.
pub fn loan_from(bank: Party) -> impl FnOnce(&mut Application) {
    move |a| {
        a.holders = vec![whole(bank)];
        a.co_ownership = CoOwnership::Sole;
        let Detail::Mortgage(d) = &mut a.detail else {
            panic!("{:?}", a.detail)
        };
        d.method = MortgageMethod::General;
        d.secured_amount = Some(Money::parse("500000").unwrap());
        d.term_start = Some("2026-12-01".parse().unwrap());
        d.term_end = Some("2046-12-01".parse().unwrap());
        d.scope = Some("本金及利息".to_owned());
        d.transfer_restricted = Some(false);
        d.contract_no = Some("D2026-1".to_owned());
    }
}

/// The debt is paid.
pub fn paid(a: &mut Application) {
    let Detail::MortgageRelease(d) = &mut a.detail else {
        panic!("{:?}", a.detail)
    };
    d.cause = Some("主债权消灭".to_owned());
}

/// A court's order with that number.
pub fn order(number: &str) -> impl FnOnce(&mut Application) {
    let number = format!("(2026)示例{number}号");
    move |a| {
        let Detail::Seizure(d) = &mut a.detail else {
            panic!("{:?}", a.detail)
        };
        d.court = "示例市中级法院".to_owned();
        d.document_no = number;
        d.start = Some("2026-11-20".parse().unwrap());
        d.end = Some("2029-11-19".parse().unwrap());
        d.served_at = Some("2026-11-23T00:30:00Z".parse().unwrap());
        d.officers = ["甲", "乙"]
            .map(|name| Officer {
                name: format!("法官{name}"),
                certificate_no: format!("证{name}"),
            })
            .to_vec();
    }
}
