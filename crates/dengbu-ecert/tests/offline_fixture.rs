//! What the browser's check without network is tested with: a code, a key set and a status list
//! signed by real SM2, kept in `web/test/fixtures/ecert.json`. Signatures of SM2 here are
//! deterministic, so the file is made again byte for byte; a change of a format is seen.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::Command;

mod support;

use chrono::NaiveDate;
use dengbu_ecert::key_set::{IssuerKey, KeySet};
use dengbu_ecert::qr::{Payload, Signed, Stamp};
use dengbu_ecert::status_list::{Status, StatusList};
use dengbu_gm::{PrivateKey, Signature};
use serde_json::{Value, json};
use support::{NUMBER, content, day, hex, key, sign};

fn web() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web")
}

fn code(key: &PrivateKey, list_index: u32) -> Signed {
    let stamp = Stamp {
        key_id: 1,
        list_index,
        status_as_of: day("2026-11-23"),
    };
    let payload = Payload::of(&content(), stamp).unwrap();
    payload.sign(sign(key)).unwrap()
}

fn fixture() -> Value {
    let (root, issuer, stranger) = (key(1), key(2), key(3));
    let issuer_key = |key_id: u8, revoked_on: Option<NaiveDate>| IssuerKey {
        authority: "510400".to_owned(),
        authority_name: "攀枝花市不动产登记中心".to_owned(),
        number_place: ["川".to_owned(), "攀枝花市".to_owned()],
        key_id,
        public_key: hex(&issuer.public().to_point()),
        from: day("2026-01-01"),
        to: day("2027-12-31"),
        revoked_on,
    };
    let set = KeySet {
        number: 1,
        made_on: day("2026-11-20"),
        keys: vec![issuer_key(1, None), issuer_key(2, Some(day("2026-06-01")))],
    };
    let mut list = StatusList::new(510_400, 1, 9, 1_795_400_000, 1_795_486_400, 5);
    for (index, status) in [
        (1, Status::Suspended),
        (2, Status::Replaced),
        (3, Status::Revoked),
    ] {
        assert!(list.set(index, status));
    }
    let host = "ecert.example.gov.cn";
    json!({
        "number": NUMBER,
        "holders": "张示例、李示例",
        "unit": "510402001003GB00012F00030027",
        "codes": (0..6).map(|i| code(&issuer, i).url(host)).collect::<Vec<_>>(),
        "stranger": code(&stranger, 0).url(host),
        "keys": set.sign(&root.public().to_point(), sign(&root)).unwrap(),
        "foreignKeys": set.sign(&stranger.public().to_point(), sign(&stranger)).unwrap(),
        "statusList": hex(&list.sign(sign(&issuer)).unwrap()),
        "forgedList": hex(&list.sign(sign(&stranger)).unwrap()),
    })
}

#[test]
fn the_fixture_is_what_the_formats_give() {
    let path = web().join("test/fixtures/ecert.json");
    let want = serde_json::to_string_pretty(&fixture()).unwrap() + "\n";
    if std::env::var_os("DENGBU_WRITE_FIXTURES").is_some() {
        std::fs::write(&path, &want).unwrap();
    }
    let have = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        have, want,
        "formats changed; DENGBU_WRITE_FIXTURES=1 writes the file anew"
    );
}

#[test]
fn our_own_check_says_the_same() {
    let issuer = key(2).public();
    let check = |_: u32, id: u8, message: &[u8], signature: &[u8; 64]| {
        let signature = Signature::from_raw(*signature);
        (id == 1).then(|| issuer.verify(message, &signature))
    };
    let fixture = fixture();
    let good = fixture["codes"][0].as_str().unwrap();
    let payload = Signed::verify(good, check).unwrap();
    assert!(payload.fits(&content()));
    assert!(payload.fits_names(NUMBER, "张示例、李示例"));
    assert!(Signed::verify(fixture["stranger"].as_str().unwrap(), check).is_err());
}

/// The signature is checked by an implementation in another language too: gmssl for Python.
#[test]
fn gmssl_says_the_same() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/ecert-python/bin/python");
    if !python.exists() {
        assert!(std::env::var_os("CI").is_none(), "CI has gmssl for Python");
        eprintln!("skipped: no {}", python.display());
        return;
    }
    let signed = code(&key(2), 0);
    let public = hex(&key(2).public().to_point());
    let script = "import sys
from gmssl import sm2
point, message, signature = sys.argv[1:]
key = sm2.CryptSM2(public_key=point[2:], private_key='', asn1=False)
print(key.verify_with_sm3(signature, bytes.fromhex(message)))";
    let run = |message: &[u8]| {
        let out = Command::new(&python)
            .args([
                "-c",
                script,
                &public,
                &hex(message),
                &hex(&signed.signature),
            ])
            .output()
            .unwrap();
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    };
    let message = signed.payload.to_bytes();
    assert_eq!(run(&message), "True");
    let mut other = message;
    other[20] ^= 1;
    assert_eq!(run(&other), "False");
}
