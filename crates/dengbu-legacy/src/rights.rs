//! Rights of the model out of legacy records.

use crate::checks::MortgageFields;
use crate::people;
use crate::reading::text;
use chrono::NaiveDate;
use dengbu_model::party::{CoOwnership, Holder, Party};
use dengbu_model::quantity::Money;
use dengbu_model::right::{
    Mortgage, MortgageMethod, Right, RightDetail, RightType, Seizure, SeizureKind,
};
use rust_decimal::Decimal;

/// 抵押权 of one creditor; `None` when the amount has more than two decimals of yuan.
pub fn mortgage(
    f: &MortgageFields<'_>,
    yuan: Decimal,
    term: (Option<NaiveDate>, Option<NaiveDate>),
) -> Option<Right> {
    let amount = Money::new(yuan).ok()?;
    let maximum = f.method.is_some_and(|(_, v)| text::squeeze(v) == "2");
    let mortgagors: Vec<Party> = f
        .mortgagors
        .split('、')
        .map(text::holder_name)
        .filter(|n| !n.is_empty())
        .map(|n| people::named(&n))
        .collect();
    let debtor = mortgagors
        .iter()
        .map(|p| p.name.as_str())
        .collect::<Vec<_>>()
        .join("、");
    let detail = Mortgage {
        method: if maximum {
            MortgageMethod::MaximumAmount
        } else {
            MortgageMethod::General
        },
        secured_amount: (!maximum).then_some(amount),
        maximum_amount: maximum.then_some(amount),
        term_start: term.0,
        term_end: term.1,
        debtor: Some(debtor).filter(|d| !d.is_empty()),
        ..Mortgage::default()
    };
    Some(Right {
        right_type: RightType::Mortgage,
        co_ownership: CoOwnership::Sole,
        holders: vec![Holder {
            party: people::named(&text::holder_name(f.mortgagee)),
            share: None,
        }],
        obligors: mortgagors,
        detail: RightDetail::Mortgage(detail),
        other_conditions: None,
        remarks: f
            .method
            .is_none()
            .then(|| "原登记资料未载明抵押方式，按一般抵押装载".to_owned()),
    })
}

/// 查封 or 轮候查封.
pub fn seizure(
    court: &str,
    document_no: &str,
    waiting: bool,
    term: (Option<NaiveDate>, Option<NaiveDate>),
) -> Right {
    of_kind(
        court,
        document_no,
        if waiting {
            SeizureKind::Waiting
        } else {
            SeizureKind::Seizure
        },
        term,
    )
}

/// A seizure with its 查封类型 as a code; `None` when the code isn't one.
pub fn seizure_of_kind(
    court: &str,
    document_no: &str,
    kind: &str,
    term: (Option<NaiveDate>, Option<NaiveDate>),
) -> Option<Right> {
    let kind = match text::squeeze(kind).as_str() {
        "1" => SeizureKind::Seizure,
        "2" => SeizureKind::Waiting,
        "3" => SeizureKind::PreSeizure,
        "4" => SeizureKind::WaitingPreSeizure,
        _ => return None,
    };
    Some(of_kind(court, document_no, kind, term))
}

fn of_kind(
    court: &str,
    document_no: &str,
    kind: SeizureKind,
    term: (Option<NaiveDate>, Option<NaiveDate>),
) -> Right {
    Right {
        right_type: RightType::Seizure,
        co_ownership: CoOwnership::Sole,
        holders: Vec::new(),
        obligors: Vec::new(),
        detail: RightDetail::Seizure(Seizure {
            kind,
            court: text::holder_name(court),
            document_no: text::squeeze(document_no),
            start: term.0,
            end: term.1,
            ..Seizure::default()
        }),
        other_conditions: None,
        remarks: None,
    }
}
