//! Sealing and judging: what is right is valid, whatever is changed is said so.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::sync::Arc;

use chrono::Duration;
use dengbu_gm::crl::Reason;
use dengbu_gm::timestamp::OwnTimeStamper;
use dengbu_gm::{Role, Signer, Trust};
use dengbu_ofd::container::{self, Packed};
use dengbu_ofd::seal::Stamp;
use dengbu_ofd::verify::{CheckCode, Outcome};
use dengbu_ofd::{Judge, OfdFile, Seal, Sealing, Verdict, WriteError, seal_ofd, verify_ofd};
use proptest::prelude::*;
use support::*;

fn again(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let packed: Vec<Arc<Packed>> = parts
        .iter()
        .map(|(name, content)| Arc::new(Packed::new(name, content, 1).unwrap()))
        .collect();
    container::write(&packed)
}

fn parts(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let entries = container::read(bytes).unwrap();
    entries.into_iter().map(|e| (e.name, e.content)).collect()
}

#[test]
fn a_sealed_certificate_is_valid_and_says_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let city = city(folder.path());
    let trust = city.trust(now()).unwrap();
    let bytes = sealed(&city);
    let report = verify_ofd(&bytes, &Judge::new(&trust));
    assert_eq!(report.verdict, Verdict::Valid, "{:?}", report.failures());
    for check in &report.checks {
        let expected = match check.code {
            CheckCode::TimeStamp => Outcome::Skipped,
            _ => Outcome::Passed,
        };
        assert_eq!(check.outcome, expected, "{:?}", check.code);
    }
    assert_eq!(
        report.stamps[0].seal_name,
        "攀枝花市自然资源和规划局不动产登记专用章"
    );
    let file = OfdFile::open(&bytes).unwrap();
    assert_eq!(file.fields["CZZT"].concat(), HOLDER);
    assert_eq!(file.fields["KZ_BDCDYH"], [UNIT]);
    assert_eq!(file.custom["ZZBS"], "1.2.156.3005.2.X");
    assert!(file.text().contains("不动产权证书（电子）"));
    assert!(file.text().contains("攀枝花市东区<炳草岗>大街 & 1号"));
    assert!(
        file.attachment("ecert.xml")
            .unwrap()
            .starts_with(b"<ecert>")
    );
    assert_eq!(file.pages.len(), 2);
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let city = city(folder.path());
    let seal = seal(&city);
    let signer = city.signer(Role::SealSigner, AUTHORITY).unwrap();
    let sealing = Sealing {
        seal: &seal,
        signer: &signer,
        places: &PLACE,
        time: now(),
        stamper: None,
    };
    let other = dengbu_ofd::OfdWriter::new(fonts());
    let once = seal_ofd(&WRITER, &document(), &sealing).unwrap();
    assert_eq!(once, seal_ofd(&WRITER, &document(), &sealing).unwrap());
    assert_eq!(once, seal_ofd(&other, &document(), &sealing).unwrap());
}

#[test]
fn one_bit_in_any_entry_and_the_file_is_altered() {
    let folder = tempfile::tempdir().unwrap();
    let city = city(folder.path());
    let trust = city.trust(now()).unwrap();
    let original = parts(&sealed(&city));
    assert!(original.len() >= 14, "{}", original.len());
    for at in 0..original.len() {
        let length = original[at].1.len();
        // first, last and some places between
        for byte in (0..length)
            .step_by((length / 11).max(1))
            .chain([length - 1])
        {
            let mut changed = original.clone();
            changed[at].1[byte] ^= 1;
            let report = verify_ofd(&again(&changed), &Judge::new(&trust));
            assert_eq!(
                report.verdict,
                Verdict::Altered,
                "{} byte {byte}: {:?}",
                original[at].0,
                report.failures()
            );
        }
    }
}

#[test]
fn entries_added_left_out_renamed_or_exchanged_are_altered() {
    let folder = tempfile::tempdir().unwrap();
    let city = city(folder.path());
    let trust = city.trust(now()).unwrap();
    let original = parts(&sealed(&city));
    let judge = |parts: &[(String, Vec<u8>)]| verify_ofd(&again(parts), &Judge::new(&trust));
    assert_eq!(
        judge(&original).verdict,
        Verdict::Valid,
        "repacking alone harms nothing"
    );

    let mut added = original.clone();
    added.push(("Doc_0/Annots/Annotations.xml".to_owned(), b"<a/>".to_vec()));
    let report = judge(&added);
    assert_eq!(report.verdict, Verdict::Altered);
    assert!(matches!(
        report.outcome(CheckCode::Coverage),
        Outcome::Failed(_)
    ));

    for at in 0..original.len() {
        let mut less = original.clone();
        let gone = less.remove(at).0;
        let verdict = judge(&less).verdict;
        assert_ne!(verdict, Verdict::Valid, "{gone} left out");
    }
    let position = |name: &str| original.iter().position(|(n, _)| n == name).unwrap();
    let (one, two) = (
        position("Doc_0/Pages/Page_0/Content.xml"),
        position("Doc_0/Pages/Page_1/Content.xml"),
    );
    let mut exchanged = original.clone();
    exchanged[one].1 = original[two].1.clone();
    assert_eq!(judge(&exchanged).verdict, Verdict::Altered);
}

