//! An invented certificate and the keys of the tests.
#![allow(dead_code, reason = "each test uses a part")]

use chrono::NaiveDate;
use dengbu_ecert::content::{Content, Head, TitleCertificate, UnitEntry};
use dengbu_ecert::holder::{CertificateHolder, HolderId};
use dengbu_ecert::{DocumentKind, Identifier};
use dengbu_gm::{Algorithm, PrivateKey};

pub const NUMBER: &str = "川(2026)攀枝花市不动产权第0000001号";

pub fn key(last: u8) -> PrivateKey {
    let mut bytes = [7_u8; 32];
    bytes[31] = last;
    PrivateKey::from_bytes(Algorithm::Sm2, &bytes).unwrap()
}

pub fn sign(key: &PrivateKey) -> impl Fn(&[u8]) -> Result<[u8; 64], ()> + '_ {
    |message| {
        let signature = key.sign(message).map_err(|_| ())?;
        Ok(signature.to_raw())
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn content() -> Content {
    let holder = |name: &str| CertificateHolder {
        name: name.to_owned(),
        person: true,
        id: Some(HolderId {
            type_code: "111".to_owned(),
            number: "510402180001010012".to_owned(),
        }),
        share: None,
    };
    let text = |t: &str| t.to_owned();
    Content::Title(TitleCertificate {
        head: Head {
            number: text(NUMBER),
            identifier: Identifier::new(
                &DocumentKind::Title.type_code("11510400MA0000015R"),
                "11510400MA0000015R",
                "510400000000001",
                1,
            )
            .unwrap(),
            authority_name: text("攀枝花市不动产登记中心"),
            authority_code: text("11510400MA0000015R"),
            authority: text("510400"),
            county: text("510402"),
            issued_on: day("2026-11-23"),
            valid_from: None,
            valid_to: None,
            case_no: None,
        },
        holders: vec![holder("张示例"), holder("李示例")],
        co_ownership: text("共同共有"),
        units: vec![UnitEntry {
            code: text("510402001003GB00012F00030027"),
            address: text("攀枝花市东区示例路12号3幢1单元502号"),
            nature: text("出让/市场化商品房"),
            use_name: text("城镇住宅用地/住宅"),
            area: text("房屋建筑面积：98.76 ㎡"),
            term: text("至2071年04月30日止"),
        }],
        right_type: text("国有建设用地使用权/房屋（构筑物）所有权"),
        other_conditions: text("—"),
        remarks: text("—"),
    })
}
