use dengbu_model::party::CoOwnership;
use dengbu_model::right::{RightDetail, RightType};
use dengbu_model::unit_code::ParcelCode;
use dengbu_staging::{Cell, Origin, Record, Staging};

use super::*;

fn row(table: &str, id: &str, cells: &[(&str, &str)]) -> Record {
    Record {
        table: table.into(),
        origin: Origin {
            source: "a".into(),
            table: format!("T_{table}"),
            legacy_id: id.into(),
            file: "x.csv".into(),
            line: 2,
        },
        cells: cells.iter().map(|(f, v)| Cell::plain(*f, *v)).collect(),
        notes: Vec::new(),
        geometry: None,
    }
}

fn staging(rows: &[Record]) -> Staging {
    let mut staging = Staging::new();
    for r in rows {
        staging.push(r).unwrap();
    }
    staging
}

fn today() -> NaiveDate {
    "2026-11-23".parse().unwrap()
}

#[test]
fn two_owners_by_shares_and_one_alone() {
    let s = staging(&[
        row(
            "FDCQ2",
            "1",
            &[("QSZT", "1"), ("DJSJ", "2015-03-04"), ("JZMJ", "90.5")],
        ),
        row(
            "QLR",
            "1",
            &[("QLRMC", "示例甲"), ("QLBL", "1/3"), ("GYFS", "2")],
        ),
        row(
            "QLR",
            "1",
            &[("QLRMC", "示例乙"), ("QLBL", "2/3"), ("GYFS", "2")],
        ),
        row("QLR", "1", &[("QLRMC", "示例置业有限公司")]),
    ]);
    let (rights, holders) = (s.table("FDCQ2").unwrap(), s.table("QLR").unwrap());
    let files = Files::of(&s);
    let parcel = ParcelCode::parse("510402001001GB00001").unwrap();
    let own = |rows: &[u32]| ownership((rights, 0), (holders, rows), &parcel, 0, (today(), &files));
    let both = own(&[0, 1]).unwrap();
    assert_eq!(both.right.co_ownership, CoOwnership::ByShares);
    assert_eq!(
        both.right.right_type,
        RightType::StateConstructionLandAndBuilding
    );
    assert!(both.current && both.registered_on == "2015-03-04".parse().ok());
    assert_eq!(both.right.remarks.as_deref(), Some("证件号码待核"));
    assert_eq!(own(&[0]).unwrap().right.co_ownership, CoOwnership::Sole);
    assert_eq!(own(&[]), Err("产权没有权利人"));
    assert_eq!(own(&[0, 2]), Err("权利人份额合计不等于一"));
    assert_eq!(both.provenance.table, "T_FDCQ2");
}

#[test]
fn a_limit_that_cannot_be_shown_is_an_error_and_an_expired_seizure_has_ended() {
    let s = staging(&[
        row(
            "DYAQ",
            "1",
            &[("DYQR", "示例银行"), ("BDBZZQSE", "900000"), ("QSZT", "1")],
        ),
        row(
            "DYAQ",
            "2",
            &[("DYQR", "示例银行"), ("BDBZZQSE", "0"), ("QSZT", "1")],
        ),
        row(
            "CFDJ",
            "1",
            &[
                ("CFJG", "示例法院"),
                ("CFQSSJ", "2015-01-01"),
                ("CFJSSJ", "2018-01-01"),
                ("QSZT", "1"),
            ],
        ),
        row("CFDJ", "2", &[("CFJG", "示例法院"), ("CFLX", "9")]),
    ]);
    let files = Files::of(&s);
    let mortgages = s.table("DYAQ").unwrap();
    let one = mortgage(mortgages, 0, &files).unwrap();
    let RightDetail::Mortgage(m) = &one.right.detail else {
        panic!("{one:?}")
    };
    assert_eq!(m.secured_amount, Money::parse("900000").ok());
    assert!(mortgage(mortgages, 1, &files).is_err());
    let seizures = s.table("CFDJ").unwrap();
    let over = seizure(seizures, 0, (today(), &files)).unwrap();
    assert_eq!(
        (over.current, over.ended_on),
        (false, "2018-01-01".parse().ok())
    );
    assert!(seizure(seizures, 1, (today(), &files)).is_err());
}

use dengbu_model::quantity::Money;