#[test]
fn a_moved_seal_and_a_stamp_of_another_file_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let city = city(folder.path());
    let trust = city.trust(now()).unwrap();
    let mut moved = parts(&sealed(&city));
    let description = moved
        .iter_mut()
        .find(|(n, _)| n.ends_with("Signature.xml"))
        .unwrap();
    let text = String::from_utf8(description.1.clone()).unwrap();
    description.1 = text
        .replace("Boundary=\"100 122", "Boundary=\"10 122")
        .into_bytes();
    let report = verify_ofd(&again(&moved), &Judge::new(&trust));
    assert_eq!(report.verdict, Verdict::Altered);
    assert!(matches!(
        report.outcome(CheckCode::DataHash),
        Outcome::Failed(_)
    ));
    assert_eq!(report.outcome(CheckCode::Digests), &Outcome::Passed);

    let mut other = document();
    other.meta.title = "另一份".to_owned();
    let signer = city.signer(Role::SealSigner, AUTHORITY).unwrap();
    let seal = seal(&city);
    let sealing = Sealing {
        seal: &seal,
        signer: &signer,
        places: &PLACE,
        time: now(),
        stamper: None,
    };
    let other = parts(&seal_ofd(&WRITER, &other, &sealing).unwrap());
    let mut mixed = parts(&sealed(&city));
    let value = |parts: &[(String, Vec<u8>)]| {
        let at = parts
            .iter()
            .position(|(n, _)| n.ends_with("SignedValue.dat"));
        at.unwrap()
    };
    let at = value(&mixed);
    mixed[at].1 = other[value(&other)].1.clone();
    let report = verify_ofd(&again(&mixed), &Judge::new(&trust));
    assert!(matches!(
        report.outcome(CheckCode::DataHash),
        Outcome::Failed(_)
    ));
    assert_eq!(report.outcome(CheckCode::StampSignature), &Outcome::Passed);
}

#[test]
fn who_is_not_trusted_is_said_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut city = city(folder.path());
    let bytes = sealed(&city);
    let failed = |trust: &Trust, revoked: &[(String, chrono::DateTime<chrono::Utc>)]| {
        let judge = Judge {
            trust,
            revoked_seals: revoked,
        };
        let report = verify_ofd(&bytes, &judge);
        assert_eq!(
            report.verdict,
            Verdict::Untrusted,
            "{:?}",
            report.failures()
        );
        let failed = report
            .checks
            .iter()
            .filter(|c| matches!(c.outcome, Outcome::Failed(_)));
        failed.map(|c| c.code).collect::<Vec<_>>()
    };
    assert_eq!(failed(&Trust::default(), &[]), [CheckCode::Certificates]);
    let trust = city.trust(now()).unwrap();
    let gone = [("51040000000001".to_owned(), now() - Duration::days(1))];
    assert_eq!(failed(&trust, &gone), [CheckCode::SealValidity]);
    let later = [("51040000000001".to_owned(), now() + Duration::days(1))];
    assert_eq!(
        failed(&trust, &later),
        [CheckCode::SealValidity],
        "nothing proves that it was used before"
    );
    let id = city
        .store()
        .current(Role::SealSigner, AUTHORITY)
        .unwrap()
        .id;
    city.revoke(id, now() + Duration::days(9), Reason::KeyCompromise)
        .unwrap();
    let trust = city.trust(now() + Duration::days(9)).unwrap();
    assert_eq!(
        failed(&trust, &[]),
        [CheckCode::Certificates],
        "a stolen key, no proof of time"
    );
}

#[test]
fn seals_are_used_by_whom_they_name_while_they_are_valid() {
    let folder = tempfile::tempdir().unwrap();
    let mut city = city(folder.path());
    city.issue(Role::SealSigner, "510422", "盐边县自然资源和规划局", now())
        .unwrap();
    let stranger = city.signer(Role::SealSigner, "510422").unwrap();
    let own = city.signer(Role::SealSigner, AUTHORITY).unwrap();
    let trust = city.trust(now()).unwrap();
    let maker = city.signer(Role::SealMaker, "").unwrap();
    let real = seal(&city);
    let with = |seal: &Seal, signer: &dyn Signer, time| {
        let sealing = Sealing {
            seal,
            signer,
            places: &PLACE,
            time,
            stamper: None,
        };
        seal_ofd(&WRITER, &document(), &sealing)
    };
    assert!(matches!(
        with(&real, &stranger, now()),
        Err(WriteError::Sign(_))
    ));
    let late = with(&real, &own, now() + Duration::days(365 * 3 + 1)).unwrap();
    let report = verify_ofd(&late, &Judge::new(&trust));
    assert!(matches!(
        report.outcome(CheckCode::SealValidity),
        Outcome::Failed(_)
    ));
    assert!(matches!(
        report.outcome(CheckCode::Certificates),
        Outcome::Failed(_)
    ));

    // a seal that a signer made for itself
    let false_seal = Seal::make(&spec(&city), &own).unwrap();
    let bytes = with(&false_seal, &own, now()).unwrap();
    let report = verify_ofd(&bytes, &Judge::new(&trust));
    assert_eq!(report.verdict, Verdict::Untrusted);
    let why = report.failures().concat();
    assert!(why.contains("不是认可的制章单位"), "{why}");
    let mut bad = spec(&city);
    bad.id = "印章".to_owned();
    assert!(Seal::make(&bad, &maker).is_err());
}

