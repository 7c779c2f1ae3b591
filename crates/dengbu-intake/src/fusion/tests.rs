use std::ops::ControlFlow;

use dengbu_model::right::{RightDetail, RightType};
use dengbu_takeover::{ExistingUnit, Subject};

use super::*;
use crate::engine::Outcome;

const MAPPING: &str = r#"
source = "land"
name = "示例国土与房产"
county = "510402"

[[table]]
from = "ZD"
id = "DM"
[table.ZDJBXX]
ZDDM = "DM"
X_PARCEL = { field = "DM", as = "raw" }
ZL = "ZL"
ZDMJ = "MJ"
X_HOLDER = { field = "SYQR", as = "name" }
X_LAND_CERTIFICATE = { field = "TDZH", as = "text" }

[[table]]
from = "ZRZ"
id = "H"
[table.ZRZ]
ZRZH = "H"
X_BUILDING = { field = "H", as = "raw" }
X_BLOCK = { value = "1" }
XMMC = { value = "示例小区" }
ZCS = { value = "6" }

[[table]]
from = "HU"
id = "BDCDYH"
[table.H]
BDCDYH = "BDCDYH"
X_HOUSE = { field = "BDCDYH", as = "raw" }
ZRZH = "ZRZH"
X_BUILDING = { field = "ZRZH", as = "raw" }
X_STOREY = { value = "3" }
X_UNIT = { value = "1" }
X_ROOM = { value = "1" }
ZL = { value = "示例路1号示例小区1幢1单元301室" }
SCJZMJ = { value = "90.5" }
[table.FDCQ2]
BDCDYH = "BDCDYH"
X_HOUSE = { field = "BDCDYH", as = "raw" }
YWH = "YWH"
JZMJ = { value = "90.5" }
DJSJ = { value = "2018-05-06" }
QSZT = { value = "1" }
[table.QLR]
YWH = "YWH"
BDCDYH = "BDCDYH"
QLRMC = "QLR"

[[table]]
from = "TD"
id = "YWH"
[table.JSYDSYQ]
ZDDM = "DM"
YWH = "YWH"
QLLX = { value = "3" }
SYQMJ = "MJ"
SYQQSSJ = "QS"
SYQJSSJ = "JS"
DJSJ = "DJ"
QSZT = "ZT"
[table.QLR]
YWH = "YWH"
QLRMC = "QLR"
"#;

/// Three parcels: one with a house of a developer's estate, one empty with two rights one after the
/// other, one empty whose own row says who holds it; and a right in land that is nowhere.
const FILES: [(&str, &str); 4] = [
    (
        "ZD.csv",
        "DM,ZL,MJ,SYQR,TDZH\n\
         510402001001GB00001,示例路1号,2000,,\n\
         510402001001GB00002,示例路2号,1500,,\n\
         510402001001GB00003,示例路3号,800,示例市某建材有限公司,攀国用（2009）第00012号\n",
    ),
    ("ZRZ.csv", "H\n510402001001GB00001F0001\n"),
    (
        "HU.csv",
        "BDCDYH,ZRZH,YWH,QLR\n510402001001GB00001F00010001,510402001001GB00001F0001,F1,张小三\n",
    ),
    (
        "TD.csv",
        "DM,YWH,MJ,QS,JS,DJ,ZT,QLR\n\
         510402001001GB00001,T1,2000,2010-01-01,2080-12-31,2010-02-03,1,示例市某置业有限公司\n\
         510402001001GB00002,T2,1500,2001-01-01,2051-01-01,2001-03-04,2,李小四\n\
         510402001001GB00002,T3,1500,2001-01-01,2051-01-01,2015-06-07,1,王小五\n\
         510402001001GB00099,T4,10,2001-01-01,2051-01-01,2015-06-07,1,赵小六\n",
    ),
];

fn analysed() -> Analysis {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("in").join("land");
    fs::create_dir_all(&place).unwrap();
    for (name, text) in FILES {
        fs::write(place.join(name), text).unwrap();
    }
    let made = |name: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(&path).unwrap();
        path
    };
    let input = Input {
        source: "land".to_owned(),
        folder: folder.path().join("in"),
        scratch: made("scratch"),
        steady: made("steady"),
        mapping: Some(MAPPING.to_owned()),
        decisions: BTreeMap::new(),
        counties: BTreeMap::from([("510402".to_owned(), "510400".to_owned())]),
        today: "2026-11-30".parse().unwrap(),
    };
    Fusion
        .analyse(&input, &|_| ControlFlow::Continue(()))
        .unwrap()
}

fn unit<'a>(done: &'a Analysis, code: &str) -> &'a ExistingUnit {
    let units = &done.stock.units;
    let known: Vec<&str> = units.iter().map(|u| u.code().as_str()).collect();
    units
        .iter()
        .find(|u| u.code().as_str() == code)
        .unwrap_or_else(|| panic!("{code}: {known:?}"))
}

#[test]
fn land_without_houses_is_a_unit_of_its_own_with_its_chain_of_rights() {
    let done = analysed();
    let empty = unit(&done, "510402001001GB00002W00000000");
    assert!(matches!(&empty.subject, Subject::Land(l) if l.address == "示例路2号"));
    let chain: Vec<(&str, bool)> = empty
        .ownerships
        .iter()
        .map(|o| (o.right.holders[0].party.name.as_str(), o.current))
        .collect();
    assert_eq!(chain, [("李小四", false), ("王小五", true)]);
    assert_eq!(
        empty.ownerships[1].right.right_type,
        RightType::StateConstructionLand
    );
    let RightDetail::LandUse(detail) = &empty.ownerships[1].right.detail else {
        panic!("{empty:?}")
    };
    assert_eq!(detail.end, "2051-01-01".parse().ok());
    // what the parcel's own row tells, with its old certificate
    let told = unit(&done, "510402001001GB00003W00000000");
    let right = &told.ownerships[0];
    assert_eq!(right.right.holders[0].party.name, "示例市某建材有限公司");
    assert_eq!(
        right.certificate_no.as_deref(),
        Some("攀国用（2009）第00012号")
    );
}

#[test]
fn land_with_houses_is_told_in_their_titles() {
    let done = analysed();
    let house = unit(&done, "510402001001GB00001F00010001");
    let RightDetail::BuildingOwnership(detail) = &house.ownerships[0].right.detail else {
        panic!("{house:?}")
    };
    // the developer's right has passed to the buyer; its term stands
    assert_eq!(detail.land_use_holder.as_deref(), Some("张小三"));
    assert_eq!(detail.land_use_end, "2080-12-31".parse().ok());
    assert_eq!(detail.storeys_total, Some(6));
    assert_eq!(done.stock.units.len(), 3);
    let fate = |id: &str| {
        let mut of = done
            .records
            .iter()
            .filter(|r| r.table == "TD" && r.legacy_id == id);
        let row = of.next().unwrap();
        assert!(of.next().is_none(), "{id} is told once");
        (row.outcome, row.unit_code.as_deref())
    };
    assert_eq!(fate("T1"), (Outcome::Merged, None));
    assert_eq!(
        fate("T3"),
        (Outcome::Accepted, Some("510402001001GB00002W00000000"))
    );
    assert_eq!(fate("T4"), (Outcome::Rejected, None));
    let together = &done.summary["together"];
    assert_eq!(together["consistent"], 1);
    assert_eq!(together["land-without-house"], 2);
}
