use super::*;
use crate::links::{BuildingLink, HouseLink, ParcelLink, RightLinks};
use dengbu_staging::{Cell, Origin, Record};

fn push(staging: &mut Staging, table: &str, id: &str, cells: &[(&str, &str)]) {
    let record = Record {
        table: table.to_owned(),
        origin: Origin {
            source: "s".to_owned(),
            table: table.to_owned(),
            legacy_id: id.to_owned(),
            file: String::new(),
            line: 0,
        },
        cells: cells.iter().map(|(f, v)| Cell::plain(*f, *v)).collect(),
        notes: Vec::new(),
        geometry: None,
    };
    staging.push(&record).unwrap();
}

fn parcel(code: &str) -> ParcelLink {
    ParcelLink {
        code: Some(code.to_owned()),
        method: Method::Key,
        confidence: 990,
        status: Status::Linked,
        candidates: Vec::new(),
    }
}

fn building(parcel: u32) -> BuildingLink {
    BuildingLink {
        parcel: Some(parcel),
        shares: Vec::new(),
        code: None,
        reference: String::new(),
        method: Method::Key,
        confidence: 990,
        status: Status::Linked,
        candidates: Vec::new(),
    }
}

fn house(building: u32) -> HouseLink {
    HouseLink {
        building: Some(building),
        place: None,
        unit_number: Some(1),
        duplicate_of: None,
        method: Method::Key,
        confidence: 990,
        status: Status::Linked,
        candidates: Vec::new(),
    }
}

const CODES: [&str; 5] = [
    "510402001001GB00001",
    "510402001001GB00002",
    "510402001001JC00003",
    "510402001001GB00004",
    "510402001001GB00005",
];

/// Five parcels: a developer's with a flat, one with a house and no land right, a homestead whose
/// house is another's, an empty one held by a firm, one of which nothing is known.
fn town() -> (Staging, Links) {
    let mut staging = Staging::new();
    for (nth, code) in CODES.iter().enumerate() {
        push(
            &mut staging,
            "ZDJBXX",
            &format!("P{nth}"),
            &[("ZDDM", code)],
        );
    }
    for (nth, owner) in ["张三", "李四", "王五"].iter().enumerate() {
        let number = format!("F{nth}");
        push(
            &mut staging,
            "FDCQ2",
            &number,
            &[("YWH", &number), ("QSZT", "1")],
        );
        push(
            &mut staging,
            "QLR",
            &number,
            &[("YWH", &number), ("QLRMC", owner)],
        );
    }
    // the number of the right tells its holder; its parcel stands by code, by unit, by number
    let land = [
        ("L0", "ZDDM", CODES[0], "攀枝花某置业有限公司"),
        ("L2", "BDCDYH", "510402001001JC00003W00000000", "赵六"),
        ("L3", "X_PARCEL", "P3", "攀枝花某建材有限公司"),
    ];
    for (number, field, value, holder) in land {
        push(
            &mut staging,
            "JSYDSYQ",
            number,
            &[("YWH", number), ("QSZT", "1"), (field, value)],
        );
        push(
            &mut staging,
            "QLR",
            number,
            &[("YWH", number), ("QLRMC", holder)],
        );
    }
    push(
        &mut staging,
        "JSYDSYQ",
        "L9",
        &[("ZDDM", "510402001001GB00099")],
    );
    let mut links = Links {
        parcels: CODES.iter().map(|c| parcel(c)).collect(),
        buildings: (0..3).map(building).collect(),
        houses: (0..3).map(house).collect(),
        ownerships: RightLinks {
            house: (0..3).map(Some).collect(),
        },
        holders: vec![Some(0), Some(1), Some(2), None, None, None],
        land_holders: vec![None, None, None, Some(0), Some(1), Some(2)],
        ..Links::default()
    };
    links.land_rights = rights_to_parcels(
        staging.table("JSYDSYQ").unwrap(),
        staging.table("ZDJBXX").unwrap(),
        &links,
    );
    (staging, links)
}

#[test]
fn a_right_in_land_finds_its_parcel_by_code_unit_or_number() {
    let (_, links) = town();
    let parcels: Vec<Option<u32>> = links.land_rights.iter().map(|l| l.parcel).collect();
    assert_eq!(parcels, [Some(0), Some(2), Some(3), None]);
    assert_eq!(links.land_rights[3].method, Method::None);
}

#[test]
fn land_and_houses_are_put_together() {
    let (staging, links) = town();
    let land = put_together(&staging, &links);
    let how: Vec<Option<Together>> = land.iter().map(|l| l.together).collect();
    assert_eq!(
        how,
        [
            Some(Together::Consistent),
            Some(Together::HouseWithoutLand),
            Some(Together::HoldersDiffer),
            Some(Together::LandWithoutHouse),
            None
        ]
    );
    let built: Vec<bool> = land.iter().map(|l| l.built).collect();
    assert_eq!(built, [true, true, true, false, false]);
    assert_eq!(
        (land[3].rights.as_slice(), &land[3].holders),
        (&[2][..], &vec![vec![5]])
    );
}

#[test]
fn the_parcels_own_row_may_name_who_holds_it() {
    let (mut staging, mut links) = town();
    push(
        &mut staging,
        "ZDJBXX",
        "P5",
        &[("ZDDM", "510402001001GB00006"), ("X_HOLDER", "钱七")],
    );
    links.parcels.push(parcel("510402001001GB00006"));
    let land = put_together(&staging, &links);
    assert!(land[5].told_by_parcel && !land[4].told_by_parcel);
    assert_eq!(land[5].together, Some(Together::LandWithoutHouse));
}

#[test]
fn a_number_that_two_parcels_bear_tells_neither() {
    let (mut staging, mut links) = town();
    push(&mut staging, "ZDJBXX", "P3", &[]);
    links.parcels.push(ParcelLink {
        code: None,
        ..parcel("")
    });
    let rights = rights_to_parcels(
        staging.table("JSYDSYQ").unwrap(),
        staging.table("ZDJBXX").unwrap(),
        &links,
    );
    assert_eq!(rights[2].parcel, None);
}