#[test]
fn a_time_stamp_proves_the_time_even_of_a_key_stolen_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut city = city(folder.path());
    let signer = city.signer(Role::SealSigner, AUTHORITY).unwrap();
    let stamper = OwnTimeStamper::new(Arc::new(city.signer(Role::TimeStamper, "").unwrap()), now);
    let seal = seal(&city);
    let mut sealing = Sealing {
        seal: &seal,
        signer: &signer,
        places: &PLACE,
        time: now(),
        stamper: Some(&stamper),
    };
    let bytes = seal_ofd(&WRITER, &document(), &sealing).unwrap();
    sealing.time = now() + Duration::hours(1);
    let wrong = seal_ofd(&WRITER, &document(), &sealing).unwrap();
    let id = city
        .store()
        .current(Role::SealSigner, AUTHORITY)
        .unwrap()
        .id;
    city.revoke(id, now() + Duration::days(9), Reason::KeyCompromise)
        .unwrap();
    let trust = city.trust(now() + Duration::days(9)).unwrap();
    let report = verify_ofd(&bytes, &Judge::new(&trust));
    assert_eq!(report.verdict, Verdict::Valid, "{:?}", report.failures());
    assert_eq!(report.stamps[0].proven, Some(now()));
    let revoked = |at: chrono::DateTime<chrono::Utc>| {
        let seals = [("51040000000001".to_owned(), at)];
        let judge = Judge {
            trust: &trust,
            revoked_seals: &seals,
        };
        verify_ofd(&bytes, &judge).verdict
    };
    assert_eq!(revoked(now() + Duration::days(9)), Verdict::Valid);
    assert_eq!(revoked(now()), Verdict::Untrusted);
    let report = verify_ofd(&wrong, &Judge::new(&trust));
    assert!(matches!(
        report.outcome(CheckCode::TimeStamp),
        Outcome::Failed(_)
    ));
}

#[test]
fn files_that_are_none_of_ours_are_named() {
    let trust = Trust::default();
    let verdict = |bytes: &[u8]| verify_ofd(bytes, &Judge::new(&trust)).verdict;
    assert_eq!(
        verdict(&WRITER.unsigned(&document()).unwrap()),
        Verdict::Unsigned
    );
    assert_eq!(verdict(b""), Verdict::Unreadable);
    assert_eq!(verdict(b"%PDF-1.7"), Verdict::Unreadable);
    assert_eq!(
        verdict(&again(&[("a.txt".to_owned(), b"x".to_vec())])),
        Verdict::Unreadable
    );
}

#[test]
fn a_stamp_outside_its_page_or_a_bad_attachment_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let city = city(folder.path());
    let seal = seal(&city);
    let signer = city.signer(Role::SealSigner, AUTHORITY).unwrap();
    for (page, x) in [(0, 280.0), (2, 10.0), (0, -1.0)] {
        let places = [dengbu_ofd::StampPlace { page, x, y: 10.0 }];
        let sealing = Sealing {
            seal: &seal,
            signer: &signer,
            places: &places,
            time: now(),
            stamper: None,
        };
        let found = seal_ofd(&WRITER, &document(), &sealing);
        assert!(matches!(found, Err(WriteError::Stamp(_))));
    }
    for name in ["../x", "a/b", "", ".x", "Attachments.xml", "附件.xml"] {
        let mut document = document();
        document.attachments[0].name = name.to_owned();
        let found = WRITER.unsigned(&document);
        assert!(matches!(found, Err(WriteError::Attachment(_))), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Fuzzes the whole reader with a real file: no panic, and never "valid" for other content.
    #[test]
    fn broken_files_are_never_valid_with_other_content(flips in proptest::collection::vec((any::<proptest::sample::Index>(), 1u8..), 1..4), cut in proptest::option::weighted(0.2, any::<proptest::sample::Index>())) {
        static ONE: std::sync::LazyLock<(Vec<u8>, Trust)> = std::sync::LazyLock::new(|| {
            let folder = tempfile::tempdir().unwrap();
            let city = city(folder.path());
            (sealed(&city), city.trust(now()).unwrap())
        });
        let (original, trust) = &*ONE;
        let mut bytes = original.clone();
        for (at, with) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= with;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let report = verify_ofd(&bytes, &Judge::new(trust));
        if report.verdict == Verdict::Valid {
            // only what no reader looks at may differ, such as attributes of the directory
            prop_assert_eq!(parts(&bytes), parts(original));
        }
        if let Ok(entries) = container::read(&bytes) {
            for entry in entries.iter().filter(|e| e.name.ends_with(".dat")) {
                let _ = Stamp::from_der(&entry.content);
            }
        }
        let _ = OfdFile::open(&bytes);
    }
}
