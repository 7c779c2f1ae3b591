//! Persons out of names: the same name is always the same person, with a number of its own
//! that passes the checks and belongs to nobody (county 510499 does not exist).

use chrono::NaiveDate;
use dengbu_model::identity::{IdDocument, IdKind, credit_code_check, resident_id_check_digit};
use dengbu_model::party::{Agent, CoOwnership, Holder, Party, PartyKind, WindingUp};
use dengbu_model::quantity::Share;

const BODIES: &[(&str, PartyKind)] = &[
    ("法院", PartyKind::StateOrgan),
    ("检察院", PartyKind::StateOrgan),
    ("公安局", PartyKind::StateOrgan),
    ("税务局", PartyKind::StateOrgan),
    ("政府", PartyKind::StateOrgan),
    ("局", PartyKind::StateOrgan),
    ("中心", PartyKind::PublicInstitution),
    ("学校", PartyKind::PublicInstitution),
    ("医院", PartyKind::PublicInstitution),
    ("公司", PartyKind::Enterprise),
    ("银行", PartyKind::Enterprise),
    ("厂", PartyKind::Enterprise),
    ("村委会", PartyKind::Other),
    ("合作社", PartyKind::Other),
    ("农民集体", PartyKind::Other),
];

/// A small number that belongs to the name (FNV-1a).
fn number_of(name: &str) -> u32 {
    name.bytes().fold(2_166_136_261_u32, |h, b| {
        (h ^ u32::from(b)).wrapping_mul(16_777_619)
    })
}

fn resident_id(name: &str, born: NaiveDate) -> String {
    let first = format!(
        "510499{}{:03}",
        born.format("%Y%m%d"),
        number_of(name) % 1000
    );
    let check = resident_id_check_digit(&first).unwrap_or('0');
    format!("{first}{check}")
}

fn credit_code(name: &str) -> String {
    let first = format!("91510499{:09}", number_of(name) % 1_000_000_000);
    let check = credit_code_check(&first).unwrap_or('0');
    format!("{first}{check}")
}

/// `张三`, `张三 1/2`, `小明（2015-06-01）`, `小明（2015-06-01，监护人 张三）`, `某银行`,
/// `某公司（清算）`, `某公司（清算，清算组 张三）`, `某公司（破产，管理人 某所）`.
pub(crate) fn holder(written: &str) -> Holder {
    let written = written.trim();
    let (rest, share) = match written.rsplit_once(' ') {
        Some((name, share)) if share.contains('/') => (name.trim(), Share::parse(share).ok()),
        _ => (written, None),
    };
    let (name, notes) = match rest.split_once('（') {
        Some((name, notes)) => (name.trim(), notes.trim_end_matches('）')),
        None => (rest, ""),
    };
    let mut notes = notes.split('，');
    let first = notes.next().map(str::trim).unwrap_or_default();
    let winding_up = match first {
        "清算" => Some(WindingUp::Liquidation),
        "破产" => Some(WindingUp::Bankruptcy),
        _ => None,
    };
    let born = Some(first)
        .and_then(|d| d.trim().parse().ok())
        .or_else(|| NaiveDate::from_ymd_opt(1980, 1, 1))
        .unwrap_or_default();
    let guardian = notes
        .next()
        .and_then(|g| {
            ["监护人", "清算组", "管理人", "代理人"]
                .into_iter()
                .find_map(|who| g.trim().strip_prefix(who))
        })
        .map(str::trim);
    let body = BODIES.iter().find(|(end, _)| name.ends_with(end));
    let mut party = match body {
        Some((_, kind)) => Party {
            id: Some(IdDocument::from_register(
                IdKind::UnifiedSocialCredit,
                credit_code(name),
            )),
            ..Party::named(name, *kind)
        },
        None => Party {
            id: Some(IdDocument::from_register(
                IdKind::ResidentId,
                resident_id(name, born),
            )),
            ..Party::named(name, PartyKind::Person)
        },
    };
    party.winding_up = winding_up;
    party.agent = guardian.map(|g| Agent {
        name: g.to_owned(),
        id: None,
        phone: None,
        authority: None,
    });
    Holder { party, share }
}

/// Several holders and how they own together.
pub(crate) fn holders(written: &[String], joint: bool) -> (Vec<Holder>, CoOwnership) {
    let all: Vec<Holder> = written.iter().map(|w| holder(w)).collect();
    let together = if all.iter().any(|h| h.share.is_some()) {
        CoOwnership::ByShares
    } else if all.len() > 1 || (joint && all.len() > 1) {
        CoOwnership::Joint
    } else {
        CoOwnership::Sole
    };
    (all, together)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_people_pass_the_checks() {
        let today = NaiveDate::from_ymd_opt(2026, 5, 1).unwrap();
        for name in ["张三", "小明（2015-06-01）", "某银行", "东区人民法院"] {
            let id = holder(name).party.id.unwrap();
            assert!(
                IdDocument::parse(id.kind, &id.number, today).is_ok(),
                "{name}"
            );
        }
    }

    #[test]
    fn shares_and_guardians_are_read() {
        let h = holder("小明（2015-06-01，监护人 张三） 1/2");
        assert_eq!(h.party.name, "小明");
        assert_eq!(h.party.agent.unwrap().name, "张三");
        assert_eq!(h.share, Share::new(1, 2).ok());
        assert_eq!(
            holders(&["甲 1/2".into(), "乙 1/2".into()], false).1,
            CoOwnership::ByShares
        );
        assert_eq!(
            holders(&["甲".into(), "乙".into()], false).1,
            CoOwnership::Joint
        );
    }
}
